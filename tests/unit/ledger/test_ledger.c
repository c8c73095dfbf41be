/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger keeps its rows, also after it is opened again. */
#include "ledger.h"

#include "warden/ledger_approvals.h"
#include "warden/ledger_attempts.h"
#include "warden/ledger_callbacks.h"
#include "warden/ledger_findings.h"
#include "warden/ledger_holds.h"
#include "warden/ledger_looks.h"
#include "warden/ledger_releases.h"
#include "warden/ledger_tags.h"
#include "support/files.h"

static void
test_ledger__delivery_is_unique(void **state)
{
	struct pq_callback cb = { .body = PQ_SLICE_LIT("{}") };
	struct pq_callback other = { .body = PQ_SLICE_LIT("{ }") };
	struct pq_store s;

	(void)state;
	open_ledger(&s);
	assert_int_equal(pq_ledger_callback_add(&s, 1, "web", PQ_SCHEME_GITHUB,
			     "d1", &cb, "r", 1, 1),
	    PQ_INSERT_NEW);
	/* GitHub does not sign the id: an equal id is not a duplicate */
	assert_int_equal(pq_ledger_callback_add(&s, 2, "web", PQ_SCHEME_GITHUB,
			     "d1", &other, "r", 1, 1),
	    PQ_INSERT_NEW);
	/* a replay of the body with another unsigned delivery id */
	assert_int_equal(pq_ledger_callback_add(&s, 3, "web", PQ_SCHEME_GITHUB,
			     "d2", &cb, "r", 1, 1),
	    PQ_INSERT_DUPLICATE);
	assert_int_equal(pq_ledger_callback_add(&s, 4, "api", PQ_SCHEME_GITHUB,
			     "d1", &cb, "r", 1, 1),
	    PQ_INSERT_NEW);
	assert_int_equal(pq_ledger_callback_add(&s, 5, "web",
			     PQ_SCHEME_STANDARD, "m1", &cb, "r", 1, 1),
	    PQ_INSERT_NEW);
	assert_int_equal(pq_ledger_callback_add(&s, 6, "web",
			     PQ_SCHEME_STANDARD, "m1", &other, "r", 1, 1),
	    PQ_INSERT_DUPLICATE);
	assert_int_equal(pq_ledger_last_id(&s), 5);
	pq_store_close(&s);
}

/*
 * Open a ledger that programs of an older schema wrote; see make-ledger.sh.
 * @more: SQL that changes it before the migration
 */
static void
open_schema(struct pq_store *s, size_t schema, const char *more)
{
	static char sql[1 << 16];
	const char *const before[] = { "", "", "", "", "", sql };
	char name[64];
	struct pq_buf b;
	struct pq_err err = PQ_ERR_INIT;

	(void)snprintf(name, sizeof(name), "ledger/schema-%zu.sql", schema);
	b = fixture(name);
	assert_true(b.n > 0 && b.n < sizeof(sql) / 2);
	(void)snprintf(sql, sizeof(sql), "%.*s%s", (int)b.n, (char *)b.p, more);
	pq_buf_free(&b);
	(void)unlink(path);
	if (pq_store_open(s, path, before + 6 - schema, schema, &err) != 0)
		fail_msg("%s", err.text);
	pq_store_close(s);
	if (pq_ledger_open(s, path, &err) != 0)
		fail_msg("%s", err.text);
}

static void
open_schema_4(struct pq_store *s)
{
	open_schema(s, 4, "");
}

static bool
is_as_it_was(void *arg, const struct pq_callback_unread *c)
{
	int *n = arg;

	assert_true(pq_slice_eq_str(c->service, "web"));
	assert_true(pq_slice_starts(c->delivery, "msg_"));
	assert_true(pq_slice_eq_str(c->content_type, "application/json"));
	assert_true(pq_slice_starts(
	    c->body, "{\"image\":\"127.0.0.1:5000/acme/web:1.1.0\""));
	assert_int_equal(
	    c->scheme, *n == 0 ? PQ_SCHEME_GITHUB : PQ_SCHEME_STANDARD);
	assert_true(pq_slice_eq_str(c->event, *n == 0 ? "pratique" : ""));
	(*n)++;
	return true;
}

