// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Translated connections: packets of those that are in the table, row by row; new ones
 * that get an address and a port, to the last port; and what comes back to them.
 */
#include <string.h>

#include "ct_stage.h"
#include "datapath_ct.h"
#include "rows_ct.h"

#define LONG_TIME 1000000u /* jiffies */
#define NAT_PORT 5000 /* the first of the ranges below */
#define SERVER 0xc6336401u /* 198.51.100.1 */

/* --- connections that are in the table --- */

static __u32 free_place(struct harness *t, const struct xvs_ct_tuple *tuple, __u16 *tag)
{
	const struct dp_shared *s = dp_shared(t->dp);
	__u64 hash = xvs_ct_hash(tuple, s->config->ct_seed);

	*tag = xvs_ct_hash_tag(hash);
	for (__u32 i = 0; i < 2 * XVS_CT_WAYS; i++) {
		__u32 bucket =
			xvs_ct_hash_bucket(hash, (int)(i / XVS_CT_WAYS), s->config->n_ct_buckets);

		if (!s->ct_buckets[bucket].word[i % XVS_CT_WAYS])
			return bucket * XVS_CT_WAYS + i % XVS_CT_WAYS;
	}
	return XVS_CT_NONE;
}

/* Puts 'entry' into the table as somebody else would have; its place. */
static __u32 put(struct harness *t, const struct xvs_ct_entry *entry, __u8 state, __u8 flags)
{
	const struct dp_shared *s = dp_shared(t->dp);
	__u16 tag;
	__u32 place = free_place(t, &entry->tuple, &tag);

	if (place == XVS_CT_NONE)
		return place;
	s->ct_entries[place] = *entry;
	s->ct_buckets[place / XVS_CT_WAYS].word[place % XVS_CT_WAYS] =
		xvs_ct_word(1, flags, state, tag, ct_now(t) + LONG_TIME);
	return place;
}

/* The row's connection, answered, and its alias. */
static void put_row(struct harness *t, const struct nat_row *row)
{
	const struct dp_shared *s = dp_shared(t->dp);
	struct xvs_ct_entry alias = {.tuple = row->reply, .link = XVS_CT_NONE};
	struct xvs_ct_entry conn = {.tuple = row->tuple,
				    .reply = row->reply,
				    .flags = row->flags,
				    .master = XVS_CT_NONE,
				    .rule = 0};
	bool tcp = row->tuple.proto == PROTO_TCP;
	__u32 place;

	ct_forget(t);
	s->ct_zones[ROWS_CT_ZONE].flags = XVS_CT_Z_LIBERAL;
	conn.link = put(t, &alias, XVS_CT_S_ALIAS, 0);
	place = put(t, &conn, tcp ? XVS_CT_S_ESTABLISHED : XVS_CT_S_REPLIED,
		    XVS_CT_F_REPLIED | XVS_CT_F_ASSURED);
	s->ct_entries[conn.link].link = place;
}

/* --- rows --- */

static __u8 state_of(const struct nat_row *row)
{
	__u8 state = row->packet == NAT_ROW_ERROR ? XVS_CT_REL : XVS_CT_EST;

	return XVS_CT_TRK | state | (row->dir ? XVS_CT_RPL : 0) | row->want_bits;
}

/* The first fragment of the row's packet, which is a later one. */
static void send_first(struct harness *t, const struct nat_row *row)
{
	const struct xvs_ct_tuple *from = row->dir ? &row->reply : &row->tuple;
	struct layer layers[MAX_LAYERS];
	int i = 0;

	memcpy(layers, row->in, sizeof(layers));
	while (layers[i].kind != LAYER_DATA) {
		if (layers[i].kind == LAYER_IP4)
			layers[i].ip4.frag = 0x2000;
		if (layers[i].kind == LAYER_FRAG6) {
			layers[i].frag6.off = 0;
			layers[i].frag6.more = true;
		}
		i++;
	}
	layers[i + 1] = layers[i];
	layers[i] = (struct layer)UDP(.src = XVS_FROM_BE16(from->sport),
				      .dst = XVS_FROM_BE16(from->dport));
	run_layers(t, XVS_HOOK_TC, layers);
	CHECK_EQ(t, t->run.retval, TC_REDIRECT_CODE);
}

