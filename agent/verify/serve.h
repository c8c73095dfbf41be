/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_VERIFY_SERVE_H
#define AGENT_VERIFY_SERVE_H

#include "config/config.h"
#include "ipc/channel.h"

/*
 * pq_verify_serve() - do the warden's jobs in jailed children, until a fault
 * Return: a fault: the connection has ended or cannot be used any more
 */
int pq_verify_serve(
    struct pq_channel *c, const struct pq_config *config, struct pq_err *err);

#endif
