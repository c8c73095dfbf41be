/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The warden's decisions without its sockets: a ledger, one service, and
 * verdicts as verify would give them. Nobody is connected.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "warden/warden.h"

#define NOW_S 1700000000
#define DIGEST    \
	"sha256:" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char dir[] = "/tmp/pq-releases-XXXXXX";
static char path[64];
static struct pq_policy policy;
static struct pq_config_service service;
static struct pq_config config;
static struct warden w;

static int
fresh(void **state)
{
	struct pq_err err = PQ_ERR_INIT;

	(void)state;
	(void)unlink(path);
	policy = (struct pq_policy){ .service = (char *)(uintptr_t) "web",
		.image = (char *)(uintptr_t) "r.example.com/web",
		.git_url = (char *)(uintptr_t) "https://g.example.com/web",
		.git_tag = (char *)(uintptr_t) "v{version}" };
	service = (struct pq_config_service){
		.policy = &policy, .pending_s = 60, .delay_s = 0
	};
	config = (struct pq_config){ .services = &service, .n_services = 1 };
	memset(&w, 0, sizeof(w));
	w.cfg = &config;
	w.epfd = -1;
	w.last_id = 1000;
	w.now = (struct pq_instant){ (int64_t)NOW_S * 1000, 5000, "boot" };
	return pq_ledger_open(&w.store, path, &err);
}

static int
drop(void **state)
{
	(void)state;
	assert_int_equal(pq_store_commit(&w.store), 0);
	for (size_t i = 0; i < WARDEN_JOBS; i++)
		pq_jobs_end(&w.jobs[i]);
	pq_store_close(&w.store);
	return 0;
}

static struct pq_release
release(int64_t id, const char *tag, enum pq_state state)
{
	struct pq_release r = {
		.id = id, .state = state, .deadline = NOW_S + 60
	};

	(void)snprintf(r.service, sizeof(r.service), "web");
	(void)snprintf(r.tag, sizeof(r.tag), "%s", tag);
	(void)snprintf(r.digest, sizeof(r.digest), DIGEST);
	pq_digest_format(r.policy_hash, &policy.hash);
	return r;
}

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

static void
add(const struct pq_release *r)
{
	assert_int_equal(pq_store_begin(&w.store), 0);
	assert_int_equal(pq_ledger_release_add(&w.store, r), 0);
}

static struct pq_release
now_is(int64_t id)
{
	struct pq_release r;

	assert_int_equal(pq_ledger_release(&w.store, id, &r), 1);
	return r;
}

static struct pq_look
look_is(int64_t id)
{
	struct pq_look l;

	assert_int_equal(pq_ledger_look(&w.store, id, &l), 1);
	return l;
}

