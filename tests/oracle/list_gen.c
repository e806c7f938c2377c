// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The lists of actions of list_gen.h.
 */
#include "list_gen.h"

#include "flow_lex.h"

/* --- fields --- */

static bool is_register(enum field_id id)
{
	return id >= FIELD_METADATA && id < FIELD_N;
}

/* Few registers, so that what is written is read. */
enum field_id gen_register(uint64_t *seed)
{
	return (enum field_id)GEN_PICK(seed, FIELD_REG0, FIELD_REG0, FIELD_REG0 + 1, FIELD_REG0 + 2,
				       FIELD_XREG0, FIELD_XXREG0, FIELD_METADATA);
}

/* IN_PORT is rare: it changes what half of the actions mean. In the peer it would
 * make a loop of patch ports. */
static enum field_id pick_settable(uint64_t *seed, const struct list_place *at)
{
	enum field_id id;

	if (!test_below(seed, 3))
		return gen_register(seed);
	do {
		id = (enum field_id)test_below(seed, FIELD_METADATA);
	} while (!fields[id].set_bits ||
		 (id == FIELD_IN_PORT && (at->peer || test_below(seed, 10))));
	return id;
}

static enum field_id pick_readable(uint64_t *seed)
{
	enum field_id id;

	if (!test_below(seed, 3))
		return gen_register(seed);
	if (!test_below(seed, 8))
		return FIELD_NW_TTL; /* counted down without being known */
	if (!test_below(seed, 8))
		return (enum field_id)GEN_PICK(seed, FIELD_CT_STATE, FIELD_CT_ZONE, FIELD_CT_MARK,
					       FIELD_CT_LABEL);
	do {
		id = (enum field_id)test_below(seed, FIELD_METADATA);
	} while (id == FIELD_RECIRC_ID || id == FIELD_CONJ_ID ||
		 (id >= FIELD_TUN_ID && id <= FIELD_CT_LABEL));
	return id;
}

static void pick_bits(uint64_t *seed, struct subfield *sub, unsigned int max)
{
	unsigned int width = field_n_bits(&fields[sub->field]);
	unsigned int n = width < max ? width : max;

	sub->n_bits = (__u8)(test_below(seed, 2) ? n : 1 + test_below(seed, n));
	sub->ofs = (__u8)(test_below(seed, 2) ? 0 : test_below(seed, width - sub->n_bits + 1));
}

static void gen_set(uint64_t *seed, struct ofact *a, const struct list_place *at)
{
	const struct field *f = &fields[pick_settable(seed, at)];
	struct plain_hidden hidden;
	struct flow_key packet;

	a->set.field = f->id;
	field_exact_mask(f, &a->set.mask);
	if (f->mask_rule != FIELD_MASK_NONE && !test_below(seed, 3)) {
		a->set.mask.w[0] &= test_random(seed);
		a->set.mask.w[1] &= test_random(seed);
	}
	pipeline_gen_packet(seed, &packet, &hidden);
	field_get(f, &packet, &a->set.value);
	if (is_register(f->id))
		a->set.value.b[15] = (__u8)test_below(seed, 8);
	else if (f->id != FIELD_IN_PORT && !test_below(seed, 3))
		a->set.value.w[1] = test_random(seed);
	a->set.value.w[0] &= a->set.mask.w[0];
	a->set.value.w[1] &= a->set.mask.w[1];
}

static void gen_move(uint64_t *seed, struct ofact *a, const struct list_place *at)
{
	a->move.src.field = pick_readable(seed);
	a->move.dst.field = pick_settable(seed, at);
	pick_bits(seed, &a->move.src, field_n_bits(&fields[a->move.dst.field]));
	pick_bits(seed, &a->move.dst, a->move.src.n_bits);
	a->move.src.n_bits = a->move.dst.n_bits;
}

/* --- actions --- */

