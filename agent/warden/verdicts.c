/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts: verify judges evidence, and the warden applies the verdict to a
 * look or a release.
 *
 * Every fact is judged twice: on arrival, and with fresh evidence when the
 * quarantine ends. A fact that changed in between refuses the release. If a tag
 * ever pointed at another object, an alarm holds the service, even if the new
 * object is signed: a version tag must never move.
 */
#include "warden/verdicts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/claims.h>
#include <pratique/text.h>

#include "warden/callback_claims.h"
#include "warden/core.h"
#include "warden/floors.h"
#include "warden/holds.h"
#include "warden/jobs.h"
#include "warden/ledger_approvals.h"
#include "warden/ledger_findings.h"
#include "warden/ledger_holds.h"
#include "warden/ledger_looks.h"
#include "warden/ledger_proofs.h"
#include "warden/ledger_releases.h"
#include "warden/ledger_tags.h"
#include "warden/looks.h"
#include "warden/releases.h"

static void
keep_findings(struct warden *w, const struct pq_release *r, const char *phase,
    const struct pq_findings *f, struct pq_slice document)
{
	struct pq_buf b = PQ_BUF_INIT(PQ_FINDINGS_BYTES);

	pq_store_begin(&w->store);
	if (pq_findings_encode(&b, f) == 0 && b.fault == 0)
		pq_ledger_findings_keep(&w->store, r->id, phase,
		    pq_buf_view(&b), document, pq_warden_s(w));
	pq_buf_free(&b);
}

/*
 * Record the objects of both tags. If one has moved: refuse the release, hold
 * the service and return true. After a fault of the ledger only return true.
 */
static bool
record_tags(struct warden *w, struct pq_release *r,
    const struct pq_config_service *svc, const char *tag_object)
{
	char was[PQ_DIGEST_TEXT] = "";
	char *git = NULL;
	int moved;

	pq_store_begin(&w->store);
	moved = pq_ledger_tag_record(&w->store, r->service, "image", r->tag,
	    r->digest, pq_warden_s(w), was);
	if (moved == 0 && tag_object[0] && svc->policy->git_url != NULL &&
	    pq_policy_git_tag(&git, svc->policy, pq_slice_str(r->tag)) == 0)
		moved = pq_ledger_tag_record(&w->store, r->service, "git", git,
		    tag_object, pq_warden_s(w), was);
	free(git);
	if (moved != 1)
		return moved != 0;
	r->sticky = PQ_STICKY_DIGEST;
	pq_release_move(w, r, PQ_EVENT_MOVED, "warden",
	    "the tag %s pointed at %s before", r->tag, was);
	pq_hold_alarm(w, r->service, "the tag %s of release %lld was moved",
	    r->tag, (long long)r->id);
	return true;
}

static void
set_facts(struct pq_release *r, const struct pq_msg_verdict *v,
    const struct pq_policy *p)
{
	pq_text_escape(r->signer, sizeof(r->signer), v->signer);
	pq_text_escape(r->key, sizeof(r->key), v->key);
	pq_warden_text(r->manifest, sizeof(r->manifest), v->manifest);
	pq_warden_text(r->config, sizeof(r->config), v->config);
	pq_warden_text(r->tag_object, sizeof(r->tag_object), v->tag_object);
	pq_warden_text(r->commit, sizeof(r->commit), v->commit);
	pq_digest_format(r->policy_hash, &p->hash);
}

static void
take_first_pass(struct warden *w, struct pq_release *r,
    const struct pq_config_service *svc, const struct pq_msg *m)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	struct pq_floor floor;
	char why[PQ_REASON_TEXT];

	pq_floor_of(w, svc, &floor);
	set_facts(r, &m->verdict, svc->policy);
	if (record_tags(w, r, svc, r->tag_object))
		return;
	pq_floor_judge(&f, r->tag, &floor);
	keep_findings(w, r, "gate", &f, pq_slice(NULL, 0));
	/* without a floor it waits in quarantine until an operator sets one */
	if (pq_warden_overall(w, &f) == PQ_FAIL) {
		pq_first_reason(why, &f, PQ_FAIL);
		r->sticky = PQ_STICKY_DIGEST;
		pq_release_move(w, r, PQ_EVENT_REFUSE, "warden", "%s", why);
		return;
	}
	pq_ledger_proof_keep(&w->store, r->id, m->verdict.proof);
	pq_ledger_approvals_drop(&w->store, r->id);
	pq_clock_start(&r->clock, &w->now);
	r->noticed = PQ_NOTICE_NONE;
	r->tries = 0;
	r->next_try = 0;
	pq_release_move(
	    w, r, PQ_EVENT_PASSED, "warden", "every evidence check passed");
}

