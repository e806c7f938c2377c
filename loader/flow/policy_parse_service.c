// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Services in the text of a policy: terms, and the names of services; see policy_text.h
 * for the syntax.
 */
#include "policy_parse_private.h"
#include "proto.h"

#define PORT_MAX 0xffff
#define ICMP_MAX 0xff
/* Of one service: a term of two ranges is hundreds of entries of the index. */
#define TERMS_MAX 256

struct terms {
	struct policy_term *v;
	size_t n, allocated;
};

static size_t find_term(const struct terms *list, const struct policy_term *t)
{
	size_t i = 0;

	while (i < list->n && !policy_term_equal(&list->v[i], t))
		i++;
	return i;
}

static int add_term(struct policy_command *c, const struct word *at, struct terms *list,
		    const struct policy_term *t)
{
	if (find_term(list, t) < list->n)
		return 0;
	if (list->n >= TERMS_MAX)
		return policy_fail(c, -ENOSPC, at, "a service has %d terms at most", TERMS_MAX);
	if (list->n == list->allocated) {
		size_t allocated = list->allocated ? 2 * list->allocated : 4;
		struct policy_term *v = reallocarray(list->v, allocated, sizeof(*v));

		if (!v)
			return -ENOMEM;
		list->v = v;
		list->allocated = allocated;
	}
	list->v[list->n++] = *t;
	return 0;
}

static int read_range(struct policy_command *c, const struct word *w, __u16 *first, __u16 *last)
{
	struct word low = word_part(w, 0, word_find(w, '-')), high = low;
	__u64 a, b;
	int rc;

	if (low.len < w->len)
		high = word_part(w, low.len + 1, w->len);
	rc = word_to_number(&low, "port", PORT_MAX, &a, c->err);
	if (!rc)
		rc = word_to_number(&high, "port", PORT_MAX, &b, c->err);
	if (rc)
		return rc;
	if (a > b)
		return policy_fail(c, -EINVAL, w, "'%s': the range ends before it begins",
				   word_shown(w).s);
	*first = (__u16)a;
	*last = (__u16)b;
	return 0;
}

/* PORTS, FROM>TO */
static int read_ports(struct policy_command *c, const struct word *w, struct policy_term *t)
{
	size_t arrow = word_find(w, '>');
	struct word part;
	int rc;

	if (arrow == w->len)
		return read_range(c, w, &t->dst_first, &t->dst_last);
	part = word_part(w, 0, arrow);
	rc = read_range(c, &part, &t->src_first, &t->src_last);
	if (rc)
		return rc;
	part = word_part(w, arrow + 1, w->len);
	return read_range(c, &part, &t->dst_first, &t->dst_last);
}

/* TYPE, TYPE/CODE */
static int read_icmp(struct policy_command *c, const struct word *w, struct policy_term *t)
{
	struct word part = word_part(w, 0, word_find(w, '/'));
	__u64 n;
	int rc = word_to_number(&part, "type", ICMP_MAX, &n, c->err);

	if (rc)
		return rc;
	t->src_first = t->src_last = (__u16)n;
	if (part.len == w->len)
		return 0;
	part = word_part(w, part.len + 1, w->len);
	rc = word_to_number(&part, "code", ICMP_MAX, &n, c->err);
	t->dst_first = t->dst_last = (__u16)n;
	return rc;
}

static const struct {
	const char *name;
	__u8 proto;
	int (*read)(struct policy_command *c, const struct word *w, struct policy_term *t);
} protos[] = {
	{"tcp", PROTO_TCP, read_ports},     {"udp", PROTO_UDP, read_ports},
	{"sctp", PROTO_SCTP, read_ports},   {"icmp", PROTO_ICMP, read_icmp},
	{"icmp6", PROTO_ICMPV6, read_icmp},
};

/* 1: it is a term; 0: it is none, but perhaps a name. */
static int read_term(struct policy_command *c, const struct word *w, struct policy_term *t)
{
	struct word head = word_part(w, 0, word_find(w, ':')), rest;
	__u64 n;
	int rc;

	*t = (struct policy_term){.src_last = PORT_MAX, .dst_last = PORT_MAX};
	rest = word_part(w, head.len + 1, w->len);
	for (size_t i = 0; i < N_ELEMS(protos); i++) {
		if (!word_is(&head, protos[i].name))
			continue;
		t->proto = protos[i].proto;
		if (head.len == w->len)
			return 1;
		rc = protos[i].read(c, &rest, t);
		return rc ? rc : 1;
	}
	if (word_is(&head, "proto")) {
		rc = word_to_number(&rest, "proto", 0xff, &n, c->err);
		t->proto = (__u8)n;
		return rc ? rc : 1;
	}
	if (head.len == w->len)
		return 0;
	return policy_fail(c, -EINVAL, &head,
			   "unknown protocol '%s': tcp, udp, sctp, icmp, icmp6 or proto",
			   word_shown(&head).s);
}

static int make_set(struct policy_command *c, const struct terms *list, struct policy_set **out)
{
	*out = policy_set_create(c->p->ix, 0, list->n);
	if (!*out)
		return -ENOMEM;
	if (list->n)
		memcpy((*out)->terms, list->v, list->n * sizeof(*list->v));
	(*out)->n_terms = list->n;
	return 0;
}

int policy_read_terms(struct policy_command *c, const struct policy_arg *arg,
		      const struct policy_set *old, struct policy_set **out)
{
	struct word rest = arg->value, item;
	struct terms list = {0};
	struct policy_term t;
	int rc = 0;

	for (size_t i = 0; !rc && old && arg->op != '=' && i < old->n_terms; i++)
		rc = add_term(c, &arg->value, &list, &old->terms[i]);
	while (!rc && rest.len && policy_next_item(&rest, &item)) {
		size_t i;

		rc = read_term(c, &item, &t);
		if (!rc)
			rc = policy_fail(c, -EINVAL, &item,
					 "'%s' is no term: tcp:80, icmp:8, proto:47",
					 word_shown(&item).s);
		if (rc < 0)
			break;
		rc = 0;
		i = find_term(&list, &t);
		if (arg->op != '-')
			rc = add_term(c, &item, &list, &t);
		else if (i < list.n)
			list.v[i] = list.v[--list.n];
	}
	if (!rc)
		rc = make_set(c, &list, out);
	free(list.v);
	return rc;
}

static int add_named(struct policy_command *c, struct policy_services *s, const struct word *w)
{
	char name[XVS_NAME_LEN];
	const struct policy_named *named;
	int rc = policy_read_name(c, w, "service", name);

	if (rc)
		return rc;
	named = policy_table_find(&c->p->services, name);
	if (!named)
		return policy_fail(c, -ENOENT, w, "there is no service '%s'", name);
	return policy_ids_add(&s->named, named->id);
}

int policy_read_services(struct policy_command *c, const struct word *list,
			 struct policy_services **out)
{
	struct word rest = *list, item;
	struct policy_services *s;
	struct terms terms = {0};
	struct policy_term t;
	int rc = 0;

	*out = NULL;
	if (word_is(list, "any"))
		return 0;
	s = policy_services_create();
	if (!s)
		return -ENOMEM;
	while (rc >= 0 && policy_next_item(&rest, &item)) {
		rc = read_term(c, &item, &t);
		if (rc > 0)
			rc = add_term(c, &item, &terms, &t);
		else if (!rc)
			rc = add_named(c, s, &item);
	}
	if (!rc)
		rc = policy_services_share_terms(s, c->p->ix, terms.v, terms.n);
	free(terms.v);
	if (rc)
		policy_services_put(s);
	else
		*out = s;
	return rc;
}
