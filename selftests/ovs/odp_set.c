// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The fields of odp_set.h: for each, where it is in its header, how its value is
 * written, and which checksums cover it.
 */
#include "odp_set.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum header {
	HEADER_ETH,
	HEADER_L3,
	HEADER_L4,
	HEADER_MPLS,
	HEADER_ND_SLL,
	HEADER_ND_TLL,
};

enum format {
	FORMAT_NUMBER,
	FORMAT_MAC,
	FORMAT_IPV4,
	FORMAT_IPV6,
};

static const struct set_field {
	const char *header;
	const char *name;
	enum header base;
	enum format format;
	__u8 off, n; /* bytes */
	__u8 shift; /* of a number */
	__u32 ones; /* the mask of a number that has none of its own */
	unsigned int csums;
} fields[] = {
	{"eth", "dst", HEADER_ETH, FORMAT_MAC, 0, 6, 0, 0, 0},
	{"eth", "src", HEADER_ETH, FORMAT_MAC, 6, 6, 0, 0, 0},
	{"ipv4", "src", HEADER_L3, FORMAT_IPV4, 12, 4, 0, 0, FRAME_CSUM_IP | FRAME_CSUM_PSEUDO},
	{"ipv4", "dst", HEADER_L3, FORMAT_IPV4, 16, 4, 0, 0, FRAME_CSUM_IP | FRAME_CSUM_PSEUDO},
	{"ipv4", "tos", HEADER_L3, FORMAT_NUMBER, 1, 1, 0, 0xff, FRAME_CSUM_IP},
	{"ipv4", "ttl", HEADER_L3, FORMAT_NUMBER, 8, 1, 0, 0xff, FRAME_CSUM_IP},
	{"ipv6", "src", HEADER_L3, FORMAT_IPV6, 8, 16, 0, 0, FRAME_CSUM_PSEUDO},
	{"ipv6", "dst", HEADER_L3, FORMAT_IPV6, 24, 16, 0, 0, FRAME_CSUM_PSEUDO},
	{"ipv6", "label", HEADER_L3, FORMAT_NUMBER, 0, 4, 0, 0xfffff, 0},
	{"ipv6", "tclass", HEADER_L3, FORMAT_NUMBER, 0, 4, 20, 0xff, 0},
	{"ipv6", "hlimit", HEADER_L3, FORMAT_NUMBER, 7, 1, 0, 0xff, 0},
	{"tcp", "src", HEADER_L4, FORMAT_NUMBER, 0, 2, 0, 0xffff, FRAME_CSUM_L4},
	{"tcp", "dst", HEADER_L4, FORMAT_NUMBER, 2, 2, 0, 0xffff, FRAME_CSUM_L4},
	{"udp", "src", HEADER_L4, FORMAT_NUMBER, 0, 2, 0, 0xffff, FRAME_CSUM_L4},
	{"udp", "dst", HEADER_L4, FORMAT_NUMBER, 2, 2, 0, 0xffff, FRAME_CSUM_L4},
	{"sctp", "src", HEADER_L4, FORMAT_NUMBER, 0, 2, 0, 0xffff, FRAME_CSUM_L4},
	{"sctp", "dst", HEADER_L4, FORMAT_NUMBER, 2, 2, 0, 0xffff, FRAME_CSUM_L4},
	{"icmp", "type", HEADER_L4, FORMAT_NUMBER, 0, 1, 0, 0xff, FRAME_CSUM_L4},
	{"icmp", "code", HEADER_L4, FORMAT_NUMBER, 1, 1, 0, 0xff, FRAME_CSUM_L4},
	{"icmpv6", "type", HEADER_L4, FORMAT_NUMBER, 0, 1, 0, 0xff, FRAME_CSUM_L4},
	{"icmpv6", "code", HEADER_L4, FORMAT_NUMBER, 1, 1, 0, 0xff, FRAME_CSUM_L4},
	{"arp", "sip", HEADER_L3, FORMAT_IPV4, 14, 4, 0, 0, 0},
	{"arp", "tip", HEADER_L3, FORMAT_IPV4, 24, 4, 0, 0, 0},
	{"arp", "op", HEADER_L3, FORMAT_NUMBER, 6, 2, 0, 0xffff, 0},
	{"arp", "sha", HEADER_L3, FORMAT_MAC, 8, 6, 0, 0, 0},
	{"arp", "tha", HEADER_L3, FORMAT_MAC, 18, 6, 0, 0, 0},
	{"nd", "target", HEADER_L4, FORMAT_IPV6, 8, 16, 0, 0, FRAME_CSUM_L4},
	{"nd", "sll", HEADER_ND_SLL, FORMAT_MAC, 0, 6, 0, 0, FRAME_CSUM_L4},
	{"nd", "tll", HEADER_ND_TLL, FORMAT_MAC, 0, 6, 0, 0, FRAME_CSUM_L4},
	{"mpls", "label", HEADER_MPLS, FORMAT_NUMBER, 0, 4, 12, 0xfffff, 0},
	{"mpls", "tc", HEADER_MPLS, FORMAT_NUMBER, 0, 4, 9, 7, 0},
	{"mpls", "bos", HEADER_MPLS, FORMAT_NUMBER, 0, 4, 8, 1, 0},
	{"mpls", "ttl", HEADER_MPLS, FORMAT_NUMBER, 0, 4, 0, 0xff, 0},
};

