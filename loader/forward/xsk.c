// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The rings of one AF_XDP socket over libxdp's helpers; see xsk.h.
 */
#include "xsk.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <xdp/xsk.h>

/* A queue that is busy is tried again: 40 times 5 ms. */
#define OPEN_TRIES 40
#define OPEN_PAUSE_NS 5000000

/* What the kernel sends in one call in copy mode. */
#define SEND_BATCH 32

struct xsk {
	struct xsk_umem *umem;
	struct xsk_socket *socket;
	struct xsk_ring_prod fill, tx;
	struct xsk_ring_cons completion, rx;
	__u8 *memory; /* rx chunks, then tx chunks */
	size_t size;
	__u32 rx_chunks, tx_chunks;
	bool zero_copy;
	__u32 n_put; /* in the tx ring, not submitted */
	__u32 n_free; /* of free_chunk */
	__u64 free_chunk[]; /* addresses in 'memory' */
};

static int chunks_init(struct xsk *x)
{
	__u32 at;

	for (__u32 i = 0; i < x->tx_chunks; i++)
		x->free_chunk[i] = (__u64)(x->rx_chunks + i) * XVS_XSK_CHUNK;
	x->n_free = x->tx_chunks;
	if (xsk_ring_prod__reserve(&x->fill, x->rx_chunks, &at) != x->rx_chunks)
		return -ENOSPC;
	for (__u32 i = 0; i < x->rx_chunks; i++)
		*xsk_ring_prod__fill_addr(&x->fill, at + i) = (__u64)i * XVS_XSK_CHUNK;
	xsk_ring_prod__submit(&x->fill, x->rx_chunks);
	return 0;
}

static void socket_close(struct xsk *x)
{
	if (x->socket)
		xsk_socket__delete(x->socket);
	if (x->umem)
		xsk_umem__delete(x->umem);
	x->socket = NULL;
	x->umem = NULL;
}

/* The kernel falls back to copying by itself. */
static int socket_open(struct xsk *x, const char *device, __u32 queue, bool copy)
{
	const struct xsk_umem_config umem = {
		.fill_size = x->rx_chunks, .comp_size = x->tx_chunks, .frame_size = XVS_XSK_CHUNK};
	const struct xsk_socket_config config = {
		.rx_size = x->rx_chunks,
		.tx_size = x->tx_chunks,
		.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
		.bind_flags = XDP_USE_NEED_WAKEUP | (copy ? XDP_COPY : 0)};
	int err = xsk_umem__create(&x->umem, x->memory, x->size, &x->fill, &x->completion, &umem);

	if (err)
		return err;
	err = xsk_socket__create(&x->socket, device, queue, x->umem, &x->rx, &x->tx, &config);
	err = err ? err : chunks_init(x);
	/* Nothing of it can be used for another try. */
	if (err)
		socket_close(x);
	return err;
}

static int socket_open_patiently(struct xsk *x, const char *device, __u32 queue, bool copy)
{
	const struct timespec pause = {.tv_nsec = OPEN_PAUSE_NS};
	int err = socket_open(x, device, queue, copy);

	for (int i = 0; err == -EBUSY && i < OPEN_TRIES; i++) {
		nanosleep(&pause, NULL);
		err = socket_open(x, device, queue, copy);
	}
	return err;
}

static bool ask_zero_copy(int fd)
{
	struct xdp_options options = {0};
	socklen_t len = sizeof(options);

	return !getsockopt(fd, SOL_XDP, XDP_OPTIONS, &options, &len) &&
	       (options.flags & XDP_OPTIONS_ZEROCOPY);
}

static struct xsk *xsk_alloc(const struct xsk_options *opt)
{
	__u32 rx_chunks = opt->rx_chunks ? opt->rx_chunks : XSK_CHUNKS;
	__u32 tx_chunks = opt->tx_chunks ? opt->tx_chunks : XSK_CHUNKS;
	struct xsk *x = calloc(1, sizeof(*x) + tx_chunks * sizeof(x->free_chunk[0]));

	if (!x)
		return NULL;
	x->rx_chunks = rx_chunks;
	x->tx_chunks = tx_chunks;
	x->size = (size_t)(rx_chunks + tx_chunks) * XVS_XSK_CHUNK;
	x->memory = mmap(NULL, x->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (x->memory == MAP_FAILED) {
		free(x);
		return NULL;
	}
	return x;
}

static int open_failed(int ret, const char *device, __u32 queue, struct err *err)
{
	const char *why = ret == -EBUSY    ? "another socket has it"
			  : ret == -EINVAL ? "there is no such queue, or the device takes no socket"
					   : strerror(-ret);

	err_set(err, ret, ret == -EPERM ? XVS_RPC_PERMISSION : XVS_RPC_FAILED, device,
		"%s: no AF_XDP socket on queue %u: %s", device, queue, why);
	if (ret == -EBUSY)
		err_hint(err, "a socket of another program (QEMU, DPDK) holds the queue");
	return ret;
}

int xsk_open(const char *device, __u32 queue, const struct xsk_options *opt, struct xsk **out,
	     struct err *err)
{
	struct xsk *x;
	int ret;

