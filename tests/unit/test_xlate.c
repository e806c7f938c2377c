// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Translation by cases: verdicts, drop reasons, learning, limits. What programs
 * and explanations look like is in tests/golden/trace, what programs do in
 * test_xlate_semantics.c, what masks must hold in test_megaflow_property.c.
 */
#include <errno.h>

#include "sw_fixture.h"
#include "test.h"

#define PORTS                                                           \
	"port vm0 1\nport vm1 2\nport vm2 3 down\nport vm3 4 blocked\n" \
	"port a10 5 tag=10\nport t20 6 trunks=20 no-flood\n"
#define NORMAL PORTS "rule priority=0,actions=normal\n"
#define MACS "dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,dl_type=0x88b5"

static struct xlate_out out;

static int run(struct sw_fixture *f, const char *packet, bool may_learn)
{
	struct flow_key key;
	struct xlate_in in = {.sw = f->sw, .key = &key, .now_ms = 5000, .may_learn = may_learn};

	sw_fixture_packet(f, packet, &key);
	return xlate(&in, &out);
}

/* The address that the last translation keeps fresh. */
static const struct xlate_ref *learned(void)
{
	for (size_t i = 0; i < out.refs.n; i++)
		if (out.refs.v[i].kind == XLATE_REF_FDB)
			return &out.refs.v[i];
	return NULL;
}

