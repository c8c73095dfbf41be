/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks that need more than the schema of one file. They compare a service
 * with pratique.yaml and with the other services. They also find the parties
 * that can put code into production alone.
 */
#include "config/advice.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <pratique/kind.h>

#include "config/party_sets.h"

#define APPROVAL_TEXT 200

/*
 * Note that one party can ship alone. This is an error. If accept-alone gives
 * a reason, it is only a warning.
 */
static void
note_alone(const struct pq_config_service *s, unsigned line, const char *who,
    const char *why, const char *more, const char *remedy,
    struct pq_config_notes *notes)
{
	bool accepted = s->accept_alone != NULL;

	pq_config_note(notes, !accepted, s->files[0].name, line,
	    "%s can ship alone: %s%s%s%s", who, why, more, accepted ? "" : "; ",
	    accepted ? " (accept-alone)" : remedy);
}

/* Return the first key that gives @ability, or NULL. */
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

/* Return true if one name of @party has a tag key and an image key. */
static bool
is_named_twice(const struct pq_parties *p, size_t party)
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
		return "an image signature suffices, because the policy has "
		       "no source";
	if (is_named_twice(p, party))
		return "it holds the tag key and an image key";
	return "the same key signs tags and images";
}

/* Write the text about an approval that @party gives to its own release. */
static const char *
own_approval(char dst[APPROVAL_TEXT], const struct pq_config_service *s,
    const char *party)
{
	dst[0] = '\0';
	if (s->approvals > 0)
		(void)snprintf(dst, APPROVAL_TEXT,
		    ", and the approval of %.160s suffices", party);
	return dst;
}

/* Note each party that can ship alone. Return true if there is one. */
static bool
advise_alone(const struct pq_config_service *s, const struct pq_parties *p,
    struct pq_config_notes *notes)
{
	unsigned line = line_of(p,
	    s->policy->git_url == NULL ? PQ_ABILITY_IMAGES : PQ_ABILITY_TAGS);
	char text[APPROVAL_TEXT];
	const char *name;
	size_t party, i;

	if (p->n_smallest == 0 || pq_party_set_size(&p->smallest[0]) > 1)
		return false;
	for (i = 0; i < p->n_smallest; i++) {
		party = p->smallest[i].signers[0];
		name = pq_parties_name(p, party);
		note_alone(s, line, name, why_alone(s, p, party),
		    own_approval(text, s, name),
		    "if this is intended, add accept-alone: REASON", notes);
	}
	return true;
}

/*
 * Note a registry account that can ship alone. All images are signed, but with
 * version-from: tag only the unsigned tag says the version. So the account can
 * present an old image with a known vulnerability as the newest release.
 */
static bool
advise_tag(const struct pq_config_service *s, struct pq_config_notes *notes)
{
	unsigned line = s->lines.version_from;
	char account[PQ_PARTIES_REGISTRY], who[PQ_PARTIES_REGISTRY + 8];
	const char *ability = pq_parties_registry(account, s);

	if (ability == NULL)
		return false;
	(void)snprintf(who, sizeof(who), "the %s", account);
	note_alone(s, line == 0 ? s->lines.image : line, who,
	    line == 0 ? "without version-from it "
		      : "with version-from: tag it ",
	    ability,
	    "add version-from: label here and the label "
	    "org.opencontainers.image.version to the image; or, if this is "
	    "intended, add accept-alone: REASON",
	    notes);
	return true;
}

/* Return true if @party alone can give all approvals that the policy needs. */
static bool
approves_itself(
    const struct pq_config_service *s, const struct pq_parties *p, size_t party)
{
	bool may = (p->abilities[party] & PQ_ABILITY_APPROVE) != 0;

	return s->approvals <= (may ? 1U : 0U);
}

/* Return the line of the first key that gives @ability to @party. */
static unsigned
line_of_party(const struct pq_parties *p, size_t party, enum pq_ability ability)
{
	size_t i;

	for (i = 0; i < p->n_held; i++)
		if (p->held[i].party == party && p->held[i].ability == ability)
			return p->held[i].line;
	return 0;
}

/*
 * Warn about two parties if the usual work of one is enough for the other. The
 * CI needs only a tag, which its signer may have signed for another reason. The
 * signer of tags needs only a CI that builds each tag.
 */
static void
advise_pair(const struct pq_config_service *s, const struct pq_parties *p,
    size_t image, size_t tag, struct pq_config_notes *notes)
{
	const char *ci = pq_parties_name(p, image);
	const char *tagger = pq_parties_name(p, tag);
	char text[APPROVAL_TEXT];

	if (approves_itself(s, p, image))
		pq_config_note(notes, false, s->files[0].name,
		    line_of_party(p, image, PQ_ABILITY_IMAGES),
		    "%s can ship alone once %s has signed a tag: only the "
		    "signature of %s says that an image was built from this "
		    "tag%s",
		    ci, tagger, ci, own_approval(text, s, ci));
	if (approves_itself(s, p, tag) &&
	    (p->abilities[tag] & PQ_ABILITY_IMAGES) == 0)
		pq_config_note(notes, false, s->files[0].name,
		    line_of_party(p, tag, PQ_ABILITY_TAGS),
		    "%s can ship alone if %s signs an image of each tag%s",
		    tagger, ci, own_approval(text, s, tagger));
}

