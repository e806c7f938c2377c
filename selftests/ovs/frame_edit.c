// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Frames of frame_edit.h.
 */
#include "frame_edit.h"

#include <string.h>

#define TYPE_IP 0x0800
#define TYPE_IPV6 0x86dd

static __u16 get16(const struct frame_edit *f, size_t at)
{
	return (__u16)(f->data[at] << 8 | f->data[at + 1]);
}

static void put16(struct frame_edit *f, size_t at, __u32 v)
{
	f->data[at] = (__u8)(v >> 8);
	f->data[at + 1] = (__u8)v;
}

void frame_edit_init(struct frame_edit *f, const __u8 *data, size_t len)
{
	memset(f->buf, 0, sizeof(f->buf));
	f->data = f->buf + FRAME_EDIT_ROOM;
	f->len = len < sizeof(f->buf) - FRAME_EDIT_ROOM ? len : 0;
	memcpy(f->data, data, f->len);
}

void frame_edit_copy(struct frame_edit *dst, const struct frame_edit *src)
{
	memcpy(dst->buf, src->buf, sizeof(dst->buf));
	dst->data = dst->buf + (src->data - src->buf);
	dst->len = src->len;
}

static bool is_tpid(__u16 type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

static bool is_mpls(__u16 type)
{
	return type == 0x8847 || type == 0x8848;
}

static void layout_ipv4(const struct frame_edit *f, struct frame_layout *l)
{
	__u16 frag = get16(f, l->l3 + 6);

	l->nw_proto = f->data[l->l3 + 9];
	l->later = frag & 0x1fff;
	l->l4_end = l->l3 + get16(f, l->l3 + 2);
	if (!l->later)
		l->l4 = l->l3 + (f->data[l->l3] & 15) * 4u;
}

static void layout_ipv6(const struct frame_edit *f, struct frame_layout *l)
{
	size_t at = l->l3 + 40;
	__u8 next = f->data[l->l3 + 6];

	l->l4_end = at + get16(f, l->l3 + 4);
	for (;;) {
		const __u8 *h = f->data + at;

		if (next == 0 || next == 43 || next == 60) {
			at += h[1] * 8u + 8;
		} else if (next == 51) {
			at += h[1] * 4u + 8;
		} else if (next == 44) {
			l->later = get16(f, at + 2) & 0xfff8;
			at += 8;
		} else {
			break;
		}
		next = h[0];
	}
	l->nw_proto = next;
	if (!l->later)
		l->l4 = at;
}

void frame_layout(const struct frame_edit *f, struct frame_layout *l)
{
	size_t at = 12;

	memset(l, 0, sizeof(*l));
	while (is_tpid(get16(f, at)))
		at += 4;
	l->type = at;
	l->dl_type = get16(f, at);
	at += 2;
	if (is_mpls(l->dl_type)) {
		l->mpls = at;
	} else if (l->dl_type >= 0x600) {
		l->l3 = at;
		if (l->dl_type == TYPE_IP && f->len >= at + 20)
			layout_ipv4(f, l);
		else if (l->dl_type == TYPE_IPV6 && f->len >= at + 40)
			layout_ipv6(f, l);
	}
}

static __u32 sum_of(const struct frame_edit *f, size_t from, size_t to)
{
	__u32 sum = 0;

	for (size_t i = from; i < to; i++)
		sum += i & 1 ? f->data[i] : (__u32)f->data[i] << 8;
	return sum;
}

/* ~(~old + ~from + to), of sums in ones' complement. */
static void fix_sum(struct frame_edit *f, size_t at, __u32 from, __u32 to)
{
	__u32 sum = (__u16)~get16(f, at);

	while (from >> 16)
		from = (from & 0xffff) + (from >> 16);
	sum += (__u16)~from + to;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(f, at, (__u16)~sum);
}

static __u32 crc32c(const __u8 *p, size_t n)
{
	__u32 crc = ~0U;

	while (n--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
	}
	return ~crc;
}

/* Where the L4 checksum is, if this write touches it. */
static size_t l4_csum(const struct frame_layout *l, unsigned int csums)
{
	if (!l->l4)
		return 0;
	switch (l->nw_proto) {
	case 6:
		return csums & (FRAME_CSUM_L4 | FRAME_CSUM_PSEUDO) ? l->l4 + 16 : 0;
	case 17:
		return csums & (FRAME_CSUM_L4 | FRAME_CSUM_PSEUDO) ? l->l4 + 6 : 0;
	case 58:
		if (l->dl_type != TYPE_IPV6)
			return 0;
		return csums & (FRAME_CSUM_L4 | FRAME_CSUM_PSEUDO) ? l->l4 + 2 : 0;
	case 1:
		return l->dl_type == TYPE_IP && csums & FRAME_CSUM_L4 ? l->l4 + 2 : 0;
	default:
		return 0;
	}
}

static void write_bytes(struct frame_edit *f, const struct frame_write *w)
{
	for (size_t i = 0; i < w->n; i++) {
		__u8 *b = &f->data[w->at + i];

		*b = (__u8)((*b & ~w->mask[i]) | (w->value[i] & w->mask[i]));
	}
}

/* The checksum is changed by the difference, so that a wrong one stays wrong. */
static void write_sctp(struct frame_edit *f, const struct frame_write *w,
		       const struct frame_layout *l)
{
	__u8 zeroed[FRAME_EDIT_MAX];
	size_t n = l->l4_end - l->l4;
	__u32 diff;

	memcpy(zeroed, f->data + l->l4, n);
	memset(zeroed + 8, 0, 4);
	diff = crc32c(zeroed, n);
	write_bytes(f, w);
	memcpy(zeroed, f->data + l->l4, n);
	memset(zeroed + 8, 0, 4);
	diff ^= crc32c(zeroed, n);
	for (unsigned int i = 0; i < 4; i++)
		f->data[l->l4 + 8 + i] ^= (__u8)(diff >> (8 * i));
}

void frame_write(struct frame_edit *f, const struct frame_write *w)
{
	size_t from = w->at & ~1UL, to = (w->at + w->n + 1) & ~1UL;
	__u32 before = sum_of(f, from, to), after;
	struct frame_layout l;
	size_t csum;

	frame_layout(f, &l);
	if (w->csums & FRAME_CSUM_L4 && l.nw_proto == 132 && l.l4) {
		write_sctp(f, w, &l);
		return;
	}
	write_bytes(f, w);
	after = sum_of(f, from, to);
	if (w->csums & FRAME_CSUM_IP)
		fix_sum(f, l.l3 + 10, before, after);
	csum = l4_csum(&l, w->csums);
	if (!csum || (l.nw_proto == 17 && !get16(f, csum)))
		return;
	fix_sum(f, csum, before, after);
	if (l.nw_proto == 17 && !get16(f, csum))
		put16(f, csum, 0xffff);
}

/* Room for 'n' more bytes behind the first 'at'. */
static bool make_room(struct frame_edit *f, size_t at, size_t n)
{
	if ((size_t)(f->data - f->buf) < n)
		return false;
	memmove(f->data - n, f->data, at);
	f->data -= n;
	f->len += n;
	return true;
}

static void take_out(struct frame_edit *f, size_t at, size_t n)
{
	memmove(f->data + n, f->data, at);
	f->data += n;
	f->len -= n;
}

bool frame_push_vlan(struct frame_edit *f, __u16 tpid, __u16 tci)
{
	if (!make_room(f, 12, 4))
		return false;
	put16(f, 12, tpid);
	put16(f, 14, tci);
	return true;
}

bool frame_pop_vlan(struct frame_edit *f)
{
	if (!is_tpid(get16(f, 12)))
		return false;
	take_out(f, 12, 4);
	return true;
}

bool frame_push_mpls(struct frame_edit *f, __u16 type, __u32 lse)
{
	struct frame_layout l;

	frame_layout(f, &l);
	if (!make_room(f, l.type + 2, 4))
		return false;
	put16(f, l.type, type);
	put16(f, l.type + 2, lse >> 16);
	put16(f, l.type + 4, lse & 0xffff);
	return true;
}

bool frame_pop_mpls(struct frame_edit *f, __u16 type)
{
	struct frame_layout l;

	frame_layout(f, &l);
	if (!l.mpls)
		return false;
	take_out(f, l.type + 2, 4);
	put16(f, l.type, type);
	return true;
}

size_t frame_nd_option(const struct frame_edit *f, __u8 type)
{
	struct frame_layout l;
	size_t at;

	frame_layout(f, &l);
	if (!l.l4 || l.nw_proto != 58)
		return 0;
	for (at = l.l4 + 24; at + 8 <= l.l4_end && f->data[at + 1]; at += f->data[at + 1] * 8u)
		if (f->data[at] == type)
			return at + 2;
	return 0;
}
