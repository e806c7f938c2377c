// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Connection tracking as packets see it: what they are told, and what is kept of them.
 * The states of TCP are in ct_tcp.c, a table that is full in ct_bounds.c.
 */
#include <string.h>

#include "ct_stage.h"
#include "datapath_ct.h"

static const struct xvs_ct_action commit = {
	.recirc_id = CT_RECIRC, .zone = CT_ZONE, .flags = XVS_CT_A_COMMIT};
static const struct xvs_ct_action look = {.recirc_id = CT_RECIRC, .zone = CT_ZONE};

struct exchange {
	const char *name;
	struct ct_packet first;
	__u8 answer; /* ICMP type */
	__u8 state[2]; /* before and after the answer */
};

static const struct exchange exchanges[] = {
	{"udp4", {.proto = PROTO_UDP, .payload = 10}, 0, {XVS_CT_S_UNREPLIED, XVS_CT_S_REPLIED}},
	{"udp6",
	 {.proto = PROTO_UDP, .ipv6 = true, .payload = 10},
	 0,
	 {XVS_CT_S_UNREPLIED, XVS_CT_S_REPLIED}},
	{"icmp", {.proto = PROTO_ICMP, .type = 8}, 0, {XVS_CT_S_UNREPLIED, XVS_CT_S_REPLIED}},
	{"icmp-timestamp",
	 {.proto = PROTO_ICMP, .type = 13},
	 14,
	 {XVS_CT_S_UNREPLIED, XVS_CT_S_REPLIED}},
	{"icmpv6",
	 {.proto = PROTO_ICMPV6, .ipv6 = true, .type = 128},
	 129,
	 {XVS_CT_S_UNREPLIED, XVS_CT_S_REPLIED}},
	{"sctp", {.proto = PROTO_SCTP}, 0, {XVS_CT_S_UNREPLIED, XVS_CT_S_REPLIED}},
};

/* new, until there is an answer; est and rpl; est. */
static void test_exchange(struct harness *t, const struct exchange *e)
{
	struct ct_packet p = e->first, answer = e->first;
	struct xvs_flow_key key;
	__u64 *word;

	if (!test_start(t, "ct/%s", e->name))
		return;
	p.client = answer.client = ct_new_client(t);
	answer.dir = 1;
	answer.type = e->answer;
	ct_track(t, &commit);
	for (int i = 0; i < 2; i++) {
		key = ct_ask(t, &p);
		ct_check_bits(t, &key, XVS_CT_TRK | XVS_CT_NEW);
		CHECK_EQ(t, key.ct_zone, CT_ZONE);
		CHECK_EQ(t, key.recirc_id, CT_RECIRC);
	}
	word = ct_word(t, &p, CT_ZONE);
	if (!word) {
		test_fail(t, "it was not entered");
	} else {
		CHECK_EQ(t, xvs_ct_word_state(*word), e->state[0]);
		CHECK_EQ(t, xvs_ct_flags(*word), XVS_CT_F_HALF);
		CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_conns, 1);
		CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_half, 1);
		key = ct_ask(t, &answer);
		ct_check_bits(t, &key, XVS_CT_TRK | XVS_CT_EST | XVS_CT_RPL);
		key = ct_ask(t, &p);
		ct_check_bits(t, &key, XVS_CT_TRK | XVS_CT_EST);
		CHECK_EQ(t, xvs_ct_word_state(*word), e->state[1]);
		CHECK_EQ(t, xvs_ct_flags(*word) & ~XVS_CT_F_ASSURED, XVS_CT_F_REPLIED);
		CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_conns, 1);
		CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_half, 0);
	}
	ct_forget(t);
	test_end_flush(t);
}

/* Without commit nothing is entered, and an answer to nothing is new, too; or inv. */
static void test_not_entered(struct harness *t)
{
	struct ct_packet udp = {.proto = PROTO_UDP}, echo = {.proto = PROTO_ICMP, .type = 8};
	struct xvs_flow_key key;

	if (!test_start(t, "ct/not-entered"))
		return;
	udp.client = echo.client = ct_new_client(t);
	ct_track(t, &look);
	key = ct_ask(t, &udp);
	ct_check_bits(t, &key, XVS_CT_TRK | XVS_CT_NEW);
	udp.dir = 1;
	key = ct_ask(t, &udp);
	ct_check_bits(t, &key, XVS_CT_TRK | XVS_CT_NEW);
	CHECK_EQ(t, ct_count(t, &udp, CT_ZONE), 0);
	key = ct_ask(t, &echo);
	ct_check_bits(t, &key, XVS_CT_TRK | XVS_CT_NEW);
	echo.type = 0;
	key = ct_ask(t, &echo);
	ct_check_bits(t, &key, XVS_CT_TRK | XVS_CT_INV);
	CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_conns, 0);
	ct_forget(t);
	test_end_flush(t);
}

