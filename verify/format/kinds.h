/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_FORMAT_KINDS_H
#define VERIFY_FORMAT_KINDS_H

#include "format/candidates.h"

/* How evidence of one kind is found in a document. */
struct pq_find_row {
	/*
	 * pick what may be a piece, and decide nothing
	 * Return: 0; -PQ_ENOMEM
	 */
	int (*find)(struct pq_candidates *ret, const struct pq_evidence *ev);
	/* can @m be read? A policy that cannot be read judges nothing. NULL:
	 * the prover says so */
	int (*check)(const struct pq_material *m);
	/* does the document record that it was asked for? Of a kind that is
	 * about the image */
	bool (*asked)(const struct pq_evidence *ev);
	/* parse the key of @m once for all candidates; the caller frees @ret.
	 * NULL: the prover parses it each time */
	int (*open)(struct pq_pubkey **ret, const struct pq_material *m);
};

/* NULL: there is no such kind */
const struct pq_find_row *pq_find(enum pq_kind k);

/* pq_cosign_key_find of cosign_key.c, and so on */
#define KIND(ID, name, PROVEN) extern const struct pq_find_row pq_##name##_find;
PQ_KINDS(KIND)
#undef KIND

#endif
