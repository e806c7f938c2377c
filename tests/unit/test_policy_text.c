// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Commands of a policy: what is refused, where and with which error, and that a refused
 * command has changed nothing [POL4]; what is accepted, as it is printed.
 */
#include <errno.h>

#include "policy_compile.h"
#include "policy_text.h"
#include "test.h"

static struct policy *make(const char *const *lines)
{
	struct policy *p;

	assert_int_equal(policy_create(1, &p), 0);
	for (; *lines; lines++) {
		struct parse_error err = {0};
		int rc = policy_apply(p, *lines, NULL, &err);

		ROW_CHECK(*lines, !rc, "%s", err.message);
	}
	return p;
}

static char *text_of_policy(const struct policy *p)
{
	struct strbuf b;

	strbuf_init(&b);
	policy_format(&b, p);
	assert_false(b.failed);
	return b.s;
}

static const char *const base[] = {
	"section add first",
	"section add second on-remove=finish",
	"group add web addresses=10.0.0.1,10.0.0.2",
	"group add inner tags=red",
	"group add outer groups=inner",
	"service add mine terms=tcp:1000",
	"rule add first id=7 name=seven from=web to=outer service=mine action=allow",
	"rule add first id=8 action=drop",
	"exclude add eth0",
	NULL,
};

/* The caret is below the word in brackets, which are not part of the command. */
static const struct {
	const char *line;
	int rc;
	const char *message; /* a part of it */
} refused[] = {
	{"[polcy] add x", -EINVAL, "unknown 'polcy'"},
	{"section [ad] x", -EINVAL, "'section' has no 'ad'"},
	{"section[]", -EINVAL, "'section' has no ''"},
	{"section [add]", -EINVAL, "needs a name"},
	{"section add [first]", -EEXIST, "exists already"},
	{"section add [1st]", -EINVAL, "a name is a letter"},
	{"section add [any]", -EINVAL, "meaning of its own"},
	{"section add [abcdefghijklmnopqrstuvwxyz-abcdefg]", -EINVAL, "31 characters"},
	{"section add x [stateful]", -EINVAL, "is not KEY=VALUE"},
	{"section add x stateful=[maybe]", -EINVAL, "'stateful' is 'no' or 'yes'"},
	{"section add x on-remove=[stay]", -EINVAL, "'on-remove' is 'end' or 'finish'"},
	{"section add x [colour]=red", -EINVAL, "'section add' has no 'colour'"},
	{"section add x before=first [after]=second", -EINVAL, "says the place"},
	{"section add x before=[third]", -ENOENT, "no other section 'third'"},
	{"section add x position=[4]", -EINVAL, "1 to 3 here"},
	{"section add x position=[0]", -EINVAL, "1 to 3 here"},
	{"section set [third] stateful=no", -ENOENT, "no section 'third'"},
	{"section set first before=[first]", -ENOENT, "no other section 'first'"},
	{"section del first [stateful]=no", -EINVAL, "'section del' has no 'stateful'"},
	{"rule add [third] action=allow", -ENOENT, "no section 'third'"},
	{"rule add [first]", -EINVAL, "'action=allow', 'drop' or 'reject' is missing"},
	{"rule add first action=[accept]", -EINVAL, "'allow', 'drop' or 'reject'"},
	{"rule add first action=allow id=[0]", -EINVAL, "'id' is 1 to 2147483647"},
	{"rule add first action=allow id=[7]", -EEXIST, "rule 7 exists already"},
	{"rule add first action=allow id=[4294967295]", -EINVAL, "out of range"},
	{"rule add first action=allow name=[seven]", -EEXIST, "it is 7"},
	{"rule add first action=allow from=[nobody]", -ENOENT, "no group 'nobody'"},
	{"rule add first action=allow from=web,[any]", -EINVAL, "'any' stands alone"},
	{"rule add first action=allow from=web,[]", -EINVAL, "name of the group is missing"},
	{"rule add first action=allow from=[]", -EINVAL, "name of the group is missing"},
	{"rule add first action=allow from=[10.0.0.1/24]", -EINVAL, "bits behind its prefix"},
	{"rule add first action=allow from=10.0.0.0/[33]", -EINVAL, "out of range"},
	{"rule add first action=allow from=[10.0.0]", -EINVAL, "no address"},
	{"rule add first action=allow from=[2001:db8::/32::]", -EINVAL, "not a number"},
	{"rule add first action=allow from=[02:00:00:00:00:0g]", -EINVAL, "no address"},
	{"rule add first action=allow from=port:[]", -EINVAL, "name of the port is missing"},
	{"rule add first action=allow from=fqdn:[a..b]", -EINVAL, "no name in DNS"},
	{"rule add first action=allow from=fqdn:[w*.example.org]", -EINVAL, "no name in DNS"},
	{"rule add first action=allow applied-to=[10.0.0.1]", -EINVAL, "a name is a letter"},
	{"rule add first action=allow service=[nothing]", -ENOENT, "no service 'nothing'"},
	{"rule add first action=allow service=tcp:[65536]", -EINVAL, "out of range"},
	{"rule add first action=allow service=tcp:[90-80]", -EINVAL, "ends before it begins"},
	{"rule add first action=allow service=[tpc]:80", -EINVAL, "unknown protocol 'tpc'"},
	{"rule add first action=allow service=icmp:8/[256]", -EINVAL, "out of range"},
	{"rule add first action=allow service=proto:[tcp]", -EINVAL, "not a number"},
	{"rule add first action=allow direction=[both]", -EINVAL, "'out', 'in' or 'in-out'"},
	{"rule add first action=allow before=[9]", -ENOENT, "no rule '9'"},
	{"rule add second action=allow before=[7]", -EINVAL, "no other rule of section 'second'"},
	{"rule add first action=allow [section]=second", -EINVAL, "'rule add' has no 'section'"},
	{"rule add first action=allow [log+=yes]", -EINVAL, "is set as a whole"},
	{"rule add first action=allow [action]=drop", -EINVAL, "given twice"},
	{"rule set [9] action=drop", -ENOENT, "no rule '9'"},
	{"rule set [eight] action=drop", -ENOENT, "no rule 'eight'"},
	{"rule set 7 after=[seven]", -EINVAL, "no other rule"},
	{"rule set 7 [id]=9", -EINVAL, "'rule set' has no 'id'"},
	{"rule del [4294967295]", -ENOENT, "no rule"},
	{"group add [web]", -EEXIST, "exists already"},
	{"group add x [addresses+=10.0.0.1]", -EINVAL, "nothing to add to"},
	{"group add x [colour]=red", -EINVAL, "'group add' has no 'colour'"},
	{"group add x macs=[02:00:00:00:00]", -EINVAL, "is no MAC"},
	{"group set web groups=[web]", -EINVAL, "nested in a circle"},
	{"group set inner groups+=[outer]", -EINVAL, "nested in a circle"},
	{"group del [web]", -EBUSY, "in use by rule 7"},
	{"group del [inner]", -EBUSY, "in use by group 'outer'"},
	{"group del [nobody]", -ENOENT, "no group 'nobody'"},
	{"service add [http] terms=tcp:80", -EEXIST, "built in"},
	{"service del [ssh]", -EEXIST, "built in"},
	{"service add [x]", -EINVAL, "'terms=...' is missing"},
	{"service add x terms=[http]", -EINVAL, "is no term"},
	{"service del [mine]", -EBUSY, "in use by rule 7"},
	{"exclude add [abcdefghijklmnopqrstuvwxyz-abcdefg]", -EINVAL, "31 characters"},
	{"exclude del [eth1]", -ENOENT, "not excluded"},
	{"default [del]", -EINVAL, "'default' has no 'del'"},
	{"default set [from]=web", -EINVAL, "'default set' has no 'from'"},
};

