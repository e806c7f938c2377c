// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Flow text: printing. What is printed reads as the same match and actions,
 * for any match a rule or a megaflow can have; programs are named in words.
 */
#include "test.h"

#include "flow_format.h"
#include "flow_names.h"

_Static_assert(XVS_FLOW_KEY_SEQ == 1, "the key has changed: visit random_match");

/* Protocols that give fields their meaning; the ICMP type for ND. */
static const struct {
	__u16 dl_type;
	__u8 nw_proto;
	__u8 icmp_type;
} worlds[] = {
	{0, 0, 0},         {0x88cc, 0, 0},    {0x0806, 0, 0},   {0x8035, 0, 0},   {0x0800, 0, 0},
	{0x0800, 6, 0},    {0x0800, 17, 0},   {0x0800, 132, 0}, {0x0800, 1, 0},   {0x0800, 47, 0},
	{0x86dd, 0, 0},    {0x86dd, 6, 0},    {0x86dd, 17, 0},  {0x86dd, 132, 0}, {0x86dd, 58, 0},
	{0x86dd, 58, 135}, {0x86dd, 58, 136}, {0x8847, 0, 0},   {0x8848, 0, 0},   {0x0800, 2, 0},
};
#define N_WORLDS (sizeof(worlds) / sizeof(worlds[0]))

static bool is_icmp(const struct field *f)
{
	return f->id >= FIELD_ICMP_TYPE && f->id <= FIELD_ICMPV6_CODE;
}

/* Random bits of a field, as much of them as its syntax can say. */
static void random_field(uint64_t *seed, const struct field *f, struct match *m)
{
	union field_value value, mask, exact, had;

	field_exact_mask(f, &exact);
	field_get(f, &m->mask, &had);
	if (!field_value_is_zero(&had))
		return;
	for (int i = 0; i < 2; i++) {
		mask.w[i] = exact.w[i];
		if (f->mask_rule != FIELD_MASK_NONE && test_below(seed, 2))
			mask.w[i] &= test_random(seed);
		value.w[i] = test_random(seed) & mask.w[i];
	}
	/* Types and codes are octets in 16 bits. */
	if (is_icmp(f))
		value.b[14] = 0;
	if (f->id == FIELD_IN_PORT)
		value.w[1] = XVS_BE64(1 + test_below(seed, 1023));
	field_set(f, &m->key, &value);
	field_set(f, &m->mask, &mask);
}

static void random_match(uint64_t *seed, struct match *m)
{
	size_t world = test_below(seed, N_WORLDS);

	memset(m, 0, sizeof(*m));
	if (worlds[world].dl_type) {
		m->key.dl_type = XVS_BE16(worlds[world].dl_type);
		m->mask.dl_type = 0xffff;
	}
	if (worlds[world].nw_proto) {
		m->key.nw_proto = worlds[world].nw_proto;
		m->mask.nw_proto = 0xff;
	}
	if (worlds[world].icmp_type) {
		m->key.tp_src = XVS_BE16(worlds[world].icmp_type);
		m->mask.tp_src = 0xffff;
	}
	for (int id = 0; id < FIELD_N; id++) {
		const struct field *f = &fields[id];

		/* The raw TCI makes all the rest of VLAN matches. */
		if (id == FIELD_DL_VLAN || id == FIELD_DL_VLAN_PCP || id == FIELD_DL_TYPE)
			continue;
		if (!test_below(seed, 3) && field_prereqs_met(f, &m->key, &m->mask))
			random_field(seed, f, m);
	}
}

static void expect_round_trip(const struct match *m, const char *what)
{
	struct flow_spec spec;
	struct parse_error err = {0};
	struct strbuf out;
	int rc;

	strbuf_init(&out);
	match_format(&out, m, &test_names);
	rc = flow_parse(strbuf_str(&out), FLOW_PARSE_DEL, &test_names, &spec, &err);
	ROW_CHECK(strbuf_str(&out), !rc, "%s: '%s' at %zu", what, err.message, err.column);
	ROW_CHECK(strbuf_str(&out), match_equal(m, &spec.match), "%s: reads as another match",
		  what);
	flow_spec_fini(&spec);
	strbuf_fini(&out);
}

