// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The shapes of table_gen.h.
 */
#include "table_gen.h"

#include "test.h"

static const char *const names[TABLE_SHAPE_N] = {
	[TABLE_UNIVERSE] = "universe",   [TABLE_ACL] = "acl",
	[TABLE_PREFIX4] = "prefix4",     [TABLE_PREFIX6] = "prefix6",
	[TABLE_PORTS] = "ports",         [TABLE_CHAIN] = "chain",
	[TABLE_ONE_STAGE] = "one stage", [TABLE_ANY_BITS] = "any bits",
	[TABLE_METADATA] = "metadata",   [TABLE_EXACT] = "exact",
	[TABLE_MIXED] = "mixed",
};

static const int stage_end[XVS_STAGE_N + 1] = {
	0, FLOW_STAGE_METADATA_END, FLOW_STAGE_L2_END, FLOW_STAGE_L3_END, FLOW_STAGE_L4_END,
};

const char *table_shape_name(enum table_shape shape)
{
	return names[shape];
}

void gen_any_words(uint64_t *seed, struct flow_key *key)
{
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		key->w[i] = test_random(seed);
}

/* The word first: else a field of one bit beside an IPv6 address never is it. */
bool gen_flip(uint64_t *seed, struct flow_key *key, const struct flow_key *among)
{
	unsigned int word = test_below(seed, FLOW_KEY_WORDS), nth;
	__u64 bits;

	for (int i = 0; i < FLOW_KEY_WORDS && !among->w[word]; i++)
		word = (word + 1) % FLOW_KEY_WORDS;
	bits = among->w[word];
	if (!bits)
		return false;
	nth = test_below(seed, (uint32_t)__builtin_popcountll(bits));
	while (nth--)
		bits &= bits - 1;
	key->w[word] ^= bits & -bits;
	return true;
}

static void add_prefix(struct flow_key *mask, enum field_id id, unsigned int len)
{
	const struct field *f = &fields[id];
	union field_value value, old;

	field_exact_mask(f, &value);
	for (unsigned int bit = 0; bit + len < f->width; bit++)
		value.b[15 - bit / 8] &= (__u8) ~(1U << bit % 8);
	field_get(f, mask, &old);
	value.w[0] |= old.w[0];
	value.w[1] |= old.w[1];
	field_set(f, mask, &value);
}

/* Often one of the usual lengths, so that rules share them; 0: not at all. */
static unsigned int prefix_len(uint64_t *seed, unsigned int width)
{
	if (!test_below(seed, 3))
		return test_below(seed, width + 1);
	return GEN_PICK(seed, 0, 1, 2, 3, 4, 4) * width / 4;
}

static void mask_prefix4(uint64_t *seed, struct flow_key *mask)
{
	if (test_below(seed, 4))
		mask->dl_type = 0xffff;
	add_prefix(mask, FIELD_NW_DST, prefix_len(seed, 32));
	if (!test_below(seed, 3))
		add_prefix(mask, FIELD_NW_SRC, prefix_len(seed, 32));
	if (!test_below(seed, 4))
		mask->nw_proto = 0xff;
}

static void mask_prefix6(uint64_t *seed, struct flow_key *mask)
{
	if (test_below(seed, 4))
		mask->dl_type = 0xffff;
	add_prefix(mask, FIELD_IPV6_DST, prefix_len(seed, 128));
	if (!test_below(seed, 3))
		add_prefix(mask, FIELD_IPV6_SRC, prefix_len(seed, 128));
}

static void mask_ports(uint64_t *seed, struct flow_key *mask)
{
	if (test_below(seed, 3))
		mask->nw_proto = 0xff;
	add_prefix(mask, FIELD_TCP_DST, prefix_len(seed, 16));
	if (test_below(seed, 2))
		add_prefix(mask, FIELD_TCP_SRC, prefix_len(seed, 16));
	if (!test_below(seed, 5))
		mask->tp_src = (__be16)test_random(seed);
	if (!test_below(seed, 6))
		mask->tcp_flags = XVS_BE16(0x12);
}

static void mask_acl(uint64_t *seed, struct flow_key *mask)
{
	mask->dl_type = 0xffff;
	add_prefix(mask, FIELD_NW_SRC, prefix_len(seed, 32));
	add_prefix(mask, FIELD_NW_DST, prefix_len(seed, 32));
	if (test_below(seed, 4))
		mask->nw_proto = 0xff;
	if (test_below(seed, 2))
		mask_ports(seed, mask);
}

/* Of the words 'from' to 'to': one to three, each of few, half or all bits. */
static void mask_words(uint64_t *seed, struct flow_key *mask, int from, int to)
{
	unsigned int n = 1 + test_below(seed, 3);

	while (n--) {
		unsigned int word = (unsigned int)from + test_below(seed, (uint32_t)(to - from));
		__u64 bits = test_random(seed);

		switch (test_below(seed, 4)) {
		case 0:
			bits = 1ULL << (bits & 63);
			break;
		case 1:
			bits &= test_random(seed) & test_random(seed) & test_random(seed);
			break;
		case 2:
			break;
		default:
			bits = ~0ULL;
		}
		mask->w[word] |= bits;
	}
}