static void check_translated(struct harness *t, const struct nat_row *row)
{
	static struct packet want;

	packet_build(&want, row->want, MAX_LAYERS);
	CHECK_EQ(t, t->run.retval, TC_REDIRECT_CODE);
	check_frame(t, "translated", t->run.out, t->run.out_len, want.data, want.len);
}

/* The same with the sum of the packet known: the kernel verifies it afterwards. */
static void run_complete(struct harness *t, const struct nat_row *row)
{
	if (!t->can_complete || t->failures)
		return;
	packet_build(&t->pkt, row->in, MAX_LAYERS);
	t->run = (struct run){.hook = XVS_HOOK_TC,
			      .port_no = PORT_IN,
			      .complete = true,
			      .in = t->pkt.data,
			      .in_len = t->pkt.len};
	harness_run(t, &t->run);
	check_translated(t, row);
}

static void begin_row(struct harness *t, const struct nat_row *row)
{
	const struct xvs_ct_action action = {
		.recirc_id = CT_RECIRC, .zone = ROWS_CT_ZONE, .flags = XVS_CT_A_NAT};

	ct_track(t, &action);
	ct_behind(t, state_of(row), 0xff, XVS_VERDICT_OUTPUT, 2);
	put_row(t, row);
}

static void test_row(struct harness *t, const struct nat_row *row)
{
	if (!test_start(t, "ct_nat/tc/%s", row->name))
		return;
	begin_row(t, row);
	if (row->packet == NAT_ROW_LATER)
		send_first(t, row);
	run_layers(t, XVS_HOOK_TC, row->in);
	check_translated(t, row);
	run_complete(t, row);
	CHECK_EQ(t, harness_upcalls(t, NULL, 8, false), 0);
	test_end_flush(t);
}

/* XDP leaves it to the TC stage, as it came, and has changed nothing. */
static void test_row_xdp(struct harness *t, const struct nat_row *row)
{
	static struct xvs_ct_bucket before;
	const struct dp_shared *s = dp_shared(t->dp);
	struct totals d;
	__u32 bucket;

	if (!test_start(t, "ct_nat/xdp/%s", row->name))
		return;
	begin_row(t, row);
	bucket = xvs_ct_hash_bucket(xvs_ct_hash(&row->tuple, s->config->ct_seed), 0,
				    s->config->n_ct_buckets);
	before = s->ct_buckets[bucket];
	run_layers(t, XVS_HOOK_XDP, row->in);
	CHECK_EQ(t, t->run.retval, XDP_PASS_CODE);
	check_frame(t, "handed to TC", t->run.out, t->run.out_len, t->pkt.data, t->pkt.len);
	CHECK_EQ(t, memcmp(&before, &s->ct_buckets[bucket], sizeof(before)), 0);
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.handed_to_tc, 1);
	CHECK_EQ(t, d.port[PORT_IN].rx_packets, 0);
	test_end_flush(t);
}

/* --- new ones --- */

/* What rules with NAT come to: ct(nat); then new ones are committed with 'nat', and what
 * is known goes on. */
static void begin_new(struct harness *t, const struct xvs_ct_action *nat)
{
	static const struct xvs_op commit[] = {OP_CT(CT_SLOT_2), OP_OUT_LAST(2), {0}};
	const struct xvs_ct_action action = {
		.recirc_id = CT_RECIRC, .zone = CT_ZONE, .flags = XVS_CT_A_NAT};
	struct xvs_flow_key key = {
		.in_port = PORT_IN, .recirc_id = CT_RECIRC, .ct_state = XVS_CT_TRK | XVS_CT_NEW};
	struct xvs_flow_key mask = {.in_port = 0xffff,
				    .recirc_id = ~0u,
				    .ct_state = XVS_CT_TRK | XVS_CT_NEW | XVS_CT_EST | XVS_CT_REL |
						XVS_CT_INV};
	struct flow_arg arg = {
		.key = &key, .mask = &mask, .verdict = XVS_VERDICT_PROGRAM, .ops = commit};

	ct_forget(t);
	ct_track(t, &action);
	dp_ct_action_set(t->dp, CT_SLOT_2, nat);
	harness_flow(t, &arg);
	ct_behind(t, XVS_CT_TRK | XVS_CT_EST, mask.ct_state, XVS_VERDICT_OUTPUT, 2);
	ct_behind(t, XVS_CT_TRK | XVS_CT_REL, mask.ct_state, XVS_VERDICT_OUTPUT, 2);
	ct_behind(t, XVS_CT_TRK | XVS_CT_INV, mask.ct_state, XVS_VERDICT_DROP, 0);
}

