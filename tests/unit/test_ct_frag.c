// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Fragments and their notes (bpf/ct_frag.h) in user space: order, overlap, expiry, a
 * full table, and torn slots.
 */
#include "test.h"

#include "selftests/prog_tests/rows.h"
#include "user_stage.h"
#include "ct_frag.h"

#define ZONE 5
#define NOW 1000000u

static struct user_stage stage;
static struct packet frame;
static struct xvs_pkt pkt;

static struct xvs_user_ctx parse(const struct layer *layers)
{
	struct xvs_user_ctx ctx = {.tables = &stage.tables, .port_no = 1};

	packet_build(&frame, layers, MAX_LAYERS);
	ctx.head = ctx.data = frame.data;
	ctx.data_end = frame.data + frame.len;
	assert_int_equal(xvs_user_parse(&ctx, &pkt), 0);
	return ctx;
}

static struct xvs_ct_tuple tuple_of(__u16 sport, __u16 dport, __u16 zone)
{
	return (struct xvs_ct_tuple){
		.sport = XVS_BE16(sport), .dport = XVS_BE16(dport), .zone = zone};
}

/* A first fragment comes by; its tuple's ports are what is noted. */
static void first(const struct layer *layers, __u16 sport, __u16 dport, __u32 now)
{
	struct xvs_ct_tuple t = tuple_of(sport, dport, ZONE);
	struct xvs_user_ctx ctx = parse(layers);

	ct_frag_first(&ctx, &pkt, &t, now);
}

/* Is a later one known, and by these ports? */
static bool later(const struct layer *layers, __u16 zone, __u16 sport, __u16 dport, __u32 now)
{
	struct xvs_user_ctx ctx = parse(layers);
	struct xvs_ct_tuple t = {0};

	if (ct_frag_later(&ctx, &pkt, zone, now, &t))
		return false;
	assert_int_equal(t.zone, zone);
	return t.sport == XVS_BE16(sport) && t.dport == XVS_BE16(dport);
}

#define FIRST4(id_)                                                                             \
	(const struct layer[])                                                                  \
	{                                                                                       \
		ETH, TYPE(0x0800), IP4(.proto = PROTO_UDP, .id = (id_), .frag = 0x2000), UDP(), \
			DATA(32),                                                               \
		{                                                                               \
			0                                                                       \
		}                                                                               \
	}
#define LATER4(proto_, id_, off_)                                                                 \
	(const struct layer[])                                                                    \
	{                                                                                         \
		ETH, TYPE(0x0800), IP4(.proto = (proto_), .id = (id_), .frag = (off_)), DATA(40), \
		{                                                                                 \
			0                                                                         \
		}                                                                                 \
	}

static void forget_all(void)
{
	memset(stage.tables.ct_frags, 0, XVS_CT_FRAGS * sizeof(struct xvs_ct_frag));
}

TEST(ct_frag, later_ones_have_the_firsts_ports)
{
	struct xvs_user_ctx ctx;
	struct xvs_ct_tuple t = {0}, want = tuple_of(1000, 53, ZONE);

	forget_all();
	first(FIRST4(77), 1000, 53, NOW);
	ctx = parse(LATER4(PROTO_UDP, 77, 5));
	assert_int_equal(ct_frag_later(&ctx, &pkt, ZONE, NOW, &t), 0);
	want.src.ip4 = XVS_BE32(IP4_VM1);
	want.dst.ip4 = XVS_BE32(IP4_VM2);
	want.proto = PROTO_UDP;
	want.family = 4;
	assert_memory_equal(&t, &want, sizeof(t));
	assert_true(later(LATER4(PROTO_UDP, 77, 6), ZONE, 1000, 53, NOW));
}

/* What tells packets apart: identification, protocol, zone, addresses. */
TEST(ct_frag, others_are_not_known)
{
	const struct layer other[] = {ETH,
				      TYPE(0x0800),
				      IP4(.proto = PROTO_UDP, .id = 77, .frag = 5, .src = IP4_GW),
				      DATA(40),
				      {0}};

	forget_all();
	assert_false(later(LATER4(PROTO_UDP, 77, 5), ZONE, 1000, 53, NOW));
	first(FIRST4(77), 1000, 53, NOW);
	assert_false(later(LATER4(PROTO_UDP, 78, 5), ZONE, 1000, 53, NOW));
	assert_false(later(LATER4(PROTO_TCP, 77, 5), ZONE, 1000, 53, NOW));
	assert_false(later(LATER4(PROTO_UDP, 77, 5), ZONE + 1, 1000, 53, NOW));
	assert_false(later(other, ZONE, 1000, 53, NOW));
	assert_true(later(LATER4(PROTO_UDP, 77, 5), ZONE, 1000, 53, NOW));
}

TEST(ct_frag, another_first_one_counts_from_then_on)
{
	forget_all();
	first(FIRST4(77), 1000, 53, NOW);
	first(FIRST4(77), 1000, 80, NOW);
	assert_true(later(LATER4(PROTO_UDP, 77, 5), ZONE, 1000, 80, NOW));
}

