/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * AF_XDP sockets that the daemon makes for somebody else to use: it keeps a
 * descriptor of each, and never gives them rings or binds them.
 */
#ifndef PORT_XSK_SOCKETS_H
#define PORT_XSK_SOCKETS_H

#include "xvs/limits.h"
#include "xvs/types.h"

struct xsk_sockets {
	__u32 n; /* 0: none are open */
	int fd[XVS_MAX_XSK_QUEUES]; /* by queue */
};

/* 0 or -errno, and then none are open. */
int xsk_sockets_open(struct xsk_sockets *s, __u32 n);
void xsk_sockets_close(struct xsk_sockets *s);
/* How many are bound, and of these how many without copying. */
void xsk_sockets_look(const struct xsk_sockets *s, __u32 *bound, __u32 *zero_copy);

#endif /* PORT_XSK_SOCKETS_H */
