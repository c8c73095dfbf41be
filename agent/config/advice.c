/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the schema of one file cannot say: services beside pratique.yaml,
 * beside each other, and the parties that could ship alone.
 */
#include "config/advice.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <pratique/kind.h>

#include "config/party_sets.h"

/* An error without accept-alone, which owns up to it. */
static void
tell_alone(const struct pq_config_service *s, unsigned line, const char *who,
    const char *why, const char *more, const char *remedy,
    struct pq_config_notes *notes)
{
	bool accepted = s->accept_alone != NULL;

	pq_config_note(notes, !accepted, s->files[0].name, line,
	    "%s can ship alone: %s%s%s%s", who, why, more, accepted ? "" : "; ",
	    accepted ? " (accept-alone)" : remedy);
}

/* the first key of those that sign @ability; NULL: none does */
static const struct pq_holding *
first_key(const struct pq_parties *p, enum pq_ability ability)
{
	size_t i;

	for (i = 0; i < p->n_held; i++)
		if (p->held[i].ability == ability)
			return &p->held[i];
	return NULL;
}

static unsigned
line_of(const struct pq_parties *p, enum pq_ability ability)
{
	const struct pq_holding *h = first_key(p, ability);

	return h == NULL ? 0 : h->line;
}

/* By name: @party signs tags and holds one of the image keys. */
static bool
named_twice(const struct pq_parties *p, size_t party)
{
	const struct pq_holding *h = p->held;
	size_t a, b;

	for (a = 0; a < p->n_held; a++)
		for (b = a + 1; b < p->n_held; b++)
			if (h[a].party == party && h[b].party == party &&
			    h[a].ability == PQ_ABILITY_IMAGES &&
			    h[b].ability == PQ_ABILITY_TAGS &&
			    strcmp(h[a].holder, h[b].holder) == 0)
				return true;
	return false;
}

static const char *
why_alone(
    const struct pq_config_service *s, const struct pq_parties *p, size_t party)
{
	if (s->policy->git_url == NULL)
		return "an image signature alone suffices: the policy has no "
		       "source";
	if (named_twice(p, party))
		return "holds both the tag key and an image key";
	return "one and the same key signs tags and images";
}

/* words for an approval that the party gives itself */
static const char *
own_approval(const struct pq_config_service *s)
{
	return s->approvals > 0 ? ", and its own approval is enough" : "";
}

/* Returns whether some party needs nobody else. */
static bool
advise_alone(const struct pq_config_service *s, const struct pq_parties *p,
    struct pq_config_notes *notes)
{
	unsigned line = line_of(p,
	    s->policy->git_url == NULL ? PQ_ABILITY_IMAGES : PQ_ABILITY_TAGS);
	size_t i;

	if (p->n_smallest == 0 || pq_party_set_size(&p->smallest[0]) > 1)
		return false;
	for (i = 0; i < p->n_smallest; i++)
		tell_alone(s, line,
		    pq_parties_name(p, p->smallest[i].signers[0]),
		    why_alone(s, p, p->smallest[i].signers[0]), own_approval(s),
		    "accept-alone: REASON needed", notes);
	return true;
}

/* The bytes are signed; which of them is the newest, the tag says. */
static bool
advise_tag(const struct pq_config_service *s, struct pq_config_notes *notes)
{
	unsigned line = s->lines.version_from;
	char account[PQ_PARTIES_REGISTRY], who[PQ_PARTIES_REGISTRY + 8];
	const char *ability = pq_parties_registry(account, s);

	if (ability == NULL)
		return false;
	(void)snprintf(who, sizeof(who), "the %s", account);
	tell_alone(s, line == 0 ? s->lines.image : line, who,
	    line == 0 ? "no version-from means version-from: tag, by which it "
		      : "by version-from: tag it ",
	    ability,
	    "add version-from: label, and the label "
	    "org.opencontainers.image.version to the image, or accept-alone: "
	    "REASON",
	    notes);
	return true;
}

/* Does the policy ask for no approval but one that @party may give? */
static bool
approves_itself(
    const struct pq_config_service *s, const struct pq_parties *p, size_t party)
{
	bool may = (p->abilities[party] & PQ_ABILITY_APPROVE) != 0;

	return s->approvals <= (may ? 1U : 0U);
}

