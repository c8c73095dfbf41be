/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Code that several targets share. policy/ holds a real service file and two
 * public keys, made together with the corpus. The private keys no longer exist.
 * So only the signed bytes in the corpus may pass.
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

/* Read policy/NAME, at most 8 KiB. A NUL follows the bytes. */
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
