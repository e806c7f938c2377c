/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Inside of the datapath: what dp_*.c share, and what a provider implements.
 *
 * The writer's side of the tables (dp_tables.c, dp_bucket.c, dp_subtable.c,
 * dp_order.c, dp_program.c, dp_port.c, dp_rx_socket.c, dp_stats.c, dp_grace.c, dp_reader.c) is the same for every
 * provider: it stores into struct dp_tables and keeps its own notes here. A
 * provider (dp_bpf.c, dp_fake.c) embeds struct dp as its first member, gives the
 * memory, and implements struct dp_ops.
 *
 * Life cycle of a provider
 *   1. allocate its struct, fill dp->ops and dp->features
 *   2. dp_shape_config(): sizes and seeds
 *   3. get the memory of these sizes, zeroed; fill dp->t
 *   4. dp_init(): the notes; from here on every dp_* function works
 *   5. dp_close() -> ops->close(): dp_fini(), memory, the struct
 */
#ifndef DATAPATH_DP_PRIVATE_H
#define DATAPATH_DP_PRIVATE_H

#include "datapath.h"
#include "dp_pool.h"

/* The tables' memory, as BPF sees it. */
struct dp_tables {
	struct xvs_subtable *subtables; /* XVS_MAX_SUBTABLES */
	struct xvs_probe_list *probe; /* 2 * XVS_MAX_PORTS */
	struct xvs_bucket *buckets; /* n_buckets + n_overflow */
	struct xvs_flow *flows; /* n_slots */
	struct xvs_flow_stats *flow_stats; /* n_lanes * n_slots */
	struct xvs_action_block *blocks; /* XVS_MAX_BLOCKS */
	struct xvs_port_entry *ports; /* XVS_MAX_PORTS */
	struct xvs_ifindex_entry *ifindex; /* XVS_IFINDEX_SLOTS */
	struct xvs_port_stats *port_stats; /* n_lanes * XVS_MAX_PORTS */
	__u64 *drops; /* n_lanes * XVS_MAX_PORTS * XVS_DROP_N */
	struct xvs_counters *counters; /* n_lanes */
	union xvs_inflight *inflight; /* XVS_INFLIGHT_SLOTS */
	struct xvs_admission *admission; /* XVS_MAX_PORTS */
	struct xvs_control *control; /* 1 */
	struct xvs_meter *meters; /* XVS_MAX_METERS */
	struct xvs_meter_stats *meter_stats; /* n_lanes * XVS_MAX_METERS */
	struct xvs_dry_run *dry_run; /* 1 */
	struct xvs_ct_bucket *ct_buckets; /* n_ct_buckets */
	struct xvs_ct_entry *ct_entries; /* n_ct_buckets * XVS_CT_WAYS */
	struct xvs_ct_zone *ct_zones; /* XVS_CT_ZONES */
	struct xvs_ct_frag *ct_frags; /* XVS_CT_FRAGS */
	struct xvs_ct_action *ct_actions; /* XVS_MAX_CT_ACTIONS */
	struct xvs_ct_timeouts *ct_timeouts; /* XVS_CT_TIMEOUT_POLICIES */
};

/* What the writer remembers of a subtable. */
struct dp_subtable_note {
	struct xvs_flow_key mask;
	__u64 mask_hash;
	__u32 n_flows; /* published ones; 0: about to go */
};

/* ... and of one port's flows in it. */
struct dp_pair {
	__u32 n_flows; /* published ones; 0 in the port's list: about to leave it */
	__u32 hits; /* since the list was sorted; stays at the greatest number */
};

/* ... and of an action program; indexed by its first block. */
struct dp_program_note {
	__u64 hash;
	__u32 n_refs;
	__u16 n_ops;
	__u16 next; /* in the hash chain; 0: end */
};
#define DP_PROGRAM_HEADS 4096

/* The probe order that is not in force may only be written when no reader is left in it. */
enum dp_order_state {
	DP_ORDER_IDLE, /* nobody reads that one */
	DP_ORDER_FLIPPED, /* readers may; no grace period has begun since */
	DP_ORDER_WAITING, /* one is under way */
};

