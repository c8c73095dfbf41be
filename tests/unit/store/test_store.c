/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/store.h"
#include "support/files.h"
#include "support/temporary.h"

static char path[TEMPORARY_ROOM];

static const char *const scripts[] = {
	"CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER NOT NULL, s TEXT,"
	" b BLOB) STRICT;"
	"CREATE TABLE child(t INTEGER NOT NULL REFERENCES t(id)) STRICT;",
	"ALTER TABLE t ADD COLUMN more TEXT; INSERT INTO t(n) VALUES(41);",
	"CREATE TABLE x(y INTEGER) STRICT; SELECT nonsense;",
};

static int
make_dir(void **state)
{
	if (make_temporary(state) != 0)
		return -1;
	(void)temporary_path(path, "db");
	return 0;
}

static void
remove_files(void)
{
	char side[TEMPORARY_ROOM + 8];

	(void)unlink(path);
	(void)snprintf(side, sizeof(side), "%s-wal", path);
	(void)unlink(side);
	(void)snprintf(side, sizeof(side), "%s-shm", path);
	(void)unlink(side);
}

static void
open_good(struct pq_store *s, size_t n)
{
	struct pq_err err = PQ_ERR_INIT;

	if (pq_store_open(s, path, scripts, n, &err) != 0)
		fail_msg("%s", err.text);
}

static void
open_bad(const char *at, size_t n, const char *why)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_store s;

	assert_int_equal(pq_store_open(&s, at, scripts, n, &err), -PQ_ESTORE);
	if (strstr(err.text, why) == NULL || strstr(err.text, at) == NULL)
		fail_msg("not \"%s\": %s", why, err.text);
	/* a store that failed to open does nothing */
	assert_null(s.db);
	pq_store_begin(&s);
	assert_int_equal(s.fault, -PQ_ESTORE);
	assert_int_equal(pq_store_commit(&s), -PQ_ESTORE);
}

static void
test_store__migrates_step_by_step(void **state)
{
	struct pq_store s;

	(void)state;
	remove_files();
	open_good(&s, 1);
	assert_int_equal(pq_store_int(&s, -1, "PRAGMA user_version", ""), 1);
	assert_int_equal(pq_store_int(&s, -1, "SELECT count(*) FROM t", ""), 0);
	pq_store_close(&s);
	open_good(&s, 2);
	assert_int_equal(pq_store_int(&s, -1, "PRAGMA user_version", ""), 2);
	assert_int_equal(pq_store_int(&s, -1, "SELECT n FROM t", ""), 41);
	pq_store_close(&s);
	/* the second script does not run twice */
	open_good(&s, 2);
	assert_int_equal(pq_store_int(&s, -1, "SELECT count(*) FROM t", ""), 1);
	pq_store_close(&s);
}

static void
test_store__failed_migration_changes_nothing(void **state)
{
	struct pq_store s;

	(void)state;
	remove_files();
	open_bad(path, 3, "nonsense");
	open_good(&s, 2);
	assert_int_equal(pq_store_int(&s, -1, "PRAGMA user_version", ""), 2);
	assert_int_equal(
	    pq_store_int(&s, -1,
		"SELECT count(*) FROM sqlite_schema WHERE name = 'x'", ""),
	    0);
	pq_store_close(&s);
}

/* An older program must not write to a file with a newer schema. */
static void
test_store__refuses_a_newer_file(void **state)
{
	struct pq_store s;

	(void)state;
	remove_files();
	open_good(&s, 2);
	pq_store_close(&s);
	open_bad(path, 1,
	    "schema version 2, but this program supports versions 0 to 1");
	open_good(&s, 2);
	pq_store_do(&s, "PRAGMA user_version=-1", "");
	assert_int_equal(s.fault, 0);
	pq_store_close(&s);
	open_bad(path, 2, "schema version -1");
}

static void
test_store__refuses_a_file_that_is_not_a_database(void **state)
{
	static char junk[8192];

	(void)state;
	remove_files();
	memset(junk, 'j', sizeof(junk));
	write_file(path, junk, sizeof(junk));
	open_bad(path, 1, "file is not a database");
	remove_files();
	open_bad(temporary_dir(), 1, "open");
	open_bad("/nonexistent/db", 1, "open");
}

/* Damage in the middle is found when the file is opened, not at first use. */
static void
test_store__refuses_a_damaged_file(void **state)
{
	static char junk[4096];
	struct pq_store s;
	int64_t i;
	FILE *f;

	(void)state;
	remove_files();
	open_good(&s, 1);
	for (i = 0; i < 200; i++)
		pq_store_do(&s, "INSERT INTO t(n, s) VALUES(?,?)", "is", i,
		    "a text that is long enough: two hundred rows of it fill "
		    "the pages that the test overwrites");
	assert_int_equal(s.fault, 0);
	pq_store_close(&s);
	memset(junk, 0x5a, sizeof(junk));
	f = fopen(path, "r+b");
	assert_non_null(f);
	assert_int_equal(fseek(f, 3 * 4096, SEEK_SET), 0);
	assert_int_equal(fwrite(junk, 1, sizeof(junk), f), sizeof(junk));
	assert_int_equal(fclose(f), 0);
	open_bad(path, 1, "quick_check");
}

