/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the payload of a connection says of another one: the pure half of the helpers for
 * protocols that agree on ports inside (ct(alg=ftp), ct(alg=tftp)).
 *
 * Payload is hostile. Nothing is believed here but syntax; who may announce which
 * address is for the caller to judge (loader/slowpath/ct_alg.c).
 */
#ifndef FLOW_CT_ALG_H
#define FLOW_CT_ALG_H

#include <stdbool.h>
#include <stddef.h>

#include "xvs/conntrack.h"

/* The end of a connection that somebody is about to listen at. */
struct ct_alg_end {
	__u8 family; /* 4 or 6; 0: the address is that of the speaker's own end */
	struct xvs_ct_addr addr;
	__u16 port; /* host order, never 0 */
};

/*
 * The last announcement among the whole lines of a segment of an FTP control connection
 * (RFC 959, 2428): PORT and EPRT of the client, the replies 227 and 229 of the server.
 * true: there is one. A line that is split over segments is not seen: clients and servers
 * send each with one write, and it is shorter than any segment.
 */
bool ct_alg_ftp(const __u8 *payload, size_t len, bool from_client, struct ct_alg_end *out);

/* A TFTP request to read or to write (RFC 1350): the answer comes from another port. */
bool ct_alg_tftp(const __u8 *payload, size_t len);

#endif /* FLOW_CT_ALG_H */
