/* SPDX-License-Identifier: Apache-2.0 */
/* A callback that verify could not read is read again, or refused. */
#include "callbacks.h"

static void
test_hints__retries_a_callback_that_could_not_be_read(void **state)
{
	(void)state;
	add_callbacks(1, 100);
	assert_int_equal(count_sent(), 1);
	answer_all(PQ_HINT_NOT_READ, "no process");
	assert_int_equal(
	    count_rows(
		"SELECT count(*) FROM callbacks WHERE state = 'received'"),
	    1);
	assert_int_equal(count_sent_later(), 0); /* after a pause */
	w.now.wall_ms += 2000;
	assert_int_equal(count_sent_later(), 1);
	answer_all_with_ping();
	assert_int_equal(
	    count_rows("SELECT count(*) FROM callbacks WHERE state = 'done'"),
	    1);
}

static void
test_hints__refuses_an_unreadable_callback_at_its_deadline(void **state)
{
	(void)state;
	add_callbacks(1, 100);
	w.now.wall_ms += 61000;
	assert_int_equal(count_sent(), 1);
	answer_all(PQ_HINT_NOT_READ, "no process");
	assert_int_equal(
	    count_rows(
		"SELECT count(*) FROM callbacks WHERE state = 'refused' AND"
		" reason = 'the callback could not be read: no process'"),
	    1);
	assert_int_equal(w.backlog, 0);
	assert_int_equal(w.shares[0].n, 0);
	assert_int_equal(w.shares[0].bytes, 0);
}

/* Let a callback make this claim; return its final state. */
static const char *
judge_hint(enum pq_hint_kind kind, const char *repository, const char *tag)
{
	struct pq_msg m = { .type = PQ_MSG_HINT };
	static char text[32];
	sqlite3_stmt *st;

	add_callbacks(1, 100);
	assert_int_equal(count_sent_later(), 1);
	m.job = (uint64_t)w.last_id;
	m.hint.kind = kind;
	m.hint.repository = pq_slice_str(repository);
	if (kind == PQ_HINT_IMAGE)
		m.hint.tag = pq_slice_str(tag);
	else
		m.hint.git_tag = pq_slice_str(tag);
	assert_int_equal(pq_on_hint(&w, NULL, &m), 0);
	forget_errands_and_reads();
	st = pq_store_query(&w.store,
	    "SELECT state FROM callbacks WHERE id = ?", "i", (int64_t)m.job);
	assert_int_equal(pq_store_next(&w.store, st), 1);
	pq_store_text(st, 0, text, sizeof(text));
	pq_store_done(st);
	return text;
}

/* A forge finds a repository under any case of its name. */
static void
test_hints__compare_forge_names_without_case(void **state)
{
	static char url[] = "https://git.example.com/Acme/Web.git";
	static char template[] = "v{version}";
	static const char *const same[] = { "Acme/Web", "acme/web", "ACME/WEB",
		"acme/web.git", "Acme/web.GIT", "Git.Example.com/acme/Web" };
	static const char *const other[] = { "acme/webs", "acme/we", "me/web",
		"acme", "", "example.com/acme/web" };
	size_t i;

	(void)state;
	policies[0].git_url = url;
	policies[0].git_tag = template;
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_string_equal(
		    judge_hint(PQ_HINT_GIT_TAG, same[i], "v1.0.0"), "done");
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		assert_string_equal(
		    judge_hint(PQ_HINT_GIT_TAG, other[i], "v1.0.0"), "ignored");
	/* the name of an image is lower-case by its grammar */
	assert_string_equal(
	    judge_hint(PQ_HINT_IMAGE, "r.example/acme/web", "1"), "done");
	assert_string_equal(
	    judge_hint(PQ_HINT_IMAGE, "r.example/Acme/web", "1"), "ignored");
}

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* A pushed signature is not a release. */
static void
test_hints__ignore_tags_of_signatures(void **state)
{
	static const char *const artifacts[] = { "sha256-" HEX64 ".sig",
		"sha256-" HEX64 ".att", "sha256-" HEX64 ".sbom",
		"sha256-" HEX64, "sha512-" HEX64, "sha512-" HEX64 HEX64 };
	static const char *const releases[] = { "sha-0123456789abcdef",
		"sha256-0123", "sha256-" HEX64 "-amd64", "1.0.0.sig",
		"sha256" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(artifacts) / sizeof(artifacts[0]); i++)
		if (strlen(artifacts[i]) <= PQ_TAG_MAX)
			assert_string_equal(
			    judge_hint(
				PQ_HINT_IMAGE, policies[0].image, artifacts[i]),
			    "ignored");
	assert_int_equal(
	    count_rows("SELECT count(*) FROM looks WHERE tag LIKE 'sha%'"), 0);
	for (i = 0; i < sizeof(releases) / sizeof(releases[0]); i++)
		assert_string_equal(
		    judge_hint(PQ_HINT_IMAGE, policies[0].image, releases[i]),
		    "done");
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_hints__##name, set_up_warden, tear_down_warden)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(retries_a_callback_that_could_not_be_read),
		TEST(refuses_an_unreadable_callback_at_its_deadline),
		TEST(compare_forge_names_without_case),
		TEST(ignore_tags_of_signatures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
