/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_GATE_ORDER_H
#define AGENT_GATE_ORDER_H

#include <pratique/bytes.h>

/*
 * pq_order_compare() - compare two versions by precedence
 * Accepts "1.2.3", "v1.2.3", and shorter forms ("1.2" reads as 1.2.0), with
 * pre-release and build parts.
 * @ret:   -1, 0, 1
 * Return: 0, or -PQ_EFORMAT when one of them is not a version
 * Source: Semantic Versioning 2.0.0, item 11
 */
int pq_order_compare(int *ret, struct pq_slice a, struct pq_slice b);

#endif
