/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The inside of a flow table, shared by flow_table.c (one change at a time) and
 * flow_table_replace.c (all rules at once).
 */
#ifndef FLOW_FLOW_TABLE_PRIVATE_H
#define FLOW_FLOW_TABLE_PRIVATE_H

#include "flow_table.h"

#define FLOW_TABLES 255

/* A rule's place in the list. Removal leaves a hole, so that the places behind
 * it keep their order; the list is packed when half of it is holes. */
struct slot {
	__u64 serial;
	struct rule *rule; /* NULL: a hole */
};

struct flow_table {
	__u64 seed;
	__u64 version; /* that lookups see */
	struct classifier_config config;
	struct classifier *classifiers[FLOW_TABLES]; /* NULL: never had a rule */
	struct slot *slots; /* ascending serials */
	size_t n_slots;
	size_t allocated;
	size_t n_rules;
	__u64 next_serial; /* of rules; 0 is a rule that is in no table */
	__u64 serial; /* of changes */
	struct flow_table_change *change; /* under way; NULL: none */
};

/* Room for so many more rules in the list. */
int flow_table_reserve(struct flow_table *t, size_t n_more);
void flow_table_pack(struct flow_table *t);
/* The classifier of a table, which is made when there is none. */
int flow_table_classifier(struct flow_table *t, __u8 table_id, struct classifier **out);
struct rule *flow_table_find_equal(const struct flow_table *t, const struct rule *rule,
				   __u64 version);
/* What was prepared for the next version is in force. */
void flow_table_commit(struct flow_table *t);
/* Puts 'rule' into its classifier from the next version on; 'old', if any, is
 * to go then. */
int flow_table_prepare(struct flow_table *t, struct rule *rule, struct rule *old);
/* A rule that is in its classifier gets a place at the end of the list. */
void flow_table_adopt(struct flow_table *t, struct rule *rule);
/* 'to' gets the place of 'from', which is no longer visible, in listings too. */
void flow_table_substitute(struct flow_table *t, struct rule *from, struct rule *to);
/* Takes a rule out that is no longer visible. */
void flow_table_discard(struct flow_table *t, struct slot *slot);

#endif /* FLOW_FLOW_TABLE_PRIVATE_H */