static void
test_ledger__migrates_the_backlog_of_schema_4(void **state)
{
	struct pq_store s;
	int n = 0;

	(void)state;
	open_schema_4(&s);
	pq_ledger_callbacks_due(&s, false, INT64_MAX, 10, is_as_it_was, &n);
	assert_int_equal(n, 2);
	assert_int_equal(pq_ledger_last_id(&s), 5);
	assert_int_equal(s.fault, 0);
	pq_store_close(&s);
}

/* Parked callbacks were accepted: verify reads them, as all others. */
static void
test_ledger__migrates_parked_callbacks_of_schema_6(void **state)
{
	int64_t ids[8];
	struct pq_store s;
	struct pq_look l;
	int n = 0;

	(void)state;
	open_schema(&s, 6,
	    "UPDATE callbacks SET parked = 1 WHERE id = 4;"
	    "UPDATE callbacks SET parked = 2 WHERE id = 5;"
	    "INSERT INTO looks(id, service, tag, state, reason, opened,"
	    " changed, next_try, deadline, tries, release)"
	    " VALUES(6, 'web', '2.0.0', 'resolving', '', 1, 1, 1, 1, 0, 0);");
	pq_ledger_callbacks_due(&s, false, INT64_MAX, 10, is_as_it_was, &n);
	assert_int_equal(n, 2);
	/* look 2 was asked before, and look 6 was not */
	assert_int_equal(pq_ledger_look_read(&s, 2, &l), 1);
	assert_int_equal(l.turn, 0);
	assert_int_equal(l.mark, PQ_MARK_UNKNOWN);
	assert_false(l.lapsed);
	assert_int_equal(pq_ledger_look_again(&s, "web", false, INT64_MAX), 2);
	assert_int_equal(
	    pq_ledger_looks_first(&s, "web", false, INT64_MAX, ids, 8), 1);
	assert_int_equal(ids[0], 6);
	assert_int_equal(pq_ledger_look_read(&s, 6, &l), 1);
	assert_int_equal(l.since, l.turn);
	assert_int_equal(s.fault, 0);
	pq_store_close(&s);
}

/* Add a copy of callback @id, with another body or delivery id if given. */
static enum pq_insert
add_copy(struct pq_store *s, int64_t id, const char *delivery, const char *body)
{
	static int64_t next = 100;
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT scheme, delivery, body FROM callbacks WHERE id = ?", "i",
	    id);
	struct pq_callback cb = { .content_type = { NULL, 0 } };
	char kept[129], text[512];
	enum pq_scheme scheme;

	assert_int_equal(pq_store_next(s, st), 1);
	scheme = (enum pq_scheme)sqlite3_column_int(st, 0);
	pq_store_text(st, 1, kept, sizeof(kept));
	pq_store_text(st, 2, text, sizeof(text));
	pq_store_done(st);
	cb.body = pq_slice_str(body != NULL ? body : text);
	return pq_ledger_callback_add(s, next++, "web", scheme,
	    delivery != NULL ? delivery : kept, &cb, "r", 1, 1);
}

/* The schemes identify callbacks as before: by the body or the signed id. */
static void
test_ledger__migrates_the_uniqueness_of_schema_4(void **state)
{
	struct pq_store s;

	(void)state;
	open_schema_4(&s);
	assert_int_equal(add_copy(&s, 4, "another", NULL), PQ_INSERT_DUPLICATE);
	assert_int_equal(add_copy(&s, 4, NULL, "{}"), PQ_INSERT_NEW);
	assert_int_equal(add_copy(&s, 5, NULL, "{}"), PQ_INSERT_DUPLICATE);
	assert_int_equal(add_copy(&s, 5, "another", NULL), PQ_INSERT_NEW);
	/* final state: the body was deleted, but its hash is kept */
	assert_int_equal(add_copy(&s, 3, NULL, "{}"), PQ_INSERT_DUPLICATE);
	pq_store_close(&s);
}

