// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * TCP: which state follows each segment, of each direction, in each state, and what the
 * segment is told (ct_state). The table is written from RFC 9293, 3.3.2 and 3.10.7, and
 * what is documented of nf_conntrack where a state is seen from between the two ends.
 *
 * Every row is run at TC, where it is judged, and under XDP, which carries out what is
 * known already and leaves the rest to TC as it came.
 */
#include <string.h>

#include "ct_stage.h"

#define CLIENT_ISN 1000u
#define SERVER_ISN 5000u
#define WINDOW 1000

/* Columns of the table. */
enum column { NO, SS, S2, SR, ES, FW, CW, LA, TW, CL, N_COLUMNS };

static const char *const column_name[N_COLUMNS] = {"no", "ss", "s2", "sr", "es",
						   "fw", "cw", "la", "tw", "cl"};
static const int column_state[N_COLUMNS] = {-1,
					    XVS_CT_S_SYN_SENT,
					    XVS_CT_S_SYN_SENT2,
					    XVS_CT_S_SYN_RECV,
					    XVS_CT_S_ESTABLISHED,
					    XVS_CT_S_FIN_WAIT,
					    XVS_CT_S_CLOSE_WAIT,
					    XVS_CT_S_LAST_ACK,
					    XVS_CT_S_TIME_WAIT,
					    XVS_CT_S_CLOSE};

/* The way to each state: segments by their letter, the server's in capitals. */
static const char *const ways[N_COLUMNS] = {
	[NO] = "",     [SS] = "s",     [S2] = "sS",    [SR] = "sB",     [ES] = "sBa",
	[FW] = "sBaf", [CW] = "sBafA", [LA] = "sBafF", [TW] = "sBafFa", [CL] = "sBaR",
};

struct row {
	__u16 flags;
	/* State afterwards and what the packet is told: n(ew), e(st), r (est and rpl); "inv"
	 * leaves the state; "-" is no connection. NULL: the same as the row before. */
	const char *cell[N_COLUMNS];
};

#define SYN_ACK (F_SYN | F_ACK)
#define FIN_ACK (F_FIN | F_ACK)
#define RST_ACK (F_RST | F_ACK)
#define ON_ANY (F_PSH | F_ECE | F_CWR)
#define SAME         \
	{            \
		NULL \
	}
#define ALL_INV                                                                        \
	{                                                                              \
		"- inv", "inv", "inv", "inv", "inv", "inv", "inv", "inv", "inv", "inv" \
	}

/* The client's, who has sent the first packet. */
static const struct row client_rows[] = {
	{F_SYN, {"ss n", "ss n", "s2 e", "sr e", "es e", "fw e", "cw e", "la e", "ss n", "ss n"}},
	{F_SYN | F_URG, SAME},
	{F_SYN | F_ECE | F_CWR, SAME},
	{SYN_ACK, {"- inv", "inv", "sr e", "sr e", "inv", "inv", "inv", "inv", "inv", "inv"}},
	{SYN_ACK | F_ECE, SAME},
	{FIN_ACK, {"- inv", "inv", "inv", "fw e", "fw e", "la e", "la e", "la e", "tw e", "cl e"}},
	{FIN_ACK | F_URG, SAME},
	{FIN_ACK | ON_ANY, SAME},
	{F_ACK, {"es n", "inv", "inv", "es e", "es e", "cw e", "cw e", "tw e", "tw e", "cl e"}},
	{F_ACK | F_URG, SAME},
	{F_ACK | ON_ANY, SAME},
	{F_RST, {"- inv", "- n", "cl e", "cl e", "cl e", "cl e", "cl e", "cl e", "cl e", "cl e"}},
	{F_RST | F_PSH, SAME},
	/* What the server has not sent cannot be acknowledged. */
	{RST_ACK, {"- inv", "inv", "cl e", "cl e", "cl e", "cl e", "cl e", "cl e", "cl e", "cl e"}},
	{RST_ACK | ON_ANY, SAME},
	{0, ALL_INV},
	{F_PSH, SAME},
	{F_URG, SAME},
	{F_FIN, SAME},
	{F_SYN | F_FIN, SAME},
	{F_SYN | F_RST, SAME},
	{F_SYN | F_FIN | F_ACK, SAME},
	{F_FIN | F_PSH | F_URG, SAME},
	{F_FIN | F_RST | F_ACK, SAME},
	{F_RST | F_ACK | F_URG, SAME},
};

