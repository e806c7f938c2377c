// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Running a program with a port's sockets; see port_exec.h.
 */
#include "port_exec.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "fill_in.h"
#include "xvs/limits.h"
#include "xvs/xsk_handout.h"

/* What came by the port's socket. */
struct handout {
	int conn_fd;
	int fd[XVS_MAX_XSK_QUEUES];
	size_t n;
	json_t *message;
};

/* The switch has such a port. 0 also if the daemon may not be asked. */
static int check_port(const struct cmdline *c, struct err *err)
{
	struct client_request request = {.method = "port.show"};
	struct client *client = NULL;
	json_t *ports = NULL;
	const char *type;
	int rc = daemon_connect(c->socket, c->timeout_ms, &client, err);

	if (rc)
		return err->code == XVS_RPC_PERMISSION ? 0 : rc;
	request.args = json_pack("[s, s]", c->args[0], c->args[1]);
	rc = request.args ? client_call(client, &request, &ports, err)
			  : err_set(err, -EINVAL, XVS_RPC_USAGE, NULL, "the name is not UTF-8");
	client_close(client);
	if (rc)
		return rc;
	type = json_string_value(json_object_get(json_array_get(ports, 0), "type"));
	if (!type || strcmp(type, "xsk"))
		rc = err_set(err, -EINVAL, XVS_RPC_UNSUPPORTED, c->args[1],
			     "port %s: has no sockets to hand out: its type is %s", c->args[1],
			     type ? type : "not known");
	json_decref(ports);
	return rc;
}

/* Beside the daemon's socket. */
static int socket_path(const struct cmdline *c, struct sockaddr_un *sa, struct err *err)
{
	struct daemon_paths paths;
	int n, rc = daemon_paths_init(&paths, c->socket, err);
	char *slash = rc ? NULL : strrchr(paths.socket, '/');

	if (rc)
		return rc;
	if (slash)
		*slash = '\0';
	n = snprintf(sa->sun_path, sizeof(sa->sun_path), "%s/" XVS_XSK_DIR "/%s" XVS_XSK_SUFFIX,
		     slash ? paths.socket : ".", c->args[1]);
	if (strchr(c->args[1], '/') || n < 0 || (size_t)n >= sizeof(sa->sun_path))
		return err_set(err, -EINVAL, XVS_RPC_USAGE, c->args[1], "port %s: is not a name",
			       c->args[1]);
	return 0;
}

static int refuse_connect(const struct cmdline *c, const char *path, struct err *err)
{
	enum xvs_rpc_error code = XVS_RPC_UNREACHABLE;
	int rc = -errno;

	if (rc == -EACCES || rc == -EPERM)
		code = XVS_RPC_PERMISSION;
	else if (rc == -ENOENT)
		code = XVS_RPC_NOT_FOUND;
	err_set(err, rc, code, c->args[1], "port %s: %s: %s", c->args[1], path, strerror(-rc));
	if (code == XVS_RPC_PERMISSION)
		err_hint(err, "port add has owner=user[:group] for who may have the sockets");
	else if (code == XVS_RPC_NOT_FOUND)
		err_hint(err, "the port is missing, or has another type than xsk");
	return rc;
}

