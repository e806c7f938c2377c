/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kinds of table: which fields their rules match on, how often, and how
 * their priorities lie. And what all parts of the generator share.
 */
#ifndef OVS_TABLE_KIND_H
#define OVS_TABLE_KIND_H

#include "random_table.h"

enum table_family {
	FAMILY_ANY, /* no EtherType */
	FAMILY_IPV4,
	FAMILY_IPV6,
	FAMILY_ARP,
	FAMILY_MPLS,
	FAMILY_OTHER, /* an EtherType that is none of these */
	FAMILY_N,
};

enum table_priorities {
	PRIORITIES_FALLING, /* first rule wins, as in an access list */
	PRIORITIES_LONGEST, /* bits matched, as in a routing table */
	PRIORITIES_FEW, /* four of them */
};

struct table_kind {
	const char *name;
	enum table_priorities priorities;
	bool ragged; /* masks that are no prefixes */
	__u8 families[FAMILY_N]; /* weights */
	__u8 protocol; /* percent of IP rules that match on one */
	__u8 odds[FIELD_N]; /* percent of rules that match on a field they may */
};

#define TABLE_KINDS 9
extern const struct table_kind table_kinds[TABLE_KINDS];

/* splitmix64, and what is drawn from it. */
__u64 gen_next(struct random_table *t);
__u32 gen_below(struct random_table *t, __u32 n); /* 0 to n - 1 */
bool gen_chance(struct random_table *t, __u32 percent);

__be16 gen_dl_type(struct random_table *t, enum table_family family); /* not for ANY */
__u8 gen_protocol(struct random_table *t, bool ipv6);
/* A value that rules of this table may have in 'f', and the mask they would
 * have it with; the value has no bits outside the mask. */
void gen_value(struct random_table *t, const struct field *f, union field_value *value,
	       union field_value *mask);
void gen_pools(struct random_table *t, bool large);

#endif /* OVS_TABLE_KIND_H */
