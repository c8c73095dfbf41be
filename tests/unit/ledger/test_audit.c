/* SPDX-License-Identifier: Apache-2.0 */
/* The audit chain, and the changes that break it. */
#include "ledger.h"

#include "warden/audit.h"

static void
append_row(struct pq_store *s, const char *event)
{
	struct pq_audit a = {
		.actor = "test", .event = event, .service = "web", .detail = ""
	};

	struct pq_audit_head head;

	assert_int_equal(pq_audit_load(&head, s), 0);
	pq_store_begin(s);
	pq_audit_append(s, &head, &a);
	assert_int_equal(s->fault, 0);
	pq_audit_seal(s, &head);
	assert_int_equal(s->fault, 0);
	assert_int_equal(pq_store_commit(s), 0);
}

static void
test_audit__chain_detects_change(void **state)
{
	struct pq_store s;
	int64_t seq = 0;
	int i;

	(void)state;
	open_ledger(&s);
	for (i = 0; i < 5; i++)
		append_row(&s, "event");
	assert_int_equal(pq_audit_verify(&s, &seq), 0);
	assert_int_equal(seq, 5);
	/* as an attacker who can write the file would do */
	pq_store_do(&s, "DROP TRIGGER audit_no_update", "");
	assert_int_equal(s.fault, 0);
	pq_store_do(&s, "UPDATE audit SET actor = 'x' WHERE seq = 3", "");
	assert_int_equal(s.fault, 0);
	assert_int_equal(pq_audit_verify(&s, &seq), 1);
	assert_int_equal(seq, 3);
	pq_store_close(&s);
}

static void
test_audit__chain_detects_cut(void **state)
{
	struct pq_store s;
	int64_t seq = 0;
	int i;

	(void)state;
	open_ledger(&s);
	for (i = 0; i < 5; i++)
		append_row(&s, "event");
	pq_store_do(&s, "DROP TRIGGER audit_no_delete", "");
	assert_int_equal(s.fault, 0);
	pq_store_do(&s, "DELETE FROM audit WHERE seq = 5", "");
	assert_int_equal(s.fault, 0);
	assert_int_equal(pq_audit_verify(&s, &seq), 1);
	pq_store_close(&s);
}

/* Change the file as an attacker would, and undo the change. */
static void
chain_breaks(struct pq_store *s, const char *change, const char *back)
{
	int64_t seq = 0;

	pq_store_do(s, change, "");
	assert_int_equal(s->fault, 0);
	if (pq_audit_verify(s, &seq) != 1)
		fail_msg("%s: not seen", change);
	pq_store_do(s, back, "");
	assert_int_equal(s->fault, 0);
	assert_int_equal(pq_audit_verify(s, &seq), 0);
	assert_int_equal(seq, 3);
}

static void
test_audit__chain_covers_every_column(void **state)
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
	/* literals, because the store caches statements by their address */
	static const char *const v[][2] = { NUMBER("wall_ms"),
		NUMBER("boot_ms"), TEXT("boot_id"), TEXT("actor"),
		TEXT("event"), TEXT("service"), NUMBER("release"),
		TEXT("detail") };
	struct pq_store s;
	size_t i;

	(void)state;
	open_ledger(&s);
	for (i = 0; i < 3; i++)
		append_row(&s, "event");
	pq_store_do(&s, "DROP TRIGGER audit_no_update", "");
	assert_int_equal(s.fault, 0);
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		chain_breaks(&s, v[i][0], v[i][1]);
	/* a letter that moves from one column to the next breaks it too */
	chain_breaks(&s,
	    "UPDATE audit SET actor = 'teste', event = 'vent' WHERE seq = 2",
	    "UPDATE audit SET actor = 'test', event = 'event' WHERE seq = 2");
	chain_breaks(&s, "UPDATE audit SET seq = 4 WHERE seq = 3",
	    "UPDATE audit SET seq = 3 WHERE seq = 4");
	chain_breaks(&s,
	    "UPDATE audit SET hash = CAST(hash || 'x' AS BLOB) WHERE seq = 3",
	    "UPDATE audit SET hash = substr(hash, 1, 32) WHERE seq = 3");
	/* the head holds the number of rows and the hash of the last one */
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

/* A row with a valid hash, but computed from another predecessor. */
static void
test_audit__chain_depends_on_the_previous_row(void **state)
{
	struct pq_audit a = {
		.actor = "test", .event = "e", .service = "web", .detail = ""
	};
	struct pq_audit_head head;
	struct pq_store s;
	int64_t seq = 0;

	(void)state;
	open_ledger(&s);
	append_row(&s, "event");
	assert_int_equal(pq_audit_load(&head, &s), 0);
	head.hash[0] ^= 1;
	pq_audit_append(&s, &head, &a);
	assert_int_equal(s.fault, 0);
	pq_audit_seal(&s, &head);
	assert_int_equal(s.fault, 0);
	assert_int_equal(pq_audit_verify(&s, &seq), 1);
	assert_int_equal(seq, 2);
	pq_store_do(&s, "DELETE FROM audit_head", "");
	assert_int_equal(s.fault, 0);
	assert_int_equal(pq_audit_verify(&s, &seq), 1);
	assert_int_equal(pq_audit_load(&head, &s), -PQ_ESTORE);
	pq_store_close(&s);
}

