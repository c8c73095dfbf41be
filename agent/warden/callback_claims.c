/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The comparison of the claims of callbacks with the evidence.
 *
 * A callback may name the digest and the commit that its sender meant. Claims
 * are never trusted. But if an attacker with a registry account points the tag
 * at another image, the evidence contradicts the claim, and the release waits.
 * A claim belongs to its callback, and one matching claim is enough. So a thief
 * of the webhook secret can add false claims, but cannot delay a release that
 * an honest callback announced. For the same reason claims are judged only when
 * the release arrives: a later callback never delays a release that passed.
 */
#include "warden/callback_claims.h"

#include <stdio.h>
#include <string.h>

#include "warden/core.h"
#include "warden/ledger_claims.h"

#define ADVICE "; pratique retry ID examines it without the callback's claims"

void
pq_callback_claims_judge(struct warden *w, const char *service, const char *tag,
    const struct pq_msg_verdict *v, struct pq_findings *f)
{
	struct pq_callback_claim found = { "", "", "" }, c;

	pq_warden_text(found.digest, sizeof(found.digest), v->digest);
	pq_warden_text(found.manifest, sizeof(found.manifest), v->manifest);
	pq_warden_text(found.commit, sizeof(found.commit), v->commit);
	/* Without the manifest its digest is unknown, so a true claim of that
	 * digest would look false. Such a verdict does not pass anyway. */
	if (found.manifest[0] == '\0' ||
	    !pq_ledger_claim_misfit(&w->store, service, tag, &found, &c))
		return;
	if (c.digest[0] != '\0' && strcmp(c.digest, found.digest) != 0 &&
	    strcmp(c.digest, found.manifest) != 0)
		pq_findings_add(f, PQ_CHECK_IMAGE_DIGEST, PQ_PENDING,
		    found.digest, "",
		    "the callback claims %s, but the tag %s has the digest "
		    "%s%s",
		    c.digest, tag, found.digest, ADVICE);
	else
		pq_findings_add(f, PQ_CHECK_SOURCE_IMAGE_COMMIT, PQ_PENDING,
		    found.digest, "",
		    "the callback claims commit %s, but the signed tag names "
		    "commit %s%s",
		    c.commit, found.commit, ADVICE);
}
