/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_CLAIMS_H
#define AGENT_WARDEN_LEDGER_CLAIMS_H

#include <pratique/digest.h>

#include "store/store.h"

/* The claim of a callback about an image tag, or the facts; "": none. */
struct pq_callback_claim {
	char digest[PQ_DIGEST_TEXT];
	char manifest[PQ_DIGEST_TEXT]; /* of this platform; only when found */
	char commit[PQ_OID_TEXT];
};

/* pq_ledger_claim_keep() - keep the claim of a callback about @tag */
int pq_ledger_claim_keep(struct pq_store *s, int64_t callback, const char *tag,
    const struct pq_callback_claim *c);
/*
 * pq_ledger_claim_misfit() - does no callback about @tag claim @found?
 * A claim fits when its digest is absent, or the index's or the manifest's,
 * and its commit is absent or the same; an unknown commit fits every claim.
 * Return: true: @ret is the latest claim, and none fits; false: one fits, or
 *         no callback is known
 */
bool pq_ledger_claim_misfit(struct pq_store *s, const char *service,
    const char *tag, const struct pq_callback_claim *found,
    struct pq_callback_claim *ret);
/*
 * pq_ledger_claims_drop() - the callbacks about @tag so far claim nothing more
 * They stay callbacks that fit. An honest one cannot be sent again, for the
 * same body counts once, so a thief of the secret could hold up each retry.
 */
int pq_ledger_claims_drop(
    struct pq_store *s, const char *service, const char *tag);

#endif