TEST(flow_format, any_match_reads_as_itself)
{
	uint64_t start = test_seed(5), seed = start;
	char what[40];

	snprintf(what, sizeof(what), "seed %llu", (unsigned long long)start);
	for (int round = 0; round < 30000; round++) {
		struct match m;

		random_match(&seed, &m);
		expect_round_trip(&m, what);
	}
}

/* dl_vlan, dl_vlan_pcp and vlan_tci: every mask with a few values each. */
TEST(flow_format, any_vlan_match_reads_as_itself)
{
	uint64_t seed = test_seed(6);

	for (unsigned int mask = 0; mask <= 0xffff; mask++) {
		struct match m = {.mask.vlan_tci = XVS_BE16(mask)};

		m.key.vlan_tci = XVS_BE16(test_random(&seed) & mask);
		expect_round_trip(&m, "vlan");
		m.key.vlan_tci |= XVS_BE16(XVS_VLAN_PRESENT & mask);
		expect_round_trip(&m, "vlan, tagged");
	}
}

/* A megaflow has bits of any fields of its packet in the mask. */
TEST(flow_format, megaflows_of_packets_read_as_themselves)
{
	uint64_t seed = test_seed(7);

	for (int round = 0; round < 20000; round++) {
		struct match packet, m = {0};
		struct flow_key exact;

		random_match(&seed, &packet);
		packet.key.nw_frag &= packet.key.nw_frag & XVS_FRAG_ANY ? 3 : 0;
		packet.key.in_port = (__u16)(1 + test_below(&seed, 1023));
		flow_exact_mask(&packet.key, &exact);
		m.mask = exact;
		/* Drop some fields whole; the ones that give meaning stay. */
		for (int id = FIELD_DL_SRC; id < FIELD_N; id++) {
			union field_value none = {0};

			if (id == FIELD_DL_TYPE || id == FIELD_NW_PROTO || id == FIELD_ARP_OP ||
			    fields[id].offset == XVS_OFFSETOF(struct flow_key, tp_src))
				continue;
			if (test_below(&seed, 2))
				field_set(&fields[id], &m.mask, &none);
		}
		flow_mask_key(&m.key, &packet.key, &m.mask);
		expect_round_trip(&m, "megaflow");
	}
}

TEST(flow_format, bits_of_other_protocols_are_left_out)
{
	struct match m = {0};
	struct strbuf out;

	m.key.dl_type = XVS_BE16(0x0806);
	m.mask.dl_type = 0xffff;
	m.mask.tp_dst = 0xffff;
	memset(m.mask.ipv6_src, 0xff, sizeof(m.mask.ipv6_src));
	strbuf_init(&out);
	match_format(&out, &m, NULL);
	assert_string_equal(strbuf_str(&out), "arp");
	strbuf_fini(&out);
}

TEST(flow_format, partial_masks_of_fields_without_masks_are_shown)
{
	struct match m = {.key.in_port = 4, .mask.in_port = 6};
	struct strbuf out;

	strbuf_init(&out);
	match_format(&out, &m, &test_names);
	assert_string_equal(strbuf_str(&out), "in_port=0x4/0x6");
	strbuf_fini(&out);
}

TEST(flow_format, the_empty_match_prints_nothing)
{
	struct match m = {0};
	struct strbuf out;

	strbuf_init(&out);
	match_format(&out, &m, &test_names);
	assert_string_equal(strbuf_str(&out), "");
	strbuf_fini(&out);
}

#define SET(hdr_, off_, flags_, mask_, value_)                                               \
	{                                                                                    \
		.kind = XVS_OP_SET, .hdr = XVS_HDR_##hdr_, .off = (off_), .flags = (flags_), \
		.mask = XVS_BE32(mask_), .value = XVS_BE32(value_)                           \
	}
#define OUT(port)                                        \
	{                                                \
		.kind = XVS_OP_OUTPUT, .port_no = (port) \
	}
#define IP4 XVS_OP_F_NW_CSUM
#define PSEUDO XVS_OP_F_PSEUDO_CSUM
#define L4 XVS_OP_F_L4_CSUM

