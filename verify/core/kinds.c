/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of the kinds of evidence. A kind consists of a row here and in
 * requirement.h, a file in this folder that proves it for deploy, and a file
 * in format/ that finds it in the evidence.
 *
 * The parties are computed from the materials of a requirement, not from the
 * signatures in the proof. Otherwise an attacker could leave out a signature
 * that links two materials, and one party would count as two.
 */
#include "core/kinds.h"

#include <string.h>

#include <pratique/pubkey.h>
#include <pratique/signers.h>

static int
examine_cosign_key(struct pq_slice file, struct pq_err *err)
{
	pq_auto(pq_pubkey_freep) struct pq_pubkey *key = NULL;
	int r = pq_pubkey_parse(&key, file, err);

	if (r != 0 || strcmp(pq_pubkey_algorithm(key), "ed25519") != 0)
		return r;
	(void)pq_err_set(err, PQ_EUNSUPPORTED,
	    "cosign makes Ed25519ph signatures with an Ed25519 key, and these "
	    "are not supported: no signature by this key will pass");
	return 1;
}

static int
examine_ssh(struct pq_slice file, struct pq_err *err)
{
	pq_auto(pq_signers_freep) struct pq_signers *signers = NULL;
	int r = pq_signers_parse(&signers, file, err);
	unsigned line = r == 0 ? pq_signers_zoneless(signers) : 0;

	if (line == 0)
		return r;
	return pq_err_set(err, PQ_EFORMAT,
	    "line %u: valid-after and valid-before need a Z for UTC, as in "
	    "\"YYYYMMDDZ\": without it, they depend on the time zone of the "
	    "reader",
	    line);
}

static const struct pq_kind_row rows[PQ_KIND_COUNT] = {
	[PQ_KIND_COSIGN_KEY] = { .name = "cosign-key",
	    .about = PQ_ABOUT_IMAGE,
	    .check = PQ_CHECK_IMAGE_SIGNATURE,
	    .missing = "no signature by a key in the policy",
	    .examine = examine_cosign_key,
	    .same = pq_pubkey_same,
	    .artifacts = PQ_ARTIFACT_BIT(PQ_ARTIFACT_COSIGN_TAG) |
		PQ_ARTIFACT_BIT(PQ_ARTIFACT_REFERRERS) |
		PQ_ARTIFACT_BIT(PQ_ARTIFACT_FALLBACK_TAG) },
	[PQ_KIND_SSH] = { .name = "ssh",
	    .about = PQ_ABOUT_TAG,
	    .check = PQ_CHECK_SOURCE_TAG_SIGNATURE,
	    .missing = "the evidence has no tag object",
	    .examine = examine_ssh,
	    .same = pq_signers_same,
	    .common = pq_signers_common },
};

const struct pq_kind_row *
pq_kind_row(enum pq_kind k)
{
	if ((unsigned)k >= PQ_KIND_COUNT || rows[k].name == NULL)
		return NULL;
	return &rows[k];
}

#define KIND(ID, name, PROVEN) PQ_PROVEN_##PROVEN([PQ_KIND_##ID] = true, )
bool
pq_kind_proven(enum pq_kind k)
{
	static const bool proven[PQ_KIND_COUNT] = { PQ_KINDS(KIND) };

	return (unsigned)k < PQ_KIND_COUNT && proven[k];
}
#undef KIND

enum pq_kind
pq_kind_by_name(const char *name)
{
	unsigned k;

	for (k = 0; k < PQ_KIND_COUNT; k++)
		if (rows[k].name != NULL && strcmp(rows[k].name, name) == 0)
			return (enum pq_kind)k;
	return PQ_KIND_NONE;
}

enum pq_about
pq_requirement_about(const struct pq_requirement *r)
{
	const struct pq_kind_row *row = pq_kind_row(r->kind);

	return row == NULL ? PQ_ABOUT_IMAGE : row->about;
}

bool
pq_requirement_is_alternative(
    const struct pq_requirement *a, const struct pq_requirement *b)
{
	return a->clause == b->clause &&
	    pq_requirement_about(a) == pq_requirement_about(b);
}

unsigned
pq_policy_artifacts(const struct pq_policy *policy)
{
	const struct pq_kind_row *row;
	unsigned all = 0;
	size_t i;

	for (i = 0; i < policy->n_requirements; i++) {
		row = pq_kind_row(policy->requirements[i].kind);
		all |= row == NULL ? 0 : row->artifacts;
	}
	return all;
}

int
pq_material_same(
    enum pq_kind kind, const struct pq_material *a, const struct pq_material *b)
{
	const struct pq_kind_row *row = pq_kind_row(kind);

	return row == NULL
	    ? 0
	    : row->same(pq_slice(a->p, a->n), pq_slice(b->p, b->n));
}

int
pq_material_common(enum pq_kind kind, const struct pq_listed *v, size_t n)
{
	const struct pq_kind_row *row = pq_kind_row(kind);

	return row == NULL || row->common == NULL ? 0 : row->common(v, n);
}

static const char *
party_of(const struct pq_material *m)
{
	return m->party != NULL ? m->party : m->name;
}

static int
same_party(const struct pq_requirement *r, size_t a, size_t b)
{
	const char *x = party_of(&r->v[a]), *y = party_of(&r->v[b]);

	if (x != NULL && y != NULL && strcmp(x, y) == 0)
		return 1;
	return pq_material_same(r->kind, &r->v[a], &r->v[b]);
}

/* Merge two parties. The party with the lower index remains. */
static void
unite_parties(size_t *party, size_t n, size_t a, size_t b)
{
	size_t to = party[a] < party[b] ? party[a] : party[b];
	size_t from = party[a] < party[b] ? party[b] : party[a], i;

	for (i = 0; i < n; i++)
		if (party[i] == from)
			party[i] = to;
}

int
pq_requirement_parties(
    size_t ret[PQ_MATERIALS_MAX], const struct pq_requirement *r)
{
	size_t n = r->n < PQ_MATERIALS_MAX ? r->n : PQ_MATERIALS_MAX, a, b;
	int same;

	for (a = 0; a < n; a++)
		ret[a] = a;
	for (a = 0; a < n; a++)
		for (b = a + 1; b < n; b++) {
			if (ret[a] == ret[b])
				continue;
			same = same_party(r, a, b);
			if (same < 0)
				return same;
			if (same == 1)
				unite_parties(ret, n, a, b);
		}
	return 0;
}
