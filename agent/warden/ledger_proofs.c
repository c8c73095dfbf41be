/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proofs of releases that passed, for deploy. A release may wait for a
 * month. Meanwhile the programs may be upgraded, and the registry may be away,
 * so the evidence cannot be fetched again. Each row names its encoding, and an
 * old row is decoded as its own version wrote it.
 */
#include "warden/ledger_proofs.h"

#include <pratique/proof.h>

#include "warden/old_proof.h"

void
pq_ledger_proof_keep(struct pq_store *s, int64_t release, struct pq_slice proof)
{
	pq_store_do(s,
	    "INSERT INTO proofs(release, proof, encoding) VALUES(?,?,?)"
	    " ON CONFLICT(release) DO UPDATE SET proof = excluded.proof,"
	    " encoding = excluded.encoding",
	    "ibi", release, proof, (int64_t)PQ_PROOF_VERSION);
}

static void
pass_old_proof(struct pq_slice verdict,
    void (*fn)(void *arg, struct pq_slice proof), void *arg)
{
	pq_auto(pq_buf_free) struct pq_buf b = PQ_BUF_INIT(PQ_PROOF_MAX);
	struct pq_proof proof;

	if (pq_old_proof_read(&proof, verdict) == 0 &&
	    pq_proof_encode(&b, &proof) == 0)
		fn(arg, pq_buf_view(&b));
	else
		fn(arg, pq_slice(NULL, 0));
}

int
pq_ledger_proof_read(struct pq_store *s, int64_t release,
    void (*fn)(void *arg, struct pq_slice proof), void *arg)
{
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT proof, encoding FROM proofs WHERE release = ?", "i",
	    release);
	int r = pq_store_next(s, st);

	if (r != 1)
		return r;
	switch (sqlite3_column_int64(st, 1)) {
	case PQ_OLD_PROOF:
		pass_old_proof(pq_store_blob(st, 0), fn, arg);
		break;
	case PQ_PROOF_VERSION:
		fn(arg, pq_store_blob(st, 0));
		break;
	default:
		fn(arg, pq_slice(NULL, 0));
	}
	pq_store_done(st);
	return 1;
}
