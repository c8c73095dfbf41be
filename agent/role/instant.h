/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_ROLE_INSTANT_H
#define AGENT_ROLE_INSTANT_H

#include <pratique/err.h>

#include "gate/clock.h"

/*
 * pq_instant_open() - read the boot id
 * Call it before the confinement, because it reads a file.
 * Return: 0; -PQ_ESYS
 */
int pq_instant_open(struct pq_instant *ret, struct pq_err *err);
/*
 * Read all clocks. A clock that cannot be read becomes 0, and then no
 * quarantine time counts.
 */
void pq_instant_read(struct pq_instant *now);

/*
 * Return one clock in milliseconds, for deadlines within this process; 0 if it
 * cannot be read. While the machine is suspended, CLOCK_MONOTONIC stops and
 * CLOCK_BOOTTIME continues.
 */
int64_t pq_instant_monotonic_ms(void);
int64_t pq_instant_boot_ms(void);

#endif
