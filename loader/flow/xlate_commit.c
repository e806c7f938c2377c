// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * From field writes to operations: the writes since the last output, composed
 * to masked 32-bit words of the packet's headers, with the checksums that each
 * word touches. VLAN tags are in xlate_vlan.c, labels in xlate_mpls.c, the
 * operations in xvs/action.h.
 *
 * What is written depends on the two pictures alone, never on whether this packet
 * has the value already: the next packet of the megaflow may not. Bits that were
 * written and are to be the packet's own again (behind a clone) are put back,
 * which un-wildcards them.
 */
#include "proto.h"
#include "xlate_private.h"

_Static_assert(XVS_FLOW_KEY_SEQ == 1, "the key has changed: visit the header images");

/* The longest header that is written: IPv6. */
#define IMAGE_BYTES 40

/* What is to be written: bits of the key, and their values. */
struct writes {
	struct flow_key mask;
	struct flow_key value;
};

/* The same of one header. */
struct image {
	__u8 mask[IMAGE_BYTES];
	__u8 value[IMAGE_BYTES];
};

void xlate_emit(struct xlate_ctx *ctx, const struct xvs_op *op)
{
	struct xlate_out *out = ctx->out;

	if (out->n_ops == XVS_MAX_PROGRAM_OPS) {
		ctx->too_big = true;
		return;
	}
	out->ops[out->n_ops++] = *op;
}

/* 'n' bytes of the key go to offset 'off' of the header. */
static void image_put(const struct writes *w, struct image *img, size_t off, size_t key_off,
		      size_t n)
{
	memcpy(img->mask + off, (const __u8 *)&w->mask + key_off, n);
	memcpy(img->value + off, (const __u8 *)&w->value + key_off, n);
}

#define IMAGE_PUT(w, img, off, member) \
	image_put(w, img, off, offsetof(struct flow_key, member), sizeof((w)->mask.member))

static bool image_has(const struct image *img, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (img->mask[i])
			return true;
	return false;
}

static void emit_word(struct xlate_ctx *ctx, const struct image *img, enum xvs_op_hdr hdr,
		      size_t off, __u8 flags)
{
	struct xvs_op op = {.kind = XVS_OP_SET, .hdr = (__u8)hdr, .off = (__u8)off, .flags = flags};

	memcpy(&op.mask, img->mask + off, 4);
	memcpy(&op.value, img->value + off, 4);
	op.value &= op.mask;
	if (op.mask)
		xlate_emit(ctx, &op);
}

static void commit_eth(struct xlate_ctx *ctx, const struct writes *w)
{
	struct image img = {0};

	IMAGE_PUT(w, &img, 0, dl_dst);
	IMAGE_PUT(w, &img, 6, dl_src);
	for (size_t off = 0; off < 12; off += 4)
		emit_word(ctx, &img, XVS_HDR_ETH, off, 0);
}

/* The flag for words that the L4 checksum's pseudo header covers. */
static __u8 pseudo_csum(struct xlate_ctx *ctx)
{
	const struct flow_key *key = ctx->in->key;

	ctx->out->mask.nw_proto = 0xff;
	if (key->nw_frag & XVS_FRAG_LATER)
		return 0;
	if (key->nw_proto == PROTO_TCP || key->nw_proto == PROTO_UDP)
		return XVS_OP_F_PSEUDO_CSUM;
	if (key->nw_proto == PROTO_ICMPV6 && key->dl_type == XVS_BE16(DL_TYPE_IPV6))
		return XVS_OP_F_PSEUDO_CSUM;
	return 0;
}

static void commit_ipv4(struct xlate_ctx *ctx, const struct writes *w)
{
	struct image img = {0};
	__u8 addr_flags = XVS_OP_F_NW_CSUM;

	IMAGE_PUT(w, &img, 1, nw_tos);
	IMAGE_PUT(w, &img, 8, nw_ttl);
	IMAGE_PUT(w, &img, 12, nw_src);
	IMAGE_PUT(w, &img, 16, nw_dst);
	if (image_has(&img, 12, 20))
		addr_flags |= pseudo_csum(ctx);
	emit_word(ctx, &img, XVS_HDR_NW, 0, XVS_OP_F_NW_CSUM);
	emit_word(ctx, &img, XVS_HDR_NW, 8, XVS_OP_F_NW_CSUM);
	emit_word(ctx, &img, XVS_HDR_NW, 12, addr_flags);
	emit_word(ctx, &img, XVS_HDR_NW, 16, addr_flags);
}