/* The server's; the first column has no meaning. */
static const struct row server_rows[] = {
	{F_SYN, {"", "s2 r", "s2 r", "inv", "inv", "inv", "inv", "inv", "ss n", "inv"}},
	{F_SYN | F_ECE | F_CWR, SAME},
	{SYN_ACK, {"", "sr r", "sr r", "sr r", "es r", "fw r", "cw r", "la r", "tw r", "cl r"}},
	{SYN_ACK | F_ECE, SAME},
	{FIN_ACK, {"", "inv", "inv", "fw r", "fw r", "la r", "la r", "la r", "tw r", "cl r"}},
	{FIN_ACK | ON_ANY, SAME},
	{F_ACK, {"", "ss r", "s2 r", "sr r", "es r", "cw r", "cw r", "tw r", "tw r", "cl r"}},
	{F_ACK | F_URG, SAME},
	{F_ACK | ON_ANY, SAME},
	{F_RST, {"", "- r", "cl r", "cl r", "cl r", "cl r", "cl r", "cl r", "cl r", "cl r"}},
	{RST_ACK, SAME},
	{RST_ACK | ON_ANY, SAME},
	{0, ALL_INV},
	{F_FIN, SAME},
	{F_SYN | F_FIN, SAME},
	{F_SYN | F_RST, SAME},
	{F_FIN | F_PSH | F_URG, SAME},
};

/* What each end sends next. */
struct ends {
	__u32 next[2];
};

/* A segment with true numbers: of SYNs and FINs those that the first one had. */
static struct ct_packet segment(const struct ends *ends, __u16 client, __u8 dir, __u16 flags)
{
	const __u32 isn[2] = {CLIENT_ISN, SERVER_ISN};
	struct ct_packet p = {.client = client, .dir = dir, .flags = flags, .window = WINDOW};

	if (flags & F_SYN)
		p.seq = isn[dir];
	else if ((flags & F_FIN) && ends->next[dir] > isn[dir] + 1)
		p.seq = isn[dir] + 1;
	else
		p.seq = ends->next[dir];
	if (flags & F_ACK)
		p.ack = ends->next[!dir];
	return p;
}

static __u16 flags_of(char letter)
{
	switch (letter | 0x20) {
	case 's':
		return F_SYN;
	case 'b':
		return SYN_ACK;
	case 'f':
		return FIN_ACK;
	case 'r':
		return RST_ACK;
	}
	return F_ACK;
}

static void go_to(struct harness *t, enum column column, __u16 client, struct ends *ends)
{
	*ends = (struct ends){{CLIENT_ISN + 1, SERVER_ISN + 1}};
	for (const char *at = ways[column]; *at; at++) {
		__u8 dir = !(*at & 0x20);
		struct ct_packet p = segment(ends, client, dir, flags_of(*at));

		ct_send(t, XVS_HOOK_TC, &p);
		if (p.flags & F_FIN)
			ends->next[dir]++;
	}
}

static int state_of(struct harness *t, const struct ct_packet *p)
{
	const __u64 *word = ct_word(t, p, CT_ZONE);

	return word ? xvs_ct_word_state(*word) : -1;
}

static int state_named(const char *cell)
{
	for (int i = SS; i < N_COLUMNS; i++)
		if (!strncmp(cell, column_name[i], 2))
			return column_state[i];
	return -1;
}

/* Where the pass behind sends what is told so: see put_flows(). */
static __u16 port_told(const char *cell)
{
	switch (cell[strlen(cell) - 1]) {
	case 'n':
		return 2;
	case 'e':
		return 3;
	case 'r':
		return 4;
	}
	return 0;
}

