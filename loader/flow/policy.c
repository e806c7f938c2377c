// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A policy's life, its versions and what can be read of it; see policy.h. Changes are in
 * policy_edit.c.
 */
#include "policy.h"

#include "policy_compiled.h"

int policy_create(__u64 seed, struct policy **out)
{
	struct policy *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->refs = 1;
	p->ix = policy_index_create(seed);
	p->last = policy_rule_new();
	if (!p->ix || !p->last || policy_add_builtins(p)) {
		policy_put(p);
		return -ENOMEM;
	}
	p->last->id = POLICY_RULE_DEFAULT;
	*out = p;
	return 0;
}

static int copy_sections(struct policy *p, const struct policy *base)
{
	int rc = policy_vec_reserve(&p->sections, base->sections.n);

	for (size_t i = 0; !rc && i < base->sections.n; i++) {
		const struct policy_section_list *from = base->sections.v[i];
		struct policy_section_list *list = calloc(1, sizeof(*list));

		if (!list)
			return -ENOMEM;
		list->section = from->section;
		list->section->refs++;
		policy_vec_insert(&p->sections, i, list);
		rc = policy_vec_copy(&list->rules, &from->rules);
	}
	return rc;
}

static int copy_parts(struct policy *p, const struct policy *base)
{
	if (policy_vec_copy(&p->rules, &base->rules))
		return -ENOMEM;
	for (size_t i = 0; i < p->rules.n; i++)
		policy_rule_get(p->rules.v[i]);
	if (policy_vec_copy(&p->ports, &base->ports))
		return -ENOMEM;
	for (size_t i = 0; i < p->ports.n; i++)
		((struct policy_port_info *)p->ports.v[i])->refs++;
	if (policy_vec_copy(&p->rule_names, &base->rule_names) ||
	    policy_table_copy(&p->groups, &base->groups) ||
	    policy_table_copy(&p->services, &base->services) ||
	    policy_strings_copy(&p->excluded, &base->excluded))
		return -ENOMEM;
	return copy_sections(p, base);
}

int policy_edit(const struct policy *base, struct policy **draft)
{
	struct policy *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->refs = 1;
	p->ix = policy_index_get(base->ix);
	p->last = policy_rule_get(base->last);
	if (copy_parts(p, base)) {
		policy_put(p);
		return -ENOMEM;
	}
	*draft = p;
	return 0;
}

struct policy *policy_get(struct policy *p)
{
	p->refs++;
	return p;
}

static void put_port(struct policy_port_info *port)
{
	if (--port->refs)
		return;
	policy_strings_fini(&port->tags);
	policy_set_put(port->addresses);
	free(port);
}

void policy_put(struct policy *p)
{
	if (!p || --p->refs)
		return;
	policy_compiled_destroy(p->compiled);
	for (size_t i = 0; i < p->sections.n; i++) {
		struct policy_section_list *list = p->sections.v[i];

		policy_section_put(list->section);
		policy_vec_fini(&list->rules);
		free(list);
	}
	for (size_t i = 0; i < p->rules.n; i++)
		policy_rule_put(p->rules.v[i]);
	for (size_t i = 0; i < p->groups.by_name.n; i++)
		policy_group_put(p->groups.by_name.v[i]);
	for (size_t i = 0; i < p->services.by_name.n; i++)
		policy_service_put(p->services.by_name.v[i]);
	for (size_t i = 0; i < p->ports.n; i++)
		put_port(p->ports.v[i]);
	policy_vec_fini(&p->sections);
	policy_vec_fini(&p->rules);
	policy_vec_fini(&p->rule_names);
	policy_vec_fini(&p->ports);
	policy_table_fini(&p->groups);
	policy_table_fini(&p->services);
	policy_strings_fini(&p->excluded);
	policy_rule_put(p->last);
	policy_index_put(p->ix);
	free(p);
}

/* --- ports --- */

static int order_port(const void *item, const void *key)
{
	const struct policy_port_info *port = item;
	const __u16 *port_no = key;

	return port->port_no - *port_no;
}

