// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The ports' names of a switch: as they are, for the datapath thread, and as a
 * copy, for a thread that reads or prints many rules.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow_lex.h"
#include "model_private.h"

struct entry {
	char name[XVS_NAME_LEN];
	__u16 port_no;
	__u16 number; /* the same, but for LOCAL */
};

struct model_names {
	struct entry *by_no; /* ascending port numbers, as the switch has them */
	const struct entry **by_name; /* the same, in order of names */
	size_t n;
};

static int port_number(void *aux, const char *name, __u16 *port_no)
{
	const struct model *m = aux;
	const struct sw_port *sp = sw_port_by_name(m->names_of, name);

	if (!sp)
		return -ENOENT;
	*port_no = sw_port_number(m->names_of, sp);
	return 0;
}

/* What a packet does may lead to ports of other switches, by patch ports. */
static const char *port_name(void *aux, __u16 port_no)
{
	const struct model *m = aux;
	const struct sw_port *sp = sw_port_by_no(m->names_of, port_no);

	for (size_t i = 0; !sp && i < m->n_switches; i++)
		sp = sw_port_by_no(m->switches[i], port_no);
	return sp ? sp->name : NULL;
}

void model_port_names(struct model *m, struct sw *sw, struct port_names *names)
{
	m->names_of = sw;
	*names = (struct port_names){.number = port_number, .name = port_name, .aux = m};
}

struct program_names model_program_names(const struct model *m, const struct port_names *ports)
{
	return (struct program_names){.ports = ports, .ct_actions = m->xlate_env.ct_actions};
}

static int compare_names(const void *pa, const void *pb)
{
	const struct entry *a = *(const struct entry *const *)pa;
	const struct entry *b = *(const struct entry *const *)pb;

	return strcmp(a->name, b->name);
}

static int compare_name(const void *name, const void *pb)
{
	const struct entry *b = *(const struct entry *const *)pb;

	return strcmp(name, b->name);
}

static int compare_no(const void *no, const void *pb)
{
	const struct entry *b = pb;

	return (int)*(const __u16 *)no - b->port_no;
}

static int copied_number(void *aux, const char *name, __u16 *port_no)
{
	const struct model_names *c = aux;
	const struct entry **e = bsearch(name, c->by_name, c->n, sizeof(*e), compare_name);

	if (!e)
		return -ENOENT;
	*port_no = (*e)->number;
	return 0;
}

static const char *copied_name(void *aux, __u16 port_no)
{
	const struct model_names *c = aux;
	const struct entry *e = bsearch(&port_no, c->by_no, c->n, sizeof(*e), compare_no);

	return e ? e->name : NULL;
}

struct model_names *model_names_create(const struct sw *sw)
{
	struct model_names *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->n = sw->n_ports;
	c->by_no = calloc(c->n + 1, sizeof(*c->by_no));
	c->by_name = calloc(c->n + 1, sizeof(*c->by_name));
	if (!c->by_no || !c->by_name) {
		model_names_destroy(c);
		return NULL;
	}
	for (size_t i = 0; i < c->n; i++) {
		memcpy(c->by_no[i].name, sw->ports[i]->name, sizeof(c->by_no[i].name));
		c->by_no[i].port_no = sw->ports[i]->port_no;
		c->by_no[i].number = sw_port_number(sw, sw->ports[i]);
		c->by_name[i] = &c->by_no[i];
	}
	qsort(c->by_name, c->n, sizeof(*c->by_name), compare_names);
	return c;
}

void model_names_destroy(struct model_names *c)
{
	if (!c)
		return;
	free(c->by_no);
	free(c->by_name);
	free(c);
}

void model_names_use(struct model_names *c, struct port_names *names)
{
	*names = (struct port_names){.number = copied_number, .name = copied_name, .aux = c};
}

bool model_names_are_of(const struct model_names *c, const struct sw *sw)
{
	bool same = c->n == sw->n_ports;

	for (size_t i = 0; same && i < c->n; i++)
		same = c->by_no[i].port_no == sw->ports[i]->port_no &&
		       !strcmp(c->by_no[i].name, sw->ports[i]->name);
	return same;
}
