/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_CLAIMS_H
#define PRATIQUE_CLAIMS_H

#include <pratique/digest.h>
#include <pratique/policy.h>
#include <pratique/ruling.h>

#define PQ_CLAIM_MAX 511
#define PQ_CLAIM_VERSION "version" /* the annotation's name */

/* The rules of the two checks below: each stands beside another one. */
#define PQ_RULE_SIGNED_AS "policy: signed-as"
#define PQ_RULE_VERSION_FROM "policy: version-from"

enum pq_claim_kind {
	PQ_CLAIM_ABSENT = 0,
	PQ_CLAIM_ODD,      /* there, but not as plain text */
	PQ_CLAIM_TEXT,     /* printable ASCII without blanks; may be empty */
	PQ_CLAIM_NO_PLACE, /* the form of the text cannot say it */
};

/* One thing that signed content says. */
struct pq_claim {
	enum pq_claim_kind kind;
	char text[PQ_CLAIM_MAX + 1]; /* of TEXT; of ODD, words for a reason */
};

/*
 * What signed bytes say. Only the join of recheck.c compares them, with each
 * other and with the policy.
 */
struct pq_claims {
	bool genuine; /* the material made the signature, whatever it says */
	struct pq_digest digest; /* of the image; none: not about one */
	struct pq_oid commit;    /* of the source; none: not about one */
	struct pq_claim repository;
	struct pq_claim version; /* annotation PQ_CLAIM_VERSION; a tag's name */
	char principal[256];     /* who signed */
	int64_t at;              /* when, as the signer says; 0: not said */
};

/*
 * pq_claims_repository() - did the signer mean the policy's repository?
 * Compares with policy->signed_as, or policy->image where that is not set.
 * PQ_CLAIM_NO_PLACE passes: then the place that is pulled from decides alone.
 * @ret: always filled
 */
void pq_claims_repository(struct pq_ruling *ret, const struct pq_claim *c,
    const struct pq_policy *policy);
/*
 * pq_claims_version() - does signed content say the version of the image tag?
 * @c:   the label for PQ_VERSION_LABEL, the annotation for
 *       PQ_VERSION_ANNOTATION; not looked at for PQ_VERSION_TAG
 * @ret: always filled; PQ_VERSION_UNSET fails
 */
void pq_claims_version(struct pq_ruling *ret, const struct pq_claim *c,
    enum pq_version_from from, struct pq_slice image_tag);
/*
 * pq_claims_fit() - does a signature of the image say what the policy needs?
 * Both of the above, as far as the policy looks at the signed text.
 */
bool pq_claims_fit(const struct pq_claims *c, const struct pq_policy *policy,
    struct pq_slice image_tag);

#endif
