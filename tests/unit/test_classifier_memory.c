// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The classifier and its memory: a change that finds none leaves all as it was,
 * wherever it is refused; removing, looking up and explaining need none; what
 * the statistics say is what is in use; nothing stays behind.
 *
 * XVS_TEST_SEED repeats one table, XVS_TEST_TABLES says how many to try, from
 * that one on.
 */
#include <errno.h>

#include "alloc_faults.h"
#include "classifier.h"
#include "classifier_linear.h"
#include "rule_set.h"
#include "test.h"

#define PACKETS 8
#define CONFIGS 8

struct answer {
	struct flow_key key;
	__u64 version;
	struct rule *rule;
	struct flow_key mask;
};

struct world {
	__u64 table_seed; /* repeats this table */
	uint64_t seed;
	struct rule_set set;
	struct classifier *cls;
	struct answer answer[PACKETS];
	struct classifier_stats stats;
	size_t bytes; /* in use when it began */
	bool smooth; /* there is memory for every change */
	__u64 digest; /* of all answers */
};

static unsigned long long n_refused, n_cases;

#define WORLD_CHECK(w, cond)                                                                \
	do {                                                                                \
		if (!(cond)) {                                                              \
			alloc_budget = -1;                                                  \
			print_error("XVS_TEST_SEED=0x%llx: %s (%zu rules, %s)\n",           \
				    (unsigned long long)(w)->table_seed, #cond, (w)->set.n, \
				    table_shape_name((w)->set.gen.shape));                  \
			fail();                                                             \
		}                                                                           \
	} while (0)

static struct classifier_config config_of(unsigned int bits)
{
	return (struct classifier_config){
		.priority_sort = bits & 1,
		.staged = bits & 2,
		.prefix = bits & 4,
	};
}

/* But for 'bytes': room for more may stay. */
static bool counts_equal(const struct classifier_stats *a, const struct classifier_stats *b)
{
	return a->n_rules == b->n_rules && a->n_nodes == b->n_nodes &&
	       a->n_subtables == b->n_subtables && a->n_buckets == b->n_buckets;
}

/* Another configuration half of the time. */
static void world_create(struct world *w, __u64 seed)
{
	struct classifier_config config;

	memset(w, 0, sizeof(*w));
	w->table_seed = seed;
	w->seed = seed;
	w->bytes = alloc_bytes;
	rule_set_init(&w->set, &w->seed);
	w->cls = classifier_create(seed);
	assert_non_null(w->cls);
	config = config_of(test_below(&w->seed, CONFIGS));
	if (test_below(&w->seed, 2))
		WORLD_CHECK(w, classifier_configure(w->cls, &config) == 0);
}

static void world_destroy(struct world *w)
{
	classifier_destroy(w->cls);
	rule_set_fini(&w->set);
	WORLD_CHECK(w, alloc_bytes == w->bytes);
}

/* What the table is like, to compare with later. */
static void remember(struct world *w)
{
	for (int i = 0; i < PACKETS; i++) {
		struct answer *a = &w->answer[i];

		rule_set_packet(&w->set, &w->seed, &a->key);
		a->version = rule_set_version(&w->set, &w->seed);
		memset(&a->mask, 0, sizeof(a->mask));
		a->rule = classifier_lookup(w->cls, a->version, &a->key, &a->mask);
	}
	classifier_stats(w->cls, &w->stats);
}

static void check_as_before(const struct world *w)
{
	struct classifier_stats now;

	classifier_stats(w->cls, &now);
	WORLD_CHECK(w, counts_equal(&now, &w->stats));
	for (int i = 0; i < PACKETS; i++) {
		const struct answer *a = &w->answer[i];
		struct flow_key wc = {0};

		WORLD_CHECK(w, classifier_lookup(w->cls, a->version, &a->key, &wc) == a->rule);
		WORLD_CHECK(w, flow_equal(&wc, &a->mask));
		n_cases++;
	}
}

