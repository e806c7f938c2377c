// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * loader/flow/flow_table_txn.c and flow_table_add_begin: what is taken back was
 * never there, even without memory; what is committed is as if the changes had
 * been made one by one.
 */
#include "test.h"

#include <errno.h>

#include "alloc_faults.h"
#include "flow_table_txn.h"
#include "sw_fixture.h"

#define N_PACKETS 24
#define MAX_LISTED 400

/* A rule in the listing, and what of it could change. */
struct listed {
	struct rule *rule; /* a reference */
	struct ofacts actions;
	__u64 serial, modified_ms, n_packets, used_ms;
};

struct picture {
	struct listed v[MAX_LISTED];
	size_t n;
	int answers[N_PACKETS];
};

static void ask(const struct flow_table *t, int *answers)
{
	for (unsigned int i = 0; i < N_PACKETS; i++) {
		struct flow_key key = {.dl_type = XVS_BE16(0x0800)};
		const struct rule *r;

		key.nw_dst = XVS_BE32(0x0a000000 + i % 8);
		key.nw_proto = i < 8 ? 17 : 6;
		key.in_port = (__u16)(1 + i / 16);
		r = flow_table_lookup(t, (__u8)(i & 1), &key, NULL);
		answers[i] = r ? r->priority * 4 + (int)r->actions.n * 2 +
					     (r->actions.n && r->actions.v[0].port)
			       : -1;
	}
}

static void take_picture(const struct flow_table *t, struct picture *p)
{
	struct rule **list;

	assert_int_equal(flow_table_list(t, &list, &p->n), 0);
	assert_true(p->n <= MAX_LISTED);
	for (size_t i = 0; i < p->n; i++) {
		struct rule *r = list[i];

		p->v[i] = (struct listed){.rule = rule_get(r),
					  .serial = r->serial,
					  .modified_ms = r->modified_ms,
					  .n_packets = r->n_packets,
					  .used_ms = r->used_ms};
		assert_int_equal(ofacts_copy(&p->v[i].actions, &r->actions), 0);
	}
	free(list);
	ask(t, p->answers);
}

static void drop_picture(struct picture *p)
{
	for (size_t i = 0; i < p->n; i++) {
		rule_put(p->v[i].rule);
		ofacts_fini(&p->v[i].actions);
	}
}

/* The same rules, not others that are equal, each as it was. */
static void expect_picture(const struct flow_table *t, const struct picture *p)
{
	int answers[N_PACKETS];
	struct rule **list;
	size_t n;

	assert_int_equal(flow_table_list(t, &list, &n), 0);
	assert_int_equal(n, p->n);
	assert_int_equal(flow_table_count(t), n);
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(list[i], p->v[i].rule);
		assert_false(list[i]->removed);
		assert_int_equal(list[i]->refs, 2);
		assert_int_equal(list[i]->serial, p->v[i].serial);
		assert_int_equal(list[i]->modified_ms, p->v[i].modified_ms);
		assert_int_equal(list[i]->n_packets, p->v[i].n_packets);
		assert_int_equal(list[i]->used_ms, p->v[i].used_ms);
		assert_true(ofacts_equal(&list[i]->actions, &p->v[i].actions));
	}
	free(list);
	ask(t, answers);
	assert_memory_equal(answers, p->answers, sizeof(answers));
}

static void expect_equal(const struct flow_table *a, const struct flow_table *b)
{
	int in_a[N_PACKETS], in_b[N_PACKETS];
	struct rule **x, **y;
	size_t n_x, n_y;

	assert_int_equal(flow_table_list(a, &x, &n_x), 0);
	assert_int_equal(flow_table_list(b, &y, &n_y), 0);
	assert_int_equal(n_x, n_y);
	for (size_t i = 0; i < n_x; i++) {
		struct match match;

		rule_match(y[i], &match);
		assert_true(rule_has_match(x[i], &match));
		assert_int_equal(x[i]->priority, y[i]->priority);
		assert_int_equal(x[i]->table_id, y[i]->table_id);
		assert_int_equal(x[i]->cookie, y[i]->cookie);
		assert_true(ofacts_equal(&x[i]->actions, &y[i]->actions));
		/* Nobody else holds one: what went is gone. */
		assert_int_equal(x[i]->refs, 1);
	}
	free(x);
	free(y);
	ask(a, in_a);
	ask(b, in_b);
	assert_memory_equal(in_a, in_b, sizeof(in_a));
}

/* Few matches and priorities, so that rules take each other's places; clauses of
 * conjunctions, which are found otherwise, and timeouts. No two matches have a
 * priority in common: which of them decides is defined. */
static struct rule *draw_rule(const struct sw_fixture *f, uint64_t *seed)
{
	static const char *const actions[] = {"drop", "output:vm1", "output:vm0",
					      "conjunction(7,1/2)"};
	static const char *const matches[] = {"ip",
					      "udp",
					      "ip,nw_dst=10.0.0.1",
					      "ip,nw_dst=10.0.0.4/30",
					      "udp,nw_dst=10.0.0.6",
					      "ip,in_port=vm1"};
	uint32_t which = test_below(seed, 6);
	char text[160];