/* Verdict and what goes with it: a drop reason, a port, or a number of operations. */
static const struct {
	const char *name;
	const char *lines;
	const char *packet;
	enum xvs_verdict verdict;
	unsigned int value;
} rows[] = {
	{"no rule", PORTS, "in_port=vm0", XVS_VERDICT_DROP, XVS_DROP_NO_MATCH},
	{"drop", PORTS "rule actions=drop", "in_port=vm0", XVS_VERDICT_DROP, XVS_DROP_ACTION},
	{"writes without output", PORTS "rule actions=mod_dl_dst:02:00:00:00:00:09", "in_port=vm0",
	 XVS_VERDICT_DROP, XVS_DROP_ACTION},
	{"output", PORTS "rule actions=output:vm1", "in_port=vm0", XVS_VERDICT_OUTPUT, 2},
	{"output to where it came from", PORTS "rule actions=output:vm0", "in_port=vm0",
	 XVS_VERDICT_DROP, XVS_DROP_SAME_PORT},
	{"in_port", PORTS "rule actions=in_port", "in_port=vm0", XVS_VERDICT_OUTPUT, 1},
	{"output to a port that is down", PORTS "rule actions=output:vm2", "in_port=vm0",
	 XVS_VERDICT_DROP, XVS_DROP_PORT_BLOCKED},
	{"output to a blocked port", PORTS "rule actions=output:vm3", "in_port=vm0",
	 XVS_VERDICT_DROP, XVS_DROP_PORT_BLOCKED},
	{"output to no port", PORTS "rule actions=output:99", "in_port=vm0", XVS_VERDICT_DROP,
	 XVS_DROP_PORT_UNKNOWN},
	{"one of two outputs is down", PORTS "rule actions=output:vm2,output:vm1", "in_port=vm0",
	 XVS_VERDICT_OUTPUT, 2},
	{"input port is blocked", PORTS "rule actions=output:vm1", "in_port=vm3", XVS_VERDICT_DROP,
	 XVS_DROP_PORT_BLOCKED},
	{"input port is down: it may still be read", PORTS "rule actions=output:vm1", "in_port=vm2",
	 XVS_VERDICT_OUTPUT, 2},
	{"local", PORTS "rule actions=local", "in_port=vm0", XVS_VERDICT_DROP,
	 XVS_DROP_PORT_UNKNOWN},
	{"two outputs", PORTS "rule actions=output:vm1,output:a10", "in_port=vm0",
	 XVS_VERDICT_PROGRAM, 2},
	{"the same output twice", PORTS "rule actions=output:vm1,output:vm1", "in_port=vm0",
	 XVS_VERDICT_PROGRAM, 2},
	{"all", PORTS "rule actions=all", "in_port=vm0", XVS_VERDICT_PROGRAM, 3},
	{"all, from the only port", "port vm0 1\nrule actions=all", "in_port=vm0", XVS_VERDICT_DROP,
	 XVS_DROP_SAME_PORT},
	{"writes behind the last output are not made",
	 PORTS "rule actions=output:vm1,mod_dl_dst:02:00:00:00:00:09", "in_port=vm0",
	 XVS_VERDICT_OUTPUT, 2},
	{"a MAC address takes two words",
	 PORTS "rule actions=mod_dl_dst:02:00:00:00:00:09,output:vm1", "in_port=vm0",
	 XVS_VERDICT_PROGRAM, 3},
	{"two writes to one field are one",
	 PORTS "rule actions=mod_dl_dst:02:00:00:00:00:09,mod_dl_dst:02:00:00:00:00:0a,output:vm1",
	 "in_port=vm0", XVS_VERDICT_PROGRAM, 3},
	{"a value that the packet has is written all the same",
	 PORTS "rule ip,actions=mod_nw_tos:0,output:vm1", "in_port=vm0,ip,nw_tos=0",
	 XVS_VERDICT_PROGRAM, 2},
	{"dec_ttl", PORTS "rule ip,actions=dec_ttl,output:vm1", "in_port=vm0,ip,nw_ttl=1",
	 XVS_VERDICT_PROGRAM, 2},
	{"dec_ttl of a TTL that was set", PORTS "rule ip,actions=mod_nw_ttl:9,dec_ttl,output:vm1",
	 "in_port=vm0,ip,nw_ttl=1", XVS_VERDICT_PROGRAM, 2},
	{"dec_ttl of a TTL that was set to 1",
	 PORTS "rule ip,actions=mod_nw_ttl:1,dec_ttl,output:vm1", "in_port=vm0,ip,nw_ttl=64",
	 XVS_VERDICT_DROP, XVS_DROP_TTL_EXPIRED},
	{"outputs before the TTL expires",
	 PORTS "rule ip,actions=output:vm1,mod_nw_ttl:1,dec_ttl,output:a10",
	 "in_port=vm0,ip,nw_ttl=64", XVS_VERDICT_OUTPUT, 2},
	{"L4 ports of a later fragment", PORTS "rule udp,actions=mod_tp_dst:9,output:vm1",
	 "in_port=vm0,udp,ip_frag=later", XVS_VERDICT_OUTPUT, 2},
	{"push and pop leave nothing", PORTS "rule actions=push_vlan:0x8100,pop_vlan,output:vm1",
	 "in_port=vm0", XVS_VERDICT_OUTPUT, 2},
	{"pop without a tag", PORTS "rule actions=pop_vlan,output:vm1", "in_port=vm0",
	 XVS_VERDICT_OUTPUT, 2},
	{"normal, from a port that does not exist", NORMAL, "in_port=77," MACS, XVS_VERDICT_DROP,
	 XVS_DROP_PORT_UNKNOWN},
	{"normal, unknown: flood", NORMAL, "in_port=vm0," MACS, XVS_VERDICT_OUTPUT, 2},
	{"normal, known", NORMAL "fdb 02:00:00:00:00:02 0 vm1", "in_port=vm0," MACS,
	 XVS_VERDICT_OUTPUT, 2},
	{"normal, known at the input", NORMAL "fdb 02:00:00:00:00:02 0 vm0", "in_port=vm0," MACS,
	 XVS_VERDICT_DROP, XVS_DROP_SAME_PORT},
	{"normal, known at a port that lost the VLAN", NORMAL "fdb 02:00:00:00:00:02 0 a10",
	 "in_port=vm0," MACS, XVS_VERDICT_OUTPUT, 2},
	{"normal, known in another VLAN", NORMAL "fdb 02:00:00:00:00:02 10 a10",
	 "in_port=vm0," MACS, XVS_VERDICT_OUTPUT, 2},
	{"normal, known at a port that is down", NORMAL "fdb 02:00:00:00:00:02 0 vm2",
	 "in_port=vm0," MACS, XVS_VERDICT_DROP, XVS_DROP_PORT_BLOCKED},
	{"normal, no-flood ports take what is theirs", NORMAL "fdb 02:00:00:00:00:02 20 t20",
	 "in_port=vm0,dl_vlan=20," MACS, XVS_VERDICT_OUTPUT, 6},
	{"normal, tagged on an access port", NORMAL, "in_port=a10,dl_vlan=10," MACS,
	 XVS_VERDICT_DROP, XVS_DROP_VLAN_MISMATCH},
	{"normal, priority tag on an access port", NORMAL, "in_port=a10,dl_vlan=0," MACS,
	 XVS_VERDICT_PROGRAM, 3},
	{"normal, VLAN that the trunk does not carry", NORMAL, "in_port=t20,dl_vlan=10," MACS,
	 XVS_VERDICT_DROP, XVS_DROP_VLAN_MISMATCH},
	{"normal, untagged on a trunk without VLAN 0", NORMAL, "in_port=t20," MACS,
	 XVS_VERDICT_DROP, XVS_DROP_VLAN_MISMATCH},
	{"normal, reserved destination", NORMAL, "in_port=vm0,dl_dst=01:80:c2:00:00:0f",
	 XVS_VERDICT_DROP, XVS_DROP_RESERVED_MAC},
	{"normal, behind the reserved range", NORMAL, "in_port=vm0,dl_dst=01:80:c2:00:00:10",
	 XVS_VERDICT_OUTPUT, 2},
	{"normal reads the destination that was set",
	 PORTS "fdb 02:00:00:00:00:02 0 vm0\n"
	       "rule actions=mod_dl_dst:02:00:00:00:00:02,normal",
	 "in_port=vm0,dl_dst=02:00:00:00:00:99", XVS_VERDICT_DROP, XVS_DROP_SAME_PORT},
	{"normal reads the VLAN that was set",
	 PORTS "fdb 02:00:00:00:00:02 10 a10\nrule actions=mod_vlan_vid:10,normal",
	 "in_port=vm0," MACS, XVS_VERDICT_OUTPUT, 5},
	{"flood leaves out no-flood ports", PORTS "rule actions=flood", "in_port=vm0,dl_vlan=20",
	 XVS_VERDICT_PROGRAM, 2},
	{"flood does not need a free destination", PORTS "rule actions=flood",
	 "in_port=vm0,dl_dst=01:80:c2:00:00:0f", XVS_VERDICT_PROGRAM, 2},
	{"flood knows no VLANs", "port a 1 tag=7\nport b 2 tag=8\nrule actions=flood", "in_port=a",
	 XVS_VERDICT_OUTPUT, 2},
	{"flood, nobody else", "port a 1\nport b 2 no-flood\nrule actions=flood", "in_port=a",
	 XVS_VERDICT_DROP, XVS_DROP_SAME_PORT},
	{"tables in a circle", PORTS "rule actions=output:vm1,resubmit(,0)", "in_port=vm0",
	 XVS_VERDICT_DROP, XVS_DROP_RESUBMIT_LIMIT},
	{"more and more tables",
	 PORTS "rule actions=resubmit(,1),resubmit(,1)\n"
	       "rule table=1,actions=resubmit(,2),resubmit(,2)\n"
	       "rule table=2,actions=resubmit(,3),resubmit(,3)\n"
	       "rule table=3,actions=resubmit(,4),resubmit(,4)\n"
	       "rule table=4,actions=resubmit(,5),resubmit(,5)\n"
	       "rule table=5,actions=resubmit(,6),resubmit(,6)\n"
	       "rule table=6,actions=resubmit(,7),resubmit(,7)\n"
	       "rule table=7,actions=resubmit(,8),resubmit(,8)\n"
	       "rule table=8,actions=resubmit(,9),resubmit(,9)\n"
	       "rule table=9,actions=resubmit(,10),resubmit(,10)\n"
	       "rule table=10,actions=resubmit(,11),resubmit(,11)\n"
	       "rule table=11,actions=resubmit(,12),resubmit(,12)\n"
	       "rule table=12,actions=drop",
	 "in_port=vm0", XVS_VERDICT_DROP, XVS_DROP_RESUBMIT_LIMIT},
	{"what a deeper table sends stays sent",
	 PORTS "rule actions=resubmit(,1)\n"
	       "rule table=1,actions=output:vm1",
	 "in_port=vm0", XVS_VERDICT_OUTPUT, 2},
	{"a table without a rule is no end", PORTS "rule actions=resubmit(,1),output:vm1",
	 "in_port=vm0", XVS_VERDICT_OUTPUT, 2},
	{"no group of that number has a bucket alive",
	 PORTS "group group_id=1,type=ff,bucket=watch_port:vm2,actions=output:vm1\n"
	       "rule actions=group:1",
	 "in_port=vm0", XVS_VERDICT_DROP, XVS_DROP_ACTION},
	{"flood, the others are down", "port a 1\nport b 2 down\nrule actions=flood", "in_port=a",
	 XVS_VERDICT_DROP, XVS_DROP_PORT_BLOCKED},
};

