// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Policy text: commands about sections, groups, services and excluded ports, and the words
 * that they are made of; see policy_text.h. Rules are in policy_parse_rule.c.
 */
#include <stdio.h>

#include "policy_parse_private.h"

/* Groups in groups, the outermost included [POL3]. */
#define NESTING_MAX 8

int policy_unknown_arg(struct policy_command *c, const struct policy_arg *arg)
{
	return policy_fail(c, -EINVAL, &arg->key, "'%s %s' has no '%s'", word_shown(&c->object).s,
			   word_shown(&c->verb).s, word_shown(&arg->key).s);
}

const struct policy_arg *policy_find_arg(const struct policy_command *c, const char *key)
{
	for (size_t i = 0; i < c->n_args; i++)
		if (policy_arg_is(&c->arg[i], key))
			return &c->arg[i];
	return NULL;
}

int policy_read_choice(struct policy_command *c, const struct policy_arg *arg,
		       const char *const *names, size_t n)
{
	char all[80] = "";
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		if (word_is(&arg->value, names[i]))
			return (int)i;
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s'%s'",
					!i          ? ""
					: i + 1 < n ? ", "
						    : " or ",
					names[i]);
	return policy_fail(c, -EINVAL, &arg->value, "'%s' is %s", word_shown(&arg->key).s, all);
}

int policy_read_bool(struct policy_command *c, const struct policy_arg *arg, bool *out)
{
	static const char *const names[] = {"no", "yes"};
	int i = policy_read_choice(c, arg, names, N_ELEMS(names));

	if (i >= 0)
		*out = i;
	return i < 0 ? i : 0;
}

static bool is_place(const struct policy_arg *arg)
{
	return policy_arg_is(arg, "before") || policy_arg_is(arg, "after") ||
	       policy_arg_is(arg, "position");
}

int policy_find_place(struct policy_command *c, const struct policy_arg **out)
{
	*out = NULL;
	for (size_t i = 0; i < c->n_args; i++) {
		if (!is_place(&c->arg[i]))
			continue;
		if (*out)
			return policy_fail(
				c, -EINVAL, &c->arg[i].key,
				"one of 'before', 'after' and 'position' says the place");
		*out = &c->arg[i];
	}
	return 0;
}

int policy_read_position(struct policy_command *c, const struct policy_arg *arg, size_t n,
			 size_t *at)
{
	__u64 v;
	int rc = word_to_number(&arg->value, "position", 0xffffffff, &v, c->err);

	if (rc)
		return rc;
	if (!v || v > n + 1)
		return policy_fail(c, -EINVAL, &arg->value, "'position' is 1 to %zu here", n + 1);
	*at = (size_t)v - 1;
	return 0;
}

/* --- sections --- */

static int set_section_arg(struct policy_command *c, const struct policy_arg *arg,
			   struct policy_section *s)
{
	static const char *const on_remove[] = {"end", "finish"};
	int i;

	if (arg->op != '=')
		return policy_unknown_arg(c, arg);
	if (is_place(arg))
		return 0;
	if (policy_arg_is(arg, "stateful"))
		return policy_read_bool(c, arg, &s->stateful);
	if (policy_arg_is(arg, "tcp-strict"))
		return policy_read_bool(c, arg, &s->tcp_strict);
	if (!policy_arg_is(arg, "on-remove"))
		return policy_unknown_arg(c, arg);
	i = policy_read_choice(c, arg, on_remove, N_ELEMS(on_remove));
	if (i >= 0)
		s->on_remove = (enum policy_on_remove)i;
	return i < 0 ? i : 0;
}

/* Where among the others; 'self' is where it is, or SIZE_MAX. */
static int section_place(struct policy_command *c, size_t self, size_t *at)
{
	const struct policy_arg *arg;
	char name[XVS_NAME_LEN];
	size_t i;
	int rc = policy_find_place(c, &arg);

	if (rc || !arg)
		return rc;
	if (policy_arg_is(arg, "position"))
		return policy_read_position(c, arg, c->p->sections.n - (self != SIZE_MAX), at);
	rc = policy_read_name(c, &arg->value, "section", name);
	if (rc)
		return rc;
	if (!policy_section_index(c->p, name, &i) || i == self)
		return policy_fail(c, -ENOENT, &arg->value, "there is no other section '%s'", name);
	*at = i - (self < i) + policy_arg_is(arg, "after");
	return 0;
}

static int change_section(struct policy_command *c, const char *name, size_t i, size_t at)
{
	bool adding = i == SIZE_MAX;
	struct policy_section *s = malloc(sizeof(*s));
	int rc = 0;

	if (!s)
		return -ENOMEM;
	*s = adding ? (struct policy_section){.stateful = true} : *policy_section_at(c->p, i);
	strcpy(s->name, name);
	s->refs = 1;
	for (size_t k = 0; !rc && k < c->n_args; k++)
		rc = set_section_arg(c, &c->arg[k], s);
	if (!rc && adding)
		rc = policy_add_section(c->p, s, at);
	if (rc) {
		policy_section_put(s);
		return rc;
	}
	if (!adding) {
		policy_replace_section(c->p, i, s);
		policy_move_section(c->p, i, at);
	}
	return 0;
}

