// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The writer's side of the tables (loader/datapath) on the in-memory provider.
 *
 * lookup() below is a reader written from the text of xvs/flow_entry.h alone;
 * test_user_path.c does the same with the fast path's own steps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>

#include "dp_fake.h"
#include "dp_private.h"
#include "dp_sizes.h"
#include "xvs/fixed.h"
#include "xvs/flow_hash.h"

#define JIFFIES 5000

static __u64 rng = 88172645463325252ULL;

static __u64 random64(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng;
}

static __u32 lookup_bucket(const struct dp *dp, const struct xvs_bucket *b, __u16 tag,
			   const __u64 *packed, __u32 subtable, __u32 version)
{
	int n_candidates = 0;

	for (int i = 0; i < XVS_BUCKET_SLOTS && n_candidates < XVS_BUCKET_CANDIDATES; i++) {
		const struct xvs_flow *f;
		__u32 slot;

		if (XVS_READ_ONCE(b->tag[i]) != tag)
			continue;
		n_candidates++;
		slot = __atomic_load_n(&b->slot[i], __ATOMIC_ACQUIRE);
		f = &dp->t.flows[slot];
		if (slot && f->subtable == subtable && f->version_from <= version &&
		    version < XVS_READ_ONCE(f->version_to) &&
		    !memcmp(f->key, packed, 8 * dp->t.subtables[subtable].n_words))
			return slot;
	}
	return 0;
}

static __u32 lookup(const struct dp *dp, const struct xvs_flow_key *key, __u32 version)
{
	__u32 order = __atomic_load_n(&dp->t.control->probe_order, __ATOMIC_ACQUIRE);
	const struct xvs_probe_list *o = &dp->t.probe[order * XVS_MAX_PORTS + key->in_port];
	__u32 n = __atomic_load_n(&o->n, __ATOMIC_ACQUIRE);

	for (__u32 p = 0; p < n; p++) {
		__u32 subtable = XVS_READ_ONCE(o->subtable[p]), slot, over;
		const struct xvs_subtable *s = &dp->t.subtables[subtable];
		__u64 packed[XVS_KEY_WORDS], hash = s->salt;
		const struct xvs_bucket *b;

		for (__u32 k = 0; k < s->n_words; k++) {
			packed[k] = key->w[s->word[k]] & s->mask[k];
			hash += xvs_hash_word(packed[k], dp->config.seed[k]);
		}
		hash = xvs_hash_finish(hash);
		b = &dp->t.buckets[hash & (dp->config.n_buckets - 1)];
		slot = lookup_bucket(dp, b, (__u16)(hash >> 48) | 1, packed, subtable, version);
		over = __atomic_load_n(&b->overflow, __ATOMIC_ACQUIRE);
		if (!slot && over)
			slot = lookup_bucket(dp, &dp->t.buckets[over], (__u16)(hash >> 48) | 1,
					     packed, subtable, version);
		if (slot)
			return slot;
	}
	return 0;
}

static struct xvs_flow_key key_of(__u32 n)
{
	struct xvs_flow_key key = {.in_port = 1, .nw_proto = 17};

	key.dl_type = XVS_BE16(0x0800);
	key.nw_src = XVS_BE32(n);
	key.nw_dst = XVS_BE32(~n);
	return key;
}

static const struct xvs_flow_key *mask_v4(void)
{
	static struct xvs_flow_key mask;

	mask.in_port = 0xffff;
	mask.dl_type = 0xffff;
	mask.nw_src = 0xffffffff;
	return &mask;
}

/* A mask of its own for each 'n' below 1024. */
static struct xvs_flow_key mask_of(__u32 n)
{
	struct xvs_flow_key mask = *mask_v4();

	mask.recirc_id = n;
	mask.nw_dst = n % 2 ? 0xffffffff : 0;
	return mask;
}

static int put(struct dp *dp, const struct xvs_flow_key *key, const struct xvs_flow_key *mask,
	       __u32 *slot)
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

static __u32 must_put(struct dp *dp, const struct xvs_flow_key *key,
		      const struct xvs_flow_key *mask)
{
	__u32 slot = 0;

	assert_int_equal(put(dp, key, mask, &slot), 0);
	assert_int_not_equal(slot, 0);
	return slot;
}

static void grace(struct dp *dp)
{
	dp_grace_begin(dp);
	dp_grace_end(dp, NULL, NULL);
}

static struct dp *open_fake(unsigned int cpu_lanes)
{
	const struct dp_options opt = {.flow_limit = 1000};
	struct dp *dp = NULL;

	assert_int_equal(dp_open_fake(&opt, cpu_lanes, &dp), 0);
	return dp;
}

/* Lanes of two forwarding threads behind those of the CPUs. */
static struct dp *open_forwarding(unsigned int cpu_lanes)
{
	const struct dp_options opt = {.flow_limit = 1000, .forward_lanes = 2};
	struct dp *dp = NULL;

	assert_int_equal(dp_open_fake(&opt, cpu_lanes, &dp), 0);
	return dp;
}

/* The same datapath with few buckets, so that they overflow. */
static struct dp *open_crowded(__u32 n_buckets, __u32 n_overflow)
{
	struct dp *dp = open_fake(2);

	dp_fini(dp);
	dp->config.n_buckets = n_buckets;
	dp->config.n_overflow = n_overflow;
	assert_int_equal(dp_init(dp), 0);
	return dp;
}

static void put_is_found_by_its_mask(void **state)
{
	struct dp *dp = open_fake(2);
	struct xvs_flow_key key = key_of(7), other = key_of(8);
	__u32 slot = must_put(dp, &key, mask_v4());

	assert_int_equal(lookup(dp, &key, dp_version(dp)), slot);
	key.nw_dst = 12345; /* wildcarded */
	assert_int_equal(lookup(dp, &key, dp_version(dp)), slot);
	assert_int_equal(lookup(dp, &other, dp_version(dp)), 0);
	assert_int_equal(dp_n_flows(dp), 1);
	assert_int_equal(dp_n_subtables(dp), 1);
	assert_int_equal(dp->t.flows[slot].action[0].verdict, XVS_VERDICT_OUTPUT);
	assert_int_equal(dp->t.flows[slot].action[0].target, 2);
	assert_int_equal(dp->t.flows[slot].version_to, XVS_VERSION_MAX);
	dp_close(dp);
}

static void widest_mask_matches_all_of_the_port(void **state)
{
	const struct xvs_flow_key mask = {.in_port = 0xffff};
	struct dp *dp = open_fake(1);
	struct xvs_flow_key key = key_of(1);
	__u32 slot = must_put(dp, &key, &mask);

	key = key_of(99);
	assert_int_equal(lookup(dp, &key, dp_version(dp)), slot);
	key.in_port = 2;
	assert_int_equal(lookup(dp, &key, dp_version(dp)), 0);
	dp_close(dp);
}

static void versions_bound_what_a_packet_sees(void **state)
{
	struct dp *dp = open_fake(2);
	struct xvs_flow_key key = key_of(7);
	__u32 v = dp_version(dp), old = must_put(dp, &key, mask_v4()), new = 0;
	const struct dp_flow_spec next = {
		.key = &key,
		.mask = mask_v4(),
		.verdict = XVS_VERDICT_DROP,
		.drop_reason = XVS_DROP_ACTION,
		.version_from = v + 1,
	};

	assert_int_equal(dp_flow_put(dp, &next, &new), 0);
	dp_flow_end(dp, old, v + 1);
	assert_int_equal(lookup(dp, &key, v), old);
	assert_int_equal(lookup(dp, &key, v + 1), new);
	assert_int_equal(dp_version(dp), v);
	dp_version_commit(dp);
	assert_int_equal(dp_version(dp), v + 1);
	dp_flow_remove(dp, old);
	assert_int_equal(lookup(dp, &key, v + 1), new);
	assert_int_equal(lookup(dp, &key, v), 0);
	dp_close(dp);
}

