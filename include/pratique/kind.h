/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_KIND_H
#define PRATIQUE_KIND_H

#include <pratique/artifact.h>
#include <pratique/claims.h>
#include <pratique/proof.h>
#include <pratique/signers.h>

/* What evidence of a kind is about. */
enum pq_about {
	PQ_ABOUT_NONE = 0,
	PQ_ABOUT_IMAGE,
	PQ_ABOUT_TAG, /* of the source repository */
};

/*
 * prove: judge one piece by one requirement, and nothing else
 * @req:    the requirement that the piece names
 * @piece:  its material is one of @req
 * @now:    seconds UTC
 * @claims: what the signed bytes say, valid when @ruling passes; genuine, and
 *          of a tag object that could be read the commit, in any case
 * @ruling: filled when 0 is returned; the zero value is a fail
 * Return:  0 examined; -PQ_ENOMEM; -PQ_ECRYPTO
 */
typedef int (*pq_prove_fn)(const struct pq_requirement *req,
    const struct pq_piece *piece, int64_t now, struct pq_claims *claims,
    struct pq_ruling *ruling);
/*
 * examine: can a file be a material of it?
 * Return: 0; 1: it can, and @err says what is unwise about it; a fault, with
 *         @err
 */
typedef int (*pq_examine_fn)(struct pq_slice file, struct pq_err *err);
/* same: do both files hold one key? 1, 0, or -PQ_ENOMEM */
typedef int (*pq_same_fn)(struct pq_slice a, struct pq_slice b);
/* common: is one key in each list? 1, 0, or -PQ_ENOMEM */
typedef int (*pq_common_fn)(const struct pq_listed *v, size_t n);

/*
 * One kind of evidence, as far as everybody knows it. Its prover is not here:
 * who reads the configuration must not get the parsers of signed text with it.
 */
struct pq_kind_row {
	const char *name; /* its key in the configuration */
	enum pq_about about;
	enum pq_check check; /* on which its finding is */
	const char *missing; /* words for no piece of it */
	pq_examine_fn examine;
	pq_same_fn same;
	pq_common_fn common; /* of a kind about the tag, which is signed once */
	unsigned artifacts;  /* where it can be, bits of PQ_ARTIFACT_BIT() */
};

/* NULL: there is no such kind */
const struct pq_kind_row *pq_kind_row(enum pq_kind k);
/* does deploy prove it again, so that pq_kind_prover() has it? */
bool pq_kind_proven(enum pq_kind k);
/* PQ_KIND_NONE when no kind has this key */
enum pq_kind pq_kind_by_name(const char *name);
/* NULL: it cannot be proven, and refuses */
pq_prove_fn pq_kind_prover(enum pq_kind k);

/*
 * pq_requirement_about() - the image, for a kind that is not known: it is never
 * met, and so refuses
 */
enum pq_about pq_requirement_about(const struct pq_requirement *r);
/* are they alternatives of one clause? What they are about has to be one. */
bool pq_requirement_is_alternative(
    const struct pq_requirement *a, const struct pq_requirement *b);
/* do two materials of one kind hold one key? 1, 0, or -PQ_ENOMEM */
int pq_material_same(enum pq_kind kind, const struct pq_material *a,
    const struct pq_material *b);
/*
 * pq_material_common() - can one signature of a kind satisfy each list?
 * @v:     the materials of all lists; those of one list are alternatives
 * Return: 1; 0; -PQ_ENOMEM
 */
int pq_material_common(enum pq_kind kind, const struct pq_listed *v, size_t n);

/*
 * pq_requirement_parties() - who holds the materials of a requirement
 * Two materials are of one party when they name it alike, or hold one key:
 * two names for one key make no second party.
 * @ret:   of each material the index of the first one of its party
 * Return: 0; -PQ_ENOMEM
 */
int pq_requirement_parties(
    size_t ret[PQ_MATERIALS_MAX], const struct pq_requirement *r);

#endif
