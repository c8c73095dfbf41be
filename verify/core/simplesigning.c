/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The payload of cosign's older signatures. The caller has verified the
 * signature over exactly these bytes. This file decides whether the signed text
 * is a signature for this image. A key can sign other texts, too. So a text
 * with other members, another digest, or another type is refused. (Podman's
 * atomic signatures have the same members, but another type.)
 *
 * "docker-reference" and the annotations become claims. claims.c compares them
 * with the policy.
 */
#include <pratique/simplesigning.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <pratique/text.h>

#include "strictjson.h"

#define SPEC "cosign SIGNATURE_SPEC.md, payload"
#define TYPE "cosign container image signature"
#define DEPTH 16
#define N(table) (sizeof(table) / sizeof((table)[0]))

struct payload {
	const json_t *critical, *optional;
	const json_t *type, *image, *identity;
	const json_t *digest, *reference;
};

static int
read_critical(struct payload *p, struct pq_err *err)
{
	const struct pq_json_field critical[] = {
		{ "type", PQ_JSON_STRING, true, &p->type },
		{ "image", PQ_JSON_OBJECT, true, &p->image },
		{ "identity", PQ_JSON_OBJECT, true, &p->identity },
	};
	const struct pq_json_field image[] = {
		{ "docker-manifest-digest", PQ_JSON_STRING, true, &p->digest },
	};
	const struct pq_json_field identity[] = {
		{ "docker-reference", PQ_JSON_STRING, true, &p->reference },
	};
	int r;

	r = pq_json_fields(p->critical, "/critical", critical, N(critical),
	    PQ_JSON_REFUSE, err);
	if (r != 0)
		return r;
	r = pq_json_fields(
	    p->image, "/critical/image", image, N(image), PQ_JSON_REFUSE, err);
	if (r != 0)
		return r;
	return pq_json_fields(p->identity, "/critical/identity", identity,
	    N(identity), PQ_JSON_REFUSE, err);
}

static int
read_payload(struct payload *p, const json_t *root, struct pq_err *err)
{
	const struct pq_json_field top[] = {
		{ "critical", PQ_JSON_OBJECT, true, &p->critical },
		{ "optional", PQ_JSON_OBJECT_OR_NULL, true, &p->optional },
	};
	int r;

	r = pq_json_fields(root, "", top, N(top), PQ_JSON_REFUSE, err);
	return r != 0 ? r : read_critical(p, err);
}

static void
compare_payload(const struct payload *p, const struct pq_digest *image,
    struct pq_ruling *ruling)
{
	char want[PQ_DIGEST_TEXT], got[160];
	struct pq_digest named;

	if (!pq_slice_eq_str(pq_json_slice(p->type), TYPE)) {
		pq_text_escape(got, sizeof(got), pq_json_slice(p->type));
		snprintf(ruling->reason, sizeof(ruling->reason),
		    "signed text: type \"%s\", expected \"" TYPE "\"", got);
		return;
	}
	pq_text_escape(got, sizeof(got), pq_json_slice(p->digest));
	if (pq_digest_parse(&named, pq_json_slice(p->digest)) != 0) {
		snprintf(ruling->reason, sizeof(ruling->reason),
		    "signed text: expected a sha256 digest, found \"%s\"", got);
		return;
	}
	pq_digest_format(want, image);
	if (!pq_digest_eq(&named, image)) {
		snprintf(ruling->reason, sizeof(ruling->reason),
		    "signed text names %s, but the image is %s", got, want);
		return;
	}
	snprintf(ruling->reason, sizeof(ruling->reason), "signed text names %s",
	    want);
	ruling->status = PQ_PASS;
}

int
pq_simplesigning_examine(struct pq_slice payload, const struct pq_digest *image,
    struct pq_ruling *ret, struct pq_claims *ret_claims)
{
	pq_auto(pq_json_unref) json_t *root = NULL;
	struct pq_err err = PQ_ERR_INIT;
	struct pq_ruling ruling = { 0 };
	struct pq_claims claims = { 0 };
	struct payload p = { 0 };
	int r;

	snprintf(ruling.spec, sizeof(ruling.spec), "%s", SPEC);
	r = pq_json_load(&root, payload, PQ_SIMPLE_MAX, DEPTH, &err);
	if (r == 0)
		r = read_payload(&p, root, &err);
	if (r == -PQ_ENOMEM)
		return r;
	if (r != 0)
		snprintf(ruling.reason, sizeof(ruling.reason),
		    "signed text: %.400s", err.text);
	else
		compare_payload(&p, image, &ruling);
	if (ruling.status == PQ_PASS)
		claims.digest = *image;
	pq_json_claim(&claims.repository, p.reference);
	pq_json_claim(
	    &claims.version, json_object_get(p.optional, PQ_CLAIM_VERSION));
	*ret = ruling;
	*ret_claims = claims;
	return 0;
}
