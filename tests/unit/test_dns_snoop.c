// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Answers of DNS: chains of names, compression, and what says nothing.
 */
#include "test.h"

#include <errno.h>

#include "dns_snoop.h"

struct msg {
	__u8 p[8192];
	size_t n;
};

static void add16(struct msg *m, unsigned int v)
{
	m->p[m->n++] = (__u8)(v >> 8);
	m->p[m->n++] = (__u8)v;
}

/* Labels of "www.example.org", and the root; "@12" is a pointer to byte 12. */
static void add_name(struct msg *m, const char *name)
{
	while (*name) {
		size_t n = strcspn(name, ".");

		if (*name == '@') {
			add16(m, 0xc000u | (unsigned int)atoi(name + 1));
			return;
		}
		m->p[m->n++] = (__u8)n;
		memcpy(m->p + m->n, name, n);
		m->n += n;
		name += n + (name[n] == '.');
	}
	m->p[m->n++] = 0;
}

#define A 1
#define CNAME 5
#define AAAA 28
#define QUESTION_AT 12

static void begin(struct msg *m, const char *name, unsigned int type, unsigned int n_answers)
{
	memset(m, 0, sizeof(*m));
	add16(m, 0x1234);
	add16(m, 0x8180);
	add16(m, 1);
	add16(m, n_answers);
	m->n = QUESTION_AT;
	add_name(m, name);
	add16(m, type);
	add16(m, 1);
}

static void add_record(struct msg *m, const char *name, unsigned int type, unsigned int ttl)
{
	add_name(m, name);
	add16(m, type);
	add16(m, 1);
	add16(m, ttl >> 16);
	add16(m, ttl);
}

static void add_a(struct msg *m, const char *name, unsigned int ttl, __u8 last)
{
	add_record(m, name, A, ttl);
	add16(m, 4);
	memcpy(m->p + m->n, (__u8[]){192, 0, 2, last}, 4);
	m->n += 4;
}

static void add_aaaa(struct msg *m, const char *name, unsigned int ttl, __u8 last)
{
	add_record(m, name, AAAA, ttl);
	add16(m, 16);
	m->p[m->n] = 0x20;
	m->p[m->n + 1] = 1;
	m->p[m->n + 15] = last;
	m->n += 16;
}

static void add_cname(struct msg *m, const char *name, unsigned int ttl, const char *target)
{
	size_t at;

	add_record(m, name, CNAME, ttl);
	at = m->n;
	m->n += 2;
	add_name(m, target);
	m->p[at] = (__u8)((m->n - at - 2) >> 8);
	m->p[at + 1] = (__u8)(m->n - at - 2);
}

static struct dns_snoop got;

static int parse(const struct msg *m)
{
	__u8 *copy = malloc(m->n + 1);
	int rc;

	assert_non_null(copy);
	memcpy(copy, m->p, m->n);
	rc = dns_snoop_parse(copy, m->n, &got);
	free(copy);
	return rc;
}

TEST(dns_snoop, addresses_of_a_name)
{
	struct msg m;

	begin(&m, "WWW.Example.org", A, 3);
	add_a(&m, "@12", 300, 1);
	add_a(&m, "www.example.ORG", 200, 2);
	add_aaaa(&m, "@12", 100, 3);
	assert_int_equal(parse(&m), 0);
	assert_int_equal(got.n_names, 1);
	assert_string_equal(got.name[0], "www.example.org");
	assert_int_equal(got.n_addresses, 3);
	assert_memory_equal(got.address[0].addr, ((__u8[16]){192, 0, 2, 1}), 16);
	assert_int_equal(got.address[0].ttl_s, 300);
	assert_false(got.address[1].v6);
	assert_int_equal(got.address[1].ttl_s, 200);
	assert_true(got.address[2].v6);
	assert_memory_equal(got.address[2].addr, ((__u8[16]){0x20, 1, [15] = 3}), 16);
}

TEST(dns_snoop, a_chain_gives_its_addresses_to_all_names)
{
	struct msg m;

	begin(&m, "www.example.org", A, 4);
	add_a(&m, "host.example.net", 300, 1);
	add_cname(&m, "cdn.example.com", 60, "host.example.net");
	add_cname(&m, "@12", 900, "cdn.example.com");
	add_a(&m, "host.example.net", 30, 2);
	assert_int_equal(parse(&m), 0);
	assert_int_equal(got.n_names, 3);
	assert_string_equal(got.name[1], "cdn.example.com");
	assert_string_equal(got.name[2], "host.example.net");
	assert_int_equal(got.n_addresses, 2);
	assert_int_equal(got.address[0].ttl_s, 60);
	assert_int_equal(got.address[1].ttl_s, 30);
}

TEST(dns_snoop, records_beside_the_question_say_nothing)
{
	struct msg m;

	begin(&m, "evil.example", A, 2);
	add_a(&m, "@12", 300, 1);
	add_a(&m, "bank.example.org", 300, 2);
	assert_int_equal(parse(&m), 0);
	assert_int_equal(got.n_names, 1);
	assert_int_equal(got.n_addresses, 1);
	begin(&m, "evil.example", A, 1);
	add_a(&m, "bank.example.org", 300, 2);
	assert_int_equal(parse(&m), -ENOENT);
	/* An alias hides the addresses of the name itself. */
	begin(&m, "evil.example", A, 3);
	add_a(&m, "@12", 300, 1);
	add_cname(&m, "@12", 300, "bank.example.org");
	add_a(&m, "bank.example.org", 300, 2);
	assert_int_equal(parse(&m), 0);
	assert_int_equal(got.n_addresses, 1);
	assert_int_equal(got.address[0].addr[3], 2);
}