/* The column id_signed decides; the row of the scheme fills it. */
static void
test_ledger__stores_whether_the_id_is_signed(void **state)
{
	struct pq_callback cb = { .body = PQ_SLICE_LIT("{}") };
	struct pq_store s;
	char service[16];
	unsigned i;

	(void)state;
	open_ledger(&s);
	for (i = PQ_SCHEME_NONE + 1; i < PQ_SCHEME_END; i++) {
		(void)snprintf(service, sizeof(service), "web-%u", i);
		assert_int_equal(pq_ledger_callback_add(&s, i, service,
				     (enum pq_scheme)i, "d", &cb, "r", 1, 1),
		    PQ_INSERT_NEW);
		assert_int_equal(pq_store_int(&s, -1,
				     "SELECT id_signed FROM callbacks"
				     " WHERE id = ?",
				     "i", (int64_t)i),
		    pq_scheme_row((enum pq_scheme)i)->id_signed);
	}
	pq_store_do(&s,
	    "UPDATE callbacks SET scheme = 99 WHERE scheme ="
	    " ?",
	    "i", (int64_t)PQ_SCHEME_GITHUB);
	assert_int_equal(s.fault, 0);
	assert_int_equal(pq_ledger_callback_add(&s, 90, "web-1",
			     PQ_SCHEME_GITHUB, "e", &cb, "r", 1, 1),
	    PQ_INSERT_DUPLICATE);
	assert_int_equal(pq_ledger_callback_add(&s, 91, "web", PQ_SCHEME_NONE,
			     "f", &cb, "r", 1, 1),
	    PQ_INSERT_NONE);
	pq_store_close(&s);
}

static void
test_ledger__survives_a_restart(void **state)
{
	struct pq_release r = { .id = 7,
		.service = "web",
		.tag = "1.0.0",
		.digest = "sha256:aa",
		.state = PQ_STATE_QUARANTINED },
			  got;
	struct pq_err err = PQ_ERR_INIT;
	struct pq_store s;

	(void)state;
	open_ledger(&s);
	r.clock.served_ms = 1234;
	pq_store_begin(&s);
	pq_ledger_release_add(&s, &r);
	assert_int_equal(s.fault, 0);
	assert_int_equal(pq_store_commit(&s), 0);
	pq_store_begin(&s);
	r.state = PQ_STATE_LIVE;
	pq_ledger_release_save(&s, &r);
	assert_int_equal(s.fault, 0);
	pq_store_rollback(&s); /* never committed */
	pq_store_close(&s);
	assert_int_equal(pq_ledger_open(&s, path, &err), 0);
	assert_int_equal(pq_ledger_release_read(&s, 7, &got), 1);
	assert_int_equal(got.state, PQ_STATE_QUARANTINED);
	assert_int_equal(got.clock.served_ms, 1234);
	assert_string_equal(got.digest, "sha256:aa");
	pq_store_close(&s);
}

/* A release gets the tag under which it was examined. */
static void
test_ledger__release_save_keeps_the_tag(void **state)
{
	struct pq_release r = { .id = 7,
		.service = "web",
		.tag = "1",
		.digest = "sha256:aa",
		.state = PQ_STATE_FETCHING },
			  got;
	struct pq_store s;

	(void)state;
	open_ledger(&s);
	pq_store_begin(&s);
	pq_ledger_release_add(&s, &r);
	assert_int_equal(s.fault, 0);
	(void)snprintf(r.tag, sizeof(r.tag), "1.2.3");
	r.next_try = 11;
	(void)snprintf(r.container, sizeof(r.container), "c0ffee");
	pq_ledger_release_save(&s, &r);
	assert_int_equal(s.fault, 0);
	assert_int_equal(pq_store_commit(&s), 0);
	assert_int_equal(pq_ledger_release_read(&s, 7, &got), 1);
	assert_string_equal(got.tag, "1.2.3");
	assert_string_equal(got.container, "c0ffee");
	assert_int_equal(got.next_try, 11);
	pq_store_close(&s);
}

/* A callback with a final state is not read again, even after a restart. */
static void
test_ledger__a_callback_has_one_final_state(void **state)
{
	struct pq_callback cb = { .body = PQ_SLICE_LIT("{}") };
	struct pq_received r;
	struct pq_store s;

	(void)state;
	open_ledger(&s);
	assert_int_equal(pq_ledger_callback_add(&s, 1, "web", PQ_SCHEME_GITHUB,
			     "d1", &cb, "r", 1, 1),
	    PQ_INSERT_NEW);
	pq_ledger_callback_later(&s, 1, 50);
	assert_int_equal(s.fault, 0);
	pq_ledger_callback_later(&s, 1, 60);
	assert_int_equal(s.fault, 0);
	assert_int_equal(pq_ledger_callback_read(&s, 1, &r), 1);
	assert_int_equal(r.tries, 2);
	assert_int_equal(r.bytes, 2);
	assert_int_equal(pq_ledger_callback_read(&s, 2, &r), 0);
	pq_ledger_callback_end(&s, 1, "done", "", 0, 3);
	assert_int_equal(s.fault, 0);
	assert_int_equal(pq_ledger_callback_read(&s, 1, &r), 0);
	pq_store_close(&s);
}

