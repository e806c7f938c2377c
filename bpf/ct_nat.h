/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a new connection is translated to: addresses of the action's range, and a port
 * such that nobody else's answers look like this one's. ct_rewrite.h translates.
 *
 * Problem. Two connections whose answers have the same tuple could not be told apart.
 * There is no list of free ports, and programs on other CPUs look for one, too.
 *
 * Idea. The answers' tuple is a slot of the table, the ALIAS; having that slot is having
 * the port, and [CT4] gives it to one. So a port is free if the table does not have the
 * tuple, and the search asks for one after another. It begins with the port that the
 * client has, which nearly always is free, and goes on somewhere else by a stride that
 * has no factor in common with the number of ports, so that it comes to each once.
 * Stride and beginning are the tuple's (or chance's): searches in a range that is nearly
 * full do not follow each other, and take about n / (n - used) steps.
 *
 * Everything is looked at before the packet is dropped, in one go: a program cannot hand
 * the rest of the search to the daemon, as it may have changed the frame or sent
 * copies of it before. A range of 64,512 ports that has none takes 5 ms. So that a guest
 * which goes on connecting does not take the CPU for that, a CPU remembers for a second
 * that a long search has found nothing; a port that becomes free meanwhile is not seen.
 *
 * What the address is chosen by: the client's address alone, if it is to be the same for
 * all of its connections ('persistent'), else the tuple.
 *
 * Destination translation keeps the client's port. If that clashes (the client uses it
 * for another address of the same server) the client's end is given another one, as
 * in Linux. An id of ICMP is the client's in the same way.
 */
#ifndef BPF_CT_NAT_H
#define BPF_CT_NAT_H

#include "ct_enter.h"
#include "ct_proto.h"

#define CT_NAT_TRIES 8 /* of candidates that were free, until somebody else had them */
#define CT_NAT_MAX_CANDIDATES 65537 /* of one search: every port of one address */
#define CT_NAT_LONG 256 /* candidates of a search that is worth remembering */
#define CT_NAT_SPENT_S 1

XVS_STATIC_ASSERT((XVS_NAT_SPENT_SLOTS & (XVS_NAT_SPENT_SLOTS - 1)) == 0, "masked");

/* --- ranges --- */

static __always_inline bool ct_nat_has_id(const struct xvs_ct_tuple *t)
{
	return ct_is_icmp(t->family, t->proto);
}

/* How many addresses, less one; more than fit 32 bits are as many as fit. */
static __always_inline __u32 ct_nat_more_addrs(const struct xvs_ct_action *action)
{
	__u64 min = XVS_FROM_BE64(action->nat_min.w[1]), max = XVS_FROM_BE64(action->nat_max.w[1]);

	if (action->nat_min.w[0] != action->nat_max.w[0] || max - min > ~0U - 1)
		return max < min ? 0 : ~0U - 1;
	return (__u32)(max - min);
}

/* The n-th address behind 'first'. */
static __always_inline void ct_nat_addr(const struct xvs_ct_addr *first, __u32 n,
					struct xvs_ct_addr *to)
{
	__u64 low = XVS_FROM_BE64(first->w[1]);

	to->w[0] = first->w[0];
	if (low + n < low)
		to->w[0] = XVS_BE64(XVS_FROM_BE64(first->w[0]) + 1);
	to->w[1] = XVS_BE64(low + n);
}

/* As a port that was chosen for its class is to stay in it (RFC 4787, 4.2.2; the bounds
 * are Linux'). */
static __always_inline void ct_nat_class(struct pkt_nat *nat, __u32 port)
{
	if (port < 512) {
		nat->port_first = 1;
		nat->n_ports = 511;
	} else if (port < 1024) {
		nat->port_first = 600;
		nat->n_ports = 424;
	} else {
		nat->port_first = 1024;
		nat->n_ports = 64512;
	}
}

static __always_inline bool ct_nat_has_range(const struct pkt_ct *ct,
					     const struct xvs_ct_action *action)
{
	return action->nat_family == ct->tuple.family;
}

/* The number that decides where a search begins. */
static __always_inline __u64 ct_nat_chance(const struct xvs_pkt *pkt)
{
	__u64 hash = xvs_ct_hash(&pkt->ct.tuple, config()->ct_seed);

	return pkt->nat.chance ? xvs_hash_finish(hash + pkt->nat.chance) : hash;
}

/* Which of 'n' addresses. */
static __always_inline __u32 ct_nat_which(const struct xvs_pkt *pkt,
					  const struct xvs_ct_action *action, __u32 n)
{
	const struct xvs_ct_tuple *t = &pkt->ct.tuple;
	__u64 hash = ct_nat_chance(pkt);

	if (action->flags & XVS_CT_A_PERSISTENT)
		hash = xvs_hash_finish(xvs_ct_hash_end(&t->src, 0, t->family, config()->ct_seed));
	return (hash >> 32) * n >> 32;
}

