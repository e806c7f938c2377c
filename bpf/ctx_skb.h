/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ctx.h bound to TC: an skb with its offloads, its tag beside the frame, any number
 * of outputs by clones, and the host's stack behind. The ingress of every device, and
 * the egress of those that have a host port (XVS_PORT_F_STACK): the steps are the
 * same, and what differs is in ctx_output() and ctx_taken().
 */
#ifndef BPF_CTX_SKB_H
#define BPF_CTX_SKB_H

#define xvs_ctx __sk_buff

#include "ctx_bpf.h"
#include "csum.h"
#include "tail.h"

#define CTX_HOOK XVS_HOOK_TC
#define CTX_PASS TC_ACT_OK
#define CTX_DROP TC_ACT_SHOT
#define CTX_HANDED_UP TC_ACT_OK
#define CTX_GLOBAL(name) xvs_tc_##name

#include "ctx_global.h"

/* Headers are pulled in up to here, once, when they are not all linear. */
#define SKB_PULL_LEN 2048
#define SKB_TPID_OFF 12
/* linux/if_packet.h */
#define SKB_TYPE_HOST 0
#define SKB_TYPE_OTHERHOST 3

struct xvs_tc_tails_map {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, TAIL_N);
	__uint(key_size, sizeof(__u32));
	__array(values, int(struct __sk_buff *));
};

extern struct xvs_tc_tails_map xvs_tc_tails SEC(".maps");

static __always_inline bool ctx_hands_up(struct xvs_ctx *ctx)
{
	return false;
}

static __always_inline bool ctx_hands_up_misses(struct xvs_ctx *ctx)
{
	return false;
}

static __always_inline __u32 ctx_buf_len(struct xvs_ctx *ctx)
{
	return ctx->len;
}

static __always_inline __u32 ctx_buf_len_quick(struct xvs_ctx *ctx)
{
	return ctx->len;
}

static __always_inline __u32 ctx_port_no(struct xvs_ctx *ctx)
{
	return port_of_ifindex(ctx->ifindex);
}

static __always_inline __u32 ctx_tag_len(struct xvs_ctx *ctx)
{
	return ctx->vlan_present ? 4 : 0;
}

static __always_inline __u16 ctx_tag_tci(struct xvs_ctx *ctx)
{
	return ctx->vlan_tci;
}

static __always_inline __u32 ctx_mark(struct xvs_ctx *ctx)
{
	return ctx->mark;
}

static __always_inline int ctx_pull(struct xvs_ctx *ctx)
{
	return bpf_skb_pull_data(ctx, ctx->len < SKB_PULL_LEN ? ctx->len : SKB_PULL_LEN);
}

static __always_inline bool ctx_is_stack_copy(struct xvs_ctx *ctx)
{
	if (ctx->mark != XVS_MARK_STACK)
		return false;
	ctx->mark = 0;
	return true;
}

static __always_inline void ctx_dry_run_tag(struct xvs_ctx *ctx, struct xvs_dry_run_output *out)
{
	if (!ctx->vlan_present)
		return;
	out->vlan_tpid = ctx->vlan_proto;
	out->vlan_tci = ctx->vlan_tci;
}

/* The kernel takes the outer tag out of a frame before any TC program, but not in
 * a test run. A tag of ours, popped again, has the next one follow it out. */
static __always_inline bool ctx_dry_run_begin(struct xvs_ctx *ctx, __u64 cookie)
{
	if (compat_ctx_word(ctx, cb[XVS_DRY_RUN_CB_LOW]) != (__u32)cookie ||
	    compat_ctx_word(ctx, cb[XVS_DRY_RUN_CB_HIGH]) != (__u32)(cookie >> 32))
		return false;
	if (!ctx->vlan_present &&
	    (ctx->protocol == XVS_BE16(0x8100) || ctx->protocol == XVS_BE16(0x88a8)))
		return !bpf_skb_vlan_push(ctx, XVS_BE16(0x8100), 0) && !bpf_skb_vlan_pop(ctx);
	return true;
}

