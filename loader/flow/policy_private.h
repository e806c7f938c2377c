/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a policy is made of; see policy.h. Shared by its files and nobody else.
 *
 * All parts are reference counted and do not change once they are in a policy (but for
 * counters, and the addresses that a pattern has learned): an edit puts another one in
 * their place. So versions share them.
 */
#ifndef FLOW_POLICY_PRIVATE_H
#define FLOW_POLICY_PRIVATE_H

#include "policy.h"
#include "policy_index.h"

/* Sorted, each once; the strings are its own. */
struct policy_strings {
	char **v;
	size_t n;
};

/* A name in DNS, or all that end in it, and what has been learned of it. One for all
 * versions; the index knows all of them, by name. */
struct policy_fqdn {
	unsigned int refs;
	struct policy_index *ix;
	char name[POLICY_FQDN_LEN]; /* "*.example.org" or "example.org" */
	struct policy_set *set; /* a reference; its prefixes are whole addresses */
	__u64 *until_ms; /* of each of them */
	size_t allocated; /* of until_ms */
};

/* A set of a group or of an operand in a rule. Prefixes of groups are kept in sets of at
 * most POLICY_CHUNK, so that one more or less costs one of those; those that stand in rules
 * are a set each, which all rules share that name it. */
#define POLICY_CHUNK 256
struct policy_members {
	unsigned int refs;
	struct policy_vec sets; /* struct policy_set */
	struct policy_strings ports, tags;
	struct policy_vec fqdns; /* struct policy_fqdn, by name */
	struct policy_vec groups; /* ids (uintptr_t), ascending */
};

struct policy_services {
	unsigned int refs;
	struct policy_vec terms; /* struct policy_set, of one each, shared as prefixes are */
	struct policy_vec named; /* ids (uintptr_t), ascending */
};

/* Head of groups and services. */
struct policy_named {
	unsigned int refs;
	__u32 id; /* where it is in policy_table.by_id; the same in later versions */
	char name[XVS_NAME_LEN];
};

struct policy_group {
	struct policy_named named;
	struct policy_members *members; /* never NULL */
};

struct policy_service {
	struct policy_named named;
	bool builtin;
	struct policy_set *terms;
};

/* struct policy_named by name, and by id with NULL where there is none. */
struct policy_table {
	struct policy_vec by_name, by_id;
};

struct policy_port_info {
	unsigned int refs;
	__u16 port_no;
	char name[XVS_NAME_LEN];
	struct policy_strings tags;
	struct policy_set *addresses; /* NULL: none */
};

/* A section with its rules in order; a version's own. */
struct policy_section_list {
	struct policy_section *section;
	struct policy_vec rules;
};

struct policy_compiled;

struct policy {
	unsigned int refs;
	struct policy_index *ix;
	struct policy_vec sections; /* struct policy_section_list, in order */
	struct policy_vec rules; /* struct policy_rule, by id */
	struct policy_vec rule_names; /* those with a name, by it */
	struct policy_rule *last; /* the default rule */
	struct policy_table groups, services;
	struct policy_vec ports; /* struct policy_port_info, by number */
	struct policy_strings excluded;
	struct policy_compiled *compiled; /* NULL: a draft */
};

/* --- policy_members.c --- */

bool policy_strings_has(const struct policy_strings *s, const char *text, size_t *i);
int policy_strings_add(struct policy_strings *s, const char *text); /* 0: there now; -ENOMEM */
void policy_strings_remove(struct policy_strings *s, const char *text);
int policy_strings_copy(struct policy_strings *to, const struct policy_strings *from);
void policy_strings_fini(struct policy_strings *s);
bool policy_strings_equal(const struct policy_strings *a, const struct policy_strings *b);

struct policy_members *policy_members_create(void);
/* Shares the sets and patterns. */
struct policy_members *policy_members_copy(const struct policy_members *m);
struct policy_members *policy_members_get(struct policy_members *m);
void policy_members_put(struct policy_members *m); /* NULL is a no-op */
bool policy_members_is_empty(const struct policy_members *m);
/* Prefixes that are there (or not there) already are a no-op. -ENOMEM may leave some
 * done: 'm' is somebody's copy, which is thrown away then. */
