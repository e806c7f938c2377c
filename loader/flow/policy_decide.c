// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which rule decides about a packet; see policy.h for the way of it.
 *
 * The candidates are a bit vector that gets shorter: behind a rule that is sure to match
 * there is nothing to look for, so words behind it are not read any more.
 */
#include "policy_compile.h"
#include "policy_compiled.h"

struct decision {
	const struct policy *p;
	const struct policy_compiled *c;
	const struct policy_query *q;
	struct flow_key *wc; /* may be NULL */
	bool benefit; /* of the doubt: what addresses do not tell is taken to allow */
	const struct policy_role_table *t; /* of the role that is looked up */
	__u32 n_words; /* that have candidates */
	__u64 left[POLICY_MAX_WORDS + 1]; /* candidates */
	__u64 found[POLICY_MAX_WORDS + 1]; /* rules whose operand holds */
};

static bool any_left_in(const struct decision *d, const __u64 *bits)
{
	for (__u32 w = 0; w < d->n_words; w++)
		if (d->left[w] & bits[w])
			return true;
	return false;
}

static bool any_left_beside(const struct decision *d, const __u64 *bits)
{
	for (__u32 w = 0; w < d->n_words; w++)
		if (d->left[w] & ~bits[w])
			return true;
	return false;
}

/* Nothing behind the first that is sure to match. */
static void cut_behind(struct decision *d, const __u64 *sure)
{
	for (__u32 w = 0; w < d->n_words; w++) {
		__u64 certain = d->left[w] & sure[w];

		if (!certain)
			continue;
		d->left[w] &= certain ^ (certain - 1);
		d->n_words = w + 1;
	}
}

/* Rules of a key as bits, or the values that are rules; the others are left. */
static bool add_rules(struct decision *d, const struct policy_multimap *m, __u32 key)
{
	const __u64 *dense = m->dense ? m->dense[key] : NULL;
	bool others = false;

	if (dense) {
		for (__u32 w = 0; w < d->n_words; w++)
			d->found[w] |= dense[w];
		return false;
	}
	for (__u32 i = m->first[key]; i < m->first[key + 1]; i++) {
		__u32 position = m->value[i] & ~POLICY_OWNER_RULE;

		if (!(m->value[i] & POLICY_OWNER_RULE))
			others = true;
		else if (position < 64 * d->n_words)
			policy_bit_set(d->found, position);
	}
	return others;
}

static void add_owners(struct decision *d, const struct policy_multimap *m, __u32 key)
{
	const struct policy_multimap *up = &d->c->up;

	/* A slot that came into being after this version. */
	if (key >= m->n_keys || !add_rules(d, m, key))
		return;
	for (__u32 i = m->first[key]; i < m->first[key + 1]; i++) {
		__u32 owner = m->value[i];

		if (owner & POLICY_OWNER_RULE)
			continue;
		add_rules(d, &d->t->rules, owner);
		if (d->t == &d->c->role[POLICY_ROLE_SERVICE] || owner >= up->n_keys)
			continue;
		for (__u32 k = up->first[owner]; k < up->first[owner + 1]; k++)
			add_rules(d, &d->t->rules, up->value[k]);
	}
}

static void add_set(void *aux, const struct policy_set *set)
{
	struct decision *d = aux;

	add_owners(d, &d->t->by_slot, set->slot);
}

static void begin_role(struct decision *d, enum policy_role role)
{
	d->t = &d->c->role[role];
	memcpy(d->found, d->t->any, d->n_words * sizeof(*d->found));
}

static void end_role(struct decision *d, const __u64 *sure)
{
	for (__u32 w = 0; w < d->n_words; w++)
		d->left[w] &= d->found[w];
	if (sure)
		cut_behind(d, sure);
}

static void unwildcard_bits(struct flow_key *wc, size_t offset, unsigned int n_bits)
{
	__u8 *bytes = (__u8 *)wc + offset;

	for (; n_bits >= 8; n_bits -= 8)
		*bytes++ = 0xff;
	if (n_bits)
		*bytes |= (__u8)(0xff00 >> n_bits);
}