static struct xvs_ct_action snat(__u16 port_min, __u16 port_max)
{
	return (struct xvs_ct_action){.zone = CT_ZONE,
				      .flags = XVS_CT_A_COMMIT | XVS_CT_A_NAT | XVS_CT_A_SNAT,
				      .nat_family = 4,
				      .nat_min.ip4 = XVS_BE32(IP4_GW),
				      .nat_max.ip4 = XVS_BE32(IP4_GW),
				      .port_min = port_min,
				      .port_max = port_max};
}

static void send_udp(struct harness *t, enum xvs_hook hook, __u32 src, __u16 sport, __u32 dst,
		     __u16 dport)
{
	const struct layer layers[] = {ETH,
				       TYPE(0x0800),
				       IP4(.proto = PROTO_UDP, .src = src, .dst = dst),
				       UDP(.src = sport, .dst = dport),
				       DATA(30),
				       {0}};

	run_layers(t, hook, layers);
}

/* What came out is a UDP packet of these ends, and right. */
static void check_udp(struct harness *t, __u32 src, __u16 sport, __u32 dst, __u16 dport)
{
	const struct layer layers[] = {ETH,
				       TYPE(0x0800),
				       IP4(.proto = PROTO_UDP, .src = src, .dst = dst),
				       UDP(.src = sport, .dst = dport),
				       DATA(30),
				       {0}};
	static struct packet want;

	packet_build(&want, layers, MAX_LAYERS);
	CHECK_EQ(t, t->run.retval, TC_REDIRECT_CODE);
	check_frame(t, "translated", t->run.out, t->run.out_len, want.data, want.len);
}

/* The source port that the last packet has got. */
static __u16 out_sport(const struct harness *t)
{
	return (__u16)(t->run.out[34] << 8 | t->run.out[35]);
}

static __u32 n_conns(struct harness *t)
{
	return ct_zone(t, CT_ZONE)->n_conns;
}

/* Four ports, four clients; both ways, again, and an error; the fifth client has none,
 * until the connection of another one has gone. */
static void test_range(struct harness *t)
{
	const struct xvs_ct_action nat = snat(NAT_PORT, NAT_PORT + 3);
	unsigned int seen = 0;
	__u16 port[4];
	struct totals d;

	if (!test_start(t, "ct_nat/tc/four-ports"))
		return;
	begin_new(t, &nat);
	for (__u32 i = 0; i < 4; i++) {
		send_udp(t, XVS_HOOK_TC, IP4_VM1 + i, 53, IP4_VM2 + 9, 53);
		port[i] = out_sport(t);
		if (port[i] < NAT_PORT || port[i] > NAT_PORT + 3)
			test_fail(t, "port %u", port[i]);
		seen |= 1u << (port[i] - NAT_PORT);
		check_udp(t, IP4_GW, port[i], IP4_VM2 + 9, 53);
		/* Once more, before it was answered. */
		send_udp(t, XVS_HOOK_TC, IP4_VM1 + i, 53, IP4_VM2 + 9, 53);
		check_udp(t, IP4_GW, port[i], IP4_VM2 + 9, 53);
	}
	CHECK_EQ(t, seen, 15);
	CHECK_EQ(t, n_conns(t), 4);
	send_udp(t, XVS_HOOK_TC, IP4_VM1 + 4, 53, IP4_VM2 + 9, 53);
	CHECK_EQ(t, t->run.retval, TC_SHOT_CODE);
	harness_delta(t, &d);
	CHECK_EQ(t, totals_reason(&d, PORT_IN), XVS_DROP_NAT_EXHAUSTED);
	CHECK_EQ(t, d.drops[PORT_IN][XVS_DROP_NAT_EXHAUSTED], 1);
	CHECK_EQ(t, n_conns(t), 4);
	for (__u32 i = 0; i < 4; i++) {
		send_udp(t, XVS_HOOK_TC, IP4_VM2 + 9, 53, IP4_GW, port[i]);
		check_udp(t, IP4_VM2 + 9, 53, IP4_VM1 + i, 53);
		send_udp(t, XVS_HOOK_TC, IP4_VM1 + i, 53, IP4_VM2 + 9, 53);
		check_udp(t, IP4_GW, port[i], IP4_VM2 + 9, 53);
	}
	/* Another server. */
	send_udp(t, XVS_HOOK_TC, IP4_VM1 + 4, 53, IP4_VM2 + 10, 53);
	CHECK_EQ(t, t->run.retval, TC_REDIRECT_CODE);
	CHECK_EQ(t, n_conns(t), 5);
	CHECK_EQ(t, harness_upcalls(t, NULL, 8, false), 0);
	test_end_flush(t);
}

