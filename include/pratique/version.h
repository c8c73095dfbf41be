/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_VERSION_H
#define PRATIQUE_VERSION_H

#include <pratique/bytes.h>

/*
 * pq_version_compare() - compare two versions by precedence
 * Accepts "1.2.3", "v1.2.3" and shorter forms ("1.2" means 1.2.0), with
 * pre-release and build parts, of at most PQ_TAG_MAX bytes.
 * @ret:   -1: @a is lower; 0: equal precedence; 1: @a is higher. Untouched
 *         unless 0 is returned.
 * @a:     borrowed, untrusted
 * @b:     borrowed, untrusted
 * Return: 0; -PQ_EFORMAT: @a or @b is not a version
 * Source: Semantic Versioning 2.0.0, item 11
 */
int pq_version_compare(int *ret, struct pq_slice a, struct pq_slice b);
/*
 * pq_version_valid() - decide whether pq_version_compare() accepts a text
 * @s:     borrowed, untrusted
 * Return: true if it accepts @s
 */
bool pq_version_valid(struct pq_slice s);
/*
 * pq_version_same() - decide whether two texts name the same version
 * A leading "v" is ignored. All other bytes must be equal. "v1.2.0" and "1.2.0"
 * are the same version, but "1.2" and "1.2.0" are not. An empty text names no
 * version.
 * @a:     borrowed, untrusted
 * @b:     borrowed, untrusted
 * Return: true if they name the same version
 */
bool pq_version_same(struct pq_slice a, struct pq_slice b);

#endif
