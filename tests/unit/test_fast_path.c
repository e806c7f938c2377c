// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The expectation of what the fast path does, and that every way in which a
 * record can differ from it is found.
 */
#include "test.h"

#include "fast_path.h"

#define OUT(n)                                        \
	{                                             \
		.kind = XVS_OP_OUTPUT, .port_no = (n) \
	}
#define OUT_LAST(n)                                                           \
	{                                                                     \
		.kind = XVS_OP_OUTPUT, .port_no = (n), .flags = XVS_OP_F_LAST \
	}
/* The last two bytes of the destination. */
#define SET_DST                                                                             \
	{                                                                                   \
		.kind = XVS_OP_SET, .hdr = XVS_HDR_ETH, .off = 2, .mask = XVS_BE32(0xffff), \
		.value = XVS_BE32(0x0102)                                                   \
	}
#define RECIRC(id)                                                         \
	{                                                                  \
		.kind = XVS_OP_RECIRC, .flags = XVS_OP_F_LAST, .arg = (id) \
	}
#define METER(slot)                                 \
	{                                           \
		.kind = XVS_OP_METER, .arg = (slot) \
	}
#define CONTROLLER(n)                                 \
	{                                             \
		.kind = XVS_OP_CONTROLLER, .arg = (n) \
	}
#define DEC_TTL                        \
	{                              \
		.kind = XVS_OP_DEC_TTL \
	}

static const struct xvs_flow_key udp = {
	.dl_type = XVS_BE16(0x0800), .nw_proto = 17, .nw_ttl = 1, .in_port = 1};

static __u8 frame[COMPOSE_MAX_LEN];
static size_t frame_len;
static struct xvs_dry_run got;
static struct fast_path_expect e;
static struct xlate_out out;

static void begin(void)
{
	memset(&got, 0, sizeof(got));
	frame_len = compose_frame(&udp, frame, sizeof(frame));
	fast_path_expect_begin(&e, frame, frame_len, &got, NULL);
}

static bool pass(const struct xvs_op *ops, size_t n)
{
	memset(&out, 0, sizeof(out));
	out.verdict = XVS_VERDICT_PROGRAM;
	out.n_ops = n;
	memcpy(out.ops, ops, n * sizeof(*ops));
	return fast_path_expect_pass(&e, &udp, &out);
}

#define PASS(...)                                  \
	pass((const struct xvs_op[]){__VA_ARGS__}, \
	     sizeof((const struct xvs_op[]){__VA_ARGS__}) / sizeof(struct xvs_op))

static bool drop_pass(enum xvs_drop_reason reason)
{
	memset(&out, 0, sizeof(out));
	out.verdict = XVS_VERDICT_DROP;
	out.reason = reason;
	return fast_path_expect_pass(&e, &udp, &out);
}

/* The programs did what is expected. */
static void obey(void)
{
	got = e.want;
}

static void check_diff(enum fast_path_diff_kind kind, __u32 i)
{
	struct fast_path_diff diff = fast_path_compare(&e);

	assert_int_equal(diff.kind, kind);
	assert_int_equal(diff.i, i);
}

TEST(fast_path, expects_each_output_with_the_frame_of_its_moment)
{
	begin();
	assert_false(PASS(OUT(2), SET_DST, OUT_LAST(3)));
	assert_int_equal(e.want.n_outputs, 2);
	assert_int_equal(e.want.end, XVS_DRY_RUN_SENT);
	assert_int_equal(e.want.output[0].port_no, 2);
	assert_int_equal(e.want.output[1].port_no, 3);
	assert_int_equal(e.want.output[0].len, frame_len);
	assert_memory_equal(e.want.output[0].frame, frame, frame_len);
	assert_memory_equal(e.want.output[1].frame + 4, "\x01\x02", 2);
	obey();
	check_diff(FAST_PATH_SAME, 0);
}

TEST(fast_path, finds_another_port)
{
	begin();
	PASS(OUT(2), OUT_LAST(3));
	obey();
	got.output[1].port_no = 4;
	check_diff(FAST_PATH_DIFF_OUTPUT, 1);
}

