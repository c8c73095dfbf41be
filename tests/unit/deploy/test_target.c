/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deploy targets: their table, the observation of a container, and the swap of
 * a test target that has no engine.
 */
#include "document.h"

#include <unistd.h>

#include "deploy/target.h"
#include "fakedaemon.h"
#include "support/temporary.h"

#define N(table) (sizeof(table) / sizeof((table)[0]))
#define IMAGE "registry.example.com/acme/web"
#define HEX                                \
	"11111111111111111111111111111111" \
	"11111111111111111111111111111111"
#define DIGEST "sha256:" HEX

static char journal[TEMPORARY_ROOM];
static struct pq_policy policy = { .service = (char *)(uintptr_t) "web",
	.image = (char *)(uintptr_t)IMAGE };
static struct pq_config_service service = { .policy = &policy,
	.target = PQ_TARGET_CONTAINER,
	.target_name = (char *)(uintptr_t) "web",
	.keep = 1 };

/* ---- the table --------------------------------------------------------- */

static void
test_target__has_all_operations_for_each_kind(void **state)
{
	struct pq_config_service s = service;
	const struct pq_target *t;
	int k;

	(void)state;
	for (k = PQ_TARGET_NONE + 1; k < PQ_TARGETS; k++) {
		s.target = (enum pq_target_kind)k;
		t = pq_target_of(&s);
		if (t == NULL || t->observe == NULL || t->preflight == NULL ||
		    t->steps == NULL || t->afterwards == NULL ||
		    t->undo == NULL || t->discard == NULL)
			fail_msg("%s: incomplete", pq_target_key(s.target));
		assert_string_not_equal(pq_target_key(s.target), "target");
	}
	assert_string_equal(pq_target_key(PQ_TARGET_CONTAINER), "container");
}

static const struct pq_step *
step_of(const struct pq_step *const tables[3], const char *phase)
{
	const struct pq_step *s;
	size_t i;

	for (i = 0; i < 3; i++)
		for (s = tables[i]; s->name != NULL; s++)
			if (strcmp(s->name, phase) == 0)
				return s;
	return NULL;
}

/* Fail unless @phase is a step or an end: the journal must not get stuck. */
static void
check_phase(const struct pq_step *const tables[3], const char *phase)
{
	static const char *const ends[] = { "done", "not-pulled", "not-kept",
		"stuck" };
	size_t i;

	for (i = 0; i < N(ends); i++)
		if (strcmp(ends[i], phase) == 0)
			return;
	if (step_of(tables, phase) == NULL)
		fail_msg("no step has the name %s", phase);
}

static void
test_target__has_no_step_that_leads_nowhere(void **state)
{
	static const char *const entries[] = { "same", "kept", "good", "back",
		"withdrawn" };
	struct pq_config_service s = service;
	const struct pq_step *tables[3], *one;
	size_t i, k;

	(void)state;
	for (k = 0; k < 2; k++) {
		s.order = (enum pq_order)k;
		tables[0] = pq_target_of(&s)->steps(&s);
		tables[1] = pq_target_of(&s)->afterwards;
		tables[2] = pq_target_of(&s)->undo;
		for (i = 0; i < N(entries); i++)
			assert_non_null(step_of(tables, entries[i]));
		for (i = 0; i < 3; i++)
			for (one = tables[i]; one->name != NULL; one++) {
				assert_non_null(one->run);
				check_phase(tables, one->next);
				check_phase(tables, one->back);
			}
	}
}

static void
test_target__without_one_observes_nothing(void **state)
{
	struct pq_config_service none = { .policy = &policy };
	struct pq_err err = PQ_ERR_INIT;
	struct pq_observed o;

	(void)state;
	assert_null(pq_target_of(&none));
	none.target = PQ_TARGETS;
	assert_null(pq_target_of(&none));
	assert_int_equal(pq_target_observe(&o, NULL, &none, &err), -PQ_ECONFIG);
	assert_false(o.there);
	assert_false(pq_observed_runs(&o));
}

/* ---- a container ------------------------------------------------------- */

static struct shown {
	int container, image; /* status */
	char state[128], labels[256], refs[256];
} * shown;

static struct fake_daemon engine;

