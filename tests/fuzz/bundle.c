/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a Sigstore bundle with its statement, or a bare statement. */
#include "fuzz.h"

#include <pratique/dsse.h>

static void
examine_statement(struct pq_slice payload)
{
	static const struct pq_digest zero;
	struct pq_ruling r = { PQ_FAIL, "", "", "" };
	struct pq_claims c = { 0 };

	if (pq_statement_examine(payload, PQ_STATEMENT_SIGN, &zero, &r, &c) ==
	    0)
		FUZZ_REQUIRE((r.status == PQ_PASS || r.reason[0] != '\0') &&
		    c.repository.kind == PQ_CLAIM_NO_PLACE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pq_buf pae = PQ_BUF_INIT(2 * PQ_BUNDLE_MAX);
	struct pq_slice in = pq_slice(data, size);
	struct pq_err err = PQ_ERR_INIT;
	struct pq_bundle b;

	examine_statement(in);
	if (pq_bundle_parse(&b, in, &err) < 0) {
		FUZZ_REQUIRE(err.text[0] != '\0');
		return 0;
	}
	FUZZ_REQUIRE(strcmp(b.payload_type, PQ_DSSE_INTOTO) == 0);
	FUZZ_REQUIRE(pq_dsse_pae(&pae, pq_slice_str(b.payload_type),
			 pq_buf_view(&b.payload)) == 0);
	examine_statement(pq_buf_view(&b.payload));
	pq_buf_free(&pae);
	pq_bundle_free(&b);
	return 0;
}