TEST(xlate, verdicts)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sw_fixture f;
		unsigned int value;

		sw_fixture_init(&f);
		sw_fixture_lines(&f, rows[i].lines);
		ROW_CHECK(rows[i].name, run(&f, rows[i].packet, false) == 0, "failed");
		ROW_CHECK(rows[i].name, out.verdict == rows[i].verdict, "verdict %d, reason %d",
			  out.verdict, out.reason);
		value = out.verdict == XVS_VERDICT_DROP     ? out.reason
			: out.verdict == XVS_VERDICT_OUTPUT ? out.out_port
							    : (unsigned int)out.n_ops;
		ROW_CHECK(rows[i].name, value == rows[i].value, "%u", value);
		ROW_CHECK(rows[i].name, out.verdict != XVS_VERDICT_DROP || !out.n_ops, "ops");
		for (size_t k = 0; k < out.n_ops; k++)
			ROW_CHECK(rows[i].name,
				  (out.ops[k].kind == XVS_OP_OUTPUT &&
				   out.ops[k].flags & XVS_OP_F_LAST) == (k + 1 == out.n_ops),
				  "LAST is not on the last operation");
		sw_fixture_fini(&f);
	}
}

TEST(xlate, learns_only_from_packets)
{
	const __u8 mac[6] = {0x02, 0, 0, 0, 0, 0x01};
	struct sw_fixture f;

	sw_fixture_init(&f);
	sw_fixture_lines(&f, NORMAL);
	assert_int_equal(run(&f, "in_port=vm0," MACS, false), 0);
	assert_non_null(learned());
	assert_false(out.learned);
	assert_true(out.unlearned);
	assert_int_equal(fdb_count(f.sw->fdb), 0);

	assert_int_equal(run(&f, "in_port=vm0," MACS, true), 0);
	assert_true(out.learned);
	assert_false(out.unlearned);
	assert_memory_equal(learned()->fdb.mac, mac, 6);
	assert_int_equal(learned()->fdb.vlan, 0);
	assert_int_equal(learned()->fdb.port_no, 1);
	assert_int_equal(fdb_lookup(f.sw->fdb, mac, 0)->port_no, 1);
	assert_int_equal(fdb_lookup(f.sw->fdb, mac, 0)->used_ms, 5000);

	assert_int_equal(run(&f, "in_port=vm0," MACS, true), 0);
	assert_false(out.learned);
	assert_int_equal(run(&f, "in_port=vm1," MACS, true), 0);
	assert_true(out.learned);
	assert_int_equal(fdb_lookup(f.sw->fdb, mac, 0)->port_no, 2);

	/* Neither a multicast source nor a frame that does not enter teaches. */
	assert_int_equal(run(&f, "in_port=vm0,dl_src=03:00:00:00:00:01", true), 0);
	assert_null(learned());
	assert_int_equal(run(&f, "in_port=a10,dl_vlan=7,dl_src=02:00:00:00:00:07", true), 0);
	assert_null(learned());
	assert_int_equal(fdb_count(f.sw->fdb), 1);
	/* An access port learns in its own VLAN. */
	assert_int_equal(run(&f, "in_port=a10," MACS, true), 0);
	assert_int_equal(fdb_lookup(f.sw->fdb, mac, 10)->port_no, 5);
	sw_fixture_fini(&f);
}

