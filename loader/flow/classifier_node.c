// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The search of one node: which of its subtables are probed, in which order what
 * they find is searched, and which bits that took; see classifier_search.h.
 */
#include "classifier_search.h"

/* Up to so many subtables it is cheaper to probe them all than to walk the
 * tries first. */
#define PROBE_ALL_MAX 3

/* What the tries of a node say about the packet. */
struct node_matches {
	struct prefix_match field[PREFIX_N];
};

static void walk(const struct search *s, const struct stage_node *n, struct node_matches *m)
{
	const struct prefix_range *range = &s->cls->tracked[n->stage];

	for (unsigned int f = range->first; f < range->end; f++)
		if (n->prefixes.tracker[f])
			prefix_trie_match(&n->prefixes.tracker[f]->trie, prefix_value(s->key, f),
					  &m->field[f]);
}

/* Of the subtables of word 'w', those that no field excludes. */
static __u64 left_in_word(const struct search *s, const struct stage_node *n,
			  const struct node_matches *m, size_t w)
{
	const struct prefix_range *range = &s->cls->tracked[n->stage];
	__u64 left = ~0ULL;

	for (unsigned int f = range->first; f < range->end; f++)
		if (n->prefixes.tracker[f])
			left &= prefix_index_left(&n->prefixes, n->prefixes.tracker[f],
						  &m->field[f], w);
	return left;
}

/* A branch that a probe has found and that has not been searched yet. */
struct found {
	struct branch below;
	unsigned int rank; /* of its subtable */
	unsigned int max; /* the highest priority in it */
};

/* More than this at a time, and the best is searched before its turn, which is
 * as right. */
#define FOUND_MAX 16

/* How far the search of a node has come. */
struct scan {
	unsigned int end; /* the rank behind the last subtable that gave a best rule */
	unsigned int n;
	struct found found[FOUND_MAX]; /* by rising priority, later ranks first */
};

static unsigned int branch_max(struct branch b)
{
	switch (branch_kind(b)) {
	case BRANCH_NODE:
		return branch_node(b)->max[0];
	case BRANCH_BUCKET:
		return branch_bucket(b)->place[0].priority;
	default:
		return branch_rule(b)->priority;
	}
}

static void scan_add(struct scan *scan, const struct found *f)
{
	unsigned int i = scan->n++;

	for (; i && scan->found[i - 1].max >= f->max; i--)
		scan->found[i] = scan->found[i - 1];
	scan->found[i] = *f;
}

/* The subtable was probed, or what it found is searched. */
static void tell_subtable(struct search *s, const struct stage_node *n, const struct found *f,
			  enum classifier_step_kind kind)
{
	const struct subtable *st = n->order[f->rank];
	struct flow_key mask = {0};

	subtable_unwildcard(st, &mask);
	subtable_unwildcard(st, s->wc);
	search_tell(s, &(struct classifier_step){
			       .kind = kind,
			       .stage = search_stage(s, n->stage),
			       .mask = &mask,
			       .found = !branch_is_none(f->below),
			       .n = st->n,
			       .priority = kind == CLASSIFIER_PROBE ? n->max[f->rank] : f->max,
		       });
	s->probed = st;
}

/* Searches what may hold the best rule of all that was found. */
static void scan_best(struct search *s, const struct stage_node *n, struct scan *scan)
{
	const struct found f = scan->found[--scan->n];
	const struct rule *best = s->best;

	if (s->cls->config.priority_sort && !search_may_beat(s, f.max))
		return;
	if (s->fn && s->probed != n->order[f.rank])
		tell_subtable(s, n, &f, CLASSIFIER_BELOW);
	s->depth++;
	search_branch(s, f.below, n->stage + 1);
	s->depth--;
	if (s->best != best && f.rank >= scan->end)
		scan->end = f.rank + 1;
}

static void probe(struct search *s, const struct stage_node *n, unsigned int rank,
		  struct scan *scan)
{
	struct found f = {
		.below = subtable_probe(n->order[rank], s->key, &s->cls->seeds),
		.rank = rank,
	};

