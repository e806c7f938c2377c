// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * loader/control/server.c with ctl/client.c at the other end: real sockets, the
 * two real event loops on their threads, methods of this file.
 */
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server_fixture.h"

/* A list of as many numbers as asked for. */
static int method_big(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	json_t *list = json_array();

	for (int i = 0; i < atoi(rpc_arg(p, 0)); i++)
		json_array_append_new(list, json_integer(i));
	*result = list;
	return 0;
}

static int method_fail(struct model *m, const struct rpc_params *p, json_t **result,
		       struct err *err)
{
	err_set(err, -ENODEV, XVS_RPC_NOT_FOUND, "eth9", "port eth9: no such device");
	err_hint(err, "ip link shows them");
	err_place(err, "some text", 5, 4);
	return -ENODEV;
}

static int method_slow(struct model *m, const struct rpc_params *p, json_t **result,
		       struct err *err)
{
	usleep(300000);
	return 0;
}

struct kept {
	struct model *m;
	int n;
};

static void kept_free(void *aux)
{
	struct kept *k = aux;

	__atomic_fetch_add(&k->m->n_freed, 1, __ATOMIC_RELAXED);
	free(k);
}

static void count_one(void *aux)
{
	struct kept *k = aux;

	k->m->on_other_thread |= !pthread_equal(k->m->datapath_thread, pthread_self());
	k->n++;
}

/* On the main thread; counts, on the datapath thread, the calls of a connection. */
static int method_count(const struct rpc_env *env, struct rpc_call *call)
{
	struct kept *k = env->keep->data;
	int rc;

	env->model->overlapped |= pthread_equal(env->model->datapath_thread, pthread_self());
	if (!k) {
		k = calloc(1, sizeof(*k));
		k->m = env->model;
		k->m->n_kept++;
		*env->keep = (struct rpc_keep){.data = k, .free = kept_free};
	}
	rc = rpc_on_datapath(env, count_one, k, &call->err);
	strbuf_printf(&call->text, "%d", k->n);
	return rc;
}

static const struct rpc_method methods[] = {
	{.name = "count", .main_fn = method_count},
	{.name = "echo", .fn = method_echo, .max_args = 10},
	{.name = "big", .fn = method_big, .min_args = 1, .max_args = 1},
	{.name = "fail", .fn = method_fail},
	{.name = "slow", .fn = method_slow},
};

const struct rpc_method *rpc_method_find(const char *name)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (!strcmp(methods[i].name, name))
			return &methods[i];
	return NULL;
}

