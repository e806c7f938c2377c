// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lists of actions: memory, equality, and validity for a match.
 */
#include "test.h"

#include <errno.h>

#include "flow_parse.h"
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
	a = (struct ofact){.type = OFACT_PUSH_VLAN, .tpid = XVS_BE16(0x8100)};
	b = (struct ofact){.type = OFACT_PUSH_VLAN, .tpid = XVS_BE16(0x88a8)};
	assert_false(ofacts_equal(&one, &other));
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
	struct parse_error err = {0};
	size_t which = 99;

	assert_int_equal(ofacts_check(&list, match, &which, &err), -EINVAL);
	ROW_CHECK(words, strstr(err.message, words), "message '%s'", err.message);
	assert_int_equal(which, where);
	assert_true(err.len >= 1);
}

static void expect_good(const struct ofact *v, size_t n, const struct match *match)
{
	struct ofacts list = {.v = (struct ofact *)v, .n = n};
	struct parse_error err = {0};
	size_t which;

	if (ofacts_check(&list, match, &which, &err))
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
	expect_bad(&a, 1, &tcp, 0, "cannot be set");
	a.set.field = FIELD_N;
	expect_bad(&a, 1, &tcp, 0, "no field");
}

TEST(ofact, ports_tags_and_drop_are_checked)
{
	struct ofact v[] = {{.type = OFACT_OUTPUT, .port = 1}, {.type = OFACT_DROP}};
	struct ofact push = {.type = OFACT_PUSH_VLAN, .tpid = XVS_BE16(0x9100)};

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
	push.tpid = XVS_BE16(0x88a8);
	expect_good(&push, 1, &any);
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
		TEST_ROW(ofact, an_empty_list_and_drop_are_equal),
		TEST_ROW(ofact, setting_needs_the_fields_protocol_in_the_match),
		TEST_ROW(ofact, later_fragments_have_no_ports_to_set),
		TEST_ROW(ofact, masks_and_values_fit_the_field),
		TEST_ROW(ofact, ports_tags_and_drop_are_checked),
		TEST_ROW(ofact, long_lists_are_refused),
	};

	return cmocka_run_group_tests_name("ofact", tests, NULL, NULL);
}
