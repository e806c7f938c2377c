// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tables and groups of a random pipeline.
 */
#include <errno.h>

#include "flow_format.h"
#include "pipeline_private.h"

/* Few fields a rule, so that packets match it. */
/* clang-format off */
static const struct table_kind pipeline_kinds[] = {
	{
		.name = "pipeline", .priorities = PRIORITIES_FALLING, .protocol = 45,
		.families = {
			[FAMILY_ANY] = 5, [FAMILY_IPV4] = 6, [FAMILY_IPV6] = 3,
			[FAMILY_ARP] = 2, [FAMILY_MPLS] = 3, [FAMILY_OTHER] = 1,
		},
		.odds = {
			[FIELD_IN_PORT] = 12, [FIELD_DL_SRC] = 6, [FIELD_DL_DST] = 6,
			[FIELD_DL_VLAN] = 10, [FIELD_DL_VLAN_PCP] = 5, [FIELD_VLAN_TCI] = 10,
			[FIELD_NW_SRC] = 12, [FIELD_NW_DST] = 15,
			[FIELD_IPV6_SRC] = 12, [FIELD_IPV6_DST] = 15, [FIELD_IPV6_LABEL] = 5,
			[FIELD_NW_TOS] = 6, [FIELD_NW_ECN] = 4, [FIELD_NW_TTL] = 6,
			[FIELD_IP_FRAG] = 6,
			[FIELD_ARP_OP] = 20, [FIELD_ARP_SPA] = 15, [FIELD_ARP_TPA] = 15,
			[FIELD_ARP_SHA] = 10, [FIELD_ARP_THA] = 10,
			[FIELD_TCP_SRC] = 15, [FIELD_TCP_DST] = 15, [FIELD_TCP_FLAGS] = 10,
			[FIELD_UDP_SRC] = 15, [FIELD_UDP_DST] = 15,
			[FIELD_SCTP_SRC] = 15, [FIELD_SCTP_DST] = 15,
			[FIELD_ICMP_TYPE] = 25, [FIELD_ICMP_CODE] = 15,
			[FIELD_ICMPV6_TYPE] = 50, [FIELD_ICMPV6_CODE] = 10,
			[FIELD_ND_TARGET] = 20, [FIELD_ND_SLL] = 15, [FIELD_ND_TLL] = 15,
			[FIELD_MPLS_LABEL] = 12, [FIELD_MPLS_TC] = 8, [FIELD_MPLS_BOS] = 50,
			[FIELD_MPLS_TTL] = 8,
		},
	},
	{
		.name = "pipeline, labels", .priorities = PRIORITIES_FALLING, .protocol = 40,
		.families = {
			[FAMILY_ANY] = 4, [FAMILY_IPV4] = 5, [FAMILY_IPV6] = 4, [FAMILY_MPLS] = 8,
		},
		.odds = {
			[FIELD_IN_PORT] = 10, [FIELD_DL_VLAN] = 10, [FIELD_VLAN_TCI] = 15,
			[FIELD_NW_TTL] = 5, [FIELD_TCP_DST] = 10,
			[FIELD_MPLS_LABEL] = 10, [FIELD_MPLS_TC] = 10, [FIELD_MPLS_BOS] = 70,
			[FIELD_MPLS_TTL] = 10,
		},
	},
	{
		.name = "pipeline, ragged", .priorities = PRIORITIES_FALLING, .ragged = true,
		.protocol = 45,
		.families = {[FAMILY_ANY] = 3, [FAMILY_IPV4] = 5, [FAMILY_IPV6] = 3, [FAMILY_ARP] = 1},
		.odds = {
			[FIELD_DL_SRC] = 10, [FIELD_DL_DST] = 10, [FIELD_VLAN_TCI] = 15,
			[FIELD_NW_SRC] = 20, [FIELD_NW_DST] = 20,
			[FIELD_IPV6_SRC] = 15, [FIELD_IPV6_DST] = 15,
			[FIELD_ARP_SPA] = 15, [FIELD_ARP_SHA] = 10,
			[FIELD_TCP_SRC] = 15, [FIELD_TCP_DST] = 20, [FIELD_TCP_FLAGS] = 10,
			[FIELD_UDP_SRC] = 15, [FIELD_UDP_DST] = 20,
		},
	},
};
/* clang-format on */

#define KIND_LABELS 1

#define TABLE_STEP 10 /* of priorities: rules of templates come in between */

/* One rule of a table that is being written. */
struct rule_gen {
	struct pipeline *p;
	unsigned int bridge, table, priority;
	struct strbuf match, actions;
	struct action_gen list;
};

