// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Answers of the policy: their bytes and checksums, and to what there is none.
 */
#include "test.h"

#include "proto.h"
#include "reject.h"
#include "xvs/flow_key.h"

static const __u8 mac_guest[6] = {2, 0, 0, 0, 0, 1}, mac_peer[6] = {2, 0, 0, 0, 0, 2};
static const __u8 ip4[2][4] = {{10, 0, 0, 1}, {10, 0, 0, 2}};
static const __u8 ip6[2][16] = {
	{0x20, 1, 0xd, 0xb8, [15] = 1},
	{0x20, 1, 0xd, 0xb8, [15] = 2},
};

/* A packet from guest to peer. */
struct frame {
	__u8 data[4096];
	struct reject_packet p;
	bool v6;
};

static void put16(__u8 *p, unsigned int v)
{
	p[0] = (__u8)(v >> 8);
	p[1] = (__u8)v;
}

static unsigned int get16(const __u8 *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

static unsigned int get32(const __u8 *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static void frame_begin(struct frame *f, bool v6, unsigned int n_tags, __u8 proto, size_t l4_len)
{
	size_t l3 = 14 + 4 * n_tags, hdr = v6 ? 40 : 20;
	__u8 *ip = f->data + l3;

	memset(f, 0, sizeof(*f));
	memcpy(f->data, mac_peer, 6);
	memcpy(f->data + 6, mac_guest, 6);
	for (unsigned int i = 0; i < n_tags; i++) {
		put16(f->data + 12 + 4 * i, 0x8100);
		put16(f->data + 14 + 4 * i, 10 + i);
	}
	put16(ip - 2, v6 ? 0x86dd : 0x0800);
	if (v6) {
		ip[0] = 0x60;
		put16(ip + 4, (unsigned int)l4_len);
		ip[6] = proto;
		ip[7] = 64;
		memcpy(ip + 8, ip6[0], 16);
		memcpy(ip + 24, ip6[1], 16);
	} else {
		ip[0] = 0x45;
		put16(ip + 2, (unsigned int)(l4_len + 20));
		ip[8] = 64;
		ip[9] = proto;
		memcpy(ip + 12, ip4[0], 4);
		memcpy(ip + 16, ip4[1], 4);
	}
	f->v6 = v6;
	f->p = (struct reject_packet){
		.frame = f->data,
		.len = l3 + hdr + l4_len,
		.l3_off = (__u16)l3,
		.l4_off = (__u16)(l3 + hdr),
		.nw_proto = proto,
	};
}

static __u8 *l4_of(struct frame *f)
{
	return f->data + f->p.l4_off;
}

static void frame_tcp(struct frame *f, bool v6, __u8 flags, size_t payload)
{
	__u8 *tcp;

	frame_begin(f, v6, 0, PROTO_TCP, 20 + payload);
	tcp = l4_of(f);
	put16(tcp, 40000);
	put16(tcp + 2, 80);
	memcpy(tcp + 4, "\x10\x00\x00\xff", 4);
	memcpy(tcp + 8, "\x20\x00\x00\x05", 4);
	tcp[12] = 0x50;
	tcp[13] = flags;
}

/* A sum of its own, so that a mistake is not made twice. */
static unsigned int sum16(const __u8 *p, size_t n)
{
	unsigned long sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += i & 1 ? p[i] : (unsigned long)p[i] << 8;
	while (sum > 0xffff)
		sum = sum % 0x10000 + sum / 0x10000;
	return (unsigned int)sum;
}

static unsigned int l4_sum(const __u8 *ip, size_t l4_len, __u8 proto)
{
	static __u8 buf[4096];
	bool v6 = ip[0] == 0x60;
	size_t n = v6 ? 32 : 8;

	memset(buf, 0, sizeof(buf));
	memcpy(buf, ip + (v6 ? 8 : 12), n);
	put16(buf + n, (unsigned int)l4_len);
	put16(buf + n + 2, proto);
	memcpy(buf + n + 4, ip + (v6 ? 40 : 20), l4_len);
	return sum16(buf, n + 4 + l4_len);
}

/* Addresses, lengths and checksums; returns the answer's L4 header. */
static const __u8 *check_answer(const struct frame *f, const __u8 *out, size_t n, __u8 proto)
{
	size_t hdr = f->v6 ? 40 : 20;
	const __u8 *ip = out + f->p.l3_off;
	size_t l4_len = n - f->p.l3_off - hdr;

	assert_true(n > f->p.l3_off + hdr);
	assert_memory_equal(out, mac_guest, 6);
	assert_memory_equal(out + 6, mac_peer, 6);
	assert_memory_equal(out + 12, f->data + 12, f->p.l3_off - 12u);
	if (f->v6) {
		assert_int_equal(get16(ip + 4), l4_len);
		assert_int_equal(ip[6], proto);
		assert_memory_equal(ip + 8, ip6[1], 16);
		assert_memory_equal(ip + 24, ip6[0], 16);
	} else {
		assert_int_equal(get16(ip + 2), n - f->p.l3_off);
		assert_int_equal(ip[9], proto);
		assert_int_equal(sum16(ip, 20), 0xffff);
		assert_memory_equal(ip + 12, ip4[1], 4);
		assert_memory_equal(ip + 16, ip4[0], 4);
	}
	if (proto == PROTO_ICMP)
		assert_int_equal(sum16(ip + hdr, l4_len), 0xffff);
	else
		assert_int_equal(l4_sum(ip, l4_len, proto), 0xffff);
	return ip + hdr;
}

TEST(reject, resets_are_acceptable)
{
	static const struct {
		const char *name;
		__u8 flags;
		size_t payload;
		unsigned int seq, ack;
		__u8 want_flags;
	} rows[] = {
		{"SYN", 0x02, 0, 0, 0x10000100, 0x14},
		{"SYN with data", 0x02, 5, 0, 0x10000105, 0x14},
		{"ACK", 0x10, 0, 0x20000005, 0, 0x04},
		{"data", 0x18, 100, 0x20000005, 0, 0x04},
		{"SYN, ACK", 0x12, 0, 0x20000005, 0, 0x04},
		{"FIN without ACK", 0x01, 7, 0, 0x10000107, 0x14},
		{"no flags", 0x00, 3, 0, 0x10000102, 0x14},
	};
	__u8 out[REJECT_MAX_BYTES];
	struct frame f;

	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const __u8 *tcp;
		size_t n;

		frame_tcp(&f, i % 2, rows[i / 2].flags, rows[i / 2].payload);
		/* Padding behind a short packet is none of its data. */
		f.p.len += 6;
		n = reject_build(&f.p, out);
		tcp = check_answer(&f, out, n, PROTO_TCP);
		ROW_CHECK(rows[i / 2].name, get16(tcp) == 80 && get16(tcp + 2) == 40000, "ports");
		ROW_CHECK(rows[i / 2].name, get32(tcp + 4) == rows[i / 2].seq, "seq %x",
			  get32(tcp + 4));
		ROW_CHECK(rows[i / 2].name, get32(tcp + 8) == rows[i / 2].ack, "ack %x",
			  get32(tcp + 8));
		ROW_CHECK(rows[i / 2].name, tcp[13] == rows[i / 2].want_flags, "flags %x", tcp[13]);
	}
	frame_tcp(&f, false, 0x14, 0);
	assert_int_equal(reject_build(&f.p, out), 0);
}

TEST(reject, others_get_an_icmp_error)
{
	static const size_t sizes[] = {8, 30, 520, 521, 1232, 1233, 3000};
	__u8 out[REJECT_MAX_BYTES];
	struct frame f;

	for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
		bool v6 = i % 2;
		size_t most = v6 ? 1280 : 576, n, want;
		const __u8 *icmp;

		frame_begin(&f, v6, (unsigned int)(i % 3), PROTO_UDP, sizes[i / 2]);
		memset(l4_of(&f), 0x5a, sizes[i / 2]);
		n = reject_build(&f.p, out);
		icmp = check_answer(&f, out, n, v6 ? PROTO_ICMPV6 : PROTO_ICMP);
		assert_int_equal(icmp[0], v6 ? 1 : 3);
		assert_int_equal(icmp[1], v6 ? 1 : 13);
		want = f.p.len - f.p.l3_off;
		if (want > most - (v6 ? 48 : 28))
			want = most - (v6 ? 48 : 28);
		assert_int_equal(out + n - icmp, 8 + want);
		assert_memory_equal(icmp + 8, f.data + f.p.l3_off, want);
	}
}