static void put_flows(struct harness *t)
{
	static const struct xvs_ct_action commit = {
		.recirc_id = CT_RECIRC, .zone = CT_ZONE, .flags = XVS_CT_A_COMMIT};

	ct_track(t, &commit);
	ct_behind(t, XVS_CT_TRK | XVS_CT_NEW, 0xff, XVS_VERDICT_OUTPUT, 2);
	ct_behind(t, XVS_CT_TRK | XVS_CT_EST, 0xff, XVS_VERDICT_OUTPUT, 3);
	ct_behind(t, XVS_CT_TRK | XVS_CT_EST | XVS_CT_RPL, 0xff, XVS_VERDICT_OUTPUT, 4);
	ct_behind(t, XVS_CT_TRK | XVS_CT_INV, 0xff, XVS_VERDICT_DROP, 0);
}

static void check_told(struct harness *t, const char *cell)
{
	__u16 got = 0, want = port_told(cell);
	struct totals d;

	harness_delta(t, &d);
	for (__u16 i = 2; i <= 4; i++)
		if (d.port[i].tx_packets)
			got = i;
	if (got != want)
		test_fail(t, "sent to port %u, want %u (2: new, 3: est, 4: est|rpl, 0: inv)", got,
			  want);
}

static void check_state(struct harness *t, const struct ct_packet *p, const char *cell, int before)
{
	int want = strstr(cell, "inv") ? before : state_named(cell);
	int got = state_of(t, p);

	if (got != want)
		test_fail(t, "state %s, want %s", ct_state_name(got), ct_state_name(want));
}

/* What XDP leaves to TC: what begins a connection, and SYNs. */
static bool is_left(const char *cell, enum column column, __u16 flags)
{
	if (strstr(cell, "inv"))
		return column != NO && (flags & F_SYN) && !(flags & (F_FIN | F_RST));
	return column == NO || (flags & F_SYN);
}

static void test_row(struct harness *t, enum xvs_hook hook, const struct row *row,
		     const char *const *cells, enum column column, __u8 dir)
{
	const char *cell = cells[column];
	__u16 client = ct_new_client(t);
	struct ct_packet p;
	struct ends ends;
	int before;

	if (!test_start(t, "ct_tcp/%s/%s/%s/%#x", hook_name(hook), column_name[column],
			dir ? "server" : "client", row->flags))
		return;
	go_to(t, column, client, &ends);
	p = segment(&ends, client, dir, row->flags);
	before = state_of(t, &p);
	if (before != column_state[column])
		test_fail(t, "the way to %s led to %s", column_name[column], ct_state_name(before));
	harness_totals(t, &t->before);
	ct_send(t, hook, &p);
	if (hook == XVS_HOOK_XDP && is_left(cell, column, row->flags)) {
		CHECK_EQ(t, t->run.retval, XDP_PASS_CODE);
		CHECK_EQ(t, state_of(t, &p), before);
		ct_send(t, XVS_HOOK_TC, &p);
	} else {
		CHECK_EQ(t, t->run.retval, code_of(hook, port_told(cell)));
	}
	check_told(t, cell);
	check_state(t, &p, cell, before);
	test_end(t);
}

static void test_rows(struct harness *t, enum xvs_hook hook, const struct row *rows, size_t n,
		      __u8 dir)
{
	const char *const *cells = NULL;

	for (size_t i = 0; i < n; i++) {
		if (rows[i].cell[SS])
			cells = rows[i].cell;
		for (enum column column = dir ? SS : NO; column < N_COLUMNS; column++)
			test_row(t, hook, &rows[i], cells, column, dir);
	}
}

/* --- windows --- */

/* A segment to an established connection; its numbers are relative to what is next. */
struct window_row {
	const char *name;
	__u8 dir;
	__s32 seq, ack;
	__u32 payload;
	bool inv;
};

