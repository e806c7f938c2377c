/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The cache as it lies in memory: subtables, buckets, flows, hints, lanes.
 *
 * All of it is in mmapable BPF arrays (the tables of fixed size are in
 * xvs/fixed.h). The daemon writes subtables, probe lists, buckets and flows
 * with plain stores [I1]; BPF writes hints and statistics. The functions that write are in loader/datapath/dp_tables.c, the
 * ones that read per packet in bpf/microflow.h and bpf/megaflow.h.
 *
 * A lookup in subtable 's':
 *
 *   sum  = over k < s->n_words: xvs_hash_word(key[s->word[k]] & s->mask[k],
 *                                             config seeds[k])
 *   hash = xvs_hash_finish(sum + s->salt)
 *   bucket = hash & (n_buckets - 1);   tag = (hash >> 48) | 1
 *
 * Buckets are shared by all subtables (the salt tells them apart). A bucket
 * that overflows links one more bucket of the overflow area; a flow that finds
 * no room in either is not cached (the daemon says so and goes on replaying).
 *
 * Publication [I2]: flow complete -> bucket tag -> bucket slot (release).
 * Removal [I3]: bucket slot = 0 -> flow generation + 1 -> grace period ->
 * reuse. A reader compares subtable, version and all words of a candidate, so
 * a stale tag or slot costs time and never gives a wrong verdict [I4].
 *
 * Change in place [I8]: a flow has two actions; 'turn' says which of them is whose.
 * The one that no version uses is written, then 'turn' (release) with the version
 * that the next commit begins. The other is written again only when a grace period
 * has passed since that commit: until then packets may be on their way by it.
 */
#ifndef XVS_FLOW_ENTRY_H
#define XVS_FLOW_ENTRY_H

#include "xvs/flow_key.h"
#include "xvs/limits.h"

struct xvs_subtable {
	__u64 salt; /* random, per incarnation of the subtable */
	__u32 n_words; /* 0: not in use */
	__u32 generation; /* raised when the slot is reused */
	__u8 word[24]; /* key word index of each mask word, ascending */
	__u64 mask[XVS_KEY_WORDS]; /* packed: mask[k] belongs to key word word[k] */
	__u8 pad[56];
};
XVS_STATIC_ASSERT(sizeof(struct xvs_subtable) == 256, "subtable size");

/*
 * Which subtables a packet of one port looks into, and in what order. Every mask has
 * all of in_port, so that a subtable without flows of the port holds nothing for its
 * packets: the masks that one port's traffic makes cost the others no probe.
 *
 * xvs_probe has two lists for each port, two orders of XVS_MAX_PORTS;
 * xvs_control.probe_order says which order is in force. A lookup reads that word once
 * and stays in one list to its end.
 *
 * - While a flow is published, its subtable is in the list of its in_port in force:
 *   the list comes first, then the bucket [I2].
 * - A list in force only grows, at its end: the entry, then 'n' (release). It may
 *   have subtables that no flow of the port is in any more; none is there twice.
 * - The order that is not in force is written only when no lookup is left in it
 *   [I3], all of it, before it comes into force.
 * - A subtable retires when a new order has it in no list, and its number is another
 *   mask's a grace period later [I3].
 */
struct xvs_probe_list {
	__u32 n;
	__u8 subtable[XVS_MAX_SUBTABLES];
	__u8 pad[60];
};
XVS_STATIC_ASSERT(sizeof(struct xvs_probe_list) == 192, "a short list is one cache line");

/* The element of xvs_probe for a packet or flow with this in_port. */
static inline __attribute__((always_inline)) __u32 xvs_probe_index(__u32 order, __u16 in_port)
{
	return (order & 1) * XVS_MAX_PORTS + (in_port & (XVS_MAX_PORTS - 1));
}
XVS_STATIC_ASSERT((XVS_MAX_PORTS & (XVS_MAX_PORTS - 1)) == 0, "a port number is masked");

