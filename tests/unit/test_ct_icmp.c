// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ICMP messages for connection tracking (bpf/ct_icmp.h) in user space: which are what,
 * and whose an error is. test_ct_rewrite.c has the errors about translated packets.
 */
#include "test.h"

#include "selftests/prog_tests/rows.h"
#include "user_stage.h"
#include "ct_icmp.h"

#define ZONE 5

static struct user_stage stage;
static struct packet frame;
static struct xvs_pkt pkt;

/* By type, from 0: o other, q question, a answer, e error. */
static const char kinds4[] = "aooeeeooqooeeqaqaqa";
static const char kinds6[] = "oeeeeooooooo";

static enum ct_icmp_kind kind_of(char c)
{
	return c == 'q'   ? CT_ICMP_REQUEST
	       : c == 'a' ? CT_ICMP_ANSWER
	       : c == 'e' ? CT_ICMP_ERROR
			  : CT_ICMP_OTHER;
}

TEST(ct_icmp, every_type_is_of_one_kind)
{
	for (unsigned int type = 0; type < 256; type++) {
		char c4 = type < sizeof(kinds4) - 1 ? kinds4[type] : 'o';
		char c6 = type < sizeof(kinds6) - 1 ? kinds6[type] : 'o';

		if (type == 128)
			c6 = 'q';
		if (type == 129)
			c6 = 'a';
		assert_int_equal(ct_icmp_kind(4, (__u8)type), kind_of(c4));
		assert_int_equal(ct_icmp_kind(6, (__u8)type), kind_of(c6));
	}
}

#define ERR4 ETH, TYPE(0x0800), IP4(.proto = PROTO_ICMP, .src = IP4_GW), ICMP(3, 1)
#define ERR6 ETH, TYPE(0x86dd), IP6(.next = PROTO_ICMPV6, .src = IP6_ADDR(9)), ICMP6(1, 0)
/* The packet inside was sent by vm2, who gets the error, to vm1. */
#define IN4(...) IP4(.src = IP4_VM2, .dst = IP4_VM1, __VA_ARGS__)
#define IN6(...) IP6(.src = IP6_VM2, .dst = IP6_VM1, __VA_ARGS__)

struct error_row {
	const char *name;
	struct layer in[MAX_LAYERS];
	bool known; /* it says whose it is... */
	__u8 proto;
	__u16 sport, dport; /* ... of an answer to what is inside */
	size_t needs; /* bytes of the packet inside, without which it does not */
};

