// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ctl/command.c and ctl/cmdline.c: command lines that are right and wrong, and
 * the table itself.
 */
#include "test.h"

#include "ctl/cmdline.h"
#include "ctl/help.h"

#define MAX_WORDS 12

struct row {
	const char *line; /* words by blanks; '_' in a word is a blank */
	const char *want; /* command and what it got, or "usage: message" */
	const char *hint; /* part of the hint; NULL: none wanted */
};

static const struct row rows[] = {
	{"attach eth1 vm0 vm1", "attach(eth1,vm0,vm1)", NULL},
	{"attach --host eth1", "attach(eth1) --host", NULL},
	{"detach", "detach()", NULL},
	{"status", "status()", NULL},
	{"-j status", "status() json", NULL},
	{"status -j", "status() json", NULL},
	{"-p status", "status() json pretty", NULL},
	{"port -s show -j sw0", "port show(sw0) json stats", NULL},
	{"-sjq port show sw0", "port show(sw0) json stats quiet", NULL},
	{"-t 5 switch show", "switch show() t=5000", NULL},
	{"-t0.25 switch show", "switch show() t=250", NULL},
	{"switch show -S /run/x", "switch show() S=/run/x", NULL},
	{"-S/run/x switch show sw0", "switch show(sw0) S=/run/x", NULL},
	{"-jt 5 switch show", "switch show() json t=5000", NULL},
	{"switch add sw0", "switch add(sw0)", NULL},
	{"switch del sw0", "switch del(sw0)", NULL},
	{"port add sw0 eth1", "port add(sw0,eth1)", NULL},
	{"port add sw0 eth1 hook=tc tag=10", "port add(sw0,eth1) hook=tc tag=10", NULL},
	{"port add sw0 type=netdev eth1", "port add(sw0,eth1) type=netdev", NULL},
	{"port set sw0 vm0 trunks=10,20-29", "port set(sw0,vm0) trunks=10,20-29", NULL},
	{"port set sw0 vm0 tag=none blocked=on flood=off",
	 "port set(sw0,vm0) tag=none blocked=on flood=off", NULL},
	{"port del sw0 vm0", "port del(sw0,vm0)", NULL},
	{"port add sw0 vm3 type=xsk queues=4 owner=qemu:kvm",
	 "port add(sw0,vm3) type=xsk queues=4 owner=qemu:kvm", NULL},
	{"port exec sw0 vm3 qemu a=b", "port exec(sw0,vm3,qemu,a=b)", NULL},
	{"port exec sw0 vm3 -- qemu -j --version x=1", "port exec(sw0,vm3,qemu,-j,--version,x=1)",
	 NULL},
	{"port show sw0 vm0", "port show(sw0,vm0)", NULL},
	{"flow add sw0 in_port=1,actions=drop", "flow add(sw0,in_port=1,actions=drop)", NULL},
	{"flow add sw0 actions=drop check_overlap", "flow add(sw0,actions=drop) check_overlap",
	 NULL},
	{"flow mod --strict sw0 ip,actions=drop", "flow mod(sw0,ip,actions=drop) --strict", NULL},
	{"flow del sw0", "flow del(sw0)", NULL},
	{"flow del sw0 tag=5", "flow del(sw0,tag=5)", NULL},
	{"flow del sw0 --strict priority=5", "flow del(sw0,priority=5) --strict", NULL},
	{"flow show sw0 in_port=_vm0", "flow show(sw0,in_port= vm0)", NULL},
	{"flow replace sw0 a=b", "flow replace(sw0,a=b)", NULL},
	{"flow replace sw0 -", "flow replace(sw0,-)", NULL},
	{"trace sw0 in_port=vm0,tcp", "trace(sw0,in_port=vm0,tcp)", NULL},
	{"fdb add sw0 00:11:22:33:44:55 vm0 vlan=7", "fdb add(sw0,00:11:22:33:44:55,vm0) vlan=7",
	 NULL},
	{"cache set sw0 micro=off mega=on limit=100", "cache set(sw0) micro=off mega=on limit=100",
	 NULL},
	{"classifier show sw0", "classifier show(sw0)", NULL},
	{"classifier set sw0 priority-sort=off", "classifier set(sw0) priority-sort=off", NULL},
	{"classifier set prefix=off staged=on sw0", "classifier set(sw0) prefix=off staged=on",
	 NULL},
	{"drops show sw0", "drops show(sw0)", NULL},
	{"help", "help()", NULL},
	{"help port", "help(port)", NULL},
	{"port help", "help(port)", NULL},
	{"attach help", "help(attach)", NULL},
	{"attach -- help", "attach(help)", NULL},
	{"attach -- -j", "attach(-j)", NULL},
	{"--help", "help()", NULL},
	{"port add --help", "help(port)", NULL},
	{"-h", "help()", NULL},
	{"version", "version()", NULL},
	{"--version", "version()", NULL},
	{"port add sw0 -- --strict", "port add(sw0,--strict)", NULL},

	{"", "usage: a command is missing", "xvsctl help"},
	{"prot show", "usage: unknown object 'prot'", "'port'"},
	{"flows show sw0", "usage: unknown object 'flows'", "'flow'"},
	{"switc add", "usage: unknown object 'switc'", "'switch'"},
	{"zzzzzz", "usage: unknown object 'zzzzzz'", "xvsctl help"},
	{"help prot", "usage: unknown object 'prot'", "'port'"},
	{"port", "usage: port: a verb is missing", "add set del show"},
	{"port shwo sw0", "usage: port: unknown verb 'shwo'", "'port show'"},
	{"port delete sw0", "usage: port: unknown verb 'delete'", "'port del'"},
	{"fdb xyzzy", "usage: fdb: unknown verb 'xyzzy'", "show add del flush"},
	{"port add", "usage: port add: SW is missing", "port add SW PORT"},
	{"port add sw0", "usage: port add: PORT is missing", "port add SW PORT"},
	{"attach", "usage: attach: IFACE is missing", "attach IFACE..."},
	{"switch add a b", "usage: switch add: unexpected argument 'b'", "switch add SW"},
	{"detach now", "usage: detach: unexpected argument 'now'", "detach"},
	{"flow add sw0 ip actions=drop", "usage: flow add: unexpected argument 'actions=drop'",
	 "quotes"},
	{"flow add sw0 ip,actions=drop --strict", "usage: flow add: unknown option '--strict'",
	 "check_overlap"},
	{"port add sw0 vm0 hok=tc", "usage: port add: unknown option 'hok'", "'hook'"},
	{"port add sw0 vm0 zzz=1", "usage: port add: unknown option 'zzz'", "hook=auto|xdp|tc"},
	{"port exec sw0 vm3", "usage: port exec: COMMAND is missing", "port exec SW PORT COMMAND"},
	{"port set sw0 vm0 queues=2", "usage: port set: unknown option 'queues'",
	 "hook=auto|xdp|tc"},
	{"port set sw0 vm0 type=netdev", "usage: port set: unknown option 'type'",
	 "hook=auto|xdp|tc"},
	{"port add sw0 vm0 hook=generic", "usage: hook=generic: unknown value", "auto|xdp|tc"},
	{"port add sw0 vm0 hook=", "usage: hook=: unknown value", "auto|xdp|tc"},
	{"port add sw0 vm0 tag=", "usage: tag=: its value is missing", NULL},
	{"port add sw0 vm0 tag=1 tag=2", "usage: tag is given twice", NULL},
	{"classifier show", "usage: classifier show: SW is missing", "classifier show SW"},
	{"classifier set sw0 prefix=maybe", "usage: prefix=maybe: unknown value", "on|off"},
	{"classifier set sw0 priority_sort=on",
	 "usage: classifier set: unknown option 'priority_sort'", "'priority-sort'"},
	{"classifier set sw0 stages=on", "usage: classifier set: unknown option 'stages'",
	 "'staged'"},
	{"classifier stats sw0", "usage: classifier: unknown verb 'stats'", "show set"},
	{"attach a=b", "usage: attach: unknown option 'a'", "--host"},
	{"-x status", "usage: unknown option '-x'", "-S SOCKET"},
	{"--json status", "usage: unknown option '--json'", "-S SOCKET"},
	{"status --json", "usage: status: unknown option '--json'", "status"},
	{"-jz status", "usage: unknown option '-z'", "-S SOCKET"},
	{"-t", "usage: -t: its value is missing", NULL},
	{"-t x status", "usage: -t x: must be seconds, from 0.001 to 86400", NULL},
	{"-t 0 status", "usage: -t 0: must be seconds, from 0.001 to 86400", NULL},
	{"-t nan status", "usage: -t nan: must be seconds, from 0.001 to 86400", NULL},
	{"-t 5x status", "usage: -t 5x: must be seconds, from 0.001 to 86400", NULL},
	{"status -S", "usage: -S: its value is missing", NULL},
};

