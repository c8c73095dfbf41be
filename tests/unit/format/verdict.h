/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Good evidence documents, which the tests damage, and checks of the verdict.
 */
#ifndef TESTS_UNIT_FORMAT_VERDICT_H
#define TESTS_UNIT_FORMAT_VERDICT_H

#include "../core/fixture.h"
#include "support/policy.h"
#include "support/testkey.h"

#include <jansson.h>

#include <pratique/claims.h>
#include <pratique/dsse.h>
#include <pratique/evidence.h>
#include <pratique/oci.h>
#include <pratique/simplesigning.h>

#define N(table) (sizeof(table) / sizeof((table)[0]))
#define GOOD "cosign/good/"
#define IMAGE "127.0.0.1:5000/acme/web"
#define GIT "http://127.0.0.1:8080/web.git"
#define ZEROS "0000000000000000000000000000000000000000"

struct world {
	EVP_PKEY *key;
	struct pq_buf pem[2], signers;
	struct pq_policy policy;
	struct flat_policy trusted;
	struct pq_buf index, tag, commit;
	struct pq_digest image;
};

static struct world w;

static inline int
set_up(void **state)
{
	(void)state;
	w.pem[0] = fixture(GOOD "key/p256");
	w.pem[1] = PQ_BUF_INIT(1024);
	w.key = testkey_new(&w.pem[1]);
	w.signers = fixture(GOOD "allowed_signers");
	w.index = fixture(GOOD "index");
	w.tag = fixture(GOOD "tag");
	w.commit = fixture(GOOD "commit");
	assert_int_equal(pq_digest_of(&w.image, pq_buf_view(&w.index)), 0);
	fixture_policy(&w.policy, &w.trusted, w.pem, N(w.pem), &w.signers);
	return 0;
}

static inline int
tear_down(void **state)
{
	(void)state;
	pq_buf_free(&w.pem[0]);
	pq_buf_free(&w.pem[1]);
	pq_buf_free(&w.signers);
	pq_buf_free(&w.index);
	pq_buf_free(&w.tag);
	pq_buf_free(&w.commit);
	EVP_PKEY_free(w.key);
	return 0;
}

/* -- documents, built as fetch builds them ------------------------------ */

static inline json_t *
get_member(json_t *o, const char *name)
{
	return json_object_get(o, name);
}

static inline json_t *
make_base64(struct pq_slice s)
{
	struct pq_buf b = PQ_BUF_INIT(1u << 20);
	json_t *j;

	assert_int_equal(pq_b64_encode(&b, s), 0);
	j = json_stringn((const char *)b.p, b.n);
	pq_buf_free(&b);
	return j;
}

/* Add bytes under their digest. @text receives the digest. */
static inline void
add_blob(json_t *doc, struct pq_slice s, char text[PQ_DIGEST_TEXT])
{
	struct pq_digest d;

	assert_int_equal(pq_digest_of(&d, s), 0);
	pq_digest_format(text, &d);
	json_array_append_new(get_member(doc, "blobs"),
	    json_pack("{s:s,s:s,s:o}", "digest", text, "media_type",
		"application/octet-stream", "data", make_base64(s)));
}

static inline void
add_file(json_t *doc, const char *name)
{
	struct pq_buf b = fixture(name);
	char text[PQ_DIGEST_TEXT];

	add_blob(doc, pq_buf_view(&b), text);
	pq_buf_free(&b);
}

/* Add a lookup. @digest NULL: the answer was "absent". */
static inline void
add_lookup(json_t *doc, const char *what, const char *digest)
{
	json_t *l = json_pack("{s:s,s:s,s:i}", "what", what, "ref", "x",
	    "status", digest == NULL ? 404 : 200);

	if (digest != NULL)
		json_object_set_new(l, "digest", json_string(digest));
	json_array_append_new(get_member(doc, "lookups"), l);
}

static inline json_t *
make_object(const struct pq_buf *b, enum pq_gitobj type)
{
	char hex[PQ_OID_TEXT];
	struct pq_oid oid;

	assert_int_equal(pq_oid_of(&oid, type, 20, pq_buf_view(b)), 0);
	pq_oid_format(hex, &oid);
	return json_pack(
	    "{s:s,s:o}", "oid", hex, "data", make_base64(pq_buf_view(b)));
}

static inline json_t *
git_of(const struct pq_buf *tag)
{
	json_t *t = make_object(tag, PQ_GITOBJ_TAG);
	json_t *c = make_object(&w.commit, PQ_GITOBJ_COMMIT);
	char ref[PQ_OID_TEXT + 32];

	(void)snprintf(ref, sizeof(ref), "%s refs/tags/v1.0.0",
	    json_string_value(get_member(t, "oid")));
	return json_pack("{s:s,s:s,s:s,s:o,s:o}", "repository", GIT, "tag",
	    "v1.0.0", "ref", ref, "tag_object", t, "commit_object", c);
}

/* Make a document with the image and its source, without a signature. */
static inline json_t *
make_document(void)
{
	char text[PQ_DIGEST_TEXT];
	json_t *doc;

	pq_digest_format(text, &w.image);
	doc = json_pack("{s:s,s:s,s:I,s:{s:s,s:[]},s:{s:s,s:s,s:s},"
			"s:{s:s,s:s},s:[],s:[],s:o}",
	    "format", "pratique-evidence/1", "service", "web", "seen",
	    (json_int_t)NOW, "policy", "hash", text, "files", "image",
	    "repository", IMAGE, "tag", "1.0.0", "digest", text, "platform",
	    "os", "linux", "architecture", ARCH, "blobs", "lookups", "git",
	    git_of(&w.tag));
	assert_non_null(doc);
	add_file(doc, GOOD "index");
	add_file(doc, GOOD "manifest-" ARCH);
	add_file(doc, GOOD "config-" ARCH);
	return doc;
}

