/* SPDX-License-Identifier: GPL-2.0-only */
/* The global functions of leaf.bpf.c, which says why they are. */
#ifndef BPF_LEAF_H
#define BPF_LEAF_H

#include "pkt.h"

__u32 xvs_crc32c_shift(__u32 crc, __u32 n);
int xvs_flow_take(struct xvs_pkt *pkt, __u32 slot, __u32 subtable);

#endif /* BPF_LEAF_H */
