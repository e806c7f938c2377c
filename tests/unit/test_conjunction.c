// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Conjunctive matches: cases that Open vSwitch 3.1 was asked about, how rules that
 * are clauses come, change and go, and that the mask is no wider than it must be.
 * Random tables are in test_conjunction_property.c.
 */
#include <errno.h>

#include "flow_format.h"
#include "sw_fixture.h"
#include "test.h"

#define PACKET "in_port=vm0,tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_dst=80"
#define SRC "nw_src=10.0.0.1"
#define DST "nw_dst=10.0.0.2"

struct row {
	const char *name;
	const char *rules; /* a line each */
	const char *want; /* of PACKET: its actions; NULL: no rule */
	unsigned int again; /* times it is looked up again */
	const char *mask; /* what the answer depends on; NULL: not asked */
};

static const struct row rows[] = {
	{"a rule of each clause",
	 "priority=10,ip," SRC ",actions=conjunction(7,1/2)\n"
	 "priority=10,ip," DST ",actions=conjunction(7,2/2)\n"
	 "priority=5,ip,conj_id=7,actions=output:vm1\n"
	 "priority=1,actions=output:vm2\n",
	 "output:vm1", 1, "ip," SRC "," DST},
	{"a clause is missing: the others are not looked at",
	 "priority=10,ip,nw_src=9.0.0.1,actions=conjunction(7,1/2)\n"
	 "priority=10,ip," DST ",actions=conjunction(7,2/2)\n"
	 "priority=5,ip,conj_id=7,actions=output:vm1\n"
	 "priority=1,actions=output:vm2\n",
	 "output:vm2", 0, "ip,nw_src=10.0.0.0/7"},
	{"the rule of conj_id is lower than the best other one",
	 "priority=10,ip," SRC ",actions=conjunction(7,1/2)\n"
	 "priority=10,ip," DST ",actions=conjunction(7,2/2)\n"
	 "priority=1,ip,conj_id=7,actions=output:vm1\n"
	 "priority=5,ip,actions=output:vm2\n",
	 "output:vm2", 1, NULL},
	{"a rule of the clauses' priority wins over them",
	 "priority=10,ip," SRC ",actions=conjunction(7,1/2)\n"
	 "priority=10,ip," DST ",actions=conjunction(7,2/2)\n"
	 "priority=20,ip,conj_id=7,actions=output:vm1\n"
	 "priority=10,ip,actions=output:vm2\n",
	 "output:vm2", 0, "ip"},
	{"a rule above them as well, of a clause's match",
	 "priority=8,ip," SRC ",actions=conjunction(7,1/2)\n"
	 "priority=10,ip," SRC ",actions=output:vm2\n"
	 "priority=8,ip," DST ",actions=conjunction(7,2/2)\n"
	 "priority=20,ip,conj_id=7,actions=output:vm1\n",
	 "output:vm2", 0, "ip," SRC},
	{"a rule below a clause of its match",
	 "priority=10,ip," SRC ",actions=conjunction(7,1/2)\n"
	 "priority=8,ip," SRC ",actions=output:vm1\n"
	 "priority=1,actions=output:vm2\n",
	 "output:vm1", 0, NULL},
	{"complete, but no rule: the next priority is tried",
	 "priority=10,ip," SRC ",actions=conjunction(3,1/2)\n"
	 "priority=10,ip," DST ",actions=conjunction(3,2/2)\n"
	 "priority=8,ip,nw_src=10.0.0.0/24,actions=conjunction(4,1/2)\n"
	 "priority=8,ip,nw_dst=10.0.0.0/24,actions=conjunction(4,2/2)\n"
	 "priority=8,ip,conj_id=4,actions=output:vm1\n",
	 "output:vm1", 2, NULL},
	{"complete, but no rule: any other is the answer, without a next try",
	 "priority=10,ip," SRC ",actions=conjunction(3,1/2)\n"
	 "priority=10,ip," DST ",actions=conjunction(3,2/2)\n"
	 "priority=8,ip,nw_src=10.0.0.0/24,actions=conjunction(4,1/2)\n"
	 "priority=8,ip,nw_dst=10.0.0.0/24,actions=conjunction(4,2/2)\n"
	 "priority=8,ip,conj_id=4,actions=output:vm1\n"
	 "priority=1,actions=output:vm2\n",
	 "output:vm2", 1, NULL},
	{"clauses of one match at two priorities",
	 "priority=10,ip," SRC ",actions=conjunction(3,1/2)\n"
	 "priority=9,ip," SRC ",actions=conjunction(4,1/2)\n"
	 "priority=9,ip," DST ",actions=conjunction(4,2/2)\n"
	 "priority=5,ip,conj_id=4,actions=output:vm1\n",
	 "output:vm1", 1, NULL},
	{"clauses of two priorities do not add up",
	 "priority=10,ip," SRC ",actions=conjunction(3,1/2)\n"
	 "priority=9,ip," DST ",actions=conjunction(3,2/2)\n"
	 "priority=5,ip,conj_id=3,actions=output:vm1\n",
	 NULL, 0, NULL},
	{"nor those of conjunctions of 2 and of 3 clauses",
	 "priority=10,ip," SRC ",actions=conjunction(3,1/2)\n"
	 "priority=10,ip," DST ",actions=conjunction(3,2/3)\n"
	 "priority=5,ip,conj_id=3,actions=output:vm1\n",
	 NULL, 0, NULL},
	{"nor two rules of one clause",
	 "priority=10,ip," SRC ",actions=conjunction(3,1/2)\n"
	 "priority=10,ip," DST ",actions=conjunction(3,1/2)\n"
	 "priority=5,ip,conj_id=3,actions=output:vm1\n",
	 NULL, 0, NULL},
	{"the first of several",
	 "priority=10,ip," SRC ",actions=conjunction(7,1/2),conjunction(3,1/2)\n"
	 "priority=10,ip," DST ",actions=conjunction(7,2/2),conjunction(3,2/2)\n"
	 "priority=10,ip,conj_id=7,actions=output:vm1\n"
	 "priority=10,ip,conj_id=3,actions=output:vm2\n",
	 "output:vm2", 1, NULL},
	{"different clauses of several",
	 "priority=10,ip," SRC ",actions=conjunction(7,1/2),conjunction(3,2/3)\n"
	 "priority=10,ip," DST ",actions=conjunction(7,2/2),conjunction(3,1/3)\n"
	 "priority=10,tcp,tp_dst=80,actions=conjunction(3,3/3)\n"
	 "priority=10,ip,conj_id=7,actions=output:vm1\n"
	 "priority=10,ip,conj_id=3,actions=output:vm2\n",
	 "output:vm2", 1, "tcp," SRC "," DST ",tp_dst=80"},
	{"an ID of 0",
	 "priority=10,ip," SRC ",actions=conjunction(0,1/2)\n"
	 "priority=10,ip," DST ",actions=conjunction(0,2/2)\n"
	 "priority=5,ip,conj_id=0,actions=output:vm1\n",
	 "output:vm1", 1, NULL},
	{"a clause does not find out what conj_id is",
	 "priority=10,ip," SRC ",actions=conjunction(3,1/2)\n"
	 "priority=10,ip," DST ",actions=conjunction(3,2/2)\n"
	 "priority=9,conj_id=3,ip,actions=conjunction(4,1/2)\n"
	 "priority=9,ip,actions=conjunction(4,2/2)\n"
	 "priority=8,conj_id=4,actions=output:vm2\n"
	 "priority=5,conj_id=3,actions=output:vm1\n",
	 "output:vm1", 1, NULL},
};

