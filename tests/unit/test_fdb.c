// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The MAC learning table: learning, moves, ageing, statics, eviction.
 */
#include <errno.h>

#include "fdb.h"
#include "test.h"
#include "xvs/limits.h"

static const __u8 mac_a[6] = {0x02, 0, 0, 0, 0, 0xa};
static const __u8 mac_b[6] = {0x02, 0, 0, 0, 0, 0xb};

static const __u8 *mac_n(unsigned int n)
{
	static __u8 mac[6] = {0x02, 0x77};

	mac[3] = (__u8)(n >> 16);
	mac[4] = (__u8)(n >> 8);
	mac[5] = (__u8)n;
	return mac;
}

static int port_of(const struct fdb *f, const __u8 mac[6], __u16 vlan)
{
	const struct fdb_entry *e = fdb_lookup(f, mac, vlan);

	return e ? e->port_no : -1;
}

TEST(fdb, learns_per_vlan_and_moves)
{
	struct fdb *f = fdb_create(1);

	assert_int_equal(port_of(f, mac_a, 0), -1);
	assert_int_equal(fdb_would_learn(f, mac_a, 0, 1), FDB_NEW);
	assert_int_equal(fdb_learn(f, mac_a, 0, 1, 100), FDB_NEW);
	assert_int_equal(fdb_learn(f, mac_a, 0, 1, 110), FDB_SAME);
	assert_int_equal(fdb_learn(f, mac_a, 10, 2, 110), FDB_NEW);
	assert_int_equal(port_of(f, mac_a, 0), 1);
	assert_int_equal(port_of(f, mac_a, 10), 2);
	assert_int_equal(fdb_would_learn(f, mac_a, 0, 3), FDB_MOVED);
	assert_int_equal(fdb_learn(f, mac_a, 0, 3, 120), FDB_MOVED);
	assert_int_equal(port_of(f, mac_a, 0), 3);
	assert_int_equal(fdb_count(f), 2);
	fdb_destroy(f);
}

TEST(fdb, entries_age_from_their_last_use)
{
	struct fdb *f = fdb_create(1);

	fdb_set_ageing_ms(f, 1000);
	assert_int_equal(fdb_ageing_ms(f), 1000);
	fdb_learn(f, mac_a, 0, 1, 100);
	fdb_learn(f, mac_b, 0, 2, 200);
	fdb_learn(f, mac_a, 0, 1, 900);
	assert_int_equal(fdb_expire(f, 1199), 0);
	assert_int_equal(fdb_expire(f, 1200), 1);
	assert_int_equal(port_of(f, mac_b, 0), -1);
	assert_int_equal(port_of(f, mac_a, 0), 1);
	/* A lookup does not keep an entry alive. */
	assert_int_equal(fdb_expire(f, 1900), 1);
	assert_int_equal(fdb_count(f), 0);
	fdb_destroy(f);
}

TEST(fdb, statics_neither_age_nor_move)
{
	struct fdb *f = fdb_create(1);

	fdb_set_ageing_ms(f, 1000);
	fdb_learn(f, mac_a, 0, 1, 100);
	assert_int_equal(fdb_add_static(f, mac_a, 0, 5, 100), 0);
	assert_int_equal(fdb_learn(f, mac_a, 0, 2, 200), FDB_SAME);
	assert_int_equal(fdb_would_learn(f, mac_a, 0, 2), FDB_SAME);
	assert_int_equal(port_of(f, mac_a, 0), 5);
	assert_int_equal(fdb_expire(f, 1000000), 0);
	assert_int_equal(fdb_flush(f, -1, false), 0);
	assert_int_equal(fdb_add_static(f, mac_a, 0, 6, 100), 0);
	assert_int_equal(port_of(f, mac_a, 0), 6);
	assert_int_equal(fdb_del(f, mac_a, 0), 0);
	assert_int_equal(fdb_del(f, mac_a, 0), -ENOENT);
	fdb_destroy(f);
}

TEST(fdb, flush_by_port)
{
	struct fdb *f = fdb_create(1);

	for (unsigned int i = 0; i < 100; i++)
		fdb_learn(f, mac_n(i), 0, (__u16)(1 + i % 4), 100);
	fdb_add_static(f, mac_a, 0, 2, 100);
	assert_int_equal(fdb_flush(f, 2, false), 25);
	assert_int_equal(fdb_count(f), 76);
	assert_int_equal(fdb_flush(f, 2, true), 1);
	assert_int_equal(fdb_flush(f, -1, true), 75);
	assert_int_equal(fdb_count(f), 0);
	fdb_destroy(f);
}

