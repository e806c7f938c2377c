// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * loader/slowpath/ct_expect.c: which announcements become expectations, and of whom.
 */
#include "test.h"

#include <arpa/inet.h>

#include "ct_expect.h"
#include "dp_ct_private.h"
#include "dp_fake.h"

static struct dp *dp;
static struct ct_expects *expects;

static int set_up(void **state)
{
	const struct dp_options opt = {.flow_limit = 100, .ct_limit = 20000};

	expects = calloc(1, sizeof(*expects));
	return expects ? dp_open_fake(&opt, 2, &dp) : -1;
}

static int tear_down(void **state)
{
	free(expects);
	dp_close(dp);
	return 0;
}

static __be32 ip4(const char *text)
{
	struct in_addr a;

	assert_int_equal(inet_pton(AF_INET, text, &a), 1);
	return a.s_addr;
}

/* A connection from 10.0.0.1 to 10.0.0.2 at 'slot', as a program would enter it. */
static void connect_at(__u32 slot, __u8 proto, __u8 alg, __u16 dport)
{
	struct xvs_ct_entry *e = &dp->t.ct_entries[slot];

	*e = (struct xvs_ct_entry){.link = XVS_CT_NONE, .alg = alg};
	e->tuple.src.ip4 = ip4("10.0.0.1");
	e->tuple.dst.ip4 = ip4("10.0.0.2");
	e->tuple.sport = XVS_BE16(40000);
	e->tuple.dport = XVS_BE16(dport);
	e->tuple.zone = 3;
	e->tuple.proto = proto;
	e->tuple.family = 4;
	*dp_ct_word(dp, slot) = xvs_ct_word(1, XVS_CT_F_ALG | XVS_CT_F_REPLIED,
					    proto == 6 ? XVS_CT_S_ESTABLISHED : XVS_CT_S_REPLIED,
					    dp_ct_tag(dp, &e->tuple), dp_ct_now(dp) + 100000);
}

static bool says(__u32 slot, bool answer, const char *payload, size_t len)
{
	struct ct_payload p = {
		.slot = slot, .answer = answer, .data = (const __u8 *)payload, .len = len};

	return ct_expect_look(expects, dp, &p);
}

/* The expectations that there are; the last one in 'out'. */
static int expected(struct dp_ct_conn *out)
{
	struct dp_ct_conn conn;
	__u32 at = 0;
	int n = 0;

	while (dp_ct_next(dp, dp_ct_now(dp), dp_ct_n_slots(dp), &at, &conn)) {
		if (xvs_ct_word_state(conn.word) != XVS_CT_S_EXPECT)
			continue;
		*out = conn;
		n++;
	}
	return n;
}

static void check_tuple(const struct xvs_ct_tuple *t, const char *src, const char *dst, __u16 dport)
{
	assert_int_equal(t->src.ip4, ip4(src));
	assert_int_equal(t->dst.ip4, ip4(dst));
	assert_int_equal(t->sport, 0);
	assert_int_equal(XVS_FROM_BE16(t->dport), dport);
	assert_int_equal(t->zone, 3);
	assert_int_equal(t->family, 4);
}

static bool line(__u32 slot, bool answer, const char *text)
{
	return says(slot, answer, text, strlen(text));
}

TEST(ct_expect, ftp_active_the_server_comes_to_the_client)
{
	struct dp_ct_conn conn;

	connect_at(5, 6, XVS_CT_ALG_FTP, 21);
	assert_true(line(5, false, "PORT 10,0,0,1,4,1\r\n"));
	assert_int_equal(expected(&conn), 1);
	check_tuple(&conn.entry.tuple, "10.0.0.2", "10.0.0.1", 1025);
	assert_int_equal(conn.entry.master, 5);
	assert_int_equal(conn.entry.tuple.proto, 6);
}

TEST(ct_expect, ftp_passive_the_client_comes_to_the_server)
{
	struct dp_ct_conn conn;

	connect_at(5, 6, XVS_CT_ALG_FTP, 21);
	assert_true(line(5, true, "227 Entering Passive Mode (10,0,0,2,4,2)\r\n"));
	assert_int_equal(expected(&conn), 1);
	check_tuple(&conn.entry.tuple, "10.0.0.1", "10.0.0.2", 1026);
	assert_true(line(5, true, "229 Entering Extended Passive Mode (|||1027|)\r\n"));
	/* In the place of the one before. */
	assert_int_equal(expected(&conn), 1);
	check_tuple(&conn.entry.tuple, "10.0.0.1", "10.0.0.2", 1027);
}

