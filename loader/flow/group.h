/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Groups of a switch: lists of buckets, of which action group:ID runs all, one
 * by hash, the only one, or the first that is alive.
 *
 * A group is never changed in place: a change makes a new group that takes the
 * old one's place in the table. So who counts for a group or a bucket holds a
 * reference and may go on with it; as in Open vSwitch the new group's counters
 * begin at zero, and what the old one counted ends with it. Its age goes on.
 *
 * Rules and buckets refer to groups by number. That the number is there, and
 * that no group leads to itself, is what slowpath/model_group.c checks before a
 * change; a translation need not trust it (its depth is bounded anyway).
 *
 * Text is in group_text.h.
 */
#ifndef FLOW_GROUP_H
#define FLOW_GROUP_H

#include "id_table.h"
#include "ofact.h"

struct sw;

#define GROUP_ID_MAX 0xffffff00U /* OpenFlow's */
#define GROUP_NONE 0xffffffffU

/* Groups of one switch, and buckets of one group. A translation looks at all
 * buckets of a group, so there are no more of them than ports of a switch. */
#define GROUPS_MAX 65536
#define GROUP_BUCKETS_MAX 512
#define GROUP_BUCKET_ID_MAX 0xffffff00U

enum group_type {
	GROUP_ALL, /* every bucket, each on a copy of the packet */
	GROUP_SELECT, /* one bucket by hash and weight, of those alive */
	GROUP_INDIRECT, /* the only bucket */
	GROUP_FAST_FAILOVER, /* the first bucket that is alive */
	GROUP_TYPE_N,
};

struct group_bucket {
	__u32 id; /* unique in the group; for people */
	__u16 weight; /* SELECT: its share; 0: never chosen. 0 for other types */
	__u16 watch_port; /* alive if that port is up; PORT_LOCAL is one; 0: none */
	__u32 watch_group; /* ... or if that group has a bucket alive; GROUP_NONE */
	struct ofacts actions; /* as written */
	/* What runs: a bucket is an action set, which has an order of its own and one
	 * of each kind of action (group_bucket_order). */
	struct ofacts ordered;
	__u64 n_packets, n_bytes; /* of removed megaflows and replayed packets */
};

/* What SELECT hashes over. */
enum group_selection {
	GROUP_SELECTION_DEFAULT, /* see group_hash_mask */
	GROUP_SELECTION_HASH, /* .fields; the default if there are none */
	GROUP_SELECTION_DP_HASH, /* the default */
};

struct group_hash_field {
	enum field_id field;
	union field_value mask; /* bits that count */
};

struct group {
	__u32 id; /* up to GROUP_ID_MAX; 0 is one */
	enum group_type type;
	enum group_selection selection; /* SELECT only */
	__u64 hash_basis; /* as given by selection_method_param */
	struct group_hash_field *fields; /* in the order of their ids */
	size_t n_fields;
	struct group_bucket *buckets; /* may be none: the packet is dropped */
	size_t n_buckets;
	__u64 n_packets, n_bytes; /* as a bucket's; not the sum of them (ALL) */
	__u64 created_ms; /* when the number came to be */
	unsigned int refs;
};

/* An empty group with one reference; NULL: out of memory. */
struct group *group_create(__u32 id, enum group_type type);
struct group *group_get(struct group *g);
void group_put(struct group *g); /* NULL is a no-op */

/* An action that has a place in an action set; DROP is an empty one. */
bool group_bucket_takes(const struct ofact *a);
/*
 * Fills bucket->ordered from bucket->actions, as OpenFlow executes a set: tag and
 * label off, label and tag on, TTLs, fields in the order as written, then the
 * group, else the output, else the resubmit, else the ct. Of each kind but the
 * fields the last one counts; a set that leads nowhere is empty. 0 or -ENOMEM.
 */
int group_bucket_order(struct group_bucket *b);

/* --- choice --- */

/*
 * The bits of this packet that a SELECT group hashes over; also which protocol
 * it is, where that decides what there is to hash. The default: both MAC
 * addresses, the outer VLAN's number, EtherType, both IP addresses and the
 * protocol, ports of TCP, UDP and SCTP unless it is a fragment.
 */
void group_hash_mask(const struct group *g, const struct flow_key *key, struct flow_key *mask);
/* The hash of the bits that group_hash_mask gives. The default one is the same
 * for both directions of a connection. */
__u64 group_hash(const struct group *g, const struct flow_key *key);

/* A bucket that watches nothing is alive. */
bool group_bucket_alive(const struct sw *sw, const struct group_bucket *b);
/* SELECT: each bucket gets packets by its weight; when one dies or comes back only
 * its share moves. NULL: none is alive with a weight. */
struct group_bucket *group_select(const struct sw *sw, const struct group *g, __u64 hash);
/* FAST_FAILOVER; NULL: none. */
struct group_bucket *group_first_alive(const struct sw *sw, const struct group *g);

/* --- the groups of a switch --- */

struct group_table {
	struct id_table ids; /* of struct group, a reference each */
};

struct group_table *group_table_create(void);
void group_table_destroy(struct group_table *t); /* NULL is a no-op */
struct group *group_find(const struct group_table *t, __u32 id); /* NULL: none */
/* The i-th of ids.n, in order of number. */
static inline struct group *group_at(const struct group_table *t, size_t i)
{
	return t->ids.v[i];
}
/* Takes over the reference. -EEXIST; -ENOSPC: GROUPS_MAX; -ENOMEM. It cannot fail
 * for a group that has just been removed. */
int group_insert(struct group_table *t, struct group *g);
/* 'g' takes the place of the group of its number, which must be there; the old
 * one's reference is the caller's. Its inverse: the same with the old one. */
struct group *group_replace(struct group_table *t, struct group *g);
/* The reference is the caller's; NULL: no such group. */
struct group *group_remove(struct group_table *t, __u32 id);

/* True if 'g', once in the table, leads to itself: by actions or watch_group. */
bool group_loops(const struct group_table *t, const struct group *g);
/* A bucket of 'g' (the first) that uses group 'id'; NULL: none. */
const struct group_bucket *group_user(const struct group *g, __u32 id);

#endif /* FLOW_GROUP_H */
