/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A SQLite file whose committed transactions survive a power cut.
 *
 * WAL with synchronous=FULL is the only setting that lost no transaction in
 * power-loss trials. One connection with an exclusive lock avoids the WAL-reset
 * bug of older SQLite versions. The lock also keeps every other process from
 * writing the file while its owner runs. The file itself is untrusted
 * (trusted_schema off, defensive, no mmap, cell checks): an attacker who wrote
 * it while the owner was down cannot run code through it.
 *
 * A fault is final. After EIO from fsync the page cache may differ from the
 * disk, so no call is retried on the same connection. The owner exits, and its
 * supervisor starts it again.
 */
#include "store/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void
store_fault(struct pq_store *s, const char *action)
{
	if (s->fault == 0)
		s->fault = pq_err_set(&s->err, PQ_ESTORE, "%s: %s", action,
		    s->db != NULL ? sqlite3_errmsg(s->db)
				  : "out of memory for a connection");
}

static void
store_exec(struct pq_store *s, const char *sql)
{
	if (s->fault)
		return;
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		store_fault(s, "exec");
}

static void
store_harden(struct pq_store *s)
{
	sqlite3_extended_result_codes(s->db, 1);
	sqlite3_busy_timeout(s->db, 2000);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, NULL);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_db_config(
	    s->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	(void)sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
	(void)sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, 64 << 20);
	store_exec(s,
	    "PRAGMA locking_mode=EXCLUSIVE;"
	    "PRAGMA journal_mode=WAL;"
	    "PRAGMA synchronous=FULL;"
	    "PRAGMA foreign_keys=ON;"
	    "PRAGMA cell_size_check=ON;"
	    "PRAGMA mmap_size=0;"
	    "PRAGMA temp_store=MEMORY;"
	    "PRAGMA wal_autocheckpoint=4000;"
	    "BEGIN IMMEDIATE; COMMIT;");
}

/* Refuse the file if SQLite did not accept a setting. */
static void
store_expect(struct pq_store *s, const char *pragma, const char *want)
{
	sqlite3_stmt *st = NULL;
	int ok = 0;

	if (s->fault)
		return;
	if (sqlite3_prepare_v2(s->db, pragma, -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW) {
		const char *got = (const char *)sqlite3_column_text(st, 0);

		ok = got != NULL && strcmp(got, want) == 0;
	}
	sqlite3_finalize(st);
	if (!ok)
		s->fault = pq_err_set(
		    &s->err, PQ_ESTORE, "%s is not %s", pragma, want);
}

static int64_t
store_version(struct pq_store *s)
{
	return pq_store_int(s, -1, "PRAGMA user_version", "");
}

static void
store_migrate(struct pq_store *s, const char *const *migrations, size_t n)
{
	int64_t have = store_version(s);
	size_t i;

	if (s->fault)
		return;
	if (have < 0 || (uint64_t)have > n) {
		s->fault = pq_err_set(&s->err, PQ_ESTORE,
		    "schema version %lld, but this program supports versions 0 "
		    "to %zu: start the version of pratique that wrote it",
		    (long long)have, n);
		return;
	}
	for (i = (size_t)have; i < n && s->fault == 0; i++) {
		char set[64];

		(void)snprintf(
		    set, sizeof(set), "PRAGMA user_version=%zu", i + 1);
		store_exec(s, "BEGIN IMMEDIATE");
		store_exec(s, migrations[i]);
		store_exec(s, set);
		store_exec(s, "COMMIT");
	}
}

int
pq_store_open(struct pq_store *ret, const char *path,
    const char *const *migrations, size_t n, struct pq_err *err)
{
	struct pq_store *s = ret;
	int r;

	memset(s, 0, sizeof(*s));
	r = sqlite3_open_v2(path, &s->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
		SQLITE_OPEN_NOFOLLOW,
	    NULL);
	if (r != SQLITE_OK)
		store_fault(s, "open");
	else
		store_harden(s);
	store_expect(s, "PRAGMA journal_mode", "wal");
	store_expect(s, "PRAGMA synchronous", "2");
	store_expect(s, "PRAGMA locking_mode", "exclusive");
	store_expect(s, "PRAGMA foreign_keys", "1");
	store_expect(s, "PRAGMA quick_check", "ok");
	store_migrate(s, migrations, n);
	if (s->fault == 0)
		return 0;
	r = s->fault;
	if (err != NULL)
		*err = s->err;
	pq_store_close(s);
	return pq_err_wrap(err, r, "%s", path);
}

void
pq_store_close(struct pq_store *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		sqlite3_finalize(s->cache[i].st);
	s->n = 0;
	if (s->db != NULL)
		(void)sqlite3_close(s->db);
	s->db = NULL;
	s->fault = -PQ_ESTORE;
}

static sqlite3_stmt *
store_statement(struct pq_store *s, const char *sql)
{
	sqlite3_stmt *st = NULL;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->cache[i].sql == sql &&
		    strcmp(sqlite3_sql(s->cache[i].st), sql) == 0)
			return s->cache[i].st;
	if (s->n == PQ_STORE_STATEMENTS) {
		s->fault =
		    pq_err_set(&s->err, PQ_ELIMIT, "too many statements");
		return NULL;
	}
	if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st,
		NULL) != SQLITE_OK) {
		store_fault(s, sql);
		return NULL;
	}
	s->cache[s->n].sql = sql;
	s->cache[s->n].st = st;
	s->n++;
	return st;
}

