// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Changes of groups: checked, made in the switch, logged for a transaction's
 * rollback, in force for packets.
 */
#include "model_group.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "model_check.h"
#include "model_private.h"
#include "model_txn.h"

static int group_error(struct err *err, const struct sw *sw, __u32 id, int rc)
{
	char object[64];

	snprintf(object, sizeof(object), "group %u", id);
	switch (rc) {
	case -EEXIST:
		err_set(err, rc, XVS_RPC_EXISTS, object, "switch %s: %s: exists already", sw->name,
			object);
		err_hint(err, "group mod changes a group");
		return rc;
	case -ENOENT:
		return err_set(err, rc, XVS_RPC_NOT_FOUND, object, "switch %s: %s: no such group",
			       sw->name, object);
	case -ENOSPC:
		return err_set(err, rc, XVS_RPC_FULL, object,
			       "switch %s: it has %d groups, the most that there may be", sw->name,
			       GROUPS_MAX);
	default:
		return err_set(err, rc, XVS_RPC_FAILED, object, "switch %s: %s: %s", sw->name,
			       object, strerror(-rc));
	}
}

static void undo_add(struct model *m, const struct model_undo *u)
{
	struct group *g = u->object;

	group_put(group_remove(u->sw->groups, g->id));
}

static int add_group(struct model *m, struct sw *sw, struct group *g, struct err *err)
{
	int rc = group_find(sw->groups, g->id) ? -EEXIST : 0;

	if (rc)
		return group_error(err, sw, g->id, rc);
	rc = model_check_group(sw, g, err);
	if (rc)
		return rc;
	rc = model_txn_reserve(m);
	g->created_ms = clock_ms();
	if (!rc)
		rc = group_insert(sw->groups, g);
	if (rc)
		return group_error(err, sw, g->id, rc);
	model_txn_log(m, &(struct model_undo){.undo = undo_add, .sw = sw, .object = g});
	sw_group_changed(sw, g->id);
	revalidator_run(m);
	return 0;
}

int model_group_add(struct model *m, struct sw *sw, struct group *g, struct err *err)
{
	int rc = add_group(m, sw, g, err);

	if (rc)
		group_put(g);
	return rc;
}

static void undo_mod(struct model *m, const struct model_undo *u)
{
	group_put(group_replace(u->sw->groups, u->object));
}

static void done_with_old(struct model *m, const struct model_undo *u)
{
	group_put(u->object);
}

static int mod_group(struct model *m, struct sw *sw, struct group *g, struct err *err)
{
	struct group *old = group_find(sw->groups, g->id);
	int rc = old ? model_check_group(sw, g, err) : group_error(err, sw, g->id, -ENOENT);

	if (rc)
		return rc;
	rc = model_txn_reserve(m);
	if (rc)
		return group_error(err, sw, g->id, rc);
	g->created_ms = old->created_ms;
	model_txn_log(m, &(struct model_undo){.undo = undo_mod,
					      .done = done_with_old,
					      .sw = sw,
					      .object = group_replace(sw->groups, g)});
	sw_group_changed(sw, g->id);
	revalidator_run(m);
	return 0;
}

int model_group_mod(struct model *m, struct sw *sw, struct group *g, struct err *err)
{
	int rc = mod_group(m, sw, g, err);

	if (rc)
		group_put(g);
	return rc;
}

/* It has just been in the table, which therefore has room for it. */
static void undo_del(struct model *m, const struct model_undo *u)
{
	group_insert(u->sw->groups, u->object);
}

static int del_group(struct model *m, struct sw *sw, __u32 id, struct err *err)
{
	int rc = model_txn_reserve(m);

	if (rc)
		return group_error(err, sw, id, rc);
	model_txn_log(m, &(struct model_undo){.undo = undo_del,
					      .done = done_with_old,
					      .sw = sw,
					      .object = group_remove(sw->groups, id)});
	sw_group_changed(sw, id);
	return 0;
}

int model_group_del(struct model *m, struct sw *sw, __u32 id, struct err *err)
{
	int n = 0, rc = 0;

	if (id != GROUP_NONE && !group_find(sw->groups, id))
		return group_error(err, sw, id, -ENOENT);
	rc = model_check_group_unused(sw, id, err);
	if (rc)
		return rc;
	if (id != GROUP_NONE) {
		rc = del_group(m, sw, id, err);
		n = 1;
	}
	for (; id == GROUP_NONE && !rc && sw->groups->ids.n; n++)
		rc = del_group(m, sw, group_at(sw->groups, sw->groups->ids.n - 1)->id, err);
	revalidator_run(m);
	return rc ? rc : n;
}

void model_group_count(struct model *m)
{
	flow_cache_count(m);
}
