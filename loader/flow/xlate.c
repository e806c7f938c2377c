// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A translation from end to end: how it begins, and how what the actions did
 * becomes a mask and a verdict. Tables and actions are in xlate_action.c, outputs
 * in xlate_output.c, and what becomes of field writes in xlate_commit.c.
 */
#include "xlate.h"

#include <errno.h>

#include "proto.h"
#include "xlate_private.h"

_Static_assert(XVS_FLOW_KEY_SEQ == 1, "the key has changed: visit the masks that are always set");

/* What the fast path must compare in any case: without it a packet of another
 * protocol could look like one of this megaflow, or find no header where an
 * operation writes. */
static void mask_always(const struct flow_key *key, struct flow_key *mask)
{
	mask->recirc_id = ~0U;
	mask->in_port = 0xffff;
	mask->dl_type = 0xffff;
	if (flow_is_ip(key))
		mask->nw_frag = XVS_FRAG_ANY | XVS_FRAG_LATER;
}

/*
 * Takes L3 and L4 bits out of the mask that a packet of these protocols does
 * not have: rules for other protocols were looked at, but the bits are always
 * zero here, and what says so (EtherType, protocol, ICMP type) stays in the
 * mask. It keeps megaflows short and their masks few.
 *
 * Bits of ports without the protocol are what a search without stages may have
 * looked at. The protocol comes in with them: what is trimmed here depends on
 * it, and must not differ between packets that the mask does not tell apart.
 */
static void mask_trim(const struct flow_key *key, struct flow_key *mask)
{
	int end = FLOW_STAGE_L4_END;
	struct flow_key has;

	for (int i = FLOW_STAGE_L3_END; i < FLOW_STAGE_L4_END; i++)
		if (flow_is_ip(key) && mask->w[i])
			mask->nw_proto = 0xff;
	if (flow_is_ip(key)) {
		if (mask->nw_proto != 0xff)
			end = FLOW_STAGE_L3_END;
		else if (key->nw_proto == PROTO_ICMPV6 && mask->tp_src != 0xffff)
			end = FLOW_STAGE_L3_END;
	}
	flow_exact_mask(key, &has);
	for (int i = FLOW_STAGE_L2_END; i < end; i++)
		mask->w[i] &= has.w[i];
}

/* Before the trim: the last level un-wildcards fields that the packet may not
 * have. */
static void round_mask(struct xlate_ctx *ctx)
{
	struct flow_key before = ctx->out->mask, added;

	ctx->out->deps.others |= xlate_dep_mask(ctx->in->key->in_port);
	mask_step_round(&ctx->out->mask, ctx->in->mask_level,
			ctx->in->key->dl_type == XVS_BE16(0x86dd));
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		added.w[i] = ctx->out->mask.w[i] & ~before.w[i];
	xlate_trace_mask(ctx->trace, "the cache has many masks: un-wildcards", &added,
			 &ctx->out->mask);
}

/* The packet is dropped, and something may be left to do for it. */
static void drop_all(struct xlate_ctx *ctx, enum xvs_drop_reason reason)
{
	struct xlate_out *out = ctx->out;

	out->n_ops = 0;
	out->verdict = XVS_VERDICT_DROP;
	out->reason = reason;
	if (xlate_policy_notes_drop(ctx, reason))
		out->verdict = XVS_VERDICT_PROGRAM;
}

/* What changes the packet behind its last way out is seen by nobody; a meter that jumps
 * there ends the packet. */
static void trim_program(struct xlate_out *out)
{
	while (out->n_ops && !xlate_ends_packet(&out->ops[out->n_ops - 1]))
		out->n_ops--;
	for (size_t i = 0; i < out->n_ops; i++)
		if (out->ops[i].kind == XVS_OP_METER && i + out->ops[i].value >= out->n_ops)
			out->ops[i].value = 0;
}