struct seen {
	__u32 n, slot;
	struct xvs_flow_stats stats;
	struct dp *dp;
};

static void note_slot(void *aux, __u32 slot)
{
	struct seen *seen = aux;

	seen->n++;
	seen->slot = slot;
	dp_flow_stats(seen->dp, slot, &seen->stats);
}

static void removed_slot_waits_for_its_grace_period(void **state)
{
	struct dp *dp = open_fake(2);
	struct xvs_flow_key key = key_of(7);
	struct seen seen = {.dp = dp};
	__u32 n_free = dp_n_free_slots(dp), slot = must_put(dp, &key, mask_v4());
	__u32 generation = dp->t.flows[slot].generation;
	struct xvs_flow_stats *late = &dp->t.flow_stats[slot];

	dp_flow_count(dp, slot, 3, 300, 0x12);
	dp_flow_remove(dp, slot);
	assert_int_equal(lookup(dp, &key, dp_version(dp)), 0);
	assert_int_equal(dp->t.flows[slot].generation, generation + 1);
	assert_int_equal(dp_n_flows(dp), 0);
	assert_int_equal(dp_n_free_slots(dp), n_free - 1);
	dp_flow_remove(dp, slot); /* twice is once */

	dp_grace_end(dp, note_slot, &seen); /* none was begun */
	assert_int_equal(seen.n, 0);
	dp_grace_begin(dp);
	late->packets = 1; /* of a program that still runs */
	assert_int_not_equal(must_put(dp, &key, mask_v4()), slot);
	dp_grace_end(dp, note_slot, &seen);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.slot, slot);
	assert_int_equal(seen.stats.packets, 4);
	assert_int_equal(seen.stats.bytes, 300);
	assert_int_equal(seen.stats.tcp_flags, 0x12);
	assert_int_equal(dp_n_free_slots(dp), n_free - 1);
	dp_flow_stats(dp, slot, &seen.stats);
	assert_int_equal(seen.stats.packets, 0);
	assert_int_equal(must_put(dp, &key, mask_v4()), slot);
	dp_close(dp);
}

/* A lookup that loaded the index just before the flow was removed reads the rest
 * of the slot after: what it notes must not bring the flow back. */
static void retired_slot_cannot_be_hinted(void **state)
{
	struct dp *dp = open_fake(1);
	struct xvs_flow_key key = key_of(7);
	__u32 slot = must_put(dp, &key, mask_v4()), live, retired;
	const struct xvs_flow *f = &dp->t.flows[slot];

	live = f->generation;
	assert_int_equal(live & 1, 0);
	dp_flow_remove(dp, slot);
	retired = f->generation;
	assert_int_equal(retired & 1, 1);
	for (__u32 v = 0; v < 5; v++, dp_version_commit(dp))
		assert_false(f->version_from <= v && v < f->version_to);
	grace(dp);
	assert_int_equal(must_put(dp, &key, mask_v4()), slot);
	assert_int_equal(f->generation & 1, 0);
	assert_int_not_equal(f->generation, live);
	assert_int_not_equal(f->generation, retired);
	dp_close(dp);
}

static void full_table_is_left_as_it_was(void **state)
{
	struct dp *dp = open_fake(1);
	struct xvs_flow_key key;
	__u32 slot, n = 0;

	for (; dp_n_free_slots(dp); n++) {
		key = key_of(n);
		must_put(dp, &key, mask_v4());
	}
	assert_int_equal(n, dp->config.n_slots - 1);
	key = key_of(n);
	assert_int_equal(put(dp, &key, mask_v4(), &slot), -ENOSPC);
	assert_int_equal(dp_n_flows(dp), n);
	for (__u32 i = 0; i < n; i++) {
		key = key_of(i);
		assert_int_not_equal(lookup(dp, &key, dp_version(dp)), 0);
	}
	dp_close(dp);
}

/* 'n' keys whose hashes agree in bucket and tag. */
static void find_equal_tags(struct dp *dp, struct xvs_flow_key *keys, int n)
{
	__u64 packed[XVS_KEY_WORDS], want = 0;
	bool fresh;
	int subtable = dp_subtable_get(dp, mask_v4(), &fresh), found = 0;

	assert_true(fresh);
	dp_subtable_use(dp, (__u32)subtable);
	for (__u32 i = 0; found < n; i++) {
		struct xvs_flow_key key = key_of(i);
		__u64 hash = dp_subtable_pack(dp, (__u32)subtable, &key, packed);

		hash = (hash >> 49 << 32) | (hash & (dp->config.n_buckets - 1));
		if (!found)
			want = hash;
		if (hash == want)
			keys[found++] = key;
	}
}

static void equal_tags_go_to_the_overflow_bucket_then_are_refused(void **state)
{
	struct dp *dp = open_crowded(4, 2);
	struct xvs_flow_key key[2 * XVS_BUCKET_CANDIDATES + 1];
	__u32 slot[2 * XVS_BUCKET_CANDIDATES], bad, n_free;

	find_equal_tags(dp, key, 2 * XVS_BUCKET_CANDIDATES + 1);
	for (int i = 0; i < 2 * XVS_BUCKET_CANDIDATES; i++) {
		slot[i] = must_put(dp, &key[i], mask_v4());
		assert_int_equal(dp->bucket_of[slot[i]] - 1 >= 4, i >= XVS_BUCKET_CANDIDATES);
		for (int k = 0; k <= i; k++)
			assert_int_equal(dp_flow_find(dp, &key[k], mask_v4()), slot[k]);
		for (int k = 0; k <= i; k++)
			assert_int_equal(lookup(dp, &key[k], dp_version(dp)), slot[k]);
	}
	n_free = dp_n_free_slots(dp);
	assert_int_equal(put(dp, &key[2 * XVS_BUCKET_CANDIDATES], mask_v4(), &bad), -EXFULL);
	assert_int_equal(dp_n_free_slots(dp), n_free);
	/* One removed: its tag makes room, in the bucket it was in. */
	dp_flow_remove(dp, slot[0]);
	slot[0] = must_put(dp, &key[2 * XVS_BUCKET_CANDIDATES], mask_v4());
	assert_int_equal(lookup(dp, &key[2 * XVS_BUCKET_CANDIDATES], dp_version(dp)), slot[0]);
	dp_close(dp);
}

static void empty_overflow_bucket_is_reused_after_grace_only(void **state)
{
	struct dp *dp = open_crowded(1, 1);
	__u32 slot[XVS_BUCKET_SLOTS + 1], bad;
	struct xvs_flow_key key;

	for (__u32 i = 0; i <= XVS_BUCKET_SLOTS; i++) {
		key = key_of(i);
		slot[i] = must_put(dp, &key, mask_v4());
	}
	assert_int_equal(dp->t.buckets[0].overflow, 1);
	assert_int_equal(dp->bucket_of[slot[XVS_BUCKET_SLOTS]], 1 + 1);
	dp_flow_remove(dp, slot[XVS_BUCKET_SLOTS]);
	assert_int_equal(dp->t.buckets[0].overflow, 0);
	assert_int_equal(put(dp, &key, mask_v4(), &bad), -EXFULL);
	grace(dp);
	slot[XVS_BUCKET_SLOTS] = must_put(dp, &key, mask_v4());
	assert_int_equal(lookup(dp, &key, dp_version(dp)), slot[XVS_BUCKET_SLOTS]);
	assert_int_equal(dp->t.buckets[0].overflow, 1);
	dp_close(dp);
}

static void subtables_run_out_and_come_back(void **state)
{
	struct dp *dp = open_fake(1);
	struct xvs_flow_key key = key_of(1), mask;
	__u32 slot[XVS_MAX_SUBTABLES], bad;

	for (__u32 i = 0; i < XVS_MAX_SUBTABLES; i++) {
		mask = mask_of(i + 1);
		slot[i] = must_put(dp, &key, &mask);
	}
	mask = mask_of(1000);
	assert_int_equal(put(dp, &key, &mask, &bad), -EMLINK);
	assert_int_equal(dp_n_subtables(dp), XVS_MAX_SUBTABLES);

	dp_flow_remove(dp, slot[5]);
	dp_grace_begin(dp);
	assert_int_equal(dp_n_subtables(dp), XVS_MAX_SUBTABLES - 1);
	assert_int_equal(put(dp, &key, &mask, &bad), -EMLINK);
	dp_grace_end(dp, NULL, NULL);
	must_put(dp, &key, &mask);
	assert_int_equal(dp_n_subtables(dp), XVS_MAX_SUBTABLES);
	dp_close(dp);
}

