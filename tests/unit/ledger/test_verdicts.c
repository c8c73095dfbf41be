/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts: two passes, and the changes between them. */
#include "releases.h"

#include "support/memory.h"

#include <pratique/claims.h>

#include "warden/ledger_holds.h"
#include "warden/ledger_tags.h"

#define M1 "sha256:manifest"
#define C1 "sha256:config"

static const struct pq_msg_verdict whole = {
	.digest = PQ_SLICE_LIT(DIGEST),
	.manifest = PQ_SLICE_LIT(M1),
	.config = PQ_SLICE_LIT(C1),
	.tag_object = PQ_SLICE_LIT("aaaa"),
	.commit = PQ_SLICE_LIT("cccc"),
	.signer = PQ_SLICE_LIT("ada@example.com"),
	.key = PQ_SLICE_LIT("web.pub"),
};

static int64_t
count_phases(void)
{
	return count_rows("SELECT count(*) FROM findings WHERE release = 1 AND"
			  " phase IN ('first','gate','second','clearance')");
}

static void
expect_hold(const char *words)
{
	char why[PQ_REASON_TEXT];

	assert_int_equal(pq_ledger_held(&w.store, "web", why), 2);
	assert_non_null(strstr(why, words));
	assert_int_equal(count_rows("SELECT count(*) FROM audit WHERE"
				    " event = 'alarm.hold'"),
	    1);
}

static void
expect_no_hold(void)
{
	char why[PQ_REASON_TEXT];

	assert_int_equal(pq_ledger_held(&w.store, "web", why), 0);
}

static void
test_verdicts__keeps_the_proof(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_FETCHING);
	char hash[PQ_DIGEST_TEXT];

	(void)state;
	r.policy_hash[10] ^= 1;
	r.tries = 3;
	r.noticed = 2;
	r.next_try = NOW_S + 9;
	add_release(&r);
	give_verdict_with(PQ_JOB_RELEASE, 1, PQ_PASS, &whole);
	r = read_release(1);
	assert_int_equal(r.state, PQ_STATE_QUARANTINED);
	assert_string_equal(r.reason, "every evidence check passed");
	assert_string_equal(r.manifest, M1);
	assert_string_equal(r.config, C1);
	assert_string_equal(r.tag_object, "aaaa");
	assert_string_equal(r.commit, "cccc");
	assert_string_equal(r.signer, "ada@example.com");
	assert_string_equal(r.key, "web.pub");
	pq_digest_format(hash, &policies[0].hash);
	assert_string_equal(r.policy_hash, hash);
	assert_int_equal(r.clock.first_wall_ms, w.now.wall_ms);
	assert_int_equal(r.clock.served_ms, 0);
	assert_int_equal(r.tries, 0);
	assert_int_equal(r.noticed, 0);
	assert_int_equal(r.next_try, 0);
	assert_int_equal(count_proofs(), 1);
	assert_int_equal(count_phases(), 2);
	expect_no_hold();
}

/* Approvals of earlier evidence do not count for new evidence. */
static void
test_verdicts__a_first_pass_needs_new_approvals(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_FETCHING);

	(void)state;
	add_release(&r);
	add_approval(1);
	give_verdict_with(PQ_JOB_RELEASE, 1, PQ_PASS, &whole);
	assert_int_equal(count_rows("SELECT count(*) FROM approvals"), 0);
}

static void
was_live(int64_t id, const char *tag)
{
	struct pq_release r = make_release(id, tag, PQ_STATE_LIVE);

	(void)snprintf(r.digest, sizeof(r.digest), "sha256:%d", (int)id);
	r.live_since = NOW_S - 100;
	add_release(&r);
}

