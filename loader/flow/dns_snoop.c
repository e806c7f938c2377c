// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Parsing of DNS answers; see dns_snoop.h.
 */
#include "dns_snoop.h"

#include <errno.h>
#include <string.h>

#define HEADER_LEN 12
#define RECORD_LEN 10 /* behind its name: type, class, TTL, length */
#define FLAG_RESPONSE 0x8000
#define OPCODE_MASK 0x7800
#define RCODE_MASK 0x000f
#define CLASS_IN 1
#define TYPE_A 1
#define TYPE_CNAME 5
#define TYPE_AAAA 28
#define LABEL_POINTER 0xc0
#define NAME_MAX_OCTETS 255

struct message {
	const __u8 *p;
	size_t len;
	size_t answers; /* where they begin */
	unsigned int n_answers;
};

struct record {
	char name[DNS_SNOOP_NAME_LEN];
	unsigned int type, class;
	__u32 ttl_s;
	size_t data, data_len;
};

static unsigned int get16(const __u8 *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

static char plain(__u8 c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c | 0x20);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ? (char)c
											: '?';
}

/* Text of the name at '*pos', which is then behind it. */
static int read_name(const struct message *m, size_t *pos, char *out)
{
	size_t at = *pos, oldest = *pos, n = 0;
	bool jumped = false;

	for (;;) {
		unsigned int label;

		if (at >= m->len)
			return -EINVAL;
		label = m->p[at];
		if (label >= LABEL_POINTER) {
			if (at + 1 >= m->len)
				return -EINVAL;
			if (!jumped)
				*pos = at + 2;
			jumped = true;
			at = get16(m->p + at) & 0x3fff;
			/* Further back each time, so there is an end. */
			if (at >= oldest)
				return -EINVAL;
			oldest = at;
			continue;
		}
		if (label > 63 || at + 1 + label > m->len || n + 1 + label > NAME_MAX_OCTETS)
			return -EINVAL;
		if (!label)
			break;
		if (n)
			out[n++] = '.';
		for (unsigned int i = 1; i <= label; i++)
			out[n++] = plain(m->p[at + i]);
		at += 1 + label;
	}
	if (!jumped)
		*pos = at + 1;
	out[n] = '\0';
	return 0;
}

static int read_record(const struct message *m, size_t *pos, struct record *r)
{
	const __u8 *p;
	int rc = read_name(m, pos, r->name);

	if (rc)
		return rc;
	if (*pos + RECORD_LEN > m->len)
		return -EINVAL;
	p = m->p + *pos;
	r->type = get16(p);
	r->class = get16(p + 2);
	/* RFC 2181, 8: with the first bit set it is 0. */
	r->ttl_s = p[4] & 0x80 ? 0 : get16(p + 4) << 16 | get16(p + 6);
	r->data = *pos + RECORD_LEN;
	r->data_len = get16(p + 8);
	*pos = r->data + r->data_len;
	return *pos > m->len ? -EINVAL : 0;
}

/* Header and question; the name that was asked for. */
static int read_question(struct message *m, char *name)
{
	unsigned int flags, type;
	size_t pos = HEADER_LEN;
	int rc;

	if (m->len < HEADER_LEN)
		return -EINVAL;
	flags = get16(m->p + 2);
	if (!(flags & FLAG_RESPONSE) || flags & (OPCODE_MASK | RCODE_MASK) || get16(m->p + 4) != 1)
		return -ENOENT;
	rc = read_name(m, &pos, name);
	if (rc)
		return rc;
	if (pos + 4 > m->len)
		return -EINVAL;
	type = get16(m->p + pos);
	if ((type != TYPE_A && type != TYPE_AAAA) || get16(m->p + pos + 2) != CLASS_IN)
		return -ENOENT;
	m->answers = pos + 4;
	m->n_answers = get16(m->p + 6);
	if (m->n_answers > DNS_SNOOP_MAX_RECORDS)
		m->n_answers = DNS_SNOOP_MAX_RECORDS;
	return 0;
}

/* The alias that 'name' is: 1 with 'target' and its time; 0: it is none. */
static int find_alias(const struct message *m, const char *name, char *target, __u32 *ttl_s)
{
	size_t pos = m->answers;
	struct record r;
	int rc;

	for (unsigned int i = 0; i < m->n_answers; i++) {
		rc = read_record(m, &pos, &r);
		if (rc)
			return rc;
		if (r.type != TYPE_CNAME || r.class != CLASS_IN || strcmp(r.name, name) != 0)
			continue;
		rc = read_name(m, &r.data, target);
		if (r.ttl_s < *ttl_s)
			*ttl_s = r.ttl_s;
		return rc ? rc : 1;
	}
	return 0;
}

/* Names to the end of the chain; 'ttl_s' is the shortest time of its links. */
static int follow_chain(const struct message *m, struct dns_snoop *out, __u32 *ttl_s)
{
	for (;;) {
		char target[DNS_SNOOP_NAME_LEN];
		int rc = find_alias(m, out->name[out->n_names - 1], target, ttl_s);

		if (rc <= 0)
			return rc;
		if (out->n_names == DNS_SNOOP_MAX_NAMES)
			return -EINVAL;
		memcpy(out->name[out->n_names++], target, sizeof(target));
	}
}

static __u32 clamp(__u32 ttl_s)
{
	if (ttl_s < DNS_SNOOP_TTL_MIN_S)
		return DNS_SNOOP_TTL_MIN_S;
	return ttl_s > DNS_SNOOP_TTL_MAX_S ? DNS_SNOOP_TTL_MAX_S : ttl_s;
}

static void add_address(const struct message *m, const struct record *r, __u32 ttl_s,
			struct dns_snoop *out)
{
	bool v6 = r->type == TYPE_AAAA;
	size_t len = v6 ? 16 : 4;

	if ((r->type != TYPE_A && !v6) || r->class != CLASS_IN || r->data_len != len ||
	    out->n_addresses == DNS_SNOOP_MAX_ADDRESSES)
		return;
	memset(out->address[out->n_addresses].addr, 0, 16);
	memcpy(out->address[out->n_addresses].addr, m->p + r->data, len);
	out->address[out->n_addresses].v6 = v6;
	out->address[out->n_addresses].ttl_s = clamp(r->ttl_s < ttl_s ? r->ttl_s : ttl_s);
	out->n_addresses++;
}

int dns_snoop_parse(const __u8 *msg, size_t len, struct dns_snoop *out)
{
	struct message m = {.p = msg, .len = len};
	__u32 ttl_s = DNS_SNOOP_TTL_MAX_S;
	struct record r;
	size_t pos;
	int rc;

	out->n_names = 1;
	out->n_addresses = 0;
	rc = read_question(&m, out->name[0]);
	if (!rc)
		rc = follow_chain(&m, out, &ttl_s);
	if (rc)
		return rc;
	pos = m.answers;
	for (unsigned int i = 0; i < m.n_answers; i++) {
		rc = read_record(&m, &pos, &r);
		if (rc)
			return rc;
		if (!strcmp(r.name, out->name[out->n_names - 1]))
			add_address(&m, &r, ttl_s, out);
	}
	return out->n_addresses ? 0 : -ENOENT;
}
