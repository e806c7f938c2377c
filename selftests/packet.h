/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Frames for tests: a frame is written as a list of layers, built with right
 * lengths and checksums, and may then be cut, padded or damaged on purpose.
 *
 *   struct layer in[] = { ETH, TAG(0x8100, 10), TYPE(0x0800), IP4(.proto = 6), TCP(), DATA(20) };
 *
 * Nothing is derived from the layer that follows: EtherTypes and protocols are
 * written out, so that a table row says what is in the frame, wrong or not. A
 * field that is left out has the value of the cast below.
 *
 * Used by selftests/prog_tests, selftests/bench, tests/unit/test_parse_user.c
 * and tests/fuzz. It shares no code with the parser or the executors.
 */
#ifndef SELFTESTS_PACKET_H
#define SELFTESTS_PACKET_H

#include <stdio.h>

#include "xvs/types.h"

/* The cast. vm1 sends, vm2 receives; gw is for rewrites. */
#define MAC_VM1                                    \
	{                                          \
		0x02, 0x00, 0x00, 0x00, 0x00, 0x01 \
	}
#define MAC_VM2                                    \
	{                                          \
		0x02, 0x00, 0x00, 0x00, 0x00, 0x02 \
	}
#define MAC_GW                                     \
	{                                          \
		0x02, 0xfe, 0x12, 0x34, 0x56, 0x78 \
	}
#define IP4_VM1 0x0a000001u /* 10.0.0.1 */
#define IP4_VM2 0x0a000002u
#define IP4_GW 0xc0a80afeu /* 192.168.10.254 */
#define IP6_ADDR(last)                                                          \
	{                                                                       \
		0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (last) \
	}
#define IP6_VM1 IP6_ADDR(1)
#define IP6_VM2 IP6_ADDR(2)
#define IP6_LL1                                                            \
	{                                                                  \
		0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe, 0, 0, 1 \
	}
#define PORT_SRC 40000
#define PORT_DST 80

/* A value of 0 where 0 means "the default". */
#define ZERO 0x10000

enum layer_kind {
	LAYER_END,
	LAYER_ETH, /* the two MAC addresses */
	LAYER_TAG, /* TPID and TCI */
	LAYER_TYPE, /* EtherType or 802.3 length */
	LAYER_ARP,
	LAYER_IP4,
	LAYER_IP6,
	LAYER_EXT6, /* hop-by-hop, routing, destination options; AH */
	LAYER_FRAG6,
	LAYER_TCP,
	LAYER_UDP,
	LAYER_SCTP,
	LAYER_ICMP, /* 8 bytes */
	LAYER_ICMP6, /* 8 bytes */
	LAYER_ND, /* ICMPv6 header, reserved word and target */
	LAYER_OPT, /* ND option with a link-layer address */
	LAYER_RAW, /* up to 48 bytes as they are */
	LAYER_DATA, /* a pattern */
};

enum layer_csum {
	CSUM_GOOD,
	CSUM_NONE, /* 0 */
	CSUM_BAD, /* good + 1 */
	CSUM_PARTIAL, /* the pseudo header's sum, as a sender with offload leaves it */
};

struct layer {
	enum layer_kind kind;
	enum layer_csum csum; /* of an L4 layer; IP4: its own */
	union {
		struct {
			__u8 dst[6];
			__u8 src[6];
		} eth; /* all zero: the default; vm1 to vm2 */
		struct {
			__u16 tpid;
			__u16 tci;
		} tag;
		__u16 type;
		struct {
			__u16 hrd, pro;
			__u32 hln, pln; /* 0: 6 and 4; ZERO: 0 */
			__u16 op;
			__u8 sha[6], tha[6];
			__u32 spa, tpa;
		} arp;
		struct {
			__u32 proto, ttl; /* ttl 0: 64 */
			__u8 tos, version, ihl;
			__u16 id, frag; /* frag: flags and offset in 8 bytes */
			__u32 tot_len; /* 0: right */
			__u32 src, dst;
		} ip4;
		struct {
			__u32 next, hlim; /* hlim 0: 64 */
			__u8 tc, version;
			__u32 label;
			__u32 len; /* 0: right */
			__u8 src[16], dst[16];
		} ip6;
		struct {
			__u8 next;
			__u8 units; /* as in the header */
			bool ah; /* units of 4 bytes, less 2 */
		} ext6;
		struct {
			__u8 next;
			__u16 off; /* in 8 bytes */
			bool more;
		} frag6;
		struct {
			__u32 src, dst; /* 0: default */
			__u32 flags, doff; /* TCP; doff 0: 5 */
			__u32 len; /* UDP; 0: right */
			__u32 vtag; /* SCTP */
		} l4;
		struct {
			__u8 type, code;
			__u32 rest;
			__u8 target[16]; /* ND */
		} icmp;
		struct {
			__u8 type;
			__u32 units; /* 0: 1; ZERO: 0 */
			__u8 mac[6];
		} opt;
		struct {
			__u8 bytes[48];
			__u8 n;
		} raw;
		__u32 data; /* bytes */
	};
};

#define ETH                       \
	{                         \
		.kind = LAYER_ETH \
	}
#define ETH_TO(...)                                       \
	{                                                 \
		.kind = LAYER_ETH, .eth = { __VA_ARGS__ } \
	}
#define TAG(tpid_, tci_)                                     \
	{                                                    \
		.kind = LAYER_TAG, .tag = {(tpid_), (tci_) } \
	}
