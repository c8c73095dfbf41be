/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for the pieces of a proof among the candidates of a document.
 *
 * A valid signature by a policy key over this digest may still be for another
 * repository or version: an operator promoted the image from another
 * repository, or the signed annotation gives another version. This file calls
 * such a signature a misfit. A misfit does not end the search. If no signature
 * fits, the last misfits become the proof, so that the verdict can say which
 * name or version was signed.
 *
 * Each candidate is tried once with each material of each requirement. So the
 * number of materials limits the work, not the number of requirements. One
 * signature can meet two requirements if its key is in both.
 */
#include "format/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/claims.h>
#include <pratique/pubkey.h>

#include "core/clauses.h"
#include "format/keep.h"
#include "format/kinds.h"

/* Pieces of one requirement, at most one for each party. */
struct pieces {
	struct pq_piece v[PQ_PROOF_PIECES];
	size_t n;
};

struct work {
	const struct pq_evidence *ev;
	const struct pq_policy *policy;
	struct pq_proof *proof;
	int64_t now;
	struct pq_candidates all[PQ_KIND_COUNT];
	bool searched[PQ_KIND_COUNT];
	bool one; /* the policy has one requirement about the image */
	struct pq_search ret;
};

/* The state of the search for one requirement. */
struct found {
	const struct pq_requirement *req;
	struct pq_requirement opened; /* a copy of req with parsed keys */
	struct pq_material v[PQ_MATERIALS_MAX];
	struct pq_pubkey *keys[PQ_MATERIALS_MAX];
	size_t index;
	size_t party[PQ_MATERIALS_MAX];
	struct pieces fits, misfits;
	char why[PQ_REASON_MAX]; /* reason of the last bad candidate */
};

static int
candidates_of(struct work *w, enum pq_kind kind, struct pq_candidates **ret)
{
	const struct pq_find_row *row = pq_kind_find_row(kind);
	int r = 0;

	*ret = &w->all[kind];
	if (!w->searched[kind])
		r = row->find(*ret, w->ev);
	w->searched[kind] = r == 0;
	w->ret.cut = w->ret.cut || (*ret)->cut;
	return r;
}

/* Report whether this version knows the kind. If not, deploy refuses it. */
static bool
is_known(const struct pq_requirement *r)
{
	return pq_kind_row(r->kind) != NULL &&
	    pq_kind_prover(r->kind) != NULL &&
	    pq_kind_find_row(r->kind) != NULL && r->n <= PQ_MATERIALS_MAX;
}

static int
check_materials(const struct pq_policy *policy)
{
	const struct pq_requirement *q = policy->requirements;
	size_t i, k;
	int r;

	for (i = 0; i < policy->n_requirements; i++) {
		if (!is_known(&q[i]) ||
		    pq_kind_find_row(q[i].kind)->check == NULL)
			continue;
		for (k = 0; k < q[i].n; k++) {
			r = pq_kind_find_row(q[i].kind)->check(&q[i].v[k]);
			if (r != 0)
				return r;
		}
	}
	return 0;
}

/* ---- one requirement ------------------------------------------------- */

/* Add a piece, which replaces an earlier piece of the same party. */
static void
put_piece(struct pieces *h, const size_t *party, const struct pq_piece *piece)
{
	size_t i, k;

	for (i = 0; i < h->n; i++)
		if (party[h->v[i].material] == party[piece->material])
			break;
	if (i == PQ_PROOF_PIECES)
		return;
	if (i < h->n)
		h->n--;
	for (k = i; k < h->n; k++)
		h->v[k] = h->v[k + 1];
	h->v[h->n++] = *piece;
}

static bool
has_party(const struct pieces *h, const size_t *party, size_t material)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (party[h->v[i].material] == party[material])
			return true;
	return false;
}

static void
set_reason(struct found *f, const char *why)
{
	(void)snprintf(f->why, sizeof(f->why), "%s", why);
}

