// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * xsk_consumer: a program that holds the sockets of an xsk port, as a guest would.
 *
 *   xsk_consumer [-s SOCKET] [-f FRAMES] [-g] [-z] count
 *   xsk_consumer ... tap NAME          frames cross to and from a tap device: a guest
 *   xsk_consumer ... send N DST SRC    N UDP frames between these MAC addresses
 *   xsk_consumer ... stall             takes nothing out of its rings
 *
 * The sockets are those of XVS_XSK_FDS and XVS_XSK_IFINDEX (xvsctl port exec), or of a connection to
 * SOCKET (xvs/xsk_handout.h). FRAMES are of each queue's UMEM (256); -g: XDP_USE_SG; -z:
 * XDP_ZEROCOPY or nothing. Every frame that comes is looked at: lengths, and the
 * checksums of IPv4, TCP, UDP and ICMP.
 *
 * Says "ready" when all is bound, and at SIGTERM, or when the device has gone, one
 * line of totals. Exit status 2: cannot be set up.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Of kernel 6.6; older headers do not have them. */
#ifndef XDP_USE_SG
#define XDP_USE_SG (1 << 4)
#endif
#ifndef XDP_PKT_CONTD
#define XDP_PKT_CONTD (1 << 0)
#endif

#define MAX_QUEUES 16
#define CHUNK 2048U
#define MAX_FRAME 66000
#define BIND_TRIES 500 /* of 10 ms */
#define LOOK_MS 50

struct ring {
	uint32_t *producer, *consumer;
	void *desc;
	uint32_t size;
};

struct queue {
	int fd;
	uint8_t *umem;
	struct ring fill, done, rx, tx;
	uint32_t tx_free; /* chunks that may be sent from */
	uint32_t *free_chunk;
	uint8_t frame[MAX_FRAME]; /* what has come of a frame of several pieces */
	size_t len;
	unsigned long received;
};

static struct queue queues[MAX_QUEUES];
static unsigned int n_queues, ifindex, n_frames = 256;
static bool use_sg, zero_copy;
static int conn_fd = -1, tap_fd = -1;
static volatile sig_atomic_t stopped;
static struct {
	unsigned long received, bytes, largest, sent;
	unsigned long tcp, udp, tagged, unverified, bad;
} total;

