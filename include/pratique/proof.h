/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_PROOF_H
#define PRATIQUE_PROOF_H

#include <pratique/digest.h>
#include <pratique/err.h>

#define PQ_PROOF_PIECES 16 /* signatures that one release may need */

/* How the signed bytes of a piece are made of its payload. */
enum pq_form {
	PQ_FORM_NONE = 0, /* refuses */
	PQ_FORM_SIMPLE,   /* the payload itself: cosign's simple signing JSON */
	PQ_FORM_DSSE,     /* the DSSE encoding of an in-toto statement */
	PQ_FORM_TAG, /* a raw git tag object, which has its signature in it */
};

/*
 * One signature: the bytes that somebody signed, and by which part of the
 * policy they count. The indices are the word of who made the proof; they can
 * only narrow it. All slices borrow.
 */
struct pq_piece {
	uint32_t requirement; /* index into pq_policy.requirements */
	uint32_t material;    /* index into its v */
	uint32_t form;        /* enum pq_form */
	struct pq_slice payload;
	struct pq_slice signature; /* raw (DER for ECDSA); of a tag none */
	/* of the image at hand; the prover computes it, no encoding has it */
	struct pq_digest image;
};

/*
 * The pointers: the very bytes from which deploy proves an image again without
 * parsing anything that a key or a hash has not authenticated.
 */
struct pq_proof {
	struct pq_slice index;    /* image index, empty: digest is a manifest */
	struct pq_slice manifest; /* platform manifest bytes */
	struct pq_slice config;   /* image config bytes */
	struct pq_piece v[PQ_PROOF_PIECES];
	size_t n;
};

/*
 * pq_proof_encode() - append a proof as the messages carry and the ledger keeps
 *                     it
 * Big-endian: u32 PQ_PROOF_MAGIC; u32 PQ_PROOF_VERSION; index, manifest and
 * config; u32 pieces; of each u32 requirement, u32 material, u32 form, payload
 * and signature. Bytes have a u32 length in front.
 * Return: 0; -PQ_ELIMIT, also of what no decoder takes; -PQ_ENOMEM
 */
#define PQ_PROOF_MAGIC 0x50515052u /* "PQPR" */
#define PQ_PROOF_VERSION 2u        /* 1 was the VERDICT message itself */
#define PQ_PROOF_MAX (12u << 20)   /* bytes, encoded */
int pq_proof_encode(struct pq_buf *dst, const struct pq_proof *proof);
/*
 * pq_proof_decode() - strict: every length bounded, nothing left over
 * @ret:   borrows from @s; untouched unless 0 is returned
 * Return: 0; -PQ_EFORMAT
 */
int pq_proof_decode(struct pq_proof *ret, struct pq_slice s);

#endif
