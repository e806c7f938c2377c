/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control socket: accepts clients, frames requests by lines, runs each on
 * the datapath thread and sends its reply. See xvs/rpc.h for the protocol.
 *
 * Thread rule: the main thread, on 'loop'; handlers run on 'datapath_loop'.
 */
#ifndef CONTROL_SERVER_H
#define CONTROL_SERVER_H

#include "err.h"
#include "event.h"

struct model;
struct server;

/* Listens on 'path' (an old socket file is replaced; the caller holds the pid
 * lock). 0 or -errno with 'err' filled. */
int server_create(struct event_loop *loop, struct event_loop *datapath_loop, struct model *model,
		  const char *path, struct server **out, struct err *err);
/* Sends what is queued, closes, removes the socket file. NULL is a no-op. */
void server_destroy(struct server *s);

#endif /* CONTROL_SERVER_H */
