// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The rule sets of rule_set.h.
 */
#include "rule_set.h"

#include "classifier_linear.h"
#include "test.h"

static const int stage_end[XVS_STAGE_N + 1] = {
	0, FLOW_STAGE_METADATA_END, FLOW_STAGE_L2_END, FLOW_STAGE_L3_END, FLOW_STAGE_L4_END,
};

void rule_set_init(struct rule_set *s, uint64_t *seed)
{
	s->n = 0;
	table_gen_init(&s->gen, seed, (enum table_shape)test_below(seed, TABLE_SHAPE_N));
	s->distinct = test_below(seed, 2);
	s->versioned = test_below(seed, 2);
	s->next_priority = (__u16)test_random(seed);
	s->priority_step = (__u16)(test_random(seed) | 1);
}

void rule_set_fini(struct rule_set *s)
{
	while (s->n)
		rule_put(s->rule[--s->n]);
}

static void draw_versions(const struct rule_set *s, uint64_t *seed, struct rule *r)
{
	r->version_from = 0;
	r->version_to = UINT64_MAX;
	if (!s->versioned || !test_below(seed, 3))
		return;
	r->version_from = test_below(seed, RULE_SET_VERSIONS - 1);
	if (test_below(seed, 2))
		r->version_to = r->version_from + 1 + test_below(seed, RULE_SET_VERSIONS - 1);
}

struct rule *rule_set_draw(struct rule_set *s, uint64_t *seed)
{
	struct match match;
	struct rule *r;
	__u16 priority;

	/* In a few words there is soon nothing new to match on. */
	for (int tries = 0; tries < 20; tries++) {
		if (s->n && !test_below(seed, 8))
			rule_match(s->rule[test_below(seed, (uint32_t)s->n)], &match);
		else
			table_gen_match(&s->gen, seed, &match);
		priority = (__u16)test_below(seed, 6);
		if (s->distinct)
			priority = s->next_priority = (__u16)(s->next_priority + s->priority_step);
		r = make_rule(&match, 0, priority, NULL);
		draw_versions(s, seed, r);
		if (!linear_conflicts(s->rule, s->n, r))
			return r;
		rule_put(r);
	}
	return NULL;
}

void rule_set_add(struct rule_set *s, struct rule *r)
{
	assert_true(s->n < RULE_SET_MAX);
	s->rule[s->n++] = r;
}

struct rule *rule_set_take(struct rule_set *s, size_t i)
{
	struct rule *r = s->rule[i];

	s->rule[i] = s->rule[--s->n];
	return r;
}

static size_t draw_size(uint64_t *seed, size_t max)
{
	size_t n;

	switch (test_below(seed, 4)) {
	case 0:
		n = 1 + test_below(seed, 8);
		break;
	case 1:
		n = 6 + test_below(seed, 8);
		break;
	case 2:
		n = 14 + test_below(seed, 50);
		break;
	default:
		n = 1 + test_below(seed, (uint32_t)max);
	}
	return n < max ? n : max;
}

void rule_set_fill(struct rule_set *s, uint64_t *seed, size_t max)
{
	size_t n = draw_size(seed, max);

	while (s->n < n) {
		struct rule *r = rule_set_draw(s, seed);

		if (!r)
			break;
		rule_set_add(s, r);
	}
}

void rule_set_shuffle(struct rule_set *s, uint64_t *seed)
{
	for (size_t i = s->n; i > 1; i--) {
		size_t k = test_below(seed, (uint32_t)i);
		struct rule *r = s->rule[k];

		s->rule[k] = s->rule[i - 1];
		s->rule[i - 1] = r;
	}
}

__u64 rule_set_version(const struct rule_set *s, uint64_t *seed)
{
	return s->versioned ? test_below(seed, RULE_SET_VERSIONS) : 1;
}

/* The words of the stages 'from' and later become such that the rule's match
 * finds nothing wrong there. */
static void meet_rule(struct flow_key *key, const struct rule *r, unsigned int from)
{
	struct match match = match_of(r);

	for (int i = stage_end[from]; i < FLOW_KEY_WORDS; i++)
		key->w[i] = (key->w[i] & ~match.mask.w[i]) | match.key.w[i];
}

void rule_set_packet(const struct rule_set *s, uint64_t *seed, struct flow_key *key)
{
	unsigned int n_flips = GEN_PICK(seed, 0, 0, 0, 1, 1, 2);

	memset(key, 0, sizeof(*key));
	if (test_below(seed, 2))
		gen_any_words(seed, key);
	if (!s->n || !test_below(seed, 30))
		return;
	if (s->gen.shape == TABLE_UNIVERSE && test_below(seed, 2))
		gen_packet(seed, key);
	else
		*key = test_below(seed, 4) ? s->gen.center[test_below(seed, s->gen.n_centers)]
					   : *key;
	if (test_below(seed, 4))
		meet_rule(key, s->rule[test_below(seed, (uint32_t)s->n)], 0);
	if (!test_below(seed, 3))
		meet_rule(key, s->rule[test_below(seed, (uint32_t)s->n)],
			  test_below(seed, XVS_STAGE_N));
	while (n_flips--) {
		struct match match = match_of(s->rule[test_below(seed, (uint32_t)s->n)]);

		gen_flip(seed, key, &match.mask);
	}
}

void rule_set_mask(const struct rule_set *s, struct flow_key *mask)
{
	memset(mask, 0, sizeof(*mask));
	for (size_t i = 0; i < s->n; i++) {
		struct match match = match_of(s->rule[i]);

		flow_mask_or(mask, &match.mask);
	}
}
