// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The classifier by hand-made cases: what wins, what is un-wildcarded, what an
 * explanation says. What holds for any table is in test_classifier_property.c,
 * large tables in test_classifier_scale.c, memory that is not there in
 * test_classifier_memory.c, megaflows of translations in
 * test_megaflow_property.c.
 */
#include <errno.h>

#include "classifier.h"
#include "hmap.h"
#include "sw_fixture.h"
#include "test.h"

#define V 1 /* the version of those who have none */

static struct rule *new_rule(const struct match *match, __u16 priority)
{
	struct rule *r = make_rule(match, 0, priority, NULL);

	assert_non_null(r);
	r->version_from = 0;
	r->version_to = UINT64_MAX;
	return r;
}

static struct rule *insert(struct classifier *cls, const struct match *match, __u16 priority)
{
	struct rule *r = new_rule(match, priority);

	assert_int_equal(classifier_insert(cls, r), 0);
	return r;
}

static void drop(struct classifier *cls, struct rule *r)
{
	classifier_remove(cls, r);
	rule_put(r);
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

static struct flow_key dst_key(__u32 addr)
{
	return dst_match(addr, 32).key;
}

static struct flow_key lookup_mask(const struct classifier *cls, const struct flow_key *key)
{
	struct flow_key wc = {0};

	classifier_lookup(cls, V, key, &wc);
	return wc;
}

TEST(classifier, higher_priority_wins_over_subtable_order)
{
	struct classifier *cls = classifier_create(1);
	struct match wide = dst_match(0x0a000000, 8), narrow = dst_match(0x0a010000, 16);
	struct flow_key key = dst_key(0x0a010203);
	struct rule *low = insert(cls, &narrow, 1), *high;

	assert_ptr_equal(classifier_lookup(cls, V, &key, NULL), low);
	high = insert(cls, &wide, 2);
	assert_ptr_equal(classifier_lookup(cls, V, &key, NULL), high);
	drop(cls, high);
	assert_ptr_equal(classifier_lookup(cls, V, &key, NULL), low);
	drop(cls, low);
	assert_null(classifier_lookup(cls, V, &key, NULL));
	classifier_destroy(cls);
}

static void configure(struct classifier *cls, bool priority_sort, bool staged, bool prefix)
{
	struct classifier_config config = {priority_sort, staged, prefix};

	assert_int_equal(classifier_configure(cls, &config), 0);
}

TEST(classifier, stops_when_nothing_higher_can_come)
{
	struct classifier *cls = classifier_create(1);
	struct match wide = dst_match(0x0a000000, 8), narrow = dst_match(0x0a010000, 16);
	struct flow_key key = dst_key(0x0a010203), wc;
	struct rule *low = insert(cls, &narrow, 1), *high = insert(cls, &wide, 2);

	wc = lookup_mask(cls, &key);
	assert_true(flow_equal(&wc, &wide.mask));
	/* Without priority sorting it goes on. */
	configure(cls, false, true, true);
	wc = lookup_mask(cls, &key);
	assert_true(flow_equal(&wc, &narrow.mask));
	drop(cls, low);
	drop(cls, high);
	classifier_destroy(cls);
}

/* 11.1.2.3 and 10/8 differ in bit 8. */
TEST(classifier, a_miss_costs_the_bits_that_prove_it)
{
	struct classifier *cls = classifier_create(1);
	struct match wide = dst_match(0x0a000000, 8), narrow = dst_match(0x0a010000, 16);
	struct flow_key key = dst_key(0x0b010203), wc;
	struct rule *low = insert(cls, &narrow, 1), *high = insert(cls, &wide, 2);

	wc = lookup_mask(cls, &key);
	assert_true(flow_equal(&wc, &wide.mask));
	configure(cls, true, true, false);
	wc = lookup_mask(cls, &key);
	assert_true(flow_equal(&wc, &narrow.mask));
	drop(cls, low);
	drop(cls, high);
	classifier_destroy(cls);
}

/* Ten /24 and one more of highest priority, over a /16. Without the one the
 * /24 come last: a hit of the /16 has no bit of theirs. */
TEST(classifier, a_removal_lowers_what_its_subtable_may_win)
{
	struct classifier *cls = classifier_create(1);
	struct match wide = dst_match(0x0a010000, 16), m = dst_match(0x0a0100ff, 24);
	struct flow_key key = dst_key(0x0a018203), wc;
	struct rule *rules[10], *high = insert(cls, &m, 9), *hit = insert(cls, &wide, 7);

	for (int i = 0; i < 10; i++) {
		m = dst_match(0x0a010100 + ((__u32)i << 8), 24);
		rules[i] = insert(cls, &m, 5);
	}
	wc = lookup_mask(cls, &key);
	assert_int_equal(wc.nw_dst, XVS_BE32(0xffff8000));
	drop(cls, high);
	memset(&wc, 0, sizeof(wc));
	assert_ptr_equal(classifier_lookup(cls, V, &key, &wc), hit);
	assert_true(flow_equal(&wc, &wide.mask));
	for (int i = 0; i < 10; i++)
		drop(cls, rules[i]);
	drop(cls, hit);
	classifier_destroy(cls);
}

TEST(classifier, only_adds_to_the_callers_mask)
{
	struct classifier *cls = classifier_create(1);
	struct match m = dst_match(0x0a000000, 8);
	struct rule *r = insert(cls, &m, 1);
	struct flow_key key = dst_key(0x0a010203), wc;

	memset(&wc, 0, sizeof(wc));
	wc.tp_dst = 0xffff;
	assert_ptr_equal(classifier_lookup(cls, V, &key, &wc), r);
	assert_int_equal(wc.tp_dst, 0xffff);
	assert_int_equal(wc.nw_dst, m.mask.nw_dst);
	drop(cls, r);
	classifier_destroy(cls);
}

TEST(classifier, a_rule_for_all_packets_needs_no_bit)
{
	struct classifier *cls = classifier_create(1);
	struct flow_key key = dst_key(0x0a010203), wc;
	struct match all = {0};
	struct rule *r;

	wc = lookup_mask(cls, &key);
	assert_true(flow_equal(&wc, &all.mask));
	r = insert(cls, &all, 0);
	memset(&wc, 0, sizeof(wc));
	assert_ptr_equal(classifier_lookup(cls, V, &key, &wc), r);
	assert_true(flow_equal(&wc, &all.mask));
	drop(cls, r);
	classifier_destroy(cls);
}

TEST(classifier, equal_match_and_priority_do_not_coexist)
{
	struct classifier *cls = classifier_create(1);
	struct match m = dst_match(0x0a000000, 8);
	struct rule *a = insert(cls, &m, 1), *b = new_rule(&m, 1), *c = insert(cls, &m, 3);
	struct classifier_stats stats;

	assert_int_equal(classifier_insert(cls, b), -EEXIST);
	classifier_stats(cls, &stats);
	assert_int_equal(stats.n_rules, 2);
	assert_ptr_equal(classifier_find(cls, V, &m, 1), a);
	assert_ptr_equal(classifier_find(cls, V, &m, 3), c);
	assert_null(classifier_find(cls, V, &m, 2));
	drop(cls, a);
	assert_int_equal(classifier_insert(cls, b), 0);
	assert_ptr_equal(classifier_find(cls, V, &m, 1), b);
	drop(cls, b);
	drop(cls, c);
	classifier_destroy(cls);
}

/* One rule replaces another from version 5 on; before it nothing has changed. */
TEST(classifier, a_lookup_sees_one_version)
{
	struct classifier *cls = classifier_create(1);
	struct match m = dst_match(0x0a000000, 8), wide = dst_match(0, 0);
	struct flow_key key = dst_key(0x0a010203);
	struct rule *below = insert(cls, &wide, 1), *old = insert(cls, &m, 7),
		    *new = new_rule(&m, 7);

	new->version_from = 5;
	assert_int_equal(classifier_insert(cls, new), -EEXIST);
	old->version_to = 5;
	assert_int_equal(classifier_insert(cls, new), 0);
	assert_ptr_equal(classifier_lookup(cls, 4, &key, NULL), old);
	assert_ptr_equal(classifier_lookup(cls, 5, &key, NULL), new);
	assert_ptr_equal(classifier_find(cls, 4, &m, 7), old);
	assert_ptr_equal(classifier_find(cls, 5, &m, 7), new);
	new->version_to = 6;
	assert_ptr_equal(classifier_lookup(cls, 6, &key, NULL), below);
	assert_true(classifier_overlaps(cls, 5, &wide, 7));
	assert_false(classifier_overlaps(cls, 6, &wide, 7));
	drop(cls, old);
	assert_ptr_equal(classifier_lookup(cls, 4, &key, NULL), below);
	assert_ptr_equal(classifier_lookup(cls, 5, &key, NULL), new);
	drop(cls, new);
	drop(cls, below);
	classifier_destroy(cls);
}

TEST(classifier, overlap_is_of_equal_priority_and_another_match)
{
	struct classifier *cls = classifier_create(1);
	struct match m = dst_match(0x0a000000, 8), inside = dst_match(0x0a010000, 16),
		     apart = dst_match(0x0b000000, 8);
	struct rule *r = insert(cls, &m, 5);

	assert_true(classifier_overlaps(cls, V, &inside, 5));
	assert_false(classifier_overlaps(cls, V, &inside, 6));
	assert_false(classifier_overlaps(cls, V, &apart, 5));
	assert_false(classifier_overlaps(cls, V, &m, 5));
	drop(cls, r);
	classifier_destroy(cls);
}

TEST(classifier, has_all_optimisations_until_told_otherwise)
{
	struct classifier *cls = classifier_create(1);
	struct classifier_config config = classifier_config(cls);

	assert_true(config.priority_sort && config.staged && config.prefix);
	configure(cls, false, true, false);
	config = classifier_config(cls);
	assert_true(!config.priority_sort && config.staged && !config.prefix);
	classifier_destroy(cls);
}

/* --- the table of the NSDI'15 paper --- */

static const char *const paper_rules[] = {
	"priority=40,arp,actions=drop",
	"priority=30,ip,nw_dst=11.1.0.0/16,actions=drop",
	"priority=20,tcp,nw_dst=9.1.1.1,tp_src=10,tp_dst=10,actions=drop",
	"priority=10,ip,nw_dst=9.1.1.0/24,actions=drop",
};

/* Packets, and the megaflow with and without prefix tracking: as the mask that
 * a match has. Another one may be wider. */
static const struct {
	const char *name;
	const char *packet;
	int rule; /* index; -1: none */
	const char *megaflow;
	const char *without_prefix;
} paper_rows[] = {
	{"to 11.1/16", "tcp,nw_dst=11.1.2.3,tp_src=5000,tp_dst=80", 1, "ip,nw_dst=11.1.0.0/16",
	 "ip,nw_dst=11.1.0.0/16"},
	{"both ports are 10", "tcp,nw_dst=9.1.1.1,tp_src=10,tp_dst=10", 2,
	 "tcp,nw_dst=9.1.1.1,tp_src=10,tp_dst=10", "tcp,nw_dst=9.1.1.1,tp_src=10,tp_dst=10"},
	{"other ports", "tcp,nw_dst=9.1.1.1,tp_src=5000,tp_dst=80", 3,
	 "tcp,nw_dst=9.1.1.1,tp_src=0x1000/0xf000", "tcp,nw_dst=9.1.1.1,tp_src=0x1000/0xf000"},
	{"to a neighbour of 9.1.1.1", "tcp,nw_dst=9.1.1.7,tp_src=5000,tp_dst=80", 3,
	 "ip,nw_dst=9.1.1.4/30", "tcp,nw_dst=9.1.1.7"},
	{"to none of them", "tcp,nw_dst=8.8.8.8,tp_src=5000,tp_dst=80", -1, "ip,nw_dst=8.0.0.0/8",
	 "tcp,nw_dst=8.8.8.8"},
	{"udp", "udp,nw_dst=9.1.1.1,tp_src=10,tp_dst=10", 3, "udp,nw_dst=9.1.1.1",
	 "udp,nw_dst=9.1.1.1"},
	{"arp", "arp,arp_op=1", 0, "arp", "arp"},
};

static struct flow_key mask_of(const struct sw_fixture *f, const char *match)
{
	struct flow_key mask;
	struct rule *r;
	char text[200];

	snprintf(text, sizeof(text), "%s,actions=drop", match);
	r = sw_fixture_rule(f, text);
	mask = match_of(r).mask;
	rule_put(r);
	return mask;
}

static void check_paper(const struct sw_fixture *f, const struct classifier *cls,
			struct rule *const *rules, bool prefix)
{
	for (size_t i = 0; i < sizeof(paper_rows) / sizeof(paper_rows[0]); i++) {
		const char *name = paper_rows[i].name;
		const char *megaflow = prefix ? paper_rows[i].megaflow
					      : paper_rows[i].without_prefix;
		struct flow_key key, wc = {0}, widest = mask_of(f, megaflow);
		const struct rule *want = paper_rows[i].rule < 0 ? NULL : rules[paper_rows[i].rule];

		sw_fixture_packet(f, paper_rows[i].packet, &key);
		ROW_CHECK(name, classifier_lookup(cls, V, &key, &wc) == want, "prefix %d", prefix);
		ROW_CHECK(name, flow_mask_covers(&widest, &wc), "narrower than %s", megaflow);
	}
}

TEST(classifier, megaflows_of_the_paper_are_no_narrower)
{
	enum { N = sizeof(paper_rules) / sizeof(paper_rules[0]) };
	struct classifier *cls = classifier_create(1);
	struct rule *rules[N];
	struct sw_fixture f;

	sw_fixture_init(&f);
	for (size_t i = 0; i < N; i++) {
		rules[i] = sw_fixture_rule(&f, paper_rules[i]);
		assert_int_equal(classifier_insert(cls, rules[i]), 0);
	}
	check_paper(&f, cls, rules, true);
	configure(cls, true, true, false);
	check_paper(&f, cls, rules, false);
	for (size_t i = 0; i < N; i++)
		drop(cls, rules[i]);
	classifier_destroy(cls);
	sw_fixture_fini(&f);
}

/* --- explanations --- */

/* Each step as a word: what it was, '+' if it found something, and the bits
 * that it added. A probe that could fail in no packet is left out. */
static void note_step(void *aux, const struct classifier_step *step)
{
	static const char *const kinds[] = {
		[CLASSIFIER_PROBE] = "probe", [CLASSIFIER_BELOW] = "below",
		[CLASSIFIER_SKIP] = "skip",   [CLASSIFIER_RULE] = "rule",
		[CLASSIFIER_STOP] = "stop",
	};
	const struct flow_key none = {0};
	char *text = aux, *end = text + strlen(text);
	int bits = 0;

	if (step->kind == CLASSIFIER_PROBE && flow_equal(step->mask, &none))
		return;
	if (step->kind != CLASSIFIER_STOP)
		for (int i = 0; i < FLOW_KEY_WORDS; i++)
			bits += __builtin_popcountll(step->added->w[i]);
	snprintf(end, 100, "%s%s%s", end == text ? "" : " ", kinds[step->kind],
		 step->found ? "+" : "");
	end += strlen(end);
	if (step->kind == CLASSIFIER_STOP)
		snprintf(end, 100, ":%zu<=%u", step->n, step->priority);
	else
		snprintf(end, 100, ":%d", bits);
}

static void check_steps(const struct classifier *cls, const struct flow_key *key, const char *want)
{
	char text[1000] = "";
	struct flow_key wc = {0};
	const struct rule *found = classifier_explain(cls, V, key, &wc, note_step, text);

	assert_ptr_equal(found, classifier_lookup(cls, V, key, NULL));
	assert_string_equal(text, want);
}

/* dl_type and in_port have 16 bits each; 11/8 and 10/8 differ in bit 8. */
TEST(classifier, explains_each_rule_that_it_compares)
{
	struct classifier *cls = classifier_create(1);
	struct match dst = dst_match(0x0a000000, 8), port = {0}, arp = {0};
	struct flow_key key = dst_key(0x0b010203);
	struct rule *rules[3];

	port.mask.in_port = 0xffff;
	port.key.in_port = 1;
	arp.mask.dl_type = 0xffff;
	arp.key.dl_type = XVS_BE16(0x0806);
	rules[0] = insert(cls, &dst, 3);
	rules[1] = insert(cls, &port, 2);
	rules[2] = insert(cls, &arp, 1);
	key.in_port = 1;
	check_steps(cls, &key, "rule:24 rule+:16 stop:1<=1");
	key.in_port = 2;
	check_steps(cls, &key, "rule:24 rule:16 rule:0");
	configure(cls, true, true, false);
	key = dst_key(0x0a010203);
	check_steps(cls, &key, "rule+:24 stop:2<=2");
	for (int i = 0; i < 3; i++)
		drop(cls, rules[i]);
	classifier_destroy(cls);
}

/* Ten /24 of 10.0/16, a /16 and a /8: too many for a bucket. 10.1 leaves 10.0 in
 * bit 16, 12 leaves them in bit 6. */
TEST(classifier, explains_each_subtable_that_it_probes_or_skips)
{
	struct classifier *cls = classifier_create(1);
	struct match m = dst_match(0x0a010000, 16), wide = dst_match(0x0b000000, 8);
	struct rule *rules[12] = {insert(cls, &m, 4), insert(cls, &wide, 3)};
	struct flow_key key;

	for (int i = 2; i < 12; i++) {
		m = dst_match(0x0a000000 | (__u32)i << 8, 24);
		rules[i] = insert(cls, &m, 5);
	}
	key = dst_key(0x0a010203);
	check_steps(cls, &key, "probe+:16 probe+:16 rule+:0 skip:0 stop:1<=3");
	key = dst_key(0x0c010203);
	check_steps(cls, &key, "probe+:16 skip:6");
	key = dst_key(0x0a000203);
	check_steps(cls, &key, "probe+:16 probe+:24 rule+:0 stop:2<=4");
	configure(cls, true, true, false);
	key = dst_key(0x0c010203);
	check_steps(cls, &key, "probe+:16 probe:24 probe:0 probe:0");
	for (int i = 0; i < 12; i++)
		drop(cls, rules[i]);
	classifier_destroy(cls);
}

/* --- hmap --- */

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
		TEST_ROW(classifier, a_miss_costs_the_bits_that_prove_it),
		TEST_ROW(classifier, a_removal_lowers_what_its_subtable_may_win),
		TEST_ROW(classifier, only_adds_to_the_callers_mask),
		TEST_ROW(classifier, a_rule_for_all_packets_needs_no_bit),
		TEST_ROW(classifier, equal_match_and_priority_do_not_coexist),
		TEST_ROW(classifier, a_lookup_sees_one_version),
		TEST_ROW(classifier, overlap_is_of_equal_priority_and_another_match),
		TEST_ROW(classifier, has_all_optimisations_until_told_otherwise),
		TEST_ROW(classifier, megaflows_of_the_paper_are_no_narrower),
		TEST_ROW(classifier, explains_each_rule_that_it_compares),
		TEST_ROW(classifier, explains_each_subtable_that_it_probes_or_skips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
