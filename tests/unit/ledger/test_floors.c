/* SPDX-License-Identifier: Apache-2.0 */
/* The floor in the warden, and the order to adopt the running container. */
#include "client.h"

#include "warden/asks.h"
#include "warden/quarantine.h"

static const char *
floor_is(void)
{
	static struct pq_floor f;

	pq_floor_of(&w, &services[0], &f);
	return f.version[0] != '\0' ? f.version : f.from;
}

static void
report_floor(const char *service, const char *version, const char *from)
{
	struct pq_msg m = { .type = PQ_MSG_FLOOR };

	m.floor.service = pq_slice_str(service);
	m.floor.version = pq_slice_str(version);
	m.floor.from = pq_slice_str(from);
	assert_int_equal(pq_on_floor(&w, NULL, &m), 0);
}

static int
without_floor(void **state)
{
	int r = set_up_with_source(state);

	services[0].floor = NULL;
	return r;
}

static void
test_floors__the_highest_memory_counts(void **state)
{
	static char low[] = "1.1.0", back[] = "3.0.0";
	struct pq_release r = make_release(1, "1.0.0", PQ_STATE_RETIRED);

	(void)state;
	assert_string_equal(floor_is(),
	    "pratique-deploy has not reported the live version yet");
	report_floor("shop", "9.0.0", "elsewhere");
	report_floor("nobody", "9.0.0", "no such service");
	report_floor("web", "", "run pratique adopt");
	assert_string_equal(floor_is(), "run pratique adopt");
	r.live_since = 5;
	add_release(&r);
	assert_string_equal(floor_is(), "1.0.0");
	services[0].floor = low;
	assert_string_equal(floor_is(), "1.1.0");
	report_floor("web", "2.0.0", "the label");
	assert_string_equal(floor_is(), "2.0.0");
	report_floor("web", "", "the engine is away");
	assert_string_equal(floor_is(), "1.1.0");
	r = make_release(2, "3.0.0", PQ_STATE_LIVE);
	(void)snprintf(r.digest, sizeof(r.digest), "sha256:3");
	r.live_since = 6;
	add_release(&r);
	assert_string_equal(floor_is(), "3.0.0");
	services[0].floor_instead_of = back;
	assert_string_equal(floor_is(), "1.1.0");
	report_floor("web", "3.0.0", "the label");
	assert_string_equal(floor_is(), "1.1.0");
}

/* Without a floor a release that passed waits in quarantine. */
static void
test_floors__without_a_floor_waits_for_an_operator(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_FETCHING);
	static const struct pq_msg_verdict v = { .digest =
						     PQ_SLICE_LIT(DIGEST) };
	char waits[PQ_REASON_TEXT];

	(void)state;
	report_floor("web", "", "run pratique adopt web --version 1.0.0");
	add_release(&r);
	give_verdict_with(PQ_JOB_RELEASE, 1, PQ_PASS, &v);
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	w.now.boot_ms += 60000;
	w.now.wall_ms += 60000;
	pq_quarantine_pump(&w);
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	assert_true(read_release(1).next_try > pq_warden_s(&w));
	r = read_release(1);
	pq_quarantine_waiting(&w, &r, waits);
	assert_string_equal(
	    waits, "order.monotonic: run pratique adopt web --version 1.0.0");
	/* when the floor is known the release is checked at once */
	report_floor("web", "1.0.0", "the highest version that was live");
	pq_quarantine_pump(&w);
	assert_int_equal(read_release(1).state, PQ_STATE_REFETCHING);
	give_verdict_with(PQ_JOB_RELEASE, 1, PQ_PASS, &v);
	assert_int_equal(read_release(1).state, PQ_STATE_CLEARED);
}

static void
test_floors__a_new_floor_refuses_older_releases(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_QUARANTINED);

	(void)state;
	services[0].delay_s = 3600;
	r.next_try = NOW_S + 30;
	pq_clock_start(&r.clock, &w.now);
	add_release(&r);
	report_floor("web", "1.3.0", "the highest version that was live");
	pq_quarantine_pump(&w);
	assert_int_equal(read_release(1).state, PQ_STATE_REFUSED);
	assert_int_equal(read_release(1).sticky, PQ_STICKY_DIGEST);
	assert_string_equal(read_release(1).reason,
	    "order.monotonic: 1.2.3 is older than 1.3.0, the highest version "
	    "that was live");
}

