// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See policy_linear.h. */
#include "policy_linear.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto.h"

/* One end of a packet: its source, its destination, or the port that is judged. */
struct end {
	const struct policy *p;
	const struct linear_world *world;
	const __u8 *ip; /* NULL: only the port counts */
	const __u8 *mac;
	bool v6;
	__u16 port_no;
	bool match;
};

static bool same_bits(const __u8 *a, const __u8 *b, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if ((a[i / 8] ^ b[i / 8]) & 0x80 >> i % 8)
			return false;
	return true;
}

static bool has_address(const struct end *e, const struct policy_address *a)
{
	return e->ip && e->v6 == (a->family == POLICY_IPV6) && same_bits(e->ip, a->addr, a->len);
}

static bool is_port(const struct end *e, const struct policy_port *port)
{
	if (e->port_no == port->port_no)
		return true;
	for (size_t i = 0; i < port->n_addresses; i++)
		if (has_address(e, &port->addresses[i]))
			return true;
	return false;
}

static void match_port(void *aux, const char *name)
{
	struct end *e = aux;

	for (size_t i = 0; i < e->world->n_ports; i++)
		if (!strcmp(e->world->ports[i].name, name))
			e->match |= is_port(e, &e->world->ports[i]);
}

static void match_tag(void *aux, const char *tag)
{
	struct end *e = aux;

	for (size_t i = 0; i < e->world->n_ports; i++)
		for (size_t k = 0; k < e->world->ports[i].n_tags; k++)
			if (!strcmp(e->world->ports[i].tags[k], tag))
				e->match |= is_port(e, &e->world->ports[i]);
}

static void match_fqdn(void *aux, const char *pattern)
{
	struct end *e = aux;

	for (size_t i = 0; i < e->world->n_learned; i++) {
		const struct linear_learned *l = &e->world->learned[i];
		const char *tail = strchr(l->name, '.');
		bool fits = !strcmp(l->name, pattern);

		for (; *pattern == '*' && tail && !fits; tail = strchr(tail + 1, '.'))
			fits = !strcmp(tail, pattern + 1);
		if (fits)
			e->match |= has_address(e, &l->address);
	}
}

static void match_address(void *aux, const char *text)
{
	struct end *e = aux;
	bool v6 = strchr(text, ':');
	unsigned int len = v6 ? 128 : 32;
	char host[64];
	__u8 addr[16];

	sscanf(text, "%63[^/]/%u", host, &len);
	if (inet_pton(v6 ? AF_INET6 : AF_INET, host, addr) != 1)
		abort();
	if (e->ip && e->v6 == v6 && same_bits(e->ip, addr, len))
		e->match = true;
}

static bool read_mac(const char *text, __u8 mac[6])
{
	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0], &mac[1], &mac[2],
		      &mac[3], &mac[4], &mac[5]) == 6 &&
	       strlen(text) == 17;
}

static void match_mac(void *aux, const char *text)
{
	struct end *e = aux;
	__u8 mac[6];

	if (!read_mac(text, mac))
		abort();
	if (e->mac && !memcmp(e->mac, mac, 6))
		e->match = true;
}

static void match_group(void *aux, const char *name)
{
	struct end *e = aux;

	policy_group_items(e->p, name, "ports", match_port, e);
	policy_group_items(e->p, name, "tags", match_tag, e);
	policy_group_items(e->p, name, "addresses", match_address, e);
	policy_group_items(e->p, name, "macs", match_mac, e);
	policy_group_items(e->p, name, "fqdns", match_fqdn, e);
	policy_group_items(e->p, name, "groups", match_group, e);
}

static void match_member(void *aux, const char *item)
{
	__u8 mac[6];

	if (!strncmp(item, "port:", 5))
		match_port(aux, item + 5);
	else if (!strncmp(item, "tag:", 4))
		match_tag(aux, item + 4);
	else if (!strncmp(item, "fqdn:", 5))
		match_fqdn(aux, item + 5);
	else if (read_mac(item, mac))
		match_mac(aux, item);
	else if (strchr(item, ':') || (item[0] >= '0' && item[0] <= '9'))
		match_address(aux, item);
	else
		match_group(aux, item);
}