static void setup(struct sw_fixture *f, const char *rules)
{
	char line[200];

	sw_fixture_init(f);
	sw_fixture_lines(f, "port vm0 1\nport vm1 2\nport vm2 3\n");
	for (; *rules; rules += strcspn(rules, "\n") + 1) {
		snprintf(line, sizeof(line), "rule %.*s", (int)strcspn(rules, "\n"), rules);
		sw_fixture_line(f, line);
	}
}

static void check_rule(const struct row *row, const struct sw_fixture *f, const struct rule *r)
{
	struct strbuf b;

	strbuf_init(&b);
	if (r)
		ofacts_format(&b, &r->actions, &f->names);
	ROW_CHECK(row->name, row->want ? r && !strcmp(strbuf_str(&b), row->want) : !r,
		  "got '%s', want '%s'", strbuf_str(&b), row->want ? row->want : "");
	strbuf_fini(&b);
}

static void check_mask(const struct row *row, const struct sw_fixture *f, const struct flow_key *wc)
{
	char text[100];
	struct match want;
	struct rule *r;

	if (!row->mask)
		return;
	snprintf(text, sizeof(text), "%s,actions=drop", row->mask);
	r = sw_fixture_rule(f, text);
	want = match_of(r);
	rule_put(r);
	want.mask.conj_id = wc->conj_id;
	ROW_CHECK(row->name, flow_equal(&want.mask, wc), "the mask is not '%s'", row->mask);
}

