// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The MAC learning table: a hash table of (MAC, VLAN), and per port the dynamic
 * entries in order of use, so that ageing looks at the oldest only, and a port
 * that invents addresses evicts its own. Who learns is xlate_normal.c.
 */
#include "fdb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hmap.h"
#include "xvs/limits.h"

struct fdb_node {
	struct hmap_node node;
	struct fdb_entry e;
	struct fdb_node *older, *newer; /* of its port; dynamic entries only */
};

/* The dynamic entries of one port. */
struct fdb_lane {
	struct fdb_node *oldest, *newest;
	size_t n;
};

struct fdb {
	__u64 seed;
	__u64 ageing_ms;
	struct hmap entries;
	size_t n_dynamic;
	size_t n_lanes; /* those behind have been empty ever since */
	fdb_watch_fn watch;
	void *watch_aux;
	struct fdb_lane lanes[XVS_MAX_PORTS]; /* by port_no */
};

struct fdb *fdb_create(__u64 seed)
{
	struct fdb *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->seed = seed;
	f->ageing_ms = FDB_AGEING_MS_DEFAULT;
	hmap_init(&f->entries);
	return f;
}

void fdb_watch(struct fdb *f, fdb_watch_fn fn, void *aux)
{
	f->watch = fn;
	f->watch_aux = aux;
}

void fdb_destroy(struct fdb *f)
{
	if (!f)
		return;
	f->watch = NULL;
	fdb_flush(f, -1, true);
	hmap_fini(&f->entries);
	free(f);
}

/* 60 bits of MAC and VLAN, mixed with the seed by two multiplications: guests
 * choose the MACs, they must not choose the bucket. */
static __u64 fdb_hash(const struct fdb *f, const __u8 mac[6], __u16 vlan)
{
	__u64 x = vlan;

	for (int i = 0; i < 6; i++)
		x = x << 8 | mac[i];
	x = (x ^ f->seed) * 0x9e3779b97f4a7c15ULL;
	x = (x ^ x >> 32 ^ (f->seed << 32 | f->seed >> 32)) * 0xbf58476d1ce4e5b9ULL;
	return x ^ x >> 32;
}

static struct fdb_node *find(const struct fdb *f, const __u8 mac[6], __u16 vlan)
{
	__u64 hash = fdb_hash(f, mac, vlan);
	struct hmap_node *node;

	for (node = hmap_bucket(&f->entries, hash); node; node = node->next) {
		struct fdb_node *n = hmap_entry(node, struct fdb_node, node);

		if (n->e.vlan == vlan && !memcmp(n->e.mac, mac, 6))
			return n;
	}
	return NULL;
}

static void lane_unlink(struct fdb *f, struct fdb_node *n)
{
	struct fdb_lane *lane = &f->lanes[n->e.port_no];

	*(n->older ? &n->older->newer : &lane->oldest) = n->newer;
	*(n->newer ? &n->newer->older : &lane->newest) = n->older;
	n->older = NULL;
	n->newer = NULL;
	lane->n--;
	f->n_dynamic--;
}

static void lane_append(struct fdb *f, struct fdb_node *n)
{
	struct fdb_lane *lane = &f->lanes[n->e.port_no];

	n->older = lane->newest;
	n->newer = NULL;
	*(lane->newest ? &lane->newest->newer : &lane->oldest) = n;
	lane->newest = n;
	lane->n++;
	f->n_dynamic++;
	if (f->n_lanes <= n->e.port_no)
		f->n_lanes = n->e.port_no + (size_t)1;
}

/* The least recently used entry of the port that has the most; of two such
 * ports, of the one that was idle for longer. NULL: all entries are static. */
static struct fdb_node *find_victim(const struct fdb *f)
{
	const struct fdb_lane *most = NULL;

	for (const struct fdb_lane *lane = f->lanes; lane < f->lanes + f->n_lanes; lane++) {
		if (!lane->n || (most && lane->n < most->n))
			continue;
		if (!most || lane->n > most->n || lane->oldest->e.used_ms < most->oldest->e.used_ms)
			most = lane;
	}
	return most ? most->oldest : NULL;
}

static void changed(const struct fdb *f, const struct fdb_node *n)
{
	if (f->watch)
		f->watch(f->watch_aux, n->e.mac, n->e.vlan);
}

static void remove_entry(struct fdb *f, struct fdb_node *n)
{
	changed(f, n);
	if (!n->e.is_static)
		lane_unlink(f, n);
	hmap_remove(&f->entries, &n->node);
	free(n);
}

/* No room, and nothing that may go. */
static bool is_full(const struct fdb *f)
{
	return f->entries.n >= XVS_MAX_FDB && !f->n_dynamic;
}

/* A new entry without a place in the order of use; NULL: full or no memory. */
static struct fdb_node *add_entry(struct fdb *f, const __u8 mac[6], __u16 vlan)
{
	struct fdb_node *n;

	if (is_full(f))
		return NULL;
	n = calloc(1, sizeof(*n));
	if (!n)
		return NULL;
	if (f->entries.n >= XVS_MAX_FDB)
		remove_entry(f, find_victim(f));
	memcpy(n->e.mac, mac, 6);
	n->e.vlan = vlan;
	hmap_insert(&f->entries, &n->node, fdb_hash(f, mac, vlan));
	return n;
}

static bool copy_entry(struct fdb *to, const struct fdb_node *from)
{
	struct fdb_node *n = add_entry(to, from->e.mac, from->e.vlan);

	if (!n)
		return false;
	n->e = from->e;
	if (!n->e.is_static)
		lane_append(to, n);
	return true;
}

