// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * loader/datapath/dp_ct*.c: the daemon's side of the connection table. What programs
 * would write is written here by hand: an entry, and its word last.
 */
#include "test.h"

#include <errno.h>
#include <pthread.h>

#include "datapath_ct.h"
#include "dp_ct_private.h"
#include "dp_fake.h"

static struct dp *dp;

static int open_dp(void **state)
{
	const struct dp_options opt = {.flow_limit = 100, .ct_limit = 1000};

	return dp_open_fake(&opt, 2, &dp);
}

static int close_dp(void **state)
{
	dp_close(dp);
	return 0;
}

static struct xvs_ct_tuple tuple_of(__u16 zone, __u32 client)
{
	struct xvs_ct_tuple t = {
		.sport = XVS_BE16(40000),
		.dport = XVS_BE16(80),
		.zone = zone,
		.proto = 6,
		.family = 4,
	};

	t.src.ip4 = client;
	t.dst.ip4 = 0x0100000a;
	return t;
}

/* As a program enters one: at slot 'slot', whose time is over in 'seconds'. */
static void put(__u32 slot, const struct xvs_ct_tuple *t, __u8 state, __u8 flags, int seconds)
{
	struct xvs_ct_zone *zone = &dp->t.ct_zones[t->zone];
	__u32 expires = dp_ct_now(dp) + (__u32)(seconds * (int)dp->config.hz);

	dp->t.ct_entries[slot] = (struct xvs_ct_entry){.tuple = *t, .link = XVS_CT_NONE};
	*dp_ct_word(dp, slot) = xvs_ct_word(7, flags, state, dp_ct_tag(dp, t), expires);
	if (state == XVS_CT_S_ALIAS)
		return;
	zone->n_conns += state != XVS_CT_S_EXPECT;
	zone->n_half += !!(flags & XVS_CT_F_HALF);
	zone->n_expect += state == XVS_CT_S_EXPECT;
}

static __u32 n_living(void)
{
	struct dp_ct_conn conn;
	__u32 at = 0, n = 0;

	while (dp_ct_next(dp, dp_ct_now(dp), dp_ct_n_slots(dp), &at, &conn))
		n++;
	return n;
}

TEST(dp_ct, reads_what_lives_and_nothing_else)
{
	struct xvs_ct_tuple t[4];
	struct dp_ct_conn conn;
	__u32 at = 0;

	for (__u32 i = 0; i < 4; i++)
		t[i] = tuple_of(1, i + 1);
	put(3, &t[0], XVS_CT_S_ESTABLISHED, XVS_CT_F_REPLIED, 100);
	put(4, &t[1], XVS_CT_S_ESTABLISHED, XVS_CT_F_REPLIED, -1);
	put(5, &t[2], XVS_CT_S_CLAIMED, 0, 100);
	put(17, &t[3], XVS_CT_S_SYN_SENT, XVS_CT_F_HALF, 100);
	/* Its entry is being written for somebody else. */
	put(18, &t[3], XVS_CT_S_SYN_SENT, 0, 100);
	dp->t.ct_entries[18].tuple.dport++;

	assert_true(dp_ct_next(dp, dp_ct_now(dp), dp_ct_n_slots(dp), &at, &conn));
	assert_int_equal(conn.slot, 3);
	assert_int_equal(at, 4);
	assert_memory_equal(&conn.entry.tuple, &t[0], sizeof(t[0]));
	assert_int_equal(xvs_ct_word_state(conn.word), XVS_CT_S_ESTABLISHED);
	assert_true(dp_ct_next(dp, dp_ct_now(dp), dp_ct_n_slots(dp), &at, &conn));
	assert_int_equal(conn.slot, 17);
	assert_false(dp_ct_next(dp, dp_ct_now(dp), dp_ct_n_slots(dp), &at, &conn));
	assert_int_equal(at, dp_ct_n_slots(dp));
	assert_false(dp_ct_read(dp, dp_ct_now(dp), XVS_CT_NONE, &conn));
}

