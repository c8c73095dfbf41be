/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_REPOSITORY_H
#define PRATIQUE_REPOSITORY_H

#include <pratique/names.h>

/* The one spelling of a repository: host[:port]/path, also for docker.io. */
struct pq_repository {
	char name[sizeof("docker.io/library/") + PQ_REPOSITORY_MAX];
};

/*
 * pq_repository_parse() - return the repository of an image reference
 * A first part is a host if it contains a dot or a colon or is "localhost". A
 * reference without a host is at docker.io. All hosts of Docker Hub become
 * "docker.io", and "library/" is put before a path without a slash there.
 * @ret:   untouched unless 0 is returned
 * @text:  "[host[:port]/]path[:tag][@sha256:...]"; borrowed, untrusted. The tag
 *         and the digest are checked and left out.
 * @err:   gets the reference, escaped, and the cause; may be NULL
 * Return: 0; -PQ_EFORMAT
 * Source: distribution/reference, reference.go and normalize.go, narrowed:
 *         host and path as in <pratique/names.h>, only SHA-256 digests
 */
int pq_repository_parse(
    struct pq_repository *ret, struct pq_slice text, struct pq_err *err);
/*
 * pq_repository_eq() - decide whether two repositories are the same
 * @a:     borrowed
 * @b:     borrowed
 * Return: true if so
 */
bool pq_repository_eq(
    const struct pq_repository *a, const struct pq_repository *b);

#endif
