/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Translates a frame: addresses, ports and ICMP ids become those of the other side,
 * and so does what an ICMP error has inside. Every word goes by set_word(), which
 * mends the checksums in whichever state the hook has them.
 *
 * A packet of direction d leaves as what the other side answers to: the ends of the
 * tuple of direction !d, exchanged. That is all that there is to know for source and
 * destination translation, alone and together, both ways.
 *
 * An error's packet inside is one of direction !d, before it was translated: it gets
 * the tuple of !d as its sender sent it. Of the error itself the destination is that
 * of any packet of its direction; its source is somebody's on the way, and is hidden
 * only where the source of the direction is: who looks from outside is not to see the
 * addresses behind.
 *
 * The key gets what the frame gets, so that the next pass need not parse it again.
 */
#ifndef BPF_CT_REWRITE_H
#define BPF_CT_REWRITE_H

#include "compat.h"
#include "ct_icmp.h"
#include "csum.h"
#include "execute_set.h"

#define CT_ADDR_WORDS 4 /* of an IPv6 address; IPv4's is the last of them */
#define CT_IPV4_SRC_OFF 12
#define CT_IPV6_SRC_OFF 8

/* Offset, from the IP header, of word 'i' of source (0-3) and destination (4-7). */
static __always_inline __u32 ct_addr_word_off(__u8 family, __u32 i)
{
	return family == 4 ? CT_IPV4_SRC_OFF + i / CT_ADDR_WORDS * 4 : CT_IPV6_SRC_OFF + i * 4;
}

/* The same word of the tuple. */
static __always_inline __be32 ct_addr_word(const struct xvs_ct_tuple *t, __u32 i)
{
	XVS_STATIC_ASSERT(XVS_OFFSETOF(struct xvs_ct_tuple, dst) == 16, "the addresses are one");
	return load32((const __u8 *)t + (i & 7) * 4);
}

static __always_inline __be32 ct_port_word(__be16 src, __be16 dst)
{
	return XVS_BE32((__u32)XVS_FROM_BE16(src) << 16 | XVS_FROM_BE16(dst));
}

/* pkt->word says where and how. Under BPF a global function. */
static __always_inline int ct_put(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __be32 new, __be32 mask)
{
	struct pkt_word *word = &pkt->word;

	if (ctx_load32(ctx, word->off, &word->old))
		return -XVS_DROP_REWRITE_FAILED;
	word->new = (word->old & ~mask) | (new &mask);
	return word->new == word->old ? 0 : set_word(ctx, pkt);
}

/* The same; what it changes is added to 'diff'. */
static __always_inline int ct_put_word(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __be32 new,
				       __be32 mask, __u64 *diff)
{
	const struct pkt_word *word = &pkt->word;
	int ret = ctx_ct_put(ctx, pkt, new, mask);

	if (word->new != word->old)
		*diff += (__u64)(__u32)~word->old + word->new;
	return ret;
}

/* Those words of the addresses behind 'l3_off' that are bits of 'words' become those of the
 * tuple 't', or of what is exchanged for it. */
static __always_inline int ct_put_addresses(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
					    const struct xvs_ct_tuple *t, __u32 l3_off, __u32 words,
					    bool back, __u64 *diff)
{
	__u32 turn = back ? CT_ADDR_WORDS : 0;
	__u32 i;
	int ret;

	COMPAT_NO_UNROLL
	for (i = 0; i < 2 * CT_ADDR_WORDS; i++) {
		if (!(words >> i & 1))
			continue;
		pkt->word.off = l3_off + ct_addr_word_off(t->family, i);
		ret = ct_put_word(ctx, pkt, ct_addr_word(t, i ^ turn), ~0U, diff);
		if (ret)
			return ret;
	}
	return 0;
}

#define CT_WORDS_SRC(family) ((family) == 4 ? 0x08U : 0x0fU)
#define CT_WORDS_DST(family) ((family) == 4 ? 0x80U : 0xf0U)

