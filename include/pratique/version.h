/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_VERSION_H
#define PRATIQUE_VERSION_H

#include <pratique/bytes.h>

/*
 * pq_version_compare() - compare two versions by precedence
 * pq_version_valid()   - decide whether a text is such a version
 * Accepts "1.2.3", "v1.2.3" and shorter forms ("1.2" means 1.2.0), with
 * pre-release and build parts, of at most PQ_TAG_MAX bytes.
 * @ret:   -1: @a is lower; 0: equal precedence; 1: @a is higher. Untouched
 *         unless 0 is returned.
 * @a:     borrowed, untrusted
 * @b:     borrowed, untrusted
 * @s:     borrowed, untrusted
 * Return: 0; -PQ_EFORMAT: one of them is not a version. Or true for a version.
 * Source: Semantic Versioning 2.0.0, item 11
 */
int pq_version_compare(int *ret, struct pq_slice a, struct pq_slice b);
bool pq_version_valid(struct pq_slice s);
/*
 * pq_version_same() - decide whether two texts spell the same version
 * They do if their bytes are equal after one leading "v" of each. "v1.2.0" and
 * "1.2.0" are the same; "1.2" and "1.2.0" are not. An empty text equals no
 * other.
 * @a:     borrowed, untrusted
 * @b:     borrowed, untrusted
 * Return: true if so
 */
bool pq_version_same(struct pq_slice a, struct pq_slice b);

#endif
