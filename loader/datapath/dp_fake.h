/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What only the in-memory provider can do: a test plays the fast path.
 */
#ifndef DATAPATH_DP_FAKE_H
#define DATAPATH_DP_FAKE_H

#include "datapath.h"

/* Puts a record of 'size' bytes (header and frame) into the upcall queue; it is
 * copied. 0 or -ENOMEM. */
int dp_fake_upcall(struct dp *dp, const struct xvs_upcall *upcall, size_t size);
/* The hook that dp_attach() gave the port; XVS_HOOK_NONE: detached. */
enum xvs_hook dp_fake_hook(const struct dp *dp, __u16 port_no);
/* The devmap entry of the port; 0: none. */
__u32 dp_fake_devmap(const struct dp *dp, __u16 port_no);
/* The socket on a queue of the port; -1: none. */
int dp_fake_xsk(const struct dp *dp, __u16 port_no, __u32 queue);

#endif /* DATAPATH_DP_FAKE_H */
