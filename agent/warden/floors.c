/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor of each service, and the order to adopt the running container.
 *
 * The ledger remembers the live versions. Deploy reports the floor of its
 * journal and of the running container. The highest one counts, here and in
 * deploy. While no floor is known, releases wait in quarantine. Deploy always
 * decides by its own floor.
 *
 * The reply to an order to adopt follows when deploy has answered. That may
 * take as long as a deployment.
 */
#include "warden/floors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/text.h>

#include "warden/asks.h"
#include "warden/core.h"
#include "warden/ledger_releases.h"
#include "warden/releases.h"

static const struct pq_floor *
reported_floor(const struct warden *w, const struct pq_config_service *svc)
{
	return w->floors == NULL ? NULL : &w->floors[svc - w->cfg->services];
}

void
pq_floor_of(
    struct warden *w, const struct pq_config_service *svc, struct pq_floor *ret)
{
	const struct pq_floor *told = reported_floor(w, svc);
	struct pq_floor f = { 0 };

	pq_ledger_floor_raise(
	    &w->store, svc->policy->service, svc->floor_instead_of, &f);
	pq_floor_raise(&f, svc->floor, PQ_FLOOR_POLICY, NULL);
	if (told != NULL)
		pq_floor_raise(
		    &f, told->version, told->from, svc->floor_instead_of);
	if (f.version[0] == '\0')
		(void)snprintf(f.from, sizeof(f.from), "%s",
		    told != NULL && told->from[0] != '\0'
			? told->from
			: "pratique-deploy has not reported the live version "
			  "yet");
	*ret = f;
}

void
pq_floors_free(struct warden *w)
{
	free(w->floors);
	w->floors = NULL;
}

/* A release that waits for a floor is checked at once. */
int
pq_on_floor(struct warden *w, struct pq_peer *p, const struct pq_msg *m)
{
	const struct pq_config_service *svc =
	    pq_config_service(w->cfg, m->floor.service);
	struct pq_floor *f;

	(void)p;
	if (svc == NULL) /* deploy may run with another configuration */
		return 0;
	if (w->floors == NULL)
		w->floors = calloc(w->cfg->n_services, sizeof(*w->floors));
	if (w->floors == NULL)
		return -PQ_ENOMEM;
	f = &w->floors[svc - w->cfg->services];
	pq_text_escape(f->version, sizeof(f->version), m->floor.version);
	pq_text_escape(f->from, sizeof(f->from), m->floor.from);
	pq_store_begin(&w->store);
	pq_ledger_releases_hasten(
	    &w->store, svc->policy->service, pq_warden_s(w));
	return 0;
}

/* ---- adopting ----------------------------------------------------- */

void
pq_adopt_ask(struct pq_request *q)
{
	struct pq_msg m = { .type = PQ_MSG_ADOPT };

	m.adopt.service = pq_slice_str(q->service);
	m.adopt.version = pq_slice_str(q->version);
	if (pq_ask_role(q, PQ_DOOR_DEPLOY, &m, true))
		pq_warden_audit(q->w, q->actor, "service.adopt", q->service, 0,
		    "version %s: sent to deploy", q->version);
}

static void
retire_live(struct warden *w, const char *service, int64_t id)
{
	struct pq_release old;
	int64_t live = pq_ledger_release_live(&w->store, service);

	if (live != 0 && pq_ledger_release_read(&w->store, live, &old) == 1)
		pq_release_move(w, &old, PQ_EVENT_RETIRE, "warden",
		    "release %lld was adopted", (long long)id);
}

/*
 * Add a release for the adopted container and return its id. Return 0 if the
 * ledger has a release with that digest: it continues, and its deployment will
 * find that its image already runs.
 */
static int64_t
add_adopted(struct warden *w, const struct pq_config_service *svc,
    const struct pq_msg_adopted *m)
{
	struct pq_release r = { .state = PQ_STATE_LIVE };

	pq_store_begin(&w->store);
	(void)snprintf(
	    r.service, sizeof(r.service), "%s", svc->policy->service);
	pq_warden_text(r.tag, sizeof(r.tag), m->version);
	pq_warden_text(r.digest, sizeof(r.digest), m->digest);
	if (pq_ledger_release_by_digest(&w->store, r.service, r.digest) != 0)
		return 0;
	r.id = pq_warden_id(w);
	retire_live(w, r.service, r.id);
	pq_text_escape(r.reason, sizeof(r.reason), m->reason);
	pq_text_escape(r.container, sizeof(r.container), m->container);
	pq_digest_format(r.policy_hash, &svc->policy->hash);
	r.first_seen = r.changed = r.live_since = pq_warden_s(w);
	pq_ledger_release_add(&w->store, &r);
	return r.id;
}

/*
 * Return true if the answer matches the order. Only the operator's own order
 * may enter the ledger under that operator's name.
 */
static bool
matches_order(const struct pq_asked *a, const struct pq_msg_adopted *m)
{
	struct pq_digest d;

	return pq_slice_eq_str(m->service, a->service) &&
	    pq_slice_eq_str(m->version, a->version) &&
	    (m->code != PQ_ANSWERED_DONE ||
		pq_digest_parse(&d, m->digest) == 0);
}

int
pq_on_adopted(struct warden *w, struct pq_peer *p, const struct pq_msg *m)
{
	const struct pq_msg_adopted *o = &m->adopted;
	const struct pq_config_service *svc =
	    pq_config_service(w->cfg, o->service);
	struct pq_asked *a = pq_find_question(w, p, PQ_MSG_ADOPT, m->job);
	bool done = o->code == PQ_ANSWERED_DONE;
	char text[PQ_REASON_TEXT];
	int64_t id = 0;

	if (a == NULL || svc == NULL || !matches_order(a, o))
		return -PQ_EPROTO;
	pq_text_escape(text, sizeof(text), o->reason);
	if (done)
		id = add_adopted(w, svc, o);
	pq_warden_audit(w, a->actor,
	    done ? "service.adopted" : "service.not-adopted",
	    svc->policy->service, id, "%s", text);
	pq_end_question(a, (enum pq_answered)o->code, id, text);
	return 0;
}