struct dp_ops {
	void (*close)(struct dp *dp);
	int (*attach)(struct dp *dp, __u16 port_no, int ifindex, enum xvs_hook hook,
		      struct err *err);
	void (*detach)(struct dp *dp, __u16 port_no);
	/* 'ifindex' 0 removes the port. 0 or -errno. */
	int (*devmap_set)(struct dp *dp, __u16 port_no, __u32 ifindex);
	/* Element 'key' of xvs_xsks; a socket that is < 0 is none. 0 or -errno. */
	int (*rx_socket_set)(struct dp *dp, __u32 key, int fd);
	void (*memory)(const struct dp *dp, struct dp_memory *out);
	/* A grace period: starts one, says (once) that it is over. */
	void (*grace_start)(struct dp *dp);
	bool (*grace_over)(struct dp *dp);
	int (*grace_fd)(const struct dp *dp);
	int (*upcall_fd)(const struct dp *dp);
	int (*upcall_consume)(struct dp *dp, int max, dp_upcall_fn fn, void *aux);
	/* One run of a hook's entry program, with the cookie in force. 'hint': TC, what
	 * the XDP run handed up; NULL: nothing. 0 or -errno. */
	int (*test_run)(struct dp *dp, const struct dp_test_run *in, enum xvs_hook hook,
			const struct xvs_dry_run *hint);
	/* As the functions of datapath.h; all NULL: the provider has no programs. */
	int (*xsk_attach)(struct dp *dp, const struct dp_xsk_far *far, struct err *err);
	void (*xsk_detach)(struct dp *dp, __u16 port_no);
	int (*xsk_set)(struct dp *dp, __u16 port_no, __u32 queue, int fd);
	void (*xsk_pin_path)(const struct dp *dp, __u16 port_no, char *buf, size_t size);
};

struct dp {
	const struct dp_ops *ops;
	struct dp_features features;
	struct xvs_config config;
	struct dp_tables t;
	struct dp_shared shared; /* of 't' */

	struct dp_pool slots; /* 1 .. n_slots - 1 */
	struct dp_pool blocks; /* 1 .. XVS_MAX_BLOCKS - 1 */
	struct dp_pool overflow; /* bucket indexes n_buckets .. + n_overflow - 1 */
	struct dp_pool subtables; /* 0 .. XVS_MAX_SUBTABLES - 1 */
	struct dp_pool meters; /* 1 .. XVS_MAX_METERS - 1 */

	__u32 *bucket_of; /* by slot: 1 + the bucket that its index is in; 0: in none */
	__u32 n_flows;
	__u32 *overflow_owner; /* by overflow bucket: the primary one that links it */
	struct dp_subtable_note subtable[XVS_MAX_SUBTABLES];
	__u8 used_subtable[XVS_MAX_SUBTABLES]; /* those with a mask, oldest first */
	__u32 n_used_subtables;
	__u8 last_subtable; /* that dp_subtable_find() found */
	/* [in_port * XVS_MAX_SUBTABLES + subtable]; takes memory for ports that have
	 * had flows only. */
	struct dp_pair *pairs;
	__u32 n_listed_ports; /* beyond the greatest in_port that any flow has had */
	__u32 n_empty; /* pairs in a list in force that have no flow */
	enum dp_order_state order;
	bool reorder_wanted; /* once the order is idle */
	struct dp_program_note *programs;
	__u16 program_head[DP_PROGRAM_HEADS];
	bool grace_running;
	/* No reader is left in a version before settled_version; once the grace period
	 * that runs is over, none before waiting_version. */
	__u32 settled_version, waiting_version;
	__u32 changed_version; /* the last one that a flow changed in */
	__u32 lanes_used; /* a bit a lane: packets of flows were counted there */
	__u64 jiffies; /* of the newest upcall */
	bool ct_used; /* some CT operation was ever set up */
	/* What clock_ms() is ahead of jiffies: they go at one pace. The least that
	 * was seen, as every upcall has been on its way for a while. 0: none came. */
	__u64 ahead_of_jiffies_ms;
};

/* --- dp.c --- */

/* Sizes from 'opt' (a flow limit of 0: the default), seeds from the kernel. */
int dp_shape_config(struct xvs_config *config, const struct dp_options *opt,
		    unsigned int possible_cpus);
