/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LOOP_H
#define AGENT_WARDEN_LOOP_H

#include "warden/peers.h"
#include "warden/warden.h"

/*
 * pq_warden_loop() - turn after turn, until SIGTERM or SIGINT
 * @w:     with configuration, secrets, ledger, sockets and boot id
 * Return: 0 asked to end; a fault, which has been logged
 */
int pq_warden_loop(struct warden *w);

/* which file hears of which peer */
extern const struct pq_peer_ops pq_loop_peer_ops;

#endif
