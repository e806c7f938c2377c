// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Flow text in requests; see rpc_flow_text.h.
 */
#include "rpc_flow_text.h"

#include <errno.h>
#include <string.h>

int rpc_parse_flow(const struct port_names *names, const char *text, enum flow_parse_kind kind,
		   struct flow_spec *spec, struct err *err)
{
	struct parse_error where = {0};
	int rc = flow_parse(text, kind, names, spec, &where);

	if (!rc)
		return 0;
	if (rc == -ENOMEM)
		return err_set(err, rc, XVS_RPC_FAILED, NULL, "out of memory");
	err_set(err, rc, XVS_RPC_SYNTAX, NULL, "flow: %s", where.message);
	err_place(err, text, where.column, where.len);
	return rc;
}

void rpc_place_word(struct err *err, const char *text, const char *begin)
{
	const char *at = strstr(text, begin);

	if (at)
		err_place(err, text, (size_t)(at - text), strcspn(at, ", \t"));
}