/* Return which fact changed since the arrival, or NULL. */
static const char *
find_moved_fact(const struct pq_release *r, const struct pq_msg_verdict *v)
{
	if (!pq_slice_eq_str(v->digest, r->digest))
		return "the image digest has changed";
	if (!pq_slice_eq_str(v->manifest, r->manifest))
		return "the platform manifest has changed";
	if (!pq_slice_eq_str(v->tag_object, r->tag_object))
		return "the git tag was moved";
	if (!pq_slice_eq_str(v->commit, r->commit))
		return "the commit has changed";
	return NULL;
}

static void
take_second_pass(struct warden *w, struct pq_release *r,
    const struct pq_config_service *svc, const struct pq_msg *m)
{
	char hold[PQ_REASON_TEXT], why[PQ_REASON_TEXT];
	struct pq_floor floor;
	const char *moved = find_moved_fact(r, &m->verdict);
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	struct pq_gate_facts g = { .tag = r->tag,
		.now = &w->now,
		.clock = &r->clock,
		.evidence = PQ_PASS };

	if (moved != NULL && pq_release_is_outdated(r, svc)) {
		/* a new policy needs other evidence: restart the quarantine */
		pq_clock_start(&r->clock, &w->now);
		moved = NULL;
	}
	if (moved != NULL) {
		pq_release_move(w, r, PQ_EVENT_MOVED, "warden", "%s", moved);
		return;
	}
	set_facts(r, &m->verdict, svc->policy);
	if (record_tags(w, r, svc, r->tag_object))
		return;
	/* even if it waits longer: a notice must match the present policy */
	pq_ledger_proof_keep(&w->store, r->id, m->verdict.proof);
	(void)pq_clock_tick(&r->clock, &w->now);
	pq_floor_of(w, svc, &floor);
	g.floor = &floor;
	g.hold = pq_ledger_held(&w->store, r->service, hold) ? hold : NULL;
	g.delay_s = svc->delay_s;
	g.needed = svc->approvals;
	g.approvals = pq_ledger_approvals_count(&w->store, r);
	r->state = pq_gate_clear(r->state, &g, &f);
	keep_findings(w, r, "clearance", &f, pq_slice(NULL, 0));
	if (r->state == PQ_STATE_CLEARED) {
		r->next_try = 0;
		r->changed = pq_warden_s(w);
		(void)snprintf(
		    r->reason, sizeof(r->reason), "every check passed twice");
		pq_ledger_release_save(&w->store, r);
		pq_warden_audit(w, "warden", "release.cleared", r->service,
		    r->id, "%s", r->reason);
		pq_releases_supersede(w, r);
	} else if (pq_warden_overall(w, &f) == PQ_FAIL) {
		pq_first_reason(why, &f, PQ_FAIL);
		r->sticky = PQ_STICKY_DIGEST;
		pq_release_move(w, r, PQ_EVENT_REFUSE, "warden", "%s", why);
	} else {
		pq_first_reason(why, &f, PQ_PENDING);
		r->next_try = pq_warden_s(w) + 1;
		pq_release_move(w, r, PQ_EVENT_WAIT, "warden", "%s", why);
	}
}

/*
 * Return true for a finding about the text of a signature. The text of another
 * signature may differ.
 */
static bool
is_of_signature(const struct pq_finding *f, const struct pq_policy *p)
{
	return f->check == PQ_CHECK_IMAGE_REPOSITORY ||
	    (p->version_from == PQ_VERSION_ANNOTATION &&
		strcmp(f->spec, PQ_RULE_VERSION_FROM) == 0);
}

/*
 * Return true if the signed text names another repository, or its annotation
 * another version, and there is no other fault. Then the image may be a
 * promotion, and its own signature arrives later. Before that, an attacker who
 * can push to the registry could copy the old signature or set the tag early.
 * So the refusal must not be permanent: it would stop the release for ever.
 */
static bool
is_promotion(const struct pq_findings *f, const struct pq_policy *p)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->v[i].status == PQ_FAIL && is_of_signature(&f->v[i], p))
			n++;
		else if (f->v[i].status == PQ_FAIL)
			return false;
	return n > 0;
}

static void
apply_to_release(struct warden *w, struct pq_release *r, const struct pq_msg *m,
    struct pq_findings *f, struct pq_slice document)
{
	const struct pq_config_service *svc = pq_warden_service(w, r->service);
	bool second = r->state == PQ_STATE_REFETCHING;
	enum pq_status overall = pq_warden_overall(w, f);
	char why[PQ_REASON_TEXT];

