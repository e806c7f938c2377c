// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The reference executor: runs an action program on a frame in a buffer. Its
 * twin is bpf/execute*.h; it shares nothing with it but xvs/action.h.
 *
 * Frames are hostile: headers are looked for within the bounds once, before the
 * first operation, and an operation on one that was not found does nothing.
 * Pushing and popping tags moves the places that were found, the frame is not
 * parsed again [ACT3].
 */
#include "execute_ref.h"

#include <string.h>

#include "proto.h"
#include "xvs/flow_key.h"

_Static_assert(XVS_FLOW_KEY_SEQ == 1, "the key has changed: are there new headers to write to?");

#define MACS_LEN 12
#define ETH_LEN 14
#define TAG_LEN 4
#define SNAP_LEN 8

#define LSE_LEN 4

#define ND_HEADER_LEN 24

#define SCTP_CRC_OFF 8
#define NO_CSUM 0 /* no L4 checksum at offset 0 of any protocol */

/* Where a header is; end == 0: the frame does not have it. */
struct span {
	size_t at;
	size_t end;
};

struct frame {
	struct ref_packet *pkt;
	struct span hdr[XVS_HDR_N]; /* XVS_HDR_MPLS is looked for when it is needed */
	size_t l2_end; /* behind the EtherType, where MPLS begins; 0: not known */
	__u16 nw_type; /* ETH_* of the NW header; 0: none */
	__u8 nw_proto; /* of the L4 header, if there is one */
	size_t csum_off; /* of the 16-bit L4 checksum within its header, or NO_CSUM */
};

static __u16 load16(const __u8 *p)
{
	return (__u16)(p[0] << 8 | p[1]);
}

static bool is_vlan(__u16 eth_type)
{
	return eth_type == 0x8100 || eth_type == 0x88a8 || eth_type == 0x9100;
}

/* The first address option of each kind; one malformed option spoils them all. */
static void find_nd_options(struct frame *f)
{
	const __u8 *data = f->pkt->data;
	struct span l4 = f->hdr[XVS_HDR_L4], found[XVS_HDR_N] = {0};
	size_t at = l4.at + ND_HEADER_LEN;

	if ((data[l4.at] != ND_SOLICIT && data[l4.at] != ND_ADVERT) || data[l4.at + 1])
		return;
	for (int i = 0; i < XVS_MAX_ND_OPTIONS && at < l4.end; i++) {
		size_t len;
		enum xvs_op_hdr hdr;

		if (at + 8 > l4.end)
			return;
		len = 8 * (size_t)data[at + 1];
		if (!len || at + len > l4.end)
			return;
		hdr = data[at] == ND_OPT_SLL ? XVS_HDR_ND_SLL : XVS_HDR_ND_TLL;
		if (len == 8 && (data[at] == ND_OPT_SLL || data[at] == ND_OPT_TLL) &&
		    !found[hdr].end)
			found[hdr] = (struct span){at + 2, at + 8};
		at += len;
	}
	f->hdr[XVS_HDR_ND_SLL] = found[XVS_HDR_ND_SLL];
	f->hdr[XVS_HDR_ND_TLL] = found[XVS_HDR_ND_TLL];
}

static void find_l4(struct frame *f, __u8 proto, size_t at, size_t end)
{
	size_t min_len, csum_off = NO_CSUM;

	switch (proto) {
	case PROTO_TCP:
		min_len = 20;
		csum_off = 16;
		break;
	case PROTO_UDP:
		min_len = 8;
		csum_off = 6;
		break;
	case PROTO_SCTP:
		min_len = 12;
		break;
	case PROTO_ICMP:
	case PROTO_ICMPV6:
		if ((proto == PROTO_ICMPV6) != (f->nw_type == DL_TYPE_IPV6))
			return;
		min_len = proto == PROTO_ICMP ? 8 : 4;
		csum_off = 2;
		break;
	default:
		return;
	}
	if (at + min_len > end)
		return;
	f->hdr[XVS_HDR_L4] = (struct span){at, end};
	f->nw_proto = proto;
	f->csum_off = csum_off;
	if (proto == PROTO_ICMPV6 && at + ND_HEADER_LEN <= end)
		find_nd_options(f);
}

