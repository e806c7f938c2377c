/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tool's end of the control socket: one connection, requests one after the
 * other, each with a deadline. The protocol is xvs/rpc.h's.
 */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

#define CLIENT_TIMEOUT_MS 60000

struct client;

/* 0, or -errno with 'err' filled: unreachable when nobody listens there. */
int client_open(const char *path, int timeout_ms, struct client **out, struct err *err);
void client_close(struct client *c); /* NULL is a no-op */
/* The process that listens; 0: not known. */
pid_t client_daemon_pid(const struct client *c);

struct client_request {
	const char *method;
	json_t *args; /* an array; taken over; NULL: none */
	json_t *options; /* an object; taken over; NULL: none */
	json_t *calls; /* of a batch: an array; taken over; NULL: none */
	uint64_t end_ms; /* by clock_ms: no reply later than this; 0: the client's timeout */
};

/* For one that is not sent: lets go of args, options and calls. */
void client_request_fini(const struct client_request *request);

/* Sends a request and waits for its reply: 0 with '*result' set (a new
 * reference; 'result' NULL: not wanted), or -errno with 'err' filled: the
 * daemon's error, a timeout, or a connection that broke. */
int client_call(struct client *c, const struct client_request *request, json_t **result,
		struct err *err);

/* The halves of client_call, for work between them: each request that was sent
 * has one reply, and the next may be sent only when that is here. */
int client_send(struct client *c, const struct client_request *request, struct err *err);
int client_receive(struct client *c, json_t **result, struct err *err);

#endif /* CTL_CLIENT_H */
