// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Group text to a group; see group_text.h.
 *
 * In front of the first "bucket=" stand key=value words. A bucket (bucket_parse.c)
 * reaches up to the next "bucket=" that is a word of its own.
 */
#include <errno.h>
#include <stdlib.h>

#include "field_text.h"
#include "group_parse_private.h"
#include "group_text.h"

static const char *const type_names[GROUP_TYPE_N] = {
	[GROUP_ALL] = "all",
	[GROUP_SELECT] = "select",
	[GROUP_INDIRECT] = "indirect",
	[GROUP_FAST_FAILOVER] = "ff",
};

const char *group_type_name(enum group_type type)
{
	return type_names[type];
}

const char *group_selection_name(enum group_selection selection)
{
	if (selection == GROUP_SELECTION_DEFAULT)
		return NULL;
	return selection == GROUP_SELECTION_HASH ? "hash" : "dp_hash";
}

static int set_id(struct group_parser *p, const struct word *name, const struct word *value)
{
	__u64 id = 0;
	int rc;

	if (p->has_id)
		return group_given_twice(p, name);
	if (word_is_nocase(value, "all") || word_is_nocase(value, "any"))
		return parse_fail(p->err, value, "'group_id' of a group is a number");
	rc = word_to_number(value, "group_id", GROUP_ID_MAX, &id, p->err);
	p->group->id = (__u32)id;
	p->has_id = true;
	return rc;
}

static int set_type(struct group_parser *p, const struct word *name, const struct word *value)
{
	if (p->has_type)
		return group_given_twice(p, name);
	p->has_type = true;
	for (int i = 0; i < GROUP_TYPE_N; i++) {
		p->group->type = (enum group_type)i;
		if (word_is(value, type_names[i]))
			return 0;
	}
	if (word_is(value, "fast_failover"))
		return 0;
	return parse_fail(p->err, value,
			  "'type' is 'all', 'select', 'indirect' or 'fast_failover' ('ff')");
}

static int set_selection(struct group_parser *p, const struct word *name, const struct word *value)
{
	if (p->selection.s)
		return group_given_twice(p, name);
	p->selection = *name;
	if (word_is(value, "hash"))
		p->group->selection = GROUP_SELECTION_HASH;
	else if (word_is(value, "dp_hash"))
		p->group->selection = GROUP_SELECTION_DP_HASH;
	else
		return parse_fail(p->err, value, "'selection_method' is 'hash' or 'dp_hash'");
	return 0;
}

static int set_param(struct group_parser *p, const struct word *name, const struct word *value)
{
	if (p->param.s)
		return group_given_twice(p, name);
	p->param = *name;
	return word_to_number(value, "selection_method_param", ~0ULL, &p->group->hash_basis,
			      p->err);
}

static int field_mask(struct group_parser *p, const struct field *f, const struct word *name,
		      const struct word *text, union field_value *mask)
{
	struct field_text in = {
		.field = f,
		.name = *name,
		.text = *text,
		.exact = true,
	};
	struct field_bits bits;
	int rc;

	if (!text->s) {
		field_exact_mask(f, mask);
		return 0;
	}
	if (f->mask_rule != FIELD_MASK_ANY)
		return parse_fail(p->err, text, "'%s' cannot have a mask", word_shown(name).s);
	rc = field_text_parse(&in, &bits, p->err);
	if (rc)
		return rc;
	if (field_value_is_zero(&bits.value))
		return parse_fail(p->err, text, "'%s': the mask has no bits: leave the field out",
				  word_shown(name).s);
	*mask = bits.value;
	return 0;
}

