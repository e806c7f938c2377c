// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Connections of vhost-user devices, see vhost_socket.h; the file of a server is
 * vhost_listen.c's.
 *
 * One message is read a turn of the loop, into 'in', piece by piece as it comes; the
 * answer leaves from 'out', and nothing is read while it waits.
 */
#include "vhost_socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "vhost_listen.h"
#include "vhost_msg.h"

#define RETRY_MS 1000

struct vhost_socket {
	struct event_loop *loop;
	struct vhost_dev *dev;
	char port[64];
	bool is_client;

	struct vhost_listener listener; /* server */
	struct event_source *listen_source;
	struct sockaddr_un addr; /* client */
	struct event_source *retry;
	uint64_t tried_ms; /* when it connected, or tried to */

	int fd; /* the connection; -1: none */
	struct event_source *source;
	struct event_source *deadline; /* runs while a message or an answer is unfinished */
	bool deadline_runs;
	__u8 in[VHOST_MSG_MAX];
	size_t in_len;
	int fds[VHOST_MSG_MAX_FDS]; /* of the message in 'in' */
	size_t n_fds;
	__u8 out[VHOST_MSG_MAX];
	size_t out_len, out_sent; /* out_len 0: no answer waits */
	int out_fd; /* -1: none, or sent */
};

static void close_fds(struct vhost_socket *s)
{
	for (size_t i = 0; i < s->n_fds; i++)
		close(s->fds[i]);
	s->n_fds = 0;
}

static void set_deadline(struct vhost_socket *s)
{
	bool run = s->in_len || s->out_len;

	if (run != s->deadline_runs)
		event_timer_set(s->deadline, run ? VHOST_MSG_SECONDS * 1000 : 0);
	s->deadline_runs = run;
}

/* Waits for the next front end, or goes for it. */
static void next_connection(struct vhost_socket *s)
{
	uint64_t since = clock_ms() - s->tried_ms;

	if (s->is_client)
		event_timer_set(s->retry, since < RETRY_MS ? RETRY_MS - since : 1);
	else
		event_fd_set_events(s->listen_source, EPOLLIN);
}

static void end_connection(struct vhost_socket *s, const char *why)
{
	if (s->fd < 0)
		return;
	vhost_dev_disconnected(s->dev, why);
	event_source_remove(s->source);
	s->source = NULL;
	close(s->fd);
	s->fd = -1;
	close_fds(s);
	if (s->out_fd >= 0)
		close(s->out_fd);
	s->out_fd = -1;
	s->in_len = s->out_len = 0;
	set_deadline(s);
}

static void lose_connection(struct vhost_socket *s, const char *why)
{
	end_connection(s, why);
	next_connection(s);
}

static void on_deadline(void *aux)
{
	struct vhost_socket *s = aux;

	lose_connection(s, s->out_len ? "an answer was not taken in time"
				      : "a message stayed unfinished");
}

/* --- answers --- */

/* 0: sent, or waits for its turn; or -errno. */
static int send_answer(struct vhost_socket *s)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {};
	struct iovec iov = {s->out + s->out_sent, s->out_len - s->out_sent};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *cm;
	ssize_t n;

	if (s->out_fd >= 0) {
		m.msg_control = control.buf;
		m.msg_controllen = sizeof(control.buf);
		cm = CMSG_FIRSTHDR(&m);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cm), &s->out_fd, sizeof(int));
	}
	n = sendmsg(s->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return -errno;
	if (n > 0) {
		if (s->out_fd >= 0)
			close(s->out_fd);
		s->out_fd = -1;
		s->out_sent += (size_t)n;
	}
	if (s->out_sent == s->out_len)
		s->out_len = s->out_sent = 0;
	return event_fd_set_events(s->source, s->out_len ? EPOLLOUT : EPOLLIN);
}

/* --- messages --- */

/* Adds the descriptors of 'm': false, there are too many. */
static bool take_fds(struct vhost_socket *s, struct msghdr *m)
{
	bool fit = !(m->msg_flags & MSG_CTRUNC);

	for (struct cmsghdr *cm = CMSG_FIRSTHDR(m); cm; cm = CMSG_NXTHDR(m, cm)) {
		size_t n = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(cm) + i * sizeof(int), sizeof(int));
			if (s->n_fds < VHOST_MSG_MAX_FDS) {
				s->fds[s->n_fds++] = fd;
			} else {
				close(fd);
				fit = false;
			}
		}
	}
	return fit;
}

/* Up to 'end' bytes of the message in all. 1: they are there; 0: not yet; -errno
 * (-ENODATA: closed, -E2BIG: too many descriptors). */
