// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Idle guests by the hundred: the front end of vhost-user as the protocol's
 * document has it, for as many devices as there are sockets, each with memory,
 * rings and event descriptors of its own; then it sleeps. A guest that has booted
 * and has nothing to say looks like that to the switch.
 *
 *   vhost_idle SOCKET...
 *
 * Prints "ready N" when all N devices are set up, as the back end acknowledges if
 * it offers to; runs until SIGTERM. Exit status 1: one could not be.
 */
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "vhost_user.h"

enum { RING_SIZE = 256, N_BUFFERS = 16, BUFFER_SIZE = 2048 };
enum { RING_BYTES = 16384, MEMORY_BYTES = 2 * RING_BYTES + N_BUFFERS * BUFFER_SIZE };

struct device {
	const char *path;
	int sock;
	uint8_t *memory;
	uint64_t features, protocol;
};

static int fail(const struct device *dev, const char *what)
{
	fprintf(stderr, "vhost_idle: %s: %s: %s\n", dev->path, what, strerror(errno));
	return -1;
}

/* 'fd' goes with it unless it is -1. */
static int send_message(struct device *dev, struct message *m, uint32_t size, int fd)
{
	size_t len = HEADER + size;

	m->flags |= VERSION;
	m->size = size;
	if (send_with_fds(dev->sock, m, len, &fd, fd >= 0, 0) != (ssize_t)len)
		return fail(dev, "send");
	return 0;
}

static int receive_u64(struct device *dev, uint64_t *value)
{
	struct message m;
	ssize_t len = recv(dev->sock, &m, HEADER + sizeof(m.u64), MSG_WAITALL);

	if (len != (ssize_t)(HEADER + sizeof(m.u64))) {
		errno = len < 0 ? errno : EPROTO;
		return fail(dev, "answer");
	}
	*value = m.u64;
	return 0;
}

static int get(struct device *dev, enum request request, uint64_t *value)
{
	struct message m = {.request = request};

	return send_message(dev, &m, 0, -1) || receive_u64(dev, value) ? -1 : 0;
}

static int set(struct device *dev, enum request request, uint64_t value, int fd)
{
	struct message m = {.request = request, .u64 = value};

	return send_message(dev, &m, sizeof(m.u64), fd);
}

static int set_state(struct device *dev, enum request request, unsigned int ring, unsigned int num,
		     bool ack)
{
	struct message m = {.request = request, .state = {ring, num}};
	uint64_t status;

	ack = ack && (dev->protocol & 1ull << PROTOCOL_REPLY_ACK);
	if (ack)
		m.flags = NEED_REPLY;
	if (send_message(dev, &m, sizeof(m.state), -1))
		return -1;
	if (!ack)
		return 0;
	if (receive_u64(dev, &status))
		return -1;
	errno = EPROTO;
	return status ? fail(dev, "refused") : 0;
}

static int negotiate(struct device *dev)
{
	struct message owner = {.request = SET_OWNER};
	const uint64_t wanted = 1ull << VIRTIO_F_VERSION_1 | 1ull << F_PROTOCOL_FEATURES |
				1ull << VIRTIO_NET_F_MRG_RXBUF | 1ull << VIRTIO_RING_F_EVENT_IDX;

	if (send_message(dev, &owner, 0, -1) || get(dev, GET_FEATURES, &dev->features))
		return -1;
	dev->features &= wanted;
	if (dev->features & 1ull << F_PROTOCOL_FEATURES) {
		if (get(dev, GET_PROTOCOL_FEATURES, &dev->protocol))
			return -1;
		dev->protocol &= 1ull << PROTOCOL_REPLY_ACK;
		if (set(dev, SET_PROTOCOL_FEATURES, dev->protocol, -1))
			return -1;
	}
	return set(dev, SET_FEATURES, dev->features, -1);
}

/* Guest addresses begin at 0. Ours is the region's address in messages. */
static int share_memory(struct device *dev)
{
	struct message m = {.request = SET_MEM_TABLE};
	int fd = memfd_create("guest", MFD_CLOEXEC), err;

	if (fd < 0 || ftruncate(fd, MEMORY_BYTES))
		return fail(dev, "memory");
	dev->memory = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (dev->memory == MAP_FAILED)
		return fail(dev, "memory");
	m.memory.n = 1;
	m.memory.region[0].size = MEMORY_BYTES;
	m.memory.region[0].uva = (uintptr_t)dev->memory;
	err = send_message(dev, &m, MEMORY_SIZE(1), fd);
	close(fd);
	return err;
}

/* As a driver leaves it that waits for packets. */
static void give_buffers(struct vring *ring)
{
	for (unsigned int i = 0; i < N_BUFFERS; i++) {
		ring->desc[i].addr = 2 * RING_BYTES + i * BUFFER_SIZE;
		ring->desc[i].len = BUFFER_SIZE;
		ring->desc[i].flags = VRING_DESC_F_WRITE;
		ring->avail->ring[i] = (uint16_t)i;
	}
	__atomic_store_n(&ring->avail->idx, N_BUFFERS, __ATOMIC_RELEASE);
}

static int set_fd(struct device *dev, enum request request, unsigned int index)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	/* It stays open, as a guest's does. */
	return fd < 0 ? fail(dev, "eventfd") : set(dev, request, index, fd);
}

/* Ring 0 is what the guest receives with. */
static int set_ring(struct device *dev, unsigned int index)
{
	struct message m = {.request = SET_VRING_ADDR};
	struct vring ring;

	vring_init(&ring, RING_SIZE, dev->memory + index * RING_BYTES, 4096);
	if (!index)
		give_buffers(&ring);
	m.addr.index = index;
	m.addr.desc = (uintptr_t)ring.desc;
	m.addr.avail = (uintptr_t)ring.avail;
	m.addr.used = (uintptr_t)ring.used;
	return set_state(dev, SET_VRING_NUM, index, RING_SIZE, false) ||
	       set_state(dev, SET_VRING_BASE, index, 0, false) ||
	       send_message(dev, &m, sizeof(m.addr), -1) || set_fd(dev, SET_VRING_CALL, index) ||
	       set_fd(dev, SET_VRING_KICK, index) ||
	       set_state(dev, SET_VRING_ENABLE, index, 1, index == 1);
}

static int start(struct device *dev, const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	dev->path = path;
	errno = ENAMETOOLONG;
	if (strlen(path) >= sizeof(sun.sun_path))
		return fail(dev, "socket");
	strcpy(sun.sun_path, path);
	dev->sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (dev->sock < 0 || connect(dev->sock, (struct sockaddr *)&sun, sizeof(sun)))
		return fail(dev, "connect");
	return negotiate(dev) || share_memory(dev) || set_ring(dev, 0) || set_ring(dev, 1);
}

int main(int argc, char **argv)
{
	struct rlimit files;

	/* Five descriptors a guest. */
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	for (int i = 1; i < argc; i++) {
		struct device dev = {};

		if (start(&dev, argv[i]))
			return 1;
	}
	printf("ready %d\n", argc - 1);
	fflush(stdout);
	for (;;)
		pause();
}
