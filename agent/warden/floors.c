/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor of each service, and the order to adopt the running container.
 *
 * The ledger remembers the live versions, and deploy tells the memory of its
 * journal and of the running container. The highest counts here as there, and
 * while none is known, this gate waits. Deploy decides by its own floor in any
 * case.
 *
 * An operator's order to adopt is answered when deploy has answered, which may
 * be in the middle of a deployment.
 */
#include "warden/floors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/text.h>
#include <pratique/version.h>

#include "warden/core.h"
#include "warden/ledger_releases.h"
#include "warden/peers.h"
#include "warden/releases.h"
#include "warden/replies.h"

/* two questions to an engine that hangs; the command line waits longer */
#define ANSWER_MS 70000

static const struct pq_floor *
told_of(const struct warden *w, const struct pq_config_service *svc)
{
	return w->floors == NULL ? NULL : &w->floors[svc - w->cfg->services];
}

void
pq_floor_of(
    struct warden *w, const struct pq_config_service *svc, struct pq_floor *ret)
{
	const struct pq_floor *told = told_of(w, svc);
	struct pq_floor f = { 0 };

	pq_ledger_floor(
	    &w->store, svc->policy->service, svc->floor_instead_of, &f);
	pq_floor_raise(&f, svc->floor, PQ_FLOOR_POLICY, NULL);
	if (told != NULL)
		pq_floor_raise(
		    &f, told->version, told->from, svc->floor_instead_of);
	if (f.version[0] == '\0')
		(void)snprintf(f.from, sizeof(f.from), "%s",
		    told != NULL && told->from[0] != '\0'
			? told->from
			: "deploy has not said yet which version is live");
	*ret = f;
}

void
pq_floors_free(struct warden *w)
{
	free(w->floors);
	w->floors = NULL;
}

/* Releases that wait for a floor are tried at once. */
int
pq_on_floor(struct warden *w, struct pq_peer *p, const struct pq_msg *m)
{
	const struct pq_config_service *svc =
	    pq_config_service(w->cfg, m->floor.service);
	struct pq_floor *f;

	(void)p;
	if (svc == NULL) /* deploy may have read another configuration */
		return 0;
	if (w->floors == NULL)
		w->floors = calloc(w->cfg->n_services, sizeof(*w->floors));
	if (w->floors == NULL)
		return -PQ_ENOMEM;
	f = &w->floors[svc - w->cfg->services];
	pq_text_escape(f->version, sizeof(f->version), m->floor.version);
	pq_text_escape(f->from, sizeof(f->from), m->floor.from);
	(void)pq_store_begin(&w->store);
	(void)pq_ledger_releases_hasten(
	    &w->store, svc->policy->service, pq_warden_s(w));
	return 0;
}

/* ---- adopting ----------------------------------------------------- */

static struct pq_asked *
asked_find(struct warden *w, uint64_t id)
{
	for (size_t i = 0; i < WARDEN_ASKED; i++)
		if (w->asked[i].id == id)
			return &w->asked[i];
	return NULL;
}

const char *
pq_adopt_ask(struct warden *w, struct pq_peer *p, uint64_t job,
    const char *service, const char *version, const char *actor)
{
	struct pq_msg m = { .type = PQ_MSG_ADOPT };
	struct pq_asked *a = asked_find(w, 0);

	if (a == NULL)
		return "too many such orders wait for deploy: try again in a "
		       "minute";
	m.job = ++w->asked_id;
	m.adopt.service = pq_slice_str(service);
	m.adopt.version = pq_slice_str(version);
	if (pq_peers_send(pq_peers_role(w, PQ_DOOR_DEPLOY), &m) != 0)
		return "deploy is away: see the agent's log, and try again";
	a->id = m.job;
	a->job = job;
	a->client = p;
	a->due_ms = w->now.boot_ms + ANSWER_MS;
	(void)snprintf(a->actor, sizeof(a->actor), "%s", actor);
	pq_warden_audit(w, actor, "service.adopt", service, 0,
	    "version %s: asked of deploy", version);
	return NULL;
}

static void
asked_end(struct pq_asked *a, enum pq_code code, int64_t id, const char *text)
{
	if (a->client != NULL)
		pq_reply_done(a->client, a->job, code, id, text);
	memset(a, 0, sizeof(*a));
}

