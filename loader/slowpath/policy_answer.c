// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Answers of DNS on their way to a guest (controller_point.h: CONTROLLER_DNS). The
 * policy learns the addresses first, and cached flows are judged, so that the guest's next
 * packet is judged by what it has just been told.
 */
#include "dns_snoop.h"
#include "log.h"
#include "model_policy.h"
#include "model_private.h"

#define MODULE "policy"
#define UDP_LEN 8

static void learn(struct replay *r)
{
	const __u8 *udp = r->pkt.data + r->l4_off;
	static struct dns_snoop dns; /* of the one thread; too large for the stack */
	struct sw *sw;
	size_t len;
	struct err ignored;

	err_init(&ignored);
	sw = model_switch(r->m, r->answer->sw_name, &ignored);
	if (!sw || !r->l4_off || r->l4_off + (size_t)UDP_LEN > r->pkt.len)
		return;
	len = (size_t)udp[4] << 8 | udp[5];
	if (len > r->pkt.len - r->l4_off)
		len = r->pkt.len - r->l4_off;
	if (len > UDP_LEN && !dns_snoop_parse(udp + UDP_LEN, len - UDP_LEN, &dns))
		model_policy_learn(r->m, sw, &dns);
}

enum xvs_drop_reason policy_answer(struct replay *r, struct sw *sw)
{
	struct flow_key key = flow_of_packet(&r->key);
	struct xlate_in in = model_xlate_in(r->m, sw, &key, r->m->upcalls_ms);
	struct xlate_traffic traffic = {
		.packets = 1, .bytes = r->pkt.len, .now_ms = r->m->upcalls_ms};
	struct xlate_out *out = &r->m->xout;

	learn(r);
	r->answer = NULL;
	in.answer_seen = true;
	if (xlate(&in, out)) {
		log_warn_rl(MODULE, "port %u: out of memory for a translation", r->key.in_port);
		return XVS_DROP_UPCALL_FAILED;
	}
	xlate_refs_count(&out->refs, &traffic);
	if (out->verdict == XVS_VERDICT_DROP)
		return out->reason;
	return replay_run(r, out->ops, out->n_ops);
}
