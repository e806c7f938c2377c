// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A hostile guest on a virtqueue: its memory is the input's, and changes between any
 * two calls. The regions are heap blocks, so that the sanitizer sees each byte beside
 * them; they adjoin in the guest's addresses.
 *
 *   input: settings (2 bytes), the rings' memory (RING_BYTES), then operations:
 *          a byte each and what it takes
 *
 * Beyond what the sanitizers find it asserts the promises of vring.h: pieces lie in
 * the memory and sum up, no more is taken than the ring has, what is broken stays so,
 * and a call that failed has taken nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fuzz_input.h"
#include "vhost_inflight.h"
#include "vring.h"

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size);

#define UVA 0x100000ULL
#define REGION 0x1800u /* twice: addresses from 0 on, so that small numbers are good */
#define RING_BYTES 512u
#define AVAIL_AT 256u
#define USED_AT 320u
#define MAX_SIZE 16u
#define HELD 64

struct fuzz {
	struct guest_mem mem;
	struct vring vr;
	struct vring_format format;
	struct vring_addr addr;
	struct vring_inflight inflight;
	bool track;
	__u16 size;
	__u16 n_avail; /* made available by op_offer */
	struct vring_packet held[HELD];
	int n_held;
};

static __u16 take16(struct input *in)
{
	__u16 low = take8(in);

	return (__u16)(low | take8(in) << 8);
}

/* One's place in memory; ops write below REGION only, which is the first block. */
static __u8 *at(struct fuzz *f, __u32 gpa)
{
	return gpa < REGION ? f->mem.region[0].base + gpa : f->mem.region[1].base + gpa - REGION;
}

static void touch(const struct fuzz *f, const struct iovec *iov, int n, bool write)
{
	static volatile __u8 sum;

	for (int i = 0; i < n; i++) {
		__u8 *b = iov[i].iov_base;
		__u64 gpa;

		REQUIRE(iov[i].iov_len && guest_mem_gpa(&f->mem, b, &gpa));
		REQUIRE(gpa + iov[i].iov_len <= (gpa < REGION ? REGION : 2 * REGION));
		sum = (__u8)(sum + b[0] + b[iov[i].iov_len - 1]);
		if (write)
			b[0] = b[iov[i].iov_len - 1] = sum;
	}
}

static void start(struct fuzz *f, __u32 base)
{
	f->n_held = 0;
	vring_start(&f->vr, &f->mem, &f->format, &f->addr, f->size, base,
		    f->track ? &f->inflight : NULL);
}

static void op_receive(struct fuzz *f, struct input *in)
{
	int max = take8(in) % 40, n;

	if (max > HELD - f->n_held)
		max = HELD - f->n_held;
	n = vring_tx_receive(&f->vr, f->held + f->n_held, max);
	REQUIRE(n <= max && (n >= 0 || n == -EPROTO));
	for (int i = 0; i < n; i++) {
		const struct vring_packet *p = &f->held[f->n_held + i];
		__u64 len = 0;

		REQUIRE(p->n_iov <= VRING_MAX_PIECES && p->n_desc && p->n_desc <= f->size);
		for (int k = 0; k < p->n_iov; k++)
			len += p->iov[k].iov_len;
		REQUIRE(len == p->len && len <= VRING_MAX_FRAME);
		touch(f, p->iov, p->n_iov, false);
	}
	if (n > 0)
		f->n_held += n;
	REQUIRE(f->n_held <= f->size);
}

/* All that are held; pieces of what is held are still good then. */
static void op_release(struct fuzz *f)
{
	for (int i = 0; i < f->n_held; i++)
		touch(f, f->held[i].iov, f->held[i].n_iov, false);
	vring_tx_release(&f->vr, f->held, f->n_held);
	f->n_held = 0;
}

static void op_send(struct fuzz *f, struct input *in)
{
	static const __u8 frame[VRING_MAX_FRAME];
	const struct virtio_net_hdr hdr = {0};
	__u32 len = take16(in);
	const struct iovec iov[2] = {{(void *)frame, len / 3}, {(void *)frame, len - len / 3}};
	__u64 before = f->vr.stats.packets;
	int n = vring_rx_send(&f->vr, &hdr, iov, 2, len);

	REQUIRE(!n || n == -ENOBUFS || n == -EMSGSIZE || n == -EPROTO);
	REQUIRE(f->vr.stats.packets == before + !n);
}

static void op_reserve(struct fuzz *f, struct input *in)
{
	struct iovec room[VRING_MAX_PIECES];
	int max = 1 + take8(in) % VRING_MAX_PIECES, n;
	__u32 len = take16(in);
	__u64 total = 0;

	n = vring_rx_reserve(&f->vr, len, room, max);
	REQUIRE(n <= max && (n >= 0 || n == -EMSGSIZE || n == -EPROTO));
	if (n <= 0)
		return;
	touch(f, room, n, true);
	for (int i = 0; i < n; i++)
		total += room[i].iov_len;
	REQUIRE(total >= len + f->format.hdr_len);
	switch (take8(in) % 4) {
	case 0:
		REQUIRE(!vring_rx_commit(&f->vr, 0));
		break;
	case 1:
		REQUIRE(vring_rx_commit(&f->vr, (__u32)total + 1) == -EINVAL);
		break;
	case 2:
		REQUIRE(!vring_rx_commit(&f->vr, (__u32)total));
		break;
	default:
		REQUIRE(!vring_rx_commit(&f->vr, f->format.hdr_len + len));
	}
}

