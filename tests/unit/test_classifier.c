// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The classifier by hand-made cases, and against the linear oracle while rules
 * come and go. What masks promise is in test_megaflow_property.c.
 */
#include <errno.h>
#include <time.h>

#include "classifier.h"
#include "classifier_linear.h"
#include "flow_gen.h"
#include "hmap.h"
#include "test.h"
#include "xvs/limits.h"

static struct rule *new_rule(const struct match *match, __u16 priority)
{
	struct ofacts none = {0};
	struct rule *r = rule_create(match, 0, priority, 0, &none, 0);

	assert_non_null(r);
	return r;
}

/* ip,nw_dst=ADDR/LEN */
static struct match dst_match(__u32 addr, int len)
{
	struct match m;

	memset(&m, 0, sizeof(m));
	m.mask.dl_type = 0xffff;
	m.key.dl_type = XVS_BE16(0x0800);
	m.mask.nw_dst = XVS_BE32(len ? ~0U << (32 - len) : 0);
	m.key.nw_dst = XVS_BE32(addr) & m.mask.nw_dst;
	return m;
}

static struct xvs_flow_key dst_key(__u32 addr)
{
	return dst_match(addr, 32).key;
}

TEST(classifier, higher_priority_wins_over_subtable_order)
{
	struct classifier *cls = classifier_create(1);
	struct match wide = dst_match(0x0a000000, 8), narrow = dst_match(0x0a010000, 16);
	struct rule *low = new_rule(&narrow, 1), *high = new_rule(&wide, 2);
	struct xvs_flow_key key = dst_key(0x0a010203);

	assert_int_equal(classifier_insert(cls, low), 0);
	assert_ptr_equal(classifier_lookup(cls, &key, NULL, NULL, NULL), low);
	assert_int_equal(classifier_insert(cls, high), 0);
	assert_ptr_equal(classifier_lookup(cls, &key, NULL, NULL, NULL), high);
	classifier_remove(cls, high);
	assert_ptr_equal(classifier_lookup(cls, &key, NULL, NULL, NULL), low);
	classifier_destroy(cls);
	rule_put(low);
	rule_put(high);
}

TEST(classifier, stops_when_nothing_higher_can_come)
{
	struct classifier *cls = classifier_create(1);
	struct match wide = dst_match(0x0a000000, 8), narrow = dst_match(0x0a010000, 16);
	struct rule *low = new_rule(&narrow, 1), *high = new_rule(&wide, 2);
	struct xvs_flow_key key = dst_key(0x0a010203), wc;

	classifier_insert(cls, low);
	classifier_insert(cls, high);
	memset(&wc, 0, sizeof(wc));
	classifier_lookup(cls, &key, &wc, NULL, NULL);
	assert_true(flow_equal(&wc, &wide.mask));

	/* A miss of the first has to look at the second. */
	key = dst_key(0x0b010203);
	memset(&wc, 0, sizeof(wc));
	assert_null(classifier_lookup(cls, &key, &wc, NULL, NULL));
	assert_true(flow_equal(&wc, &narrow.mask));
	classifier_destroy(cls);
	rule_put(low);
	rule_put(high);
}

TEST(classifier, only_adds_to_the_callers_mask)
{
	struct classifier *cls = classifier_create(1);
	struct match m = dst_match(0x0a000000, 8);
	struct rule *r = new_rule(&m, 1);
	struct xvs_flow_key key = dst_key(0x0a010203), wc;

	classifier_insert(cls, r);
	memset(&wc, 0, sizeof(wc));
	wc.tp_dst = 0xffff;
	classifier_lookup(cls, &key, &wc, NULL, NULL);
	assert_int_equal(wc.tp_dst, 0xffff);
	assert_int_equal(wc.nw_dst, m.mask.nw_dst);
	classifier_destroy(cls);
	rule_put(r);
}

TEST(classifier, equal_match_and_priority_do_not_coexist)
{
	struct classifier *cls = classifier_create(1);
	struct match m = dst_match(0x0a000000, 8);
	struct rule *a = new_rule(&m, 1), *b = new_rule(&m, 1), *c = new_rule(&m, 3);

	assert_int_equal(classifier_insert(cls, a), 0);
	assert_int_equal(classifier_insert(cls, b), -EEXIST);
	assert_int_equal(classifier_insert(cls, c), 0);
	assert_int_equal(classifier_n_rules(cls), 2);
	assert_int_equal(classifier_n_subtables(cls), 1);
	assert_ptr_equal(classifier_find(cls, &m, 1), a);
	assert_ptr_equal(classifier_find(cls, &m, 3), c);
	assert_null(classifier_find(cls, &m, 2));
	classifier_replace(cls, a, b);
	assert_ptr_equal(classifier_find(cls, &m, 1), b);
	classifier_remove(cls, b);
	classifier_remove(cls, c);
	assert_int_equal(classifier_n_subtables(cls), 0);
	classifier_destroy(cls);
	rule_put(a);
	rule_put(b);
	rule_put(c);
}

TEST(classifier, overlap_is_of_equal_priority_and_another_match)
{
	struct classifier *cls = classifier_create(1);
	struct match m = dst_match(0x0a000000, 8), inside = dst_match(0x0a010000, 16),
		     apart = dst_match(0x0b000000, 8);
	struct rule *r = new_rule(&m, 5);

	classifier_insert(cls, r);
	assert_true(classifier_overlaps(cls, &inside, 5));
	assert_false(classifier_overlaps(cls, &inside, 6));
	assert_false(classifier_overlaps(cls, &apart, 5));
	assert_false(classifier_overlaps(cls, &m, 5));
	classifier_destroy(cls);
	rule_put(r);
}