static int connect_port(const struct cmdline *c, int *fd, struct err *err)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int ms = c->timeout_ms ? c->timeout_ms : CLIENT_TIMEOUT_MS;
	const struct timeval limit = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
	int rc = socket_path(c, &sa, err);

	if (rc)
		return rc;
	/* Inherited by the program: not close-on-exec. */
	*fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	if (*fd < 0)
		return err_set(err, -errno, XVS_RPC_FAILED, NULL, "socket: %m");
	setsockopt(*fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(*fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (!connect(*fd, (struct sockaddr *)&sa, sizeof(sa)))
		return 0;
	rc = refuse_connect(c, sa.sun_path, err);
	close(*fd);
	return rc;
}

static void take_descriptors(struct handout *h, struct msghdr *msg)
{
	for (struct cmsghdr *m = CMSG_FIRSTHDR(msg); m; m = CMSG_NXTHDR(msg, m)) {
		if (m->cmsg_level != SOL_SOCKET || m->cmsg_type != SCM_RIGHTS)
			continue;
		h->n = (m->cmsg_len - CMSG_LEN(0)) / sizeof(h->fd[0]);
		memcpy(h->fd, CMSG_DATA(m), h->n * sizeof(h->fd[0]));
	}
}

static int receive(struct handout *h, const char *port, struct err *err)
{
	char text[XVS_XSK_MESSAGE_BYTES];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(h->fd))];
	} control;
	struct iovec iov = {.iov_base = text, .iov_len = sizeof(text)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.bytes,
			     .msg_controllen = sizeof(control.bytes)};
	ssize_t len = recvmsg(h->conn_fd, &msg, 0);
	const char *error;

	if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return err_set(err, -ETIMEDOUT, XVS_RPC_TIMEOUT, port,
			       "port %s: the daemon does not answer", port);
	if (len < 0)
		return err_set(err, -errno, XVS_RPC_FAILED, port, "port %s: its socket: %m", port);
	take_descriptors(h, &msg);
	h->message = json_loadb(text, (size_t)len, 0, NULL);
	error = json_string_value(json_object_get(h->message, "error"));
	if (error)
		return err_set(err, -EBUSY, XVS_RPC_BUSY, port, "%s", error);
	if (!h->message || !h->n || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return err_set(err, -EPROTO, XVS_RPC_FAILED, port,
			       "port %s: the daemon sent no sockets", port);
	return 0;
}

/* "5:6:7", as QEMU's sock-fds has it. */
static void format_fds(const struct handout *h, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < h->n && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%d", i ? ":" : "", h->fd[i]);
}

static int run(const struct cmdline *c, const struct handout *h, struct err *err)
{
	const char *ifname = json_string_value(json_object_get(h->message, "device"));
	json_int_t number = json_integer_value(json_object_get(h->message, "ifindex"));
	char fds[XVS_MAX_XSK_QUEUES * 12], queues[12], ifindex[24];
	const struct fill_in list[] = {
		{"fds", fds}, {"ifname", ifname ? ifname : ""}, {"queues", queues}};
	size_t n = c->n_args - 2;
	char **argv = calloc(n + 1, sizeof(*argv));
	bool failed = !argv;

	format_fds(h, fds, sizeof(fds));
	snprintf(queues, sizeof(queues), "%zu", h->n);
	snprintf(ifindex, sizeof(ifindex), "%" JSON_INTEGER_FORMAT, number);
	for (size_t i = 0; !failed && i < n; i++) {
		argv[i] = fill_in(c->args[2 + i], list, sizeof(list) / sizeof(list[0]));
		failed = !argv[i];
	}
	if (!failed) {
		setenv("XVS_XSK_FDS", fds, 1);
		setenv("XVS_XSK_IFNAME", list[1].value, 1);
		setenv("XVS_XSK_IFINDEX", ifindex, 1);
		execvp(argv[0], argv);
		err_set(err, -errno, errno == ENOENT ? XVS_RPC_NOT_FOUND : XVS_RPC_FAILED, NULL,
			"%s: %m", argv[0]);
	}
	for (size_t i = 0; argv && i < n; i++)
		free(argv[i]);
	free(argv);
	return failed ? err_set(err, -ENOMEM, XVS_RPC_FAILED, NULL, "out of memory") : -ENOEXEC;
}

int port_exec_run(const struct cmdline *c, struct err *err)
{
	struct handout h = {.conn_fd = -1};
	int rc = check_port(c, err);

	if (!rc)
		rc = connect_port(c, &h.conn_fd, err);
	if (rc)
		return rc;
	rc = receive(&h, c->args[1], err);
	if (!rc)
		rc = run(c, &h, err);
	json_decref(h.message);
	for (size_t i = 0; i < h.n; i++)
		close(h.fd[i]);
	close(h.conn_fd);
	return rc;
}
