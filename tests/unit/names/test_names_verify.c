/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verify accepts the names that check-config accepts: in the body of a
 * callback, in a signed tag, in a signed text and in an evidence document.
 */
#include "accepted.h"

#include <jansson.h>

#include <pratique/evidence.h>
#include <pratique/gittag.h>
#include <pratique/repository.h>
#include <pratique/text.h>

#include "ipc/channel.h"

#define COMMIT "1111111111111111111111111111111111111111"

/* Read the hint of the body @o, and send it through a message. */
static void
read_hint(struct pq_hint *ret, const char *event, json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT);
	struct pq_callback cb = { .body = pq_slice_str(text),
		.github_event = pq_slice_str(event) };
	struct pq_buf b = PQ_BUF_INIT(PQ_IPC_INLINE);
	struct pq_msg m = { .type = PQ_MSG_HINT }, got;

	json_decref(o);
	assert_non_null(text);
	assert_int_equal(pq_hint_read(ret, PQ_SCHEME_GITHUB, &cb), 0);
	if (ret->reason[0] != '\0')
		fail_msg("%s: %s", text, ret->reason);
	m.hint.repository = pq_slice_str(ret->repository);
	m.hint.tag = pq_slice_str(ret->tag);
	m.hint.git_tag = pq_slice_str(ret->git_tag);
	if (pq_msg_encode(&b, &m) != 0)
		fail_msg("%s: does not fit a message", text);
	assert_int_equal(pq_msg_decode(&got, pq_buf_view(&b), NULL), 0);
	free(text);
	pq_buf_free(&b);
}

static void
check_image(const char *name)
{
	char ref[NAMES_ROOM], tag[NAMES_ROOM];
	struct pq_repository r;
	struct pq_err err = PQ_ERR_INIT;
	struct pq_hint h;
	size_t n;

	do {
		n = names_tag(tag, names_length(PQ_TAG_MAX));
	} while (n > PQ_TAG_MAX);
	tag[n] = '\0';
	(void)snprintf(ref, sizeof(ref), "%s:%s", name, tag);
	read_hint(&h, "pratique", json_pack("{s:s}", "image", ref));
	assert_int_equal(h.kind, PQ_HINT_IMAGE);
	assert_string_equal(h.repository, name);
	assert_string_equal(h.tag, tag);
	if (pq_repository_parse(&r, pq_slice_str(ref), &err) != 0)
		fail_msg("%s", err.text);
}

static void
test_names__verify_reads_each_image(void **state)
{
	(void)state;
	each_accepted(
	    names_repository, PQ_REPOSITORY_MAX, accepts_image, check_image);
}

static void
check_tag_object(const char *name)
{
	struct pq_buf b = PQ_BUF_INIT(1024);
	struct pq_err err = PQ_ERR_INIT;
	struct pq_gittag tag;

	pq_buf_fmt(&b,
	    "object " COMMIT "\ntype commit\ntag %s\n"
	    "tagger A <a@example.com> 1 +0000\n\nx\n",
	    name);
	if (pq_gittag_parse(&tag, pq_buf_view(&b), &err) != 0)
		fail_msg("%s: %s", name, err.text);
	assert_true(pq_slice_eq_str(tag.name, name));
	pq_buf_free(&b);
}

/* Judge a document in which the git tag is absent under this name. */
static void
check_verdict(char *tag, char *name)
{
	struct pq_verdict v = { .findings = { NULL } };
	static char empty[] = "", image[] = "r.example/acme/web";
	char ref[PQ_GIT_REF_TEXT], subject[PQ_SUBJECT_MAX];
	struct pq_evidence_lookup asked = { "git-ref", ref, 404, { { 0 } } };
	struct pq_evidence e = { .service = empty,
		.repository = image,
		.tag = tag,
		.os = empty,
		.architecture = empty,
		.lookups = &asked,
		.n_lookups = 1,
		.git_repository = accepted->policy->git_url,
		.git_tag = name };
	struct pq_buf doc = PQ_BUF_INIT(1u << 16);
	struct pq_evidence *back = NULL;
	struct pq_err err = PQ_ERR_INIT;
	size_t i, n;

	(void)snprintf(ref, sizeof(ref), PQ_GIT_TAGS "%s", name);
	assert_int_equal(strlen(ref), strlen(PQ_GIT_TAGS) + strlen(name));
	e.policy_hash.sha256[0] = e.digest.sha256[0] = 1;
	assert_int_equal(pq_evidence_write(&doc, &e), 0);
	if (pq_evidence_parse(&back, pq_buf_view(&doc), &err) != 0)
		fail_msg("%s: %s", name, err.text);
	assert_string_equal(back->git_tag, name);
	assert_string_equal(back->lookups[0].ref, ref);
	/* leave out the requirements: the key files contain no real keys */
	n = accepted->policy->n_requirements;
	accepted->policy->n_requirements = 0;
	assert_int_equal(pq_verdict_judge(&v, accepted->policy, back, 1), 0);
	pq_text_escape(subject, sizeof(subject), pq_slice_str(ref));
	for (i = 0; i < v.findings.n; i++)
		if (v.findings.v[i].check == PQ_CHECK_SOURCE_TAG_COMMIT)
			break;
	assert_true(i < v.findings.n);
	assert_int_equal(v.findings.v[i].status, PQ_PENDING);
	assert_string_equal(v.findings.v[i].subject, subject);
	accepted->policy->n_requirements = n;
	pq_verdict_free(&v);
	pq_evidence_free(back);
	pq_buf_free(&doc);
}

static void
check_template(const char *template)
{
	char tag[NAMES_ROOM], git_tag[PQ_GIT_TAG_TEXT], ref[PQ_GIT_REF_TEXT];
	struct pq_hint h;

	(void)template;
	make_version(tag, git_tag);
	(void)snprintf(ref, sizeof(ref), PQ_GIT_TAGS "%s", git_tag);
	read_hint(&h, "push",
	    json_pack("{s:s,s:s,s:{s:s}}", "ref", ref, "after", COMMIT,
		"repository", "full_name", "acme/web"));
	assert_int_equal(h.kind, PQ_HINT_GIT_TAG);
	assert_string_equal(h.git_tag, git_tag);
	check_tag_object(git_tag);
	check_verdict(tag, git_tag);
}

static void
test_names__verify_reads_each_git_tag(void **state)
{
	(void)state;
	each_accepted(names_template, PQ_TEMPLATE_REST_MAX, accepts_template,
	    check_template);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names__verify_reads_each_image),
		cmocka_unit_test(test_names__verify_reads_each_git_tag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
