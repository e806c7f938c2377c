// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * xvsd: options, the one-daemon lock, going to the background, exit status.
 * What the daemon does is composed in vswitch.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "datapath.h"
#include "log.h"
#include "options.h"
#include "port.h"
#include "vswitch.h"
#include "xvs/abi.h"

#define MODULE "xvsd"

/* Of 20 ms each. */
#define LOCK_TRIES 250

/* Reachable until exit: what stays attached is deliberately not taken down. */
static struct vswitch *running;

static int make_rundir(const char *path)
{
	char part[256];

	if (strlen(path) >= sizeof(part))
		return -ENAMETOOLONG;
	for (size_t i = 1; i <= strlen(path); i++) {
		if (path[i] != '/' && path[i])
			continue;
		memcpy(part, path, i);
		part[i] = 0;
		if (mkdir(part, 0755) && errno != EEXIST)
			return -errno;
	}
	return 0;
}

/* True if a daemon answers at the socket of 'rundir'. */
static bool answers(const char *rundir)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd, n = snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/%s", rundir, XVS_RPC_SOCKET);
	bool ok;

	if (n < 0 || (size_t)n >= sizeof(sa.sun_path))
		return true;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return true;
	ok = !connect(fd, (struct sockaddr *)&sa, sizeof(sa));
	close(fd);
	return ok;
}

/* A daemon that was killed keeps its locks until the kernel has taken it apart,
 * which takes some ten milliseconds: wait for that, not for a living one. */
static int lock_wait(int fd, const char *rundir)
{
	const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};

	for (int i = 0; flock(fd, LOCK_EX | LOCK_NB); i++) {
		if (errno != EWOULDBLOCK || i == LOCK_TRIES || answers(rundir))
			return -EBUSY;
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* The pid file, locked for as long as this process lives. */
static int lock_pidfile(const char *rundir, struct err *err)
{
	char path[256], pid[32] = "?";
	int fd, rc = make_rundir(rundir);

	if (rc)
		return err_set(err, rc, rc == -EACCES ? XVS_RPC_PERMISSION : XVS_RPC_FAILED, rundir,
			       "run directory %s: %s", rundir, strerror(-rc));
	snprintf(path, sizeof(path), "%s/%s", rundir, XVS_RPC_PIDFILE);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_set(err, -errno, errno == EACCES ? XVS_RPC_PERMISSION : XVS_RPC_FAILED,
			       path, "pid file %s: %s", path, strerror(errno));
	if (lock_wait(fd, rundir)) {
		ssize_t n = read(fd, pid, sizeof(pid) - 1);

		pid[n > 0 ? strcspn(pid, "\n") : 1] = 0;
		close(fd);
		err_set(err, -EBUSY, XVS_RPC_BUSY, rundir,
			"another xvsd runs already in %s (pid %s)", rundir, pid);
		err_hint(err, "use it by xvsctl, stop it by 'xvsctl detach', or set XVS_RUNDIR and "
			      "XVS_BPFFS for a second one in its own network name space");
		return -EBUSY;
	}
	return fd;
}

static void write_pid(int fd)
{
	if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET) < 0 ||
	    dprintf(fd, "%d\n", (int)getpid()) < 0)
		log_warn(MODULE, "pid file: %s", strerror(errno));
}

static int report(const struct err *e)
{
	fprintf(stderr, "xvsd: %s\n", e->message);
	if (e->hint[0])
		fprintf(stderr, "hint: %s\n", e->hint);
	return err_exit_status(e->code);
}

/* Standard error becomes the log file; a terminal may go away. */
static void to_logfile(const char *rundir)
{
	char path[256];
	int fd, null = open("/dev/null", O_RDWR);

	snprintf(path, sizeof(path), "%s/xvsd.log", rundir);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	if (fd >= 0)
		dup2(fd, STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
	if (null > STDERR_FILENO)
		close(null);
}

/* Forks; in the parent, waits for the child's word and exits with its status.
 * In the child, returns the pipe to give it on. */
static int background(void)
{
	unsigned char status = XVS_RPC_FAILED;
	int pipes[2];
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		close(pipes[0]);
		setsid();
		return pipes[1];
	}
	close(pipes[1]);
	if (read(pipes[0], &status, 1) != 1)
		status = 1; /* it died before it could say why */
	_exit(status);
}

static void remove_files(const char *rundir)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", rundir, XVS_RPC_SOCKET);
	unlink(path);
	snprintf(path, sizeof(path), "%s/%s", rundir, XVS_RPC_PIDFILE);
	unlink(path);
}

static int cleanup(const struct options *o)
{
	struct err e;
	int rc, status = 0, lock;

	err_init(&e);
	lock = lock_pidfile(o->rundir, &e);
	if (lock < 0)
		return report(&e);
	rc = dp_cleanup(o->bpffs, &e);
	if (rc)
		status = report(&e);
	port_undo_stale(o->rundir);
	remove_files(o->rundir);
	err_fini(&e);
	return status;
}

static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Threads take memory from one arena, of which only the datapath thread wants much. One
 * of its own would grow by a page and a system call for every few new flows. */
#define HEAP_STEP_BYTES (1 << 20)

static void set_up_heap(void)
{
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_TOP_PAD, HEAP_STEP_BYTES);
}

static int serve(const struct options *o, int ready)
{
	struct vswitch_options vo = {.rundir = o->rundir,
				     .bpffs = o->bpffs,
				     .flow_limit = o->flow_limit,
				     .ct_limit = o->ct_limit,
				     .forward_threads = o->forward_threads};
	unsigned char status = 0;
	struct err e;
	int lock;

	err_init(&e);
	lock = lock_pidfile(o->rundir, &e);
	if (lock < 0)
		goto failed;
	block_signals();
	set_up_heap();
	write_pid(lock);
	if (vswitch_create(&vo, &running, &e))
		goto failed;
	if (ready >= 0) {
		to_logfile(o->rundir);
		if (write(ready, &status, 1) != 1)
			log_warn(MODULE, "parent is gone");
		close(ready);
	}
	log_info(MODULE, "version %s ready, pid %d", XVS_VERSION, (int)getpid());
	if (vswitch_run(running)) {
		vswitch_destroy(running);
		running = NULL;
		log_info(MODULE, "stopped; all ports are detached");
	}
	remove_files(o->rundir);
	return 0;
failed:
	status = (unsigned char)report(&e);
	if (lock >= 0)
		remove_files(o->rundir);
	err_fini(&e);
	if (ready >= 0 && write(ready, &status, 1) != 1)
		return 1;
	return status;
}

int main(int argc, char **argv)
{
	struct options o;
	int ready = -1;

	if (options_parse(argc, argv, &o))
		return err_exit_status(XVS_RPC_USAGE);
	if (o.help) {
		options_help();
		return 0;
	}
	if (o.version) {
		printf("xvsd %s\n", XVS_VERSION);
		return 0;
	}
	log_set_level(o.log_level);
	if (o.cleanup)
		return cleanup(&o);
	if (o.daemon) {
		ready = background();
		if (ready < 0) {
			fprintf(stderr, "xvsd: cannot fork: %s\n", strerror(-ready));
			return 1;
		}
	}
	return serve(&o, ready);
}
