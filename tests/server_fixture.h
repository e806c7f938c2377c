/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A control socket for tests: server.c on the two real event loops and threads,
 * with methods of the test in place of the daemon's.
 */
#ifndef TESTS_SERVER_FIXTURE_H
#define TESTS_SERVER_FIXTURE_H

#include "test.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl/client.h"
#include "rpc.h"
#include "server.h"

struct model {
	pthread_t datapath_thread;
	int on_other_thread;
	int running; /* methods at this moment: never more than one */
	int overlapped;
	int n_kept, n_freed;
	int poke_fd; /* an eventfd for the test's own use */
	int n_waits; /* for the same */
};

static inline int method_echo(struct model *m, const struct rpc_params *p, json_t **result,
			      struct err *err)
{
	m->overlapped |= m->running++;
	m->on_other_thread |= !pthread_equal(m->datapath_thread, pthread_self());
	*result = json_incref((json_t *)p->args);
	m->running--;
	return 0;
}

struct fixture {
	char dir[64];
	char path[96];
	struct event_loop *main_loop;
	struct event_loop *datapath_loop;
	struct server *server;
	struct model model;
	pthread_t main_thread;
};

static inline void *run_loop(void *aux)
{
	event_loop_run(aux);
	return NULL;
}

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err;

	assert_non_null(f);
	err_init(&err);
	snprintf(f->dir, sizeof(f->dir), "%s/xvs-test-XXXXXX", P_tmpdir);
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/sock", f->dir);
	f->model.poke_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_int_equal(event_loop_create(&f->main_loop), 0);
	assert_int_equal(event_loop_create(&f->datapath_loop), 0);
	assert_int_equal(server_create(f->main_loop, f->datapath_loop, &f->model, f->path,
				       &f->server, &err),
			 0);
	pthread_create(&f->model.datapath_thread, NULL, run_loop, f->datapath_loop);
	pthread_create(&f->main_thread, NULL, run_loop, f->main_loop);
	*state = f;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	event_loop_stop(f->main_loop);
	pthread_join(f->main_thread, NULL);
	event_loop_stop(f->datapath_loop);
	pthread_join(f->model.datapath_thread, NULL);
	server_destroy(f->server);
	assert_int_equal(access(f->path, F_OK), -1);
	event_loop_destroy(f->main_loop);
	event_loop_destroy(f->datapath_loop);
	assert_int_equal(rmdir(f->dir), 0);
	close(f->model.poke_fd);
	free(f);
	return 0;
}

static inline int connect_raw(const struct fixture *f)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = 10};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(addr.sun_path, f->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static inline struct client *open_client(const struct fixture *f)
{
	struct client *c;
	struct err err;

	err_init(&err);
	assert_int_equal(client_open(f->path, 10000, &c, &err), 0);
	return c;
}

static inline void expect_echo(struct client *c, const char *word)
{
	const struct client_request r = {.method = "echo", .args = json_pack("[s]", word)};
	json_t *result = NULL;
	struct err err;

	err_init(&err);
	assert_int_equal(client_call(c, &r, &result, &err), 0);
	assert_string_equal(json_string_value(json_array_get(result, 0)), word);
	json_decref(result);
}

static inline size_t read_lines(int fd, size_t n)
{
	size_t lines = 0;
	char data[4096];

	while (lines < n) {
		ssize_t len = recv(fd, data, sizeof(data), 0);

		if (len <= 0)
			break;
		for (ssize_t i = 0; i < len; i++)
			lines += data[i] == '\n';
	}
	return lines;
}

#endif /* TESTS_SERVER_FIXTURE_H */
