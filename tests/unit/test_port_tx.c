// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How replayed frames are described to the packet socket (loader/port/port_tx.c):
 * what a device is asked to do, and that its doing so gives a right checksum.
 */
#include "test.h"

#include <errno.h>
#include <netinet/in.h>

#include "port_tx.h"

#define FRAME_BYTES 4096
#define SUM_TCP_OFF 16
#define SUM_UDP_OFF 6

enum sum_kind { SUM_COMPLETE, SUM_PARTIAL, SUM_NONE };

struct frame_spec {
	bool ipv6;
	__u8 proto;
	int tags;
	size_t payload;
	size_t padding; /* behind the packet, as Ethernet pads */
	enum sum_kind sum;
	__u16 frag; /* the IPv4 word; IPv6: not 0 adds a fragment header */
	__u8 tcp_flags;
};

struct frame {
	__u8 data[FRAME_BYTES];
	struct port_tx_frame tx;
};

static void put16(__u8 *p, size_t v)
{
	p[0] = (__u8)(v >> 8);
	p[1] = (__u8)v;
}

/* The Internet checksum, its own way: 64-bit sum, odd lengths allowed. */
static __u16 ones_sum(const __u8 *p, size_t len, __u64 sum)
{
	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (__u64)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)sum;
}

static __u16 pseudo(const struct frame *f, size_t l4_bytes)
{
	const __u8 *l3 = f->data + f->tx.l3_off;
	__u64 start = f->tx.nw_proto + l4_bytes;

	return f->tx.ipv6 ? ones_sum(l3 + 8, 32, start) : ones_sum(l3 + 12, 8, start);
}

static size_t l4_header_bytes(__u8 proto)
{
	return proto == IPPROTO_TCP ? 20 : proto == IPPROTO_UDP ? 8 : 12;
}