	if (s->fn)
		tell_subtable(s, n, &f, CLASSIFIER_PROBE);
	if (branch_is_none(f.below))
		return;
	f.max = branch_max(f.below);
	scan_add(scan, &f);
	if (scan->n == FOUND_MAX || !s->cls->config.priority_sort)
		scan_best(s, n, scan);
}

/*
 * Probes the subtables 'left' of word 'w'. Before each, what was found so far
 * is searched if it may hold a higher priority than all subtables to come: a
 * subtable's highest rule says little about the branch that the packet is in,
 * and a branch that is never searched un-wildcards nothing. False: no subtable
 * from here on can beat the best rule.
 */
static bool search_word(struct search *s, const struct stage_node *n, size_t w, __u64 left,
			struct scan *scan)
{
	for (; left; left &= left - 1) {
		unsigned int rank = (unsigned int)(64 * w) + (unsigned int)__builtin_ctzll(left);

		while (scan->n && scan->found[scan->n - 1].max >= n->max[rank])
			scan_best(s, n, scan);
		if (s->cls->config.priority_sort && !search_may_beat(s, n->max[rank]))
			return false;
		probe(s, n, rank, scan);
	}
	return true;
}

/* The rank behind the last subtable that was of interest: all before could have
 * had a better rule than what was known when their turn came. */
static unsigned int end_of_interest(const struct search *s, const struct stage_node *n,
				    unsigned int end)
{
	if (!s->cls->config.priority_sort || !s->best)
		return n->n;
	while (end < n->n && n->max[end] > s->best->priority)
		end++;
	return end;
}

/* The subtables before 'end' in word 'w', as bits. */
static __u64 word_before(unsigned int end, size_t w)
{
	unsigned int n = end - (unsigned int)(64 * w);

	return n < 64 ? (1ULL << n) - 1 : ~0ULL;
}

/* Bits of the field that prove for each subtable of 'excluded' that it has no
 * prefix of the packet. */
static unsigned int bits_to_exclude(const struct prefix_index *ix, const struct prefix_tracker *t,
				    const struct prefix_match *m, size_t w, __u64 excluded)
{
	for (unsigned int i = 0; i < t->n_lens; i++)
		if (prefix_tracker_set(ix, t, i)[w] & excluded)
			return t->len[i] < m->n_bits ? t->len[i] : m->n_bits;
	return 0;
}

/* Bits of the field that prove for each of 'kept' that it was not excluded. */
static unsigned int bits_to_keep(const struct prefix_index *ix, const struct prefix_tracker *t,
				 const struct prefix_match *m, size_t w, __u64 kept)
{
	for (unsigned int i = 0; i < t->n_lens; i++)
		if (prefix_tracker_set(ix, t, i)[w] & kept && prefix_match_has(m, t->len[i]))
			return t->len[i];
	return 0;
}

struct needed {
	unsigned int bits[PREFIX_N]; /* of each field */
	size_t n_excluded[PREFIX_N]; /* subtables */
};

static inline void need(struct needed *needed, unsigned int f, unsigned int bits)
{
	if (bits > needed->bits[f])
		needed->bits[f] = bits;
}

/* Of the subtables 'live' of word 'w', returns those that no field excludes,
 * and adds to 'needed' what proves it for the others. */
static __u64 exclude(const struct search *s, const struct stage_node *n,
		     const struct node_matches *m, size_t w, __u64 live, struct needed *needed)
{
	const struct prefix_range *range = &s->cls->tracked[n->stage];
	const struct prefix_index *ix = &n->prefixes;

	for (unsigned int f = range->first; f < range->end; f++) {
		const struct prefix_tracker *t = ix->tracker[f];
		__u64 excluded;

		if (!t)
			continue;
		excluded = live & ~prefix_index_left(ix, t, &m->field[f], w);
		if (!excluded)
			continue;
		need(needed, f, bits_to_exclude(ix, t, &m->field[f], w, excluded));
		needed->n_excluded[f] += (size_t)__builtin_popcountll(excluded);
		for (unsigned int g = range->first; g < f; g++)
			if (ix->tracker[g])
				need(needed, g,
				     bits_to_keep(ix, ix->tracker[g], &m->field[g], w, excluded));
		live &= ~excluded;
	}
	return live;
}

