/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_VERDICT_H
#define PRATIQUE_VERDICT_H

#include <pratique/finding.h>
#include <pratique/policy.h>
#include <pratique/proof.h>

#define PQ_NAME_MAX 255

/* The result of examining a release. The zero value refuses. */
struct pq_verdict {
	struct pq_findings findings;
	struct pq_digest digest;   /* digest of the image index or manifest */
	struct pq_digest manifest; /* digest of the platform manifest */
	struct pq_digest config;   /* image id in the classic image store */
	struct pq_oid tag_object;
	struct pq_oid commit;
	char signer[PQ_NAME_MAX + 1]; /* principals of the tag signatures */
	char key[PQ_NAME_MAX + 1];    /* names of the keys of the image */
	struct pq_proof proof;        /* its slices point into the evidence */
	/* The findings are pending, and some signatures are by keys that are
	 * not in the policy. The agent waits for another signature. `pratique
	 * verify` does not wait and refuses the image. */
	bool signed_by_others;
};

/*
 * pq_verdict_free() - free the findings of a verdict; for pq_auto() too
 * @v:     its findings become empty
 */
void pq_verdict_free(struct pq_verdict *v);

struct pq_evidence; /* <pratique/evidence.h> */

/*
 * pq_verdict_judge() - check an evidence document against a policy
 * @ret:    filled with findings if 0 is returned, else untouched; free it with
 *          pq_verdict_free(). Its proof points into @ev.
 * @policy: borrowed
 * @ev:     borrowed, untrusted; must outlive @ret
 * @now:    seconds since 1970-01-01 UTC
 * Return:  0 judged, read pq_findings_overall(&ret->findings); -PQ_ELIMIT;
 *          -PQ_ENOMEM; -PQ_ECRYPTO; a fault of pq_pubkey_parse() if a key of
 *          the policy is unreadable
 */
int pq_verdict_judge(struct pq_verdict *ret, const struct pq_policy *policy,
    const struct pq_evidence *ev, int64_t now);

/*
 * pq_proof_recheck() - check a proof against a policy, as deploy does
 *
 * Deploy links only core/, which contains this function. It verifies:
 * - Keys of the policy made the signatures, and each payload names the digest
 *   of the image.
 * - The digests match: digest -> index -> platform manifest -> config.
 * - Each payload names the policy's repository, signed content names the
 *   version of @image_tag, and the image has no label that is reserved for
 *   deploy.
 * - An allowed signer signed the tag object, its name is the git tag that the
 *   policy gives for @image_tag, and its commit is the revision label.
 *
 * Each step that cannot be verified becomes a fail. The checks image.repository
 * and source.version can have a second finding with another rule:
 * PQ_RULE_SIGNED_AS and PQ_RULE_VERSION_FROM.
 * @ret:       an initialized verdict; findings are appended. The digests and
 *             object ids are valid only if pq_findings_overall() is PQ_PASS.
 * @policy:    borrowed
 * @image_tag: borrowed, untrusted
 * @proof:     borrowed, untrusted
 * @now:       seconds since 1970-01-01 UTC
 * Return:     0 judged; -PQ_ENOMEM; -PQ_ECRYPTO
 */
int pq_proof_recheck(struct pq_verdict *ret, const struct pq_policy *policy,
    struct pq_slice image_tag, const struct pq_proof *proof, int64_t now);

/*
 * pq_proof_architecture() - return the architecture of this build
 * pq_proof_recheck() refuses images for another architecture.
 * Return: static text, as in the OCI specification: "amd64"
 * Source: OCI image-spec image-index.md, "platform"
 */
const char *pq_proof_architecture(void);

#endif
