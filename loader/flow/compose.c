// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Frames from flow keys. Headers are written in the order of the frame; what
 * depends on what follows (lengths, checksums) is filled in behind it.
 */
#include "compose.h"

#include <string.h>

#include "proto.h"

XVS_STATIC_ASSERT(XVS_FLOW_KEY_SEQ == 1, "every field of a packet has its place in the frame");

#define ETH_MIN_LEN 60 /* without the frame check sequence */

#define IPV4_LEN 20
#define IPV6_LEN 40
#define IPV4_MF 0x2000
#define IPV6_MF 0x0001
/* Where a later fragment begins, in units of 8 bytes. */
#define FRAG_OFFSET 64

#define MPLS_BOTTOM 0x100 /* of the label stack */
#define PAYLOAD_LEN 13 /* odd: sums have a byte left over */

struct writer {
	__u8 *buf;
	size_t len;
};

static void put(struct writer *w, const void *data, size_t n)
{
	memcpy(w->buf + w->len, data, n);
	w->len += n;
}

static void put8(struct writer *w, unsigned int v)
{
	w->buf[w->len++] = (__u8)v;
}

static void put16(struct writer *w, unsigned int v)
{
	put8(w, v >> 8);
	put8(w, v & 0xff);
}

static void put32(struct writer *w, __u32 v)
{
	put16(w, v >> 16);
	put16(w, v & 0xffff);
}

static void store16(__u8 *at, size_t v)
{
	at[0] = (__u8)(v >> 8);
	at[1] = (__u8)v;
}

static void put_payload(struct writer *w)
{
	for (unsigned int i = 0; i < PAYLOAD_LEN; i++)
		put8(w, 'a' + i);
}

