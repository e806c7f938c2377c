// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Group and meter text: what is read and how it is printed, and which mistakes
 * are found where.
 */
#include "test.h"

#include "flow_names.h"
#include "group_text.h"
#include "meter_text.h"

#define SELECT "group_id=1,type=select,selection_method=hash,"
#define ALL "group_id=1,type=all,bucket="

/* Good text, and the same group as it is printed. NULL: as written. */
static const struct good_row {
	const char *text;
	const char *want;
} good_groups[] = {
	{"group_id=0,type=all", NULL},
	{"group_id=4294967040,type=all", NULL},
	{"group_id=0x10,type=all", "group_id=16,type=all"},
	{" type=ff , group_id=7", "group_id=7,type=ff"},
	{"group_id=1,type=fast_failover", "group_id=1,type=ff"},
	{ALL "bucket_id:0,actions=output:vm0", NULL},
	{ALL "output:vm0", ALL "bucket_id:0,actions=output:vm0"},
	{ALL "actions=", ALL "bucket_id:0,actions=drop"},
	{ALL "actions=drop", ALL "bucket_id:0,actions=drop"},
	{ALL "action=vm0,bucket=vm1",
	 ALL "bucket_id:0,actions=output:vm0,bucket=bucket_id:1,actions=output:vm1"},
	{"group_id=1 type=all bucket=vm0 bucket=vm1",
	 ALL "bucket_id:0,actions=output:vm0,bucket=bucket_id:1,actions=output:vm1"},
	/* The lowest free ids, as ovs-ofctl gives them. */
	{ALL "bucket_id:5,vm0,bucket=vm1,bucket=bucket_id:0,vm0",
	 ALL "bucket_id:5,actions=output:vm0,bucket=bucket_id:1,actions=output:vm1,"
	     "bucket=bucket_id:0,actions=output:vm0"},
	{ALL "bucket_id=3,actions=\"a b\"", ALL "bucket_id:3,actions=output:\"a b\""},
	{ALL "actions=resubmit(,1)", ALL "bucket_id:0,actions=resubmit(,1)"},
	{ALL "mod_dl_src:00:00:00:00:00:01,output:vm0,group:7",
	 ALL "bucket_id:0,actions=mod_dl_src:00:00:00:00:00:01,output:vm0,group:7"},
	/* The bucket's own words may stand behind and between actions. */
	{"group_id=1,type=select,bucket=output:vm0,weight:3,push_vlan:0x8100,watch_port:vm1",
	 "group_id=1,type=select,bucket=bucket_id:0,weight:3,watch_port:vm1,"
	 "actions=output:vm0,push_vlan:0x8100"},
	{"group_id=1,type=select,bucket=bucket_id:0,weight:0,actions=output:vm0", NULL},
	{"group_id=1,type=select,bucket=weight:1,actions=output:vm0",
	 "group_id=1,type=select,bucket=bucket_id:0,actions=output:vm0"},
	{"group_id=1,type=select,bucket=bucket_id:0,weight:65535,watch_port:\"a b\",watch_group:2,"
	 "actions=output:vm0",
	 NULL},
	{"group_id=1,type=indirect,bucket=bucket_id:0,actions=output:vm0", NULL},
	{"group_id=1,type=ff,bucket=bucket_id:0,watch_port:vm0,actions=output:vm0,"
	 "bucket=bucket_id:1,watch_group:0,actions=drop",
	 NULL},
	{"group_id=1,type=ff,bucket=watch_port:900,watch_group:5,vm0",
	 "group_id=1,type=ff,bucket=bucket_id:0,watch_port:900,watch_group:5,actions=output:vm0"},
	{"group_id=1,type=ff,bucket=watch_port:local,normal",
	 "group_id=1,type=ff,bucket=bucket_id:0,watch_port:LOCAL,actions=NORMAL"},
	/* What is hashed. */
	{SELECT "bucket=bucket_id:0,actions=drop", NULL},
	{SELECT "fields(nw_src,nw_dst),bucket=bucket_id:0,actions=drop", NULL},
	{SELECT "fields(ip_dst,ip_src),bucket=actions=drop",
	 SELECT "fields(nw_src,nw_dst),bucket=bucket_id:0,actions=drop"},
	{SELECT "fields=ip_src", SELECT "fields(nw_src)"},
	{SELECT "fields(ip_src=255.255.0.0)", SELECT "fields(nw_src=255.255.0.0)"},
	{SELECT "fields(eth_dst=ff:ff:ff:00:00:00,eth_src)",
	 SELECT "fields(dl_src,dl_dst=ff:ff:ff:00:00:00)"},
	{SELECT "fields(tcp_dst=0xff00)", NULL},
	{SELECT "fields(tcp_dst=65280)", SELECT "fields(tcp_dst=0xff00)"},
	{SELECT "fields(reg0=0xff,dl_vlan)", SELECT "fields(dl_vlan,reg0=0xff)"},
	{SELECT "selection_method_param=7", NULL},
	{"group_id=1,type=select,selection_method=dp_hash,selection_method_param="
	 "18446744073709551615",
	 NULL},
	{"group_id=1,type=select,selection_method_param=7,selection_method=dp_hash",
	 "group_id=1,type=select,selection_method=dp_hash,selection_method_param=7"},
};

