/* SPDX-License-Identifier: Apache-2.0 */
/*
 * If memory runs out, jansson and OpenSSL continue with wrong results. These
 * allocators end the process instead.
 */
#include "role/libraries.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <jansson.h>
#include <openssl/crypto.h>

static void *
or_exit(void *p)
{
	if (p != NULL)
		return p;
	(void)dprintf(STDERR_FILENO, "out of memory\n");
	_exit(PQ_EXIT_MEMORY);
}

static void *
json_get(size_t n)
{
	return or_exit(malloc(n == 0 ? 1 : n));
}

static void *
crypto_get(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return json_get(n);
}

static void
crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

static void *
crypto_resize(void *p, size_t n, const char *file, int line)
{
	if (n != 0)
		return or_exit(realloc(p, n));
	crypto_free(p, file, line);
	return NULL;
}

void
pq_libraries_begin(void)
{
	/* OpenSSL refuses this after its first allocation: main() has a bug */
	if (CRYPTO_set_mem_functions(crypto_get, crypto_resize, crypto_free) !=
	    1)
		abort();
	json_set_alloc_funcs(json_get, free);
	json_object_seed(0);
}
