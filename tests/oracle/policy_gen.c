// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See policy_gen.h. */
#include "policy_gen.h"

#include <stdio.h>

#include "proto.h"
#include "test.h"

static const char *const port_names[POLICY_GEN_PORTS] = {"p1", "p2", "p3", "p4", "p5", "p6"};
static const char *const tag_names[] = {"red", "green", "blue"};
static const char *const fqdns[] = {"www.example.org", "a.b.example.org", "example.org",
				    "example.net"};
static const char *const patterns[] = {"*.example.org", "example.org", "*.b.example.org",
				       "example.net"};

#define PICK(g, list) ((list)[test_below(&(g)->seed, sizeof(list) / sizeof((list)[0]))])

static __u32 below(struct policy_gen *g, __u32 n)
{
	return test_below(&g->seed, n);
}

/* 10.0.0.0 to 10.0.3.3, some bits of it. */
static void gen_address(struct policy_gen *g, struct policy_address *a)
{
	*a = (struct policy_address){.family = POLICY_IPV4, .len = 32, .addr = {10}};
	a->addr[2] = (__u8)below(g, 4);
	a->addr[3] = (__u8)below(g, 4);
	if (below(g, 3))
		return;
	*a = (struct policy_address){
		.family = POLICY_IPV6,
		.len = 128,
		.addr = {0x20, 0x01, 0x0d, 0xb8, [14] = (__u8)below(g, 4)},
	};
	a->addr[15] = (__u8)below(g, 4);
}

static void print_address(struct policy_gen *g, char *out, size_t room)
{
	struct policy_address a;
	unsigned int len;

	gen_address(g, &a);
	len = a.len;
	if (below(g, 2)) {
		static const __u8 shorter[] = {0, 1, 2, 8, 9, 10, 32};

		len -= PICK(g, shorter);
		for (unsigned int i = len; i < a.len; i++)
			a.addr[i / 8] &= (__u8) ~(0x80 >> i % 8);
	}
	if (a.family == POLICY_IPV4)
		snprintf(out, room, "%u.%u.%u.%u/%u", a.addr[0], a.addr[1], a.addr[2], a.addr[3],
			 len);
	else
		snprintf(out, room, "%x:%x::%x/%u", a.addr[0] << 8 | a.addr[1],
			 a.addr[2] << 8 | a.addr[3], a.addr[14] << 8 | a.addr[15], len);
}

void policy_gen_world(struct policy_gen *g, __u64 seed)
{
	*g = (struct policy_gen){.seed = seed};
	for (size_t i = 0; i < POLICY_GEN_PORTS; i++) {
		struct policy_port *port = &g->ports[i];

		*port = (struct policy_port){
			.port_no = (__u16)(10 * (i + 1)),
			.name = port_names[i],
			.tags = g->tags[i],
			.n_tags = below(g, 3),
			.addresses = g->addresses[i],
			.n_addresses = below(g, 3),
		};
		for (size_t k = 0; k < 2; k++) {
			g->tags[i][k] = PICK(g, tag_names);
			gen_address(g, &g->addresses[i][k]);
		}
	}
	for (size_t i = 0; i < POLICY_GEN_LEARNED; i++) {
		g->learned[i].name = PICK(g, fqdns);
		gen_address(g, &g->learned[i].address);
	}
	g->world =
		(struct linear_world){g->ports, POLICY_GEN_PORTS, g->learned, POLICY_GEN_LEARNED};
}

int policy_gen_set_ports(const struct policy_gen *g, struct policy *draft)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < POLICY_GEN_PORTS; i++)
		rc = policy_set_port(draft, &g->ports[i]);
	return rc;
}