static int parse_section(struct policy_command *c)
{
	char name[XVS_NAME_LEN];
	size_t i, at;
	bool there;
	int rc = policy_read_name(c, &c->name, "section", name);

	if (rc)
		return rc;
	there = policy_section_index(c->p, name, &i);
	if (word_is(&c->verb, "add")) {
		if (there)
			return policy_fail(c, -EEXIST, &c->name, "section '%s' exists already",
					   name);
		if (c->p->sections.n >= POLICY_MAX_SECTIONS)
			return policy_fail(c, -ENOSPC, &c->name, "a policy has %d sections at most",
					   POLICY_MAX_SECTIONS);
		at = c->p->sections.n;
		rc = section_place(c, SIZE_MAX, &at);
		return rc ? rc : change_section(c, name, SIZE_MAX, at);
	}
	if (!there)
		return policy_fail(c, -ENOENT, &c->name, "there is no section '%s'", name);
	if (word_is(&c->verb, "del")) {
		if (c->n_args)
			return policy_unknown_arg(c, &c->arg[0]);
		policy_remove_section(c->p, i);
		return 0;
	}
	at = i;
	rc = section_place(c, i, &at);
	return rc ? rc : change_section(c, name, i, at);
}

/* --- groups --- */

/* How deep the members of 'm' are nested, 1 if they are not; more than NESTING_MAX is
 * enough to know, and ends a circle. 'changed' has new members. */
static unsigned int nesting(const struct policy *p, const struct policy_members *m,
			    const struct policy_group *changed, unsigned int level, __u8 *memo)
{
	unsigned int deepest = 0;

	if (level > NESTING_MAX)
		return level;
	for (size_t i = 0; i < m->groups.n && deepest < NESTING_MAX; i++) {
		size_t id = (uintptr_t)m->groups.v[i];
		const struct policy_group *g = p->groups.by_id.v[id];
		unsigned int depth = memo[id];

		if (!depth) {
			depth = nesting(p,
					changed && id == changed->named.id ? changed->members
									   : g->members,
					changed, level + 1, memo);
			if (depth <= NESTING_MAX)
				memo[id] = (__u8)depth;
		}
		if (depth > deepest)
			deepest = depth;
	}
	return deepest + 1;
}

/* 'changed' is NULL, if it is a new group that has the members: it is in no other. */
static int check_nesting(struct policy_command *c, const struct policy_arg *arg,
			 const struct policy_members *m, const struct policy_group *changed)
{
	const struct policy_vec *groups = &c->p->groups.by_id;
	__u8 *memo = calloc(groups->n + 1, sizeof(*memo));
	unsigned int deepest;

	if (!memo)
		return -ENOMEM;
	deepest = nesting(c->p, m, changed, 1, memo);
	for (size_t id = 0; changed && id < groups->n; id++) {
		const struct policy_group *g = groups->v[id];
		unsigned int depth =
			g && g->members->groups.n ? nesting(c->p, g->members, changed, 1, memo) : 0;

		if (depth > deepest)
			deepest = depth;
	}
	free(memo);
	if (deepest > NESTING_MAX)
		return policy_fail(c, -EINVAL, &arg->value,
				   "groups would be nested in a circle, or more than %d deep",
				   NESTING_MAX);
	return 0;
}

static int change_members(struct policy_command *c, struct policy_group *g, bool adding)
{
	const struct policy_arg *groups = NULL;
	int rc = 0;

	for (size_t i = 0; !rc && i < c->n_args; i++) {
		if (adding && c->arg[i].op != '=')
			rc = policy_fail(c, -EINVAL, &c->arg[i].whole,
					 "a new group has nothing to add to or to take from");
		else
			rc = policy_change_members(c, &c->arg[i], g->members);
		if (policy_arg_is(&c->arg[i], "groups"))
			groups = &c->arg[i];
	}
	if (rc || !groups)
		return rc;
	return check_nesting(c, groups, g->members, adding ? NULL : g);
}

static struct policy_group *new_group(const char *name, const struct policy_group *old)
{
	struct policy_group *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->named.refs = 1;
	strcpy(g->named.name, name);
	if (old)
		g->named.id = old->named.id;
	g->members = old ? policy_members_copy(old->members) : policy_members_create();
	if (g->members)
		return g;
	free(g);
	return NULL;
}