static void commit_ipv6(struct xlate_ctx *ctx, const struct writes *w)
{
	struct image img = {0};
	/* Traffic class and label share the first word, across bytes. */
	__be32 mask = w->mask.ipv6_label | XVS_BE32((__u32)w->mask.nw_tos << 20);
	__be32 value = w->value.ipv6_label | XVS_BE32((__u32)w->value.nw_tos << 20);
	__u8 addr_flags = 0;

	memcpy(img.mask, &mask, 4);
	memcpy(img.value, &value, 4);
	IMAGE_PUT(w, &img, 7, nw_ttl);
	IMAGE_PUT(w, &img, 8, ipv6_src);
	IMAGE_PUT(w, &img, 24, ipv6_dst);
	if (image_has(&img, 8, 40))
		addr_flags = pseudo_csum(ctx);
	for (size_t off = 0; off < 40; off += 4)
		emit_word(ctx, &img, XVS_HDR_NW, off, off < 8 ? 0 : addr_flags);
}

static void commit_arp(struct xlate_ctx *ctx, const struct writes *w)
{
	struct image img = {0};

	/* The key holds the operation's low byte; the high one becomes 0. */
	IMAGE_PUT(w, &img, 7, nw_proto);
	img.mask[6] = w->mask.nw_proto ? 0xff : 0;
	IMAGE_PUT(w, &img, 8, arp_sha);
	IMAGE_PUT(w, &img, 14, nw_src);
	IMAGE_PUT(w, &img, 18, arp_tha);
	IMAGE_PUT(w, &img, 24, nw_dst);
	for (size_t off = 4; off < 28; off += 4)
		emit_word(ctx, &img, XVS_HDR_NW, off, 0);
}

static void commit_ports(struct xlate_ctx *ctx, const struct writes *w, __u8 flags)
{
	struct image img = {0};

	IMAGE_PUT(w, &img, 0, tp_src);
	IMAGE_PUT(w, &img, 2, tp_dst);
	emit_word(ctx, &img, XVS_HDR_L4, 0, flags);
}

/* An option's address has six bytes: words at 0 and 2, each byte written once. */
static void commit_nd_option(struct xlate_ctx *ctx, const struct writes *w, enum xvs_op_hdr hdr,
			     size_t key_off)
{
	struct image img = {0};

	image_put(w, &img, 0, key_off, 6);
	emit_word(ctx, &img, hdr, 0, XVS_OP_F_L4_CSUM);
	memset(img.mask, 0, 4);
	emit_word(ctx, &img, hdr, 2, XVS_OP_F_L4_CSUM);
}

static void commit_icmp(struct xlate_ctx *ctx, const struct writes *w)
{
	struct image img = {0};

	/* The key holds type and code as 16 bits each. */
	image_put(w, &img, 0, offsetof(struct flow_key, tp_src) + 1, 1);
	image_put(w, &img, 1, offsetof(struct flow_key, tp_dst) + 1, 1);
	if (ctx->in->key->nw_proto == PROTO_ICMPV6)
		IMAGE_PUT(w, &img, 8, nd_target);
	for (size_t off = 0; off < 24; off += 4)
		emit_word(ctx, &img, XVS_HDR_L4, off, XVS_OP_F_L4_CSUM);
	if (ctx->in->key->nw_proto == PROTO_ICMPV6) {
		commit_nd_option(ctx, w, XVS_HDR_ND_SLL, offsetof(struct flow_key, arp_sha));
		commit_nd_option(ctx, w, XVS_HDR_ND_TLL, offsetof(struct flow_key, arp_tha));
	}
}

/* Writes to L4 have un-wildcarded the protocol, but for one that actions have given an
 * EtherType to that it did not come with. */
static void commit_l4(struct xlate_ctx *ctx, const struct writes *w)
{
	bool wrote = false;

	for (int i = FLOW_STAGE_L3_END; i < FLOW_STAGE_L4_END; i++)
		wrote |= w->mask.w[i] != 0;
	if (!wrote)
		return;
	ctx->out->mask.nw_proto = 0xff;
	switch (ctx->in->key->nw_proto) {
	case PROTO_TCP:
	case PROTO_UDP:
		commit_ports(ctx, w, XVS_OP_F_L4_CSUM);
		break;
	case PROTO_SCTP:
		commit_ports(ctx, w, XVS_OP_F_CRC32C);
		break;
	case PROTO_ICMP:
	case PROTO_ICMPV6:
		commit_icmp(ctx, w);
		break;
	default:
		break;
	}
}

/*
 * The TTL: a constant is written as any field. Otherwise it is counted down from
 * what the frame has; where that was counted down further or was written, the
 * packet's own comes back first. Returns how often it is to be counted down behind
 * the writes: for each time the packet must be judged once.
 */
