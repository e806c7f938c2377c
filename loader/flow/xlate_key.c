// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The packet during a translation: what decisions read of it and what actions
 * write. Reading goes through here so that no bit decides without being in the
 * megaflow's mask [I5]. Tags and labels have stacks of their own (xlate_vlan.c,
 * xlate_mpls.c), and the TTL may be counted down without being known.
 */
#include "xlate_private.h"

_Static_assert(XVS_FLOW_KEY_SEQ == 1, "the key has changed: visit the fields with special ways");

static bool is_vlan(const struct field *f)
{
	return f->id == FIELD_VLAN_TCI || f->id == FIELD_DL_VLAN || f->id == FIELD_DL_VLAN_PCP;
}

static bool is_label(const struct field *f)
{
	return f->offset == offsetof(struct flow_key, mpls_lse);
}

static bool is_ttl(const struct field *f)
{
	return f->offset == offsetof(struct flow_key, nw_ttl);
}

/* It is read and written where it stands in the key. */
static bool is_plain(const struct field *f)
{
	return !is_vlan(f) && f->id != FIELD_VLAN_TCI1 && !is_label(f) && !is_ttl(f);
}

/* The words of a key that have the field: one, or two of an IPv6 address. */
static unsigned int first_word(const struct field *f)
{
	return f->offset / 8;
}

static unsigned int last_word(const struct field *f)
{
	return (f->offset + f->size - 1u) / 8;
}

static void clear_words_of(const struct field *f, struct flow_key *key)
{
	for (unsigned int i = first_word(f); i <= last_word(f); i++)
		key->w[i] = 0;
}

void xlate_begin_reading(const struct xlate_ctx *ctx, struct flow_key *wc)
{
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		wc->w[i] = ctx->out->mask.w[i] | ctx->want.known.w[i];
	/* What these are may have changed since they were read. */
	wc->vlan_tci = wc->vlan_tci1 = 0;
	wc->mpls_lse = 0;
	if (ctx->want.known.nw_ttl != 0xff)
		wc->nw_ttl = 0;
}

void xlate_unwildcard(struct xlate_ctx *ctx, const struct flow_key *wc)
{
	const struct flow_key *known = &ctx->want.known;
	struct flow_key *mask = &ctx->out->mask;
	__be16 tci = mask->vlan_tci, tci1 = mask->vlan_tci1;
	__be32 lse = mask->mpls_lse;

	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		mask->w[i] |= wc->w[i] & ~known->w[i];
	mask->vlan_tci = tci;
	mask->vlan_tci1 = tci1;
	mask->mpls_lse = lse;
	/* Any bit of a TTL that was counted down depends on all of it. */
	if (ctx->want.n_dec && wc->nw_ttl & ~known->nw_ttl)
		mask->nw_ttl = 0xff;
	if (wc->vlan_tci || wc->vlan_tci1)
		xlate_vlan_unwildcard(ctx, XVS_FROM_BE16(wc->vlan_tci),
				      XVS_FROM_BE16(wc->vlan_tci1));
	if (wc->mpls_lse)
		xlate_mpls_bits(ctx, wc->mpls_lse);
}

void xlate_read(struct xlate_ctx *ctx, size_t offset, size_t n)
{
	const __u8 *known = (const __u8 *)&ctx->want.known;
	__u8 *mask = (__u8 *)&ctx->out->mask;

	for (size_t i = offset; i < offset + n; i++)
		mask[i] |= (__u8)~known[i];
}

void xlate_key(struct xlate_ctx *ctx, struct flow_key *key)
{
	*key = ctx->want.flow;
	xlate_vlan_key(ctx, &key->vlan_tci, &key->vlan_tci1);
	key->mpls_lse = xlate_mpls_key(ctx);
}

/* What actions have written is the same in all packets of the megaflow, and need not
 * be what this one had. Behind a label that was pushed or popped there may be other
 * headers. */
