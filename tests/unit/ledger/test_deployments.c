/* SPDX-License-Identifier: Apache-2.0 */
/* The messages to deploy, and the effects of its answers. */
#include "releases.h"

#include "warden/deployments.h"
#include "warden/ledger_proofs.h"
#include "warden/quarantine.h"

/* ---- the greeting -------------------------------------------------- */

static void
connect_deploy(void)
{
	connect_role(PQ_DOOR_DEPLOY, PQ_ROLE_DEPLOY);
}

/* Remove the oldest message for deploy. @ret: only its numbers stay valid. */
static bool
take_message(struct pq_msg *ret)
{
	struct pq_peer *p = &w.peers[PQ_DOOR_DEPLOY];
	struct pq_out *o = p->head;
	struct pq_err err = PQ_ERR_INIT;

	if (o == NULL)
		return false;
	assert_int_equal(pq_msg_decode(ret, pq_buf_view(&o->bytes), &err), 0);
	p->head = o->next;
	if (p->head == NULL)
		p->tail = NULL;
	p->queued -= o->bytes.n;
	pq_buf_free(&o->bytes);
	free(o);
	return true;
}

/* Take the restraints for deploy, and list them as "UNHOLD REJECT:3 ". */
static const char *
take_restraints(void)
{
	static const char *const kinds[] = { "NONE", "HOLD", "UNHOLD", "REJECT",
		"LIFT", "TOLD" };
	static char text[256];
	struct pq_msg m;
	size_t n = 0;

	text[0] = '\0';
	while (take_message(&m))
		if (m.type == PQ_MSG_RESTRAIN)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    m.restrain.release ? "%s:%d " : "%s ",
			    kinds[m.restrain.kind], (int)m.restrain.release);
	return text;
}

static void
add_as(int64_t id, enum pq_state state)
{
	struct pq_release r = make_release(id, "1.2.3", state);

	(void)snprintf(r.digest, sizeof(r.digest), "sha256:%d", (int)id);
	add_release(&r);
}

/* A retry that was given while deploy was away lifts the rejection. */
static void
test_deployments__greeting_repeats_the_orders(void **state)
{
	(void)state;
	add_as(1, PQ_STATE_QUARANTINED);
	add_as(2, PQ_STATE_QUARANTINED);
	add_as(3, PQ_STATE_REJECTED);
	add_as(4, PQ_STATE_FAILED);
	add_as(5, PQ_STATE_CLEARED);
	pq_warden_audit(&w, "alice", "release.retry", "web", 1, "retry");
	pq_warden_audit(&w, "alice", "release.retry", "web", 4, "retry");
	pq_warden_audit(&w, "warden", "release.retry", "web", 5, "look 9");
	connect_deploy();
	pq_deployments_greet(&w);
	assert_string_equal(take_restraints(), "UNHOLD REJECT:3 LIFT:1 TOLD ");
}

/* Take all messages for deploy, and count those of @type. */
static size_t
take_all_of_type(enum pq_msg_type type)
{
	struct pq_msg m;
	size_t n = 0;

	while (take_message(&m))
		n += m.type == type;
	return n;
}

static void
add_proof(int64_t id)
{
	struct pq_buf b = encoded_proof();

	pq_ledger_proof_keep(&w.store, id, pq_buf_view(&b));
	assert_int_equal(w.store.fault, 0);
	pq_buf_free(&b);
}

static void
test_deployments__greeting_repeats_every_clearance(void **state)
{
	int64_t id;

	(void)state;
	for (id = 1; id <= 100; id++) {
		add_as(id, PQ_STATE_DEPLOYING);
		add_proof(id);
	}
	connect_deploy();
	pq_deployments_greet(&w);
	assert_int_equal(take_all_of_type(PQ_MSG_CLEARANCE), 100);
}

/* ---- clearances --------------------------------------------------------- */

static void
add_cleared(int64_t id, int64_t at_s)
{
	struct pq_release r = make_release(id, "1.2.3", PQ_STATE_CLEARED);

	(void)snprintf(r.digest, sizeof(r.digest), "sha256:%d", (int)id);
	r.changed = at_s;
	add_release(&r);
	add_proof(id);
}

static void
test_deployments__sends_a_fresh_clearance(void **state)
{
	(void)state;
	add_cleared(1, NOW_S - 300);
	connect_deploy();
	pq_deployments_pump(&w);
	assert_int_equal(read_release(1).state, PQ_STATE_DEPLOYING);
	assert_int_equal(take_all_of_type(PQ_MSG_CLEARANCE), 1);
}

