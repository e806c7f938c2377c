/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A switch's flow tables: rules with their owner, listings, loose and strict
 * change, and replacement of all at once. Today table 0 is the only one.
 */
#ifndef FLOW_FLOW_TABLE_H
#define FLOW_FLOW_TABLE_H

#include "classifier.h"

struct flow_table;

struct flow_table *flow_table_create(__u64 seed);
void flow_table_destroy(struct flow_table *t);

/* Adds 'rule' (takes the reference). A rule of equal match and priority is
 * replaced; with 'check_overlap' any overlapping rule of equal priority refuses:
 * -EEXIST. -ENOSPC: XVS_MAX_RULES. On error the table is as before and the
 * caller keeps the reference. */
int flow_table_insert(struct flow_table *t, struct rule *rule, bool check_overlap);

/* Which rules a change means. */
struct flow_select {
	struct match match;
	bool strict; /* equal match and priority; else: every rule whose match is at least as narrow */
	__u16 priority; /* strict only */
	int table_id; /* -1: any */
	__u64 cookie, cookie_mask;
	int out_port; /* -1: any; else rules that output there */
};

/* Number of rules changed, or -errno with the table as before. */
int flow_table_modify(struct flow_table *t, const struct flow_select *sel,
		      const struct ofacts *actions);
int flow_table_delete(struct flow_table *t, const struct flow_select *sel);

/*
 * All rules become 'rules', at once for whoever looks up; a rule that is equal
 * in match, priority, cookie and actions to one that is there keeps its counters
 * and age. It is done in pieces of at most 'max' rules, for a thread that serves
 * packets in between: their lookups see the old rules up to the commit and the
 * new ones from there on; but of rules of one priority that share packets, which
 * never had an order, another may decide meanwhile. Other changes get -EBUSY.
 *
 *   begin -> prepare... -> commit -> finish...      or, after an error,
 *   begin -> prepare... -> finish...
 *
 * 'rules' is borrowed until it is finished; the references are taken over by
 * the commit.
 */
struct flow_table_change;
/* 0, -ENOSPC, -ENOMEM, -EBUSY. */
int flow_table_replace_begin(struct flow_table *t, struct rule **rules, size_t n,
			     struct flow_table_change **out);
/* 1: again; 0: ready to be committed; else an error, after which finish makes the
 * table what it was. */
int flow_table_replace_prepare(struct flow_table_change *c, size_t max);
/* O(1); cannot fail. */
void flow_table_replace_commit(struct flow_table_change *c);
/* True: again; false: done, and 'c' is gone. */
bool flow_table_replace_finish(struct flow_table_change *c, size_t max);

struct rule *flow_table_lookup(const struct flow_table *t, __u8 table_id,
			       const struct xvs_flow_key *key, struct xvs_flow_key *wc);

struct flow_table_listener {
	classifier_step_fn fn;
	void *aux;
};
/* The same, telling each step. */
struct rule *flow_table_explain(const struct flow_table *t, __u8 table_id,
				const struct xvs_flow_key *key, struct xvs_flow_key *wc,
				const struct flow_table_listener *listener);

/* Of all classifiers. -ENOMEM: some may have it, and each is right. */
int flow_table_configure(struct flow_table *t, const struct classifier_config *config);
struct classifier_config flow_table_config(const struct flow_table *t);
void flow_table_stats(const struct flow_table *t, struct classifier_stats *out); /* the sum */

size_t flow_table_count(const struct flow_table *t);

/* All rules, highest priority first, then by serial; a malloc'ed array. */
int flow_table_list(const struct flow_table *t, struct rule ***rules, size_t *n);
bool flow_select_matches(const struct flow_select *sel, const struct rule *rule);

/* Raised by every change. */
__u64 flow_table_serial(const struct flow_table *t);

#endif /* FLOW_FLOW_TABLE_H */
