/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run the current programs with the state of an earlier version, in which a
 * release waits in quarantine. Deploy must accept the messages of the warden.
 * See tests/fixtures/upgrade/README.md.
 */
#include "../deploy/document.h"
#include "../deploy/fakedaemon.h"

#include <fcntl.h>
#include <unistd.h>

#include "config/load.h"
#include "deploy/deploy.h"
#include "verify/job.h"
#include "warden/audit.h"
#include "warden/backlog.h"
#include "warden/core.h"
#include "warden/deployments.h"
#include "warden/floors.h"
#include "warden/jobs.h"
#include "warden/ledger.h"
#include "warden/ledger_findings.h"
#include "warden/ledger_proofs.h"
#include "warden/ledger_releases.h"
#include "warden/loop.h"
#include "warden/old_proof.h"
#include "warden/quarantine.h"
#include "warden/verdicts.h"
#include "support/files.h"
#include "support/temporary.h"

#define N(table) (sizeof(table) / sizeof((table)[0]))
#define RELEASE 2
#define DELAY_MS (3600 * 1000)

static struct pq_config_service *service;
static struct pq_config config;
static struct warden w;
static struct deploy d;
static struct fake_daemon engine;

static struct pq_slice
read_state(const char *name)
{
	static struct pq_buf b[8];
	static size_t n;
	struct pq_buf *to = &b[n++ % N(b)];
	char path[512];

	(void)snprintf(path, sizeof(path), "upgrade/%s", name);
	pq_buf_free(to);
	*to = fixture(path);
	return pq_buf_view(to);
}

/* Copy a database into the temporary directory, because the test changes it. */
static const char *
copy_database(const char *name)
{
	static char path[2][TEMPORARY_ROOM];
	static size_t n;
	char *to = path[n++ % 2];
	struct pq_slice s = read_state(name);

	write_file(temporary_path(to, name), s.p, s.n);
	return to;
}

static void
load_policy(void)
{
	static char names[3][32] = { "services.d/web.yaml",
		"keys/web.allowed_signers", "keys/web-cosign.pub" };
	struct pq_config_notes notes = { 0 };
	struct pq_config_file files[3];
	size_t i;

	for (i = 0; i < 3; i++) {
		struct pq_slice s = read_state(names[i]);

		files[i] = (struct pq_config_file){ names[i],
			(uint8_t *)(uintptr_t)s.p, s.n };
	}
	assert_int_equal(
	    pq_config_service_from_files(&service, files, 3, &notes), 0);
	pq_config_notes_free(&notes);
	config = (struct pq_config){ .services = service, .n_services = 1 };
}

static bool
on_request(void *ctx, int fd, const struct fake_request *r)
{
	const char *file = strstr(r->path, "/images/") != NULL
	    ? "good/image.json"
	    : "good/plain.json";
	json_t *o = document(file);
	char *text = json_dumps(o, JSON_COMPACT);

	(void)ctx;
	fake_answer(fd, 200, strcmp(r->path, "/_ping") == 0 ? "OK" : text);
	free(text);
	json_decref(o);
	return true;
}

static struct pq_release
the_release(void)
{
	struct pq_release r;

	assert_int_equal(pq_ledger_release_read(&w.store, RELEASE, &r), 1);
	return r;
}

static struct pq_noticed
the_notice(void)
{
	struct pq_release r = the_release();
	struct pq_noticed n;

	assert_int_equal(
	    pq_journal_noticed(&d.journal, "web", r.digest, &n), 1);
	return n;
}

/*
 * Tick both clocks for the first time. The old reading has no CLOCK_MONOTONIC,
 * so the time since then does not count, but the time served before it stays.
 */
static void
tick_first(void)
{
	struct pq_release r = the_release();
	struct pq_noticed n = the_notice();

	assert_int_equal(r.clock.last_mono_ms, -1);
	assert_int_equal(n.clock.last_mono_ms, -1);
	w.now.wall_ms = r.clock.last_wall_ms + 500;
	w.now.boot_ms = r.clock.last_boot_ms + 500;
	w.now.mono_ms = w.now.boot_ms;
	memcpy(w.now.boot_id, r.clock.boot_id, sizeof(w.now.boot_id));
	pq_quarantine_tick(&w);
	assert_int_equal(pq_journal_tick(&d.journal, &w.now), 0);
	assert_int_equal(the_release().clock.served_ms, 41000);
	assert_int_equal(the_notice().clock.served_ms, 42000);
}