static void unwildcard_in_port(struct decision *d)
{
	if (d->wc)
		d->wc->in_port = 0xffff;
}

/* Where the addresses of a role are in the key. */
static size_t address_offset(enum policy_role role, enum policy_family family)
{
	static const size_t offset[2][POLICY_FAMILY_N] = {
		{offsetof(struct flow_key, nw_src), offsetof(struct flow_key, ipv6_src),
		 offsetof(struct flow_key, dl_src)},
		{offsetof(struct flow_key, nw_dst), offsetof(struct flow_key, ipv6_dst),
		 offsetof(struct flow_key, dl_dst)},
	};

	return offset[role][family];
}

static void look_up_address(struct decision *d, enum policy_role role, enum policy_family family)
{
	size_t offset = address_offset(role, family);
	prefix_bits value;
	unsigned int n;

	if (!any_left_in(d, d->t->needs[family]))
		return;
	value = policy_prefix_bits((const __u8 *)d->q->key + offset, policy_family_bytes(family));
	n = policy_index_visit(d->p->ix, role, family, value, add_set, d);
	if (d->wc)
		unwildcard_bits(d->wc, offset, n);
}

static void look_up_end(struct decision *d, enum policy_role role)
{
	__u16 port_no = role == POLICY_ROLE_SRC ? d->q->in_port : d->q->out_port;

	begin_role(d, role);
	if (port_no && any_left_in(d, d->t->needs[POLICY_NEED_PORT])) {
		add_owners(d, &d->t->by_port, port_no);
		if (role == POLICY_ROLE_SRC)
			unwildcard_in_port(d);
	}
	look_up_address(d, role, POLICY_MAC);
	if (d->q->key->dl_type == XVS_BE16(0x0800))
		look_up_address(d, role, POLICY_IPV4);
	else
		look_up_address(d, role, POLICY_IPV6);
	for (__u32 w = 0; d->benefit && w < d->n_words; w++)
		d->found[w] |= d->t->needs[POLICY_NEED_MORE][w] & d->c->allow[w];
}

static void look_up_service(struct decision *d)
{
	begin_role(d, POLICY_ROLE_SERVICE);
	policy_index_visit_service(d->p->ix, d->q->key, d->wc, add_set, d);
}

/* The candidates, from those for the port on. */
static void reduce(struct decision *d)
{
	const struct policy_compiled *c = d->c;

	cut_behind(d, c->sure[0]);
	for (enum policy_role role = POLICY_ROLE_SRC; role <= POLICY_ROLE_DST; role++) {
		if (!any_left_beside(d, c->role[role].any))
			continue;
		look_up_end(d, role);
		end_role(d, c->sure[role + 1]);
	}
	if (!any_left_beside(d, c->role[POLICY_ROLE_SERVICE].any))
		return;
	look_up_service(d);
	end_role(d, NULL);
}

static void choose_for_port(struct decision *d)
{
	const struct policy_query *q = d->q;
	const __u64 *direction = d->c->direction[q->direction == POLICY_IN];

	d->n_words = d->c->n_words;
	memcpy(d->left, direction, d->n_words * sizeof(*d->left));
	if (!any_left_beside(d, d->c->role[POLICY_ROLE_APPLIED].any))
		return;
	begin_role(d, POLICY_ROLE_APPLIED);
	add_owners(d, &d->t->by_port, q->port_no);
	if (q->direction == POLICY_OUT)
		unwildcard_in_port(d);
	end_role(d, NULL);
}

static __u32 first_left(const struct decision *d)
{
	for (__u32 w = 0; w < d->n_words; w++)
		if (d->left[w])
			return 64 * w + (__u32)__builtin_ctzll(d->left[w]);
	return POLICY_NO_POSITION;
}

