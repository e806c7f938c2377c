// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * vhost_guest [-q PAIRS] [-n RING-SIZE] [-o] [-b] [-l] SOCKET TAP: a guest without
 * a machine.
 *
 * It is the front end of a vhost-user port, as QEMU is, with its own memory and split
 * rings, and what it sends and receives is what a tap device in its name space does:
 * the kernel's stack there is the guest. It sleeps while nothing moves, takes large
 * segments and partial checksums both ways (-o: none), and connects again when the
 * back end is gone. With -b each of its frames says that its checksum is to be put
 * behind its end; with -l it agrees to no offloads and sends as if it had. Prints
 * "ready" each time the rings are handed over, and "not agreed on" for a frame with
 * offloads that it has not agreed to.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "vhost_user.h"

#define MAX_PAIRS 8
#define MAX_SIZE 1024
#define RX_BUFFER 2048
#define TX_BUFFER 66048
#define GUEST_BASE 0x100000 /* guest-physical address of the memory */
#define HDR_LEN 12

struct ring {
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint8_t *buffers;
	uint32_t buffer_len;
	uint16_t next_avail, last_used;
	uint16_t free[MAX_SIZE], n_free; /* TX: buffers that are ours */
	int kick, call;
};

static struct {
	int socket, memfd;
	uint8_t *memory;
	size_t size, used;
	unsigned int pairs, ring_size;
	bool offloads, bad, liar;
	uint64_t features;
	int tap[MAX_PAIRS];
	struct ring rx[MAX_PAIRS], tx[MAX_PAIRS];
} guest = {.pairs = 1, .ring_size = 256, .offloads = true};

static void die(const char *what)
{
	fprintf(stderr, "vhost_guest: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t gpa(const void *p)
{
	return (uint64_t)((const uint8_t *)p - guest.memory) + GUEST_BASE;
}

static void *take(size_t len)
{
	void *p = guest.memory + guest.used;

	guest.used += (len + 4095) & ~(size_t)4095;
	if (guest.used > guest.size) {
		errno = ENOMEM;
		die("memory");
	}
	return p;
}

/* --- rings --- */

static void ring_init(struct ring *r, uint32_t buffer_len, uint32_t n_buffers)
{
	r->desc = take(guest.ring_size * sizeof(*r->desc));
	r->avail = take(4 + guest.ring_size * 2 + 2);
	r->used = take(4 + guest.ring_size * 8 + 2);
	r->buffer_len = buffer_len;
	r->buffers = take((size_t)n_buffers * buffer_len);
	r->kick = eventfd(0, EFD_CLOEXEC);
	r->call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->kick < 0 || r->call < 0)
		die("eventfd");
}

static void publish(struct ring *r, uint16_t id, uint32_t len, uint16_t flags)
{
	r->desc[id].addr = gpa(r->buffers + (size_t)id * r->buffer_len);
	r->desc[id].len = len;
	r->desc[id].flags = flags;
	r->avail->ring[r->next_avail++ % guest.ring_size] = id;
	__atomic_store_n(&r->avail->idx, r->next_avail, __ATOMIC_RELEASE);
}

static void kick(struct ring *r)
{
	const uint64_t one = 1;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!(__atomic_load_n(&r->used->flags, __ATOMIC_RELAXED) & VRING_USED_F_NO_NOTIFY) &&
	    write(r->kick, &one, sizeof(one)) < 0)
		die("kick");
}

static uint16_t tx_buffers(void)
{
	return (uint16_t)(guest.ring_size < 64 ? guest.ring_size : 64);
}

static void rings_init(void)
{
	for (unsigned int i = 0; i < guest.pairs; i++) {
		ring_init(&guest.rx[i], RX_BUFFER, guest.ring_size);
		for (unsigned int k = 0; k < guest.ring_size; k++)
			publish(&guest.rx[i], (uint16_t)k, RX_BUFFER, VRING_DESC_F_WRITE);
		ring_init(&guest.tx[i], TX_BUFFER, tx_buffers());
		for (uint16_t k = 0; k < tx_buffers(); k++)
			guest.tx[i].free[guest.tx[i].n_free++] = k;
	}
}

static const struct vring_used_elem *next_used(struct ring *r)
{
	if (__atomic_load_n(&r->used->idx, __ATOMIC_ACQUIRE) == r->last_used)
		return NULL;
	return &r->used->ring[r->last_used++ % guest.ring_size];
}

static void reclaim(struct ring *r)
{
	const struct vring_used_elem *e;

	while ((e = next_used(r)))
		r->free[r->n_free++] = (uint16_t)e->id;
}

/* --- tap to TX ring, RX ring to tap --- */

static int tap_open(const char *name)
{
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), len = HDR_LEN;
	unsigned int offload = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;

	if (guest.pairs > 1)
		ifr.ifr_flags |= IFF_MULTI_QUEUE;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr) || ioctl(fd, TUNSETVNETHDRSZ, &len) ||
	    ioctl(fd, TUNSETOFFLOAD, guest.offloads || guest.liar ? offload : 0))
		die("tap");
	return fd;
}