static void digest_answer(struct world *w, const struct rule *r, const struct flow_key *wc)
{
	w->digest = w->digest * 31 + (r ? r->priority : 0);
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		w->digest = w->digest * 31 + wc->w[i];
}

static void check_oracle(struct world *w)
{
	for (int i = 0; i < PACKETS; i++) {
		const struct rule *want, *got;
		struct flow_key key, wc = {0};
		__u64 version = rule_set_version(&w->set, &w->seed);

		rule_set_packet(&w->set, &w->seed, &key);
		got = classifier_lookup(w->cls, version, &key, &wc);
		WORLD_CHECK(w, classifier_lookup(w->cls, version, &key, NULL) == got);
		want = classifier_linear(w->set.rule, w->set.n, version, &key);
		WORLD_CHECK(w, !got == !want);
		WORLD_CHECK(w, !got || got->priority == want->priority);
		WORLD_CHECK(w, !got || linear_matches(got, &key));
		digest_answer(w, got, &wc);
		n_cases++;
	}
}

/* With memory for one allocation more each time, until it is enough. Some have
 * it at once: what is optional is there for those that come later. */
static void insert_hard(struct world *w, struct rule *r)
{
	struct match match = match_of(r);
	bool is_smooth = !test_below(&w->seed, 4) || w->smooth;
	int err;

	remember(w);
	for (long budget = 0;; budget++) {
		alloc_budget = is_smooth ? -1 : budget;
		err = classifier_insert(w->cls, r);
		alloc_budget = -1;
		if (!err)
			break;
		WORLD_CHECK(w, err == -ENOMEM);
		n_refused++;
		check_as_before(w);
		WORLD_CHECK(w, !classifier_find(w->cls, r->version_from, &match, r->priority));
	}
	rule_set_add(&w->set, r);
}

static void configure_hard(struct world *w)
{
	struct classifier_config config = config_of(test_below(&w->seed, CONFIGS)), now, old;
	int err = -ENOMEM;

	remember(w);
	old = classifier_config(w->cls);
	for (long budget = 0; err; budget += 1 + budget / 8) {
		alloc_budget = w->smooth ? -1 : budget;
		err = classifier_configure(w->cls, &config);
		alloc_budget = -1;
		if (!err)
			break;
		WORLD_CHECK(w, err == -ENOMEM);
		n_refused++;
		check_as_before(w);
		now = classifier_config(w->cls);
		WORLD_CHECK(w, !memcmp(&now, &old, sizeof(now)));
	}
	now = classifier_config(w->cls);
	WORLD_CHECK(w, !memcmp(&now, &config, sizeof(now)));
	check_oracle(w);
}

/* Insertions and removals, those with no memory. Returns the digest. */
static __u64 change_table(__u64 seed, bool smooth)
{
	static const size_t sizes[] = {12, 40, 120};
	static struct world w;
	size_t max;

	world_create(&w, seed);
	w.smooth = smooth;
	max = sizes[test_below(&w.seed, 3)];
	for (size_t step = 0; step < max * 3 / 2; step++) {
		struct rule *r = rule_set_draw(&w.set, &w.seed);

		if (r)
			insert_hard(&w, r);
		if (w.set.n && !test_below(&w.seed, 3)) {
			r = rule_set_take(&w.set, test_below(&w.seed, (uint32_t)w.set.n));
			alloc_budget = 0;
			classifier_remove(w.cls, r);
			alloc_budget = -1;
			rule_put(r);
		}
		check_oracle(&w);
	}
	configure_hard(&w);
	world_destroy(&w);
	return w.digest;
}

/* What was refused has left no trace: answers and masks are those of a table
 * where nothing ever was. */
static void check_table(__u64 seed)
{
	__u64 hard = change_table(seed, false), smooth = change_table(seed, true);

	if (hard != smooth)
		print_error("XVS_TEST_SEED=0x%llx: refusals left a trace\n",
			    (unsigned long long)seed);
	assert_true(hard == smooth);
}

