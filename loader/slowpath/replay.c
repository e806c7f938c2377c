// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Replay: the packet of an upcall runs the program that its flow got, in the
 * reference executor, and its copies leave by their devices with the offloads
 * that the packet came with.
 */
#include <string.h>

#include "execute_ref.h"
#include "log.h"
#include "model_private.h"

#define MODULE "replay"

struct replay_out {
	struct model *m;
	const struct xvs_upcall *up;
	size_t len; /* of the frame before the program ran */
	size_t shift; /* of its headers, by a tag that was put back */
	bool sent; /* at least one output took it */
	enum xvs_drop_reason reason; /* of the last output that did not */
};

static void count_tx(struct model *m, __u16 port_no, size_t len)
{
	struct xvs_port_stats *ps = dp_my_port_stats(m->dp, port_no);

	if (!ps)
		return;
	ps->tx_packets++;
	ps->tx_bytes += len;
}

static __u16 moved(__u16 off, size_t shift, size_t len, size_t old_len)
{
	return off ? (__u16)(off + shift + len - old_len) : 0;
}

/* The frame as it is now, for the device. */
static struct port_tx_frame describe(const struct replay_out *ro, const struct ref_packet *pkt)
{
	const struct xvs_upcall *up = ro->up;

	return (struct port_tx_frame){
		.data = pkt->data,
		.len = pkt->len,
		.gso_size = up->gso_size,
		.l3_off = moved(up->l3_off, ro->shift, pkt->len, ro->len),
		.l4_off = moved(up->l4_off, ro->shift, pkt->len, ro->len),
		.nw_proto = up->key.nw_proto,
		.ipv6 = up->key.dl_type == XVS_BE16(0x86dd),
		.partial = pkt->csum_partial,
	};
}

static void replay_output(void *aux, __u16 port_no, const struct ref_packet *pkt)
{
	struct replay_out *ro = aux;
	struct port *port = port_by_no(ro->m->ports, port_no);
	struct port_tx_frame frame = describe(ro, pkt);
	int rc;

	if (!port || port->state != PORT_UP) {
		ro->reason = XVS_DROP_PORT_BLOCKED;
		return;
	}
	count_tx(ro->m, port_no, pkt->len);
	/* From here on a loss is the output port's, as in the fast path [I7]. */
	ro->sent = true;
	rc = port_tx(ro->m->ports, port, &frame);
	if (rc) {
		log_warn_rl(MODULE, "port %s: packet not sent: %s", port->name, strerror(-rc));
		dp_count_drop(ro->m->dp, port_no, XVS_DROP_EGRESS_FAILED, 1);
	}
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

enum xvs_drop_reason model_replay(struct model *m, const struct replay *r)
{
	struct replay_out ro = {.m = m, .up = r->upcall, .reason = XVS_DROP_ACTION};
	struct ref_packet pkt = {.data = m->frame + EXECUTE_REF_HEADROOM,
				 .headroom = EXECUTE_REF_HEADROOM};
	struct port_tx_frame frame;
	enum xvs_drop_reason reason;

	if (r->upcall->len > XVS_UPCALL_CLASS3)
		return XVS_DROP_UPCALL_TOO_BIG;
	ro.shift = copy_frame(pkt.data, r->upcall);
	pkt.len = r->upcall->len + ro.shift;
	ro.len = pkt.len;
	/* Asked before anything is rewritten: writes must then leave the sum of
	 * the bytes to whoever completes it. */
	frame = describe(&ro, &pkt);
	pkt.csum_partial = frame.gso_size || port_tx_is_partial(&frame);
	reason = execute_ref(&pkt, r->ops, r->n_ops, replay_output, &ro);
	if (ro.sent)
		return XVS_DROP_UNSPEC;
	return reason ? reason : ro.reason;
}