static const struct program_row {
	const char *want;
	size_t n;
	struct xvs_op ops[8];
} program_rows[] = {
	{"drop", 0, {{0}}},
	{"output:vm1", 1, {OUT(2)}},
	{"output:vm0,output:900", 2, {OUT(1), OUT(900)}},
	{"push_vlan(tpid=0x8100,vid=10,pcp=3),output:vm0",
	 2,
	 {{.kind = XVS_OP_PUSH_VLAN, .value = XVS_BE32(0x8100600a)}, OUT(1)}},
	{"pop_vlan,set_vlan(vid=5),set_vlan(pcp=1),set_vlan(vid=7,pcp=2),dec_ttl",
	 5,
	 {{.kind = XVS_OP_POP_VLAN},
	  {.kind = XVS_OP_SET_VLAN, .mask = XVS_BE32(0x0fff), .value = XVS_BE32(5)},
	  {.kind = XVS_OP_SET_VLAN, .mask = XVS_BE32(0xe000), .value = XVS_BE32(0x2000)},
	  {.kind = XVS_OP_SET_VLAN, .mask = XVS_BE32(0xefff), .value = XVS_BE32(0x4007)},
	  {.kind = XVS_OP_DEC_TTL}}},
	{"set(dl_dst=02:00:00:00:00:01),set(dl_src=02:00:00:00:00:02),output:vm0",
	 4,
	 {SET(ETH, 0, 0, 0xffffffff, 0x02000000), SET(ETH, 4, 0, 0xffffffff, 0x00010200),
	  SET(ETH, 8, 0, 0xffffffff, 0x00000002), OUT(1)}},
	{"set(dl_dst=01:00:00:00:00:00/01:00:00:00:00:00)",
	 1,
	 {SET(ETH, 0, 0, 0x01000000, 0x01000000)}},
	{"set(nw_src=1.2.3.4),set(nw_dst=10.0.0.0/8),set(nw_ttl=64),set(nw_tos=184)",
	 4,
	 {SET(NW, 12, IP4 | PSEUDO, 0xffffffff, 0x01020304),
	  SET(NW, 16, IP4 | PSEUDO, 0xff000000, 0x0a000000),
	  SET(NW, 8, IP4, 0xff000000, 0x40000000), SET(NW, 0, IP4, 0x00fc0000, 0x00b80000)}},
	{"set(nw_tos=0),set(nw_ecn=3)", 1, {SET(NW, 0, IP4, 0x00ff0000, 0x00030000)}},
	{"set(ipv6_dst=fe80::1)",
	 4,
	 {SET(NW, 24, PSEUDO, 0xffffffff, 0xfe800000), SET(NW, 28, PSEUDO, 0xffffffff, 0),
	  SET(NW, 32, PSEUDO, 0xffffffff, 0), SET(NW, 36, PSEUDO, 0xffffffff, 1)}},
	{"set(nw_ttl=7),set(nw_tos=184),set(ipv6_label=0x12345)",
	 2,
	 {SET(NW, 0, 0, 0x0fcfffff, 0x0b812345), SET(NW, 4, 0, 0x000000ff, 7)}},
	{"set(nw_ttl=7)", 1, {SET(NW, 4, 0, 0x000000ff, 7)}},
	{"set(arp_op=2),set(arp_sha=02:00:00:00:00:01),set(arp_spa=10.0.0.1)",
	 4,
	 {SET(NW, 4, 0, 0x0000ffff, 2), SET(NW, 8, 0, 0xffffffff, 0x02000000),
	  SET(NW, 12, 0, 0xffffffff, 0x00010a00), SET(NW, 16, 0, 0xffff0000, 0x00010000)}},
	{"set(tp_src=80),set(tp_dst=81)", 1, {SET(L4, 0, L4, 0xffffffff, 0x00500051)}},
	{"set(tp_dst=80)", 1, {SET(L4, 0, L4, 0x0000ffff, 80)}},
	{"set(icmp_type=8)", 1, {SET(L4, 0, L4, 0xff000000, 0x08000000)}},
	{"set(icmp_code=1)", 1, {SET(L4, 0, L4, 0x00ff0000, 0x00010000)}},
	{"set(l4+2=0x0050/0x00f0)", 1, {SET(L4, 0, L4, 0x000000f0, 0x50)}},
	{"set(nd_target=fe80::1),set(nd_tll=02:00:00:00:00:01)",
	 6,
	 {SET(L4, 8, L4, 0xffffffff, 0xfe800000), SET(L4, 12, L4, 0xffffffff, 0),
	  SET(L4, 16, L4, 0xffffffff, 0), SET(L4, 20, L4, 0xffffffff, 1),
	  SET(ND_TLL, 0, L4, 0xffffffff, 0x02000000), SET(ND_TLL, 2, L4, 0x0000ffff, 1)}},
	{"set(nw_src=1.1.1.1),output:vm0,set(nw_src=2.2.2.2),output:vm1",
	 4,
	 {SET(NW, 12, IP4, 0xffffffff, 0x01010101), OUT(1),
	  SET(NW, 12, IP4, 0xffffffff, 0x02020202), OUT(2)}},
	{"ct(slot=7),output:vm0", 2, {{.kind = XVS_OP_CT, .arg = 7}, OUT(1)}},
};