	snprintf(text, sizeof(text), "table=%u,cookie=%u,priority=%u,idle_timeout=%u,%s,actions=%s",
		 test_below(seed, 2), test_below(seed, 3), which * 10 + test_below(seed, 3),
		 test_below(seed, 3), matches[which], actions[test_below(seed, 4)]);
	return sw_fixture_rule(f, text);
}

/* A selection by what one rule is, or by less. */
static void draw_select(const struct rule *like, uint64_t *seed, struct flow_select *sel)
{
	*sel = (struct flow_select){.table_id = -1, .out_port = -1, .out_group = -1};
	if (test_below(seed, 8))
		rule_match(like, &sel->match);
	if (test_below(seed, 2))
		sel->table_id = like->table_id;
	sel->strict = test_below(seed, 3);
	sel->priority = like->priority;
	if (!test_below(seed, 3)) {
		sel->cookie = like->cookie;
		sel->cookie_mask = ~0ULL;
	}
}

/* One change; it may fail. Takes as many random numbers whatever becomes of it. */
static int change(const struct sw_fixture *f, uint64_t *seed)
{
	struct flow_table *t = f->sw->tables;
	long budget = alloc_budget;
	struct flow_select sel;
	struct rule *rule;
	int rc, kind;

	alloc_budget = -1;
	rule = draw_rule(f, seed);
	draw_select(rule, seed, &sel);
	alloc_budget = budget;
	kind = (int)test_below(seed, 7);
	if (kind < 4) {
		rc = flow_table_insert(t, rule, kind == 0);
		if (!rc)
			return 0;
	} else if (kind == 4) {
		rc = flow_table_modify(
			t, &sel, &(struct flow_change){.actions = &rule->actions, .now_ms = 99});
	} else {
		rc = flow_table_delete(t, &sel);
	}
	rule_put(rule);
	return rc;
}

static void count_some(const struct flow_table *t, uint64_t *seed)
{
	struct rule **list;
	size_t n;

	assert_int_equal(flow_table_list(t, &list, &n), 0);
	for (size_t i = 0; i < n; i++)
		list[i]->n_packets += test_below(seed, 100);
	free(list);
}

static void init_pair(struct sw_fixture *f, struct sw_fixture *g)
{
	sw_fixture_init(f);
	sw_fixture_line(f, "port vm0 1");
	sw_fixture_line(f, "port vm1 2");
	if (!g)
		return;
	sw_fixture_init(g);
	sw_fixture_line(g, "port vm0 1");
	sw_fixture_line(g, "port vm1 2");
}

/* Memory may run out at any place of the changes, and is not there at all for the
 * rollback. */
TEST(flow_table_txn, rollback_is_as_before)
{
	static struct sw_fixture f;
	static struct picture before;
	uint64_t seed = test_seed(0x7a11);
	size_t n_failed = 0;

	init_pair(&f, NULL);
	for (int round = 0; round < 600; round++) {
		bool faults = test_below(&seed, 2);

		for (uint32_t n = test_below(&seed, 12); n; n--)
			change(&f, &seed);
		count_some(f.sw->tables, &seed);
		take_picture(f.sw->tables, &before);
		flow_table_txn_begin(f.sw->tables);
		alloc_budget = faults ? (long)test_below(&seed, 40) : -1;
		for (uint32_t n = test_below(&seed, 30); n; n--)
			n_failed += change(&f, &seed) == -ENOMEM;
		alloc_budget = 0;
		flow_table_txn_rollback(f.sw->tables);
		alloc_budget = -1;
		expect_picture(f.sw->tables, &before);
		drop_picture(&before);
	}
	assert_true(n_failed > 100);
	sw_fixture_fini(&f);
}

TEST(flow_table_txn, commit_is_the_changes)
{
	static struct sw_fixture f, g;
	uint64_t seed = test_seed(0xc0441);

	init_pair(&f, &g);
	for (int round = 0; round < 600; round++) {
		uint32_t n = test_below(&seed, 30);
		uint64_t again = seed;

		flow_table_txn_begin(f.sw->tables);
		for (uint32_t i = 0; i < n; i++)
			assert_int_equal(change(&f, &seed), change(&g, &again));
		flow_table_txn_commit(f.sw->tables);
		expect_equal(f.sw->tables, g.sw->tables);
	}
	sw_fixture_fini(&f);
	sw_fixture_fini(&g);
}

/* Timeouts run for what was taken back, and for nothing else. */
static void note_expired(void *aux, const struct rule *rule, enum rule_expiry why)
{
	++*(size_t *)aux;
}