static void
test_verdicts__refuses_a_version_below_the_floor(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_FETCHING);

	(void)state;
	add_release(&r);
	was_live(9, "1.3.0");
	give_verdict_with(PQ_JOB_RELEASE, 1, PQ_PASS, &whole);
	r = read_release(1);
	assert_int_equal(r.state, PQ_STATE_REFUSED);
	assert_int_equal(r.sticky, PQ_STICKY_DIGEST);
	assert_string_equal(r.reason,
	    "order.monotonic: 1.2.3 is older than 1.3.0, the highest version "
	    "that was live");
	assert_int_equal(count_proofs(), 0);
	assert_int_equal(r.clock.first_wall_ms, 0);
}

static void
test_verdicts__a_refusal_applies_to_its_tag(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_FETCHING);

	(void)state;
	add_release(&r);
	give_verdict_with(PQ_JOB_RELEASE, 1, PQ_FAIL, &whole);
	r = read_release(1);
	assert_int_equal(r.state, PQ_STATE_REFUSED);
	assert_int_equal(r.sticky, PQ_STICKY_NAME);
	assert_string_equal(r.reason, "source.version: because");
	assert_int_equal(count_phases(), 1);
	assert_int_equal(count_proofs(), 0);
}

/* Return the kind of the first restraint for deploy, and drop all messages. */
static uint32_t
take_first_restraint(void)
{
	struct pq_out *o = w.peers[PQ_DOOR_DEPLOY].head;
	struct pq_msg m;
	uint32_t kind;

	assert_non_null(o);
	assert_int_equal(pq_msg_decode(&m, pq_buf_view(&o->bytes), NULL), 0);
	assert_int_equal(m.type, PQ_MSG_RESTRAIN);
	assert_true(pq_slice_eq_str(m.restrain.service, "web"));
	kind = m.restrain.kind;
	forget_messages(PQ_DOOR_DEPLOY);
	return kind;
}

static void
test_verdicts__a_tag_that_moved_holds_the_service(void **state)
{
	static const char *const kinds[][2] = { { "image", "1.2.3" },
		{ "git", "v1.2.3" } };
	static const enum pq_state states[] = { PQ_STATE_FETCHING,
		PQ_STATE_REFETCHING };
	char was[PQ_DIGEST_TEXT];
	struct pq_release r;
	size_t i, k;

	for (i = 0; i < 4; i++) {
		k = i % 2;
		if (i > 0) {
			assert_int_equal(tear_down_warden(state), 0);
			assert_int_equal(set_up_with_source(state), 0);
		}
		r = make_release(1, "1.2.3", states[i / 2]);
		(void)snprintf(r.manifest, sizeof(r.manifest), M1);
		(void)snprintf(r.tag_object, sizeof(r.tag_object), "aaaa");
		(void)snprintf(r.commit, sizeof(r.commit), "cccc");
		pq_clock_start(&r.clock, &w.now);
		add_release(&r);
		connect_role(PQ_DOOR_DEPLOY, PQ_ROLE_DEPLOY);
		assert_int_equal(
		    pq_ledger_tag_record(&w.store, "web", kinds[k][0],
			kinds[k][1], "before", NOW_S, was),
		    0);
		give_verdict_with(PQ_JOB_RELEASE, 1, PQ_PASS, &whole);
		r = read_release(1);
		assert_int_equal(r.state, PQ_STATE_REFUSED);
		assert_int_equal(r.sticky, PQ_STICKY_DIGEST);
		assert_string_equal(
		    r.reason, "the tag 1.2.3 pointed at before before");
		expect_hold("the tag 1.2.3 of release 1 was moved");
		/* deploy sets the hold in its journal too */
		assert_int_equal(take_first_restraint(), PQ_RESTRAIN_HOLD);
		assert_int_equal(count_proofs(), 0);
	}
}

/* Add a release in quarantine whose second examination is due. */
static struct pq_release
due_again(void)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_REFETCHING);

	(void)snprintf(r.manifest, sizeof(r.manifest), M1);
	(void)snprintf(r.config, sizeof(r.config), C1);
	(void)snprintf(r.tag_object, sizeof(r.tag_object), "aaaa");
	(void)snprintf(r.commit, sizeof(r.commit), "cccc");
	services[0].delay_s = 60;
	pq_clock_start(&r.clock, &w.now);
	w.now.wall_ms += 60000;
	w.now.boot_ms += 60000;
	w.now.mono_ms += 60000;
	return r;
}

