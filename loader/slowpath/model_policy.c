// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Versions of a switch's policy: made, put in force, taken back; see model_policy.h.
 * Connections that end with a permission are in model_policy_end.c.
 */
#include "model_policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "model_ct.h"
#include "model_policy_private.h"
#include "model_private.h"
#include "model_txn.h"
#include "policy_compile.h"

#define MODULE "policy"

/* Zones of switches: the last ones, so that those of rules are others. */
#define ZONE_FIRST 0xff00

static int no_memory(struct err *err, const struct sw *sw)
{
	return err_set(err, -ENOMEM, XVS_RPC_FAILED, sw->name, "policy of %s: out of memory",
		       sw->name);
}

/* --- ports --- */

static int set_port(struct policy *draft, const struct sw_port *sp)
{
	struct policy_address address[SPOOF_GUARD_MAX];
	const char *tag[SW_PORT_TAGS];
	struct policy_port port = {
		.port_no = sp->port_no,
		.name = sp->name,
		.tags = tag,
		.n_tags = sp->tags.n,
		.addresses = address,
	};

	if (sp->kind == SW_PORT_PATCH)
		return 0;
	for (unsigned int i = 0; i < sp->tags.n; i++)
		tag[i] = sp->tags.v[i];
	for (unsigned int i = 0; i < sp->guard.n; i++) {
		const struct spoof_guard_binding *b = &sp->guard.v[i];

		if (b->kind == SPOOF_GUARD_MAC)
			continue;
		address[port.n_addresses] = (struct policy_address){
			.len = b->len,
			.family = b->kind == SPOOF_GUARD_IP4 ? POLICY_IPV4 : POLICY_IPV6,
		};
		memcpy(address[port.n_addresses++].addr, b->addr, sizeof(b->addr));
	}
	return policy_set_port(draft, &port);
}

static int set_ports(struct policy *draft, const struct sw *sw)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < sw->n_ports; i++)
		rc = set_port(draft, sw->ports[i]);
	return rc;
}

/* --- versions --- */

/* A version of an open transaction, which is compiled once, at its end. */
static bool is_open(const struct model *m, const struct sw *sw)
{
	return m->txn && sw->policy && !policy_is_compiled(sw->policy);
}

/* What a change is made to. For one that fails in a transaction all of it is taken back,
 * so its version itself may be changed. */
static int new_draft(struct model *m, const struct sw *sw, struct policy **draft)
{
	int rc;

	if (is_open(m, sw)) {
		*draft = policy_get(sw->policy);
		return 0;
	}
	if (sw->policy)
		return policy_edit(sw->policy, draft);
	rc = policy_create(m->seed, draft);
	if (rc)
		return rc;
	rc = set_ports(*draft, sw);
	if (rc)
		policy_put(*draft);
	return rc;
}

static bool zone_is_free(const struct model *m, __u16 zone)
{
	for (size_t i = 0; i < m->n_switches; i++)
		if (m->switches[i]->policy_zone == zone)
			return false;
	return true;
}

/* A switch keeps its zone. What another one before it had let in is not let in here. */
static void give_zone(struct model *m, struct sw *sw)
{
	struct ct_filter f;

	if (sw->policy_zone)
		return;
	for (unsigned int zone = ZONE_FIRST; !sw->policy_zone && zone <= 0xffff; zone++)
		if (zone_is_free(m, (__u16)zone))
			sw->policy_zone = (__u16)zone;
	ct_filter_init(&f);
	f.zone = sw->policy_zone;
	model_ct_flush(m, &f);
}

/* What a transaction ends with is not known yet. */
static void note_change(struct model *m, const struct sw *sw, const struct policy *old)
{
	bool was = old && !policy_is_empty(old), is = sw->policy && !policy_is_empty(sw->policy);

	change_set_add_tag(&m->changes, xlate_dep_tag(XLATE_DEP_POLICY, sw->id, 1));
	if (was != is || m->txn)
		change_set_add_tag(&m->changes, xlate_dep_tag(XLATE_DEP_POLICY, sw->id, 0));
}

