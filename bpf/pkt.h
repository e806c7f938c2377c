/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the steps know of one packet: parsed key, offsets, where it stands.
 *
 * It lies in a per-CPU map, so that it survives tail calls; a forwarding
 * thread in user space has its own. ctx.h is the packet itself.
 */
#ifndef BPF_PKT_H
#define BPF_PKT_H

#include "xvs/conntrack.h"
#include "xvs/flow_entry.h"
#include "xvs/flow_key.h"

/* Which table answered (or none yet). */
enum pkt_lookup {
	PKT_LOOKUP_NONE,
	PKT_LOOKUP_MICROFLOW,
	PKT_LOOKUP_MEGAFLOW,
};

/* The host's own stack has a claim on the packet (XVS_PORT_F_HOST). */
enum pkt_to_stack {
	PKT_TO_STACK_NO,
	PKT_TO_STACK_OWED, /* let the packet itself go on to the stack, unchanged */
	PKT_TO_STACK_DONE, /* it has got its copy */
};

/* A header word that an action changes. VERIFIER: in memory, as it would make
 * the states behind each operation differ on the stack (250,000 instead of
 * 40,000 instructions). */
struct pkt_word {
	__u32 off; /* in the frame */
	__be32 old;
	__be32 new;
	__u8 hdr; /* enum xvs_op_hdr */
	__u8 flags; /* XVS_OP_F_* */
	__u16 pad;
};

/* A TCP segment, in host order. */
struct pkt_segment {
	__u32 seq;
	__u32 end; /* behind its last byte; SYN and FIN count */
	__u32 ack;
	__u32 window; /* as it says, not scaled */
	__u32 payload; /* bytes */
	__u8 kind; /* enum ct_tcp_kind */
	__u8 scale; /* of SYN and SYN-ACK: the option */
	__u8 flags; /* XVS_CT_W_SCALE: it has one */
	__u8 has_ack;
};

/* What one side of a TCP connection has sent, and may send (struct xvs_ct_window). */
struct pkt_side {
	__u32 end, max, acked;
	__u32 window; /* largest seen, in units of its scale */
	__u8 flags; /* XVS_CT_W_* */
	__u8 scale;
	__u16 pad;
};

#define PKT_CT_HINT 2

/* A word of the connection's windows, and what it is to become. */
struct pkt_swap {
	__u64 old, new;
};

/*
 * The CT operation under way (ct.h). What it is to change is kept here until the packet
 * can be carried out in this hook. VERIFIER: in memory, as struct pkt_word is.
 */
struct pkt_ct {
	struct xvs_ct_tuple
		tuple; /* of the packet; of an ICMP error: of an answer to what is inside */
	struct xvs_ct_tuple reply; /* of a new connection that is translated */
	__u64 word; /* of the connection, as it was judged */
	__u64 want; /* what it is to become; of a new one: state, flags, expiry */
	struct pkt_swap own_edges, own_size, peer_edges; /* TCP */
	struct pkt_side own, peer; /* TCP: as they are to be */
	struct pkt_segment segment; /* TCP */
	__u32 place; /* of the connection; XVS_CT_NONE: there is none */
	__u32 matched; /* the same, or that of the alias by which it was found */
	/* What the packet's microflow remembers, and PKT_CT_HINT more: the place that
	 * matched its last packet. Less: nothing, or (0) no microflow was asked. */
	__u32 hint;
	__u32 alias; /* of its alias, or XVS_CT_NONE */
	__u32 now; /* jiffies, low 32 bits */
	__u32 master; /* of a new connection that was announced, or XVS_CT_NONE */
	__u32 expected; /* the place of what has announced it, or XVS_CT_NONE */
	/* The flow whose verdict the CT is, not counted yet; 0: it is an operation. */
	__u32 first_slot, first_generation;
	__u16 first_probed;
	__u8 first_lookup;
	__u8 dir; /* 1: the packet is an answer */
	__u8 kind; /* enum ct_packet */
	__u8 state; /* XVS_CT_* bits for the key */
	__u8 entry_flags; /* XVS_CT_E_* of a new connection */
	__u8 resumes; /* operations of the program went before */
	__u16 slot; /* of xvs_ct_actions */
	__u16 inner_l4; /* ICMP error: of the packet inside, from the ICMP header on */
	union {
		__u64 fresh; /* all of them, to clear them at once */
		struct {
			__u32 seen; /* zone + 1 that 'place', 'dir' and 'state' are of */
			__u8 tries; /* changes that were lost to others */
			__u8 pending; /* what is to be changed has not been */
			__u8 chosen; /* 'alias' and 'reply' are of the connection to enter */
			__u8 hinted; /* the pass follows 'place': its hint is for it */
		};
	};
};

