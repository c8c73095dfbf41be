/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_DSSE_H
#define PRATIQUE_DSSE_H

#include <pratique/claims.h>
#include <pratique/digest.h>
#include <pratique/err.h>

#define PQ_BUNDLE_MEDIA_TYPE "application/vnd.dev.sigstore.bundle.v0.3+json"
#define PQ_DSSE_INTOTO "application/vnd.in-toto+json"
#define PQ_STATEMENT_SIGN "https://sigstore.dev/cosign/sign/v1"
#define PQ_BUNDLE_MAX (1u << 20)      /* bytes of a bundle */
#define PQ_STATEMENT_MAX (512u << 10) /* bytes of a statement */
#define PQ_STATEMENT_SUBJECTS 1024
#define PQ_STATEMENT_DIGESTS 32 /* per subject */

/*
 * pq_dsse_pae() - append the pre-authentication encoding, the signed bytes
 * @payload: decoded payload
 * Return:   0 or the fault of @dst
 * Source:   DSSE protocol.md, "Signature Definition"
 */
int pq_dsse_pae(
    struct pq_buf *dst, struct pq_slice payload_type, struct pq_slice payload);

/* What a keyed bundle carries; owned, nothing in it is authenticated yet. */
struct pq_bundle {
	struct pq_buf payload;   /* decoded */
	struct pq_buf signature; /* decoded */
	struct pq_buf hint;      /* as the text of the member; may be empty */
	char payload_type[64];   /* always PQ_DSSE_INTOTO */
};

/*
 * pq_bundle_parse() - read a Sigstore bundle with a DSSE envelope and a
 *                     public key as its verification material
 * @ret:    untouched unless 0 is returned; then pq_bundle_free()
 * Return:  0; -PQ_EFORMAT (unknown or duplicate member, trailing bytes,
 *          other than one signature, ...); -PQ_EUNSUPPORTED (certificate
 *          material, message signature); -PQ_ELIMIT; -PQ_ENOMEM
 * Source:  sigstore_bundle.proto; proto3 JSON mapping
 */
int pq_bundle_parse(
    struct pq_bundle *ret, struct pq_slice json, struct pq_err *err);
void pq_bundle_free(struct pq_bundle *b); /* for pq_auto() too */

/*
 * pq_statement_examine() - judge an in-toto statement
 * @payload:        the bytes whose signature has been verified already
 * @predicate_type: exactly this, or a build attestation would pass for a
 *                  signature
 * @image:          some subject must have this sha256
 * @ret_claims:     what else it says, filled with @ret: the annotations of
 *                  that subject; a statement has no place for a repository
 * Return:          0 examined, read ret->status; -PQ_ENOMEM
 * Source:          in-toto attestation spec v1, statement.md
 */
int pq_statement_examine(struct pq_slice payload, const char *predicate_type,
    const struct pq_digest *image, struct pq_ruling *ret,
    struct pq_claims *ret_claims);

/*
 * pq_statement_other() - is this a statement of another predicate type?
 * @payload: may be unauthenticated: the answer tells "no signature yet" from
 *           "a bad signature", and neither permits anything
 * Return:   true for a well-formed statement that is not of @predicate_type
 */
bool pq_statement_other(struct pq_slice payload, const char *predicate_type);

#endif