/* verify's answer about the look or release @id */
static void
judged_as(enum pq_job_kind kind, int64_t id, enum pq_status status,
    const char *tag_object)
{
	struct pq_job *j = pq_jobs_new(&w, kind, id);
	struct pq_buf b = PQ_BUF_INIT(1u << 16);
	struct pq_msg m = { .type = PQ_MSG_VERDICT, .job = (uint64_t)id };
	struct pq_findings f;

	memset(&f, 0, sizeof(f));
	pq_findings_add(&f, PQ_CHECK_SOURCE_VERSION, status, "", "", "because");
	assert_int_equal(pq_findings_encode(&b, &f), 0);
	m.verdict.overall = (uint32_t)status;
	m.verdict.digest = pq_slice_str(DIGEST);
	m.verdict.tag_object = pq_slice_str(tag_object);
	m.verdict.findings = pq_buf_view(&b);
	assert_non_null(j);
	j->phase = PQ_PHASE_EXAMINE;
	(void)snprintf(j->digest, sizeof(j->digest), DIGEST);
	assert_int_equal(pq_on_verdict(&w, NULL, &m), 0);
	pq_buf_free(&b);
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
	(void)snprintf(r.claim.commit, sizeof(r.claim.commit), "beef");
	add(&r);
	(void)look(2, "1.2.3");
	judged(2, PQ_PASS);
	assert_int_equal(now_is(1).state, PQ_STATE_QUARANTINED);
	assert_string_equal(now_is(1).tag, "1.2.3");
	assert_string_equal(now_is(1).claim.commit, "");
	assert_string_equal(look_is(2).state, "done");
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
	policy.git_url = NULL;
	add(&r);
	(void)look(2, "2.0.0");
	judged(2, PQ_PASS);
	assert_string_equal(now_is(1).tag, "1.0.0");
	assert_string_equal(look_is(2).state, "refused");
	assert_non_null(strstr(look_is(2).reason, "nothing signs a tag"));
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

static void
test_releases__each_that_waits_has_its_turn(void **state)
{
	struct pq_release r;

	(void)state;
	service.approvals = 1;
	for (int64_t id = 1; id <= 40; id++) {
		r = release(id, "1.2.3", PQ_STATE_QUARANTINED);
		(void)snprintf(
		    r.digest, sizeof(r.digest), "sha256:%d", (int)id);
		pq_clock_start(&r.clock, &w.now);
		r.clock.first_wall_ms += id; /* the approved one is the last */
		add(&r);
	}
	w.now.wall_ms += 1000;
	assert_int_equal(
	    pq_store_do(&w.store,
		"INSERT INTO approvals SELECT 40, 'alice', 'sha256:40',"
		" policy_hash, 1, '' FROM releases WHERE id = 40",
		""),
	    0);
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
	service.delay_s = 3600;
	pq_clock_start(&r.clock, &w.now);
	r.noticed = 2;
	add(&r);
	pq_quarantine_pump(&w);
	assert_int_equal(now_is(1).state, PQ_STATE_QUARANTINED);
	policy.hash.sha256[0] ^= 1;
	w.now.wall_ms += 60000;
	pq_quarantine_pump(&w);
	policy.hash.sha256[0] ^= 1;
	assert_int_equal(now_is(1).state, PQ_STATE_REFETCHING);
	assert_int_equal(now_is(1).noticed, 0);
	assert_non_null(strstr(now_is(1).reason, "policy has changed"));
}

static struct pq_release
refetching(void)
{
	struct pq_release r = release(1, "1.2.3", PQ_STATE_REFETCHING);

	service.delay_s = 3600;
	pq_clock_start(&r.clock, &w.now);
	r.clock.served_ms = 1000000;
	(void)snprintf(r.tag_object, sizeof(r.tag_object), "aaaa");
	add(&r);
	return r;
}

static int64_t
proofs(void)
{
	return pq_store_int(
	    &w.store, -1, "SELECT count(*) FROM proofs WHERE release = 1", "");
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
	policy.hash.sha256[0] ^= 1;
	judged_as(PQ_JOB_RELEASE, 1, PQ_PASS, "bbbb");
	policy.hash.sha256[0] ^= 1;
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
	policy.hash.sha256[0] ^= 1;
	w.now.wall_ms += 7200 * 1000;
	judged_as(PQ_JOB_RELEASE, 1, PQ_PENDING, "");
	policy.hash.sha256[0] ^= 1;
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
	pq_jobs_peer_lost(&w, PQ_DOOR_FETCH);
	assert_int_equal(now_is(1).tries, 1);
	assert_true(now_is(1).next_try > NOW_S);
	assert_int_equal(look_is(2).tries, 1);
	assert_false(pq_jobs_busy(&w, 1));

	w.now.wall_ms += 61000; /* past both deadlines */
	j = pq_jobs_new(&w, PQ_JOB_RELEASE, 1);
	j->phase = PQ_PHASE_EXAMINE;
	j = pq_jobs_new(&w, PQ_JOB_LOOK, 2);
	j->phase = PQ_PHASE_EXAMINE;
	pq_jobs_peer_lost(&w, PQ_DOOR_VERIFY);
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

/* ---- what a deploy that comes up is told -------------------------------- */

static void
deploy_is_here(void)
{
	struct pq_peer *p = &w.peers[PQ_DOOR_DEPLOY];

	p->used = true;
	p->ch = (struct pq_channel){
		.fd = -1, .self = PQ_ROLE_WARDEN, .peer = PQ_ROLE_DEPLOY
	};
}

/* the kinds of restraint that wait for deploy, as "UNHOLD REJECT:3 " */
static const char *
restraints(void)
{
	static const char *const kinds[] = { "NONE", "HOLD", "UNHOLD", "REJECT",
		"LIFT", "TOLD" };
	static char text[256];
	struct pq_peer *p = &w.peers[PQ_DOOR_DEPLOY];
	size_t n = 0;

	text[0] = '\0';
	while (p->head != NULL) {
		struct pq_out *o = p->head;
		struct pq_err err = PQ_ERR_INIT;
		struct pq_msg m;

		assert_int_equal(
		    pq_msg_decode(&m, pq_buf_view(&o->bytes), &err), 0);
		if (m.type == PQ_MSG_RESTRAIN)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    m.restrain.release ? "%s:%d " : "%s ",
			    kinds[m.restrain.kind], (int)m.restrain.release);
		p->head = o->next;
		pq_buf_free(&o->bytes);
		free(o);
	}
	p->tail = NULL;
	return text;
}

static void
add_as(int64_t id, enum pq_state state)
{
	struct pq_release r = release(id, "1.2.3", state);

	(void)snprintf(r.digest, sizeof(r.digest), "sha256:%d", (int)id);
	add(&r);
}

/* a retry while deploy was away lifts what deploy remembers, no more */
static void
test_releases__greeting_repeats_what_operators_said(void **state)
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
	deploy_is_here();
	pq_deployments_greet(&w);
	assert_string_equal(restraints(), "UNHOLD REJECT:3 LIFT:1 TOLD ");
}

