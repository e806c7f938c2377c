/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fewer masks: prefixes of a megaflow's mask rounded up to a common step.
 *
 * Problem. The classifier un-wildcards no bit more of an address or port than
 * a decision took. With thousands of rules that is another prefix length for
 * almost each flow: the masks multiply (lengths of two addresses and of two
 * ports), each is a subtable that packets have to probe, and the megaflows are
 * hardly fewer than the flows.
 *
 * Idea. A mask may always have more bits: the megaflow is narrower, never
 * wrong, and still disjoint from all others [I5], since it is a part of what
 * it was. So while there are few masks they are as wide as can be, and when
 * there are many, prefixes are rounded up to a multiple of 4 bits, 8, 16, to
 * the whole field, and at last all addresses and ports come together. The level
 * is the slow path's to choose (slowpath/mask_level.h); it is in force for all
 * cached flows of a port together.
 */
#ifndef FLOW_MASK_STEP_H
#define FLOW_MASK_STEP_H

#include "flow.h"

enum mask_level {
	MASK_LEVEL_BIT, /* as wide as can be */
	MASK_LEVEL_4,
	MASK_LEVEL_8,
	MASK_LEVEL_16,
	MASK_LEVEL_FIELD,
	MASK_LEVEL_FLOW, /* a mask with bits of one of them has both addresses and ports */
	MASK_LEVEL_N,
};

/* Rounds up the prefixes of addresses and ports in 'mask'. What is no prefix
 * stays, up to MASK_LEVEL_FIELD. 'ipv6': whose addresses they are. */
void mask_step_round(struct flow_key *mask, enum mask_level level, bool ipv6);

const char *mask_level_name(enum mask_level level);

#endif /* FLOW_MASK_STEP_H */
