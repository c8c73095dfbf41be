/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_ADVICE_H
#define AGENT_CONFIG_ADVICE_H

#include "config/config.h"

/*
 * pq_advice_service() - note the parties that can ship alone, and unwise
 * settings pq_advice_fit() - note all that does not agree with pratique.yaml
 * pq_advice_twin() - note a target or keys that an earlier service has as well
 * @c:     pratique.yaml, free of mistakes; in pq_advice_service() NULL means
 *         that it has mistakes, and its operators are unknown
 * @s:     the service; for pq_advice_twin() an element of c->services
 * @notes: gets the mistakes and warnings
 */
void pq_advice_service(const struct pq_config *c,
    const struct pq_config_service *s, struct pq_config_notes *notes);
void pq_advice_fit(const struct pq_config *c, const struct pq_config_service *s,
    struct pq_config_notes *notes);
void pq_advice_twin(const struct pq_config *c,
    const struct pq_config_service *s, struct pq_config_notes *notes);

#endif