TEST(xlate, always_masks_what_tells_packets_apart)
{
	struct sw_fixture f;

	sw_fixture_init(&f);
	sw_fixture_lines(&f, PORTS "rule actions=output:vm1\n");
	assert_int_equal(run(&f, "in_port=vm0,tcp", false), 0);
	assert_int_equal(out.mask.in_port, 0xffff);
	assert_int_equal(out.mask.recirc_id, 0xffffffff);
	assert_int_equal(out.mask.dl_type, 0xffff);
	assert_int_equal(out.mask.nw_frag, XVS_FRAG_ANY | XVS_FRAG_LATER);
	assert_int_equal(out.mask.nw_proto, 0);
	assert_int_equal(run(&f, "in_port=vm0,arp", false), 0);
	assert_int_equal(out.mask.nw_frag, 0);
	sw_fixture_fini(&f);
}

TEST(xlate, a_write_does_not_need_the_old_value)
{
	struct sw_fixture f;

	sw_fixture_init(&f);
	sw_fixture_lines(&f, PORTS "rule tcp,actions=mod_nw_dst:1.2.3.4,mod_tp_dst:80,"
				   "mod_vlan_vid:5,dec_ttl,output:vm1\n");
	assert_int_equal(run(&f, "in_port=vm0,dl_vlan=3,tcp,nw_dst=9.9.9.9,tp_dst=7", false), 0);
	assert_int_equal(out.mask.nw_dst, 0);
	assert_int_equal(out.mask.tp_dst, 0);
	assert_int_equal(out.mask.nw_ttl, 0);
	assert_int_equal(out.mask.nw_proto, 0xff);
	assert_int_equal(out.mask.vlan_tci, XVS_BE16(XVS_VLAN_PRESENT));
	sw_fixture_fini(&f);
}