static void
test_ledger__reports_a_moved_tag(void **state)
{
	char was[PQ_DIGEST_TEXT] = "";
	struct pq_store s;

	(void)state;
	open_ledger(&s);
	assert_int_equal(
	    pq_ledger_tag_record(&s, "web", "git", "v1", "aa", 1, was), 0);
	assert_int_equal(
	    pq_ledger_tag_record(&s, "web", "git", "v1", "aa", 2, was), 0);
	assert_int_equal(
	    pq_ledger_tag_record(&s, "web", "git", "v1", "bb", 3, was), 1);
	assert_string_equal(was, "aa");
	pq_store_close(&s);
}

static void
test_ledger__a_hold_does_not_replace_an_alarm(void **state)
{
	char why[PQ_REASON_TEXT];
	struct pq_store s;

	(void)state;
	open_ledger(&s);
	assert_int_equal(pq_ledger_held(&s, "web", why), 0);
	pq_ledger_hold_set(&s, "web", "w", "moved", true, 1);
	assert_int_equal(s.fault, 0);
	pq_ledger_hold_set(&s, "web", "bob", "x", false, 2);
	assert_int_equal(s.fault, 0);
	assert_int_equal(pq_ledger_held(&s, "web", why), 2);
	assert_string_equal(why, "moved");
	pq_store_close(&s);
}

static void
keep_share(void *arg, const struct pq_looks_share *row)
{
	struct pq_looks_share *ret = arg;

	if (strcmp(row->service, "web") == 0)
		*ret = *row;
}

/* A sender of callbacks must not be able to open looks without limit. */
static void
test_ledger__counts_the_open_looks_of_a_service(void **state)
{
	struct pq_look l = { .service = "web", .state = PQ_LOOK_OPEN };
	struct pq_looks_share share = { .open = 0 };
	struct pq_store s;

	(void)state;
	open_ledger(&s);
	pq_store_begin(&s);
	for (l.id = 1; l.id <= 3; l.id++) {
		(void)snprintf(l.tag, sizeof(l.tag), "1.%d", (int)l.id);
		l.turn = l.id > 1 ? l.id : 0;
		pq_ledger_look_add(&s, &l);
		assert_int_equal(s.fault, 0);
	}
	(void)snprintf(l.service, sizeof(l.service), "api");
	pq_ledger_look_add(&s, &l);
	assert_int_equal(s.fault, 0);
	pq_ledger_looks_shares(&s, keep_share, &share);
	assert_int_equal(share.open, 3);
	assert_int_equal(share.first, 2);
	l.id = 2;
	(void)snprintf(l.state, sizeof(l.state), "done");
	pq_ledger_look_save(&s, &l);
	assert_int_equal(s.fault, 0);
	pq_ledger_looks_shares(&s, keep_share, &share);
	assert_int_equal(share.open, 2);
	assert_int_equal(share.first, 1);
	assert_int_equal(pq_store_commit(&s), 0);
	pq_store_close(&s);
}

static void
add_approval(struct pq_store *s, int64_t release, const char *who)
{
	pq_store_do(s, "INSERT INTO approvals VALUES(?,?,?,?,?,?)", "isssis",
	    release, who, "sha256:aa", "p", 1, "");
	assert_int_equal(s->fault, 0);
}

/* An approval of an earlier examination does not count for the present one. */
static void
test_ledger__approvals_end_with_the_examination(void **state)
{
	struct pq_release r = { .id = 7,
		.service = "web",
		.digest = "sha256:aa",
		.policy_hash = "p",
		.state = PQ_STATE_QUARANTINED };
	struct pq_release other = r;
	struct pq_store s;

	(void)state;
	open_ledger(&s);
	other.id = 8;
	(void)snprintf(other.service, sizeof(other.service), "api");
	pq_store_begin(&s);
	pq_ledger_release_add(&s, &r);
	assert_int_equal(s.fault, 0);
	pq_ledger_release_add(&s, &other);
	assert_int_equal(s.fault, 0);
	add_approval(&s, 7, "alice");
	add_approval(&s, 7, "bob");
	add_approval(&s, 8, "alice");
	assert_int_equal(pq_ledger_approvals_count(&s, &r), 2);
	pq_ledger_approvals_drop(&s, 7);
	assert_int_equal(s.fault, 0);
	assert_int_equal(pq_ledger_approvals_count(&s, &r), 0);
	assert_int_equal(pq_ledger_approvals_count(&s, &other), 1);
	assert_int_equal(pq_store_commit(&s), 0);
	pq_store_close(&s);
}

