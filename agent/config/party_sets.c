/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest sets of parties that satisfy a policy. A set satisfies a policy
 * if it meets each clause and has enough operators for the approvals. A set
 * meets a clause if it meets one alternative of the clause, with as many
 * parties as the threshold requires.
 *
 * The search tries all sets of one party, then all sets of two, and so on. So
 * the first set that it finds has the fewest parties, and one step for each
 * party shows whether one party can ship alone. Each step takes the first
 * clause that the set does not meet, and adds one party with a further key for
 * it. When all sets with this party have been tried, the party is excluded from
 * the rest of the branch. So no set is tried twice. A policy can have too many
 * sets to list. Then the search ends early, and reports the least number of
 * parties.
 */
#include "config/party_sets.h"

#include <stdlib.h>
#include <string.h>

#define STEPS_MAX 20000

struct search {
	struct pq_parties *p;
	const struct pq_policy *policy;
	unsigned approvals;
	size_t size; /* parties of each set in this pass */
	bool *out;   /* [depth][party]: excluded */
	struct pq_party_set set;
	unsigned steps;
};

size_t
pq_parties_next(
    const struct pq_parties *p, size_t from, enum pq_ability ability)
{
	while (from < p->n && (p->abilities[from] & ability) == 0)
		from++;
	return from;
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

/* ---- the clauses that a set meets --------------------------------------- */

/* Return true if this is the first key of its class in requirement @r. */
static bool
is_first_of_class(const struct pq_holding *h, size_t r)
{
	return h->file != NULL && h->requirement == r &&
	    h->class == h->material;
}

/* Return true if a party of @set holds a key of this class. NULL: any party. */
static bool
is_covered(const struct pq_party_set *set, const struct pq_parties *p, size_t r,
    size_t class)
{
	size_t i;

	for (i = 0; i < p->n_held; i++)
		if (p->held[i].file != NULL && p->held[i].requirement == r &&
		    p->held[i].class == class &&
		    (set == NULL || pq_party_set_has(set, p->held[i].party)))
			return true;
	return false;
}

static bool
meets_requirement(const struct pq_party_set *set, const struct pq_parties *p,
    const struct pq_policy *policy, size_t r)
{
	unsigned need = policy->requirements[r].threshold, n = 0;
	size_t i;

	for (i = 0; i < p->n_held; i++)
		if (is_first_of_class(&p->held[i], r) &&
		    is_covered(set, p, r, p->held[i].class))
			n++;
	return need > 0 && n >= need;
}

static bool
meets_clause(const struct pq_party_set *set, const struct pq_parties *p,
    const struct pq_policy *policy, const struct pq_requirement *of)
{
	size_t i;

	for (i = 0; i < policy->n_requirements; i++)
		if (pq_requirement_is_alternative(
			&policy->requirements[i], of) &&
		    meets_requirement(set, p, policy, i))
			return true;
	return false;
}

static bool
is_about(const struct pq_requirement *r, enum pq_about about)
{
	return about == PQ_ABOUT_NONE || pq_requirement_about(r) == about;
}

/* Return the first requirement whose clause is not met, or n_requirements. */
static size_t
first_unmet(const struct pq_party_set *set, const struct pq_parties *p,
    const struct pq_policy *policy, enum pq_about about)
{
	const struct pq_requirement *r = policy->requirements;
	size_t i;

	for (i = 0; i < policy->n_requirements; i++)
		if (is_about(&r[i], about) &&
		    !meets_clause(set, p, policy, &r[i]))
			break;
	return i;
}

bool
pq_party_set_meets(const struct pq_party_set *set, const struct pq_parties *p,
    const struct pq_policy *policy, enum pq_about about)
{
	return first_unmet(set, p, policy, about) == policy->n_requirements;
}

/* ---- the search ------------------------------------------------------- */

/* Return true if the set needs each of its signers. */
static bool
is_minimal(const struct search *s)
{
	struct pq_party_set less;
	size_t i, k;

	for (i = 0; i < s->set.n_signers; i++) {
		less = (struct pq_party_set){ .n_signers = 0 };
		for (k = 0; k < s->set.n_signers; k++)
			if (k != i)
				less.signers[less.n_signers++] =
				    s->set.signers[k];
		if (pq_party_set_meets(&less, s->p, s->policy, PQ_ABOUT_NONE))
			return false;
	}
	return true;
}

/* Return how many operators must approve who are not signers of the set. */
static unsigned
further_approvals(const struct search *s)
{
	unsigned n = s->approvals;
	size_t i;

	for (i = 0; n > 0 && i < s->set.n_signers; i++)
		if ((s->p->abilities[s->set.signers[i]] & PQ_ABILITY_APPROVE) !=
		    0)
			n--;
	return n;
}

static void
keep_set(struct search *s)
{
	struct pq_parties *p = s->p;

	s->set.approvals = further_approvals(s);
	if (pq_party_set_size(&s->set) != s->size || !is_minimal(s))
		return;
	if (p->n_smallest < PQ_PARTIES_SETS)
		p->smallest[p->n_smallest++] = s->set;
	else
		p->at_least = s->size;
}

/*
 * Return true if @party has a key for the clause of requirement @r that the set
 * does not have.
 */
static bool
has_further_key(const struct search *s, size_t party, size_t r)
{
	const struct pq_requirement *all = s->policy->requirements;
	size_t i;

	for (i = 0; i < s->p->n_held; i++) {
		const struct pq_holding *h = &s->p->held[i];

		if (h->file != NULL && h->party == party &&
		    pq_requirement_is_alternative(
			&all[h->requirement], &all[r]) &&
		    !is_covered(&s->set, s->p, h->requirement, h->class))
			return true;
	}
	return false;
}

static void search_sets(struct search *s);

/* Try each party with a further key for requirement @r, one after the other. */
static void
try_parties(struct search *s, size_t r)
{
	bool *out = s->out + s->set.n_signers * s->p->n;
	size_t i;

	for (i = 0; i < s->p->n && s->steps < STEPS_MAX; i++) {
		if (out[i] || pq_party_set_has(&s->set, i) ||
		    !has_further_key(s, i, r))
			continue;
		memcpy(out + s->p->n, out, s->p->n * sizeof(*out));
		s->set.signers[s->set.n_signers++] = i;
		search_sets(s);
		s->set.n_signers--;
		out[i] = true;
	}
}

static void
search_sets(struct search *s)
{
	size_t r = first_unmet(&s->set, s->p, s->policy, PQ_ABOUT_NONE);

	if (++s->steps >= STEPS_MAX)
		s->p->at_least = s->size;
	else if (r == s->policy->n_requirements)
		keep_set(s);
	else if (s->set.n_signers < s->size &&
	    s->set.n_signers < PQ_PARTIES_SIGNERS)
		try_parties(s, r);
}

static size_t
count_operators(const struct pq_parties *p)
{
	size_t i = pq_parties_next(p, 0, PQ_ABILITY_APPROVE), n = 0;

	for (; i < p->n; i = pq_parties_next(p, i + 1, PQ_ABILITY_APPROVE))
		n++;
	return n;
}

int
pq_party_sets_find(
    struct pq_parties *p, const struct pq_policy *policy, unsigned approvals)
{
	struct search s = { .p = p, .policy = policy, .approvals = approvals };
	size_t most = PQ_PARTIES_SIGNERS + approvals;
	size_t room = (PQ_PARTIES_SIGNERS + 2) * (p->n + 1);

	/* there is no set if all parties together cannot satisfy the policy */
	if (policy->n_requirements == 0 || approvals > count_operators(p) ||
	    !pq_party_set_meets(NULL, p, policy, PQ_ABOUT_NONE))
		return 0;
	s.out = calloc(room, sizeof(*s.out));
	if (s.out == NULL)
		return -PQ_ENOMEM;
	for (s.size = 1;
	     s.size <= most && p->n_smallest == 0 && p->at_least == 0;
	     s.size++) {
		memset(s.out, 0, room * sizeof(*s.out));
		search_sets(&s);
	}
	free(s.out);
	return 0;
}
