/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vhost-user's messages, as a front end that is one of these tools sends them. Written
 * from the protocol's document, and not from what the switch has of it
 * (loader/vhost/vhost_msg.h): the two meet on a socket only.
 *
 * A message is HEADER bytes, then 'size' bytes of the payload that its request has.
 */
#ifndef VHOST_USER_H
#define VHOST_USER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

/* Requests; a front end that tries them all ends at REQUEST_LAST. */
enum request {
	GET_FEATURES = 1,
	SET_FEATURES = 2,
	SET_OWNER = 3,
	RESET_OWNER = 4,
	SET_MEM_TABLE = 5,
	SET_LOG_BASE = 6,
	SET_VRING_NUM = 8,
	SET_VRING_ADDR = 9,
	SET_VRING_BASE = 10,
	GET_VRING_BASE = 11,
	SET_VRING_KICK = 12,
	SET_VRING_CALL = 13,
	SET_VRING_ERR = 14,
	GET_PROTOCOL_FEATURES = 15,
	SET_PROTOCOL_FEATURES = 16,
	GET_QUEUE_NUM = 17,
	SET_VRING_ENABLE = 18,
	SEND_RARP = 19,
	NET_SET_MTU = 20,
	GET_INFLIGHT_FD = 31,
	SET_INFLIGHT_FD = 32,
	RESET_DEVICE = 34,
	GET_MAX_MEM_SLOTS = 36,
	ADD_MEM_REG = 37,
	REM_MEM_REG = 38,
	SET_STATUS = 39,
	GET_STATUS = 40,
	REQUEST_LAST = 48,
};

/* 'flags' */
enum { VERSION = 1, NEED_REPLY = 8 };

/* Bits of the features, and of the protocol's */
enum { F_LOG_ALL = 26, F_PROTOCOL_FEATURES = 30 };
enum {
	PROTOCOL_MQ = 0,
	PROTOCOL_REPLY_ACK = 3,
	PROTOCOL_INFLIGHT = 12,
	PROTOCOL_CONFIGURE_SLOTS = 15,
};

enum { MAX_REGIONS = 8 };

struct region {
	uint64_t gpa, size, uva, offset;
} __attribute__((packed));

struct message {
	uint32_t request, flags, size;
	union {
		uint64_t u64;
		uint64_t word[40];
		uint8_t bytes[320];
		struct {
			uint32_t index, num;
		} state;
		struct {
			uint32_t index, flags;
			uint64_t desc, used, avail, log;
		} addr;
		struct {
			uint32_t n, padding;
			struct region region[MAX_REGIONS];
		} memory;
		struct {
			uint64_t padding;
			struct region region;
		} slot;
		struct {
			uint64_t size, offset;
		} log;
		struct {
			uint64_t size, offset;
			uint16_t n_rings, ring_size;
			uint32_t padding;
		} inflight;
	};
} __attribute__((packed));
#define HEADER offsetof(struct message, u64)
/* The payload of SET_MEM_TABLE with 'n' regions */
#define MEMORY_SIZE(n) (uint32_t)(offsetof(struct message, memory.region[n]) - HEADER)

enum { MAX_FDS = 20 };

/* As sendmsg(); 'fds', at most MAX_FDS, go with the bytes and stay the caller's. */
static inline ssize_t send_with_fds(int socket, const void *bytes, size_t len, const int *fds,
				    size_t n_fds, int flags)
{
	char control[CMSG_SPACE(MAX_FDS * sizeof(int))] = {0};
	struct iovec iov = {(void *)bytes, len};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *c;

	if (n_fds) {
		m.msg_control = control;
		m.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
	}
	return sendmsg(socket, &m, flags);
}

#endif /* VHOST_USER_H */
