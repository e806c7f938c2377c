// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Megaflows: written, published, ended and removed with plain stores into the
 * memory that lookups read at the same time [I1]-[I3], [I6], [I8]. Where the
 * index goes is dp_bucket.c's, masks are dp_subtable.c's, the lists that lead to them
 * dp_order.c's, programs dp_program.c's.
 */
#include "dp_private.h"

#include <errno.h>
#include <string.h>

static int spec_check(const struct dp_flow_spec *spec)
{
	/* The port's packets alone are led to the flow. */
	if (spec->mask->in_port != 0xffff || !spec->key->in_port ||
	    spec->key->in_port >= XVS_MAX_PORTS)
		return -EINVAL;
	switch (spec->verdict) {
	case XVS_VERDICT_DROP:
		return spec->drop_reason < XVS_DROP_LAST ? 0 : -EINVAL;
	case XVS_VERDICT_OUTPUT:
		return spec->out_port && spec->out_port < XVS_MAX_PORTS ? 0 : -EINVAL;
	case XVS_VERDICT_PROGRAM:
		if (spec->n_ops > XVS_MAX_PROGRAM_OPS)
			return -ENOBUFS;
		return dp_program_is_valid(spec->ops, spec->n_ops) ? 0 : -EINVAL;
	case XVS_VERDICT_CT:
		return dp_program_is_ct(spec->ops, spec->n_ops) ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

/*
 * The generation of a slot is even while it is written and published, odd once it
 * is retired, and never the same twice. A lookup may have loaded the index of a
 * flow before it was unpublished, and note a hint with the generation that it reads
 * after: that one is odd, names a flow that ends before all versions, and is stale
 * before the slot is written again [I3] [I4].
 */
static void generation_begin(struct xvs_flow *f)
{
	XVS_WRITE_ONCE(f->generation, (f->generation | 1) + 1);
	/* No store into the slot is seen before it. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static void generation_end(struct xvs_flow *f)
{
	XVS_WRITE_ONCE(f->version_to, 0);
	__atomic_store_n(&f->generation, f->generation + 1, __ATOMIC_RELEASE);
}

/* With a reference to the program, if it has one. 0, -ENOBUFS. */
static int action_make(struct dp *dp, const struct dp_flow_spec *spec,
		       struct xvs_flow_action *action)
{
	*action = (struct xvs_flow_action){.verdict = (__u8)spec->verdict};
	if (spec->verdict == XVS_VERDICT_PROGRAM)
		return dp_program_get(dp, spec->ops, spec->n_ops, &action->target);
	if (spec->verdict == XVS_VERDICT_OUTPUT)
		action->target = spec->out_port;
	else if (spec->verdict == XVS_VERDICT_CT)
		action->target = (__u16)spec->ops[0].arg;
	else
		action->drop_reason = (__u8)spec->drop_reason;
	return 0;
}

static void action_release(struct dp *dp, const struct xvs_flow_action *action)
{
	if (action->verdict == XVS_VERDICT_PROGRAM)
		dp_program_put(dp, action->target);
}

/* The one that the version to come has, or the one in force. */
static struct xvs_flow_action *newest_action(struct xvs_flow *f)
{
	return &f->action[f->turn & 1];
}

int dp_flow_put(struct dp *dp, const struct dp_flow_spec *spec, __u32 *slot)
{
	struct dp_place place;
	struct xvs_flow *f;
	bool fresh;
	__u32 index, subtable;
	int err = spec_check(spec);

	if (err)
		return err;
	if (!dp->slots.n_free)
		return -ENOSPC;
	err = dp_subtable_get(dp, spec->mask, &fresh);
	if (err < 0)
		return err;
	subtable = (__u32)err;

	index = dp_pool_get(&dp->slots);
	f = &dp->t.flows[index];
	/* A program that had found the slot's last flow may have made a hint of it
	 * as late as in the grace period: from here on no hint fits. */
	__atomic_store_n(&f->generation, f->generation + 1, __ATOMIC_SEQ_CST);
	generation_begin(f);
	memset(f->key, 0, sizeof(f->key));
	err = dp_bucket_find_place(dp, dp_subtable_pack(dp, subtable, spec->key, f->key), &place);
	if (err)
		goto err_slot;
	err = action_make(dp, spec, &f->action[0]);
	if (err)
		goto err_place;
	f->turn = 0;
	f->version_from = spec->version_from;
	f->n_words = (__u8)dp->t.subtables[subtable].n_words;
	f->subtable = (__u16)subtable;
	f->in_port = spec->key->in_port;

	/* Complete: now it matches versions, so that a hint finds all or nothing. */
	__atomic_store_n(&f->version_to, XVS_VERSION_MAX, __ATOMIC_RELEASE);
	if (fresh)
		dp_subtable_use(dp, subtable);
	dp_order_add_flow(dp, f->in_port, subtable);
	dp_bucket_publish(dp, &place, index);
	dp->bucket_of[index] = 1 + place.bucket;
	dp->n_flows++;
	*slot = index;
	return 0;

err_place:
	dp_bucket_cancel(dp, &place);
err_slot:
	dp_pool_put(&dp->slots, index);
	if (fresh)
		dp_subtable_cancel(dp, subtable);
	return err;
}

void dp_flow_prefetch(struct dp *dp, const struct xvs_flow_key *key,
		      const struct xvs_flow_key *mask)
{
	int subtable = dp_subtable_find(dp, mask);
	__u64 packed[XVS_KEY_WORDS], hash;

	if (subtable < 0)
		return;
	hash = dp_subtable_pack(dp, (__u32)subtable, key, packed);
	__builtin_prefetch(&dp->t.buckets[dp_bucket_primary(dp, hash)]);
}

__u32 dp_flow_find(struct dp *dp, const struct xvs_flow_key *key, const struct xvs_flow_key *mask)
{
	int subtable = dp_subtable_find(dp, mask);
	__u64 packed[XVS_KEY_WORDS], hash;
	__u32 slot, at = 0;

	if (subtable < 0)
		return 0;
	hash = dp_subtable_pack(dp, (__u32)subtable, key, packed);
	while ((slot = dp_bucket_next(dp, hash, &at))) {
		const struct xvs_flow *f = &dp->t.flows[slot];

		if (f->subtable == subtable && f->version_to == XVS_VERSION_MAX &&
		    !memcmp(f->key, packed, f->n_words * sizeof(packed[0])))
			return slot;
	}
	return 0;
}

int dp_flow_change(struct dp *dp, __u32 slot, const struct dp_flow_spec *spec)
{
	struct xvs_flow *f = &dp->t.flows[slot];
	__u32 next = !(f->turn & 1);
	struct xvs_flow_action action;
	int err = spec_check(spec);

	if (err)
		return err;
	/* 'turn' has no room for a version beyond. */
	if (f->turn >> 1 > dp->settled_version || spec->version_from > XVS_FLOW_TURN_MAX)
		return -EBUSY;
	err = action_make(dp, spec, &action);
	if (err)
		return err;
	/* Its blocks are kept by the grace period that follows the commit. */
	action_release(dp, newest_action(f));
	f->action[next] = action;
	__atomic_store_n(&f->turn, spec->version_from << 1 | next, __ATOMIC_RELEASE);
	dp->changed_version = spec->version_from;
	return 0;
}

void dp_flow_end(struct dp *dp, __u32 slot, __u32 version)
{
	XVS_WRITE_ONCE(dp->t.flows[slot].version_to, version);
}

void dp_flow_remove(struct dp *dp, __u32 slot)
{
	struct xvs_flow *f = &dp->t.flows[slot];

	if (!dp->bucket_of[slot])
		return;
	dp_bucket_unpublish(dp, dp->bucket_of[slot] - 1, slot);
	/* A program that has the index already may still take the flow once; no
	 * version matches it from here on, whatever hint is made of it. */
	__atomic_store_n(&f->version_to, 0, __ATOMIC_RELEASE);
	/* Behind the index [I3]: hints and hand-overs fail from here on. */
	generation_end(f);
	action_release(dp, newest_action(f));
	dp_order_remove_flow(dp, f->in_port, f->subtable);
	dp->bucket_of[slot] = 0;
	dp->n_flows--;
	dp_pool_retire(&dp->slots, slot);
}

__u32 dp_n_flows(const struct dp *dp)
{
	return dp->n_flows;
}

__u32 dp_n_free_slots(const struct dp *dp)
{
	return dp->slots.n_free;
}

__u16 dp_flow_subtable(const struct dp *dp, __u32 slot)
{
	return dp->t.flows[slot].subtable;
}

__u32 dp_version(const struct dp *dp)
{
	return dp->t.control->version;
}

void dp_version_commit(struct dp *dp)
{
	__atomic_store_n(&dp->t.control->version, dp->t.control->version + 1, __ATOMIC_RELEASE);
}
