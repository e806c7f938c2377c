// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lists of actions: memory, equality, and validity for a match.
 */
#include "alloc_faults.h"
#include "test.h"

#include <errno.h>

#include "flow_parse.h"
#include "subfield_text.h"
#include "xvs/limits.h"

static const struct match any;
static const struct match tcp = {
	.key = {.dl_type = XVS_BE16(0x0800), .nw_proto = 6},
	.mask = {.dl_type = 0xffff, .nw_proto = 0xff},
};

static struct ofact set(enum field_id id, __u64 value)
{
	struct ofact a = {.type = OFACT_SET_FIELD, .set.field = id};

	a.set.value.w[1] = XVS_BE64(value);
	field_exact_mask(&fields[id], &a.set.mask);
	return a;
}

TEST(ofact, a_list_grows_and_keeps_its_order)
{
	struct ofacts list = {0}, copy;

	for (int i = 1; i <= 100; i++) {
		struct ofact a = {.type = OFACT_OUTPUT, .port = (__u16)i};

		assert_int_equal(ofacts_append(&list, &a), 0);
	}
	assert_int_equal(list.n, 100);
	assert_int_equal(ofacts_copy(&copy, &list), 0);
	assert_true(ofacts_equal(&list, &copy));
	for (int i = 1; i <= 100; i++)
		assert_int_equal(copy.v[i - 1].port, i);
	copy.v[50].port++;
	assert_false(ofacts_equal(&list, &copy));
	ofacts_fini(&list);
	ofacts_fini(&copy);
	assert_null(list.v);
	assert_int_equal(list.n, 0);
}

TEST(ofact, equality_looks_at_what_the_type_uses)
{
	struct ofact a = {.type = OFACT_NORMAL, .port = 1}, b = {.type = OFACT_NORMAL};
	struct ofacts one = {.v = &a, .n = 1}, other = {.v = &b, .n = 1};

	assert_true(ofacts_equal(&one, &other));
	b.type = OFACT_FLOOD;
	assert_false(ofacts_equal(&one, &other));
	a = set(FIELD_TCP_SRC, 1);
	b = set(FIELD_TCP_SRC, 1);
	assert_true(ofacts_equal(&one, &other));
	b = set(FIELD_TCP_SRC, 2);
	assert_false(ofacts_equal(&one, &other));
	b = set(FIELD_UDP_SRC, 1);
	assert_false(ofacts_equal(&one, &other));
	a = (struct ofact){.type = OFACT_PUSH_VLAN, .ethertype = XVS_BE16(0x8100)};
	b = (struct ofact){.type = OFACT_PUSH_VLAN, .ethertype = XVS_BE16(0x88a8)};
	assert_false(ofacts_equal(&one, &other));
}

static void parse(const char *text, struct ofacts *list)
{
	struct parse_error err;

	if (ofacts_parse(text, 0, &tcp, NULL, list, &err))
		fail_msg("'%s': %s", text, err.message);
}

/* All of them different. */
static const char *const different[] = {
	"output:1",
	"output:2",
	"output:1,output:2",
	"controller:1",
	"controller:2",
	"output:reg0",
	"output:reg1",
	"output:reg0[0..15]",
	"output:reg0[1..16]",
	"move:reg0->reg1",
	"move:reg1->reg0",
	"move:reg0->reg2",
	"push:reg0",
	"pop:reg0",
	"push_mpls:0x8847",
	"push_mpls:0x8848",
	"load:1->reg0[0..3]",
	"load:1->reg0[0..4]",
	"load:2->reg0[0..3]",
	"resubmit:1",
	"resubmit(1,2)",
	"resubmit(,2)",
	"goto_table:2",
	"goto_table:3",
	"group:1",
	"group:2",
	"meter:1",
	"meter:2",
	"conjunction(1,1/2)",
	"conjunction(2,1/2)",
	"conjunction(1,2/2)",
	"conjunction(1,1/3)",
	"clone(output:1)",
	"clone(output:2)",
	"clone(clone(output:1))",
	"learn(table=1)",
	"learn(table=2)",
	"learn(priority=1)",
	"learn(cookie=1)",
	"learn(idle_timeout=1)",
	"learn(hard_timeout=1)",
	"learn(reg0=1)",
	"learn(reg0=2)",
	"learn(reg1=1)",
	"learn(reg0=reg1)",
	"learn(reg0=reg2)",
	"learn(load:1->reg0)",
	"learn(load:reg1->reg0)",
	"learn(output:reg0)",
	"learn(output:reg1)",
	"learn(reg0=1,reg1=1)",
	"clone(learn(reg0=1))",
	"exit",
	"drop",
};

