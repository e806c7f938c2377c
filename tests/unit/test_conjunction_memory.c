// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Clauses of conjunctions without memory: a change that finds none leaves all as
 * it was; removing and looking up need none; nothing stays behind.
 */
#include <errno.h>

#include "alloc_faults.h"
#include "conjunction_linear.h"
#include "flow_table.h"
#include "rule_set.h"
#include "test.h"

#define PACKETS 6
#define RULES 12

struct world {
	uint64_t seed;
	struct rule_set set;
	struct flow_table *t;
	struct flow_key packet[PACKETS];
	struct rule *answer[PACKETS];
};

static unsigned int n_refused;

static void make_clauses(struct world *w, struct rule *r)
{
	for (unsigned int n = 1 + test_below(&w->seed, 4); n; n--) {
		struct ofact a = {.type = OFACT_CONJUNCTION,
				  .conjunction = {1 + test_below(&w->seed, 3),
						  (__u8)test_below(&w->seed, 3), 3}};

		assert_int_equal(ofacts_append(&r->actions, &a), 0);
	}
}

static void remember(struct world *w)
{
	for (int i = 0; i < PACKETS; i++)
		w->answer[i] = flow_table_lookup(w->t, 0, &w->packet[i], NULL);
}

static void check_as_before(struct world *w)
{
	long budget = alloc_budget;

	alloc_budget = 0;
	for (int i = 0; i < PACKETS; i++) {
		struct flow_key wc = {0};

		assert_ptr_equal(flow_table_lookup(w->t, 0, &w->packet[i], &wc), w->answer[i]);
	}
	alloc_budget = budget;
	assert_int_equal(flow_table_count(w->t), w->set.n);
}

static void check_linear(const struct world *w)
{
	__u32 conj_id;

	for (int i = 0; i < PACKETS; i++)
		assert_ptr_equal(flow_table_lookup(w->t, 0, &w->packet[i], NULL),
				 conjunction_linear(w->set.rule, w->set.n, RULE_VERSION_MAX - 1,
						    &w->packet[i], &conj_id));
}

static void insert_hard(struct world *w, struct rule *r)
{
	int err = -ENOMEM;

	remember(w);
	for (long budget = 0; err; budget++) {
		alloc_budget = budget;
		err = flow_table_insert(w->t, r, false);
		alloc_budget = -1;
		if (!err)
			break;
		assert_int_equal(err, -ENOMEM);
		assert_null(r->proxies);
		check_as_before(w);
		n_refused++;
	}
	rule_set_add(&w->set, rule_get(r));
}

/* Elsewhere. */
static void insert_and_delete(struct world *w)
{
	struct flow_select sel = {.table_id = 1, .out_port = -1, .out_group = -1};
	struct match any = {0};

	assert_int_equal(flow_table_insert(w->t, make_rule(&any, 1, 1, NULL), false), 0);
	assert_int_equal(flow_table_delete(w->t, &sel), 1);
}

/* Some rules become clauses, others cease to be. */
static void modify_hard(struct world *w)
{
	struct flow_select sel = {.table_id = -1, .out_port = -1, .out_group = -1};
	struct rule *donor;
	struct match any = {0};
	struct rule **all;
	size_t n;
	int rc = -ENOMEM;

	donor = make_rule(&any, 0, 0, NULL);
	if (test_below(&w->seed, 2))
		make_clauses(w, donor);
	remember(w);
	for (long budget = 0; rc < 0; budget++) {
		alloc_budget = budget;
		rc = flow_table_modify(
			w->t, &sel, &(struct flow_change){.actions = &donor->actions, .now_ms = 5});
		alloc_budget = -1;
		if (rc >= 0)
			break;
		assert_int_equal(rc, -ENOMEM);
		/* Nor is there anything that the next version would bring. */
		insert_and_delete(w);
		check_as_before(w);
		n_refused++;
	}
	assert_int_equal(rc, w->set.n);
	/* Those that are there now. */
	rule_set_fini(&w->set);
	assert_int_equal(flow_table_list(w->t, &all, &n), 0);
	for (size_t i = 0; i < n; i++) {
		assert_true(ofacts_equal(&all[i]->actions, &donor->actions));
		rule_set_add(&w->set, rule_get(all[i]));
	}
	free(all);
	rule_put(donor);
}

static void check_table(unsigned long long seed)
{
	static struct world w;
	size_t bytes = alloc_bytes;

	memset(&w, 0, sizeof(w));
	w.seed = seed;
	rule_set_init(&w.set, &w.seed);
	w.set.distinct = true;
	w.set.versioned = false;
	w.t = flow_table_create(seed);
	assert_non_null(w.t);
	for (int i = 0; i < RULES; i++) {
		struct rule *r = rule_set_draw(&w.set, &w.seed);

		if (!r)
			continue;
		if (i % 3)
			make_clauses(&w, r);
		insert_hard(&w, r);
		for (int k = 0; k < PACKETS; k++) {
			rule_set_packet(&w.set, &w.seed, &w.packet[k]);
			w.packet[k].conj_id = 0;
		}
		check_linear(&w);
	}
	modify_hard(&w);
	check_linear(&w);
	alloc_budget = 0;
	flow_table_destroy(w.t);
	rule_set_fini(&w.set);
	alloc_budget = -1;
	assert_int_equal(alloc_bytes, bytes);
}

TEST(conjunction_memory, without_memory_nothing_changes)
{
	test_for_tables(check_table, 200, 0xc0e);
	print_message("%u changes refused\n", n_refused);
	assert_true(n_refused > 1000 || getenv("XVS_TEST_SEED"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(conjunction_memory, without_memory_nothing_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
