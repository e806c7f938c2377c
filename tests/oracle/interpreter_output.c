// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where the interpreter's packets go: ports, the other switch, NORMAL and mirrors.
 */
#include "interpreter_private.h"

#include <stdlib.h>

#include "flow_lex.h"

static void mirror(struct run *r, const struct sw_port *port, const struct plain_packet *packet,
		   bool input);

struct interpreter_output *run_emit(struct run *r, __u16 port_no, const struct plain_packet *p)
{
	struct interpreter_output *o = &r->result->output[r->result->n];

	if (r->metered)
		return NULL;
	if (r->result->n == INTERPRETER_OUTPUTS) {
		r->result->unknown = true;
		return NULL;
	}
	r->result->n++;
	o->port_no = port_no;
	o->cookie = port_no == INTERPRETER_CONTROLLER ? r->cookie : 0;
	plain_packet_build(p, &o->frame);
	return o;
}

const struct sw_port *run_port(const struct run *r, __u16 number)
{
	return number == PORT_LOCAL ? sw_local_port(r->sw) : sw_port_by_no(r->sw, number);
}

static __u16 number_of(const struct run *r, const struct sw_port *p)
{
	return p == sw_local_port(r->sw) ? PORT_LOCAL : p->port_no;
}

void run_enter(struct run *r, __u16 port_no)
{
	const struct sw_port *in = run_port(r, port_no);

	r->p.beside.in_port = number_of(r, in);
	if (in->blocked || mirror_owns_port(r->sw, in->port_no))
		return;
	/* What comes by a patch port was mirrored where it came in. */
	if (r->sw == r->in->sw[0])
		mirror(r, in, &r->p, true);
	run_table(r, 0, r->p.beside.in_port);
}

/* What the other switch gets has just come in there. */
static void cross(const struct run *r, const struct sw_port *p, const struct plain_packet *packet)
{
	struct run *peer = malloc(sizeof(*peer));
	__u32 mirrors = 0;

	*peer = *r;
	peer->mirrors = &mirrors;
	peer->p = *packet;
	peer->sw = p->peer_sw;
	peer->n_stack = 0;
	for (int i = 0; i < FLOW_KEY_OWN_WORDS; i++)
		peer->p.beside.w[i] = 0;
	run_ct_clear(peer);
	run_enter(peer, p->peer->port_no);
	free(peer);
}

void run_send(struct run *r, const struct sw_port *p, const struct plain_packet *packet)
{
	if (!p || !p->up || p->blocked)
		return;
	/* Mirrors see what leaves a device, not what leads on to another switch. */
	if (p->kind == SW_PORT_PATCH) {
		if (p->peer)
			cross(r, p, packet);
		return;
	}
	mirror(r, p, packet, false);
	run_emit(r, p->port_no, packet);
}

void run_output(struct run *r, __u16 number)
{
	const struct sw_port *p = run_port(r, number);

	if (p != run_port(r, r->p.beside.in_port))
		run_send(r, p, &r->p);
}

void run_output_all(struct run *r, bool flood)
{
	for (size_t i = 0; i < r->sw->n_ports; i++)
		if (!flood || !r->sw->ports[i]->no_flood)
			run_output(r, r->sw->ports[i]->port_no);
}

/* --- NORMAL --- */

static struct frame_tag *outer(struct plain_packet *p)
{
	return p->spec.n_tags ? &p->spec.tag[p->spec.n_tags - 1] : NULL;
}

/* Sends what is in 'vlan'. */
static void send_vlan(struct run *r, const struct sw_port *port, __u16 vlan)
{
	struct plain_packet p = r->p;
	struct frame_tag *tag = outer(&p);

	if (port->vlan_mode == VLAN_ACCESS)
		plain_packet_pop_vlan(&p);
	else if (!vlan && tag && !(tag->tci & XVS_VLAN_PCP_MASK))
		plain_packet_pop_vlan(&p);
	else if (vlan && tag)
		tag->tci = (__u16)((tag->tci & 0xf000) | vlan);
	else if (vlan)
		p.spec.tag[p.spec.n_tags++] = (struct frame_tag){0x8100, vlan};
	run_send(r, port, &p);
}

