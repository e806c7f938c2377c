// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Connections at the control socket: conditions as text (rpc_ct_filter.c), which
 * connections they take (ct_filter.c), and a connection as JSON (rpc_ct_text.c).
 */
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>

#include "rpc_ct_private.h"

#define HZ_OF_TESTS 250
#define NOW 1000000U

static struct dp_ct_conn conn_of(__u8 family, __u8 proto, const char *src, const char *dst,
				 __u8 state)
{
	struct dp_ct_conn c = {.slot = 12};
	struct xvs_ct_tuple *t = &c.entry.tuple;

	t->family = family;
	t->proto = proto;
	t->zone = 5;
	t->sport = XVS_BE16(40000);
	t->dport = XVS_BE16(80);
	assert_int_equal(inet_pton(family == 4 ? AF_INET : AF_INET6, src,
				   family == 4 ? (void *)&t->src.ip4 : t->src.ip6),
			 1);
	assert_int_equal(inet_pton(family == 4 ? AF_INET : AF_INET6, dst,
				   family == 4 ? (void *)&t->dst.ip4 : t->dst.ip6),
			 1);
	c.entry.link = XVS_CT_NONE;
	c.entry.mark = 0x15;
	c.entry.rule = 9;
	c.entry.born = NOW - 10 * HZ_OF_TESTS;
	c.word = xvs_ct_word(1, XVS_CT_F_REPLIED | XVS_CT_F_ASSURED, state, 1,
			     NOW + 30 * HZ_OF_TESTS - 1);
	return c;
}

/* Options as a request has them: {"zone": "5", ...}. */
static int parse(const char *options, struct ct_filter *f, struct err *err)
{
	json_t *o = json_loads(options, 0, NULL);
	struct rpc_params p = {.options = o};
	int rc;

	assert_non_null(o);
	rc = rpc_ct_filter(&p, f, err);
	json_decref(o);
	return rc;
}

static const struct {
	const char *options;
	bool takes4, takes6; /* the connections of the test below */
} filters[] = {
	{"{}", true, true},
	{"{\"zone\": \"5\"}", true, true},
	{"{\"zone\": \"6\"}", false, false},
	{"{\"proto\": \"tcp\"}", true, false},
	{"{\"proto\": \"17\"}", false, true},
	{"{\"src\": \"10.0.0.1\"}", true, false},
	{"{\"src\": \"10.0.0.2\"}", false, false},
	{"{\"src\": \"10.0.0.0/8\"}", true, false},
	{"{\"src\": \"10.0.0.99/31\"}", false, false},
	{"{\"src\": \"0.0.0.0/0\"}", true, false},
	{"{\"dst\": \"fc00::/7\"}", false, true},
	{"{\"dst\": \"fc00::2\"}", false, true},
	{"{\"dst\": \"::/0\", \"sport\": \"40000\"}", false, true},
	{"{\"dport\": \"81\"}", false, false},
	{"{\"state\": \"established\"}", true, false},
	{"{\"state\": \"established,replied\"}", true, true},
	{"{\"mark\": \"0x15\"}", true, true},
	{"{\"mark\": \"0x10/0x30\"}", true, true},
	{"{\"mark\": \"0x20/0x30\"}", false, false},
	{"{\"rule\": \"9\"}", true, true},
	{"{\"rule\": \"0\"}", false, false},
};

TEST(rpc_ct, filters_take_what_all_conditions_hold_for)
{
	struct dp_ct_conn c4 = conn_of(4, 6, "10.0.0.1", "10.0.0.2", XVS_CT_S_ESTABLISHED);
	struct dp_ct_conn c6 = conn_of(6, 17, "fc00::1", "fc00::2", XVS_CT_S_REPLIED);

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		struct ct_filter f;
		struct err err;

		err_init(&err);
		ROW_CHECK(filters[i].options, !parse(filters[i].options, &f, &err), "%s",
			  err.message);
		ROW_CHECK(filters[i].options,
			  ct_filter_takes(&f, c4.word, &c4.entry) == filters[i].takes4, "IPv4");
		ROW_CHECK(filters[i].options,
			  ct_filter_takes(&f, c6.word, &c6.entry) == filters[i].takes6, "IPv6");
		err_fini(&err);
	}
}

TEST(rpc_ct, aliases_are_never_shown_and_expectations_when_asked_for)
{
	struct dp_ct_conn alias = conn_of(4, 6, "10.0.0.1", "10.0.0.2", XVS_CT_S_ALIAS);
	struct dp_ct_conn expect = conn_of(4, 6, "10.0.0.1", "10.0.0.2", XVS_CT_S_EXPECT);
	struct ct_filter f;
	struct err err;

	err_init(&err);
	assert_int_equal(parse("{}", &f, &err), 0);
	assert_false(ct_filter_takes(&f, alias.word, &alias.entry));
	assert_false(ct_filter_takes(&f, expect.word, &expect.entry));
	assert_int_equal(parse("{\"state\": \"expect\"}", &f, &err), 0);
	assert_true(ct_filter_takes(&f, expect.word, &expect.entry));
	err_fini(&err);
}

