/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A pool of numbered things (slots, blocks, buckets, subtables) that readers
 * without locks may still look at after the writer has let go of them [I3].
 *
 *   free -> dp_pool_get -> in use -> dp_pool_retire -> pending
 *        -> dp_pool_wait -> waiting -- a grace period --> dp_pool_release -> free
 *
 * What was never published goes straight back by dp_pool_put.
 */
#ifndef DATAPATH_DP_POOL_H
#define DATAPATH_DP_POOL_H

#include "xvs/types.h"

struct dp_pool {
	__u32 *free; /* a stack: what was used last is warm in the caches */
	__u32 *pending;
	__u32 *waiting;
	__u32 n_free, n_pending, n_waiting;
};

/* Holds the numbers first .. first + n - 1. 0 or -ENOMEM. */
int dp_pool_init(struct dp_pool *p, __u32 first, __u32 n);
void dp_pool_fini(struct dp_pool *p);
/* A free number, or 0 if there is none, when the pool starts above 0; the
 * caller of a pool that starts at 0 looks at n_free. */
__u32 dp_pool_get(struct dp_pool *p);
void dp_pool_put(struct dp_pool *p, __u32 item);
void dp_pool_retire(struct dp_pool *p, __u32 item);
/* What is pending begins to wait; only while nothing is waiting. */
void dp_pool_wait(struct dp_pool *p);
/* What waited is free. */
void dp_pool_release(struct dp_pool *p);

#endif /* DATAPATH_DP_POOL_H */
