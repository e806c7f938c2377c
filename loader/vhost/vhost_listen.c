// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The socket file of a vhost-user server: see vhost_listen.h.
 */
#include "vhost_listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user_group.h"

/* Front ends that may wait while another is served. */
#define BACKLOG 4
#define DEFAULT_MODE 0660

static int fail(struct err *err, int rc, const char *port, const char *path, const char *what)
{
	return err_set(err, rc, rc == -EACCES || rc == -EPERM ? XVS_RPC_PERMISSION : XVS_RPC_FAILED,
		       port, "port %s: %s: %s: %s", port, path, what, strerror(-rc));
}

int vhost_socket_addr(const char *path, const char *port, struct sockaddr_un *out, struct err *err)
{
	size_t len = strlen(path);

	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (!len)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, port, "port %s: the path is empty",
			       port);
	if (len >= sizeof(out->sun_path))
		return err_set(err, -ENAMETOOLONG, XVS_RPC_USAGE, port,
			       "port %s: %s: a socket's path has at most %zu characters", port,
			       path, sizeof(out->sun_path) - 1);
	memcpy(out->sun_path, path, len + 1);
	return 0;
}

/* "user:group", "user" or ":group"; what is not said is -1, as chown() takes it. */
static int parse_owner(const char *owner, uid_t *uid, gid_t *gid)
{
	char user[64];
	const char *colon = strchr(owner, ':');
	size_t len = colon ? (size_t)(colon - owner) : strlen(owner);
	gid_t own; /* the user's, which is not asked for */
	int rc = 0;

	*uid = (uid_t)-1;
	*gid = (gid_t)-1;
	if (len >= sizeof(user) || (!len && (!colon || !colon[1])))
		return -EINVAL;
	memcpy(user, owner, len);
	user[len] = '\0';
	if (len)
		rc = user_find(user, uid, &own);
	if (!rc && colon && colon[1])
		rc = user_group_find(colon + 1, gid);
	return rc;
}

/* Is it a socket at which nobody listens any more? 0, or why it may not go. */
static int check_stale(const struct sockaddr_un *addr)
{
	struct stat st;
	int fd, rc;

	if (lstat(addr->sun_path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	rc = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) ? -errno : 0;
	close(fd);
	if (rc == -ECONNREFUSED || rc == -ENOENT)
		return 0;
	/* Somebody is there, even if he has no time or speaks otherwise. */
	return rc == -EACCES || rc == -EPERM ? rc : -EADDRINUSE;
}

static int bind_fresh(int fd, const struct sockaddr_un *addr)
{
	int rc;

	if (!bind(fd, (const struct sockaddr *)addr, sizeof(*addr)))
		return 0;
	if (errno != EADDRINUSE)
		return -errno;
	rc = check_stale(addr);
	if (rc)
		return rc;
	if (unlink(addr->sun_path) && errno != ENOENT)
		return -errno;
	return bind(fd, (const struct sockaddr *)addr, sizeof(*addr)) ? -errno : 0;
}

/* [LISTEN1] Nobody can connect before listen(). */
static int set_rights(const struct vhost_listener *l, const struct vhost_socket_config *config)
{
	uid_t uid = (uid_t)-1;
	gid_t gid = (gid_t)-1;
	const char *path = l->addr.sun_path;
	int rc = config->owner ? parse_owner(config->owner, &uid, &gid) : 0;

	if (rc)
		return rc;
	if (config->owner && lchown(path, uid, gid))
		return -errno;
	if (fchmodat(AT_FDCWD, path, config->mode ? config->mode : DEFAULT_MODE,
		     AT_SYMLINK_NOFOLLOW))
		return -errno;
	return listen(l->fd, BACKLOG) ? -errno : 0;
}

static int listen_at(struct vhost_listener *l, const struct vhost_socket_config *config,
		     const char *port, struct err *err)
{
	const char *path = l->addr.sun_path;
	struct stat st;
	int rc;

	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return fail(err, -errno, port, path, "socket");
	/* The file is made with this mode, less the umask. */
	if (fchmod(l->fd, 0600))
		return fail(err, -errno, port, path, "mode");
	rc = bind_fresh(l->fd, &l->addr);
	if (rc == -EADDRINUSE) {
		fail(err, rc, port, path, "somebody listens there");
		err_hint(err, "another program has it: choose another path, or end that program");
		return rc;
	}
	if (rc == -EEXIST) {
		fail(err, rc, port, path, "not a socket");
		err_hint(err, "nothing but a stale socket is removed: choose another path");
		return rc;
	}
	if (rc)
		return fail(err, rc, port, path, "bind");
	if (lstat(path, &st))
		return fail(err, -errno, port, path, "bind");
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	rc = set_rights(l, config);
	if (!rc)
		return 0;
	if (rc == -ENOENT || rc == -EINVAL)
		return err_set(err, rc, XVS_RPC_USAGE, port, "port %s: owner %s: %s", port,
			       config->owner ? config->owner : "",
			       rc == -ENOENT ? "no such user or group" : "not user:group");
	return fail(err, rc, port, path, "mode and owner");
}

int vhost_listen(const struct vhost_socket_config *config, const char *port,
		 struct vhost_listener *out, struct err *err)
{
	int rc;

	memset(out, 0, sizeof(*out));
	out->fd = -1;
	rc = vhost_socket_addr(config->path, port, &out->addr, err);
	if (!rc)
		rc = listen_at(out, config, port, err);
	if (rc)
		vhost_listen_end(out);
	return rc;
}

void vhost_listen_end(struct vhost_listener *l)
{
	struct stat st;

	/* [LISTEN2] Another one may have taken the path. */
	if (l->ino && !lstat(l->addr.sun_path, &st) && st.st_dev == l->dev && st.st_ino == l->ino)
		unlink(l->addr.sun_path);
	l->ino = 0;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}
