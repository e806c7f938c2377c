/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The MAC learning table of one switch: (MAC, VLAN) -> port. Time comes in as
 * an argument, in milliseconds of a monotonic clock.
 */
#ifndef FLOW_FDB_H
#define FLOW_FDB_H

#include "xvs/types.h"

#define FDB_AGEING_MS_DEFAULT 300000

struct fdb_entry {
	__u8 mac[6];
	__u16 vlan; /* 0: untagged */
	__u16 port_no;
	bool is_static; /* neither ages nor moves */
	__u64 used_ms;
};

struct fdb;

struct fdb *fdb_create(__u64 seed);
void fdb_destroy(struct fdb *f); /* NULL is a no-op */
/* A copy with the same entries in the same order of use; NULL: no memory. */
struct fdb *fdb_clone(const struct fdb *f);

/* Calls 'fn' for each address that is learned, moves or goes, whoever sees to it;
 * NULL: nobody any more. A copy is watched by nobody. */
typedef void (*fdb_watch_fn)(void *aux, const __u8 mac[6], __u16 vlan);
void fdb_watch(struct fdb *f, fdb_watch_fn fn, void *aux);

/* What fdb_learn did. */
enum fdb_change { FDB_SAME, FDB_NEW, FDB_MOVED, FDB_FULL };

/* Learns or refreshes. At XVS_MAX_FDB the least recently used dynamic entry of
 * the port with the most of them goes, so that a port which invents addresses
 * pushes out none of the others'; FDB_FULL when all are static. A static entry
 * stays as it is: FDB_SAME. port_no is below XVS_MAX_PORTS. */
enum fdb_change fdb_learn(struct fdb *f, const __u8 mac[6], __u16 vlan, __u16 port_no,
			  __u64 now_ms);
/* What fdb_learn would do. */
enum fdb_change fdb_would_learn(const struct fdb *f, const __u8 mac[6], __u16 vlan, __u16 port_no);
/* A packet has come from there again: what is known so lives on, and nothing is
 * learned. */
void fdb_refresh(struct fdb *f, const __u8 mac[6], __u16 vlan, __u16 port_no, __u64 now_ms);
/* The entry or NULL; valid until the next change. Does not refresh. */
const struct fdb_entry *fdb_lookup(const struct fdb *f, const __u8 mac[6], __u16 vlan);

int fdb_add_static(struct fdb *f, const __u8 mac[6], __u16 vlan, __u16 port_no, __u64 now_ms);
int fdb_del(struct fdb *f, const __u8 mac[6], __u16 vlan); /* 0, -ENOENT */
size_t fdb_flush(struct fdb *f, int port_no /* -1: all */, bool statics_too);
/* Removes what is older than the ageing time; returns how many. */
size_t fdb_expire(struct fdb *f, __u64 now_ms);
void fdb_set_ageing_ms(struct fdb *f, __u64 ms);
__u64 fdb_ageing_ms(const struct fdb *f);
size_t fdb_count(const struct fdb *f);
/* Sorted by VLAN, then MAC; a malloc'ed array of copies. */
int fdb_list(const struct fdb *f, struct fdb_entry **entries, size_t *n);

#endif /* FLOW_FDB_H */
