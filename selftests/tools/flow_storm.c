// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Frames of many flows on a device, paced: what a switch's slow path, or its table of
 * connections, fears.
 *
 *   flow_storm DEV KIND RATE SECONDS SOURCE-MAC DESTINATION-MAC [OPTION=VALUE...]
 *
 * KIND is what the flows are:
 *
 *   random   source, destination and both ports are random in every frame
 *   walk     the explosion: source address, source port and destination port
 *            leave those of a rule (from=, sport=, dport=) behind 0 to 31, 0 to 15
 *            and 0 to 15 equal bits, all 8,192 combinations in turn, what follows
 *            the first bit that differs is random: a cache that un-wildcards
 *            prefixes needs a mask for each
 *   one      one flow
 *   each     flows=N in turn, half of them to dport, half to dport + 1; every
 *            other frame is of the first hot=N of them, if given
 *   syn      TCP connections that are begun and never answered: source address
 *            and port are random, to dport
 *
 *   to=IP from=IP      10.0.0.2, 10.0.0.1; "each" counts from 'from' on
 *   sport=N dport=N    7000, 5000
 *   seed=N
 *
 * Frames are whole, with checksums; all but those of "syn" are UDP and begin with a
 * number, which counts those to its port, and the time of sending in microseconds
 * (udp_fan.c reads both). A sender that was not scheduled catches up 50 ms at most. It
 * ends after SECONDS or on SIGTERM and prints JSON; "numbered" are those to dport and
 * to dport + 1.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "raw_frame.h"

#define PAYLOAD (RAW_L4 + 8)
#define BATCH 64
#define BATCHES_PER_S 4000 /* as often as the clock is looked at, if that is enough */
#define SLACK_NS 20000
#define MAX_LATE_NS 50000000
#define PROTO_TCP 6
#define PROTO_UDP 17
#define TCP_LEN 24 /* with the one option that each SYN has */
#define SRC_BITS 32
#define PORT_BITS 16

struct tuple {
	uint32_t src, dst, sport, dport;
};

struct storm {
	const struct kind *kind;
	struct tuple base;
	uint64_t rate, random, count, n_flows, n_hot;
	double seconds;
	uint64_t sent, errors;
	uint64_t numbered[2]; /* to base.dport, to the one behind it */
	unsigned char frames[BATCH][RAW_FRAME_LEN];
	int fd;
};

static volatile sig_atomic_t stop;

static void on_term(int signo)
{
	stop = 1;
}

/* xorshift64*: fast, and nobody guesses at it. */
static uint32_t storm_random(struct storm *s)
{
	s->random ^= s->random >> 12;
	s->random ^= s->random << 25;
	s->random ^= s->random >> 27;
	return (uint32_t)(s->random * 0x2545f4914f6cdd1dULL >> 32);
}

static void next_random(struct storm *s, struct tuple *t)
{
	uint32_t ports = storm_random(s);

	/* Unicast, and not this host. */
	t->src = 0x0b000000 | (storm_random(s) & 0x3fffffff);
	t->dst = 0x0b000000 | (storm_random(s) & 0x3fffffff);
	t->sport = ports >> 16;
	t->dport = ports & 0xffff;
}

/* Equal to 'value' in its first 'equal' bits of 'bits', different in the next. */
static uint32_t leave(struct storm *s, uint32_t value, unsigned int bits, unsigned int equal)
{
	uint32_t first = 1U << (bits - 1 - equal);

	return ((value ^ first) & ~(first - 1)) | (storm_random(s) & (first - 1));
}

static void next_walk(struct storm *s, struct tuple *t)
{
	uint64_t n = s->count;

	t->dport = leave(s, s->base.dport, PORT_BITS, (unsigned int)(n % PORT_BITS));
	n /= PORT_BITS;
	t->sport = leave(s, s->base.sport, PORT_BITS, (unsigned int)(n % PORT_BITS));
	n /= PORT_BITS;
	t->src = leave(s, s->base.src, SRC_BITS, (unsigned int)(n % SRC_BITS));
}

static void next_one(struct storm *s, struct tuple *t)
{
}

