// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rules and learned addresses of the model: every change is validated, made in
 * the tables, and in force for packets when the function returns.
 */
#include <errno.h>
#include <stdlib.h>

#include "clock.h"
#include "model_check.h"
#include "model_private.h"
#include "model_txn.h"

int model_table_error(struct err *err, const struct sw *sw, int rc)
{
	if (rc == -ENOSPC)
		return err_set(err, rc, XVS_RPC_FULL, sw->name,
			       "switch %s: its tables are full: they have %d rules, the most that "
			       "there may be",
			       sw->name, XVS_MAX_RULES);
	return err_set(err, rc, XVS_RPC_FAILED, sw->name, "switch %s: %s", sw->name, strerror(-rc));
}

/* The first rule in order of listing that refuses 'rule' by check_overlap. */
static const struct rule *find_overlap(const struct sw *sw, const struct rule *rule)
{
	const struct rule *found = NULL;
	struct rule **all;
	struct match match;
	size_t n;

	if (flow_table_list(sw->tables, &all, &n))
		return NULL;
	rule_match(rule, &match);
	for (size_t i = 0; !found && i < n; i++)
		if (all[i]->table_id == rule->table_id && all[i]->priority == rule->priority &&
		    rule_overlaps(all[i], &match))
			found = all[i];
	free(all);
	return found;
}

static int overlap_error(struct model *m, struct sw *sw, const struct rule *rule, struct err *err)
{
	const struct rule *other = find_overlap(sw, rule);
	struct port_names names;
	struct match match = {0};
	struct strbuf text;
	bool same;

	model_port_names(m, sw, &names);
	strbuf_init(&text);
	if (other)
		rule_match(other, &match);
	match_format(&text, &match, &names);
	same = other && rule_has_match(rule, &match);
	err_set(err, -EEXIST, XVS_RPC_EXISTS, sw->name,
		"switch %s: the rule 'priority=%u%s%s' %s (check_overlap)", sw->name,
		rule->priority, text.len ? "," : "", strbuf_str(&text),
		same ? "is there already" : "matches some of the same packets");
	err_hint(err, "%s",
		 same ? "without check_overlap the new rule takes its place"
		      : "of two such rules either may decide: give one of them another priority");
	strbuf_fini(&text);
	return -EEXIST;
}

int model_flow_add_rule(struct model *m, struct sw *sw, struct rule *rule, bool check_overlap,
			struct err *err)
{
	int rc = model_check_actions(sw, &rule->actions, err);

	if (rc) {
		rule_put(rule);
		return rc;
	}
	rc = flow_table_insert(sw->tables, rule, check_overlap);
	if (!rc) {
		sweep_wake(m);
		revalidator_run(m);
		return 0;
	}
	if (rc == -EEXIST)
		overlap_error(m, sw, rule, err);
	else
		model_table_error(err, sw, rc);
	rule_put(rule);
	return rc;
}

int model_flow_add(struct model *m, struct sw *sw, struct flow_spec *spec, struct err *err)
{
	struct rule *rule = flow_spec_rule(spec, clock_ms());

	if (!rule)
		return model_table_error(err, sw, -ENOMEM);
	return model_flow_add_rule(m, sw, rule, spec->check_overlap, err);
}

static void select_of(const struct flow_spec *spec, bool strict, struct flow_select *sel)
{
	*sel = (struct flow_select){
		.match = spec->match,
		.strict = strict,
		.priority = spec->priority,
		.table_id = spec->table_id,
		.cookie = spec->cookie,
		.cookie_mask = spec->cookie_mask,
		.out_port = spec->out_port,
		.out_group = spec->out_group,
	};
}

int model_flow_mod(struct model *m, struct sw *sw, struct flow_spec *spec, bool strict,
		   struct err *err)
{
	const struct flow_change to = {
		.actions = &spec->actions,
		.has_cookie = spec->has_new_cookie,
		.cookie = spec->new_cookie,
		.now_ms = clock_ms(),
	};
	struct flow_select sel;
	int rc = model_check_actions(sw, &spec->actions, err);