TEST(fdb, least_recently_used_goes_when_full)
{
	struct fdb *f = fdb_create(1);

	for (unsigned int i = 0; i < XVS_MAX_FDB; i++)
		assert_int_equal(fdb_learn(f, mac_n(i), 0, 1, 100 + i), FDB_NEW);
	/* The first is used again: the second is the oldest now. */
	fdb_learn(f, mac_n(0), 0, 1, 100000);
	assert_int_equal(fdb_learn(f, mac_a, 0, 2, 100001), FDB_NEW);
	assert_int_equal(fdb_count(f), XVS_MAX_FDB);
	assert_int_equal(port_of(f, mac_n(0), 0), 1);
	assert_int_equal(port_of(f, mac_n(1), 0), -1);
	assert_int_equal(port_of(f, mac_n(2), 0), 1);
	assert_int_equal(fdb_add_static(f, mac_b, 0, 3, 100002), 0);
	assert_int_equal(port_of(f, mac_n(2), 0), -1);
	assert_int_equal(fdb_count(f), XVS_MAX_FDB);
	fdb_destroy(f);
}

/* Entries of a port by the list and not by the table's counts. */
static size_t n_of_port(const struct fdb *f, __u16 port_no)
{
	struct fdb_entry *list;
	size_t n, n_found = 0;

	assert_int_equal(fdb_list(f, &list, &n), 0);
	for (size_t i = 0; i < n; i++)
		n_found += list[i].port_no == port_no;
	free(list);
	return n_found;
}

TEST(fdb, a_port_that_invents_addresses_evicts_its_own)
{
	struct fdb *f = fdb_create(1);
	__u64 now = 100;

	/* Idle since before the attack: the oldest of all. */
	for (unsigned int i = 0; i < 50; i++)
		fdb_learn(f, mac_n(0x100000 + i), 0, (__u16)(1 + i % 5), now++);
	fdb_add_static(f, mac_a, 0, 9, now);
	fdb_add_static(f, mac_b, 0, 1, now);
	for (unsigned int i = 0; i < 3 * XVS_MAX_FDB; i++) {
		assert_int_equal(fdb_would_learn(f, mac_n(i), 0, 9), FDB_NEW);
		assert_int_equal(fdb_learn(f, mac_n(i), 0, 9, now++), FDB_NEW);
	}
	assert_int_equal(fdb_count(f), XVS_MAX_FDB);
	for (unsigned int i = 0; i < 50; i++)
		assert_int_equal(port_of(f, mac_n(0x100000 + i), 0), 1 + i % 5);
	assert_int_equal(port_of(f, mac_a, 0), 9);
	assert_int_equal(port_of(f, mac_b, 0), 1);
	/* A newcomer elsewhere takes the attacker's place, not a neighbour's. */
	for (unsigned int i = 0; i < 100; i++)
		assert_int_equal(fdb_learn(f, mac_n(0x200000 + i), 0, 6, now++), FDB_NEW);
	assert_int_equal(n_of_port(f, 6), 100);
	assert_int_equal(n_of_port(f, 9), XVS_MAX_FDB - 50 - 1 - 100);
	assert_int_equal(fdb_count(f), XVS_MAX_FDB);
	fdb_destroy(f);
}

TEST(fdb, of_two_full_ports_the_longer_idle_one_gives)
{
	struct fdb *f = fdb_create(1);

	for (unsigned int i = 0; i < XVS_MAX_FDB; i++)
		fdb_learn(f, mac_n(i), 0, i % 2 ? 3 : XVS_MAX_PORTS - 1, i == 1 ? 50 : 100 + i);
	fdb_learn(f, mac_a, 0, 7, 100000);
	assert_int_equal(port_of(f, mac_n(1), 0), -1);
	fdb_learn(f, mac_b, 0, 7, 100000);
	assert_int_equal(port_of(f, mac_n(0), 0), -1);
	assert_int_equal(n_of_port(f, 3), XVS_MAX_FDB / 2 - 1);
	assert_int_equal(n_of_port(f, XVS_MAX_PORTS - 1), XVS_MAX_FDB / 2 - 1);
	fdb_destroy(f);
}

#define MODEL_PORTS 6
#define MODEL_MACS 12000

/* What the table should hold: an entry's port, or 0; the time of its last use. */
struct model {
	struct {
		__u16 port_no;
		bool is_static;
		__u64 used_ms;
	} e[MODEL_MACS];
	size_t n, n_port[MODEL_PORTS + 1]; /* n_port: dynamic ones */
};

