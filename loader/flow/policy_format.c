// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A policy as text, that makes it again when it is applied; see policy_text.h. Lists are
 * sorted, so that equal policies have equal text.
 */
#include <arpa/inet.h>
#include <stdio.h>

#include "policy_private.h"
#include "policy_text.h"
#include "proto.h"

/* Items of one line; a group of more has several. */
#define LINE_ITEMS 64

static void format_prefix(const struct policy_prefix *p, char *out, size_t room)
{
	unsigned int n = policy_family_bytes(p->family);
	char text[INET6_ADDRSTRLEN];
	__u8 b[16];

	for (unsigned int i = 0; i < n; i++)
		b[i] = (__u8)(p->value >> (PREFIX_TRIE_BITS - 8 - 8 * i));
	if (p->family == POLICY_MAC) {
		snprintf(out, room, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4],
			 b[5]);
		return;
	}
	inet_ntop(p->family == POLICY_IPV6 ? AF_INET6 : AF_INET, b, text, sizeof(text));
	if (p->len == 8 * n)
		snprintf(out, room, "%s", text);
	else
		snprintf(out, room, "%s/%u", text, p->len);
}

static void format_range(char *out, size_t room, __u16 first, __u16 last)
{
	if (first == last)
		snprintf(out, room, "%u", first);
	else
		snprintf(out, room, "%u-%u", first, last);
}

static void format_term(const struct policy_term *t, char *out, size_t room)
{
	bool any_src = !t->src_first && t->src_last == 0xffff;
	bool any_dst = !t->dst_first && t->dst_last == 0xffff;
	const char *name = t->proto == PROTO_TCP      ? "tcp"
			   : t->proto == PROTO_UDP    ? "udp"
			   : t->proto == PROTO_SCTP   ? "sctp"
			   : t->proto == PROTO_ICMP   ? "icmp"
			   : t->proto == PROTO_ICMPV6 ? "icmp6"
						      : NULL;
	char src[16], dst[16];

	format_range(src, sizeof(src), t->src_first, t->src_last);
	format_range(dst, sizeof(dst), t->dst_first, t->dst_last);
	if (!name)
		snprintf(out, room, "proto:%u", t->proto);
	else if (any_src && any_dst)
		snprintf(out, room, "%s", name);
	else if (t->proto == PROTO_ICMP || t->proto == PROTO_ICMPV6)
		snprintf(out, room, "%s:%s%s%s", name, src, any_dst ? "" : "/", any_dst ? "" : dst);
	else if (any_src)
		snprintf(out, room, "%s:%s", name, dst);
	else
		snprintf(out, room, "%s:%s>%s", name, src, dst);
}

/* --- items, each sorted; where there is no memory for it, as they are --- */

struct items {
	policy_item_fn fn;
	void *aux;
};

static int compare_texts(const void *x, const void *y)
{
	const char *const *a = x, *const *b = y;

	return strcmp(*a, *b);
}

/* Names of groups or services by id. */
static void each_id(const struct policy_table *t, const struct policy_vec *ids,
		    const struct items *to)
{
	const char **names = calloc(ids->n + 1, sizeof(*names));

	for (size_t i = 0; i < ids->n; i++) {
		const char *name = policy_table_at(t, (uintptr_t)ids->v[i])->name;

		if (names)
			names[i] = name;
		else
			to->fn(to->aux, name);
	}
	if (!names)
		return;
	qsort(names, ids->n, sizeof(*names), compare_texts);
	for (size_t i = 0; i < ids->n; i++)
		to->fn(to->aux, names[i]);
	free(names);
}

static void tell_prefixes(const struct policy_prefix *v, size_t n, bool macs,
			  const struct items *to)
{
	char text[INET6_ADDRSTRLEN + 8];

	for (size_t i = 0; i < n; i++) {
		if ((v[i].family == POLICY_MAC) != macs)
			continue;
		format_prefix(&v[i], text, sizeof(text));
		to->fn(to->aux, text);
	}
}