/* Deploy is not asked again: it may have adopted before it ended. */
void
pq_adopt_peer_lost(struct warden *w, const struct pq_peer *p)
{
	for (size_t i = 0; i < WARDEN_ASKED; i++) {
		struct pq_asked *a = &w->asked[i];

		if (a->client == p)
			a->client = NULL;
		if (a->id != 0 && p == &w->peers[PQ_DOOR_DEPLOY])
			asked_end(a, PQ_CODE_NOT_EXAMINED, 0,
			    "deploy ended before it answered: pratique status "
			    "shows the outcome; else try again");
	}
}

void
pq_adopt_pump(struct warden *w)
{
	for (size_t i = 0; i < WARDEN_ASKED; i++)
		if (w->asked[i].id != 0 && w->asked[i].due_ms <= w->now.boot_ms)
			asked_end(&w->asked[i], PQ_CODE_NOT_EXAMINED, 0,
			    "deploy has not answered: a deployment may be "
			    "under way; pratique status shows the outcome");
}

static void
retire_other(struct warden *w, const char *service, int64_t id)
{
	struct pq_release old;
	int64_t live = pq_ledger_release_live(&w->store, service);

	if (live != 0 && pq_ledger_release(&w->store, live, &old) == 1)
		pq_release_move(w, &old, PQ_EVENT_RETIRE, "warden",
		    "release %lld was adopted", (long long)id);
}

/*
 * The row of the adopted container; 0 when the ledger has that digest already,
 * for its release goes on by itself and will find its image running.
 */
static int64_t
adopted_row(struct warden *w, const struct pq_config_service *svc,
    const struct pq_msg_adopted *m)
{
	struct pq_release r = { .state = PQ_STATE_LIVE };

	(void)pq_store_begin(&w->store);
	(void)snprintf(
	    r.service, sizeof(r.service), "%s", svc->policy->service);
	pq_warden_text(r.tag, sizeof(r.tag), m->version);
	pq_warden_text(r.digest, sizeof(r.digest), m->digest);
	if (pq_ledger_release_by_digest(&w->store, r.service, r.digest) != 0)
		return 0;
	r.id = pq_warden_id(w);
	retire_other(w, r.service, r.id);
	pq_text_escape(r.reason, sizeof(r.reason), m->reason);
	pq_text_escape(r.container, sizeof(r.container), m->container);
	pq_digest_format(r.policy_hash, &svc->policy->hash);
	r.first_seen = r.changed = r.live_since = pq_warden_s(w);
	(void)pq_ledger_release_add(&w->store, &r);
	return r.id;
}

static bool
adopted_fits(const struct pq_msg_adopted *m)
{
	struct pq_digest d;

	return m->code != PQ_ANSWERED_DONE ||
	    (pq_digest_parse(&d, m->digest) == 0 &&
		pq_version_valid(m->version));
}

int
pq_on_adopted(struct warden *w, struct pq_peer *p, const struct pq_msg *m)
{
	const struct pq_msg_adopted *o = &m->adopted;
	const struct pq_config_service *svc =
	    pq_config_service(w->cfg, o->service);
	struct pq_asked *a = m->job == 0 ? NULL : asked_find(w, m->job);
	char text[PQ_REASON_TEXT];
	int64_t id = 0;

	(void)p;
	if (svc == NULL || m->job == 0 || m->job > w->asked_id ||
	    !adopted_fits(o))
		return -PQ_EPROTO;
	pq_text_escape(text, sizeof(text), o->reason);
	if (o->code == PQ_ANSWERED_DONE)
		id = adopted_row(w, svc, o);
	pq_warden_audit(w, a != NULL ? a->actor : "deploy",
	    o->code == PQ_ANSWERED_DONE ? "service.adopted"
					: "service.not-adopted",
	    svc->policy->service, id, "%s", text);
	if (a != NULL)
		asked_end(a,
		    o->code == PQ_ANSWERED_DONE          ? PQ_CODE_DONE
			: o->code == PQ_ANSWERED_REFUSED ? PQ_CODE_REFUSED
							 : PQ_CODE_NOT_EXAMINED,
		    id, text);
	return 0;
}