int dp_init(struct dp *dp);
void dp_fini(struct dp *dp);
__u64 dp_random(void);

/* --- dp_ct_zone.c --- */

/* The timeouts that policies begin with. */
void dp_ct_init(struct dp *dp);

/* --- dp_bucket.c --- */

/* Where a flow can be published. */
struct dp_place {
	__u32 bucket; /* primary or overflow */
	__u32 primary;
	__u32 i; /* entry of the bucket */
	__u16 tag;
	bool link; /* 'bucket' is a new overflow bucket: to be linked */
};

/* What a lookup makes of a hash (xvs/flow_entry.h). */
static inline __u32 dp_bucket_primary(const struct dp *dp, __u64 hash)
{
	return (__u32)hash & (dp->config.n_buckets - 1);
}

static inline __u16 dp_bucket_tag(__u64 hash)
{
	return (__u16)(hash >> 48) | 1;
}

/* 0 or -EXFULL. A place is either published or cancelled. */
int dp_bucket_find_place(struct dp *dp, __u64 hash, struct dp_place *place);
void dp_bucket_cancel(struct dp *dp, const struct dp_place *place);
/* The next slot after the 'from'-th place of the hash's bucket and its overflow that may
 * be its; 0: none. '*from' begins as 0. */
__u32 dp_bucket_next(const struct dp *dp, __u64 hash, __u32 *from);
void dp_bucket_publish(struct dp *dp, const struct dp_place *place, __u32 slot);
void dp_bucket_unpublish(struct dp *dp, __u32 bucket, __u32 slot);

/* --- dp_tables.c --- */

/* The bucket of such a flow is fetched. */
void dp_flow_prefetch(struct dp *dp, const struct xvs_flow_key *key,
		      const struct xvs_flow_key *mask);

/* --- dp_subtable.c --- */

/* The subtable of 'mask', or -ENOENT. */
int dp_subtable_find(struct dp *dp, const struct xvs_flow_key *mask);
/* The subtable of 'mask', a new one if there is none ('*fresh'): that one is not
 * in use yet, dp_subtable_use() or dp_subtable_cancel() follows.
 * Returns its index or -EMLINK. */
int dp_subtable_get(struct dp *dp, const struct xvs_flow_key *mask, bool *fresh);
void dp_subtable_use(struct dp *dp, __u32 index);
void dp_subtable_cancel(struct dp *dp, __u32 index);
/* Packs the words of 'key' that the subtable uses; returns their hash. */
__u64 dp_subtable_pack(const struct dp *dp, __u32 index, const struct xvs_flow_key *key,
		       __u64 packed[XVS_KEY_WORDS]);
/* Those that have no flow are in no list in force any more: they retire. */
void dp_subtable_retire_empty(struct dp *dp);

/* --- dp_order.c --- */

/* A flow is about to be published, and has been unpublished. */
void dp_order_add_flow(struct dp *dp, __u16 in_port, __u32 subtable);
void dp_order_remove_flow(struct dp *dp, __u16 in_port, __u32 subtable);
/* Takes subtables without flows of the port off its list, if that can be done now. */
void dp_order_compact(struct dp *dp);
/* After a grace period: does what dp_reorder() had to put off. */
void dp_order_settle(struct dp *dp);

/* --- dp_program.c --- */

/* [ACT1], [ACT2], and every operation is one that the executors know. */
bool dp_program_is_valid(const struct xvs_op *ops, size_t n_ops);
/* A valid program of one CT. */
bool dp_program_is_ct(const struct xvs_op *ops, size_t n_ops);
/* First block of the program, shared with equal ones: 0 or -ENOBUFS. */
int dp_program_get(struct dp *dp, const struct xvs_op *ops, size_t n_ops, __u16 *block);
void dp_program_put(struct dp *dp, __u16 block);

/* --- dp_reader.c --- */

/* Until every reader that is awake has passed a quiescent state. */
void dp_readers_wait(void);

/* --- dp_stats.c --- */

void dp_stats_clear_slot(struct dp *dp, __u32 slot);

#endif /* DATAPATH_DP_PRIVATE_H */