static void undo_version(struct model *m, const struct model_undo *u)
{
	policy_put(u->sw->policy);
	u->sw->policy = u->object;
}

/* Of several versions in a transaction each is compared with the last one. */
static void done_with_old(struct model *m, const struct model_undo *u)
{
	if (u->object && u->sw->policy)
		model_policy_end_connections(m, u->sw, u->object);
	policy_put(u->object);
}

/* Takes over the draft, whatever it returns. */
static int install(struct model *m, struct sw *sw, struct policy *draft)
{
	struct policy *old = sw->policy;
	int rc;

	if (draft == old) {
		policy_put(draft);
		return 0;
	}
	rc = m->txn ? 0 : policy_compile(draft);
	if (!rc)
		rc = model_txn_reserve(m);
	if (rc) {
		policy_put(draft);
		return rc;
	}
	if (!m->txn)
		flow_cache_count(m);
	give_zone(m, sw);
	sw->policy = draft;
	note_change(m, sw, old);
	revalidator_run(m);
	model_txn_log(
		m, &(struct model_undo){
			   .undo = undo_version, .done = done_with_old, .sw = sw, .object = old});
	model_policy_arm_expiry(m);
	return 0;
}

int model_policy_prepare(struct model *m, struct err *err)
{
	for (size_t i = 0; i < m->n_switches; i++) {
		struct sw *sw = m->switches[i];

		if (sw->policy && policy_compile(sw->policy))
			return no_memory(err, sw);
	}
	return 0;
}

/* --- commands --- */

static enum xvs_rpc_error code_of(int rc)
{
	switch (rc) {
	case -ENOENT:
		return XVS_RPC_NOT_FOUND;
	case -EEXIST:
		return XVS_RPC_EXISTS;
	case -EBUSY:
		return XVS_RPC_BUSY;
	case -ENOSPC:
		return XVS_RPC_FULL;
	default:
		return XVS_RPC_SYNTAX;
	}
}

static int apply(struct policy *draft, const struct sw *sw, const char *line,
		 struct policy_applied *applied, struct err *err)
{
	struct parse_error where = {0};
	int rc = policy_apply(draft, line, applied, &where);

	if (rc == -ENOMEM)
		return no_memory(err, sw);
	if (!rc)
		return 0;
	err_set(err, rc, code_of(rc), NULL, "policy: %s", where.message);
	err_place(err, line, where.column, where.len);
	return rc;
}

int model_policy_apply(struct model *m, struct sw *sw, const char *line,
		       struct policy_applied *applied, struct err *err)
{
	struct policy *draft;
	int rc = new_draft(m, sw, &draft);

	if (rc)
		return no_memory(err, sw);
	rc = apply(draft, sw, line, applied, err);
	if (rc) {
		policy_put(draft);
		return rc;
	}
	rc = install(m, sw, draft);
	return rc ? no_memory(err, sw) : 0;
}

struct erasure {
	struct policy *draft;
	const char *command; /* in front of the name */
	int rc;
};

static void erase_one(void *aux, const char *name)
{
	struct erasure *e = aux;
	struct parse_error where;
	struct strbuf line;

	strbuf_init(&line);
	strbuf_printf(&line, "%s %s", e->command, name);
	if (!e->rc)
		e->rc = line.failed ? -ENOMEM
				    : policy_apply(e->draft, strbuf_str(&line), NULL, &where);
	strbuf_fini(&line);
}

/* Groups that others have as members stay until those are gone. */
static int erase_groups(struct policy *draft)
{
	struct erasure e = {.draft = draft, .command = "group del"};
	const char *name;

	for (size_t i = 0; !e.rc && (name = policy_group_name(draft, i));) {
		char copy[256];

		snprintf(copy, sizeof(copy), "%s", name);
		erase_one(&e, copy);
		if (e.rc == -EBUSY) {
			e.rc = 0;
			i++;
		} else {
			i = 0;
		}
	}
	return e.rc;
}

