/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rows of translated connections: the frame as it comes, the connection as it is in
 * the table, and the frame as it has to leave. tests/unit/test_ct_rewrite.c runs them
 * on bpf/ct_rewrite.h, prog_tests on the programs.
 */
#ifndef PROG_TESTS_ROWS_CT_H
#define PROG_TESTS_ROWS_CT_H

#include "rows.h"
#include "xvs/conntrack.h"

#define ROWS_CT_ZONE 5

enum nat_row_packet {
	NAT_ROW_WHOLE,
	NAT_ROW_LATER, /* a later fragment */
	NAT_ROW_ERROR,
};

struct nat_row {
	const char *name; /* "<translation>/<packet>/<direction>" */
	struct xvs_ct_tuple tuple, reply;
	__u8 flags; /* XVS_CT_E_* */
	__u8 dir;
	enum nat_row_packet packet;
	struct layer in[MAX_LAYERS], want[MAX_LAYERS];
	__u8 want_bits; /* XVS_CT_SNAT, XVS_CT_DNAT */
};

extern const struct nat_row rows_ct_nat[];
extern const size_t n_rows_ct_nat;
extern const struct nat_row rows_ct_nat_error[];
extern const size_t n_rows_ct_nat_error;

#define CT_TUPLE4(proto_, src_, sport_, dst_, dport_)                                       \
	{                                                                                   \
		.src = {.ip4 = XVS_BE32(src_)}, .dst = {.ip4 = XVS_BE32(dst_)},             \
		.sport = XVS_BE16(sport_), .dport = XVS_BE16(dport_), .zone = ROWS_CT_ZONE, \
		.proto = (proto_), .family = 4                                              \
	}
#define CT_TUPLE6(proto_, src_, sport_, dst_, dport_)                                       \
	{                                                                                   \
		.src = {.ip6 = IP6_ADDR(src_)}, .dst = {.ip6 = IP6_ADDR(dst_)},             \
		.sport = XVS_BE16(sport_), .dport = XVS_BE16(dport_), .zone = ROWS_CT_ZONE, \
		.proto = (proto_), .family = 6                                              \
	}
#define ICMP_ID(type_, id_)                                                                    \
	{                                                                                      \
		.kind = LAYER_ICMP, .icmp = {.type = (type_), .rest = (__u32)(id_) << 16 | 1 } \
	}
#define ICMP6_ID(type_, id_)                                                                    \
	{                                                                                       \
		.kind = LAYER_ICMP6, .icmp = {.type = (type_), .rest = (__u32)(id_) << 16 | 1 } \
	}

#endif /* PROG_TESTS_ROWS_CT_H */
