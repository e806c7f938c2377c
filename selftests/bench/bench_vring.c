// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a packet costs at the rings of guests: taken, put, and carried from one guest
 * to another, in batches, in both formats. The drivers are in the same thread and
 * their time is left out, so their memory is in its cache: lower bounds of what a
 * forwarding thread pays.
 *
 *   bench_vring [BATCHES]
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "selftests/vring_driver.h"

#define RING 256
#define BATCH 32
#define SLOT 2048u
#define RINGS_BYTES (1u << 20)
#define MEM_BYTES (RINGS_BYTES + RING * SLOT)
#define GPA 0x40000000ULL
#define UVA 0x7f0000000000ULL
#define HDR 12u

struct guest {
	struct guest_mem mem;
	struct vring vr;
	struct vdriver d;
	__u32 n;
};

static int open_guest(struct guest *g, bool packed)
{
	const struct vdriver_config dc = {.packed = packed, .event_idx = true, .size = RING};
	const struct vring_format format = {
		.packed = packed, .event_idx = true, .mrg_rxbuf = true, .hdr_len = HDR};
	int fd = memfd_create("guest", MFD_CLOEXEC), err;
	__u8 *view;

	*g = (struct guest){0};
	if (fd < 0 || ftruncate(fd, MEM_BYTES))
		return -errno;
	view = mmap(NULL, MEM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (view == MAP_FAILED || !vdriver_init(&g->d, &dc, view, RINGS_BYTES, GPA, UVA))
		return -ENOMEM;
	err = guest_mem_add(&g->mem, fd, GPA, UVA, MEM_BYTES, 0);
	close(fd);
	if (err || vring_init(&g->vr))
		return err ? err : -ENOMEM;
	g->vr.enabled = true;
	return vring_start(&g->vr, &g->mem, &format, &g->d.addr, RING, packed ? 0x80008000u : 0,
			   NULL);
}

static void close_guest(struct guest *g)
{
	vring_fini(&g->vr);
	munmap(g->d.base, MEM_BYTES);
	vdriver_fini(&g->d);
	guest_mem_fini(&g->mem);
}

/* The driver's part: takes back what was used, and offers a batch. */
static void offer(struct guest *g, __u32 len, bool write)
{
	__u32 cookie, used;

	while (vdriver_used(&g->d, &cookie, &used) > 0)
		;
	for (int i = 0; i < BATCH; i++, g->n++) {
		struct vdriver_piece piece = {GPA + RINGS_BYTES + g->n % RING * SLOT, len};

		if (!vdriver_add(&g->d, &piece, 1, write, false, g->n))
			break;
	}
}

static __u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (__u64)ts.tv_sec * 1000000000ULL + (__u64)ts.tv_nsec;
}

enum what { TAKE, PUT, CARRY };

static int work(enum what what, struct guest *from, struct guest *to, __u32 len)
{
	static struct vring_packet packets[BATCH];
	static __u8 frame[SLOT];
	const struct virtio_net_hdr hdr = {0};
	const struct iovec iov = {frame, len};
	int n = BATCH, err = 0;

	if (what != PUT)
		n = vring_tx_receive(&from->vr, packets, BATCH);
	for (int i = 0; i < n && what != TAKE && !err; i++)
		err = what == PUT ? vring_rx_send(&to->vr, &hdr, &iov, 1, len)
				  : vring_rx_send(&to->vr, &packets[i].hdr, packets[i].iov,
						  packets[i].n_iov, packets[i].len);
	if (what != PUT) {
		vring_tx_release(&from->vr, packets, n);
		vring_flush(&from->vr);
	}
	if (what != TAKE)
		vring_flush(&to->vr);
	return err ? err : n == BATCH ? 0 : -EIO;
}

/* Nanoseconds a packet; below 0: it does not work. */
static double measure(enum what what, bool packed, __u32 len, unsigned long batches)
{
	struct guest from, to;
	__u64 spent = 0;
	int err = open_guest(&from, packed);

	if (err || open_guest(&to, packed))
		return -1;
	for (unsigned long i = 0; i < batches && !err; i++) {
		__u64 start;

		offer(&from, HDR + len, false);
		offer(&to, SLOT, true);
		start = now_ns();
		err = work(what, &from, &to, len);
		spent += now_ns() - start;
		/* What this run has no part in is drained, too. */
		if (what == PUT)
			err |= work(TAKE, &from, &to, len);
		if (what == TAKE)
			err |= work(PUT, &from, &to, len);
	}
	close_guest(&from);
	close_guest(&to);
	return err ? -1 : (double)spent / (double)(batches * BATCH);
}

int main(int argc, char **argv)
{
	static const char *const names[] = {"taken from a guest", "put to a guest",
					    "guest to guest"};
	unsigned long batches = argc > 1 ? strtoul(argv[1], NULL, 0) : 100000;

	if (!batches) {
		fprintf(stderr, "usage: bench_vring [BATCHES]\n");
		return 2;
	}
	printf("batches of %d, rings of %d, one thread\n", BATCH, RING);
	for (int packed = 0; packed < 2; packed++)
		for (__u32 len = 64; len <= 1500; len += 1436)
			for (enum what w = TAKE; w <= CARRY; w++) {
				double ns = measure(w, packed, len, batches);

				if (ns < 0) {
					fprintf(stderr, "bench_vring: a packet was lost\n");
					return 1;
				}
				printf("%-6s %4u bytes  %-18s  %6.1f ns  %6.1f Mpps\n",
				       packed ? "packed" : "split", len, names[w], ns, 1e3 / ns);
			}
	return 0;
}
