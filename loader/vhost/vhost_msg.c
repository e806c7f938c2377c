// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a vhost-user message alone can be checked for: see vhost_msg.h.
 */
#include "vhost_msg.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct kind {
	const char *name; /* NULL: not known */
	__u16 min_size, max_size; /* of the payload */
	__u8 min_fds, max_fds;
	__s8 feature; /* that must have been agreed on; -1: none */
};

#define NOTHING 0, 0, 0, 0
#define U64 sizeof(__u64), sizeof(__u64)
#define STATE sizeof(struct vhost_msg_state), sizeof(struct vhost_msg_state)
#define SLOT sizeof(struct vhost_msg_slot), sizeof(struct vhost_msg_slot)
#define INFLIGHT VHOST_MSG_INFLIGHT_MIN, sizeof(struct vhost_msg_inflight)

/* SEND_RARP, NET_SET_MTU and GET_QUEUE_NUM need their feature to be offered only,
 * which it is. REM_MEM_REG comes with a descriptor from some front ends. */
static const struct kind kinds[VHOST_REQ_MAX] = {
	[VHOST_REQ_GET_FEATURES] = {"GET_FEATURES", NOTHING, -1},
	[VHOST_REQ_SET_FEATURES] = {"SET_FEATURES", U64, 0, 0, -1},
	[VHOST_REQ_SET_OWNER] = {"SET_OWNER", NOTHING, -1},
	[VHOST_REQ_RESET_OWNER] = {"RESET_OWNER", NOTHING, -1},
	[VHOST_REQ_SET_MEM_TABLE] = {"SET_MEM_TABLE", 8, sizeof(struct vhost_msg_memory), 0,
				     VHOST_MSG_MAX_REGIONS, -1},
	[VHOST_REQ_SET_LOG_BASE] = {"SET_LOG_BASE", sizeof(struct vhost_msg_log),
				    sizeof(struct vhost_msg_log), 1, 1, VHOST_PROTOCOL_LOG_SHMFD},
	[VHOST_REQ_SET_LOG_FD] = {"SET_LOG_FD", 0, sizeof(__u64), 1, 1, -1},
	[VHOST_REQ_SET_VRING_NUM] = {"SET_VRING_NUM", STATE, 0, 0, -1},
	[VHOST_REQ_SET_VRING_ADDR] = {"SET_VRING_ADDR", sizeof(struct vhost_msg_addr),
				      sizeof(struct vhost_msg_addr), 0, 0, -1},
	[VHOST_REQ_SET_VRING_BASE] = {"SET_VRING_BASE", STATE, 0, 0, -1},
	[VHOST_REQ_GET_VRING_BASE] = {"GET_VRING_BASE", STATE, 0, 0, -1},
	[VHOST_REQ_SET_VRING_KICK] = {"SET_VRING_KICK", U64, 0, 1, -1},
	[VHOST_REQ_SET_VRING_CALL] = {"SET_VRING_CALL", U64, 0, 1, -1},
	[VHOST_REQ_SET_VRING_ERR] = {"SET_VRING_ERR", U64, 0, 1, -1},
	[VHOST_REQ_GET_PROTOCOL_FEATURES] = {"GET_PROTOCOL_FEATURES", NOTHING, -1},
	[VHOST_REQ_SET_PROTOCOL_FEATURES] = {"SET_PROTOCOL_FEATURES", U64, 0, 0, -1},
	[VHOST_REQ_GET_QUEUE_NUM] = {"GET_QUEUE_NUM", NOTHING, -1},
	[VHOST_REQ_SET_VRING_ENABLE] = {"SET_VRING_ENABLE", STATE, 0, 0, -1},
	[VHOST_REQ_SEND_RARP] = {"SEND_RARP", U64, 0, 0, -1},
	[VHOST_REQ_NET_SET_MTU] = {"NET_SET_MTU", U64, 0, 0, -1},
	[VHOST_REQ_GET_INFLIGHT_FD] = {"GET_INFLIGHT_FD", INFLIGHT, 0, 0,
				       VHOST_PROTOCOL_INFLIGHT_SHMFD},
	[VHOST_REQ_SET_INFLIGHT_FD] = {"SET_INFLIGHT_FD", INFLIGHT, 1, 1,
				       VHOST_PROTOCOL_INFLIGHT_SHMFD},
	[VHOST_REQ_RESET_DEVICE] = {"RESET_DEVICE", NOTHING, VHOST_PROTOCOL_RESET_DEVICE},
	[VHOST_REQ_GET_MAX_MEM_SLOTS] = {"GET_MAX_MEM_SLOTS", NOTHING, VHOST_PROTOCOL_MEM_SLOTS},
	[VHOST_REQ_ADD_MEM_REG] = {"ADD_MEM_REG", SLOT, 1, 1, VHOST_PROTOCOL_MEM_SLOTS},
	[VHOST_REQ_REM_MEM_REG] = {"REM_MEM_REG", SLOT, 0, 1, VHOST_PROTOCOL_MEM_SLOTS},
	[VHOST_REQ_SET_STATUS] = {"SET_STATUS", U64, 0, 0, VHOST_PROTOCOL_STATUS},
	[VHOST_REQ_GET_STATUS] = {"GET_STATUS", NOTHING, VHOST_PROTOCOL_STATUS},
};

