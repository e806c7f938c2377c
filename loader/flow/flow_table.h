/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A switch's flow tables, 0 to 254: rules with their owner, listings, loose and
 * strict change, timeouts, and replacement of all at once.
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

/* Calls 'fn' for each rule that comes, goes, or gets other actions. */
typedef void (*flow_table_watch_fn)(void *aux, const struct rule *rule);
void flow_table_watch(struct flow_table *t, flow_table_watch_fn fn, void *aux);

/* Which rules a change means. */
struct flow_select {
	struct match match;
	bool strict; /* equal match and priority; else: every rule whose match is at least as narrow */
	__u16 priority; /* strict only */
	int table_id; /* -1: any */
	__u64 cookie, cookie_mask;
	/* -1: any; else rules with such an action, nested ones included. */
	int out_port;
	__s64 out_group;
};

/* What a change makes of a rule. */
struct flow_change {
	const struct ofacts *actions; /* copied */
	bool has_cookie; /* else the rule keeps its own */
	__u64 cookie;
	__u64 now_ms;
};

/* Number of rules changed, or -errno with the table as before. */
int flow_table_modify(struct flow_table *t, const struct flow_select *sel,
		      const struct flow_change *to);
int flow_table_delete(struct flow_table *t, const struct flow_select *sel);

/*
 * Removes rules whose time is over, and calls 'fn' for each when it is no longer
 * there; it does not change the table. At most 'max' rules are asked, so that one
 * turn is not too long: see flow_table_next_expiry. Before, the caller brings the
 * rules' used_ms up to date. Returns the number of rules removed.
 *
 * Nothing expires in the middle of another change.
 */
typedef void (*flow_table_expired_fn)(void *aux, const struct rule *rule, enum rule_expiry why);
size_t flow_table_expire(struct flow_table *t, __u64 now_ms, size_t max, flow_table_expired_fn fn,
			 void *aux);
/* No rule expires before; UINT64_MAX: none will, or not before the change that is
 * under way has ended. */
__u64 flow_table_next_expiry(const struct flow_table *t);

/*
 * All rules become 'rules', at once for whoever looks up; a rule that is equal
 * in match, priority, cookie, timeouts and actions to one that is there keeps its counters
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
/* The same for rules that come in addition: each as flow_table_insert does it. */
int flow_table_add_begin(struct flow_table *t, struct rule **rules, size_t n,
			 struct flow_table_change **out);
/* 1: again; 0: ready to be committed; else an error, after which finish makes the
 * table what it was. */
int flow_table_replace_prepare(struct flow_table_change *c, size_t max);
/* After an error of prepare: which of the rules it was. */
size_t flow_table_replace_refused(const struct flow_table_change *c);
/* O(1); cannot fail. */
void flow_table_replace_commit(struct flow_table_change *c);
/* True: again; false: done, and 'c' is gone. */
bool flow_table_replace_finish(struct flow_table_change *c, size_t max);

/* The rule of exactly this match and priority, or NULL. */
struct rule *flow_table_find(const struct flow_table *t, __u8 table_id, const struct match *match,
			     __u16 priority);

/* The rule of the table that decides about a packet, or NULL; conjunctions are
 * seen through. 'key' has no conj_id; ORs into 'wc' (may be NULL) the bits that the
 * answer depends on. */
struct rule *flow_table_lookup(const struct flow_table *t, __u8 table_id,
			       const struct flow_key *key, struct flow_key *wc);

struct flow_table_listener {
	classifier_step_fn fn;
	void *aux;
};
/* The same, telling each step. */
struct rule *flow_table_explain(const struct flow_table *t, __u8 table_id,
				const struct flow_key *key, struct flow_key *wc,
				const struct flow_table_listener *listener);

/* Of all classifiers. -ENOMEM: some may have it, and each is right. */
int flow_table_configure(struct flow_table *t, const struct classifier_config *config);
struct classifier_config flow_table_config(const struct flow_table *t);
void flow_table_stats(const struct flow_table *t, struct classifier_stats *out); /* the sum */

size_t flow_table_count(const struct flow_table *t);

/* All rules, highest priority first, then by serial; a malloc'ed array. */
int flow_table_list(const struct flow_table *t, struct rule ***rules, size_t *n);
bool flow_select_matches(const struct flow_select *sel, const struct rule *rule);
/* The oldest rule for which 'fn' is true; NULL: none. */
typedef bool (*flow_table_fn)(void *aux, const struct rule *rule);
struct rule *flow_table_find_if(const struct flow_table *t, flow_table_fn fn, void *aux);

/* Raised by every change. */
__u64 flow_table_serial(const struct flow_table *t);

#endif /* FLOW_FLOW_TABLE_H */
