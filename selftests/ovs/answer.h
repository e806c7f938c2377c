/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a switch says about one packet, xvs and Open vSwitch alike, and a cache
 * of such answers as a datapath keeps it.
 */
#ifndef OVS_ANSWER_H
#define OVS_ANSWER_H

#include "flow.h"

#define CACHE_MAX 1024

struct answer {
	struct match megaflow;
	__u16 out_port; /* 0: drop */
};

/* Packets of one table, one after the other: each that no megaflow covers
 * makes one. */
struct answer_cache {
	struct answer flows[CACHE_MAX];
	size_t n;
	size_t n_wrong; /* packets whose megaflow does what their answer does not */
	size_t n_overlaps; /* megaflows that share packets with one before */
};

/* False: the packet was covered already. */
bool answer_cache_add(struct answer_cache *cache, const struct flow_key *packet,
		      const struct answer *answer);
/* Bits of a mask, fields of 8 bits that a key holds in 16 counted as 8. */
unsigned int answer_width(const struct answer *answer);

#endif /* OVS_ANSWER_H */
