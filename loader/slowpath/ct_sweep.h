/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sweep of connections: rounds through their table, in slices, that free slots whose
 * time is over.
 *
 * Nothing depends on it. Whoever enters a connection takes such a slot as well, and
 * programs do while no daemon lives; but counts of zones, and what `ct stats` shows of
 * them, follow time only if somebody takes slots (xvs/conntrack.h [CT5]).
 *
 * It sleeps when the table is empty and no flow is cached, as nobody can enter a
 * connection then without a packet that misses; and rounds are further apart when no
 * packets come and no slot will be over soon.
 *
 * Thread rule: the datapath thread.
 */
#ifndef SLOWPATH_CT_SWEEP_H
#define SLOWPATH_CT_SWEEP_H

#include "datapath_ct.h"

struct model;

struct ct_sweep {
	struct event_source *timer;
	bool asleep; /* the timer is off */
	__u32 at; /* the slot where the next slice begins */
	struct dp_ct_round round; /* of the round that is under way */
};

int ct_sweep_start(struct model *m);
void ct_sweep_stop(struct model *m);
/* Flows are cached that may enter connections. */
void ct_sweep_wake(struct model *m);

#endif /* SLOWPATH_CT_SWEEP_H */
