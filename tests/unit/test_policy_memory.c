// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A policy without memory: a command that finds none has changed nothing [POL4], a draft
 * that cannot be compiled is a draft still, older versions decide as before, deciding and
 * letting go need none, and nothing stays behind.
 */
#include <errno.h>

#include "alloc_faults.h"
#include "policy_gen.h"
#include "test.h"

#define LINES 60
#define STEPS 6
#define PACKETS 12

static unsigned int n_refused;

struct answers {
	struct flow_key key[PACKETS];
	struct policy_query q[PACKETS];
	__u32 rule[PACKETS];
};

static void ask(struct policy_gen *g, const struct policy *p, struct answers *a)
{
	for (int i = 0; i < PACKETS; i++) {
		struct policy_verdict v;

		policy_gen_packet(g, &a->key[i], &a->q[i]);
		policy_decide(p, &a->q[i], NULL, &v);
		a->rule[i] = v.rule->id;
		assert_int_equal(v.rule->id, policy_linear_decide(p, &g->world, &a->q[i]));
	}
}

static void check_answers(const struct policy *p, const struct answers *a)
{
	long budget = alloc_budget;

	alloc_budget = 0;
	for (int i = 0; i < PACKETS; i++) {
		struct flow_key wc = {0};
		struct policy_verdict v;

		policy_decide(p, &a->q[i], &wc, &v);
		assert_int_equal(v.rule->id, a->rule[i]);
	}
	alloc_budget = budget;
}

static void print(const struct policy *p, struct strbuf *out)
{
	strbuf_init(out);
	policy_format(out, p);
	assert_false(out->failed);
}

/* With ever more memory, until it is enough or refused for another reason. */
static void apply_with_faults(struct policy *draft, const char *line)
{
	struct strbuf before, after;
	int rc = -ENOMEM;

	print(draft, &before);
	for (long budget = 0; rc == -ENOMEM; budget++) {
		alloc_budget = budget;
		rc = policy_apply(draft, line, NULL, NULL);
		alloc_budget = -1;
		n_refused += rc == -ENOMEM;
		if (!rc)
			break;
		print(draft, &after);
		assert_string_equal(strbuf_str(&before), strbuf_str(&after));
		strbuf_fini(&after);
	}
	strbuf_fini(&before);
}

static void compile_with_faults(struct policy *draft)
{
	int rc = -ENOMEM;

	for (long budget = 0; rc; budget++) {
		alloc_budget = budget;
		rc = policy_compile(draft);
		alloc_budget = -1;
		n_refused += rc != 0;
		assert_true(!rc || rc == -ENOMEM);
		assert_int_equal(policy_is_compiled(draft), !rc);
	}
}

static void count(void *aux, const struct policy_change *change)
{
	(void)change;
	++*(unsigned int *)aux;
}

/* Nobody is told of a part, and want of memory inside tells of more rather than less. */
static void diff_with_faults(const struct policy *older, const struct policy *newer)
{
	unsigned int want = 0, got;
	int rc = -ENOMEM;

	assert_int_equal(policy_diff(older, newer, count, &want), 0);
	for (long budget = 0; budget < 8; budget++) {
		got = 0;
		alloc_budget = budget;
		rc = policy_diff(older, newer, count, &got);
		alloc_budget = -1;
		assert_true(rc ? !got : got >= want);
		n_refused += rc != 0;
	}
	assert_int_equal(rc, 0);
	assert_int_equal(got, want);
}

static struct policy *edit_with_faults(const struct policy *p)
{
	struct policy *draft;
	int rc = -ENOMEM;

	for (long budget = 0; rc; budget++) {
		alloc_budget = budget;
		rc = policy_edit(p, &draft);
		alloc_budget = -1;
		n_refused += rc != 0;
	}
	return draft;
}

static void learn_with_faults(struct policy_gen *g, struct policy *p)
{
	for (size_t i = 0; i < POLICY_GEN_LEARNED; i++) {
		int rc = -ENOMEM;

		for (long budget = 0; rc == -ENOMEM; budget++) {
			alloc_budget = budget;
			rc = policy_learn(p, g->learned[i].name, &g->learned[i].address, 1000);
			alloc_budget = -1;
			n_refused += rc == -ENOMEM;
		}
	}
	/* One pattern may have learned what another had no memory for. */
	assert_int_equal(policy_gen_learn(g, p), 0);
}

static void set_ports_with_faults(const struct policy_gen *g, struct policy *p)
{
	int rc = -ENOMEM;

	for (long budget = 0; rc; budget++) {
		alloc_budget = budget;
		rc = policy_gen_set_ports(g, p);
		alloc_budget = -1;
		n_refused += rc != 0;
	}
}

static void check_policy(unsigned long long seed)
{
	size_t bytes = alloc_bytes;
	struct policy *p, *next;
	struct policy_gen g;
	struct answers old;
	char line[600];

	policy_gen_world(&g, seed);
	assert_int_equal(policy_create(seed, &p), 0);
	set_ports_with_faults(&g, p);
	compile_with_faults(p);
	for (int step = 0; step < STEPS; step++) {
		ask(&g, p, &old);
		next = edit_with_faults(p);
		for (int i = 0; i < LINES / STEPS; i++) {
			policy_gen_line(&g, line, sizeof(line));
			apply_with_faults(next, line);
		}
		check_answers(p, &old);
		compile_with_faults(next);
		check_answers(p, &old);
		diff_with_faults(p, next);
		learn_with_faults(&g, next);
		alloc_budget = 0;
		policy_put(p);
		alloc_budget = -1;
		p = next;
	}
	ask(&g, p, &old);
	alloc_budget = 0;
	assert_true(policy_expire(p, 1000) || !policy_has_fqdns(p));
	policy_put(p);
	alloc_budget = -1;
	assert_int_equal(alloc_bytes, bytes);
}

TEST(policy_memory, a_change_without_memory_changes_nothing)
{
	test_for_tables(check_policy, 12, 1);
	assert_true(n_refused > 1000);
	print_message("%u changes refused\n", n_refused);
}

TEST(policy_memory, a_policy_without_memory_is_not_made)
{
	size_t bytes = alloc_bytes;
	struct policy *p;
	int rc = -ENOMEM;

	for (long budget = 0; rc; budget++) {
		alloc_budget = budget;
		rc = policy_create(1, &p);
		alloc_budget = -1;
		if (rc)
			assert_int_equal(alloc_bytes, bytes);
	}
	policy_put(p);
	assert_int_equal(alloc_bytes, bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(policy_memory, a_change_without_memory_changes_nothing),
		TEST_ROW(policy_memory, a_policy_without_memory_is_not_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
