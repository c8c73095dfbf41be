/* SPDX-License-Identifier: Apache-2.0 */
/* Findings in the ledger, and the evidence behind them. */
#include "warden/ledger_findings.h"

#include "warden/ledger_states.h"

/*
 * An attacker who can push to the registry can cause any number of refusals,
 * and evidence is large. So a service keeps the evidence of a limited number of
 * releases that ended badly.
 */
static void
evidence_prune(struct pq_store *s, int64_t release)
{
	pq_store_do(s,
	    "DELETE FROM evidence WHERE release IN (SELECT e.id FROM"
	    " releases e JOIN releases r ON r.service = e.service WHERE"
	    " r.id = ? AND e.state IN " PQ_SQL_STATES_BAD
	    " ORDER BY e.changed DESC, e.id DESC LIMIT -1 OFFSET ?)",
	    "ii", release, (int64_t)PQ_LEDGER_EVIDENCE);
}

void
pq_ledger_findings_keep(struct pq_store *s, int64_t release, const char *when,
    struct pq_slice findings, struct pq_slice document, int64_t now)
{
	if (findings.n)
		pq_store_do(s,
		    "INSERT INTO findings(release, at, phase,"
		    " findings) VALUES(?,?,?,?)",
		    "iisb", release, now, when, findings);
	if (document.n) {
		pq_store_do(s,
		    "INSERT INTO evidence VALUES(?,?,?,?)"
		    " ON CONFLICT(release, phase) DO UPDATE SET"
		    " at = excluded.at, document = excluded.document",
		    "isib", release, when, now, document);
		evidence_prune(s, release);
	}
}

void
pq_ledger_findings_prune(struct pq_store *s, int64_t release)
{
	pq_store_do(s,
	    "DELETE FROM findings WHERE release = ? AND EXISTS(SELECT 1 FROM"
	    " findings o WHERE o.release = findings.release AND"
	    " o.phase = findings.phase AND o.findings = findings.findings AND"
	    " o.n > findings.n)",
	    "i", release);
	pq_store_do(s,
	    "DELETE FROM findings WHERE release = ? AND n <= (SELECT n FROM"
	    " findings WHERE release = ? ORDER BY n DESC LIMIT 1 OFFSET 32)",
	    "ii", release, release);
}

void
pq_ledger_findings_each(struct pq_store *s, int64_t release,
    void (*fn)(void *arg, const struct pq_findings_row *row), void *arg)
{
	struct pq_findings_row row;
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT phase, findings FROM (SELECT n, phase, findings FROM"
	    " findings WHERE release = ? ORDER BY n DESC LIMIT 32)"
	    " ORDER BY n",
	    "i", release);

	while (pq_store_next(s, st) == 1) {
		row.when = pq_store_blob(st, 0);
		row.findings = pq_store_blob(st, 1);
		fn(arg, &row);
	}
}

int
pq_ledger_evidence_last(struct pq_store *s, int64_t release,
    void (*fn)(void *arg, const struct pq_evidence_row *row), void *arg)
{
	struct pq_evidence_row row;
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT phase, at, document FROM evidence WHERE release = ?"
	    " ORDER BY at DESC, phase DESC LIMIT 1",
	    "i", release);
	int r = pq_store_next(s, st);

	if (r != 1)
		return r;
	row.when = pq_store_blob(st, 0);
	row.at = sqlite3_column_int64(st, 1);
	row.document = pq_store_blob(st, 2);
	fn(arg, &row);
	pq_store_done(st);
	return 1;
}
