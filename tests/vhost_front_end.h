/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A front end of vhost-user for tests: memory in a memfd, split rings in it, a driver
 * that puts buffers there, and messages, straight to a device (fe_ask) or by a socket
 * (fe->sock).
 *
 * Ring 'i' lies at FE_RING(i) of the memory, its FE_SIZE buffers of FE_BUF bytes
 * behind it. The guest's addresses begin at FE_GPA, the front end's own at FE_UVA.
 */
#ifndef TESTS_VHOST_FRONT_END_H
#define TESTS_VHOST_FRONT_END_H

#include <dirent.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test.h"
#include "vhost_dev.h"
#include "vhost_msg.h"

#define FE_GPA 0x40000000ULL
#define FE_UVA 0x7f1200000000ULL
#define FE_MEM (2u << 20)
#define FE_SIZE 16
#define FE_BUF 2048
#define FE_RING(i) ((i)*0x10000u)
#define FE_AVAIL 0x1000
#define FE_USED 0x2000
#define FE_DATA 0x4000
#define FE_RINGS 4

#define BIT(n) (1ULL << (n))
#define FE_FEATURES (BIT(VIRTIO_F_VERSION_1) | BIT(VHOST_FEATURE_PROTOCOL))
#define FE_PROTOCOL                                                                               \
	(BIT(VHOST_PROTOCOL_REPLY_ACK) | BIT(VHOST_PROTOCOL_MQ) | BIT(VHOST_PROTOCOL_LOG_SHMFD) | \
	 BIT(VHOST_PROTOCOL_INFLIGHT_SHMFD) | BIT(VHOST_PROTOCOL_RESET_DEVICE) |                  \
	 BIT(VHOST_PROTOCOL_MEM_SLOTS) | BIT(VHOST_PROTOCOL_STATUS))

struct fe_desc {
	__u64 addr;
	__u32 len;
	__u16 flags;
	__u16 next;
};

struct fe_avail {
	__u16 flags, idx, ring[FE_SIZE];
};

struct fe_used {
	__u16 flags, idx;
	struct {
		__u32 id, len;
	} ring[FE_SIZE];
};

struct fe {
	struct vhost_dev *dev; /* NULL: by 'sock' */
	int sock;
	int mem_fd;
	__u8 *mem;
	int kick[FE_RINGS], call[FE_RINGS], err[FE_RINGS];
	struct vhost_msg reply; /* to the last request */
	size_t reply_len;
	int reply_fd;
};

static inline unsigned int fe_open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static inline int fe_memfd(size_t size)
{
	int fd = memfd_create("fe", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	return fd;
}

static inline void fe_init(struct fe *fe, struct vhost_dev *dev)
{
	memset(fe, 0, sizeof(*fe));
	fe->dev = dev;
	fe->sock = fe->reply_fd = -1;
	fe->mem_fd = fe_memfd(FE_MEM);
	fe->mem = mmap(NULL, FE_MEM, PROT_READ | PROT_WRITE, MAP_SHARED, fe->mem_fd, 0);
	assert_ptr_not_equal(fe->mem, MAP_FAILED);
	for (int i = 0; i < FE_RINGS; i++) {
		fe->kick[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		fe->call[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		fe->err[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	}
}

static inline void fe_fini(struct fe *fe)
{
	for (int i = 0; i < FE_RINGS; i++) {
		close(fe->kick[i]);
		close(fe->call[i]);
		close(fe->err[i]);
	}
	munmap(fe->mem, FE_MEM);
	close(fe->mem_fd);
	if (fe->sock >= 0)
		close(fe->sock);
	if (fe->reply_fd >= 0)
		close(fe->reply_fd);
}

/* How often 'fd', an eventfd, was written since the last time. */
static inline unsigned int fe_signals(int fd)
{
	eventfd_t n;

	return eventfd_read(fd, &n) ? 0 : (unsigned int)n;
}

/* --- messages --- */

/* Sends all of 'len' bytes with copies of the descriptors. */
static inline void fe_send(int sock, const void *bytes, size_t len, const int *fds, size_t n_fds)
{
	char control[CMSG_SPACE(16 * sizeof(int))] = {};
	struct iovec iov = {(void *)bytes, len};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

	if (n_fds) {
		m.msg_control = control;
		m.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		CMSG_FIRSTHDR(&m)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&m)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&m)->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), fds, n_fds * sizeof(int));
	}
	assert_int_equal(sendmsg(sock, &m, MSG_NOSIGNAL), len);
}

/* Kinds that have an answer of their own. */
static inline bool fe_is_answered(const struct vhost_msg *m)
{
	switch (m->h.request) {
	case VHOST_REQ_GET_FEATURES:
	case VHOST_REQ_GET_PROTOCOL_FEATURES:
	case VHOST_REQ_GET_QUEUE_NUM:
	case VHOST_REQ_GET_VRING_BASE:
	case VHOST_REQ_GET_INFLIGHT_FD:
	case VHOST_REQ_GET_MAX_MEM_SLOTS:
	case VHOST_REQ_GET_STATUS:
	case VHOST_REQ_SET_LOG_BASE:
		return true;
	}
	return m->h.flags & VHOST_MSG_NEED_REPLY;
}