TEST(dp_ct, what_ended_is_gone_with_its_alias_and_counts_until_taken)
{
	struct xvs_ct_tuple t = tuple_of(2, 1), reply = tuple_of(2, 99);
	struct dp_ct_round round = {0};
	struct dp_ct_conn conn;
	struct xvs_ct_zone zone;

	put(10, &t, XVS_CT_S_SYN_SENT, XVS_CT_F_HALF, 100);
	put(20, &reply, XVS_CT_S_ALIAS, 0, 100);
	dp->t.ct_entries[10].link = 20;
	dp->t.ct_entries[20].link = 10;
	dp_ct_reap(dp, 0, dp_ct_n_slots(dp), &round);
	assert_int_equal(round.n_used, 2);
	assert_int_equal(round.n_half, 1);
	round = (struct dp_ct_round){0};
	assert_true(dp_ct_read(dp, dp_ct_now(dp), 10, &conn));
	assert_true(dp_ct_end(dp, &conn));
	assert_false(dp_ct_end(dp, &conn));
	assert_int_equal(n_living(), 0);
	assert_int_equal(xvs_ct_word_state(*dp_ct_word(dp, 10)), XVS_CT_S_DEAD);
	dp_ct_zone(dp, 2, &zone);
	assert_int_equal(zone.n_conns, 1);
	assert_int_equal(zone.n_half, 1);

	dp_ct_reap(dp, 0, dp_ct_n_slots(dp), &round);
	assert_int_equal(round.n_freed, 2);
	assert_int_equal(round.n_used, 0);
	dp_ct_zone(dp, 2, &zone);
	assert_int_equal(zone.n_conns, 0);
	assert_int_equal(zone.n_half, 0);
	/* A reader that still has the old word sees that the slot was another's. */
	assert_int_equal(xvs_ct_seq(*dp_ct_word(dp, 10)), 8);
}

TEST(dp_ct, an_alias_of_another_connection_stays)
{
	struct xvs_ct_tuple t = tuple_of(2, 1), reply = tuple_of(2, 99);
	struct dp_ct_conn conn;

	put(10, &t, XVS_CT_S_ESTABLISHED, 0, 100);
	put(20, &reply, XVS_CT_S_ALIAS, 0, 100);
	dp->t.ct_entries[10].link = 20;
	dp->t.ct_entries[20].link = 11;
	assert_true(dp_ct_read(dp, dp_ct_now(dp), 10, &conn));
	assert_true(dp_ct_end(dp, &conn));
	assert_int_equal(n_living(), 1);
}

TEST(dp_ct, another_owner_of_the_slot_is_not_ended)
{
	struct xvs_ct_tuple t = tuple_of(1, 1);
	struct dp_ct_conn conn;

	put(10, &t, XVS_CT_S_ESTABLISHED, 0, 100);
	assert_true(dp_ct_read(dp, dp_ct_now(dp), 10, &conn));
	*dp_ct_word(dp, 10) += 1ULL << XVS_CT_SEQ_SHIFT;
	assert_false(dp_ct_end(dp, &conn));
	assert_int_equal(n_living(), 1);
}

TEST(dp_ct, reaping_frees_only_what_is_over_and_counts_exactly)
{
	struct dp_ct_round round = {0};
	struct xvs_ct_zone zone;
	__u32 n_slots = dp_ct_n_slots(dp), n_over = 0;
	uint64_t seed = test_seed(5);

	for (__u32 slot = 0; slot < n_slots; slot++) {
		struct xvs_ct_tuple t = tuple_of((__u16)test_below(&seed, 3), slot);
		__u8 kind = (__u8)(XVS_CT_S_DEAD + test_below(&seed, XVS_CT_S_N - 2));
		bool conn = kind != XVS_CT_S_ALIAS && kind != XVS_CT_S_EXPECT;
		bool over = test_below(&seed, 2), half = conn && test_below(&seed, 2);

		n_over += over;
		put(slot, &t, kind, half ? XVS_CT_F_HALF : 0, over ? -10 : 10);
	}
	for (__u32 at = 0; at < n_slots; at += 100)
		dp_ct_reap(dp, at, 100, &round);
	assert_int_equal(round.n_freed, n_over);
	assert_int_equal(round.n_used, n_slots - n_over);
	assert_in_range(round.next, 1, 10 * dp->config.hz);

	/* The rest ends as well: nobody is left in any count. */
	for (__u32 slot = 0; slot < n_slots; slot++)
		if (xvs_ct_word_state(*dp_ct_word(dp, slot)) != XVS_CT_S_FREE)
			*dp_ct_word(dp, slot) -= 30 * dp->config.hz;
	round = (struct dp_ct_round){0};
	dp_ct_reap(dp, 0, UINT32_MAX, &round);
	assert_int_equal(round.n_used, 0);
	for (__u16 i = 0; i < 3; i++) {
		dp_ct_zone(dp, i, &zone);
		assert_int_equal(zone.n_conns, 0);
		assert_int_equal(zone.n_half, 0);
		assert_int_equal(zone.n_expect, 0);
	}
}

