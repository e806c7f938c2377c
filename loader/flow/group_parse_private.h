/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the two halves of the group parser share: group_parse.c reads a group,
 * bucket_parse.c one of its buckets.
 */
#ifndef FLOW_GROUP_PARSE_PRIVATE_H
#define FLOW_GROUP_PARSE_PRIVATE_H

#include "flow_lex.h"
#include "group.h"

#define N_ELEMS(array) (sizeof(array) / sizeof((array)[0]))

struct group_parser {
	struct lexer lex;
	const struct port_names *names;
	struct parse_error *err;
	struct group *group;
	char *copy; /* of the text, with the buckets' own words blanked */
	/* Which words have been seen, and where those stood that need others. */
	bool has_id, has_type;
	struct word selection, param, fields;
};

/* Reads the bucket that begins where the lexer stands, behind "bucket=", up to
 * the next one; 'b' has the defaults of the group's type. 'whole' gets the text
 * of it, for errors. 0, -EINVAL, -ENOMEM. */
int bucket_parse(struct group_parser *p, struct group_bucket *b, struct word *whole);

/* "'weight' is given twice". */
static inline int group_given_twice(struct group_parser *p, const struct word *name)
{
	return parse_fail(p->err, name, "'%s' is given twice", word_shown(name).s);
}

/* A bucket without an id, until all of them are there; no real one has it. */
#define BUCKET_ID_UNSET 0xffffffffU

#endif /* FLOW_GROUP_PARSE_PRIVATE_H */