static void spoil(uint8_t *buffer)
{
	struct virtio_net_hdr *hdr = (struct virtio_net_hdr *)buffer;

	hdr->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	hdr->csum_start = 60000;
}

static void send_frames(struct ring *r, int tap)
{
	int n = 0;

	reclaim(r);
	while (r->n_free) {
		uint16_t id = r->free[r->n_free - 1];
		ssize_t len = read(tap, r->buffers + (size_t)id * TX_BUFFER, TX_BUFFER);

		if (len <= 0)
			break;
		if (guest.bad)
			spoil(r->buffers + (size_t)id * TX_BUFFER);
		r->n_free--;
		publish(r, id, (uint32_t)len, 0);
		n++;
	}
	if (n)
		kick(r);
}

static void check_header(const uint8_t *buffer)
{
	const struct virtio_net_hdr *hdr = (const struct virtio_net_hdr *)buffer;

	if (guest.offloads || (!hdr->flags && !hdr->gso_type))
		return;
	printf("not agreed on: flags %u, segmentation %u\n", hdr->flags, hdr->gso_type);
	fflush(stdout);
}

static void receive_frames(struct ring *r, int tap)
{
	const struct vring_used_elem *e;
	struct iovec iov[64];
	int n = 0;

	while ((e = next_used(r))) {
		uint16_t ids[64], k = 1, want;
		const uint8_t *buffer = r->buffers + (size_t)e->id * RX_BUFFER;

		memcpy(&want, buffer + 10, sizeof(want)); /* num_buffers */
		check_header(buffer);
		iov[0] = (struct iovec){(void *)buffer, e->len};
		ids[0] = (uint16_t)e->id;
		for (; k < want && k < 64 && (e = next_used(r)); k++) {
			iov[k] = (struct iovec){r->buffers + (size_t)e->id * RX_BUFFER, e->len};
			ids[k] = (uint16_t)e->id;
		}
		if (writev(tap, iov, k) < 0 && errno != EIO)
			fprintf(stderr, "vhost_guest: tap: %s\n", strerror(errno));
		for (uint16_t i = 0; i < k; i++)
			publish(r, ids[i], RX_BUFFER, VRING_DESC_F_WRITE);
		n++;
	}
	if (n)
		kick(r);
}

/* --- vhost-user --- */

/* False: the back end is gone. */
static bool ask(struct message *m, uint32_t size, int fd, bool reply)
{
	size_t len = HEADER + size;

	m->flags = VERSION;
	m->size = size;
	if (send_with_fds(guest.socket, m, len, &fd, fd >= 0, MSG_NOSIGNAL) != (ssize_t)len)
		return false;
	return !reply || recv(guest.socket, m, HEADER + 8, MSG_WAITALL) == HEADER + 8;
}

static bool set_value(uint32_t request, uint64_t value)
{
	struct message m = {.request = request, .u64 = value};

	return ask(&m, 8, -1, false);
}

static bool get_value(uint32_t request, uint64_t *value)
{
	struct message m = {.request = request};

	if (!ask(&m, 0, -1, true))
		return false;
	*value = m.u64;
	return true;
}

static bool set_owner(void)
{
	struct message m = {.request = SET_OWNER};

	return ask(&m, 0, -1, false);
}

static bool set_memory(void)
{
	struct message m = {.request = SET_MEM_TABLE,
			    .memory = {.n = 1,
				       .region[0] = {.gpa = GUEST_BASE,
						     .size = guest.size,
						     .uva = (uintptr_t)guest.memory}}};

	return ask(&m, MEMORY_SIZE(1), guest.memfd, false);
}

static bool set_state(uint32_t request, uint32_t index, uint32_t num)
{
	struct message m = {.request = request, .state = {index, num}};

	return ask(&m, 8, -1, false);
}

static bool set_fd(uint32_t request, uint32_t index, int fd)
{
	struct message m = {.request = request, .u64 = index};

	return ask(&m, 8, fd, false);
}

/* What a back end that died had taken and not used is offered again. */
static bool set_ring(uint32_t index, const struct ring *r)
{
	struct message m = {.request = SET_VRING_ADDR,
			    .addr = {.index = index,
				     .desc = (uintptr_t)r->desc,
				     .used = (uintptr_t)r->used,
				     .avail = (uintptr_t)r->avail}};

	return set_state(SET_VRING_NUM, index, guest.ring_size) &&
	       set_state(SET_VRING_BASE, index, r->used->idx) &&
	       ask(&m, sizeof(m.addr), -1, false) && set_fd(SET_VRING_CALL, index, r->call) &&
	       set_fd(SET_VRING_KICK, index, r->kick) && set_state(SET_VRING_ENABLE, index, 1);
}

