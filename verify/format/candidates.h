/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_FORMAT_CANDIDATES_H
#define VERIFY_FORMAT_CANDIDATES_H

#include <pratique/evidence.h>

/* Seen on the way to a proof; the words of a verdict speak of it. */
struct pq_candidates {
	unsigned seen;   /* candidates that were there */
	unsigned others; /* of these, those that are no signature */
	bool cut;        /* some list was longer than its budget */
	bool misfit;     /* a policy key signed this digest as something else */
	char why[PQ_REASON_MAX]; /* of the last one that did not do */
	char other[160];         /* of the last one that is none */
};

/*
 * pq_candidates_search() - look for a signature of the image by a policy key
 * One that fits the policy comes first; of those that do not, the last one is
 * better than none.
 * @ret:   untouched unless 0 is returned
 * @proof: kind, key, payload and signature of the one that was found; they
 *         live as long as @ev. As it was when there is none.
 * Return: 0 searched; -PQ_ELIMIT; -PQ_ENOMEM; -PQ_ECRYPTO; a fault of a policy
 *         key that cannot be read
 */
int pq_candidates_search(struct pq_candidates *ret, struct pq_proof *proof,
    const struct pq_policy *policy, const struct pq_evidence *ev);

#endif
