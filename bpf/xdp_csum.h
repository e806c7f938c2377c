/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * May a frame carry a checksum that its sender left to the device? A native
 * redirect would lose that fact; the TC stage has it in the skb. Asked for ports
 * with XVS_PORT_F_CSUM_CHECK; docs/design/0002-partial-checksums.md.
 *
 * A partial checksum is the sum of the pseudo header. One in 65,536 complete ones
 * looks the same; on the way by TC that frame would be overtaken by the next of
 * its connection. So the frame is summed. Where a device would write into the field
 * what is there already, the frame can be sent on: it is right if it was complete,
 * and completed if it was not.
 *
 * One in 65,536 partial ones is such a frame too, and would overtake those before
 * it. So connections that leave checksums partial are remembered for a second,
 * and all that looks partial of theirs goes to TC. It also saves them the sum.
 *
 * Included by ctx_xdp.h; xdp.bpf.c has the body of the global function.
 */
#ifndef BPF_XDP_CSUM_H
#define BPF_XDP_CSUM_H

#include "csum.h"
#include "dry_run.h"
#include "parse_ip.h"

#define XDP_CSUM_CHUNK sizeof(((struct xvs_pkt *)0)->sum) /* a helper takes 512 at most */
#define XDP_CSUM_CHUNKS 36 /* a frame of 9,000 bytes */
#define XDP_CSUM_LEFT_MS 1000

int xvs_xdp_csum_settle(struct xdp_md *ctx, struct xvs_pkt *pkt);

/*
 * Large segments that a device would have to cut have a checksum in each piece;
 * those of a tap come by here as they are. They exceed the MTU.
 */
static __always_inline bool xdp_csum_is_segment(struct xdp_md *ctx, const struct xvs_pkt *pkt)
{
	__u32 mtu = pkt->l3_end - pkt->l3_off;

	return bpf_check_mtu(ctx, 0, &mtu, 0, 0);
}

/*
 * The sum from the L4 header to the packet's end, and the pseudo header's, which the
 * field holds: is it that of a complete checksum? False, too, for what is longer
 * than the loop goes. Chunks begin an even number of bytes behind the L4 header.
 */
static __always_inline bool xdp_csum_is_complete(struct xdp_md *ctx, struct xvs_pkt *pkt)
{
	__u32 *words = pkt->sum;
	__u32 off = pkt->l4_off;
	__u32 left = pkt->l3_end - off;
	__u32 sum = pkt->l4_csum;
	int i;

	for (i = 0; i < XDP_CSUM_CHUNKS; i++) {
		__u32 last = (left < XDP_CSUM_CHUNK ? left : XDP_CSUM_CHUNK) - 1;

		/* VERIFIER: 6.1 does not learn "not 0" from a comparison with 0. */
		compat_opaque(last);
		if (last >= XDP_CSUM_CHUNK)
			return false;
		words[last / 4] = 0; /* behind an odd end */
		if (bpf_xdp_load_bytes(ctx, off, words, last + 1))
			return false;
		sum = bpf_csum_diff(NULL, 0, words, (last & ~3U) + 4, sum);
		if (left <= XDP_CSUM_CHUNK)
			return csum_fold(sum) == 0xffff;
		off += XDP_CSUM_CHUNK;
		left -= XDP_CSUM_CHUNK;
	}
	return false;
}

/* Of a frame that looks partial: can it be sent on as it is? */
static __always_inline bool xdp_csum_settle(struct xdp_md *ctx, struct xvs_pkt *pkt)
{
	__u32 now = ctx_coarse_ns() >> 20; /* about milliseconds */
	__u32 tag = pkt->hash >> 32;
	struct xvs_scratch *scratch = table_scratch();
	struct xvs_csum_left *left;

	if (!scratch || xdp_csum_is_segment(ctx, pkt))
		return false;
	left = &scratch->csum_left[pkt->hash & (XVS_CSUM_LEFT_SLOTS - 1)];
	if (left->tag == tag && now - left->ms < XDP_CSUM_LEFT_MS)
		return false;
	if (xdp_csum_is_complete(ctx, pkt))
		return true;
	if (!dry_run_is(pkt)) {
		left->tag = tag;
		left->ms = now;
	}
	return false;
}

/* The sum of the pseudo header alone, where a complete checksum should be. */
static __always_inline bool xdp_csum_is_pseudo(const struct xvs_pkt *pkt)
{
	const __u64 *w = pkt->key.w;
	__u64 addrs = 0;
	int i;

	for (i = XVS_KEY_WORD(ipv6_src); i <= XVS_KEY_W_IPV4; i++)
		addrs += (w[i] & 0xffffffff) + (w[i] >> 32);
	return csum_pseudo(addrs, pkt->l3_end - pkt->l4_off, pkt->key.nw_proto) == pkt->l4_csum;
}

/* Of TCP and UDP. */
static __always_inline bool xdp_csum_may_be_partial(struct xdp_md *ctx, const struct xvs_pkt *pkt)
{
	bool ipv4 = pkt->key.dl_type == XVS_BE16(PARSE_TYPE_IPV4);

	/* Behind options the final destination may be another one. */
	if (pkt->l4_off - pkt->l3_off != (ipv4 ? PARSE_IPV4_LEN : PARSE_IPV6_LEN))
		return true;
	/* Const to the caller: the verifier knows no such argument. */
	return xdp_csum_is_pseudo(pkt) && !xvs_xdp_csum_settle(ctx, (struct xvs_pkt *)pkt);
}

/*
 * UDP may carry a tunnel, in which a packet has a checksum of its own: one that the
 * sender's device can complete if the outer header has none. By ports that we know, or
 * by any when there is no outer checksum and room for the headers of a packet inside.
 * Generators' small packets without a checksum have no such room.
 */
static __always_inline bool xdp_csum_may_be_tunnel(const struct xvs_pkt *pkt)
{
	__u32 payload = pkt->l3_end - pkt->l4_off - PARSE_UDP_LEN;

	if (payload < PARSE_IPV4_LEN + PARSE_UDP_LEN)
		return false;
	return !pkt->l4_csum || xvs_is_tunnel_port(pkt->key.tp_dst) ||
	       xvs_is_tunnel_port(pkt->key.tp_src);
}

static __always_inline bool xdp_csum_doubtful(struct xdp_md *ctx, const struct xvs_pkt *pkt)
{
	__be16 type = pkt->key.dl_type;

	if (type == XVS_BE16(PARSE_TYPE_ARP) || type == XVS_BE16(PARSE_TYPE_RARP))
		return false;
	if (type != XVS_BE16(PARSE_TYPE_IPV4) && type != XVS_BE16(PARSE_TYPE_IPV6))
		return true;
	if (pkt->key.nw_frag)
		return true;
	switch (pkt->key.nw_proto) {
	case PARSE_PROTO_TCP:
		return xdp_csum_may_be_partial(ctx, pkt);
	case PARSE_PROTO_UDP:
		return xdp_csum_may_be_tunnel(pkt) || xdp_csum_may_be_partial(ctx, pkt);
	case PARSE_PROTO_SCTP:
		return !pkt->l4_csum;
	case PARSE_PROTO_ICMP:
	case PARSE_PROTO_IGMP:
	case PARSE_PROTO_ICMPV6:
		return false;
	}
	return true;
}

#endif /* BPF_XDP_CSUM_H */
