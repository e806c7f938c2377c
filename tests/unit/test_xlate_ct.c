// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ct() and ct_clear in translation: what programs and masks come of it, and what is
 * refused. That packets then go where the rules say is what
 * test_xlate_pipeline_property.c holds; ct(nat) is here alone.
 */
#include "sw_fixture.h"
#include "test.h"

#define PORTS "port vm0 1\nport vm1 2\nport vm2 3\nmeter 7 3\n"
#define UDP "in_port=vm0,udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=7,tp_dst=8"
#define REFUSED "actions: drop (program-limit)"

static struct xlate_out out;

static void run_as(const struct sw_fixture *f, const struct xlate_env *env, const char *packet,
		   struct flow_key *key)
{
	struct xlate_in in = {.env = env, .sw = f->sw, .key = key, .now_ms = 5000};

	sw_fixture_packet(f, packet, key);
	assert_int_equal(xlate(&in, &out), 0);
}

/* The last of 'packets', one a line, is what the row is about. */
static const struct {
	const char *name;
	const char *lines;
	const char *packets;
	enum xvs_verdict verdict;
	const char *result;
} rows[] = {
	{"a table and nothing else is a verdict",
	 "rule ip,actions=set_field:5->reg0,ct(table=1,zone=3)", UDP, XVS_VERDICT_CT,
	 "megaflow: ip,in_port=vm0,recirc_id=0x0,ip_frag=no\nactions: ct(zone=3),recirc(0x1)"},
	{"a write in front of it is a program",
	 "rule ip,actions=mod_dl_dst:02:00:00:00:00:01,ct(table=1)", UDP, XVS_VERDICT_PROGRAM,
	 "actions: set(dl_dst=02:00:00:00:00:01),ct(),recirc(0x1)"},
	{"what follows goes on here, untracked",
	 "rule ip,actions=ct(table=1),resubmit(,2)\n"
	 "rule table=2,ct_state=+trk,actions=output:vm1\n"
	 "rule table=2,ct_state=-trk,actions=output:vm2",
	 UDP, XVS_VERDICT_PROGRAM, "actions: output:vm2,ct(),recirc(0x1)"},
	{"a write behind it is not the copy's",
	 "rule ip,actions=ct(table=1),mod_nw_src:1.2.3.4,output:vm2", UDP, XVS_VERDICT_PROGRAM,
	 "megaflow: udp,in_port=vm0,recirc_id=0x0,nw_src=10.0.0.1,ip_frag=no\n"
	 "actions: set(nw_src=1.2.3.4),output:vm2,set(nw_src=10.0.0.1),ct(),recirc(0x1)"},
	{"the rest's meter does not end the copy",
	 "rule ip,actions=ct(table=1),resubmit(,2)\n"
	 "rule table=2,actions=meter:7,output:vm1",
	 UDP, XVS_VERDICT_PROGRAM, "actions: meter(slot=3),output:vm1,ct(),recirc(0x1)"},
	{"a zone of a field is read", "rule ip,actions=ct(table=1,zone=NXM_OF_IP_SRC[0..15])", UDP,
	 XVS_VERDICT_CT, "nw_src=0.0.0.1/0.0.255.255,ip_frag=no\nactions: ct(zone=1),recirc(0x1)"},
	{"a zone of a register costs nothing",
	 "rule ip,actions=load:9->NXM_NX_REG3[16..31],ct(table=1,zone=NXM_NX_REG3[16..31])", UDP,
	 XVS_VERDICT_CT,
	 "megaflow: ip,in_port=vm0,recirc_id=0x0,ip_frag=no\nactions: ct(zone=9),recirc(0x1)"},
	{"a zone of a header that is not there is 0",
	 "group group_id=1,type=all,bucket=actions=ct(table=1,zone=NXM_NX_IPV6_SRC[0..15])\n"
	 "rule ip,actions=group:1",
	 UDP, XVS_VERDICT_CT, "actions: ct(),recirc(0x1)"},
	{"mark and label, bit by bit",
	 "rule udp,actions=load:3->NXM_NX_REG0[],ct(commit,exec(set_field:0xff/0xf0->ct_mark,"
	 "move:NXM_NX_REG0[0..3]->NXM_NX_CT_MARK[4..7],set_field:0x1->ct_label,"
	 "move:NXM_OF_UDP_DST[]->NXM_NX_CT_LABEL[64..79])),output:vm1",
	 UDP, XVS_VERDICT_PROGRAM,
	 "tp_dst=8\nactions: ct(commit,mark=0x30/0xf0,"
	 "label=0x80000000000000001/0xffffffffffffffffffffffffffffffff),output:vm1"},
	{"force, nat and helper",
	 "rule tcp,actions=ct(commit,force,zone=2,nat(dst=10.1.0.1-10.1.0.9:80,persistent),"
	 "alg=ftp),output:vm1",
	 "in_port=vm0,tcp", XVS_VERDICT_PROGRAM,
	 "actions: ct(commit,force,zone=2,nat(dst=10.1.0.1-10.1.0.9:80,persistent),alg=ftp),"
	 "output:vm1"},
	{"nat of IPv6",
	 "rule tcp6,actions=ct(commit,nat(src=[fd00::1]-[fd00::9]:1-9,random)),output:vm1",
	 "in_port=vm0,tcp6", XVS_VERDICT_PROGRAM,
	 "actions: ct(commit,nat(src=[fd00::1]-[fd00::9]:1-9,random)),output:vm1"},
	{"nothing leaves behind a ct() that enters none", "rule ip,actions=output:vm1,ct(zone=3)",
	 UDP, XVS_VERDICT_OUTPUT, "actions: output:vm1"},
	{"nothing leaves behind one that enters one",
	 "rule ip,actions=output:vm1,ct(commit,zone=3),mod_nw_src:1.1.1.1", UDP,
	 XVS_VERDICT_PROGRAM, "actions: output:vm1,ct(commit,zone=3),recirc(0x1)"},
	{"the pass behind it", "rule ip,actions=ct(commit)",
	 UDP "\n" UDP ",recirc_id=1,ct_state=+trk+new", XVS_VERDICT_DROP,
	 "megaflow: ip,in_port=vm0,recirc_id=0x1,ip_frag=no\nactions: drop (action-drop)"},
	{"registers, stack and ports survive",
	 "rule ip,actions=load:5->NXM_NX_REG0[],push:NXM_OF_ETH_SRC[0..15],"
	 "load:3->NXM_OF_IN_PORT[],ct(table=1)\n"
	 "rule table=1,ip,reg0=5,in_port=vm2,ct_state=+trk,actions=pop:NXM_OF_ETH_DST[0..15],"
	 "output:vm0,output:vm2",
	 UDP ",dl_src=02:00:00:00:12:34\n" UDP ",recirc_id=1,ct_state=+trk+new",
	 XVS_VERDICT_PROGRAM,
	 "megaflow: ip,in_port=vm0,recirc_id=0x1,ct_state=+trk,ip_frag=no\n"
	 "actions: set(dl_dst=00:00:00:00:12:34/00:00:00:00:ff:ff),output:vm0"},
	{"once more",
	 "rule ip,actions=ct(table=1)\n"
	 "rule table=1,ip,ct_mark=5,actions=ct(table=2,zone=8)",
	 UDP "\n" UDP ",recirc_id=1,ct_state=+trk+est,ct_mark=5", XVS_VERDICT_CT,
	 "recirc_id=0x1,ct_mark=0x5,ip_frag=no\nactions: ct(zone=8),recirc(0x2)"},
	{"lists that are under way do not go on behind it",
	 "rule ip,actions=resubmit(,1),output:vm1\n"
	 "rule table=1,ip,actions=ct(table=2),output:vm2\n"
	 "rule table=2,actions=drop",
	 UDP "\n" UDP ",recirc_id=1", XVS_VERDICT_DROP, "actions: drop (action-drop)"},
	{"behind a popped label it tracks in the pass that sees the header",
	 "rule mpls,actions=pop_mpls:0x0800,ct(table=1,zone=4)",
	 "in_port=vm0,mpls\nin_port=vm0,udp,recirc_id=1", XVS_VERDICT_CT,
	 "actions: ct(zone=4),recirc(0x2)"},
	/* ct_clear */
	{"ct_clear costs no operation",
	 "rule ip,actions=ct(table=1)\n"
	 "rule table=1,ip,actions=ct_clear,resubmit(,2)\n"
	 "rule table=2,ct_state=-trk,ct_mark=0,actions=output:vm1",
	 UDP "\n" UDP ",recirc_id=1,ct_state=+trk+est,ct_mark=5", XVS_VERDICT_OUTPUT,
	 "megaflow: ip,in_port=vm0,recirc_id=0x1,ip_frag=no\nactions: output:vm1"},
	{"but where a pass follows that has the key",
	 "rule ip,actions=ct(table=1)\n"
	 "rule table=1,mpls,actions=ct_clear,pop_mpls:0x0800,dec_ttl,output:vm1",
	 UDP "\nin_port=vm0,mpls,recirc_id=1,ct_state=+trk+est", XVS_VERDICT_PROGRAM,
	 "actions: pop_mpls(type=0x0800),ct_clear,recirc(0x2)"},
	{"which then has no tracking to forget",
	 "rule ip,actions=ct(table=1)\n"
	 "rule table=1,mpls,actions=ct_clear,pop_mpls:0x8847,ct_clear,pop_mpls:0x0800,"
	 "dec_ttl,output:vm1",
	 UDP "\nin_port=vm0,mpls,recirc_id=1,ct_state=+trk\nin_port=vm0,mpls,recirc_id=2",
	 XVS_VERDICT_PROGRAM, "actions: pop_mpls(type=0x0800),recirc(0x3)"},
	{"without it the next pass is tracked",
	 "rule ip,actions=ct(table=1)\n"
	 "rule table=1,mpls,actions=pop_mpls:0x0800,dec_ttl,output:vm1",
	 UDP "\nin_port=vm0,mpls,recirc_id=1,ct_state=+trk+est", XVS_VERDICT_PROGRAM,
	 "actions: pop_mpls(type=0x0800),recirc(0x2)"},
	/* nat: what the frame has then is not known */
	{"the rest sees what it saw",
	 "rule udp,actions=ct(commit,nat(src=9.9.9.9)),resubmit(,1)\n"
	 "rule table=1,ip,nw_src=10.0.0.1,actions=output:vm1",
	 UDP, XVS_VERDICT_PROGRAM, "actions: ct(commit,nat(src=9.9.9.9)),output:vm1"},
	{"a write that was there already is not made again",
	 "rule udp,actions=mod_nw_src:1.1.1.1,ct(commit,nat(src=9.9.9.9)),output:vm1", UDP,
	 XVS_VERDICT_PROGRAM,
	 "actions: set(nw_src=1.1.1.1),ct(commit,nat(src=9.9.9.9)),output:vm1"},
	{"a write behind it is made",
	 "rule udp,actions=ct(commit,nat(src=9.9.9.9)),mod_nw_src:1.1.1.1,output:vm1", UDP,
	 XVS_VERDICT_PROGRAM,
	 "actions: ct(commit,nat(src=9.9.9.9)),set(nw_src=1.1.1.1),output:vm1"},
	{"a copy is translated, and nothing follows",
	 "rule udp,actions=output:vm2,clone(ct(commit,nat(src=9.9.9.9)),output:vm1)", UDP,
	 XVS_VERDICT_PROGRAM, "actions: output:vm2,ct(commit,nat(src=9.9.9.9)),output:vm1"},
	{"a copy is translated, and its own pass follows",
	 "rule udp,actions=clone(ct(commit,nat(src=9.9.9.9)),ct(table=1))", UDP,
	 XVS_VERDICT_PROGRAM, "actions: ct(commit,nat(src=9.9.9.9)),ct(),recirc(0x1)"},
	{"a copy goes on translated",
	 "rule udp,actions=clone(ct(commit,table=1,nat(src=9.9.9.9))),output:vm2", UDP,
	 XVS_VERDICT_PROGRAM, "actions: output:vm2,ct(commit,nat(src=9.9.9.9)),recirc(0x1)"},
	{"a copy is translated, and an output follows",
	 "rule udp,actions=clone(ct(commit,nat(src=9.9.9.9)),output:vm1),output:vm2", UDP,
	 XVS_VERDICT_DROP, REFUSED},
	{"a bucket is translated, and another follows",
	 "group group_id=1,type=all,bucket=actions=ct(nat,table=1),bucket=actions=output:vm1\n"
	 "rule udp,actions=group:1",
	 UDP, XVS_VERDICT_PROGRAM, "actions: output:vm1,ct(nat),recirc(0x1)"},
	{"a copy that began before",
	 "rule udp,actions=clone(ct(table=1)),ct(commit,nat(src=9.9.9.9)),"
	 "output:vm1",
	 UDP, XVS_VERDICT_DROP, REFUSED},
	{"a write in a copy behind it",
	 "rule udp,actions=ct(nat),clone(mod_nw_src:1.1.1.1,output:vm1),"
	 "output:vm2",
	 UDP, XVS_VERDICT_DROP, REFUSED},
	{"a write of something else in a copy behind it",
	 "rule udp,actions=ct(nat),clone(mod_nw_tos:4,output:vm1),output:vm2", UDP,
	 XVS_VERDICT_PROGRAM, "actions: ct(nat),set(nw_tos=4),output:vm1,set(nw_tos=0),output:vm2"},
	/* passes: one is a program's end */
	{"two tables", "rule ip,actions=ct(table=1),ct(table=2)", UDP, XVS_VERDICT_DROP, REFUSED},
	{"a table in each bucket",
	 "group group_id=1,type=all,bucket=actions=ct(table=1),bucket=actions=ct(table=2)\n"
	 "rule ip,actions=group:1",
	 UDP, XVS_VERDICT_DROP, REFUSED},
	{"a metered copy",
	 "rule ip,actions=clone(resubmit(,2))\n"
	 "rule table=2,ip,actions=meter:7,ct(table=1)",
	 UDP, XVS_VERDICT_DROP, REFUSED},
	{"a metered packet", "rule ip,actions=meter:7,ct(table=1)", UDP, XVS_VERDICT_PROGRAM,
	 "actions: meter(slot=3),ct(),recirc(0x1)"},
	{"the TTL is known where a tracked copy goes on",
	 "rule ip,actions=ct(table=1),dec_ttl,output:vm1", UDP ",nw_ttl=1", XVS_VERDICT_CT,
	 "nw_ttl=1,ip_frag=no\nactions: ct(),recirc(0x1)"},
};

