/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_KIND_H
#define PRATIQUE_KIND_H

#include <pratique/artifact.h>
#include <pratique/claims.h>
#include <pratique/proof.h>
#include <pratique/signers.h>

/* The subject of a kind of evidence. */
enum pq_about {
	PQ_ABOUT_NONE = 0,
	PQ_ABOUT_IMAGE,
	PQ_ABOUT_TAG, /* a tag of the source repository */
};

/*
 * pq_prove_fn - check one piece against one requirement
 * @req:    the requirement that the piece names; borrowed
 * @piece:  its material is an index into req->v; borrowed
 * @now:    seconds since 1970-01-01 UTC
 * @claims: the claims in the signed bytes; valid if @ruling passes. If @ruling
 *          fails, genuine is valid, and commit is valid if the tag object
 *          could be parsed.
 * @ruling: filled if 0 is returned; the zero value is a fail
 * Return:  0 examined, read ruling->status; -PQ_ENOMEM; -PQ_ECRYPTO
 */
typedef int (*pq_prove_fn)(const struct pq_requirement *req,
    const struct pq_piece *piece, int64_t now, struct pq_claims *claims,
    struct pq_ruling *ruling);
/*
 * pq_examine_fn - decide whether a file can be a material of a kind
 * Return: 0; 1: the file can be used, and @err holds a warning; a negative
 *         fault, with the reason in @err
 */
typedef int (*pq_examine_fn)(struct pq_slice file, struct pq_err *err);
/*
 * pq_same_fn - decide whether two files contain the same key
 * Return: 1 if true, 0 if false; -PQ_ENOMEM
 */
typedef int (*pq_same_fn)(struct pq_slice a, struct pq_slice b);
/*
 * pq_common_fn - decide whether one key is in each of several lists
 * Return: 1 if true, or if pq_examine_fn refuses a file; 0 if false;
 *         -PQ_ENOMEM
 */
typedef int (*pq_common_fn)(const struct pq_listed *v, size_t n);

/*
 * One kind of evidence. Its prover is in another table, because a program
 * that only reads the configuration must not link the parsers of signed text.
 */
struct pq_kind_row {
	const char *name; /* key of the kind in the configuration */
	enum pq_about about;
	enum pq_check check; /* the check of its findings */
	const char *missing; /* reason if there is no piece of this kind */
	pq_examine_fn examine;
	pq_same_fn same;
	pq_common_fn common; /* NULL for a kind about the image: an image can
				have many signatures, but a tag has one */
	unsigned artifacts;  /* places at a registry, PQ_ARTIFACT_BIT() */
};

/*
 * pq_kind_row()     - return the table row of a kind
 * pq_kind_proven()  - decide whether deploy verifies this kind again
 * pq_kind_by_name() - find a kind by its key in the configuration
 * pq_kind_prover()  - return the function that proves a kind
 * @k:     may be out of range
 * @name:  NUL-terminated; borrowed
 * Return: pq_kind_row(): a static row, NULL for an unknown kind;
 *         pq_kind_proven(): true if deploy does;
 *         pq_kind_by_name(): PQ_KIND_NONE for an unknown name;
 *         pq_kind_prover(): NULL if deploy does not verify the kind. Pieces of
 *         such a kind never pass.
 */
const struct pq_kind_row *pq_kind_row(enum pq_kind k);
bool pq_kind_proven(enum pq_kind k);
enum pq_kind pq_kind_by_name(const char *name);
pq_prove_fn pq_kind_prover(enum pq_kind k);

/*
 * pq_requirement_about() - return the subject of a requirement
 * @r:     borrowed
 * Return: the subject; PQ_ABOUT_IMAGE for an unknown kind. A requirement of an
 *         unknown kind is never met, so the release is refused.
 */
enum pq_about pq_requirement_about(const struct pq_requirement *r);
/*
 * pq_requirement_is_alternative() - decide whether two requirements are
 *                                   alternatives of one clause
 * @a:     borrowed
 * @b:     borrowed
 * Return: true if their clause numbers and their subjects are equal
 */
bool pq_requirement_is_alternative(
    const struct pq_requirement *a, const struct pq_requirement *b);
/*
 * pq_material_same() - decide whether two materials contain the same key
 * @kind:  kind of both
 * @a:     borrowed
 * @b:     borrowed
 * Return: 1 if true; 0 if false, or if the kind is unknown; -PQ_ENOMEM
 */
int pq_material_same(enum pq_kind kind, const struct pq_material *a,
    const struct pq_material *b);
/*
 * pq_material_common() - decide whether one signature can satisfy each list
 * @kind:  kind of all materials
 * @v:     the materials of all lists; the materials of one list are
 *         alternatives; borrowed
 * @n:     number of @v
 * Return: 1 if true, or if a file is unreadable; 0 if false, or if the kind is
 *         not about the tag; -PQ_ENOMEM
 */
int pq_material_common(enum pq_kind kind, const struct pq_listed *v, size_t n);

/*
 * pq_requirement_parties() - group the materials of a requirement by party
 * Two materials belong to one party if they name the same party or contain the
 * same key. A second name for one key does not make a second party.
 * @ret:   for each material, the index of the first material of its party
 * @r:     borrowed; materials beyond PQ_MATERIALS_MAX are ignored
 * Return: 0; -PQ_ENOMEM
 */
int pq_requirement_parties(
    size_t ret[PQ_MATERIALS_MAX], const struct pq_requirement *r);

#endif
