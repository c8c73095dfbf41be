/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order and the times of errands, and the looks and releases whose errands
 * cannot be sent or answered.
 */
#include "releases.h"

#include "warden/errands.h"
#include "warden/ledger_findings.h"
#include "warden/ledger_looks.h"
#include "warden/ledger_releases.h"
#include "warden/looks.h"

static int
fresh_with_fetch(void **state)
{
	connect_role(PQ_DOOR_FETCH, PQ_ROLE_FETCH);
	if (set_up_warden(state) != 0)
		return -1;
	connect_role(PQ_DOOR_FETCH, PQ_ROLE_FETCH);
	return 0;
}

static void
pass_seconds(int64_t seconds)
{
	w.now.wall_ms += seconds * 1000;
	w.now.boot_ms += seconds * 1000;
}

static int64_t
open_look(const char *service, const char *tag)
{
	int64_t id = pq_look_open(&w, service, tag, "test");

	assert_true(id != 0);
	return id;
}

static bool
is_sent(int64_t look)
{
	return pq_jobs_find(&w, look, PQ_PHASE_FETCH) != NULL;
}

static void
pump_errands(void)
{
	pq_errands_pump(&w);
}

/* Let fetch answer the errand of @look: the registry is down. */
static void
fail_errand(int64_t look)
{
	struct pq_msg m = { .type = PQ_MSG_EVIDENCE, .job = (uint64_t)look };

	m.evidence.result = 1;
	m.evidence.reason = PQ_SLICE_LIT("it is down");
	assert_int_equal(pq_on_evidence(&w, NULL, &m), 0);
}

