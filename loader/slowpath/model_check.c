// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * References between a switch's objects; see model_check.h.
 */
#include "model_check.h"

#include <errno.h>
#include <stdio.h>

#include "flow_format.h"
#include "flow_lex.h"

struct check {
	const struct sw *sw;
	bool ports; /* a rule that outputs to no port is refused too */
	struct err *err;
	int rc;
};

static int missing(struct check *c, const char *what, __u32 id)
{
	char object[64];

	snprintf(object, sizeof(object), "%s %u", what, id);
	err_set(c->err, -ENOENT, XVS_RPC_NOT_FOUND, object, "switch %s: %s: no such %s",
		c->sw->name, object, what);
	err_hint(c->err, "add it first: %s add %s ...", what, c->sw->name);
	return -ENOENT;
}

static int missing_port(struct check *c, __u16 port_no)
{
	char object[64];

	snprintf(object, sizeof(object), "port %u", port_no);
	return err_set(c->err, -ENOENT, XVS_RPC_NOT_FOUND, object,
		       "switch %s: %s: no port has that number", c->sw->name, object);
}

static bool refers_to_nothing(void *aux, const struct ofact *a)
{
	struct check *c = aux;

	if (a->type == OFACT_GROUP && !group_find(c->sw->groups, a->id))
		c->rc = missing(c, "group", a->id);
	else if (c->ports && a->type == OFACT_OUTPUT && !sw_port_by_no(c->sw, a->port))
		c->rc = missing_port(c, a->port);
	else if (a->type == OFACT_METER && !meter_find(c->sw->meters, a->id))
		c->rc = missing(c, "meter", a->id);
	return c->rc;
}

static int check_actions(struct check c, const struct ofacts *actions)
{
	ofacts_any(actions, refers_to_nothing, &c);
	return c.rc;
}

int model_check_actions(const struct sw *sw, const struct ofacts *actions, struct err *err)
{
	return check_actions((struct check){.sw = sw, .ports = true, .err = err}, actions);
}

static int port_number(void *aux, const char *name, __u16 *port_no)
{
	return -ENOENT;
}

static const char *port_name(void *aux, __u16 port_no)
{
	const struct sw_port *sp = sw_port_by_no(aux, port_no);

	return sp ? sp->name : NULL;
}

/* "priority=10,ip actions=group:1" with the ports' names. */
static void rule_text(struct strbuf *text, const struct sw *sw, const struct rule *rule)
{
	struct port_names names = {
		.number = port_number,
		.name = port_name,
		.aux = (void *)sw,
	};

	strbuf_init(text);
	rule_format(text, rule, &names);
}

int model_check_rules(const struct sw *sw, struct rule *const *rules, size_t n, size_t *which,
		      struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		int rc = check_actions((struct check){.sw = sw, .err = err}, &rules[i]->actions);
		struct strbuf text;
		char what[64];

		if (!rc)
			continue;
		*which = i;
		snprintf(what, sizeof(what), "%s", err->object);
		rule_text(&text, sw, rules[i]);
		err_set(err, rc, XVS_RPC_NOT_FOUND, what,
			"switch %s: there is no %s, which the rule '%s' names", sw->name, what,
			strbuf_str(&text));
		strbuf_fini(&text);
		return rc;
	}
	return 0;
}

static int bucket_error(const struct group *g, const struct group_bucket *b, const char *what,
			struct err *err)
{
	char object[64];

	snprintf(object, sizeof(object), "group %u", g->id);
	return err_set(err, -ENOENT, XVS_RPC_NOT_FOUND, object,
		       "group %u: bucket %u: %s: no such %s", g->id, b->id, what,
		       what[0] == 'g' ? "group" : "port");
}

struct bucket_check {
	const struct sw *sw;
	const struct group *g;
	const struct group_bucket *b;
	struct err *err;
	int rc;
};

static void check_port(struct bucket_check *c, __u16 port_no)
{
	char what[32];

	/* LOCAL may be made later. */
	if (port_no == PORT_LOCAL || sw_port_by_no(c->sw, port_no))
		return;
	snprintf(what, sizeof(what), "port %u", port_no);
	c->rc = bucket_error(c->g, c->b, what, c->err);
}

