// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Connections that are over, and too many of them: a zone's bounds, full buckets, and
 * who makes room for whom [CT3] [CT5].
 */
#include "ct_stage.h"

static const struct xvs_ct_action commit = {
	.recirc_id = CT_RECIRC, .zone = CT_ZONE, .flags = XVS_CT_A_COMMIT};

static void let_expire(struct harness *t, __u64 *word)
{
	*word = (*word & ~0xffffffffULL) | (ct_now(t) - 1);
}

/* What is over is nobody's, counts until its slot is taken, and is taken by the next. */
static void test_expiry(struct harness *t)
{
	struct ct_packet p = {.proto = PROTO_UDP};
	struct xvs_flow_key key;
	__u64 *word;
	__u8 seq;

	if (!test_start(t, "ct/expiry"))
		return;
	p.client = ct_new_client(t);
	ct_track(t, &commit);
	ct_ask(t, &p);
	p.dir = 1;
	ct_ask(t, &p);
	word = ct_word(t, &p, CT_ZONE);
	if (!word) {
		test_fail(t, "it was not entered");
	} else {
		__s32 left = (__s32)(xvs_ct_expires(*word) - ct_now(t));
		__s32 hz = (__s32)dp_config(t->dp)->hz;

		if (left < 28 * hz || left > 30 * hz)
			test_fail(t, "%d jiffies are left of 30 seconds", left);
		seq = xvs_ct_seq(*word);
		let_expire(t, word);
		CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_conns, 1);
		p.dir = 0;
		key = ct_ask(t, &p);
		ct_check_bits(t, &key, XVS_CT_TRK | XVS_CT_NEW);
		CHECK_EQ(t, xvs_ct_seq(*word), (__u8)(seq + 1));
		CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_conns, 1);
		CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_half, 1);
	}
	ct_forget(t);
	test_end_flush(t);
}

static void check_full(struct harness *t, bool full)
{
	struct totals d;

	harness_delta(t, &d);
	CHECK_EQ(t, totals_reason(&d, PORT_IN), full ? XVS_DROP_CT_FULL : 0);
}

/* As many as the zone may have. */
static void test_zone_full(struct harness *t)
{
	struct ct_packet p = {.proto = PROTO_UDP};

	if (!test_start(t, "ct/zone-full"))
		return;
	ct_track(t, &commit);
	ct_zone(t, CT_ZONE)->max_conns = 3;
	for (int i = 0; i < 3; i++) {
		p.client = ct_new_client(t);
		ct_ask(t, &p);
	}
	check_full(t, false);
	p.client = ct_new_client(t);
	ct_send(t, XVS_HOOK_TC, &p);
	check_full(t, true);
	CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_conns, 3);
	ct_forget(t);
	test_end_flush(t);
}

/* Fills both buckets of 'p' with what lives and is answered. */
static void fill_buckets(struct harness *t, const struct ct_packet *p, __u8 flags)
{
	const struct dp_shared *s = dp_shared(t->dp);
	__u64 hash = ct_hash(t, p, CT_ZONE);

	for (__u32 i = 0; i < 2 * XVS_CT_WAYS; i++) {
		__u32 bucket = xvs_ct_hash_bucket(hash, i / XVS_CT_WAYS, s->config->n_ct_buckets);
		__u32 place = bucket * XVS_CT_WAYS + i % XVS_CT_WAYS;

		s->ct_buckets[bucket].word[i % XVS_CT_WAYS] =
			xvs_ct_word(1, flags, XVS_CT_S_REPLIED, 0x1001, ct_now(t) + 1000 + i);
		s->ct_entries[place] = (struct xvs_ct_entry){
			.tuple = {.zone = CT_ZONE, .sport = (__be16)i}, .link = XVS_CT_NONE};
	}
}

/* Nobody who lives makes room; who is not answered does when the zone has too many. */
static void test_table_full(struct harness *t)
{
	struct ct_packet p = {.proto = PROTO_UDP};
	__u64 *word;

	if (!test_start(t, "ct/table-full"))
		return;
	ct_track(t, &commit);
	p.client = ct_new_client(t);
	fill_buckets(t, &p, XVS_CT_F_REPLIED);
	ct_send(t, XVS_HOOK_TC, &p);
	check_full(t, true);
	CHECK_EQ(t, ct_count(t, &p, CT_ZONE), 0);
	harness_totals(t, &t->before);
	/* Half open, but not too many. */
	fill_buckets(t, &p, XVS_CT_F_HALF);
	ct_send(t, XVS_HOOK_TC, &p);
	check_full(t, true);
	harness_totals(t, &t->before);
	ct_zone(t, CT_ZONE)->n_conns = ct_zone(t, CT_ZONE)->n_half = 16;
	ct_zone(t, CT_ZONE)->max_half = 16;
	ct_ask(t, &p);
	check_full(t, false);
	word = ct_word(t, &p, CT_ZONE);
	if (!word)
		test_fail(t, "it was not entered");
	else /* in the place of the one that would have ended first */
		CHECK_EQ(t, word, ct_first_word(t, &p, CT_ZONE));
	CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_conns, 16);
	CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_half, 16);
	ct_forget(t);
	test_end_flush(t);
}

/* At the bound those that are over make room wherever they are; half of it gives
 * short lives to the unanswered. */
static void test_half_bound(struct harness *t)
{
	struct ct_packet p = {.proto = PROTO_UDP};
	__u32 hz = dp_config(t->dp)->hz;
	__u64 *word = NULL;

	if (!test_start(t, "ct/half-open-bound"))
		return;
	ct_track(t, &commit);
	ct_zone(t, CT_ZONE)->max_half = 4;
	for (int i = 0; i < 4; i++) {
		p.client = ct_new_client(t);
		ct_ask(t, &p);
		word = ct_word(t, &p, CT_ZONE);
		if (!word || (xvs_ct_expires(*word) - ct_now(t) > 6 * hz) != (i < 2))
			test_fail(t, "connection %d: wrong timeout", i);
	}
	CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_half, 4);
	p.client = ct_new_client(t);
	ct_send(t, XVS_HOOK_TC, &p);
	check_full(t, true);
	/* One is answered: there is room for one more, and it lives as long as others. */
	p.client = (__u16)(p.client - 1);
	p.dir = 1;
	harness_totals(t, &t->before);
	ct_ask(t, &p);
	CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_half, 3);
	if (word && xvs_ct_expires(*word) - ct_now(t) < 28 * hz)
		test_fail(t, "the answered one has a short life");
	p.client = ct_new_client(t);
	p.dir = 0;
	ct_ask(t, &p);
	check_full(t, false);
	CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_half, 4);
	ct_forget(t);
	test_end_flush(t);
}

void ct_test_bounds(struct harness *t)
{
	test_expiry(t);
	test_zone_full(t);
	test_table_full(t);
	test_half_bound(t);
}
