/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A rule: a prioritised match with actions in a flow table.
 *
 * Life: made by rule_create, owned by its flow_table from flow_table_insert
 * on, freed by reference count (ukeys hold references while they count for it).
 */
#ifndef FLOW_RULE_H
#define FLOW_RULE_H

#include "flow.h"
#include "ofact.h"

struct rule {
	struct match match;
	__u16 priority;
	__u8 table_id;
	__u64 cookie;
	struct ofacts actions;

	__u64 n_packets; /* of removed megaflows and replayed packets; live ones are added by the reader */
	__u64 n_bytes;
	__u64 created_ms;
	__u64 used_ms; /* 0: never */
	__u64 serial; /* order of insertion, for stable listings */

	unsigned int refs;
	bool removed; /* no longer in its table; only ukeys hold it */

	/* The classifier's own: next rule of equal match, lower priority. */
	struct rule *cls_next;
};

/* Takes over 'actions'. NULL when out of memory. */
struct rule *rule_create(const struct match *match, __u8 table_id, __u16 priority, __u64 cookie,
			 struct ofacts *actions, __u64 now_ms);
struct rule *rule_get(struct rule *r);
void rule_put(struct rule *r); /* NULL is a no-op */

#endif /* FLOW_RULE_H */
