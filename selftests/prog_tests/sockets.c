// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Frames that XDP gives to a socket of the daemon (xvs/xsk.h), with a real AF_XDP
 * socket on the device of port 1: what arrives, what takes the TC stage instead, what
 * is lost and counted. And the socket itself, loader/forward/xsk.h.
 *
 *   xp1 --- xv1, port 1: XDP program, socket on queue 0
 *   xv5, xv6: the devices of ports 5 and 6, whose frames the socket has
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "ops.h"
#include "rows.h"
#include "xsk.h"

#define UDP4(n) ETH, TYPE(0x0800), IP4(.proto = PROTO_UDP), UDP(), DATA(n)
#define PORT_A PORT_NEEDS_SKB
#define PORT_B PORT_SPARE
#define WAIT_MS 2000
#define FEW 4 /* chunks, where they are to run out */

static struct packet pkt;
static struct expect expected;
static struct netdev_frame frame;
static struct dp_test_result result;
static struct xsk *sock;

static void flags_of_sockets(struct harness *t)
{
	const __u16 up = XVS_PORT_F_USED | XVS_PORT_F_UP;

	harness_ports_default(t);
	harness_port_flags(t, PORT_IN, t->port[PORT_IN].flags | XVS_PORT_F_RX_SOCKETS);
	harness_port_flags(t, PORT_A, up | XVS_PORT_F_SOCKET);
	harness_port_flags(t, PORT_B, up | XVS_PORT_F_SOCKET);
}

/* A socket of 'rx_chunks' (0: as many as it likes) where XDP finds it. */
static bool open_socket(struct harness *t, __u32 rx_chunks)
{
	const struct xsk_options opt = {.rx_chunks = rx_chunks, .tx_chunks = 64};
	struct err err;
	int ret;

	err_init(&err);
	ret = xsk_open(t->port[PORT_IN].name, 0, &opt, &sock, &err);
	if (ret)
		test_fail(t, "xsk_open: %s", err.message);
	err_fini(&err);
	if (ret) {
		test_end(t);
		return false;
	}
	CHECK_EQ(t, dp_rx_socket_set(t->dp, PORT_IN, 0, xsk_fd(sock)), 0);
	flags_of_sockets(t);
	return true;
}

static bool start(struct harness *t, const char *name, __u32 rx_chunks)
{
	return test_start(t, "sockets/%s", name) && open_socket(t, rx_chunks);
}

static void end(struct harness *t)
{
	dp_rx_sockets_clear(t->dp, PORT_IN);
	xsk_close(sock);
	sock = NULL;
	test_end(t);
	harness_ports_default(t);
	harness_flush(t);
}

static void send_packet(struct harness *t)
{
	frame = (struct netdev_frame){.len = pkt.len};
	memcpy(frame.data, pkt.data, pkt.len);
	if (netdev_send(t->port[PORT_IN].sock, &frame, false))
		test_fail(t, "send: %s", strerror(errno));
}

/* What 'ops' make of the frame, into port 1 'n' times. */
static void send_through(struct harness *t, const struct layer *layers, const struct xvs_op *ops,
			 __u64 n)
{
	harness_port_flow(t, PORT_IN, ops);
	packet_build(&pkt, layers, MAX_LAYERS);
	expect_program(&expected, pkt.data, pkt.len, ops);
	for (__u64 i = 1; i <= n && !t->failures; i++) {
		send_packet(t);
		wait_received(t, PORT_IN, i);
	}
}

/* The next frame that the socket has; 0: there is none. */
static size_t receive(struct xsk_frame *f)
{
	struct pollfd p = {.fd = xsk_fd(sock), .events = POLLIN};

	return poll(&p, 1, WAIT_MS) == 1 ? xsk_receive(sock, f, 1) : 0;
}

static void check_received(struct harness *t, __u16 port_no)
{
	struct xsk_frame f;

	if (!receive(&f)) {
		test_fail(t, "the socket has got nothing");
		return;
	}
	CHECK_EQ(t, f.port_no, port_no);
	check_frame(t, "of the socket", f.data, f.len, expected.out[0].data, expected.out[0].len);
	xsk_release(sock, &f, 1);
	CHECK_EQ(t, xsk_receive(sock, &f, 1), 0);
}

static void check_sent_natively(struct harness *t, __u16 port_no, __u64 n)
{
	struct totals d;

	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.handed_to_tc, 0);
	CHECK_EQ(t, d.port[PORT_IN].forwarded, n);
	CHECK_EQ(t, d.port[port_no].tx_packets, n);
}

/* --- to the socket --- */

