/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How many megaflows may be cached: what was asked for, or fewer on a machine that
 * cannot sweep so many.
 *
 * Problem. Each cached flow is work for every sweep. A limit that a slow machine
 * cannot keep up with takes the datapath thread from the upcalls. A limit that
 * follows how long sweeps last collapses in a storm, when they last long because the
 * thread has other work or no CPU, and then every packet is a miss.
 *
 * Idea. What counts is CPU time a flow: it hardly depends on load, nor on how many
 * flows there are. The limit goes towards as many flows as FLOW_LIMIT_SWEEP_NS
 * allow, by at most an eighth down and twofold up in a sweep, never below
 * FLOW_LIMIT_FLOOR. One sweep that was dear, whatever the reason, moves the cost by
 * a quarter at most.
 *
 * Pure: no clock.
 */
#ifndef SLOWPATH_FLOW_LIMIT_H
#define SLOWPATH_FLOW_LIMIT_H

#include "xvs/types.h"

/* CPU time of one sweep: a fifth of the thread, as there is one a second. */
#define FLOW_LIMIT_SWEEP_NS 200000000ULL
/* What any machine can sweep: less would only make misses. */
#define FLOW_LIMIT_FLOOR 4096
/* A sweep of fewer flows tells nothing about the cost of one. */
#define FLOW_LIMIT_MIN_SAMPLE 1024

struct flow_limit {
	__u32 configured;
	__u32 in_force;
	__u64 flow_ns; /* average CPU time for one flow of a sweep; 0: not known */
};

/* In force at once, whatever sweeps have cost. */
void flow_limit_set(struct flow_limit *l, __u32 configured);
/* A sweep of 'n' flows has taken 'cpu_ns'. */
void flow_limit_swept(struct flow_limit *l, __u32 n, __u64 cpu_ns);

/* What eviction makes room down to: an eighth of the limit is free then. */
static inline __u32 flow_limit_target(const struct flow_limit *l)
{
	return l->in_force - (l->in_force + 7) / 8;
}

#endif /* SLOWPATH_FLOW_LIMIT_H */