static const struct error_row rows[] = {
	{"tcp4",
	 {ERR4, IN4(.proto = PROTO_TCP), TCP(), DATA(4), {0}},
	 true,
	 PROTO_TCP,
	 PORT_DST,
	 PORT_SRC,
	 24},
	{"udp4",
	 {ERR4, IN4(.proto = PROTO_UDP), UDP(), DATA(4), {0}},
	 true,
	 PROTO_UDP,
	 PORT_DST,
	 PORT_SRC,
	 24},
	{"sctp4",
	 {ERR4, IN4(.proto = PROTO_SCTP), SCTP(), DATA(4), {0}},
	 true,
	 PROTO_SCTP,
	 PORT_DST,
	 PORT_SRC,
	 24},
	{"udp4-options",
	 {ERR4, IN4(.proto = PROTO_UDP, .ihl = 9), UDP(), DATA(4), {0}},
	 true,
	 PROTO_UDP,
	 PORT_DST,
	 PORT_SRC,
	 40},
	{"gre4", {ERR4, IN4(.proto = PROTO_GRE), DATA(12), {0}}, true, PROTO_GRE, 0, 0, 20},
	{"echo4", {ERR4, IN4(.proto = PROTO_ICMP), ICMP(8, 0), {0}}, true, PROTO_ICMP, 7, 7, 26},
	{"echo-reply4",
	 {ERR4, IN4(.proto = PROTO_ICMP), ICMP(0, 0), {0}},
	 true,
	 PROTO_ICMP,
	 7,
	 7,
	 26},
	{"first-fragment4",
	 {ERR4, IN4(.proto = PROTO_UDP, .frag = 0x2000), UDP(), DATA(8), {0}},
	 true,
	 PROTO_UDP,
	 PORT_DST,
	 PORT_SRC,
	 24},
	{"tcp6",
	 {ERR6, IN6(.next = PROTO_TCP), TCP(), DATA(4), {0}},
	 true,
	 PROTO_TCP,
	 PORT_DST,
	 PORT_SRC,
	 44},
	{"udp6-extensions",
	 {ERR6,
	  IN6(.next = PROTO_HOPOPTS),
	  EXT6(PROTO_ROUTING, 1),
	  EXT6(PROTO_AH, 0),
	  AH6(PROTO_UDP, 4),
	  UDP(),
	  DATA(4),
	  {0}},
	 true,
	 PROTO_UDP,
	 PORT_DST,
	 PORT_SRC,
	 92},
	{"echo6",
	 {ERR6, IN6(.next = PROTO_ICMPV6), ICMP6(128, 0), {0}},
	 true,
	 PROTO_ICMPV6,
	 7,
	 7,
	 46},
	{"first-fragment6",
	 {ERR6, IN6(.next = PROTO_FRAGMENT), FRAG6(PROTO_UDP, 0, true), UDP(), DATA(8), {0}},
	 true,
	 PROTO_UDP,
	 PORT_DST,
	 PORT_SRC,
	 52},
	/* Nobody answers these. */
	{.name = "error-about-error4",
	 .in = {ERR4, IN4(.proto = PROTO_ICMP), ICMP(3, 0), DATA(20), {0}}},
	{.name = "error-about-error6",
	 .in = {ERR6, IN6(.next = PROTO_ICMPV6), ICMP6(1, 0), DATA(20), {0}}},
	{.name = "error-about-nd", .in = {ERR6, IN6(.next = PROTO_ICMPV6), ND(135, IP6_VM1), {0}}},
	{.name = "later-fragment4",
	 .in = {ERR4, IN4(.proto = PROTO_UDP, .frag = 4), DATA(20), {0}}},
	{.name = "later-fragment6",
	 .in = {ERR6, IN6(.next = PROTO_FRAGMENT), FRAG6(PROTO_UDP, 4, true), DATA(20), {0}}},
	/* It goes to vm2, who did not send what is inside. */
	{.name = "for-somebody-else4", .in = {ERR4, IP4(.proto = PROTO_UDP), UDP(), {0}}},
	{.name = "for-somebody-else6", .in = {ERR6, IP6(.next = PROTO_UDP), UDP(), {0}}},
	{.name = "ipv6-in-icmp", .in = {ERR4, IN6(.next = PROTO_UDP), UDP(), {0}}},
	{.name = "ipv4-in-icmpv6", .in = {ERR6, IN4(.proto = PROTO_UDP), UDP(), {0}}},
	{.name = "bad-header-length4", .in = {ERR4, IN4(.proto = PROTO_UDP, .ihl = 4), UDP(), {0}}},
	{.name = "bad-version", .in = {ERR4, IN4(.proto = PROTO_UDP, .version = 5), UDP(), {0}}},
	{.name = "too-many-extensions",
	 .in = {ERR6,
		IN6(.next = PROTO_DSTOPTS),
		EXT6(PROTO_DSTOPTS, 0),
		EXT6(PROTO_DSTOPTS, 0),
		EXT6(PROTO_DSTOPTS, 0),
		EXT6(PROTO_DSTOPTS, 0),
		EXT6(PROTO_DSTOPTS, 0),
		EXT6(PROTO_DSTOPTS, 0),
		EXT6(PROTO_UDP, 0),
		UDP(),
		{0}}},
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static int tuple_of_frame(struct xvs_ct_tuple *t)
{
	struct xvs_user_ctx ctx = {.tables = &stage.tables,
				   .head = frame.data,
				   .data = frame.data,
				   .data_end = frame.data + frame.len,
				   .port_no = 1};

	memset(t, 0, sizeof(*t));
	assert_int_equal(xvs_user_parse(&ctx, &pkt), 0);
	return ct_icmp_error(&ctx, &pkt, ZONE, t);
}

static struct xvs_ct_tuple expected(const struct error_row *row)
{
	struct xvs_ct_tuple t = {.sport = XVS_BE16(row->sport),
				 .dport = XVS_BE16(row->dport),
				 .zone = ZONE,
				 .proto = row->proto};

	if (row->in[2].kind == LAYER_IP4) {
		t.src.ip4 = XVS_BE32(IP4_VM1);
		t.dst.ip4 = XVS_BE32(IP4_VM2);
		t.family = 4;
		return t;
	}
	t.src = (struct xvs_ct_addr){.ip6 = IP6_VM1};
	t.dst = (struct xvs_ct_addr){.ip6 = IP6_VM2};
	t.family = 6;
	return t;
}

TEST(ct_icmp, an_error_is_its_packets_connections)
{
	struct xvs_ct_tuple t, want;

	for (size_t i = 0; i < N_ROWS; i++) {
		const struct error_row *row = &rows[i];

		packet_build(&frame, row->in, MAX_LAYERS);
		ROW_CHECK(row->name, !tuple_of_frame(&t) == row->known, "known %d", !row->known);
		if (!row->known)
			continue;
		want = expected(row);
		ROW_CHECK(row->name, !memcmp(&t, &want, sizeof(t)), "another tuple");
	}
}

/* Cut anywhere, it says whose it is as soon as it can, and never reads on. Behind the IP
 * packet there may be padding. */
TEST(ct_icmp, errors_that_are_cut)
{
	struct xvs_ct_tuple t;

	for (size_t i = 0; i < N_ROWS; i++) {
		const struct error_row *row = &rows[i];
		size_t start;

		if (!row->known)
			continue;
		packet_build(&frame, row->in, MAX_LAYERS);
		start = frame.l4 + 8;
		for (size_t len = frame.len; len >= start; len--)
			for (size_t pad = 0; pad <= 60; pad += 60) {
				packet_build(&frame, row->in, MAX_LAYERS);
				packet_trim(&frame, len, 0);
				packet_fix_ip_len(&frame);
				packet_trim(&frame, 0, pad);
				ROW_CHECK(row->name,
					  !tuple_of_frame(&t) == (len - start >= row->needs),
					  "%zu bytes inside", len - start);
			}
	}
}

static int open_stage(void **state)
{
	int ret = user_stage_open(&stage);

	user_tables = &stage.tables;
	return ret;
}

static int close_stage(void **state)
{
	user_stage_close(&stage);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(ct_icmp, every_type_is_of_one_kind),
		TEST_ROW(ct_icmp, an_error_is_its_packets_connections),
		TEST_ROW(ct_icmp, errors_that_are_cut),
	};

	return cmocka_run_group_tests(tests, open_stage, close_stage);
}
