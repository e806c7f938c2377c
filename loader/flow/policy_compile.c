// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Makes a draft ready for packets: numbers the rules, and makes tables of what leads to
 * which of them (policy_owners.c); see policy_compiled.h.
 *
 * All of it is made anew for each version but the index, which is what would cost: so a
 * change of one rule costs some passes over arrays of all rules.
 */
#include "policy_compile.h"

#include "policy_compile_private.h"

/* Values of a key keep their order. */
static int make_multimap(struct policy_multimap *m, const struct policy_pairing *p, size_t n_keys)
{
	m->n_keys = (__u32)n_keys;
	m->first = calloc(n_keys + 2, sizeof(*m->first));
	m->value = calloc(p->n + 1, sizeof(*m->value));
	if (!m->first || !m->value)
		return -ENOMEM;
	/* Shifted by one: filling moves each first to where the next one begins. */
	for (size_t i = 0; i < p->n; i++)
		m->first[p->v[i][0] + 2]++;
	for (size_t i = 1; i < n_keys + 2; i++)
		m->first[i] += m->first[i - 1];
	for (size_t i = 0; i < p->n; i++)
		m->value[m->first[p->v[i][0] + 1]++] = p->v[i][1];
	return 0;
}

/* --- groups in groups --- */

static int add_above(const struct policy_multimap *parents, __u32 of, __u32 id,
		     struct policy_pairing *up)
{
	for (__u32 i = parents->first[id]; i < parents->first[id + 1]; i++) {
		bool known = false;
		int rc;

		for (size_t k = up->n; !known && k-- && up->v[k][0] == of;)
			known = up->v[k][1] == parents->value[i];
		if (known)
			continue;
		rc = policy_pairing_add(up, of, parents->value[i]);
		if (!rc)
			rc = add_above(parents, of, parents->value[i], up);
		if (rc)
			return rc;
	}
	return 0;
}

static int nest_groups(struct policy_compiler *cc)
{
	const struct policy_vec *groups = &cc->p->groups.by_id;
	struct policy_multimap parents = {0};
	struct policy_pairing edges = {0}, up = {0};
	int rc = 0;

	for (size_t id = 0; !rc && id < groups->n; id++) {
		const struct policy_group *g = groups->v[id];

		for (size_t i = 0; !rc && g && i < g->members->groups.n; i++)
			rc = policy_pairing_add(&edges, (__u32)(uintptr_t)g->members->groups.v[i],
						(__u32)id);
	}
	if (!rc && edges.n) {
		rc = make_multimap(&parents, &edges, groups->n);
		for (__u32 id = 0; !rc && id < groups->n; id++)
			rc = add_above(&parents, id, id, &up);
		if (!rc)
			rc = make_multimap(&cc->c->up, &up, groups->n);
	}
	free(parents.first);
	free(parents.value);
	free(edges.v);
	free(up.v);
	return rc;
}

/* --- the whole --- */

static int number_rules(struct policy_compiler *cc)
{
	struct policy_compiled *c = cc->c;
	const struct policy *p = cc->p;

	c->rule = calloc(p->rules.n + 1, sizeof(struct policy_rule *));
	c->section = calloc(p->rules.n + 1, sizeof(*c->section));
	c->position = calloc(p->rules.n + 1, sizeof(*c->position));
	if (!c->rule || !c->section || !c->position)
		return -ENOMEM;
	for (size_t i = 0; i < p->sections.n; i++) {
		const struct policy_section_list *list = p->sections.v[i];

		for (size_t k = 0; k < list->rules.n; k++) {
			struct policy_rule *r = list->rules.v[k];

			if (!r->enabled)
				continue;
			c->rule[c->n] = r;
			c->section[c->n++] = (__u32)i;
		}
	}
	c->n_words = (c->n + 63) / 64;
	return 0;
}

