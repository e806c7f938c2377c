// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The generator of pipeline_gen.h.
 */
#include "pipeline_gen.h"

#include "list_gen.h"

/* --- switches --- */

static void add_port(uint64_t *seed, struct sw *sw, __u16 no, enum sw_port_kind kind)
{
	struct sw_port *p;
	char name[8];

	snprintf(name, sizeof(name), "p%u", no);
	assert_int_equal(sw_add_port(sw, kind == SW_PORT_INTERNAL ? sw->name : name, no, &p), 0);
	p->kind = kind;
	p->up = kind == SW_PORT_PATCH || test_below(seed, 10) != 0;
	p->no_flood = test_below(seed, 8) == 0;
	if (kind == SW_PORT_DEVICE && !test_below(seed, 4)) {
		p->vlan_mode = VLAN_ACCESS;
		p->tag = 10;
	}
}

static void join(struct sw *a, __u16 a_no, struct sw *b, __u16 b_no)
{
	struct sw_port *pa = sw_port_by_no(a, a_no), *pb = sw_port_by_no(b, b_no);

	pa->peer_sw = b;
	pa->peer = pb;
	pb->peer_sw = a;
	pb->peer = pa;
}

static void learn_addresses(uint64_t *seed, struct sw *sw)
{
	for (__u8 i = 0; i < 4; i++) {
		__u8 mac[6] = {0x02, 0, 0, 0, 0, i};
		__u16 vlan = (__u16)GEN_PICK(seed, 0, 10);
		size_t at = test_below(seed, (__u32)sw->n_ports);

		fdb_learn(sw->fdb, mac, vlan, sw->ports[at]->port_no, 1);
	}
}

static void make_switches(uint64_t *seed, struct interpreter *in)
{
	in->sw[0] = sw_create("sw0", 1);
	in->sw[1] = sw_create("sw1", 2);
	for (__u16 no = 1; no <= GEN_PORTS; no++)
		add_port(seed, in->sw[0], no, SW_PORT_DEVICE);
	add_port(seed, in->sw[0], PIPELINE_LOCAL_NO, SW_PORT_INTERNAL);
	add_port(seed, in->sw[0], PIPELINE_PATCH_NO, SW_PORT_PATCH);
	for (__u16 no = PIPELINE_PEER_FIRST_NO; no < PIPELINE_PEER_FIRST_NO + 3; no++)
		add_port(seed, in->sw[1], no, SW_PORT_DEVICE);
	add_port(seed, in->sw[1], PIPELINE_PEER_PATCH_NO, SW_PORT_PATCH);
	join(in->sw[0], PIPELINE_PATCH_NO, in->sw[1], PIPELINE_PEER_PATCH_NO);
	for (int i = 0; i < INTERPRETER_SWITCHES; i++) {
		learn_addresses(seed, in->sw[i]);
		for (__u32 id = 1; id <= PIPELINE_N_METERS; id++) {
			struct meter *m = calloc(1, sizeof(*m));

			m->id = id;
			m->slot = (__u16)(id + 2 * (__u32)i);
			assert_int_equal(meter_insert(in->sw[i]->meters, m), 0);
		}
	}
}

static void gen_mirror(uint64_t *seed, struct interpreter *in, bool peer, const char *name)
{
	struct sw *sw = in->sw[peer];
	struct mirror *m = mirror_create(name);

	m->select_all = !test_below(seed, 3);
	m->src_ports[0] = test_random(seed) & test_random(seed);
	m->dst_ports[0] = test_random(seed) & test_random(seed);
	m->has_vlans = !test_below(seed, 2);
	mirror_set_bit(m->vlans, GEN_PICK(seed, 0, 10, 20));
	/* A VLAN has the patch port in it: the peer sends nothing back. */
	if (peer || test_below(seed, 2))
		m->output_port = sw->ports[test_below(seed, 3)]->port_no;
	else
		m->output_vlan = (int)GEN_PICK(seed, 10, 20, 30);
	assert_int_equal(mirror_insert(sw, m), 0);
}