TEST(ofact, equal_lists_are_equal_and_no_others)
{
	const size_t n = sizeof(different) / sizeof(different[0]);

	for (size_t i = 0; i < n; i++) {
		struct ofacts a, b, copy;

		parse(different[i], &a);
		assert_int_equal(ofacts_copy(&copy, &a), 0);
		for (size_t k = 0; k < n; k++) {
			parse(different[k], &b);
			ROW_CHECK(different[i], ofacts_equal(&copy, &b) == (i == k), "and '%s'",
				  different[k]);
			ofacts_fini(&b);
		}
		ofacts_fini(&a);
		ofacts_fini(&copy);
	}
}

static bool outputs_to(void *aux, const struct ofact *a)
{
	return a->type == OFACT_OUTPUT && a->port == *(__u16 *)aux;
}

TEST(ofact, any_looks_into_lists_inside_of_others)
{
	__u16 port = 7;
	struct ofacts list;

	parse("output:1,clone(output:2,clone(output:7),output:3)", &list);
	assert_true(ofacts_any(&list, outputs_to, &port));
	port = 3;
	assert_true(ofacts_any(&list, outputs_to, &port));
	port = 4;
	assert_false(ofacts_any(&list, outputs_to, &port));
	assert_false(ofacts_is_conjunction(&list));
	ofacts_fini(&list);
	assert_false(ofacts_is_conjunction(&list));
	parse("conjunction(1,1/2),conjunction(2,2/2)", &list);
	assert_true(ofacts_is_conjunction(&list));
	ofacts_fini(&list);
}

TEST(ofact, subfields_are_read_and_written_in_place)
{
	uint64_t seed = test_seed(1);

	for (int round = 0; round < 20000; round++) {
		struct subfield sub = subfield_whole((enum field_id)test_below(&seed, FIELD_N));
		union field_value in, out, whole;
		struct flow_key key, before;

		sub.ofs = (__u8)test_below(&seed, sub.n_bits);
		sub.n_bits = (__u8)(1 + test_below(&seed, sub.n_bits - sub.ofs));
		for (int i = 0; i < FLOW_KEY_WORDS; i++)
			key.w[i] = test_random(&seed);
		before = key;
		in.w[0] = test_random(&seed);
		in.w[1] = test_random(&seed);
		field_value_extract(&in, 0, sub.n_bits, &in);
		subfield_set(&sub, &key, &in);
		subfield_get(&sub, &key, &out);
		ROW_CHECK(fields[sub.field].name, !memcmp(&in, &out, sizeof(in)), "other bits");
		/* Put back, nothing else has changed. */
		field_get(&fields[sub.field], &before, &whole);
		field_value_extract(&whole, sub.ofs, sub.n_bits, &out);
		subfield_set(&sub, &key, &out);
		ROW_CHECK(fields[sub.field].name, flow_equal(&key, &before), "more than its bits");
	}
}

static const char long_text[] =
	"clone(output:1,learn(reg0=1,reg1=1,reg2=1,reg3=1,reg4=1,reg5=1,load:1->reg0)),"
	"learn(load:reg0->reg1,output:reg0),clone(clone(clone(output:1,output:2,output:3))),"
	"load:1->reg0,output:1";

TEST(ofact, without_memory_a_list_is_not_read_and_nothing_is_lost)
{
	size_t bytes = alloc_bytes, failures = alloc_failures;
	struct parse_error err;
	struct ofacts list;
	int rc = -ENOMEM;

	for (long budget = 0; rc; budget++) {
		alloc_budget = budget;
		rc = ofacts_parse(long_text, 0, &tcp, NULL, &list, &err);
		alloc_budget = -1;
		assert_true(!rc || rc == -ENOMEM);
		if (rc)
			assert_int_equal(alloc_bytes, bytes);
	}
	assert_true(alloc_failures > failures + 10);
	ofacts_fini(&list);
	assert_int_equal(alloc_bytes, bytes);
}

