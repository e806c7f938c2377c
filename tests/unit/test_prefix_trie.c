// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The prefix trie by hand-made cases, and against a list of prefixes that is
 * searched from end to end, while prefixes come and go and memory runs out.
 */
#include <errno.h>

#include "alloc_faults.h"
#include "prefix_trie_private.h"
#include "test.h"

#define MAX_TWIN 4096

struct prefix {
	prefix_bits value;
	unsigned int len;
	unsigned int count;
};

/* The stupid twin: what the trie should hold. */
struct twin {
	struct prefix prefix[MAX_TWIN];
	unsigned int n;
};

static struct twin twin;
static size_t n_matches;

static prefix_bits first_bits(prefix_bits value, unsigned int n)
{
	return n ? value >> (PREFIX_TRIE_BITS - n) << (PREFIX_TRIE_BITS - n) : 0;
}

static bool agree(prefix_bits a, prefix_bits b, unsigned int n)
{
	return first_bits(a, n) == first_bits(b, n);
}

static int twin_find(prefix_bits value, unsigned int len)
{
	for (unsigned int i = 0; i < twin.n; i++)
		if (twin.prefix[i].len == len && agree(twin.prefix[i].value, value, len))
			return (int)i;
	return -1;
}

static void twin_insert(prefix_bits value, unsigned int len)
{
	int i = twin_find(value, len);

	if (i < 0) {
		assert_true(twin.n < MAX_TWIN);
		i = (int)twin.n++;
		twin.prefix[i] = (struct prefix){first_bits(value, len), len, 0};
	}
	twin.prefix[i].count++;
}

static void twin_remove(unsigned int i)
{
	if (!--twin.prefix[i].count)
		twin.prefix[i] = twin.prefix[--twin.n];
}

/* Some prefix agrees with the value in 'n' bits and goes on. */
static bool twin_goes_on(prefix_bits value, unsigned int n)
{
	for (unsigned int i = 0; i < twin.n; i++)
		if (twin.prefix[i].len > n && agree(twin.prefix[i].value, value, n))
			return true;
	return false;
}

static struct prefix_match twin_match(prefix_bits value)
{
	struct prefix_match m = {.n_bits = 0};

	for (unsigned int i = 0; i < twin.n; i++) {
		unsigned int len = twin.prefix[i].len;

		if (agree(twin.prefix[i].value, value, len))
			m.lens[(len - 1) / 64] |= 1ULL << ((len - 1) % 64);
	}
	while (twin_goes_on(value, m.n_bits))
		m.n_bits++;
	return m;
}

static bool same_match(const struct prefix_match *a, const struct prefix_match *b)
{
	return a->n_bits == b->n_bits && a->lens[0] == b->lens[0] && a->lens[1] == b->lens[1];
}

static struct prefix_match check_match(const char *row, const struct prefix_trie *t,
				       prefix_bits value)
{
	struct prefix_match want = twin_match(value), got, portable;

	memset(&got, 0xa5, sizeof(got));
	prefix_trie_match(t, value, &got);
	memset(&portable, 0x5a, sizeof(portable));
	prefix_trie_match_portable(t, value, &portable);
	ROW_CHECK(row, same_match(&got, &portable), "n_bits %u and %u", got.n_bits,
		  portable.n_bits);
	n_matches++;
	ROW_CHECK(row, same_match(&got, &want),
		  "%016llx%016llx in %u: n_bits %u, want %u; lens %llx %llx, want %llx %llx",
		  (unsigned long long)(value >> 64), (unsigned long long)value, twin.n, got.n_bits,
		  want.n_bits, (unsigned long long)got.lens[0], (unsigned long long)got.lens[1],
		  (unsigned long long)want.lens[0], (unsigned long long)want.lens[1]);
	return got;
}

static prefix_bits ip4(unsigned int a, unsigned int b, unsigned int c, unsigned int d)
{
	return (prefix_bits)(a << 24 | b << 16 | c << 8 | d) << 96;
}

static void insert(struct prefix_trie *t, prefix_bits value, unsigned int len)
{
	assert_int_equal(prefix_trie_insert(t, value, len), 0);
	twin_insert(value, len);
}

static void begin(struct prefix_trie *t)
{
	twin.n = 0;
	alloc_budget = -1;
	assert_int_equal(alloc_bytes, 0);
	prefix_trie_init(t);
}

