// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The text of odp_ct.h.
 */
#include "odp_ct.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xvs/conntrack.h"

/* What stands behind "NAME" at the beginning of a word, or NULL. */
static const char *find(const char *args, size_t len, const char *name)
{
	size_t n = strlen(name), depth = 0;
	bool begins = true;

	for (size_t i = 0; i + n <= len; i++) {
		if (begins && !depth && !strncmp(args + i, name, n))
			return args + i + n;
		depth += args[i] == '(';
		depth -= args[i] == ')';
		begins = args[i] == ',';
	}
	return NULL;
}

/* A number of up to 128 bits; returns where it ends. */
static const char *take(const char *s, __u64 v[2])
{
	unsigned __int128 n = 0;
	bool hex = s[0] == '0' && s[1] == 'x';

	for (s += hex ? 2 : 0;; s++) {
		unsigned int digit = *s >= '0' && *s <= '9'   ? (unsigned int)(*s - '0')
				     : *s >= 'a' && *s <= 'f' ? (unsigned int)(*s - 'a' + 10)
							      : 16;

		if (digit >= (hex ? 16U : 10U))
			break;
		n = n * (hex ? 16 : 10) + digit;
	}
	v[0] = (__u64)n;
	v[1] = (__u64)(n >> 64);
	return s;
}

/* "VALUE/MASK" */
static void take_masked(const char *s, __u64 value[2], __u64 mask[2])
{
	s = take(s, value);
	mask[0] = mask[1] = ~0ULL;
	if (*s == '/')
		take(s + 1, mask);
}

bool odp_ct(const char *args, size_t len, struct odp_packet *p, struct track_asked *asked)
{
	__u64 value[2] = {0}, mask[2] = {0};
	const char *at = find(args, len, "zone=");

	memset(asked, 0, sizeof(*asked));
	asked->zone = at ? (__u16)strtoul(at, NULL, 0) : 0;
	track_find(p->frame.data, p->frame.len, (__u16)asked->zone, &p->tracking);
	at = find(args, len, "mark=");
	if (at) {
		take_masked(at, value, mask);
		asked->mark = (__u32)value[0];
		asked->mark_mask = (__u32)mask[0];
	}
	at = find(args, len, "label=");
	if (at)
		take_masked(at, asked->label, asked->label_mask);
	asked->force = find(args, len, "force_commit") != NULL;
	return asked->force || find(args, len, "commit");
}

void odp_ct_format(const struct odp_packet *p, char *text, size_t size)
{
	static const struct {
		__u8 bit;
		const char *name;
	} states[] = {
		{XVS_CT_TRK, "trk"},  {XVS_CT_NEW, "|new"}, {XVS_CT_EST, "|est"},
		{XVS_CT_RPL, "|rpl"}, {XVS_CT_INV, "|inv"},
	};
	const struct xvs_flow_key *t = &p->tracking;
	char names[32] = "";

	*text = '\0';
	if (!t->ct_state)
		return;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (t->ct_state & states[i].bit)
			strcat(names, states[i].name);
	snprintf(text, size, "ct_state(%s),ct_zone(%u),ct_mark(%#x),ct_label(%#llx%016llx),", names,
		 t->ct_zone, t->ct_mark, (unsigned long long)t->ct_label[1],
		 (unsigned long long)t->ct_label[0]);
}
