/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * References between a switch's objects: rules and buckets name groups, meters
 * and ports by number. Whoever adds a reference asks whether the object is
 * there; whoever removes an object asks whether anything still needs it.
 *
 * 'err' is filled when the answer is negative. Thread rule: the datapath thread.
 */
#ifndef SLOWPATH_MODEL_CHECK_H
#define SLOWPATH_MODEL_CHECK_H

#include "err.h"
#include "sw.h"

/* Every group, meter and port that the actions name is there: 0 or -ENOENT. */
int model_check_actions(const struct sw *sw, const struct ofacts *actions, struct err *err);
/* The same of rules [0, n), but ports: what is listed goes in again, also after a
 * port has gone. '*which' is the first that is wrong, which the error tells as
 * well. */
int model_check_rules(const struct sw *sw, struct rule *const *rules, size_t n, size_t *which,
		      struct err *err);
/* Every group and port that a bucket of 'g' names is there, and 'g' does not lead
 * to itself: 0, -ENOENT or -ELOOP. */
int model_check_group(const struct sw *sw, const struct group *g, struct err *err);

/* No rule, and no bucket of another group, uses the group (or, GROUP_NONE, no rule
 * any group): 0 or -EBUSY. */
int model_check_group_unused(const struct sw *sw, __u32 id, struct err *err);
/* No rule uses the meter (0: any meter): 0 or -EBUSY. */
int model_check_meter_unused(const struct sw *sw, __u32 id, struct err *err);

#endif /* SLOWPATH_MODEL_CHECK_H */