/* Move the clocks by one hour, so that the quarantine is over. */
static void
set_clocks(void)
{
	tick_first();
	w.now.wall_ms += DELAY_MS + 1000;
	w.now.boot_ms += DELAY_MS + 1000;
	w.now.mono_ms += DELAY_MS + 1000;
	d.now = w.now;
}

/* Return a copy of a database whose release has served part of its delay. */
static const char *
partly_served(const char *name, const char *sql)
{
	const char *path = copy_database(name);
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return path;
}

static int
open_state(void **state)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_peer *p = &w.peers[PQ_DOOR_DEPLOY];

	(void)state;
	memset(&w, 0, sizeof(w));
	memset(&d, 0, sizeof(d));
	w.cfg = &config;
	w.ops = &pq_loop_peer_ops;
	w.epfd = -1;
	w.space = UINT64_MAX;
	w.space_ms = INT64_MAX;
	p->used = true;
	p->ch.peer = PQ_ROLE_DEPLOY;
	p->ch.fd = -1;
	d.config = &config;
	if (pq_ledger_open(&w.store,
		partly_served(
		    "ledger.db", "UPDATE releases SET clock_served = 41000"),
		&err) != 0 ||
	    pq_journal_open(&d.journal,
		partly_served(
		    "journal.db", "UPDATE noticed SET served = 42000"),
		&err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(pq_audit_load(&w.audit, &w.store), 0);
	w.last_id = pq_ledger_last_id(&w.store);
	assert_int_equal(pq_backlog_load(&w), 0);
	set_clocks();
	fake_daemon_start(&engine, temporary_dir(), on_request, NULL);
	return pq_docker_open(&d.docker, engine.socket, &err);
}

static void
remove_database(const char *name)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[TEMPORARY_ROOM + 80];
	size_t i;

	for (i = 0; i < N(ends); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s%s", temporary_dir(),
		    name, ends[i]);
		(void)unlink(path);
	}
}

static int
close_state(void **state)
{
	struct pq_peer *p = &w.peers[PQ_DOOR_DEPLOY];
	size_t i;

	(void)state;
	while (p->head != NULL) {
		struct pq_out *o = p->head;

		p->head = o->next;
		pq_buf_free(&o->bytes);
		free(o);
	}
	assert_int_equal(pq_store_commit(&w.store), 0);
	for (i = 0; i < WARDEN_JOBS; i++)
		pq_jobs_end(&w.jobs[i]);
	pq_store_close(&w.store);
	pq_backlog_free(&w);
	pq_floors_free(&w);
	pq_store_close(&d.journal);
	pq_docker_close(d.docker);
	fake_daemon_stop(&engine);
	remove_database("ledger.db");
	remove_database("journal.db");
	return 0;
}

/* ---- the messages for deploy --------------------------------------------- */

/* Decode the queued message of @type into the case that deploy judges. */
static struct pq_case
queued_case(enum pq_msg_type type)
{
	static struct pq_buf kept;
	struct pq_out *o = w.peers[PQ_DOOR_DEPLOY].head;
	struct pq_err err = PQ_ERR_INIT;
	struct pq_case c = { .release = RELEASE };
	struct pq_slice proof;
	struct pq_msg m;

	assert_non_null(o);
	pq_buf_free(&kept);
	kept = PQ_BUF_INIT(PQ_IPC_MAX);
	pq_buf_slice(&kept, pq_buf_view(&o->bytes));
	assert_int_equal(pq_msg_decode(&m, pq_buf_view(&kept), &err), 0);
	assert_int_equal(m.type, type);
	if (type == PQ_MSG_NOTICE) {
		c.service = m.notice.service;
		c.policy_hash = m.notice.policy_hash;
		c.tag = m.notice.tag;
		c.digest = m.notice.digest;
		proof = m.notice.proof;
	} else {
		c.attempt = m.clearance.attempt;
		c.service = m.clearance.service;
		c.policy_hash = m.clearance.policy_hash;
		c.tag = m.clearance.tag;
		c.digest = m.clearance.digest;
		proof = m.clearance.proof;
	}
	assert_int_equal(pq_proof_decode(&c.proof, proof), 0);
	return c;
}

/* Skip the test on other machines: the fixture's image is for amd64. */
static void
need_amd64(void)
{
	if (strcmp(pq_proof_architecture(), "amd64") != 0)
		skip();
}

