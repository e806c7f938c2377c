// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Flow tables: add, mod and del as ovs-ofctl means them, replacement of all,
 * and that nothing happens on an error.
 */
#include <errno.h>

#include "sw_fixture.h"
#include "test.h"

static struct sw_fixture *setup(void)
{
	static struct sw_fixture f;

	sw_fixture_init(&f);
	sw_fixture_lines(&f, "port vm0 1\nport vm1 2\nport vm2 3\n");
	return &f;
}

static struct flow_table *table(const struct sw_fixture *f)
{
	return f->sw->tables;
}

static struct rule *add(const struct sw_fixture *f, const char *text)
{
	struct rule *r = sw_fixture_rule(f, text);

	assert_int_equal(flow_table_insert(table(f), r, false), 0);
	return r;
}

static struct rule *find(const struct sw_fixture *f, const char *packet)
{
	struct flow_key key;

	sw_fixture_packet(f, packet, &key);
	return flow_table_lookup(table(f), 0, &key, NULL);
}

/* As the text of mod and del says; strict when 'strict'. */
static struct flow_select selection(const struct sw_fixture *f, const char *text, bool strict)
{
	struct parse_error err;
	struct flow_spec spec;
	struct flow_select sel;

	assert_int_equal(flow_parse(text, FLOW_PARSE_DEL_STRICT, &f->names, &spec, &err), 0);
	sel = (struct flow_select){
		.match = spec.match,
		.strict = strict,
		.priority = spec.priority,
		.table_id = spec.table_id,
		.cookie = spec.cookie,
		.cookie_mask = spec.cookie_mask,
		.out_port = spec.out_port,
		.out_group = spec.out_group,
	};
	flow_spec_fini(&spec);
	return sel;
}

static int del(const struct sw_fixture *f, const char *text, bool strict)
{
	struct flow_select sel = selection(f, text, strict);

	return flow_table_delete(table(f), &sel);
}

TEST(flow_table, add_replaces_an_equal_rule)
{
	struct sw_fixture *f = setup();
	struct rule *a = rule_get(add(f, "priority=5,ip,actions=output:vm0")), *b;
	__u64 serial = flow_table_serial(table(f));

	b = add(f, "priority=5,ip,actions=output:vm1");
	assert_true(flow_table_serial(table(f)) > serial);
	assert_int_equal(flow_table_count(table(f)), 1);
	assert_ptr_equal(find(f, "in_port=vm0,ip"), b);
	assert_true(a->removed);
	assert_false(b->removed);
	assert_int_equal(a->serial, b->serial);
	rule_put(a);
	add(f, "priority=6,ip,actions=output:vm1");
	assert_int_equal(flow_table_count(table(f)), 2);
	sw_fixture_fini(f);
}

TEST(flow_table, check_overlap_refuses)
{
	struct sw_fixture *f = setup();
	struct rule *r;

	add(f, "priority=5,ip,nw_dst=10.0.0.0/8,actions=output:vm0");
	r = sw_fixture_rule(f, "priority=5,ip,nw_src=10.0.0.0/8,actions=drop");
	assert_int_equal(flow_table_insert(table(f), r, true), -EEXIST);
	assert_int_equal(flow_table_count(table(f)), 1);
	assert_int_equal(r->refs, 1);
	rule_put(r);
	r = sw_fixture_rule(f, "priority=5,ip,nw_dst=10.0.0.0/8,actions=drop");
	assert_int_equal(flow_table_insert(table(f), r, true), -EEXIST);
	rule_put(r);
	r = sw_fixture_rule(f, "priority=6,ip,nw_src=10.0.0.0/8,actions=drop");
	assert_int_equal(flow_table_insert(table(f), r, true), 0);
	sw_fixture_fini(f);
}

/* One row a deletion; the rules are those of delete_rules(). */
static const struct {
	const char *sel;
	bool strict;
	int n;
} deletions[] = {
	{"", false, 6},
	{"ip", false, 4},
	{"tcp", false, 2},
	{"ip,nw_dst=10.0.0.0/8", false, 3},
	{"ip,nw_dst=10.1.0.0/16", false, 2},
	{"ip,nw_dst=10.1.2.3", false, 0},
	{"arp", false, 1},
	{"udp", false, 0},
	{"cookie=0x10/0xf0", false, 2},
	{"cookie=0x11/-1", false, 1},
	{"ip,cookie=0x10/0xf0", false, 1},
	{"out_port=vm2", false, 2},
	{"ip,out_port=vm1", false, 2},
	{"priority=10,ip", true, 1},
	{"priority=11,ip", true, 0},
	{"priority=20,ip,nw_dst=10.0.0.0/8", true, 1},
	{"priority=0", true, 1},
	{"table=0", false, 6},
	{"table=1", false, 0},
};

