/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_IPC_HEADERS_H
#define AGENT_IPC_HEADERS_H

#include "ipc/channel.h"

/* Copy the slices of a callback from or to a message, but not their bytes. */
struct pq_callback pq_delivery_get(const struct pq_msg_delivery *m);
void pq_delivery_put(struct pq_msg_delivery *m, const struct pq_callback *cb);
struct pq_callback pq_callback_get(const struct pq_msg_callback *m);
void pq_callback_put(struct pq_msg_callback *m, const struct pq_callback *cb);

#endif