static const enum ofact_type types[] = {
	OFACT_OUTPUT,     OFACT_OUTPUT,     OFACT_OUTPUT,       OFACT_OUTPUT,     OFACT_NORMAL,
	OFACT_FLOOD,      OFACT_ALL,        OFACT_IN_PORT,      OFACT_LOCAL,      OFACT_CONTROLLER,
	OFACT_OUTPUT_REG, OFACT_SET_FIELD,  OFACT_SET_FIELD,    OFACT_SET_FIELD,  OFACT_SET_FIELD,
	OFACT_SET_FIELD,  OFACT_SET_FIELD,  OFACT_MOVE,         OFACT_MOVE,       OFACT_MOVE,
	OFACT_MOVE,       OFACT_STACK_PUSH, OFACT_STACK_POP,    OFACT_STACK_PUSH, OFACT_STACK_POP,
	OFACT_PUSH_VLAN,  OFACT_PUSH_VLAN,  OFACT_POP_VLAN,     OFACT_POP_VLAN,   OFACT_PUSH_MPLS,
	OFACT_PUSH_MPLS,  OFACT_POP_MPLS,   OFACT_POP_MPLS,     OFACT_POP_MPLS,   OFACT_DEC_TTL,
	OFACT_DEC_TTL,    OFACT_DEC_TTL,    OFACT_RESUBMIT,     OFACT_RESUBMIT,   OFACT_RESUBMIT,
	OFACT_RESUBMIT,   OFACT_RESUBMIT,   OFACT_CLONE,        OFACT_CLONE,      OFACT_GROUP,
	OFACT_GROUP,      OFACT_EXIT,       OFACT_DEC_MPLS_TTL, OFACT_CT,         OFACT_CT,
	OFACT_CT,         OFACT_CT_CLEAR,
};

/* It would lead back to where it came from, or to nothing at all. */
static bool is_refused(const struct ofact *a, const struct list_place *at)
{
	switch (a->type) {
	case OFACT_IN_PORT:
	case OFACT_OUTPUT_REG:
		return at->peer || (at->bucket && a->type == OFACT_OUTPUT_REG);
	case OFACT_RESUBMIT:
		return at->peer ? at->table_id > 0
				: !at->bucket && at->table_id == PIPELINE_N_TABLES - 1;
	case OFACT_CLONE:
		return at->depth == 3 || at->bucket;
	case OFACT_GROUP:
		return at->peer || at->group_id == PIPELINE_N_GROUPS ||
		       (!at->bucket && at->table_id >= PIPELINE_FIRST_BUCKET_TABLE);
	case OFACT_CT:
		return false;
	default:
		return at->bucket && !group_bucket_takes(a);
	}
}

static void gen_output(uint64_t *seed, struct ofact *a, const struct list_place *at)
{
	static const __u16 ports[] = {
		1,          2, 3, 4, 5, PIPELINE_LOCAL_NO, PIPELINE_PATCH_NO, PIPELINE_PATCH_NO,
		PORT_LOCAL, 9};

	if (at->peer)
		a->port = (__u16)(PIPELINE_PEER_FIRST_NO + test_below(seed, 3));
	else
		a->port = ports[test_below(seed, sizeof(ports) / sizeof(ports[0]))];
}

static void gen_resubmit(uint64_t *seed, struct ofact *a, const struct list_place *at)
{
	__u8 first = at->bucket ? PIPELINE_FIRST_BUCKET_TABLE : at->table_id + 1;
	__u32 n = at->peer ? 1 : (__u32)(PIPELINE_N_TABLES - first);

	a->resubmit.table_id = (__u8)(first + test_below(seed, n < 3 ? n : 3));
	if (!test_below(seed, 6))
		a->resubmit.port = (__u16)(1 + test_below(seed, GEN_PORTS));
}

static void append(struct ofacts *list, const struct ofact *a)
{
	assert_int_equal(ofacts_append(list, a), 0);
}

/* What exec() does with the connection's mark and label. */
static void gen_exec(uint64_t *seed, struct ofacts *list)
{
	struct ofact set = {.type = OFACT_SET_FIELD, .set.field = FIELD_CT_MARK};
	struct ofact move = {.type = OFACT_MOVE};

	move.move.src.field = pick_readable(seed);
	move.move.dst.field = (enum field_id)GEN_PICK(seed, FIELD_CT_MARK, FIELD_CT_LABEL);
	pick_bits(seed, &move.move.src, field_n_bits(&fields[move.move.dst.field]));
	pick_bits(seed, &move.move.dst, move.move.src.n_bits);
	move.move.src.n_bits = move.move.dst.n_bits;
	set.set.mask.b[15] = (__u8)(1 + test_below(seed, 255));
	set.set.value.b[15] = set.set.mask.b[15] & (__u8)test_random(seed);
	append(list, &move);
	append(list, &set);
}

