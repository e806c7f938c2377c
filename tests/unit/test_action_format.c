// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lists of actions as text: any list that is valid for a match prints as text
 * that reads as the same list.
 */
#include "test.h"

#include "action_check.h"
#include "flow_format.h"
#include "flow_names.h"
#include "group.h"
#include "meter_table.h"
#include "subfield_text.h"
#include "xvs/limits.h"

/* Protocols that give fields their meaning; the ICMP type for ND. */
static const struct {
	__u16 dl_type;
	__u8 nw_proto;
	__u8 icmp_type;
} worlds[] = {
	{0, 0, 0},      {0x0806, 0, 0}, {0x0800, 0, 0},    {0x0800, 6, 0},    {0x0800, 17, 0},
	{0x0800, 1, 0}, {0x86dd, 0, 0}, {0x86dd, 6, 0},    {0x86dd, 132, 0},  {0x86dd, 58, 0},
	{0x8847, 0, 0}, {0x8848, 0, 0}, {0x86dd, 58, 135}, {0x86dd, 58, 136},
};

static void random_world(uint64_t *seed, struct match *m)
{
	size_t i = test_below(seed, sizeof(worlds) / sizeof(worlds[0]));

	memset(m, 0, sizeof(*m));
	if (worlds[i].dl_type) {
		m->key.dl_type = XVS_BE16(worlds[i].dl_type);
		m->mask.dl_type = 0xffff;
	}
	if (worlds[i].nw_proto) {
		m->key.nw_proto = worlds[i].nw_proto;
		m->mask.nw_proto = 0xff;
	}
	if (worlds[i].icmp_type) {
		m->key.tp_src = XVS_BE16(worlds[i].icmp_type);
		m->mask.tp_src = 0xffff;
	}
}

static void random_bits(uint64_t *seed, unsigned int n, union field_value *v)
{
	union field_value any;

	any.w[0] = test_random(seed);
	any.w[1] = test_random(seed);
	field_value_extract(&any, 0, n, v);
}

static struct subfield random_subfield(uint64_t *seed)
{
	struct subfield sub = subfield_whole((enum field_id)test_below(seed, FIELD_N));

	if (test_below(seed, 2)) {
		__u8 n = sub.n_bits;

		sub.n_bits = (__u8)(1 + test_below(seed, n));
		sub.ofs = (__u8)test_below(seed, n - sub.n_bits + 1U);
	}
	return sub;
}

/* Of as many bits as 'like'. */
static struct subfield random_subfield_like(uint64_t *seed, const struct subfield *like)
{
	struct subfield sub;

	do {
		sub = subfield_whole((enum field_id)test_below(seed, FIELD_N));
	} while (sub.n_bits < like->n_bits);
	sub.ofs = (__u8)test_below(seed, sub.n_bits - like->n_bits + 1U);
	sub.n_bits = like->n_bits;
	return sub;
}

static __u16 random_port(uint64_t *seed)
{
	__u32 n = test_below(seed, 12);

	return n < 10 ? (__u16)(1 + n) : (__u16)(1 + test_below(seed, XVS_MAX_PORTS - 1));
}

static void random_set(uint64_t *seed, struct ofact *a)
{
	struct subfield sub = random_subfield(seed);
	const struct field *f = &fields[sub.field];
	union field_value ones, bits;

	a->set.field = sub.field;
	memset(&ones, 0xff, sizeof(ones));
	random_bits(seed, sub.n_bits, &bits);
	if (subfield_is_whole(&sub))
		field_exact_mask(f, &a->set.mask);
	else
		field_value_insert(&a->set.mask, sub.ofs, sub.n_bits, &ones);
	/* Holes in a mask, where masks may be written. */
	if (f->mask_rule == FIELD_MASK_ANY && test_below(seed, 2) && !subfield_is_whole(&sub)) {
		random_bits(seed, field_n_bits(f), &ones);
		a->set.mask = ones;
	}
	field_value_insert(&a->set.value, sub.ofs, sub.n_bits, &bits);
	for (int i = 0; i < 2; i++)
		a->set.value.w[i] &= a->set.mask.w[i];
}

