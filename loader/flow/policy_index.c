// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sets and the index of their prefixes; see policy_index.h. Terms of services are in
 * policy_terms.c.
 */
#include "policy_index.h"

#include <xxhash.h>

struct policy_index *policy_index_create(__u64 seed)
{
	struct policy_index *ix = calloc(1, sizeof(*ix));

	if (!ix)
		return NULL;
	ix->terms = classifier_create(seed);
	if (!ix->terms) {
		free(ix);
		return NULL;
	}
	ix->refs = 1;
	ix->seed = seed;
	for (size_t role = 0; role < 2; role++) {
		hmap_init(&ix->prefixes[role].holders);
		for (size_t i = 0; i < POLICY_FAMILY_N; i++)
			prefix_trie_init(&ix->prefixes[role].trie[i]);
	}
	hmap_init(&ix->term_holders);
	hmap_init(&ix->interned);
	return ix;
}

struct policy_index *policy_index_get(struct policy_index *ix)
{
	ix->refs++;
	return ix;
}

/* With the last reference all sets are gone, and nothing is in the tables. */
void policy_index_put(struct policy_index *ix)
{
	if (!ix || --ix->refs)
		return;
	for (size_t role = 0; role < 2; role++) {
		hmap_fini(&ix->prefixes[role].holders);
		for (size_t i = 0; i < POLICY_FAMILY_N; i++)
			prefix_trie_fini(&ix->prefixes[role].trie[i]);
	}
	hmap_fini(&ix->term_holders);
	hmap_fini(&ix->interned);
	classifier_destroy(ix->terms);
	policy_vec_fini(&ix->slots);
	policy_vec_fini(&ix->free_slots);
	policy_vec_fini(&ix->fqdns);
	free(ix);
}

static __u64 hash_prefix(const struct policy_index *ix, const struct policy_prefix *p)
{
	return XXH3_64bits_withSeed(&p->value, sizeof(p->value),
				    ix->seed ^ ((__u64)p->family << 8 | p->len));
}

static struct policy_holders *find_prefix(const struct policy_prefixes *t, __u64 hash,
					  const struct policy_prefix *p)
{
	for (struct hmap_node *n = hmap_bucket(&t->holders, hash); n; n = n->next) {
		struct policy_holders *h = hmap_entry(n, struct policy_holders, node);

		if (n->hash == hash && policy_prefix_equal(&h->prefix, p))
			return h;
	}
	return NULL;
}

static struct policy_holders *new_prefix(struct policy_index *ix, struct policy_prefixes *t,
					 const struct policy_prefix *p)
{
	struct policy_holders *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->prefix = *p;
	if (policy_vec_reserve(&h->sets, 1) ||
	    (p->len && prefix_trie_insert(&t->trie[p->family], p->value, p->len))) {
		policy_vec_fini(&h->sets);
		free(h);
		return NULL;
	}
	t->n_all[p->family] += !p->len;
	hmap_insert(&t->holders, &h->node, hash_prefix(ix, p));
	return h;
}

static int enter_prefix(struct policy_set *s, enum policy_role role, const struct policy_prefix *p)
{
	struct policy_prefixes *t = &s->ix->prefixes[role];
	struct policy_holders *h = find_prefix(t, hash_prefix(s->ix, p), p);

	if (!h)
		h = new_prefix(s->ix, t, p);
	if (!h || policy_vec_reserve(&h->sets, 1))
		return -ENOMEM;
	policy_vec_insert(&h->sets, h->sets.n, s);
	return 0;
}

static void leave_prefix(struct policy_set *s, enum policy_role role, const struct policy_prefix *p)
{
	struct policy_prefixes *t = &s->ix->prefixes[role];
	struct policy_holders *h = find_prefix(t, hash_prefix(s->ix, p), p);
	size_t i;

	if (!policy_vec_find(&h->sets, s, &i))
		return;
	h->sets.v[i] = h->sets.v[--h->sets.n];
	if (h->sets.n)
		return;
	if (p->len)
		prefix_trie_remove(&t->trie[p->family], p->value, p->len);
	t->n_all[p->family] -= !p->len;
	hmap_remove(&t->holders, &h->node);
	policy_vec_fini(&h->sets);
	free(h);
}

/* Free slots are numbers in an array of pointers. */
static int take_slot(struct policy_index *ix, struct policy_set *s)
{
	if (ix->free_slots.n) {
		s->slot = (__u32)(uintptr_t)ix->free_slots.v[--ix->free_slots.n];
		ix->slots.v[s->slot] = s;
		return 0;
	}
	/* So that a slot can always be given back. */
	if (policy_vec_reserve(&ix->slots, 1) ||
	    policy_vec_reserve(&ix->free_slots, ix->slots.n + 1))
		return -ENOMEM;
	s->slot = (__u32)ix->slots.n;
	policy_vec_insert(&ix->slots, ix->slots.n, s);
	return 0;
}

struct policy_set *policy_set_create(struct policy_index *ix, size_t n_prefixes, size_t n_terms)
{
	struct policy_set *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->refs = 1;
	s->ix = ix;
	s->allocated = n_prefixes;
	if (n_prefixes)
		s->prefixes = calloc(n_prefixes, sizeof(*s->prefixes));
	if (n_terms)
		s->terms = calloc(n_terms, sizeof(*s->terms));
	if ((n_prefixes && !s->prefixes) || (n_terms && !s->terms) || take_slot(ix, s)) {
		free(s->prefixes);
		free(s->terms);
		free(s);
		return NULL;
	}
	policy_index_get(ix);
	return s;
}

struct policy_set *policy_set_get(struct policy_set *s)
{
	s->refs++;
	return s;
}

