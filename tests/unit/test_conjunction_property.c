// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Conjunctive matches in random tables: the rule is the one that the linear twin
 * finds, the mask holds all that it depended on [CLS1], megaflows are equal or
 * disjoint [I5], explanations tell the same, rules come and go in any order and
 * leave nothing behind.
 *
 * XVS_TEST_SEED repeats one table, XVS_TEST_TABLES says how many to try, from
 * that one on.
 */
#include "conjunction_linear.h"

#include "classifier_linear.h"
#include "rule_set.h"
#include "rule_table.h"
#include "test.h"

#define PACKETS 16
#define VARIANTS 8
#define MAX_RULES 60
#define LEVELS 3 /* priorities that clauses have */

struct packet {
	struct flow_key key;
	__u64 version;
	const struct rule *rule;
	struct match megaflow;
};

struct world {
	__u64 table_seed; /* repeats this table */
	uint64_t seed;
	struct rule_set set;
	struct flow_key used; /* bits that any rule matches on */
	struct rule_table *table;
	__u16 level[LEVELS];
	struct packet packet[PACKETS];
};

static unsigned long long n_lookups, n_conjunctions, n_variants;

#define WORLD_CHECK(w, cond)                                                                \
	do {                                                                                \
		if (!(cond)) {                                                              \
			print_error("XVS_TEST_SEED=0x%llx: %s (%zu rules, %s)\n",           \
				    (unsigned long long)(w)->table_seed, #cond, (w)->set.n, \
				    table_shape_name((w)->set.gen.shape));                  \
			fail();                                                             \
		}                                                                           \
	} while (0)

/* One to three, of any clause; odd IDs have three clauses, even ones two. */
static void make_clause(struct world *w, struct rule *r)
{
	unsigned int n = 1 + test_below(&w->seed, 3);

	while (n--) {
		struct ofact a = {.type = OFACT_CONJUNCTION,
				  .conjunction.id = 1 + test_below(&w->seed, 4)};

		a.conjunction.n_clauses = a.conjunction.id % 2 ? 3 : 2;
		a.conjunction.clause = (__u8)test_below(&w->seed, a.conjunction.n_clauses);
		assert_int_equal(ofacts_append(&r->actions, &a), 0);
	}
	r->priority = w->level[test_below(&w->seed, LEVELS)];
}

/* The same match, for what has been found to be in conjunction 'id'. */
static struct rule *with_conj_id(struct rule *r, __u32 id)
{
	struct match match = match_of(r);
	struct rule *with;

	match.key.conj_id = XVS_BE32(id);
	match.mask.conj_id = 0xffffffff;
	with = make_rule(&match, 0, r->priority, NULL);
	with->version_from = r->version_from;
	with->version_to = r->version_to;
	rule_put(r);
	return with;
}

static void draw_rule(struct world *w)
{
	struct rule *r = rule_set_draw(&w->set, &w->seed);
	unsigned int kind = test_below(&w->seed, 10);

	if (!r)
		return;
	if (kind < 6)
		make_clause(w, r);
	else if (kind < 9)
		r = with_conj_id(r, 1 + test_below(&w->seed, 4));
	/* The priority is another one, and the match may be. */
	if (linear_conflicts(w->set.rule, w->set.n, r)) {
		rule_put(r);
		return;
	}
	WORLD_CHECK(w, rule_table_insert(w->table, r) == 0);
	rule_set_add(&w->set, r);
}

static void world_create(struct world *w, __u64 seed)
{
	struct classifier_config config;

	memset(w, 0, sizeof(*w));
	w->table_seed = seed;
	w->seed = seed;
	rule_set_init(&w->set, &w->seed);
	/* So that the right rule is one. */
	w->set.distinct = true;
	for (int i = 0; i < LEVELS; i++)
		w->level[i] = (__u16)test_random(&w->seed);
	config = (struct classifier_config){
		.priority_sort = test_below(&w->seed, 4),
		.staged = test_below(&w->seed, 4),
		.prefix = test_below(&w->seed, 4),
	};
	w->table = rule_table_create(seed, &config);
	assert_non_null(w->table);
}

static void fill(struct world *w)
{
	unsigned int n = test_below(&w->seed, MAX_RULES);

	while (n--)
		draw_rule(w);
	rule_set_mask(&w->set, &w->used);
}

static void world_destroy(struct world *w)
{
	struct classifier_stats stats = {0};

	while (w->set.n) {
		struct rule *r = rule_set_take(&w->set, test_below(&w->seed, (uint32_t)w->set.n));

		rule_table_remove(w->table, r);
		WORLD_CHECK(w, !r->proxies);
		rule_put(r);
	}
	rule_table_stats(w->table, &stats);
	WORLD_CHECK(w, !stats.n_rules && !stats.n_nodes && !stats.n_buckets);
	rule_table_destroy(w->table);
}

/* A packet that some rules are met by, as far as they do not contradict. */
static void make_packet(struct world *w, struct flow_key *key)
{
	unsigned int n = 1 + test_below(&w->seed, 4);

	rule_set_packet(&w->set, &w->seed, key);
	while (w->set.n && n--) {
		struct match m = match_of(w->set.rule[test_below(&w->seed, (uint32_t)w->set.n)]);

		for (int i = 0; i < FLOW_KEY_WORDS; i++)
			key->w[i] = (key->w[i] & ~m.mask.w[i]) | m.key.w[i];
	}
	key->conj_id = 0;
}

static struct rule *look_up(const struct world *w, const struct flow_key *key, __u64 version,
			    struct flow_key *wc)
{
	const struct conjunction_query q = {.version = version, .key = key, .wc = wc};

