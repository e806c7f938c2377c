/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What an answer of the domain name system says: names, and the addresses that they
 * have for a while.
 *
 * The policy's groups may have names as members. Their addresses are learned from the
 * answers that guests get (RFC 1035, the UDP payload). The name that was asked for and
 * those that it is an alias of (CNAME) all have the addresses at the end of the chain;
 * records that do not hang on the question say nothing, whatever they contain. The time
 * is the shortest of the chain's, within DNS_SNOOP_TTL_MIN_S and _MAX_S: a guest may
 * connect a moment after its resolver has the answer, even of a time to live of 0.
 *
 * Input is hostile. A pointer of a compressed name has to lead back, further with each,
 * so a name ends. Bytes that are no letter, digit, '-' or '_' become '?', which no
 * pattern has, so that a dot within a label does not look like one between two.
 *
 * Pure; any thread. Fuzzed by tests/fuzz/fuzz_dns_snoop.c.
 */
#ifndef FLOW_DNS_SNOOP_H
#define FLOW_DNS_SNOOP_H

#include <stddef.h>

#include "xvs/types.h"

#define DNS_SNOOP_NAME_LEN 256 /* as text without the final dot, and its terminator */
#define DNS_SNOOP_MAX_NAMES 16 /* of a chain; longer ones say nothing */
#define DNS_SNOOP_MAX_ADDRESSES 256 /* those behind are not learned */
#define DNS_SNOOP_MAX_RECORDS 512 /* of an answer; the same */
#define DNS_SNOOP_TTL_MIN_S 5
#define DNS_SNOOP_TTL_MAX_S 86400

struct dns_snoop {
	size_t n_names; /* the first is what was asked for */
	char name[DNS_SNOOP_MAX_NAMES][DNS_SNOOP_NAME_LEN]; /* lower case */
	size_t n_addresses;
	struct {
		__u8 addr[16]; /* IPv4: the first four bytes */
		bool v6;
		__u32 ttl_s;
	} address[DNS_SNOOP_MAX_ADDRESSES];
};

/* 0; -ENOENT: it is no answer, or has no addresses; -EINVAL: malformed. */
int dns_snoop_parse(const __u8 *msg, size_t len, struct dns_snoop *out);

#endif /* FLOW_DNS_SNOOP_H */
