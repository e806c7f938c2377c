// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ICMP errors: whose they are, in which direction, and that they change nothing. Messages
 * that are no connection's. ct_nat.c has errors about translated packets.
 */
#include <string.h>

#include "ct_stage.h"

#define IP4_ROUTER 0x0a090909u
#define ROUTER6                                                               \
	{                                                                     \
		0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x99 \
	}

static const struct xvs_ct_action commit = {
	.recirc_id = CT_RECIRC, .zone = CT_ZONE, .flags = XVS_CT_A_COMMIT};
static union upcall_copy up;

/* The frame's ct_state behind the CT. */
static __u8 ask(struct harness *t, const struct layer *layers)
{
	run_layers(t, XVS_HOOK_TC, layers);
	memset(&up.head.key, 0, sizeof(up.head.key));
	if (harness_upcalls(t, &up, 8, false) != 1)
		test_fail(t, "the pass behind the CT did not miss");
	return up.head.key.ct_state;
}

static void check_ask(struct harness *t, const struct layer *layers, __u8 want)
{
	__u8 got = ask(t, layers);
	char text[64];

	if (got == want)
		return;
	strcpy(text, ct_bits_name(got));
	test_fail(t, "ct_state %s, want %s", text, ct_bits_name(want));
}

struct error_row {
	const char *name;
	struct ct_packet conn;
	struct layer to_client[MAX_LAYERS], to_server[MAX_LAYERS];
};

#define PORT 40000
#define ERR4(dst_, type_, code_)                                                       \
	ETH, TYPE(0x0800), IP4(.proto = PROTO_ICMP, .src = IP4_ROUTER, .dst = (dst_)), \
		ICMP(type_, code_)
#define ERR6(dst_, type_, code_)                                                   \
	ETH, TYPE(0x86dd), IP6(.next = PROTO_ICMPV6, .src = ROUTER6, .dst = dst_), \
		ICMP6(type_, code_)
#define SENT4(proto_) IP4(.proto = (proto_))
#define BACK4(proto_) IP4(.proto = (proto_), .src = IP4_VM2, .dst = IP4_VM1)
#define SENT6(proto_) IP6(.next = (proto_))
#define BACK6(proto_) IP6(.next = (proto_), .src = IP6_VM2, .dst = IP6_VM1)
#define L4_SENT(L4_) L4_(.src = PORT, .dst = PORT_DST)
#define L4_BACK(L4_) L4_(.src = PORT_DST, .dst = PORT)

#define ROW4(name_, type_, code_, proto_, L4_)                                                \
	{                                                                                     \
		.name = name_, .conn = {.proto = proto_, .client = PORT, .flags = F_SYN},     \
		.to_client = {ERR4(IP4_VM1, type_, code_), SENT4(proto_), L4_SENT(L4_), {0}}, \
		.to_server = {                                                                \
			ERR4(IP4_VM2, type_, code_),                                          \
			BACK4(proto_),                                                        \
			L4_BACK(L4_),                                                         \
			{0}                                                                   \
		}                                                                             \
	}
#define ROW6(name_, type_, code_, proto_, L4_)                                                \
	{                                                                                     \
		.name = name_,                                                                \
		.conn = {.ipv6 = true, .proto = proto_, .client = PORT, .flags = F_SYN},      \
		.to_client = {ERR6(IP6_VM1, type_, code_), SENT6(proto_), L4_SENT(L4_), {0}}, \
		.to_server = {                                                                \
			ERR6(IP6_VM2, type_, code_),                                          \
			BACK6(proto_),                                                        \
			L4_BACK(L4_),                                                         \
			{0}                                                                   \
		}                                                                             \
	}

static const struct error_row rows[] = {
	ROW4("port-unreachable/udp4", 3, 3, PROTO_UDP, UDP),
	ROW4("fragmentation-needed/tcp4", 3, 4, PROTO_TCP, TCP),
	ROW4("source-quench/tcp4", 4, 0, PROTO_TCP, TCP),
	ROW4("redirect/udp4", 5, 1, PROTO_UDP, UDP),
	ROW4("time-exceeded/udp4", 11, 0, PROTO_UDP, UDP),
	ROW4("parameter-problem/tcp4", 12, 0, PROTO_TCP, TCP),
	ROW4("protocol-unreachable/sctp4", 3, 2, PROTO_SCTP, SCTP),
	ROW6("unreachable/udp6", 1, 4, PROTO_UDP, UDP),
	ROW6("too-big/tcp6", 2, 0, PROTO_TCP, TCP),
	ROW6("time-exceeded/udp6", 3, 0, PROTO_UDP, UDP),
	ROW6("parameter-problem/tcp6", 4, 1, PROTO_TCP, TCP),
	{.name = "unreachable/echo4",
	 .conn = {.proto = PROTO_ICMP, .client = 7, .type = 8},
	 .to_client = {ERR4(IP4_VM1, 3, 1), SENT4(PROTO_ICMP), ICMP(8, 0), {0}},
	 .to_server = {ERR4(IP4_VM2, 3, 1), BACK4(PROTO_ICMP), ICMP(0, 0), {0}}},
	{.name = "unreachable/echo6",
	 .conn = {.ipv6 = true, .proto = PROTO_ICMPV6, .client = 7, .type = 128},
	 .to_client = {ERR6(IP6_VM1, 1, 3), SENT6(PROTO_ICMPV6), ICMP6(128, 0), {0}},
	 .to_server = {ERR6(IP6_VM2, 1, 3), BACK6(PROTO_ICMPV6), ICMP6(129, 0), {0}}},
};

