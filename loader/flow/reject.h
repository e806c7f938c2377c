/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The answer to a packet that the policy rejects: a frame for the port that the
 * packet came in by.
 *
 * TCP gets a reset that its sender accepts (RFC 9293, 3.10.7.1), everything else
 * ICMP "communication administratively prohibited" (3/13, RFC 1812) or ICMPv6 1/1
 * (RFC 4443), with as much of the packet as such a message may have. It comes from
 * the address that the packet was for, in the same VLANs.
 *
 * No answer is made where a standard forbids it, or where it could be used against
 * others: to a reset; to ICMP errors and redirects; to what was for, or comes from, a
 * group or no host at all; to later fragments; to what is cut short.
 *
 * Pure; any thread.
 */
#ifndef FLOW_REJECT_H
#define FLOW_REJECT_H

#include <stddef.h>

#include "xvs/types.h"

/* Ethernet with two tags, and an ICMPv6 error of 1,280 bytes. */
#define REJECT_MAX_BYTES 1344

struct reject_packet {
	const __u8 *frame; /* tags in-band */
	size_t len;
	__u16 l3_off;
	__u16 l4_off; /* 0: none, or not known */
	__u8 nw_proto; /* of l4_off: behind IPv6's extension headers */
	__u8 nw_frag; /* XVS_FRAG_* */
};

/* Writes the answer to 'out', of REJECT_MAX_BYTES; its length, or 0: there is none. Its
 * IP header is at l3_off, too. All checksums are right. */
size_t reject_build(const struct reject_packet *in, __u8 *out);

#endif /* FLOW_REJECT_H */