/* --- groups, rules --- */

static void gen_group(uint64_t *seed, struct sw *sw, __u32 id)
{
	static const enum field_id hashed[] = {FIELD_NW_SRC, FIELD_TP_DST, FIELD_REG0,
					       FIELD_VLAN_TCI, FIELD_IPV6_DST};
	struct group *g = group_create(id, (enum group_type)test_below(seed, GROUP_TYPE_N));
	const struct list_place at = {.bucket = true, .group_id = id};

	g->n_buckets = g->type == GROUP_INDIRECT ? 1 : 1 + test_below(seed, 3);
	g->buckets = calloc(g->n_buckets, sizeof(*g->buckets));
	for (size_t i = 0; i < g->n_buckets; i++) {
		struct group_bucket *b = &g->buckets[i];

		b->id = (__u32)i;
		b->weight = g->type == GROUP_SELECT ? (__u16)(1 + test_below(seed, 3)) : 0;
		b->watch_group = GROUP_NONE;
		if (g->type == GROUP_FAST_FAILOVER)
			b->watch_port = (__u16)(1 + test_below(seed, GEN_PORTS));
		list_gen(seed, &b->actions, &at);
		assert_int_equal(group_bucket_order(b), 0);
	}
	if (g->type == GROUP_SELECT && test_below(seed, 2)) {
		g->selection = GROUP_SELECTION_HASH;
		g->n_fields = 1;
		g->fields = calloc(1, sizeof(*g->fields));
		g->fields->field = hashed[test_below(seed, sizeof(hashed) / sizeof(hashed[0]))];
		field_exact_mask(&fields[g->fields->field], &g->fields->mask);
	}
	assert_int_equal(group_insert(sw->groups, g), 0);
}

static void match_value(struct match *m, enum field_id id, __u8 value)
{
	union field_value v = {0}, mask;

	v.b[15] = value;
	field_exact_mask(&fields[id], &mask);
	field_set(&fields[id], &m->key, &v);
	field_set(&fields[id], &m->mask, &mask);
}

static void gen_label_match(uint64_t *seed, struct match *m)
{
	memset(m, 0, sizeof(*m));
	m->key.dl_type = XVS_BE16(0x8847);
	m->mask.dl_type = 0xffff;
	if (test_below(seed, 2))
		match_value(m, FIELD_MPLS_LABEL, (__u8)GEN_PICK(seed, 0, 0, 2, 16));
	if (test_below(seed, 3))
		match_value(m, FIELD_MPLS_TTL, (__u8)GEN_PICK(seed, 1, 64));
}

/* What a tracked packet has. */
static void gen_tracking_match(uint64_t *seed, struct match *m)
{
	const __u8 state = (__u8)GEN_PICK(seed, XVS_CT_TRK, XVS_CT_TRK | XVS_CT_NEW,
					  XVS_CT_TRK | XVS_CT_EST, 0);

	m->mask.ct_state = (__u8)(state | XVS_CT_TRK | (test_random(seed) & XVS_CT_RPL));
	m->key.ct_state = state;
	if (!test_below(seed, 3))
		match_value(m, FIELD_CT_ZONE, (__u8)test_below(seed, 3));
	if (!test_below(seed, 3))
		match_value(m, FIELD_CT_MARK, (__u8)test_below(seed, 4));
	if (!test_below(seed, 6))
		match_value(m, FIELD_CT_LABEL, (__u8)test_below(seed, 2));
}

