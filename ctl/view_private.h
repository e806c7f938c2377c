/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the views share: members of results.
 */
#ifndef CTL_VIEW_PRIVATE_H
#define CTL_VIEW_PRIVATE_H

#include <jansson.h>

#include "output.h"

/* "" if it is missing or no string. */
static inline const char *text_of(const json_t *o, const char *member)
{
	const char *text = json_string_value(json_object_get(o, member));

	return text ? text : "";
}

/* 0 if it is missing or no number. */
static inline long long number_of(const json_t *o, const char *member)
{
	return json_integer_value(json_object_get(o, member));
}

/* Why something drops, behind "drop": "(no-match)"; nothing for "". */
static inline void view_reason(struct strbuf *out, const char *reason)
{
	if (!reason[0])
		return;
	strbuf_addc(out, '(');
	output_escaped(out, reason);
	strbuf_addc(out, ')');
}

#endif /* CTL_VIEW_PRIVATE_H */
