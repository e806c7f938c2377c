// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The rows of selftests/prog_tests and random pairs on the fast path compiled
 * for user space: the parser, and the executor against execute_ref. What the
 * kernel's test run cannot do is here too: runts, packets above 64 KB.
 */
#include "test.h"

#include <time.h>

#include "execute_ref.h"
#include "selftests/prog_tests/random.h"
#include "selftests/prog_tests/rows.h"
#include "user_stage.h"

static struct user_stage stage;
static struct packet pkt, want;

/* --- the parser --- */

static void check_drop(const char *row, enum xvs_drop_reason drop)
{
	ROW_CHECK(row, user_stage_accounts(&stage), "the packet is not accounted for");
	ROW_CHECK(row, user_stage_drop(&stage) == (int)drop, "drop reason %d, want %d",
		  user_stage_drop(&stage), (int)drop);
}

static void check_key(const char *row, const struct xvs_flow_key *key)
{
	struct xvs_flow_key w = *key;

	w.in_port = 1;
	for (int i = 0; i < XVS_KEY_WORDS; i++)
		ROW_CHECK(row, stage.record.key.w[i] == w.w[i],
			  "word %d: got %016llx, want %016llx", i,
			  (unsigned long long)stage.record.key.w[i], (unsigned long long)w.w[i]);
}

static void run_parse_row(const struct parse_row *row)
{
	packet_build(&pkt, row->in, MAX_LAYERS);
	packet_trim(&pkt, row->cut, row->pad);
	user_stage_run(&stage, pkt.data, pkt.len);
	check_drop(row->name, row->want_drop);
	ROW_CHECK(row->name, stage.n_upcalls == !row->want_drop, "%zu upcalls", stage.n_upcalls);
	if (row->want_drop)
		return;
	check_key(row->name, &row->want_key);
	ROW_CHECK(row->name, stage.record.hook == XVS_HOOK_USER, "hook %d", stage.record.hook);
	ROW_CHECK(row->name, stage.record.len == pkt.len, "length %u", stage.record.len);
}

TEST(parse_user, rows)
{
	static const struct parse_table *const tables[] = {&rows_parse_eth, &rows_parse_ip4,
							   &rows_parse_ip6, &rows_parse_l4};

	assert_int_equal(user_stage_program(&stage, NULL, 0), 0);
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (size_t i = 0; i < tables[t]->n; i++)
			run_parse_row(&tables[t]->rows[i]);
}

TEST(parse_user, cut_at_every_byte_of_every_header)
{
	assert_int_equal(user_stage_program(&stage, NULL, 0), 0);
	for (size_t i = 0; i < rows_cut.n; i++) {
		const struct cut_row *row = &rows_cut.rows[i];
		size_t to = row->to;

		packet_build(&pkt, row->in, MAX_LAYERS);
		if (!to)
			to = pkt.len;
		/* Here also where the kernel's test run takes no frame. */
		for (size_t cut = row->fix_len ? row->from : 1; cut < to; cut++) {
			packet_build(&pkt, row->in, MAX_LAYERS);
			packet_trim(&pkt, cut, 0);
			if (row->fix_len)
				packet_fix_ip_len(&pkt);
			user_stage_run(&stage, pkt.data, pkt.len);
			check_drop(row->name, XVS_DROP_PARSE_TRUNCATED);
		}
	}
}

/* BIG TCP: a segment that its length field cannot express. */
static void run_big(size_t len, bool ipv6)
{
	const struct layer v4[] = {ETH, TYPE(0x0800), IP4(.proto = PROTO_TCP), TCP(), {0}};
	const struct layer v6[] = {ETH, TYPE(0x86dd), IP6(.next = PROTO_TCP), TCP(), {0}};
	__u8 *frame = calloc(1, len);

	packet_build(&pkt, ipv6 ? v6 : v4, MAX_LAYERS);
	if (ipv6)
		pkt.data[18] = pkt.data[19] = 0;
	else
		pkt.data[16] = pkt.data[17] = 0;
	memcpy(frame, pkt.data, pkt.len);
	user_stage_run(&stage, frame, len);
	free(frame);
}

TEST(parse_user, above_64_kb)
{
	assert_int_equal(user_stage_program(&stage, NULL, 0), 0);
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		run_big(66000, ipv6);
		check_drop("big", XVS_DROP_UNSPEC);
		assert_int_equal(stage.n_upcalls, 1);
		assert_int_equal(stage.record.key.nw_proto, PROTO_TCP);
		assert_int_equal(stage.record.key.tp_dst, XVS_BE16(PORT_DST));
		run_big(XVS_UPCALL_CLASS3, ipv6);
		assert_int_equal(stage.n_upcalls, 1);
		run_big(XVS_UPCALL_CLASS3 + 1, ipv6);
		check_drop("too big", XVS_DROP_UPCALL_TOO_BIG);
		run_big(2000, ipv6);
		check_drop("length 0", XVS_DROP_PARSE_TRUNCATED);
	}
}