int policy_gen_learn(const struct policy_gen *g, struct policy *p)
{
	for (size_t i = 0; i < POLICY_GEN_LEARNED; i++) {
		int rc = policy_learn(p, g->learned[i].name, &g->learned[i].address, 1000);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static void gen_member(struct policy_gen *g, bool ports_only, char *out, size_t room)
{
	switch (below(g, ports_only ? 3 : 8)) {
	case 0:
		snprintf(out, room, "g%u", below(g, 6));
		break;
	case 1:
		snprintf(out, room, "port:%s", PICK(g, port_names));
		break;
	case 2:
		snprintf(out, room, "tag:%s", PICK(g, tag_names));
		break;
	case 3:
		snprintf(out, room, "fqdn:%s", PICK(g, patterns));
		break;
	case 4:
		snprintf(out, room, "02:00:00:00:00:0%u", below(g, 4));
		break;
	default:
		print_address(g, out, room);
		break;
	}
}

static void gen_term(struct policy_gen *g, char *out, size_t room)
{
	static const char *const terms[] = {
		"tcp",
		"udp",
		"icmp",
		"icmp6",
		"http",
		"ping",
		"dns",
		"tcp:80",
		"tcp:80-90",
		"udp:53",
		"icmp:8",
		"icmp:8/0",
		"icmp6:128",
		"proto:6",
		"tcp:1-79",
		"proto:47",
		"tcp:1024-65535>80",
		"sctp:80",
		"s0",
		"s1",
		"s2",
		"udp:0-65535",
	};

	snprintf(out, room, "%s", PICK(g, terms));
}

/* KEY=, some items. */
static void add_list(struct policy_gen *g, char *line, size_t room, const char *key, int kind)
{
	__u32 n = 1 + below(g, 3);
	char item[80];

	snprintf(line + strlen(line), room - strlen(line), " %s", key);
	for (__u32 i = 0; i < n; i++) {
		if (kind == 2)
			gen_term(g, item, sizeof(item));
		else
			gen_member(g, kind == 1, item, sizeof(item));
		snprintf(line + strlen(line), room - strlen(line), "%s%s", i ? "," : "", item);
	}
}

static void add_text(struct policy_gen *g, char *line, size_t room, __u32 one_in, const char *text)
{
	if (!below(g, one_in))
		snprintf(line + strlen(line), room - strlen(line), " %s", text);
}

static void gen_rule_args(struct policy_gen *g, char *line, size_t room)
{
	static const char *const directions[] = {"direction=in", "direction=out",
						 "direction=in-out"};

	if (below(g, 3))
		add_list(g, line, room, "from=", 0);
	if (below(g, 3))
		add_list(g, line, room, "to=", 0);
	if (below(g, 2))
		add_list(g, line, room, "service=", 2);
	if (!below(g, 3))
		add_list(g, line, room, "applied-to=", 1);
	add_text(g, line, room, 3, PICK(g, directions));
	add_text(g, line, room, 6, "log=yes");
	add_text(g, line, room, 8, "enabled=no");
	add_text(g, line, room, 8, "enabled=yes");
}

static void gen_group(struct policy_gen *g, char *line, size_t room)
{
	static const char *const ops[] = {"=", "+=", "-="};
	static const char *const kinds[] = {"ports", "tags",  "addresses", "addresses",
					    "macs",  "fqdns", "groups"};
	const char *kind = PICK(g, kinds), *op = PICK(g, ops);
	char item[80];

	if (!below(g, 3))
		op = "+=";
	snprintf(line, room, "group set g%u %s%s", below(g, 6), kind, op);
	if (!strcmp(kind, "ports"))
		snprintf(item, sizeof(item), "%s", PICK(g, port_names));
	else if (!strcmp(kind, "tags"))
		snprintf(item, sizeof(item), "%s", PICK(g, tag_names));
	else if (!strcmp(kind, "macs"))
		snprintf(item, sizeof(item), "02:00:00:00:00:0%u", below(g, 4));
	else if (!strcmp(kind, "fqdns"))
		snprintf(item, sizeof(item), "%s", PICK(g, patterns));
	else if (!strcmp(kind, "groups"))
		snprintf(item, sizeof(item), "g%u", below(g, 6));
	else
		print_address(g, item, sizeof(item));
	snprintf(line + strlen(line), room - strlen(line), "%s", item);
}

void policy_gen_line(struct policy_gen *g, char *line, size_t room)
{
	static const char *const actions[] = {"allow", "drop", "reject"};
	static const char *const flags[] = {"stateful=no", "tcp-strict=yes", "on-remove=finish",
					    "position=1"};

	switch (below(g, 16)) {
	case 0:
		snprintf(line, room, "section add c%u %s", below(g, 3), PICK(g, flags));
		break;
	case 1:
		snprintf(line, room, "section set c%u %s", below(g, 3), PICK(g, flags));
		break;
	case 2:
		snprintf(line, room, "group add g%u", below(g, 6));
		break;
	case 3:
		snprintf(line, room, "group del g%u", below(g, 6));
		break;
	case 4:
	case 5:
	case 6:
		gen_group(g, line, room);
		break;
	case 7:
		snprintf(line, room, "service %s s%u", below(g, 2) ? "add" : "set", below(g, 3));
		add_list(g, line, room, "terms=", 2);
		break;
	case 8:
		snprintf(line, room, "rule del %u", 1 + below(g, 12));
		break;
	case 9:
		snprintf(line, room, "rule set %u", 1 + below(g, 12));
		gen_rule_args(g, line, room);
		break;
	case 10:
		snprintf(line, room, "rule set %u section=c%u", 1 + below(g, 12), below(g, 3));
		break;
	case 11:
		snprintf(line, room, "rule set %u before=%u", 1 + below(g, 12), 1 + below(g, 12));
		break;
	default:
		snprintf(line, room, "rule add c%u action=%s", below(g, 3), PICK(g, actions));
		gen_rule_args(g, line, room);
		add_text(g, line, room, 4, "position=1");
		break;
	}
}

static void gen_transport(struct policy_gen *g, struct flow_key *key)
{
	static const __u8 protos[] = {PROTO_TCP,  PROTO_TCP,    PROTO_UDP, PROTO_SCTP,
				      PROTO_ICMP, PROTO_ICMPV6, 47};
	static const __u16 ports[] = {0, 1, 53, 79, 80, 85, 90, 91, 1023, 1024, 65535};

	key->nw_proto = PICK(g, protos);
	if (!below(g, 10))
		key->nw_frag = XVS_FRAG_ANY | XVS_FRAG_LATER;
	if (key->nw_frag || key->nw_proto == 47)
		return;
	key->tp_src = XVS_BE16(PICK(g, ports));
	key->tp_dst = XVS_BE16(PICK(g, ports));
	if (key->nw_proto == PROTO_ICMP || key->nw_proto == PROTO_ICMPV6) {
		key->tp_src = XVS_BE16(below(g, 2) ? 8 : 128);
		key->tp_dst = XVS_BE16((__u16)below(g, 2));
	}
}

static void gen_end(struct policy_gen *g, bool v6, __u8 *ip)
{
	struct policy_address a;

	do
		gen_address(g, &a);
	while ((a.family == POLICY_IPV6) != v6);
	memcpy(ip, a.addr, v6 ? 16 : 4);
}

void policy_gen_packet(struct policy_gen *g, struct flow_key *key, struct policy_query *q)
{
	bool v6 = !below(g, 3);

	*key = (struct flow_key){0};
	key->dl_type = XVS_BE16(v6 ? DL_TYPE_IPV6 : DL_TYPE_IP);
	key->dl_src[0] = key->dl_dst[0] = 2;
	key->dl_src[5] = (__u8)below(g, 4);
	key->dl_dst[5] = (__u8)below(g, 4);
	gen_end(g, v6, v6 ? key->ipv6_src : (__u8 *)&key->nw_src);
	gen_end(g, v6, v6 ? key->ipv6_dst : (__u8 *)&key->nw_dst);
	gen_transport(g, key);
	*q = (struct policy_query){
		.key = key,
		.direction = below(g, 2) ? POLICY_IN : POLICY_OUT,
		.in_port = (__u16)(10 * below(g, POLICY_GEN_PORTS + 1)),
		.out_port = (__u16)(10 * below(g, POLICY_GEN_PORTS + 1)),
	};
	key->in_port = q->in_port;
	q->port_no = q->direction == POLICY_IN ? q->out_port : q->in_port;
}
