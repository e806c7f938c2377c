// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How long the first packet of a flow takes there and back: a datagram from a
 * new source port, and the echo of it; then the next one.
 *
 *   udp_probe serve IP PORT
 *   udp_probe new|same IP PORT COUNT GAP_MS TIMEOUT_MS [FIRST-SOURCE-PORT]
 *
 * "same" asks from one port again and again: the steady round trip. A gap lies
 * between an answer and the next question. What is not answered in time is
 * lost, an answer that comes later is not counted. Prints JSON, times in
 * microseconds; what was lost is in none of them. The server says "ready" and
 * goes on until SIGTERM, which also ends the other two early.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FIRST_PORT 1024
#define N_PORTS (65536 - FIRST_PORT)

static volatile sig_atomic_t stop;

struct prober {
	struct sockaddr_in to;
	bool same;
	uint32_t count, first_port;
	int gap_ms, timeout_ms;
	uint32_t asked, answered, busy;
	uint32_t *us; /* what each answered one took */
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

static int serve(const struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in from;
	char data[64];

	if (fd < 0 || bind(fd, (const struct sockaddr *)at, sizeof(*at))) {
		perror("udp_probe: serve");
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	while (!stop) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		socklen_t len = sizeof(from);
		ssize_t n;

		if (poll(&p, 1, 100) <= 0)
			continue;
		n = recvfrom(fd, data, sizeof(data), MSG_DONTWAIT, (struct sockaddr *)&from, &len);
		if (n > 0)
			sendto(fd, data, (size_t)n, 0, (struct sockaddr *)&from, len);
	}
	close(fd);
	return 0;
}

/* A socket from that port; -1: it is taken, or there are no more. */
static int open_from(const struct prober *p, uint32_t port)
{
	struct sockaddr_in from = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && (bind(fd, (struct sockaddr *)&from, sizeof(from)) ||
			connect(fd, (const struct sockaddr *)&p->to, sizeof(p->to)))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Asks, and waits for the answer of that number: nanoseconds, -1 for none. */
static int64_t ask(const struct prober *p, int fd, uint32_t number)
{
	int64_t start = now_ns(), end = start + p->timeout_ms * 1000000LL, left;
	uint32_t echo;

	if (send(fd, &number, sizeof(number), 0) < 0)
		return -1;
	while ((left = end - now_ns()) > 0 && !stop) {
		struct pollfd pfd = {.fd = fd, .events = POLLIN};

		if (poll(&pfd, 1, (int)(left / 1000000) + 1) <= 0)
			continue;
		/* A refusal by ICMP is an error of the socket: not an answer. */
		if (recv(fd, &echo, sizeof(echo), MSG_DONTWAIT) == sizeof(echo) && echo == number)
			return now_ns() - start;
	}
	return -1;
}

static void probe(struct prober *p)
{
	int fd = -1;

	for (uint32_t i = 0; i < p->count && !stop; i++) {
		uint32_t port = FIRST_PORT + (p->first_port - FIRST_PORT + i) % N_PORTS;
		int64_t ns;

		if (fd < 0)
			fd = open_from(p, p->same ? p->first_port : port);
		if (fd < 0) {
			p->busy++;
			continue;
		}
		ns = ask(p, fd, i);
		/* A question that the end of the program cut short is none. */
		p->asked += ns >= 0 || !stop;
		if (ns >= 0)
			p->us[p->answered++] = (uint32_t)(ns / 1000);
		if (!p->same) {
			close(fd);
			fd = -1;
		}
		if (p->gap_ms)
			poll(NULL, 0, p->gap_ms);
	}
	if (fd >= 0)
		close(fd);
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static uint32_t quantile(const struct prober *p, uint32_t percent)
{
	uint64_t rank = ((uint64_t)p->answered * percent + 99) / 100;

	return p->answered ? p->us[rank ? rank - 1 : 0] : 0;
}

static void report(struct prober *p)
{
	qsort(p->us, p->answered, sizeof(*p->us), by_value);
	printf("{\"asked\": %" PRIu32 ", \"answered\": %" PRIu32 ", \"lost\": %" PRIu32
	       ", \"port_busy\": %" PRIu32 ", \"p50_us\": %" PRIu32 ", \"p99_us\": %" PRIu32
	       ", \"max_us\": %" PRIu32 "}\n",
	       p->asked, p->answered, p->asked - p->answered, p->busy, quantile(p, 50),
	       quantile(p, 99), quantile(p, 100));
}

static bool arguments_parse(struct prober *p, int argc, char **argv)
{
	p->to.sin_family = AF_INET;
	if (argc < 4 || inet_pton(AF_INET, argv[2], &p->to.sin_addr) != 1)
		return false;
	p->to.sin_port = htons((uint16_t)atoi(argv[3]));
	if (!strcmp(argv[1], "serve"))
		return argc == 4;
	p->same = !strcmp(argv[1], "same");
	if ((!p->same && strcmp(argv[1], "new")) || argc < 7 || argc > 8)
		return false;
	p->count = (uint32_t)strtoul(argv[4], NULL, 0);
	p->gap_ms = atoi(argv[5]);
	p->timeout_ms = atoi(argv[6]);
	p->first_port = argc > 7 ? (uint32_t)strtoul(argv[7], NULL, 0) : 20000;
	return p->count && p->gap_ms >= 0 && p->timeout_ms > 0 && p->first_port >= FIRST_PORT &&
	       p->first_port < FIRST_PORT + N_PORTS;
}

int main(int argc, char **argv)
{
	struct sigaction term = {.sa_handler = on_term};
	struct prober p = {0};

	if (!arguments_parse(&p, argc, argv)) {
		fprintf(stderr, "usage: udp_probe serve IP PORT\n"
				"       udp_probe new|same IP PORT COUNT GAP_MS TIMEOUT_MS "
				"[FIRST-SOURCE-PORT]\n");
		return 2;
	}
	sigaction(SIGTERM, &term, NULL);
	if (!strcmp(argv[1], "serve"))
		return serve(&p.to);
	p.us = calloc(p.count, sizeof(*p.us));
	if (!p.us)
		return 1;
	probe(&p);
	report(&p);
	free(p.us);
	return 0;
}
