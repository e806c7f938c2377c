/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The datapath: BPF programs and their tables, behind one interface.
 *
 * Problem. The slow path wants to install, end, remove and read megaflows
 * hundreds of thousands of times a second, while programs on every CPU read the
 * same memory without locks, and while the daemon may be killed between any
 * two stores.
 *
 * Idea. The tables are BPF arrays mapped into the daemon; dp_tables.c changes
 * them with plain stores in an order that is right at every step ([I1]-[I6] of
 * ARCHITECTURE.md). Two providers give the memory: dp_bpf.c (the kernel's maps;
 * attaches programs) and dp_fake.c (the heap; for tests, and for the fast path
 * steps compiled for user space).
 *
 * Thread rule: every function is for the one datapath thread.
 *
 * Life of a slot:
 *   free -> dp_flow_put -> published -> dp_flow_remove -> pending
 *        -> dp_grace_begin -> waiting --(grace period ends: grace_fd)-->
 *        dp_grace_end -> free
 */
#ifndef DATAPATH_DATAPATH_H
#define DATAPATH_DATAPATH_H

#include <stdbool.h>

#include "err.h"
#include "xvs/action.h"
#include "xvs/config.h"
#include "xvs/conntrack.h"
#include "xvs/drop_reason.h"
#include "xvs/dry_run.h"
#include "xvs/flow_entry.h"
#include "xvs/meter.h"
#include "xvs/port.h"
#include "xvs/stats.h"
#include "xvs/upcall.h"

struct dp;

/* What the kernel can do, found out when opened; shown by `status`. */
struct dp_features {
	char kernel[64];
	bool tcx; /* links at TC; else a clsact filter */
	bool membarrier; /* is a grace period [I3]; else map-in-map updates */
	bool redirect_trace; /* tracepoints count frames that a redirect lost */
	bool jit;
	unsigned int possible_cpus;
};

struct dp_options {
	const char *bpffs; /* NULL: pin nothing */
	__u32 flow_limit;
	__u32 ct_limit; /* connections; 0: XVS_CT_LIMIT_DEFAULT */
	/* Statistics lanes of forwarding threads, 0: there are none. dp_config() tells
	 * how many were made: at most one more than there are CPUs. */
	__u32 forward_lanes;
	bool force_map_grace; /* for the test of that way */
};

struct dp_memory {
	__u64 fixed_bytes; /* all maps, without what is per CPU */
	__u64 per_cpu_bytes; /* per possible CPU */
	__u64 total_bytes;
	__u64 ct_bytes; /* of the fixed ones: what connections take */
};

/* dp_bpf.c: checks privileges and kernel, mounts bpffs if nobody has, loads and
 * pins. A running datapath of a dead daemon is removed first. */
int dp_open_bpf(const struct dp_options *opt, struct dp **out, struct err *err);
int dp_open_fake(const struct dp_options *opt, unsigned int cpu_lanes, struct dp **out);
/* Detaches everything that is attached and unpins. NULL is a no-op. */
void dp_close(struct dp *dp);
/* Removes what a daemon that died left below 'bpffs': links (their devices are
 * detached), programs, maps. 0 also when there is nothing. */
int dp_cleanup(const char *bpffs, struct err *err);

const struct dp_features *dp_features(const struct dp *dp);
const struct xvs_config *dp_config(const struct dp *dp);
void dp_memory(const struct dp *dp, struct dp_memory *out);

/* --- tables for the steps in user space --- */

/*
 * Where the tables are, for threads of the daemon that carry out the steps of the
 * fast path (bpf/user.h). They read what is const here without any lock, as the
 * programs do, as readers (below). They count in a lane
 * of their own only, config->cpu_lanes + 0 .. forward_lanes - 1, of the arrays that
 * are said to have lanes; meters and inflight change by compare-and-swap.
 */
