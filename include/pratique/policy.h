/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_POLICY_H
#define PRATIQUE_POLICY_H

#include <pratique/digest.h>
#include <pratique/template.h>

#define PQ_POLICY_KEYS 8

/* One trusted public key for image signatures, as SubjectPublicKeyInfo PEM. */
struct pq_policy_key {
	char *name;  /* file name, for reasons; owned */
	char *party; /* who holds it; NULL when not said; owned */
	uint8_t *pem;
	size_t pem_n;
};

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
	char *signers; /* bytes of the allowed_signers file */
	size_t signers_n;
	char *signers_name;
	char *signers_party;
	unsigned threshold; /* distinct tag signers needed; 1 */
	struct pq_policy_key keys[PQ_POLICY_KEYS];
	size_t n_keys; /* any one of them suffices for image.signature */
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
