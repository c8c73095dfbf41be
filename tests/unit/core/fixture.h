/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_CORE_FIXTURE_H
#define TESTS_UNIT_CORE_FIXTURE_H

#include "../cmocka_all.h"

#include <dirent.h>
#include <stdbool.h>
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

/* A bad file, named by its attack, and the words by which it is refused. */
struct bad_file {
	const char *name;
	const char *words;
};

/* Judges one file: true for a pass, else the reason. */
typedef bool judge_file(char reason[512], struct pq_slice bytes, void *arg);

/*
 * Judge every file of a folder: each is in the table and none else, none
 * passes, and each is refused for the reason that is its own, lest a file
 * that is broken in some other way be counted as this attack refused.
 */
static inline void
refuses_every(const char *dir, const struct bad_file *bads, size_t n,
    judge_file *judge, void *arg)
{
	char path[512];
	size_t i, seen = 0;
	struct dirent *e;
	DIR *d;

	for (i = 0; i < n; i++) {
		char reason[512] = "";
		struct pq_buf b;

		(void)snprintf(path, sizeof(path), "%s/%s", dir, bads[i].name);
		b = fixture(path);
		if (judge(reason, pq_buf_view(&b), arg))
			fail_msg("%s passed", path);
		if (strstr(reason, bads[i].words) == NULL)
			fail_msg("%s: refused by \"%s\"", path, reason);
		pq_buf_free(&b);
	}
	(void)snprintf(path, sizeof(path), "%s/%s", PQ_FIXTURES, dir);
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		seen += e->d_name[0] != '.';
	(void)closedir(d);
	if (seen != n)
		fail_msg("%s: %zu files, %zu in the test", dir, seen, n);
}

#endif
