// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The two sides of the tables against each other: what loader/datapath writes is
 * looked up by the fast path's own steps (bpf/microflow.h, bpf/megaflow.h,
 * bpf/inflight.h), compiled for user space over the in-memory provider.
 *
 * The binding below has what a lookup needs of ctx.h: the tables, the clock, and
 * tail calls, which it notes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dp_fake.h"
#include "dp_private.h"

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

#define CTX_PASS 0
#define CTX_DROP 1

#include "bpf/ctx.h"
#include "bpf/dry_run_none.h"
#include "bpf/pkt.h"
#include "bpf/tail.h"

struct xvs_ctx {
	enum tail tail;
};

static struct dp *dp; /* of the test that runs */
static struct xvs_microflow_elem hint_elems[XVS_MICROFLOW_ELEMS];
static __u64 jiffies;

static __u64 load64(const void *p)
{
	__u64 value;

	memcpy(&value, p, sizeof(value));
	return value;
}

#define TABLE(fn, type, at)          \
	static type *fn(__u32 index) \
	{                            \
		return &(at)[index]; \
	}
TABLE(table_subtable, const struct xvs_subtable, dp->t.subtables)
TABLE(table_probe, const struct xvs_probe_list, dp->t.probe)
TABLE(table_bucket, const struct xvs_bucket, dp->t.buckets)
TABLE(table_flow, const struct xvs_flow, dp->t.flows)
TABLE(table_flow_stats, struct xvs_flow_stats, dp->t.flow_stats)
TABLE(table_port_stats, struct xvs_port_stats, dp->t.port_stats)
TABLE(table_drop, __u64, dp->t.drops)
TABLE(table_counters, struct xvs_counters, dp->t.counters)
TABLE(table_inflight, __u64, &dp->t.inflight->word)
TABLE(table_microflow, struct xvs_microflow_elem, hint_elems)
TABLE(table_ct_entry, struct xvs_ct_entry, dp->t.ct_entries)

static const struct xvs_control *table_control(void)
{
	return dp->t.control;
}

static const struct xvs_config *config(void)
{
	return &dp->config;
}

static __u64 ctx_jiffies(void)
{
	return jiffies;
}

static int ctx_tail(struct xvs_ctx *ctx, struct xvs_pkt *pkt, enum tail tail)
{
	ctx->tail = tail;
	return STEP_DONE(CTX_PASS);
}

static bool ctx_flow_take(struct xvs_pkt *pkt, __u32 slot, __u32 subtable);

#include "bpf/account.h"
#include "bpf/megaflow.h"
#include "bpf/microflow.h"

static bool ctx_flow_take(struct xvs_pkt *pkt, __u32 slot, __u32 subtable)
{
	return flow_take(pkt, slot, subtable);
}

static __u64 rng = 88172645463325252ULL;

static __u64 random64(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng;
}

static void begin(void)
{
	const struct dp_options opt = {.flow_limit = 1000};

	assert_int_equal(dp_open_fake(&opt, 1, &dp), 0);
	memset(hint_elems, 0, sizeof(hint_elems));
	jiffies = 1000000;
}

static void begin_crowded(__u32 n_buckets, __u32 n_overflow)
{
	begin();
	dp_fini(dp);
	dp->config.n_buckets = n_buckets;
	dp->config.n_overflow = n_overflow;
	assert_int_equal(dp_init(dp), 0);
}

static void end(void)
{
	dp_close(dp);
	dp = NULL;
}

static struct xvs_flow_key key_of(__u32 n)
{
	struct xvs_flow_key key = {.in_port = 1, .nw_proto = 17};

	key.dl_type = XVS_BE16(0x0800);
	key.nw_src = XVS_BE32(n);
	key.nw_dst = XVS_BE32(~n);
	return key;
}

static struct xvs_flow_key mask_of(__u32 n)
{
	struct xvs_flow_key mask = {.in_port = 0xffff, .recirc_id = n, .nw_src = 0xffffffff};

	mask.dl_type = 0xffff;
	mask.nw_dst = n % 2 ? 0xffffffff : 0;
	return mask;
}

