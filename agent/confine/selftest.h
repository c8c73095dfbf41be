/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFINE_SELFTEST_H
#define AGENT_CONFINE_SELFTEST_H

#include "confine/confine.h"

/*
 * pq_selftest_run() - try each act that this jail forbids
 * @landlock: ABI version; skips the acts that only a newer Landlock forbids
 * @tried:    receives the number of denied acts
 * Return: 0; -PQ_EPERM, and @err names the first act that succeeded
 */
int pq_selftest_run(
    enum pq_jail jail, int landlock, unsigned *tried, struct pq_err *err);

#endif
