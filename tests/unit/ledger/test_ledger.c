/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "warden/audit.h"
#include "warden/ledger.h"
#include "warden/ledger_approvals.h"
#include "warden/ledger_callbacks.h"
#include "warden/ledger_holds.h"
#include "warden/ledger_looks.h"
#include "warden/ledger_releases.h"
#include "warden/ledger_tags.h"

static char dir[] = "/tmp/pq-ledger-XXXXXX";
static char path[64];

static void
fresh(struct pq_store *s)
{
	struct pq_err err = PQ_ERR_INIT;

	(void)unlink(path);
	if (pq_ledger_open(s, path, &err) < 0)
		fail_msg("%s", err.text);
}

static void
audit(struct pq_store *s, const char *event)
{
	struct pq_audit a = {
		.actor = "test", .event = event, .service = "web", .detail = ""
	};

	struct pq_audit_head head;

	assert_int_equal(pq_audit_load(&head, s), 0);
	assert_int_equal(pq_store_begin(s), 0);
	assert_int_equal(pq_audit_append(s, &head, &a), 0);
	assert_int_equal(pq_audit_seal(s, &head), 0);
	assert_int_equal(pq_store_commit(s), 0);
}

static void
test_ledger__delivery_is_unique(void **state)
{
	struct pq_callback cb = { .body = PQ_SLICE_LIT("{}") };
	struct pq_callback other = { .body = PQ_SLICE_LIT("{ }") };
	struct pq_store s;

	(void)state;
	fresh(&s);
	assert_int_equal(pq_ledger_callback_add(
			     &s, 1, "web", PQ_SCHEME_GITHUB, "d1", &cb, "r", 1),
	    PQ_INSERT_NEW);
	/* github does not sign its id: a changed header makes no duplicate */
	assert_int_equal(pq_ledger_callback_add(&s, 2, "web", PQ_SCHEME_GITHUB,
			     "d1", &other, "r", 1),
	    PQ_INSERT_NEW);
	/* a replay under another, unsigned, delivery id */
	assert_int_equal(pq_ledger_callback_add(
			     &s, 3, "web", PQ_SCHEME_GITHUB, "d2", &cb, "r", 1),
	    PQ_INSERT_DUPLICATE);
	assert_int_equal(pq_ledger_callback_add(
			     &s, 4, "api", PQ_SCHEME_GITHUB, "d1", &cb, "r", 1),
	    PQ_INSERT_NEW);
	assert_int_equal(pq_ledger_callback_add(&s, 5, "web",
			     PQ_SCHEME_STANDARD, "m1", &cb, "r", 1),
	    PQ_INSERT_NEW);
	assert_int_equal(pq_ledger_callback_add(&s, 6, "web",
			     PQ_SCHEME_STANDARD, "m1", &other, "r", 1),
	    PQ_INSERT_DUPLICATE);
	assert_int_equal(pq_ledger_last_id(&s), 5);
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
	fresh(&s);
	r.clock.served_ms = 1234;
	assert_int_equal(pq_store_begin(&s), 0);
	assert_int_equal(pq_ledger_release_add(&s, &r), 0);
	assert_int_equal(pq_store_commit(&s), 0);
	assert_int_equal(pq_store_begin(&s), 0);
	r.state = PQ_STATE_LIVE;
	assert_int_equal(pq_ledger_release_save(&s, &r), 0);
	pq_store_rollback(&s); /* never committed: never happened */
	pq_store_close(&s);
	assert_int_equal(pq_ledger_open(&s, path, &err), 0);
	assert_int_equal(pq_ledger_release(&s, 7, &got), 1);
	assert_int_equal(got.state, PQ_STATE_QUARANTINED);
	assert_int_equal(got.clock.served_ms, 1234);
	assert_string_equal(got.digest, "sha256:aa");
	pq_store_close(&s);
}

/* a release adopts the tag under which it was examined */
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
	fresh(&s);
	assert_int_equal(pq_store_begin(&s), 0);
	assert_int_equal(pq_ledger_release_add(&s, &r), 0);
	(void)snprintf(r.tag, sizeof(r.tag), "1.2.3");
	r.next_try = 11;
	(void)snprintf(r.container, sizeof(r.container), "c0ffee");
	assert_int_equal(pq_ledger_release_save(&s, &r), 0);
	assert_int_equal(pq_store_commit(&s), 0);
	assert_int_equal(pq_ledger_release(&s, 7, &got), 1);
	assert_string_equal(got.tag, "1.2.3");
	assert_string_equal(got.container, "c0ffee");
	assert_int_equal(got.next_try, 11);
	pq_store_close(&s);
}

