/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rule of clauses. A policy is met if one alternative of each clause is
 * met. An alternative is met if at least as many parties signed as its
 * threshold requires. Each party needs its own piece.
 *
 * A piece is verified once, against the requirement whose index it carries. It
 * counts for no other requirement. The process that made the proof chose that
 * index and is not trusted. A wrong index can only remove a piece that would
 * count. It can never make a bad piece pass.
 */
#include "core/clauses.h"

#include <stdio.h>
#include <string.h>

#include <pratique/text.h>

static bool
names_requirement(const struct pq_piece *p, const struct pq_policy *policy,
    enum pq_about about)
{
	const struct pq_requirement *r;

	if (p->requirement >= policy->n_requirements)
		return false;
	r = &policy->requirements[p->requirement];
	return pq_requirement_about(r) == about && p->material < r->n &&
	    p->material < PQ_MATERIALS_MAX && pq_kind_prover(r->kind) != NULL;
}

int
pq_proven_all(struct pq_proven_list *ret, const struct pq_policy *policy,
    const struct pq_proof *proof, enum pq_about about,
    const struct pq_digest *image, struct pq_slice image_tag, int64_t now)
{
	size_t i;

	for (i = 0; i < proof->n && i < PQ_PROOF_PIECES; i++) {
		struct pq_proven *one = &ret->v[ret->n];
		struct pq_piece piece = proof->v[i];
		const struct pq_requirement *r;
		int k;

		if (!names_requirement(&piece, policy, about))
			continue;
		piece.image = *image;
		r = &policy->requirements[piece.requirement];
		k = pq_kind_prover(r->kind)(
		    r, &piece, now, &one->claims, &one->ruling);
		if (k != 0)
			return k;
		/* a signature that names another image does not count */
		if (about == PQ_ABOUT_IMAGE &&
		    !pq_digest_eq(&one->claims.digest, image))
			one->ruling.status = PQ_FAIL;
		one->piece = &proof->v[i];
		one->fits = about != PQ_ABOUT_IMAGE ||
		    pq_claims_fit(&one->claims, policy, image_tag);
		ret->n++;
	}
	return 0;
}

/* Report whether an earlier requirement belongs to the same clause. */
static bool
is_seen(const struct pq_policy *policy, size_t i)
{
	const struct pq_requirement *r = policy->requirements;
	size_t k;

	for (k = 0; k < i; k++)
		if (pq_requirement_is_alternative(&r[k], &r[i]))
			return true;
	return false;
}

size_t
pq_clause_next(const struct pq_policy *policy, enum pq_about about, size_t from)
{
	for (; from < policy->n_requirements; from++)
		if (pq_requirement_about(&policy->requirements[from]) ==
			about &&
		    !is_seen(policy, from))
			break;
	return from;
}

/* ---- one requirement ------------------------------------------------- */

static bool
is_counted(const struct pq_clause *c, const size_t *party, size_t material)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (party[c->used[i]->piece->material] == party[material])
			return true;
	return false;
}

/* Take one piece of each party until the threshold is reached. */
static void
take_pieces(struct pq_clause *c, const struct pq_requirement *r, size_t index,
    const struct pq_proven_list *all, const size_t *party, bool fitting)
{
	size_t i;

	c->n = 0;
	for (i = 0; i < all->n && c->n < r->threshold; i++) {
		const struct pq_proven *p = &all->v[i];

		if (p->piece->requirement == index &&
		    p->ruling.status == PQ_PASS && (p->fits || !fitting) &&
		    !is_counted(c, party, p->piece->material))
			c->used[c->n++] = p;
	}
}

/*
 * Write the reason of a clause that is met: the ruling on the first piece, and
 * the signers of the others.
 */
static void
explain_met(struct pq_clause *c)
{
	size_t i, n;

	c->status = PQ_PASS;
	(void)snprintf(
	    c->reason, sizeof(c->reason), "%s", c->used[0]->ruling.reason);
	(void)snprintf(c->spec, sizeof(c->spec), "%s", c->used[0]->ruling.spec);
	for (i = 1; i < c->n; i++) {
		n = strlen(c->reason);
		(void)snprintf(c->reason + n, sizeof(c->reason) - n, " and %s",
		    c->used[i]->claims.principal);
	}
}

