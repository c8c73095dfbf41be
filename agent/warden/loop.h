/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LOOP_H
#define AGENT_WARDEN_LOOP_H

#include "warden/peers.h"
#include "warden/warden.h"

/*
 * pq_warden_loop() - run turns until SIGTERM or SIGINT
 * @w:     has configuration, secrets, ledger, sockets and boot id
 * Return: 0 after a signal; a fault, which was logged
 */
int pq_warden_loop(struct warden *w);

/* the handlers of each message, and of peers that join or leave */
extern const struct pq_peer_ops pq_loop_peer_ops;

#endif
