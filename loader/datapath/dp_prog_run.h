/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * BPF_PROG_RUN of the entry programs, for dp_test_run(). 'ifindex' is the device
 * that the frame is said to come in by; 'cookie' the one in force. 0 or -errno.
 */
#ifndef DATAPATH_DP_PROG_RUN_H
#define DATAPATH_DP_PROG_RUN_H

#include "datapath.h"

int dp_prog_run_xdp(int prog_fd, __u64 cookie, __u32 ifindex, const struct dp_test_run *in);
/* 'hint': the record of an XDP run that handed the packet up, or NULL. */
int dp_prog_run_tc(int prog_fd, __u64 cookie, __u32 ifindex, const struct dp_test_run *in,
		   const struct xvs_dry_run *hint);

#endif /* DATAPATH_DP_PROG_RUN_H */
