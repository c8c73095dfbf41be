/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_RESTRAINTS_H
#define AGENT_WARDEN_RESTRAINTS_H

#include "warden/warden.h"

/*
 * pq_deploy_restrain() - tell deploy to do less, or that this is over
 * A deploy that is away hears it at its greeting; one that cannot take it is
 * ended, and hears it then.
 * @release: 0, with @digest "": of a service
 * @service: "": all of them, where @kind permits
 */
void pq_deploy_restrain(struct warden *w, enum pq_restrain kind,
    int64_t release, const char *service, const char *digest,
    const char *reason);
/*
 * pq_restraints_repeat() - the greeting: all that stand, then "told"
 * Holds come first, then rejections, then the retries that lifted one.
 */
void pq_restraints_repeat(struct warden *w);

#endif