/*
 * A link would let a process that can write the directory choose the file that
 * is written.
 */
static void
test_store__refuses_a_symbolic_link(void **state)
{
	char real[TEMPORARY_ROOM];
	struct pq_store s;

	(void)state;
	remove_files();
	open_good(&s, 1);
	pq_store_close(&s);
	(void)temporary_path(real, "real");
	assert_int_equal(rename(path, real), 0);
	assert_int_equal(symlink(real, path), 0);
	open_bad(path, 1, "open");
	(void)unlink(path);
	(void)unlink(real);
}

static void
test_store__has_one_owner(void **state)
{
	struct pq_store s;

	(void)state;
	remove_files();
	open_good(&s, 1);
	open_bad(path, 1, "locked");
	pq_store_close(&s);
	open_good(&s, 1);
	pq_store_close(&s);
}

static void
test_store__applies_the_safe_settings(void **state)
{
	struct pq_store s;

	(void)state;
	remove_files();
	open_good(&s, 1);
	assert_int_equal(pq_store_int(&s, -1, "PRAGMA synchronous", ""), 2);
	assert_int_equal(pq_store_int(&s, -1, "PRAGMA foreign_keys", ""), 1);
	assert_int_equal(pq_store_int(&s, -1, "PRAGMA trusted_schema", ""), 0);
	assert_int_equal(pq_store_int(&s, -1, "PRAGMA cell_size_check", ""), 1);
	/* a hostile schema must not open other files */
	pq_store_do(&s, "ATTACH '/tmp/other' AS o", "");
	assert_int_equal(s.fault, -PQ_ESTORE);
	pq_store_close(&s);
}

static void
test_store__binds_every_kind(void **state)
{
	struct pq_store s;
	sqlite3_stmt *st;
	char text[8];

	(void)state;
	remove_files();
	open_good(&s, 1);
	pq_store_do(&s, "INSERT INTO t(id, n, s, b) VALUES(?,?,?,?)", "iutb",
	    INT64_C(-5), UINT64_MAX, PQ_SLICE_LIT("a text"),
	    PQ_SLICE_LIT("b\0b"));
	assert_int_equal(s.fault, 0);
	assert_int_equal(pq_store_changes(&s), 1);
	pq_store_do(&s, "INSERT INTO t(id, n, s, b) VALUES(?,0,?,?)", "isb",
	    INT64_C(6), NULL, pq_slice(NULL, 0));
	assert_int_equal(s.fault, 0);
	st = pq_store_query(&s, "SELECT n, s, b FROM t ORDER BY id", "");
	assert_int_equal(pq_store_next(&s, st), 1);
	assert_int_equal(sqlite3_column_int64(st, 0), -1);
	pq_store_text(st, 1, text, sizeof(text));
	assert_string_equal(text, "a text");
	pq_store_text(st, 1, text, 4);
	assert_string_equal(text, "a t");
	assert_int_equal(pq_store_blob(st, 2).n, 3);
	assert_int_equal(pq_store_next(&s, st), 1);
	assert_int_equal(sqlite3_column_type(st, 1), SQLITE_NULL);
	assert_int_equal(sqlite3_column_type(st, 2), SQLITE_BLOB);
	assert_int_equal(pq_store_blob(st, 2).n, 0);
	assert_int_equal(pq_store_next(&s, st), 0);
	assert_int_equal(
	    pq_store_int(&s, 9, "SELECT n FROM t WHERE id = ?", "i", 77L), 9);
	assert_int_equal(pq_store_int(&s, 9, "SELECT NULL", ""), 9);
	pq_store_close(&s);
}

/* STRICT: text in a column of integers is a fault at once. */
static void
test_store__refuses_text_in_an_integer_column(void **state)
{
	struct pq_store s;

	(void)state;
	remove_files();
	open_good(&s, 1);
	pq_store_do(&s, "INSERT INTO t(n) VALUES(?)", "s", "five");
	assert_int_equal(s.fault, -PQ_ESTORE);
	assert_non_null(strstr(s.err.text, "cannot store TEXT"));
	pq_store_close(&s);
}

