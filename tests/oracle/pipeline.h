/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Translation's plain twin: carries out a rule's actions on one packet, step by
 * step, and builds each frame that is sent from scratch. No masks, no
 * operations, no composition of writes.
 */
#ifndef TESTS_PIPELINE_H
#define TESTS_PIPELINE_H

#include "frame.h"
#include "sw.h"

#define PIPELINE_MAX_OUTPUTS 64

struct pipeline_output {
	__u16 port_no;
	struct frame_buf frame;
};

struct pipeline_result {
	struct pipeline_output output[PIPELINE_MAX_OUTPUTS];
	size_t n;
};

void pipeline_run(const struct sw *sw, const struct flow_key *key, const struct ofacts *actions,
		  struct pipeline_result *result);
/* By port, then by bytes: the order between ports is not part of the contract. */
void pipeline_sort(struct pipeline_result *result);

#endif /* TESTS_PIPELINE_H */
