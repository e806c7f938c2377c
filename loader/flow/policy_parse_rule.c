// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Commands about rules, and about the default rule; see policy_text.h.
 */
#include "policy_parse_private.h"

static const char *const action_names[POLICY_ACTION_N] = {"allow", "drop", "reject"};
static const char *const direction_names[] = {"out", "in", "in-out"};

const char *policy_action_name(enum policy_action action)
{
	return action_names[action];
}

const char *policy_direction_name(enum policy_direction direction)
{
	return direction_names[direction - 1];
}

/* By id or name. */
static int find_rule(struct policy_command *c, const struct word *w, struct policy_rule **out)
{
	char name[XVS_NAME_LEN];
	__u64 id;
	int rc;

	if (word_to_uint(w, &id)) {
		*out = id && id <= POLICY_RULE_ID_MAX ? policy_find_rule(c->p, (__u32)id) : NULL;
	} else {
		rc = policy_read_name(c, w, "rule", name);
		if (rc)
			return rc;
		*out = policy_find_rule_name(c->p, name);
	}
	return *out ? 0 : policy_fail(c, -ENOENT, w, "there is no rule '%s'", word_shown(w).s);
}

static int set_id(struct policy_command *c, const struct policy_arg *arg, struct policy_rule *r)
{
	__u64 id;
	int rc = word_to_number(&arg->value, "id", POLICY_RULE_ID_MAX, &id, c->err);

	if (rc)
		return rc;
	if (!id)
		return policy_fail(c, -EINVAL, &arg->value, "'id' is 1 to %d", POLICY_RULE_ID_MAX);
	if (policy_find_rule(c->p, (__u32)id))
		return policy_fail(c, -EEXIST, &arg->value, "rule %u exists already", (__u32)id);
	r->id = (__u32)id;
	return 0;
}

static int set_name(struct policy_command *c, const struct policy_arg *arg, struct policy_rule *r)
{
	const struct policy_rule *other;
	char name[XVS_NAME_LEN] = "";
	int rc = arg->value.len ? policy_read_name(c, &arg->value, "rule", name) : 0;

	if (rc)
		return rc;
	other = *name ? policy_find_rule_name(c->p, name) : NULL;
	if (other && other->id != r->id)
		return policy_fail(c, -EEXIST, &arg->value, "rule '%s' exists already: it is %u",
				   name, other->id);
	memcpy(r->name, name, sizeof(name));
	return 0;
}

static int set_operand(struct policy_command *c, const struct policy_arg *arg, bool ports_only,
		       struct policy_members **m)
{
	struct policy_members *new;
	int rc = policy_read_operand(c, &arg->value, ports_only, &new);

	if (rc)
		return rc;
	policy_members_put(*m);
	*m = new;
	return 0;
}

static int set_services(struct policy_command *c, const struct policy_arg *arg,
			struct policy_rule *r)
{
	struct policy_services *new;
	int rc = policy_read_services(c, &arg->value, &new);

	if (rc)
		return rc;
	policy_services_put(r->services);
	r->services = new;
	return 0;
}

static int set_action(struct policy_command *c, const struct policy_arg *arg, struct policy_rule *r)
{
	int i = policy_read_choice(c, arg, action_names, N_ELEMS(action_names));

	if (i >= 0)
		r->action = (enum policy_action)i;
	return i < 0 ? i : 0;
}

static int set_direction(struct policy_command *c, const struct policy_arg *arg,
			 struct policy_rule *r)
{
	int i = policy_read_choice(c, arg, direction_names, N_ELEMS(direction_names));

	if (i >= 0)
		r->direction = (enum policy_direction)(i + 1);
	return i < 0 ? i : 0;
}

/* Places and the section are not the rule's own: they are for who asks. */
static int set_arg(struct policy_command *c, const struct policy_arg *arg, struct policy_rule *r,
		   bool adding)
{
	if (arg->op != '=')
		return policy_fail(c, -EINVAL, &arg->whole, "'%s' is set as a whole: %s=...",
				   word_shown(&arg->key).s, word_shown(&arg->key).s);
	if (policy_arg_is(arg, "before") || policy_arg_is(arg, "after") ||
	    policy_arg_is(arg, "position") || (!adding && policy_arg_is(arg, "section")))
		return 0;
	if (policy_arg_is(arg, "name"))
		return set_name(c, arg, r);
	if (policy_arg_is(arg, "from"))
		return set_operand(c, arg, false, &r->from);
	if (policy_arg_is(arg, "to"))
		return set_operand(c, arg, false, &r->to);
	if (policy_arg_is(arg, "applied-to"))
		return set_operand(c, arg, true, &r->applied_to);
	if (policy_arg_is(arg, "service"))
		return set_services(c, arg, r);
	if (policy_arg_is(arg, "direction"))
		return set_direction(c, arg, r);
	if (policy_arg_is(arg, "action"))
		return set_action(c, arg, r);
	if (policy_arg_is(arg, "log"))
		return policy_read_bool(c, arg, &r->log);
	if (policy_arg_is(arg, "enabled"))
		return policy_read_bool(c, arg, &r->enabled);
	if (adding && policy_arg_is(arg, "id"))
		return set_id(c, arg, r);
	return policy_unknown_arg(c, arg);
}