static char *print_group(const struct group *g)
{
	struct strbuf out;

	strbuf_init(&out);
	group_format(&out, g, &test_names);
	return out.s;
}

TEST(group_text, good_groups_are_read_and_printed)
{
	for (size_t i = 0; i < sizeof(good_groups) / sizeof(good_groups[0]); i++) {
		const struct good_row *r = &good_groups[i];
		const char *want = r->want ? r->want : r->text;
		struct parse_error err = {0};
		struct group *g;
		char *text;

		for (int again = 0; again < 2; again++) {
			int rc = group_parse(again ? want : r->text, &test_names, &g, &err);

			ROW_CHECK(r->text, !rc, "'%s' at column %zu", err.message, err.column);
			text = print_group(g);
			ROW_CHECK(r->text, !strcmp(text, want), "printed '%s'", text);
			free(text);
			group_put(g);
		}
	}
}

/* Bad text; the wrong word stands in braces, the message holds 'words'. */
static const struct bad_row {
	const char *text;
	const char *words;
} bad_groups[] =
	{
		{"{}", "'group_id=...' is missing"},
		{"{type=all},bucket=vm0", "'group_id=...' is missing"},
		{"{group_id=1},bucket=vm0", "'type=...' is missing"},
		{"group_id={4294967041},type=all", "out of range (0 to 4294967040)"},
		{"group_id={all},type=all", "is a number"},
		{"{group_id},type=all", "'group_id' needs a value"},
		{"group_id=1,{group_id}=2,type=all", "given twice"},
		{"group_id=1,type=all,{type}=select", "given twice"},
		{"group_id=1,type={any}", "'type' is 'all', 'select'"},
		{"group_id=1,type=all,{foo}=1", "unknown keyword 'foo'"},
		{"group_id=1,type=all,{weight}=1", "'weight' is a bucket's"},
		{"group_id=1,type=all,{actions}=drop", "'actions' is a bucket's"},
		{"group_id=1,type=all,{command_bucket_id}=1", "has no meaning here"},
		{"group_id=1,type=all,{bucket}", "'bucket' needs '='"},
		/* what is hashed */
		{"group_id=1,type=select,selection_method={foo}", "'hash' or 'dp_hash'"},
		{"group_id=1,type=all,{selection_method}=hash", "for groups of type 'select'"},
		{"group_id=1,type=select,{fields}(ip_src),bucket=vm0",
		 "needs 'selection_method=hash'"},
		{"group_id=1,type=select,selection_method=dp_hash,{fields}(ip_src)",
		 "needs 'selection_method=hash'"},
		{"group_id=1,type=select,{selection_method_param}=1", "needs 'selection_method'"},
		{SELECT "selection_method_param={x}", "not a number"},
		{SELECT "fields({nope})", "unknown field 'nope'"},
		{SELECT "fields(ip_src,{nope}=1,ip_dst)", "unknown field 'nope'"},
		{SELECT "fields(ip_src,{ip_src})", "given twice"},
		{SELECT "fields(ip_src,{nw_src})", "given twice"},
		{SELECT "fields(ip_src={x})", "not an IPv4 address"},
		{SELECT "fields(ip_src={0.0.0.0})", "the mask has no bits"},
		{SELECT "fields(dl_type={0xffff})", "cannot have a mask"},
		{SELECT "fields(ip_src),{fields}(ip_dst)", "given twice"},
		{SELECT "fields{(}ip_src", "closing parenthesis"},
		/* buckets */
		{ALL "{}", "needs actions"},
		{ALL "{bucket_id:1},bucket=vm0", "needs actions"},
		{ALL "{weight}:1,vm0", "'weight' is for groups of type 'select'"},
		{ALL "{watch_port}:vm0,vm0", "for groups of type 'select' and 'fast_failover'"},
		{ALL "vm0,{watch_group}:1", "for groups of type 'select' and 'fast_failover'"},
		{ALL "bucket_id:1,vm0,bucket={bucket_id:1,vm0}", "bucket_id 1 is given twice"},
		{ALL "bucket_id:{4294967041},vm0", "out of range"},
		{ALL "bucket_id:1,{bucket_id}:2,vm0", "'bucket_id' is given twice"},
		{ALL "{bucket_id}:,vm0", "'bucket_id' needs a value"},
		{ALL "{actions}", "needs '='"},
		{ALL "actions={nosuch}", "unknown action or port 'nosuch'"},
		{ALL "bucket_id:1,output:{nosuch}", "unknown port 'nosuch'"},
		{ALL "vm0,bucket=bucket_id:7,actions=output:vm0,output:{nosuch}", "unknown port"},
		{ALL "{drop},vm0", "'drop' must be the only action"},
		{ALL "actions={clone}(vm0)", "'clone' has no place in a bucket"},
		{ALL "vm0,{learn}(table=1)", "'learn' has no place in a bucket"},
		{ALL "vm0,{exit}", "'exit' has no place in a bucket"},
		{ALL "{output}:NXM_NX_REG0[0..15]", "'output' has no place in a bucket"},
		{ALL "output{(}", "closing parenthesis"},
		{"group_id=1,type=select,bucket=weight:{65536},vm0", "out of range (0 to 65535)"},
		{"group_id=1,type=select,bucket=weight:1,{weight}:2,vm0", "given twice"},
		{"group_id=1,type=select,bucket=watch_port:{nosuch},vm0", "unknown port 'nosuch'"},
		{"group_id=1,type=ff,bucket=watch_port:{normal},vm0", "takes a port of the switch"},
		{"group_id=1,type=ff,bucket=watch_port:vm0,vm0,bucket={vm1}",
		 "needs 'watch_port' or"},
		{"{group_id=1,type=indirect}", "has one bucket"},
		{"group_id=1,type=indirect,bucket=vm0,bucket={vm1}", "has one bucket"},
},
  bad_meters[] =
	  {
		  {"{}", "'meter=...' is missing"},
		  {"{kbps},bands=type=drop,rate=5", "'meter=...' is missing"},
		  {"meter={0},kbps,bands=type=drop,rate=5", "0 is out of range (1 to 4294901760)"},
		  {"meter={4294901761},kbps,bands=type=drop,rate=5", "out of range"},
		  {"meter=1,{meter}=2,kbps,bands=type=drop,rate=5", "given twice"},
		  {"meter={all},kbps,bands=type=drop,rate=5", "not a number"},
		  {"{meter},kbps,bands=type=drop,rate=5", "'meter' needs a value"},
		  {"{meter=1},bands=type=drop,rate=5", "needs 'kbps' or 'pktps'"},
		  {"meter=1,kbps,{pktps},bands=type=drop,rate=5", "exclude each other"},
		  {"meter=1,kbps={1},bands=type=drop,rate=5", "takes no value"},
		  {"{meter=1},kbps", "'bands=type=drop,rate=...' is missing"},
		  {"{meter=1},kbps,bands=", "'bands=type=drop,rate=...' is missing"},
		  {"meter=1,kbps,{bands}", "'bands' needs a value"},
		  {"meter=1,kbps,bands={type}=drop", "needs 'rate=...'"},
		  {"meter=1,kbps,bands={rate}=4", "begins with 'type=drop'"},
		  {"meter=1,kbps,bands=type=drop,rate={0}", "above 0"},
		  {"meter=1,kbps,bands=type=drop,rate={4294967296}", "out of range"},
		  {"meter=1,kbps,bands=type=drop,rate=1,{rate}=2", "given twice"},
		  {"meter=1,kbps,bands=type={dscp_remark},rate=5,prec_level=1", "is not supported"},
		  {"meter=1,kbps,bands=type=drop,rate=5,{type}=drop,rate=50", "one band"},
		  {"meter=1,kbps,bands=type=drop,rate=5,{foo}=2",
		   "unknown keyword 'foo' of a band"},
		  {"meter=1,kbps,{foo},bands=type=drop,rate=5", "unknown keyword 'foo'"},
		  {"meter=1,kbps,{rate}=5", "'rate' is a band's"},
		  {"meter=1,bands=type=drop,rate=5,{kbps}", "unknown keyword 'kbps' of a band"},
		  {"meter=1,kbps,{burst},bands=type=drop,rate=5", "'burst' needs 'burst_size=...'"},
		  {"meter=1,kbps,bands=type=drop,rate=5,{burst_size}=5",
		   "'burst_size' needs 'burst'"},
},
  bad_group_ids[] =
	  {
		  {"group_id={x}", "not a number"},
		  {"{group}=1", "'group' has no meaning here"},
		  {"1,{2}", "nothing may follow"},
		  {"group_id={4294967041}", "out of range"},
},
  bad_meter_ids[] = {
	  {"meter={0}", "out of range"},
	  {"meter={x}", "not a number"},
	  {"{group_id}=1", "has no meaning here"},
	  {"meter=1 {meter}=2", "nothing may follow"},
};

