// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reads the kernel's BPF ring buffer (kernel/bpf/ringbuf.c): one page with the
 * consumer's position, one with the producers', then the data. dp_upcall.c
 * knows what the records mean.
 */
#include "dp_ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

int dp_ring_open(struct dp_ring *r, int map_fd, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *p;

	*r = (struct dp_ring){.size = size, .page_size = page, .fd = map_fd};
	p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	r->consumer_pos = (unsigned long *)(void *)p;
	p = mmap(NULL, page + 2 * size, PROT_READ, MAP_SHARED, map_fd, (off_t)page);
	if (p == MAP_FAILED) {
		int err = -errno;

		dp_ring_close(r);
		return err;
	}
	r->producer_pos = (const unsigned long *)(const void *)p;
	r->data = p + page;
	return 0;
}

void dp_ring_close(struct dp_ring *r)
{
	if (r->consumer_pos)
		munmap(r->consumer_pos, r->page_size);
	if (r->producer_pos)
		munmap((void *)(uintptr_t)r->producer_pos, r->page_size + 2 * r->size);
	*r = (struct dp_ring){.fd = -1};
}

int dp_ring_consume(struct dp_ring *r, int max, dp_ring_fn fn, void *aux)
{
	unsigned long at = *r->consumer_pos;
	int n = 0;

	/* A, pairs with the producers' release of their position */
	while (n < max && at < __atomic_load_n(r->producer_pos, __ATOMIC_ACQUIRE)) {
		const char *record = r->data + (at & (r->size - 1));
		/* B, pairs with the exchange that commits the record */
		uint32_t len =
			__atomic_load_n((const uint32_t *)(const void *)record, __ATOMIC_ACQUIRE);
		uint32_t bytes = len & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

		if (len & BPF_RINGBUF_BUSY_BIT)
			break;
		if (!(len & BPF_RINGBUF_DISCARD_BIT)) {
			fn(aux, record + BPF_RINGBUF_HDR_SZ, bytes);
			n++;
		}
		at += (bytes + BPF_RINGBUF_HDR_SZ + 7) & ~7UL;
		/* C, pairs with the reservation: the record has been read */
		__atomic_store_n(r->consumer_pos, at, __ATOMIC_RELEASE);
	}
	return n;
}