static int change_group(struct policy_command *c, const char *name, struct policy_group *old)
{
	struct policy_group *g = new_group(name, old);
	int rc = g ? change_members(c, g, !old) : -ENOMEM;

	if (!rc && !old)
		rc = policy_table_add(&c->p->groups, &g->named);
	else if (!rc)
		policy_group_put(
			(struct policy_group *)policy_table_replace(&c->p->groups, &g->named));
	if (rc)
		policy_group_put(g);
	return rc;
}

static bool operand_has(const struct policy_members *m, __u32 id)
{
	return m && policy_ids_has(&m->groups, id);
}

static int check_unused(struct policy_command *c, const struct policy_named *named, bool group)
{
	for (size_t i = 0; i < c->p->rules.n; i++) {
		const struct policy_rule *r = c->p->rules.v[i];
		bool used = group ? operand_has(r->from, named->id) ||
					    operand_has(r->to, named->id) ||
					    operand_has(r->applied_to, named->id)
				  : r->services && policy_ids_has(&r->services->named, named->id);

		if (used)
			return policy_fail(c, -EBUSY, &c->name, "'%s' is in use by rule %u",
					   named->name, r->id);
	}
	for (size_t i = 0; group && i < c->p->groups.by_name.n; i++) {
		const struct policy_group *g = c->p->groups.by_name.v[i];

		if (operand_has(g->members, named->id))
			return policy_fail(c, -EBUSY, &c->name, "'%s' is in use by group '%s'",
					   named->name, g->named.name);
	}
	return 0;
}

static int parse_group(struct policy_command *c)
{
	char name[XVS_NAME_LEN];
	struct policy_group *g;
	int rc = policy_read_name(c, &c->name, "group", name);

	if (rc)
		return rc;
	g = (struct policy_group *)policy_table_find(&c->p->groups, name);
	if (word_is(&c->verb, "add")) {
		if (g)
			return policy_fail(c, -EEXIST, &c->name, "group '%s' exists already", name);
		if (c->p->groups.by_name.n >= POLICY_MAX_GROUPS)
			return policy_fail(c, -ENOSPC, &c->name, "a policy has %d groups at most",
					   POLICY_MAX_GROUPS);
		return change_group(c, name, NULL);
	}
	if (!g)
		return policy_fail(c, -ENOENT, &c->name, "there is no group '%s'", name);
	if (word_is(&c->verb, "set"))
		return change_group(c, name, g);
	if (c->n_args)
		return policy_unknown_arg(c, &c->arg[0]);
	rc = check_unused(c, &g->named, true);
	if (rc)
		return rc;
	policy_table_remove(&c->p->groups, &g->named);
	policy_group_put(g);
	return 0;
}

/* --- services --- */

static int change_service(struct policy_command *c, const char *name,
			  const struct policy_service *old)
{
	const struct policy_arg *arg = policy_find_arg(c, "terms");
	struct policy_service *s;
	int rc;

	for (size_t i = 0; i < c->n_args; i++)
		if (&c->arg[i] != arg)
			return policy_unknown_arg(c, &c->arg[i]);
	if (!arg || (!old && arg->op != '='))
		return policy_fail(c, -EINVAL, &c->name, "'terms=...' is missing");
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->named.refs = 1;
	strcpy(s->named.name, name);
	if (old)
		s->named.id = old->named.id;
	rc = policy_read_terms(c, arg, old ? old->terms : NULL, &s->terms);
	if (!rc && !old)
		rc = policy_table_add(&c->p->services, &s->named);
	else if (!rc)
		policy_service_put(
			(struct policy_service *)policy_table_replace(&c->p->services, &s->named));
	if (rc)
		policy_service_put(s);
	return rc;
}

static int parse_service(struct policy_command *c)
{
	char name[XVS_NAME_LEN];
	struct policy_service *s;
	int rc = policy_read_name(c, &c->name, "service", name);

	if (rc)
		return rc;
	s = (struct policy_service *)policy_table_find(&c->p->services, name);
	if (s && s->builtin)
		return policy_fail(c, -EEXIST, &c->name, "service '%s' is built in", name);
	if (word_is(&c->verb, "add")) {
		if (s)
			return policy_fail(c, -EEXIST, &c->name, "service '%s' exists already",
					   name);
		if (c->p->services.by_name.n >= POLICY_MAX_SERVICES)
			return policy_fail(c, -ENOSPC, &c->name, "a policy has %d services at most",
					   POLICY_MAX_SERVICES);
		return change_service(c, name, NULL);
	}
	if (!s)
		return policy_fail(c, -ENOENT, &c->name, "there is no service '%s'", name);
	if (word_is(&c->verb, "set"))
		return change_service(c, name, s);
	if (c->n_args)
		return policy_unknown_arg(c, &c->arg[0]);
	rc = check_unused(c, &s->named, false);
	if (rc)
		return rc;
	policy_table_remove(&c->p->services, &s->named);
	policy_service_put(s);
	return 0;
}