static bool
on_request(void *ctx, int fd, const struct fake_request *r)
{
	char doc[1024] = "OK";
	int status = 200;

	(void)ctx;
	if (strstr(r->path, "/images/") != NULL) {
		status = shown->image;
		(void)snprintf(doc, sizeof(doc),
		    "{\"Id\": \"sha256:1d\", \"RepoDigests\": [%s], \"Config\":"
		    " {\"Labels\": {\"org.opencontainers.image.version\":"
		    " \"1.2.0\"}}}",
		    shown->refs);
	} else if (strstr(r->path, "/containers/web/json") != NULL) {
		status = shown->container;
		(void)snprintf(doc, sizeof(doc),
		    "{\"Id\": \"" HEX "\", \"Image\": \"" DIGEST
		    "\", \"State\": {%s}, \"Config\": {\"Labels\": {%s}}}",
		    shown->state, shown->labels);
	}
	fake_answer(fd, status, doc);
	return true;
}

static int
observe_web(struct pq_observed *ret)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_docker *d = NULL;
	int r;

	fake_daemon_start(&engine, temporary_dir(), on_request, NULL);
	assert_int_equal(pq_docker_open(&d, engine.socket, &err), 0);
	r = pq_target_observe(ret, d, &service, &err);
	pq_docker_close(d);
	fake_daemon_stop(&engine);
	return r;
}

static void
show_container(const char *state, const char *labels, const char *refs)
{
	*shown = (struct shown){ .container = 200, .image = 200 };
	(void)snprintf(shown->state, sizeof(shown->state), "%s", state);
	(void)snprintf(shown->labels, sizeof(shown->labels), "%s", labels);
	(void)snprintf(shown->refs, sizeof(shown->refs), "%s", refs);
}

#define RUNS "\"Running\": true"
#define LABELS \
	"\"pratique.version\": \"1.1.0\", \"pratique.digest\": \"" DIGEST "\""
#define REFS "\"" IMAGE "@" DIGEST "\""

static void
test_container__is_observed(void **state)
{
	struct pq_observed o;

	(void)state;
	show_container(
	    RUNS ", \"Health\": {\"Status\": \"healthy\"}", LABELS, REFS);
	assert_int_equal(observe_web(&o), 0);
	assert_true(o.there);
	assert_string_equal(o.ref, HEX);
	assert_int_equal(o.instances, 1);
	assert_int_equal(o.running, 1);
	assert_true(pq_observed_runs(&o));
	assert_int_equal(o.health, PQ_HEALTH_GOOD);
	assert_string_equal(o.image, DIGEST);
	assert_int_equal(o.known, PQ_KNOWN_BY_DIGEST);
	assert_string_equal(o.digest, DIGEST);
	assert_string_equal(o.version, "1.1.0");
	assert_false(o.unproven);
	assert_string_equal(o.claim, "1.2.0");
	assert_non_null(o.settings);
	pq_observed_free(&o);
	assert_null(o.settings);
	show_container(
	    RUNS ", \"Health\": {\"Status\": \"unhealthy\"}", "", "");
	assert_int_equal(observe_web(&o), 0);
	assert_int_equal(o.health, PQ_HEALTH_BAD);
	assert_int_equal(o.known, PQ_KNOWN_BY_ID);
	assert_string_equal(o.digest, "sha256:1d");
	assert_string_equal(o.version, "");
	pq_observed_free(&o);
}

static void
test_container__is_absent_or_lost_its_image(void **state)
{
	struct pq_observed o;

	(void)state;
	show_container("", LABELS, REFS);
	shown->image = 404;
	assert_int_equal(observe_web(&o), 0);
	assert_true(o.there);
	assert_int_equal(o.running, 0);
	assert_false(pq_observed_runs(&o));
	assert_int_equal(o.health, PQ_HEALTH_UNKNOWN);
	assert_int_equal(o.known, PQ_KNOWN_NOT);
	assert_string_equal(o.version, "");
	assert_true(o.unproven);
	assert_string_equal(o.claim, "");
	pq_observed_free(&o);
	shown->container = 404;
	assert_int_equal(observe_web(&o), 0);
	assert_false(o.there);
	pq_observed_free(&o);
	shown->container = 500;
	assert_int_equal(observe_web(&o), -PQ_ENET);
	assert_false(o.there);
	pq_observed_free(&o);
}

/* ---- a target without an engine ---------------------------------------- */

static char calls[128];
static bool loads;

static void
record_call(const char *word)
{
	(void)strncat(calls, word, sizeof(calls) - strlen(calls) - 1);
}

static int
step_load(struct pq_swap *s, struct pq_err *err)
{
	(void)err;
	record_call("load ");
	(void)snprintf(s->d.new_ref, sizeof(s->d.new_ref), "%0*d", 200, 7);
	return loads ? 0 : pq_swap_give_up(s, "too heavy");
}

static int
step_keep(struct pq_swap *s, struct pq_err *err)
{
	record_call("keep ");
	return pq_swap_live(s, err);
}