	if (rc)
		return rc;
	select_of(spec, strict, &sel);
	rc = flow_table_modify(sw->tables, &sel, &to);
	if (rc < 0)
		return model_table_error(err, sw, rc);
	/* As in OpenFlow 1.0, which ovs-ofctl speaks: no match adds. */
	if (spec->has_new_cookie)
		spec->cookie = spec->new_cookie;
	if (!rc && !spec->cookie_mask)
		return model_flow_add(m, sw, spec, err) ? -EINVAL : 1;
	revalidator_run(m);
	return rc;
}

int model_flow_del(struct model *m, struct sw *sw, struct flow_spec *spec, bool strict,
		   struct err *err)
{
	struct flow_select sel;
	int rc;

	/* The last packets count for the rules that are about to go. */
	if (!m->txn)
		flow_cache_count(m);
	select_of(spec, strict, &sel);
	rc = flow_table_delete(sw->tables, &sel);
	if (rc < 0)
		return model_table_error(err, sw, rc);
	if (!rc && strict)
		return err_set(err, -ENOENT, XVS_RPC_NOT_FOUND, sw->name, "switch %s: no such rule",
			       sw->name);
	revalidator_run(m);
	return rc;
}

int model_flow_list(struct model *m, struct sw *sw, const struct flow_select *filter,
		    struct model_rule **rules, size_t *n, struct err *err)
{
	struct rule **all;
	size_t n_all;
	__u64 now;
	int rc;

	flow_cache_count(m);
	now = clock_ms();
	rc = flow_table_list(sw->tables, &all, &n_all);
	if (rc)
		return model_table_error(err, sw, rc);
	*n = 0;
	*rules = calloc(n_all ? n_all : 1, sizeof(**rules));
	for (size_t i = 0; *rules && i < n_all; i++) {
		struct rule *r = all[i];
		__u64 last = r->used_ms ? r->used_ms : r->created_ms;

		if (filter && !flow_select_matches(filter, r))
			continue;
		(*rules)[(*n)++] = (struct model_rule){
			.rule = rule_get(r),
			.packets = r->n_packets,
			.bytes = r->n_bytes,
			.age_ms = now - r->created_ms,
			.idle_ms = now > last ? now - last : 0,
		};
	}
	free(all);
	return *rules ? 0 : model_table_error(err, sw, -ENOMEM);
}

void model_flow_list_free(struct model_rule *rules, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rule_put(rules[i].rule);
	free(rules);
}

int model_fdb_add(struct model *m, struct sw *sw, const __u8 mac[6], __u16 vlan, const char *port,
		  struct err *err)
{
	const struct sw_port *sp = model_sw_port(sw, port, err);
	int rc;

	if (!sp)
		return -ENOENT;
	if (mac[0] & 1)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, port,
			       "fdb: a group address is on no single port");
	rc = model_txn_save_fdb(m, sw);
	if (!rc)
		rc = fdb_add_static(sw->fdb, mac, vlan, sp->port_no, clock_ms());
	if (rc == -ENOSPC)
		return err_set(err, rc, XVS_RPC_FULL, sw->name, "switch %s: its FDB is full: %d",
			       sw->name, XVS_MAX_FDB);
	if (rc)
		return model_table_error(err, sw, rc);
	revalidator_run(m);
	return 0;
}

int model_fdb_del(struct model *m, struct sw *sw, const __u8 mac[6], __u16 vlan, struct err *err)
{
	int rc = model_txn_save_fdb(m, sw);

	if (rc)
		return model_table_error(err, sw, rc);
	rc = fdb_del(sw->fdb, mac, vlan);
	if (rc)
		return err_set(err, rc, XVS_RPC_NOT_FOUND, sw->name, "switch %s: no such FDB entry",
			       sw->name);
	revalidator_run(m);
	return 0;
}

int model_fdb_flush(struct model *m, struct sw *sw, const char *port, struct err *err)
{
	const struct sw_port *sp = port ? model_sw_port(sw, port, err) : NULL;
	size_t n;
	int rc;

	if (port && !sp)
		return -ENOENT;
	rc = model_txn_save_fdb(m, sw);
	if (rc)
		return model_table_error(err, sw, rc);
	n = fdb_flush(sw->fdb, sp ? sp->port_no : -1, false);
	revalidator_run(m);
	return (int)n;
}
