// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Flow text in requests; see rpc_flow_text.h.
 */
#include "rpc_flow_text.h"

#include <errno.h>
#include <string.h>

#include "rpc.h"

int rpc_parse_error(struct err *err, const char *what, const char *text,
		    const struct parse_error *where, int rc)
{
	if (!rc)
		return 0;
	if (rc == -ENOMEM)
		return err_set(err, rc, XVS_RPC_FAILED, NULL, "out of memory");
	err_set(err, rc, XVS_RPC_SYNTAX, NULL, "%s: %s", what, where->message);
	err_place(err, text, where->column, where->len);
	return rc;
}

int rpc_parse_flow(const struct port_names *names, const char *text, enum flow_parse_kind kind,
		   struct flow_spec *spec, struct err *err)
{
	struct parse_error where = {0};
	int rc = flow_parse(text, kind, names, spec, &where);

	return rpc_parse_error(err, "flow", text, &where, rc);
}

int rpc_parse_id(const struct rpc_params *p, const char *what,
		 int (*parse)(const char *text, __u32 *id, struct parse_error *where), __u32 *id,
		 struct err *err)
{
	const char *text = rpc_arg(p, 1) ? rpc_arg(p, 1) : "";
	struct parse_error where = {0};
	int rc = parse(text, id, &where);

	return rpc_parse_error(err, what, text, &where, rc);
}

void rpc_place_word(struct err *err, const char *text, const char *begin)
{
	const char *at = strstr(text, begin);

	if (at)
		err_place(err, text, (size_t)(at - text), strcspn(at, ", \t"));
}

void rpc_place_reference(struct err *err, const char *text)
{
	char word[sizeof(err->object)];
	const char *at = text;
	size_t n;
	char *blank;

	memcpy(word, err->object, sizeof(word));
	blank = strchr(word, ' ');
	if (!blank)
		return;
	*blank = ':';
	n = strlen(word);
	/* group:7 is not the beginning of group:77. */
	while ((at = strstr(at, word)) && at[n] >= '0' && at[n] <= '9')
		at++;
	if (at)
		err_place(err, text, (size_t)(at - text), n);
}
