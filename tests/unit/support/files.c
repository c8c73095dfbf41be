/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include "../cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (1u << 20)
#define PATH_ROOM 512

struct pq_buf
read_file(const char *path)
{
	struct pq_buf b = PQ_BUF_INIT(FILE_MAX);
	uint8_t block[4096];
	size_t n;
	FILE *f = fopen(path, "rb");

	if (f == NULL)
		fail_msg("%s: %s", path, strerror(errno));
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		pq_buf_put(&b, block, n);
	if (ferror(f) || b.fault != 0)
		fail_msg("%s: cannot be read as a whole", path);
	(void)fclose(f);
	return b;
}

static void
fixture_path(char dst[PATH_ROOM], const char *name)
{
	int n = snprintf(dst, PATH_ROOM, "%s/%s", PQ_FIXTURES, name);

	assert_true(n > 0 && n < PATH_ROOM);
}

struct pq_buf
fixture(const char *name)
{
	char path[PATH_ROOM];

	fixture_path(path, name);
	return read_file(path);
}

void
write_file(const char *path, const void *p, size_t n)
{
	FILE *f = fopen(path, "wb");

	if (f == NULL)
		fail_msg("%s: %s", path, strerror(errno));
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static int
is_shown(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

void
folder_read(struct folder *ret, const char *dir)
{
	char path[PATH_ROOM];
	int n;

	fixture_path(path, dir);
	n = scandir(path, &ret->v, is_shown, alphasort);
	if (n < 0)
		fail_msg("%s: %s", path, strerror(errno));
	ret->n = (size_t)n;
}

void
folder_free(struct folder *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		free(f->v[i]);
	free(f->v);
	*f = (struct folder){ 0 };
}
