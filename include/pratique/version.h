/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_VERSION_H
#define PRATIQUE_VERSION_H

#include <pratique/bytes.h>

/*
 * pq_version_compare() - compare two versions by precedence
 * Accepts "1.2.3", "v1.2.3", and shorter forms ("1.2" reads as 1.2.0), with
 * pre-release and build parts, as long as an image tag at most.
 * @ret:   -1, 0, 1
 * Return: 0, or -PQ_EFORMAT when one of them is not a version
 * Source: Semantic Versioning 2.0.0, item 11
 */
int pq_version_compare(int *ret, struct pq_slice a, struct pq_slice b);
/* pq_version_valid() - can pq_version_compare() order it? */
bool pq_version_valid(struct pq_slice s);
/*
 * pq_version_same() - do two texts spell one version?
 * The bytes are equal after one leading "v" of each: "v1.2.0" and "1.2.0" are
 * the same, "1.2" and "1.2.0" are not. Empty text is the same as nothing.
 */
bool pq_version_same(struct pq_slice a, struct pq_slice b);

#endif
