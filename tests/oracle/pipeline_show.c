// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A pipeline of pipeline_gen.h as text.
 */
#include "pipeline_gen.h"

#include "flow_format.h"
#include "group_text.h"

static void show(const char *what, struct strbuf *text)
{
	print_error("%s %s\n", what, strbuf_str(text));
	strbuf_fini(text);
}

static void show_mirror(const struct mirror *m)
{
	print_error("mirror %s all=%d src=0x%llx dst=0x%llx vlans=%s0x%llx -> port %u vlan %d\n",
		    m->name, m->select_all, (unsigned long long)m->src_ports[0],
		    (unsigned long long)m->dst_ports[0], m->has_vlans ? "" : "any of ",
		    (unsigned long long)m->vlans[0], m->output_port, m->output_vlan);
}

void pipeline_show(const struct interpreter *in)
{
	struct strbuf text;

	for (int i = 0; i < INTERPRETER_SWITCHES; i++)
		for (size_t k = 0; k < in->sw[i]->n_mirrors; k++)
			show_mirror(in->sw[i]->mirrors[k]);
	for (size_t i = 0; i < in->sw[0]->n_ports; i++) {
		const struct sw_port *p = in->sw[0]->ports[i];

		print_error("port %s %u%s%s%s\n", p->name, p->port_no, p->up ? "" : " down",
			    p->no_flood ? " no-flood" : "", p->vlan_mode ? " tag=10" : "");
	}
	for (size_t i = 0; i < in->n_rules; i++) {
		strbuf_init(&text);
		rule_format(&text, in->rule[i].rule, NULL);
		show(in->rule[i].sw->name, &text);
	}
	for (size_t i = 0; i < in->sw[0]->groups->ids.n; i++) {
		strbuf_init(&text);
		group_format(&text, group_at(in->sw[0]->groups, i), NULL);
		show("group", &text);
	}
	print_error("meters that nothing passes: slots 0x%x of 1 2, 3 4 in sw1\n",
		    in->closed & 0x1e);
}
