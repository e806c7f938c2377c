/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What senders of frames on a device share (flow_storm.c, bench/zipf_send.c):
 * bytes and checksums of IPv4, a socket that only sends, past queueing
 * disciplines, and the clock of a paced sender. Single-threaded programs.
 */
#ifndef SELFTESTS_RAW_FRAME_H
#define SELFTESTS_RAW_FRAME_H

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#define RAW_L3 14
#define RAW_L4 34
#define RAW_FRAME_LEN 60

static inline void put16(unsigned char *at, uint32_t value)
{
	at[0] = (unsigned char)(value >> 8);
	at[1] = (unsigned char)value;
}

static inline void put32(unsigned char *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

/* 'len' is even. */
static inline uint32_t sum16(const unsigned char *data, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i += 2)
		sum += (uint32_t)data[i] << 8 | data[i + 1];
	return sum;
}

static inline uint32_t checksum(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

/* The IPv4 header, behind which the rest of RAW_FRAME_LEN is the datagram: there is
 * no padding, so that the lengths need no looking after. */
static inline void raw_put_ip4(unsigned char *frame, unsigned char proto, uint32_t src,
			       uint32_t dst)
{
	unsigned char *ip = frame + RAW_L3;

	put16(frame + 12, ETHERTYPE_IP);
	put32(ip, 0x45000000 | (RAW_FRAME_LEN - RAW_L3));
	put32(ip + 4, 0x4000); /* not to be fragmented */
	put32(ip + 8, 64U << 24 | (uint32_t)proto << 16);
	put32(ip + 12, src);
	put32(ip + 16, dst);
	put16(ip + 10, checksum(sum16(ip, RAW_L4 - RAW_L3)));
}

/* Of the pseudo header that TCP and UDP put in front. */
static inline uint32_t raw_pseudo_sum(const unsigned char *frame)
{
	return sum16(frame + RAW_L3 + 12, 8) + frame[RAW_L3 + 9] + RAW_FRAME_LEN - RAW_L4;
}

static inline int64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* Sleeping for less than the timer's slack would make bursts. */
static inline void sleep_until(int64_t due_ns, int64_t slack_ns)
{
	int64_t early = due_ns - clock_ns(CLOCK_MONOTONIC);
	struct timespec ts = {early / 1000000000LL, early % 1000000000LL};

	if (early > slack_ns)
		nanosleep(&ts, NULL);
}

/* A socket that sends on the device; -errno. */
static inline int raw_open(const char *dev)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(dev)};
	int fd, on = 1;

	if (!to.sll_ifindex)
		return -errno;
	/* Protocol 0: nothing is received. */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) ||
	    bind(fd, (const struct sockaddr *)&to, sizeof(to)))
		return -errno;
	return fd;
}

static inline int parse_mac(const char *text, unsigned char *mac)
{
	unsigned int b[6];

	if (sscanf(text, "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) != 6)
		return -EINVAL;
	for (int i = 0; i < 6; i++)
		mac[i] = (unsigned char)b[i];
	return 0;
}

#endif /* SELFTESTS_RAW_FRAME_H */