struct dp_shared {
	const struct xvs_config *config;
	const struct xvs_control *control;
	const struct xvs_subtable *subtables; /* XVS_MAX_SUBTABLES */
	const struct xvs_probe_list *probe; /* 2 * XVS_MAX_PORTS */
	const struct xvs_bucket *buckets; /* n_buckets + n_overflow */
	const struct xvs_flow *flows; /* n_slots */
	const struct xvs_action_block *blocks; /* n_blocks */
	const struct xvs_port_entry *ports; /* XVS_MAX_PORTS */
	struct xvs_flow_stats *flow_stats; /* n_lanes * n_slots */
	struct xvs_port_stats *port_stats; /* n_lanes * XVS_MAX_PORTS */
	__u64 *drops; /* n_lanes * XVS_MAX_PORTS * XVS_DROP_N */
	struct xvs_counters *counters; /* n_lanes */
	struct xvs_meter *meters; /* XVS_MAX_METERS */
	struct xvs_meter_stats *meter_stats; /* n_lanes * XVS_MAX_METERS */
	__u64 *inflight; /* XVS_INFLIGHT_SLOTS */
	/* Connections change by compare-and-swap (xvs/conntrack.h). */
	struct xvs_ct_bucket *ct_buckets; /* n_ct_buckets */
	struct xvs_ct_entry *ct_entries; /* n_ct_buckets * XVS_CT_WAYS */
	struct xvs_ct_zone *ct_zones; /* XVS_CT_ZONES */
	struct xvs_ct_frag *ct_frags; /* XVS_CT_FRAGS */
	const struct xvs_ct_action *ct_actions; /* XVS_MAX_CT_ACTIONS */
	const struct xvs_ct_timeouts *ct_timeouts; /* XVS_CT_TIMEOUT_POLICIES */
	__u32 n_blocks;
};

/* Valid as long as the datapath; any thread may look. */
const struct dp_shared *dp_shared(const struct dp *dp);

/*
 * Readers [I3] (dp_reader.c). A thread is one between begin and end. What it has
 * taken from the tables is good until its next quiescent state, sleep or end; a
 * grace period waits for one of these of every reader that is awake. So a quiescent
 * state follows each batch, and no reader waits for anything while it is awake. All
 * have ended before dp_close(). Each is for the reader's own thread.
 */
void dp_reader_begin(void);
void dp_reader_end(void);
void dp_reader_quiescent(void);
void dp_reader_sleeps(void);
void dp_reader_wakes(void);

/* --- hooks and ports (dp_attach.c, dp_port.c) --- */

/* Attaches the programs of 'hook' (XDP: XDP and TC; TC: TC only; EGRESS: the one for
 * what the host sends, next to those of the device's own port) to a device.
 * -EOPNOTSUPP: no native XDP; -EBUSY: another program is there ('err' names
 * it). On error nothing is attached. */
int dp_attach(struct dp *dp, __u16 port_no, int ifindex, enum xvs_hook hook, struct err *err);
void dp_detach(struct dp *dp, __u16 port_no);
/* Writes the port's entry, ifindex table and devmap; 'entry->flags' may change
 * at any time by another call. */
int dp_port_set(struct dp *dp, __u16 port_no, const struct xvs_port_entry *entry);
void dp_port_clear(struct dp *dp, __u16 port_no);
/* Zeroes the counters and drops of a number that no device has: its next owner
 * begins anew. */
void dp_port_forget(struct dp *dp, __u16 port_no);
void dp_port_stats(const struct dp *dp, __u16 port_no, struct xvs_port_stats *sum);
__u64 dp_drops(const struct dp *dp, __u16 port_no, enum xvs_drop_reason reason);
void dp_counters(const struct dp *dp, struct xvs_counters *sum);

/* The daemon's own lane: what it did with upcalled packets. */
struct xvs_counters *dp_my_counters(struct dp *dp);
struct xvs_port_stats *dp_my_port_stats(struct dp *dp, __u16 port_no);
void dp_count_drop(struct dp *dp, __u16 port_no, enum xvs_drop_reason reason, __u64 n);

/* --- sockets of xvsd's own (dp_rx_socket.c, xvs/xsk.h) --- */

/* The AF_XDP socket 'fd', bound to queue 'queue' of the port's device, may be
 * redirected to; one that is closed leaves by itself. 0 or -errno: -EINVAL, no such
 * port or a queue that cannot have one. XVS_PORT_F_RX_SOCKETS says that it is used. */
int dp_rx_socket_set(struct dp *dp, __u16 port_no, __u32 queue, int fd);
/* Of all queues of the port. */
void dp_rx_sockets_clear(struct dp *dp, __u16 port_no);

/* --- AF_XDP sockets behind an xsk port (dp_xsk.c) --- */

/* The far end of the port's veth pair. */
struct dp_xsk_far {
	__u16 port_no;
	int ifindex;
	__u32 n_queues;
};

/* Attaches, natively, a program to a device that hands each frame to the AF_XDP
 * socket of the queue that it came by; at first there are none. On error nothing
 * is attached; -EOPNOTSUPP: the provider has no programs. */
int dp_xsk_attach(struct dp *dp, const struct dp_xsk_far *far, struct err *err);
/* A no-op if nothing is attached. */
void dp_xsk_detach(struct dp *dp, __u16 port_no);
/* Gives a queue the socket 'fd', bound or not, in place of the one that it has;
 * -1: none. 0 or -errno. */
