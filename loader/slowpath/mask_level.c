// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The level of the masks' width; see mask_level.h.
 */
#include "mask_level.h"

#include "clock.h"
#include "log.h"

#define MODULE "cache"

/* More subtables than this are too many, if rounding can help. The paper's
 * table needs 5 to 15 of them, whatever the traffic. */
#define SUBTABLES_WANTED 12

/* So many are put up with for a moment: while rules change flows of the old ones
 * and of the new ones are cached together. */
#define SUBTABLES_A_MOMENT 48
#define MOMENT_MS 250

/* Between two looks: the flows follow a new level within the revalidator's
 * delay, and their old subtables need a grace period to go. */
#define LOOK_MS 250
/* After a look that found nothing to merge. */
#define LOOK_IN_VAIN_MS 2000

/* As far as a mask tells; only IPv6's addresses reach into these words. */
static bool has_ipv6(const struct xvs_flow_key *mask)
{
	__u64 bits = 0;

	for (unsigned int w = XVS_KEY_WORD(ipv6_src); w < XVS_KEY_W_IPV4; w++)
		bits |= mask->w[w];
	return bits;
}

/* Masks that would be left at 'level'. */
static unsigned int count_masks(const struct model *m, enum mask_level level)
{
	struct flow_key masks[XVS_MAX_SUBTABLES];
	unsigned int n = 0;

	for (__u32 i = 0; i < dp_n_subtables(m->dp); i++) {
		const struct xvs_flow_key *mask = dp_subtable_mask(m->dp, i);
		unsigned int k = 0;

		if (!mask)
			continue;
		masks[n] = flow_of_packet(mask);
		mask_step_round(&masks[n], level, has_ipv6(mask));
		while (!flow_equal(&masks[k], &masks[n]))
			k++;
		n += k == n;
	}
	return n;
}

/* The first level that leaves few enough, or the one that leaves fewest; the
 * present one if none leaves clearly fewer, or if the rest is masks of a lower
 * level that have not gone yet. */
static enum mask_level choose(const struct model *m)
{
	enum mask_level best = m->mask_level;
	unsigned int n_now = count_masks(m, best), n_best = 2 * n_now / 3 + 1;

	if (n_now <= SUBTABLES_WANTED)
		return best;
	for (enum mask_level l = m->mask_level + 1; l < MASK_LEVEL_N; l++) {
		unsigned int n = count_masks(m, l);

		if (n >= n_best)
			continue;
		best = l;
		n_best = n;
		if (n <= SUBTABLES_WANTED)
			break;
	}
	return best;
}

static bool has_many(struct model *m)
{
	if (dp_n_subtables(m->dp) <= SUBTABLES_WANTED)
		m->masks_many_ms = 0;
	else if (!m->masks_many_ms)
		m->masks_many_ms = clock_ms();
	return m->masks_many_ms;
}

void mask_level_update(struct model *m)
{
	enum mask_level level;
	__u64 now;

	if (!m->mega || m->mask_level == MASK_LEVEL_N - 1 || !has_many(m))
		return;
	now = clock_ms();
	if (now < m->mask_level_next_ms ||
	    (dp_n_subtables(m->dp) <= SUBTABLES_A_MOMENT && now - m->masks_many_ms < MOMENT_MS))
		return;
	level = choose(m);
	if (level == m->mask_level) {
		m->mask_level_next_ms = now + LOOK_IN_VAIN_MS;
		return;
	}
	log_info(MODULE, "%u masks: prefixes are rounded up to %s", dp_n_subtables(m->dp),
		 mask_level_name(level));
	m->mask_level = level;
	m->mask_level_next_ms = now + LOOK_MS;
	change_set_add_all(&m->changes);
	revalidator_request(m);
}

void mask_level_relax(struct model *m)
{
	/* So few flows cannot have too many masks, and hardly anything is left of
	 * the traffic that had. */
	if (m->mask_level == MASK_LEVEL_BIT || m->ukeys.n > SUBTABLES_WANTED)
		return;
	log_info(MODULE, "%u flows are left: prefixes of any length again", m->ukeys.n);
	m->mask_level = MASK_LEVEL_BIT;
	change_set_add_all(&m->changes);
	if (m->ukeys.n)
		revalidator_request(m);
}
