/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One pipeline at a time in both switches, and packets through them, compared.
 */
#ifndef OVS_PIPELINE_RUN_H
#define OVS_PIPELINE_RUN_H

#include "coverage.h"
#include "ovs_pipe.h"
#include "xvs_pipe.h"

enum run_verdict {
	RUN_SAME,
	RUN_OTHER_EFFECT, /* the translation does something else */
	RUN_OTHER_MEGAFLOW, /* a megaflow of an earlier packet does */
	RUN_OTHER_RULES, /* the same, by other rules */
	RUN_VERDICTS,
};

struct pipeline_run {
	struct ovs_pipe ovs;
	struct xvs_pipe xvs;
	const struct scenario *scenario; /* that Open vSwitch is set up with */
	enum run_verdict verdict; /* of the last packet */
	bool two_tags; /* it is the same but for those at access ports */
	bool copies; /* it is not, but for copies that each need a next pass */
	bool hit; /* a megaflow of an earlier packet had it */
};

int pipeline_run_open(struct pipeline_run *r, const char *dir);
void pipeline_run_close(struct pipeline_run *r);
/* -EINVAL: one of them refuses it; told on stderr unless r->ovs.quiet. What was
 * there before is gone. */
int pipeline_run_load(struct pipeline_run *r, const struct pipeline *p, const struct scenario *s);
int pipeline_run_packet(struct pipeline_run *r, const struct pipeline_packet *packet);
/* Packets that a pipeline has had since it was loaded, the last one at the end. */
struct packet_list {
	struct pipeline_packet **v; /* as long as their frames are */
	size_t n;
	size_t allocated;
};
int packet_list_add(struct packet_list *list, const struct pipeline_packet *packet);
void packet_list_clear(struct packet_list *list);

/* Counts what the last packet has crossed. */
void pipeline_run_cover(const struct pipeline_run *r, const struct pipeline *p,
			struct coverage *cov);
/* The pipeline, its packets, and what each makes of the last one. */
void pipeline_run_print(struct pipeline_run *r, const struct pipeline *p,
			const struct packet_list *packets);

/* Leaves out packets, lines and actions without which the last packet still gets
 * the same verdict, which is not RUN_SAME; what is left has been run. */
void pipeline_shrink(struct pipeline_run *r, struct pipeline *p, struct packet_list *packets);

#endif /* OVS_PIPELINE_RUN_H */