int dp_xsk_set(struct dp *dp, __u16 port_no, __u32 queue, int fd);
/* Where the map of the port's sockets is pinned; "": nowhere. */
void dp_xsk_pin_path(const struct dp *dp, __u16 port_no, char *buf, size_t size);

/* --- megaflows (dp_tables.c, dp_subtable.c, dp_order.c, dp_program.c) --- */

struct dp_flow_spec {
	const struct xvs_flow_key *key;
	const struct xvs_flow_key *mask;
	enum xvs_verdict verdict;
	enum xvs_drop_reason drop_reason; /* DROP */
	__u16 out_port; /* OUTPUT */
	const struct xvs_op *ops; /* PROGRAM; CT: the one operation */
	size_t n_ops;
	__u32 version_from; /* dp_version(), or + 1 while a batch is prepared */
};

/* Publishes a megaflow. The subtable is made if the mask is new.
 * -EINVAL the mask has not all of in_port, that is no port's, or the verdict is none;
 * -ENOSPC no free slot (the flow limit, spare ones included); -EMLINK no
 * subtable is free; -EXFULL its buckets are full; -ENOBUFS no room for the
 * program; the tables are as before. */
int dp_flow_put(struct dp *dp, const struct dp_flow_spec *spec, __u32 *slot);
/* The published flow without an end that has this mask and, under it, this key; 0. */
__u32 dp_flow_find(struct dp *dp, const struct xvs_flow_key *key, const struct xvs_flow_key *mask);
/* Gives a published flow another action from 'version_from', which is dp_version() + 1,
 * on; its key and mask stay what they are (those of 'spec' are checked only). No grace
 * period may begin before the commit.
 * -EBUSY: packets may still be under way by the action before its last change, or the
 * version is beyond XVS_FLOW_TURN_MAX; -EINVAL, -ENOBUFS as above; the flow is as before. */
int dp_flow_change(struct dp *dp, __u32 slot, const struct dp_flow_spec *spec);
/* Ends the flow at 'version': packets of that version and later miss it [I8]. */
void dp_flow_end(struct dp *dp, __u32 slot, __u32 version);
/* Unpublishes; the slot waits for its grace period. Read statistics after the
 * grace period for the last packets: dp_grace_end calls back with the slot. */
void dp_flow_remove(struct dp *dp, __u32 slot);
/* Sums the lanes. */
void dp_flow_stats(const struct dp *dp, __u32 slot, struct xvs_flow_stats *sum);
/* The same for the 'n' slots from 'first' on; lanes that were never used cost nothing. */
void dp_flow_stats_block(struct dp *dp, __u32 first, __u32 n, struct xvs_flow_stats sum[]);
/* When the last of its packets came, by clock_ms(); not later than 'now_ms', which
 * it is as long as no upcall has told what time the programs have. */
__u64 dp_flow_used_ms(const struct dp *dp, const struct xvs_flow_stats *sum, __u64 now_ms);
/* The programs' clock at 'now_ms' of clock_ms(), as far as upcalls have told it: for
 * any thread. */
__u64 dp_jiffies(const struct dp *dp, __u64 now_ms);
/* Counts packets that the daemon replayed for a published flow. */
void dp_flow_count(struct dp *dp, __u32 slot, __u64 packets, __u64 bytes, __u16 tcp_flags);
__u32 dp_n_flows(const struct dp *dp); /* published */
__u32 dp_n_free_slots(const struct dp *dp);
__u32 dp_n_subtables(const struct dp *dp); /* in use, for whatever port */
__u16 dp_port_end(const struct dp *dp); /* beyond all ports that have had flows */
/* Of one port: its cached flows; the masks that its packets are tried under, at most a
 * few of them without flows for a moment; the i-th of those, NULL if it has none. */
__u32 dp_port_n_flows(const struct dp *dp, __u16 in_port);
__u32 dp_port_n_subtables(const struct dp *dp, __u16 in_port);
const struct xvs_flow_key *dp_port_subtable_mask(const struct dp *dp, __u16 in_port, __u32 i);
__u16 dp_flow_subtable(const struct dp *dp, __u32 slot);

__u32 dp_version(const struct dp *dp);
/* One store: packets that start now see version + 1. */
void dp_version_commit(struct dp *dp);
__u32 dp_flags(const struct dp *dp); /* XVS_CONTROL_* */
void dp_set_flags(struct dp *dp, __u32 flags);
/* What a port may send up: packets and KiB a second (0: no limit), with bursts (0:
 * what comes in a second); at first there is no limit. */