void policy_set_put(struct policy_set *s)
{
	struct policy_index *ix;

	if (!s || --s->refs)
		return;
	ix = s->ix;
	if (s->interned)
		hmap_remove(&ix->interned, &s->node);
	for (enum policy_role role = POLICY_ROLE_SRC; role <= POLICY_ROLE_DST; role++)
		for (size_t i = 0; s->indexed >> role & 1 && i < s->n_prefixes; i++)
			leave_prefix(s, role, &s->prefixes[i]);
	if (s->indexed >> POLICY_ROLE_SERVICE & 1)
		policy_terms_leave(s, s->n_terms);
	ix->slots.v[s->slot] = NULL;
	policy_vec_insert(&ix->free_slots, ix->free_slots.n, (void *)(uintptr_t)s->slot);
	free(s->prefixes);
	free(s->terms);
	free(s);
	policy_index_put(ix);
}

static struct policy_set *find_interned(const struct policy_index *ix, __u64 hash,
					const struct policy_prefix *p, const struct policy_term *t)
{
	for (struct hmap_node *n = hmap_bucket(&ix->interned, hash); n; n = n->next) {
		struct policy_set *s = hmap_entry(n, struct policy_set, node);

		if (n->hash != hash || (p ? !s->n_prefixes : !s->n_terms))
			continue;
		if (p ? policy_prefix_equal(&s->prefixes[0], p)
		      : policy_term_equal(&s->terms[0], t))
			return policy_set_get(s);
	}
	return NULL;
}

static void intern(struct policy_set *s, __u64 hash)
{
	s->interned = true;
	hmap_insert(&s->ix->interned, &s->node, hash);
}

struct policy_set *policy_set_of_prefix(struct policy_index *ix, const struct policy_prefix *p)
{
	__u64 hash = hash_prefix(ix, p);
	struct policy_set *s = find_interned(ix, hash, p, NULL);

	if (s)
		return s;
	s = policy_set_create(ix, 1, 0);
	if (!s)
		return NULL;
	s->prefixes[s->n_prefixes++] = *p;
	intern(s, hash);
	return s;
}

struct policy_set *policy_set_of_term(struct policy_index *ix, const struct policy_term *t)
{
	const __u16 words[] = {t->proto, t->src_first, t->src_last, t->dst_first, t->dst_last};
	__u64 hash = XXH3_64bits_withSeed(words, sizeof(words), ix->seed);
	struct policy_set *s = find_interned(ix, hash, NULL, t);

	if (s)
		return s;
	s = policy_set_create(ix, 0, 1);
	if (!s)
		return NULL;
	s->terms[s->n_terms++] = *t;
	intern(s, hash);
	return s;
}

int policy_set_use(struct policy_set *s, enum policy_role role)
{
	int rc = 0;

	if (s->indexed >> role & 1)
		return 0;
	if (role == POLICY_ROLE_SERVICE) {
		rc = policy_terms_enter(s);
	} else {
		for (size_t i = 0; i < s->n_prefixes; i++) {
			rc = enter_prefix(s, role, &s->prefixes[i]);
			if (!rc)
				continue;
			while (i--)
				leave_prefix(s, role, &s->prefixes[i]);
			break;
		}
	}
	if (!rc)
		s->indexed |= (__u8)(1 << role);
	return rc;
}

int policy_set_add(struct policy_set *s, const struct policy_prefix *prefix)
{
	if (s->n_prefixes == s->allocated) {
		size_t allocated = s->allocated ? 2 * s->allocated : 4;
		struct policy_prefix *v = reallocarray(s->prefixes, allocated, sizeof(*v));

		if (!v)
			return -ENOMEM;
		s->prefixes = v;
		s->allocated = allocated;
	}
	for (enum policy_role role = POLICY_ROLE_SRC; role <= POLICY_ROLE_DST; role++) {
		if (!(s->indexed >> role & 1) || !enter_prefix(s, role, prefix))
			continue;
		if (role == POLICY_ROLE_DST && s->indexed >> POLICY_ROLE_SRC & 1)
			leave_prefix(s, POLICY_ROLE_SRC, prefix);
		return -ENOMEM;
	}
	s->prefixes[s->n_prefixes++] = *prefix;
	return 0;
}

void policy_set_remove(struct policy_set *s, size_t i)
{
	for (enum policy_role role = POLICY_ROLE_SRC; role <= POLICY_ROLE_DST; role++)
		if (s->indexed >> role & 1)
			leave_prefix(s, role, &s->prefixes[i]);
	s->prefixes[i] = s->prefixes[--s->n_prefixes];
}

static void visit_holders(const struct policy_index *ix, const struct policy_prefixes *t,
			  const struct policy_prefix *p, policy_set_fn fn, void *aux)
{
	const struct policy_holders *h = find_prefix(t, hash_prefix(ix, p), p);

	for (size_t i = 0; h && i < h->sets.n; i++)
		fn(aux, h->sets.v[i]);
}

unsigned int policy_index_visit(const struct policy_index *ix, enum policy_role role,
				enum policy_family family, prefix_bits value, policy_set_fn fn,
				void *aux)
{
	const struct policy_prefixes *t = &ix->prefixes[role];
	struct prefix_match m;

	if (t->n_all[family])
		visit_holders(ix, t, &(struct policy_prefix){.family = (__u8)family}, fn, aux);
	prefix_trie_match(&t->trie[family], value, &m);
	for (unsigned int w = 0; w < 2; w++) {
		for (__u64 left = m.lens[w]; left; left &= left - 1) {
			__u8 len = (__u8)(64 * w + (unsigned int)__builtin_ctzll(left) + 1);

			visit_holders(ix, t,
				      &(struct policy_prefix){
					      .value = policy_prefix_cut(value, len),
					      .len = len,
					      .family = (__u8)family,
				      },
				      fn, aux);
		}
	}
	return m.n_bits;
}
