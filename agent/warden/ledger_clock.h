/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_CLOCK_H
#define AGENT_WARDEN_LEDGER_CLOCK_H

#include "gate/clock.h"
#include "store/store.h"

/*
 * pq_ledger_clock() - the last reading of both clocks that was written
 * @ret:   gets the reading as its last one; else it stays as it is
 * Return: 1 there is one; 0 none yet; or a fault
 */
int pq_ledger_clock(struct pq_store *s, struct pq_clock *ret);
int pq_ledger_clock_save(struct pq_store *s, const struct pq_instant *now);

#endif