/* Return true if @party alone meets all clauses about the image, or the tag. */
static bool
party_suffices(const struct pq_config_service *s, const struct pq_parties *p,
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
		if (!party_suffices(s, p, i, PQ_ABOUT_IMAGE))
			continue;
		tag = pq_parties_next(p, 0, PQ_ABILITY_TAGS);
		for (; tag < p->n;
		     tag = pq_parties_next(p, tag + 1, PQ_ABILITY_TAGS))
			if (i != tag && party_suffices(s, p, tag, PQ_ABOUT_TAG))
				advise_pair(s, p, i, tag, notes);
	}
}

/* Return true if the policy requires that these two are two parties. */
static bool
must_differ(const struct pq_config_service *s, const struct pq_holding *a,
    const struct pq_holding *b)
{
	if (b->file == NULL)
		return s->approvals > 0;
	return a->requirement != b->requirement ||
	    s->policy->requirements[a->requirement].threshold > 1;
}

/* Return true if two names of parties differ only in case. @a must be a key. */
static bool
names_look_alike(const struct pq_holding *a, const struct pq_holding *b)
{
	return a->file != NULL && a->holder != a->file &&
	    b->holder != b->file && strcmp(a->holder, b->holder) != 0 &&
	    strcasecmp(a->holder, b->holder) == 0;
}

/*
 * Warn about names that differ only in case, such as Ci and ci. They count as
 * two parties. If one of them is a typing error, one party counts twice.
 */
static void
warn_alike(const struct pq_config_service *s, const struct pq_parties *p,
    struct pq_config_notes *notes)
{
	const struct pq_holding *h = p->held;
	size_t a, b;

	for (b = 0; b < p->n_held; b++) {
		for (a = 0; a < b; a++)
			if (names_look_alike(&h[a], &h[b]) &&
			    must_differ(s, &h[a], &h[b]))
				break;
		if (a == b)
			continue;
		pq_config_note(notes, false, s->files[0].name,
		    h[b].file == NULL ? h[a].line : h[b].line,
		    "party: %s and %s differ only in case; they count as two "
		    "parties",
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
	/* n_smallest is 0: no set was found, so the key may be needed */
	if (!alone && s->accept_alone != NULL && p->n_smallest > 0)
		pq_config_note(notes, false, s->files[0].name,
		    s->lines.accept_alone,
		    "accept-alone: no party can ship alone; remove this key, "
		    "or it will accept the next party that can");
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
				    "%s: this key has no party; add party: "
				    "NAME, so that the keys of one holder "
				    "count as one party",
				    m->name);
		}
}

static void
warn_unwise(const struct pq_config_service *s, const char *file,
    struct pq_config_notes *notes)
{
	if (s->floor == NULL)
		pq_config_note(notes, false, file, 0,
		    "no floor: if the state is lost, only the label of the "
		    "running container or `pratique adopt` stops an old "
		    "release; add floor: VERSION");
	if (s->delay_s == 0)
		pq_config_note(notes, false, file, s->lines.delay,
		    "quarantine: a delay of 0 leaves the operators no time to "
		    "object");
	warn_nameless(s->policy, file, notes);
}

/* pratique-deploy verifies all evidence again, so it must support each kind. */
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
			    "%s: pratique-deploy cannot verify this kind of "
			    "evidence and would refuse every release",
			    kind == NULL ? "require" : kind->name);
	}
}

static void
check_source(const struct pq_config *c, const struct pq_config_service *s,
    const char *file, struct pq_config_notes *notes)
{
	const char *url = s->policy->git_url;
	const struct pq_config_git *g = pq_config_git(c, url);
	struct pq_slice host = pq_config_origin(url);
	bool plain = strncmp(url, "http://", 7) == 0;

	if (g == NULL)
		pq_config_note(notes, true, file, s->lines.repository,
		    "source: %.*s has no entry under git: in pratique.yaml",
		    (int)host.n, (const char *)host.p);
	else if (plain && !g->plain_http)
		pq_config_note(notes, true, file, s->lines.repository,
		    "source: the address begins with http://, but %s under "
		    "git: in pratique.yaml has no plain-http: loopback-only",
		    g->origin);
	else if (!plain && g->plain_http)
		pq_config_note(notes, true, file, s->lines.repository,
		    "source: the address begins with https://, but %s under "
		    "git: in pratique.yaml has plain-http: loopback-only",
		    g->origin);
}