static void
test_verdicts__clears_a_release_that_passed_twice(void **state)
{
	/* releases with older versions end; newer and equal ones continue */
	static const struct {
		int64_t id;
		const char *service, *tag;
		enum pq_state before, after;
	} others[] = {
		{ -9, "web", "1.2.2", PQ_STATE_FETCHING, PQ_STATE_SUPERSEDED },
		{ -8, "web", "1.2.2", PQ_STATE_EXAMINING, PQ_STATE_SUPERSEDED },
		{ -7, "web", "1.2.2", PQ_STATE_QUARANTINED,
		    PQ_STATE_SUPERSEDED },
		{ -6, "web", "1.2.2", PQ_STATE_REFETCHING,
		    PQ_STATE_SUPERSEDED },
		{ -5, "web", "1.2.2", PQ_STATE_CLEARED, PQ_STATE_SUPERSEDED },
		{ -4, "web", "1.2.2", PQ_STATE_DEPLOYING, PQ_STATE_DEPLOYING },
		{ -3, "web", "1.2.3", PQ_STATE_CLEARED, PQ_STATE_CLEARED },
		{ -2, "web", "1.2.4", PQ_STATE_CLEARED, PQ_STATE_CLEARED },
		{ -1, "shop", "1.2.2", PQ_STATE_CLEARED, PQ_STATE_CLEARED },
		/* opened later than the cleared one: it continues */
		{ 2, "web", "1.2.2", PQ_STATE_CLEARED, PQ_STATE_CLEARED },
	};
	struct pq_release r = due_again(), o;
	size_t i;

	(void)state;
	add_release(&r);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		r = make_release(others[i].id, others[i].tag, others[i].before);
		(void)snprintf(
		    r.service, sizeof(r.service), "%s", others[i].service);
		(void)snprintf(
		    r.digest, sizeof(r.digest), "sha256:%d", (int)r.id);
		add_release(&r);
	}
	was_live(9, "1.2.2");
	give_verdict_with(PQ_JOB_RELEASE, 1, PQ_PASS, &whole);
	o = read_release(1);
	assert_int_equal(o.state, PQ_STATE_CLEARED);
	assert_string_equal(o.reason, "every check passed twice");
	assert_int_equal(o.next_try, 0);
	assert_int_equal(count_proofs(), 1);
	assert_int_equal(count_phases(), 2);
	assert_int_equal(
	    count_rows("SELECT count(*) FROM audit WHERE release = 1"
		       " AND event = 'release.cleared'"),
	    1);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(
		    read_release(others[i].id).state, others[i].after);
	assert_string_equal(
	    read_release(-9).reason, "release 1 (1.2.3) was cleared");
	assert_int_equal(read_release(9).state, PQ_STATE_LIVE);
}

static void
test_verdicts__refuses_a_release_that_changed(void **state)
{
	static const char *const words[] = {
		"the platform manifest has changed", "the git tag was moved",
		"the commit has changed",
		"fetch and verify name different digests"
	};
	size_t i;

	for (i = 0; i < 4; i++) {
		struct pq_msg_verdict v = whole;
		struct pq_slice *what[] = { &v.manifest, &v.tag_object,
			&v.commit, &v.digest };
		struct pq_release r;

		if (i > 0) {
			assert_int_equal(tear_down_warden(state), 0);
			assert_int_equal(set_up_with_source(state), 0);
		}
		r = due_again();
		add_release(&r);
		what[i]->n--; /* a shorter value is a change too */
		give_verdict_with(PQ_JOB_RELEASE, 1, PQ_PASS, &v);
		assert_int_equal(read_release(1).state, PQ_STATE_REFUSED);
		assert_string_equal(read_release(1).reason, words[i]);
		assert_int_equal(count_proofs(), 0);
	}
}