TEST(prefix_trie, needs_the_bits_that_tell_a_value_from_all_prefixes)
{
	static const struct {
		const char *name;
		unsigned int ip[4];
		unsigned int n_bits;
		unsigned int len; /* the only one that matches; 0: none */
	} rows[] = {
		{"inside the /24, near the /32", {9, 1, 1, 7}, 30, 24},
		{"inside the /24, far from the /32", {9, 1, 1, 200}, 25, 24},
		{"a neighbour of 9", {8, 8, 8, 8}, 8, 0},
		{"a neighbour of 11", {10, 1, 1, 1}, 8, 0},
		{"far from all", {200, 1, 1, 1}, 1, 0},
		{"inside the /16", {11, 1, 2, 3}, 16, 16},
		{"next to the /16", {11, 0, 2, 3}, 16, 0},
		{"all bits set", {255, 255, 255, 255}, 1, 0},
	};
	struct prefix_trie t;
	struct prefix_match m;

	begin(&t);
	insert(&t, ip4(9, 1, 1, 1), 32);
	insert(&t, ip4(9, 1, 1, 0), 24);
	insert(&t, ip4(11, 1, 0, 0), 16);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const unsigned int *ip = rows[i].ip;

		prefix_trie_match(&t, ip4(ip[0], ip[1], ip[2], ip[3]), &m);
		ROW_CHECK(rows[i].name, m.n_bits == rows[i].n_bits, "n_bits %u", m.n_bits);
		ROW_CHECK(rows[i].name, m.lens[0] == (rows[i].len ? 1ULL << (rows[i].len - 1) : 0),
			  "lens %llx", (unsigned long long)m.lens[0]);
		ROW_CHECK(rows[i].name, !m.lens[1], "lens[1]");
	}
	prefix_trie_fini(&t);
}

TEST(prefix_trie, an_empty_set_needs_no_bits)
{
	struct prefix_trie t;
	struct prefix_match m;

	begin(&t);
	m = check_match("empty", &t, ip4(1, 2, 3, 4));
	assert_int_equal(m.n_bits, 0);
	assert_int_equal(m.lens[0] | m.lens[1], 0);
	assert_int_equal(prefix_trie_bytes(&t), 0);
	prefix_trie_fini(&t);
}

TEST(prefix_trie, finds_every_length_of_one_value)
{
	const prefix_bits value = (prefix_bits)0xfedcba9876543210ULL << 64 | 0x0123456789abcdefULL;
	struct prefix_trie t;
	struct prefix_match m;

	begin(&t);
	for (unsigned int len = 1; len <= PREFIX_TRIE_BITS; len++)
		insert(&t, value, len);
	m = check_match("the value", &t, value);
	assert_int_equal(m.n_bits, PREFIX_TRIE_BITS);
	for (unsigned int len = 1; len <= PREFIX_TRIE_BITS; len++)
		assert_true(prefix_match_has(&m, len));
	for (unsigned int bit = 0; bit < PREFIX_TRIE_BITS; bit++) {
		m = check_match("one bit away", &t,
				value ^ (prefix_bits)1 << (PREFIX_TRIE_BITS - 1 - bit));
		assert_int_equal(m.n_bits, bit + 1);
	}
	prefix_trie_fini(&t);
}

TEST(prefix_trie, one_prefix_of_any_length_comes_and_goes)
{
	const prefix_bits values[] = {0, ~(prefix_bits)0, ip4(10, 1, 2, 3)};
	struct prefix_trie t;
	struct prefix_match m;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		for (unsigned int len = 1; len <= PREFIX_TRIE_BITS; len++) {
			begin(&t);
			insert(&t, values[i], len);
			m = check_match("alone", &t, values[i]);
			assert_true(prefix_match_has(&m, len));
			assert_int_equal(m.n_bits, len);
			check_match("first bit", &t, values[i] ^ (prefix_bits)1 << 127);
			check_match("last bit", &t, values[i] ^ (prefix_bits)1 << (128 - len));
			check_match("behind", &t, values[i] ^ 1);
			prefix_trie_remove(&t, values[i], len);
			assert_null(t.root);
		}
	}
}