static const struct kind *kind_of(__u32 request)
{
	return request < VHOST_REQ_MAX && kinds[request].name ? &kinds[request] : NULL;
}

__attribute__((format(printf, 3, 4))) static int refuse(char *reason, int rc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, VHOST_MSG_REASON, fmt, ap);
	va_end(ap);
	return rc;
}

void vhost_msg_read(struct vhost_msg *m, const void *bytes, size_t len)
{
	size_t head = len < VHOST_MSG_HEADER ? len : VHOST_MSG_HEADER;

	len = len < VHOST_MSG_MAX ? len : VHOST_MSG_MAX;
	memset(m, 0, sizeof(*m));
	memcpy(&m->h, bytes, head);
	memcpy(m->bytes, (const __u8 *)bytes + head, len - head);
}

size_t vhost_msg_write(const struct vhost_msg *m, void *bytes)
{
	memcpy(bytes, &m->h, VHOST_MSG_HEADER);
	memcpy((__u8 *)bytes + VHOST_MSG_HEADER, m->bytes, m->h.size);
	return VHOST_MSG_HEADER + m->h.size;
}

const char *vhost_request_name(__u32 request, char *buf)
{
	const struct kind *k = kind_of(request);

	if (k)
		return k->name;
	snprintf(buf, 16, "request %u", request % 100000);
	return buf;
}

int vhost_request_feature(__u32 request)
{
	const struct kind *k = kind_of(request);

	return k ? k->feature : -1;
}

int vhost_msg_check_header(const struct vhost_msg_header *h, char *reason)
{
	char name[16];

	if ((h->flags & VHOST_MSG_VERSION_MASK) != VHOST_MSG_VERSION)
		return refuse(reason, -EPROTO, "%s: version %u of the protocol",
			      vhost_request_name(h->request, name),
			      h->flags & VHOST_MSG_VERSION_MASK);
	if (h->flags & VHOST_MSG_REPLY)
		return refuse(reason, -EPROTO, "%s: a reply where a request belongs",
			      vhost_request_name(h->request, name));
	if (h->size > VHOST_MSG_MAX_PAYLOAD)
		return refuse(reason, -EPROTO, "%s: payload of %u bytes, more than any request has",
			      vhost_request_name(h->request, name), h->size);
	return 0;
}

/* What the numbers of descriptors and bytes have to do with the payload. */
static int check_payload(const struct vhost_msg *m, const char *name, size_t n_fds, char *reason)
{
	__u32 n;

	switch (m->h.request) {
	case VHOST_REQ_SET_MEM_TABLE:
		n = m->memory.n_regions;
		if (n > VHOST_MSG_MAX_REGIONS)
			return refuse(reason, -EPROTO, "%s: %u regions, at most %u are possible",
				      name, n, VHOST_MSG_MAX_REGIONS);
		if (m->h.size < 8 + n * sizeof(struct vhost_msg_region))
			return refuse(reason, -EPROTO, "%s: payload of %u bytes for %u regions",
				      name, m->h.size, n);
		if (n_fds != n)
			return refuse(reason, -EPROTO, "%s: %zu descriptors for %u regions", name,
				      n_fds, n);
		return 0;
	case VHOST_REQ_SET_VRING_KICK:
	case VHOST_REQ_SET_VRING_CALL:
	case VHOST_REQ_SET_VRING_ERR:
		if (m->u64 & ~(__u64)(VHOST_MSG_FD_INDEX | VHOST_MSG_FD_NONE))
			return refuse(reason, -EPROTO, "%s: unknown bits in 0x%llx", name,
				      (unsigned long long)m->u64);
		if (n_fds != !(m->u64 & VHOST_MSG_FD_NONE))
			return refuse(reason, -EPROTO, "%s: %zu descriptors, and it says %s", name,
				      n_fds, n_fds ? "none" : "one");
		return 0;
	}
	return 0;
}

int vhost_msg_check(const struct vhost_msg *m, size_t len, size_t n_fds, char *reason)
{
	const struct kind *k;
	char buf[16];
	int rc;

	if (len < VHOST_MSG_HEADER)
		return refuse(reason, -EPROTO, "message of %zu bytes, shorter than a header", len);
	rc = vhost_msg_check_header(&m->h, reason);
	if (rc)
		return rc;
	if (len != VHOST_MSG_HEADER + m->h.size)
		return refuse(reason, -EPROTO, "%s: message of %zu bytes, its header says %zu",
			      vhost_request_name(m->h.request, buf), len,
			      VHOST_MSG_HEADER + m->h.size);
	k = kind_of(m->h.request);
	if (!k)
		return refuse(reason, -EOPNOTSUPP, "%s: not known, or not offered",
			      vhost_request_name(m->h.request, buf));
	if (m->h.size < k->min_size || m->h.size > k->max_size)
		return refuse(reason, -EPROTO, "%s: payload of %u bytes", k->name, m->h.size);
	if (n_fds < k->min_fds || n_fds > k->max_fds)
		return refuse(reason, -EPROTO, "%s: %zu descriptors", k->name, n_fds);
	return check_payload(m, k->name, n_fds, reason);
}
