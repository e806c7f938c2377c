/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SpoofGuard: a port's own addresses, and whether a packet that comes in by the
 * port claims to be from others.
 *
 * Problem. A guest that sends with another's address takes over its traffic: the
 * switch learns the MAC, neighbours believe its ARP and ND, and a firewall that
 * knows guests by their addresses lets it through.
 *
 * Idea. A port is bound to MACs and to prefixes of both families. With the guard on,
 * every place of a packet where its sender names itself has to be one of them:
 *
 *   any frame   source MAC
 *   ARP         sender MAC and address; a request may be a probe, from 0.0.0.0
 *   RARP        sender MAC
 *   IPv4        source; or DHCP's client that has none yet: 0.0.0.0, port 68, to
 *               255.255.255.255, port 67
 *   IPv6        source, or the link-local address that follows from a bound MAC; from
 *               the unspecified address: a router solicitation, MLD reports, and
 *               duplicate address detection of an address that is bound
 *   ND          solicitation: its source's link-layer address; advertisement: target
 *               and link-layer address
 *
 * What is not listed is not allowed, of either family; 0.0.0.0/0 and ::/0 are
 * prefixes too. It sees what the flow key has: a frame whose EtherType is neither IP
 * nor ARP is judged by its source MAC only.
 *
 * Invariants
 * [SPG1] The verdict, and 'wc', depend on no bit of the packet that is not in 'wc'. Of a
 *        refused address that is as far as it differs from the bindings, so that a
 *        sender of random addresses makes few megaflows.
 *
 * All of it is pure; any thread.
 */
#ifndef FLOW_SPOOF_GUARD_H
#define FLOW_SPOOF_GUARD_H

#include "flow.h"
#include "flow_parse.h"
#include "strbuf.h"

/* Bindings of a port, those that follow from its MACs included. */
#define SPOOF_GUARD_MAX 64

enum spoof_guard_kind {
	SPOOF_GUARD_MAC,
	SPOOF_GUARD_IP4,
	SPOOF_GUARD_IP6,
};

struct spoof_guard_binding {
	__u8 kind; /* enum spoof_guard_kind */
	__u8 len; /* bits that count, of 48, 32 or 128 */
	bool implied; /* a MAC's link-local address: not printed */
	__u8 addr[16]; /* as on the wire, from the first byte on; 0 behind 'len' bits */
};

struct spoof_guard {
	bool on;
	unsigned int n;
	struct spoof_guard_binding v[SPOOF_GUARD_MAX];
};

/* "52:54:00:00:00:01,10.0.0.5,2001:db8::/64" becomes the bindings; "none": there are
 * none. 'on' stays. 0, or -EINVAL with 'err' filled and 'g' unchanged. */
int spoof_guard_parse(struct spoof_guard *g, const char *text, struct parse_error *err);
/* The same text again; nothing for none. */
void spoof_guard_format(const struct spoof_guard *g, struct strbuf *out);
bool spoof_guard_has(const struct spoof_guard *g, enum spoof_guard_kind kind);

/* Judges a packet with this key, whether the guard is on or not: NULL if it may pass,
 * else what is wrong with it ("source MAC"). Adds to 'wc' the bits that decided. */
const char *spoof_guard_judge(const struct spoof_guard *g, const struct flow_key *key,
			      struct flow_key *wc);

#endif /* FLOW_SPOOF_GUARD_H */
