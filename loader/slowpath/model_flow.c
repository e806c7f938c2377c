// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rules and learned addresses of the model: every change is validated, made in
 * the tables, and in force for packets when the function returns.
 */
#include <errno.h>
#include <stdlib.h>

#include "clock.h"
#include "model_private.h"

static int table_error(struct err *err, const struct sw *sw, int rc)
{
	switch (rc) {
	case -EEXIST:
		return err_set(
			err, rc, XVS_RPC_EXISTS, sw->name,
			"switch %s: a rule of this priority matches some of the same packets "
			"(check_overlap)",
			sw->name);
	case -ENOSPC:
		return err_set(err, rc, XVS_RPC_FULL, sw->name,
			       "switch %s: its tables are full: %d rules", sw->name, XVS_MAX_RULES);
	default:
		return err_set(err, rc, XVS_RPC_FAILED, sw->name, "switch %s: %s", sw->name,
			       strerror(-rc));
	}
}

static int check_table(const struct sw *sw, const struct flow_spec *spec, struct err *err)
{
	if (spec->table_id <= 0)
		return 0;
	return err_set(err, -EINVAL, XVS_RPC_UNSUPPORTED, sw->name,
		       "switch %s: table %d: there is only table 0", sw->name, spec->table_id);
}

static struct rule *make_rule(struct flow_spec *spec)
{
	return rule_create(&spec->match, 0, spec->priority, spec->cookie, &spec->actions,
			   clock_ms());
}

int model_flow_add(struct model *m, struct sw *sw, struct flow_spec *spec, struct err *err)
{
	struct rule *rule;
	int rc = check_table(sw, spec, err);

	if (rc)
		return rc;
	rule = make_rule(spec);
	if (!rule)
		return table_error(err, sw, -ENOMEM);
	rc = flow_table_insert(sw->tables, rule, spec->check_overlap);
	if (rc) {
		rule_put(rule);
		return table_error(err, sw, rc);
	}
	revalidator_run(m);
	return 0;
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
	};
}

int model_flow_mod(struct model *m, struct sw *sw, struct flow_spec *spec, bool strict,
		   struct err *err)
{
	struct flow_select sel;
	int rc = check_table(sw, spec, err);

	if (rc)
		return rc;
	select_of(spec, strict, &sel);
	rc = flow_table_modify(sw->tables, &sel, &spec->actions);
	if (rc < 0)
		return table_error(err, sw, rc);
	/* As in OpenFlow 1.0, which ovs-ofctl speaks: no match adds. */
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
	revalidator_count(m);
	select_of(spec, strict, &sel);
	rc = flow_table_delete(sw->tables, &sel);
	if (rc < 0)
		return table_error(err, sw, rc);
	if (!rc && strict)
		return err_set(err, -ENOENT, XVS_RPC_NOT_FOUND, sw->name, "switch %s: no such rule",
			       sw->name);
	revalidator_run(m);
	return rc;
}

int model_flow_replace(struct model *m, struct sw *sw, struct flow_spec *specs, size_t n,
		       struct err *err)
{
	struct rule **rules = calloc(n ? n : 1, sizeof(*rules));
	int rc = rules ? 0 : -ENOMEM;
	size_t made = 0;

	for (; !rc && made < n; made++) {
		rc = check_table(sw, &specs[made], err);
		if (rc)
			goto out;
		rules[made] = make_rule(&specs[made]);
		if (!rules[made])
			rc = -ENOMEM;
	}
	if (!rc)
		rc = flow_table_replace(sw->tables, rules, n);
	if (rc)
		table_error(err, sw, rc);
	else
		made = 0;
out:
	for (size_t i = 0; i < made; i++)
		rule_put(rules[i]);
	free(rules);
	if (!rc)
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

	revalidator_count(m);
	now = clock_ms();
	rc = flow_table_list(sw->tables, &all, &n_all);
	if (rc)
		return table_error(err, sw, rc);
	*n = 0;
	*rules = calloc(n_all ? n_all : 1, sizeof(**rules));
	for (size_t i = 0; *rules && i < n_all; i++) {
		const struct rule *r = all[i];
		__u64 last = r->used_ms ? r->used_ms : r->created_ms;

		if (filter && !flow_select_matches(filter, r))
			continue;
		(*rules)[(*n)++] = (struct model_rule){
			.rule = r,
			.packets = r->n_packets,
			.bytes = r->n_bytes,
			.age_ms = now - r->created_ms,
			.idle_ms = now > last ? now - last : 0,
		};
	}
	free(all);
	return *rules ? 0 : table_error(err, sw, -ENOMEM);
}

static int fdb_port(struct sw *sw, const char *name, __u16 *port_no, struct err *err)
{
	const struct sw_port *sp = sw_port_by_name(sw, name);

	if (!sp)
		return err_set(err, -ENOENT, XVS_RPC_NOT_FOUND, name,
			       "port %s: not a port of switch %s", name, sw->name);
	*port_no = sp->port_no;
	return 0;
}

int model_fdb_add(struct model *m, struct sw *sw, const __u8 mac[6], __u16 vlan, const char *port,
		  struct err *err)
{
	__u16 port_no = 0;
	int rc = fdb_port(sw, port, &port_no, err);

	if (rc)
		return rc;
	if (mac[0] & 1)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, port,
			       "fdb: a group address is on no single port");
	rc = fdb_add_static(sw->fdb, mac, vlan, port_no, clock_ms());
	if (rc == -ENOSPC)
		return err_set(err, rc, XVS_RPC_FULL, sw->name, "switch %s: its FDB is full: %d",
			       sw->name, XVS_MAX_FDB);
	if (rc)
		return table_error(err, sw, rc);
	revalidator_run(m);
	return 0;
}

int model_fdb_del(struct model *m, struct sw *sw, const __u8 mac[6], __u16 vlan, struct err *err)
{
	int rc = fdb_del(sw->fdb, mac, vlan);

	if (rc)
		return err_set(err, rc, XVS_RPC_NOT_FOUND, sw->name, "switch %s: no such FDB entry",
			       sw->name);
	revalidator_run(m);
	return 0;
}

int model_fdb_flush(struct model *m, struct sw *sw, const char *port, struct err *err)
{
	__u16 port_no = 0;
	size_t n;
	int rc = port ? fdb_port(sw, port, &port_no, err) : 0;

	if (rc)
		return rc;
	n = fdb_flush(sw->fdb, port ? port_no : -1, false);
	revalidator_run(m);
	return (int)n;
}
