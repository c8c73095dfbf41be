/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for a signed tag. A document has one tag object at most, with one
 * signature at its end.
 */
#include "format/kinds.h"

static int
find_candidates(struct pq_candidates *ret, const struct pq_evidence *ev)
{
	struct pq_candidate *c;

	if (ev->tag_object.n == 0)
		return 0;
	c = pq_candidates_add(ret);
	if (c == NULL)
		return -PQ_ENOMEM;
	c->piece.form = PQ_FORM_TAG;
	c->piece.payload = ev->tag_object;
	ret->seen++;
	return 0;
}

const struct pq_find_row pq_ssh_find = { .find = find_candidates };
