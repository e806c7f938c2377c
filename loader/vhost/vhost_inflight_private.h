/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the two layouts of vhost_inflight.h share.
 */
#ifndef VHOST_VHOST_INFLIGHT_PRIVATE_H
#define VHOST_VHOST_INFLIGHT_PRIVATE_H

#include "vhost_inflight.h"

/* Of one packed ring's region, unaligned. */
size_t vhost_inflight_packed_bytes(__u16 size);
/* Of structures that begin with their counter; for qsort(). */
int vhost_inflight_by_counter(const void *a, const void *b);

#endif /* VHOST_VHOST_INFLIGHT_PRIVATE_H */
