// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Timeouts: random rules that are used, modified, added and deleted go exactly when
 * their time is over, in the heap alone and in a flow table, and no rule is looked
 * at that need not be.
 */
#include <errno.h>

#include "alloc_faults.h"
#include "flow_table.h"
#include "rule_timer.h"
#include "rules.h"
#include "test.h"

#define RULES 200

struct world {
	uint64_t seed;
	__u64 now;
	struct flow_table *t;
	struct rule *rule[RULES]; /* referenced; NULL: not there */
	__u64 expired_at[RULES]; /* 0: it has not */
	size_t n_expired[2]; /* by enum rule_expiry */
};

static struct rule *timed_rule(struct world *w, __u16 priority)
{
	const struct match any = {0};
	struct rule *r;

	r = rule_create(&(struct rule_spec){
		.match = &any,
		.table_id = (__u8)test_below(&w->seed, 3),
		.priority = priority,
		.idle_timeout_s = (__u16)(test_below(&w->seed, 2) * (1 + test_below(&w->seed, 9))),
		.hard_timeout_s = (__u16)(test_below(&w->seed, 2) * (1 + test_below(&w->seed, 30))),
		.now_ms = w->now,
	});
	assert_non_null(r);
	return r;
}

static __u64 when(const struct rule *r)
{
	__u64 active = r->used_ms > r->created_ms ? r->used_ms : r->created_ms, at = UINT64_MAX;

	if (r->idle_timeout_s)
		at = active + r->idle_timeout_s * 1000ULL;
	if (r->hard_timeout_s && r->modified_ms + r->hard_timeout_s * 1000ULL < at)
		at = r->modified_ms + r->hard_timeout_s * 1000ULL;
	return at;
}

static void put_rule(struct world *w, unsigned int i)
{
	struct rule *r = timed_rule(w, (__u16)i);

	/* One that is there with this priority may be replaced. */
	if (w->rule[i]) {
		r->table_id = w->rule[i]->table_id;
		rule_put(w->rule[i]);
	}
	w->rule[i] = rule_get(r);
	assert_int_equal(flow_table_insert(w->t, r, false), 0);
}

static void delete_rule(struct world *w, unsigned int i)
{
	struct flow_select sel = {.strict = true,
				  .priority = (__u16)i,
				  .table_id = -1,
				  .out_port = -1,
				  .out_group = -1};

	assert_int_equal(flow_table_delete(w->t, &sel), 1);
	rule_put(w->rule[i]);
	w->rule[i] = NULL;
}

static void change(struct world *w)
{
	unsigned int i = test_below(&w->seed, RULES);
	struct rule *r = w->rule[i];

	switch (test_below(&w->seed, 6)) {
	case 0:
		put_rule(w, i);
		break;
	case 1:
		if (r)
			delete_rule(w, i);
		break;
	case 2:
		if (r)
			r->modified_ms = w->now;
		break;
	default:
		if (r)
			r->used_ms = w->now;
	}
}

static void note_expired(void *aux, const struct rule *rule, enum rule_expiry why)
{
	struct world *w = aux;

	assert_true(rule->removed);
	assert_ptr_equal(w->rule[rule->priority], rule);
	assert_true(when(rule) <= w->now);
	assert_true(why == RULE_HARD ? rule->hard_timeout_s : rule->idle_timeout_s);
	w->n_expired[why]++;
	rule_put(w->rule[rule->priority]);
	w->rule[rule->priority] = NULL;
}

static void check_world(const struct world *w)
{
	size_t n = 0;
	__u64 first = UINT64_MAX;

	for (int i = 0; i < RULES; i++) {
		if (!w->rule[i])
			continue;
		n++;
		assert_false(w->rule[i]->removed);
		assert_true(when(w->rule[i]) > w->now);
		if (when(w->rule[i]) < first)
			first = when(w->rule[i]);
	}
	assert_int_equal(flow_table_count(w->t), n);
	/* It may be earlier than need be, but never later. */
	assert_true(flow_table_next_expiry(w->t) <= first);
	assert_true(flow_table_next_expiry(w->t) > w->now);
}

static void expire(struct world *w)
{
	size_t max = 1 + test_below(&w->seed, 5), total = 0, n;

	while (flow_table_next_expiry(w->t) <= w->now) {
		n = flow_table_expire(w->t, w->now, max, note_expired, w);
		assert_true(n <= max);
		total += n;
		assert_true(total <= RULES);
	}
	check_world(w);
}

TEST(rule_timer, rules_go_when_their_time_is_over)
{
	struct world w = {.seed = test_seed(0x7173), .now = 1000, .t = flow_table_create(1)};
	size_t bytes = alloc_bytes;

	assert_non_null(w.t);
	for (int step = 0; step < 20000; step++) {
		change(&w);
		if (!test_below(&w.seed, 4))
			w.now += test_below(&w.seed, 500);
		if (!test_below(&w.seed, 4))
			expire(&w);
	}
	/* All that can go, at last. */
	w.now += 100000;
	expire(&w);
	print_message("%zu idle, %zu hard\n", w.n_expired[RULE_IDLE], w.n_expired[RULE_HARD]);
	assert_true(w.n_expired[RULE_IDLE] > 100 && w.n_expired[RULE_HARD] > 100);
	for (unsigned int i = 0; i < RULES; i++)
		if (w.rule[i])
			delete_rule(&w, i);
	assert_int_equal(flow_table_next_expiry(w.t), UINT64_MAX);
	flow_table_destroy(w.t);
	assert_true(alloc_bytes < bytes);
}

