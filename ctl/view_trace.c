// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * trace for people: the steps of the translation, what came out of it, and one
 * line about the fast path.
 */
#include "view_trace.h"

#include <string.h>

#include "view_private.h"

/* "megaflow 17 (1 subtable probed)", a pass each. */
static void view_lookups(struct strbuf *out, const json_t *lookups)
{
	json_t *l;
	size_t i;

	json_array_foreach (lookups, i, l) {
		long long probed = number_of(l, "subtables_probed");
		const char *by = text_of(l, "by");

		strbuf_add(out, i ? ", then " : ": ");
		if (json_is_null(json_object_get(l, "slot")))
			strbuf_add(out, "no megaflow");
		else
			strbuf_printf(out, "megaflow %lld", number_of(l, "slot"));
		if (by[0] && strcmp(by, "megaflow"))
			strbuf_printf(out, " (by %s)", by);
		else
			strbuf_printf(out, " (%lld subtable%s probed)", probed,
				      probed == 1 ? "" : "s");
	}
}

static void view_output(struct strbuf *out, const json_t *o)
{
	if (json_object_get(o, "controller")) {
		strbuf_add(out, "controller");
	} else if (json_object_get(o, "stack")) {
		strbuf_add(out, "the host's stack");
	} else {
		strbuf_add(out, "output:");
		output_escaped(out, text_of(o, "port"));
	}
}

/* What was done with the packet, as the line above it says what should be. */
static void view_done(struct strbuf *out, const json_t *fast)
{
	const char *dropped = text_of(fast, "drop_reason");
	const char *separator = ": ";
	json_t *o;
	size_t i;

	json_array_foreach (json_object_get(fast, "outputs"), i, o) {
		strbuf_add(out, separator);
		view_output(out, o);
		separator = ",";
	}
	if (!dropped[0])
		return;
	strbuf_printf(out, "%sdrop", separator);
	view_reason(out, dropped);
}

static void view_fast_path(struct strbuf *out, const json_t *fast)
{
	const json_t *agrees = json_object_get(fast, "agrees");
	const char *hook = text_of(fast, "hook"), *nearest = text_of(fast, "nearest");

	strbuf_add(out, "Fast path: ");
	if (!hook[0])
		strbuf_add(out, "not asked");
	else
		strbuf_printf(out, "%s%s",
			      json_is_true(json_object_get(fast, "handed_up"))
				      ? "xdp, handed up to "
				      : "",
			      hook);
	view_lookups(out, json_object_get(fast, "lookups"));
	view_done(out, fast);
	if (nearest[0]) {
		strbuf_add(out, ": for the nearest frame, ");
		output_escaped(out, nearest);
	}
	if (json_is_boolean(agrees))
		strbuf_add(out, json_is_true(agrees) ? ": agrees" : ": disagrees");
	if (text_of(fast, "reason")[0]) {
		strbuf_add(out, ": ");
		output_escaped(out, text_of(fast, "reason"));
	}
	strbuf_addc(out, '\n');
}

void view_trace(struct strbuf *out, const json_t *result)
{
	const json_t *fast = json_object_get(result, "fast_path");
	json_t *step;
	size_t i;

	json_array_foreach (json_object_get(result, "steps"), i, step) {
		output_escaped(out, json_string_value(step));
		strbuf_addc(out, '\n');
	}
	strbuf_add(out, "\nMegaflow: ");
	output_escaped(out, text_of(result, "megaflow"));
	strbuf_add(out, "\nActions: ");
	output_escaped(out, text_of(result, "actions"));
	view_reason(out, text_of(result, "reason"));
	strbuf_addc(out, '\n');
	if (fast)
		view_fast_path(out, fast);
}
