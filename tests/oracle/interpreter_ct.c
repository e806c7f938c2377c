// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ct() in the interpreter: a copy goes on at once, with what fake_ct.h finds.
 */
#include <stdlib.h>

#include "fake_ct.h"
#include "interpreter_private.h"

void run_ct_clear(struct run *r)
{
	r->p.beside.ct_state = 0;
	r->p.beside.ct_zone = 0;
	r->p.beside.ct_mark = 0;
	r->p.beside.ct_label[0] = r->p.beside.ct_label[1] = 0;
}

/* A copy of the packet that has what was set so far. */
static void read_as_set(const struct run *r, const struct subfield *src, const struct flow_key *v,
			const struct flow_key *m, union field_value *bits)
{
	struct run *copy = malloc(sizeof(*copy));
	struct flow_key *k = &copy->p.beside;

	*copy = *r;
	k->ct_mark = (k->ct_mark & ~m->ct_mark) | v->ct_mark;
	for (int i = 0; i < 2; i++)
		k->ct_label[i] = (k->ct_label[i] & ~m->ct_label[i]) | v->ct_label[i];
	run_read_bits(copy, src, bits);
	free(copy);
}

static void exec(const struct run *r, const struct ofact *a, struct flow_key *v, struct flow_key *m)
{
	union field_value bits, ones, value, mask;

	memset(&ones, 0xff, sizeof(ones));
	if (a->type == OFACT_MOVE) {
		if (!plain_packet_has(&r->p, &fields[a->move.src.field]))
			return;
		read_as_set(r, &a->move.src, v, m, &bits);
		subfield_set(&a->move.dst, v, &bits);
		subfield_set(&a->move.dst, m, &ones);
		return;
	}
	field_get(&fields[a->set.field], v, &value);
	field_get(&fields[a->set.field], m, &mask);
	for (int i = 0; i < 2; i++) {
		value.w[i] = (value.w[i] & ~a->set.mask.w[i]) | a->set.value.w[i];
		mask.w[i] |= a->set.mask.w[i];
	}
	field_set(&fields[a->set.field], v, &value);
	field_set(&fields[a->set.field], m, &mask);
}

static void describe(const struct run *r, const struct ofact_ct *ct, struct xvs_ct_action *action)
{
	struct flow_key v = {0}, m = {0};
	union field_value zone;

	memset(action, 0, sizeof(*action));
	action->zone = ct->zone;
	if (ct->zone_src.n_bits) {
		run_read_bits(r, &ct->zone_src, &zone);
		action->zone = (__u16)XVS_FROM_BE64(zone.w[1]);
	}
	action->flags = ct->flags;
	for (size_t i = 0; i < ct->exec.n; i++)
		exec(r, &ct->exec.v[i], &v, &m);
	action->mark = v.ct_mark;
	action->mark_mask = m.ct_mark;
	action->flags |= m.ct_mark ? XVS_CT_A_MARK : 0;
	for (int i = 0; i < 2; i++) {
		action->label[i] = v.ct_label[i];
		action->label_mask[i] = m.ct_label[i];
		action->flags |= m.ct_label[i] ? XVS_CT_A_LABEL : 0;
	}
}

/* It is parsed again. Labels hide what is behind them then, and nobody remembers TPIDs,
 * or knows the options of a message that has another type now. */
static bool parses_as_known(const struct plain_packet *p)
{
	const struct xvs_flow_key *key = &p->spec.key;

	if (p->n_labels || p->bare || p->spec.n_tags > XVS_MAX_VLAN_TAGS)
		return false;
	for (unsigned int i = 0; i < p->spec.n_tags; i++)
		if (p->spec.tag[i].tpid != 0x8100)
			return false;
	return key->nw_proto != 58 ||
	       (key->tp_src == p->came.tp_src && key->tp_dst == p->came.tp_dst);
}

static void go_on(const struct run *r, __u8 table_id, __u16 zone)
{
	struct run *copy = malloc(sizeof(*copy));
	struct frame_buf frame;

	*copy = *r;
	plain_packet_build(&r->p, &frame);
	fake_ct_find(frame.bytes, frame.len, zone, &copy->p.beside.pkt);
	copy->p.came.pkt = copy->p.spec.key;
	/* Which copy a mirror gets is a matter of order, which passes change. */
	if (!parses_as_known(&r->p) || r->in->sw[0]->n_mirrors)
		r->result->unknown = true;
	/* Then there is no next pass. */
	r->result->cut |= r->metered;
	run_table(copy, table_id, copy->p.beside.in_port);
	r->result->unknown |= copy->p.unknown;
	free(copy);
}

void run_ct(struct run *r, const struct ofact_ct *ct)
{
	struct interpreter_output *o;
	struct xvs_ct_action action;

	describe(r, ct, &action);
	if (ct->flags & XVS_CT_A_COMMIT) {
		o = run_emit(r, INTERPRETER_CT, &r->p);
		if (o)
			o->cookie = fake_ct_digest(&action);
	}
	if (ct->table_id != OFACT_TABLE_NONE)
		go_on(r, ct->table_id, action.zone);
	run_ct_clear(r);
}
