/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the packets of one megaflow count for, beside the megaflow itself.
 *
 * Problem. A translation crosses many rules, and perhaps groups, mirrors, patch
 * ports and learning tables. The fast path counts packets of the megaflow only;
 * each of the others has counters and an age that must be exact.
 *
 * Idea. The translation notes what it used, in order. Whoever has n new packets
 * of the flow (the revalidator, or the upcall that was not cached) gives them to
 * all that are noted. A rule that is crossed twice is noted, and counts, twice:
 * as in Open vSwitch, n_packets of a rule is how often it was carried out.
 *
 * A list owns what it names: learn() may replace a rule that the translation has
 * crossed.
 */
#ifndef FLOW_XLATE_REFS_H
#define FLOW_XLATE_REFS_H

#include "ct_action_table.h"
#include "group.h"
#include "mirror.h"
#include "policy.h"
#include "recirc.h"
#include "rule.h"
#include "sw.h"

enum xlate_ref_kind {
	XLATE_REF_RULE,
	XLATE_REF_BUCKET, /* and its group */
	XLATE_REF_MIRROR,
	XLATE_REF_PATCH, /* .port: packets left, or (rx) came in, by a patch port */
	XLATE_REF_FDB, /* .fdb: an address that the packets keep fresh */
	XLATE_REF_LEARNED, /* .learned: a rule that learn() keeps fresh */
	XLATE_REF_RECIRC, /* counts nothing: keeps the next pass's state alive */
	XLATE_REF_POLICY, /* .policy_rule: of the firewall, that has decided */
	XLATE_REF_CT, /* the same of a slot of ct() actions */
};

struct xlate_ref {
	enum xlate_ref_kind kind;
	union {
		struct rule *rule;
		struct {
			struct group *group;
			size_t bucket;
		};
		struct mirror *mirror;
		struct {
			struct sw *sw;
			__u16 port_no;
			bool rx;
		} port;
		struct {
			struct sw *sw;
			__u8 mac[6];
			__u16 vlan;
			__u16 port_no;
		} fdb;
		struct {
			struct rule *rule; /* that was learned */
		} learned;
		struct recirc *recirc;
		struct ct_action *ct;
		struct policy_rule *policy_rule;
	};
};

struct xlate_refs {
	struct xlate_ref *v;
	size_t n;
	size_t allocated;
	bool failed; /* no memory: something is missing */
};

void xlate_refs_add(struct xlate_refs *refs, const struct xlate_ref *ref);
bool xlate_refs_has(const struct xlate_refs *refs, const struct xlate_ref *ref);
/* For the next translation; keeps the memory. */
void xlate_refs_clear(struct xlate_refs *refs);
void xlate_refs_fini(struct xlate_refs *refs);
/* 0 or -ENOMEM, also if 'src' is incomplete. */
int xlate_refs_copy(struct xlate_refs *dst, const struct xlate_refs *src);

/* The same things in the same order. */
bool xlate_refs_equal(const struct xlate_refs *a, const struct xlate_refs *b);

/* Gives packets to everything that is named. */
struct xlate_traffic {
	__u64 packets, bytes;
	__u64 now_ms; /* of the last of them */
};
void xlate_refs_count(const struct xlate_refs *refs, const struct xlate_traffic *t);

#endif /* FLOW_XLATE_REFS_H */