static void
deploy_clears(void)
{
	struct pq_case c = queued_case(PQ_MSG_CLEARANCE);
	struct pq_clearance cl = { 0 };
	struct pq_answer a = { 0 };

	if (pq_judge_clearance(&d, &c, &cl, &a) != 0)
		fail_msg("%s", a.reason);
	assert_string_equal(cl.noticed.tag, "1.0.0");
	pq_findings_free(&a.findings);
}

/* Send the notice again; deploy knows it, and its quarantine clock runs. */
static void
test_upgrade__deploy_takes_the_notice(void **state)
{
	struct pq_release r = the_release();
	struct pq_answer a = { 0 };
	struct pq_case c;

	(void)state;
	need_amd64();
	assert_int_equal(r.state, PQ_STATE_QUARANTINED);
	r.noticed = PQ_NOTICE_NONE;
	pq_ledger_release_save(&w.store, &r);
	assert_int_equal(w.store.fault, 0);
	pq_deployments_pump(&w);
	c = queued_case(PQ_MSG_NOTICE);
	pq_judge_notice(&d, &c, &a);
	if (a.kind != PQ_OUTCOME_NOTICED)
		fail_msg("%s", a.reason);
	pq_findings_free(&a.findings);
}

/* The release was examined twice before the upgrade, but not yet cleared. */
static void
test_upgrade__deploy_takes_the_clearance(void **state)
{
	struct pq_release r = the_release();

	(void)state;
	need_amd64();
	r.state = PQ_STATE_CLEARED;
	r.changed = w.now.wall_ms / 1000;
	pq_ledger_release_save(&w.store, &r);
	assert_int_equal(w.store.fault, 0);
	pq_deployments_pump(&w);
	deploy_clears();
}

static void
keep_document(void *arg, const struct pq_evidence_row *row)
{
	pq_buf_slice(arg, row->document);
}

/* Examine the document of the ledger with the current verify. */
static void
examine_again(void)
{
	struct pq_job *j = pq_jobs_new(&w, PQ_JOB_RELEASE, RELEASE);
	struct pq_buf document = PQ_BUF_INIT(8u << 20);
	struct pq_buf out = PQ_BUF_INIT(PQ_IPC_MAX);
	struct pq_msg m = { .type = PQ_MSG_EXAMINE, .job = RELEASE };
	struct pq_release r = the_release();
	struct pq_err err = PQ_ERR_INIT;

	assert_non_null(j);
	j->phase = PQ_PHASE_EXAMINE;
	(void)snprintf(j->digest, sizeof(j->digest), "%s", r.digest);
	assert_int_equal(pq_ledger_evidence_last(
			     &w.store, RELEASE, keep_document, &document),
	    1);
	m.examine.service = PQ_SLICE_LIT("web");
	m.examine.policy_hash = pq_slice_str(r.policy_hash);
	m.examine.now = w.now.wall_ms / 1000;
	m.examine.document = pq_buf_view(&document);
	assert_int_equal(pq_job_do(&out, &m, &config), 0);
	assert_int_equal(pq_msg_decode(&m, pq_buf_view(&out), &err), 0);
	assert_int_equal(pq_on_verdict(&w, NULL, &m), 0);
	pq_buf_free(&document);
	pq_buf_free(&out);
}

static void
test_upgrade__release_goes_live(void **state)
{
	struct pq_msg m = { .type = PQ_MSG_OUTCOME };
	struct pq_release r = the_release();

	(void)state;
	need_amd64();
	r.state = PQ_STATE_REFETCHING;
	pq_ledger_release_save(&w.store, &r);
	assert_int_equal(w.store.fault, 0);
	examine_again();
	r = the_release();
	if (r.state != PQ_STATE_CLEARED)
		fail_msg("%s", r.reason);
	pq_deployments_pump(&w);
	deploy_clears();
	r = the_release();
	m.outcome.kind = PQ_OUTCOME_LIVE;
	m.outcome.release = RELEASE;
	m.outcome.attempt = (uint64_t)r.attempt;
	m.outcome.service = PQ_SLICE_LIT("web");
	m.outcome.digest = pq_slice_str(r.digest);
	assert_int_equal(pq_on_outcome(&w, &w.peers[PQ_DOOR_DEPLOY], &m), 0);
	assert_int_equal(the_release().state, PQ_STATE_LIVE);
}

/* ---- the old encoding ---------------------------------------------------- */