static const struct set_field *find(const char *header, size_t n_header, const char *name,
				    size_t n_name)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const struct set_field *f = &fields[i];

		if (strlen(f->header) == n_header && !strncmp(f->header, header, n_header) &&
		    strlen(f->name) == n_name && !strncmp(f->name, name, n_name))
			return f;
	}
	return NULL;
}

static void put_number(const struct set_field *f, __u64 number, __u8 *out)
{
	number <<= f->shift;
	for (unsigned int i = 0; i < f->n; i++)
		out[i] = (__u8)(number >> (8 * (f->n - 1u - i)));
}

static bool read_mac(const char *text, __u8 *out)
{
	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &out[0], &out[1], &out[2],
		      &out[3], &out[4], &out[5]) == 6;
}

static bool read_bytes(const struct set_field *f, const char *text, __u8 *out)
{
	switch (f->format) {
	case FORMAT_MAC:
		return read_mac(text, out);
	case FORMAT_IPV4:
		return inet_pton(AF_INET, text, out) == 1;
	case FORMAT_IPV6:
		return inet_pton(AF_INET6, text, out) == 1;
	case FORMAT_NUMBER:
		break;
	}
	put_number(f, strtoul(text, NULL, 0), out);
	return true;
}

static bool find_header(const struct set_field *f, const struct frame_edit *frame, size_t *at)
{
	struct frame_layout l;

	frame_layout(frame, &l);
	switch (f->base) {
	case HEADER_ETH:
		*at = 0;
		return true;
	case HEADER_L3:
		*at = l.l3;
		break;
	case HEADER_L4:
		*at = l.l4;
		break;
	case HEADER_MPLS:
		*at = l.mpls;
		break;
	case HEADER_ND_SLL:
		*at = frame_nd_option(frame, 1);
		break;
	case HEADER_ND_TLL:
		*at = frame_nd_option(frame, 2);
		break;
	}
	return *at != 0;
}

/* The frame need not have it: ND options, and an ICMP header in a later fragment, of
 * which Open vSwitch's translation does not think. */
static bool may_be_absent(const struct set_field *f, const struct frame_edit *frame)
{
	struct frame_layout l;

	frame_layout(frame, &l);
	return f->base == HEADER_ND_SLL || f->base == HEADER_ND_TLL ||
	       (f->base == HEADER_L4 && l.later);
}

/* VALUE or VALUE/MASK. */
static int set(const struct set_field *f, char *text, struct frame_edit *frame)
{
	struct frame_write w = {.n = f->n, .csums = f->csums};
	char *mask = strchr(text, '/');

	if (mask)
		*mask++ = '\0';
	if (!read_bytes(f, text, w.value))
		return -EPROTO;
	if (mask && !read_bytes(f, mask, w.mask))
		return -EPROTO;
	if (!mask && f->format == FORMAT_NUMBER)
		put_number(f, f->ones, w.mask);
	else if (!mask)
		memset(w.mask, 0xff, sizeof(w.mask));
	if (!find_header(f, frame, &w.at))
		return may_be_absent(f, frame) ? 0 : -EPROTO;
	w.at += f->off;
	frame_write(frame, &w);
	return 0;
}

int odp_set(const char *args, size_t len, struct frame_edit *frame)
{
	size_t n_header = strcspn(args, "(");
	const char *name = args + n_header + 1, *end = args + len;

	while (name < end && *name != ')') {
		size_t n_name = strcspn(name, "="), n_value;
		const struct set_field *f = find(args, n_header, name, n_name);
		char value[128];
		int rc;

		if (!f)
			return -EPROTO;
		name += n_name + 1;
		n_value = strcspn(name, ",)");
		snprintf(value, sizeof(value), "%.*s", (int)n_value, name);
		rc = set(f, value, frame);
		if (rc)
			return rc;
		name += n_value;
		name += *name == ',';
	}
	return 0;
}