static int set_args(struct policy_command *c, struct policy_rule *r, bool adding)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < c->n_args; i++)
		rc = set_arg(c, &c->arg[i], r, adding);
	return rc;
}

/* Where among the section's other rules; '*at' is what it is without a word of it. */
static int find_place(struct policy_command *c, size_t section, const struct policy_rule *self,
		      size_t *at)
{
	const struct policy_section_list *list = c->p->sections.v[section];
	const struct policy_arg *arg;
	struct policy_rule *other;
	size_t own = 0, i;
	bool inside = self && policy_vec_find(&list->rules, self, &own);
	int rc = policy_find_place(c, &arg);

	if (rc || !arg)
		return rc;
	if (policy_arg_is(arg, "position"))
		return policy_read_position(c, arg, list->rules.n - inside, at);
	rc = find_rule(c, &arg->value, &other);
	if (rc)
		return rc;
	if (other == self || !policy_vec_find(&list->rules, other, &i))
		return policy_fail(c, -EINVAL, &arg->value,
				   "rule '%s' is no other rule of section '%s'",
				   word_shown(&arg->value).s, list->section->name);
	*at = i - (inside && own < i) + policy_arg_is(arg, "after");
	return 0;
}

static int find_section(struct policy_command *c, const struct word *w, size_t *section)
{
	char name[XVS_NAME_LEN];
	int rc = policy_read_name(c, w, "section", name);

	if (rc)
		return rc;
	if (!policy_section_index(c->p, name, section))
		return policy_fail(c, -ENOENT, w, "there is no section '%s'", name);
	return 0;
}

static int add_rule(struct policy_command *c)
{
	struct policy_rule *r;
	size_t section, at;
	int rc = find_section(c, &c->name, &section);

	if (rc)
		return rc;
	if (policy_n_rules(c->p) >= POLICY_MAX_RULES)
		return policy_fail(c, -ENOSPC, &c->name, "a policy has %d rules at most",
				   POLICY_MAX_RULES);
	if (!policy_find_arg(c, "action"))
		return policy_fail(c, -EINVAL, &c->name,
				   "'action=allow', 'drop' or 'reject' is missing");
	at = ((struct policy_section_list *)c->p->sections.v[section])->rules.n;
	rc = find_place(c, section, NULL, &at);
	if (rc)
		return rc;
	r = policy_rule_new();
	if (!r)
		return -ENOMEM;
	rc = set_args(c, r, true);
	if (!rc) {
		if (!r->id)
			r->id = policy_free_rule_id(c->p);
		c->applied->rule_id = r->id;
		rc = policy_add_rule(c->p, r, section, at);
	}
	if (rc)
		policy_rule_put(r);
	return rc;
}

static int set_rule(struct policy_command *c)
{
	const struct policy_arg *to = policy_find_arg(c, "section");
	struct policy_rule *old, *r;
	size_t section, from, at;
	int rc = find_rule(c, &c->name, &old);

	if (rc)
		return rc;
	policy_rule_place(c->p, old, &from, &at);
	section = from;
	if (to)
		rc = find_section(c, &to->value, &section);
	if (!rc && section != from)
		at = ((struct policy_section_list *)c->p->sections.v[section])->rules.n;
	if (!rc)
		rc = find_place(c, section, old, &at);
	if (rc)
		return rc;
	r = policy_rule_copy(old);
	if (!r)
		return -ENOMEM;
	rc = set_args(c, r, false);
	if (!rc)
		rc = policy_replace_rule(c->p, r, section, at);
	if (rc)
		policy_rule_put(r);
	else
		c->applied->rule_id = r->id;
	return rc;
}

static int del_rule(struct policy_command *c)
{
	struct policy_rule *r;
	int rc = find_rule(c, &c->name, &r);

	if (rc)
		return rc;
	if (c->n_args)
		return policy_unknown_arg(c, &c->arg[0]);
	policy_remove_rule(c->p, r);
	return 0;
}

int policy_parse_rule(struct policy_command *c)
{
	if (word_is(&c->verb, "add"))
		return add_rule(c);
	return word_is(&c->verb, "set") ? set_rule(c) : del_rule(c);
}

int policy_parse_default(struct policy_command *c)
{
	struct policy_rule *r;
	int rc = 0;

	for (size_t i = 0; !rc && i < c->n_args; i++)
		if (!policy_arg_is(&c->arg[i], "action") && !policy_arg_is(&c->arg[i], "log"))
			rc = policy_unknown_arg(c, &c->arg[i]);
	if (rc)
		return rc;
	r = policy_rule_copy(c->p->last);
	if (!r)
		return -ENOMEM;
	rc = set_args(c, r, false);
	if (rc)
		policy_rule_put(r);
	else
		policy_replace_rule(c->p, r, 0, 0);
	return rc;
}
