// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * loader/control/server.c with requests that wait until there is something to
 * say.
 */
#include "server_fixture.h"

#include <errno.h>

/* Waits until somebody has called "poke", and tells how often. */
static int method_wait(const struct rpc_env *env, struct rpc_call *call)
{
	struct model *m = env->model;
	uint64_t n = 0;

	__atomic_fetch_add(&m->n_waits, 1, __ATOMIC_RELAXED);
	if (read(m->poke_fd, &n, sizeof(n)) < 0 && env->wait_fd) {
		*env->wait_fd = m->poke_fd;
		return -EAGAIN;
	}
	strbuf_printf(&call->text, "%d", (int)n);
	return 0;
}

static int method_poke(const struct rpc_env *env, struct rpc_call *call)
{
	uint64_t one = 1;

	assert_int_equal(write(env->model->poke_fd, &one, sizeof(one)), sizeof(one));
	return 0;
}

static const struct rpc_method methods[] = {
	{.name = "echo", .fn = method_echo, .max_args = 10},
	{.name = "wait", .main_fn = method_wait},
	{.name = "poke", .main_fn = method_poke},
};

const struct rpc_method *rpc_method_find(const char *name)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (!strcmp(methods[i].name, name))
			return &methods[i];
	return NULL;
}

static void send_wait(struct client *c)
{
	const struct client_request r = {.method = "wait"};
	struct err err;

	err_init(&err);
	assert_int_equal(client_send(c, &r, &err), 0);
}

static int receive_number(struct client *c)
{
	json_t *result = NULL;
	struct err err;
	int n;

	err_init(&err);
	assert_int_equal(client_receive(c, &result, &err), 0);
	n = (int)json_integer_value(result);
	json_decref(result);
	return n;
}

static void poke(struct client *c)
{
	const struct client_request r = {.method = "poke"};
	struct err err;

	err_init(&err);
	assert_int_equal(client_call(c, &r, NULL, &err), 0);
}

static void wait_for_waits(const struct fixture *f, int n)
{
	for (int i = 0; i < 1000; i++) {
		if (__atomic_load_n(&f->model.n_waits, __ATOMIC_RELAXED) >= n)
			return;
		usleep(10000);
	}
	fail_msg("the request was not run %d times", n);
}

/* A request that waits holds nobody, and is answered when it can be. */
static void server_request_that_waits_is_run_again(void **state)
{
	struct fixture *f = *state;
	struct client *c = open_client(f), *other = open_client(f);

	for (int i = 1; i <= 5; i++) {
		send_wait(c);
		wait_for_waits(f, 2 * i - 1);
		expect_echo(other, "meanwhile");
		poke(other);
		assert_int_equal(receive_number(c), 1);
		assert_int_equal(f->model.n_waits, 2 * i);
	}
	/* There is something already. */
	poke(other);
	poke(other);
	send_wait(c);
	assert_int_equal(receive_number(c), 2);
	assert_int_equal(f->model.n_waits, 11);
	client_close(c);
	client_close(other);
}

/* Lines behind a request that waits wait as well, in order. */
static void server_line_behind_a_waiting_one_is_next(void **state)
{
	static const char requests[] = "{\"method\":\"wait\"}\n"
				       "{\"method\":\"echo\",\"params\":{\"args\":[\"x\"]}}\n";
	static const char want[] = "{\"result\":1}\n{\"result\":[\"x\"]}\n";
	struct fixture *f = *state;
	int fd = connect_raw(f);
	struct client *other = open_client(f);
	char data[256] = "";
	ssize_t n = 0;

	assert_int_equal(write(fd, requests, sizeof(requests) - 1), sizeof(requests) - 1);
	wait_for_waits(f, 1);
	expect_echo(other, "meanwhile");
	assert_int_equal(recv(fd, data, sizeof(data), MSG_DONTWAIT), -1);
	poke(other);
	while (n < (ssize_t)sizeof(want) - 1) {
		ssize_t got = recv(fd, data + n, sizeof(data) - 1 - (size_t)n, 0);

		assert_true(got > 0);
		n += got;
	}
	assert_string_equal(data, want);
	close(fd);
	client_close(other);
}

/* Who dies while he waits, and who has no more to send. */
static void server_waiting_client_may_go(void **state)
{
	static const char request[] = "{\"method\":\"wait\"}\n";
	struct fixture *f = *state;
	struct client *other = open_client(f);
	int fd = connect_raw(f);

	assert_int_equal(write(fd, request, sizeof(request) - 1), sizeof(request) - 1);
	wait_for_waits(f, 1);
	close(fd);
	expect_echo(other, "after");
	fd = connect_raw(f);
	assert_int_equal(write(fd, request, sizeof(request) - 1), sizeof(request) - 1);
	shutdown(fd, SHUT_WR);
	wait_for_waits(f, 2);
	expect_echo(other, "after");
	poke(other);
	assert_int_equal(read_lines(fd, 1), 1);
	/* The one that died did not take it. */
	assert_int_equal(f->model.n_waits, 3);
	close(fd);
	client_close(other);
}

/* Nothing comes: it is told so after some seconds. */
static void server_waiting_has_an_end(void **state)
{
	struct fixture *f = *state;
	struct client *c = open_client(f);

	send_wait(c);
	assert_int_equal(receive_number(c), 0);
	assert_int_equal(f->model.n_waits, 2);
	expect_echo(c, "after");
	client_close(c);
}

#define ROW(name) cmocka_unit_test_setup_teardown(server_##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(request_that_waits_is_run_again),
		ROW(line_behind_a_waiting_one_is_next),
		ROW(waiting_client_may_go),
		ROW(waiting_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