static int add_field(struct group_parser *p, const struct word *name, const struct word *text)
{
	const struct field *f = field_by_name(name->s, name->len);
	struct group *g = p->group;
	struct group_hash_field *v, new = {0};
	size_t i = g->n_fields;
	int rc;

	if (!f)
		return parse_fail(p->err, name, "unknown field '%s'", word_shown(name).s);
	new.field = f->id;
	rc = field_mask(p, f, name, text, &new.mask);
	if (rc)
		return rc;
	while (i && g->fields[i - 1].field >= f->id)
		i--;
	if (i < g->n_fields && g->fields[i].field == f->id)
		return group_given_twice(p, name);
	v = reallocarray(g->fields, g->n_fields + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	g->fields = v;
	memmove(&v[i + 1], &v[i], (g->n_fields++ - i) * sizeof(*v));
	v[i] = new;
	return 0;
}

/* fields(A,B=MASK), fields=A. */
static int set_fields(struct group_parser *p, const struct word *name, const struct word *value)
{
	struct lexer lex = {.base = value->column};
	struct word field, mask;
	char *text;
	int rc;

	if (p->fields.s)
		return group_given_twice(p, name);
	p->fields = *name;
	text = strndup(value->s, value->len);
	if (!text)
		return -ENOMEM;
	lex.text = text;
	while ((rc = lex_field(&lex, &field, &mask, p->err)) > 0) {
		rc = add_field(p, &field, &mask);
		if (rc)
			break;
	}
	free(text);
	return rc;
}

static const struct key {
	const char *name;
	int (*set)(struct group_parser *p, const struct word *name, const struct word *value);
} keys[] = {
	{"group_id", set_id},
	{"type", set_type},
	{"selection_method", set_selection},
	{"selection_method_param", set_param},
	{"fields", set_fields},
};

static int parse_key(struct group_parser *p, const struct word *name, const struct word *value)
{
	for (size_t i = 0; i < N_ELEMS(keys); i++) {
		if (!word_is(name, keys[i].name))
			continue;
		if (!value->s || !value->len)
			return parse_fail(p->err, name, "'%s' needs a value: %s=...", keys[i].name,
					  keys[i].name);
		return keys[i].set(p, name, value);
	}
	if (word_is(name, "command_bucket_id"))
		return parse_fail(p->err, name, "'command_bucket_id' has no meaning here");
	if (word_is(name, "weight") || word_is(name, "actions") || word_is(name, "watch_port") ||
	    word_is(name, "watch_group") || word_is(name, "bucket_id"))
		return parse_fail(p->err, name, "'%s' is a bucket's: it stands behind 'bucket='",
				  word_shown(name).s);
	return parse_fail(p->err, name, "unknown keyword '%s'", word_shown(name).s);
}

static struct group_bucket *new_bucket(struct group *g)
{
	struct group_bucket *v = g->buckets;

	/* Room for a power of two. */
	if (!(g->n_buckets & (g->n_buckets - 1)))
		v = reallocarray(v, g->n_buckets ? 2 * g->n_buckets : 1, sizeof(*v));
	if (!v)
		return NULL;
	g->buckets = v;
	v[g->n_buckets] = (struct group_bucket){
		.id = BUCKET_ID_UNSET,
		.weight = g->type == GROUP_SELECT,
		.watch_group = GROUP_NONE,
	};
	return &v[g->n_buckets++];
}

static bool has_bucket(const struct group *g, size_t n, __u32 id)
{
	for (size_t i = 0; i < n; i++)
		if (g->buckets[i].id == id)
			return true;
	return false;
}

static int parse_bucket(struct group_parser *p)
{
	struct word whole = {.column = p->lex.pos};
	struct group *g = p->group;
	struct group_bucket *b;
	int rc;

	if (g->n_buckets >= GROUP_BUCKETS_MAX)
		return parse_fail(p->err, &whole, "more than %d buckets", GROUP_BUCKETS_MAX);
	b = new_bucket(g);
	rc = b ? bucket_parse(p, b, &whole) : -ENOMEM;
	if (rc)
		return rc;
	if (b->id != BUCKET_ID_UNSET && has_bucket(g, g->n_buckets - 1, b->id))
		return parse_fail(p->err, &whole, "bucket_id %u is given twice", b->id);
	if (g->type == GROUP_INDIRECT && g->n_buckets > 1)
		return parse_fail(p->err, &whole, "a group of type 'indirect' has one bucket");
	return 0;
}

/* Buckets without one get the lowest ids that are free, in their order. */
static void number_buckets(struct group *g)
{
	__u32 next = 0;

	for (size_t i = 0; i < g->n_buckets; i++) {
		if (g->buckets[i].id != BUCKET_ID_UNSET)
			continue;
		while (has_bucket(g, g->n_buckets, next))
			next++;
		g->buckets[i].id = next;
	}
}

/* Everything in front of the buckets is there. */
static int check_keys(struct group_parser *p)
{
	struct word all = {.s = p->lex.text, .len = strcspn(p->lex.text, " \t,")};

	if (!p->has_id)
		return parse_fail(p->err, &all, "'group_id=...' is missing");
	if (!p->has_type)
		return parse_fail(p->err, &all, "'type=...' is missing");
	if (p->selection.s && p->group->type != GROUP_SELECT)
		return parse_fail(p->err, &p->selection,
				  "'selection_method' is for groups of type 'select'");
	if (p->param.s && !p->selection.s)
		return parse_fail(p->err, &p->param,
				  "'selection_method_param' needs 'selection_method'");
	if (p->fields.s && p->group->selection != GROUP_SELECTION_HASH)
		return parse_fail(p->err, &p->fields, "'fields' needs 'selection_method=hash'");
	return 0;
}

static int parse_group(struct group_parser *p)
{
	struct word name, value;
	bool checked = false;
	int rc;

	while ((rc = lex_action(&p->lex, &name, &value, p->err)) > 0) {
		if (word_is(&name, "bucket")) {
			if (!value.s)
				return parse_fail(p->err, &name, "'bucket' needs '=' behind it");
			rc = checked ? 0 : check_keys(p);
			checked = true;
			p->lex.pos = name.column + name.len + 1;
			if (!rc)
				rc = parse_bucket(p);
		} else {
			rc = parse_key(p, &name, &value);
		}
		if (rc)
			return rc;
	}
	if (!rc && !checked)
		rc = check_keys(p);
	if (!rc && p->group->type == GROUP_INDIRECT && !p->group->n_buckets) {
		name = (struct word){.s = p->lex.text, .len = p->lex.pos};
		rc = parse_fail(p->err, &name, "a group of type 'indirect' has one bucket");
	}
	return rc;
}

int group_parse(const char *text, const struct port_names *names, struct group **out,
		struct parse_error *err)
{
	struct group_parser p = {
		.lex = {.text = text},
		.names = names,
		.err = err,
		.group = group_create(0, GROUP_ALL),
		.copy = strdup(text),
	};
	int rc = p.group && p.copy ? parse_group(&p) : -ENOMEM;

	if (!rc)
		number_buckets(p.group);
	free(p.copy);
	if (rc)
		group_put(p.group);
	else
		*out = p.group;
	return rc;
}

int group_id_parse(const char *text, __u32 *id, struct parse_error *err)
{
	struct lexer lex = {.text = text};
	struct word name, value;
	__u64 n = 0;
	int rc = lex_field(&lex, &name, &value, err);

	*id = GROUP_NONE;
	if (rc <= 0)
		return rc;
	if (value.s && !word_is(&name, "group_id"))
		return parse_fail(err, &name, "'%s' has no meaning here: 'group_id=...' has",
				  word_shown(&name).s);
	if (!value.s)
		value = name;
	if (!word_is_nocase(&value, "all") && !word_is_nocase(&value, "any")) {
		rc = word_to_number(&value, "group_id", GROUP_ID_MAX, &n, err);
		if (rc)
			return rc;
		*id = (__u32)n;
	}
	rc = lex_field(&lex, &name, &value, err);
	return rc <= 0 ? rc : parse_fail(err, &name, "nothing may follow the group's number");
}
