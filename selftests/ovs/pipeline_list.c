// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Random lists of actions: changes (pipeline_change.c), outputs, and ways to other
 * tables.
 */
#include "pipeline_private.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Not the port that is down: Open vSwitch mirrors what would go there. */
static unsigned int gen_port(struct action_gen *g)
{
	struct random_table *t = &g->p->t;
	static const __u8 br0[] = {1, 2, 3, 4, PORT_MIRROR, PORT_BR0_PATCH, PORT_BR0_PATCH};

	if (g->bridge)
		return PORT_BR1_FIRST + gen_below(t, PORT_BR1_LAST - PORT_BR1_FIRST + 1);
	return gen_chance(t, 60) ? 1 + gen_below(t, 4) : br0[gen_below(t, COUNT(br0))];
}

void gen_output(struct action_gen *g)
{
	struct random_table *t = &g->p->t;

	switch (gen_below(t, 24)) {
	case 0:
		if (!g->bridge || g->p->returns) {
			gen_action(g, "in_port");
			break;
		}
		/* fall through */
	case 1:
		gen_action(g, "local");
		break;
	case 2:
		gen_action(g, "all");
		break;
	case 3:
		gen_action(g, "flood");
		break;
	case 4:
	case 5:
	case 6:
		gen_action(g, g->p->tracks ? "flood" : "normal");
		break;
	case 7:
	case 8:
		if (gen_chance(t, 50))
			gen_action(g, "controller");
		else
			gen_action(g, "controller(max_len=%u)", 20 + gen_below(t, 100));
		break;
	case 9:
	case 10:
		if (!g->bucket) {
			gen_action(g, "load:%u->reg%u[0..15]", gen_port(g), PIPELINE_REGS);
			gen_action(g, "output:reg%u[0..15]", PIPELINE_REGS);
			break;
		}
		/* fall through */
	case 11:
	case 12:
		gen_action(g, "%u", gen_port(g));
		break;
	default:
		gen_action(g, "output:%u", gen_port(g));
		break;
	}
}

static unsigned int later_table(struct action_gen *g)
{
	unsigned int left = g->p->n_tables[g->bridge] - g->table - 1;

	return g->table + 1 + (gen_chance(&g->p->t, 70) ? 0 : gen_below(&g->p->t, left));
}

static bool is_last(const struct action_gen *g)
{
	return g->table + 1 >= g->p->n_tables[g->bridge];
}

static void gen_resubmit(struct action_gen *g)
{
	struct random_table *t = &g->p->t;

	if (is_last(g)) {
		gen_output(g);
		return;
	}
	if (gen_chance(t, 15))
		gen_action(g, "resubmit(%u,%u)", gen_port(g), later_table(g));
	else
		gen_action(g, "resubmit(,%u)", later_table(g));
}

static void gen_clone(struct action_gen *g)
{
	struct action_gen inner = *g;
	unsigned int n = 1 + gen_below(&g->p->t, 3);
	struct strbuf list;

	if (g->depth == 2 || g->p->pops)
		return;
	strbuf_init(&list);
	inner.out = &list;
	inner.depth++;
	inner.n_actions = 0;
	while (n--)
		gen_change(&inner);
	if (gen_chance(&g->p->t, 70))
		gen_output(&inner);
	else
		gen_resubmit(&inner);
	if (gen_chance(&g->p->t, 20))
		gen_change(&inner);
	if (inner.n_actions)
		gen_action(g, "clone(%s)", strbuf_str(&list));
	strbuf_fini(&list);
}

/* How the list ends: mostly on to another table. */
static void gen_end(struct action_gen *g)
{
	struct random_table *t = &g->p->t;

	if (gen_chance(t, 3) && !g->p->pops)
		gen_action(g, "exit");
	if (is_last(g) || gen_chance(t, 12)) {
		gen_output(g);
	} else if (gen_chance(t, 50)) {
		gen_resubmit(g);
		if (gen_chance(t, 20))
			gen_output(g);
	} else {
		if (gen_chance(t, 15))
			gen_action(g, "write_metadata:%#x/%#x", gen_below(t, 4), 3);
		gen_action(g, "goto_table:%u", later_table(g));
	}
}

void gen_list(struct action_gen *g)
{
	struct random_table *t = &g->p->t;
	unsigned int n = gen_below(t, 5);

	/* Not on a copy, where it ends all of the packet here, and the copy there. */
	if (!g->bridge && !g->table && !g->p->returns && gen_chance(t, 20))
		gen_action(g, "meter:%u", 1 + gen_below(t, PIPELINE_METERS));
	for (unsigned int i = 0; i < n; i++)
		gen_change(g);
	if (gen_chance(t, 12))
		gen_output(g);
	if (gen_chance(t, 10))
		gen_clone(g);
	/* Buckets lead to the last table. */
	if (gen_chance(t, 10) && !is_last(g))
		gen_action(g, "group:%u", 1 + gen_below(t, GROUPS));
	if (gen_chance(t, 15))
		gen_change(g);
	gen_end(g);
}