static void make_l3(struct frame *f, const struct frame_spec *s, size_t l4_bytes)
{
	__u8 *l3 = f->data + f->tx.l3_off;

	if (!s->ipv6) {
		l3[0] = 0x45;
		put16(l3 + 2, 20 + l4_bytes);
		put16(l3 + 6, s->frag);
		l3[8] = 64;
		l3[9] = s->proto;
		memcpy(l3 + 12, "\x0a\x00\x00\x01\x0a\xff\xfe\x02", 8);
		return;
	}
	l3[0] = 0x60;
	put16(l3 + 4, l4_bytes + (s->frag ? 8 : 0));
	l3[6] = s->frag ? IPPROTO_FRAGMENT : s->proto;
	memcpy(l3 + 8, "\xfd\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16);
	memcpy(l3 + 24, "\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02", 16);
	l3[40] = s->proto;
}

static void make_sum(struct frame *f, const struct frame_spec *s, size_t l4_bytes)
{
	__u8 *l4 = f->data + f->tx.l4_off;
	__u8 *sum = l4 + (s->proto == IPPROTO_TCP ? SUM_TCP_OFF : SUM_UDP_OFF);

	if (s->sum == SUM_NONE || s->proto == IPPROTO_SCTP)
		return;
	if (s->sum == SUM_COMPLETE)
		put16(sum, (__u16)~ones_sum(l4, l4_bytes, pseudo(f, l4_bytes)));
	else
		put16(sum, pseudo(f, l4_bytes));
}

static void make(struct frame *f, const struct frame_spec *s)
{
	size_t l4_bytes = l4_header_bytes(s->proto) + s->payload;
	size_t off = 12;

	memset(f, 0, sizeof(*f));
	memcpy(f->data, "\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01", 12);
	for (int i = 0; i < s->tags; i++, off += 4)
		put16(f->data + off, 0x8100);
	put16(f->data + off, s->ipv6 ? 0x86dd : 0x0800);
	f->tx.data = f->data;
	f->tx.ipv6 = s->ipv6;
	f->tx.nw_proto = s->proto;
	f->tx.l3_off = (__u16)(off + 2);
	f->tx.l4_off = (__u16)(f->tx.l3_off + (s->ipv6 ? (s->frag ? 48 : 40) : 20));
	f->tx.len = f->tx.l4_off + l4_bytes + s->padding;
	make_l3(f, s, l4_bytes);
	if (s->proto == IPPROTO_TCP) {
		f->data[f->tx.l4_off + 12] = 5 << 4;
		f->data[f->tx.l4_off + 13] = s->tcp_flags;
	}
	for (size_t i = 0; i < s->payload; i++)
		f->data[f->tx.len - s->padding - 1 - i] = (__u8)(i * 7 + 1);
	make_sum(f, s, l4_bytes);
}

/* What a device makes of the frame. */
static void transmit(const struct frame *f, const struct port_tx_header *h, __u8 *out)
{
	__u8 *sum;

	memcpy(out, f->data, f->tx.len);
	memcpy(out + h->csum_off, h->csum, h->csum_len);
	if (!(h->vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		return;
	sum = out + h->vnet.csum_start + h->vnet.csum_offset;
	put16(sum, (__u16)~ones_sum(out + h->vnet.csum_start, f->tx.len - h->vnet.csum_start, 0));
}

/* Is the L4 checksum right after that? */
static bool completes(const struct frame *f, const struct port_tx_header *h, size_t padding)
{
	size_t l4_bytes = f->tx.len - padding - f->tx.l4_off;
	__u8 out[FRAME_BYTES];

	transmit(f, h, out);
	return ones_sum(out + f->tx.l4_off, l4_bytes, pseudo(f, l4_bytes)) == 0xffff;
}

TEST(port_tx, partial_checksums_are_left_to_the_device)
{
	static const struct {
		const char *name;
		struct frame_spec spec;
		bool partial;
	} rows[] = {
		{"ipv4/tcp/partial", {false, IPPROTO_TCP, 0, 100, 0, SUM_PARTIAL, 0, 0}, true},
		{"ipv4/udp/partial", {false, IPPROTO_UDP, 0, 101, 0, SUM_PARTIAL, 0, 0}, true},
		{"ipv6/tcp/partial", {true, IPPROTO_TCP, 0, 100, 0, SUM_PARTIAL, 0, 0}, true},
		{"ipv6/udp/partial", {true, IPPROTO_UDP, 0, 1, 0, SUM_PARTIAL, 0, 0}, true},
		{"vlan/udp/partial", {false, IPPROTO_UDP, 1, 9, 0, SUM_PARTIAL, 0, 0}, true},
		{"qinq/tcp/partial", {true, IPPROTO_TCP, 2, 9, 0, SUM_PARTIAL, 0, 0}, true},
		{"padded/udp/partial", {false, IPPROTO_UDP, 0, 2, 16, SUM_PARTIAL, 0, 0}, true},
		{"ipv4/tcp/df", {false, IPPROTO_TCP, 0, 8, 0, SUM_PARTIAL, 0x4000, 0}, true},
		{"ipv4/tcp/complete", {false, IPPROTO_TCP, 0, 9, 0, SUM_COMPLETE, 0, 0}, false},
		{"ipv6/udp/complete", {true, IPPROTO_UDP, 1, 9, 0, SUM_COMPLETE, 0, 0}, false},
		{"ipv4/udp/none", {false, IPPROTO_UDP, 0, 9, 0, SUM_NONE, 0, 0}, false},
		{"ipv4/udp/first fragment",
		 {false, IPPROTO_UDP, 0, 8, 0, SUM_PARTIAL, 0x2000, 0},
		 false},
		{"ipv6/udp/fragment", {true, IPPROTO_UDP, 0, 8, 0, SUM_PARTIAL, 1, 0}, false},
	};
	struct port_tx_header h;
	struct frame f;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make(&f, &rows[i].spec);
		ROW_CHECK(rows[i].name, port_tx_is_partial(&f.tx) == rows[i].partial, "detected");
		ROW_CHECK(rows[i].name, !port_tx_describe(&f.tx, &h), "refused");
		ROW_CHECK(rows[i].name, !!h.vnet.flags == rows[i].partial, "flags");
		ROW_CHECK(rows[i].name, !!h.csum_len == rows[i].partial, "replaced bytes");
		ROW_CHECK(rows[i].name, h.vnet.gso_type == VIRTIO_NET_HDR_GSO_NONE, "gso");
		if (rows[i].spec.sum != SUM_NONE && !rows[i].spec.frag)
			ROW_CHECK(rows[i].name, completes(&f, &h, rows[i].spec.padding), "sum");
	}
}

/* A rewrite adjusts the field as if it were a complete checksum. */
TEST(port_tx, a_rewritten_partial_checksum_is_made_anew)
{
	struct frame_spec spec = {.proto = IPPROTO_UDP, .payload = 64, .sum = SUM_PARTIAL};
	struct port_tx_header h;
	struct frame f;

	make(&f, &spec);
	f.data[f.tx.l3_off + 19] ^= 0x55;
	f.data[f.tx.l4_off + SUM_UDP_OFF] ^= 0x12;
	assert_false(port_tx_is_partial(&f.tx));
	f.tx.partial = true;
	assert_int_equal(port_tx_describe(&f.tx, &h), 0);
	assert_int_equal(h.vnet.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	assert_true(completes(&f, &h, 0));
}

TEST(port_tx, large_segments_are_cut_by_the_device)
{
	static const struct {
		const char *name;
		struct frame_spec spec;
		__u8 gso_type;
	} rows[] = {
		{"tcp4",
		 {false, IPPROTO_TCP, 0, 3000, 0, SUM_PARTIAL, 0, 0x10},
		 VIRTIO_NET_HDR_GSO_TCPV4},
		{"tcp6",
		 {true, IPPROTO_TCP, 1, 3000, 0, SUM_PARTIAL, 0, 0x10},
		 VIRTIO_NET_HDR_GSO_TCPV6},
		{"tcp4 with CWR",
		 {false, IPPROTO_TCP, 0, 3000, 0, SUM_PARTIAL, 0, 0x90},
		 VIRTIO_NET_HDR_GSO_TCPV4 | VIRTIO_NET_HDR_GSO_ECN},
		{"udp4", {false, IPPROTO_UDP, 0, 3000, 0, SUM_PARTIAL, 0, 0}, 5},
		{"udp6", {true, IPPROTO_UDP, 2, 3000, 0, SUM_PARTIAL, 0, 0}, 5},
	};
	struct port_tx_header h;
	struct frame f;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make(&f, &rows[i].spec);
		f.tx.gso_size = 1400;
		/* spoiled by a rewrite: it does not matter */
		f.data[f.tx.l3_off + 12] ^= 1;
		ROW_CHECK(rows[i].name, !port_tx_describe(&f.tx, &h), "refused");
		ROW_CHECK(rows[i].name, h.vnet.gso_type == rows[i].gso_type, "%u", h.vnet.gso_type);
		ROW_CHECK(rows[i].name, h.vnet.gso_size == 1400, "%u", h.vnet.gso_size);
		ROW_CHECK(rows[i].name,
			  h.vnet.hdr_len == f.tx.l4_off + l4_header_bytes(f.tx.nw_proto), "%u",
			  h.vnet.hdr_len);
		ROW_CHECK(rows[i].name, h.vnet.csum_start == f.tx.l4_off, "%u", h.vnet.csum_start);
		ROW_CHECK(rows[i].name, completes(&f, &h, 0), "sum");
	}
}

/* A packet of more than 64 KB says 0 for its length. */
TEST(port_tx, a_big_packet_without_a_length_is_summed_whole)
{
	struct frame_spec spec = {
		.ipv6 = true, .proto = IPPROTO_TCP, .payload = 3000, .sum = SUM_PARTIAL};
	struct port_tx_header h;
	struct frame f;

	make(&f, &spec);
	put16(f.data + f.tx.l3_off + 4, 0);
	f.tx.gso_size = 1400;
	assert_int_equal(port_tx_describe(&f.tx, &h), 0);
	assert_true(completes(&f, &h, 0));
}

/* CRC32c of 32 zero bytes is aa 36 91 8a on the wire (RFC 3720, B.4). */
TEST(port_tx, sctp_is_summed_in_software)
{
	static const __u8 want[4] = {0xaa, 0x36, 0x91, 0x8a};
	struct frame_spec spec = {.proto = IPPROTO_SCTP, .payload = 20, .padding = 3};
	struct port_tx_header h;
	struct frame f;

	make(&f, &spec);
	memset(f.data + f.tx.l4_off, 0, 32);
	memset(f.data + f.tx.l4_off + 32, 0xff, 3);
	assert_true(port_tx_is_partial(&f.tx));
	assert_int_equal(port_tx_describe(&f.tx, &h), 0);
	assert_int_equal(h.vnet.flags, 0);
	assert_int_equal(h.csum_off, f.tx.l4_off + 8);
	assert_int_equal(h.csum_len, 4);
	assert_memory_equal(h.csum, want, 4);
	memcpy(f.data + f.tx.l4_off + 8, want, 4);
	assert_false(port_tx_is_partial(&f.tx));
	assert_int_equal(port_tx_describe(&f.tx, &h), 0);
	assert_int_equal(h.csum_len, 0);
}

TEST(port_tx, what_is_not_understood_goes_out_as_it_is)
{
	struct port_tx_frame arp = {.len = 42};
	struct port_tx_header h;
	__u8 data[42] = {0};

	arp.data = data;
	assert_int_equal(port_tx_describe(&arp, &h), 0);
	assert_int_equal(h.vnet.flags, 0);
	assert_int_equal(h.csum_len, 0);
	arp.len = 13;
	assert_int_equal(port_tx_describe(&arp, &h), -EINVAL);
}

TEST(port_tx, offsets_outside_the_frame_are_refused)
{
	struct frame_spec spec = {.proto = IPPROTO_TCP, .payload = 100, .sum = SUM_PARTIAL};
	struct port_tx_header h;
	struct frame f, good;

	make(&good, &spec);
	good.tx.gso_size = 50;
	f = good;
	f.tx.data = f.data;
	assert_int_equal(port_tx_describe(&f.tx, &h), 0);
	f.tx.len = f.tx.l4_off + 19;
	assert_int_equal(port_tx_describe(&f.tx, &h), -EINVAL);
	f.tx = good.tx;
	f.tx.l4_off = 0;
	assert_int_equal(port_tx_describe(&f.tx, &h), -EINVAL);
	f.tx = good.tx;
	f.tx.l3_off = f.tx.l4_off;
	assert_int_equal(port_tx_describe(&f.tx, &h), -EINVAL);
	f.tx = good.tx;
	f.tx.data = f.data;
	f.data[f.tx.l4_off + 12] = 4 << 4;
	assert_int_equal(port_tx_describe(&f.tx, &h), -EINVAL);
	f.tx.nw_proto = IPPROTO_ICMP;
	assert_int_equal(port_tx_describe(&f.tx, &h), -EINVAL);
}

/* IPv6 extension headers whose lengths lie never lead out of the frame. */
TEST(port_tx, random_bytes_are_survived)
{
	uint64_t seed = test_seed(20261102);
	struct port_tx_header h;
	struct port_tx_frame tx;
	__u8 *data;

	for (int i = 0; i < 20000; i++) {
		memset(&tx, 0, sizeof(tx));
		tx.len = test_below(&seed, 160);
		data = malloc(tx.len ? tx.len : 1); /* exact, for the address sanitizer */
		assert_non_null(data);
		for (size_t k = 0; k < tx.len; k++)
			data[k] = test_below(&seed, 3) ? (__u8)test_random(&seed) : 0;
		tx.data = data;
		tx.ipv6 = test_below(&seed, 2);
		tx.nw_proto = (__u8[]){6, 17, 132, 58}[test_below(&seed, 4)];
		tx.l3_off = test_below(&seed, 4) ? 14 : (__u16)test_below(&seed, 170);
		tx.l4_off = (__u16)test_below(&seed, 170);
		tx.gso_size = test_below(&seed, 2) ? 0 : 100;
		if (!port_tx_describe(&tx, &h))
			assert_true(h.csum_off + h.csum_len <= tx.len);
		free(data);
	}
}

enum tunnel_kind {
	TUNNEL_VXLAN,
	TUNNEL_VXLAN_LINUX,
	TUNNEL_VXLAN_RCO,
	TUNNEL_GPE,
	TUNNEL_GENEVE,
	TUNNEL_GRE,
	TUNNEL_IPIP,
	TUNNEL_OTHER_PORT,
	TUNNEL_N,
};

/* The header between the outer and the inner packet. */
static const struct tunnel_form {
	__u16 port; /* 0: not over UDP */
	__u8 proto;
	__u8 len;
	bool eth; /* the inner packet has its Ethernet header; else it is IPv4 */
	const char *header;
} tunnel_forms[TUNNEL_N] = {
	[TUNNEL_VXLAN] = {4789, IPPROTO_UDP, 8, true, "\x08\0\0\0\0\0\x07\0"},
	[TUNNEL_VXLAN_LINUX] = {8472, IPPROTO_UDP, 8, true, "\x08\0\0\0\0\0\x07\0"},
	[TUNNEL_VXLAN_RCO] = {4789, IPPROTO_UDP, 8, true, "\x08\x20\0\0\0\0\x07\x11"},
	[TUNNEL_GPE] = {4790, IPPROTO_UDP, 8, false, "\x0c\0\0\x01\0\0\x07\0"},
	[TUNNEL_GENEVE] = {6081, IPPROTO_UDP, 16, true,
			   "\x02\0\x65\x58\0\0\x07\0\x01\x02\x03\x01\xde\xad\xbe\xef"},
	[TUNNEL_GRE] = {0, IPPROTO_GRE, 8, true, "\x20\0\x65\x58\0\0\0\x07"},
	[TUNNEL_IPIP] = {0, IPPROTO_IPIP, 0, false, ""},
	[TUNNEL_OTHER_PORT] = {4791, IPPROTO_UDP, 8, true, "\x08\0\0\0\0\0\x07\0"},
};

struct tunnel_frame {
	struct frame f, inner;
	size_t inner_off; /* what to add to inner's offsets */
};

/* 'f' is the outer frame; its payload is 'inner' behind the tunnel's header. The
 * outer checksum is made over the inner one completed, as the kernel does. */
static void make_tunnel(struct tunnel_frame *t, enum tunnel_kind kind, bool ipv6,
			const struct frame_spec *inner, enum sum_kind outer_sum)
{
	const struct tunnel_form *form = &tunnel_forms[kind];
	size_t udp = form->port ? 8 : 0, skipped, n;
	struct frame_spec outer = {.ipv6 = ipv6, .proto = form->proto, .sum = SUM_NONE};
	struct port_tx_header h = {0};
	__u8 *l4, *data;

	make(&t->inner, inner);
	skipped = form->eth ? 0 : t->inner.tx.l3_off;
	n = udp + form->len + t->inner.tx.len - skipped;
	outer.payload = n - l4_header_bytes(form->proto);
	make(&t->f, &outer);
	t->inner_off = t->f.tx.l4_off + udp + form->len - skipped;
	l4 = t->f.data + t->f.tx.l4_off;
	if (udp) {
		put16(l4, 54321);
		put16(l4 + 2, form->port);
		put16(l4 + 4, n);
	}
	memcpy(l4 + udp, form->header, form->len);
	data = l4 + udp + form->len;
	memcpy(data, t->inner.data + skipped, t->inner.tx.len - skipped);
	if (udp && outer_sum == SUM_PARTIAL) {
		put16(l4 + SUM_UDP_OFF, pseudo(&t->f, n));
	} else if (udp && outer_sum == SUM_COMPLETE) {
		__u8 out[FRAME_BYTES];

		assert_int_equal(port_tx_describe(&t->inner.tx, &h), 0);
		transmit(&t->inner, &h, out);
		memcpy(data, out + skipped, t->inner.tx.len - skipped);
		put16(l4 + SUM_UDP_OFF, (__u16)~ones_sum(l4, n, pseudo(&t->f, n)));
		memcpy(data, t->inner.data + skipped, t->inner.tx.len - skipped);
	}
	if (!udp)
		t->f.tx.l4_off = 0; /* as the parser has it for other protocols */
}

/* Are both checksums right when the device is through? */
static bool tunnel_completes(const struct tunnel_frame *t, const struct port_tx_header *h,
			     const struct frame_spec *inner)
{
	size_t inner_l4 = t->inner_off + t->inner.tx.l4_off;
	size_t inner_bytes = t->inner.tx.len - inner->padding - t->inner.tx.l4_off;
	size_t outer_bytes = t->f.tx.len - t->f.tx.l4_off;
	__u8 out[FRAME_BYTES];

	transmit(&t->f, h, out);
	if (ones_sum(out + inner_l4, inner_bytes, pseudo(&t->inner, inner_bytes)) != 0xffff)
		return false;
	if (t->f.tx.nw_proto != IPPROTO_UDP)
		return true;
	if (!out[t->f.tx.l4_off + SUM_UDP_OFF] && !out[t->f.tx.l4_off + SUM_UDP_OFF + 1])
		return true;
	return ones_sum(out + t->f.tx.l4_off, outer_bytes, pseudo(&t->f, outer_bytes)) == 0xffff;
}

static const struct {
	const char *name;
	enum tunnel_kind kind;
	bool ipv6;
	struct frame_spec inner;
	enum sum_kind outer_sum;
} tunnel_rows[] = {
	{"vxlan/tcp4",
	 TUNNEL_VXLAN,
	 false,
	 {false, IPPROTO_TCP, 0, 100, 0, SUM_PARTIAL, 0, 0},
	 SUM_COMPLETE},
	{"vxlan without a sum/tcp4",
	 TUNNEL_VXLAN,
	 false,
	 {false, IPPROTO_TCP, 0, 101, 0, SUM_PARTIAL, 0, 0},
	 SUM_NONE},
	{"vxlan/udp6 over ipv6",
	 TUNNEL_VXLAN,
	 true,
	 {true, IPPROTO_UDP, 0, 33, 0, SUM_PARTIAL, 0, 0},
	 SUM_COMPLETE},
	{"vxlan both partial",
	 TUNNEL_VXLAN,
	 false,
	 {false, IPPROTO_TCP, 0, 77, 0, SUM_PARTIAL, 0, 0},
	 SUM_PARTIAL},
	{"vxlan both partial over ipv6",
	 TUNNEL_VXLAN,
	 true,
	 {true, IPPROTO_TCP, 1, 78, 0, SUM_PARTIAL, 0, 0},
	 SUM_PARTIAL},
	{"old vxlan/qinq/tcp6",
	 TUNNEL_VXLAN_LINUX,
	 false,
	 {true, IPPROTO_TCP, 2, 5, 0, SUM_PARTIAL, 0, 0},
	 SUM_COMPLETE},
	{"vxlan/padded udp4",
	 TUNNEL_VXLAN,
	 false,
	 {false, IPPROTO_UDP, 0, 2, 16, SUM_PARTIAL, 0, 0},
	 SUM_COMPLETE},
	{"gpe/tcp4",
	 TUNNEL_GPE,
	 false,
	 {false, IPPROTO_TCP, 0, 100, 0, SUM_PARTIAL, 0, 0},
	 SUM_COMPLETE},
	{"geneve with an option/tcp4",
	 TUNNEL_GENEVE,
	 false,
	 {false, IPPROTO_TCP, 0, 100, 0, SUM_PARTIAL, 0, 0},
	 SUM_COMPLETE},
	{"geneve both partial",
	 TUNNEL_GENEVE,
	 true,
	 {false, IPPROTO_UDP, 0, 9, 0, SUM_PARTIAL, 0, 0},
	 SUM_PARTIAL},
	{"gre with a key/tcp4",
	 TUNNEL_GRE,
	 false,
	 {false, IPPROTO_TCP, 0, 100, 0, SUM_PARTIAL, 0, 0},
	 SUM_NONE},
	{"ipip/udp4",
	 TUNNEL_IPIP,
	 false,
	 {false, IPPROTO_UDP, 0, 10, 0, SUM_PARTIAL, 0, 0},
	 SUM_NONE},
};

TEST(port_tx, the_inner_checksum_of_a_tunnel_is_left_to_the_device)
{
	struct port_tx_header h;
	struct tunnel_frame t;

	for (size_t i = 0; i < sizeof(tunnel_rows) / sizeof(tunnel_rows[0]); i++) {
		const struct frame_spec *inner = &tunnel_rows[i].inner;

		make_tunnel(&t, tunnel_rows[i].kind, tunnel_rows[i].ipv6, inner,
			    tunnel_rows[i].outer_sum);
		ROW_CHECK(tunnel_rows[i].name, !port_tx_describe(&t.f.tx, &h), "refused");
		ROW_CHECK(tunnel_rows[i].name, h.vnet.flags == VIRTIO_NET_HDR_F_NEEDS_CSUM,
			  "flags");
		ROW_CHECK(tunnel_rows[i].name, h.vnet.csum_start == t.inner_off + t.inner.tx.l4_off,
			  "csum_start %u", h.vnet.csum_start);
		ROW_CHECK(tunnel_rows[i].name, h.vnet.gso_type == VIRTIO_NET_HDR_GSO_NONE, "gso");
		ROW_CHECK(tunnel_rows[i].name,
			  !!h.csum_len == (tunnel_rows[i].outer_sum == SUM_PARTIAL),
			  "replaced bytes");
		ROW_CHECK(tunnel_rows[i].name, tunnel_completes(&t, &h, inner), "sum");
	}
}

/* What the device gets to do when the inner checksum is not partial. */
TEST(port_tx, a_tunnel_without_an_inner_partial_is_as_any_packet)
{
	static const struct {
		const char *name;
		enum tunnel_kind kind;
		struct frame_spec inner;
		enum sum_kind outer_sum;
		bool partial; /* the outer one is the device's */
	} rows[] = {
		{"complete in complete",
		 TUNNEL_VXLAN,
		 {false, IPPROTO_TCP, 0, 100, 0, SUM_COMPLETE, 0, 0},
		 SUM_COMPLETE,
		 false},
		{"complete in partial",
		 TUNNEL_GENEVE,
		 {false, IPPROTO_TCP, 0, 100, 0, SUM_COMPLETE, 0, 0},
		 SUM_PARTIAL,
		 true},
		{"udp without a sum",
		 TUNNEL_VXLAN,
		 {false, IPPROTO_UDP, 0, 100, 0, SUM_NONE, 0, 0},
		 SUM_PARTIAL,
		 true},
		{"fragment",
		 TUNNEL_VXLAN,
		 {false, IPPROTO_UDP, 0, 96, 0, SUM_PARTIAL, 0x2000, 0},
		 SUM_NONE,
		 false},
		{"ipv6 fragment",
		 TUNNEL_VXLAN,
		 {true, IPPROTO_UDP, 0, 96, 0, SUM_PARTIAL, 1, 0},
		 SUM_NONE,
		 false},
		{"remote checksum offload wants it partial",
		 TUNNEL_VXLAN_RCO,
		 {false, IPPROTO_TCP, 0, 100, 0, SUM_PARTIAL, 0, 0},
		 SUM_NONE,
		 false},
		{"not a tunnel's port",
		 TUNNEL_OTHER_PORT,
		 {false, IPPROTO_TCP, 0, 100, 0, SUM_PARTIAL, 0, 0},
		 SUM_NONE,
		 false},
	};
	struct port_tx_header h;
	struct tunnel_frame t;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make_tunnel(&t, rows[i].kind, false, &rows[i].inner, rows[i].outer_sum);
		ROW_CHECK(rows[i].name, !port_tx_describe(&t.f.tx, &h), "refused");
		ROW_CHECK(rows[i].name, !!h.vnet.flags == rows[i].partial, "flags");
		if (rows[i].partial)
			ROW_CHECK(rows[i].name, h.vnet.csum_start == t.f.tx.l4_off, "csum_start %u",
				  h.vnet.csum_start);
		if (rows[i].partial)
			ROW_CHECK(rows[i].name, completes(&t.f, &h, 0), "sum");
	}
}

TEST(port_tx, a_fragment_of_a_tunnel_is_left_alone)
{
	struct frame_spec inner = {.proto = IPPROTO_TCP, .payload = 64, .sum = SUM_PARTIAL};
	struct port_tx_header h;
	struct tunnel_frame t;

	make_tunnel(&t, TUNNEL_VXLAN, false, &inner, SUM_NONE);
	put16(t.f.data + t.f.tx.l3_off + 6, 0x2000);
	assert_int_equal(port_tx_describe(&t.f.tx, &h), 0);
	assert_int_equal(h.vnet.flags, 0);
}

/* The outer header was rewritten, its partial sum with it. */
TEST(port_tx, a_rewritten_outer_partial_checksum_is_made_from_the_headers)
{
	struct frame_spec inner = {.proto = IPPROTO_TCP, .payload = 64, .sum = SUM_PARTIAL};
	struct port_tx_header h;
	struct tunnel_frame t;

	make_tunnel(&t, TUNNEL_VXLAN, false, &inner, SUM_PARTIAL);
	t.f.data[t.f.tx.l3_off + 19] ^= 0x55;
	t.f.data[t.f.tx.l4_off + 1] ^= 0x21;
	t.f.tx.partial = true;
	assert_int_equal(port_tx_describe(&t.f.tx, &h), 0);
	assert_int_equal(h.csum_off, t.f.tx.l4_off + SUM_UDP_OFF);
	assert_true(tunnel_completes(&t, &h, &inner));
	/* With some source port the sum is 0, which says that there is none. */
	for (size_t port = 0; port <= 0xffff; port++) {
		put16(t.f.data + t.f.tx.l4_off, port);
		assert_int_equal(port_tx_describe(&t.f.tx, &h), 0);
		assert_true(h.csum[0] || h.csum[1]);
		assert_true(tunnel_completes(&t, &h, &inner));
	}
	/* Offsets that do not go with the frame. */
	t.f.tx.l4_off++;
	assert_int_equal(port_tx_describe(&t.f.tx, &h), -EINVAL);
	t.f.tx.l4_off = t.inner.tx.l4_off + (__u16)t.inner_off;
	assert_int_equal(port_tx_describe(&t.f.tx, &h), -EINVAL);
}

TEST(port_tx, large_segments_inside_a_tunnel_are_refused)
{
	struct frame_spec inner = {.proto = IPPROTO_TCP, .payload = 2900, .sum = SUM_PARTIAL};
	struct frame_spec udp = {.proto = IPPROTO_UDP, .payload = 2900, .sum = SUM_PARTIAL};
	struct port_tx_header h;
	struct tunnel_frame t;

	make_tunnel(&t, TUNNEL_VXLAN, false, &inner, SUM_PARTIAL);
	t.f.tx.gso_size = 1400;
	assert_int_equal(port_tx_describe(&t.f.tx, &h), -EOPNOTSUPP);
	make_tunnel(&t, TUNNEL_GENEVE, true, &udp, SUM_NONE);
	t.f.tx.gso_size = 1400;
	assert_int_equal(port_tx_describe(&t.f.tx, &h), -EOPNOTSUPP);
	/* Datagrams of a program that makes its tunnel by itself: the first of
	 * two, and what follows it, in one segment. */
	make_tunnel(&t, TUNNEL_VXLAN, false, &udp, SUM_PARTIAL);
	t.f.tx.gso_size = 1500;
	put16(t.f.data + t.inner_off + t.inner.tx.l3_off + 2, 1500 - 8 - 14);
	assert_int_equal(port_tx_describe(&t.f.tx, &h), 0);
	assert_int_equal(h.vnet.gso_type, 5);
	/* A byte more does not fit the first datagram. */
	put16(t.f.data + t.inner_off + t.inner.tx.l3_off + 2, 1500 - 8 - 14 + 1);
	assert_int_equal(port_tx_describe(&t.f.tx, &h), -EOPNOTSUPP);
	make_tunnel(&t, TUNNEL_OTHER_PORT, false, &udp, SUM_PARTIAL);
	t.f.tx.gso_size = 1400;
	assert_int_equal(port_tx_describe(&t.f.tx, &h), 0);
}

/* A guest writes what it likes behind a tunnel's port. */
TEST(port_tx, spoiled_tunnels_are_survived)
{
	uint64_t seed = test_seed(20261123);
	struct port_tx_header h;
	struct tunnel_frame t;
	size_t n_inner = 0;

	for (int i = 0; i < 40000; i++) {
		struct frame_spec inner = {.ipv6 = test_below(&seed, 2),
					   .proto = test_below(&seed, 2) ? 6 : 17,
					   .tags = (int)test_below(&seed, 3),
					   .payload = test_below(&seed, 40),
					   .sum = SUM_PARTIAL};
		enum tunnel_kind kind = (enum tunnel_kind)test_below(&seed, TUNNEL_N);
		struct port_tx_frame tx;

		if (!tunnel_forms[kind].eth)
			inner.ipv6 = false;
		make_tunnel(&t, kind, test_below(&seed, 2), &inner,
			    (enum sum_kind)test_below(&seed, 3));
		tx = t.f.tx;
		tx.gso_size = test_below(&seed, 4) ? 0 : 20;
		if (test_below(&seed, 2))
			tx.len = 14 + test_below(&seed, tx.len - 13);
		for (size_t k = test_below(&seed, 4); k; k--)
			t.f.data[14 + test_below(&seed, t.f.tx.len - 14)] =
				(__u8)test_random(&seed);

		__u8 *data = malloc(tx.len); /* exact, for the address sanitizer */

		assert_non_null(data);
		memcpy(data, t.f.data, tx.len);
		tx.data = data;
		if (!port_tx_describe(&tx, &h)) {
			assert_true(h.csum_off + h.csum_len <= tx.len);
			assert_true(!h.vnet.flags ||
				    h.vnet.csum_start + h.vnet.csum_offset + (size_t)2 <= tx.len);
			n_inner += h.vnet.flags && h.vnet.csum_start > t.inner_off;
		}
		free(data);
	}
	assert_true(n_inner > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(port_tx, partial_checksums_are_left_to_the_device),
		TEST_ROW(port_tx, a_rewritten_partial_checksum_is_made_anew),
		TEST_ROW(port_tx, large_segments_are_cut_by_the_device),
		TEST_ROW(port_tx, a_big_packet_without_a_length_is_summed_whole),
		TEST_ROW(port_tx, sctp_is_summed_in_software),
		TEST_ROW(port_tx, what_is_not_understood_goes_out_as_it_is),
		TEST_ROW(port_tx, offsets_outside_the_frame_are_refused),
		TEST_ROW(port_tx, random_bytes_are_survived),
		TEST_ROW(port_tx, the_inner_checksum_of_a_tunnel_is_left_to_the_device),
		TEST_ROW(port_tx, a_tunnel_without_an_inner_partial_is_as_any_packet),
		TEST_ROW(port_tx, a_fragment_of_a_tunnel_is_left_alone),
		TEST_ROW(port_tx, a_rewritten_outer_partial_checksum_is_made_from_the_headers),
		TEST_ROW(port_tx, large_segments_inside_a_tunnel_are_refused),
		TEST_ROW(port_tx, spoiled_tunnels_are_survived),
	};

	return cmocka_run_group_tests_name("port_tx", tests, NULL, NULL);
}
