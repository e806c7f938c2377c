// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The steps of a translation as text: the list, and the words for rules and
 * masks. What the steps say is decided where it happens, in xlate*.c.
 */
#include "xlate_trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "flow_format.h"
#include "strbuf.h"
#include "xlate_private.h"

/* In order of the key. A mask of a search does not tell whose ports or addresses it
 * is about: general names for those. */
static const enum field_id mask_fields[] = {
	FIELD_METADATA,  FIELD_REG0,       FIELD_REG0 + 1,  FIELD_REG0 + 2,  FIELD_REG0 + 3,
	FIELD_REG0 + 4,  FIELD_REG0 + 5,   FIELD_REG0 + 6,  FIELD_REG0 + 7,  FIELD_REG0 + 8,
	FIELD_REG0 + 9,  FIELD_REG0 + 10,  FIELD_REG0 + 11, FIELD_REG0 + 12, FIELD_REG0 + 13,
	FIELD_REG0 + 14, FIELD_REG0 + 15,  FIELD_CONJ_ID,   FIELD_TUN_ID,    FIELD_TUN_SRC,
	FIELD_TUN_DST,   FIELD_TUN_FLAGS,  FIELD_TUN_TOS,   FIELD_TUN_TTL,   FIELD_CT_LABEL,
	FIELD_CT_MARK,   FIELD_CT_ZONE,    FIELD_CT_STATE,  FIELD_RECIRC_ID, FIELD_IN_PORT,
	FIELD_PKT_MARK,  FIELD_DL_SRC,     FIELD_DL_DST,    FIELD_VLAN_TCI,  FIELD_VLAN_TCI1,
	FIELD_DL_TYPE,   FIELD_MPLS_LABEL, FIELD_MPLS_TC,   FIELD_MPLS_BOS,  FIELD_MPLS_TTL,
	FIELD_IPV6_SRC,  FIELD_IPV6_DST,   FIELD_NW_SRC,    FIELD_NW_DST,    FIELD_IPV6_LABEL,
	FIELD_NW_PROTO,  FIELD_NW_TOS,     FIELD_NW_ECN,    FIELD_NW_TTL,    FIELD_IP_FRAG,
	FIELD_TP_SRC,    FIELD_TP_DST,     FIELD_TCP_FLAGS, FIELD_ND_TARGET, FIELD_ARP_SHA,
	FIELD_ARP_THA,
};

void xlate_trace_add(struct xlate_trace *t, const char *fmt, ...)
{
	struct strbuf b;
	va_list args;
	char **steps, *line;

	if (!t)
		return;
	if (t->n == t->allocated) {
		size_t n = t->allocated ? 2 * t->allocated : 16;

		steps = realloc(t->steps, n * sizeof(*steps));
		if (!steps)
			return;
		t->steps = steps;
		t->allocated = n;
	}
	va_start(args, fmt);
	if (vasprintf(&line, fmt, args) < 0)
		line = NULL;
	va_end(args);
	if (!line)
		return;

	strbuf_init(&b);
	strbuf_printf(&b, "%*s%s", 2 * t->indent, "", line);
	free(line);
	/* Without memory an explanation misses a line; nothing else depends on it. */
	if (b.failed)
		strbuf_fini(&b);
	else
		t->steps[t->n++] = b.s;
}

void xlate_trace_fini(struct xlate_trace *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->steps[i]);
	free(t->steps);
	t->steps = NULL;
	t->n = 0;
	t->allocated = 0;
}

/* The length of a mask of leading ones within the field, or -1. */
static int prefix_len(const struct field *f, const union field_value *mask)
{
	int len = 0;
	bool ended = false;

	for (int bit = f->width - 1; bit >= 0; bit--) {
		bool one = mask->b[15 - bit / 8] >> (bit % 8) & 1;

		if (one && ended)
			return -1;
		if (one)
			len++;
		else
			ended = true;
	}
	return len;
}

static void format_mask_field(struct strbuf *b, const struct field *f, const char *name,
			      const union field_value *mask)
{
	int len = prefix_len(f, mask);
	size_t i = sizeof(mask->b) - (f->width + 7u) / 8;

	strbuf_printf(b, "%s%s", b->len ? "," : "", name);
	if (len == f->width)
		return;
	if (len > 0) {
		strbuf_printf(b, "/%d", len);
		return;
	}
	strbuf_add(b, "/0x");
	for (; i < sizeof(mask->b); i++)
		strbuf_printf(b, "%02x", mask->b[i]);
}

/* The last address word is IPv4's or the end of an IPv6 destination. */
static bool hidden_by_overlay(enum field_id id, const struct flow_key *mask)
{
	bool is_ipv6 = mask->w[FLOW_KEY_W_IPV4 - 1] != 0;

	if (id == FIELD_NW_SRC || id == FIELD_NW_DST)
		return is_ipv6;
	return id == FIELD_IPV6_DST && !is_ipv6;
}

