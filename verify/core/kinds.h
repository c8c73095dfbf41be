/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PQ_CORE_KINDS_H
#define PQ_CORE_KINDS_H

#include <pratique/kind.h>

/*
 * The provers (pq_prove_fn): pq_cosign_key_prove() of cosign_key.c and so on.
 */
#define PROVE(...)                                        \
	int __VA_ARGS__(const struct pq_requirement *req, \
	    const struct pq_piece *piece, int64_t now,    \
	    struct pq_claims *claims, struct pq_ruling *ruling);
#define KIND(ID, name, PROVEN) PQ_PROVEN_##PROVEN(PROVE(pq_##name##_prove))
PQ_KINDS(KIND)
#undef KIND
#undef PROVE

#endif
