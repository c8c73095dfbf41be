/* SPDX-License-Identifier: Apache-2.0 */
/* The findings about a host, from the description of its engine. */
#include "document.h"

#include "deploy/host.h"

#define N(table) (sizeof(table) / sizeof((table)[0]))

/* The description of Docker 20.10 on Debian 12, with AppArmor. */
static json_t *
good_info(void)
{
	return json_loads("{\"ServerVersion\": \"20.10.24+dfsg1\","
			  " \"OperatingSystem\": \"Debian 12\","
			  " \"DockerRootDir\": \"/\","
			  " \"MemoryLimit\": true, \"PidsLimit\": true,"
			  " \"SecurityOptions\": [\"name=apparmor\","
			  " \"name=seccomp,profile=default\"]}",
	    0, NULL);
}

static enum pq_status
examine_info(struct pq_findings *f, json_t *info)
{
	pq_findings_free(f);
	pq_host_examine(f, info, "1.41");
	json_decref(info);
	return pq_findings_overall(f);
}

/* Return the finding with this subject. */
static const struct pq_finding *
finding_about(const struct pq_findings *f, const char *subject)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (strcmp(f->v[i].subject, subject) == 0)
			return &f->v[i];
	fail_msg("%s: no finding", subject);
	return NULL;
}

static void
test_host__passes_a_good_engine(void **state)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	size_t i;

	(void)state;
	assert_int_equal(examine_info(&f, good_info()), PQ_PASS);
	assert_int_equal(f.n, 6);
	for (i = 0; i < f.n; i++) {
		assert_int_equal(f.v[i].check, PQ_CHECK_HOST_DAEMON);
		assert_false(pq_finding_warns(&f.v[i]));
	}
	assert_string_equal(finding_about(&f, "engine")->reason,
	    "version 20.10.24+dfsg1, API 1.41, on Debian 12");
}

static const struct {
	const char *path, *json, *subject;
	bool warns; /* true: a warning; false: a failure */
} faults[] = {
	{ "ServerVersion", NULL, "engine", false },
	{ "ServerVersion", "7", "engine", false },
	{ "MemoryLimit", "false", "memory", false },
	{ "MemoryLimit", NULL, "memory", false },
	{ "MemoryLimit", "\"true\"", "memory", false },
	{ "PidsLimit", "false", "processes", false },
	{ "SecurityOptions", NULL, "seccomp", false },
	{ "SecurityOptions", "null", "seccomp", false },
	{ "SecurityOptions", "[\"name=apparmor\"]", "seccomp", false },
	{ "SecurityOptions", "[\"name=apparmor\", \"name=seccomp-not\"]",
	    "seccomp", false },
	{ "SecurityOptions",
	    "[\"name=apparmor\", \"name=seccomp,profile=unconfined\"]",
	    "seccomp", false },
	{ "SecurityOptions",
	    "[\"name=apparmor\", \"name=seccomp,profile=/etc/own.json\"]",
	    "seccomp", true },
	{ "SecurityOptions", "[\"name=apparmor\", \"name=seccomp\"]", "seccomp",
	    true },
	{ "SecurityOptions", "[\"name=seccomp,profile=builtin\"]",
	    "mandatory access control", true },
};

static void
test_host__finds_exactly_each_fault(void **state)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	size_t i, k;

	(void)state;
	for (i = 0; i < N(faults); i++) {
		json_t *info = good_info();

		change(info, faults[i].path, faults[i].json);
		(void)examine_info(&f, info);
		for (k = 0; k < f.n; k++) {
			bool it =
			    strcmp(f.v[k].subject, faults[i].subject) == 0;
			bool other = faults[i].json == NULL ||
			    strcmp(faults[i].json, "null") == 0;

			if (!it && !other &&
			    (f.v[k].status != PQ_PASS ||
				pq_finding_warns(&f.v[k])))
				fail_msg("%zu: %s", i, f.v[k].subject);
		}
		assert_int_equal(finding_about(&f, faults[i].subject)->status,
		    faults[i].warns ? PQ_PASS : PQ_FAIL);
		assert_int_equal(
		    pq_finding_warns(finding_about(&f, faults[i].subject)),
		    faults[i].warns);
	}
}

/* The engine is untrusted: any answer may come. */
static void
test_host__refuses_an_empty_description(void **state)
{
	static const char *const nothing[] = { "{}", "[]",
		"{\"SecurityOptions\": {\"name=seccomp\": 1}}",
		"{\"SecurityOptions\": [7, null, [], \"seccomp\"]}" };
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < N(nothing); i++) {
		assert_int_equal(
		    examine_info(&f, json_loads(nothing[i], 0, NULL)), PQ_FAIL);
		assert_int_equal(finding_about(&f, "seccomp")->status, PQ_FAIL);
		assert_int_equal(finding_about(&f, "memory")->status, PQ_FAIL);
	}
}

static void
test_host__measures_the_disk_of_the_engine(void **state)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	static const char *const unmeasured[] = { "\"\"", "\"relative\"",
		"\"/nonexistent/docker\"", "7" };
	json_t *info;
	size_t i;

	(void)state;
	for (i = 0; i < N(unmeasured); i++) {
		info = good_info();
		change(info, "DockerRootDir", unmeasured[i]);
		(void)examine_info(&f, info);
		assert_true(pq_finding_warns(finding_about(&f, "disk")));
	}
	info = good_info();
	change(info, "DockerRootDir", "\"/proc\""); /* never has free space */
	assert_int_equal(examine_info(&f, info), PQ_FAIL);
	assert_int_equal(finding_about(&f, "disk")->status, PQ_FAIL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host__passes_a_good_engine),
		cmocka_unit_test(test_host__finds_exactly_each_fault),
		cmocka_unit_test(test_host__refuses_an_empty_description),
		cmocka_unit_test(test_host__measures_the_disk_of_the_engine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