TEST(ofact, without_memory_a_list_is_not_copied_and_nothing_is_lost)
{
	size_t bytes, failures = alloc_failures;
	struct ofacts list, copy;
	int rc = -ENOMEM;

	parse(long_text, &list);
	bytes = alloc_bytes;
	for (long budget = 0; rc; budget++) {
		alloc_budget = budget;
		rc = ofacts_copy(&copy, &list);
		alloc_budget = -1;
		assert_true(!rc || rc == -ENOMEM);
		if (rc)
			assert_int_equal(alloc_bytes, bytes);
	}
	assert_true(alloc_failures > failures + 5);
	assert_true(ofacts_equal(&copy, &list));
	ofacts_fini(&copy);
	assert_int_equal(alloc_bytes, bytes);
	ofacts_fini(&list);
}

TEST(ofact, an_empty_list_and_drop_are_equal)
{
	struct ofact drop = {.type = OFACT_DROP}, normal = {.type = OFACT_NORMAL};
	struct ofacts empty = {0}, one = {.v = &drop, .n = 1}, other = {.v = &normal, .n = 1};

	assert_true(ofacts_equal(&empty, &one));
	assert_true(ofacts_equal(&one, &empty));
	assert_false(ofacts_equal(&empty, &other));
	assert_false(ofacts_equal(&other, &one));
}

static void expect_bad(const struct ofact *v, size_t n, const struct match *match, size_t where,
		       const char *words)
{
	struct ofacts list = {.v = (struct ofact *)v, .n = n};
	struct ofacts_owner owner = {.match = match, .table_id = 3};
	struct parse_error err = {0};
	size_t which = 99;

	assert_int_equal(ofacts_check(&list, &owner, &which, &err), -EINVAL);
	ROW_CHECK(words, strstr(err.message, words), "message '%s'", err.message);
	assert_int_equal(which, where);
	assert_true(err.len >= 1);
}

static void expect_good(const struct ofact *v, size_t n, const struct match *match)
{
	struct ofacts list = {.v = (struct ofact *)v, .n = n};
	struct ofacts_owner owner = {.match = match, .table_id = 3};
	struct parse_error err = {0};
	size_t which;

	if (ofacts_check(&list, &owner, &which, &err))
		fail_msg("action %zu: %s", which, err.message);
}

TEST(ofact, setting_needs_the_fields_protocol_in_the_match)
{
	struct ofact v[] = {{.type = OFACT_NORMAL}, set(FIELD_NW_SRC, 1)};

	expect_bad(v, 2, &any, 1, "needs 'ip' in the match");
	expect_good(v, 2, &tcp);
	v[1] = set(FIELD_UDP_DST, 5);
	expect_bad(v, 2, &tcp, 1, "needs 'udp' (or 'udp6')");
	v[1] = set(FIELD_TCP_DST, 5);
	expect_good(v, 2, &tcp);
	v[1] = (struct ofact){.type = OFACT_DEC_TTL};
	expect_good(v, 2, &tcp);
	expect_bad(v, 2, &any, 1, "action 'dec_ttl' needs 'ip' (or 'ipv6')");
	v[1] = set(FIELD_DL_VLAN, 5);
	expect_good(v, 2, &any);
}

TEST(ofact, later_fragments_have_no_ports_to_set)
{
	struct match later = tcp;
	struct ofact a = set(FIELD_TCP_DST, 5);

	later.key.nw_frag = XVS_FRAG_ANY | XVS_FRAG_LATER;
	later.mask.nw_frag = XVS_FRAG_ANY | XVS_FRAG_LATER;
	expect_bad(&a, 1, &later, 0, "later fragments");
	later.key.nw_frag = XVS_FRAG_ANY;
	expect_good(&a, 1, &later);
}

TEST(ofact, masks_and_values_fit_the_field)
{
	struct ofact a = set(FIELD_NW_ECN, 1);

	a.set.mask.b[15] = 0x0f;
	expect_bad(&a, 1, &tcp, 0, "wider than the field");
	a = set(FIELD_NW_SRC, 1);
	a.set.mask.b[15] = 0xfe;
	expect_bad(&a, 1, &tcp, 0, "outside of its mask");
	a = set(FIELD_NW_SRC, 0);
	memset(&a.set.mask, 0, sizeof(a.set.mask));
	expect_bad(&a, 1, &tcp, 0, "nothing to set");
	a = set(FIELD_IN_PORT, 1);
	expect_good(&a, 1, &tcp);
	a = set(FIELD_PKT_MARK, 1);
	expect_bad(&a, 1, &tcp, 0, "cannot be set");
	a.set.field = FIELD_N;
	expect_bad(&a, 1, &tcp, 0, "no field");
}