/* The packet's VLAN or -1. */
static int vlan_of(struct run *r, const struct sw_port *in)
{
	const struct frame_tag *tag = outer(&r->p);
	__u16 vid = tag ? tag->tci & 0xfff : 0;

	if (in->vlan_mode == VLAN_ACCESS)
		return vid ? -1 : in->tag;
	return sw_port_carries(in, vid) ? vid : -1;
}

static void flood_ports(struct run *r, const struct sw_port *in, __u16 vlan, bool tagged)
{
	for (size_t i = 0; i < r->sw->n_ports; i++) {
		const struct sw_port *port = r->sw->ports[i];

		if (port != in && !port->no_flood && sw_port_carries(port, vlan) &&
		    (port->vlan_mode == VLAN_TRUNK) == tagged &&
		    !mirror_owns_port(r->sw, port->port_no))
			send_vlan(r, port, vlan);
	}
}

/* A mirror gets the first of these that it selects: so the order matters. */
static void flood_vlan(struct run *r, const struct sw_port *in, __u16 vlan)
{
	bool tagged_first = outer(&r->p);

	flood_ports(r, in, vlan, tagged_first);
	flood_ports(r, in, vlan, !tagged_first);
}

static bool is_reserved(const __u8 mac[6])
{
	return !memcmp(mac, "\x01\x80\xc2\x00\x00", 5) && mac[5] < 16;
}

void run_normal(struct run *r)
{
	const struct sw_port *in = run_port(r, r->p.beside.in_port), *port = NULL;
	const __u8 *dst = r->p.spec.key.dl_dst;
	const struct fdb_entry *e;
	int vlan = in ? vlan_of(r, in) : -1;

	if (vlan < 0 || is_reserved(dst))
		return;
	e = dst[0] & 1 ? NULL : fdb_lookup(r->sw->fdb, dst, (__u16)vlan);
	if (e)
		port = sw_port_by_no(r->sw, e->port_no);
	if (!port || !sw_port_carries(port, (__u16)vlan) || mirror_owns_port(r->sw, port->port_no))
		flood_vlan(r, in, (__u16)vlan);
	else if (port != in)
		send_vlan(r, port, (__u16)vlan);
}

/* --- mirrors --- */

static void send_copies(struct run *r, const struct mirror *m, __u16 vlan)
{
	const struct sw_port *out = sw_port_by_no(r->sw, m->output_port);

	if (m->output_vlan < 0) {
		if (out)
			send_vlan(r, out, vlan);
		return;
	}
	if (m->output_vlan == vlan || is_reserved(r->p.spec.key.dl_dst))
		return;
	for (size_t i = 0; i < r->sw->n_ports; i++) {
		const struct sw_port *p = r->sw->ports[i];

		if (sw_port_carries(p, (__u16)m->output_vlan) &&
		    !mirror_owns_port(r->sw, p->port_no))
			send_vlan(r, p, (__u16)m->output_vlan);
	}
}

/* What comes in or goes out at 'port'. */
static void mirror(struct run *r, const struct sw_port *port, const struct plain_packet *packet,
		   bool input)
{
	struct plain_packet own = r->p, seen = *packet;

	for (size_t i = 0; i < r->sw->n_mirrors; i++) {
		const struct mirror *m = r->sw->mirrors[i];
		int vlan;

		r->p = seen;
		vlan = vlan_of(r, port);
		if (*r->mirrors >> i & 1 || vlan < 0 || !mirror_selects_vlan(m, (__u16)vlan) ||
		    !(input ? mirror_selects_src : mirror_selects_dst)(m, port->port_no))
			continue;
		*r->mirrors |= 1U << i;
		send_copies(r, m, (__u16)vlan);
	}
	r->p = own;
}
