/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Approvals in the ledger. One counts for the digest and the policy that it was
 * given for, and once for each operator.
 */
#include "warden/ledger_approvals.h"

#include "warden/ledger_releases.h"

enum pq_insert
pq_ledger_approval_add(struct pq_store *s, const struct pq_release *r,
    const char *actor, const char *text, int64_t now)
{
	if (pq_store_do(s,
		"INSERT INTO approvals VALUES(?,?,?,?,?,?)"
		" ON CONFLICT DO NOTHING",
		"isssis", r->id, actor, r->digest, r->policy_hash, now,
		text) < 0)
		return PQ_INSERT_NONE;
	return pq_store_changes(s) == 1 ? PQ_INSERT_NEW : PQ_INSERT_DUPLICATE;
}

unsigned
pq_ledger_approvals(struct pq_store *s, const struct pq_release *r)
{
	return (unsigned)pq_store_int(s, 0,
	    "SELECT count(DISTINCT operator) FROM approvals WHERE release = ?"
	    " AND digest = ? AND policy_hash = ?",
	    "iss", r->id, r->digest, r->policy_hash);
}

int
pq_ledger_approvals_drop(struct pq_store *s, int64_t release)
{
	return pq_store_do(
	    s, "DELETE FROM approvals WHERE release = ?", "i", release);
}
