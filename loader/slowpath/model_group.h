/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Changes of groups; look at them in sw->groups. As in model.h: 'err' is filled
 * whenever a function returns negative, and packets see the change when it
 * returns 0, unless a transaction is open (model_txn.h).
 */
#ifndef SLOWPATH_MODEL_GROUP_H
#define SLOWPATH_MODEL_GROUP_H

#include "err.h"
#include "sw.h"

struct model;

/* Takes over the reference, whatever it returns. */
int model_group_add(struct model *m, struct sw *sw, struct group *g, struct err *err);
/* The same; 'g' takes the place of the group of its number. */
int model_group_mod(struct model *m, struct sw *sw, struct group *g, struct err *err);
/* GROUP_NONE: all. The number of groups removed. */
int model_group_del(struct model *m, struct sw *sw, __u32 id, struct err *err);
/* Brings the counters of groups and buckets up to date. */
void model_group_count(struct model *m);

#endif /* SLOWPATH_MODEL_GROUP_H */
