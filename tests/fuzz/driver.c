/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target without libFuzzer, over the files and directories that
 * are named: so every compiler and every test run replays what the fuzzer
 * once found. Nothing to replay is a failure, or a moved corpus would pass.
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
replay(const char *path)
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
	/* not one byte of room, so that a sanitizer sees the first one over */
	exact = b.fault == 0 ? malloc(b.n) : NULL;
	if (exact == NULL && (b.fault != 0 || b.n > 0)) {
		(void)fprintf(stderr, "%s: cannot be held\n", path);
		pq_buf_free(&b);
		return 1;
	}
	if (b.n > 0)
		memcpy(exact, b.p, b.n);
	/* an abort() in the target leaves this line as the last one */
	(void)fprintf(stderr, "%s\n", path);
	(void)LLVMFuzzerTestOneInput(exact, b.n);
	free(exact);
	pq_buf_free(&b);
	replayed++;
	return 0;
}

static int
visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int
replay_all(const char *path)
{
	struct dirent **names = NULL;
	int n = scandir(path, &names, visible, alphasort), i, bad = 0;
	char file[4096];

	if (n < 0)
		return replay(path);
	for (i = 0; i < n; i++) {
		(void)snprintf(
		    file, sizeof(file), "%s/%s", path, names[i]->d_name);
		bad |= replay(file);
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
