// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Switches from text, and the slow path in small; see sw_text.h.
 */
#include "sw_text.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "dp_private.h"
#include "group_text.h"
#include "meter_text.h"

#define LINE_MAX_LEN 512
#define NOW_MS 1000

static int number_of(void *aux, const char *name, __u16 *port_no)
{
	const struct sw_port *p = sw_port_by_name(((struct sw_text *)aux)->sw, name);

	if (!p)
		return -ENOENT;
	*port_no = p->port_no;
	return 0;
}

static const char *name_of(void *aux, __u16 port_no)
{
	const struct sw_port *p = sw_port_by_no(((struct sw_text *)aux)->sw, port_no);

	return p ? p->name : NULL;
}

static void add_ports(struct sw_text *s)
{
	for (__u16 no = 1; no <= N_TEST_PORTS; no++) {
		struct sw_port *p = NULL;
		char name[8];

		snprintf(name, sizeof(name), no == PORT_SPARE ? "sw0" : "p%u", no);
		if (sw_add_port(s->sw, name, no, &p)) {
			test_fail(s->t, "port %s was not added", name);
			return;
		}
		p->kind = no == PORT_SPARE ? SW_PORT_INTERNAL : SW_PORT_DEVICE;
		p->up = true;
	}
}

void sw_text_init(struct sw_text *s, struct harness *t, struct coverage *coverage)
{
	memset(s, 0, sizeof(*s));
	s->t = t;
	s->coverage = coverage;
	s->sw = sw_create("sw0", t->seed);
	s->names = (struct port_names){.number = number_of, .name = name_of, .aux = s};
	controller_points_init(&s->points);
	s->env.points = &s->points;
	if (!s->sw || recirc_table_create(&s->env.recircs)) {
		test_fail(t, "no memory for a switch");
		return;
	}
	add_ports(s);
}

void sw_text_fini(struct sw_text *s)
{
	for (size_t i = 0; i < s->n_meters; i++)
		dp_meter_free(s->t->dp, s->meter_slot[i]);
	xlate_out_fini(&s->out);
	sw_destroy(s->sw);
	recirc_table_destroy(s->env.recircs);
	controller_points_fini(&s->points);
}

static void bad_line(struct sw_text *s, const char *line, const char *why)
{
	test_fail(s->t, "setup '%s': %s", line, why);
}

/* "port 4 down", "port 2 tag=10", "port 3 no-flood" */
static void port_line(struct sw_text *s, const char *line)
{
	struct sw_port *p;
	unsigned int no, tag;
	char word[32];

	if (sscanf(line, "port %u %31s", &no, word) != 2) {
		bad_line(s, line, "not a port");
		return;
	}
	p = sw_port_by_no(s->sw, (__u16)no);
	if (p && !strcmp(word, "down")) {
		p->up = false;
	} else if (p && !strcmp(word, "no-flood")) {
		p->no_flood = true;
	} else if (p && sscanf(word, "tag=%u", &tag) == 1) {
		p->vlan_mode = VLAN_ACCESS;
		p->tag = (__u16)tag;
	} else {
		bad_line(s, line, "no such port or word");
	}
}

/* "patch 7 8": two ports of this switch that are each other's peers. */
static void patch_line(struct sw_text *s, const char *line)
{
	struct sw_port *p[2] = {0};
	unsigned int no[2];

	if (sscanf(line, "patch %u %u", &no[0], &no[1]) != 2) {
		bad_line(s, line, "not two ports");
		return;
	}
	for (int i = 0; i < 2; i++) {
		char name[16];

		snprintf(name, sizeof(name), "p%u", no[i]);
		if (sw_add_port(s->sw, name, (__u16)no[i], &p[i])) {
			bad_line(s, line, "the port was not added");
			return;
		}
		p[i]->kind = SW_PORT_PATCH;
		p[i]->up = true;
	}
	for (int i = 0; i < 2; i++) {
		p[i]->peer = p[!i];
		p[i]->peer_sw = s->sw;
	}
}

