/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of the functions that search a document for each kind of evidence.
 * The table of provers is in core/prove.c.
 */
#include "format/kinds.h"

#define KIND(ID, name, PROVEN) [PQ_KIND_##ID] = &pq_##name##_find,
static const struct pq_find_row *const rows[PQ_KIND_COUNT] = { PQ_KINDS(KIND) };
#undef KIND

const struct pq_find_row *
pq_kind_find_row(enum pq_kind k)
{
	return (unsigned)k < PQ_KIND_COUNT ? rows[k] : NULL;
}
