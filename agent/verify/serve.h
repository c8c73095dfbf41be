/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_VERIFY_SERVE_H
#define AGENT_VERIFY_SERVE_H

#include "config/config.h"
#include "ipc/channel.h"

/*
 * pq_verify_serve() - answer the warden's jobs, each in a jailed child
 * Return: a fault, when the connection ends or cannot be used any more
 */
int pq_verify_serve(
    struct pq_channel *c, const struct pq_config *config, struct pq_err *err);

#endif
