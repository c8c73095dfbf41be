/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_ERR_H
#define PRATIQUE_ERR_H

/*
 * Results. 0 is done; a negative value is a fault from the closed table
 * below and is forwarded unchanged; a positive value is an outcome that the
 * function itself documents. A verdict is data, never an error.
 */
#define PQ_FAULTS(X)                              \
	X(INTERNAL, 1, "internal error")          \
	X(NOMEM, 2, "out of memory")              \
	X(FORMAT, 3, "malformed")                 \
	X(LIMIT, 4, "over the limit")             \
	X(CRYPTO, 5, "the crypto library failed") \
	X(SYS, 6, "a system call failed")         \
	X(PERM, 7, "not permitted")               \
	X(PROTO, 8, "protocol violation")         \
	X(CONFIG, 9, "configuration error")       \
	X(NET, 10, "network error")               \
	X(STORE, 11, "the ledger failed")         \
	X(ABSENT, 12, "not there")                \
	X(MISMATCH, 13, "does not match")         \
	X(UNSUPPORTED, 14, "not supported")       \
	X(TIMEOUT, 15, "timed out")

enum pq_fault {
#define X(name, value, text) PQ_E##name = (value),
	PQ_FAULTS(X)
#undef X
};

#define PQ_ERR_TEXT 512

/* Fixed size, owned by the caller, context is added going up. */
struct pq_err {
	int fault; /* negative, or 0 while nothing went wrong */
	char text[PQ_ERR_TEXT];
};

#define PQ_ERR_INIT   \
	{             \
		0, "" \
	}

/*
 * pq_err_set() - write the text of a fault, replacing what was there
 * @err:   may be NULL
 * @fault: one of enum pq_fault, positive
 * Return: -@fault, so that a function can end in `return pq_err_set(...)`
 */
int pq_err_set(struct pq_err *err, int fault, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* pq_err_wrap() - prepend "context: "; returns err->fault (or @r if NULL) */
int pq_err_wrap(struct pq_err *err, int r, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* pq_fault_text() - words for a negative fault; never NULL */
const char *pq_fault_text(int r);

#endif