/* Today's program must verify the logs that older programs wrote. */
static void
test_audit__computes_the_documented_hash(void **state)
{
	struct pq_audit a = {
		.at = { INT64_C(1700000000123), 4567, 4000, "boot" },
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
	open_ledger(&s);
	assert_int_equal(pq_audit_load(&head, &s), 0);
	pq_audit_append(&s, &head, &a);
	assert_int_equal(s.fault, 0);
	pq_hex_encode(hex, pq_slice(head.hash, sizeof(head.hash)));
	assert_string_equal(hex,
	    "7d44e6e14e5f582607bda2ef42218ba4eacd5a2f5cd7220f60812bfafb6cae73");
	pq_store_close(&s);
}

static void
test_audit__refuses_a_row_that_is_too_long(void **state)
{
	static char detail[9000];
	struct pq_audit a = { .actor = "test", .event = "e", .service = "web" };
	struct pq_audit_head head;
	struct pq_store s;

	(void)state;
	memset(detail, 'x', sizeof(detail) - 1);
	a.detail = detail;
	open_ledger(&s);
	assert_int_equal(pq_audit_load(&head, &s), 0);
	pq_store_begin(&s);
	pq_audit_append(&s, &head, &a);
	assert_int_equal(s.fault, -PQ_ELIMIT);
	assert_int_equal(head.seq, 0);
	/* so the change that the row describes cannot be committed either */
	assert_true(pq_store_commit(&s) < 0);
	pq_store_close(&s);
}

/* Two rows and one seal. Before the seal the chain has too many rows. */
static void
test_audit__needs_a_sealed_head(void **state)
{
	struct pq_audit a = {
		.actor = "test", .event = "e", .service = "web", .detail = ""
	};
	struct pq_audit_head head;
	struct pq_store s;
	int64_t seq;

	(void)state;
	open_ledger(&s);
	assert_int_equal(pq_audit_load(&head, &s), 0);
	pq_audit_append(&s, &head, &a);
	assert_int_equal(s.fault, 0);
	pq_audit_append(&s, &head, &a);
	assert_int_equal(s.fault, 0);
	assert_int_equal(pq_audit_verify(&s, &seq), 1);
	pq_audit_seal(&s, &head);
	assert_int_equal(s.fault, 0);
	assert_int_equal(pq_audit_verify(&s, &seq), 0);
	assert_int_equal(seq, 2);
	assert_int_equal(pq_audit_load(&head, &s), 0);
	assert_int_equal(head.seq, 2);
	pq_store_close(&s);
}

static void
test_audit__rows_cannot_be_deleted(void **state)
{
	struct pq_store s;

	(void)state;
	open_ledger(&s);
	append_row(&s, "event");
	pq_store_do(&s, "DELETE FROM audit", "");
	assert_int_equal(s.fault, -PQ_ESTORE);
	/* the fault is final */
	pq_store_begin(&s);
	assert_int_equal(pq_store_commit(&s), -PQ_ESTORE);
	pq_store_close(&s);
}

static void
see_row(void *arg, const struct pq_audit_row *row)
{
	char *text = arg;
	size_t n = strlen(text);

	assert_int_equal(row->hash.n, 2 * PQ_AUDIT_HASH);
	(void)snprintf(text + n, 64 - n, "%d %.*s;", (int)row->seq,
	    (int)row->event.n, (const char *)row->event.p);
}

static void
test_audit__reads_the_rows_after_a_number(void **state)
{
	struct pq_audit b = { .actor = "test",
		.event = "b",
		.service = "web",
		.release = 7,
		.detail = "" };
	struct pq_audit_head head;
	char text[64] = "";
	struct pq_store s;

	(void)state;
	open_ledger(&s);
	append_row(&s, "a");
	assert_int_equal(pq_audit_load(&head, &s), 0);
	pq_audit_append(&s, &head, &b);
	assert_int_equal(s.fault, 0);
	pq_audit_seal(&s, &head);
	assert_int_equal(s.fault, 0);
	append_row(&s, "c");
	assert_int_equal(pq_audit_each(&s, 0, 1, see_row, text), 3);
	assert_string_equal(text, "2 b;3 c;");
	text[0] = '\0';
	assert_int_equal(pq_audit_each(&s, 7, 0, see_row, text), 2);
	assert_string_equal(text, "2 b;");
	assert_int_equal(pq_audit_each(&s, 0, 3, see_row, text), 3);
	assert_string_equal(text, "2 b;");
	pq_store_close(&s);
}

#define TEST(name) cmocka_unit_test(test_audit__##name)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(chain_detects_change),
		TEST(chain_detects_cut),
		TEST(chain_covers_every_column),
		TEST(chain_depends_on_the_previous_row),
		TEST(computes_the_documented_hash),
		TEST(refuses_a_row_that_is_too_long),
		TEST(needs_a_sealed_head),
		TEST(rows_cannot_be_deleted),
		TEST(reads_the_rows_after_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
