// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * loader/flow/flow_table_replace.c: all rules in pieces. Whatever the pieces,
 * lookups see the old rules up to the commit and the new ones from there on, and
 * what remains is what a replacement in one go leaves.
 */
#include <errno.h>

#include "sw_fixture.h"
#include "test.h"

#define MAX_RULES 60
#define N_PACKETS 24

struct batch {
	struct rule *rules[MAX_RULES];
	size_t n;
};

/* Few matches and priorities, so that rules stay, change, go and come twice. No
 * two matches have a priority in common: which of them decides is defined. */
static void make_batch(struct sw_fixture *f, uint64_t *seed, struct batch *b)
{
	b->n = test_below(seed, MAX_RULES + 1);
	for (size_t i = 0; i < b->n; i++) {
		uint32_t host = test_below(seed, 8), len = 29 + test_below(seed, 4);
		char text[128];

		host &= ~0U << (32 - len);
		snprintf(text, sizeof(text), "priority=%u,ip,nw_dst=10.0.0.%u/%u,actions=%s",
			 test_below(seed, 4) * 100 + host * 4 + len - 29, host, len,
			 test_below(seed, 2) ? "drop" : "output:vm1");
		b->rules[i] = sw_fixture_rule(f, text);
	}
}

static void put_batch(const struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		assert_int_equal(b->rules[i]->refs, 1);
		rule_put(b->rules[i]);
	}
}

/* What a table says to each of some packets: actions and priority. */
struct answers {
	int v[N_PACKETS];
};

static void ask(const struct flow_table *t, struct answers *a)
{
	for (unsigned int i = 0; i < N_PACKETS; i++) {
		struct flow_key key, wc;
		const struct rule *r;

		memset(&key, 0, sizeof(key));
		memset(&wc, 0, sizeof(wc));
		key.dl_type = XVS_BE16(0x0800);
		key.nw_dst = XVS_BE32(0x0a000000 + i);
		r = flow_table_lookup(t, 0, &key, &wc);
		a->v[i] = r ? r->priority * 2 + (r->actions.n && r->actions.v[0].port) : -1;
	}
}

static void expect(const struct flow_table *t, const struct answers *want, const char *when)
{
	struct answers got;

	ask(t, &got);
	for (unsigned int i = 0; i < N_PACKETS; i++)
		ROW_CHECK(when, got.v[i] == want->v[i], "10.0.0.%u: %d, not %d", i, got.v[i],
			  want->v[i]);
}

static void expect_same_list(const struct flow_table *a, const struct flow_table *b)
{
	struct rule **x, **y;
	size_t n_x, n_y;

	assert_int_equal(flow_table_list(a, &x, &n_x), 0);
	assert_int_equal(flow_table_list(b, &y, &n_y), 0);
	assert_int_equal(n_x, n_y);
	assert_int_equal(n_x, flow_table_count(a));
	for (size_t i = 0; i < n_x; i++) {
		struct match match = match_of(y[i]);

		assert_int_equal(x[i]->priority, y[i]->priority);
		assert_true(rule_has_match(x[i], &match));
		assert_true(ofacts_equal(&x[i]->actions, &y[i]->actions));
		assert_int_equal(x[i]->refs, 1);
	}
	free(x);
	free(y);
}

static void replace_in_pieces(struct flow_table *t, struct batch *b, uint64_t *seed,
			      const struct answers *new)
{
	struct flow_table_change *c;
	struct answers old;
	int rc;

	ask(t, &old);
	assert_int_equal(flow_table_replace_begin(t, b->rules, b->n, &c), 0);
	do {
		rc = flow_table_replace_prepare(c, 1 + test_below(seed, 9));
		expect(t, &old, "before the commit");
	} while (rc > 0);
	assert_int_equal(rc, 0);
	flow_table_replace_commit(c);
	do {
		expect(t, new, "after the commit");
	} while (flow_table_replace_finish(c, 1 + test_below(seed, 9)));
	expect(t, new, "at the end");
}