__u32 xlate_rewritten(const struct xlate_ctx *ctx, const struct flow_key *key)
{
	const __u64 *known = ctx->want.known.w + FLOW_KEY_OWN_WORDS;
	__u32 words = 0;

	if (!xlate_mpls_is_own(ctx))
		return ~0U;
	for (unsigned int i = 0; i < XVS_KEY_WORDS; i++)
		if (known[i] || key->pkt.w[i] != ctx->in->key->pkt.w[i])
			words |= 1U << i;
	/* All packets of the megaflow are of this pass, and came by this port. */
	if (key->in_port == ctx->in->key->in_port)
		words &= ~(1U << XVS_KEY_WORD(in_port));
	if (ctx->want.n_dec)
		words |= 1U << XVS_KEY_WORD(nw_ttl);
	if (!xlate_vlan_is_own(ctx))
		words |= 1U << XVS_KEY_WORD(vlan_tci) | 1U << XVS_KEY_WORD(vlan_tci1);
	return words;
}

/* Neighbour discovery is what the packet's own type says, not one that an action
 * has set, and code 0; anything else has no such layout. */
static bool has_nd(struct xlate_ctx *ctx, const struct field *f)
{
	const struct flow_key *own = ctx->in->key;

	/* Behind a label there is nothing that can be read or written. */
	if (ctx->want.mpls.n || ctx->want.unparsed)
		return false;
	ctx->out->mask.tp_src = ctx->out->mask.tp_dst = 0xffff;
	return !own->tp_dst && field_prereqs_met(f, own, &flow_all_bits);
}

bool xlate_has_field(struct xlate_ctx *ctx, const struct field *f)
{
	const struct flow_key *flow = &ctx->want.flow;
	struct flow_key wc = {0};

	if (!f->pre_dl_type)
		return true; /* most that are written: registers, metadata, addresses */
	field_prereqs_unwildcard(f, &wc);
	xlate_unwildcard(ctx, &wc);
	if (f->pre_nw_proto && flow->nw_frag & XVS_FRAG_LATER)
		return false;
	if (!field_prereqs_met(f, flow, &flow_all_bits) && !f->pre_icmp_type)
		return false;
	return !f->pre_icmp_type || has_nd(ctx, f);
}

void xlate_get(struct xlate_ctx *ctx, const struct subfield *sub, union field_value *value)
{
	const struct field *f = &fields[sub->field];
	struct flow_key key, wc;
	union field_value ones;

	memset(&ones, 0xff, sizeof(ones));
	if (is_plain(f)) {
		clear_words_of(f, &wc);
		subfield_set(sub, &wc, &ones);
		for (unsigned int i = first_word(f); i <= last_word(f); i++)
			ctx->out->mask.w[i] |= wc.w[i] & ~ctx->want.known.w[i];
		subfield_get(sub, &ctx->want.flow, value);
		return;
	}
	memset(&wc, 0, sizeof(wc));
	subfield_set(sub, &wc, &ones);
	xlate_unwildcard(ctx, &wc);
	xlate_key(ctx, &key);
	subfield_get(sub, &key, value);
}

/* What was counted down is judged before another value takes its place. */
static void end_counting(struct xlate_ctx *ctx)
{
	const struct xvs_op dec_ttl = {.kind = XVS_OP_DEC_TTL};

	for (; ctx->frame_dec < ctx->want.n_dec; ctx->frame_dec++)
		xlate_emit(ctx, &dec_ttl);
	ctx->want.n_dec = 0;
}

/* From here on the TTL is a constant. */
static void pin_ttl(struct xlate_ctx *ctx)
{
	if (ctx->want.known.nw_ttl == 0xff)
		return;
	end_counting(ctx);
	ctx->out->mask.nw_ttl = 0xff;
	ctx->want.known.nw_ttl = 0xff;
}