/* Takes an answer from 'sock': its length, 0 if the connection is closed. */
static inline size_t fe_take(int sock, void *bytes, int *fd)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = {bytes, VHOST_MSG_MAX};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);

	*fd = -1;
	if (n < 0)
		assert_int_equal(errno, ECONNRESET);
	if (n > 0 && CMSG_FIRSTHDR(&m))
		memcpy(fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(int));
	return n < 0 ? 0 : (size_t)n;
}

/* One message, to the device itself as a socket would bring it, or by 'sock': its 0
 * or -EPROTO (known by the answer only, if by 'sock'); the answer is in 'reply'. */
static inline int fe_tell(struct fe *fe, const struct vhost_msg *m, const int *fds, size_t n_fds)
{
	__u8 bytes[VHOST_MSG_MAX], reply[VHOST_MSG_MAX];
	size_t len = vhost_msg_write(m, bytes);
	int own[VHOST_MSG_MAX_FDS], rc = 0;

	if (fe->reply_fd >= 0)
		close(fe->reply_fd);
	fe->reply_fd = -1;
	fe->reply_len = 0;
	if (fe->dev) {
		for (size_t i = 0; i < n_fds; i++)
			own[i] = dup(fds[i]);
		rc = vhost_dev_message(fe->dev, bytes, len, own, n_fds, reply, &fe->reply_len,
				       &fe->reply_fd);
		if (rc)
			vhost_dev_disconnected(fe->dev, NULL);
	} else {
		fe_send(fe->sock, bytes, len, fds, n_fds);
		if (fe_is_answered(m)) {
			fe->reply_len = fe_take(fe->sock, reply, &fe->reply_fd);
			rc = fe->reply_len ? 0 : -EPROTO;
		}
	}
	vhost_msg_read(&fe->reply, reply, fe->reply_len);
	return rc;
}

static inline int fe_u64(struct fe *fe, __u32 request, __u64 value)
{
	struct vhost_msg m = {.h = {request, VHOST_MSG_VERSION, 8}, .u64 = value};

	return fe_tell(fe, &m, NULL, 0);
}

static inline int fe_state(struct fe *fe, __u32 request, __u32 index, __u32 num)
{
	struct vhost_msg m = {.h = {request, VHOST_MSG_VERSION, 8}, .state = {index, num}};

	return fe_tell(fe, &m, NULL, 0);
}

/* A request without payload: the number that is answered. */
static inline __u64 fe_get(struct fe *fe, __u32 request)
{
	struct vhost_msg m = {.h = {request, VHOST_MSG_VERSION, 0}};

	assert_int_equal(fe_tell(fe, &m, NULL, 0), 0);
	assert_int_equal(fe->reply_len, VHOST_MSG_HEADER + 8);
	assert_int_equal(fe->reply.h.request, request);
	assert_int_equal(fe->reply.h.flags, VHOST_MSG_VERSION | VHOST_MSG_REPLY);
	return fe->reply.u64;
}

/* SET_VRING_KICK, _CALL or _ERR; 'fd' -1: none. */
static inline int fe_fd(struct fe *fe, __u32 request, unsigned int ring, int fd)
{
	struct vhost_msg m = {.h = {request, VHOST_MSG_VERSION, 8},
			      .u64 = ring | (fd < 0 ? VHOST_MSG_FD_NONE : 0)};

	return fe_tell(fe, &m, &fd, fd >= 0);
}

static inline struct vhost_msg fe_addr_msg(unsigned int ring)
{
	__u64 at = FE_UVA + FE_RING(ring);

	return (struct vhost_msg){
		.h = {VHOST_REQ_SET_VRING_ADDR, VHOST_MSG_VERSION, sizeof(struct vhost_msg_addr)},
		.addr = {.index = ring, .desc = at, .avail = at + FE_AVAIL, .used = at + FE_USED},
	};
}

static inline int fe_addr(struct fe *fe, unsigned int ring)
{
	struct vhost_msg m = fe_addr_msg(ring);

	return fe_tell(fe, &m, NULL, 0);
}

static inline struct vhost_msg fe_memory_msg(void)
{
	return (struct vhost_msg){
		.h = {VHOST_REQ_SET_MEM_TABLE, VHOST_MSG_VERSION, 8 + 32},
		.memory = {.n_regions = 1, .region[0] = {FE_GPA, FE_MEM, FE_UVA, 0}},
	};
}

static inline int fe_memory(struct fe *fe)
{
	struct vhost_msg m = fe_memory_msg();

	return fe_tell(fe, &m, &fe->mem_fd, 1);
}

static inline struct vhost_msg fe_slot_msg(__u32 request, __u64 at, __u64 size)
{
	return (struct vhost_msg){
		.h = {request, VHOST_MSG_VERSION, sizeof(struct vhost_msg_slot)},
		.slot.region = {FE_GPA + at, size, FE_UVA + at, at},
	};
}