static void random_clause(uint64_t *seed, struct learn_clause *c)
{
	memset(c, 0, sizeof(*c));
	c->kind = (enum learn_kind)test_below(seed, 3);
	c->dst = random_subfield(seed);
	c->src = test_below(seed, 2) ? c->dst : random_subfield_like(seed, &c->dst);
	if (c->kind == LEARN_OUTPUT || test_below(seed, 2))
		return;
	c->immediate = true;
	random_bits(seed, c->dst.n_bits, &c->value);
	if (c->dst.field == FIELD_IN_PORT && subfield_is_whole(&c->dst) && c->kind == LEARN_MATCH)
		c->value.w[1] = XVS_BE64(random_port(seed));
	/* The protocols that most fields need. */
	if (test_below(seed, 3))
		return;
	c->kind = LEARN_MATCH;
	c->dst = subfield_whole(test_below(seed, 2) ? FIELD_DL_TYPE : FIELD_NW_PROTO);
	c->value.w[1] = XVS_BE64(c->dst.field == FIELD_NW_PROTO ? 6 : 0x0800);
	c->value.w[0] = 0;
}

/* Clauses that are right for the packets of 'scope'. */
static struct ofact_learn *random_learn(uint64_t *seed, const struct ofact_scope *scope)
{
	const size_t n = test_below(seed, 12);
	struct ofact_learn *l = calloc(1, sizeof(*l) + n * sizeof(l->clause[0]));
	struct match made = {0};
	struct ofact_fault fault;

	assert_non_null(l);
	l->table_id = (__u8)test_below(seed, 255);
	l->idle_timeout_s = (__u16)test_below(seed, 2);
	l->hard_timeout_s = (__u16)test_below(seed, 65536);
	l->priority = test_below(seed, 2) ? FLOW_PRIORITY_DEFAULT : (__u16)test_below(seed, 65536);
	l->cookie = test_below(seed, 2) ? test_random(seed) : 0;
	for (size_t i = 0; i < n; i++) {
		random_clause(seed, &l->clause[l->n]);
		l->n += learn_clause_check(&l->clause[l->n], scope, &made, &fault);
	}
	return l;
}

static void random_nat(uint64_t *seed, struct ofact_ct *ct)
{
	struct ofact_nat *nat = &ct->nat;

	ct->flags |= XVS_CT_A_NAT;
	if (test_below(seed, 2))
		return;
	ct->flags |= test_below(seed, 2) ? XVS_CT_A_SNAT : XVS_CT_A_DNAT;
	ct->flags |= test_below(seed, 2) ? XVS_CT_A_PERSISTENT : 0;
	ct->flags |= test_below(seed, 2) ? XVS_CT_A_RANDOM : 0;
	nat->hash = test_below(seed, 2);
	nat->family = (__u8)(2 * test_below(seed, 4));
	if (nat->family != 4 && nat->family != 6)
		return;
	nat->min.ip4 = XVS_BE32(1 + test_below(seed, 5));
	if (nat->family == 6)
		nat->min.w[0] = XVS_BE64(test_random(seed) >> 1);
	nat->max = nat->min;
	if (test_below(seed, 2))
		nat->max.ip6[nat->family == 6 ? 3 : 12] |= 0x80;
	if (test_below(seed, 2))
		nat->port_min = (__u16)(1 + test_below(seed, 1000));
	nat->port_max = nat->port_min;
	if (nat->port_min && test_below(seed, 2))
		nat->port_max = 65535;
}

static struct ofact_ct *random_ct(uint64_t *seed, const struct ofact_scope *scope)
{
	static const __u16 some[] = {0, XVS_CT_A_COMMIT, XVS_CT_A_COMMIT | XVS_CT_A_FORCE};
	struct ofact_ct *ct = calloc(1, sizeof(*ct));
	struct ofact_scope inner;
	struct ofact_fault fault;