/* how many messages of @type wait for deploy; they are taken away */
static size_t
given(enum pq_msg_type type)
{
	struct pq_peer *p = &w.peers[PQ_DOOR_DEPLOY];
	size_t n = 0;

	while (p->head != NULL) {
		struct pq_out *o = p->head;
		struct pq_err err = PQ_ERR_INIT;
		struct pq_msg m;

		assert_int_equal(
		    pq_msg_decode(&m, pq_buf_view(&o->bytes), &err), 0);
		n += m.type == type;
		p->head = o->next;
		pq_buf_free(&o->bytes);
		free(o);
	}
	p->tail = NULL;
	return n;
}

static void
add_proof(int64_t id)
{
	struct pq_msg m = { .type = PQ_MSG_VERDICT, .job = (uint64_t)id };
	struct pq_buf b = PQ_BUF_INIT(4096);

	assert_int_equal(pq_msg_encode(&b, &m), 0);
	assert_int_equal(pq_store_do(&w.store, "INSERT INTO proofs VALUES(?,?)",
			     "ib", id, pq_buf_view(&b)),
	    0);
	pq_buf_free(&b);
}

static void
test_releases__greeting_repeats_every_clearance(void **state)
{
	(void)state;
	for (int64_t id = 1; id <= 100; id++) {
		add_as(id, PQ_STATE_DEPLOYING);
		add_proof(id);
	}
	deploy_is_here();
	pq_deployments_greet(&w);
	assert_int_equal(given(PQ_MSG_CLEARANCE), 100);
}

/* ---- clearances --------------------------------------------------------- */

static void
add_cleared(int64_t id, int64_t at_s)
{
	struct pq_release r = release(id, "1.2.3", PQ_STATE_CLEARED);

	(void)snprintf(r.digest, sizeof(r.digest), "sha256:%d", (int)id);
	r.changed = at_s;
	add(&r);
	add_proof(id);
}

