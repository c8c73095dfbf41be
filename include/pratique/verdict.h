/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_VERDICT_H
#define PRATIQUE_VERDICT_H

#include <pratique/finding.h>
#include <pratique/policy.h>
#include <pratique/proof.h>

#define PQ_NAME_MAX 255

/* The result of judging a release; the zero value refuses. */
struct pq_verdict {
	struct pq_findings findings;
	struct pq_digest digest;   /* of the image index or manifest */
	struct pq_digest manifest; /* of the platform manifest */
	struct pq_digest config;   /* image id in the classic image store */
	struct pq_oid tag_object;
	struct pq_oid commit;
	char signer[PQ_NAME_MAX + 1]; /* principals of the tag signatures */
	char key[PQ_NAME_MAX + 1];    /* names of the keys of the image */
	struct pq_proof proof;        /* borrows from the evidence */
	/* There are signatures, but no key in the policy made them. The agent
	 * can wait for another signature, so the findings are pending. The
	 * command line refuses instead. */
	bool signed_by_others;
};

/*
 * pq_verdict_free() - free the findings of a verdict; for pq_auto() too
 * @v:     its findings become empty
 */
void pq_verdict_free(struct pq_verdict *v);

struct pq_evidence; /* <pratique/evidence.h> */

/*
 * pq_verdict_judge() - judge an evidence document by a policy
 * @ret:    filled with findings if 0 is returned, else untouched; free it by
 *          pq_verdict_free(). Its proof borrows from @ev.
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
 * pq_proof_recheck() - judge a proof by a policy, as deploy does
 *
 * Deploy links only core/, which contains this function. It proves:
 * - the signatures by keys of the policy, and that each payload names the
 *   digest of the image;
 * - digest -> index -> platform manifest -> config -> revision label;
 * - that each payload names the policy's repository, that signed content names
 *   the version of @image_tag, and that the image has no label that is
 *   reserved for deploy;
 * - the SSH signature of the tag object by an allowed signer, its name against
 *   policy->git_tag for @image_tag, and that its commit equals the label.
 *
 * Each step that it cannot prove becomes a fail. Two checks can have a second
 * finding with another rule: image.repository (PQ_RULE_SIGNED_AS) and
 * source.version (PQ_RULE_VERSION_FROM).
 * @ret:       an initialised verdict; findings are appended. The digests and
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
