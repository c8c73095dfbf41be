/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_VERDICT_H
#define PRATIQUE_VERDICT_H

#include <pratique/finding.h>
#include <pratique/policy.h>
#include <pratique/proof.h>

#define PQ_NAME_MAX 255

/* What an examination found; for the zero value every reading is "refused" */
struct pq_verdict {
	struct pq_findings findings;
	struct pq_digest digest;   /* what the tag resolved to */
	struct pq_digest manifest; /* platform manifest */
	struct pq_digest config;   /* image id in the classic image store */
	struct pq_oid tag_object;
	struct pq_oid commit;
	char signer[PQ_NAME_MAX + 1]; /* principal of the tag signature */
	char key[PQ_NAME_MAX + 1];    /* key that signed the image */
	struct pq_proof proof;        /* borrows from the evidence */
	/* signatures are there, but none by a key of the policy: for an agent,
	 * which may wait for the right one, pending; for who asks now, bad */
	bool signed_by_others;
};

/* frees the findings; for pq_auto() */
void pq_verdict_free(struct pq_verdict *v);

struct pq_evidence; /* <pratique/evidence.h> */

/*
 * pq_verdict_judge() - judge one evidence document by a policy
 * @now: seconds since 1970-01-01 UTC
 * @ret: always filled with findings when 0 is returned; its proof borrows
 *       from @ev, so @ev must outlive it; the caller frees it
 * Return: 0 judged (read pq_findings_overall); -PQ_ENOMEM; -PQ_ECRYPTO
 */
int pq_verdict_judge(struct pq_verdict *ret, const struct pq_policy *policy,
    const struct pq_evidence *ev, int64_t now);

/*
 * pq_proof_recheck() - deploy's own judgement, from core/ only
 *
 * Verifies the signature over payload by policy key, payload -> digest,
 * digest -> index -> platform manifest -> config -> revision label; that the
 * payload names the policy's repository, that signed content says the version
 * of @image_tag, and that no label of the image is one of deploy's; verifies
 * the SSH signature of the tag object by the policy's allowed signers, its
 * name against policy->git_tag for @image_tag, and that the commit equals the
 * label. Adds findings; everything not proven is a fail. Two checks may have
 * two findings, each with its own rule: image.repository (fetched from, and
 * PQ_RULE_SIGNED_AS), source.version (PQ_RULE_VERSION_FROM, and the git tag).
 * @digest, @manifest, @config, @tag_object: what was proven, valid only when
 * pq_findings_overall(ret) is PQ_PASS
 */
int pq_proof_recheck(struct pq_verdict *ret, const struct pq_policy *policy,
    struct pq_slice image_tag, const struct pq_proof *proof, int64_t now);

/* the architecture of this build: images for another are not judged by it */
const char *pq_proof_architecture(void);

#endif
