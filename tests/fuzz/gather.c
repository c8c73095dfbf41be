/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: the result of fetch's child for one origin. Its encoding must be
 * stable.
 */
#include "fuzz.h"

#include "net/gather.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pq_buf one = PQ_BUF_INIT(PQ_GATHER_WIRE);
	struct pq_buf two = PQ_BUF_INIT(PQ_GATHER_WIRE);
	struct pq_gather *g = pq_gather_new(), *h = pq_gather_new();

	FUZZ_REQUIRE(g != NULL && h != NULL);
	if (pq_gather_decode(g, pq_slice(data, size)) == 0) {
		FUZZ_REQUIRE(pq_gather_encode(&one, g) == 0);
		FUZZ_REQUIRE(pq_gather_decode(h, pq_buf_view(&one)) == 0);
		FUZZ_REQUIRE(pq_gather_encode(&two, h) == 0);
		FUZZ_REQUIRE(pq_slice_eq(pq_buf_view(&one), pq_buf_view(&two)));
	}
	pq_gather_free(g);
	pq_gather_free(h);
	pq_buf_free(&one);
	pq_buf_free(&two);
	return 0;
}
