/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_REFERENCE_H
#define AGENT_NET_REFERENCE_H

#include <pratique/digest.h>
#include <pratique/names.h>

#define PQ_REFERENCE_ASK_MAX 136 /* bytes of a tag or a digest, with NUL */

/* The name of an image, as an operator writes it. */
struct pq_reference {
	char image[PQ_REPOSITORY_TEXT]; /* host[:port]/repository */
	char tag[PQ_TAG_TEXT];          /* "" if not given */
	struct pq_digest digest;        /* pq_digest_none() if not given */
};

/*
 * pq_reference_parse() - parse host[:port]/repo, then :tag, @digest or both
 * There is no default host and no default tag, because the defaults differ
 * between machines. If both a tag and a digest are given, the digest selects
 * the image, and the tag is the version that the image claims.
 * Return: 0; -PQ_EFORMAT, with the reason in @err
 * Source: OCI distribution-spec, "Pulling manifests", restricted
 */
int pq_reference_parse(
    struct pq_reference *ret, const char *text, struct pq_err *err);
/* Parse a name within a layout: "tag", "sha256:..." or "tag@sha256:...". */
int pq_reference_parse_local(
    struct pq_reference *ret, const char *text, struct pq_err *err);
/* Write the digest if there is one, otherwise the tag. */
void pq_reference_ask(
    char dst[PQ_REFERENCE_ASK_MAX], const struct pq_reference *r);

#endif
