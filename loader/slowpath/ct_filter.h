/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which connections a question or a flush is about: every condition that is given has to
 * hold. Addresses and ports are those of the first packet.
 */
#ifndef SLOWPATH_CT_FILTER_H
#define SLOWPATH_CT_FILTER_H

#include <stdbool.h>

#include "xvs/conntrack.h"

struct ct_filter_addr {
	__u8 family; /* 4 or 6; 0: any address of any family */
	struct xvs_ct_addr addr, mask; /* the bits of 'addr' outside of 'mask' are zero */
};

struct ct_filter {
	int zone; /* -1: any; the same for those below */
	int proto;
	int sport, dport; /* host order; ICMP: the identifier */
	struct ct_filter_addr src, dst;
	__u32 mark, mark_mask; /* mask 0: any */
	__u32 states; /* bits by enum xvs_ct_state; 0: all that are connections */
	bool has_rule;
	__u32 rule; /* of the policy */
};

/* Everything. */
void ct_filter_init(struct ct_filter *f);
bool ct_filter_takes(const struct ct_filter *f, __u64 word, const struct xvs_ct_entry *entry);
/* The address, its family and so many leading bits of it. */
void ct_filter_addr_set(struct ct_filter_addr *a, const struct xvs_ct_addr *addr, __u8 family,
			unsigned int prefix_len);

#endif /* SLOWPATH_CT_FILTER_H */