/* ---- reading --------------------------------------------------------- */

static void
add_release(
    struct pq_store *s, int64_t id, const char *service, enum pq_state state)
{
	struct pq_release r = { .id = id, .state = state };

	(void)snprintf(r.service, sizeof(r.service), "%s", service);
	(void)snprintf(r.digest, sizeof(r.digest), "sha256:%d", (int)id);
	pq_ledger_release_add(s, &r);
	assert_int_equal(s->fault, 0);
}

static void
add_look(struct pq_store *s, int64_t id, int64_t release)
{
	struct pq_look l = { .id = id,
		.service = "web",
		.state = PQ_LOOK_DONE,
		.release = release };

	pq_ledger_look_add(s, &l);
	assert_int_equal(s->fault, 0);
}

/* List the ids as "5 3 1 ". */
static const char *
list_ids(struct pq_store *s, const char *service, const char *state)
{
	static int64_t ids[PQ_LEDGER_LIST];
	static char text[64];
	size_t n = pq_ledger_list(s, service, state, ids), at = 0;
	size_t i;

	text[0] = '\0';
	for (i = 0; i < n; i++)
		at += (size_t)snprintf(
		    text + at, sizeof(text) - at, "%d ", (int)ids[i]);
	return text;
}

static void
test_ledger__lists_the_newest_first(void **state)
{
	struct pq_store s;

	(void)state;
	open_ledger(&s);
	pq_store_begin(&s);
	add_release(&s, 1, "web", PQ_STATE_LIVE);
	add_look(&s, 2, 0);
	add_release(&s, 3, "api", PQ_STATE_REFUSED);
	add_look(&s, 4, 3); /* its release represents it */
	add_release(&s, 5, "web", PQ_STATE_CLEARED);
	assert_string_equal(list_ids(&s, "", ""), "5 3 2 1 ");
	assert_string_equal(list_ids(&s, "web", ""), "5 2 1 ");
	assert_string_equal(list_ids(&s, "", "refused"), "3 ");
	assert_string_equal(list_ids(&s, "web", PQ_LOOK_DONE), "2 ");
	assert_string_equal(list_ids(&s, "none", ""), "");
	assert_int_equal(pq_store_commit(&s), 0);
	pq_store_close(&s);
}

static void
see_attempt(void *arg, const struct pq_attempt_row *row)
{
	char *text = arg;
	size_t n = strlen(text);

	(void)snprintf(text + n, 128 - n, "%d %d %.*s %.*s;", (int)row->id,
	    (int)row->at, (int)row->event.n, (const char *)row->event.p,
	    (int)row->reason.n, (const char *)row->reason.p);
}

/* An attempt begins with the reason for which the last one waited. */
static void
test_ledger__joins_attempts_that_wait_alike(void **state)
{
	struct pq_slice log = pq_slice(NULL, 0);
	char text[128] = "";
	struct pq_store s;

	(void)state;
	open_ledger(&s);
	pq_store_begin(&s);
	add_release(&s, 1, "web", PQ_STATE_DEPLOYING);
	pq_ledger_attempt_begin(&s, 7, 1, 0, 10);
	pq_ledger_attempt_end(
	    &s, 7, PQ_ATTEMPT_WAITING, "no container", log, 20);
	assert_true(pq_ledger_attempt_waited(&s, 7));
	pq_ledger_attempt_begin(&s, 8, 1, 7, 30);
	assert_false(pq_ledger_attempt_waited(&s, 8));
	assert_int_equal(pq_ledger_attempt_before(&s, 8, "a hold"), 0);
	assert_int_equal(pq_ledger_attempt_before(&s, 8, "no container"), 7);
	pq_ledger_attempts_each(&s, 1, see_attempt, text);
	assert_string_equal(text,
	    "7 20 attempt.waiting no container;"
	    "8 30 attempt.started no container;");
	assert_int_equal(pq_ledger_attempt_join(&s, 8, 7, 40), 10);
	text[0] = '\0';
	pq_ledger_attempts_each(&s, 1, see_attempt, text);
	assert_string_equal(text, "8 10 attempt.started no container;");
	assert_int_equal(pq_store_commit(&s), 0);
	pq_store_close(&s);
}

