/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory that will be written soon, and that another core has.
 */
#ifndef UTIL_PREFETCH_H
#define UTIL_PREFETCH_H

/* Without an option for newer CPUs than all of x86-64 the compiler's builtin only
 * fetches a line to be read: the store would then wait for the other core once more. */
static inline void prefetch_to_write(const void *p)
{
#ifdef __x86_64__
	__asm__ volatile("prefetchw %0" : : "m"(*(const unsigned char *)p));
#else
	__builtin_prefetch(p, 1);
#endif
}

#endif /* UTIL_PREFETCH_H */
