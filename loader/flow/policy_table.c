// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Groups and services by name and by id, and the services that every policy has; see
 * policy_private.h.
 */
#include "policy_private.h"

#include "proto.h"

static int order_name(const void *item, const void *key)
{
	return strcmp(((const struct policy_named *)item)->name, key);
}

struct policy_named *policy_table_find(const struct policy_table *t, const char *name)
{
	size_t i;

	return policy_vec_search(&t->by_name, order_name, name, &i) ? t->by_name.v[i] : NULL;
}

int policy_table_add(struct policy_table *t, struct policy_named *item)
{
	size_t id = 0, i;

	if (policy_vec_reserve(&t->by_name, 1) || policy_vec_reserve(&t->by_id, 1))
		return -ENOMEM;
	/* The lowest that is free: all below are taken, if there are as many as ids. */
	if (t->by_name.n == t->by_id.n)
		id = t->by_id.n;
	while (id < t->by_id.n && t->by_id.v[id])
		id++;
	if (id == t->by_id.n)
		t->by_id.n++;
	t->by_id.v[id] = item;
	item->id = (__u32)id;
	policy_vec_search(&t->by_name, order_name, item->name, &i);
	policy_vec_insert(&t->by_name, i, item);
	return 0;
}

struct policy_named *policy_table_replace(struct policy_table *t, struct policy_named *item)
{
	struct policy_named *old = t->by_id.v[item->id];
	size_t i;

	policy_vec_search(&t->by_name, order_name, item->name, &i);
	t->by_name.v[i] = item;
	t->by_id.v[item->id] = item;
	return old;
}

void policy_table_remove(struct policy_table *t, const struct policy_named *item)
{
	size_t i;

	policy_vec_search(&t->by_name, order_name, item->name, &i);
	policy_vec_remove(&t->by_name, i);
	t->by_id.v[item->id] = NULL;
}

int policy_table_copy(struct policy_table *to, const struct policy_table *from)
{
	if (policy_vec_copy(&to->by_name, &from->by_name))
		return -ENOMEM;
	if (policy_vec_copy(&to->by_id, &from->by_id)) {
		policy_vec_fini(&to->by_name);
		return -ENOMEM;
	}
	for (size_t i = 0; i < to->by_name.n; i++)
		((struct policy_named *)to->by_name.v[i])->refs++;
	return 0;
}

void policy_table_fini(struct policy_table *t)
{
	policy_vec_fini(&t->by_name);
	policy_vec_fini(&t->by_id);
}

void policy_group_put(struct policy_group *g)
{
	if (!g || --g->named.refs)
		return;
	policy_members_put(g->members);
	free(g);
}

void policy_service_put(struct policy_service *s)
{
	if (!s || --s->named.refs)
		return;
	policy_set_put(s->terms);
	free(s);
}

#define ALL_PORTS 0, 0xffff
#define PORTS(proto, first, last)             \
	{                                     \
		proto, ALL_PORTS, first, last \
	}
#define TCP(port) PORTS(PROTO_TCP, port, port)
#define UDP(port) PORTS(PROTO_UDP, port, port)
#define ICMP_ECHO_REQUEST 8
#define ICMP6_ECHO_REQUEST 128

static const struct {
	const char *name;
	struct policy_term terms[2]; /* the second has proto 0, if there is one only */
} builtins[] = {
	{"bgp", {TCP(179)}},
	{"dhcp", {PORTS(PROTO_UDP, 67, 68)}},
	{"dhcp6", {PORTS(PROTO_UDP, 546, 547)}},
	{"dns", {UDP(53), TCP(53)}},
	{"ftp", {TCP(21)}},
	{"http", {TCP(80)}},
	{"https", {TCP(443)}},
	{"imap", {TCP(143)}},
	{"imaps", {TCP(993)}},
	{"ldap", {TCP(389), UDP(389)}},
	{"ldaps", {TCP(636)}},
	{"mysql", {TCP(3306)}},
	{"nfs", {TCP(2049), UDP(2049)}},
	{"ntp", {UDP(123)}},
	{"ping",
	 {{PROTO_ICMP, ICMP_ECHO_REQUEST, ICMP_ECHO_REQUEST, ALL_PORTS},
	  {PROTO_ICMPV6, ICMP6_ECHO_REQUEST, ICMP6_ECHO_REQUEST, ALL_PORTS}}},
	{"postgresql", {TCP(5432)}},
	{"rdp", {TCP(3389), UDP(3389)}},
	{"smb", {TCP(445)}},
	{"smtp", {TCP(25)}},
	{"snmp", {UDP(161)}},
	{"ssh", {TCP(22)}},
	{"syslog", {UDP(514)}},
	{"tftp", {UDP(69)}},
};

static int add_builtin(struct policy *p, const char *name, const struct policy_term *terms)
{
	size_t n = terms[1].proto ? 2 : 1;
	struct policy_service *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->named.refs = 1;
	s->builtin = true;
	strcpy(s->named.name, name);
	s->terms = policy_set_create(p->ix, 0, n);
	if (s->terms) {
		memcpy(s->terms->terms, terms, n * sizeof(*terms));
		s->terms->n_terms = n;
		if (!policy_table_add(&p->services, &s->named))
			return 0;
	}
	policy_service_put(s);
	return -ENOMEM;
}

int policy_add_builtins(struct policy *p)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(builtins) / sizeof(builtins[0]); i++)
		rc = add_builtin(p, builtins[i].name, builtins[i].terms);
	return rc;
}
