/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who must act together to satisfy a policy.
 *
 * A policy is a conjunction: one image signature, one tag signature where there
 * is a source, and the approvals of so many operators. The parties' names are
 * the operator's claim; key material is compared besides, because two names for
 * one key would make a party look like two, and a policy that one can satisfy
 * alone look safe.
 *
 * A set consists of one image signer, the one tag signer, and as many operators
 * as the two leave to be had. So there are as many candidates as image signers,
 * and the smallest of them are the smallest of all.
 */
#include "config/parties.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/pubkey.h>
#include <pratique/signers.h>

/* Parsed keys; NULL where a file holds no key, which check-config reports. */
struct material {
	struct pq_pubkey *keys[PQ_POLICY_KEYS];
	struct pq_signers *signers;
};

static void
material_free(struct material *m)
{
	size_t i;

	for (i = 0; i < PQ_POLICY_KEYS; i++)
		pq_pubkey_free(m->keys[i]);
	pq_signers_free(m->signers);
}

static int
material_of(struct material *m, const struct pq_policy *p)
{
	size_t i;

	for (i = 0; i < p->n_keys; i++)
		if (pq_pubkey_parse(&m->keys[i],
			pq_slice(p->keys[i].pem, p->keys[i].pem_n),
			NULL) == -PQ_ENOMEM)
			return -PQ_ENOMEM;
	if (p->git_url != NULL &&
	    pq_signers_parse(&m->signers, pq_slice(p->signers, p->signers_n),
		NULL) == -PQ_ENOMEM)
		return -PQ_ENOMEM;
	return 0;
}

/* Is the image key @a another name of @b, or one of the keys in it? */
static bool
same_key(
    const struct material *m, const struct pq_parties *p, size_t a, size_t b)
{
	if (m->keys[a] == NULL)
		return false;
	if (p->held[b].ability == PQ_ABILITY_TAGS)
		return m->signers != NULL &&
		    pq_signers_have(m->signers, m->keys[a]);
	return p->held[b].ability == PQ_ABILITY_IMAGES && m->keys[b] != NULL &&
	    pq_digest_eq(
		pq_pubkey_hint(m->keys[a]), pq_pubkey_hint(m->keys[b]));
}

static bool
same_name(const struct pq_parties *p, size_t a, size_t b)
{
	const char *x = p->held[a].holder, *y = p->held[b].holder;

	return x != NULL && y != NULL && strcmp(x, y) == 0;
}

static void
hold(struct pq_parties *p, enum pq_ability ability, const char *party,
    const char *file)
{
	p->held[p->n_held] = (struct pq_holding){
		.ability = ability,
		.holder = party == NULL ? file : party,
		.file = file,
		.party = p->n_held,
	};
	p->n_held++;
}

/* Image keys come first: their places are those in struct material. */
static void
collect(struct pq_parties *p, const struct pq_policy *policy,
    const struct pq_config *c)
{
	size_t i;

	for (i = 0; i < policy->n_keys; i++)
		hold(p, PQ_ABILITY_IMAGES, policy->keys[i].party,
		    policy->keys[i].name);
	if (policy->git_url != NULL)
		hold(p, PQ_ABILITY_TAGS, policy->signers_party,
		    policy->signers_name);
	for (i = 0; c != NULL && i < c->n_operators; i++)
		hold(p, PQ_ABILITY_APPROVE, c->operators[i].name, NULL);
}

/* the party of the lower index stays */
static void
unite(struct pq_parties *p, size_t a, size_t b)
{
	size_t x = p->held[a].party, y = p->held[b].party;
	size_t to = x < y ? x : y, from = x < y ? y : x, i;

	for (i = 0; i < p->n_held; i++)
		if (p->held[i].party == from)
			p->held[i].party = to;
}

/* Operators differ among each other: pratique.yaml has each name once. */
static void
unite_all(struct pq_parties *p, const struct material *m, size_t n_keys)
{
	size_t a, b;

	for (a = 0; a < p->n_held && p->held[a].file != NULL; a++)
		for (b = a + 1; b < p->n_held; b++)
			if (same_name(p, a, b) ||
			    (a < n_keys && same_key(m, p, a, b)))
				unite(p, a, b);
}

/* From the index of a party's first holding to that of the party. */
static void
number(struct pq_parties *p)
{
	size_t i;

	for (i = 0; i < p->n_held; i++) {
		struct pq_holding *h = &p->held[i];

		h->party = h->party == i ? p->n++ : p->held[h->party].party;
		p->abilities[h->party] |= h->ability;
	}
}

