/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The swap: it runs the steps in the tables of a target.
 *
 * The name of a step is written to the journal before the step is done. After a
 * crash the step is done again: it inspects the containers that the journal
 * names, and does the rest of its work. The verdict ("good" or "back") is a
 * durable phase, too, and is written before the cleanup begins. A verdict taken
 * from the state of the engine after a crash could create a second container,
 * or replace a healthy new container by the old one.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "deploy/target.h"

#define TRIES 5 /* of a stubborn step */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct pq_step *
find_in_table(const struct pq_step *table, const char *phase)
{
	for (; table->name != NULL; table++)
		if (strcmp(table->name, phase) == 0)
			return table;
	return NULL;
}

static const struct pq_step *
find_step(const struct pq_swap *s)
{
	const struct pq_step *const tables[] = { s->target->steps(s->service),
		s->target->afterwards, s->target->undo };
	const struct pq_step *step = NULL;
	size_t i;

	for (i = 0; i < COUNT(tables) && step == NULL; i++)
		step = find_in_table(tables[i], s->d.phase);
	return step;
}

/* Phases with a verdict, which is durable before the next step acts on it. */
static const struct verdict {
	const char *phase;
	enum pq_outcome outcome;
	bool over;
} verdicts[] = {
	{ "not-pulled", PQ_OUTCOME_WAITING, true }, /* no container touched */
	{ "withdrawn", PQ_OUTCOME_WAITING, false },
	{ "kept", PQ_OUTCOME_LIVE, false },
	{ "not-kept", PQ_OUTCOME_WAITING, true },
	{ "good", PQ_OUTCOME_LIVE, false },
	{ "back", PQ_OUTCOME_ROLLED_BACK, false },
	{ "stuck", PQ_OUTCOME_FAILED, true },
};

static int
enter_phase(struct pq_swap *s, const char *phase)
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
	pq_store_begin(s->store);
	pq_journal_put(s->store, &s->d);
	if (s->d.outcome == PQ_OUTCOME_ROLLED_BACK)
		pq_journal_failed(s->store, s->d.service, s->d.digest);
	return pq_store_commit(s->store);
}

/* Temporary faults keep the phase. All others end the attempt. */
static bool
is_passing(int r)
{
	return r == -PQ_ENET || r == -PQ_ETIMEOUT || r == -PQ_ENOMEM ||
	    r == -PQ_ESTORE;
}

/* Keep the first cause in d.reason, and add only the reason of the last try. */
static int
try_step(struct pq_swap *s, const struct pq_step *step, struct pq_err *err)
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

static void
give_up_after(struct pq_swap *s, const struct pq_step *step, int fault,
    const struct pq_err *err)
{
	if (fault == -PQ_EABSENT)
		(void)pq_swap_give_up(s, "%s: a %s no longer exists",
		    step->name, pq_target_key(s->service->target));
	else
		(void)pq_swap_give_up(s, "%s: %s", step->name,
		    err->text[0] != '\0' ? err->text : pq_fault_text(fault));
}

static int
run_step(struct pq_swap *s, const struct pq_step *step, const char **ret_phase,
    struct pq_err *err)
{
	int r;

	if (step->ask && pq_swap_stop_withdrawn(s)) {
		*ret_phase = "withdrawn";
		return s->store->fault == 0 ? 0 : -PQ_ESTORE;
	}
	r = try_step(s, step, err);
	if (s->store->fault != 0)
		r = -PQ_ESTORE;
	if (r < 0 && is_passing(r))
		return r;
	if (r < 0)
		give_up_after(s, step, r, err);
	*ret_phase = r == 0 ? step->next : r == 2 ? "stuck" : step->back;
	return 0;
}

static int
enter_or_explain(struct pq_swap *s, const char *phase, struct pq_err *err)
{
	return enter_phase(s, phase) == 0
	    ? 0
	    : pq_err_set(err, PQ_ESTORE, "journal: %s", s->store->err.text);
}

/* Return true if no configured target understands the references of @s. */
static bool
is_orphan(const struct pq_swap *s)
{
	return s->service == NULL || s->target == NULL ||
	    strcmp(s->d.target, pq_target_key(s->service->target)) != 0;
}

/* End this attempt, so that other services can be deployed. */
static void
give_up_orphan(struct pq_swap *s)
{
	const char *target = s->d.target[0] != '\0' ? s->d.target : "target";

	(void)pq_swap_give_up(s,
	    "step %s: the service is no longer %s%s; old %s %.12s, new %.12s",
	    s->d.phase, s->service == NULL ? "configured" : "deployed to a ",
	    s->service == NULL ? "" : target, target, s->d.old_ref,
	    s->d.new_ref);
}

int
pq_swap_run(struct pq_swap *s, struct pq_err *err)
{
	const struct pq_step *step;
	const char *phase;
	int r;

	if (strcmp(s->d.phase, "done") != 0 && is_orphan(s)) {
		give_up_orphan(s);
		return enter_or_explain(s, "stuck", err);
	}
	while (strcmp(s->d.phase, "done") != 0) {
		step = find_step(s);
		if (step == NULL)
			return pq_err_set(err, PQ_ESTORE,
			    "journal: unknown phase %s", s->d.phase);
		if (s->report != NULL)
			s->report(s->ctx, s, step->name);
		r = run_step(s, step, &phase, err);
		if (r != 0)
			return r;
		r = enter_or_explain(s, phase, err);
		if (r != 0)
			return r;
	}
	return 0;
}