static void empty_subtable_is_taken_again_by_its_mask(void **state)
{
	struct dp *dp = open_fake(1);
	struct xvs_flow_key key = key_of(1);
	__u32 slot = must_put(dp, &key, mask_v4());
	__u16 subtable = dp_flow_subtable(dp, slot);

	dp_flow_remove(dp, slot);
	slot = must_put(dp, &key, mask_v4());
	assert_int_equal(dp_flow_subtable(dp, slot), subtable);
	grace(dp);
	assert_int_equal(dp_n_subtables(dp), 1);
	assert_int_equal(lookup(dp, &key, dp_version(dp)), slot);
	dp_close(dp);
}

/* A key of the port; what port 1 has, with another number. */
static struct xvs_flow_key key_at(__u16 in_port, __u32 n)
{
	struct xvs_flow_key key = key_of(n);

	key.in_port = in_port;
	return key;
}

/* A flow of the port under mask_of(n_mask). */
static __u32 put_at(struct dp *dp, __u16 in_port, __u32 n_mask)
{
	struct xvs_flow_key key = key_at(in_port, n_mask), mask = mask_of(n_mask);

	return must_put(dp, &key, &mask);
}

/* The port's list in force leads to the subtables of these flows, in this order. */
static void assert_list(const struct dp *dp, __u16 in_port, const __u32 *slot, __u32 n)
{
	const struct xvs_probe_list *list =
		&dp->t.probe[xvs_probe_index(dp->t.control->probe_order, in_port)];

	assert_int_equal(list->n, n);
	for (__u32 i = 0; i < n; i++)
		assert_int_equal(list->subtable[i], dp_flow_subtable(dp, slot[i]));
}

static void reorder_follows_hits_and_waits_for_grace(void **state)
{
	struct dp *dp = open_fake(1);
	__u32 s[5];

	for (__u32 i = 0; i < 4; i++)
		s[i] = put_at(dp, 1, i + 1);
	dp_note_hits(dp, s[2], 9);
	dp_note_hits(dp, s[3], 15);
	dp_note_hits(dp, s[3], 5);
	dp_reorder(dp);
	assert_list(dp, 1, (__u32[]){s[3], s[2], s[0], s[1]}, 4);

	/* A lookup may still be in the other order: it stays as it is. */
	dp_note_hits(dp, s[0], 100);
	dp_note_hits(dp, s[2], 9);
	dp_reorder(dp);
	assert_list(dp, 1, (__u32[]){s[3], s[2], s[0], s[1]}, 4);
	s[4] = put_at(dp, 1, 9);
	assert_list(dp, 1, (__u32[]){s[3], s[2], s[0], s[1], s[4]}, 5);

	grace(dp); /* does what was put off, by the hits since it was sorted */
	assert_list(dp, 1, (__u32[]){s[0], s[2], s[3], s[1], s[4]}, 5);
	grace(dp);
	dp_reorder(dp); /* nothing was hit: nothing moves */
	assert_list(dp, 1, (__u32[]){s[0], s[2], s[3], s[1], s[4]}, 5);
	/* A count that is full is more than any other, not less. */
	dp_note_hits(dp, s[1], 1);
	dp_note_hits(dp, s[1], ~0U);
	dp_note_hits(dp, s[4], 3);
	dp_reorder(dp);
	assert_list(dp, 1, (__u32[]){s[1], s[4], s[0], s[2], s[3]}, 5);
	dp_close(dp);
}

/* The same mask is one subtable, with a place of its own in the list of each port. */
static void ports_have_lists_of_their_own(void **state)
{
	struct dp *dp = open_fake(1);
	__u32 a[3], b[2];

	for (__u32 i = 0; i < 3; i++)
		a[i] = put_at(dp, 1, i + 1);
	b[0] = put_at(dp, XVS_MAX_PORTS - 1, 3);
	b[1] = put_at(dp, XVS_MAX_PORTS - 1, 1);
	assert_int_equal(dp_n_subtables(dp), 3);
	assert_int_equal(dp_flow_subtable(dp, b[0]), dp_flow_subtable(dp, a[2]));
	assert_list(dp, 1, a, 3);
	assert_list(dp, XVS_MAX_PORTS - 1, b, 2);
	assert_list(dp, 2, NULL, 0);

	dp_note_hits(dp, a[2], 50); /* moves up for port 1 alone */
	dp_note_hits(dp, b[1], 10);
	dp_reorder(dp);
	assert_list(dp, 1, (__u32[]){a[2], a[0], a[1]}, 3);
	assert_list(dp, XVS_MAX_PORTS - 1, (__u32[]){b[1], b[0]}, 2);
	dp_close(dp);
}

/* A list loses what has no flow of its port; the subtable stays for those who have. */
static void empty_pairs_leave_their_list(void **state)
{
	struct dp *dp = open_fake(1);
	__u32 a[2], b, used = dp->subtables.n_free;

	a[0] = put_at(dp, 1, 1);
	a[1] = put_at(dp, 1, 2);
	b = put_at(dp, 2, 1);
	dp_flow_remove(dp, a[0]);
	assert_list(dp, 1, a, 2); /* until the next order */
	assert_int_equal(dp_port_n_subtables(dp, 1), 2);
	assert_null(dp_port_subtable_mask(dp, 1, 0));
	assert_non_null(dp_port_subtable_mask(dp, 1, 1));
	assert_int_equal(dp_port_n_flows(dp, 1), 1);
	grace(dp);
	assert_int_equal(dp_port_n_subtables(dp, 1), 1);
	assert_list(dp, 1, &a[1], 1);
	assert_list(dp, 2, &b, 1);
	assert_int_equal(dp_n_subtables(dp), 2);
	assert_non_null(dp_port_subtable_mask(dp, 1, 0));
	assert_int_equal(dp_port_end(dp), 3);

	/* Back before it was taken off: it is there once. */
	dp_flow_remove(dp, b);
	b = put_at(dp, 2, 1);
	assert_list(dp, 2, &b, 1);
	assert_int_equal(dp->n_empty, 0);
	/* Back after: at the end. */
	a[0] = put_at(dp, 1, 1);
	assert_list(dp, 1, (__u32[]){a[1], a[0]}, 2);

	dp_flow_remove(dp, a[0]);
	dp_flow_remove(dp, b);
	grace(dp);
	assert_list(dp, 2, NULL, 0);
	assert_int_equal(dp_n_subtables(dp), 1);
	grace(dp);
	assert_int_equal(dp->subtables.n_free, used - 1);
	dp_close(dp);
}

/* The hits of flows that have gone are not those of the ones that come. */
static void pair_that_comes_back_has_no_hits(void **state)
{
	struct dp *dp = open_fake(1);
	__u32 a[2];

	a[0] = put_at(dp, 1, 1);
	a[1] = put_at(dp, 1, 2);
	dp_note_hits(dp, a[1], 100);
	dp_flow_remove(dp, a[1]);
	grace(dp);
	grace(dp);
	a[1] = put_at(dp, 1, 2);
	dp_reorder(dp);
	assert_list(dp, 1, a, 2);
	dp_close(dp);
}

/* What a port leaves behind is nothing, whichever order its lists were in, and its
 * number's next owner begins anew. */