static void test_received(struct harness *t, const char *name, const struct layer *layers,
			  const struct xvs_op *ops)
{
	__u16 port_no = ops[ops_count(ops) - 1].port_no;

	if (!start(t, name, 0))
		return;
	send_through(t, layers, ops, 1);
	check_received(t, port_no);
	check_sent_natively(t, port_no, 1);
	end(t);
}

/* The socket's owner drives the device. */
static void test_busy_poll(struct harness *t)
{
	static const struct layer layers[] = {UDP4(30), {0}};
	static const struct xvs_op ops[] = {OP_OUT_LAST(PORT_B), {0}};

	if (!start(t, "received/busy-poll", 0))
		return;
	CHECK_EQ(t, xsk_set_busy_poll(sock, 20, 64), 0);
	send_through(t, layers, ops, 1);
	check_received(t, PORT_B);
	send_packet(t);
	check_received(t, PORT_B);
	check_sent_natively(t, PORT_B, 2);
	end(t);
}

/* Two ports by one socket: the metadata tells which. */
static void test_two_ports(struct harness *t)
{
	static const struct layer layers[] = {UDP4(30), {0}};
	static const __u16 ports[] = {PORT_A, PORT_B, PORT_A};

	if (!start(t, "two-ports", 0))
		return;
	packet_build(&pkt, layers, MAX_LAYERS);
	for (__u64 i = 0; i < 3; i++) {
		const struct xvs_op ops[] = {OP_OUT_LAST(ports[i]), {0}};

		harness_port_flow(t, PORT_IN, ops);
		expect_program(&expected, pkt.data, pkt.len, ops);
		send_packet(t);
		wait_received(t, PORT_IN, i + 1);
		check_received(t, ports[i]);
		harness_flush(t);
	}
	end(t);
}

/* As many as there are chunks, several times over: all come back and are used again. */
static void test_many(struct harness *t)
{
	static const struct layer layers[] = {UDP4(30), {0}};
	static const struct xvs_op ops[] = {SET_DST, OP_OUT_LAST(PORT_B), {0}};

	if (!start(t, "chunks-come-back", FEW))
		return;
	harness_port_flow(t, PORT_IN, ops);
	packet_build(&pkt, layers, MAX_LAYERS);
	expect_program(&expected, pkt.data, pkt.len, ops);
	for (__u64 i = 0; i < 5 * FEW && !t->failures; i++) {
		send_packet(t);
		check_received(t, PORT_B);
	}
	check_sent_natively(t, PORT_B, 5 * FEW);
	end(t);
}

/* --- by the TC stage --- */

/* The frame as it came is left to TC; by BPF_PROG_RUN, as some need it. */
static void check_left_to_tc(struct harness *t, struct run *run)
{
	struct totals d;

	harness_run(t, run);
	harness_delta(t, &d);
	CHECK_EQ(t, run->retval, XDP_PASS_CODE);
	CHECK_EQ(t, d.counters.handed_to_tc, 1);
	CHECK_EQ(t, d.port[PORT_B].tx_packets, 0);
	check_frame(t, "left to TC", run->out, run->out_len, run->in, run->in_len);
}

struct left_row {
	const char *name;
	struct layer in[MAX_LAYERS];
	__u16 in_flags, out_flags; /* more flags of input and output */
	__u32 linear;
	bool no_rx_sockets, no_entry;
};

static const struct left_row left_rows[] = {
	{.name = "tc/input-without-sockets", .in = {UDP4(30)}, .no_rx_sockets = true},
	{.name = "tc/queue-without-socket", .in = {UDP4(30)}, .no_entry = true},
	{.name = "tc/several-buffers", .in = {UDP4(3000)}, .linear = 2000},
	{.name = "tc/above-the-chunk", .in = {UDP4(3600)}},
	{.name = "tc/bulk-tcp",
	 .in = {ETH, TYPE(0x0800), IP4(.proto = PROTO_TCP), TCP(.flags = F_ACK), DATA(900)},
	 .in_flags = XVS_PORT_F_GRO,
	 .out_flags = XVS_PORT_F_GSO},
	{.name = "tc/partial-checksum",
	 .in = {ETH, TYPE(0x0800), IP4(.proto = PROTO_UDP), UDP_CSUM(CSUM_PARTIAL), DATA(30)},
	 .in_flags = XVS_PORT_F_CSUM_CHECK},
};

