// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One row, one way: the first packet misses, and the megaflow that it gets is what
 * the loaded program then carries out; see pipeline.h.
 *
 * A packet is sent again until nothing of it goes up any more: each later pass
 * has a miss of its own. What earlier tries have sent is taken from the devices
 * before the next one, so that the last one's frames are all that is compared.
 */
#include <string.h>

#include "pipeline.h"

#define MAX_TRIES (XVS_MAX_PASSES + 1)
#define CAPTURE_MS 2000
#define TAG_LEN 4
#define MACS_LEN 12

/* The last try of a packet. */
static struct {
	struct packet pkt;
	struct run run;
	struct totals delta;
	bool handed_up;
	int n_misses; /* of this try */
	int n_missed; /* of all */
	size_t n_copies; /* to controllers */
	size_t copy_len[MAX_PIPELINE_OUTS];
	__u8 copy[MAX_PIPELINE_OUTS][2048];
} now;

static void keep_copy(struct harness *t, const struct xvs_upcall *up)
{
	size_t tag = up->flags & XVS_UPCALL_F_VLAN_META ? TAG_LEN : 0;
	__be16 tci[2] = {up->vlan_tpid, XVS_BE16(up->vlan_tci)};
	__u8 *copy;

	if (now.n_copies == MAX_PIPELINE_OUTS || up->len + tag > sizeof(now.copy[0])) {
		test_fail(t, "a copy too many, or too long: %u bytes", up->len);
		return;
	}
	copy = now.copy[now.n_copies];
	memcpy(copy, up->frame, MACS_LEN);
	memcpy(copy + MACS_LEN, tci, tag);
	memcpy(copy + MACS_LEN + tag, up->frame + MACS_LEN, up->len - MACS_LEN);
	now.copy_len[now.n_copies++] = up->len + tag;
}

static void take_upcalls(struct sw_text *s)
{
	static union upcall_copy up;

	now.n_misses = 0;
	now.n_copies = 0;
	while (harness_upcalls(s->t, &up, 1, false)) {
		if (up.head.reason == XVS_UPCALL_ACTION) {
			keep_copy(s->t, &up.head);
			continue;
		}
		now.n_misses++;
		now.n_missed++;
		sw_text_serve(s, &up.head);
	}
}

static void run_at_tc(struct harness *t)
{
	now.run.hook = XVS_HOOK_TC;
	harness_run(t, &now.run);
}

static void run_at_xdp(struct harness *t)
{
	struct totals d;

	now.run.hook = XVS_HOOK_XDP;
	harness_run(t, &now.run);
	if (now.run.retval != XDP_PASS_CODE)
		return;
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.handed_to_tc, 1);
	CHECK_EQ(t, d.port[now.run.port_no].rx_packets, 0);
	check_frame(t, "handed to TC", now.run.out, now.run.out_len, now.pkt.data, now.pkt.len);
	now.handed_up = true;
	run_at_tc(t);
}

static void one_try(struct sw_text *s, enum pipeline_way way)
{
	struct harness *t = s->t;

	now.handed_up = false;
	now.run.retval = 0;
	harness_totals(t, &t->before);
	if (way == PIPELINE_XDP)
		run_at_xdp(t);
	else if (way == PIPELINE_TC)
		run_at_tc(t);
	else
		harness_deliver(t, &now.run);
	harness_delta(t, &now.delta);
	take_upcalls(s);
}

/* What a try has sent that is not to be looked at. */
static void take_frames(struct harness *t)
{
	static struct netdev_frame frame;

	for (int i = 1; i <= N_TEST_PORTS; i++)
		for (__u64 k = 0; k < now.delta.port[i].tx_packets; k++)
			if (netdev_recv(t->port[i].sock, &frame, false, CAPTURE_MS))
				test_fail(t, "port %d: a frame of an earlier pass is missing", i);
}

static bool was_redirected(void)
{
	return now.run.retval == code_of(now.run.hook, true);
}

/* The test run does not show a tag that lies beside the frame; the row is run on
 * a device, too, which does. */
static void check_redirected(struct harness *t, const struct packet *want)
{
	static __u8 untagged[PACKET_MAX];
	const __u8 *type = want->data + MACS_LEN;
	bool tagged = (type[0] == 0x81 && !type[1]) || (type[0] == 0x88 && type[1] == 0xa8);

	if (now.run.hook == XVS_HOOK_TC && tagged && now.run.out_len == want->len - TAG_LEN) {
		memcpy(untagged, want->data, MACS_LEN);
		memcpy(untagged + MACS_LEN, type + TAG_LEN, want->len - MACS_LEN - TAG_LEN);
		check_frame(t, "redirected, its tag beside it", now.run.out, now.run.out_len,
			    untagged, want->len - TAG_LEN);
		return;
	}
	check_frame(t, "redirected", now.run.out, now.run.out_len, want->data, want->len);
}

