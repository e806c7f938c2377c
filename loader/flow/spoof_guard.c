// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Judging packets by the addresses that their port is bound to; see spoof_guard.h.
 * The text of bindings is in spoof_guard_text.c.
 */
#include "spoof_guard.h"

#include "proto.h"

#define ARP_REQUEST 1
#define DHCP_CLIENT 68
#define DHCP_SERVER 67
#define ICMPV6_MLD_REPORT 131
#define ICMPV6_ROUTER_SOLICIT 133
#define ICMPV6_MLD2_REPORT 143

/* An address of the packet: where it is in the key, and in the mask. */
struct place {
	const __u8 *value;
	__u8 *wc;
	unsigned int len; /* bits */
};

#define PLACE(key, wc_, member)                                \
	((struct place){.value = (const __u8 *)&(key)->member, \
			.wc = (__u8 *)&(wc_)->member,          \
			.len = 8 * sizeof(((const struct flow_key *)0)->member)})

static const struct spoof_guard_binding mac_zero = {.kind = SPOOF_GUARD_MAC, .len = 48};
static const struct spoof_guard_binding ip4_zero = {.kind = SPOOF_GUARD_IP4, .len = 32};
static const struct spoof_guard_binding ip6_zero = {.kind = SPOOF_GUARD_IP6, .len = 128};
static const struct spoof_guard_binding ip4_broadcast = {
	.kind = SPOOF_GUARD_IP4,
	.len = 32,
	.addr = {255, 255, 255, 255},
};

/* The first of the binding's bits that the address has other, or b->len. */
static unsigned int first_difference(const struct place *p, const struct spoof_guard_binding *b)
{
	unsigned int i = 0;

	while (i < b->len && p->value[i / 8] == b->addr[i / 8])
		i = (i / 8 + 1) * 8;
	if (i >= b->len)
		return b->len;
	while (i < b->len && !((p->value[i / 8] ^ b->addr[i / 8]) & 0x80 >> i % 8))
		i++;
	return i;
}

static void read_prefix(const struct place *p, unsigned int len)
{
	for (unsigned int i = 0; i < len / 8; i++)
		p->wc[i] = 0xff;
	if (len % 8)
		p->wc[len / 8] |= (__u8)(0xff00 >> len % 8);
}

/* A bit that is read already tells that the address is not in 'b'. */
static bool is_known_to_differ(const struct place *p, const struct spoof_guard_binding *b)
{
	unsigned int n = b->len / 8;

	for (unsigned int i = 0; i < n; i++)
		if ((p->value[i] ^ b->addr[i]) & p->wc[i])
			return true;
	return b->len % 8 && (p->value[n] ^ b->addr[n]) & p->wc[n] & (__u8)(0xff00 >> b->len % 8);
}

/* Reads what proves that the address is not in 'b', which it is not. */
static void read_difference(const struct place *p, const struct spoof_guard_binding *b)
{
	if (!is_known_to_differ(p, b))
		read_prefix(p, first_difference(p, b) + 1);
}

static bool is_in(const struct place *p, const struct spoof_guard_binding *b)
{
	return first_difference(p, b) == b->len;
}

/* The address is this one. */
static bool is_one(struct place p, const struct spoof_guard_binding *b)
{
	if (is_in(&p, b)) {
		read_prefix(&p, b->len);
		return true;
	}
	read_difference(&p, b);
	return false;
}

/* The address is one of the port's: of those that say so the shortest is read. */
static bool is_own(const struct spoof_guard *g, struct place p, enum spoof_guard_kind kind)
{
	unsigned int shortest = ~0U;

	for (unsigned int i = 0; i < g->n; i++)
		if (g->v[i].kind == kind && g->v[i].len < shortest && is_in(&p, &g->v[i]))
			shortest = g->v[i].len;
	if (shortest != ~0U) {
		read_prefix(&p, shortest);
		return true;
	}
	for (unsigned int i = 0; i < g->n; i++)
		if (g->v[i].kind == kind)
			read_difference(&p, &g->v[i]);
	return false;
}

static const char *judge_arp(const struct spoof_guard *g, const struct flow_key *key,
			     struct flow_key *wc)
{
	if (!is_own(g, PLACE(key, wc, arp_sha), SPOOF_GUARD_MAC))
		return "ARP sender MAC";
	if (key->dl_type == XVS_BE16(DL_TYPE_RARP))
		return NULL;
	if (is_own(g, PLACE(key, wc, nw_src), SPOOF_GUARD_IP4))
		return NULL;
	if (is_one(PLACE(key, wc, nw_src), &ip4_zero)) {
		wc->nw_proto = 0xff;
		if (key->nw_proto == ARP_REQUEST)
			return NULL;
	}
	return "ARP sender address";
}

