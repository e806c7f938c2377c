// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Methods of the classifier: show, set.
 */
#include "rpc.h"

#include <errno.h>

#include "model.h"

static int classifier_show(struct model *m, const struct rpc_params *p, json_t **result,
			   struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	struct model_classifier c;

	if (!sw)
		return -ENOENT;
	model_classifier_show(sw, &c);
	*result = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:b}", "switch", sw->name,
			    "rules", rpc_count(c.stats.n_rules), "nodes",
			    rpc_count(c.stats.n_nodes), "subtables", rpc_count(c.stats.n_subtables),
			    "buckets", rpc_count(c.stats.n_buckets), "bytes",
			    rpc_count(c.stats.bytes), "priority_sort", (int)c.config.priority_sort,
			    "staged", (int)c.config.staged, "prefix", (int)c.config.prefix);
	return *result ? 0 : rpc_no_memory(err);
}

/* 0, or -EINVAL with 'err' filled. */
static int take_option(const struct rpc_params *p, const char *name, bool *has, bool *value,
		       struct err *err)
{
	int rc = rpc_option_bool(p, name, value, err);

	*has = rc > 0;
	return rc < 0 ? rc : 0;
}

static int classifier_set(struct model *m, const struct rpc_params *p, json_t **result,
			  struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	struct model_classifier_config cfg = {0};
	int rc;

	if (!sw)
		return -ENOENT;
	rc = take_option(p, "priority-sort", &cfg.has_priority_sort, &cfg.priority_sort, err);
	if (!rc)
		rc = take_option(p, "staged", &cfg.has_staged, &cfg.staged, err);
	if (!rc)
		rc = take_option(p, "prefix", &cfg.has_prefix, &cfg.prefix, err);
	if (rc)
		return rc;
	if (!cfg.has_priority_sort && !cfg.has_staged && !cfg.has_prefix)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, NULL,
			       "classifier set: nothing to set: give priority-sort=, staged= or "
			       "prefix=");
	return model_classifier_set(m, sw, &cfg, err);
}

const struct rpc_method rpc_classifier_methods[] = {
	{.name = "classifier.show", .fn = classifier_show, .min_args = 1, .max_args = 1},
	{.name = "classifier.set",
	 .fn = classifier_set,
	 .min_args = 1,
	 .max_args = 1,
	 .options = " priority-sort staged prefix "},
	{0},
};
