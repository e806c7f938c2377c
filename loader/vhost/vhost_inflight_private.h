/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the two layouts of vhost_inflight.h share.
 */
#ifndef VHOST_VHOST_INFLIGHT_PRIVATE_H
#define VHOST_VHOST_INFLIGHT_PRIVATE_H

#include "vhost_inflight.h"

/* Of one packed ring's region, unaligned. */
size_t vhost_inflight_packed_bytes(__u16 size);
/* What was taken and not used: its entry in the region (split: the head). */
struct vhost_inflight_taken {
	__u64 counter;
	__u16 entry;
};
/* In the order in which they were taken. */
void vhost_inflight_sort(struct vhost_inflight_taken *taken, int n);

#endif /* VHOST_VHOST_INFLIGHT_PRIVATE_H */