static void each_prefix(const struct policy_members *m, bool macs, const struct items *to)
{
	struct policy_prefix *sorted;
	size_t n = 0;

	for (size_t i = 0; i < m->sets.n; i++)
		n += ((const struct policy_set *)m->sets.v[i])->n_prefixes;
	sorted = calloc(n + 1, sizeof(*sorted));
	n = 0;
	for (size_t i = 0; i < m->sets.n; i++) {
		const struct policy_set *s = m->sets.v[i];

		if (sorted)
			memcpy(sorted + n, s->prefixes, s->n_prefixes * sizeof(*sorted));
		else
			tell_prefixes(s->prefixes, s->n_prefixes, macs, to);
		n += s->n_prefixes;
	}
	if (!sorted)
		return;
	qsort(sorted, n, sizeof(*sorted), policy_prefix_compare);
	tell_prefixes(sorted, n, macs, to);
	free(sorted);
}

static void each_string(const struct policy_strings *s, const char *head, const struct items *to)
{
	char text[XVS_NAME_LEN + 8];

	for (size_t i = 0; i < s->n; i++) {
		snprintf(text, sizeof(text), "%s%s", head, s->v[i]);
		to->fn(to->aux, text);
	}
}

static void each_fqdn(const struct policy_vec *fqdns, const char *head, const struct items *to)
{
	char text[POLICY_FQDN_LEN + 8];

	for (size_t i = 0; i < fqdns->n; i++) {
		snprintf(text, sizeof(text), "%s%s", head,
			 ((const struct policy_fqdn *)fqdns->v[i])->name);
		to->fn(to->aux, text);
	}
}

static void each_member(const struct policy *p, const struct policy_members *m,
			const struct items *to)
{
	if (!m)
		return;
	each_id(&p->groups, &m->groups, to);
	each_prefix(m, false, to);
	each_prefix(m, true, to);
	each_string(&m->ports, "port:", to);
	each_string(&m->tags, "tag:", to);
	each_fqdn(&m->fqdns, "fqdn:", to);
}

static int compare_terms(const void *x, const void *y)
{
	const struct policy_term *a = x, *b = y;
	const int order[] = {
		a->proto - b->proto,         a->src_first - b->src_first, a->src_last - b->src_last,
		a->dst_first - b->dst_first, a->dst_last - b->dst_last,
	};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (order[i])
			return order[i];
	return 0;
}

static void tell_terms(const struct policy_term *v, size_t n, const struct items *to)
{
	char text[48];

	for (size_t i = 0; i < n; i++) {
		format_term(&v[i], text, sizeof(text));
		to->fn(to->aux, text);
	}
}

static void each_term(const struct policy_vec *sets, const struct items *to)
{
	struct policy_term *sorted;
	size_t n = 0;

	for (size_t i = 0; i < sets->n; i++)
		n += ((const struct policy_set *)sets->v[i])->n_terms;
	sorted = calloc(n + 1, sizeof(*sorted));
	n = 0;
	for (size_t i = 0; i < sets->n; i++) {
		const struct policy_set *s = sets->v[i];

		if (sorted && s->n_terms)
			memcpy(sorted + n, s->terms, s->n_terms * sizeof(*sorted));
		else
			tell_terms(s->terms, s->n_terms, to);
		n += s->n_terms;
	}
	if (!sorted)
		return;
	qsort(sorted, n, sizeof(*sorted), compare_terms);
	tell_terms(sorted, n, to);
	free(sorted);
}