/* --- the server's end, which is chosen once --- */

static __always_inline void ct_nat_dst(struct xvs_pkt *pkt, const struct xvs_ct_action *action)
{
	struct pkt_ct *ct = &pkt->ct;
	__u32 n = action->port_max - action->port_min + 1;
	__u32 port = XVS_FROM_BE16(ct->tuple.dport);
	struct xvs_ct_addr addr;

	if (ct_nat_has_range(ct, action)) {
		ct_nat_addr(&action->nat_min,
			    ct_nat_which(pkt, action, ct_nat_more_addrs(action) + 1), &addr);
		ct->reply.src = addr;
	}
	if (!action->port_min || n > 65535 || !ct_has_ports(ct->tuple.proto))
		return;
	if ((action->flags & XVS_CT_A_RANDOM) || port - action->port_min >= n)
		port = action->port_min + (__u32)((ct_nat_chance(pkt) & 0xffffffff) * n >> 32);
	ct->reply.sport = XVS_BE16(port);
}

/* --- the client's end, which is searched --- */

static __always_inline void ct_nat_src_addrs(struct xvs_pkt *pkt,
					     const struct xvs_ct_action *action)
{
	struct pkt_nat *nat = &pkt->nat;
	__u32 n;

	nat->first = pkt->ct.tuple.src;
	nat->n_addrs = 1;
	nat->addr_at = 0;
	if (!(action->flags & XVS_CT_A_SNAT) || !ct_nat_has_range(&pkt->ct, action))
		return;
	n = ct_nat_more_addrs(action) + 1;
	nat->addr_at = ct_nat_which(pkt, action, n);
	nat->first = action->nat_min;
	nat->n_addrs = n;
	if (action->flags & XVS_CT_A_PERSISTENT) {
		ct_nat_addr(&action->nat_min, nat->addr_at, &nat->first);
		nat->n_addrs = 1;
		nat->addr_at = 0;
	}
}

/* Primes above the number of ports: no factor in common with any. */
static __always_inline __u32 ct_nat_stride(__u32 chance)
{
	static const __u32 primes[8] = {92821,  126271, 160481, 196613,
					262147, 393241, 786433, 1000003};

	return primes[chance & 7];
}

static __always_inline void ct_nat_src_ports(struct xvs_pkt *pkt,
					     const struct xvs_ct_action *action)
{
	bool snat = action->flags & XVS_CT_A_SNAT;
	struct pkt_nat *nat = &pkt->nat;
	__u32 port = XVS_FROM_BE16(pkt->ct.tuple.sport);
	__u32 chance = (__u32)ct_nat_chance(pkt);

	if (!ct_has_ports(pkt->ct.tuple.proto) && !ct_nat_has_id(&pkt->ct.tuple)) {
		nat->port_first = 0;
		nat->n_ports = 1;
	} else if (snat && action->port_min && action->port_max >= action->port_min) {
		nat->port_first = action->port_min;
		nat->n_ports = action->port_max - action->port_min + 1;
	} else if (ct_nat_has_id(&pkt->ct.tuple)) {
		nat->port_first = 0;
		nat->n_ports = 65536;
	} else {
		ct_nat_class(nat, port);
	}
	nat->port_start = (__u64)chance * nat->n_ports >> 32;
	nat->port_at = port - nat->port_first;
	nat->keeps = !(snat && (action->flags & XVS_CT_A_RANDOM)) && nat->port_at < nat->n_ports;
	if (!nat->keeps)
		nat->port_at = nat->port_start;
	nat->stride = ct_nat_stride(chance) % nat->n_ports;
	nat->ports_left = nat->n_ports;
}

/* Writes the candidate that the search is at. */
static __always_inline void ct_nat_candidate(struct xvs_pkt *pkt)
{
	struct xvs_ct_tuple *t = &pkt->ct.reply;
	const struct pkt_nat *nat = &pkt->nat;
	__be16 port = XVS_BE16(nat->port_first + nat->port_at);
	struct xvs_ct_addr addr;

	ct_nat_addr(&nat->first, nat->addr_at, &addr);
	t->dst = addr;
	if (ct_nat_has_id(t))
		t->sport = port;
	t->dport = port;
}

static __always_inline void ct_nat_next(struct pkt_nat *nat)
{
	if (nat->keeps) {
		nat->keeps = 0;
		nat->port_at = nat->port_start;
		return;
	}
	nat->port_at += nat->stride;
	if (nat->port_at >= nat->n_ports)
		nat->port_at -= nat->n_ports;
	if (--nat->ports_left)
		return;
	nat->ports_left = nat->n_ports;
	nat->addr_at = nat->addr_at + 1 < nat->n_addrs ? nat->addr_at + 1 : 0;
}

