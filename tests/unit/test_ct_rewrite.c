// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Translation of frames (bpf/ct_rewrite.h) in user space: every row byte for byte, with
 * complete and with partial checksums; the key afterwards is that of the frame; and
 * the tuple that an ICMP error is found by is its connection's.
 */
#include "test.h"

#include "selftests/prog_tests/rows_ct.h"
#include "user_stage.h"
#include "ct_rewrite.h"

static struct user_stage stage;
static struct packet in, want;
static struct xvs_pkt pkt;

static void build(struct packet *p, const struct layer *from, enum layer_csum csum)
{
	struct layer layers[MAX_LAYERS];
	bool first = true;

	memcpy(layers, from, sizeof(layers));
	for (size_t i = 0; i < MAX_LAYERS && layers[i].kind; i++) {
		if (first && layers[i].csum == CSUM_GOOD &&
		    (layers[i].kind == LAYER_TCP || layers[i].kind == LAYER_UDP))
			layers[i].csum = csum;
		if (layers[i].kind >= LAYER_TCP)
			first = false;
	}
	packet_build(p, layers, MAX_LAYERS);
}

static struct xvs_user_ctx ctx_of(struct packet *p, bool partial)
{
	return (struct xvs_user_ctx){.tables = &stage.tables,
				     .head = p->data,
				     .data = p->data,
				     .data_end = p->data + p->len,
				     .port_no = 1,
				     .partial = partial};
}

static enum ct_packet packet_of(const struct nat_row *row)
{
	return row->packet == NAT_ROW_ERROR   ? CT_PACKET_ERROR
	       : row->packet == NAT_ROW_LATER ? CT_PACKET_LATER
					      : CT_PACKET_WHOLE;
}

static void check_key(const struct nat_row *row)
{
	static struct xvs_pkt again;
	struct xvs_user_ctx ctx = ctx_of(&in, false);

	ROW_CHECK(row->name, !xvs_user_parse(&ctx, &again), "what came out is no packet");
	ROW_CHECK(row->name, !memcmp(&pkt.key, &again.key, sizeof(pkt.key)), "key");
}

static void check_row(const struct nat_row *row, bool partial)
{
	const struct xvs_ct_entry e = {
		.tuple = row->tuple, .reply = row->reply, .flags = row->flags};
	enum layer_csum csum = partial ? CSUM_PARTIAL : CSUM_GOOD;
	struct xvs_user_ctx ctx = ctx_of(&in, partial);
	bool same;
	int bits;

	build(&in, row->in, csum);
	build(&want, row->want, csum);
	ctx.data_end = in.data + in.len;
	ROW_CHECK(row->name, !xvs_user_parse(&ctx, &pkt), "no packet");
	if (row->packet == NAT_ROW_ERROR)
		ct_icmp_error(&ctx, &pkt, ROWS_CT_ZONE, &pkt.ct.tuple);
	bits = ct_rewrite(&ctx, &pkt, &e, row->dir, packet_of(row));
	ROW_CHECK(row->name, bits == row->want_bits, "bits %d", bits);
	same = in.len == want.len && !memcmp(in.data, want.data, want.len);
	if (!same)
		packet_diff(stderr, in.data, in.len, want.data, want.len);
	ROW_CHECK(row->name, same, "partial %d", partial);
	ROW_CHECK(row->name, partial || !packet_csum_error(in.data, in.len), "%s",
		  packet_csum_error(in.data, in.len));
	check_key(row);
}

TEST(ct_rewrite, every_row_byte_for_byte)
{
	for (size_t i = 0; i < n_rows_ct_nat; i++)
		check_row(&rows_ct_nat[i], false);
	for (size_t i = 0; i < n_rows_ct_nat_error; i++)
		check_row(&rows_ct_nat_error[i], false);
}

TEST(ct_rewrite, partial_checksums_stay_partial)
{
	size_t n = 0;

	for (size_t i = 0; i < n_rows_ct_nat; i++) {
		const struct nat_row *row = &rows_ct_nat[i];

		if (row->packet != NAT_ROW_WHOLE ||
		    (row->tuple.proto != PROTO_TCP && row->tuple.proto != PROTO_UDP))
			continue;
		check_row(row, true);
		n++;
	}
	assert_true(n >= 30);
}

/* There and back again is nothing: what one direction's rewrite makes is what the
 * other side has, whose error about it comes back to the first. */
TEST(ct_rewrite, an_error_is_found_by_its_connections_tuple)
{
	for (size_t i = 0; i < n_rows_ct_nat_error; i++) {
		const struct nat_row *row = &rows_ct_nat_error[i];
		const struct xvs_ct_tuple *expected = row->dir ? &row->reply : &row->tuple;
		struct xvs_user_ctx ctx = ctx_of(&in, false);
		struct xvs_ct_tuple t = {0};

		build(&in, row->in, CSUM_GOOD);
		ctx.data_end = in.data + in.len;
		ROW_CHECK(row->name, !xvs_user_parse(&ctx, &pkt), "no packet");
		ROW_CHECK(row->name, !ct_icmp_error(&ctx, &pkt, ROWS_CT_ZONE, &t), "no tuple");
		ROW_CHECK(row->name, !memcmp(&t, expected, sizeof(t)), "another tuple");
	}
}

static int open_stage(void **state)
{
	int ret = user_stage_open(&stage);

	user_tables = &stage.tables;
	return ret;
}

static int close_stage(void **state)
{
	user_stage_close(&stage);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(ct_rewrite, every_row_byte_for_byte),
		TEST_ROW(ct_rewrite, partial_checksums_stay_partial),
		TEST_ROW(ct_rewrite, an_error_is_found_by_its_connections_tuple),
	};

	return cmocka_run_group_tests(tests, open_stage, close_stage);
}
