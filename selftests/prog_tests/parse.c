// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Runs the parse rows on both hooks: a frame misses, and the upcall's record
 * shows the key; or it is dropped for the reason that the row names.
 */
#include <string.h>

#include "harness.h"
#include "rows.h"

static struct packet pkt;
static union upcall_copy up;
static struct run run;

static bool has_l4(const struct xvs_flow_key *k)
{
	return !(k->nw_frag & XVS_FRAG_LATER) && (k->tp_src || k->tp_dst);
}

static void check_upcall(struct harness *t, const struct xvs_flow_key *want)
{
	struct xvs_flow_key key = *want;

	key.in_port = PORT_IN;
	if (harness_upcalls(t, &up, 8, false) != 1) {
		test_fail(t, "no upcall, or several");
		return;
	}
	check_key(t, &up.head.key, &key);
	CHECK_EQ(t, up.head.port_no, PORT_IN);
	CHECK_EQ(t, up.head.hook, run.hook);
	CHECK_EQ(t, up.head.reason, XVS_UPCALL_MISS);
	CHECK_EQ(t, up.head.flags & XVS_UPCALL_F_VLAN_META, 0);
	check_frame(t, "upcall", up.head.frame, up.head.len, pkt.data, pkt.len);
	if (has_l4(want)) {
		CHECK_EQ(t, up.head.l3_off, pkt.l3);
		CHECK_EQ(t, up.head.l4_off, pkt.l4);
	}
	if (want->nw_frag & XVS_FRAG_LATER)
		CHECK_EQ(t, up.head.l4_off, 0);
	CHECK_EQ(t, up.head.nd_sll_off,
		 memcmp(want->arp_sha, "\0\0\0\0\0", 6) && pkt.sll ? pkt.sll : 0);
	CHECK_EQ(t, up.head.nd_tll_off,
		 memcmp(want->arp_tha, "\0\0\0\0\0", 6) && pkt.tll ? pkt.tll : 0);
}

/* 'drop' 0: the frame has to miss with 'want'. */
static void check_parse(struct harness *t, enum xvs_hook hook, enum xvs_drop_reason drop,
			const struct xvs_flow_key *want)
{
	bool runs = hook == XVS_HOOK_XDP || harness_tc_runs(pkt.data, pkt.len);
	struct totals d;

	run.hook = hook;
	run.port_no = PORT_IN;
	run.in = pkt.data;
	run.in_len = pkt.len;
	if (runs)
		harness_run(t, &run);
	else
		harness_deliver(t, &run);
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_IN].rx_packets, 1);
	CHECK_EQ(t, d.port[PORT_IN].rx_bytes, pkt.len);
	if (drop) {
		if (totals_reason(&d, PORT_IN) != (int)drop)
			test_fail(t, "drop: got %s, want %s", drop_name(totals_reason(&d, PORT_IN)),
				  drop_name((int)drop));
		CHECK_EQ(t, harness_upcalls(t, NULL, 8, false), 0);
		if (runs)
			CHECK_EQ(t, run.retval, code_of(hook, false));
		return;
	}
	if (totals_drops(&d, PORT_IN))
		test_fail(t, "dropped: %s", drop_name(totals_reason(&d, PORT_IN)));
	CHECK_EQ(t, d.counters.upcalls_received, 1);
	CHECK_EQ(t, d.counters.megaflow_misses, 1);
	check_upcall(t, want);
}

static void run_table(struct harness *t, const struct parse_table *table, enum xvs_hook hook)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct parse_row *row = &table->rows[i];

		if (row->flags & ROW_USER_ONLY)
			continue;
		if (!test_start(t, "parse/%s/%s", hook_name(hook), row->name))
			continue;
		packet_build(&pkt, row->in, MAX_LAYERS);
		packet_trim(&pkt, row->cut, row->pad);
		check_parse(t, hook, row->want_drop, &row->want_key);
		test_end(t);
	}
}

static void run_cuts(struct harness *t, const struct cut_row *row, enum xvs_hook hook)
{
	size_t to = row->to;

	packet_build(&pkt, row->in, MAX_LAYERS);
	if (!to)
		to = pkt.len;
	for (size_t cut = row->from; cut < to; cut++) {
		if (!test_start(t, "cut/%s/%s/%zu", hook_name(hook), row->name, cut))
			continue;
		packet_build(&pkt, row->in, MAX_LAYERS);
		packet_trim(&pkt, cut, 0);
		if (row->fix_len)
			packet_fix_ip_len(&pkt);
		check_parse(t, hook, XVS_DROP_PARSE_TRUNCATED, NULL);
		test_end(t);
	}
}

void suite_parse(struct harness *t)
{
	static const enum xvs_hook hooks[] = {XVS_HOOK_XDP, XVS_HOOK_TC};

	for (int i = 0; i < 2; i++) {
		run_table(t, &rows_parse_eth, hooks[i]);
		run_table(t, &rows_parse_ip4, hooks[i]);
		run_table(t, &rows_parse_ip6, hooks[i]);
		run_table(t, &rows_parse_l4, hooks[i]);
		for (size_t k = 0; k < rows_cut.n; k++)
			run_cuts(t, &rows_cut.rows[k], hooks[i]);
	}
}
