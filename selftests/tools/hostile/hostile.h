/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vhost_hostile: a front end of vhost-user that breaks every rule, by a seed.
 *
 * It lives again and again (main.c): a process that connects, negotiates more or
 * less as a guest does (session.c), then fills its rings (rings.c) with packets
 * (packet.c) and changes its mind about memory and rings while they run (change.c),
 * until it has had enough, is thrown out, or is killed in the middle. 'wild' says
 * how much of what a life does is wrong: from nothing, so that the other side gets
 * deep into what it may do with a guest, to all.
 *
 * No function blocks for more than a second. All is of one thread, but for the
 * scribbler, a process that writes into the rings' memory behind everybody's back.
 */
#ifndef VHOST_HOSTILE_H
#define VHOST_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vhost_user.h"

enum { MAX_PAIRS = 2, MAX_RINGS = 2 * MAX_PAIRS, MAX_SIZE = 1024 };
enum { BUFFER_SIZE = 73728, N_BUFFERS = 48 }; /* for a frame of 70,000 bytes */

/* What all lives did; in memory that they share with their parent. */
struct tally {
	uint64_t lives, running; /* 'running': which got their rings started */
	uint64_t messages, mutated, answers, descriptors;
	uint64_t kicks, packets, frames_used;
	uint64_t truncated, thrown_out, killed;
};

/* A file that the guest has as memory. */
struct memory {
	int fd;
	uint8_t *at;
	struct region region;
	bool gone; /* truncated: not to be touched */
};

/* A packed ring's packet that the device has. */
struct pending {
	uint16_t slot, n;
	bool wrap;
};

struct ring {
	uint8_t *desc, *avail, *used;
	int kick, call; /* -1: none */
	unsigned int buffer; /* next one, of N_BUFFERS */
	uint16_t slot; /* next descriptor */
	uint16_t next_avail; /* split */
	bool wrap; /* packed */
	struct pending pending[MAX_SIZE]; /* packed: 'n_pending' from 'first' on */
	uint16_t first, n_pending;
};

struct life {
	uint64_t random;
	struct tally *tally;
	int socket;
	bool lost; /* the connection */
	unsigned int wild; /* of 1,024 steps go wrong */
	unsigned int pairs, ring_size;
	bool packed, indirect;
	unsigned int hdr_len; /* of virtio-net */
	uint64_t features, protocol;
	struct memory rings, buffers;
	struct ring ring[MAX_RINGS]; /* RX, TX of each pair */
};

/* --- main.c --- */

uint64_t draw(struct life *l);
static inline unsigned int below(struct life *l, unsigned int n)
{
	return (unsigned int)(draw(l) >> 16) % n;
}
/* Does this step go wrong? */
static inline bool oops(struct life *l)
{
	return below(l, 1024) < l->wild;
}
/* A number that has tripped somebody before. */
uint64_t odd_number(struct life *l);

/* --- session.c --- */

/* Sends it, or something else instead; 'fds' stay the caller's. False: the
 * connection is gone. */
bool tell(struct life *l, struct message *m, uint32_t size, const int *fds, int n_fds);
bool tell_u64(struct life *l, uint32_t request, uint64_t value);
bool tell_state(struct life *l, uint32_t request, uint32_t index, uint32_t num);
/* Waits for the answer to 'm', for a while; 'fd' (or NULL): the descriptor with it, or
 * -1. False: there is none. */
bool answer(struct life *l, struct message *m, int *fd);
bool tell_memory(struct life *l);
bool tell_addr(struct life *l, unsigned int i);
/* An eventfd as the ring's kick or call; 'number' goes with it. */
bool tell_eventfd(struct life *l, uint32_t request, unsigned int i, int *fd);
/* From SET_OWNER to the last ring. */
bool negotiate(struct life *l);
/* A descriptor that is hardly what anybody wants; the caller's. */
int odd_fd(struct life *l);

/* --- change.c --- */

/* One change of what the running rings stand on. */
bool change_something(struct life *l);

/* --- rings.c --- */

/* Lays rings and buffers out in the life's memory. */
bool memory_make(struct life *l);
/* Publishes a few packets in ring 'i' and kicks. */
void ring_work(struct life *l, unsigned int i);
void ring_kick(struct life *l, unsigned int i);
/* Starts its ring anew, where the index is 'base'. */
void ring_restart(struct ring *r, uint16_t base);

/* --- packet.c --- */

/* A header and a frame of the guest's: bytes in all, at most 'room'. */
uint32_t packet_make(struct life *l, uint8_t *at, uint32_t room);

#endif /* VHOST_HOSTILE_H */
