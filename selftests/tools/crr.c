// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Connect, request, reply, close: many short TCP connections, each from a fresh
 * source port, and the server that they need. The traffic of the classifier's
 * ablation (selftests/bench/ablation.sh), where every connection that is not
 * covered by a cached flow costs upcalls.
 *
 *   crr serve PORT
 *   crr run FROM[-LAST] TO[-LAST] PORT CONNECTIONS SECONDS SESSIONS
 *
 * Addresses are IPv4, a range is over the last byte: 9.1.1.2-5. A request and
 * its reply are one byte each. The client closes by a reset, so that no port
 * waits for anything and the order of ports is free. It prints JSON:
 * connections that were answered, those that failed, those that time ran out
 * on, and what an answered one took. The server says "ready" and goes on until
 * SIGTERM.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 256
#define MAX_SESSIONS 4096
/* Ports 1024 to 65535 in steps that come by each of them once, and soon by
 * every prefix of them: a prime that does not divide their number. One that is
 * in use is a connection that failed. */
#define FIRST_PORT 1024
#define N_PORTS (65536 - FIRST_PORT)
#define PORT_STEP 10007
/* A reset that got lost leaves the server with a connection that nobody ends. */
#define MAX_FILES 524288

static volatile sig_atomic_t stop;

struct range {
	uint32_t first; /* host byte order */
	uint32_t n;
};

struct session {
	int fd; /* -1: none */
	bool asked; /* connected, and the request is on its way */
	int64_t began_ns;
};

struct client {
	int epoll;
	struct range from, to;
	uint16_t port;
	uint64_t limit; /* connections to begin at most */
	uint64_t begun, answered, failed;
	uint32_t *us; /* what each answered one took */
	struct session *sessions;
	size_t n_sessions, n_open;
};

static void on_term(int signo)
{
	stop = 1;
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static int range_parse(const char *text, struct range *out)
{
	char copy[32], *dash, *end = copy;
	struct in_addr in;
	long last;

	snprintf(copy, sizeof(copy), "%s", text);
	dash = strchr(copy, '-');
	if (dash)
		*dash++ = '\0';
	if (inet_pton(AF_INET, copy, &in) != 1)
		return -EINVAL;
	out->first = ntohl(in.s_addr);
	last = dash ? strtol(dash, &end, 10) : (long)(out->first & 255);
	if ((dash && *end) || last < (long)(out->first & 255) || last > 255)
		return -EINVAL;
	out->n = (uint32_t)last - (out->first & 255) + 1;
	return 0;
}

static struct sockaddr_in address(uint32_t ip, uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(ip),
		.sin_port = htons(port),
	};
}

static int watch(int epoll, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event ev = {.events = events, .data.u64 = data};

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev);
}

