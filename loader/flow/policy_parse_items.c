// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lists in the text of a policy: members of groups and operands, terms of services; see
 * policy_text.h for the syntax.
 */
#include <arpa/inet.h>

#include "policy_parse_private.h"
#include "proto.h"

/* Prefixes as they come. */
struct prefixes {
	struct policy_prefix *v;
	size_t n, allocated;
};

bool policy_next_item(struct word *list, struct word *item)
{
	size_t n;

	if (!list->s)
		return false;
	n = word_find(list, ',');
	*item = word_part(list, 0, n);
	if (n < list->len)
		*list = word_part(list, n + 1, list->len);
	else
		list->s = NULL;
	return true;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void copy_word(char *out, const struct word *w)
{
	memcpy(out, w->s, w->len);
	out[w->len] = '\0';
}

static const char *const own_words[] = {"any",   "tcp",     "udp",  "sctp", "icmp", "icmp6",
					"proto", "default", "port", "tag",  "fqdn"};

int policy_read_name(struct policy_command *c, const struct word *w, const char *what, char *out)
{
	bool ok = w->len && (is_letter(w->s[0]) || w->s[0] == '_');

	if (!w->len)
		return policy_fail(c, -EINVAL, w, "the name of the %s is missing", what);
	for (size_t i = 0; ok && i < w->len; i++)
		ok = is_letter(w->s[i]) || is_digit(w->s[i]) || memchr("_.-", w->s[i], 3);
	if (!ok)
		return policy_fail(c, -EINVAL, w,
				   "'%s': a name is a letter, then letters, digits, '_', '.', '-'",
				   word_shown(w).s);
	if (w->len >= XVS_NAME_LEN)
		return policy_fail(c, -EINVAL, w, "a name has %d characters at most",
				   XVS_NAME_LEN - 1);
	for (size_t i = 0; i < N_ELEMS(own_words); i++)
		if (word_is(w, own_words[i]))
			return policy_fail(c, -EINVAL, w, "'%s' has a meaning of its own",
					   own_words[i]);
	copy_word(out, w);
	return 0;
}

int policy_read_label(struct policy_command *c, const struct word *w, const char *what, char *out)
{
	if (!w->len)
		return policy_fail(c, -EINVAL, w, "the name of the %s is missing", what);
	if (w->len >= XVS_NAME_LEN)
		return policy_fail(c, -EINVAL, w, "the name of a %s has %d characters at most",
				   what, XVS_NAME_LEN - 1);
	for (size_t i = 0; i < w->len; i++)
		if (w->s[i] <= ' ' || w->s[i] >= 0x7f || w->s[i] == '"')
			return policy_fail(c, -EINVAL, w, "'%s': no name of a %s", word_shown(w).s,
					   what);
	copy_word(out, w);
	return 0;
}

/* --- members --- */

static int add_prefix(struct prefixes *list, const struct policy_prefix *p)
{
	if (list->n == list->allocated) {
		size_t allocated = list->allocated ? 2 * list->allocated : 8;
		struct policy_prefix *v = reallocarray(list->v, allocated, sizeof(*v));

		if (!v)
			return -ENOMEM;
		list->v = v;
		list->allocated = allocated;
	}
	list->v[list->n++] = *p;
	return 0;
}

static int read_prefix(struct policy_command *c, const struct word *w, struct policy_prefix *p)
{
	struct word host = word_part(w, 0, word_find(w, '/'));
	char text[INET6_ADDRSTRLEN];
	__u8 addr[16];
	__u64 len;

	p->family = memchr(host.s, ':', host.len) ? POLICY_IPV6 : POLICY_IPV4;
	len = 8 * policy_family_bytes(p->family);
	if (host.len >= sizeof(text))
		return policy_fail(c, -EINVAL, w, "'%s' is no address", word_shown(w).s);
	copy_word(text, &host);
	if (inet_pton(p->family == POLICY_IPV6 ? AF_INET6 : AF_INET, text, addr) != 1)
		return policy_fail(c, -EINVAL, w, "'%s' is no address", word_shown(w).s);
	if (host.len < w->len) {
		struct word bits = word_part(w, host.len + 1, w->len);
		int rc = word_to_number(&bits, "prefix length", len, &len, c->err);

		if (rc)
			return rc;
	}
	p->len = (__u8)len;
	p->value = policy_prefix_bits(addr, policy_family_bytes(p->family));
	if (p->value != policy_prefix_cut(p->value, p->len))
		return policy_fail(c, -EINVAL, w, "'%s' has bits behind its prefix of %u bits",
				   word_shown(w).s, p->len);
	return 0;
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#define MAC_TEXT_LEN 17

static bool is_mac(const struct word *w, struct policy_prefix *p)
{
	__u8 mac[6];

	if (w->len != MAC_TEXT_LEN)
		return false;
	for (size_t i = 0; i < 6; i++) {
		int high = hex_digit(w->s[3 * i]), low = hex_digit(w->s[3 * i + 1]);

		if (high < 0 || low < 0 || (i < 5 && w->s[3 * i + 2] != ':'))
			return false;
		mac[i] = (__u8)(high << 4 | low);
	}
	*p = (struct policy_prefix){
		.value = policy_prefix_bits(mac, 6),
		.len = 48,
		.family = POLICY_MAC,
	};
	return true;
}

/* In lower case. A wildcard is for all names below one. */
static int read_fqdn(struct policy_command *c, const struct word *w, char *out)
{
	size_t from = w->len > 2 && w->s[0] == '*' && w->s[1] == '.' ? 2 : 0;
	bool ok = w->len > from && w->len < POLICY_FQDN_LEN;

	for (size_t i = from; ok && i < w->len; i++) {
		bool dot = w->s[i] == '.';

		ok = is_letter(w->s[i]) || is_digit(w->s[i]) || w->s[i] == '-' || w->s[i] == '_' ||
		     (dot && i > from && i + 1 < w->len && w->s[i - 1] != '.');
	}
	if (!ok)
		return policy_fail(c, -EINVAL, w,
				   "'%s' is no name in DNS: example.org, *.example.org",
				   word_shown(w).s);
	for (size_t i = 0; i < w->len; i++)
		out[i] = w->s[i] >= 'A' && w->s[i] <= 'Z' ? (char)(w->s[i] | 0x20) : w->s[i];
	out[w->len] = '\0';
	return 0;
}

static int order_fqdn(const void *item, const void *key)
{
	return strcmp(((const struct policy_fqdn *)item)->name, key);
}

static int change_fqdn(struct policy_command *c, struct policy_members *m, const struct word *w,
		       bool remove)
{
	char name[POLICY_FQDN_LEN];
	struct policy_fqdn *f;
	int rc = read_fqdn(c, w, name);
	size_t i;
	bool there;

	if (rc)
		return rc;
	there = policy_vec_search(&m->fqdns, order_fqdn, name, &i);
	if (remove && there) {
		policy_fqdn_put(m->fqdns.v[i]);
		policy_vec_remove(&m->fqdns, i);
	}
	if (remove || there)
		return 0;
	if (policy_vec_reserve(&m->fqdns, 1))
		return -ENOMEM;
	rc = policy_fqdn_get(c->p->ix, name, &f);
	if (!rc)
		policy_vec_insert(&m->fqdns, i, f);
	return rc;
}

static int change_label(struct policy_command *c, struct policy_strings *s, const struct word *w,
			const char *what, bool remove)
{
	char name[XVS_NAME_LEN];
	int rc = policy_read_label(c, w, what, name);

	if (rc)
		return rc;
	if (!remove)
		return policy_strings_add(s, name);
	policy_strings_remove(s, name);
	return 0;
}

static int change_group(struct policy_command *c, struct policy_members *m, const struct word *w,
			bool remove)
{
	char name[XVS_NAME_LEN];
	const struct policy_named *g;
	int rc = policy_read_name(c, w, "group", name);

	if (rc)
		return rc;
	g = policy_table_find(&c->p->groups, name);
	if (!g)
		return policy_fail(c, -ENOENT, w, "there is no group '%s'", name);
	if (!remove)
		return policy_ids_add(&m->groups, g->id);
	policy_ids_remove(&m->groups, g->id);
	return 0;
}

/* What is behind "port:", "tag:", "fqdn:". */
static bool take_head(const struct word *w, const char *head, struct word *rest)
{
	size_t len = strlen(head);

	if (w->len < len || memcmp(w->s, head, len))
		return false;
	*rest = word_part(w, len, w->len);
	return true;
}

static int read_member(struct policy_command *c, const struct word *w, bool ports_only,
		       struct policy_members *m, struct prefixes *list)
{
	struct policy_prefix p;
	struct word rest;
	int rc;

	if (take_head(w, "port:", &rest))
		return change_label(c, &m->ports, &rest, "port", false);
	if (take_head(w, "tag:", &rest))
		return change_label(c, &m->tags, &rest, "tag", false);
	if (!ports_only && take_head(w, "fqdn:", &rest))
		return change_fqdn(c, m, &rest, false);
	if (!ports_only && is_mac(w, &p))
		return add_prefix(list, &p);
	if (!ports_only && w->len && (is_digit(w->s[0]) || memchr(w->s, ':', w->len))) {
		rc = read_prefix(c, w, &p);
		return rc ? rc : add_prefix(list, &p);
	}
	return change_group(c, m, w, false);
}

int policy_read_operand(struct policy_command *c, const struct word *list, bool ports_only,
			struct policy_members **out)
{
	struct word rest = *list, item;
	struct prefixes prefixes = {0};
	struct policy_members *m;
	int rc = 0;

	*out = NULL;
	if (word_is(list, "any"))
		return 0;
	m = policy_members_create();
	if (!m)
		return -ENOMEM;
	while (!rc && policy_next_item(&rest, &item)) {
		if (word_is(&item, "any"))
			rc = policy_fail(c, -EINVAL, &item, "'any' stands alone");
		else
			rc = read_member(c, &item, ports_only, m, &prefixes);
	}
	if (!rc)
		rc = policy_members_share_prefixes(m, c->p->ix, prefixes.v, prefixes.n);
	free(prefixes.v);
	if (rc)
		policy_members_put(m);
	else
		*out = m;
	return rc;
}

/* The prefixes of the kind that is replaced go, the others stay. */
static int drop_prefixes(struct policy_members *m, bool macs)
{
	struct prefixes drop = {0};
	int rc = 0;

	for (size_t i = 0; !rc && i < m->sets.n; i++) {
		const struct policy_set *s = m->sets.v[i];

		for (size_t k = 0; !rc && k < s->n_prefixes; k++)
			if ((s->prefixes[k].family == POLICY_MAC) == macs)
				rc = add_prefix(&drop, &s->prefixes[k]);
	}
	if (!rc)
		rc = policy_members_remove_prefixes(m, drop.v, drop.n);
	free(drop.v);
	return rc;
}

static int change_prefixes(struct policy_command *c, const struct policy_arg *arg,
			   struct policy_members *m, bool macs)
{
	struct word rest = arg->value, item;
	struct prefixes list = {0};
	struct policy_prefix p;
	int rc = 0;

	while (!rc && rest.len && policy_next_item(&rest, &item)) {
		if (!macs)
			rc = read_prefix(c, &item, &p);
		else if (!is_mac(&item, &p))
			rc = policy_fail(c, -EINVAL, &item, "'%s' is no MAC", word_shown(&item).s);
		if (!rc)
			rc = add_prefix(&list, &p);
	}
	if (!rc && arg->op == '=')
		rc = drop_prefixes(m, macs);
	if (!rc && arg->op == '-')
		rc = policy_members_remove_prefixes(m, list.v, list.n);
	else if (!rc)
		rc = policy_members_add_prefixes(m, c->p->ix, list.v, list.n);
	free(list.v);
	return rc;
}

/* The kinds that are lists of names. */
enum names_of { NAMES_PORTS, NAMES_TAGS, NAMES_GROUPS, NAMES_FQDNS };

static void drop_names(struct policy_members *m, enum names_of kind)
{
	if (kind == NAMES_PORTS)
		policy_strings_fini(&m->ports);
	if (kind == NAMES_TAGS)
		policy_strings_fini(&m->tags);
	if (kind == NAMES_GROUPS)
		m->groups.n = 0;
	while (kind == NAMES_FQDNS && m->fqdns.n)
		policy_fqdn_put(m->fqdns.v[--m->fqdns.n]);
}

static int change_names(struct policy_command *c, const struct policy_arg *arg,
			struct policy_members *m, enum names_of kind)
{
	struct word rest = arg->value, item;
	bool remove = arg->op == '-';
	int rc = 0;

	if (arg->op == '=')
		drop_names(m, kind);
	while (!rc && rest.len && policy_next_item(&rest, &item)) {
		if (kind == NAMES_PORTS)
			rc = change_label(c, &m->ports, &item, "port", remove);
		else if (kind == NAMES_TAGS)
			rc = change_label(c, &m->tags, &item, "tag", remove);
		else if (kind == NAMES_GROUPS)
			rc = change_group(c, m, &item, remove);
		else
			rc = change_fqdn(c, m, &item, remove);
	}
	return rc;
}

int policy_change_members(struct policy_command *c, const struct policy_arg *arg,
			  struct policy_members *m)
{
	if (policy_arg_is(arg, "addresses"))
		return change_prefixes(c, arg, m, false);
	if (policy_arg_is(arg, "macs"))
		return change_prefixes(c, arg, m, true);
	if (policy_arg_is(arg, "ports"))
		return change_names(c, arg, m, NAMES_PORTS);
	if (policy_arg_is(arg, "tags"))
		return change_names(c, arg, m, NAMES_TAGS);
	if (policy_arg_is(arg, "groups"))
		return change_names(c, arg, m, NAMES_GROUPS);
	if (policy_arg_is(arg, "fqdns"))
		return change_names(c, arg, m, NAMES_FQDNS);
	return policy_unknown_arg(c, arg);
}
