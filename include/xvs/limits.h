/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every compile-time limit, with its reason and its cost.
 *
 * What can be chosen at load time (the number of flows, of lanes) is in
 * config.h; what stands here shapes types or bounds a loop of the fast path.
 */
#ifndef XVS_LIMITS_H
#define XVS_LIMITS_H

/* Switch ports, number 0 excluded. 1,024 guests are more than one host runs;
 * the drop ledger costs XVS_MAX_PORTS * XVS_DROP_N * 8 bytes a lane (256 KiB). */
#define XVS_MAX_PORTS 1024

/* Open-addressed ifindex -> port_no table: twice the ports keeps the probe
 * short; the bound on probes is what the verifier unrolls. */
#define XVS_IFINDEX_SLOTS 4096
#define XVS_IFINDEX_PROBES 4

/* Subtables (distinct masks). Past it new flows get the full mask, so that a
 * tuple-space explosion cannot make every packet probe thousands of tables. */
#define XVS_MAX_SUBTABLES 128

/* Megaflows: the default limit and the largest that may be asked for. */
#define XVS_FLOW_LIMIT_DEFAULT 65536
#define XVS_FLOW_LIMIT_MAX (1 << 20)
/* Slots beyond the limit, for the new versions of flows while a batch is
 * published [I8] and for removed slots in their grace period [I3]. */
#define XVS_FLOW_SLOTS_SPARE 8192

/* Candidates (equal 16-bit tags) looked at in one bucket. The writer never
 * puts more equal tags than this into a bucket. */
#define XVS_BUCKET_SLOTS 8
#define XVS_BUCKET_CANDIDATES 3

/* Microflow hints: elements of 32 KiB each, as one per-CPU allocation may not
 * exceed that; 4 x 2,048 hints of 16 bytes = 128 KiB a CPU. */
#define XVS_MICROFLOW_ELEMS 4
#define XVS_MICROFLOW_HINTS 2048

/* Statistics lanes: CPUs beyond 16 share lanes (with atomic adds), because a
 * sweep has to read every lane. One more lane belongs to the daemon. */
#define XVS_MAX_CPU_LANES 16
/* ... and one to each forwarding thread of the daemon, which no CPU shares. More
 * than 8 cores for guests' rings are not wanted of a host; a lane that is used
 * costs 2.6 MiB at the default flow limit (32 bytes a flow; 352 KiB for ports,
 * drops and meters), one that is not 96 KiB. */
#define XVS_MAX_FORWARD_LANES 8
#define XVS_MAX_FORWARD_THREADS 4 /* shared ones... */
#define XVS_MAX_OWN_THREADS 4 /* ... and such as belong to one guest each */

/* Action programs: blocks of 20 operations (256 bytes), chained when longer.
 * A block is one tail call; the kernel allows 33 of them in a row. */
#define XVS_BLOCK_OPS 20
#define XVS_MAX_BLOCKS 8192
#define XVS_MAX_CHAIN 22 /* + 8 of the megaflow search, upcall, hit: 33 at most */
#define XVS_MAX_PROGRAM_OPS (XVS_BLOCK_OPS * XVS_MAX_CHAIN)
/* A flood has to fit a program, with its changes of tags. */
#define XVS_MAX_SWITCH_PORTS 400

/* Headers: what the parser walks. */
#define XVS_MAX_VLAN_TAGS 2
#define XVS_MAX_IPV6_EXT 6
#define XVS_MAX_ND_OPTIONS 4

/* MPLS entries are pushed and popped up to here: what is in front of them is
 * moved, two bytes at a time. Six tags, or fewer and LLC with SNAP. */
#define XVS_MPLS_MAX_OFF 38

/* Passes of one packet, the first one included, then the drop `recirc-limit`. */
#define XVS_MAX_PASSES 8

/* Nesting of the programs on one CPU: softirq over a process context test run.
 * Deeper is the drop `nested`. */
#define XVS_MAX_NESTING 2

/* Seconds after which records that wait in the ring say that no daemon serves it (host
 * ports with fail=open). A daemon that lives has been away for milliseconds at most; a
 * lost SYN is sent again after 1 and 3 seconds. */
#define XVS_UNSERVED_S 2

/* Upcalls: ring size, size classes of the packet copy, and how many packets
 * of one microflow may be on their way at a time (`xvsctl admission set`): a
 * handshake and its first answers follow each other within a round trip. */
#define XVS_UPCALL_RING_BYTES (8 << 20)
#define XVS_UPCALL_CLASS0 256
#define XVS_UPCALL_CLASS1 2048
#define XVS_UPCALL_CLASS2 10240
#define XVS_UPCALL_CLASS3 67584
#define XVS_INFLIGHT_SLOTS 16384
#define XVS_INFLIGHT_ALLOWANCE 4
#define XVS_INFLIGHT_ALLOWANCE_MAX 255
/* Rates and bursts of a port's token bucket. Tokens are 1/1024 packet or a byte, in
 * 32 bits: a burst of more would not fit. */
#define XVS_ADMISSION_RATE_MAX 10000000
#define XVS_ADMISSION_BURST_MAX 4000000

/* Queues of a device that can have a socket of xvsd: those beyond go by the kernel's
 * stack. An entry of xvs_xsks is 8 bytes, for every queue of every port (128 KiB). */
#define XVS_XSK_QUEUES 16
/* Chunks of a socket's memory, and the frames that XDP puts into one: 256 bytes of
 * headroom are the kernel's and the metadata's, 256 are for tags and labels that
 * actions add. */
#define XVS_XSK_CHUNK 4096
#define XVS_XSK_FRAME_MAX (XVS_XSK_CHUNK - 2 * 256)

/* Meters of all switches; their counters cost 32 bytes a lane each. */
#define XVS_MAX_METERS 1024

/* Queues of an xsk port, each with a socket: as many as fit one message with ease
 * (the kernel passes 253 descriptors at most), and more than a guest has CPUs
 * that poll. */
#define XVS_MAX_XSK_QUEUES 16

/* Connections (xvs/conntrack.h). A bucket is a cache line of words, and a tuple has two.
 * Nothing is moved to make room, so that both are full for one in 100,000 when two
 * thirds of the slots are in use, one in 5,000 at four fifths. Hence the table has twice
 * as many slots as connections that are asked for, each of 200 bytes; one that is
 * translated takes two. */
#define XVS_CT_WAYS 8
#define XVS_CT_LIMIT_DEFAULT 131072
#define XVS_CT_LIMIT_MAX (1 << 22)
#define XVS_CT_ZONES 65536
#define XVS_CT_TIMEOUT_POLICIES 16
#define XVS_CT_TIMEOUT_SLOTS 16
/* Half of what 32 bits of jiffies hold at 1,000 Hz, and some room. */
#define XVS_CT_TIMEOUT_MAX_S 2000000
/* Different ct() that cached flows have at a time: 2 MiB. A policy has one for each
 * rule that lets somebody in just now. */
#define XVS_MAX_CT_ACTIONS 16384
/* Fragmented packets whose first fragment has come and whose last has not. */
#define XVS_CT_FRAGS 4096
#define XVS_CT_FRAG_TIMEOUT_S 30
/* Connections of a zone that an ALG has announced and that have not begun. */
#define XVS_CT_MAX_EXPECT 1024

/* Rules in all tables together; 1M rules must fit in 1 GiB. */
#define XVS_MAX_RULES 1000000
/* FDB entries of one switch, as in Open vSwitch. */
#define XVS_MAX_FDB 8192

#define XVS_NAME_LEN 32

#endif /* XVS_LIMITS_H */
