// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The daemon's process; see daemon.h. The child's side of a start is in
 * spawn.c.
 */
#include "daemon.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "clock.h"
#include "spawn.h"
#include "strbuf.h"
#include "xvs/abi.h"

/* Between two looks at the socket while the daemon loads its programs. */
#define START_POLL_MS 20

static int join(char out[PATH_MAX], const char *dir, const char *name, struct err *err)
{
	int n = snprintf(out, PATH_MAX, "%s/%s", dir, name);

	if (n < 0 || n >= PATH_MAX)
		return err_set(err, -ENAMETOOLONG, XVS_RPC_USAGE, NULL, "%.80s...: path too long",
			       dir);
	return 0;
}

static const char *env_or(const char *name, const char *otherwise)
{
	const char *v = getenv(name);

	return v && *v ? v : otherwise;
}

int daemon_paths_init(struct daemon_paths *p, const char *socket, struct err *err)
{
	const char *rundir = env_or("XVS_RUNDIR", XVS_RUNDIR_DEFAULT);
	const char *bpffs = env_or("XVS_BPFFS", XVS_BPFFS_DEFAULT);
	char own[PATH_MAX];
	int rc;

	rc = join(own, rundir, XVS_RPC_SOCKET, err);
	if (!rc)
		rc = join(p->log, rundir, "xvsd.log", err);
	if (!rc)
		rc = join(p->undo, rundir, "undo", err);
	if (!rc)
		rc = join(p->pins, bpffs, XVS_PIN_DIR, err);
	if (rc)
		return rc;
	p->own_socket = !socket || !strcmp(socket, own);
	snprintf(p->rundir, sizeof(p->rundir), "%s", rundir);
	if (snprintf(p->socket, sizeof(p->socket), "%s", socket ? socket : own) >= PATH_MAX)
		return err_set(err, -ENAMETOOLONG, XVS_RPC_USAGE, NULL, "-S: path too long");
	return 0;
}

/* mkdir -p: every part but the last is made if it is missing. */
static int make_rundir(const struct daemon_paths *p, struct err *err)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", p->rundir);
	for (char *s = path + 1;; s++) {
		char c = *s;

		if (c != '/' && c)
			continue;
		*s = '\0';
		if (mkdir(path, 0755) && errno != EEXIST) {
			int rc = -errno;

			err_set(err, rc, XVS_RPC_FAILED, path, "directory %s: %s", path,
				strerror(-rc));
			if (rc == -EACCES || rc == -EPERM) {
				err->code = XVS_RPC_PERMISSION;
				err_hint(err, "run it with sudo");
			}
			return rc;
		}
		*s = c;
		if (!c)
			return 0;
	}
}

int daemon_connect(const char *socket, int timeout_ms, struct client **out, struct err *err)
{
	struct daemon_paths paths;
	int rc = daemon_paths_init(&paths, socket, err);

	return rc ? rc : client_open(paths.socket, timeout_ms, out, err);
}

int daemon_answers(const struct daemon_paths *p, int timeout_ms, struct client **out,
		   struct err *err)
{
	const struct client_request request = {.method = "status"};
	int rc = client_open(p->socket, timeout_ms, out, err);

	if (rc)
		return rc;
	rc = client_call(*out, &request, NULL, err);
	if (rc) {
		client_close(*out);
		*out = NULL;
	}
	return rc;
}

/* Another xvsd holds the pid file's lock: ours had to give way, and that is
 * fine. */
static bool other_daemon_lives(const struct daemon_paths *p)
{
	char path[PATH_MAX];
	bool locked;
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", p->rundir, XVS_RPC_PIDFILE) >= PATH_MAX)
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	locked = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
	close(fd);
	return locked;
}

/* 0: still there (or it has put itself in the background); else -ECHILD. */
static int check_child(const struct daemon_paths *p, const struct spawn *child, pid_t *pid,
		       struct err *err)
{
	int status;

	if (*pid < 0 || waitpid(*pid, &status, WNOHANG) != *pid)
		return 0;
	if (WIFEXITED(status) && !WEXITSTATUS(status)) {
		*pid = 0;
		return 0;
	}
	if (other_daemon_lives(p)) {
		*pid = -1;
		return 0;
	}
	spawn_explain(child, status, err);
	return -ECHILD;
}