typedef int (*parse_fn)(const char *text, struct parse_error *err);

static void check_bad(const struct bad_row *rows, size_t n, parse_fn parse)
{
	for (size_t i = 0; i < n; i++) {
		const struct bad_row *r = &rows[i];
		const char *open = strchr(r->text, '{'), *close = strchr(r->text, '}');
		size_t column = (size_t)(open - r->text), len = (size_t)(close - open - 1), at = 0;
		struct parse_error err = {0};
		char text[200];

		for (const char *p = r->text; *p; p++)
			if (*p != '{' && *p != '}')
				text[at++] = *p;
		text[at] = '\0';
		ROW_CHECK(r->text, parse(text, &err) == -EINVAL, "was accepted");
		ROW_CHECK(r->text, strstr(err.message, r->words), "'%s'", err.message);
		ROW_CHECK(r->text, err.column == column, "column %zu, '%s'", err.column,
			  err.message);
		ROW_CHECK(r->text, err.len == (len ? len : 1), "len %zu", err.len);
	}
}
#define CHECK_BAD(rows, parse) check_bad(rows, sizeof(rows) / sizeof((rows)[0]), parse)

static int parse_group(const char *text, struct parse_error *err)
{
	struct group *g;

	return group_parse(text, &test_names, &g, err);
}

