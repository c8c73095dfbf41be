/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_ADVICE_H
#define AGENT_CONFIG_ADVICE_H

#include "config/config.h"

/*
 * Of one service: who can ship alone, and which settings are unwise?
 * @c: pratique.yaml; NULL: not understood, so no operator is known
 */
void pq_advice_service(const struct pq_config *c,
    const struct pq_config_service *s, struct pq_config_notes *notes);
/* Of one service: does it fit pratique.yaml, of which all was understood? */
void pq_advice_fit(const struct pq_config *c, const struct pq_config_service *s,
    struct pq_config_notes *notes);
/* Of one service beside those that were read before it. */
void pq_advice_twin(const struct pq_config *c,
    const struct pq_config_service *s, struct pq_config_notes *notes);

#endif