static void gen_rule(uint64_t *seed, struct interpreter *in, const struct list_place *at,
		     __u16 priority)
{
	struct interpreter_rule *ir = &in->rule[in->n_rules++];
	struct list_place place = *at;
	struct ofacts actions;
	struct match m;

	if (!test_below(seed, 3))
		memset(&m, 0, sizeof(m));
	else if (!test_below(seed, 8))
		gen_label_match(seed, &m);
	else
		gen_match(seed, &m);
	m.key.in_port = m.mask.in_port = 0;
	if (!test_below(seed, 6)) {
		m.key.in_port = (__u16)(1 + test_below(seed, GEN_PORTS));
		m.mask.in_port = 0xffff;
	}
	if (test_below(seed, 3) && at->table_id)
		match_value(&m, gen_register(seed), (__u8)test_below(seed, 3));
	if (!test_below(seed, 4))
		gen_tracking_match(seed, &m);
	if (!test_below(seed, 12))
		place.meter = 1 + test_below(seed, PIPELINE_N_METERS);
	list_gen(seed, &actions, &place);
	ir->sw = in->sw[at->peer];
	ir->n_runs = 0;
	ir->rule = rule_create(&(struct rule_spec){
		.match = &m,
		.table_id = at->table_id,
		.priority = priority,
		.cookie = in->n_rules,
		.actions = &actions,
	});
	assert_int_equal(flow_table_insert(ir->sw->tables, ir->rule, false), 0);
}

void pipeline_gen(uint64_t *seed, struct interpreter *in)
{
	memset(in, 0, sizeof(*in));
	make_switches(seed, in);
	for (__u32 id = PIPELINE_N_GROUPS; id; id--)
		gen_group(seed, in->sw[0], id);
	for (__u8 t = 0; t < PIPELINE_N_TABLES; t++) {
		const struct list_place at = {.table_id = t};
		__u16 n = (__u16)(1 + test_below(seed, 5));

		for (__u16 priority = 1; priority <= n; priority++)
			gen_rule(seed, in, &at, priority);
	}
	for (__u8 t = 0; t < 2; t++) {
		const struct list_place at = {.table_id = t, .peer = true};

		for (__u16 priority = 1; priority <= 2; priority++)
			gen_rule(seed, in, &at, priority);
	}
	in->closed = (__u32)test_random(seed);
	if (test_below(seed, 3))
		return;
	gen_mirror(seed, in, false, "m0");
	gen_mirror(seed, in, false, "m1");
	gen_mirror(seed, in, true, "m2");
}

void pipeline_free(struct interpreter *in)
{
	struct sw_port *p = sw_port_by_no(in->sw[0], PIPELINE_PATCH_NO);

	p->peer->peer = NULL;
	p->peer = NULL;
	for (int i = 0; i < INTERPRETER_SWITCHES; i++)
		sw_destroy(in->sw[i]);
}

/* --- packets --- */

static __u32 gen_lse(uint64_t *seed, bool bottom)
{
	__u32 label = GEN_PICK(seed, 0, 2, 16, 0xfffff);
	__u32 tc = test_below(seed, 8);
	__u32 ttl = GEN_PICK(seed, 1, 2, 64);

	return label << 12 | tc << 9 | (__u32)bottom << 8 | ttl;
}

void pipeline_gen_packet(uint64_t *seed, struct flow_key *key, struct plain_hidden *hidden)
{
	gen_packet(seed, key);
	if (flow_is_ip(key) && !test_below(seed, 3))
		key->nw_ttl = (__u8)GEN_PICK(seed, 0, 3, 4, 65, 255);
	memset(hidden, 0, sizeof(*hidden));
	if (!test_below(seed, 8))
		key->in_port = PIPELINE_LOCAL_NO;
	if (!flow_is_ip(key) || test_below(seed, 4))
		return;
	hidden->key = key->pkt;
	for (int i = XVS_STAGE_L2_END; i < XVS_KEY_WORDS; i++)
		key->pkt.w[i] = 0;
	key->dl_type = XVS_BE16(0x8847);
	if (!test_below(seed, 4))
		hidden->lse[hidden->n_labels++] = gen_lse(seed, true);
	key->mpls_lse = XVS_BE32(gen_lse(seed, !hidden->n_labels));
}
