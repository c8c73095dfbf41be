/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFINE_LANDLOCK_H
#define AGENT_CONFINE_LANDLOCK_H

#include <stdbool.h>

#include "confine/confine.h"

/*
 * pq_landlock_enter() - restrict this process to @paths, as far as the kernel
 * has Landlock; degrades right by right
 * @tcp_connect: may connect to TCP ports (nobody may bind)
 * Return: the ABI in force, 0 when the kernel has none, or a negative fault
 */
int pq_landlock_enter(
    const struct pq_jail_paths *paths, bool tcp_connect, struct pq_err *err);

#endif