TEST(xlate, exact_masks_all_that_the_packet_has)
{
	struct sw_fixture f;
	struct flow_key key, all;
	struct xlate_in in = {.key = &key, .exact = true};

	sw_fixture_init(&f);
	sw_fixture_lines(&f, PORTS "rule actions=output:vm1\n");
	in.sw = f.sw;
	sw_fixture_packet(&f, "in_port=vm0,tcp,nw_dst=9.9.9.9,tp_dst=7", &key);
	assert_int_equal(xlate(&in, &out), 0);
	flow_exact_mask(&key, &all);
	assert_true(flow_equal(&out.mask, &all));
	sw_fixture_fini(&f);
}

TEST(xlate, more_operations_than_fit_are_dropped)
{
	struct sw_fixture f;
	char line[64];

	sw_fixture_init(&f);
	for (int i = 1; i <= XVS_MAX_PROGRAM_OPS + 1; i++) {
		snprintf(line, sizeof(line), "port p%d %d", i, i);
		sw_fixture_line(&f, line);
	}
	sw_fixture_line(&f, "rule actions=all");
	assert_int_equal(run(&f, "in_port=p1", false), 0);
	assert_int_equal(out.n_ops, XVS_MAX_PROGRAM_OPS);
	snprintf(line, sizeof(line), "port p%d %d", XVS_MAX_PROGRAM_OPS + 2,
		 XVS_MAX_PROGRAM_OPS + 2);
	sw_fixture_line(&f, line);
	assert_int_equal(run(&f, "in_port=p1", false), 0);
	assert_int_equal(out.verdict, XVS_VERDICT_DROP);
	assert_int_equal(out.reason, XVS_DROP_PROGRAM_LIMIT);
	assert_int_equal(out.n_ops, 0);
	sw_fixture_fini(&f);
}

TEST(xlate, deep_tag_stacks_are_dropped_not_an_overrun)
{
	struct sw_fixture f;
	struct ofacts list = {0};
	struct ofact push = {.type = OFACT_PUSH_VLAN, .ethertype = XVS_BE16(0x8100)};
	struct ofact output = {.type = OFACT_OUTPUT, .port = 2};
	struct match any;
	struct rule *r;

	sw_fixture_init(&f);
	sw_fixture_lines(&f, PORTS);
	for (int i = 0; i < 30; i++)
		assert_int_equal(ofacts_append(&list, &push), 0);
	assert_int_equal(ofacts_append(&list, &output), 0);
	memset(&any, 0, sizeof(any));
	r = make_rule(&any, 0, 1, &list);
	assert_int_equal(flow_table_insert(f.sw->tables, r, false), 0);
	assert_int_equal(run(&f, "in_port=vm0,dl_vlan=1", false), 0);
	assert_int_equal(out.reason, XVS_DROP_PROGRAM_LIMIT);
	assert_int_equal(out.verdict, XVS_VERDICT_DROP);
	sw_fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(xlate, verdicts),
		TEST_ROW(xlate, learns_only_from_packets),
		TEST_ROW(xlate, always_masks_what_tells_packets_apart),
		TEST_ROW(xlate, a_write_does_not_need_the_old_value),
		TEST_ROW(xlate, exact_masks_all_that_the_packet_has),
		TEST_ROW(xlate, more_operations_than_fit_are_dropped),
		TEST_ROW(xlate, deep_tag_stacks_are_dropped_not_an_overrun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
