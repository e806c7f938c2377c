/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a translation depended on, so that a change is judged only against the
 * megaflows that it can affect.
 *
 * Problem. After a change every cached megaflow could be translated again: 100,000
 * of them for one learned address. To list what each depends on would take more
 * memory than the megaflow.
 *
 * Idea. Each thing (a table, a port, an address) has a tag of two bits in 64, and a
 * translation keeps the union of the tags that it met. A tag that is not in the
 * union was not met, for certain; one that is may be there by chance, which costs a
 * translation and no more. Of tables the tag alone would say too much: most packets
 * visit table 0. There a changed rule concerns a megaflow only if their matches
 * overlap, in those words of the packet's key that lookups saw as they came in.
 *
 * Invariants
 * [DEP1] A change that no tag and no overlap connects with a megaflow leaves the
 *        actions of every packet of the megaflow as they are. Its mask may be
 *        narrower than a new translation would make it; never too wide.
 *
 * Things are told apart by their switch's id and their number, so a switch that goes
 * takes its megaflows along.
 */
#ifndef FLOW_XLATE_DEPS_H
#define FLOW_XLATE_DEPS_H

#include "flow.h"

struct xlate_deps {
	__u64 tables; /* tags of tables that were looked up in */
	__u64 others; /* tags of everything else */
	__u32 rewritten; /* words of the packet's key that a lookup saw changed: bits */
};
_Static_assert(XVS_KEY_WORDS <= 32, "a bit a word");

enum xlate_dep {
	XLATE_DEP_TABLE,
	XLATE_DEP_LEARN, /* learn() looked for its rule in that table */
	XLATE_DEP_PORT, /* by number: state, settings, or that there is none */
	XLATE_DEP_PORTS, /* which ports the switch has, and which of them are flooded to */
	XLATE_DEP_FDB, /* an address, whether it is known or not */
	XLATE_DEP_GROUP,
	XLATE_DEP_ALIVE, /* whether what buckets watch is alive */
	XLATE_DEP_POLICY, /* 0: whether the switch has one; 1: its rules and who is a member */
	XLATE_DEP_MASK, /* how wide the masks of a port's megaflows are, by its number */
};

/* 'sw_id': of the switch that has it, or 0; 'id': which of its kind. */
static inline __u64 xlate_dep_tag(enum xlate_dep dep, __u64 sw_id, __u64 id)
{
	__u64 h = (sw_id ^ (__u64)dep << 56) * 0x9e3779b97f4a7c15ULL;

	/* Of a product the upper bits depend on all of the factors. */
	h = (h ^ h >> 32 ^ id) * 0xbf58476d1ce4e5b9ULL;
	h = (h ^ h >> 32) * 0x94d049bb133111ebULL;
	return 1ULL << (h >> 58) | 1ULL << (h >> 52 & 63);
}

static inline __u64 xlate_dep_port(__u16 port_no)
{
	return xlate_dep_tag(XLATE_DEP_PORT, 0, port_no);
}

static inline __u64 xlate_dep_mask(__u16 port_no)
{
	return xlate_dep_tag(XLATE_DEP_MASK, 0, port_no);
}

static inline __u64 xlate_dep_fdb(__u64 sw_id, const __u8 mac[6], __u16 vlan)
{
	__u64 id = vlan;

	for (int i = 0; i < 6; i++)
		id = id << 8 | mac[i];
	return xlate_dep_tag(XLATE_DEP_FDB, sw_id, id);
}

#endif /* FLOW_XLATE_DEPS_H */
