/* SPDX-License-Identifier: Apache-2.0 */
/* What a verdict does to a release, as verify would give it. */
#include "releases.h"

#include "warden/deployments.h"
#include "warden/errands.h"
#include "warden/ledger_approvals.h"
#include "warden/ledger_looks.h"
#include "warden/quarantine.h"

static struct pq_look
look(int64_t id, const char *tag)
{
	struct pq_look l = { .id = id, .deadline = NOW_S + 50 };

	(void)snprintf(l.service, sizeof(l.service), "web");
	(void)snprintf(l.tag, sizeof(l.tag), "%s", tag);
	(void)snprintf(l.state, sizeof(l.state), PQ_LOOK_OPEN);
	assert_int_equal(pq_store_begin(&w.store), 0);
	assert_int_equal(pq_ledger_look_add(&w.store, &l), 0);
	return l;
}

static struct pq_look
look_is(int64_t id)
{
	struct pq_look l;

	assert_int_equal(pq_ledger_look(&w.store, id, &l), 1);
	return l;
}

static void
judged_as(enum pq_job_kind kind, int64_t id, enum pq_status status,
    const char *tag_object)
{
	const struct pq_msg_verdict v = {
		.digest = PQ_SLICE_LIT(DIGEST),
		.tag_object = pq_slice_str(tag_object),
	};

	judged_with(kind, id, status, &v);
}

static void
judged(int64_t id, enum pq_status status)
{
	judged_as(PQ_JOB_LOOK, id, status, "");
}

static void
test_releases__no_failure_of_another_tag(void **state)
{
	struct pq_release r = release(1, "1.2.3", PQ_STATE_FETCHING);

	(void)state;
	add(&r);
	(void)look(2, "0.0.1");
	judged(2, PQ_FAIL);
	assert_int_equal(now_is(1).state, PQ_STATE_FETCHING);
	assert_int_equal(now_is(1).sticky, 0);
	assert_string_equal(now_is(1).tag, "1.2.3");
	assert_string_equal(look_is(2).state, "refused");
}

/* a junk tag on the same digest neither displaces nor postpones */
static void
test_releases__no_pending_under_another_tag(void **state)
{
	struct pq_release r = release(1, "1.2.3", PQ_STATE_FETCHING);

	(void)state;
	add(&r);
	(void)look(2, "0.0.1");
	judged(2, PQ_PENDING);
	assert_string_equal(now_is(1).tag, "1.2.3");
	assert_int_equal(now_is(1).tries, 0);
	assert_string_equal(look_is(2).state, PQ_LOOK_OPEN);
	assert_true(look_is(2).next_try > NOW_S);
}

static void
test_releases__goes_on_under_the_tag_that_passes(void **state)
{
	struct pq_release r = release(1, "junk", PQ_STATE_FETCHING);

	(void)state;
	r.tries = 4;
	add(&r);
	(void)look(2, "1.2.3");
	judged(2, PQ_PASS);
	assert_int_equal(now_is(1).tries, 0);
	assert_int_equal(
	    count("SELECT count(*) FROM audit WHERE event ="
		  " 'release.renamed' AND detail = 'tag 1.2.3, before junk'"),
	    1);
	assert_int_equal(now_is(1).state, PQ_STATE_QUARANTINED);
	assert_string_equal(now_is(1).tag, "1.2.3");
	assert_string_equal(look_is(2).state, "done");
}