struct probes {
	unsigned int n;
	unsigned int last_priority;
};

static void note_probe(void *aux, const struct classifier_probe *probe)
{
	struct probes *p = aux;

	assert_true(!p->n || probe->max_priority <= p->last_priority);
	assert_true(probe->n_rules > 0);
	p->last_priority = probe->max_priority;
	p->n++;
}

/* Rules come and go; the order of subtables must stay true to priorities. */
TEST(classifier, agrees_with_a_linear_scan_while_rules_change)
{
	enum { MAX = 200, STEPS = 60000 };
	struct classifier *cls = classifier_create(7);
	static struct rule *rules[MAX];
	uint64_t seed = test_seed(0xc1a55);
	unsigned long n_hits = 0;
	size_t n = 0;

	for (int step = 0; step < STEPS; step++) {
		struct probes probes = {0};
		struct xvs_flow_key key;
		const struct rule *want, *got;

		if (n < MAX && (n < 5 || test_below(&seed, 2))) {
			struct match m;
			struct rule *r;

			gen_match(&seed, &m);
			r = new_rule(&m, (__u16)test_below(&seed, 40));
			if (classifier_insert(cls, r))
				rule_put(r);
			else
				rules[n++] = r;
		} else {
			size_t i = test_below(&seed, (uint32_t)n);

			classifier_remove(cls, rules[i]);
			rule_put(rules[i]);
			rules[i] = rules[--n];
		}
		gen_packet(&seed, &key);
		want = classifier_linear(rules, n, &key);
		got = classifier_lookup(cls, &key, NULL, note_probe, &probes);
		assert_int_equal(!want, !got);
		if (got) {
			assert_int_equal(got->priority, want->priority);
			assert_true(match_covers(&got->match, &key));
			n_hits++;
		}
		assert_true(probes.n <= classifier_n_subtables(cls));
	}
	assert_true(n_hits > STEPS / 4);
	assert_int_equal(classifier_n_rules(cls), n);
	while (n) {
		classifier_remove(cls, rules[--n]);
		rule_put(rules[n]);
	}
	assert_int_equal(classifier_n_rules(cls), 0);
	assert_int_equal(classifier_n_subtables(cls), 0);
	classifier_destroy(cls);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Time per rule must not depend on how many there are; the bound is generous,
 * a quadratic insert would miss it by orders of magnitude. */
TEST(classifier, inserts_and_removes_many_rules)
{
	const char *want = getenv("XVS_TEST_RULES");
	size_t n = want ? strtoul(want, NULL, 0) : 100000;
	struct rule **rules = calloc(n, sizeof(struct rule *));
	struct classifier *cls = classifier_create(3);
	double start = seconds(), end;

	assert_non_null(rules);
	for (size_t i = 0; i < n; i++) {
		struct match m = dst_match((__u32)i << 8, 24 + (int)(i % 4));

		m.mask.in_port = 0xffff;
		m.key.in_port = (__u16)(i >> 20);
		rules[i] = new_rule(&m, (__u16)(i * 7919));
		assert_int_equal(classifier_insert(cls, rules[i]), 0);
	}
	assert_int_equal(classifier_n_rules(cls), n);
	for (size_t i = 0; i < n; i += 97) {
		struct xvs_flow_key key = rules[i]->match.key;

		assert_ptr_equal(classifier_lookup(cls, &key, NULL, NULL, NULL), rules[i]);
	}
	for (size_t i = 0; i < n; i++) {
		classifier_remove(cls, rules[i]);
		rule_put(rules[i]);
	}
	end = seconds();
	print_message("%zu rules: %.2f s\n", n, end - start);
	assert_true(end - start < 1 + 30e-6 * (double)n);
	free(rules);
	classifier_destroy(cls);
}

struct item {
	struct hmap_node node;
	bool seen;
};

TEST(hmap, keeps_all_nodes_through_growth_and_removal)
{
	enum { N = 5000 };
	static struct item items[N];
	struct hmap_node *node;
	struct hmap m;
	size_t n = 0;

	hmap_init(&m);
	assert_null(hmap_first(&m));
	for (int i = 0; i < N; i++)
		hmap_insert(&m, &items[i].node, (__u64)i / 3 * 0x9e3779b97f4a7c15ULL);
	for (int i = 0; i < N; i += 2)
		hmap_remove(&m, &items[i].node);
	hmap_for_each (node, &m) {
		struct item *item = hmap_entry(node, struct item, node);

		assert_false(item->seen);
		assert_int_equal((item - items) % 2, 1);
		item->seen = true;
		n++;
	}
	assert_int_equal(n, N / 2);
	assert_int_equal(m.n, N / 2);
	for (node = hmap_bucket(&m, items[7].node.hash); node; node = node->next)
		if (node == &items[7].node)
			break;
	assert_non_null(node);
	hmap_fini(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(hmap, keeps_all_nodes_through_growth_and_removal),
		TEST_ROW(classifier, higher_priority_wins_over_subtable_order),
		TEST_ROW(classifier, stops_when_nothing_higher_can_come),
		TEST_ROW(classifier, only_adds_to_the_callers_mask),
		TEST_ROW(classifier, equal_match_and_priority_do_not_coexist),
		TEST_ROW(classifier, overlap_is_of_equal_priority_and_another_match),
		TEST_ROW(classifier, agrees_with_a_linear_scan_while_rules_change),
		TEST_ROW(classifier, inserts_and_removes_many_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
