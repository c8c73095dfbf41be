/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_REPOSITORY_H
#define PRATIQUE_REPOSITORY_H

#include <pratique/names.h>

/* The normalized name of a repository: host[:port]/path. */
struct pq_repository {
	char name[sizeof("docker.io/library/") + PQ_REPOSITORY_MAX];
};

/*
 * pq_repository_parse() - return the repository of an image reference
 * The part before the first slash is a host if it contains a dot or a colon or
 * is "localhost". A reference without a host belongs to docker.io. All hosts of
 * Docker Hub become "docker.io". A path without a slash on Docker Hub gets the
 * prefix "library/".
 * @ret:   untouched unless 0 is returned
 * @text:  "[host[:port]/]path[:tag][@sha256:...]"; borrowed, untrusted. The tag
 *         and the digest are checked and left out.
 * @err:   gets the escaped reference and the cause; may be NULL
 * Return: 0; -PQ_EFORMAT
 * Source: distribution/reference, reference.go and normalize.go, but
 *         stricter: host and path as in <pratique/names.h>, digests SHA-256
 */
int pq_repository_parse(
    struct pq_repository *ret, struct pq_slice text, struct pq_err *err);
/*
 * pq_repository_eq() - decide whether two repositories are the same
 * @a:     borrowed
 * @b:     borrowed
 * Return: true if they are
 */
bool pq_repository_eq(
    const struct pq_repository *a, const struct pq_repository *b);

#endif
