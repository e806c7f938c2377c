/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The match fields of flow text; for flow_parse.c, which knows the other words of
 * a flow.
 *
 * Fields may stand in any order: values are put into the match as they come, and
 * prerequisites are looked at when all of them are in. A field whose bits two
 * words give is right as long as the words agree.
 */
#ifndef FLOW_MATCH_PARSE_H
#define FLOW_MATCH_PARSE_H

#include "field_text.h"

struct match_parser {
	struct match *match; /* zero at the beginning */
	const struct port_names *names;
	struct parse_error *err;
	bool packet; /* a packet's values: no masks */
	/* The fields that were given, in order; VLAN fields keep TCI bits here. */
	size_t n_seen;
	struct match_seen {
		enum field_id id;
		struct word name;
		bool partial; /* some bits of it, by a subfield */
		struct field_bits bits;
	} seen[FIELD_N];
};

/* Without clearing all of 'seen'. */
void match_parser_init(struct match_parser *p, struct match *match);
/* One word of a match; 'value->s' NULL: without "=". 1: it was one; 0: it is no
 * word of a match; -EINVAL with the error. */
int match_parse_word(struct match_parser *p, const struct word *name, const struct word *value);
/* When all words are in: complains of the first field without its prerequisite. */
int match_parse_end(struct match_parser *p);
/* A mask without bits is a mistake, more often than not in the mask: it would say
 * nothing. 'text' is VALUE/MASK. Returns -EINVAL. */
int match_refuse_empty_mask(struct parse_error *err, const struct word *name,
			    const struct word *text);

#endif /* FLOW_MATCH_PARSE_H */
