/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The quarantine clocks. When a release has served its delay, fresh evidence is
 * due, so that every fact is judged twice.
 */
#include "warden/quarantine.h"

#include <stdio.h>
#include <string.h>

#include <pratique/text.h>

#include "warden/core.h"
#include "warden/floors.h"
#include "warden/holds.h"
#include "warden/jobs.h"
#include "warden/ledger_approvals.h"
#include "warden/ledger_attempts.h"
#include "warden/ledger_clock.h"
#include "warden/ledger_holds.h"
#include "warden/ledger_releases.h"
#include "warden/releases.h"

#define WAIT_SHORT_S 5 /* between checks while an operator must act */
#define WAIT_LONG_S 30 /* longest time between checks of the delay */
#define EXTRA_TEXT 120
#define UNCOUNTED_MS 60000 /* less is not worth a message */

/*
 * Return the seconds until the next check, or 0 if the quarantine has ended.
 * The pause moves a waiting release behind the others. Without it, the first
 * WARDEN_PICK releases would be the only ones that are ever checked.
 */
static int64_t
seconds_to_wait(struct warden *w, const struct pq_release *r,
    const struct pq_config_service *svc)
{
	char hold[PQ_REASON_TEXT];
	struct pq_clock c = r->clock;
	struct pq_floor floor;
	int64_t left;

	(void)pq_clock_tick(&c, &w->now);
	left = (pq_clock_left(&c, svc->delay_s, &w->now) + 999) / 1000;
	if (left > 0)
		return left < WAIT_LONG_S ? left : WAIT_LONG_S;
	pq_floor_of(w, svc, &floor);
	if (floor.version[0] == '\0')
		return WAIT_SHORT_S;
	if (pq_ledger_held(&w->store, r->service, hold) ||
	    pq_ledger_approvals_count(&w->store, r) < svc->approvals)
		return WAIT_SHORT_S;
	return 0;
}

static void
reset_tries(struct warden *w, struct pq_release *r)
{
	const struct pq_config_service *svc = pq_warden_service(w, r->service);

	r->tries = 0;
	r->next_try = 0;
	r->deadline =
	    pq_warden_s(w) + (svc != NULL ? (int64_t)svc->pending_s : 0);
}

void
pq_quarantine_again(struct warden *w, struct pq_release *r, const char *why)
{
	reset_tries(w, r);
	pq_release_move(
	    w, r, PQ_EVENT_ELAPSED, "warden", "%s; examining again", why);
}

/* Refuse @r if the floor is above it by now; return true if it was refused. */
static bool
refuse_older(
    struct warden *w, struct pq_release *r, const struct pq_config_service *svc)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	char why[PQ_REASON_TEXT];
	struct pq_floor floor;

	pq_floor_of(w, svc, &floor);
	pq_floor_judge(&f, r->tag, &floor);
	if (pq_warden_overall(w, &f) != PQ_FAIL)
		return false;
	pq_first_reason(why, &f, PQ_FAIL);
	r->sticky = PQ_STICKY_DIGEST;
	pq_release_move(w, r, PQ_EVENT_REFUSE, "warden", "%s", why);
	return true;
}

static void
check_release(struct warden *w, struct pq_release *r)
{
	const struct pq_config_service *svc = pq_warden_service(w, r->service);
	bool outdated;
	int64_t left;

	/* evidence of a job in flight was requested too early to be fresh */
	if (pq_release_end_orphan(w, r) || pq_jobs_busy(w, r->id) ||
	    refuse_older(w, r, svc))
		return;
	/* after a change of the policy examine at once, under the new one */
	outdated = pq_release_is_outdated(r, svc);
	left = outdated ? 0 : seconds_to_wait(w, r, svc);
	if (left > 0) {
		r->next_try = pq_warden_s(w) + left;
		pq_store_begin(&w->store);
		pq_ledger_release_save(&w->store, r);
		return;
	}
	if (outdated) {
		r->noticed = PQ_NOTICE_NONE;
		pq_store_begin(&w->store);
		pq_ledger_approvals_drop(&w->store, r->id);
	}
	/* if the last attempt waited, this round belongs to the same wait */
	if (outdated || !pq_ledger_attempt_waited(&w->store, r->attempt)) {
		pq_quarantine_again(w, r,
		    outdated ? "the policy has changed"
			     : "the quarantine has ended");
		return;
	}
	reset_tries(w, r);
	pq_release_repeat(
	    w, r, PQ_EVENT_ELAPSED, "examining again before the next attempt");
}

void
pq_quarantine_pump(struct warden *w)
{
	int64_t ids[WARDEN_PICK];
	struct pq_release r;
	size_t n = pq_ledger_releases_to_check(
	    &w->store, pq_warden_s(w), ids, WARDEN_PICK);
	size_t i;

	for (i = 0; i < n; i++)
		if (pq_ledger_release_read(&w->store, ids[i], &r) == 1)
			check_release(w, &r);
}

typedef enum pq_tick (*tick_fn)(struct pq_clock *, const struct pq_instant *);

