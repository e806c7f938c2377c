/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the parts of the policy parser share: policy_parse.c reads commands,
 * policy_parse_items.c what stands in lists: members and services.
 */
#ifndef FLOW_POLICY_PARSE_PRIVATE_H
#define FLOW_POLICY_PARSE_PRIVATE_H

#include "flow_lex.h"
#include "policy_private.h"
#include "policy_text.h"

#define N_ELEMS(array) (sizeof(array) / sizeof((array)[0]))

/* "key=value", "key+=value", "key-=value". */
struct policy_arg {
	struct word whole, key, value;
	char op; /* '=', '+', '-' */
};
#define POLICY_ARGS_MAX 16

struct policy_command {
	struct policy *p;
	struct parse_error *err;
	struct policy_applied *applied; /* never NULL */
	struct word object, verb; /* for messages */
	struct word rest;
	struct word name; /* the word behind the verb */
	struct policy_arg arg[POLICY_ARGS_MAX];
	size_t n_args;
};

/* Fills the error and returns 'errnum'. */
#define policy_fail(c, errnum, at, ...) (parse_fail((c)->err, (at), __VA_ARGS__), (errnum))

/* The next item of a list; false: there is none. */
bool policy_next_item(struct word *list, struct word *item);
/* 'out' has XVS_NAME_LEN bytes. A name that begins with a letter, and is no word of ours;
 * what a port or a tag may be called. 0 or -EINVAL. */
int policy_read_name(struct policy_command *c, const struct word *w, const char *what, char *out);
int policy_read_label(struct policy_command *c, const struct word *w, const char *what, char *out);

/* "any" is NULL. -EINVAL, -ENOENT, -ENOMEM. */
int policy_read_operand(struct policy_command *c, const struct word *list, bool ports_only,
			struct policy_members **out);
int policy_read_services(struct policy_command *c, const struct word *list,
			 struct policy_services **out);
/* The terms of a service after the change; 'old' may be NULL. */
int policy_read_terms(struct policy_command *c, const struct policy_arg *arg,
		      const struct policy_set *old, struct policy_set **out);
/* A change of a group's members: 'm' is its own copy. */
int policy_change_members(struct policy_command *c, const struct policy_arg *arg,
			  struct policy_members *m);

/* policy_parse_rule.c */
int policy_parse_rule(struct policy_command *c);
int policy_parse_default(struct policy_command *c);

/* policy_parse.c */
int policy_unknown_arg(struct policy_command *c, const struct policy_arg *arg);
int policy_read_bool(struct policy_command *c, const struct policy_arg *arg, bool *out);
/* Index of the value in 'names', -EINVAL. */
int policy_read_choice(struct policy_command *c, const struct policy_arg *arg,
		       const char *const *names, size_t n);
const struct policy_arg *policy_find_arg(const struct policy_command *c, const char *key);
/* The argument that is a place; -EINVAL: two of them. NULL in 'out': none. */
int policy_find_place(struct policy_command *c, const struct policy_arg **out);
/* position=N among 'n' others. */
int policy_read_position(struct policy_command *c, const struct policy_arg *arg, size_t n,
			 size_t *at);

static inline bool policy_arg_is(const struct policy_arg *arg, const char *key)
{
	return word_is(&arg->key, key);
}

#endif /* FLOW_POLICY_PARSE_PRIVATE_H */