static void model_remove(struct model *m, unsigned int i)
{
	if (!m->e[i].port_no)
		return;
	m->n--;
	m->n_port[m->e[i].port_no] -= !m->e[i].is_static;
	memset(&m->e[i], 0, sizeof(m->e[i]));
}

static void model_evict(struct model *m)
{
	unsigned int victim = MODEL_MACS;

	if (m->n < XVS_MAX_FDB)
		return;
	for (unsigned int i = 0; i < MODEL_MACS; i++) {
		size_t n = m->n_port[m->e[i].port_no];

		if (!m->e[i].port_no || m->e[i].is_static)
			continue;
		if (victim == MODEL_MACS || n > m->n_port[m->e[victim].port_no] ||
		    (n == m->n_port[m->e[victim].port_no] &&
		     m->e[i].used_ms < m->e[victim].used_ms))
			victim = i;
	}
	model_remove(m, victim);
}

static void model_put(struct model *m, unsigned int i, __u16 port_no, bool is_static, __u64 now)
{
	if (!is_static && m->e[i].is_static)
		return;
	if (!m->e[i].port_no)
		model_evict(m);
	model_remove(m, i);
	m->e[i].port_no = port_no;
	m->e[i].is_static = is_static;
	m->e[i].used_ms = now;
	m->n++;
	m->n_port[port_no] += !is_static;
}

static size_t model_flush(struct model *m, int port_no, __u64 not_after)
{
	size_t n_removed = 0;

	for (unsigned int i = 0; i < MODEL_MACS; i++) {
		if (!m->e[i].port_no || m->e[i].is_static || m->e[i].used_ms > not_after ||
		    (port_no >= 0 && m->e[i].port_no != port_no))
			continue;
		model_remove(m, i);
		n_removed++;
	}
	return n_removed;
}

/* Every entry is where the model has it: so evictions took the right ones, which
 * needs counts that survived all that went before. */
static void check_model(const struct fdb *f, const struct model *m)
{
	assert_int_equal(fdb_count(f), m->n);
	for (unsigned int i = 0; i < MODEL_MACS; i++)
		assert_int_equal(port_of(f, mac_n(i), 0), m->e[i].port_no ? m->e[i].port_no : -1);
}

static void model_step(struct fdb *f, struct model *m, uint64_t *seed, __u64 now)
{
	unsigned int i = (unsigned int)test_below(seed, MODEL_MACS);
	/* Uneven, so that the ports have different counts. */
	__u16 port_no = (__u16)(1 + test_below(seed, 1 + test_below(seed, MODEL_PORTS)));
	__u64 dice = test_below(seed, 20000);

	if (dice < 10) {
		size_t n = model_flush(m, port_no, UINT64_MAX);

		assert_int_equal(fdb_flush(f, port_no, false), n);
	} else if (dice < 30) {
		size_t n = model_flush(m, -1, now - 6000);

		assert_int_equal(fdb_expire(f, now), n);
	} else if (dice < 300) {
		assert_int_equal(fdb_del(f, mac_n(i), 0), m->e[i].port_no ? 0 : -ENOENT);
		model_remove(m, i);
	} else if (dice < 500) {
		assert_int_equal(fdb_add_static(f, mac_n(i), 0, port_no, now), 0);
		model_put(m, i, port_no, true, now);
	} else {
		fdb_learn(f, mac_n(i), 0, port_no, now);
		model_put(m, i, port_no, false, now);
	}
}

TEST(fdb, eviction_follows_a_model)
{
	uint64_t seed = test_seed(20261122);
	struct model *m = calloc(1, sizeof(*m));
	struct fdb *f = fdb_create(7);
	size_t n_full = 0;

	assert_non_null(m);
	fdb_set_ageing_ms(f, 6000);
	for (unsigned int i = 0; i < XVS_MAX_FDB - 10; i++) {
		fdb_learn(f, mac_n(i), 0, (__u16)(1 + i % 3), 10000 + i);
		model_put(m, i, (__u16)(1 + i % 3), false, 10000 + i);
	}
	/* A clock that advances with every step: no two entries are of one age. */
	for (unsigned int step = 0; step < 20000; step++) {
		model_step(f, m, &seed, 20000 + step);
		n_full += m->n == XVS_MAX_FDB;
		if (step % 500 == 0)
			check_model(f, m);
	}
	check_model(f, m);
	assert_true(n_full > 100);
	free(m);
	fdb_destroy(f);
}

