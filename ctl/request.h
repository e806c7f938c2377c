/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a command line to the request that carries it out (xvs/rpc.h).
 */
#ifndef CTL_REQUEST_H
#define CTL_REQUEST_H

#include <jansson.h>

#include "client.h"
#include "cmdline.h"

#define REQUEST_METHOD_MAX 64

struct request {
	char method[REQUEST_METHOD_MAX]; /* "port.add" */
	json_t *args;
	json_t *options;
};

/* 0 with references that are the caller's, or -EINVAL with 'err' filled. */
int request_build(const struct cmdline *c, struct request *r, struct err *err);
/* Sends one request, which is taken over, to the daemon of the command line. */
int request_send(const struct cmdline *c, const struct client_request *r, json_t **result,
		 struct err *err);

#endif /* CTL_REQUEST_H */
