/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Frames on their way from an XDP program to a socket of xvsd.
 *
 * A port whose frames xvsd takes itself (XVS_PORT_F_SOCKET) is reached from a device
 * without the kernel's stack: the program redirects to the AF_XDP socket of the
 * queue that the frame came in by, which is the only one the kernel allows. All
 * such ports share that socket, so that the verdict travels with the frame: as
 * metadata, which the kernel copies into the chunk in front of it.
 */
#ifndef XVS_XSK_H
#define XVS_XSK_H

#include "xvs/limits.h"
#include "xvs/types.h"

/* Directly in front of the frame. Nothing else redirects to these sockets; the
 * magic tells it from what a chunk held before all the same. */
#define XVS_XSK_MAGIC 0x78767378 /* "xvsx" */
struct xvs_xsk_meta {
	__u32 magic;
	__u32 port_no; /* where the frame goes; already counted as sent there */
};
XVS_STATIC_ASSERT(sizeof(struct xvs_xsk_meta) % 4 == 0, "as the kernel wants metadata");

/* Element of xvs_xsks: the socket on a queue of the device of port 'in_port'. */
static inline __attribute__((always_inline)) __u32 xvs_xsk_key(__u32 in_port, __u32 queue)
{
	return in_port * XVS_XSK_QUEUES + queue;
}

#endif /* XVS_XSK_H */
