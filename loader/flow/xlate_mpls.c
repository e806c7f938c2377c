// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * MPLS labels in a translation, as xlate_vlan.c has tags: a stack as the actions
 * want it and one as the frame has it. What is below a label, the actions do not
 * see: its headers are put aside at the first push, and are back when the last
 * pushed label is popped. A label that came with the packet hides headers that
 * the parser has not seen either: after its pop only another pass knows them.
 *
 * Source: RFC 3032; what a new label is filled with is Open vSwitch's choice.
 */
#include "proto.h"
#include "xlate_private.h"

#define LSE_BOTTOM XVS_BE32(0x00000100)
#define LSE_TC_SHIFT 9
#define LSE_LABEL_SHIFT 12
#define LABEL_IPV4_NULL 0U
#define LABEL_IPV6_NULL 2U
#define DEFAULT_TTL 64U

static bool is_mpls(__be16 dl_type)
{
	return dl_type == XVS_BE16(0x8847) || dl_type == XVS_BE16(0x8848);
}

void xlate_mpls_begin(struct xlate_ctx *ctx)
{
	const struct flow_key *key = ctx->in->key;

	ctx->next_label_id = XLATE_LABEL_OWN + 1;
	if (!is_mpls(key->dl_type))
		return;
	ctx->want.mpls.n = 1;
	ctx->want.mpls.label[0] = (struct mpls_label){
		.id = XLATE_LABEL_OWN,
		.ethertype = key->dl_type,
	};
	ctx->frame_mpls = ctx->want.mpls;
}

bool xlate_mpls_is_own(const struct xlate_ctx *ctx)
{
	const struct mpls_stack *s = &ctx->want.mpls;

	if (!is_mpls(ctx->in->key->dl_type))
		return !s->n;
	return s->n == 1 && s->label[0].id == XLATE_LABEL_OWN && !s->label[0].mask;
}

static __be32 label_bits(struct xlate_ctx *ctx, const struct mpls_label *l, __be32 mask)
{
	__be32 own = mask & ~l->mask;

	if (l->id != XLATE_LABEL_OWN)
		return l->value & mask;
	ctx->out->mask.mpls_lse |= own;
	return (l->value & mask) | (ctx->in->key->mpls_lse & own);
}

__be32 xlate_mpls_bits(struct xlate_ctx *ctx, __be32 mask)
{
	const struct mpls_stack *s = &ctx->want.mpls;

	return s->n ? label_bits(ctx, &s->label[s->n - 1], mask) : 0;
}

__be32 xlate_mpls_key(const struct xlate_ctx *ctx)
{
	const struct mpls_stack *s = &ctx->want.mpls;
	const struct mpls_label *l = s->n ? &s->label[s->n - 1] : NULL;

	if (!l)
		return 0;
	return l->value | (l->id == XLATE_LABEL_OWN ? ctx->in->key->mpls_lse & ~l->mask : 0);
}

void xlate_mpls_set(struct xlate_ctx *ctx, __be32 mask, __be32 value)
{
	struct mpls_stack *s = &ctx->want.mpls;
	struct mpls_label *l = s->n ? &s->label[s->n - 1] : NULL;

	if (!l)
		return;
	l->mask |= mask;
	l->value = (l->value & ~mask) | (value & mask);
}

/* The first label of a packet: explicit null, with the packet's own class and TTL. */
static __be32 first_lse(struct xlate_ctx *ctx)
{
	const struct flow_key *flow = &ctx->want.flow;
	__u32 label = flow->dl_type == XVS_BE16(DL_TYPE_IPV6) ? LABEL_IPV6_NULL : LABEL_IPV4_NULL;
	__u32 tc = 0, ttl = DEFAULT_TTL;

	if (flow_is_ip(flow)) {
		struct flow_key wc = {.nw_tos = 0xfc, .nw_ttl = 0xff};

		xlate_unwildcard(ctx, &wc);
		tc = flow->nw_tos >> 2 & 7;
		if (flow->nw_ttl)
			ttl = flow->nw_ttl;
	}
	return XVS_BE32(label << LSE_LABEL_SHIFT | tc << LSE_TC_SHIFT | ttl) | LSE_BOTTOM;
}

/* Puts the headers from L3 on aside; what is seen of them is zero. */
static void hide_headers(struct xlate_want *w)
{
	w->below = w->flow;
	w->below_known = w->known;
	for (int i = FLOW_STAGE_L2_END; i < FLOW_KEY_WORDS; i++) {
		w->flow.w[i] = 0;
		w->known.w[i] = ~0ULL;
	}
}

static void bare_headers(struct xlate_want *w)
{
	for (int i = FLOW_STAGE_L2_END; i < FLOW_KEY_WORDS; i++) {
		w->flow.w[i] = w->below.w[i];
		w->known.w[i] = w->below_known.w[i];
	}
}

