/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run a fuzz target without libFuzzer on the given files and directories. So
 * every compiler and every test run replays the inputs that the fuzzer found.
 * A run without inputs fails; otherwise a moved corpus would pass.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/bytes.h>

#define INPUT_MAX (16u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned replayed;

static int
replay_file(const char *path)
{
	struct pq_buf b = PQ_BUF_INIT(INPUT_MAX);
	uint8_t block[4096], *exact;
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL) {
		perror(path);
		return 1;
	}
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		pq_buf_put(&b, block, n);
	(void)fclose(f);
	/* exact size, so that a sanitizer sees the first byte out of bounds */
	exact = b.fault == 0 ? malloc(b.n) : NULL;
	if (exact == NULL && (b.fault != 0 || b.n > 0)) {
		(void)fprintf(stderr, "%s: too large or out of memory\n", path);
		pq_buf_free(&b);
		return 1;
	}
	if (b.n > 0)
		memcpy(exact, b.p, b.n);
	/* if the target aborts, this is the last line of the output */
	(void)fprintf(stderr, "%s\n", path);
	(void)LLVMFuzzerTestOneInput(exact, b.n);
	free(exact);
	pq_buf_free(&b);
	replayed++;
	return 0;
}

static int
is_visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int
replay_all(const char *path)
{
	struct dirent **names = NULL;
	int n = scandir(path, &names, is_visible, alphasort), i, bad = 0;
	char file[4096];

	if (n < 0)
		return replay_file(path);
	for (i = 0; i < n; i++) {
		(void)snprintf(
		    file, sizeof(file), "%s/%s", path, names[i]->d_name);
		bad |= replay_file(file);
		free(names[i]);
	}
	free(names);
	return bad;
}

int
main(int argc, char **argv)
{
	int i, bad = 0;

	for (i = 1; i < argc; i++)
		bad |= replay_all(argv[i]);
	if (replayed == 0)
		(void)fprintf(stderr, "%s: nothing to replay\n", argv[0]);
	return bad || replayed == 0;
}
