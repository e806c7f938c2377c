/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Changes of meters; look at them in sw->meters. As in model.h: 'err' is filled
 * whenever a function returns negative, and packets see the change when it
 * returns 0, unless a transaction is open (model_txn.h).
 */
#ifndef SLOWPATH_MODEL_METER_H
#define SLOWPATH_MODEL_METER_H

#include "err.h"
#include "sw.h"
#include "xvs/meter.h"

struct model;

int model_meter_add(struct model *m, struct sw *sw, __u32 id, const struct meter_config *config,
		    struct err *err);
/* Counters and age go on. */
int model_meter_mod(struct model *m, struct sw *sw, __u32 id, const struct meter_config *config,
		    struct err *err);
/* 0: all. The number of meters removed. */
int model_meter_del(struct model *m, struct sw *sw, __u32 id, struct err *err);
void model_meter_stats(struct model *m, const struct meter *meter, struct xvs_meter_stats *out);
/* Of a switch that is about to go, and has no cached flow any more: gives back
 * what its meters have of the datapath. */
void model_meter_release(struct model *m, const struct sw *sw);

#endif /* SLOWPATH_MODEL_METER_H */
