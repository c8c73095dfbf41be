/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings in the ledger, and the evidence that they are about.
 */
#include "warden/ledger_findings.h"

/*
 * Who may push to a registry can make us refuse without end, and evidence is
 * large: of what has ended in a service, that of the last few is kept.
 */
static void
evidence_prune(struct pq_store *s, int64_t release)
{
	(void)pq_store_do(s,
	    "DELETE FROM evidence WHERE release IN (SELECT e.id FROM"
	    " releases e JOIN releases r ON r.service = e.service WHERE"
	    " r.id = ? AND e.state IN"
	    " ('refused','rejected','superseded','failed')"
	    " ORDER BY e.changed DESC, e.id DESC LIMIT -1 OFFSET ?)",
	    "ii", release, (int64_t)PQ_LEDGER_EVIDENCE);
}

int
pq_ledger_keep(struct pq_store *s, int64_t release, const char *when,
    struct pq_slice findings, struct pq_slice document, int64_t now)
{
	if (findings.n)
		(void)pq_store_do(s,
		    "INSERT INTO findings(release, at, phase,"
		    " findings) VALUES(?,?,?,?)",
		    "iisb", release, now, when, findings);
	if (document.n) {
		(void)pq_store_do(s,
		    "INSERT INTO evidence VALUES(?,?,?,?)"
		    " ON CONFLICT(release, phase) DO UPDATE SET"
		    " at = excluded.at, document = excluded.document",
		    "isib", release, when, now, document);
		evidence_prune(s, release);
	}
	return s->fault;
}
