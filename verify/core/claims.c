/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decide which image was signed. A signature proves that a key holder signed
 * these bytes. It does not prove that the bytes are the configured component in
 * the announced version. An attacker with the registry's push account could
 * copy acme/admin and its signature into acme/web, move the tag 2.0.0
 * to 2.0.0-debug, or move 9.9.9 to an old release. Each of these images is
 * signed, but none is the image that the operator configured. So repository and
 * version must come from content that a signature covers.
 */
#include <pratique/claims.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <pratique/oci.h>
#include <pratique/repository.h>
#include <pratique/text.h>
#include <pratique/version.h>

#define RULING(rule) ((struct pq_ruling){ PQ_FAIL, "", rule, "" })

static void __attribute__((format(printf, 3, 4)))
set_ruling(struct pq_ruling *r, enum pq_status status, const char *fmt, ...)
{
	va_list ap;

	r->status = status;
	va_start(ap, fmt);
	(void)vsnprintf(r->reason, sizeof(r->reason), fmt, ap);
	va_end(ap);
}

static void
compare_repository(
    struct pq_ruling *r, const struct pq_claim *c, const char *configured)
{
	struct pq_repository want, got;
	struct pq_err err = PQ_ERR_INIT;

	if (pq_repository_parse(&want, pq_slice_str(configured), &err) != 0)
		set_ruling(r, PQ_FAIL,
		    "the repository in the policy is not valid: %.440s",
		    err.text);
	else if (pq_repository_parse(&got, pq_slice_str(c->text), &err) != 0)
		set_ruling(r, PQ_FAIL,
		    "the repository in the signed text is not valid: %.440s",
		    err.text);
	else if (!pq_repository_eq(&want, &got))
		set_ruling(r, PQ_FAIL,
		    "the image was signed as %.150s, not as %.150s: sign the "
		    "promoted image again under its new name, or set "
		    "signed-as in the policy",
		    got.name, want.name);
	else
		set_ruling(r, PQ_PASS, "signed as %s", got.name);
}

void
pq_claims_repository(struct pq_ruling *ret, const struct pq_claim *c,
    const struct pq_policy *policy)
{
	const char *configured =
	    policy->signed_as != NULL ? policy->signed_as : policy->image;

	*ret = RULING(PQ_RULE_SIGNED_AS);
	switch (c->kind) {
	case PQ_CLAIM_TEXT:
		compare_repository(ret, c, configured);
		break;
	case PQ_CLAIM_NO_PLACE:
		set_ruling(ret, PQ_PASS,
		    "a bundle names no repository: only the repository that "
		    "the image was fetched from is compared");
		break;
	case PQ_CLAIM_ODD:
		set_ruling(ret, PQ_FAIL,
		    "the repository in the signed text is not valid: %.400s",
		    c->text);
		break;
	case PQ_CLAIM_ABSENT:
		set_ruling(ret, PQ_FAIL, "the signed text names no repository");
		break;
	}
}

/*
 * Texts for the two places that can hold a signed version: the name of the
 * place, and the next step of the operator if the version is missing or
 * different.
 */
struct place {
	const char *name, *missing, *other;
};

static const struct place label = { "the label " PQ_OCI_VERSION,
	"set it in your Dockerfile",
	"an image inherits the label of its base image (Ubuntu's is 22.04), "
	"so set the label in your Dockerfile" };
static const struct place annotation = {
	"the signed annotation \"" PQ_CLAIM_VERSION "\"",
	"sign with cosign sign -a " PQ_CLAIM_VERSION "=...",
	"sign again with this version in the annotation",
};

static void
compare_version(struct pq_ruling *r, const struct pq_claim *c,
    const struct place *p, struct pq_slice image_tag)
{
	char tag[PQ_TAG_TEXT];

	pq_text_escape(tag, sizeof(tag), image_tag);
	if (c->kind == PQ_CLAIM_ODD)
		set_ruling(r, PQ_FAIL,
		    "%s is not valid: %.240s; the image tag is \"%s\"", p->name,
		    c->text, tag);
	else if (c->kind != PQ_CLAIM_TEXT)
		set_ruling(r, PQ_FAIL,
		    "%s is missing, and the image tag is \"%s\": %s", p->name,
		    tag, p->missing);
	else if (!pq_version_same(pq_slice_str(c->text), image_tag))
		set_ruling(r, PQ_FAIL,
		    "%s is \"%.128s\", but the image tag is \"%s\": %s",
		    p->name, c->text, tag, p->other);
	else
		set_ruling(r, PQ_PASS, "%s is \"%.128s\", like the image tag",
		    p->name, c->text);
}

void
pq_claims_version(struct pq_ruling *ret, const struct pq_claim *c,
    enum pq_version_from from, struct pq_slice image_tag)
{
	*ret = RULING(PQ_RULE_VERSION_FROM);
	switch (from) {
	case PQ_VERSION_LABEL:
		compare_version(ret, c, &label, image_tag);
		break;
	case PQ_VERSION_ANNOTATION:
		compare_version(ret, c, &annotation, image_tag);
		break;
	case PQ_VERSION_TAG:
		set_ruling(ret, PQ_PASS,
		    "the registry's tag gives the version: the policy "
		    "(version-from: tag) compares it with no signed content");
		break;
	case PQ_VERSION_UNSET:
		set_ruling(ret, PQ_FAIL,
		    "the policy does not say which signed content gives the "
		    "version: set version-from");
		break;
	}
}

bool
pq_claims_fit(const struct pq_claims *c, const struct pq_policy *policy,
    struct pq_slice image_tag)
{
	struct pq_ruling ruling;

	pq_claims_repository(&ruling, &c->repository, policy);
	if (ruling.status != PQ_PASS)
		return false;
	if (policy->version_from != PQ_VERSION_ANNOTATION)
		return true;
	pq_claims_version(
	    &ruling, &c->version, PQ_VERSION_ANNOTATION, image_tag);
	return ruling.status == PQ_PASS;
}