static void check_captured(struct harness *t, __u16 port_no, const struct packet *want)
{
	static struct netdev_frame got;
	char what[32];

	snprintf(what, sizeof(what), "port %u", port_no);
	if (netdev_recv(t->port[port_no].sock, &got, false, CAPTURE_MS))
		test_fail(t, "%s: nothing arrived", what);
	else
		check_frame(t, what, got.data, got.len, want->data, want->len);
}

static void check_copy(struct harness *t, size_t i, const struct packet *want)
{
	if (i >= now.n_copies)
		test_fail(t, "no copy to the controller");
	else
		check_frame(t, "controller", now.copy[i], now.copy_len[i], want->data, want->len);
}

static size_t count_outs(const struct pipeline_packet *p, size_t *n_copies)
{
	size_t n = 0;

	*n_copies = 0;
	for (size_t i = 0; i < MAX_PIPELINE_OUTS && p->out[i].port_no; i++) {
		if (p->out[i].port_no == TO_CONTROLLER)
			++*n_copies;
		else
			n++;
	}
	return n;
}

static void check_outs(struct harness *t, const struct pipeline_packet *p)
{
	static struct netdev_frame extra;
	static struct packet want;
	size_t n_copies, n = count_outs(p, &n_copies), copies = 0, sent = 0;
	__u64 tx[N_TEST_PORTS + 1] = {0};

	for (size_t i = 0; i < n + n_copies; i++) {
		const struct pipeline_out *o = &p->out[i];

		packet_build(&want, o->frame, MAX_LAYERS);
		if (o->port_no == TO_CONTROLLER) {
			check_copy(t, copies++, &want);
			continue;
		}
		tx[o->port_no]++;
		if (++sent == n && was_redirected())
			check_redirected(t, &want);
		else
			check_captured(t, o->port_no, &want);
	}
	CHECK_EQ(t, now.n_copies, n_copies);
	for (int i = 1; i <= N_TEST_PORTS; i++) {
		if (now.delta.port[i].tx_packets != tx[i])
			test_fail(t, "port %d: %llu frames sent, want %llu", i,
				  now.delta.port[i].tx_packets, tx[i]);
		while (!netdev_recv(t->port[i].sock, &extra, false, 0))
			test_fail(t, "port %d: a frame of %zu bytes too many", i, extra.len);
	}
}

/* One packet came in, and ended as the row says. */
static void check_fate(struct harness *t, const struct pipeline_packet *p)
{
	const struct xvs_port_stats *in = &now.delta.port[now.run.port_no];
	size_t n_copies, n = count_outs(p, &n_copies);
	int reason = n || n_copies ? 0 : (int)p->drop, got;

	CHECK_EQ(t, in->rx_packets, 1);
	CHECK_EQ(t, in->forwarded, n != 0);
	CHECK_EQ(t, in->consumed, !n && n_copies);
	got = totals_reason(&now.delta, now.run.port_no);
	if (got != reason)
		test_fail(t, "dropped: %s, want %s", drop_name(got), drop_name(reason));
}

static void run_packet(struct sw_text *s, enum pipeline_way way, const struct pipeline_packet *p)
{
	struct harness *t = s->t;

	packet_build(&now.pkt, p->in, MAX_LAYERS);
	now.run = (struct run){
		.port_no = p->port_no ? p->port_no : PORT_IN,
		.mark = p->mark,
		.in = now.pkt.data,
		.in_len = now.pkt.len,
	};
	now.n_missed = 0;
	for (int i = 0; i < MAX_TRIES; i++) {
		one_try(s, way);
		if (!now.n_misses || t->failures)
			break;
		take_frames(t);
	}
	if (p->flags & PACKET_HITS && now.n_missed)
		test_fail(t, "the packet is of no megaflow that is there");
	if (way == PIPELINE_XDP)
		CHECK_EQ(t, now.handed_up, !!(p->flags & PACKET_TO_TC));
	check_outs(t, p);
	check_fate(t, p);
}

void pipeline_run_row(struct harness *t, enum pipeline_way way, const struct pipeline_row *row,
		      struct coverage *coverage)
{
	static struct sw_text s;

	sw_text_init(&s, t, coverage);
	sw_text_lines(&s, row->setup);
	for (int i = 0; i < MAX_PIPELINE_PACKETS && row->packet[i].in && !t->failures; i++) {
		run_packet(&s, way, &row->packet[i]);
		if (t->failures)
			printf("#   that was packet %d of:\n#   %s\n", i + 1, row->setup);
	}
	sw_text_forget(t);
	sw_text_fini(&s);
}
