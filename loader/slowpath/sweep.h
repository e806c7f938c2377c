/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sweep: once a second, or less often while nothing is cached, it reads the
 * counters of all cached flows, gives them to the rules, keeps learned addresses fresh, removes flows that were idle too long, and
 * evicts the coldest while there are more than the limit's target.
 *
 *   RESTS --timer, sweep_hurry--> COUNTS --all slots--> EVICTS --> RESTS
 *
 * The thread that sweeps serves upcalls and clients, too: it works in slices of
 * SWEEP_SLICE_NS, and others have their turn in between. A flow that comes or goes
 * between two slices is counted by this sweep or by the next, or when its slot is
 * freed: its packets count once in any case [UKEY2].
 *
 * Thread rule: the datapath thread.
 */
#ifndef SLOWPATH_SWEEP_H
#define SLOWPATH_SWEEP_H

#include "evict.h"
#include "xvs/limits.h"

struct model;

enum sweep_state { SWEEP_RESTS, SWEEP_COUNTS, SWEEP_EVICTS };

struct sweep {
	struct event_source *timer;
	enum sweep_state state;
	bool hurried; /* the timer is set by sweep_hurry() */
	bool asleep; /* it is set for longer than usual */
	__u32 at; /* the slot where the next slice goes on; EVICTS: slots looked at */
	__u64 begun_ms;
	__u64 cpu_ns; /* so far */
	__u32 n_flows; /* of this one, so far */
	struct evict_ages ages;

	/* What the last one has told. */
	__u64 evict_from_ms; /* flows of this age have to go first (evict.h) */
	__u64 last_cpu_ns;
	__u64 ended_ms;
	__u32 hand; /* the slot where eviction goes on */
};

int sweep_start(struct model *m);
void sweep_stop(struct model *m);
/* Something came that a sweep has to see to within a second: a packet that missed, a
 * rule. */
void sweep_wake(struct model *m);
/* There is no room, or less than there was: the next sweep comes as soon as may be,
 * if none is under way. */
void sweep_hurry(struct model *m);

#endif /* SLOWPATH_SWEEP_H */