static void check_word(struct harness *t, const struct ct_packet *p, __u16 zone, int state)
{
	const __u64 *word = ct_word(t, p, zone);
	int got = word ? xvs_ct_word_state(*word) : -1;

	if (got != state)
		test_fail(t, "state %s in zone %u, want %s", ct_state_name(got), zone,
			  ct_state_name(state));
}

/* One connection in each of two zones, and each packet is told of its zone's. */
static void test_zones(struct harness *t)
{
	struct xvs_ct_action other = commit;
	struct ct_packet p = {.proto = PROTO_UDP};
	struct xvs_flow_key key;

	if (!test_start(t, "ct/zones"))
		return;
	p.client = ct_new_client(t);
	ct_track(t, &commit);
	ct_ask(t, &p);
	p.dir = 1;
	ct_ask(t, &p);
	harness_flush(t);
	other.zone = CT_ZONE + 1;
	ct_track(t, &other);
	p.dir = 0;
	key = ct_ask(t, &p);
	ct_check_bits(t, &key, XVS_CT_TRK | XVS_CT_NEW);
	CHECK_EQ(t, key.ct_zone, CT_ZONE + 1);
	check_word(t, &p, CT_ZONE, XVS_CT_S_REPLIED);
	check_word(t, &p, CT_ZONE + 1, XVS_CT_S_UNREPLIED);
	ct_forget(t);
	test_end_flush(t);
}

/* Set when it is entered, and later under their masks. */
static void test_marks(struct harness *t)
{
	struct xvs_ct_action action = commit;
	struct ct_packet p = {.proto = PROTO_UDP};
	struct xvs_flow_key key;

	if (!test_start(t, "ct/mark-and-label"))
		return;
	p.client = ct_new_client(t);
	action.flags |= XVS_CT_A_MARK | XVS_CT_A_LABEL | XVS_CT_A_RULE;
	action.mark = 0x11223344;
	action.mark_mask = ~0u;
	action.label[1] = 77;
	action.label_mask[1] = 0xff;
	action.rule = 5;
	ct_track(t, &action);
	key = ct_ask(t, &p);
	CHECK_EQ(t, key.ct_mark, 0x11223344);
	CHECK_EQ(t, key.ct_label[0], 0);
	CHECK_EQ(t, key.ct_label[1], 77);
	harness_flush(t);
	action.mark = 0xaa;
	action.mark_mask = 0xff;
	action.label[0] = 9;
	action.label_mask[0] = ~0ULL;
	action.label_mask[1] = 0;
	action.rule = 6;
	ct_track(t, &action);
	p.dir = 1;
	key = ct_ask(t, &p);
	CHECK_EQ(t, key.ct_mark, 0x112233aa);
	CHECK_EQ(t, key.ct_label[0], 9);
	CHECK_EQ(t, key.ct_label[1], 77);
	if (ct_word(t, &p, CT_ZONE))
		CHECK_EQ(t, ct_entry(t, ct_word(t, &p, CT_ZONE))->rule, 6);
	harness_flush(t);
	ct_track(t, &look);
	key = ct_ask(t, &p);
	CHECK_EQ(t, key.ct_mark, 0x112233aa);
	ct_forget(t);
	test_end_flush(t);
}

/* The other side begins: with force a connection of its own, without an answer. */
static void test_force(struct harness *t)
{
	struct xvs_ct_action force = commit;
	struct ct_packet p = {.proto = PROTO_UDP};
	struct xvs_flow_key key;

	if (!test_start(t, "ct/force"))
		return;
	p.client = ct_new_client(t);
	ct_track(t, &commit);
	ct_ask(t, &p);
	harness_flush(t);
	force.flags |= XVS_CT_A_FORCE;
	ct_track(t, &force);
	key = ct_ask(t, &p);
	ct_check_bits(t, &key, XVS_CT_TRK | XVS_CT_NEW);
	p.dir = 1;
	key = ct_ask(t, &p);
	ct_check_bits(t, &key, XVS_CT_TRK | XVS_CT_NEW);
	CHECK_EQ(t, ct_count(t, &p, CT_ZONE), 1);
	p.dir = 0;
	harness_flush(t);
	ct_track(t, &look);
	key = ct_ask(t, &p);
	ct_check_bits(t, &key, XVS_CT_TRK | XVS_CT_EST | XVS_CT_RPL);
	ct_forget(t);
	test_end_flush(t);
}