static size_t answer_of(const struct frame *f)
{
	__u8 out[REJECT_MAX_BYTES];

	return reject_build(&f->p, out);
}

static size_t icmp_answer(bool v6, __u8 type)
{
	struct frame f;

	frame_begin(&f, v6, 0, v6 ? PROTO_ICMPV6 : PROTO_ICMP, 16);
	*l4_of(&f) = type;
	return answer_of(&f);
}

TEST(reject, errors_are_not_answered)
{
	static const __u8 errors4[] = {3, 4, 5, 11, 12}, errors6[] = {1, 2, 3, 4, 127, 137};

	for (size_t i = 0; i < sizeof(errors4); i++)
		assert_int_equal(icmp_answer(false, errors4[i]), 0);
	for (size_t i = 0; i < sizeof(errors6); i++)
		assert_int_equal(icmp_answer(true, errors6[i]), 0);
	assert_int_not_equal(icmp_answer(false, 8), 0);
	assert_int_not_equal(icmp_answer(true, 128), 0);
}

TEST(reject, groups_are_not_answered)
{
	static const __u8 bad4[][4] = {
		{224, 0, 0, 1}, {239, 1, 2, 3}, {255, 255, 255, 255}, {0, 0, 0, 0}, {127, 0, 0, 1},
	};
	static const __u8 bad6[][16] = {{0xff, 2, [15] = 1}, {0}, {[15] = 1}};
	struct frame f;

	for (size_t i = 0; i < sizeof(bad4) / 4; i++) {
		for (int dst = 0; dst < 2; dst++) {
			frame_begin(&f, false, 0, PROTO_UDP, 20);
			memcpy(f.data + 14 + (dst ? 16 : 12), bad4[i], 4);
			assert_int_equal(answer_of(&f), 0);
		}
	}
	for (size_t i = 0; i < sizeof(bad6) / 16; i++) {
		for (int dst = 0; dst < 2; dst++) {
			frame_begin(&f, true, 0, PROTO_UDP, 20);
			memcpy(f.data + 14 + (dst ? 24 : 8), bad6[i], 16);
			assert_int_equal(answer_of(&f), 0);
		}
	}
	for (int at = 0; at <= 6; at += 6) {
		frame_begin(&f, false, 0, PROTO_UDP, 20);
		f.data[at] |= 1;
		assert_int_equal(answer_of(&f), 0);
	}
}

