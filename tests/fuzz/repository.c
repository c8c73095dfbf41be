/* SPDX-License-Identifier: Apache-2.0 */
/* A reference: it is refused with words, or has one name that stays the same.
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
		return 0; /* what was left out does not fit behind it */
	FUZZ_REQUIRE(
	    pq_repository_parse(&twice, pq_slice_str(once.name), &err) == 0);
	FUZZ_REQUIRE(pq_repository_eq(&once, &twice));
	return 0;
}
