/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The classifier: which rule of a flow table matches a packet, and which bits
 * of the packet that answer depended on.
 *
 * Problem. The answer is cached as a megaflow, a masked entry without
 * priority. The entry is right only if its mask holds every bit that the
 * lookup depended on, those of rules that did *not* match included: each bit
 * too many costs upcalls, each bit forgotten sends packets astray.
 *
 * Idea. Tuple space search: the rules of one mask form a subtable, a hash table
 * of masked keys. A lookup probes subtables in order of their highest priority,
 * adds the mask of each probed one to the caller's mask, and stops when no
 * remaining subtable can hold a rule of higher priority.
 *
 * Invariants
 * [CLS1] Two packets that agree in all bits of the resulting mask get the same
 *        rule (proved against tests/oracle/classifier_linear.c).
 * [CLS2] Lookup is const and re-entrant; it only adds to the caller's mask.
 * [CLS3] Rules of equal match and priority do not coexist.
 *
 * Not thread-safe for change; readers on other threads need a lock around all.
 */
#ifndef FLOW_CLASSIFIER_H
#define FLOW_CLASSIFIER_H

#include "rule.h"

struct classifier;

struct classifier *classifier_create(__u64 seed); /* NULL: out of memory */
void classifier_destroy(struct classifier *cls); /* does not put the rules */

/* 0, -EEXIST (equal match and priority), -ENOMEM. */
int classifier_insert(struct classifier *cls, struct rule *rule);
void classifier_remove(struct classifier *cls, struct rule *rule);
/* 'to' takes the place of 'from', which is there and has an equal match and
 * priority. Cannot fail, so that a change of many rules can be made atomic. */
void classifier_replace(struct classifier *cls, struct rule *from, struct rule *to);

/* Called for each subtable that a lookup looks at; for explanations. */
struct classifier_probe {
	const struct xvs_flow_key *mask;
	unsigned int n_rules;
	unsigned int max_priority;
	const struct rule *match; /* NULL: none */
};
typedef void (*classifier_probe_fn)(void *aux, const struct classifier_probe *probe);

/* The matching rule of highest priority or NULL; ORs into 'wc' (may be NULL)
 * the bits that the answer depends on. 'fn' may be NULL. */
struct rule *classifier_lookup(const struct classifier *cls, const struct xvs_flow_key *key,
			       struct xvs_flow_key *wc, classifier_probe_fn fn, void *aux);

struct rule *classifier_find(const struct classifier *cls, const struct match *match,
			     __u16 priority);
/* True if a rule of the same priority and another match shares a packet. */
bool classifier_overlaps(const struct classifier *cls, const struct match *match, __u16 priority);

size_t classifier_n_rules(const struct classifier *cls);
size_t classifier_n_subtables(const struct classifier *cls);

#endif /* FLOW_CLASSIFIER_H */