void policy_rule_items(const struct policy *p, const struct policy_rule *r, enum policy_part part,
		       policy_item_fn fn, void *aux)
{
	const struct items to = {.fn = fn, .aux = aux};

	switch (part) {
	case POLICY_FROM:
		each_member(p, r->from, &to);
		break;
	case POLICY_TO:
		each_member(p, r->to, &to);
		break;
	case POLICY_APPLIED_TO:
		each_member(p, r->applied_to, &to);
		break;
	case POLICY_SERVICES:
		if (!r->services)
			break;
		each_id(&p->services, &r->services->named, &to);
		each_term(&r->services->terms, &to);
		break;
	}
}

const char *policy_group_name(const struct policy *p, size_t i)
{
	const struct policy_vec *v = &p->groups.by_name;

	return i < v->n ? ((const struct policy_named *)v->v[i])->name : NULL;
}

static void each_of_key(const struct policy *p, const struct policy_members *m, const char *key,
			const struct items *to)
{
	if (!strcmp(key, "ports"))
		each_string(&m->ports, "", to);
	else if (!strcmp(key, "tags"))
		each_string(&m->tags, "", to);
	else if (!strcmp(key, "addresses"))
		each_prefix(m, false, to);
	else if (!strcmp(key, "macs"))
		each_prefix(m, true, to);
	else if (!strcmp(key, "groups"))
		each_id(&p->groups, &m->groups, to);
	else if (!strcmp(key, "fqdns"))
		each_fqdn(&m->fqdns, "", to);
}

void policy_group_items(const struct policy *p, const char *name, const char *key,
			policy_item_fn fn, void *aux)
{
	const struct policy_named *named = policy_table_find(&p->groups, name);
	const struct items to = {.fn = fn, .aux = aux};

	if (named)
		each_of_key(p, ((const struct policy_group *)named)->members, key, &to);
}

const char *policy_service_name(const struct policy *p, size_t i, bool *builtin)
{
	const struct policy_vec *v = &p->services.by_name;
	const struct policy_service *s = i < v->n ? v->v[i] : NULL;

	if (s)
		*builtin = s->builtin;
	return s ? s->named.name : NULL;
}

void policy_service_items(const struct policy *p, const char *name, policy_item_fn fn, void *aux)
{
	const struct policy_named *named = policy_table_find(&p->services, name);
	const struct items to = {.fn = fn, .aux = aux};

	void *terms = named ? ((const struct policy_service *)named)->terms : NULL;

	if (named)
		each_term(&(struct policy_vec){.v = &terms, .n = 1}, &to);
}

void policy_excluded(const struct policy *p, policy_item_fn fn, void *aux)
{
	each_string(&p->excluded, "", &(struct items){.fn = fn, .aux = aux});
}

/* --- lines --- */

/* One key of one object, on as many lines as it needs. */
struct line {
	struct strbuf *out;
	const char *first, *more; /* "group set web addresses+=" */
	size_t n;
};

static void add_item(void *aux, const char *item)
{
	struct line *l = aux;

	if (l->n % LINE_ITEMS) {
		strbuf_addc(l->out, ',');
	} else {
		if (l->n)
			strbuf_addc(l->out, '\n');
		strbuf_add(l->out, l->n ? l->more : l->first);
	}
	strbuf_add(l->out, item);
	l->n++;
}

static void end_line(const struct line *l)
{
	if (l->n)
		strbuf_addc(l->out, '\n');
}

static void format_group_key(struct strbuf *out, const struct policy *p, const char *group,
			     const char *key)
{
	char more[XVS_NAME_LEN + 40];
	struct line l = {.out = out, .first = more, .more = more};

	snprintf(more, sizeof(more), "group set %s %s+=", group, key);
	policy_group_items(p, group, key, add_item, &l);
	end_line(&l);
}

/* What is in other groups comes when all of them are there. */
static void format_groups(struct strbuf *out, const struct policy *p)
{
	static const char *const keys[] = {"ports", "tags", "addresses", "macs", "fqdns"};
	const char *name;

	for (size_t i = 0; (name = policy_group_name(p, i)); i++) {
		strbuf_printf(out, "group add %s\n", name);
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			format_group_key(out, p, name, keys[k]);
	}
	for (size_t i = 0; (name = policy_group_name(p, i)); i++)
		format_group_key(out, p, name, "groups");
}