static int
store_bind_slice(sqlite3_stmt *st, int i, struct pq_slice v, bool text)
{
	const char *p = v.n ? (const char *)v.p : "";

	if (text)
		return sqlite3_bind_text64(
		    st, i, p, v.n, SQLITE_STATIC, SQLITE_UTF8);
	return sqlite3_bind_blob64(st, i, p, v.n, SQLITE_STATIC);
}

static int
store_bind(sqlite3_stmt *st, const char *fmt, va_list ap)
{
	int r = SQLITE_OK;
	int i;

	for (i = 1; *fmt && r == SQLITE_OK; fmt++, i++) {
		if (*fmt == 'i')
			r = sqlite3_bind_int64(st, i, va_arg(ap, int64_t));
		else if (*fmt == 'u')
			r = sqlite3_bind_int64(
			    st, i, (int64_t)va_arg(ap, uint64_t));
		else if (*fmt == 's')
			r = sqlite3_bind_text(
			    st, i, va_arg(ap, const char *), -1, SQLITE_STATIC);
		else if (*fmt == 't' || *fmt == 'b')
			r = store_bind_slice(
			    st, i, va_arg(ap, struct pq_slice), *fmt == 't');
		else
			r = SQLITE_MISUSE;
	}
	return r;
}

static sqlite3_stmt *
store_ready(struct pq_store *s, const char *sql, const char *fmt, va_list ap)
{
	sqlite3_stmt *st;

	if (s->fault)
		return NULL;
	st = store_statement(s, sql);
	if (st == NULL)
		return NULL;
	(void)sqlite3_reset(st);
	if (store_bind(st, fmt, ap) != SQLITE_OK) {
		store_fault(s, "bind");
		return NULL;
	}
	return st;
}

void
pq_store_do(struct pq_store *s, const char *sql, const char *fmt, ...)
{
	sqlite3_stmt *st;
	va_list ap;
	int r;

	va_start(ap, fmt);
	st = store_ready(s, sql, fmt, ap);
	va_end(ap);
	if (st == NULL)
		return;
	do
		r = sqlite3_step(st);
	while (r == SQLITE_ROW);
	if (r != SQLITE_DONE)
		store_fault(s, sql);
	(void)sqlite3_reset(st);
	(void)sqlite3_clear_bindings(st);
}

int
pq_store_changes(const struct pq_store *s)
{
	return s->fault ? 0 : sqlite3_changes(s->db);
}

sqlite3_stmt *
pq_store_query(struct pq_store *s, const char *sql, const char *fmt, ...)
{
	sqlite3_stmt *st;
	va_list ap;

	va_start(ap, fmt);
	st = store_ready(s, sql, fmt, ap);
	va_end(ap);
	return st;
}

int
pq_store_next(struct pq_store *s, sqlite3_stmt *st)
{
	int r;

	if (s->fault)
		return s->fault;
	if (st == NULL) {
		store_fault(s, "no statement");
		return s->fault;
	}
	r = sqlite3_step(st);
	if (r == SQLITE_ROW)
		return 1;
	if (r != SQLITE_DONE)
		store_fault(s, "step");
	pq_store_done(st);
	return s->fault;
}

void
pq_store_done(sqlite3_stmt *st)
{
	if (st == NULL)
		return;
	(void)sqlite3_reset(st);
	(void)sqlite3_clear_bindings(st);
}

int64_t
pq_store_int(
    struct pq_store *s, int64_t absent, const char *sql, const char *fmt, ...)
{
	int64_t v = absent;
	sqlite3_stmt *st;
	va_list ap;

	va_start(ap, fmt);
	st = store_ready(s, sql, fmt, ap);
	va_end(ap);
	if (st == NULL)
		return absent;
	if (pq_store_next(s, st) == 1 &&
	    sqlite3_column_type(st, 0) != SQLITE_NULL)
		v = sqlite3_column_int64(st, 0);
	pq_store_done(st);
	return v;
}

struct pq_slice
pq_store_blob(sqlite3_stmt *st, int col)
{
	const void *p = sqlite3_column_blob(st, col);
	int n = sqlite3_column_bytes(st, col);

	return pq_slice(p, p != NULL && n > 0 ? (size_t)n : 0);
}

void
pq_store_text(sqlite3_stmt *st, int col, char *dst, size_t size)
{
	const char *p = (const char *)sqlite3_column_text(st, col);

	(void)snprintf(dst, size, "%s", p != NULL ? p : "");
}

void
pq_store_begin(struct pq_store *s)
{
	if (s->fault || s->open_txn)
		return;
	pq_store_do(s, "BEGIN IMMEDIATE", "");
	s->open_txn = s->fault == 0;
}

int
pq_store_commit(struct pq_store *s)
{
	if (s->fault || !s->open_txn)
		return s->fault;
	s->open_txn = false;
	pq_store_do(s, "COMMIT", "");
	return s->fault;
}

void
pq_store_rollback(struct pq_store *s)
{
	if (s->db != NULL && s->open_txn)
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	s->open_txn = false;
}
