/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_PROOF_H
#define PRATIQUE_PROOF_H

#include <pratique/digest.h>
#include <pratique/err.h>

#define PQ_PROOF_PIECES 16 /* maximum number of signatures in one proof */

/* How to compute the signed bytes of a piece from its payload. */
enum pq_form {
	PQ_FORM_NONE = 0, /* not set: the piece is refused */
	PQ_FORM_SIMPLE,   /* the payload itself: cosign's simple signing JSON */
	PQ_FORM_DSSE,     /* DSSE PAE of the payload, an in-toto statement */
	PQ_FORM_TAG, /* a raw git tag object, which contains its signature */
};

/*
 * One signature, its signed bytes, and the part of the policy that it meets.
 * The indices are not trusted. A wrong index can only make the proof fail,
 * because deploy tries no other material. The slices point into the evidence or
 * into the encoded proof.
 */
struct pq_piece {
	uint32_t requirement; /* index into pq_policy.requirements */
	uint32_t material;    /* index into v of that requirement */
	uint32_t form;        /* enum pq_form */
	struct pq_slice payload;
	struct pq_slice signature; /* raw (DER for ECDSA); empty for a tag */
	/* digest of the image to deploy; not encoded: each reader sets it */
	struct pq_digest image;
};

/*
 * The original bytes with which deploy verifies an image again. Deploy parses
 * only bytes that a key or a hash has authenticated. The slices point into the
 * evidence or into the encoded proof.
 */
struct pq_proof {
	struct pq_slice index;    /* image index; empty: single platform */
	struct pq_slice manifest; /* platform manifest bytes */
	struct pq_slice config;   /* image config bytes */
	struct pq_piece v[PQ_PROOF_PIECES];
	size_t n;
};

#define PQ_PROOF_MAGIC 0x50515052u /* "PQPR" */
#define PQ_PROOF_VERSION 2u        /* version 1 was a whole VERDICT message */
#define PQ_PROOF_MAX (12u << 20)   /* bytes, encoded */
/*
 * pq_proof_encode() - append a proof in the format of messages and the ledger
 * The order is: u32 PQ_PROOF_MAGIC; u32 PQ_PROOF_VERSION; index, manifest and
 * config; u32 number of pieces; for each piece u32 requirement, u32 material,
 * u32 form, payload and signature. A u32 is big-endian. Each slice starts with
 * its length as a u32.
 * @dst:   the encoding is appended
 * @proof: borrowed
 * Return: 0; -PQ_ELIMIT, also if pq_proof_decode() would refuse the result;
 *         -PQ_ENOMEM; an earlier fault of @dst
 */
int pq_proof_encode(struct pq_buf *dst, const struct pq_proof *proof);
/*
 * pq_proof_decode() - decode a proof
 * Refuses a length above its limit, and trailing bytes.
 * @ret:   its slices point into @s; untouched unless 0 is returned
 * @s:     borrowed, untrusted
 * Return: 0; -PQ_EFORMAT
 */
int pq_proof_decode(struct pq_proof *ret, struct pq_slice s);

#endif
