/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The base of all files of the warden: the time of the turn, the next id, audit
 * rows, and a few helpers for texts and names. This file takes no decision.
 *
 * A turn has one time, which the loop reads. So two decisions in one
 * transaction can never disagree about a deadline.
 */
#include "warden/core.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "role/instant.h"
#include "warden/audit.h"

void
pq_warden_now(struct warden *w)
{
	pq_instant_read(&w->now);
}

int64_t
pq_warden_s(const struct warden *w)
{
	return w->now.wall_ms / 1000;
}

int64_t
pq_warden_id(struct warden *w)
{
	return ++w->last_id;
}

void
pq_warden_audit(struct warden *w, const char *actor, const char *event,
    const char *service, int64_t id, const char *fmt, ...)
{
	char detail[PQ_REASON_TEXT];
	struct pq_audit a = { .at = w->now,
		.actor = actor,
		.event = event,
		.service = service,
		.release = id,
		.detail = detail };
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	pq_store_begin(&w->store);
	pq_audit_append(&w->store, &w->audit, &a);
}

void
pq_warden_text(char *dst, size_t size, struct pq_slice s)
{
	size_t n = s.n < size - 1 ? s.n : size - 1;

	if (n)
		memcpy(dst, s.p, n);
	dst[n] = 0;
}

enum pq_status
pq_warden_overall(struct warden *w, const struct pq_findings *f)
{
	if (f->fault == -PQ_ENOMEM && w->store.fault == 0)
		w->store.fault = pq_err_set(
		    &w->store.err, PQ_ENOMEM, "no memory for findings");
	return pq_findings_overall(f);
}

void
pq_first_reason(char dst[PQ_REASON_TEXT], const struct pq_findings *f,
    enum pq_status status)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->v[i].status == status) {
			(void)snprintf(dst, PQ_REASON_TEXT, "%s: %.440s",
			    pq_check_name(f->v[i].check), f->v[i].reason);
			return;
		}
	(void)snprintf(dst, PQ_REASON_TEXT, "no check was made");
}

const struct pq_config_service *
pq_warden_service(const struct warden *w, const char *name)
{
	return pq_config_service(w->cfg, pq_slice_str(name));
}

int64_t
pq_warden_backoff(int64_t tries)
{
	int64_t s = tries < 6 ? (int64_t)1 << tries : WARDEN_BACKOFF_S;

	return s < WARDEN_BACKOFF_S ? s : WARDEN_BACKOFF_S;
}
