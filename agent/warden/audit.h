/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_AUDIT_H
#define AGENT_WARDEN_AUDIT_H

#include <pratique/bytes.h>

#include "gate/clock.h"
#include "store/store.h"

#define PQ_AUDIT_HASH 32 /* bytes: SHA-256 */

/* One row. The strings are borrowed and free of control characters. */
struct pq_audit {
	int64_t seq;
	struct pq_instant at;
	const char *actor;
	const char *event;
	const char *service;
	int64_t release;
	const char *detail;
};

/* The end of the chain, cached: only this process writes the ledger. */
struct pq_audit_head {
	int64_t seq; /* number of the last row; 0: no row yet */
	uint8_t hash[PQ_AUDIT_HASH];
	bool unsealed; /* the head in the ledger lacks appended rows */
};

/* pq_audit_load() - read the head from the ledger; return 0 or a fault */
int pq_audit_load(struct pq_audit_head *ret, struct pq_store *s);
/* pq_audit_append() - append a row in the open transaction; seal it later */
void pq_audit_append(
    struct pq_store *s, struct pq_audit_head *head, const struct pq_audit *row);
/* pq_audit_seal() - write the head to the ledger, once before a commit */
void pq_audit_seal(struct pq_store *s, struct pq_audit_head *head);

/* One row to print. The slices are valid until the next row of the query. */
struct pq_audit_row {
	int64_t seq;
	int64_t at_s; /* UTC seconds */
	int64_t release;
	struct pq_slice actor, event, service, detail;
	struct pq_slice hash; /* lower-case hexadecimal */
};

/*
 * pq_audit_each() - call @fn for the rows after @after, at most 2000
 * @id:    only rows about this callback, look or release; 0: all rows
 * Return: number of the last row; @after if there is none
 */
int64_t pq_audit_each(struct pq_store *s, int64_t id, int64_t after,
    void (*fn)(void *arg, const struct pq_audit_row *row), void *arg);
/*
 * pq_audit_verify() - compute the whole chain again
 * @ret_seq: first bad row, or the last row if the chain is intact
 * Return:   0 intact; 1 broken (a row was changed, removed or cut off); or the
 *           store's fault
 */
int pq_audit_verify(struct pq_store *s, int64_t *ret_seq);

#endif