static void test_left(struct harness *t, const struct left_row *row)
{
	static const struct xvs_op ops[] = {SET_DST, OP_OUT_LAST(PORT_B), {0}};

	if (!start(t, row->name, 0))
		return;
	if (row->no_entry)
		dp_rx_sockets_clear(t->dp, PORT_IN);
	if (row->no_rx_sockets)
		harness_port_flags(t, PORT_IN, t->port[PORT_IN].flags & ~XVS_PORT_F_RX_SOCKETS);
	harness_port_flags(t, PORT_IN, t->port[PORT_IN].flags | row->in_flags);
	harness_port_flags(t, PORT_B, t->port[PORT_B].flags | row->out_flags);
	harness_port_flow(t, PORT_IN, ops);
	packet_build(&pkt, row->in, MAX_LAYERS);
	t->run = (struct run){.hook = XVS_HOOK_XDP,
			      .port_no = PORT_IN,
			      .linear = row->linear,
			      .in = pkt.data,
			      .in_len = pkt.len};
	check_left_to_tc(t, &t->run);
	end(t);
}

/* All the way: the port's own device has the frame, once. */
static void test_to_device(struct harness *t)
{
	static const struct layer layers[] = {UDP4(30), {0}};
	static const struct xvs_op ops[] = {SET_DST, OP_OUT_LAST(PORT_B), {0}};
	struct totals d;

	if (!start(t, "tc/to-the-device", 0))
		return;
	dp_rx_sockets_clear(t->dp, PORT_IN);
	send_through(t, layers, ops, 1);
	expect_captured(t, &expected, 1);
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.handed_to_tc, 1);
	CHECK_EQ(t, d.port[PORT_B].tx_packets, 1);
	end(t);
}

/* --- losses --- */

static void check_lost(struct harness *t, __u16 port_no, __u64 n)
{
	struct totals d;

	for (int i = 0; i < 400; i++) {
		harness_delta(t, &d);
		if (d.drops[port_no][XVS_DROP_EGRESS_FAILED] >= n)
			break;
		usleep(5000);
	}
	CHECK_EQ(t, d.drops[port_no][XVS_DROP_EGRESS_FAILED], n);
}

/* The socket has FEW chunks and as many places: one frame more than it can have, in the
 * ring or with the caller, is a drop of its output port. */
static void test_lost(struct harness *t, bool taken)
{
	static const struct layer layers[] = {UDP4(30), {0}};
	static const struct xvs_op ops[] = {OP_OUT_LAST(PORT_B), {0}};
	struct xsk_frame f[FEW] = {{0}};
	struct xsk_stats stats;
	size_t n = 0;

	if (!test_start(t, "sockets/lost/%s", taken ? "no-free-chunk" : "full-ring"))
		return;
	if (!dp_features(t->dp)->redirect_trace) {
		test_skip(t, "this kernel lets no program see the redirect tracepoints");
		return;
	}
	if (!open_socket(t, FEW))
		return;
	send_through(t, layers, ops, FEW);
	while (taken && n < FEW && receive(&f[n]))
		n++;
	CHECK_EQ(t, n, taken ? FEW : 0);
	send_packet(t);
	wait_received(t, PORT_IN, FEW + 1);
	check_lost(t, PORT_B, 1);
	check_sent_natively(t, PORT_B, FEW + 1);
	CHECK_EQ(t, xsk_stats(sock, &stats), 0);
	CHECK_EQ(t, stats.rx_dropped + stats.rx_ring_full, 1);
	/* From then on it goes on. */
	xsk_release(sock, f, n);
	while (!taken && n < FEW && receive(&f[n]))
		n++;
	CHECK_EQ(t, n, FEW);
	if (!taken)
		xsk_release(sock, f, n);
	send_packet(t);
	check_received(t, PORT_B);
	end(t);
}

/* --- the others --- */

static void test_dry(struct harness *t)
{
	static const struct layer layers[] = {UDP4(30), {0}};
	static const struct xvs_op ops[] = {SET_DST, OP_OUT_LAST(PORT_B), {0}};
	struct dp_test_run in = {.port_no = PORT_IN, .frame = pkt.data};
	struct xsk_frame f;

	if (!start(t, "dry-run", 0))
		return;
	harness_port_flow(t, PORT_IN, ops);
	packet_build(&pkt, layers, MAX_LAYERS);
	expect_program(&expected, pkt.data, pkt.len, ops);
	in.len = pkt.len;
	CHECK_EQ(t, dp_test_run(t->dp, &in, &result), 0);
	CHECK_EQ(t, result.hook, XVS_HOOK_XDP);
	CHECK_EQ(t, result.handed_up, false);
	CHECK_EQ(t, result.run.end, XVS_DRY_RUN_SENT);
	CHECK_EQ(t, result.run.n_outputs, 1);
	CHECK_EQ(t, result.run.output[0].port_no, PORT_B);
	check_frame(t, "output", result.run.output[0].frame, result.run.output[0].len,
		    expected.out[0].data, expected.out[0].len);
	CHECK_EQ(t, xsk_receive(sock, &f, 1), 0);
	check_sent_natively(t, PORT_B, 0);
	end(t);
}