static void set_verdict(const struct policy *p, __u32 position, struct policy_verdict *out)
{
	const struct policy_compiled *c = p->compiled;

	*out = (struct policy_verdict){.rule = p->last, .stateful = true};
	if (position != POLICY_NO_POSITION) {
		out->rule = c->rule[position];
		out->section = policy_section_at(p, c->section[position]);
		out->stateful = out->section->stateful;
		out->tcp_strict = out->section->tcp_strict;
	}
	out->action = out->rule->action;
	out->log = out->rule->log;
}

void policy_decide(const struct policy *p, const struct policy_query *q, struct flow_key *wc,
		   struct policy_verdict *out)
{
	struct decision d;

	/* Not the rest: the vectors are large. */
	d.p = p;
	d.c = p->compiled;
	d.q = q;
	d.wc = wc;
	d.benefit = false;
	if (wc)
		wc->dl_type = 0xffff;
	choose_for_port(&d);
	reduce(&d);
	set_verdict(p, first_left(&d), out);
}

bool policy_is_subject(const struct policy *p, __u16 port_no)
{
	return port_no < XVS_MAX_PORTS && policy_bit(p->compiled->known, port_no);
}

__u32 policy_position_of(const struct policy *p, __u32 id)
{
	size_t low = 0, high = p->rules.n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (((const struct policy_rule *)p->rules.v[mid])->id < id)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == p->rules.n || ((const struct policy_rule *)p->rules.v[low])->id != id)
		return POLICY_NO_POSITION;
	return p->compiled->position[low];
}

static bool has_operands(const struct policy *p, const struct flow_key *key, __u32 position)
{
	const struct policy_query q = {.key = key};
	struct decision d;

	d.p = p;
	d.c = p->compiled;
	d.q = &q;
	d.wc = NULL;
	d.benefit = true;
	d.n_words = position / 64 + 1;
	memset(d.left, 0, d.n_words * sizeof(*d.left));
	policy_bit_set(d.left, position);
	reduce(&d);
	return first_left(&d) == position;
}

/* The port that has the address of an end; 0: none. */
static __u16 port_of_end(const struct policy *p, const struct flow_key *key, enum policy_role role)
{
	enum policy_family family = key->dl_type == XVS_BE16(0x0800) ? POLICY_IPV4 : POLICY_IPV6;
	const __u8 *bytes = (const __u8 *)key + address_offset(role, family);
	prefix_bits value = policy_prefix_bits(bytes, policy_family_bytes(family));

	for (size_t i = 0; i < p->ports.n; i++) {
		const struct policy_port_info *port = p->ports.v[i];
		const struct policy_set *s = port->addresses;

		for (size_t k = 0; s && k < s->n_prefixes; k++)
			if (s->prefixes[k].family == family &&
			    s->prefixes[k].value == policy_prefix_cut(value, s->prefixes[k].len))
				return port->port_no;
	}
	return 0;
}

static bool is_refused(const struct policy *p, const struct policy_query *q)
{
	struct policy_verdict v;
	struct decision d;

	if (!q->port_no || !policy_is_subject(p, q->port_no))
		return false;
	d.p = p;
	d.c = p->compiled;
	d.q = q;
	d.wc = NULL;
	d.benefit = true;
	choose_for_port(&d);
	reduce(&d);
	set_verdict(p, first_left(&d), &v);
	return v.action != POLICY_ALLOW;
}

bool policy_rule_covers(const struct policy *p, __u32 rule_id, const struct flow_key *key)
{
	struct policy_query q = {
		.key = key,
		.direction = POLICY_OUT,
		.in_port = port_of_end(p, key, POLICY_ROLE_SRC),
		.out_port = port_of_end(p, key, POLICY_ROLE_DST),
	};
	__u32 position = policy_position_of(p, rule_id);

	if (rule_id != POLICY_RULE_DEFAULT &&
	    (position == POLICY_NO_POSITION || !has_operands(p, key, position)))
		return false;
	q.port_no = q.in_port;
	if (is_refused(p, &q))
		return false;
	q.direction = POLICY_IN;
	q.port_no = q.out_port;
	return !is_refused(p, &q);
}
