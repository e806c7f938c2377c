// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * learn(): attributes of the rule that is to be made, and clauses, each of them
 * one match or action of it.
 */
#include "action_parse_private.h"

#include <errno.h>
#include <stdlib.h>

#define TABLE_MAX 254
/* What Open vSwitch takes where nothing is said. */
#define TABLE_DEFAULT 1

#define CLAUSES_MAX 128

struct learn_parser {
	struct action_parser *p;
	struct ofact_learn *learn;
	size_t allocated; /* clauses */
	struct match made; /* what the clauses so far say of the new rule's packets */
};

static const char *const unsupported[] = {
	"fin_idle_timeout", "fin_hard_timeout", "send_flow_rem", "delete_learned", "limit",
	"result_dst",
};

static struct ofact_learn *learn_alloc(struct ofact_learn *old, size_t clauses)
{
	return realloc(old, sizeof(*old) + clauses * sizeof(old->clause[0]));
}

/* 1: it is one; 0: it is none; -EINVAL. */
static int parse_attribute(struct learn_parser *lp, const struct action_words *w)
{
	static const struct {
		const char *name;
		__u64 max;
	} attributes[] = {
		{"table", TABLE_MAX},     {"priority", 0xffff}, {"idle_timeout", 0xffff},
		{"hard_timeout", 0xffff}, {"cookie", ~0ULL},
	};
	struct ofact_learn *l = lp->learn;
	__u64 v[5];
	size_t i = 0;

	while (i < 5 && !word_is(&w->name, attributes[i].name))
		i++;
	if (i == 5)
		return 0;
	if (!w->arg.s)
		return parse_fail(lp->p->err, &w->name, "'%s' needs a value: %s=...",
				  attributes[i].name, attributes[i].name);
	v[0] = l->table_id;
	v[1] = l->priority;
	v[2] = l->idle_timeout_s;
	v[3] = l->hard_timeout_s;
	v[4] = l->cookie;
	if (word_to_number(&w->arg, attributes[i].name, attributes[i].max, &v[i], lp->p->err))
		return -EINVAL;
	l->table_id = (__u8)v[0];
	l->priority = (__u16)v[1];
	l->idle_timeout_s = (__u16)v[2];
	l->hard_timeout_s = (__u16)v[3];
	l->cookie = v[4];
	return 1;
}

/* A value for all of a field, as a match writes it, or a number for a part. */
static int parse_immediate(struct action_parser *p, const struct action_words *w,
			   struct learn_clause *c)
{
	struct field_text in = {
		.field = &fields[c->dst.field],
		.name = word_part(&w->name, 0, word_find(&w->name, '[')),
		.text = w->arg,
		.names = p->names,
		.exact = true,
	};
	struct field_bits bits;
	int rc;

	c->immediate = true;
	if (!subfield_is_whole(&c->dst))
		return subfield_value_parse(&w->arg, &c->dst, &c->value, p->err);
	rc = field_text_parse(&in, &bits, p->err);
	if (!rc)
		c->value = bits.value;
	return rc;
}

/* FIELD, FIELD=FIELD, FIELD=VALUE */
static int parse_match(struct action_parser *p, const struct action_words *w,
		       struct learn_clause *c)
{
	int rc;

	c->kind = LEARN_MATCH;
	rc = subfield_parse(&w->name, &c->dst, p->err);
	if (rc)
		return rc;
	c->src = c->dst;
	if (!w->arg.s)
		return 0;
	if (!w->arg.quoted && word_is_subfield(&w->arg))
		return subfield_parse(&w->arg, &c->src, p->err);
	return parse_immediate(p, w, c);
}

/* load:SRC->DST, load:VALUE->DST */
static int parse_load(struct action_parser *p, const struct action_words *w, struct learn_clause *c)
{
	struct word src, dst;
	int rc = action_split_arrow(p, w, &src, &dst);

	c->kind = LEARN_LOAD;
	if (!rc)
		rc = action_destination(p, &dst, &c->dst);
	if (rc)
		return rc;
	if (src.len && src.s[0] >= '0' && src.s[0] <= '9') {
		c->immediate = true;
		return action_load_value(p, &src, &dst, &c->dst, &c->value);
	}
	return subfield_parse(&src, &c->src, p->err);
}

static int parse_clause(struct action_parser *p, const struct action_words *w,
			struct learn_clause *c)
{
	if (word_is(&w->name, "load") && w->arg.s)
		return parse_load(p, w, c);
	if (word_is(&w->name, "output") && w->arg.s) {
		c->kind = LEARN_OUTPUT;
		return subfield_parse(&w->arg, &c->src, p->err);
	}
	for (size_t i = 0; i < sizeof(unsupported) / sizeof(unsupported[0]); i++)
		if (word_is(&w->name, unsupported[i]))
			return parse_fail(p->err, &w->name, "'%s' of 'learn' is not supported yet",
					  unsupported[i]);
	return parse_match(p, w, c);
}

static int append_clause(struct learn_parser *lp, const struct action_words *w,
			 const struct learn_clause *c)
{
	struct ofact_learn *l = lp->learn;
	struct ofact_fault fault;

	if (!learn_clause_check(c, &lp->p->scope, &lp->made, &fault))
		return parse_fail(lp->p->err, &w->name, "'%s' of 'learn' %s",
				  word_shown(&w->name).s, fault.why);
	if (l->n >= CLAUSES_MAX)
		return parse_fail(lp->p->err, &w->name, "'learn' has more than %d clauses",
				  CLAUSES_MAX);
	if (l->n == lp->allocated) {
		l = learn_alloc(l, 2 * l->n + 4);
		if (!l)
			return -ENOMEM;
		lp->learn = l;
		lp->allocated = 2 * l->n + 4;
	}
	l->clause[l->n++] = *c;
	return 0;
}

static int parse_clauses(struct learn_parser *lp, const struct word *text)
{
	struct lexer lex = lexer_of_word(text);
	struct action_words w = {0};
	struct learn_clause c;
	int rc;

	while ((rc = lex_action(&lex, &w.name, &w.arg, lp->p->err)) > 0) {
		memset(&c, 0, sizeof(c));
		rc = parse_attribute(lp, &w);
		if (rc > 0)
			continue;
		if (!rc)
			rc = parse_clause(lp->p, &w, &c);
		if (!rc)
			rc = append_clause(lp, &w, &c);
		if (rc)
			break;
	}
	return rc;
}

int action_parse_learn(struct action_parser *p, const struct action_words *w)
{
	struct learn_parser lp = {.p = p, .learn = learn_alloc(NULL, 0)};
	struct ofact a = {.type = OFACT_LEARN};
	int rc;

	if (!lp.learn)
		return -ENOMEM;
	memset(lp.learn, 0, sizeof(*lp.learn));
	lp.learn->table_id = TABLE_DEFAULT;
	lp.learn->priority = FLOW_PRIORITY_DEFAULT;
	rc = parse_clauses(&lp, &w->arg);
	a.learn = lp.learn;
	if (rc) {
		ofact_fini(&a);
		return rc;
	}
	return action_append(p, w, &a);
}
