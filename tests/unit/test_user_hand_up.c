// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The user hook that hands up (bpf/ctx_user.h): what it leaves to the TC stage is
 * left as a whole, before anything has changed or been counted; the rest it does
 * itself. And frames of which only the beginning can be read.
 */
#include "test.h"

#include "selftests/prog_tests/ops.h"
#include "selftests/prog_tests/rows.h"
#include "user_stage.h"

#define SET_ETH(value_) OP_SET(ETH, 0, 0, ~0u, value_)

static struct user_stage stage;
static struct packet pkt;

/* 20 operations are a block: behind these the program goes on in its second. */
#define SET_5(n_) \
	SET_ETH(n_), SET_ETH((n_) + 1), SET_ETH((n_) + 2), SET_ETH((n_) + 3), SET_ETH((n_) + 4)
#define FIRST_BLOCK SET_5(1), SET_5(6), SET_5(11), SET_5(16)

#define REFUSES(port_) (1u << (port_))

struct row {
	const char *name;
	struct xvs_op ops[XVS_BLOCK_OPS + 4]; /* ends with XVS_OP_UNSPEC; none: a miss */
	__u32 refused;
	bool handed_up;
	__u16 out[4]; /* ports that get the frame, else */
};

static const struct row rows[] = {
	{.name = "miss", .handed_up = true},
	{.name = "output", .ops = {OP_OUT_LAST(2)}, .out = {2}},
	{.name = "output, not taken",
	 .ops = {OP_OUT_LAST(2)},
	 .refused = REFUSES(2),
	 .handed_up = true},
	{.name = "output, another is not taken",
	 .ops = {OP_OUT_LAST(2)},
	 .refused = REFUSES(3),
	 .out = {2}},
	{.name = "changed output", .ops = {SET_ETH(7), OP_OUT_LAST(2)}, .out = {2}},
	{.name = "changed output, not taken",
	 .ops = {SET_ETH(7), OP_OUT_LAST(2)},
	 .refused = REFUSES(2),
	 .handed_up = true},
	{.name = "clones",
	 .ops = {OP_OUT(2), SET_ETH(7), OP_OUT(3), OP_OUT_LAST(4)},
	 .out = {2, 3, 4}},
	{.name = "clones, first not taken",
	 .ops = {OP_OUT(2), OP_OUT_LAST(3)},
	 .refused = REFUSES(2),
	 .handed_up = true},
	{.name = "clones, last not taken",
	 .ops = {OP_OUT(2), OP_OUT_LAST(3)},
	 .refused = REFUSES(3),
	 .handed_up = true},
	{.name = "two blocks", .ops = {FIRST_BLOCK, OP_OUT(2), OP_OUT_LAST(3)}, .out = {2, 3}},
	{.name = "second block, not taken",
	 .ops = {FIRST_BLOCK, OP_OUT(2), OP_OUT_LAST(3)},
	 .refused = REFUSES(3),
	 .handed_up = true},
	{.name = "next pass", .ops = {OP_OUT(2), OP_RECIRC(5)}, .handed_up = true},
	{.name = "next pass, second block", .ops = {FIRST_BLOCK, OP_RECIRC(5)}, .handed_up = true},
	{.name = "controller", .ops = {OP_CONTROLLER(1), OP_OUT_LAST(2)}, .handed_up = true},
	{.name = "controller, second block",
	 .ops = {FIRST_BLOCK, OP_CONTROLLER(1), OP_OUT_LAST(2)},
	 .handed_up = true},
};

static size_t count_ops(const struct xvs_op *ops)
{
	size_t n = 0;

	while (ops[n].kind)
		n++;
	return n;
}

static void set_flow(const struct xvs_op *ops)
{
	size_t n = count_ops(ops);

	assert_int_equal(user_stage_program(&stage, n ? ops : NULL, n), 0);
}

static void run(const struct layer *in)
{
	packet_build(&pkt, in, MAX_LAYERS);
	user_stage_run(&stage, pkt.data, pkt.len);
}

