// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The classifier's promises on random tables of every shape, with each
 * combination of its optimisations: the rule is the linear scan's, the mask
 * holds all that the answer depended on [CLS1], megaflows are equal or disjoint
 * [I5], explanations tell the truth, changes in any order leave nothing behind.
 * What translation makes of it is in test_megaflow_property.c, what happens
 * without memory in test_classifier_memory.c.
 *
 * XVS_TEST_SEED repeats one table, XVS_TEST_TABLES says how many to try, from
 * that one on.
 */
#include <errno.h>
#include <time.h>

#include "classifier.h"
#include "classifier_linear.h"
#include "rule_set.h"
#include "test.h"

#define PACKETS 16
#define VARIANTS 8
#define CONFIGS 8

struct packet {
	struct flow_key key;
	__u64 version;
	/* Of the lookup with the configuration at hand. */
	struct rule *rule;
	struct match megaflow;
	unsigned int n_bits[CONFIGS]; /* of the mask */
};

struct world {
	__u64 table_seed; /* repeats this table */
	uint64_t seed;
	const char *phase;
	struct rule_set set;
	struct flow_key used; /* bits that any rule matches on */
	struct classifier *cls;
	struct packet packet[PACKETS];
};

/* Lookups whose answer was checked, by what it was checked for. */
static struct {
	unsigned long long rule, flip, explain, change, find;
	unsigned long long pairs; /* of megaflows */
	unsigned long long hits, nodes;
	/* Masks that an optimisation, added to others, made wider or narrower. */
	unsigned long long wider[3], narrower[3];
} count;

static void print_world(const struct world *w, const char *what)
{
	struct classifier_config c = classifier_config(w->cls);

	print_error("XVS_TEST_SEED=0x%llx: %s: %s (%zu rules, %s, %s%s%s%s)\n",
		    (unsigned long long)w->table_seed, w->phase, what, w->set.n,
		    table_shape_name(w->set.gen.shape), c.priority_sort ? "priority sort, " : "",
		    c.staged ? "staged, " : "", c.prefix ? "prefix, " : "",
		    w->set.distinct ? "distinct priorities" : "few priorities");
}

