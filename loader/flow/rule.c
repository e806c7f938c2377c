// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rules: creation and reference counts. Who finds them is classifier.c, who
 * owns them flow_table.c.
 */
#include "rule.h"

#include <stdlib.h>

/* The words of the match that have bits, by stage. */
static void set_words(struct rule *r)
{
	static const unsigned int end[XVS_STAGE_N] = {XVS_STAGE_METADATA_END, XVS_STAGE_L2_END,
						      XVS_STAGE_L3_END, XVS_STAGE_L4_END};
	unsigned int i = 0;
	__u8 n = 0;

	for (unsigned int stage = 0; stage < XVS_STAGE_N; stage++) {
		for (; i < end[stage]; i++)
			if (r->match.mask.w[i])
				r->word[n++] = (__u8)i;
		r->words_end[stage] = n;
	}
	for (unsigned int k = 0; k < n; k++) {
		r->words[k] = r->match.key.w[r->word[k]];
		r->words[n + k] = r->match.mask.w[r->word[k]];
	}
}

struct rule *rule_create(const struct match *match, __u8 table_id, __u16 priority, __u64 cookie,
			 struct ofacts *actions, __u64 now_ms)
{
	size_t n_words = 0, bytes;
	struct rule *r;

	for (int i = 0; i < XVS_KEY_WORDS; i++)
		n_words += match->mask.w[i] != 0;
	bytes = sizeof(*r) + 2 * n_words * sizeof(r->words[0]);
	r = aligned_alloc(_Alignof(struct rule), (bytes + 63) / 64 * 64);
	if (!r)
		return NULL;
	memset(r, 0, sizeof(*r));
	/* Tables compare whole words: a bit outside the mask must not be there. */
	r->match.mask = match->mask;
	flow_mask_key(&r->match.key, &match->key, &match->mask);
	set_words(r);
	prefix_lens_of(&r->lens, &r->match.mask);
	r->priority = priority;
	r->table_id = table_id;
	r->cookie = cookie;
	r->actions = *actions;
	*actions = (struct ofacts){0};
	r->created_ms = now_ms;
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
	ofacts_fini(&r->actions);
	free(r);
}
