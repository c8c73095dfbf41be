/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFINE_LANDLOCK_H
#define AGENT_CONFINE_LANDLOCK_H

#include <stdbool.h>

#include "confine/confine.h"

/*
 * pq_landlock_enter() - restrict this process to @paths
 * Restricts each right that the kernel's version of Landlock supports.
 * @tcp_connect: permit connections to TCP ports (binding is never permitted)
 * Return: the ABI version; 0 if the kernel has no Landlock; a negative fault
 */
int pq_landlock_enter(
    const struct pq_jail_paths *paths, bool tcp_connect, struct pq_err *err);

#endif
