// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The text of one bucket; see group_text.h.
 *
 * Some words are of the bucket, wherever they stand, and the others are its
 * actions: the former are blanked in a copy of the text, and what is left is
 * parsed as a list of actions that has kept its columns.
 */
#include <errno.h>
#include <stdlib.h>

#include "group_parse_private.h"

/* A bucket while it is read. */
struct bucket_parser {
	struct group_parser *p;
	struct group_bucket *b;
	struct word whole;
	bool has_actions;
	struct word weight, watch; /* where they stand; .s NULL: nowhere */
};

static int set_bucket_id(struct bucket_parser *bp, const struct word *name,
			 const struct word *value)
{
	__u64 id = 0;
	int rc;

	if (bp->b->id != BUCKET_ID_UNSET)
		return group_given_twice(bp->p, name);
	rc = word_to_number(value, "bucket_id", GROUP_BUCKET_ID_MAX, &id, bp->p->err);
	bp->b->id = (__u32)id;
	return rc;
}

static int set_weight(struct bucket_parser *bp, const struct word *name, const struct word *value)
{
	__u64 weight = 0;
	int rc;

	if (bp->weight.s)
		return group_given_twice(bp->p, name);
	bp->weight = *name;
	rc = word_to_number(value, "weight", 0xffff, &weight, bp->p->err);
	bp->b->weight = (__u16)weight;
	return rc;
}

static int set_watch_port(struct bucket_parser *bp, const struct word *name,
			  const struct word *value)
{
	struct group_bucket *b = bp->b;
	int rc;

	if (b->watch_port)
		return group_given_twice(bp->p, name);
	bp->watch = *name;
	rc = port_parse(value, bp->p->names, &b->watch_port, bp->p->err);
	if (!rc && b->watch_port >= PORT_RESERVED_MIN && b->watch_port != PORT_LOCAL)
		rc = parse_fail(bp->p->err, value, "'watch_port' takes a port of the switch");
	return rc;
}

static int set_watch_group(struct bucket_parser *bp, const struct word *name,
			   const struct word *value)
{
	__u64 id = 0;
	int rc;

	if (bp->b->watch_group != GROUP_NONE)
		return group_given_twice(bp->p, name);
	bp->watch = *name;
	rc = word_to_number(value, "watch_group", GROUP_ID_MAX, &id, bp->p->err);
	bp->b->watch_group = (__u32)id;
	return rc;
}

static const struct attribute {
	const char *name;
	int (*set)(struct bucket_parser *bp, const struct word *name, const struct word *value);
} attributes[] = {
	{"bucket_id", set_bucket_id},
	{"weight", set_weight},
	{"watch_port", set_watch_port},
	{"watch_group", set_watch_group},
};

static void blank(struct group_parser *p, size_t from, size_t to)
{
	memset(p->copy + from, ' ', to - from);
}

/* One word of a bucket, which the lexer stands behind. */
static int parse_bucket_word(struct bucket_parser *bp, const struct word *name,
			     const struct word *value)
{
	struct group_parser *p = bp->p;
	size_t from = name->column - name->quoted;

	if (word_is(name, "actions") || word_is(name, "action")) {
		if (!value->s)
			return parse_fail(p->err, name, "'%s' needs '=' behind it",
					  word_shown(name).s);
		/* What follows is an action by itself. */
		bp->has_actions = true;
		p->lex.pos = name->column + name->len + 1;
		blank(p, from, p->lex.pos);
		return 0;
	}
	for (size_t i = 0; i < N_ELEMS(attributes); i++) {
		if (!word_is(name, attributes[i].name))
			continue;
		if (!value->s || !value->len)
			return parse_fail(p->err, name, "'%s' needs a value: %s:...",
					  attributes[i].name, attributes[i].name);
		blank(p, from, p->lex.pos);
		return attributes[i].set(bp, name, value);
	}
	bp->has_actions = true;
	return 0;
}

/* The list is right as such, but an action of it has no place in a bucket: finds
 * the word. 'text' is the blanked one. */
static int refuse_action(struct bucket_parser *bp, const char *text)
{
	struct group_parser *p = bp->p;
	struct lexer lex = {.text = text, .base = bp->whole.column};
	struct word name, arg;

	while (lex_action(&lex, &name, &arg, NULL) > 0) {
		size_t from = name.column - lex.base - name.quoted;
		char *one = strndup(text + from, lex.pos - from);
		struct ofacts list;
		bool taken = true;

		if (!one)
			return -ENOMEM;
		if (!ofacts_parse(one, 0, NULL, p->names, &list, NULL)) {
			for (size_t i = 0; i < list.n; i++)
				taken &= group_bucket_takes(&list.v[i]);
			ofacts_fini(&list);
		}
		free(one);
		if (!taken)
			return parse_fail(p->err, &name,
					  "action '%s' has no place in a bucket, which is an "
					  "action set",
					  word_shown(&name).s);
	}
	return parse_fail(p->err, &bp->whole, "an action has no place in a bucket");
}

static int parse_bucket_actions(struct bucket_parser *bp, size_t end)
{
	struct group_parser *p = bp->p;
	size_t from = bp->whole.column;
	struct group_bucket *b = bp->b;
	char was = p->copy[end];
	int rc;

	p->copy[end] = '\0';
	rc = ofacts_parse(p->copy + from, from, NULL, p->names, &b->actions, p->err);
	for (size_t i = 0; !rc && i < b->actions.n; i++)
		if (!group_bucket_takes(&b->actions.v[i]))
			rc = refuse_action(bp, p->copy + from);
	p->copy[end] = was;
	return rc ? rc : group_bucket_order(b);
}

static int check_bucket(struct bucket_parser *bp)
{
	struct group_parser *p = bp->p;
	bool watches = bp->watch.s;

	if (p->group->type != GROUP_SELECT && bp->weight.s)
		return parse_fail(p->err, &bp->weight, "'weight' is for groups of type 'select'");
	if (p->group->type == GROUP_FAST_FAILOVER && !watches)
		return parse_fail(p->err, &bp->whole,
				  "a bucket of a fast_failover group needs 'watch_port' or "
				  "'watch_group'");
	if ((p->group->type == GROUP_ALL || p->group->type == GROUP_INDIRECT) && watches)
		return parse_fail(p->err, &bp->watch,
				  "'%s' is for groups of type 'select' and 'fast_failover'",
				  word_shown(&bp->watch).s);
	if (!bp->has_actions)
		return parse_fail(p->err, &bp->whole,
				  "a bucket needs actions: bucket=...,actions=...");
	return 0;
}

static int parse_words(struct bucket_parser *bp, size_t *end)
{
	struct group_parser *p = bp->p;
	struct word name, value;
	int rc;

	for (;;) {
		*end = p->lex.pos;
		rc = lex_action(&p->lex, &name, &value, p->err);
		if (rc <= 0)
			return rc;
		if (word_is(&name, "bucket") && value.s) {
			p->lex.pos = *end;
			return 0;
		}
		rc = parse_bucket_word(bp, &name, &value);
		if (rc)
			return rc;
	}
}

int bucket_parse(struct group_parser *p, struct group_bucket *b, struct word *whole)
{
	struct bucket_parser bp = {.p = p, .b = b};
	size_t from = p->lex.pos, end;
	int rc;

	bp.whole = (struct word){.s = p->lex.text + from, .column = from};
	rc = parse_words(&bp, &end);
	if (rc)
		return rc;
	bp.whole.len = end - from;
	*whole = bp.whole;
	rc = check_bucket(&bp);
	return rc ? rc : parse_bucket_actions(&bp, end);
}
