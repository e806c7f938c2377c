// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tries and sets of subtables by prefix length; see prefix_index.h.
 */
#include "prefix_index.h"

#include <errno.h>
#include <stdlib.h>

#include "subtable.h"

void prefix_index_init(struct prefix_index *ix)
{
	memset(ix, 0, sizeof(*ix));
}

static void tracker_destroy(struct prefix_tracker *t)
{
	if (!t)
		return;
	prefix_trie_fini(&t->trie);
	free(t->tracked);
	free(t);
}

void prefix_index_fini(struct prefix_index *ix)
{
	for (unsigned int f = 0; f < PREFIX_N; f++)
		tracker_destroy(ix->tracker[f]);
}

/* Rows of sets that 'n' subtables can need in any field, and one for 'tracked'. */
static size_t rows_of(size_t n)
{
	return 1 + (n < PREFIX_TRIE_BITS ? n : PREFIX_TRIE_BITS);
}

static struct prefix_tracker *tracker_create(size_t n_subtables, size_t n_words)
{
	struct prefix_tracker *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->tracked = calloc(rows_of(n_subtables) * n_words, sizeof(__u64));
	if (!t->tracked) {
		free(t);
		return NULL;
	}
	t->sets = t->tracked + n_words;
	prefix_trie_init(&t->trie);
	return t;
}

static bool is_reserved(const struct prefix_index *ix, size_t n, const struct prefix_lens *lens)
{
	for (unsigned int f = 0; f < PREFIX_N; f++)
		if (lens->len[f] && !ix->tracker[f])
			return false;
	return n <= ix->allocated;
}

int prefix_index_reserve(struct prefix_index *ix, size_t n, const struct prefix_lens *lens)
{
	size_t n_words = (n + 63) / 64;
	__u64 *sets[PREFIX_N] = {NULL};
	bool failed = false;

	if (is_reserved(ix, n, lens))
		return 0;
	/* All allocations first: what fails must leave the index as it was. */
	for (unsigned int f = 0; f < PREFIX_N && !failed; f++) {
		if (!ix->tracker[f])
			continue;
		sets[f] = calloc(rows_of(n) * n_words, sizeof(__u64));
		failed = !sets[f];
	}
	for (unsigned int f = 0; f < PREFIX_N && !failed; f++) {
		if (ix->tracker[f] || !lens->len[f])
			continue;
		ix->tracker[f] = tracker_create(n, n_words);
		failed = !ix->tracker[f];
	}
	for (unsigned int f = 0; f < PREFIX_N; f++) {
		if (failed) {
			free(sets[f]);
		} else if (sets[f]) {
			free(ix->tracker[f]->tracked);
			ix->tracker[f]->tracked = sets[f];
			ix->tracker[f]->sets = sets[f] + n_words;
		}
	}
	if (failed)
		return -ENOMEM;
	ix->n_words = n_words;
	ix->allocated = n;
	return 0;
}

static unsigned int row_of(const struct prefix_tracker *t, __u8 len)
{
	unsigned int i = 0;

	while (t->len[i] != len)
		i++;
	return i;
}

static void tracker_rank(const struct prefix_index *ix, enum prefix_field f,
			 struct subtable *const *order, size_t n)
{
	struct prefix_tracker *t = ix->tracker[f];
	bool used[PREFIX_TRIE_BITS + 1] = {false};

	t->n_lens = 0;
	for (size_t i = 0; i < n; i++)
		used[order[i]->lens.len[f]] = true;
	for (unsigned int len = PREFIX_TRIE_BITS; len; len--)
		if (used[len])
			t->len[t->n_lens++] = (__u8)len;
	memset(t->tracked, 0, (1 + t->n_lens) * ix->n_words * sizeof(__u64));
	for (size_t i = 0; i < n; i++) {
		__u64 bit = 1ULL << i % 64;

		if (!order[i]->lens.len[f])
			continue;
		t->tracked[i / 64] |= bit;
		t->sets[row_of(t, order[i]->lens.len[f]) * ix->n_words + i / 64] |= bit;
	}
}

void prefix_index_rank(struct prefix_index *ix, struct subtable *const *order, size_t n)
{
	for (unsigned int f = 0; f < PREFIX_N; f++)
		if (ix->tracker[f])
			tracker_rank(ix, f, order, n);
}

static void drop_below(struct prefix_index *ix, const struct prefix_lens *lens,
		       const struct flow_key *key, unsigned int end)
{
	for (unsigned int f = 0; f < end; f++)
		if (lens->len[f])
			prefix_trie_remove(&ix->tracker[f]->trie, prefix_value(key, f),
					   lens->len[f]);
}

int prefix_index_add(struct prefix_index *ix, const struct prefix_lens *lens,
		     const struct flow_key *key)
{
	for (unsigned int f = 0; f < PREFIX_N; f++) {
		int err;

		if (!lens->len[f])
			continue;
		err = prefix_trie_insert(&ix->tracker[f]->trie, prefix_value(key, f), lens->len[f]);
		if (err) {
			drop_below(ix, lens, key, f);
			return err;
		}
	}
	return 0;
}

void prefix_index_drop(struct prefix_index *ix, const struct prefix_lens *lens,
		       const struct flow_key *key)
{
	drop_below(ix, lens, key, PREFIX_N);
}

size_t prefix_index_bytes(const struct prefix_index *ix)
{
	size_t bytes = 0;

	for (unsigned int f = 0; f < PREFIX_N; f++)
		if (ix->tracker[f])
			bytes += sizeof(*ix->tracker[f]) +
				 prefix_trie_bytes(&ix->tracker[f]->trie) +
				 rows_of(ix->allocated) * ix->n_words * sizeof(__u64);
	return bytes;
}
