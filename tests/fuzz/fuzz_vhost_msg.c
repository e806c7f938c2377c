// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A hostile vhost-user front end: messages in any order and of any shape, with
 * descriptors of all kinds, while the rings that it has set up are worked on as a
 * forwarding thread would, and its memory changes or goes away under them.
 *
 *   input: operations, one after the other; see operate(). 0 runs out.
 *
 * Beyond what the sanitizers find it asserts that no descriptor is lost or closed
 * twice [VHOST2], that a connection's end leaves no ring ready and no memory
 * [VHOST3], and that the port is told what is.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_config.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz_input.h"
#include "log.h"
#include "vhost_dev.h"
#include "vhost_msg.h"

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size);

#define GPA 0x10000ULL
#define UVA 0x7f0000000000ULL
#define MEM 0x20000u
#define RINGS 4
#define RING(i) ((i)*0x4000u)
#define AVAIL 0x800
#define USED 0x1000
#define DATA 0x10000u
#define RING_SIZE 16

/* What a message's descriptors may be; the first is the guest's memory. */
enum file { FILE_MEMORY, FILE_SMALL, FILE_EVENT, FILE_BLOCKING, FILE_PIPE, FILE_NULL, FILE_N };

static int files[FILE_N];
static __u8 *memory; /* the guest's own mapping */

static struct vhost_dev *dev;
static bool ready[RINGS];
static int inflight_fd; /* that the device gave us; -1: none */

static __u32 take(struct input *in, unsigned int bytes)
{
	__u32 value = 0;

	for (; bytes && in->left; bytes--)
		value = value << 8 | take8(in);
	return value;
}

static void on_ring(void *aux, unsigned int i, bool is_ready)
{
	struct vring *vr = vhost_dev_ring(dev, i);

	REQUIRE(i < RINGS && ready[i] != is_ready);
	vring_lock(vr);
	REQUIRE(vring_is_ready(vr) == is_ready);
	vring_unlock(vr);
	REQUIRE(!is_ready || vr->kick_fd < 0 || fcntl(vr->kick_fd, F_GETFL) & O_NONBLOCK);
	ready[i] = is_ready;
}

static void on_changed(void *aux)
{
}

static const struct vhost_dev_ops ops = {.ring = on_ring, .changed = on_changed};

static void open_files(void)
{
	int pipe_fds[2];

	files[FILE_MEMORY] = memfd_create("memory", MFD_CLOEXEC);
	files[FILE_SMALL] = memfd_create("small", MFD_CLOEXEC);
	files[FILE_EVENT] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	files[FILE_BLOCKING] = eventfd(0, EFD_CLOEXEC);
	files[FILE_NULL] = open("/dev/null", O_RDWR | O_CLOEXEC);
	REQUIRE(!pipe2(pipe_fds, O_CLOEXEC) && !ftruncate(files[FILE_SMALL], 5000));
	files[FILE_PIPE] = pipe_fds[1];
	REQUIRE(!ftruncate(files[FILE_MEMORY], MEM));
	memory = mmap(NULL, MEM, PROT_READ | PROT_WRITE, MAP_SHARED, files[FILE_MEMORY], 0);
	REQUIRE(memory != MAP_FAILED);
	log_set_level(LOG_LVL_ERR);
	/* Here, as the fuzzer has a handler of its own from its start on. */
	REQUIRE(!guest_mem_guard());
}

/* A descriptor that is lost or closed twice changes which number is free. */
static int lowest_free_fd(void)
{
	int fd = dup(files[FILE_NULL]);

	close(fd);
	return fd;
}

static void check_stopped(void)
{
	struct vhost_state s;

	vhost_dev_state(dev, &s);
	REQUIRE(!s.connected && !s.running && !s.n_ready && s.reason[0]);
	for (unsigned int i = 0; i < RINGS; i++)
		REQUIRE(!ready[i] && vhost_dev_ring(dev, i)->kick_fd < 0 &&
			vhost_dev_ring(dev, i)->call_fd < 0);
}

static void end_connection(const char *why)
{
	vhost_dev_disconnected(dev, why);
	check_stopped();
	vhost_dev_connected(dev);
}

/* Sends 'm' of 'len' bytes; kinds of its descriptors are in 'kinds'. */
static void send_message(const struct vhost_msg *m, size_t len, const __u8 *kinds, size_t n_fds)
{
	__u8 bytes[VHOST_MSG_MAX] = {}, reply[VHOST_MSG_MAX];
	int fds[VHOST_MSG_MAX_FDS], reply_fd, rc;
	size_t reply_len;

	memcpy(bytes, &m->h, VHOST_MSG_HEADER);
	memcpy(bytes + VHOST_MSG_HEADER, m->bytes, VHOST_MSG_MAX_PAYLOAD);
	for (size_t i = 0; i < n_fds; i++) {
		int fd = kinds[i] == FILE_N && inflight_fd >= 0 ? inflight_fd
								: files[kinds[i] % FILE_N];

		fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		REQUIRE(fds[i] >= 0);
	}
	rc = vhost_dev_message(dev, bytes, len, fds, n_fds, reply, &reply_len, &reply_fd);
	REQUIRE(!rc || (rc == -EPROTO && !reply_len && reply_fd < 0));
	REQUIRE(!reply_len || (reply_len >= VHOST_MSG_HEADER && reply_len <= VHOST_MSG_MAX));
	if (reply_fd >= 0) {
		if (inflight_fd >= 0)
			close(inflight_fd);
		inflight_fd = reply_fd;
	}
	if (rc)
		end_connection(NULL);
}

