// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * loader/port/xsk_handout.c: who may connect, what a connection gets, when it has
 * ended. The real sockets, in a directory of the test's own.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xsk_handout.h"

static char rundir[] = "/tmp/xvs-handout.XXXXXX";

static const struct xsk_owner anybody = {.uid = (uid_t)-1, .gid = (gid_t)-1, .mode = 0600};

static int make_rundir(void **state)
{
	return mkdtemp(rundir) ? 0 : -1;
}

/* Empty: whatever was opened was closed. */
static int remove_rundir(void **state)
{
	return rmdir(rundir);
}

static int connect_to(const struct xsk_handout *h)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	strcpy(sa.sun_path, h->path);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

/* How many descriptors came with the message, of which the first is 'first'. */
static size_t receive(int fd, char *text, size_t size, int *first)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(XVS_MAX_XSK_QUEUES * sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = text, .iov_len = size - 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.bytes,
			     .msg_controllen = sizeof(control.bytes)};
	const struct cmsghdr *c;
	ssize_t n = recvmsg(fd, &msg, 0);
	int fds[XVS_MAX_XSK_QUEUES];
	size_t n_fds;

	assert_true(n >= 0);
	text[n] = '\0';
	c = CMSG_FIRSTHDR(&msg);
	if (!c)
		return 0;
	n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(c), n_fds * sizeof(int));
	*first = fds[0];
	for (size_t i = 1; i < n_fds; i++)
		close(fds[i]);
	return n_fds;
}

static const struct {
	const char *text;
	int want;
	mode_t mode;
} owners[] = {
	{NULL, 0, 0600},
	{"root", 0, 0600},
	{"root:root", 0, 0660},
	{"0:0", 0, 0660},
	{"12345", 0, 0600},
	{"12345:54321", 0, 0660},
	{"", -EINVAL, 0},
	{":", -EINVAL, 0},
	{":root", -EINVAL, 0},
	{"root:", -EINVAL, 0},
	{"no body", -ENOENT, 0},
	{"root:no body", -ENOENT, 0},
	{"-1", -ENOENT, 0},
	{"4294967295", -ENOENT, 0},
	{"12345678901234567890123", -ENOENT, 0},
	{"a123456789012345678901234567890123456789012345678901234567890123", -EINVAL, 0},
};

TEST(xsk_handout, an_owner_is_a_user_and_perhaps_a_group)
{
	struct xsk_owner owner;

	for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
		int rc = xsk_owner_parse(owners[i].text, &owner);
		const char *row = owners[i].text ? owners[i].text : "none";

		ROW_CHECK(row, rc == owners[i].want, "%d", rc);
		ROW_CHECK(row, rc || owner.mode == owners[i].mode, "%o", owner.mode);
	}
	xsk_owner_parse("12345:54321", &owner);
	assert_int_equal(owner.uid, 12345);
	assert_int_equal(owner.gid, 54321);
}

