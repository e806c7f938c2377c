// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Makes AF_XDP sockets, and asks the kernel what their user has made of them.
 */
#include "xsk_sockets.h"

#include <errno.h>
#include <linux/if_xdp.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

int xsk_sockets_open(struct xsk_sockets *s, __u32 n)
{
	int rc;

	for (s->n = 0; s->n < n; s->n++) {
		s->fd[s->n] = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
		if (s->fd[s->n] < 0) {
			rc = -errno;
			xsk_sockets_close(s);
			return rc;
		}
	}
	return 0;
}

void xsk_sockets_close(struct xsk_sockets *s)
{
	for (__u32 i = 0; i < s->n; i++)
		close(s->fd[i]);
	s->n = 0;
}

/* No call tells it. To receive without waiting looks at that first, and has no other
 * effect than to wake a driver that asked for it. Kernels before 5.11 do not know
 * the call, and the socket then counts as not bound. */
static bool is_bound(int fd)
{
	return !recv(fd, NULL, 0, MSG_DONTWAIT) || (errno != ENXIO && errno != EOPNOTSUPP);
}

static bool is_zero_copy(int fd)
{
	struct xdp_options opt = {0};
	socklen_t len = sizeof(opt);

	return !getsockopt(fd, SOL_XDP, XDP_OPTIONS, &opt, &len) &&
	       (opt.flags & XDP_OPTIONS_ZEROCOPY);
}

void xsk_sockets_look(const struct xsk_sockets *s, __u32 *bound, __u32 *zero_copy)
{
	*bound = *zero_copy = 0;
	for (__u32 i = 0; i < s->n; i++) {
		if (!is_bound(s->fd[i]))
			continue;
		*bound += 1;
		*zero_copy += is_zero_copy(s->fd[i]);
	}
}
