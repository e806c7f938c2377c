// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The control socket: clients come and go here. session.c keeps their bytes,
 * rpc.c makes replies of lines, the methods run on the datapath thread or send
 * there what has to be done there. One method runs at a time.
 *
 * One request is served per turn of the event loop and client, so that a client
 * with a thousand requests in its pipe waits its turn like others.
 *
 * A method that waits for something (rpc_env.wait_fd) holds nobody: its request is
 * put aside and run again when there is something to say. It is answered after
 * WAIT_MS in any case, so that each side learns of the other's end.
 */
#include "server.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "rpc.h"
#include "session.h"

/* More clients than this: the one that was silent longest has to go. */
#define MAX_CLIENTS 64
/* A client that does not take its reply for so long, or does not go on with a
 * request of several parts, is closed. */
#define STALL_MS 30000
#define TICK_MS 5000
/* A request that waits is answered after this, rounded up to a tick. */
#define WAIT_MS 4000
/* A request that waits is kept, and is a short one. */
#define WAIT_MAX_LINE 4096
/* For all clients together, to take their replies when the daemon ends. */
#define FLUSH_MS 1000

struct client {
	struct server *server;
	struct client *next;
	struct client **link; /* what points here */
	struct event_source *source;
	struct session session;
	struct rpc_keep keep;
	uint64_t active_ms; /* last progress, either way */
	int fd;
	bool closing; /* once the reply has left */

	/* The request that waits; NULL: none does. */
	char *waiting;
	size_t waiting_len;
	uint64_t waiting_ms; /* since */
	int wait_fd;
	struct event_source *wait_source;
};

struct server {
	struct event_loop *datapath_loop;
	struct event_loop *loop;
	struct model *model;
	struct event_source *listener;
	struct event_source *ticker;
	struct client *clients;
	unsigned int n_clients;
	int fd;
	struct sockaddr_un addr;
	bool bound;
};

struct job {
	struct model *model;
	struct rpc_call *call;
};

/* The run of a request. */
struct run {
	struct client *client;
	bool may_wait;
};

static void run_method(void *aux)
{
	struct job *job = aux;
	struct rpc_call *call = job->call;

	call->rc = call->method->fn(job->model, &call->params, &call->result, &call->err);
}

static int on_datapath(void *aux, void (*fn)(void *arg), void *arg)
{
	struct server *s = aux;

	return event_loop_call(s->datapath_loop, fn, arg);
}

static void run_call(void *aux, struct rpc_call *call)
{
	const struct run *run = aux;
	struct client *c = run->client;
	const struct rpc_env env = {
		.model = c->server->model,
		.on_datapath = on_datapath,
		.aux = c->server,
		.keep = &c->keep,
		.wait_fd = run->may_wait ? &c->wait_fd : NULL,
	};
	struct job job = {.model = env.model, .call = call};

	if (call->method->main_fn) {
		call->rc = call->method->main_fn(&env, call);
	} else {
		int rc = rpc_on_datapath(&env, run_method, &job, &call->err);

		if (rc)
			call->rc = rc;
	}
	if (call->rc > 0)
		call->rc = 0;
}

static void end_wait(struct client *c)
{
	event_source_remove(c->wait_source);
	c->wait_source = NULL;
	free(c->waiting);
	c->waiting = NULL;
}

static void client_destroy(struct client *c)
{
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	c->server->n_clients--;
	end_wait(c);
	event_source_remove(c->source);
	close(c->fd);
	session_fini(&c->session);
	rpc_keep_drop(&c->keep);
	free(c);
}

static void on_waited(void *aux, int fd, uint32_t events);

/* Puts a request aside until c->wait_fd is readable. */
static int client_wait(struct client *c, const char *line, size_t len)
{
	c->waiting = len <= WAIT_MAX_LINE ? malloc(len) : NULL;
	if (!c->waiting)
		return -ENOMEM;
	memcpy(c->waiting, line, len);
	c->waiting_len = len;
	return event_add_fd(c->server->loop, c->wait_fd, EPOLLIN, on_waited, c, &c->wait_source);
}