TEST(ct_expect, nobody_announces_somebody_else)
{
	struct dp_ct_conn conn;

	connect_at(5, 6, XVS_CT_ALG_FTP, 21);
	assert_false(line(5, false, "PORT 10,0,0,9,4,1\r\n"));
	assert_false(line(5, false, "EPRT |2|fc00::1|1025|\r\n"));
	assert_false(line(5, true, "227 Entering Passive Mode (10,0,0,1,4,2)\r\n"));
	assert_false(line(5, true, "PORT 10,0,0,2,4,1\r\n"));
	assert_false(line(5, false, "229 Entering Extended Passive Mode (|||1027|)\r\n"));
	assert_int_equal(expected(&conn), 0);
}

TEST(ct_expect, tftp_the_server_answers_from_another_port)
{
	struct dp_ct_conn conn;

	connect_at(5, 17, XVS_CT_ALG_TFTP, 69);
	assert_false(says(5, true, "\0\1f\0octet\0", 10));
	assert_true(says(5, false, "\0\1f\0octet\0", 10));
	assert_int_equal(expected(&conn), 1);
	check_tuple(&conn.entry.tuple, "10.0.0.2", "10.0.0.1", 40000);
	assert_int_equal(conn.entry.tuple.proto, 17);
	/* Asked again: it is expected already. */
	says(5, false, "\0\1f\0octet\0", 10);
	assert_int_equal(expected(&conn), 1);
}

TEST(ct_expect, connections_without_an_alg_announce_nothing)
{
	struct dp_ct_conn conn;

	connect_at(5, 6, XVS_CT_ALG_NONE, 21);
	assert_false(line(5, false, "PORT 10,0,0,1,4,1\r\n"));
	connect_at(5, 17, XVS_CT_ALG_FTP, 21);
	assert_false(line(5, false, "PORT 10,0,0,1,4,1\r\n"));
	*dp_ct_word(dp, 5) = 0;
	assert_false(line(5, false, "PORT 10,0,0,1,4,1\r\n"));
	assert_false(line(XVS_CT_NONE, false, "PORT 10,0,0,1,4,1\r\n"));
	assert_int_equal(expected(&conn), 0);
}

TEST(ct_expect, another_connection_of_the_same_slot_ends_nobody_elses)
{
	struct dp_ct_conn conn;

	connect_at(5, 6, XVS_CT_ALG_FTP, 21);
	assert_true(line(5, false, "PORT 10,0,0,1,4,1\r\n"));
	*dp_ct_word(dp, 5) += 1ULL << XVS_CT_SEQ_SHIFT;
	assert_true(line(5, false, "PORT 10,0,0,1,4,2\r\n"));
	assert_int_equal(expected(&conn), 2);
}

TEST(ct_expect, a_zone_has_so_many_at_most)
{
	struct dp_ct_conn conn;
	int n = 0;

	for (__u32 i = 0; i < 2 * XVS_CT_MAX_EXPECT; i++) {
		char text[64];

		/* Each time by another connection of that slot. */
		connect_at(5, 6, XVS_CT_ALG_FTP, 21);
		*dp_ct_word(dp, 5) += (__u64)(i & 0xff) << XVS_CT_SEQ_SHIFT;
		snprintf(text, sizeof(text), "PORT 10,0,0,1,%u,%u\r\n", 4 + (i >> 8), i & 0xff);
		n += line(5, false, text);
	}
	assert_int_equal(n, XVS_CT_MAX_EXPECT);
	/* One may have been where the connection is put. */
	assert_in_range(expected(&conn), XVS_CT_MAX_EXPECT - 1, XVS_CT_MAX_EXPECT);
}

#define ROW(name) cmocka_unit_test_setup_teardown(ct_expect_##name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(ftp_active_the_server_comes_to_the_client),
		ROW(ftp_passive_the_client_comes_to_the_server),
		ROW(nobody_announces_somebody_else),
		ROW(tftp_the_server_answers_from_another_port),
		ROW(connections_without_an_alg_announce_nothing),
		ROW(another_connection_of_the_same_slot_ends_nobody_elses),
		ROW(a_zone_has_so_many_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