static const struct {
	const char *options, *message;
} mistakes[] = {
	{"{\"state\": \"bogus\"}", "expect, unreplied, replied, syn_sent, syn_sent2, syn_recv, "
				   "established, fin_wait, close_wait, last_ack, time_wait, close"},
	{"{\"state\": \"established,\"}", "state=established,:"},
	{"{\"state\": \"alias\"}", "must be one or more"},
	{"{\"zone\": \"65536\"}", "from 0 to 65535"},
	{"{\"proto\": \"tpc\"}", "must be tcp, udp, icmp"},
	{"{\"proto\": \"256\"}", "from 0 to 255"},
	{"{\"src\": \"10.0.0\"}", "such as 10.0.0.0/8"},
	{"{\"src\": \"10.0.0.0/33\"}", "src=10.0.0.0/33"},
	{"{\"dst\": \"fc00::/129\"}", "dst=fc00::/129"},
	{"{\"dst\": \"fc00::/\"}", "dst=fc00::/"},
	{"{\"dst\": "
	 "\"1111111111111111111111111111111111111111111111111111111111111111111111111111\"}",
	 "must be an IPv4 or IPv6 address"},
	{"{\"mark\": \"x\"}", "value/mask"},
	{"{\"mark\": \"1/\"}", "value/mask"},
	{"{\"mark\": \"4294967296\"}", "32 bits"},
};

TEST(rpc_ct, mistakes_are_named_with_what_would_be_right)
{
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct ct_filter f;
		struct err err;

		err_init(&err);
		ROW_CHECK(mistakes[i].options, parse(mistakes[i].options, &f, &err) == -EINVAL,
			  "taken");
		ROW_CHECK(mistakes[i].options, strstr(err.message, mistakes[i].message), "%s",
			  err.message);
		assert_int_equal(err.code, XVS_RPC_USAGE);
		err_fini(&err);
	}
}

static json_t *json_of(const struct dp_ct_conn *c)
{
	struct strbuf text;
	json_error_t where;
	json_t *o;

	strbuf_init(&text);
	rpc_ct_conn_text(&text, c, NOW, HZ_OF_TESTS, NULL);
	o = json_loads(strbuf_str(&text), JSON_REJECT_DUPLICATES, &where);
	if (!o)
		print_error("%s: %s\n", strbuf_str(&text), where.text);
	assert_non_null(o);
	strbuf_fini(&text);
	return o;
}

/* The members of 'want' are those of 'o', and equal. */
static void check_members(const json_t *o, const char *want_text)
{
	json_t *want = json_loads(want_text, 0, NULL), *value;
	const char *key;

	assert_non_null(want);
	json_object_foreach (want, key, value)
		ROW_CHECK(key, json_equal(value, json_object_get(o, key)), "%s",
			  json_dumps(json_object_get(o, key), JSON_ENCODE_ANY));
	json_decref(want);
}

TEST(rpc_ct, a_connection_as_json)
{
	struct dp_ct_conn c = conn_of(4, 6, "10.0.0.1", "10.0.0.2", XVS_CT_S_ESTABLISHED);
	json_t *o;

	c.entry.label[0] = 1;
	c.entry.label[1] = 0xab;
	o = json_of(&c);
	check_members(
		o,
		"{\"proto\": \"tcp\", \"family\": 4, \"state\": \"established\", "
		"\"zone\": 5, \"mark\": 21, \"rule\": 9, \"rule_name\": null, \"assured\": true, "
		"\"nat\": null, \"alg\": null, \"timeout_s\": 30, \"age_s\": 10, "
		"\"flags\": [\"replied\", \"assured\"], "
		"\"label\": \"0x00000000000000ab0000000000000001\", "
		"\"orig\": {\"src\": \"10.0.0.1\", \"dst\": \"10.0.0.2\", "
		"\"sport\": 40000, \"dport\": 80}, "
		"\"reply\": {\"src\": \"10.0.0.2\", \"dst\": \"10.0.0.1\", "
		"\"sport\": 80, \"dport\": 40000}}");
	json_decref(o);
}

TEST(rpc_ct, a_translated_connection_shows_what_answers_carry)
{
	struct dp_ct_conn c = conn_of(6, 17, "fc00::1", "fc00::2", XVS_CT_S_UNREPLIED);
	json_t *o;

	c.entry.flags = XVS_CT_E_SNAT | XVS_CT_E_RELATED;
	c.entry.alg = XVS_CT_ALG_TFTP;
	c.entry.master = 77;
	c.entry.reply = c.entry.tuple;
	c.entry.reply.dport = XVS_BE16(1024);
	c.word = xvs_ct_word(1, XVS_CT_F_HALF, XVS_CT_S_UNREPLIED, 1, NOW - 5);
	o = json_of(&c);
	check_members(o, "{\"proto\": \"udp\", \"family\": 6, \"state\": \"unreplied\", "
			 "\"assured\": false, \"nat\": \"src\", \"alg\": \"tftp\", "
			 "\"timeout_s\": 0, \"master\": 77, "
			 "\"flags\": [\"half-open\", \"related\"], "
			 "\"reply\": {\"src\": \"fc00::1\", \"dst\": \"fc00::2\", "
			 "\"sport\": 40000, \"dport\": 1024}}");
	json_decref(o);
}

TEST(rpc_ct, icmp_has_an_identifier_and_others_a_number)
{
	struct dp_ct_conn c = conn_of(4, 1, "10.0.0.1", "10.0.0.2", XVS_CT_S_REPLIED);
	json_t *o = json_of(&c);

	check_members(o, "{\"proto\": \"icmp\", \"orig\": {\"src\": \"10.0.0.1\", "
			 "\"dst\": \"10.0.0.2\", \"id\": 40000}}");
	json_decref(o);
	c.entry.tuple.proto = 89;
	o = json_of(&c);
	check_members(o, "{\"proto\": \"89\"}");
	json_decref(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(rpc_ct, filters_take_what_all_conditions_hold_for),
		TEST_ROW(rpc_ct, aliases_are_never_shown_and_expectations_when_asked_for),
		TEST_ROW(rpc_ct, mistakes_are_named_with_what_would_be_right),
		TEST_ROW(rpc_ct, a_connection_as_json),
		TEST_ROW(rpc_ct, a_translated_connection_shows_what_answers_carry),
		TEST_ROW(rpc_ct, icmp_has_an_identifier_and_others_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