static void
tick_clocks(struct warden *w, tick_fn tick)
{
	int64_t ids[WARDEN_PICK];
	struct pq_release r;
	size_t n = pq_ledger_releases_to_tick(&w->store, ids, WARDEN_PICK);
	size_t i;

	for (i = 0; i < n; i++) {
		if (pq_ledger_release_read(&w->store, ids[i], &r) != 1)
			continue;
		(void)tick(&r.clock, &w->now);
		pq_ledger_release_save(&w->store, &r);
	}
}

/*
 * Resume all clocks, not only the next WARDEN_PICK: a clock that misses this
 * tick would count the time as if an operator could have objected.
 */
static void
resume_clocks(struct warden *w, int64_t down)
{
	size_t i, n = pq_ledger_releases_ticking(&w->store);
	char text[PQ_DURATION_MAX];

	pq_text_duration(text, down / 1000);
	pq_warden_audit(w, "warden", "clock.down", "", 0,
	    "the agent was down for %s; %zu releases are in quarantine", text,
	    n);
	for (i = 0; i < n; i += WARDEN_PICK)
		tick_clocks(w, pq_clock_resume);
}

void
pq_quarantine_tick(struct warden *w)
{
	struct pq_clock c;
	int64_t down;
	enum pq_tick t;

	pq_store_begin(&w->store);
	pq_clock_start(&c, &w->now);
	(void)pq_ledger_clock_read(&w->store, &c);
	down = pq_clock_down(&c, &w->now);
	t = pq_clock_tick(&c, &w->now);
	if (t == PQ_TICK_STEPPED)
		pq_warden_audit(w, "warden", "clock.step", "", 0,
		    "the wall clock was stepped");
	if (t == PQ_TICK_ALARM)
		pq_hold_alarm(w, "*", "the clock was stepped by minutes");
	pq_ledger_clock_save(&w->store, &w->now);
	if (down != 0)
		resume_clocks(w, down);
	else
		tick_clocks(w, pq_clock_tick);
	/* deploy gets each notice again that it has not accepted */
	pq_ledger_releases_unnotice(&w->store);
}

/* Write why the quarantine lasts longer than an operator may expect. */
static void
write_extra(char dst[EXTRA_TEXT], const struct pq_clock *c, uint64_t delay,
    const struct pq_instant *now)
{
	int64_t lost = pq_clock_uncounted(c, now);
	char text[PQ_DURATION_MAX];

	dst[0] = '\0';
	if (pq_clock_extended(c, delay)) {
		pq_text_duration(text, c->down_ms / 1000);
		(void)snprintf(dst, EXTRA_TEXT,
		    ", because the agent was down for %s", text);
	} else if (lost >= UNCOUNTED_MS) {
		pq_text_duration(text, lost / 1000);
		(void)snprintf(dst, EXTRA_TEXT,
		    "; %s of suspend, reboot or a stepped clock do not count",
		    text);
	}
}

static void
write_left(char dst[PQ_REASON_TEXT], const struct pq_clock *c, uint64_t delay,
    const struct pq_instant *now, const char *reason)
{
	char rest[PQ_DURATION_MAX], whole[PQ_DURATION_MAX], extra[EXTRA_TEXT];

	pq_text_duration(rest, (pq_clock_left(c, delay, now) + 999) / 1000);
	pq_text_duration(whole, (int64_t)delay);
	write_extra(extra, c, delay, now);
	(void)snprintf(dst, PQ_REASON_TEXT,
	    "quarantine: %s of %s left%s; %.300s", rest, whole, extra, reason);
}

static void
write_next_try(
    char dst[PQ_REASON_TEXT], const struct pq_release *r, int64_t seconds)
{
	char pause[PQ_DURATION_MAX];

	pq_text_duration(pause, seconds);
	(void)snprintf(dst, PQ_REASON_TEXT,
	    "%s: %.300s; next try in %s; `pratique look %s` tries now",
	    pq_state_name(r->state), r->reason, pause, r->service);
}

void
pq_quarantine_waiting(
    struct warden *w, const struct pq_release *r, char dst[PQ_REASON_TEXT])
{
	const struct pq_config_service *svc = pq_warden_service(w, r->service);
	char hold[PQ_REASON_TEXT];
	struct pq_clock c = r->clock;
	struct pq_floor floor;
	unsigned have;
	int64_t left;

	(void)snprintf(dst, PQ_REASON_TEXT, "%s: %.450s",
	    pq_state_name(r->state), r->reason);
	if (svc == NULL || r->state != PQ_STATE_QUARANTINED)
		return;
	(void)pq_clock_tick(&c, &w->now);
	left = (pq_clock_left(&c, svc->delay_s, &w->now) + 999) / 1000;
	have = pq_ledger_approvals_count(&w->store, r);
	pq_floor_of(w, svc, &floor);
	if (pq_ledger_held(&w->store, r->service, hold))
		(void)snprintf(dst, PQ_REASON_TEXT, "hold: %.480s", hold);
	else if (left > 0)
		write_left(dst, &c, svc->delay_s, &w->now, r->reason);
	else if (floor.version[0] == '\0')
		(void)snprintf(
		    dst, PQ_REASON_TEXT, "order.monotonic: %.480s", floor.from);
	else if (have < svc->approvals)
		(void)snprintf(dst, PQ_REASON_TEXT, "approvals: %u of %u", have,
		    svc->approvals);
	else if (r->next_try > pq_warden_s(w))
		write_next_try(dst, r, r->next_try - pq_warden_s(w));
}
