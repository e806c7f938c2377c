/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The classifier: which rule of a flow table matches a packet, and which bits
 * of the packet that answer depended on.
 *
 * Problem. The answer is cached as a megaflow, a masked entry without
 * priority. The entry is right only if its mask holds every bit that the
 * lookup depended on, those of rules that did *not* match included. Each bit
 * too many multiplies the upcalls, each bit forgotten sends packets astray;
 * and the search itself must not grow with the number of rules.
 *
 * Idea. Tuple space search (Srinivasan, Suri, Varghese, SIGCOMM 1999): the
 * rules of one mask form a subtable, a hash table of masked keys; a lookup
 * probes the subtables and takes the match of highest priority. Four things
 * make it fast and its masks wide:
 *
 * - Stages, as a tree. Plain tuple space search has a subtable for each
 *   different mask of the whole key, and hashes the whole key for each. Here
 *   the key is cut into its stages (metadata, L2, L3, L4), and a subtable is
 *   for one mask of *one stage*: it maps the masked words of that stage to a
 *   node for the next one. Rules that differ only in a later stage share all
 *   that comes before, which merges their tuples: 100,000 rules of an access
 *   list have some hundred masks of addresses, each of them times tens of
 *   masks of ports. A miss ends where it is known, so that a packet which no
 *   rule's L3 part fits leaves L4 wildcarded.
 *
 * - Buckets. Few rules (8 different matches; 4 where they differ in more than
 *   one word) need no tables: they are a list by falling priority, each compared
 *   stage by stage. It is where most paths of the tree end, and all there is to
 *   a small flow table.
 *
 * - Priority sorting. The subtables of a node are kept by falling highest
 *   priority. What probes find below them is searched best first, by the highest
 *   priority of the branch, not of its subtable. A search ends at the first
 *   subtable that cannot beat what it has found; what comes behind adds nothing
 *   to the mask, nor does a branch that is never searched.
 *
 * - Prefix tracking. Each node keeps the prefixes of addresses and ports that
 *   its rules match on in tries (prefix_trie.h). One walk tells which prefix
 *   lengths are worth a probe, as a set over all subtables of the node, and
 *   how many leading bits prove it for the others. A bucket does the same by
 *   comparing prefixes from the top and stopping at the bit that differs.
 *
 * While all rules have one mask, an index of the whole of it answers a hit with
 * one probe (uniform_index.h); the tree beside it tells what a miss depends on.
 *
 * The tree is the classic algorithm with the classic answer: a lookup probes
 * at most as many subtables of any stage as there are masks of the whole key,
 * so it is never worse than tuple space search by more than the number of
 * stages. TupleMerge (Daly et al., 2019) merges tuples by dropping mask bits
 * instead; it was not taken, since what it compares in its longer chains has
 * to be un-wildcarded, and since prefix lengths prune the same subtables
 * without a probe (docs/design/0003-staged-tree.md has the measurements).
 *
 * Each optimisation can be switched off (struct classifier_config). Without
 * stages the tree has one level: plain tuple space search.
 *
 * Versions. A rule is visible to lookups of versions version_from up to, not
 * including, version_to. A change of any size is made beside what is visible,
 * in a version that nobody looks up yet; one store of the number that the
 * callers pass makes all of it visible [I8]. Invisible rules may cost a lookup
 * bits of its mask, never a wrong answer.
 *
 * Invariants
 * [CLS1] Two packets that agree in all bits of the resulting mask get the same
 *        rule and the same mask: each step of a search is decided by bits that
 *        the steps before it and itself un-wildcard. Hence megaflows of one
 *        state of the table are equal or disjoint [I5].
 * [CLS2] Lookup is const and re-entrant; it only adds to the caller's mask.
 * [CLS3] Rules of equal match and priority do not coexist in a version.
 * [CLS4] With all combinations of optimisations the rule is the same one, but
 *        for rules of equal priority that share packets: any of them is right,
 *        and which one it is lasts until the table changes.
 *
 * Costs. Insert and remove are O(1) in the number of rules, amortised; they
 * grow with the masks of the nodes on the rule's path, and with the priorities
 * of one match, which are a list. A lookup costs a probe for each mask of a node
 * on the packet's paths that no prefix excludes.
 *
 * Not thread-safe for change; lookups may run at once while nothing changes.
 */
#ifndef FLOW_CLASSIFIER_H
#define FLOW_CLASSIFIER_H

#include "rule.h"

struct classifier;

struct classifier_config {
	bool priority_sort; /* off: every subtable is looked at */
	bool staged; /* off: one stage, the whole key */
	/* Addresses, and ports; ports are also told apart bit by bit where 'staged'
	 * is on, as the finest of its stages. */
	bool prefix;
};

