/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The reader's side of a BPF ring buffer, as mapped memory. libbpf's reader has
 * no bound on what one call consumes (1.1), and one batch must have one.
 */
#ifndef DATAPATH_DP_RING_H
#define DATAPATH_DP_RING_H

#include <stddef.h>

struct dp_ring {
	unsigned long *consumer_pos; /* ours, a page of its own */
	const unsigned long *producer_pos;
	const char *data; /* mapped twice in a row: no record wraps */
	size_t size; /* bytes, a power of two */
	size_t page_size;
	int fd; /* of the map; not owned */
};

int dp_ring_open(struct dp_ring *r, int map_fd, size_t size);
void dp_ring_close(struct dp_ring *r);
/* Calls 'fn' for at most 'max' records; returns how many. */
typedef void (*dp_ring_fn)(void *aux, const void *record, size_t size);
int dp_ring_consume(struct dp_ring *r, int max, dp_ring_fn fn, void *aux);

#endif /* DATAPATH_DP_RING_H */
