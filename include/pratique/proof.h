/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_PROOF_H
#define PRATIQUE_PROOF_H

#include <pratique/digest.h>
#include <pratique/err.h>

#define PQ_PROOF_PIECES 16 /* signatures that one release may need */

/* The way from the payload of a piece to its signed bytes. */
enum pq_form {
	PQ_FORM_NONE = 0, /* refuses */
	PQ_FORM_SIMPLE,   /* the payload itself: cosign's simple signing JSON */
	PQ_FORM_DSSE,     /* the DSSE encoding of an in-toto statement */
	PQ_FORM_TAG, /* a raw git tag object, which contains its signature */
};

/*
 * One signature, its signed bytes, and the part of the policy that it meets.
 * The maker of the proof chooses the indices. A wrong index can only make the
 * proof fail: deploy tries this material only. All slices borrow.
 */
struct pq_piece {
	uint32_t requirement; /* index into pq_policy.requirements */
	uint32_t material;    /* index into v of that requirement */
	uint32_t form;        /* enum pq_form */
	struct pq_slice payload;
	struct pq_slice signature; /* raw (DER for ECDSA); empty for a tag */
	/* of the image to deploy; the reader computes it, it is not encoded */
	struct pq_digest image;
};

/*
 * The original bytes from which deploy proves an image again. Deploy parses
 * only bytes that a key or a hash has authenticated. All slices borrow.
 */
struct pq_proof {
	struct pq_slice index;    /* image index; empty: single platform */
	struct pq_slice manifest; /* platform manifest bytes */
	struct pq_slice config;   /* image config bytes */
	struct pq_piece v[PQ_PROOF_PIECES];
	size_t n;
};

#define PQ_PROOF_MAGIC 0x50515052u /* "PQPR" */
#define PQ_PROOF_VERSION 2u        /* version 1 was the VERDICT message */
#define PQ_PROOF_MAX (12u << 20)   /* bytes, encoded */
/*
 * pq_proof_encode() - append a proof, as in messages and in the ledger
 * Big-endian: u32 PQ_PROOF_MAGIC; u32 PQ_PROOF_VERSION; index, manifest and
 * config; u32 number of pieces; for each piece u32 requirement, u32 material,
 * u32 form, payload and signature. A u32 length precedes bytes.
 * @dst:   appended to
 * @proof: borrowed
 * Return: 0; -PQ_ELIMIT, also if pq_proof_decode() would refuse the result;
 *         -PQ_ENOMEM; an earlier fault of @dst
 */
int pq_proof_encode(struct pq_buf *dst, const struct pq_proof *proof);
/*
 * pq_proof_decode() - read an encoded proof strictly
 * Each length has a limit, and trailing bytes are refused.
 * @ret:   borrows from @s; untouched unless 0 is returned
 * @s:     borrowed, untrusted
 * Return: 0; -PQ_EFORMAT
 */
int pq_proof_decode(struct pq_proof *ret, struct pq_slice s);

#endif