static int parse_meter(const char *text, struct parse_error *err)
{
	struct meter_config config;
	__u32 id;

	return meter_parse(text, &id, &config, err);
}

static int parse_group_id(const char *text, struct parse_error *err)
{
	__u32 id;

	return group_id_parse(text, &id, err);
}

static int parse_meter_id(const char *text, struct parse_error *err)
{
	__u32 id;

	return meter_id_parse(text, &id, err);
}

TEST(group_text, bad_text_is_refused_with_its_place)
{
	CHECK_BAD(bad_groups, parse_group);
	CHECK_BAD(bad_meters, parse_meter);
	CHECK_BAD(bad_group_ids, parse_group_id);
	CHECK_BAD(bad_meter_ids, parse_meter_id);
}

TEST(group_text, a_group_has_at_most_so_many_buckets)
{
	for (int more = 0; more < 2; more++) {
		struct parse_error err = {0};
		struct strbuf text;
		struct group *g;
		int rc;

		strbuf_init(&text);
		strbuf_add(&text, "group_id=1,type=all");
		for (int i = 0; i < GROUP_BUCKETS_MAX + more; i++)
			strbuf_add(&text, ",bucket=vm0");
		rc = group_parse(strbuf_str(&text), &test_names, &g, &err);
		assert_int_equal(rc, more ? -EINVAL : 0);
		if (more)
			assert_non_null(strstr(err.message, "more than 512 buckets"));
		else
			group_put(g);
		strbuf_fini(&text);
	}
}

