/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Slots of xvs_ct_actions: which ct() of which rules are in the datapath.
 *
 * A CT operation names a slot. Equal actions have one, so that a translation that is
 * repeated gives the same program. A slot lives as long as a megaflow's references
 * name it, and RECIRC_LINGER_MS longer: packets that have its number may still be in
 * the datapath or on their way up. Then it is another action's.
 *
 * What a slot holds is written, by the callback, before its number is given to
 * anybody [I2], and not again while it has it.
 *
 * Thread rule: the datapath thread.
 */
#ifndef FLOW_CT_ACTION_TABLE_H
#define FLOW_CT_ACTION_TABLE_H

#include "xvs/conntrack.h"

struct ct_action_table;

/* Writes the action to the datapath's slot, whole. */
typedef void (*ct_action_write_fn)(void *aux, __u32 slot, const struct xvs_ct_action *action);

/* A slot that is in use, or lingers. */
struct ct_action {
	struct xvs_ct_action what;
	__u32 slot; /* 1 to XVS_MAX_CT_ACTIONS - 1 */
	unsigned int refs;
	__u64 idle_ms; /* since when nobody refers to it; 0: somebody does */
	__u64 hash;
	struct ct_action *next; /* of equal hash bucket */
};

/* 'write' may be NULL: there is no datapath. 0 or -ENOMEM. */
int ct_action_table_create(ct_action_write_fn write, void *aux, struct ct_action_table **out);
void ct_action_table_destroy(struct ct_action_table *t); /* NULL is a no-op */

/* The slot of an action, all of whose bytes count, without a reference. NULL: no
 * memory, or all slots are taken. */
struct ct_action *ct_action_intern(struct ct_action_table *t, const struct xvs_ct_action *what,
				   __u64 now_ms);
/* What the slot holds, or NULL: 0, or nobody's. */
const struct xvs_ct_action *ct_action_find(const struct ct_action_table *t, __u32 slot);
__u32 ct_action_count(const struct ct_action_table *t);
struct ct_action *ct_action_get(struct ct_action *a);
void ct_action_put(struct ct_action *a); /* NULL is a no-op */
/* Gives slots free that nobody has referred to for RECIRC_LINGER_MS. */
void ct_action_expire(struct ct_action_table *t, __u64 now_ms);

#endif /* FLOW_CT_ACTION_TABLE_H */
