/* SPDX-License-Identifier: Apache-2.0 */
#include "temporary.h"

#include "../cmocka_all.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

static char dir[TEMPORARY_ROOM];

int
make_temporary(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/dev/shm/pq-unit-XXXXXX");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *w)
{
	(void)st;
	(void)type;
	(void)w;
	return remove(path);
}

int
remove_temporary(void **state)
{
	(void)state;
	return nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

const char *
temporary_dir(void)
{
	return dir;
}

char *
temporary_path(char dst[TEMPORARY_ROOM], const char *name)
{
	int n = snprintf(dst, TEMPORARY_ROOM, "%s/%s", dir, name);

	assert_true(n > 0 && n < TEMPORARY_ROOM);
	return dst;
}