static void
test_releases__opens_one_for_what_a_look_found(void **state)
{
	const struct pq_look l = {
		.id = 2, .service = "web", .tag = "1.2.3", .state = PQ_LOOK_OPEN
	};
	struct pq_release r;
	char hash[PQ_DIGEST_TEXT];

	(void)state;
	assert_int_equal(pq_store_begin(&w.store), 0);
	assert_int_equal(pq_ledger_look_add(&w.store, &l), 0);
	judged(2, PQ_FAIL);
	assert_string_equal(look_is(2).state, "done");
	r = now_is(look_is(2).release);
	assert_int_equal(r.id, 1001);
	assert_string_equal(r.service, "web");
	assert_string_equal(r.tag, "1.2.3");
	assert_string_equal(r.digest, DIGEST);
	assert_int_equal(r.first_seen, NOW_S);
	assert_int_equal(r.deadline, NOW_S + 60);
	pq_digest_format(hash, &policies[0].hash);
	assert_string_equal(r.policy_hash, hash);
	assert_int_equal(r.state, PQ_STATE_REFUSED);
	assert_int_equal(r.sticky, PQ_STICKY_NAME);
	assert_int_equal(count("SELECT count(*) FROM audit WHERE release = 1001"
			       " AND event = 'release.opened'"),
	    1);
}

/* a junk tag that was looked at first spoils no name but its own */
static void
test_releases__refusal_sticks_to_its_tag(void **state)
{
	struct pq_release r = release(1, "junk", PQ_STATE_REFUSED);

	(void)state;
	r.sticky = PQ_STICKY_NAME;
	add(&r);
	(void)look(2, "junk");
	judged(2, PQ_PASS);
	assert_int_equal(now_is(1).state, PQ_STATE_REFUSED);
	assert_string_equal(look_is(2).state, "refused");
	(void)look(3, "0.0.1");
	judged(3, PQ_PENDING);
	assert_int_equal(now_is(1).state, PQ_STATE_REFUSED);
	assert_int_equal(now_is(1).sticky, PQ_STICKY_NAME);
	assert_string_equal(now_is(1).tag, "junk");
	(void)look(4, "1.2.3");
	judged(4, PQ_PASS);
	assert_int_equal(now_is(1).state, PQ_STATE_QUARANTINED);
	assert_int_equal(now_is(1).sticky, 0);
	assert_string_equal(now_is(1).tag, "1.2.3");
}

/* too old, or moved: that is of the image, whatever it is called */
static void
test_releases__refusal_of_a_digest_sticks(void **state)
{
	struct pq_release r = release(1, "1.0.0", PQ_STATE_REFUSED);

	(void)state;
	r.sticky = PQ_STICKY_DIGEST;
	add(&r);
	(void)look(2, "2.0.0");
	judged(2, PQ_PASS);
	assert_int_equal(now_is(1).state, PQ_STATE_REFUSED);
	assert_string_equal(now_is(1).tag, "1.0.0");
	assert_string_equal(look_is(2).state, "refused");
}

static void
test_releases__unsigned_names_do_not_replace_each_other(void **state)
{
	struct pq_release r = release(1, "1.0.0", PQ_STATE_REFUSED);

	(void)state;
	policies[0].git_url = NULL;
	policies[0].version_from = PQ_VERSION_TAG;
	add(&r);
	(void)look(2, "2.0.0");
	judged(2, PQ_PASS);
	assert_string_equal(now_is(1).tag, "1.0.0");
	assert_string_equal(look_is(2).state, "refused");
	assert_non_null(strstr(look_is(2).reason, "nothing signs a tag"));
}

/* Who set "latest" first must not keep the image from its own version. */
static void
test_releases__a_signed_version_replaces_a_false_name(void **state)
{
	struct pq_release r = release(1, "latest", PQ_STATE_REFUSED);

	(void)state;
	policies[0].git_url = NULL;
	policies[0].version_from = PQ_VERSION_LABEL;
	r.sticky = PQ_STICKY_NAME;
	add(&r);
	(void)look(2, "2.0.0");
	judged(2, PQ_FAIL);
	assert_string_equal(now_is(1).tag, "latest");
	(void)look(3, "1.2.3");
	judged(3, PQ_PASS);
	assert_int_equal(now_is(1).state, PQ_STATE_QUARANTINED);
	assert_string_equal(now_is(1).tag, "1.2.3");
}