static void count_step(void *aux, const struct classifier_step *step)
{
	*(unsigned int *)aux += step->kind == CLASSIFIER_CONJUNCTION;
}

TEST(conjunction, cases_that_open_vswitch_was_asked_about)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct flow_key key, wc = {0}, told = {0};
		unsigned int n = 0;
		struct flow_table_listener listener = {count_step, &n};
		struct sw_fixture f;
		const struct rule *r;

		setup(&f, rows[i].rules);
		sw_fixture_packet(&f, PACKET, &key);
		r = flow_table_lookup(f.sw->tables, 0, &key, &wc);
		check_rule(&rows[i], &f, r);
		check_mask(&rows[i], &f, &wc);
		assert_ptr_equal(flow_table_explain(f.sw->tables, 0, &key, &told, &listener), r);
		assert_true(flow_equal(&told, &wc));
		ROW_CHECK(rows[i].name, n == rows[i].again, "%u times, not %u", n, rows[i].again);
		sw_fixture_fini(&f);
	}
}

#define TWO_CLAUSES                                           \
	"priority=10,ip," SRC ",actions=conjunction(7,1/2)\n" \
	"priority=10,ip," DST ",actions=conjunction(7,2/2)\n" \
	"priority=5,ip,conj_id=7,actions=output:vm1\n"        \
	"priority=1,actions=output:vm2\n"

static unsigned int priority_now(const struct sw_fixture *f)
{
	struct flow_key key;

	sw_fixture_packet(f, PACKET, &key);
	return flow_table_lookup(f->sw->tables, 0, &key, NULL)->priority;
}

static struct flow_select select_priority_10(const struct sw_fixture *f, const char *match)
{
	char text[100];
	struct rule *r;
	struct flow_select sel;

	snprintf(text, sizeof(text), "priority=10,%s,actions=drop", match);
	r = sw_fixture_rule(f, text);
	sel = (struct flow_select){.match = match_of(r),
				   .strict = true,
				   .priority = 10,
				   .table_id = -1,
				   .out_port = -1,
				   .out_group = -1};
	rule_put(r);
	return sel;
}

static int modify(const struct sw_fixture *f, const char *match, const char *actions)
{
	struct flow_select sel = select_priority_10(f, match);
	char text[200];
	struct rule *r;
	int n;

	snprintf(text, sizeof(text), "ip,actions=%s", actions);
	r = sw_fixture_rule(f, text);
	n = flow_table_modify(f->sw->tables, &sel,
			      &(struct flow_change){.actions = &r->actions, .now_ms = 3000});
	rule_put(r);
	return n;
}

