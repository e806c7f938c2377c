/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Upcalls that wait in the daemon: a queue for each port, served in turn.
 *
 * Problem. The kernel's ring is one for all ports and first come, first served:
 * a port that fills it with misses makes the first packet of everybody else's
 * new flow wait for all of them, or drops it because there is no room.
 *
 * Idea. Records are copied out of the ring as fast as they come, which costs a
 * hundredth of what serving one does, into a queue of their port; and the ports
 * that have some are served round robin, a record each. So a record waits for
 * those of its own port and for one of each other port. A port that brings more
 * than is served fills its own queue, and loses by itself.
 *
 * Invariants
 *   - Records of one port leave in the order in which they came, so a hit that
 *     follows its flow's miss (XVS_UPCALL_FOLLOW) never overtakes it.
 *   - A port that has records is served again after at most one record of each
 *     other port.
 *   - Memory is one block of chunks, allocated once: it becomes resident as far as
 *     queues have ever been long, and no more. A record takes whole chunks and is
 *     as long as its frame, whatever its size class in the ring.
 *   - When all chunks are in use, the longest queue loses (its oldest record), or
 *     the record that would make its own queue the longest; never another one's.
 *   - The record that pop returned may have one chunk until the next pop.
 *   - Each record that was pushed is either popped or told to 'lost', once.
 *
 * No locks, no clock, no system calls: for the thread that owns it.
 */
#ifndef SLOWPATH_UPCALL_QUEUE_H
#define SLOWPATH_UPCALL_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "xvs/limits.h"
#include "xvs/upcall.h"

/* Of most misses (frames up to 288 bytes) the record fits one chunk. */
#define UPCALL_QUEUE_CHUNK 512
/* 16 MiB for all ports: twice the ring, so that one turn can empty it. */
#define UPCALL_QUEUE_CHUNKS (16 << 20 >> 9)
/* A port has a quarter of it at most: 2,048 records of frames of 1,500 bytes. */
#define UPCALL_QUEUE_PORT_CHUNKS (UPCALL_QUEUE_CHUNKS / 4)
/* Records of a port, by default: a burst that admission lets through (2,000)
 * fits; at the slowest service (20,000/s) it waits for 0.1 s, well below the
 * second after which the fast path thinks that it is lost (XVS_INFLIGHT_STALE_MS). */
#define UPCALL_QUEUE_RECORDS 2048
#define UPCALL_QUEUE_RECORDS_MAX UPCALL_QUEUE_PORT_CHUNKS

struct upcall_queue;

struct upcall_queue_size {
	__u32 chunks; /* of all ports */
	__u32 port_chunks;
	__u32 port_records;
};

struct upcall_queue_stats {
	__u32 records, chunks; /* that wait now */
	__u32 ports; /* that they are of, at most */
	__u64 lost; /* since the beginning */
};

/* NULL: out of memory. */
struct upcall_queue *upcall_queue_create(const struct upcall_queue_size *size);
void upcall_queue_destroy(struct upcall_queue *q); /* NULL is a no-op */

/* From the next record on; longer queues shrink as they are served. */
void upcall_queue_set_records(struct upcall_queue *q, __u32 port_records);

/* Called with a record for which there is no room; of an older one it is the header
 * only, without its frame. */
typedef void (*upcall_lost_fn)(void *aux, const struct xvs_upcall *up);
/* Copies a record, whose fields are in bounds, to the end of its port's queue. */
void upcall_queue_push(struct upcall_queue *q, const struct xvs_upcall *up, upcall_lost_fn lost,
		       void *aux);
/* The first record of the port whose turn it is; good until the next pop. NULL:
 * nothing waits. */
const struct xvs_upcall *upcall_queue_pop(struct upcall_queue *q);
/* What the next pop returns, but for its frame, if nothing is pushed before; good until
 * then. NULL: nothing waits, or it cannot be told. */
const struct xvs_upcall *upcall_queue_peek(const struct upcall_queue *q);
bool upcall_queue_is_empty(const struct upcall_queue *q);
void upcall_queue_stats(const struct upcall_queue *q, struct upcall_queue_stats *out);

#endif /* SLOWPATH_UPCALL_QUEUE_H */