/* What was answered is not read once more, also not after a restart. */
static void
test_ledger__a_callback_ends_once(void **state)
{
	struct pq_callback cb = { .body = PQ_SLICE_LIT("{}") };
	struct pq_received r;
	struct pq_store s;

	(void)state;
	fresh(&s);
	assert_int_equal(pq_ledger_callback_add(
			     &s, 1, "web", PQ_SCHEME_GITHUB, "d1", &cb, "r", 1),
	    PQ_INSERT_NEW);
	assert_int_equal(pq_ledger_callback_later(&s, 1, 50), 0);
	assert_int_equal(pq_ledger_callback_later(&s, 1, 60), 0);
	assert_int_equal(pq_ledger_callback(&s, 1, &r), 1);
	assert_int_equal(r.tries, 2);
	assert_int_equal(r.bytes, 2);
	assert_int_equal(pq_ledger_callback(&s, 2, &r), 0);
	assert_int_equal(pq_ledger_callback_end(&s, 1, "done", "", 0, 3), 0);
	assert_int_equal(pq_ledger_callback(&s, 1, &r), 0);
	pq_store_close(&s);
}

static void
test_ledger__audit_chain_detects_change(void **state)
{
	struct pq_store s;
	int64_t seq = 0;

	(void)state;
	fresh(&s);
	for (int i = 0; i < 5; i++)
		audit(&s, "event");
	assert_int_equal(pq_audit_verify(&s, &seq), 0);
	assert_int_equal(seq, 5);
	/* as somebody with the file, but without us, would do */
	assert_int_equal(
	    pq_store_do(&s, "DROP TRIGGER audit_no_update", ""), 0);
	assert_int_equal(
	    pq_store_do(&s, "UPDATE audit SET actor = 'x' WHERE seq = 3", ""),
	    0);
	assert_int_equal(pq_audit_verify(&s, &seq), 1);
	assert_int_equal(seq, 3);
	pq_store_close(&s);
}

static void
test_ledger__audit_chain_detects_cut(void **state)
{
	struct pq_store s;
	int64_t seq = 0;

	(void)state;
	fresh(&s);
	for (int i = 0; i < 5; i++)
		audit(&s, "event");
	assert_int_equal(
	    pq_store_do(&s, "DROP TRIGGER audit_no_delete", ""), 0);
	assert_int_equal(
	    pq_store_do(&s, "DELETE FROM audit WHERE seq = 5", ""), 0);
	assert_int_equal(pq_audit_verify(&s, &seq), 1);
	pq_store_close(&s);
}

/* As somebody with the file, but without us, would do; and back again. */
static void
chain_breaks(struct pq_store *s, const char *change, const char *back)
{
	int64_t seq = 0;

	assert_int_equal(pq_store_do(s, change, ""), 0);
	if (pq_audit_verify(s, &seq) != 1)
		fail_msg("%s: not seen", change);
	assert_int_equal(pq_store_do(s, back, ""), 0);
	assert_int_equal(pq_audit_verify(s, &seq), 0);
	assert_int_equal(seq, 3);
}

static void
test_ledger__audit_chain_covers_every_column(void **state)
{
#define SET(what) "UPDATE audit SET " what " WHERE seq = 2"
#define NUMBER(c)                                            \
	{                                                    \
		SET(c " = " c " + 1"), SET(c " = " c " - 1") \
	}
#define TEXT(c)                                                         \
	{                                                               \
		SET(c " = " c " || 'x'"), SET(c " = rtrim(" c ", 'x')") \
	}
	/* each a text of its own: the store knows one by its address */
	static const char *const v[][2] = { NUMBER("wall_ms"),
		NUMBER("boot_ms"), TEXT("boot_id"), TEXT("actor"),
		TEXT("event"), TEXT("service"), NUMBER("release"),
		TEXT("detail") };
	struct pq_store s;
	size_t i;

	(void)state;
	fresh(&s);
	for (i = 0; i < 3; i++)
		audit(&s, "event");
	assert_int_equal(
	    pq_store_do(&s, "DROP TRIGGER audit_no_update", ""), 0);
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		chain_breaks(&s, v[i][0], v[i][1]);
	/* nor does a letter go from one text to the next */
	chain_breaks(&s,
	    "UPDATE audit SET actor = 'teste', event = 'vent' WHERE seq = 2",
	    "UPDATE audit SET actor = 'test', event = 'event' WHERE seq = 2");
	chain_breaks(&s, "UPDATE audit SET seq = 4 WHERE seq = 3",
	    "UPDATE audit SET seq = 3 WHERE seq = 4");
	chain_breaks(&s,
	    "UPDATE audit SET hash = CAST(hash || 'x' AS BLOB) WHERE seq = 3",
	    "UPDATE audit SET hash = substr(hash, 1, 32) WHERE seq = 3");
	/* the head says how many rows there are, and the last one's hash */
	chain_breaks(&s, "UPDATE audit_head SET seq = seq + 1",
	    "UPDATE audit_head SET seq = seq - 1");
	chain_breaks(&s,
	    "UPDATE audit_head SET hash = (SELECT hash FROM audit"
	    " WHERE seq = 2)",
	    "UPDATE audit_head SET hash = (SELECT hash FROM audit"
	    " WHERE seq = 3)");
	chain_breaks(&s,
	    "UPDATE audit_head SET hash = CAST(hash || 'x' AS BLOB)",
	    "UPDATE audit_head SET hash = (SELECT hash FROM audit"
	    " WHERE seq = 3)");
	assert_int_equal(s.fault, 0);
	pq_store_close(&s);
}

