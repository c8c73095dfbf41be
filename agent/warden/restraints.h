/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_RESTRAINTS_H
#define AGENT_WARDEN_RESTRAINTS_H

#include "warden/warden.h"

/*
 * pq_deploy_restrain() - send deploy a restraint, or the end of one
 * If deploy is away it gets the restraint at its greeting. If its queue is full
 * its connection ends, and it gets the restraint at the next greeting.
 * @release: 0, with @digest "": the restraint is about a service
 * @service: "": all services, if @kind permits
 */
void pq_deploy_restrain(struct warden *w, enum pq_restrain kind,
    int64_t release, const char *service, const char *digest,
    const char *reason);
/*
 * pq_restraints_repeat() - send all restraints that apply, at the greeting
 * The order is: holds, rejections, retries that lifted one, then TOLD.
 */
void pq_restraints_repeat(struct warden *w);

#endif