static void
test_store__keeps_the_first_fault(void **state)
{
	struct pq_store s;
	char first[PQ_ERR_TEXT];
	sqlite3_stmt *st;

	(void)state;
	remove_files();
	open_good(&s, 1);
	pq_store_begin(&s);
	pq_store_do(&s, "INSERT INTO t(n) VALUES(?)", "i", INT64_C(1));
	/* violates the foreign key, at the commit at the latest */
	pq_store_do(&s, "INSERT INTO child VALUES(?)", "i", INT64_C(99));
	assert_int_equal(s.fault, -PQ_ESTORE);
	(void)snprintf(first, sizeof(first), "%s", s.err.text);
	assert_non_null(strstr(first, "FOREIGN KEY"));
	pq_store_do(&s, "INSERT INTO t(n) VALUES(2)", "");
	assert_int_equal(s.fault, -PQ_ESTORE);
	pq_store_do(&s, "no SQL at all", "");
	assert_int_equal(s.fault, -PQ_ESTORE);
	assert_string_equal(s.err.text, first);
	st = pq_store_query(&s, "SELECT n FROM t", "");
	assert_null(st);
	assert_int_equal(pq_store_next(&s, st), -PQ_ESTORE);
	assert_int_equal(pq_store_int(&s, 7, "SELECT 1", ""), 7);
	assert_int_equal(pq_store_changes(&s), 0);
	pq_store_begin(&s);
	assert_int_equal(s.fault, -PQ_ESTORE);
	assert_int_equal(pq_store_commit(&s), -PQ_ESTORE);
	pq_store_close(&s);
	/* the valid first half of the transaction is absent too */
	open_good(&s, 1);
	assert_int_equal(pq_store_int(&s, -1, "SELECT count(*) FROM t", ""), 0);
	pq_store_close(&s);
}

static void
test_store__misuse_is_a_fault(void **state)
{
	struct pq_store s;

	(void)state;
	remove_files();
	open_good(&s, 1);
	pq_store_do(&s, "INSERT INTO t(n) VALUES(?)", "z");
	assert_int_equal(s.fault, -PQ_ESTORE);
	pq_store_close(&s);
	open_good(&s, 1);
	assert_int_equal(pq_store_next(&s, NULL), -PQ_ESTORE);
	pq_store_close(&s);
	open_good(&s, 1);
	/* more parameters than the statement has */
	pq_store_do(
	    &s, "INSERT INTO t(n) VALUES(?)", "ii", INT64_C(1), INT64_C(2));
	assert_int_equal(s.fault, -PQ_ESTORE);
	pq_store_close(&s);
}

static void
test_store__rollback_discards_the_transaction(void **state)
{
	struct pq_store s;

	(void)state;
	remove_files();
	open_good(&s, 1);
	pq_store_begin(&s);
	pq_store_begin(&s); /* joins the open one */
	pq_store_do(&s, "INSERT INTO t(n) VALUES(1)", "");
	pq_store_rollback(&s);
	assert_int_equal(pq_store_commit(&s), 0);
	assert_int_equal(pq_store_int(&s, -1, "SELECT count(*) FROM t", ""), 0);
	pq_store_begin(&s);
	pq_store_do(&s, "INSERT INTO t(n) VALUES(1)", "");
	assert_int_equal(pq_store_commit(&s), 0);
	pq_store_close(&s);
	open_good(&s, 1);
	assert_int_equal(pq_store_int(&s, -1, "SELECT count(*) FROM t", ""), 1);
	pq_store_close(&s);
}

/* The cache must compare the SQL text: one buffer may hold two statements. */
static void
test_store__compares_sql_text_in_the_statement_cache(void **state)
{
	struct pq_store s;
	char sql[16];

	(void)state;
	open_good(&s, 1);
	(void)snprintf(sql, sizeof(sql), "SELECT 1");
	assert_int_equal(pq_store_int(&s, -1, sql, ""), 1);
	(void)snprintf(sql, sizeof(sql), "SELECT 2");
	assert_int_equal(pq_store_int(&s, -1, sql, ""), 2);
	(void)snprintf(sql, sizeof(sql), "SELECT 1");
	assert_int_equal(pq_store_int(&s, -1, sql, ""), 1);
	pq_store_close(&s);
}

static void
test_store__keeps_a_bounded_number_of_statements(void **state)
{
	static char sql[PQ_STORE_STATEMENTS + 1][32];
	struct pq_store s;
	size_t i;

	(void)state;
	remove_files();
	open_good(&s, 1);
	for (i = 0; i <= PQ_STORE_STATEMENTS && s.fault == 0; i++) {
		(void)snprintf(sql[i], sizeof(sql[i]), "SELECT %zu", i);
		pq_store_do(&s, sql[i], "");
	}
	assert_int_equal(s.fault, -PQ_ELIMIT);
	pq_store_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_store__migrates_step_by_step),
		cmocka_unit_test(test_store__failed_migration_changes_nothing),
		cmocka_unit_test(test_store__refuses_a_newer_file),
		cmocka_unit_test(
		    test_store__refuses_a_file_that_is_not_a_database),
		cmocka_unit_test(test_store__refuses_a_damaged_file),
		cmocka_unit_test(test_store__refuses_a_symbolic_link),
		cmocka_unit_test(test_store__has_one_owner),
		cmocka_unit_test(test_store__applies_the_safe_settings),
		cmocka_unit_test(test_store__binds_every_kind),
		cmocka_unit_test(test_store__refuses_text_in_an_integer_column),
		cmocka_unit_test(test_store__keeps_the_first_fault),
		cmocka_unit_test(test_store__misuse_is_a_fault),
		cmocka_unit_test(test_store__rollback_discards_the_transaction),
		cmocka_unit_test(
		    test_store__compares_sql_text_in_the_statement_cache),
		cmocka_unit_test(
		    test_store__keeps_a_bounded_number_of_statements),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_temporary);
}
