// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What leads to the rules of a policy: ports, slots of the index, groups and services; see
 * policy_compile_private.h. What is used in a role enters the index here.
 */
#include "policy_compile.h"
#include "policy_compile_private.h"

#define NEEDS_KNOWN 0x80

int policy_pairing_add(struct policy_pairing *p, __u32 key, __u32 value)
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

/* --- ports by name and tag --- */

static int compare_port_names(const void *x, const void *y)
{
	const struct policy_port_info *const *a = x, *const *b = y;

	return strcmp((*a)->name, (*b)->name);
}

static int compare_tags(const void *x, const void *y)
{
	const struct policy_tagged *a = x, *b = y;
	int order = strcmp(a->tag, b->tag);

	return order ? order : a->port->port_no - b->port->port_no;
}

int policy_owners_sort_ports(struct policy_compiler *cc)
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
			cc->tagged[cc->n_tagged++] = (struct policy_tagged){port->tags.v[k], port};
		if (!policy_is_excluded(cc->p, port->name))
			policy_bit_set(cc->c->known, port->port_no);
	}
	qsort(cc->by_name, ports->n, sizeof(*cc->by_name), compare_port_names);
	qsort(cc->tagged, cc->n_tagged, sizeof(*cc->tagged), compare_tags);
	return 0;
}

typedef int (*port_fn)(void *aux, const struct policy_port_info *port);

static int each_named(const struct policy_compiler *cc, const char *name, port_fn fn, void *aux)
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

static int each_tagged(const struct policy_compiler *cc, const char *tag, port_fn fn, void *aux)
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
static int each_port(const struct policy_compiler *cc, const struct policy_members *m, port_fn fn,
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
	if (needs >> POLICY_NEED_MAC & 1)
		needs |= 1 << POLICY_NEED_MORE;
	return needs;
}

static int port_needs(void *aux, const struct policy_port_info *port)
{
	__u8 needs = set_needs(port->addresses);

	*(__u8 *)aux |= (__u8)(1 << POLICY_NEED_PORT | (needs ? needs : 1 << POLICY_NEED_MORE));
	return 0;
}

/* Depth is bounded where groups are edited [POL3]. */
static __u8 members_need(struct policy_compiler *cc, const struct policy_members *m)
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
	struct policy_compiler *cc;
	enum policy_role role;
	__u32 id;
};

static int own_set(const struct owner *o, struct policy_set *s)
{
	int rc = policy_set_use(s, o->role);

	return rc ? rc : policy_pairing_add(&o->cc->by_slot[o->role], s->slot, o->id);
}

static int own_port(void *aux, const struct policy_port_info *port)
{
	const struct owner *o = aux;
	int rc = policy_pairing_add(&o->cc->by_port[o->role], port->port_no, o->id);

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
static int use_group(struct policy_compiler *cc, enum policy_role role, size_t id)
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

static int add_operand(struct policy_compiler *cc, enum policy_role role, __u32 position,
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
			rc = policy_pairing_add(&cc->rules[role], (__u32)id, o.id);
	}
	return rc;
}

static int add_services(struct policy_compiler *cc, __u32 position, const struct policy_services *s)
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
	for (size_t i = 0; !rc && i < s->terms.n; i++)
		rc = own_set(&o, s->terms.v[i]);
	for (size_t i = 0; !rc && i < s->named.n; i++)
		rc = policy_pairing_add(&cc->rules[POLICY_ROLE_SERVICE],
					(__u32)(uintptr_t)s->named.v[i], o.id);
	return rc;
}

int policy_owners_add_rule(struct policy_compiler *cc, __u32 position)
{
	struct policy_compiled *c = cc->c;
	const struct policy_rule *r = c->rule[position];
	int rc;

	if (r->action == POLICY_ALLOW)
		policy_bit_set(c->allow, position);
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

int policy_owners_add_services(struct policy_compiler *cc)
{
	const struct policy_table *services = &cc->p->services;
	const struct policy_pairing *rules = &cc->rules[POLICY_ROLE_SERVICE];
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