static void delete_rules(const struct sw_fixture *f)
{
	add(f, "priority=0,actions=normal");
	add(f, "priority=10,ip,actions=output:vm1");
	add(f, "priority=20,ip,nw_dst=10.0.0.0/8,cookie=0x11,actions=output:vm1");
	add(f, "priority=30,tcp,nw_dst=10.1.0.0/16,actions=output:vm2");
	add(f, "priority=30,tcp,nw_dst=10.1.0.0/16,tcp_dst=80,actions=output:vm0,output:vm2");
	add(f, "priority=30,arp,cookie=0x12,actions=flood");
}

TEST(flow_table, delete_loose_and_strict)
{
	for (size_t i = 0; i < sizeof(deletions) / sizeof(deletions[0]); i++) {
		struct sw_fixture *f = setup();
		struct rule **list;
		size_t n;
		int n_removed;

		delete_rules(f);
		n_removed = del(f, deletions[i].sel, deletions[i].strict);
		ROW_CHECK(deletions[i].sel, n_removed == deletions[i].n, "%d", n_removed);
		ROW_CHECK(deletions[i].sel, flow_table_count(table(f)) == 6 - (size_t)n_removed,
			  "count");
		assert_int_equal(flow_table_list(table(f), &list, &n), 0);
		ROW_CHECK(deletions[i].sel, n == 6 - (size_t)n_removed, "list");
		free(list);
		sw_fixture_fini(f);
	}
}

TEST(flow_table, selection_by_what_actions_use)
{
	static const struct {
		const char *sel;
		int n;
	} selections[] = {
		{"out_port=vm1", 3},
		{"out_port=vm2", 1},
		{"out_port=vm0", 0},
		{"out_group=7", 2},
		{"out_group=8", 1},
		{"out_group=0", 0},
		{"out_port=vm1,out_group=7", 1},
		{"table=1,out_group=7", 1},
	};

	for (size_t i = 0; i < sizeof(selections) / sizeof(selections[0]); i++) {
		struct sw_fixture *f = setup();
		int n;

		add(f, "priority=1,actions=clone(set_field:5->reg0,clone(output:vm1)),output:vm2");
		add(f, "priority=2,actions=output:vm1,group:7");
		add(f, "table=1,priority=3,actions=clone(group:7,group:8)");
		add(f, "table=2,priority=4,actions=output:vm1");
		add(f, "priority=5,actions=output:reg0");
		n = del(f, selections[i].sel, false);
		ROW_CHECK(selections[i].sel, n == selections[i].n, "%d", n);
		sw_fixture_fini(f);
	}
}

TEST(flow_table, deleting_nothing_changes_nothing)
{
	struct sw_fixture *f = setup();
	__u64 serial;

	delete_rules(f);
	serial = flow_table_serial(table(f));
	assert_int_equal(del(f, "udp", false), 0);
	assert_int_equal(flow_table_serial(table(f)), serial);
	assert_int_equal(del(f, "arp", false), 1);
	assert_true(flow_table_serial(table(f)) > serial);
	sw_fixture_fini(f);
}

TEST(flow_table, modify_changes_actions_and_keeps_counters)
{
	struct sw_fixture *f = setup();
	struct flow_select sel;
	struct rule *donor, *r;

	delete_rules(f);
	r = find(f, "in_port=vm0,tcp,nw_dst=10.1.2.3,tcp_dst=80");
	r->n_packets = 17;
	donor = sw_fixture_rule(f, "priority=1,actions=output:vm0");
	sel = selection(f, "ip", false);
	assert_int_equal(flow_table_modify(table(f), &sel,
					   &(struct flow_change){.actions = &donor->actions,
								 .now_ms = 2000}),
			 4);
	r = find(f, "in_port=vm0,udp,nw_dst=1.1.1.1");
	assert_true(ofacts_equal(&r->actions, &donor->actions));
	assert_int_equal(flow_table_count(table(f)), 6);

	sel = selection(f, "priority=10,ip", true);
	assert_int_equal(flow_table_modify(table(f), &sel,
					   &(struct flow_change){.actions = &donor->actions,
								 .now_ms = 2000}),
			 1);
	sel = selection(f, "udp", false);
	assert_int_equal(flow_table_modify(table(f), &sel,
					   &(struct flow_change){.actions = &donor->actions,
								 .now_ms = 2000}),
			 0);
	sel = selection(f, "tcp", false);
	assert_int_equal(flow_table_modify(table(f), &sel,
					   &(struct flow_change){.actions = &donor->actions,
								 .now_ms = 2000}),
			 2);
	/* Rules of other protocols are as they were. */
	r = find(f, "in_port=vm0,arp");
	assert_false(ofacts_equal(&r->actions, &donor->actions));
	rule_put(donor);
	sw_fixture_fini(f);
}

