// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rules like those of ClassBench: drawn from the profile of a kind, ranges cut
 * into masks, duplicates dropped, narrow ones put first. rulegen.h has the
 * essay, rulegen_profile.c the numbers, rulegen_trace.c the packets.
 */
#include "rulegen.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "rulegen_profile.h"

#define MAX_PIECES 30 /* masks of one port range, at most */
#define MAX_PRIORITY 65535
/* Pairs of prefix lengths for each pair of port classes: some, and one more for
 * each so much of its weight. Together some 100, as in published sets. */
#define PAIRS_MIN 4
#define PAIRS_WEIGHT 8
/* So many rules in a row that were there already: the kind has no more. */
#define MAX_FRUITLESS 200000

struct masked_port {
	uint16_t value, mask;
};

struct draft { /* a rule while its place is not known */
	struct tuple_rule rule;
	uint32_t origin; /* the rule that it is a piece of */
	uint16_t width; /* bits that the origin matches on */
};

struct drafts {
	struct draft *v;
	size_t n;
	uint32_t *slots; /* open addressing, number + 1; twice the size at least */
	size_t slot_mask;
};

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

uint64_t rulegen_random(uint64_t *state)
{
	*state += 0x9e3779b97f4a7c15ULL;
	return mix(*state);
}

uint32_t rulegen_below(uint64_t *state, uint32_t n)
{
	return (uint32_t)((rulegen_random(state) >> 32) * n >> 32);
}

const char *rulegen_kind_name(enum rulegen_kind kind)
{
	return rulegen_profiles[kind].name;
}

int rulegen_kind_parse(const char *name)
{
	for (int k = 0; k < RULEGEN_N; k++)
		if (!strcmp(rulegen_profiles[k].name, name))
			return k;
	return -1;
}

/* One of the rows of a table whose rows begin with their weight. */
static const void *pick(const void *table, size_t row_size, uint64_t *state)
{
	const char *row = table;
	unsigned int sum = 0, at;

	for (const char *r = table; *(const unsigned int *)r; r += row_size)
		sum += *(const unsigned int *)r;
	at = rulegen_below(state, sum);
	while (at >= *(const unsigned int *)row) {
		at -= *(const unsigned int *)row;
		row += row_size;
	}
	return row;
}

static bool chance(uint64_t *state, unsigned int percent)
{
	return rulegen_below(state, 100) < percent;
}

/*
 * From the root to a leaf. What a node is like follows from a hash of its
 * place, so that the tree need not be kept. 'follow' is NULL, or the address
 * whose branches are taken until the profile says otherwise.
 */
static uint32_t tree_walk(const struct tree_level *level, uint64_t tree, const uint32_t *follow,
			  uint64_t *state)
{
	uint32_t addr = 0;

	for (unsigned int bit = 0; bit < 32; bit++) {
		uint64_t node = mix(tree + ((uint64_t)bit << 32 | addr));
		uint32_t branch = node >> 8 & 1;

		while (bit >= level->end)
			level++;
		if (follow && !chance(state, level->follow))
			follow = NULL;
		if (follow)
			branch = *follow >> (31 - bit) & 1;
		else if (node % 251 * 100 / 251 < level->two && chance(state, level->light))
			branch ^= 1;
		addr |= branch << (31 - bit);
	}
	return addr;
}

uint32_t rulegen_src(enum rulegen_kind kind, uint64_t seed, uint64_t *state)
{
	return tree_walk(rulegen_profiles[kind].src_tree, mix(seed + 1), NULL, state);
}

uint32_t rulegen_dst(enum rulegen_kind kind, uint64_t seed, uint32_t src, uint64_t *state)
{
	return tree_walk(rulegen_profiles[kind].dst_tree, mix(seed + 2), &src, state);
}

static uint32_t prefix_mask(unsigned int len)
{
	return len ? ~0U << (32 - len) : 0;
}

