/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Mirrors of a switch: copies of chosen packets to a port or into a VLAN.
 *
 * A packet is chosen by where it comes in (src_ports), where it goes out
 * (dst_ports) or all of them are (select_all), and by its VLAN. To an output port
 * the copy goes as the packet was when it was chosen: as received for a source,
 * as sent for a destination. With an output VLAN it is flooded there.
 *
 * A mirror's output port is its own: nothing is forwarded to it by NORMAL or a
 * flood, and what comes in there is dropped (mirror_owns_port).
 */
#ifndef FLOW_MIRROR_H
#define FLOW_MIRROR_H

#include "xvs/limits.h"
#include "xvs/types.h"

struct sw;

/* As Open vSwitch: a translation keeps the mirrors that a packet has met in a
 * word of 32 bits. */
#define MIRRORS_MAX 32

struct mirror {
	char name[XVS_NAME_LEN];
	bool select_all; /* every packet, whatever the ports */
	__u64 src_ports[XVS_MAX_PORTS / 64]; /* a bit per port_no */
	__u64 dst_ports[XVS_MAX_PORTS / 64];
	bool has_vlans; /* only packets of 'vlans'; VLAN 0 is untagged */
	__u64 vlans[4096 / 64];
	__u16 output_port; /* 0: none; it and output_vlan exclude each other */
	int output_vlan; /* -1: none */
	__u64 n_packets, n_bytes; /* copies, of removed megaflows and replayed packets */
	unsigned int refs;
};

/* An empty mirror with one reference; NULL: out of memory or bad name. */
struct mirror *mirror_create(const char *name);
struct mirror *mirror_get(struct mirror *m);
void mirror_put(struct mirror *m); /* NULL is a no-op */

static inline bool mirror_has_bit(const __u64 *set, unsigned int i)
{
	return set[i / 64] >> (i % 64) & 1;
}

static inline void mirror_set_bit(__u64 *set, unsigned int i)
{
	set[i / 64] |= 1ULL << (i % 64);
}

/* The mirror copies what comes in at a port. VLANs are looked at elsewhere. */
static inline bool mirror_selects_src(const struct mirror *m, __u16 port_no)
{
	return m->select_all || mirror_has_bit(m->src_ports, port_no);
}

static inline bool mirror_selects_dst(const struct mirror *m, __u16 port_no)
{
	return m->select_all || mirror_has_bit(m->dst_ports, port_no);
}

static inline bool mirror_selects_vlan(const struct mirror *m, __u16 vlan)
{
	return !m->has_vlans || mirror_has_bit(m->vlans, vlan);
}

/* The mirrors of a switch are sw->mirrors, in order of making. */
struct mirror *mirror_find(const struct sw *sw, const char *name); /* NULL: none */
/* Takes over the reference. -EEXIST; -ENOSPC: MIRRORS_MAX; -ENOMEM. */
int mirror_insert(struct sw *sw, struct mirror *m);
/* 'm' takes the place of the one of its name, which must be there; the old one's
 * reference is the caller's. */
struct mirror *mirror_replace(struct sw *sw, struct mirror *m);
/* The reference is the caller's; NULL: none. */
struct mirror *mirror_remove(struct sw *sw, const char *name);
void mirrors_fini(struct sw *sw);

/* The port is some mirror's output. */
bool mirror_owns_port(const struct sw *sw, __u16 port_no);
/* A port is about to go: no mirror selects it or outputs to it any more. A mirror
 * without output does nothing. */
void mirror_forget_port(struct sw *sw, __u16 port_no);

#endif /* FLOW_MIRROR_H */
