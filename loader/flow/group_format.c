// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A group as text; see group_text.h.
 */
#include "field_text.h"
#include "flow_format.h"
#include "group_text.h"

static void bucket_format(struct strbuf *out, const struct group *g, const struct group_bucket *b,
			  const struct port_names *names)
{
	strbuf_printf(out, ",bucket=bucket_id:%u", b->id);
	if (g->type == GROUP_SELECT && b->weight != 1)
		strbuf_printf(out, ",weight:%u", b->weight);
	if (b->watch_port) {
		strbuf_add(out, ",watch_port:");
		port_format(out, names, b->watch_port);
	}
	if (b->watch_group != GROUP_NONE)
		strbuf_printf(out, ",watch_group:%u", b->watch_group);
	strbuf_add(out, ",actions=");
	ofacts_format(out, &b->actions, names);
}

void group_fields_format(struct strbuf *out, const struct group *g)
{
	for (size_t i = 0; i < g->n_fields; i++) {
		const struct field *f = &fields[g->fields[i].field];
		struct field_bits bits = {.value = g->fields[i].mask};

		field_exact_mask(f, &bits.mask);
		strbuf_printf(out, "%s%s", i ? "," : "", f->name);
		if (!memcmp(&bits.value, &bits.mask, sizeof(bits.mask)))
			continue;
		strbuf_addc(out, '=');
		/* Of a number the bits are shown: 0xff00, not 65280. */
		if (f->format == FIELD_FMT_DECIMAL)
			strbuf_printf(out, "0x%llx",
				      (unsigned long long)field_value_to_u64(&bits.value));
		else
			field_text_format(out, f, &bits);
	}
}

void group_format(struct strbuf *out, const struct group *g, const struct port_names *names)
{
	const char *selection = group_selection_name(g->selection);

	strbuf_printf(out, "group_id=%u,type=%s", g->id, group_type_name(g->type));
	if (selection)
		strbuf_printf(out, ",selection_method=%s", selection);
	if (g->hash_basis)
		strbuf_printf(out, ",selection_method_param=%llu",
			      (unsigned long long)g->hash_basis);
	if (g->n_fields) {
		strbuf_add(out, ",fields(");
		group_fields_format(out, g);
		strbuf_addc(out, ')');
	}
	for (size_t i = 0; i < g->n_buckets; i++)
		bucket_format(out, g, &g->buckets[i], names);
}