/* Add a genuine piece to fits or misfits, depending on its claims. */
static void
sort_piece(struct work *w, struct found *f, struct pq_candidate *c,
    const struct pq_piece *piece, const struct pq_claims *claims)
{
	struct pq_slice tag = pq_slice_str(w->ev->tag);
	struct pq_ruling why;

	c->known = true;
	if (!pq_claims_fit(claims, w->policy, tag)) {
		put_piece(&f->misfits, f->party, piece);
		pq_claims_repository(&why, &claims->repository, w->policy);
		if (why.status == PQ_PASS)
			pq_claims_version(&why, &claims->version,
			    w->policy->version_from, tag);
		set_reason(f, why.reason);
	} else if (!has_party(&f->fits, f->party, piece->material))
		put_piece(&f->fits, f->party, piece);
}

static int
try_candidate(struct work *w, struct found *f, struct pq_candidate *c)
{
	struct pq_piece piece = c->piece;
	struct pq_claims claims;
	struct pq_ruling ruling;
	size_t i;
	int r;

	if (piece.form == PQ_FORM_NONE) {
		set_reason(f, c->why);
		return 0;
	}
	piece.requirement = (uint32_t)f->index;
	piece.image = w->ev->digest;
	for (i = 0; i < f->req->n; i++) {
		piece.material = (uint32_t)i;
		r = pq_kind_prover(f->req->kind)(
		    &f->opened, &piece, w->now, &claims, &ruling);
		if (r != 0)
			return r;
		if (!claims.genuine)
			continue;
		if (ruling.status == PQ_PASS)
			sort_piece(w, f, c, &piece, &claims);
		else
			set_reason(f, ruling.reason);
		return 0;
	}
	set_reason(f,
	    w->one ? "no key in the policy made this signature"
		   : "no key in this requirement made this signature");
	return 0;
}

/*
 * Parse the keys of a requirement once. Parsing a long RSA key takes longer
 * than verifying many signatures. If keys were parsed for each signature, an
 * attacker could exceed the time limit of a job with junk signatures.
 */
static int
open_keys(struct found *f)
{
	const struct pq_find_row *row = pq_kind_find_row(f->req->kind);
	size_t i;
	int r = 0;

	f->opened = *f->req;
	f->opened.v = f->v;
	for (i = 0; r == 0 && i < f->req->n; i++) {
		f->v[i] = f->req->v[i];
		if (row->open != NULL)
			r = row->open(&f->keys[i], &f->v[i]);
		f->v[i].key = f->keys[i];
	}
	return r;
}

static void
close_keys(struct found *f)
{
	size_t i;

	for (i = 0; i < f->req->n; i++)
		pq_pubkey_free(f->keys[i]);
}

static int
search_requirement(struct work *w, struct found *f)
{
	struct pq_candidates *all;
	size_t i;
	int r = candidates_of(w, f->req->kind, &all);

	if (r == 0 && f->req->threshold > 1)
		r = pq_requirement_parties(f->party, f->req);
	if (r == 0)
		r = open_keys(f);
	for (i = 0; r == 0 && i < all->n; i++) {
		/* later candidates could only add names of signers */
		if (w->one && f->fits.n >= f->req->threshold)
			break;
		r = try_candidate(w, f, &all->v[i]);
	}
	close_keys(f);
	return r;
}

/*
 * Take the pieces that fit. If there are none, take the last misfits, so that
 * the findings can say what was signed. If only some of the required pieces
 * fit, do not add misfits: the release would be refused, although another party
 * can still sign it. Everybody who can push could add such a misfit.
 */
static size_t
choose_pieces(struct pieces *h, const struct found *f)
{
	size_t need = f->req->threshold, i;

	*h = f->fits;
	if (h->n > need)
		h->n = need;
	for (i = f->fits.n == 0 ? f->misfits.n : 0; i-- > 0 && h->n < need;)
		if (!has_party(h, f->party, f->misfits.v[i].material))
			put_piece(h, f->party, &f->misfits.v[i]);
	return h->n;
}

/* ---- reasons --------------------------------------------------------- */

static void
say_signers(
    char *why, size_t size, const struct found *f, const struct pieces *have)
{
	const char *name = f->req->v[have->v[0].material].name;

	(void)snprintf(why, size, "%zu of %u parties signed (%.100s%s); ",
	    have->n, f->req->threshold, name == NULL ? "?" : name,
	    have->n > 1 ? ", ..." : "");
}

