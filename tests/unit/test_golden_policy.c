// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Golden decisions: each file of tests/golden/policy holds ports, the commands of a
 * policy, and packets; indented below each packet stands what the vNICs on its way say, and
 * on which bits that depends. `make golden-update` writes what comes out now.
 *
 *   port NAME NUMBER [TAG...] [ADDRESS...]   a port of the switch
 *   learn NAME ADDRESS                       what an answer of DNS says
 *   next                                     commands that follow make another version;
 *                                            below it, what it takes from the one before
 *   packet FROM TO FLOW                      '-': no port of the switch
 */
#include <arpa/inet.h>

#include "flow_format.h"
#include "golden_file.h"
#include "policy_compile.h"
#include "policy_text.h"

#define MAX_PORTS 16

struct fixture {
	struct policy *p, *before; /* 'before': of the last 'next', not told of yet */
	char names[MAX_PORTS][XVS_NAME_LEN]; /* by number */
	struct strbuf *out;
	struct strbuf held; /* lines since 'next' */
};

static int parse_address(const char *text, struct policy_address *a)
{
	a->family = strchr(text, ':') ? POLICY_IPV6 : POLICY_IPV4;
	a->len = a->family == POLICY_IPV6 ? 128 : 32;
	return inet_pton(a->family == POLICY_IPV6 ? AF_INET6 : AF_INET, text, a->addr);
}

static void add_port(struct fixture *f, char *line)
{
	struct policy_address addresses[4];
	const char *tags[4], *name = strtok(line, " "), *word;
	struct policy_port port = {.tags = tags, .addresses = addresses};

	port.name = name;
	port.port_no = (__u16)atoi(strtok(NULL, " "));
	strcpy(f->names[port.port_no], name);
	while ((word = strtok(NULL, " "))) {
		if (parse_address(word, &addresses[port.n_addresses]) == 1)
			port.n_addresses++;
		else
			tags[port.n_tags++] = word;
	}
	assert_int_equal(policy_set_port(f->p, &port), 0);
}

static __u16 port_number(const struct fixture *f, const char *name)
{
	for (__u16 i = 1; i < MAX_PORTS; i++)
		if (!strcmp(f->names[i], name))
			return i;
	return 0;
}

static int names_number(void *aux, const char *name, __u16 *port_no)
{
	*port_no = port_number(aux, name);
	return *port_no ? 0 : -2;
}

static const char *names_name(void *aux, __u16 port_no)
{
	const struct fixture *f = aux;

	return port_no < MAX_PORTS && *f->names[port_no] ? f->names[port_no] : NULL;
}

static void tell_change(void *aux, const struct policy_change *change)
{
	struct fixture *f = aux;

	strbuf_printf(f->out, "  rule %u: %s, its connections %s\n", change->rule->id,
		      change->kind == POLICY_REMOVED ? "removed" : "narrowed",
		      change->on_remove == POLICY_END ? "end" : "finish");
}

/* The version is complete. */
static void compile(struct fixture *f)
{
	assert_int_equal(policy_compile(f->p), 0);
	if (!f->before)
		return;
	assert_int_equal(policy_diff(f->before, f->p, tell_change, f), 0);
	policy_put(f->before);
	f->before = NULL;
	strbuf_add(f->out, strbuf_str(&f->held));
	strbuf_fini(&f->held);
	strbuf_init(&f->held);
}

static void begin_next(struct fixture *f)
{
	compile(f);
	f->before = f->p;
	assert_int_equal(policy_edit(f->before, &f->p), 0);
}

static void judge(struct fixture *f, const struct flow_key *key, const struct policy_query *q)
{
	const struct port_names names = {names_number, names_name, f};
	struct policy_verdict v;
	struct match m = {0};

	if (!policy_is_subject(f->p, q->port_no))
		return;
	policy_decide(f->p, q, &m.mask, &v);
	flow_mask_key(&m.key, key, &m.mask);
	strbuf_printf(f->out, "  %s at %s: ", policy_direction_name(q->direction),
		      f->names[q->port_no]);
	if (v.section)
		strbuf_printf(f->out, "rule %u of %s", v.rule->id, v.section->name);
	else
		strbuf_add(f->out, "default rule");
	strbuf_printf(f->out, ": %s%s%s%s; ", policy_action_name(v.action), v.log ? ", log" : "",
		      v.stateful ? "" : ", stateless", v.tcp_strict ? ", strict" : "");
	match_format(f->out, &m, &names);
	strbuf_addc(f->out, '\n');
}

static void judge_packet(struct fixture *f, char *line)
{
	const struct port_names names = {names_number, names_name, f};
	const char *from = strtok(line, " "), *to = strtok(NULL, " "), *text = strtok(NULL, "");
	struct policy_query q = {
		.in_port = port_number(f, from),
		.out_port = port_number(f, to),
	};
	struct parse_error err;
	struct flow_spec spec;

	if (flow_parse(text, FLOW_PARSE_PACKET, &names, &spec, &err))
		fail_msg("%s: %s", text, err.message);
	spec.match.key.in_port = q.in_port;
	q.key = &spec.match.key;
	compile(f);
	q.direction = POLICY_OUT;
	q.port_no = q.in_port;
	judge(f, &spec.match.key, &q);
	q.direction = POLICY_IN;
	q.port_no = q.out_port;
	judge(f, &spec.match.key, &q);
	flow_spec_fini(&spec);
}

static void learn(struct fixture *f, char *line)
{
	const char *name = strtok(line, " "), *text = strtok(NULL, " ");
	struct policy_address a;

	assert_int_equal(parse_address(text, &a), 1);
	assert_true(policy_learn(f->p, name, &a, 1000) >= 0);
}

static void command(struct fixture *f, const char *line)
{
	struct parse_error err;

	if (policy_apply(f->p, line, NULL, &err))
		fail_msg("%s: %s", line, err.message);
}

static char *regenerate(const char *text)
{
	char *copy = strdup(text), *rest = copy, *line;
	struct strbuf b;
	struct fixture f = {.out = &b};

	assert_int_equal(policy_create(1, &f.p), 0);
	strbuf_init(&b);
	strbuf_init(&f.held);
	while ((line = strsep(&rest, "\n"))) {
		/* What a new version means is told before what stands behind it. */
		if (!strncmp(line, "  ", 2))
			continue;
		if (f.before && !strncmp(line, "packet ", 7))
			compile(&f);
		if (*line || rest)
			strbuf_printf(f.before ? &f.held : &b, "%s\n", line);
		if (!strncmp(line, "packet ", 7))
			judge_packet(&f, line + 7);
		else if (!strncmp(line, "port ", 5))
			add_port(&f, line + 5);
		else if (!strncmp(line, "learn ", 6))
			learn(&f, line + 6);
		else if (!strcmp(line, "next"))
			begin_next(&f);
		else
			command(&f, line);
	}
	compile(&f);
	assert_false(b.failed);
	policy_put(f.p);
	strbuf_fini(&f.held);
	free(copy);
	return b.s;
}

TEST(golden, decisions_are_as_recorded)
{
	golden_check_dir("tests/golden/policy", regenerate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(golden, decisions_are_as_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