TEST(dp_ct, an_expectation_is_entered_once_and_counted)
{
	struct xvs_ct_tuple t = tuple_of(9, 1);
	struct dp_ct_conn conn;
	struct xvs_ct_zone zone;
	__u32 slot, again;

	t.sport = 0;
	assert_int_equal(dp_ct_expect(dp, &t, 77, &slot), 0);
	assert_int_equal(dp_ct_expect(dp, &t, 77, &again), -EEXIST);
	assert_true(dp_ct_read(dp, dp_ct_now(dp), slot, &conn));
	assert_int_equal(xvs_ct_word_state(conn.word), XVS_CT_S_EXPECT);
	assert_int_equal(conn.entry.master, 77);
	dp_ct_zone(dp, 9, &zone);
	assert_int_equal(zone.n_expect, 1);
	assert_int_equal(zone.n_conns, 0);
	assert_true(dp_ct_end(dp, &conn));
	assert_int_equal(dp_ct_expect(dp, &t, 78, &slot), 0);
	dp_ct_zone(dp, 9, &zone);
	assert_int_equal(zone.n_expect, 1);
}

TEST(dp_ct, expectations_never_push_out_what_lives)
{
	struct xvs_ct_tuple t = tuple_of(9, 1), other = tuple_of(1, 5);
	__u32 slot;

	for (__u32 i = 0; i < dp_ct_n_slots(dp); i++)
		put(i, &other, XVS_CT_S_UNREPLIED, XVS_CT_F_HALF, 100);
	t.sport = 0;
	assert_int_equal(dp_ct_expect(dp, &t, 1, &slot), -ENOSPC);
	assert_int_equal(n_living(), dp_ct_n_slots(dp));
}

TEST(dp_ct, settings_of_a_zone_leave_its_counts)
{
	struct dp_ct_zone_config config = {.max_conns = 5, .max_half = 2, .timeouts = 3};
	struct xvs_ct_zone zone;

	dp->t.ct_zones[65535].n_conns = 4;
	config.flags = XVS_CT_Z_NO_PICKUP;
	assert_int_equal(dp_ct_zone_set(dp, 65535, &config), 0);
	dp_ct_zone(dp, 65535, &zone);
	assert_int_equal(zone.n_conns, 4);
	assert_int_equal(zone.max_conns, 5);
	assert_int_equal(zone.max_half, 2);
	assert_int_equal(zone.timeouts, 3);
	assert_int_equal(zone.flags, XVS_CT_Z_NO_PICKUP);
	config.timeouts = XVS_CT_TIMEOUT_POLICIES;
	assert_int_equal(dp_ct_zone_set(dp, 65535, &config), -EINVAL);
}

TEST(dp_ct, timeouts_are_seconds_in_a_range)
{
	struct dp_ct_timeouts t, got;

	dp_ct_timeouts(dp, 0, &got);
	dp_ct_timeouts_default(&t);
	assert_memory_equal(&got, &t, sizeof(t));
	assert_int_equal(t.seconds[XVS_CT_T_TCP_ESTABLISHED], 432000);
	t.seconds[XVS_CT_T_UDP] = XVS_CT_TIMEOUT_MAX_S;
	assert_int_equal(dp_ct_timeouts_set(dp, 2, &t), 0);
	dp_ct_timeouts(dp, 2, &got);
	assert_int_equal(got.seconds[XVS_CT_T_UDP], XVS_CT_TIMEOUT_MAX_S);
	t.seconds[XVS_CT_T_UDP] = XVS_CT_TIMEOUT_MAX_S + 1;
	assert_int_equal(dp_ct_timeouts_set(dp, 2, &t), -EINVAL);
	t.seconds[XVS_CT_T_UDP] = 0;
	assert_int_equal(dp_ct_timeouts_set(dp, 2, &t), -EINVAL);
	t.seconds[XVS_CT_T_UDP] = 1;
	assert_int_equal(dp_ct_timeouts_set(dp, XVS_CT_TIMEOUT_POLICIES, &t), -EINVAL);
}

/* Into one of its own places. */
static __u32 place_of(const struct xvs_ct_tuple *t, __u32 i)
{
	return dp_ct_place(dp, xvs_ct_hash(t, dp->config.ct_seed), i);
}