static int
step_unload(struct pq_swap *s, struct pq_err *err)
{
	(void)err;
	record_call("unload ");
	assert_int_equal(strlen(s->d.new_ref), 200);
	return 0;
}

static int
discard_digest(struct pq_swap *s, const char *digest, struct pq_err *err)
{
	(void)s;
	(void)err;
	record_call("discard ");
	record_call(digest);
	return 0;
}

static const struct pq_step loading[] = {
	{ "load", step_load, "good", "back", false, false },
	{ .name = NULL },
};
static const struct pq_step keeping[] = {
	{ "good", step_keep, "done", "done", false, false },
	{ .name = NULL },
};
static const struct pq_step unloading[] = {
	{ "back", step_unload, "done", "stuck", false, false },
	{ .name = NULL },
};

static const struct pq_step *
choose_steps(const struct pq_config_service *s)
{
	(void)s;
	return loading;
}

static const struct pq_target cargo = { .steps = choose_steps,
	.afterwards = keeping,
	.undo = unloading,
	.discard = discard_digest };

static struct pq_deployment
deploy_by(const struct pq_target *t, const struct pq_config_service *to,
    const char *target)
{
	struct pq_swap swap = { .target = t,
		.service = to,
		.d = { .release = 7,
		    .attempt = 9,
		    .service = "web",
		    .tag = "1.0.0",
		    .digest = "new",
		    .phase = "load",
		    .old_ref = "the quay" } };
	struct pq_deployment older = { .service = "web", .digest = "old" };
	struct pq_err err = PQ_ERR_INIT;
	struct pq_store s;

	(void)snprintf(swap.d.target, sizeof(swap.d.target), "%s", target);
	calls[0] = '\0';
	(void)unlink(journal);
	assert_int_equal(pq_journal_open(&s, journal, &err), 0);
	pq_journal_pulled(&s, &older);
	pq_journal_put(&s, &swap.d);
	swap.store = &s;
	assert_int_equal(pq_swap_run(&swap, &err), 0);
	assert_int_equal(pq_journal_attempt(&s, 7, 9, &swap.d), 1);
	assert_string_equal(swap.d.phase, "done");
	pq_store_close(&s);
	return swap.d;
}

static struct pq_deployment
deploy_cargo(bool good)
{
	loads = good;
	return deploy_by(&cargo, &service, "container");
}

static void
test_swap__calls_only_its_target(void **state)
{
	struct pq_deployment d = deploy_cargo(true);

	(void)state;
	assert_string_equal(calls, "load keep discard old");
	assert_int_equal(d.outcome, PQ_OUTCOME_LIVE);
	assert_string_equal(d.target, "container");
	assert_string_equal(d.old_ref, "the quay");
	assert_int_equal(strlen(d.new_ref), 200);
	d = deploy_cargo(false);
	assert_string_equal(calls, "load unload ");
	assert_int_equal(d.outcome, PQ_OUTCOME_ROLLED_BACK);
	assert_string_equal(d.reason, "too heavy");
}

/* No container is touched, and the next deployment can begin. */
static void
test_swap__ends_the_deployment_of_another_target(void **state)
{
	static const struct pq_config_service none = { .policy = &policy };
	struct pq_deployment d = deploy_by(&cargo, &service, "ferry");

	(void)state;
	assert_string_equal(calls, "");
	assert_int_equal(d.outcome, PQ_OUTCOME_FAILED);
	assert_string_equal(d.reason,
	    "step load: the service is no longer deployed to a ferry; old "
	    "ferry the quay, new ");
	d = deploy_by(NULL, &none, "container");
	assert_int_equal(d.outcome, PQ_OUTCOME_FAILED);
	d = deploy_by(NULL, NULL, "container");
	assert_int_equal(d.outcome, PQ_OUTCOME_FAILED);
	assert_string_equal(d.reason,
	    "step load: the service is no longer configured; old container "
	    "the quay, new ");
	assert_string_equal(calls, "");
}

static int
make_dir(void **state)
{
	(void)state;
	shown = fake_daemon_shared(sizeof(*shown));
	if (make_temporary(state) != 0)
		return -1;
	(void)temporary_path(journal, "journal.db");
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_target__has_all_operations_for_each_kind),
		cmocka_unit_test(test_target__has_no_step_that_leads_nowhere),
		cmocka_unit_test(test_target__without_one_observes_nothing),
		cmocka_unit_test(test_container__is_observed),
		cmocka_unit_test(test_container__is_absent_or_lost_its_image),
		cmocka_unit_test(test_swap__calls_only_its_target),
		cmocka_unit_test(
		    test_swap__ends_the_deployment_of_another_target),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_temporary);
}
