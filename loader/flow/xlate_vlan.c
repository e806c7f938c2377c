// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * VLAN tags in a translation: a stack of tags as the actions want it and one as
 * the frame has it, and the operations that lead from one to the other. NORMAL
 * wants different tags at different ports, without a change for the actions
 * behind it; that is why the stacks can part and meet again.
 *
 * The key does not hold the packet's TPIDs: a tag of its own that is popped for
 * one port and needed again for the next comes back with 0x8100.
 */
#include "xlate_private.h"

#define TCI_BITS (XVS_VLAN_VID_MASK | XVS_VLAN_PCP_MASK)

/* Puts the packet's own tag, if it has it, below all others, in both stacks. */
static void read_tag(struct xlate_ctx *ctx, unsigned int id)
{
	struct vlan_stack *stacks[] = {&ctx->vlan, &ctx->frame_vlan};
	struct vlan_tag tag = {.id = id, .tpid = XLATE_TPID};

	if (!xlate_vlan_bits(ctx, &tag, XVS_VLAN_PRESENT))
		return;
	for (int i = 0; i < 2; i++) {
		struct vlan_stack *s = stacks[i];

		if (s->n == XLATE_MAX_TAGS) {
			ctx->too_big = true;
			return;
		}
		memmove(&s->tag[1], &s->tag[0], s->n * sizeof(s->tag[0]));
		s->tag[0] = tag;
		s->n++;
	}
}

struct vlan_tag *xlate_vlan_top(struct xlate_ctx *ctx)
{
	if (!ctx->vlan_read) {
		ctx->vlan_read = true;
		read_tag(ctx, XLATE_TAG_OUTER);
	}
	/* No tag left, but the frame had one: what was below it? */
	if (!ctx->vlan.n && !ctx->inner_read && (ctx->in->key->vlan_tci != 0)) {
		ctx->inner_read = true;
		read_tag(ctx, XLATE_TAG_INNER);
	}
	return ctx->vlan.n ? &ctx->vlan.tag[ctx->vlan.n - 1] : NULL;
}

__u16 xlate_vlan_bits(struct xlate_ctx *ctx, const struct vlan_tag *tag, __u16 mask)
{
	__u16 own = mask & (__u16)~tag->mask;
	__u16 bits = tag->value & mask;

	if (tag->id == XLATE_TAG_OUTER) {
		ctx->out->mask.vlan_tci |= XVS_BE16(own);
		bits |= XVS_FROM_BE16(ctx->in->key->vlan_tci) & own;
	} else if (tag->id == XLATE_TAG_INNER) {
		ctx->out->mask.vlan_tci1 |= XVS_BE16(own);
		bits |= XVS_FROM_BE16(ctx->in->key->vlan_tci1) & own;
	}
	return bits;
}

static void push(struct xlate_ctx *ctx, struct vlan_stack *s, __be16 tpid, __u16 tci)
{
	if (s->n == XLATE_MAX_TAGS) {
		ctx->too_big = true;
		return;
	}
	s->tag[s->n++] = (struct vlan_tag){
		.id = ctx->next_tag_id++,
		.tpid = tpid,
		.mask = TCI_BITS,
		.value = tci & TCI_BITS,
	};
}

void xlate_vlan_push(struct xlate_ctx *ctx, __be16 tpid, __u16 tci)
{
	/* The tags below must be in the stack before one goes on top of them. */
	xlate_vlan_top(ctx);
	push(ctx, &ctx->vlan, tpid, tci);
}

void xlate_vlan_pop(struct xlate_ctx *ctx)
{
	if (xlate_vlan_top(ctx))
		ctx->vlan.n--;
}

static void set_bits(struct vlan_tag *tag, __u16 mask, __u16 value)
{
	tag->mask |= mask;
	tag->value = (__u16)((tag->value & ~mask) | (value & mask));
}

void xlate_vlan_set(struct xlate_ctx *ctx, __u16 mask, __u16 value)
{
	struct vlan_tag *tag = xlate_vlan_top(ctx);

	if (tag)
		set_bits(tag, mask & TCI_BITS, value);
	else
		push(ctx, &ctx->vlan, XLATE_TPID, value & mask);
}

struct vlan_stack xlate_vlan_for(struct xlate_ctx *ctx, __u16 vlan)
{
	struct vlan_tag *top = xlate_vlan_top(ctx);
	struct vlan_stack s = ctx->vlan;

	if (!vlan) {
		if (top)
			s.n--;
	} else if (!top) {
		push(ctx, &s, XLATE_TPID, vlan);
	} else if (xlate_vlan_bits(ctx, top, XVS_VLAN_VID_MASK) != vlan) {
		set_bits(&s.tag[s.n - 1], XVS_VLAN_VID_MASK, vlan);
	}
	return s;
}

/* The same tag in the frame and as wanted: writes the bits that differ. */
static void commit_tag(struct xlate_ctx *ctx, const struct vlan_tag *have,
		       const struct vlan_tag *want)
{
	__u16 as_wanted = have->mask & want->mask & (__u16) ~(have->value ^ want->value);
	__u16 mask = (have->mask | want->mask) & (__u16)~as_wanted;
	struct xvs_op op = {.kind = XVS_OP_SET_VLAN};

	if (!mask)
		return;
	op.mask = XVS_BE32(mask);
	op.value = XVS_BE32(xlate_vlan_bits(ctx, want, mask));
	xlate_emit(ctx, &op);
}

static void commit_push(struct xlate_ctx *ctx, const struct vlan_tag *tag)
{
	__u32 tci = xlate_vlan_bits(ctx, tag, TCI_BITS);
	struct xvs_op op = {
		.kind = XVS_OP_PUSH_VLAN,
		.value = XVS_BE32((__u32)XVS_FROM_BE16(tag->tpid) << 16 | tci),
	};

	xlate_emit(ctx, &op);
}

void xlate_vlan_commit(struct xlate_ctx *ctx, const struct vlan_stack *want)
{
	const struct xvs_op pop = {.kind = XVS_OP_POP_VLAN};
	struct vlan_stack *have = &ctx->frame_vlan;
	unsigned int common = 0;

	while (common < have->n && common < want->n && have->tag[common].id == want->tag[common].id)
		common++;
	for (; have->n > common; have->n--)
		xlate_emit(ctx, &pop);
	if (common)
		commit_tag(ctx, &have->tag[common - 1], &want->tag[common - 1]);
	for (unsigned int i = common; i < want->n; i++)
		commit_push(ctx, &want->tag[i]);
	*have = *want;
}