/* The second verdict passes, but the gate has another objection. */
static void
test_verdicts__waits_or_ends_at_the_gate(void **state)
{
	static const struct {
		enum pq_state state;
		enum pq_sticky sticky;
		const char *reason;
	} v[] = {
		{ PQ_STATE_QUARANTINED, PQ_STICKY_NO, "hold.none: incident" },
		{ PQ_STATE_QUARANTINED, PQ_STICKY_NO,
		    "approvals.quorum: 0 of 1 approvals" },
		{ PQ_STATE_QUARANTINED, PQ_STICKY_NO,
		    "quarantine.elapsed: 1s of 1m1s left" },
		{ PQ_STATE_REFUSED, PQ_STICKY_DIGEST,
		    "order.monotonic: 1.2.3 is older than 1.2.4, the "
		    "highest version that was live" },
	};
	size_t i;

	for (i = 0; i < 4; i++) {
		struct pq_release r;

		if (i > 0) {
			assert_int_equal(tear_down_warden(state), 0);
			assert_int_equal(set_up_with_source(state), 0);
		}
		r = due_again();
		add_release(&r);
		if (i == 0)
			pq_ledger_hold_set(
			    &w.store, "web", "alice", "incident", false, NOW_S);
		services[0].approvals = i == 1;
		services[0].delay_s += i == 2;
		if (i == 3)
			was_live(9, "1.2.4");
		give_verdict_with(PQ_JOB_RELEASE, 1, PQ_PASS, &whole);
		r = read_release(1);
		assert_int_equal(r.state, v[i].state);
		assert_int_equal(r.sticky, v[i].sticky);
		assert_string_equal(r.reason, v[i].reason);
		assert_int_equal(
		    r.next_try, v[i].sticky ? 0 : pq_warden_s(&w) + 1);
		assert_int_equal(count_phases(), 2);
	}
}

/* Missing evidence is requested again until the deadline. */
static void
test_verdicts__requests_missing_evidence_until_the_deadline(void **state)
{
	static const enum pq_state states[] = { PQ_STATE_FETCHING,
		PQ_STATE_REFETCHING };
	struct pq_release r;
	size_t i;

	for (i = 0; i < 2; i++) {
		if (i > 0) {
			assert_int_equal(tear_down_warden(state), 0);
			assert_int_equal(set_up_with_source(state), 0);
		}
		r = make_release(1, "1.2.3", states[i]);
		add_release(&r);
		give_verdict_with(PQ_JOB_RELEASE, 1, PQ_PENDING, &whole);
		give_verdict_with(PQ_JOB_RELEASE, 1, PQ_PENDING, &whole);
		r = read_release(1);
		assert_int_equal(r.state, states[i]);
		assert_string_equal(r.reason, "source.version: because");
		assert_int_equal(r.tries, 2);
		assert_int_equal(r.next_try, NOW_S + 2);
		w.now.wall_ms += 59000;
		give_verdict_with(PQ_JOB_RELEASE, 1, PQ_PENDING, &whole);
		assert_int_equal(read_release(1).state, states[i]);
		w.now.wall_ms += 1000;
		give_verdict_with(PQ_JOB_RELEASE, 1, PQ_PENDING, &whole);
		assert_int_equal(read_release(1).state, PQ_STATE_REFUSED);
		assert_int_equal(read_release(1).sticky, PQ_STICKY_NO);
		assert_int_equal(count_proofs(), 0);
	}
}

