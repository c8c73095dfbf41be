/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: encoded findings of a peer. Text must be clean and the encoding
 * stable.
 */
#include "fuzz.h"

#include <pratique/finding.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pq_buf one = PQ_BUF_INIT(PQ_FINDINGS_BYTES);
	struct pq_buf two = PQ_BUF_INIT(PQ_FINDINGS_BYTES);
	pq_auto(pq_findings_free) struct pq_findings f = { 0 }, g = { 0 };
	const char *s;
	size_t i;

	if (pq_findings_decode(&f, pq_slice(data, size)) < 0)
		return 0;
	for (i = 0; i < f.n; i++)
		for (s = f.v[i].reason; *s != '\0'; s++)
			FUZZ_REQUIRE(*s >= ' ' && *s <= '~');
	FUZZ_REQUIRE(f.n > 0 || pq_findings_overall(&f) == PQ_FAIL);
	FUZZ_REQUIRE(pq_findings_encode(&one, &f) == 0);
	FUZZ_REQUIRE(pq_findings_decode(&g, pq_buf_view(&one)) == 0);
	FUZZ_REQUIRE(pq_findings_encode(&two, &g) == 0);
	FUZZ_REQUIRE(pq_slice_eq(pq_buf_view(&one), pq_buf_view(&two)));
	pq_buf_free(&one);
	pq_buf_free(&two);
	return 0;
}