/* What XDP is given of it goes up, and enters nothing. */
static void test_new_xdp(struct harness *t)
{
	const struct xvs_ct_action nat = snat(NAT_PORT, NAT_PORT);
	struct totals d;

	if (!test_start(t, "ct_nat/xdp/new"))
		return;
	begin_new(t, &nat);
	send_udp(t, XVS_HOOK_XDP, IP4_VM1, 53, IP4_VM2, 53);
	CHECK_EQ(t, t->run.retval, XDP_PASS_CODE);
	CHECK_EQ(t, n_conns(t), 0);
	send_udp(t, XVS_HOOK_TC, IP4_VM1, 53, IP4_VM2, 53);
	check_udp(t, IP4_GW, NAT_PORT, IP4_VM2, 53);
	for (int i = 0; i < 2; i++) {
		send_udp(t, XVS_HOOK_XDP, IP4_VM1, 53, IP4_VM2, 53);
		CHECK_EQ(t, t->run.retval, XDP_PASS_CODE);
		send_udp(t, XVS_HOOK_XDP, IP4_VM2, 53, IP4_GW, NAT_PORT);
		CHECK_EQ(t, t->run.retval, XDP_PASS_CODE);
		check_frame(t, "handed to TC", t->run.out, t->run.out_len, t->pkt.data, t->pkt.len);
	}
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.handed_to_tc, 5);
	CHECK_EQ(t, d.port[PORT_IN].rx_packets, 1);
	CHECK_EQ(t, n_conns(t), 1);
	test_end_flush(t);
}

/* Client and server behind one gateway: the client asks for the gateway, is sent to the
 * server as the gateway, and the answer comes back the same way. Two zones, two
 * connections. */
