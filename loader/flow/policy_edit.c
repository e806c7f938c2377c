// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Changes of a draft: sections and rules, in their order; see policy_private.h. What
 * users may do is checked where their text is read (policy_parse.c).
 */
#include "policy_private.h"

struct policy_rule *policy_rule_new(void)
{
	struct policy_rule *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->hits = calloc(1, sizeof(*r->hits));
	if (!r->hits) {
		free(r);
		return NULL;
	}
	r->refs = 1;
	r->hits->refs = 1;
	r->direction = POLICY_IN_OUT;
	r->enabled = true;
	return r;
}

struct policy_rule *policy_rule_copy(const struct policy_rule *from)
{
	struct policy_rule *r = malloc(sizeof(*r));

	if (!r)
		return NULL;
	*r = *from;
	r->refs = 1;
	r->hits->refs++;
	policy_members_get(r->from);
	policy_members_get(r->to);
	policy_members_get(r->applied_to);
	policy_services_get(r->services);
	return r;
}

struct policy_rule *policy_rule_get(struct policy_rule *r)
{
	r->refs++;
	return r;
}

void policy_rule_put(struct policy_rule *r)
{
	if (!r || --r->refs)
		return;
	policy_members_put(r->from);
	policy_members_put(r->to);
	policy_members_put(r->applied_to);
	policy_services_put(r->services);
	if (!--r->hits->refs)
		free(r->hits);
	free(r);
}

void policy_section_put(struct policy_section *s)
{
	if (s && !--s->refs)
		free(s);
}

static int order_id(const void *item, const void *key)
{
	const struct policy_rule *r = item;
	const __u32 *id = key;

	return r->id < *id ? -1 : r->id > *id;
}

static int order_name(const void *item, const void *key)
{
	return strcmp(((const struct policy_rule *)item)->name, key);
}

struct policy_rule *policy_find_rule(const struct policy *p, __u32 id)
{
	size_t i;

	if (id == POLICY_RULE_DEFAULT)
		return p->last;
	return policy_vec_search(&p->rules, order_id, &id, &i) ? p->rules.v[i] : NULL;
}

struct policy_rule *policy_find_rule_name(const struct policy *p, const char *name)
{
	size_t i;

	return policy_vec_search(&p->rule_names, order_name, name, &i) ? p->rule_names.v[i] : NULL;
}

/* One behind the highest; where that is taken, the lowest that is free. */
__u32 policy_free_rule_id(const struct policy *p)
{
	const struct policy_rule *highest = p->rules.n ? p->rules.v[p->rules.n - 1] : NULL;
	__u32 id = 1;

	if (!highest || highest->id < POLICY_RULE_ID_MAX)
		return highest ? highest->id + 1 : 1;
	for (size_t i = 0; i < p->rules.n; i++, id++)
		if (((const struct policy_rule *)p->rules.v[i])->id != id)
			break;
	return id;
}

bool policy_section_index(const struct policy *p, const char *name, size_t *i)
{
	for (*i = 0; *i < p->sections.n; ++*i)
		if (!strcmp(policy_section_at(p, *i)->name, name))
			return true;
	return false;
}

void policy_rule_place(const struct policy *p, const struct policy_rule *r, size_t *section,
		       size_t *i)
{
	for (*section = 0; *section < p->sections.n; ++*section) {
		const struct policy_section_list *list = p->sections.v[*section];

		if (policy_vec_find(&list->rules, r, i))
			return;
	}
}

int policy_add_section(struct policy *p, struct policy_section *s, size_t at)
{
	struct policy_section_list *list;

	if (policy_vec_reserve(&p->sections, 1))
		return -ENOMEM;
	list = calloc(1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	list->section = s;
	policy_vec_insert(&p->sections, at, list);
	return 0;
}

void policy_replace_section(struct policy *p, size_t i, struct policy_section *s)
{
	struct policy_section_list *list = p->sections.v[i];

	policy_section_put(list->section);
	list->section = s;
}

void policy_move_section(struct policy *p, size_t from, size_t to)
{
	void *list = p->sections.v[from];

	policy_vec_remove(&p->sections, from);
	policy_vec_insert(&p->sections, to, list);
}

/* Out of the vectors that know it by id and by name. */
static void forget_rule(struct policy *p, const struct policy_rule *r)
{
	size_t i;

	policy_vec_search(&p->rules, order_id, &r->id, &i);
	policy_vec_remove(&p->rules, i);
	if (*r->name && policy_vec_search(&p->rule_names, order_name, r->name, &i))
		policy_vec_remove(&p->rule_names, i);
}

void policy_remove_section(struct policy *p, size_t i)
{
	struct policy_section_list *list = p->sections.v[i];

	for (size_t k = 0; k < list->rules.n; k++) {
		forget_rule(p, list->rules.v[k]);
		policy_rule_put(list->rules.v[k]);
	}
	policy_vec_remove(&p->sections, i);
	policy_section_put(list->section);
	policy_vec_fini(&list->rules);
	free(list);
}

/* There is room. */
static void know_rule(struct policy *p, struct policy_rule *r)
{
	size_t i;

	policy_vec_search(&p->rules, order_id, &r->id, &i);
	policy_vec_insert(&p->rules, i, r);
	if (!*r->name)
		return;
	policy_vec_search(&p->rule_names, order_name, r->name, &i);
	policy_vec_insert(&p->rule_names, i, r);
}

int policy_add_rule(struct policy *p, struct policy_rule *r, size_t section, size_t at)
{
	struct policy_section_list *list = p->sections.v[section];

	if (policy_vec_reserve(&list->rules, 1) || policy_vec_reserve(&p->rules, 1) ||
	    policy_vec_reserve(&p->rule_names, 1))
		return -ENOMEM;
	policy_vec_insert(&list->rules, at, r);
	know_rule(p, r);
	return 0;
}

int policy_replace_rule(struct policy *p, struct policy_rule *r, size_t section, size_t at)
{
	struct policy_rule *old = policy_find_rule(p, r->id);
	struct policy_section_list *to;
	size_t from, i;

	if (old == p->last) {
		policy_rule_put(old);
		p->last = r;
		return 0;
	}
	to = p->sections.v[section];
	if (policy_vec_reserve(&to->rules, 1) || policy_vec_reserve(&p->rule_names, 1))
		return -ENOMEM;
	policy_rule_place(p, old, &from, &i);
	policy_vec_remove(&((struct policy_section_list *)p->sections.v[from])->rules, i);
	policy_vec_insert(&to->rules, at, r);
	forget_rule(p, old);
	know_rule(p, r);
	policy_rule_put(old);
	return 0;
}

void policy_remove_rule(struct policy *p, struct policy_rule *r)
{
	size_t section, i;

	policy_rule_place(p, r, &section, &i);
	policy_vec_remove(&((struct policy_section_list *)p->sections.v[section])->rules, i);
	forget_rule(p, r);
	policy_rule_put(r);
}