static void check_refused(struct policy *p, size_t i, const char *before)
{
	char line[256], *now;
	size_t n = 0, open = 0, close = 0;
	struct parse_error err = {0};
	int rc;

	for (const char *c = refused[i].line; *c; c++) {
		if (*c == '[')
			open = n;
		else if (*c == ']')
			close = n;
		else
			line[n++] = *c;
	}
	line[n] = '\0';
	rc = policy_apply(p, line, NULL, &err);
	ROW_CHECK(line, rc == refused[i].rc, "%d: %s", rc, err.message);
	ROW_CHECK(line, strstr(err.message, refused[i].message), "'%s'", err.message);
	ROW_CHECK(line, err.column >= open && err.column <= close && err.len >= 1,
		  "at %zu, %zu characters", err.column, err.len);
	now = text_of_policy(p);
	ROW_CHECK(line, !strcmp(now, before), "it has changed something");
	free(now);
}

TEST(policy_text, refuses_with_the_place_and_changes_nothing)
{
	struct policy *p = make(base);
	char *before = text_of_policy(p);

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		check_refused(p, i, before);
	free(before);
	policy_put(p);
}

static void expect_text(const char *const *lines, const char *text)
{
	struct policy *p = make(lines);
	char *got = text_of_policy(p);

	assert_string_equal(got, text);
	free(got);
	policy_put(p);
}

