// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The plain interpreter of pipeline.h.
 */
#include "pipeline.h"

#include <stdlib.h>
#include <string.h>

struct pipeline {
	const struct sw *sw;
	const struct flow_key *key; /* as it came */
	struct flow_key flow; /* as it is now: registers and metadata; the rest is in now */
	struct frame_spec now;
	struct pipeline_result *result;
	bool stop;
};

static struct frame_tag *outer(struct frame_spec *spec)
{
	return spec->n_tags ? &spec->tag[spec->n_tags - 1] : NULL;
}

static void send_spec(struct pipeline *p, __u16 port_no, const struct frame_spec *spec)
{
	const struct sw_port *port = sw_port_by_no(p->sw, port_no);
	struct pipeline_output *o = &p->result->output[p->result->n];

	if (!port || !port->up || port->blocked)
		return;
	p->result->n++;
	o->port_no = port_no;
	frame_build(spec, &o->frame);
}

/* Sends what is in 'vlan' to a port of NORMAL. */
static void send_vlan(struct pipeline *p, const struct sw_port *port, __u16 vlan)
{
	struct frame_spec spec = p->now;
	struct frame_tag *tag = outer(&spec);

	if (port->vlan_mode == VLAN_ACCESS)
		spec.n_tags -= tag != NULL;
	else if (!vlan) /* a tag for the priority's sake */
		spec.n_tags -= tag && !(tag->tci & 0xe000);
	else if (tag)
		tag->tci = (__u16)((tag->tci & 0xf000) | vlan);
	else
		spec.tag[spec.n_tags++] = (struct frame_tag){0x8100, vlan};
	send_spec(p, port->port_no, &spec);
}

/* The packet's VLAN or -1. */
static int vlan_of(struct pipeline *p)
{
	const struct sw_port *in = sw_port_by_no(p->sw, p->key->in_port);
	const struct frame_tag *tag = outer(&p->now);
	__u16 vid = tag ? tag->tci & 0xfff : 0;

	if (in->vlan_mode == VLAN_ACCESS)
		return vid ? -1 : in->tag;
	return sw_port_carries(in, vid) ? vid : -1;
}

static void flood(struct pipeline *p, __u16 vlan)
{
	for (size_t i = 0; i < p->sw->n_ports; i++) {
		const struct sw_port *port = p->sw->ports[i];

		if (port->port_no != p->key->in_port && !port->no_flood &&
		    sw_port_carries(port, vlan))
			send_vlan(p, port, vlan);
	}
}

static void normal(struct pipeline *p)
{
	const __u8 *dst = p->now.key.dl_dst;
	const struct fdb_entry *e;
	const struct sw_port *port = NULL;
	int vlan = vlan_of(p);

	if (vlan < 0 || (!memcmp(dst, "\x01\x80\xc2\x00\x00", 5) && dst[5] < 16))
		return;
	e = dst[0] & 1 ? NULL : fdb_lookup(p->sw->fdb, dst, (__u16)vlan);
	if (e)
		port = sw_port_by_no(p->sw, e->port_no);
	if (!port || !sw_port_carries(port, (__u16)vlan))
		flood(p, (__u16)vlan);
	else if (port->port_no != p->key->in_port)
		send_vlan(p, port, (__u16)vlan);
}

static bool has_header(const struct pipeline *p, const struct field *f)
{
	struct flow_key all;

	memset(&all, 0xff, sizeof(all));
	if (f->pre_nw_proto && p->key->nw_frag & XVS_FRAG_LATER)
		return false;
	if (f->pre_icmp_type && p->key->tp_dst)
		return false;
	return field_prereqs_met(f, p->key, &all);
}

static void set_field(struct pipeline *p, const struct ofact *a)
{
	const struct field *f = &fields[a->set.field];
	bool is_vid = f->id == FIELD_DL_VLAN;
	union field_value v;

	if (is_vid || f->id == FIELD_DL_VLAN_PCP) {
		struct frame_tag *tag = outer(&p->now);
		unsigned int value = (unsigned int)(a->set.value.b[14] << 8 | a->set.value.b[15]);

		if (!tag) {
			p->now.tag[p->now.n_tags++] = (struct frame_tag){0x8100, 0};
			tag = outer(&p->now);
		}
		if (is_vid)
			tag->tci = (__u16)((tag->tci & 0xf000) | value);
		else
			tag->tci = (__u16)((tag->tci & 0x1fff) | value << 13);
		return;
	}
	if (!has_header(p, f))
		return;
	p->flow.pkt = p->now.key;
	field_get(f, &p->flow, &v);
	for (int i = 0; i < 2; i++)
		v.w[i] = (v.w[i] & ~a->set.mask.w[i]) | (a->set.value.w[i] & a->set.mask.w[i]);
	field_set(f, &p->flow, &v);
	p->now.key = p->flow.pkt;
}

static void dec_ttl(struct pipeline *p)
{
	if (!flow_is_ip(p->key))
		return;
	if (p->now.key.nw_ttl <= 1)
		p->stop = true;
	else
		p->now.key.nw_ttl--;
}

static void act(struct pipeline *p, const struct ofact *a)
{
	switch (a->type) {
	case OFACT_OUTPUT:
		if (a->port != p->key->in_port)
			send_spec(p, a->port, &p->now);
		break;
	case OFACT_IN_PORT:
		send_spec(p, p->key->in_port, &p->now);
		break;
	case OFACT_NORMAL:
		normal(p);
		break;
	case OFACT_FLOOD:
	case OFACT_ALL:
		for (size_t i = 0; i < p->sw->n_ports; i++)
			if (p->sw->ports[i]->port_no != p->key->in_port &&
			    !(a->type == OFACT_FLOOD && p->sw->ports[i]->no_flood))
				send_spec(p, p->sw->ports[i]->port_no, &p->now);
		break;
	case OFACT_SET_FIELD:
		set_field(p, a);
		break;
	case OFACT_PUSH_VLAN:
		p->now.tag[p->now.n_tags++] = (struct frame_tag){XVS_FROM_BE16(a->ethertype), 0};
		break;
	case OFACT_POP_VLAN:
		p->now.n_tags -= p->now.n_tags != 0;
		break;
	case OFACT_DEC_TTL:
		dec_ttl(p);
		break;
	default:
		break;
	}
}

void pipeline_run(const struct sw *sw, const struct flow_key *key, const struct ofacts *actions,
		  struct pipeline_result *result)
{
	struct pipeline p = {.sw = sw, .key = key, .flow = *key, .result = result};

	result->n = 0;
	if (sw_port_by_no(sw, key->in_port)->blocked)
		return;
	frame_spec_init(&p.now, &key->pkt);
	for (size_t i = 0; i < actions->n && !p.stop; i++)
		act(&p, &actions->v[i]);
}

static int compare_outputs(const void *pa, const void *pb)
{
	const struct pipeline_output *a = pa, *b = pb;

	if (a->port_no != b->port_no)
		return a->port_no < b->port_no ? -1 : 1;
	if (a->frame.len != b->frame.len)
		return a->frame.len < b->frame.len ? -1 : 1;
	return memcmp(a->frame.bytes, b->frame.bytes, a->frame.len);
}

void pipeline_sort(struct pipeline_result *result)
{
	qsort(result->output, result->n, sizeof(result->output[0]), compare_outputs);
}
