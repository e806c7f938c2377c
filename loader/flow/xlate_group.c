// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Groups in a translation. A bucket works on a copy of the packet. Which one
 * `select` takes is decided here, by a hash whose fields go into the megaflow's
 * mask: packets that hit have no choice to make, and each bucket's counters are
 * those of its megaflows.
 */
#include "xlate_private.h"

static void run_bucket(struct xlate_ctx *ctx, const void *arg)
{
	const struct group_bucket *b = arg;

	xlate_actions(ctx, &b->ordered);
}

static void run(struct xlate_ctx *ctx, struct group *g, const struct group_bucket *b)
{
	struct xlate_ref ref = {
		.kind = XLATE_REF_BUCKET,
		.group = g,
		.bucket = (size_t)(b - g->buckets),
	};

	xlate_trace_add(ctx->trace, "bucket %u:", b->id);
	xlate_refs_add(&ctx->out->refs, &ref);
	ctx->depth++;
	xlate_on_copy(ctx, run_bucket, b);
	ctx->depth--;
	ctx->exit = false; /* ends the bucket only */
}

static const struct group_bucket *select_bucket(struct xlate_ctx *ctx, const struct group *g)
{
	struct flow_key key, mask;

	xlate_key(ctx, &key);
	group_hash_mask(g, &key, &mask);
	xlate_unwildcard(ctx, &mask);
	return group_select(ctx->sw, g, group_hash(g, &key));
}

static void run_one(struct xlate_ctx *ctx, struct group *g, const struct group_bucket *b)
{
	if (b) {
		run(ctx, g, b);
		return;
	}
	xlate_trace_add(ctx->trace, "no bucket is alive");
	xlate_skip(ctx, XVS_DROP_ACTION);
}

void xlate_group(struct xlate_ctx *ctx, __u32 id)
{
	struct group *g = group_find(ctx->sw->groups, id);

	xlate_depends(ctx, XLATE_DEP_GROUP, id);
	if (!g) {
		xlate_trace_add(ctx->trace, "group %u: no such group", id);
		xlate_skip(ctx, XVS_DROP_ACTION);
		return;
	}
	xlate_trace_add(ctx->trace, "group %u:", id);
	if (ctx->trace)
		ctx->trace->indent++;
	switch (g->type) {
	case GROUP_ALL:
		for (size_t i = 0; i < g->n_buckets; i++)
			run(ctx, g, &g->buckets[i]);
		break;
	case GROUP_SELECT:
		xlate_depends(ctx, XLATE_DEP_ALIVE, 0);
		run_one(ctx, g, select_bucket(ctx, g));
		break;
	case GROUP_INDIRECT:
		run_one(ctx, g, g->n_buckets ? &g->buckets[0] : NULL);
		break;
	case GROUP_FAST_FAILOVER:
		xlate_depends(ctx, XLATE_DEP_ALIVE, 0);
		run_one(ctx, g, group_first_alive(ctx->sw, g));
		break;
	case GROUP_TYPE_N:
		break;
	}
	if (ctx->trace)
		ctx->trace->indent--;
}
