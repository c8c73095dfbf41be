/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a public key in PEM. No random signature may verify. */
#include "fuzz.h"

#include <pratique/pubkey.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pq_slice in = pq_slice(data, size);
	struct pq_pubkey *key = NULL;
	struct pq_err err = PQ_ERR_INIT;

	if (pq_pubkey_parse(&key, in, &err) < 0) {
		FUZZ_REQUIRE(key == NULL && err.text[0] != '\0');
		return 0;
	}
	FUZZ_REQUIRE(pq_pubkey_algorithm(key)[0] != '\0');
	FUZZ_REQUIRE(pq_pubkey_verify(key, in, PQ_SLICE_LIT("none")) != 0);
	pq_pubkey_free(key);
	return 0;
}