/* Deploy was away for a month, or the wall clock was set back. */
static void
test_deployments__a_stale_clearance_is_examined_again(void **state)
{
	int64_t id;

	(void)state;
	add_cleared(1, NOW_S - 301);
	add_cleared(2, NOW_S + 1);
	connect_deploy();
	pq_deployments_pump(&w);
	for (id = 1; id <= 2; id++) {
		assert_int_equal(read_release(id).state, PQ_STATE_QUARANTINED);
		assert_non_null(
		    strstr(read_release(id).reason, "examining again"));
		assert_true(read_release(id).next_try <= NOW_S);
	}
	assert_int_equal(take_all_of_type(PQ_MSG_CLEARANCE), 0);
}

static void
test_deployments__shows_that_another_is_being_deployed(void **state)
{
	struct pq_release r;

	(void)state;
	add_as(1, PQ_STATE_DEPLOYING);
	add_cleared(2, NOW_S);
	connect_deploy();
	pq_deployments_pump(&w);
	assert_int_equal(read_release(2).state, PQ_STATE_CLEARED);
	assert_string_equal(read_release(2).reason,
	    "another release of this service is being deployed");
	assert_int_equal(read_release(2).changed, NOW_S);
	r = read_release(1);
	r.state = PQ_STATE_FAILED;
	pq_ledger_release_save(&w.store, &r);
	pq_deployments_pump(&w);
	assert_int_equal(read_release(2).state, PQ_STATE_DEPLOYING);
	assert_int_equal(take_all_of_type(PQ_MSG_CLEARANCE), 1);
}

/* Releases that wait for their turn must not hide those of other services. */
static void
test_deployments__waiting_releases_do_not_block_other_services(void **state)
{
	struct pq_release r;
	int64_t id;

	(void)state;
	add_as(1, PQ_STATE_DEPLOYING);
	for (id = 2; id <= 40; id++)
		add_cleared(id, NOW_S);
	r = make_release(41, "1.2.3", PQ_STATE_CLEARED);
	(void)snprintf(r.service, sizeof(r.service), "api");
	r.changed = NOW_S;
	add_release(&r);
	add_proof(41);
	connect_deploy();
	pq_deployments_pump(&w);
	assert_int_equal(read_release(41).state, PQ_STATE_DEPLOYING);
	assert_int_equal(take_all_of_type(PQ_MSG_CLEARANCE), 1);
}

static void
spoil_proof(int64_t id)
{
	pq_store_do(&w.store,
	    "INSERT INTO proofs(release, proof) VALUES(?,"
	    " x'0000') ON CONFLICT DO UPDATE SET"
	    " proof = x'0000'",
	    "i", id);
	assert_int_equal(w.store.fault, 0);
}

/* A clearance that cannot be sent gets no answer: examine it again. */
static void
test_deployments__without_a_proof_examines_again(void **state)
{
	(void)state;
	add_cleared(1, NOW_S);
	spoil_proof(1);
	add_as(2, PQ_STATE_DEPLOYING);
	connect_deploy();
	pq_deployments_greet(&w);
	assert_int_equal(read_release(2).state, PQ_STATE_QUARANTINED);
	pq_deployments_pump(&w);
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	assert_non_null(strstr(read_release(1).reason, "proof"));
	assert_int_equal(
	    pq_store_int(&w.store, 0,
		"SELECT count(*) FROM attempts WHERE outcome = 'started'", ""),
	    0);
	assert_true(w.peers[PQ_DOOR_DEPLOY].used);
	assert_int_equal(take_all_of_type(PQ_MSG_CLEARANCE), 0);
}

static void
test_deployments__sends_no_notice_without_a_proof(void **state)
{
	(void)state;
	add_as(1, PQ_STATE_QUARANTINED);
	spoil_proof(1);
	add_as(2, PQ_STATE_QUARANTINED);
	add_proof(2);
	connect_deploy();
	pq_deployments_pump(&w);
	assert_int_equal(read_release(1).state, PQ_STATE_REFETCHING);
	assert_non_null(strstr(read_release(1).reason, "proof"));
	assert_true(read_release(1).deadline > NOW_S);
	assert_int_equal(read_release(2).noticed, 1);
	assert_int_equal(take_all_of_type(PQ_MSG_NOTICE), 1);
}

/* The message is sent again later; the release is not at fault. */
static void
test_deployments__waits_while_deploy_is_away(void **state)
{
	(void)state;
	add_cleared(1, NOW_S);
	connect_deploy();
	w.peers[PQ_DOOR_DEPLOY].queued = WARDEN_OUT + 1;
	pq_deployments_pump(&w);
	assert_int_equal(read_release(1).state, PQ_STATE_DEPLOYING);
	assert_false(w.peers[PQ_DOOR_DEPLOY].used);
	connect_deploy();
	pq_deployments_greet(&w);
	assert_int_equal(take_all_of_type(PQ_MSG_CLEARANCE), 1);
}

