// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The reference executor: single operations byte for byte, checksums against
 * ones made from scratch, and random programs on random and cut frames within
 * exactly allocated memory (the sanitizers see what goes beyond).
 */
#include "execute_ref.h"
#include "flow_gen.h"
#include "frame.h"
#include "test.h"

static struct {
	unsigned int n;
	__u16 port_no[64];
	size_t len[64];
} outputs;

static void note_output(void *aux, __u16 port_no, const struct ref_packet *pkt)
{
	(void)aux;
	if (outputs.n < 64) {
		outputs.port_no[outputs.n] = port_no;
		outputs.len[outputs.n] = pkt->len;
	}
	outputs.n++;
}

/* A frame in exactly as much memory as it needs. */
struct exact {
	__u8 *mem;
	struct ref_packet pkt;
};

static struct exact exact_frame(const __u8 *bytes, size_t len)
{
	struct exact e = {.mem = malloc(EXECUTE_REF_HEADROOM + len)};

	assert_non_null(e.mem);
	e.pkt.data = e.mem + EXECUTE_REF_HEADROOM;
	e.pkt.len = len;
	e.pkt.headroom = EXECUTE_REF_HEADROOM;
	memcpy(e.pkt.data, bytes, len);
	return e;
}

static struct exact tcp_frame(struct frame_spec *spec)
{
	struct xvs_flow_key key;
	struct frame_buf frame;

	memset(&key, 0, sizeof(key));
	key.dl_type = XVS_BE16(0x0800);
	key.nw_proto = 6;
	key.nw_ttl = 64;
	key.nw_src = XVS_BE32(0x0a000001);
	key.nw_dst = XVS_BE32(0x0a000002);
	key.tp_src = XVS_BE16(1000);
	key.tp_dst = XVS_BE16(80);
	frame_spec_init(spec, &key);
	frame_build(spec, &frame);
	return exact_frame(frame.bytes, frame.len);
}

static const struct xvs_op op_output = {.kind = XVS_OP_OUTPUT, .port_no = 7};

static enum xvs_drop_reason run(struct exact *e, const struct xvs_op *ops, size_t n)
{
	static const struct ref_handlers handlers = {.output = note_output};

	outputs.n = 0;
	return execute_ref(&e->pkt, ops, n, &handlers);
}

static void expect(struct exact *e, const struct frame_spec *spec)
{
	struct frame_buf want;

	frame_build(spec, &want);
	assert_int_equal(e->pkt.len, want.len);
	assert_memory_equal(e->pkt.data, want.bytes, want.len);
	free(e->mem);
}

TEST(execute_ref, tags_are_pushed_set_and_popped_in_band)
{
	struct frame_spec spec;
	struct exact e = tcp_frame(&spec);
	const struct xvs_op push = {.kind = XVS_OP_PUSH_VLAN, .value = XVS_BE32(0x81006005)};
	const struct xvs_op push2 = {.kind = XVS_OP_PUSH_VLAN, .value = XVS_BE32(0x88a80007)};
	const struct xvs_op vid = {.kind = XVS_OP_SET_VLAN,
				   .mask = XVS_BE32(0xffff0fff),
				   .value = XVS_BE32(0xffff0064)};
	const struct xvs_op pop = {.kind = XVS_OP_POP_VLAN};
	struct xvs_op ops[] = {push, vid, push2, op_output, pop, op_output};

	assert_int_equal(run(&e, ops, 6), 0);
	assert_int_equal(outputs.n, 2);
	assert_int_equal(outputs.port_no[0], 7);
	assert_int_equal(outputs.len[0], outputs.len[1] + 4);
	spec.tag[spec.n_tags++] = (struct frame_tag){0x8100, 0x6064};
	assert_int_equal(e.pkt.headroom, EXECUTE_REF_HEADROOM - 4);
	expect(&e, &spec);
}