/* What was understood, in the words of 'want'. */
static void describe(const struct cmdline *c, struct strbuf *out)
{
	command_name(c->cmd, out);
	strbuf_addc(out, '(');
	if (c->cmd->action == COMMAND_HELP)
		strbuf_add(out, c->help_object ? c->help_object : "");
	for (size_t i = 0; c->cmd->action != COMMAND_HELP && i < c->n_args; i++)
		strbuf_printf(out, i ? ",%s" : "%s", c->args[i]);
	strbuf_addc(out, ')');
	for (size_t i = 0; i < c->n_options; i++) {
		strbuf_printf(out, " %s", c->options[i].option->name);
		if (c->options[i].value)
			strbuf_printf(out, "=%s", c->options[i].value);
	}
	strbuf_add(out, c->json ? " json" : "");
	strbuf_add(out, c->pretty ? " pretty" : "");
	strbuf_add(out, c->stats ? " stats" : "");
	strbuf_add(out, c->quiet ? " quiet" : "");
	if (c->timeout_ms)
		strbuf_printf(out, " t=%d", c->timeout_ms);
	if (c->socket)
		strbuf_printf(out, " S=%s", c->socket);
}

static int split(char *line, char **argv)
{
	int argc = 0;

	argv[argc++] = (char *)"xvsctl";
	for (char *w = strtok(line, " "); w; w = strtok(NULL, " ")) {
		assert_true(argc < MAX_WORDS - 1);
		argv[argc++] = w;
		for (; *w; w++)
			if (*w == '_' && w[-1] == '=')
				*w = ' ';
	}
	argv[argc] = NULL;
	return argc;
}