static int compare_positions(const void *x, const void *y)
{
	const __u32 *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

/* position[] of each rule in order of ids. */
static int find_positions(struct policy_compiler *cc)
{
	struct policy_compiled *c = cc->c;
	__u32(*by_id)[2] = calloc(c->n + 1, sizeof(*by_id));
	size_t k = 0;

	if (!by_id)
		return -ENOMEM;
	for (__u32 i = 0; i < c->n; i++) {
		by_id[i][0] = c->rule[i]->id;
		by_id[i][1] = i;
	}
	qsort(by_id, c->n, sizeof(*by_id), compare_positions);
	for (size_t i = 0; i < cc->p->rules.n; i++) {
		const struct policy_rule *r = cc->p->rules.v[i];

		c->position[i] = POLICY_NO_POSITION;
		if (k < c->n && by_id[k][0] == r->id)
			c->position[i] = by_id[k++][1];
	}
	free(by_id);
	return 0;
}

/* Vectors of all roles and of the rest, out of one piece. */
static int make_bits(struct policy_compiled *c)
{
	const size_t n_vectors = POLICY_ROLE_N * (1 + POLICY_NEED_N) + 2 + 1 + 3;
	__u64 *at = calloc(n_vectors * c->n_words + 1, sizeof(*at));

	if (!at)
		return -ENOMEM;
	c->bits = at;
	for (int role = 0; role < POLICY_ROLE_N; role++) {
		c->role[role].any = at;
		at += c->n_words;
		for (int i = 0; i < POLICY_NEED_N; i++, at += c->n_words)
			c->role[role].needs[i] = at;
	}
	for (int i = 0; i < 2; i++, at += c->n_words)
		c->direction[i] = at;
	for (int i = 0; i < 3; i++, at += c->n_words)
		c->sure[i] = at;
	c->allow = at;
	return 0;
}

/* Bits take less memory, and less time, than a list of so many rules. */
static bool is_dense(const struct policy_multimap *m, __u32 key, __u32 n_words)
{
	if (m->first[key + 1] - m->first[key] <= 2 * n_words)
		return false;
	for (__u32 i = m->first[key]; i < m->first[key + 1]; i++)
		if (!(m->value[i] & POLICY_OWNER_RULE))
			return false;
	return true;
}

static int make_dense(struct policy_multimap *m, __u32 n_words)
{
	__u64 *at;
	size_t n = 0;

	for (__u32 key = 0; key < m->n_keys; key++)
		n += is_dense(m, key, n_words);
	if (!n)
		return 0;
	m->dense = calloc(m->n_keys, sizeof(*m->dense));
	m->dense_bits = at = calloc(n * n_words, sizeof(*at));
	if (!m->dense || !at)
		return -ENOMEM;
	for (__u32 key = 0; key < m->n_keys; key++) {
		if (!is_dense(m, key, n_words))
			continue;
		m->dense[key] = at;
		for (__u32 i = m->first[key]; i < m->first[key + 1]; i++)
			policy_bit_set(at, m->value[i] & ~POLICY_OWNER_RULE);
		at += n_words;
	}
	return 0;
}

static int make_role(struct policy_compiler *cc, enum policy_role role)
{
	const struct policy *p = cc->p;
	const struct policy_table *nodes = role == POLICY_ROLE_SERVICE ? &p->services : &p->groups;
	struct policy_role_table *t = &cc->c->role[role];
	int rc = make_multimap(&t->by_slot, &cc->by_slot[role], p->ix->slots.n);

	if (!rc)
		rc = make_multimap(&t->by_port, &cc->by_port[role], XVS_MAX_PORTS);
	if (!rc)
		rc = make_multimap(&t->rules, &cc->rules[role], nodes->by_id.n);
	if (!rc)
		rc = make_dense(&t->by_slot, cc->c->n_words);
	if (!rc)
		rc = make_dense(&t->by_port, cc->c->n_words);
	return rc ? rc : make_dense(&t->rules, cc->c->n_words);
}

static int compile(struct policy_compiler *cc)
{
	struct policy_compiled *c = cc->c;
	int rc = number_rules(cc);

	if (!rc)
		rc = find_positions(cc);
	if (!rc)
		rc = make_bits(c);
	if (!rc)
		rc = policy_owners_sort_ports(cc);
	for (__u32 i = 0; !rc && i < c->n; i++)
		rc = policy_owners_add_rule(cc, i);
	if (!rc)
		rc = policy_owners_add_services(cc);
	if (!rc)
		rc = nest_groups(cc);
	for (enum policy_role role = 0; !rc && role < POLICY_ROLE_N; role++)
		rc = make_role(cc, role);
	for (__u32 w = 0; !rc && w < c->n_words; w++) {
		c->sure[2][w] = c->role[POLICY_ROLE_SERVICE].any[w];
		c->sure[1][w] = c->sure[2][w] & c->role[POLICY_ROLE_DST].any[w];
		c->sure[0][w] = c->sure[1][w] & c->role[POLICY_ROLE_SRC].any[w];
	}
	return rc;
}

static void free_multimap(struct policy_multimap *m)
{
	free(m->first);
	free(m->value);
	free(m->dense);
	free(m->dense_bits);
}

void policy_compiled_destroy(struct policy_compiled *c)
{
	if (!c)
		return;
	for (int i = 0; i < POLICY_ROLE_N; i++) {
		free_multimap(&c->role[i].by_slot);
		free_multimap(&c->role[i].by_port);
		free_multimap(&c->role[i].rules);
	}
	free_multimap(&c->up);
	free(c->rule);
	free(c->section);
	free(c->position);
	free(c->bits);
	free(c);
}

int policy_compile(struct policy *draft)
{
	struct policy_compiler cc = {.p = draft};
	int rc = -ENOMEM;

	if (draft->compiled)
		return 0;
	cc.c = calloc(1, sizeof(*cc.c));
	cc.needs = calloc(draft->groups.by_id.n + 1, sizeof(*cc.needs));
	cc.used = calloc(draft->groups.by_id.n + 1, sizeof(*cc.used));
	if (cc.c && cc.needs && cc.used)
		rc = compile(&cc);
	for (int i = 0; i < POLICY_ROLE_N; i++) {
		free(cc.by_slot[i].v);
		free(cc.by_port[i].v);
		free(cc.rules[i].v);
	}
	free(cc.by_name);
	free(cc.tagged);
	free(cc.needs);
	free(cc.used);
	if (rc)
		policy_compiled_destroy(cc.c);
	else
		draft->compiled = cc.c;
	return rc;
}

bool policy_is_compiled(const struct policy *p)
{
	return p->compiled;
}
