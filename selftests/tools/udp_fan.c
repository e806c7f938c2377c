// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One paced sequence of numbered packets spread over many UDP flows, its
 * receivers, and the comparison of what they got: for tests in which a change
 * sends all flows elsewhere at once (flow_replace_100k.sh). One sender on one
 * CPU gives the packets an order, and a change must be one point in it.
 *
 *   udp_fan send IP PORT COUNT RATE FLOWS     from source port 20000 on
 *   udp_fan recv IP PORT FILE                 until SIGTERM
 *   udp_fan compare COUNT TOS FILE TOS FILE   TOS: what each receiver is due
 *   udp_fan between COUNT FILE TOS FROM TO    FROM, TO: microseconds of the epoch
 *
 * A receiver writes a record for each packet to FILE. 'compare' prints JSON:
 * how many of COUNT packets came, came to both or twice, carried another TOS
 * than that of their receiver, how often the receiver changed from one packet
 * to the next, and how many microseconds the slowest was on its way. 'between' does
 * so for one receiver and what was sent in that time: how many had that TOS, how
 * many another, how many of the numbers in between are missing, and when, counted
 * from FROM, the last one with that TOS was sent. (flow_storm.c sends such packets
 * too.)
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FIRST_PORT 20000
#define MAX_FLOWS 40000
#define BUFFER_BYTES (64 << 20)
#define MIN_SLEEP_NS 100000
#define MAX_LATE_NS 1000000

struct packet {
	uint64_t seq;
	int64_t sent_us;
};

struct record {
	uint64_t seq;
	int64_t sent_us;
	uint32_t delay_us;
	uint32_t tos;
};

/* What one sequence number has come to. */
struct fate {
	int64_t sent_us;
	uint32_t delay_us;
	uint8_t receiver; /* 0: none, 1, 2 */
	uint8_t copies;
	bool wrong_tos;
};

static volatile sig_atomic_t stop;

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

static int fail(const char *what)
{
	fprintf(stderr, "udp_fan: %s: %m\n", what);
	return 1;
}

static bool address(struct sockaddr_in *sa, const char *ip, int port)
{
	*sa = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	return inet_pton(AF_INET, ip, &sa->sin_addr) == 1;
}

/* A socket of its own for each flow; -1: failed. */
static int open_flow(const struct sockaddr_in *to, int port)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in from;

	address(&from, "0.0.0.0", port);
	if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof(from)) ||
	    connect(fd, (const struct sockaddr *)to, sizeof(*to)))
		return -1;
	return fd;
}

/* Returns the time from which the next packet's is counted. Sleeping for less
 * than the timer's slack would make bursts, and so would catching up: a sender
 * that did not run for a while goes on at its pace. */
static int64_t wait_until(int64_t due_ns)
{
	int64_t now = now_ns(CLOCK_MONOTONIC), early = due_ns - now;
	struct timespec ts = {early / 1000000000LL, early % 1000000000LL};

	if (early > MIN_SLEEP_NS)
		nanosleep(&ts, NULL);
	return early < -MAX_LATE_NS ? now : due_ns;
}

static int run_send(const struct sockaddr_in *to, uint64_t count, uint64_t rate, int n_flows)
{
	int *fds = calloc((size_t)n_flows, sizeof(*fds));
	int64_t due, period = (int64_t)(1000000000ULL / rate);
	uint64_t seq, errors = 0;
	cpu_set_t one;

	for (int i = 0; fds && i < n_flows; i++) {
		fds[i] = open_flow(to, FIRST_PORT + i);
		if (fds[i] < 0)
			return fail("socket of a flow");
	}
	if (!fds)
		return fail("flows");
	/* The order of sending is the order of arrival on one CPU only. */
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	printf("ready\n");
	fflush(stdout);
	due = now_ns(CLOCK_MONOTONIC);
	for (seq = 0; seq < count && !stop; seq++) {
		struct packet p = {.seq = seq};

		due = wait_until(due) + period;
		p.sent_us = now_ns(CLOCK_REALTIME) / 1000;
		if (send(fds[seq % (uint64_t)n_flows], &p, sizeof(p), 0) != sizeof(p))
			errors++;
	}
	printf("{\"sent\": %" PRIu64 ", \"errors\": %" PRIu64 "}\n", seq, errors);
	free(fds);
	return errors != 0;
}

/* One packet with its TOS and its time on the way, which ends where the kernel
 * has it: the receiver may be late. -1: none is there. */
static int receive_one(int fd, struct record *r)
{
	struct packet p;
	struct iovec iov = {&p, sizeof(p)};
	char control[128];
	struct timespec at;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT);

	if (n != sizeof(p))
		return -1;
	*r = (struct record){
		.seq = p.seq,
		.sent_us = p.sent_us,
		.tos = 256,
	};
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS)
			r->tos = *CMSG_DATA(c);
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&at, CMSG_DATA(c), sizeof(at));
		r->delay_us = (uint32_t)(at.tv_sec * 1000000LL + at.tv_nsec / 1000 - p.sent_us);
	}
	return 0;
}