static void find_ipv4(struct frame *f, size_t at)
{
	const __u8 *ip = f->pkt->data + at;
	size_t len = f->pkt->len, ihl, end;

	if (at + 20 > len || ip[0] >> 4 != 4)
		return;
	ihl = 4 * (size_t)(ip[0] & 0xf);
	if (ihl < 20 || at + ihl > len)
		return;
	f->nw_type = DL_TYPE_IP;
	f->hdr[XVS_HDR_NW] = (struct span){at, at + ihl};
	/* Behind the packet there may be padding: SCTP's CRC does not cover it. A
	 * length of 0 is one above 64 KB. */
	end = load16(ip + 2) ? at + load16(ip + 2) : len;
	if (!(load16(ip + 6) & 0x1fff))
		find_l4(f, ip[9], at + ihl, end < len ? end : len);
}

/* The length of an extension header, or 0: it is cut short. */
static size_t ext_len(__u8 proto, const __u8 *p, size_t room)
{
	size_t len;

	if (room < 8)
		return 0;
	if (proto == PROTO_FRAGMENT)
		len = 8;
	else if (proto == PROTO_AH)
		len = 4 * (size_t)(p[1] + 2);
	else
		len = 8 * (size_t)(p[1] + 1);
	return len <= room ? len : 0;
}

static bool is_ext(__u8 proto)
{
	return proto == PROTO_HOPOPTS || proto == PROTO_ROUTING || proto == PROTO_FRAGMENT ||
	       proto == PROTO_AH || proto == PROTO_DSTOPTS;
}

static void find_ipv6(struct frame *f, size_t at)
{
	const __u8 *data = f->pkt->data;
	size_t len = f->pkt->len, end, n;
	__u8 proto;

	if (at + 40 > len || data[at] >> 4 != 6)
		return;
	f->nw_type = DL_TYPE_IPV6;
	f->hdr[XVS_HDR_NW] = (struct span){at, at + 40};
	proto = data[at + 6];
	end = at + 40 + load16(data + at + 4);
	/* A length of 0 may be one above 64 KB. */
	if (end == at + 40 && (proto == PROTO_HOPOPTS || len - at > 40 + 0xffff))
		end = len;
	if (end > len)
		end = len;
	at += 40;
	for (int i = 0; i < XVS_MAX_IPV6_EXT && is_ext(proto); i++) {
		n = ext_len(proto, data + at, end - at);
		if (!n || (proto == PROTO_FRAGMENT && load16(data + at + 2) & 0xfff8))
			return;
		proto = data[at];
		at += n;
	}
	find_l4(f, proto, at, end);
}

/* ARP for anything but Ethernet and IPv4 has its fields elsewhere. */
static void find_arp(struct frame *f, size_t at)
{
	static const __u8 ether_ipv4[] = {0, 1, 8, 0, 6, 4};

	if (at + 28 > f->pkt->len || memcmp(f->pkt->data + at, ether_ipv4, sizeof(ether_ipv4)))
		return;
	f->nw_type = DL_TYPE_ARP;
	f->hdr[XVS_HDR_NW] = (struct span){at, at + 28};
}

/* 802.3: the type may be in a SNAP header behind the length. */
static __u16 snap_type(const struct ref_packet *pkt, size_t at)
{
	static const __u8 snap[] = {0xaa, 0xaa, 3, 0, 0, 0};
	__u16 type;

	if (at + SNAP_LEN > pkt->len || memcmp(pkt->data + at, snap, sizeof(snap)))
		return XVS_ETH_TYPE_NONE;
	type = load16(pkt->data + at + sizeof(snap));
	return type < DL_TYPE_MIN ? XVS_ETH_TYPE_NONE : type;
}

static void find_headers(struct frame *f, struct ref_packet *pkt)
{
	size_t at = MACS_LEN;
	__u16 type;

	memset(f, 0, sizeof(*f));
	f->pkt = pkt;
	if (pkt->len < ETH_LEN)
		return;
	f->hdr[XVS_HDR_ETH] = (struct span){0, ETH_LEN};
	type = load16(pkt->data + at);
	for (int i = 0; i < XVS_MAX_VLAN_TAGS && is_vlan(type); i++) {
		at += TAG_LEN;
		if (at + 2 > pkt->len)
			return;
		type = load16(pkt->data + at);
	}
	at += 2;
	if (type < DL_TYPE_MIN) {
		type = snap_type(pkt, at);
		at += type == XVS_ETH_TYPE_NONE ? 0 : SNAP_LEN;
	}
	f->l2_end = at;
	if (type == DL_TYPE_IP)
		find_ipv4(f, at);
	else if (type == DL_TYPE_IPV6)
		find_ipv6(f, at);
	else if (type == DL_TYPE_ARP || type == DL_TYPE_RARP)
		find_arp(f, at);
}