static void run_row(size_t i)
{
	char *packets = strdup(rows[i].packets), *rest = packets, *packet, *result;
	struct sw_fixture f;
	struct flow_key key;

	sw_fixture_init(&f);
	sw_fixture_lines(&f, PORTS);
	sw_fixture_lines(&f, rows[i].lines);
	while ((packet = strsep(&rest, "\n")))
		run_as(&f, &f.env, packet, &key);
	result = sw_fixture_result(&f, &key, &out);
	ROW_CHECK(rows[i].name, strstr(result, rows[i].result), "%s", result);
	ROW_CHECK(rows[i].name, out.verdict == rows[i].verdict, "verdict %d", out.verdict);
	for (size_t k = 0; k < out.n_ops; k++)
		ROW_CHECK(rows[i].name, !(out.ops[k].flags & XVS_OP_F_LAST) == (k + 1 < out.n_ops),
			  "LAST is not on the last operation");
	free(result);
	free(packets);
	xlate_out_fini(&out);
	sw_fixture_fini(&f);
}

TEST(xlate_ct, programs_and_masks)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		run_row(i);
}

static const struct xlate_ref *ref_of(enum xlate_ref_kind kind)
{
	for (size_t i = 0; i < out.refs.n; i++)
		if (out.refs.v[i].kind == kind)
			return &out.refs.v[i];
	return NULL;
}

