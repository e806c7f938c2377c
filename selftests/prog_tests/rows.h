/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Test tables: what a row is. The tables are in rows_*.c and know nothing of
 * who runs them: prog_tests runs them on the XDP and TC programs by
 * BPF_PROG_RUN and on attached devices, tests/unit/test_parse_user.c on the
 * same steps compiled for user space.
 */
#ifndef PROG_TESTS_ROWS_H
#define PROG_TESTS_ROWS_H

#include "../packet.h"
#include "xvs/action.h"
#include "xvs/drop_reason.h"
#include "xvs/flow_key.h"

XVS_STATIC_ASSERT(XVS_FLOW_KEY_SEQ == 1, "look at the keys of every row");

/* Rows override what their macros set by default. */
#pragma GCC diagnostic ignored "-Woverride-init"

/* The test run of the kernel takes no frame below 14 bytes. */
#define ROW_USER_ONLY 0x01
/* The frame has an outer tag that a device may carry beside it. */
#define ROW_TAGGED 0x02
/* Checksums were wrong before, or are not looked at afterwards. */
#define ROW_CSUM_BAD 0x04
/* More than one XDP program can do: it goes to the TC stage unchanged. */
#define ROW_TO_TC 0x08

struct parse_row {
	const char *name; /* "<step>/<header>/<case>" */
	struct layer in[MAX_LAYERS];
	size_t cut, pad; /* see packet_trim */
	struct xvs_flow_key want_key; /* in_port is filled in */
	enum xvs_drop_reason want_drop; /* 0: parses, misses, goes up */
	unsigned int flags;
};

#define MAX_ROW_OPS 45 /* three blocks */

struct action_row {
	const char *name; /* "<action>/<packet>" */
	struct layer in[MAX_LAYERS];
	size_t cut, pad;
	struct xvs_op ops[MAX_ROW_OPS + 1]; /* ends with XVS_OP_UNSPEC */
	struct layer want[MAX_LAYERS]; /* of the last output; none: execute_ref alone */
	enum xvs_drop_reason want_drop;
	unsigned int flags;
};

struct parse_table {
	const struct parse_row *rows;
	size_t n;
};

extern const struct parse_table rows_parse_eth, rows_parse_ip4, rows_parse_ip6, rows_parse_l4;

/*
 * Frames that are cut at every byte of their headers. Where 'fix_len' is set
 * the IP header's length is that of the cut frame, so that the L4 header alone
 * is short; from 'l4_min' bytes of it on the frame is whole enough.
 */
struct cut_row {
	const char *name;
	struct layer in[MAX_LAYERS];
	size_t from, to; /* cuts tried: from <= cut < to; 0: the frame's length */
	bool fix_len;
	size_t l4_min;
};
struct cut_table {
	const struct cut_row *rows;
	size_t n;
};
extern const struct cut_table rows_cut;

extern const struct action_row rows_actions[];
extern const size_t n_rows_actions;
extern const struct action_row rows_actions_vlan[];
extern const size_t n_rows_actions_vlan;
extern const struct action_row rows_actions_mpls[];
extern const size_t n_rows_actions_mpls;

/* Keys by layer. */
#define K_ETH(t) .dl_dst = MAC_VM2, .dl_src = MAC_VM1, .dl_type = XVS_BE16(t)
#define K_TAG(tci) .vlan_tci = XVS_BE16((tci) | XVS_VLAN_PRESENT)
#define K_TAG1(tci) .vlan_tci1 = XVS_BE16((tci) | XVS_VLAN_PRESENT)
#define K_IP4(proto_)                                                            \
	K_ETH(0x0800), .nw_src = XVS_BE32(IP4_VM1), .nw_dst = XVS_BE32(IP4_VM2), \
		       .nw_proto = (proto_), .nw_ttl = 64
#define K_IP6(proto_) \
	K_ETH(0x86dd), .ipv6_src = IP6_VM1, .ipv6_dst = IP6_VM2, .nw_proto = (proto_), .nw_ttl = 64
#define K_PORTS .tp_src = XVS_BE16(PORT_SRC), .tp_dst = XVS_BE16(PORT_DST)
#define K_FLAGS(f) .tcp_flags = XVS_BE16(f)
#define K_ICMP(type_, code_) .tp_src = XVS_BE16(type_), .tp_dst = XVS_BE16(code_)
#define K_ARP(op_)                                                               \
	K_ETH(0x0806), .nw_src = XVS_BE32(IP4_VM1), .nw_dst = XVS_BE32(IP4_VM2), \
		       .nw_proto = (op_), .arp_sha = MAC_VM1

#define PROTO_HOPOPTS 0
#define PROTO_ICMP 1
#define PROTO_IGMP 2
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_IPV6 41
#define PROTO_ROUTING 43
#define PROTO_FRAGMENT 44
#define PROTO_GRE 47
#define PROTO_ESP 50
#define PROTO_AH 51
#define PROTO_ICMPV6 58
#define PROTO_NONE 59
#define PROTO_DSTOPTS 60
#define PROTO_SCTP 132

#endif /* PROG_TESTS_ROWS_H */
