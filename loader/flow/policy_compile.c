// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Makes a draft ready for packets: numbers the rules, enters the sets that are used into
 * the index, and notes what leads to which rules; see policy_compiled.h.
 *
 * All of it is made anew for each version but the index, which is what would cost: so a
 * change of one rule costs some passes over arrays of all rules.
 */
#include "policy_compile.h"

#include "policy_compiled.h"

/* Pairs on their way to a multimap. */
struct pairs {
	__u32 (*v)[2]; /* key, value */
	size_t n, allocated;
};

struct tagged {
	const char *tag;
	const struct policy_port_info *port;
};

struct compiler {
	const struct policy *p;
	struct policy_compiled *c;
	const struct policy_port_info **by_name; /* ports */
	struct tagged *tagged; /* by tag */
	size_t n_tagged;
	__u8 *needs; /* by group id: bits of enum policy_need, and KNOWN */
	__u8 *used; /* by group id: bits of enum policy_role */
	struct pairs by_slot[POLICY_ROLE_N], by_port[POLICY_ROLE_N], rules[POLICY_ROLE_N];
};

#define NEEDS_KNOWN 0x80

static int add_pair(struct pairs *p, __u32 key, __u32 value)
{
	if (p->n == p->allocated) {
		size_t allocated = p->allocated ? 2 * p->allocated : 64;
		__u32(*v)[2] = reallocarray(p->v, allocated, sizeof(*v));

		if (!v)
			return -ENOMEM;
		p->v = v;
		p->allocated = allocated;
	}
	p->v[p->n][0] = key;
	p->v[p->n++][1] = value;
	return 0;
}

/* Values of a key keep their order. */
static int make_multimap(struct policy_multimap *m, const struct pairs *p, size_t n_keys)
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

/* --- ports by name and tag --- */

static int compare_port_names(const void *x, const void *y)
{
	const struct policy_port_info *const *a = x, *const *b = y;

	return strcmp((*a)->name, (*b)->name);
}

static int compare_tags(const void *x, const void *y)
{
	const struct tagged *a = x, *b = y;
	int order = strcmp(a->tag, b->tag);

	return order ? order : a->port->port_no - b->port->port_no;
}

static int sort_ports(struct compiler *cc)
{
	const struct policy_vec *ports = &cc->p->ports;
	size_t n = 0;

	for (size_t i = 0; i < ports->n; i++)
		n += ((const struct policy_port_info *)ports->v[i])->tags.n;
	cc->by_name = calloc(ports->n + 1, sizeof(*cc->by_name));
	cc->tagged = calloc(n + 1, sizeof(*cc->tagged));
	if (!cc->by_name || !cc->tagged)
		return -ENOMEM;
	for (size_t i = 0; i < ports->n; i++) {
		const struct policy_port_info *port = ports->v[i];

		cc->by_name[i] = port;
		for (size_t k = 0; k < port->tags.n; k++)
			cc->tagged[cc->n_tagged++] = (struct tagged){port->tags.v[k], port};
		if (!policy_is_excluded(cc->p, port->name))
			policy_bit_set(cc->c->known, port->port_no);
	}
	qsort(cc->by_name, ports->n, sizeof(*cc->by_name), compare_port_names);
	qsort(cc->tagged, cc->n_tagged, sizeof(*cc->tagged), compare_tags);
	return 0;
}

typedef int (*port_fn)(void *aux, const struct policy_port_info *port);

