// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Resets and ICMP errors, byte by byte; see reject.h.
 */
#include "reject.h"

#include <string.h>

#include "proto.h"
#include "xvs/flow_key.h"

#define IP4_LEN 20
#define IP6_LEN 40
#define TCP_LEN 20
#define ICMP_LEN 8
#define ANSWER_TTL 64
/* What an error may be with its IP header: RFC 1812, 4.3.2.3, and RFC 4443, 2.4. */
#define ICMP_MAX_BYTES 576
#define ICMP6_MAX_BYTES 1280
#define ICMP_UNREACHABLE 3
#define ICMP_PROHIBITED 13
#define ICMP6_UNREACHABLE 1
#define ICMP6_PROHIBITED 1
#define ICMP6_FIRST_QUERY 128 /* what is below is an error */
#define ICMP6_REDIRECT 137

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

/* The packet from its IP header on, in bounds that have been checked. */
struct ip_view {
	const __u8 *ip;
	size_t len; /* IP packet, without padding behind it */
	size_t l4; /* from 'ip' on; 0: none */
	bool v6;
};

static __u32 get16(const __u8 *p)
{
	return (__u32)p[0] << 8 | p[1];
}

static __u32 get32(const __u8 *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static void put16(__u8 *p, __u32 v)
{
	p[0] = (__u8)(v >> 8);
	p[1] = (__u8)v;
}

static void put32(__u8 *p, __u32 v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/* RFC 1071, in host order. */
static __u32 csum_add(__u32 sum, const __u8 *p, size_t n)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		sum += get16(p + i);
	if (n & 1)
		sum += (__u32)p[n - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* A large segment that its sender has not cut yet may say 0, or what it cannot be. */
static size_t ip_len(const struct ip_view *v, size_t room)
{
	size_t len = v->v6 ? get16(v->ip + 4) + IP6_LEN : get16(v->ip + 2);

	return len > room || len <= (v->v6 ? IP6_LEN : IP4_LEN) ? room : len;
}

static bool look(const struct reject_packet *in, struct ip_view *v)
{
	size_t room;

	/* Two addresses, and an EtherType right in front of the packet. */
	if (in->l3_off < 14 || in->len < in->l3_off + (size_t)IP4_LEN)
		return false;
	room = in->len - in->l3_off;
	v->ip = in->frame + in->l3_off;
	v->v6 = v->ip[0] >> 4 == 6;
	if (!v->v6 && v->ip[0] >> 4 != 4)
		return false;
	if (v->v6 && room < IP6_LEN)
		return false;
	v->len = ip_len(v, room);
	v->l4 = in->l4_off > in->l3_off ? in->l4_off - in->l3_off : 0;
	return v->l4 < v->len;
}

static bool is_zero(const __u8 *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

/* One host, which may be answered or answered for. */
static bool is_host(const __u8 *addr, bool v6)
{
	static const __u8 loopback[16] = {[15] = 1};

	if (v6)
		return addr[0] != 0xff && !is_zero(addr, 16) && memcmp(addr, loopback, 16) != 0;
	return addr[0] && addr[0] != 127 && addr[0] < 224;
}

static const __u8 *src_of(const struct ip_view *v)
{
	return v->ip + (v->v6 ? 8 : 12);
}

static const __u8 *dst_of(const struct ip_view *v)
{
	return v->ip + (v->v6 ? 24 : 16);
}

static bool may_be_answered(const struct reject_packet *in, const struct ip_view *v)
{
	return !(in->frame[0] & 1) && !(in->frame[6] & 1) && !(in->nw_frag & XVS_FRAG_LATER) &&
	       is_host(src_of(v), v->v6) && is_host(dst_of(v), v->v6);
}

/* Ethernet and IP header of the answer, whose IP payload has 'n' bytes. */
static __u8 *put_headers(const struct reject_packet *in, const struct ip_view *v, __u8 proto,
			 size_t n, __u8 *out)
{
	__u8 *ip = out + in->l3_off;

	memcpy(out, in->frame + 6, 6);
	memcpy(out + 6, in->frame, 6);
	memcpy(out + 12, in->frame + 12, in->l3_off - 12u);
	memset(ip, 0, v->v6 ? IP6_LEN : IP4_LEN);
	if (v->v6) {
		ip[0] = 0x60;
		put16(ip + 4, (__u32)n);
		ip[6] = proto;
		ip[7] = ANSWER_TTL;
		memcpy(ip + 8, dst_of(v), 16);
		memcpy(ip + 24, src_of(v), 16);
		return ip + IP6_LEN;
	}
	ip[0] = 0x45;
	put16(ip + 2, (__u32)n + IP4_LEN);
	ip[8] = ANSWER_TTL;
	ip[9] = proto;
	memcpy(ip + 12, dst_of(v), 4);
	memcpy(ip + 16, src_of(v), 4);
	put16(ip + 10, ~csum_add(0, ip, IP4_LEN));
	return ip + IP4_LEN;
}

/* With the pseudo header: of IPv4 and IPv6 the sum is the same, as lengths are short. */
static __u32 l4_csum(const struct ip_view *v, __u8 proto, const __u8 *l4, size_t n)
{
	size_t addr = v->v6 ? 16 : 4;
	__u32 sum = csum_add(proto + (__u32)n, src_of(v), addr);

	sum = csum_add(sum, dst_of(v), addr);
	return ~csum_add(sum, l4, n);
}

static size_t build_reset(const struct reject_packet *in, const struct ip_view *v, __u8 *out)
{
	const __u8 *tcp = v->ip + v->l4;
	size_t header;
	__u8 *rst;
	__u8 flags;

	if (v->len - v->l4 < TCP_LEN)
		return 0;
	flags = tcp[13];
	header = 4u * (tcp[12] >> 4);
	if (flags & TCP_RST || header < TCP_LEN || header > v->len - v->l4)
		return 0;
	rst = put_headers(in, v, PROTO_TCP, TCP_LEN, out);
	memset(rst, 0, TCP_LEN);
	memcpy(rst, tcp + 2, 2);
	memcpy(rst + 2, tcp, 2);
	rst[12] = TCP_LEN / 4 << 4;
	if (flags & TCP_ACK) {
		memcpy(rst + 4, tcp + 8, 4);
		rst[13] = TCP_RST;
	} else {
		/* SYN and FIN take a number each. */
		put32(rst + 8, get32(tcp + 4) + (__u32)(v->len - v->l4 - header) +
				       !!(flags & TCP_SYN) + !!(flags & TCP_FIN));
		rst[13] = TCP_RST | TCP_ACK;
	}
	put16(rst + 16, l4_csum(v, PROTO_TCP, rst, TCP_LEN));
	return (size_t)(rst + TCP_LEN - out);
}

/* ICMP that is no query, or that asks for something other than an answer. */
static bool is_icmp_error(const struct reject_packet *in, const struct ip_view *v)
{
	__u8 type;

	if (in->nw_proto != (v->v6 ? PROTO_ICMPV6 : PROTO_ICMP))
		return false;
	if (!v->l4)
		return true;
	type = v->ip[v->l4];
	if (v->v6)
		return type < ICMP6_FIRST_QUERY || type == ICMP6_REDIRECT;
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static size_t build_unreachable(const struct reject_packet *in, const struct ip_view *v, __u8 *out)
{
	size_t most = v->v6 ? ICMP6_MAX_BYTES - IP6_LEN : ICMP_MAX_BYTES - IP4_LEN;
	size_t n = v->len + ICMP_LEN;
	__u8 proto = v->v6 ? PROTO_ICMPV6 : PROTO_ICMP;
	__u8 *icmp;

	if (is_icmp_error(in, v))
		return 0;
	if (n > most)
		n = most;
	icmp = put_headers(in, v, proto, n, out);
	memset(icmp, 0, ICMP_LEN);
	icmp[0] = v->v6 ? ICMP6_UNREACHABLE : ICMP_UNREACHABLE;
	icmp[1] = v->v6 ? ICMP6_PROHIBITED : ICMP_PROHIBITED;
	memcpy(icmp + ICMP_LEN, v->ip, n - ICMP_LEN);
	put16(icmp + 2, v->v6 ? l4_csum(v, proto, icmp, n) : ~csum_add(0, icmp, n));
	return (size_t)(icmp + n - out);
}

size_t reject_build(const struct reject_packet *in, __u8 *out)
{
	struct ip_view v;

	/* Two addresses, two tags, an EtherType: further off it is no plain packet. */
	if (in->l3_off > 22 || !look(in, &v) || !may_be_answered(in, &v))
		return 0;
	if (in->nw_proto == PROTO_TCP)
		return v.l4 ? build_reset(in, &v, out) : 0;
	return build_unreachable(in, &v, out);
}