TEST(execute_ref, writes_below_tags_find_their_headers)
{
	struct frame_spec spec;
	struct exact e = tcp_frame(&spec);
	const struct xvs_op push = {.kind = XVS_OP_PUSH_VLAN, .value = XVS_BE32(0x81000005)};
	const struct xvs_op dst = {.kind = XVS_OP_SET,
				   .hdr = XVS_HDR_NW,
				   .off = 16,
				   .flags = XVS_OP_F_NW_CSUM | XVS_OP_F_PSEUDO_CSUM,
				   .mask = 0xffffffff,
				   .value = XVS_BE32(0x01020304)};
	const struct xvs_op port = {.kind = XVS_OP_SET,
				    .hdr = XVS_HDR_L4,
				    .off = 0,
				    .flags = XVS_OP_F_L4_CSUM,
				    .mask = XVS_BE32(0x0000ffff),
				    .value = XVS_BE32(0x11111f90)};
	/* Three tags and more than a parser walks [ACT3]. */
	struct xvs_op ops[] = {push, push, push, push, dst, port, op_output};

	assert_int_equal(run(&e, ops, 7), 0);
	for (int i = 0; i < 4; i++)
		spec.tag[spec.n_tags++] = (struct frame_tag){0x8100, 5};
	spec.key.nw_dst = XVS_BE32(0x01020304);
	spec.key.tp_dst = XVS_BE16(8080);
	expect(&e, &spec);
}

TEST(execute_ref, headers_behind_snap_are_found)
{
	static const __u8 snap[] = {0, 40, 0xaa, 0xaa, 3, 0, 0, 0};
	struct frame_spec spec;
	struct exact e = tcp_frame(&spec), with_snap;
	struct xvs_op dec = {.kind = XVS_OP_DEC_TTL};
	__u8 bytes[FRAME_MAX_LEN];

	memcpy(bytes, e.pkt.data, 12);
	memcpy(bytes + 12, snap, 8);
	memcpy(bytes + 20, e.pkt.data + 12, e.pkt.len - 12);
	with_snap = exact_frame(bytes, e.pkt.len + 8);
	assert_int_equal(run(&with_snap, &dec, 1), 0);
	assert_int_equal(with_snap.pkt.data[22 + 8], 63);
	free(with_snap.mem);
	free(e.mem);
}

TEST(execute_ref, ttl_is_decremented_or_the_packet_ends)
{
	struct frame_spec spec;
	struct exact e = tcp_frame(&spec);
	const struct xvs_op dec = {.kind = XVS_OP_DEC_TTL};
	struct xvs_op ops[] = {dec, op_output, dec, op_output};

	assert_int_equal(run(&e, ops, 4), 0);
	assert_int_equal(outputs.n, 2);
	spec.key.nw_ttl = 62;
	expect(&e, &spec);

	for (__u8 ttl = 0; ttl < 2; ttl++) {
		e = tcp_frame(&spec);
		e.pkt.data[14 + 8] = ttl;
		assert_int_equal(run(&e, ops, 4), XVS_DROP_TTL_EXPIRED);
		assert_int_equal(outputs.n, 0);
		assert_int_equal(e.pkt.data[14 + 8], ttl);
		free(e.mem);
	}
	/* 2: the first output is made, the second is not. */
	e = tcp_frame(&spec);
	e.pkt.data[14 + 8] = 2;
	assert_int_equal(run(&e, ops, 4), XVS_DROP_TTL_EXPIRED);
	assert_int_equal(outputs.n, 1);
	free(e.mem);
}

static struct exact udp_frame(__u16 csum)
{
	struct frame_spec spec;
	struct frame_buf frame;
	struct xvs_flow_key key;

	memset(&key, 0, sizeof(key));
	key.dl_type = XVS_BE16(0x0800);
	key.nw_proto = 17;
	key.nw_dst = XVS_BE32(0x0a000002);
	frame_spec_init(&spec, &key);
	frame_build(&spec, &frame);
	frame.bytes[40] = (__u8)(csum >> 8);
	frame.bytes[41] = (__u8)csum;
	return exact_frame(frame.bytes, frame.len);
}

static unsigned int csum_at(const struct exact *e, size_t off)
{
	return (unsigned int)e->pkt.data[off] << 8 | e->pkt.data[off + 1];
}

static const struct xvs_op op_udp_port = {.kind = XVS_OP_SET,
					  .hdr = XVS_HDR_L4,
					  .flags = XVS_OP_F_L4_CSUM,
					  .mask = XVS_BE32(0x0000ffff),
					  .value = XVS_BE32(0x00000001)};
