/* SPDX-License-Identifier: Apache-2.0 */
/* Input: evidence to be judged. Only the signed digest may pass. */
#include <pratique/evidence.h>

#include "policy.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pq_policy *policy = fuzz_policy();
	struct pq_digest only = fuzz_signed();
	struct pq_evidence *e = NULL;
	struct pq_err err = PQ_ERR_INIT;
	pq_auto(pq_verdict_free) struct pq_verdict v = { 0 };

	if (pq_evidence_parse(&e, pq_slice(data, size), &err) < 0)
		return 0;
	if (pq_verdict_judge(&v, policy, e, FUZZ_NOW) == 0 &&
	    pq_findings_overall(&v.findings) == PQ_PASS)
		FUZZ_REQUIRE(pq_digest_eq(&v.digest, &only) &&
		    strcmp(e->tag, "1.1.0") == 0 && v.commit.len != 0);
	pq_evidence_free(e);
	return 0;
}
