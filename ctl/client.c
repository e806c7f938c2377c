// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The tool's end of the control socket; see client.h.
 */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "strbuf.h"

/* A listing of all rules of a full switch is a few hundred MiB. */
#define MAX_REPLY_BYTES (1UL << 30)
#define RECV_BYTES 65536
/* The backlog of the socket is full: try again after so long. */
#define BACKLOG_WAIT_MS 20

struct client {
	struct sockaddr_un addr;
	int fd;
	int timeout_ms;
	uint64_t end_ms; /* of the request that is under way */
};

/* Waits for 'events'; -ETIMEDOUT when the request's time is over. */
static int wait_for(const struct client *c, short events, struct err *err)
{
	struct pollfd p = {.fd = c->fd, .events = events};

	for (;;) {
		uint64_t now = clock_ms();
		int n = now < c->end_ms ? poll(&p, 1, (int)(c->end_ms - now)) : 0;

		if (n > 0)
			return 0;
		if (!n) {
			err_set(err, -ETIMEDOUT, XVS_RPC_TIMEOUT, NULL, "daemon: no reply in %g s",
				c->timeout_ms / 1000.0);
			err_hint(err, "it may be done all the same: look before you repeat it");
			return -ETIMEDOUT;
		}
		if (errno != EINTR)
			return err_set(err, -errno, XVS_RPC_FAILED, NULL, "poll: %m");
	}
}

static int connect_error(const struct client *c, struct err *err)
{
	const char *path = c->addr.sun_path;
	int rc = -errno;

	if (rc == -EACCES || rc == -EPERM) {
		err_set(err, rc, XVS_RPC_PERMISSION, path, "socket %s: permission denied", path);
		err_hint(err, "only root may talk to xvsd: run it with sudo");
		return rc;
	}
	err_set(err, rc, XVS_RPC_UNREACHABLE, path, "daemon: not running (%s: %s)", path,
		strerror(-rc));
	err_hint(err, "start it with: xvsctl attach IFACE...");
	return rc;
}

static int connect_to(struct client *c, struct err *err)
{
	uint64_t end_ms = clock_ms() + (uint64_t)c->timeout_ms;

	while (connect(c->fd, (struct sockaddr *)&c->addr, sizeof(c->addr)) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return connect_error(c, err);
		if (clock_ms() >= end_ms)
			return err_set(err, -ETIMEDOUT, XVS_RPC_TIMEOUT, NULL,
				       "daemon: does not accept connections");
		poll(NULL, 0, BACKLOG_WAIT_MS);
	}
	return 0;
}

int client_open(const char *path, int timeout_ms, struct client **out, struct err *err)
{
	struct client *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return err_set(err, -ENOMEM, XVS_RPC_FAILED, NULL, "out of memory");
	c->timeout_ms = timeout_ms > 0 ? timeout_ms : CLIENT_TIMEOUT_MS;
	c->addr.sun_family = AF_UNIX;
	c->fd = -1;
	if (strlen(path) >= sizeof(c->addr.sun_path)) {
		rc = err_set(err, -ENAMETOOLONG, XVS_RPC_USAGE, path,
			     "socket %s: the path is longer than %zu characters", path,
			     sizeof(c->addr.sun_path) - 1);
		goto err_client;
	}
	strcpy(c->addr.sun_path, path);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0) {
		rc = err_set(err, -errno, XVS_RPC_FAILED, path, "socket: %m");
		goto err_client;
	}
	rc = connect_to(c, err);
	if (rc)
		goto err_client;
	*out = c;
	return 0;

err_client:
	client_close(c);
	return rc;
}

void client_close(struct client *c)
{
	if (!c)
		return;
	if (c->fd >= 0)
		close(c->fd);
	free(c);
}

pid_t client_daemon_pid(const struct client *c)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return 0;
	return cred.pid;
}

static int broken(struct err *err)
{
	int rc = -errno;

	return err_set(err, rc, XVS_RPC_UNREACHABLE, NULL, "daemon: the connection broke: %s",
		       strerror(-rc));
}

