/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a notice to deploy from a compromised warden. */
#include "policy.h"

#include "ipc/channel.h"

/* Require that a decoded proof encodes to the same bytes. */
static void
comes_back(const struct pq_proof *proof, struct pq_slice wire)
{
	struct pq_buf b = PQ_BUF_INIT(PQ_PROOF_MAX);

	if (pq_proof_encode(&b, proof) == 0)
		FUZZ_REQUIRE(pq_slice_eq(pq_buf_view(&b), wire));
	else
		FUZZ_REQUIRE(b.fault == -PQ_ENOMEM);
	pq_buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pq_policy *policy = fuzz_policy();
	struct pq_digest only = fuzz_signed();
	struct pq_proof proof;
	pq_auto(pq_verdict_free) struct pq_verdict v = { 0 };
	struct pq_msg m;

	if (pq_msg_decode(&m, pq_slice(data, size), NULL) < 0 ||
	    m.type != PQ_MSG_NOTICE ||
	    pq_proof_decode(&proof, m.notice.proof) != 0)
		return 0;
	comes_back(&proof, m.notice.proof);
	if (pq_proof_recheck(&v, policy, m.notice.tag, &proof, FUZZ_NOW) == 0 &&
	    pq_findings_overall(&v.findings) == PQ_PASS)
		FUZZ_REQUIRE(pq_digest_eq(&v.digest, &only) &&
		    pq_slice_eq_str(m.notice.tag, "1.1.0") &&
		    v.commit.len != 0);
	return 0;
}