static void cleared_port_has_no_list(void **state)
{
	const struct xvs_port_entry e = {.ifindex = 12, .flags = XVS_PORT_F_USED};
	struct dp *dp = open_fake(1);
	__u32 a[8], b[8];

	assert_int_equal(dp_port_set(dp, 2, &e), 0);
	for (__u32 i = 0; i < 8; i++) {
		a[i] = put_at(dp, 1, i % 4 + 1);
		b[i] = put_at(dp, 2, i + 1);
		dp_note_hits(dp, b[i], i);
		dp_reorder(dp);
		grace(dp);
	}
	dp_port_clear(dp, 2);
	for (__u32 i = 0; i < 8; i++)
		dp_flow_remove(dp, b[i]);
	for (int i = 0; i < 3; i++)
		grace(dp);
	for (__u32 order = 0; order < 2; order++) {
		dp_note_hits(dp, a[order], 9); /* makes an order */
		dp_reorder(dp);
		grace(dp);
		assert_list(dp, 2, NULL, 0);
	}
	assert_int_equal(dp_n_subtables(dp), 4);
	assert_int_equal(dp->subtables.n_free, XVS_MAX_SUBTABLES - 4);
	b[0] = put_at(dp, 2, 7);
	assert_list(dp, 2, b, 1);
	dp_close(dp);
}

static struct xvs_op op_output(__u32 port_no, bool last)
{
	return (struct xvs_op){
		.kind = XVS_OP_OUTPUT, .flags = last ? XVS_OP_F_LAST : 0, .port_no = port_no};
}

static int put_program(struct dp *dp, __u32 n, const struct xvs_op *ops, size_t n_ops, __u32 *slot)
{
	struct xvs_flow_key key = key_of(n);
	const struct dp_flow_spec spec = {
		.key = &key,
		.mask = mask_v4(),
		.verdict = XVS_VERDICT_PROGRAM,
		.ops = ops,
		.n_ops = n_ops,
		.version_from = dp_version(dp),
	};

	return dp_flow_put(dp, &spec, slot);
}

static void equal_programs_are_stored_once(void **state)
{
	struct dp *dp = open_fake(1);
	struct xvs_op ops[2] = {{.kind = XVS_OP_DEC_TTL}, op_output(3, true)};
	__u32 a, b, c, n_free = dp->blocks.n_free;
	const struct xvs_action_block *block;

	assert_int_equal(put_program(dp, 1, ops, 2, &a), 0);
	assert_int_equal(put_program(dp, 2, ops, 2, &b), 0);
	ops[1].port_no = 4;
	assert_int_equal(put_program(dp, 3, ops, 2, &c), 0);
	assert_int_equal(dp->t.flows[a].action[0].target, dp->t.flows[b].action[0].target);
	assert_int_not_equal(dp->t.flows[a].action[0].target, dp->t.flows[c].action[0].target);
	assert_int_equal(dp->blocks.n_free, n_free - 2);

	block = &dp->t.blocks[dp->t.flows[c].action[0].target];
	assert_int_equal(block->n_ops, 2);
	assert_int_equal(block->next, 0);
	assert_int_equal(block->changes, 1);
	assert_int_equal(block->n_outputs, 1);
	assert_memory_equal(block->op, ops, sizeof(ops));

	dp_flow_remove(dp, a);
	grace(dp);
	assert_int_equal(dp->blocks.n_free, n_free - 2);
	dp_flow_remove(dp, b);
	assert_int_equal(dp->blocks.n_free, n_free - 2);
	grace(dp);
	assert_int_equal(dp->blocks.n_free, n_free - 1);
	dp_close(dp);
}

static int put_ct(struct dp *dp, const struct xvs_op *ops, size_t n_ops, __u32 *slot)
{
	struct xvs_flow_key key = key_of(1);
	const struct dp_flow_spec spec = {.key = &key,
					  .mask = mask_v4(),
					  .verdict = XVS_VERDICT_CT,
					  .ops = ops,
					  .n_ops = n_ops,
					  .version_from = dp_version(dp)};

	return dp_flow_put(dp, &spec, slot);
}

static void one_ct_is_a_verdict_without_a_program(void **state)
{
	struct dp *dp = open_fake(1);
	struct xvs_op ops[2] = {{.kind = XVS_OP_CT, .flags = XVS_OP_F_LAST, .arg = 7},
				op_output(3, true)};
	__u32 slot, n_free = dp->blocks.n_free;

	assert_int_equal(put_ct(dp, ops, 1, &slot), 0);
	assert_int_equal(dp->t.flows[slot].action[0].verdict, XVS_VERDICT_CT);
	assert_int_equal(dp->t.flows[slot].action[0].target, 7);
	assert_int_equal(dp->blocks.n_free, n_free);
	dp_flow_remove(dp, slot);

	assert_int_equal(put_ct(dp, ops + 1, 1, &slot), -EINVAL);
	ops[0].arg = XVS_MAX_CT_ACTIONS;
	assert_int_equal(put_ct(dp, ops, 1, &slot), -EINVAL);
	ops[0].arg = 0;
	assert_int_equal(put_ct(dp, ops, 1, &slot), -EINVAL);
	ops[0].arg = 8;
	ops[0].flags = 0;
	assert_int_equal(put_ct(dp, ops, 2, &slot), -EINVAL);
	assert_int_equal(put_program(dp, 2, ops, 2, &slot), 0);
	assert_int_equal(dp->t.blocks[dp->t.flows[slot].action[0].target].changes, 1);
	dp_close(dp);
}

static void long_program_is_a_chain(void **state)
{
	struct dp *dp = open_fake(1);
	struct xvs_op ops[XVS_MAX_PROGRAM_OPS + 1];
	__u32 slot, other, at = 0, n_free = dp->blocks.n_free;
	size_t n = 2 * XVS_BLOCK_OPS + 5;

	for (__u32 i = 0; i < XVS_MAX_PROGRAM_OPS + 1; i++)
		ops[i] = op_output(i % 1000 + 1, i == n - 1);
	assert_int_equal(put_program(dp, 1, ops, n, &slot), 0);
	assert_int_equal(n_free - dp->blocks.n_free, 3);
	for (__u16 b = dp->t.flows[slot].action[0].target; b; b = dp->t.blocks[b].next) {
		assert_memory_equal(dp->t.blocks[b].op, ops + at,
				    dp->t.blocks[b].n_ops * sizeof(*ops));
		assert_int_equal(dp->t.blocks[b].n_outputs, n);
		assert_int_equal(dp->t.blocks[b].changes, 0);
		at += dp->t.blocks[b].n_ops;
	}
	assert_int_equal(at, n);
	/* A beginning of it is another program. */
	ops[XVS_BLOCK_OPS - 1].flags = XVS_OP_F_LAST;
	assert_int_equal(put_program(dp, 2, ops, XVS_BLOCK_OPS, &other), 0);
	assert_int_not_equal(dp->t.flows[other].action[0].target,
			     dp->t.flows[slot].action[0].target);

	assert_int_equal(put_program(dp, 3, ops, XVS_MAX_PROGRAM_OPS + 1, &other), -ENOBUFS);
	dp_flow_remove(dp, slot);
	grace(dp);
	assert_int_equal(dp->blocks.n_free, n_free - 1);
	dp_close(dp);
}

static void blocks_run_out_and_nothing_is_left_behind(void **state)
{
	struct dp *dp = open_fake(1);
	struct xvs_op ops[XVS_MAX_PROGRAM_OPS];
	__u32 slot, n = 0, n_slots, n_subtables;

	for (__u32 i = 0; i < XVS_MAX_PROGRAM_OPS; i++)
		ops[i] = op_output(1, i == XVS_MAX_PROGRAM_OPS - 1);
	for (;; n++) {
		ops[0].port_no = n % 1000 + 1;
		ops[1].port_no = n / 1000 + 1;
		n_slots = dp_n_free_slots(dp);
		n_subtables = dp_n_subtables(dp);
		if (put_program(dp, n, ops, XVS_MAX_PROGRAM_OPS, &slot))
			break;
	}
	assert_int_equal(n, (XVS_MAX_BLOCKS - 1) / XVS_MAX_CHAIN);
	assert_int_equal(put_program(dp, n, ops, XVS_MAX_PROGRAM_OPS, &slot), -ENOBUFS);
	assert_int_equal(dp_n_free_slots(dp), n_slots);
	assert_int_equal(dp_n_subtables(dp), n_subtables);
	assert_int_equal(dp_n_flows(dp), n);
	dp_close(dp);
}