static unsigned int commit_ttl(struct xlate_ctx *ctx, struct writes *w)
{
	const struct xlate_want *want = &ctx->want;
	const struct flow_key *known = want->mpls.n ? &want->below_known : &want->known;
	unsigned int judged = ctx->frame_dec < want->n_dec ? ctx->frame_dec : want->n_dec;

	if (known->nw_ttl == 0xff)
		return 0;
	if (w->mask.nw_ttl || want->n_dec < ctx->frame_dec) {
		ctx->out->mask.nw_ttl = 0xff;
		w->mask.nw_ttl = 0xff;
		w->value.nw_ttl = (__u8)(ctx->in->key->nw_ttl - judged);
	}
	ctx->frame_dec = want->n_dec;
	return want->n_dec - judged;
}

/* One word of what is wanted against what the frame has. */
static void diff_word(struct xlate_ctx *ctx, struct writes *w, const struct flow_key *flow,
		      const struct flow_key *known, int i)
{
	__u64 have = ctx->frame_known.w[i];
	__u64 write = known->w[i] & (~have | (flow->w[i] ^ ctx->frame.w[i]));
	__u64 restore = have & ~known->w[i];

	/* Addresses and ports may be others than those that the packet came with. */
	if (restore && ctx->frame_nat && (i <= FLOW_KEY_W_IPV4 || i == FLOW_KEY_W_TP) &&
	    i >= FLOW_STAGE_L2_END)
		xlate_ct_refuse_undo(ctx);
	w->mask.w[i] = write | restore;
	w->value.w[i] = flow->w[i];
	ctx->out->mask.w[i] |= restore;
	ctx->frame.w[i] = (ctx->frame.w[i] & ~write) | (flow->w[i] & write);
	ctx->frame_known.w[i] = (have | write) & ~restore;
}

static bool below_differs(const struct xlate_ctx *ctx)
{
	const struct xlate_want *want = &ctx->want;
	__u64 diff = want->n_dec ^ ctx->frame_dec;

	if (!want->mpls.n)
		return true;
	for (int i = FLOW_STAGE_L2_END; i < FLOW_KEY_WORDS; i++)
		diff |= (want->below_known.w[i] ^ ctx->frame_known.w[i]) |
			(want->below_known.w[i] & (want->below.w[i] ^ ctx->frame.w[i]));
	return diff;
}

static void commit_headers(struct xlate_ctx *ctx)
{
	const struct xvs_op dec_ttl = {.kind = XVS_OP_DEC_TTL};
	const struct xlate_want *want = &ctx->want;
	const struct flow_key *flow = want->mpls.n ? &want->below : &want->flow;
	const struct flow_key *known = want->mpls.n ? &want->below_known : &want->known;
	__be16 dl_type = flow->dl_type;
	struct writes w = {0};
	unsigned int n_dec;

	for (int i = FLOW_STAGE_L2_END; i < FLOW_KEY_WORDS; i++)
		diff_word(ctx, &w, flow, known, i);
	n_dec = commit_ttl(ctx, &w);
	if (dl_type == XVS_BE16(DL_TYPE_IP))
		commit_ipv4(ctx, &w);
	else if (dl_type == XVS_BE16(DL_TYPE_IPV6))
		commit_ipv6(ctx, &w);
	else if (dl_type == XVS_BE16(DL_TYPE_ARP) || dl_type == XVS_BE16(DL_TYPE_RARP))
		commit_arp(ctx, &w);
	if (flow_is_ip(flow))
		commit_l4(ctx, &w);
	for (; n_dec; n_dec--)
		xlate_emit(ctx, &dec_ttl);
}

void xlate_commit(struct xlate_ctx *ctx, const struct vlan_stack *vlan)
{
	struct writes w = {0};

	if (ctx->want.n_nat != ctx->frame_nat)
		xlate_ct_refuse_undo(ctx);
	xlate_vlan_commit(ctx, vlan);
	for (int i = FLOW_STAGE_METADATA_END; i < FLOW_STAGE_L2_END; i++)
		diff_word(ctx, &w, &ctx->want.flow, &ctx->want.known, i);
	commit_eth(ctx, &w);
	if (xlate_mpls_commit_pops(ctx, below_differs(ctx)) && !ctx->want.unparsed)
		commit_headers(ctx);
	xlate_mpls_commit_pushes(ctx);
}

void xlate_commit_to(struct xlate_ctx *ctx, const struct xlate_want *want)
{
	struct xlate_want now = ctx->want;

	ctx->want = *want;
	xlate_commit(ctx, &ctx->want.vlan);
	ctx->want = now;
}
