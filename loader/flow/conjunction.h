/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Conjunctive matches of one table.
 *
 * Problem. "One of these 100 sources, to one of these 100 ports" is 10,000 rules
 * as a product, and 200 as a conjunction: rules whose only actions are
 * conjunction(ID, k/n), each one alternative of clause k of n. A packet that one
 * rule of each clause matches is looked up again with conj_id=ID, and what is to
 * be done stands in a rule that matches on it.
 *
 * What a lookup means. Clauses never decide. The best of all other rules is found
 * first; conj_id is 0 then. From the highest priority down, as long as it is above
 * that rule's: is there an ID of which, at this very priority, each of the n clauses
 * has a rule that matches? Then the table is looked up again with conj_id=ID, and
 * the rule that is found, if any, is the answer: it may be any rule, of any
 * priority. The lowest ID comes first. (ID, n) is what clauses belong together by.
 *
 * That is what Open vSwitch 3.1 does, measured, but for corners of its making: of
 * several complete IDs of one priority it takes the one that it meets first, and no
 * second; a rule that has the same match as a clause of higher priority is not seen
 * when it looks up again; one rule cannot complete an ID by itself.
 *
 * Idea. For each priority, a classifier for each clause number: of all rules that
 * are clause k of whatever ID. All matches of clause 1 (classifier_visit) make the
 * candidates, those of clause 2 leave some of them, and so on; when no candidate is
 * left, the clauses to come are not looked at and add nothing to the mask. It takes
 * a search for each clause, however many IDs there are.
 *
 * A rule that is clause 1 of one ID and clause 2 of another has to be in two
 * classifiers, which link their rules: for the second it has a proxy, a rule of
 * the same match, priority and versions.
 *
 * [CLS1], [CLS2] and [CLS3] hold for lookups here: candidates follow from what the
 * searches found, and each search un-wildcards what it depends on. conj_id is part
 * of the key there; packets have 0.
 *
 * Clauses count no packets.
 */
#ifndef FLOW_CONJUNCTION_H
#define FLOW_CONJUNCTION_H

#include "classifier.h"

struct conjunctions;

struct conjunctions *conjunctions_create(__u64 seed, const struct classifier_config *config);
void conjunctions_destroy(struct conjunctions *c); /* does not put the rules; NULL is a no-op */

/* As the classifier's functions of these names. The rule's actions, which do not
 * change while it is here, are conjunctions. */
int conjunctions_insert(struct conjunctions *c, struct rule *rule);
void conjunctions_remove(struct conjunctions *c, struct rule *rule);
struct rule *conjunctions_find(const struct conjunctions *c, __u64 version,
			       const struct match *match, __u16 priority);
bool conjunctions_overlaps(const struct conjunctions *c, __u64 version, const struct match *match,
			   __u16 priority);
int conjunctions_configure(struct conjunctions *c, const struct classifier_config *config);
/* Adds to 'out'. Proxies count as rules. */
void conjunctions_stats(const struct conjunctions *c, struct classifier_stats *out);

/* A packet's question to a table. */
struct conjunction_query {
	__u64 version;
	const struct flow_key *key; /* conj_id is 0 */
	struct flow_key *wc; /* NULL: no mask wanted */
	classifier_step_fn step; /* NULL: no explanation */
	void *step_aux;
};

/* The answer of a table whose other rules are in 'rules'; 'hard' is the best of
 * them, or NULL. */
struct rule *conjunctions_lookup(const struct conjunctions *c, const struct classifier *rules,
				 const struct conjunction_query *q, struct rule *hard);

#endif /* FLOW_CONJUNCTION_H */
