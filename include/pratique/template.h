/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_TEMPLATE_H
#define PRATIQUE_TEMPLATE_H

#include <pratique/names.h>

/*
 * A policy's template for git tags, such as "v{version}", "acme@{version}" or
 * "api/v{version}". The image tag replaces the placeholder {version}. All other
 * bytes are literal.
 */
#define PQ_TEMPLATE_HOLE "{version}"
/* limit of the bytes besides the placeholder, so that every image tag fits */
#define PQ_TEMPLATE_REST_MAX (PQ_GIT_TAG_MAX - PQ_TAG_MAX)

/*
 * pq_template_check() - check a template
 * A template must contain the placeholder once and no other brace. The git tag
 * for the version 1.0.0 must be valid.
 * @template: borrowed
 * @err:      gets the broken rule; may be NULL
 * Return:    0; -PQ_EFORMAT
 */
int pq_template_check(struct pq_slice template, struct pq_err *err);
/*
 * pq_template_expand() - make the git tag for an image tag
 * @ret:      always NUL-terminated; untouched unless 0 is returned
 * @template: borrowed
 * @tag:      the image tag; borrowed, untrusted
 * @err:      gets the broken rule; may be NULL
 * Return:    0; -PQ_EFORMAT: a bad template or image tag, or git does not allow
 *            the result ("1..0")
 */
int pq_template_expand(char ret[PQ_GIT_TAG_TEXT], struct pq_slice template,
    struct pq_slice tag, struct pq_err *err);
/*
 * pq_template_match() - find the image tag of a git tag
 * This is the inverse of pq_template_expand().
 * @ret:      the image tag, which points into @git_tag; untouched unless true
 *            is returned
 * @template: borrowed
 * @git_tag:  borrowed, untrusted
 * Return:    true if pq_template_expand() makes @git_tag from an image tag
 */
bool pq_template_match(
    struct pq_slice *ret, struct pq_slice template, struct pq_slice git_tag);

#endif
