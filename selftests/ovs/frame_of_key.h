/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A frame that has a given flow key.
 */
#ifndef OVS_FRAME_OF_KEY_H
#define OVS_FRAME_OF_KEY_H

#include "flow.h"
#include "packet.h"

struct frame_choice {
	bool ext6; /* IPv6: with a header of options in front of L4 */
	bool inner_ipv6; /* MPLS: what is below the labels, else IPv4 */
	bool no_udp_csum; /* UDP over IPv4 without a checksum */
};

/* The key is as a parser makes it. */
void frame_of_key(const struct flow_key *key, const struct frame_choice *choice,
		  struct packet *out);

#endif /* OVS_FRAME_OF_KEY_H */