static void set_dl_type(struct xlate_want *w, __be16 ethertype)
{
	w->flow.dl_type = ethertype;
	w->known.dl_type = 0xffff;
}

void xlate_mpls_push(struct xlate_ctx *ctx, __be16 ethertype)
{
	struct xlate_want *w = &ctx->want;
	struct mpls_label l = {
		.id = ctx->next_label_id++,
		.ethertype = ethertype,
		.below = w->flow.dl_type,
		.mask = ~0U,
	};

	if (w->mpls.n == XLATE_MAX_LABELS) {
		xlate_trace_add(ctx->trace, "more than %d labels: drop", XLATE_MAX_LABELS);
		ctx->too_big = true;
		return;
	}
	if (w->mpls.n) {
		l.value = xlate_mpls_bits(ctx, ~0U) & ~LSE_BOTTOM;
	} else {
		l.value = first_lse(ctx);
		hide_headers(w);
	}
	w->mpls.label[w->mpls.n++] = l;
	set_dl_type(w, ethertype);
}

void xlate_mpls_pop(struct xlate_ctx *ctx, __be16 ethertype)
{
	struct xlate_want *w = &ctx->want;
	struct mpls_label *top;

	if (!w->mpls.n) {
		xlate_trace_add(ctx->trace, "pop_mpls: no label");
		return;
	}
	top = &w->mpls.label[--w->mpls.n];
	if (w->mpls.n)
		w->mpls.label[w->mpls.n - 1].ethertype = ethertype;
	if (!w->mpls.n && top->id == XLATE_LABEL_OWN)
		w->unparsed = true;
	else if (!w->mpls.n)
		bare_headers(w);
	set_dl_type(w, ethertype);
}

static void emit_set(struct xlate_ctx *ctx, const struct mpls_label *have,
		     const struct mpls_label *want)
{
	__be32 as_wanted = have->mask & want->mask & ~(have->value ^ want->value);
	__be32 mask = (have->mask | want->mask) & ~as_wanted;
	struct xvs_op op = {.kind = XVS_OP_SET, .hdr = XVS_HDR_MPLS};

	if (!mask)
		return;
	op.mask = mask;
	op.value = label_bits(ctx, want, mask);
	xlate_emit(ctx, &op);
}

/* The EtherType of the frame with 'n' labels left, on its way to what is wanted. */
static __be16 bared_type(const struct xlate_ctx *ctx, unsigned int n, unsigned int common)
{
	const struct mpls_stack *want = &ctx->want.mpls;

	if (n)
		return (n == common ? want : &ctx->frame_mpls)->label[n - 1].ethertype;
	return want->n ? want->label[0].below : ctx->want.flow.dl_type;
}

/* Labels, from the innermost, that are in the frame as they are wanted. The type in
 * front of the last one may differ if a pop is about to write it. */
static unsigned int common_labels(const struct xlate_ctx *ctx)
{
	const struct mpls_stack *have = &ctx->frame_mpls, *want = &ctx->want.mpls;
	unsigned int n = 0;

	while (n < have->n && n < want->n && have->label[n].id == want->label[n].id &&
	       (have->label[n].ethertype == want->label[n].ethertype ||
		(n == want->n - 1 && have->n > want->n)))
		n++;
	return n;
}

bool xlate_mpls_commit_pops(struct xlate_ctx *ctx, bool below_changes)
{
	struct mpls_stack *have = &ctx->frame_mpls;
	const struct mpls_stack *want = &ctx->want.mpls;
	bool own = have->n && have->label[0].id == XLATE_LABEL_OWN;
	unsigned int common = common_labels(ctx);

	if (below_changes && !own)
		common = 0;
	while (have->n > common) {
		const struct mpls_label *l = &have->label[--have->n];
		struct xvs_op op = {
			.kind = XVS_OP_POP_MPLS,
			.mask = XVS_BE32((__u32)XVS_FROM_BE16(bared_type(ctx, have->n, common))
					 << 16),
			.value = l->id != XLATE_LABEL_OWN,
		};

		xlate_emit(ctx, &op);
	}
	if (common) {
		emit_set(ctx, &have->label[common - 1], &want->label[common - 1]);
		have->label[common - 1] = want->label[common - 1];
	}
	return !common && !own;
}

void xlate_mpls_commit_pushes(struct xlate_ctx *ctx)
{
	struct mpls_stack *have = &ctx->frame_mpls;
	const struct mpls_stack *want = &ctx->want.mpls;

	for (; have->n < want->n; have->n++) {
		const struct mpls_label *l = &want->label[have->n];
		struct xvs_op op = {
			.kind = XVS_OP_PUSH_MPLS,
			.mask = XVS_BE32((__u32)XVS_FROM_BE16(l->ethertype) << 16),
			.value = label_bits(ctx, l, ~0U),
		};

		xlate_emit(ctx, &op);
		have->label[have->n] = *l;
	}
}