TEST(prefix_trie, ignores_bits_behind_the_length)
{
	struct prefix_trie t;

	begin(&t);
	insert(&t, ip4(10, 0, 0, 0), 8);
	insert(&t, ip4(10, 99, 99, 99), 8);
	insert(&t, ip4(10, 1, 0, 0) | 1, 16);
	assert_int_equal(t.n, 2);
	check_match("inside", &t, ip4(10, 1, 5, 5));
	prefix_trie_remove(&t, ip4(10, 1, 77, 77), 16);
	prefix_trie_remove(&t, ip4(10, 200, 0, 0), 8);
	assert_int_equal(t.n, 1);
	prefix_trie_remove(&t, ip4(10, 200, 0, 0) | 7, 8);
	assert_int_equal(t.n, 0);
	assert_null(t.root);
}

TEST(prefix_trie, a_prefix_stays_until_the_last_removal)
{
	/* Kept as a leaf, in a node, and both ways in turn. */
	static const unsigned int lens[] = {3, 6, 24, 29, 30, 31, 32, 127, 128};
	struct prefix_trie t;
	struct prefix_match m;

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		begin(&t);
		for (int n = 0; n < 5; n++)
			insert(&t, ip4(9, 1, 1, 1), lens[i]);
		insert(&t, ip4(9, 1, 1, 0), 28);
		insert(&t, ip4(9, 1, 1, 1), 64);
		prefix_trie_remove(&t, ip4(9, 1, 1, 1), lens[i]);
		prefix_trie_remove(&t, ip4(9, 1, 1, 0), 28);
		prefix_trie_remove(&t, ip4(9, 1, 1, 1), 64);
		for (int n = 0; n < 4; n++) {
			assert_int_equal(t.n, 1);
			prefix_trie_match(&t, ip4(9, 1, 1, 1), &m);
			assert_true(prefix_match_has(&m, lens[i]));
			prefix_trie_remove(&t, ip4(9, 1, 1, 1), lens[i]);
		}
		assert_int_equal(t.n, 0);
		assert_null(t.root);
	}
}

/* Values of 'width' bits near each other, so that prefixes nest. */
struct crowd {
	prefix_bits centre[4];
	unsigned int width;
};

static prefix_bits random_bits(uint64_t *seed, unsigned int width)
{
	prefix_bits value = (prefix_bits)test_random(seed) << 64;

	value |= test_random(seed);
	return first_bits(value, width);
}

static void crowd_init(struct crowd *c, uint64_t *seed, unsigned int width)
{
	c->width = width;
	for (int i = 0; i < 4; i++)
		c->centre[i] = random_bits(seed, width);
	/* Two that part late. */
	c->centre[1] = c->centre[0] ^ (prefix_bits)1 << (PREFIX_TRIE_BITS - width);
}

/* A centre, up to a random bit; then chance. */
static prefix_bits crowd_value(const struct crowd *c, uint64_t *seed)
{
	unsigned int n = test_below(seed, c->width + 1);
	prefix_bits near = c->centre[test_below(seed, 4)], far = random_bits(seed, c->width);

	switch (test_below(seed, 8)) {
	case 0:
		return far;
	case 1:
		return near;
	default:
		return first_bits(near, n) | (far & ~first_bits(~(prefix_bits)0, n));
	}
}

/* 'count' is 0. */
static struct prefix crowd_prefix(const struct crowd *c, uint64_t *seed)
{
	struct prefix p = {.len = c->width};

	p.value = crowd_value(c, seed);
	if (test_below(seed, 4))
		p.len = 1 + test_below(seed, c->width);
	return p;
}

/* Bits that do not matter do not, for the answer and for what it needs. */
static void check_bits(const char *row, const struct prefix_trie *t, prefix_bits value,
		       unsigned int width)
{
	struct prefix_match m = check_match(row, t, value), other;

	ROW_CHECK(row, m.n_bits <= width, "n_bits %u of %u", m.n_bits, width);
	for (unsigned int bit = m.n_bits; bit < PREFIX_TRIE_BITS; bit++) {
		prefix_trie_match(t, value ^ (prefix_bits)1 << (PREFIX_TRIE_BITS - 1 - bit),
				  &other);
		n_matches++;
		ROW_CHECK(row, same_match(&m, &other), "bit %u, n_bits %u", bit, m.n_bits);
	}
}

