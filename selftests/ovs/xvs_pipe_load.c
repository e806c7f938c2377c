// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the switches of xvs_pipe.h are set up with.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow_parse.h"
#include "group_text.h"
#include "xvs_pipe.h"

static int add_port(struct xvs_pipe *x, const struct scenario_port *sp, const struct scenario *s)
{
	struct sw_port *p;
	int rc = sw_add_port(x->sw[sp->bridge], sp->name, sp->no, &p);

	if (rc)
		return rc;
	p->up = !sp->down;
	p->kind = sp->local ? SW_PORT_INTERNAL : sp->patch ? SW_PORT_PATCH : SW_PORT_DEVICE;
	if (s->tag[sp->no]) {
		p->vlan_mode = VLAN_ACCESS;
		p->tag = s->tag[sp->no];
	}
	for (int i = 0; i < 3 && s->trunks[sp->no][i]; i++)
		p->trunks[s->trunks[sp->no][i] / 64] |= 1ULL << s->trunks[sp->no][i] % 64;
	return 0;
}

static void join_patch_ports(struct xvs_pipe *x)
{
	struct sw_port *a = sw_port_by_no(x->sw[0], PORT_BR0_PATCH);
	struct sw_port *b = sw_port_by_no(x->sw[1], PORT_BR1_PATCH);

	a->peer_sw = x->sw[1];
	a->peer = b;
	b->peer_sw = x->sw[0];
	b->peer = a;
}

static int add_mirror(struct xvs_pipe *x, const struct scenario_mirror *sm)
{
	struct mirror *m = mirror_create(sm->name);
	int rc;

	if (!m)
		return -ENOMEM;
	m->select_all = sm->all;
	m->src_ports[0] = sm->src;
	m->dst_ports[0] = sm->dst;
	for (int i = 0; i < 3 && sm->vlan[i] >= 0; i++) {
		m->has_vlans = true;
		mirror_set_bit(m->vlans, (unsigned int)sm->vlan[i]);
	}
	m->output_port = sm->output_port;
	m->output_vlan = sm->output_vlan;
	rc = mirror_insert(x->sw[sm->bridge], m);
	if (rc)
		mirror_put(m);
	return rc;
}

/* Meters' places in the datapath are in order of making, as those of Open vSwitch. */
static int add_meters(struct xvs_pipe *x)
{
	for (unsigned int b = 0; b < BRIDGES; b++)
		for (unsigned int id = 1; id <= PIPELINE_METERS; id++) {
			struct meter *m = calloc(1, sizeof(*m));
			int rc;

			if (!m)
				return -ENOMEM;
			m->id = id;
			m->slot = (__u16)(b * PIPELINE_METERS + id - 1);
			m->config.rate = 1000;
			rc = meter_insert(x->sw[b]->meters, m);
			if (rc) {
				free(m);
				return rc;
			}
		}
	return 0;
}

int xvs_pipe_setup(struct xvs_pipe *x, const struct scenario *s)
{
	int rc = add_meters(x);

	for (int i = 0; i < SCENARIO_PORTS && !rc; i++)
		rc = add_port(x, &scenario_ports[i], s);
	if (rc)
		return rc;
	join_patch_ports(x);
	for (int i = 0; i < SCENARIO_MIRRORS && s->mirror[i].name && !rc; i++)
		rc = add_mirror(x, &s->mirror[i]);
	return rc;
}

static int refuse(const char *line, const struct parse_error *err)
{
	fprintf(stderr, "xvs: '%s': %s at column %zu\n", line, err->message, err->column);
	return -EINVAL;
}

static int add_flow(struct sw *sw, const char *text)
{
	struct parse_error err;
	struct flow_spec spec;
	struct rule *rule;
	int rc = flow_parse(text, FLOW_PARSE_ADD, NULL, &spec, &err);

	if (rc)
		return refuse(text, &err);
	rule = flow_spec_rule(&spec, 0);
	flow_spec_fini(&spec);
	if (!rule)
		return -ENOMEM;
	rc = flow_table_insert(sw->tables, rule, false);
	if (rc)
		rule_put(rule);
	return rc;
}

static int add_group(struct sw *sw, const char *text)
{
	struct parse_error err;
	struct group *g;
	int rc = group_parse(text, NULL, &g, &err);

	if (rc)
		return refuse(text, &err);
	rc = group_insert(sw->groups, g);
	if (rc)
		group_put(g);
	return rc;
}

int xvs_pipe_load(struct xvs_pipe *x, const struct pipeline *p)
{
	int rc = 0;

	for (size_t i = 0; i < p->n_lines && !rc; i++) {
		const struct pipeline_line *line = &p->line[i];
		char text[2048];

		if (line->off)
			continue;
		if (line->group) {
			rc = add_group(x->sw[line->bridge], line->text);
		} else {
			snprintf(text, sizeof(text), "cookie=%#zx,%s", i + 1, line->text);
			rc = add_flow(x->sw[line->bridge], text);
		}
	}
	return rc;
}