/* Its own number is a loop, which is told apart. */
static void check_group(struct bucket_check *c, __u32 id)
{
	char what[32];

	if (id == c->g->id || group_find(c->sw->groups, id))
		return;
	snprintf(what, sizeof(what), "group %u", id);
	c->rc = bucket_error(c->g, c->b, what, c->err);
}

static bool check_bucket_action(void *aux, const struct ofact *a)
{
	struct bucket_check *c = aux;

	if (a->type == OFACT_OUTPUT)
		check_port(c, a->port);
	else if (a->type == OFACT_GROUP)
		check_group(c, a->id);
	return c->rc;
}

static void check_bucket(struct bucket_check *c)
{
	ofacts_any(&c->b->actions, check_bucket_action, c);
	if (!c->rc && c->b->watch_port)
		check_port(c, c->b->watch_port);
	if (!c->rc && c->b->watch_group != GROUP_NONE)
		check_group(c, c->b->watch_group);
}

int model_check_group(const struct sw *sw, const struct group *g, struct err *err)
{
	struct bucket_check c = {.sw = sw, .g = g, .err = err};
	char object[64];

	for (size_t i = 0; !c.rc && i < g->n_buckets; i++) {
		c.b = &g->buckets[i];
		check_bucket(&c);
	}
	if (c.rc || !group_loops(sw->groups, g))
		return c.rc;
	snprintf(object, sizeof(object), "group %u", g->id);
	err_set(err, -ELOOP, XVS_RPC_FAILED, object,
		"group %u: its buckets lead back to it: a loop of groups", g->id);
	err_hint(err, "a group may use other groups only as long as none of them uses it");
	return -ELOOP;
}

/* What a rule is looked at for. */
struct use {
	enum ofact_type type;
	__u32 id;
	bool any; /* whatever the number */
	__u32 found; /* the number that the rule has */
};

static bool is_used(void *aux, const struct ofact *a)
{
	struct use *u = aux;

	if (a->type != u->type || (!u->any && a->id != u->id))
		return false;
	u->found = a->id;
	return true;
}

static bool rule_uses(void *aux, const struct rule *rule)
{
	return ofacts_any(&rule->actions, is_used, aux);
}

static int refuse_used(const struct sw *sw, const char *what, struct use *u, struct err *err)
{
	const struct rule *rule = flow_table_find_if(sw->tables, rule_uses, u);
	struct strbuf text;
	char object[64];

	if (!rule)
		return 0;
	snprintf(object, sizeof(object), "%s %u", what, u->found);
	rule_text(&text, sw, rule);
	err_set(err, -EBUSY, XVS_RPC_BUSY, object, "switch %s: %s is in use by the rule '%s'",
		sw->name, object, strbuf_str(&text));
	err_hint(err, "delete or change the rules that use it first");
	strbuf_fini(&text);
	return -EBUSY;
}

int model_check_group_unused(const struct sw *sw, __u32 id, struct err *err)
{
	struct use u = {.type = OFACT_GROUP, .id = id, .any = id == GROUP_NONE};
	int rc = refuse_used(sw, "group", &u, err);
	char object[64];

	if (rc || u.any)
		return rc;
	snprintf(object, sizeof(object), "group %u", id);
	for (size_t i = 0; i < sw->groups->ids.n; i++) {
		const struct group *g = group_at(sw->groups, i);
		const struct group_bucket *b = g->id == id ? NULL : group_user(g, id);

		if (!b)
			continue;
		err_set(err, -EBUSY, XVS_RPC_BUSY, object,
			"switch %s: %s is in use by bucket %u of group %u", sw->name, object, b->id,
			g->id);
		err_hint(err, "delete or change that group first");
		return -EBUSY;
	}
	return 0;
}

int model_check_meter_unused(const struct sw *sw, __u32 id, struct err *err)
{
	struct use u = {.type = OFACT_METER, .id = id, .any = !id};

	return refuse_used(sw, "meter", &u, err);
}
