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

static void put_below(struct xlate_ctx *ctx, struct vlan_stack *s, const struct vlan_tag *tag)
{
	if (s->n == XLATE_MAX_TAGS) {
		ctx->too_big = true;
		return;
	}
	memmove(&s->tag[1], &s->tag[0], s->n * sizeof(s->tag[0]));
	s->tag[0] = *tag;
	s->n++;
}

static __be16 own_tci(const struct xlate_ctx *ctx, unsigned int id)
{
	return id == XLATE_TAG_OUTER ? ctx->in->key->vlan_tci : ctx->in->key->vlan_tci1;
}

static void bring_in(struct xlate_ctx *ctx, struct vlan_stack *s, unsigned int id)
{
	const struct vlan_tag tag = {.id = id, .tpid = XLATE_TPID};

	if (own_tci(ctx, id) & XVS_BE16(XVS_VLAN_PRESENT))
		put_below(ctx, s, &tag);
}

/* Brings the packet's own tags in that have been read since the stack was copied. */
static void refresh(struct xlate_ctx *ctx, struct vlan_stack *s)
{
	if (ctx->outer_read && !s->outer_read)
		bring_in(ctx, s, XLATE_TAG_OUTER);
	if (ctx->inner_read && !s->inner_read)
		bring_in(ctx, s, XLATE_TAG_INNER);
	s->outer_read |= ctx->outer_read;
	s->inner_read |= ctx->inner_read;
}

/* The 'depth'-th tag from the outside, from 0. Below the tags that are in the
 * stack may be those of the packet's that nobody has looked at. */
static struct vlan_tag *tag_at(struct xlate_ctx *ctx, unsigned int depth)
{
	struct vlan_stack *s = &ctx->want.vlan;

	if (!ctx->outer_read) {
		ctx->outer_read = true;
		ctx->out->mask.vlan_tci |= XVS_BE16(XVS_VLAN_PRESENT);
	}
	refresh(ctx, s);
	if (s->n <= depth && !ctx->inner_read && ctx->in->key->vlan_tci) {
		ctx->inner_read = true;
		ctx->out->mask.vlan_tci1 |= XVS_BE16(XVS_VLAN_PRESENT);
		refresh(ctx, s);
	}
	return s->n > depth ? &s->tag[s->n - 1 - depth] : NULL;
}

struct vlan_tag *xlate_vlan_top(struct xlate_ctx *ctx)
{
	return tag_at(ctx, 0);
}

struct vlan_tag *xlate_vlan_second(struct xlate_ctx *ctx)
{
	return tag_at(ctx, 1);
}

static bool is_own(const struct vlan_tag *tag, unsigned int id)
{
	return tag->id == id && !tag->mask;
}

bool xlate_vlan_is_own(const struct xlate_ctx *ctx)
{
	const struct vlan_stack *s = &ctx->want.vlan;
	unsigned int n = s->n;

	if (s->outer_read && own_tci(ctx, XLATE_TAG_OUTER) & XVS_BE16(XVS_VLAN_PRESENT) &&
	    (!n || !is_own(&s->tag[--n], XLATE_TAG_OUTER)))
		return false;
	if (s->inner_read && own_tci(ctx, XLATE_TAG_INNER) & XVS_BE16(XVS_VLAN_PRESENT) &&
	    (!n || !is_own(&s->tag[--n], XLATE_TAG_INNER)))
		return false;
	return !n;
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
	push(ctx, &ctx->want.vlan, tpid, tci);
}

void xlate_vlan_pop(struct xlate_ctx *ctx)
{
	if (xlate_vlan_top(ctx))
		ctx->want.vlan.n--;
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
		push(ctx, &ctx->want.vlan, XLATE_TPID, value & mask);
}

struct vlan_stack xlate_vlan_for(struct xlate_ctx *ctx, bool tagged, __u16 vlan)
{
	struct vlan_tag *top = xlate_vlan_top(ctx);
	struct vlan_stack s = ctx->want.vlan;

	if (!tagged || !vlan) {
		if (top && !(tagged && xlate_vlan_bits(ctx, top, XVS_VLAN_PCP_MASK)))
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

void xlate_vlan_commit(struct xlate_ctx *ctx, const struct vlan_stack *wanted)
{
	const struct xvs_op pop = {.kind = XVS_OP_POP_VLAN};
	struct vlan_stack *have = &ctx->frame_vlan, want = *wanted;
	unsigned int common = 0;

	refresh(ctx, have);
	refresh(ctx, &want);
	while (common < have->n && common < want.n && have->tag[common].id == want.tag[common].id)
		common++;
	for (; have->n > common; have->n--)
		xlate_emit(ctx, &pop);
	if (common)
		commit_tag(ctx, &have->tag[common - 1], &want.tag[common - 1]);
	for (unsigned int i = common; i < want.n; i++)
		commit_push(ctx, &want.tag[i]);
	*have = want;
}

/* Like xlate_vlan_bits of all bits, for a packet that is looked up. */
static __be16 tag_tci(const struct xlate_ctx *ctx, const struct vlan_tag *tag)
{
	__u16 own = 0;

	if (tag->id == XLATE_TAG_OUTER || tag->id == XLATE_TAG_INNER)
		own = XVS_FROM_BE16(own_tci(ctx, tag->id)) & (__u16)~tag->mask;
	return XVS_BE16((tag->value & tag->mask) | own | XVS_VLAN_PRESENT);
}

void xlate_vlan_key(const struct xlate_ctx *ctx, __be16 *tci, __be16 *tci1)
{
	const struct vlan_stack *s = &ctx->want.vlan;
	__be16 all[XLATE_MAX_TAGS + 2];
	unsigned int n = 0;

	if (!s->inner_read && own_tci(ctx, XLATE_TAG_INNER))
		all[n++] = own_tci(ctx, XLATE_TAG_INNER);
	if (!s->outer_read && own_tci(ctx, XLATE_TAG_OUTER))
		all[n++] = own_tci(ctx, XLATE_TAG_OUTER);
	for (unsigned int i = 0; i < s->n; i++)
		all[n++] = tag_tci(ctx, &s->tag[i]);
	*tci = n ? all[n - 1] : 0;
	*tci1 = n > 1 ? all[n - 2] : 0;
}

void xlate_vlan_unwildcard(struct xlate_ctx *ctx, __u16 tci, __u16 tci1)
{
	const __u16 bits = (__u16)~XVS_VLAN_PRESENT;
	struct vlan_tag *tag;

	/* Nobody has touched them: what is read is the packet's own. */
	if (!ctx->outer_read) {
		ctx->out->mask.vlan_tci |= XVS_BE16(tci);
		ctx->out->mask.vlan_tci1 |= XVS_BE16(tci1);
		return;
	}
	tag = tci ? xlate_vlan_top(ctx) : NULL;
	if (tag)
		xlate_vlan_bits(ctx, tag, tci & bits);
	tag = tci1 ? xlate_vlan_second(ctx) : NULL;
	if (tag)
		xlate_vlan_bits(ctx, tag, tci1 & bits);
}
