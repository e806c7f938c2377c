// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Properties of classification and translation on random tables: the
 * classifier agrees with a linear scan, a megaflow's mask holds all that its
 * verdict depended on [CLS1], and megaflows are disjoint [I5]; with one of the
 * combinations of the classifier's optimisations each. Packets are what the
 * parser makes; for other keys, and larger tables, see
 * test_classifier_property.c.
 *
 * XVS_TEST_SEED repeats one table, XVS_TEST_TABLES says how many to try, from
 * that one on.
 */
#include "classifier_linear.h"
#include "flow_gen.h"
#include "test.h"
#include "xlate.h"

#define PACKETS 50
#define MAX_RULES 80
#define VARIANTS 6

struct megaflow {
	struct match match;
	struct flow_key packet;
	struct xlate_out out;
};

struct world {
	__u64 table_seed; /* repeats this table */
	uint64_t seed;
	struct sw *sw;
	struct rule *rules[MAX_RULES];
	size_t n_rules;
	struct classifier_config config;
	enum mask_level mask_level;
	struct megaflow flows[PACKETS];
	size_t n_flows;
};

static void make_ports(struct world *w)
{
	for (__u16 no = 1; no <= GEN_PORTS; no++) {
		char name[8];
		struct sw_port *p;

		snprintf(name, sizeof(name), "p%u", no);
		assert_int_equal(sw_add_port(w->sw, name, no, &p), 0);
		p->up = test_below(&w->seed, 6) != 0;
		p->blocked = test_below(&w->seed, 10) == 0;
		p->no_flood = test_below(&w->seed, 6) == 0;
		if (test_below(&w->seed, 2)) {
			p->vlan_mode = VLAN_ACCESS;
			p->tag = test_below(&w->seed, 2) ? 10 : 20;
		} else if (test_below(&w->seed, 2)) {
			p->trunks[0] = 1 | 1 << 10;
		}
	}
}

static void make_fdb(struct world *w)
{
	static const __u16 vlans[] = {0, 10, 20};

	/* One draw a statement: the order of arguments is the compiler's. */
	for (int i = 0; i < 6; i++) {
		__u8 mac[6] = {0x02, 0, 0, 0, 0, (__u8)test_below(&w->seed, 4)};
		__u16 vlan = vlans[test_below(&w->seed, 3)];

		fdb_learn(w->sw->fdb, mac, vlan, (__u16)(1 + test_below(&w->seed, GEN_PORTS)),
			  1000);
	}
}

static void make_rules(struct world *w)
{
	size_t n = test_below(&w->seed, test_below(&w->seed, 4) ? 13 : MAX_RULES + 1);

	for (size_t i = 0; i < n; i++) {
		struct ofacts actions;
		struct match match;
		struct rule *r;

		gen_match(&w->seed, &match);
		gen_actions(&w->seed, &actions);
		r = make_rule(&match, 0, (__u16)test_below(&w->seed, 6), &actions);
		rule_get(r);
		assert_int_equal(flow_table_insert(w->sw->tables, r, false), 0);
		w->rules[w->n_rules++] = r;
		/* One of equal match and priority replaces the other. */
		for (size_t k = 0; k + 1 < w->n_rules; k++)
			if (w->rules[k]->removed) {
				rule_put(w->rules[k]);
				w->rules[k] = w->rules[--w->n_rules];
				break;
			}
	}
}

static void configure(struct world *w)
{
	struct classifier_config now;

	assert_int_equal(flow_table_configure(w->sw->tables, &w->config), 0);
	now = flow_table_config(w->sw->tables);
	assert_memory_equal(&now, &w->config, sizeof(now));
}

/* The configuration comes before the rules or behind them. */
static void world_create(struct world *w, __u64 seed)
{
	bool is_first;

	memset(w, 0, sizeof(*w));
	w->table_seed = seed;
	w->seed = seed;
	w->sw = sw_create("sw0", seed);
	assert_non_null(w->sw);
	w->config.priority_sort = test_below(&w->seed, 2);
	w->config.staged = test_below(&w->seed, 2);
	w->config.prefix = test_below(&w->seed, 2);
	if (test_below(&w->seed, 2))
		w->mask_level = (enum mask_level)test_below(&w->seed, MASK_LEVEL_N);
	is_first = test_below(&w->seed, 2);
	if (is_first)
		configure(w);
	make_ports(w);
	make_fdb(w);
	make_rules(w);
	if (!is_first)
		configure(w);
}

static void print_world(const struct world *w, const char *what)
{
	print_error("XVS_TEST_SEED=0x%llx: %s (%zu rules, %s%s%s%s)\n",
		    (unsigned long long)w->table_seed, what, w->n_rules,
		    mask_level_name(w->mask_level),
		    w->config.priority_sort ? ", priority sort" : "",
		    w->config.staged ? ", staged" : "", w->config.prefix ? ", prefix" : "");
}

