/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `port exec`: becomes a program that has the AF_XDP sockets of an xsk port
 * (xvs/xsk_handout.h) as inherited descriptors. So is the connection that holds them: they
 * are the program's until its last process has ended.
 *
 * The daemon's control socket is asked first, for its better errors, where it may
 * be; who may only connect to the port's socket gets the sockets all the same.
 */
#ifndef CTL_PORT_EXEC_H
#define CTL_PORT_EXEC_H

#include "cmdline.h"

/* Returns on error only: -errno with 'err' filled. */
int port_exec_run(const struct cmdline *c, struct err *err);

#endif /* CTL_PORT_EXEC_H */
