/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image signatures by a public key in the policy. Cosign makes two forms: a
 * text that names the image (simple signing), and an in-toto statement in a
 * DSSE envelope.
 *
 * The text is parsed only after the key has authenticated its bytes. The text
 * must name the digest of the image bytes in the proof. If the code took the
 * digest from the text instead, the text would choose the image bytes.
 */
#include <stdio.h>
#include <string.h>

#include <pratique/dsse.h>
#include <pratique/pubkey.h>
#include <pratique/simplesigning.h>

#include "core/kinds.h"

/* Get the bytes that the signature covers. They are in @piece or in @pae. */
static int
signed_bytes(
    struct pq_slice *ret, struct pq_buf *pae, const struct pq_piece *piece)
{
	int r = 0;

	*ret = piece->payload;
	if (piece->form == PQ_FORM_DSSE) {
		r = pq_dsse_pae(
		    pae, pq_slice_str(PQ_DSSE_INTOTO), piece->payload);
		*ret = pq_buf_view(pae);
	}
	return r;
}

/* Return 0 if genuine; PQ_PUBKEY_BAD; or a fault with its text in @err. */
static int
verify_signature(const struct pq_material *m, const struct pq_piece *piece,
    struct pq_err *err)
{
	pq_auto(pq_buf_free) struct pq_buf pae =
	    PQ_BUF_INIT((size_t)2 * PQ_BUNDLE_MAX);
	pq_auto(pq_pubkey_freep) struct pq_pubkey *own = NULL;
	struct pq_slice message;
	int r = m->key != NULL
	    ? 0
	    : pq_pubkey_parse(&own, pq_slice(m->p, m->n), err);

	if (r == 0)
		r = signed_bytes(&message, &pae, piece);
	if (r == 0)
		r = pq_pubkey_verify(
		    m->key != NULL ? m->key : own, message, piece->signature);
	return r;
}

static int
set_refusal(struct pq_ruling *ruling, const char *why)
{
	(void)snprintf(ruling->reason, sizeof(ruling->reason), "%s", why);
	return 0;
}

static int
examine_payload(const struct pq_piece *piece, struct pq_ruling *ret,
    struct pq_claims *claims)
{
	return piece->form == PQ_FORM_DSSE
	    ? pq_statement_examine(
		  piece->payload, PQ_STATEMENT_SIGN, &piece->image, ret, claims)
	    : pq_simplesigning_examine(
		  piece->payload, &piece->image, ret, claims);
}

/* Add the key's name to the reason, for the operator. */
static void
name_key(struct pq_ruling *ruling, struct pq_claims *claims,
    const struct pq_material *m)
{
	size_t n = strlen(ruling->reason);

	if (m->name == NULL)
		return;
	(void)snprintf(ruling->reason + n, sizeof(ruling->reason) - n,
	    "; signed by %s", m->name);
	(void)snprintf(
	    claims->principal, sizeof(claims->principal), "%s", m->name);
}

int
pq_cosign_key_prove(const struct pq_requirement *req,
    const struct pq_piece *piece, int64_t now, struct pq_claims *claims,
    struct pq_ruling *ruling)
{
	const struct pq_material *m = &req->v[piece->material];
	struct pq_err err = PQ_ERR_INIT;
	int r;

	(void)now; /* a key has no dates: it is valid as long as the policy
		      lists it */
	*ruling = (struct pq_ruling){ 0 };
	*claims = (struct pq_claims){ 0 };
	if (piece->form != PQ_FORM_SIMPLE && piece->form != PQ_FORM_DSSE)
		return set_refusal(
		    ruling, pq_kind_row(PQ_KIND_COSIGN_KEY)->missing);
	r = verify_signature(m, piece, &err);
	if (r == -PQ_ENOMEM || r == -PQ_ECRYPTO)
		return r;
	if (r != 0)
		return set_refusal(ruling,
		    r < 0
			? err.text
			: "the key in the policy did not make this signature");
	r = examine_payload(piece, ruling, claims);
	claims->genuine = true;
	if (r == 0 && ruling->status == PQ_PASS)
		name_key(ruling, claims, m);
	return r;
}
