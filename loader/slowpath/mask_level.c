// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The level of the masks' width; see mask_level.h.
 */
#include "mask_level.h"

#include "clock.h"
#include "log.h"

#define MODULE "cache"

/* More subtables of a port than this are too many, if rounding can help. The paper's
 * table needs 5 to 15 of them, whatever the traffic. */
#define SUBTABLES_WANTED 12

/* So many are put up with for a moment: while rules change flows of the old ones
 * and of the new ones are cached together. */
#define SUBTABLES_A_MOMENT 48
#define MOMENT_MS 250

/* So few are in use by all ports when some are free for good. */
#define SUBTABLES_FREE ((XVS_MAX_SUBTABLES - MODEL_SUBTABLES_RESERVED) / 2)

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

/* Masks of the port that would be left at 'level'. */
static unsigned int count_masks(const struct model *m, __u16 in_port, enum mask_level level)
{
	struct flow_key masks[XVS_MAX_SUBTABLES];
	unsigned int n = 0;

	for (__u32 i = 0; i < dp_port_n_subtables(m->dp, in_port); i++) {
		const struct xvs_flow_key *mask = dp_port_subtable_mask(m->dp, in_port, i);
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
static enum mask_level choose(const struct model *m, __u16 in_port)
{
	enum mask_level present = m->masks[in_port].level, best = present;
	unsigned int n_now = count_masks(m, in_port, best), n_best = 2 * n_now / 3 + 1;

	if (n_now <= SUBTABLES_WANTED)
		return best;
	for (enum mask_level l = present + 1; l < MASK_LEVEL_N; l++) {
		unsigned int n = count_masks(m, in_port, l);

		if (n >= n_best)
			continue;
		best = l;
		n_best = n;
		if (n <= SUBTABLES_WANTED)
			break;
	}
	return best;
}

static bool has_many(struct model *m, __u16 in_port)
{
	struct port_masks *p = &m->masks[in_port];

	if (dp_port_n_subtables(m->dp, in_port) <= SUBTABLES_WANTED)
		p->many_ms = 0;
	else if (!p->many_ms)
		p->many_ms = clock_ms();
	return p->many_ms;
}

/* The port's flows are to have other masks. */
static void judge_port(struct model *m, __u16 in_port)
{
	change_set_add_tag(&m->changes, xlate_dep_mask(in_port));
	revalidator_request(m);
}

static const char *port_name(const struct model *m, __u16 in_port)
{
	const struct port *port = port_by_no(m->ports, in_port);

	return port ? port->name : "?";
}

void mask_level_update(struct model *m, __u16 in_port)
{
	__u32 n = dp_port_n_subtables(m->dp, in_port);
	struct port_masks *p = &m->masks[in_port];
	enum mask_level level;
	__u64 now;

	if (!m->mega || p->level == MASK_LEVEL_N - 1 || !has_many(m, in_port))
		return;
	now = clock_ms();
	if (now < p->next_ms || (n <= SUBTABLES_A_MOMENT && now - p->many_ms < MOMENT_MS))
		return;
	level = choose(m, in_port);
	if (level == p->level) {
		p->next_ms = now + LOOK_IN_VAIN_MS;
		return;
	}
	log_info(MODULE, "%u masks of packets from %s: prefixes are rounded up to %s", n,
		 port_name(m, in_port), mask_level_name(level));
	p->level = level;
	p->next_ms = now + LOOK_MS;
	judge_port(m, in_port);
}

/* Subtables are free again: flows that had to be exact become as wide as others. */
static void release_forced(struct model *m, __u16 in_port)
{
	if (!m->masks[in_port].forced || dp_n_subtables(m->dp) > SUBTABLES_FREE ||
	    dp_port_n_subtables(m->dp, in_port) > MODEL_PORT_SUBTABLES / 2)
		return;
	m->masks[in_port].forced = false;
	judge_port(m, in_port);
}

void mask_level_update_all(struct model *m)
{
	for (__u16 port = 1; port < dp_port_end(m->dp); port++) {
		if (!dp_port_n_subtables(m->dp, port))
			continue;
		mask_level_update(m, port);
		release_forced(m, port);
	}
}

/* So few flows cannot have too many masks, and hardly anything is left of the
 * traffic that had. */
static void relax(struct model *m, __u16 in_port)
{
	__u32 n = dp_port_n_flows(m->dp, in_port);

	if (n > SUBTABLES_WANTED)
		return;
	log_info(MODULE, "%u flows from %s are left: prefixes of any length again", n,
		 port_name(m, in_port));
	m->masks[in_port].level = MASK_LEVEL_BIT;
	judge_port(m, in_port);
}

void mask_level_relax(struct model *m)
{
	for (__u16 port = 1; port < dp_port_end(m->dp); port++)
		if (m->masks[port].level != MASK_LEVEL_BIT)
			relax(m, port);
}

enum mask_level mask_level_most(const struct model *m, const struct sw *sw)
{
	enum mask_level most = MASK_LEVEL_BIT;

	for (__u16 port = 1; port < dp_port_end(m->dp); port++)
		if (m->masks[port].level > most && model_sw_of_port(m, port) == sw)
			most = m->masks[port].level;
	return most;
}