static void
keep_proof(void *arg, struct pq_slice proof)
{
	pq_buf_slice(arg, proof);
}

static struct pq_buf
kept_proof(void)
{
	struct pq_buf b = PQ_BUF_INIT(PQ_PROOF_MAX);

	assert_int_equal(
	    pq_ledger_proof_read(&w.store, RELEASE, keep_proof, &b), 1);
	return b;
}

/* Return the proof as the earlier version encoded it. */
static struct pq_buf
old_bytes(void)
{
	struct pq_buf b = PQ_BUF_INIT(PQ_PROOF_MAX);
	sqlite3_stmt *st =
	    pq_store_query(&w.store, "SELECT proof, encoding FROM proofs", "");

	assert_int_equal(pq_store_next(&w.store, st), 1);
	assert_int_equal(sqlite3_column_int64(st, 1), PQ_OLD_PROOF);
	pq_buf_slice(&b, pq_store_blob(st, 0));
	pq_store_done(st);
	return b;
}

static void
test_upgrade__reads_an_old_proof(void **state)
{
	struct pq_buf old = old_bytes(), now = kept_proof();
	struct pq_proof p, q;

	(void)state;
	assert_int_equal(pq_old_proof_read(&p, pq_buf_view(&old)), 0);
	assert_int_equal(p.n, 2);
	assert_int_equal(p.v[0].requirement, 0);
	assert_int_equal(p.v[0].material, 0);
	assert_int_equal(p.v[0].form, PQ_FORM_DSSE);
	assert_int_equal(p.v[1].requirement, 1);
	assert_int_equal(p.v[1].form, PQ_FORM_TAG);
	assert_true(pq_slice_starts(p.v[1].payload, "object "));
	assert_true(p.manifest.n > 0 && p.config.n > 0 && p.index.n == 0);
	/* the ledger returns it in the current encoding */
	assert_int_equal(pq_proof_decode(&q, pq_buf_view(&now)), 0);
	assert_true(pq_slice_eq(q.v[0].payload, p.v[0].payload));
	assert_true(pq_slice_eq(q.v[1].payload, p.v[1].payload));
	assert_true(pq_slice_eq(q.config, p.config));
	pq_buf_free(&old);
	pq_buf_free(&now);
}

static void
test_upgrade__refuses_an_incomplete_old_proof(void **state)
{
	struct pq_buf old = old_bytes();
	struct pq_proof p;
	size_t i;

	(void)state;
	for (i = 0; i < old.n; i++)
		assert_int_equal(
		    pq_old_proof_read(&p, pq_slice(old.p, i)), -PQ_EFORMAT);
	pq_buf_u8(&old, 0);
	assert_int_equal(pq_old_proof_read(&p, pq_buf_view(&old)), -PQ_EFORMAT);
	old.n--;
	old.p[3]++; /* another type */
	assert_int_equal(pq_old_proof_read(&p, pq_buf_view(&old)), -PQ_EFORMAT);
	pq_buf_free(&old);
}

/* The ledger returns a damaged proof as empty, so it is examined again. */
static void
test_upgrade__ignores_a_damaged_proof(void **state)
{
	static const char *const damage[] = {
		"UPDATE proofs SET proof = x'00000008'",
		"UPDATE proofs SET encoding = 2",
		"UPDATE proofs SET encoding = 3",
		"UPDATE proofs SET encoding = 0",
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(damage); i++) {
		struct pq_buf b;
		struct pq_proof p;

		pq_store_begin(&w.store);
		pq_store_do(&w.store, damage[i], "");
		assert_int_equal(w.store.fault, 0);
		b = kept_proof();
		assert_int_equal(
		    pq_proof_decode(&p, pq_buf_view(&b)), -PQ_EFORMAT);
		pq_buf_free(&b);
		pq_store_rollback(&w.store);
	}
}

static int
make_dir(void **state)
{
	if (make_temporary(state) != 0)
		return -1;
	load_policy();
	return 0;
}

static int
remove_dir(void **state)
{
	pq_config_service_free(service);
	free(service);
	return remove_temporary(state);
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_upgrade__##name, open_state, close_state)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(deploy_takes_the_notice),
		TEST(deploy_takes_the_clearance),
		TEST(release_goes_live),
		TEST(reads_an_old_proof),
		TEST(refuses_an_incomplete_old_proof),
		TEST(ignores_a_damaged_proof),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
