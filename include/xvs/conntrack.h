/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Connections as they lie in memory: one table for every hook and for the daemon.
 *
 * Problem. A connection is looked up and changed by programs on every CPU, by
 * forwarding threads and by the daemon, none of which may wait for another; it has
 * to age while no daemon runs; and an attack that opens connections must not push
 * out those that live. A kernel LRU map does neither, and costs a call.
 *
 * Idea. Set-associative, in two arrays that are mapped into the daemon. A bucket is
 * a cache line of eight words, one a slot; an entry, at the same place of the other
 * array, is what the slot's connection is. All that decides whether a slot is whose
 * stands in its word, and changes by compare-and-swap of that word only:
 *
 *   bits  0-31  expires: jiffies, low 32 bits
 *   bits 32-47  tag: of the tuple's hash, never 0
 *   bits 48-51  state: enum xvs_ct_state
 *   bits 52-55  flags: XVS_CT_F_*
 *   bits 56-63  seq: one more each time that the slot gets another owner
 *
 * A tuple may be in two buckets (xvs_ct_hash). The hash is the same for both
 * directions, so that a connection which is not translated takes one slot. One that
 * is has a second: an ALIAS, whose tuple is what the answers carry, and whose 'link'
 * leads to the first.
 *
 * Life of a slot
 *
 *   FREE or expired --claim--> CLAIMED --publish--> a living state --> DEAD or expired
 *
 * Claiming is a compare-and-swap to CLAIMED with seq + 1; the entry is written; the
 * word says so (XVS_CT_F_WRITTEN), and gets its state when no other slot has the
 * tuple [CT4]. Whoever may be gone in between (the daemon) leaves a CLAIMED word that
 * expires like any other. So a full table mends itself: an insert takes what has
 * expired, whoever made it [CT3].
 *
 * A connection that ends ahead of its time is DEAD. An alias or an expectation keeps its
 * state and is over at once, as its state says what it was to whoever takes the slot.
 * An alias leads to its connection only while that one's 'link' leads back to it.
 *
 * Invariants
 * [CT1] A reader uses an entry only behind a word in a living state that has not
 *       expired, whose tag is that of its tuple, if the entry's tuple is its own and
 *       the word's seq is still the same afterwards.
 * [CT2] State, flags and expiry change by compare-and-swap of the whole word, so that
 *       a change that was judged by an older word is not made. Window words change by
 *       compare-and-swap one by one: a lost race leaves a window too wide for a
 *       packet, never too narrow for longer than one.
 * [CT3] A slot in a living state that has not expired is never taken, but one that is
 *       half open (XVS_CT_F_HALF): not answered yet, or of TCP whose handshake is not
 *       over. When the zone has too many of those.
 * [CT4] Of two programs that insert the same tuple at once one stays. Each says that
 *       its entry is written and then looks through both buckets for another one, so
 *       that at least one of them sees the other. It withdraws from one that lives,
 *       and from one that is written in a lower slot; one in a higher slot it
 *       takes the claim away from, and whoever has lost its claim cannot publish.
 * [CT5] The counts of a zone are sums of atomic additions: one for each CLAIMED that
 *       was published, minus one by whoever takes the slot away from it (claims an
 *       expired or DEAD one). They are exact when nobody is in between.
 *
 * Byte order: addresses and ports as on the wire, all else host order.
 *
 * Sources: RFC 9293 (TCP), RFC 5382, 4787 and 5508 (NAT behaviour), G. van Rooij,
 * "Real Stateful TCP Packet Filtering in IP Filter" (2001) for the windows.
 */
#ifndef XVS_CONNTRACK_H
#define XVS_CONNTRACK_H

#include "xvs/flow_hash.h"
#include "xvs/flow_key.h"
#include "xvs/limits.h"

/* X(symbol, name as `ct show` has it). What is below LIVING is no connection. */
#define XVS_CT_STATES(X)                                                      \
	X(FREE, "free")                                                       \
	X(CLAIMED, "claimed") /* being written */                             \
	X(DEAD, "dead") /* ended ahead of its time */                         \
	X(ALIAS, "alias") /* the answers' tuple of a translated connection */ \
	X(EXPECT, "expect") /* a connection that an ALG has announced */      \
	X(UNREPLIED, "unreplied") /* not TCP: packets of one side only */     \
	X(REPLIED, "replied") /* not TCP: of both */                          \
	X(SYN_SENT, "syn_sent")                                               \
	X(SYN_SENT2, "syn_sent2") /* both sides opened at once */             \
	X(SYN_RECV, "syn_recv")                                               \
	X(ESTABLISHED, "established")                                         \
	X(FIN_WAIT, "fin_wait")                                               \
	X(CLOSE_WAIT, "close_wait")                                           \
	X(LAST_ACK, "last_ack")                                               \
	X(TIME_WAIT, "time_wait")                                             \
	X(CLOSE, "close")