TEST(dp_ct, a_packet_finds_its_connection_from_both_sides)
{
	struct xvs_ct_tuple t = tuple_of(1, 1), back = t, reply = tuple_of(1, 50);
	struct dp_ct_conn conn;
	__u32 at = place_of(&t, 9), alias = place_of(&reply, 3);
	bool answer;

	back.src = t.dst;
	back.dst = t.src;
	back.sport = t.dport;
	back.dport = t.sport;
	assert_false(dp_ct_find(dp, &t, &conn, &answer));
	put(at, &t, XVS_CT_S_ESTABLISHED, 0, 100);
	assert_true(dp_ct_find(dp, &t, &conn, &answer));
	assert_int_equal(conn.slot, at);
	assert_false(answer);
	assert_true(dp_ct_find(dp, &back, &conn, &answer));
	assert_int_equal(conn.slot, at);
	assert_true(answer);
	back.zone = 2;
	assert_false(dp_ct_find(dp, &back, &conn, &answer));
	back.zone = 1;

	/* Translated: answers are the alias'. */
	put(alias, &reply, XVS_CT_S_ALIAS, 0, 100);
	dp->t.ct_entries[at].link = alias;
	dp->t.ct_entries[alias].link = at;
	assert_true(dp_ct_find(dp, &reply, &conn, &answer));
	assert_int_equal(conn.slot, at);
	assert_true(answer);
	assert_false(dp_ct_find(dp, &back, &conn, &answer));
	dp->t.ct_entries[at].link = XVS_CT_NONE;
	assert_false(dp_ct_find(dp, &reply, &conn, &answer));
}

/* A program that keeps a connection alive, as fast as it can. */
static void *refresh(void *aux)
{
	__u64 *at = dp_ct_word(dp, 10), word = __atomic_load_n(at, __ATOMIC_SEQ_CST);

	while (xvs_ct_word_state(word) >= XVS_CT_S_LIVING) {
		__u64 next = (word & ~0xffffffffULL) | (__u32)(word + 1);

		if (__atomic_compare_exchange_n(at, &word, next, false, __ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST))
			word = next;
	}
	return NULL;
}

TEST(dp_ct, a_connection_ends_while_packets_refresh_it)
{
	struct xvs_ct_tuple t = tuple_of(1, 1);
	struct dp_ct_conn conn;
	pthread_t thread;

	for (int i = 0; i < 200; i++) {
		put(10, &t, XVS_CT_S_ESTABLISHED, 0, 100);
		assert_true(dp_ct_read(dp, dp_ct_now(dp), 10, &conn));
		assert_int_equal(pthread_create(&thread, NULL, refresh, NULL), 0);
		assert_true(dp_ct_end(dp, &conn));
		pthread_join(thread, NULL);
		assert_int_equal(xvs_ct_word_state(*dp_ct_word(dp, 10)), XVS_CT_S_DEAD);
	}
}

TEST(dp_ct, statistics_count_states)
{
	struct xvs_ct_tuple t = tuple_of(1, 1);
	struct dp_ct_stats stats;

	put(1, &t, XVS_CT_S_ESTABLISHED, 0, 10);
	put(2, &t, XVS_CT_S_ESTABLISHED, 0, 10);
	put(3, &t, XVS_CT_S_TIME_WAIT, 0, -10);
	put(4, &t, XVS_CT_S_ALIAS, 0, 10);
	dp_ct_stats(dp, &stats);
	assert_int_equal(stats.n_states[XVS_CT_S_ESTABLISHED], 2);
	assert_int_equal(stats.n_states[XVS_CT_S_ALIAS], 1);
	assert_int_equal(stats.n_states[XVS_CT_S_TIME_WAIT], 0);
	assert_int_equal(stats.n_states[XVS_CT_S_FREE], stats.n_slots - 3);
	assert_int_equal(stats.n_protos[6], 2);
}

#define ROW(name) cmocka_unit_test_setup_teardown(dp_ct_##name, open_dp, close_dp)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(reads_what_lives_and_nothing_else),
		ROW(what_ended_is_gone_with_its_alias_and_counts_until_taken),
		ROW(an_alias_of_another_connection_stays),
		ROW(another_owner_of_the_slot_is_not_ended),
		ROW(reaping_frees_only_what_is_over_and_counts_exactly),
		ROW(an_expectation_is_entered_once_and_counted),
		ROW(expectations_never_push_out_what_lives),
		ROW(settings_of_a_zone_leave_its_counts),
		ROW(timeouts_are_seconds_in_a_range),
		ROW(a_packet_finds_its_connection_from_both_sides),
		ROW(a_connection_ends_while_packets_refresh_it),
		ROW(statistics_count_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