/* RFC 1071, the complement included. */
static __u16 checksum(const __u8 *data, size_t len, __u32 sum)
{
	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? data[i] : (__u32)data[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

/* SCTP's, stored least significant byte first (RFC 9260, appendix A). */
static void store_crc32c(__u8 *at, const __u8 *data, size_t len)
{
	__u32 crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	crc = ~crc;
	for (int i = 0; i < 4; i++)
		at[i] = (__u8)(crc >> 8 * i);
}

static bool is_ipv6(const struct xvs_flow_key *key)
{
	return key->dl_type == XVS_BE16(DL_TYPE_IPV6);
}

static __u32 pseudo_sum(const struct xvs_flow_key *key, size_t len)
{
	const __u8 *addrs = is_ipv6(key) ? key->ipv6_src : (const __u8 *)&key->nw_src;
	size_t n = is_ipv6(key) ? 32 : 8;
	__u32 sum = (__u32)len + key->nw_proto;

	for (size_t i = 0; i < n; i += 2)
		sum += (__u32)addrs[i] << 8 | addrs[i + 1];
	return sum;
}

static void put_nd_option(struct writer *w, unsigned int type, const __u8 mac[6])
{
	static const __u8 none[6];

	if (!memcmp(mac, none, sizeof(none)))
		return;
	put8(w, type);
	put8(w, 1);
	put(w, mac, 6);
}

/* Behind type, code and checksum. */
static void put_icmp_body(struct writer *w, const struct xvs_flow_key *key)
{
	unsigned int type = XVS_FROM_BE16(key->tp_src);

	put32(w, 0);
	if (is_ipv6(key) && !key->tp_dst && (type == ND_SOLICIT || type == ND_ADVERT)) {
		put(w, key->nd_target, sizeof(key->nd_target));
		put_nd_option(w, ND_OPT_SLL, key->arp_sha);
		put_nd_option(w, ND_OPT_TLL, key->arp_tha);
	} else {
		put_payload(w);
	}
}

/* Each returns where the checksum is, in its header. */
static size_t put_icmp(struct writer *w, const struct xvs_flow_key *key)
{
	put8(w, XVS_FROM_BE16(key->tp_src) & 0xff);
	put8(w, XVS_FROM_BE16(key->tp_dst) & 0xff);
	put16(w, 0);
	put_icmp_body(w, key);
	return 2;
}

static size_t put_tcp(struct writer *w, const struct xvs_flow_key *key)
{
	put(w, &key->tp_src, 4);
	put32(w, 1);
	put32(w, 1);
	put16(w, 5U << 12 | (XVS_FROM_BE16(key->tcp_flags) & 0xfff));
	put16(w, 0xffff);
	put32(w, 0);
	put_payload(w);
	return 16;
}

static size_t put_udp(struct writer *w, const struct xvs_flow_key *key)
{
	put(w, &key->tp_src, 4);
	put16(w, 8 + PAYLOAD_LEN);
	put16(w, 0);
	put_payload(w);
	return 6;
}

static void put_sctp(struct writer *w, const struct xvs_flow_key *key)
{
	__u8 *header = w->buf + w->len;

	put(w, &key->tp_src, 4);
	put32(w, 1);
	put32(w, 0);
	put_payload(w);
	store_crc32c(header + 8, header, (size_t)(w->buf + w->len - header));
}

static void fill_checksum(const struct writer *w, const struct xvs_flow_key *key, size_t at,
			  size_t csum_off)
{
	size_t len = w->len - at;
	__u32 pseudo = key->nw_proto == PROTO_ICMP ? 0 : pseudo_sum(key, len);
	__u16 sum = checksum(w->buf + at, len, pseudo);

	/* UDP's 0 says that there is none. */
	if (!sum && key->nw_proto == PROTO_UDP)
		sum = 0xffff;
	store16(w->buf + at + csum_off, sum);
}

static void put_l4(struct writer *w, const struct xvs_flow_key *key)
{
	__u8 proto = key->nw_frag & XVS_FRAG_LATER ? PROTO_NONE : key->nw_proto;
	size_t at = w->len, csum_off = 0;

	if (proto == PROTO_TCP)
		csum_off = put_tcp(w, key);
	else if (proto == PROTO_UDP)
		csum_off = put_udp(w, key);
	else if (proto == (is_ipv6(key) ? PROTO_ICMPV6 : PROTO_ICMP))
		csum_off = put_icmp(w, key);
	else if (proto == PROTO_SCTP)
		put_sctp(w, key);
	else
		put_payload(w);
	if (csum_off)
		fill_checksum(w, key, at, csum_off);
}

static void put_ipv4(struct writer *w, const struct xvs_flow_key *key)
{
	__u8 *ip = w->buf + w->len;

	put8(w, 4 << 4 | IPV4_LEN / 4);
	put8(w, key->nw_tos);
	put32(w, 0); /* length, identification */
	put16(w, key->nw_frag & XVS_FRAG_LATER ? FRAG_OFFSET : key->nw_frag ? IPV4_MF : 0);
	put8(w, key->nw_ttl);
	put8(w, key->nw_proto);
	put16(w, 0);
	put(w, &key->nw_src, 4);
	put(w, &key->nw_dst, 4);
	put_l4(w, key);
	store16(ip + 2, (size_t)(w->buf + w->len - ip));
	store16(ip + 10, checksum(ip, IPV4_LEN, 0));
}

/* The header behind IPv6 and fragment header. A later fragment's protocol is the
 * fragment header itself; else a packet ends at no extension header. */
static __u8 ipv6_proto(const struct xvs_flow_key *key)
{
	switch (key->nw_proto) {
	case PROTO_HOPOPTS:
	case PROTO_ROUTING:
	case PROTO_FRAGMENT:
	case PROTO_AH:
	case PROTO_DSTOPTS:
		return key->nw_frag & XVS_FRAG_LATER ? PROTO_UDP : PROTO_NONE;
	default:
		return key->nw_proto;
	}
}

static void put_ipv6(struct writer *w, const struct xvs_flow_key *key)
{
	__u8 *ip = w->buf + w->len;

	put32(w, 6U << 28 | (__u32)key->nw_tos << 20 | (XVS_FROM_BE32(key->ipv6_label) & 0xfffff));
	put16(w, 0);
	put8(w, key->nw_frag ? PROTO_FRAGMENT : ipv6_proto(key));
	put8(w, key->nw_ttl);
	put(w, key->ipv6_src, 16);
	put(w, key->ipv6_dst, 16);
	if (key->nw_frag) {
		put8(w, ipv6_proto(key));
		put8(w, 0);
		put16(w, key->nw_frag & XVS_FRAG_LATER ? FRAG_OFFSET << 3 : IPV6_MF);
		put32(w, 1);
	}
	put_l4(w, key);
	store16(ip + 4, (size_t)(w->buf + w->len - ip - IPV6_LEN));
}

static void put_arp(struct writer *w, const struct xvs_flow_key *key)
{
	put16(w, 1);
	put16(w, DL_TYPE_IP);
	put16(w, 0x0604);
	put16(w, key->nw_proto);
	put(w, key->arp_sha, 6);
	put(w, &key->nw_src, 4);
	put(w, key->arp_tha, 6);
	put(w, &key->nw_dst, 4);
}

/* The key ends at the label on top. Below it is what a pop most often finds. */
static void put_mpls(struct writer *w, const struct xvs_flow_key *key)
{
	const struct xvs_flow_key below = {
		.dl_type = XVS_BE16(DL_TYPE_IP), .nw_proto = PROTO_UDP, .nw_ttl = 64};

	put(w, &key->mpls_lse, 4);
	if (!(XVS_FROM_BE32(key->mpls_lse) & MPLS_BOTTOM))
		put32(w, MPLS_BOTTOM | 64);
	put_ipv4(w, &below);
}

static void put_tags(struct writer *w, const struct xvs_flow_key *key)
{
	const __u16 outer = XVS_FROM_BE16(key->vlan_tci), inner = XVS_FROM_BE16(key->vlan_tci1);

	if (!(outer & XVS_VLAN_PRESENT))
		return;
	put16(w, inner & XVS_VLAN_PRESENT ? TPID_S : TPID_C);
	put16(w, outer & (XVS_VLAN_PCP_MASK | XVS_VLAN_VID_MASK));
	if (!(inner & XVS_VLAN_PRESENT))
		return;
	put16(w, TPID_C);
	put16(w, inner & (XVS_VLAN_PCP_MASK | XVS_VLAN_VID_MASK));
}

static void put_l3(struct writer *w, const struct xvs_flow_key *key)
{
	switch (XVS_FROM_BE16(key->dl_type)) {
	case DL_TYPE_IP:
		put_ipv4(w, key);
		break;
	case DL_TYPE_IPV6:
		put_ipv6(w, key);
		break;
	case DL_TYPE_ARP:
	case DL_TYPE_RARP:
		put_arp(w, key);
		break;
	case DL_TYPE_MPLS:
	case DL_TYPE_MPLS_MCAST:
		put_mpls(w, key);
		break;
	default:
		put_payload(w);
		break;
	}
}

size_t compose_frame(const struct xvs_flow_key *key, __u8 *buf, size_t size)
{
	struct writer w = {.buf = buf};
	unsigned int type = XVS_FROM_BE16(key->dl_type);

	if (size < COMPOSE_MAX_LEN)
		return 0;
	put(&w, key->dl_dst, 6);
	put(&w, key->dl_src, 6);
	put_tags(&w, key);
	/* Without a type the field is the length of what follows. */
	put16(&w, type < DL_TYPE_MIN ? PAYLOAD_LEN : type);
	put_l3(&w, key);
	while (w.len < ETH_MIN_LEN)
		put8(&w, 0);
	return w.len;
}
