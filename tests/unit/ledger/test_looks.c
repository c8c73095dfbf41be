/* SPDX-License-Identifier: Apache-2.0 */
/* Looks that found a digest, for which a release may exist. */
#include "releases.h"

static void
judge_look(int64_t id, enum pq_status status)
{
	give_verdict_as(PQ_JOB_LOOK, id, status, "");
}

static void
test_looks__ignores_a_failure_of_another_tag(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_FETCHING);

	(void)state;
	add_release(&r);
	(void)add_look(2, "0.0.1");
	judge_look(2, PQ_FAIL);
	assert_int_equal(read_release(1).state, PQ_STATE_FETCHING);
	assert_int_equal(read_release(1).sticky, 0);
	assert_string_equal(read_release(1).tag, "1.2.3");
	assert_string_equal(read_look(2).state, "refused");
}

/* A junk tag on the same digest cannot displace or delay the release. */
static void
test_looks__ignores_a_pending_verdict_of_another_tag(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_FETCHING);

	(void)state;
	add_release(&r);
	(void)add_look(2, "0.0.1");
	judge_look(2, PQ_PENDING);
	assert_string_equal(read_release(1).tag, "1.2.3");
	assert_int_equal(read_release(1).tries, 0);
	assert_string_equal(read_look(2).state, PQ_LOOK_OPEN);
	assert_true(read_look(2).next_try > NOW_S);
}

static void
test_looks__takes_the_tag_that_passes(void **state)
{
	struct pq_release r = make_release(1, "junk", PQ_STATE_FETCHING);

	(void)state;
	r.tries = 4;
	add_release(&r);
	(void)add_look(2, "1.2.3");
	judge_look(2, PQ_PASS);
	assert_int_equal(read_release(1).tries, 0);
	assert_int_equal(count_rows("SELECT count(*) FROM audit WHERE event ="
				    " 'release.renamed' AND detail ="
				    " 'the tag is now 1.2.3; it was junk'"),
	    1);
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	assert_string_equal(read_release(1).tag, "1.2.3");
	assert_string_equal(read_look(2).state, "done");
}

static void
test_looks__opens_a_release_for_a_digest(void **state)
{
	const struct pq_look l = {
		.id = 2, .service = "web", .tag = "1.2.3", .state = PQ_LOOK_OPEN
	};
	struct pq_release r;
	char hash[PQ_DIGEST_TEXT];

	(void)state;
	pq_store_begin(&w.store);
	pq_ledger_look_add(&w.store, &l);
	assert_int_equal(w.store.fault, 0);
	judge_look(2, PQ_FAIL);
	assert_string_equal(read_look(2).state, "done");
	r = read_release(read_look(2).release);
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
	assert_int_equal(
	    count_rows("SELECT count(*) FROM audit WHERE release = 1001"
		       " AND event = 'release.opened'"),
	    1);
}

/* A junk tag that was examined first affects no other tag. */
static void
test_looks__a_refusal_applies_to_its_tag(void **state)
{
	struct pq_release r = make_release(1, "junk", PQ_STATE_REFUSED);

	(void)state;
	r.sticky = PQ_STICKY_NAME;
	add_release(&r);
	(void)add_look(2, "junk");
	judge_look(2, PQ_PASS);
	assert_int_equal(read_release(1).state, PQ_STATE_REFUSED);
	assert_string_equal(read_look(2).state, "refused");
	(void)add_look(3, "0.0.1");
	judge_look(3, PQ_PENDING);
	assert_int_equal(read_release(1).state, PQ_STATE_REFUSED);
	assert_int_equal(read_release(1).sticky, PQ_STICKY_NAME);
	assert_string_equal(read_release(1).tag, "junk");
	(void)add_look(4, "1.2.3");
	judge_look(4, PQ_PASS);
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	assert_int_equal(read_release(1).sticky, 0);
	assert_string_equal(read_release(1).tag, "1.2.3");
}

/* "Too old" and "moved" are about the image, so they apply to every tag. */
static void
test_looks__a_refusal_of_a_digest_applies_to_every_tag(void **state)
{
	struct pq_release r = make_release(1, "1.0.0", PQ_STATE_REFUSED);

	(void)state;
	r.sticky = PQ_STICKY_DIGEST;
	add_release(&r);
	(void)add_look(2, "2.0.0");
	judge_look(2, PQ_PASS);
	assert_int_equal(read_release(1).state, PQ_STATE_REFUSED);
	assert_string_equal(read_release(1).tag, "1.0.0");
	assert_string_equal(read_look(2).state, "refused");
}

static void
test_looks__an_unsigned_tag_does_not_replace_another(void **state)
{
	struct pq_release r = make_release(1, "1.0.0", PQ_STATE_REFUSED);

	(void)state;
	policies[0].git_url = NULL;
	policies[0].version_from = PQ_VERSION_TAG;
	add_release(&r);
	(void)add_look(2, "2.0.0");
	judge_look(2, PQ_PASS);
	assert_string_equal(read_release(1).tag, "1.0.0");
	assert_string_equal(read_look(2).state, "refused");
	assert_non_null(
	    strstr(read_look(2).reason, "no signed content names a version"));
}

/* A "latest" tag that came first must not prevent the real version. */
static void
test_looks__a_signed_version_replaces_a_false_tag(void **state)
{
	struct pq_release r = make_release(1, "latest", PQ_STATE_REFUSED);

	(void)state;
	policies[0].git_url = NULL;
	policies[0].version_from = PQ_VERSION_LABEL;
	r.sticky = PQ_STICKY_NAME;
	add_release(&r);
	(void)add_look(2, "2.0.0");
	judge_look(2, PQ_FAIL);
	assert_string_equal(read_release(1).tag, "latest");
	(void)add_look(3, "1.2.3");
	judge_look(3, PQ_PASS);
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	assert_string_equal(read_release(1).tag, "1.2.3");
}

static void
test_looks__a_release_that_passed_keeps_its_tag(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_REFUSED);

	(void)state;
	pq_clock_start(&r.clock, &w.now);
	add_release(&r);
	(void)add_look(2, "9.9.9");
	judge_look(2, PQ_PASS);
	assert_int_equal(read_release(1).state, PQ_STATE_REFUSED);
	assert_string_equal(read_release(1).tag, "1.2.3");
	assert_string_equal(read_look(2).state, "refused");
	assert_non_null(strstr(read_look(2).reason, "1.2.3"));
}

/* An operator who looks again may have fixed the fault. */
static void
test_looks__a_repeated_look_hastens_the_release(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_QUARANTINED);

	(void)state;
	r.next_try = NOW_S + 900;
	pq_clock_start(&r.clock, &w.now);
	add_release(&r);
	(void)add_look(2, "junk");
	judge_look(2, PQ_PASS);
	assert_int_equal(read_release(1).next_try, NOW_S + 900);
	(void)add_look(3, "1.2.3");
	judge_look(3, PQ_PASS);
	assert_int_equal(read_release(1).next_try, NOW_S);
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	assert_string_equal(read_look(3).state, "done");
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_looks__##name, set_up_with_source, tear_down_warden)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ignores_a_failure_of_another_tag),
		TEST(ignores_a_pending_verdict_of_another_tag),
		TEST(takes_the_tag_that_passes),
		TEST(opens_a_release_for_a_digest),
		TEST(a_refusal_applies_to_its_tag),
		TEST(a_signed_version_replaces_a_false_tag),
		TEST(a_release_that_passed_keeps_its_tag),
		TEST(a_repeated_look_hastens_the_release),
		TEST(a_refusal_of_a_digest_applies_to_every_tag),
		TEST(an_unsigned_tag_does_not_replace_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
