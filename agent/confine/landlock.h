/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFINE_LANDLOCK_H
#define AGENT_CONFINE_LANDLOCK_H

#include "confine/confine.h"

#define PQ_LANDLOCK_TCP 4 /* the first ABI that restricts TCP ports */

/*
 * pq_landlock_enter() - restrict this process to @paths and their ports
 * Restricts each right that the kernel's version of Landlock supports.
 * Return: the ABI version; 0 if the kernel has no Landlock; a negative fault
 */
int pq_landlock_enter(const struct pq_jail_paths *paths, struct pq_err *err);

#endif
