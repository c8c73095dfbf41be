/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_POLICY_H
#define PRATIQUE_POLICY_H

#include <pratique/digest.h>
#include <pratique/requirement.h>
#include <pratique/template.h>

/* The place from which the version of an image is taken. */
enum pq_version_from {
	PQ_VERSION_UNSET = 0,  /* not set: each release is refused */
	PQ_VERSION_TAG,        /* the registry's tag, which is not signed */
	PQ_VERSION_LABEL,      /* label PQ_OCI_VERSION of the signed image */
	PQ_VERSION_ANNOTATION, /* annotation "version" in the signed payload */
};

/*
 * The policy of a service: the part of its configuration that lists the
 * required evidence. Verify and deploy apply it. It is made from the
 * configuration files or from the options of `pratique verify`. The struct owns
 * its strings.
 */
struct pq_policy {
	struct pq_digest hash; /* hash of the service's file and its keys */
	char *service;
	char *image;     /* host[:port]/path, without tag */
	char *signed_as; /* repository in signed payloads; NULL: @image */
	char *track;     /* fnmatch(3) pattern over image tags */
	enum pq_version_from version_from;
	char *git_url; /* NULL: no source checks */
	char *git_tag; /* template, "v{version}"; see template.h */
	/* about the image first; then about the tag, if git_url is set */
	struct pq_requirement *requirements;
	size_t n_requirements;
};

/*
 * pq_policy_free() - free the members of a policy and set them to zero
 * @p:     NULL is allowed
 */
void pq_policy_free(struct pq_policy *p);

/*
 * pq_policy_git_tag() - make the git tag for an image tag with the policy's
 *                       template
 * @ret:       owned, the caller frees it; untouched unless 0 is returned
 * @p:         borrowed
 * @image_tag: borrowed, untrusted
 * Return:     0; -PQ_EFORMAT: the policy has no template, or there is no valid
 *             git tag for @image_tag; -PQ_ENOMEM
 */
int pq_policy_git_tag(
    char **ret, const struct pq_policy *p, struct pq_slice image_tag);

#endif