	n_lookups++;
	return rule_table_lookup(w->table, &q);
}

static void check_answer(const struct world *w, const struct flow_key *key, __u64 version,
			 const struct rule *got)
{
	__u32 conj_id;

	WORLD_CHECK(w, got == conjunction_linear(w->set.rule, w->set.n, version, key, &conj_id));
	n_conjunctions += conj_id != 0;
}

struct told {
	struct flow_key mask;
	bool again;
};

static void note_step(void *aux, const struct classifier_step *step)
{
	struct told *told = aux;

	flow_mask_or(&told->mask, step->added);
	told->again |= step->kind == CLASSIFIER_CONJUNCTION;
}

static void check_explain(const struct world *w, const struct packet *p)
{
	struct flow_key wc = {0};
	struct told told = {0};
	const struct conjunction_query q = {.version = p->version,
					    .key = &p->key,
					    .wc = &wc,
					    .step = note_step,
					    .step_aux = &told};

	WORLD_CHECK(w, rule_table_lookup(w->table, &q) == p->rule);
	WORLD_CHECK(w, flow_equal(&wc, &p->megaflow.mask));
	WORLD_CHECK(w, flow_equal(&told.mask, &wc));
}

/* Another packet of the same megaflow. */
static void check_variant(struct world *w, const struct packet *p)
{
	struct flow_key other, key, wc = {0};
	const struct rule *got;

	if (test_below(&w->seed, 2))
		make_packet(w, &other);
	else
		gen_any_words(&w->seed, &other);
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		key.w[i] = (p->key.w[i] & p->megaflow.mask.w[i]) |
			   (other.w[i] & ~p->megaflow.mask.w[i]);
	key.conj_id = 0;
	got = look_up(w, &key, p->version, &wc);
	WORLD_CHECK(w, got == p->rule);
	WORLD_CHECK(w, flow_equal(&wc, &p->megaflow.mask));
	check_answer(w, &key, p->version, got);
	n_variants++;
}

static void check_packet(struct world *w, struct packet *p)
{
	make_packet(w, &p->key);
	p->version = rule_set_version(&w->set, &w->seed);
	p->megaflow = (struct match){0};
	p->rule = look_up(w, &p->key, p->version, &p->megaflow.mask);
	flow_mask_key(&p->megaflow.key, &p->key, &p->megaflow.mask);
	check_answer(w, &p->key, p->version, p->rule);
	WORLD_CHECK(w, look_up(w, &p->key, p->version, NULL) == p->rule);
	WORLD_CHECK(w, flow_mask_covers(&w->used, &p->megaflow.mask));
	check_explain(w, p);
	for (int i = 0; i < VARIANTS; i++)
		check_variant(w, p);
	for (const struct packet *q = w->packet; q < p; q++)
		if (q->version == p->version && match_overlaps(&p->megaflow, &q->megaflow)) {
			WORLD_CHECK(w, match_equal(&p->megaflow, &q->megaflow));
			WORLD_CHECK(w, p->rule == q->rule);
		}
}

static void check_table(unsigned long long seed)
{
	static struct world w;

	world_create(&w, seed);
	fill(&w);
	for (int i = 0; i < PACKETS; i++)
		check_packet(&w, &w.packet[i]);
	world_destroy(&w);
}

static void change_one(struct world *w)
{
	struct rule *r;

	if (w->set.n < MAX_RULES && test_below(&w->seed, 3)) {
		draw_rule(w);
	} else if (w->set.n) {
		size_t i = test_below(&w->seed, (uint32_t)w->set.n);

		/* As a table retires a rule that it is about to remove. */
		if (w->set.versioned && w->set.rule[i]->version_to == UINT64_MAX &&
		    test_below(&w->seed, 2)) {
			rule_retire(w->set.rule[i],
				    w->set.rule[i]->version_from + 1 + test_below(&w->seed, 3));
			return;
		}
		r = rule_set_take(&w->set, i);
		rule_table_remove(w->table, r);
		rule_put(r);
	}
}

static void check_changes(unsigned long long seed)
{
	static struct world w;

	world_create(&w, seed);
	for (int step = 0; step < 150; step++) {
		change_one(&w);
		for (int i = 0; i < 4; i++) {
			struct flow_key key;
			__u64 version = rule_set_version(&w.set, &w.seed);

			make_packet(&w, &key);
			check_answer(&w, &key, version, look_up(&w, &key, version, NULL));
		}
	}
	for (size_t i = 0; i < w.set.n; i++) {
		struct rule *r = w.set.rule[i];
		struct match match = match_of(r);

		WORLD_CHECK(&w,
			    rule_table_find(w.table, r->version_from, &match, r->priority) == r);
	}
	world_destroy(&w);
}

TEST(conjunction_property, lookup_is_the_linear_scan_and_masks_hold_what_it_depended_on)
{
	test_for_tables(check_table, 2000, 0xc0217);
	print_message("%llu lookups, %llu answers by a conjunction, %llu other packets of a "
		      "megaflow\n",
		      n_lookups, n_conjunctions, n_variants);
	/* A generator that never completes one would prove nothing. */
	assert_true(n_conjunctions > n_lookups / 100 || getenv("XVS_TEST_SEED"));
}

TEST(conjunction_property, changes_in_any_order_leave_nothing_behind)
{
	test_for_tables(check_changes, 200, 0xc4a27);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(conjunction_property,
			 lookup_is_the_linear_scan_and_masks_hold_what_it_depended_on),
		TEST_ROW(conjunction_property, changes_in_any_order_leave_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