/* Rows that are whole in themselves, but follow upon others. */
static void
test_ledger__audit_chain_is_a_chain(void **state)
{
	struct pq_audit a = {
		.actor = "test", .event = "e", .service = "web", .detail = ""
	};
	struct pq_audit_head head;
	struct pq_store s;
	int64_t seq = 0;

	(void)state;
	fresh(&s);
	audit(&s, "event");
	assert_int_equal(pq_audit_load(&head, &s), 0);
	head.hash[0] ^= 1;
	assert_int_equal(pq_audit_append(&s, &head, &a), 0);
	assert_int_equal(pq_audit_seal(&s, &head), 0);
	assert_int_equal(pq_audit_verify(&s, &seq), 1);
	assert_int_equal(seq, 2);
	assert_int_equal(pq_store_do(&s, "DELETE FROM audit_head", ""), 0);
	assert_int_equal(pq_audit_verify(&s, &seq), 1);
	assert_int_equal(pq_audit_load(&head, &s), -PQ_ESTORE);
	pq_store_close(&s);
}

/* Logs that were written before are verified by what is written now. */
static void
test_ledger__audit_hash_is_as_documented(void **state)
{
	struct pq_audit a = {
		.at = { INT64_C(1700000000123), 4567, "boot" },
		.actor = "alice",
		.event = "release.approved",
		.service = "web",
		.release = 7,
		.detail = "ok",
	};
	char hex[2 * PQ_AUDIT_HASH + 1];
	struct pq_audit_head head;
	struct pq_store s;

	(void)state;
	fresh(&s);
	assert_int_equal(pq_audit_load(&head, &s), 0);
	assert_int_equal(pq_audit_append(&s, &head, &a), 0);
	pq_hex_encode(hex, pq_slice(head.hash, sizeof(head.hash)));
	assert_string_equal(hex,
	    "7d44e6e14e5f582607bda2ef42218ba4eacd5a2f5cd7220f60812bfafb6cae73");
	pq_store_close(&s);
}

static void
test_ledger__audit_loses_nothing_that_is_too_long(void **state)
{
	static char detail[9000];
	struct pq_audit a = { .actor = "test", .event = "e", .service = "web" };
	struct pq_audit_head head;
	struct pq_store s;

	(void)state;
	memset(detail, 'x', sizeof(detail) - 1);
	a.detail = detail;
	fresh(&s);
	assert_int_equal(pq_audit_load(&head, &s), 0);
	assert_int_equal(pq_store_begin(&s), 0);
	assert_true(pq_audit_append(&s, &head, &a) < 0);
	assert_int_equal(head.seq, 0);
	/* so what it would have told of is not committed either */
	assert_true(pq_store_commit(&s) < 0);
	pq_store_close(&s);
}

/* two rows, sealed once; without the seal the chain has rows too many */
static void
test_ledger__audit_head_is_sealed(void **state)
{
	struct pq_audit a = {
		.actor = "test", .event = "e", .service = "web", .detail = ""
	};
	struct pq_audit_head head;
	struct pq_store s;
	int64_t seq;

	(void)state;
	fresh(&s);
	assert_int_equal(pq_audit_load(&head, &s), 0);
	assert_int_equal(pq_audit_append(&s, &head, &a), 0);
	assert_int_equal(pq_audit_append(&s, &head, &a), 0);
	assert_int_equal(pq_audit_verify(&s, &seq), 1);
	assert_int_equal(pq_audit_seal(&s, &head), 0);
	assert_int_equal(pq_audit_verify(&s, &seq), 0);
	assert_int_equal(seq, 2);
	assert_int_equal(pq_audit_load(&head, &s), 0);
	assert_int_equal(head.seq, 2);
	pq_store_close(&s);
}

static void
test_ledger__audit_rows_cannot_be_deleted(void **state)
{
	struct pq_store s;

	(void)state;
	fresh(&s);
	audit(&s, "event");
	assert_true(pq_store_do(&s, "DELETE FROM audit", "") < 0);
	/* and the fault is final */
	assert_true(pq_store_begin(&s) < 0);
	pq_store_close(&s);
}

