// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Replay: the packet of an upcall runs the program that its flow got, in the
 * reference executor, and its copies leave by their devices with the offloads
 * that the packet came with. A pass that ends in another is parsed again by the
 * fast path's own parser; upcall.c translates it.
 */
#include <errno.h>
#include <string.h>

#include "frame_parse.h"
#include "log.h"
#include "model_monitor.h"
#include "model_private.h"
#include "policy_note.h"
#include "replay_private.h"

#define MODULE "replay"

void replay_count_tx(struct model *m, __u16 port_no, size_t len)
{
	struct xvs_port_stats *ps = dp_my_port_stats(m->dp, port_no);

	if (!ps)
		return;
	ps->tx_packets++;
	ps->tx_bytes += len;
}

/* Headers are as far from the end as they were. */
static __u16 moved(const struct replay *r, __u16 off, size_t len)
{
	return off ? (__u16)(off + len - r->begin_len) : 0;
}

/* The frame as it is now, for the device. */
static struct port_tx_frame describe(const struct replay *r, const struct ref_packet *pkt)
{
	return (struct port_tx_frame){
		.data = pkt->data,
		.len = pkt->len,
		.gso_size = r->up->gso_size,
		.l3_off = moved(r, r->l3_off, pkt->len),
		.l4_off = moved(r, r->l4_off, pkt->len),
		.nw_proto = r->key.nw_proto,
		.ipv6 = r->key.dl_type == XVS_BE16(0x86dd),
		.partial = pkt->csum_partial,
	};
}

static void replay_output(void *aux, __u16 port_no, const struct ref_packet *pkt)
{
	struct replay *r = aux;
	struct port *port = port_by_no(r->m->ports, port_no);
	struct port_tx_frame frame = describe(r, pkt);
	int rc;

	if (!port || port->state != PORT_UP) {
		r->reason = XVS_DROP_PORT_BLOCKED;
		return;
	}
	replay_count_tx(r->m, port_no, pkt->len);
	/* From here on a loss is the output port's, as in the fast path [I7]. */
	r->sent = true;
	rc = port_tx(r->m->ports, port, &frame);
	if (rc) {
		log_warn_rl(MODULE, "port %s: packet not sent: %s", port->name, strerror(-rc));
		dp_count_drop(r->m->dp, port_no, XVS_DROP_EGRESS_FAILED, 1);
	}
}

static bool replay_meter(void *aux, __u32 slot, const struct ref_packet *pkt)
{
	struct replay *r = aux;

	return dp_meter_take(r->m->dp, slot, (__u32)pkt->len);
}

static void replay_controller(void *aux, __u32 arg, const struct ref_packet *pkt)
{
	struct replay *r = aux;
	const struct controller_point *point = controller_point_find(&r->m->points, arg);

	if (point && point->kind == CONTROLLER_POLICY) {
		policy_note(r, point);
		return;
	}
	if (point && point->kind == CONTROLLER_DNS) {
		r->answer = point;
		return;
	}
	r->consumed = true;
	model_packet_to_monitors(r->m, arg, &r->key, pkt->data, (__u32)pkt->len);
}

static void replay_recirc(void *aux, __u32 recirc_id, struct ref_packet *pkt)
{
	struct replay *r = aux;

	r->recirc_id = recirc_id;
}

static enum xvs_drop_reason replay_ct(void *aux, __u32 slot, struct ref_packet *pkt)
{
	struct replay *r = aux;
	const struct replay_ct ct = {.slot = slot, .pkt = pkt, .key = &r->key};

	return replay_track(r->m, &ct, &r->recirc_id);
}

/* The frame with its headroom; a tag that the skb carried beside it goes back
 * behind the addresses. */
static size_t copy_frame(__u8 *data, const struct xvs_upcall *up)
{
	__be16 tag[2] = {up->vlan_tpid, XVS_BE16(up->vlan_tci)};

	if (!(up->flags & XVS_UPCALL_F_VLAN_META) || up->len < 12) {
		memcpy(data, up->frame, up->len);
		return 0;
	}
	memcpy(data, up->frame, 12);
	memcpy(data + 12, tag, 4);
	memcpy(data + 16, up->frame + 12, up->len - 12);
	return 4;
}

int replay_begin(struct replay *r, struct model *m, const struct xvs_upcall *up)
{
	struct port_tx_frame frame;
	size_t shift;

	if (up->len > XVS_UPCALL_CLASS3)
		return -EMSGSIZE;
	*r = (struct replay){
		.m = m,
		.up = up,
		.key = up->key,
		.pkt = {.data = m->frame + EXECUTE_REF_HEADROOM, .headroom = EXECUTE_REF_HEADROOM},
	};
	shift = copy_frame(r->pkt.data, up);
	r->pkt.len = up->len + shift;
	r->begin_len = r->pkt.len;
	r->l3_off = up->l3_off ? (__u16)(up->l3_off + shift) : 0;
	r->l4_off = up->l4_off ? (__u16)(up->l4_off + shift) : 0;
	/* Asked before anything is rewritten: writes must then leave the sum of
	 * the bytes to whoever completes it. */
	frame = describe(r, &r->pkt);
	r->pkt.csum_partial = frame.gso_size || port_tx_is_partial(&frame);
	return 0;
}

enum xvs_drop_reason replay_run(struct replay *r, const struct xvs_op *ops, size_t n_ops)
{
	const struct ref_handlers handlers = {
		.output = replay_output,
		.meter = replay_meter,
		.controller = replay_controller,
		.recirc = replay_recirc,
		.ct = replay_ct,
		.aux = r,
	};

	r->recirc_id = 0;
	r->reason = XVS_DROP_ACTION;
	return execute_ref(&r->pkt, ops, n_ops, &handlers);
}

/* What is not in the frame stays what it was. */
enum xvs_drop_reason replay_next_pass(struct replay *r)
{
	struct frame_parse parsed;
	enum xvs_drop_reason reason =
		frame_parse_next(r->pkt.data, r->pkt.len, &r->key, r->recirc_id, &parsed);

	if (reason)
		return reason;
	r->key = parsed.key;
	r->l3_off = parsed.l3_off;
	r->l4_off = parsed.l4_off;
	r->begin_len = r->pkt.len;
	return XVS_DROP_UNSPEC;
}
