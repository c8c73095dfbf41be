/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of origin, image, tag and commit in a verdict. */
#include "verdict.h"

static void
set_member(
    json_t *doc, const char *object, const char *member, const char *value)
{
	json_object_set_new(
	    get_member(doc, object), member, json_string(value));
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
		set_member(doc, "image", "repository", others[i]);
		check_fails(doc, "image.repository",
		    "another repository than the configured");
		check_finding("image.signature", PQ_PASS, "");
	}
	doc = signed_document();
	set_member(doc, "git", "repository", GIT "/");
	check_fails(doc, "source.repository",
	    "another repository than the configured " GIT);
	check_finding("source.tag-signature", PQ_PASS, "");
}

static void
test_source__refuses_another_platform(void **state)
{
	json_t *doc = signed_document();

	(void)state;
	set_member(doc, "platform", "architecture", OTHER_ARCH);
	check_fails(doc, "image.digest", "not the one in the index");
	check_finding("image.platform", PQ_FAIL, "");
	doc = signed_document();
	set_member(doc, "platform", "os", "windows");
	check_fails(doc, "image.digest", "");
}

/* The signature is complete, but some of the image's documents are missing. */
static void
test_source__refuses_an_incomplete_image(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		json_t *doc = signed_document();

		assert_int_equal(
		    json_array_remove(get_member(doc, "blobs"), i), 0);
		assert_int_equal(judge_json(doc), PQ_FAIL);
		assert_int_equal(find_finding("image.digest")->status, PQ_FAIL);
	}
}

/* The document names another digest than the signed one. */
static void
test_source__refuses_a_signature_of_another_image(void **state)
{
	struct pq_buf m = fixture(GOOD "manifest-" ARCH);
	json_t *doc = signed_document();
	char text[PQ_DIGEST_TEXT];
	struct pq_digest d;

	(void)state;
	/* the tag points to the platform's manifest, but the index is signed */
	assert_int_equal(pq_digest_of(&d, pq_buf_view(&m)), 0);
	pq_digest_format(text, &d);
	set_member(doc, "image", "digest", text);
	check_pends(doc, "image.signature", "signed text names");
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
	assert_int_equal(judge_json(doc), PQ_PENDING);
	for (i = 0; i < N(source); i++)
		check_finding(source[i], PQ_PENDING, "no such tag yet");
	check_finding("image.signature", PQ_PASS, "");

	/* fetch did not ask for the tag: a failure */
	doc = signed_document();
	git = get_member(doc, "git");
	json_object_del(git, "ref");
	json_object_del(git, "tag_object");
	json_object_del(git, "commit_object");
	check_fails(
	    doc, "source.tag-signature", "the evidence has no tag object");

	doc = signed_document();
	json_object_del(doc, "git");
	check_fails(
	    doc, "source.repository", "fetched from another repository");
	check_finding(
	    "source.tag-signature", PQ_FAIL, "the evidence has no tag object");
}

static void
test_source__refuses_a_lightweight_tag(void **state)
{
	json_t *doc = signed_document();

	(void)state;
	json_object_del(get_member(doc, "git"), "tag_object");
	check_fails(doc, "source.tag-signature", "lightweight");
}

static void
test_source__refuses_every_bad_tag(void **state)
{
	static const struct {
		const char *name, *check, *words;
	} cases[] = {
		{ "other-name", "source.version",
		    "name inside the signed tag" },
		{ "other-commit", "source.image-commit", "revision label" },
		{ "other-key", "source.tag-signature", "not an allowed" },
		{ "unsigned", "source.tag-signature", "not signed" },
		{ "changed-message", "source.tag-signature",
		    "is not over these bytes" },
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
		check_fails(doc, cases[i].check, cases[i].words);
		check_finding("image.signature", PQ_PASS, "");
		pq_buf_free(&tag);
	}
}

/* The ref of that name points to another object. */
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
		set_member(doc, "git", "ref", refs[i]);
		check_fails(doc, "source.tag-commit",
		    "the git server advertised another");
		check_finding("source.tag-signature", PQ_PASS, "");
	}
	doc = signed_document();
	git = get_member(doc, "git");
	(void)snprintf(text, sizeof(text), "%.40s refs/tags/v1.0.1",
	    json_string_value(get_member(git, "ref")));
	set_member(doc, "git", "ref", text);
	check_fails(
	    doc, "source.tag-commit", "the git server advertised another");

	doc = signed_document();
	json_object_del(get_member(doc, "git"), "ref");
	check_fails(
	    doc, "source.tag-commit", "the git server advertised another");

	doc = signed_document();
	set_member(get_member(doc, "git"), "tag_object", "oid", ZEROS);
	check_fails(doc, "source.tag-commit", "does not match its object id");
}

/* The finding gives the first fault of the tag, not its consequences. */
static void
test_source__gives_the_first_reason(void **state)
{
	struct pq_buf tag = fixture("cosign/bad/tag/unsigned");
	json_t *doc = signed_document();
	char oid[PQ_OID_TEXT];

	(void)state;
	json_object_set_new(doc, "git", git_of(&tag));
	set_member(doc, "git", "ref", ZEROS " refs/tags/v1.0.0");
	check_fails(doc, "source.tag-commit", "no signed tag");
	pq_buf_free(&tag);

	/* the subject is the object's id, even for an unreadable object */
	doc = signed_document();
	json_object_set_new(doc, "git", git_of(&w.commit));
	check_fails(
	    doc, "source.tag-signature", "expected the \"object\" line");
	pq_oid_format(oid, &judged->tag_oid);
	assert_string_equal(find_finding("source.tag-signature")->subject, oid);
	assert_string_equal(find_finding("source.version")->subject, oid);
}

