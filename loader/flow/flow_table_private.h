/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The inside of a flow table, shared by flow_table.c (one rule at a time),
 * flow_table_select.c (by match), flow_table_replace.c (all rules at once) and
 * flow_table_txn.c (several changes as one).
 */
#ifndef FLOW_FLOW_TABLE_PRIVATE_H
#define FLOW_FLOW_TABLE_PRIVATE_H

#include "flow_table.h"
#include "rule_table.h"
#include "rule_timer.h"

#define FLOW_TABLES 255

/* A rule's place in the list. Removal leaves a hole, so that the places behind
 * it keep their order; the list is packed when half of it is holes. */
struct slot {
	__u64 serial;
	struct rule *rule; /* NULL: a hole */
};

/* How one change of the list is taken back: 'old' gets its place, and 'added', if
 * it had none, loses it; or 'modified' gets its actions. Holds the references of
 * what it made invisible. */
struct flow_table_undo {
	struct rule *old, *added;
	struct rule *modified;
	struct ofacts actions;
	__u64 modified_ms;
	__u64 cookie;
};

struct flow_table_txn {
	bool open;
	struct flow_table_undo *log;
	size_t n;
	size_t allocated;
};

struct flow_table {
	__u64 seed;
	__u64 version; /* that lookups see */
	struct classifier_config config;
	struct rule_table *tables[FLOW_TABLES]; /* NULL: never had a rule */
	struct slot *slots; /* ascending serials */
	size_t n_slots;
	size_t allocated;
	size_t n_rules;
	__u64 next_serial; /* of rules; 0 is a rule that is in no table */
	__u64 serial; /* of changes */
	struct flow_table_change *change; /* under way; NULL: none */
	struct flow_table_txn txn; /* flow_table_txn.c */
	/* Of the rules in the list, and of those that a transaction may bring back. */
	struct rule_timers timers;
	flow_table_watch_fn watch;
	void *watch_aux;
};

static inline void flow_table_changed(const struct flow_table *t, const struct rule *rule)
{
	if (t->watch)
		t->watch(t->watch_aux, rule);
}

/* Room for so many more rules in the list. */
int flow_table_reserve(struct flow_table *t, size_t n_more);
void flow_table_pack(struct flow_table *t);
/* Room for so many more entries of the log of a transaction, if one is open. */
int flow_table_txn_reserve(struct flow_table *t, size_t n_more);
void flow_table_txn_log(struct flow_table *t, const struct flow_table_undo *u);
/* The place of a rule in the list. */
struct slot *flow_table_slot(const struct flow_table *t, const struct rule *rule);
/* A rule loses its place. */
void flow_table_forget(struct flow_table *t, struct slot *slot);
/* A rule without a place goes for good. */
void flow_table_dispose(struct flow_table *t, struct rule *rule);
/* That tables[table_id] is there. 0, -EINVAL, -ENOMEM. */
int flow_table_make(struct flow_table *t, __u8 table_id);
struct rule *flow_table_find_equal(const struct flow_table *t, const struct rule *rule,
				   __u64 version);
/* What was prepared for the next version is in force. */
void flow_table_commit(struct flow_table *t);
/* Puts 'rule' into its table from the next version on; 'old', if any, is
 * to go then. */
int flow_table_prepare(struct flow_table *t, struct rule *rule, struct rule *old);
/* A rule that is in its table gets a place at the end of the list. There is room
 * for its place and its timer. */
void flow_table_adopt(struct flow_table *t, struct rule *rule);
/* 'to' gets the place of 'from', which is no longer visible, in listings too. */
void flow_table_substitute(struct flow_table *t, struct rule *from, struct rule *to);
/* Takes a rule out that is no longer visible. */
void flow_table_discard(struct flow_table *t, struct slot *slot);

#endif /* FLOW_FLOW_TABLE_PRIVATE_H */
