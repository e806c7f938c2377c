/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The writing verbs of ctx.h for frames that lie in plain memory: XDP buffers
 * (their first part) and frames in user space. Included by those bindings,
 * behind ctx_data() and ctx_move_head().
 */
#ifndef BPF_CTX_LINEAR_H
#define BPF_CTX_LINEAR_H

#include "compat.h"
#include "csum.h"
#include "xvs/limits.h"

#define LINEAR_TPID_OFF 12 /* behind the two MAC addresses */
#define LINEAR_ETH_LEN 14
#define LINEAR_LSE_LEN 4
#define LINEAR_TAG_LEN 4
/* A tag has a type behind it; what is cut before it is no tag to take off, and
 * no driver lets a frame become shorter than its Ethernet header. */
#define LINEAR_TYPE_LEN 2

/* 'len' bytes at 'off', or NULL when they are not there. */
static __always_inline void *linear_at(struct xvs_ctx *ctx, __u32 off, __u32 len)
{
	__u8 *p;

	/* VERIFIER: or one offset would be checked, and another one that was made of
	 * it be used ("offset is outside of the packet"). */
	if (!__builtin_constant_p(off))
		compat_opaque(off);
	if (off > CTX_MAX_OFF)
		return NULL;
	p = (__u8 *)ctx_data(ctx) + off;
	if (p + len > (__u8 *)ctx_data_end(ctx))
		return NULL;
	return p;
}

static __always_inline int ctx_load32(struct xvs_ctx *ctx, __u32 off, __be32 *word)
{
	const void *p = linear_at(ctx, off, 4);

	if (!p)
		return -1;
	*word = load32(p);
	return 0;
}

static __always_inline int ctx_store32(struct xvs_ctx *ctx, __u32 off, __be32 word, bool sum)
{
	void *p = linear_at(ctx, off, 4);

	if (!p)
		return -1;
	store32(p, word);
	return 0;
}

static __always_inline int ctx_l3_csum(struct xvs_ctx *ctx, __u32 off, __be32 old_word,
				       __be32 new_word)
{
	void *p = linear_at(ctx, off, 2);

	if (!p)
		return -1;
	store16(p, csum_update32(load16(p), old_word, new_word));
	return 0;
}

/* Of a sum that is complete. */
static __always_inline int linear_l4_csum(struct xvs_ctx *ctx, __u32 off, __be32 old_word,
					  __be32 new_word, __u32 flags)
{
	void *p = linear_at(ctx, off, 2);
	__u16 csum;

	if (!p)
		return -1;
	csum = csum_update32(load16(p), old_word, new_word);
	if ((flags & CTX_CSUM_UDP) && !csum)
		csum = 0xffff;
	store16(p, csum);
	return 0;
}

static __always_inline bool linear_is_tpid(__be16 type)
{
	return type == XVS_BE16(0x8100) || type == XVS_BE16(0x88a8) || type == XVS_BE16(0x9100);
}

/* Copies the two MAC addresses, in an order that allows overlap by one tag. */
static __always_inline int linear_move_macs(struct xvs_ctx *ctx, __u32 from, __u32 to)
{
	__u8 *p = linear_at(ctx, 0, 12 + LINEAR_TAG_LEN);
	__u32 a, b, c;

	if (!p)
		return -1;
	a = load32(p + from);
	b = load32(p + from + 4);
	c = load32(p + from + 8);
	store32(p + to, a);
	store32(p + to + 4, b);
	store32(p + to + 8, c);
	return 0;
}

static __always_inline int ctx_vlan_push(struct xvs_ctx *ctx, __be32 tag, int *delta)
{
	void *p;

	if (ctx_move_head(ctx, -LINEAR_TAG_LEN) || linear_move_macs(ctx, LINEAR_TAG_LEN, 0))
		return -1;
	p = linear_at(ctx, LINEAR_TPID_OFF, 4);
	if (!p)
		return -1;
	store32(p, tag);
	*delta = LINEAR_TAG_LEN;
	return 0;
}

static __always_inline int ctx_vlan_pop(struct xvs_ctx *ctx, int *delta)
{
	const void *p = linear_at(ctx, LINEAR_TPID_OFF, LINEAR_TAG_LEN + LINEAR_TYPE_LEN);

	*delta = 0;
	if (!p || !linear_is_tpid(load16(p)))
		return 0;
	if (linear_move_macs(ctx, 0, LINEAR_TAG_LEN) || ctx_move_head(ctx, LINEAR_TAG_LEN))
		return -1;
	*delta = -LINEAR_TAG_LEN;
	return 0;
}

static __always_inline int ctx_vlan_set(struct xvs_ctx *ctx, __u16 mask, __u16 tci, int *delta)
{
	__u8 *p = linear_at(ctx, LINEAR_TPID_OFF, LINEAR_TAG_LEN + LINEAR_TYPE_LEN);
	__u16 old;

	*delta = 0;
	if (!p || !linear_is_tpid(load16(p)))
		return 0;
	old = XVS_FROM_BE16(load16(p + 2));
	store16(p + 2, XVS_BE16((old & ~mask) | (tci & mask)));
	return 0;
}

/* Moves the tags, 'len' bytes, from one place to another. */
static __always_inline int linear_move_tags(struct xvs_ctx *ctx, __u32 from, __u32 to, __u32 len)
{
	__u8 tags[XVS_MPLS_MAX_OFF];

	if (!len)
		return 0;
	/* VERIFIER: 6.1 does not learn "not 0" from a comparison with 0. */
	len--;
	compat_opaque(len);
	if (len > sizeof(tags) - 1)
		return -1;
	len++;
	return ctx_load_bytes(ctx, from, tags, len) || ctx_store_bytes(ctx, to, tags, len);
}

static __always_inline int ctx_mpls_push(struct xvs_ctx *ctx, __u32 off, __be16 type, __be32 lse,
					 int *delta)
{
	__u8 *p;

	if (ctx_move_head(ctx, -LINEAR_LSE_LEN) || linear_move_macs(ctx, LINEAR_LSE_LEN, 0) ||
	    linear_move_tags(ctx, LINEAR_TPID_OFF + LINEAR_LSE_LEN, LINEAR_TPID_OFF,
			     off - LINEAR_ETH_LEN))
		return -1;
	p = linear_at(ctx, off - LINEAR_TYPE_LEN, LINEAR_TYPE_LEN + LINEAR_LSE_LEN);
	if (!p)
		return -1;
	store16(p, type);
	store32(p + LINEAR_TYPE_LEN, lse);
	*delta = LINEAR_LSE_LEN;
	return 0;
}

static __always_inline int ctx_mpls_pop(struct xvs_ctx *ctx, __u32 off, __be16 type, int *delta)
{
	void *p;

	if (linear_move_tags(ctx, LINEAR_TPID_OFF, LINEAR_TPID_OFF + LINEAR_LSE_LEN,
			     off - LINEAR_ETH_LEN) ||
	    linear_move_macs(ctx, 0, LINEAR_LSE_LEN))
		return -1;
	p = linear_at(ctx, off - LINEAR_TYPE_LEN + LINEAR_LSE_LEN, LINEAR_TYPE_LEN);
	if (!p)
		return -1;
	store16(p, type);
	*delta = -LINEAR_LSE_LEN;
	return ctx_move_head(ctx, LINEAR_LSE_LEN);
}

static __always_inline int ctx_mpls_set(struct xvs_ctx *ctx, __u32 off, __be32 lse)
{
	return ctx_store32(ctx, off, lse, false);
}

#endif /* BPF_CTX_LINEAR_H */
