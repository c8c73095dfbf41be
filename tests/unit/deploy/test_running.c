/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the running container from the engine, and adopting it. */
#include "document.h"

#include <unistd.h>

#include "deploy/running.h"
#include "deploy/standing.h"
#include "fakedaemon.h"
#include "support/temporary.h"

#define N(table) (sizeof(table) / sizeof((table)[0]))
#define HEX62                              \
	"11111111111111111111111111111111" \
	"111111111111111111111111111111"
#define ONE "sha256:" HEX62 "01"
#define TWO "sha256:" HEX62 "02"
#define ID "sha256:" HEX62 "03"
#define IMAGE "r.example/acme/web"

static const struct {
	const char *refs, *want;
	int r;
} digests[] = {
	{ "[\"" IMAGE "@" ONE "\"]", ONE, 0 },
	{ "[\"elsewhere/web@" TWO "\", \"" IMAGE "@" ONE "\"]", ONE, 0 },
	{ "[\"elsewhere/web@" ONE "\"]", ONE, 0 },
	{ "[\"elsewhere/web@" ONE "\", \"mirror/web@" ONE "\"]", ONE, 0 },
	/* of several digests, none belongs to the repository of the service */
	{ "[\"elsewhere/web@" ONE "\", \"mirror/web@" TWO "\"]", ID, 1 },
	{ "[]", ID, 1 },
	{ "null", ID, 1 },
	{ "[7, \"web\", \"web@sha256:00\", \"" IMAGE ":1\"]", ID, 1 },
};

static void
test_running__finds_its_digest(void **state)
{
	char got[PQ_DIGEST_TEXT];
	struct pq_running r = { NULL, NULL };
	size_t i;

	(void)state;
	assert_int_equal(pq_running_digest(&r, IMAGE, got), -PQ_EABSENT);
	for (i = 0; i < N(digests); i++) {
		r.image = json_pack("{s:s,s:o}", "Id", ID, "RepoDigests",
		    json_loads(digests[i].refs, JSON_DECODE_ANY, NULL));
		if (pq_running_digest(&r, IMAGE, got) != digests[i].r ||
		    strcmp(got, digests[i].want) != 0)
			fail_msg("%s: %s", digests[i].refs, got);
		json_decref(r.image);
	}
}

static void
test_running__does_not_run_when_paused_or_restarting(void **state)
{
	static const struct {
		const char *state;
		bool runs;
	} v[] = {
		{ "{\"State\": {\"Running\": true}}", true },
		{ "{\"State\": {\"Running\": false}}", false },
		{ "{\"State\": {\"Running\": true, \"Paused\": true}}", false },
		{ "{\"State\": {\"Running\": true, \"Restarting\": true}}",
		    false },
		{ "{\"State\": {}}", false },
		{ "{}", false },
	};
	struct pq_running r = { NULL, NULL };
	size_t i;

	(void)state;
	assert_false(pq_running_runs(&r));
	for (i = 0; i < N(v); i++) {
		r.container = json_loads(v[i].state, 0, NULL);
		assert_int_equal(pq_running_runs(&r), v[i].runs);
		json_decref(r.container);
	}
}

/* ---- adopting ---------------------------------------------------------- */

static char journal[TEMPORARY_ROOM];

static struct shown {
	int container, image; /* status; 0 closes the connection */
	bool stopped;
	unsigned asked;
} * shown;

static struct fake_daemon engine;
static struct pq_policy policy = { .service = (char *)(uintptr_t) "web",
	.image = (char *)(uintptr_t)IMAGE };
static struct pq_config_service services[2];
static struct pq_config config = { .services = services, .n_services = 2 };
static struct pq_floor told[2];
static struct deploy d;

static bool
on_request(void *ctx, int fd, const struct fake_request *r)
{
	char doc[512];
	int status = 200;

	(void)ctx;
	(void)snprintf(doc, sizeof(doc), "OK");
	if (strstr(r->path, "/images/") != NULL) {
		status = shown->image;
		(void)snprintf(doc, sizeof(doc),
		    "{\"Id\": \"" ID "\", \"RepoDigests\": [\"" IMAGE "@" ONE
		    "\"], \"Config\": {\"Labels\": {"
		    "\"org.opencontainers.image.version\": \"1.2.0\"}}}");
	} else if (strstr(r->path, "/containers/") != NULL) {
		shown->asked++;
		status = shown->container;
		(void)snprintf(doc, sizeof(doc),
		    "{\"Id\": \"c0ffee\", \"Image\": \"" ID "\","
		    " \"State\": {\"Running\": %s}}",
		    shown->stopped ? "false" : "true");
	}
	if (status != 0)
		fake_answer(fd, status, doc);
	return status != 0;
}

static int
start_engine(void **state)
{
	struct pq_err err = PQ_ERR_INIT;

	(void)state;
	services[0] = services[1] =
	    (struct pq_config_service){ .policy = &policy,
		    .target = PQ_TARGET_CONTAINER,
		    .target_name = (char *)(uintptr_t) "web" };
	memset(told, 0, sizeof(told));
	memset(&d, 0, sizeof(d));
	d.config = &config;
	d.told = told;
	*shown = (struct shown){ .container = 200, .image = 200 };
	(void)unlink(journal);
	fake_daemon_start(&engine, temporary_dir(), on_request, NULL);
	if (pq_docker_open(&d.docker, engine.socket, &err) != 0)
		return -1;
	return pq_journal_open(&d.journal, journal, &err);
}

static int
stop_engine(void **state)
{
	(void)state;
	pq_store_close(&d.journal);
	pq_docker_close(d.docker);
	fake_daemon_stop(&engine);
	return 0;
}

