// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The classifier of a switch as clients see it: its size, and its
 * optimisations to be switched on and off.
 */
#include <errno.h>
#include <string.h>

#include "model_private.h"

int model_classifier_set(struct model *m, struct sw *sw, const struct model_classifier_config *cfg,
			 struct err *err)
{
	struct classifier_config old = flow_table_config(sw->tables), config = old;
	int rc;

	if (cfg->has_priority_sort)
		config.priority_sort = cfg->priority_sort;
	if (cfg->has_staged)
		config.staged = cfg->staged;
	if (cfg->has_prefix)
		config.prefix = cfg->prefix;
	if (config.priority_sort == old.priority_sort && config.staged == old.staged &&
	    config.prefix == old.prefix)
		return 0;
	rc = flow_table_configure(sw->tables, &config);
	/* The masks of cached flows are not what a lookup gives from now on, and
	 * would overlap those [I5]; after an error too, as some tables may have the
	 * setting. All of them change in one version: a flush would lose what its
	 * packets' senders go on to send while the flows are made anew. */
	change_set_add_all(&m->changes);
	revalidator_run(m);
	if (rc)
		return err_set(err, rc, XVS_RPC_FAILED, sw->name, "switch %s: %s", sw->name,
			       strerror(-rc));
	return 0;
}

void model_classifier_show(const struct sw *sw, struct model_classifier *out)
{
	out->config = flow_table_config(sw->tables);
	flow_table_stats(sw->tables, &out->stats);
}