static struct port_range draw_range(enum port_class class, uint64_t *state)
{
	switch (class) {
	case PORT_LO:
		return (struct port_range){0, 0, 1023};
	case PORT_HI:
		return (struct port_range){0, 1024, 65535};
	case PORT_AR:
		return *(const struct port_range *)pick(rulegen_ranges, sizeof(rulegen_ranges[0]),
							state);
	case PORT_EM:
		return *(const struct port_range *)pick(rulegen_exact, sizeof(rulegen_exact[0]),
							state);
	default:
		return (struct port_range){0, 0, 65535};
	}
}

/* The masks that a range is made of: the widest that begins where the one
 * before it ended, again and again. */
static size_t range_masks(const struct port_range *range, struct masked_port *out)
{
	uint32_t low = range->low;
	size_t n = 0;

	while (low <= range->high) {
		uint32_t size = 65536;

		while (low % size || low + size - 1 > range->high)
			size /= 2;
		out[n++] = (struct masked_port){(uint16_t)low, (uint16_t)(0x10000 - size)};
		low += size;
	}
	return n;
}

static unsigned int range_width(const struct port_range *range)
{
	unsigned int size = (unsigned int)range->high - range->low + 1, bits = 16;

	while (size > 1) {
		size /= 2;
		bits--;
	}
	return bits;
}

static uint64_t rule_hash(const struct tuple_rule *r)
{
	uint64_t h = mix((uint64_t)r->src << 32 | r->dst);

	h = mix(h ^ ((uint64_t)r->src_mask << 32 | r->dst_mask));
	h = mix(h ^ ((uint64_t)r->sport << 48 | (uint64_t)r->sport_mask << 32 |
		     (uint32_t)r->dport << 16 | r->dport_mask));
	return mix(h ^ ((uint32_t)r->proto << 8 | r->proto_mask));
}

/* False: there is one of this match already. */
static bool drafts_add(struct drafts *d, const struct draft *draft)
{
	size_t slot = rule_hash(&draft->rule) & d->slot_mask;

	while (d->slots[slot]) {
		if (!memcmp(&d->v[d->slots[slot] - 1].rule, &draft->rule, sizeof(draft->rule)))
			return false;
		slot = (slot + 1) & d->slot_mask;
	}
	d->v[d->n++] = *draft;
	d->slots[slot] = (uint32_t)d->n;
	return true;
}

/* One of the few pairs of lengths that go with a pair of port classes; more
 * for those that are frequent. They are drawn anew each time, from a state that
 * is theirs alone, so that no list of them is kept. */
static void draw_lengths(const struct rulegen_profile *p, const struct port_pair *ports,
			 uint64_t seed, uint64_t *state, unsigned int len[2])
{
	uint32_t which = rulegen_below(state, PAIRS_MIN + ports->weight / PAIRS_WEIGHT);
	uint64_t own = mix(seed + ((uint64_t)(ports - p->ports) << 32 | which));
	const struct prefix_pair *pair = pick(p->prefixes, sizeof(*pair), &own);

	len[0] = pair->src_min + rulegen_below(&own, pair->src_max - pair->src_min + 1u);
	len[1] = pair->dst_min + rulegen_below(&own, pair->dst_max - pair->dst_min + 1u);
}

static void draw_rule(enum rulegen_kind kind, uint64_t seed, uint64_t *state, struct draft *draft,
		      struct port_range range[2])
{
	const struct rulegen_profile *p = &rulegen_profiles[kind];
	const struct port_pair *ports = pick(p->ports, sizeof(*ports), state);
	struct tuple_rule *r = &draft->rule;
	unsigned int len[2];

	memset(draft, 0, sizeof(*draft));
	draw_lengths(p, ports, seed, state, len);
	r->src = rulegen_src(kind, seed, state);
	r->dst = rulegen_dst(kind, seed, r->src, state);
	r->src_mask = prefix_mask(len[0]);
	r->dst_mask = prefix_mask(len[1]);
	r->src &= r->src_mask;
	r->dst &= r->dst_mask;
	r->proto = ports->proto;
	r->proto_mask = ports->proto ? 0xff : 0;
	range[0] = draw_range(ports->src, state);
	range[1] = draw_range(ports->dst, state);
	draft->width = (uint16_t)(len[0] + len[1] + (ports->proto ? 8 : 0) +
				  range_width(&range[0]) + range_width(&range[1]));
}