TEST(group_text, numbers_to_delete_and_show)
{
	static const struct {
		const char *text;
		__u32 group;
	} rows[] = {
		{"", GROUP_NONE},
		{"all", GROUP_NONE},
		{"group_id=all", GROUP_NONE},
		{"group_id=7", 7},
		{"7", 7},
		{" group_id=0 ", 0},
	};
	__u32 id;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ROW_CHECK(rows[i].text, !group_id_parse(rows[i].text, &id, NULL), "refused");
		ROW_CHECK(rows[i].text, id == rows[i].group, "%u", id);
	}
	assert_int_equal(meter_id_parse("", &id, NULL), 0);
	assert_int_equal(id, 0);
	assert_int_equal(meter_id_parse("meter=3", &id, NULL), 0);
	assert_int_equal(id, 3);
	assert_int_equal(meter_id_parse("meter=all", &id, NULL), 0);
	assert_int_equal(id, 0);
}

TEST(group_text, good_meters_are_read_and_printed)
{
	static const struct good_row rows[] = {
		{"meter=1,pktps,burst,stats,bands=type=drop,rate=1000,burst_size=100", NULL},
		{"meter=1 pktps band=type=drop rate=1000",
		 "meter=1,pktps,bands=type=drop,rate=1000"},
		{"meter=4294901760,kbps,bands=type=drop,rate=4294967295", NULL},
		{"stats,kbps,kbps,meter=0x10,bands=type=drop,rate=0x10",
		 "meter=16,kbps,stats,bands=type=drop,rate=16"},
		{"meter=1,kbps,burst,bands=type=drop,burst_size=4294967295,rate=1",
		 "meter=1,kbps,burst,bands=type=drop,rate=1,burst_size=4294967295"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct good_row *r = &rows[i];
		struct parse_error err = {0};
		struct meter_config config;
		struct strbuf out;
		__u32 id;

		ROW_CHECK(r->text, !meter_parse(r->text, &id, &config, &err), "'%s' at %zu",
			  err.message, err.column);
		strbuf_init(&out);
		meter_format(&out, id, &config);
		ROW_CHECK(r->text, !strcmp(strbuf_str(&out), r->want ? r->want : r->text),
			  "printed '%s'", strbuf_str(&out));
		strbuf_fini(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(group_text, good_groups_are_read_and_printed),
		TEST_ROW(group_text, bad_text_is_refused_with_its_place),
		TEST_ROW(group_text, a_group_has_at_most_so_many_buckets),
		TEST_ROW(group_text, numbers_to_delete_and_show),
		TEST_ROW(group_text, good_meters_are_read_and_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