static int send_all(struct client *c, const char *text, size_t len, struct err *err)
{
	while (len) {
		ssize_t n = send(c->fd, text, len, MSG_NOSIGNAL);

		if (n >= 0) {
			text += n;
			len -= (size_t)n;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return broken(err);
		if (errno == EAGAIN) {
			int rc = wait_for(c, POLLOUT, err);

			if (rc)
				return rc;
		}
	}
	return 0;
}

/* Reads up to the end of the line. */
static int receive_line(struct client *c, struct strbuf *line, struct err *err)
{
	char data[RECV_BYTES];

	for (;;) {
		ssize_t n;
		int rc = wait_for(c, POLLIN, err);

		if (rc)
			return rc;
		n = recv(c->fd, data, sizeof(data), 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (!n)
			errno = ECONNRESET;
		if (n <= 0)
			return broken(err);
		strbuf_addn(line, data, (size_t)n);
		if (line->failed || line->len > MAX_REPLY_BYTES)
			return err_set(err, -ENOMEM, XVS_RPC_FAILED, NULL,
				       "the reply is too large");
		if (data[n - 1] == '\n')
			return 0;
	}
}

static enum xvs_rpc_error code_by_name(const char *name)
{
	for (int c = 0; c < XVS_RPC_ERROR_N; c++)
		if (name && !strcmp(name, err_code_name((enum xvs_rpc_error)c)))
			return (enum xvs_rpc_error)c;
	return XVS_RPC_FAILED;
}

static int daemon_error(const json_t *e, struct err *err)
{
	const char *message = json_string_value(json_object_get(e, "message"));
	const char *hint = json_string_value(json_object_get(e, "hint"));
	const char *text = json_string_value(json_object_get(e, "text"));
	json_int_t column = json_integer_value(json_object_get(e, "column"));
	json_int_t len = json_integer_value(json_object_get(e, "length"));

	err_set(err, -EREMOTEIO, code_by_name(json_string_value(json_object_get(e, "code"))),
		json_string_value(json_object_get(e, "object")), "%s",
		message ? message : "failed");
	if (hint)
		err_hint(err, "%s", hint);
	if (text && column >= 1)
		err_place(err, text, (size_t)column - 1, len > 0 ? (size_t)len : 1);
	err->line = (unsigned int)json_integer_value(json_object_get(e, "line"));
	return -EREMOTEIO;
}

static int parse_reply(const struct strbuf *line, json_t **result, struct err *err)
{
	json_t *reply = json_loadb(line->s, line->len, 0, NULL);
	json_t *e = json_object_get(reply, "error");
	json_t *r = json_object_get(reply, "result");
	int rc = 0;

	if (e)
		rc = daemon_error(e, err);
	else if (!r)
		rc = err_set(err, -EPROTO, XVS_RPC_FAILED, NULL,
			     "daemon: the reply is not understood");
	else if (result)
		*result = json_incref(r);
	json_decref(reply);
	return rc;
}

/* The request's line; NULL when out of memory. */
static char *request_line(const struct client_request *request)
{
	json_t *params = json_object();
	json_t *o;
	char *text;

	if (request->args)
		json_object_set(params, "args", request->args);
	if (request->options)
		json_object_set(params, "options", request->options);
	if (request->calls)
		json_object_set(params, "calls", request->calls);
	o = json_pack("{s:s, s:o}", "method", request->method, "params", params);
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return text;
}

void client_request_fini(const struct client_request *request)
{
	json_decref(request->args);
	json_decref(request->options);
	json_decref(request->calls);
}

int client_send(struct client *c, const struct client_request *request, struct err *err)
{
	char *text = request_line(request);
	int rc;

	c->end_ms = request->end_ms ? request->end_ms : clock_ms() + (uint64_t)c->timeout_ms;
	client_request_fini(request);
	if (!text)
		return err_set(err, -ENOMEM, XVS_RPC_FAILED, NULL, "out of memory");
	if (strlen(text) > XVS_RPC_MAX_LINE) {
		rc = err_set(err, -E2BIG, XVS_RPC_FULL, NULL, "the request is larger than %d MiB",
			     XVS_RPC_MAX_LINE >> 20);
	} else {
		rc = send_all(c, text, strlen(text), err);
		if (!rc)
			rc = send_all(c, "\n", 1, err);
	}
	free(text);
	return rc;
}

int client_receive(struct client *c, json_t **result, struct err *err)
{
	struct strbuf line;
	int rc;

	strbuf_init(&line);
	rc = receive_line(c, &line, err);
	if (!rc)
		rc = parse_reply(&line, result, err);
	strbuf_fini(&line);
	return rc;
}

int client_call(struct client *c, const struct client_request *request, json_t **result,
		struct err *err)
{
	int rc = client_send(c, request, err);

	return rc ? rc : client_receive(c, result, err);
}