/* the first key that @party holds to sign @ability */
static unsigned
line_of_party(const struct pq_parties *p, size_t party, enum pq_ability ability)
{
	size_t i;

	for (i = 0; i < p->n_held; i++)
		if (p->held[i].party == party && p->held[i].ability == ability)
			return p->held[i].line;
	return 0;
}

/* Two parties are enough, and the work of one is done anyway. */
static void
advise_pair(const struct pq_config_service *s, const struct pq_parties *p,
    size_t image, size_t tag, struct pq_config_notes *notes)
{
	const char *ci = pq_parties_name(p, image);
	const char *tagger = pq_parties_name(p, tag);

	if (approves_itself(s, p, image))
		pq_config_note(notes, false, s->files[0].name,
		    line_of_party(p, image, PQ_ABILITY_IMAGES),
		    "%s can ship alone once %s has signed a tag: only %s says "
		    "that an image was built from it%s",
		    ci, tagger, ci, own_approval(s));
	if (approves_itself(s, p, tag) &&
	    (p->abilities[tag] & PQ_ABILITY_IMAGES) == 0)
		pq_config_note(notes, false, s->files[0].name,
		    line_of_party(p, tag, PQ_ABILITY_TAGS),
		    "%s can ship alone if %s signs whatever is tagged%s",
		    tagger, ci, own_approval(s));
}

/* Does @party need nobody else for what is @about? */
static bool
suffices(const struct pq_config_service *s, const struct pq_parties *p,
    size_t party, enum pq_about about)
{
	struct pq_party_set one = { .signers = { party }, .n_signers = 1 };

	return pq_party_set_meets(&one, p, s->policy, about);
}

static void
advise_pairs(const struct pq_config_service *s, const struct pq_parties *p,
    struct pq_config_notes *notes)
{
	size_t i = pq_parties_next(p, 0, PQ_ABILITY_IMAGES), tag;

	for (; i < p->n; i = pq_parties_next(p, i + 1, PQ_ABILITY_IMAGES)) {
		if (!suffices(s, p, i, PQ_ABOUT_IMAGE))
			continue;
		tag = pq_parties_next(p, 0, PQ_ABILITY_TAGS);
		for (; tag < p->n;
		     tag = pq_parties_next(p, tag + 1, PQ_ABILITY_TAGS))
			if (i != tag && suffices(s, p, tag, PQ_ABOUT_TAG))
				advise_pair(s, p, i, tag, notes);
	}
}

/* Could it matter whether these two are one party? */
static bool
counts(const struct pq_config_service *s, const struct pq_holding *a,
    const struct pq_holding *b)
{
	if (b->file == NULL)
		return s->approvals > 0;
	return a->requirement != b->requirement ||
	    s->policy->requirements[a->requirement].threshold > 1;
}

/* Two names that differ in nothing but case, the first one of a key's. */
static bool
alike(const struct pq_holding *a, const struct pq_holding *b)
{
	return a->file != NULL && a->holder != a->file &&
	    b->holder != b->file && strcmp(a->holder, b->holder) != 0 &&
	    strcasecmp(a->holder, b->holder) == 0;
}

/* Parties are compared byte by byte: Ci may be somebody else than ci. */
static void
warn_alike(const struct pq_config_service *s, const struct pq_parties *p,
    struct pq_config_notes *notes)
{
	const struct pq_holding *h = p->held;
	size_t a, b;

	for (b = 0; b < p->n_held; b++) {
		for (a = 0; a < b; a++)
			if (alike(&h[a], &h[b]) && counts(s, &h[a], &h[b]))
				break;
		if (a == b)
			continue;
		pq_config_note(notes, false, s->files[0].name,
		    h[b].file == NULL ? h[a].line : h[b].line,
		    "party: %s and %s differ in nothing but case, and count "
		    "as two",
		    h[b].holder, h[a].holder);
		return;
	}
}

static void
advise_parties(const struct pq_config_service *s, const struct pq_parties *p,
    struct pq_config_notes *notes)
{
	bool alone = advise_alone(s, p, notes);

