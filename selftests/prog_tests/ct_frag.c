// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Fragments through the programs: the first one decides for those behind it.
 * tests/unit/test_ct_frag.c has the table of notes, ct_nat.c translated fragments.
 */
#include <string.h>

#include "ct_stage.h"

#define PORT 40000

static const struct xvs_ct_action commit = {
	.recirc_id = CT_RECIRC, .zone = CT_ZONE, .flags = XVS_CT_A_COMMIT};
static const struct xvs_ct_action look = {.recirc_id = CT_RECIRC, .zone = CT_ZONE};
static union upcall_copy up;

static void forget(struct harness *t)
{
	ct_forget(t);
	memset(dp_shared(t->dp)->ct_frags, 0, XVS_CT_FRAGS * sizeof(struct xvs_ct_frag));
}

static void check_ask(struct harness *t, const char *what, const struct layer *layers, __u8 want)
{
	__u8 got;
	char text[64];

	run_layers(t, XVS_HOOK_TC, layers);
	memset(&up.head.key, 0, sizeof(up.head.key));
	if (harness_upcalls(t, &up, 8, false) != 1)
		test_fail(t, "%s: the pass behind the CT did not miss", what);
	got = up.head.key.ct_state;
	if (got == want)
		return;
	strcpy(text, ct_bits_name(got));
	test_fail(t, "%s: ct_state %s, want %s", what, text, ct_bits_name(want));
}

struct frag_row {
	const char *name;
	struct ct_packet answer; /* from the server, to what the first fragment asks */
	struct layer first[MAX_LAYERS], second[MAX_LAYERS], third[MAX_LAYERS];
};

#define FIRST4(proto_, L4_)                                                             \
	{                                                                               \
		ETH, TYPE(0x0800), IP4(.proto = proto_, .frag = 0x2000), L4_, DATA(36), \
		{                                                                       \
			0                                                               \
		}                                                                       \
	}
#define LATER4(proto_, off_, more_)                                                               \
	{                                                                                         \
		ETH, TYPE(0x0800), IP4(.proto = proto_, .frag = (off_) | ((more_) ? 0x2000 : 0)), \
			DATA(40),                                                                 \
		{                                                                                 \
			0                                                                         \
		}                                                                                 \
	}
#define FIRST6(proto_, L4_)                                                                  \
	{                                                                                    \
		ETH, TYPE(0x86dd), IP6(.next = PROTO_FRAGMENT), FRAG6(proto_, 0, true), L4_, \
			DATA(36),                                                            \
		{                                                                            \
			0                                                                    \
		}                                                                            \
	}
#define LATER6(proto_, off_, more_)                                                         \
	{                                                                                   \
		ETH, TYPE(0x86dd), IP6(.next = PROTO_FRAGMENT), FRAG6(proto_, off_, more_), \
			DATA(40),                                                           \
		{                                                                           \
			0                                                                   \
		}                                                                           \
	}

static const struct frag_row rows[] = {
	{"udp4",
	 {.proto = PROTO_UDP, .dir = 1, .client = PORT},
	 FIRST4(PROTO_UDP, UDP()),
	 LATER4(PROTO_UDP, 5, true),
	 LATER4(PROTO_UDP, 10, false)},
	{"udp6",
	 {.proto = PROTO_UDP, .dir = 1, .ipv6 = true, .client = PORT},
	 FIRST6(PROTO_UDP, UDP()),
	 LATER6(PROTO_UDP, 5, true),
	 LATER6(PROTO_UDP, 10, false)},
	{"echo4",
	 {.proto = PROTO_ICMP, .dir = 1, .client = 7, .type = 0},
	 FIRST4(PROTO_ICMP, ICMP(8, 0)),
	 LATER4(PROTO_ICMP, 5, true),
	 LATER4(PROTO_ICMP, 10, false)},
	{"echo6",
	 {.proto = PROTO_ICMPV6, .dir = 1, .ipv6 = true, .client = 7, .type = 129},
	 FIRST6(PROTO_ICMPV6, ICMP6(128, 0)),
	 LATER6(PROTO_ICMPV6, 5, true),
	 LATER6(PROTO_ICMPV6, 10, false)},
	{"sctp4",
	 {.proto = PROTO_SCTP, .dir = 1, .client = PORT},
	 FIRST4(PROTO_SCTP, SCTP()),
	 LATER4(PROTO_SCTP, 5, true),
	 LATER4(PROTO_SCTP, 10, false)},
};