/* Both ends offer 1,000 bytes, and have sent nothing but their SYNs. */
static const struct window_row window_rows[] = {
	{"next", 0, 0, 0, 10, false},
	{"all-that-may-be-sent", 0, 0, 0, 1000, false},
	{"begins-at-the-edge", 0, 1000, 0, 0, false},
	{"begins-behind-it", 0, 1001, 0, 0, false},
	{"a-window-behind-it", 0, 1001, 0, 998, false},
	{"more-than-a-window-behind-it", 0, 1001, 0, 999, true},
	{"far-behind", 0, 1 << 30, 0, 10, true},
	{"again", 0, -1, 0, 0, false},
	{"ends-a-window-before", 0, -1000, 0, 0, false},
	{"ends-before-that", 0, -1001, 0, 0, true},
	{"reaches-into-it", 0, -1001, 0, 1, false},
	{"acks-what-was-not-sent", 0, 0, 1, 0, true},
	{"acks-long-ago", 0, 0, -66000, 0, false},
	{"acks-before-that", 0, 0, -66001, 0, true},
	{"server/next", 1, 0, 0, 10, false},
	{"server/begins-behind", 1, 1001, 0, 998, false},
	{"server/more-than-a-window-behind", 1, 1001, 0, 999, true},
	{"server/before", 1, -1001, 0, 0, true},
	{"server/acks-what-was-not-sent", 1, 0, 1, 0, true},
};

static void test_window(struct harness *t, enum xvs_hook hook, const struct window_row *row,
			bool liberal)
{
	__u16 client = ct_new_client(t);
	struct ct_packet p;
	struct ends ends;
	bool inv = row->inv && !liberal;

	if (!test_start(t, "ct_tcp/%s/window/%s%s", hook_name(hook), row->name,
			liberal ? "/liberal" : ""))
		return;
	ct_zone(t, CT_ZONE)->flags = liberal ? XVS_CT_Z_LIBERAL : 0;
	go_to(t, ES, client, &ends);
	p = segment(&ends, client, row->dir, F_ACK);
	p.seq += (__u32)row->seq;
	p.ack += (__u32)row->ack;
	p.payload = row->payload;
	harness_totals(t, &t->before);
	ct_send(t, hook, &p);
	check_told(t, inv ? "inv" : row->dir ? "es r" : "es e");
	CHECK_EQ(t, state_of(t, &p), XVS_CT_S_ESTABLISHED);
	ct_zone(t, CT_ZONE)->flags = 0;
	test_end(t);
}

/* What is said of a scaled window counts when both ends have sent a scale, and not in
 * the SYNs themselves. */
static void test_scale(struct harness *t, __u8 of_client, __u8 of_server, __u32 room)
{
	__u16 client = ct_new_client(t);
	struct ct_packet p = {.client = client,
			      .flags = F_SYN,
			      .seq = CLIENT_ISN,
			      .window = WINDOW,
			      .scale = of_client};
	struct ct_packet answer = {.client = client,
				   .dir = 1,
				   .flags = SYN_ACK,
				   .seq = SERVER_ISN,
				   .ack = CLIENT_ISN + 1,
				   .window = WINDOW,
				   .scale = of_server};

	if (!test_start(t, "ct_tcp/scale/%u-%u", of_client, of_server))
		return;
	ct_send(t, XVS_HOOK_TC, &p);
	ct_send(t, XVS_HOOK_TC, &answer);
	p = (struct ct_packet){.client = client,
			       .flags = F_ACK,
			       .window = WINDOW,
			       .seq = CLIENT_ISN + 1,
			       .ack = SERVER_ISN + 1};
	ct_send(t, XVS_HOOK_TC, &p);
	/* The server's turn: up to what the client's last segment has offered; as much
	 * again is tolerated, and a unit of the scale, to which it is rounded up. */
	answer = p;
	answer.dir = 1;
	answer.ack = CLIENT_ISN + 1;
	answer.seq = SERVER_ISN + 1 + 2 * room + (1U << of_client);
	harness_totals(t, &t->before);
	ct_send(t, XVS_HOOK_TC, &answer);
	check_told(t, "inv");
	answer.seq = SERVER_ISN + 1 + room;
	harness_totals(t, &t->before);
	ct_send(t, XVS_HOOK_TC, &answer);
	check_told(t, "es r");
	test_end(t);
}

