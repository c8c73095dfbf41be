/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_PARTY_SETS_H
#define AGENT_CONFIG_PARTY_SETS_H

#include <pratique/kind.h>

#include "config/parties.h"

/*
 * pq_party_sets_find() - fill in the smallest sets
 * @p: its holdings and abilities are there
 * Return: 0; -PQ_ENOMEM
 */
int pq_party_sets_find(
    struct pq_parties *p, const struct pq_policy *policy, unsigned approvals);
/*
 * pq_party_set_meets() - do its signers meet each clause about @about?
 * @set:   NULL: all parties
 * @about: PQ_ABOUT_NONE: each clause of the policy
 */
bool pq_party_set_meets(const struct pq_party_set *set,
    const struct pq_parties *p, const struct pq_policy *policy,
    enum pq_about about);
bool pq_party_set_has(const struct pq_party_set *set, size_t party);
/* how many parties */
size_t pq_party_set_size(const struct pq_party_set *set);
/* the first party from @from on that has @ability; @p->n: none */
size_t pq_parties_next(
    const struct pq_parties *p, size_t from, enum pq_ability ability);

#endif
