/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Messages of the vhost-user protocol: their layout, and what a message alone can
 * be checked for. No state, no system call.
 *
 * A message is a header and a payload, in the byte order of the machine, with file
 * descriptors beside it. The kinds differ in payload and descriptors; the table in
 * vhost_msg.c has one row for each kind that xvs knows.
 *
 * Source: docs/interop/vhost-user.rst of QEMU.
 */
#ifndef VHOST_VHOST_MSG_H
#define VHOST_VHOST_MSG_H

#include "xvs/types.h"

enum vhost_request {
	VHOST_REQ_UNSPEC,
	VHOST_REQ_GET_FEATURES = 1,
	VHOST_REQ_SET_FEATURES = 2,
	VHOST_REQ_SET_OWNER = 3,
	VHOST_REQ_RESET_OWNER = 4,
	VHOST_REQ_SET_MEM_TABLE = 5,
	VHOST_REQ_SET_LOG_BASE = 6,
	VHOST_REQ_SET_LOG_FD = 7,
	VHOST_REQ_SET_VRING_NUM = 8,
	VHOST_REQ_SET_VRING_ADDR = 9,
	VHOST_REQ_SET_VRING_BASE = 10,
	VHOST_REQ_GET_VRING_BASE = 11,
	VHOST_REQ_SET_VRING_KICK = 12,
	VHOST_REQ_SET_VRING_CALL = 13,
	VHOST_REQ_SET_VRING_ERR = 14,
	VHOST_REQ_GET_PROTOCOL_FEATURES = 15,
	VHOST_REQ_SET_PROTOCOL_FEATURES = 16,
	VHOST_REQ_GET_QUEUE_NUM = 17,
	VHOST_REQ_SET_VRING_ENABLE = 18,
	VHOST_REQ_SEND_RARP = 19,
	VHOST_REQ_NET_SET_MTU = 20,
	VHOST_REQ_GET_INFLIGHT_FD = 31,
	VHOST_REQ_SET_INFLIGHT_FD = 32,
	VHOST_REQ_RESET_DEVICE = 34,
	VHOST_REQ_GET_MAX_MEM_SLOTS = 36,
	VHOST_REQ_ADD_MEM_REG = 37,
	VHOST_REQ_REM_MEM_REG = 38,
	VHOST_REQ_SET_STATUS = 39,
	VHOST_REQ_GET_STATUS = 40,
	VHOST_REQ_MAX
};

/* Bits of struct vhost_msg.flags. */
#define VHOST_MSG_VERSION_MASK 0x3u
#define VHOST_MSG_VERSION 0x1u
#define VHOST_MSG_REPLY 0x4u
#define VHOST_MSG_NEED_REPLY 0x8u

/* Bits of the protocol features; those that are not here are not offered. */
enum vhost_protocol_feature {
	VHOST_PROTOCOL_MQ = 0,
	VHOST_PROTOCOL_LOG_SHMFD = 1,
	VHOST_PROTOCOL_RARP = 2,
	VHOST_PROTOCOL_REPLY_ACK = 3,
	VHOST_PROTOCOL_NET_MTU = 4,
	VHOST_PROTOCOL_INFLIGHT_SHMFD = 12,
	VHOST_PROTOCOL_RESET_DEVICE = 13,
	VHOST_PROTOCOL_MEM_SLOTS = 15,
	VHOST_PROTOCOL_STATUS = 16,
};
/* Bits of the features that are of the protocol and not of virtio; and two of virtio
 * whose header, linux/virtio_ring.h, has a struct vring of its own. */
#define VHOST_FEATURE_LOG_ALL 26
#define VHOST_FEATURE_PROTOCOL 30
#define VHOST_FEATURE_INDIRECT_DESC 28
#define VHOST_FEATURE_EVENT_IDX 29

#define VHOST_MSG_MAX_REGIONS 8 /* of one memory table, by the protocol */
#define VHOST_MSG_MAX_FDS 8 /* with one message, by the protocol */
/* Payload: the protocol's longest today (a device's configuration) has 268 bytes,
 * and is not one that xvs takes. */
#define VHOST_MSG_MAX_PAYLOAD 512

struct vhost_msg_header {
	__u32 request;
	__u32 flags; /* VHOST_MSG_* */
	__u32 size; /* of the payload */
};

struct vhost_msg_state {
	__u32 index;
	__u32 num;
};

struct vhost_msg_addr {
	__u32 index;
	__u32 flags; /* VHOST_MSG_ADDR_LOG */
	__u64 desc;
	__u64 used;
	__u64 avail;
	__u64 log_gpa;
};
#define VHOST_MSG_ADDR_LOG 0x1u

struct vhost_msg_region {
	__u64 gpa;
	__u64 size;
	__u64 uva;
	__u64 offset; /* in the file */
};

struct vhost_msg_memory {
	__u32 n_regions;
	__u32 padding;
	struct vhost_msg_region region[VHOST_MSG_MAX_REGIONS];
};

struct vhost_msg_slot {
	__u64 padding;
	struct vhost_msg_region region;
};

struct vhost_msg_log {
	__u64 size;
	__u64 offset;
};

/* Some front ends send the four bytes of padding at its end, some do not. */
struct vhost_msg_inflight {
	__u64 size;
	__u64 offset;
	__u16 n_queues;
	__u16 queue_size;
	__u32 padding;
};
#define VHOST_MSG_INFLIGHT_MIN 20

/* Bits of 'u64' in SET_VRING_KICK, _CALL and _ERR. */
#define VHOST_MSG_FD_INDEX 0xffu
#define VHOST_MSG_FD_NONE 0x100u

/* In memory the payload is aligned; on its way it follows the header at once. */
struct vhost_msg {
	struct vhost_msg_header h;
	union {
		__u64 u64;
		struct vhost_msg_state state;
		struct vhost_msg_addr addr;
		struct vhost_msg_memory memory;
		struct vhost_msg_slot slot;
		struct vhost_msg_log log;
		struct vhost_msg_inflight inflight;
		__u8 bytes[VHOST_MSG_MAX_PAYLOAD];
	};
};

#define VHOST_MSG_HEADER sizeof(struct vhost_msg_header)
#define VHOST_MSG_MAX (VHOST_MSG_HEADER + VHOST_MSG_MAX_PAYLOAD)
XVS_STATIC_ASSERT(VHOST_MSG_HEADER == 12, "the header has no padding");

/* From and to 'bytes' as they travel. What is longer than any message is cut, what is
 * missing is 0; vhost_msg_check() knows by 'len'. */
void vhost_msg_read(struct vhost_msg *m, const void *bytes, size_t len);
size_t vhost_msg_write(const struct vhost_msg *m, void *bytes); /* its length */

/* Room for what the functions below say of a message that is refused. */
#define VHOST_MSG_REASON 160

/* "SET_MEM_TABLE"; "request 99" in 'buf' (of 16 bytes) for one that is not known. */
const char *vhost_request_name(__u32 request, char *buf);
/* The protocol feature that must have been agreed on for it, or -1. */
int vhost_request_feature(__u32 request);
/* May a payload be read after this header? 0, or -EPROTO with the reason. */
int vhost_msg_check_header(const struct vhost_msg_header *h, char *reason);
/* The whole message: 0; -EPROTO, or -EOPNOTSUPP for a kind that is not known (the
 * front end may have asked for an answer to that), with the reason. */
int vhost_msg_check(const struct vhost_msg *m, size_t len, size_t n_fds, char *reason);

#endif /* VHOST_VHOST_MSG_H */
