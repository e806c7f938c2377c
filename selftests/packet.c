// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Builds frames from layers and checks checksums from scratch; see packet.h.
 */
#include "packet.h"

#include <string.h>

const __u8 mac_vm1[6] = MAC_VM1, mac_vm2[6] = MAC_VM2, mac_gw[6] = MAC_GW;
static const __u8 ip6_vm1[16] = IP6_VM1, ip6_vm2[16] = IP6_VM2;

static void put16(__u8 *p, __u32 v)
{
	p[0] = (__u8)(v >> 8);
	p[1] = (__u8)v;
}

static void put32(__u8 *p, __u32 v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static __u16 get16(const __u8 *p)
{
	return (__u16)(p[0] << 8 | p[1]);
}

static bool is_zero(const __u8 *p, size_t n)
{
	while (n--)
		if (*p++)
			return false;
	return true;
}

static __u32 or_default(__u32 v, __u32 def)
{
	return v == ZERO ? 0 : v ? v : def;
}

static __u32 sum_bytes(const __u8 *p, size_t len, __u32 sum)
{
	for (; len > 1; len -= 2, p += 2) {
		sum += get16(p);
		sum = (sum & 0xffff) + (sum >> 16);
	}
	if (len)
		sum += (__u32)*p << 8;
	return (sum & 0xffff) + (sum >> 16);
}

__u16 packet_csum(const void *data, size_t len, __u32 sum)
{
	sum = sum_bytes(data, len, sum);
	return (__u16) ~((sum & 0xffff) + (sum >> 16));
}

static __u32 crc_bytes(__u32 crc, const __u8 *data, size_t len)
{
	while (len--) {
		crc ^= *data++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
	}
	return crc;
}

/* Of an SCTP packet, its checksum field taken as zero. */
static __u32 sctp_crc(const __u8 *data, size_t len)
{
	static const __u8 zero[4];
	__u32 crc = crc_bytes(~0u, data, 8);

	crc = crc_bytes(crc, zero, 4);
	return ~crc_bytes(crc, data + 12, len - 12);
}

/* Which layer's header 'l3' is, and what its L4 checksum covers. */
struct l4_scope {
	const __u8 *l3;
	__u8 *l4;
	size_t len;
	__u8 proto;
};

static __u32 pseudo_sum(const struct l4_scope *s)
{
	__u32 sum = s->proto + (__u32)(s->len & 0xffff) + (__u32)(s->len >> 16);

	if (s->l3[0] >> 4 == 4)
		return sum_bytes(s->l3 + 12, 8, sum);
	return sum_bytes(s->l3 + 8, 32, sum);
}

static size_t csum_offset(__u8 proto)
{
	switch (proto) {
	case 6:
		return 16;
	case 17:
		return 6;
	case 1:
	case 58:
		return 2;
	case 132:
		return 8;
	}
	return 0;
}

static void fill_l4_csum(const struct l4_scope *s, enum layer_csum mode)
{
	size_t off = csum_offset(s->proto);
	__u8 *field = s->l4 + off;
	__u32 pseudo = s->proto == 1 ? 0 : pseudo_sum(s);

	if (s->proto == 132) {
		__u32 crc;

		memset(field, 0, 4);
		crc = sctp_crc(s->l4, s->len) + (mode == CSUM_BAD);
		for (int i = 0; i < 4 && mode != CSUM_NONE; i++)
			field[i] = (__u8)(crc >> (8 * i));
		return;
	}
	put16(field, 0);
	if (mode == CSUM_NONE)
		return;
	if (mode == CSUM_PARTIAL) {
		put16(field, (pseudo & 0xffff) + (pseudo >> 16));
		return;
	}
	put16(field, (__u32)packet_csum(s->l4, s->len, pseudo) + (mode == CSUM_BAD));
	if (s->proto == 17 && is_zero(field, 2))
		put16(field, 0xffff);
}

static size_t put_eth(__u8 *p, const struct layer *l)
{
	bool unset = is_zero((const __u8 *)&l->eth, sizeof(l->eth));

	memcpy(p, unset ? mac_vm2 : l->eth.dst, 6);
	memcpy(p + 6, unset ? mac_vm1 : l->eth.src, 6);
	return 12;
}

static size_t put_arp(__u8 *p, const struct layer *l)
{
	put16(p, l->arp.hrd ? l->arp.hrd : 1);
	put16(p + 2, l->arp.pro ? l->arp.pro : 0x0800);
	p[4] = (__u8)or_default(l->arp.hln, 6);
	p[5] = (__u8)or_default(l->arp.pln, 4);
	put16(p + 6, l->arp.op ? l->arp.op : 1);
	memcpy(p + 8, is_zero(l->arp.sha, 6) ? mac_vm1 : l->arp.sha, 6);
	put32(p + 14, l->arp.spa ? l->arp.spa : IP4_VM1);
	memcpy(p + 18, l->arp.tha, 6);
	put32(p + 24, l->arp.tpa ? l->arp.tpa : IP4_VM2);
	return 28;
}

static size_t put_ip4(__u8 *p, const struct layer *l)
{
	__u8 ihl = l->ip4.ihl ? l->ip4.ihl : 5;
	/* A header length below five words is written, never built. */
	size_t size = ihl < 5 ? 20 : (size_t)ihl * 4;

	memset(p, 0, size);
	p[0] = (__u8)((l->ip4.version ? l->ip4.version : 4) << 4 | ihl);
	p[1] = l->ip4.tos;
	put16(p + 4, l->ip4.id ? l->ip4.id : 0x1234);
	put16(p + 6, l->ip4.frag);
	p[8] = (__u8)or_default(l->ip4.ttl, 64);
	p[9] = (__u8)l->ip4.proto;
	put32(p + 12, l->ip4.src ? l->ip4.src : IP4_VM1);
	put32(p + 16, l->ip4.dst ? l->ip4.dst : IP4_VM2);
	memset(p + 20, 1, size - 20); /* no-operation options */
	return size;
}

static size_t put_ip6(__u8 *p, const struct layer *l)
{
	__u8 version = l->ip6.version ? l->ip6.version : 6;

	put32(p, (__u32)version << 28 | (__u32)l->ip6.tc << 20 | (l->ip6.label & 0xfffff));
	p[6] = (__u8)l->ip6.next;
	p[7] = (__u8)or_default(l->ip6.hlim, 64);
	memcpy(p + 8, is_zero(l->ip6.src, 16) ? ip6_vm1 : l->ip6.src, 16);
	memcpy(p + 24, is_zero(l->ip6.dst, 16) ? ip6_vm2 : l->ip6.dst, 16);
	return 40;
}

static size_t put_ext6(__u8 *p, const struct layer *l)
{
	size_t size = l->ext6.ah ? (l->ext6.units + 2) * 4u : (l->ext6.units + 1) * 8u;

	memset(p, 0, size);
	p[0] = l->ext6.next;
	p[1] = l->ext6.units;
	if (!l->ext6.ah) {
		p[2] = 1; /* PadN over the first unit */
		p[3] = 4;
	}
	return size;
}

static size_t put_l4(__u8 *p, const struct layer *l)
{
	__u32 doff = l->l4.doff ? l->l4.doff : 5;

	memset(p, 0, 64);
	put16(p, or_default(l->l4.src, PORT_SRC));
	put16(p + 2, or_default(l->l4.dst, PORT_DST));
	if (l->kind == LAYER_UDP)
		return 8;
	if (l->kind == LAYER_SCTP) {
		put32(p + 4, l->l4.vtag ? l->l4.vtag : 0xdeadbeef);
		return 12;
	}
	put32(p + 4, 0x01020304);
	put32(p + 8, 0x05060708);
	put16(p + 12, (doff << 12 | l->l4.flags) & 0xffff);
	put16(p + 14, 65000);
	if (doff > 5)
		memset(p + 20, 1, (doff - 5) * 4);
	return doff < 5 ? 20 : doff * 4;
}

static size_t put_icmp(__u8 *p, const struct layer *l)
{
	p[0] = l->icmp.type;
	p[1] = l->icmp.code;
	put16(p + 2, 0);
	put32(p + 4, l->icmp.rest ? l->icmp.rest : l->kind == LAYER_ND ? 0 : 0x00070001);
	if (l->kind != LAYER_ND)
		return 8;
	memcpy(p + 8, l->icmp.target, 16);
	return 24;
}

static size_t put_layer(__u8 *p, const struct layer *l)
{
	switch (l->kind) {
	case LAYER_ETH:
		return put_eth(p, l);
	case LAYER_TAG:
		put16(p, l->tag.tpid);
		put16(p + 2, l->tag.tci);
		return 4;
	case LAYER_TYPE:
		put16(p, l->type);
		return 2;
	case LAYER_ARP:
		return put_arp(p, l);
	case LAYER_IP4:
		return put_ip4(p, l);
	case LAYER_IP6:
		return put_ip6(p, l);
	case LAYER_EXT6:
		return put_ext6(p, l);
	case LAYER_FRAG6:
		p[0] = l->frag6.next;
		p[1] = 0;
		put16(p + 2, (__u32)l->frag6.off << 3 | l->frag6.more);
		put32(p + 4, 0xabcdef01);
		return 8;
	case LAYER_TCP:
	case LAYER_UDP:
	case LAYER_SCTP:
		return put_l4(p, l);
	case LAYER_ICMP:
	case LAYER_ICMP6:
	case LAYER_ND:
		return put_icmp(p, l);
	case LAYER_OPT:
		p[0] = l->opt.type;
		p[1] = (__u8)or_default(l->opt.units, 1);
		memcpy(p + 2, l->opt.mac, 6);
		return 8;
	case LAYER_RAW:
		memcpy(p, l->raw.bytes, l->raw.n);
		return l->raw.n;
	case LAYER_DATA:
		for (__u32 i = 0; i < l->data; i++)
			p[i] = (__u8)(i * 7 + 1);
		return l->data;
	case LAYER_END:
		break;
	}
	return 0;
}

static __u8 layer_proto(const struct layer *l)
{
	switch (l->kind) {
	case LAYER_TCP:
		return 6;
	case LAYER_UDP:
		return 17;
	case LAYER_SCTP:
		return 132;
	case LAYER_ICMP:
		return 1;
	case LAYER_ICMP6:
	case LAYER_ND:
		return 58;
	default:
		return 0;
	}
}

/* Lengths and checksums of a layer that ends with the frame; the IP header before it
 * is at 'l3', 0: there is none. */
static void finish_layer(struct packet *p, const struct layer *l, size_t at, size_t l3)
{
	__u8 *h = p->data + at;
	size_t rest = p->len - at;
	struct l4_scope scope = {.l3 = p->data + l3, .l4 = h, .len = rest, .proto = layer_proto(l)};

	if (l->kind == LAYER_IP4) {
		size_t size = (size_t)(h[0] & 15) * 4;

		put16(h + 2, l->ip4.tot_len ? or_default(l->ip4.tot_len, 0)
			     : rest > 65535 ? 0
					    : (__u32)rest);
		put16(h + 10, 0);
		if (l->csum != CSUM_NONE)
			put16(h + 10, (__u32)packet_csum(h, size < 20 ? 20 : size, 0) +
					      (l->csum == CSUM_BAD));
	} else if (l->kind == LAYER_IP6) {
		put16(h + 4, l->ip6.len          ? or_default(l->ip6.len, 0)
			     : rest - 40 > 65535 ? 0
						 : (__u32)rest - 40);
	} else if (scope.proto) {
		if (l->kind == LAYER_UDP)
			put16(h + 4, or_default(l->l4.len, (__u32)rest));
		if (l3)
			fill_l4_csum(&scope, l->csum);
	}
}

void packet_build(struct packet *p, const struct layer *layers, size_t n)
{
	size_t at[MAX_LAYERS], l3[MAX_LAYERS];
	size_t i, last_l3 = 0;

	p->len = p->l3 = p->l4 = p->sll = p->tll = p->headers = 0;
	for (i = 0; i < n && i < MAX_LAYERS && layers[i].kind; i++) {
		const struct layer *l = &layers[i];

		at[i] = p->len;
		if (l->kind == LAYER_IP4 || l->kind == LAYER_IP6 || l->kind == LAYER_ARP)
			last_l3 = p->len;
		if (!p->l3)
			p->l3 = last_l3;
		l3[i] = last_l3;
		if (layer_proto(l) && !p->l4)
			p->l4 = p->len;
		if (l->kind == LAYER_OPT && l->opt.type == 1 && !p->sll)
			p->sll = p->len + 2;
		if (l->kind == LAYER_OPT && l->opt.type == 2 && !p->tll)
			p->tll = p->len + 2;
		p->len += put_layer(p->data + p->len, l);
		if (l->kind != LAYER_DATA)
			p->headers = p->len;
	}
	/* Inner layers first: an outer checksum covers them. */
	while (i-- > 0)
		finish_layer(p, &layers[i], at[i], l3[i]);
}

void packet_trim(struct packet *p, size_t cut, size_t pad)
{
	if (cut && cut < p->len)
		p->len = cut;
	memset(p->data + p->len, 0, pad);
	p->len += pad;
}

void packet_csum_finish(__u8 *data, size_t len, size_t start, size_t off)
{
	__u16 sum;

	if (start + off + 2 > len)
		return;
	sum = packet_csum(data + start, len - start, 0);
	put16(data + start + off, sum ? sum : 0xffff);
}

static const char *l4_csum_error(const struct l4_scope *s)
{
	size_t off = csum_offset(s->proto);
	__u32 crc;

	if (!off || s->len < off + (s->proto == 132 ? 4 : 2))
		return NULL;
	if (s->proto == 132) {
		if (is_zero(s->l4 + 8, 4))
			return NULL;
		crc = sctp_crc(s->l4, s->len);
		for (int i = 0; i < 4; i++)
			if (s->l4[8 + i] != (__u8)(crc >> (8 * i)))
				return "SCTP checksum";
		return NULL;
	}
	if (s->proto == 17 && is_zero(s->l4 + 6, 2))
		return NULL;
	if (packet_csum(s->l4, s->len, s->proto == 1 ? 0 : pseudo_sum(s)))
		return "L4 checksum";
	return NULL;
}

static const char *ip4_csum_error(const __u8 *l3, size_t len)
{
	struct l4_scope s = {.l3 = l3, .proto = l3[9]};
	size_t size = (l3[0] & 15) * 4u;
	size_t tot_len = get16(l3 + 2);

	if (len < size || tot_len < size || tot_len > len)
		return NULL;
	if (packet_csum(l3, size, 0))
		return "IPv4 checksum";
	if (get16(l3 + 6) & 0x3fff)
		return NULL;
	s.l4 = (__u8 *)l3 + size;
	s.len = tot_len - size;
	return l4_csum_error(&s);
}

static const char *ip6_csum_error(const __u8 *l3, size_t len)
{
	struct l4_scope s = {.l3 = l3, .proto = l3[6]};
	size_t at = 40, end = 40 + (size_t)get16(l3 + 4);

	if (end > len)
		return NULL;
	while (s.proto == 0 || s.proto == 43 || s.proto == 60 || s.proto == 51) {
		size_t unit = s.proto == 51 ? 4 : 8;

		if (at + 8 > end)
			return NULL;
		s.proto = l3[at];
		at += l3[at + 1] * unit + 8;
	}
	if (s.proto == 44 || at > end)
		return NULL;
	s.l4 = (__u8 *)l3 + at;
	s.len = end - at;
	return l4_csum_error(&s);
}

const char *packet_csum_error(const __u8 *data, size_t len)
{
	size_t at = 12;
	__u16 type;

	while (at + 4 < len && (get16(data + at) == 0x8100 || get16(data + at) == 0x88a8))
		at += 4;
	if (at + 2 + 20 > len)
		return NULL;
	type = get16(data + at);
	at += 2;
	if (type == 0x0800)
		return ip4_csum_error(data + at, len - at);
	if (type == 0x86dd && at + 40 <= len)
		return ip6_csum_error(data + at, len - at);
	return NULL;
}

void packet_dump(FILE *f, const char *title, const __u8 *data, size_t len)
{
	fprintf(f, "#   %s (%zu bytes)\n", title, len);
	for (size_t i = 0; i < len && i < 256; i += 16) {
		fprintf(f, "#     %04zx ", i);
		for (size_t k = i; k < i + 16 && k < len; k++)
			fprintf(f, " %02x", data[k]);
		fputc('\n', f);
	}
}

static void diff_line(FILE *f, const char *title, size_t at, const __u8 *a, size_t na,
		      const __u8 *b, size_t nb)
{
	fprintf(f, "#     %04zx %s", at, title);
	for (size_t k = at; k < at + 16 && k < na; k++)
		fprintf(f, k >= nb || a[k] != b[k] ? " [%02x]" : "  %02x ", a[k]);
	fputc('\n', f);
}

void packet_fix_ip_len(struct packet *p)
{
	size_t len = p->len - p->l3;
	__u8 *l3 = p->data + p->l3;

	if (l3[0] >> 4 == 6) {
		l3[4] = (__u8)((len - 40) >> 8);
		l3[5] = (__u8)(len - 40);
		return;
	}
	l3[2] = (__u8)(len >> 8);
	l3[3] = (__u8)len;
	l3[10] = l3[11] = 0;
}

void packet_diff(FILE *f, const __u8 *got, size_t n_got, const __u8 *want, size_t n_want)
{
	size_t n = n_got > n_want ? n_got : n_want;
	size_t lines = 0;

	fprintf(f, "#   got %zu bytes, want %zu\n", n_got, n_want);
	for (size_t i = 0; i < n && lines < 16; i += 16) {
		size_t both = n_got < n_want ? n_got : n_want;

		if (i + 16 <= both && !memcmp(got + i, want + i, 16))
			continue;
		diff_line(f, "got ", i, got, n_got, want, n_want);
		diff_line(f, "want", i, want, n_want, got, n_got);
		lines++;
	}
}