enum xvs_ct_state {
#define XVS_CT_STATE_ENUM(sym, name) XVS_CT_S_##sym,
	XVS_CT_STATES(XVS_CT_STATE_ENUM)
#undef XVS_CT_STATE_ENUM
		XVS_CT_S_N,
	XVS_CT_S_LIVING = XVS_CT_S_ALIAS,
};
XVS_STATIC_ASSERT(XVS_CT_S_N <= 16, "four bits of the word");

/* Flags of the word. */
#define XVS_CT_F_REPLIED 0x1 /* packets of both directions were seen: est */
#define XVS_CT_F_ASSURED 0x2 /* more than that: a handshake, or an exchange */
#define XVS_CT_F_HALF 0x4 /* counted in the zone's n_half */
#define XVS_CT_F_ALG 0x8 /* packets with payload go to the daemon first */
#define XVS_CT_F_WRITTEN 0x1 /* of a CLAIMED word: the entry can be compared [CT4] */

#define XVS_CT_TAG_SHIFT 32
#define XVS_CT_STATE_SHIFT 48
#define XVS_CT_FLAGS_SHIFT 52
#define XVS_CT_SEQ_SHIFT 56

static inline __attribute__((always_inline)) __u32 xvs_ct_expires(__u64 word)
{
	return (__u32)word;
}

static inline __attribute__((always_inline)) __u16 xvs_ct_tag(__u64 word)
{
	return (__u16)(word >> XVS_CT_TAG_SHIFT);
}

static inline __attribute__((always_inline)) __u8 xvs_ct_word_state(__u64 word)
{
	return word >> XVS_CT_STATE_SHIFT & 0xf;
}

static inline __attribute__((always_inline)) __u8 xvs_ct_flags(__u64 word)
{
	return word >> XVS_CT_FLAGS_SHIFT & 0xf;
}

static inline __attribute__((always_inline)) __u8 xvs_ct_seq(__u64 word)
{
	return (__u8)(word >> XVS_CT_SEQ_SHIFT);
}

static inline __attribute__((always_inline)) __u64 xvs_ct_word(__u8 seq, __u8 flags, __u8 state,
							       __u16 tag, __u32 expires)
{
	return (__u64)seq << XVS_CT_SEQ_SHIFT | (__u64)(flags & 0xf) << XVS_CT_FLAGS_SHIFT |
	       (__u64)(state & 0xf) << XVS_CT_STATE_SHIFT | (__u64)tag << XVS_CT_TAG_SHIFT |
	       expires;
}

/* Its time is over at 'now' (jiffies, low 32 bits). Times lie less than 2^31 apart: 24
 * days at 1,000 Hz, which no timeout exceeds (XVS_CT_TIMEOUT_MAX_S). */
static inline __attribute__((always_inline)) bool xvs_ct_is_over(__u64 word, __u32 now)
{
	return (__s32)(xvs_ct_expires(word) - now) <= 0;
}

static inline __attribute__((always_inline)) bool xvs_ct_lives(__u64 word, __u32 now)
{
	return xvs_ct_word_state(word) >= XVS_CT_S_LIVING && !xvs_ct_is_over(word, now);
}

struct xvs_ct_bucket {
	__u64 word[XVS_CT_WAYS];
};
XVS_STATIC_ASSERT(sizeof(struct xvs_ct_bucket) == 64, "one cache line");

/* One end of a connection; an IPv4 address is in the last four bytes, the others are
 * zero. */
struct xvs_ct_addr {
	union {
		__u8 ip6[16];
		__u64 w[2];
		struct {
			__u32 ip4_pad[3];
			__be32 ip4;
		};
	};
};

/* A direction, as its packets carry it. ICMP queries and their answers have their id as
 * both ports; what has no ports has 0. Of an EXPECT source port 0 stands for any. */
#define XVS_CT_TUPLE_WORDS 5
struct xvs_ct_tuple {
	union {
		__u64 w[XVS_CT_TUPLE_WORDS];
		struct {
			struct xvs_ct_addr src, dst;
			__be16 sport, dport;
			__u16 zone;
			__u8 proto;
			__u8 family; /* 4 or 6; IPv4's is not to be taken for IPv6's */
		};
	};
};
XVS_STATIC_ASSERT(sizeof(struct xvs_ct_tuple) == 8 * XVS_CT_TUPLE_WORDS, "five words");