TEST(fast_path, finds_a_missing_and_an_additional_output)
{
	begin();
	PASS(OUT(2), OUT_LAST(3));
	obey();
	got.n_outputs = 1;
	check_diff(FAST_PATH_DIFF_OUTPUT, 1);
	got.n_outputs = 3;
	check_diff(FAST_PATH_DIFF_OUTPUT, 2);
}

TEST(fast_path, finds_another_byte_and_another_length)
{
	begin();
	PASS(OUT(2), SET_DST, OUT_LAST(3));
	obey();
	got.output[1].frame[5] ^= 1;
	check_diff(FAST_PATH_DIFF_BYTE, 1);
	assert_int_equal(fast_path_compare(&e).at, 5);
	got.output[1].len++;
	check_diff(FAST_PATH_DIFF_LEN, 1);
}

TEST(fast_path, finds_another_end)
{
	begin();
	PASS(DEC_TTL, OUT_LAST(2));
	assert_int_equal(e.want.end, XVS_DRY_RUN_DROPPED);
	assert_int_equal(e.want.reason, XVS_DROP_TTL_EXPIRED);
	assert_int_equal(e.want.n_outputs, 0);
	obey();
	check_diff(FAST_PATH_SAME, 0);
	got.reason = XVS_DROP_METER;
	check_diff(FAST_PATH_DIFF_END, 0);

	begin();
	assert_false(drop_pass(XVS_DROP_ACTION));
	obey();
	check_diff(FAST_PATH_SAME, 0);
	got.reason = XVS_DROP_NO_MATCH;
	check_diff(FAST_PATH_DIFF_END, 0);
}

TEST(fast_path, copies_for_the_stack_are_nobodys_business)
{
	begin();
	PASS(OUT(2), OUT_LAST(3));
	obey();
	got.n_outputs = 3;
	got.output[2] = got.output[1];
	got.output[1] = got.output[0];
	got.output[0].kind = XVS_DRY_RUN_STACK;
	check_diff(FAST_PATH_SAME, 0);
	assert_int_equal(fast_path_output(&got, 1)->port_no, 3);
	assert_null(fast_path_output(&got, 2));
}

TEST(fast_path, takes_meters_from_the_record)
{
	begin();
	got.n_meters = 1;
	got.meter[0].slot = 7;
	PASS(METER(7), OUT_LAST(2));
	assert_int_equal(e.want.n_outputs, 1);

	begin();
	got.n_meters = 1;
	got.meter[0] = (struct xvs_dry_run_meter){.slot = 7, .exceeded = 1};
	PASS(METER(7), OUT_LAST(2));
	assert_int_equal(e.want.n_outputs, 0);
	assert_int_equal(e.want.reason, XVS_DROP_METER);
	obey();
	check_diff(FAST_PATH_SAME, 0);
	got.meter[0].slot = 8;
	check_diff(FAST_PATH_DIFF_METER, 0);
	got.n_meters = 0;
	check_diff(FAST_PATH_DIFF_METER, 0);
}

TEST(fast_path, tells_the_controller_from_a_device)
{
	begin();
	PASS(CONTROLLER(5), OUT_LAST(2));
	assert_int_equal(e.want.output[0].kind, XVS_DRY_RUN_CONTROLLER);
	assert_int_equal(e.want.output[0].arg, 5);
	obey();
	check_diff(FAST_PATH_SAME, 0);
	got.output[0].arg = 6;
	check_diff(FAST_PATH_DIFF_OUTPUT, 0);
	got.output[0].arg = 5;
	got.output[0].kind = XVS_DRY_RUN_DEVICE;
	check_diff(FAST_PATH_DIFF_OUTPUT, 0);
}

TEST(fast_path, goes_on_in_the_next_pass_with_the_frame_as_it_is)
{
	begin();
	assert_true(PASS(SET_DST, RECIRC(1)));
	assert_false(PASS(OUT_LAST(2)));
	assert_int_equal(e.want.n_lookups, 2);
	assert_memory_equal(e.want.output[0].frame + 4, "\x01\x02", 2);
	obey();
	check_diff(FAST_PATH_SAME, 0);
	got.n_lookups = 3;
	check_diff(FAST_PATH_DIFF_PASS, 0);
}