struct xvs_bucket {
	__u16 tag[XVS_BUCKET_SLOTS];
	__u32 slot[XVS_BUCKET_SLOTS]; /* flow index; 0 is no flow */
	__u32 overflow; /* bucket index in the overflow area, 0: none */
	__u32 pad[3];
};
XVS_STATIC_ASSERT(sizeof(struct xvs_bucket) == 64, "one cache line");

/* What a hit does, so that the common cases need no action program. */
enum xvs_verdict {
	XVS_VERDICT_UNSPEC,
	XVS_VERDICT_DROP, /* with the reason in drop_reason */
	XVS_VERDICT_OUTPUT, /* unchanged, to out_port */
	XVS_VERDICT_PROGRAM, /* run the blocks from 'block' on */
	XVS_VERDICT_CT, /* a program of one CT operation, which has a next pass */
	XVS_VERDICT_N,
};

#define XVS_VERSION_MAX 0xffffffffU /* version_to of a flow without an end */

struct xvs_flow_action {
	__u8 verdict; /* enum xvs_verdict */
	__u8 drop_reason; /* enum xvs_drop_reason */
	__u16 target; /* OUTPUT: the port; PROGRAM: the first block; CT: its slot */
};

struct xvs_flow {
	__u32 generation; /* raised when the slot is unpublished [I3] */
	__u32 version_from; /* [from, to): versions that may use it [I8] */
	__u32 version_to; /* stored again while published, as is 'turn' */
	__u32 turn; /* twice a version: from it on action[turn & 1], before it the other */
	struct xvs_flow_action action[2];
	__u16 subtable;
	__u8 n_words;
	__u8 pad;
	__u16 in_port; /* of the key; the daemon's own note */
	__u16 reserved;
	__u64 key[XVS_KEY_WORDS]; /* packed like the subtable's mask, masked */
};
XVS_STATIC_ASSERT(sizeof(struct xvs_flow) == 192, "three cache lines");

#define XVS_FLOW_TURN_MAX (XVS_VERSION_MAX >> 1) /* the last version that 'turn' can say */

/* Which of its actions a flow has in 'version', for a value of 'turn'. */
static inline __attribute__((always_inline)) __u32 xvs_flow_turn(__u32 turn, __u32 version)
{
	return (turn ^ (version < turn >> 1)) & 1;
}

/* A microflow hint [I4]: 2-way sets, most recently used first. */
struct xvs_hint {
	__u32 hash; /* upper half of the packet's hash; 0 is no hint */
	__u32 slot;
	__u32 generation;
	__u32 ct; /* place of its connection in xvs_ct_entries, + 1; 0: not known */
};

struct xvs_microflow_elem {
	struct xvs_hint hint[XVS_MICROFLOW_HINTS];
};
XVS_STATIC_ASSERT(sizeof(struct xvs_microflow_elem) == 32768, "per-CPU allocation limit");

/* One lane's statistics of one flow; xvs_flow_stats is lane-major:
 * element (lane * n_slots + slot). */
struct xvs_flow_stats {
	__u64 packets;
	__u64 bytes; /* frame bytes, tags included, as the hook sees the frame */
	__u64 used_jiffies;
	__u16 tcp_flags; /* seen so far */
	__u16 pad[3];
};
XVS_STATIC_ASSERT(sizeof(struct xvs_flow_stats) == 32, "stats size");

/* Packets of one microflow that are on their way through the ring; one 64-bit
 * word, changed by compare-and-swap only. In flight = sent - done. While some
 * are, hits follow them up to the allowance, then may overtake. The
 * daemon raises 'done'; when it equals 'sent' the word goes back to 0. A word
 * older than XVS_INFLIGHT_STALE_MS is from a daemon that died: ignored. */
union xvs_inflight {
	__u64 word;
	struct {
		__u16 tag; /* of the packet's hash, never 0 */
		__u16 stamp; /* jiffies / 64, low bits, of the first packet */
		__u16 sent;
		__u16 done;
	};
};
#define XVS_INFLIGHT_STALE_MS 1000

#endif /* XVS_FLOW_ENTRY_H */
