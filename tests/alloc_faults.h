/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An allocator that counts what is in use and fails when a test says so.
 *
 * For one test program's only .c file, linked with ALLOC_FAULTS_LIBS of
 * tests/unit/flow.mk: the linker sends calls of malloc, calloc, realloc,
 * reallocarray, aligned_alloc and free from all objects of the program (not from
 * shared libraries) here. What a shared library allocated must not be freed by
 * such a program.
 */
#ifndef TESTS_ALLOC_FAULTS_H
#define TESTS_ALLOC_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *p);

/* So many allocations succeed, all that follow fail; -1: none fails. */
static long alloc_budget = -1;
static size_t alloc_bytes; /* asked for and not freed */
static size_t alloc_failures;

#define ALLOC_HEAD 64 /* in front of a block: its size; keeps the alignment */

static size_t alloc_size(const void *p)
{
	size_t size = 0;

	if (p)
		memcpy(&size, (const char *)p - ALLOC_HEAD, sizeof(size));
	return size;
}

static bool alloc_fails(void)
{
	if (!alloc_budget) {
		alloc_failures++;
		return true;
	}
	if (alloc_budget > 0)
		alloc_budget--;
	return false;
}

void *__wrap_realloc(void *p, size_t size)
{
	size_t old = alloc_size(p);
	char *head;

	if (alloc_fails())
		return NULL;
	head = __real_realloc(p ? (char *)p - ALLOC_HEAD : NULL, ALLOC_HEAD + size);
	if (!head)
		return NULL;
	memcpy(head, &size, sizeof(size));
	alloc_bytes += size - old;
	return head + ALLOC_HEAD;
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return __wrap_realloc(p, n * size);
}

void *__wrap_malloc(size_t size)
{
	return __wrap_realloc(NULL, size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	void *p = __wrap_realloc(NULL, n * size);

	if (p)
		memset(p, 0, n * size);
	return p;
}

/* Of at most ALLOC_HEAD bytes. */
void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	char *head;

	if (alloc_fails())
		return NULL;
	head = __real_aligned_alloc(alignment, ALLOC_HEAD + size);
	if (!head)
		return NULL;
	memcpy(head, &size, sizeof(size));
	alloc_bytes += size;
	return head + ALLOC_HEAD;
}

void __wrap_free(void *p)
{
	if (!p)
		return;
	alloc_bytes -= alloc_size(p);
	__real_free((char *)p - ALLOC_HEAD);
}

#endif /* TESTS_ALLOC_FAULTS_H */
