/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the schema of one file cannot say: services beside pratique.yaml,
 * beside each other, and the parties that could ship alone.
 */
#include "config/advice.h"

#include <string.h>
#include <strings.h>

#include <pratique/pubkey.h>
#include <pratique/signers.h>

static const char *
holder(const struct pq_policy_key *k)
{
	return k->party == NULL ? k->name : k->party;
}

/* Files that are not keys are told of elsewhere. */
static bool
signs_tags_too(const struct pq_policy *p, const struct pq_policy_key *k)
{
	pq_auto(pq_signers_freep) struct pq_signers *signers = NULL;
	pq_auto(pq_pubkey_freep) struct pq_pubkey *key = NULL;

	return p->signers != NULL &&
	    pq_pubkey_parse(&key, pq_slice(k->pem, k->pem_n), NULL) == 0 &&
	    pq_signers_parse(
		&signers, pq_slice(p->signers, p->signers_n), NULL) == 0 &&
	    pq_signers_have(signers, key);
}

/* Why the holder of this image key needs nobody else, or NULL. */
static const char *
why_alone(const struct pq_policy *p, const struct pq_policy_key *k)
{
	if (p->git_url == NULL)
		return "an image signature alone suffices: the policy has no "
		       "source";
	if (k->party != NULL && p->signers_party != NULL &&
	    strcmp(k->party, p->signers_party) == 0)
		return "holds both the tag key and an image key";
	if (signs_tags_too(p, k))
		return "one and the same key signs tags and images";
	return NULL;
}

int
pq_config_alone(const struct pq_config_service *s,
    void (*tell)(void *ctx, const char *party, const char *why), void *ctx)
{
	const struct pq_policy *p = s->policy;
	const char *told[PQ_POLICY_KEYS];
	size_t i, k, n = 0;

	for (i = 0; i < p->n_keys; i++) {
		const char *party = holder(&p->keys[i]);
		const char *why = why_alone(p, &p->keys[i]);

		for (k = 0; k < n && strcmp(told[k], party) != 0; k++)
			;
		if (why == NULL || k < n)
			continue; /* once for each party, not for each key */
		told[n++] = party;
		tell(ctx, party, why);
	}
	return (int)n;
}

struct alone {
	struct pq_config_notes *notes;
	const char *file;
	unsigned line;
	bool accepted;
};

static void
tell_alone(void *ctx, const char *party, const char *why)
{
	struct alone *a = ctx;

	pq_config_note(a->notes, !a->accepted, a->file, a->line,
	    "%s can ship alone: %s%s", party, why,
	    a->accepted ? " (accept-alone)" : "; accept-alone: REASON needed");
}

static void
warn_nameless(const char *file, unsigned line, const char *name,
    struct pq_config_notes *notes)
{
	pq_config_note(notes, false, file, line,
	    "%s: no party is named; who holds it cannot be compared", name);
}

/* Parties are compared byte by byte: Ci may be somebody else than ci. */
static void
warn_alike(const struct pq_policy *p, const char *file, unsigned line,
    struct pq_config_notes *notes)
{
	const char *tags = p->signers_party;
	size_t i;

	for (i = 0; i < p->n_keys && tags != NULL; i++) {
		const char *party = p->keys[i].party;

		if (party == NULL || strcmp(party, tags) == 0 ||
		    strcasecmp(party, tags) != 0)
			continue;
		pq_config_note(notes, false, file, line,
		    "party: %s and %s differ in nothing but case, and count "
		    "as two",
		    tags, party);
		return;
	}
}

static void
warn_unwise(const struct pq_config_service *s, const char *file,
    struct pq_config_notes *notes)
{
	const struct pq_policy *p = s->policy;
	size_t i;

	if (s->delay_s == 0)
		pq_config_note(notes, false, file, s->lines.delay,
		    "quarantine: a delay of 0 leaves nobody time to object");
	for (i = 0; i < p->n_keys; i++)
		if (p->keys[i].party == NULL)
			warn_nameless(
			    file, s->lines.keys[i], p->keys[i].name, notes);
	if (p->git_url == NULL)
		return;
	warn_alike(p, file, s->lines.signers, notes);
	if (p->signers_party == NULL)
		warn_nameless(file, s->lines.signers, p->signers_name, notes);
	pq_config_note(notes, false, file, s->lines.signers,
	    "%s can ship alone if the CI signs whatever is tagged",
	    p->signers_party == NULL ? p->signers_name : p->signers_party);
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
pq_advice_service(
    const struct pq_config_service *s, struct pq_config_notes *notes)
{
	const char *file = s->files[0].name;
	struct alone a = { notes, file,
		s->policy->git_url == NULL ? s->lines.keys[0]
					   : s->lines.signers,
		s->accept_alone != NULL };

	(void)pq_config_alone(s, tell_alone, &a);
	warn_unwise(s, file, notes);
}

/* Does some key of one service's images open another's, too? */
static bool
shares_keys(const struct pq_policy *a, const struct pq_policy *b)
{
	size_t i, k;

	/* one without a source is kept by its image keys alone */
	if (a->git_url != NULL && b->git_url != NULL &&
	    !pq_slice_eq(pq_slice(a->signers, a->signers_n),
		pq_slice(b->signers, b->signers_n)))
		return false;
	for (i = 0; i < a->n_keys; i++)
		for (k = 0; k < b->n_keys; k++)
			if (pq_slice_eq(
				pq_slice(a->keys[i].pem, a->keys[i].pem_n),
				pq_slice(b->keys[k].pem, b->keys[k].pem_n)))
				return true;
	return false;
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
			pq_config_note(notes, false, s->files[0].name,
			    s->lines.keys[0],
			    "%s and %s trust the same keys: a release of one "
			    "that is copied to the other's registry and "
			    "repository passes",
			    other->policy->service, s->policy->service);
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
