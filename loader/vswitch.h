/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The composition root: builds the subsystems of xvsd as one ladder and takes
 * them down in reverse.
 */
#ifndef VSWITCH_H
#define VSWITCH_H

#include <stdbool.h>

#include "err.h"

struct vswitch_options {
	const char *rundir; /* socket, pid file, undo journal */
	const char *bpffs;
	unsigned int flow_limit;
	unsigned int ct_limit; /* connections */
	unsigned int forward_threads;
};

struct vswitch;

int vswitch_create(const struct vswitch_options *opt, struct vswitch **out, struct err *err);
/* Serves until a client or a signal asks to stop. True: a client asked, and
 * everything is to be undone; false: a signal, and the datapath stays. */
bool vswitch_run(struct vswitch *v);
/* Detaches all ports and removes the datapath. NULL is a no-op. */
void vswitch_destroy(struct vswitch *v);

#endif /* VSWITCH_H */