/* Sum of the halves of a word, as they lie in memory. */
static __u32 sum_word(__u32 word)
{
	return (word & 0xffff) + (word >> 16);
}

/* RFC 1624, equation 3: HC' = ~(~HC + ~m + m'). One's complement sums do not
 * care for byte order as long as it is one. */
static __u16 csum_fold_change(__u16 sum, __u32 old, __u32 new)
{
	__u32 s = sum + sum_word(~old) + sum_word(new);

	s = (s & 0xffff) + (s >> 16);
	return (__u16)((s & 0xffff) + (s >> 16));
}

static void change_csum(__u8 *at, __u32 old, __u32 new)
{
	__u16 csum;

	memcpy(&csum, at, 2);
	csum = (__u16)~csum_fold_change((__u16)~csum, old, new);
	memcpy(at, &csum, 2);
}

static void change_l4_csum(const struct frame *f, __u8 flags, __u32 old, __u32 new)
{
	__u8 *at = f->pkt->data + f->hdr[XVS_HDR_L4].at + f->csum_off;
	bool is_udp = f->nw_proto == PROTO_UDP;
	__u16 csum;

	memcpy(&csum, at, 2);
	if (f->pkt->csum_partial) {
		/* The pseudo header's sum, not complemented; the device adds the rest. */
		if (!(flags & XVS_OP_F_PSEUDO_CSUM))
			return;
		csum = csum_fold_change(csum, old, new);
		memcpy(at, &csum, 2);
		return;
	}
	if (is_udp && !csum)
		return;
	change_csum(at, old, new);
	memcpy(&csum, at, 2);
	if (is_udp && !csum)
		memset(at, 0xff, 2);
}

/*
 * CRC32c without its initial and final complement is linear: the CRC of the
 * changed packet differs from the old one's by the CRC of the difference, which
 * is zero but for four bytes. (The CRC field itself counts as zero: it is never
 * part of the difference.)
 */
