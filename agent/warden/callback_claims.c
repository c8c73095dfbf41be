/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The claims of callbacks, compared with the evidence.
 *
 * A callback may say which digest and which commit its sender meant. Nothing of
 * it is believed, but a registry account that points the tag at another image
 * contradicts it, and then the release waits. A claim belongs to its callback:
 * one that fits suffices, so a thief of a webhook secret can add false ones
 * and hold up no release that an honest callback announced. For the same
 * reason claims are judged on arrival only: a release that passed is never held
 * up by a later callback.
 */
#include "warden/callback_claims.h"

#include <stdio.h>
#include <string.h>

#include "warden/core.h"
#include "warden/ledger_claims.h"

#define ADVICE "; pratique retry ID examines it without the callbacks' claims"

void
pq_callback_claims_judge(struct warden *w, const char *service, const char *tag,
    const struct pq_msg_verdict *v, struct pq_findings *f)
{
	struct pq_callback_claim found = { "", "", "" }, c;

	pq_warden_text(found.digest, sizeof(found.digest), v->digest);
	pq_warden_text(found.manifest, sizeof(found.manifest), v->manifest);
	pq_warden_text(found.commit, sizeof(found.commit), v->commit);
	/* without the manifest a claim of its digest cannot be told from a
	 * false one; the verdict does not pass then */
	if (found.manifest[0] == '\0' ||
	    !pq_ledger_claim_misfit(&w->store, service, tag, &found, &c))
		return;
	if (c.digest[0] != '\0' && strcmp(c.digest, found.digest) != 0 &&
	    strcmp(c.digest, found.manifest) != 0)
		pq_findings_add(f, PQ_CHECK_IMAGE_DIGEST, PQ_PENDING,
		    found.digest, "",
		    "the callback names %s, the tag %s is %s%s", c.digest, tag,
		    found.digest, ADVICE);
	else
		pq_findings_add(f, PQ_CHECK_SOURCE_IMAGE_COMMIT, PQ_PENDING,
		    found.digest, "",
		    "the callback names commit %s, the signed tag %s%s",
		    c.commit, found.commit, ADVICE);
}
