/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_AUDIT_H
#define AGENT_WARDEN_AUDIT_H

#include <pratique/bytes.h>

#include "gate/clock.h"
#include "store/store.h"

#define PQ_AUDIT_HASH 32 /* bytes: SHA-256 */

/* One row; strings are clean text and borrowed. */
struct pq_audit {
	int64_t seq;
	struct pq_instant at;
	const char *actor;
	const char *event;
	const char *service;
	int64_t release;
	const char *detail;
};

/* The end of the chain, kept in memory; nobody else writes the ledger. */
struct pq_audit_head {
	int64_t seq; /* of the last row; 0: none yet */
	uint8_t hash[PQ_AUDIT_HASH];
	bool unsealed; /* rows were appended that the ledger's head lacks */
};

/* pq_audit_load() - the head as the ledger has it; 0 or a fault */
int pq_audit_load(struct pq_audit_head *ret, struct pq_store *s);
/* pq_audit_append() - a row, within the caller's transaction; seal it */
void pq_audit_append(
    struct pq_store *s, struct pq_audit_head *head, const struct pq_audit *row);
/* pq_audit_seal() - the head's row, once before a commit */
void pq_audit_seal(struct pq_store *s, struct pq_audit_head *head);

/* One row as people read it; borrows from the query. */
struct pq_audit_row {
	int64_t seq;
	int64_t at_s; /* UTC seconds */
	int64_t release;
	struct pq_slice actor, event, service, detail;
	struct pq_slice hash; /* in lower hex */
};

/*
 * pq_audit_each() - @fn for the rows after @after, at most 2000 of them
 * @id:    of one callback, look or release; 0: of all
 * Return: the number of the last one; @after: there was none
 */
int64_t pq_audit_each(struct pq_store *s, int64_t id, int64_t after,
    void (*fn)(void *arg, const struct pq_audit_row *row), void *arg);
/*
 * pq_audit_verify() - recompute the whole chain
 * @ret_seq:  first bad row, or the last good one
 * Return: 0 whole; 1 broken (change, gap or cut); a fault
 */
int pq_audit_verify(struct pq_store *s, int64_t *ret_seq);

#endif