static void die(const char *what)
{
	fprintf(stderr, "xsk_consumer: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void on_signal(int signo)
{
	stopped = 1;
}

/* --- the sockets --- */

static void take_environment(void)
{
	const char *p = getenv("XVS_XSK_FDS"), *index = getenv("XVS_XSK_IFINDEX");
	char *end;

	errno = EINVAL;
	if (!p || !index)
		die("neither -s nor XVS_XSK_FDS and XVS_XSK_IFINDEX");
	for (; *p && n_queues < MAX_QUEUES; p = *end ? end + 1 : end)
		queues[n_queues++].fd = (int)strtol(p, &end, 10);
	ifindex = (unsigned int)strtoul(index, NULL, 10);
}

static void connect_to(const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(MAX_QUEUES * sizeof(int))];
	} control;
	char text[1024] = "";
	struct iovec iov = {text, sizeof(text) - 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.bytes,
			     .msg_controllen = sizeof(control.bytes)};
	const struct cmsghdr *c;
	const char *p;

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	conn_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (conn_fd < 0 || connect(conn_fd, (struct sockaddr *)&sa, sizeof(sa)))
		die(path);
	if (recvmsg(conn_fd, &msg, MSG_CMSG_CLOEXEC) <= 0)
		die("no message");
	c = CMSG_FIRSTHDR(&msg);
	p = strstr(text, "\"ifindex\": ");
	if (!c || !p) {
		fprintf(stderr, "xsk_consumer: %s\n", text);
		exit(2);
	}
	ifindex = (unsigned int)strtoul(p + 11, NULL, 10);
	n_queues = (unsigned int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
	for (unsigned int i = 0; i < n_queues; i++)
		memcpy(&queues[i].fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
}

static void set_option(int fd, int opt, const void *value, socklen_t len)
{
	if (setsockopt(fd, SOL_XDP, opt, value, len))
		die("setsockopt");
}

static void map_ring(struct ring *r, int fd, const struct xdp_ring_offset *off, uint64_t pgoff,
		     size_t entry)
{
	uint8_t *p = mmap(NULL, off->desc + r->size * entry, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_POPULATE, fd, (off_t)pgoff);

	if (p == MAP_FAILED)
		die("mmap of a ring");
	r->producer = (uint32_t *)(void *)(p + off->producer);
	r->consumer = (uint32_t *)(void *)(p + off->consumer);
	r->desc = p + off->desc;
}

static void make_rings(struct queue *q)
{
	struct xdp_mmap_offsets off;
	socklen_t len = sizeof(off);
	uint32_t size = n_frames / 2;

	set_option(q->fd, XDP_UMEM_FILL_RING, &size, sizeof(size));
	set_option(q->fd, XDP_UMEM_COMPLETION_RING, &size, sizeof(size));
	set_option(q->fd, XDP_RX_RING, &size, sizeof(size));
	set_option(q->fd, XDP_TX_RING, &size, sizeof(size));
	if (getsockopt(q->fd, SOL_XDP, XDP_MMAP_OFFSETS, &off, &len))
		die("XDP_MMAP_OFFSETS");
	q->fill.size = q->done.size = q->rx.size = q->tx.size = size;
	map_ring(&q->fill, q->fd, &off.fr, XDP_UMEM_PGOFF_FILL_RING, sizeof(uint64_t));
	map_ring(&q->done, q->fd, &off.cr, XDP_UMEM_PGOFF_COMPLETION_RING, sizeof(uint64_t));
	map_ring(&q->rx, q->fd, &off.rx, XDP_PGOFF_RX_RING, sizeof(struct xdp_desc));
	map_ring(&q->tx, q->fd, &off.tx, XDP_PGOFF_TX_RING, sizeof(struct xdp_desc));
}

/* A queue that was just given up stays busy for some milliseconds. */
static void bind_queue(const struct queue *q, unsigned int i)
{
	struct sockaddr_xdp sa = {
		.sxdp_family = AF_XDP, .sxdp_ifindex = ifindex, .sxdp_queue_id = i};

	sa.sxdp_flags = (uint16_t)((use_sg ? XDP_USE_SG : 0) | (zero_copy ? XDP_ZEROCOPY : 0));
	for (int n = 0; bind(q->fd, (struct sockaddr *)&sa, sizeof(sa)); n++) {
		if (errno != EBUSY || n == BIND_TRIES)
			die("bind");
		usleep(10000);
	}
}

static void give_chunk(struct queue *q, uint64_t addr)
{
	uint32_t at = *q->fill.producer;

	((uint64_t *)q->fill.desc)[at & (q->fill.size - 1)] = addr & ~(uint64_t)(CHUNK - 1);
	__atomic_store_n(q->fill.producer, at + 1, __ATOMIC_RELEASE);
}

static void open_queue(struct queue *q, unsigned int i)
{
	struct xdp_umem_reg reg = {.len = (uint64_t)n_frames * CHUNK, .chunk_size = CHUNK};

	q->umem = mmap(NULL, reg.len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (q->umem == MAP_FAILED)
		die("mmap of the UMEM");
	reg.addr = (uint64_t)(uintptr_t)q->umem;
	set_option(q->fd, XDP_UMEM_REG, &reg, sizeof(reg));
	make_rings(q);
	q->free_chunk = calloc(n_frames, sizeof(*q->free_chunk));
	for (uint32_t k = 0; k < n_frames / 2; k++) {
		give_chunk(q, (uint64_t)k * CHUNK);
		q->free_chunk[q->tx_free++] = n_frames / 2 + k;
	}
	bind_queue(q, i);
}

/* --- sending --- */

static void collect(struct queue *q)
{
	uint32_t at = *q->done.consumer;

	while (at != __atomic_load_n(q->done.producer, __ATOMIC_ACQUIRE)) {
		uint64_t addr = ((uint64_t *)q->done.desc)[at++ & (q->done.size - 1)];

		q->free_chunk[q->tx_free++] = (uint32_t)(addr / CHUNK);
	}
	__atomic_store_n(q->done.consumer, at, __ATOMIC_RELEASE);
}

/* False: the device has gone. */
static bool kick(struct queue *q)
{
	bool ok = sendto(q->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0 || errno == EAGAIN ||
		  errno == EBUSY || errno == ENOBUFS;

	collect(q);
	return ok;
}

/* Waits for room: what was taken over is sent. */
static bool send_frame(struct queue *q, const uint8_t *frame, size_t len)
{
	uint32_t pieces = (uint32_t)((len + CHUNK - 1) / CHUNK), at = *q->tx.producer;

	while (q->tx_free < pieces)
		if (!kick(q))
			return false;
	for (uint32_t i = 0; i < pieces; i++) {
		struct xdp_desc *d = &((struct xdp_desc *)q->tx.desc)[(at + i) & (q->tx.size - 1)];
		uint32_t part = len < CHUNK ? (uint32_t)len : CHUNK;

		d->addr = (uint64_t)q->free_chunk[--q->tx_free] * CHUNK;
		d->len = part;
		d->options = i + 1 < pieces ? XDP_PKT_CONTD : 0;
		memcpy(q->umem + d->addr, frame, part);
		frame += part;
		len -= part;
	}
	__atomic_store_n(q->tx.producer, at + pieces, __ATOMIC_RELEASE);
	total.sent++;
	return kick(q);
}

/* --- what comes --- */

static uint32_t sum16(const uint8_t *p, size_t len, uint32_t sum)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	if (len & 1)
		sum += (uint32_t)(p[len - 1] << 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static bool l4_is_right(const uint8_t *addrs, size_t addrs_len, uint8_t proto, const uint8_t *l4,
			size_t len)
{
	uint32_t sum = sum16(addrs, addrs_len, proto + (uint32_t)len);

	return sum16(l4, len, proto == 1 ? 0 : sum) == 0xffff;
}

/* 1: right; 0: nothing that could be verified; -1: wrong. */
static int verify_l4(const uint8_t *addrs, size_t addrs_len, uint8_t proto, const uint8_t *l4,
		     size_t len)
{
	total.tcp += proto == 6;
	total.udp += proto == 17;
	if (proto != 1 && proto != 6 && proto != 17 && proto != 58)
		return 0;
	/* UDP over IPv4 may go without. */
	if (proto == 17 && addrs_len == 8 && len >= 8 && !l4[6] && !l4[7])
		return 0;
	return l4_is_right(addrs, addrs_len, proto, l4, len) ? 1 : -1;
}

static int verify_ip4(const uint8_t *ip, size_t len)
{
	size_t ihl = len >= 20 ? (ip[0] & 15) * 4U : 0;
	size_t whole = len >= 20 ? (size_t)(ip[2] << 8 | ip[3]) : 0;

	if (ihl < 20 || whole < ihl || whole > len || sum16(ip, ihl, 0) != 0xffff)
		return -1;
	if ((ip[6] & 0x3f) || ip[7]) /* a fragment */
		return 0;
	return verify_l4(ip + 12, 8, ip[9], ip + ihl, whole - ihl);
}

static int verify_ip6(const uint8_t *ip, size_t len)
{
	size_t payload = len >= 40 ? (size_t)(ip[4] << 8 | ip[5]) : 0;

	if (len < 40 || payload + 40 > len)
		return -1;
	return verify_l4(ip + 8, 32, ip[6], ip + 40, payload);
}

static int verify(const uint8_t *frame, size_t len)
{
	size_t off = 12;
	uint16_t type = 0;

	for (; off + 2 <= len; off += 4) {
		type = (uint16_t)(frame[off] << 8 | frame[off + 1]);
		if (type != ETH_P_8021Q && type != ETH_P_8021AD)
			break;
		total.tagged++;
	}
	off += 2;
	if (off > len)
		return -1;
	if (type == ETH_P_IP)
		return verify_ip4(frame + off, len - off);
	return type == ETH_P_IPV6 ? verify_ip6(frame + off, len - off) : 0;
}

static void take_frame(struct queue *q)
{
	int rc = verify(q->frame, q->len);

	q->received++;
	total.received++;
	total.bytes += q->len;
	total.unverified += !rc;
	total.bad += rc < 0;
	if (q->len > total.largest)
		total.largest = q->len;
	/* A tap that is full drops, as a NIC does. */
	if (tap_fd >= 0 && write(tap_fd, q->frame, q->len) < 0 && errno != EAGAIN && errno != EIO)
		die("tap: write");
	q->len = 0;
}

static void receive(struct queue *q)
{
	uint32_t at = *q->rx.consumer;

	while (at != __atomic_load_n(q->rx.producer, __ATOMIC_ACQUIRE)) {
		struct xdp_desc d = ((struct xdp_desc *)q->rx.desc)[at++ & (q->rx.size - 1)];

		if (q->len + d.len <= sizeof(q->frame))
			memcpy(q->frame + q->len, q->umem + d.addr, d.len);
		q->len += d.len;
		give_chunk(q, d.addr);
		if (!(d.options & XDP_PKT_CONTD))
			take_frame(q);
	}
	__atomic_store_n(q->rx.consumer, at, __ATOMIC_RELEASE);
}

/* Nothing tells when the device goes: the socket is not bound any more. */
static bool is_gone(const struct queue *q)
{
	return recv(q->fd, NULL, 0, MSG_DONTWAIT) < 0 && errno == ENXIO;
}

/* --- modes --- */

static void open_tap(const char *name)
{
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI};

	tap_fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (tap_fd < 0 || ioctl(tap_fd, TUNSETIFF, &ifr))
		die(name);
}

static bool forward_tap(void)
{
	static uint8_t frame[MAX_FRAME];
	static unsigned int next;
	ssize_t n;

	while ((n = read(tap_fd, frame, sizeof(frame))) > 0)
		if (!send_frame(&queues[next++ % n_queues], frame, (size_t)n))
			return false;
	return true;
}

static bool run(bool stall)
{
	struct pollfd pfd[MAX_QUEUES + 1];

	while (!stopped) {
		for (unsigned int i = 0; i < n_queues; i++)
			pfd[i] = (struct pollfd){.fd = stall ? -1 : queues[i].fd, .events = POLLIN};
		pfd[n_queues] = (struct pollfd){.fd = tap_fd, .events = POLLIN};
		if (!poll(pfd, n_queues + 1, LOOK_MS) && is_gone(&queues[0]))
			return false;
		for (unsigned int i = 0; i < n_queues && !stall; i++)
			receive(&queues[i]);
		if (tap_fd >= 0 && !forward_tap())
			return false;
	}
	return true;
}

static void parse_mac(const char *text, uint8_t mac[6])
{
	if (sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2], &mac[3],
		   &mac[4], &mac[5]) != 6) {
		errno = EINVAL;
		die(text);
	}
}

/* Without a checksum of UDP, which IPv4 allows. */
static bool send_many(unsigned long n, const char *dst, const char *src)
{
	uint8_t f[64] = {[12] = 0x08, [14] = 0x45, [17] = 50, [22] = 64,   [23] = 17,   [26] = 10,
			 [29] = 9,    [30] = 10,   [33] = 1,  [34] = 0x23, [36] = 0x23, [39] = 30};
	uint32_t sum;
	bool ok = true;

	parse_mac(dst, f);
	parse_mac(src, f + 6);
	sum = ~sum16(f + 14, 20, 0);
	f[24] = (uint8_t)(sum >> 8);
	f[25] = (uint8_t)sum;
	for (unsigned long i = 0; ok && i < n; i++)
		ok = send_frame(&queues[i % n_queues], f, sizeof(f));
	for (unsigned int i = 0; i < n_queues; i++)
		while (ok && queues[i].tx_free < n_frames / 2)
			ok = kick(&queues[i]);
	return ok;
}

static void report(bool gone)
{
	printf("%sreceived=%lu bytes=%lu largest=%lu tcp=%lu udp=%lu tagged=%lu unverified=%lu "
	       "bad=%lu sent=%lu queues=",
	       gone ? "gone " : "", total.received, total.bytes, total.largest, total.tcp,
	       total.udp, total.tagged, total.unverified, total.bad, total.sent);
	for (unsigned int i = 0; i < n_queues; i++)
		printf("%s%lu", i ? ":" : "", queues[i].received);
	printf("\n");
}

static int usage(void)
{
	fprintf(stderr, "usage: xsk_consumer [-s SOCKET] [-f FRAMES] [-g] [-z] "
			"count | stall | tap NAME | send N DST SRC\n");
	return 2;
}

int main(int argc, char **argv)
{
	const struct sigaction action = {.sa_handler = on_signal};
	const char *path = NULL;
	bool ok = true;
	int opt;

	while ((opt = getopt(argc, argv, "+s:f:gz")) != -1) {
		if (opt == 's')
			path = optarg;
		else if (opt == 'f')
			n_frames = (unsigned int)atoi(optarg);
		else if (opt == 'g')
			use_sg = true;
		else if (opt == 'z')
			zero_copy = true;
		else
			return usage();
	}
	argc -= optind;
	argv += optind;
	if (argc < 1 || n_frames < 4 || (n_frames & (n_frames - 1)))
		return usage();
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	if (path)
		connect_to(path);
	else
		take_environment();
	for (unsigned int i = 0; i < n_queues; i++)
		open_queue(&queues[i], i);
	if (!strcmp(argv[0], "tap") && argc == 2)
		open_tap(argv[1]);
	printf("ready\n");
	fflush(stdout);
	if (!strcmp(argv[0], "send") && argc == 4)
		ok = send_many(strtoul(argv[1], NULL, 10), argv[2], argv[3]);
	else
		ok = run(!strcmp(argv[0], "stall"));
	report(!ok);
	return 0;
}
