// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sets of VLANs as text; see rpc_vlans.h.
 */
#include "rpc_vlans.h"

#include <stdlib.h>

/* A number without blanks and signs; returns what is behind it, NULL: none. */
static const char *parse_vlan(const char *s, unsigned long *vlan)
{
	char *end;

	if (*s < '0' || *s > '9')
		return NULL;
	*vlan = strtoul(s, &end, 10);
	return *vlan <= RPC_VLAN_MAX ? end : NULL;
}

/* "10" or "10-19" of a list; the same. */
static const char *parse_range(const char *s, __u64 *vlans)
{
	unsigned long first, last;

	s = parse_vlan(s, &first);
	if (!s)
		return NULL;
	last = first;
	if (*s == '-')
		s = parse_vlan(s + 1, &last);
	if (!s || first > last)
		return NULL;
	for (unsigned long v = first; v <= last; v++)
		vlans[v / 64] |= 1ULL << (v % 64);
	return s;
}

bool rpc_vlans_parse(const char *text, __u64 vlans[4096 / 64])
{
	while ((text = parse_range(text, vlans)) && *text == ',')
		text++;
	return text && !*text;
}

void rpc_vlans_format(struct strbuf *out, const __u64 vlans[4096 / 64])
{
	int first = -1;

	for (int i = 0; i <= 4096; i++) {
		bool set = i < 4096 && vlans[i / 64] >> (i % 64) & 1;

		if (set && first < 0)
			first = i;
		if (set || first < 0)
			continue;
		strbuf_printf(out, out->len ? ",%d" : "%d", first);
		if (i - 1 > first)
			strbuf_printf(out, "-%d", i - 1);
		first = -1;
	}
}
