/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of the kinds of evidence, as far as a document is searched for
 * them; how they are proven is in core/kinds.c.
 */
#include "format/kinds.h"

static const struct pq_find_row rows[PQ_KIND_COUNT] = {
	[PQ_KIND_COSIGN_KEY] = { pq_cosign_key_find, pq_cosign_key_check,
	    pq_cosign_key_asked },
	[PQ_KIND_SSH] = { pq_ssh_find, NULL, NULL },
};

const struct pq_find_row *
pq_find(enum pq_kind k)
{
	if ((unsigned)k >= PQ_KIND_COUNT || rows[k].find == NULL)
		return NULL;
	return &rows[k];
}