/* Before there is a connection: inv. Then rel, by direction, and the connection is what it
 * was, even for an error about an answer that nobody has seen. */
static void test_error(struct harness *t, const struct error_row *row)
{
	const __u8 rel = XVS_CT_TRK | XVS_CT_REL;
	__u64 before, *word;

	if (!test_start(t, "ct_icmp/tc/%s", row->name))
		return;
	ct_forget(t);
	ct_track(t, &commit);
	check_ask(t, row->to_client, XVS_CT_TRK | XVS_CT_INV);
	ct_ask(t, &row->conn);
	word = ct_word(t, &row->conn, CT_ZONE);
	if (!word) {
		test_fail(t, "no connection");
	} else {
		before = *word;
		check_ask(t, row->to_client, rel | XVS_CT_RPL);
		check_ask(t, row->to_server, rel);
		CHECK_EQ(t, *word, before);
		CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_conns, 1);
	}
	test_end_flush(t);
}

/* XDP does not look into errors. */
static void test_error_xdp(struct harness *t, const struct error_row *row)
{
	struct totals d;

	if (!test_start(t, "ct_icmp/xdp/%s", row->name))
		return;
	ct_forget(t);
	ct_track(t, &commit);
	ct_behind(t, XVS_CT_TRK, XVS_CT_TRK, XVS_VERDICT_OUTPUT, 2);
	ct_send(t, XVS_HOOK_TC, &row->conn);
	run_layers(t, XVS_HOOK_XDP, row->to_client);
	CHECK_EQ(t, t->run.retval, XDP_PASS_CODE);
	check_frame(t, "handed to TC", t->run.out, t->run.out_len, t->pkt.data, t->pkt.len);
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.handed_to_tc, 1);
	test_end_flush(t);
}

/* Nobody is asked by these: they are in no connection, and begin none. */
struct other_row {
	const char *name;
	struct layer in[MAX_LAYERS];
};

#define PLAIN4(type_)                                                                  \
	{                                                                              \
		ETH, TYPE(0x0800), IP4(.proto = PROTO_ICMP), ICMP(type_, 0), DATA(12), \
		{                                                                      \
			0                                                              \
		}                                                                      \
	}
#define PLAIN6(type_)                                                                       \
	{                                                                                   \
		ETH, TYPE(0x86dd), IP6(.next = PROTO_ICMPV6, .hlim = 255), ICMP6(type_, 0), \
			DATA(16),                                                           \
		{                                                                           \
			0                                                                   \
		}                                                                           \
	}

static const struct other_row others[] = {
	{"router-advertisement4", PLAIN4(9)},
	{"router-solicitation4", PLAIN4(10)},
	{"answer-without-question4", PLAIN4(0)},
	{"type-200", PLAIN4(200)},
	{"listener-query", PLAIN6(130)},
	{"listener-report", PLAIN6(131)},
	{"listener-done", PLAIN6(132)},
	{"router-solicitation", PLAIN6(133)},
	{"router-advertisement", PLAIN6(134)},
	{"neighbour-solicitation",
	 {ETH, TYPE(0x86dd), IP6(.next = PROTO_ICMPV6, .hlim = 255), ND(135, IP6_VM2), {0}}},
	{"neighbour-advertisement",
	 {ETH, TYPE(0x86dd), IP6(.next = PROTO_ICMPV6, .hlim = 255), ND(136, IP6_VM2), {0}}},
	{"redirect", PLAIN6(137)},
	{"listener-report-2", PLAIN6(143)},
	{"answer-without-question6", PLAIN6(129)},
	{"error-about-nothing4", {ERR4(IP4_VM1, 3, 1), {0}}},
	{"error-about-nothing6", {ERR6(IP6_VM1, 1, 0), {0}}},
};

static void test_other(struct harness *t, const struct other_row *row)
{
	if (!test_start(t, "ct_icmp/tc/%s", row->name))
		return;
	ct_forget(t);
	ct_track(t, &commit);
	check_ask(t, row->in, XVS_CT_TRK | XVS_CT_INV);
	CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_conns, 0);
	test_end_flush(t);
}

/* Connection and error are told apart by zone, and the error has the mark. */
static void test_zone_and_mark(struct harness *t)
{
	static const struct ct_packet conn = {.proto = PROTO_UDP, .client = PORT};
	struct xvs_ct_action marked = commit;

	if (!test_start(t, "ct_icmp/tc/zone-and-mark"))
		return;
	ct_forget(t);
	marked.flags |= XVS_CT_A_MARK | XVS_CT_A_LABEL;
	marked.mark = 0x1234;
	marked.mark_mask = ~0u;
	marked.label[1] = 77;
	marked.label_mask[1] = ~0ull;
	ct_track(t, &marked);
	ct_ask(t, &conn);
	check_ask(t, rows[0].to_client, XVS_CT_TRK | XVS_CT_REL | XVS_CT_RPL);
	CHECK_EQ(t, up.head.key.ct_mark, 0x1234);
	CHECK_EQ(t, up.head.key.ct_label[1], 77);
	CHECK_EQ(t, up.head.key.ct_zone, CT_ZONE);
	harness_flush(t);
	marked.zone++;
	ct_track(t, &marked);
	check_ask(t, rows[0].to_client, XVS_CT_TRK | XVS_CT_INV);
	CHECK_EQ(t, up.head.key.ct_mark, 0);
	test_end_flush(t);
}

void suite_ct_icmp(struct harness *t)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		test_error(t, &rows[i]);
		test_error_xdp(t, &rows[i]);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		test_other(t, &others[i]);
	test_zone_and_mark(t);
	if (!t->list)
		ct_forget(t);
}