/* What ends a program, and which ones change the frame: the host's stack must then
 * have its copy before. */
static void programs_end_and_change(void **state)
{
	const struct {
		struct xvs_op ops[3];
		size_t n_ops;
		__u8 changes;
	} rows[] = {
		{{op_output(1, true)}, 1, 0},
		{{{.kind = XVS_OP_CONTROLLER, .flags = XVS_OP_F_LAST}}, 1, 0},
		{{{.kind = XVS_OP_RECIRC, .flags = XVS_OP_F_LAST, .arg = 1}}, 1, 1},
		{{{.kind = XVS_OP_METER, .arg = 1},
		  {.kind = XVS_OP_CONTROLLER, .arg = 3},
		  op_output(1, true)},
		 3,
		 0},
		{{{.kind = XVS_OP_METER, .arg = XVS_MAX_METERS - 1},
		  {.kind = XVS_OP_PUSH_MPLS, .mask = XVS_BE32(0x88480000)},
		  op_output(1, true)},
		 3,
		 1},
		{{{.kind = XVS_OP_SET, .hdr = XVS_HDR_MPLS, .mask = 1},
		  {.kind = XVS_OP_POP_MPLS, .mask = XVS_BE32(0x08000000)},
		  op_output(1, true)},
		 3,
		 1},
	};
	struct dp *dp = open_fake(1);

	for (__u32 i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct xvs_action_block *b;
		__u32 slot;

		assert_int_equal(put_program(dp, i, rows[i].ops, rows[i].n_ops, &slot), 0);
		b = &dp->t.blocks[dp->t.flows[slot].action[0].target];
		assert_int_equal(b->changes, rows[i].changes);
		assert_int_equal(b->n_outputs,
				 rows[i].ops[rows[i].n_ops - 1].kind == XVS_OP_OUTPUT);
	}
	dp_close(dp);
}

static void malformed_specs_are_refused(void **state)
{
	const struct {
		const char *name;
		struct xvs_op ops[2];
		size_t n_ops;
	} rows[] = {
		{"no operation", {{0}}, 0},
		{"no kind", {{0}, op_output(1, true)}, 2},
		{"unknown kind", {{.kind = XVS_OP_N}, op_output(1, true)}, 2},
		{"no last output", {op_output(1, false), op_output(2, false)}, 2},
		{"two last outputs", {op_output(1, true), op_output(2, true)}, 2},
		{"change behind the last", {op_output(1, true), {.kind = XVS_OP_DEC_TTL}}, 2},
		{"no output", {{.kind = XVS_OP_DEC_TTL}}, 1},
		{"port 0", {op_output(0, true)}, 1},
		{"port beyond", {op_output(XVS_MAX_PORTS, true)}, 1},
		{"odd offset", {{.kind = XVS_OP_SET, .off = 3}, op_output(1, true)}, 2},
		{"far offset", {{.kind = XVS_OP_SET, .off = 62}, op_output(1, true)}, 2},
		{"no header", {{.kind = XVS_OP_SET, .hdr = 9}, op_output(1, true)}, 2},
		{"into a label",
		 {{.kind = XVS_OP_SET, .hdr = XVS_HDR_MPLS, .off = 2}, op_output(1, true)},
		 2},
		{"label of no type", {{.kind = XVS_OP_PUSH_MPLS}, op_output(1, true)}, 2},
		{"label of another type",
		 {{.kind = XVS_OP_PUSH_MPLS, .mask = XVS_BE32(0x08000000)}, op_output(1, true)},
		 2},
		{"no type behind a label", {{.kind = XVS_OP_POP_MPLS}, op_output(1, true)}, 2},
		{"meter 0", {{.kind = XVS_OP_METER}, op_output(1, true)}, 2},
		{"meter beyond",
		 {{.kind = XVS_OP_METER, .arg = XVS_MAX_METERS}, op_output(1, true)},
		 2},
		{"meter at the end", {{.kind = XVS_OP_METER, .flags = XVS_OP_F_LAST, .arg = 1}}, 1},
		{"copy at the end, not last", {{.kind = XVS_OP_CONTROLLER}}, 1},
		{"pass 0", {{.kind = XVS_OP_RECIRC, .flags = XVS_OP_F_LAST}}, 1},
		{"pass that is not last",
		 {{.kind = XVS_OP_RECIRC, .arg = 1}, op_output(1, true)},
		 2},
		{"last operation first",
		 {{.kind = XVS_OP_CONTROLLER, .flags = XVS_OP_F_LAST}, op_output(1, true)},
		 2},
	};
	struct dp *dp = open_fake(1);
	struct xvs_flow_key key = key_of(1);
	struct dp_flow_spec spec = {.key = &key, .mask = mask_v4()};
	__u32 slot;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (put_program(dp, 1, rows[i].ops, rows[i].n_ops, &slot) != -EINVAL)
			fail_msg("%s: not refused", rows[i].name);
	assert_int_equal(dp_flow_put(dp, &spec, &slot), -EINVAL);
	spec.verdict = XVS_VERDICT_OUTPUT;
	assert_int_equal(dp_flow_put(dp, &spec, &slot), -EINVAL);
	assert_int_equal(dp_n_subtables(dp), 0);
	dp_close(dp);
}

static void flow_is_of_one_port(void **state)
{
	const struct {
		__u16 in_port, mask;
		int ret;
	} rows[] = {
		{1, 0xffff, 0},
		{XVS_MAX_PORTS - 1, 0xffff, 0},
		{1, 0, -EINVAL},
		{1, 0xfffe, -EINVAL},
		{1, 0x03ff, -EINVAL},
		{0, 0xffff, -EINVAL},
		{XVS_MAX_PORTS, 0xffff, -EINVAL},
		{0xffff, 0xffff, -EINVAL},
	};
	struct dp *dp = open_fake(1);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct xvs_flow_key key = key_at(rows[i].in_port, 1), mask = *mask_v4();
		__u32 slot;

		mask.in_port = rows[i].mask;
		assert_int_equal(put(dp, &key, &mask, &slot), rows[i].ret);
	}
	assert_int_equal(dp_n_flows(dp), 2);
	assert_int_equal(dp_n_subtables(dp), 1);
	dp_close(dp);
}

/* A model of what is published, against the tables after many random steps. */
#define N_MODEL 3000
#define N_MASKS 24
#define N_PORTS 5 /* each has flows of all masks */

static void random_steps_agree_with_a_model(void **state)
{
	struct dp *dp = open_crowded(512, 128);
	__u32 *slot = calloc(N_MODEL, sizeof(*slot)), n_published = 0;

	for (int step = 0; step < 60000; step++) {
		__u32 n = (__u32)(random64() % N_MODEL);
		struct xvs_flow_key key = key_at((__u16)(n % N_PORTS + 1), n);
		struct xvs_flow_key mask = mask_of(n % N_MASKS + 1);

		/* nw_src tells all flows apart [I5] */
		if (slot[n]) {
			assert_int_equal(lookup(dp, &key, dp_version(dp)), slot[n]);
			assert_int_equal(dp_flow_find(dp, &key, &mask), slot[n]);
			dp_flow_remove(dp, slot[n]);
			assert_int_equal(dp_flow_find(dp, &key, &mask), 0);
			slot[n] = 0;
			n_published--;
		} else if (put(dp, &key, &mask, &slot[n])) {
			slot[n] = 0;
		} else {
			n_published++;
		}
		if (step % 17 == 0)
			dp_grace_begin(dp);
		if (step % 17 == 11)
			dp_grace_end(dp, NULL, NULL);
		if (slot[n])
			dp_note_hits(dp, slot[n], random64() % 3);
		if (step % 101 == 0)
			dp_reorder(dp);
	}
	assert_int_equal(dp_n_flows(dp), n_published);
	assert_true(n_published > 1000);
	for (__u32 n = 0; n < N_MODEL; n++) {
		struct xvs_flow_key key = key_at((__u16)(n % N_PORTS + 1), n);

		assert_int_equal(lookup(dp, &key, dp_version(dp)), slot[n]);
		if (slot[n])
			dp_flow_remove(dp, slot[n]);
	}
	/* All gone: every number is back in its pool, after the grace period that is
	 * under way, one for the last flip of the probe order, one for the masks. */
	for (int i = 0; i < 3; i++)
		grace(dp);
	assert_int_equal(dp->slots.n_free, dp->config.n_slots - 1);
	assert_int_equal(dp->overflow.n_free, dp->config.n_overflow);
	assert_int_equal(dp->subtables.n_free, XVS_MAX_SUBTABLES);
	assert_int_equal(dp_n_subtables(dp), 0);
	free(slot);
	dp_close(dp);
}