static void
test_releases__a_fresh_clearance_is_given(void **state)
{
	(void)state;
	add_cleared(1, NOW_S - 300);
	deploy_is_here();
	pq_deployments_pump(&w);
	assert_int_equal(now_is(1).state, PQ_STATE_DEPLOYING);
	assert_int_equal(given(PQ_MSG_CLEARANCE), 1);
}

/* deploy was away for a month, or the clock is not what it was */
static void
test_releases__a_stale_clearance_is_examined_again(void **state)
{
	(void)state;
	add_cleared(1, NOW_S - 301);
	add_cleared(2, NOW_S + 1);
	deploy_is_here();
	pq_deployments_pump(&w);
	for (int64_t id = 1; id <= 2; id++) {
		assert_int_equal(now_is(id).state, PQ_STATE_QUARANTINED);
		assert_non_null(strstr(now_is(id).reason, "looking again"));
		assert_true(now_is(id).next_try <= NOW_S);
	}
	assert_int_equal(given(PQ_MSG_CLEARANCE), 0);
}

static void
test_releases__says_that_another_is_being_deployed(void **state)
{
	struct pq_release r;

	(void)state;
	add_as(1, PQ_STATE_DEPLOYING);
	add_cleared(2, NOW_S);
	deploy_is_here();
	pq_deployments_pump(&w);
	assert_int_equal(now_is(2).state, PQ_STATE_CLEARED);
	assert_string_equal(now_is(2).reason,
	    "another release of this service is being deployed");
	assert_int_equal(now_is(2).changed, NOW_S);
	r = now_is(1);
	r.state = PQ_STATE_FAILED;
	(void)pq_ledger_release_save(&w.store, &r);
	pq_deployments_pump(&w);
	assert_int_equal(now_is(2).state, PQ_STATE_DEPLOYING);
	assert_int_equal(given(PQ_MSG_CLEARANCE), 1);
}

/* those that wait for their service hide none of another */
static void
test_releases__who_waits_for_a_turn_is_not_in_the_way(void **state)
{
	struct pq_release r;

	(void)state;
	add_as(1, PQ_STATE_DEPLOYING);
	for (int64_t id = 2; id <= 40; id++)
		add_cleared(id, NOW_S);
	r = release(41, "1.2.3", PQ_STATE_CLEARED);
	(void)snprintf(r.service, sizeof(r.service), "api");
	r.changed = NOW_S;
	add(&r);
	add_proof(41);
	deploy_is_here();
	pq_deployments_pump(&w);
	assert_int_equal(now_is(41).state, PQ_STATE_DEPLOYING);
	assert_int_equal(given(PQ_MSG_CLEARANCE), 1);
}

static void
spoil_proof(int64_t id)
{
	assert_int_equal(pq_store_do(&w.store,
			     "INSERT INTO proofs VALUES(?, x'0000')"
			     " ON CONFLICT DO UPDATE SET verdict = x'0000'",
			     "i", id),
	    0);
}

/* nobody answers what was never sent: it is examined again */
static void
test_releases__no_proof_leaves_none_deploying(void **state)
{
	(void)state;
	add_cleared(1, NOW_S);
	spoil_proof(1);
	add_as(2, PQ_STATE_DEPLOYING);
	deploy_is_here();
	pq_deployments_greet(&w);
	assert_int_equal(now_is(2).state, PQ_STATE_QUARANTINED);
	pq_deployments_pump(&w);
	assert_int_equal(now_is(1).state, PQ_STATE_QUARANTINED);
	assert_non_null(strstr(now_is(1).reason, "proof"));
	assert_int_equal(
	    pq_store_int(&w.store, 0,
		"SELECT count(*) FROM attempts WHERE outcome = 'started'", ""),
	    0);
	assert_true(w.peers[PQ_DOOR_DEPLOY].used);
	assert_int_equal(given(PQ_MSG_CLEARANCE), 0);
}