TEST(ofact, ports_tags_and_drop_are_checked)
{
	struct ofact v[] = {{.type = OFACT_OUTPUT, .port = 1}, {.type = OFACT_DROP}};
	struct ofact push = {.type = OFACT_PUSH_VLAN, .ethertype = XVS_BE16(0x9100)};

	expect_good(v, 1, &any);
	expect_bad(v, 2, &any, 1, "'drop' must be the only action");
	expect_good(v + 1, 1, &any);
	v[0].port = 0;
	expect_bad(v, 1, &any, 0, "out of range");
	v[0].port = XVS_MAX_PORTS;
	expect_bad(v, 1, &any, 0, "out of range");
	v[0].port = XVS_MAX_PORTS - 1;
	expect_good(v, 1, &any);
	expect_bad(&push, 1, &any, 0, "0x8100 or 0x88a8");
	push.ethertype = XVS_BE16(0x88a8);
	expect_good(&push, 1, &any);
}

TEST(ofact, buckets_know_no_match)
{
	struct ofact v[] = {set(FIELD_NW_SRC, 1),
			    {.type = OFACT_GOTO_TABLE, .resubmit.table_id = 9}};

	expect_good(v, 1, NULL);
	expect_bad(v, 2, NULL, 1, "'goto_table' is for rules");
	v[0] = (struct ofact){.type = OFACT_METER, .id = 1};
	expect_bad(v, 1, NULL, 0, "'meter' is for rules");
	v[0] = (struct ofact){.type = OFACT_POP_MPLS, .ethertype = XVS_BE16(0x0800)};
	expect_good(v, 1, NULL);
}

TEST(ofact, tables_are_those_above)
{
	struct ofact v[] = {{.type = OFACT_GOTO_TABLE, .resubmit.table_id = 3},
			    {.type = OFACT_NORMAL}};

	expect_bad(v, 1, &any, 0, "above the rule's own, which is 3");
	v[0].resubmit.table_id = 4;
	expect_good(v, 1, &any);
	expect_bad(v, 2, &any, 1, "stands behind 'goto_table'");
	v[0].resubmit.table_id = OFACT_TABLE_CURRENT;
	expect_bad(v, 1, &any, 0, "names no table");
	v[0] = (struct ofact){.type = OFACT_RESUBMIT, .resubmit.table_id = 3};
	expect_good(v, 2, &any);
	v[0].resubmit.table_id = OFACT_TABLE_CURRENT;
	expect_bad(v, 1, &any, 0, "needs a port or a table");
	v[0].resubmit.port = XVS_MAX_PORTS;
	expect_bad(v, 1, &any, 0, "out of range");
}

TEST(ofact, moves_have_two_sides_of_one_width)
{
	struct ofact a = {
		.type = OFACT_MOVE,
		.move = {.src = subfield_whole(FIELD_REG0), .dst = subfield_whole(FIELD_REG0 + 1)},
	};

	expect_good(&a, 1, &any);
	a.move.dst.n_bits = 31;
	expect_bad(&a, 1, &any, 0, "a source of 32 bits, but a destination of 31");
	a.move.src = (struct subfield){.field = FIELD_REG0, .ofs = 2, .n_bits = 31};
	expect_bad(&a, 1, &any, 0, "bits that 'reg0' does not have");
	a.move.src = (struct subfield){.field = FIELD_REG0};
	a.move.dst.n_bits = 0;
	expect_bad(&a, 1, &any, 0, "bits that 'reg0' does not have");
	a.move.src = subfield_whole(FIELD_DL_TYPE);
	a.move.dst = subfield_whole(FIELD_DL_TYPE);
	expect_bad(&a, 1, &any, 0, "cannot be set: 'dl_type'");
	a.move.dst.field = FIELD_N;
	expect_bad(&a, 1, &any, 0, "names no field");
}

