// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The classifier with many rules and many readers: what a change costs does not
 * grow with the table, 1,000,000 rules fit into 1 GiB, lookups may run at once.
 *
 * XVS_TEST_RULES says how many rules to take.
 */
#include <malloc.h>
#include <pthread.h>
#include <time.h>

#include "classifier.h"
#include "rule_set.h"
#include "test.h"
#include "xvs/limits.h"

#define V 1 /* any version: the rules are visible in all */

static struct rule *new_rule(const struct match *match, __u16 priority)
{
	struct rule *r = make_rule(match, 0, priority, NULL);

	assert_non_null(r);
	return r;
}

static void drop(struct classifier *cls, struct rule *r)
{
	classifier_remove(cls, r);
	rule_put(r);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t scale(void)
{
	const char *want = getenv("XVS_TEST_RULES");

	return want ? strtoul(want, NULL, 0) : 100000;
}

/* in_port=A,ip,nw_dst=B/24 to 27, another for each 'i' */
static struct rule *network_rule(size_t i)
{
	struct match m = {0};

	m.mask.in_port = 0xffff;
	m.key.in_port = (__u16)(i >> 20);
	m.mask.dl_type = 0xffff;
	m.key.dl_type = XVS_BE16(0x0800);
	m.mask.nw_dst = XVS_BE32(~0U << (8 - i % 4));
	m.key.nw_dst = XVS_BE32(i << 8);
	return new_rule(&m, (__u16)(i * 7919));
}

/* Time per rule must not depend on how many there are; the bound is generous,
 * a quadratic insert would miss it by orders of magnitude. */
TEST(classifier_scale, inserts_and_removes_many_rules)
{
	size_t n = scale();
	struct rule **rules = calloc(n, sizeof(struct rule *));
	struct classifier *cls = classifier_create(3);
	struct classifier_stats stats;
	double start = seconds(), end;

	assert_non_null(rules);
	for (size_t i = 0; i < n; i++) {
		rules[i] = network_rule(i);
		assert_int_equal(classifier_insert(cls, rules[i]), 0);
	}
	classifier_stats(cls, &stats);
	assert_int_equal(stats.n_rules, n);
	for (size_t i = 0; i < n; i += 97) {
		struct flow_key key = match_of(rules[i]).key;

		assert_ptr_equal(classifier_lookup(cls, V, &key, NULL), rules[i]);
	}
	for (size_t i = 0; i < n; i++)
		drop(cls, rules[i]);
	end = seconds();
	print_message("%zu rules: %.2f s\n", n, end - start);
	assert_true(end - start < 1 + 30e-6 * (double)n);
	classifier_stats(cls, &stats);
	assert_int_equal(stats.n_rules, 0);
	assert_int_equal(stats.n_nodes, 0);
	free(rules);
	classifier_destroy(cls);
}

/* A prefix of one of 'n' networks, as access lists have them: many hosts, many
 * /24, some wider ones. */
static __u32 acl_prefix(uint64_t *seed, unsigned int n, __u32 *mask)
{
	unsigned int len = GEN_PICK(seed, 32, 32, 32, 30, 28, 24, 24, 24, 23, 20, 16, 8);
	uint64_t net = test_below(seed, n);
	__u32 addr = (__u32)test_random(&net);

	*mask = ~0U << (32 - len);
	return ((addr & 0xffff0000) | (test_random(seed) & 0xffff)) & *mask;
}

static void acl_port(uint64_t *seed, __be16 *key, __be16 *mask)
{
	unsigned int len = GEN_PICK(seed, 16, 16, 16, 16, 6, 10, 12, 14);
	__u32 port = GEN_PICK(seed, 80, 443, 53, 22, 25, test_below(seed, 65536));

	*mask = XVS_BE16(0xffff << (16 - len));
	*key = XVS_BE16(port) & *mask;
}

static void acl_match(uint64_t *seed, struct match *m)
{
	__u32 mask;

	memset(m, 0, sizeof(*m));
	m->mask.dl_type = 0xffff;
	m->key.dl_type = XVS_BE16(0x0800);
	if (test_below(seed, 8)) {
		m->key.nw_src = XVS_BE32(acl_prefix(seed, 2000, &mask));
		m->mask.nw_src = XVS_BE32(mask);
	}
	if (test_below(seed, 12)) {
		m->key.nw_dst = XVS_BE32(acl_prefix(seed, 500, &mask));
		m->mask.nw_dst = XVS_BE32(mask);
	}
	if (!test_below(seed, 6))
		return;
	m->mask.nw_proto = 0xff;
	m->key.nw_proto = (__u8)GEN_PICK(seed, 6, 6, 6, 17);
	if (!test_below(seed, 8))
		acl_port(seed, &m->key.tp_src, &m->mask.tp_src);
	if (test_below(seed, 5))
		acl_port(seed, &m->key.tp_dst, &m->mask.tp_dst);
}

static size_t heap_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* 1,000,000 rules in 1 GiB, the rules themselves included. */
TEST(classifier_scale, a_rule_takes_at_most_1073_bytes)
{
	size_t n = scale(), before = heap_bytes(), n_in = 0, bytes;
	struct rule **rules = calloc(n, sizeof(struct rule *));
	struct classifier *cls = classifier_create(3);
	struct classifier_stats stats;
	uint64_t seed = test_seed(0xac1);
	double start = seconds();

	assert_non_null(rules);
	for (size_t i = 0; i < n; i++) {
		struct match m;

		acl_match(&seed, &m);
		/* The first wins: every rule has a priority of its own. */
		rules[n_in] = new_rule(&m, (__u16)(65535 - i * 65536 / n));
		if (classifier_insert(cls, rules[n_in]))
			rule_put(rules[n_in]);
		else
			n_in++;
	}
	classifier_stats(cls, &stats);
	bytes = heap_bytes() - before;
	/* Allocators of sanitizers do not say. */
	if (!before)
		bytes = stats.bytes + n_in * sizeof(struct rule);
	print_message("%zu rules: %.2f s, %zu bytes a rule, %zu of them the classifier's; "
		      "%zu nodes, %zu subtables, %zu buckets\n",
		      n_in, seconds() - start, bytes / n_in, stats.bytes / n_in, stats.n_nodes,
		      stats.n_subtables, stats.n_buckets);
	assert_true(n_in > n - n / 10);
	assert_true(bytes / n_in <= (1ULL << 30) / XVS_MAX_RULES);
	while (n_in)
		drop(cls, rules[--n_in]);
	free(rules);
	classifier_destroy(cls);
}

/* --- readers at once --- */

struct reader {
	const struct classifier *cls;
	const struct rule_set *set;
	uint64_t seed;
	__u64 sum; /* of all that was found */
};

static void *read_all(void *aux)
{
	struct reader *r = aux;

	for (int i = 0; i < 20000; i++) {
		struct flow_key key, wc = {0};
		const struct rule *found;

		rule_set_packet(r->set, &r->seed, &key);
		found = classifier_lookup(r->cls, V, &key, &wc);
		r->sum = r->sum * 31 + (found ? found->priority : 0);
		for (int w = 0; w < FLOW_KEY_WORDS; w++)
			r->sum = r->sum * 31 + wc.w[w];
	}
	return NULL;
}

TEST(classifier_scale, lookups_do_not_disturb_each_other)
{
	struct classifier *cls = classifier_create(3);
	uint64_t seed = test_seed(0x7ead);
	struct reader alone, both[2];
	struct rule_set set;
	pthread_t other;

	rule_set_init(&set, &seed);
	rule_set_fill(&set, &seed, 300);
	for (size_t i = 0; i < set.n; i++)
		assert_int_equal(classifier_insert(cls, set.rule[i]), 0);
	alone = both[0] = both[1] = (struct reader){.cls = cls, .set = &set, .seed = seed};
	read_all(&alone);
	assert_int_equal(pthread_create(&other, NULL, read_all, &both[1]), 0);
	read_all(&both[0]);
	assert_int_equal(pthread_join(other, NULL), 0);
	assert_true(both[0].sum == alone.sum);
	assert_true(both[1].sum == alone.sum);
	classifier_destroy(cls);
	rule_set_fini(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(classifier_scale, inserts_and_removes_many_rules),
		TEST_ROW(classifier_scale, a_rule_takes_at_most_1073_bytes),
		TEST_ROW(classifier_scale, lookups_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
