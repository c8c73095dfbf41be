/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFINE_SELFTEST_H
#define AGENT_CONFINE_SELFTEST_H

#include "confine/confine.h"

/*
 * pq_selftest_run() - try every act that this jail must not be able to do
 * @landlock: ABI in force; acts that only Landlock forbids are left out at 0
 * @tried:    how many acts were tried (and denied, when 0 is returned)
 * Return: 0, or -PQ_EPERM naming the first act that succeeded
 */
int pq_selftest_run(
    enum pq_jail jail, int landlock, unsigned *tried, struct pq_err *err);

#endif