TEST(fast_path, finds_another_key)
{
	begin();
	assert_true(PASS(RECIRC(5)));
	assert_int_equal(e.recirc_id, 5);
	assert_false(PASS(OUT_LAST(2)));
	obey();
	check_diff(FAST_PATH_SAME, 0);
	got.lookup[1].key.nw_tos = 4;
	check_diff(FAST_PATH_DIFF_KEY, 1);
}

TEST(fast_path, a_miss_is_compared_up_to_there)
{
	begin();
	assert_true(PASS(OUT(2), RECIRC(1)));
	obey();
	got.end = XVS_DRY_RUN_MISS;
	check_diff(FAST_PATH_DIFF_PASS, 0);
	got.n_lookups = 2;
	check_diff(FAST_PATH_SAME, 0);
	got.n_outputs = 0;
	check_diff(FAST_PATH_DIFF_OUTPUT, 0);
}

TEST(fast_path, the_number_of_passes_is_the_programs_limit)
{
	begin();
	assert_true(PASS(RECIRC(1)));
	obey();
	got.end = XVS_DRY_RUN_DROPPED;
	got.reason = XVS_DROP_RECIRC_LIMIT;
	check_diff(FAST_PATH_SAME, 0);
	got.reason = XVS_DROP_METER;
	check_diff(FAST_PATH_DIFF_PASS, 0);
}

TEST(fast_path, more_outputs_than_are_recorded_are_counted)
{
	struct xvs_op ops[XVS_DRY_RUN_OUTPUTS + 10];
	size_t n = sizeof(ops) / sizeof(ops[0]);

	for (size_t i = 0; i < n; i++)
		ops[i] = (struct xvs_op)OUT((__u32)i + 2);
	ops[n - 1].flags = XVS_OP_F_LAST;
	begin();
	pass(ops, n);
	assert_int_equal(e.want.n_outputs, n);
	obey();
	check_diff(FAST_PATH_SAME, 0);
	got.n_outputs--;
	check_diff(FAST_PATH_DIFF_OUTPUT, XVS_DRY_RUN_OUTPUTS);
}

TEST(fast_path, names_each_differing_field_once)
{
	struct xvs_flow_key other = udp;
	enum field_id ids[FIELD_N];

	assert_int_equal(fast_path_fields(&udp, &other, ids), 0);
	other.nw_ttl = 2;
	other.nw_proto = 6;
	other.vlan_tci = XVS_BE16(0x100a);
	other.tp_src = 1;
	/* Not ports of TCP and SCTP, nor parts of a tag. */
	assert_int_equal(fast_path_fields(&udp, &other, ids), 4);
	assert_int_equal(ids[0], FIELD_VLAN_TCI);
	assert_int_equal(ids[1], FIELD_NW_PROTO);
	assert_int_equal(ids[2], FIELD_NW_TTL);
	assert_int_equal(ids[3], FIELD_UDP_SRC);
}

#define CT(slot)                                                         \
	{                                                                \
		.kind = XVS_OP_CT, .flags = XVS_OP_F_LAST, .arg = (slot) \
	}

static __u32 full_slot; /* whose zone is full */

static enum xvs_drop_reason find_established(void *aux, __u32 slot, struct ref_packet *pkt,
					     struct xvs_flow_key *key)
{
	*(__u32 *)aux += 1;
	key->ct_state = XVS_CT_TRK | XVS_CT_EST;
	key->ct_mark = 7;
	pkt->data[5] = 9;
	return slot == full_slot ? XVS_DROP_CT_FULL : XVS_DROP_UNSPEC;
}

static __u32 slot_of(struct ct_action_table *t, __u32 recirc_id, __u16 zone)
{
	const struct xvs_ct_action what = {.recirc_id = recirc_id, .zone = zone};

	return ct_action_intern(t, &what, 1)->slot;
}

