// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void tap_close(unsigned int n, const int fds[])
{
	for (unsigned int i = 0; i < n; i++)
		close(fds[i]);
}

static int open_queue(struct ifreq *ifr)
{
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return -errno;
	if (!ioctl(fd, TUNSETIFF, ifr))
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

static int prepare(int fd)
{
	int rc = tap_set_carrier(fd, false);

	if (!rc)
		rc = tap_set_header(fd, sizeof(struct virtio_net_hdr));
	return rc ? rc : tap_set_offloads(fd, 0);
}

int tap_open(char name[IFNAMSIZ], unsigned int n, int fds[])
{
	struct ifreq ifr = {0};
	unsigned int i;
	int rc;

	ifr.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
	if (n > 1)
		ifr.ifr_flags |= IFF_MULTI_QUEUE;
	memcpy(ifr.ifr_name, name, IFNAMSIZ);
	for (i = 0; i < n; i++) {
		fds[i] = open_queue(&ifr);
		rc = fds[i] < 0 ? fds[i] : 0;
		if (!rc && !i)
			rc = prepare(fds[0]);
		if (rc)
			goto err_close;
	}
	memcpy(name, ifr.ifr_name, IFNAMSIZ);
	return 0;
err_close:
	tap_close(fds[i] < 0 ? i : i + 1, fds);
	return rc;
}

int tap_set_carrier(int fd, bool on)
{
	int carrier = on;

	return ioctl(fd, TUNSETCARRIER, &carrier) ? -errno : 0;
}

int tap_set_header(int fd, int len)
{
	return ioctl(fd, TUNSETVNETHDRSZ, &len) ? -errno : 0;
}

int tap_set_offloads(int fd, __u64 features)
{
	static const struct {
		int feature;
		unsigned int flag;
	} map[] = {
		{VIRTIO_NET_F_GUEST_CSUM, TUN_F_CSUM},
		{VIRTIO_NET_F_GUEST_TSO4, TUN_F_TSO4},
		{VIRTIO_NET_F_GUEST_TSO6, TUN_F_TSO6},
		{VIRTIO_NET_F_GUEST_ECN, TUN_F_TSO_ECN},
	};
	unsigned int flags = 0;

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (features & (1ULL << map[i].feature))
			flags |= map[i].flag;
	/* The kernel knows no large segments without partial checksums. */
	if (!(flags & TUN_F_CSUM))
		flags = 0;
	return ioctl(fd, TUNSETOFFLOAD, flags) ? -errno : 0;
}
