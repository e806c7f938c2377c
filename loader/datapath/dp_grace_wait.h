/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Waits, on a thread of its own, until every BPF program that runs now has
 * ended, and every reader in the daemon (dp_reader.c) has passed a quiescent state
 * [I3].
 */
#ifndef DATAPATH_DP_GRACE_WAIT_H
#define DATAPATH_DP_GRACE_WAIT_H

#include <stdbool.h>

struct dp_grace_wait;

/* membarrier() is there and is a grace period on this machine. */
bool dp_membarrier_works(void);

int dp_grace_wait_open(bool use_membarrier, struct dp_grace_wait **out);
/* Behind the last reader's end, as a wait under way is finished first. NULL is a
 * no-op. */
void dp_grace_wait_close(struct dp_grace_wait *w);
/* One at a time: start, then the descriptor is readable, then over() is true. */
void dp_grace_wait_start(struct dp_grace_wait *w);
bool dp_grace_wait_over(struct dp_grace_wait *w);
int dp_grace_wait_fd(const struct dp_grace_wait *w);

#endif /* DATAPATH_DP_GRACE_WAIT_H */