/* Any message at all; sizes are mostly right. */
static void send_any(struct input *in)
{
	static const __u16 sizes[] = {0, 8, 16, 20, 24, 40, 72, 264};
	struct vhost_msg m = {.h.request = take(in, 1)};
	__u8 flags = (__u8)take(in, 1), kinds[VHOST_MSG_MAX_FDS];
	size_t len, n_fds = take(in, 1) % (VHOST_MSG_MAX_FDS + 1);

	m.h.flags = flags & 1 ? VHOST_MSG_VERSION | VHOST_MSG_NEED_REPLY : VHOST_MSG_VERSION;
	m.h.size = sizes[flags >> 1 & 7];
	if (flags & 0x80) {
		m.h.flags = take(in, 1);
		m.h.size = take(in, 4);
	}
	for (size_t i = 0; i < n_fds; i++)
		kinds[i] = (__u8)(take(in, 1) % (FILE_N + 1));
	for (size_t i = 0; i < sizeof(m.bytes) && i < m.h.size; i++)
		m.bytes[i] = (__u8)take(in, 1);
	len = VHOST_MSG_HEADER + m.h.size;
	if (flags & 0x40)
		len = take(in, 2);
	send_message(&m, len < VHOST_MSG_MAX ? len : VHOST_MSG_MAX, kinds, n_fds);
}

static void send_payload(__u32 request, const void *payload, __u32 size, int kind)
{
	struct vhost_msg m = {.h = {request, VHOST_MSG_VERSION, size}};
	__u8 kinds[1] = {(__u8)kind};

	memcpy(m.bytes, payload, size);
	send_message(&m, VHOST_MSG_HEADER + size, kinds, kind >= 0);
}

static void send_u64(__u32 request, __u64 value, int kind)
{
	send_payload(request, &value, sizeof(value), kind);
}

/* Features and memory as they should be, of a choice of features. */
static void agree(struct input *in)
{
	static const __u8 choice[] = {VIRTIO_F_VERSION_1,     VIRTIO_F_RING_PACKED,
				      VIRTIO_NET_F_MRG_RXBUF, VHOST_FEATURE_EVENT_IDX,
				      VHOST_FEATURE_LOG_ALL,  VHOST_FEATURE_PROTOCOL};
	const struct vhost_msg_memory table = {1, 0, {{GPA, MEM, UVA, 0}}};
	__u8 bits = (__u8)take(in, 1);
	__u64 features = 0;

	for (size_t i = 0; i < sizeof(choice); i++)
		if (bits >> i & 1)
			features |= 1ULL << choice[i];
	send_u64(VHOST_REQ_SET_PROTOCOL_FEATURES, 0x1b00f & ~(bits & 0x40u ? 1u << 3 : 0), -1);
	send_u64(VHOST_REQ_SET_FEATURES, features, -1);
	send_payload(VHOST_REQ_SET_MEM_TABLE, &table, 40, FILE_MEMORY);
}

/* A ring as it should be, but for what the input says. */
static void start_ring(struct input *in)
{
	__u8 what = (__u8)take(in, 1);
	__u32 i = what & 3;
	struct vhost_msg_state num = {i, what & 4 ? take(in, 2) : RING_SIZE};
	struct vhost_msg_state base = {i, what & 8 ? take(in, 4) : what & 0x80 ? 0x80008000 : 0};
	struct vhost_msg_addr addr = {
		.index = i,
		.flags = what >> 4 & 1,
		.desc = UVA + RING(i),
		.avail = UVA + RING(i) + AVAIL,
		.used = UVA + RING(i) + USED,
		.log_gpa = what & 0x10 ? take(in, 4) : 0,
	};
	struct vhost_msg_state on = {i, 1};

	if (what & 0x20)
		addr.used = addr.desc + take(in, 4);
	send_payload(VHOST_REQ_SET_VRING_NUM, &num, sizeof(num), -1);
	send_payload(VHOST_REQ_SET_VRING_BASE, &base, sizeof(base), -1);
	send_payload(VHOST_REQ_SET_VRING_ADDR, &addr, sizeof(addr), -1);
	send_u64(VHOST_REQ_SET_VRING_CALL, i, what & 0x40 ? FILE_BLOCKING : FILE_EVENT);
	send_u64(VHOST_REQ_SET_VRING_KICK, i, FILE_EVENT);
	send_payload(VHOST_REQ_SET_VRING_ENABLE, &on, sizeof(on), -1);
}