static void next_each(struct storm *s, struct tuple *t)
{
	uint64_t flow = s->n_hot ? s->count / 2 : s->count;

	flow = s->n_hot && s->count % 2 ? flow % s->n_hot : flow % s->n_flows;
	t->src += (uint32_t)(flow / 2);
	t->dport += (uint32_t)(flow % 2);
}

static void next_syn(struct storm *s, struct tuple *t)
{
	t->src = 0x0b000000 | (storm_random(s) & 0x3fffffff);
	t->sport = storm_random(s) & 0xffff;
}

static void put_udp(unsigned char *f, const struct tuple *t, uint64_t number, int64_t now_us)
{
	uint32_t sum;

	raw_put_ip4(f, PROTO_UDP, t->src, t->dst);
	put16(f + RAW_L4, t->sport);
	put16(f + RAW_L4 + 2, t->dport);
	put32(f + RAW_L4 + 4, (RAW_FRAME_LEN - RAW_L4) << 16);
	memcpy(f + PAYLOAD, &number, sizeof(number));
	memcpy(f + PAYLOAD + sizeof(number), &now_us, sizeof(now_us));
	sum = checksum(raw_pseudo_sum(f) + sum16(f + RAW_L4, RAW_FRAME_LEN - RAW_L4));
	put16(f + RAW_L4 + 6, sum ? sum : 0xffff); /* 0 stands for none */
}

/* It is shorter than the frame; the sequence number is like the ports, by chance. */
static void put_syn(unsigned char *f, const struct tuple *t, uint64_t number, int64_t now_us)
{
	unsigned char *ip = f + RAW_L3, *tcp = f + RAW_L4;
	uint32_t sum;

	raw_put_ip4(f, PROTO_TCP, t->src, t->dst);
	put16(ip + 2, RAW_L4 - RAW_L3 + TCP_LEN);
	put16(ip + 10, 0);
	put16(ip + 10, checksum(sum16(ip, RAW_L4 - RAW_L3)));
	put16(tcp, t->sport);
	put16(tcp + 2, t->dport);
	put32(tcp + 4, t->src * 0x9e3779b1 + t->sport);
	put32(tcp + 8, 0);
	put32(tcp + 12, (TCP_LEN / 4) << 28 | 0x02 << 16 | 0xfaf0); /* SYN, its window */
	put32(tcp + 16, 0);
	put32(tcp + 20, 0x020405b4); /* MSS 1460 */
	sum = sum16(ip + 12, 8) + PROTO_TCP + TCP_LEN + sum16(tcp, TCP_LEN);
	put16(tcp + 16, checksum(sum));
	memset(tcp + TCP_LEN, 0, RAW_FRAME_LEN - RAW_L4 - TCP_LEN);
}

static const struct kind {
	const char *name;
	void (*next)(struct storm *s, struct tuple *t);
	void (*put)(unsigned char *f, const struct tuple *t, uint64_t number, int64_t now_us);
} kinds[] = {
	{"random", next_random, put_udp}, {"walk", next_walk, put_udp}, {"one", next_one, put_udp},
	{"each", next_each, put_udp},     {"syn", next_syn, put_syn},
};

static void build(struct storm *s, unsigned char *f, int64_t now_us)
{
	struct tuple t = s->base;
	uint64_t number = 0;

	s->kind->next(s, &t);
	s->count++;
	if (t.dport == s->base.dport || t.dport == s->base.dport + 1)
		number = s->numbered[t.dport - s->base.dport]++;
	s->kind->put(f, &t, number, now_us);
}

static void send_batch(struct storm *s, unsigned int n)
{
	int64_t now_us = clock_ns(CLOCK_REALTIME) / 1000;
	struct iovec iov[BATCH];
	struct mmsghdr messages[BATCH] = {0};

	for (unsigned int i = 0; i < n; i++) {
		build(s, s->frames[i], now_us);
		iov[i] = (struct iovec){s->frames[i], RAW_FRAME_LEN};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
	}
	for (unsigned int done = 0; done < n;) {
		int sent = sendmmsg(s->fd, messages + done, n - done, 0);

		if (sent > 0) {
			s->sent += (uint64_t)sent;
			done += (unsigned int)sent;
		} else if (errno != EINTR) {
			s->errors++;
			done++;
		}
	}
}

