/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The text of subfields, both ways: "reg0", "reg0[]", "NXM_NX_REG0[0..15]",
 * "nw_src[8]". In a name for the whole TOS octet (nw_tos, NXM_OF_IP_TOS) bits
 * are counted from the octet's end; those that there are, are bits 2 to 7.
 */
#ifndef FLOW_SUBFIELD_TEXT_H
#define FLOW_SUBFIELD_TEXT_H

#include "field_text.h"
#include "ofact.h"

/* 0 or -EINVAL with the error. */
int subfield_parse(const struct word *w, struct subfield *sub, struct parse_error *err);
/* The same without the error: is it one? */
bool word_is_subfield(const struct word *w);
/* A number that fits 'sub'. 0 or -EINVAL with the error. */
int subfield_value_parse(const struct word *w, const struct subfield *sub, union field_value *value,
			 struct parse_error *err);
void subfield_format(struct strbuf *out, const struct subfield *sub);

static inline struct subfield subfield_whole(enum field_id id)
{
	return (struct subfield){.field = id, .n_bits = (__u8)field_n_bits(&fields[id])};
}

static inline bool subfield_is_whole(const struct subfield *sub)
{
	return !sub->ofs && sub->n_bits == field_n_bits(&fields[sub->field]);
}

#endif /* FLOW_SUBFIELD_TEXT_H */
