/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ukeys: the daemon's record of each installed megaflow.
 *
 * Problem. The fast path holds a mask, a masked key and an action program. To
 * judge the entry again after a change, to give its packets to a rule and to
 * explain it, the daemon needs more: a whole packet's key, the rule, what was
 * learned from it.
 *
 * Idea. One ukey a slot, at the slot's place in one array: statistics and sweeps go
 * through it in memory order, and an upcall of a flow that is installed already finds
 * it by the datapath's own index (dp_flow_find).
 *
 * What a sweep of all flows looks at each time stands apart from the record, by slot
 * (struct ukey_use): it reads memory in order, and only the records of flows that had
 * packets.
 *
 * States
 *   FREE --ukey_insert--> PUBLISHED --ukey_retire--> REMOVED --ukey_free--> FREE
 *   REMOVED: unpublished, its slot waits for the grace period; found by slot
 *   only, so that the last packets are still counted for its rule.
 *
 * Invariants
 * [UKEY1] state[s] is not FREE exactly while the datapath owns slot s for it.
 * [UKEY2] A rule's n_packets plus, over the ukeys that name it, what the datapath
 *         counted beyond 'packets' is how often it was carried out.
 * [UKEY3] use[s].active_ms is set exactly while the ukey of slot s is PUBLISHED.
 *
 * Thread rule: the datapath thread.
 */
#ifndef SLOWPATH_UKEY_H
#define SLOWPATH_UKEY_H

#include "datapath.h"
#include "sw.h"
#include "xlate.h"

enum ukey_state { UKEY_FREE, UKEY_PUBLISHED, UKEY_REMOVED };

struct ukey_use {
	__u64 packets; /* seen by the daemon so far; given to 'refs' already */
	__u64 bytes;
	__u64 active_ms; /* when it was made or last used, what was later */
};

/* What a translation said, but for the mask. */
struct ukey_result {
	struct xlate_refs refs; /* what its packets count for */
	struct xlate_deps deps; /* what may make it another one */
	enum xvs_verdict verdict;
	enum xvs_drop_reason reason;
	__u16 out_port;
	size_t n_ops;
	struct xvs_op *ops;
};

struct ukey {
	struct xvs_flow_key key; /* of the packet that made it: unmasked */
	struct xvs_flow_key mask;
	__u32 slot;
	struct sw *sw; /* NULL once its switch is gone */
	struct ukey_result result; /* in force */
	/* From the version on that the revalidator prepares; NULL: the same. */
	const struct ukey_result *coming;
	bool forced_exact; /* the mask was made exact: no subtable was free */
	__u32 successor_of; /* version that published it ahead of its time; 0: at once */
	__u64 used_ms; /* 0: never */
};

/* All by slot. */
struct ukey_table {
	struct dp *dp;
	struct ukey *ukeys;
	__u8 *state; /* enum ukey_state */
	struct ukey_use *use;
	__u32 n_slots;
	__u32 top; /* no slot from here on was ever used */
	__u32 n; /* published ones */
};

int ukey_table_init(struct ukey_table *t, struct dp *dp);
void ukey_table_fini(struct ukey_table *t);

/* The ukey of 'slot' in that state, or NULL. */
static inline struct ukey *ukey_at(const struct ukey_table *t, __u32 slot, enum ukey_state state)
{
	return t->state[slot] == state ? &t->ukeys[slot] : NULL;
}

/* FREE -> PUBLISHED: the flow of 'key' was published at 'slot' for what 'out' says.
 * NULL: no memory, nothing was entered. */
struct ukey *ukey_insert(struct ukey_table *t, __u32 slot, struct sw *sw,
			 const struct xvs_flow_key *key, const struct xlate_out *out, __u64 now_ms);
/* The published ukey of this mask that covers 'key' and does not end, or NULL. */
struct ukey *ukey_find(const struct ukey_table *t, const struct xvs_flow_key *key,
		       const struct xvs_flow_key *mask);
/* PUBLISHED -> REMOVED. */
void ukey_retire(struct ukey_table *t, struct ukey *u);
/* REMOVED -> FREE, as its slot is about to be. */
void ukey_free(struct ukey_table *t, __u32 slot);

/* A copy of what 'out' says; 0, -ENOMEM. */
int ukey_result_init(struct ukey_result *r, const struct xlate_out *out);
void ukey_result_fini(struct ukey_result *r);
/* It is in force from now on, in place of the one before: count first. Takes it over. */
void ukey_apply(struct ukey *u, struct ukey_result *r);

/* True if the translation gives what is installed or coming, bit for bit. */
bool ukey_same(const struct ukey *u, const struct xlate_out *out);
/* Reads the datapath's counters and gives what is new to 'refs'; returns the
 * number of new packets. */
__u64 ukey_count(struct ukey_table *t, struct ukey *u, __u64 now_ms);
/* The same for the slots from 'first' on, at most UKEY_BLOCK of them and not beyond
 * n_slots; 'fresh' are the new packets of each. */
#define UKEY_BLOCK 64
void ukey_count_block(struct ukey_table *t, __u32 first, __u64 now_ms, __u64 fresh[UKEY_BLOCK]);
/* Packets count for these from now on; what was counted stays with the old ones.
 * -ENOMEM: as before. */
int ukey_set_refs(struct ukey *u, const struct xlate_refs *refs);

#endif /* SLOWPATH_UKEY_H */