static void send_inflight(struct input *in)
{
	struct vhost_msg_inflight d = {.n_queues = (__u16)(1 + (take(in, 1) & 3)),
				       .queue_size = RING_SIZE};
	bool back = take(in, 1) & 1;

	d.size = take(in, 2);
	if (back && inflight_fd >= 0)
		send_payload(VHOST_REQ_SET_INFLIGHT_FD, &d, sizeof(d), FILE_N);
	else
		send_payload(VHOST_REQ_GET_INFLIGHT_FD, &d, sizeof(d), -1);
}

/* The driver: a descriptor and its being available, or bytes anywhere. */
static void write_memory(struct input *in)
{
	__u8 what = (__u8)take(in, 1);
	__u8 *ring = memory + RING(what & 3);
	__u64 addr = GPA + DATA + take(in, 1) * 256;
	__u32 len = take(in, 2);
	__u16 i = (__u16)(take(in, 1) % RING_SIZE), flags = (__u16)take(in, 2);
	__u16 *avail = (__u16 *)(ring + AVAIL);

	if (what & 4) {
		for (; len % 8; len--)
			memory[(what >> 3) * 0x1000u + (addr + len) % 0x1000] = (__u8)take(in, 1);
		return;
	}
	memcpy(ring + i * 16, &addr, 8);
	memcpy(ring + i * 16 + 8, &len, 4);
	memcpy(ring + i * 16 + 12, &flags, 2);
	if (what & 8) { /* packed: the flags, whose bits say "available", are last */
		memcpy(ring + i * 16 + 12, &i, 2);
		memcpy(ring + i * 16 + 14, &flags, 2);
		return;
	}
	avail[2 + avail[1] % RING_SIZE] = i;
	avail[1]++;
}

/* What a forwarding thread does with ring 'i'; false: it is to be given up. */
static bool work_tx(unsigned int i)
{
	struct vring *tx = vhost_dev_ring(dev, i), *rx = vhost_dev_ring(dev, i - 1);
	struct vring_packet p[8];
	int n;

	vring_lock(tx);
	n = vring_tx_receive(tx, p, 8);
	vring_lock(rx);
	for (int k = 0; k < n; k++)
		vring_rx_send(rx, &p[k].hdr, p[k].iov, p[k].n_iov, p[k].len);
	vring_flush(rx);
	vring_wait(rx);
	vring_unlock(rx);
	if (n > 0)
		vring_tx_release(tx, p, n - (p[0].len & 1));
	vring_flush(tx);
	vring_wait(tx);
	vring_unlock(tx);
	return n >= 0;
}

static void work(struct input *in)
{
	unsigned int i = take(in, 1) & 3;
	char why[128];

	if (i % 2 && ready[i] && !work_tx(i)) {
		snprintf(why, sizeof(why), "ring %u: %.100s", i,
			 vring_reason(vhost_dev_ring(dev, i)));
		vhost_dev_fault(dev, why);
		check_stopped();
		vhost_dev_connected(dev);
	}
}

/* The front end cuts its memory off, and may give it back. */
static void truncate_memory(struct input *in)
{
	__u8 what = (__u8)take(in, 1);
	unsigned int i = what & 3;

	REQUIRE(!ftruncate(files[FILE_MEMORY], (what >> 2) * 4096 % MEM));
	for (unsigned int k = 1; k < RINGS; k += 2)
		if (ready[k])
			work_tx(k);
	REQUIRE(!ftruncate(files[FILE_MEMORY], MEM));
	if (i)
		end_connection("cut off");
}

static void operate(struct input *in)
{
	switch (take(in, 1) % 12) {
	case 0:
	case 1:
	case 2:
		send_any(in);
		break;
	case 3:
		agree(in);
		break;
	case 4:
	case 5:
		start_ring(in);
		break;
	case 6:
	case 7:
		write_memory(in);
		break;
	case 8:
	case 9:
		work(in);
		break;
	case 10:
		send_inflight(in);
		break;
	case 11:
		truncate_memory(in);
		break;
	}
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	static const struct vhost_config config = {.n_queue_pairs = RINGS / 2, .offloads = true};
	struct input in = {data, size};
	int fd;

	if (!memory)
		open_files();
	memset(memory, 0, MEM);
	fd = lowest_free_fd();
	inflight_fd = -1;
	REQUIRE(!vhost_dev_create(&config, &ops, NULL, &dev));
	vhost_dev_connected(dev);
	while (in.left)
		operate(&in);
	vhost_dev_destroy(dev);
	if (inflight_fd >= 0)
		close(inflight_fd);
	REQUIRE(lowest_free_fd() == fd);
	for (unsigned int i = 0; i < RINGS; i++)
		REQUIRE(!ready[i]);
	return 0;
}
