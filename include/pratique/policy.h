/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_POLICY_H
#define PRATIQUE_POLICY_H

#include <pratique/digest.h>
#include <pratique/requirement.h>
#include <pratique/template.h>

/* The signed content that says which version an image is. */
enum pq_version_from {
	PQ_VERSION_UNSET = 0,  /* refuses */
	PQ_VERSION_TAG,        /* none: the registry's tag is believed */
	PQ_VERSION_LABEL,      /* PQ_OCI_VERSION, under the signed digest */
	PQ_VERSION_ANNOTATION, /* "version" in the signed payload */
};

/*
 * What verify and deploy judge by: the part of a service's configuration
 * that says which evidence is needed. Filled by agent/config, or by the
 * command line of the offline verifier. Strings are owned and NUL ended.
 */
struct pq_policy {
	struct pq_digest hash; /* SHA-256 over service file and key files */
	char *service;
	char *image;     /* host[:port]/path, without tag */
	char *signed_as; /* repository in signed payloads; NULL: @image */
	char *track;     /* fnmatch(3) pattern over image tags */
	enum pq_version_from version_from;
	char *git_url; /* NULL: no source checks */
	char *git_tag; /* template, "v{version}" */
	/* of the image first, then of the tag where there is a git_url */
	struct pq_requirement *requirements;
	size_t n_requirements;
};

void pq_policy_free(struct pq_policy *p);

/*
 * pq_policy_git_tag() - the git tag of an image tag, by the policy's template
 * @ret:   owned string; untouched unless 0 is returned
 * Return: 0; -PQ_EFORMAT: there is no template, or it makes no git tag of this
 *         one; -PQ_ENOMEM
 */
int pq_policy_git_tag(
    char **ret, const struct pq_policy *p, struct pq_slice image_tag);

#endif
