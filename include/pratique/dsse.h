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
 * pq_dsse_pae() - append the pre-authentication encoding: the signed bytes of
 *                 a DSSE envelope
 * @dst:          appended to
 * @payload_type: borrowed, outside of @dst
 * @payload:      decoded payload; borrowed, outside of @dst
 * Return:        0; the fault of @dst
 * Source:        DSSE protocol.md, "Signature Definition"
 */
int pq_dsse_pae(
    struct pq_buf *dst, struct pq_slice payload_type, struct pq_slice payload);

/* A parsed bundle. It owns its buffers. Its signature is not verified yet. */
struct pq_bundle {
	struct pq_buf payload;   /* decoded */
	struct pq_buf signature; /* decoded */
	struct pq_buf hint;      /* the key hint; may be empty */
	char payload_type[64];   /* always PQ_DSSE_INTOTO */
};

/*
 * pq_bundle_parse() - read a Sigstore bundle with a DSSE envelope and a
 *                     public key as its verification material
 * @ret:    untouched unless 0 is returned; free it with pq_bundle_free()
 * @json:   borrowed, untrusted
 * @err:    gets the path of the bad member; may be NULL
 * Return:  0; -PQ_EFORMAT (unknown or duplicate member, trailing bytes, no
 *          signature or several, ...); -PQ_EUNSUPPORTED (certificate,
 *          message signature); -PQ_ELIMIT; -PQ_ENOMEM
 * Source:  sigstore_bundle.proto; proto3 JSON mapping
 */
int pq_bundle_parse(
    struct pq_bundle *ret, struct pq_slice json, struct pq_err *err);
/*
 * pq_bundle_free() - free the buffers of a bundle; for pq_auto() too
 * @b:     becomes empty
 */
void pq_bundle_free(struct pq_bundle *b);

/*
 * pq_statement_examine() - judge an in-toto statement
 * @payload:        bytes whose signature the caller has verified; borrowed
 * @predicate_type: the statement must have exactly this type. Otherwise a
 *                  build attestation would pass for a release signature.
 * @image:          one subject must have this SHA-256 digest
 * @ret:            filled if 0 is returned; the zero value is a fail
 * @ret_claims:     filled together with @ret: the version annotation of that
 *                  subject. A statement has no member for a repository.
 * Return:          0 examined, read ret->status; -PQ_ENOMEM
 * Source:          in-toto attestation spec v1, statement.md
 */
int pq_statement_examine(struct pq_slice payload, const char *predicate_type,
    const struct pq_digest *image, struct pq_ruling *ret,
    struct pq_claims *ret_claims);

/*
 * pq_statement_other() - decide whether a statement is of another type
 * @payload:        borrowed; need not be authenticated. The result cannot make
 *                  a release pass. It only separates "no signature yet" from "a
 *                  bad signature".
 * @predicate_type: the type that the caller looks for
 * Return:          true for a well-formed statement of another type
 * Source:          in-toto attestation spec v1, statement.md
 */
bool pq_statement_other(struct pq_slice payload, const char *predicate_type);

#endif