TEST(flow_table, list_is_by_priority_then_insertion)
{
	struct sw_fixture *f = setup();
	struct rule **list;
	size_t n;

	delete_rules(f);
	assert_int_equal(flow_table_list(table(f), &list, &n), 0);
	assert_int_equal(n, 6);
	for (size_t i = 1; i < n; i++)
		assert_true(list[i - 1]->priority > list[i]->priority ||
			    (list[i - 1]->priority == list[i]->priority &&
			     list[i - 1]->serial < list[i]->serial));
	free(list);
	sw_fixture_fini(f);
}

TEST(flow_table, tables_are_apart)
{
	struct sw_fixture *f = setup();
	struct match any;
	struct rule *r;
	struct flow_key key;

	memset(&any, 0, sizeof(any));
	memset(&key, 0, sizeof(key));
	r = make_rule(&any, 7, 1, NULL);
	assert_int_equal(flow_table_insert(table(f), r, false), 0);
	assert_null(flow_table_lookup(table(f), 0, &key, NULL));
	assert_ptr_equal(flow_table_lookup(table(f), 7, &key, NULL), r);
	r = make_rule(&any, 255, 1, NULL);
	assert_int_equal(flow_table_insert(table(f), r, false), -EINVAL);
	rule_put(r);
	sw_fixture_fini(f);
}

TEST(flow_table, replace_keeps_what_stays_equal)
{
	struct sw_fixture *f = setup();
	struct rule *kept, *gone, *changed, *rules[4];

	kept = add(f, "priority=10,ip,actions=output:vm1");
	changed = rule_get(add(f, "priority=20,ip,nw_dst=10.0.0.0/8,actions=output:vm1"));
	gone = rule_get(add(f, "priority=30,tcp,actions=drop"));
	kept->n_packets = 99;

	rules[0] = sw_fixture_rule(f, "priority=10,ip,actions=output:vm1");
	rules[1] = sw_fixture_rule(f, "priority=20,ip,nw_dst=10.0.0.0/8,actions=output:vm2");
	rules[2] = sw_fixture_rule(f, "priority=40,arp,actions=drop");
	rules[3] = sw_fixture_rule(f, "priority=40,arp,actions=flood");
	assert_int_equal(sw_fixture_replace(table(f), rules, 4), 0);

	assert_int_equal(flow_table_count(table(f)), 3);
	assert_ptr_equal(find(f, "in_port=vm0,ip,nw_dst=1.1.1.1"), kept);
	assert_int_equal(kept->n_packets, 99);
	assert_ptr_equal(find(f, "in_port=vm0,ip,nw_dst=10.1.1.1"), rules[1]);
	/* The later of two equal matches wins, as if added one by one. */
	assert_ptr_equal(find(f, "in_port=vm0,arp"), rules[3]);
	assert_true(changed->removed);
	assert_true(gone->removed);
	assert_int_equal(changed->refs, 1);
	assert_int_equal(gone->refs, 1);
	rule_put(changed);
	rule_put(gone);

	assert_int_equal(sw_fixture_replace(table(f), NULL, 0), 0);
	assert_int_equal(flow_table_count(table(f)), 0);
	sw_fixture_fini(f);
}

TEST(flow_table, replace_gives_new_timeouts)
{
	static const char *const lines[] = {
		"priority=10,ip,actions=drop",
		"priority=10,idle_timeout=5,arp,actions=drop",
		"priority=10,hard_timeout=5,tcp6,actions=drop",
	};
	static const char *const others[] = {
		"priority=10,hard_timeout=5,ip,actions=drop",
		"priority=10,idle_timeout=6,arp,actions=drop",
		"priority=10,hard_timeout=5,tcp6,actions=drop",
	};
	struct sw_fixture *f = setup();
	struct rule *old[3], *rules[3];

	for (int i = 0; i < 3; i++) {
		old[i] = rule_get(add(f, lines[i]));
		rules[i] = sw_fixture_rule(f, others[i]);
	}
	assert_int_equal(flow_table_next_expiry(table(f)), 6000);
	assert_int_equal(sw_fixture_replace(table(f), rules, 3), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(old[i]->removed, i < 2);
		rule_put(old[i]);
	}
	sw_fixture_fini(f);
}

