/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Approvals in the ledger. An approval is bound to a digest and to the hash of
 * a policy, and each operator counts once.
 */
#include "warden/ledger_approvals.h"

#include "warden/ledger_releases.h"
#include "warden/ledger_rows.h"

enum pq_insert
pq_ledger_approval_add(struct pq_store *s, const struct pq_release *r,
    const char *actor, const char *text, int64_t now)
{
	pq_store_do(s,
	    "INSERT INTO approvals VALUES(?,?,?,?,?,?)"
	    " ON CONFLICT DO NOTHING",
	    "isssis", r->id, actor, r->digest, r->policy_hash, now, text);
	return pq_ledger_inserted(s);
}

unsigned
pq_ledger_approvals_count(struct pq_store *s, const struct pq_release *r)
{
	return (unsigned)pq_store_int(s, 0,
	    "SELECT count(DISTINCT operator) FROM approvals WHERE release = ?"
	    " AND digest = ? AND policy_hash = ?",
	    "iss", r->id, r->digest, r->policy_hash);
}

void
pq_ledger_approvals_drop(struct pq_store *s, int64_t release)
{
	pq_store_do(s, "DELETE FROM approvals WHERE release = ?", "i", release);
}