TEST(ct_frag, none_begins_within_the_tcp_header)
{
	const struct layer tcp[] = {
		ETH,   TYPE(0x0800), IP4(.proto = PROTO_TCP, .id = 9, .frag = 0x2000),
		TCP(), DATA(4),      {0}};

	forget_all();
	first(tcp, 1000, 80, NOW);
	assert_false(later(LATER4(PROTO_TCP, 9, 1), ZONE, 1000, 80, NOW));
	assert_false(later(LATER4(PROTO_TCP, 9, 2), ZONE, 1000, 80, NOW));
	assert_true(later(LATER4(PROTO_TCP, 9, 3), ZONE, 1000, 80, NOW));
}

TEST(ct_frag, ipv6_behind_extension_headers)
{
	const struct layer head[] = {ETH,
				     TYPE(0x86dd),
				     IP6(.next = PROTO_DSTOPTS),
				     EXT6(PROTO_FRAGMENT, 0),
				     FRAG6(PROTO_UDP, 0, true),
				     UDP(),
				     DATA(32),
				     {0}};
	const struct layer tail[] = {ETH,
				     TYPE(0x86dd),
				     IP6(.next = PROTO_DSTOPTS),
				     EXT6(PROTO_FRAGMENT, 0),
				     FRAG6(PROTO_UDP, 5, false),
				     DATA(16),
				     {0}};
	struct xvs_ct_tuple t = {0};
	struct xvs_user_ctx ctx;

	forget_all();
	first(head, 1000, 53, NOW);
	ctx = parse(tail);
	assert_int_equal(ct_frag_later(&ctx, &pkt, ZONE, NOW, &t), 0);
	assert_int_equal(t.proto, PROTO_UDP);
	assert_int_equal(t.family, 6);
	assert_int_equal(t.src.ip6[15], 1);
	assert_int_equal(t.sport, XVS_BE16(1000));
}

TEST(ct_frag, a_note_ends)
{
	const __u32 life = XVS_CT_FRAG_TIMEOUT_S * stage.dp->config.hz;
	const __u32 nows[] = {NOW, 0u, ~0u - life / 2};

	for (size_t i = 0; i < sizeof(nows) / sizeof(nows[0]); i++) {
		forget_all();
		first(FIRST4(77), 1000, 53, nows[i]);
		assert_true(later(LATER4(PROTO_UDP, 77, 5), ZONE, 1000, 53, nows[i] + life - 1));
		assert_false(later(LATER4(PROTO_UDP, 77, 5), ZONE, 1000, 53, nows[i] + life));
	}
}

/* Notes of one moment, more than there is room for: the table holds as many as it has
 * slots, nearly, and the last one always. */
TEST(ct_frag, a_full_table_forgets_the_oldest)
{
	unsigned int n_known = 0;
	const unsigned int n = 4 * XVS_CT_FRAGS;

	forget_all();
	for (unsigned int i = 1; i <= n; i++) {
		first(FIRST4((__u16)i), (__u16)i, 53, NOW + i);
		assert_true(later(LATER4(PROTO_UDP, (__u16)i, 5), ZONE, (__u16)i, 53, NOW + i));
	}
	for (unsigned int i = 1; i <= n; i++)
		n_known += later(LATER4(PROTO_UDP, (__u16)i, 5), ZONE, (__u16)i, 53, NOW + n);
	print_message("%u of %u notes are left\n", n_known, XVS_CT_FRAGS);
	assert_true(n_known > XVS_CT_FRAGS * 95 / 100 && n_known <= XVS_CT_FRAGS);
	/* Not those of long ago. */
	assert_false(later(LATER4(PROTO_UDP, 1, 5), ZONE, 1, 53, NOW + n));
}

/* Two writers in one slot: each word may be of either, and only whole notes count. */
TEST(ct_frag, a_torn_slot_is_no_note)
{
	struct xvs_ct_frag a = {0}, b = {0}, *slot = NULL;
	__u64 *wa = (__u64 *)&a, *wb = (__u64 *)&b;
	unsigned int n_known = 0;

	forget_all();
	first(FIRST4(1), 11, 53, NOW);
	for (size_t i = 0; i < XVS_CT_FRAGS; i++)
		if (stage.tables.ct_frags[i].check)
			slot = &stage.tables.ct_frags[i];
	assert_non_null(slot);
	a = *slot;
	for (__u16 id = 2; !b.check; id++) {
		assert_true(id < 60000);
		forget_all();
		first(FIRST4(id), 22, 54, NOW + 1);
		if (slot->check)
			b = *slot;
	}
	for (unsigned int mix = 0; mix < 16; mix++) {
		__u64 *w = (__u64 *)slot;

		for (int i = 0; i < 4; i++)
			w[i] = mix >> i & 1 ? wb[i] : wa[i];
		n_known += later(LATER4(PROTO_UDP, 1, 5), ZONE, 11, 53, NOW + 1);
		assert_false(later(LATER4(PROTO_UDP, 1, 5), ZONE, 22, 54, NOW + 1));
	}
	assert_int_equal(n_known, 1);
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
		TEST_ROW(ct_frag, later_ones_have_the_firsts_ports),
		TEST_ROW(ct_frag, others_are_not_known),
		TEST_ROW(ct_frag, another_first_one_counts_from_then_on),
		TEST_ROW(ct_frag, none_begins_within_the_tcp_header),
		TEST_ROW(ct_frag, ipv6_behind_extension_headers),
		TEST_ROW(ct_frag, a_note_ends),
		TEST_ROW(ct_frag, a_full_table_forgets_the_oldest),
		TEST_ROW(ct_frag, a_torn_slot_is_no_note),
	};

	return cmocka_run_group_tests(tests, open_stage, close_stage);
}