/*
 * Write the reason of an unmet requirement: the parties that signed, and the
 * fault of the last bad candidate if there is one.
 */
static void
say_missing(char *why, size_t size, const struct found *f,
    const struct pq_candidates *c)
{
	const char *cut = c->cut ? "; too many candidates to examine" : "";
	unsigned seen = c->seen - c->others;
	bool some = f->fits.n > 0;
	size_t n = 0;

	if (some) {
		say_signers(why, size, f, &f->fits);
		n = strlen(why);
	}
	if (some ? f->why[0] != '\0' : seen > 0)
		(void)snprintf(why + n, size - n,
		    "%u signature(s) examined, %s accepted: %.340s%s", seen,
		    some ? "the others not" : "none", f->why, cut);
	else
		(void)snprintf(why + n, size - n,
		    "no signature %s was found yet%s%s%s",
		    some ? "by another party" : "of this digest",
		    c->others == 0 ? "" : "; skipped: ", c->other, cut);
}

/* Append a reason: "no alternative is met: cosign-key keys/a.pub: why; ..." */
static void
add_missing(struct pq_searched *s, const struct found *f,
    const struct pq_candidates *c, bool only)
{
	char why[PQ_REASON_MAX];
	size_t n = strlen(s->why);
	const char *name = f->req->n > 0 ? f->req->v[0].name : NULL;

	say_missing(why, sizeof(why), f, c);
	if (only)
		(void)snprintf(s->why, sizeof(s->why), "%s", why);
	else
		(void)snprintf(s->why + n, sizeof(s->why) - n,
		    "%s%s %.60s: %.180s",
		    n == 0 ? "no alternative is met: " : "; ",
		    pq_kind_row(f->req->kind)->name, name == NULL ? "?" : name,
		    why);
}

/* ---- clauses --------------------------------------------------------- */

static int
keep_piece(struct work *w, const struct pq_piece *piece)
{
	struct pq_piece *to = &w->proof->v[w->proof->n];
	int r;

	/* deploy refuses a policy that requires more pieces */
	if (w->proof->n == PQ_PROOF_PIECES)
		return 0;
	*to = *piece;
	r = pq_evidence_keep(w->ev, &to->payload, piece->payload);
	if (r == 0 && piece->signature.n > 0)
		r = pq_evidence_keep(w->ev, &to->signature, piece->signature);
	if (r == 0)
		w->proof->n++;
	return r;
}

static int
keep_pieces(struct work *w, const struct pieces *h)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < h->n; i++)
		r = keep_piece(w, &h->v[i]);
	return r;
}

/* Return the first requirement at or after @i in the clause of @first. */
static size_t
next_alternative(const struct pq_policy *policy, size_t first, size_t i)
{
	const struct pq_requirement *r = policy->requirements;

	for (; i < policy->n_requirements; i++)
		if (pq_requirement_is_alternative(&r[i], &r[first]) &&
		    is_known(&r[i]))
			break;
	return i;
}

static bool
has_one(const struct pq_policy *policy, size_t first)
{
	return next_alternative(policy, first, first + 1) ==
	    policy->n_requirements;
}

/* Search for requirement @i and keep the result if it is better than @best. */
static int
search_alternative(
    struct work *w, struct pq_searched *s, size_t i, struct pieces *best)
{
	struct found f = { .req = &w->policy->requirements[i], .index = i };
	const struct pq_find_row *row = pq_kind_find_row(f.req->kind);
	struct pieces have;
	bool misfit;
	int r = search_requirement(w, &f);

	if (r != 0)
		return r;
	s->asked = s->asked && row->asked != NULL && row->asked(w->ev);
	misfit = f.fits.n < f.req->threshold;
	if (choose_pieces(&have, &f) < f.req->threshold ||
	    f.req->threshold == 0) {
		add_missing(
		    s, &f, &w->all[f.req->kind], has_one(w->policy, s->first));
	} else if (!s->met || (s->misfit && !misfit)) {
		s->met = true;
		s->misfit = misfit;
		*best = have;
	}
	return 0;
}