static void decide_error(struct xlate_ctx *ctx)
{
	if (!ctx->too_big || ctx->error)
		return;
	xlate_trace_add(ctx->trace, "more than %d operations, %d tags or %d labels: drop",
			XVS_MAX_PROGRAM_OPS, XLATE_MAX_TAGS, XLATE_MAX_LABELS);
	ctx->error = XVS_DROP_PROGRAM_LIMIT;
}

static void finish_program(struct xlate_ctx *ctx)
{
	struct xlate_out *out = ctx->out;

	trim_program(out);
	if (out->n_ops)
		xlate_policy_finish(ctx);
	decide_error(ctx);
	if (ctx->error || !out->n_ops) {
		drop_all(ctx, ctx->error    ? ctx->error
			      : ctx->reason ? ctx->reason
					    : XVS_DROP_ACTION);
		return;
	}
	out->ops[out->n_ops - 1].flags |= XVS_OP_F_LAST;
	if (out->n_ops == 1 && out->ops[0].kind == XVS_OP_OUTPUT) {
		out->verdict = XVS_VERDICT_OUTPUT;
		out->out_port = (__u16)out->ops[0].port_no;
	} else if (out->n_ops == 1 && out->ops[0].kind == XVS_OP_CT) {
		out->verdict = XVS_VERDICT_CT;
	} else {
		out->verdict = XVS_VERDICT_PROGRAM;
	}
}

static void finish(struct xlate_ctx *ctx)
{
	const struct xlate_in *in = ctx->in;
	struct xlate_out *out = ctx->out;

	/* Registers were zero for every packet. */
	for (int i = 0; i < FLOW_KEY_OWN_WORDS; i++)
		out->mask.w[i] = 0;
	if (ctx->trace)
		ctx->trace->key = in->key;
	if (in->exact) {
		struct flow_key all;

		flow_exact_mask(in->key, &all);
		flow_mask_or(&out->mask, &all);
		xlate_trace_mask(ctx->trace, "megaflows are off: un-wildcards", &all, &all);
	}
	round_mask(ctx);
	mask_trim(in->key, &out->mask);
	finish_program(ctx);
}

static void begin(struct xlate_ctx *ctx, const struct xlate_in *in, struct xlate_out *out)
{
	ctx->in = in;
	ctx->out = out;
	ctx->trace = in->trace;
	ctx->sw = in->sw;
	ctx->tail = true;
	ctx->next_tag_id = XLATE_TAG_PUSHED;
	ctx->want.flow = *in->key;
	/* Registers, and the number of the pass, are the same for all packets. */
	for (int i = 0; i < FLOW_KEY_OWN_WORDS; i++)
		ctx->want.known.w[i] = ~0ULL;
	ctx->want.flow.recirc_id = 0;
	ctx->want.known.recirc_id = ~0U;
	xlate_mpls_begin(ctx);

	/* Operations beyond n_ops stay as they are: they are most of it. */
	memset(out, 0, offsetof(struct xlate_out, ops));
	out->rule = NULL;
	out->learned = out->unlearned = false;
	out->deps = (struct xlate_deps){0};
	xlate_refs_clear(&out->refs);
	mask_always(in->key, &out->mask);
	ctx->told = out->mask;
	if (in->trace)
		in->trace->key = in->key;
	xlate_trace_mask(ctx->trace, "always un-wildcards", &out->mask, &out->mask);
}

int xlate(const struct xlate_in *in, struct xlate_out *out)
{
	struct xlate_ctx ctx;

	memset(&ctx, 0, offsetof(struct xlate_ctx, frozen_want));
	begin(&ctx, in, out);
	if (in->key->recirc_id)
		xlate_thaw(&ctx);
	else
		xlate_enter(&ctx);
	if (ctx.freezing || ctx.frozen_copy)
		xlate_recirc_finish(&ctx);
	else
		xlate_ct_keep_last(&ctx);
	xlate_learn_finish(&ctx);
	finish(&ctx);
	return out->refs.failed ? -ENOMEM : 0;
}

void xlate_out_fini(struct xlate_out *out)
{
	xlate_refs_fini(&out->refs);
}