/* The copy comes in by the same device once more, and is let through there. It
 * takes the mark's place: marks are not used on what arrives from outside. */
static __always_inline void ctx_copy_to_stack(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	__u32 mark = ctx->mark;

	pkt->to_stack = PKT_TO_STACK_DONE;
	if (dry_run_is(pkt)) {
		ctx_dry_run_output(ctx, XVS_DRY_RUN_STACK, 0, 0);
		return;
	}
	ctx->mark = XVS_MARK_STACK;
	bpf_clone_redirect(ctx, ctx->ifindex, BPF_F_INGRESS);
	ctx->mark = mark;
}

static __always_inline __u32 ctx_hint(struct xvs_ctx *ctx, const struct xvs_pkt *pkt,
				      __u32 *generation)
{
	const struct xvs_handover *handover = compat_ctx_pointer(ctx, data_meta);

	if (dry_run_is(pkt)) { /* a test run gives it no metadata */
		*generation = compat_ctx_word(ctx, cb[XVS_DRY_RUN_CB_GENERATION]);
		return compat_ctx_word(ctx, cb[XVS_DRY_RUN_CB_SLOT]);
	}
	if ((void *)(handover + 1) > ctx_data(ctx) || handover->magic != XVS_HANDOVER_MAGIC)
		return 0;
	*generation = handover->generation;
	return handover->slot;
}

static __always_inline int ctx_load_bytes(struct xvs_ctx *ctx, __u32 off, void *to, __u32 len)
{
	return bpf_skb_load_bytes(ctx, off, to, len);
}

static __always_inline int ctx_load32(struct xvs_ctx *ctx, __u32 off, __be32 *word)
{
	return bpf_skb_load_bytes(ctx, off, word, sizeof(*word));
}

static __always_inline int ctx_store32(struct xvs_ctx *ctx, __u32 off, __be32 word, bool sum)
{
	return bpf_skb_store_bytes(ctx, off, &word, sizeof(word), sum ? BPF_F_RECOMPUTE_CSUM : 0);
}

static __always_inline int ctx_l3_csum(struct xvs_ctx *ctx, __u32 off, __be32 old_word,
				       __be32 new_word)
{
	return bpf_l3_csum_replace(ctx, off, old_word, new_word, sizeof(new_word));
}

static __always_inline int ctx_l4_csum(struct xvs_ctx *ctx, __u32 off, __be32 old_word,
				       __be32 new_word, __u32 flags)
{
	__u64 how = sizeof(new_word);

	if (flags & CTX_CSUM_PSEUDO)
		how |= BPF_F_PSEUDO_HDR;
	if (flags & CTX_CSUM_UDP)
		how |= BPF_F_MARK_MANGLED_0;
	return bpf_l4_csum_replace(ctx, off, old_word, new_word, how);
}

static __always_inline int ctx_tail(struct xvs_ctx *ctx, struct xvs_pkt *pkt, enum tail tail)
{
	bpf_tail_call_static(ctx, &xvs_tc_tails, tail);
	return pkt->pass ? -XVS_DROP_RECIRC_LIMIT : -XVS_DROP_TAIL_MISSING;
}

static __always_inline int ctx_vlan_push(struct xvs_ctx *ctx, __be32 tag, int *delta)
{
	__u32 host = XVS_FROM_BE32(tag);
	__u32 before = ctx->len;
	int ret = bpf_skb_vlan_push(ctx, XVS_BE16(host >> 16), (__u16)host);

	*delta = ctx->len - before;
	return ret;
}

/* Two tags, the outer one beside the frame; the first push of ours moves one that
 * lay there into the frame, and one is enough. */
static __always_inline int skb_push_tags(struct xvs_ctx *ctx, bool tagged)
{
	const __be16 tpid = XVS_BE16(0x8100);

	return bpf_skb_vlan_push(ctx, tpid, 0) || (!tagged && bpf_skb_vlan_push(ctx, tpid, 0));
}