/* ---- adopting ------------------------------------------------------ */

static void
request_adopt(uid_t uid, const char *service, const char *version)
{
	struct pq_msg m = { .type = PQ_MSG_ORDER, .job = CLIENT_JOB };

	m.order.verb = PQ_VERB_ADOPT;
	m.order.service = pq_slice_str(service);
	m.order.version = pq_slice_str(version);
	assert_int_equal(request_of(uid, &m), 0);
}

static int
answer_adopt(uint64_t job, enum pq_answered code, const char *digest)
{
	struct pq_msg m = { .type = PQ_MSG_ADOPTED, .job = job };

	m.adopted.code = (uint32_t)code;
	m.adopted.service = PQ_SLICE_LIT("web");
	m.adopted.version = PQ_SLICE_LIT("1.0.0");
	m.adopted.digest = pq_slice_str(digest);
	m.adopted.container = PQ_SLICE_LIT("c0ffee");
	m.adopted.reason = PQ_SLICE_LIT("deploy's words");
	return pq_on_adopted(&w, &w.peers[PQ_DOOR_DEPLOY], &m);
}

static int
with_deploy(void **state)
{
	static struct pq_config_operator alice = { .uid = 1000 };
	static char name[] = "alice";
	int r = without_floor(state);

	alice.name = name;
	config.operators = &alice;
	config.n_operators = 1;
	connect_role(PQ_DOOR_DEPLOY, PQ_ROLE_DEPLOY);
	return r;
}

static int
drop_deploy(void **state)
{
	forget_messages(PQ_DOOR_DEPLOY);
	return tear_down_client(state);
}

static void
test_floors__deploy_carries_out_an_adoption(void **state)
{
	const struct pq_msg *m;

	(void)state;
	request_adopt(1000, "web", "1.0.0");
	assert_null(last_queued(CLIENT));
	m = last_queued(PQ_DOOR_DEPLOY);
	assert_non_null(m);
	assert_int_equal(m->type, PQ_MSG_ADOPT);
	assert_true(pq_slice_eq_str(m->adopt.service, "web"));
	assert_true(pq_slice_eq_str(m->adopt.version, "1.0.0"));
	assert_int_equal(answer_adopt(m->job, PQ_ANSWERED_DONE, DIGEST), 0);
	expect_answer(PQ_CODE_DONE, "deploy's words");
	assert_int_equal(
	    count_rows("SELECT count(*) FROM releases WHERE state = 'live' AND"
		       " tag = '1.0.0' AND digest = '" DIGEST "' AND"
		       " live_since > 0 AND container = 'c0ffee'"),
	    1);
	assert_int_equal(count_rows("SELECT count(*) FROM audit WHERE"
				    " actor = 'alice' AND event IN"
				    " ('service.adopt', 'service.adopted')"),
	    2);
	assert_string_equal(floor_is(), "1.0.0");
}

static void
test_floors__deploy_can_refuse_an_adoption(void **state)
{
	(void)state;
	request_adopt(0, "web", "1.0.0");
	assert_int_equal(answer_adopt(last_queued(PQ_DOOR_DEPLOY)->job,
			     PQ_ANSWERED_REFUSED, ""),
	    0);
	expect_answer(PQ_CODE_REFUSED, "deploy's words");
	request_adopt(0, "web", "1.0.0");
	assert_int_equal(answer_adopt(last_queued(PQ_DOOR_DEPLOY)->job,
			     PQ_ANSWERED_NOT_EXAMINED, ""),
	    0);
	expect_answer(PQ_CODE_NOT_EXAMINED, "deploy's words");
	assert_int_equal(count_rows("SELECT count(*) FROM releases"), 0);
	assert_int_equal(count_rows("SELECT count(*) FROM audit WHERE"
				    " event = 'service.not-adopted'"),
	    2);
}

