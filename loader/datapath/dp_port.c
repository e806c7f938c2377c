// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Ports as the programs see them: the port's entry, the way from a kernel
 * device to it, and the devmap that native redirects go through. Programs are
 * attached by the provider (dp_attach.c).
 *
 * A device leads to its port only once the entry is complete, and no longer
 * before the entry goes; to its host port the device's own entry leads. XVS_PORT_F_XDP_TX promises a devmap entry: that is set
 * before the flag and removed after it.
 */
#include "dp_private.h"

#include <errno.h>
#include <string.h>

/* An entry is one 64-bit store, so that no lookup pairs an old device with a new
 * port. */
static void ifindex_store(struct xvs_ifindex_entry *e, __u32 ifindex, __u32 port_no)
{
	struct xvs_ifindex_entry new = {.ifindex = ifindex, .port_no = port_no};
	__u64 word;

	memcpy(&word, &new, sizeof(word));
	__atomic_store_n((__u64 *)(void *)e, word, __ATOMIC_RELEASE);
}

/* The entry of 'ifindex' (0: an empty one) on the probe path of 'home'; NULL:
 * none. */
static struct xvs_ifindex_entry *ifindex_find(const struct dp *dp, __u32 home, __u32 ifindex)
{
	for (__u32 i = 0; i < XVS_IFINDEX_PROBES; i++) {
		struct xvs_ifindex_entry *e = &dp->t.ifindex[(home + i) & (XVS_IFINDEX_SLOTS - 1)];

		if (e->ifindex == ifindex)
			return e;
	}
	return NULL;
}

/* A lookup ends at the first empty entry, so that a hole must not part an entry
 * behind it from its home: such a one moves into the hole, copied before its
 * old place is cleared. A lookup that is between the two places in this moment
 * misses it: one frame goes to the stack as if the port were not attached yet. */
static void ifindex_unpublish(struct dp *dp, __u32 ifindex, __u16 port_no)
{
	const __u32 slot_mask = XVS_IFINDEX_SLOTS - 1;
	struct xvs_ifindex_entry *e = ifindex_find(dp, ifindex, ifindex);
	__u32 hole, i;

	if (!ifindex || !e || e->port_no != port_no)
		return;
	hole = (__u32)(e - dp->t.ifindex);
	for (i = (hole + 1) & slot_mask; dp->t.ifindex[i].ifindex; i = (i + 1) & slot_mask) {
		const struct xvs_ifindex_entry *next = &dp->t.ifindex[i];

		/* How far it is from home, against how far the hole is from it */
		if (((i - next->ifindex) & slot_mask) < ((i - hole) & slot_mask))
			continue;
		ifindex_store(&dp->t.ifindex[hole], next->ifindex, next->port_no);
		hole = i;
	}
	ifindex_store(&dp->t.ifindex[hole], 0, 0);
}

static int ifindex_publish(struct dp *dp, __u32 ifindex, __u16 port_no)
{
	struct xvs_ifindex_entry *e = ifindex_find(dp, ifindex, ifindex);

	if (!e)
		e = ifindex_find(dp, ifindex, 0);
	if (!e)
		return -ENOSPC;
	ifindex_store(e, ifindex, port_no);
	return 0;
}

static bool same_but_flags(const struct xvs_port_entry *a, const struct xvs_port_entry *b)
{
	return a->ifindex == b->ifindex && a->hook == b->hook &&
	       !memcmp(a->mac, b->mac, sizeof(a->mac));
}

static int port_set_flags(struct dp *dp, __u16 port_no, __u16 flags)
{
	struct xvs_port_entry *p = &dp->t.ports[port_no];
	__u16 changed = p->flags ^ flags;
	int err = 0;

	if (changed & flags & XVS_PORT_F_XDP_TX)
		err = dp->ops->devmap_set(dp, port_no, p->ifindex);
	if (err)
		flags &= (__u16) ~(XVS_PORT_F_XDP_TX | XVS_PORT_F_XDP_TX_SG);
	__atomic_store_n(&p->flags, flags, __ATOMIC_RELEASE);
	if (changed & ~flags & XVS_PORT_F_XDP_TX)
		dp->ops->devmap_set(dp, port_no, 0);
	return err;
}

static void port_set_host(struct xvs_port_entry *p, const struct xvs_port_entry *entry)
{
	XVS_WRITE_ONCE(p->fail_open, entry->fail_open);
	__atomic_store_n(&p->host_port, entry->host_port, __ATOMIC_RELEASE);
}

/* Not while programs compare with it: PEER is off meanwhile. */
static void port_set_peer(struct xvs_port_entry *p, const struct xvs_port_entry *entry)
{
	if (!memcmp(p->peer_mac, entry->peer_mac, sizeof(p->peer_mac)))
		return;
	__atomic_store_n(&p->flags, p->flags & (__u16)~XVS_PORT_F_PEER, __ATOMIC_SEQ_CST);
	memcpy(p->peer_mac, entry->peer_mac, sizeof(p->peer_mac));
}

int dp_port_set(struct dp *dp, __u16 port_no, const struct xvs_port_entry *entry)
{
	struct xvs_port_entry *p;
	__u16 generation;
	int err;

	if (!port_no || port_no >= XVS_MAX_PORTS)
		return -EINVAL;
	p = &dp->t.ports[port_no];
	if ((p->flags & XVS_PORT_F_USED) && same_but_flags(p, entry)) {
		port_set_peer(p, entry);
		port_set_host(p, entry);
		return p->flags == entry->flags ? 0 : port_set_flags(dp, port_no, entry->flags);
	}

	generation = (__u16)(p->generation + 1);
	dp_port_clear(dp, port_no);
	p->ifindex = entry->ifindex;
	p->hook = entry->hook;
	memcpy(p->mac, entry->mac, sizeof(p->mac));
	memcpy(p->peer_mac, entry->peer_mac, sizeof(p->peer_mac));
	p->generation = generation;
	port_set_host(p, entry);
	err = port_set_flags(dp, port_no, entry->flags);
	if (!err && entry->ifindex && !(entry->flags & XVS_PORT_F_STACK))
		err = ifindex_publish(dp, entry->ifindex, port_no);
	if (err)
		dp_port_clear(dp, port_no);
	return err;
}

void dp_port_clear(struct dp *dp, __u16 port_no)
{
	struct xvs_port_entry *p;

	if (!port_no || port_no >= XVS_MAX_PORTS)
		return;
	p = &dp->t.ports[port_no];
	ifindex_unpublish(dp, p->ifindex, port_no);
	port_set_flags(dp, port_no, 0);
	p->ifindex = 0;
	p->hook = XVS_HOOK_NONE;
	port_set_host(p, &(struct xvs_port_entry){0});
	memset(p->mac, 0, sizeof(p->mac));
}

void dp_port_forget(struct dp *dp, __u16 port_no)
{
	if (!port_no || port_no >= XVS_MAX_PORTS)
		return;
	for (__u32 lane = 0; lane < dp->config.n_lanes; lane++) {
		size_t at = (size_t)lane * XVS_MAX_PORTS + port_no;

		memset(&dp->t.port_stats[at], 0, sizeof(dp->t.port_stats[at]));
		memset(&dp->t.drops[at * XVS_DROP_N], 0, XVS_DROP_N * sizeof(*dp->t.drops));
	}
}