	alone |= advise_tag(s, notes);
	/* without a set nothing is known, and something else is wrong */
	if (!alone && s->accept_alone != NULL && p->n_smallest > 0)
		pq_config_note(notes, false, s->files[0].name,
		    s->lines.accept_alone,
		    "accept-alone: no party can ship alone; remove it, or it "
		    "accepts the next one that can");
	advise_pairs(s, p, notes);
	warn_alike(s, p, notes);
}

static void
warn_nameless(
    const struct pq_policy *p, const char *file, struct pq_config_notes *notes)
{
	size_t i, k;

	for (i = 0; i < p->n_requirements; i++)
		for (k = 0; k < p->requirements[i].n; k++) {
			const struct pq_material *m = &p->requirements[i].v[k];

			if (m->party == NULL)
				pq_config_note(notes, false, file, m->line,
				    "%s: no party is named; who holds it "
				    "cannot be compared",
				    m->name);
		}
}

static void
warn_unwise(const struct pq_config_service *s, const char *file,
    struct pq_config_notes *notes)
{
	if (s->floor == NULL)
		pq_config_note(notes, false, file, 0,
		    "no floor: after a loss of state only the label of the "
		    "running container or pratique adopt stops an old release; "
		    "add floor: VERSION");
	if (s->delay_s == 0)
		pq_config_note(notes, false, file, s->lines.delay,
		    "quarantine: a delay of 0 leaves nobody time to object");
	warn_nameless(s->policy, file, notes);
}

/* Deploy proves again what verify found, or it does not deploy. */
static void
check_kinds(const struct pq_config_service *s, const char *file,
    struct pq_config_notes *notes)
{
	const struct pq_policy *p = s->policy;
	size_t i;

	for (i = 0; i < p->n_requirements; i++) {
		const struct pq_requirement *r = &p->requirements[i];
		const struct pq_kind_row *kind = pq_kind_row(r->kind);

		if (kind == NULL || !pq_kind_proven(r->kind))
			pq_config_note(notes, true, file,
			    r->n == 0 ? 0 : r->v[0].line,
			    "%s: pratique-deploy cannot prove this kind of "
			    "evidence again, and would refuse each release",
			    kind == NULL ? "require" : kind->name);
	}
}

static void
check_source(const struct pq_config *c, const struct pq_config_service *s,
    const char *file, struct pq_config_notes *notes)
{
	const char *url = s->policy->git_url;
	const struct pq_config_git *g = pq_config_git(c, url);
	struct pq_url_parts parts = { .host = pq_slice_str(url) };

	(void)pq_name_url(&parts, pq_slice_str(url), NULL);
	if (g == NULL)
		pq_config_note(notes, true, file, s->lines.repository,
		    "source: no entry under git: for %.*s in pratique.yaml",
		    (int)parts.host.n, (const char *)parts.host.p);
	else if ((strncmp(url, "http://", 7) == 0) != g->plain_http)
		pq_config_note(notes, true, file, s->lines.repository,
		    "source: %s and the plain-http setting of %s disagree", url,
		    g->origin);
}

void
pq_advice_fit(const struct pq_config *c, const struct pq_config_service *s,
    struct pq_config_notes *notes)
{
	const char *file = s->files[0].name;

	if (pq_config_registry(c, s->policy->image) == NULL)
		pq_config_note(notes, true, file, s->lines.image,
		    "image: no entry under registries: for %.*s in "
		    "pratique.yaml",
		    (int)strcspn(s->policy->image, "/"), s->policy->image);
	if (s->policy->git_url != NULL)
		check_source(c, s, file, notes);
	if (s->approvals > c->n_operators)
		pq_config_note(notes, true, file, s->lines.approvals,
		    "approvals: %u needed, and pratique.yaml names %zu "
		    "operator(s)",
		    s->approvals, c->n_operators);
}

void
pq_advice_service(const struct pq_config *c, const struct pq_config_service *s,
    struct pq_config_notes *notes)
{
	pq_auto(pq_parties_freep) struct pq_parties *parties = NULL;
	const char *file = s->files[0].name;

