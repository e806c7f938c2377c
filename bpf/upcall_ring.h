/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Upcall records in the ring buffer, for the two BPF bindings.
 *
 * A reservation must be a constant, hence size classes, each with its own copy
 * of this code. The kernel copies at most 64 KB at once (XDP), so the largest
 * class takes two pieces. The wake-up is adaptive: a daemon that is behind is
 * not woken again.
 */
#ifndef BPF_UPCALL_RING_H
#define BPF_UPCALL_RING_H

#include "upcall_record.h"

#define UPCALL_PIECE 32768

static __always_inline int upcall_copy(struct xvs_ctx *ctx, struct xvs_upcall *record, __u32 len,
				       const __u32 size)
{
	__u32 rest = 0;

	/* VERIFIER: 6.1 does not learn "not 0" from a comparison with 0, only from
	 * the unsigned comparison of the value less one (make vm-test). */
	len--;
	compat_opaque(len);
	if (len > size - 1)
		return -1;
	len++;
	if (size > UPCALL_PIECE && len > UPCALL_PIECE) {
		rest = len - UPCALL_PIECE;
		len = UPCALL_PIECE;
	}
	if (ctx_load_bytes(ctx, 0, record->frame, len))
		return -1;
	if (size <= UPCALL_PIECE)
		return 0;
	rest--;
	compat_opaque(rest);
	if (rest > size - UPCALL_PIECE - 1)
		return 0;
	rest++;
	return ctx_load_bytes(ctx, UPCALL_PIECE, record->frame + UPCALL_PIECE, rest);
}

static __always_inline int upcall_emit_class(struct xvs_ctx *ctx, const struct xvs_pkt *pkt,
					     __u32 arg, const __u32 size)
{
	struct xvs_upcall *record;

	record = bpf_ringbuf_reserve(&xvs_upcalls, sizeof(*record) + size, 0);
	if (!record)
		return -XVS_DROP_UPCALL_RING_FULL;
	upcall_fill(ctx, pkt, arg, record);
	if (upcall_copy(ctx, record, pkt->buf_len, size)) {
		/* It may be the record that the reader was to be woken for. */
		bpf_ringbuf_discard(record, 0);
		return -XVS_DROP_PARSE_TRUNCATED;
	}
	bpf_ringbuf_submit(record, 0);
	return 0;
}

static __always_inline int upcall_emit(struct xvs_ctx *ctx, const struct xvs_pkt *pkt, __u32 arg)
{
	__u32 len = pkt->buf_len;

	if (len <= XVS_UPCALL_CLASS0)
		return upcall_emit_class(ctx, pkt, arg, XVS_UPCALL_CLASS0);
	if (len <= XVS_UPCALL_CLASS1)
		return upcall_emit_class(ctx, pkt, arg, XVS_UPCALL_CLASS1);
	if (len <= XVS_UPCALL_CLASS2)
		return upcall_emit_class(ctx, pkt, arg, XVS_UPCALL_CLASS2);
	if (len <= XVS_UPCALL_CLASS3)
		return upcall_emit_class(ctx, pkt, arg, XVS_UPCALL_CLASS3);
	return -XVS_DROP_UPCALL_TOO_BIG;
}

#endif /* BPF_UPCALL_RING_H */