static void format_services(struct strbuf *out, const struct policy *p)
{
	const char *name;
	bool builtin;

	for (size_t i = 0; (name = policy_service_name(p, i, &builtin)); i++) {
		char first[XVS_NAME_LEN + 40], more[XVS_NAME_LEN + 40];
		struct line l = {.out = out, .first = first, .more = more};

		if (builtin)
			continue;
		snprintf(first, sizeof(first), "service add %s terms=", name);
		snprintf(more, sizeof(more), "service set %s terms+=", name);
		policy_service_items(p, name, add_item, &l);
		if (!l.n)
			strbuf_add(out, first);
		strbuf_addc(out, '\n');
	}
}

void policy_format_section(struct strbuf *out, const struct policy_section *s)
{
	strbuf_printf(out, "section add %s stateful=%s tcp-strict=%s on-remove=%s", s->name,
		      s->stateful ? "yes" : "no", s->tcp_strict ? "yes" : "no",
		      s->on_remove == POLICY_END ? "end" : "finish");
}

struct list {
	struct strbuf *out;
	const char *key;
	size_t n;
};

static void add_list_item(void *aux, const char *item)
{
	struct list *l = aux;

	if (l->n++)
		strbuf_addc(l->out, ',');
	else
		strbuf_printf(l->out, " %s=", l->key);
	strbuf_add(l->out, item);
}

static void format_part(struct strbuf *out, const struct policy *p, const struct policy_rule *r,
			enum policy_part part, const char *key)
{
	struct list l = {.out = out, .key = key};

	policy_rule_items(p, r, part, add_list_item, &l);
}

/* 's' is NULL of the default rule. */
static void format_rule(struct strbuf *out, const struct policy *p, const struct policy_section *s,
			const struct policy_rule *r)
{
	if (s)
		strbuf_printf(out, "rule add %s id=%u", s->name, r->id);
	else
		strbuf_add(out, "default set");
	if (*r->name)
		strbuf_printf(out, " name=%s", r->name);
	format_part(out, p, r, POLICY_FROM, "from");
	format_part(out, p, r, POLICY_TO, "to");
	format_part(out, p, r, POLICY_SERVICES, "service");
	if (r->direction != POLICY_IN_OUT)
		strbuf_printf(out, " direction=%s", policy_direction_name(r->direction));
	strbuf_printf(out, " action=%s", policy_action_name(r->action));
	format_part(out, p, r, POLICY_APPLIED_TO, "applied-to");
	if (r->log || !s)
		strbuf_printf(out, " log=%s", r->log ? "yes" : "no");
	if (!r->enabled)
		strbuf_add(out, " enabled=no");
}

void policy_format_rule(struct strbuf *out, const struct policy *p, const struct policy_rule *r)
{
	format_rule(out, p, policy_section_of(p, r->id), r);
}

void policy_format(struct strbuf *out, const struct policy *p)
{
	struct line excluded = {.out = out, .first = "exclude add ", .more = "exclude add "};

	policy_excluded(p, add_item, &excluded);
	end_line(&excluded);
	format_groups(out, p);
	format_services(out, p);
	for (size_t i = 0; i < policy_n_sections(p); i++) {
		policy_format_section(out, policy_section_at(p, i));
		strbuf_addc(out, '\n');
	}
	for (size_t i = 0; i < policy_n_sections(p); i++) {
		struct policy_rule *const *rules;
		size_t n;

		rules = policy_section_rules(p, i, &n);
		for (size_t k = 0; k < n; k++) {
			format_rule(out, p, policy_section_at(p, i), rules[k]);
			strbuf_addc(out, '\n');
		}
	}
	format_rule(out, p, NULL, p->last);
	strbuf_addc(out, '\n');
}
