/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The Unix socket by which an xsk port's sockets are handed out (xvs/xsk_handout.h): one
 * connection at a time holds them, further ones are told who does.
 *
 * Nothing here waits for the other side: a message is sent or the connection
 * refused, and what a client sends is not read, nor does it wake anybody.
 */
#ifndef PORT_XSK_HANDOUT_H
#define PORT_XSK_HANDOUT_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

#include "xsk_sockets.h"

/* Who may connect. */
struct xsk_owner {
	uid_t uid;
	gid_t gid;
	mode_t mode; /* of the socket: 0600, or 0660 for a group */
};

/* "user", "user:group", names or numbers; NULL: root. 0, -EINVAL, or -ENOENT:
 * there is no such user or group. */
int xsk_owner_parse(const char *text, struct xsk_owner *owner);

struct xsk_handout {
	int listen_fd; /* -1: closed */
	int conn_fd; /* -1: nobody has the sockets */
	pid_t pid; /* at the other end of conn_fd, when it connected */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

/* Listens at <rundir>/xsk/<port>.sock. 0 or -errno, and then it is closed. */
int xsk_handout_open(struct xsk_handout *h, const char *rundir, const char *port,
		     const struct xsk_owner *owner);
/* Ends the connection too. */
void xsk_handout_close(struct xsk_handout *h);

/* Removes what a daemon that died has left. */
void xsk_handout_remove_stale(const char *rundir);

/* A connection that waits, or -errno: -EAGAIN, none does. 'pid': who it is. */
int xsk_handout_accept(const struct xsk_handout *h, pid_t *pid);
/* One message, with descriptors or without (NULL). 0 or -errno. */
int xsk_handout_send(int fd, const char *message, const struct xsk_sockets *sockets);
/* The other end of the connection is closed. */
bool xsk_handout_ended(const struct xsk_handout *h);

#endif /* PORT_XSK_HANDOUT_H */
