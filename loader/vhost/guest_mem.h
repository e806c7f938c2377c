/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A guest's memory, mapped into the daemon.
 *
 * Problem. The guest says where its rings and buffers are, and may lie; it shares
 * its memory by file descriptors, and may make such a file shorter while it is
 * mapped, so that a correct address faults.
 *
 * Idea. Every address goes through guest_mem_at(), which answers with the piece of
 * the mapping that lies wholly in one region, or with nothing. A fault inside of a
 * mapping is answered by guest_mem_guard() with a page of zeros, and the memory is
 * marked: its owner stops the port when it sees guest_mem_is_broken().
 *
 * Invariants
 * [MEM1] No pointer leads outside of a mapped region, whatever the guest said.
 * [MEM2] What is written for the guest is in the dirty log, while there is one,
 *        before the guest is told of it.
 *
 * Thread rule: a struct guest_mem is changed by its owner while nobody uses it
 * (vring.h: with the locks of all rings); readers are any threads.
 */
#ifndef VHOST_GUEST_MEM_H
#define VHOST_GUEST_MEM_H

#include <stdbool.h>
#include <stddef.h>

#include "xvs/types.h"

/* Regions of one guest: what VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS answers. */
#define GUEST_MEM_REGIONS 64

struct guest_region {
	__u64 gpa; /* guest-physical address of its first byte */
	__u64 uva; /* the front end's own address of it */
	__u64 size; /* 0: an entry behind the last one */
	__u8 *base; /* ours */
	void *map; /* what was mapped: whole pages of the file */
	size_t map_len;
};

/* All zeros: no memory. It stays where it is from the first region to the last,
 * as guest_mem_guard() knows it by its address. */
struct guest_mem {
	unsigned int n; /* sorted by gpa, none overlaps another */
	struct guest_region region[GUEST_MEM_REGIONS];
	__u8 *log; /* dirty log of a live migration: a bit a page of 4 KiB; or NULL */
	size_t log_bytes;
	void *log_map;
	size_t log_map_len;
	__u32 generation; /* another one after each change, and when it breaks */
	bool broken; /* by guest_mem_guard() */
};

/* Whole pages of a shared file. */
struct guest_mapping {
	__u8 *map;
	size_t len;
	__u8 *at; /* the byte that was asked for */
};

/* Maps 'size' bytes of 'fd' from 'offset' on; a fault there marks 'm'. 0; -EINVAL:
 * empty, overflowing, or larger than the file; -EBADF; -EOPNOTSUPP: not a file of
 * tmpfs (memfd) or hugetlbfs; -errno. Any other file system may keep whoever touches a
 * page, or asks for the file's size, waiting for as long as it likes; one in user space
 * (FUSE) may be the guest's. 'fd' stays the caller's. The offset need not be a multiple
 * of the file's page size: front ends cut regions of huge pages anywhere. */
int guest_mem_map(struct guest_mem *m, int fd, __u64 size, __u64 offset, struct guest_mapping *out);
void guest_mem_unmap(void *map, size_t len);
/* The same as one more region. Also -EINVAL: overlapping; -ENOSPC. */
int guest_mem_add(struct guest_mem *m, int fd, __u64 gpa, __u64 uva, __u64 size, __u64 offset);
/* 0 or -ENOENT. */
int guest_mem_remove(struct guest_mem *m, __u64 gpa, __u64 uva, __u64 size);
/* Unmaps all, the log included. */
void guest_mem_fini(struct guest_mem *m);
/* The log that writes are marked in from now on, instead of the one before; 'fd' -1:
 * none. 0 or as guest_mem_add(). */
int guest_mem_set_log(struct guest_mem *m, int fd, __u64 size, __u64 offset);

/* The region that has 'gpa'; 'n': none. */
unsigned int guest_mem_find(const struct guest_mem *m, __u64 gpa);
/* Where 'gpa' is, and in '*len' (in: what is wanted, out: at most that) how many
 * bytes from there on lie in the same region. NULL: nowhere. */
void *guest_mem_at(const struct guest_mem *m, __u64 gpa, __u64 *len);
/* The same, looking at '*hint' first: the region that was found the last time, or
 * any other of 'm'. A hint outlives changes of 'm', and decides nothing. */
static inline void *guest_mem_at_hint(const struct guest_mem *m, const struct guest_region **hint,
				      __u64 gpa, __u64 *len)
{
	const struct guest_region *r = *hint;
	__u64 off = gpa - r->gpa;

	if (__builtin_expect(off >= r->size, 0)) {
		unsigned int i = guest_mem_find(m, gpa);

		if (i == m->n)
			return NULL;
		*hint = r = &m->region[i];
		off = gpa - r->gpa;
	}
	if (*len > r->size - off)
		*len = r->size - off;
	return r->base + off;
}
/* The same by the front end's address, all of 'len' or NULL: for rings. */
void *guest_mem_at_user(const struct guest_mem *m, __u64 uva, __u64 len);
/* The guest-physical address of a place of ours; for the log. 0 and false: none. */
bool guest_mem_gpa(const struct guest_mem *m, const void *p, __u64 *gpa);
/* Marks pages as written [MEM2], after they were; atomic, as several threads do. */
void guest_mem_log(const struct guest_mem *m, __u64 gpa, __u64 len);
/* The same by a place of ours: nothing if it is in no region. */
void guest_mem_log_at(const struct guest_mem *m, const void *p, __u64 len);

/* Takes SIGBUS for the process: to be called once, before the first guest. A fault
 * outside of any guest's memory kills the process as before. System calls that are
 * given such a place fail with EFAULT instead, and mark nothing: a caller of
 * readv() or writev() takes that for a fault of the guest. */
int guest_mem_guard(void);
/* Whole pages of 'page' bytes that are a guest's, too: a fault there marks 'm'.
 * What guest_mem_map() maps is among them. 0 or -ENOMEM. */
int guest_mem_guard_add(struct guest_mem *m, void *map, size_t len, size_t page);
/* Before they are unmapped. */
void guest_mem_guard_remove(void *map);
static inline bool guest_mem_is_broken(const struct guest_mem *m)
{
	return __atomic_load_n(&m->broken, __ATOMIC_RELAXED);
}

#endif /* VHOST_GUEST_MEM_H */
