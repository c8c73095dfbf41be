/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_FORMAT_KINDS_H
#define VERIFY_FORMAT_KINDS_H

#include "format/candidates.h"

/* The functions that find evidence of one kind in a document. */
struct pq_find_row {
	/*
	 * Collect the candidates. Do not verify them.
	 * Return: 0; -PQ_ENOMEM
	 */
	int (*find)(struct pq_candidates *ret, const struct pq_evidence *ev);
	/*
	 * Check that @m can be parsed. A policy with an unreadable key must not
	 * be used. NULL: the prover reports unreadable materials.
	 */
	int (*check)(const struct pq_material *m);
	/*
	 * Report whether the document records that fetch asked for this
	 * evidence. NULL for a kind about the tag.
	 */
	bool (*asked)(const struct pq_evidence *ev);
	/*
	 * Parse the key of @m once for all candidates. The caller frees *ret.
	 * NULL: the prover parses the key each time.
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
