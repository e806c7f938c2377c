/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * trace's second half: the packet through the loaded programs, over the tables as
 * they are, and whether that comes to what the translation says.
 *
 * Nothing is sent, counted or learned by it (xvs/dry_run.h). The datapath thread
 * is busy with it for some 20 ms, during which upcalls wait.
 */
#ifndef SLOWPATH_MODEL_TRACE_H
#define SLOWPATH_MODEL_TRACE_H

#include "fast_path.h"
#include "model.h"

enum model_fast_path_state {
	FAST_PATH_ASKED,
	/* Not asked, because */
	FAST_PATH_NO_PORT, /* the packet has no input port */
	FAST_PATH_OTHER_SWITCH, /* it is no port of this switch */
	FAST_PATH_PATCH_PORT, /* it has no device */
	FAST_PATH_NO_DEVICE, /* its device is missing */
	FAST_PATH_LATER_PASS, /* only the programs begin later passes */
	FAST_PATH_REFUSED, /* the kernel or the provider does not run it: 'error' */
};

enum model_agreement {
	FAST_PATH_UNDECIDED, /* the programs do not decide this packet */
	FAST_PATH_AGREES,
	FAST_PATH_DISAGREES,
};

struct model_fast_path {
	enum model_fast_path_state state;
	int error; /* -errno */
	/* No frame has the packet's key: what is run is the nearest one, with this key,
	 * and what that should do is its own translation. */
	bool is_nearest;
	struct xvs_flow_key nearest;
	/* The rest is set once it was asked. */
	enum model_agreement agreement;
	struct dp_test_result got;
	struct fast_path_expect expect;
	struct fast_path_diff diff; /* DISAGREES */
};

/* Asks for 'key', whose translation 'out' model_trace() has made. Later passes are
 * translated too, and explained in 'trace', whether it can be asked or not. 'fp' is
 * large: for the heap. */
void model_fast_path(struct model *m, struct sw *sw, const struct flow_key *key,
		     const struct xlate_out *out, struct xlate_trace *trace,
		     struct model_fast_path *fp);

#endif /* SLOWPATH_MODEL_TRACE_H */
