// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Connection tracking as packets see it: what they are told, what is kept of them, and
 * what goes with the table's slots. The states of TCP are in ct_tcp.c.
 */
#include <string.h>

#include "ct_stage.h"

static const struct xvs_ct_action commit = {
	.recirc_id = CT_RECIRC, .zone = CT_ZONE, .flags = XVS_CT_A_COMMIT};
static const struct xvs_ct_action look = {.recirc_id = CT_RECIRC, .zone = CT_ZONE};

static void check_bits(struct harness *t, const struct xvs_flow_key *key, __u8 want)
{
	char got[64];

	if (key->ct_state == want)
		return;
	strcpy(got, ct_bits_name(key->ct_state));
	test_fail(t, "ct_state %s, want %s", got, ct_bits_name(want));
}

struct exchange {
	const char *name;
	struct ct_packet first;
	__u8 answer; /* ICMP type */
	__u8 state[2]; /* before and after the answer */
};

static const struct exchange exchanges[] = {
	{"udp4", {.proto = PROTO_UDP, .payload = 10}, 0, {XVS_CT_S_UNREPLIED, XVS_CT_S_REPLIED}},
	{"udp6",
	 {.proto = PROTO_UDP, .ipv6 = true, .payload = 10},
	 0,
	 {XVS_CT_S_UNREPLIED, XVS_CT_S_REPLIED}},
	{"icmp", {.proto = PROTO_ICMP, .type = 8}, 0, {XVS_CT_S_UNREPLIED, XVS_CT_S_REPLIED}},
	{"icmp-timestamp",
	 {.proto = PROTO_ICMP, .type = 13},
	 14,
	 {XVS_CT_S_UNREPLIED, XVS_CT_S_REPLIED}},
	{"icmpv6",
	 {.proto = PROTO_ICMPV6, .ipv6 = true, .type = 128},
	 129,
	 {XVS_CT_S_UNREPLIED, XVS_CT_S_REPLIED}},
	{"sctp", {.proto = PROTO_SCTP}, 0, {XVS_CT_S_UNREPLIED, XVS_CT_S_REPLIED}},
};

/* new, until there is an answer; est and rpl; est. */
static void test_exchange(struct harness *t, const struct exchange *e)
{
	struct ct_packet p = e->first, answer = e->first;
	struct xvs_flow_key key;
	__u64 *word;

	if (!test_start(t, "ct/%s", e->name))
		return;
	p.client = answer.client = ct_new_client(t);
	answer.dir = 1;
	answer.type = e->answer;
	ct_track(t, &commit);
	for (int i = 0; i < 2; i++) {
		key = ct_ask(t, &p);
		check_bits(t, &key, XVS_CT_TRK | XVS_CT_NEW);
		CHECK_EQ(t, key.ct_zone, CT_ZONE);
		CHECK_EQ(t, key.recirc_id, CT_RECIRC);
	}
	word = ct_word(t, &p, CT_ZONE);
	if (!word) {
		test_fail(t, "it was not entered");
	} else {
		CHECK_EQ(t, xvs_ct_word_state(*word), e->state[0]);
		CHECK_EQ(t, xvs_ct_flags(*word), XVS_CT_F_HALF);
		CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_conns, 1);
		CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_half, 1);
		key = ct_ask(t, &answer);
		check_bits(t, &key, XVS_CT_TRK | XVS_CT_EST | XVS_CT_RPL);
		key = ct_ask(t, &p);
		check_bits(t, &key, XVS_CT_TRK | XVS_CT_EST);
		CHECK_EQ(t, xvs_ct_word_state(*word), e->state[1]);
		CHECK_EQ(t, xvs_ct_flags(*word) & ~XVS_CT_F_ASSURED, XVS_CT_F_REPLIED);
		CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_conns, 1);
		CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_half, 0);
	}
	ct_forget(t);
	test_end_flush(t);
}

/* Without commit nothing is entered, and an answer to nothing is new, too; or inv. */
static void test_not_entered(struct harness *t)
{
	struct ct_packet udp = {.proto = PROTO_UDP}, echo = {.proto = PROTO_ICMP, .type = 8};
	struct xvs_flow_key key;

	if (!test_start(t, "ct/not-entered"))
		return;
	udp.client = echo.client = ct_new_client(t);
	ct_track(t, &look);
	key = ct_ask(t, &udp);
	check_bits(t, &key, XVS_CT_TRK | XVS_CT_NEW);
	udp.dir = 1;
	key = ct_ask(t, &udp);
	check_bits(t, &key, XVS_CT_TRK | XVS_CT_NEW);
	CHECK_EQ(t, ct_count(t, &udp, CT_ZONE), 0);
	key = ct_ask(t, &echo);
	check_bits(t, &key, XVS_CT_TRK | XVS_CT_NEW);
	echo.type = 0;
	key = ct_ask(t, &echo);
	check_bits(t, &key, XVS_CT_TRK | XVS_CT_INV);
	CHECK_EQ(t, ct_zone(t, CT_ZONE)->n_conns, 0);
	ct_forget(t);
	test_end_flush(t);
}

void suite_ct(struct harness *t)
{
	for (size_t i = 0; i < sizeof(exchanges) / sizeof(exchanges[0]); i++)
		test_exchange(t, &exchanges[i]);
	test_not_entered(t);
}
