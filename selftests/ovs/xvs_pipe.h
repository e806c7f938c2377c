/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * xvs in this process, with two switches: rules and groups from text by the
 * daemon's own parsers, packets through its translation and its reference
 * executor, pass by pass, with a cache of megaflows as the datapath has it.
 */
#ifndef OVS_XVS_PIPE_H
#define OVS_XVS_PIPE_H

#include "effect.h"
#include "scenario.h"
#include "sw.h"
#include "xlate.h"

#define XVS_PIPE_CACHE 512 /* megaflows */
#define XVS_PIPE_MAX_CROSSED 512 /* rules that one packet crosses */

struct xvs_pipe_flow {
	struct match megaflow;
	struct xvs_op *ops;
	size_t n_ops;
};

struct xvs_pipe {
	struct sw *sw[BRIDGES];
	struct xlate_env env;
	struct controller_points points;
	struct xlate_out out;
	struct xvs_pipe_flow flow[XVS_PIPE_CACHE];
	size_t n_flows;

	/* Of the last packet: */
	struct effect effect;
	__u64 crossed[XVS_PIPE_MAX_CROSSED]; /* cookies of rules, in order */
	size_t n_crossed;
	struct match first; /* the megaflow of its first pass, with all of its key */
	unsigned int passes;
	enum xvs_drop_reason reason; /* of the last pass; 0: none */
};

/* 0 or -errno, explained on stderr, here and below. */
int xvs_pipe_open(struct xvs_pipe *x, const struct scenario *s);
void xvs_pipe_close(struct xvs_pipe *x);
/* Rules and groups in addition to what is there. xvs_pipe_load.c. */
int xvs_pipe_load(struct xvs_pipe *x, const struct pipeline *p);

/* What becomes of a frame: every pass is translated, and its megaflow kept. */
int xvs_pipe_packet(struct xvs_pipe *x, const struct pipeline_packet *packet);
/* The same by megaflows of earlier packets alone; 'hit' is false if one of the
 * passes has none. Nothing is learned. */
int xvs_pipe_replay(struct xvs_pipe *x, const struct pipeline_packet *packet, bool *hit);
void xvs_pipe_forget_megaflows(struct xvs_pipe *x);

/* xvs_pipe_load.c */
int xvs_pipe_setup(struct xvs_pipe *x, const struct scenario *s);

#endif /* OVS_XVS_PIPE_H */
