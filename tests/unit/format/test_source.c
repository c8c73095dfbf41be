/* SPDX-License-Identifier: Apache-2.0 */
/* The image and the tag that a verdict is about, and whether they are one. */
#include "verdict.h"

static void
set(json_t *doc, const char *object, const char *member, const char *value)
{
	json_object_set_new(get(doc, object), member, json_string(value));
}

static void
test_source__refuses_another_repository(void **state)
{
	static const char *const others[] = { "127.0.0.1:5000/acme/web2",
		"127.0.0.1:5000/acme/we", "127.0.0.1:5000/Acme/web", "" };
	json_t *doc;
	size_t i;

	(void)state;
	for (i = 0; i < N(others); i++) {
		doc = signed_document();
		set(doc, "image", "repository", others[i]);
		fails(doc, "image.repository", "not the configured repository");
		says("image.signature", PQ_PASS, "");
	}
	doc = signed_document();
	set(doc, "git", "repository", GIT "/");
	fails(doc, "source.repository", "not fetched from " GIT);
	says("source.tag-signature", PQ_PASS, "");
}

static void
test_source__refuses_another_platform(void **state)
{
	json_t *doc = signed_document();

	(void)state;
	set(doc, "platform", "architecture", OTHER_ARCH);
	fails(doc, "image.digest", "not the one that the index names");
	says("image.platform", PQ_FAIL, "");
	doc = signed_document();
	set(doc, "platform", "os", "windows");
	fails(doc, "image.digest", "");
}

/* The signature is there, of the image's own bytes only a part is. */
static void
test_source__refuses_an_image_with_pieces_missing(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		json_t *doc = signed_document();

		assert_int_equal(json_array_remove(get(doc, "blobs"), i), 0);
		assert_int_equal(judge(doc), PQ_FAIL);
		assert_int_equal(finding("image.digest")->status, PQ_FAIL);
	}
}

/* The document's digest is another image's than the one that is signed. */
static void
test_source__refuses_a_signature_of_another_image(void **state)
{
	struct pq_buf m = fixture(GOOD "manifest-" ARCH);
	json_t *doc = signed_document();
	char text[PQ_DIGEST_TEXT];
	struct pq_digest d;

	(void)state;
	/* the tag names the platform's manifest, the index is signed */
	assert_int_equal(pq_digest_of(&d, pq_buf_view(&m)), 0);
	pq_digest_format(text, &d);
	set(doc, "image", "digest", text);
	pends(doc, "image.signature", "signed text names");
	pq_buf_free(&m);
}

static void
test_source__missing_tag_is_pending(void **state)
{
	static const char *const source[] = { "source.tag-signature",
		"source.tag-commit", "source.image-commit", "source.version" };
	json_t *doc = signed_document(), *git;
	size_t i;

	(void)state;
	json_object_set_new(doc, "git",
	    json_pack("{s:s,s:s}", "repository", GIT, "tag", "v1.0.0"));
	add_lookup(doc, "git-ref", NULL);
	assert_int_equal(judge(doc), PQ_PENDING);
	for (i = 0; i < N(source); i++)
		says(source[i], PQ_PENDING, "no such tag (yet)");
	says("image.signature", PQ_PASS, "");

	/* nobody asked: a failure */
	doc = signed_document();
	git = get(doc, "git");
	json_object_del(git, "ref");
	json_object_del(git, "tag_object");
	json_object_del(git, "commit_object");
	fails(doc, "source.tag-signature", "there is no tag object");

	doc = signed_document();
	json_object_del(doc, "git");
	fails(doc, "source.repository", "not fetched from");
	says("source.tag-signature", PQ_FAIL, "there is no tag object");
}

static void
test_source__refuses_a_lightweight_tag(void **state)
{
	json_t *doc = signed_document();

	(void)state;
	json_object_del(get(doc, "git"), "tag_object");
	fails(doc, "source.tag-signature", "lightweight");
}

