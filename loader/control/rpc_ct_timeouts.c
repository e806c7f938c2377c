// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Policies of timeouts: ct-timeouts.show, add, set, del.
 */
#include <errno.h>

#include "rpc_ct_private.h"

static const char *const names[XVS_CT_T_N] = {
#define TIMEOUT_NAME(sym, name, seconds) [XVS_CT_T_##sym] = (name),
	XVS_CT_TIMEOUTS(TIMEOUT_NAME)
#undef TIMEOUT_NAME
};

#define TIMEOUT_OPTION(sym, name, seconds) name " "
#define TIMEOUT_OPTIONS " " XVS_CT_TIMEOUTS(TIMEOUT_OPTION)

static json_t *policy_object(const char *name, const struct dp_ct_timeouts *t)
{
	json_t *o = json_object();

	json_object_set_new(o, "name", json_string(name));
	for (int i = 0; i < XVS_CT_T_N; i++)
		json_object_set_new(o, names[i], rpc_count(t->seconds[i]));
	return o;
}

static int timeouts_show(struct model *m, const struct rpc_params *p, json_t **result,
			 struct err *err)
{
	const char *only = rpc_arg(p, 0);
	struct dp_ct_timeouts t;

	if (only && model_ct_timeouts_find(m, only, &t, err) < 0)
		return -ENOENT;
	*result = json_array();
	if (only)
		json_array_append_new(*result, policy_object(only, &t));
	for (__u32 i = 0; !only && i < XVS_CT_TIMEOUT_POLICIES; i++) {
		const char *name = model_ct_timeouts_name(m, i);

		if (!name)
			continue;
		model_ct_timeouts_at(m, i, &t);
		json_array_append_new(*result, policy_object(name, &t));
	}
	return *result ? 0 : rpc_no_memory(err);
}

static int parse(const struct rpc_params *p, struct dp_ct_timeouts *t, struct err *err)
{
	static const long range[2] = {1, XVS_CT_TIMEOUT_MAX_S};
	int given = 0;

	for (int i = 0; i < XVS_CT_T_N; i++) {
		long seconds = 0;
		int rc = rpc_option_number(p, names[i], range, &seconds, err);

		if (rc < 0)
			return rc;
		given |= rc;
		t->seconds[i] = (__u32)seconds;
	}
	if (!given)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, NULL,
			       "ct-timeouts: nothing to set: give one or more such as "
			       "tcp-established=SECONDS");
	return 0;
}

static int timeouts_add(struct model *m, const struct rpc_params *p, json_t **result,
			struct err *err)
{
	struct dp_ct_timeouts t;
	int rc = parse(p, &t, err);

	return rc ? rc : model_ct_timeouts_add(m, rpc_arg(p, 0), &t, err);
}

static int timeouts_set(struct model *m, const struct rpc_params *p, json_t **result,
			struct err *err)
{
	struct dp_ct_timeouts t;
	int rc = parse(p, &t, err);

	if (!rc)
		rc = model_ct_timeouts_set(m, rpc_arg(p, 0), &t, err);
	return rc < 0 ? rc : 0;
}

static int timeouts_del(struct model *m, const struct rpc_params *p, json_t **result,
			struct err *err)
{
	return model_ct_timeouts_del(m, rpc_arg(p, 0), err);
}

const struct rpc_method rpc_ct_timeouts_methods[] = {
	{.name = "ct-timeouts.show", .fn = timeouts_show, .max_args = 1},
	{.name = "ct-timeouts.add",
	 .fn = timeouts_add,
	 .min_args = 1,
	 .max_args = 1,
	 .options = TIMEOUT_OPTIONS},
	{.name = "ct-timeouts.set",
	 .fn = timeouts_set,
	 .min_args = 1,
	 .max_args = 1,
	 .options = TIMEOUT_OPTIONS},
	{.name = "ct-timeouts.del", .fn = timeouts_del, .min_args = 1, .max_args = 1},
	{0},
};
