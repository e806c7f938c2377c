/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The connection of a vhost-user device: listens or connects, again and again,
 * and carries messages between the socket and vhost_dev.h.
 *
 * Server: listens at 'path' (a stale socket there is removed, a living one or any
 * other file is refused); one front end at a time, a second one waits. Client: tries
 * to connect each second, and at once after a connection has ended. A message that
 * stays unfinished for VHOST_MSG_SECONDS ends the connection; until then nobody
 * waits for it.
 *
 * Thread rule: the thread of 'loop'.
 */
#ifndef VHOST_VHOST_SOCKET_H
#define VHOST_VHOST_SOCKET_H

#include "event.h"
#include "vhost_dev.h"

#define VHOST_MSG_SECONDS 5

struct vhost_socket;

struct vhost_socket_config {
	const char *path;
	bool client; /* else server */
	unsigned int mode; /* of the socket file, server; 0: 0660 */
	const char *owner; /* "user:group", "user", ":group" (server); NULL: as xvsd */
};

/* 0, or -errno with 'err' filled (the name of the port is 'port'). */
int vhost_socket_open(struct event_loop *loop, const struct vhost_socket_config *config,
		      struct vhost_dev *dev, const char *port, struct vhost_socket **out,
		      struct err *err);
/* Closes; a server's file is removed. NULL is a no-op. */
void vhost_socket_close(struct vhost_socket *s);
/* The device wants to be disconnected (vhost_dev_fault). */
void vhost_socket_reset(struct vhost_socket *s);

#endif /* VHOST_VHOST_SOCKET_H */
