// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Groups of a random pipeline, one of each kind; two of them lead to others.
 */
#include <stdio.h>

#include "pipeline_private.h"

/* A group that is being written. */
struct group_gen {
	struct pipeline *p;
	unsigned int bridge;
	struct strbuf text;
};

static void add_bucket(struct group_gen *g, const char *head, const char *output)
{
	struct random_table *t = &g->p->t;
	struct strbuf actions;
	struct action_gen list = {
		.p = g->p,
		.out = &actions,
		.bridge = g->bridge,
		.table = g->p->n_tables[g->bridge] - 1,
		.bucket = true,
	};

	strbuf_init(&actions);
	for (unsigned int i = gen_below(t, 3); i; i--)
		gen_change(&list);
	/* Not every packet has what these change. */
	if (gen_chance(t, 20))
		gen_action(&list, "set_field:10.1.2.%u->ip_dst", gen_below(t, 256));
	if (gen_chance(t, 20))
		gen_action(&list, "set_field:%u->tcp_dst", gen_below(t, 65536));
	if (gen_chance(t, 10))
		gen_action(&list, "dec_ttl");
	if (gen_chance(t, 10))
		gen_action(&list, "pop_vlan");
	if (output)
		gen_action(&list, "%s", output);
	else
		gen_output(&list);
	strbuf_printf(&g->text, ",bucket=%sactions=%s", head, strbuf_str(&actions));
	strbuf_fini(&actions);
}

static void fill_all(struct group_gen *g)
{
	for (unsigned int i = gen_below(&g->p->t, 4); i; i--)
		add_bucket(g, "", NULL);
}

/* One bucket is alive: whichever way packets are hashed, they get it. */
static void fill_select(struct group_gen *g)
{
	if (!g->bridge)
		add_bucket(g, "watch_port:8,weight:100,", "output:8");
	add_bucket(g, "weight:10,", NULL);
}

/* Two that differ in the port only. */
static void fill_members(struct group_gen *g)
{
	for (unsigned int no = PORT_MEMBER_FIRST; no <= PORT_MEMBER_LAST && !g->bridge; no++)
		strbuf_printf(&g->text, ",bucket=bucket_id:%u,weight:%u,actions=output:%u", no, no,
			      no);
}

static void fill_indirect(struct group_gen *g)
{
	char text[32];

	snprintf(text, sizeof(text), "resubmit(,%u)", g->p->n_tables[g->bridge] - 1);
	add_bucket(g, "", gen_chance(&g->p->t, 50) ? text : NULL);
}

static void fill_failover(struct group_gen *g)
{
	add_bucket(g, g->bridge ? "watch_port:11," : "watch_port:8,", NULL);
	add_bucket(g, g->bridge ? "watch_port:12," : "watch_port:2,", NULL);
}

static void fill_groups(struct group_gen *g)
{
	char text[32];

	for (unsigned int i = 1 + gen_below(&g->p->t, 2); i; i--) {
		snprintf(text, sizeof(text), "group:%u", 2 + gen_below(&g->p->t, 4));
		add_bucket(g, "", text);
	}
}

/*
 * Select groups name the method: by default Open vSwitch recirculates, which 3.1
 * does not get right on a clone (what follows the clone goes on as if in it).
 */
int pipeline_add_groups(struct pipeline *p, unsigned int bridge)
{
	static const struct {
		const char *head;
		void (*fill)(struct group_gen *g);
	} groups[GROUPS] = {
		{"group_id=1,type=all", fill_all},
		{"group_id=2,type=select,selection_method=hash,fields(eth_src,ip_dst,tcp_src)",
		 fill_select},
		{"group_id=3,type=select,selection_method=hash,fields(eth_dst,ip_src)",
		 fill_members},
		{"group_id=4,type=indirect", fill_indirect},
		{"group_id=5,type=ff", fill_failover},
		{"group_id=6,type=all", fill_groups},
	};
	int rc = 0;

	for (int i = 0; i < GROUPS && !rc; i++) {
		struct group_gen g = {.p = p, .bridge = bridge};

		strbuf_init(&g.text);
		strbuf_add(&g.text, groups[i].head);
		groups[i].fill(&g);
		rc = pipeline_add_group(p, bridge, strbuf_str(&g.text));
		strbuf_fini(&g.text);
	}
	return rc;
}
