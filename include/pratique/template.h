/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_TEMPLATE_H
#define PRATIQUE_TEMPLATE_H

#include <pratique/names.h>

/*
 * The template of a policy for git tags: "v{version}", "acme@{version}",
 * "api/v{version}". The image tag, which is the version here, stands for the
 * placeholder, and the rest for itself.
 */
#define PQ_TEMPLATE_HOLE "{version}"
/* bytes of the rest, so that every image tag has its git tag */
#define PQ_TEMPLATE_REST_MAX (PQ_GIT_TAG_MAX - PQ_TAG_MAX)

/*
 * pq_template_check() - does a template make git tags of versions?
 * It holds the placeholder once, no other brace, and nothing that git refuses
 * beside a version such as 1.0.0.
 * Return: 0; -PQ_EFORMAT, with the broken rule in @err, which may be NULL
 */
int pq_template_check(struct pq_slice template, struct pq_err *err);
/*
 * pq_template_expand() - the git tag of an image tag
 * @ret:   untouched unless 0 is returned
 * Return: 0; -PQ_EFORMAT: the template is none, or git has no tag of this name
 *         ("1..0"), with the broken rule in @err, which may be NULL
 */
int pq_template_expand(char ret[PQ_GIT_TAG_TEXT], struct pq_slice template,
    struct pq_slice tag, struct pq_err *err);
/*
 * pq_template_match() - the image tag that a git tag stands for
 * @ret:   borrowed from @git_tag; untouched unless true is returned. It is the
 *         one whose pq_template_expand() is @git_tag.
 */
bool pq_template_match(
    struct pq_slice *ret, struct pq_slice template, struct pq_slice git_tag);

#endif
