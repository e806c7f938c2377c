/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The model's life, for the composition root (loader/vswitch.c) only.
 */
#ifndef SLOWPATH_MODEL_MAIN_H
#define SLOWPATH_MODEL_MAIN_H

#include "event.h"
#include "model.h"

struct model_options {
	struct event_loop *loop; /* of the datapath thread */
	struct dp *dp;
	const char *rundir; /* for the undo journal of ports */
	__u32 flow_limit;
	__u32 ct_limit; /* connections */
	unsigned int forward_threads;
	void (*stop)(void *aux); /* model_request_stop calls it, on that thread */
	void *stop_aux;
};

/* Before the datapath thread runs; 0 or -errno with 'err' filled. */
int model_create(const struct model_options *opt, struct model **out, struct err *err);
/* After it has ended. Removes all ports and flows. NULL is a no-op. */
void model_destroy(struct model *m);

#endif /* SLOWPATH_MODEL_MAIN_H */
