/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_ROLE_INSTANT_H
#define AGENT_ROLE_INSTANT_H

#include <pratique/err.h>

#include "gate/clock.h"

/* pq_instant_open() - read the boot id (a file: before the confinement) */
int pq_instant_open(struct pq_instant *ret, struct pq_err *err);
/* Read both clocks; what cannot be read is 0, which serves nothing. */
void pq_instant_read(struct pq_instant *now);

#endif
