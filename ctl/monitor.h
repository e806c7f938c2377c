/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `xvsctl monitor`: packets of action `controller`, printed as they come.
 */
#ifndef CTL_MONITOR_H
#define CTL_MONITOR_H

#include "cmdline.h"

/* Prints until count= packets were shown, or until it is interrupted, which ends
 * the process; 0, or -errno with 'err' filled. */
int monitor_run(const struct cmdline *c, struct err *err);

#endif /* CTL_MONITOR_H */
