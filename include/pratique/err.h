/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_ERR_H
#define PRATIQUE_ERR_H

/*
 * Return values. 0 means success. A negative value is a fault from the table
 * below, and each caller returns it unchanged. A positive value is a result
 * that the comment on the function describes. A refused release is a result,
 * too, and not a fault.
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
	X(STORE, 11, "the database failed")       \
	X(ABSENT, 12, "not found")                \
	X(MISMATCH, 13, "does not match")         \
	X(UNSUPPORTED, 14, "not supported")       \
	X(TIMEOUT, 15, "timed out")

enum pq_fault {
#define X(name, value, text) PQ_E##name = (value),
	PQ_FAULTS(X)
#undef X
};

#define PQ_ERR_TEXT 512

/*
 * A fault and its text. The size of the text is fixed, so that reporting a
 * fault allocates no memory. Each caller in the call chain puts its context in
 * front of the text.
 */
struct pq_err {
	int fault; /* negative; 0: no fault yet */
	char text[PQ_ERR_TEXT];
};

#define PQ_ERR_INIT   \
	{             \
		0, "" \
	}

/*
 * pq_err_set() - write the text of a fault and replace an earlier text
 * @err:   may be NULL
 * @fault: one of enum pq_fault, positive
 * @fmt:   as for printf(3); its arguments must not point into @err
 * Return: -@fault, so that a function can end in `return pq_err_set(...)`
 */
int pq_err_set(struct pq_err *err, int fault, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * pq_err_wrap() - put "context: " in front of the text of a fault
 * Escapes the earlier text, because it may quote untrusted bytes. If there is
 * no text yet, pq_fault_text() supplies it.
 * @err:   may be NULL
 * @r:     the fault, negative; it replaces err->fault
 * @fmt:   the context, as for printf(3); its arguments must not point into @err
 * Return: @r
 */
int pq_err_wrap(struct pq_err *err, int r, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * pq_fault_text() - describe a fault in a few words
 * @r:     a negative fault
 * Return: a static text; never NULL
 */
const char *pq_fault_text(int r);

#endif
