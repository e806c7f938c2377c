/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A tap device of our own, which stands in the kernel for a guest whose rings are
 * in user space (port_vhost.c): what is written to it comes in by the port, what
 * is sent to the port is read from it. It exists while its descriptors are open.
 *
 * Errors are -errno. Source: linux/if_tun.h, Documentation/networking/tuntap.rst.
 */
#ifndef PORT_TAP_H
#define PORT_TAP_H

#include <net/if.h>
#include <stdbool.h>

#include "xvs/types.h"

/* Makes a tap with 'n' queues, without carrier; 'name' may hold a "%d". The
 * descriptors are non-blocking and have a header of 10 bytes (struct
 * virtio_net_hdr) in front of each frame. */
int tap_open(char name[IFNAMSIZ], unsigned int n, int fds[]);
void tap_close(unsigned int n, const int fds[]);
int tap_set_carrier(int fd, bool on);
/* Bytes in front of a frame: 10 or 12. */
int tap_set_header(int fd, int len);
/* What the reader takes unfinished, by VIRTIO_NET_F_GUEST_*. */
int tap_set_offloads(int fd, __u64 features);

#endif /* PORT_TAP_H */
