// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Choosing connections; see ct_filter.h.
 */
#include "ct_filter.h"

#include <string.h>

void ct_filter_init(struct ct_filter *f)
{
	*f = (struct ct_filter){.zone = -1, .proto = -1, .sport = -1, .dport = -1};
}

void ct_filter_addr_set(struct ct_filter_addr *a, const struct xvs_ct_addr *addr, __u8 family,
			unsigned int prefix_len)
{
	unsigned int from = family == 4 ? 12 : 0;

	*a = (struct ct_filter_addr){.family = family};
	for (unsigned int i = 0; from + i < 16; i++) {
		unsigned int bits = prefix_len > 8 * i ? prefix_len - 8 * i : 0;

		a->mask.ip6[from + i] = (__u8)(bits >= 8 ? 0xff : 0xff00 >> bits);
		a->addr.ip6[from + i] = addr->ip6[from + i] & a->mask.ip6[from + i];
	}
}

static bool addr_takes(const struct ct_filter_addr *f, const struct xvs_ct_addr *addr, __u8 family)
{
	if (!f->family)
		return true;
	return f->family == family && (addr->w[0] & f->mask.w[0]) == f->addr.w[0] &&
	       (addr->w[1] & f->mask.w[1]) == f->addr.w[1];
}

static bool number_takes(int wanted, unsigned int is)
{
	return wanted < 0 || (unsigned int)wanted == is;
}

static bool state_takes(__u32 states, __u8 state)
{
	if (states)
		return states >> state & 1;
	return state > XVS_CT_S_EXPECT;
}

bool ct_filter_takes(const struct ct_filter *f, __u64 word, const struct xvs_ct_entry *entry)
{
	const struct xvs_ct_tuple *t = &entry->tuple;

	return state_takes(f->states, xvs_ct_word_state(word)) && number_takes(f->zone, t->zone) &&
	       number_takes(f->proto, t->proto) && addr_takes(&f->src, &t->src, t->family) &&
	       addr_takes(&f->dst, &t->dst, t->family) &&
	       number_takes(f->sport, XVS_FROM_BE16(t->sport)) &&
	       number_takes(f->dport, XVS_FROM_BE16(t->dport)) &&
	       (entry->mark & f->mark_mask) == f->mark && (!f->has_rule || entry->rule == f->rule);
}