/* Let deploy answer that the attempt (0: the notice) of release 1 waits. */
static void
answer_waiting(int64_t attempt, const char *reason, unsigned found)
{
	struct pq_buf b = PQ_BUF_INIT(PQ_FINDINGS_BYTES);
	struct pq_msg m = { .type = PQ_MSG_OUTCOME };
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };

	pq_findings_add(
	    &f, PQ_CHECK_IMAGE_SIGNATURE, PQ_PASS, "", "", "key %u", found);
	assert_int_equal(pq_findings_encode(&b, &f), 0);
	m.outcome.kind = PQ_OUTCOME_WAITING;
	m.outcome.release = 1;
	m.outcome.attempt = (uint64_t)attempt;
	m.outcome.service = pq_slice_str("web");
	m.outcome.digest = pq_slice_str("sha256:1");
	m.outcome.reason = pq_slice_str(reason);
	m.outcome.left_s = 30;
	m.outcome.findings = pq_buf_view(&b);
	assert_int_equal(pq_on_outcome(&w, NULL, &m), 0);
	pq_buf_free(&b);
}

/*
 * Run a whole round of release 1, which verify passes. Return the seconds until
 * the next round.
 */
static int64_t
round_of(const char *reason, unsigned found)
{
	struct pq_release r;

	pq_quarantine_pump(&w);
	r = read_release(1);
	assert_int_equal(r.state, PQ_STATE_REFETCHING);
	r.state = PQ_STATE_CLEARED;
	r.changed = pq_warden_s(&w);
	pq_ledger_release_save(&w.store, &r);
	assert_int_equal(w.store.fault, 0);
	pq_deployments_pump(&w);
	assert_int_equal(read_release(1).state, PQ_STATE_DEPLOYING);
	assert_int_equal(take_all_of_type(PQ_MSG_CLEARANCE), 1);
	answer_waiting(read_release(1).attempt, reason, found);
	r = read_release(1);
	assert_int_equal(r.state, PQ_STATE_QUARANTINED);
	assert_string_equal(r.reason, reason);
	return r.next_try - pq_warden_s(&w);
}

static void
begin_waiting(void)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_QUARANTINED);

	(void)snprintf(r.digest, sizeof(r.digest), "sha256:1");
	pq_clock_start(&r.clock, &w.now);
	r.noticed = 2;
	add_release(&r);
	add_proof(1);
	connect_deploy();
	w.now.wall_ms += 1000;
}

/* The pauses grow, and the ledger does not. */
static void
test_deployments__backs_off_while_the_reason_stays(void **state)
{
	static const int64_t pauses[] = { 30, 30, 60, 120, 240, 480, 960, 1920,
		3600, 3600, 3600 };
	size_t i;

	(void)state;
	begin_waiting();
	for (i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		int64_t s = round_of("no container", 1);

		assert_int_equal(s, pauses[i]);
		w.now.wall_ms += s * 1000;
	}
	assert_int_equal(count_rows("SELECT count(*) FROM attempts"), 1);
	assert_int_equal(count_rows("SELECT count(*) FROM findings"), 1);
	assert_int_equal(count_rows("SELECT count(*) FROM audit WHERE event IN"
				    " ('release.wait', 'release.elapsed')"),
	    2);
}

/* An operator who fixes the fault must know when the next try is. */
static void
test_deployments__shows_the_next_try(void **state)
{
	char words[PQ_REASON_TEXT];
	struct pq_release r;
	int i;

	(void)state;
	begin_waiting();
	for (i = 0; i < 4; i++)
		w.now.wall_ms += round_of("no container", 1) * 1000;
	(void)round_of("no container", 1);
	r = read_release(1);
	pq_quarantine_waiting(&w, &r, words);
	assert_string_equal(words,
	    "quarantined: no container; next try in 4m0s; `pratique look web` "
	    "tries now");
	services[0].delay_s = 3600;
	pq_quarantine_waiting(&w, &r, words);
	assert_null(strstr(words, "next try"));
}

/* A time far in the future must not delay a release for ever. */
static void
test_deployments__a_clock_set_back_prolongs_no_wait(void **state)
{
	const int64_t year_ms = (int64_t)365 * 86400 * 1000;
	int64_t s;
	int i;

	(void)state;
	begin_waiting();
	w.now.wall_ms += year_ms;
	for (i = 0; i < 4; i++)
		w.now.wall_ms += round_of("no container", 1) * 1000;
	s = round_of("no container", 1);
	pq_releases_rebase(&w);
	assert_int_equal(read_release(1).next_try, pq_warden_s(&w) + s);
	w.now.wall_ms -= year_ms;
	pq_releases_rebase(&w);
	assert_true(read_release(1).next_try <= pq_warden_s(&w));
}