static const struct program_names program_names = {.ports = &test_names};

TEST(flow_format, programs_are_named_in_words)
{
	for (size_t i = 0; i < sizeof(program_rows) / sizeof(program_rows[0]); i++) {
		const struct program_row *r = &program_rows[i];
		struct strbuf out;

		strbuf_init(&out);
		program_format(&out, r->ops, r->n, &program_names);
		ROW_CHECK(r->want, !strcmp(strbuf_str(&out), r->want), "printed '%s'",
			  strbuf_str(&out));
		strbuf_fini(&out);
	}
}

TEST(flow_format, any_program_prints)
{
	uint64_t seed = test_seed(8);

	for (int round = 0; round < 5000; round++) {
		struct xvs_op ops[16];
		struct strbuf out;
		size_t n = test_below(&seed, 17);

		for (size_t i = 0; i < n * sizeof(ops[0]); i++)
			((__u8 *)ops)[i] = (__u8)test_random(&seed);
		for (size_t i = 0; i < n; i++)
			ops[i].kind = (__u8)test_below(&seed, XVS_OP_N + 1);
		strbuf_init(&out);
		program_format(&out, ops, n, &program_names);
		assert_false(out.failed);
		strbuf_fini(&out);
	}
}

/* Lists that a parser makes print as text that gives the same list. */
TEST(flow_format, any_set_field_reads_as_itself)
{
	uint64_t seed = test_seed(9);

	for (int round = 0; round < 20000; round++) {
		const struct field *f = &fields[test_below(&seed, FIELD_N)];
		struct ofact a = {.type = OFACT_SET_FIELD, .set.field = f->id};
		struct ofacts list = {.v = &a, .n = 1}, again;
		struct match m = {0}, bits = {0};
		struct parse_error err = {0};
		struct strbuf out;

		if (!f->set_bits)
			continue;
		do {
			random_match(&seed, &m);
		} while (!field_prereqs_met(f, &m.key, &m.mask) ||
			 m.mask.nw_frag & m.key.nw_frag & XVS_FRAG_LATER);
		random_field(&seed, f, &bits);
		field_get(f, &bits.key, &a.set.value);
		field_get(f, &bits.mask, &a.set.mask);
		if (field_value_is_zero(&a.set.mask))
			continue;
		strbuf_init(&out);
		ofacts_format(&out, &list, &test_names);
		ROW_CHECK(strbuf_str(&out),
			  !ofacts_parse(strbuf_str(&out), 0, &m, &test_names, &again, &err),
			  "'%s' at %zu", err.message, err.column);
		ROW_CHECK(strbuf_str(&out), ofacts_equal(&list, &again), "reads as another list");
		ofacts_fini(&again);
		strbuf_fini(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(flow_format, any_match_reads_as_itself),
		TEST_ROW(flow_format, any_vlan_match_reads_as_itself),
		TEST_ROW(flow_format, megaflows_of_packets_read_as_themselves),
		TEST_ROW(flow_format, bits_of_other_protocols_are_left_out),
		TEST_ROW(flow_format, partial_masks_of_fields_without_masks_are_shown),
		TEST_ROW(flow_format, the_empty_match_prints_nothing),
		TEST_ROW(flow_format, programs_are_named_in_words),
		TEST_ROW(flow_format, any_program_prints),
		TEST_ROW(flow_format, any_set_field_reads_as_itself),
	};

	return cmocka_run_group_tests_name("flow_format", tests, NULL, NULL);
}