/* A whole TCI: with the bit that says "present" it is a tag, without it none. */
static void set_tci(struct xlate_ctx *ctx, __u16 mask, __u16 value)
{
	if (mask & XVS_VLAN_PRESENT && !(value & XVS_VLAN_PRESENT)) {
		xlate_vlan_pop(ctx);
		return;
	}
	if (mask & XVS_VLAN_PRESENT || xlate_vlan_top(ctx))
		xlate_vlan_set(ctx, mask, value);
}

void xlate_set(struct xlate_ctx *ctx, const struct field *f, const union field_value *value,
	       const union field_value *mask)
{
	struct flow_key v, m;

	clear_words_of(f, &v);
	clear_words_of(f, &m);
	field_set(f, &v, value);
	field_set(f, &m, mask);
	if (is_vlan(f)) {
		if (f->id == FIELD_VLAN_TCI)
			set_tci(ctx, XVS_FROM_BE16(m.vlan_tci), XVS_FROM_BE16(v.vlan_tci));
		else
			xlate_vlan_set(ctx, XVS_FROM_BE16(m.vlan_tci), XVS_FROM_BE16(v.vlan_tci));
		return;
	}
	if (is_label(f)) {
		xlate_mpls_set(ctx, m.mpls_lse, v.mpls_lse);
		return;
	}
	if (is_ttl(f) && m.nw_ttl == 0xff)
		end_counting(ctx);
	else if (is_ttl(f) && m.nw_ttl)
		pin_ttl(ctx);
	for (unsigned int i = first_word(f); i <= last_word(f); i++) {
		ctx->want.flow.w[i] = (ctx->want.flow.w[i] & ~m.w[i]) | (v.w[i] & m.w[i]);
		ctx->want.known.w[i] |= m.w[i];
	}
}

void xlate_set_subfield(struct xlate_ctx *ctx, const struct subfield *sub,
			const union field_value *value)
{
	static const union field_value ones = {.w = {~0ULL, ~0ULL}};
	union field_value v = {0}, m = {0};

	field_value_insert(&v, sub->ofs, sub->n_bits, value);
	field_value_insert(&m, sub->ofs, sub->n_bits, &ones);
	xlate_set(ctx, &fields[sub->field], &v, &m);
}

/*
 * A TTL that is a constant is decided here. Any other is counted down and judged
 * by the datapath, for each packet by itself: such a packet ends there. Where
 * only the list would end, and its callers or a tracked copy go on, it must be known.
 */
bool xlate_dec_ttl(struct xlate_ctx *ctx)
{
	struct xlate_want *w = &ctx->want;

	if (!flow_is_ip(&w->flow)) {
		xlate_trace_add(ctx->trace, "dec_ttl: not IP");
		return true;
	}
	/* Nor can the datapath judge a TTL that a copy has written. */
	if (!ctx->list_tail || ctx->frozen_copy || ctx->frame_known.nw_ttl || ctx->out->mask.nw_ttl)
		pin_ttl(ctx);
	if (w->known.nw_ttl != 0xff) {
		ctx->expired |= w->flow.nw_ttl <= 1;
		w->n_dec++;
		w->flow.nw_ttl--;
		return true;
	}
	if (w->flow.nw_ttl > 1) {
		w->flow.nw_ttl--;
		return true;
	}
	xlate_trace_add(ctx->trace, "dec_ttl: expired");
	xlate_skip(ctx, XVS_DROP_TTL_EXPIRED);
	return false;
}

bool xlate_dec_mpls_ttl(struct xlate_ctx *ctx)
{
	const __be32 mask = XVS_BE32(0xff);
	__u32 ttl;

	if (!ctx->want.mpls.n) {
		xlate_trace_add(ctx->trace, "dec_mpls_ttl: no label");
		return true;
	}
	ttl = XVS_FROM_BE32(xlate_mpls_bits(ctx, mask));
	if (ttl > 1) {
		xlate_mpls_set(ctx, mask, XVS_BE32(ttl - 1));
		return true;
	}
	xlate_trace_add(ctx->trace, "dec_mpls_ttl: expired");
	xlate_skip(ctx, XVS_DROP_TTL_EXPIRED);
	return false;
}
