/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Git tags that an allowed signer signed with an SSH key. The payload of a
 * piece is the raw tag object, with the signature at its end.
 */
#include <stdio.h>
#include <string.h>

#include <pratique/gittag.h>

#include "core/kinds.h"

static int
set_refusal(struct pq_ruling *ruling, const char *spec, const char *why)
{
	(void)snprintf(ruling->spec, sizeof(ruling->spec), "%s", spec);
	(void)snprintf(ruling->reason, sizeof(ruling->reason), "%s", why);
	return 0;
}

static void
claim_tag(struct pq_claims *c, const struct pq_gittag *tag)
{
	size_t n = tag->name.n < PQ_CLAIM_MAX ? tag->name.n : PQ_CLAIM_MAX;

	c->commit = tag->object;
	c->at = tag->tagger_time;
	c->version.kind = PQ_CLAIM_TEXT;
	memcpy(c->version.text, tag->name.p, n);
	c->version.text[n] = '\0';
}

static int
examine_tag(const struct pq_signers *signers, const struct pq_piece *piece,
    int64_t now, struct pq_claims *claims, struct pq_ruling *ruling)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_gittag tag;
	int r = pq_gittag_parse(&tag, piece->payload, &err);

	if (r != 0)
		return set_refusal(ruling, PQ_GITTAG_RULE, err.text);
	claim_tag(claims, &tag);
	r = pq_gittag_examine(&tag, signers, now, ruling);
	claims->genuine = r == 0 && ruling->status == PQ_PASS;
	if (claims->genuine)
		(void)snprintf(claims->principal, sizeof(claims->principal),
		    "%s", ruling->principal);
	return r;
}

int
pq_ssh_prove(const struct pq_requirement *req, const struct pq_piece *piece,
    int64_t now, struct pq_claims *claims, struct pq_ruling *ruling)
{
	pq_auto(pq_signers_freep) struct pq_signers *signers = NULL;
	const struct pq_material *m = &req->v[piece->material];
	struct pq_err err = PQ_ERR_INIT;
	int r;

	*ruling = (struct pq_ruling){ 0 };
	*claims = (struct pq_claims){ 0 };
	if (piece->form != PQ_FORM_TAG)
		return set_refusal(
		    ruling, "", pq_kind_row(PQ_KIND_SSH)->missing);
	r = pq_signers_parse(&signers, pq_slice(m->p, m->n), &err);
	if (r == -PQ_ENOMEM)
		return r;
	if (r != 0)
		return set_refusal(ruling, "", err.text);
	return examine_tag(signers, piece, now, claims, ruling);
}
