/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a switch does with one packet, whatever words it has for it: the frames
 * that leave, each with its port and the meters in front of it, in order.
 *
 * A device sees the frames that leave by it, and nothing of the order in which
 * other devices get theirs: two effects are the same when each port gets the same
 * frames in the same order.
 */
#ifndef OVS_EFFECT_H
#define OVS_EFFECT_H

#include <stddef.h>
#include <stdio.h>

#include "xvs/types.h"

#define EFFECT_MAX 192 /* outputs */
#define EFFECT_FRAME_MAX 320 /* bytes */
#define EFFECT_CONTROLLER 0xfffd /* as a port: a copy went up to it */

#define EFFECT_CT 0xfffc /* a connection is entered */

/* Meters that a copy of the packet has been through, a few of each; a meter's
 * place is its number in the datapath. */
#define EFFECT_METERS 16

struct effect_output {
	__u16 port;
	__u16 len;
	__u8 frame[EFFECT_FRAME_MAX];
	__u8 meters[EFFECT_METERS];
};

struct effect {
	struct effect_output out[EFFECT_MAX];
	size_t n;
	bool overflow; /* more than fit: compares to nothing */
};

struct effect_frame {
	const __u8 *data;
	size_t len;
	const __u8 *meters; /* EFFECT_METERS of them */
};

void effect_add(struct effect *e, __u16 port, const struct effect_frame *frame);
/* Outputs to any of the ports in 'set' (a bit each) are to the lowest of them. */
void effect_merge_ports(struct effect *e, __u64 set);
/* Outputs to these ports go nowhere. */
void effect_remove_ports(struct effect *e, __u64 set);
/* Nor do frames with a VLAN tag to these. */
void effect_remove_tagged(struct effect *e, __u64 set);
bool effect_equal(const struct effect *a, const struct effect *b);
/* The same frames in whatever order. */
bool effect_equal_unordered(const struct effect *a, const struct effect *b);
/* What 'e' has and 'other' has not; all if it is but the order. */
void effect_print_diff(FILE *f, const char *title, const struct effect *e,
		       const struct effect *other);

#endif /* OVS_EFFECT_H */