/* Adds the pieces of a drawn rule, up to 'n' in all; how many were new. */
static size_t add_pieces(struct drafts *d, struct draft *draft, const struct port_range range[2],
			 size_t n)
{
	struct masked_port src[MAX_PIECES], dst[MAX_PIECES];
	size_t n_src = range_masks(&range[0], src), n_dst = range_masks(&range[1], dst);
	size_t before = d->n;

	for (size_t i = 0; i < n_src * n_dst && d->n < n; i++) {
		draft->rule.sport = src[i / n_dst].value;
		draft->rule.sport_mask = src[i / n_dst].mask;
		draft->rule.dport = dst[i % n_dst].value;
		draft->rule.dport_mask = dst[i % n_dst].mask;
		drafts_add(d, draft);
	}
	return d->n - before;
}

/* A rule for all TCP packets and the like would leave the others nothing. */
static bool too_wide(const struct draft *draft, const struct port_range range[2])
{
	return !draft->rule.src_mask && !draft->rule.dst_mask && !range_width(&range[0]) &&
	       !range_width(&range[1]);
}

static int draw_all(struct drafts *d, enum rulegen_kind kind, size_t n, uint64_t seed)
{
	uint64_t state = mix(seed + 3);
	size_t fruitless = 0;
	uint32_t origin = 0;

	while (d->n < n && fruitless < MAX_FRUITLESS) {
		struct port_range range[2];
		struct draft draft;

		draw_rule(kind, seed, &state, &draft, range);
		draft.origin = origin;
		if (!too_wide(&draft, range) && add_pieces(d, &draft, range, n)) {
			origin++;
			fruitless = 0;
		} else {
			fruitless++;
		}
	}
	return d->n == n ? 0 : -ERANGE;
}

static int by_width(const void *a, const void *b)
{
	const struct draft *x = a, *y = b;

	if (x->width != y->width)
		return x->width > y->width ? -1 : 1;
	if (x->origin != y->origin)
		return x->origin < y->origin ? -1 : 1;
	/* The order of pieces is that in which they were cut. */
	return memcmp(&x->rule.sport, &y->rule.sport, 4 * sizeof(x->rule.sport));
}

/* Places of rules become priorities, spread over all of 1 to 65535. */
static void place(const struct drafts *d, struct tuple_rule *rules)
{
	uint64_t n_places = 1, at = 0;

	for (size_t i = 1; i < d->n; i++)
		n_places += d->v[i].origin != d->v[i - 1].origin;
	for (size_t i = 0; i < d->n; i++) {
		at += i && d->v[i].origin != d->v[i - 1].origin;
		rules[i] = d->v[i].rule;
		rules[i].priority =
			(uint16_t)(MAX_PRIORITY -
				   at * (MAX_PRIORITY - 1) / (n_places > 1 ? n_places - 1 : 1));
	}
}

int rulegen_rules(struct ruleset *rs, enum rulegen_kind kind, size_t n, uint64_t seed)
{
	struct drafts d = {.slot_mask = 1};
	int err = -ENOMEM;

	while (d.slot_mask < 2 * n)
		d.slot_mask = 2 * d.slot_mask + 1;
	d.v = calloc(n + 1, sizeof(*d.v));
	d.slots = calloc(d.slot_mask + 1, sizeof(*d.slots));
	*rs = (struct ruleset){.n_rules = n, .rules = calloc(n + 1, sizeof(*rs->rules))};
	if (d.v && d.slots && rs->rules) {
		err = draw_all(&d, kind, n, seed);
		qsort(d.v, d.n, sizeof(*d.v), by_width);
		place(&d, rs->rules);
	}
	free(d.v);
	free(d.slots);
	if (err)
		ruleset_fini(rs);
	return err;
}
