/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_DROPS_H
#define AGENT_WARDEN_DROPS_H

#include "warden/warden.h"

/* Each function writes one audit row with the number of dropped rows. */

/*
 * pq_drop_unconfigured() - drop the callbacks and looks of a removed secret or
 * service, at the start
 */
void pq_drop_unconfigured(struct warden *w);
/*
 * pq_drop_waiting() - drop the callbacks of @service and their open looks
 * A look that an operator asked for stays.
 * @reason:                    for the audit row
 * @ret_callbacks, @ret_looks: number of dropped rows
 */
void pq_drop_waiting(struct warden *w, const char *service, const char *actor,
    const char *reason, int64_t *ret_callbacks, int64_t *ret_looks);
/* pq_drop_excess() - make room for another look of @service */
void pq_drop_excess(struct warden *w, const char *service);
/* pq_drop_lapsed() - end looks past their deadlines that are not asked again */
void pq_drop_lapsed(struct warden *w);

#endif