	assert_non_null(ct);
	ct->flags = some[test_below(seed, 3)];
	ct->table_id = test_below(seed, 2) ? (__u8)test_below(seed, 255) : OFACT_TABLE_NONE;
	ct->alg = test_below(seed, 4) ? 0 : (__u8)test_below(seed, 3);
	if (test_below(seed, 2))
		ct->zone = (__u16)test_random(seed);
	else if (test_below(seed, 2))
		ct->zone_src = (struct subfield){.field = FIELD_REG0, .ofs = 3, .n_bits = 16};
	if (test_below(seed, 2))
		random_nat(seed, ct);
	ofact_scope_nest(&inner, scope);
	inner.in_ct = true;
	for (unsigned int n = test_below(seed, 20); n; n--) {
		struct ofact a = {.type = OFACT_MOVE};

		a.move.src = random_subfield(seed);
		a.move.dst = random_subfield_like(seed, &a.move.src);
		if (test_below(seed, 2)) {
			memset(&a, 0, sizeof(a));
			a.type = OFACT_SET_FIELD;
			a.set.field = test_below(seed, 2) ? FIELD_CT_MARK : FIELD_CT_LABEL;
			random_bits(seed, 31, &a.set.mask);
			a.set.value = a.set.mask;
		}
		if (ct->flags & XVS_CT_A_COMMIT && ofact_check(&a, &inner, &fault))
			assert_int_equal(ofacts_append(&ct->exec, &a), 0);
	}
	return ct;
}

static void random_ofact(uint64_t *seed, const struct ofact_scope *scope, struct ofact *a)
{
	memset(a, 0, sizeof(*a));
	a->type = (enum ofact_type)test_below(seed, OFACT_N);
	switch (a->type) {
	case OFACT_OUTPUT:
		a->port = random_port(seed);
		break;
	case OFACT_CONTROLLER:
		a->controller.max_len = (__u16)test_below(seed, 65536);
		break;
	case OFACT_OUTPUT_REG:
	case OFACT_STACK_PUSH:
	case OFACT_STACK_POP:
		a->sub = random_subfield(seed);
		break;
	case OFACT_SET_FIELD:
		random_set(seed, a);
		break;
	case OFACT_MOVE:
		a->move.src = random_subfield(seed);
		a->move.dst = random_subfield_like(seed, &a->move.src);
		break;
	case OFACT_PUSH_VLAN:
		a->ethertype = test_below(seed, 2) ? XVS_BE16(0x8100) : XVS_BE16(0x88a8);
		break;
	case OFACT_PUSH_MPLS:
		a->ethertype = test_below(seed, 2) ? XVS_BE16(0x8847) : XVS_BE16(0x8848);
		break;
	case OFACT_POP_MPLS:
		a->ethertype = test_below(seed, 2) ? XVS_BE16(0x0800) : XVS_BE16(0x8847);
		break;
	case OFACT_RESUBMIT:
		a->resubmit.port = test_below(seed, 2) ? 0 : random_port(seed);
		if (!test_below(seed, 8))
			a->resubmit.port = test_below(seed, 2) ? PORT_LOCAL : PORT_NONE;
		a->resubmit.table_id = test_below(seed, 3) ? (__u8)test_below(seed, 255)
							   : OFACT_TABLE_CURRENT;
		break;
	case OFACT_GOTO_TABLE:
		a->resubmit.table_id = (__u8)test_below(seed, 255);
		break;
	case OFACT_GROUP:
		a->id = test_below(seed, 2) ? GROUP_ID_MAX : test_below(seed, 5);
		break;
	case OFACT_METER:
		a->id = test_below(seed, 2) ? METER_ID_MAX : 1 + test_below(seed, 5);
		break;
	case OFACT_LEARN:
		a->learn = random_learn(seed, scope);
		break;
	case OFACT_CT:
		a->ct = random_ct(seed, scope);
		break;
	case OFACT_CONJUNCTION:
		a->conjunction.id = (__u32)test_random(seed);
		a->conjunction.n_clauses = (__u8)(2 + test_below(seed, 63));
		a->conjunction.clause = (__u8)test_below(seed, a->conjunction.n_clauses);
		break;
	default:
		break;
	}
}