/* --- excluded ports --- */

static int parse_exclude(struct policy_command *c)
{
	struct word rest = c->name, item;
	struct policy_strings s;
	char name[XVS_NAME_LEN];
	size_t i;
	int rc;

	if (c->n_args)
		return policy_unknown_arg(c, &c->arg[0]);
	rc = policy_strings_copy(&s, &c->p->excluded);
	while (!rc && policy_next_item(&rest, &item)) {
		rc = policy_read_label(c, &item, "port", name);
		if (rc)
			break;
		if (word_is(&c->verb, "add"))
			rc = policy_strings_add(&s, name);
		else if (policy_strings_has(&s, name, &i))
			policy_strings_remove(&s, name);
		else
			rc = policy_fail(c, -ENOENT, &item, "port '%s' is not excluded", name);
	}
	if (rc) {
		policy_strings_fini(&s);
		return rc;
	}
	policy_strings_fini(&c->p->excluded);
	c->p->excluded = s;
	return 0;
}

/* --- words --- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool next_word(struct word *rest, struct word *w)
{
	size_t n = 0;

	while (rest->len && is_blank(*rest->s))
		*rest = word_part(rest, 1, rest->len);
	while (n < rest->len && !is_blank(rest->s[n]))
		n++;
	*w = word_part(rest, 0, n);
	*rest = word_part(rest, n, rest->len);
	return n;
}

static int take_arg(struct policy_command *c, const struct word *w)
{
	struct policy_arg *arg = &c->arg[c->n_args];
	size_t equals = word_find(w, '=');
	size_t key = equals;

	if (equals == w->len || !equals)
		return policy_fail(c, -EINVAL, w, "'%s' is not KEY=VALUE", word_shown(w).s);
	*arg = (struct policy_arg){.whole = *w, .op = '='};
	if (w->s[equals - 1] == '+' || w->s[equals - 1] == '-')
		arg->op = w->s[--key];
	arg->key = word_part(w, 0, key);
	arg->value = word_part(w, equals + 1, w->len);
	for (size_t i = 0; i < c->n_args; i++)
		if (arg->key.len == c->arg[i].key.len &&
		    !memcmp(arg->key.s, c->arg[i].key.s, arg->key.len))
			return policy_fail(c, -EINVAL, &arg->key, "'%s' is given twice",
					   word_shown(&arg->key).s);
	if (++c->n_args == POLICY_ARGS_MAX)
		return policy_fail(c, -EINVAL, w, "more words than any command has");
	return 0;
}

static const struct {
	const char *name;
	const char *verbs[3]; /* NULL: no more */
	bool named; /* a word stands behind the verb */
	int (*parse)(struct policy_command *c);
} objects[] = {
	{"section", {"add", "set", "del"}, true, parse_section},
	{"rule", {"add", "set", "del"}, true, policy_parse_rule},
	{"group", {"add", "set", "del"}, true, parse_group},
	{"service", {"add", "set", "del"}, true, parse_service},
	{"exclude", {"add", "del"}, true, parse_exclude},
	{"default", {"set"}, false, policy_parse_default},
};

static int parse_command(struct policy_command *c, size_t object)
{
	struct word w;
	size_t verb = 0;
	int rc = 0;

	next_word(&c->rest, &c->verb);
	while (verb < 3 && objects[object].verbs[verb] &&
	       !word_is(&c->verb, objects[object].verbs[verb]))
		verb++;
	if (verb == 3 || !objects[object].verbs[verb])
		return policy_fail(c, -EINVAL, &c->verb, "'%s' has no '%s'", objects[object].name,
				   word_shown(&c->verb).s);
	if (objects[object].named && !next_word(&c->rest, &c->name))
		return policy_fail(c, -EINVAL, &c->verb, "'%s %s' needs a name behind it",
				   objects[object].name, objects[object].verbs[verb]);
	while (!rc && next_word(&c->rest, &w))
		rc = take_arg(c, &w);
	return rc ? rc : objects[object].parse(c);
}

int policy_apply(struct policy *draft, const char *line, struct policy_applied *applied,
		 struct parse_error *err)
{
	struct policy_applied none;
	struct policy_command c = {
		.p = draft,
		.err = err,
		.applied = applied ? applied : &none,
		.rest = {.s = line, .len = strlen(line)},
	};

	*c.applied = (struct policy_applied){0};
	if (!next_word(&c.rest, &c.object) || c.object.s[0] == '#')
		return 0;
	for (size_t i = 0; i < N_ELEMS(objects); i++)
		if (word_is(&c.object, objects[i].name))
			return parse_command(&c, i);
	return policy_fail(&c, -EINVAL, &c.object,
			   "unknown '%s': section, rule, group, service, exclude or default",
			   word_shown(&c.object).s);
}