#define WORLD_CHECK(w, cond)                     \
	do {                                     \
		if (!(cond)) {                   \
			print_world((w), #cond); \
			fail();                  \
		}                                \
	} while (0)

static struct classifier_config config_of(unsigned int bits)
{
	return (struct classifier_config){
		.priority_sort = bits & 1,
		.staged = bits & 2,
		.prefix = bits & 4,
	};
}

static unsigned int count_bits(const struct flow_key *mask)
{
	unsigned int n = 0;

	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		n += (unsigned int)__builtin_popcountll(mask->w[i]);
	return n;
}

static void insert_all(struct world *w)
{
	rule_set_shuffle(&w->set, &w->seed);
	for (size_t i = 0; i < w->set.n; i++)
		WORLD_CHECK(w, classifier_insert(w->cls, w->set.rule[i]) == 0);
}

static void check_stats(const struct world *w)
{
	struct classifier_stats stats;

	classifier_stats(w->cls, &stats);
	WORLD_CHECK(w, stats.n_rules == w->set.n);
	WORLD_CHECK(w, stats.bytes > 0);
	if (stats.n_nodes > 1)
		count.nodes++;
}

static void check_rule(const struct world *w, const struct flow_key *key, __u64 version,
		       const struct rule *got)
{
	const struct rule *want = classifier_linear(w->set.rule, w->set.n, version, key);

	WORLD_CHECK(w, !want == !got);
	if (!got)
		return;
	WORLD_CHECK(w, got->priority == want->priority);
	WORLD_CHECK(w, !w->set.distinct || got == want);
	WORLD_CHECK(w, linear_is_visible(got, version) && linear_matches(got, key));
}

/* What an explanation said, added up. */
struct told {
	const struct world *w;
	bool priority_sort;
	struct flow_key mask;
	const struct rule *best; /* of those that were found */
	unsigned int priority[XVS_STAGE_N]; /* of the last probe of each depth */
};

/* Subtables come by falling priority, and only as long as they can win. */
static void note_probe(struct told *told, const struct classifier_step *step)
{
	const struct world *w = told->w;

	WORLD_CHECK(w, step->depth < XVS_STAGE_N && step->stage <= XVS_STAGE_N);
	WORLD_CHECK(w, step->mask && step->n > 0);
	WORLD_CHECK(w, flow_mask_covers(step->mask, step->added));
	if (!told->priority_sort)
		return;
	WORLD_CHECK(w, step->priority <= told->priority[step->depth]);
	WORLD_CHECK(w, !told->best || step->priority > told->best->priority);
	told->priority[step->depth] = step->priority;
	for (int i = step->depth + 1; i < XVS_STAGE_N; i++)
		told->priority[i] = UINT16_MAX;
}

static void note_step(void *aux, const struct classifier_step *step)
{
	struct told *told = aux;
	const struct world *w = told->w;
	struct match match;

	WORLD_CHECK(w, step->depth >= 0 && step->depth <= XVS_STAGE_N);
	switch (step->kind) {
	case CLASSIFIER_PROBE:
		note_probe(told, step);
		break;
	case CLASSIFIER_BELOW:
		WORLD_CHECK(w, step->mask && flow_mask_covers(&told->mask, step->mask));
		WORLD_CHECK(w, !told->priority_sort || !told->best ||
				       step->priority > told->best->priority);
		for (int i = step->depth + 1; i < XVS_STAGE_N; i++)
			told->priority[i] = UINT16_MAX;
		break;
	case CLASSIFIER_SKIP:
		WORLD_CHECK(w, step->n > 0 && step->field < PREFIX_N);
		break;
	case CLASSIFIER_RULE:
		match = match_of(step->rule);
		WORLD_CHECK(w, flow_mask_covers(&match.mask, step->added));
		if (step->found && (!told->best || step->rule->priority > told->best->priority))
			told->best = step->rule;
		break;
	case CLASSIFIER_STOP:
		WORLD_CHECK(w, told->best && step->n > 0);
		WORLD_CHECK(w, step->priority <= told->best->priority);
		return;
	case CLASSIFIER_CLAUSE:
	case CLASSIFIER_CONJUNCTION:
		WORLD_CHECK(w, !"a classifier knows no conjunctions");
	}
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		WORLD_CHECK(w, !(step->added->w[i] & told->mask.w[i]));
	flow_mask_or(&told->mask, step->added);
	WORLD_CHECK(w, flow_equal(step->wc, &told->mask));
}

static void check_explain(const struct world *w, const struct packet *p)
{
	struct told told = {
		.w = w,
		.priority_sort = classifier_config(w->cls).priority_sort,
		.priority = {UINT16_MAX, UINT16_MAX, UINT16_MAX, UINT16_MAX},
	};
	struct flow_key wc = {0};

	WORLD_CHECK(w, classifier_explain(w->cls, p->version, &p->key, &wc, note_step, &told) ==
			       p->rule);
	WORLD_CHECK(w, flow_equal(&wc, &p->megaflow.mask));
	WORLD_CHECK(w, flow_equal(&told.mask, &wc));
	WORLD_CHECK(w, told.best == p->rule);
	count.explain++;
}

/* Another packet of the same megaflow, by way 'how'. */
static void make_variant(struct world *w, const struct packet *p, unsigned int how,
			 struct flow_key *key)
{
	struct flow_key other;

	if (how % 4 == 0)
		rule_set_packet(&w->set, &w->seed, &other);
	else if (how % 4 == 1)
		other = w->packet[test_below(&w->seed, PACKETS)].key;
	else
		gen_any_words(&w->seed, &other);
	for (int i = 0; i < FLOW_KEY_WORDS; i++) {
		__u64 free = ~p->megaflow.mask.w[i];

		if (how % 4 == 2) /* all that rules look at */
			other.w[i] = ~p->key.w[i];
		else if (how % 4 == 3) /* some of it */
			other.w[i] = p->key.w[i] ^ (other.w[i] & w->used.w[i]);
		key->w[i] = (p->key.w[i] & ~free) | (other.w[i] & free);
	}
}

static void check_variant(const struct world *w, const struct packet *p, const struct flow_key *key)
{
	struct flow_key wc = {0};
	const struct rule *got = classifier_lookup(w->cls, p->version, key, &wc);

	WORLD_CHECK(w, got == p->rule);
	WORLD_CHECK(w, flow_equal(&wc, &p->megaflow.mask));
	check_rule(w, key, p->version, got);
	count.flip++;
}

/* One at a time, each wildcarded bit that any rule looks at. */
static void check_each_bit(const struct world *w, const struct packet *p)
{
	for (int i = 0; i < FLOW_KEY_WORDS; i++) {
		__u64 bits = w->used.w[i] & ~p->megaflow.mask.w[i];

		for (; bits; bits &= bits - 1) {
			struct flow_key key = p->key;

			key.w[i] ^= bits & -bits;
			check_variant(w, p, &key);
		}
	}
}

/* A mask that has bits already only grows; with it the answer is as stable. */
static void check_preset(struct world *w, const struct packet *p)
{
	struct flow_key preset, wc, key, again;

	gen_any_words(&w->seed, &preset);
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		preset.w[i] &= test_random(&w->seed);
	wc = again = preset;
	WORLD_CHECK(w, classifier_lookup(w->cls, p->version, &p->key, &wc) == p->rule);
	WORLD_CHECK(w, flow_mask_covers(&wc, &preset));
	rule_set_packet(&w->set, &w->seed, &key);
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		key.w[i] = (p->key.w[i] & wc.w[i]) | (key.w[i] & ~wc.w[i]);
	WORLD_CHECK(w, classifier_lookup(w->cls, p->version, &key, &again) == p->rule);
	WORLD_CHECK(w, flow_equal(&again, &wc));
	count.flip += 2;
}

static void check_disjoint(const struct world *w, const struct packet *p)
{
	for (const struct packet *q = w->packet; q < p; q++) {
		if (q->version != p->version)
			continue;
		count.pairs++;
		if (!match_overlaps(&p->megaflow, &q->megaflow))
			continue;
		WORLD_CHECK(w, match_equal(&p->megaflow, &q->megaflow));
		WORLD_CHECK(w, p->rule == q->rule);
	}
}

static bool covers_rule(const struct flow_key *mask, const struct rule *r)
{
	struct match match = match_of(r);

	return flow_mask_covers(mask, &match.mask);
}

static void check_packet(struct world *w, struct packet *p)
{
	struct flow_key key;

	memset(&p->megaflow, 0, sizeof(p->megaflow));
	p->rule = classifier_lookup(w->cls, p->version, &p->key, &p->megaflow.mask);
	flow_mask_key(&p->megaflow.key, &p->key, &p->megaflow.mask);
	check_rule(w, &p->key, p->version, p->rule);
	WORLD_CHECK(w, classifier_lookup(w->cls, p->version, &p->key, NULL) == p->rule);
	WORLD_CHECK(w, !p->rule || covers_rule(&p->megaflow.mask, p->rule));
	/* Nothing is un-wildcarded that no rule asks for. */
	WORLD_CHECK(w, flow_mask_covers(&w->used, &p->megaflow.mask));
	count.rule += 2;
	count.hits += p->rule != NULL;
	check_disjoint(w, p);
	check_explain(w, p);
	check_preset(w, p);
	for (unsigned int i = 0; i < VARIANTS; i++) {
		make_variant(w, p, i, &key);
		check_variant(w, p, &key);
	}
}

/* The same rules with another configuration: built anew, or rebuilt. */
static void use_config(struct world *w, unsigned int bits)
{
	struct classifier_config config = config_of(bits), now;

	if (w->cls && test_below(&w->seed, 2)) {
		WORLD_CHECK(w, classifier_configure(w->cls, &config) == 0);
	} else {
		classifier_destroy(w->cls);
		w->cls = classifier_create(test_random(&w->seed));
		assert_non_null(w->cls);
		WORLD_CHECK(w, classifier_configure(w->cls, &config) == 0);
		insert_all(w);
	}
	now = classifier_config(w->cls);
	WORLD_CHECK(w, now.priority_sort == config.priority_sort && now.staged == config.staged &&
			       now.prefix == config.prefix);
	check_stats(w);
}

static void world_create(struct world *w, __u64 seed, size_t max_rules)
{
	memset(w, 0, sizeof(*w));
	w->table_seed = seed;
	w->seed = seed;
	rule_set_init(&w->set, &w->seed);
	rule_set_fill(&w->set, &w->seed, max_rules);
	rule_set_mask(&w->set, &w->used);
}

static void world_destroy(struct world *w)
{
	classifier_destroy(w->cls);
	rule_set_fini(&w->set);
}

static void count_widths(const struct world *w)
{
	for (int i = 0; i < PACKETS; i++) {
		const unsigned int *n = w->packet[i].n_bits;

		/* With none, the mask is that of all rules. */
		WORLD_CHECK(w, w->set.versioned || n[CONFIGS - 1] <= n[0]);
		for (unsigned int config = 0; config < CONFIGS; config++)
			for (unsigned int o = 0; o < 3; o++) {
				if (config & 1U << o)
					continue;
				count.wider[o] += n[config | 1U << o] < n[config];
				count.narrower[o] += n[config | 1U << o] > n[config];
			}
	}
}

static void lookup_all(struct world *w, struct flow_key masks[PACKETS])
{
	for (int i = 0; i < PACKETS; i++) {
		memset(&masks[i], 0, sizeof(masks[i]));
		classifier_lookup(w->cls, w->packet[i].version, &w->packet[i].key, &masks[i]);
	}
}

/* Prefix tracking by itself only takes bits away: in trees that are alike, made
 * from the same rules in the same order, and where the rule is one. */
static void check_prefixes(struct world *w)
{
	struct flow_key masks[2][PACKETS];
	unsigned int bits = test_below(&w->seed, CONFIGS) & ~4U;

	if (!w->set.distinct)
		return;
	w->phase = "prefixes";
	for (unsigned int i = 0; i < 2; i++) {
		struct classifier_config config = config_of(bits | i << 2);

		classifier_destroy(w->cls);
		w->cls = classifier_create(w->table_seed);
		assert_non_null(w->cls);
		WORLD_CHECK(w, classifier_configure(w->cls, &config) == 0);
		for (size_t k = 0; k < w->set.n; k++)
			WORLD_CHECK(w, classifier_insert(w->cls, w->set.rule[k]) == 0);
		lookup_all(w, masks[i]);
	}
	for (int i = 0; i < PACKETS; i++)
		WORLD_CHECK(w, flow_mask_covers(&masks[0][i], &masks[1][i]));
	count.rule += 2 * PACKETS;
}

static void check_table(__u64 seed)
{
	static struct world w;
	unsigned int first;

	world_create(&w, seed, RULE_SET_MAX);
	w.phase = "lookup";
	for (int i = 0; i < PACKETS; i++) {
		rule_set_packet(&w.set, &w.seed, &w.packet[i].key);
		w.packet[i].version = rule_set_version(&w.set, &w.seed);
	}
	first = test_below(&w.seed, CONFIGS);
	for (unsigned int n = 0; n < CONFIGS; n++) {
		unsigned int config = (first + n * 3) % CONFIGS;

		use_config(&w, config);
		for (int i = 0; i < PACKETS; i++) {
			check_packet(&w, &w.packet[i]);
			w.packet[i].n_bits[config] = count_bits(&w.packet[i].megaflow.mask);
		}
		check_each_bit(&w, &w.packet[test_below(&w.seed, PACKETS)]);
	}
	count_widths(&w);
	check_prefixes(&w);
	world_destroy(&w);
}

static void try_insert(struct world *w)
{
	struct classifier_stats before, after;
	struct rule *r = rule_set_draw(&w->set, &w->seed), *twin;
	struct match match;

	if (!r)
		return;
	rule_match(r, &match);
	WORLD_CHECK(w, classifier_insert(w->cls, r) == 0);
	rule_set_add(&w->set, r);
	if (test_below(&w->seed, 4))
		return;
	/* A second one of them is refused, in some version of both. */
	twin = make_rule(&match, 0, r->priority, NULL);
	twin->version_from = test_below(&w->seed, 2) ? 0 : r->version_from;
	twin->version_to = test_below(&w->seed, 2) ? UINT64_MAX : r->version_from + 1;
	classifier_stats(w->cls, &before);
	WORLD_CHECK(w, classifier_insert(w->cls, twin) == -EEXIST);
	classifier_stats(w->cls, &after);
	WORLD_CHECK(w, !memcmp(&before, &after, sizeof(before)));
	rule_put(twin);
	count.change++;
}

static void remove_one(struct world *w)
{
	struct rule *r = rule_set_take(&w->set, test_below(&w->seed, (uint32_t)w->set.n));

	classifier_remove(w->cls, r);
	rule_put(r);
}

static void check_few(struct world *w)
{
	struct packet *p = &w->packet[0];
	struct flow_key key;

	rule_set_packet(&w->set, &w->seed, &p->key);
	p->version = rule_set_version(&w->set, &w->seed);
	memset(&p->megaflow.mask, 0, sizeof(p->megaflow.mask));
	p->rule = classifier_lookup(w->cls, p->version, &p->key, &p->megaflow.mask);
	check_rule(w, &p->key, p->version, p->rule);
	make_variant(w, p, test_below(&w->seed, 4), &key);
	check_variant(w, p, &key);
	count.change += 2;
	count.flip--;
}

static void change_one(struct world *w, size_t max, bool grows)
{
	struct classifier_config config = config_of(test_below(&w->seed, CONFIGS));
	struct rule *r;

	if (!test_below(&w->seed, 60)) {
		WORLD_CHECK(w, classifier_configure(w->cls, &config) == 0);
	} else if (w->set.versioned && w->set.n && !test_below(&w->seed, 10)) {
		/* As a table retires a rule that it is about to remove. */
		r = w->set.rule[test_below(&w->seed, (uint32_t)w->set.n)];
		if (r->version_to > r->version_from + 1)
			r->version_to =
				r->version_from + 1 + test_below(&w->seed, RULE_SET_VERSIONS);
	} else if (w->set.n < max && (!w->set.n || test_below(&w->seed, 4) < (grows ? 3 : 1))) {
		try_insert(w);
	} else {
		remove_one(w);
	}
}

/* Grows and shrinks through the sizes where buckets become nodes and back. */
static void check_changes(__u64 seed)
{
	static const size_t sizes[] = {5, 12, 40, 150, 350};
	static struct world w;
	struct classifier_stats created, emptied;
	size_t max;

	world_create(&w, seed, 0);
	w.phase = "change";
	w.cls = classifier_create(seed);
	assert_non_null(w.cls);
	classifier_stats(w.cls, &created);
	max = sizes[test_below(&w.seed, 5)];
	for (size_t step = 0; step < 8 * max; step++) {
		change_one(&w, max, step / max % 4 < 2);
		rule_set_mask(&w.set, &w.used);
		for (int i = 0; i < 6; i++)
			check_few(&w);
	}
	while (w.set.n) {
		remove_one(&w);
		check_few(&w);
		check_stats(&w);
	}
	classifier_stats(w.cls, &emptied);
	WORLD_CHECK(&w, !emptied.n_rules && !emptied.n_subtables);
	WORLD_CHECK(&w, emptied.n_nodes == created.n_nodes);
	WORLD_CHECK(&w, emptied.n_buckets == created.n_buckets);
	WORLD_CHECK(&w, emptied.bytes == created.bytes);
	world_destroy(&w);
}

/* A match of the set, or nearly, or another of the same making. */
static void near_match(struct world *w, struct match *match)
{
	const struct rule *r = w->set.rule[test_below(&w->seed, (uint32_t)w->set.n)];

	if (!test_below(&w->seed, 3)) {
		table_gen_match(&w->set.gen, &w->seed, match);
		return;
	}
	rule_match(r, match);
	if (test_below(&w->seed, 2))
		return;
	if (test_below(&w->seed, 2))
		gen_flip(&w->seed, &match->key, &match->mask);
	else
		gen_flip(&w->seed, &match->mask, &match->mask);
	flow_mask_key(&match->key, &match->key, &match->mask);
}

static void check_find(__u64 seed)
{
	static struct world w;

	world_create(&w, seed, 150);
	w.phase = "find";
	use_config(&w, test_below(&w.seed, CONFIGS));
	for (int i = 0; i < 150; i++) {
		const struct rule *r = w.set.rule[test_below(&w.seed, (uint32_t)w.set.n)];
		__u16 priority = (__u16)(r->priority + !test_below(&w.seed, 4));
		__u64 version = rule_set_version(&w.set, &w.seed);
		struct match match;

		near_match(&w, &match);
		if (test_below(&w.seed, 2))
			rule_match(r, &match);
		WORLD_CHECK(&w,
			    classifier_find(w.cls, version, &match, priority) ==
				    linear_find(w.set.rule, w.set.n, version, &match, priority));
		WORLD_CHECK(&w, classifier_overlaps(w.cls, version, &match, priority) ==
					linear_overlaps(w.set.rule, w.set.n, version, &match,
							priority));
		count.find += 2;
	}
	world_destroy(&w);
}

TEST(classifier_property, lookup_is_the_linear_scan_and_masks_hold_what_it_depended_on)
{
	static const char *const names[] = {"priority sorting", "stages", "prefixes"};

	test_for_tables(check_table, 3000, 0xc1a55);
	print_message("%llu lookups, %llu hits; %llu trees\n", count.rule, count.hits, count.nodes);
	print_message("%llu other packets of a megaflow, %llu explanations, %llu pairs\n",
		      count.flip, count.explain, count.pairs);
	for (int i = 0; i < 3; i++)
		print_message("%s: %llu masks wider, %llu narrower\n", names[i], count.wider[i],
			      count.narrower[i]);
	/* A generator that misses all rules would prove nothing. */
	assert_true(count.hits > count.rule / 8 && count.hits < count.rule / 2 * 9 / 10);
}

TEST(classifier_property, changes_in_any_order_leave_nothing_behind)
{
	test_for_tables(check_changes, 200, 0xc4a6e);
	print_message("%llu lookups between changes\n", count.change);
}

TEST(classifier_property, find_and_overlaps_are_the_linear_scan)
{
	test_for_tables(check_find, 400, 0xf17d);
	print_message("%llu questions\n", count.find);
}

TEST(classifier_property, a_million_cases)
{
	unsigned long long n = count.rule + count.flip + count.explain + count.change + count.find;

	print_message("%llu cases\n", n);
	assert_true(n >= 1000000 || getenv("XVS_TEST_SEED") || getenv("XVS_TEST_TABLES"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(classifier_property,
			 lookup_is_the_linear_scan_and_masks_hold_what_it_depended_on),
		TEST_ROW(classifier_property, changes_in_any_order_leave_nothing_behind),
		TEST_ROW(classifier_property, find_and_overlaps_are_the_linear_scan),
		TEST_ROW(classifier_property, a_million_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
