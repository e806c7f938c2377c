// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Regions of a guest's memory: mapped, found by either kind of address, and the
 * dirty log. What happens when such memory goes away is guest_mem_guard.c's.
 */
#include "guest_mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <linux/magic.h>
#include <unistd.h>

#define LOG_PAGE_SHIFT 12

/* Only files of memory have seals, and asking for them does not ask a file system. */
static int check_file(int fd)
{
	if (fcntl(fd, F_GET_SEALS) >= 0)
		return 0;
	return errno == EBADF ? -EBADF : -EOPNOTSUPP;
}

/* The unit in which the file can be mapped: a huge page, if it is made of those. */
static size_t file_page(int fd)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct statfs fs;

	if (!fstatfs(fd, &fs) && fs.f_type == HUGETLBFS_MAGIC && (size_t)fs.f_bsize > page)
		return (size_t)fs.f_bsize;
	return page;
}

int guest_mem_map(struct guest_mem *m, int fd, __u64 size, __u64 offset, struct guest_mapping *out)
{
	__u64 from, end;
	struct stat st;
	size_t page;
	int err;

	err = check_file(fd);
	if (err)
		return err;
	page = file_page(fd);
	if (fstat(fd, &st))
		return -errno;
	if (!size || __builtin_add_overflow(offset, size, &end) || !S_ISREG(st.st_mode) ||
	    end > (__u64)st.st_size)
		return -EINVAL;
	from = offset & ~((__u64)page - 1);
	out->len = (size_t)((end - from + page - 1) & ~((__u64)page - 1));
	out->map = mmap(NULL, out->len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd,
			(off_t)from);
	if (out->map == MAP_FAILED)
		return -errno;
	out->at = out->map + (offset - from);
	/* A guest's secrets do not belong into our core file. */
	madvise(out->map, out->len, MADV_DONTDUMP);
	err = guest_mem_guard_add(m, out->map, out->len, page);
	if (err)
		munmap(out->map, out->len);
	return err;
}

void guest_mem_unmap(void *map, size_t len)
{
	guest_mem_guard_remove(map);
	munmap(map, len);
}

/* The first region that ends behind 'gpa'; 'n': none. */
static unsigned int first_behind(const struct guest_mem *m, __u64 gpa)
{
	unsigned int low = 0, high = m->n;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (gpa < m->region[mid].gpa + m->region[mid].size)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static void changed(struct guest_mem *m)
{
	__atomic_fetch_add(&m->generation, 1, __ATOMIC_RELEASE);
}

int guest_mem_add(struct guest_mem *m, int fd, __u64 gpa, __u64 uva, __u64 size, __u64 offset)
{
	unsigned int i = first_behind(m, gpa);
	struct guest_mapping mapping;
	__u64 end;
	int err;

	if (__builtin_add_overflow(gpa, size, &end) || __builtin_add_overflow(uva, size, &end))
		return -EINVAL;
	if (i < m->n && m->region[i].gpa < gpa + size)
		return -EINVAL;
	if (m->n == GUEST_MEM_REGIONS)
		return -ENOSPC;
	err = guest_mem_map(m, fd, size, offset, &mapping);
	if (err)
		return err;
	memmove(&m->region[i + 1], &m->region[i], (m->n - i) * sizeof(m->region[0]));
	m->region[i] = (struct guest_region){.gpa = gpa,
					     .uva = uva,
					     .size = size,
					     .base = mapping.at,
					     .map = mapping.map,
					     .map_len = mapping.len};
	m->n++;
	changed(m);
	return 0;
}

int guest_mem_remove(struct guest_mem *m, __u64 gpa, __u64 uva, __u64 size)
{
	unsigned int i = first_behind(m, gpa);
	struct guest_region *r = &m->region[i];

	if (i == m->n || r->gpa != gpa || r->uva != uva || r->size != size)
		return -ENOENT;
	guest_mem_unmap(r->map, r->map_len);
	m->n--;
	memmove(r, r + 1, (m->n - i) * sizeof(*r));
	memset(&m->region[m->n], 0, sizeof(*r)); /* a hint may point there */
	changed(m);
	return 0;
}

static void drop_log(struct guest_mem *m)
{
	if (m->log_map)
		guest_mem_unmap(m->log_map, m->log_map_len);
	m->log = NULL;
	m->log_map = NULL;
	m->log_bytes = m->log_map_len = 0;
}

void guest_mem_fini(struct guest_mem *m)
{
	for (unsigned int i = 0; i < m->n; i++)
		guest_mem_unmap(m->region[i].map, m->region[i].map_len);
	memset(m->region, 0, sizeof(m->region));
	m->n = 0;
	drop_log(m);
	m->broken = false;
	changed(m);
}

int guest_mem_set_log(struct guest_mem *m, int fd, __u64 size, __u64 offset)
{
	struct guest_mapping mapping;
	int err;

	if (fd < 0) {
		drop_log(m);
		return 0;
	}
	err = guest_mem_map(m, fd, size, offset, &mapping);
	if (err)
		return err;
	drop_log(m);
	m->log = mapping.at;
	m->log_bytes = (size_t)size;
	m->log_map = mapping.map;
	m->log_map_len = mapping.len;
	return 0;
}

unsigned int guest_mem_find(const struct guest_mem *m, __u64 gpa)
{
	unsigned int i = first_behind(m, gpa);

	return i < m->n && gpa >= m->region[i].gpa ? i : m->n;
}

void *guest_mem_at(const struct guest_mem *m, __u64 gpa, __u64 *len)
{
	const struct guest_region *hint = &m->region[0];

	return guest_mem_at_hint(m, &hint, gpa, len);
}

void *guest_mem_at_user(const struct guest_mem *m, __u64 uva, __u64 len)
{
	for (unsigned int i = 0; i < m->n; i++) {
		const struct guest_region *r = &m->region[i];
		__u64 off = uva - r->uva;

		if (off < r->size && len <= r->size - off)
			return r->base + off;
	}
	return NULL;
}

bool guest_mem_gpa(const struct guest_mem *m, const void *p, __u64 *gpa)
{
	for (unsigned int i = 0; i < m->n; i++) {
		const struct guest_region *r = &m->region[i];
		__u64 off = (uintptr_t)p - (uintptr_t)r->base;

		if (off < r->size) {
			*gpa = r->gpa + off;
			return true;
		}
	}
	*gpa = 0;
	return false;
}

void guest_mem_log(const struct guest_mem *m, __u64 gpa, __u64 len)
{
	__u64 page = gpa >> LOG_PAGE_SHIFT, last;

	if (!m->log || !len || __builtin_add_overflow(gpa, len - 1, &last))
		return;
	last >>= LOG_PAGE_SHIFT;
	/* Released: whoever takes the bit finds the page as it was written. */
	for (; page <= last && page / 8 < m->log_bytes; page++)
		__atomic_fetch_or(&m->log[page / 8], (__u8)(1u << page % 8), __ATOMIC_RELEASE);
}

void guest_mem_log_at(const struct guest_mem *m, const void *p, __u64 len)
{
	__u64 gpa;

	if (m->log && guest_mem_gpa(m, p, &gpa))
		guest_mem_log(m, gpa, len);
}
