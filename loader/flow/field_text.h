/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The text of one field's value and mask, both ways; used for matches and for
 * set_field. VLAN fields of a match have a syntax of their own (match_parse.c).
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

/* Words of a field whose bits have names: bit 0 is name[0]. */
struct flag_names {
	const char *what; /* "TCP" */
	const char *name[9];
	size_t n;
};
const struct flag_names *field_flag_names(const struct field *f); /* NULL: it has none */

/* ip_frag; the row behind the last has no name. */
struct frag_name {
	const char *name;
	__u8 value, mask;
};
extern const struct frag_name frag_names[];

/* 'name' is a name of nw_tos by which its value is the whole octet. */
bool field_is_tos_octet(const struct field *f, const struct word *name);
/* The mask has all bits of the field. */
bool field_bits_exact(const struct field *f, const struct field_bits *bits);

/* 0 or -EINVAL with the error. */
int field_text_parse(const struct field_text *in, struct field_bits *out, struct parse_error *err);
/* "10.0.0.0/24"; of a FIELD_FMT_PORT the number. Masks are printed as they are. */
void field_text_format(struct strbuf *out, const struct field *f, const struct field_bits *bits);

/* "0x12" */
void field_value_format(struct strbuf *out, const union field_value *v);

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