struct dp_admission {
	__u32 pkts_per_s, burst_pkts;
	__u32 kbytes_per_s, burst_kbytes;
};
void dp_set_admission(struct dp *dp, __u16 port_no, const struct dp_admission *limits);
/* Packets of one microflow that may be on their way up: 1 to
 * XVS_INFLIGHT_ALLOWANCE_MAX; at first XVS_INFLIGHT_ALLOWANCE. */
void dp_set_allowance(struct dp *dp, __u32 packets);
/* A published flow was hit by so many packets more: what dp_reorder() goes by. */
void dp_note_hits(struct dp *dp, __u32 slot, __u64 packets);
/* Sorts each port's subtables by the hits of its flows since the last time; those
 * without hits never rank above proven ones. */
void dp_reorder(struct dp *dp);

/* --- meters (dp_meter.c, xvs/meter.h) --- */

struct dp_meter_config {
	bool bytes; /* the rate is of bytes, else of packets */
	__u64 rate; /* packets/s or kbit/s; 0 counts as 1 */
	__u64 burst; /* packets or kbit; 0: one packet or 20 ms, what is more */
};

/* A slot for METER operations, not limited yet: 0 or -ENOSPC. */
int dp_meter_alloc(struct dp *dp, __u32 *slot);
/* From the next packet on; the state stays, so that a change gives no burst. */
void dp_meter_set(struct dp *dp, __u32 slot, const struct dp_meter_config *config);
/* No published flow has the slot any more. It is not limited from here on, and
 * free after a grace period. */
void dp_meter_free(struct dp *dp, __u32 slot);
/* Sums the lanes: all since dp_meter_alloc(). */
void dp_meter_stats(const struct dp *dp, __u32 slot, struct xvs_meter_stats *sum);
/* Takes a packet that the daemon replays, of 'len' bytes, by the programs' clock,
 * and counts it; false: exceeded. */
bool dp_meter_take(struct dp *dp, __u32 slot, __u32 len);

/* --- grace periods [I3] (dp_grace.c): of programs and readers --- */

int dp_grace_fd(const struct dp *dp); /* readable: call dp_grace_end; -1 for the fake */
/* If slots are pending and no wait is under way: starts one on its own thread. */
void dp_grace_begin(struct dp *dp);
/* Frees the slots that waited; calls 'fn' for each slot before it is free, so
 * that the last packets' statistics can be read (they are zeroed after). */
typedef void (*dp_slot_fn)(void *aux, __u32 slot);
void dp_grace_end(struct dp *dp, dp_slot_fn fn, void *aux);

/* --- upcalls (dp_upcall.c) --- */

int dp_upcall_fd(const struct dp *dp);
typedef void (*dp_upcall_fn)(void *aux, const struct xvs_upcall *upcall, size_t size);
/* At most 'max' records; returns how many. The record is valid in the call. */
int dp_upcall_consume(struct dp *dp, int max, dp_upcall_fn fn, void *aux);
/* It will be served soon, and its flow is likely to have this mask: what that takes of
 * memory that is not near is fetched. */
void dp_upcall_prefetch(struct dp *dp, const struct xvs_upcall *upcall,
			const struct xvs_flow_key *mask);
/* The packet of this upcall is disposed of: its in-flight word. */
void dp_upcall_done(struct dp *dp, const struct xvs_upcall *upcall);

/* --- dry runs (dp_test_run.c) --- */

/* Longer frames are refused: the record has room for what actions add to it. */
#define DP_TEST_RUN_MAX_LEN 128

struct dp_test_run {
	__u16 port_no; /* where the frame comes in */
	__u32 mark; /* TC: the packet mark */
	const __u8 *frame; /* tags in-band */
	size_t len;
};

struct dp_test_result {
	enum xvs_hook hook; /* of the program that disposed of the packet */
	bool handed_up; /* by XDP to that */
	struct xvs_dry_run run;
};

/* Runs the programs of the port's hook on a frame, as they are loaded and over the
 * tables as they are, without any effect (xvs/dry_run.h). A tag that TC has beside
 * an output's frame is put back into it. Some 20 ms. 0; -ENODEV: the port has no
 * device or hook; -EOPNOTSUPP: the provider has no programs; -EMSGSIZE; -errno of
 * the kernel. */
int dp_test_run(struct dp *dp, const struct dp_test_run *in, struct dp_test_result *out);

#endif /* DATAPATH_DATAPATH_H */