/* A list that is right for 'scope'; counts what is in it by type. */
static void random_list(uint64_t *seed, struct ofact_scope *scope, struct ofacts *list,
			unsigned int *count)
{
	unsigned int n = 1 + test_below(seed, 6);
	struct ofact_fault fault;

	memset(list, 0, sizeof(*list));
	for (unsigned int tries = 0; list->n < n && tries < 60; tries++) {
		struct ofact_scope nested;
		struct ofact a;

		random_ofact(seed, scope, &a);
		ofact_scope_nest(&nested, scope);
		if ((a.type == OFACT_DROP && list->n) || !ofact_check(&a, scope, &fault)) {
			ofact_fini(&a);
			continue;
		}
		if (a.type == OFACT_CLONE) {
			a.nested = calloc(1, sizeof(*a.nested));
			assert_non_null(a.nested);
			random_list(seed, &nested, a.nested, count);
		}
		count[a.type]++;
		assert_int_equal(ofacts_append(list, &a), 0);
		if (a.type == OFACT_DROP)
			break;
	}
	if (!list->n) {
		struct ofact drop = {.type = OFACT_DROP};

		assert_int_equal(ofacts_append(list, &drop), 0);
	}
}

static void check_list(const struct ofacts *list, const struct ofacts_owner *owner)
{
	struct ofacts_text in = {.names = &test_names, .owner = *owner};
	struct parse_error err = {0};
	struct ofacts again, copy;
	struct strbuf out;
	size_t which;
	int rc;

	strbuf_init(&out);
	ofacts_format(&out, list, &test_names);
	in.text = strbuf_str(&out);
	rc = ofacts_check(list, owner, &which, &err);
	ROW_CHECK(in.text, !rc, "'%s' at action %zu", err.message, which);
	rc = ofacts_parse_text(&in, &again, &err);
	ROW_CHECK(in.text, !rc, "'%s' at %zu", err.message, err.column);
	ROW_CHECK(in.text, ofacts_equal(list, &again), "reads as another list");
	assert_int_equal(ofacts_copy(&copy, list), 0);
	ROW_CHECK(in.text, ofacts_equal(&copy, &again), "its copy is another list");
	ofacts_fini(&copy);
	ofacts_fini(&again);
	strbuf_fini(&out);
}

TEST(action_format, any_list_reads_as_itself)
{
	uint64_t seed = test_seed(11);
	unsigned int count[OFACT_N] = {0};

	for (int round = 0; round < 20000; round++) {
		struct match m;
		struct ofacts_owner owner = {.match = &m};
		struct ofact_scope scope;
		struct ofacts list;

		random_world(&seed, &m);
		owner.table_id = test_below(&seed, 2) ? -1 : (int)test_below(&seed, 255);
		ofact_scope_init(&scope, &m, owner.table_id);
		random_list(&seed, &scope, &list, count);
		check_list(&list, &owner);
		ofacts_fini(&list);
	}
	for (int type = 0; type < OFACT_N; type++)
		if (count[type] < 100)
			fail_msg("only %u actions of type %d", count[type], type);
}

/* Buckets know no match: whatever they hold has to be read without one. */
TEST(action_format, lists_of_buckets_read_as_themselves)
{
	const struct ofacts_owner bucket = {.match = NULL, .table_id = -1};
	uint64_t seed = test_seed(12);
	unsigned int count[OFACT_N] = {0};

	for (int round = 0; round < 5000; round++) {
		struct ofact_scope scope;
		struct ofacts list;

		ofact_scope_init(&scope, NULL, -1);
		random_list(&seed, &scope, &list, count);
		check_list(&list, &bucket);
		ofacts_fini(&list);
	}
	assert_int_equal(count[OFACT_GOTO_TABLE] + count[OFACT_METER] + count[OFACT_CONJUNCTION],
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(action_format, any_list_reads_as_itself),
		TEST_ROW(action_format, lists_of_buckets_read_as_themselves),
	};

	return cmocka_run_group_tests_name("action_format", tests, NULL, NULL);
}
