/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The text of one field's value and mask, both ways; used for matches and for
 * set_field. VLAN fields of a match have a syntax of their own (flow_parse.c).
 */
#ifndef FLOW_FIELD_TEXT_H
#define FLOW_FIELD_TEXT_H

#include "flow_lex.h"
#include "strbuf.h"

struct field_text {
	const struct field *field;
	struct word name; /* as the user called the field: "ip_dscp" is not "nw_tos" */
	struct word text; /* VALUE or VALUE/MASK */
	const struct port_names *names;
	bool exact; /* refuse masks */
};

struct field_bits {
	union field_value value; /* zero where the mask is */
	union field_value mask;
};

/* 0 or -EINVAL with the error. */
int field_text_parse(const struct field_text *in, struct field_bits *out, struct parse_error *err);
/* "10.0.0.0/24"; of a FIELD_FMT_PORT the number. Masks are printed as they are. */
void field_text_format(struct strbuf *out, const struct field *f, const struct field_bits *bits);

/* The port's name, quoted where it must be, or its number. */
void port_format(struct strbuf *out, const struct port_names *names, __u16 port_no);

static inline __u64 field_value_to_u64(const union field_value *v)
{
	return XVS_FROM_BE64(v->w[1]);
}

static inline void field_value_from_u64(union field_value *v, __u64 n)
{
	v->w[0] = 0;
	v->w[1] = XVS_BE64(n);
}

#endif /* FLOW_FIELD_TEXT_H */
