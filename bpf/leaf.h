/* SPDX-License-Identifier: GPL-2.0-only */
/* The global functions of leaf.bpf.c, which says why they are. */
#ifndef BPF_LEAF_H
#define BPF_LEAF_H

#include "pkt.h"

#define CTX_LEAF __noinline /* of steps that are global functions themselves */

__u32 xvs_crc32c_shift(__u32 crc, __u32 n);
int xvs_ct_enter(struct xvs_pkt *pkt, __u32 what);
int xvs_ct_expected(struct xvs_pkt *pkt);
int xvs_ct_nat(struct xvs_pkt *pkt);
int xvs_ct_nat_is_taken(struct xvs_pkt *pkt);
int xvs_ct_nat_clashes(struct xvs_pkt *pkt, __u32 place);
int xvs_ct_half_place(__u32 a, __u32 b, __u32 zone, __u32 now);
int xvs_ct_has_other(struct xvs_pkt *pkt, __u32 what, __u32 mine);
int xvs_ct_reap(__u32 from, __u32 now);
int xvs_flow_take(struct xvs_pkt *pkt, __u32 slot, __u32 subtable);
int xvs_dry_run_lookup(struct xvs_pkt *pkt, __u32 found);
int xvs_dry_run_end(__u32 end);
int xvs_dry_run_drop(struct xvs_pkt *pkt, __u32 reason);
int xvs_dry_run_hand_up(struct xvs_pkt *pkt, __u32 slot);
int xvs_dry_run_meter(struct xvs_pkt *pkt, __u32 slot);

#endif /* BPF_LEAF_H */
