// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Groups: memory, the table of a switch, and who refers to whom. Which bucket a
 * packet gets is in group_select.c.
 */
#include "group.h"

#include <stdlib.h>

struct group *group_create(__u32 id, enum group_type type)
{
	struct group *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->id = id;
	g->type = type;
	g->refs = 1;
	return g;
}

struct group *group_get(struct group *g)
{
	g->refs++;
	return g;
}

void group_put(struct group *g)
{
	if (!g || --g->refs)
		return;
	for (size_t i = 0; i < g->n_buckets; i++) {
		ofacts_fini(&g->buckets[i].actions);
		ofacts_fini(&g->buckets[i].ordered);
	}
	free(g->buckets);
	free(g->fields);
	free(g);
}

struct group_table *group_table_create(void)
{
	return calloc(1, sizeof(struct group_table));
}

void group_table_destroy(struct group_table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->ids.n; i++)
		group_put(t->ids.v[i]);
	id_table_fini(&t->ids);
	free(t);
}

ID_TABLE_OF(struct group);

struct group *group_find(const struct group_table *t, __u32 id)
{
	return id_table_find(&t->ids, id);
}

int group_insert(struct group_table *t, struct group *g)
{
	return id_table_insert(&t->ids, g, GROUPS_MAX);
}

struct group *group_replace(struct group_table *t, struct group *g)
{
	return id_table_replace(&t->ids, g);
}

struct group *group_remove(struct group_table *t, __u32 id)
{
	return id_table_remove(&t->ids, id);
}

static bool is_group(void *aux, const struct ofact *a)
{
	return a->type == OFACT_GROUP && a->id == *(const __u32 *)aux;
}

const struct group_bucket *group_user(const struct group *g, __u32 id)
{
	for (size_t i = 0; i < g->n_buckets; i++)
		if (g->buckets[i].watch_group == id ||
		    ofacts_any(&g->buckets[i].actions, is_group, &id))
			return &g->buckets[i];
	return NULL;
}

/*
 * A walk over the groups that can be reached from one, each visited once: a
 * stack of those that were met and not looked at yet. Without memory for it a
 * loop is reported, which is the safe answer.
 */
struct walk {
	const struct group_table *t;
	const struct group *start; /* the walk has come back to it: a loop */
	const struct group **met; /* room for every group */
	size_t n_met, n_done;
	bool loop;
};

static void meet(struct walk *w, __u32 id)
{
	const struct group *g;

	if (id == w->start->id) {
		w->loop = true;
		return;
	}
	g = group_find(w->t, id);
	for (size_t i = 0; g && i < w->n_met; i++)
		if (w->met[i] == g)
			return;
	if (g)
		w->met[w->n_met++] = g;
}

static bool meet_action(void *aux, const struct ofact *a)
{
	struct walk *w = aux;

	if (a->type == OFACT_GROUP)
		meet(w, a->id);
	return w->loop;
}

static void meet_buckets(struct walk *w, const struct group *g)
{
	for (size_t i = 0; !w->loop && i < g->n_buckets; i++) {
		const struct group_bucket *b = &g->buckets[i];

		ofacts_any(&b->actions, meet_action, w);
		if (!w->loop && b->watch_group != GROUP_NONE)
			meet(w, b->watch_group);
	}
}

bool group_loops(const struct group_table *t, const struct group *g)
{
	struct walk w = {.t = t, .start = g};

	w.met = calloc(t->ids.n + 1, sizeof(*w.met));
	if (!w.met)
		return true;
	meet_buckets(&w, g);
	while (!w.loop && w.n_done < w.n_met)
		meet_buckets(&w, w.met[w.n_done++]);
	free(w.met);
	return w.loop;
}