static void mirror_word(struct sw_text *s, struct mirror *m, const char *word)
{
	unsigned int n;

	if (!strcmp(word, "all")) {
		m->select_all = true;
	} else if (sscanf(word, "src=%u", &n) == 1 && n < XVS_MAX_PORTS) {
		mirror_set_bit(m->src_ports, n);
	} else if (sscanf(word, "dst=%u", &n) == 1 && n < XVS_MAX_PORTS) {
		mirror_set_bit(m->dst_ports, n);
	} else if (sscanf(word, "vlan=%u", &n) == 1 && n < 4096) {
		m->has_vlans = true;
		mirror_set_bit(m->vlans, n);
	} else if (sscanf(word, "port=%u", &n) == 1) {
		m->output_port = (__u16)n;
	} else {
		bad_line(s, word, "not a word of a mirror");
	}
}

/* "mirror src=1 dst=2 vlan=7 port=4", "mirror all port=4" */
static void mirror_line(struct sw_text *s, const char *line)
{
	struct mirror *m = mirror_create("m");
	char word[32];
	int n;

	if (!m || mirror_insert(s->sw, m)) {
		bad_line(s, line, "the mirror was not added");
		mirror_put(m);
		return;
	}
	for (line += strlen("mirror"); sscanf(line, "%31s%n", word, &n) == 1; line += n)
		mirror_word(s, m, word);
}

static void group_line(struct sw_text *s, const char *line)
{
	struct parse_error err = {0};
	struct group *g;

	if (group_parse(line + strlen("group "), &s->names, &g, &err)) {
		bad_line(s, line, err.message);
	} else if (group_insert(s->sw->groups, g)) {
		bad_line(s, line, "the group was not inserted");
		group_put(g);
	}
}

/* As the model does: the number is the switch's, the slot the datapath's. */
static void meter_line(struct sw_text *s, const char *line)
{
	struct parse_error err = {0};
	struct meter_config config;
	struct meter *m = calloc(1, sizeof(*m));
	__u32 id, slot;

	if (!m || s->n_meters == MAX_ROW_METERS) {
		bad_line(s, line, "no room");
	} else if (meter_parse(line + strlen("meter "), &id, &config, &err)) {
		bad_line(s, line, err.message);
	} else if (dp_meter_alloc(s->t->dp, &slot)) {
		bad_line(s, line, "no slot");
	} else {
		dp_meter_set(s->t->dp, slot,
			     &(struct dp_meter_config){
				     .bytes = config.bytes,
				     .rate = config.rate,
				     .burst = config.burst,
			     });
		s->meter_slot[s->n_meters++] = slot;
		*m = (struct meter){.id = id, .slot = (__u16)slot, .config = config};
		if (!meter_insert(s->sw->meters, m))
			return;
		bad_line(s, line, "the meter was not inserted");
	}
	free(m);
}

static void flow_line(struct sw_text *s, const char *line)
{
	struct parse_error err = {0};
	struct flow_spec spec;
	struct rule *r;

	if (flow_parse(line, FLOW_PARSE_ADD, &s->names, &spec, &err)) {
		bad_line(s, line, err.message);
		return;
	}
	r = flow_spec_rule(&spec, NOW_MS);
	flow_spec_fini(&spec);
	if (!r || flow_table_insert(s->sw->tables, r, false)) {
		bad_line(s, line, "the rule was not inserted");
		rule_put(r);
	}
}

static void one_line(struct sw_text *s, const char *line)
{
	if (!strncmp(line, "port ", 5))
		port_line(s, line);
	else if (!strncmp(line, "patch ", 6))
		patch_line(s, line);
	else if (!strncmp(line, "mirror ", 7))
		mirror_line(s, line);
	else if (!strncmp(line, "group ", 6))
		group_line(s, line);
	else if (!strncmp(line, "meter ", 6))
		meter_line(s, line);
	else
		flow_line(s, line);
}