static bool negotiate(void)
{
	uint64_t wanted = 1ULL << VIRTIO_F_VERSION_1 | 1ULL << VIRTIO_NET_F_MRG_RXBUF |
			  1ULL << F_PROTOCOL_FEATURES | 1ULL << VIRTIO_NET_F_MQ;
	uint64_t offered, protocol;

	if (guest.offloads)
		wanted |= 1ULL << VIRTIO_NET_F_CSUM | 1ULL << VIRTIO_NET_F_GUEST_CSUM |
			  1ULL << VIRTIO_NET_F_HOST_TSO4 | 1ULL << VIRTIO_NET_F_HOST_TSO6 |
			  1ULL << VIRTIO_NET_F_GUEST_TSO4 | 1ULL << VIRTIO_NET_F_GUEST_TSO6 |
			  1ULL << VIRTIO_NET_F_HOST_ECN | 1ULL << VIRTIO_NET_F_GUEST_ECN;
	if (!set_owner() || !get_value(GET_FEATURES, &offered) ||
	    !get_value(GET_PROTOCOL_FEATURES, &protocol) ||
	    !set_value(SET_PROTOCOL_FEATURES, protocol & 1ULL << PROTOCOL_MQ) ||
	    !set_value(SET_FEATURES, offered & wanted) || !set_memory())
		return false;
	guest.features = offered & wanted;
	for (unsigned int i = 0; i < guest.pairs; i++)
		if (!set_ring(2 * i, &guest.rx[i]) || !set_ring(2 * i + 1, &guest.tx[i]))
			return false;
	return true;
}

static bool try_connect(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	guest.socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (guest.socket < 0)
		die("socket");
	if (!connect(guest.socket, (struct sockaddr *)&addr, sizeof(addr)) && negotiate())
		return true;
	close(guest.socket);
	return false;
}

/* Until the back end is gone. */
static void serve(void)
{
	struct pollfd fds[1 + 3 * MAX_PAIRS];
	unsigned int n = 1 + 3 * guest.pairs;
	uint64_t count;

	fds[0] = (struct pollfd){guest.socket, POLLIN, 0};
	for (unsigned int i = 0; i < guest.pairs; i++) {
		fds[1 + 3 * i] = (struct pollfd){guest.rx[i].call, POLLIN, 0};
		fds[2 + 3 * i] = (struct pollfd){guest.tx[i].call, POLLIN, 0};
		fds[3 + 3 * i] = (struct pollfd){guest.tap[i], POLLIN, 0};
	}
	for (;;) {
		for (unsigned int i = 0; i < guest.pairs; i++)
			fds[3 + 3 * i].events = guest.tx[i].n_free ? POLLIN : 0;
		if (poll(fds, n, -1) < 0 && errno != EINTR)
			die("poll");
		if (fds[0].revents)
			return;
		for (unsigned int i = 0; i < guest.pairs; i++) {
			(void)!read(guest.rx[i].call, &count, sizeof(count));
			(void)!read(guest.tx[i].call, &count, sizeof(count));
			receive_frames(&guest.rx[i], guest.tap[i]);
			send_frames(&guest.tx[i], guest.tap[i]);
		}
	}
}

static void parse(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "q:n:obl")) != -1) {
		if (c == 'q')
			guest.pairs = (unsigned int)atoi(optarg);
		else if (c == 'n')
			guest.ring_size = (unsigned int)atoi(optarg);
		else if (c == 'o')
			guest.offloads = false;
		else if (c == 'b')
			guest.bad = true;
		else if (c == 'l')
			guest.liar = true;
		else
			exit(2);
	}
	guest.offloads = guest.offloads && !guest.liar;
	if (argc - optind != 2 || guest.pairs < 1 || guest.pairs > MAX_PAIRS ||
	    guest.ring_size > MAX_SIZE || guest.ring_size & (guest.ring_size - 1)) {
		fprintf(stderr,
			"usage: vhost_guest [-q PAIRS] [-n RING-SIZE] [-o] [-b] [-l] SOCKET TAP\n");
		exit(2);
	}
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	guest.size = (size_t)guest.pairs *
		     ((size_t)MAX_SIZE * RX_BUFFER + 64 * (size_t)TX_BUFFER + (1 << 20));
	guest.memfd = memfd_create("guest", MFD_CLOEXEC);
	if (guest.memfd < 0 || ftruncate(guest.memfd, (off_t)guest.size))
		die("memfd");
	guest.memory = mmap(NULL, guest.size, PROT_READ | PROT_WRITE, MAP_SHARED, guest.memfd, 0);
	if (guest.memory == MAP_FAILED)
		die("mmap");
	for (unsigned int i = 0; i < guest.pairs; i++)
		guest.tap[i] = tap_open(argv[optind + 1]);
	rings_init();
	for (;;) {
		while (!try_connect(argv[optind]))
			usleep(50000);
		printf("ready\n");
		fflush(stdout);
		serve();
		close(guest.socket);
	}
}