static int each_named(const struct compiler *cc, const char *name, port_fn fn, void *aux)
{
	size_t low = 0, high = cc->p->ports.n;
	int rc = 0;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (strcmp(cc->by_name[mid]->name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	while (!rc && low < cc->p->ports.n && !strcmp(cc->by_name[low]->name, name))
		rc = fn(aux, cc->by_name[low++]);
	return rc;
}

static int each_tagged(const struct compiler *cc, const char *tag, port_fn fn, void *aux)
{
	size_t low = 0, high = cc->n_tagged;
	int rc = 0;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (strcmp(cc->tagged[mid].tag, tag) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	while (!rc && low < cc->n_tagged && !strcmp(cc->tagged[low].tag, tag))
		rc = fn(aux, cc->tagged[low++].port);
	return rc;
}

/* The ports that are members, each once for each name and tag that says so. */
static int each_port(const struct compiler *cc, const struct policy_members *m, port_fn fn,
		     void *aux)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < m->ports.n; i++)
		rc = each_named(cc, m->ports.v[i], fn, aux);
	for (size_t i = 0; !rc && i < m->tags.n; i++)
		rc = each_tagged(cc, m->tags.v[i], fn, aux);
	return rc;
}

/* --- what members need --- */

static __u8 set_needs(const struct policy_set *s)
{
	__u8 needs = 0;

	for (size_t i = 0; s && i < s->n_prefixes; i++)
		needs |= (__u8)(1 << s->prefixes[i].family);
	return needs;
}

static int port_needs(void *aux, const struct policy_port_info *port)
{
	*(__u8 *)aux |= (__u8)(1 << POLICY_NEED_PORT | set_needs(port->addresses));
	return 0;
}

/* Depth is bounded where groups are edited [POL3]. */
static __u8 members_need(struct compiler *cc, const struct policy_members *m)
{
	__u8 needs = 0;

	for (size_t i = 0; i < m->sets.n; i++)
		needs |= set_needs(m->sets.v[i]);
	if (m->fqdns.n)
		needs |= 1 << POLICY_NEED_IPV4 | 1 << POLICY_NEED_IPV6;
	each_port(cc, m, port_needs, &needs);
	for (size_t i = 0; i < m->groups.n; i++) {
		size_t id = (uintptr_t)m->groups.v[i];

		if (!cc->needs[id]) {
			const struct policy_group *g = cc->p->groups.by_id.v[id];

			cc->needs[id] = (__u8)(NEEDS_KNOWN | members_need(cc, g->members));
		}
		needs |= (__u8)(cc->needs[id] & ~NEEDS_KNOWN);
	}
	return needs;
}

/* --- what leads to an owner --- */

struct owner {
	struct compiler *cc;
	enum policy_role role;
	__u32 id;
};

static int own_set(const struct owner *o, struct policy_set *s)
{
	int rc = policy_set_use(s, o->role);

	return rc ? rc : add_pair(&o->cc->by_slot[o->role], s->slot, o->id);
}

static int own_port(void *aux, const struct policy_port_info *port)
{
	const struct owner *o = aux;
	int rc = add_pair(&o->cc->by_port[o->role], port->port_no, o->id);

	/* Where the policy is applied to is the port, whatever its addresses are. */
	if (!rc && port->addresses && o->role != POLICY_ROLE_APPLIED)
		rc = own_set(o, port->addresses);
	return rc;
}

static int own_members(struct owner *o, const struct policy_members *m)
{
	int rc = each_port(o->cc, m, own_port, o);

	if (o->role == POLICY_ROLE_APPLIED)
		return rc;
	for (size_t i = 0; !rc && i < m->sets.n; i++)
		rc = own_set(o, m->sets.v[i]);
	for (size_t i = 0; !rc && i < m->fqdns.n; i++)
		rc = own_set(o, ((struct policy_fqdn *)m->fqdns.v[i])->set);
	return rc;
}

/* The group, and all below it, are in the role. */
static int use_group(struct compiler *cc, enum policy_role role, size_t id)
{
	const struct policy_group *g = cc->p->groups.by_id.v[id];
	struct owner o = {.cc = cc, .role = role, .id = (__u32)id};
	int rc;

	if (cc->used[id] >> role & 1)
		return 0;
	cc->used[id] |= (__u8)(1 << role);
	rc = own_members(&o, g->members);
	for (size_t i = 0; !rc && i < g->members->groups.n; i++)
		rc = use_group(cc, role, (uintptr_t)g->members->groups.v[i]);
	return rc;
}

static int add_operand(struct compiler *cc, enum policy_role role, __u32 position,
		       const struct policy_members *m)
{
	struct owner o = {.cc = cc, .role = role, .id = POLICY_OWNER_RULE | position};
	struct policy_role_table *t = &cc->c->role[role];
	__u8 needs;
	int rc;

	if (!m) {
		policy_bit_set(t->any, position);
		return 0;
	}
	needs = members_need(cc, m);
	for (int i = 0; i < POLICY_NEED_N; i++)
		if (needs >> i & 1)
			policy_bit_set(t->needs[i], position);
	rc = own_members(&o, m);
	for (size_t i = 0; !rc && i < m->groups.n; i++) {
		size_t id = (uintptr_t)m->groups.v[i];

		rc = use_group(cc, role, id);
		if (!rc)
			rc = add_pair(&cc->rules[role], (__u32)id, position);
	}
	return rc;
}

static int add_services(struct compiler *cc, __u32 position, const struct policy_services *s)
{
	struct owner o = {
		.cc = cc,
		.role = POLICY_ROLE_SERVICE,
		.id = POLICY_OWNER_RULE | position,
	};
	int rc = 0;

	if (!s) {
		policy_bit_set(cc->c->role[POLICY_ROLE_SERVICE].any, position);
		return 0;
	}
	if (s->terms)
		rc = own_set(&o, s->terms);
	for (size_t i = 0; !rc && i < s->named.n; i++)
		rc = add_pair(&cc->rules[POLICY_ROLE_SERVICE], (__u32)(uintptr_t)s->named.v[i],
			      position);
	return rc;
}

static int use_services(struct compiler *cc)
{
	const struct policy_table *services = &cc->p->services;
	const struct pairs *rules = &cc->rules[POLICY_ROLE_SERVICE];
	bool *used = calloc(services->by_id.n + 1, sizeof(*used));
	int rc = 0;

	if (!used)
		return -ENOMEM;
	for (size_t i = 0; !rc && i < rules->n; i++) {
		struct owner o = {.cc = cc, .role = POLICY_ROLE_SERVICE, .id = rules->v[i][0]};
		const struct policy_service *s = services->by_id.v[o.id];

		if (used[o.id])
			continue;
		used[o.id] = true;
		rc = own_set(&o, s->terms);
	}
	free(used);
	return rc;
}

static int add_rule(struct compiler *cc, __u32 position)
{
	struct policy_compiled *c = cc->c;
	const struct policy_rule *r = c->rule[position];
	int rc;

	if (r->direction & POLICY_OUT)
		policy_bit_set(c->direction[0], position);
	if (r->direction & POLICY_IN)
		policy_bit_set(c->direction[1], position);
	rc = add_operand(cc, POLICY_ROLE_SRC, position, r->from);
	if (!rc)
		rc = add_operand(cc, POLICY_ROLE_DST, position, r->to);
	if (!rc)
		rc = add_operand(cc, POLICY_ROLE_APPLIED, position, r->applied_to);
	return rc ? rc : add_services(cc, position, r->services);
}

/* --- groups in groups --- */

static int add_above(const struct policy_multimap *parents, __u32 of, __u32 id, struct pairs *up)
{
	for (__u32 i = parents->first[id]; i < parents->first[id + 1]; i++) {
		bool known = false;
		int rc;

		for (size_t k = up->n; !known && k-- && up->v[k][0] == of;)
			known = up->v[k][1] == parents->value[i];
		if (known)
			continue;
		rc = add_pair(up, of, parents->value[i]);
		if (!rc)
			rc = add_above(parents, of, parents->value[i], up);
		if (rc)
			return rc;
	}
	return 0;
}

static int nest_groups(struct compiler *cc)
{
	const struct policy_vec *groups = &cc->p->groups.by_id;
	struct policy_multimap parents = {0};
	struct pairs edges = {0}, up = {0};
	int rc = 0;

	for (size_t id = 0; !rc && id < groups->n; id++) {
		const struct policy_group *g = groups->v[id];

		for (size_t i = 0; !rc && g && i < g->members->groups.n; i++)
			rc = add_pair(&edges, (__u32)(uintptr_t)g->members->groups.v[i], (__u32)id);
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

static int number_rules(struct compiler *cc)
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
static int find_positions(struct compiler *cc)
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
	const size_t n_vectors = POLICY_ROLE_N * (1 + POLICY_NEED_N) + 2 + 3;
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
	return 0;
}

/* Lists that take more memory than bits become bits. */
static int make_dense(struct policy_role_table *t, __u32 n_words)
{
	const struct policy_multimap *m = &t->rules;
	__u64 *at;
	size_t n = 0;

	for (__u32 id = 0; id < m->n_keys; id++)
		n += m->first[id + 1] - m->first[id] > 2 * n_words;
	t->dense = calloc(m->n_keys + 1, sizeof(*t->dense));
	t->dense_bits = at = calloc(n * n_words + 1, sizeof(*at));
	if (!t->dense || !at)
		return -ENOMEM;
	for (__u32 id = 0; id < m->n_keys; id++) {
		if (m->first[id + 1] - m->first[id] <= 2 * n_words)
			continue;
		t->dense[id] = at;
		for (__u32 i = m->first[id]; i < m->first[id + 1]; i++)
			policy_bit_set(at, m->value[i]);
		at += n_words;
	}
	return 0;
}

static int make_role(struct compiler *cc, enum policy_role role)
{
	const struct policy *p = cc->p;
	const struct policy_table *nodes = role == POLICY_ROLE_SERVICE ? &p->services : &p->groups;
	struct policy_role_table *t = &cc->c->role[role];
	int rc = make_multimap(&t->by_slot, &cc->by_slot[role], p->ix->slots.n);

	if (!rc)
		rc = make_multimap(&t->by_port, &cc->by_port[role], XVS_MAX_PORTS);
	if (!rc)
		rc = make_multimap(&t->rules, &cc->rules[role], nodes->by_id.n);
	return rc ? rc : make_dense(t, cc->c->n_words);
}

static int compile(struct compiler *cc)
{
	struct policy_compiled *c = cc->c;
	int rc = number_rules(cc);

	if (!rc)
		rc = find_positions(cc);
	if (!rc)
		rc = make_bits(c);
	if (!rc)
		rc = sort_ports(cc);
	for (__u32 i = 0; !rc && i < c->n; i++)
		rc = add_rule(cc, i);
	if (!rc)
		rc = use_services(cc);
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

void policy_compiled_destroy(struct policy_compiled *c)
{
	if (!c)
		return;
	for (int i = 0; i < POLICY_ROLE_N; i++) {
		struct policy_multimap *maps[] = {&c->role[i].by_slot, &c->role[i].by_port,
						  &c->role[i].rules};

		for (size_t k = 0; k < 3; k++) {
			free(maps[k]->first);
			free(maps[k]->value);
		}
		free(c->role[i].dense);
		free(c->role[i].dense_bits);
	}
	free(c->up.first);
	free(c->up.value);
	free(c->rule);
	free(c->section);
	free(c->position);
	free(c->bits);
	free(c);
}

int policy_compile(struct policy *draft)
{
	struct compiler cc = {.p = draft};
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
