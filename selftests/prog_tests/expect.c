// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Expected outputs by execute_ref, and their capture; see expect.h.
 */
#include "expect.h"

#include <string.h>
#include <time.h>

#define CAPTURE_MS 2000

static void note(struct expect *e, struct expect_out *list, size_t *n, __u32 number,
		 const struct ref_packet *pkt)
{
	struct expect_out *o = &list[*n];

	if (*n == EXPECT_MAX_OUT || e->used + pkt->len > sizeof(e->room)) {
		e->overflow = true;
		return;
	}
	o->port_no = (__u16)number;
	o->len = pkt->len;
	o->data = e->room + e->used;
	memcpy(o->data, pkt->data, pkt->len);
	e->used += pkt->len;
	++*n;
}

static void note_output(void *aux, __u16 port_no, const struct ref_packet *pkt)
{
	struct expect *e = aux;

	note(e, e->out, &e->n, port_no, pkt);
}

static void note_copy(void *aux, __u32 arg, const struct ref_packet *pkt)
{
	struct expect *e = aux;

	note(e, e->copy, &e->n_copies, arg, pkt);
}

void expect_program(struct expect *e, const __u8 *data, size_t len, const struct xvs_op *ops)
{
	static __u8 frame[EXECUTE_REF_HEADROOM + PACKET_MAX];
	const struct ref_handlers handlers = {
		.output = note_output, .controller = note_copy, .aux = e};
	struct ref_packet pkt = {
		.data = frame + EXECUTE_REF_HEADROOM, .len = len, .headroom = EXECUTE_REF_HEADROOM};

	e->n = e->n_copies = e->used = 0;
	e->overflow = false;
	memcpy(pkt.data, data, len);
	e->drop = execute_ref(&pkt, ops, ops_count(ops), &handlers);
}

void expect_sent(struct harness *t, struct expect *e, const struct xvs_op *ops)
{
	const struct expect_out *last;

	expect_program(e, t->pkt.data, t->pkt.len, ops);
	CHECK_EQ(t, t->run.retval, code_of(t->run.hook, true));
	last = &e->out[e->n - 1];
	check_frame(t, "redirected", t->run.out, t->run.out_len, last->data, last->len);
}

void expect_captured(struct harness *t, const struct expect *e, size_t n)
{
	static struct netdev_frame got;

	if (e->overflow)
		test_fail(t, "the test's own room is too small");
	for (size_t i = 0; i < n; i++) {
		const struct expect_out *o = &e->out[i];
		char what[64];

		snprintf(what, sizeof(what), "output %zu, port %u", i, o->port_no);
		if (netdev_recv(t->port[o->port_no].sock, &got, false, CAPTURE_MS)) {
			test_fail(t, "%s: nothing arrived", what);
			return;
		}
		check_frame(t, what, got.data, got.len, o->data, o->len);
	}
	for (int i = 1; i <= N_TEST_PORTS; i++)
		if (!netdev_recv(t->port[i].sock, &got, false, 0))
			test_fail(t, "port %d: a frame of %zu bytes too many", i, got.len);
}

struct copies {
	struct harness *t;
	const struct expect *e;
	size_t n;
};

static void take_copy(void *aux, const struct xvs_upcall *up, size_t size)
{
	static __u8 frame[PACKET_MAX];
	struct copies *c = aux;
	const struct expect_out *want = &c->e->copy[c->n];
	__be16 tag[2] = {up->vlan_tpid, XVS_BE16(up->vlan_tci)};
	size_t macs = 12, len = up->len;

	if (c->n++ >= c->e->n_copies)
		return;
	CHECK_EQ(c->t, up->reason, XVS_UPCALL_ACTION);
	CHECK_EQ(c->t, (__u16)up->arg, want->port_no);
	CHECK_EQ(c->t, up->flags & XVS_UPCALL_F_COUNTED, 0);
	memcpy(frame, up->frame, len);
	if (up->flags & XVS_UPCALL_F_VLAN_META) {
		memmove(frame + macs + 4, frame + macs, len - macs);
		memcpy(frame + macs, tag, 4);
		len += 4;
	}
	check_frame(c->t, "controller's copy", frame, len, want->data, want->len);
}

void expect_copies(struct harness *t, const struct expect *e)
{
	struct copies c = {.t = t, .e = e};

	dp_upcall_consume(t->dp, EXPECT_MAX_OUT, take_copy, &c);
	CHECK_EQ(t, c.n, e->n_copies);
}

bool wait_received(struct harness *t, __u16 port_no, __u64 n)
{
	struct timespec pause = {.tv_nsec = 100000};
	struct totals d;

	for (int i = 0; i < 20000; i++) {
		harness_delta(t, &d);
		if (d.port[port_no].rx_packets >= n)
			return true;
		if (i > 20)
			nanosleep(&pause, NULL);
	}
	test_fail(t, "port %u: received %llu of %llu packets", port_no, d.port[port_no].rx_packets,
		  n);
	return false;
}

bool ops_have(const struct xvs_op *ops, enum xvs_op_kind first, enum xvs_op_kind last)
{
	for (; ops->kind; ops++)
		if (ops->kind >= first && ops->kind <= last)
			return true;
	return false;
}

bool ops_keep_sum(const struct xvs_op *ops)
{
	return ops_count_kind(ops, XVS_OP_PUSH_VLAN) < 2 && !ops_count_kind(ops, XVS_OP_POP_MPLS);
}
