// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The sample packets of pipeline_rows.h.
 */
#include <string.h>

#include "frame_of_key.h"
#include "pipeline_rows.h"

/* clang-format off */
static const struct sample_spec {
	const char *name;
	__u16 dl_type;
	__u8 proto, ttl, tos, frag;
	__u16 src, dst; /* ports, or type and code */
	__u16 tci, tci1;
	__u32 lse;
	__u8 mac; /* first byte of the destination; 0: 02 */
} specs[SAMPLES] = {
	[SAMPLE_TCP] = {"tcp", 0x0800, 6, 64, 0, 0, 1234, 80, 0, 0, 0, 0},
	[SAMPLE_TCP_TTL1] = {"tcp, ttl 1", 0x0800, 6, 1, 42, 0, 1234, 443, 0, 0, 0, 0},
	[SAMPLE_UDP] = {"udp", 0x0800, 17, 64, 184, 0, 53, 5353, 0, 0, 0, 0},
	[SAMPLE_UDP_TTL2] = {"udp, ttl 2", 0x0800, 17, 2, 1, 0, 53, 53, 0, 0, 0, 0},
	[SAMPLE_SCTP] = {"sctp", 0x0800, 132, 64, 0, 0, 2905, 2906, 0, 0, 0, 0},
	[SAMPLE_ICMP] = {"icmp", 0x0800, 1, 64, 0, 0, 8, 0, 0, 0, 0, 0},
	[SAMPLE_FIRST] = {"first fragment", 0x0800, 17, 64, 0, XVS_FRAG_ANY, 53, 54, 0, 0, 0, 0},
	[SAMPLE_LATER] = {"later fragment", 0x0800, 17, 64, 0, XVS_FRAG_ANY | XVS_FRAG_LATER,
			  0, 0, 0, 0, 0, 0},
	[SAMPLE_TCP6] = {"tcp6", 0x86dd, 6, 64, 40, 0, 1234, 80, 0, 0, 0, 0},
	[SAMPLE_UDP6] = {"udp6", 0x86dd, 17, 2, 0, 0, 53, 5353, 0, 0, 0, 0},
	[SAMPLE_PING6] = {"icmp6", 0x86dd, 58, 64, 0, 0, 128, 0, 0, 0, 0, 0},
	[SAMPLE_NS] = {"neighbour solicitation", 0x86dd, 58, 255, 0, 0, 135, 0, 0, 0, 0, 0x33},
	[SAMPLE_NA] = {"neighbour advertisement", 0x86dd, 58, 255, 0, 0, 136, 0, 0, 0, 0, 0},
	[SAMPLE_FIRST6] = {"first fragment, IPv6", 0x86dd, 17, 64, 0, XVS_FRAG_ANY,
			   53, 54, 0, 0, 0, 0},
	[SAMPLE_ARP] = {"arp", 0x0806, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xff},
	[SAMPLE_RARP] = {"rarp", 0x8035, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0xff},
	[SAMPLE_TAGGED] = {"tagged", 0x0800, 6, 64, 0, 0, 1234, 80, 0x7007, 0, 0, 0},
	[SAMPLE_TWO_TAGS] = {"two tags", 0x0800, 17, 1, 0, 0, 53, 80, 0x1007, 0x1063, 0, 0},
	[SAMPLE_PRIORITY] = {"priority tag", 0x0800, 6, 64, 0, 0, 1234, 80, 0xb000, 0, 0, 0},
	[SAMPLE_MPLS] = {"mpls", 0x8847, 0, 0, 0, 0, 0, 0, 0, 0, 100 << 12 | 3 << 9 | 0x102, 0},
	[SAMPLE_MPLS_TTL1] = {"mpls, two labels", 0x8847, 0, 0, 0, 0, 0, 0, 0x1007, 0,
			      16 << 12 | 1, 0},
	[SAMPLE_LLDP] = {"lldp", 0x88cc, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01},
	[SAMPLE_LLC] = {"llc", XVS_ETH_TYPE_NONE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
	[SAMPLE_MULTICAST] = {"multicast", 0x88b5, 0, 0, 0, 0, 0, 0, 0x1003, 0, 0, 0x01},
};
/* clang-format on */

const char *sample_name(enum sample sample)
{
	return specs[sample].name;
}

static void set_ipv4(struct flow_key *key)
{
	key->nw_src = XVS_BE32(0x0a010203);
	key->nw_dst = XVS_BE32(0x0a141516);
}

static void set_ipv6(struct flow_key *key)
{
	static const __u8 src[16] = {0xfd, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3};
	static const __u8 dst[16] = {0xfd, 4, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6};

	memcpy(key->ipv6_src, src, 16);
	memcpy(key->ipv6_dst, dst, 16);
	key->ipv6_label = XVS_BE32(0xabcde);
	if (key->nw_proto != 58 || (key->tp_src != XVS_BE16(135) && key->tp_src != XVS_BE16(136)))
		return;
	memcpy(key->nd_target, dst, 16);
	if (key->tp_src == XVS_BE16(135))
		memcpy(key->arp_sha, "\2\0\0\0\0\x0a", 6);
	else
		memcpy(key->arp_tha, "\2\0\0\0\0\x0b", 6);
}

void sample_key(enum sample sample, struct flow_key *key)
{
	const struct sample_spec *s = &specs[sample];

	memset(key, 0, sizeof(*key));
	key->in_port = 1;
	memcpy(key->dl_src, "\2\0\0\0\0\1", 6);
	memcpy(key->dl_dst, "\2\0\0\0\0\2", 6);
	if (s->mac)
		key->dl_dst[0] = s->mac;
	key->dl_type = XVS_BE16(s->dl_type);
	key->vlan_tci = XVS_BE16(s->tci);
	key->vlan_tci1 = XVS_BE16(s->tci1);
	key->mpls_lse = XVS_BE32(s->lse);
	key->nw_proto = s->proto;
	key->nw_ttl = s->ttl;
	key->nw_tos = s->tos;
	key->nw_frag = s->frag;
	key->tp_src = XVS_BE16(s->src);
	key->tp_dst = XVS_BE16(s->dst);
	if (s->proto == 6 && !(s->frag & XVS_FRAG_LATER))
		key->tcp_flags = XVS_BE16(0x012);
	if (s->dl_type == 0x86dd)
		set_ipv6(key);
	else if (s->dl_type == 0x0800 || s->dl_type == 0x0806 || s->dl_type == 0x8035)
		set_ipv4(key);
	if (s->dl_type == 0x0806 || s->dl_type == 0x8035) {
		memcpy(key->arp_sha, "\2\0\0\0\0\1", 6);
		memcpy(key->arp_tha, "\2\0\0\0\0\x0c", 6);
	}
}

void sample_packet(enum sample sample, bool back, struct pipeline_packet *packet)
{
	const struct frame_choice choice = {.ext6 = sample == SAMPLE_TCP6};
	struct flow_key key;

	sample_key(sample, &key);
	if (back) {
		key.in_port = 2;
		memcpy(key.dl_dst, "\2\0\0\0\0\1", 6);
		memcpy(key.dl_src, "\2\0\0\0\0\2", 6);
	}
	packet->in_port = key.in_port;
	frame_of_key(&key, &choice, &packet->frame);
}
