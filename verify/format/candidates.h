/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_FORMAT_CANDIDATES_H
#define VERIFY_FORMAT_CANDIDATES_H

#include <pratique/evidence.h>
#include <pratique/kind.h>

/* Something of the evidence that may be a piece of a proof. */
struct pq_candidate {
	struct pq_piece piece; /* form NONE: it is none, and why says so */
	char why[PQ_REASON_MAX];
	bool known; /* the search: somebody of the policy made it */
	struct pq_buf payload, signature; /* what was decoded for the piece */
};

/* All of one kind that a document has, in the order in which they are tried. */
struct pq_candidates {
	struct pq_candidate *v;
	size_t n;
	unsigned seen;   /* that were there */
	unsigned others; /* of these, those that are no signature */
	bool cut;        /* some list was longer than its budget */
	char other[160]; /* of the last one that is none */
};

/* the next one, empty; NULL: out of memory */
struct pq_candidate *pq_candidates_add(struct pq_candidates *c);
void pq_candidates_free(struct pq_candidates *c); /* for pq_auto() too */

#endif