static const struct xvs_op op_nw_dst = {.kind = XVS_OP_SET,
					.hdr = XVS_HDR_NW,
					.off = 16,
					.flags = XVS_OP_F_NW_CSUM | XVS_OP_F_PSEUDO_CSUM,
					.mask = 0xffffffff,
					.value = XVS_BE32(0x0a000003)};

TEST(execute_ref, udp_without_a_checksum_stays_so)
{
	struct exact e = udp_frame(0);

	assert_int_equal(run(&e, &op_udp_port, 1), 0);
	assert_int_equal(run(&e, &op_nw_dst, 1), 0);
	assert_int_equal(csum_at(&e, 40), 0);
	free(e.mem);
}

TEST(execute_ref, udp_checksum_of_zero_is_written_as_ones)
{
	/* Port 0 -> 1 takes 1 from the checksum. */
	struct exact e = udp_frame(1);

	assert_int_equal(run(&e, &op_udp_port, 1), 0);
	assert_int_equal(csum_at(&e, 40), 0xffff);
	free(e.mem);
}

TEST(execute_ref, partial_checksum_covers_the_pseudo_header_only)
{
	struct exact e = udp_frame(0x1234);

	e.pkt.csum_partial = true;
	assert_int_equal(run(&e, &op_udp_port, 1), 0);
	assert_int_equal(csum_at(&e, 40), 0x1234);
	assert_int_equal(run(&e, &op_nw_dst, 1), 0);
	assert_int_equal(csum_at(&e, 40), 0x1235);
	free(e.mem);
}

TEST(execute_ref, sctp_crc_keeps_its_error)
{
	const struct xvs_op port = {.kind = XVS_OP_SET,
				    .hdr = XVS_HDR_L4,
				    .flags = XVS_OP_F_CRC32C,
				    .mask = 0xffffffff,
				    .value = XVS_BE32(0x12345678)};
	struct frame_spec spec;
	struct frame_buf frame, want;
	struct xvs_flow_key key;
	struct exact e;

	memset(&key, 0, sizeof(key));
	key.dl_type = XVS_BE16(0x86dd);
	key.nw_proto = 132;
	frame_spec_init(&spec, &key);
	frame_build(&spec, &frame);
	spec.key.tp_src = XVS_BE16(0x1234);
	spec.key.tp_dst = XVS_BE16(0x5678);
	frame_build(&spec, &want);

	e = exact_frame(frame.bytes, frame.len);
	assert_int_equal(run(&e, &port, 1), 0);
	assert_memory_equal(e.pkt.data, want.bytes, want.len);
	free(e.mem);

	/* A wrong CRC must not come out right: the error would be hidden. */
	frame.bytes[54 + 8] ^= 0x40;
	want.bytes[54 + 8] ^= 0x40;
	e = exact_frame(frame.bytes, frame.len);
	assert_int_equal(run(&e, &port, 1), 0);
	assert_memory_equal(e.pkt.data, want.bytes, want.len);
	free(e.mem);

	memset(frame.bytes + 54 + 8, 0, 4);
	e = exact_frame(frame.bytes, frame.len);
	assert_int_equal(run(&e, &port, 1), 0);
	assert_memory_equal(e.pkt.data + 54 + 8, "\0\0\0\0", 4);
	free(e.mem);
}

#define OP_PUSH_LSE(lse)                                                                       \
	{                                                                                      \
		.kind = XVS_OP_PUSH_MPLS, .mask = XVS_BE32(0x88470000), .value = XVS_BE32(lse) \
	}
#define OP_POP_LSE(type)                                                       \
	{                                                                      \
		.kind = XVS_OP_POP_MPLS, .mask = XVS_BE32((__u32)(type) << 16) \
	}

static __u32 word_at(const struct exact *e, size_t off)
{
	return csum_at(e, off) << 16 | csum_at(e, off + 2);
}