int daemon_start(const struct daemon_paths *p, int timeout_ms, struct client **out, pid_t *pid,
		 struct err *err)
{
	uint64_t end_ms = clock_ms() + (uint64_t)timeout_ms;
	char *const argv[] = {(char *)"xvsd", NULL};
	struct spawn child;
	int rc;

	if (!p->own_socket)
		return err_set(err, -EINVAL, XVS_RPC_UNREACHABLE, p->socket,
			       "daemon: not running at %s, and only one at $XVS_RUNDIR is started",
			       p->socket);
	rc = make_rundir(p, err);
	if (rc)
		return rc;
	rc = spawn_background(&child, argv, p->log, err);
	if (rc)
		return rc;
	*pid = child.pid;
	for (;;) {
		if (!daemon_answers(p, timeout_ms, out, NULL))
			return 0;
		rc = check_child(p, &child, pid, err);
		if (rc)
			return rc;
		if (clock_ms() >= end_ms)
			break;
		poll(NULL, 0, START_POLL_MS);
	}
	err_set(err, -ETIMEDOUT, XVS_RPC_TIMEOUT, NULL, "daemon: does not answer after %g s",
		timeout_ms / 1000.0);
	err_hint(err, "its log is %s", p->log);
	if (*pid > 0) {
		kill(*pid, SIGTERM);
		waitpid(*pid, NULL, 0);
	}
	return -ETIMEDOUT;
}

static int wait_gone(pid_t pid, int pidfd, int timeout_ms, struct err *err)
{
	struct pollfd pfd = {.fd = pidfd, .events = POLLIN};

	if (poll(&pfd, 1, timeout_ms) > 0) {
		/* If it is our child: do not leave a zombie. */
		waitpid(pid, NULL, WNOHANG);
		return 0;
	}
	err_set(err, -ETIMEDOUT, XVS_RPC_TIMEOUT, NULL, "daemon: process %d does not end",
		(int)pid);
	err_hint(err, "kill %d, then xvsctl detach again", (int)pid);
	return -ETIMEDOUT;
}

int daemon_stop(struct client *c, int timeout_ms, struct err *err)
{
	const struct client_request request = {.method = "daemon.stop"};
	pid_t pid = client_daemon_pid(c);
	/* Opened while it lives: the number cannot become another process. */
	int pidfd = pid > 0 ? pidfd_open(pid, 0) : -1;
	int rc = client_call(c, &request, NULL, err);

	if (rc && err->code == XVS_RPC_UNREACHABLE)
		rc = 0; /* it ended before the reply arrived */
	if (!rc && pidfd >= 0)
		rc = wait_gone(pid, pidfd, timeout_ms, err);
	if (pidfd >= 0)
		close(pidfd);
	return rc;
}

int daemon_cleanup(const struct daemon_paths *p, struct err *err)
{
	char *const argv[] = {(char *)"xvsd", (char *)"--cleanup", NULL};
	struct spawn child;
	int status, rc;

	rc = make_rundir(p, err);
	if (rc)
		return rc;
	rc = spawn_background(&child, argv, p->log, err);
	if (rc)
		return rc;
	if (waitpid(child.pid, &status, 0) < 0)
		return err_set(err, -errno, XVS_RPC_FAILED, NULL, "xvsd --cleanup: %m");
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	spawn_explain(&child, status, err);
	return -ECHILD;
}

/* Counts files of the pin directory whose names begin so; "" counts all. */
static int count_pins(const struct daemon_paths *p, const char *prefix)
{
	DIR *dir = opendir(p->pins);
	struct dirent *e;
	int n = 0;

	if (!dir)
		return 0;
	while ((e = readdir(dir)))
		n += e->d_name[0] != '.' && !strncmp(e->d_name, prefix, strlen(prefix));
	closedir(dir);
	return n;
}

bool daemon_left_something(const struct daemon_paths *p)
{
	return count_pins(p, "") || !access(p->undo, F_OK);
}

json_t *daemon_pins(const struct daemon_paths *p)
{
	return json_pack("{s:s, s:i, s:i, s:i}", "directory", p->pins, "maps",
			 count_pins(p, "xvs_"), "xdp_links", count_pins(p, "link-xdp-"), "tc_links",
			 count_pins(p, "link-tc-"));
}