/* In order: all are new, then, answered, all are est; the last one before the second,
 * too. */
static void test_order(struct harness *t, const struct frag_row *row)
{
	const __u8 new = XVS_CT_TRK | XVS_CT_NEW, est = XVS_CT_TRK | XVS_CT_EST;

	if (!test_start(t, "ct_frag/tc/%s", row->name))
		return;
	forget(t);
	ct_track(t, &commit);
	check_ask(t, "first", row->first, new);
	check_ask(t, "second", row->second, new);
	check_ask(t, "third", row->third, new);
	CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_conns, 1);
	ct_ask(t, &row->answer);
	check_ask(t, "first of an answered one", row->first, est);
	check_ask(t, "third of an answered one", row->third, est);
	check_ask(t, "second of an answered one", row->second, est);
	CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_conns, 1);
	test_end_flush(t);
}

/* Before the first one nobody knows whose they are, nor in another zone. */
static void test_out_of_order(struct harness *t, const struct frag_row *row)
{
	const __u8 inv = XVS_CT_TRK | XVS_CT_INV;
	struct xvs_ct_action elsewhere = look;

	if (!test_start(t, "ct_frag/tc/out-of-order/%s", row->name))
		return;
	forget(t);
	ct_track(t, &commit);
	check_ask(t, "second", row->second, inv);
	check_ask(t, "third", row->third, inv);
	CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_conns, 0);
	check_ask(t, "first", row->first, XVS_CT_TRK | XVS_CT_NEW);
	check_ask(t, "second", row->second, XVS_CT_TRK | XVS_CT_NEW);
	harness_flush(t);
	elsewhere.zone++;
	ct_track(t, &elsewhere);
	check_ask(t, "in another zone", row->third, inv);
	/* Where the first one began nothing they are what it was. */
	check_ask(t, "first", row->first, XVS_CT_TRK | XVS_CT_NEW);
	check_ask(t, "third", row->third, XVS_CT_TRK | XVS_CT_NEW);
	test_end_flush(t);
}

/* A later one is not judged by what it begins with; XDP leaves all of them to TC. */
static void test_xdp(struct harness *t, const struct frag_row *row)
{
	const struct layer *const all[] = {row->first, row->second, row->third};
	struct totals d;

	if (!test_start(t, "ct_frag/xdp/%s", row->name))
		return;
	forget(t);
	ct_track(t, &look);
	ct_behind(t, XVS_CT_TRK, XVS_CT_TRK, XVS_VERDICT_OUTPUT, 2);
	for (int i = 0; i < 3; i++) {
		run_layers(t, XVS_HOOK_XDP, all[i]);
		CHECK_EQ(t, t->run.retval, XDP_PASS_CODE);
		check_frame(t, "handed to TC", t->run.out, t->run.out_len, t->pkt.data, t->pkt.len);
	}
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.handed_to_tc, 3);
	test_end_flush(t);
}

