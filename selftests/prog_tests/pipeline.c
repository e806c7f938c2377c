// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The pipeline: rules as users write them, by both hooks and on a device, for
 * every action and every field that a rule can match on or write. That none has
 * been left out is a test of its own.
 *
 *   pipeline/xdp/     BPF_PROG_RUN of the XDP program, then of TC's if it hands up
 *   pipeline/tc/      BPF_PROG_RUN of the TC program
 *   pipeline/device/  through the TC program of a device
 */
#include "pipeline.h"

#include <string.h>

static struct coverage coverage;

static const char *const way_names[] = {
	[PIPELINE_XDP] = "xdp",
	[PIPELINE_TC] = "tc",
	[PIPELINE_DEVICE] = "device",
};

static bool row_goes(const struct pipeline_row *row, enum pipeline_way way)
{
	if (row->flags & ROW_TC_ONLY)
		return way == PIPELINE_TC;
	if (way == PIPELINE_TC)
		return !(row->flags & ROW_NO_TC_RUN);
	if (way != PIPELINE_DEVICE)
		return true;
	for (int i = 0; i < MAX_PIPELINE_PACKETS && row->packet[i].in; i++)
		if (row->packet[i].port_no > PORT_IN)
			return false;
	return !(row->flags & ROW_NO_DEVICE);
}

/* True: it went every way that it can, and was right. */
static bool run_row(struct harness *t, const struct pipeline_row *row)
{
	bool good = true, ran = false;

	for (int way = 0; way < PIPELINE_WAY_N; way++) {
		if (!row_goes(row, (enum pipeline_way)way) ||
		    !test_start(t, "pipeline/%s/%s", way_names[way], row->name))
			continue;
		pipeline_run_row(t, (enum pipeline_way)way, row, &coverage);
		good = good && !t->failures;
		ran = true;
		test_end(t);
	}
	if (ran)
		sw_text_flush(t);
	return good;
}

/* 'from' with another source address; or destination, for who looks at that. */
static const struct layer *elsewhere(const struct layer *from, enum field_id field)
{
	static struct layer copy[MAX_LAYERS + 1];

	for (int i = 0; i <= MAX_LAYERS; i++) {
		copy[i] = from[i];
		if (!from[i].kind)
			break;
	}
	memcpy(copy[0].eth.dst, mac_vm2, 6);
	memcpy(copy[0].eth.src, mac_vm1, 6);
	if (field == FIELD_DL_SRC)
		copy[0].eth.dst[5] = 0x99;
	else
		copy[0].eth.src[5] = 0x99;
	return copy;
}

/* The row's text has the field by one of its names, and matches on its bits. */
static bool matches_on(struct harness *t, const struct match_row *m)
{
	const struct field *f = &fields[m->field];
	static struct sw_text s;
	union field_value bits;
	struct match match;
	bool is_named = strstr(m->match, f->name), ok = false;

	for (int i = 0; i < 2 && f->alias[i]; i++)
		is_named = is_named || strstr(m->match, f->alias[i]);
	sw_text_init(&s, t, &coverage);
	if (is_named && sw_text_match(&s, m->match, &match)) {
		field_get(f, &match.mask, &bits);
		ok = !field_value_is_zero(&bits) && field_prereqs_met(f, &match.key, &match.mask);
	}
	sw_text_fini(&s);
	return ok;
}

static void run_match(struct harness *t, const struct match_row *m)
{
	struct pipeline_row row = {.flags = m->flags};
	const struct layer *same = m->same ? m->same : elsewhere(m->hit, m->field);
	char name[128], setup[512];

	snprintf(name, sizeof(name), "match/%s", m->match);
	snprintf(setup, sizeof(setup),
		 "priority=10,%s,actions=output:2\npriority=1,actions=output:3", m->match);
	row.name = name;
	row.setup = setup;
	row.packet[0] = (struct pipeline_packet){.in = m->hit, .mark = m->mark};
	row.packet[0].out[0] = (struct pipeline_out){2, m->hit};
	row.packet[1] = (struct pipeline_packet){.in = same, .mark = m->mark, .flags = PACKET_HITS};
	row.packet[1].out[0] = (struct pipeline_out){2, same};
	if (m->miss) {
		row.packet[2] = (struct pipeline_packet){.in = m->miss, .port_no = m->miss_port};
		row.packet[2].out[0] = (struct pipeline_out){3, m->miss};
	}
	if (run_row(t, &row) && matches_on(t, m) && !m->miss == !!m->no_miss)
		coverage.matched[m->field] = true;
}

static void run_set(struct harness *t, const struct set_row *r)
{
	struct pipeline_row row = {.flags = r->flags};
	char name[128], setup[512];

	snprintf(name, sizeof(name), "set/%s/%s", fields[r->field].name, r->actions);
	snprintf(setup, sizeof(setup), "priority=10,%s,actions=%s,output:2", r->match, r->actions);
	row.name = name;
	row.setup = setup;
	row.packet[0] = (struct pipeline_packet){.in = r->in};
	row.packet[0].out[0] = (struct pipeline_out){2, r->out};
	if (!(r->flags & ROW_OTHER_RULE)) {
		row.packet[1] = (struct pipeline_packet){.in = r->out};
		row.packet[1].out[0] = (struct pipeline_out){2, r->out};
		row.packet[1].flags = r->flags & ROW_ADDS_HEADER ? 0 : PACKET_HITS;
	}
	run_row(t, &row);
}