static void
adopt_is(const char *version, enum pq_answered code, const char *words)
{
	struct pq_msg_adopt m = { .service = PQ_SLICE_LIT("web") };
	struct pq_adoption a;

	m.version = pq_slice_str(version);
	pq_standing_adopt(&a, &d, &m);
	if (a.code != code || strstr(a.reason, words) == NULL)
		fail_msg("%s: %d: %s", words, (int)a.code, a.reason);
	assert_string_equal(a.digest, code == PQ_ANSWERED_DONE ? ONE : "");
}

static int64_t
count_live(void)
{
	return pq_store_int(&d.journal, -1, "SELECT count(*) FROM live", "");
}

static void
test_standing__adopts_the_running_container(void **state)
{
	struct pq_floor f;
	bool away;

	(void)state;
	assert_true(pq_standing_changed_floor(&f, &away, &d, &services[0]));
	assert_string_equal(f.version, "");
	assert_false(pq_standing_changed_floor(&f, &away, &d, &services[0]));
	adopt_is("1.0.0", PQ_ANSWERED_DONE,
	    "is live as 1.0.0, digest " ONE "; its image is labelled 1.2.0");
	assert_true(pq_standing_changed_floor(&f, &away, &d, &services[0]));
	assert_string_equal(f.version, "1.0.0");
	adopt_is("1.0.0", PQ_ANSWERED_DONE, "is live as 1.0.0");
	adopt_is(
	    "1.2.0", PQ_ANSWERED_REFUSED, "web already has the floor 1.0.0");
	adopt_is(
	    "0.9.0", PQ_ANSWERED_REFUSED, "web already has the floor 1.0.0");
	assert_int_equal(count_live(), 1);
}

static void
test_standing__refuses_to_adopt_anything_else(void **state)
{
	struct pq_deployment dep = {
		.release = 1, .attempt = 1, .service = "web", .phase = "start"
	};

	(void)state;
	adopt_is("latest", PQ_ANSWERED_REFUSED, "latest is not a version");
	shown->stopped = true;
	adopt_is("1.0.0", PQ_ANSWERED_REFUSED, "does not run");
	shown->stopped = false;
	shown->container = 404;
	adopt_is("1.0.0", PQ_ANSWERED_REFUSED, "create it once by hand");
	shown->container = 0;
	adopt_is("1.0.0", PQ_ANSWERED_NOT_EXAMINED,
	    "cannot find out which version runs");
	shown->container = 500;
	adopt_is("1.0.0", PQ_ANSWERED_NOT_EXAMINED, "unexpected status 500");
	shown->container = 200;
	shown->image = 404;
	adopt_is("1.0.0", PQ_ANSWERED_REFUSED, "lost the image");
	shown->image = 200;
	pq_journal_put(&d.journal, &dep);
	adopt_is("1.0.0", PQ_ANSWERED_NOT_EXAMINED, "is in progress");
	assert_int_equal(count_live(), 0);
}

/* A deployment of another service does not block this one. */
static void
test_standing__waits_for_the_deployment_of_this_service(void **state)
{
	struct pq_deployment dep = {
		.release = 1, .attempt = 1, .service = "api", .phase = "start"
	};
	struct pq_floor f;
	bool away;

	(void)state;
	pq_journal_put(&d.journal, &dep);
	assert_true(pq_standing_changed_floor(&f, &away, &d, &services[0]));
	adopt_is("1.0.0", PQ_ANSWERED_DONE, "is live as 1.0.0");
	(void)snprintf(dep.phase, sizeof(dep.phase), "done");
	pq_journal_put(&d.journal, &dep);
	dep = (struct pq_deployment){
		.release = 2, .attempt = 2, .service = "web", .phase = "start"
	};
	pq_journal_put(&d.journal, &dep);
	assert_false(pq_standing_changed_floor(&f, &away, &d, &services[0]));
	assert_false(away);
	(void)snprintf(dep.phase, sizeof(dep.phase), "done");
	pq_journal_put(&d.journal, &dep);
	assert_true(pq_standing_changed_floor(&f, &away, &d, &services[0]));
	assert_string_equal(f.version, "1.0.0");
}

static void
test_standing__reports_an_unreachable_engine(void **state)
{
	struct pq_floor f;
	bool away;

	(void)state;
	shown->container = 0;
	assert_true(pq_standing_changed_floor(&f, &away, &d, &services[0]));
	assert_true(away);
	assert_string_equal(f.version, "");
	assert_non_null(strstr(f.from, "deploy cannot find out which"));
	/* a floor in the policy does not replace the answer of the engine */
	services[0].floor = (char *)(uintptr_t) "1.0.0";
	assert_false(pq_standing_changed_floor(&f, &away, &d, &services[0]));
	shown->container = 200;
	assert_true(pq_standing_changed_floor(&f, &away, &d, &services[0]));
	assert_false(away);
	assert_string_equal(f.version, "1.0.0");
}

static int
make_files(void **state)
{
	(void)state;
	shown = fake_daemon_shared(sizeof(*shown));
	if (make_temporary(state) != 0)
		return -1;
	(void)temporary_path(journal, "journal.db");
	return 0;
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, start_engine, stop_engine)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_running__finds_its_digest),
		cmocka_unit_test(
		    test_running__does_not_run_when_paused_or_restarting),
		TEST(test_standing__adopts_the_running_container),
		TEST(test_standing__refuses_to_adopt_anything_else),
		TEST(test_standing__waits_for_the_deployment_of_this_service),
		TEST(test_standing__reports_an_unreachable_engine),
	};

	return cmocka_run_group_tests(tests, make_files, remove_temporary);
}
