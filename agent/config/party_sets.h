/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_PARTY_SETS_H
#define AGENT_CONFIG_PARTY_SETS_H

#include <pratique/kind.h>

#include "config/parties.h"

/*
 * pq_party_sets_find() - find the smallest sets of parties that satisfy @policy
 * @p:     has its holdings and abilities; gets smallest[] and at_least
 * Return: 0; -PQ_ENOMEM
 */
int pq_party_sets_find(
    struct pq_parties *p, const struct pq_policy *policy, unsigned approvals);
/*
 * pq_party_set_meets() - decide whether the signers of a set meet all clauses
 * @set:   NULL: all parties
 * @about: PQ_ABOUT_NONE: all clauses; otherwise only clauses about the image,
 *         or only those about the tag
 */
bool pq_party_set_meets(const struct pq_party_set *set,
    const struct pq_parties *p, const struct pq_policy *policy,
    enum pq_about about);
/* Return true if @party is a signer of the set. */
bool pq_party_set_has(const struct pq_party_set *set, size_t party);
/* Return the number of signers and of further operators. */
size_t pq_party_set_size(const struct pq_party_set *set);
/* Return the first party that is not before @from and has @ability, or p->n. */
size_t pq_parties_next(
    const struct pq_parties *p, size_t from, enum pq_ability ability);

#endif
