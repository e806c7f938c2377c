/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Changes of mirrors; look at them in sw->mirrors. As in model.h: 'err' is filled
 * whenever a function returns negative, and packets see the change when it
 * returns 0, unless a transaction is open (model_txn.h).
 */
#ifndef SLOWPATH_MODEL_MIRROR_H
#define SLOWPATH_MODEL_MIRROR_H

#include "err.h"
#include "sw.h"

struct model;

/* Takes over the reference, whatever it returns. */
int model_mirror_add(struct model *m, struct sw *sw, struct mirror *mirror, struct err *err);
/* The same; 'mirror' takes the place of the one of its name and goes on counting
 * where that one is. */
int model_mirror_set(struct model *m, struct sw *sw, struct mirror *mirror, struct err *err);
int model_mirror_del(struct model *m, struct sw *sw, const char *name, struct err *err);
/* The mirror, or NULL with 'err' (not-found) filled. */
struct mirror *model_mirror(const struct sw *sw, const char *name, struct err *err);
/* Brings the counters up to date. */
void model_mirror_count(struct model *m);

#endif /* SLOWPATH_MODEL_MIRROR_H */