TEST(conjunction, clauses_are_listed_found_replaced_and_deleted_as_rules)
{
	struct flow_select sel;
	struct sw_fixture f;
	struct match match;
	struct rule **all, *r;
	size_t n;

	setup(&f, TWO_CLAUSES);
	assert_int_equal(priority_now(&f), 5);
	assert_int_equal(flow_table_count(f.sw->tables), 4);
	assert_int_equal(flow_table_list(f.sw->tables, &all, &n), 0);
	assert_int_equal(n, 4);
	assert_int_equal(all[0]->priority, 10);
	match = match_of(all[0]);
	assert_ptr_equal(flow_table_find(f.sw->tables, 0, &match, 10), all[0]);
	assert_null(flow_table_find(f.sw->tables, 0, &match, 9));
	free(all);
	/* The same rule again takes the place of the old one. */
	sw_fixture_line(&f, "rule priority=10,ip," SRC ",actions=conjunction(8,1/2)");
	assert_int_equal(flow_table_count(f.sw->tables), 4);
	assert_int_equal(priority_now(&f), 1);
	sw_fixture_line(&f, "rule priority=10,ip," SRC ",actions=conjunction(7,1/2)");
	assert_int_equal(priority_now(&f), 5);
	r = sw_fixture_rule(&f, "priority=10,tcp,actions=drop");
	assert_int_equal(flow_table_insert(f.sw->tables, r, true), -EEXIST);
	rule_put(r);
	sel = select_priority_10(&f, "ip," DST);
	assert_int_equal(flow_table_delete(f.sw->tables, &sel), 1);
	assert_int_equal(priority_now(&f), 1);
	assert_int_equal(flow_table_count(f.sw->tables), 3);
	sw_fixture_fini(&f);
}

TEST(conjunction, a_rule_becomes_a_clause_and_back)
{
	struct flow_select sel;
	struct sw_fixture f;
	struct rule *r;

	setup(&f, TWO_CLAUSES);
	sel = select_priority_10(&f, "ip," DST);
	r = flow_table_find(f.sw->tables, 0, &sel.match, 10);
	r->n_packets = 3;
	r->used_ms = 1500;
	assert_int_equal(modify(&f, "ip," DST, "output:vm2"), 1);
	assert_int_equal(priority_now(&f), 10);
	r = flow_table_find(f.sw->tables, 0, &sel.match, 10);
	assert_int_equal(r->n_packets, 3);
	assert_int_equal(r->created_ms, 1000);
	assert_int_equal(r->modified_ms, 3000);
	assert_int_equal(r->used_ms, 1500);
	assert_int_equal(modify(&f, "ip," DST, "conjunction(7,2/2),conjunction(8,1/2)"), 1);
	assert_int_equal(priority_now(&f), 5);
	/* To other conjunctions. */
	assert_int_equal(modify(&f, "ip," DST, "conjunction(8,1/2)"), 1);
	assert_int_equal(priority_now(&f), 1);
	assert_int_equal(flow_table_count(f.sw->tables), 4);
	sw_fixture_fini(&f);
}

/* Conjunctions of the old table and of the new one, never of both [I8]. */
TEST(conjunction, a_replacement_is_visible_from_its_commit_on)
{
	static const char *const lines[] = {
		"priority=10,ip," SRC ",actions=conjunction(7,1/2)",
		"priority=10,ip,nw_dst=10.0.0.3,actions=conjunction(7,2/2),conjunction(8,1/2)",
		"priority=9,ip," DST ",actions=conjunction(7,2/2),conjunction(9,1/2)",
		"priority=9,ip," SRC ",actions=conjunction(7,1/2),conjunction(9,2/2)",
		"priority=4,ip,conj_id=7,actions=output:vm1",
		"priority=1,actions=output:vm2",
	};
	const size_t n = sizeof(lines) / sizeof(lines[0]);
	struct rule *rules[sizeof(lines) / sizeof(lines[0])];
	struct flow_table_change *c;
	struct classifier_stats stats;
	struct sw_fixture f;

	setup(&f, TWO_CLAUSES);
	for (size_t i = 0; i < n; i++)
		rules[i] = sw_fixture_rule(&f, lines[i]);
	assert_int_equal(flow_table_replace_begin(f.sw->tables, rules, n, &c), 0);
	while (flow_table_replace_prepare(c, 1) == 1)
		assert_int_equal(priority_now(&f), 5);
	assert_int_equal(priority_now(&f), 5);
	flow_table_replace_commit(c);
	assert_int_equal(priority_now(&f), 4);
	while (flow_table_replace_finish(c, 1))
		assert_int_equal(priority_now(&f), 4);
	assert_int_equal(flow_table_count(f.sw->tables), n);
	/* Three rules are in two places each. */
	flow_table_stats(f.sw->tables, &stats);
	assert_int_equal(stats.n_rules, n + 3);
	sw_fixture_fini(&f);
}

