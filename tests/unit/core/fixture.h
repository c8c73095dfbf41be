/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_CORE_FIXTURE_H
#define TESTS_UNIT_CORE_FIXTURE_H

#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/bytes.h>

#define NOW INT64_C(1720000000)    /* 2024-07-03, after the fixtures */
#define TAGGED INT64_C(1700000000) /* when the fixtures were made */

/* A file below tests/fixtures; free with pq_buf_free(). */
static inline struct pq_buf
fixture(const char *name)
{
	struct pq_buf b = PQ_BUF_INIT(1u << 20);
	char path[512];
	uint8_t block[4096];
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", PQ_FIXTURES, name);
	f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("%s: cannot be opened", path);
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		pq_buf_put(&b, block, n);
	(void)fclose(f);
	assert_int_equal(b.fault, 0);
	return b;
}

#endif