static void
see_document(void *arg, const struct pq_evidence_row *row)
{
	(void)snprintf(arg, 64, "%.*s %d %.*s", (int)row->when.n,
	    (const char *)row->when.p, (int)row->at, (int)row->document.n,
	    (const char *)row->document.p);
}

static void
test_ledger__reads_the_newest_evidence(void **state)
{
	struct pq_slice none = pq_slice(NULL, 0);
	char text[64] = "";
	struct pq_store s;

	(void)state;
	open_ledger(&s);
	pq_store_begin(&s);
	add_release(&s, 1, "web", PQ_STATE_CLEARED);
	assert_int_equal(pq_ledger_evidence_last(&s, 1, see_document, text), 0);
	assert_string_equal(text, "");
	pq_ledger_findings_keep(&s, 1, "first", none, PQ_SLICE_LIT("a"), 5);
	pq_ledger_findings_keep(&s, 1, "second", none, PQ_SLICE_LIT("b"), 9);
	assert_int_equal(pq_ledger_evidence_last(&s, 1, see_document, text), 1);
	assert_string_equal(text, "second 9 b");
	assert_int_equal(pq_store_commit(&s), 0);
	pq_store_close(&s);
}

static void
test_ledger__counts_an_operator_once(void **state)
{
	struct pq_release r = { .id = 7, .state = PQ_STATE_QUARANTINED };
	struct pq_store s;

	(void)state;
	open_ledger(&s);
	pq_store_begin(&s);
	pq_ledger_release_add(&s, &r);
	assert_int_equal(s.fault, 0);
	assert_int_equal(
	    pq_ledger_approval_add(&s, &r, "alice", "", 1), PQ_INSERT_NEW);
	assert_int_equal(pq_ledger_approval_add(&s, &r, "alice", "", 2),
	    PQ_INSERT_DUPLICATE);
	assert_int_equal(
	    pq_ledger_approval_add(&s, &r, "bob", "", 3), PQ_INSERT_NEW);
	assert_int_equal(pq_ledger_approvals_count(&s, &r), 2);
	assert_int_equal(pq_store_commit(&s), 0);
	pq_store_close(&s);
}

/* The hold on all services is not a hold on one: it is lifted separately. */
static void
test_ledger__tells_a_hold_on_one_from_a_hold_on_all(void **state)
{
	char why[PQ_REASON_TEXT];
	struct pq_store s;

	(void)state;
	open_ledger(&s);
	pq_ledger_hold_set(&s, "*", "bob", "all", false, 1);
	assert_int_equal(s.fault, 0);
	pq_ledger_hold_set(&s, "api", "w", "moved", true, 1);
	assert_int_equal(s.fault, 0);
	assert_int_equal(pq_ledger_held(&s, "web", why), PQ_HELD_BY_OPERATOR);
	assert_int_equal(pq_ledger_hold_of(&s, "web"), PQ_HELD_NOT);
	assert_int_equal(pq_ledger_hold_of(&s, "*"), PQ_HELD_BY_OPERATOR);
	assert_int_equal(pq_ledger_hold_of(&s, "api"), PQ_HELD_BY_ALARM);
	pq_ledger_hold_lift(&s, "*");
	assert_int_equal(s.fault, 0);
	assert_int_equal(pq_ledger_held(&s, "web", why), PQ_HELD_NOT);
	pq_store_close(&s);
}

#define TEST(name) cmocka_unit_test(test_ledger__##name)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(delivery_is_unique),
		TEST(survives_a_restart),
		TEST(release_save_keeps_the_tag),
		TEST(a_callback_has_one_final_state),
		TEST(migrates_the_backlog_of_schema_4),
		TEST(migrates_parked_callbacks_of_schema_6),
		TEST(migrates_the_uniqueness_of_schema_4),
		TEST(stores_whether_the_id_is_signed),
		TEST(reports_a_moved_tag),
		TEST(a_hold_does_not_replace_an_alarm),
		TEST(counts_the_open_looks_of_a_service),
		TEST(approvals_end_with_the_examination),
		TEST(lists_the_newest_first),
		TEST(joins_attempts_that_wait_alike),
		TEST(reads_the_newest_evidence),
		TEST(counts_an_operator_once),
		TEST(tells_a_hold_on_one_from_a_hold_on_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