/* --- the executor --- */

struct collected {
	struct stage_frame out[STAGE_MAX_OUT];
	size_t n;
	size_t n_copies; /* for a controller */
	size_t last_copy_len;
	enum xvs_drop_reason drop;
};

static void collect(void *aux, __u16 port_no, const struct ref_packet *p)
{
	struct collected *c = aux;
	struct stage_frame *f = &c->out[c->n++];

	f->port_no = port_no;
	f->len = p->len;
	f->data = malloc(p->len ? p->len : 1);
	memcpy(f->data, p->data, p->len);
}

static void collect_copy(void *aux, __u32 arg, const struct ref_packet *p)
{
	struct collected *c = aux;

	c->n_copies++;
	c->last_copy_len = p->len;
}

static void run_ref(struct collected *c, const struct xvs_op *ops, size_t n)
{
	const struct ref_handlers handlers = {
		.output = collect, .controller = collect_copy, .aux = c};
	__u8 *room = malloc(EXECUTE_REF_HEADROOM + pkt.len);
	struct ref_packet ref = {.data = room + EXECUTE_REF_HEADROOM,
				 .len = pkt.len,
				 .headroom = EXECUTE_REF_HEADROOM};

	c->n = 0;
	memcpy(ref.data, pkt.data, pkt.len);
	c->drop = execute_ref(&ref, ops, n, &handlers);
	free(room);
}

static void collected_free(struct collected *c)
{
	while (c->n)
		free(c->out[--c->n].data);
}

static bool same_frame(const struct stage_frame *a, const struct stage_frame *b)
{
	return a->port_no == b->port_no && a->len == b->len && !memcmp(a->data, b->data, a->len);
}

/* 'pkt' through the steps and through the reference. */
static void compare(const char *row, const struct xvs_op *ops, struct collected *ref)
{
	size_t n = 0;

	while (ops[n].kind)
		n++;
	run_ref(ref, ops, n);
	assert_int_equal(user_stage_program(&stage, ops, n), 0);
	user_stage_run(&stage, pkt.data, pkt.len);
	check_drop(row, ref->n || ref->n_copies ? XVS_DROP_UNSPEC : ref->drop);
	ROW_CHECK(row, stage.n_out == ref->n, "%zu outputs, want %zu", stage.n_out, ref->n);
	ROW_CHECK(row, stage.n_upcalls == ref->n_copies, "%zu copies, want %zu", stage.n_upcalls,
		  ref->n_copies);
	ROW_CHECK(row, !ref->n_copies || stage.record.len == ref->last_copy_len,
		  "copy of %u bytes, want %zu", stage.record.len, ref->last_copy_len);
	for (size_t i = 0; i < ref->n; i++) {
		if (!same_frame(&stage.out[i], &ref->out[i]))
			packet_diff(stderr, stage.out[i].data, stage.out[i].len, ref->out[i].data,
				    ref->out[i].len);
		ROW_CHECK(row, same_frame(&stage.out[i], &ref->out[i]), "output %zu differs", i);
	}
}

static void run_action_row(const struct action_row *row)
{
	struct collected ref = {0};
	struct stage_frame *last;
	const char *error;

	packet_build(&pkt, row->in, MAX_LAYERS);
	packet_trim(&pkt, row->cut, row->pad);
	compare(row->name, row->ops, &ref);
	ROW_CHECK(row->name, ref.drop == row->want_drop, "drop %d", ref.drop);
	last = ref.n ? &ref.out[ref.n - 1] : NULL;
	if (last && !row->want_drop) {
		error = packet_csum_error(last->data, last->len);
		ROW_CHECK(row->name, !error || (row->flags & ROW_CSUM_BAD), "%s", error);
	}
	if (last && !row->want_drop && row->want[0].kind) {
		packet_build(&want, row->want, MAX_LAYERS);
		packet_trim(&want, 0, row->pad);
		ROW_CHECK(row->name,
			  last->len == want.len && !memcmp(last->data, want.data, want.len),
			  "not what the row says");
	}
	collected_free(&ref);
}

TEST(execute_user, rows)
{
	for (size_t i = 0; i < n_rows_actions; i++)
		run_action_row(&rows_actions[i]);
	for (size_t i = 0; i < n_rows_actions_vlan; i++)
		run_action_row(&rows_actions_vlan[i]);
	for (size_t i = 0; i < n_rows_actions_mpls; i++)
		run_action_row(&rows_actions_mpls[i]);
}

TEST(execute_user, random_pairs)
{
	uint64_t seed = test_seed((uint64_t)time(NULL));
	struct rng rng = {.state = seed};
	static struct random_case rc;

	print_message("seed %llu\n", (unsigned long long)seed);
	for (uint32_t i = 0; i < 5000; i++) {
		struct collected ref = {0};
		char row[32];

		random_frame(&rng, &rc, i);
		random_program(&rng, &rc, 4, 2, 3);
		packet_build(&pkt, rc.layers, MAX_LAYERS);
		packet_trim(&pkt, 0, rc.pad);
		snprintf(row, sizeof(row), "pair %u", i);
		compare(row, rc.ops, &ref);
		collected_free(&ref);
	}
}