static const struct pq_proven *
last_failed(const struct pq_proven_list *all, size_t index)
{
	const struct pq_proven *last = NULL;
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->v[i].piece->requirement == index &&
		    all->v[i].ruling.status != PQ_PASS)
			last = &all->v[i];
	return last;
}

static void
explain_unmet(struct pq_clause *c, const struct pq_requirement *r, size_t index,
    const struct pq_proven_list *all)
{
	const struct pq_proven *p = last_failed(all, index);
	const struct pq_kind_row *kind = pq_kind_row(r->kind);
	const char *why = "the policy requires a kind of evidence that this "
			  "version does not know";

	if (p != NULL)
		why = p->ruling.reason;
	else if (kind != NULL && pq_kind_prover(r->kind) != NULL)
		why = kind->missing;
	if (c->n > 0)
		(void)snprintf(c->reason, sizeof(c->reason),
		    "%zu of %u parties signed; %.400s", c->n, r->threshold,
		    p == NULL ? "no signature by another party" : why);
	else
		(void)snprintf(c->reason, sizeof(c->reason), "%s", why);
	c->n = 0;
	if (p == NULL)
		return;
	(void)snprintf(c->spec, sizeof(c->spec), "%s", p->ruling.spec);
	c->used[c->n++] = p;
}

/*
 * Check one requirement. If enough pieces fit the policy, only these count. If
 * too few fit, all pieces count. If the requirement is not met, @ret holds the
 * reason.
 */
static int
judge_requirement(struct pq_clause *ret, bool *ret_fits,
    const struct pq_requirement *r, size_t index,
    const struct pq_proven_list *all)
{
	/* with a threshold of one, it does not matter which party signed */
	size_t party[PQ_MATERIALS_MAX] = { 0 };
	int k = r->threshold > 1 ? pq_requirement_parties(party, r) : 0;

	if (k != 0)
		return k;
	*ret = (struct pq_clause){ 0 };
	*ret_fits = true;
	take_pieces(ret, r, index, all, party, true);
	if (ret->n < r->threshold) {
		*ret_fits = false;
		take_pieces(ret, r, index, all, party, false);
	}
	if (r->threshold > 0 && ret->n >= r->threshold)
		explain_met(ret);
	else
		explain_unmet(ret, r, index, all);
	return 0;
}

/* ---- the alternatives of a clause ------------------------------------ */

/* Append a reason such as "cosign-key keys/web.pub: why". */
static void
add_reason(struct pq_clause *sum, const struct pq_requirement *r,
    const struct pq_clause *one, bool first)
{
	const struct pq_kind_row *kind = pq_kind_row(r->kind);
	const char *name = r->n > 0 ? r->v[0].name : NULL;
	size_t n = strlen(sum->reason);

	(void)snprintf(sum->reason + n, sizeof(sum->reason) - n,
	    "%s%s %s: %.200s", first ? "no alternative is met: " : "; ",
	    kind == NULL ? "?" : kind->name, name == NULL ? "" : name,
	    one->reason);
}

static bool
is_better(const struct pq_clause *a, bool a_fits, const struct pq_clause *b,
    bool b_fits)
{
	if (a->status != b->status)
		return a->status == PQ_PASS;
	return a->status == PQ_PASS && a_fits && !b_fits;
}

int
pq_clause_judge(struct pq_clause *ret, const struct pq_policy *policy,
    size_t first, const struct pq_proven_list *all)
{
	struct pq_clause one, unmet = { 0 };
	bool fits, best_fits = false;
	size_t i, n = 0;
	int r;

	*ret = (struct pq_clause){ 0 };
	for (i = first; i < policy->n_requirements; i++) {
		if (!pq_requirement_is_alternative(
			&policy->requirements[first], &policy->requirements[i]))
			continue;
		r = judge_requirement(
		    &one, &fits, &policy->requirements[i], i, all);
		if (r != 0)
			return r;
		add_reason(&unmet, &policy->requirements[i], &one, n == 0);
		if (n++ == 0 || is_better(&one, fits, ret, best_fits)) {
			*ret = one;
			best_fits = fits;
		}
	}
	if (n > 1 && ret->status != PQ_PASS)
		memcpy(ret->reason, unmet.reason, sizeof(ret->reason));
	return 0;
}
