// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * FTP control connections; see ct_alg.h.
 */
#include "ct_alg.h"

#include <string.h>

/* A line, read from left to right; 'p' never passes 'end'. */
struct line {
	const __u8 *p, *end;
};

static bool at_end(const struct line *l)
{
	return l->p == l->end;
}

static bool skip_char(struct line *l, __u8 c)
{
	if (at_end(l) || *l->p != c)
		return false;
	l->p++;
	return true;
}

static bool is_digit(__u8 c)
{
	return c >= '0' && c <= '9';
}

/* The value of a digit of any case; 99: it is none. */
static unsigned int digit_value(__u8 c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10U : 99;
}

static bool read_number(struct line *l, unsigned int base, unsigned int max, unsigned int *out)
{
	const __u8 *begin = l->p;
	unsigned int n = 0;

	for (; !at_end(l) && digit_value(*l->p) < base; l->p++) {
		n = n * base + digit_value(*l->p);
		if (n > max)
			return false;
	}
	*out = n;
	return l->p > begin;
}

/* The command or reply code, in any case, and a blank or what else is no letter. */
static bool skip_word(struct line *l, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(l->end - l->p) <= len)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((l->p[i] >= 'a' && l->p[i] <= 'z' ? l->p[i] - 0x20 : l->p[i]) != word[i])
			return false;
	l->p += len;
	return true;
}

/* h1,h2,h3,h4,p1,p2 */
static bool read_six(struct line *l, struct ct_alg_end *out)
{
	__u8 *ip = (__u8 *)&out->addr.ip4;
	unsigned int n[6];

	for (int i = 0; i < 6; i++)
		if ((i && !skip_char(l, ',')) || !read_number(l, 10, 255, &n[i]))
			return false;
	out->family = 4;
	for (int i = 0; i < 4; i++)
		ip[i] = (__u8)n[i];
	out->port = (__u16)(n[4] << 8 | n[5]);
	return out->port;
}

static bool read_ip4(struct line *l, struct xvs_ct_addr *addr)
{
	__u8 *ip = (__u8 *)&addr->ip4;
	unsigned int n;

	for (int i = 0; i < 4; i++) {
		if ((i && !skip_char(l, '.')) || !read_number(l, 10, 255, &n))
			return false;
		ip[i] = (__u8)n;
	}
	return true;
}

/* The groups behind "::", if there was one, belong to the end. */
static void shift_groups(__u8 ip[16], int gap, int n_groups)
{
	int n_moved = n_groups - gap;

	memmove(ip + 16 - 2 * n_moved, ip + 2 * gap, (size_t)(2 * n_moved));
	memset(ip + 2 * gap, 0, (size_t)(2 * (8 - n_groups)));
}

/* Groups of four hexadecimal digits; one run of zeros may be left out. */
static bool read_ip6(struct line *l, struct xvs_ct_addr *addr)
{
	int gap = -1, i = 0;

	if (l->end - l->p >= 2 && l->p[0] == ':' && l->p[1] == ':') {
		gap = 0;
		l->p += 2;
	}
	while (i < 8) {
		unsigned int n;

		if (at_end(l) || digit_value(*l->p) >= 16)
			break; /* behind "::" only, or an error that the count shows */
		if (!read_number(l, 16, 0xffff, &n))
			return false;
		addr->ip6[2 * i] = (__u8)(n >> 8);
		addr->ip6[2 * i + 1] = (__u8)n;
		if (++i == 8 || !skip_char(l, ':'))
			break;
		if (gap < 0 && skip_char(l, ':'))
			gap = i;
		else if (at_end(l) || digit_value(*l->p) >= 16)
			return false; /* a colon at the end */
	}
	if (gap >= 0 && i < 8)
		shift_groups(addr->ip6, gap, i);
	else if (i < 8 || gap >= 0)
		return false;
	return true;
}

/* A delimiter is whatever the sender has chosen among the printable characters. */
static bool read_delimiter(struct line *l, __u8 *delimiter)
{
	if (at_end(l) || *l->p < '!' || *l->p > '~' || is_digit(*l->p))
		return false;
	*delimiter = *l->p++;
	return true;
}

static bool read_port(struct line *l, __u16 *port)
{
	unsigned int n;

	if (!read_number(l, 10, 65535, &n) || !n)
		return false;
	*port = (__u16)n;
	return true;
}

/* |1|10.0.0.1|1024|, |2|fc00::1|1024| */
static bool read_eprt(struct line *l, struct ct_alg_end *out)
{
	unsigned int protocol;
	__u8 d;

	if (!read_delimiter(l, &d) || !read_number(l, 10, 2, &protocol) || !skip_char(l, d))
		return false;
	out->family = protocol == 1 ? 4 : 6;
	if (protocol < 1 || !(protocol == 1 ? read_ip4(l, &out->addr) : read_ip6(l, &out->addr)))
		return false;
	return skip_char(l, d) && read_port(l, &out->port) && skip_char(l, d);
}

static bool client_says(struct line l, struct ct_alg_end *out)
{
	if (skip_word(&l, "PORT "))
		return read_six(&l, out);
	return skip_word(&l, "EPRT ") && read_eprt(&l, out);
}

/* Anything may be in front of the numbers: the first digit is theirs (RFC 1123). */
static bool read_227(struct line *l, struct ct_alg_end *out)
{
	while (!at_end(l) && !is_digit(*l->p))
		l->p++;
	return read_six(l, out);
}

/* ... (|||1024|) */
static bool read_229(struct line *l, struct ct_alg_end *out)
{
	__u8 d;

	while (!at_end(l) && *l->p != '(')
		l->p++;
	return skip_char(l, '(') && read_delimiter(l, &d) && skip_char(l, d) && skip_char(l, d) &&
	       read_port(l, &out->port) && skip_char(l, d);
}

static bool server_says(struct line l, struct ct_alg_end *out)
{
	if (skip_word(&l, "227 "))
		return read_227(&l, out);
	return skip_word(&l, "229 ") && read_229(&l, out);
}

bool ct_alg_ftp(const __u8 *payload, size_t len, bool from_client, struct ct_alg_end *out)
{
	bool found = false;

	while (len) {
		const __u8 *newline = memchr(payload, '\n', len);
		struct line line = {.p = payload, .end = newline};
		struct ct_alg_end end = {0};

		if (!newline)
			break;
		if (from_client ? client_says(line, &end) : server_says(line, &end)) {
			*out = end;
			found = true;
		}
		len -= (size_t)(newline + 1 - payload);
		payload = newline + 1;
	}
	return found;
}
