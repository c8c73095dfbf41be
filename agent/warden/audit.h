/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_AUDIT_H
#define AGENT_WARDEN_AUDIT_H

#include "gate/clock.h"
#include "store/store.h"

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

/* Append to the chain, within the caller's transaction. */
int pq_audit_append(struct pq_store *s, const struct pq_audit *row);
/*
 * pq_audit_verify() - recompute the whole chain
 * @ret_seq:  first bad row, or the last good one
 * Return: 0 whole; 1 broken (change, gap or cut); a fault
 */
int pq_audit_verify(struct pq_store *s, int64_t *ret_seq);

#endif
