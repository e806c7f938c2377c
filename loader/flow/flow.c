// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Flow keys and masks beyond one-liners: hashing and the exact mask. The
 * algebra that fits a loop is inline in flow.h; single fields are in field.c.
 */
#include "flow.h"

#include "proto.h"

/* All bits of one member of a mask. */
#define MASK_FIELD(mask, member) memset(&(mask)->member, 0xff, sizeof((mask)->member))

const struct flow_key flow_all_bits = {
	.w = {[0 ... FLOW_KEY_WORDS - 1] = ~0ULL},
};

/*
 * Each step below decides on bits that it has put into the mask before. That
 * keeps exact megaflows disjoint [I5]: two packets that get different masks
 * differ in a bit that both masks hold.
 */
static void exact_metadata(const struct flow_key *key, struct flow_key *mask)
{
	MASK_FIELD(mask, recirc_id);
	MASK_FIELD(mask, in_port);
	MASK_FIELD(mask, pkt_mark);
	/* In pkt_mark's word: costs nothing. */
	MASK_FIELD(mask, tun_flags);
	if (key->tun_flags) {
		MASK_FIELD(mask, tun_id);
		MASK_FIELD(mask, tun_src);
		MASK_FIELD(mask, tun_dst);
		MASK_FIELD(mask, tun_tos);
		MASK_FIELD(mask, tun_ttl);
	}
	/* A connection is only known in a later pass. */
	if (key->recirc_id) {
		MASK_FIELD(mask, ct_label);
		MASK_FIELD(mask, ct_mark);
		MASK_FIELD(mask, ct_zone);
		MASK_FIELD(mask, ct_state);
	}
}

static void exact_l2(const struct flow_key *key, struct flow_key *mask)
{
	MASK_FIELD(mask, dl_dst);
	MASK_FIELD(mask, dl_src);
	MASK_FIELD(mask, dl_type);
	MASK_FIELD(mask, vlan_tci);
	if (key->vlan_tci & XVS_BE16(XVS_VLAN_PRESENT))
		MASK_FIELD(mask, vlan_tci1);
	if (key->dl_type == XVS_BE16(DL_TYPE_MPLS) || key->dl_type == XVS_BE16(DL_TYPE_MPLS_MCAST))
		MASK_FIELD(mask, mpls_lse);
}

static void exact_l4(const struct flow_key *key, struct flow_key *mask)
{
	switch (key->nw_proto) {
	case PROTO_TCP:
		mask->tcp_flags = XVS_BE16(0x0fff);
		break;
	case PROTO_UDP:
	case PROTO_SCTP:
		break;
	case PROTO_ICMP:
		if (key->dl_type == XVS_BE16(DL_TYPE_IPV6))
			return;
		break;
	case PROTO_ICMPV6:
		if (key->dl_type != XVS_BE16(DL_TYPE_IPV6))
			return;
		if (key->tp_src == XVS_BE16(ND_SOLICIT) || key->tp_src == XVS_BE16(ND_ADVERT)) {
			MASK_FIELD(mask, nd_target);
			MASK_FIELD(mask, arp_sha);
			MASK_FIELD(mask, arp_tha);
		}
		break;
	default:
		return;
	}
	MASK_FIELD(mask, tp_src);
	MASK_FIELD(mask, tp_dst);
}

static void exact_ip(const struct flow_key *key, struct flow_key *mask)
{
	if (key->dl_type == XVS_BE16(DL_TYPE_IPV6)) {
		MASK_FIELD(mask, ipv6_src);
		MASK_FIELD(mask, ipv6_dst);
		mask->ipv6_label = XVS_BE32(0x000fffff);
	} else {
		MASK_FIELD(mask, nw_src);
		MASK_FIELD(mask, nw_dst);
	}
	mask->nw_frag = XVS_FRAG_ANY | XVS_FRAG_LATER;
	MASK_FIELD(mask, nw_proto);
	MASK_FIELD(mask, nw_tos);
	MASK_FIELD(mask, nw_ttl);
	if (!(key->nw_frag & XVS_FRAG_LATER))
		exact_l4(key, mask);
}

void flow_exact_mask(const struct flow_key *key, struct flow_key *mask)
{
	memset(mask, 0, sizeof(*mask));
	exact_metadata(key, mask);
	exact_l2(key, mask);
	if (flow_is_ip(key)) {
		exact_ip(key, mask);
	} else if (key->dl_type == XVS_BE16(DL_TYPE_ARP) ||
		   key->dl_type == XVS_BE16(DL_TYPE_RARP)) {
		MASK_FIELD(mask, nw_proto);
		MASK_FIELD(mask, nw_src);
		MASK_FIELD(mask, nw_dst);
		MASK_FIELD(mask, arp_sha);
		MASK_FIELD(mask, arp_tha);
	}
}