static void test_hairpin(struct harness *t)
{
	static const struct xvs_op both[] = {OP_CT(CT_SLOT), OP_CT(CT_SLOT_2), OP_OUT_LAST(2), {0}};
	struct xvs_ct_action dnat = {.zone = CT_ZONE,
				     .flags = XVS_CT_A_COMMIT | XVS_CT_A_NAT | XVS_CT_A_DNAT,
				     .nat_family = 4,
				     .nat_min.ip4 = XVS_BE32(IP4_VM2),
				     .nat_max.ip4 = XVS_BE32(IP4_VM2),
				     .port_min = 80,
				     .port_max = 80};
	static const struct xvs_op back[] = {OP_CT(CT_SLOT_2), OP_CT(CT_SLOT), OP_OUT_LAST(2), {0}};
	struct xvs_ct_action out = snat(NAT_PORT, NAT_PORT);
	struct xvs_flow_key key = {.in_port = PORT_IN};
	struct xvs_flow_key mask = {.in_port = 0xffff, .recirc_id = ~0u, .nw_src = ~0u};
	struct flow_arg arg = {
		.key = &key, .mask = &mask, .verdict = XVS_VERDICT_PROGRAM, .ops = both};

	if (!test_start(t, "ct_nat/tc/hairpin"))
		return;
	ct_forget(t);
	out.zone = CT_ZONE + 1;
	dp_ct_action_set(t->dp, CT_SLOT, &dnat);
	dp_ct_action_set(t->dp, CT_SLOT_2, &out);
	key.dl_type = XVS_BE16(0x0800);
	mask.dl_type = 0xffff;
	key.nw_src = XVS_BE32(IP4_VM1);
	harness_flow(t, &arg);
	key.nw_src = XVS_BE32(IP4_VM2);
	arg.ops = back;
	harness_flow(t, &arg);
	for (int i = 0; i < 2; i++) {
		send_udp(t, XVS_HOOK_TC, IP4_VM1, 4000, IP4_GW, 8080);
		check_udp(t, IP4_GW, NAT_PORT, IP4_VM2, 80);
		send_udp(t, XVS_HOOK_TC, IP4_VM2, 80, IP4_GW, NAT_PORT);
		check_udp(t, IP4_GW, 8080, IP4_VM1, 4000);
	}
	CHECK_EQ(t, n_conns(t), 1);
	CHECK_EQ(t, ct_zone(t, CT_ZONE + 1)->n_conns, 1);
	test_end_flush(t);
}

/* --- the whole range --- */

/* Every port of the gateway towards the server but 'spare' is somebody else's. */
static bool fill(struct harness *t, __u16 spare)
{
	for (__u32 port = 1024; port <= 65535; port++) {
		struct xvs_ct_entry alias = {
			.tuple = {.src.ip4 = XVS_BE32(SERVER),
				  .dst.ip4 = XVS_BE32(IP4_GW),
				  .sport = XVS_BE16(443),
				  .dport = XVS_BE16(port),
				  .zone = CT_ZONE,
				  .proto = PROTO_UDP,
				  .family = 4},
			.link = XVS_CT_NONE,
		};

		if (port != spare && put(t, &alias, XVS_CT_S_ALIAS, 0) == XVS_CT_NONE)
			return false;
	}
	return true;
}

/* The program finds the last of 64,512 ports; then there is none, which is remembered for
 * a second. */
static void test_whole_range(struct harness *t)
{
	struct xvs_ct_action nat = snat(0, 0);
	struct totals d;

	if (!test_start(t, "ct_nat/tc/last-of-64512-ports"))
		return;
	begin_new(t, &nat);
	CHECK_EQ(t, fill(t, 33333), true);
	send_udp(t, XVS_HOOK_TC, IP4_VM1, 40000, SERVER, 443);
	check_udp(t, IP4_GW, 33333, SERVER, 443);
	for (__u32 i = 1; i <= 3; i++) {
		send_udp(t, XVS_HOOK_TC, IP4_VM1 + i, 40000, SERVER, 443);
		CHECK_EQ(t, t->run.retval, TC_SHOT_CODE);
	}
	harness_delta(t, &d);
	CHECK_EQ(t, totals_reason(&d, PORT_IN), XVS_DROP_NAT_EXHAUSTED);
	CHECK_EQ(t, d.drops[PORT_IN][XVS_DROP_NAT_EXHAUSTED], 3);
	send_udp(t, XVS_HOOK_TC, SERVER, 443, IP4_GW, 33333);
	check_udp(t, SERVER, 443, IP4_VM1, 40000);
	CHECK_EQ(t, n_conns(t), 1);
	test_end_flush(t);
}

void suite_ct_nat(struct harness *t)
{
	for (size_t i = 0; i < n_rows_ct_nat; i++) {
		test_row(t, &rows_ct_nat[i]);
		test_row_xdp(t, &rows_ct_nat[i]);
	}
	for (size_t i = 0; i < n_rows_ct_nat_error; i++) {
		test_row(t, &rows_ct_nat_error[i]);
		test_row_xdp(t, &rows_ct_nat_error[i]);
	}
	test_range(t);
	test_new_xdp(t);
	test_hairpin(t);
	test_whole_range(t);
	if (!t->list)
		ct_forget(t);
}
