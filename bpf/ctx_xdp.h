/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ctx.h bound to XDP: a raw buffer, one output by native redirect, to a device or
 * to a socket of xvsd. Everything else is handed up to the TC stage of the same port, with what the lookup
 * found in the frame's metadata.
 */
#ifndef BPF_CTX_XDP_H
#define BPF_CTX_XDP_H

#define xvs_ctx xdp_md

#include "ctx_bpf.h"
#include "tail.h"
#include "xvs/tunnel.h"
#include "xvs/xsk.h"

#define CTX_HOOK XVS_HOOK_XDP
#define CTX_PASS XDP_PASS
#define CTX_DROP XDP_DROP
#define CTX_HANDED_UP XDP_PASS
#define CTX_GLOBAL(name) xvs_xdp_##name

#include "ctx_global.h"

/*
 * A frame whose first buffer is shorter than this has no other buffers: no
 * driver makes a first buffer that short, but for header split, and then the
 * IP header tells of the rest (parse_ip_bounds()). It saves a call for most.
 */
#define XDP_SINGLE_BUFFER_LEN 1024

struct xvs_xdp_tails_map {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, TAIL_N);
	__uint(key_size, sizeof(__u32));
	__array(values, int(struct xdp_md *));
};

extern struct xvs_xdp_tails_map xvs_xdp_tails SEC(".maps");

static __always_inline bool ctx_hands_up(struct xvs_ctx *ctx)
{
	return true;
}

static __always_inline bool ctx_hands_up_misses(struct xvs_ctx *ctx)
{
	return false;
}

static __always_inline __u32 ctx_buf_len(struct xvs_ctx *ctx)
{
	return bpf_xdp_get_buff_len(ctx);
}

static __always_inline __u32 ctx_buf_len_quick(struct xvs_ctx *ctx)
{
	__u32 len = ctx_data_len(ctx);

	return len < XDP_SINGLE_BUFFER_LEN ? len : ctx_buf_len(ctx);
}

static __always_inline __u32 ctx_port_no(struct xvs_ctx *ctx)
{
	return port_of_ifindex(ctx->ingress_ifindex);
}

/* XDP ports have their tags in the frame (rx-vlan-offload is off), no marks,
 * and no way to read more than the first buffer. */
static __always_inline __u32 ctx_tag_len(struct xvs_ctx *ctx)
{
	return 0;
}

static __always_inline __u16 ctx_tag_tci(struct xvs_ctx *ctx)
{
	return 0;
}

static __always_inline __u32 ctx_mark(struct xvs_ctx *ctx)
{
	return 0;
}

static __always_inline int ctx_pull(struct xvs_ctx *ctx)
{
	return -1;
}

static __always_inline bool ctx_is_stack_copy(struct xvs_ctx *ctx)
{
	return false;
}

static __always_inline void ctx_copy_to_stack(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
}

static __always_inline int ctx_taken(const struct xvs_pkt *pkt)
{
	return CTX_DROP;
}

static __always_inline __u32 ctx_hint(struct xvs_ctx *ctx, const struct xvs_pkt *pkt,
				      __u32 *generation)
{
	return 0;
}

static __always_inline int ctx_move_head(struct xvs_ctx *ctx, int delta)
{
	return bpf_xdp_adjust_head(ctx, delta);
}

static __always_inline int ctx_load_bytes(struct xvs_ctx *ctx, __u32 off, void *to, __u32 len)
{
	return bpf_xdp_load_bytes(ctx, off, to, len);
}

static __always_inline int ctx_store_bytes(struct xvs_ctx *ctx, __u32 off, void *from, __u32 len)
{
	return bpf_xdp_store_bytes(ctx, off, from, len);
}

static __always_inline int ctx_tail(struct xvs_ctx *ctx, struct xvs_pkt *pkt, enum tail tail)
{
	bpf_tail_call_static(ctx, &xvs_xdp_tails, tail);
	return -XVS_DROP_TAIL_MISSING;
}

static __always_inline void ctx_dry_run_tag(struct xvs_ctx *ctx, struct xvs_dry_run_output *out)
{
}

static __always_inline bool ctx_dry_run_begin(struct xvs_ctx *ctx, __u64 cookie)
{
	const struct xvs_dry_run_mark *mark = compat_ctx_pointer(ctx, data_meta);

	return (void *)(mark + 1) <= ctx_data(ctx) && mark->magic == XVS_DRY_RUN_MAGIC &&
	       mark->cookie == cookie;
}

#include "account.h"
#include "ctx_linear.h"
#include "parse_ip.h"
#include "xdp_csum.h"

/* What may be partial is left to the TC stage (xdp_csum_doubtful()). */
static __always_inline int ctx_l4_csum(struct xvs_ctx *ctx, __u32 off, __be32 old_word,
				       __be32 new_word, __u32 flags)
{
	return linear_l4_csum(ctx, off, old_word, new_word, flags);
}

/* Leaves the frame to the TC stage; 'slot' is what the lookup found, or 0. The
 * metadata is constant for a flow, so that GRO goes on merging. */
static __always_inline int ctx_hand_up(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 slot)
{
	account_counter(pkt, handed_to_tc, 1);
	if (dry_run_is(pkt)) {
		ctx_dry_run_hand_up(pkt, slot);
		return STEP_DONE(CTX_HANDED_UP);
	}
	if (slot && !bpf_xdp_adjust_meta(ctx, -(int)sizeof(struct xvs_handover))) {
		struct xvs_handover *handover = compat_ctx_pointer(ctx, data_meta);

		if ((void *)(handover + 1) <= ctx_data(ctx)) {
			handover->magic = XVS_HANDOVER_MAGIC;
			handover->slot = slot;
			handover->generation = pkt->generation;
			handover->pass = 0;
		}
	}
	return STEP_DONE(CTX_HANDED_UP);
}