struct fdb *fdb_clone(const struct fdb *f)
{
	struct fdb *copy = fdb_create(f->seed);
	struct hmap_node *node;
	bool ok = copy;

	if (!copy)
		return NULL;
	copy->ageing_ms = f->ageing_ms;
	for (size_t i = 0; i < f->n_lanes; i++)
		for (const struct fdb_node *n = f->lanes[i].oldest; ok && n; n = n->newer)
			ok = copy_entry(copy, n);
	hmap_for_each (node, &f->entries) {
		const struct fdb_node *n = hmap_entry(node, struct fdb_node, node);

		if (ok && n->e.is_static)
			ok = copy_entry(copy, n);
	}
	if (!ok) {
		fdb_destroy(copy);
		return NULL;
	}
	return copy;
}

/* 'n' is in no lane; it becomes the last to go. */
static void use_now(struct fdb *f, struct fdb_node *n, __u64 now_ms)
{
	if (now_ms > n->e.used_ms)
		n->e.used_ms = now_ms;
	lane_append(f, n);
}

enum fdb_change fdb_learn(struct fdb *f, const __u8 mac[6], __u16 vlan, __u16 port_no, __u64 now_ms)
{
	struct fdb_node *n = find(f, mac, vlan);
	enum fdb_change change = FDB_SAME;

	if (n && n->e.is_static)
		return FDB_SAME;
	if (!n) {
		n = add_entry(f, mac, vlan);
		if (!n)
			return FDB_FULL;
		change = FDB_NEW;
	} else {
		if (n->e.port_no != port_no)
			change = FDB_MOVED;
		lane_unlink(f, n);
	}
	n->e.port_no = port_no;
	use_now(f, n, now_ms);
	if (change != FDB_SAME)
		changed(f, n);
	return change;
}

void fdb_refresh(struct fdb *f, const __u8 mac[6], __u16 vlan, __u16 port_no, __u64 now_ms)
{
	struct fdb_node *n = find(f, mac, vlan);

	if (!n || n->e.is_static || n->e.port_no != port_no)
		return;
	lane_unlink(f, n);
	use_now(f, n, now_ms);
}

enum fdb_change fdb_would_learn(const struct fdb *f, const __u8 mac[6], __u16 vlan, __u16 port_no)
{
	const struct fdb_node *n = find(f, mac, vlan);

	if (!n)
		return is_full(f) ? FDB_FULL : FDB_NEW;
	return n->e.is_static || n->e.port_no == port_no ? FDB_SAME : FDB_MOVED;
}

const struct fdb_entry *fdb_lookup(const struct fdb *f, const __u8 mac[6], __u16 vlan)
{
	const struct fdb_node *n = find(f, mac, vlan);

	return n ? &n->e : NULL;
}

int fdb_add_static(struct fdb *f, const __u8 mac[6], __u16 vlan, __u16 port_no, __u64 now_ms)
{
	struct fdb_node *n = find(f, mac, vlan);

	if (!n) {
		n = add_entry(f, mac, vlan);
		if (!n)
			return is_full(f) ? -ENOSPC : -ENOMEM;
	} else if (!n->e.is_static) {
		lane_unlink(f, n);
	}
	n->e.is_static = true;
	n->e.port_no = port_no;
	n->e.used_ms = now_ms;
	changed(f, n);
	return 0;
}

int fdb_del(struct fdb *f, const __u8 mac[6], __u16 vlan)
{
	struct fdb_node *n = find(f, mac, vlan);

	if (!n)
		return -ENOENT;
	remove_entry(f, n);
	return 0;
}

size_t fdb_flush(struct fdb *f, int port_no, bool statics_too)
{
	struct hmap_node *node, *next;
	size_t n_removed = 0;

	for (node = hmap_first(&f->entries); node; node = next) {
		struct fdb_node *n = hmap_entry(node, struct fdb_node, node);

		next = hmap_next(&f->entries, node);
		if ((port_no >= 0 && n->e.port_no != port_no) || (n->e.is_static && !statics_too))
			continue;
		remove_entry(f, n);
		n_removed++;
	}
	return n_removed;
}

size_t fdb_expire(struct fdb *f, __u64 now_ms)
{
	size_t n_removed = 0;

	for (const struct fdb_lane *lane = f->lanes; lane < f->lanes + f->n_lanes; lane++) {
		while (lane->oldest && lane->oldest->e.used_ms + f->ageing_ms <= now_ms) {
			remove_entry(f, lane->oldest);
			n_removed++;
		}
	}
	return n_removed;
}

void fdb_set_ageing_ms(struct fdb *f, __u64 ms)
{
	f->ageing_ms = ms;
}

__u64 fdb_ageing_ms(const struct fdb *f)
{
	return f->ageing_ms;
}

size_t fdb_count(const struct fdb *f)
{
	return f->entries.n;
}

static int compare_entries(const void *pa, const void *pb)
{
	const struct fdb_entry *a = pa, *b = pb;

	if (a->vlan != b->vlan)
		return a->vlan < b->vlan ? -1 : 1;
	return memcmp(a->mac, b->mac, 6);
}

int fdb_list(const struct fdb *f, struct fdb_entry **entries, size_t *n)
{
	struct fdb_entry *list = calloc(f->entries.n + 1, sizeof(*list));
	struct hmap_node *node;

	if (!list)
		return -ENOMEM;
	*n = 0;
	hmap_for_each (node, &f->entries)
		list[(*n)++] = hmap_entry(node, struct fdb_node, node)->e;
	qsort(list, *n, sizeof(*list), compare_entries);
	*entries = list;
	return 0;
}