TEST(policy_text, prints_what_it_has_read)
{
	const char *const lines[] = {
		"# a comment",
		"",
		"  exclude  add  eth1,eth0 ",
		"group add web addresses=10.0.0.2,10.0.0.0/8,2001:DB8::1 macs=02:00:00:00:00:0A",
		"group set web fqdns=*.Example.ORG tags=b,a ports=vm1",
		"group add all groups=web",
		"service add mine terms=udp:1024-65535>53,tcp:80,tcp,icmp:8/0,proto:47",
		"section add last",
		"section add one before=last stateful=no tcp-strict=yes on-remove=finish",
		"rule add last action=allow from=10.0.0.0/8,web,port:vm1 to=any service=tcp:80,http",
		"rule add last action=reject log=yes position=1 id=5 name=five enabled=no",
		"rule add one action=drop applied-to=tag:a,all direction=out",
		"default set action=drop log=yes",
		NULL,
	};

	expect_text(
		lines,
		"exclude add eth0,eth1\n"
		"group add all\n"
		"group add web\n"
		"group set web ports+=vm1\n"
		"group set web tags+=a,b\n"
		"group set web addresses+=10.0.0.0/8,10.0.0.2,2001:db8::1\n"
		"group set web macs+=02:00:00:00:00:0a\n"
		"group set web fqdns+=*.example.org\n"
		"group set all groups+=web\n"
		"service add mine terms=icmp:8/0,tcp,tcp:80,udp:1024-65535>53,proto:47\n"
		"section add one stateful=no tcp-strict=yes on-remove=finish\n"
		"section add last stateful=yes tcp-strict=no on-remove=end\n"
		"rule add one id=6 direction=out action=drop applied-to=all,tag:a\n"
		"rule add last id=5 name=five action=reject log=yes enabled=no\n"
		"rule add last id=1 from=web,10.0.0.0/8,port:vm1 service=http,tcp:80 action=allow\n"
		"default set action=drop log=yes\n");
}

