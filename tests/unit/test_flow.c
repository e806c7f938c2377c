// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The algebra of keys and masks, the hash and the exact mask.
 */
#include "test.h"

#include "flow.h"

static void random_key(uint64_t *seed, struct flow_key *key)
{
	/* Few bits, so that random masks meet and miss about equally often. */
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		key->w[i] = test_below(seed, 4) ? 0 : test_random(seed) & test_random(seed);
}

static void random_match(uint64_t *seed, struct match *m)
{
	struct flow_key key;

	random_key(seed, &m->mask);
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		key.w[i] = test_below(seed, 8) ? 0 : test_random(seed);
	flow_mask_key(&m->key, &key, &m->mask);
}

TEST(flow, overlap_is_what_a_common_packet_shows)
{
	uint64_t seed = test_seed(2);
	int overlaps = 0;

	for (int round = 0; round < 5000; round++) {
		struct match a, b;
		struct flow_key both;

		random_match(&seed, &a);
		random_match(&seed, &b);
		/* The one packet that is in both if any is. */
		both = a.key;
		flow_mask_or(&both, &b.key);
		assert_int_equal(match_overlaps(&a, &b),
				 match_covers(&a, &both) && match_covers(&b, &both));
		assert_int_equal(match_overlaps(&a, &b), match_overlaps(&b, &a));
		overlaps += match_overlaps(&a, &b);
	}
	assert_in_range(overlaps, 100, 4900);
}

TEST(flow, or_covers_both)
{
	uint64_t seed = test_seed(3);

	for (int round = 0; round < 1000; round++) {
		struct flow_key a, b, sum;

		random_key(&seed, &a);
		random_key(&seed, &b);
		sum = a;
		flow_mask_or(&sum, &b);
		assert_true(flow_mask_covers(&sum, &a));
		assert_true(flow_mask_covers(&sum, &b));
		assert_int_equal(flow_mask_covers(&a, &sum), flow_mask_covers(&a, &b));
	}
}

#define ETH(type) .in_port = 3, .dl_type = XVS_BE16(type), .dl_dst = {2}, .dl_src = {4}

struct exact_row {
	const char *name;
	struct flow_key key;
	struct flow_key has; /* bits that must be there... */
	struct flow_key not ; /* ...and that must not */
};

static const struct exact_row exact_rows[] = {
	{"ipv4/tcp",
	 {ETH(0x0800), .nw_proto = 6},
	 {.nw_src = 0xffffffff, .tp_dst = 0xffff, .tcp_flags = XVS_BE16(0xfff), .nw_frag = 3},
	 {.ipv6_label = XVS_BE32(1), .arp_sha = {1}, .vlan_tci1 = 1, .mpls_lse = 1}},
	{"ipv4/udp",
	 {ETH(0x0800), .nw_proto = 17},
	 {.tp_src = 0xffff, .nw_ttl = 0xff, .nw_tos = 0xff},
	 {.tcp_flags = XVS_BE16(1), .ct_mark = 1, .tun_id = 1}},
	{"ipv4/udp, later fragment",
	 {ETH(0x0800), .nw_proto = 17, .nw_frag = 3},
	 {.nw_frag = 3, .nw_proto = 0xff},
	 {.tp_src = 1, .tp_dst = 1}},
	{"ipv4/igmp", {ETH(0x0800), .nw_proto = 2}, {.nw_proto = 0xff}, {.tp_src = 1}},
	{"ipv4/icmp", {ETH(0x0800), .nw_proto = 1}, {.tp_src = 0xffff}, {.nd_target = {1}}},
	{"ipv6/icmp of v4", {ETH(0x86dd), .nw_proto = 1}, {.nw_proto = 0xff}, {.tp_src = 1}},
	{"ipv4/icmp of v6", {ETH(0x0800), .nw_proto = 58}, {.nw_proto = 0xff}, {.tp_src = 1}},
	{"ipv6/tcp",
	 {ETH(0x86dd), .nw_proto = 6},
	 {.ipv6_src = {0xff}, .ipv6_label = XVS_BE32(0xfffff), .tp_src = 0xffff},
	 {.nd_target = {1}}},
	{"ipv6/echo",
	 {ETH(0x86dd), .nw_proto = 58, .tp_src = XVS_BE16(128)},
	 {.tp_src = 0xffff},
	 {.nd_target = {1}, .arp_sha = {1}}},
	{"ipv6/nd",
	 {ETH(0x86dd), .nw_proto = 58, .tp_src = XVS_BE16(135)},
	 {.nd_target = {0xff}, .arp_sha = {0xff}, .arp_tha = {0xff}},
	 {.tcp_flags = XVS_BE16(1)}},
	{"arp",
	 {ETH(0x0806), .nw_proto = 1},
	 {.nw_src = 0xffffffff, .nw_proto = 0xff, .arp_sha = {0xff}},
	 {.nw_ttl = 1, .ipv6_src = {1}, .tp_src = 1}},
	{"tagged",
	 {ETH(0x88cc), .vlan_tci = XVS_BE16(0x100a)},
	 {.vlan_tci = 0xffff, .vlan_tci1 = 0xffff},
	 {.nw_src = 1}},
	{"mpls", {ETH(0x8847)}, {.mpls_lse = 0xffffffff}, {.nw_src = 1}},
	{"later pass", {ETH(0x88cc), .recirc_id = 1}, {.ct_state = 0xff}, {.tun_id = 1}},
	{"from a tunnel", {ETH(0x88cc), .tun_flags = 1}, {.tun_id = ~0ULL}, {.ct_mark = 1}},
};