TEST(flow_table_txn, timeouts_are_taken_back_too)
{
	struct flow_select all = {.table_id = -1, .out_port = -1, .out_group = -1};
	static struct sw_fixture f;
	struct flow_table *t;
	size_t n = 0;

	init_pair(&f, NULL);
	t = f.sw->tables;
	sw_fixture_line(&f, "rule priority=1,hard_timeout=5,ip,actions=drop");
	sw_fixture_line(&f, "rule priority=2,ip,actions=drop");
	flow_table_txn_begin(t);
	sw_fixture_line(&f, "rule priority=3,hard_timeout=1,ip,actions=drop");
	sw_fixture_line(&f, "rule priority=2,hard_timeout=1,ip,actions=drop");
	/* Nothing goes in the middle. */
	assert_int_equal(flow_table_expire(t, 1000000, 100, note_expired, &n), 0);
	assert_int_equal(flow_table_delete(t, &all), 3);
	assert_int_equal(flow_table_next_expiry(t), UINT64_MAX);
	flow_table_txn_rollback(t);
	assert_int_equal(flow_table_expire(t, 4000, 100, note_expired, &n), 0);
	assert_int_equal(flow_table_expire(t, 1000000, 100, note_expired, &n), 1);
	assert_int_equal(n, 1);
	assert_int_equal(flow_table_count(t), 1);
	sw_fixture_fini(&f);
}

TEST(flow_table_txn, without_one_the_ends_do_nothing)
{
	static struct sw_fixture f;

	init_pair(&f, NULL);
	sw_fixture_line(&f, "rule priority=1,ip,actions=drop");
	flow_table_txn_rollback(f.sw->tables);
	flow_table_txn_commit(f.sw->tables);
	assert_int_equal(flow_table_count(f.sw->tables), 1);
	sw_fixture_fini(&f);
}

#define MAX_ADDED 40

static void put_rules(struct rule **rules, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rule_put(rules[i]);
}

/* Rules in addition, in pieces: as one by one, and before the commit not there. */
TEST(flow_table_add, pieces_are_as_one_by_one)
{
	static struct sw_fixture f, g;
	uint64_t seed = test_seed(0xadd);

	init_pair(&f, &g);
	for (int round = 0; round < 400; round++) {
		struct rule *rules[MAX_ADDED];
		struct flow_table_change *c;
		size_t n = test_below(&seed, MAX_ADDED + 1);
		int old[N_PACKETS], now[N_PACKETS];

		ask(f.sw->tables, old);
		for (size_t i = 0; i < n; i++) {
			uint64_t again = seed;
			struct rule *twin = draw_rule(&g, &again);

			rules[i] = draw_rule(&f, &seed);
			assert_int_equal(flow_table_insert(g.sw->tables, twin, false), 0);
		}
		assert_int_equal(flow_table_add_begin(f.sw->tables, rules, n, &c), 0);
		while (flow_table_replace_prepare(c, 1 + test_below(&seed, 9)) > 0) {
			ask(f.sw->tables, now);
			assert_memory_equal(old, now, sizeof(old));
		}
		flow_table_replace_commit(c);
		while (flow_table_replace_finish(c, 1 + test_below(&seed, 9)))
			;
		expect_equal(f.sw->tables, g.sw->tables);
	}
	sw_fixture_fini(&f);
	sw_fixture_fini(&g);
}

TEST(flow_table_add, error_undoes_it_and_tells_which)
{
	static struct sw_fixture f;
	static struct picture before;
	uint64_t seed = test_seed(0xadd2);

	init_pair(&f, NULL);
	for (int round = 0; round < 300; round++) {
		struct rule *rules[MAX_ADDED];
		struct flow_table_change *c;
		size_t n = 1 + test_below(&seed, MAX_ADDED), bad;
		int rc;

		for (uint32_t i = test_below(&seed, 12); i; i--)
			change(&f, &seed);
		take_picture(f.sw->tables, &before);
		for (size_t i = 0; i < n; i++)
			rules[i] = draw_rule(&f, &seed);
		bad = test_below(&seed, (uint32_t)n);
		rules[bad]->table_id = 255;
		assert_int_equal(flow_table_add_begin(f.sw->tables, rules, n, &c), 0);
		do {
			rc = flow_table_replace_prepare(c, 1 + test_below(&seed, 9));
		} while (rc > 0);
		assert_int_equal(rc, -EINVAL);
		assert_int_equal(flow_table_replace_refused(c), bad);
		while (flow_table_replace_finish(c, 1 + test_below(&seed, 9)))
			;
		expect_picture(f.sw->tables, &before);
		drop_picture(&before);
		put_rules(rules, n);
	}
	sw_fixture_fini(&f);
}

static int no_leak(void **state)
{
	return alloc_bytes ? -1 : 0;
}

#define ROW(module, name) cmocka_unit_test_teardown(module##_##name, no_leak)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(flow_table_txn, rollback_is_as_before),
		ROW(flow_table_txn, commit_is_the_changes),
		ROW(flow_table_txn, timeouts_are_taken_back_too),
		ROW(flow_table_txn, without_one_the_ends_do_nothing),
		ROW(flow_table_add, pieces_are_as_one_by_one),
		ROW(flow_table_add, error_undoes_it_and_tells_which),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
