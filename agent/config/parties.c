/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parties that can satisfy a policy, and the keys that they hold.
 *
 * The configuration names the parties, but a name proves nothing: a user could
 * give two names to one key. Then one party would count as two, and a policy
 * that it satisfies alone would look safe. So this code also compares the keys.
 */
#include "config/parties.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/kind.h>
#include <pratique/pubkey.h>
#include <pratique/signers.h>

#include "config/party_sets.h"

static const struct pq_requirement *
requirement_of(const struct pq_policy *policy, const struct pq_holding *h)
{
	return &policy->requirements[h->requirement];
}

static const struct pq_material *
material_of(const struct pq_policy *policy, const struct pq_holding *h)
{
	return &requirement_of(policy, h)->v[h->material];
}

/* Return 1 if the file @b lists the image key @a as a signer; 0; -PQ_ENOMEM. */
static int
signs_both(const struct pq_material *a, const struct pq_material *b)
{
	pq_auto(pq_pubkey_freep) struct pq_pubkey *key = NULL;
	pq_auto(pq_signers_freep) struct pq_signers *signers = NULL;
	int r = pq_pubkey_parse(&key, pq_slice(a->p, a->n), NULL);
	int q = pq_signers_parse(&signers, pq_slice(b->p, b->n), NULL);

	if (r == -PQ_ENOMEM || q == -PQ_ENOMEM)
		return -PQ_ENOMEM;
	/* pq_config_check_keys() notes a file that cannot be parsed */
	return r == 0 && q == 0 && pq_signers_have(signers, key);
}

/* Return 1 if two key files have a key in common; 0; -PQ_ENOMEM. */
static int
same_key(const struct pq_policy *policy, const struct pq_holding *a,
    const struct pq_holding *b)
{
	enum pq_kind x = requirement_of(policy, a)->kind;
	enum pq_kind y = requirement_of(policy, b)->kind;
	const struct pq_material *m = material_of(policy, a);
	const struct pq_material *n = material_of(policy, b);

	if (x == y)
		return pq_material_same(x, m, n);
	if (x == PQ_KIND_COSIGN_KEY && y == PQ_KIND_SSH)
		return signs_both(m, n);
	return 0;
}

static bool
same_name(const struct pq_parties *p, size_t a, size_t b)
{
	const char *x = p->held[a].holder, *y = p->held[b].holder;

	return x != NULL && y != NULL && strcmp(x, y) == 0;
}

static struct pq_holding *
add_holding(struct pq_parties *p, enum pq_ability ability, const char *party,
    const char *file)
{
	struct pq_holding *h = &p->held[p->n_held];

	*h = (struct pq_holding){
		.ability = ability,
		.holder = party == NULL ? file : party,
		.file = file,
		.party = p->n_held,
	};
	p->n_held++;
	return h;
}

static int
collect_keys(struct pq_parties *p, const struct pq_policy *policy, size_t r)
{
	const struct pq_requirement *q = &policy->requirements[r];
	const struct pq_kind_row *kind = pq_kind_row(q->kind);
	size_t class[PQ_MATERIALS_MAX], i;
	int k = pq_requirement_parties(class, q);

	for (i = 0; k == 0 && i < q->n && i < PQ_MATERIALS_MAX; i++) {
		struct pq_holding *h = add_holding(p,
		    kind != NULL && kind->about == PQ_ABOUT_TAG
			? PQ_ABILITY_TAGS
			: PQ_ABILITY_IMAGES,
		    q->v[i].party, q->v[i].name);

		h->requirement = r;
		h->material = i;
		h->class = class[i];
		h->line = q->v[i].line;
	}
	return k;
}

/* Collect all holdings: image keys, then tag signers, then operators. */
static int
collect_holdings(struct pq_parties *p, const struct pq_policy *policy,
    const struct pq_config *c)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < policy->n_requirements; i++)
		r = collect_keys(p, policy, i);
	for (i = 0; c != NULL && i < c->n_operators; i++)
		(void)add_holding(
		    p, PQ_ABILITY_APPROVE, c->operators[i].name, NULL);
	return r;
}

/* Make one party, with the lower index, of the parties of two holdings. */
static void
unite_parties(struct pq_parties *p, size_t a, size_t b)
{
	size_t x = p->held[a].party, y = p->held[b].party;
	size_t to = x < y ? x : y, from = x < y ? y : x, i;

	for (i = 0; i < p->n_held; i++)
		if (p->held[i].party == from)
			p->held[i].party = to;
}

/*
 * Unite all parties with an equal name or a common key. Two operators are never
 * compared: pratique.yaml has each name and each uid only once.
 */
static int
unite_all(struct pq_parties *p, const struct pq_policy *policy)
{
	size_t a, b;
	int r;

	for (a = 0; a < p->n_held && p->held[a].file != NULL; a++)
		for (b = a + 1; b < p->n_held; b++) {
			r = same_name(p, a, b);
			if (r == 0 && p->held[b].file != NULL)
				r = same_key(policy, &p->held[a], &p->held[b]);
			if (r < 0)
				return r;
			if (r == 1)
				unite_parties(p, a, b);
		}
	return 0;
}

/* Number the parties from 0 on, and collect the abilities of each. */
static void
number_parties(struct pq_parties *p)
{
	size_t i;

	for (i = 0; i < p->n_held; i++) {
		struct pq_holding *h = &p->held[i];

		h->party = h->party == i ? p->n++ : p->held[h->party].party;
		p->abilities[h->party] |= h->ability;
	}
}

static size_t
count_materials(const struct pq_policy *policy)
{
	size_t i, n = 0;

	for (i = 0; i < policy->n_requirements; i++)
		n += policy->requirements[i].n;
	return n;
}

static int
fill_parties(struct pq_parties *p, const struct pq_config_service *s,
    const struct pq_config *c)
{
	size_t most =
	    count_materials(s->policy) + 1 + (c == NULL ? 0 : c->n_operators);
	int r;

	p->held = calloc(most, sizeof(*p->held));
	p->abilities = calloc(most, sizeof(*p->abilities));
	if (p->held == NULL || p->abilities == NULL)
		return -PQ_ENOMEM;
	r = collect_holdings(p, s->policy, c);
	if (r == 0)
		r = unite_all(p, s->policy);
	if (r != 0)
		return r;
	number_parties(p);
	return pq_party_sets_find(p, s->policy, s->approvals);
}

int
pq_parties_of(struct pq_parties **ret, const struct pq_config_service *s,
    const struct pq_config *c)
{
	struct pq_parties *p = calloc(1, sizeof(*p));
	int r = p == NULL ? -PQ_ENOMEM : fill_parties(p, s, c);

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
	    ? "can point a tag at any signed image"
	    : "can point a tag at any signed image of the tagged commit";
}
