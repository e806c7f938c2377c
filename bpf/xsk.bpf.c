// SPDX-License-Identifier: GPL-2.0-only
/*
 * The far end of an xsk port: what the switch sent to the port goes to the AF_XDP
 * socket of the queue by which it came. Nothing goes to the host's stack; without a
 * socket, or with one that does not take the frame, the frame is dropped and the
 * driver counts it (loader/port/port_xsk.c reads that).
 *
 * Program and map are called as libxdp calls its own: a program that makes its
 * sockets itself through libxdp (DPDK's af_xdp driver) then finds the map, and
 * puts its sockets into it in place of attaching a program, which this one does not
 * allow.
 *
 * An object of its own, loaded once for each port.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__uint(max_entries, 1); /* the port's queues, set before load */
} xsks_map SEC(".maps");

/* The version of libxdp's conventions that this follows, as it reads it: from the
 * type of a variable that is not there in memory. */
__uint(xsk_prog_version, 1) SEC("xdp_metadata");

SEC("xdp.frags")
int xsk_def_prog(struct xdp_md *ctx)
{
	return (int)bpf_redirect_map(&xsks_map, ctx->rx_queue_index, XDP_DROP);
}

char _license[] SEC("license") = "GPL";