static const struct layer tcp4[] = {ETH,   TYPE(0x0800), IP4(.proto = PROTO_TCP),
				    TCP(), DATA(500),    {0}};

static void check_handed_up(const char *name)
{
	ROW_CHECK(name, stage.code == XVS_USER_HANDED_UP, "code %d", stage.code);
	ROW_CHECK(name, stage.unchanged, "the frame has changed");
	ROW_CHECK(name, !stage.n_out && !stage.n_upcalls, "%zu outputs, %zu upcalls", stage.n_out,
		  stage.n_upcalls);
	ROW_CHECK(name, !memcmp(&stage.before, &stage.after, sizeof(stage.before)),
		  "counted at the port");
	ROW_CHECK(name, !user_stage_drop(&stage) && !stage.scratch.level, "dropped");
}

static void check_sent(const char *name, const __u16 out[4])
{
	size_t n = 0;

	while (n < 4 && out[n])
		n++;
	ROW_CHECK(name, stage.code == XVS_USER_SENT, "code %d", stage.code);
	ROW_CHECK(name, stage.n_out == n, "%zu outputs", stage.n_out);
	for (size_t i = 0; i < n; i++)
		ROW_CHECK(name, stage.out[i].port_no == out[i], "output %zu to %u", i,
			  stage.out[i].port_no);
	ROW_CHECK(name, user_stage_accounts(&stage), "not accounted for");
}

static void run_row(const struct row *row)
{
	struct xvs_counters before, after;
	struct xvs_flow_stats flow = {0};

	set_flow(row->ops);
	stage.refused = row->refused;
	dp_counters(stage.dp, &before);
	run(tcp4);
	dp_counters(stage.dp, &after);
	if (stage.slot)
		dp_flow_stats(stage.dp, stage.slot, &flow);
	if (row->handed_up) {
		check_handed_up(row->name);
		before.handed_to_tc++;
		ROW_CHECK(row->name, !memcmp(&before, &after, sizeof(before)),
			  "more is counted than that it was handed up");
		ROW_CHECK(row->name, !flow.packets, "counted for its flow");
	} else {
		check_sent(row->name, row->out);
		ROW_CHECK(row->name, flow.packets == 1, "not counted for its flow");
		ROW_CHECK(row->name, after.clones - before.clones == stage.n_out - 1, "clones");
	}
}

TEST(user_hand_up, rows)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int again = 0; again < 2; again++) /* by a lookup, by a hint */
			run_row(&rows[i]);
}

/* Hits of a microflow that has packets in the ring follow them, by way of TC. */
TEST(user_hand_up, hit_that_follows_its_flow)
{
	static const struct xvs_op ops[2] = {OP_OUT_LAST(2)};
	static __u64 inflight[XVS_INFLIGHT_SLOTS];
	struct xvs_pkt *p = &stage.scratch.pkt[0];
	union xvs_inflight word;

	stage.tables.inflight = inflight;
	set_flow(&ops[1]);
	run(tcp4); /* a miss: the parser tells the hash */
	assert_int_equal(inflight[p->hash % XVS_INFLIGHT_SLOTS], 0);
	word = (union xvs_inflight){.sent = 1,
				    .tag = (__u16)(p->hash >> 48) | 1,
				    .stamp = (__u16)(stage.tables.jiffies >> 6)};
	inflight[p->hash % XVS_INFLIGHT_SLOTS] = word.word;
	set_flow(ops);
	for (int i = 0; i < 2; i++) {
		run(tcp4);
		check_handed_up("follows");
		assert_int_equal(inflight[p->hash % XVS_INFLIGHT_SLOTS], word.word);
	}
	inflight[p->hash % XVS_INFLIGHT_SLOTS] = 0;
	run(tcp4);
	check_sent("answered", (__u16[4]){2});
	stage.tables.inflight = NULL;
}