static __always_inline int skb_pop_three_tags(struct xvs_ctx *ctx)
{
	return bpf_skb_vlan_pop(ctx) || bpf_skb_vlan_pop(ctx) || bpf_skb_vlan_pop(ctx);
}

/*
 * A tag of a TPID that the kernel does not take out of the frame (0x9100). Two
 * tags are pushed: the first is then in the frame, in front of ours; with a TPID
 * that the kernel knows, three pops take all.
 */
static __always_inline int skb_vlan_pop_in_frame(struct xvs_ctx *ctx)
{
	const __be16 known = XVS_BE16(0x8100);

	if (skb_push_tags(ctx, false) ||
	    bpf_skb_store_bytes(ctx, SKB_TPID_OFF + 4, &known, sizeof(known), BPF_F_RECOMPUTE_CSUM))
		return -1;
	return skb_pop_three_tags(ctx) ? -1 : 0;
}

static __always_inline bool skb_has_tag_in_frame(struct xvs_ctx *ctx, __be32 *tag)
{
	return !ctx_load32(ctx, SKB_TPID_OFF, tag) && XVS_FROM_BE32(*tag) >> 16 == 0x9100;
}

static __always_inline int ctx_vlan_pop(struct xvs_ctx *ctx, int *delta)
{
	__u32 before = ctx->len;
	__be32 tag;
	int ret = 0;

	if (!ctx->vlan_present && skb_has_tag_in_frame(ctx, &tag))
		ret = skb_vlan_pop_in_frame(ctx);
	else
		ret = bpf_skb_vlan_pop(ctx);
	*delta = ctx->len - before;
	return ret;
}

static __always_inline int ctx_vlan_set(struct xvs_ctx *ctx, __u16 mask, __u16 tci, int *delta)
{
	__be16 tpid = ctx->vlan_proto;
	__u32 before = ctx->len;
	__u16 old, new;
	__be16 wire;
	__be32 tag;
	int ret;

	*delta = 0;
	if (!ctx->vlan_present) {
		if (!skb_has_tag_in_frame(ctx, &tag))
			return 0;
		wire = XVS_BE16((XVS_FROM_BE32(tag) & ~mask & 0xffff) | (tci & mask));
		return bpf_skb_store_bytes(ctx, SKB_TPID_OFF + 2, &wire, sizeof(wire),
					   BPF_F_RECOMPUTE_CSUM);
	}
	old = ctx->vlan_tci;
	new = (old & ~mask) | (tci & mask);
	if (new == old)
		return 0;
	ret = bpf_skb_vlan_pop(ctx);
	if (!ret)
		ret = bpf_skb_vlan_push(ctx, tpid, new);
	*delta = ctx->len - before;
	return ret;
}

/* At an egress a drop is an error to the sender: TCP slows down, ping complains. A
 * redirect to no device consumes the packet, and the sender has sent it. */
static __always_inline int ctx_taken(const struct xvs_pkt *pkt)
{
	return pkt->port_flags & XVS_PORT_F_STACK ? bpf_redirect(0, 0) : CTX_DROP;
}

#include "account.h"
#include "ctx_skb_mpls.h"

static __always_inline int ctx_hand_up(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 slot)
{
	return -XVS_DROP_BAD_PROGRAM;
}

static __always_inline bool ctx_takes_output(struct xvs_ctx *ctx, const struct xvs_pkt *pkt,
					     __u32 port_no, const struct xvs_port_entry *out)
{
	return true;
}

static __always_inline bool ctx_runs_program(struct xvs_ctx *ctx, const struct xvs_pkt *pkt,
					     const struct xvs_action_block *block)
{
	return true;
}

/* bpf_redirect_peer makes every frame one for the peer's own address, so that a
 * guest that routes would forward what was only flooded to it. It loses what is at an
 * egress. */