/* A verdict that arrives too late changes nothing. */
static void
test_verdicts__ignores_a_verdict_in_another_state(void **state)
{
	static const enum pq_state states[] = { PQ_STATE_QUARANTINED,
		PQ_STATE_CLEARED, PQ_STATE_DEPLOYING, PQ_STATE_LIVE,
		PQ_STATE_RETIRED, PQ_STATE_REFUSED, PQ_STATE_REJECTED,
		PQ_STATE_SUPERSEDED, PQ_STATE_FAILED };
	static const enum pq_status status[] = { PQ_PASS, PQ_FAIL, PQ_PENDING };
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct pq_release r =
		    make_release((int64_t)i + 1, "1.2.3", states[i]);

		(void)snprintf(r.digest, sizeof(r.digest), "sha256:%d", (int)i);
		add_release(&r);
		for (k = 0; k < 3; k++) {
			give_verdict_with(
			    PQ_JOB_RELEASE, r.id, status[k], &whole);
			assert_int_equal(read_release(r.id).state, states[i]);
		}
	}
	assert_int_equal(count_rows("SELECT count(*) FROM findings"), 0);
}

/* A signature for another repository may come before that of a promotion. */
static void
test_verdicts__another_repository_is_not_a_final_refusal(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_FETCHING);

	(void)state;
	add_release(&r);
	give_verdict_of_check(
	    PQ_JOB_RELEASE, 1, PQ_CHECK_IMAGE_REPOSITORY, PQ_FAIL, &whole);
	r = read_release(1);
	assert_int_equal(r.state, PQ_STATE_REFUSED);
	assert_int_equal(r.sticky, PQ_STICKY_NO);
	assert_true(pq_release_may_reopen(&r, "1.2.3"));
	pq_release_move(&w, &r, PQ_EVENT_RETRY, "warden", "a look");
	give_verdict_of_check(
	    PQ_JOB_RELEASE, 1, PQ_CHECK_IMAGE_LABELS, PQ_FAIL, &whole);
	assert_int_equal(read_release(1).sticky, PQ_STICKY_NAME);
}

/* An annotation belongs to a signature; the right signature may follow. */
static void
test_verdicts__another_annotation_is_not_a_final_refusal(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_FETCHING);

	(void)state;
	policies[0].version_from = PQ_VERSION_ANNOTATION;
	add_release(&r);
	give_verdict_by_rule(PQ_JOB_RELEASE, 1, PQ_CHECK_SOURCE_VERSION,
	    PQ_RULE_VERSION_FROM, PQ_FAIL, &whole);
	r = read_release(1);
	assert_int_equal(r.state, PQ_STATE_REFUSED);
	assert_true(pq_release_may_reopen(&r, "1.2.3"));
	/* but the name of the git tag and the label cannot change */
	pq_release_move(&w, &r, PQ_EVENT_RETRY, "warden", "a look");
	give_verdict_with(PQ_JOB_RELEASE, 1, PQ_FAIL, &whole);
	r = read_release(1);
	assert_int_equal(r.sticky, PQ_STICKY_NAME);
	policies[0].version_from = PQ_VERSION_LABEL;
	pq_release_move(&w, &r, PQ_EVENT_RETRY, "warden", "a look");
	give_verdict_by_rule(PQ_JOB_RELEASE, 1, PQ_CHECK_SOURCE_VERSION,
	    PQ_RULE_VERSION_FROM, PQ_FAIL, &whole);
	assert_int_equal(read_release(1).sticky, PQ_STICKY_NAME);
}

static struct pq_release
add_refetching(void)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_REFETCHING);

	services[0].delay_s = 3600;
	pq_clock_start(&r.clock, &w.now);
	r.clock.served_ms = 1000000;
	(void)snprintf(r.tag_object, sizeof(r.tag_object), "aaaa");
	add_release(&r);
	return r;
}

/* A waiting release also needs a proof that fits the new policy. */
static void
test_verdicts__keeps_a_proof_for_the_new_policy(void **state)
{
	(void)state;
	(void)add_refetching();
	give_verdict_as(PQ_JOB_RELEASE, 1, PQ_PASS, "aaaa");
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	assert_true(read_release(1).clock.served_ms >= 1000000);
	assert_int_equal(count_proofs(), 1);
}