/* The commit object is optional: not every git server sends it. */
static void
test_source__passes_without_the_commit_object(void **state)
{
	json_t *doc = signed_document();

	(void)state;
	json_object_del(get_member(doc, "git"), "commit_object");
	check_passes(doc);
}

static void
test_source__refuses_another_commit_object(void **state)
{
	struct pq_buf other = PQ_BUF_INIT(4096);
	json_t *doc = signed_document();

	(void)state;
	set_member(get_member(doc, "git"), "commit_object", "oid", ZEROS);
	check_fails(doc, "source.tag-commit", "the commit object is not");

	doc = signed_document();
	pq_buf_slice(&other, pq_buf_view(&w.commit));
	pq_buf_str(&other, "more\n");
	json_object_set_new(get_member(doc, "git"), "commit_object",
	    make_object(&other, PQ_GITOBJ_COMMIT));
	check_fails(doc, "source.tag-commit", "the commit object is not");
	pq_buf_free(&other);
}

/* Old documents contain a claim; the warden judges claims, not this library. */
static void
test_source__a_claim_of_a_callback_is_not_evidence(void **state)
{
	json_t *doc = signed_document();

	(void)state;
	json_object_set_new(
	    doc, "callback", json_pack("{s:s}", "commit", ZEROS));
	check_passes(doc);
	doc = make_document();
	add_absent(doc);
	json_object_set_new(
	    doc, "callback", json_pack("{s:s}", "commit", ZEROS));
	check_pends(doc, "image.signature", "");
}

/* The two findings of source.version are independent. */
static void
test_source__judges_tag_and_signed_version_separately(void **state)
{
	json_t *doc = signed_document();
	char image[PQ_DIGEST_TEXT], oid[PQ_OID_TEXT];

	(void)state;
	pq_digest_format(image, &w.image);
	set_member(doc, "image", "tag", "1.0.1");
	json_object_set_new(doc, "git",
	    json_pack("{s:s,s:s}", "repository", GIT, "tag", "v1.0.1"));
	add_lookup(doc, "git-ref", NULL);
	assert_int_equal(judge_json(doc), PQ_FAIL);
	check_finding("source.version", PQ_PENDING, "no such tag yet");
	signed_says("source.version", PQ_FAIL,
	    "is \"1.0.0\", but the image tag is \"1.0.1\"");

	/* without a signature the version is neither good nor bad */
	doc = make_document();
	add_absent(doc);
	set_member(doc, "image", "tag", "1.0.1");
	assert_int_equal(judge_json(doc), PQ_FAIL);
	check_finding("source.version", PQ_FAIL, "name inside the signed tag");
	signed_says("source.version", PQ_PENDING, "not examined");
	/* each finding names its own bytes */
	pq_oid_format(oid, &judged->tag_oid);
	assert_string_equal(find_finding("source.version")->subject, oid);
	assert_string_equal(finding_of("source.version", true)->subject, image);
	signed_says("image.repository", PQ_PENDING, "not examined");
	check_finding("image.labels", PQ_PENDING, "not examined");
	check_finding("image.repository", PQ_PASS, "fetched from");
}

/* Without a source the label is still judged, and the subject is its bytes. */
static void
test_source__judges_the_signed_version_without_a_source(void **state)
{
	struct pq_policy saved = w.policy;
	json_t *doc = signed_document();

	(void)state;
	w.policy.git_url = NULL;
	set_member(doc, "image", "tag", "9.9.9");
	assert_int_equal(judge_json(doc), PQ_FAIL);
	signed_says("source.version", PQ_FAIL, "the image tag is \"9.9.9\"");
	assert_string_not_equal(
	    finding_of("source.version", true)->subject, "");
	/* there is no other finding about a source */
	assert_int_equal(verdict.findings.n, 7);
	doc = make_document();
	add_absent(doc);
	check_pends(doc, "image.signature", "");
	assert_int_equal(verdict.findings.n, 7);
	w.policy = saved;
}

/* Without a source in the policy there are no findings about it. */
static void
test_source__judges_by_the_policy_only(void **state)
{
	struct pq_policy saved = w.policy;
	json_t *doc = signed_document();

	(void)state;
	w.policy.git_url = NULL;
	json_object_del(doc, "git");
	assert_int_equal(judge_json(doc), PQ_PASS);
	assert_int_equal(verdict.findings.n, 7);
	/* a policy without any key accepts nothing */
	w.policy = saved;
	w.policy.n_requirements = 0;
	check_fails(signed_document(), "image.signature", "");
	w.policy = saved;
}

#define TEST(name) cmocka_unit_test_teardown(test_source__##name, drop_document)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refuses_another_repository),
		TEST(refuses_another_platform),
		TEST(refuses_an_incomplete_image),
		TEST(refuses_a_signature_of_another_image),
		TEST(missing_tag_is_pending),
		TEST(refuses_a_lightweight_tag),
		TEST(refuses_every_bad_tag),
		TEST(refuses_a_ref_that_points_elsewhere),
		TEST(gives_the_first_reason),
		TEST(passes_without_the_commit_object),
		TEST(refuses_another_commit_object),
		TEST(a_claim_of_a_callback_is_not_evidence),
		TEST(judges_tag_and_signed_version_separately),
		TEST(judges_the_signed_version_without_a_source),
		TEST(judges_by_the_policy_only),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