static void
test_floors__only_operators_adopt_and_never_lower(void **state)
{
	static char low[] = "1.1.0";

	(void)state;
	request_adopt(1001, "web", "1.0.0");
	expect_answer(
	    PQ_CODE_REFUSED, "only root or an operator in pratique.yaml");
	request_adopt(1000, "none", "1.0.0");
	expect_answer(PQ_CODE_ABSENT, "no such service");
	request_adopt(1000, "web", "latest");
	expect_answer(PQ_CODE_USAGE, "latest: not a version");
	services[0].floor = low;
	request_adopt(1000, "web", "1.0.0");
	expect_answer(PQ_CODE_REFUSED, "web already has the floor 1.1.0");
	request_adopt(1000, "web", "1.2.0");
	expect_answer(PQ_CODE_REFUSED, "web already has the floor 1.1.0");
	assert_null(last_queued(PQ_DOOR_DEPLOY));
	request_adopt(1000, "web", "1.1.0");
	assert_non_null(last_queued(PQ_DOOR_DEPLOY));
	w.peers[PQ_DOOR_DEPLOY].used = false;
	request_adopt(1000, "web", "1.1.0");
	expect_answer(PQ_CODE_NOT_EXAMINED, "pratique-deploy is not connected");
}

static void
test_floors__refuses_an_answer_without_a_question(void **state)
{
	uint64_t job;

	(void)state;
	assert_int_equal(answer_adopt(0, PQ_ANSWERED_DONE, DIGEST), -PQ_EPROTO);
	assert_int_equal(answer_adopt(1, PQ_ANSWERED_DONE, DIGEST), -PQ_EPROTO);
	request_adopt(0, "web", "1.0.0");
	job = last_queued(PQ_DOOR_DEPLOY)->job;
	assert_int_equal(answer_adopt(job, PQ_ANSWERED_DONE, ""), -PQ_EPROTO);
	assert_int_equal(
	    answer_adopt(job + 1, PQ_ANSWERED_DONE, DIGEST), -PQ_EPROTO);
	assert_int_equal(count_rows("SELECT count(*) FROM releases"), 0);
}

/* If deploy adopts later the ledger records it, even without the client. */
static void
test_floors__adopts_without_a_waiting_client(void **state)
{
	uint64_t first, second;

	(void)state;
	request_adopt(0, "web", "1.0.0");
	first = last_queued(PQ_DOOR_DEPLOY)->job;
	pq_asks_peer_lost(&w, &w.peers[CLIENT], PQ_DOOR_CONTROL);
	w.now.boot_ms += 80000;
	pq_asks_pump(&w);
	assert_null(last_queued(CLIENT));
	request_adopt(0, "web", "1.0.0");
	second = last_queued(PQ_DOOR_DEPLOY)->job;
	pq_asks_pump(&w);
	assert_null(last_queued(CLIENT));
	w.now.boot_ms += 80000;
	pq_asks_pump(&w);
	expect_answer(PQ_CODE_NOT_EXAMINED, "pratique-deploy has not answered");
	assert_int_equal(answer_adopt(first, PQ_ANSWERED_DONE, DIGEST), 0);
	assert_int_equal(answer_adopt(second, PQ_ANSWERED_DONE, DIGEST), 0);
	assert_null(last_queued(CLIENT));
	assert_int_equal(
	    count_rows("SELECT count(*) FROM releases WHERE state = 'live'"),
	    1);
}

/* The order is not sent again: deploy may have adopted before it ended. */
static void
test_floors__a_lost_deploy_ends_the_request(void **state)
{
	(void)state;
	request_adopt(0, "web", "1.0.0");
	pq_asks_peer_lost(&w, &w.peers[PQ_DOOR_FETCH], PQ_DOOR_FETCH);
	assert_null(last_queued(CLIENT));
	pq_asks_peer_lost(&w, &w.peers[PQ_DOOR_DEPLOY], PQ_DOOR_DEPLOY);
	expect_answer(
	    PQ_CODE_NOT_EXAMINED, "pratique-deploy ended before it answered");
	w.now.boot_ms += 60000;
	pq_asks_pump(&w);
	assert_null(last_queued(CLIENT));
}