/* A buffer as a driver would make it, but for what its bytes are. */
static void op_offer(struct fuzz *f, struct input *in)
{
	__u64 addr = take16(in) % (2 * REGION + 64);
	__u32 len = take8(in) * 16u + take8(in) % 16u;
	__u16 flags = take8(in) & 7, next = take8(in) % 20, idx = f->n_avail;
	__u8 *desc = at(f, (idx % f->size) * 16u);

	f->n_avail++;
	memcpy(desc, &addr, 8);
	memcpy(desc + 8, &len, 4);
	if (f->format.packed) {
		flags |= idx / f->size & 1 ? 0x8000 : 0x80;
		memcpy(desc + 12, &next, 2);
		memcpy(desc + 14, &flags, 2);
		return;
	}
	memcpy(desc + 12, &flags, 2);
	memcpy(desc + 14, &next, 2);
	next = idx % f->size;
	memcpy(at(f, AVAIL_AT + 4 + 2 * (idx % f->size)), &next, 2);
	idx++;
	/* Not the heads of chains that are being made. */
	if (!(flags & 1))
		memcpy(at(f, AVAIL_AT + 2), &idx, 2);
}

static void op_write(struct fuzz *f, struct input *in)
{
	__u32 gpa = take16(in) % (2 * REGION);

	for (__u8 n = take8(in) % 32; n && gpa < 2 * REGION; n--, gpa++)
		*at(f, gpa) = take8(in);
}

static void op_damage(struct fuzz *f, struct input *in)
{
	size_t bytes = (size_t)vhost_inflight_bytes(1, MAX_SIZE, f->format.packed);

	((__u8 *)f->inflight.region)[take16(in) % bytes] = take8(in);
}

static void op_restart(struct fuzz *f, struct input *in)
{
	__u32 base = vring_stop(&f->vr);
	__u8 how = take8(in);

	REQUIRE(!vring_is_ready(&f->vr) && !f->vr.started);
	if (how & 1)
		base = take16(in);
	f->vr.enabled = !(how & 2) || !f->vr.enabled;
	start(f, base);
}

static void op_wait(struct fuzz *f, struct input *in)
{
	if (take8(in) & 1)
		vring_poll(&f->vr);
	else
		vring_wait(&f->vr);
}

static void operate(struct fuzz *f, struct input *in)
{
	bool was_broken = *vring_reason(&f->vr);
	__u8 op = take8(in) % 12;

	switch (op) {
	case 0:
	case 1:
	case 2:
		op_offer(f, in);
		break;
	case 3:
		op_receive(f, in);
		break;
	case 4:
		op_release(f);
		break;
	case 5:
		op_send(f, in);
		break;
	case 6:
		op_reserve(f, in);
		break;
	case 7:
		vring_flush(&f->vr);
		break;
	case 8:
		op_wait(f, in);
		break;
	case 9:
		op_write(f, in);
		break;
	case 10:
		op_damage(f, in);
		break;
	case 11:
		op_restart(f, in);
		break;
	}
	REQUIRE(!was_broken || op == 11 || *vring_reason(&f->vr));
}

static void set_up(struct fuzz *f, struct input *in)
{
	__u8 how = take8(in), size = take8(in);

	f->format = (struct vring_format){.packed = how & 1,
					  .event_idx = how & 2,
					  .mrg_rxbuf = how & 4,
					  .hdr_len = how & 4 || how & 8 ? 12 : 10};
	f->size = f->format.packed ? size % MAX_SIZE + 1u : 1u << size % 5;
	f->track = how & 16;
	f->addr = (struct vring_addr){.desc = UVA, .avail = UVA + AVAIL_AT, .used = UVA + USED_AT};
	f->mem.n = 2;
	for (unsigned int i = 0; i < 2; i++)
		f->mem.region[i] = (struct guest_region){.gpa = i * REGION,
							 .uva = UVA + i * REGION,
							 .size = REGION,
							 .base = calloc(1, REGION)};
	if (how & 32) {
		f->mem.log_bytes = 1;
		f->mem.log = calloc(1, 1);
		f->addr.log = true;
	}
	f->inflight = (struct vring_inflight){
		.region = calloc(1, (size_t)vhost_inflight_bytes(1, MAX_SIZE, f->format.packed)),
		.size = MAX_SIZE,
		.packed = f->format.packed,
		.fifo = calloc(MAX_SIZE, sizeof(__u16))};
	REQUIRE(!vring_init(&f->vr));
	f->vr.enabled = true;
	f->vr.call_fd = how & 64 ? eventfd(0, EFD_NONBLOCK) : -1;
	for (unsigned int i = 0; i < RING_BYTES; i++)
		*at(f, i) = how & 128 ? take8(in) : 0;
	start(f, f->format.packed ? 0x80008000u : 0);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct input in = {data, size};
	struct fuzz *f = calloc(1, sizeof(*f));

	set_up(f, &in);
	while (in.left)
		operate(f, &in);
	if (f->vr.call_fd >= 0)
		close(f->vr.call_fd);
	vring_fini(&f->vr);
	free(f->inflight.region);
	free(f->inflight.fifo);
	free(f->mem.region[0].base);
	free(f->mem.region[1].base);
	free(f->mem.log);
	free(f);
	return 0;
}