/* A reader on another thread. 'rounds' grows between lookups: a grace period
 * has passed when it has grown by two. */
struct reader {
	struct dp *dp;
	__u32 slot[8];
	__u64 rounds;
	__u32 n_lost;
	bool stop;
};

static void *reader_main(void *aux)
{
	struct reader *r = aux;

	while (!__atomic_load_n(&r->stop, __ATOMIC_ACQUIRE)) {
		for (__u32 i = 0; i < 8; i++) {
			struct xvs_flow_key key = key_at((__u16)(i % N_PORTS + 1), i);

			if (lookup(r->dp, &key, 1) != r->slot[i])
				r->n_lost++;
		}
		__atomic_store_n(&r->rounds, r->rounds + 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void wait_for_reader(struct reader *r)
{
	__u64 begin = __atomic_load_n(&r->rounds, __ATOMIC_ACQUIRE);

	while (__atomic_load_n(&r->rounds, __ATOMIC_ACQUIRE) < begin + 2)
		sched_yield();
}

static void standing_flows_hit_while_others_come_and_go(void **state)
{
	struct dp *dp = open_crowded(64, 64);
	struct reader r = {.dp = dp};
	__u32 slot[200] = {0};
	pthread_t thread;

	for (__u32 i = 0; i < 8; i++) {
		struct xvs_flow_key key = key_at((__u16)(i % N_PORTS + 1), i);
		struct xvs_flow_key mask = mask_of(i % N_MASKS + 1);

		r.slot[i] = must_put(dp, &key, &mask);
	}
	assert_int_equal(pthread_create(&thread, NULL, reader_main, &r), 0);
	for (int step = 0; step < 40000; step++) {
		__u32 n = (__u32)(random64() % 200);
		struct xvs_flow_key key = key_at((__u16)(n % N_PORTS + 1), n + 1000);
		struct xvs_flow_key mask = mask_of(n % N_MASKS + 1);

		if (slot[n]) {
			dp_flow_remove(dp, slot[n]);
			slot[n] = 0;
		} else if (put(dp, &key, &mask, &slot[n])) {
			slot[n] = 0;
		}
		if (step % 100)
			continue;
		for (int i = 0; i < 8; i++)
			dp_note_hits(dp, r.slot[i], random64() % 50);
		for (n = 0; n < 200; n++)
			if (slot[n])
				dp_note_hits(dp, slot[n], random64() % 50);
		dp_reorder(dp);
		dp_grace_begin(dp);
		wait_for_reader(&r);
		dp_grace_end(dp, NULL, NULL);
	}
	__atomic_store_n(&r.stop, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	assert_true(r.rounds > 100);
	assert_int_equal(r.n_lost, 0);
	dp_close(dp);
}

static void statistics_are_sums_over_lanes(void **state)
{
	struct dp *dp = open_fake(3);
	__u32 n_slots = dp->config.n_slots;
	struct xvs_flow_stats f;
	struct xvs_port_stats p;
	struct xvs_counters c;

	assert_int_equal(dp->config.n_lanes, 4);
	dp->t.flow_stats[0 * n_slots + 5] = (struct xvs_flow_stats){1, 100, 50, 0x02, {0}};
	dp->t.flow_stats[2 * n_slots + 5] = (struct xvs_flow_stats){2, 200, 40, 0x10, {0}};
	dp_flow_count(dp, 5, 4, 400, 0x01);
	dp_flow_stats(dp, 5, &f);
	assert_int_equal(f.packets, 7);
	assert_int_equal(f.bytes, 700);
	assert_int_equal(f.used_jiffies, 50);
	assert_int_equal(f.tcp_flags, 0x13);

	dp->t.port_stats[1 * XVS_MAX_PORTS + 9].rx_packets = 5;
	dp_my_port_stats(dp, 9)->rx_packets += 2;
	dp_my_port_stats(dp, 9)->upcalls_done += 1;
	dp_port_stats(dp, 9, &p);
	assert_int_equal(p.rx_packets, 7);
	assert_int_equal(p.upcalls_done, 1);

	dp->t.counters[2].megaflow_hits = 3;
	dp_my_counters(dp)->upcalls_handled++;
	dp_counters(dp, &c);
	assert_int_equal(c.megaflow_hits, 3);
	assert_int_equal(c.upcalls_handled, 1);

	dp->t.drops[(1 * XVS_MAX_PORTS + 9) * XVS_DROP_N + XVS_DROP_METER] = 6;
	dp_count_drop(dp, 9, XVS_DROP_METER, 2);
	assert_int_equal(dp_drops(dp, 9, XVS_DROP_METER), 8);
	assert_int_equal(dp_drops(dp, 9, XVS_DROP_ACTION), 0);
	dp_close(dp);
}

/* Forwarding threads count between the CPUs and the daemon. */
static void forwarding_lanes_are_part_of_every_sum(void **state)
{
	struct dp *dp = open_forwarding(2);
	__u32 n_slots = dp->config.n_slots, first = dp->config.cpu_lanes;
	struct xvs_meter_stats m;
	struct xvs_flow_stats f;
	struct xvs_port_stats p;
	struct xvs_counters c;
	__u32 meter;

	assert_int_equal(dp->config.n_lanes, 2 + 2 + 1);
	assert_int_equal(dp_meter_alloc(dp, &meter), 0);
	for (__u32 lane = first; lane < first + dp->config.forward_lanes; lane++) {
		dp->t.flow_stats[lane * n_slots + 5].packets = 3;
		dp->t.port_stats[lane * XVS_MAX_PORTS + 9].rx_packets = 3;
		dp->t.counters[lane].microflow_hits = 3;
		dp->t.drops[(lane * XVS_MAX_PORTS + 9) * XVS_DROP_N + XVS_DROP_METER] = 3;
		dp->t.meter_stats[lane * XVS_MAX_METERS + meter].packets = 3;
	}
	dp_flow_count(dp, 5, 1, 100, 0);
	dp_my_port_stats(dp, 9)->rx_packets++;
	dp_my_counters(dp)->microflow_hits++;
	dp_count_drop(dp, 9, XVS_DROP_METER, 1);

	dp_flow_stats(dp, 5, &f);
	dp_port_stats(dp, 9, &p);
	dp_counters(dp, &c);
	dp_meter_stats(dp, meter, &m);
	assert_int_equal(f.packets, 7);
	assert_int_equal(p.rx_packets, 7);
	assert_int_equal(c.microflow_hits, 7);
	assert_int_equal(dp_drops(dp, 9, XVS_DROP_METER), 7);
	assert_int_equal(m.packets, 6);
	dp_stats_clear_slot(dp, 5);
	dp_port_forget(dp, 9);
	dp_flow_stats(dp, 5, &f);
	dp_port_stats(dp, 9, &p);
	assert_int_equal(f.packets, 0);
	assert_int_equal(p.rx_packets, 0);
	assert_int_equal(dp_drops(dp, 9, XVS_DROP_METER), 0);
	dp_close(dp);
}

static __u32 port_of(const struct dp *dp, __u32 ifindex)
{
	for (__u32 i = 0; i < XVS_IFINDEX_PROBES; i++) {
		const struct xvs_ifindex_entry *e =
			&dp->t.ifindex[(ifindex + i) & (XVS_IFINDEX_SLOTS - 1)];

		if (!e->ifindex)
			return 0;
		if (e->ifindex == ifindex)
			return e->port_no;
	}
	return 0;
}

static void sockets_are_those_of_a_port_and_queue(void **state)
{
	struct dp *dp = open_fake(1);

	assert_int_equal(dp_fake_xsk(dp, 7, 0), -1);
	assert_int_equal(dp_rx_socket_set(dp, 7, 0, 40), 0);
	assert_int_equal(dp_rx_socket_set(dp, 7, XVS_XSK_QUEUES - 1, 41), 0);
	assert_int_equal(dp_rx_socket_set(dp, 8, 0, 42), 0);
	assert_int_equal(dp_fake_xsk(dp, 7, 0), 40);
	assert_int_equal(dp_fake_xsk(dp, 7, XVS_XSK_QUEUES - 1), 41);
	dp_rx_sockets_clear(dp, 7);
	assert_int_equal(dp_fake_xsk(dp, 7, 0), -1);
	assert_int_equal(dp_fake_xsk(dp, 7, XVS_XSK_QUEUES - 1), -1);
	assert_int_equal(dp_fake_xsk(dp, 8, 0), 42);

	assert_int_equal(dp_rx_socket_set(dp, 0, 0, 40), -EINVAL);
	assert_int_equal(dp_rx_socket_set(dp, XVS_MAX_PORTS, 0, 40), -EINVAL);
	assert_int_equal(dp_rx_socket_set(dp, 7, XVS_XSK_QUEUES, 40), -EINVAL);
	assert_int_equal(dp_rx_socket_set(dp, 7, 0, -1), -EINVAL);
	assert_int_equal(dp_rx_socket_set(dp, XVS_MAX_PORTS - 1, XVS_XSK_QUEUES - 1, 1), 0);
	dp_close(dp);
}

static void port_is_reached_by_its_device(void **state)
{
	struct dp *dp = open_fake(1);
	struct xvs_port_entry e = {.ifindex = 12,
				   .flags = XVS_PORT_F_USED | XVS_PORT_F_UP,
				   .hook = XVS_HOOK_TC,
				   .mac = {2, 0, 0, 0, 0, 1}};
	__u16 generation;

	assert_int_equal(dp_port_set(dp, 3, &e), 0);
	assert_int_equal(port_of(dp, 12), 3);
	assert_int_equal(dp_fake_devmap(dp, 3), 0);
	generation = dp->t.ports[3].generation;

	e.flags |= XVS_PORT_F_XDP_TX;
	assert_int_equal(dp_port_set(dp, 3, &e), 0);
	assert_int_equal(dp_fake_devmap(dp, 3), 12);
	assert_int_equal(dp->t.ports[3].flags, e.flags);
	assert_int_equal(dp->t.ports[3].generation, generation);
	e.flags &= (__u16)~XVS_PORT_F_XDP_TX;
	assert_int_equal(dp_port_set(dp, 3, &e), 0);
	assert_int_equal(dp_fake_devmap(dp, 3), 0);

	e.ifindex = 13; /* the device went and came back */
	assert_int_equal(dp_port_set(dp, 3, &e), 0);
	assert_int_equal(port_of(dp, 12), 0);
	assert_int_equal(port_of(dp, 13), 3);
	assert_int_not_equal(dp->t.ports[3].generation, generation);

	dp_port_clear(dp, 3);
	assert_int_equal(port_of(dp, 13), 0);
	assert_int_equal(dp->t.ports[3].flags, 0);
	assert_int_equal(dp_port_set(dp, 0, &e), -EINVAL);
	assert_int_equal(dp_port_set(dp, XVS_MAX_PORTS, &e), -EINVAL);
	dp_close(dp);
}

/* Two ports on one device: the way from the device is its own port's. */
static void a_host_port_is_found_by_its_device(void **state)
{
	struct dp *dp = open_fake(1);
	struct xvs_port_entry device = {
		.ifindex = 12, .flags = XVS_PORT_F_USED, .hook = XVS_HOOK_TC};
	struct xvs_port_entry host = {.ifindex = 12,
				      .flags = XVS_PORT_F_USED | XVS_PORT_F_STACK,
				      .hook = XVS_HOOK_EGRESS,
				      .fail_open = 1};

	assert_int_equal(dp_port_set(dp, 3, &device), 0);
	assert_int_equal(dp_port_set(dp, 2, &host), 0);
	assert_int_equal(port_of(dp, 12), 3);
	assert_int_equal(dp->t.ports[3].host_port, 0);
	assert_int_equal(dp->t.ports[2].fail_open, 1);
	device.flags |= XVS_PORT_F_SHARED;
	device.host_port = 2;
	assert_int_equal(dp_port_set(dp, 3, &device), 0);
	assert_int_equal(dp->t.ports[3].host_port, 2);

	dp_port_clear(dp, 2);
	assert_int_equal(port_of(dp, 12), 3);
	assert_int_equal(dp->t.ports[2].fail_open, 0);
	dp_port_clear(dp, 3);
	assert_int_equal(dp->t.ports[3].host_port, 0);
	assert_int_equal(port_of(dp, 12), 0);
	dp_close(dp);
}

static void colliding_devices_are_found_and_go_alone(void **state)
{
	struct dp *dp = open_fake(1);
	struct xvs_port_entry e = {.flags = XVS_PORT_F_USED, .hook = XVS_HOOK_TC};

	for (__u16 i = 1; i <= XVS_IFINDEX_PROBES; i++) {
		e.ifindex = 7 + i * XVS_IFINDEX_SLOTS;
		assert_int_equal(dp_port_set(dp, i, &e), 0);
	}
	for (__u16 i = 1; i <= XVS_IFINDEX_PROBES; i++)
		assert_int_equal(port_of(dp, 7 + i * XVS_IFINDEX_SLOTS), i);
	e.ifindex = 7 + 9 * XVS_IFINDEX_SLOTS;
	assert_int_equal(dp_port_set(dp, 9, &e), -ENOSPC);
	assert_int_equal(dp->t.ports[9].flags, 0);
	dp_port_clear(dp, 1);
	for (__u16 i = 2; i <= XVS_IFINDEX_PROBES; i++)
		assert_int_equal(port_of(dp, 7 + i * XVS_IFINDEX_SLOTS), i);
	assert_int_equal(dp_port_set(dp, 9, &e), 0);
	assert_int_equal(port_of(dp, e.ifindex), 9);
	dp_close(dp);
}

/* Against the plain truth, with devices that crowd around the end of the table. */
static void random_devices_are_found(void **state)
{
	struct dp *dp = open_fake(1);
	__u32 ifindex[16] = {0};

	for (int step = 0; step < 20000; step++) {
		__u16 port_no = (__u16)(random64() % 15 + 1);
		__u32 wanted =
			(__u32)(XVS_IFINDEX_SLOTS * (1 + random64() % 9) - 3 + random64() % 6);
		struct xvs_port_entry e = {.ifindex = wanted, .flags = XVS_PORT_F_USED};
		bool taken = false;

		for (__u16 i = 1; i < 16; i++)
			taken = taken || ifindex[i] == wanted;
		if (ifindex[port_no]) {
			dp_port_clear(dp, port_no);
			ifindex[port_no] = 0;
		} else if (!taken && !dp_port_set(dp, port_no, &e)) {
			ifindex[port_no] = wanted;
		}
		for (__u16 i = 1; i < 16; i++)
			if (ifindex[i])
				assert_int_equal(port_of(dp, ifindex[i]), i);
	}
	dp_close(dp);
}

static void count_upcall(void *aux, const struct xvs_upcall *upcall, size_t size)
{
	int *n = aux;

	assert_int_equal(upcall->port_no, 4);
	assert_int_equal(size, sizeof(*upcall) + 60);
	(*n)++;
}

static void upcalls_come_in_bounded_batches(void **state)
{
	struct dp *dp = open_fake(1);
	struct xvs_upcall *u = calloc(1, sizeof(*u) + 60);
	struct xvs_flow_stats stats;
	int n = 0;

	*u = (struct xvs_upcall){.len = 60, .port_no = 4, .jiffies = JIFFIES};
	for (int i = 0; i < 5; i++)
		assert_int_equal(dp_fake_upcall(dp, u, sizeof(*u) + 60), 0);
	u->len = 61; /* says more than there is: never handed out */
	assert_int_equal(dp_fake_upcall(dp, u, sizeof(*u) + 60), 0);
	free(u);
	assert_int_equal(dp_upcall_consume(dp, 3, count_upcall, &n), 3);
	assert_int_equal(dp_upcall_consume(dp, 100, count_upcall, &n), 2);
	assert_int_equal(n, 5);
	dp_flow_count(dp, 1, 1, 60, 0);
	dp_flow_stats(dp, 1, &stats);
	assert_int_equal(stats.used_jiffies, JIFFIES);
	dp_close(dp);
}

static void inflight_word_counts_down_to_nothing(void **state)
{
	struct dp *dp = open_fake(1);
	struct xvs_upcall u = {.hash = 0x1234567800000042ULL, .flags = XVS_UPCALL_F_COUNTED};
	union xvs_inflight *w = &dp->t.inflight[0x42];

	w->tag = 0x1235; /* the hash's upper bits, odd */
	w->stamp = 7;
	w->sent = 2;
	dp_upcall_done(dp, &u);
	assert_int_equal(w->done, 1);
	assert_int_equal(w->sent, 2);
	dp_upcall_done(dp, &u);
	assert_int_equal(w->word, 0);
	dp_upcall_done(dp, &u); /* nothing is in flight */
	assert_int_equal(w->word, 0);

	w->tag = 0x7777; /* another microflow's */
	w->sent = 1;
	dp_upcall_done(dp, &u);
	assert_int_equal(w->done, 0);
	dp_close(dp);
}

static void default_tables_fit_their_budget(void **state)
{
	const struct dp_options opt = {.flow_limit = 65536};
	struct dp_memory m;
	struct dp *dp;

	assert_int_equal(dp_open_fake(&opt, 2, &dp), 0);
	dp_memory(dp, &m);
	assert_int_equal(m.total_bytes, m.fixed_bytes + 2 * m.per_cpu_bytes);
	assert_true(m.fixed_bytes > 65536 * sizeof(struct xvs_flow));
	assert_true(m.per_cpu_bytes >= XVS_MICROFLOW_ELEMS * sizeof(struct xvs_microflow_elem));
	assert_true(m.total_bytes <= 104 << 20); /* of which connections are 55 */
	assert_true(dp->config.n_slots > 65536 + XVS_FLOW_SLOTS_SPARE);
	assert_true(dp->config.n_buckets * 2 >= dp->config.n_slots);
	dp_close(dp);
}

static void a_million_connections_fit_512_mib(void **state)
{
	struct xvs_config none = {0}, million;
	const struct dp_options opt = {.ct_limit = 1 << 20};
	struct dp_memory m = {0}, without = {0};

	assert_int_equal(dp_shape_config(&million, &opt, 2), 0);
	assert_true(million.n_ct_buckets * XVS_CT_WAYS >= (1 << 20) + (1 << 18));
	dp_sizes_sum(&million, &m);
	none = million;
	none.n_ct_buckets = 0;
	dp_sizes_sum(&none, &without);
	assert_true(m.fixed_bytes - without.fixed_bytes <= 512UL << 20);
}

static void lanes_are_capped(void **state)
{
	struct dp_options opt = {0};
	struct xvs_config c;

	assert_int_equal(dp_shape_config(&c, &opt, XVS_MAX_CPU_LANES + 1), 0);
	assert_int_equal(c.cpu_lanes, XVS_MAX_CPU_LANES);
	assert_int_equal(c.forward_lanes, 0);
	assert_int_equal(c.n_lanes, XVS_MAX_CPU_LANES + 1);
	assert_int_equal(c.shared_lanes, 1);
	opt.forward_lanes = XVS_MAX_FORWARD_LANES + 1;
	assert_int_equal(dp_shape_config(&c, &opt, 2), -EINVAL);
	opt.forward_lanes = XVS_MAX_FORWARD_LANES;
	assert_int_equal(dp_shape_config(&c, &opt, XVS_MAX_CPU_LANES), 0);
	assert_int_equal(c.forward_lanes, XVS_MAX_FORWARD_LANES);
	assert_int_equal(c.n_lanes, XVS_MAX_LANES);
	assert_int_equal(dp_shape_config(&c, &opt, 2), 0);
	assert_int_equal(c.forward_lanes, 3); /* a thread that all share, one a CPU */
	assert_int_equal(c.n_lanes, 2 + 3 + 1);
	opt.flow_limit = XVS_FLOW_LIMIT_MAX + 1;
	assert_int_equal(dp_shape_config(&c, &opt, 1), -EINVAL);
	opt.flow_limit = XVS_FLOW_LIMIT_MAX;
	assert_int_equal(dp_shape_config(&c, &opt, 2), 0);
	assert_int_equal(c.shared_lanes, 0);
	/* What BPF masks with */
	assert_int_equal(c.n_buckets & (c.n_buckets - 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(put_is_found_by_its_mask),
		cmocka_unit_test(widest_mask_matches_all_of_the_port),
		cmocka_unit_test(versions_bound_what_a_packet_sees),
		cmocka_unit_test(removed_slot_waits_for_its_grace_period),
		cmocka_unit_test(retired_slot_cannot_be_hinted),
		cmocka_unit_test(full_table_is_left_as_it_was),
		cmocka_unit_test(equal_tags_go_to_the_overflow_bucket_then_are_refused),
		cmocka_unit_test(empty_overflow_bucket_is_reused_after_grace_only),
		cmocka_unit_test(subtables_run_out_and_come_back),
		cmocka_unit_test(empty_subtable_is_taken_again_by_its_mask),
		cmocka_unit_test(reorder_follows_hits_and_waits_for_grace),
		cmocka_unit_test(ports_have_lists_of_their_own),
		cmocka_unit_test(empty_pairs_leave_their_list),
		cmocka_unit_test(pair_that_comes_back_has_no_hits),
		cmocka_unit_test(cleared_port_has_no_list),
		cmocka_unit_test(equal_programs_are_stored_once),
		cmocka_unit_test(one_ct_is_a_verdict_without_a_program),
		cmocka_unit_test(long_program_is_a_chain),
		cmocka_unit_test(blocks_run_out_and_nothing_is_left_behind),
		cmocka_unit_test(programs_end_and_change),
		cmocka_unit_test(malformed_specs_are_refused),
		cmocka_unit_test(flow_is_of_one_port),
		cmocka_unit_test(random_steps_agree_with_a_model),
		cmocka_unit_test(standing_flows_hit_while_others_come_and_go),
		cmocka_unit_test(statistics_are_sums_over_lanes),
		cmocka_unit_test(forwarding_lanes_are_part_of_every_sum),
		cmocka_unit_test(sockets_are_those_of_a_port_and_queue),
		cmocka_unit_test(port_is_reached_by_its_device),
		cmocka_unit_test(a_host_port_is_found_by_its_device),
		cmocka_unit_test(colliding_devices_are_found_and_go_alone),
		cmocka_unit_test(random_devices_are_found),
		cmocka_unit_test(upcalls_come_in_bounded_batches),
		cmocka_unit_test(inflight_word_counts_down_to_nothing),
		cmocka_unit_test(default_tables_fit_their_budget),
		cmocka_unit_test(a_million_connections_fit_512_mib),
		cmocka_unit_test(lanes_are_capped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
