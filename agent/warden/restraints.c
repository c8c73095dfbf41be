/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Restraints: orders that let deploy do less, and orders that lift them.
 *
 * Deploy gets each at once, and all that apply again when it connects: it may
 * have been away at the time of the order, and its journal must not keep a
 * restraint that was lifted meanwhile.
 */
#include "warden/restraints.h"

#include "warden/ledger_holds.h"
#include "warden/ledger_releases.h"
#include "warden/peers.h"

#define REPEAT_MAX 256 /* releases of each kind in one greeting */

void
pq_deploy_restrain(struct warden *w, enum pq_restrain kind, int64_t release,
    const char *service, const char *digest, const char *reason)
{
	struct pq_msg m = { .type = PQ_MSG_RESTRAIN };

	m.job = (uint64_t)release;
	m.restrain.kind = (uint32_t)kind;
	m.restrain.release = (uint64_t)release;
	m.restrain.service = pq_slice_str(service);
	m.restrain.digest = pq_slice_str(digest);
	m.restrain.reason = pq_slice_str(reason);
	(void)pq_peers_give(w, PQ_DOOR_DEPLOY, &m);
}

static void
repeat_hold(void *arg, const struct pq_hold_row *h)
{
	pq_deploy_restrain(arg, PQ_RESTRAIN_HOLD, 0, h->service, "", h->reason);
}

/* Send all holds, so that deploy drops one that was lifted meanwhile. */
static void
repeat_holds(struct warden *w)
{
	pq_deploy_restrain(w, PQ_RESTRAIN_UNHOLD, 0, "", "", "greeting");
	pq_ledger_holds_each(&w->store, repeat_hold, w);
}

static void
repeat_each(
    struct warden *w, enum pq_restrain kind, const int64_t *ids, size_t n)
{
	struct pq_release r;
	size_t i;

	for (i = 0; i < n; i++)
		if (pq_ledger_release_read(&w->store, ids[i], &r) == 1)
			pq_deploy_restrain(
			    w, kind, r.id, r.service, r.digest, r.reason);
}

/*
 * Deploy must also get the orders that were given while it was away:
 * rejections, and the retries that lift them.
 */
static void
repeat_orders(struct warden *w)
{
	int64_t ids[REPEAT_MAX];

	repeat_each(w, PQ_RESTRAIN_REJECT, ids,
	    pq_ledger_releases_rejected(&w->store, ids, REPEAT_MAX));
	repeat_each(w, PQ_RESTRAIN_LIFT, ids,
	    pq_ledger_releases_retried(&w->store, ids, REPEAT_MAX));
}

void
pq_restraints_repeat(struct warden *w)
{
	repeat_holds(w);
	repeat_orders(w);
	pq_deploy_restrain(w, PQ_RESTRAIN_TOLD, 0, "", "", "greeting");
}
