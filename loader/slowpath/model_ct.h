/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Connections as clients see them: the table, zones, and timeouts by name.
 *
 * Zones belong to no switch: two switches whose rules name the same zone share its
 * connections, as two bridges of Open vSwitch do.
 *
 * Thread rule: model_ct_next, model_ct_flush, model_ct_now, model_ct_count and model_ct_stats are for any
 * thread, as the table is read and changed by compare-and-swap; the others as in model.h.
 */
#ifndef SLOWPATH_MODEL_CT_H
#define SLOWPATH_MODEL_CT_H

#include "ct_filter.h"
#include "datapath_ct.h"
#include "model.h"

/* The clock of expiries, low 32 bits, and its ticks a second. */
__u32 model_ct_now(const struct model *m);
__u32 model_ct_hz(const struct model *m);

/* The first connection from slot '*at' on that the filter takes; '*at' is behind it then.
 * false: there are no more. */
bool model_ct_next(const struct model *m, const struct ct_filter *f, __u32 *at,
		   struct dp_ct_conn *out);
/* Ends all that the filter takes; returns how many. Their next packets are new. */
__u32 model_ct_flush(struct model *m, const struct ct_filter *f);

struct model_ct_stats {
	struct dp_ct_stats table;
	__u32 limit; /* connections that were asked for */
	__u32 n_conns, n_half, n_expect; /* of all zones [CT5] */
};
/* Connections in all zones [CT5]. */
__u32 model_ct_count(const struct model *m);
void model_ct_stats(const struct model *m, struct model_ct_stats *out);
/* Its settings and counts; false: it has neither. */
bool model_ct_zone(const struct model *m, __u16 zone, struct xvs_ct_zone *out);

struct model_ct_zone_config {
	__u16 zone;
	bool has_max, has_max_half, has_window_check, has_pick_up;
	__u32 max, max_half; /* 0: the default */
	bool window_check, pick_up;
	const char *timeouts; /* the name of a policy; NULL: as it is */
};
int model_ct_zone_set(struct model *m, const struct model_ct_zone_config *cfg, struct err *err);

/* --- policies of timeouts --- */

/* The name of the policy that a zone has by number; NULL: there is none. */
const char *model_ct_timeouts_name(const struct model *m, __u32 policy);
/* Of the policy of that name; -ENOENT with 'err' filled. */
int model_ct_timeouts_find(const struct model *m, const char *name, struct dp_ct_timeouts *out,
			   struct err *err);
void model_ct_timeouts_at(const struct model *m, __u32 policy, struct dp_ct_timeouts *out);
/* A new policy, of the default's values but for those of 't' that are not 0. */
int model_ct_timeouts_add(struct model *m, const char *name, const struct dp_ct_timeouts *t,
			  struct err *err);
/* Those that are not 0; "default" may be changed as well. */
int model_ct_timeouts_set(struct model *m, const char *name, const struct dp_ct_timeouts *t,
			  struct err *err);
/* -EBUSY: a zone has it, or it is the default. */
int model_ct_timeouts_del(struct model *m, const char *name, struct err *err);

#endif /* SLOWPATH_MODEL_CT_H */