#define CLASSIFIER_CONFIG_DEFAULT \
	((struct classifier_config){.priority_sort = true, .staged = true, .prefix = true})

struct classifier *classifier_create(__u64 seed); /* NULL: out of memory */
void classifier_destroy(struct classifier *cls); /* does not put the rules */

/* Rebuilds the tree: O(rules). 0 or -ENOMEM, with all as before. */
int classifier_configure(struct classifier *cls, const struct classifier_config *config);
struct classifier_config classifier_config(const struct classifier *cls);

/* The caller has set the rule's versions. 0, -EEXIST (equal match and priority
 * in a version of both), -ENOMEM; on error all is as before. */
int classifier_insert(struct classifier *cls, struct rule *rule);
/* 'rule' is there. Cannot fail. */
void classifier_remove(struct classifier *cls, struct rule *rule);

/*
 * What a lookup does, step by step, for explanations. Each step names the bits
 * that it has added to the mask.
 */
enum classifier_step_kind {
	CLASSIFIER_PROBE, /* a subtable was probed: .mask, .n below it, .found */
	CLASSIFIER_BELOW, /* what the probe of .mask found is searched, after others */
	CLASSIFIER_SKIP, /* prefix tracking: .n subtables hold no prefix of .field */
	CLASSIFIER_RULE, /* .rule was compared: .found, or differs in .field */
	CLASSIFIER_STOP, /* .n were not looked at: priority at most .priority */
	/* Not of a classifier, but of conjunctions (conjunction.h): */
	CLASSIFIER_CLAUSE, /* steps to come: rules of clause .n, from 1, of .priority */
	CLASSIFIER_CONJUNCTION, /* .conj_id has all its .n clauses; looked up again */
};

struct classifier_step {
	enum classifier_step_kind kind;
	int depth; /* in the tree; 0 is its root */
	enum xvs_stage stage; /* of a subtable, or where a rule differs; XVS_STAGE_N: the key */
	const struct flow_key *mask; /* of the subtable, this stage only */
	bool found;
	size_t n;
	unsigned int priority; /* the highest in what the step is about */
	int field; /* enum prefix_field; PREFIX_N: none in particular */
	const struct rule *rule; /* a stop in a bucket: the first rule not looked at */
	__u32 conj_id;
	const struct flow_key *added; /* bits that this step un-wildcarded */
	const struct flow_key *wc; /* the mask with them */
};
typedef void (*classifier_step_fn)(void *aux, const struct classifier_step *step);

/* The matching rule of highest priority in 'version', or NULL; ORs into 'wc'
 * (may be NULL) the bits that the answer depends on. */
struct rule *classifier_lookup(const struct classifier *cls, __u64 version,
			       const struct flow_key *key, struct flow_key *wc);
/* The same, telling 'fn' of each step. 'wc' is not NULL. */
struct rule *classifier_explain(const struct classifier *cls, __u64 version,
				const struct flow_key *key, struct flow_key *wc,
				classifier_step_fn fn, void *aux);

/* All matching rules rather than the best: 'match' is told of each, in no order,
 * and 'wc' gets what it depends on which ones they are. */
struct classifier_visitor {
	void (*match)(void *aux, struct rule *rule);
	void *aux;
	classifier_step_fn step; /* NULL: no explanation */
	void *step_aux;
};
void classifier_visit(const struct classifier *cls, __u64 version, const struct flow_key *key,
		      struct flow_key *wc, const struct classifier_visitor *visitor);

/* The rule of exactly this match and priority in 'version', or NULL. */
struct rule *classifier_find(const struct classifier *cls, __u64 version, const struct match *match,
			     __u16 priority);
/* A rule of the same priority and another match shares a packet. */
bool classifier_overlaps(const struct classifier *cls, __u64 version, const struct match *match,
			 __u16 priority);

struct classifier_stats {
	size_t n_rules; /* of all versions */
	size_t n_nodes;
	size_t n_subtables; /* of all nodes */
	size_t n_buckets;
	size_t bytes; /* without the rules */
};
void classifier_stats(const struct classifier *cls, struct classifier_stats *out);

static inline void classifier_stats_add(struct classifier_stats *sum,
					const struct classifier_stats *one)
{
	sum->n_rules += one->n_rules;
	sum->n_nodes += one->n_nodes;
	sum->n_subtables += one->n_subtables;
	sum->n_buckets += one->n_buckets;
	sum->bytes += one->bytes;
}

#endif /* FLOW_CLASSIFIER_H */