TEST(flow, exact_mask_has_the_packets_fields_and_no_others)
{
	for (size_t i = 0; i < sizeof(exact_rows) / sizeof(exact_rows[0]); i++) {
		const struct exact_row *r = &exact_rows[i];
		struct flow_key mask;

		flow_exact_mask(&r->key, &mask);
		ROW_CHECK(r->name, flow_mask_covers(&mask, &r->key), "not all bits of the key");
		ROW_CHECK(r->name, flow_mask_covers(&mask, &r->has), "a field is missing");
		for (int w = 0; w < FLOW_KEY_WORDS; w++)
			ROW_CHECK(r->name, !(mask.w[w] & r->not .w[w]), "word %d has too much", w);
		assert_int_equal(mask.in_port, 0xffff);
		assert_int_equal(mask.recirc_id, 0xffffffff);
		assert_int_equal(mask.dl_type, 0xffff);
	}
}

/* Exact megaflows are disjoint [I5]: whoever matches one has the same mask. */
TEST(flow, exact_mask_is_decided_by_its_own_bits)
{
	static const __u16 types[] = {0x0800, 0x86dd, 0x0806, 0x8035, 0x8847, 0x88cc};
	static const __u8 protos[] = {1, 2, 6, 17, 58, 132};
	uint64_t seed = test_seed(4);

	for (int round = 0; round < 20000; round++) {
		struct flow_key a, b, mask_a, mask_b, common;

		random_key(&seed, &a);
		a.dl_type = XVS_BE16(types[test_below(&seed, 6)]);
		a.nw_proto = protos[test_below(&seed, 6)];
		a.tp_src = XVS_BE16(134 + test_below(&seed, 4));
		flow_exact_mask(&a, &mask_a);
		random_key(&seed, &b);
		/* 'b' is any packet that agrees with 'a' under its mask. */
		flow_mask_key(&common, &a, &mask_a);
		for (int w = 0; w < FLOW_KEY_WORDS; w++)
			b.w[w] = (b.w[w] & ~mask_a.w[w]) | common.w[w];
		flow_exact_mask(&b, &mask_b);
		assert_memory_equal(&mask_a, &mask_b, sizeof(mask_a));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(flow, overlap_is_what_a_common_packet_shows),
		TEST_ROW(flow, or_covers_both),
		TEST_ROW(flow, exact_mask_has_the_packets_fields_and_no_others),
		TEST_ROW(flow, exact_mask_is_decided_by_its_own_bits),
	};

	return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
