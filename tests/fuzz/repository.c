/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: an image reference. It must be refused with a reason, or its
 * normalized name must be stable.
 */
#include "fuzz.h"

#include <pratique/repository.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pq_slice in = pq_slice(data, size);
	struct pq_repository once, twice;
	struct pq_err err = PQ_ERR_INIT;

	if (pq_repository_parse(&once, in, &err) != 0) {
		FUZZ_REQUIRE(err.fault == -PQ_EFORMAT && err.text[0] == '"');
		return 0;
	}
	FUZZ_REQUIRE(strlen(once.name) < sizeof(once.name));
	FUZZ_REQUIRE(
	    strpbrk(once.name, "@ ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL);
	FUZZ_REQUIRE(strstr(once.name, "..") == NULL);
	FUZZ_REQUIRE(strchr(once.name, '/') != NULL);
	if (strlen(once.name) > PQ_REPOSITORY_MAX)
		return 0; /* no room for the host and folder of docker.io */
	FUZZ_REQUIRE(
	    pq_repository_parse(&twice, pq_slice_str(once.name), &err) == 0);
	FUZZ_REQUIRE(pq_repository_eq(&once, &twice));
	return 0;
}
