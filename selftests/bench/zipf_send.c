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
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ruleset.h"
#include "selftests/tools/raw_frame.h"

#define SLACK_NS 100000
#define BURST 16 /* frames between two looks at the clock */
#define PROTO_ICMP 1
#define PROTO_TCP 6

struct sender {
	int fd;
	unsigned char frame[RAW_FRAME_LEN];
	uint64_t sent, errors;
};

static void build(unsigned char *f, const struct tuple_packet *p)
{
	size_t l4_len = RAW_FRAME_LEN - RAW_L4;

	memset(f + RAW_L4, 0, l4_len);
	raw_put_ip4(f, p->proto, p->src, p->dst);
	if (p->proto == PROTO_ICMP) {
		f[RAW_L4] = (unsigned char)p->sport;
		f[RAW_L4 + 1] = (unsigned char)p->dport;
		put16(f + RAW_L4 + 2, checksum(sum16(f + RAW_L4, l4_len)));
		return;
	}
	put16(f + RAW_L4, p->sport);
	put16(f + RAW_L4 + 2, p->dport);
	if (p->proto == PROTO_TCP) {
		f[RAW_L4 + 12] = 0x50; /* header of five words */
		f[RAW_L4 + 13] = 0x10; /* ACK */
		put16(f + RAW_L4 + 16, checksum(raw_pseudo_sum(f) + sum16(f + RAW_L4, l4_len)));
	} else {
		put16(f + RAW_L4 + 4, (uint32_t)l4_len);
		put16(f + RAW_L4 + 6, checksum(raw_pseudo_sum(f) + sum16(f + RAW_L4, l4_len)));
	}
}

/* 'order' is NULL for each flow once. */
static void send_all(struct sender *s, const struct ruleset *rs, const uint32_t *order, size_t n,
		     uint64_t rate)
{
	int64_t start = clock_ns(CLOCK_MONOTONIC);

	for (size_t i = 0; i < n; i++) {
		if (i % BURST == 0)
			sleep_until(start + (int64_t)(i * 1000000000ULL / rate), SLACK_NS);
		build(s->frame, &rs->flows[order ? order[i] : i]);
		if (send(s->fd, s->frame, RAW_FRAME_LEN, 0) == RAW_FRAME_LEN)
			s->sent++;
		else
			s->errors++;
	}
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
	err = ruleset_read(&rs, argv[2]);
	if (!err) {
		s.fd = raw_open(argv[1]);
		err = s.fd < 0 ? s.fd : 0;
	}
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
