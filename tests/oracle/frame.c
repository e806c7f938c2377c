// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The frame builder of frame.h.
 */
#include "frame.h"

#include <string.h>

#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_FRAGMENT 44
#define PROTO_ICMPV6 58
#define PROTO_SCTP 132

#define PAYLOAD_LEN 21 /* odd: checksums have a byte left over */
#define PADDING_LEN 6

static void put(struct frame_buf *b, const void *data, size_t n)
{
	memcpy(b->bytes + b->len, data, n);
	b->len += n;
}

static void put8(struct frame_buf *b, unsigned int v)
{
	b->bytes[b->len++] = (__u8)v;
}

static void put16(struct frame_buf *b, unsigned int v)
{
	put8(b, v >> 8);
	put8(b, v & 0xff);
}

static void put32(struct frame_buf *b, __u32 v)
{
	put16(b, v >> 16);
	put16(b, v & 0xffff);
}

static void put_payload(struct frame_buf *b)
{
	for (int i = 0; i < PAYLOAD_LEN; i++)
		put8(b, 0xc0u + (unsigned int)i * 7);
}

static void store16(__u8 *p, unsigned int v)
{
	p[0] = (__u8)(v >> 8);
	p[1] = (__u8)v;
}

__u16 frame_csum(const __u8 *data, size_t len, __u32 sum)
{
	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? data[i] : (__u32)data[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

__u32 frame_crc32c(const __u8 *data, size_t len)
{
	__u32 crc = 0xffffffff;

	for (size_t i = 0; i < len; i++)
		for (int bit = 0; bit < 8; bit++) {
			__u32 in = (data[i] >> bit ^ crc) & 1;

			crc = crc >> 1 ^ (in ? 0x82f63b78 : 0);
		}
	return ~crc;
}

void frame_spec_init(struct frame_spec *spec, const struct xvs_flow_key *key)
{
	const __be16 tcis[] = {key->vlan_tci1, key->vlan_tci};

	memset(spec, 0, sizeof(*spec));
	spec->key = *key;
	for (int i = 0; i < 2; i++)
		if (tcis[i])
			spec->tag[spec->n_tags++] = (struct frame_tag){
				0x8100, XVS_FROM_BE16(tcis[i]) & (__u16)~XVS_VLAN_PRESENT};
	spec->key.vlan_tci = 0;
	spec->key.vlan_tci1 = 0;
	spec->is_nd = key->dl_type == XVS_BE16(0x86dd) && key->nw_proto == PROTO_ICMPV6 &&
		      (key->tp_src == XVS_BE16(135) || key->tp_src == XVS_BE16(136));
	spec->has_sll = spec->is_nd && (key->arp_sha[0] | key->arp_sha[5]);
	spec->has_tll = spec->is_nd && (key->arp_tha[0] | key->arp_tha[5]);
}

static void put_icmp(const struct frame_spec *spec, struct frame_buf *b)
{
	const struct xvs_flow_key *key = &spec->key;

	put8(b, XVS_FROM_BE16(key->tp_src) & 0xff);
	put8(b, XVS_FROM_BE16(key->tp_dst) & 0xff);
	put16(b, 0);
	put32(b, 0x12345678);
	if (!spec->is_nd) {
		put_payload(b);
		return;
	}
	put(b, key->nd_target, 16);
	if (spec->has_sll) {
		put16(b, 0x0101);
		put(b, key->arp_sha, 6);
	}
	if (spec->has_tll) {
		put16(b, 0x0201);
		put(b, key->arp_tha, 6);
	}
}

/* Headers with checksum 0; its place, or 0 for none. */
static size_t put_l4_header(const struct frame_spec *spec, struct frame_buf *b)
{
	const struct xvs_flow_key *key = &spec->key;
	size_t at = b->len;

	switch (key->nw_proto) {
	case PROTO_TCP:
		put(b, &key->tp_src, 4);
		put32(b, 1000);
		put32(b, 2000);
		put16(b, 0x5000 | XVS_FROM_BE16(key->tcp_flags));
		put16(b, 512);
		put32(b, 0);
		put_payload(b);
		return at + 16;
	case PROTO_UDP:
		put(b, &key->tp_src, 4);
		put16(b, 8 + PAYLOAD_LEN);
		put16(b, 0);
		put_payload(b);
		return at + 6;
	case PROTO_SCTP:
		put(b, &key->tp_src, 4);
		put32(b, 0xfeedbeef);
		put32(b, 0);
		put_payload(b);
		return 0;
	case PROTO_ICMP:
	case PROTO_ICMPV6:
		put_icmp(spec, b);
		return at + 2;
	default:
		put_payload(b);
		return 0;
	}
}

/* The sum of the pseudo header. */
static __u32 pseudo_sum(const struct xvs_flow_key *key, size_t l4_len)
{
	bool is_v6 = key->dl_type == XVS_BE16(0x86dd);
	const __u8 *addrs = is_v6 ? key->ipv6_src : (const __u8 *)&key->nw_src;
	__u32 sum = (__u32)l4_len + key->nw_proto;

	if (key->nw_proto == PROTO_ICMP)
		return 0;
	for (int i = 0; i < (is_v6 ? 32 : 8); i += 2)
		sum += (__u32)addrs[i] << 8 | addrs[i + 1];
	return sum;
}

static void put_l4(const struct frame_spec *spec, struct frame_buf *b)
{
	const struct xvs_flow_key *key = &spec->key;
	size_t at = b->len, csum_at;
	__u16 csum;
	__u32 crc;

	if (key->nw_frag & XVS_FRAG_LATER) {
		put_payload(b);
		return;
	}
	csum_at = put_l4_header(spec, b);
	if (csum_at) {
		csum = frame_csum(b->bytes + at, b->len - at, pseudo_sum(key, b->len - at));
		if (!csum && key->nw_proto == PROTO_UDP)
			csum = 0xffff;
		store16(b->bytes + csum_at, csum);
	} else if (key->nw_proto == PROTO_SCTP) {
		crc = frame_crc32c(b->bytes + at, b->len - at);
		for (int i = 0; i < 4; i++)
			b->bytes[at + 8 + (size_t)i] = (__u8)(crc >> 8 * i);
	}
}

static void put_ipv4(const struct frame_spec *spec, struct frame_buf *b)
{
	const struct xvs_flow_key *key = &spec->key;
	size_t at = b->len;

	put8(b, 0x45);
	put8(b, key->nw_tos);
	put16(b, 0);
	put16(b, 0x4321);
	put16(b, key->nw_frag & XVS_FRAG_LATER ? 10 : key->nw_frag ? 0x2000 : 0);
	put8(b, key->nw_ttl);
	put8(b, key->nw_proto);
	put16(b, 0);
	put(b, &key->nw_src, 8);
	put_l4(spec, b);
	store16(b->bytes + at + 2, (unsigned int)(b->len - at));
	store16(b->bytes + at + 10, frame_csum(b->bytes + at, 20, 0));
}

static void put_ipv6(const struct frame_spec *spec, struct frame_buf *b)
{
	const struct xvs_flow_key *key = &spec->key;
	size_t at = b->len;

	put32(b, 6U << 28 | (__u32)key->nw_tos << 20 | XVS_FROM_BE32(key->ipv6_label));
	put16(b, 0);
	put8(b, key->nw_frag ? PROTO_FRAGMENT : key->nw_proto);
	put8(b, key->nw_ttl);
	put(b, key->ipv6_src, 32);
	if (key->nw_frag) {
		put16(b, (unsigned int)key->nw_proto << 8);
		put16(b, key->nw_frag & XVS_FRAG_LATER ? 10 << 3 : 1);
		put32(b, 0x55aa);
	}
	put_l4(spec, b);
	store16(b->bytes + at + 4, (unsigned int)(b->len - at - 40));
}

static void put_arp(const struct frame_spec *spec, struct frame_buf *b)
{
	const struct xvs_flow_key *key = &spec->key;

	put16(b, 1);
	put16(b, 0x0800);
	put16(b, 0x0604);
	put16(b, key->nw_proto);
	put(b, key->arp_sha, 6);
	put(b, &key->nw_src, 4);
	put(b, key->arp_tha, 6);
	put(b, &key->nw_dst, 4);
}

void frame_build(const struct frame_spec *spec, struct frame_buf *out)
{
	const struct xvs_flow_key *key = &spec->key;

	out->len = 0;
	put(out, key->dl_dst, 6);
	put(out, key->dl_src, 6);
	for (unsigned int i = spec->n_tags; i--;) {
		put16(out, spec->tag[i].tpid);
		put16(out, spec->tag[i].tci);
	}
	put(out, &key->dl_type, 2);
	if (key->dl_type == XVS_BE16(0x0800))
		put_ipv4(spec, out);
	else if (key->dl_type == XVS_BE16(0x86dd))
		put_ipv6(spec, out);
	else if (key->dl_type == XVS_BE16(0x0806))
		put_arp(spec, out);
	else
		put_payload(out);
	/* Padding as short frames have it, in every frame: it belongs to nobody. */
	for (int i = 0; i < PADDING_LEN; i++)
		put8(out, 0xee);
}