/* A reset that is in its window but not exact leaves the connection as it is. */
static void test_reset(struct harness *t, const char *name, __s32 seq, bool inv, int state)
{
	__u16 client = ct_new_client(t);
	struct ct_packet p;
	struct ends ends;

	if (!test_start(t, "ct_tcp/reset/%s", name))
		return;
	go_to(t, ES, client, &ends);
	/* Acknowledged by the server, and assured. */
	for (int i = 0; i < 2; i++) {
		p = segment(&ends, client, 0, F_ACK);
		p.payload = 100;
		ct_send(t, XVS_HOOK_TC, &p);
		ends.next[0] += 100;
		p = segment(&ends, client, 1, F_ACK);
		ct_send(t, XVS_HOOK_TC, &p);
	}
	p = segment(&ends, client, 0, F_RST);
	p.seq += (__u32)seq;
	harness_totals(t, &t->before);
	ct_send(t, XVS_HOOK_TC, &p);
	check_told(t, inv ? "inv" : "cl e");
	CHECK_EQ(t, state_of(t, &p), state);
	test_end(t);
}

/* In the middle: taken up unless the zone refuses, and then by any numbers. */
static void test_pick_up(struct harness *t, bool refused)
{
	struct ct_packet p = {
		.client = ct_new_client(t), .flags = F_ACK, .seq = 777, .ack = 999, .window = 10};

	if (!test_start(t, "ct_tcp/pick-up/%s", refused ? "refused" : "taken"))
		return;
	ct_zone(t, CT_ZONE)->flags = refused ? XVS_CT_Z_NO_PICKUP : 0;
	ct_send(t, XVS_HOOK_TC, &p);
	check_told(t, refused ? "inv" : "es n");
	CHECK_EQ(t, state_of(t, &p), refused ? -1 : XVS_CT_S_ESTABLISHED);
	if (!refused) {
		p.seq += 1 << 20;
		harness_totals(t, &t->before);
		ct_send(t, XVS_HOOK_TC, &p);
		check_told(t, "es n");
		p.dir = 1;
		p.seq = 123456;
		harness_totals(t, &t->before);
		ct_send(t, XVS_HOOK_TC, &p);
		check_told(t, "es r");
	}
	ct_zone(t, CT_ZONE)->flags = 0;
	test_end(t);
}

/* Cut in its header, or a header that reaches beyond the packet. */
static void test_malformed(struct harness *t, __u8 doff)
{
	__u16 client = ct_new_client(t);
	struct ct_packet p;
	struct ends ends;

	if (!test_start(t, "ct_tcp/malformed/%u", doff))
		return;
	go_to(t, ES, client, &ends);
	p = segment(&ends, client, 0, F_ACK);
	p.doff = doff;
	harness_totals(t, &t->before);
	ct_send(t, XVS_HOOK_TC, &p);
	check_told(t, "inv");
	test_end(t);
}

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))

void suite_ct_tcp(struct harness *t)
{
	static const enum xvs_hook hooks[] = {XVS_HOOK_TC, XVS_HOOK_XDP};

	put_flows(t);
	for (size_t i = 0; i < N(hooks); i++) {
		test_rows(t, hooks[i], client_rows, N(client_rows), 0);
		test_rows(t, hooks[i], server_rows, N(server_rows), 1);
		for (size_t k = 0; k < N(window_rows); k++)
			for (int liberal = 0; liberal < 2; liberal++)
				test_window(t, hooks[i], &window_rows[k], liberal);
	}
	test_scale(t, 0, 0, WINDOW);
	test_scale(t, 8, 0, WINDOW);
	test_scale(t, 0, 8, WINDOW);
	test_scale(t, 5, 1, WINDOW << 4);
	test_scale(t, 8, 8, WINDOW << 7);
	test_reset(t, "exact", 0, false, XVS_CT_S_CLOSE);
	test_reset(t, "in-window", 10, false, XVS_CT_S_ESTABLISHED);
	test_reset(t, "old", -10, true, XVS_CT_S_ESTABLISHED);
	test_reset(t, "behind", 2000, true, XVS_CT_S_ESTABLISHED);
	test_pick_up(t, false);
	test_pick_up(t, true);
	test_malformed(t, 4);
	test_malformed(t, 15);
	ct_forget(t);
	harness_flush(t);
}
