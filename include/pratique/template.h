/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_TEMPLATE_H
#define PRATIQUE_TEMPLATE_H

#include <pratique/names.h>

/*
 * The template of a policy for git tags: "v{version}", "acme@{version}",
 * "api/v{version}". The image tag, which is the version here, replaces the
 * placeholder. All other bytes are literal.
 */
#define PQ_TEMPLATE_HOLE "{version}"
/* bytes besides the placeholder: every image tag still fits a git tag */
#define PQ_TEMPLATE_REST_MAX (PQ_GIT_TAG_MAX - PQ_TAG_MAX)

/*
 * pq_template_check() - check a template
 * It must contain the placeholder once and no other brace, and make a valid git
 * tag of a version such as 1.0.0.
 * @template: borrowed
 * @err:      gets the broken rule; may be NULL
 * Return:    0; -PQ_EFORMAT
 */
int pq_template_check(struct pq_slice template, struct pq_err *err);
/*
 * pq_template_expand() - make the git tag of an image tag
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
 * The inverse of pq_template_expand().
 * @ret:      the image tag, borrowed from @git_tag; untouched unless true is
 *            returned
 * @template: borrowed
 * @git_tag:  borrowed, untrusted
 * Return:    true if the template makes @git_tag of an image tag
 */
bool pq_template_match(
    struct pq_slice *ret, struct pq_slice template, struct pq_slice git_tag);

#endif