static void rule_begin(struct rule_gen *r, const struct match *match)
{
	const __u16 present = XVS_BE16(XVS_VLAN_PRESENT);

	strbuf_init(&r->match);
	strbuf_init(&r->actions);
	match_format(&r->match, match, NULL);
	r->list = (struct action_gen){
		.p = r->p,
		.out = &r->actions,
		.bridge = r->bridge,
		.table = r->table,
		.now = *match,
	};
	if (match->mask.vlan_tci & present)
		r->list.tag = match->key.vlan_tci & present ? TAG_THERE : TAG_NONE;
}

static void also_match(struct rule_gen *r, const char *text)
{
	if (r->match.len)
		strbuf_addc(&r->match, ',');
	strbuf_add(&r->match, text);
}

static int rule_end(struct rule_gen *r)
{
	struct strbuf line;
	int rc;

	strbuf_init(&line);
	strbuf_printf(&line, "table=%u,priority=%u,%s%sactions=%s", r->table, r->priority,
		      strbuf_str(&r->match), r->match.len ? "," : "",
		      r->actions.len ? strbuf_str(&r->actions) : "drop");
	rc = pipeline_add(r->p, r->bridge, strbuf_str(&line));
	strbuf_fini(&line);
	strbuf_fini(&r->match);
	strbuf_fini(&r->actions);
	return rc;
}

/* What other rules have written. */
static void match_registers(struct rule_gen *r)
{
	struct random_table *t = &r->p->t;
	char text[64];

	switch (gen_below(t, 8)) {
	case 0:
	case 1:
	case 2:
	case 3:
		snprintf(text, sizeof(text), "reg%u=%u/3", gen_below(t, 6), gen_below(t, 4));
		break;
	case 4:
		snprintf(text, sizeof(text), "metadata=%#x/0x3", gen_below(t, 4));
		break;
	case 5:
		snprintf(text, sizeof(text), "xreg%u=%#x/0x7", gen_below(t, 2), gen_below(t, 8));
		break;
	case 6:
		snprintf(text, sizeof(text), "xxreg0=%#x/0x7", gen_below(t, 8));
		break;
	default:
		snprintf(text, sizeof(text), "reg%u=%u", gen_below(t, 6), gen_below(t, 4));
		break;
	}
	also_match(r, text);
}

static void remember_match(struct pipeline *p, const struct match *match)
{
	struct random_table *t = &p->t;

	if (t->n_rules < TABLE_MAX_RULES)
		t->rules[t->n_rules++].match = *match;
}

static int add_rule(struct rule_gen *r)
{
	struct random_table *t = &r->p->t;
	struct match match;

	random_match(t, &match);
	if (!match.mask.vlan_tci && gen_chance(t, 25))
		match.mask.vlan_tci = XVS_BE16(XVS_VLAN_PRESENT);
	/* OpenFlow 1.2 and later do not know bits of "a tag, or none". */
	if (match.mask.vlan_tci & ~XVS_BE16(XVS_VLAN_PRESENT) && match.key.vlan_tci)
		match.key.vlan_tci |= XVS_BE16(XVS_VLAN_PRESENT);
	if (match.mask.vlan_tci)
		match.mask.vlan_tci |= XVS_BE16(XVS_VLAN_PRESENT);
	/* ... or of a PCP. */
	if (match.mask.vlan_tci & XVS_BE16(XVS_VLAN_PCP_MASK))
		match.mask.vlan_tci |= XVS_BE16(XVS_VLAN_PCP_MASK);
	if (!r->bridge)
		remember_match(r->p, &match);
	rule_begin(r, &match);
	if (gen_chance(t, r->table ? 35 : 5))
		match_registers(r);
	if (gen_chance(t, 4) && !r->bridge)
		strbuf_add(&r->actions, "drop");
	else
		gen_list(&r->list);
	return rule_end(r);
}

static int add_catch_all(struct rule_gen *r)
{
	static const struct match everything;

	rule_begin(r, &everything);
	if (gen_chance(&r->p->t, 30))
		gen_change(&r->list);
	if (r->table + 1 < r->p->n_tables[r->bridge])
		gen_action(&r->list, "%s%u)", "resubmit(,", r->table + 1);
	else
		gen_output(&r->list);
	return rule_end(r);
}

static int add_text(struct rule_gen *r, const char *match, const char *actions)
{
	static const struct match everything;

	rule_begin(r, &everything);
	also_match(r, match);
	strbuf_add(&r->actions, actions);
	return rule_end(r);
}

/* Clauses of conjunction 'id': some input ports and some destinations, or some
 * addresses and some ports, and perhaps a third. */