static void
brings_evidence(int64_t look)
{
	struct pq_msg m = { .type = PQ_MSG_EVIDENCE, .job = (uint64_t)look };

	m.evidence.result = 2;
	m.evidence.digest = PQ_SLICE_LIT(
	    "sha256:"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
	m.evidence.document = PQ_SLICE_LIT("{}");
	assert_int_equal(pq_on_evidence(&w, NULL, &m), 0);
}

static void
expect_reason(int64_t look, const char *state, const char *words)
{
	struct pq_look l;

	assert_int_equal(pq_ledger_look_read(&w.store, look, &l), 1);
	assert_string_equal(l.state, state);
	if (strstr(l.reason, words) == NULL)
		fail_msg("%s", l.reason);
}

/* Otherwise a flood of new looks could prevent an old one from being tried. */
static void
test_errands__new_looks_do_not_overtake_a_retried_one(void **state)
{
	int64_t old;
	int i;

	(void)state;
	old = open_look("web", "1.0.0");
	pump_errands();
	fail_errand(old);
	pass_seconds(1);
	pump_errands();
	for (i = 0; i < 20; i++) {
		char tag[16];

		(void)snprintf(tag, sizeof(tag), "2.0.%d", i);
		(void)open_look("shop", tag);
	}
	pass_seconds(1);
	(void)open_look("web", "1.0.1");
	pump_errands();
	assert_true(is_sent(old));
}

static void
test_errands__a_repeated_look_is_due_at_once(void **state)
{
	int64_t look;

	(void)state;
	look = open_look("web", "1.0.0");
	pump_errands();
	fail_errand(look);
	pump_errands();
	assert_false(is_sent(look)); /* the next try is later */
	assert_int_equal(open_look("web", "1.0.0"), look);
	pump_errands();
	assert_true(is_sent(look));
}

static void
test_errands__a_clock_set_back_delays_nothing(void **state)
{
	int64_t look;
	struct pq_look l;

	(void)state;
	pass_seconds(365 * 86400);
	look = open_look("web", "1.0.0");
	pump_errands();
	fail_errand(look);
	pass_seconds(-365 * 86400);
	pump_errands();
	assert_false(is_sent(look));
	pq_looks_rebase(&w);
	pump_errands();
	assert_true(is_sent(look));
	assert_int_equal(pq_ledger_look_read(&w.store, look, &l), 1);
	assert_int_equal(l.deadline, pq_warden_s(&w) + 60);
}

static void
test_errands__without_fetch_gives_a_reason_and_ends(void **state)
{
	int64_t look;
	int i;

	(void)state;
	look = open_look("web", "1.0.0");
	pump_errands();
	w.peers[PQ_DOOR_FETCH].used = false;
	pq_errands_peer_lost(&w, PQ_DOOR_FETCH);
	pass_seconds(2);
	pump_errands(); /* fetch may be restarting */
	expect_reason(
	    look, "resolving", "pratique-fetch ended before it answered");
	pass_seconds(10);
	pump_errands();
	expect_reason(look, "resolving", "pratique-fetch is not connected");
	for (i = 0; i < 10; i++) {
		pass_seconds(10);
		pump_errands();
	}
	expect_reason(look, "refused", "pratique-fetch is not connected");
}

/* Evidence that waited long is not fresh any more when verify connects. */
static void
test_errands__drops_evidence_that_waits_too_long(void **state)
{
	int64_t look;
	int i;

	(void)state;
	w.peers[PQ_DOOR_VERIFY].used = false;
	look = open_look("web", "1.0.0");
	pump_errands();
	brings_evidence(look);
	assert_non_null(pq_jobs_find(&w, look, PQ_PHASE_WAIT));
	for (i = 0; i < 7; i++) {
		pass_seconds(10);
		pq_errands_expire(&w);
		pump_errands();
	}
	assert_null(pq_jobs_find(&w, look, PQ_PHASE_WAIT));
	connect_verify();
	assert_false(pq_jobs_find(&w, look, PQ_PHASE_EXAMINE) != NULL);
	expect_reason(look, "refused", "pratique-verify is not connected");
}

static void
test_errands__fetches_nothing_on_a_full_disk(void **state)
{
	int64_t look;

	(void)state;
	w.space = WARDEN_SPACE_EVIDENCE - 1;
	look = open_look("web", "1.0.0");
	pump_errands();
	assert_false(is_sent(look));
	expect_reason(look, "resolving",
	    "the disk of the ledger is nearly full; free some space");
	w.space = WARDEN_SPACE_EVIDENCE;
	pass_seconds(2);
	pump_errands();
	assert_true(is_sent(look));
}

/* Add a refused release with evidence. */
static void
refuse_one(int n)
{
	struct pq_release r = {
		.id = pq_warden_id(&w), .state = PQ_STATE_REFUSED, .changed = n
	};

	(void)snprintf(r.service, sizeof(r.service), "web");
	(void)snprintf(r.tag, sizeof(r.tag), "1.0.%d", n);
	(void)snprintf(r.digest, sizeof(r.digest), "sha256:%064d", n);
	pq_store_begin(&w.store);
	pq_ledger_release_add(&w.store, &r);
	assert_int_equal(w.store.fault, 0);
	pq_ledger_findings_keep(&w.store, r.id, "first", pq_slice(NULL, 0),
	    PQ_SLICE_LIT("document"), n);
	assert_int_equal(w.store.fault, 0);
}

static void
test_errands__deletes_the_evidence_of_old_refusals(void **state)
{
	int n;

	(void)state;
	for (n = 1; n <= PQ_LEDGER_EVIDENCE + 10; n++)
		refuse_one(n);
	assert_int_equal(
	    count_rows("SELECT count(*) FROM evidence"), PQ_LEDGER_EVIDENCE);
	assert_int_equal(count_rows("SELECT min(at) FROM evidence"), 11);
	assert_int_equal(count_rows("SELECT count(*) FROM releases"),
	    PQ_LEDGER_EVIDENCE + 10);
}

/* Evidence that crashes fetch each time must not be requested for ever. */
static void
test_errands__counts_a_lost_job_as_a_try(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_FETCHING);
	struct pq_job *j;

	(void)state;
	add_release(&r);
	(void)add_look(2, "1.2.4");
	j = pq_jobs_new(&w, PQ_JOB_RELEASE, 1);
	assert_non_null(j);
	j->phase = PQ_PHASE_FETCH;
	j = pq_jobs_new(&w, PQ_JOB_LOOK, 2);
	assert_non_null(j);
	j->phase = PQ_PHASE_FETCH;
	pq_errands_peer_lost(&w, PQ_DOOR_FETCH);
	assert_int_equal(read_release(1).tries, 1);
	assert_true(read_release(1).next_try > NOW_S);
	assert_int_equal(read_look(2).tries, 1);
	assert_false(pq_jobs_busy(&w, 1));

	w.now.wall_ms += 61000; /* past both deadlines */
	j = pq_jobs_new(&w, PQ_JOB_RELEASE, 1);
	j->phase = PQ_PHASE_EXAMINE;
	j = pq_jobs_new(&w, PQ_JOB_LOOK, 2);
	j->phase = PQ_PHASE_EXAMINE;
	pq_errands_peer_lost(&w, PQ_DOOR_VERIFY);
	assert_int_equal(read_release(1).state, PQ_STATE_REFUSED);
	assert_int_equal(read_release(1).sticky, 0);
	assert_string_equal(read_look(2).state, "refused");
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_errands__##name, fresh_with_fetch, tear_down_warden)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(new_looks_do_not_overtake_a_retried_one),
		TEST(a_repeated_look_is_due_at_once),
		TEST(a_clock_set_back_delays_nothing),
		TEST(without_fetch_gives_a_reason_and_ends),
		TEST(drops_evidence_that_waits_too_long),
		TEST(fetches_nothing_on_a_full_disk),
		TEST(deletes_the_evidence_of_old_refusals),
		cmocka_unit_test_setup_teardown(
		    test_errands__counts_a_lost_job_as_a_try,
		    set_up_with_source, tear_down_warden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
