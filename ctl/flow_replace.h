/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `xvsctl flow replace`: a file of rules (flow_file.h) goes to the daemon in
 * parts (xvs/rpc.h), and becomes all rules of a switch at once.
 */
#ifndef CTL_FLOW_REPLACE_H
#define CTL_FLOW_REPLACE_H

#include <jansson.h>

#include "cmdline.h"

/* 0 with '*result' set, or -errno with 'err' filled. */
int flow_replace_run(const struct cmdline *c, json_t **result, struct err *err);

#endif /* CTL_FLOW_REPLACE_H */