/* TCP: no window is judged by a later fragment; none may reach into the header. */
static void test_tcp(struct harness *t)
{
	static const struct layer syn[] = {ETH,
					   TYPE(0x0800),
					   IP4(.proto = PROTO_TCP, .frag = 0x2000),
					   TCP(.flags = F_SYN),
					   DATA(28),
					   {0}};
	static const struct layer behind[] = LATER4(PROTO_TCP, 6, false);
	static const struct layer over_flags[] = LATER4(PROTO_TCP, 1, false);
	static const struct layer over_urgent[] = LATER4(PROTO_TCP, 2, false);
	static const struct ct_packet conn = {.client = PORT};
	__u64 before, *word;

	if (!test_start(t, "ct_frag/tc/tcp4"))
		return;
	forget(t);
	ct_track(t, &commit);
	check_ask(t, "SYN", syn, XVS_CT_TRK | XVS_CT_NEW);
	word = ct_word(t, &conn, CT_ZONE);
	if (!word) {
		test_fail(t, "no connection");
	} else {
		before = *word;
		check_ask(t, "behind", behind, XVS_CT_TRK | XVS_CT_NEW);
		check_ask(t, "over the flags", over_flags, XVS_CT_TRK | XVS_CT_INV);
		check_ask(t, "over the header's end", over_urgent, XVS_CT_TRK | XVS_CT_INV);
		CHECK_EQ(t, *word, before);
	}
	test_end_flush(t);
}

/* More packets than there is room for: the last ones are known, and all notes are in use;
 * the others' fragments are inv, and their drop is counted as the rule says. */
static void test_full(struct harness *t)
{
	struct xvs_flow_key key = {
		.in_port = PORT_IN, .recirc_id = CT_RECIRC, .ct_state = XVS_CT_TRK | XVS_CT_INV};
	struct xvs_flow_key mask = {
		.in_port = 0xffff, .recirc_id = ~0u, .ct_state = XVS_CT_TRK | XVS_CT_INV};
	struct flow_arg arg = {.key = &key,
			       .mask = &mask,
			       .verdict = XVS_VERDICT_DROP,
			       .reason = XVS_DROP_CT_INVALID};
	const __u16 n = 400;
	struct totals d;
	__u64 lost;

	if (!test_start(t, "ct_frag/tc/table-full"))
		return;
	forget(t);
	/* Notes of others, in every slot, which end before those of the packets. */
	for (int i = 0; i < XVS_CT_FRAGS; i++) {
		struct xvs_ct_frag *note = &dp_shared(t->dp)->ct_frags[i];

		note->key[0] = note->key[1] = (__u64)i + 1;
		note->ports = (__u64)(ct_now(t) + 1000) << 32 | 1;
		note->check = note->ports;
	}
	ct_track(t, &look);
	ct_behind(t, XVS_CT_TRK, XVS_CT_TRK | XVS_CT_INV, XVS_VERDICT_OUTPUT, 2);
	harness_flow(t, &arg);
	for (int second = 0; second < 2; second++)
		for (__u16 id = 1; id <= n; id++) {
			struct layer layers[] = {
				ETH,   TYPE(0x0800), IP4(.proto = PROTO_UDP, .id = id),
				UDP(), DATA(36),     {0}};

			layers[2].ip4.frag = second ? 5 : 0x2000;
			run_layers(t, XVS_HOOK_TC, layers);
		}
	harness_delta(t, &d);
	lost = d.drops[PORT_IN][XVS_DROP_CT_INVALID];
	CHECK_EQ(t, d.port[PORT_IN].forwarded + lost, 2 * n);
	/* Four of a set: of 400 in 1,024 sets few have to go. */
	if (lost > n / 50)
		test_fail(t, "%llu of %u packets lost their note", (unsigned long long)lost, n);
	forget(t);
	run_layers(t, XVS_HOOK_TC, rows[0].second);
	CHECK_EQ(t, t->run.retval, TC_SHOT_CODE);
	harness_delta(t, &d);
	CHECK_EQ(t, d.drops[PORT_IN][XVS_DROP_CT_INVALID], lost + 1);
	test_end_flush(t);
}

void suite_ct_frag(struct harness *t)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		test_order(t, &rows[i]);
		test_out_of_order(t, &rows[i]);
		test_xdp(t, &rows[i]);
	}
	test_tcp(t);
	test_full(t);
	if (!t->list)
		forget(t);
}
