/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The writing verbs of ctx.h for frames that lie in plain memory: XDP buffers
 * (their first part) and frames in user space. Included by those bindings,
 * behind ctx_data() and ctx_move_head().
 */
#ifndef BPF_CTX_LINEAR_H
#define BPF_CTX_LINEAR_H

#include "csum.h"

#define LINEAR_TPID_OFF 12 /* behind the two MAC addresses */
#define LINEAR_TAG_LEN 4
/* A tag has a type behind it; what is cut before it is no tag to take off, and
 * no driver lets a frame become shorter than its Ethernet header. */
#define LINEAR_TYPE_LEN 2

/* 'len' bytes at 'off', or NULL when they are not there. */
static __always_inline void *linear_at(struct xvs_ctx *ctx, __u32 off, __u32 len)
{
	__u8 *p;

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

static __always_inline int ctx_l4_csum(struct xvs_ctx *ctx, __u32 off, __be32 old_word,
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

#endif /* BPF_CTX_LINEAR_H */
