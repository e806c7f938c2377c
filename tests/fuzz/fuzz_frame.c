// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hostile frames on the fast path compiled for user space: parse, look up,
 * execute, and the same program in execute_ref, byte for byte.
 *
 *   input: 8 bytes, the seed of a program that fits what the parser found
 *          the frame
 *
 * Beyond what the sanitizers find it asserts that a packet is accounted for
 * once [I7], that offsets point into the frame, that padding of the key is
 * zero, and that a frame and its padded copy have the same key.
 */
#include <stdio.h>

#include "execute_ref.h"
#include "fuzz_input.h"
#include "selftests/prog_tests/random.h"
#include "selftests/prog_tests/rows.h"
#include "user_stage.h"

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size);

static struct user_stage stage;
static struct random_case rc;

struct ref_out {
	size_t n;
	size_t n_copies; /* for a controller */
	bool differs;
};

static void compare_output(void *aux, __u16 port_no, const struct ref_packet *p)
{
	struct ref_out *ref = aux;
	const struct stage_frame *f = &stage.out[ref->n++];

	if (ref->n > stage.n_out || f->port_no != port_no || f->len != p->len ||
	    memcmp(f->data, p->data, p->len))
		ref->differs = true;
}

static void count_copy(void *aux, __u32 arg, const struct ref_packet *p)
{
	struct ref_out *ref = aux;

	ref->n_copies++;
}

static void check_key(const struct xvs_flow_key *k)
{
	REQUIRE(!k->pad0 && !k->pad1 && !k->pad2 && !k->pad3 && !k->pad4 && !k->pad5);
	REQUIRE(k->in_port == 1 && !k->recirc_id && !k->pkt_mark);
	REQUIRE(!k->vlan_tci1 || k->vlan_tci);
	REQUIRE(!(k->nw_frag & ~(XVS_FRAG_ANY | XVS_FRAG_LATER)));
	if (k->nw_frag & XVS_FRAG_LATER)
		REQUIRE(!k->tp_src && !k->tp_dst && !k->tcp_flags);
	if (k->dl_type != XVS_BE16(0x86dd))
		REQUIRE(!k->ipv6_label && !k->ipv4_pad[0] && !k->ipv4_pad[1] && !k->ipv4_pad[2]);
}

static void check_record(const struct xvs_upcall *r, size_t len)
{
	REQUIRE(r->len == len);
	REQUIRE(r->l3_off < len || !r->l3_off);
	REQUIRE(!r->l4_off || (r->l4_off > r->l3_off && r->l4_off + 4u <= len));
	REQUIRE(!r->nd_sll_off || r->nd_sll_off + 6u <= len);
	REQUIRE(!r->nd_tll_off || r->nd_tll_off + 6u <= len);
	check_key(&r->key);
}

/* Padding behind an IP packet is no part of it. */
static void check_padded(const __u8 *frame, size_t len)
{
	struct xvs_flow_key key = stage.record.key;
	__u8 *padded;

	if (key.dl_type != XVS_BE16(0x0800) && key.dl_type != XVS_BE16(0x86dd))
		return;
	padded = calloc(1, len + 7);
	memcpy(padded, frame, len);
	user_stage_run(&stage, padded, len + 7);
	free(padded);
	/* A jumbogram's end is the frame's: there padding does count. */
	if (stage.n_upcalls && frame[stage.record.l3_off + 4] + frame[stage.record.l3_off + 5])
		REQUIRE(!memcmp(&stage.record.key, &key, sizeof(key)));
}

/* What a translation knows of the packet. */
static void describe(const struct xvs_upcall *r)
{
	const struct xvs_flow_key *k = &r->key;

	memset(&rc, 0, sizeof(rc));
	if (k->dl_type == XVS_BE16(0x0800))
		rc.l3 = LAYER_IP4;
	else if (k->dl_type == XVS_BE16(0x86dd))
		rc.l3 = LAYER_IP6;
	else if (r->l3_off)
		rc.l3 = LAYER_ARP;
	rc.mpls = k->mpls_lse;
	rc.nd_sll = r->nd_sll_off;
	rc.nd_tll = r->nd_tll_off;
	if (!r->l4_off)
		return;
	switch (k->nw_proto) {
	case PROTO_TCP:
		rc.l4 = LAYER_TCP;
		break;
	case PROTO_UDP:
		rc.l4 = LAYER_UDP;
		break;
	case PROTO_SCTP:
		rc.l4 = LAYER_SCTP;
		break;
	case PROTO_ICMP:
		rc.l4 = LAYER_ICMP;
		break;
	case PROTO_ICMPV6:
		rc.l4 = k->nd_target[0] || k->nd_target[15] ? LAYER_ND : LAYER_ICMP6;
		break;
	}
}

static void check_program(const __u8 *frame, size_t len, __u64 seed)
{
	__u8 *room = malloc(EXECUTE_REF_HEADROOM + len);
	struct ref_packet p = {
		.data = room + EXECUTE_REF_HEADROOM, .len = len, .headroom = EXECUTE_REF_HEADROOM};
	struct rng rng = {.state = seed};
	enum xvs_drop_reason drop;
	struct ref_out ref = {0};
	const struct ref_handlers handlers = {
		.output = compare_output, .controller = count_copy, .aux = &ref};
	size_t n = 0;

	random_program(&rng, &rc, 3, 2, 3);
	while (rc.ops[n].kind)
		n++;
	REQUIRE(!user_stage_program(&stage, rc.ops, n));
	user_stage_run(&stage, frame, len);
	REQUIRE(user_stage_accounts(&stage));
	memcpy(p.data, frame, len);
	drop = execute_ref(&p, rc.ops, n, &handlers);
	free(room);
	if (ref.differs || ref.n != stage.n_out || ref.n_copies != stage.n_upcalls ||
	    (!ref.n && !ref.n_copies && user_stage_drop(&stage) != (int)drop)) {
		random_describe(stderr, &rc);
		REQUIRE(!"the executors differ");
	}
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	__u64 seed;
	int drop;

	if (!stage.dp)
		REQUIRE(!user_stage_open(&stage));
	if (size < sizeof(seed) || size > 4096)
		return 0;
	memcpy(&seed, data, sizeof(seed));
	data += sizeof(seed);
	size -= sizeof(seed);

	REQUIRE(!user_stage_program(&stage, NULL, 0));
	user_stage_run(&stage, data, size);
	REQUIRE(user_stage_accounts(&stage));
	drop = user_stage_drop(&stage);
	if (drop) {
		REQUIRE(drop == XVS_DROP_PARSE_TRUNCATED || drop == XVS_DROP_EXT_HEADER_LIMIT);
		return 0;
	}
	REQUIRE(stage.n_upcalls == 1);
	check_record(&stage.record, size);
	describe(&stage.record);
	check_padded(data, size);
	check_program(data, size, seed);
	return 0;
}