TEST(ofact, learn_clauses_are_checked_one_after_the_other)
{
	struct ofact_learn *l = calloc(1, sizeof(*l) + 2 * sizeof(l->clause[0]));
	struct ofact a = {.type = OFACT_LEARN, .learn = l};

	assert_non_null(l);
	l->n = 2;
	l->clause[0] = (struct learn_clause){
		.kind = LEARN_MATCH,
		.immediate = true,
		.value.w[1] = XVS_BE64(0x0800),
		.dst = subfield_whole(FIELD_DL_TYPE),
	};
	l->clause[1] = (struct learn_clause){
		.kind = LEARN_MATCH,
		.src = subfield_whole(FIELD_NW_SRC),
		.dst = subfield_whole(FIELD_NW_DST),
	};
	expect_good(&a, 1, &tcp);
	expect_bad(&a, 1, &any, 0, "needs 'ip' in the match");
	l->clause[0].value.w[1] = XVS_BE64(0x86dd);
	expect_bad(&a, 1, &tcp, 0, "needs 'ip' in the match");
	l->clause[0].value.w[1] = XVS_BE64(0x10800);
	expect_bad(&a, 1, &tcp, 0, "does not fit into 16 bits");
	l->clause[0].value.w[1] = XVS_BE64(0x0800);
	l->clause[1].kind = LEARN_LOAD;
	l->clause[1].dst = subfield_whole(FIELD_NW_PROTO);
	l->clause[1].src = subfield_whole(FIELD_NW_PROTO);
	expect_bad(&a, 1, &tcp, 0, "cannot be set");
	l->clause[1].kind = LEARN_OUTPUT;
	expect_good(&a, 1, &tcp);
	l->clause[1].immediate = true;
	expect_bad(&a, 1, &tcp, 0, "takes a field");
	l->n = 0;
	l->table_id = OFACT_TABLE_CURRENT;
	expect_bad(&a, 1, &tcp, 0, "names no table");
	free(l);
}

TEST(ofact, lists_are_nested_eight_deep_and_counted_together)
{
	struct ofacts list[10] = {0};
	struct ofact clone[10], many[512];

	for (size_t i = 0; i < 512; i++)
		many[i] = (struct ofact){.type = OFACT_NORMAL};
	for (size_t i = 0; i < 10; i++) {
		clone[i] = (struct ofact){.type = OFACT_CLONE};
		list[i] = (struct ofacts){.v = &clone[i], .n = 1};
		if (i)
			clone[i - 1].nested = &list[i];
	}
	list[8] = (struct ofacts){.v = many, .n = 1};
	expect_good(clone, 1, &any);
	list[8].n = 512 - 8;
	expect_good(clone, 1, &any);
	list[8].n++;
	expect_bad(clone, 1, &any, 0, "more than 512 actions");
	list[8] = (struct ofacts){.v = &clone[8], .n = 1};
	list[9] = (struct ofacts){.v = many, .n = 1};
	expect_bad(clone, 1, &any, 0, "nested deeper than 8");
}

TEST(ofact, long_lists_are_refused)
{
	static struct ofact v[513];

	for (size_t i = 0; i < 513; i++)
		v[i].type = OFACT_NORMAL;
	expect_good(v, 512, &any);
	expect_bad(v, 513, &any, 512, "more than 512 actions");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(ofact, a_list_grows_and_keeps_its_order),
		TEST_ROW(ofact, equality_looks_at_what_the_type_uses),
		TEST_ROW(ofact, equal_lists_are_equal_and_no_others),
		TEST_ROW(ofact, any_looks_into_lists_inside_of_others),
		TEST_ROW(ofact, subfields_are_read_and_written_in_place),
		TEST_ROW(ofact, without_memory_a_list_is_not_read_and_nothing_is_lost),
		TEST_ROW(ofact, without_memory_a_list_is_not_copied_and_nothing_is_lost),
		TEST_ROW(ofact, an_empty_list_and_drop_are_equal),
		TEST_ROW(ofact, setting_needs_the_fields_protocol_in_the_match),
		TEST_ROW(ofact, later_fragments_have_no_ports_to_set),
		TEST_ROW(ofact, masks_and_values_fit_the_field),
		TEST_ROW(ofact, ports_tags_and_drop_are_checked),
		TEST_ROW(ofact, buckets_know_no_match),
		TEST_ROW(ofact, tables_are_those_above),
		TEST_ROW(ofact, moves_have_two_sides_of_one_width),
		TEST_ROW(ofact, learn_clauses_are_checked_one_after_the_other),
		TEST_ROW(ofact, lists_are_nested_eight_deep_and_counted_together),
		TEST_ROW(ofact, long_lists_are_refused),
	};

	return cmocka_run_group_tests_name("ofact", tests, NULL, NULL);
}