/* Registers and metadata: written in one table, matched in the next. */
static void run_own_field(struct harness *t, enum field_id id)
{
	static const struct layer hit[] = {F_TCP(), {0}}, miss[] = {F_TCP(.dst = 81), {0}};
	const struct layer *same = elsewhere(hit, id);
	const char *name = fields[id].name;
	char row_name[64], setup[512];
	struct pipeline_row row = {
		.name = row_name,
		.setup = setup,
		.packet = {{.in = hit, .out = {{2, hit}}},
			   {.in = same, .flags = PACKET_HITS, .out = {{2, same}}},
			   {.in = miss, .out = {{3, miss}}}},
	};

	snprintf(row_name, sizeof(row_name), "match/%s", name);
	snprintf(setup, sizeof(setup),
		 "tcp,tcp_dst=80,actions=set_field:0x50->%s,resubmit(,1)\n"
		 "priority=1,tcp,actions=resubmit(,1)\n"
		 "table=1,priority=10,%s=0x50,actions=output:2\n"
		 "table=1,priority=1,actions=output:3",
		 name, name);
	if (run_row(t, &row))
		coverage.matched[id] = true;
}

static void run_table(struct harness *t, const struct pipeline_table *table)
{
	for (size_t i = 0; i < table->n; i++) {
		const char *decides = table->rows[i].decides;

		if (run_row(t, &table->rows[i]) && decides)
			coverage.matched[field_by_name(decides, strlen(decides))->id] = true;
	}
}

static const char *const ofact_names[OFACT_N] = {
	[OFACT_OUTPUT] = "output",
	[OFACT_IN_PORT] = "in_port",
	[OFACT_NORMAL] = "normal",
	[OFACT_FLOOD] = "flood",
	[OFACT_ALL] = "all",
	[OFACT_LOCAL] = "local",
	[OFACT_CONTROLLER] = "controller",
	[OFACT_OUTPUT_REG] = "output:reg",
	[OFACT_SET_FIELD] = "set_field",
	[OFACT_MOVE] = "move",
	[OFACT_STACK_PUSH] = "push",
	[OFACT_STACK_POP] = "pop",
	[OFACT_PUSH_VLAN] = "push_vlan",
	[OFACT_POP_VLAN] = "pop_vlan",
	[OFACT_PUSH_MPLS] = "push_mpls",
	[OFACT_POP_MPLS] = "pop_mpls",
	[OFACT_DEC_TTL] = "dec_ttl",
	[OFACT_DEC_MPLS_TTL] = "dec_mpls_ttl",
	[OFACT_RESUBMIT] = "resubmit",
	[OFACT_GOTO_TABLE] = "goto_table",
	[OFACT_CLONE] = "clone",
	[OFACT_GROUP] = "group",
	[OFACT_METER] = "meter",
	[OFACT_LEARN] = "learn",
	[OFACT_CT] = "ct",
	[OFACT_CT_CLEAR] = "ct_clear",
	[OFACT_CONJUNCTION] = "conjunction",
	[OFACT_EXIT] = "exit",
	[OFACT_DROP] = "drop",
};

/* Not by one packet alone: a conjunction decides, a connection has several. */
static bool is_elsewhere(int type)
{
	return type == OFACT_CONJUNCTION || type == OFACT_CT || type == OFACT_CT_CLEAR;
}

/* A new action, field or type of group fails here until it has a row. */
static void check_complete(struct harness *t)
{
	if (t->only || !test_start(t, "pipeline/complete"))
		return;
	for (int i = 0; i < OFACT_N; i++)
		if (!coverage.action[i] && !is_elsewhere(i))
			test_fail(t, "no row carries out action %d (%s)", i,
				  ofact_names[i] ? ofact_names[i] : "new");
	for (int i = 0; i < GROUP_TYPE_N; i++)
		if (!coverage.group[i])
			test_fail(t, "no row has a group of type %d", i);
	for (int i = 0; i < FIELD_N; i++) {
		if (!coverage.matched[i])
			test_fail(t, "no row matches on %s", fields[i].name);
		if (fields[i].set_bits && !coverage.set[i])
			test_fail(t, "no row writes %s", fields[i].name);
	}
	test_end(t);
}

void suite_pipeline(struct harness *t)
{
	run_table(t, &rows_pipeline_actions);
	run_table(t, &rows_pipeline_headers);
	run_table(t, &rows_pipeline_tables);
	run_table(t, &rows_pipeline_groups);
	run_table(t, &rows_pipeline_passes);
	for (size_t i = 0; i < n_rows_pipeline_match; i++)
		run_match(t, &rows_pipeline_match[i]);
	for (size_t i = 0; i < n_rows_pipeline_set; i++)
		run_set(t, &rows_pipeline_set[i]);
	for (int i = FIELD_METADATA; i <= FIELD_XXREG_LAST; i++)
		run_own_field(t, (enum field_id)i);
	check_complete(t);
}