static void
test_releases__what_passed_keeps_its_tag(void **state)
{
	struct pq_release r = release(1, "1.2.3", PQ_STATE_REFUSED);

	(void)state;
	pq_clock_start(&r.clock, &w.now);
	add(&r);
	(void)look(2, "9.9.9");
	judged(2, PQ_PASS);
	assert_int_equal(now_is(1).state, PQ_STATE_REFUSED);
	assert_string_equal(now_is(1).tag, "1.2.3");
	assert_string_equal(look_is(2).state, "refused");
	assert_non_null(strstr(look_is(2).reason, "1.2.3"));
}

/* whoever asks may just have mended what deploy waits for */
static void
test_releases__who_looks_anew_hastens_what_waits(void **state)
{
	struct pq_release r = release(1, "1.2.3", PQ_STATE_QUARANTINED);

	(void)state;
	r.next_try = NOW_S + 900;
	pq_clock_start(&r.clock, &w.now);
	add(&r);
	(void)look(2, "junk");
	judged(2, PQ_PASS);
	assert_int_equal(now_is(1).next_try, NOW_S + 900);
	(void)look(3, "1.2.3");
	judged(3, PQ_PASS);
	assert_int_equal(now_is(1).next_try, NOW_S);
	assert_int_equal(now_is(1).state, PQ_STATE_QUARANTINED);
	assert_string_equal(look_is(3).state, "done");
}

static void
test_releases__each_that_waits_has_its_turn(void **state)
{
	struct pq_release r;

	(void)state;
	services[0].approvals = 1;
	for (int64_t id = 1; id <= 40; id++) {
		r = release(id, "1.2.3", PQ_STATE_QUARANTINED);
		(void)snprintf(
		    r.digest, sizeof(r.digest), "sha256:%d", (int)id);
		pq_clock_start(&r.clock, &w.now);
		r.clock.first_wall_ms += id; /* the approved one is the last */
		add(&r);
	}
	w.now.wall_ms += 1000;
	approve(40);
	pq_quarantine_pump(&w);
	pq_quarantine_pump(&w);
	assert_int_equal(now_is(40).state, PQ_STATE_REFETCHING);
	assert_int_equal(now_is(1).state, PQ_STATE_QUARANTINED);
	assert_true(now_is(1).next_try > NOW_S);
}

/* nobody approves by one policy what was examined by another */
static void
test_releases__another_policy_looks_again(void **state)
{
	struct pq_release r = release(1, "1.2.3", PQ_STATE_QUARANTINED);

	(void)state;
	services[0].delay_s = 3600;
	pq_clock_start(&r.clock, &w.now);
	r.noticed = 2;
	add(&r);
	approve(1);
	pq_quarantine_pump(&w);
	assert_int_equal(now_is(1).state, PQ_STATE_QUARANTINED);
	policies[0].hash.sha256[0] ^= 1;
	w.now.wall_ms += 60000;
	pq_quarantine_pump(&w);
	policies[0].hash.sha256[0] ^= 1;
	assert_int_equal(now_is(1).state, PQ_STATE_REFETCHING);
	assert_int_equal(now_is(1).noticed, 0);
	assert_int_equal(count("SELECT count(*) FROM approvals"), 0);
	assert_non_null(strstr(now_is(1).reason, "policy has changed"));
}

static struct pq_release
refetching(void)
{
	struct pq_release r = release(1, "1.2.3", PQ_STATE_REFETCHING);

	services[0].delay_s = 3600;
	pq_clock_start(&r.clock, &w.now);
	r.clock.served_ms = 1000000;
	(void)snprintf(r.tag_object, sizeof(r.tag_object), "aaaa");
	add(&r);
	return r;
}

/* deploy is given a proof that fits the policy, also of one that waits on */
static void
test_releases__another_policy_has_another_proof(void **state)
{
	(void)state;
	(void)refetching();
	judged_as(PQ_JOB_RELEASE, 1, PQ_PASS, "aaaa");
	assert_int_equal(now_is(1).state, PQ_STATE_QUARANTINED);
	assert_true(now_is(1).clock.served_ms >= 1000000);
	assert_int_equal(proofs(), 1);
}

