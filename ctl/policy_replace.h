/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `xvsctl policy replace`: a file of policy commands, one a line, becomes the whole
 * firewall policy of a switch, as `policy show` prints it.
 */
#ifndef CTL_POLICY_REPLACE_H
#define CTL_POLICY_REPLACE_H

#include <jansson.h>

#include "cmdline.h"

/* 0 with '*result' set, or -errno with 'err' filled. */
int policy_replace_run(const struct cmdline *c, json_t **result, struct err *err);

#endif /* CTL_POLICY_REPLACE_H */