	*out = NULL;
	if (!if_nametoindex(device))
		return open_failed(-ENODEV, device, queue, err);
	x = xsk_alloc(opt);
	ret = x ? socket_open_patiently(x, device, queue, opt->copy) : -ENOMEM;
	if (ret) {
		xsk_close(x);
		return open_failed(ret, device, queue, err);
	}
	x->zero_copy = ask_zero_copy(xsk_fd(x));
	*out = x;
	return 0;
}

void xsk_close(struct xsk *x)
{
	if (!x)
		return;
	socket_close(x);
	munmap(x->memory, x->size);
	free(x);
}

int xsk_fd(const struct xsk *x)
{
	return xsk_socket__fd(x->socket);
}

bool xsk_is_zero_copy(const struct xsk *x)
{
	return x->zero_copy;
}

int xsk_set_busy_poll(const struct xsk *x, __u32 us, __u32 budget)
{
	const struct {
		int name;
		int value;
	} options[] = {{SO_PREFER_BUSY_POLL, 1},
		       {SO_BUSY_POLL, (int)us},
		       {SO_BUSY_POLL_BUDGET, (int)budget}};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (setsockopt(xsk_fd(x), SOL_SOCKET, options[i].name, &options[i].value,
			       sizeof(options[i].value)))
			return -errno;
	return 0;
}

/* The driver waits for chunks to be told of. */
static void wake_rx(struct xsk *x)
{
	if (xsk_ring_prod__needs_wakeup(&x->fill))
		recvfrom(xsk_fd(x), NULL, 0, MSG_DONTWAIT, NULL, NULL);
}

/* What the program wrote in front; a chunk keeps it, so that it is struck out. */
static __u32 take_port_no(__u8 *data, __u64 offset)
{
	struct xvs_xsk_meta meta;

	if (offset < sizeof(meta))
		return 0;
	memcpy(&meta, data - sizeof(meta), sizeof(meta));
	if (meta.magic != XVS_XSK_MAGIC)
		return 0;
	memset(data - sizeof(meta), 0, sizeof(meta));
	return meta.port_no;
}

size_t xsk_receive(struct xsk *x, struct xsk_frame *frames, size_t max)
{
	__u32 at, n = xsk_ring_cons__peek(&x->rx, (__u32)max, &at);

	if (!n) {
		wake_rx(x);
		return 0;
	}
	for (__u32 i = 0; i < n; i++) {
		const struct xdp_desc *desc = xsk_ring_cons__rx_desc(&x->rx, at + i);
		__u8 *data = x->memory + desc->addr;

		frames[i] = (struct xsk_frame){
			.data = data,
			.len = desc->len,
			.port_no = take_port_no(data, desc->addr % XVS_XSK_CHUNK),
		};
	}
	xsk_ring_cons__release(&x->rx, n);
	return n;
}

void xsk_release(struct xsk *x, const struct xsk_frame *frames, size_t n)
{
	__u32 at;

	/* [XSK2] */
	if (!n || xsk_ring_prod__reserve(&x->fill, (__u32)n, &at) != n)
		return;
	for (__u32 i = 0; i < n; i++) {
		__u64 addr = (__u64)(frames[i].data - x->memory);

		*xsk_ring_prod__fill_addr(&x->fill, at + i) = addr - addr % XVS_XSK_CHUNK;
	}
	xsk_ring_prod__submit(&x->fill, (__u32)n);
	wake_rx(x);
}

/* Takes back the chunks of frames that were sent. */
static void reap(struct xsk *x)
{
	__u32 at, n = xsk_ring_cons__peek(&x->completion, x->tx_chunks, &at);

	for (__u32 i = 0; i < n; i++)
		x->free_chunk[x->n_free++] = *xsk_ring_cons__comp_addr(&x->completion, at + i);
	if (n)
		xsk_ring_cons__release(&x->completion, n);
}

/* The tx ring has as many places as there are chunks: a free chunk has one. */
__u32 xsk_tx_room(struct xsk *x)
{
	reap(x);
	return x->n_free;
}

__u8 *xsk_tx_next(struct xsk *x)
{
	if (!x->n_free)
		reap(x);
	return x->n_free ? x->memory + x->free_chunk[x->n_free - 1] : NULL;
}

void xsk_tx_put(struct xsk *x, __u32 len)
{
	struct xdp_desc *desc;
	__u32 at;

	if (!x->n_free || xsk_ring_prod__reserve(&x->tx, 1, &at) != 1)
		return;
	desc = xsk_ring_prod__tx_desc(&x->tx, at);
	*desc = (struct xdp_desc){.addr = x->free_chunk[--x->n_free], .len = len};
	x->n_put++;
}

__u32 xsk_tx_pending(const struct xsk *x)
{
	__u32 taken = __atomic_load_n(x->tx.consumer, __ATOMIC_ACQUIRE);

	return x->tx.cached_prod - taken;
}

/* In copy mode one call sends a batch, and says EAGAIN when there is more; it says so
 * too, or EBUSY or ENOBUFS, when the device takes no more now. */
static int send_all(struct xsk *x)
{
	__u32 calls = xsk_tx_pending(x) / SEND_BATCH + 1;

	while (xsk_tx_pending(x) && xsk_ring_prod__needs_wakeup(&x->tx) && calls--) {
		if (sendto(xsk_fd(x), NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0)
			continue;
		if (errno != EAGAIN && errno != EBUSY && errno != ENOBUFS && errno != EINTR)
			return -errno;
	}
	return xsk_tx_pending(x) ? -EAGAIN : 0;
}

int xsk_tx_flush(struct xsk *x)
{
	if (x->n_put)
		xsk_ring_prod__submit(&x->tx, x->n_put);
	x->n_put = 0;
	return xsk_tx_pending(x) ? send_all(x) : 0;
}

int xsk_stats(const struct xsk *x, struct xsk_stats *out)
{
	struct xdp_statistics s = {0};
	socklen_t len = sizeof(s);

	if (getsockopt(xsk_fd(x), SOL_XDP, XDP_STATISTICS, &s, &len))
		return -errno;
	*out = (struct xsk_stats){.rx_dropped = s.rx_dropped,
				  .rx_ring_full = s.rx_ring_full,
				  .rx_fill_ring_empty = s.rx_fill_ring_empty_descs,
				  .tx_invalid = s.tx_invalid_descs};
	return 0;
}
