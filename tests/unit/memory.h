/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_MEMORY_H
#define TESTS_UNIT_MEMORY_H

/*
 * Memory that runs out: the allocation number @fail_at fails. For a program
 * that is linked with pq_wrap_memory(), and one of its files only.
 */
#include <stdbool.h>
#include <stddef.h>

static unsigned long asked, fail_at; /* 0: never */
static bool only_arrays;             /* those of reallocarray() count */

static bool
fails(bool array)
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
	return fails(false) ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t k, size_t n)
{
	return fails(false) ? NULL : __real_calloc(k, n);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return fails(false) ? NULL : __real_realloc(p, n);
}

void *
__wrap_reallocarray(void *p, size_t k, size_t n)
{
	return fails(true) ? NULL : __real_reallocarray(p, k, n);
}

char *
__wrap_strdup(const char *s)
{
	return fails(false) ? NULL : __real_strdup(s);
}

#endif
