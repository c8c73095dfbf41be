/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_CLOCK_H
#define AGENT_WARDEN_LEDGER_CLOCK_H

#include "gate/clock.h"
#include "store/store.h"

/*
 * pq_ledger_clock_read() - read the reading of all clocks that was saved last
 * @ret:   gets it as its last reading; untouched unless 1 is returned
 * Return: 1; 0 there is no reading yet; or the store's fault
 */
int pq_ledger_clock_read(struct pq_store *s, struct pq_clock *ret);
/* pq_ledger_clock_save() - replace the saved reading */
void pq_ledger_clock_save(struct pq_store *s, const struct pq_instant *now);

#endif