/* As the translation of rules has them (pseudo_csum() in loader/flow/xlate_commit.c). */
static __always_inline __u8 ct_addr_flags(const struct xvs_ct_tuple *other, enum ct_packet kind)
{
	__u8 flags = other->family == 4 ? XVS_OP_F_NW_CSUM : 0;

	if (kind == CT_PACKET_LATER)
		return flags;
	if (kind == CT_PACKET_ERROR)
		return other->family == 4 ? flags : XVS_OP_F_PSEUDO_CSUM;
	if (other->proto == PARSE_PROTO_TCP || other->proto == PARSE_PROTO_UDP ||
	    (other->family == 6 && other->proto == PARSE_PROTO_ICMPV6))
		flags |= XVS_OP_F_PSEUDO_CSUM;
	return flags;
}

/* Ports of the L4 header at 'l4_off'; an ICMP id is both. */
static __always_inline int ct_put_ports(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
					const struct xvs_ct_tuple *t, __u32 l4_off, __be32 ports,
					__u64 *diff)
{
	__be32 mask = ~0U;

	pkt->word.off = l4_off;
	if (ct_is_icmp(t->family, t->proto)) {
		pkt->word.off += 4;
		mask = XVS_BE32(0xffff0000);
	} else if (!ct_has_ports(t->proto)) {
		return 0;
	}
	return ct_put_word(ctx, pkt, ports, mask, diff);
}

/* --- what is inside an error: bytes of the ICMP message --- */

#define CT_CSUM_LOW 0x1 /* in the second half of its word */
#define CT_CSUM_UDP 0x2 /* 0 says that there is none, and 0xffff is written for it */

/* The checksum in the word at 'off', after a change of 'diff'; 'how': CT_CSUM_*. */
static __always_inline int ct_put_csum(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 off,
				       __u64 diff, __u32 how)
{
	__u32 shift = how & CT_CSUM_LOW ? 0 : 16;
	__be32 old;
	__u16 csum;

	if (ctx_load32(ctx, off, &old))
		return -XVS_DROP_REWRITE_FAILED;
	csum = (__u16)XVS_BE16(XVS_FROM_BE32(old) >> shift);
	if ((how & CT_CSUM_UDP) && !csum)
		return 0;
	csum = (__u16)~csum_fold((__u64)(__u16)~csum + diff);
	if ((how & CT_CSUM_UDP) && !csum)
		csum = 0xffff;
	pkt->word.off = off;
	diff = 0;
	return ct_put_word(ctx, pkt, XVS_BE32((__u32)XVS_FROM_BE16(csum) << shift),
			   XVS_BE32(0xffffU << shift), &diff);
}

/* The L4 checksum of the packet inside, whose header is at 'off', if the error has that
 * much of it. 'diff' is what it follows. */
static __always_inline int ct_put_inner_l4_csum(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
						const struct xvs_ct_tuple *own, __u32 off,
						__u64 diff)
{
	__u32 how = CT_CSUM_LOW;

	if (own->proto == PARSE_PROTO_TCP) {
		off += 16;
		how = 0;
	} else if (own->proto == PARSE_PROTO_UDP) {
		off += 4;
		how |= CT_CSUM_UDP;
	} else if (!ct_is_icmp(own->family, own->proto)) {
		return 0;
	}
	return off + 4 > pkt->l3_end ? 0 : ct_put_csum(ctx, pkt, off, diff, how);
}

/* The packet inside, which ct_icmp_error() has found, becomes that of the tuple 'own', as
 * its sender sent it. */
static __always_inline int ct_rewrite_inner(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
					    const struct xvs_ct_tuple *own)
{
	__u32 l3_off = pkt->l4_off + PARSE_ICMP_LEN, l4_off = pkt->l4_off + pkt->ct.inner_l4;
	__u64 addrs = 0, ports = 0;
	int ret;

	pkt->word.hdr = XVS_HDR_L4;
	pkt->word.flags = XVS_OP_F_L4_CSUM;
	ret = ct_put_addresses(ctx, pkt, own, l3_off,
			       CT_WORDS_SRC(own->family) | CT_WORDS_DST(own->family), false,
			       &addrs);
	if (!ret)
		ret = ct_put_ports(ctx, pkt, own, l4_off, ct_port_word(own->sport, own->dport),
				   &ports);
	if (!ret && own->family == 4)
		ret = ct_put_csum(ctx, pkt, l3_off + 8, addrs, CT_CSUM_LOW);
	if (ret)
		return ret;
	if (own->proto != PARSE_PROTO_ICMP)
		ports += csum_fold(addrs);
	return ct_put_inner_l4_csum(ctx, pkt, own, l4_off, ports);
}

