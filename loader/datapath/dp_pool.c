// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A pool of numbered things with deferred reuse. dp_grace.c moves what is
 * pending through its grace period; the owners of the nouns get and retire.
 */
#include "dp_pool.h"

#include <errno.h>
#include <stdlib.h>

int dp_pool_init(struct dp_pool *p, __u32 first, __u32 n)
{
	/* calloc(0) may be NULL, which is no lack of memory. */
	size_t size = n ? n : 1;

	p->free = calloc(size, sizeof(*p->free));
	p->pending = calloc(size, sizeof(*p->pending));
	p->waiting = calloc(size, sizeof(*p->waiting));
	if (!p->free || !p->pending || !p->waiting) {
		dp_pool_fini(p);
		return -ENOMEM;
	}
	/* The lowest numbers are on top, so that a small set stays dense. */
	for (__u32 i = 0; i < n; i++)
		p->free[i] = first + n - 1 - i;
	p->n_free = n;
	p->n_pending = 0;
	p->n_waiting = 0;
	return 0;
}

void dp_pool_fini(struct dp_pool *p)
{
	free(p->free);
	free(p->pending);
	free(p->waiting);
	*p = (struct dp_pool){0};
}

__u32 dp_pool_get(struct dp_pool *p)
{
	return p->n_free ? p->free[--p->n_free] : 0;
}

void dp_pool_put(struct dp_pool *p, __u32 item)
{
	p->free[p->n_free++] = item;
}

void dp_pool_retire(struct dp_pool *p, __u32 item)
{
	p->pending[p->n_pending++] = item;
}

void dp_pool_wait(struct dp_pool *p)
{
	__u32 *empty = p->waiting;

	p->waiting = p->pending;
	p->n_waiting = p->n_pending;
	p->pending = empty;
	p->n_pending = 0;
}

void dp_pool_release(struct dp_pool *p)
{
	for (__u32 i = 0; i < p->n_waiting; i++)
		dp_pool_put(p, p->waiting[i]);
	p->n_waiting = 0;
}