static void
test_ledger__moved_tag_is_seen(void **state)
{
	char was[PQ_DIGEST_TEXT] = "";
	struct pq_store s;

	(void)state;
	fresh(&s);
	assert_int_equal(
	    pq_ledger_tag_seen(&s, "web", "git", "v1", "aa", 1, was), 0);
	assert_int_equal(
	    pq_ledger_tag_seen(&s, "web", "git", "v1", "aa", 2, was), 0);
	assert_int_equal(
	    pq_ledger_tag_seen(&s, "web", "git", "v1", "bb", 3, was), 1);
	assert_string_equal(was, "aa");
	pq_store_close(&s);
}

static void
test_ledger__operator_hold_keeps_alarm(void **state)
{
	char why[PQ_REASON_TEXT];
	struct pq_store s;

	(void)state;
	fresh(&s);
	assert_int_equal(pq_ledger_held(&s, "web", why), 0);
	assert_int_equal(pq_ledger_hold(&s, "web", "w", "moved", true, 1), 0);
	assert_int_equal(pq_ledger_hold(&s, "web", "bob", "x", false, 2), 0);
	assert_int_equal(pq_ledger_held(&s, "web", why), 2);
	assert_string_equal(why, "moved");
	pq_store_close(&s);
}

/* whoever may call back must not be able to open looks without end */
static void
test_ledger__counts_the_open_looks_of_a_service(void **state)
{
	struct pq_look l = { .service = "web", .state = PQ_LOOK_OPEN };
	struct pq_store s;

	(void)state;
	fresh(&s);
	assert_int_equal(pq_store_begin(&s), 0);
	for (l.id = 1; l.id <= 3; l.id++) {
		(void)snprintf(l.tag, sizeof(l.tag), "1.%d", (int)l.id);
		assert_int_equal(pq_ledger_look_add(&s, &l), 0);
	}
	(void)snprintf(l.service, sizeof(l.service), "api");
	assert_int_equal(pq_ledger_look_add(&s, &l), 0);
	assert_int_equal(pq_ledger_looks_open(&s, "web"), 3);
	l.id = 2;
	(void)snprintf(l.state, sizeof(l.state), "done");
	assert_int_equal(pq_ledger_look_save(&s, &l), 0);
	assert_int_equal(pq_ledger_looks_open(&s, "web"), 2);
	assert_int_equal(pq_store_commit(&s), 0);
	pq_store_close(&s);
}

static void
approve(struct pq_store *s, int64_t release, const char *operator)
{
	assert_int_equal(
	    pq_store_do(s, "INSERT INTO approvals VALUES(?,?,?,?,?,?)",
		"isssis", release, operator, "sha256:aa", "p", 1, ""),
	    0);
}

/* an approval of what was examined before is none of what is examined now */
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
	fresh(&s);
	other.id = 8;
	(void)snprintf(other.service, sizeof(other.service), "api");
	assert_int_equal(pq_store_begin(&s), 0);
	assert_int_equal(pq_ledger_release_add(&s, &r), 0);
	assert_int_equal(pq_ledger_release_add(&s, &other), 0);
	approve(&s, 7, "alice");
	approve(&s, 7, "bob");
	approve(&s, 8, "alice");
	assert_int_equal(pq_ledger_approvals(&s, &r), 2);
	assert_int_equal(pq_ledger_approvals_drop(&s, 7), 0);
	assert_int_equal(pq_ledger_approvals(&s, &r), 0);
	assert_int_equal(pq_ledger_approvals(&s, &other), 1);
	assert_int_equal(pq_store_commit(&s), 0);
	pq_store_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ledger__delivery_is_unique),
		cmocka_unit_test(test_ledger__survives_a_restart),
		cmocka_unit_test(test_ledger__release_save_keeps_the_tag),
		cmocka_unit_test(test_ledger__a_callback_ends_once),
		cmocka_unit_test(test_ledger__audit_chain_detects_change),
		cmocka_unit_test(test_ledger__audit_chain_detects_cut),
		cmocka_unit_test(test_ledger__audit_chain_covers_every_column),
		cmocka_unit_test(test_ledger__audit_chain_is_a_chain),
		cmocka_unit_test(test_ledger__audit_hash_is_as_documented),
		cmocka_unit_test(
		    test_ledger__audit_loses_nothing_that_is_too_long),
		cmocka_unit_test(test_ledger__audit_head_is_sealed),
		cmocka_unit_test(test_ledger__audit_rows_cannot_be_deleted),
		cmocka_unit_test(test_ledger__moved_tag_is_seen),
		cmocka_unit_test(test_ledger__operator_hold_keeps_alarm),
		cmocka_unit_test(
		    test_ledger__counts_the_open_looks_of_a_service),
		cmocka_unit_test(
		    test_ledger__approvals_end_with_the_examination),
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
