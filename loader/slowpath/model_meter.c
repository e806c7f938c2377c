// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Changes of meters: a meter of a switch joined to a slot of the datapath, which
 * it has from its first day to its last.
 */
#include "model_meter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "model_check.h"
#include "model_private.h"
#include "model_txn.h"

static int meter_error(struct err *err, const struct sw *sw, __u32 id, int rc)
{
	char object[64];

	snprintf(object, sizeof(object), "meter %u", id);
	switch (rc) {
	case -EEXIST:
		err_set(err, rc, XVS_RPC_EXISTS, object, "switch %s: %s: exists already", sw->name,
			object);
		err_hint(err, "meter mod changes a meter");
		return rc;
	case -ENOENT:
		return err_set(err, rc, XVS_RPC_NOT_FOUND, object, "switch %s: %s: no such meter",
			       sw->name, object);
	case -ENOSPC:
		return err_set(err, rc, XVS_RPC_FULL, object,
			       "switch %s: %s: all switches together have %d meters, the most "
			       "that there may be",
			       sw->name, object, XVS_MAX_METERS);
	default:
		return err_set(err, rc, XVS_RPC_FAILED, object, "switch %s: %s: %s", sw->name,
			       object, strerror(-rc));
	}
}

static void apply(struct model *m, const struct meter *meter)
{
	dp_meter_set(m->dp, meter->slot,
		     &(struct dp_meter_config){
			     .bytes = meter->config.bytes,
			     .rate = meter->config.rate,
			     .burst = meter->config.burst,
		     });
}

/* No flow has it: that is so before the first and after the last that uses it. */
static void meter_free(struct model *m, struct meter *meter)
{
	dp_meter_free(m->dp, meter->slot);
	free(meter);
}

static int meter_new(struct model *m, __u32 id, const struct meter_config *config,
		     struct meter **out)
{
	struct meter *meter = calloc(1, sizeof(*meter));
	__u32 slot;
	int rc = meter ? dp_meter_alloc(m->dp, &slot) : -ENOMEM;

	if (rc) {
		free(meter);
		return rc;
	}
	meter->id = id;
	meter->slot = (__u16)slot;
	meter->config = *config;
	meter->created_ms = clock_ms();
	apply(m, meter);
	*out = meter;
	return 0;
}

static void undo_add(struct model *m, const struct model_undo *u)
{
	const struct meter *meter = u->object;

	meter_free(m, meter_remove(u->sw->meters, meter->id));
}

int model_meter_add(struct model *m, struct sw *sw, __u32 id, const struct meter_config *config,
		    struct err *err)
{
	struct meter *meter;
	int rc = meter_find(sw->meters, id) ? -EEXIST : model_txn_reserve(m);

	if (!rc)
		rc = meter_new(m, id, config, &meter);
	if (rc)
		return meter_error(err, sw, id, rc);
	rc = meter_insert(sw->meters, meter);
	if (rc) {
		meter_free(m, meter);
		return meter_error(err, sw, id, rc);
	}
	model_txn_log(m, &(struct model_undo){.undo = undo_add, .sw = sw, .object = meter});
	return 0;
}

/* A change of configuration: what it was. */
struct change {
	struct meter *meter;
	struct meter_config old;
};

static void undo_mod(struct model *m, const struct model_undo *u)
{
	struct change *c = u->object;

	c->meter->config = c->old;
	free(c);
}

static void done_mod(struct model *m, const struct model_undo *u)
{
	struct change *c = u->object;

	apply(m, c->meter);
	free(c);
}

int model_meter_mod(struct model *m, struct sw *sw, __u32 id, const struct meter_config *config,
		    struct err *err)
{
	struct meter *meter = meter_find(sw->meters, id);
	struct change *c;
	int rc = meter ? model_txn_reserve(m) : -ENOENT;

	if (rc)
		return meter_error(err, sw, id, rc);
	c = malloc(sizeof(*c));
	if (!c)
		return meter_error(err, sw, id, -ENOMEM);
	*c = (struct change){.meter = meter, .old = meter->config};
	meter->config = *config;
	model_txn_log(
		m, &(struct model_undo){.undo = undo_mod, .done = done_mod, .sw = sw, .object = c});
	return 0;
}

/* It has just been in the table, which therefore has room for it. */
static void undo_del(struct model *m, const struct model_undo *u)
{
	meter_insert(u->sw->meters, u->object);
}

static void done_del(struct model *m, const struct model_undo *u)
{
	meter_free(m, u->object);
}

static int del_meter(struct model *m, struct sw *sw, __u32 id, struct err *err)
{
	int rc = model_txn_reserve(m);

	if (rc)
		return meter_error(err, sw, id, rc);
	model_txn_log(m, &(struct model_undo){.undo = undo_del,
					      .done = done_del,
					      .sw = sw,
					      .object = meter_remove(sw->meters, id)});
	return 0;
}

int model_meter_del(struct model *m, struct sw *sw, __u32 id, struct err *err)
{
	int n = 0, rc;

	if (id && !meter_find(sw->meters, id))
		return meter_error(err, sw, id, -ENOENT);
	rc = model_check_meter_unused(sw, id, err);
	if (rc)
		return rc;
	/* No rule has it, but a flow may have been cached for one that went a moment
	 * ago: the slot goes after it. */
	revalidator_run(m);
	if (id) {
		rc = del_meter(m, sw, id, err);
		n = 1;
	}
	for (; !id && !rc && sw->meters->ids.n; n++)
		rc = del_meter(m, sw, meter_at(sw->meters, sw->meters->ids.n - 1)->id, err);
	return rc ? rc : n;
}

void model_meter_stats(struct model *m, const struct meter *meter, struct xvs_meter_stats *out)
{
	dp_meter_stats(m->dp, meter->slot, out);
}

void model_meter_release(struct model *m, const struct sw *sw)
{
	for (size_t i = 0; i < sw->meters->ids.n; i++)
		dp_meter_free(m->dp, meter_at(sw->meters, i)->slot);
}
