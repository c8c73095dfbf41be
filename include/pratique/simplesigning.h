/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_SIMPLESIGNING_H
#define PRATIQUE_SIMPLESIGNING_H

#include <pratique/claims.h>
#include <pratique/digest.h>

#define PQ_SIMPLE_MEDIA_TYPE "application/vnd.dev.cosign.simplesigning.v1+json"
/* the annotation of a layer with its signature in base64 */
#define PQ_SIMPLE_SIGNATURE "dev.cosignproject.cosign/signature"
#define PQ_SIMPLE_CERTIFICATE "dev.sigstore.cosign/certificate"
#define PQ_SIMPLE_MAX (64u << 10) /* bytes of payload */

/*
 * pq_simplesigning_examine() - check the payload of a cosign signature
 * @payload:    bytes whose signature the caller has verified; borrowed
 * @image:      digest that the payload must name
 * @ret:        filled if 0 is returned; the zero value is a fail
 * @ret_claims: filled together with @ret; this function does not compare the
 *              repository and the version with anything
 * Return:      0 examined, read ret->status; -PQ_ENOMEM
 * Source:      cosign SIGNATURE_SPEC.md; containers-signature(5)
 */
int pq_simplesigning_examine(struct pq_slice payload,
    const struct pq_digest *image, struct pq_ruling *ret,
    struct pq_claims *ret_claims);

#endif