static __always_inline bool ctx_may_skip_device(struct xvs_ctx *ctx, const struct xvs_pkt *pkt,
						const struct xvs_port_entry *out)
{
	const __u8 *dst = ctx_data(ctx);

	if (!(XVS_READ_ONCE(out->flags) & XVS_PORT_F_PEER) ||
	    (pkt->port_flags & XVS_PORT_F_STACK) || dst + 6 > (__u8 *)ctx_data_end(ctx))
		return false;
	return load32(dst) == load32(out->peer_mac) && load16(dst + 4) == load16(out->peer_mac + 4);
}

/* From a device to its host port or back: the packet goes on where it was going. Whether
 * it is for the host the kernel has judged by the address that it came with. */
static __always_inline int skb_go_on(struct xvs_ctx *ctx, const struct xvs_port_entry *out)
{
	const __u8 *dst = ctx_data(ctx);

	if ((XVS_READ_ONCE(out->flags) & XVS_PORT_F_STACK) && ctx->pkt_type == SKB_TYPE_OTHERHOST &&
	    dst + 6 <= (__u8 *)ctx_data_end(ctx) && load32(dst) == load32(out->mac) &&
	    load16(dst + 4) == load16(out->mac + 4))
		bpf_skb_change_type(ctx, SKB_TYPE_HOST);
	return STEP_DONE(CTX_PASS);
}

/* To a host port, or out of a device that has one. */
static __always_inline int skb_output_shared(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
					     __u32 port_no, const struct xvs_port_entry *out,
					     bool last)
{
	bool to_stack = XVS_READ_ONCE(out->flags) & XVS_PORT_F_STACK;
	__u64 flags = to_stack ? BPF_F_INGRESS : 0;
	__u32 mark = ctx->mark;
	long ret;

	if (last && out->ifindex == ctx->ifindex && port_no != pkt->port_no)
		return skb_go_on(ctx, out);
	ctx->mark = to_stack ? XVS_MARK_STACK : XVS_MARK_SENT;
	if (last) {
		ret = bpf_redirect(out->ifindex, flags);
		return ret == TC_ACT_REDIRECT ? STEP_DONE(ret) : -1;
	}
	account_counter(pkt, clones, 1);
	ret = bpf_clone_redirect(ctx, out->ifindex, flags);
	ctx->mark = mark;
	return ret ? -1 : 0;
}

/* The packet itself only when nobody needs it any more. */
static __always_inline int ctx_output(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 port_no,
				      const struct xvs_port_entry *out, bool last)
{
	int ret;

	if (XVS_READ_ONCE(out->flags) & (XVS_PORT_F_STACK | XVS_PORT_F_SHARED))
		return skb_output_shared(ctx, pkt, port_no, out,
					 last && pkt->to_stack != PKT_TO_STACK_OWED);
	if (last && pkt->to_stack != PKT_TO_STACK_OWED) {
		if (ctx_may_skip_device(ctx, pkt, out))
			ret = bpf_redirect_peer(out->ifindex, 0);
		else
			ret = bpf_redirect(out->ifindex, 0);
		return ret == TC_ACT_REDIRECT ? STEP_DONE(ret) : -1;
	}
	account_counter(pkt, clones, 1);
	/* NET_XMIT_CN too: a packet of this flow was dropped, or the device is down. */
	return bpf_clone_redirect(ctx, out->ifindex, 0) ? -1 : 0;
}

static __always_inline void ctx_describe(struct xvs_ctx *ctx, const struct xvs_pkt *pkt,
					 struct xvs_upcall *record)
{
	record->mark = ctx->mark;
	record->gso_size = ctx->gso_size;
	record->gso_segs = ctx->gso_size ? ctx->gso_segs : 0;
	if (!ctx->vlan_present)
		return;
	record->flags |= XVS_UPCALL_F_VLAN_META;
	record->vlan_tpid = ctx->vlan_proto;
	record->vlan_tci = ctx->vlan_tci;
}

#endif /* BPF_CTX_SKB_H */