TEST(xlate_ct, a_flow_keeps_its_slot_and_the_pass_behind_it)
{
	struct sw_fixture f;
	struct flow_key key;
	__u32 slot, recirc_id;

	sw_fixture_init(&f);
	sw_fixture_lines(&f, PORTS "rule ip,actions=ct(table=1,zone=3)\n");
	run_as(&f, &f.env, UDP, &key);
	slot = out.ops[0].arg;
	assert_int_equal(ref_of(XLATE_REF_CT)->ct->slot, slot);
	recirc_id = ref_of(XLATE_REF_RECIRC)->recirc->id;
	assert_int_equal(ct_action_find(f.env.ct_actions, slot)->recirc_id, recirc_id);
	/* The same again is the same program. */
	run_as(&f, &f.env, UDP ",nw_tos=4", &key);
	assert_int_equal(out.ops[0].arg, slot);
	ct_action_expire(f.env.ct_actions, 90000);
	recirc_expire(f.env.recircs, 90000);
	assert_non_null(ct_action_find(f.env.ct_actions, slot));
	assert_non_null(recirc_find(f.env.recircs, recirc_id));
	xlate_out_fini(&out);
	for (int i = 0; i < 2; i++) {
		ct_action_expire(f.env.ct_actions, 90000 + (__u64)i * RECIRC_LINGER_MS);
		recirc_expire(f.env.recircs, 90000 + (__u64)i * RECIRC_LINGER_MS);
	}
	assert_null(ct_action_find(f.env.ct_actions, slot));
	assert_null(recirc_find(f.env.recircs, recirc_id));
	sw_fixture_fini(&f);
}

