// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which bucket of a group a packet gets: hash, liveness, weights. And in which
 * order a bucket's actions run.
 */
#include <errno.h>
#include <xxhash.h>

#include "flow_lex.h"
#include "group.h"
#include "proto.h"
#include "sw.h"

_Static_assert(XVS_FLOW_KEY_SEQ == 1, "the key has changed: visit the default hash");

/* Buckets that are looked at for the life of one that watches a group, whose
 * buckets may watch groups...: those behind it count as dead. Loops are refused
 * when a group is made; this is for trees that are merely absurd. */
#define WATCH_MAX 1024

static bool has_ports(const struct flow_key *key)
{
	return flow_is_ip(key) && !key->nw_frag &&
	       (key->nw_proto == PROTO_TCP || key->nw_proto == PROTO_UDP ||
		key->nw_proto == PROTO_SCTP);
}

static void default_mask(const struct flow_key *key, struct flow_key *mask)
{
	memset(mask->dl_src, 0xff, sizeof(mask->dl_src));
	memset(mask->dl_dst, 0xff, sizeof(mask->dl_dst));
	mask->dl_type = 0xffff;
	mask->vlan_tci = XVS_BE16(XVS_VLAN_PRESENT | XVS_VLAN_VID_MASK);
	if (!flow_is_ip(key))
		return;
	mask->nw_frag = 0xff;
	mask->nw_proto = 0xff;
	if (key->dl_type == XVS_BE16(0x0800)) {
		mask->nw_src = 0xffffffff;
		mask->nw_dst = 0xffffffff;
	} else {
		memset(mask->ipv6_src, 0xff, sizeof(mask->ipv6_src));
		memset(mask->ipv6_dst, 0xff, sizeof(mask->ipv6_dst));
	}
	if (has_ports(key)) {
		mask->tp_src = 0xffff;
		mask->tp_dst = 0xffff;
	}
}

static bool has_field(const struct field *f, const struct flow_key *key)
{
	return field_prereqs_met(f, key, &flow_all_bits) &&
	       !(f->pre_nw_proto && key->nw_frag & XVS_FRAG_LATER);
}

void group_hash_mask(const struct group *g, const struct flow_key *key, struct flow_key *mask)
{
	memset(mask, 0, sizeof(*mask));
	if (!g->n_fields) {
		default_mask(key, mask);
		return;
	}
	for (size_t i = 0; i < g->n_fields; i++) {
		const struct field *f = &fields[g->fields[i].field];
		struct flow_key bits = {0};

		field_prereqs_unwildcard(f, mask);
		if (!has_field(f, key))
			continue;
		field_set(f, &bits, &g->fields[i].mask);
		flow_mask_or(mask, &bits);
	}
}

/* What is the same both ways: each pair of source and destination folded. */
static __u64 default_hash(const struct flow_key *key, __u64 seed)
{
	struct flow_key mask = {0}, bits;
	__u64 folded[5] = {0};

	default_mask(key, &mask);
	flow_mask_key(&bits, key, &mask);
	memcpy(&folded[0], bits.dl_src, sizeof(bits.dl_src));
	for (int i = 0; i < 6; i++)
		((__u8 *)&folded[0])[i] ^= bits.dl_dst[i];
	folded[1] = (__u64)bits.dl_type << 16 | bits.vlan_tci;
	if (flow_is_ip(key)) {
		__u64 src[2], dst[2];

		folded[1] |= (__u64)bits.nw_proto << 32 | (__u64)(bits.tp_src ^ bits.tp_dst) << 48;
		if (key->dl_type == XVS_BE16(0x0800)) {
			folded[2] = bits.nw_src ^ bits.nw_dst;
		} else {
			memcpy(src, bits.ipv6_src, sizeof(src));
			memcpy(dst, bits.ipv6_dst, sizeof(dst));
			folded[2] = src[0] ^ dst[0];
			folded[3] = src[1] ^ dst[1];
		}
	}
	return XXH64(folded, sizeof(folded), seed);
}

__u64 group_hash(const struct group *g, const struct flow_key *key)
{
	struct flow_key mask, bits;

	if (!g->n_fields)
		return default_hash(key, g->hash_basis);
	group_hash_mask(g, key, &mask);
	flow_mask_key(&bits, key, &mask);
	return XXH64(&bits, sizeof(bits), g->hash_basis);
}

static bool bucket_alive(const struct sw *sw, const struct group_bucket *b, int *left)
{
	const struct sw_port *port;
	const struct group *g;

	if (!b->watch_port && b->watch_group == GROUP_NONE)
		return true;
	port = sw_port_by_number(sw, b->watch_port);
	if (port && port->up && !port->blocked)
		return true;
	g = b->watch_group == GROUP_NONE ? NULL : group_find(sw->groups, b->watch_group);
	for (size_t i = 0; g && i<g->n_buckets && * left> 0; i++) {
		--*left;
		if (bucket_alive(sw, &g->buckets[i], left))
			return true;
	}
	return false;
}

bool group_bucket_alive(const struct sw *sw, const struct group_bucket *b)
{
	int left = WATCH_MAX;

	return bucket_alive(sw, b, &left);
}

