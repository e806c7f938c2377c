/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Two questions about other people's BPF programs on a device. By the bpf(2)
 * system call itself: our own programs are loader/datapath's affair.
 */
#ifndef PORT_BPF_QUERY_H
#define PORT_BPF_QUERY_H

#include "xvs/types.h"

/* The program's name, at most 15 characters; "" if the kernel does not say. */
void bpf_query_prog_name(__u32 prog_id, char name[16]);
/* 1: programs hang on the device's tcx egress; 0: none, or no tcx (6.6). */
int bpf_query_tcx_egress(int ifindex);

#endif /* PORT_BPF_QUERY_H */
