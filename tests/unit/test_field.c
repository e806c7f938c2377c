// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The table of fields: names, places in the key, values, prerequisites.
 */
#include "test.h"

#include "field.h"
#include "flow.h"

_Static_assert(XVS_FLOW_KEY_SEQ == 1, "the key has changed: visit the rows below");

static void value_of(union field_value *v, __u64 n)
{
	v->w[0] = 0;
	v->w[1] = XVS_BE64(n);
}

static __u64 number_of(const union field_value *v)
{
	assert_int_equal(v->w[0], 0);
	return XVS_FROM_BE64(v->w[1]);
}

static int bit_of(const union field_value *v, unsigned int i)
{
	return v->b[15 - i / 8] >> i % 8 & 1;
}

TEST(field, rows_are_complete_and_names_unique)
{
	for (int i = 0; i < FIELD_N; i++) {
		const struct field *f = &fields[i];

		assert_int_equal(f->id, i);
		assert_non_null(f->name);
		assert_true(f->width + f->shift <= 8 * f->size);
		assert_true(f->offset + f->size <= (int)sizeof(struct flow_key));
		assert_ptr_equal(field_by_name(f->name, strlen(f->name)), f);
		for (int k = 0; k < 2 && f->alias[k]; k++)
			assert_ptr_equal(field_by_name(f->alias[k], strlen(f->alias[k])), f);
		for (int k = 0; k < 3 && f->oxm[k]; k++)
			assert_ptr_equal(field_by_name(f->oxm[k], strlen(f->oxm[k])), f);
	}
}

TEST(field, names_match_whole_words_only)
{
	assert_ptr_equal(field_by_name("nw_srcx", 6), &fields[FIELD_NW_SRC]);
	assert_null(field_by_name("nw_sr", 5));
	assert_null(field_by_name("nw_srcx", 7));
	assert_null(field_by_name("NW_SRC", 6));
	assert_null(field_by_name("nxm_of_ip_src", 13));
	assert_null(field_by_name("NXM_OF_IP_SR", 12));
	assert_null(field_by_name("", 0));
}

TEST(field, set_then_get_returns_the_value_and_nothing_else_changes)
{
	uint64_t seed = test_seed(1);

	for (int round = 0; round < 2000; round++) {
		const struct field *f = &fields[test_below(&seed, FIELD_N)];
		union field_value in, mask, out, ones;
		struct flow_key key, before, touched;

		for (int i = 0; i < FLOW_KEY_WORDS; i++)
			key.w[i] = test_random(&seed);
		before = key;
		field_exact_mask(f, &mask);
		for (int i = 0; i < 2; i++)
			in.w[i] = test_random(&seed) & mask.w[i];
		field_set(f, &key, &in);
		field_get(f, &key, &out);
		ROW_CHECK(f->name, !memcmp(&in, &out, sizeof(in)), "got another value");

		memset(&touched, 0, sizeof(touched));
		memset(&ones, 0xff, sizeof(ones));
		field_set(f, &touched, &ones);
		for (int i = 0; i < FLOW_KEY_WORDS; i++)
			ROW_CHECK(f->name, !((key.w[i] ^ before.w[i]) & ~touched.w[i]),
				  "word %d changed outside of the field", i);
	}
}

