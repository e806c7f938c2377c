// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ct.show. The table is read on the main thread, straight from its memory, while packets
 * and the datapath thread go on: a million connections keep neither waiting. What comes
 * and goes meanwhile is in the list or is not.
 */
#include <errno.h>

#include "model_policy.h"
#include "rpc_ct_private.h"

/* By copies of their names, as rules are the datapath thread's. */
struct naming {
	struct model *m;
	struct model_policy_names *names;
};

static void copy_names(void *aux)
{
	struct naming *naming = aux;

	naming->names = model_policy_names_create(naming->m);
}

static void conn_text(struct strbuf *out, const struct model_policy_names *names,
		      const struct dp_ct_conn *conn, __u32 now, __u32 hz)
{
	struct strbuf rule;

	strbuf_init(&rule);
	if (conn->entry.rule)
		model_policy_names_format(names, conn->entry.tuple.zone, conn->entry.rule, &rule);
	rpc_ct_conn_text(out, conn, now, hz, strbuf_str(&rule));
	strbuf_fini(&rule);
}

static void list_text(const struct naming *naming, const struct ct_filter *f, long count,
		      struct strbuf *out)
{
	const struct model *m = naming->m;
	__u32 at = 0, now = model_ct_now(m), hz = model_ct_hz(m);
	struct dp_ct_conn conn;
	long n = 0;

	strbuf_add(out, "{\"connections\":[");
	for (; model_ct_next(m, f, &at, &conn) && !out->failed; n++) {
		if (n >= count)
			continue;
		if (n)
			strbuf_addc(out, ',');
		conn_text(out, naming->names, &conn, now, hz);
	}
	strbuf_printf(out, "],\"matched\":%ld,\"shown\":%ld}", n, n < count ? n : count);
}

int rpc_ct_show(const struct rpc_env *env, struct rpc_call *call)
{
	static const long range[2] = {1, XVS_CT_LIMIT_MAX * 2L};
	struct ct_filter f;
	struct naming naming = {.m = env->model};
	long count = RPC_CT_COUNT;
	int rc = rpc_ct_check_switch(env, call);

	if (!rc)
		rc = rpc_ct_filter(&call->params, &f, &call->err);
	if (!rc)
		rc = rpc_option_number(&call->params, "count", range, &count, &call->err);
	if (rc < 0)
		return rc;
	rc = rpc_on_datapath(env, copy_names, &naming, &call->err);
	if (rc)
		return rc;
	if (!naming.names)
		return rpc_no_memory(&call->err);
	list_text(&naming, &f, count, &call->text);
	model_policy_names_destroy(naming.names);
	return call->text.failed ? rpc_no_memory(&call->err) : 0;
}
