/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_ROLE_INSTANT_H
#define AGENT_ROLE_INSTANT_H

#include <pratique/err.h>

#include "gate/clock.h"

/* pq_instant_open() - read the boot id (a file: before the confinement) */
int pq_instant_open(struct pq_instant *ret, struct pq_err *err);
/* Read both clocks; what cannot be read is 0, which serves nothing. */
void pq_instant_read(struct pq_instant *now);

/*
 * One clock in milliseconds, for deadlines within this process; 0: it cannot
 * be read. CLOCK_MONOTONIC stands still while the machine is suspended,
 * CLOCK_BOOTTIME goes on.
 */
int64_t pq_instant_monotonic_ms(void);
int64_t pq_instant_boot_ms(void);

#endif
