// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The classifier's lookup: tuple space search in order of priority, with the
 * mask of what it looked at. Changes are in classifier.c.
 */
#include "classifier.h"

#include "classifier_private.h"

/*
 * Looks for 'key' in one subtable and adds to 'wc' what the answer depends on.
 * Today that is the whole mask, whether a rule matched or not. An optimisation
 * that gives the same answer from fewer bits belongs here: it may leave out of
 * 'wc' what it did not look at, never more [CLS1].
 */
static struct rule *probe(const struct classifier *cls, const struct subtable *s,
			  const struct xvs_flow_key *key, struct xvs_flow_key *wc)
{
	if (wc)
		flow_mask_or(wc, &s->mask);
	return subtable_lookup(s, key, cls->seed);
}

struct rule *classifier_lookup(const struct classifier *cls, const struct xvs_flow_key *key,
			       struct xvs_flow_key *wc, classifier_probe_fn fn, void *aux)
{
	struct rule *best = NULL;

	for (size_t i = 0; i < cls->n_subtables; i++) {
		const struct subtable *s = cls->order[i];
		struct rule *r;

		if (best && best->priority >= subtable_max_priority(s))
			break;
		r = probe(cls, s, key, wc);
		if (r && (!best || r->priority > best->priority))
			best = r;
		if (fn)
			fn(aux, &(struct classifier_probe){
					.mask = &s->mask,
					.n_rules = (unsigned int)s->n_rules,
					.max_priority = subtable_max_priority(s),
					.match = r,
				});
	}
	return best;
}
