/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_REFERENCE_H
#define AGENT_NET_REFERENCE_H

#include <pratique/digest.h>
#include <pratique/names.h>

#define PQ_REFERENCE_ASK_MAX 136 /* a tag or a digest, and its NUL */

/* What an operator calls an image. */
struct pq_reference {
	char image[PQ_REPOSITORY_TEXT]; /* host[:port]/repository */
	char tag[PQ_TAG_TEXT];          /* "" when not given */
	struct pq_digest digest;        /* none when not given */
};

/*
 * pq_reference_parse() - "host[:port]/repo" and ":tag", "@sha256:..." or both
 * Neither a host nor a tag is assumed: a name without them means something
 * else on each machine. Of both, the digest says which bytes, and the tag
 * which version they claim to be.
 * Return: 0; -PQ_EFORMAT, with words in @err
 * Source: OCI distribution-spec, "Pulling manifests", narrowed
 */
int pq_reference_parse(
    struct pq_reference *ret, const char *text, struct pq_err *err);
/* the same within a layout: "tag", "sha256:..." or "tag@sha256:..." */
int pq_reference_parse_local(
    struct pq_reference *ret, const char *text, struct pq_err *err);
/* what to ask for: the digest where there is one, else the tag */
void pq_reference_ask(
    char dst[PQ_REFERENCE_ASK_MAX], const struct pq_reference *r);

#endif
