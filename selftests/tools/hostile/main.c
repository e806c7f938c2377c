// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * vhost_hostile [-l] SOCKET SECONDS SEED [LIFE]: lives of a hostile front end
 * (hostile.h), one after the other, for so many seconds; -l: it listens and the back
 * end connects. The same seed makes the same lives, but for what depends on the
 * answers and on time; LIFE is the number of the first one. Prints JSON.
 */
#include "hostile.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What a life may take longer than it wants before it is ended. */
#define GRACE_MS 3000

static struct {
	bool listens;
	const char *path;
	int seconds, listener;
	uint64_t seed;
	struct tally *tally;
} hostile = {.listener = -1};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* splitmix64 */
uint64_t draw(struct life *l)
{
	uint64_t z = l->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint64_t odd_number(struct life *l)
{
	static const uint64_t some[] = {0,          1,          0xff,       0x100,       0xfff,
					0x1000,     0x7fff,     0x8000,     0xffff,      0x10000,
					0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, INT64_MAX};
	uint64_t n = some[below(l, sizeof(some) / sizeof(some[0]))];

	switch (below(l, 4)) {
	case 0:
		return n;
	case 1:
		return ~n;
	case 2:
		return n + below(l, 64) - 32;
	default:
		return draw(l);
	}
}

static int make_listener(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", hostile.path);
	unlink(hostile.path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 1)) {
		fprintf(stderr, "vhost_hostile: %s: %s\n", hostile.path, strerror(errno));
		exit(1);
	}
	return fd;
}

/* The connection, or -1. */
static int meet(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct pollfd p = {hostile.listener, POLLIN, 0};
	int fd;

	if (hostile.listens)
		return poll(&p, 1, 2000) == 1 ? accept4(p.fd, NULL, NULL, SOCK_CLOEXEC) : -1;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", hostile.path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	close(fd);
	usleep(20000);
	return -1;
}

/* Writes garbage where descriptors and indices are, while they are read. */
static void scribble(struct life *l)
{
	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		uint64_t at = draw(l) % (l->rings.region.size - 8);

		if (getppid() == 1)
			_exit(0);
		/* Most often where indices are; else a bit of anything. */
		if (below(l, 8))
			at = (uint64_t)(l->ring[below(l, 2 * l->pairs)].avail - l->rings.at) + 2;
		l->rings.at[at] ^= (uint8_t)(1u << below(l, 8));
		if (!below(l, 64))
			usleep(50);
	}
}

static void on_sigbus(int sig)
{
	_exit(0);
}

/* Until 'end'; the connection ends with the process. */
static void live(struct life *l, int64_t end)
{
	bool frantic = !below(l, 8);
	unsigned int change = 1u << below(l, 10);

	signal(SIGBUS, on_sigbus);
	l->socket = meet();
	if (l->socket < 0 || !memory_make(l) || !negotiate(l))
		return;
	l->tally->running++;
	if (!below(l, 8))
		scribble(l);
	while (!l->lost && now_ms() < end) {
		for (unsigned int i = 0; i < 2 * l->pairs; i++)
			ring_work(l, i);
		if (!below(l, change) && !change_something(l))
			break;
		for (unsigned int n = frantic ? 256 : 0; n--;)
			ring_kick(l, below(l, 2 * l->pairs));
		/* Else this machine would do nothing but serve it. */
		if (!frantic && !below(l, 4))
			usleep(below(l, 400));
	}
}

static void life_init(struct life *l, uint64_t number)
{
	static const unsigned int wild[] = {0, 0, 2, 8, 32, 128, 512};

	memset(l, 0, sizeof(*l));
	l->random = hostile.seed * 1000003 + number;
	l->tally = hostile.tally;
	l->wild = wild[below(l, sizeof(wild) / sizeof(wild[0]))];
	l->pairs = 1 + below(l, MAX_PAIRS);
	l->ring_size = 1u << (1 + below(l, 10));
	l->packed = below(l, 2);
	l->indirect = below(l, 2);
}

/* Waits for the end of a life, and sees to it: true if it had to. */
static void attend(pid_t child, int64_t until)
{
	struct timespec ts = {0, 1000000};

	while (now_ms() < until) {
		if (waitpid(child, NULL, WNOHANG) == child)
			return;
		nanosleep(&ts, NULL);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	hostile.tally->killed++;
}

static void one_life(uint64_t number)
{
	static struct life l;
	int64_t start = now_ms(), length;
	bool violent;
	pid_t child;

	life_init(&l, number);
	/* A back end that connects does so once a second. */
	length = 1 + below(&l, hostile.listens ? 1500 : 250);
	violent = !below(&l, 4);
	hostile.tally->lives++;
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		live(&l, start + length);
		if (l.lost)
			l.tally->thrown_out++;
		_exit(0);
	}
	if (child < 0) {
		perror("vhost_hostile: fork");
		exit(1);
	}
	attend(child, violent ? start + length : start + length + GRACE_MS);
}

static void print(const struct tally *t, uint64_t lives_from)
{
	printf("{\"seed\": %" PRIu64 ", \"first\": %" PRIu64 ", \"lives\": %" PRIu64
	       ", \"running\": %" PRIu64 ", \"messages\": %" PRIu64 ", \"mutated\": %" PRIu64
	       ", \"answers\": %" PRIu64 ", \"descriptors\": %" PRIu64 ", \"kicks\": %" PRIu64
	       ", \"packets\": %" PRIu64 ", \"used\": %" PRIu64 ", \"truncated\": %" PRIu64
	       ", \"thrown_out\": %" PRIu64 ", \"killed\": %" PRIu64 "}\n",
	       hostile.seed, lives_from, t->lives, t->running, t->messages, t->mutated, t->answers,
	       t->descriptors, t->kicks, t->packets, t->frames_used, t->truncated, t->thrown_out,
	       t->killed);
}

int main(int argc, char **argv)
{
	uint64_t number, first;
	int64_t end;

	hostile.listens = argc > 1 && !strcmp(argv[1], "-l");
	argc -= hostile.listens;
	argv += hostile.listens;
	if (argc < 4 || argc > 5 || atoi(argv[2]) <= 0) {
		fprintf(stderr, "usage: vhost_hostile [-l] SOCKET SECONDS SEED [LIFE]\n");
		return 2;
	}
	hostile.path = argv[1];
	hostile.seconds = atoi(argv[2]);
	hostile.seed = strtoull(argv[3], NULL, 0);
	first = number = argc > 4 ? strtoull(argv[4], NULL, 0) : 0;
	hostile.tally = mmap(NULL, sizeof(*hostile.tally), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (hostile.tally == MAP_FAILED)
		return 1;
	signal(SIGPIPE, SIG_IGN);
	/* The guests beside it are to be disturbed by what it does, not by its need
	 * for processors. */
	if (nice(19) < 0 && errno)
		perror("vhost_hostile: nice");
	if (hostile.listens)
		hostile.listener = make_listener();
	end = now_ms() + hostile.seconds * 1000LL;
	while (now_ms() < end)
		one_life(number++);
	if (hostile.listens)
		unlink(hostile.path);
	print(hostile.tally, first);
	return 0;
}
