// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The model's life, its switches, and the questions that concern all of it.
 * Ports are in model_port.c, rules in model_flow.c, the cache in model_cache.c.
 */
#include "model.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>

#include "clock.h"
#include "execute_ref.h"
#include "model_ct.h"
#include "model_main.h"
#include "model_meter.h"
#include "model_policy.h"
#include "model_private.h"
#include "model_txn.h"
#include "policy_note.h"

static void netlink_ready(void *aux, int fd, uint32_t events)
{
	struct model *m = aux;

	port_table_run(m->ports);
}

static int start_sources(struct model *m)
{
	int rc = event_add_fd(m->loop, port_table_fd(m->ports), EPOLLIN, netlink_ready, m,
			      &m->netlink_source);

	if (!rc)
		rc = model_upcalls_start(m);
	if (!rc)
		rc = flow_cache_start(m);
	if (!rc)
		rc = sweep_start(m);
	if (!rc)
		rc = model_policy_start(m);
	if (!rc)
		rc = ct_sweep_start(m);
	return rc ? rc : revalidator_start(m);
}

static void stop_sources(struct model *m)
{
	model_upcalls_stop(m);
	revalidator_stop(m);
	sweep_stop(m);
	model_policy_stop(m);
	ct_sweep_stop(m);
	flow_cache_stop(m);
	event_source_remove(m->netlink_source);
	m->netlink_source = NULL;
}

static void write_ct_action(void *aux, __u32 slot, const struct xvs_ct_action *action)
{
	struct model *m = aux;

	dp_ct_action_set(m->dp, slot, action);
}

int model_create(const struct model_options *opt, struct model **out, struct err *err)
{
	struct model *m = calloc(1, sizeof(*m));
	int rc = -ENOMEM;

	if (!m)
		goto err;
	m->frame = malloc(EXECUTE_REF_HEADROOM + XVS_UPCALL_CLASS3 + 64);
	if (!m->frame)
		goto err;
	rc = recirc_table_create(&m->xlate_env.recircs);
	if (rc)
		goto err;
	rc = ct_action_table_create(write_ct_action, m, &m->xlate_env.ct_actions);
	if (!rc)
		rc = policy_log_create(&m->policy_log);
	if (rc)
		goto err;
	controller_points_init(&m->points);
	m->xlate_env.points = &m->points;
	policy_pairs_init(&m->policy_pairs);
	m->xlate_env.policy_pairs = &m->policy_pairs;
	m->loop = opt->loop;
	m->dp = opt->dp;
	m->ct_limit = opt->ct_limit;
	flow_limit_set(&m->limit, opt->flow_limit);
	m->mega = true;
	m->stop = opt->stop;
	m->stop_aux = opt->stop_aux;
	m->started_ms = clock_ms();
	if (getrandom(&m->seed, sizeof(m->seed), 0) != sizeof(m->seed))
		m->seed = clock_ns();
	rc = ukey_table_init(&m->ukeys, m->dp);
	if (rc)
		goto err;
	dp_set_flags(m->dp, XVS_CONTROL_MICROFLOW);
	rc = port_table_create(&(struct port_table_options){.dp = m->dp,
							    .loop = m->loop,
							    .rundir = opt->rundir,
							    .forward_threads = opt->forward_threads,
							    .changed = model_port_changed,
							    .aux = m},
			       &m->ports, err);
	if (rc)
		goto err_silent;
	rc = start_sources(m);
	if (rc)
		goto err;
	model_admission_start(m);
	*out = m;
	return 0;
err:
	err_set(err, rc, XVS_RPC_FAILED, "", "xvsd: cannot start: %s", strerror(-rc));
err_silent:
	model_destroy(m);
	return rc;
}

static void free_policy(struct model *m)
{
	xlate_out_fini(&m->xout); /* it refers to switches and to recirculation states */
	for (size_t i = 0; i < m->n_switches; i++)
		sw_destroy(m->switches[i]);
	recirc_table_destroy(m->xlate_env.recircs);
	ct_action_table_destroy(m->xlate_env.ct_actions);
	controller_points_fini(&m->points);
	policy_pairs_fini(&m->policy_pairs);
	policy_log_destroy(m->policy_log);
	free(m->switches);
	free(m->frame);
	free(m);
}

void model_destroy(struct model *m)
{
	if (!m)
		return;
	stop_sources(m);
	port_table_destroy(m->ports);
	ukey_table_fini(&m->ukeys);
	free_policy(m);
}

static struct sw *find_switch(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->n_switches; i++)
		if (!strcmp(m->switches[i]->name, name))
			return m->switches[i];
	return NULL;
}

