/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of provers. It is separate from the table in kinds.c, because that
 * table is also linked into programs that must not parse signed text.
 */
#include "core/kinds.h"

#define KIND(ID, name, PROVEN) \
	PQ_PROVEN_##PROVEN([PQ_KIND_##ID] = pq_##name##_prove, )
static const pq_prove_fn provers[PQ_KIND_COUNT] = { PQ_KINDS(KIND) };
#undef KIND

pq_prove_fn
pq_kind_prover(enum pq_kind k)
{
	return (unsigned)k >= PQ_KIND_COUNT ? NULL : provers[k];
}
