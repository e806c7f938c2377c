// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Payload of connections with an ALG: what goes up to the daemon, and what of that was
 * done before.
 */
#include "ct_stage.h"

/* The daemon is to see the payload of a connection with an ALG: nothing else. */
void ct_test_alg(struct harness *t)
{
	struct ct_packet p = {.proto = PROTO_UDP};
	const struct xvs_ct_action with_alg = {
		.recirc_id = CT_RECIRC,
		.zone = CT_ZONE,
		.flags = XVS_CT_A_COMMIT,
		.alg = XVS_CT_ALG_TFTP,
	};
	struct xvs_flow_key key;
	__u64 *word;

	if (!test_start(t, "ct/alg"))
		return;
	ct_track(t, &with_alg);
	/* The first packet announces something: the daemon enters the connection. */
	p.client = ct_new_client(t);
	p.payload = 4;
	key = ct_ask(t, &p);
	CHECK_EQ(t, key.recirc_id, 0);
	CHECK_EQ(t, key.ct_state, 0);
	CHECK_EQ(t, ct_count(t, &p, CT_ZONE), 0);
	p.payload = 0;
	ct_ask(t, &p);
	word = ct_word(t, &p, CT_ZONE);
	CHECK_EQ(t, word ? xvs_ct_flags(*word) & XVS_CT_F_ALG : 0, XVS_CT_F_ALG);
	key = ct_ask(t, &p);
	CHECK_EQ(t, key.recirc_id, CT_RECIRC);
	p.payload = 4;
	key = ct_ask(t, &p);
	CHECK_EQ(t, key.recirc_id, 0);
	CHECK_EQ(t, key.ct_state, 0);
	ct_send(t, XVS_HOOK_XDP, &p);
	CHECK_EQ(t, t->run.retval, XDP_PASS_CODE);
	ct_forget(t);
	test_end_flush(t);
}