static int erase_services(struct policy *draft)
{
	struct erasure e = {.draft = draft, .command = "service del"};
	const char *name;
	bool builtin;

	for (size_t i = 0; !e.rc && (name = policy_service_name(draft, i, &builtin));) {
		char copy[256];

		snprintf(copy, sizeof(copy), "%s", name);
		if (builtin)
			i++;
		else
			erase_one(&e, copy);
	}
	return e.rc;
}

struct names {
	char **v;
	size_t n;
	bool failed;
};

static void keep_name(void *aux, const char *item)
{
	struct names *names = aux;
	char **v = reallocarray(names->v, names->n + 1, sizeof(*v));

	if (v)
		names->v = v;
	if (v && (v[names->n] = strdup(item)))
		names->n++;
	else
		names->failed = true;
}

static int erase_exclusions(struct policy *draft)
{
	struct erasure e = {.draft = draft, .command = "exclude del"};
	struct names names = {0};

	policy_excluded(draft, keep_name, &names);
	if (names.failed)
		e.rc = -ENOMEM;
	for (size_t i = 0; i < names.n; i++) {
		erase_one(&e, names.v[i]);
		free(names.v[i]);
	}
	free(names.v);
	return e.rc;
}

static int erase_all(struct policy *draft)
{
	struct erasure e = {.draft = draft, .command = "section del"};
	struct parse_error where;
	int rc;

	while (!e.rc && policy_n_sections(draft)) {
		char name[XVS_NAME_LEN];

		snprintf(name, sizeof(name), "%s", policy_section_at(draft, 0)->name);
		erase_one(&e, name);
	}
	rc = e.rc;
	if (!rc)
		rc = erase_groups(draft);
	if (!rc)
		rc = erase_services(draft);
	if (!rc)
		rc = erase_exclusions(draft);
	if (!rc)
		rc = policy_apply(draft, "default set action=allow log=no", NULL, &where);
	return rc;
}

int model_policy_replace(struct model *m, struct sw *sw, struct model_policy_lines *lines,
			 struct err *err)
{
	struct policy *draft;
	int rc = new_draft(m, sw, &draft);

	if (rc)
		return no_memory(err, sw);
	rc = erase_all(draft);
	if (rc)
		err_set(err, rc, XVS_RPC_FAILED, sw->name, "policy of %s: %s", sw->name,
			strerror(-rc));
	for (size_t i = 0; !rc && i < lines->n; i++) {
		lines->refused = i;
		rc = apply(draft, sw, lines->line[i], NULL, err);
	}
	if (rc) {
		policy_put(draft);
		return rc;
	}
	rc = install(m, sw, draft);
	return rc ? no_memory(err, sw) : 0;
}

struct policy *model_policy_get(struct model *m, struct sw *sw)
{
	struct policy *p;

	flow_cache_count(m);
	if (sw->policy)
		return policy_get(sw->policy);
	return policy_create(m->seed, &p) ? NULL : p;
}

/* --- ports --- */

void model_policy_port_changed(struct model *m, struct sw *sw, const struct sw_port *sp)
{
	struct policy *draft;
	int rc;

	if (!sw->policy)
		return;
	rc = new_draft(m, sw, &draft);
	if (!rc) {
		rc = set_port(draft, sp);
		if (rc)
			policy_put(draft);
		else
			rc = install(m, sw, draft);
	}
	if (rc)
		log_err(MODULE, "%s: port %s is not what its rules think: %s", sw->name, sp->name,
			strerror(-rc));
}

void model_policy_port_gone(struct model *m, struct sw *sw, const struct sw_port *sp)
{
	struct policy *draft;
	int rc;

	if (!sw->policy || sp->kind == SW_PORT_PATCH)
		return;
	rc = new_draft(m, sw, &draft);
	if (!rc) {
		policy_del_port(draft, sp->port_no);
		rc = install(m, sw, draft);
	}
	if (rc)
		log_err(MODULE, "%s: port %s is still in its groups: %s", sw->name, sp->name,
			strerror(-rc));
}