static int client_answer(struct client *c, const char *line, size_t len, bool may_wait)
{
	struct run run = {.client = c, .may_wait = may_wait};
	const struct rpc_dispatch dispatch = {
		.find = rpc_method_find,
		.run = run_call,
		.aux = &run,
	};
	size_t reply_len;
	char *reply;

	c->wait_fd = -1;
	reply = rpc_handle(&dispatch, line, len, &reply_len);
	if (!reply)
		return -ENOMEM;
	if (c->wait_fd >= 0) {
		free(reply);
		return client_wait(c, line, len);
	}
	session_reply(&c->session, reply, reply_len);
	return session_write(&c->session, c->fd);
}

/* Serves the next line if there is one and the way is free. */
static int client_serve(struct client *c)
{
	char *line;
	size_t len;

	if (session_has_reply(&c->session) || c->waiting ||
	    !session_next_line(&c->session, &line, &len))
		return 0;
	c->waiting_ms = clock_ms();
	return client_answer(c, line, len, true);
}

static int client_refuse(struct client *c, const char *why)
{
	size_t len;
	char *reply = rpc_error_reply(XVS_RPC_USAGE, why, &len);

	if (!reply)
		return -ENOMEM;
	c->closing = true;
	session_reply(&c->session, reply, len);
	return session_write(&c->session, c->fd);
}

/* What the socket is watched for. A line that is next needs no more bytes: any
 * turn will do, and the socket can be written as no reply is in the way. */
static int client_watch(struct client *c)
{
	struct session *s = &c->session;
	uint32_t events = EPOLLIN;

	if (c->waiting)
		events = session_has_line(s) || s->at_end ? 0 : EPOLLIN;
	else if (session_has_reply(s) || session_has_line(s))
		events = EPOLLOUT;
	return event_fd_set_events(c->source, events);
}

/* One step of a connection; negative: it is over. */
static int client_step(struct client *c)
{
	struct session *s = &c->session;
	int rc = 0;

	if (session_has_reply(s))
		rc = session_write(s, c->fd);
	else if (!session_has_line(s))
		rc = session_read(s, c->fd);
	if (rc == -EMSGSIZE && !c->waiting)
		rc = client_refuse(c, "request: the line is too long");
	if (!rc && !c->closing)
		rc = client_serve(c);
	if (rc)
		return rc;
	if (!session_has_reply(s) && !c->waiting &&
	    (c->closing || (s->at_end && !session_has_line(s))))
		return -EPIPE;
	return client_watch(c);
}

static void on_client(void *aux, int fd, uint32_t events)
{
	struct client *c = aux;

	c->active_ms = clock_ms();
	/* Who waits and is gone is not going to read a reply. */
	if ((c->waiting && (events & (EPOLLHUP | EPOLLERR))) || client_step(c))
		client_destroy(c);
}

/* Runs the request that waits once more. */
static void client_resume(struct client *c, bool may_wait)
{
	size_t len = c->waiting_len;
	char *line = c->waiting;
	int rc;

	c->waiting = NULL;
	end_wait(c);
	c->active_ms = clock_ms();
	rc = client_answer(c, line, len, may_wait);
	free(line);
	if (rc || client_watch(c))
		client_destroy(c);
}

static void on_waited(void *aux, int fd, uint32_t events)
{
	client_resume(aux, true);
}

static int client_create(struct server *s, int fd)
{
	struct client *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return -ENOMEM;
	c->server = s;
	c->fd = fd;
	c->active_ms = clock_ms();
	rc = event_add_fd(s->loop, fd, EPOLLIN, on_client, c, &c->source);
	if (rc) {
		free(c);
		return rc;
	}
	session_init(&c->session, XVS_RPC_MAX_LINE);
	c->next = s->clients;
	c->link = &s->clients;
	if (c->next)
		c->next->link = &c->next;
	s->clients = c;
	s->n_clients++;
	return 0;
}

static void evict_one(struct server *s)
{
	struct client *oldest = s->clients;

	for (struct client *c = s->clients; c; c = c->next)
		if (c->active_ms < oldest->active_ms)
			oldest = c;
	log_warn_rl("control", "too many clients: the one that was silent longest is closed");
	client_destroy(oldest);
}