/* Evidence that the old policy did not need has not moved. */
static void
test_verdicts__a_new_policy_restarts_the_quarantine(void **state)
{
	(void)state;
	(void)add_refetching();
	policies[0].hash.sha256[0] ^= 1;
	give_verdict_as(PQ_JOB_RELEASE, 1, PQ_PASS, "bbbb");
	policies[0].hash.sha256[0] ^= 1;
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	assert_string_equal(read_release(1).tag_object, "bbbb");
	assert_int_equal(read_release(1).clock.served_ms, 0);
}

static void
test_verdicts__changed_evidence_under_one_policy_has_moved(void **state)
{
	(void)state;
	(void)add_refetching();
	give_verdict_as(PQ_JOB_RELEASE, 1, PQ_PASS, "bbbb");
	assert_int_equal(read_release(1).state, PQ_STATE_REFUSED);
	assert_non_null(strstr(read_release(1).reason, "moved"));
}

/* Roles that have not restarted yet must not end the quarantine. */
static void
test_verdicts__a_new_policy_expires_nothing(void **state)
{
	(void)state;
	(void)add_refetching();
	policies[0].hash.sha256[0] ^= 1;
	w.now.wall_ms += 7200 * 1000;
	give_verdict_as(PQ_JOB_RELEASE, 1, PQ_PENDING, "");
	policies[0].hash.sha256[0] ^= 1;
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	assert_true(read_release(1).next_try > pq_warden_s(&w));
}

/* Let release 1 pass while allocation @nth of findings fails: a fault. */
static void
fail_allocation(unsigned long nth)
{
	only_arrays = true;
	asked = 0;
	fail_at = nth;
	give_verdict_with(PQ_JOB_RELEASE, 1, PQ_PASS, &whole);
	only_arrays = false;
	fail_at = 0;
	assert_int_equal(asked, nth);
	assert_int_equal(w.store.fault, -PQ_ENOMEM);
	assert_non_null(strstr(w.store.err.text, "no memory for findings"));
	w.store.fault = 0;
}

/* The lists are: the one of the test, the decoded one, the one of the gate. */
static void
test_verdicts__without_memory_for_findings_keep_nothing(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_EXAMINING);

	(void)state;
	add_release(&r);
	fail_allocation(3);
	assert_int_equal(read_release(1).state, PQ_STATE_EXAMINING);
	assert_int_equal(read_release(1).sticky, 0);
}

/* Likewise the list about a release that may be older. */
static void
test_verdicts__without_memory_clear_and_supersede_nothing(void **state)
{
	struct pq_release r = due_again(), o;

	(void)state;
	add_release(&r);
	o = make_release(-9, "1.2.4", PQ_STATE_FETCHING);
	(void)snprintf(o.digest, sizeof(o.digest), "sha256:9");
	add_release(&o);
	fail_allocation(3);
	assert_int_equal(read_release(1).state, PQ_STATE_REFETCHING);
	fail_allocation(4);
	assert_int_equal(read_release(-9).state, PQ_STATE_FETCHING);
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_verdicts__##name, set_up_with_source, tear_down_warden)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keeps_the_proof),
		TEST(another_repository_is_not_a_final_refusal),
		TEST(another_annotation_is_not_a_final_refusal),
		TEST(a_first_pass_needs_new_approvals),
		TEST(refuses_a_version_below_the_floor),
		TEST(a_refusal_applies_to_its_tag),
		TEST(a_tag_that_moved_holds_the_service),
		TEST(clears_a_release_that_passed_twice),
		TEST(refuses_a_release_that_changed),
		TEST(waits_or_ends_at_the_gate),
		TEST(requests_missing_evidence_until_the_deadline),
		TEST(ignores_a_verdict_in_another_state),
		TEST(keeps_a_proof_for_the_new_policy),
		TEST(a_new_policy_restarts_the_quarantine),
		TEST(changed_evidence_under_one_policy_has_moved),
		TEST(a_new_policy_expires_nothing),
		TEST(without_memory_for_findings_keep_nothing),
		TEST(without_memory_clear_and_supersede_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
