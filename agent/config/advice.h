/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_ADVICE_H
#define AGENT_CONFIG_ADVICE_H

#include "config/config.h"

/*
 * pq_advice_service() - note parties that can ship alone, and unwise settings
 * pq_advice_fit() - note settings that do not agree with pratique.yaml
 * pq_advice_twin() - note a target or keys that an earlier service also has
 * @c:     pratique.yaml without errors. pq_advice_service() also accepts
 *         NULL: pratique.yaml has errors, and its operators are unknown.
 * @s:     the service; for pq_advice_twin() an element of c->services
 * @notes: gets the errors and warnings
 */
void pq_advice_service(const struct pq_config *c,
    const struct pq_config_service *s, struct pq_config_notes *notes);
void pq_advice_fit(const struct pq_config *c, const struct pq_config_service *s,
    struct pq_config_notes *notes);
void pq_advice_twin(const struct pq_config *c,
    const struct pq_config_service *s, struct pq_config_notes *notes);

#endif