static int put(const struct xvs_flow_key *key, const struct xvs_flow_key *mask, __u32 *slot)
{
	const struct dp_flow_spec spec = {
		.key = key,
		.mask = mask,
		.verdict = XVS_VERDICT_OUTPUT,
		.out_port = 2,
		.version_from = dp_version(dp),
	};

	return dp_flow_put(dp, &spec, slot);
}

static __u32 must_put(__u32 n, __u32 n_mask)
{
	struct xvs_flow_key key = key_of(n), mask = mask_of(n_mask);
	__u32 slot = 0;

	assert_int_equal(put(&key, &mask, &slot), 0);
	return slot;
}

static void grace(void)
{
	dp_grace_begin(dp);
	dp_grace_end(dp, NULL, NULL);
}

/* The packet of key_of(n), as the parser leaves it. */
static struct xvs_pkt pkt_of(__u32 n)
{
	struct xvs_pkt pkt = {.key = key_of(n), .port_no = 1, .version = dp_version(dp)};

	pkt.probe_order = (__u8)dp->t.control->probe_order;
	pkt.hash = microflow_hash(&pkt);
	return pkt;
}

/* The search of all subtables, chunk by chunk; the tail that it ends with. */
static enum tail search(struct xvs_pkt *pkt)
{
	struct xvs_ctx ctx = {.tail = TAIL_N};
	int n_calls = 0;

	do {
		assert_int_equal(step_megaflow(&ctx, pkt), STEP_DONE(CTX_PASS));
		assert_true(++n_calls <= XVS_MAX_SUBTABLES / MEGAFLOW_CHUNK + 1);
	} while (ctx.tail == TAIL_MEGAFLOW);
	return ctx.tail;
}

static __u32 found(__u32 n)
{
	struct xvs_pkt pkt = pkt_of(n);

	return search(&pkt) == TAIL_HIT ? pkt.slot : 0;
}

static __u32 hinted(__u32 n)
{
	struct xvs_pkt pkt = pkt_of(n);

	return microflow_lookup(&pkt) ? pkt.slot : 0;
}

static void megaflow_is_found_then_hinted(void **state)
{
	__u32 slot;

	begin();
	slot = must_put(7, 0);
	assert_int_equal(hinted(7), 0);
	assert_int_equal(found(7), slot);
	assert_int_equal(hinted(7), slot);
	assert_int_equal(found(8), 0);
	assert_int_equal(hinted(8), 0);
	end();
}

static void miss_goes_to_the_daemon(void **state)
{
	struct xvs_pkt pkt;

	begin();
	must_put(7, 1);
	must_put(7, 2);
	pkt = pkt_of(8);
	assert_int_equal(search(&pkt), TAIL_UPCALL);
	assert_int_equal(pkt.upcall_reason, XVS_UPCALL_MISS);
	assert_int_equal(pkt.n_probed, 2);
	end();
}

static void every_subtable_is_probed_in_chunks(void **state)
{
	begin();
	for (__u32 n = 0; n < XVS_MAX_SUBTABLES; n++)
		must_put(n, n + 1);
	for (__u32 n = 0; n < XVS_MAX_SUBTABLES; n++) {
		struct xvs_pkt pkt = pkt_of(n);

		assert_int_equal(search(&pkt), TAIL_HIT);
		assert_int_equal(pkt.n_probed, n + 1);
	}
	assert_int_equal(found(XVS_MAX_SUBTABLES), 0);
	end();
}

