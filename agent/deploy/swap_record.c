/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that the steps of all targets share: record the reason of a
 * failure, check the clearance again, and record a live deployment. They use
 * deploy's own journal; only the target's discard() asks an engine.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <pratique/text.h>

#include "deploy/target.h"

int
pq_swap_give_up(struct pq_swap *s, const char *fmt, ...)
{
	char raw[512];
	size_t have = strlen(s->d.reason);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	if (have != 0 && have + 3 < sizeof(s->d.reason)) {
		memcpy(s->d.reason + have, "; ", 3);
		have += 2;
	}
	pq_text_escape(
	    s->d.reason + have, sizeof(s->d.reason) - have, pq_slice_str(raw));
	return 1;
}

/* Return true, and add the reason, if the clearance no longer holds. */
static bool
stop_withdrawn(struct pq_swap *s)
{
	struct pq_noticed n = { .rejected = PQ_REJECTED_NOT };
	char why[512] = "";
	size_t i;

	for (i = 0; i < s->service->n_deny; i++)
		if (strcmp(s->service->deny[i], s->d.digest) == 0)
			return pq_swap_give_up(
				   s, "the policy denies this digest") != 0;
	if (pq_journal_noticed(s->store, s->d.service, s->d.digest, &n) != 1 ||
	    n.rejected != PQ_REJECTED_NOT)
		return pq_swap_give_up(s, "the release was rejected") != 0;
	if (pq_journal_held(s->store, s->d.service, why))
		return pq_swap_give_up(s, "hold: %.400s", why) != 0;
	return false;
}

bool
pq_swap_stop_withdrawn(struct pq_swap *s)
{
	if (s->listen != NULL)
		(void)s->listen(s->ctx);
	return stop_withdrawn(s);
}

bool
pq_swap_stop_withdrawn_now(void *ctx)
{
	struct pq_swap *s = ctx;

	return s->listen != NULL && s->listen(s->ctx) && stop_withdrawn(s);
}

/* Discard pulled images, except those that were live last. */
static int
prune_images(struct pq_swap *s, struct pq_err *err)
{
	unsigned keep = s->service->keep == 0 ? 1 : s->service->keep;
	char digest[PQ_DIGEST_TEXT];
	int r;

	while ((r = pq_journal_surplus(s->store, s->d.service, keep, digest)) ==
	    1) {
		r = s->target->discard(s, digest, err);
		if (r < 0)
			return r;
		pq_journal_forget_image(s->store, s->d.service, digest);
	}
	return r;
}

int
pq_swap_live(struct pq_swap *s, struct pq_err *err)
{
	pq_journal_live(
	    s->store, &s->d, (int64_t)time(NULL), s->service->floor_instead_of);
	return prune_images(s, err);
}