/* Otherwise deploy could choose, and the audit log would name alice. */
static void
test_floors__refuses_an_answer_about_another_order(void **state)
{
	struct pq_msg m = { .type = PQ_MSG_ADOPTED };

	(void)state;
	request_adopt(1000, "web", "1.0.0");
	m.job = last_queued(PQ_DOOR_DEPLOY)->job;
	m.adopted.code = PQ_ANSWERED_DONE;
	m.adopted.service = PQ_SLICE_LIT("web");
	m.adopted.version = PQ_SLICE_LIT("9999.0.0");
	m.adopted.digest = PQ_SLICE_LIT(DIGEST);
	assert_int_equal(
	    pq_on_adopted(&w, &w.peers[PQ_DOOR_DEPLOY], &m), -PQ_EPROTO);
	m.adopted.version = PQ_SLICE_LIT("1.0.0");
	(void)snprintf(w.asked[0].service, sizeof(w.asked[0].service), "db");
	assert_int_equal(
	    pq_on_adopted(&w, &w.peers[PQ_DOOR_DEPLOY], &m), -PQ_EPROTO);
	assert_null(last_queued(CLIENT));
	assert_int_equal(count_rows("SELECT count(*) FROM releases"), 0);
	assert_int_equal(count_rows("SELECT count(*) FROM audit WHERE"
				    " event = 'service.adopted'"),
	    0);
}

static void
test_floors__limits_the_waiting_orders(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < WARDEN_ASKED; i++) {
		request_adopt(0, "web", "1.0.0");
		assert_null(last_queued(CLIENT));
	}
	request_adopt(0, "web", "1.0.0");
	expect_answer(
	    PQ_CODE_NOT_EXAMINED, "too many requests wait for pratique-deploy");
}

/* The release that was live before is retired. */
static void
test_floors__adopting_retires_the_live_release(void **state)
{
	struct pq_release r = make_release(1, "1.0.0", PQ_STATE_LIVE);

	(void)state;
	r.live_since = 5;
	(void)snprintf(r.digest, sizeof(r.digest), "sha256:other");
	add_release(&r);
	request_adopt(0, "web", "1.0.0");
	assert_int_equal(answer_adopt(last_queued(PQ_DOOR_DEPLOY)->job,
			     PQ_ANSWERED_DONE, DIGEST),
	    0);
	expect_answer(PQ_CODE_DONE, "deploy's words");
	assert_int_equal(read_release(1).state, PQ_STATE_RETIRED);
	assert_int_equal(
	    count_rows("SELECT count(*) FROM releases WHERE state = 'live' AND"
		       " digest = '" DIGEST "'"),
	    1);
}

/* A release that the ledger already has for this digest does not change. */
static void
test_floors__adopting_does_not_change_a_release(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_QUARANTINED);

	(void)state;
	add_release(&r);
	request_adopt(0, "web", "1.0.0");
	assert_int_equal(answer_adopt(last_queued(PQ_DOOR_DEPLOY)->job,
			     PQ_ANSWERED_DONE, DIGEST),
	    0);
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	assert_int_equal(count_rows("SELECT count(*) FROM releases"), 1);
}

#define TEST(name, begin, end) cmocka_unit_test_setup_teardown(name, begin, end)
#define FLOOR(name) TEST(test_floors__##name, without_floor, tear_down_warden)
#define ADOPT(name) TEST(test_floors__##name, with_deploy, drop_deploy)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		FLOOR(the_highest_memory_counts),
		FLOOR(without_a_floor_waits_for_an_operator),
		FLOOR(a_new_floor_refuses_older_releases),
		ADOPT(deploy_carries_out_an_adoption),
		ADOPT(deploy_can_refuse_an_adoption),
		ADOPT(only_operators_adopt_and_never_lower),
		ADOPT(refuses_an_answer_without_a_question),
		ADOPT(adopts_without_a_waiting_client),
		ADOPT(a_lost_deploy_ends_the_request),
		ADOPT(refuses_an_answer_about_another_order),
		ADOPT(limits_the_waiting_orders),
		ADOPT(adopting_retires_the_live_release),
		ADOPT(adopting_does_not_change_a_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