TEST(fdb, full_of_statics_learns_nothing)
{
	struct fdb *f = fdb_create(1);

	/* Some are learned before they become static. */
	for (unsigned int i = 0; i < 100; i++)
		fdb_learn(f, mac_n(i), 0, (__u16)(1 + i % 3), 100);
	for (unsigned int i = 0; i < XVS_MAX_FDB; i++)
		assert_int_equal(fdb_add_static(f, mac_n(i), 0, 1, 100), 0);
	assert_int_equal(fdb_would_learn(f, mac_a, 0, 2), FDB_FULL);
	assert_int_equal(fdb_learn(f, mac_a, 0, 2, 200), FDB_FULL);
	assert_int_equal(fdb_add_static(f, mac_a, 0, 2, 200), -ENOSPC);
	assert_int_equal(fdb_count(f), XVS_MAX_FDB);
	fdb_destroy(f);
}

static void expect_same_entries(const struct fdb *a, const struct fdb *b)
{
	struct fdb_entry *x, *y;
	size_t n_x, n_y;

	assert_int_equal(fdb_list(a, &x, &n_x), 0);
	assert_int_equal(fdb_list(b, &y, &n_y), 0);
	assert_int_equal(n_x, n_y);
	for (size_t i = 0; i < n_x; i++) {
		assert_memory_equal(x[i].mac, y[i].mac, 6);
		assert_int_equal(x[i].vlan, y[i].vlan);
		assert_int_equal(x[i].port_no, y[i].port_no);
		assert_int_equal(x[i].is_static, y[i].is_static);
		assert_int_equal(x[i].used_ms, y[i].used_ms);
	}
	free(x);
	free(y);
}

/* The copy has the order of use as well: it evicts what the original would. */
TEST(fdb, clone_goes_on_as_the_original)
{
	uint64_t seed = test_seed(0xc10e);
	struct fdb *f = fdb_create(1), *copy;

	fdb_set_ageing_ms(f, 5000);
	for (unsigned int i = 0; i < 4 * XVS_MAX_FDB; i++)
		fdb_learn(f, mac_n(test_below(&seed, 2 * XVS_MAX_FDB)), (__u16)test_below(&seed, 2),
			  (__u16)(1 + test_below(&seed, 9)), i);
	assert_int_equal(fdb_add_static(f, mac_a, 3, 2, 7), 0);
	copy = fdb_clone(f);
	assert_non_null(copy);
	expect_same_entries(f, copy);
	assert_int_equal(fdb_ageing_ms(copy), 5000);
	for (unsigned int i = 0; i < XVS_MAX_FDB; i++) {
		__u16 port_no = (__u16)(1 + test_below(&seed, 9));

		assert_int_equal(fdb_learn(f, mac_n(100000 + i), 0, port_no, 50000 + i),
				 fdb_learn(copy, mac_n(100000 + i), 0, port_no, 50000 + i));
	}
	expect_same_entries(f, copy);
	assert_int_equal(fdb_flush(f, -1, true), XVS_MAX_FDB);
	assert_int_equal(fdb_count(copy), XVS_MAX_FDB);
	fdb_destroy(f);
	fdb_destroy(copy);
}

TEST(fdb, list_is_sorted_by_vlan_then_mac)
{
	struct fdb *f = fdb_create(99);
	struct fdb_entry *list;
	size_t n;

	for (unsigned int i = 0; i < 300; i++)
		fdb_learn(f, mac_n(i * 7919 % 300), (__u16)(i % 3), 1, 100);
	assert_int_equal(fdb_list(f, &list, &n), 0);
	assert_int_equal(n, fdb_count(f));
	for (size_t i = 1; i < n; i++)
		assert_true(list[i - 1].vlan < list[i].vlan ||
			    (list[i - 1].vlan == list[i].vlan &&
			     memcmp(list[i - 1].mac, list[i].mac, 6) < 0));
	free(list);
	fdb_destroy(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(fdb, learns_per_vlan_and_moves),
		TEST_ROW(fdb, entries_age_from_their_last_use),
		TEST_ROW(fdb, statics_neither_age_nor_move),
		TEST_ROW(fdb, flush_by_port),
		TEST_ROW(fdb, least_recently_used_goes_when_full),
		TEST_ROW(fdb, a_port_that_invents_addresses_evicts_its_own),
		TEST_ROW(fdb, of_two_full_ports_the_longer_idle_one_gives),
		TEST_ROW(fdb, eviction_follows_a_model),
		TEST_ROW(fdb, full_of_statics_learns_nothing),
		TEST_ROW(fdb, clone_goes_on_as_the_original),
		TEST_ROW(fdb, list_is_sorted_by_vlan_then_mac),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