TEST(execute_ref, labels_lie_behind_the_tags)
{
	struct frame_spec spec;
	struct exact e = tcp_frame(&spec), plain = tcp_frame(&spec);
	const struct xvs_op push_tag = {.kind = XVS_OP_PUSH_VLAN, .value = XVS_BE32(0x81000005)};
	const struct xvs_op ttl = {.kind = XVS_OP_SET,
				   .hdr = XVS_HDR_MPLS,
				   .mask = XVS_BE32(0xff),
				   .value = XVS_BE32(9)};
	const struct xvs_op pop_tag = {.kind = XVS_OP_POP_VLAN};
	const struct xvs_op push[] = {push_tag, OP_PUSH_LSE(0x00001140), OP_PUSH_LSE(0x00002040),
				      ttl};
	const struct xvs_op pop[] = {OP_POP_LSE(0x8847), pop_tag, OP_POP_LSE(0x0800)};

	assert_int_equal(run(&e, push, 4), 0);
	assert_int_equal(e.pkt.len, plain.pkt.len + 12);
	assert_int_equal(word_at(&e, 12), 0x81000005);
	assert_int_equal(csum_at(&e, 16), 0x8847);
	assert_int_equal(word_at(&e, 18), 0x00002009);
	assert_int_equal(word_at(&e, 22), 0x00001140);
	assert_memory_equal(e.pkt.data + 26, plain.pkt.data + 14, plain.pkt.len - 14);
	assert_int_equal(run(&e, pop, 3), 0);
	assert_int_equal(e.pkt.headroom, EXECUTE_REF_HEADROOM);
	expect(&e, &spec);
	free(plain.mem);
}

TEST(execute_ref, headers_move_with_labels)
{
	const struct xvs_op push = OP_PUSH_LSE(0x00001140);
	struct xvs_op ops[] = {push, op_nw_dst, push, OP_POP_LSE(0x8847), OP_POP_LSE(0x0800)};
	struct frame_spec spec;
	struct exact e = tcp_frame(&spec);

	assert_int_equal(run(&e, ops, 5), 0);
	spec.key.nw_dst = XVS_BE32(0x0a000003);
	expect(&e, &spec);
}

/* The packet that came with a label has no headers that could be found. */
TEST(execute_ref, headers_behind_a_label_are_not_looked_for)
{
	const struct xvs_op push = OP_PUSH_LSE(0x00001140);
	const struct xvs_op dec = {.kind = XVS_OP_DEC_TTL};
	const struct xvs_op ops[] = {OP_POP_LSE(0x0800), op_nw_dst, dec};
	struct frame_spec spec;
	struct exact e = tcp_frame(&spec);

	assert_int_equal(run(&e, &push, 1), 0);
	assert_int_equal(run(&e, ops, 3), 0);
	expect(&e, &spec);
}

/* Behind two tags there is a third: nobody knows where the labels begin, also
 * when the first two have gone. */
TEST(execute_ref, label_behind_a_third_tag_is_refused)
{
	const struct xvs_op tag = {.kind = XVS_OP_PUSH_VLAN, .value = XVS_BE32(0x81000005)};
	const struct xvs_op pop = {.kind = XVS_OP_POP_VLAN}, push = OP_PUSH_LSE(0x00001140);
	const struct xvs_op tags[] = {tag, tag, tag}, pops[] = {pop, pop, tag, push};
	struct frame_spec spec;

	for (size_t n_pops = 0; n_pops < 3; n_pops += 2) {
		struct exact e = tcp_frame(&spec);

		assert_int_equal(run(&e, tags, 3), 0);
		assert_int_equal(run(&e, n_pops ? pops : &push, n_pops ? 4 : 1),
				 XVS_DROP_REWRITE_FAILED);
		free(e.mem);
	}
}

TEST(execute_ref, labels_have_a_bound)
{
	const struct xvs_op tag = {.kind = XVS_OP_PUSH_VLAN, .value = XVS_BE32(0x81000005)};
	struct xvs_op ops[] = {tag, tag, tag, tag, tag, tag, OP_PUSH_LSE(1), OP_POP_LSE(0x0800)};
	struct frame_spec spec;
	struct exact e = tcp_frame(&spec);

	assert_int_equal(run(&e, ops, 8), 0);
	free(e.mem);
	e = tcp_frame(&spec);
	ops[6] = tag;
	ops[7] = (struct xvs_op)OP_PUSH_LSE(1);
	assert_int_equal(run(&e, ops, 8), XVS_DROP_REWRITE_FAILED);
	free(e.mem);
}

static struct {
	unsigned int n_metered, n_copies, n_passes;
	__u32 arg;
	size_t copy_len, pass_len;
	bool exceeded;
} seen;