/* --- the whole of it --- */

static __always_inline void ct_rewrite_key(struct xvs_pkt *pkt, const struct xvs_ct_tuple *other,
					   __u32 words)
{
	struct xvs_flow_key *key = &pkt->key;

	if (other->family == 4) {
		key->w[XVS_KEY_W_IPV4] = word_32_32(
			words & CT_WORDS_SRC(4) ? other->dst.ip4 : key->nw_src, other->src.ip4);
		return;
	}
	if (words & CT_WORDS_SRC(6)) {
		key->w[XVS_KEY_WORD(ipv6_src)] = other->dst.w[0];
		key->w[XVS_KEY_WORD(ipv6_src) + 1] = other->dst.w[1];
	}
	key->w[XVS_KEY_WORD(ipv6_dst)] = other->src.w[0];
	key->w[XVS_KEY_WORD(ipv6_dst) + 1] = other->src.w[1];
}

/* What is done to the source and the destination of a direction: XVS_CT_SNAT, _DNAT. */
static __always_inline __u8 ct_rewrite_bits(const struct xvs_ct_entry *e, __u32 dir)
{
	bool snat = e->flags & XVS_CT_E_SNAT, dnat = e->flags & XVS_CT_E_DNAT;

	return ((dir ? dnat : snat) ? XVS_CT_SNAT : 0) | ((dir ? snat : dnat) ? XVS_CT_DNAT : 0);
}

/*
 * Translates the packet, one of direction 'dir' of 'e'. The bits for its ct_state, or
 * -XVS_DROP_REWRITE_FAILED.
 */
static __always_inline int ct_rewrite(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
				      const struct xvs_ct_entry *e, __u32 dir, enum ct_packet kind)
{
	const struct xvs_ct_tuple *other = dir ? &e->tuple : &e->reply;
	__u8 bits = ct_rewrite_bits(e, dir);
	__u32 words = CT_WORDS_SRC(other->family) | CT_WORDS_DST(other->family);
	__u64 diff = 0;
	int ret = 0;

	if (!bits)
		return 0;
	if (kind == CT_PACKET_ERROR) {
		if (!(bits & XVS_CT_SNAT))
			words = CT_WORDS_DST(other->family);
		ret = ct_rewrite_inner(ctx, pkt, other);
		if (ret)
			return ret;
	}
	pkt->word.hdr = XVS_HDR_NW;
	pkt->word.flags = ct_addr_flags(other, kind);
	ret = ct_put_addresses(ctx, pkt, other, pkt->l3_off, words, true, &diff);
	if (ret)
		return ret;
	ct_rewrite_key(pkt, other, words);
	if (kind != CT_PACKET_WHOLE)
		return bits;
	pkt->word.hdr = XVS_HDR_L4;
	pkt->word.flags = other->proto == PARSE_PROTO_SCTP ? XVS_OP_F_CRC32C : XVS_OP_F_L4_CSUM;
	ret = ct_put_ports(ctx, pkt, other, pkt->l4_off, ct_port_word(other->dport, other->sport),
			   &diff);
	if (ret)
		return ret;
	if (ct_has_ports(other->proto))
		pkt->key.w[XVS_KEY_W_TP] = word_32_16_16(ct_port_word(other->dport, other->sport),
							 pkt->key.tcp_flags, 0);
	return bits;
}

/* The same of the connection that the packet's CT has found. */
static __always_inline int ct_rewrite_pkt(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	const struct xvs_ct_entry *e = table_ct_entry(pkt->ct.place);

	return e ? ct_rewrite(ctx, pkt, e, pkt->ct.dir & 1, pkt->ct.kind) : -XVS_DROP_NO_SCRATCH;
}

#endif /* BPF_CT_REWRITE_H */