	if (r->state == PQ_STATE_FETCHING)
		pq_release_move(
		    w, r, PQ_EVENT_FETCHED, "warden", "evidence fetched");
	if ((r->state != PQ_STATE_EXAMINING && !second) || svc == NULL)
		return; /* rejected or superseded meanwhile */
	keep_findings(w, r, second ? "second" : "first", f, document);
	pq_first_reason(why, f, overall);
	if (overall == PQ_PENDING) {
		pq_release_later(w, r, why);
	} else if (overall != PQ_PASS) {
		r->sticky = is_promotion(f, svc->policy) ? PQ_STICKY_NO
							 : PQ_STICKY_NAME;
		pq_release_move(w, r, PQ_EVENT_REFUSE, "warden", "%s", why);
	} else if (!pq_slice_eq_str(m->verdict.digest, r->digest)) {
		pq_release_move(w, r, PQ_EVENT_MOVED, "warden",
		    "fetch and verify name different digests");
	} else if (second) {
		take_second_pass(w, r, svc, m);
	} else {
		take_first_pass(w, r, svc, m);
	}
}

/*
 * Return true if the verdict of this look applies to a release that has never
 * passed. If the release waits under another tag, only a pass applies:
 * otherwise a junk tag could displace an honest release. A failure under one
 * tag never counts for another. If the verdict applies, the release gets the
 * tag of the look; otherwise the look ends or waits.
 */
static bool
take_release(struct warden *w, struct pq_look *l, struct pq_release *r,
    const struct pq_findings *f)
{
	bool same = strcmp(l->tag, r->tag) == 0;
	bool waits = r->state == PQ_STATE_FETCHING || r->sticky;
	enum pq_status overall = pq_warden_overall(w, f);
	char why[PQ_REASON_TEXT];

	if (same && waits && overall != PQ_PASS)
		return true;
	if (!same && overall == PQ_FAIL) {
		pq_first_reason(why, f, PQ_FAIL);
		pq_look_end(w, l, PQ_LOOK_REFUSED, 0, why);
		return false;
	}
	if (!same &&
	    ((waits && overall != PQ_PASS) || pq_jobs_busy(w, r->id))) {
		if (overall == PQ_PENDING)
			pq_first_reason(why, f, PQ_PENDING);
		else
			(void)snprintf(why, sizeof(why),
			    "release %lld has this digest and already waits, "
			    "with the tag %s",
			    (long long)r->id, r->tag);
		pq_look_later(w, l, why);
		return false;
	}
	pq_release_take_tag(w, r, l);
	return true;
}

static void
apply_to_look(struct warden *w, struct pq_look *l, const struct pq_msg *m,
    struct pq_findings *f, const struct pq_job *j)
{
	int64_t id =
	    pq_ledger_release_by_digest(&w->store, l->service, j->digest);
	struct pq_release r;
	char why[PQ_REASON_TEXT];

	if (id == 0)
		pq_release_open(w, &r, l, j->digest);
	else if (pq_ledger_release_read(&w->store, id, &r) != 1 ||
	    pq_look_settle(w, l, &r) || !take_release(w, l, &r, f))
		return;
	(void)snprintf(why, sizeof(why), "release %lld", (long long)r.id);
	pq_look_end(w, l, PQ_LOOK_DONE, r.id, why);
	apply_to_release(w, &r, m, f, pq_buf_view(&j->document));
}

/* A pass needs a proof that can be decoded: deploy judges it again. */
static bool
has_readable_proof(const struct pq_msg_verdict *v)
{
	struct pq_proof proof;

	return v->overall != PQ_PASS || pq_proof_decode(&proof, v->proof) == 0;
}

int
pq_on_verdict(struct warden *w, struct pq_peer *p, const struct pq_msg *m)
{
	struct pq_job *j = pq_jobs_find(w, (int64_t)m->job, PQ_PHASE_EXAMINE);
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	struct pq_release r;
	struct pq_look l;

	(void)p;
	if (j == NULL || pq_findings_decode(&f, m->verdict.findings) < 0 ||
	    (uint32_t)pq_findings_overall(&f) != m->verdict.overall ||
	    !has_readable_proof(&m->verdict))
		return -PQ_EPROTO;
	if (j->kind == PQ_JOB_LOOK &&
	    pq_ledger_look_read(&w->store, j->id, &l) == 1 &&
	    strcmp(l.state, PQ_LOOK_OPEN) == 0) {
		pq_callback_claims_judge(w, l.service, l.tag, &m->verdict, &f);
		apply_to_look(w, &l, m, &f, j);
	} else if (j->kind == PQ_JOB_RELEASE &&
	    pq_ledger_release_read(&w->store, j->id, &r) == 1) {
		if (r.state != PQ_STATE_REFETCHING)
			pq_callback_claims_judge(
			    w, r.service, r.tag, &m->verdict, &f);
		apply_to_release(w, &r, m, &f, pq_buf_view(&j->document));
	}
	pq_jobs_end(j);
	return 0;
}