TEST(policy_text, edits_keep_what_is_not_named)
{
	const char *const lines[] = {
		"section add a",
		"section add b",
		"section set b position=1 stateful=no",
		"section set b tcp-strict=yes",
		"group add g addresses=10.0.0.1,10.0.0.2 macs=02:00:00:00:00:01",
		"group set g addresses-=10.0.0.1,10.9.9.9",
		"group set g addresses+=10.0.0.3,10.0.0.2",
		"group add h addresses=10.0.0.1 macs=02:00:00:00:00:02 tags=t",
		"group set h addresses= tags=",
		"group add gone",
		"group del gone",
		"service add s terms=tcp:1,tcp:2",
		"service set s terms-=tcp:1",
		"service set s terms+=tcp:3",
		"rule add a id=1 name=one from=g service=s action=allow",
		"rule add a id=2 action=allow",
		"rule add a id=3 action=drop",
		"rule set 3 before=one",
		"rule set one action=drop",
		"rule set 2 section=b name=two",
		"rule set two name=",
		"rule set 1 service=any",
		"exclude add x,y",
		"exclude del x",
		NULL,
	};

	expect_text(lines, "exclude add y\n"
			   "group add g\n"
			   "group set g addresses+=10.0.0.2,10.0.0.3\n"
			   "group set g macs+=02:00:00:00:00:01\n"
			   "group add h\n"
			   "group set h macs+=02:00:00:00:00:02\n"
			   "service add s terms=tcp:2,tcp:3\n"
			   "section add b stateful=no tcp-strict=yes on-remove=end\n"
			   "section add a stateful=yes tcp-strict=no on-remove=end\n"
			   "rule add b id=2 action=allow\n"
			   "rule add a id=3 action=drop\n"
			   "rule add a id=1 name=one from=g action=drop\n"
			   "default set action=allow log=no\n");
}

TEST(policy_text, groups_nest_eight_deep)
{
	struct policy *p = make((const char *const[]){"group add g1 tags=x", NULL});
	struct parse_error err;
	char line[64];

	for (int i = 2; i <= 8; i++) {
		snprintf(line, sizeof(line), "group add g%d groups=g%d", i, i - 1);
		assert_int_equal(policy_apply(p, line, NULL, &err), 0);
	}
	assert_int_equal(policy_apply(p, "group add g9 groups=g8", NULL, &err), -EINVAL);
	assert_int_equal(policy_apply(p, "group add g0", NULL, &err), 0);
	/* Below all of them: what is above counts too. */
	assert_int_equal(policy_apply(p, "group set g1 groups=g0", NULL, &err), -EINVAL);
	assert_int_equal(policy_apply(p, "group set g2 groups+=g0", NULL, &err), 0);
	policy_put(p);
}

TEST(policy_text, long_groups_are_several_lines)
{
	struct policy *p = make((const char *const[]){"group add g", NULL});
	char *text, line[64];
	size_t n = 0;

	for (int i = 0; i < 1000; i++) {
		snprintf(line, sizeof(line), "group set g addresses+=10.1.%d.%d", i / 250, i % 250);
		assert_int_equal(policy_apply(p, line, NULL, NULL), 0);
	}
	text = text_of_policy(p);
	for (char *rest = text, *l; (l = strsep(&rest, "\n"));) {
		assert_true(strlen(l) < 2000);
		n++;
	}
	/* "group add", 16 lines, the default rule and the end. */
	assert_int_equal(n, 1 + 16 + 1 + 1);
	free(text);
	policy_put(p);
}

TEST(policy_text, tells_the_number_of_a_rule)
{
	struct policy *p = make(base);
	struct policy_applied applied;

	assert_int_equal(policy_apply(p, "rule add second action=drop", &applied, NULL), 0);
	assert_int_equal(applied.rule_id, 9);
	assert_int_equal(policy_apply(p, "rule set seven log=yes", &applied, NULL), 0);
	assert_int_equal(applied.rule_id, 7);
	assert_int_equal(
		policy_apply(p, "rule add second id=2147483647 action=drop", &applied, NULL), 0);
	assert_int_equal(policy_apply(p, "rule add second action=drop", &applied, NULL), 0);
	assert_int_equal(applied.rule_id, 1);
	policy_put(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(policy_text, refuses_with_the_place_and_changes_nothing),
		TEST_ROW(policy_text, prints_what_it_has_read),
		TEST_ROW(policy_text, edits_keep_what_is_not_named),
		TEST_ROW(policy_text, groups_nest_eight_deep),
		TEST_ROW(policy_text, long_groups_are_several_lines),
		TEST_ROW(policy_text, tells_the_number_of_a_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