/* Of each direction: what its sender has sent, and may send. */
struct xvs_ct_window {
	__u64 edges; /* end of what was sent | most that may be sent << 32 */
	/* acknowledged so far | largest window seen, in units of its scale << 32 |
	 * XVS_CT_W_* << 48 | scale << 56 */
	__u64 size;
};
#define XVS_CT_W_SCALE 0x1 /* has sent the window scale option */
#define XVS_CT_W_SEEN 0x2 /* has sent anything */
#define XVS_CT_W_LIBERAL 0x4 /* picked up in the middle: its window is not known */
#define XVS_CT_W_ACKED 0x8 /* has acknowledged anything */

/* XVS_CT_E_*: how a connection is translated, and what it is a part of. */
#define XVS_CT_E_SNAT 0x01 /* source of the first direction */
#define XVS_CT_E_DNAT 0x02
#define XVS_CT_E_RELATED 0x04 /* was announced by another one */

struct xvs_ct_entry {
	/* what every packet reads */
	struct xvs_ct_tuple tuple; /* of the first packet; of an ALIAS: of the answers */
	__u32 link; /* ALIAS: the connection; translated: its ALIAS; else XVS_CT_NONE */
	__u32 mark;
	__u32 hint_slot[2]; /* flow that the next pass hit, by direction; only a hint [I4] */
	__u32 hint_generation[2];
	/* what TCP changes */
	struct xvs_ct_window win[2]; /* by direction: 0 is the first packet's */
	__u64 label[2];
	__u32 rule; /* of the policy: which allowed it; 0: none */
	__u8 flags; /* XVS_CT_E_* */
	__u8 alg; /* enum xvs_ct_alg */
	__u16 last; /* TCP: what the last packet was (bpf/ct_tcp.h) */
	__u32 born; /* jiffies, low 32 bits */
	__u32 master; /* RELATED, EXPECT: entry of the connection that announced it */
	/* what only translated ones have */
	struct xvs_ct_tuple reply; /* of the answers, as their sender sends them */
	__u32 seq_adjust[2]; /* TCP, by direction: what an ALG has added so far... */
	__u32 seq_adjust_at[2]; /* ... from this sequence number on */
	__u64 pad;
};
XVS_STATIC_ASSERT(XVS_OFFSETOF(struct xvs_ct_entry, win) == 64, "the first line is hot");
XVS_STATIC_ASSERT(sizeof(struct xvs_ct_entry) == 192, "three cache lines");

#define XVS_CT_NONE 0xffffffffU /* no entry */

enum xvs_ct_alg {
	XVS_CT_ALG_NONE,
	XVS_CT_ALG_FTP,
	XVS_CT_ALG_TFTP,
};

/* X(symbol, name, default seconds): what a connection waits for. */
#define XVS_CT_TIMEOUTS(X)                               \
	X(TCP_SYN_SENT, "tcp-syn-sent", 120)             \
	X(TCP_SYN_RECV, "tcp-syn-recv", 60)              \
	X(TCP_ESTABLISHED, "tcp-established", 432000)    \
	X(TCP_FIN_WAIT, "tcp-fin-wait", 120)             \
	X(TCP_CLOSE_WAIT, "tcp-close-wait", 60)          \
	X(TCP_LAST_ACK, "tcp-last-ack", 30)              \
	X(TCP_TIME_WAIT, "tcp-time-wait", 120)           \
	X(TCP_CLOSE, "tcp-close", 10)                    \
	X(TCP_UNACKNOWLEDGED, "tcp-unacknowledged", 300) \
	X(UDP, "udp", 30) /* not answered yet */         \
	X(UDP_STREAM, "udp-stream", 120)                 \
	X(ICMP, "icmp", 30)                              \
	X(ICMPV6, "icmpv6", 30)                          \
	X(OTHER, "other", 600)                           \
	X(EXPECT, "expect", 300)                         \
	X(PRESSED, "pressed", 5) /* the most that is unanswered gets, once the zone is \
				  * half full of such */

enum xvs_ct_timeout {
#define XVS_CT_TIMEOUT_ENUM(sym, name, seconds) XVS_CT_T_##sym,
	XVS_CT_TIMEOUTS(XVS_CT_TIMEOUT_ENUM)
#undef XVS_CT_TIMEOUT_ENUM
		XVS_CT_T_N,
};
XVS_STATIC_ASSERT(XVS_CT_T_N <= XVS_CT_TIMEOUT_SLOTS, "room in a policy");

struct xvs_ct_timeouts {
	__u32 jiffies[XVS_CT_TIMEOUT_SLOTS]; /* by enum xvs_ct_timeout */
};