static int run_recv(const struct sockaddr_in *at, const char *path)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1, bytes = BUFFER_BYTES;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	FILE *out = fopen(path, "we");
	struct record r;
	bool last;

	if (fd < 0 || !out || bind(fd, (const struct sockaddr *)at, sizeof(*at)) ||
	    setsockopt(fd, IPPROTO_IP, IP_RECVTOS, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)))
		return fail(path);
	/* A receiver that is not scheduled for a while must not lose packets. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	printf("ready\n");
	fflush(stdout);
	do {
		last = stop;
		poll(&p, 1, 100);
		while (!receive_one(fd, &r))
			fwrite(&r, sizeof(r), 1, out);
	} while (!last);
	return fclose(out) ? fail(path) : 0;
}

static int read_fates(const char *path, uint32_t tos, uint8_t receiver, struct fate *fates,
		      uint64_t count)
{
	FILE *in = fopen(path, "re");
	struct record r;

	if (!in)
		return fail(path);
	while (fread(&r, sizeof(r), 1, in) == 1) {
		struct fate *f;

		if (r.seq >= count)
			continue;
		f = &fates[r.seq];
		f->receiver = receiver;
		f->sent_us = r.sent_us;
		f->wrong_tos |= r.tos != tos;
		if (r.delay_us > f->delay_us)
			f->delay_us = r.delay_us;
		if (f->copies < UINT8_MAX)
			f->copies++;
	}
	fclose(in);
	return 0;
}

static int run_compare(uint64_t count, char **argv)
{
	struct fate *fates = calloc(count + 1, sizeof(*fates));
	uint64_t received = 0, doubled = 0, wrong = 0, changes = 0;
	uint32_t slowest = 0;
	uint8_t last = 0;

	if (!fates)
		return fail("compare");
	for (uint8_t i = 0; i < 2; i++)
		if (read_fates(argv[2 * i + 1], (uint32_t)atoi(argv[2 * i]), i + 1, fates, count))
			return 1;
	for (uint64_t i = 0; i < count; i++) {
		const struct fate *f = &fates[i];

		if (!f->copies)
			continue;
		received++;
		doubled += f->copies > 1;
		wrong += f->wrong_tos;
		changes += last && f->receiver != last;
		last = f->receiver;
		if (f->delay_us > slowest)
			slowest = f->delay_us;
	}
	printf("{\"received\": %" PRIu64 ", \"missing\": %" PRIu64 ", \"doubled\": %" PRIu64
	       ", \"wrong_tos\": %" PRIu64 ", \"changes\": %" PRIu64 ", \"slowest_us\": %u}\n",
	       received, count - received, doubled, wrong, changes, slowest);
	free(fates);
	return 0;
}

static int run_between(uint64_t count, const char *path, uint32_t tos, int64_t from, int64_t to)
{
	struct fate *fates = calloc(count + 1, sizeof(*fates));
	uint64_t got = 0, others = 0, missing = 0, doubled = 0, hole = 0;
	int64_t last_us = -1;

	if (!fates)
		return fail("between");
	if (read_fates(path, tos, 1, fates, count))
		return 1;
	for (uint64_t i = 0; i < count; i++) {
		const struct fate *f = &fates[i];

		/* When it was sent is not known, but what was before and behind. */
		hole += !f->copies && got + others;
		if (!f->copies || f->sent_us < from || f->sent_us >= to)
			continue;
		missing += hole;
		hole = 0;
		doubled += f->copies > 1;
		if (f->wrong_tos) {
			others++;
			continue;
		}
		got++;
		if (f->sent_us - from > last_us)
			last_us = f->sent_us - from;
	}
	printf("{\"got\": %" PRIu64 ", \"others\": %" PRIu64 ", \"missing\": %" PRIu64
	       ", \"doubled\": %" PRIu64 ", \"last_us\": %" PRId64 "}\n",
	       got, others, missing, doubled, last_us);
	free(fates);
	return 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: udp_fan send IP PORT COUNT RATE FLOWS\n"
			"       udp_fan recv IP PORT FILE\n"
			"       udp_fan compare COUNT TOS FILE TOS FILE\n"
			"       udp_fan between COUNT FILE TOS FROM TO\n");
	return 2;
}

int main(int argc, char **argv)
{
	const struct rlimit files = {MAX_FLOWS + 100, MAX_FLOWS + 100};
	struct sigaction term = {.sa_handler = on_term};
	struct sockaddr_in peer;

	sigaction(SIGTERM, &term, NULL);
	setrlimit(RLIMIT_NOFILE, &files);
	if (argc == 7 && !strcmp(argv[1], "compare"))
		return run_compare(strtoull(argv[2], NULL, 0), argv + 3);
	if (argc == 7 && !strcmp(argv[1], "between"))
		return run_between(strtoull(argv[2], NULL, 0), argv[3], (uint32_t)atoi(argv[4]),
				   atoll(argv[5]), atoll(argv[6]));
	if (argc < 4 || !address(&peer, argv[2], atoi(argv[3])))
		return usage();
	if (argc == 5 && !strcmp(argv[1], "recv"))
		return run_recv(&peer, argv[4]);
	if (argc != 7 || strcmp(argv[1], "send") || atoll(argv[4]) <= 0 || atoll(argv[5]) <= 0 ||
	    atoi(argv[6]) <= 0 || atoi(argv[6]) > MAX_FLOWS)
		return usage();
	return run_send(&peer, strtoull(argv[4], NULL, 0), strtoull(argv[5], NULL, 0),
			atoi(argv[6]));
}
