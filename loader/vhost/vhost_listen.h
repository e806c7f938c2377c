/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The file that a vhost-user server listens at: its path, mode and owner.
 *
 * [LISTEN1] At no moment may more users connect than 'mode' and 'owner' say.
 * [LISTEN2] Only a socket at which nobody listens is ever removed, and at the end
 *           only our own.
 */
#ifndef VHOST_VHOST_LISTEN_H
#define VHOST_VHOST_LISTEN_H

#include <sys/types.h>
#include <sys/un.h>

#include "vhost_socket.h"

struct vhost_listener {
	int fd; /* does not block; -1: none */
	struct sockaddr_un addr;
	dev_t dev; /* the file's */
	ino_t ino;
};

/* The path as an address: 0, or -errno with 'err' filled. */
int vhost_socket_addr(const char *path, const char *port, struct sockaddr_un *out, struct err *err);
int vhost_listen(const struct vhost_socket_config *config, const char *port,
		 struct vhost_listener *out, struct err *err);
void vhost_listen_end(struct vhost_listener *l);

#endif /* VHOST_VHOST_LISTEN_H */