#define TYPE(t)                                 \
	{                                       \
		.kind = LAYER_TYPE, .type = (t) \
	}
#define ARP(...)                                          \
	{                                                 \
		.kind = LAYER_ARP, .arp = { __VA_ARGS__ } \
	}
#define IP4(...)                                          \
	{                                                 \
		.kind = LAYER_IP4, .ip4 = { __VA_ARGS__ } \
	}
#define IP4_CSUM(mode, ...)                                               \
	{                                                                 \
		.kind = LAYER_IP4, .csum = (mode), .ip4 = { __VA_ARGS__ } \
	}
#define IP6(...)                                          \
	{                                                 \
		.kind = LAYER_IP6, .ip6 = { __VA_ARGS__ } \
	}
#define EXT6(next_, units_)                                                       \
	{                                                                         \
		.kind = LAYER_EXT6, .ext6 = {.next = (next_), .units = (units_) } \
	}
#define AH6(next_, units_)                                                                    \
	{                                                                                     \
		.kind = LAYER_EXT6, .ext6 = {.next = (next_), .units = (units_), .ah = true } \
	}
#define FRAG6(next_, off_, more_)                                         \
	{                                                                 \
		.kind = LAYER_FRAG6, .frag6 = {(next_), (off_), (more_) } \
	}
#define L4_LAYER(kind_, csum_, ...)                                     \
	{                                                               \
		.kind = (kind_), .csum = (csum_), .l4 = { __VA_ARGS__ } \
	}
#define TCP(...) L4_LAYER(LAYER_TCP, CSUM_GOOD, __VA_ARGS__)
#define UDP(...) L4_LAYER(LAYER_UDP, CSUM_GOOD, __VA_ARGS__)
#define SCTP(...) L4_LAYER(LAYER_SCTP, CSUM_GOOD, __VA_ARGS__)
#define TCP_CSUM(mode, ...) L4_LAYER(LAYER_TCP, mode, __VA_ARGS__)
#define UDP_CSUM(mode, ...) L4_LAYER(LAYER_UDP, mode, __VA_ARGS__)
#define SCTP_CSUM(mode, ...) L4_LAYER(LAYER_SCTP, mode, __VA_ARGS__)
#define ICMP(type_, code_)                                                      \
	{                                                                       \
		.kind = LAYER_ICMP, .icmp = {.type = (type_), .code = (code_) } \
	}
#define ICMP6(type_, code_)                                                      \
	{                                                                        \
		.kind = LAYER_ICMP6, .icmp = {.type = (type_), .code = (code_) } \
	}
#define ND(type_, ...)                                                              \
	{                                                                           \
		.kind = LAYER_ND, .icmp = {.type = (type_), .target = __VA_ARGS__ } \
	}
#define OPT(type_, ...)                                                          \
	{                                                                        \
		.kind = LAYER_OPT, .opt = {.type = (type_), .mac = __VA_ARGS__ } \
	}
#define OPT_LEN(type_, units_, ...)          \
	{                                    \
		.kind = LAYER_OPT,           \
		.opt = {.type = (type_),     \
			.units = (units_),   \
			.mac = __VA_ARGS__ } \
	}
#define RAW(n_, ...)                                                           \
	{                                                                      \
		.kind = LAYER_RAW, .raw = {.bytes = {__VA_ARGS__}, .n = (n_) } \
	}
#define DATA(n_)                                 \
	{                                        \
		.kind = LAYER_DATA, .data = (n_) \
	}

#define MAX_LAYERS 14
#define PACKET_MAX 65536

/* TCP flags. */
#define F_FIN 0x001
#define F_SYN 0x002
#define F_RST 0x004
#define F_PSH 0x008
#define F_ACK 0x010
#define F_URG 0x020
#define F_ECE 0x040
#define F_CWR 0x080
#define F_NS 0x100

struct packet {
	size_t len;
	size_t l3, l4; /* of the first such layer; 0: none */
	size_t sll, tll; /* of the first option's address; 0: none */
	size_t headers; /* end of the last layer that is not data */
	__u8 headroom[64]; /* for execute_ref */
	__u8 data[PACKET_MAX];
};

/* 'layers' ends with LAYER_END or after 'n'. */
void packet_build(struct packet *p, const struct layer *layers, size_t n);
/* Cuts to 'cut' bytes unless 0, appends 'pad' bytes of zero. */
void packet_trim(struct packet *p, size_t cut, size_t pad);
/* The bytes of a layer's default MAC and IP addresses, for expectations. */
extern const __u8 mac_vm1[6], mac_vm2[6], mac_gw[6];

/* From scratch, of a frame of any shape: NULL when all checksums that it has
 * are right (UDP none, fragments: not looked at), else what is wrong. */
const char *packet_csum_error(const __u8 *data, size_t len);
/* Computes what an offload left to do: the sum from 'start' on, to start + off. */
void packet_csum_finish(__u8 *data, size_t len, size_t start, size_t off);
__u16 packet_csum(const void *data, size_t len, __u32 sum);

/* States the length of a frame that was cut in its IP header. */
void packet_fix_ip_len(struct packet *p);

/* Prints both, marking bytes that differ; TAP comment lines. */
void packet_diff(FILE *f, const __u8 *got, size_t n_got, const __u8 *want, size_t n_want);
void packet_dump(FILE *f, const char *title, const __u8 *data, size_t len);

#endif /* SELFTESTS_PACKET_H */
