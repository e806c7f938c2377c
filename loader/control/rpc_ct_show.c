// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ct.show. The table is read on the main thread, straight from its memory, while packets
 * and the datapath thread go on: a million connections keep neither waiting. What comes
 * and goes meanwhile is in the list or is not.
 */
#include <errno.h>

#include "rpc_ct_private.h"

static void list_text(const struct model *m, const struct ct_filter *f, long count,
		      struct strbuf *out)
{
	__u32 at = 0, now = model_ct_now(m), hz = model_ct_hz(m);
	struct dp_ct_conn conn;
	long n = 0;

	strbuf_add(out, "{\"connections\":[");
	for (; model_ct_next(m, f, &at, &conn) && !out->failed; n++) {
		if (n >= count)
			continue;
		if (n)
			strbuf_addc(out, ',');
		rpc_ct_conn_text(out, &conn, now, hz);
	}
	strbuf_printf(out, "],\"matched\":%ld,\"shown\":%ld}", n, n < count ? n : count);
}

int rpc_ct_show(const struct rpc_env *env, struct rpc_call *call)
{
	static const long range[2] = {1, XVS_CT_LIMIT_MAX * 2L};
	struct ct_filter f;
	long count = RPC_CT_COUNT;
	int rc = rpc_ct_check_switch(env, call);

	if (!rc)
		rc = rpc_ct_filter(&call->params, &f, &call->err);
	if (!rc)
		rc = rpc_option_number(&call->params, "count", range, &count, &call->err);
	if (rc < 0)
		return rc;
	list_text(env->model, &f, count, &call->text);
	return call->text.failed ? rpc_no_memory(&call->err) : 0;
}
