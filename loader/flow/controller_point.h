/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Controller points: what a CONTROLLER operation's number stands for.
 *
 * An operation has 32 bits for who sends a copy up, and what for; `xvsctl monitor` is to
 * show the switch, table and cookie of the rule. Notes of the firewall policy have the
 * number of its rule, and say whether the packet is answered and logged. Points are made
 * by translations, equal ones once, and never go: there are as many as rules with
 * `controller` ever had different cookies, and rules of policies that log or reject, up
 * to CONTROLLER_POINTS_MAX, behind which all share the number 0, that tells nothing.
 */
#ifndef FLOW_CONTROLLER_POINT_H
#define FLOW_CONTROLLER_POINT_H

#include "xvs/limits.h"
#include "xvs/types.h"

#define CONTROLLER_POINTS_MAX 65536

enum controller_kind {
	CONTROLLER_MONITOR, /* a copy for `xvsctl monitor` */
	CONTROLLER_DNS, /* an answer, which the daemon looks at and sends on */
	CONTROLLER_POLICY, /* a note of what the policy has done with the packet */
};

/* Of a CONTROLLER_POLICY: what it did, and what is left to do. */
#define CONTROLLER_F_ALLOWED 0x1
#define CONTROLLER_F_REJECT 0x2 /* the sender is to get an answer */
#define CONTROLLER_F_LOG 0x4

struct controller_point {
	char sw_name[XVS_NAME_LEN];
	__u64 cookie; /* POLICY: the rule's number */
	__u16 max_len;
	__u8 table_id;
	__u8 kind; /* enum controller_kind */
	__u8 flags; /* CONTROLLER_F_* */
	__u16 port_no; /* POLICY: whose vNIC it was judged at */
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