/* what one policy did not ask for has not moved; it is served anew */
static void
test_releases__other_evidence_is_served_anew(void **state)
{
	(void)state;
	(void)refetching();
	policies[0].hash.sha256[0] ^= 1;
	judged_as(PQ_JOB_RELEASE, 1, PQ_PASS, "bbbb");
	policies[0].hash.sha256[0] ^= 1;
	assert_int_equal(now_is(1).state, PQ_STATE_QUARANTINED);
	assert_string_equal(now_is(1).tag_object, "bbbb");
	assert_int_equal(now_is(1).clock.served_ms, 0);
}

static void
test_releases__under_one_policy_it_has_moved(void **state)
{
	(void)state;
	(void)refetching();
	judged_as(PQ_JOB_RELEASE, 1, PQ_PASS, "bbbb");
	assert_int_equal(now_is(1).state, PQ_STATE_REFUSED);
	assert_non_null(strstr(now_is(1).reason, "moved"));
}

/* roles that have not restarted yet cost no release its quarantine */
static void
test_releases__another_policy_expires_nothing(void **state)
{
	(void)state;
	(void)refetching();
	policies[0].hash.sha256[0] ^= 1;
	w.now.wall_ms += 7200 * 1000;
	judged_as(PQ_JOB_RELEASE, 1, PQ_PENDING, "");
	policies[0].hash.sha256[0] ^= 1;
	assert_int_equal(now_is(1).state, PQ_STATE_QUARANTINED);
	assert_true(now_is(1).next_try > pq_warden_s(&w));
}

/* the answer to an errand of before is not fresh evidence */
static void
test_releases__waits_for_the_errand_of_before(void **state)
{
	struct pq_release r = release(1, "1.2.3", PQ_STATE_QUARANTINED);
	struct pq_job *j;

	(void)state;
	pq_clock_start(&r.clock, &w.now);
	add(&r);
	j = pq_jobs_new(&w, PQ_JOB_RELEASE, 1);
	assert_non_null(j);
	pq_quarantine_pump(&w);
	assert_int_equal(now_is(1).state, PQ_STATE_QUARANTINED);
	pq_jobs_end(j);
	pq_quarantine_pump(&w);
	assert_int_equal(now_is(1).state, PQ_STATE_REFETCHING);
}

static void
test_releases__ends_what_is_no_longer_configured(void **state)
{
	struct pq_release r = release(1, "1.2.3", PQ_STATE_QUARANTINED);

	(void)state;
	add(&r);
	config.n_services = 0;
	pq_quarantine_pump(&w);
	assert_int_equal(now_is(1).state, PQ_STATE_REFUSED);
	assert_int_equal(now_is(1).sticky, 0);
}

/* an answer that kills fetch each time is not asked for without end */
static void
test_releases__a_lost_job_is_a_try(void **state)
{
	struct pq_release r = release(1, "1.2.3", PQ_STATE_FETCHING);
	struct pq_job *j;

	(void)state;
	add(&r);
	(void)look(2, "1.2.4");
	j = pq_jobs_new(&w, PQ_JOB_RELEASE, 1);
	assert_non_null(j);
	j->phase = PQ_PHASE_FETCH;
	j = pq_jobs_new(&w, PQ_JOB_LOOK, 2);
	assert_non_null(j);
	j->phase = PQ_PHASE_FETCH;
	pq_errands_peer_lost(&w, PQ_DOOR_FETCH);
	assert_int_equal(now_is(1).tries, 1);
	assert_true(now_is(1).next_try > NOW_S);
	assert_int_equal(look_is(2).tries, 1);
	assert_false(pq_jobs_busy(&w, 1));

	w.now.wall_ms += 61000; /* past both deadlines */
	j = pq_jobs_new(&w, PQ_JOB_RELEASE, 1);
	j->phase = PQ_PHASE_EXAMINE;
	j = pq_jobs_new(&w, PQ_JOB_LOOK, 2);
	j->phase = PQ_PHASE_EXAMINE;
	pq_errands_peer_lost(&w, PQ_DOOR_VERIFY);
	assert_int_equal(now_is(1).state, PQ_STATE_REFUSED);
	assert_int_equal(now_is(1).sticky, 0);
	assert_string_equal(look_is(2).state, "refused");
}