/* The search for an address and a port that a new connection is translated to
 * (ct_nat.h). VERIFIER: in memory, for the loop's callback. */
struct pkt_nat {
	struct xvs_ct_addr first; /* of 'n_addrs'... */
	__u32 n_addrs;
	__u32 addr_at; /* ... the search is at this one, from 0 */
	__u32 port_first;
	__u32 n_ports;
	__u32 port_at;
	__u32 port_start; /* where the search begins... */
	__u32 stride; /* ... and goes on */
	__u32 keeps; /* port_at is the client's own, in front of the search */
	__u32 ports_left; /* of this address */
	__u32 n_left; /* candidates */
	__u32 found;
	__u32 pad;
	__u64 chance; /* not 0: ports are chosen by it; 0: by hash */
};

struct xvs_pkt {
	/* First: an index of a key word is masked with 31, not compared. */
	struct xvs_flow_key key;
	__u64 hash; /* seeded, of the exact headers */
	__u32 len; /* frame bytes as received: an out-of-band tag included */
	__u32 buf_len; /* bytes in the buffer, frags included */
	__u32 version; /* [I8] */
	__u32 lane; /* statistics lane of this CPU */
	__u32 slot; /* of the flow that was hit */
	__u32 generation; /* of that flow, for the hint */
	__u32 l3_end; /* where the IP packet ends; Ethernet padding may follow */
	__u16 port_no;
	__u16 port_flags; /* XVS_PORT_F_* of the input port */
	union {
		__u64 offsets; /* all four, to clear them at once */
		struct {
			__u16 l3_off; /* IPv4, IPv6 or ARP header, 0: none */
			__u16 l4_off; /* 0: none, as on later fragments */
			__u16 nd_sll_off;
			__u16 nd_tll_off;
		};
	};
	union {
		__u64 fresh; /* all six, to clear them at once */
		struct {
			__u16 n_out; /* outputs that were handed to a device */
			__u16 n_probed; /* subtables probed in this pass */
			__u8 lookup; /* enum pkt_lookup */
			__u8 to_stack; /* enum pkt_to_stack */
			__u8 pass; /* passes before this one */
			__u8 copied; /* 1: a controller has got a copy */
		};
	};
	__u32 tx_len; /* of the frame as it is: tags and labels come and go */
	__u16 block; /* action block to run next */
	__u16 l2_end; /* behind the EtherType, where MPLS begins; 0: not known */
	__be16 l4_csum; /* as it came, of TCP and UDP */
	__u8 upcall_reason; /* enum xvs_upcall_reason */
	__u8 first_block; /* no operation of the program has run yet */
	__u32 probe_order; /* read once, so that no subtable is skipped */
	__u8 counted; /* in the word of xvs_inflight */
	__u8 walk_proto; /* the parser's place in a chain of headers or options */
	__u16 walk_off;
	__u8 walk_frag;
	__u8 pad;
	__u16 skip; /* operations that a meter lets the packet pass over */
	struct pkt_word word;
	struct pkt_ct ct;
	struct pkt_nat nat;
	/* A piece of the frame that is summed (xdp_csum.h): on the stack it would not leave
	 * the programs around it enough. */
	__u32 sum[64];
};
XVS_STATIC_ASSERT(sizeof(struct xvs_pkt) >= 256, "32 words from the key on may be indexed");
XVS_STATIC_ASSERT(XVS_OFFSETOF(struct xvs_pkt, key) == 0, "the key is first");