/* More frames than chunks out of the device, each once and in order. */
static void test_transmit(struct harness *t)
{
	static const struct layer layers[] = {UDP4(30), {0}};
	const __u32 n = 200;
	__u32 n_sent = 0, n_got = 0;
	int ret;

	if (!start(t, "transmit", 0))
		return;
	packet_build(&pkt, layers, MAX_LAYERS);
	CHECK_EQ(t, xsk_tx_room(sock), 64);
	while (n_got < n && !t->failures) {
		for (__u8 *data; n_sent < n && (data = xsk_tx_next(sock)); n_sent++) {
			pkt.data[pkt.len - 1] = (__u8)n_sent;
			memcpy(data, pkt.data, pkt.len);
			xsk_tx_put(sock, (__u32)pkt.len);
		}
		ret = xsk_tx_flush(sock);
		if (ret && ret != -EAGAIN)
			test_fail(t, "flush: %s", strerror(-ret));
		ret = netdev_recv(t->port[PORT_IN].sock, &frame, false, WAIT_MS);
		if (ret) {
			test_fail(t, "frame %u: %s", n_got, strerror(-ret));
			break;
		}
		pkt.data[pkt.len - 1] = (__u8)n_got++;
		check_frame(t, "at the peer", frame.data, frame.len, pkt.data, pkt.len);
	}
	CHECK_EQ(t, xsk_tx_flush(sock), 0);
	CHECK_EQ(t, xsk_tx_pending(sock), 0);
	CHECK_EQ(t, xsk_tx_room(sock), 64);
	end(t);
}

static void check_refused(struct harness *t, const char *device, __u32 queue, int want)
{
	const struct xsk_options opt = {.rx_chunks = FEW, .tx_chunks = FEW};
	struct xsk *other;
	struct err err;

	err_init(&err);
	CHECK_EQ(t, xsk_open(device, queue, &opt, &other, &err), want);
	CHECK_EQ(t, other == NULL, true);
	CHECK_EQ(t, strstr(err.message, device) != NULL, true);
	err_fini(&err);
}

static void test_refused(struct harness *t)
{
	if (!start(t, "open/refused", FEW))
		return;
	check_refused(t, t->port[PORT_IN].name, 0, -EBUSY);
	check_refused(t, t->port[PORT_IN].name, 77, -EINVAL);
	check_refused(t, "nosuchdevice", 0, -ENODEV);
	CHECK_EQ(t, dp_rx_socket_set(t->dp, PORT_IN, XVS_XSK_QUEUES, xsk_fd(sock)), -EINVAL);
	CHECK_EQ(t, dp_rx_socket_set(t->dp, 0, 0, xsk_fd(sock)), -EINVAL);
	CHECK_EQ(t, xsk_is_zero_copy(sock), false); /* a veth's cannot be */
	end(t);
	if (start(t, "open/right-after-close", FEW))
		end(t);
}

void suite_sockets(struct harness *t)
{
	static const struct layer udp4[] = {UDP4(30), {0}};
	static const struct layer big[] = {UDP4(1400), {0}};
	static const struct xvs_op out[] = {OP_OUT_LAST(PORT_B), {0}};
	static const struct xvs_op set[] = {SET_DST, SET4_DST(IP4_GW), OP_OUT_LAST(PORT_B), {0}};
	static const struct xvs_op push[] = {OP_PUSH(0x8100, 5), OP_OUT_LAST(PORT_A), {0}};

	dp_detach(t->dp, PORT_IN);
	harness_attach(t, PORT_IN, XVS_HOOK_XDP);
	test_received(t, "received/as-it-is", udp4, out);
	test_received(t, "received/changed", big, set);
	test_received(t, "received/with-a-tag", udp4, push);
	test_busy_poll(t);
	test_two_ports(t);
	test_many(t);
	for (size_t i = 0; i < sizeof(left_rows) / sizeof(left_rows[0]); i++)
		test_left(t, &left_rows[i]);
	test_to_device(t);
	test_lost(t, true);
	test_lost(t, false);
	test_dry(t);
	test_transmit(t);
	test_refused(t);
	dp_detach(t->dp, PORT_IN);
	harness_attach(t, PORT_IN, XVS_HOOK_TC);
}