static inline void
add_lookup_file(json_t *doc, const char *what, const char *name)
{
	struct pq_buf b = fixture(name);
	char text[PQ_DIGEST_TEXT];

	add_blob(doc, pq_buf_view(&b), text);
	add_lookup(doc, what, text);
	pq_buf_free(&b);
}

/* Add cosign's signature from the registry, in the older form. */
static inline void
add_cosign_tag(json_t *doc)
{
	add_lookup_file(doc, "cosign-tag", GOOD "legacy-manifest");
	add_file(doc, GOOD "payload/legacy");
}

static inline void
add_absent(json_t *doc)
{
	add_lookup(doc, "cosign-tag", NULL);
	add_lookup(doc, "referrers", NULL);
	add_lookup(doc, "fallback-tag", NULL);
}

static inline json_t *
signed_document(void)
{
	json_t *doc = make_document();

	add_cosign_tag(doc);
	add_lookup(doc, "referrers", NULL);
	add_lookup(doc, "fallback-tag", NULL);
	return doc;
}

/* -- judging ------------------------------------------------------------ */

static const char *const all_checks[] = { "image.repository", "image.signature",
	"image.digest", "image.platform", "image.labels", "source.repository",
	"source.tag-signature", "source.version", "source.tag-commit",
	"source.image-commit" };

static struct pq_verdict verdict; /* on the last judged document */
static struct pq_evidence *judged;

/* Check that each finding names its rule and its bytes or place. */
static inline void
each_names_rule_and_bytes(const struct pq_findings *f)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		if (f->v[i].spec[0] != '\0' && f->v[i].subject[0] != '\0')
			continue;
		print_error("%s: %s: rule \"%s\", bytes \"%s\"\n",
		    pq_check_name(f->v[i].check), f->v[i].reason, f->v[i].spec,
		    f->v[i].subject);
		fail();
	}
}

/* Judge a document and free it. The verdict borrows from @judged. */
static inline enum pq_status
judge_json(json_t *doc)
{
	char *text = json_dumps(doc, JSON_COMPACT);
	struct pq_err err = PQ_ERR_INIT;

	pq_evidence_free(judged);
	judged = NULL;
	if (pq_evidence_parse(&judged, pq_slice_str(text), &err) != 0)
		fail_msg("%s", err.text);
	free(text);
	json_decref(doc);
	pq_verdict_free(&verdict);
	memset(&verdict, 0, sizeof(verdict));
	assert_int_equal(pq_verdict_judge(&verdict, &w.policy, judged, NOW), 0);
	each_names_rule_and_bytes(&verdict.findings);
	return pq_findings_overall(&verdict.findings);
}

/*
 * Find a finding. image.repository and source.version have two: one about the
 * signed text (@of_signed), one about the place of the fetch or the git tag.
 */
static const struct pq_finding *
finding_of(const char *name, bool of_signed)
{
	enum pq_check c = pq_check_by_name(pq_slice_str(name));
	const struct pq_finding *found = NULL;
	size_t i;

	for (i = 0; i < verdict.findings.n; i++) {
		const struct pq_finding *f = &verdict.findings.v[i];
		bool is = strcmp(f->spec, PQ_RULE_SIGNED_AS) == 0 ||
		    strcmp(f->spec, PQ_RULE_VERSION_FROM) == 0;

		if (f->check != c || is != of_signed)
			continue;
		assert_null(found);
		found = f;
	}
	if (found == NULL)
		fail_msg("nothing is said of %s", name);
	return found;
}

static const struct pq_finding *
find_finding(const char *name)
{
	return finding_of(name, false);
}

static inline void
is_said(const struct pq_finding *f, enum pq_status status, const char *words)
{
	if (f->status != status || strstr(f->reason, words) == NULL)
		fail_msg("%s: %s: %s", pq_check_name(f->check),
		    pq_status_name(f->status), f->reason);
}

static inline void
check_finding(const char *check, enum pq_status status, const char *words)
{
	is_said(find_finding(check), status, words);
}

static inline void
signed_says(const char *check, enum pq_status status, const char *words)
{
	is_said(finding_of(check, true), status, words);
}

static inline void
check_passes(json_t *doc)
{
	enum pq_status overall = judge_json(doc);
	size_t i;

	for (i = 0; i < N(all_checks); i++)
		check_finding(all_checks[i], PQ_PASS, "");
	signed_says("image.repository", PQ_PASS, "");
	signed_says("source.version", PQ_PASS, "");
	assert_int_equal(overall, PQ_PASS);
	assert_int_equal(verdict.findings.n, N(all_checks) + 2);
	assert_true(pq_digest_eq(&verdict.digest, &w.image));
	assert_string_equal(find_finding("image.repository")->subject, IMAGE);
	assert_string_equal(find_finding("source.repository")->subject, GIT);
}

/* Check that the document is refused and that @check gives these words. */
static inline void
check_fails(json_t *doc, const char *check, const char *words)
{
	assert_int_equal(judge_json(doc), PQ_FAIL);
	check_finding(check, PQ_FAIL, words);
}

static inline void
check_pends(json_t *doc, const char *check, const char *words)
{
	assert_int_equal(judge_json(doc), PQ_PENDING);
	check_finding(check, PQ_PENDING, words);
}

static inline int
drop_document(void **state)
{
	(void)state;
	pq_evidence_free(judged);
	judged = NULL;
	return 0;
}

#endif
