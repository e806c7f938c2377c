/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The index of a classifier whose rules all have one mask, beside its tree: one
 * probe finds the rule, or that there is none. Private to the classifier.
 *
 * Tables of one mask are common (addresses, ports of a switch, services), and
 * the tree takes a probe for each stage where one for all would do. Which bits
 * prove that there is no rule is still a question to the tree; the sums that
 * the hash is made of are, stage by stage, the hashes of its subtables, so the
 * way down the tree costs no hashing.
 *
 * It only makes lookups faster: without memory there is none. The first rule
 * decides whose mask it is, one with another mask ends it.
 */
#ifndef FLOW_UNIFORM_INDEX_H
#define FLOW_UNIFORM_INDEX_H

#include "subtable.h"

struct uniform_index {
	struct subtable *table; /* of the whole mask; NULL: there is none */
	__u8 end[XVS_STAGE_N]; /* words of the mask up to the end of each stage */
};

/* The key's hash under the mask, by stage and in all. */
struct uniform_hash {
	__u64 sum[XVS_STAGE_N];
	__u64 all;
};

void uniform_index_fini(struct uniform_index *u);

/* 'chain' is the chain of a rule that has come into the tree, 'is_first' of all. */
void uniform_index_add(struct uniform_index *u, struct rule *chain, bool is_first,
		       const struct subtable_seeds *seeds);
/* A rule has left the tree; 'chain' is what is left of its chain, or NULL. */
void uniform_index_remove(struct uniform_index *u, const struct rule *rule, struct rule *chain,
			  const struct subtable_seeds *seeds);

size_t uniform_index_bytes(const struct uniform_index *u);

static inline void uniform_index_hash(const struct uniform_index *u, const struct flow_key *key,
				      const struct subtable_seeds *seeds, struct uniform_hash *out)
{
	const struct subtable *t = u->table;
	unsigned int i = 0;
	__u64 all = 0;

	for (unsigned int k = 0; k < XVS_STAGE_N; k++) {
		__u64 sum = 0;

		for (; i < u->end[k]; i++)
			sum += xvs_hash_word(subtable_word(t, key, i), seeds->word[t->word[i]]);
		out->sum[k] = sum;
		all += sum;
	}
	out->all = xvs_hash_finish(all);
}

/* The first rule of the chain that matches, or NULL. */
static inline struct rule *uniform_index_probe(const struct uniform_index *u,
					       const struct flow_key *key,
					       const struct uniform_hash *h)
{
	return branch_rule(subtable_probe_hash(u->table, key, h->all));
}

/* Probes the one subtable of a node of stage 'k' of the tree. */
static inline struct branch uniform_index_step(const struct subtable *s, const struct flow_key *key,
					       const struct uniform_hash *h, unsigned int k)
{
	return subtable_probe_hash(s, key, xvs_hash_finish(h->sum[k]));
}

#endif /* FLOW_UNIFORM_INDEX_H */
