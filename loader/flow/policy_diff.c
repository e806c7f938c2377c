// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a newer version of a policy takes from the permissions of an older one; see
 * policy_compile.h.
 *
 * "May be less" is said rather than forgotten: who is told looks at the connections
 * themselves (policy_rule_covers). But of the members of a set, what is the same is known
 * by being the same object, so that a group that grows narrows nothing.
 */
#include "policy_compile.h"
#include "policy_compiled.h"

#define GROUP_KNOWN 1
#define GROUP_NARROWED 2

struct diff {
	const struct policy *older, *newer;
	__u8 *groups; /* of the older one, by id: GROUP_* */
	__u32 refused_from; /* rules behind this position of 'newer' are refused more */
	bool ports; /* some port is gone, or has lost a tag or an address */
};

static bool set_has(const struct policy_set *s, const struct policy_prefix *p)
{
	for (size_t i = 0; i < s->n_prefixes; i++)
		if (policy_prefix_equal(&s->prefixes[i], p))
			return true;
	return false;
}

static bool sets_have(const struct policy_vec *sets, const struct policy_prefix *p)
{
	for (size_t i = 0; i < sets->n; i++)
		if (set_has(sets->v[i], p))
			return true;
	return false;
}

/* All that is in a set of 'older' is in one of 'newer'. */
static bool sets_are_kept(const struct policy_vec *older, const struct policy_vec *newer)
{
	for (size_t i = 0; i < older->n; i++) {
		const struct policy_set *s = older->v[i];
		size_t k;

		if (policy_vec_find(newer, s, &k))
			continue;
		for (k = 0; k < s->n_prefixes; k++)
			if (!sets_have(newer, &s->prefixes[k]))
				return false;
	}
	return true;
}

static bool items_are_kept(const struct policy_vec *older, const struct policy_vec *newer)
{
	size_t k;

	for (size_t i = 0; i < older->n; i++)
		if (!policy_vec_find(newer, older->v[i], &k))
			return false;
	return true;
}

static bool strings_are_kept(const struct policy_strings *older, const struct policy_strings *newer)
{
	size_t k;

	for (size_t i = 0; i < older->n; i++)
		if (!policy_strings_has(newer, older->v[i], &k))
			return false;
	return true;
}

static bool group_is_narrowed(struct diff *d, size_t id);

static bool members_are_narrowed(struct diff *d, const struct policy_members *older,
				 const struct policy_members *newer)
{
	if (!newer)
		return false;
	if (!older)
		return true;
	if (d->ports && (older->ports.n || older->tags.n))
		return true;
	if (older != newer && (!sets_are_kept(&older->sets, &newer->sets) ||
			       !strings_are_kept(&older->ports, &newer->ports) ||
			       !strings_are_kept(&older->tags, &newer->tags) ||
			       !items_are_kept(&older->fqdns, &newer->fqdns) ||
			       !items_are_kept(&older->groups, &newer->groups)))
		return true;
	for (size_t i = 0; i < older->groups.n; i++)
		if (group_is_narrowed(d, (uintptr_t)older->groups.v[i]))
			return true;
	return false;
}

/* Or is another group by now. */
static bool group_is_narrowed(struct diff *d, size_t id)
{
	const struct policy_group *older = d->older->groups.by_id.v[id];
	const struct policy_group *newer =
		(const struct policy_group *)policy_table_at(&d->newer->groups, id);
	bool narrowed = true;

	if (d->groups[id])
		return d->groups[id] & GROUP_NARROWED;
	if (newer && !strcmp(older->named.name, newer->named.name))
		narrowed = members_are_narrowed(d, older->members, newer->members);
	d->groups[id] = GROUP_KNOWN | (narrowed ? GROUP_NARROWED : 0);
	return narrowed;
}

static bool terms_are_kept(const struct policy_set *older, const struct policy_set *newer)
{
	if (!older || older == newer)
		return true;
	for (size_t i = 0; i < older->n_terms; i++) {
		size_t k = 0;

		while (newer && k < newer->n_terms &&
		       !policy_term_equal(&older->terms[i], &newer->terms[k]))
			k++;
		if (!newer || k == newer->n_terms)
			return false;
	}
	return true;
}

static bool service_is_narrowed(struct diff *d, size_t id)
{
	const struct policy_service *older = d->older->services.by_id.v[id];
	const struct policy_service *newer =
		(const struct policy_service *)policy_table_at(&d->newer->services, id);

	return !newer || strcmp(older->named.name, newer->named.name) ||
	       !terms_are_kept(older->terms, newer->terms);
}

static bool services_are_narrowed(struct diff *d, const struct policy_services *older,
				  const struct policy_services *newer)
{
	if (!newer)
		return false;
	if (!older || !items_are_kept(&older->terms, &newer->terms) ||
	    !items_are_kept(&older->named, &newer->named))
		return true;
	for (size_t i = 0; i < older->named.n; i++)
		if (service_is_narrowed(d, (uintptr_t)older->named.v[i]))
			return true;
	return false;
}

static const struct policy_port_info *find_port(const struct policy *p, __u16 port_no)
{
	for (size_t i = 0; i < p->ports.n; i++)
		if (((const struct policy_port_info *)p->ports.v[i])->port_no == port_no)
			return p->ports.v[i];
	return NULL;
}