/* ct_clear in the second pass: what the third one sees is untracked. */
static void test_clear(struct harness *t)
{
	static const struct xvs_op ops[] = {OP_CT(CT_SLOT_2), OP_RECIRC(CT_RECIRC + 1), {0}};
	const struct xvs_ct_action clear = {.flags = XVS_CT_A_CLEAR};
	struct ct_packet p = {.proto = PROTO_UDP};
	struct xvs_flow_key key = {.in_port = PORT_IN, .recirc_id = CT_RECIRC};
	struct flow_arg arg = {.key = &key, .verdict = XVS_VERDICT_PROGRAM, .ops = ops};

	if (!test_start(t, "ct/clear"))
		return;
	p.client = ct_new_client(t);
	dp_ct_action_set(t->dp, CT_SLOT_2, &clear);
	ct_track(t, &commit);
	harness_flow(t, &arg);
	key = ct_ask(t, &p);
	CHECK_EQ(t, key.recirc_id, CT_RECIRC + 1);
	CHECK_EQ(t, key.ct_state, 0);
	CHECK_EQ(t, key.ct_zone, 0);
	CHECK_EQ(t, ct_count(t, &p, CT_ZONE), 1);
	ct_forget(t);
	test_end_flush(t);
}

/* A CT among operations: of the frame as they have made it, and the program goes on. */
static void test_in_program(struct harness *t)
{
	static const struct xvs_op ops[] = {
		SET4_SRC(IP4_GW), OP_CT(CT_SLOT), SET_DST, OP_OUT_LAST(2), {0}};
	struct xvs_ct_action action = commit;
	struct ct_packet p = {.proto = PROTO_UDP};
	const struct dp_shared *s = dp_shared(t->dp);
	struct totals d;
	int n = 0;

	if (!test_start(t, "ct/in-a-program"))
		return;
	p.client = ct_new_client(t);
	action.recirc_id = 0;
	dp_ct_action_set(t->dp, CT_SLOT, &action);
	harness_port_flow(t, PORT_IN, ops);
	ct_send(t, XVS_HOOK_XDP, &p);
	CHECK_EQ(t, t->run.retval, XDP_PASS_CODE);
	ct_send(t, XVS_HOOK_TC, &p);
	CHECK_EQ(t, t->run.retval, TC_REDIRECT_CODE);
	CHECK_EQ(t, t->run.out[0], 0x02);
	CHECK_EQ(t, t->run.out[1], 0xfe);
	for (__u32 i = 0; i < s->config->n_ct_buckets * XVS_CT_WAYS; i++)
		if (xvs_ct_lives(s->ct_buckets[i / XVS_CT_WAYS].word[i % XVS_CT_WAYS], ct_now(t)))
			n += s->ct_entries[i].tuple.src.ip4 == XVS_BE32(IP4_GW);
	CHECK_EQ(t, n, 1);
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_IN].forwarded, 1);
	ct_forget(t);
	test_end_flush(t);
}

/* Both passes' flows count, and the second is found by the connection's own hint. */
static void test_counts(struct harness *t, enum xvs_hook hook)
{
	struct ct_packet p = {.proto = PROTO_UDP, .payload = 40};
	struct xvs_flow_stats stats;
	struct totals d;
	__u32 behind;

	if (!test_start(t, "ct/%s/counts", hook_name(hook)))
		return;
	p.client = ct_new_client(t);
	ct_track(t, &commit);
	ct_ask(t, &p);
	p.dir = 1;
	ct_ask(t, &p);
	behind = ct_behind(t, XVS_CT_TRK | XVS_CT_EST | XVS_CT_RPL, 0xff, XVS_VERDICT_OUTPUT, 2);
	harness_totals(t, &t->before);
	for (int i = 0; i < 3; i++) {
		ct_send(t, hook, &p);
		CHECK_EQ(t, t->run.retval, code_of(hook, true));
	}
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_IN].rx_packets, 3);
	CHECK_EQ(t, d.port[PORT_IN].forwarded, 3);
	CHECK_EQ(t, d.counters.megaflow_hits + d.counters.microflow_hits, 6);
	CHECK_EQ(t, d.counters.megaflow_hits < 3, 1);
	CHECK_EQ(t, d.counters.handed_to_tc, 0);
	dp_flow_stats(t->dp, behind, &stats);
	CHECK_EQ(t, stats.packets, 3);
	CHECK_EQ(t, stats.bytes, 3 * t->pkt.len);
	if (ct_word(t, &p, CT_ZONE))
		CHECK_EQ(t, ct_entry(t, ct_word(t, &p, CT_ZONE))->hint_slot[1], behind);
	ct_forget(t);
	test_end_flush(t);
}

