// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One UDP flow, paced, and its receiver, which knows what is missing: the
 * traffic of the name space scripts (upcall economy, killing the daemon, how
 * fast a change takes effect).
 *
 *   udp_flow send IP PORT COUNT RATE [SIZE [SOURCE-PORT]]
 *   udp_flow recv IP PORT COUNT IDLE_MS
 *
 * The receiver ends when COUNT different packets have come, IDLE_MS after the
 * last one, or on SIGTERM, and prints JSON. Times are microseconds since the
 * epoch, so that scripts can compare them with their own clock.
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
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_SIZE 65000
#define MIN_SLEEP_NS 20000

static volatile sig_atomic_t stop;

struct address {
	struct sockaddr_storage sa;
	socklen_t len;
};

struct tally {
	uint64_t received; /* different packets */
	uint64_t duplicates;
	uint64_t reordered; /* came behind a later one */
	uint64_t highest; /* sequence number + 1 */
	int64_t first_us, last_us, max_gap_us;
	uint8_t *seen; /* a bit a sequence number */
	uint64_t count;
};

static void on_term(int signo)
{
	stop = 1;
}

static int64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static int address_parse(const char *ip, int port, struct address *out)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)&out->sa;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&out->sa;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, ip, &in4->sin_addr) == 1) {
		in4->sin_family = AF_INET;
		in4->sin_port = htons((uint16_t)port);
		out->len = sizeof(*in4);
		return 0;
	}
	if (inet_pton(AF_INET6, ip, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)port);
		out->len = sizeof(*in6);
		return 0;
	}
	return -EINVAL;
}

static int send_all(int fd, const struct address *to, uint64_t count, uint64_t rate, size_t size)
{
	static uint8_t packet[MAX_SIZE];
	int64_t start = now_ns(CLOCK_MONOTONIC);
	uint64_t errors = 0, seq;

	prctl(PR_SET_TIMERSLACK, 1);
	for (seq = 0; seq < count && !stop; seq++) {
		int64_t due = start + (int64_t)(seq * 1000000000ULL / rate);
		int64_t early = due - now_ns(CLOCK_MONOTONIC);

		/* Sleeping for less than it takes would make bursts; waiting for
		 * more without sleep takes a CPU from those that are measured. */
		if (early > MIN_SLEEP_NS) {
			struct timespec ts = {early / 1000000000LL, early % 1000000000LL};

			nanosleep(&ts, NULL);
		}
		memcpy(packet, &seq, sizeof(seq));
		if (sendto(fd, packet, size, 0, (const struct sockaddr *)&to->sa, to->len) < 0)
			errors++;
	}
	printf("{\"sent\": %" PRIu64 ", \"errors\": %" PRIu64 "}\n", seq - errors, errors);
	return errors ? 1 : 0;
}

static void tally_packet(struct tally *t, uint64_t seq)
{
	int64_t now = now_ns(CLOCK_REALTIME) / 1000;
	uint8_t bit = (uint8_t)(1 << (seq % 8));

	if (seq >= t->count)
		return;
	if (t->seen[seq / 8] & bit) {
		t->duplicates++;
		return;
	}
	t->seen[seq / 8] |= bit;
	if (!t->received++)
		t->first_us = now;
	else if (now - t->last_us > t->max_gap_us)
		t->max_gap_us = now - t->last_us;
	t->last_us = now;
	if (seq + 1 > t->highest)
		t->highest = seq + 1;
	else
		t->reordered++;
}

static int receive_all(int fd, uint64_t count, int idle_ms)
{
	struct tally t = {.count = count};
	static uint8_t packet[MAX_SIZE];

	t.seen = calloc(1, count / 8 + 1);
	if (!t.seen)
		return 1;
	printf("ready\n");
	fflush(stdout);
	while (!stop && t.received < count) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int n = poll(&p, 1, t.received ? idle_ms : -1);
		ssize_t len;
		uint64_t seq;

		if (n == 0)
			break;
		while ((len = recv(fd, packet, sizeof(packet), MSG_DONTWAIT)) >= 0) {
			if ((size_t)len < sizeof(seq))
				continue;
			memcpy(&seq, packet, sizeof(seq));
			tally_packet(&t, seq);
		}
	}
	printf("{\"received\": %" PRIu64 ", \"missing\": %" PRIu64 ", \"duplicates\": %" PRIu64
	       ", \"reordered\": %" PRIu64 ", \"first_us\": %" PRId64 ", \"last_us\": %" PRId64
	       ", \"max_gap_ms\": %" PRId64 "}\n",
	       t.received, t.highest - t.received, t.duplicates, t.reordered, t.first_us, t.last_us,
	       t.max_gap_us / 1000);
	free(t.seen);
	return 0;
}

static int open_socket(int family, const struct address *local)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0), bytes = 32 << 20;

	if (fd < 0)
		return -errno;
	/* A receiver that is not scheduled for a while must not lose packets. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	if (local && bind(fd, (const struct sockaddr *)&local->sa, local->len)) {
		close(fd);
		return -errno;
	}
	return fd;
}

static int usage(void)
{
	fprintf(stderr, "usage: udp_flow send IP PORT COUNT RATE [SIZE [SOURCE-PORT]]\n"
			"       udp_flow recv IP PORT COUNT IDLE_MS\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct sigaction term = {.sa_handler = on_term};
	struct address peer, local;
	bool sending;
	size_t size;
	int fd;

	if (argc < 6 || address_parse(argv[2], atoi(argv[3]), &peer))
		return usage();
	sending = !strcmp(argv[1], "send");
	if (!sending && strcmp(argv[1], "recv"))
		return usage();
	size = argc > 6 ? (size_t)atol(argv[6]) : 32;
	if (size < sizeof(uint64_t) || size > MAX_SIZE || atoll(argv[4]) <= 0 || atol(argv[5]) <= 0)
		return usage();
	sigaction(SIGTERM, &term, NULL);

	address_parse(peer.sa.ss_family == AF_INET ? "0.0.0.0" : "::", argc > 7 ? atoi(argv[7]) : 0,
		      &local);
	fd = open_socket(peer.sa.ss_family, sending ? &local : &peer);
	if (fd < 0) {
		fprintf(stderr, "udp_flow: %s port %s: %s\n", argv[2], argv[3], strerror(-fd));
		return 1;
	}
	if (sending)
		return send_all(fd, &peer, strtoull(argv[4], NULL, 0), strtoull(argv[5], NULL, 0),
				size);
	return receive_all(fd, strtoull(argv[4], NULL, 0), atoi(argv[5]));
}
