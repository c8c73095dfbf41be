/* SPDX-License-Identifier: Apache-2.0 */
/* Looks and releases of one service with a source. No peer is connected. */
#ifndef TESTS_UNIT_LEDGER_RELEASES_H
#define TESTS_UNIT_LEDGER_RELEASES_H

#include "fixture.h"
#include "proof.h"

#include "warden/ledger_looks.h"
#include "warden/ledger_releases.h"
#include "warden/releases.h"
#include "warden/verdicts.h"

#define DIGEST    \
	"sha256:" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static inline int
set_up_with_source(void **state)
{
	static char git[] = "https://g.example.com/web", tag[] = "v{version}";
	int r = set_up_warden(state);

	policies[0].git_url = git;
	policies[0].git_tag = tag;
	w.last_id = 1000;
	(void)snprintf(w.now.boot_id, sizeof(w.now.boot_id), "boot");
	w.peers[PQ_DOOR_VERIFY].used = false;
	return r;
}

static inline struct pq_release
make_release(int64_t id, const char *tag, enum pq_state state)
{
	struct pq_release r = {
		.id = id, .state = state, .deadline = NOW_S + 60
	};

	(void)snprintf(r.service, sizeof(r.service), "web");
	(void)snprintf(r.tag, sizeof(r.tag), "%s", tag);
	(void)snprintf(r.digest, sizeof(r.digest), DIGEST);
	pq_digest_format(r.policy_hash, &policies[0].hash);
	return r;
}

static inline void
add_release(const struct pq_release *r)
{
	pq_store_begin(&w.store);
	pq_ledger_release_add(&w.store, r);
	assert_int_equal(w.store.fault, 0);
}

static inline struct pq_release
read_release(int64_t id)
{
	struct pq_release r;

	assert_int_equal(pq_ledger_release_read(&w.store, id, &r), 1);
	return r;
}

static inline struct pq_look
add_look(int64_t id, const char *tag)
{
	struct pq_look l = { .id = id, .deadline = NOW_S + 50 };

	(void)snprintf(l.service, sizeof(l.service), "web");
	(void)snprintf(l.tag, sizeof(l.tag), "%s", tag);
	(void)snprintf(l.state, sizeof(l.state), PQ_LOOK_OPEN);
	pq_store_begin(&w.store);
	pq_ledger_look_add(&w.store, &l);
	assert_int_equal(w.store.fault, 0);
	return l;
}

static inline struct pq_look
read_look(int64_t id)
{
	struct pq_look l;

	assert_int_equal(pq_ledger_look_read(&w.store, id, &l), 1);
	return l;
}

/* Let verify answer about look or release @id, with the facts of @named. */
static inline void
give_verdict_by_rule(enum pq_job_kind kind, int64_t id, enum pq_check check,
    const char *spec, enum pq_status status, const struct pq_msg_verdict *named)
{
	struct pq_job *j = pq_jobs_new(&w, kind, id);
	struct pq_buf b = PQ_BUF_INIT(PQ_FINDINGS_BYTES);
	struct pq_msg m = { .type = PQ_MSG_VERDICT, .job = (uint64_t)id };
	struct pq_buf proof = encoded_proof();
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };

	pq_findings_add(&f, check, status, "", spec, "because");
	assert_int_equal(pq_findings_encode(&b, &f), 0);
	m.verdict = *named;
	m.verdict.overall = (uint32_t)status;
	m.verdict.findings = pq_buf_view(&b);
	m.verdict.proof = pq_buf_view(&proof);
	assert_non_null(j);
	j->phase = PQ_PHASE_EXAMINE;
	(void)snprintf(j->digest, sizeof(j->digest), DIGEST);
	assert_int_equal(pq_on_verdict(&w, NULL, &m), 0);
	pq_buf_free(&proof);
	pq_buf_free(&b);
}

static inline void
give_verdict_of_check(enum pq_job_kind kind, int64_t id, enum pq_check check,
    enum pq_status status, const struct pq_msg_verdict *named)
{
	give_verdict_by_rule(kind, id, check, "", status, named);
}

static inline void
give_verdict_with(enum pq_job_kind kind, int64_t id, enum pq_status status,
    const struct pq_msg_verdict *named)
{
	give_verdict_of_check(kind, id, PQ_CHECK_SOURCE_VERSION, status, named);
}

static inline void
give_verdict_as(enum pq_job_kind kind, int64_t id, enum pq_status status,
    const char *tag_object)
{
	const struct pq_msg_verdict v = {
		.digest = PQ_SLICE_LIT(DIGEST),
		.tag_object = pq_slice_str(tag_object),
	};

	give_verdict_with(kind, id, status, &v);
}

static inline int64_t
count_proofs(void)
{
	return count_rows("SELECT count(*) FROM proofs WHERE release = 1");
}

/* Let alice approve release @id. */
static inline void
add_approval(int64_t id)
{
	pq_store_do(&w.store,
	    "INSERT INTO approvals SELECT id, 'alice', digest,"
	    " policy_hash, 1, '' FROM releases WHERE id = ?",
	    "i", id);
	assert_int_equal(w.store.fault, 0);
}

#endif