TEST(xlate_ct, ports_share_slots_and_passes)
{
	struct sw_fixture f;
	struct flow_key key;
	__u32 slot;

	sw_fixture_init(&f);
	sw_fixture_lines(&f, PORTS "rule udp,actions=ct(table=1)\n"
				   "rule tcp,actions=load:1->NXM_OF_IN_PORT[],ct(table=1)\n"
				   "rule table=1,in_port=vm0,actions=output:vm2\n"
				   "rule table=1,in_port=vm1,actions=in_port\n");
	run_as(&f, &f.env, "in_port=vm0,udp", &key);
	slot = out.ops[0].arg;
	run_as(&f, &f.env, "in_port=vm1,udp", &key);
	assert_int_equal(out.ops[0].arg, slot);
	/* Each by its own in the next pass. */
	run_as(&f, &f.env, "in_port=vm0,udp,recirc_id=1,ct_state=+trk", &key);
	assert_int_equal(out.out_port, 3);
	run_as(&f, &f.env, "in_port=vm1,udp,recirc_id=1,ct_state=+trk", &key);
	assert_int_equal(out.out_port, 2);
	/* One that was written is another state. */
	run_as(&f, &f.env, "in_port=vm1,tcp", &key);
	assert_int_not_equal(out.ops[0].arg, slot);
	run_as(&f, &f.env, "in_port=vm1,tcp,recirc_id=2,ct_state=+trk", &key);
	assert_int_equal(out.out_port, 3);
	xlate_out_fini(&out);
	sw_fixture_fini(&f);
}

