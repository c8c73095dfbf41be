/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_LEDGER_PROOF_H
#define TESTS_UNIT_LEDGER_PROOF_H

#include <pratique/proof.h>

/* Return a proof that can be decoded but proves nothing; caller frees. */
static inline struct pq_buf
encoded_proof(void)
{
	struct pq_proof proof = { .manifest = PQ_SLICE_LIT("{}"), .n = 1 };
	struct pq_buf b = PQ_BUF_INIT(4096);

	assert_int_equal(pq_proof_encode(&b, &proof), 0);
	return b;
}

#endif
