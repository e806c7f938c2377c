/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The other side of a virtqueue: a small driver for both formats, in the process.
 *
 * It has its own view of the same memory, keeps to the rules (a test that wants
 * them broken writes into the ring itself), and checks those that bind the device:
 * buffers come back in order, each once. Addresses that it gives are those of the
 * guest: 'gpa' and 'uva' are where the first byte of 'base' is.
 *
 * Thread rule: one thread, which need not be the device's.
 */
#ifndef SELFTESTS_VRING_DRIVER_H
#define SELFTESTS_VRING_DRIVER_H

#include "vring.h"

#define VDRIVER_INDIRECT_MAX 64 /* descriptors of a table */

struct vdriver_config {
	bool packed;
	bool event_idx;
	__u16 size;
};

struct vdriver_piece {
	__u64 gpa;
	__u32 len;
};

struct vdriver_state { /* of a buffer, by its id */
	__u32 cookie;
	__u16 n_desc;
	__u16 table; /* packed and split: which table; 0xffff: none */
};

struct vdriver {
	struct vdriver_config config;
	struct vring_addr addr; /* for vring_start() */
	__u8 *base; /* our view */
	__u64 gpa, uva;
	/* Where things are in 'base'. */
	__u8 *desc, *avail, *used, *tables;
	size_t end; /* first byte behind them */
	__u16 n_free; /* descriptors */
	__u16 next; /* split: available index; packed: place */
	bool wrap;
	__u16 used_next; /* split: used index; packed: place */
	bool used_wrap;
	__u16 kicked; /* split: available index of the last question; packed: added */
	__u16 free_head; /* split: of unused descriptors; packed: of ids */
	__u16 *link; /* of those */
	struct vdriver_state *state;
	/* In the order of their being added: what must come back next. */
	__u16 *order;
	__u32 added, returned;
};

/* Lays the rings out from 'base' on, which has 'len' bytes of zeros. False: too few. */
bool vdriver_init(struct vdriver *d, const struct vdriver_config *config, __u8 *base, size_t len,
		  __u64 gpa, __u64 uva);
void vdriver_fini(struct vdriver *d);
/* One buffer of 'n' pieces, by an indirect table if asked for. False: no room. */
bool vdriver_add(struct vdriver *d, const struct vdriver_piece *pieces, int n, bool write,
		 bool indirect, __u32 cookie);
/* After some were added: does the device want a kick? */
bool vdriver_wants_kick(struct vdriver *d);
/* The next that was used: 1 with what was given, and the length; 0: none; -1: the
 * device did what it must not. */
int vdriver_used(struct vdriver *d, __u32 *cookie, __u32 *len);
/* Asks for a call at the next used buffer; false: there is one. */
bool vdriver_wait(struct vdriver *d);
/* No calls. */
void vdriver_poll(struct vdriver *d);

#endif /* SELFTESTS_VRING_DRIVER_H */