/* However many masks another port has, a hit costs its own port's probes. */
static void other_ports_subtables_are_not_probed(void **state)
{
	struct xvs_flow_key key = key_of(7), mask = mask_of(50);
	struct xvs_pkt pkt;
	__u32 slot;

	begin();
	for (__u32 n = 1; n <= 100; n++)
		must_put(n, n);
	key.in_port = 2;
	assert_int_equal(put(&key, &mask, &slot), 0); /* a mask that port 1 has, too */
	assert_int_equal(dp_n_subtables(dp), 100);
	for (int round = 0; round < 4; round++) {
		pkt = pkt_of(7);
		pkt.key.in_port = 2;
		assert_int_equal(search(&pkt), TAIL_HIT);
		assert_int_equal(pkt.slot, slot);
		assert_int_equal(pkt.n_probed, 1);
		pkt = pkt_of(8);
		pkt.key.in_port = 2;
		assert_int_equal(search(&pkt), TAIL_UPCALL);
		assert_int_equal(pkt.n_probed, 1);
		pkt.key.in_port = 3; /* has no flow: misses at once */
		pkt.n_probed = 0;
		assert_int_equal(search(&pkt), TAIL_UPCALL);
		assert_int_equal(pkt.n_probed, 0);
		assert_int_not_equal(found(8), 0);
		/* In both orders, and when port 1's list is in another order */
		dp_note_hits(dp, found((__u32)round + 20), 100);
		dp_reorder(dp);
		grace();
	}
	end();
}

static void versions_bound_hits_and_hints(void **state)
{
	struct xvs_pkt old_pkt;
	__u32 slot;

	begin();
	slot = must_put(7, 0);
	assert_int_equal(found(7), slot);
	old_pkt = pkt_of(7);
	dp_flow_end(dp, slot, dp_version(dp) + 1);
	dp_version_commit(dp);
	assert_non_null(microflow_lookup(&old_pkt)); /* began before the commit */
	assert_int_equal(search(&old_pkt), TAIL_HIT);
	assert_int_equal(hinted(7), 0);
	assert_int_equal(found(7), 0);
	end();
}

static void hint_of_a_removed_flow_fails(void **state)
{
	__u32 slot;

	begin();
	slot = must_put(7, 0);
	assert_int_equal(found(7), slot);
	dp_flow_remove(dp, slot);
	assert_int_equal(hinted(7), 0);
	assert_int_equal(found(7), 0);
	grace();
	/* The slot is another flow's now, then one with the same key. */
	assert_int_equal(must_put(8, 0), slot);
	assert_int_equal(hinted(7), 0);
	dp_flow_remove(dp, slot);
	grace();
	assert_int_equal(must_put(7, 0), slot);
	assert_int_equal(hinted(7), 0);
	assert_int_equal(found(7), slot);
	end();
}

/* A lookup that holds the index while the flow is removed may still take it for
 * this packet; the hint that it then writes must not outlive it. */
static void lookup_during_removal_leaves_no_hint(void **state)
{
	struct xvs_pkt pkt;
	__u16 subtable;
	__u32 slot;

	begin();
	slot = must_put(7, 0);
	subtable = dp_flow_subtable(dp, slot);
	pkt = pkt_of(7);
	dp_flow_remove(dp, slot);
	pkt.slot = slot;
	pkt.generation = dp->t.flows[slot].generation;
	flow_take(&pkt, slot, subtable);
	microflow_insert(&pkt);
	assert_int_equal(hinted(7), 0);
	grace();
	dp_version_commit(dp);
	assert_int_equal(hinted(7), 0);
	assert_int_equal(must_put(7, 0), slot);
	assert_int_equal(hinted(7), 0);
	end();
}

static void overflow_buckets_are_followed(void **state)
{
	__u32 slot[6 * XVS_BUCKET_SLOTS], n_overflowed = 0;

	begin_crowded(4, 4);
	for (__u32 n = 0; n < 6 * XVS_BUCKET_SLOTS; n++) {
		struct xvs_flow_key key = key_of(n), mask = mask_of(0);

		if (put(&key, &mask, &slot[n]))
			slot[n] = 0;
		else
			n_overflowed += dp->bucket_of[slot[n]] - 1 >= 4;
	}
	assert_true(n_overflowed > XVS_BUCKET_SLOTS);
	for (__u32 n = 0; n < 6 * XVS_BUCKET_SLOTS; n++)
		assert_int_equal(found(n), slot[n]);
	for (__u32 n = 0; n < 6 * XVS_BUCKET_SLOTS; n += 2)
		if (slot[n])
			dp_flow_remove(dp, slot[n]);
	for (__u32 n = 0; n < 6 * XVS_BUCKET_SLOTS; n++)
		assert_int_equal(found(n), n % 2 ? slot[n] : 0);
	end();
}

#define N_FLOWS 2000
#define N_MASKS 40

