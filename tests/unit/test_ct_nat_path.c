// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Translated connections through the user hook (bpf/user.h): the rows that prog_tests
 * runs at TC leave as the same bytes, and a hook that hands up leaves them as they came.
 */
#include "test.h"

#include "datapath_ct.h"
#include "selftests/prog_tests/rows_ct.h"
#include "user_stage.h"

#define SLOT 1
#define RECIRC 9

static struct user_stage stage;
static struct packet in, want;
static __u32 flows[2];

static __u32 put_flow(const struct xvs_flow_key *key, const struct xvs_flow_key *mask,
		      enum xvs_verdict verdict)
{
	static const struct xvs_op ops[] = {
		{.kind = XVS_OP_CT, .flags = XVS_OP_F_LAST, .arg = SLOT}};
	const struct dp_flow_spec spec = {.key = key,
					  .mask = mask,
					  .verdict = verdict,
					  .out_port = 2,
					  .ops = verdict == XVS_VERDICT_CT ? ops : NULL,
					  .n_ops = verdict == XVS_VERDICT_CT,
					  .version_from = dp_version(stage.dp)};
	__u32 slot = 0;

	assert_int_equal(dp_flow_put(stage.dp, &spec, &slot), 0);
	return slot;
}

/* ct(nat), then packets with this ct_state go to port 2. */
static void put_flows(__u8 state)
{
	struct xvs_flow_key key = {.in_port = 1}, mask = {.in_port = 0xffff, .recirc_id = ~0u};

	flows[0] = put_flow(&key, &mask, XVS_VERDICT_CT);
	key.recirc_id = RECIRC;
	key.ct_state = state;
	mask.ct_state = 0xff;
	flows[1] = put_flow(&key, &mask, XVS_VERDICT_OUTPUT);
}

static void remove_flows(void)
{
	dp_flow_remove(stage.dp, flows[0]);
	dp_flow_remove(stage.dp, flows[1]);
	dp_grace_begin(stage.dp);
	dp_grace_end(stage.dp, NULL, NULL);
}

static __u32 put_entry(const struct xvs_ct_entry *entry, __u8 state, __u8 flags)
{
	const struct xvs_config *config = &stage.dp->config;
	__u64 hash = xvs_ct_hash(&entry->tuple, config->ct_seed);
	__u32 bucket = xvs_ct_hash_bucket(hash, 0, config->n_ct_buckets), i = 0;
	__u64 *word = stage.tables.ct_buckets[bucket].word;

	while (word[i])
		i++;
	stage.tables.ct_entries[bucket * XVS_CT_WAYS + i] = *entry;
	word[i] = xvs_ct_word(1, flags, state, xvs_ct_hash_tag(hash),
			      (__u32)stage.tables.jiffies + 100000);
	return bucket * XVS_CT_WAYS + i;
}

static void put_connection(const struct nat_row *row)
{
	struct xvs_ct_entry alias = {.tuple = row->reply, .link = XVS_CT_NONE};
	struct xvs_ct_entry conn = {.tuple = row->tuple, .reply = row->reply, .flags = row->flags};
	bool tcp = row->tuple.proto == PROTO_TCP;
	__u32 place;

	memset(stage.tables.ct_buckets, 0,
	       stage.dp->config.n_ct_buckets * sizeof(struct xvs_ct_bucket));
	stage.tables.ct_zones[ROWS_CT_ZONE].flags = XVS_CT_Z_LIBERAL;
	conn.link = put_entry(&alias, XVS_CT_S_ALIAS, 0);
	place = put_entry(&conn, tcp ? XVS_CT_S_ESTABLISHED : XVS_CT_S_REPLIED,
			  XVS_CT_F_REPLIED | XVS_CT_F_ASSURED);
	stage.tables.ct_entries[conn.link].link = place;
}

static void begin(const struct nat_row *row)
{
	const struct xvs_ct_action action = {
		.recirc_id = RECIRC, .zone = ROWS_CT_ZONE, .flags = XVS_CT_A_NAT};

	dp_ct_action_set(stage.dp, SLOT, &action);
	put_connection(row);
	put_flows(XVS_CT_TRK | (row->packet == NAT_ROW_ERROR ? XVS_CT_REL : XVS_CT_EST) |
		  (row->dir ? XVS_CT_RPL : 0) | row->want_bits);
	packet_build(&in, row->in, MAX_LAYERS);
	packet_build(&want, row->want, MAX_LAYERS);
}

static void check_row(const struct nat_row *row)
{
	bool same;

	begin(row);
	user_stage_run(&stage, in.data, in.len);
	ROW_CHECK(row->name, stage.code == XVS_USER_SENT && stage.n_out == 1, "code %d",
		  stage.code);
	ROW_CHECK(row->name, user_stage_accounts(&stage), "not accounted for");
	same = stage.out[0].len == want.len && !memcmp(stage.out[0].data, want.data, want.len);
	if (!same)
		packet_diff(stderr, stage.out[0].data, stage.out[0].len, want.data, want.len);
	ROW_CHECK(row->name, same, "another frame");
	remove_flows();
}

static void check_handed_up(const struct nat_row *row)
{
	begin(row);
	stage.hands_up = true;
	user_stage_run(&stage, in.data, in.len);
	stage.hands_up = false;
	ROW_CHECK(row->name, stage.code == XVS_USER_HANDED_UP && !stage.n_out, "code %d",
		  stage.code);
	ROW_CHECK(row->name, stage.unchanged, "changed");
	ROW_CHECK(row->name, stage.after.rx_packets == stage.before.rx_packets, "counted");
	remove_flows();
}

static void each_row(void (*check)(const struct nat_row *row))
{
	for (size_t i = 0; i < n_rows_ct_nat; i++)
		if (rows_ct_nat[i].packet == NAT_ROW_WHOLE) /* a later fragment has none first */
			check(&rows_ct_nat[i]);
	for (size_t i = 0; i < n_rows_ct_nat_error; i++)
		check(&rows_ct_nat_error[i]);
}

TEST(ct_nat_path, every_row_byte_for_byte)
{
	each_row(check_row);
}

TEST(ct_nat_path, handed_up_as_it_came)
{
	each_row(check_handed_up);
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
		TEST_ROW(ct_nat_path, every_row_byte_for_byte),
		TEST_ROW(ct_nat_path, handed_up_as_it_came),
	};

	return cmocka_run_group_tests(tests, open_stage, close_stage);
}
