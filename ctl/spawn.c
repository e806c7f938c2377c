// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Running xvsd; see spawn.h.
 */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* As much of the end of a log as is looked at. */
#define LOG_TAIL_BYTES 16384
/* A log that has grown beyond this is begun anew by the next start. */
#define LOG_MAX_BYTES (1 << 20)

/* "DIR/NAME" where DIR is this program's; "" when it is not there. */
static void find_beside(char out[PATH_MAX], const char *name)
{
	ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);
	char *slash;

	if (n <= 0) {
		out[0] = '\0';
		return;
	}
	out[n] = '\0';
	slash = strrchr(out, '/');
	if (!slash || (size_t)(slash - out) + 2 + strlen(name) > PATH_MAX) {
		out[0] = '\0';
		return;
	}
	strcpy(slash + 1, name);
	if (access(out, X_OK))
		out[0] = '\0';
}

static bool is_absolute_or_unset(const char *variable)
{
	const char *v = getenv(variable);

	return !v || !*v || *v == '/';
}

/* In the child, up to exec; only what is safe after fork. */
static void run_child(const char *path, char *const argv[], int log_fd, int error_fd)
{
	int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;
	int rc;

	setsid();
	/* No directory of the user's is kept busy, where that changes nothing. */
	if (is_absolute_or_unset("XVS_RUNDIR") && is_absolute_or_unset("XVS_BPFFS") && chdir("/"))
		goto fail;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGINT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	if (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0 || dup2(log_fd, STDOUT_FILENO) < 0 ||
	    dup2(log_fd, STDERR_FILENO) < 0)
		goto fail;
	close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
	if (path[0])
		execv(path, argv);
	else
		execvp(argv[0], argv);
fail:
	rc = errno;
	if (write(error_fd, &rc, sizeof(rc)) < 0)
		_exit(126);
	_exit(127);
}

static int exec_failed(const char *name, int error, struct err *err)
{
	if (error == ENOENT) {
		err_set(err, -ENOENT, XVS_RPC_UNREACHABLE, name,
			"%s: not found beside xvsctl nor in PATH", name);
		err_hint(err, "install both programs into one directory");
		return -ENOENT;
	}
	return err_set(err, -error, XVS_RPC_FAILED, name, "%s: %s", name, strerror(error));
}

/* Opens the log for more lines: another daemon, to which ours will have to give
 * way, may be writing there. */
static int open_log(struct spawn *s, const char *log, struct err *err)
{
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0) {
		int rc = err_set(err, -errno, XVS_RPC_FAILED, log, "%s: %m", log);

		if (rc == -EACCES || rc == -EPERM) {
			err->code = XVS_RPC_PERMISSION;
			err_hint(err, "run it with sudo");
		}
		return rc;
	}
	s->log = log;
	s->log_start = lseek(fd, 0, SEEK_END);
	if (s->log_start > LOG_MAX_BYTES && !ftruncate(fd, 0))
		s->log_start = 0;
	return fd;
}

int spawn_background(struct spawn *s, char *const argv[], const char *log, struct err *err)
{
	char path[PATH_MAX];
	int log_fd, pipe_fd[2];
	int error = 0;
	ssize_t n;

	find_beside(path, argv[0]);
	log_fd = open_log(s, log, err);
	if (log_fd < 0)
		return log_fd;
	if (pipe2(pipe_fd, O_CLOEXEC)) {
		close(log_fd);
		return err_set(err, -errno, XVS_RPC_FAILED, NULL, "pipe: %m");
	}
	s->pid = fork();
	if (!s->pid)
		run_child(path, argv, log_fd, pipe_fd[1]);
	close(log_fd);
	close(pipe_fd[1]);
	if (s->pid < 0) {
		close(pipe_fd[0]);
		return err_set(err, -errno, XVS_RPC_FAILED, NULL, "fork: %m");
	}
	/* Closed by a successful exec. */
	n = read(pipe_fd[0], &error, sizeof(error));
	close(pipe_fd[0]);
	if (n != sizeof(error))
		return 0;
	waitpid(s->pid, NULL, 0);
	return exec_failed(argv[0], error, err);
}

/* The message of a line that tells of an error; NULL: it does not. Lines are
 * "xvsd: message" or those of loader/util/log.c, "TIME err MODULE: message". */
static const char *error_message(const char *line)
{
	const char *p;

	if (!strncmp(line, "xvsd: ", 6))
		return line + 6;
	p = strchr(line, ' ');
	if (!p || strncmp(p, " err ", 5))
		return NULL;
	p = strstr(p + 5, ": ");
	return p ? p + 2 : NULL;
}

bool spawn_find_error(const char *text, struct err *err)
{
	bool found = false;
	char line[512];

	while (*text) {
		size_t len = strcspn(text, "\n");
		const char *message;

		snprintf(line, sizeof(line), "%.*s", (int)len, text);
		message = error_message(line);
		if (message) {
			err_set(err, 0, XVS_RPC_FAILED, NULL, "%s", message);
			found = true;
		} else if (found && !strncmp(line, "hint: ", 6)) {
			err_hint(err, "%s", line + 6);
		}
		text += len;
		text += *text == '\n';
	}
	return found;
}

static void read_tail(const struct spawn *s, char *text, size_t size)
{
	int fd = open(s->log, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;

	if (fd >= 0) {
		off_t end = lseek(fd, 0, SEEK_END);
		off_t start = end - (off_t)size + 1;

		n = pread(fd, text, size - 1, start > s->log_start ? start : s->log_start);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
}

void spawn_explain(const struct spawn *s, int status, struct err *err)
{
	char *text = malloc(LOG_TAIL_BYTES);
	bool found = false;

	if (text) {
		read_tail(s, text, LOG_TAIL_BYTES);
		found = spawn_find_error(text, err);
		free(text);
	}
	if (!found) {
		if (WIFSIGNALED(status))
			err_set(err, 0, XVS_RPC_FAILED, NULL, "xvsd: killed by signal %d",
				WTERMSIG(status));
		else
			err_set(err, 0, XVS_RPC_FAILED, NULL, "xvsd: ended with status %d",
				WEXITSTATUS(status));
		err_hint(err, "its log is %s", s->log);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
		err->code = XVS_RPC_USAGE;
	else if (WIFEXITED(status) && WEXITSTATUS(status) == 3)
		err->code = XVS_RPC_NOT_FOUND;
}
