/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_STORE_STORE_H
#define AGENT_STORE_STORE_H

#include <sqlite3.h>

#include <pratique/bytes.h>
#include <pratique/err.h>

#define PQ_STORE_STATEMENTS 128

/*
 * One SQLite file, one connection, sticky: after the first fault every call
 * does nothing and returns that fault, and nothing can be committed any more.
 * So a caller writes a whole transition and looks once, at the commit.
 */
struct pq_store {
	sqlite3 *db;
	int fault;
	struct pq_err err; /* of the first fault */
	bool open_txn;
	size_t n;
	struct {
		const char *sql;
		sqlite3_stmt *st;
	} cache[PQ_STORE_STATEMENTS];
};

/*
 * pq_store_open() - WAL, synchronous=FULL, EXCLUSIVE, defensive, foreign keys
 * @migrations: SQL scripts; number i brings user_version i to i + 1. A file
 *              that is newer than all of them is refused.
 * Return: 0, -PQ_ESTORE, -PQ_ENOMEM
 */
int pq_store_open(struct pq_store *ret, const char *path,
    const char *const *migrations, size_t n, struct pq_err *err);
void pq_store_close(struct pq_store *s);

/* Begin a transaction if none is open. */
int pq_store_begin(struct pq_store *s);
/* 0 only when everything since begin is durable. */
int pq_store_commit(struct pq_store *s);
void pq_store_rollback(struct pq_store *s);

/*
 * pq_store_do() - run one statement to its end
 * @sql: a string that lives as long as the store (statements are kept by it)
 * @fmt: one letter per parameter: i int64_t, u uint64_t, s const char * (NULL
 *       is NULL), t struct pq_slice as TEXT, b struct pq_slice as BLOB
 */
int pq_store_do(struct pq_store *s, const char *sql, const char *fmt, ...);
int pq_store_changes(const struct pq_store *s);
/* pq_store_query() - bind and hand out; then pq_store_next() until 0 */
sqlite3_stmt *pq_store_query(
    struct pq_store *s, const char *sql, const char *fmt, ...);
/* 1 there is a row; 0 the end (the statement is reset); or the fault */
int pq_store_next(struct pq_store *s, sqlite3_stmt *st);
void pq_store_done(sqlite3_stmt *st); /* when leaving a loop early */
/* first column of the first row, or @absent */
int64_t pq_store_int(
    struct pq_store *s, int64_t absent, const char *sql, const char *fmt, ...);

/* columns; slices borrow until the next step */
struct pq_slice pq_store_blob(sqlite3_stmt *st, int col);
void pq_store_text(sqlite3_stmt *st, int col, char *dst, size_t size);

#endif
