// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Descriptors of one buffer, checked and turned into pieces of memory [RING1].
 */
#include "vring_private.h"

/* One descriptor that is not indirect. */
static int add(struct vring *vr, struct vring_chain *c, const struct vring_desc *d)
{
	__u64 addr = d->addr, left = d->len;

	if (++c->n_desc > VRING_MAX_CHAIN)
		return vring_break(vr, "a chain of more than %u descriptors", VRING_MAX_CHAIN);
	if (!(d->flags & VRING_DESC_F_WRITE) == c->write)
		return vring_break(vr, c->write ? "a receive buffer that may not be written"
						: "a packet in a buffer that is to be written");
	if (!left)
		return vring_break(vr, "an empty descriptor");
	c->bytes += left;
	if (c->bytes > UINT32_MAX)
		return vring_break(vr, "a chain of 4 GiB and more");
	while (left) {
		__u64 n = left;
		void *p = guest_mem_at_hint(vr->mem, &vr->hint, addr, &n);

		if (!p)
			return vring_break(vr, "address 0x%llx, %llu bytes: not the guest's memory",
					   addr, left);
		if (c->n == c->max)
			return -EMSGSIZE;
		c->iov[c->n].iov_base = p;
		c->iov[c->n++].iov_len = n;
		addr += n;
		left -= n;
	}
	return 0;
}

/* Copies 'len' bytes from wherever the guest has them. */
static int copy_in(struct vring *vr, void *to, __u64 addr, __u64 len)
{
	__u8 *out = to;

	while (len) {
		__u64 n = len;
		const void *p = guest_mem_at_hint(vr->mem, &vr->hint, addr, &n);

		if (!p)
			return vring_break(vr, "indirect table at 0x%llx: not the guest's memory",
					   addr);
		vring_copy_once(out, p, n);
		out += n;
		addr += n;
		len -= n;
	}
	return 0;
}

/* In a split ring a table's descriptors are linked, in a packed one they follow
 * each other. DPDK's driver (22.11) leaves the flag of a buffer to be written on the
 * header of what it sends in a packed ring's table; reading that does no harm. */
static int add_table(struct vring *vr, struct vring_chain *c, const struct vring_desc *d)
{
	__u64 table[VRING_MAX_CHAIN * VRING_DESC_BYTES / sizeof(__u64)];
	unsigned int n = d->len / VRING_DESC_BYTES, at = 0;
	bool packed = vr->format.packed;
	int err;

	if (!d->len || d->len % VRING_DESC_BYTES)
		return vring_break(vr, "an indirect table of %u bytes", d->len);
	if (n > VRING_MAX_CHAIN)
		return vring_break(vr, "an indirect table of more than %u descriptors",
				   VRING_MAX_CHAIN);
	err = copy_in(vr, table, d->addr, d->len);
	if (err)
		return err;
	for (unsigned int seen = 0; seen < n; seen++) {
		const __u64 *row = &table[at * 2];
		struct vring_desc in = vring_desc_read(row, packed);

		if (in.flags & VRING_DESC_F_INDIRECT)
			return vring_break(vr, "an indirect table in an indirect table");
		if (packed && !c->write)
			in.flags &= (__u16)~VRING_DESC_F_WRITE;
		err = add(vr, c, &in);
		if (err)
			return err;
		if (packed) {
			at++;
			continue;
		}
		if (!(in.flags & VRING_DESC_F_NEXT))
			return 0;
		if (in.next >= n)
			return vring_break(vr, "an indirect table of %u descriptors has a %u-th", n,
					   in.next + 1u);
		at = in.next;
	}
	return packed ? 0 : vring_break(vr, "an indirect table with a loop");
}

int vring_chain_step(struct vring *vr, struct vring_chain *c, const struct vring_desc *d)
{
	int err;

	if (d->flags & VRING_DESC_F_INDIRECT) {
		if (d->flags & VRING_DESC_F_NEXT)
			return vring_break(vr, "an indirect table that has a next");
		return add_table(vr, c, d);
	}
	err = add(vr, c, d);
	return err ? err : !!(d->flags & VRING_DESC_F_NEXT);
}
