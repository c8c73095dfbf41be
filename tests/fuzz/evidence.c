/* SPDX-License-Identifier: Apache-2.0 */
/* Input: an evidence document. Written and read again, it must be the same. */
#include "fuzz.h"

#include <pratique/evidence.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pq_buf one = PQ_BUF_INIT(2 * PQ_EVIDENCE_MAX);
	struct pq_buf two = PQ_BUF_INIT(2 * PQ_EVIDENCE_MAX);
	struct pq_evidence *e = NULL, *f = NULL;
	struct pq_err err = PQ_ERR_INIT;

	if (pq_evidence_parse(&e, pq_slice(data, size), &err) < 0) {
		FUZZ_REQUIRE(e == NULL && err.text[0] != '\0');
		return 0;
	}
	FUZZ_REQUIRE(pq_evidence_write(&one, e) == 0);
	FUZZ_REQUIRE(pq_evidence_parse(&f, pq_buf_view(&one), &err) == 0);
	FUZZ_REQUIRE(pq_evidence_write(&two, f) == 0);
	FUZZ_REQUIRE(pq_slice_eq(pq_buf_view(&one), pq_buf_view(&two)));
	pq_evidence_free(e);
	pq_evidence_free(f);
	pq_buf_free(&one);
	pq_buf_free(&two);
	return 0;
}
