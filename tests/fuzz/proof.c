/* SPDX-License-Identifier: Apache-2.0 */
/* A notice as deploy gets it from a warden that was taken over. */
#include "policy.h"

#include "ipc/channel.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pq_policy *policy = fuzz_policy();
	struct pq_digest only = fuzz_signed();
	struct pq_proof proof;
	pq_auto(pq_verdict_free) struct pq_verdict v = { 0 };
	struct pq_msg m;

	if (pq_msg_decode(&m, pq_slice(data, size), NULL) < 0 ||
	    m.type != PQ_MSG_NOTICE)
		return 0;
	PQ_PROOF_FROM_MSG(&proof, &m.notice);
	if (pq_proof_recheck(&v, policy, m.notice.tag, &proof, FUZZ_NOW) == 0 &&
	    pq_findings_overall(&v.findings) == PQ_PASS)
		FUZZ_REQUIRE(pq_digest_eq(&v.digest, &only) &&
		    pq_slice_eq_str(m.notice.tag, "1.1.0") &&
		    v.commit.len != 0);
	return 0;
}