/* What XDP cannot do behind the CT goes to TC as it came: nothing has changed. */
static void test_handed_up(struct harness *t, const char *name, const struct xvs_op *ops)
{
	struct xvs_flow_key key = {.in_port = PORT_IN, .recirc_id = CT_RECIRC};
	struct flow_arg arg = {.key = &key, .verdict = XVS_VERDICT_PROGRAM, .ops = ops};
	struct ct_packet p = {.proto = PROTO_UDP, .payload = 40};
	struct totals d;
	__u64 *word, before = 0;

	if (!test_start(t, "ct/xdp/handed-up/%s", name))
		return;
	p.client = ct_new_client(t);
	ct_track(t, &commit);
	ct_ask(t, &p);
	if (ops)
		harness_flow(t, &arg);
	word = ct_word(t, &p, CT_ZONE);
	before = word ? *word : 0;
	p.dir = 1;
	harness_totals(t, &t->before);
	ct_send(t, XVS_HOOK_XDP, &p);
	CHECK_EQ(t, t->run.retval, XDP_PASS_CODE);
	CHECK_EQ(t, t->run.meta_len, sizeof(struct xvs_handover));
	check_frame(t, "handed to TC", t->run.out, t->run.out_len, t->pkt.data, t->pkt.len);
	CHECK_EQ(t, word && *word == before, 1);
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.handed_to_tc, 1);
	CHECK_EQ(t, d.counters.microflow_hits + d.counters.megaflow_hits, 0);
	CHECK_EQ(t, d.port[PORT_IN].rx_packets, 0);
	CHECK_EQ(t, harness_upcalls(t, NULL, 8, false), 0);
	ct_forget(t);
	test_end_flush(t);
}

/* An announced connection is rel, from the first packet on, and knows its master. */
static void test_expected(struct harness *t)
{
	struct ct_packet p = {.proto = PROTO_UDP};
	struct xvs_ct_tuple tuple;
	struct xvs_flow_key key;
	__u32 slot = 0;

	if (!test_start(t, "ct/expected"))
		return;
	p.client = ct_new_client(t);
	ct_tuple(&p, CT_ZONE, &tuple);
	tuple.sport = 0;
	CHECK_EQ(t, dp_ct_expect(t->dp, &tuple, 1234, &slot), 0);
	ct_track(t, &look);
	key = ct_ask(t, &p);
	ct_check_bits(t, &key, XVS_CT_TRK | XVS_CT_NEW | XVS_CT_REL);
	harness_flush(t);
	ct_track(t, &commit);
	key = ct_ask(t, &p);
	ct_check_bits(t, &key, XVS_CT_TRK | XVS_CT_NEW | XVS_CT_REL);
	key = ct_ask(t, &p);
	ct_check_bits(t, &key, XVS_CT_TRK | XVS_CT_REL);
	p.dir = 1;
	key = ct_ask(t, &p);
	ct_check_bits(t, &key, XVS_CT_TRK | XVS_CT_EST | XVS_CT_RPL | XVS_CT_REL);
	if (ct_word(t, &p, CT_ZONE))
		CHECK_EQ(t, ct_entry(t, ct_word(t, &p, CT_ZONE))->master, 1234);
	/* It announces one, not two. */
	p.dir = 0;
	p.client = ct_new_client(t);
	key = ct_ask(t, &p);
	ct_check_bits(t, &key, XVS_CT_TRK | XVS_CT_NEW);
	ct_forget(t);
	test_end_flush(t);
}

void suite_ct(struct harness *t)
{
	static const struct xvs_op change[] = {SET_DST, OP_OUT_LAST(2), {0}};
	static const struct xvs_op to_skb[] = {OP_OUT(3), OP_OUT_LAST(PORT_NEEDS_SKB), {0}};

	ct_forget(t);
	for (size_t i = 0; i < sizeof(exchanges) / sizeof(exchanges[0]); i++)
		test_exchange(t, &exchanges[i]);
	test_not_entered(t);
	test_zones(t);
	test_marks(t);
	test_force(t);
	test_clear(t);
	test_in_program(t);
	ct_test_bounds(t);
	test_counts(t, XVS_HOOK_XDP);
	test_counts(t, XVS_HOOK_TC);
	test_handed_up(t, "miss", NULL);
	test_handed_up(t, "program", change);
	test_handed_up(t, "copies", to_skb);
	test_expected(t);
	ct_test_alg(t);
}
