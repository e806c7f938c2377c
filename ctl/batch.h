/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `xvsctl batch`: a file of commands (batch_file.h) goes to the daemon as one
 * transaction (xvs/rpc.h).
 */
#ifndef CTL_BATCH_H
#define CTL_BATCH_H

#include <jansson.h>

#include "cmdline.h"

/* 0 with '*result' set, or -errno with 'err' filled. */
int batch_run(const struct cmdline *c, json_t **result, struct err *err);

#endif /* CTL_BATCH_H */