static void
test_source__refuses_every_bad_tag(void **state)
{
	static const struct {
		const char *name, *check, *words;
	} cases[] = {
		{ "other-name", "source.version", "own name" },
		{ "other-commit", "source.image-commit", "revision label" },
		{ "other-key", "source.tag-signature", "not an allowed" },
		{ "unsigned", "source.tag-signature", "not signed" },
		{ "changed-message", "source.tag-signature", "does not fit" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		json_t *doc = signed_document();
		char path[128];
		struct pq_buf tag;

		(void)snprintf(
		    path, sizeof(path), "cosign/bad/tag/%s", cases[i].name);
		tag = fixture(path);
		json_object_set_new(doc, "git", git_of(&tag));
		fails(doc, cases[i].check, cases[i].words);
		says("image.signature", PQ_PASS, "");
		pq_buf_free(&tag);
	}
}

/* The object under the name is not the object that was asked for. */
static void
test_source__refuses_a_ref_that_points_elsewhere(void **state)
{
	static const char *const refs[] = { ZEROS " refs/tags/v1.0.0",
		"refs/tags/v1.0.0", "" };
	json_t *doc, *git;
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < N(refs); i++) {
		doc = signed_document();
		set(doc, "git", "ref", refs[i]);
		fails(doc, "source.tag-commit", "the ref that the server");
		says("source.tag-signature", PQ_PASS, "");
	}
	doc = signed_document();
	git = get(doc, "git");
	(void)snprintf(text, sizeof(text), "%.40s refs/tags/v1.0.1",
	    json_string_value(get(git, "ref")));
	set(doc, "git", "ref", text);
	fails(doc, "source.tag-commit", "the ref that the server");

	doc = signed_document();
	json_object_del(get(doc, "git"), "ref");
	fails(doc, "source.tag-commit", "the ref that the server");

	doc = signed_document();
	set(get(doc, "git"), "tag_object", "oid", ZEROS);
	fails(doc, "source.tag-commit", "does not hash to its id");
}

/* What is wrong with the tag is said, not what else does not fit then. */
static void
test_source__says_the_first_reason(void **state)
{
	struct pq_buf tag = fixture("cosign/bad/tag/unsigned");
	json_t *doc = signed_document();
	char oid[PQ_OID_TEXT];

	(void)state;
	json_object_set_new(doc, "git", git_of(&tag));
	set(doc, "git", "ref", ZEROS " refs/tags/v1.0.0");
	fails(doc, "source.tag-commit", "no signed tag");
	pq_buf_free(&tag);

	/* and of which object, also where that can not be read */
	doc = signed_document();
	json_object_set_new(doc, "git", git_of(&w.commit));
	fails(doc, "source.tag-signature", "expected the \"object\" line");
	pq_oid_format(oid, &judged->tag_oid);
	assert_string_equal(finding("source.tag-signature")->subject, oid);
	assert_string_equal(finding("source.version")->subject, oid);
}

/* Who hosts the repository may not have the commit to show. */
static void
test_source__passes_without_the_commit_object(void **state)
{
	json_t *doc = signed_document();

	(void)state;
	json_object_del(get(doc, "git"), "commit_object");
	passes(doc);
}

static void
test_source__refuses_another_commit_object(void **state)
{
	struct pq_buf other = PQ_BUF_INIT(4096);
	json_t *doc = signed_document();

	(void)state;
	set(get(doc, "git"), "commit_object", "oid", ZEROS);
	fails(doc, "source.tag-commit", "the commit object is not");

	doc = signed_document();
	pq_buf_slice(&other, pq_buf_view(&w.commit));
	pq_buf_str(&other, "more\n");
	json_object_set_new(
	    get(doc, "git"), "commit_object", object(&other, PQ_GITOBJ_COMMIT));
	fails(doc, "source.tag-commit", "the commit object is not");
	pq_buf_free(&other);
}

/* Documents of earlier versions carry one; the agent judges it elsewhere. */
static void
test_source__a_claim_of_a_callback_is_no_evidence(void **state)
{
	json_t *doc = signed_document();

	(void)state;
	json_object_set_new(
	    doc, "callback", json_pack("{s:s}", "commit", ZEROS));
	passes(doc);
	doc = document();
	add_absent(doc);
	json_object_set_new(
	    doc, "callback", json_pack("{s:s}", "commit", ZEROS));
	pends(doc, "image.signature", "");
}