/* The connection, by the hash of its packets, of the last checksum in this slot that
 * a sender left to the device (xdp_csum.h). */
struct xvs_csum_left {
	__u32 tag; /* upper half of the hash; the lower one chose the slot */
	__u32 ms; /* when, in units of 2^20 ns */
};
#define XVS_CSUM_LEFT_SLOTS 256 /* 2 KB per CPU */

/* A range of addresses and ports in which, for one destination, none was free. */
struct xvs_nat_spent {
	__u32 tag; /* upper half of its hash; the lower one chose the slot */
	__u32 since; /* jiffies, low 32 bits */
};
#define XVS_NAT_SPENT_SLOTS 16

/* One CPU's scratch. A softirq that interrupts a program takes the next one. */
struct xvs_scratch {
	__u32 level; /* programs running on this CPU */
	__u32 lane_next; /* lane + 1; 0: not known yet */
	__u32 socket_port; /* output port of the last frame to a socket, for trace.bpf.c */
	__u32 pad;
	__u64 ring_pos; /* where the ring was last seen waiting to be emptied */
	__u64 ring_jiffies; /* when that was first; 0: never */
	struct xvs_pkt pkt[XVS_MAX_NESTING];
	struct xvs_csum_left csum_left[XVS_CSUM_LEFT_SLOTS];
	struct xvs_nat_spent nat_spent[XVS_NAT_SPENT_SLOTS];
};
XVS_STATIC_ASSERT(sizeof(struct xvs_scratch) <= 4096, "as dp_sizes.c has it");

/* Key words are composed in a register: a 64-bit load of what was stored in
 * pieces would wait for the stores. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define PKT_SHIFT(bits_before, width) (bits_before)
#define PKT_FIRST_SIX(raw) ((raw)&0xffffffffffffULL)
#define PKT_LAST_SIX(raw) ((raw) >> 16)
#else
#define PKT_SHIFT(bits_before, width) (64 - (bits_before) - (width))
#define PKT_FIRST_SIX(raw) ((raw) & ~0xffffULL)
#define PKT_LAST_SIX(raw) ((raw) << 16)
#endif

/* Six bytes of a MAC address ('raw' begins with them), then 16 bits. */
static inline __attribute__((always_inline)) __u64 word_mac(__u64 raw, __u16 tail)
{
	return PKT_FIRST_SIX(raw) | (__u64)tail << PKT_SHIFT(48, 16);
}

/* The last six bytes of 'raw', then zeros. */
static inline __attribute__((always_inline)) __u64 word_mac_behind(__u64 raw)
{
	return PKT_LAST_SIX(raw);
}

static inline __attribute__((always_inline)) __u64 word_32_16_16(__u32 a, __u16 b, __u16 c)
{
	return (__u64)a << PKT_SHIFT(0, 32) | (__u64)b << PKT_SHIFT(32, 16) |
	       (__u64)c << PKT_SHIFT(48, 16);
}

static inline __attribute__((always_inline)) __u64 word_32_32(__u32 a, __u32 b)
{
	return (__u64)a << PKT_SHIFT(0, 32) | (__u64)b << PKT_SHIFT(32, 32);
}

static inline __attribute__((always_inline)) __u64 word_nw(__u8 frag, __u8 proto, __u8 tos,
							   __u8 ttl, __be32 label)
{
	return (__u64)frag << PKT_SHIFT(0, 8) | (__u64)proto << PKT_SHIFT(8, 8) |
	       (__u64)tos << PKT_SHIFT(16, 8) | (__u64)ttl << PKT_SHIFT(24, 8) |
	       (__u64)label << PKT_SHIFT(32, 32);
}

#endif /* BPF_PKT_H */