TEST(xlate_ct, without_a_slot_the_packet_is_dropped)
{
	struct sw_fixture f;
	struct xlate_env env;
	struct flow_key key;

	sw_fixture_init(&f);
	sw_fixture_lines(&f, PORTS "rule ip,actions=ct(commit,zone=3),output:vm1\n");
	for (__u32 i = 1; i < XVS_MAX_CT_ACTIONS; i++) {
		const struct xvs_ct_action other = {.recirc_id = i};

		assert_non_null(ct_action_intern(f.env.ct_actions, &other, 5000));
	}
	run_as(&f, &f.env, UDP, &key);
	assert_int_equal(out.reason, XVS_DROP_PROGRAM_LIMIT);
	assert_int_equal(out.n_ops, 0);
	ct_action_expire(f.env.ct_actions, 5000 + RECIRC_LINGER_MS);
	run_as(&f, &f.env, UDP, &key);
	assert_int_equal(out.verdict, XVS_VERDICT_PROGRAM);
	/* Nobody has any. */
	env = f.env;
	env.ct_actions = NULL;
	run_as(&f, &env, UDP, &key);
	assert_int_equal(out.reason, XVS_DROP_PROGRAM_LIMIT);
	xlate_out_fini(&out);
	sw_fixture_fini(&f);
}

TEST(xlate_ct, a_patch_port_forgets_tracking)
{
	struct sw_fixture f, g;
	struct sw_port *here, *there;
	struct flow_key key;

	sw_fixture_init(&f);
	sw_fixture_init(&g);
	sw_fixture_lines(&f, PORTS "port to_b 9\nrule ip,actions=ct(table=1)\n"
				   "rule table=1,ct_state=+trk,actions=output:to_b,resubmit(,2)\n"
				   "rule table=2,ct_state=+trk,actions=output:vm2\n");
	sw_fixture_lines(&g, "port to_a 10\nport vm9 11\nrule ct_state=-trk,actions=output:vm9\n");
	here = sw_port_by_no(f.sw, 9);
	there = sw_port_by_no(g.sw, 10);
	here->kind = there->kind = SW_PORT_PATCH;
	here->peer = there;
	here->peer_sw = g.sw;
	there->peer = here;
	there->peer_sw = f.sw;
	run_as(&f, &f.env, UDP, &key);
	run_as(&f, &f.env, UDP ",recirc_id=1,ct_state=+trk+new", &key);
	assert_int_equal(out.n_ops, 2);
	assert_int_equal(out.ops[0].port_no, 11);
	assert_int_equal(out.ops[1].port_no, 3);
	assert_int_equal(out.mask.ct_state, XVS_CT_TRK);
	xlate_out_fini(&out);
	here->peer = there->peer = NULL;
	sw_fixture_fini(&f);
	sw_fixture_fini(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(xlate_ct, programs_and_masks),
		TEST_ROW(xlate_ct, a_flow_keeps_its_slot_and_the_pass_behind_it),
		TEST_ROW(xlate_ct, ports_share_slots_and_passes),
		TEST_ROW(xlate_ct, without_a_slot_the_packet_is_dropped),
		TEST_ROW(xlate_ct, a_patch_port_forgets_tracking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