static void
test_releases__no_notice_without_a_proof(void **state)
{
	(void)state;
	add_as(1, PQ_STATE_QUARANTINED);
	spoil_proof(1);
	add_as(2, PQ_STATE_QUARANTINED);
	add_proof(2);
	deploy_is_here();
	pq_deployments_pump(&w);
	assert_int_equal(now_is(1).state, PQ_STATE_REFETCHING);
	assert_non_null(strstr(now_is(1).reason, "proof"));
	assert_true(now_is(1).deadline > NOW_S);
	assert_int_equal(now_is(2).noticed, 1);
	assert_int_equal(given(PQ_MSG_NOTICE), 1);
}

/* a deploy that is gone is told again; that is no fault of the release */
static void
test_releases__waits_for_a_deploy_that_is_gone(void **state)
{
	(void)state;
	add_cleared(1, NOW_S);
	deploy_is_here();
	w.peers[PQ_DOOR_DEPLOY].queued = WARDEN_OUT + 1;
	pq_deployments_pump(&w);
	assert_int_equal(now_is(1).state, PQ_STATE_DEPLOYING);
	assert_false(w.peers[PQ_DOOR_DEPLOY].used);
	deploy_is_here();
	pq_deployments_greet(&w);
	assert_int_equal(given(PQ_MSG_CLEARANCE), 1);
}

static int64_t
count(const char *sql)
{
	return pq_store_int(&w.store, -1, sql, "");
}

/* deploy's answer to the attempt of release 1, or to its notice */
static void
waits(int64_t attempt, const char *reason, unsigned found)
{
	struct pq_buf b = PQ_BUF_INIT(1u << 16);
	struct pq_msg m = { .type = PQ_MSG_OUTCOME };
	struct pq_findings f;

	memset(&f, 0, sizeof(f));
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

/* a whole round of release 1, as if verify had passed it; until the next, s */
static int64_t
round_of(const char *reason, unsigned found)
{
	struct pq_release r;

	pq_quarantine_pump(&w);
	r = now_is(1);
	assert_int_equal(r.state, PQ_STATE_REFETCHING);
	r.state = PQ_STATE_CLEARED;
	r.changed = pq_warden_s(&w);
	assert_int_equal(pq_ledger_release_save(&w.store, &r), 0);
	pq_deployments_pump(&w);
	assert_int_equal(now_is(1).state, PQ_STATE_DEPLOYING);
	assert_int_equal(given(PQ_MSG_CLEARANCE), 1);
	waits(now_is(1).attempt, reason, found);
	r = now_is(1);
	assert_int_equal(r.state, PQ_STATE_QUARANTINED);
	assert_string_equal(r.reason, reason);
	return r.next_try - pq_warden_s(&w);
}

static void
begin_waiting(void)
{
	struct pq_release r = release(1, "1.2.3", PQ_STATE_QUARANTINED);

	(void)snprintf(r.digest, sizeof(r.digest), "sha256:1");
	pq_clock_start(&r.clock, &w.now);
	r.noticed = 2;
	add(&r);
	add_proof(1);
	deploy_is_here();
	w.now.wall_ms += 1000;
}

/* asked less often, and the ledger does not grow by it */
static void
test_releases__a_wait_that_goes_on_backs_off(void **state)
{
	static const int64_t pauses[] = { 30, 30, 60, 120, 240, 480, 960, 1920,
		3600, 3600, 3600 };

	(void)state;
	begin_waiting();
	for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		int64_t s = round_of("no container", 1);

		assert_int_equal(s, pauses[i]);
		w.now.wall_ms += s * 1000;
	}
	assert_int_equal(count("SELECT count(*) FROM attempts"), 1);
	assert_int_equal(count("SELECT count(*) FROM findings"), 1);
	assert_int_equal(count("SELECT count(*) FROM audit WHERE event IN"
			       " ('release.wait', 'release.elapsed')"),
	    2);
}