static void server_socket_is_for_its_owner_only(void **state)
{
	const struct fixture *f = *state;
	struct stat st;

	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void server_answers_on_the_datapath_thread(void **state)
{
	struct fixture *f = *state;
	struct client *c = open_client(f);

	for (int i = 0; i < 50; i++)
		expect_echo(c, "hello");
	assert_int_equal(f->model.on_other_thread, 0);
	assert_int_equal(client_daemon_pid(c), getpid());
	client_close(c);
}

static void server_error_arrives_whole(void **state)
{
	const struct client_request r = {.method = "fail"};
	struct client *c = open_client(*state);
	struct err err;

	err_init(&err);
	assert_int_not_equal(client_call(c, &r, NULL, &err), 0);
	assert_int_equal(err.code, XVS_RPC_NOT_FOUND);
	assert_string_equal(err.message, "port eth9: no such device");
	assert_string_equal(err.object, "eth9");
	assert_string_equal(err.hint, "ip link shows them");
	assert_string_equal(err.text, "some text");
	assert_int_equal(err.column, 5);
	assert_int_equal(err.len, 4);
	err_fini(&err);
	/* The connection goes on. */
	expect_echo(c, "after");
	client_close(c);
}

static void server_large_reply_arrives_whole(void **state)
{
	const struct client_request r = {.method = "big", .args = json_pack("[s]", "300000")};
	struct client *c = open_client(*state);
	json_t *result = NULL;
	struct err err;

	err_init(&err);
	assert_int_equal(client_call(c, &r, &result, &err), 0);
	assert_int_equal(json_array_size(result), 300000);
	json_decref(result);
	client_close(c);
}

static int count(struct client *c)
{
	const struct client_request r = {.method = "count"};
	json_t *result = NULL;
	struct err err;
	int n;

	err_init(&err);
	assert_int_equal(client_call(c, &r, &result, &err), 0);
	n = (int)json_integer_value(result);
	json_decref(result);
	return n;
}

/* A method of the main thread, and what it keeps for each connection. */
static void server_connection_keeps_what_is_its_own(void **state)
{
	struct fixture *f = *state;
	struct client *a = open_client(f), *b = open_client(f);

	for (int i = 1; i < 20; i++) {
		assert_int_equal(count(a), i);
		if (i % 2)
			assert_int_equal(count(b), i / 2 + 1);
	}
	client_close(a);
	expect_echo(b, "others go on");
	for (int i = 0; i < 500 && !__atomic_load_n(&f->model.n_freed, __ATOMIC_RELAXED); i++)
		usleep(10000);
	assert_int_equal(f->model.n_freed, 1);
	assert_int_equal(count(b), 11);
	client_close(b);
	assert_int_equal(f->model.n_kept, 2);
	assert_int_equal(f->model.on_other_thread, 0);
	assert_int_equal(f->model.overlapped, 0);
}

/* The next request is made while this one is served. */
static void server_halves_of_a_call(void **state)
{
	struct client_request r = {.method = "echo"};
	struct client *c = open_client(*state);
	json_t *result = NULL;
	struct err err;

	err_init(&err);
	for (int i = 0; i < 20; i++) {
		r.args = json_pack("[s]", "half");
		assert_int_equal(client_send(c, &r, &err), 0);
		assert_int_equal(client_receive(c, &result, &err), 0);
		assert_string_equal(json_string_value(json_array_get(result, 0)), "half");
		json_decref(result);
	}
	/* A deadline of its own, and it is over. */
	r = (struct client_request){.method = "slow", .end_ms = 1};
	assert_int_equal(client_call(c, &r, NULL, &err), -ETIMEDOUT);
	err_fini(&err);
	client_close(c);
}

/* A client that asks and does not read; the others are served meanwhile. */
static void server_reader_that_sleeps_blocks_nobody(void **state)
{
	static const char request[] = "{\"method\":\"big\",\"params\":{\"args\":[\"300000\"]}}\n";
	struct fixture *f = *state;
	int fd = connect_raw(f);
	struct client *c = open_client(f);

	for (int i = 0; i < 20; i++)
		assert_int_equal(write(fd, request, sizeof(request) - 1), sizeof(request) - 1);
	for (int i = 0; i < 50; i++)
		expect_echo(c, "meanwhile");
	close(fd);
	expect_echo(c, "after");
	client_close(c);
}

#define PIPELINED 2000

static void *write_requests(void *aux)
{
	static const char request[] = "{\"method\":\"echo\",\"params\":{\"args\":[\"x\"]}}\n";
	const int *fd = aux;

	/* Blocks when the replies are not read: so it has a thread of its own. */
	for (int i = 0; i < PIPELINED; i++)
		if (write(*fd, request, sizeof(request) - 1) != sizeof(request) - 1)
			break;
	return NULL;
}

static void server_pipelined_requests_are_all_answered(void **state)
{
	struct fixture *f = *state;
	int fd = connect_raw(f);
	struct client *c = open_client(f);
	pthread_t writer;

	assert_int_equal(pthread_create(&writer, NULL, write_requests, &fd), 0);
	/* Not read yet: the server waits for that client, and for no other. */
	for (int i = 0; i < 20; i++)
		expect_echo(c, "between");
	assert_int_equal(read_lines(fd, PIPELINED), PIPELINED);
	pthread_join(writer, NULL);
	assert_int_equal(f->model.overlapped, 0);
	client_close(c);
	close(fd);
}

static void server_line_in_pieces_is_one_request(void **state)
{
	static const char request[] = "{\"method\":\"echo\",\"params\":{\"args\":[\"pieces\"]}}\n";
	int fd = connect_raw(*state);
	char data[256] = "";

	for (size_t i = 0; i < sizeof(request) - 1; i++)
		assert_int_equal(write(fd, request + i, 1), 1);
	assert_true(recv(fd, data, sizeof(data) - 1, 0) > 0);
	assert_string_equal(data, "{\"result\":[\"pieces\"]}\n");
	close(fd);
}

/* The last line of a client that closed its half is still answered. */
static void server_half_closed_client_gets_its_reply(void **state)
{
	static const char request[] = "{\"method\":\"slow\"}\n{\"method\":\"slow\"}\n";
	int fd = connect_raw(*state);
	char c;

	assert_int_equal(write(fd, request, sizeof(request) - 1), sizeof(request) - 1);
	shutdown(fd, SHUT_WR);
	assert_int_equal(read_lines(fd, 2), 2);
	assert_int_equal(recv(fd, &c, 1, 0), 0);
	close(fd);
}

static void server_garbage_gets_an_error_and_the_connection_goes_on(void **state)
{
	static const char garbage[] = "\x00\xff{{{\n";
	int fd = connect_raw(*state);
	char data[512] = "";

	for (int i = 0; i < 10; i++) {
		assert_int_equal(write(fd, garbage, sizeof(garbage) - 1), sizeof(garbage) - 1);
		assert_int_equal(read_lines(fd, 1), 1);
	}
	assert_int_equal(write(fd, "{\"method\":\"slow\"}\n", 18), 18);
	assert_true(recv(fd, data, sizeof(data) - 1, 0) > 0);
	assert_string_equal(data, "{\"result\":{}}\n");
	close(fd);
}

static void server_endless_line_is_refused_and_closed(void **state)
{
	int fd = connect_raw(*state);
	size_t size = 1 << 20, sent = 0;
	char *data = malloc(size), reply[256] = "";
	ssize_t n;

	assert_non_null(data);
	memset(data, 'x', size);
	while (sent < (size_t)XVS_RPC_MAX_LINE + 2 * size) {
		n = send(fd, data, size, MSG_NOSIGNAL);
		if (n < 0)
			break;
		sent += (size_t)n;
	}
	n = recv(fd, reply, sizeof(reply) - 1, 0);
	assert_true(n > 0);
	assert_non_null(strstr(reply, "the line is too long"));
	n = recv(fd, reply, sizeof(reply) - 1, 0);
	assert_true(n <= 0);
	free(data);
	close(fd);
}

/* More clients than there is room for: the silent ones go, new ones come in. */
static void server_silent_clients_make_room(void **state)
{
	struct fixture *f = *state;
	int fds[100];
	struct client *c;

	for (int i = 0; i < 100; i++)
		fds[i] = connect_raw(f);
	c = open_client(f);
	expect_echo(c, "in");
	for (int i = 0; i < 100; i++)
		close(fds[i]);
	expect_echo(c, "still in");
	client_close(c);
}

static void server_client_times_out(void **state)
{
	const struct client_request r = {.method = "slow"};
	const struct fixture *f = *state;
	struct client *c;
	struct err err;

	err_init(&err);
	assert_int_equal(client_open(f->path, 50, &c, &err), 0);
	assert_int_equal(client_call(c, &r, NULL, &err), -ETIMEDOUT);
	assert_int_equal(err.code, XVS_RPC_TIMEOUT);
	client_close(c);
}

static void server_client_without_a_server_is_unreachable(void **state)
{
	struct client *c = NULL;
	struct err err;

	err_init(&err);
	assert_int_not_equal(client_open("/nonexistent/xvsd.sock", 50, &c, &err), 0);
	assert_int_equal(err.code, XVS_RPC_UNREACHABLE);
	assert_null(c);
}

static void server_long_path_is_refused(void **state)
{
	const struct fixture *f = *state;
	struct server *s = NULL;
	char path[300];
	struct err err;

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	err_init(&err);
	assert_int_equal(server_create(f->main_loop, f->datapath_loop, NULL, path, &s, &err),
			 -ENAMETOOLONG);
	assert_int_equal(err.code, XVS_RPC_USAGE);
	assert_null(s);
	err_fini(&err);
}

#define ROW(name) cmocka_unit_test_setup_teardown(server_##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(socket_is_for_its_owner_only),
		ROW(answers_on_the_datapath_thread),
		ROW(error_arrives_whole),
		ROW(large_reply_arrives_whole),
		ROW(connection_keeps_what_is_its_own),
		ROW(halves_of_a_call),
		ROW(reader_that_sleeps_blocks_nobody),
		ROW(pipelined_requests_are_all_answered),
		ROW(line_in_pieces_is_one_request),
		ROW(half_closed_client_gets_its_reply),
		ROW(garbage_gets_an_error_and_the_connection_goes_on),
		ROW(endless_line_is_refused_and_closed),
		ROW(silent_clients_make_room),
		ROW(client_times_out),
		ROW(client_without_a_server_is_unreachable),
		ROW(long_path_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
