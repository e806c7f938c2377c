// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The answer to memory that a guest took away while it was mapped: SIGBUS.
 *
 * Idea. A registry of what is mapped for guests, which a signal handler may read:
 * a list of blocks that only grows, of rows with a version each. The handler puts
 * a page of zeros of our own where the fault was; the instruction that faulted
 * runs again and finds it.
 *
 * Thread rule: rows are written with 'writers' held, and read by the handler in any
 * thread without it. A row is odd while it is being changed; the handler passes
 * over such a row, as the mapping of a row that changes is used by nobody.
 */
#include "guest_mem.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ROWS 128

struct row {
	__u32 version; /* odd: being changed */
	uintptr_t start; /* 0: free */
	size_t len;
	size_t page;
	struct guest_mem *mem;
};

struct block {
	struct block *next;
	struct row row[ROWS];
};

static struct block first;
static pthread_mutex_t writers = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction before;

static struct row *free_row(void)
{
	struct block *b = &first, *more;

	for (;; b = b->next) {
		for (size_t i = 0; i < ROWS; i++)
			if (!b->row[i].start)
				return &b->row[i];
		if (!b->next)
			break;
	}
	more = calloc(1, sizeof(*more));
	if (!more)
		return NULL;
	/* A: pairs with B. */
	__atomic_store_n(&b->next, more, __ATOMIC_RELEASE);
	return &more->row[0];
}

static void write_row(struct row *r, uintptr_t start, size_t len, size_t page,
		      struct guest_mem *mem)
{
	__atomic_store_n(&r->version, r->version + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	__atomic_store_n(&r->start, start, __ATOMIC_RELAXED);
	__atomic_store_n(&r->len, len, __ATOMIC_RELAXED);
	__atomic_store_n(&r->page, page, __ATOMIC_RELAXED);
	__atomic_store_n(&r->mem, mem, __ATOMIC_RELAXED);
	/* C: pairs with D. */
	__atomic_store_n(&r->version, r->version + 1, __ATOMIC_RELEASE);
}

int guest_mem_guard_add(struct guest_mem *m, void *map, size_t len, size_t page)
{
	struct row *r;

	pthread_mutex_lock(&writers);
	r = free_row();
	if (r)
		write_row(r, (uintptr_t)map, len, page, m);
	pthread_mutex_unlock(&writers);
	return r ? 0 : -ENOMEM;
}

void guest_mem_guard_remove(void *map)
{
	pthread_mutex_lock(&writers);
	for (struct block *b = &first; b; b = b->next)
		for (size_t i = 0; i < ROWS; i++)
			if (b->row[i].start == (uintptr_t)map)
				write_row(&b->row[i], 0, 0, 0, NULL);
	pthread_mutex_unlock(&writers);
}

/* Does 'r' have 'at'? Then a copy of it. */
static bool row_has(const struct row *r, uintptr_t at, struct row *copy)
{
	__u32 version = __atomic_load_n(&r->version, __ATOMIC_ACQUIRE); /* D */

	copy->start = __atomic_load_n(&r->start, __ATOMIC_RELAXED);
	copy->len = __atomic_load_n(&r->len, __ATOMIC_RELAXED);
	copy->page = __atomic_load_n(&r->page, __ATOMIC_RELAXED);
	copy->mem = __atomic_load_n(&r->mem, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return !(version & 1) && version == __atomic_load_n(&r->version, __ATOMIC_RELAXED) &&
	       copy->start && at - copy->start < copy->len;
}

static bool answer(uintptr_t at)
{
	struct row copy;
	void *page;

	for (struct block *b = &first; b; b = __atomic_load_n(&b->next, __ATOMIC_ACQUIRE)) /* B */
		for (size_t i = 0; i < ROWS; i++) {
			if (!row_has(&b->row[i], at, &copy))
				continue;
			page = (void *)(at & ~(uintptr_t)(copy.page - 1));
			if (mmap(page, copy.page, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
				return false;
			__atomic_store_n(&copy.mem->broken, true, __ATOMIC_RELAXED);
			__atomic_fetch_add(&copy.mem->generation, 1, __ATOMIC_RELEASE);
			return true;
		}
	return false;
}

static void on_sigbus(int sig, siginfo_t *info, void *context)
{
	int saved = errno;

	/* Not a fault (a positive code is): somebody sent it. */
	if (info->si_code <= 0 || !answer((uintptr_t)info->si_addr)) {
		sigaction(SIGBUS, &before, NULL);
		/* What is left of the fault comes again, to 'before'. */
		if (info->si_code <= 0)
			raise(SIGBUS);
	}
	errno = saved;
}

int guest_mem_guard(void)
{
	struct sigaction sa = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO};
	struct sigaction old;

	sigemptyset(&sa.sa_mask);
	if (sigaction(SIGBUS, NULL, &old))
		return -errno;
	if ((old.sa_flags & SA_SIGINFO) && old.sa_sigaction == on_sigbus)
		return 0;
	before = old;
	return sigaction(SIGBUS, &sa, NULL) ? -errno : 0;
}