/* As a device name: it stands in files, pins and tables. */
static bool name_is_valid(const char *name)
{
	size_t n =
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return n && !name[n] && n < XVS_NAME_LEN && name[0] != '-';
}

/* The one rule of a new switch: it learns and forwards. */
static int add_default_rule(struct sw *sw)
{
	struct match match = {0};
	struct ofact normal = {.type = OFACT_NORMAL};
	struct ofacts actions = {0};
	struct rule *rule;
	int rc;

	rc = ofacts_append(&actions, &normal);
	if (rc)
		return rc;
	rule = rule_create(
		&(struct rule_spec){.match = &match, .actions = &actions, .now_ms = clock_ms()});
	ofacts_fini(&actions);
	if (!rule)
		return -ENOMEM;
	rc = flow_table_insert(sw->tables, rule, false);
	if (rc)
		rule_put(rule);
	return rc;
}

static void remove_switch(struct model *m, struct sw *sw)
{
	flow_cache_flush(m, sw);
	model_meter_release(m, sw);
	for (size_t i = 0; i < m->n_switches; i++)
		if (m->switches[i] == sw)
			m->switches[i] = m->switches[--m->n_switches];
	sw_destroy(sw);
}

static void undo_add(struct model *m, const struct model_undo *u)
{
	remove_switch(m, u->sw);
}

int model_switch_add(struct model *m, const char *name, struct err *err)
{
	struct sw **grown, *sw;
	int rc;

	if (!name_is_valid(name))
		return err_set(err, -EINVAL, XVS_RPC_USAGE, name,
			       "switch '%s': a name has 1 to %d letters, digits, '.', '_' or '-', "
			       "and does not begin with '-'",
			       name, XVS_NAME_LEN - 1);
	if (find_switch(m, name))
		return err_set(err, -EEXIST, XVS_RPC_EXISTS, name, "switch %s: exists already",
			       name);
	grown = realloc(m->switches, (m->n_switches + 1) * sizeof(*grown));
	sw = grown ? sw_create(name, m->seed) : NULL;
	if (grown)
		m->switches = grown;
	rc = sw ? add_default_rule(sw) : -ENOMEM;
	if (!rc)
		rc = model_txn_reserve(m);
	if (rc) {
		sw_destroy(sw);
		return err_set(err, rc, XVS_RPC_FAILED, name, "switch %s: %s", name, strerror(-rc));
	}
	sw->changes = &m->changes;
	m->switches[m->n_switches++] = sw;
	model_txn_log(m, &(struct model_undo){.undo = undo_add, .sw = sw});
	return 0;
}

int model_switch_del(struct model *m, const char *name, struct err *err)
{
	struct sw *sw = model_switch(m, name, err);

	if (!sw)
		return -ENOENT;
	while (sw->n_ports) {
		int rc = model_port_del(m, sw, sw->ports[0]->name, err);

		if (rc)
			return rc;
	}
	remove_switch(m, sw);
	return 0;
}

struct sw *model_switch(struct model *m, const char *name, struct err *err)
{
	struct sw *sw = find_switch(m, name);

	if (!sw)
		err_set(err, -ENOENT, XVS_RPC_NOT_FOUND, name, "switch %s: no such switch", name);
	return sw;
}

size_t model_n_switches(const struct model *m)
{
	return m->n_switches;
}

struct sw *model_switch_at(const struct model *m, size_t i)
{
	return i < m->n_switches ? m->switches[i] : NULL;
}

struct sw *model_sw_of_port(const struct model *m, __u16 port_no)
{
	struct port *port = port_by_no(m->ports, port_no);

	return port ? port->owner : NULL;
}

__u64 model_now_ms(const struct model *m)
{
	return clock_ms();
}

__u64 model_drops(struct model *m, __u16 port_no, enum xvs_drop_reason reason)
{
	if (reason == XVS_DROP_EGRESS_FAILED)
		port_count_device_drops(m->ports, port_by_no(m->ports, port_no));
	return dp_drops(m->dp, port_no, reason);
}

void model_status(struct model *m, struct model_status *out)
{
	*out = (struct model_status){
		.uptime_ms = clock_ms() - m->started_ms,
		.features = dp_features(m->dp),
		.flow_limit = m->limit.configured,
		.ct_limit = m->ct_limit,
		.n_conns = model_ct_count(m),
		.cpu_lanes = dp_config(m->dp)->cpu_lanes,
	};
	dp_memory(m->dp, &out->memory);
}

void model_request_stop(struct model *m)
{
	m->stop(m->stop_aux);
}
