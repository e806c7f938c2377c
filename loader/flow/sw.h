/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A switch as the slow path's policy sees it: its ports with their VLAN
 * settings, its flow tables and its FDB. Devices are elsewhere (loader/port).
 */
#ifndef FLOW_SW_H
#define FLOW_SW_H

#include "change_set.h"
#include "fdb.h"
#include "flow_table.h"
#include "group.h"
#include "meter_table.h"
#include "mirror.h"
#include "spoof_guard.h"
#include "xvs/limits.h"

enum vlan_mode {
	VLAN_TRUNK, /* carries tagged frames; 'trunks', all if empty; untagged is VLAN 0 */
	VLAN_ACCESS, /* untagged frames belong to 'tag'; tagged ones do not enter */
};

enum sw_port_kind {
	SW_PORT_DEVICE, /* somebody's device: a wire or a guest */
	SW_PORT_INTERNAL, /* the host's stack; LOCAL if it has the switch's name */
	SW_PORT_PATCH, /* a port of this or another switch; no device */
};

struct sw;

/* A limit that a port may have for itself. */
struct sw_limit {
	bool own; /* else the one of all ports */
	__u32 value;
};

/* Words for groups of the firewall policy: "web", "production". */
#define SW_PORT_TAGS 16
struct sw_port_tags {
	unsigned int n;
	char v[SW_PORT_TAGS][XVS_NAME_LEN];
};

struct sw_port {
	char name[XVS_NAME_LEN];
	__u16 port_no;
	enum sw_port_kind kind;
	enum vlan_mode vlan_mode;
	__u16 tag; /* VLAN_ACCESS */
	__u64 trunks[4096 / 64]; /* bit per VLAN; all zero: every VLAN */
	bool up; /* may be an output */
	bool blocked; /* administratively */
	bool no_flood;
	struct sw_limit upcall_rate, upcall_burst; /* packets a second, packets */
	struct spoof_guard guard; /* the addresses of who is behind it */
	struct sw_port_tags tags; /* what groups of the policy call it */
	/* SW_PORT_PATCH only. The other end, NULL while there is none: both are
	 * set while each end names the other, and cleared before either goes. */
	struct sw *peer_sw;
	struct sw_port *peer;
	/* ... and its counters, which no device keeps. */
	__u64 rx_packets, rx_bytes, tx_packets, tx_bytes;
};

struct policy;

struct sw {
	char name[XVS_NAME_LEN];
	__u64 id; /* for xlate_deps.h; follows from the name */
	struct flow_table *tables;
	struct fdb *fdb;
	struct sw_port **ports; /* in order of port_no */
	size_t n_ports;
	size_t ports_allocated;
	struct group_table *groups;
	struct meter_table *meters;
	struct mirror **mirrors; /* in order of making; MIRRORS_MAX at most */
	size_t n_mirrors;
	struct policy *policy; /* the firewall's, compiled, a reference; NULL: none */
	__u16 policy_zone; /* in which it tracks */
	/* Where its rules, addresses, ports and mirrors note that they have changed;
	 * NULL: nobody wants to know. */
	struct change_set *changes;
	unsigned int refs; /* sw_create's and those of xlate_refs.h */
};

struct sw *sw_create(const char *name, __u64 seed);
void sw_destroy(struct sw *sw); /* empties it; it is gone with the last reference */
struct sw *sw_get(struct sw *sw);
void sw_put(struct sw *sw);
int sw_add_port(struct sw *sw, const char *name, __u16 port_no, struct sw_port **out);
void sw_del_port(struct sw *sw, struct sw_port *port); /* flushes its FDB entries */
/* State or settings of the port are other ones: to be called by whoever sets them. */
void sw_port_changed(struct sw *sw, const struct sw_port *port);
/* The same of a group that came, went or is another one. */
void sw_group_changed(struct sw *sw, __u32 id);
/* The switch has this FDB from now on; the old one is destroyed. */
void sw_set_fdb(struct sw *sw, struct fdb *fdb);
struct sw_port *sw_port_by_no(const struct sw *sw, __u16 port_no);
struct sw_port *sw_port_by_name(const struct sw *sw, const char *name);
/* LOCAL: the internal port that has the switch's name, or NULL. Rules know it as
 * PORT_LOCAL only, so that they mean the same before it is made and after. */
struct sw_port *sw_local_port(const struct sw *sw);
/* As rules number ports: LOCAL has PORT_LOCAL, others their own. NULL: no such port. */
struct sw_port *sw_port_by_number(const struct sw *sw, __u16 number);
__u16 sw_port_number(const struct sw *sw, const struct sw_port *p);

static inline bool sw_port_carries(const struct sw_port *p, __u16 vlan)
{
	if (p->vlan_mode == VLAN_ACCESS)
		return vlan == p->tag;
	for (size_t i = 0; i < 4096 / 64; i++)
		if (p->trunks[i])
			return p->trunks[vlan / 64] >> (vlan % 64) & 1;
	return true;
}

#endif /* FLOW_SW_H */
