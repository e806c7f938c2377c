/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where a translation goes on in the next pass: recirculation.
 *
 * Problem. After pop_mpls (or connection tracking) the packet has headers that
 * its key does not tell. The datapath parses it again and looks it up with a
 * recirc_id; what registers, metadata, stack and remaining actions were is known
 * to the translation only.
 *
 * Idea. That state is frozen under a number. Equal states have one number, so
 * that a translation that is repeated gives the same program, and megaflows of
 * the next pass are shared.
 *
 * A state lives as long as a megaflow's references name it, and for a while
 * longer: packets with its number may still be in the datapath or on their way up.
 *
 * Thread rule: the datapath thread.
 */
#ifndef FLOW_RECIRC_H
#define FLOW_RECIRC_H

#include "ofact.h"

struct sw;
struct recirc_table;

/* Longer than any packet is on its way (XVS_INFLIGHT_STALE_MS). */
#define RECIRC_LINGER_MS 5000
#define RECIRC_MAX 65536
#define RECIRC_MAX_STACK 32

/* The rest of one list of actions that was under way, the innermost first. */
struct recirc_rest {
	__u8 table_id; /* of the rule that they belong to */
	__u64 cookie;
	struct ofacts actions;
};

/* What the firewall policy of 'sw' knows of the packet (xlate_policy.c). */
#define RECIRC_POLICY_ON 0x01 /* its outputs are judged */
#define RECIRC_POLICY_IN_KEY 0x02 /* the pass is behind the policy's own CT */
#define RECIRC_POLICY_LEFT 0x04 /* it was judged at the vNIC that it came from */
#define RECIRC_POLICY_STATELESS 0x08 /* it belongs to no connection */
struct recirc_policy {
	__u8 flags;
	__u8 ct_state; /* without _IN_KEY: what was in the key */
};

struct recirc {
	__u32 id; /* never 0 */
	unsigned int refs;
	__u64 idle_ms; /* since when nobody refers to it; 0: somebody does */
	__u64 hash;
	struct recirc *next; /* of equal hash bucket */

	/* The state. Of 'flow' only the words that are not the packet's count, and
	 * in_port, which may be a patch port or one that an action wrote; it is 0 where
	 * it is the key's own, so that ports share states. */
	struct sw *sw; /* a reference */
	struct flow_key flow;
	__u32 mirrors; /* that have had their copy */
	bool own_in_port;
	bool tracked; /* the key may have what connection tracking has found */
	struct recirc_policy policy;
	size_t n_stack;
	union field_value *stack;
	size_t n_rest;
	struct recirc_rest *rest;
};

int recirc_table_create(struct recirc_table **out);
void recirc_table_destroy(struct recirc_table *t); /* NULL is a no-op */

/* The state's number holder, without a reference; takes over what 'state' owns,
 * also on error. NULL: no memory or RECIRC_MAX. */
struct recirc *recirc_freeze(struct recirc_table *t, struct recirc *state, __u64 now_ms);
const struct recirc *recirc_find(const struct recirc_table *t, __u32 id); /* or NULL */
struct recirc *recirc_get(struct recirc *r);
void recirc_put(struct recirc *r);
/* Forgets states that nobody has referred to for RECIRC_LINGER_MS. */
void recirc_expire(struct recirc_table *t, __u64 now_ms);

#endif /* FLOW_RECIRC_H */