static int
search_image(struct work *w, size_t first)
{
	struct pq_searched *s = &w->ret.clauses[w->ret.n++];
	struct pieces best = { .n = 0 };
	size_t i = next_alternative(w->policy, first, first);
	int r = 0;

	/* do not wait for evidence of an unknown kind */
	*s = (struct pq_searched){ .first = first,
		.asked = i < w->policy->n_requirements };
	for (; r == 0 && i < w->policy->n_requirements;
	     i = next_alternative(w->policy, first, i + 1))
		r = search_alternative(w, s, i, &best);
	return r == 0 ? keep_pieces(w, &best) : r;
}

/*
 * Use the first alternative that the tag meets. If the tag meets none, add a
 * piece for each alternative, so that deploy reports the reason of each.
 */
static int
search_tag(struct work *w, size_t first)
{
	struct pieces all = { .n = 0 };
	struct pq_candidates *c;
	struct pq_claims claims;
	struct pq_ruling ruling;
	size_t i;
	int r = 0;

	for (i = next_alternative(w->policy, first, first);
	     r == 0 && i < w->policy->n_requirements;
	     i = next_alternative(w->policy, first, i + 1)) {
		const struct pq_requirement *q = &w->policy->requirements[i];
		struct pq_piece piece;

		r = candidates_of(w, q->kind, &c);
		if (r != 0 || c->n == 0 || q->n == 0)
			continue;
		piece = c->v[0].piece;
		piece.requirement = (uint32_t)i;
		r = pq_kind_prover(q->kind)(
		    q, &piece, w->now, &claims, &ruling);
		if (r == 0 && ruling.status == PQ_PASS)
			return keep_piece(w, &piece);
		if (all.n < PQ_PROOF_PIECES)
			all.v[all.n++] = piece;
	}
	return r == 0 ? keep_pieces(w, &all) : r;
}

static int
search_all(struct work *w)
{
	const struct pq_policy *p = w->policy;
	size_t first = pq_clause_next(p, PQ_ABOUT_IMAGE, 0), i;
	int r = check_materials(p);

	w->one = has_one(p, first) &&
	    pq_clause_next(p, PQ_ABOUT_IMAGE, first + 1) == p->n_requirements;
	for (i = first;
	     r == 0 && i < p->n_requirements && w->ret.n < PQ_PROOF_PIECES;
	     i = pq_clause_next(p, PQ_ABOUT_IMAGE, i + 1))
		r = search_image(w, i);
	if (p->git_url == NULL)
		return r;
	for (i = pq_clause_next(p, PQ_ABOUT_TAG, 0);
	     r == 0 && i < p->n_requirements;
	     i = pq_clause_next(p, PQ_ABOUT_TAG, i + 1))
		r = search_tag(w, i);
	return r;
}

/* Report whether a signature is by a key that is not in the policy. */
static bool
has_others(const struct work *w)
{
	size_t k, i, n = 0;

	for (k = 0; k < PQ_KIND_COUNT; k++) {
		const struct pq_candidates *c = &w->all[k];

		if (pq_kind_row((enum pq_kind)k) == NULL ||
		    pq_kind_row((enum pq_kind)k)->about != PQ_ABOUT_IMAGE)
			continue;
		n += c->seen - c->others;
		for (i = 0; i < c->n; i++)
			n -= c->v[i].known;
	}
	return n > 0;
}

int
pq_search_pieces(struct pq_search *ret, struct pq_proof *proof,
    const struct pq_policy *policy, const struct pq_evidence *ev, int64_t now)
{
	struct work *w = calloc(1, sizeof(*w));
	size_t i;
	int r;

	if (w == NULL)
		return -PQ_ENOMEM;
	w->ev = ev;
	w->policy = policy;
	w->proof = proof;
	w->now = now;
	r = search_all(w);
	w->ret.others = has_others(w);
	for (i = 0; i < PQ_KIND_COUNT; i++)
		pq_candidates_free(&w->all[i]);
	if (r == 0)
		*ret = w->ret;
	free(w);
	return r;
}
