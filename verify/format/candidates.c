/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of candidates: parts of the evidence that may be pieces of a proof.
 * The list owns the decoded bytes of its candidates. The search copies the
 * accepted candidates into memory that the evidence owns.
 */
#include "format/candidates.h"

#include <stdlib.h>
#include <string.h>

#include <pratique/dsse.h>
#include <pratique/pubkey.h>

struct pq_candidate *
pq_candidates_add(struct pq_candidates *c)
{
	struct pq_candidate *v = reallocarray(c->v, c->n + 1, sizeof(*v));

	if (v == NULL)
		return NULL;
	c->v = v;
	v += c->n++;
	*v = (struct pq_candidate){ .payload = PQ_BUF_INIT(PQ_BUNDLE_MAX),
		.signature = PQ_BUF_INIT(PQ_PUBKEY_SIG_MAX) };
	return v;
}

void
pq_candidates_free(struct pq_candidates *c)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		pq_buf_free(&c->v[i].payload);
		pq_buf_free(&c->v[i].signature);
	}
	free(c->v);
	*c = (struct pq_candidates){ 0 };
}