size_t
pq_parties_next(
    const struct pq_parties *p, size_t from, enum pq_ability ability)
{
	while (from < p->n && (p->abilities[from] & ability) == 0)
		from++;
	return from;
}

static size_t
count(const struct pq_parties *p, enum pq_ability ability)
{
	size_t i = pq_parties_next(p, 0, ability), n = 0;

	for (; i < p->n; i = pq_parties_next(p, i + 1, ability))
		n++;
	return n;
}

bool
pq_party_set_has(const struct pq_party_set *set, size_t party)
{
	size_t i;

	for (i = 0; i < set->n_signers; i++)
		if (set->signers[i] == party)
			return true;
	return false;
}

size_t
pq_party_set_size(const struct pq_party_set *set)
{
	return set->n_signers + set->approvals;
}

static void
add_signer(struct pq_party_set *set, size_t party)
{
	if (!pq_party_set_has(set, party))
		set->signers[set->n_signers++] = party;
}

/* The smallest set with the image signer @image; false: too few operators. */
static bool
set_with(struct pq_party_set *ret, const struct pq_parties *p, size_t image,
    unsigned approvals)
{
	struct pq_party_set set = { .approvals = approvals };
	size_t tag = pq_parties_next(p, 0, PQ_ABILITY_TAGS), i;

	add_signer(&set, image);
	if (tag < p->n)
		add_signer(&set, tag);
	for (i = 0; i < set.n_signers; i++)
		if (set.approvals > 0 &&
		    (p->abilities[set.signers[i]] & PQ_ABILITY_APPROVE) != 0)
			set.approvals--;
	*ret = set;
	return approvals <= count(p, PQ_ABILITY_APPROVE);
}

static void
find_smallest(struct pq_parties *p, unsigned approvals)
{
	struct pq_party_set set;
	size_t i = pq_parties_next(p, 0, PQ_ABILITY_IMAGES);

	for (; i < p->n; i = pq_parties_next(p, i + 1, PQ_ABILITY_IMAGES)) {
		if (!set_with(&set, p, i, approvals))
			continue;
		if (p->n_smallest > 0 &&
		    pq_party_set_size(&set) > pq_party_set_size(p->smallest))
			continue;
		if (p->n_smallest > 0 &&
		    pq_party_set_size(&set) < pq_party_set_size(p->smallest))
			p->n_smallest = 0;
		p->smallest[p->n_smallest++] = set;
	}
}

static int
fill(struct pq_parties *p, const struct pq_config_service *s,
    const struct pq_config *c)
{
	size_t most = s->policy->n_keys + 1 + (c == NULL ? 0 : c->n_operators);
	struct material m = { { NULL }, NULL };
	int r;

	p->held = calloc(most, sizeof(*p->held));
	p->abilities = calloc(most, sizeof(*p->abilities));
	if (p->held == NULL || p->abilities == NULL)
		return -PQ_ENOMEM;
	r = material_of(&m, s->policy);
	if (r == 0) {
		collect(p, s->policy, c);
		unite_all(p, &m, s->policy->n_keys);
		number(p);
		find_smallest(p, s->approvals);
	}
	material_free(&m);
	return r;
}

int
pq_parties_of(struct pq_parties **ret, const struct pq_config_service *s,
    const struct pq_config *c)
{
	struct pq_parties *p = calloc(1, sizeof(*p));
	int r = p == NULL ? -PQ_ENOMEM : fill(p, s, c);

	if (r != 0) {
		pq_parties_free(p);
		return r;
	}
	*ret = p;
	return 0;
}

void
pq_parties_free(struct pq_parties *p)
{
	if (p == NULL)
		return;
	free(p->held);
	free(p->abilities);
	free(p);
}

void
pq_parties_freep(struct pq_parties **p)
{
	pq_parties_free(*p);
}

const char *
pq_parties_name(const struct pq_parties *p, size_t party)
{
	size_t i;

	for (i = 0; i < p->n_held; i++)
		if (p->held[i].party == party)
			return p->held[i].holder;
	return NULL;
}

const char *
pq_parties_registry(
    char who[PQ_PARTIES_REGISTRY], const struct pq_config_service *s)
{
	const char *image = s->policy->image;

	(void)snprintf(who, PQ_PARTIES_REGISTRY, "registry account of %.*s",
	    (int)strcspn(image, "/"), image);
	if (s->policy->version_from != PQ_VERSION_TAG)
		return NULL;
	return s->policy->git_url == NULL
	    ? "points a tag at any signed image"
	    : "points a tag at any signed image of the tagged commit";
}