TEST(dns_snoop, times_are_bounded)
{
	struct msg m;

	begin(&m, "a.b", A, 3);
	add_a(&m, "@12", 0, 1);
	add_a(&m, "@12", 0x7fffffff, 2);
	add_a(&m, "@12", 0x80000000, 3);
	assert_int_equal(parse(&m), 0);
	assert_int_equal(got.address[0].ttl_s, DNS_SNOOP_TTL_MIN_S);
	assert_int_equal(got.address[1].ttl_s, DNS_SNOOP_TTL_MAX_S);
	assert_int_equal(got.address[2].ttl_s, DNS_SNOOP_TTL_MIN_S);
}

TEST(dns_snoop, what_is_no_answer_says_nothing)
{
	static const struct {
		const char *name;
		size_t at;
		__u8 value;
	} rows[] = {
		{"a query", 2, 0x01},
		{"NXDOMAIN", 3, 0x83},
		{"another opcode", 2, 0x89},
		{"two questions", 5, 2},
		{"no question", 5, 0},
		{"no answers", 7, 0},
		{"a question for MX", QUESTION_AT + 5 + 1, 15},
		{"a question of another class", QUESTION_AT + 5 + 3, 3},
	};
	struct msg m;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(&m, "a.b", A, 1);
		add_a(&m, "@12", 300, 1);
		assert_int_equal(parse(&m), 0);
		m.p[rows[i].at] = rows[i].value;
		ROW_CHECK(rows[i].name, parse(&m) == -ENOENT, "%d", parse(&m));
	}
}

TEST(dns_snoop, names_are_text_without_tricks)
{
	struct msg m;

	begin(&m, "x_y-1.org", A, 1);
	memcpy(m.p + QUESTION_AT + 1, "a.b*c", 5);
	add_a(&m, "@12", 300, 1);
	assert_int_equal(parse(&m), 0);
	assert_string_equal(got.name[0], "a?b?c.org");
}

TEST(dns_snoop, names_end)
{
	static const char *const pointers[] = {"@12", "@200", "@16383"};
	char label[64];
	struct msg m;

	/* To itself, forward, and beyond the end. */
	for (size_t i = 0; i < 3; i++) {
		begin(&m, pointers[i], A, 0);
		assert_int_equal(parse(&m), -EINVAL);
	}
	/* Two that lead to each other. */
	begin(&m, "a.b", A, 1);
	m.p[QUESTION_AT + 2] = 0xc0;
	m.p[QUESTION_AT + 3] = QUESTION_AT;
	add_a(&m, "@14", 300, 1);
	assert_int_equal(parse(&m), -EINVAL);
	/* 255 octets are the most: labels of 63 four times are more. */
	memset(label, 'a', 63);
	label[63] = '\0';
	for (int n = 3; n <= 4; n++) {
		char name[300] = "";

		for (int i = 0; i < n; i++) {
			strcat(name, label);
			strcat(name, ".");
		}
		begin(&m, name, A, 1);
		add_a(&m, "@12", 300, 1);
		assert_int_equal(parse(&m), n == 3 ? 0 : -EINVAL);
	}
}

TEST(dns_snoop, chains_end)
{
	struct msg m;
	char from[16], to[16];

	begin(&m, "a.b", A, 2);
	add_cname(&m, "a.b", 300, "c.d");
	add_cname(&m, "c.d", 300, "a.b");
	assert_int_equal(parse(&m), -EINVAL);
	for (int n = DNS_SNOOP_MAX_NAMES - 1; n <= DNS_SNOOP_MAX_NAMES; n++) {
		begin(&m, "n0", A, (unsigned int)n + 1);
		for (int i = 0; i < n; i++) {
			snprintf(from, sizeof(from), "n%d", i);
			snprintf(to, sizeof(to), "n%d", i + 1);
			add_cname(&m, from, 300, to);
		}
		add_a(&m, to, 300, 1);
		assert_int_equal(parse(&m), n < DNS_SNOOP_MAX_NAMES ? 0 : -EINVAL);
	}
}

TEST(dns_snoop, a_message_that_is_cut_short_is_refused)
{
	struct msg m, cut;

	begin(&m, "www.example.org", A, 2);
	add_cname(&m, "@12", 60, "example.org");
	add_a(&m, "example.org", 60, 1);
	assert_int_equal(parse(&m), 0);
	cut = m;
	for (cut.n = 0; cut.n < m.n; cut.n++)
		assert_int_equal(parse(&cut), -EINVAL);
}

TEST(dns_snoop, more_addresses_than_are_kept)
{
	struct msg m;

	begin(&m, "a.b", A, DNS_SNOOP_MAX_ADDRESSES + 9);
	for (int i = 0; i < DNS_SNOOP_MAX_ADDRESSES + 9; i++)
		add_a(&m, "@12", 300, (__u8)i);
	assert_int_equal(parse(&m), 0);
	assert_int_equal(got.n_addresses, DNS_SNOOP_MAX_ADDRESSES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(dns_snoop, addresses_of_a_name),
		TEST_ROW(dns_snoop, a_chain_gives_its_addresses_to_all_names),
		TEST_ROW(dns_snoop, records_beside_the_question_say_nothing),
		TEST_ROW(dns_snoop, times_are_bounded),
		TEST_ROW(dns_snoop, what_is_no_answer_says_nothing),
		TEST_ROW(dns_snoop, names_are_text_without_tricks),
		TEST_ROW(dns_snoop, names_end),
		TEST_ROW(dns_snoop, chains_end),
		TEST_ROW(dns_snoop, a_message_that_is_cut_short_is_refused),
		TEST_ROW(dns_snoop, more_addresses_than_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
