// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rules: creation, reference counts, and the match in its short form. Who finds
 * them is classifier.c, who owns them flow_table.c.
 */
#include "rule.h"

#include <stdlib.h>

/* The words of the match that have bits, by stage. */
static void set_words(struct rule *r, const struct match *match, unsigned int n)
{
	static const unsigned int end[XVS_STAGE_N] = {FLOW_STAGE_METADATA_END, FLOW_STAGE_L2_END,
						      FLOW_STAGE_L3_END, FLOW_STAGE_L4_END};
	__u8 *place = (__u8 *)r->words;
	__u64 *value = r->words + (n + 7) / 8;
	unsigned int i = 0;
	__u8 k = 0;

	for (unsigned int stage = 0; stage < XVS_STAGE_N; stage++) {
		for (; i < end[stage]; i++) {
			if (!match->mask.w[i])
				continue;
			place[k] = (__u8)i;
			/* Tables compare whole words: a bit outside the mask must
			 * not be there. */
			value[k] = match->key.w[i] & match->mask.w[i];
			value[n + k] = match->mask.w[i];
			k++;
		}
		r->words_end[stage] = k;
	}
}

static unsigned int count_words(const struct flow_key *mask)
{
	unsigned int n = 0;

	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		n += mask->w[i] != 0;
	return n;
}

struct rule *rule_create(const struct rule_spec *spec)
{
	const size_t align = _Alignof(struct rule);
	unsigned int n = count_words(&spec->match->mask);
	size_t bytes = offsetof(struct rule, words) + ((n + 7) / 8 + 2 * n) * sizeof(__u64);
	struct rule *r;

	bytes = (bytes + align - 1) / align * align;
	r = aligned_alloc(align, bytes);
	if (!r)
		return NULL;
	memset(r, 0, bytes);
	set_words(r, spec->match, n);
	prefix_lens_of(&r->lens, &spec->match->mask);
	r->priority = spec->priority;
	r->table_id = spec->table_id;
	r->cookie = spec->cookie;
	r->idle_timeout_s = spec->idle_timeout_s;
	r->hard_timeout_s = spec->hard_timeout_s;
	if (spec->actions) {
		r->actions = *spec->actions;
		*spec->actions = (struct ofacts){0};
	}
	r->created_ms = r->modified_ms = spec->now_ms;
	r->version_to = RULE_VERSION_MAX;
	r->refs = 1;
	return r;
}

struct rule *rule_get(struct rule *r)
{
	r->refs++;
	return r;
}

void rule_put(struct rule *r)
{
	if (!r || --r->refs)
		return;
	rule_put(r->proxies);
	ofacts_fini(&r->actions);
	free(r);
}

void rule_succeed(struct rule *r, const struct rule *old)
{
	r->idle_timeout_s = old->idle_timeout_s;
	r->hard_timeout_s = old->hard_timeout_s;
	r->n_packets = old->n_packets;
	r->n_bytes = old->n_bytes;
	r->created_ms = old->created_ms;
	r->used_ms = old->used_ms;
}

void rule_match(const struct rule *r, struct match *out)
{
	const __u64 *values = rule_values(r), *masks = rule_masks(r);
	const __u8 *place = rule_places(r);

	memset(out, 0, sizeof(*out));
	for (unsigned int i = 0; i < rule_n_words(r); i++) {
		out->key.w[place[i]] = values[i];
		out->mask.w[place[i]] = masks[i];
	}
}

bool rule_has_match(const struct rule *r, const struct match *match)
{
	const __u64 *values = rule_values(r), *masks = rule_masks(r);
	const __u8 *place = rule_places(r);

	for (unsigned int i = 0; i < rule_n_words(r); i++)
		if (match->mask.w[place[i]] != masks[i] || match->key.w[place[i]] != values[i])
			return false;
	return count_words(&match->mask) == rule_n_words(r);
}

bool rule_overlaps(const struct rule *r, const struct match *match)
{
	const __u64 *values = rule_values(r), *masks = rule_masks(r);
	const __u8 *place = rule_places(r);

	for (unsigned int i = 0; i < rule_n_words(r); i++)
		if ((values[i] ^ match->key.w[place[i]]) & masks[i] & match->mask.w[place[i]])
			return false;
	return true;
}

bool rule_is_within(const struct rule *r, const struct match *match)
{
	const __u64 *values = rule_values(r), *masks = rule_masks(r);
	const __u8 *place = rule_places(r);
	unsigned int n = 0;

	/* Each word of the rule asks for at least the bits of the match... */
	for (unsigned int i = 0; i < rule_n_words(r); i++) {
		__u64 mask = match->mask.w[place[i]];

		if (mask & ~masks[i] || (values[i] & mask) != match->key.w[place[i]])
			return false;
		n += mask != 0;
	}
	/* ...and the match has none elsewhere. */
	return n == count_words(&match->mask);
}

__u64 rule_deadline(const struct rule *r, enum rule_expiry *why)
{
	__u64 active = r->used_ms > r->created_ms ? r->used_ms : r->created_ms;
	__u64 idle = r->idle_timeout_s ? active + 1000ULL * r->idle_timeout_s : UINT64_MAX;
	__u64 hard = r->hard_timeout_s ? r->modified_ms + 1000ULL * r->hard_timeout_s : UINT64_MAX;

	if (why)
		*why = hard <= idle ? RULE_HARD : RULE_IDLE;
	return hard <= idle ? hard : idle;
}