static void
test_releases__leave_a_slot_for_looks(void **state)
{
	int64_t id = 1;

	(void)state;
	while (pq_jobs_new(&w, PQ_JOB_RELEASE, id))
		id++;
	assert_non_null(pq_jobs_new(&w, PQ_JOB_LOOK, 100));
	assert_non_null(pq_jobs_new(&w, PQ_JOB_CALLBACK, 101));
}

static void
test_releases__late_answers_end_no_attempt(void **state)
{
	struct pq_release r = release(1, "1.2.3", PQ_STATE_DEPLOYING);
	struct pq_msg m = { .type = PQ_MSG_OUTCOME };

	(void)state;
	r.attempt = 7;
	add(&r);
	m.outcome.kind = PQ_OUTCOME_REFUSED;
	m.outcome.release = 1;
	m.outcome.service = pq_slice_str("web");
	m.outcome.digest = pq_slice_str(DIGEST);
	assert_int_equal(pq_on_outcome(&w, NULL, &m), 0); /* to a notice */
	assert_int_equal(now_is(1).state, PQ_STATE_DEPLOYING);
	m.outcome.attempt = 7;
	m.outcome.digest = pq_slice_str("sha256:other");
	assert_int_equal(pq_on_outcome(&w, NULL, &m), -PQ_EPROTO);
	assert_int_equal(now_is(1).state, PQ_STATE_DEPLOYING);
	m.outcome.digest = pq_slice_str(DIGEST);
	assert_int_equal(pq_on_outcome(&w, NULL, &m), 0);
	assert_int_equal(now_is(1).state, PQ_STATE_REFUSED);
}

/* boot times of different boots cannot be ordered by their size */
static void
test_releases__a_former_boot_is_rebased_first(void **state)
{
	struct pq_release r;

	(void)state;
	for (int64_t id = 1; id <= 40; id++) {
		r = release(id, "1.2.3", PQ_STATE_QUARANTINED);
		(void)snprintf(
		    r.digest, sizeof(r.digest), "sha256:%d", (int)id);
		pq_clock_start(&r.clock, &w.now);
		if (id == 40) {
			r.clock.last_boot_ms = 900000000;
			(void)snprintf(
			    r.clock.boot_id, sizeof(r.clock.boot_id), "former");
		}
		add(&r);
	}
	pq_quarantine_tick(&w);
	assert_string_equal(now_is(40).clock.boot_id, "boot");
}

/* What one service was refused is nothing to another. */
static void
test_releases__are_of_one_service(void **state)
{
	struct pq_release r = release(1, "1.2.3", PQ_STATE_REFUSED);

	(void)state;
	add(&r);
	assert_int_equal(
	    pq_ledger_release_by_digest(&w.store, "web", DIGEST), 1);
	assert_int_equal(
	    pq_ledger_release_by_digest(&w.store, "shop", DIGEST), 0);
	assert_int_equal(
	    pq_ledger_release_by_digest(&w.store, "web", "sha256:2"), 0);
}

static void
test_releases__an_event_out_of_turn_moves_nothing(void **state)
{
	struct pq_release r = release(1, "1.2.3", PQ_STATE_QUARANTINED);

	(void)state;
	add(&r);
	pq_release_move(&w, &r, PQ_EVENT_LIVE, "deploy", "it runs");
	assert_int_equal(now_is(1).state, PQ_STATE_QUARANTINED);
	assert_int_equal(r.state, PQ_STATE_QUARANTINED);
	assert_int_equal(
	    count("SELECT count(*) FROM audit WHERE release = 1 AND actor ="
		  " 'deploy' AND event = 'release.out-of-turn' AND detail ="
		  " 'live in state quarantined'"),
	    1);
	assert_int_equal(count("SELECT count(*) FROM audit"), 1);
}

