/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Connections that others announce: payload of a connection with an ALG (ct(alg=ftp),
 * ct(alg=tftp)) is read here, and what it announces is put into the table as an
 * expectation. The packet that begins it is then related, as its ct_state says, whatever
 * port it comes from.
 *
 * Payload is hostile. An end may announce itself only, so nobody opens the way to a third
 * party; one connection has one expectation at a time, and a zone XVS_CT_MAX_EXPECT.
 *
 * Addresses and ports in the payload of translated connections are not rewritten: what
 * is announced then is expected as it is said.
 *
 * Thread rule: the datapath thread.
 */
#ifndef SLOWPATH_CT_EXPECT_H
#define SLOWPATH_CT_EXPECT_H

#include "datapath_ct.h"

/* The last expectation of a connection, by a hash of its slot: one that finds another's
 * there takes its place in the list, and that one's expectation times out. */
#define CT_EXPECT_NOTES 1024

struct ct_expects {
	struct ct_expect_note {
		__u32 master, slot;
		__u8 master_seq, seq; /* of their words, while they are who they were */
		bool used;
	} notes[CT_EXPECT_NOTES];
};

/* What a packet carries. */
struct ct_payload {
	__u32 slot; /* of the connection */
	bool answer; /* from the end that did not begin it */
	const __u8 *data;
	size_t len;
};

/* true: something was announced, and is expected. */
bool ct_expect_look(struct ct_expects *x, struct dp *dp, const struct ct_payload *p);

#endif /* SLOWPATH_CT_EXPECT_H */