/* All that a ring needs but its enabling. */
static inline void fe_ring(struct fe *fe, unsigned int i, __u32 base)
{
	assert_int_equal(fe_state(fe, VHOST_REQ_SET_VRING_NUM, i, FE_SIZE), 0);
	assert_int_equal(fe_state(fe, VHOST_REQ_SET_VRING_BASE, i, base), 0);
	assert_int_equal(fe_addr(fe, i), 0);
	assert_int_equal(fe_fd(fe, VHOST_REQ_SET_VRING_CALL, i, fe->call[i]), 0);
	assert_int_equal(fe_fd(fe, VHOST_REQ_SET_VRING_ERR, i, fe->err[i]), 0);
	assert_int_equal(fe_fd(fe, VHOST_REQ_SET_VRING_KICK, i, fe->kick[i]), 0);
}

/* From the connection on, as far as the memory. */
static inline void fe_agree(struct fe *fe, __u64 features)
{
	struct vhost_msg owner = {.h = {VHOST_REQ_SET_OWNER, VHOST_MSG_VERSION, 0}};

	assert_int_equal(features & ~fe_get(fe, VHOST_REQ_GET_FEATURES), 0);
	if (features & BIT(VHOST_FEATURE_PROTOCOL)) {
		assert_int_equal(FE_PROTOCOL & ~fe_get(fe, VHOST_REQ_GET_PROTOCOL_FEATURES), 0);
		assert_int_equal(fe_u64(fe, VHOST_REQ_SET_PROTOCOL_FEATURES, FE_PROTOCOL), 0);
	}
	assert_int_equal(fe_tell(fe, &owner, NULL, 0), 0);
	assert_int_equal(fe_u64(fe, VHOST_REQ_SET_FEATURES, features), 0);
	assert_int_equal(fe_memory(fe), 0);
}

/* A whole negotiation: 'n' rings that run. */
static inline void fe_start(struct fe *fe, __u64 features, unsigned int n)
{
	fe_agree(fe, features);
	for (unsigned int i = 0; i < n; i++)
		fe_ring(fe, i, 0);
	for (unsigned int i = 0; i < n && features & BIT(VHOST_FEATURE_PROTOCOL); i++)
		assert_int_equal(fe_state(fe, VHOST_REQ_SET_VRING_ENABLE, i, 1), 0);
}

/* --- the driver --- */

static inline struct fe_avail *fe_avail(struct fe *fe, unsigned int ring)
{
	return (void *)(fe->mem + FE_RING(ring) + FE_AVAIL);
}

static inline struct fe_used *fe_used(struct fe *fe, unsigned int ring)
{
	return (void *)(fe->mem + FE_RING(ring) + FE_USED);
}

/* The bytes of buffer 'i'; its frame begins after the header, 12 bytes on. */
static inline __u8 *fe_data(struct fe *fe, unsigned int ring, unsigned int i)
{
	return fe->mem + FE_RING(ring) + FE_DATA + i * FE_BUF;
}

/* Makes the next buffer available: to be written by the device, or with 'len' bytes
 * for it, header included. */
static inline void fe_put(struct fe *fe, unsigned int ring, __u32 len)
{
	struct fe_avail *avail = fe_avail(fe, ring);
	unsigned int i = avail->idx % FE_SIZE;
	struct fe_desc *d = (struct fe_desc *)(fe->mem + FE_RING(ring)) + i;

	*d = (struct fe_desc){
		.addr = FE_GPA + FE_RING(ring) + FE_DATA + i * FE_BUF,
		.len = ring % 2 ? len : FE_BUF,
		.flags = ring % 2 ? 0 : 2,
	};
	avail->ring[i] = (__u16)i;
	__atomic_store_n(&avail->idx, avail->idx + 1, __ATOMIC_RELEASE);
}

/* A frame from the guest whose bytes are all 'byte'. */
static inline void fe_transmit(struct fe *fe, unsigned int ring, __u8 byte, __u32 len)
{
	__u8 *data = fe_data(fe, ring, fe_avail(fe, ring)->idx % FE_SIZE);

	memset(data, 0, 12);
	memset(data + 12, byte, len);
	fe_put(fe, ring, 12 + len);
}

/* The device's side: takes one packet from the guest. Its first byte; -1: none is there. */
static inline int fe_received(struct vhost_dev *dev, unsigned int ring)
{
	struct vring *vr = vhost_dev_ring(dev, ring);
	struct vring_packet p;
	int byte = -1;

	vring_lock(vr);
	if (vring_tx_receive(vr, &p, 1) == 1) {
		byte = *(__u8 *)p.iov[0].iov_base;
		vring_tx_release(vr, &p, 1);
		vring_flush(vr);
	}
	vring_unlock(vr);
	return byte;
}

#endif /* TESTS_VHOST_FRONT_END_H */
