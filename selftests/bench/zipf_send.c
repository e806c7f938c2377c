// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The packets of a rule set (ruleset.h) as frames on a device, paced: the
 * traffic of zipf_cache.sh.
 *
 *   zipf_send DEV FILE each|zipf|uniform RATE SOURCE-MAC DESTINATION-MAC
 *
 * "each" sends one frame of each flow, the others the whole trace. Frames are
 * whole: headers and checksums of IPv4 with TCP, UDP or ICMP.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "ruleset.h"

#define FRAME_LEN 60
#define L3 14
#define L4 34
#define BURST 16 /* frames between two looks at the clock */
#define PROTO_ICMP 1
#define PROTO_TCP 6

struct sender {
	int fd;
	unsigned char frame[FRAME_LEN];
	uint64_t sent, errors;
};

static void put16(unsigned char *at, uint32_t value)
{
	at[0] = (unsigned char)(value >> 8);
	at[1] = (unsigned char)value;
}

static void put32(unsigned char *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static uint32_t sum16(const unsigned char *data, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i += 2)
		sum += (uint32_t)data[i] << 8 | data[i + 1];
	return sum;
}

static uint32_t checksum(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

/* An Ethernet frame without payload but for the padding that IP counts as its
 * own, so that the lengths need no looking after. */
static void build(unsigned char *f, const struct tuple_packet *p)
{
	size_t l4_len = FRAME_LEN - L4;
	uint32_t pseudo;

	memset(f + L3, 0, FRAME_LEN - L3);
	f[L3] = 0x45;
	put16(f + L3 + 2, FRAME_LEN - L3);
	put16(f + L3 + 6, 0x4000); /* not to be fragmented */
	f[L3 + 8] = 64;
	f[L3 + 9] = p->proto;
	put32(f + L3 + 12, p->src);
	put32(f + L3 + 16, p->dst);
	put16(f + L3 + 10, checksum(sum16(f + L3, L4 - L3)));

	pseudo = sum16(f + L3 + 12, 8) + p->proto + (uint32_t)l4_len;
	if (p->proto == PROTO_ICMP) {
		f[L4] = (unsigned char)p->sport;
		f[L4 + 1] = (unsigned char)p->dport;
		put16(f + L4 + 2, checksum(sum16(f + L4, l4_len)));
		return;
	}
	put16(f + L4, p->sport);
	put16(f + L4 + 2, p->dport);
	if (p->proto == PROTO_TCP) {
		f[L4 + 12] = 0x50; /* header of five words */
		f[L4 + 13] = 0x10; /* ACK */
		put16(f + L4 + 16, checksum(pseudo + sum16(f + L4, l4_len)));
	} else {
		put16(f + L4 + 4, (uint32_t)l4_len);
		put16(f + L4 + 6, checksum(pseudo + sum16(f + L4, l4_len)));
	}
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void wait_until(int64_t due)
{
	int64_t early = due - now_ns();

	/* Sleeping for less than the timer's slack would make bursts. */
	if (early > 100000) {
		struct timespec ts = {early / 1000000000LL, early % 1000000000LL};

		nanosleep(&ts, NULL);
	}
}

/* 'order' is NULL for each flow once. */
static void send_all(struct sender *s, const struct ruleset *rs, const uint32_t *order, size_t n,
		     uint64_t rate)
{
	int64_t start = now_ns();

	for (size_t i = 0; i < n; i++) {
		if (i % BURST == 0)
			wait_until(start + (int64_t)(i * 1000000000ULL / rate));
		build(s->frame, &rs->flows[order ? order[i] : i]);
		if (send(s->fd, s->frame, FRAME_LEN, 0) == FRAME_LEN)
			s->sent++;
		else
			s->errors++;
	}
}

static int open_device(struct sender *s, const char *dev)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(dev)};
	int on = 1;

	if (!to.sll_ifindex)
		return -errno;
	/* Protocol 0: nothing is received. */
	s->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return -errno;
	if (setsockopt(s->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) ||
	    bind(s->fd, (const struct sockaddr *)&to, sizeof(to)))
		return -errno;
	return 0;
}

static int parse_mac(const char *text, unsigned char *mac)
{
	unsigned int b[6];

	if (sscanf(text, "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) != 6)
		return -EINVAL;
	for (int i = 0; i < 6; i++)
		mac[i] = (unsigned char)b[i];
	return 0;
}

int main(int argc, char **argv)
{
	struct sender s = {.fd = -1};
	struct ruleset rs;
	const uint32_t *order = NULL;
	bool each = argc == 7 && !strcmp(argv[3], "each");
	bool zipf = argc == 7 && !strcmp(argv[3], "zipf");
	int err;

	if (argc != 7 || !(each || zipf || !strcmp(argv[3], "uniform")) || atol(argv[4]) <= 0 ||
	    parse_mac(argv[5], s.frame + 6) || parse_mac(argv[6], s.frame)) {
		fprintf(stderr, "usage: zipf_send DEV FILE each|zipf|uniform RATE SOURCE-MAC "
				"DESTINATION-MAC\n");
		return 2;
	}
	put16(s.frame + 12, 0x0800);
	err = ruleset_read(&rs, argv[2]);
	err = err ? err : open_device(&s, argv[1]);
	if (err) {
		fprintf(stderr, "zipf_send: %s, %s: %s\n", argv[1], argv[2], strerror(-err));
		return 1;
	}
	if (!each)
		order = rs.trace[zipf ? TRACE_ZIPF : TRACE_UNIFORM];
	send_all(&s, &rs, order, each ? rs.n_flows : rs.n_packets, strtoull(argv[4], NULL, 0));
	printf("{\"sent\": %llu, \"errors\": %llu}\n", (unsigned long long)s.sent,
	       (unsigned long long)s.errors);
	ruleset_fini(&rs);
	return s.errors ? 1 : 0;
}
