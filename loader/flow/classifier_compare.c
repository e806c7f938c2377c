// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The end of a search: rules are compared with the key, one by one, and what
 * differs is un-wildcarded as far as it proves that; see classifier_search.h.
 */
#include "classifier_search.h"

/* Words of a rule that are compared together: those of one stage. */
struct compared {
	const __u64 *values;
	const __u64 *masks;
	const __u8 *word; /* their places in the key */
	unsigned int n;
	unsigned int stage;
	const struct prefix_lens *lens;
};

/* They differ from the key: un-wildcards what proves it. Returns the field that
 * differs, or PREFIX_N. */
static unsigned int unwildcard_difference(struct search *s, const struct compared *c)
{
	const struct prefix_range *range = &s->cls->tracked[c->stage];
	unsigned int first = stage_first(s->cls->layout, c->stage);
	struct flow_key diff;

	if (range->first < range->end) {
		memset(&diff.w[first], 0,
		       (s->cls->layout->end[c->stage] - first) * sizeof(diff.w[0]));
		for (unsigned int i = 0; i < c->n; i++)
			diff.w[c->word[i]] = (s->key->w[c->word[i]] ^ c->values[i]) & c->masks[i];
	}
	for (unsigned int f = range->first; f < range->end; f++) {
		unsigned int len = c->lens->len[f], same;

		if (!len)
			continue;
		same = prefix_common(prefix_value(&diff, f), 0);
		prefix_unwildcard(s->wc, f, same < len ? same + 1 : len);
		if (same < len)
			return f;
	}
	for (unsigned int i = 0; i < c->n; i++)
		s->wc->w[c->word[i]] |= c->masks[i];
	return PREFIX_N;
}

static inline bool words_match(const struct search *s, const struct rule *r, unsigned int first,
			       unsigned int end)
{
	const __u64 *values = rule_values(r), *masks = rule_masks(r);
	const __u8 *place = rule_places(r);
	__u64 diff = 0;

	for (unsigned int i = first; i < end; i++)
		diff |= (s->key->w[place[i]] & masks[i]) ^ values[i];
	return !diff;
}

/* Where a rule differs. */
struct difference {
	unsigned int stage;
	unsigned int field; /* PREFIX_N: none in particular */
};

/* Compares from 'stage' on, with the mask. */
static bool rule_matches_wc(struct search *s, const struct rule *r, unsigned int stage,
			    struct difference *d)
{
	const struct stage_layout *layout = s->cls->layout;
	const __u64 *masks = rule_masks(r);
	const __u8 *place = rule_places(r);

	for (; stage < layout->n; stage++) {
		unsigned int first = rule_stage_first(layout, r, stage),
			     end = rule_stage_end(layout, r, stage);

		if (!words_match(s, r, first, end)) {
			d->stage = stage;
			d->field = unwildcard_difference(
				s, &(struct compared){.values = rule_values(r) + first,
						      .masks = masks + first,
						      .word = place + first,
						      .n = end - first,
						      .stage = stage,
						      .lens = &r->lens});
			return false;
		}
		for (unsigned int i = first; i < end; i++)
			s->wc->w[place[i]] |= masks[i];
	}
	return true;
}

static bool rule_matches(const struct search *s, const struct rule *r, unsigned int stage)
{
	if (stage == s->cls->layout->n)
		return true;
	return words_match(s, r, rule_stage_first(s->cls->layout, r, stage),
			   r->words_end[XVS_STAGE_N - 1]);
}

/* A match that is visible in no rule of its chain un-wildcards like any other:
 * the copies in a bucket do not know. */
void search_chain(struct search *s, struct rule *first, unsigned int stage)
{
	struct difference d = {.field = PREFIX_N};
	struct rule *r = NULL;
	bool found;

	if (!first)
		return;
	found = s->wc ? rule_matches_wc(s, first, stage, &d) : rule_matches(s, first, stage);
	if (found)
		r = rule_chain_visible(first, s->version);
	if (r && s->visitor)
		s->visitor->match(s->visitor->aux, r);
	else if (r && search_may_beat(s, r->priority))
		s->best = r;
	if (s->fn)
		search_tell(s,
			    &(struct classifier_step){.kind = CLASSIFIER_RULE,
						      .stage = search_stage(s, d.stage),
						      .found = r,
						      .rule = r ? r : first,
						      .priority = r ? r->priority : first->priority,
						      .field = (int)d.field});
}

/* The copy of the one word that is left of a rule says that it does not match:
 * the rule need not be read. */
static bool place_differs(struct search *s, const struct rule_place *p)
{
	unsigned int stage = 0;

	if (!p->is_all || s->fn || !((s->key->w[p->word] & p->mask) ^ p->value))
		return false;
	if (!s->wc)
		return true;
	while (p->word >= s->cls->layout->end[stage])
		stage++;
	unwildcard_difference(s, &(struct compared){.values = &p->value,
						    .masks = &p->mask,
						    .word = &p->word,
						    .n = 1,
						    .stage = stage,
						    .lens = &p->lens});
	return true;
}

void search_bucket(struct search *s, const struct rule_bucket *b, unsigned int stage)
{
	unsigned int i;

	for (i = 0; i < b->n; i++) {
		const struct rule_place *p = &b->place[i];

		if (s->cls->config.priority_sort && !search_may_beat(s, p->priority))
			break;
		if (!place_differs(s, p))
			search_chain(s, p->first, stage);
	}
	if (i < b->n)
		search_tell_stop(s, b->n - i, b->place[i].priority, b->place[i].first);
}
