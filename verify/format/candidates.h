/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_FORMAT_CANDIDATES_H
#define VERIFY_FORMAT_CANDIDATES_H

#include <pratique/evidence.h>
#include <pratique/kind.h>

/* A part of the evidence that may be a piece of a proof. */
struct pq_candidate {
	struct pq_piece piece; /* form NONE: not usable, @why has the reason */
	char why[PQ_REASON_MAX];
	bool known; /* set by the search: by a key in the policy */
	struct pq_buf payload,
	    signature; /* decoded bytes of the piece; owned */
};

/* The candidates of one kind in a document, in the order of the search. */
struct pq_candidates {
	struct pq_candidate *v;
	size_t n;
	unsigned seen;   /* number of artifacts in the document */
	unsigned others; /* number of these that are not signatures */
	bool cut;        /* a list was longer than its limit */
	char other[160]; /* description of the last of @others */
};

/* Append an empty candidate. Return: the candidate; NULL: out of memory */
struct pq_candidate *pq_candidates_add(struct pq_candidates *c);
void pq_candidates_free(struct pq_candidates *c); /* for pq_auto() too */

#endif