TEST(field, values_lie_in_the_key_as_the_parser_puts_them)
{
	static const struct {
		enum field_id id;
		__u64 value;
		struct flow_key want;
	} rows[] = {
		{FIELD_IN_PORT, 5, {.in_port = 5}},
		{FIELD_RECIRC_ID, 0x12345678, {.recirc_id = 0x12345678}},
		{FIELD_PKT_MARK, 7, {.pkt_mark = 7}},
		{FIELD_DL_DST, 0x0a0b0c0d0e0f, {.dl_dst = {10, 11, 12, 13, 14, 15}}},
		{FIELD_DL_TYPE, 0x0800, {.dl_type = XVS_BE16(0x0800)}},
		{FIELD_DL_VLAN, 10, {.vlan_tci = XVS_BE16(10)}},
		{FIELD_DL_VLAN_PCP, 3, {.vlan_tci = XVS_BE16(0x6000)}},
		{FIELD_NW_SRC, 0x0a000001, {.nw_src = XVS_BE32(0x0a000001)}},
		{FIELD_ARP_TPA, 0x0a000001, {.nw_dst = XVS_BE32(0x0a000001)}},
		{FIELD_NW_TOS, 0x2e, {.nw_tos = 0xb8}},
		{FIELD_NW_ECN, 3, {.nw_tos = 3}},
		{FIELD_IP_FRAG, 3, {.nw_frag = 3}},
		{FIELD_IPV6_LABEL, 0x12345, {.ipv6_label = XVS_BE32(0x12345)}},
		{FIELD_TCP_DST, 80, {.tp_dst = XVS_BE16(80)}},
		{FIELD_ICMP_TYPE, 8, {.tp_src = XVS_BE16(8)}},
		{FIELD_TCP_FLAGS, 0x12, {.tcp_flags = XVS_BE16(0x12)}},
		{FIELD_ND_TLL, 0x0a0b0c0d0e0f, {.arp_tha = {10, 11, 12, 13, 14, 15}}},
		{FIELD_MPLS_LABEL, 0x12345, {.mpls_lse = XVS_BE32(0x12345000)}},
		{FIELD_MPLS_TC, 5, {.mpls_lse = XVS_BE32(5 << 9)}},
		{FIELD_MPLS_BOS, 1, {.mpls_lse = XVS_BE32(1 << 8)}},
		{FIELD_MPLS_TTL, 64, {.mpls_lse = XVS_BE32(64)}},
		{FIELD_TUN_ID, 0x123456789a, {.tun_id = XVS_BE64(0x123456789a)}},
		{FIELD_TUN_SRC, 0x0a000001, {.tun_src = XVS_BE32(0x0a000001)}},
		{FIELD_TUN_DST, 0x0a000001, {.tun_dst = XVS_BE32(0x0a000001)}},
		{FIELD_TUN_FLAGS, 1, {.tun_flags = XVS_TUN_OAM}},
		{FIELD_TUN_TOS, 4, {.tun_tos = 4}},
		{FIELD_TUN_TTL, 64, {.tun_ttl = 64}},
		{FIELD_CT_STATE, 0x22, {.ct_state = XVS_CT_TRK | XVS_CT_EST}},
		{FIELD_CT_ZONE, 0x1234, {.ct_zone = 0x1234}},
		{FIELD_CT_MARK, 0x12345678, {.ct_mark = 0x12345678}},
		{FIELD_CT_LABEL, 0x1234, {.ct_label = {0x1234, 0}}},
		{FIELD_CONJ_ID, 7, {.conj_id = XVS_BE32(7)}},
		{FIELD_METADATA, 0x123456789a, {.metadata = XVS_BE64(0x123456789a)}},
		{FIELD_REG0, 1, {.reg = {XVS_BE32(1)}}},
		{FIELD_REG0 + 15, 1, {.reg = {[15] = XVS_BE32(1)}}},
		{FIELD_XREG0 + 1, 0x200000001, {.reg = {[2] = XVS_BE32(2), [3] = XVS_BE32(1)}}},
		{FIELD_XXREG0 + 3, 0x200000001, {.reg = {[14] = XVS_BE32(2), [15] = XVS_BE32(1)}}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct field *f = &fields[rows[i].id];
		struct flow_key key = {0};
		union field_value v;

		value_of(&v, rows[i].value);
		field_set(f, &key, &v);
		ROW_CHECK(f->name, flow_equal(&key, &rows[i].want), "another place in the key");
		field_get(f, &rows[i].want, &v);
		ROW_CHECK(f->name, number_of(&v) == rows[i].value, "another value");
	}
}

TEST(field, bits_are_taken_out_and_put_back)
{
	uint64_t seed = test_seed(2);

	for (int round = 0; round < 20000; round++) {
		unsigned int n = 1 + test_below(&seed, 128), ofs = test_below(&seed, 129 - n);
		union field_value whole, other, bits, again;

		for (int i = 0; i < 2; i++) {
			whole.w[i] = test_random(&seed);
			other.w[i] = test_random(&seed);
		}
		field_value_extract(&whole, ofs, n, &bits);
		again = other;
		field_value_insert(&again, ofs, n, &bits);
		for (unsigned int i = 0; i < 128; i++) {
			bool inside = i >= ofs && i < ofs + n;

			assert_int_equal(bit_of(&again, i), bit_of(inside ? &whole : &other, i));
			assert_int_equal(bit_of(&bits, i), i < n ? bit_of(&whole, ofs + i) : 0);
		}
	}
}

TEST(field, exact_mask_has_the_fields_width)
{
	for (int i = 0; i < FIELD_N; i++) {
		union field_value mask;
		int bits;

		field_exact_mask(&fields[i], &mask);
		bits = __builtin_popcountll(mask.w[0]) + __builtin_popcountll(mask.w[1]);
		ROW_CHECK(fields[i].name, bits == fields[i].width, "%d bits", bits);
		assert_false(field_value_is_zero(&mask));
	}
}

TEST(field, prerequisites_need_key_and_mask)
{
	struct flow_key key = {.dl_type = XVS_BE16(0x86dd), .nw_proto = 58};
	struct flow_key mask = {0};
	const struct field *sll = &fields[FIELD_ND_SLL], *target = &fields[FIELD_ND_TARGET];

	key.tp_src = XVS_BE16(135);
	assert_true(field_prereqs_met(&fields[FIELD_IN_PORT], &key, &mask));
	assert_false(field_prereqs_met(sll, &key, &mask));
	mask.dl_type = 0xffff;
	assert_true(field_prereqs_met(&fields[FIELD_NW_TTL], &key, &mask));
	assert_true(field_prereqs_met(&fields[FIELD_IPV6_SRC], &key, &mask));
	assert_false(field_prereqs_met(&fields[FIELD_NW_SRC], &key, &mask));
	assert_false(field_prereqs_met(&fields[FIELD_ICMPV6_TYPE], &key, &mask));
	mask.nw_proto = 0xff;
	assert_true(field_prereqs_met(&fields[FIELD_ICMPV6_TYPE], &key, &mask));
	assert_false(field_prereqs_met(&fields[FIELD_TCP_SRC], &key, &mask));
	assert_false(field_prereqs_met(sll, &key, &mask));
	mask.tp_src = XVS_BE16(0xff);
	assert_true(field_prereqs_met(sll, &key, &mask));
	assert_true(field_prereqs_met(target, &key, &mask));
	key.tp_src = XVS_BE16(136);
	assert_true(field_prereqs_met(sll, &key, &mask));
	assert_true(field_prereqs_met(&fields[FIELD_ND_TLL], &key, &mask));
	key.tp_src = XVS_BE16(128);
	assert_false(field_prereqs_met(target, &key, &mask));
	assert_false(field_prereqs_met(&fields[FIELD_ND_TLL], &key, &mask));
}

TEST(field, label_fields_belong_to_both_kinds_of_mpls)
{
	struct flow_key key = {.dl_type = XVS_BE16(0x8848)};
	struct flow_key mask = {.dl_type = 0xffff};

	assert_true(field_prereqs_met(&fields[FIELD_MPLS_LABEL], &key, &mask));
	key.dl_type = XVS_BE16(0x8847);
	assert_true(field_prereqs_met(&fields[FIELD_MPLS_TTL], &key, &mask));
	mask.dl_type = 0xff00;
	assert_false(field_prereqs_met(&fields[FIELD_MPLS_TTL], &key, &mask));
	mask.dl_type = 0xffff;
	key.dl_type = XVS_BE16(0x0800);
	assert_false(field_prereqs_met(&fields[FIELD_MPLS_TTL], &key, &mask));
}

TEST(field, arp_fields_belong_to_rarp_too)
{
	struct flow_key key = {.dl_type = XVS_BE16(0x8035)};
	struct flow_key mask = {.dl_type = 0xffff};

	assert_true(field_prereqs_met(&fields[FIELD_ARP_SPA], &key, &mask));
	key.dl_type = XVS_BE16(0x0806);
	assert_true(field_prereqs_met(&fields[FIELD_ARP_SPA], &key, &mask));
	key.dl_type = XVS_BE16(0x0800);
	assert_false(field_prereqs_met(&fields[FIELD_ARP_SPA], &key, &mask));
}

/* A mask that holds what prereqs_unwildcard added is enough to see the same
 * answer in every packet of it. */
TEST(field, unwildcarding_prerequisites_makes_them_decidable)
{
	for (int i = 0; i < FIELD_N; i++) {
		const struct field *f = &fields[i];
		struct flow_key wc = {0};

		field_prereqs_unwildcard(f, &wc);
		ROW_CHECK(f->name, !f->pre_dl_type == !wc.dl_type, "dl_type");
		ROW_CHECK(f->name, !f->pre_nw_proto == !wc.nw_proto, "nw_proto");
		ROW_CHECK(f->name, !f->pre_nw_proto == !wc.nw_frag, "nw_frag");
		ROW_CHECK(f->name, !f->pre_icmp_type == !wc.tp_src, "icmp_type");
		ROW_CHECK(f->name, !f->pre_dl_type == !*field_prereq_name(f), "has no name");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(field, rows_are_complete_and_names_unique),
		TEST_ROW(field, names_match_whole_words_only),
		TEST_ROW(field, set_then_get_returns_the_value_and_nothing_else_changes),
		TEST_ROW(field, values_lie_in_the_key_as_the_parser_puts_them),
		TEST_ROW(field, bits_are_taken_out_and_put_back),
		TEST_ROW(field, exact_mask_has_the_fields_width),
		TEST_ROW(field, prerequisites_need_key_and_mask),
		TEST_ROW(field, label_fields_belong_to_both_kinds_of_mpls),
		TEST_ROW(field, arp_fields_belong_to_rarp_too),
		TEST_ROW(field, unwildcarding_prerequisites_makes_them_decidable),
	};

	return cmocka_run_group_tests_name("field", tests, NULL, NULL);
}