void
pq_advice_fit(const struct pq_config *c, const struct pq_config_service *s,
    struct pq_config_notes *notes)
{
	struct pq_slice host = pq_config_origin(s->policy->image);
	const char *file = s->files[0].name;

	if (pq_config_registry(c, s->policy->image) == NULL)
		pq_config_note(notes, true, file, s->lines.image,
		    "image: %.*s has no entry under registries: in "
		    "pratique.yaml",
		    (int)host.n, (const char *)host.p);
	if (s->policy->git_url != NULL)
		check_source(c, s, file, notes);
	if (s->approvals > c->n_operators)
		pq_config_note(notes, true, file, s->lines.approvals,
		    "approvals: %u are needed, but the number of operators in "
		    "pratique.yaml is %zu",
		    s->approvals, c->n_operators);
}

void
pq_advice_service(const struct pq_config *c, const struct pq_config_service *s,
    struct pq_config_notes *notes)
{
	pq_auto(pq_parties_freep) struct pq_parties *parties = NULL;
	const char *file = s->files[0].name;

	/* without this check a party could ship alone: an error */
	if (pq_parties_of(&parties, s, c) != 0)
		pq_config_note(notes, true, file, 0,
		    "out of memory: pratique did not examine which parties can "
		    "ship alone");
	else
		advise_parties(s, parties, notes);
	check_kinds(s, file, notes);
	warn_unwise(s, file, notes);
}

/* Return true if a requirement of this kind in @p has the key. */
static bool
has_key(
    const struct pq_policy *p, enum pq_kind kind, const struct pq_material *key)
{
	size_t i, k;

	for (i = 0; i < p->n_requirements; i++)
		for (k = 0; p->requirements[i].kind == kind &&
		     k < p->requirements[i].n;
		     k++)
			/* a negative fault counts as the same key */
			if (pq_material_same(
				kind, &p->requirements[i].v[k], key) != 0)
				return true;
	return false;
}

/*
 * Return true if signatures by the keys of @p could meet a requirement of
 * another policy.
 */
static bool
meets_requirement(const struct pq_policy *p, const struct pq_requirement *r)
{
	size_t party[PQ_MATERIALS_MAX], i;
	bool counted[PQ_MATERIALS_MAX] = { false };
	unsigned n = 0;

	if (pq_requirement_parties(party, r) != 0)
		return true;
	for (i = 0; i < r->n && i < PQ_MATERIALS_MAX; i++) {
		if (counted[party[i]] || !has_key(p, r->kind, &r->v[i]))
			continue;
		counted[party[i]] = true;
		n++;
	}
	return r->threshold > 0 && n >= r->threshold;
}

static bool
meets_clause(const struct pq_policy *p, const struct pq_policy *other,
    const struct pq_requirement *first)
{
	size_t i;

	for (i = 0; i < other->n_requirements; i++)
		if (pq_requirement_is_alternative(
			&other->requirements[i], first) &&
		    meets_requirement(p, &other->requirements[i]))
			return true;
	return false;
}

/*
 * Return true if a release of @p could meet each clause of @other. If only some
 * clauses have a common key, it cannot.
 */
static bool
meets_policy(const struct pq_policy *p, const struct pq_policy *other)
{
	size_t i;

	for (i = 0; i < other->n_requirements; i++)
		if (!meets_clause(p, other, &other->requirements[i]))
			return false;
	return other->n_requirements > 0;
}

/* Return true if a release of one service could pass for the other one. */
static bool
trust_same_keys(const struct pq_policy *a, const struct pq_policy *b)
{
	return meets_policy(a, b) || meets_policy(b, a);
}

/* Return the repository that a simple-signing signature must name. */
static const char *
signed_as(const struct pq_policy *p)
{
	return p->signed_as == NULL ? p->image : p->signed_as;
}

static void
note_twin(const struct pq_policy *other, const struct pq_config_service *s,
    struct pq_config_notes *notes)
{
	const struct pq_policy *p = s->policy;
	bool same = strcmp(signed_as(other), signed_as(p)) == 0;

	pq_config_note(notes, false, s->files[0].name,
	    p->requirements[0].v[0].line,
	    "%s and %s trust the same keys%s: %s of one service passes for "
	    "the other if it is copied to the other's repository and its "
	    "version fits%s",
	    other->service, p->service,
	    same ? " and the same repository in signatures" : "",
	    same ? "a release" : "a Sigstore bundle",
	    same ? ""
		 : " (a bundle does not name a repository; a simple-signing "
		   "signature does, and fails)");
}

/* A service gets at most one note about its target and one about its keys. */
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
			    "deploy: the services %s and %s have the same %s, "
			    "%s",
			    other->policy->service, s->policy->service,
			    pq_target_key(s->target), s->target_name);
		}
		if (!keys && trust_same_keys(other->policy, s->policy)) {
			keys = true;
			note_twin(other->policy, s, notes);
		}
	}
}

/* check_kinds() has already refused an unknown kind. */
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
