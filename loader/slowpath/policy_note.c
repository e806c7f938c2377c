// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Notes of the policy: answers and records; see policy_note.h.
 */
#include "policy_note.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "flow_format.h"
#include "log.h"
#include "model_private.h"
#include "reject.h"

#define MODULE "policy"

struct policy_log {
	__u64 n;
	struct policy_record v[POLICY_LOG_RECORDS];
	struct log_limit limit;
};

int policy_log_create(struct policy_log **out)
{
	/* Pages of it that no record has been in are not there. */
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void policy_log_destroy(struct policy_log *log)
{
	free(log);
}

__u64 policy_log_n(const struct policy_log *log)
{
	return log->n;
}

const struct policy_record *policy_log_at(const struct policy_log *log, __u64 number)
{
	if (number >= log->n || log->n - number > POLICY_LOG_RECORDS)
		return NULL;
	return &log->v[number % POLICY_LOG_RECORDS];
}

const struct policy_log *model_policy_log(const struct model *m)
{
	return m->policy_log;
}

/* Out of the port that the packet came in by; it had the same tags there. */
static void answer(struct replay *r)
{
	const struct reject_packet in = {
		.frame = r->pkt.data,
		.len = r->pkt.len,
		.l3_off = r->l3_off,
		.l4_off = r->l4_off,
		.nw_proto = r->key.nw_proto,
		.nw_frag = r->key.nw_frag,
	};
	struct port *port = port_by_no(r->m->ports, r->up->port_no);
	__u8 frame[REJECT_MAX_BYTES];
	struct port_tx_frame tx = {.data = frame, .len = reject_build(&in, frame)};
	int rc;

	if (!tx.len || !port || port->state != PORT_UP)
		return;
	replay_count_tx(r->m, port->port_no, tx.len);
	rc = port_tx(r->m->ports, port, &tx);
	if (!rc)
		return;
	log_warn_rl(MODULE, "port %s: answer not sent: %s", port->name, strerror(-rc));
	dp_count_drop(r->m->dp, port->port_no, XVS_DROP_EGRESS_FAILED, 1);
}

static __u64 realtime_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (__u64)ts.tv_sec * 1000000 + (__u64)ts.tv_nsec / 1000;
}

const char *policy_fate(__u8 flags)
{
	if (flags & CONTROLLER_F_ALLOWED)
		return "allow";
	return flags & CONTROLLER_F_REJECT ? "reject" : "drop";
}

void policy_record_packet(const struct policy_record *rec, struct strbuf *out)
{
	const struct xvs_flow_key *k = &rec->key;
	struct match packet = {0};

	packet.key.dl_type = k->dl_type;
	packet.key.nw_proto = k->nw_proto;
	memcpy(packet.key.ipv6_src, k->ipv6_src, sizeof(k->ipv6_src));
	memcpy(packet.key.ipv6_dst, k->ipv6_dst, sizeof(k->ipv6_dst));
	if (!(k->nw_frag & XVS_FRAG_LATER)) {
		packet.key.tp_src = k->tp_src;
		packet.key.tp_dst = k->tp_dst;
	}
	flow_exact_mask(&packet.key, &packet.mask);
	/* Of the fields that such a packet has, those. */
	for (int i = 0; i < FLOW_STAGE_METADATA_END; i++)
		packet.mask.w[i] = 0;
	memset(packet.mask.dl_src, 0, sizeof(packet.mask.dl_src));
	memset(packet.mask.dl_dst, 0, sizeof(packet.mask.dl_dst));
	packet.mask.vlan_tci = packet.mask.vlan_tci1 = 0;
	packet.mask.nw_frag = packet.mask.nw_tos = packet.mask.nw_ttl = 0;
	packet.mask.ipv6_label = 0;
	packet.mask.tcp_flags = 0;
	memset(packet.mask.nd_target, 0, sizeof(packet.mask.nd_target));
	memset(packet.mask.arp_sha, 0, sizeof(packet.mask.arp_sha));
	memset(packet.mask.arp_tha, 0, sizeof(packet.mask.arp_tha));
	strbuf_add(out, "");
	match_format(out, &packet, NULL);
}

static void write_line(struct policy_log *log, const struct policy_record *rec)
{
	struct strbuf text;

	if (!log_limit_ok(&log->limit, 10))
		return;
	strbuf_init(&text);
	policy_record_packet(rec, &text);
	log_info(MODULE, "%s: port %s: rule %u: %s: %s", rec->sw_name, rec->port_name, rec->rule,
		 policy_fate(rec->flags), strbuf_str(&text));
	strbuf_fini(&text);
}

static void record(struct replay *r, const struct controller_point *point)
{
	struct policy_log *log = r->m->policy_log;
	struct policy_record *rec = &log->v[log->n++ % POLICY_LOG_RECORDS];
	const struct port *port = port_by_no(r->m->ports, point->port_no);

	*rec = (struct policy_record){
		.time_us = realtime_us(),
		.rule = (__u32)point->cookie,
		.flags = point->flags,
		.len = (__u32)r->pkt.len,
		.key = r->key,
	};
	memcpy(rec->sw_name, point->sw_name, sizeof(rec->sw_name));
	if (port)
		snprintf(rec->port_name, sizeof(rec->port_name), "%s", port->name);
	write_line(log, rec);
}

void policy_note(struct replay *r, const struct controller_point *point)
{
	if (point->flags & CONTROLLER_F_LOG)
		record(r, point);
	if (point->flags & CONTROLLER_F_REJECT)
		answer(r);
}
