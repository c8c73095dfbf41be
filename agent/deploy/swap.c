/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The swap, as a table of steps.
 *
 * A step's name goes into the journal before the step is done; after a crash
 * the step is done again, and each finds out what is left to do by looking at
 * containers by id. The verdict (good or back) is itself a durable phase that
 * is written before anything is cleaned up: deciding it anew from what Docker
 * looks like after a crash could create a second container, or put the old
 * one back over a healthy new one.
 *
 * The old container is stopped and renamed but not removed until the new one
 * was seen running, healthy and with nothing lost.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "deploy/swap_steps.h"

#define TRIES 5

struct step {
	const char *name;
	pq_step_fn run;
	const char *next; /* phase after it */
	const char *back; /* phase when it cannot go on */
	bool ask;         /* may still be withdrawn before this */
	bool stubborn;    /* tried again before it is given up */
};

static const struct step stop_first[] = {
	{ "pull", pq_step_pull, "create", "not-pulled", true, false },
	{ "create", pq_step_create, "stop-old", "back", true, false },
	{ "stop-old", pq_step_stop_old, "rename-old", "back", true, false },
	{ "rename-old", pq_step_rename_old, "rename-new", "back", false,
	    false },
	{ "rename-new", pq_step_rename_new, "start", "back", false, false },
	{ "start", pq_step_start, "health", "back", false, false },
	{ "health", pq_step_health, "compare", "back", false, false },
	{ "compare", pq_step_compare, "confirm", "back", false, false },
	{ "confirm", pq_step_confirm, "good", "back", false, false },
};
static const struct step start_first[] = {
	{ "pull", pq_step_pull, "create", "not-pulled", true, false },
	{ "create", pq_step_create, "start", "back", true, false },
	{ "start", pq_step_start, "health", "back", true, false },
	{ "health", pq_step_health, "compare", "back", false, false },
	{ "compare", pq_step_compare, "stop-old", "back", false, false },
	{ "stop-old", pq_step_stop_old, "rename-old", "back", true, false },
	{ "rename-old", pq_step_rename_old, "rename-new", "back", false,
	    false },
	{ "rename-new", pq_step_rename_new, "confirm", "back", false, false },
	{ "confirm", pq_step_confirm, "good", "back", false, false },
};

/*
 * What runs already is looked at and never touched, so nothing is taken back:
 * no way leads from "same" to a step that stops or removes a container.
 *
 * After the verdict, for both orders. What takes back is stubborn: a daemon
 * that refuses once must not leave the host with neither container running.
 */
static const struct step afterwards[] = {
	{ "same", pq_step_same, "kept", "not-kept", false, false },
	{ "kept", pq_step_kept, "done", "done", false, false },
	{ "good", pq_step_retire, "done", "done", false, false },
	{ "withdrawn", pq_step_keep_log, "back-new", "stuck", false, false },
	{ "back", pq_step_keep_log, "back-new", "stuck", false, false },
	{ "back-new", pq_step_away_new, "back-old", "back-old", false, true },
	{ "back-old", pq_step_restore_old, "done", "stuck", false, true },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct step *
find_in(const struct step *table, size_t n, const char *phase)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(table[i].name, phase) == 0)
			return &table[i];
	return NULL;
}

static const struct step *
find_step(const struct pq_swap *s)
{
	const struct step *step = s->service->order == PQ_ORDER_START_FIRST
	    ? find_in(start_first, COUNT(start_first), s->d.phase)
	    : find_in(stop_first, COUNT(stop_first), s->d.phase);

	return step != NULL
	    ? step
	    : find_in(afterwards, COUNT(afterwards), s->d.phase);
}

/* Phases that carry a verdict, durable before anything acts on it. */
static const struct verdict {
	const char *phase;
	enum pq_outcome outcome;
	bool over;
} verdicts[] = {
	{ "not-pulled", PQ_OUTCOME_WAITING, true }, /* nothing was touched */
	{ "withdrawn", PQ_OUTCOME_WAITING, false },
	{ "kept", PQ_OUTCOME_LIVE, false },
	{ "not-kept", PQ_OUTCOME_WAITING, true },
	{ "good", PQ_OUTCOME_LIVE, false },
	{ "back", PQ_OUTCOME_ROLLED_BACK, false },
	{ "stuck", PQ_OUTCOME_FAILED, true },
};

static int
enter(struct pq_swap *s, const char *phase)
{
	size_t i;

	for (i = 0; i < COUNT(verdicts); i++) {
		if (strcmp(phase, verdicts[i].phase) != 0)
			continue;
		s->d.outcome = (uint32_t)verdicts[i].outcome;
		if (verdicts[i].over)
			phase = "done";
	}
	(void)snprintf(s->d.phase, sizeof(s->d.phase), "%s", phase);
	(void)pq_store_begin(s->store);
	pq_journal_put(s->store, &s->d);
	if (s->d.outcome == PQ_OUTCOME_ROLLED_BACK)
		pq_journal_failed(s->store, s->d.service, s->d.digest);
	return pq_store_commit(s->store);
}

/* Faults that time mends: the phase stands. All others end the attempt. */
static bool
is_passing(int r)
{
	return r == -PQ_ENET || r == -PQ_ETIMEOUT || r == -PQ_ENOMEM ||
	    r == -PQ_ESTORE;
}

/* The cause stays; of several tries only the last adds to it. */
static int
try_step(struct pq_swap *s, const struct step *step, struct pq_err *err)
{
	const struct timespec pause = { 0, 500000000 };
	size_t cause = strlen(s->d.reason);
	int i, r = step->run(s, err);

	for (i = 1; r == 1 && step->stubborn && i < TRIES; i++) {
		(void)nanosleep(&pause, NULL);
		s->d.reason[cause] = '\0';
		r = step->run(s, err);
	}
	return r;
}

static int
run_step(struct pq_swap *s, const struct step *step, const char **ret_phase,
    struct pq_err *err)
{
	int r;

	if (step->ask && pq_swap_withdrawn(s)) {
		*ret_phase = "withdrawn";
		return s->store->fault == 0 ? 0 : -PQ_ESTORE;
	}
	r = try_step(s, step, err);
	if (s->store->fault != 0)
		r = -PQ_ESTORE;
	if (r < 0 && is_passing(r))
		return r;
	if (r < 0)
		(void)pq_swap_give_up(s, "%s: %s", step->name,
		    r == -PQ_EABSENT           ? "a container is gone"
			: err->text[0] != '\0' ? err->text
					       : pq_fault_text(r));
	*ret_phase = r == 0 ? step->next : r == 2 ? "stuck" : step->back;
	return 0;
}

int
pq_swap_run(struct pq_swap *s, struct pq_err *err)
{
	const struct step *step;
	const char *phase;
	int r;

	while (strcmp(s->d.phase, "done") != 0) {
		step = find_step(s);
		if (step == NULL)
			return pq_err_set(err, PQ_ESTORE,
			    "journal: unknown phase %s", s->d.phase);
		if (s->tell != NULL)
			s->tell(s->ctx, s, step->name);
		r = run_step(s, step, &phase, err);
		if (r != 0)
			return r;
		r = enter(s, phase);
		if (r != 0)
			return pq_err_set(
			    err, PQ_ESTORE, "journal: %s", s->store->err.text);
	}
	return 0;
}
