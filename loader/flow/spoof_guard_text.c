// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The text of a port's bindings, both ways; see spoof_guard.h.
 */
#include <arpa/inet.h>
#include <errno.h>

#include "flow_lex.h"
#include "spoof_guard.h"

/* Octets of two hexadecimal digits, separated by colons. */
static bool parse_mac(const struct word *w, struct spoof_guard_binding *b)
{
	if (w->len != 17)
		return false;
	for (size_t i = 0; i < 6; i++) {
		char hex[5] = {'0', 'x', w->s[3 * i], w->s[3 * i + 1]};
		__u64 octet;

		if (i < 5 && w->s[3 * i + 2] != ':')
			return false;
		if (!word_to_uint(&(struct word){.s = hex, .len = 4}, &octet))
			return false;
		b->addr[i] = (__u8)octet;
	}
	b->kind = SPOOF_GUARD_MAC;
	b->len = 48;
	return true;
}

static bool parse_ip(const struct word *w, struct spoof_guard_binding *b)
{
	char text[INET6_ADDRSTRLEN];

	if (w->len >= sizeof(text))
		return false;
	memcpy(text, w->s, w->len);
	text[w->len] = '\0';
	b->kind = SPOOF_GUARD_IP4;
	b->len = 32;
	if (inet_pton(AF_INET, text, b->addr) == 1)
		return true;
	b->kind = SPOOF_GUARD_IP6;
	b->len = 128;
	return inet_pton(AF_INET6, text, b->addr) == 1;
}

static void clear_host_bits(struct spoof_guard_binding *b)
{
	for (unsigned int i = b->len; i < 128; i++)
		b->addr[i / 8] &= (__u8) ~(0x80 >> i % 8);
}

static int parse_prefix(const struct word *w, struct spoof_guard_binding *b,
			struct parse_error *err)
{
	size_t slash = word_find(w, '/');
	struct word addr = word_part(w, 0, slash), len;
	__u64 bits;
	int rc;

	if (!parse_ip(&addr, b))
		return parse_fail(err, w, "'%s' is no MAC, IPv4 or IPv6 address", word_shown(w).s);
	if (slash == w->len)
		return 0;
	len = word_part(w, slash + 1, w->len);
	rc = word_to_number(&len, "the prefix length", b->len, &bits, err);
	if (rc)
		return rc;
	b->len = (__u8)bits;
	clear_host_bits(b);
	return 0;
}

static bool has(const struct spoof_guard *g, const struct spoof_guard_binding *b)
{
	for (unsigned int i = 0; i < g->n; i++)
		if (g->v[i].kind == b->kind && g->v[i].len == b->len &&
		    g->v[i].implied == b->implied &&
		    !memcmp(g->v[i].addr, b->addr, sizeof(b->addr)))
			return true;
	return false;
}

static int add(struct spoof_guard *g, const struct spoof_guard_binding *b, const struct word *w,
	       struct parse_error *err)
{
	if (has(g, b))
		return 0;
	if (g->n == SPOOF_GUARD_MAX)
		return parse_fail(err, w, "a port has at most %d addresses; a MAC counts twice",
				  SPOOF_GUARD_MAX);
	g->v[g->n++] = *b;
	return 0;
}

/* fe80::/64 and the MAC's modified EUI-64: RFC 4291, appendix A. */
static struct spoof_guard_binding link_local(const struct spoof_guard_binding *mac)
{
	const __u8 *m = mac->addr;

	return (struct spoof_guard_binding){
		.kind = SPOOF_GUARD_IP6,
		.len = 128,
		.implied = true,
		.addr = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4],
			 m[5]},
	};
}

static int parse_binding(struct spoof_guard *g, const struct word *w, struct parse_error *err)
{
	struct spoof_guard_binding b = {0}, implied;
	bool is_mac = parse_mac(w, &b);
	int rc = 0;

	if (is_mac && b.addr[0] & 1)
		return parse_fail(err, w, "'%s' is a group address, which nobody sends from",
				  word_shown(w).s);
	if (!is_mac) {
		b = (struct spoof_guard_binding){0};
		rc = parse_prefix(w, &b, err);
	}
	if (!rc)
		rc = add(g, &b, w, err);
	if (rc || !is_mac)
		return rc;
	implied = link_local(&b);
	return add(g, &implied, w, err);
}

int spoof_guard_parse(struct spoof_guard *g, const char *text, struct parse_error *err)
{
	struct word rest = {.s = text, .len = strlen(text)};
	struct spoof_guard new = {.on = g->on};

	rest = word_trim(&rest);
	if (word_is(&rest, "none"))
		rest.s = NULL;
	while (rest.s) {
		struct word w = word_take(&rest, ',');
		int rc = parse_binding(&new, &w, err);

		if (rc)
			return rc;
	}
	*g = new;
	return 0;
}

static void format_binding(const struct spoof_guard_binding *b, struct strbuf *out)
{
	char text[INET6_ADDRSTRLEN];
	const __u8 *a = b->addr;

	if (b->kind == SPOOF_GUARD_MAC) {
		strbuf_printf(out, "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3], a[4],
			      a[5]);
		return;
	}
	inet_ntop(b->kind == SPOOF_GUARD_IP4 ? AF_INET : AF_INET6, a, text, sizeof(text));
	strbuf_add(out, text);
	if (b->len != (b->kind == SPOOF_GUARD_IP4 ? 32 : 128))
		strbuf_printf(out, "/%u", b->len);
}

void spoof_guard_format(const struct spoof_guard *g, struct strbuf *out)
{
	bool first = true;

	for (unsigned int i = 0; i < g->n; i++) {
		if (g->v[i].implied)
			continue;
		if (!first)
			strbuf_addc(out, ',');
		format_binding(&g->v[i], out);
		first = false;
	}
}