/* Without nat: what it does to a packet is not a function of the packet. */
static void gen_ct(uint64_t *seed, struct ofact *a, const struct list_place *at)
{
	struct ofact to = {.type = OFACT_RESUBMIT};
	struct ofact_ct *ct = calloc(1, sizeof(*ct));

	a->ct = ct;
	ct->table_id = OFACT_TABLE_NONE;
	if (!is_refused(&to, at) && test_below(seed, 3)) {
		gen_resubmit(seed, &to, at);
		ct->table_id = to.resubmit.table_id;
	}
	if (test_below(seed, 2))
		ct->zone = (__u16)test_below(seed, 3);
	else
		ct->zone_src = (struct subfield){.field = FIELD_REG0, .n_bits = 16};
	if (test_below(seed, 2))
		return;
	ct->flags = XVS_CT_A_COMMIT;
	if (test_below(seed, 2))
		gen_exec(seed, &ct->exec);
}

static void gen_nested(uint64_t *seed, struct ofact *a, const struct list_place *at)
{
	struct list_place inside = *at;

	inside.depth++;
	inside.meter = 0;
	a->nested = calloc(1, sizeof(*a->nested));
	list_gen(seed, a->nested, &inside);
}

static void gen_details(uint64_t *seed, struct ofact *a, const struct list_place *at)
{
	switch (a->type) {
	case OFACT_OUTPUT:
		gen_output(seed, a, at);
		break;
	case OFACT_CONTROLLER:
		a->controller.max_len = 0xffff;
		break;
	case OFACT_SET_FIELD:
		gen_set(seed, a, at);
		break;
	case OFACT_MOVE:
		gen_move(seed, a, at);
		break;
	case OFACT_OUTPUT_REG:
		a->sub = (struct subfield){.field = FIELD_REG0, .n_bits = 16};
		break;
	case OFACT_STACK_PUSH:
		a->sub.field = pick_readable(seed);
		pick_bits(seed, &a->sub, 128);
		break;
	case OFACT_STACK_POP:
		a->sub.field = pick_settable(seed, at);
		pick_bits(seed, &a->sub, 128);
		break;
	case OFACT_PUSH_VLAN:
		a->ethertype = XVS_BE16(GEN_PICK(seed, 0x8100, 0x88a8));
		break;
	case OFACT_PUSH_MPLS:
		a->ethertype = XVS_BE16(GEN_PICK(seed, 0x8847, 0x8847, 0x8848));
		break;
	case OFACT_POP_MPLS:
		a->ethertype = XVS_BE16(GEN_PICK(seed, 0x0800, 0x0800, 0x86dd, 0x8847));
		break;
	case OFACT_RESUBMIT:
		gen_resubmit(seed, a, at);
		break;
	case OFACT_CLONE:
		gen_nested(seed, a, at);
		break;
	case OFACT_CT:
		gen_ct(seed, a, at);
		break;
	case OFACT_GROUP:
		a->id = at->group_id + 1 + test_below(seed, PIPELINE_N_GROUPS - at->group_id);
		break;
	default:
		break;
	}
}

/* A value that goes through the stack into an address, and into the next pass or two
 * if there were labels. */
static void append_journey(uint64_t *seed, struct ofacts *list)
{
	struct ofact push = {.type = OFACT_STACK_PUSH}, pop = {.type = OFACT_STACK_POP};
	struct ofact bare = {.type = OFACT_POP_MPLS, .ethertype = XVS_BE16(0x8847)};
	const struct ofact output = {.type = OFACT_OUTPUT, .port = 2};

	push.sub.field = pick_readable(seed);
	pick_bits(seed, &push.sub, 48);
	pop.sub = (struct subfield){.field = FIELD_NW_DST, .n_bits = 32};
	append(list, &push);
	if (!test_below(seed, 3))
		append(list, &bare);
	bare.ethertype = XVS_BE16(0x0800);
	append(list, &bare);
	append(list, &pop);
	append(list, &output);
}

void list_gen(uint64_t *seed, struct ofacts *list, const struct list_place *at)
{
	unsigned int n = 1 + test_below(seed, 6);

	memset(list, 0, sizeof(*list));
	if (at->meter)
		append(list, &(struct ofact){.type = OFACT_METER, .id = at->meter});
	if (!at->peer && !at->bucket && !test_below(seed, 12))
		append_journey(seed, list);
	for (unsigned int i = 0; i < n; i++) {
		struct ofact a = {0};

		do {
			a.type = types[test_below(seed, sizeof(types) / sizeof(types[0]))];
		} while (is_refused(&a, at));
		gen_details(seed, &a, at);
		append(list, &a);
	}
}