/* An alias whose connection has gone ahead of its time ends. */
static __always_inline bool ct_nat_ends_stale(__u32 place, __u64 word, __u32 now)
{
	const struct xvs_ct_entry *alias = table_ct_entry(place), *entry;
	__u32 link;

	if (xvs_ct_word_state(word) != XVS_CT_S_ALIAS || !alias)
		return false;
	link = XVS_READ_ONCE(alias->link);
	entry = table_ct_entry(link);
	if (!entry || (XVS_READ_ONCE(entry->link) == place && xvs_ct_lives(ct_word_of(link), now)))
		return false;
	return ct_swap(place, word, ct_word_ended(word, now));
}

/* Has the slot at 'place', whose tag is right, the candidate's tuple? */
CTX_LEAF int xvs_ct_nat_clashes(struct xvs_pkt *pkt, __u32 place)
{
	__u64 word = ct_word_of(place);

	if (!pkt || !ct_is_other(&pkt->ct.reply, true, XVS_CT_NONE, place, pkt->ct.now))
		return 0;
	return !ct_nat_ends_stale(place, word, pkt->ct.now);
}

static __always_inline bool ct_nat_is_taken_in(struct xvs_pkt *pkt, __u32 bucket_no, __u16 tag)
{
	const struct xvs_ct_bucket *bucket = table_ct_bucket(bucket_no);
	__u32 set, i;

	if (!bucket)
		return true;
	set = ct_candidates(bucket, tag);
	for (i = 0; i < XVS_CT_WAYS; i++) {
		__u32 n;

		compat_opaque(i);
		if (!set)
			break;
		n = ct_bit_number(set & -set);
		set &= set - 1;
		if (xvs_ct_nat_clashes(pkt, bucket_no * XVS_CT_WAYS + n))
			return true;
	}
	return false;
}

/* Has the table the tuple of the candidate that the search is at? */
CTX_LEAF int xvs_ct_nat_is_taken(struct xvs_pkt *pkt)
{
	__u32 n = config()->n_ct_buckets;
	__u64 hash;
	__u16 tag;

	if (!pkt)
		return 1;
	ct_nat_candidate(pkt);
	hash = xvs_ct_hash(&pkt->ct.reply, config()->ct_seed);
	tag = xvs_ct_hash_tag(hash);
	return ct_nat_is_taken_in(pkt, xvs_ct_hash_bucket(hash, 0, n), tag) ||
	       ct_nat_is_taken_in(pkt, xvs_ct_hash_bucket(hash, 1, n), tag);
}

/* What the loop below is given. VERIFIER: of a callback that is the stack; what it
 * changes is in pkt, as 6.1 goes through it once and believes what it saw. */
struct ct_nat_search {
	struct xvs_pkt *pkt;
};

/* 1: the search is at a candidate that is free. */
static long ct_nat_look(__u32 i, void *arg)
{
	struct xvs_pkt *pkt = ((struct ct_nat_search *)arg)->pkt;

	if (!xvs_ct_nat_is_taken(pkt)) {
		pkt->nat.found = 1;
		return 1;
	}
	ct_nat_next(&pkt->nat);
	pkt->nat.n_left--;
	return 0;
}

/* --- what a CPU remembers --- */

/* That of the search: range and server, not the client's port. */
static __always_inline __u64 ct_nat_search_hash(const struct xvs_pkt *pkt)
{
	const struct xvs_ct_tuple *t = &pkt->ct.reply;
	const struct pkt_nat *nat = &pkt->nat;
	const volatile __u64 *seed = config()->ct_seed;
	__u64 sum = xvs_hash_word((__u64)nat->port_first << 32 | nat->n_ports, seed[3]);

	sum += xvs_ct_hash_end(&t->src, ct_nat_has_id(t) ? 0 : t->sport, t->family, seed);
	sum += xvs_ct_hash_end(&nat->first, t->zone, t->family, seed) << 1;
	return xvs_hash_finish(sum + xvs_hash_word((__u64)nat->n_addrs << 8 | t->proto, seed[2]));
}

static __always_inline struct xvs_nat_spent *ct_nat_spent(__u64 hash)
{
	struct xvs_scratch *scratch = table_scratch();

	return scratch ? &scratch->nat_spent[hash & (XVS_NAT_SPENT_SLOTS - 1)] : NULL;
}

static __always_inline bool ct_nat_is_spent(__u64 hash, __u32 now)
{
	const struct xvs_nat_spent *spent = ct_nat_spent(hash);

	return spent && spent->tag == (__u32)(hash >> 32) &&
	       now - spent->since < CT_NAT_SPENT_S * config()->hz;
}

