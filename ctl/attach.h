/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * attach, detach and status: the commands that are more than one request, as
 * the daemon may have to be started or may be gone.
 */
#ifndef CTL_ATTACH_H
#define CTL_ATTACH_H

#include <jansson.h>

#include "cmdline.h"

/* Each: 0 with '*result' set, or -errno with 'err' filled. */

/* All or nothing: what this call has made is undone when one device fails. */
int attach_run(const struct cmdline *c, json_t **result, struct err *err);
int detach_run(const struct cmdline *c, json_t **result, struct err *err);
/* When no daemon runs 'result' tells what is pinned, and it is an error. */
int status_run(const struct cmdline *c, json_t **result, struct err *err);

#endif /* CTL_ATTACH_H */
