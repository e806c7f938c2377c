// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The packet inside a guest's own tunnel, as port_tx.c has to know it: where its
 * headers are. The bytes are a guest's; nothing of them is believed.
 */
#include "tunnel.h"

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <string.h>

#include "xvs/tunnel.h"

#define IPV4_HEADER_BYTES 20
#define IPV4_FRAGMENT_BITS 0x3fff
#define IPV6_HEADER_BYTES 40
#define UDP_HEADER_BYTES 8
#define MAX_IPV6_EXT 8
#define MAX_INNER_TAGS 2

#define VXLAN_HEADER_BYTES 8
#define VXLAN_FLAG_VNI 0x08 /* of byte 0 */
#define VXLAN_FLAG_GPE 0x04
#define VXLAN_FLAG_RCO 0x20 /* of byte 1 */
#define GENEVE_HEADER_BYTES 8
#define GRE_HEADER_BYTES 4
#define GRE_FLAG_CSUM 0x8000
#define GRE_FLAG_KEY 0x2000
#define GRE_FLAG_SEQ 0x1000
#define GRE_OTHER_BITS 0x4fff /* routing, version 1: not taken apart */

static __u16 get16(const __u8 *p)
{
	return (__u16)(p[0] << 8 | p[1]);
}

/* 'n' bytes at 'off' are in the frame, and where offsets can say. */
static bool has(const struct port_tx_frame *f, size_t off, size_t n)
{
	return off + n <= f->len && off + n <= UINT16_MAX;
}

/* The enter_ functions make 'in' describe the packet that begins at 'off'. False:
 * there is none that is understood, and 'in' is of no use any more. */
static bool enter_ipv4(struct port_tx_frame *in, size_t off)
{
	const __u8 *l3 = in->data + off;
	size_t l3_bytes;

	if (!has(in, off, IPV4_HEADER_BYTES) || l3[0] >> 4 != 4)
		return false;
	l3_bytes = (size_t)(l3[0] & 0xf) * 4;
	if (l3_bytes < IPV4_HEADER_BYTES || !has(in, off, l3_bytes) ||
	    get16(l3 + 6) & IPV4_FRAGMENT_BITS)
		return false;
	in->ipv6 = false;
	in->nw_proto = l3[9];
	in->l3_off = (__u16)off;
	in->l4_off = (__u16)(off + l3_bytes);
	return true;
}

static bool is_ipv6_ext(__u8 proto)
{
	return proto == IPPROTO_HOPOPTS || proto == IPPROTO_ROUTING || proto == IPPROTO_DSTOPTS;
}

static bool enter_ipv6(struct port_tx_frame *in, size_t off)
{
	size_t at = off + IPV6_HEADER_BYTES;
	__u8 next;

	if (!has(in, off, IPV6_HEADER_BYTES) || in->data[off] >> 4 != 6)
		return false;
	next = in->data[off + 6];
	for (int i = 0; i < MAX_IPV6_EXT && is_ipv6_ext(next); i++) {
		if (!has(in, at, 8))
			return false;
		next = in->data[at];
		at += 8 * ((size_t)in->data[at + 1] + 1);
	}
	if (!has(in, at, 0))
		return false;
	in->ipv6 = true;
	in->nw_proto = next;
	in->l3_off = (__u16)off;
	in->l4_off = (__u16)at;
	return true;
}

static bool enter_ip(struct port_tx_frame *in, size_t off, __u16 type)
{
	if (type == ETH_P_IP)
		return enter_ipv4(in, off);
	return type == ETH_P_IPV6 && enter_ipv6(in, off);
}

static bool enter_ethernet(struct port_tx_frame *in, size_t off)
{
	__u16 type;

	if (!has(in, off, ETH_HLEN))
		return false;
	type = get16(in->data + off + 12);
	off += ETH_HLEN;
	for (int i = 0; i < MAX_INNER_TAGS && (type == ETH_P_8021Q || type == ETH_P_8021AD); i++) {
		if (!has(in, off, 4))
			return false;
		type = get16(in->data + off + 2);
		off += 4;
	}
	return enter_ip(in, off, type);
}

static bool enter_payload(struct port_tx_frame *in, size_t off, __u16 type)
{
	return type == ETH_P_TEB ? enter_ethernet(in, off) : enter_ip(in, off, type);
}

/* With remote checksum offload the inner checksum is to stay partial. */
static bool enter_vxlan(struct port_tx_frame *in, size_t off)
{
	static const __u16 gpe_types[] = {0, ETH_P_IP, ETH_P_IPV6, ETH_P_TEB};
	const __u8 *p = in->data + off;
	__u16 type = ETH_P_TEB;

	if (!has(in, off, VXLAN_HEADER_BYTES) || !(p[0] & VXLAN_FLAG_VNI) || p[1] & VXLAN_FLAG_RCO)
		return false;
	if (p[0] & VXLAN_FLAG_GPE)
		type = p[3] < 4 ? gpe_types[p[3]] : 0;
	return enter_payload(in, off + VXLAN_HEADER_BYTES, type);
}

static bool enter_geneve(struct port_tx_frame *in, size_t off)
{
	const __u8 *p = in->data + off;

	if (!has(in, off, GENEVE_HEADER_BYTES) || p[0] >> 6)
		return false;
	return enter_payload(in, off + GENEVE_HEADER_BYTES + (size_t)(p[0] & 0x3f) * 4,
			     get16(p + 2));
}

static bool enter_gre(struct port_tx_frame *in, size_t off)
{
	size_t header_bytes = GRE_HEADER_BYTES;
	__u16 flags;

	if (!has(in, off, GRE_HEADER_BYTES))
		return false;
	flags = get16(in->data + off);
	if (flags & GRE_OTHER_BITS)
		return false;
	header_bytes += flags & GRE_FLAG_CSUM ? 4 : 0;
	header_bytes += flags & GRE_FLAG_KEY ? 4 : 0;
	header_bytes += flags & GRE_FLAG_SEQ ? 4 : 0;
	return enter_payload(in, off + header_bytes, get16(in->data + off + 2));
}

bool tunnel_find_ip(struct port_tx_frame *in)
{
	return in->l3_off >= ETH_HLEN && enter_ip(in, in->l3_off, in->ipv6 ? ETH_P_IPV6 : ETH_P_IP);
}

bool tunnel_is_udp(const struct port_tx_frame *f)
{
	__be16 port;

	if (f->nw_proto != IPPROTO_UDP || !has(f, f->l4_off, UDP_HEADER_BYTES))
		return false;
	memcpy(&port, f->data + f->l4_off + 2, sizeof(port));
	return xvs_is_tunnel_port(port);
}

bool tunnel_enter(struct port_tx_frame *in)
{
	switch (in->nw_proto) {
	case IPPROTO_IPIP:
		return enter_ipv4(in, in->l4_off);
	case IPPROTO_IPV6:
		return enter_ipv6(in, in->l4_off);
	case IPPROTO_GRE:
		return enter_gre(in, in->l4_off);
	}
	if (!tunnel_is_udp(in))
		return false;
	if (get16(in->data + in->l4_off + 2) == XVS_TUNNEL_PORT_GENEVE)
		return enter_geneve(in, in->l4_off + (size_t)UDP_HEADER_BYTES);
	return enter_vxlan(in, in->l4_off + (size_t)UDP_HEADER_BYTES);
}