static void
test_deployments__a_new_reason_starts_a_new_wait(void **state)
{
	struct pq_release r;
	int i;

	(void)state;
	begin_waiting();
	for (i = 0; i < 6; i++)
		w.now.wall_ms += round_of("no container", 1) * 1000;
	assert_int_equal(round_of("hold", 2), 30);
	w.now.wall_ms += 30000;
	assert_int_equal(count_rows("SELECT count(*) FROM attempts"), 2);
	assert_int_equal(count_rows("SELECT count(*) FROM findings"), 2);
	assert_int_equal(count_rows("SELECT count(*) FROM audit WHERE"
				    " event = 'release.wait'"),
	    2);
	/* so is the same reason after a retry, which resets the attempt */
	for (i = 0; i < 6; i++)
		w.now.wall_ms += round_of("hold", 2) * 1000;
	r = read_release(1);
	r.attempt = 0;
	pq_ledger_release_save(&w.store, &r);
	assert_int_equal(w.store.fault, 0);
	assert_int_equal(round_of("hold", 2), 30);
}

static void
test_deployments__keeps_the_last_of_many_attempts(void **state)
{
	char reason[32];
	unsigned i;

	(void)state;
	begin_waiting();
	for (i = 0; i < 40; i++) {
		(void)snprintf(reason, sizeof(reason), "%u s left", 40 - i);
		w.now.wall_ms += round_of(reason, i) * 1000;
	}
	assert_int_equal(count_rows("SELECT count(*) FROM attempts"), 32);
	assert_int_equal(count_rows("SELECT count(*) FROM findings"), 32);
	assert_int_equal(count_rows("SELECT count(*) FROM attempts WHERE"
				    " reason = '1 s left'"),
	    1);
}

/* Deploy repeats its answer to a notice every half minute. */
static void
test_deployments__writes_a_waiting_notice_once(void **state)
{
	int i;

	(void)state;
	begin_waiting();
	for (i = 0; i < 5; i++)
		answer_waiting(0, "another policy", 1);
	assert_string_equal(read_release(1).reason, "another policy");
	assert_int_equal(count_rows("SELECT count(*) FROM findings"), 1);
	assert_int_equal(count_rows("SELECT count(*) FROM audit WHERE"
				    " event = 'release.wait'"),
	    1);
}

static void
test_deployments__ignores_late_answers(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_DEPLOYING);
	struct pq_msg m = { .type = PQ_MSG_OUTCOME };

	(void)state;
	r.attempt = 7;
	add_release(&r);
	m.outcome.kind = PQ_OUTCOME_REFUSED;
	m.outcome.release = 1;
	m.outcome.service = pq_slice_str("web");
	m.outcome.digest = pq_slice_str(DIGEST);
	/* the answer to a notice */
	assert_int_equal(pq_on_outcome(&w, NULL, &m), 0);
	assert_int_equal(read_release(1).state, PQ_STATE_DEPLOYING);
	m.outcome.attempt = 7;
	m.outcome.digest = pq_slice_str("sha256:other");
	assert_int_equal(pq_on_outcome(&w, NULL, &m), -PQ_EPROTO);
	assert_int_equal(read_release(1).state, PQ_STATE_DEPLOYING);
	m.outcome.digest = pq_slice_str(DIGEST);
	assert_int_equal(pq_on_outcome(&w, NULL, &m), 0);
	assert_int_equal(read_release(1).state, PQ_STATE_REFUSED);
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_deployments__##name, set_up_with_source, tear_down_warden)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(greeting_repeats_the_orders),
		TEST(greeting_repeats_every_clearance),
		TEST(sends_a_fresh_clearance),
		TEST(a_stale_clearance_is_examined_again),
		TEST(shows_that_another_is_being_deployed),
		TEST(waiting_releases_do_not_block_other_services),
		TEST(without_a_proof_examines_again),
		TEST(sends_no_notice_without_a_proof),
		TEST(waits_while_deploy_is_away),
		TEST(backs_off_while_the_reason_stays),
		TEST(shows_the_next_try),
		TEST(a_clock_set_back_prolongs_no_wait),
		TEST(a_new_reason_starts_a_new_wait),
		TEST(keeps_the_last_of_many_attempts),
		TEST(writes_a_waiting_notice_once),
		TEST(ignores_late_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
