// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * learn(): the rule that a packet makes is the one that Open vSwitch 3.1 makes of
 * it, and follows from the bits that are said to be read.
 */
#include "learn.h"

#include "flow_format.h"
#include "sw_fixture.h"
#include "test.h"

#define TCP                                                                             \
	"in_port=vm0,tcp,dl_src=50:54:00:00:00:09,dl_dst=50:54:00:00:00:0a,dl_vlan=10," \
	"dl_vlan_pcp=3,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_tos=184,tp_src=8,tp_dst=80"
#define ICMP "in_port=vm0,icmp,nw_src=10.0.0.1,nw_dst=10.0.0.2,icmp_type=8,icmp_code=0"
#define UDP6 "in_port=vm0,udp6,ipv6_src=fd00::1,ipv6_dst=fd00::2,tp_src=8,tp_dst=53"

struct row {
	const char *packet;
	const char *rule; /* that has learn() for its action */
	__u32 reg0; /* the packet's, by then */
	const char *want; /* in table 1 */
	const char *read; /* of the packet: a match whose mask it is */
};

static const struct row rows[] = {
	{TCP,
	 "tcp,actions=learn(table=1,idle_timeout=10,hard_timeout=20,priority=5,cookie=0x7,"
	 "NXM_OF_VLAN_TCI[0..11],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[])",
	 0,
	 "cookie=7,idle_timeout=10,hard_timeout=20,priority=5,vlan_tci=0x000a/0x0fff,"
	 "dl_dst=50:54:00:00:00:09,actions=output:vm0",
	 "vlan_tci=0x000a/0x0fff,dl_src=50:54:00:00:00:09,in_port=vm0"},
	{TCP,
	 "tcp,actions=learn(table=1,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],"
	 "load:NXM_OF_VLAN_TCI[]->NXM_NX_REG1[0..15],load:5->NXM_NX_REG2[8..15],"
	 "output:NXM_OF_IN_PORT[])",
	 0,
	 "dl_dst=50:54:00:00:00:09,actions=load:0x700a->NXM_NX_REG1[0..15],"
	 "load:0x5->NXM_NX_REG2[8..15],output:vm0",
	 "vlan_tci=0x700a,dl_src=50:54:00:00:00:09,in_port=vm0"},
	{TCP,
	 "tcp,actions=learn(table=1,dl_type=0x800,nw_proto=6,NXM_OF_IP_SRC[]=NXM_OF_IP_DST[],"
	 "NXM_OF_IP_DST[]=NXM_OF_IP_SRC[],NXM_OF_TCP_SRC[]=NXM_OF_TCP_DST[],"
	 "load:NXM_OF_IP_TOS[2..7]->NXM_NX_REG0[2..7])",
	 0, "tcp,nw_src=10.0.0.2,nw_dst=10.0.0.1,tp_src=80,actions=load:0x2e->NXM_NX_REG0[2..7]",
	 "tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_dst=80,nw_tos=184"},
	{TCP,
	 "tcp,actions=learn(table=1,eth_type=0x800,NXM_OF_IP_SRC[0..23]=NXM_OF_IP_DST[0..23],"
	 "load:0x123456789abc->NXM_OF_ETH_DST[])",
	 0, "ip,nw_src=0.0.0.2/0.255.255.255,actions=load:0x123456789abc->NXM_OF_ETH_DST[]",
	 "ip,nw_dst=0.0.0.2/0.255.255.255"},
	{TCP, "tcp,actions=learn(table=1,vlan_vid,output:NXM_OF_IN_PORT[])", 0,
	 "vlan_tci=0x000a/0x0fff,actions=output:vm0", "vlan_tci=0x000a/0x0fff,in_port=vm0"},
	{TCP, "tcp,actions=learn(table=1,reg3=0x55,metadata,in_port)", 0,
	 "reg3=0x55,metadata=0,in_port=vm0,actions=drop", "metadata=0,in_port=vm0"},
	{TCP, "tcp,actions=learn(table=1,in_port,output:reg0[])", 0xfffb,
	 "in_port=vm0,actions=flood", "reg0=0xfffb,in_port=vm0"},
	{TCP, "tcp,actions=learn(table=1,in_port,output:reg0[])", 0xfffd,
	 "in_port=vm0,actions=drop", "reg0=0xfffd,in_port=vm0"},
	{TCP, "tcp,actions=learn(table=1,in_port,output:reg0[])", 0xfffa,
	 "in_port=vm0,actions=drop", "reg0=0xfffa,in_port=vm0"},
	{TCP, "tcp,actions=learn(table=1,in_port,output:reg0[0..15])", 0xfffe,
	 "in_port=vm0,actions=local", "reg0=0xfffe/0xffff,in_port=vm0"},
	{TCP, "tcp,actions=learn(table=1,in_port,output:reg0[0..15])", 0xfff8,
	 "in_port=vm0,actions=in_port", "reg0=0xfff8/0xffff,in_port=vm0"},
	{TCP, "tcp,actions=learn(table=1,in_port,output:reg0[0..15])", 0xfffc,
	 "in_port=vm0,actions=all", "reg0=0xfffc/0xffff,in_port=vm0"},
	{TCP, "tcp,actions=learn(table=1,in_port,output:reg0[])", 0x10002,
	 "in_port=vm0,actions=drop", "reg0=0x10002,in_port=vm0"},
	{TCP, "tcp,actions=learn(table=1,in_port,output:reg0[0..15])", 0x10002,
	 "in_port=vm0,actions=output:vm1", "reg0=0x2/0xffff,in_port=vm0"},
	{TCP, "tcp,actions=learn(table=1,in_port,output:reg0[])", 0, "in_port=vm0,actions=drop",
	 "reg0=0,in_port=vm0"},
	{ICMP,
	 "icmp,actions=learn(table=1,dl_type=0x800,nw_proto=1,icmp_type=0,"
	 "NXM_OF_ICMP_CODE[],load:NXM_OF_ICMP_TYPE[]->NXM_NX_REG0[0..7])",
	 0, "icmp,icmp_type=0,icmp_code=0,actions=load:0x8->NXM_NX_REG0[0..7]",
	 "icmp,icmp_type=8,icmp_code=0"},
	{UDP6,
	 "udp6,actions=learn(table=1,dl_type=0x86dd,NXM_NX_IPV6_SRC[]=NXM_NX_IPV6_DST[],"
	 "load:NXM_NX_IPV6_SRC[64..95]->NXM_NX_REG0[],nw_proto=17,udp_dst=NXM_OF_UDP_SRC[])",
	 0, "udp6,ipv6_src=fd00::2,tp_dst=8,actions=load:0->NXM_NX_REG0[]",
	 "udp6,ipv6_src=::/0:0:ffff:ffff::,ipv6_dst=fd00::2,tp_src=8"},
};

