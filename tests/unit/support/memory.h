/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_SUPPORT_MEMORY_H
#define TESTS_UNIT_SUPPORT_MEMORY_H

/*
 * Allocations that fail: the allocation number fail_at returns NULL. Exactly
 * one file of a program includes this, and CMake calls pq_wrap_memory() for
 * the program.
 */
#include <stdbool.h>
#include <stddef.h>

static unsigned long asked, fail_at; /* allocations so far; 0: never */
static bool only_arrays;             /* only reallocarray() counts */

static bool
allocation_fails(bool array)
{
	if (only_arrays && !array)
		return false;
	asked++;
	return asked == fail_at;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t k, size_t n);
void *__real_realloc(void *p, size_t n);
void *__real_reallocarray(void *p, size_t k, size_t n);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t k, size_t n);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_reallocarray(void *p, size_t k, size_t n);
char *__wrap_strdup(const char *s);

void *
__wrap_malloc(size_t n)
{
	return allocation_fails(false) ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t k, size_t n)
{
	return allocation_fails(false) ? NULL : __real_calloc(k, n);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return allocation_fails(false) ? NULL : __real_realloc(p, n);
}

void *
__wrap_reallocarray(void *p, size_t k, size_t n)
{
	return allocation_fails(true) ? NULL : __real_reallocarray(p, k, n);
}

char *
__wrap_strdup(const char *s)
{
	return allocation_fails(false) ? NULL : __real_strdup(s);
}

#endif
