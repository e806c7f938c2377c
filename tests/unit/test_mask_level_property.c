// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Properties of translation at every level of the masks' width, on random tables
 * with many prefixes: the level changes nothing but the mask; the mask covers
 * that of the levels below; and no packet matches two megaflows that differ, of
 * whichever levels they are [I5]: while the level changes the cache has some of
 * each.
 *
 * XVS_TEST_SEED repeats one table, XVS_TEST_TABLES says how many to try, from
 * that one on.
 */
#include "flow_gen.h"
#include "stage.h"
#include "test.h"
#include "xlate.h"

#define PACKETS 16
#define MAX_RULES 16
#define VARIANTS 3

struct megaflow {
	struct match match;
	struct flow_key packet;
	struct xlate_out out;
};

struct world {
	__u64 table_seed; /* repeats this table */
	uint64_t seed;
	struct sw *sw;
	struct megaflow flows[PACKETS][MASK_LEVEL_N];
	unsigned long n_cases, n_variants, n_narrower, n_pairs;
};

#define WORLD_CHECK(w, cond)                                                     \
	do {                                                                     \
		if (!(cond)) {                                                   \
			print_error("XVS_TEST_SEED=0x%llx: %s\n",                \
				    (unsigned long long)(w)->table_seed, #cond); \
			fail();                                                  \
		}                                                                \
	} while (0)

static void make_switch(struct world *w)
{
	for (__u16 no = 1; no <= GEN_PORTS; no++) {
		char name[8];
		struct sw_port *p;

		snprintf(name, sizeof(name), "p%u", no);
		assert_int_equal(sw_add_port(w->sw, name, no, &p), 0);
		p->up = test_below(&w->seed, 8) != 0;
		p->blocked = test_below(&w->seed, 12) == 0;
	}
	for (int i = 0; i < 4; i++) {
		__u8 mac[6] = {0x02, 0, 0, 0, 0, (__u8)i};

		fdb_learn(w->sw->fdb, mac, 0, (__u16)(1 + test_below(&w->seed, GEN_PORTS)), 1000);
	}
}

/* A packet of the universe, now and then with other bits in an address or port:
 * those are what prefixes of other lengths tell apart. */
static void make_packet(struct world *w, struct flow_key *key)
{
	static const unsigned int words[] = {
		FLOW_KEY_WORD(ipv6_src), FLOW_KEY_WORD(ipv6_src) + 1,
		FLOW_KEY_WORD(ipv6_dst), FLOW_KEY_WORD(ipv6_dst) + 1,
		FLOW_KEY_W_TP,
	};

	do {
		gen_packet(&w->seed, key);
		for (uint32_t n = test_below(&w->seed, 3); n; n--) {
			unsigned int word = words[test_below(&w->seed, 5)];

			key->w[word] ^= 1ULL << test_below(&w->seed, 64);
		}
	} while (!gen_canonical(key));
}

/* Any match, or prefixes of a packet's addresses and ports. */
static void make_match(struct world *w, struct match *match)
{
	struct flow_key packet, has;

	if (!test_below(&w->seed, 3)) {
		gen_match(&w->seed, match);
		return;
	}
	do {
		make_packet(w, &packet);
	} while (!flow_is_ip(&packet));
	memset(match, 0, sizeof(*match));
	for (unsigned int f = 0; f < PREFIX_N; f++)
		if (test_below(&w->seed, 2))
			prefix_unwildcard(&match->mask, f,
					  1 + test_below(&w->seed, prefix_field_bits(f)));
	flow_exact_mask(&packet, &has);
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		match->mask.w[i] &= has.w[i];
	match->mask.dl_type = 0xffff;
	if (match->mask.w[FLOW_KEY_W_TP])
		match->mask.nw_proto = 0xff;
	flow_mask_key(&match->key, &packet, &match->mask);
}

static void make_rules(struct world *w)
{
	uint32_t n = test_below(&w->seed, MAX_RULES + 1);

	for (uint32_t i = 0; i < n; i++) {
		struct ofacts actions;
		struct match match;
		struct rule *r;

		make_match(w, &match);
		gen_actions(&w->seed, &actions);
		r = make_rule(&match, 0, (__u16)test_below(&w->seed, 6), &actions);
		assert_int_equal(flow_table_insert(w->sw->tables, r, false), 0);
	}
}

static void world_create(struct world *w, __u64 seed)
{
	struct classifier_config config = CLASSIFIER_CONFIG_DEFAULT;

	memset(w, 0, sizeof(*w));
	w->table_seed = seed;
	w->seed = seed;
	w->sw = sw_create("sw0", seed);
	assert_non_null(w->sw);
	make_switch(w);
	make_rules(w);
	/* Half of the tables are searched with less than all optimisations. */
	if (test_below(&w->seed, 2)) {
		config.priority_sort = test_below(&w->seed, 2);
		config.staged = test_below(&w->seed, 2);
		config.prefix = test_below(&w->seed, 2);
	}
	assert_int_equal(flow_table_configure(w->sw->tables, &config), 0);
}

static void translate(struct world *w, const struct flow_key *key, enum mask_level level,
		      struct xlate_out *out)
{
	struct xlate_in in = {.sw = w->sw, .key = key, .now_ms = 2000, .mask_level = level};

	WORLD_CHECK(w, xlate(&in, out) == 0);
	w->n_cases++;
}

/* All but the mask. */
static bool same_decision(const struct xlate_out *a, const struct xlate_out *b)
{
	return a->verdict == b->verdict && a->reason == b->reason && a->out_port == b->out_port &&
	       a->rule == b->rule && a->n_ops == b->n_ops &&
	       !memcmp(a->ops, b->ops, a->n_ops * sizeof(a->ops[0])) &&
	       xlate_refs_equal(&a->refs, &b->refs);
}

/* Every bit of 'b' that 'packet' can have is one of 'a'. Others say nothing: where
 * a level un-wildcards the ICMPv6 type, what no packet of that type has leaves
 * the mask. */
static bool mask_covers(const struct flow_key *a, struct flow_key b, const struct flow_key *packet)
{
	struct flow_key has;

	flow_exact_mask(packet, &has);
	flow_mask_key(&b, &b, &has);
	return flow_mask_covers(a, &b);
}

static void check_levels(struct world *w, struct megaflow flows[MASK_LEVEL_N])
{
	struct flow_key packet;

	make_packet(w, &packet);
	for (enum mask_level l = MASK_LEVEL_BIT; l < MASK_LEVEL_N; l++) {
		struct megaflow *m = &flows[l];

		m->packet = packet;
		translate(w, &packet, l, &m->out);
		m->match.mask = m->out.mask;
		flow_mask_key(&m->match.key, &packet, &m->match.mask);
		WORLD_CHECK(w, same_decision(&m->out, &flows[0].out));
		if (l == MASK_LEVEL_BIT)
			continue;
		WORLD_CHECK(w, mask_covers(&m->match.mask, m[-1].match.mask, &packet));
		w->n_narrower += !flow_equal(&m->match.mask, &m[-1].match.mask);
	}
}

/* Another packet of the same megaflow; false: none was found. */
static bool variant(struct world *w, const struct megaflow *m, struct flow_key *key)
{
	struct flow_key other;

	if (test_below(&w->seed, 2)) {
		make_packet(w, &other);
	} else {
		uint32_t word = test_below(&w->seed, FLOW_KEY_WORDS);

		other = m->packet;
		other.w[word] ^= test_random(&w->seed);
	}
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		key->w[i] = (m->packet.w[i] & m->match.mask.w[i]) |
			    (other.w[i] & ~m->match.mask.w[i]);
	return gen_canonical(key) && match_covers(&m->match, key) && !flow_equal(key, &m->packet);
}

static void check_variants(struct world *w, const struct megaflow flows[MASK_LEVEL_N],
			   enum mask_level level)
{
	const struct megaflow *m = &flows[level];
	static struct xlate_out out;
	struct flow_key key;

	for (int i = 0; i < VARIANTS; i++) {
		if (!variant(w, m, &key))
			continue;
		WORLD_CHECK(w, match_covers(&flows[MASK_LEVEL_BIT].match, &key));
		translate(w, &key, level, &out);
		WORLD_CHECK(w, same_decision(&out, &m->out));
		WORLD_CHECK(w, flow_equal(&out.mask, &m->out.mask));
		w->n_variants++;
	}
}

/* The bits of both, and 'rest' in others. */
static bool is_shared(const struct match *a, const struct match *b, const struct flow_key *rest,
		      struct flow_key *key)
{
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		key->w[i] = a->key.w[i] | b->key.w[i] |
			    (rest->w[i] & ~a->mask.w[i] & ~b->mask.w[i]);
	return gen_canonical(key) && match_covers(a, key) && match_covers(b, key);
}

/* Of one level two are apart or the same; of two levels they do the same. */
static void check_pair(struct world *w, const struct megaflow *a, const struct megaflow *b,
		       int higher)
{
	struct flow_key key;

	if (!match_overlaps(&a->match, &b->match) ||
	    (!is_shared(&a->match, &b->match, &a->packet, &key) &&
	     !is_shared(&a->match, &b->match, &b->packet, &key)))
		return;
	w->n_pairs++;
	WORLD_CHECK(w, same_decision(&a->out, &b->out));
	if (!higher)
		WORLD_CHECK(w, match_equal(&a->match, &b->match));
	if (higher >= 0)
		WORLD_CHECK(w, mask_covers(&a->match.mask, b->match.mask, &key));
	if (higher <= 0)
		WORLD_CHECK(w, mask_covers(&b->match.mask, a->match.mask, &key));
}

static void check_pairs(struct world *w, int n)
{
	for (int i = 0; i < n; i++)
		for (enum mask_level k = 0; k < MASK_LEVEL_N; k++)
			for (enum mask_level l = 0; l < MASK_LEVEL_N; l++)
				check_pair(w, &w->flows[n][k], &w->flows[i][l], (int)k - (int)l);
}

static void check_table(struct world *w, __u64 seed)
{
	world_create(w, seed);
	for (int i = 0; i < PACKETS; i++) {
		check_levels(w, w->flows[i]);
		check_pairs(w, i);
		for (enum mask_level l = MASK_LEVEL_BIT; l < MASK_LEVEL_N; l++)
			check_variants(w, w->flows[i], l);
	}
	for (int i = 0; i < PACKETS; i++)
		for (enum mask_level l = MASK_LEVEL_BIT; l < MASK_LEVEL_N; l++)
			xlate_out_fini(&w->flows[i][l].out);
	sw_destroy(w->sw);
}

TEST(mask_level, changes_nothing_but_the_mask)
{
	unsigned long n_tables = test_tables(3000);
	unsigned long n_cases = 0, n_variants = 0, n_narrower = 0, n_pairs = 0;
	uint64_t seed = test_seed(0x1e7e1);
	static struct world w;

	for (unsigned long i = 0; i < n_tables; i++) {
		check_table(&w, seed + i);
		n_cases += w.n_cases;
		n_variants += w.n_variants;
		n_narrower += w.n_narrower;
		n_pairs += w.n_pairs;
	}
	print_message("%lu tables, %lu translations, of those %lu of other packets of a megaflow\n",
		      n_tables, n_cases, n_variants);
	print_message("%lu times a level made a mask narrower; %lu pairs with a packet in common\n",
		      n_narrower, n_pairs);
	/* Levels that never matter, and packets that never vary, prove nothing. */
	assert_true(n_variants > n_tables * PACKETS);
	assert_true(n_narrower > n_tables * PACKETS);
	assert_true(n_pairs > n_tables * PACKETS);
}

/* With megaflows off nothing takes bits out of the exact mask. */
TEST(mask_level, exact_masks_stay_exact)
{
	uint64_t seed = test_seed(0xe4ac7);
	static struct world w;

	for (uint64_t t = 0; t < 50; t++) {
		world_create(&w, seed + t);
		for (uint32_t i = 0; i < PACKETS * MASK_LEVEL_N; i++) {
			struct flow_key key, exact;
			static struct xlate_out out;
			struct xlate_in in = {
				.sw = w.sw,
				.key = &key,
				.now_ms = 2000,
				.exact = true,
				.mask_level = i % MASK_LEVEL_N,
			};

			make_packet(&w, &key);
			flow_exact_mask(&key, &exact);
			WORLD_CHECK(&w, xlate(&in, &out) == 0);
			WORLD_CHECK(&w, flow_mask_covers(&out.mask, &exact));
		}
		sw_destroy(w.sw);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(mask_level, changes_nothing_but_the_mask),
		TEST_ROW(mask_level, exact_masks_stay_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