/* A socket whose close is a reset, bound to ip:port. */
static int open_socket(uint32_t ip, uint16_t port)
{
	const struct linger at_once = {.l_onoff = 1};
	struct sockaddr_in local = address(ip, port);
	int one = 1, err;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	if (!bind(fd, (struct sockaddr *)&local, sizeof(local)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* --- the server --- */

static void accept_all(int epoll, int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		if (watch(epoll, fd, EPOLLIN, (uint64_t)fd))
			close(fd);
}

static void answer(int fd)
{
	char byte;

	if (recv(fd, &byte, 1, 0) == 1 && send(fd, &byte, 1, MSG_NOSIGNAL) == 1)
		return;
	close(fd);
}

static int serve(uint16_t port)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), listener = open_socket(INADDR_ANY, port);
	struct epoll_event events[EVENTS];

	if (epoll < 0 || listener < 0 || listen(listener, MAX_SESSIONS) ||
	    watch(epoll, listener, EPOLLIN, (uint64_t)listener)) {
		fprintf(stderr, "crr: port %u: %s\n", port,
			strerror(listener < 0 ? -listener : errno));
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	while (!stop) {
		int n = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			int fd = (int)events[i].data.u64;

			if (fd == listener)
				accept_all(epoll, listener);
			else
				answer(fd);
		}
	}
	return 0;
}

/* --- the client --- */

/* Bound to the next address and port; -errno. When the ports have come round,
 * they have other addresses at both ends. */
static int next_socket(struct client *c, struct sockaddr_in *to)
{
	uint64_t k = c->begun++, round = k / N_PORTS;
	uint32_t ip = c->from.first + (uint32_t)((k + round) % c->from.n);

	*to = address(c->to.first + (uint32_t)((k / c->from.n + round) % c->to.n), c->port);
	return open_socket(ip, (uint16_t)(FIRST_PORT + k * PORT_STEP % N_PORTS));
}

static void session_end(struct client *c, struct session *s)
{
	close(s->fd);
	s->fd = -1;
	c->n_open--;
}

/* Begins connections until one is on its way or there are no more to begin. */
static void session_begin(struct client *c, struct session *s)
{
	while (!stop && c->begun < c->limit) {
		struct sockaddr_in to;

		s->fd = next_socket(c, &to);
		if (s->fd < 0) {
			c->failed++;
			continue;
		}
		c->n_open++;
		s->asked = false;
		s->began_ns = now_ns();
		if ((!connect(s->fd, (struct sockaddr *)&to, sizeof(to)) || errno == EINPROGRESS) &&
		    !watch(c->epoll, s->fd, EPOLLIN | EPOLLOUT | EPOLLET,
			   (uint64_t)(s - c->sessions)))
			return;
		c->failed++;
		session_end(c, s);
	}
}

/* 1: answered; 0: goes on; negative: failed. */
static int session_step(struct session *s, uint32_t events)
{
	char byte = 'x';

	if (events & (EPOLLERR | EPOLLHUP))
		return -1;
	if (!s->asked && (events & EPOLLOUT)) {
		if (send(s->fd, &byte, 1, MSG_NOSIGNAL) != 1)
			return -1;
		s->asked = true;
	}
	if (!(events & EPOLLIN))
		return 0;
	return recv(s->fd, &byte, 1, 0) == 1 ? 1 : -1;
}

static void session_event(struct client *c, struct session *s, uint32_t events)
{
	int rc = session_step(s, events);

	if (!rc)
		return;
	if (rc > 0)
		c->us[c->answered++] = (uint32_t)((now_ns() - s->began_ns) / 1000);
	else
		c->failed++;
	session_end(c, s);
	session_begin(c, s);
}

static int compare_us(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void report(struct client *c, double seconds)
{
	uint64_t n = c->answered;

	qsort(c->us, n, sizeof(*c->us), compare_us);
	printf("{\"connections\": %" PRIu64 ", \"failed\": %" PRIu64 ", \"unfinished\": %zu, "
	       "\"seconds\": %.3f, \"per_s\": %.0f, \"p50_us\": %u, \"p99_us\": %u}\n",
	       n, c->failed, c->n_open, seconds, (double)n / seconds, n ? c->us[n / 2] : 0,
	       n ? c->us[n - 1 - n / 100] : 0);
}

static int run(struct client *c, double seconds)
{
	struct epoll_event events[EVENTS];
	int64_t began = now_ns(), end = began + (int64_t)(seconds * 1e9), left;

	for (size_t i = 0; i < c->n_sessions; i++)
		session_begin(c, &c->sessions[i]);
	while (c->n_open && (left = end - now_ns()) > 0) {
		int n = epoll_wait(c->epoll, events, EVENTS, (int)(left / 1000000) + 1);

		for (int i = 0; i < n; i++)
			session_event(c, &c->sessions[events[i].data.u64], events[i].events);
	}
	report(c, (double)(now_ns() - began) / 1e9);
	return c->answered ? 0 : 1;
}

static int client_open(struct client *c)
{
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	c->sessions = calloc(c->n_sessions, sizeof(*c->sessions));
	c->us = calloc(c->limit, sizeof(*c->us));
	return c->epoll < 0 || !c->sessions || !c->us ? -ENOMEM : 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: crr serve PORT\n"
			"       crr run FROM[-LAST] TO[-LAST] PORT CONNECTIONS SECONDS SESSIONS\n");
	return 2;
}

int main(int argc, char **argv)
{
	const struct rlimit files = {MAX_FILES, MAX_FILES};
	struct sigaction term = {.sa_handler = on_term};
	struct client c = {0};
	double seconds;

	sigaction(SIGTERM, &term, NULL);
	setrlimit(RLIMIT_NOFILE, &files);
	if (argc == 3 && !strcmp(argv[1], "serve") && atoi(argv[2]) > 0)
		return serve((uint16_t)atoi(argv[2]));
	if (argc != 8 || strcmp(argv[1], "run") || range_parse(argv[2], &c.from) ||
	    range_parse(argv[3], &c.to))
		return usage();
	c.port = (uint16_t)atoi(argv[4]);
	c.limit = strtoull(argv[5], NULL, 10);
	seconds = strtod(argv[6], NULL);
	c.n_sessions = (size_t)atol(argv[7]);
	if (!c.port || !c.limit || !(seconds > 0) || !c.n_sessions || c.n_sessions > MAX_SESSIONS)
		return usage();
	if (client_open(&c)) {
		fprintf(stderr, "crr: out of memory\n");
		return 1;
	}
	return run(&c, seconds);
}
