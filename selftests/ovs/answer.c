// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The megaflow cache of answer.h.
 */
#include "answer.h"

static bool overlaps_any(const struct answer_cache *cache, const struct match *megaflow)
{
	for (size_t i = 0; i < cache->n; i++)
		if (match_overlaps(&cache->flows[i].megaflow, megaflow))
			return true;
	return false;
}

bool answer_cache_add(struct answer_cache *cache, const struct flow_key *packet,
		      const struct answer *answer)
{
	for (size_t i = 0; i < cache->n; i++)
		if (match_covers(&cache->flows[i].megaflow, packet)) {
			cache->n_wrong += cache->flows[i].out_port != answer->out_port;
			return false;
		}
	cache->n_overlaps += overlaps_any(cache, &answer->megaflow);
	if (cache->n < CACHE_MAX)
		cache->flows[cache->n++] = *answer;
	return true;
}

unsigned int answer_width(const struct answer *answer)
{
	struct flow_key mask = answer->megaflow.mask;
	const struct flow_key *key = &answer->megaflow.key;
	unsigned int n = 0;

	if (key->nw_proto == 1 || key->nw_proto == 58) {
		mask.tp_src &= XVS_BE16(0xff);
		mask.tp_dst &= XVS_BE16(0xff);
	}
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		n += (unsigned int)__builtin_popcountll(mask.w[i]);
	return n;
}