/* A client of DHCP that has no address yet; of its source that is known. */
static bool is_dhcp_client(const struct flow_key *key, struct flow_key *wc)
{
	if (!is_one(PLACE(key, wc, nw_dst), &ip4_broadcast))
		return false;
	wc->nw_proto = 0xff;
	if (key->nw_proto != PROTO_UDP)
		return false;
	wc->tp_src = wc->tp_dst = 0xffff;
	return key->tp_src == XVS_BE16(DHCP_CLIENT) && key->tp_dst == XVS_BE16(DHCP_SERVER);
}

static const char *judge_ip4(const struct spoof_guard *g, const struct flow_key *key,
			     struct flow_key *wc)
{
	if (is_own(g, PLACE(key, wc, nw_src), SPOOF_GUARD_IP4))
		return NULL;
	if (is_one(PLACE(key, wc, nw_src), &ip4_zero) && is_dhcp_client(key, wc))
		return NULL;
	return "source address";
}

/* A link-layer address that neighbours would take for the sender's; 0: none is told. */
static bool is_own_or_none(const struct spoof_guard *g, struct place mac)
{
	return is_own(g, mac, SPOOF_GUARD_MAC) || is_one(mac, &mac_zero);
}

/* From the unspecified address. */
static const char *judge_unspecified(const struct spoof_guard *g, const struct flow_key *key,
				     struct flow_key *wc)
{
	wc->nw_proto = 0xff;
	if (key->nw_proto != PROTO_ICMPV6)
		return "source address";
	wc->tp_src = 0xffff;
	switch (XVS_FROM_BE16(key->tp_src)) {
	case ICMPV6_MLD_REPORT:
	case ICMPV6_MLD2_REPORT:
	case ICMPV6_ROUTER_SOLICIT:
		return NULL;
	case ND_SOLICIT:
		if (!is_own(g, PLACE(key, wc, nd_target), SPOOF_GUARD_IP6))
			return "ND target";
		return is_one(PLACE(key, wc, arp_sha), &mac_zero) ? NULL : "ND link-layer address";
	default:
		return "source address";
	}
}

static const char *judge_nd(const struct spoof_guard *g, const struct flow_key *key,
			    struct flow_key *wc)
{
	wc->nw_proto = 0xff;
	if (key->nw_proto != PROTO_ICMPV6)
		return NULL;
	wc->tp_src = 0xffff;
	switch (XVS_FROM_BE16(key->tp_src)) {
	case ND_SOLICIT:
		return is_own_or_none(g, PLACE(key, wc, arp_sha)) ? NULL : "ND link-layer address";
	case ND_ADVERT:
		if (!is_own(g, PLACE(key, wc, nd_target), SPOOF_GUARD_IP6))
			return "ND target";
		return is_own_or_none(g, PLACE(key, wc, arp_tha)) ? NULL : "ND link-layer address";
	default:
		return NULL;
	}
}

static const char *judge_ip6(const struct spoof_guard *g, const struct flow_key *key,
			     struct flow_key *wc)
{
	if (is_one(PLACE(key, wc, ipv6_src), &ip6_zero))
		return judge_unspecified(g, key, wc);
	if (!is_own(g, PLACE(key, wc, ipv6_src), SPOOF_GUARD_IP6))
		return "source address";
	return judge_nd(g, key, wc);
}

const char *spoof_guard_judge(const struct spoof_guard *g, const struct flow_key *key,
			      struct flow_key *wc)
{
	if (!is_own(g, PLACE(key, wc, dl_src), SPOOF_GUARD_MAC))
		return "source MAC";
	wc->dl_type = 0xffff;
	switch (XVS_FROM_BE16(key->dl_type)) {
	case DL_TYPE_ARP:
	case DL_TYPE_RARP:
		return judge_arp(g, key, wc);
	case DL_TYPE_IP:
		return judge_ip4(g, key, wc);
	case DL_TYPE_IPV6:
		return judge_ip6(g, key, wc);
	default:
		return NULL;
	}
}

bool spoof_guard_has(const struct spoof_guard *g, enum spoof_guard_kind kind)
{
	for (unsigned int i = 0; i < g->n; i++)
		if (g->v[i].kind == kind && !g->v[i].implied)
			return true;
	return false;
}