static void on_connection(void *aux, int listen_fd, uint32_t events)
{
	struct server *s = aux;
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int rc;

	if (fd < 0) {
		if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
			return;
		/* No descriptors, no memory: the tick listens again. */
		log_warn_rl("control", "accept: %s", strerror(errno));
		event_fd_set_events(s->listener, 0);
		return;
	}
	if (s->n_clients >= MAX_CLIENTS)
		evict_one(s);
	rc = client_create(s, fd);
	if (rc) {
		log_warn("control", "client refused: %s", strerror(-rc));
		close(fd);
	}
}

static void on_tick(void *aux)
{
	struct server *s = aux;
	uint64_t now = clock_ms();
	struct client *c, *next;

	for (c = s->clients; c; c = next) {
		bool owes = session_has_reply(&c->session) || c->keep.data;

		next = c->next;
		if (c->waiting && now - c->waiting_ms > WAIT_MS)
			client_resume(c, false);
		else if (!c->waiting && owes && now - c->active_ms > STALL_MS)
			client_destroy(c);
	}
	event_fd_set_events(s->listener, EPOLLIN);
}

static int listen_on(struct server *s, const char *path, struct err *err)
{
	s->addr.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(s->addr.sun_path))
		return err_set(err, -ENAMETOOLONG, XVS_RPC_USAGE, path,
			       "socket %s: the path is longer than %zu characters", path,
			       sizeof(s->addr.sun_path) - 1);
	strcpy(s->addr.sun_path, path);
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return err_set(err, -errno, XVS_RPC_FAILED, path, "socket %s: %m", path);
	/* On the socket, not on the file: it is never there with another mode. */
	if (fchmod(s->fd, 0600))
		return err_set(err, -errno, XVS_RPC_FAILED, path, "socket %s: %m", path);
	if (unlink(path) && errno != ENOENT)
		return err_set(err, -errno, XVS_RPC_FAILED, path, "socket %s: %m", path);
	if (bind(s->fd, (struct sockaddr *)&s->addr, sizeof(s->addr)) < 0)
		return err_set(err, -errno, XVS_RPC_FAILED, path, "socket %s: %m", path);
	s->bound = true;
	if (listen(s->fd, MAX_CLIENTS) < 0)
		return err_set(err, -errno, XVS_RPC_FAILED, path, "socket %s: %m", path);
	return 0;
}

int server_create(struct event_loop *loop, struct event_loop *datapath_loop, struct model *model,
		  const char *path, struct server **out, struct err *err)
{
	struct server *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return rpc_no_memory(err);
	s->fd = -1;
	s->loop = loop;
	s->datapath_loop = datapath_loop;
	s->model = model;
	rc = listen_on(s, path, err);
	if (rc)
		goto err_server;
	rc = event_add_fd(loop, s->fd, EPOLLIN, on_connection, s, &s->listener);
	if (!rc)
		rc = event_add_timer(loop, TICK_MS, on_tick, s, &s->ticker);
	if (rc) {
		err_set(err, rc, XVS_RPC_FAILED, path, "socket %s: %s", path, strerror(-rc));
		goto err_server;
	}
	*out = s;
	return 0;

err_server:
	server_destroy(s);
	return rc;
}

/* The last replies (that to daemon.stop among them) shall arrive. */
static void flush_replies(struct server *s)
{
	uint64_t end = clock_ms() + FLUSH_MS;

	for (struct client *c = s->clients; c; c = c->next) {
		struct pollfd p = {.fd = c->fd, .events = POLLOUT};

		while (session_has_reply(&c->session) && !session_write(&c->session, c->fd)) {
			uint64_t now = clock_ms();

			if (!session_has_reply(&c->session) || now >= end ||
			    poll(&p, 1, (int)(end - now)) <= 0)
				break;
		}
	}
}

void server_destroy(struct server *s)
{
	if (!s)
		return;
	flush_replies(s);
	while (s->clients)
		client_destroy(s->clients);
	event_source_remove(s->ticker);
	event_source_remove(s->listener);
	if (s->fd >= 0)
		close(s->fd);
	if (s->bound)
		unlink(s->addr.sun_path);
	free(s);
}
