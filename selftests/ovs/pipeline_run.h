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
	bool hit; /* a megaflow of an earlier packet had it */
};

int pipeline_run_open(struct pipeline_run *r, const char *dir);
void pipeline_run_close(struct pipeline_run *r);
/* -EINVAL: one of them refuses it; told on stderr unless r->ovs.quiet. What was
 * there before is gone. */
int pipeline_run_load(struct pipeline_run *r, const struct pipeline *p, const struct scenario *s);
int pipeline_run_packet(struct pipeline_run *r, const struct pipeline_packet *packet);
/* Counts what the last packet has crossed. */
void pipeline_run_cover(const struct pipeline_run *r, const struct pipeline *p,
			struct coverage *cov);
/* The pipeline, the packet, and what each makes of it. */
void pipeline_run_print(struct pipeline_run *r, const struct pipeline *p,
			const struct pipeline_packet *packet);

/* Leaves out lines and actions of 'p' without which the packet, as the first one,
 * still gets the same verdict other than RUN_SAME. pipeline_shrink.c. False: it
 * takes the packets before. */
bool pipeline_shrink(struct pipeline_run *r, struct pipeline *p,
		     const struct pipeline_packet *packet);

#endif /* OVS_PIPELINE_RUN_H */