#define WORLD_CHECK(w, cond)                     \
	do {                                     \
		if (!(cond)) {                   \
			print_world((w), #cond); \
			fail();                  \
		}                                \
	} while (0)

static void translate(struct world *w, const struct flow_key *key, struct xlate_out *out)
{
	struct xlate_in in = {
		.sw = w->sw,
		.key = key,
		.now_ms = 2000,
		.mask_level = w->mask_level,
	};

	WORLD_CHECK(w, xlate(&in, out) == 0);
}

static bool same_result(const struct xlate_out *a, const struct xlate_out *b)
{
	return a->verdict == b->verdict && a->reason == b->reason && a->out_port == b->out_port &&
	       a->rule == b->rule && a->n_ops == b->n_ops &&
	       !memcmp(a->ops, b->ops, a->n_ops * sizeof(a->ops[0])) &&
	       flow_equal(&a->mask, &b->mask) && xlate_refs_equal(&a->refs, &b->refs);
}

/* Another packet of the same megaflow; false: none was found. */
static bool variant(struct world *w, const struct megaflow *m, struct flow_key *key)
{
	struct flow_key other;

	gen_packet(&w->seed, &other);
	/* Of the universe, or one with any bits at all in one word. */
	if (test_below(&w->seed, 2)) {
		uint32_t word = test_below(&w->seed, FLOW_KEY_WORDS);

		other = m->packet;
		other.w[word] ^= test_random(&w->seed);
	}
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		key->w[i] = (m->packet.w[i] & m->match.mask.w[i]) |
			    (other.w[i] & ~m->match.mask.w[i]);
	return gen_canonical(key) && match_covers(&m->match, key);
}

static unsigned int check_variants(struct world *w, const struct megaflow *m)
{
	static struct xlate_out out;
	struct flow_key key;
	unsigned int n = 0;

	for (int i = 0; i < VARIANTS; i++) {
		if (!variant(w, m, &key))
			continue;
		translate(w, &key, &out);
		WORLD_CHECK(w, same_result(&out, &m->out));
		n += !flow_equal(&key, &m->packet);
	}
	return n;
}

static void check_disjoint(struct world *w, const struct megaflow *m)
{
	for (size_t i = 0; i < w->n_flows; i++) {
		const struct megaflow *other = &w->flows[i];

		if (!match_overlaps(&m->match, &other->match))
			continue;
		WORLD_CHECK(w, match_equal(&m->match, &other->match));
		WORLD_CHECK(w, same_result(&m->out, &other->out));
	}
}

/* Bits that packets of these protocols have; others are left out of masks. */
static void has_bits(const struct flow_key *key, struct flow_key *has)
{
	const __be16 present = XVS_BE16(XVS_VLAN_PRESENT);

	flow_exact_mask(key, has);
	if (!(key->vlan_tci & present))
		has->vlan_tci = present;
	if (!(key->vlan_tci1 & present))
		has->vlan_tci1 &= present;
}

static void check_rule(struct world *w, const struct megaflow *m)
{
	const struct rule *want =
		classifier_linear(w->rules, w->n_rules, LINEAR_ANY_VERSION, &m->packet);
	struct rule *got = flow_table_lookup(w->sw->tables, 0, &m->packet, NULL);
	struct flow_key has, asks;
	struct match match;

	WORLD_CHECK(w, !want == !got);
	if (got) {
		WORLD_CHECK(w, got->priority == want->priority);
		WORLD_CHECK(w, linear_matches(got, &m->packet));
	}
	/* Without a rule translation may have ended before it asked for one. */
	if (!m->out.rule)
		return;
	WORLD_CHECK(w, m->out.rule == got);
	has_bits(&m->packet, &has);
	match = match_of(got);
	flow_mask_key(&asks, &match.mask, &has);
	WORLD_CHECK(w, flow_mask_covers(&m->out.mask, &asks));
}

static unsigned int check_table(__u64 seed)
{
	static struct world w;
	unsigned int n_variants = 0;

	world_create(&w, seed);
	for (int i = 0; i < PACKETS; i++) {
		struct megaflow *m = &w.flows[w.n_flows];

		gen_packet(&w.seed, &m->packet);
		translate(&w, &m->packet, &m->out);
		m->match.mask = m->out.mask;
		flow_mask_key(&m->match.key, &m->packet, &m->match.mask);
		check_rule(&w, m);
		check_disjoint(&w, m);
		n_variants += check_variants(&w, m);
		w.n_flows++;
	}
	for (size_t i = 0; i < w.n_flows; i++)
		xlate_out_fini(&w.flows[i].out);
	for (size_t i = 0; i < w.n_rules; i++)
		rule_put(w.rules[i]);
	sw_destroy(w.sw);
	return n_variants;
}

TEST(megaflow, mask_holds_all_that_the_verdict_depends_on)
{
	unsigned long n_tables = test_tables(8000);
	unsigned long long n_variants = 0;
	uint64_t seed = test_seed(0x5eed);

	for (unsigned long i = 0; i < n_tables; i++)
		n_variants += check_table(seed + i);
	/* A generator that never leaves the packet would prove nothing. */
	print_message("%lu tables, %llu other packets of the same megaflow\n", n_tables,
		      n_variants);
	assert_true(n_variants > n_tables * PACKETS / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(megaflow, mask_holds_all_that_the_verdict_depends_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
