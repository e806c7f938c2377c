// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The switch from text of sw_fixture.h.
 */
#include "sw_fixture.h"

#include <errno.h>
#include <stdlib.h>

#include "flow_format.h"
#include "flow_lex.h"
#include "group_text.h"
#include "policy_compile.h"
#include "policy_text.h"
#include "test.h"

static int number_of(void *aux, const char *name, __u16 *port_no)
{
	const struct sw_port *p = sw_port_by_name(((struct sw_fixture *)aux)->sw, name);

	if (!p)
		return -ENOENT;
	*port_no = p == sw_local_port(((struct sw_fixture *)aux)->sw) ? PORT_LOCAL : p->port_no;
	return 0;
}

static const char *name_of(void *aux, __u16 port_no)
{
	const struct sw_port *p = sw_port_by_no(((struct sw_fixture *)aux)->sw, port_no);

	return p ? p->name : NULL;
}

void sw_fixture_init(struct sw_fixture *f)
{
	f->sw = sw_create("sw0", 42);
	assert_non_null(f->sw);
	f->names = (struct port_names){.number = number_of, .name = name_of, .aux = f};
	controller_points_init(&f->points);
	f->env.points = &f->points;
	policy_pairs_init(&f->policy_pairs);
	f->env.policy_pairs = &f->policy_pairs;
	assert_int_equal(recirc_table_create(&f->env.recircs), 0);
	assert_int_equal(ct_action_table_create(NULL, NULL, &f->env.ct_actions), 0);
	f->program_names =
		(struct program_names){.ports = &f->names, .ct_actions = f->env.ct_actions};
}

void sw_fixture_fini(struct sw_fixture *f)
{
	sw_destroy(f->sw);
	recirc_table_destroy(f->env.recircs);
	ct_action_table_destroy(f->env.ct_actions);
	controller_points_fini(&f->points);
	policy_pairs_fini(&f->policy_pairs);
}

static void bad_line(const char *line, const char *why)
{
	print_error("'%s': %s\n", line, why);
	fail();
}

static void port_option(struct sw_port *p, const char *line, const char *word)
{
	struct parse_error err;
	unsigned int vlan;
	int n;

	if (!strcmp(word, "down")) {
		p->up = false;
	} else if (!strcmp(word, "blocked")) {
		p->blocked = true;
	} else if (!strcmp(word, "no-flood")) {
		p->no_flood = true;
	} else if (!strcmp(word, "local")) {
		p->kind = SW_PORT_INTERNAL;
	} else if (sscanf(word, "tag=%u", &vlan) == 1) {
		p->vlan_mode = VLAN_ACCESS;
		p->tag = (__u16)vlan;
	} else if (!strncmp(word, "trunks=", 7)) {
		for (word += 7; sscanf(word, "%u%n", &vlan, &n) == 1; word += n + (word[n] == ','))
			p->trunks[vlan / 64] |= 1ULL << vlan % 64;
	} else if (!strncmp(word, "policy-tag=", 11)) {
		strcpy(p->tags.v[p->tags.n++], word + 11);
	} else if (!strncmp(word, "addresses=", 10)) {
		if (spoof_guard_parse(&p->guard, word + 10, &err))
			bad_line(line, err.message);
	} else if (!strncmp(word, "guard=", 6)) {
		if (spoof_guard_parse(&p->guard, word + 6, &err))
			bad_line(line, err.message);
		p->guard.on = true;
	} else {
		bad_line(line, "unknown port option");
	}
}

static void add_port(struct sw_fixture *f, const char *line)
{
	char name[XVS_NAME_LEN], word[128];
	struct sw_port *p = NULL;
	unsigned int no;
	int n;

	if (sscanf(line, "port %31s %u%n", name, &no, &n) != 2 ||
	    sw_add_port(f->sw, name, (__u16)no, &p))
		bad_line(line, "not a port");
	p->up = true;
	for (line += n; sscanf(line, "%127s%n", word, &n) == 1; line += n)
		port_option(p, line, word);
}

static void add_fdb(struct sw_fixture *f, const char *line)
{
	char port[XVS_NAME_LEN], word[16] = "";
	unsigned int m[6], vlan;
	const struct sw_port *p;
	__u8 mac[6];

	if (sscanf(line, "fdb %x:%x:%x:%x:%x:%x %u %31s %15s", &m[0], &m[1], &m[2], &m[3], &m[4],
		   &m[5], &vlan, port, word) < 8)
		bad_line(line, "not an FDB entry");
	p = sw_port_by_name(f->sw, port);
	if (!p)
		bad_line(line, "no such port");
	for (int i = 0; i < 6; i++)
		mac[i] = (__u8)m[i];
	if (!strcmp(word, "static"))
		assert_int_equal(fdb_add_static(f->sw->fdb, mac, (__u16)vlan, p->port_no, 1), 0);
	else
		fdb_learn(f->sw->fdb, mac, (__u16)vlan, p->port_no, 1);
}

struct rule *sw_fixture_rule(const struct sw_fixture *f, const char *text)
{
	struct parse_error err;
	struct flow_spec spec;
	struct rule *r;

	if (flow_parse(text, FLOW_PARSE_ADD, &f->names, &spec, &err))
		bad_line(text, err.message);
	r = flow_spec_rule(&spec, 1000);
	assert_non_null(r);
	flow_spec_fini(&spec);
	return r;
}

static void add_group(struct sw_fixture *f, const char *text)
{
	struct parse_error err;
	struct group *g;

	if (group_parse(text, &f->names, &g, &err))
		bad_line(text, err.message);
	assert_int_equal(group_insert(f->sw->groups, g), 0);
}