static bool note_meter(void *aux, __u32 slot, const struct ref_packet *pkt)
{
	(void)aux;
	(void)pkt;
	seen.n_metered++;
	assert_int_equal(slot, 3);
	return !seen.exceeded;
}

static void note_copy(void *aux, __u32 arg, const struct ref_packet *pkt)
{
	(void)aux;
	seen.n_copies++;
	seen.arg = arg;
	seen.copy_len = pkt->len;
}

static void note_recirc(void *aux, __u32 recirc_id, struct ref_packet *pkt)
{
	(void)aux;
	seen.n_passes++;
	seen.arg = recirc_id;
	seen.pass_len = pkt->len;
}

static const struct ref_handlers all_handlers = {
	.output = note_output,
	.meter = note_meter,
	.controller = note_copy,
	.recirc = note_recirc,
};

TEST(execute_ref, exceeded_meter_ends_the_program)
{
	const struct xvs_op ops[] = {op_output, {.kind = XVS_OP_METER, .arg = 3}, op_output};
	struct frame_spec spec;
	struct exact e = tcp_frame(&spec);

	for (unsigned int i = 0; i < 2; i++) {
		memset(&seen, 0, sizeof(seen));
		outputs.n = 0;
		seen.exceeded = i;
		assert_int_equal(execute_ref(&e.pkt, ops, 3, &all_handlers),
				 i ? XVS_DROP_METER : XVS_DROP_UNSPEC);
		assert_int_equal(seen.n_metered, 1);
		assert_int_equal(outputs.n, i ? 1 : 2);
	}
	expect(&e, &spec);
}

TEST(execute_ref, controller_gets_the_frame_as_it_is_then)
{
	const struct xvs_op ops[] = {OP_PUSH_LSE(1),
				     {.kind = XVS_OP_CONTROLLER, .arg = 77},
				     OP_POP_LSE(0x0800),
				     op_output};
	struct frame_spec spec;
	struct exact e = tcp_frame(&spec);

	memset(&seen, 0, sizeof(seen));
	outputs.n = 0;
	assert_int_equal(execute_ref(&e.pkt, ops, 4, &all_handlers), 0);
	assert_int_equal(seen.n_copies, 1);
	assert_int_equal(seen.arg, 77);
	assert_int_equal(seen.copy_len, outputs.len[0] + 4);
	expect(&e, &spec);
}

TEST(execute_ref, a_note_ends_the_packet_for_its_reason)
{
	const struct xvs_op ops[] = {
		{.kind = XVS_OP_CONTROLLER, .arg = 1, .value = XVS_DROP_POLICY},
		{.kind = XVS_OP_CONTROLLER,
		 .flags = XVS_OP_F_LAST,
		 .arg = 2,
		 .value = XVS_DROP_POLICY},
	};
	struct frame_spec spec;
	struct exact e = tcp_frame(&spec);

	memset(&seen, 0, sizeof(seen));
	assert_int_equal(execute_ref(&e.pkt, ops, 1, &all_handlers), 0);
	assert_int_equal(execute_ref(&e.pkt, ops, 2, &all_handlers), XVS_DROP_POLICY);
	assert_int_equal(seen.n_copies, 3);
	expect(&e, &spec);
}

TEST(execute_ref, recirc_is_the_end)
{
	const struct xvs_op ops[] = {OP_PUSH_LSE(1),
				     {.kind = XVS_OP_RECIRC, .flags = XVS_OP_F_LAST, .arg = 9},
				     op_output};
	struct frame_spec spec;
	struct exact e = tcp_frame(&spec);
	size_t len = e.pkt.len;

	memset(&seen, 0, sizeof(seen));
	outputs.n = 0;
	assert_int_equal(execute_ref(&e.pkt, ops, 3, &all_handlers), 0);
	assert_int_equal(seen.n_passes, 1);
	assert_int_equal(seen.arg, 9);
	assert_int_equal(seen.pass_len, len + 4);
	assert_int_equal(outputs.n, 0);
	/* Nobody who could look it up again. */
	assert_int_equal(run(&e, ops, 3), XVS_DROP_BAD_PROGRAM);
	free(e.mem);
}

