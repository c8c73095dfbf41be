/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_CORE_FIXTURE_H
#define TESTS_UNIT_CORE_FIXTURE_H

#include "../cmocka_all.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/files.h"

#define NOW INT64_C(1720000000)    /* 2024-07-03, after the fixtures */
#define TAGGED INT64_C(1700000000) /* when the fixtures were made */

/* A bad file, named after its attack, and words of the expected reason. */
struct bad_file {
	const char *name;
	const char *words;
};

/* Judge one file. Return: true for a pass; false with @reason filled */
typedef bool judge_file(char reason[512], struct pq_slice bytes, void *arg);

/*
 * Judge every file of a folder. The table names exactly the files of the
 * folder. Each file must be refused for its own reason: a file that is broken
 * in another way does not show that this attack is refused.
 */
static inline void
refuses_every(const char *dir, const struct bad_file *bads, size_t n,
    judge_file *judge, void *arg)
{
	char path[512];
	size_t i;
	struct folder all;

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
	folder_read(&all, dir);
	if (all.n != n)
		fail_msg("%s: %zu files, %zu in the test", dir, all.n, n);
	folder_free(&all);
}

#endif
