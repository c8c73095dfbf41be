/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several targets share. policy/ is a real service file with two public
 * keys, made with the corpus; the private halves are thrown away, so the
 * targets know the only bytes that may ever pass.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/bytes.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_NOW INT64_C(1720000000)
#define FUZZ_REQUIRE(cond)       \
	do {                     \
		if (!(cond))     \
			abort(); \
	} while (0)

/* the bytes of policy/NAME, at most 8 KiB, with a NUL behind them */
static inline struct pq_slice
fuzz_file(const char *name)
{
	char path[4096], *text = calloc(1, 8193);
	FILE *f;
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/%s", PQ_FUZZ_POLICY, name);
	f = fopen(path, "rb");
	FUZZ_REQUIRE(f != NULL && text != NULL);
	n = fread(text, 1, 8192, f);
	FUZZ_REQUIRE(n > 0 && fclose(f) == 0);
	return pq_slice(text, n);
}

#endif
