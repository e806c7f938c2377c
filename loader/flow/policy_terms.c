// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The services of packets: terms as rules of a classifier; see policy_index.h. A range
 * of ports is some prefixes of the port, each of them an entry that all terms share.
 */
#include "policy_index.h"

#include "xvs/flow_hash.h"

#define PORT_BITS 16
/* Of a range of 16 bits. */
#define PORT_PREFIXES_MAX 30

struct port_prefix {
	__u16 value;
	__u8 len;
};

/* The fewest prefixes that make up [first, last]; returns their number. */
static unsigned int split_range(__u32 first, __u32 last, struct port_prefix out[PORT_PREFIXES_MAX])
{
	unsigned int n = 0;

	while (first <= last) {
		unsigned int bits = first ? (unsigned int)__builtin_ctz(first) : PORT_BITS;

		while (first + (1U << bits) - 1 > last)
			bits--;
		out[n++] = (struct port_prefix){(__u16)first, (__u8)(PORT_BITS - bits)};
		first += 1U << bits;
	}
	return n;
}

/* A term's entry in one word. */
static __u64 entry_word(__u8 proto, const struct port_prefix *src, const struct port_prefix *dst)
{
	return (__u64)proto << 48 | (__u64)src->len << 40 | (__u64)dst->len << 32 |
	       (__u64)src->value << 16 | dst->value;
}

static __be16 port_mask(const struct port_prefix *p)
{
	return XVS_BE16((__u16)(0xffff0000U >> p->len));
}

static struct rule *entry_rule(__u8 proto, const struct port_prefix *src,
			       const struct port_prefix *dst)
{
	struct match m = {0};

	m.key.nw_proto = proto;
	m.mask.nw_proto = 0xff;
	m.key.tp_src = XVS_BE16(src->value);
	m.mask.tp_src = port_mask(src);
	m.key.tp_dst = XVS_BE16(dst->value);
	m.mask.tp_dst = port_mask(dst);
	/* Later fragments have no ports. */
	if (src->len || dst->len)
		m.mask.nw_frag = XVS_FRAG_LATER;
	return rule_create(&(struct rule_spec){.match = &m, .priority = 1});
}

static __u64 hash_word(const struct policy_index *ix, __u64 word)
{
	return xvs_hash_finish(xvs_hash_word(word, ix->seed));
}

static struct policy_holders *find_entry(const struct policy_index *ix, __u64 word)
{
	__u64 hash = hash_word(ix, word);

	for (struct hmap_node *n = hmap_bucket(&ix->term_holders, hash); n; n = n->next) {
		struct policy_holders *h = hmap_entry(n, struct policy_holders, node);

		if (n->hash == hash && h->term == word)
			return h;
	}
	return NULL;
}

static struct policy_holders *new_entry(struct policy_index *ix, __u8 proto,
					const struct port_prefix *src,
					const struct port_prefix *dst)
{
	struct policy_holders *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->term = entry_word(proto, src, dst);
	h->rule = entry_rule(proto, src, dst);
	if (!h->rule || policy_vec_reserve(&h->sets, 1))
		goto fail;
	h->rule->cookie = (__u64)(uintptr_t)h;
	if (classifier_insert(ix->terms, h->rule))
		goto fail;
	hmap_insert(&ix->term_holders, &h->node, hash_word(ix, h->term));
	return h;
fail:
	policy_vec_fini(&h->sets);
	rule_put(h->rule);
	free(h);
	return NULL;
}

static int enter_entry(struct policy_set *s, __u8 proto, const struct port_prefix *src,
		       const struct port_prefix *dst)
{
	struct policy_holders *h = find_entry(s->ix, entry_word(proto, src, dst));

	if (!h)
		h = new_entry(s->ix, proto, src, dst);
	if (!h || policy_vec_reserve(&h->sets, 1))
		return -ENOMEM;
	policy_vec_insert(&h->sets, h->sets.n, s);
	return 0;
}

/* Nothing, where entering has failed before. */
static void leave_entry(struct policy_set *s, __u64 word)
{
	struct policy_holders *h = find_entry(s->ix, word);
	size_t i;

	if (!h)
		return;
	if (policy_vec_find(&h->sets, s, &i))
		policy_vec_remove(&h->sets, i);
	if (h->sets.n)
		return;
	classifier_remove(s->ix->terms, h->rule);
	rule_put(h->rule);
	hmap_remove(&s->ix->term_holders, &h->node);
	policy_vec_fini(&h->sets);
	free(h);
}

static int enter_term(struct policy_set *s, const struct policy_term *t)
{
	struct port_prefix src[PORT_PREFIXES_MAX], dst[PORT_PREFIXES_MAX];
	unsigned int n_src = split_range(t->src_first, t->src_last, src);
	unsigned int n_dst = split_range(t->dst_first, t->dst_last, dst);

	for (unsigned int i = 0; i < n_src; i++)
		for (unsigned int k = 0; k < n_dst; k++)
			if (enter_entry(s, t->proto, &src[i], &dst[k]))
				return -ENOMEM;
	return 0;
}

static void leave_term(struct policy_set *s, const struct policy_term *t)
{
	struct port_prefix src[PORT_PREFIXES_MAX], dst[PORT_PREFIXES_MAX];
	unsigned int n_src = split_range(t->src_first, t->src_last, src);
	unsigned int n_dst = split_range(t->dst_first, t->dst_last, dst);

	for (unsigned int i = 0; i < n_src; i++)
		for (unsigned int k = 0; k < n_dst; k++)
			leave_entry(s, entry_word(t->proto, &src[i], &dst[k]));
}

void policy_terms_leave(struct policy_set *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		leave_term(s, &s->terms[i]);
}

int policy_terms_enter(struct policy_set *s)
{
	for (size_t i = 0; i < s->n_terms; i++) {
		if (!enter_term(s, &s->terms[i]))
			continue;
		policy_terms_leave(s, i + 1);
		return -ENOMEM;
	}
	return 0;
}

struct visit {
	policy_set_fn fn;
	void *aux;
};

static void visit_rule(void *aux, struct rule *rule)
{
	const struct policy_holders *h = (const void *)(uintptr_t)rule->cookie;
	const struct visit *v = aux;

	for (size_t i = 0; i < h->sets.n; i++)
		v->fn(v->aux, h->sets.v[i]);
}

void policy_index_visit_service(const struct policy_index *ix, const struct flow_key *key,
				struct flow_key *wc, policy_set_fn fn, void *aux)
{
	struct visit v = {.fn = fn, .aux = aux};
	struct flow_key mask = {0};
	const struct classifier_visitor visitor = {.match = visit_rule, .aux = &v};

	classifier_visit(ix->terms, 1, key, wc ? wc : &mask, &visitor);
}