/* Un-wildcards what the search of the subtables before 'end' has learned. */
static void unwildcard_node(struct search *s, const struct stage_node *n, struct node_matches *m,
			    unsigned int end)
{
	const struct prefix_range *range = &s->cls->tracked[n->stage];
	struct needed needed = {0};

	for (size_t w = 0; 64 * w < end; w++) {
		__u64 live = exclude(s, n, m, w, word_before(end, w), &needed);

		for (; live; live &= live - 1)
			subtable_unwildcard(n->order[64 * w + (size_t)__builtin_ctzll(live)],
					    s->wc);
	}
	for (unsigned int f = range->first; f < range->end; f++) {
		prefix_unwildcard(s->wc, f, needed.bits[f]);
		/* Where a field excluded nothing, its bits go with the next one's. */
		if (s->fn && needed.n_excluded[f])
			search_tell(s, &(struct classifier_step){.kind = CLASSIFIER_SKIP,
								 .n = needed.n_excluded[f],
								 .field = (int)f});
	}
}

/* The only subtable of a node has no such value: un-wildcards what proves it,
 * as unwildcard_node does for any number of them. */
void search_miss(struct search *s, const struct stage_node *n)
{
	const struct prefix_range *range = &s->cls->tracked[n->stage];
	const struct subtable *st = n->order[0];
	struct prefix_match m;

	for (unsigned int f = range->first; f < range->end; f++) {
		unsigned int len = st->lens.len[f];

		if (!len)
			continue;
		prefix_trie_match(&n->prefixes.tracker[f]->trie, prefix_value(s->key, f), &m);
		if (!prefix_match_has(&m, len)) {
			prefix_unwildcard(s->wc, f, len < m.n_bits ? len : m.n_bits);
			return;
		}
		prefix_unwildcard(s->wc, f, len);
	}
	subtable_unwildcard(st, s->wc);
}

/* The only subtable of a node: the way goes on, or ends here. */
struct branch search_one(struct search *s, const struct stage_node *n)
{
	const struct subtable *st = n->order[0];
	struct branch below = {0};

	if (s->cls->config.priority_sort && !search_may_beat(s, n->max[0]))
		return below;
	below = subtable_probe(st, s->key, &s->cls->seeds);
	if (s->wc && branch_is_none(below))
		search_miss(s, n);
	if (branch_is_none(below))
		return below;
	if (s->wc)
		subtable_unwildcard(st, s->wc);
	/* The value's own rules may be lower than the subtable's highest. */
	if (s->best && s->cls->config.priority_sort && !search_may_beat(s, branch_max(below)))
		return (struct branch){0};
	return below;
}

void search_node(struct search *s, const struct stage_node *n)
{
	bool prune = n->n > PROBE_ALL_MAX || s->fn;
	struct node_matches m;
	struct scan scan;
	unsigned int end;

	if (prune)
		walk(s, n, &m);
	scan.end = scan.n = 0;
	for (size_t w = 0; 64 * w < n->n; w++) {
		__u64 left = word_before(n->n, w);

		if (prune)
			left &= left_in_word(s, n, &m, w);
		if (!search_word(s, n, w, left, &scan))
			break;
	}
	while (scan.n)
		scan_best(s, n, &scan);
	if (!s->wc)
		return;
	/* The mask takes the tries in any case. */
	if (!prune)
		walk(s, n, &m);
	end = end_of_interest(s, n, scan.end);
	unwildcard_node(s, n, &m, end);
	if (end < n->n)
		search_tell_stop(s, n->n - end, n->max[end], NULL);
}