/* Rules in use have their turn once in a timeout, others never. */
TEST(rule_timer, few_rules_are_asked)
{
	const struct match any = {0};
	struct rule_timers t = {0};
	enum rule_expiry why;
	size_t asked = 0;

	assert_int_equal(rule_timers_reserve(&t, 1000), 0);
	for (__u16 i = 0; i < 1000; i++) {
		struct rule *r = make_rule(&any, 0, i, NULL);

		r->idle_timeout_s = i ? 100 : 1;
		rule_timers_start(&t, r);
	}
	assert_int_equal(rule_timers_next(&t), 1000);
	for (__u64 now = 500; now < 50000; now += 500) {
		size_t max = SIZE_MAX;

		t.heap[0].rule->used_ms = now;
		assert_null(rule_timers_due(&t, now, &max, &why));
		asked += SIZE_MAX - max;
	}
	assert_in_range(asked, 25, 50);
	while (t.n) {
		struct rule *r = t.heap[t.n / 2].rule;

		rule_timers_stop(&t, r);
		assert_int_equal(r->timer, 0);
		rule_timers_stop(&t, r);
		rule_put(r);
	}
	rule_timers_fini(&t);
}

TEST(rule_timer, a_turn_is_no_longer_than_asked)
{
	const struct match any = {0};
	struct world w = {.now = 5000, .t = flow_table_create(1)};

	assert_non_null(w.t);
	for (__u16 i = 0; i < 100; i++) {
		struct rule *r = make_rule(&any, 0, i, NULL);

		r->idle_timeout_s = 1;
		/* Every second one has been used. */
		w.rule[i] = rule_get(r);
		assert_int_equal(flow_table_insert(w.t, r, false), 0);
		r->used_ms = i % 2 ? 4500 : 0;
	}
	for (size_t left = 50; left;) {
		size_t n = flow_table_expire(w.t, w.now, 10, note_expired, &w);

		assert_true(n <= 10);
		left -= n;
	}
	assert_int_equal(flow_table_count(w.t), 50);
	assert_int_equal(flow_table_next_expiry(w.t), 5500);
	flow_table_destroy(w.t);
	for (int i = 0; i < RULES; i++)
		rule_put(w.rule[i]);
}

TEST(rule_timer, nothing_expires_in_the_middle_of_a_replacement)
{
	const struct match any = {0};
	struct world w = {.now = 5000, .t = flow_table_create(1)};
	struct rule *old = make_rule(&any, 0, 1, NULL), *rules[2];
	struct flow_table_change *c;

	assert_non_null(w.t);
	old->hard_timeout_s = 1;
	assert_int_equal(flow_table_insert(w.t, old, false), 0);
	for (__u16 i = 0; i < 2; i++) {
		rules[i] = make_rule(&any, 0, 2, NULL);
		rules[i]->hard_timeout_s = (__u16)(i + 1);
	}
	rules[1]->priority = 3;
	w.rule[2] = rule_get(rules[0]);
	assert_int_equal(flow_table_replace_begin(w.t, rules, 2, &c), 0);
	assert_int_equal(flow_table_expire(w.t, w.now, 10, note_expired, &w), 0);
	assert_int_equal(flow_table_next_expiry(w.t), UINT64_MAX);
	assert_int_equal(flow_table_replace_prepare(c, SIZE_MAX), 0);
	flow_table_replace_commit(c);
	assert_int_equal(flow_table_expire(w.t, w.now, 10, note_expired, &w), 0);
	assert_false(flow_table_replace_finish(c, SIZE_MAX));
	assert_int_equal(flow_table_next_expiry(w.t), 1000);
	w.now = 1000;
	assert_int_equal(flow_table_expire(w.t, w.now, 10, note_expired, &w), 1);
	assert_int_equal(flow_table_count(w.t), 1);
	assert_int_equal(flow_table_next_expiry(w.t), 2000);
	flow_table_destroy(w.t);
}

/* Without memory for its timer a rule is not added. */
TEST(rule_timer, no_memory_refuses_the_rule)
{
	const struct match any = {0};
	struct flow_table *t = flow_table_create(1);
	unsigned int n_refused = 0;

	assert_non_null(t);
	for (__u16 i = 0; i < 100; i++) {
		struct rule *r = make_rule(&any, 0, i, NULL);

		r->idle_timeout_s = 1;
		for (long budget = 0;; budget++) {
			int err;

			alloc_budget = budget;
			err = flow_table_insert(t, r, false);
			alloc_budget = -1;
			if (!err)
				break;
			assert_int_equal(err, -ENOMEM);
			assert_int_equal(flow_table_count(t), i);
			assert_int_equal(r->timer, 0);
			n_refused++;
		}
		assert_int_equal(flow_table_count(t), i + 1);
	}
	assert_true(n_refused >= 8);
	flow_table_destroy(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(rule_timer, rules_go_when_their_time_is_over),
		TEST_ROW(rule_timer, few_rules_are_asked),
		TEST_ROW(rule_timer, a_turn_is_no_longer_than_asked),
		TEST_ROW(rule_timer, nothing_expires_in_the_middle_of_a_replacement),
		TEST_ROW(rule_timer, no_memory_refuses_the_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
