/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How an xsk port's sockets pass from xvsd to the program that uses them.
 *
 * The daemon listens on a Unix socket of type SOCK_SEQPACKET for each xsk port,
 * $XVS_RUNDIR/xsk/<port>.sock. Whoever connects gets one message at once:
 *
 *   {"port": "vm3", "device": "vm3", "ifindex": 17, "queues": 2,
 *    "queue_ids": [0, 1]}
 *
 * with as many AF_XDP sockets (SCM_RIGHTS), one a queue and in that order; or, if
 * it is refused,
 *
 *   {"error": "port vm3: process 4711 holds its sockets"}
 *
 * and the end of the connection. The sockets are in the port's map already and
 * bound to nothing: their new owner registers its UMEM, sizes the rings, and binds
 * each to 'ifindex' and its queue, copying or not, with or without
 * XDP_USE_NEED_WAKEUP, XDP_USE_SG and XDP_SHARED_UMEM, as it likes. That takes no
 * privilege.
 *
 * The connection is what holds them. While it is open nobody else gets sockets of
 * the port; when its last descriptor is closed the daemon takes them out of the
 * map, and the port has no carrier until somebody connects again and gets new ones.
 * The daemon ends it when the port goes. What comes by it from the client is
 * ignored.
 */
#ifndef XVS_XSK_HANDOUT_H
#define XVS_XSK_HANDOUT_H

#define XVS_XSK_DIR "xsk"
#define XVS_XSK_SUFFIX ".sock"
/* Of the message. */
#define XVS_XSK_MESSAGE_BYTES 512

#endif /* XVS_XSK_HANDOUT_H */
