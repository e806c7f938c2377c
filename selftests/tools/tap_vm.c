// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A virtual machine without the machine: opens the host's tap device the way a
 * hypervisor does (virtio-net header, offloads on) and connects it to a tap in
 * a guest's name space, whose stack then plays the guest's driver. Large
 * segments and partial checksums cross in both directions as they would
 * between a guest's virtio-net and the host.
 *
 *   tap_vm HOST-TAP NETNS-FILE GUEST-DEVICE
 *
 * Prints "ready" when both sides are open; runs until SIGTERM.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int tap_open(const char *name)
{
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
	unsigned int offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &ifr) || ioctl(fd, TUNSETOFFLOAD, offloads)) {
		close(fd);
		return -errno;
	}
	return fd;
}

static int enter(const char *netns)
{
	int fd = open(netns, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		return -errno;
	close(fd);
	return 0;
}

/* What a tap delivers as "checksum known good" is for the guest's driver;
 * a write to a tap takes only the flag for a checksum still to be made. */
static void header_turn(uint8_t *frame)
{
	struct virtio_net_hdr *hdr = (struct virtio_net_hdr *)frame;

	hdr->flags &= VIRTIO_NET_HDR_F_NEEDS_CSUM;
}

static void pump(int from, int to)
{
	static uint8_t frame[70000] __attribute__((aligned(8)));
	ssize_t len;

	while ((len = read(from, frame, sizeof(frame))) > (ssize_t)sizeof(struct virtio_net_hdr)) {
		header_turn(frame);
		/* A queue that is full drops, as a guest's ring does. */
		if (write(to, frame, (size_t)len) < 0 && errno == EIO)
			break;
	}
}

int main(int argc, char **argv)
{
	struct pollfd fds[2] = {{.events = POLLIN}, {.events = POLLIN}};
	int err;

	if (argc != 4) {
		fprintf(stderr, "usage: tap_vm HOST-TAP NETNS-FILE GUEST-DEVICE\n");
		return 2;
	}
	fds[0].fd = tap_open(argv[1]);
	err = fds[0].fd < 0 ? fds[0].fd : enter(argv[2]);
	if (!err) {
		fds[1].fd = tap_open(argv[3]);
		err = fds[1].fd < 0 ? fds[1].fd : 0;
	}
	if (err) {
		fprintf(stderr, "tap_vm: %s, %s: %s\n", argv[1], argv[3], strerror(-err));
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		if (poll(fds, 2, -1) < 0)
			return 1;
		pump(fds[0].fd, fds[1].fd);
		pump(fds[1].fd, fds[0].fd);
	}
}