static size_t rules_bytes(const struct world *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->set.n; i++)
		n += alloc_size(w->set.rule[i]);
	return n;
}

static void fill(struct world *w, size_t max)
{
	rule_set_fill(&w->set, &w->seed, max);
	for (size_t i = 0; i < w->set.n; i++)
		WORLD_CHECK(w, classifier_insert(w->cls, w->set.rule[i]) == 0);
}

/* Takes all away without memory, in any order. */
static void check_remove(__u64 seed)
{
	static struct world w;
	struct classifier_stats stats;
	size_t bytes;

	world_create(&w, seed);
	classifier_stats(w.cls, &w.stats);
	bytes = alloc_bytes;
	fill(&w, RULE_SET_MAX);
	classifier_stats(w.cls, &stats);
	WORLD_CHECK(&w, stats.bytes == alloc_bytes - rules_bytes(&w));
	alloc_failures = 0;
	alloc_budget = 0;
	while (w.set.n) {
		struct rule *r = rule_set_take(&w.set, test_below(&w.seed, (uint32_t)w.set.n));

		classifier_remove(w.cls, r);
		rule_put(r);
		check_oracle(&w);
	}
	alloc_budget = -1;
	classifier_stats(w.cls, &stats);
	WORLD_CHECK(&w, counts_equal(&stats, &w.stats));
	WORLD_CHECK(&w, stats.bytes == w.stats.bytes && alloc_bytes == bytes);
	world_destroy(&w);
}

static void ignore_step(void *aux, const struct classifier_step *step)
{
	*(unsigned long *)aux += step->n;
}

/* Readers neither allocate nor change anything. */
static void check_readers(__u64 seed)
{
	static struct world w;
	unsigned long sum = 0;

	world_create(&w, seed);
	fill(&w, 100);
	alloc_budget = 0;
	alloc_failures = 0;
	remember(&w);
	for (int i = 0; i < PACKETS; i++) {
		const struct answer *a = &w.answer[i];
		const struct rule *r = w.set.rule[test_below(&w.seed, (uint32_t)w.set.n)];
		struct match match = match_of(r);
		struct flow_key wc = {0};

		WORLD_CHECK(&w, classifier_explain(w.cls, a->version, &a->key, &wc, ignore_step,
						   &sum) == a->rule);
		classifier_find(w.cls, a->version, &match, r->priority);
		classifier_overlaps(w.cls, a->version, &match, r->priority);
	}
	check_as_before(&w);
	WORLD_CHECK(&w, alloc_failures == 0);
	alloc_budget = -1;
	world_destroy(&w);
}

TEST(classifier_memory, a_change_that_finds_none_changes_nothing)
{
	test_for_tables(check_table, 60, 0x3e3);
	print_message("%llu changes refused, %llu lookups\n", n_refused, n_cases);
	assert_true(n_refused > 100);
}

TEST(classifier_memory, removal_needs_none_and_leaves_none)
{
	test_for_tables(check_remove, 150, 0x4e3);
}

TEST(classifier_memory, readers_need_none)
{
	test_for_tables(check_readers, 100, 0x5e3);
}

TEST(classifier_memory, creation_that_finds_none_is_null)
{
	struct classifier *cls = NULL;
	size_t before = alloc_bytes;

	for (long budget = 0; !cls; budget++) {
		alloc_budget = budget;
		cls = classifier_create(1);
		alloc_budget = -1;
		assert_true(cls || alloc_bytes == before);
	}
	classifier_destroy(cls);
	classifier_destroy(NULL);
	assert_int_equal(alloc_bytes, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(classifier_memory, a_change_that_finds_none_changes_nothing),
		TEST_ROW(classifier_memory, removal_needs_none_and_leaves_none),
		TEST_ROW(classifier_memory, readers_need_none),
		TEST_ROW(classifier_memory, creation_that_finds_none_is_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
