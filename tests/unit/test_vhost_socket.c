// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * loader/vhost/vhost_socket.c and vhost_listen.c: real sockets and a real event loop
 * on its thread, the device behind them; front ends of all manners before them.
 */
#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "clock.h"
#include "vhost_front_end.h"
#include "vhost_notify.h"
#include "vhost_socket.h"

#define LIMIT_MS 30000 /* for anything that has to happen */

struct fixture {
	struct event_loop *loop;
	pthread_t thread;
	char dir[32], path[64];
	struct vhost_dev *dev;
	struct vhost_socket *socket;
	struct err err;
	struct fe fe;
	unsigned int n_ready; /* atomic */
	unsigned int n_fds;
};

static void on_ring(void *aux, unsigned int i, bool ready)
{
	struct fixture *f = aux;

	__atomic_fetch_add(&f->n_ready, ready ? 1 : -1u, __ATOMIC_RELAXED);
}

static const struct vhost_dev_ops ops = {.ring = on_ring};

static void *run_loop(void *aux)
{
	assert_int_equal(event_loop_run(aux), 0);
	return NULL;
}

static int setup(void **state)
{
	static const struct vhost_config config = {.n_queue_pairs = 2};
	struct fixture *f = calloc(1, sizeof(*f));

	vhost_notify_setup(); /* its descriptor is the process's */
	f->n_fds = fe_open_fds();
	strcpy(f->dir, "/tmp/xvs-vhost.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/vm0.sock", f->dir);
	err_init(&f->err);
	fe_init(&f->fe, NULL);
	assert_int_equal(event_loop_create(&f->loop), 0);
	assert_int_equal(vhost_dev_create(&config, &ops, f, &f->dev), 0);
	assert_int_equal(pthread_create(&f->thread, NULL, run_loop, f->loop), 0);
	*state = f;
	return 0;
}