static void
test_releases__a_retry_is_approved_anew(void **state)
{
	struct pq_release r = release(1, "1.2.3", PQ_STATE_REFUSED);

	(void)state;
	add(&r);
	approve(1);
	pq_release_move(&w, &r, PQ_EVENT_PASSED, "warden", "out of turn");
	assert_int_equal(pq_ledger_approvals(&w.store, &r), 1);
	pq_release_move(&w, &r, PQ_EVENT_RETRY, "alice", "again");
	assert_int_equal(now_is(1).state, PQ_STATE_FETCHING);
	assert_int_equal(pq_ledger_approvals(&w.store, &r), 0);
}

static void
test_releases__reopens_what_was_not_bad(void **state)
{
	static const struct {
		enum pq_state state;
		enum pq_sticky sticky;
		const char *tag;
		bool passed, reopens;
	} v[] = {
		{ PQ_STATE_FETCHING, PQ_STICKY_NO, "1.2.3", false, true },
		{ PQ_STATE_EXAMINING, PQ_STICKY_NO, "1.2.3", false, false },
		{ PQ_STATE_QUARANTINED, PQ_STICKY_NO, "1.2.3", true, false },
		{ PQ_STATE_LIVE, PQ_STICKY_NO, "1.2.3", true, false },
		{ PQ_STATE_REJECTED, PQ_STICKY_NO, "1.2.3", false, false },
		{ PQ_STATE_FAILED, PQ_STICKY_NO, "1.2.3", true, false },
		{ PQ_STATE_REFUSED, PQ_STICKY_NO, "1.2.3", false, true },
		{ PQ_STATE_REFUSED, PQ_STICKY_NO, "1.2.4", true, true },
		{ PQ_STATE_REFUSED, PQ_STICKY_NAME, "1.2.3", false, false },
		{ PQ_STATE_REFUSED, PQ_STICKY_NAME, "1.2.4", false, true },
		{ PQ_STATE_REFUSED, PQ_STICKY_NAME, "1.2.4", true, false },
		{ PQ_STATE_REFUSED, PQ_STICKY_DIGEST, "1.2.3", false, false },
		{ PQ_STATE_REFUSED, PQ_STICKY_DIGEST, "1.2.4", false, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct pq_release r = release(1, "1.2.3", v[i].state);

		r.sticky = v[i].sticky;
		if (v[i].passed)
			pq_clock_start(&r.clock, &w.now);
		if (pq_release_reopens(&r, v[i].tag) != v[i].reopens)
			fail_msg("row %zu", i);
	}
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_releases__##name, fresh_release, drop)

static int
group(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_failure_of_another_tag),
		TEST(no_pending_under_another_tag),
		TEST(goes_on_under_the_tag_that_passes),
		TEST(opens_one_for_what_a_look_found),
		TEST(refusal_sticks_to_its_tag),
		TEST(a_signed_version_replaces_a_false_name),
		TEST(what_passed_keeps_its_tag),
		TEST(who_looks_anew_hastens_what_waits),
		TEST(each_that_waits_has_its_turn),
		TEST(another_policy_looks_again),
		TEST(another_policy_has_another_proof),
		TEST(other_evidence_is_served_anew),
		TEST(under_one_policy_it_has_moved),
		TEST(another_policy_expires_nothing),
		TEST(waits_for_the_errand_of_before),
		TEST(refusal_of_a_digest_sticks),
		TEST(unsigned_names_do_not_replace_each_other),
		TEST(ends_what_is_no_longer_configured),
		TEST(a_lost_job_is_a_try),
		TEST(leave_a_slot_for_looks),
		TEST(late_answers_end_no_attempt),
		TEST(a_former_boot_is_rebased_first),
		TEST(are_of_one_service),
		TEST(an_event_out_of_turn_moves_nothing),
		TEST(a_retry_is_approved_anew),
		TEST(reopens_what_was_not_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run(group);
}
