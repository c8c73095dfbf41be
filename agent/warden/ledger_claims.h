/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_CLAIMS_H
#define AGENT_WARDEN_LEDGER_CLAIMS_H

#include <pratique/digest.h>

#include "store/store.h"

/*
 * The claim of a callback about an image tag, or the facts of the evidence. An
 * empty member claims nothing.
 */
struct pq_callback_claim {
	char digest[PQ_DIGEST_TEXT];
	char manifest[PQ_DIGEST_TEXT]; /* this platform's; facts only */
	char commit[PQ_OID_TEXT];
};

/* pq_ledger_claim_keep() - store the claim of a callback about @tag */
void pq_ledger_claim_keep(struct pq_store *s, int64_t callback, const char *tag,
    const struct pq_callback_claim *c);
/*
 * pq_ledger_claim_misfit() - do all claims about @tag contradict @found?
 * A claim fits if its digest is empty or names the index or the manifest, and
 * if its commit is empty or equal. If @found has no commit, every commit fits.
 * Return: true if there are claims and all contradict @found, and @ret is the
 *         latest claim; false otherwise
 */
bool pq_ledger_claim_misfit(struct pq_store *s, const char *service,
    const char *tag, const struct pq_callback_claim *found,
    struct pq_callback_claim *ret);
/*
 * pq_ledger_claims_drop() - empty the claims of all callbacks about @tag so far
 * The callbacks stay, and an empty claim always fits. To delete them instead
 * would help a thief of the webhook secret: an honest sender cannot send its
 * callback again, because the same body counts once, so one false claim after
 * each retry would delay the release for ever.
 */
void pq_ledger_claims_drop(
    struct pq_store *s, const char *service, const char *tag);

#endif