static void run(struct storm *s)
{
	uint64_t n = s->rate / BATCHES_PER_S;
	int64_t period, start, due, now;

	n = n < 1 ? 1 : n > BATCH ? BATCH : n;
	period = (int64_t)(n * 1000000000ULL / s->rate);
	prctl(PR_SET_TIMERSLACK, 1);
	start = due = now = clock_ns(CLOCK_MONOTONIC);
	while (!stop && (double)(now - start) < s->seconds * 1e9) {
		sleep_until(due, SLACK_NS);
		now = clock_ns(CLOCK_MONOTONIC);
		if (now - due > MAX_LATE_NS)
			due = now;
		due += period;
		send_batch(s, (unsigned int)n);
	}
	printf("{\"sent\": %" PRIu64 ", \"errors\": %" PRIu64 ", \"per_s\": %.0f"
	       ", \"numbered\": [%" PRIu64 ", %" PRIu64 "]}\n",
	       s->sent, s->errors, now > start ? (double)s->sent * 1e9 / (double)(now - start) : 0,
	       s->numbered[0], s->numbered[1]);
}

static bool option_parse(struct storm *s, const char *text)
{
	const char *value = strchr(text, '=');
	struct in_addr address;
	uint64_t number;

	if (!value++)
		return false;
	if (!strncmp(text, "to=", 3) && inet_pton(AF_INET, value, &address) == 1) {
		s->base.dst = ntohl(address.s_addr);
		return true;
	}
	if (!strncmp(text, "from=", 5) && inet_pton(AF_INET, value, &address) == 1) {
		s->base.src = ntohl(address.s_addr);
		return true;
	}
	number = strtoull(value, NULL, 0);
	if (!strncmp(text, "sport=", 6))
		s->base.sport = number & 0xffff;
	else if (!strncmp(text, "dport=", 6))
		s->base.dport = number & 0xffff;
	else if (!strncmp(text, "flows=", 6) && number)
		s->n_flows = number;
	else if (!strncmp(text, "hot=", 4))
		s->n_hot = number;
	else if (!strncmp(text, "seed=", 5))
		s->random = number * 0x9e3779b97f4a7c15ULL | 1;
	else
		return false;
	return true;
}

static bool arguments_parse(struct storm *s, int argc, char **argv)
{
	if (argc < 7 || parse_mac(argv[5], s->frames[0] + 6) || parse_mac(argv[6], s->frames[0]))
		return false;
	for (int i = 1; i < BATCH; i++)
		memcpy(s->frames[i], s->frames[0], 12);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(argv[2], kinds[i].name))
			s->kind = &kinds[i];
	s->rate = strtoull(argv[3], NULL, 0);
	s->seconds = strtod(argv[4], NULL);
	for (int i = 7; i < argc; i++)
		if (!option_parse(s, argv[i]))
			return false;
	return s->kind && s->rate && s->seconds > 0;
}

int main(int argc, char **argv)
{
	static struct storm s = {
		.base = {0x0a000001, 0x0a000002, 7000, 5000},
		.random = 0x9e3779b97f4a7c15ULL,
		.n_flows = 1,
	};
	struct sigaction term = {.sa_handler = on_term};

	if (!arguments_parse(&s, argc, argv)) {
		fprintf(stderr,
			"usage: flow_storm DEV random|walk|one|each|syn RATE SECONDS SOURCE-MAC "
			"DESTINATION-MAC\n       [to=IP] [from=IP] [sport=N] [dport=N] [flows=N] "
			"[hot=N] [seed=N]\n");
		return 2;
	}
	sigaction(SIGTERM, &term, NULL);
	s.fd = raw_open(argv[1]);
	if (s.fd < 0) {
		fprintf(stderr, "flow_storm: %s: %s\n", argv[1], strerror(-s.fd));
		return 1;
	}
	run(&s);
	return 0;
}
