/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_REPOSITORY_H
#define PRATIQUE_REPOSITORY_H

#include <pratique/names.h>

/* A repository by its one name: host[:port]/path, of docker.io too. */
struct pq_repository {
	char name[sizeof("docker.io/library/") + PQ_REPOSITORY_MAX];
};

/*
 * pq_repository_parse() - the repository that a reference names
 * @text: "[host[:port]/]path[:tag][@sha256:...]"; tag and digest are checked
 *        and left out. A first part is a host where it has a dot or a colon or
 *        is "localhost"; without one the host is docker.io, whose other names
 *        become "docker.io" and whose path of one part is below "library/".
 * @ret:  untouched unless 0 is returned
 * Return: 0; -PQ_EFORMAT, with the reference (escaped) and the cause in @err
 * Source: distribution/reference, reference.go and normalize.go, narrowed:
 *         host and path as of <pratique/names.h>, digests sha256
 */
int pq_repository_parse(
    struct pq_repository *ret, struct pq_slice text, struct pq_err *err);
bool pq_repository_eq(
    const struct pq_repository *a, const struct pq_repository *b);

#endif