struct group_bucket *group_first_alive(const struct sw *sw, const struct group *g)
{
	for (size_t i = 0; i < g->n_buckets; i++)
		if (group_bucket_alive(sw, &g->buckets[i]))
			return &g->buckets[i];
	return NULL;
}

/* -log2(u / 2^64) in units of 2^-32, for u > 0: the whole part from the leading
 * zeros, the fraction bit by bit by squaring. */
static __u64 neg_log2(__u64 u)
{
	unsigned int zeros = (unsigned int)__builtin_clzll(u);
	__u64 x = u << zeros >> 32; /* in [2^31, 2^32): 1 to 2 */
	__u64 log = 0;

	for (int i = 0; i < 32; i++) {
		x = x * x >> 31;
		log <<= 1;
		if (x >> 32) {
			log |= 1;
			x >>= 1;
		}
	}
	return ((__u64)(zeros + 1) << 32) - log;
}

/*
 * Rendezvous hashing with weights: each bucket draws a number u of its own from
 * the hash, and -log(u) / weight is distributed so that a bucket has the lowest
 * with a probability of exactly its share. A bucket's draw does not depend on
 * others, so only packets of a bucket that dies move, and they spread by weight.
 */
struct group_bucket *group_select(const struct sw *sw, const struct group *g, __u64 hash)
{
	struct group_bucket *best = NULL;
	__u64 best_score = 0;

	for (size_t i = 0; i < g->n_buckets; i++) {
		struct group_bucket *b = &g->buckets[i];
		__u64 score;

		if (!b->weight || !group_bucket_alive(sw, b))
			continue;
		/* 38 bits at most; 16 more of fraction for the division. */
		score = (neg_log2(XXH64(&hash, sizeof(hash), b->id) | 1) << 16) / b->weight;
		if (best && score >= best_score)
			continue;
		best = b;
		best_score = score;
	}
	return best;
}

/* The places of an action set, in order of execution. */
enum set_place {
	PLACE_POP_VLAN,
	PLACE_POP_MPLS,
	PLACE_PUSH_MPLS,
	PLACE_PUSH_VLAN,
	PLACE_DEC_TTL,
	PLACE_DEC_MPLS_TTL,
	PLACE_SET, /* any number, as written */
	PLACE_GROUP, /* of these four the first that there is */
	PLACE_OUTPUT,
	PLACE_RESUBMIT,
	PLACE_CT,
	PLACE_NONE,
};

static enum set_place set_place(enum ofact_type type)
{
	switch (type) {
	case OFACT_POP_VLAN:
		return PLACE_POP_VLAN;
	case OFACT_POP_MPLS:
		return PLACE_POP_MPLS;
	case OFACT_PUSH_MPLS:
		return PLACE_PUSH_MPLS;
	case OFACT_PUSH_VLAN:
		return PLACE_PUSH_VLAN;
	case OFACT_DEC_TTL:
		return PLACE_DEC_TTL;
	case OFACT_DEC_MPLS_TTL:
		return PLACE_DEC_MPLS_TTL;
	case OFACT_SET_FIELD:
	case OFACT_MOVE:
		return PLACE_SET;
	case OFACT_GROUP:
		return PLACE_GROUP;
	case OFACT_OUTPUT:
	case OFACT_IN_PORT:
	case OFACT_NORMAL:
	case OFACT_FLOOD:
	case OFACT_ALL:
	case OFACT_LOCAL:
	case OFACT_CONTROLLER:
		return PLACE_OUTPUT;
	case OFACT_RESUBMIT:
		return PLACE_RESUBMIT;
	case OFACT_CT:
		return PLACE_CT;
	default:
		return PLACE_NONE;
	}
}

bool group_bucket_takes(const struct ofact *a)
{
	return a->type == OFACT_DROP || set_place(a->type) != PLACE_NONE;
}

static int append_copy(struct ofacts *out, const struct ofact *a)
{
	struct ofact copy;
	int rc = ofact_copy(&copy, a);

	return rc ? rc : ofacts_append(out, &copy);
}

static int append_place(struct ofacts *out, const struct ofacts *in, enum set_place place)
{
	const struct ofact *last = NULL;
	int rc = 0;

	for (size_t i = 0; !rc && i < in->n; i++) {
		if (set_place(in->v[i].type) != place)
			continue;
		last = &in->v[i];
		if (place == PLACE_SET)
			rc = append_copy(out, last);
	}
	return last && !rc && place != PLACE_SET ? append_copy(out, last) : rc;
}

int group_bucket_order(struct group_bucket *b)
{
	struct ofacts ordered = {0};
	size_t before;
	int rc = 0;

	for (int place = 0; !rc && place < PLACE_GROUP; place++)
		rc = append_place(&ordered, &b->actions, place);
	before = ordered.n;
	for (int place = PLACE_GROUP; !rc && place < PLACE_NONE && ordered.n == before; place++)
		rc = append_place(&ordered, &b->actions, place);
	if (rc || ordered.n == before)
		ofacts_fini(&ordered);
	if (!rc)
		b->ordered = ordered;
	return rc;
}