/* whoever mends it wants to know how long that goes unnoticed */
static void
test_releases__says_when_it_is_asked_again(void **state)
{
	char words[PQ_REASON_TEXT];
	struct pq_release r;

	(void)state;
	begin_waiting();
	for (int i = 0; i < 4; i++)
		w.now.wall_ms += round_of("no container", 1) * 1000;
	(void)round_of("no container", 1);
	r = now_is(1);
	pq_quarantine_waiting(&w, &r, words);
	assert_string_equal(
	    words, "quarantined: no container; asked again in 240 s");
	service.delay_s = 3600;
	pq_quarantine_waiting(&w, &r, words);
	assert_null(strstr(words, "asked again"));
}

static void
test_releases__another_reason_is_another_wait(void **state)
{
	struct pq_release r;

	(void)state;
	begin_waiting();
	for (int i = 0; i < 6; i++)
		w.now.wall_ms += round_of("no container", 1) * 1000;
	assert_int_equal(round_of("hold", 2), 30);
	w.now.wall_ms += 30000;
	assert_int_equal(count("SELECT count(*) FROM attempts"), 2);
	assert_int_equal(count("SELECT count(*) FROM findings"), 2);
	assert_int_equal(count("SELECT count(*) FROM audit WHERE"
			       " event = 'release.wait'"),
	    2);
	/* so is the same one after a retry, which forgets the attempt */
	for (int i = 0; i < 6; i++)
		w.now.wall_ms += round_of("hold", 2) * 1000;
	r = now_is(1);
	r.attempt = 0;
	assert_int_equal(pq_ledger_release_save(&w.store, &r), 0);
	assert_int_equal(round_of("hold", 2), 30);
}

static void
test_releases__keeps_the_last_of_many_attempts(void **state)
{
	char reason[32];

	(void)state;
	begin_waiting();
	for (unsigned i = 0; i < 40; i++) {
		(void)snprintf(reason, sizeof(reason), "%u s left", 40 - i);
		w.now.wall_ms += round_of(reason, i) * 1000;
	}
	assert_int_equal(count("SELECT count(*) FROM attempts"), 32);
	assert_int_equal(count("SELECT count(*) FROM findings"), 32);
	assert_int_equal(count("SELECT count(*) FROM attempts WHERE"
			       " reason = '1 s left'"),
	    1);
}

/* an answer to a notice, which is given every half minute */
static void
test_releases__a_notice_that_waits_is_written_once(void **state)
{
	(void)state;
	begin_waiting();
	for (int i = 0; i < 5; i++)
		waits(0, "another policy", 1);
	assert_string_equal(now_is(1).reason, "another policy");
	assert_int_equal(count("SELECT count(*) FROM findings"), 1);
	assert_int_equal(count("SELECT count(*) FROM audit WHERE"
			       " event = 'release.wait'"),
	    1);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(test_releases__##name, fresh, drop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_failure_of_another_tag),
		TEST(no_pending_under_another_tag),
		TEST(goes_on_under_the_tag_that_passes),
		TEST(refusal_sticks_to_its_tag),
		TEST(greeting_repeats_what_operators_said),
		TEST(greeting_repeats_every_clearance),
		TEST(a_fresh_clearance_is_given),
		TEST(a_stale_clearance_is_examined_again),
		TEST(says_that_another_is_being_deployed),
		TEST(who_waits_for_a_turn_is_not_in_the_way),
		TEST(no_proof_leaves_none_deploying),
		TEST(no_notice_without_a_proof),
		TEST(waits_for_a_deploy_that_is_gone),
		TEST(a_wait_that_goes_on_backs_off),
		TEST(says_when_it_is_asked_again),
		TEST(another_reason_is_another_wait),
		TEST(keeps_the_last_of_many_attempts),
		TEST(a_notice_that_waits_is_written_once),
		TEST(what_passed_keeps_its_tag),
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
	};
	char wal[80];
	int r;

	if (!mkdtemp(dir))
		return 1;
	(void)snprintf(path, sizeof(path), "%s/ledger.db", dir);
	(void)snprintf(wal, sizeof(wal), "%s-wal", path);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	(void)unlink(wal);
	(void)rmdir(dir);
	return r;
}