void sw_text_lines(struct sw_text *s, const char *lines)
{
	char line[LINE_MAX_LEN];

	while (*lines) {
		size_t n = strcspn(lines, "\n");

		if (n >= sizeof(line)) {
			bad_line(s, lines, "too long");
			return;
		}
		memcpy(line, lines, n);
		line[n] = '\0';
		if (n)
			one_line(s, line);
		lines += n + (lines[n] == '\n');
	}
}

bool sw_text_match(struct sw_text *s, const char *text, struct match *match)
{
	struct parse_error err = {0};
	struct flow_spec spec;
	char line[LINE_MAX_LEN];

	snprintf(line, sizeof(line), "%s,actions=drop", text);
	if (flow_parse(line, FLOW_PARSE_ADD, &s->names, &spec, &err)) {
		bad_line(s, line, err.message);
		return false;
	}
	*match = spec.match;
	flow_spec_fini(&spec);
	return true;
}

static bool note_action(void *aux, const struct ofact *a)
{
	struct coverage *c = aux;

	c->action[a->type] = true;
	if (a->type == OFACT_SET_FIELD)
		c->set[a->set.field] = true;
	return false;
}

static void note_used(struct sw_text *s)
{
	const struct xlate_refs *refs = &s->out.refs;

	for (size_t i = 0; i < refs->n; i++) {
		const struct xlate_ref *ref = &refs->v[i];

		if (ref->kind == XLATE_REF_RULE) {
			ofacts_any(&ref->rule->actions, note_action, s->coverage);
		} else if (ref->kind == XLATE_REF_BUCKET) {
			s->coverage->group[ref->group->type] = true;
			ofacts_any(&ref->group->buckets[ref->bucket].actions, note_action,
				   s->coverage);
		}
	}
}

void sw_text_forget(struct harness *t)
{
	for (size_t i = 0; i < t->n_slots; i++)
		dp_flow_remove(t->dp, t->slots[i]);
	t->n_slots = 0;
}

void sw_text_flush(struct harness *t)
{
	struct pollfd p = {.fd = dp_grace_fd(t->dp), .events = POLLIN};

	dp_grace_begin(t->dp);
	if (!t->dp->grace_running)
		return;
	if (poll(&p, 1, 2000) <= 0)
		test_fail(t, "no end of the grace period");
	dp_grace_end(t->dp, NULL, NULL);
}

/* Rules and addresses that were learned may decide otherwise about flows that are
 * cached: the revalidator would look at each, here all go. */
static void publish(struct sw_text *s, const struct xvs_flow_key *key)
{
	static struct xvs_op ops[XVS_MAX_PROGRAM_OPS + 1];
	struct flow_arg arg = {
		.key = key,
		.mask = &s->out.mask.pkt,
		.verdict = s->out.verdict,
		.reason = s->out.reason,
		.out_port = s->out.out_port,
	};

	if (s->out.verdict == XVS_VERDICT_PROGRAM) {
		memcpy(ops, s->out.ops, s->out.n_ops * sizeof(ops[0]));
		ops[s->out.n_ops].kind = XVS_OP_UNSPEC;
		arg.ops = ops;
	}
	if (s->out.learned)
		sw_text_forget(s->t);
	harness_flow(s->t, &arg);
}

void sw_text_serve(struct sw_text *s, const struct xvs_upcall *up)
{
	struct flow_key key = flow_of_packet(&up->key);
	struct xlate_in in = {
		.env = &s->env,
		.sw = s->sw,
		.key = &key,
		.now_ms = NOW_MS,
		.may_learn = true,
	};
	int rc = xlate(&in, &s->out);

	if (rc)
		test_fail(s->t, "xlate: %s", strerror(-rc));
	note_used(s);
	publish(s, &up->key);
}