static void mask_metadata(uint64_t *seed, struct flow_key *mask)
{
	unsigned int which = test_below(seed, 256);

	if (which & 1)
		mask->in_port = 0xffff;
	if (which & 2)
		mask->tun_id = ~0ULL;
	if (which & 4)
		mask->tun_dst = XVS_BE32(~0U << test_below(seed, 32));
	if (which & 8)
		mask->ct_state = (__u8)(1 + test_below(seed, 255));
	if (which & 16)
		mask_words(seed, mask, 0, FLOW_STAGE_METADATA_END);
	if (which & 32)
		mask_prefix4(seed, mask);
	if (which & 64)
		mask->reg[test_below(seed, FLOW_N_REGS)] = XVS_BE32(~0U << test_below(seed, 32));
	if (which & 128)
		mask->metadata = XVS_BE64(~0ULL << test_below(seed, 64));
}

static void make_mask(uint64_t *seed, enum table_shape shape, struct flow_key *mask)
{
	switch (shape) {
	case TABLE_ACL:
	case TABLE_EXACT:
		mask_acl(seed, mask);
		break;
	case TABLE_PREFIX4:
		mask_prefix4(seed, mask);
		break;
	case TABLE_PREFIX6:
		mask_prefix6(seed, mask);
		break;
	case TABLE_PORTS:
		mask_ports(seed, mask);
		break;
	case TABLE_METADATA:
		mask_metadata(seed, mask);
		break;
	case TABLE_MIXED:
		make_mask(seed, TABLE_ACL + test_below(seed, TABLE_MIXED - TABLE_ACL), mask);
		break;
	default:
		mask_words(seed, mask, 0, FLOW_KEY_WORDS);
	}
}

static void make_chain(struct table_gen *g, uint64_t *seed)
{
	static const enum field_id of[] = {FIELD_NW_SRC,   FIELD_NW_DST,  FIELD_IPV6_SRC,
					   FIELD_IPV6_DST, FIELD_TCP_SRC, FIELD_TCP_DST};
	enum field_id id = of[test_below(seed, sizeof(of) / sizeof(of[0]))];
	unsigned int width = fields[id].width;

	for (unsigned int i = 0; i < g->n_masks; i++)
		add_prefix(&g->mask[i], id,
			   g->n_masks >= width ? 1 + i % width : 1 + test_below(seed, width));
	g->n_centers = 1 + test_below(seed, 2);
	g->max_flips = 1 + test_below(seed, 2);
}

static void make_one_stage(struct table_gen *g, uint64_t *seed)
{
	unsigned int stage = test_below(seed, XVS_STAGE_N);
	struct flow_key common = {0};

	make_mask(seed, TABLE_MIXED, &common);
	memset(&common.w[stage_end[stage]], 0,
	       sizeof(__u64) * (size_t)(stage_end[stage + 1] - stage_end[stage]));
	for (unsigned int i = 0; i < g->n_masks; i++) {
		g->mask[i] = common;
		mask_words(seed, &g->mask[i], stage_end[stage], stage_end[stage + 1]);
	}
}

static void make_centers(struct table_gen *g, uint64_t *seed)
{
	for (unsigned int i = 0; i < g->n_centers; i++) {
		gen_any_words(seed, &g->center[i]);
		/* Some share all but the last bits of some words. */
		if (i && test_below(seed, 2))
			for (int w = 0; w < FLOW_KEY_WORDS; w++)
				g->center[i].w[w] = g->center[0].w[w] ^
						    (1ULL << (g->center[i].w[w] & 63));
		g->center[i].dl_type = XVS_BE16(GEN_PICK(seed, 0x0800, 0x0800, 0x86dd));
		g->center[i].nw_proto = (__u8)GEN_PICK(seed, 6, 6, 17);
	}
}

void table_gen_init(struct table_gen *g, uint64_t *seed, enum table_shape shape)
{
	memset(g, 0, sizeof(*g));
	g->shape = shape;
	g->n_masks = 1 + test_below(seed, test_below(seed, 4) ? 32 : TABLE_GEN_MASKS);
	if (shape == TABLE_EXACT)
		g->n_masks = 1;
	g->n_centers = 1 + test_below(seed, TABLE_GEN_CENTERS);
	g->max_flips = 1 + test_below(seed, 8);
	if (shape == TABLE_CHAIN)
		make_chain(g, seed);
	else if (shape == TABLE_ONE_STAGE)
		make_one_stage(g, seed);
	else
		for (unsigned int i = 0; i < g->n_masks; i++)
			make_mask(seed, shape, &g->mask[i]);
	make_centers(g, seed);
}

void table_gen_match(const struct table_gen *g, uint64_t *seed, struct match *match)
{
	const struct flow_key *center = &g->center[test_below(seed, g->n_centers)];
	unsigned int flips = test_below(seed, g->max_flips + 1);

	if (g->shape == TABLE_UNIVERSE || (g->shape == TABLE_MIXED && !test_below(seed, 4))) {
		gen_match(seed, match);
		return;
	}
	match->mask = g->mask[test_below(seed, g->n_masks)];
	flow_mask_key(&match->key, center, &match->mask);
	while (flips--)
		gen_flip(seed, &match->key, &match->mask);
}