/* On a port with the host's address. */
TEST(user_hand_up, what_is_the_hosts)
{
	static const struct xvs_op ops[2] = {OP_OUT_LAST(2)};
	const struct layer group[] = {
		ETH_TO(.dst = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}), TYPE(0x88b5), DATA(46), {0}};
	struct xvs_port_entry entry = stage.dp->t.ports[1], old = entry;

	entry.flags |= XVS_PORT_F_HOST;
	memcpy(entry.mac, mac_vm2, sizeof(entry.mac));
	assert_int_equal(dp_port_set(stage.dp, 1, &entry), 0);
	set_flow(ops);
	run(tcp4);
	check_handed_up("for the host itself");
	run(group);
	check_handed_up("a copy for the host");
	assert_int_equal(dp_port_set(stage.dp, 1, &old), 0);
	run(group);
	check_sent("another port", (__u16[4]){2});
}

/* --- frames in pieces --- */

TEST(user_hand_up, payload_elsewhere_counts_as_part_of_the_frame)
{
	static const struct xvs_op ops[3] = {OP_SET(L4, 0, L4C, 0xffff0000, 0x12340000),
					     OP_OUT_LAST(2)};

	set_flow(ops);
	packet_build(&pkt, tcp4, MAX_LAYERS);
	for (stage.linear = pkt.headers; stage.linear <= pkt.len; stage.linear += 50) {
		user_stage_run(&stage, pkt.data, pkt.len);
		check_sent("in pieces", (__u16[4]){2});
		assert_int_equal(stage.after.rx_bytes - stage.before.rx_bytes, pkt.len);
		assert_int_equal(stage.out[0].len, stage.linear);
		assert_int_equal(stage.out[0].data[pkt.l4], 0x12);
	}
}

TEST(user_hand_up, headers_are_pulled_or_handed_up)
{
	static const struct xvs_op ops[2] = {OP_OUT_LAST(2)};

	set_flow(ops);
	packet_build(&pkt, tcp4, MAX_LAYERS);
	for (size_t linear = 1; linear < pkt.headers; linear++) {
		stage.linear = linear;
		stage.pulls = 0;
		user_stage_run(&stage, pkt.data, pkt.len);
		check_handed_up("no pull");
		stage.pulls = pkt.headers - linear;
		user_stage_run(&stage, pkt.data, pkt.len);
		check_sent("pulled", (__u16[4]){2});
		if (linear + 1 == pkt.headers)
			continue;
		stage.pulls--;
		user_stage_run(&stage, pkt.data, pkt.len);
		check_handed_up("pulled too little");
	}
}

/* It has no one to leave the frame to. */
TEST(user_hand_up, without_it_deep_headers_are_a_drop)
{
	static const struct xvs_op ops[2] = {OP_OUT_LAST(2)};

	set_flow(ops);
	stage.hands_up = false;
	stage.linear = 30;
	run(tcp4);
	assert_int_equal(user_stage_drop(&stage), XVS_DROP_EXT_HEADER_LIMIT);
	assert_true(user_stage_accounts(&stage));
	stage.pulls = 200;
	run(tcp4);
	check_sent("pulled", (__u16[4]){2});
}

static int open_stage(void **state)
{
	return user_stage_open(&stage);
}

static int reset_stage(void **state)
{
	stage.hands_up = true;
	stage.refused = 0;
	stage.linear = stage.pulls = 0;
	return 0;
}

static int close_stage(void **state)
{
	user_stage_close(&stage);
	return 0;
}

#define ROW_ON_STAGE(name) cmocka_unit_test_setup(user_hand_up_##name, reset_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW_ON_STAGE(rows),
		ROW_ON_STAGE(hit_that_follows_its_flow),
		ROW_ON_STAGE(what_is_the_hosts),
		ROW_ON_STAGE(payload_elsewhere_counts_as_part_of_the_frame),
		ROW_ON_STAGE(headers_are_pulled_or_handed_up),
		ROW_ON_STAGE(without_it_deep_headers_are_a_drop),
	};

	return cmocka_run_group_tests(tests, open_stage, close_stage);
}