static bool operand_matches(struct end *e, const struct policy_rule *r, enum policy_part part,
			    bool any)
{
	e->match = any;
	if (!any)
		policy_rule_items(e->p, r, part, match_member, e);
	return e->match;
}

/* --- services --- */

struct service {
	const struct policy *p;
	const struct flow_key *key;
	bool match;
};

static bool in_range(__be16 port, const char *range)
{
	unsigned int first, last;
	int n = sscanf(range, "%u-%u", &first, &last);

	if (n == 1)
		last = first;
	return XVS_FROM_BE16(port) >= first && XVS_FROM_BE16(port) <= last;
}

static bool ports_match(const struct flow_key *key, const char *ports)
{
	const char *arrow = strchr(ports, '>');

	if (arrow)
		return in_range(key->tp_src, ports) && in_range(key->tp_dst, arrow + 1);
	return in_range(key->tp_dst, ports);
}

static bool icmp_matches(const struct flow_key *key, const char *text)
{
	unsigned int type, code;
	int n = sscanf(text, "%u/%u", &type, &code);

	return XVS_FROM_BE16(key->tp_src) == type && (n == 1 || XVS_FROM_BE16(key->tp_dst) == code);
}

static const struct {
	const char *name;
	__u8 proto;
	bool (*matches)(const struct flow_key *key, const char *text);
} protos[] = {
	{"tcp", PROTO_TCP, ports_match},       {"udp", PROTO_UDP, ports_match},
	{"sctp", PROTO_SCTP, ports_match},     {"icmp", PROTO_ICMP, icmp_matches},
	{"icmp6", PROTO_ICMPV6, icmp_matches},
};

static void match_service(void *aux, const char *item)
{
	struct service *s = aux;
	size_t head = strcspn(item, ":");

	for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++) {
		if (strlen(protos[i].name) != head || memcmp(protos[i].name, item, head))
			continue;
		if (s->key->nw_proto != protos[i].proto)
			return;
		if (!item[head])
			s->match = true;
		else if (!(s->key->nw_frag & XVS_FRAG_LATER))
			s->match |= protos[i].matches(s->key, item + head + 1);
		return;
	}
	if (!strncmp(item, "proto:", 6))
		s->match |= s->key->nw_proto == atoi(item + 6);
	else
		policy_service_items(s->p, item, match_service, s);
}

static bool service_matches(const struct policy *p, const struct policy_rule *r,
			    const struct flow_key *key)
{
	struct service s = {.p = p, .key = key, .match = !r->services};

	if (r->services)
		policy_rule_items(p, r, POLICY_SERVICES, match_service, &s);
	return s.match;
}

static bool rule_matches(const struct policy *p, const struct linear_world *world,
			 const struct policy_rule *r, const struct policy_query *q)
{
	const struct flow_key *k = q->key;
	bool v6 = k->dl_type == XVS_BE16(DL_TYPE_IPV6);
	struct end src = {
		.p = p,
		.world = world,
		.ip = v6 ? k->ipv6_src : (const __u8 *)&k->nw_src,
		.mac = k->dl_src,
		.v6 = v6,
		.port_no = q->in_port,
	};
	struct end dst = {
		.p = p,
		.world = world,
		.ip = v6 ? k->ipv6_dst : (const __u8 *)&k->nw_dst,
		.mac = k->dl_dst,
		.v6 = v6,
		.port_no = q->out_port,
	};
	struct end here = {.p = p, .world = world, .port_no = q->port_no};

	return r->enabled && r->direction & q->direction &&
	       operand_matches(&here, r, POLICY_APPLIED_TO, !r->applied_to) &&
	       operand_matches(&src, r, POLICY_FROM, !r->from) &&
	       operand_matches(&dst, r, POLICY_TO, !r->to) && service_matches(p, r, k);
}

__u32 policy_linear_decide(const struct policy *p, const struct linear_world *world,
			   const struct policy_query *q)
{
	for (size_t i = 0; i < policy_n_sections(p); i++) {
		struct policy_rule *const *rules;
		size_t n;

		rules = policy_section_rules(p, i, &n);
		for (size_t k = 0; k < n; k++)
			if (rule_matches(p, world, rules[k], q))
				return rules[k]->id;
	}
	return POLICY_RULE_DEFAULT;
}
