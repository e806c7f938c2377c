// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Changes of mirrors: checked, made in the switch, logged for a transaction's
 * rollback, in force for packets.
 */
#include "model_mirror.h"

#include <errno.h>
#include <string.h>

#include "model_private.h"
#include "model_txn.h"

static int mirror_error(struct err *err, const struct sw *sw, const char *name, int rc)
{
	switch (rc) {
	case -EEXIST:
		return err_set(err, rc, XVS_RPC_EXISTS, name, "mirror %s: exists already", name);
	case -ENOENT:
		return err_set(err, rc, XVS_RPC_NOT_FOUND, name,
			       "mirror %s: not a mirror of switch %s", name, sw->name);
	case -ENOSPC:
		return err_set(err, rc, XVS_RPC_FULL, name,
			       "mirror %s: switch %s has %d mirrors, the most that there may be",
			       name, sw->name, MIRRORS_MAX);
	default:
		return err_set(err, rc, XVS_RPC_FAILED, name, "mirror %s: %s", name, strerror(-rc));
	}
}

static bool selects_anything(const struct mirror *mirror)
{
	__u64 any = mirror->select_all;

	for (size_t i = 0; i < XVS_MAX_PORTS / 64; i++)
		any |= mirror->src_ports[i] | mirror->dst_ports[i];
	return any;
}

static int check(const struct sw *sw, const struct mirror *mirror, struct err *err)
{
	const char *name = mirror->name;
	const struct sw_port *out = sw_port_by_no(sw, mirror->output_port);

	if (!mirror->output_port == (mirror->output_vlan < 0)) {
		err_set(err, -EINVAL, XVS_RPC_USAGE, name,
			"mirror %s: needs either output_port= or output_vlan=", name);
		return -EINVAL;
	}
	if (!selects_anything(mirror)) {
		err_set(err, -EINVAL, XVS_RPC_USAGE, name, "mirror %s: selects no packets", name);
		err_hint(err, "give select_all, select_src_port= or select_dst_port=");
		return -EINVAL;
	}
	if (!mirror->output_port)
		return 0;
	if (mirror_has_bit(mirror->src_ports, mirror->output_port) ||
	    mirror_has_bit(mirror->dst_ports, mirror->output_port))
		return err_set(err, -EINVAL, XVS_RPC_USAGE, name,
			       "mirror %s: port %s is its output and cannot be selected", name,
			       out->name);
	return 0;
}

struct mirror *model_mirror(const struct sw *sw, const char *name, struct err *err)
{
	struct mirror *mirror = mirror_find(sw, name);

	if (!mirror)
		mirror_error(err, sw, name, -ENOENT);
	return mirror;
}

/* What was learned on an output port is reached there no longer. */
static int forget_output(struct model *m, struct sw *sw, const struct mirror *mirror)
{
	int rc = mirror->output_port ? model_txn_save_fdb(m, sw) : 0;

	if (!rc && mirror->output_port)
		fdb_flush(sw->fdb, mirror->output_port, false);
	return rc;
}

static void undo_add(struct model *m, const struct model_undo *u)
{
	struct mirror *mirror = u->object;

	mirror_put(mirror_remove(u->sw, mirror->name));
}

static int add_mirror(struct model *m, struct sw *sw, struct mirror *mirror, struct err *err)
{
	int rc = mirror_find(sw, mirror->name) ? -EEXIST : 0;

	if (rc)
		return mirror_error(err, sw, mirror->name, rc);
	rc = check(sw, mirror, err);
	if (rc)
		return rc;
	rc = forget_output(m, sw, mirror);
	if (!rc)
		rc = model_txn_reserve(m);
	if (!rc)
		rc = mirror_insert(sw, mirror);
	if (rc)
		return mirror_error(err, sw, mirror->name, rc);
	model_txn_log(m, &(struct model_undo){.undo = undo_add, .sw = sw, .object = mirror});
	revalidator_run(m);
	return 0;
}

int model_mirror_add(struct model *m, struct sw *sw, struct mirror *mirror, struct err *err)
{
	int rc = add_mirror(m, sw, mirror, err);

	if (rc)
		mirror_put(mirror);
	return rc;
}

static void undo_set(struct model *m, const struct model_undo *u)
{
	mirror_put(mirror_replace(u->sw, u->object));
}

static void done_with_old(struct model *m, const struct model_undo *u)
{
	mirror_put(u->object);
}

static int set_mirror(struct model *m, struct sw *sw, struct mirror *mirror, struct err *err)
{
	const struct mirror *old = model_mirror(sw, mirror->name, err);
	int rc = old ? check(sw, mirror, err) : -ENOENT;

	if (rc)
		return rc;
	rc = forget_output(m, sw, mirror);
	if (!rc)
		rc = model_txn_reserve(m);
	if (rc)
		return mirror_error(err, sw, mirror->name, rc);
	/* The copies up to here belong to the name. */
	if (!m->txn)
		flow_cache_count(m);
	mirror->n_packets = old->n_packets;
	mirror->n_bytes = old->n_bytes;
	model_txn_log(m, &(struct model_undo){.undo = undo_set,
					      .done = done_with_old,
					      .sw = sw,
					      .object = mirror_replace(sw, mirror)});
	revalidator_run(m);
	return 0;
}

int model_mirror_set(struct model *m, struct sw *sw, struct mirror *mirror, struct err *err)
{
	int rc = set_mirror(m, sw, mirror, err);

	if (rc)
		mirror_put(mirror);
	return rc;
}

/* It goes back to where it was: the order of mirrors is the order of copies. */
static void undo_del(struct model *m, const struct model_undo *u)
{
	struct sw *sw = u->sw;
	size_t i = (size_t)u->arg;

	mirror_insert(sw, u->object);
	memmove(&sw->mirrors[i + 1], &sw->mirrors[i],
		(sw->n_mirrors - 1 - i) * sizeof(struct mirror *));
	sw->mirrors[i] = u->object;
}

static size_t mirror_index(const struct sw *sw, const struct mirror *mirror)
{
	size_t i = 0;

	while (sw->mirrors[i] != mirror)
		i++;
	return i;
}

int model_mirror_del(struct model *m, struct sw *sw, const char *name, struct err *err)
{
	struct mirror *mirror = model_mirror(sw, name, err);
	struct model_undo u = {.undo = undo_del, .done = done_with_old, .sw = sw};
	int rc;

	if (!mirror)
		return -ENOENT;
	rc = model_txn_reserve(m);
	if (rc)
		return mirror_error(err, sw, name, rc);
	u.arg = mirror_index(sw, mirror);
	u.object = mirror_remove(sw, name);
	model_txn_log(m, &u);
	revalidator_run(m);
	return 0;
}

void model_mirror_count(struct model *m)
{
	flow_cache_count(m);
}