static size_t bytes_of(const struct sw_fixture *f)
{
	struct classifier_stats stats;

	flow_table_stats(f->sw->tables, &stats);
	return stats.bytes;
}

TEST(conjunction, priorities_without_clauses_cost_nothing)
{
	struct flow_select sel = {.table_id = -1, .out_port = -1, .out_group = -1};
	struct sw_fixture f;
	char line[100];
	size_t empty;

	setup(&f, "priority=1,ip,actions=conjunction(1,1/2)\n");
	assert_int_equal(flow_table_delete(f.sw->tables, &sel), 1);
	empty = bytes_of(&f);
	for (int i = 0; i < 100; i++) {
		snprintf(line, sizeof(line), "rule priority=%d,ip,actions=conjunction(1,%d/2)",
			 i * 37 % 100, 1 + i % 2);
		sw_fixture_line(&f, line);
	}
	assert_true(bytes_of(&f) > empty);
	assert_int_equal(flow_table_delete(f.sw->tables, &sel), 100);
	assert_int_equal(bytes_of(&f), empty);
	sw_fixture_fini(&f);
}

/* An action list of conjunctions of two clauses, of each ID that 'ids' has. */
static struct rule *clause_rule(const struct sw_fixture *f, const char *match, __u8 clause,
				const bool *ids, __u32 n)
{
	struct ofacts actions = {0};
	struct match m = select_priority_10(f, match).match;
	struct rule *r;

	for (__u32 id = 0; id < n; id++) {
		const struct ofact a = {.type = OFACT_CONJUNCTION, .conjunction = {id, clause, 2}};

		if (ids[id])
			assert_int_equal(ofacts_append(&actions, &a), 0);
	}
	r = make_rule(&m, 0, 10, &actions);
	assert_int_equal(flow_table_insert(f->sw->tables, r, false), 0);
	return r;
}

/* More IDs than are followed at a time: the first that both rules have, and that
 * a rule asks for. */
TEST(conjunction, of_any_number_of_ids_the_first_is_found)
{
	enum { N_IDS = 400 };
	uint64_t seed = test_seed(0x1d5);
	unsigned int n_found = 0;

	for (int round = 0; round < 300; round++) {
		bool has[3][N_IDS] = {{false}};
		__u32 rare = 1 + test_below(&seed, N_IDS);
		const struct rule *r;
		struct sw_fixture f;
		struct flow_key key;
		__u32 want = 0;

		for (__u32 id = 0; id < N_IDS; id++)
			for (int k = 0; k < 3; k++)
				has[k][id] = !test_below(&seed, k == 0 ? 2 : rare);
		setup(&f, "priority=0,actions=drop\n");
		sw_fixture_packet(&f, PACKET, &key);
		for (__u32 id = 0; id < N_IDS; id++) {
			struct match m = {.key.conj_id = XVS_BE32(id), .mask.conj_id = 0xffffffff};

			if (has[2][id])
				assert_int_equal(flow_table_insert(f.sw->tables,
								   make_rule(&m, 0, 1 + id, NULL),
								   false),
						 0);
		}
		has[0][N_IDS - 1] = has[1][N_IDS - 1] = true;
		clause_rule(&f, "ip," SRC, 0, has[0], N_IDS);
		clause_rule(&f, "ip," DST, 1, has[1], N_IDS);
		/* Without a rule of its own an ID finds the lowest one of all. */
		while (want < N_IDS && !(has[0][want] && has[1][want]))
			want++;
		n_found += want > 150;
		want = has[2][want] ? 1 + want : 0;
		r = flow_table_lookup(f.sw->tables, 0, &key, NULL);
		assert_int_equal(r->priority, want);
		sw_fixture_fini(&f);
	}
	assert_true(n_found > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(conjunction, cases_that_open_vswitch_was_asked_about),
		TEST_ROW(conjunction, clauses_are_listed_found_replaced_and_deleted_as_rules),
		TEST_ROW(conjunction, a_rule_becomes_a_clause_and_back),
		TEST_ROW(conjunction, a_replacement_is_visible_from_its_commit_on),
		TEST_ROW(conjunction, priorities_without_clauses_cost_nothing),
		TEST_ROW(conjunction, of_any_number_of_ids_the_first_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
