/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_CLAIMS_H
#define PRATIQUE_CLAIMS_H

#include <pratique/digest.h>
#include <pratique/policy.h>
#include <pratique/ruling.h>

#define PQ_CLAIM_MAX 511
#define PQ_CLAIM_VERSION "version" /* the annotation's name */

/*
 * The checks image.repository and source.version make two findings each. The
 * finding about the signed text has one of these rules.
 */
#define PQ_RULE_SIGNED_AS "policy: signed-as"
#define PQ_RULE_VERSION_FROM "policy: version-from"

enum pq_claim_kind {
	PQ_CLAIM_ABSENT = 0, /* the signed text has no such claim */
	PQ_CLAIM_ODD,        /* not valid text; @text describes the fault */
	PQ_CLAIM_TEXT,       /* printable ASCII without blanks; may be empty */
	PQ_CLAIM_NO_PLACE,   /* the format has no member for this claim */
};

/* One claim in signed content. */
struct pq_claim {
	enum pq_claim_kind kind;
	char text[PQ_CLAIM_MAX + 1]; /* TEXT: the claim; ODD: the fault, for
					the reason of a finding */
};

/*
 * The claims in signed bytes. A prover only reads the claims. Its caller
 * compares them with each other and with the policy.
 */
struct pq_claims {
	bool genuine; /* the key of the material made the signature; the claims
			 may still be wrong */
	struct pq_digest digest; /* digest of the image; none for a git tag */
	struct pq_oid commit;    /* commit of the git tag; none for an image */
	struct pq_claim repository;
	struct pq_claim version; /* annotation PQ_CLAIM_VERSION of an image;
				    name of a git tag */
	char principal[256];     /* name of the signer */
	int64_t at; /* seconds UTC, chosen by the signer; 0: no time given */
};

/*
 * pq_claims_repository() - judge the repository in a signed text
 * The text must name policy->signed_as, or policy->image if that is NULL.
 * PQ_CLAIM_NO_PLACE passes. In that case another check compares the repository
 * from which fetch pulled the image.
 * @ret:    always filled
 * @c:      borrowed
 * @policy: borrowed
 */
void pq_claims_repository(struct pq_ruling *ret, const struct pq_claim *c,
    const struct pq_policy *policy);
/*
 * pq_claims_version() - judge the version in a signed text
 * The text must name the version of the image tag, see pq_version_same().
 * @ret:       always filled; PQ_VERSION_UNSET fails
 * @c:         the label for PQ_VERSION_LABEL, the annotation for
 *             PQ_VERSION_ANNOTATION; not read for PQ_VERSION_TAG; borrowed
 * @from:      the place that the policy selects
 * @image_tag: tag of the image; borrowed, untrusted
 */
void pq_claims_version(struct pq_ruling *ret, const struct pq_claim *c,
    enum pq_version_from from, struct pq_slice image_tag);
/*
 * pq_claims_fit() - decide whether an image signature fits the policy
 * Applies pq_claims_repository(), and pq_claims_version() if the policy takes
 * the version from the annotation.
 * @c:         claims of one signature; borrowed
 * @policy:    borrowed
 * @image_tag: tag of the image; borrowed, untrusted
 * Return:     true if each applied function passes
 */
bool pq_claims_fit(const struct pq_claims *c, const struct pq_policy *policy,
    struct pq_slice image_tag);

#endif
