// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Names of rules as a copy, for the thread that prints connections.
 */
#include <stdlib.h>
#include <string.h>

#include "model_policy.h"
#include "model_private.h"

struct rule_name {
	__u16 zone;
	__u32 id;
	char name[XVS_NAME_LEN];
};

struct model_policy_names {
	struct policy_pair *pairs;
	size_t n_pairs;
	size_t n;
	struct rule_name v[]; /* in order of zone and id */
};

static size_t count_rules(const struct model *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_switches; i++)
		if (m->switches[i]->policy)
			n += policy_n_rules(m->switches[i]->policy);
	return n;
}

static void add_rules(struct model_policy_names *names, const struct sw *sw)
{
	for (size_t i = 0; i < policy_n_sections(sw->policy); i++) {
		size_t n;
		struct policy_rule *const *rules = policy_section_rules(sw->policy, i, &n);

		for (size_t k = 0; k < n; k++) {
			struct rule_name *to = &names->v[names->n];

			if (!rules[k]->name[0])
				continue;
			to->zone = sw->policy_zone;
			to->id = rules[k]->id;
			memcpy(to->name, rules[k]->name, sizeof(to->name));
			names->n++;
		}
	}
}

static int compare(const void *a, const void *b)
{
	const struct rule_name *l = a, *r = b;

	if (l->zone != r->zone)
		return l->zone < r->zone ? -1 : 1;
	return l->id < r->id ? -1 : l->id > r->id;
}

struct model_policy_names *model_policy_names_create(const struct model *m)
{
	size_t n = count_rules(m);
	struct model_policy_names *names = calloc(1, sizeof(*names) + n * sizeof(names->v[0]));

	if (!names)
		return NULL;
	if (m->policy_pairs.n) {
		names->pairs = calloc(m->policy_pairs.n, sizeof(*names->pairs));
		if (!names->pairs) {
			free(names);
			return NULL;
		}
		names->n_pairs = m->policy_pairs.n;
		memcpy(names->pairs, m->policy_pairs.v, names->n_pairs * sizeof(*names->pairs));
	}
	for (size_t i = 0; i < m->n_switches; i++)
		if (m->switches[i]->policy)
			add_rules(names, m->switches[i]);
	qsort(names->v, names->n, sizeof(names->v[0]), compare);
	return names;
}

void model_policy_names_destroy(struct model_policy_names *names)
{
	if (!names)
		return;
	free(names->pairs);
	free(names);
}

static void add_name(const struct model_policy_names *names, __u16 zone, __u32 id,
		     struct strbuf *out)
{
	const struct rule_name wanted = {.zone = zone, .id = id};
	const struct rule_name *found =
		bsearch(&wanted, names->v, names->n, sizeof(names->v[0]), compare);

	if (id == POLICY_RULE_DEFAULT)
		strbuf_add(out, "default");
	else if (found)
		strbuf_add(out, found->name);
	else
		strbuf_printf(out, "%u", id);
}

void model_policy_names_format(const struct model_policy_names *names, __u16 zone, __u32 number,
			       struct strbuf *out)
{
	const struct policy_pairs pairs = {.v = names->pairs, .n = (__u32)names->n_pairs};
	struct policy_pair pair = policy_pair_of(&pairs, number);

	if (pair.out) {
		add_name(names, zone, pair.out, out);
		strbuf_addc(out, '+');
	}
	if (pair.in)
		add_name(names, zone, pair.in, out);
}