static int add_clause(struct rule_gen *r, const char *field, unsigned int id, unsigned int k,
		      unsigned int n)
{
	struct random_table *t = &r->p->t;
	char match[128], actions[64];
	const __u8 *mac = t->pools.macs[gen_below(t, POOL_MACS)];
	const __u8 *ip = t->pools.ipv4[gen_below(t, t->pools.n_prefixes)].addr;

	snprintf(actions, sizeof(actions), "conjunction(%u,%u/%u)", id, k, n);
	if (!strcmp(field, "in_port"))
		snprintf(match, sizeof(match), "ip,in_port=%u", 1 + gen_below(t, TABLE_PORTS));
	else if (!strcmp(field, "dl_dst"))
		snprintf(match, sizeof(match), "ip,dl_dst=%02x:%02x:%02x:%02x:%02x:%02x/%s", mac[0],
			 mac[1], mac[2], mac[3], mac[4], mac[5],
			 gen_chance(t, 50) ? "ff:ff:ff:ff:ff:ff" : "01:00:00:00:00:00");
	else
		snprintf(match, sizeof(match), "ip,%s=%u.%u.0.0/%u", field, ip[0], ip[1],
			 gen_chance(t, 50) ? 8 : 16);
	return add_text(r, match, actions);
}

static int add_conjunction(struct rule_gen *r, unsigned int id)
{
	static const char *const names[] = {"in_port", "dl_dst", "nw_src", "nw_dst"};
	struct random_table *t = &r->p->t;
	unsigned int n = 2 + gen_below(t, 2), from = gen_below(t, 2);
	struct match match = {.key.dl_type = XVS_BE16(0x0800), .mask.dl_type = 0xffff};
	char text[32];
	int rc = 0;

	r->priority = 60000 - TABLE_STEP * gen_below(t, 10) + 5;
	for (unsigned int k = 0; k < n && !rc; k++)
		for (unsigned int i = 1 + gen_below(t, 3); i && !rc; i--)
			rc = add_clause(r, names[from + k], id, k + 1, n);
	if (rc)
		return rc;
	rule_begin(r, &match);
	snprintf(text, sizeof(text), "conj_id=%u", id);
	also_match(r, text);
	gen_list(&r->list);
	return rule_end(r);
}

/* What is learned, in table PIPELINE_LEARNED_TABLE, and a rule that asks it. */
static const struct learned {
	const char *match, *learn;
} learned[] = {
	{"", "NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->NXM_NX_REG6[0..15]"},
	{"", "NXM_OF_VLAN_TCI[0..11],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],"
	     "load:reg1[0..7]->reg2[0..7],output:in_port"},
	{"tcp", "eth_type=0x800,nw_proto=6,ip_src=ip_dst,tcp_dst=tcp_src,"
		"load:0x1->reg6[0..15],load:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]"},
	{"arp", "dl_type=0x806,NXM_OF_ARP_TPA[]=NXM_OF_ARP_SPA[],output:NXM_OF_IN_PORT[]"},
	{"ip", "in_port=2,dl_type=0x800,nw_dst=nw_src,load:3->NXM_NX_REG6[0..15]"},
};

static int add_learn(struct rule_gen *r)
{
	struct random_table *t = &r->p->t;
	const struct learned *l = &learned[gen_below(t, sizeof(learned) / sizeof(learned[0]))];
	char text[256];
	int rc;

	r->table = 0;
	r->priority = 60001;
	snprintf(text, sizeof(text), "learn(table=%u,priority=%u,cookie=0x1ea,%s),resubmit(,%u)",
		 PIPELINE_LEARNED_TABLE, gen_below(t, 2) ? 100 : 32768, l->learn, 1);
	rc = add_text(r, l->match, text);
	if (rc)
		return rc;
	r->table = r->p->n_tables[0] - 1 - gen_below(t, 2);
	r->priority = 60001;
	snprintf(text, sizeof(text), "resubmit(,%u),output:reg6[0..15],%s", PIPELINE_LEARNED_TABLE,
		 gen_chance(t, 50) ? "normal" : "output:4");
	return add_text(r, gen_chance(t, 50) ? "" : "in_port=2", text);
}

/* What is found for a packet of IP, and what is done about it. */
static int add_found(struct rule_gen *r, const struct match *ip, unsigned int i)
{
	static const char *const found[] = {
		"ct_state=+inv", /* no connection is entered by such packets */
		"ct_state=+trk+new", "ct_state=+trk+est-rpl", "ct_state=+rpl", "ct_mark=0x1/0x1",
		"ct_label=0x2/0x2",  "ct_zone=0x3",           "ct_state=-trk",
	};
	struct random_table *t = &r->p->t;
	unsigned int which = gen_below(t, sizeof(found) / sizeof(found[0]));

	r->priority = 60003 + i;
	rule_begin(r, ip);
	also_match(r, found[which]);
	if (gen_chance(t, 20))
		gen_action(&r->list, "ct_clear");
	if (which && gen_chance(t, 40))
		gen_action(&r->list,
			   "ct(commit,zone=%u,exec(set_field:%#x/0xff->ct_mark,"
			   "move:NXM_NX_REG1[]->NXM_NX_CT_LABEL[32..63]))",
			   gen_below(t, 4), gen_below(t, 256));
	gen_list(&r->list);
	return rule_end(r);
}