static __always_inline void ct_nat_note_spent(__u64 hash, __u32 now)
{
	struct xvs_nat_spent *spent = ct_nat_spent(hash);

	if (!spent)
		return;
	spent->tag = hash >> 32;
	spent->since = now;
}

/* --- the whole of it --- */

static __always_inline void ct_nat_begin(struct xvs_pkt *pkt, const struct xvs_ct_action *action)
{
	struct pkt_ct *ct = &pkt->ct;
	__u64 n;

	ct->reply.src = ct->tuple.dst;
	ct->reply.dst = ct->tuple.src;
	ct->reply.w[4] = ct_last_word_back(&ct->tuple);
	if (action->flags & XVS_CT_A_DNAT)
		ct_nat_dst(pkt, action);
	ct_nat_src_addrs(pkt, action);
	ct_nat_src_ports(pkt, action);
	n = (__u64)pkt->nat.n_addrs * pkt->nat.n_ports + pkt->nat.keeps;
	pkt->nat.n_left = n < CT_NAT_MAX_CANDIDATES ? (__u32)n : CT_NAT_MAX_CANDIDATES;
	pkt->nat.found = 0;
}

static __always_inline bool ct_nat_same_addr(const struct xvs_ct_addr *a,
					     const struct xvs_ct_addr *b)
{
	return !((a->w[0] ^ b->w[0]) | (a->w[1] ^ b->w[1]));
}

/* XVS_CT_E_*: what the candidate translates. */
static __always_inline __u8 ct_nat_flags(const struct pkt_ct *ct)
{
	const struct xvs_ct_tuple *t = &ct->tuple, *reply = &ct->reply;
	__u8 flags = 0;

	if (!ct_nat_same_addr(&reply->dst, &t->src) || reply->dport != t->sport)
		flags |= XVS_CT_E_SNAT;
	if (!ct_nat_same_addr(&reply->src, &t->dst) ||
	    (reply->sport != t->dport && !ct_nat_has_id(t)))
		flags |= XVS_CT_E_DNAT;
	return flags;
}

/* Goes on to a candidate that is free; false: there is none. */
static __always_inline bool ct_nat_search(struct xvs_pkt *pkt)
{
	struct ct_nat_search search = {.pkt = pkt};

	XVS_WRITE_ONCE(pkt->nat.found, 0);
	ctx_loop(pkt->nat.n_left, ct_nat_look, &search);
	return XVS_READ_ONCE(pkt->nat.found);
}

/* Enters the alias of a candidate that is free; others may be faster. */
static __always_inline int ct_nat_reserve(struct xvs_pkt *pkt)
{
	struct pkt_ct *ct = &pkt->ct;
	int ret = CT_TAKEN;
	int i;

	for (i = 0; i < CT_NAT_TRIES; i++) {
		if (!ct_nat_search(pkt))
			return ret == CT_TAKEN ? -XVS_DROP_NAT_EXHAUSTED : ret;
		ct->entry_flags |= ct_nat_flags(ct);
		if (!(ct->entry_flags & (XVS_CT_E_SNAT | XVS_CT_E_DNAT)))
			return 0; /* it is its own */
		ret = xvs_ct_enter(pkt, CT_ENTER_ALIAS);
		if (ret >= 0) {
			ct->alias = ret;
			return 0;
		}
		/* Another port is in other buckets: it may have room. */
		ct->entry_flags &= ~(XVS_CT_E_SNAT | XVS_CT_E_DNAT);
		ct_nat_next(&pkt->nat);
		pkt->nat.n_left--;
	}
	return ret == CT_TAKEN ? -XVS_DROP_NAT_EXHAUSTED : ret;
}

/*
 * Chooses for pkt->ct, a connection that is about to be entered by an action with SNAT
 * or DNAT: 'reply', 'alias', which is entered and leads to none yet, and what
 * 'entry_flags' says of them. 0, -XVS_DROP_NAT_EXHAUSTED, or -XVS_DROP_CT_FULL.
 */
static __always_inline int ct_nat_choose(struct xvs_pkt *pkt)
{
	const struct xvs_ct_action *action = table_ct_action(pkt->ct.slot);
	bool is_long;
	__u64 hash;
	int ret;

	if (!action)
		return -XVS_DROP_NO_SCRATCH;
	ct_nat_begin(pkt, action);
	is_long = pkt->nat.n_left >= CT_NAT_LONG;
	hash = ct_nat_search_hash(pkt);
	if (is_long && ct_nat_is_spent(hash, pkt->ct.now))
		return -XVS_DROP_NAT_EXHAUSTED;
	ret = ct_nat_reserve(pkt);
	if (is_long && ret == -XVS_DROP_NAT_EXHAUSTED)
		ct_nat_note_spent(hash, pkt->ct.now);
	return ret;
}

#endif /* BPF_CT_NAT_H */