static void do_close(void *aux)
{
	struct fixture *f = aux;

	vhost_socket_close(f->socket);
	f->socket = NULL;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	unsigned int n;

	event_loop_call(f->loop, do_close, f);
	event_loop_stop(f->loop);
	pthread_join(f->thread, NULL);
	vhost_dev_destroy(f->dev);
	event_loop_destroy(f->loop);
	fe_fini(&f->fe);
	err_fini(&f->err);
	assert_int_equal(f->n_ready, 0);
	n = fe_open_fds();
	assert_int_equal(n, f->n_fds);
	unlink(f->path);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

/* --- on the loop's thread --- */

struct open_call {
	struct fixture *f;
	struct vhost_socket_config config;
	int rc;
};

static void do_open(void *aux)
{
	struct open_call *c = aux;

	c->rc = vhost_socket_open(c->f->loop, &c->config, c->f->dev, "vm0", &c->f->socket,
				  &c->f->err);
}

static int open_socket(struct fixture *f, struct vhost_socket_config config)
{
	struct open_call c = {.f = f, .config = config};

	if (!config.path)
		c.config.path = f->path;
	err_fini(&f->err);
	err_init(&f->err);
	assert_int_equal(event_loop_call(f->loop, do_open, &c), 0);
	return c.rc;
}

struct state_call {
	struct fixture *f;
	struct vhost_state state;
};

static void do_state(void *aux)
{
	struct state_call *c = aux;

	vhost_dev_state(c->f->dev, &c->state);
}

static struct vhost_state state_of(struct fixture *f)
{
	struct state_call c = {.f = f};

	assert_int_equal(event_loop_call(f->loop, do_state, &c), 0);
	return c.state;
}

static void do_fault(void *aux)
{
	vhost_dev_fault(((struct fixture *)aux)->dev, "ring 1: broken");
}

static void do_reset(void *aux)
{
	vhost_socket_reset(((struct fixture *)aux)->socket);
}

/* --- the front end's side --- */

static struct sockaddr_un address(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	return a;
}

static int new_socket(void)
{
	static const struct timeval limit = {.tv_sec = LIMIT_MS / 1000};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	return fd;
}

static int connect_to(struct fixture *f)
{
	struct sockaddr_un a = address(f->path);
	int fd = new_socket();

	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static int listen_at(const char *path)
{
	struct sockaddr_un a = address(path);
	int fd = new_socket();

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static int accept_on(int fd)
{
	static const struct timeval limit = {.tv_sec = LIMIT_MS / 1000};
	int conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	assert_true(conn >= 0);
	setsockopt(conn, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return conn;
}

/* The device says this after the connection has ended. */
static void expect_reason(struct fixture *f, const char *reason)
{
	uint64_t end = clock_ms() + LIMIT_MS;
	struct vhost_state s = state_of(f);

	for (; s.connected && clock_ms() < end; s = state_of(f))
		usleep(1000);
	assert_false(s.connected);
	assert_string_equal(s.reason, reason);
}

/* All that was sent has been handled when this is answered. */
static void expect_answer(struct fixture *f)
{
	assert_true(fe_get(&f->fe, VHOST_REQ_GET_FEATURES) & BIT(VIRTIO_F_VERSION_1));
}

/* A negotiation and a packet; the ring has been used up to 'base'. */
static void check_works(struct fixture *f, __u8 base)
{
	fe_agree(&f->fe, FE_FEATURES);
	for (unsigned int i = 0; i < 2; i++) {
		fe_ring(&f->fe, i, i ? base : 0);
		fe_state(&f->fe, VHOST_REQ_SET_VRING_ENABLE, i, 1);
	}
	expect_answer(f);
	assert_int_equal(__atomic_load_n(&f->n_ready, __ATOMIC_RELAXED), 2);
	fe_transmit(&f->fe, 1, base + 7, 60);
	assert_int_equal(fe_received(f->dev, 1), base + 7);
}

/* --- connections --- */

static void vhost_socket_server_carries_a_negotiation(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(open_socket(f, (struct vhost_socket_config){}), 0);
	assert_false(state_of(f).connected);
	f->fe.sock = connect_to(f);
	check_works(f, 0);
	assert_true(state_of(f).running);
	/* An answer with a descriptor. */
	assert_int_equal(
		fe_tell(&f->fe,
			&(struct vhost_msg){.h = {VHOST_REQ_GET_INFLIGHT_FD, VHOST_MSG_VERSION, 24},
					    .inflight = {0, 0, 2, FE_SIZE, 0}},
			NULL, 0),
		0);
	assert_int_equal(f->fe.reply_len, VHOST_MSG_HEADER + 24);
	assert_true(f->fe.reply_fd >= 0);
	close(f->fe.sock);
	f->fe.sock = -1;
	expect_reason(f, "closed by the front end");
	assert_int_equal(__atomic_load_n(&f->n_ready, __ATOMIC_RELAXED), 0);
	f->fe.sock = connect_to(f);
	check_works(f, 1);
}

static void vhost_socket_second_front_end_waits(void **state)
{
	struct fixture *f = *state;
	int first;

	assert_int_equal(open_socket(f, (struct vhost_socket_config){}), 0);
	first = f->fe.sock = connect_to(f);
	expect_answer(f);
	f->fe.sock = connect_to(f);
	/* It may talk; nobody listens yet. */
	assert_int_equal(fe_u64(&f->fe, VHOST_REQ_SET_FEATURES, BIT(VIRTIO_F_VERSION_1)), 0);
	{
		int second = f->fe.sock;

		f->fe.sock = first;
		expect_answer(f);
		assert_int_equal(state_of(f).features, 0);
		f->fe.sock = second;
	}
	close(first);
	expect_answer(f);
	assert_int_equal(state_of(f).features, BIT(VIRTIO_F_VERSION_1));
}

static void vhost_socket_client_connects_and_comes_again(void **state)
{
	struct fixture *f = *state;
	int listener;

	assert_int_equal(open_socket(f, (struct vhost_socket_config){.client = true}), 0);
	assert_false(state_of(f).connected);
	listener = listen_at(f->path);
	for (__u8 i = 0; i < 3; i++) {
		f->fe.sock = accept_on(listener);
		check_works(f, i);
		close(f->fe.sock);
		f->fe.sock = -1;
	}
	/* Also when the front end itself has been away. */
	close(listener);
	expect_reason(f, "closed by the front end");
	unlink(f->path);
	listener = listen_at(f->path);
	f->fe.sock = accept_on(listener);
	check_works(f, 3);
	close(listener);
}

static void vhost_socket_fault_and_reset_end_the_connection(void **state)
{
	struct fixture *f = *state;
	__u8 bytes[VHOST_MSG_MAX];
	int fd;

	assert_int_equal(open_socket(f, (struct vhost_socket_config){}), 0);
	f->fe.sock = connect_to(f);
	check_works(f, 0);
	assert_int_equal(event_loop_call(f->loop, do_fault, f), 0);
	assert_int_equal(fe_take(f->fe.sock, bytes, &fd), 0);
	expect_reason(f, "ring 1: broken");
	close(f->fe.sock);
	f->fe.sock = connect_to(f);
	check_works(f, 1);
	assert_int_equal(event_loop_call(f->loop, do_reset, f), 0);
	assert_int_equal(fe_take(f->fe.sock, bytes, &fd), 0);
	expect_reason(f, "ended by the port");
	/* With nobody there it is nothing. */
	assert_int_equal(event_loop_call(f->loop, do_reset, f), 0);
	close(f->fe.sock);
	f->fe.sock = connect_to(f);
	check_works(f, 2);
}

/* --- messages --- */

static void vhost_socket_takes_messages_in_pieces(void **state)
{
	struct vhost_msg m = fe_memory_msg();
	struct fixture *f = *state;
	__u8 bytes[VHOST_MSG_MAX];
	size_t len = vhost_msg_write(&m, bytes);

	assert_int_equal(open_socket(f, (struct vhost_socket_config){}), 0);
	f->fe.sock = connect_to(f);
	/* Its descriptor with each of the bytes. */
	for (size_t at = 0; at < len; at += 9) {
		for (size_t i = 0; i < len; i++)
			fe_send(f->fe.sock, bytes + i, 1, &f->fe.mem_fd, i == at);
		expect_answer(f);
	}
	/* Several at once. */
	for (size_t i = 0; i < 10; i++)
		fe_send(f->fe.sock, bytes, len, &f->fe.mem_fd, 1);
	expect_answer(f);
	check_works(f, 0);
}

static const struct bad {
	const char *name;
	struct vhost_msg_header h;
	size_t len; /* of all zeros behind the header that are sent */
	size_t n_fds;
	bool closes; /* after that */
	const char *reason;
} bads[] = {
	{"refused by the device",
	 {VHOST_REQ_SET_FEATURES, VHOST_MSG_VERSION, 4},
	 4,
	 0,
	 false,
	 "SET_FEATURES: payload of 4 bytes"},
	{"unknown", {77, VHOST_MSG_VERSION, 0}, 0, 0, false, "request 77: not known, or not offered"},
	{"without end",
	 {VHOST_REQ_SET_FEATURES, VHOST_MSG_VERSION, 1u << 31},
	 0,
	 0,
	 false,
	 "SET_FEATURES: payload of 2147483648 bytes, more than any request has"},
	{"of another version",
	 {VHOST_REQ_SET_FEATURES, 2, 8},
	 0,
	 0,
	 false,
	 "SET_FEATURES: version 2 of the protocol"},
	{"nine descriptors",
	 {VHOST_REQ_SET_MEM_TABLE, VHOST_MSG_VERSION, 8},
	 8,
	 9,
	 false,
	 "more than 8 descriptors with one message"},
	{"a descriptor where none belongs",
	 {VHOST_REQ_GET_FEATURES, VHOST_MSG_VERSION, 0},
	 0,
	 1,
	 false,
	 "GET_FEATURES: 1 descriptors"},
	{"cut",
	 {VHOST_REQ_SET_FEATURES, VHOST_MSG_VERSION, 8},
	 5,
	 0,
	 true,
	 "closed by the front end within a message"},
	{"cut, with descriptors",
	 {VHOST_REQ_ADD_MEM_REG, VHOST_MSG_VERSION, 40},
	 0,
	 3,
	 true,
	 "closed by the front end within a message"},
};

static void vhost_socket_bad_message_ends_the_connection(void **state)
{
	struct fixture *f = *state;
	__u8 bytes[VHOST_MSG_MAX], got[VHOST_MSG_MAX];
	int fds[9], fd;

	assert_int_equal(open_socket(f, (struct vhost_socket_config){}), 0);
	for (size_t i = 0; i < 9; i++)
		fds[i] = f->fe.mem_fd;
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		const struct bad *b = &bads[i];

		print_message("%s\n", b->name);
		f->fe.sock = connect_to(f);
		expect_answer(f);
		memset(bytes, 0, sizeof(bytes));
		memcpy(bytes, &b->h, sizeof(b->h));
		fe_send(f->fe.sock, bytes, sizeof(b->h) + b->len, fds, b->n_fds);
		if (!b->closes)
			assert_int_equal(fe_take(f->fe.sock, got, &fd), 0);
		close(f->fe.sock);
		f->fe.sock = -1;
		expect_reason(f, b->reason);
	}
}

/* Two ports at once, so that one limit's time does for both. */
static void vhost_socket_nobody_waits_for_a_front_end_for_ever(void **state)
{
	static const struct vhost_config config = {.n_queue_pairs = 1};
	static const struct vhost_msg_header get = {VHOST_REQ_GET_FEATURES, VHOST_MSG_VERSION, 0};
	struct fixture *f = *state, *other;
	uint64_t start;
	int third;

	/* This one never ends its message. */
	assert_int_equal(open_socket(f, (struct vhost_socket_config){}), 0);
	f->fe.sock = connect_to(f);
	start = clock_ms();
	fe_send(f->fe.sock, &get, 11, &f->fe.mem_fd, 1);

	/* That one asks and asks, and takes no answer. */
	other = calloc(1, sizeof(*other));
	other->loop = f->loop;
	snprintf(other->path, sizeof(other->path), "%s/vm1.sock", f->dir);
	err_init(&other->err);
	assert_int_equal(vhost_dev_create(&config, &ops, other, &other->dev), 0);
	assert_int_equal(open_socket(other, (struct vhost_socket_config){}), 0);
	other->fe.sock = connect_to(other);
	while (send(other->fe.sock, &get, sizeof(get), MSG_NOSIGNAL | MSG_DONTWAIT) > 0 ||
	       state_of(other).connected)
		;

	expect_reason(f, "a message stayed unfinished");
	expect_reason(other, "an answer was not taken in time");
	assert_true(clock_ms() - start >= VHOST_MSG_SECONDS * 1000);
	/* Who is slow but goes on is served: no limit but that of one message. */
	third = f->fe.sock;
	f->fe.sock = connect_to(f);
	close(third);
	check_works(f, 0);
	close(other->fe.sock);
	event_loop_call(f->loop, do_close, other);
	vhost_dev_destroy(other->dev);
	err_fini(&other->err);
	free(other);
}

/* --- the file --- */

static void vhost_socket_file_comes_and_goes(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(open_socket(f, (struct vhost_socket_config){}), 0);
	assert_int_equal(lstat(f->path, &st), 0);
	assert_int_equal(st.st_mode, S_IFSOCK | 0660);
	event_loop_call(f->loop, do_close, f);
	assert_int_equal(lstat(f->path, &st), -1);
	/* Somebody else's is left. */
	assert_int_equal(open_socket(f, (struct vhost_socket_config){.mode = 0600}), 0);
	assert_int_equal(lstat(f->path, &st), 0);
	assert_int_equal(st.st_mode, S_IFSOCK | 0600);
	assert_int_equal(unlink(f->path), 0);
	close(listen_at(f->path));
	event_loop_call(f->loop, do_close, f);
	assert_int_equal(lstat(f->path, &st), 0);
}

static void vhost_socket_file_has_its_owner(void **state)
{
	static const struct {
		const char *owner;
		uid_t uid;
		gid_t gid;
	} rows[] = {
		{"root", 0, 0},      {":1234", 0, 1234},        {"1233:1234", 1233, 1234},
		{"65534", 65534, 0}, {"nobody:root", 65534, 0},
	};
	struct fixture *f = *state;
	struct stat st;

	if (geteuid()) {
		print_message("SKIP: only root may give files away\n");
		skip();
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(
			open_socket(f, (struct vhost_socket_config){.owner = rows[i].owner}), 0);
		assert_int_equal(lstat(f->path, &st), 0);
		ROW_CHECK(rows[i].owner, st.st_uid == rows[i].uid && st.st_gid == rows[i].gid,
			  "%u:%u", st.st_uid, st.st_gid);
		event_loop_call(f->loop, do_close, f);
	}
}

static void vhost_socket_stale_file_is_replaced(void **state)
{
	struct fixture *f = *state;

	close(listen_at(f->path));
	assert_int_equal(open_socket(f, (struct vhost_socket_config){}), 0);
	f->fe.sock = connect_to(f);
	check_works(f, 0);
}

static void vhost_socket_other_files_are_left_alone(void **state)
{
	struct fixture *f = *state;
	char want[160];
	int fd = listen_at(f->path);

	assert_int_equal(open_socket(f, (struct vhost_socket_config){}), -EADDRINUSE);
	snprintf(want, sizeof(want), "port vm0: %s: somebody listens there: %s", f->path,
		 strerror(EADDRINUSE));
	assert_string_equal(f->err.message, want);
	assert_true(f->err.hint[0]);
	close(fd);
	unlink(f->path);
	close(open(f->path, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(open_socket(f, (struct vhost_socket_config){}), -EEXIST);
	snprintf(want, sizeof(want), "port vm0: %s: not a socket: %s", f->path, strerror(EEXIST));
	assert_string_equal(f->err.message, want);
	assert_int_equal(access(f->path, F_OK), 0);
}

static void vhost_socket_bad_settings_are_refused(void **state)
{
	static const struct {
		struct vhost_socket_config config;
		int rc;
		enum xvs_rpc_error code;
		const char *want; /* part of the message */
	} rows[] = {
		{{.path = ""}, -EINVAL, XVS_RPC_USAGE, "port vm0: the path is empty"},
		{{.path = "", .client = true}, -EINVAL, XVS_RPC_USAGE, "the path is empty"},
		{{.path = "/tmp/"
			  "0123456789012345678901234567890123456789012345678901234567890123456789"
			  "0123456789012345678901234567890123456789"},
		 -ENAMETOOLONG,
		 XVS_RPC_USAGE,
		 "a socket's path has at most 107 characters"},
		{{.path = "/tmp/xvs-no-such-dir/vm0.sock"},
		 -ENOENT,
		 XVS_RPC_FAILED,
		 "/tmp/xvs-no-such-dir/vm0.sock: bind: No such file or directory"},
		{{.owner = "no-such-user"},
		 -ENOENT,
		 XVS_RPC_USAGE,
		 "port vm0: owner no-such-user: no such user or group"},
		{{.owner = "root:no-such-group"},
		 -ENOENT,
		 XVS_RPC_USAGE,
		 "owner root:no-such-group: no such user or group"},
		{{.owner = ":"}, -EINVAL, XVS_RPC_USAGE, "owner :: not user:group"},
		{{.owner = "99999999999999999999"}, -EINVAL, XVS_RPC_USAGE, "not user:group"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ROW_CHECK(rows[i].want, open_socket(f, rows[i].config) == rows[i].rc, "%s",
			  f->err.message);
		ROW_CHECK(rows[i].want, strstr(f->err.message, rows[i].want), "%s", f->err.message);
		assert_int_equal(f->err.code, rows[i].code);
		/* Nothing is left behind. */
		assert_int_not_equal(access(f->path, F_OK), 0);
	}
	vhost_socket_close(NULL);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(vhost_socket_##name, setup, teardown)
	const struct CMUnitTest tests[] = {
		ROW(server_carries_a_negotiation),
		ROW(second_front_end_waits),
		ROW(client_connects_and_comes_again),
		ROW(fault_and_reset_end_the_connection),
		ROW(takes_messages_in_pieces),
		ROW(bad_message_ends_the_connection),
		ROW(nobody_waits_for_a_front_end_for_ever),
		ROW(file_comes_and_goes),
		ROW(file_has_its_owner),
		ROW(stale_file_is_replaced),
		ROW(other_files_are_left_alone),
		ROW(bad_settings_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