/* --- the search --- */

/* Of the last port there is, whose lists are the last ones of both orders. */
static void put_masks(__u32 n)
{
	for (__u32 i = 1; i <= n; i++) {
		struct xvs_flow_key key = {.in_port = XVS_MAX_PORTS - 1, .pkt_mark = i};
		struct xvs_flow_key mask = {.in_port = 0xffff, .pkt_mark = i};
		const struct dp_flow_spec spec = {.key = &key,
						  .mask = &mask,
						  .verdict = XVS_VERDICT_OUTPUT,
						  .out_port = 2,
						  .version_from = dp_version(stage.dp)};
		__u32 slot;

		assert_int_equal(dp_flow_put(stage.dp, &spec, &slot), 0);
		dp_note_hits(stage.dp, slot, i);
	}
}

static __u64 probes_of_run(void)
{
	struct xvs_counters before, after;

	dp_counters(stage.dp, &before);
	user_stage_run(&stage, pkt.data, pkt.len);
	dp_counters(stage.dp, &after);
	return after.subtables_probed - before.subtables_probed;
}

TEST(search_user, probes_no_masks_of_another_port)
{
	static const struct xvs_op ops[] = {
		{.kind = XVS_OP_OUTPUT, .flags = XVS_OP_F_LAST, .port_no = 3}};
	const struct layer in[] = {ETH, TYPE(0x88b5), DATA(46), {0}};

	packet_build(&pkt, in, MAX_LAYERS);
	put_masks(100);
	assert_int_equal(user_stage_program(&stage, NULL, 0), 0);
	assert_int_equal(probes_of_run(), 0);
	assert_int_equal(stage.n_upcalls, 1);
	assert_int_equal(user_stage_program(&stage, ops, 1), 0);
	for (int round = 0; round < 2; round++) { /* in each order */
		__u32 order = stage.dp->t.control->probe_order;

		memset(stage.hints, 0, sizeof(stage.hints));
		assert_int_equal(probes_of_run(), 1);
		assert_int_equal(stage.n_out, 1);
		dp_reorder(stage.dp);
		assert_int_equal(stage.dp->t.control->probe_order, round ? order : !order);
	}
}

/* --- what only a caller in user space can do --- */

static int refuse(struct xvs_user_ctx *ctx, __u32 port_no)
{
	return -1;
}

/* Runs 'ops' on a frame whose output is refused: the drop is counted once, for
 * this port and reason. */
static void check_refused(const struct xvs_op *ops, size_t n, __u16 port_no,
			  enum xvs_drop_reason reason)
{
	const struct layer in[] = {ETH, TYPE(0x88b5), DATA(46), {0}};
	__u64 before = dp_drops(stage.dp, port_no, reason);
	struct xvs_user_ctx ctx = {.tables = &stage.tables, .port_no = 1, .output = refuse};

	assert_int_equal(user_stage_program(&stage, ops, n), 0);
	packet_build(&pkt, in, MAX_LAYERS);
	ctx.head = ctx.data = pkt.data;
	ctx.data_end = pkt.data + pkt.len;
	assert_int_equal(xvs_user_rx(&ctx), XVS_USER_DROP);
	assert_int_equal(dp_drops(stage.dp, port_no, reason) - before, 1);
}

TEST(execute_user, refused_output_is_a_drop_of_that_port)
{
	static const struct xvs_op ops[] = {
		{.kind = XVS_OP_OUTPUT, .flags = XVS_OP_F_LAST, .port_no = 3}};

	check_refused(ops, 1, 3, XVS_DROP_EGRESS_FAILED);
}

TEST(execute_user, no_room_for_a_tag_is_rewrite_failed)
{
	static const struct xvs_op ops[] = {
		{.kind = XVS_OP_PUSH_VLAN, .value = XVS_BE32(0x8100000a)},
		{.kind = XVS_OP_OUTPUT, .flags = XVS_OP_F_LAST, .port_no = 3}};

	check_refused(ops, 2, 1, XVS_DROP_REWRITE_FAILED);
}

static int open_stage(void **state)
{
	return user_stage_open(&stage);
}

static int close_stage(void **state)
{
	user_stage_close(&stage);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(parse_user, rows),
		TEST_ROW(parse_user, cut_at_every_byte_of_every_header),
		TEST_ROW(parse_user, above_64_kb),
		TEST_ROW(search_user, probes_no_masks_of_another_port),
		TEST_ROW(execute_user, rows),
		TEST_ROW(execute_user, random_pairs),
		TEST_ROW(execute_user, refused_output_is_a_drop_of_that_port),
		TEST_ROW(execute_user, no_room_for_a_tag_is_rewrite_failed),
	};

	return cmocka_run_group_tests(tests, open_stage, close_stage);
}