/* Packets of IP are tracked; one of the last tables sees what was found. */
static int add_tracking(struct rule_gen *r)
{
	const struct match ip = {.key.dl_type = XVS_BE16(0x0800), .mask.dl_type = 0xffff};
	unsigned int table = r->p->n_tables[0] - 1 - gen_below(&r->p->t, 2);
	struct random_table *t = &r->p->t;
	int rc;

	r->table = 0;
	r->priority = 60003;
	rule_begin(r, &ip);
	also_match(r, "ct_state=-trk");
	if (gen_chance(t, 50))
		gen_change(&r->list);
	/* Behind a label that was pushed there is no IP. */
	if (r->list.now.key.dl_type == ip.key.dl_type)
		gen_action(&r->list,
			   gen_chance(t, 50) ? "ct(table=%u,zone=3)"
					     : "ct(table=%u,zone=NXM_OF_IP_SRC[0..15])",
			   table);
	if (gen_chance(t, 40))
		gen_action(&r->list, "resubmit(,1)");
	rc = rule_end(r);
	r->table = table;
	for (unsigned int i = 0; i < 4 && !rc; i++)
		rc = add_found(r, &ip, i);
	return rc;
}

static int fill_table(struct rule_gen *r)
{
	struct random_table *t = &r->p->t;
	unsigned int n = r->bridge ? 3 + gen_below(t, 8) : 5 + gen_below(t, 26);
	int rc = 0;

	for (unsigned int i = 0; i < n && !rc; i++) {
		r->priority = 60000 - TABLE_STEP * i;
		rc = add_rule(r);
	}
	r->priority = 0;
	return rc || gen_chance(t, 5) ? rc : add_catch_all(r);
}

/* What br1 sends back goes out and not to br1 again: how deep a loop may be, the
 * switches count differently. */
static int add_return(struct rule_gen *r)
{
	static const char *const outputs[] = {"output:4", "normal", "flood", "output:3,local"};
	const struct match match = {
		.key.in_port = PORT_BR0_PATCH,
		.mask.in_port = 0xffff,
	};

	r->table = 0;
	r->priority = 60002;
	rule_begin(r, &match);
	gen_change(&r->list);
	gen_change(&r->list);
	gen_action(&r->list, "%s", outputs[gen_below(&r->p->t, 4)]);
	return rule_end(r);
}

static int fill_bridge(struct pipeline *p, unsigned int bridge)
{
	struct rule_gen r = {.p = p, .bridge = bridge};
	struct random_table *t = &p->t;
	int rc = pipeline_add_groups(p, bridge);

	for (r.table = 0; r.table < p->n_tables[bridge] && !rc; r.table++)
		rc = fill_table(&r);
	for (unsigned int id = 1; id <= 2 && !rc && !bridge; id++) {
		r.table = gen_below(t, p->n_tables[0]);
		if (gen_chance(t, 60))
			rc = add_conjunction(&r, id);
	}
	if (!rc && !bridge && p->returns)
		rc = add_return(&r);
	/* Another pass sees what this one has learned; who needs one differs. */
	if (rc || bridge || p->pops)
		return rc;
	if (p->tracks)
		return add_tracking(&r);
	return gen_chance(t, 60) ? add_learn(&r) : 0;
}

int pipeline_fill(struct pipeline *p)
{
	struct random_table *t = &p->t;
	int rc = 0;

	/* Not drawn: pipelines that do not are those that their seeds have always given. */
	p->tracks = t->state % 10 < 4;
	t->kind = &pipeline_kinds[gen_below(t, 4) % 3];
	gen_pools(t, false);
	/* Those of the scenarios. */
	t->pools.vlans[0] = 1;
	t->pools.vlans[1] = 7;
	t->pools.vlans[2] = 99;
	p->inner_ipv6 = gen_chance(t, 30);
	p->returns = gen_chance(t, 15);
	p->pops = t->kind == &pipeline_kinds[KIND_LABELS];
	p->n_tables[0] = 3 + gen_below(t, PIPELINE_MAX_TABLES - 2);
	p->n_tables[1] = 1 + gen_below(t, 3);
	for (unsigned int bridge = 0; bridge < BRIDGES && !rc; bridge++)
		rc = fill_bridge(p, bridge);
	return rc;
}