static void add_meter(struct sw_fixture *f, const char *line)
{
	unsigned int id, slot;
	struct meter *meter;

	if (sscanf(line, "meter %u %u", &id, &slot) != 2)
		bad_line(line, "not a meter");
	meter = calloc(1, sizeof(*meter));
	assert_non_null(meter);
	meter->id = id;
	meter->slot = (__u16)slot;
	assert_int_equal(meter_insert(f->sw->meters, meter), 0);
}

static void set_policy_port(struct policy *draft, const struct sw_port *p)
{
	const char *tag[SW_PORT_TAGS];
	struct policy_address address[SPOOF_GUARD_MAX];
	struct policy_port port = {
		.port_no = p->port_no,
		.name = p->name,
		.tags = tag,
		.n_tags = p->tags.n,
		.addresses = address,
	};

	for (unsigned int i = 0; i < p->tags.n; i++)
		tag[i] = p->tags.v[i];
	for (unsigned int i = 0; i < p->guard.n; i++) {
		const struct spoof_guard_binding *b = &p->guard.v[i];
		struct policy_address *a = &address[port.n_addresses];

		if (b->kind == SPOOF_GUARD_MAC)
			continue;
		a->family = b->kind == SPOOF_GUARD_IP4 ? POLICY_IPV4 : POLICY_IPV6;
		a->len = b->len;
		memcpy(a->addr, b->addr, sizeof(a->addr));
		port.n_addresses++;
	}
	assert_int_equal(policy_set_port(draft, &port), 0);
}

/* A command of the firewall policy, behind all ports. */
static void add_policy(struct sw_fixture *f, const char *line)
{
	struct parse_error err = {0};
	struct policy *draft;

	if (f->sw->policy)
		assert_int_equal(policy_edit(f->sw->policy, &draft), 0);
	else
		assert_int_equal(policy_create(42, &draft), 0);
	for (size_t i = 0; i < f->sw->n_ports; i++)
		set_policy_port(draft, f->sw->ports[i]);
	if (policy_apply(draft, line, NULL, &err))
		bad_line(line, err.message);
	assert_int_equal(policy_compile(draft), 0);
	policy_put(f->sw->policy);
	f->sw->policy = draft;
	f->sw->policy_zone = 0xff00;
}

/* classifier [priority-sort] [staged] [prefix]: those are on. */
static void set_classifier(struct sw_fixture *f, const char *line)
{
	struct classifier_config config = {
		.priority_sort = strstr(line, "priority-sort"),
		.staged = strstr(line, "staged"),
		.prefix = strstr(line, "prefix"),
	};

	assert_int_equal(flow_table_configure(f->sw->tables, &config), 0);
}

void sw_fixture_line(struct sw_fixture *f, const char *line)
{
	if (!strncmp(line, "port ", 5))
		add_port(f, line);
	else if (!strncmp(line, "fdb ", 4))
		add_fdb(f, line);
	else if (!strncmp(line, "rule ", 5))
		assert_int_equal(
			flow_table_insert(f->sw->tables, sw_fixture_rule(f, line + 5), false), 0);
	else if (!strncmp(line, "group ", 6))
		add_group(f, line + 6);
	else if (!strncmp(line, "meter ", 6))
		add_meter(f, line);
	else if (!strncmp(line, "policy ", 7))
		add_policy(f, line + 7);
	else if (!strncmp(line, "classifier", 10))
		set_classifier(f, line);
	else
		bad_line(line, "unknown line");
}

void sw_fixture_lines(struct sw_fixture *f, const char *lines)
{
	char line[512];

	while (*lines) {
		size_t n = strcspn(lines, "\n");

		assert_true(n < sizeof(line));
		memcpy(line, lines, n);
		line[n] = '\0';
		if (n)
			sw_fixture_line(f, line);
		lines += n + (lines[n] == '\n');
	}
}

int sw_fixture_replace(struct flow_table *t, struct rule **rules, size_t n)
{
	struct flow_table_change *c;
	int err = flow_table_replace_begin(t, rules, n, &c);

	if (err)
		return err;
	err = flow_table_replace_prepare(c, SIZE_MAX);
	if (!err)
		flow_table_replace_commit(c);
	assert_false(flow_table_replace_finish(c, SIZE_MAX));
	return err;
}

void sw_fixture_packet(const struct sw_fixture *f, const char *text, struct flow_key *key)
{
	struct parse_error err;
	struct flow_spec spec;

	if (flow_parse(text, FLOW_PARSE_PACKET, &f->names, &spec, &err))
		bad_line(text, err.message);
	*key = spec.match.key;
	flow_spec_fini(&spec);
}

static const char *reason_name(enum xvs_drop_reason reason)
{
	static const char *const names[] = {
#define REASON_NAME(sym, name, text) [XVS_DROP_##sym] = name,
		XVS_DROP_REASONS(REASON_NAME)
#undef REASON_NAME
	};

	return names[reason];
}

char *sw_fixture_result(const struct sw_fixture *f, const struct flow_key *key,
			const struct xlate_out *out)
{
	struct match megaflow = {.mask = out->mask};
	struct strbuf b;

	flow_mask_key(&megaflow.key, key, &megaflow.mask);
	strbuf_init(&b);
	strbuf_add(&b, "megaflow: ");
	match_format(&b, &megaflow, &f->names);
	strbuf_add(&b, "\nactions: ");
	program_format(&b, out->ops, out->n_ops, &f->program_names);
	if (out->verdict == XVS_VERDICT_DROP)
		strbuf_printf(&b, " (%s)", reason_name(out->reason));
	assert_false(b.failed);
	return b.s;
}