/* Neither finding of source.version hides the other, nor turns into it. */
static void
test_source__judges_tag_and_signed_version_apart(void **state)
{
	json_t *doc = signed_document();
	char image[PQ_DIGEST_TEXT], oid[PQ_OID_TEXT];

	(void)state;
	pq_digest_format(image, &w.image);
	set(doc, "image", "tag", "1.0.1");
	json_object_set_new(doc, "git",
	    json_pack("{s:s,s:s}", "repository", GIT, "tag", "v1.0.1"));
	add_lookup(doc, "git-ref", NULL);
	assert_int_equal(judge(doc), PQ_FAIL);
	says("source.version", PQ_PENDING, "no such tag (yet)");
	signed_says(
	    "source.version", PQ_FAIL, "is \"1.0.0\", the image tag \"1.0.1\"");

	/* what no signature vouches for is neither good nor bad */
	doc = document();
	add_absent(doc);
	set(doc, "image", "tag", "1.0.1");
	assert_int_equal(judge(doc), PQ_FAIL);
	says("source.version", PQ_FAIL, "own name");
	signed_says("source.version", PQ_PENDING, "not examined");
	/* each is about bytes of its own */
	pq_oid_format(oid, &judged->tag_oid);
	assert_string_equal(finding("source.version")->subject, oid);
	assert_string_equal(finding_of("source.version", true)->subject, image);
	signed_says("image.repository", PQ_PENDING, "not examined");
	says("image.labels", PQ_PENDING, "not examined");
	says("image.repository", PQ_PASS, "fetched from");
}

/* An image alone is held to its label, too, and names it as the bytes. */
static void
test_source__judges_the_signed_version_without_a_source(void **state)
{
	struct pq_policy saved = w.policy;
	json_t *doc = signed_document();

	(void)state;
	w.policy.git_url = NULL;
	set(doc, "image", "tag", "9.9.9");
	assert_int_equal(judge(doc), PQ_FAIL);
	signed_says("source.version", PQ_FAIL, "the image tag \"9.9.9\"");
	assert_string_not_equal(
	    finding_of("source.version", true)->subject, "");
	/* nothing else is said of a source */
	assert_int_equal(verdict.findings.n, 7);
	doc = document();
	add_absent(doc);
	pends(doc, "image.signature", "");
	assert_int_equal(verdict.findings.n, 7);
	w.policy = saved;
}

/* Without a source in the policy nothing is said of it. */
static void
test_source__judges_by_the_policy_only(void **state)
{
	struct pq_policy saved = w.policy;
	json_t *doc = signed_document();

	(void)state;
	w.policy.git_url = NULL;
	json_object_del(doc, "git");
	assert_int_equal(judge(doc), PQ_PASS);
	assert_int_equal(verdict.findings.n, 7);
	/* and one without any key accepts nothing */
	w.policy = saved;
	w.policy.n_requirements = 0;
	fails(signed_document(), "image.signature", "");
	w.policy = saved;
}

#define TEST(name) cmocka_unit_test_teardown(test_source__##name, drop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refuses_another_repository),
		TEST(refuses_another_platform),
		TEST(refuses_an_image_with_pieces_missing),
		TEST(refuses_a_signature_of_another_image),
		TEST(missing_tag_is_pending),
		TEST(refuses_a_lightweight_tag),
		TEST(refuses_every_bad_tag),
		TEST(refuses_a_ref_that_points_elsewhere),
		TEST(says_the_first_reason),
		TEST(passes_without_the_commit_object),
		TEST(refuses_another_commit_object),
		TEST(a_claim_of_a_callback_is_no_evidence),
		TEST(judges_tag_and_signed_version_apart),
		TEST(judges_the_signed_version_without_a_source),
		TEST(judges_by_the_policy_only),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