static bool ports_are_narrowed(const struct policy *older, const struct policy *newer)
{
	for (size_t i = 0; i < older->ports.n; i++) {
		const struct policy_port_info *a = older->ports.v[i];
		const struct policy_port_info *b = i < newer->ports.n && newer->ports.v[i] == a
							   ? a
							   : find_port(newer, a->port_no);

		if (a == b)
			continue;
		if (!b || strcmp(a->name, b->name) || !strings_are_kept(&a->tags, &b->tags))
			return true;
		for (size_t k = 0; a->addresses && k < a->addresses->n_prefixes; k++)
			if (!b->addresses || !set_has(b->addresses, &a->addresses->prefixes[k]))
				return true;
	}
	return false;
}

static bool allows(const struct policy_rule *r)
{
	return r && r->enabled && r->action == POLICY_ALLOW;
}

/* 0: neither removed nor narrowed. */
static bool is_less(struct diff *d, const struct policy_rule *older,
		    const struct policy_rule *newer, enum policy_change_kind *kind)
{
	*kind = POLICY_REMOVED;
	if (!allows(newer))
		return true;
	/* Where a rule is applied, and in which direction, no connection tells: one
	 * that the rule was taken from is ended with the others. */
	if (older->direction & ~newer->direction)
		return true;
	if (older->applied_to != newer->applied_to &&
	    members_are_narrowed(d, older->applied_to, newer->applied_to))
		return true;
	*kind = POLICY_NARROWED;
	return members_are_narrowed(d, older->from, newer->from) ||
	       members_are_narrowed(d, older->to, newer->to) ||
	       members_are_narrowed(d, older->applied_to, newer->applied_to) ||
	       services_are_narrowed(d, older->services, newer->services);
}

/* --- what stands in front --- */

/* It has, or may have, packets that it did not refuse before. */
static bool refuses_more(struct diff *back, const struct policy_rule *newer)
{
	const struct policy_rule *older = policy_find_rule(back->newer, newer->id);

	if (!older || !older->enabled || older->action == POLICY_ALLOW ||
	    newer->direction & ~older->direction)
		return true;
	/* What is less the other way round is more. */
	return members_are_narrowed(back, newer->from, older->from) ||
	       members_are_narrowed(back, newer->to, older->to) ||
	       members_are_narrowed(back, newer->applied_to, older->applied_to) ||
	       services_are_narrowed(back, newer->services, older->services);
}

/* The first position of 'newer' where a rule refuses more, or has come in front of one
 * that stood in front of it; none: POLICY_NO_POSITION. */
static __u32 find_first_that_refuses(struct diff *back)
{
	const struct policy *newer = back->older, *older = back->newer;
	const struct policy_compiled *c = newer->compiled;
	__u32 first = POLICY_NO_POSITION, *was;

	was = calloc(c->n + 1, sizeof(*was));
	if (!was)
		return 0;
	for (__u32 i = 0; i < c->n; i++)
		was[i] = policy_position_of(older, c->rule[i]->id);
	/* From the back: was[c->n] is the lowest place that rules behind have had. */
	was[c->n] = POLICY_NO_POSITION;
	for (__u32 i = c->n; i--;) {
		const struct policy_rule *r = c->rule[i];
		bool overtook = was[i] != POLICY_NO_POSITION && was[c->n] < was[i];

		if (r->action != POLICY_ALLOW && (overtook || refuses_more(back, r)))
			first = i;
		if (was[i] < was[c->n])
			was[c->n] = was[i];
	}
	free(was);
	return first;
}

static bool is_behind(const struct policy *p, __u32 id, __u32 first)
{
	__u32 position = policy_position_of(p, id);

	/* The default rule has no position, and is behind all. */
	return first != POLICY_NO_POSITION &&
	       (id == POLICY_RULE_DEFAULT || (position != POLICY_NO_POSITION && position > first));
}

static void tell(struct diff *d, const struct policy_rule *r, policy_change_fn fn, void *aux)
{
	struct policy_change change = {.rule = r};
	const struct policy_section *s;

	if (!allows(r) || (!is_less(d, r, policy_find_rule(d->newer, r->id), &change.kind) &&
			   !is_behind(d->newer, r->id, d->refused_from)))
		return;
	s = policy_section_of(d->older, r->id);
	change.on_remove = s ? s->on_remove : POLICY_END;
	fn(aux, &change);
}

/* Seen from 'newer', where is more refused? */
static int look_back(struct diff *d)
{
	struct diff back = {.older = d->newer, .newer = d->older};

	back.groups = calloc(d->newer->groups.by_id.n + 1, sizeof(*back.groups));
	if (!back.groups)
		return -ENOMEM;
	back.ports = ports_are_narrowed(back.older, back.newer);
	d->refused_from = find_first_that_refuses(&back);
	free(back.groups);
	return 0;
}

int policy_diff(const struct policy *older, const struct policy *newer, policy_change_fn fn,
		void *aux)
{
	struct diff d = {.older = older, .newer = newer};

	d.groups = calloc(older->groups.by_id.n + 1, sizeof(*d.groups));
	if (!d.groups || look_back(&d)) {
		free(d.groups);
		return -ENOMEM;
	}
	d.ports = ports_are_narrowed(older, newer);
	for (size_t i = 0; i < older->rules.n; i++)
		tell(&d, older->rules.v[i], fn, aux);
	tell(&d, older->last, fn, aux);
	free(d.groups);
	return 0;
}