/* Matches of a value, of one a bit away, and of one at the edge of a prefix. */
static void check_some(const char *row, const struct prefix_trie *t, const struct crowd *c,
		       uint64_t *seed)
{
	prefix_bits value = crowd_value(c, seed);
	unsigned int bit = test_below(seed, c->width);

	check_match(row, t, value);
	check_match(row, t, value ^ (prefix_bits)1 << (PREFIX_TRIE_BITS - 1 - bit));
	if (twin.n) {
		const struct prefix *p = &twin.prefix[test_below(seed, twin.n)];

		check_match(row, t, p->value);
		check_match(row, t, p->value ^ (prefix_bits)1 << (PREFIX_TRIE_BITS - p->len));
	}
}

static void insert_one(struct prefix_trie *t, const struct crowd *c, uint64_t *seed)
{
	struct prefix p = crowd_prefix(c, seed);

	insert(t, p.value, p.len);
}

static void remove_one(struct prefix_trie *t, uint64_t *seed)
{
	unsigned int i = test_below(seed, twin.n);
	struct prefix *p = &twin.prefix[i];
	prefix_bits behind = random_bits(seed, PREFIX_TRIE_BITS);

	behind &= ~first_bits(~(prefix_bits)0, p->len);
	prefix_trie_remove(t, p->value | behind, p->len);
	twin_remove(i);
}

/* The same set from nothing has the same size: removal left nothing behind. */
static void check_bytes(const char *row, const struct prefix_trie *t)
{
	struct prefix_trie fresh;
	size_t before = alloc_bytes;

	ROW_CHECK(row, prefix_trie_bytes(t) == before, "%zu, allocated %zu", prefix_trie_bytes(t),
		  before);
	prefix_trie_init(&fresh);
	for (unsigned int i = 0; i < twin.n; i++)
		assert_int_equal(
			prefix_trie_insert(&fresh, twin.prefix[i].value, twin.prefix[i].len), 0);
	ROW_CHECK(row, prefix_trie_bytes(&fresh) == before, "%zu, fresh %zu", before,
		  prefix_trie_bytes(&fresh));
	prefix_trie_fini(&fresh);
	assert_int_equal(alloc_bytes, before);
}

static void empty(const char *row, struct prefix_trie *t, uint64_t *seed)
{
	while (twin.n) {
		ROW_CHECK(row, t->n == twin.n, "n %zu, want %u", t->n, twin.n);
		remove_one(t, seed);
	}
	assert_int_equal(t->n, 0);
	assert_null(t->root);
	assert_int_equal(prefix_trie_bytes(t), 0);
	assert_int_equal(alloc_bytes, 0);
}

static const unsigned int widths[] = {16, 32, 128};

/* Prefixes come and go around a number of 'size'. */
static void churn(const char *row, const struct crowd *c, uint64_t *seed, unsigned int size)
{
	struct prefix_trie t;

	begin(&t);
	for (unsigned int i = 0; i < 4 * size; i++) {
		if (twin.n && test_below(seed, 2 * size) < twin.n)
			remove_one(&t, seed);
		else
			insert_one(&t, c, seed);
		assert_int_equal(t.n, twin.n);
		if (!test_below(seed, size / 16 + 1)) {
			check_some(row, &t, c, seed);
			check_bits(row, &t, crowd_value(c, seed), c->width);
		}
		if (!test_below(seed, size))
			check_bytes(row, &t);
	}
	empty(row, &t, seed);
}

TEST(prefix_trie, agrees_with_a_list_while_prefixes_come_and_go)
{
	uint64_t start = test_seed(1), seed = start;
	char row[64];
	struct crowd c;

	n_matches = 0;
	for (unsigned int i = 0; i < 300; i++) {
		crowd_init(&c, &seed, widths[i % 3]);
		snprintf(row, sizeof(row), "seed %llu, round %u", (unsigned long long)start, i);
		churn(row, &c, &seed, 1 + test_below(&seed, 60));
	}
	for (unsigned int i = 0; i < 3; i++) {
		crowd_init(&c, &seed, widths[i]);
		snprintf(row, sizeof(row), "seed %llu, large %u", (unsigned long long)start, i);
		churn(row, &c, &seed, 800);
	}
	print_message("%zu matches, seed %llu\n", n_matches, (unsigned long long)start);
	assert_true(n_matches >= 200000);
}

