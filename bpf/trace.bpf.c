// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames that a native redirect lost: no program sees them, two tracepoints do.
 * Each is counted in the drop ledger as `egress-failed` of the output port, so
 * that nothing is lost silently.
 *
 * An object of its own, loaded behind xvs.bpf.o over the same maps (xvs_drops,
 * xvs_scratch, xvs_fixed): where tracing is not allowed the datapath runs without
 * it.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "maps.h"

/* Set before load. */
const volatile __u32 xvs_devmap_id; /* the kernel's id of the map xvs_devmap */
const volatile __u32 xvs_xsks_id; /* ... of xvs_xsks */
const volatile __u32 xvs_netns_inum; /* inode of the ports' network name space */
const volatile __u32 xvs_cpu_lanes; /* as in struct xvs_config */

struct xvs_drops_map xvs_drops SEC(".maps");
struct xvs_scratch_map xvs_scratch SEC(".maps");
struct xvs_fixed xvs_fixed;

/* Atomic: the program that these events belong to counts in the same lane. */
static __always_inline void lost(__u32 port_no, __u32 n)
{
	__u32 lane = bpf_get_smp_processor_id();
	__u32 index;
	__u64 *count;

	if (xvs_cpu_lanes)
		lane %= xvs_cpu_lanes;
	index = (lane * XVS_MAX_PORTS + port_no) * XVS_DROP_N + XVS_DROP_EGRESS_FAILED;
	count = port_no < XVS_MAX_PORTS ? table_drop(index) : NULL;
	if (count)
		__sync_fetch_and_add(count, n);
}

static __always_inline __u32 port_of_device(const struct net_device *dev)
{
	if (dev->nd_net.net->ns.inum != xvs_netns_inum)
		return 0;
	return port_of_ifindex(dev->ifindex);
}

/* The map's key is the queue's. Between the program's end and this event nothing
 * else is redirected on the CPU. */
static __always_inline void lost_to_socket(void)
{
	const struct xvs_scratch *scratch = table_scratch();

	if (scratch)
		lost(scratch->socket_port, 1);
}

/* The device does not take redirected frames at all, or is gone; the socket has no
 * free chunk, or no room in its ring. */
SEC("tp_btf/xdp_redirect_err")
int BPF_PROG(xvs_redirect_err, const struct net_device *dev, const void *prog, const void *target,
	     int err, enum bpf_map_type map_type, __u32 map_id, __u32 index)
{
	if (err && map_id && map_id == xvs_devmap_id)
		lost(index, 1);
	else if (err && map_id && map_id == xvs_xsks_id)
		lost_to_socket();
	return 0;
}

/* The driver took a batch and gave some of it up. Both devices are ports, or
 * it was somebody else's redirect. */
SEC("tp_btf/xdp_devmap_xmit")
int BPF_PROG(xvs_devmap_xmit, const struct net_device *from, const struct net_device *to, int sent,
	     int drops, int err)
{
	__u32 port_no;

	if (drops <= 0 || !from || !to || !port_of_device(from))
		return 0;
	port_no = port_of_device(to);
	if (port_no)
		lost(port_no, drops);
	return 0;
}

char _license[] SEC("license") = "GPL";