TEST(flow_table_replace, pieces_make_the_whole)
{
	static struct sw_fixture f, g;
	uint64_t seed = test_seed(0x91ece5);

	sw_fixture_init(&f);
	sw_fixture_init(&g);
	sw_fixture_lines(&f, "port vm0 1\nport vm1 2\n");
	sw_fixture_lines(&g, "port vm0 1\nport vm1 2\n");
	for (int round = 0; round < 300; round++) {
		uint64_t again = seed;
		struct batch a, b;
		struct answers new;

		make_batch(&f, &seed, &a);
		make_batch(&g, &again, &b);
		assert_int_equal(sw_fixture_replace(g.sw->tables, b.rules, b.n), 0);
		ask(g.sw->tables, &new);
		replace_in_pieces(f.sw->tables, &a, &seed, &new);
		expect_same_list(f.sw->tables, g.sw->tables);
	}
	sw_fixture_fini(&f);
	sw_fixture_fini(&g);
}

/* A rule that no table takes, anywhere in the batch. */
TEST(flow_table_replace, error_undoes_all_in_pieces)
{
	static struct sw_fixture f, g;
	uint64_t seed = test_seed(0xbad);

	sw_fixture_init(&f);
	sw_fixture_init(&g);
	sw_fixture_lines(&f, "port vm0 1\nport vm1 2\n");
	sw_fixture_lines(&g, "port vm0 1\nport vm1 2\n");
	for (int round = 0; round < 300; round++) {
		struct flow_table *t = f.sw->tables;
		uint64_t again = seed;
		struct flow_table_change *c;
		struct batch a, b, bad;
		struct answers old;
		__u64 serial;
		int rc;

		make_batch(&f, &seed, &a);
		make_batch(&g, &again, &b);
		assert_int_equal(sw_fixture_replace(t, a.rules, a.n), 0);
		assert_int_equal(sw_fixture_replace(g.sw->tables, b.rules, b.n), 0);
		ask(t, &old);
		serial = flow_table_serial(t);

		make_batch(&f, &seed, &bad);
		if (!bad.n)
			continue;
		bad.rules[test_below(&seed, (uint32_t)bad.n)]->table_id = 255;
		assert_int_equal(flow_table_replace_begin(t, bad.rules, bad.n, &c), 0);
		do {
			rc = flow_table_replace_prepare(c, 1 + test_below(&seed, 9));
			expect(t, &old, "before the error");
		} while (rc > 0);
		assert_int_equal(rc, -EINVAL);
		do {
			expect(t, &old, "after the error");
		} while (flow_table_replace_finish(c, 1 + test_below(&seed, 9)));
		assert_int_equal(flow_table_serial(t), serial);
		expect_same_list(t, g.sw->tables);
		put_batch(&bad);
	}
	sw_fixture_fini(&f);
	sw_fixture_fini(&g);
}

TEST(flow_table_replace, other_changes_wait)
{
	static struct sw_fixture f;
	struct flow_select all = {.table_id = -1, .out_port = -1, .out_group = -1};
	struct flow_table_change *c, *other;
	struct rule *first, *second;
	struct flow_table *t;

	sw_fixture_init(&f);
	sw_fixture_lines(&f, "port vm0 1\nport vm1 2\n");
	t = f.sw->tables;
	first = sw_fixture_rule(&f, "priority=1,ip,actions=drop");
	second = sw_fixture_rule(&f, "priority=2,ip,actions=drop");
	assert_int_equal(flow_table_replace_begin(t, &first, 1, &c), 0);
	for (int done = 0; done < 2; done++) {
		assert_int_equal(flow_table_insert(t, second, false), -EBUSY);
		assert_int_equal(flow_table_delete(t, &all), -EBUSY);
		assert_int_equal(
			flow_table_modify(t, &all,
					  &(struct flow_change){.actions = &second->actions,
								.now_ms = 0}),
			-EBUSY);
		assert_int_equal(flow_table_replace_begin(t, &second, 1, &other), -EBUSY);
		assert_int_equal(second->refs, 1);
		if (done)
			break;
		assert_int_equal(flow_table_replace_prepare(c, 100), 0);
		flow_table_replace_commit(c);
	}
	assert_false(flow_table_replace_finish(c, 100));
	assert_int_equal(flow_table_insert(t, second, false), 0);
	assert_int_equal(flow_table_count(t), 2);
	sw_fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(flow_table_replace, pieces_make_the_whole),
		TEST_ROW(flow_table_replace, error_undoes_all_in_pieces),
		TEST_ROW(flow_table_replace, other_changes_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
