// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a hostile front end says: the negotiation of a guest that knows how, each
 * message of which may become another one on its way.
 */
#include "hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_MS = 1000 };

/* --- descriptors --- */

static int odd_memfd(struct life *l)
{
	static const off_t sizes[] = {0, 1, 4095, 4097, 65536, 1 << 20, 1LL << 40};
	int fd = memfd_create("odd", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (ftruncate(fd, sizes[below(l, sizeof(sizes) / sizeof(sizes[0]))]))
		return fd;
	if (below(l, 2))
		fcntl(fd, F_ADD_SEALS, (int)below(l, 32));
	return fd;
}

static int pipe_end(struct life *l)
{
	int ends[2], keep = (int)below(l, 2);

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	close(ends[!keep]);
	return ends[keep];
}

int odd_fd(struct life *l)
{
	static const char *const files[] = {"/dev/null",  "/dev/zero",      "/proc/self/maps",
					    "/",          "/proc/self/mem", "/dev/net/tun",
					    "/etc/passwd"};

	switch (below(l, 8)) {
	case 0:
		return pipe_end(l);
	case 1:
		return eventfd((unsigned int)draw(l), below(l, 2) ? EFD_SEMAPHORE : 0);
	case 2:
		return epoll_create1(EPOLL_CLOEXEC);
	case 3:
		return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	case 4:
		return dup(l->socket);
	case 5:
		return open(files[below(l, sizeof(files) / sizeof(files[0]))],
			    O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	default:
		return odd_memfd(l);
	}
}

/* --- sending --- */

/* Whole, or not at all within a while. */
static bool send_bytes(struct life *l, const void *bytes, size_t len, const int *fds, int n_fds)
{
	struct pollfd p = {l->socket, POLLOUT, 0};

	while (send_with_fds(l->socket, bytes, len, fds, (size_t)n_fds,
			     MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		/* EBADF: one of the descriptors could not be made. */
		if (errno == EBADF)
			return true;
		if (errno != EAGAIN || poll(&p, 1, ANSWER_MS) != 1) {
			l->lost = true;
			return false;
		}
	}
	l->tally->messages++;
	l->tally->descriptors += (uint64_t)n_fds;
	return true;
}

/* Part of it, silence, and perhaps the rest. */
static bool send_in_halves(struct life *l, const struct message *m, size_t len)
{
	size_t first = 1 + below(l, (unsigned int)len - 1);

	if (!send_bytes(l, m, first, NULL, 0))
		return false;
	usleep(below(l, below(l, 64) ? 5000 : 1000000));
	return below(l, 8) ? send_bytes(l, (const uint8_t *)m + first, len - first, NULL, 0)
			   : false;
}

static bool send_with_odd_fds(struct life *l, const struct message *m, size_t len, const int *fds,
			      int n_fds)
{
	int some[MAX_FDS], n = (int)below(l, below(l, 4) ? 3 : MAX_FDS);
	bool ok;

	for (int i = 0; i < n; i++)
		some[i] = i < n_fds && below(l, 2) ? dup(fds[i]) : odd_fd(l);
	ok = send_bytes(l, m, len, some, n);
	for (int i = 0; i < n; i++)
		close(some[i]);
	return ok;
}

static bool tell_mutated(struct life *l, struct message *m, uint32_t size, const int *fds,
			 int n_fds)
{
	size_t len = HEADER + size;

	l->tally->mutated++;
	switch (below(l, 10)) {
	case 0:
		return true;
	case 1:
		return send_bytes(l, m, len, fds, n_fds) && send_bytes(l, m, len, fds, n_fds);
	case 2:
		if (size)
			m->bytes[below(l, size)] ^= (uint8_t)(1u << below(l, 8));
		break;
	case 3:
		m->size = (uint32_t)(below(l, 2) ? below(l, 600) : odd_number(l));
		break;
	case 4:
		m->flags = (uint32_t)(below(l, 2) ? below(l, 16) : odd_number(l));
		break;
	case 5:
		return send_with_odd_fds(l, m, len, fds, n_fds);
	case 6:
		m->request = below(l, REQUEST_LAST);
		break;
	case 7:
		return send_in_halves(l, m, len);
	case 8:
		if (size >= 8)
			m->word[below(l, size / 8)] = odd_number(l);
		break;
	default:
		len = 1 + below(l, sizeof(*m));
		for (size_t i = 0; i < len; i++)
			((uint8_t *)m)[i] = (uint8_t)draw(l);
		break;
	}
	return send_bytes(l, m, len, fds, n_fds);
}

bool tell(struct life *l, struct message *m, uint32_t size, const int *fds, int n_fds)
{
	m->flags = VERSION | (l->protocol & 1 << 3 && !below(l, 8) ? NEED_REPLY : 0);
	m->size = size;
	if (oops(l))
		return tell_mutated(l, m, size, fds, n_fds);
	return send_bytes(l, m, HEADER + size, fds, n_fds);
}

bool tell_u64(struct life *l, uint32_t request, uint64_t value)
{
	struct message m = {.request = request, .u64 = value};

	return tell(l, &m, sizeof(m.u64), NULL, 0);
}

bool tell_state(struct life *l, uint32_t request, uint32_t index, uint32_t num)
{
	struct message m = {.request = request, .state = {index, num}};

	return tell(l, &m, sizeof(m.state), NULL, 0);
}

/* --- answers --- */

static ssize_t receive(struct life *l, struct message *m, int *fd)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = {m, HEADER};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(l->socket, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	*fd = -1;
	if (n == (ssize_t)HEADER && c && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	if (n == (ssize_t)HEADER && m->size <= sizeof(m->bytes) &&
	    recv(l->socket, m->bytes, m->size, MSG_DONTWAIT) != (ssize_t)m->size)
		return -1;
	return n;
}

/* Acknowledgements of what was said before are passed over. */
bool answer(struct life *l, struct message *m, int *fd)
{
	uint32_t request = m->request;
	struct pollfd p = {l->socket, POLLIN, 0};

	for (int tries = 0; tries < 64 && poll(&p, 1, ANSWER_MS) == 1; tries++) {
		int got;

		if (receive(l, m, &got) != (ssize_t)HEADER)
			break;
		l->tally->answers++;
		if (m->request == request && fd) {
			*fd = got;
			return true;
		}
		if (got >= 0)
			close(got);
		if (m->request == request)
			return true;
	}
	l->lost = true;
	return false;
}

/* Zero if nobody tells. */
static uint64_t ask(struct life *l, uint32_t request)
{
	struct message m = {.request = request};

	if (!tell(l, &m, 0, NULL, 0))
		return 0;
	/* It may not have been the question that was asked. */
	m.request = request;
	return answer(l, &m, NULL) ? m.u64 : 0;
}

/* --- the negotiation --- */

bool tell_memory(struct life *l)
{
	struct message m = {.request = SET_MEM_TABLE, .memory = {.n = 2}};
	int fds[2] = {l->rings.fd, l->buffers.fd};

	m.memory.region[0] = l->rings.region;
	m.memory.region[1] = l->buffers.region;
	return tell(l, &m, 8 + 2 * sizeof(struct region), fds, 2);
}

bool tell_addr(struct life *l, unsigned int i)
{
	const struct ring *r = &l->ring[i];
	struct message m = {.request = SET_VRING_ADDR,
			    .addr = {.index = i,
				     .desc = (uintptr_t)r->desc,
				     .used = (uintptr_t)r->used,
				     .avail = (uintptr_t)r->avail}};

	return tell(l, &m, sizeof(m.addr), NULL, 0);
}

bool tell_eventfd(struct life *l, uint32_t request, unsigned int i, int *fd)
{
	struct message m = {.request = request, .u64 = i};

	if (*fd >= 0)
		close(*fd);
	*fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return tell(l, &m, sizeof(m.u64), fd, 1);
}

static bool tell_ring(struct life *l, unsigned int i)
{
	struct ring *r = &l->ring[i];
	uint32_t base = l->packed ? 0x80008000 : 0;
	int err = -1;
	bool ok;

	ok = tell_state(l, SET_VRING_NUM, i, l->ring_size) &&
	     tell_state(l, SET_VRING_BASE, i, base) && tell_addr(l, i) &&
	     tell_eventfd(l, SET_VRING_CALL, i, &r->call) &&
	     tell_eventfd(l, SET_VRING_ERR, i, &err) &&
	     tell_eventfd(l, SET_VRING_KICK, i, &r->kick) && tell_state(l, SET_VRING_ENABLE, i, 1);
	close(err);
	return ok;
}

/* Of what is offered, all but what the life is to do without. */
static uint64_t choose_features(struct life *l, uint64_t offered)
{
	uint64_t f = offered & ~(1ULL << F_LOG_ALL);

	if (!l->packed)
		f &= ~(1ULL << VIRTIO_F_RING_PACKED);
	if (!l->indirect)
		f &= ~(1ULL << VIRTIO_RING_F_INDIRECT_DESC);
	if (below(l, 2))
		f &= ~(1ULL << VIRTIO_RING_F_EVENT_IDX);
	if (!below(l, 4))
		f &= ~(1ULL << VIRTIO_NET_F_MRG_RXBUF);
	if (!below(l, 8))
		f &= draw(l);
	return f;
}

bool negotiate(struct life *l)
{
	struct message owner = {.request = SET_OWNER};
	uint64_t offered;

	if (!tell(l, &owner, 0, NULL, 0))
		return false;
	offered = ask(l, GET_FEATURES);
	l->protocol = ask(l, GET_PROTOCOL_FEATURES);
	if (!below(l, 4))
		l->protocol &= draw(l);
	l->features = choose_features(l, offered);
	l->packed = l->features >> VIRTIO_F_RING_PACKED & 1;
	l->indirect = l->features >> VIRTIO_RING_F_INDIRECT_DESC & 1;
	l->hdr_len = l->features & (1ULL << VIRTIO_F_VERSION_1 | 1ULL << VIRTIO_NET_F_MRG_RXBUF)
			     ? sizeof(struct virtio_net_hdr_mrg_rxbuf)
			     : sizeof(struct virtio_net_hdr);
	if (!tell_u64(l, SET_PROTOCOL_FEATURES, l->protocol) ||
	    !tell_u64(l, SET_FEATURES, l->features) || !tell_memory(l))
		return false;
	for (unsigned int i = 0; i < 2 * l->pairs; i++)
		if (!tell_ring(l, i))
			return false;
	return true;
}