	/* unknown parties are no safe ones */
	if (pq_parties_of(&parties, s, c) != 0)
		pq_config_note(notes, true, file, 0,
		    "who can ship alone was not examined: out of memory");
	else
		advise_parties(s, parties, notes);
	check_kinds(s, file, notes);
	warn_unwise(s, file, notes);
}

/* Do two requirements trust one key? */
static bool
share_material(const struct pq_requirement *a, const struct pq_requirement *b)
{
	size_t i, k;

	for (i = 0; i < a->n; i++)
		for (k = 0; a->kind == b->kind && k < b->n; k++)
			if (pq_material_same(a->kind, &a->v[i], &b->v[k]) == 1)
				return true;
	return false;
}

/* Does some key of what is @about open both? */
static bool
share_keys(
    const struct pq_policy *a, const struct pq_policy *b, enum pq_about about)
{
	size_t i, k;

	for (i = 0; i < a->n_requirements; i++)
		for (k = 0; k < b->n_requirements; k++)
			if (pq_kind_row(a->requirements[i].kind) != NULL &&
			    pq_kind_row(a->requirements[i].kind)->about ==
				about &&
			    share_material(
				&a->requirements[i], &b->requirements[k]))
				return true;
	return false;
}

/* Does some key of one service's images open another's, too? */
static bool
shares_keys(const struct pq_policy *a, const struct pq_policy *b)
{
	/* one without a source is kept by its image keys alone */
	if (a->git_url != NULL && b->git_url != NULL &&
	    !share_keys(a, b, PQ_ABOUT_TAG))
		return false;
	return share_keys(a, b, PQ_ABOUT_IMAGE);
}

/* as the payload of a simple-signing signature must name it */
static const char *
signed_as(const struct pq_policy *p)
{
	return p->signed_as == NULL ? p->image : p->signed_as;
}

static void
tell_twin(const struct pq_policy *other, const struct pq_config_service *s,
    struct pq_config_notes *notes)
{
	const struct pq_policy *p = s->policy;
	bool same = strcmp(signed_as(other), signed_as(p)) == 0;

	pq_config_note(notes, false, s->files[0].name,
	    p->requirements[0].v[0].line,
	    "%s and %s trust the same keys%s: a %s of one that is copied to "
	    "the other's registry and repository passes, if its version fits%s",
	    other->service, p->service,
	    same ? " and the same repository in signatures" : "",
	    same ? "release" : "Sigstore bundle",
	    same ? ""
		 : " (it names no repository; a simple-signing signature "
		   "does, and fails)");
}

/* One note for each kind is enough. */
void
pq_advice_twin(const struct pq_config *c, const struct pq_config_service *s,
    struct pq_config_notes *notes)
{
	const struct pq_config_service *other;
	bool target = false, keys = false;

	for (other = c->services; other < s; other++) {
		if (!target && other->target == s->target &&
		    strcmp(other->target_name, s->target_name) == 0) {
			target = true;
			pq_config_note(notes, true, s->files[0].name,
			    s->lines.target,
			    "deploy: %s and %s name one %s, %s",
			    other->policy->service, s->policy->service,
			    pq_target_key(s->target), s->target_name);
		}
		if (!keys && shares_keys(other->policy, s->policy)) {
			keys = true;
			tell_twin(other->policy, s, notes);
		}
	}
}

/* A kind that is not known has been refused before. */
static void
check_requirement(const struct pq_requirement *r, const char *file,
    struct pq_config_notes *notes)
{
	const struct pq_kind_row *row = pq_kind_row(r->kind);
	size_t i;

	for (i = 0; row != NULL && i < r->n; i++) {
		const struct pq_material *m = &r->v[i];
		struct pq_err err = PQ_ERR_INIT;
		int k = row->examine(pq_slice(m->p, m->n), &err);

		if (k != 0)
			pq_config_note(notes, k < 0, file, m->line, "%s: %s",
			    m->name, err.text);
	}
}

void
pq_config_check_keys(const struct pq_config *c, struct pq_config_notes *notes)
{
	size_t i, k;

	for (i = 0; i < c->n_services; i++) {
		const struct pq_config_service *s = &c->services[i];

		for (k = 0; k < s->policy->n_requirements; k++)
			check_requirement(&s->policy->requirements[k],
			    s->files[0].name, notes);
	}
}