static enum xvs_drop_reason refuse_second(void *aux, __u32 slot, struct ref_packet *pkt)
{
	seen.arg = slot;
	pkt->data[pkt->len - 1] ^= 0xff; /* translates */
	return seen.n_copies++ ? XVS_DROP_CT_FULL : XVS_DROP_UNSPEC;
}

TEST(execute_ref, ct_may_change_the_frame_and_end_it)
{
	const struct ref_handlers handlers = {.output = note_output, .ct = refuse_second};
	const struct xvs_op ops[] = {
		{.kind = XVS_OP_CT, .arg = 5}, op_output, {.kind = XVS_OP_CT, .arg = 6}, op_output};
	struct frame_spec spec;
	struct exact e = tcp_frame(&spec);

	memset(&seen, 0, sizeof(seen));
	outputs.n = 0;
	assert_int_equal(execute_ref(&e.pkt, ops, 4, &handlers), XVS_DROP_CT_FULL);
	assert_int_equal(seen.n_copies, 2);
	assert_int_equal(seen.arg, 6);
	assert_int_equal(outputs.n, 1);
	/* Nobody who tracks connections. */
	assert_int_equal(run(&e, ops, 4), XVS_DROP_BAD_PROGRAM);
	expect(&e, &spec);
}

TEST(execute_ref, malformed_programs_end)
{
	static const struct xvs_op bad[] = {
		{.kind = XVS_OP_UNSPEC},
		{.kind = XVS_OP_N},
		{.kind = XVS_OP_SET, .hdr = XVS_HDR_N, .mask = 1},
		{.kind = XVS_OP_SET, .hdr = XVS_HDR_NW, .off = 3, .mask = 1},
		{.kind = XVS_OP_SET, .hdr = XVS_HDR_NW, .off = 62, .mask = 1},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct frame_spec spec;
		struct exact e = tcp_frame(&spec);
		struct xvs_op ops[] = {op_output, bad[i], op_output};

		assert_int_equal(run(&e, ops, 3), XVS_DROP_BAD_PROGRAM);
		assert_int_equal(outputs.n, 1);
		expect(&e, &spec);
	}
}

TEST(execute_ref, push_without_room_ends)
{
	const struct xvs_op push = {.kind = XVS_OP_PUSH_VLAN, .value = XVS_BE32(0x81000005)};
	struct frame_spec spec;
	struct exact e = tcp_frame(&spec);

	e.pkt.headroom = 3;
	assert_int_equal(run(&e, &push, 1), XVS_DROP_BAD_PROGRAM);
	expect(&e, &spec);
}

TEST(execute_ref, absent_headers_are_left_alone)
{
	static const __u8 lldp[] = {1, 0x80, 0xc2, 0,    0, 14, 2, 0, 0, 0,
				    0, 1,    0x88, 0xcc, 9, 9,  9, 9, 9, 9};
	static const enum xvs_op_hdr hdrs[] = {XVS_HDR_NW, XVS_HDR_L4, XVS_HDR_ND_SLL,
					       XVS_HDR_ND_TLL, XVS_HDR_MPLS};

	for (size_t i = 0; i < 5; i++) {
		struct exact e = exact_frame(lldp, sizeof(lldp));
		struct xvs_op ops[] = {
			{.kind = XVS_OP_SET, .hdr = (__u8)hdrs[i], .mask = 0xffffffff, .flags = 0xf},
			{.kind = XVS_OP_DEC_TTL},
			{.kind = XVS_OP_POP_VLAN},
			{.kind = XVS_OP_SET_VLAN, .mask = 0xffffffff},
			OP_POP_LSE(0x0800),
			op_output,
		};

		assert_int_equal(run(&e, ops, 6), 0);
		assert_int_equal(outputs.n, 1);
		assert_memory_equal(e.pkt.data, lldp, sizeof(lldp));
		free(e.mem);
	}
}

