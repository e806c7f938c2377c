/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Controller points: what a CONTROLLER operation's number stands for.
 *
 * An operation has 32 bits for who sends a copy up; `xvsctl monitor` is to show
 * the switch, table and cookie of the rule. Points are made by translations,
 * equal ones once, and never go: there are as many as rules with `controller`
 * ever had different cookies, up to CONTROLLER_POINTS_MAX, behind which all share
 * the number 0, that tells nothing.
 */
#ifndef FLOW_CONTROLLER_POINT_H
#define FLOW_CONTROLLER_POINT_H

#include "xvs/limits.h"
#include "xvs/types.h"

#define CONTROLLER_POINTS_MAX 65536

struct controller_point {
	char sw_name[XVS_NAME_LEN];
	__u64 cookie;
	__u16 max_len;
	__u8 table_id;
};

struct controller_points {
	struct controller_point *v;
	__u32 n;
	__u32 allocated;
	__u32 *index; /* hash table of numbers; 0: free */
	__u32 n_index; /* a power of two */
};

void controller_points_init(struct controller_points *t);
void controller_points_fini(struct controller_points *t);
/* The number of the point; 0: full or no memory. */
__u32 controller_point_intern(struct controller_points *t, const struct controller_point *p);
/* NULL: no such, or 0. */
const struct controller_point *controller_point_find(const struct controller_points *t, __u32 id);

#endif /* FLOW_CONTROLLER_POINT_H */
