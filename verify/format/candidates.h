/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_FORMAT_CANDIDATES_H
#define VERIFY_FORMAT_CANDIDATES_H

#include <pratique/evidence.h>
#include <pratique/kind.h>

/* A part of the evidence that may be a piece of a proof. */
struct pq_candidate {
	struct pq_piece
	    piece; /* form NONE: not usable, for the reason in why */
	char why[PQ_REASON_MAX];
	bool known; /* set by the search: a key in the policy made it */
	struct pq_buf payload,
	    signature; /* decoded bytes of the piece; owned */
};

/* All candidates of one kind in a document, in the order of the search. */
struct pq_candidates {
	struct pq_candidate *v;
	size_t n;
	unsigned seen;   /* artifacts in the document */
	unsigned others; /* the part of these that are not signatures */
	bool cut;        /* a list was longer than its budget */
	char other[160]; /* a description of the last one in others */
};

/* Append an empty candidate. Return: the candidate; NULL: out of memory */
struct pq_candidate *pq_candidates_add(struct pq_candidates *c);
void pq_candidates_free(struct pq_candidates *c); /* for pq_auto() too */

#endif
