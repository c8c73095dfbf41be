/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of images. The parsed parts become a URL, a file name and a value that
 * is compared with the policy, so each part must match its own grammar. Other
 * tools silently add a missing registry or the tag "latest"; here a missing
 * part is an error.
 */
#include "net/reference.h"

#include <stdio.h>
#include <string.h>

_Static_assert(PQ_REFERENCE_ASK_MAX >= PQ_TAG_TEXT &&
	PQ_REFERENCE_ASK_MAX >= PQ_DIGEST_TEXT,
    "the request names a tag or a digest");

static int
take_image(struct pq_reference *ret, struct pq_slice s, struct pq_err *err)
{
	int r = pq_name_repository(s, err);

	if (r != 0)
		return r;
	memcpy(ret->image, s.p, s.n);
	ret->image[s.n] = '\0';
	return 0;
}

static int
take_tag(struct pq_reference *ret, struct pq_slice s, struct pq_err *err)
{
	int r = pq_name_tag(s, err);

	if (r != 0)
		return r;
	memcpy(ret->tag, s.p, s.n);
	ret->tag[s.n] = '\0';
	return 0;
}

static int
take_digest(struct pq_reference *ret, struct pq_slice s, struct pq_err *err)
{
	if (pq_digest_parse(&ret->digest, s) != 0 ||
	    pq_digest_none(&ret->digest))
		return pq_err_set(err, PQ_EFORMAT,
		    "expected sha256: and 64 hex digits in lower case");
	return 0;
}

/* Split "X@digest": store the digest in @ret and X in @rest. */
static int
split_digest(struct pq_reference *ret, const char *text, struct pq_slice *rest,
    struct pq_err *err)
{
	const char *at = strchr(text, '@');

	*rest = at == NULL ? pq_slice_str(text)
			   : pq_slice(text, (size_t)(at - text));
	return at == NULL ? 0 : take_digest(ret, pq_slice_str(at + 1), err);
}

/* Return the index of the colon after the last slash, or s.n without a tag. */
static size_t
tag_colon(struct pq_slice s)
{
	size_t i = s.n;

	while (i > 0 && s.p[i - 1] != '/' && s.p[i - 1] != ':')
		i--;
	return i > 0 && s.p[i - 1] == ':' ? i - 1 : s.n;
}

int
pq_reference_parse(
    struct pq_reference *ret, const char *text, struct pq_err *err)
{
	struct pq_reference out = { .tag = "" };
	struct pq_slice s;
	size_t colon;
	int r = split_digest(&out, text, &s, err);

	if (r != 0)
		return r;
	colon = tag_colon(s);
	/* in "host:5000" the number is a port, not a tag */
	if (memchr(s.p, '/', s.n) == NULL)
		colon = s.n;
	r = take_image(&out, pq_slice(s.p, colon), err);
	if (r == 0 && colon < s.n)
		r = take_tag(
		    &out, pq_slice(s.p + colon + 1, s.n - colon - 1), err);
	if (r != 0)
		return r;
	if (out.tag[0] == '\0' && pq_digest_none(&out.digest))
		return pq_err_set(err, PQ_EFORMAT,
		    "expected :tag or @sha256:... (there is no default tag)");
	*ret = out;
	return 0;
}

int
pq_reference_parse_local(
    struct pq_reference *ret, const char *text, struct pq_err *err)
{
	struct pq_reference out = { .tag = "" };
	struct pq_slice s;
	int r;

	if (strncmp(text, "sha256:", 7) == 0) {
		r = take_digest(&out, pq_slice_str(text), err);
	} else {
		r = split_digest(&out, text, &s, err);
		if (r == 0)
			r = take_tag(&out, s, err);
	}
	if (r == 0)
		*ret = out;
	return r;
}

void
pq_reference_ask(char dst[PQ_REFERENCE_ASK_MAX], const struct pq_reference *r)
{
	if (pq_digest_none(&r->digest))
		(void)snprintf(dst, PQ_REFERENCE_ASK_MAX, "%s", r->tag);
	else
		pq_digest_format(dst, &r->digest);
}