/* xvs_ct_zone.flags */
#define XVS_CT_Z_LIBERAL 0x1 /* windows are not checked */
#define XVS_CT_Z_NO_PICKUP 0x2 /* TCP begins with SYN only */

struct xvs_ct_zone {
	__u32 n_conns; /* [CT5]; aliases and expectations are none */
	__u32 n_half; /* of those: half open [CT3] */
	__u32 max_conns; /* 0: what the table holds */
	__u32 max_half; /* 0: a quarter of the table's slots */
	__u32 n_expect; /* expectations: 0 saves a new connection the search */
	__u8 timeouts; /* which of xvs_fixed.ct_timeouts */
	__u8 flags; /* XVS_CT_Z_* */
	__u16 pad[5];
};
XVS_STATIC_ASSERT(sizeof(struct xvs_ct_zone) == 32, "2 MiB of them");

/* xvs_ct_action.flags */
#define XVS_CT_A_COMMIT 0x0001 /* a new connection is entered */
#define XVS_CT_A_FORCE 0x0002 /* one that began the other way ends, and this begins */
#define XVS_CT_A_NAT 0x0004 /* packets of translated connections are translated */
#define XVS_CT_A_SNAT 0x0008 /* ... and a new one gets a source of the range */
#define XVS_CT_A_DNAT 0x0010
#define XVS_CT_A_PERSISTENT 0x0020 /* the same address for the same client */
#define XVS_CT_A_RANDOM 0x0040 /* ports by chance, not by hash */
#define XVS_CT_A_MARK 0x0080 /* sets mark, label of the connection... */
#define XVS_CT_A_LABEL 0x0100
#define XVS_CT_A_RULE 0x0200 /* ... and which rule of the policy decided */
#define XVS_CT_A_CLEAR 0x0400 /* forgets the packet's tracking, and nothing else */

/* What one ct() of a rule does: named by the slot in a CT operation or verdict. */
struct xvs_ct_action {
	__u32 recirc_id; /* the next pass; 0: the program goes on */
	__u16 zone;
	__u16 flags; /* XVS_CT_A_* */
	__u32 mark, mark_mask;
	__u64 label[2], label_mask[2];
	struct xvs_ct_addr nat_min, nat_max; /* of nat_family; family 0: the address stays */
	__u16 port_min, port_max; /* host order; 0: the port stays if it can */
	__u32 rule;
	__u8 nat_family;
	__u8 alg; /* enum xvs_ct_alg of a connection that is entered */
	__u16 pad[3];
	__u64 pad2[4];
};
XVS_STATIC_ASSERT(sizeof(struct xvs_ct_action) == 128, "two cache lines");

/* Where the ports of later fragments are found: written when the first one comes. A
 * slot is two words of a key and one of a value; a torn one is refused by its check. */
struct xvs_ct_frag {
	__u64 key[2]; /* seeded hashes of addresses, protocol, zone, identification */
	__u64 ports; /* sport | dport << 16 | expires (jiffies) << 32 */
	__u64 check; /* key[0] ^ key[1] ^ ports */
};
XVS_STATIC_ASSERT(sizeof(struct xvs_ct_frag) == 32, "two in a cache line");

static inline __attribute__((always_inline)) __u64 xvs_ct_hash_end(const struct xvs_ct_addr *addr,
								   __be16 port, __u8 family,
								   const volatile __u64 *seed)
{
	if (family == 4)
		return xvs_hash_word((__u64)addr->ip4 << 16 | port, seed[0]);
	return xvs_hash_word(addr->w[0] + port, seed[1]) + xvs_hash_word(addr->w[1], seed[2]);
}

/* The same for both directions. 'seed': four of the configuration's. */
static inline __attribute__((always_inline)) __u64 xvs_ct_hash(const struct xvs_ct_tuple *t,
							       const volatile __u64 *seed)
{
	__u64 sum = xvs_ct_hash_end(&t->src, t->sport, t->family, seed) +
		    xvs_ct_hash_end(&t->dst, t->dport, t->family, seed);

	sum += xvs_hash_word((__u64)t->zone << 16 | (__u64)t->proto << 8 | t->family, seed[3]);
	return xvs_hash_finish(sum);
}

static inline __attribute__((always_inline)) __u16 xvs_ct_hash_tag(__u64 hash)
{
	return (__u16)(hash * 0x9e3779b97f4a7c15ULL >> 48) | 1;
}

/* The bucket of 'n' that the tuple is in first, or (which = 1) second. */
static inline __attribute__((always_inline)) __u32 xvs_ct_hash_bucket(__u64 hash, int which,
								      __u32 n)
{
	return (hash >> 32 * which & 0xffffffffU) * n >> 32;
}

#endif /* XVS_CONNTRACK_H */
