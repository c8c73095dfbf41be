/* SPDX-License-Identifier: Apache-2.0 */
/* The claims of callbacks: columns in the row of the callback. */
#include "warden/ledger_claims.h"

#include <string.h>

void
pq_ledger_claim_keep(struct pq_store *s, int64_t callback, const char *tag,
    const struct pq_callback_claim *c)
{
	pq_store_do(s,
	    "UPDATE callbacks SET claim_tag = ?, claim_digest = ?,"
	    " claim_commit = ? WHERE id = ?",
	    "sssi", tag, c->digest, c->commit, callback);
}

#define CLAIMS_ABOUT                                                         \
	" FROM callbacks WHERE service = ? AND claim_tag = ? AND claim_tag " \
	"<> ''"

bool
pq_ledger_claim_misfit(struct pq_store *s, const char *service, const char *tag,
    const struct pq_callback_claim *found, struct pq_callback_claim *ret)
{
	sqlite3_stmt *st;

	if (pq_store_int(s, 0,
		"SELECT EXISTS(SELECT 1" CLAIMS_ABOUT
		" AND claim_digest IN ('', ?, ?) AND"
		" (? = '' OR claim_commit IN ('', ?)))",
		"ssssss", service, tag, found->digest, found->manifest,
		found->commit, found->commit) != 0)
		return false;
	st = pq_store_query(s,
	    "SELECT claim_digest, claim_commit" CLAIMS_ABOUT
	    " ORDER BY id DESC LIMIT 1",
	    "ss", service, tag);
	if (pq_store_next(s, st) != 1)
		return false;
	memset(ret, 0, sizeof(*ret));
	pq_store_text(st, 0, ret->digest, sizeof(ret->digest));
	pq_store_text(st, 1, ret->commit, sizeof(ret->commit));
	pq_store_done(st);
	return true;
}

void
pq_ledger_claims_drop(struct pq_store *s, const char *service, const char *tag)
{
	pq_store_do(s,
	    "UPDATE callbacks SET claim_digest = '', claim_commit = ''"
	    " WHERE service = ? AND claim_tag = ? AND claim_tag <> ''",
	    "ss", service, tag);
}