/*
 * Can the frame go to the socket of the queue that it came in by? It is of one
 * buffer, fits a chunk, and has no metadata yet; drivers that have no room for any
 * say so by a data_meta behind the data.
 */
static __always_inline bool xdp_takes_socket(struct xvs_ctx *ctx, const struct xvs_pkt *pkt)
{
	__u32 queue = compat_ctx_word(ctx, rx_queue_index);
	__u32 key = xvs_xsk_key(pkt->port_no, queue);

	if (!(pkt->port_flags & XVS_PORT_F_RX_SOCKETS) || queue >= XVS_XSK_QUEUES)
		return false;
	if (pkt->buf_len > ctx_data_len(ctx) || pkt->buf_len > XVS_XSK_FRAME_MAX)
		return false;
	/* That of a dry run has a mark there. */
	if (compat_ctx_pointer(ctx, data_meta) != ctx_data(ctx) && !dry_run_is(pkt))
		return false;
	return bpf_map_lookup_elem(&xvs_xsks, &key);
}

static __always_inline bool xdp_takes_device(struct xvs_ctx *ctx, const struct xvs_pkt *pkt,
					     __u16 flags)
{
	if (!(flags & XVS_PORT_F_XDP_TX))
		return false;
	return (flags & XVS_PORT_F_XDP_TX_SG) || pkt->buf_len <= ctx_data_len(ctx);
}

/*
 * Can the frame go there by a native redirect, and should it? Not back to where
 * it came from (XDP_TX needs a program at a veth's peer), and not bulk TCP that
 * GRO merges for a port that takes large segments. xvsd's own device is no target:
 * what cannot go to its socket takes the TC stage to it.
 */
static __always_inline bool ctx_takes_output(struct xvs_ctx *ctx, const struct xvs_pkt *pkt,
					     __u32 port_no, const struct xvs_port_entry *out)
{
	__u16 flags = XVS_READ_ONCE(out->flags);

	if (port_no == pkt->port_no)
		return false;
	if (flags & XVS_PORT_F_SOCKET) {
		if (!xdp_takes_socket(ctx, pkt))
			return false;
	} else if (!xdp_takes_device(ctx, pkt, flags)) {
		return false;
	}
	if (pkt->key.nw_proto == PARSE_PROTO_TCP && (flags & XVS_PORT_F_GSO) &&
	    (pkt->port_flags & XVS_PORT_F_GRO))
		return false;
	return !(pkt->port_flags & XVS_PORT_F_CSUM_CHECK) || !xdp_csum_doubtful(ctx, pkt);
}

/* Programs of one block that end with their only output, or with a copy for a
 * controller. */
static __always_inline bool ctx_runs_program(struct xvs_ctx *ctx, const struct xvs_pkt *pkt,
					     const struct xvs_action_block *block)
{
	const struct xvs_port_entry *out;
	const struct xvs_op *last;
	__u32 i = block->n_ops - 1;

	/* VERIFIER: 6.1 does not learn "at least 1" from a comparison with 0, so
	 * the index itself is what is compared (make vm-test). */
	compat_opaque(i);
	if (block->next || block->n_outputs > 1 || block->has_ct || i >= XVS_BLOCK_OPS)
		return false;
	last = &block->op[i];
	if (!(last->flags & XVS_OP_F_LAST))
		return false;
	if (last->kind != XVS_OP_OUTPUT)
		return last->kind == XVS_OP_CONTROLLER && !block->n_outputs;
	out = table_port(last->port_no);
	return out && ctx_takes_output(ctx, pkt, last->port_no, out);
}

static __always_inline int xdp_output_socket(struct xvs_ctx *ctx, const struct xvs_pkt *pkt,
					     __u32 port_no)
{
	__u32 key = xvs_xsk_key(pkt->port_no, compat_ctx_word(ctx, rx_queue_index));
	struct xvs_scratch *scratch = table_scratch();
	struct xvs_xsk_meta *meta;

	if (!scratch || bpf_xdp_adjust_meta(ctx, -(int)sizeof(*meta)))
		return -1;
	meta = compat_ctx_pointer(ctx, data_meta);
	if ((void *)(meta + 1) > ctx_data(ctx))
		return -1;
	meta->magic = XVS_XSK_MAGIC;
	meta->port_no = port_no;
	scratch->socket_port = port_no;
	return bpf_redirect_map(&xvs_xsks, key, 0) == XDP_REDIRECT ? STEP_DONE(XDP_REDIRECT) : -1;
}

static __always_inline int ctx_output(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 port_no,
				      const struct xvs_port_entry *out, bool last)
{
	if (last && (XVS_READ_ONCE(out->flags) & XVS_PORT_F_SOCKET))
		return xdp_output_socket(ctx, pkt, port_no);
	if (!last || bpf_redirect_map(&xvs_devmap, port_no, 0) != XDP_REDIRECT)
		return -1;
	return STEP_DONE(XDP_REDIRECT);
}

static __always_inline void ctx_describe(struct xvs_ctx *ctx, const struct xvs_pkt *pkt,
					 struct xvs_upcall *record)
{
	if (pkt->buf_len > ctx_data_len(ctx))
		record->flags |= XVS_UPCALL_F_MULTI_BUFFER;
}

#endif /* BPF_CTX_XDP_H */