TEST(flow_table, failed_replace_changes_nothing)
{
	struct sw_fixture *f = setup();
	struct match any;
	struct rule *old, *rules[3];
	__u64 serial;

	memset(&any, 0, sizeof(any));
	old = add(f, "priority=10,ip,actions=output:vm1");
	serial = flow_table_serial(table(f));
	rules[0] = sw_fixture_rule(f, "priority=10,ip,actions=drop");
	rules[1] = sw_fixture_rule(f, "priority=20,arp,actions=drop");
	rules[2] = make_rule(&any, 255, 1, NULL);
	assert_int_equal(sw_fixture_replace(table(f), rules, 3), -EINVAL);
	assert_int_equal(flow_table_count(table(f)), 1);
	assert_int_equal(flow_table_serial(table(f)), serial);
	assert_ptr_equal(find(f, "in_port=vm0,ip"), old);
	assert_null(find(f, "in_port=vm0,arp"));
	assert_false(old->removed);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(rules[i]->refs, 1);
		rule_put(rules[i]);
	}
	assert_int_equal(sw_fixture_replace(table(f), NULL, XVS_MAX_RULES + 1), -ENOSPC);
	sw_fixture_fini(f);
}

/* Random batches against a table that is built anew from the same rules. */
TEST(flow_table, replace_equals_a_fresh_table)
{
	struct sw_fixture *f = setup();
	uint64_t seed = test_seed(0xf10);

	for (int round = 0; round < 500; round++) {
		struct flow_table *fresh = flow_table_create(9);
		struct rule *rules[40], **a, **b;
		size_t n = test_below(&seed, 41), n_a, n_b;

		for (size_t i = 0; i < n; i++) {
			char text[128];

			snprintf(text, sizeof(text), "priority=%u,ip,nw_dst=10.0.0.%u,actions=%s",
				 test_below(&seed, 4), test_below(&seed, 8),
				 test_below(&seed, 2) ? "drop" : "output:vm1");
			rules[i] = sw_fixture_rule(f, text);
			assert_int_equal(flow_table_insert(fresh, sw_fixture_rule(f, text), false),
					 0);
		}
		assert_int_equal(sw_fixture_replace(table(f), rules, n), 0);
		assert_int_equal(flow_table_count(table(f)), flow_table_count(fresh));
		assert_int_equal(flow_table_list(table(f), &a, &n_a), 0);
		assert_int_equal(flow_table_list(fresh, &b, &n_b), 0);
		assert_int_equal(n_a, n_b);
		for (size_t i = 0; i < n_a; i++) {
			struct match match = match_of(a[i]);
			const struct rule *r = flow_table_lookup(fresh, 0, &match.key, NULL);

			assert_non_null(r);
			assert_int_equal(a[i]->refs, 1);
			if (r->priority == a[i]->priority)
				assert_true(ofacts_equal(&r->actions, &a[i]->actions));
		}
		free(a);
		free(b);
		flow_table_destroy(fresh);
	}
	sw_fixture_fini(f);
}

TEST(flow_table, rule_survives_its_table_while_referenced)
{
	struct sw_fixture *f = setup();
	struct rule *r = rule_get(add(f, "priority=5,ip,actions=output:vm0"));

	sw_fixture_fini(f);
	assert_true(r->removed);
	assert_int_equal(r->refs, 1);
	assert_int_equal(r->actions.n, 1);
	rule_put(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(flow_table, add_replaces_an_equal_rule),
		TEST_ROW(flow_table, check_overlap_refuses),
		TEST_ROW(flow_table, delete_loose_and_strict),
		TEST_ROW(flow_table, selection_by_what_actions_use),
		TEST_ROW(flow_table, deleting_nothing_changes_nothing),
		TEST_ROW(flow_table, modify_changes_actions_and_keeps_counters),
		TEST_ROW(flow_table, list_is_by_priority_then_insertion),
		TEST_ROW(flow_table, tables_are_apart),
		TEST_ROW(flow_table, replace_keeps_what_stays_equal),
		TEST_ROW(flow_table, replace_gives_new_timeouts),
		TEST_ROW(flow_table, failed_replace_changes_nothing),
		TEST_ROW(flow_table, replace_equals_a_fresh_table),
		TEST_ROW(flow_table, rule_survives_its_table_while_referenced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
