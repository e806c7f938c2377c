/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rules and packets of a rule set (ruleset.h) as matches and flow keys.
 */
#ifndef BENCH_RULESET_FLOW_H
#define BENCH_RULESET_FLOW_H

#include "flow.h"
#include "ruleset.h"

static inline void tuple_rule_match(const struct tuple_rule *r, struct match *out)
{
	memset(out, 0, sizeof(*out));
	out->mask.dl_type = 0xffff;
	out->key.dl_type = XVS_BE16(0x0800);
	out->mask.nw_src = XVS_BE32(r->src_mask);
	out->key.nw_src = XVS_BE32(r->src);
	out->mask.nw_dst = XVS_BE32(r->dst_mask);
	out->key.nw_dst = XVS_BE32(r->dst);
	out->mask.nw_proto = r->proto_mask;
	out->key.nw_proto = r->proto;
	out->mask.tp_src = XVS_BE16(r->sport_mask);
	out->key.tp_src = XVS_BE16(r->sport);
	out->mask.tp_dst = XVS_BE16(r->dport_mask);
	out->key.tp_dst = XVS_BE16(r->dport);
}

/* As it came in by 'in_port' between two hosts. */
static inline void tuple_packet_key(const struct tuple_packet *p, __u16 in_port,
				    struct flow_key *out)
{
	memset(out, 0, sizeof(*out));
	out->in_port = in_port;
	memcpy(out->dl_dst, "\x02\0\0\0\0\x02", 6);
	memcpy(out->dl_src, "\x02\0\0\0\0\x01", 6);
	out->dl_type = XVS_BE16(0x0800);
	out->nw_src = XVS_BE32(p->src);
	out->nw_dst = XVS_BE32(p->dst);
	out->nw_proto = p->proto;
	out->nw_ttl = 64;
	out->tp_src = XVS_BE16(p->sport);
	out->tp_dst = XVS_BE16(p->dport);
}

#endif /* BENCH_RULESET_FLOW_H */