static void random_op(uint64_t *seed, struct xvs_op *op)
{
	static const __u8 kinds[] = {XVS_OP_OUTPUT,   XVS_OP_SET,       XVS_OP_SET,
				     XVS_OP_SET,      XVS_OP_PUSH_VLAN, XVS_OP_POP_VLAN,
				     XVS_OP_SET_VLAN, XVS_OP_DEC_TTL,   XVS_OP_PUSH_MPLS,
				     XVS_OP_POP_MPLS, XVS_OP_METER,     XVS_OP_CONTROLLER};

	op->kind = kinds[test_below(seed, sizeof(kinds))];
	op->hdr = (__u8)test_below(seed, XVS_HDR_N);
	op->off = (__u8)(2 * test_below(seed, 31));
	op->flags = (__u8)test_below(seed, 16);
	op->mask = (__u32)test_random(seed);
	op->value = (__u32)test_random(seed);
	if (op->kind == XVS_OP_PUSH_VLAN)
		op->value = XVS_BE32(0x81000000 | (op->value & 0xefff));
	if (op->kind == XVS_OP_PUSH_MPLS || (op->kind == XVS_OP_POP_MPLS && op->flags & 1))
		op->mask = XVS_BE32(0x88470000);
}

/* A frame from a key, cut, with some bytes changed, or bytes only. */
static size_t random_frame(uint64_t *seed, __u8 *bytes)
{
	struct flow_key key;
	struct frame_spec spec;
	struct frame_buf frame;
	unsigned int n_changes = test_below(seed, 8);

	gen_packet(seed, &key);
	frame_spec_init(&spec, &key.pkt);
	frame_build(&spec, &frame);
	if (test_below(seed, 2))
		frame.len = test_below(seed, (uint32_t)frame.len + 1);
	if (!test_below(seed, 10))
		n_changes = 400;
	for (unsigned int i = 0; i < n_changes && frame.len; i++)
		frame.bytes[test_below(seed, (uint32_t)frame.len)] = (__u8)test_random(seed);
	memcpy(bytes, frame.bytes, frame.len);
	return frame.len;
}

TEST(execute_ref, random_programs_stay_within_the_frame)
{
	uint64_t seed = test_seed(0xeec);

	for (int round = 0; round < 200000; round++) {
		__u8 bytes[FRAME_MAX_LEN];
		size_t len = random_frame(&seed, bytes), total;
		struct exact e = exact_frame(bytes, len);
		struct xvs_op ops[12];
		size_t n = test_below(&seed, 13);

		for (size_t i = 0; i < n; i++)
			random_op(&seed, &ops[i]);
		e.pkt.csum_partial = !test_below(&seed, 4);
		total = e.pkt.headroom + e.pkt.len;
		run(&e, ops, n);
		assert_int_equal(e.pkt.headroom + e.pkt.len, total);
		assert_ptr_equal(e.pkt.data - e.pkt.headroom, e.mem);
		free(e.mem);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(execute_ref, tags_are_pushed_set_and_popped_in_band),
		TEST_ROW(execute_ref, writes_below_tags_find_their_headers),
		TEST_ROW(execute_ref, headers_behind_snap_are_found),
		TEST_ROW(execute_ref, ttl_is_decremented_or_the_packet_ends),
		TEST_ROW(execute_ref, udp_without_a_checksum_stays_so),
		TEST_ROW(execute_ref, udp_checksum_of_zero_is_written_as_ones),
		TEST_ROW(execute_ref, partial_checksum_covers_the_pseudo_header_only),
		TEST_ROW(execute_ref, sctp_crc_keeps_its_error),
		TEST_ROW(execute_ref, labels_lie_behind_the_tags),
		TEST_ROW(execute_ref, headers_move_with_labels),
		TEST_ROW(execute_ref, headers_behind_a_label_are_not_looked_for),
		TEST_ROW(execute_ref, label_behind_a_third_tag_is_refused),
		TEST_ROW(execute_ref, labels_have_a_bound),
		TEST_ROW(execute_ref, exceeded_meter_ends_the_program),
		TEST_ROW(execute_ref, controller_gets_the_frame_as_it_is_then),
		TEST_ROW(execute_ref, a_note_ends_the_packet_for_its_reason),
		TEST_ROW(execute_ref, recirc_is_the_end),
		TEST_ROW(execute_ref, ct_may_change_the_frame_and_end_it),
		TEST_ROW(execute_ref, malformed_programs_end),
		TEST_ROW(execute_ref, push_without_room_ends),
		TEST_ROW(execute_ref, absent_headers_are_left_alone),
		TEST_ROW(execute_ref, random_programs_stay_within_the_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