int policy_members_add_prefixes(struct policy_members *m, struct policy_index *ix,
				const struct policy_prefix *v, size_t n);
int policy_members_share_prefixes(struct policy_members *m, struct policy_index *ix,
				  const struct policy_prefix *v, size_t n);
int policy_members_remove_prefixes(struct policy_members *m, const struct policy_prefix *v,
				   size_t n);
/* Of struct policy_prefix, for qsort. */
int policy_prefix_compare(const void *x, const void *y);
/* Ids of groups and services; the same. */
int policy_ids_add(struct policy_vec *ids, __u32 id);
void policy_ids_remove(struct policy_vec *ids, __u32 id);
bool policy_ids_has(const struct policy_vec *ids, __u32 id);

struct policy_services *policy_services_create(void);
int policy_services_share_terms(struct policy_services *s, struct policy_index *ix,
				const struct policy_term *v, size_t n);
struct policy_services *policy_services_get(struct policy_services *s);
void policy_services_put(struct policy_services *s); /* NULL is a no-op */

/* --- policy_fqdn.c --- */

/* The pattern of that name, made if it is not there; a reference. */
int policy_fqdn_get(struct policy_index *ix, const char *name, struct policy_fqdn **out);
struct policy_fqdn *policy_fqdn_ref(struct policy_fqdn *f);
void policy_fqdn_put(struct policy_fqdn *f);

/* --- policy_table.c --- */

struct policy_named *policy_table_find(const struct policy_table *t, const char *name);
static inline struct policy_named *policy_table_at(const struct policy_table *t, size_t id)
{
	return id < t->by_id.n ? t->by_id.v[id] : NULL;
}
/* Takes the reference over and sets its id; its name is new. 0 or -ENOMEM. */
int policy_table_add(struct policy_table *t, struct policy_named *item);
/* In the place of the one of its id, which the caller puts. */
struct policy_named *policy_table_replace(struct policy_table *t, struct policy_named *item);
void policy_table_remove(struct policy_table *t, const struct policy_named *item);
int policy_table_copy(struct policy_table *to, const struct policy_table *from);
void policy_table_fini(struct policy_table *t);

void policy_group_put(struct policy_group *g);
void policy_service_put(struct policy_service *s);
/* The services that every policy has. */
int policy_add_builtins(struct policy *p);

/* --- policy_edit.c: changes of drafts; who calls has checked what users may do --- */

struct policy_rule *policy_rule_new(void); /* with hits of its own */
/* Equal, of the same hits. */
struct policy_rule *policy_rule_copy(const struct policy_rule *r);

bool policy_section_index(const struct policy *p, const char *name, size_t *i);
/* Where the rule is. */
void policy_rule_place(const struct policy *p, const struct policy_rule *r, size_t *section,
		       size_t *i);
/* Behind so many others. References are taken over. 0 or -ENOMEM. */
int policy_add_section(struct policy *p, struct policy_section *s, size_t at);
void policy_replace_section(struct policy *p, size_t i, struct policy_section *s);
/* 'to' is the place among the others. */
void policy_move_section(struct policy *p, size_t from, size_t to);
void policy_remove_section(struct policy *p, size_t i);
int policy_add_rule(struct policy *p, struct policy_rule *r, size_t section, size_t at);
/* The rule of r->id becomes 'r', at that place; the default rule has none. */
int policy_replace_rule(struct policy *p, struct policy_rule *r, size_t section, size_t at);
void policy_remove_rule(struct policy *p, struct policy_rule *r);
void policy_section_put(struct policy_section *s);
__u32 policy_free_rule_id(const struct policy *p);

/* --- policy_compile.c --- */
void policy_compiled_destroy(struct policy_compiled *c);

#endif /* FLOW_POLICY_PRIVATE_H */