static void change_crc32c(const struct frame *f, size_t at, __u32 old, __u32 new)
{
	struct span l4 = f->hdr[XVS_HDR_L4];
	__u8 *crc_at = f->pkt->data + l4.at + SCTP_CRC_OFF;
	__u32 diff = old ^ new, crc = 0;
	__u8 bytes[4];

	memcpy(bytes, &diff, 4);
	memcpy(&diff, crc_at, 4);
	if (!diff || f->pkt->csum_partial)
		return;
	for (size_t i = at; i < l4.end; i++) {
		crc ^= i - at < 4 ? bytes[i - at] : 0;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	/* Stored least significant byte first (RFC 9260, appendix A). */
	for (int i = 0; i < 4; i++)
		crc_at[i] ^= (__u8)(crc >> 8 * i);
}

static bool covers_l4_csum(const struct frame *f, __u8 flags)
{
	/* ICMP has no pseudo header. */
	if (flags & XVS_OP_F_PSEUDO_CSUM && f->nw_proto != PROTO_ICMP)
		return true;
	return flags & XVS_OP_F_L4_CSUM;
}

static void write_word(const struct frame *f, const struct span *hdr, const struct xvs_op *op)
{
	size_t at = hdr->at + op->off;
	__u8 *p = f->pkt->data + at;
	__u32 old, new;

	if (!hdr->end || at + 4 > hdr->end)
		return;
	memcpy(&old, p, 4);
	new = (old & ~op->mask) | (op->value & op->mask);
	if (old == new)
		return;
	memcpy(p, &new, 4);
	if (op->flags & XVS_OP_F_NW_CSUM && f->nw_type == DL_TYPE_IP)
		change_csum(f->pkt->data + f->hdr[XVS_HDR_NW].at + 10, old, new);
	if (!f->hdr[XVS_HDR_L4].end)
		return;
	if (f->csum_off != NO_CSUM && covers_l4_csum(f, op->flags))
		change_l4_csum(f, op->flags, old, new);
	if (op->flags & XVS_OP_F_CRC32C && f->nw_proto == PROTO_SCTP && op->hdr == XVS_HDR_L4)
		change_crc32c(f, at, old, new);
}

static enum xvs_drop_reason dec_ttl(const struct frame *f)
{
	bool is_v4 = f->nw_type == DL_TYPE_IP;
	const struct span *nw = &f->hdr[XVS_HDR_NW];
	struct xvs_op op = {
		.kind = XVS_OP_SET,
		.hdr = XVS_HDR_NW,
		.off = is_v4 ? 8 : 4,
		.flags = XVS_OP_F_NW_CSUM,
	};
	size_t byte = is_v4 ? 0 : 3;
	__u8 mask[4] = {0}, value[4] = {0}, ttl;

	if (!is_v4 && f->nw_type != DL_TYPE_IPV6)
		return XVS_DROP_UNSPEC;
	ttl = f->pkt->data[nw->at + op.off + byte];
	if (ttl <= 1)
		return XVS_DROP_TTL_EXPIRED;
	mask[byte] = 0xff;
	value[byte] = (__u8)(ttl - 1);
	memcpy(&op.mask, mask, 4);
	memcpy(&op.value, value, 4);
	write_word(f, nw, &op);
	return XVS_DROP_UNSPEC;
}

/* The frame's first byte is 'by' bytes further on now. */
static void move_headers(struct frame *f, long by)
{
	for (int i = XVS_HDR_NW; i < XVS_HDR_N; i++) {
		if (!f->hdr[i].end)
			continue;
		f->hdr[i].at -= (size_t)by;
		f->hdr[i].end -= (size_t)by;
	}
	if (f->l2_end)
		f->l2_end -= (size_t)by;
	/* A tag went that the search had not looked at, behind two others. */
	if (f->l2_end < ETH_LEN)
		f->l2_end = 0;
	f->pkt->data += by;
	f->pkt->len -= (size_t)by;
	f->pkt->headroom += (size_t)by;
}

static enum xvs_drop_reason push_vlan(struct frame *f, const struct xvs_op *op)
{
	if (f->pkt->headroom < TAG_LEN)
		return XVS_DROP_BAD_PROGRAM;
	if (f->pkt->len < ETH_LEN)
		return XVS_DROP_UNSPEC;
	memmove(f->pkt->data - TAG_LEN, f->pkt->data, MACS_LEN);
	move_headers(f, -TAG_LEN);
	memcpy(f->pkt->data + MACS_LEN, &op->value, TAG_LEN);
	return XVS_DROP_UNSPEC;
}

static bool has_tag(const struct frame *f)
{
	return f->pkt->len >= ETH_LEN + TAG_LEN && is_vlan(load16(f->pkt->data + MACS_LEN));
}

static void pop_vlan(struct frame *f)
{
	if (!has_tag(f))
		return;
	memmove(f->pkt->data + TAG_LEN, f->pkt->data, MACS_LEN);
	move_headers(f, TAG_LEN);
}

static void set_vlan(const struct frame *f, const struct xvs_op *op)
{
	__u8 mask[4], value[4];

	if (!has_tag(f))
		return;
	memcpy(mask, &op->mask, 4);
	memcpy(value, &op->value, 4);
	for (int i = 2; i < 4; i++) {
		__u8 *p = f->pkt->data + MACS_LEN + i;

		*p = (__u8)((*p & ~mask[i]) | (value[i] & mask[i]));
	}
}

static __u16 l2_type(const struct frame *f)
{
	return load16(f->pkt->data + f->l2_end - 2);
}

static bool has_label(const struct frame *f)
{
	return f->l2_end && f->l2_end + LSE_LEN <= f->pkt->len &&
	       (l2_type(f) == DL_TYPE_MPLS || l2_type(f) == DL_TYPE_MPLS_MCAST);
}

/* The type is in the first half of the word. */
static void set_l2_type(const struct frame *f, __be32 word)
{
	memcpy(f->pkt->data + f->l2_end - 2, &word, 2);
}

static enum xvs_drop_reason push_mpls(struct frame *f, const struct xvs_op *op)
{
	size_t at = f->l2_end;

	if (f->pkt->headroom < LSE_LEN)
		return XVS_DROP_BAD_PROGRAM;
	if (!at || at > XVS_MPLS_MAX_OFF || is_vlan(l2_type(f)))
		return XVS_DROP_REWRITE_FAILED;
	memmove(f->pkt->data - LSE_LEN, f->pkt->data, at - 2);
	move_headers(f, -LSE_LEN);
	f->l2_end = at;
	set_l2_type(f, op->mask);
	memcpy(f->pkt->data + at, &op->value, LSE_LEN);
	return XVS_DROP_UNSPEC;
}

static enum xvs_drop_reason pop_mpls(struct frame *f, const struct xvs_op *op)
{
	size_t at = f->l2_end;

	if (!has_label(f))
		return XVS_DROP_UNSPEC;
	if (at > XVS_MPLS_MAX_OFF)
		return XVS_DROP_REWRITE_FAILED;
	memmove(f->pkt->data + LSE_LEN, f->pkt->data, at - 2);
	move_headers(f, LSE_LEN);
	f->l2_end = at;
	set_l2_type(f, op->mask);
	if (op->value)
		return XVS_DROP_UNSPEC;
	for (int i = XVS_HDR_NW; i < XVS_HDR_N; i++)
		f->hdr[i] = (struct span){0};
	f->nw_type = 0;
	return XVS_DROP_UNSPEC;
}

static void set_mpls(const struct frame *f, const struct xvs_op *op)
{
	__u8 *p = f->pkt->data + f->l2_end;
	__u32 lse;

	if (!has_label(f))
		return;
	memcpy(&lse, p, LSE_LEN);
	lse = (lse & ~op->mask) | (op->value & op->mask);
	memcpy(p, &lse, LSE_LEN);
}

static enum xvs_drop_reason set(const struct frame *f, const struct xvs_op *op)
{
	if (op->hdr >= XVS_HDR_N || op->off & 1 || op->off > 60)
		return XVS_DROP_BAD_PROGRAM;
	if (op->hdr == XVS_HDR_MPLS)
		set_mpls(f, op);
	else
		write_word(f, &f->hdr[op->hdr], op);
	return XVS_DROP_UNSPEC;
}

/* What changes the frame. */
static enum xvs_drop_reason change(struct frame *f, const struct xvs_op *op)
{
	switch (op->kind) {
	case XVS_OP_SET:
		return set(f, op);
	case XVS_OP_PUSH_VLAN:
		return push_vlan(f, op);
	case XVS_OP_POP_VLAN:
		pop_vlan(f);
		return XVS_DROP_UNSPEC;
	case XVS_OP_SET_VLAN:
		set_vlan(f, op);
		return XVS_DROP_UNSPEC;
	case XVS_OP_DEC_TTL:
		return dec_ttl(f);
	case XVS_OP_PUSH_MPLS:
		return push_mpls(f, op);
	case XVS_OP_POP_MPLS:
		return pop_mpls(f, op);
	default:
		return XVS_DROP_BAD_PROGRAM;
	}
}

enum xvs_drop_reason execute_ref(struct ref_packet *pkt, const struct xvs_op *ops, size_t n,
				 const struct ref_handlers *h)
{
	enum xvs_drop_reason reason = XVS_DROP_UNSPEC;
	struct frame f;

	find_headers(&f, pkt);
	for (size_t i = 0; i < n && !reason; i++) {
		const struct xvs_op *op = &ops[i];

		switch (op->kind) {
		case XVS_OP_OUTPUT:
			h->output(h->aux, (__u16)op->port_no, pkt);
			break;
		case XVS_OP_METER:
			if (!h->meter || h->meter(h->aux, op->arg, pkt))
				break;
			if (op->value)
				i += op->value - 1;
			else
				reason = XVS_DROP_METER;
			break;
		case XVS_OP_CONTROLLER:
			if (h->controller)
				h->controller(h->aux, op->arg, pkt);
			if (op->flags & XVS_OP_F_LAST)
				reason = (enum xvs_drop_reason)op->value;
			break;
		case XVS_OP_CT:
			if (!h->ct)
				return XVS_DROP_BAD_PROGRAM;
			reason = h->ct(h->aux, op->arg, pkt);
			break;
		case XVS_OP_RECIRC:
			if (!h->recirc)
				return XVS_DROP_BAD_PROGRAM;
			h->recirc(h->aux, op->arg, pkt);
			return XVS_DROP_UNSPEC;
		default:
			reason = change(&f, op);
			break;
		}
	}
	return reason;
}