TEST(reject, later_fragments_are_not_answered)
{
	struct frame f;

	frame_begin(&f, false, 0, PROTO_UDP, 20);
	f.p.nw_frag = XVS_FRAG_ANY;
	assert_int_not_equal(answer_of(&f), 0);
	f.p.nw_frag = XVS_FRAG_ANY | XVS_FRAG_LATER;
	assert_int_equal(answer_of(&f), 0);
}

/* Whatever the frame says, what is read is in it, and what is written fits. The frame
 * ends where its memory ends, for the sanitizers. */
TEST(reject, random_frames_stay_in_bounds)
{
	uint64_t seed = test_seed(0x4e5e7);

	for (int i = 0; i < 50000; i++) {
		__u8 out[REJECT_MAX_BYTES];
		struct frame f;
		__u8 *copy;
		size_t n;

		frame_begin(&f, test_below(&seed, 2), test_below(&seed, 3),
			    test_below(&seed, 2) ? PROTO_TCP : (__u8)test_random(&seed),
			    test_below(&seed, 2000));
		for (int k = 0; k < 3; k++)
			f.data[14 + test_below(&seed, 70)] = (__u8)test_random(&seed);
		f.p.len -= test_below(&seed, 4) ? 0 : test_below(&seed, (__u32)f.p.len);
		if (!test_below(&seed, 4))
			f.p.l4_off = (__u16)test_below(&seed, 100);
		if (!test_below(&seed, 8))
			f.p.l3_off = (__u16)test_below(&seed, 60);
		copy = malloc(f.p.len + 1);
		assert_non_null(copy);
		memcpy(copy, f.data, f.p.len);
		f.p.frame = copy;
		n = reject_build(&f.p, out);
		assert_true(n <= REJECT_MAX_BYTES);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(reject, resets_are_acceptable),
		TEST_ROW(reject, others_get_an_icmp_error),
		TEST_ROW(reject, errors_are_not_answered),
		TEST_ROW(reject, groups_are_not_answered),
		TEST_ROW(reject, later_fragments_are_not_answered),
		TEST_ROW(reject, random_frames_stay_in_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