static void setup(struct sw_fixture *f)
{
	sw_fixture_init(f);
	sw_fixture_lines(f, "port vm0 1\nport vm1 2\n");
}

static const struct ofact_learn *learn_of(const struct rule *r)
{
	assert_int_equal(r->actions.v[0].type, OFACT_LEARN);
	return r->actions.v[0].learn;
}

static struct rule *make(const struct ofact_learn *l, const struct flow_key *flow)
{
	struct flow_spec spec;
	struct rule *r;

	assert_int_equal(learn_make(l, flow, &spec), 0);
	assert_int_equal(spec.out_port, -1);
	r = flow_spec_rule(&spec, 0);
	assert_non_null(r);
	return r;
}

static void check_rule(const struct row *row, const struct sw_fixture *f, const struct rule *got)
{
	char text[400];
	struct strbuf a, b;
	struct rule *want;

	snprintf(text, sizeof(text), "table=1,%s", row->want);
	want = sw_fixture_rule(f, text);
	strbuf_init(&a);
	strbuf_init(&b);
	rule_format(&a, got, &f->names);
	rule_format(&b, want, &f->names);
	ROW_CHECK(row->rule, !strcmp(strbuf_str(&a), strbuf_str(&b)), "\n  %s, not\n  %s",
		  strbuf_str(&a), strbuf_str(&b));
	assert_int_equal(got->idle_timeout_s, want->idle_timeout_s);
	assert_int_equal(got->hard_timeout_s, want->hard_timeout_s);
	strbuf_fini(&a);
	strbuf_fini(&b);
	rule_put(want);
}

/* Without what the fields' prerequisites add. */
static void check_read(const struct row *row, const struct sw_fixture *f,
		       const struct flow_key *bits)
{
	char text[400];
	struct match want;
	struct rule *r;

	snprintf(text, sizeof(text), "%s,actions=drop", row->read);
	r = sw_fixture_rule(f, text);
	want = match_of(r);
	want.mask.dl_type = 0;
	want.mask.nw_proto = 0;
	ROW_CHECK(row->rule, flow_equal(&want.mask, bits), "it is not '%s' that it reads",
		  row->read);
	rule_put(r);
}

TEST(learn, rules_are_those_of_open_vswitch)
{
	struct sw_fixture f;

	setup(&f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rule *r = sw_fixture_rule(&f, rows[i].rule), *got;
		struct flow_key flow, bits = {0};

		sw_fixture_packet(&f, rows[i].packet, &flow);
		flow.reg[0] = XVS_BE32(rows[i].reg0);
		got = make(learn_of(r), &flow);
		check_rule(&rows[i], &f, got);
		learn_read(learn_of(r), &bits);
		check_read(&rows[i], &f, &bits);
		rule_put(got);
		rule_put(r);
	}
	sw_fixture_fini(&f);
}

/* Any other packet with the same bits makes the same rule. */
TEST(learn, nothing_else_of_the_packet_matters)
{
	uint64_t seed = test_seed(0x1ea2);
	struct sw_fixture f;

	setup(&f);
	for (int round = 0; round < 2000; round++) {
		const struct row *row = &rows[test_below(&seed, sizeof(rows) / sizeof(rows[0]))];
		struct rule *r = sw_fixture_rule(&f, row->rule), *a, *b;
		struct flow_key flow, bits = {0};
		struct match match;

		sw_fixture_packet(&f, row->packet, &flow);
		flow.reg[0] = XVS_BE32(row->reg0);
		a = make(learn_of(r), &flow);
		learn_read(learn_of(r), &bits);
		for (int w = 0; w < FLOW_KEY_WORDS; w++)
			flow.w[w] ^= test_random(&seed) & ~bits.w[w];
		b = make(learn_of(r), &flow);
		match = match_of(a);
		assert_true(rule_has_match(b, &match));
		assert_true(ofacts_equal(&a->actions, &b->actions));
		rule_put(a);
		rule_put(b);
		rule_put(r);
	}
	sw_fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(learn, rules_are_those_of_open_vswitch),
		TEST_ROW(learn, nothing_else_of_the_packet_matters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