TEST(fast_path, takes_tracking_from_the_record_or_asks)
{
	struct fast_path_ct ct = {0};
	struct ct_action_table *t;
	__u32 n_asked = 0;

	assert_int_equal(ct_action_table_create(NULL, NULL, &t), 0);
	begin();
	assert_false(PASS(CT(1)));
	assert_int_equal(e.want.reason, XVS_DROP_BAD_PROGRAM);

	/* Nobody to ask: the first packet. */
	ct.actions = t;
	begin();
	fast_path_expect_begin(&e, frame, frame_len, &got, &ct);
	assert_true(PASS(CT(slot_of(t, 4, 5))));
	assert_int_equal(e.recirc_id, 4);
	assert_int_equal(e.key.ct_state, XVS_CT_TRK | XVS_CT_NEW);
	assert_int_equal(e.key.ct_zone, 5);

	ct.find = find_established;
	ct.aux = &n_asked;
	fast_path_expect_begin(&e, frame, frame_len, &got, &ct);
	assert_true(PASS(CT(slot_of(t, 4, 5))));
	assert_int_equal(n_asked, 1);
	assert_int_equal(e.key.ct_state, XVS_CT_TRK | XVS_CT_EST);
	assert_int_equal(e.key.ct_mark, 7);
	assert_int_equal(e.pkt.data[5], 9);

	/* The record has that pass. */
	got.n_lookups = 2;
	got.lookup[1].key = (struct xvs_flow_key){.recirc_id = 4, .ct_state = XVS_CT_TRK};
	fast_path_expect_begin(&e, frame, frame_len, &got, &ct);
	assert_true(PASS(CT(slot_of(t, 4, 5))));
	assert_int_equal(e.key.ct_state, XVS_CT_TRK);
	assert_int_equal(e.key.ct_zone, 0);

	fast_path_expect_begin(&e, frame, frame_len, &got, &ct);
	full_slot = slot_of(t, 4, 6);
	assert_false(PASS(CT(full_slot)));
	assert_int_equal(e.want.reason, XVS_DROP_CT_FULL);
	ct_action_table_destroy(t);
}

TEST(fast_path, tracking_is_kept_until_it_is_cleared)
{
	const struct xvs_ct_action clear = {.flags = XVS_CT_A_CLEAR};
	struct fast_path_ct ct = {0};
	struct ct_action_table *t;
	struct xvs_op ops[2] = {{.kind = XVS_OP_CT}, RECIRC(3)};
	struct xvs_flow_key tracked = udp;

	assert_int_equal(ct_action_table_create(NULL, NULL, &t), 0);
	ct.actions = t;
	tracked.ct_state = XVS_CT_TRK;
	ops[0].arg = ct_action_intern(t, &clear, 1)->slot;
	for (int i = 0; i < 2; i++) {
		begin();
		fast_path_expect_begin(&e, frame, frame_len, &got, &ct);
		memset(&out, 0, sizeof(out));
		out.verdict = XVS_VERDICT_PROGRAM;
		out.n_ops = 2 - (size_t)i;
		memcpy(out.ops, ops + i, out.n_ops * sizeof(ops[0]));
		assert_true(fast_path_expect_pass(&e, &tracked, &out));
		assert_int_equal(e.recirc_id, 3);
		assert_int_equal(e.key.ct_state, i ? XVS_CT_TRK : 0);
	}
	ct_action_table_destroy(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(fast_path, expects_each_output_with_the_frame_of_its_moment),
		TEST_ROW(fast_path, finds_another_port),
		TEST_ROW(fast_path, finds_a_missing_and_an_additional_output),
		TEST_ROW(fast_path, finds_another_byte_and_another_length),
		TEST_ROW(fast_path, finds_another_end),
		TEST_ROW(fast_path, copies_for_the_stack_are_nobodys_business),
		TEST_ROW(fast_path, takes_meters_from_the_record),
		TEST_ROW(fast_path, tells_the_controller_from_a_device),
		TEST_ROW(fast_path, goes_on_in_the_next_pass_with_the_frame_as_it_is),
		TEST_ROW(fast_path, finds_another_key),
		TEST_ROW(fast_path, a_miss_is_compared_up_to_there),
		TEST_ROW(fast_path, the_number_of_passes_is_the_programs_limit),
		TEST_ROW(fast_path, more_outputs_than_are_recorded_are_counted),
		TEST_ROW(fast_path, names_each_differing_field_once),
		TEST_ROW(fast_path, takes_tracking_from_the_record_or_asks),
		TEST_ROW(fast_path, tracking_is_kept_until_it_is_cleared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
