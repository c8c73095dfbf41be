/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holds: no release of a service, or of all services ("*"), is deployed until
 * an order lifts the hold. Deploy gets each change at once, because it also
 * checks holds in its own journal.
 */
#include "warden/holds.h"

#include <stdarg.h>
#include <stdio.h>

#include "warden/core.h"
#include "warden/ledger_holds.h"
#include "warden/restraints.h"

void
pq_hold_set(
    struct warden *w, const char *service, const char *actor, const char *text)
{
	const char *reason = text[0] ? text : "held";

	pq_store_begin(&w->store);
	pq_ledger_hold_set(
	    &w->store, service, actor, reason, false, pq_warden_s(w));
	pq_warden_audit(w, actor, "service.hold", service, 0, "%s", text);
	pq_deploy_restrain(w, PQ_RESTRAIN_HOLD, 0, service, "", reason);
}

void
pq_hold_alarm(struct warden *w, const char *service, const char *fmt, ...)
{
	char why[PQ_REASON_TEXT];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	pq_store_begin(&w->store);
	pq_ledger_hold_set(
	    &w->store, service, "warden", why, true, pq_warden_s(w));
	pq_warden_audit(w, "warden", "alarm.hold", service, 0, "%s", why);
	pq_warden_log("ALARM service=%s reason=\"%s\"", service, why);
	pq_deploy_restrain(w, PQ_RESTRAIN_HOLD, 0, service, "", why);
}

void
pq_hold_lift(
    struct warden *w, const char *service, const char *actor, const char *text)
{
	pq_store_begin(&w->store);
	pq_ledger_hold_lift(&w->store, service);
	pq_warden_audit(w, actor, "service.unhold", service, 0, "%s", text);
	pq_deploy_restrain(w, PQ_RESTRAIN_UNHOLD, 0, service, "", text);
}
