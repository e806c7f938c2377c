// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Listens, and passes descriptors. What is handed out, and when, is port_xsk.c's.
 */
#include "xsk_handout.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user_group.h"
#include "xvs/xsk_handout.h"

/* Connections that may wait to be told that they are too late. */
#define BACKLOG 8

int xsk_owner_parse(const char *text, struct xsk_owner *owner)
{
	char user[64];
	size_t len;
	int rc;

	*owner = (struct xsk_owner){.mode = 0600};
	if (!text)
		return 0;
	len = strcspn(text, ":");
	if (!len || len >= sizeof(user) || (text[len] && !text[len + 1]))
		return -EINVAL;
	memcpy(user, text, len);
	user[len] = '\0';
	rc = user_find(user, &owner->uid, &owner->gid);
	if (!rc && text[len]) {
		owner->mode = 0660;
		rc = user_group_find(text + len + 1, &owner->gid);
	}
	return rc ? -ENOENT : 0;
}

/* The directory goes with the last of its sockets. */
static void remove_path(const char *path)
{
	char dir[sizeof(((struct sockaddr_un *)0)->sun_path)];

	unlink(path);
	snprintf(dir, sizeof(dir), "%s", path);
	*strrchr(dir, '/') = '\0';
	rmdir(dir);
}

static int make_path(struct sockaddr_un *sa, const char *rundir, const char *port)
{
	char dir[sizeof(sa->sun_path)];
	int n = snprintf(dir, sizeof(dir), "%s/" XVS_XSK_DIR, rundir);

	if (n < 0 || (size_t)n >= sizeof(dir))
		return -ENAMETOOLONG;
	if (mkdir(dir, 0755) && errno != EEXIST)
		return -errno;
	n = snprintf(sa->sun_path, sizeof(sa->sun_path), "%s/" XVS_XSK_DIR "/%s" XVS_XSK_SUFFIX,
		     rundir, port);
	return n < 0 || (size_t)n >= sizeof(sa->sun_path) ? -ENAMETOOLONG : 0;
}

/* Nobody can connect before it listens, and then it has its owner. */
static int listen_at(int fd, const struct sockaddr_un *sa, const struct xsk_owner *owner)
{
	if (unlink(sa->sun_path) && errno != ENOENT)
		return -errno;
	if (bind(fd, (const struct sockaddr *)sa, sizeof(*sa)) ||
	    chmod(sa->sun_path, owner->mode) || chown(sa->sun_path, owner->uid, owner->gid) ||
	    listen(fd, BACKLOG))
		return -errno;
	return 0;
}

int xsk_handout_open(struct xsk_handout *h, const char *rundir, const char *port,
		     const struct xsk_owner *owner)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int rc = make_path(&sa, rundir, port);

	h->conn_fd = h->listen_fd = -1;
	h->path[0] = '\0';
	if (rc)
		return rc;
	h->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (h->listen_fd < 0)
		return -errno;
	memcpy(h->path, sa.sun_path, sizeof(h->path));
	rc = listen_at(h->listen_fd, &sa, owner);
	if (rc)
		xsk_handout_close(h);
	return rc;
}

void xsk_handout_remove_stale(const char *rundir)
{
	char path[PATH_MAX];
	struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/" XVS_XSK_DIR, rundir);
	dir = opendir(path);
	while (dir && (e = readdir(dir)))
		if (e->d_name[0] != '.')
			unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(path);
}

void xsk_handout_close(struct xsk_handout *h)
{
	if (h->conn_fd >= 0)
		close(h->conn_fd);
	if (h->listen_fd >= 0)
		close(h->listen_fd);
	if (h->path[0])
		remove_path(h->path);
	h->conn_fd = h->listen_fd = -1;
	h->path[0] = '\0';
}

int xsk_handout_accept(const struct xsk_handout *h, pid_t *pid)
{
	int fd = accept4(h->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred cred = {0};
	socklen_t len = sizeof(cred);

	if (fd < 0)
		return -errno;
	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len);
	*pid = cred.pid;
	return fd;
}

int xsk_handout_send(int fd, const char *message, const struct xsk_sockets *sockets)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(sockets->fd))];
	} control = {0};
	struct iovec iov = {.iov_base = (char *)message, .iov_len = strlen(message)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *c;
	size_t len;

	if (sockets) {
		len = sockets->n * sizeof(sockets->fd[0]);
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(len);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(len);
		memcpy(CMSG_DATA(c), sockets->fd, len);
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

bool xsk_handout_ended(const struct xsk_handout *h)
{
	struct pollfd pfd = {.fd = h->conn_fd, .events = POLLRDHUP};

	return poll(&pfd, 1, 0) > 0 && pfd.revents;
}