static void format_mask(struct strbuf *b, const struct flow_key *mask)
{
	for (size_t i = 0; i < sizeof(mask_fields) / sizeof(mask_fields[0]); i++) {
		const struct field *f = &fields[mask_fields[i]];
		union field_value bits;

		field_get(f, mask, &bits);
		if (!field_value_is_zero(&bits) && !hidden_by_overlay(f->id, mask))
			format_mask_field(b, f, f->name, &bits);
	}
}

/*
 * The packet's fields that have bits in 'which', as they are in 'mask'. Bits of
 * fields that it does not have come from rules for other protocols, and leave
 * the mask again at the end.
 */
static void format_bits(struct strbuf *b, const struct flow_key *key, const struct flow_key *which,
			const struct flow_key *mask)
{
	for (size_t i = 0; i < FIELD_N; i++) {
		const struct field *f = &fields[i];
		union field_value bits;

		if (f->is_view || !field_prereqs_met(f, key, &flow_all_bits))
			continue;
		field_get(f, which, &bits);
		if (field_value_is_zero(&bits))
			continue;
		field_get(f, mask, &bits);
		format_mask_field(b, f, field_printed_name(f), &bits);
	}
}

static void format_step(struct strbuf *b, const struct classifier_step *step,
			const struct port_names *names)
{
	static const char *const stages[] = {"metadata ", "L2 ", "L3 ", "L4 ", ""};
	static const char *const differs[] = {" in metadata", " in L2", " in L3", " in L4", ""};
	const char *s = step->n == 1 ? "" : "s";
	struct strbuf mask;
	struct match match;

	strbuf_init(&mask);
	switch (step->kind) {
	case CLASSIFIER_PROBE:
		format_mask(&mask, step->mask);
		strbuf_printf(b, "%ssubtable {%s}, priority <= %u: %s among %zu value%s",
			      stages[step->stage], strbuf_str(&mask), step->priority,
			      step->found ? "found" : "not", step->n, s);
		break;
	case CLASSIFIER_BELOW:
		format_mask(&mask, step->mask);
		strbuf_printf(b, "below %ssubtable {%s}, priority <= %u:", stages[step->stage],
			      strbuf_str(&mask), step->priority);
		break;
	case CLASSIFIER_SKIP:
		strbuf_printf(b, "%zu subtable%s skipped: no such prefix of %s", step->n, s,
			      prefix_field_name((enum prefix_field)step->field));
		break;
	case CLASSIFIER_RULE:
		rule_match(step->rule, &match);
		match_format(&mask, &match, names);
		strbuf_printf(b, "rule priority=%u%s%s: ", step->rule->priority,
			      mask.len ? "," : "", strbuf_str(&mask));
		if (step->found)
			strbuf_add(b, "matches");
		else if (step->field < PREFIX_N)
			strbuf_printf(b, "differs in %s",
				      prefix_field_name((enum prefix_field)step->field));
		else
			strbuf_printf(b, "differs%s", differs[step->stage]);
		break;
	case CLASSIFIER_CLAUSE:
		strbuf_printf(b, "clause %zu of conjunctions of priority %u:", step->n,
			      step->priority);
		break;
	case CLASSIFIER_CONJUNCTION:
		strbuf_printf(b,
			      "conjunction %u has all its %zu clauses: once more with conj_id=%u",
			      step->conj_id, step->n, step->conj_id);
		break;
	case CLASSIFIER_STOP:
		strbuf_printf(b, "%zu %s%s not looked at: priority <= %u", step->n,
			      step->rule ? "rule" : "subtable", s, step->priority);
		break;
	}
	strbuf_fini(&mask);
}

void xlate_trace_step(void *aux, const struct classifier_step *step)
{
	struct xlate_trace *trace = aux;
	struct strbuf b, added;

	strbuf_init(&b);
	strbuf_init(&added);
	format_step(&b, step, trace->names);
	format_bits(&added, trace->key, step->added, step->wc);
	trace->indent += 1 + step->depth;
	xlate_trace_add(trace, "%s%s%s", strbuf_str(&b), added.len ? "; un-wildcards " : "",
			strbuf_str(&added));
	trace->indent -= 1 + step->depth;
	strbuf_fini(&b);
	strbuf_fini(&added);
}

void xlate_trace_mask(struct xlate_trace *trace, const char *what, const struct flow_key *which,
		      const struct flow_key *mask)
{
	struct strbuf b;

	if (!trace)
		return;
	strbuf_init(&b);
	format_bits(&b, trace->key, which, mask);
	if (b.len)
		xlate_trace_add(trace, "%s %s", what, strbuf_str(&b));
	strbuf_fini(&b);
}

void xlate_trace_rule(struct xlate_trace *trace, const struct rule *rule)
{
	struct strbuf b;

	if (!trace)
		return;
	strbuf_init(&b);
	rule_format(&b, rule, trace->names);
	xlate_trace_add(trace, "rule: %s", strbuf_str(&b));
	strbuf_fini(&b);
}