TEST(xsk_handout, only_its_owner_may_connect)
{
	struct xsk_owner owner = anybody;
	struct xsk_handout h;
	struct stat st;

	assert_int_equal(xsk_handout_open(&h, rundir, "vm3", &owner), 0);
	assert_int_equal(stat(h.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	xsk_handout_close(&h);
	assert_int_equal(access(rundir, F_OK), 0);
	owner.mode = 0660;
	assert_int_equal(xsk_handout_open(&h, rundir, "vm3", &owner), 0);
	assert_int_equal(stat(h.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	xsk_handout_close(&h);
}

TEST(xsk_handout, closing_removes_it_and_a_stale_one_is_replaced)
{
	struct xsk_handout h, again;
	char path[sizeof(h.path)];

	assert_int_equal(xsk_handout_open(&h, rundir, "vm3", &anybody), 0);
	memcpy(path, h.path, sizeof(path));
	/* As a daemon that was killed leaves it. */
	close(h.listen_fd);
	assert_int_equal(xsk_handout_open(&again, rundir, "vm3", &anybody), 0);
	close(connect_to(&again));
	xsk_handout_close(&again);
	assert_int_not_equal(access(path, F_OK), 0);
	xsk_handout_close(&again);
}

TEST(xsk_handout, what_a_dead_daemon_left_is_removed)
{
	struct xsk_handout h[2];

	for (int i = 0; i < 2; i++) {
		assert_int_equal(xsk_handout_open(&h[i], rundir, i ? "vm3" : "a.b-c_d", &anybody),
				 0);
		close(h[i].listen_fd);
	}
	xsk_handout_remove_stale(rundir);
	for (int i = 0; i < 2; i++)
		assert_int_not_equal(access(h[i].path, F_OK), 0);
	xsk_handout_remove_stale(rundir);
}

TEST(xsk_handout, a_path_that_is_too_long_is_refused)
{
	struct xsk_handout h;
	char dir[200];

	memset(dir, 'a', sizeof(dir) - 1);
	dir[sizeof(dir) - 1] = '\0';
	assert_int_equal(xsk_handout_open(&h, dir, "vm3", &anybody), -ENAMETOOLONG);
	assert_int_equal(h.listen_fd, -1);
	xsk_handout_close(&h);
}

TEST(xsk_handout, one_message_has_all_descriptors)
{
	struct xsk_sockets sockets = {.n = XVS_MAX_XSK_QUEUES};
	int client, conn, fd = -1, pipes[2];
	struct xsk_handout h;
	char text[64];
	pid_t pid = 0;

	assert_int_equal(pipe(pipes), 0);
	for (__u32 i = 0; i < sockets.n; i++)
		sockets.fd[i] = pipes[1];
	assert_int_equal(xsk_handout_open(&h, rundir, "vm3", &anybody), 0);
	assert_int_equal(xsk_handout_accept(&h, &pid), -EAGAIN);
	client = connect_to(&h);
	conn = xsk_handout_accept(&h, &pid);
	assert_true(conn >= 0);
	assert_int_equal(pid, getpid());
	assert_int_equal(xsk_handout_send(conn, "hello", &sockets), 0);
	assert_int_equal(receive(client, text, sizeof(text), &fd), XVS_MAX_XSK_QUEUES);
	assert_string_equal(text, "hello");
	/* It is the one that was sent. */
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(read(pipes[0], text, sizeof(text)), 1);
	assert_int_equal(xsk_handout_send(conn, "no", NULL), 0);
	assert_int_equal(receive(client, text, sizeof(text), &fd), 0);
	assert_string_equal(text, "no");
	close(fd);
	close(client);
	close(conn);
	close(pipes[0]);
	close(pipes[1]);
	xsk_handout_close(&h);
}

TEST(xsk_handout, a_connection_ends_with_its_last_descriptor)
{
	struct xsk_handout h;
	pid_t pid;
	int client, copy;

	assert_int_equal(xsk_handout_open(&h, rundir, "vm3", &anybody), 0);
	client = connect_to(&h);
	h.conn_fd = xsk_handout_accept(&h, &pid);
	assert_false(xsk_handout_ended(&h));
	/* An empty message is not an end. */
	assert_int_equal(send(client, "", 0, 0), 0);
	assert_int_equal(send(client, "x", 1, 0), 1);
	assert_false(xsk_handout_ended(&h));
	copy = dup(client);
	close(client);
	assert_false(xsk_handout_ended(&h));
	close(copy);
	assert_true(xsk_handout_ended(&h));
	xsk_handout_close(&h);
}

/* Who does not read must not hold up the daemon. */
TEST(xsk_handout, sending_does_not_wait)
{
	struct xsk_handout h;
	int client, conn, rc = 0;
	pid_t pid;

	assert_int_equal(xsk_handout_open(&h, rundir, "vm3", &anybody), 0);
	client = connect_to(&h);
	conn = xsk_handout_accept(&h, &pid);
	for (int i = 0; !rc && i < 1000000; i++)
		rc = xsk_handout_send(conn, "again", NULL);
	assert_int_equal(rc, -EAGAIN);
	close(client);
	/* The first says that what was sent will not be read. */
	assert_true(xsk_handout_send(conn, "gone", NULL) < 0);
	assert_int_equal(xsk_handout_send(conn, "gone", NULL), -EPIPE);
	close(conn);
	xsk_handout_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(xsk_handout, an_owner_is_a_user_and_perhaps_a_group),
		TEST_ROW(xsk_handout, only_its_owner_may_connect),
		TEST_ROW(xsk_handout, closing_removes_it_and_a_stale_one_is_replaced),
		TEST_ROW(xsk_handout, what_a_dead_daemon_left_is_removed),
		TEST_ROW(xsk_handout, a_path_that_is_too_long_is_refused),
		TEST_ROW(xsk_handout, one_message_has_all_descriptors),
		TEST_ROW(xsk_handout, a_connection_ends_with_its_last_descriptor),
		TEST_ROW(xsk_handout, sending_does_not_wait),
	};

	return cmocka_run_group_tests(tests, make_rundir, remove_rundir);
}