static bool is_valid_port(const struct policy_port *port)
{
	size_t len = strlen(port->name);

	if (!port->port_no || port->port_no >= XVS_MAX_PORTS || !len || len >= XVS_NAME_LEN)
		return false;
	for (size_t i = 0; i < port->n_tags; i++) {
		len = strlen(port->tags[i]);
		if (!len || len >= XVS_NAME_LEN)
			return false;
	}
	for (size_t i = 0; i < port->n_addresses; i++) {
		const struct policy_address *a = &port->addresses[i];

		if (a->family != POLICY_IPV4 && a->family != POLICY_IPV6)
			return false;
		if (a->len > 8 * policy_family_bytes(a->family))
			return false;
	}
	return true;
}

static struct policy_set *port_addresses(struct policy *p, const struct policy_port *port)
{
	struct policy_set *s = policy_set_create(p->ix, port->n_addresses, 0);

	for (size_t i = 0; s && i < port->n_addresses; i++) {
		const struct policy_address *a = &port->addresses[i];
		prefix_bits bits = policy_prefix_bits(a->addr, policy_family_bytes(a->family));

		s->prefixes[s->n_prefixes++] = (struct policy_prefix){
			.value = policy_prefix_cut(bits, a->len),
			.len = a->len,
			.family = (__u8)a->family,
		};
	}
	return s;
}

static int new_port(struct policy *p, const struct policy_port *from, struct policy_port_info **out)
{
	struct policy_port_info *port = calloc(1, sizeof(*port));

	if (!port)
		return -ENOMEM;
	port->refs = 1;
	port->port_no = from->port_no;
	strcpy(port->name, from->name);
	for (size_t i = 0; i < from->n_tags; i++)
		if (policy_strings_add(&port->tags, from->tags[i]))
			goto fail;
	if (from->n_addresses) {
		port->addresses = port_addresses(p, from);
		if (!port->addresses)
			goto fail;
	}
	*out = port;
	return 0;
fail:
	put_port(port);
	return -ENOMEM;
}

int policy_set_port(struct policy *draft, const struct policy_port *port)
{
	struct policy_port_info *new;
	size_t i;
	int rc;

	if (!is_valid_port(port))
		return -EINVAL;
	if (policy_vec_reserve(&draft->ports, 1))
		return -ENOMEM;
	rc = new_port(draft, port, &new);
	if (rc)
		return rc;
	if (policy_vec_search(&draft->ports, order_port, &port->port_no, &i)) {
		put_port(draft->ports.v[i]);
		draft->ports.v[i] = new;
	} else {
		policy_vec_insert(&draft->ports, i, new);
	}
	return 0;
}

void policy_del_port(struct policy *draft, __u16 port_no)
{
	size_t i;

	if (!policy_vec_search(&draft->ports, order_port, &port_no, &i))
		return;
	put_port(draft->ports.v[i]);
	policy_vec_remove(&draft->ports, i);
}

/* --- reading --- */

size_t policy_n_sections(const struct policy *p)
{
	return p->sections.n;
}

const struct policy_section *policy_section_at(const struct policy *p, size_t i)
{
	return ((const struct policy_section_list *)p->sections.v[i])->section;
}

const struct policy_section *policy_find_section(const struct policy *p, const char *name)
{
	size_t i;

	return policy_section_index(p, name, &i) ? policy_section_at(p, i) : NULL;
}

struct policy_rule *const *policy_section_rules(const struct policy *p, size_t i, size_t *n)
{
	const struct policy_section_list *list = p->sections.v[i];

	*n = list->rules.n;
	return (struct policy_rule *const *)list->rules.v;
}

size_t policy_n_rules(const struct policy *p)
{
	return p->rules.n;
}

const struct policy_section *policy_section_of(const struct policy *p, __u32 rule_id)
{
	const struct policy_rule *r = policy_find_rule(p, rule_id);
	size_t section, i;
	__u32 position;

	if (!r || r == p->last)
		return NULL;
	position = p->compiled ? policy_position_of(p, rule_id) : POLICY_NO_POSITION;
	if (position != POLICY_NO_POSITION)
		return policy_section_at(p, p->compiled->section[position]);
	policy_rule_place(p, r, &section, &i);
	return policy_section_at(p, section);
}

bool policy_is_empty(const struct policy *p)
{
	return !p->sections.n && p->last->action == POLICY_ALLOW && !p->last->log;
}

bool policy_is_excluded(const struct policy *p, const char *port_name)
{
	size_t i;

	return policy_strings_has(&p->excluded, port_name, &i);
}
