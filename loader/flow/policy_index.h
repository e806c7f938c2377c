/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the addresses and the services of packets lead to: sets. Private to the policy;
 * shared by all its versions (policy.h).
 *
 * A set is some prefixes, or some terms of services. It gets a number, its slot, which
 * nobody else has while it lives, and enters the index of a role when a version that is
 * compiled uses it there. What a slot means is told by that version's own table, so that
 * sets of other versions lead to nothing in it.
 *
 * There is an index of addresses for sources and one for destinations, so that what is
 * only a destination costs sources no bits.
 */
#ifndef FLOW_POLICY_INDEX_H
#define FLOW_POLICY_INDEX_H

#include "classifier.h"
#include "hmap.h"
#include "policy.h"
#include "policy_vec.h"
#include "prefix_trie.h"

enum policy_role {
	POLICY_ROLE_SRC,
	POLICY_ROLE_DST,
	POLICY_ROLE_SERVICE,
	POLICY_ROLE_APPLIED, /* of ports, which are not indexed here */
	POLICY_ROLE_N,
};

struct policy_prefix {
	prefix_bits value; /* zero behind the prefix; the field's first bit is the highest */
	__u8 len;
	__u8 family; /* enum policy_family */
};

/* A protocol, and ranges of what is in its ports' places: of ICMP the type (src) and
 * the code (dst). 0 to 65535 in both: any, fragments included. */
struct policy_term {
	__u8 proto;
	__u16 src_first, src_last, dst_first, dst_last;
};

struct policy_set {
	unsigned int refs;
	bool interned;
	struct hmap_node node; /* ... in policy_index.interned */
	__u32 slot;
	__u8 indexed; /* bit of enum policy_role: it is in that index */
	struct policy_index *ix; /* a reference */
	size_t n_prefixes, n_terms; /* one of them is 0 */
	size_t allocated; /* of prefixes */
	struct policy_prefix *prefixes;
	struct policy_term *terms;
};

/* The sets that have a prefix or term. */
struct policy_holders {
	struct hmap_node node;
	struct policy_vec sets;
	struct policy_prefix prefix;
	__u64 term; /* of a term's: policy_term_index */
	struct rule *rule; /* ... in the classifier */
};

struct policy_prefixes {
	struct prefix_trie trie[POLICY_FAMILY_N];
	struct hmap holders;
	size_t n_all[POLICY_FAMILY_N]; /* of prefix length 0 */
};

struct policy_index {
	unsigned int refs;
	__u64 seed;
	struct policy_prefixes prefixes[2]; /* by role: sources, destinations */
	struct classifier *terms;
	struct hmap term_holders;
	struct hmap interned; /* sets of one prefix or term, once each */
	struct policy_vec slots; /* sets by slot; NULL: free */
	struct policy_vec free_slots; /* their numbers; always with room for all slots */
	struct policy_vec fqdns; /* struct policy_fqdn, by name */
};

struct policy_index *policy_index_create(__u64 seed); /* NULL: out of memory */
struct policy_index *policy_index_get(struct policy_index *ix);
void policy_index_put(struct policy_index *ix);

/* An empty set with room for so many. NULL: out of memory. */
struct policy_set *policy_set_create(struct policy_index *ix, size_t n_prefixes, size_t n_terms);
struct policy_set *policy_set_get(struct policy_set *s);
void policy_set_put(struct policy_set *s); /* NULL is a no-op */

/* The set of just this prefix or term: one for all who ask. Rules name the same ones
 * over and over, and what is found in the index should be few. NULL: out of memory. */
struct policy_set *policy_set_of_prefix(struct policy_index *ix, const struct policy_prefix *p);
struct policy_set *policy_set_of_term(struct policy_index *ix, const struct policy_term *t);

/* In the index of that role from now on. 0 or -ENOMEM, with all as before. */
int policy_set_use(struct policy_set *s, enum policy_role role);
/* One more or less, of a set that is in use perhaps. The prefix is not in it. */
int policy_set_add(struct policy_set *s, const struct policy_prefix *prefix);
void policy_set_remove(struct policy_set *s, size_t i);

/* Tells of each set that has the value, and returns how many leading bits of it tell
 * which ones they are. */
typedef void (*policy_set_fn)(void *aux, const struct policy_set *set);
unsigned int policy_index_visit(const struct policy_index *ix, enum policy_role role,
				enum policy_family family, prefix_bits value, policy_set_fn fn,
				void *aux);
/* The same of the packet's service; ORs into 'wc' (may be NULL). */
void policy_index_visit_service(const struct policy_index *ix, const struct flow_key *key,
				struct flow_key *wc, policy_set_fn fn, void *aux);

/* policy_terms.c */
int policy_terms_enter(struct policy_set *s);
void policy_terms_leave(struct policy_set *s, size_t n);

static inline bool policy_prefix_equal(const struct policy_prefix *a, const struct policy_prefix *b)
{
	return a->value == b->value && a->len == b->len && a->family == b->family;
}

static inline bool policy_term_equal(const struct policy_term *a, const struct policy_term *b)
{
	return a->proto == b->proto && a->src_first == b->src_first && a->src_last == b->src_last &&
	       a->dst_first == b->dst_first && a->dst_last == b->dst_last;
}

static inline prefix_bits policy_prefix_cut(prefix_bits value, unsigned int len)
{
	return len ? value >> (PREFIX_TRIE_BITS - len) << (PREFIX_TRIE_BITS - len) : 0;
}

/* 'n' bytes as on the wire. */
static inline prefix_bits policy_prefix_bits(const __u8 *bytes, unsigned int n)
{
	prefix_bits v = 0;

	for (unsigned int i = 0; i < n; i++)
		v |= (prefix_bits)bytes[i] << (PREFIX_TRIE_BITS - 8 - 8 * i);
	return v;
}

static inline unsigned int policy_family_bytes(enum policy_family family)
{
	return family == POLICY_IPV4 ? 4 : family == POLICY_IPV6 ? 16 : 6;
}

#endif /* FLOW_POLICY_INDEX_H */
