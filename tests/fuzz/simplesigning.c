/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a simple signing payload. It may pass only if it holds the digest. */
#include "fuzz.h"

#include <pratique/simplesigning.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pq_digest zero;
	struct pq_ruling r = { PQ_FAIL, "", "", "" };
	struct pq_claims c = { 0 };
	char text[PQ_DIGEST_TEXT];

	if (pq_simplesigning_examine(pq_slice(data, size), &zero, &r, &c) != 0)
		return 0;
	pq_digest_format(text, &zero);
	FUZZ_REQUIRE(c.repository.kind != PQ_CLAIM_NO_PLACE);
	if (r.status == PQ_PASS)
		FUZZ_REQUIRE(c.repository.kind != PQ_CLAIM_ABSENT &&
		    memmem(data, size, "docker-manifest-digest", 22) != NULL &&
		    memmem(data, size, text + 7, 64) != NULL);
	else
		FUZZ_REQUIRE(r.reason[0] != '\0');
	return 0;
}
