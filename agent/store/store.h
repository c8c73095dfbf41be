/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_STORE_STORE_H
#define AGENT_STORE_STORE_H

#include <sqlite3.h>

#include <pratique/bytes.h>
#include <pratique/err.h>

#define PQ_STORE_STATEMENTS 128

/*
 * One connection to one SQLite file. The first fault stays: after it each call
 * does nothing, and no transaction can be committed. So the functions that
 * write return no value. The caller writes a whole transaction and checks only
 * the result of pq_store_commit().
 */
struct pq_store {
	sqlite3 *db;
	int fault;
	struct pq_err err; /* describes the first fault */
	bool open_txn;
	size_t n;
	struct {
		const char *sql;
		sqlite3_stmt *st;
	} cache[PQ_STORE_STATEMENTS];
};

/*
 * pq_store_open() - open or create a database file and migrate its schema
 * The settings are WAL, synchronous=FULL, an exclusive lock, foreign keys and
 * defensive mode. The function reads the first four back, and refuses the file
 * if SQLite did not accept one of them or if PRAGMA quick_check finds damage.
 * @path:       borrowed; not a symbolic link
 * @migrations: SQL scripts; number i brings user_version i to i + 1
 * @n:          number of scripts; a file with a higher user_version is refused
 * @err:        set on failure; may be NULL
 * Return:      0; -PQ_ESTORE, and @ret is closed
 */
int pq_store_open(struct pq_store *ret, const char *path,
    const char *const *migrations, size_t n, struct pq_err *err);
/* pq_store_close() - close the connection; each later call is a fault */
void pq_store_close(struct pq_store *s);

/* pq_store_begin() - begin a transaction, unless one is open */
void pq_store_begin(struct pq_store *s);
/*
 * pq_store_commit() - commit the open transaction
 * Return: 0 only if every statement since pq_store_begin() is durable, or if
 *         no transaction is open; the store's fault otherwise
 */
int pq_store_commit(struct pq_store *s);
/* pq_store_rollback() - discard the open transaction, if there is one */
void pq_store_rollback(struct pq_store *s);

/*
 * pq_store_do() - run one statement to its end
 * @sql: must live as long as the store, which caches the statement by address
 * @fmt: one letter for each parameter: i int64_t, u uint64_t, s const char *
 *       (NULL binds NULL), t struct pq_slice as TEXT, b struct pq_slice as BLOB
 */
void pq_store_do(struct pq_store *s, const char *sql, const char *fmt, ...);
/* pq_store_changes() - rows that the last statement changed; 0 after a fault */
int pq_store_changes(const struct pq_store *s);
/*
 * pq_store_query() - bind the parameters of a query, as in pq_store_do()
 * Return: the statement for pq_store_next(); the store owns it. NULL after a
 *         fault
 */
sqlite3_stmt *pq_store_query(
    struct pq_store *s, const char *sql, const char *fmt, ...);
/*
 * pq_store_next() - step to the next row of a query
 * @st:    from pq_store_query(); NULL is a fault
 * Return: 1 there is a row; 0 no row is left, and @st is reset; or the store's
 *         fault
 */
int pq_store_next(struct pq_store *s, sqlite3_stmt *st);
/* pq_store_done() - reset a query before its end; @st may be NULL */
void pq_store_done(sqlite3_stmt *st);
/*
 * pq_store_int() - run a query that has one value
 * Return: first column of the first row; @absent if there is no row, if the
 *         column is NULL, or after a fault
 */
int64_t pq_store_int(
    struct pq_store *s, int64_t absent, const char *sql, const char *fmt, ...);

/*
 * pq_store_blob() - return a column as TEXT or BLOB
 * The slice is valid until the next step of @st.
 */
struct pq_slice pq_store_blob(sqlite3_stmt *st, int col);
/* pq_store_text() - copy a column as a string, truncated to @size - 1 bytes */
void pq_store_text(sqlite3_stmt *st, int col, char *dst, size_t size);

#endif