static int fill(struct vhost_socket *s, size_t end)
{
	union {
		char buf[CMSG_SPACE(VHOST_MSG_MAX_FDS * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = {s->in + s->in_len, end - s->in_len};
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	ssize_t n;

	if (s->in_len == end)
		return 1;
	n = recvmsg(s->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (!take_fds(s, &m))
		return -E2BIG;
	if (!n)
		return -ENODATA;
	s->in_len += (size_t)n;
	return s->in_len == end;
}

/* What of a message is there: 1 when it is all, 0, or -errno; -EPROTO with 'reason'. */
static int read_message(struct vhost_socket *s, char *reason)
{
	struct vhost_msg_header h;
	int rc = fill(s, s->in_len < sizeof(h) ? sizeof(h) : s->in_len);

	if (rc <= 0)
		return rc;
	memcpy(&h, s->in, sizeof(h));
	rc = vhost_msg_check_header(&h, reason);
	return rc ? rc : fill(s, sizeof(h) + h.size);
}

static int handle_message(struct vhost_socket *s)
{
	int fds[VHOST_MSG_MAX_FDS];
	size_t n = s->n_fds, len = s->in_len;
	int rc;

	memcpy(fds, s->fds, sizeof(fds));
	s->n_fds = 0; /* [VHOST2] the device's now */
	s->in_len = 0;
	rc = vhost_dev_message(s->dev, s->in, len, fds, n, s->out, &s->out_len, &s->out_fd);
	if (rc || !s->out_len)
		return rc;
	return send_answer(s);
}

static void on_connection(void *aux, int fd, uint32_t events)
{
	char reason[VHOST_MSG_REASON] = "";
	struct vhost_socket *s = aux;
	int rc;

	if (s->out_len) {
		rc = send_answer(s);
	} else {
		rc = read_message(s, reason);
		if (rc > 0)
			rc = handle_message(s);
	}
	if (!rc) {
		set_deadline(s);
		return;
	}
	if (rc == -ENODATA && s->in_len)
		snprintf(reason, sizeof(reason), "closed by the front end within a message");
	else if (rc == -E2BIG)
		snprintf(reason, sizeof(reason), "more than %d descriptors with one message",
			 VHOST_MSG_MAX_FDS);
	else if (!reason[0] && rc != -ENODATA && rc != -EPROTO)
		snprintf(reason, sizeof(reason), "socket: %s", strerror(-rc));
	lose_connection(s, reason[0] ? reason : NULL);
}

/* --- connections --- */

/* 'fd' is the connection's, or closed. */
static int begin_connection(struct vhost_socket *s, int fd)
{
	int rc = event_add_fd(s->loop, fd, EPOLLIN, on_connection, s, &s->source);

	if (rc) {
		close(fd);
		return rc;
	}
	s->fd = fd;
	vhost_dev_connected(s->dev);
	return 0;
}

/* A second front end waits until nobody is connected. */
static void on_front_end(void *aux, int fd, uint32_t events)
{
	struct vhost_socket *s = aux;
	int conn = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int rc = conn < 0 ? -errno : begin_connection(s, conn);

	if (!rc)
		event_fd_set_events(s->listen_source, 0);
	else if (rc != -EAGAIN && rc != -ECONNABORTED)
		log_warn_rl("vhost", "port %s: a front end cannot connect: %s", s->port,
			    strerror(-rc));
}

static void on_retry(void *aux)
{
	struct vhost_socket *s = aux;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	s->tried_ms = clock_ms();
	event_timer_set(s->retry, RETRY_MS);
	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)&s->addr, sizeof(s->addr))) {
		close(fd);
		return;
	}
	if (!begin_connection(s, fd))
		event_timer_set(s->retry, 0);
}

static int open_client(struct vhost_socket *s, const char *path, struct err *err)
{
	int rc = vhost_socket_addr(path, s->port, &s->addr, err);

	if (rc)
		return rc;
	rc = event_add_timer(s->loop, 1, on_retry, s, &s->retry);
	return rc ? err_set(err, rc, XVS_RPC_FAILED, s->port, "port %s: timer: %s", s->port,
			    strerror(-rc))
		  : 0;
}

static int open_server(struct vhost_socket *s, const struct vhost_socket_config *config,
		       struct err *err)
{
	int rc = vhost_listen(config, s->port, &s->listener, err);

	if (rc)
		return rc;
	rc = event_add_fd(s->loop, s->listener.fd, EPOLLIN, on_front_end, s, &s->listen_source);
	return rc ? err_set(err, rc, XVS_RPC_FAILED, s->port, "port %s: %s: %s", s->port,
			    config->path, strerror(-rc))
		  : 0;
}

static void on_fault(void *aux)
{
	vhost_socket_reset(aux);
}

int vhost_socket_open(struct event_loop *loop, const struct vhost_socket_config *config,
		      struct vhost_dev *dev, const char *port, struct vhost_socket **out,
		      struct err *err)
{
	struct vhost_socket *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return err_set(err, -ENOMEM, XVS_RPC_FAILED, port, "port %s: out of memory", port);
	s->loop = loop;
	s->dev = dev;
	snprintf(s->port, sizeof(s->port), "%s", port);
	s->is_client = config->client;
	s->fd = s->out_fd = s->listener.fd = -1;
	rc = event_add_timer(loop, 0, on_deadline, s, &s->deadline);
	if (rc)
		err_set(err, rc, XVS_RPC_FAILED, port, "port %s: timer: %s", port, strerror(-rc));
	else if (config->client)
		rc = open_client(s, config->path, err);
	else
		rc = open_server(s, config, err);
	if (rc) {
		vhost_socket_close(s);
		return rc;
	}
	vhost_dev_on_fault(dev, on_fault, s);
	*out = s;
	return 0;
}

void vhost_socket_close(struct vhost_socket *s)
{
	if (!s)
		return;
	end_connection(s, "the port is going away");
	vhost_dev_on_fault(s->dev, NULL, NULL);
	event_source_remove(s->listen_source);
	event_source_remove(s->retry);
	event_source_remove(s->deadline);
	vhost_listen_end(&s->listener);
	free(s);
}

void vhost_socket_reset(struct vhost_socket *s)
{
	if (s->fd >= 0)
		lose_connection(s, "ended by the port");
}