TEST(command, lines_are_understood_or_refused)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		char line[256], *argv[MAX_WORDS];
		struct strbuf got;
		struct cmdline c;
		struct err err;
		int argc;

		snprintf(line, sizeof(line), "%s", r->line);
		argc = split(line, argv);
		strbuf_init(&got);
		err_init(&err);
		if (cmdline_parse(&c, argc, argv, &err)) {
			ROW_CHECK(r->line, err_exit_status(err.code) == 2, "%d", err.code);
			strbuf_printf(&got, "%s: %s", err_code_name(err.code), err.message);
		} else {
			describe(&c, &got);
		}
		ROW_CHECK(r->line, !strcmp(strbuf_str(&got), r->want), "got %s", strbuf_str(&got));
		ROW_CHECK(r->line, !r->hint == !err.hint[0], "hint %s", err.hint);
		ROW_CHECK(r->line, !r->hint || strstr(err.hint, r->hint), "hint %s", err.hint);
		strbuf_fini(&got);
		err_fini(&err);
		cmdline_fini(&c);
	}
}

TEST(command, json_behind_a_mistake_still_counts)
{
	char *argv[] = {(char *)"xvsctl", (char *)"-x", (char *)"status", (char *)"-j", NULL};
	struct cmdline c;
	struct err err;

	err_init(&err);
	assert_int_not_equal(cmdline_parse(&c, 4, argv, &err), 0);
	assert_true(c.json);
	assert_string_equal(err.message, "unknown option '-x'");
	err_fini(&err);
	cmdline_fini(&c);
}

/* "WORD..." or "[WORD...]"; "WORD,..." is one with commas */
static bool is_repeated(const char *word, size_t n)
{
	n -= word[n - 1] == ']';
	return n > 4 && !strncmp(word + n - 3, "...", 3) && word[n - 4] != ',';
}

/* Words of the argument list: those without brackets are the least number. */
static void count_args(const char *args, unsigned int *min, unsigned int *max)
{
	*min = 0;
	*max = 0;
	for (const char *p = args; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		*min += *p != '[';
		*max = is_repeated(p, n) ? COMMAND_ANY_ARGS : *max + 1;
		p += n;
	}
}

TEST(command, table_agrees_with_itself)
{
	for (const struct command *c = commands; c->object; c++) {
		struct strbuf name;
		unsigned int min, max;

		strbuf_init(&name);
		command_name(c, &name);
		count_args(c->args, &min, &max);
		ROW_CHECK(strbuf_str(&name), c->min_args == min && c->max_args == max, "%u to %u",
			  min, max);
		ROW_CHECK(strbuf_str(&name), command_find(c->object, c->verb) == c, "found twice");
		ROW_CHECK(strbuf_str(&name), c->summary[0], "no summary");
		/* With text that may have a '=' there are no key=value options. */
		for (const struct command_option *o = c->options; o && o->name; o++)
			ROW_CHECK(strbuf_str(&name), c->text_from == COMMAND_NO_TEXT || !o->value,
				  "option %s", o->name);
		strbuf_fini(&name);
	}
}

TEST(command, help_and_completion_have_every_command)
{
	struct strbuf all, object, completion;

	strbuf_init(&all);
	strbuf_init(&completion);
	help_all(&all);
	help_completion(&completion);
	for (const struct command *c = commands; c->object; c++) {
		struct strbuf usage;

		strbuf_init(&usage);
		strbuf_init(&object);
		command_usage(c, &usage);
		help_object(&object, c->object);
		assert_non_null(strstr(strbuf_str(&all), c->summary));
		assert_non_null(strstr(strbuf_str(&object), strbuf_str(&usage)));
		assert_non_null(strstr(strbuf_str(&completion), c->object));
		for (const struct command_option *o = c->options; o && o->name; o++)
			assert_non_null(strstr(strbuf_str(&completion), o->name));
		strbuf_fini(&usage);
		strbuf_fini(&object);
	}
	strbuf_fini(&all);
	strbuf_fini(&completion);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(command, lines_are_understood_or_refused),
		TEST_ROW(command, json_behind_a_mistake_still_counts),
		TEST_ROW(command, table_agrees_with_itself),
		TEST_ROW(command, help_and_completion_have_every_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
