/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the schema of one file cannot say: services beside pratique.yaml,
 * beside each other, and the parties that could ship alone.
 */
#include "config/advice.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <pratique/pubkey.h>
#include <pratique/signers.h>

#include "config/parties.h"

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

/* By name: the same party signs tags and holds one of the image keys. */
static bool
named_twice(const struct pq_parties *p, size_t n_keys)
{
	size_t i;

	for (i = 0; i < n_keys; i++)
		if (strcmp(p->held[i].holder, p->held[n_keys].holder) == 0)
			return true;
	return false;
}

static const char *
why_alone(const struct pq_config_service *s, const struct pq_parties *p)
{
	if (s->policy->git_url == NULL)
		return "an image signature alone suffices: the policy has no "
		       "source";
	if (named_twice(p, s->policy->n_keys))
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
	unsigned line =
	    s->policy->git_url == NULL ? s->lines.keys[0] : s->lines.signers;
	size_t i;

	if (p->n_smallest == 0 || pq_party_set_size(&p->smallest[0]) > 1)
		return false;
	for (i = 0; i < p->n_smallest; i++)
		tell_alone(s, line,
		    pq_parties_name(p, p->smallest[i].signers[0]),
		    why_alone(s, p), own_approval(s),
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

/* Two parties are enough, and the work of one is done anyway. */
static void
advise_pair(const struct pq_config_service *s, const struct pq_parties *p,
    size_t image, size_t tag, struct pq_config_notes *notes)
{
	const char *ci = pq_parties_name(p, image);
	const char *tagger = pq_parties_name(p, tag);
	size_t i = 0;

	while (p->held[i].party != image)
		i++;
	if (approves_itself(s, p, image))
		pq_config_note(notes, false, s->files[0].name, s->lines.keys[i],
		    "%s can ship alone once %s has signed a tag: only %s says "
		    "that an image was built from it%s",
		    ci, tagger, ci, own_approval(s));
	if (approves_itself(s, p, tag) &&
	    (p->abilities[tag] & PQ_ABILITY_IMAGES) == 0)
		pq_config_note(notes, false, s->files[0].name, s->lines.signers,
		    "%s can ship alone if %s signs whatever is tagged%s",
		    tagger, ci, own_approval(s));
}

static void
advise_pairs(const struct pq_config_service *s, const struct pq_parties *p,
    struct pq_config_notes *notes)
{
	size_t tag = pq_parties_next(p, 0, PQ_ABILITY_TAGS);
	size_t i = pq_parties_next(p, 0, PQ_ABILITY_IMAGES);

	if (tag == p->n)
		return;
	for (; i < p->n; i = pq_parties_next(p, i + 1, PQ_ABILITY_IMAGES))
		if (i != tag)
			advise_pair(s, p, i, tag, notes);
}

/* Two names that differ in nothing but case, one of them of signers. */
static bool
alike(const struct pq_parties *p, size_t signer, size_t other)
{
	const struct pq_holding *a = &p->held[signer], *b = &p->held[other];

	return a->file != NULL && a->holder != a->file &&
	    b->holder != b->file && strcmp(a->holder, b->holder) != 0 &&
	    strcasecmp(a->holder, b->holder) == 0;
}

/* Parties are compared byte by byte: Ci may be somebody else than ci. */
static void
warn_alike(const struct pq_config_service *s, const struct pq_parties *p,
    struct pq_config_notes *notes)
{
	size_t n_keys = s->policy->n_keys, a, b;

	for (b = n_keys; b < p->n_held; b++) {
		if (p->held[b].file == NULL && s->approvals == 0)
			return;
		for (a = 0; a < b && !alike(p, a, b); a++)
			;
		if (a == b)
			continue;
		pq_config_note(notes, false, s->files[0].name,
		    a < n_keys && p->held[b].file == NULL ? s->lines.keys[a]
							  : s->lines.signers,
		    "party: %s and %s differ in nothing but case, and count "
		    "as two",
		    p->held[b].holder, p->held[a].holder);
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
warn_nameless(const char *file, unsigned line, const char *name,
    struct pq_config_notes *notes)
{
	pq_config_note(notes, false, file, line,
	    "%s: no party is named; who holds it cannot be compared", name);
}

static void
warn_unwise(const struct pq_config_service *s, const char *file,
    struct pq_config_notes *notes)
{
	const struct pq_policy *p = s->policy;
	size_t i;

	if (s->floor == NULL)
		pq_config_note(notes, false, file, 0,
		    "no floor: after a loss of state only the label of the "
		    "running container or pratique adopt stops an old release; "
		    "add floor: VERSION");
	if (s->delay_s == 0)
		pq_config_note(notes, false, file, s->lines.delay,
		    "quarantine: a delay of 0 leaves nobody time to object");
	for (i = 0; i < p->n_keys; i++)
		if (p->keys[i].party == NULL)
			warn_nameless(
			    file, s->lines.keys[i], p->keys[i].name, notes);
	if (p->git_url == NULL)
		return;
	if (p->signers_party == NULL)
		warn_nameless(file, s->lines.signers, p->signers_name, notes);
}

static void
check_source(const struct pq_config *c, const struct pq_config_service *s,
    const char *file, struct pq_config_notes *notes)
{
	const char *url = s->policy->git_url;
	const struct pq_config_git *g = pq_config_git(c, url);

	if (g == NULL)
		pq_config_note(notes, true, file, s->lines.repository,
		    "source: %s is at no git host of pratique.yaml", url);
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
		    "image: %s is at no registry of pratique.yaml",
		    s->policy->image);
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
	warn_unwise(s, file, notes);
}

/* One key may stand in two files that differ by a newline or a comment. */
static bool
same_image_key(const struct pq_policy_key *a, const struct pq_policy_key *b)
{
	pq_auto(pq_pubkey_freep) struct pq_pubkey *x = NULL;
	pq_auto(pq_pubkey_freep) struct pq_pubkey *y = NULL;
	struct pq_slice s = pq_slice(a->pem, a->pem_n);
	struct pq_slice t = pq_slice(b->pem, b->pem_n);

	if (pq_slice_eq(s, t))
		return true;
	return pq_pubkey_parse(&x, s, NULL) == 0 &&
	    pq_pubkey_parse(&y, t, NULL) == 0 &&
	    pq_digest_eq(pq_pubkey_hint(x), pq_pubkey_hint(y));
}

static bool
share_signers(const struct pq_policy *a, const struct pq_policy *b)
{
	pq_auto(pq_signers_freep) struct pq_signers *x = NULL;
	pq_auto(pq_signers_freep) struct pq_signers *y = NULL;
	struct pq_slice s = pq_slice(a->signers, a->signers_n);
	struct pq_slice t = pq_slice(b->signers, b->signers_n);

	if (pq_slice_eq(s, t))
		return true;
	return pq_signers_parse(&x, s, NULL) == 0 &&
	    pq_signers_parse(&y, t, NULL) == 0 && pq_signers_share(x, y);
}

/* Does some key of one service's images open another's, too? */
static bool
shares_keys(const struct pq_policy *a, const struct pq_policy *b)
{
	size_t i, k;

	/* one without a source is kept by its image keys alone */
	if (a->git_url != NULL && b->git_url != NULL && !share_signers(a, b))
		return false;
	for (i = 0; i < a->n_keys; i++)
		for (k = 0; k < b->n_keys; k++)
			if (same_image_key(&a->keys[i], &b->keys[k]))
				return true;
	return false;
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

	pq_config_note(notes, false, s->files[0].name, s->lines.keys[0],
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
	bool container = false, keys = false;

	for (other = c->services; other < s; other++) {
		if (!container && strcmp(other->container, s->container) == 0) {
			container = true;
			pq_config_note(notes, true, s->files[0].name,
			    s->lines.container,
			    "deploy: %s and %s name one container, %s",
			    other->policy->service, s->policy->service,
			    s->container);
		}
		if (!keys && shares_keys(other->policy, s->policy)) {
			keys = true;
			tell_twin(other->policy, s, notes);
		}
	}
}

static void
check_key(const struct pq_policy_key *k, const char *file, unsigned line,
    struct pq_config_notes *notes)
{
	pq_auto(pq_pubkey_freep) struct pq_pubkey *key = NULL;
	struct pq_err err = PQ_ERR_INIT;

	if (pq_pubkey_parse(&key, pq_slice(k->pem, k->pem_n), &err) != 0)
		pq_config_note(
		    notes, true, file, line, "%s: %s", k->name, err.text);
	else if (strcmp(pq_pubkey_algorithm(key), "ed25519") == 0)
		pq_config_note(notes, false, file, line,
		    "%s: cosign signs with Ed25519ph by such a key, which is "
		    "not known here: none of its signatures will pass",
		    k->name);
}

void
pq_config_check_keys(const struct pq_config *c, struct pq_config_notes *notes)
{
	struct pq_err err = PQ_ERR_INIT;
	size_t i, k;

	for (i = 0; i < c->n_services; i++) {
		const struct pq_config_service *s = &c->services[i];
		const struct pq_policy *p = s->policy;
		const char *file = s->files[0].name;
		pq_auto(pq_signers_freep) struct pq_signers *signers = NULL;

		for (k = 0; k < p->n_keys; k++)
			check_key(&p->keys[k], file, s->lines.keys[k], notes);
		if (p->signers != NULL &&
		    pq_signers_parse(&signers,
			pq_slice(p->signers, p->signers_n), &err) != 0)
			pq_config_note(notes, true, file, s->lines.signers,
			    "%s: %s", p->signers_name, err.text);
	}
}