/* Hints stay from step to step, as a CPU's do. */
static void random_steps_agree_with_a_model(void **state)
{
	static __u32 slot[N_FLOWS];
	__u32 n_hinted = 0;

	begin_crowded(256, 64);
	memset(slot, 0, sizeof(slot));
	for (int step = 0; step < 60000; step++) {
		__u32 n = (__u32)(random64() % N_FLOWS), hint = hinted(n);
		struct xvs_flow_key key = key_of(n), mask = mask_of(n % N_MASKS);

		if (hint)
			assert_int_equal(hint, slot[n]);
		n_hinted += hint != 0;
		assert_int_equal(found(n), slot[n]);
		if (random64() % 3)
			continue;
		if (slot[n]) {
			dp_flow_remove(dp, slot[n]);
			slot[n] = 0;
		} else if (put(&key, &mask, &slot[n])) {
			slot[n] = 0;
		}
		if (step % 7 == 0)
			grace();
		if (slot[n])
			dp_note_hits(dp, slot[n], random64() % 5);
		if (step % 50 == 0)
			dp_reorder(dp);
	}
	assert_true(n_hinted > 1000);
	end();
}

static struct xvs_upcall upcall_of(const struct xvs_pkt *pkt)
{
	return (struct xvs_upcall){
		.hash = pkt->hash, .reason = XVS_UPCALL_MISS, .flags = XVS_UPCALL_F_COUNTED};
}

static void misses_have_an_allowance_until_they_are_answered(void **state)
{
	struct xvs_upcall u;
	struct xvs_pkt pkt;

	begin();
	pkt = pkt_of(7);
	u = upcall_of(&pkt);
	for (int i = 0; i < XVS_INFLIGHT_ALLOWANCE; i++)
		assert_int_equal(inflight_enter(&pkt, true), INFLIGHT_COUNTED);
	assert_int_equal(inflight_enter(&pkt, true), INFLIGHT_FULL);
	for (int i = 0; i < XVS_INFLIGHT_ALLOWANCE; i++)
		dp_upcall_done(dp, &u);
	assert_int_equal(dp->t.inflight[pkt.hash % XVS_INFLIGHT_SLOTS].word, 0);
	assert_int_equal(inflight_enter(&pkt, true), INFLIGHT_COUNTED);
	/* Of a daemon that died: forgotten after a while */
	jiffies += 10ULL * dp->config.hz;
	assert_int_equal(inflight_enter(&pkt, false), INFLIGHT_NONE);
	end();
}

static void hits_follow_their_flow_through_the_ring(void **state)
{
	struct xvs_upcall u;
	struct xvs_pkt pkt;
	__u32 slot;

	begin();
	pkt = pkt_of(7);
	u = upcall_of(&pkt);
	assert_int_equal(inflight_enter(&pkt, true), INFLIGHT_COUNTED);
	slot = must_put(7, 0); /* published, the first packet not replayed yet */
	pkt = pkt_of(7);
	assert_int_equal(search(&pkt), TAIL_UPCALL);
	assert_int_equal(pkt.upcall_reason, XVS_UPCALL_FOLLOW);
	assert_int_equal(hinted(7), 0);
	dp_upcall_done(dp, &u);
	u.reason = XVS_UPCALL_FOLLOW;
	dp_upcall_done(dp, &u);
	assert_int_equal(found(7), slot);
	assert_int_equal(hinted(7), slot);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(megaflow_is_found_then_hinted),
		cmocka_unit_test(miss_goes_to_the_daemon),
		cmocka_unit_test(every_subtable_is_probed_in_chunks),
		cmocka_unit_test(other_ports_subtables_are_not_probed),
		cmocka_unit_test(versions_bound_hits_and_hints),
		cmocka_unit_test(hint_of_a_removed_flow_fails),
		cmocka_unit_test(lookup_during_removal_leaves_no_hint),
		cmocka_unit_test(overflow_buckets_are_followed),
		cmocka_unit_test(random_steps_agree_with_a_model),
		cmocka_unit_test(misses_have_an_allowance_until_they_are_answered),
		cmocka_unit_test(hits_follow_their_flow_through_the_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
