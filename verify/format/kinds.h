/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_FORMAT_KINDS_H
#define VERIFY_FORMAT_KINDS_H

#include "format/candidates.h"

/* The functions that find evidence of one kind in a document. */
struct pq_find_row {
	/*
	 * Collect the candidates and judge none of them.
	 * Return: 0; -PQ_ENOMEM
	 */
	int (*find)(struct pq_candidates *ret, const struct pq_evidence *ev);
	/*
	 * Check that @m can be parsed: a policy with an unreadable key must not
	 * judge. NULL: the prover reports it.
	 */
	int (*check)(const struct pq_material *m);
	/*
	 * Report whether the document records that fetch asked for this
	 * evidence. Only for a kind about the image.
	 */
	bool (*asked)(const struct pq_evidence *ev);
	/*
	 * Parse the key of @m once for all candidates; the caller frees @ret.
	 * NULL: the prover parses it each time.
	 */
	int (*open)(struct pq_pubkey **ret, const struct pq_material *m);
};

/* Return the row of a kind; NULL: unknown kind */
const struct pq_find_row *pq_kind_find_row(enum pq_kind k);

/* The rows: pq_cosign_key_find of cosign_key.c, and so on. */
#define KIND(ID, name, PROVEN) extern const struct pq_find_row pq_##name##_find;
PQ_KINDS(KIND)
#undef KIND

#endif
