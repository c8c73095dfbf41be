/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_FORMAT_KEEP_H
#define VERIFY_FORMAT_KEEP_H

#include <pratique/evidence.h>

/*
 * pq_evidence_keep() - copy bytes into memory that @e owns
 * @ret:   the copy; untouched unless 0 is returned
 * Return: 0; -PQ_ELIMIT; -PQ_ENOMEM
 */
int pq_evidence_keep(
    const struct pq_evidence *e, struct pq_slice *ret, struct pq_slice bytes);

#endif