/* All answers of the set, on values near it. */
static void check_whole(const char *row, const struct prefix_trie *t)
{
	assert_int_equal(t->n, twin.n);
	for (unsigned int i = 0; i < twin.n; i++) {
		const struct prefix *p = &twin.prefix[i];

		check_match(row, t, p->value);
		check_match(row, t, p->value ^ (prefix_bits)1 << (PREFIX_TRIE_BITS - p->len));
	}
}

/* Refuses one allocation after the other; returns how many it takes. */
static unsigned int insert_at_last(struct prefix_trie *t, const struct prefix *p)
{
	size_t before = alloc_bytes;
	unsigned int n = 0;

	for (;; n++) {
		alloc_budget = n;
		if (!prefix_trie_insert(t, p->value, p->len))
			break;
		alloc_budget = -1;
		assert_int_equal(alloc_bytes, before);
		check_whole("failed", t);
	}
	alloc_budget = -1;
	twin_insert(p->value, p->len);
	check_whole("succeeded", t);
	return n;
}

TEST(prefix_trie, an_insert_without_memory_changes_nothing)
{
	uint64_t start = test_seed(2), seed = start;
	unsigned int n_refused = 0;
	struct prefix_trie t;
	struct crowd c;

	for (unsigned int round = 0; round < 12; round++) {
		crowd_init(&c, &seed, widths[round % 3]);
		begin(&t);
		for (unsigned int i = 0; i < 60; i++) {
			struct prefix p = crowd_prefix(&c, &seed);

			n_refused += insert_at_last(&t, &p);
		}
		empty("memory", &t, &seed);
	}
	print_message("%u refused, seed %llu\n", n_refused, (unsigned long long)start);
	assert_true(n_refused > 500);
}

TEST(prefix_trie, a_long_chain_of_nodes_comes_whole_or_not)
{
	struct prefix a = {ip4(9, 1, 1, 1), 128, 0}, b = {ip4(9, 1, 1, 1) | 1, 128, 0};
	struct prefix_trie t;

	begin(&t);
	assert_int_equal(insert_at_last(&t, &a), 2); /* root and leaf */
	assert_true(insert_at_last(&t, &b) > 20);
	prefix_trie_remove(&t, a.value, a.len);
	twin_remove(0);
	check_whole("one is left", &t);
	check_bytes("one is left", &t);
	prefix_trie_fini(&t);
	assert_int_equal(alloc_bytes, 0);
}

TEST(prefix_trie, removal_needs_no_memory)
{
	uint64_t start = test_seed(3), seed = start;
	struct prefix_trie t;
	struct crowd c;

	for (unsigned int round = 0; round < 12; round++) {
		crowd_init(&c, &seed, widths[round % 3]);
		begin(&t);
		for (unsigned int i = 0; i < 80; i++)
			insert_one(&t, &c, &seed);
		alloc_failures = 0;
		/* Half of them, then some come again. */
		for (unsigned int i = 0; i < 40 && twin.n; i++) {
			alloc_budget = 0;
			remove_one(&t, &seed);
			alloc_budget = -1;
			check_whole("without memory", &t);
		}
		assert_true(alloc_failures > 0);
		for (unsigned int i = 0; i < 40; i++) {
			insert_one(&t, &c, &seed);
			check_some("again", &t, &c, &seed);
		}
		alloc_budget = round % 2 ? 0 : -1;
		empty("without memory", &t, &seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(prefix_trie, needs_the_bits_that_tell_a_value_from_all_prefixes),
		TEST_ROW(prefix_trie, an_empty_set_needs_no_bits),
		TEST_ROW(prefix_trie, finds_every_length_of_one_value),
		TEST_ROW(prefix_trie, one_prefix_of_any_length_comes_and_goes),
		TEST_ROW(prefix_trie, ignores_bits_behind_the_length),
		TEST_ROW(prefix_trie, a_prefix_stays_until_the_last_removal),
		TEST_ROW(prefix_trie, agrees_with_a_list_while_prefixes_come_and_go),
		TEST_ROW(prefix_trie, an_insert_without_memory_changes_nothing),
		TEST_ROW(prefix_trie, a_long_chain_of_nodes_comes_whole_or_not),
		TEST_ROW(prefix_trie, removal_needs_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
