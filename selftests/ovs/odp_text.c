// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Datapath flow text of odp_text.h.
 */
#include "odp_text.h"

#include <arpa/inet.h>

#define DL_TYPE_IP XVS_BE16(0x0800)
#define DL_TYPE_IPV6 XVS_BE16(0x86dd)
#define DL_TYPE_ARP XVS_BE16(0x0806)
#define DL_TYPE_RARP XVS_BE16(0x8035)
#define DL_TYPE_MPLS XVS_BE16(0x8847)
#define DL_TYPE_MPLS_MC XVS_BE16(0x8848)

static void add_mac(struct strbuf *out, const char *name, const __u8 mac[6])
{
	strbuf_printf(out, "%s=%02x:%02x:%02x:%02x:%02x:%02x", name, mac[0], mac[1], mac[2], mac[3],
		      mac[4], mac[5]);
}

static void add_ip(struct strbuf *out, const char *name, int family, const void *addr)
{
	char text[INET6_ADDRSTRLEN];

	strbuf_printf(out, "%s=%s", name, inet_ntop(family, addr, text, sizeof(text)));
}

static void add_tag(struct strbuf *out, __be16 be_tci)
{
	__u16 tci = XVS_FROM_BE16(be_tci);

	strbuf_printf(out, "eth_type(0x8100),vlan(vid=%u,pcp=%u),encap(", tci & XVS_VLAN_VID_MASK,
		      tci >> XVS_VLAN_PCP_SHIFT);
}

static void add_arp(struct strbuf *out, const struct flow_key *key)
{
	add_ip(out, "arp(sip", AF_INET, &key->nw_src);
	add_ip(out, ",tip", AF_INET, &key->nw_dst);
	strbuf_printf(out, ",op=%u", key->nw_proto);
	add_mac(out, ",sha", key->arp_sha);
	add_mac(out, ",tha", key->arp_tha);
	strbuf_addc(out, ')');
}

static void add_nd(struct strbuf *out, const struct flow_key *key)
{
	add_ip(out, ",nd(target", AF_INET6, key->nd_target);
	add_mac(out, ",sll", key->arp_sha);
	add_mac(out, ",tll", key->arp_tha);
	strbuf_addc(out, ')');
}

static void add_l4(struct strbuf *out, const struct flow_key *key)
{
	unsigned int src = XVS_FROM_BE16(key->tp_src), dst = XVS_FROM_BE16(key->tp_dst);
	bool ipv6 = key->dl_type == DL_TYPE_IPV6;

	if (key->nw_frag & XVS_FRAG_LATER)
		return;
	switch (key->nw_proto) {
	case IPPROTO_TCP:
		strbuf_printf(out, ",tcp(src=%u,dst=%u),tcp_flags(0x%03x)", src, dst,
			      XVS_FROM_BE16(key->tcp_flags));
		break;
	case IPPROTO_UDP:
		strbuf_printf(out, ",udp(src=%u,dst=%u)", src, dst);
		break;
	case IPPROTO_SCTP:
		strbuf_printf(out, ",sctp(src=%u,dst=%u)", src, dst);
		break;
	case IPPROTO_ICMP:
		if (!ipv6)
			strbuf_printf(out, ",icmp(type=%u,code=%u)", src, dst);
		break;
	case IPPROTO_ICMPV6:
		if (!ipv6)
			break;
		strbuf_printf(out, ",icmpv6(type=%u,code=%u)", src, dst);
		if (src == 135 || src == 136)
			add_nd(out, key);
		break;
	default:
		break;
	}
}

static bool is_mpls(const struct flow_key *key)
{
	return key->dl_type == DL_TYPE_MPLS || key->dl_type == DL_TYPE_MPLS_MC;
}

static void add_mpls(struct strbuf *out, const struct flow_key *key)
{
	__u32 lse = XVS_FROM_BE32(key->mpls_lse);

	strbuf_printf(out, ",mpls(label=%u,tc=%u,ttl=%u,bos=%u)", lse >> 12, lse >> 9 & 7,
		      lse & 0xff, lse >> 8 & 1);
}

static void add_l3(struct strbuf *out, const struct flow_key *key)
{
	const char *frag = key->nw_frag & XVS_FRAG_LATER ? "later" : key->nw_frag ? "first" : "no";

	if (key->dl_type == DL_TYPE_ARP || key->dl_type == DL_TYPE_RARP) {
		strbuf_addc(out, ',');
		add_arp(out, key);
	} else if (key->dl_type == DL_TYPE_IP) {
		add_ip(out, ",ipv4(src", AF_INET, &key->nw_src);
		add_ip(out, ",dst", AF_INET, &key->nw_dst);
		strbuf_printf(out, ",proto=%u,tos=%#x,ttl=%u,frag=%s)", key->nw_proto, key->nw_tos,
			      key->nw_ttl, frag);
		add_l4(out, key);
	} else if (key->dl_type == DL_TYPE_IPV6) {
		add_ip(out, ",ipv6(src", AF_INET6, key->ipv6_src);
		add_ip(out, ",dst", AF_INET6, key->ipv6_dst);
		strbuf_printf(out, ",label=%#x,proto=%u,tclass=%#x,hlimit=%u,frag=%s)",
			      XVS_FROM_BE32(key->ipv6_label), key->nw_proto, key->nw_tos,
			      key->nw_ttl, frag);
		add_l4(out, key);
	} else if (is_mpls(key)) {
		add_mpls(out, key);
	}
}

void odp_text(struct strbuf *out, const struct flow_key *key, unsigned int in_port)
{
	strbuf_printf(out, "in_port(%u),", in_port);
	add_mac(out, "eth(src", key->dl_src);
	add_mac(out, ",dst", key->dl_dst);
	strbuf_add(out, "),");
	if (key->vlan_tci)
		add_tag(out, key->vlan_tci);
	if (key->vlan_tci1)
		add_tag(out, key->vlan_tci1);
	if (key->dl_type != XVS_BE16(XVS_ETH_TYPE_NONE))
		strbuf_printf(out, "eth_type(0x%04x)", XVS_FROM_BE16(key->dl_type));
	add_l3(out, key);
	if (key->vlan_tci)
		strbuf_addc(out, ')');
	if (key->vlan_tci1)
		strbuf_addc(out, ')');
}

bool odp_makes_frame(const struct flow_key *key)
{
	/* It writes no fragment header of IPv6, no LLC frame, and addresses only
	 * into ARP's requests and replies. */
	if (key->dl_type == DL_TYPE_IPV6)
		return !key->nw_frag;
	if (key->dl_type == DL_TYPE_ARP || key->dl_type == DL_TYPE_RARP)
		return key->nw_proto == 1 || key->nw_proto == 2;
	/* What is behind the label is no part of the key. */
	return key->dl_type != XVS_BE16(XVS_ETH_TYPE_NONE) && !is_mpls(key);
}
