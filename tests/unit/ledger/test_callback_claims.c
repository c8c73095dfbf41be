/* SPDX-License-Identifier: Apache-2.0 */
/* The claims of callbacks about a tag, compared with the evidence. */
#include "releases.h"

#include "warden/callback_claims.h"
#include "warden/ledger_callbacks.h"
#include "warden/ledger_claims.h"
#include "warden/ledger_looks.h"

#define MANIFEST  \
	"sha256:" \
	"1111111111111111111111111111111111111111111111111111111111111111"
#define OTHER     \
	"sha256:" \
	"2222222222222222222222222222222222222222222222222222222222222222"
#define COMMIT "0123456789012345678901234567890123456789"
#define FALSE_COMMIT "9999999999999999999999999999999999999999"

static const struct pq_msg_verdict found = {
	.digest = PQ_SLICE_LIT(DIGEST),
	.manifest = PQ_SLICE_LIT(MANIFEST),
	.tag_object = PQ_SLICE_LIT("aaaa"),
	.commit = PQ_SLICE_LIT(COMMIT),
};

static int64_t
add_claim(const char *service, const char *tag, const char *digest,
    const char *commit)
{
	static int64_t id = 100;
	char body[16];
	struct pq_callback cb;
	struct pq_callback_claim c = { "", "", "" };

	(void)snprintf(body, sizeof(body), "%lld", (long long)++id);
	cb = (struct pq_callback){ .body = pq_slice_str(body) };
	(void)snprintf(c.digest, sizeof(c.digest), "%s", digest);
	(void)snprintf(c.commit, sizeof(c.commit), "%s", commit);
	pq_store_begin(&w.store);
	assert_int_equal(pq_ledger_callback_add(&w.store, id, service,
			     PQ_SCHEME_GITHUB, "", &cb, "r", 1, NOW_S),
	    PQ_INSERT_NEW);
	pq_ledger_claim_keep(&w.store, id, tag, &c);
	assert_int_equal(w.store.fault, 0);
	return id;
}

/* Check the finding about the claims for 1.2.3; PQ_CHECK_NONE: they fit. */
static void
expect_finding(
    const struct pq_msg_verdict *v, enum pq_check check, const char *words)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };

	pq_callback_claims_judge(&w, "web", "1.2.3", v, &f);
	assert_int_equal(f.n, words[0] != '\0');
	if (f.n == 0)
		return;
	assert_int_equal(f.v[0].check, check);
	assert_int_equal(f.v[0].status, PQ_PENDING);
	if (strstr(f.v[0].reason, words) == NULL)
		fail_msg("%s: %s", words, f.v[0].reason);
}

static void
expect_fit(void)
{
	expect_finding(&found, PQ_CHECK_NONE, "");
}

static void
forget_callbacks(void)
{
	pq_store_do(&w.store, "DELETE FROM callbacks", "");
	assert_int_equal(w.store.fault, 0);
}

static void
test_callback_claims__true_claims_fit(void **state)
{
	static const char *const digests[] = { "", DIGEST, MANIFEST };
	static const char *const commits[] = { "", COMMIT };
	size_t i, k;

	(void)state;
	expect_fit(); /* there is no claim */
	for (i = 0; i < 3; i++)
		for (k = 0; k < 2; k++) {
			forget_callbacks();
			(void)add_claim("web", "1.2.3", digests[i], commits[k]);
			expect_fit();
		}
}

static void
test_callback_claims__another_digest_is_pending(void **state)
{
	(void)state;
	(void)add_claim("web", "1.2.3", OTHER, COMMIT);
	expect_finding(&found, PQ_CHECK_IMAGE_DIGEST,
	    "the callback claims " OTHER
	    ", but the tag 1.2.3 has the digest " DIGEST);
}

static void
test_callback_claims__another_commit_is_pending(void **state)
{
	struct pq_msg_verdict v = found;

	(void)state;
	(void)add_claim("web", "1.2.3", DIGEST, FALSE_COMMIT);
	expect_finding(&found, PQ_CHECK_SOURCE_IMAGE_COMMIT,
	    "the callback claims commit " FALSE_COMMIT
	    ", but the signed tag names commit " COMMIT);
	/* a policy without a source finds no commit */
	v.commit = PQ_SLICE_LIT("");
	expect_finding(&v, PQ_CHECK_NONE, "");
}

/* One claim that fits is enough, in any order, among any number. */
static void
test_callback_claims__one_claim_that_fits_is_enough(void **state)
{
	(void)state;
	(void)add_claim("web", "1.2.3", OTHER, "");
	(void)add_claim("web", "1.2.3", DIGEST, FALSE_COMMIT);
	expect_finding(
	    &found, PQ_CHECK_SOURCE_IMAGE_COMMIT, "the callback claims");
	(void)add_claim("web", "1.2.3", OTHER, COMMIT);
	expect_finding(&found, PQ_CHECK_IMAGE_DIGEST, "the callback claims");
	(void)add_claim("web", "1.2.3", MANIFEST, COMMIT);
	expect_fit();
	(void)add_claim("web", "1.2.3", OTHER, FALSE_COMMIT);
	expect_fit();
}

static void
test_callback_claims__a_flood_of_false_claims_hides_no_true_one(void **state)
{
	size_t i;

	(void)state;
	(void)add_claim("web", "1.2.3", DIGEST, "");
	for (i = 0; i < 2000; i++)
		(void)add_claim("web", "1.2.3", OTHER, "");
	expect_fit();
}

static void
test_callback_claims__count_for_one_tag_and_service(void **state)
{
	(void)state;
	(void)add_claim("web", "1.2.4", OTHER, "");
	(void)add_claim("shop", "1.2.3", OTHER, "");
	(void)add_claim("web", "", OTHER, "");
	expect_fit();
	(void)add_claim("web", "1.2.3", OTHER, "");
	(void)add_claim("web", "1.2.4", DIGEST, "");
	(void)add_claim("shop", "1.2.3", DIGEST, "");
	expect_finding(&found, PQ_CHECK_IMAGE_DIGEST, "the callback claims");
}

/* The digest of the manifest is unknown until the image is examined. */
static void
test_callback_claims__wait_for_the_manifest(void **state)
{
	struct pq_msg_verdict v = found;

	(void)state;
	(void)add_claim("web", "1.2.3", MANIFEST, "");
	v.manifest = PQ_SLICE_LIT("");
	expect_finding(&v, PQ_CHECK_NONE, "");
}

static void
test_callback_claims__a_retry_drops_them(void **state)
{
	(void)state;
	(void)add_claim("web", "1.2.3", OTHER, "");
	pq_ledger_claims_drop(&w.store, "web", "1.2.4");
	assert_int_equal(w.store.fault, 0);
	pq_ledger_claims_drop(&w.store, "shop", "1.2.3");
	assert_int_equal(w.store.fault, 0);
	expect_finding(&found, PQ_CHECK_IMAGE_DIGEST, "the callback claims");
	pq_ledger_claims_drop(&w.store, "web", "1.2.3");
	assert_int_equal(w.store.fault, 0);
	expect_fit();
	/* a false claim that arrives during the retry has no effect either */
	(void)add_claim("web", "1.2.3", OTHER, "");
	expect_fit();
}

static void
test_callback_claims__delay_a_release_until_one_fits(void **state)
{
	int64_t id;

	(void)state;
	(void)add_claim("web", "1.2.3", OTHER, "");
	(void)add_look(2, "1.2.3");
	give_verdict_with(PQ_JOB_LOOK, 2, PQ_PASS, &found);
	id = pq_ledger_release_by_digest(&w.store, "web", DIGEST);
	assert_int_equal(read_release(id).state, PQ_STATE_FETCHING);
	assert_non_null(
	    strstr(read_release(id).reason, "image.digest: the callback"));
	give_verdict_with(PQ_JOB_RELEASE, id, PQ_PASS, &found);
	assert_int_equal(read_release(id).state, PQ_STATE_FETCHING);
	(void)add_claim("web", "1.2.3", DIGEST, "");
	give_verdict_with(PQ_JOB_RELEASE, id, PQ_PASS, &found);
	assert_int_equal(read_release(id).state, PQ_STATE_QUARANTINED);
}

/* A later callback does not delay a release that passed. */
static void
test_callback_claims__are_judged_only_on_arrival(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_REFETCHING);

	(void)state;
	pq_clock_start(&r.clock, &w.now);
	(void)snprintf(r.manifest, sizeof(r.manifest), MANIFEST);
	(void)snprintf(r.tag_object, sizeof(r.tag_object), "aaaa");
	(void)snprintf(r.commit, sizeof(r.commit), COMMIT);
	add_release(&r);
	(void)add_claim("web", "1.2.3", OTHER, FALSE_COMMIT);
	give_verdict_with(PQ_JOB_RELEASE, 1, PQ_PASS, &found);
	assert_int_equal(read_release(1).state, PQ_STATE_CLEARED);
}

/* Ledgers of schema 3 kept the claims in the rows of the looks. */
static void
test_callback_claims__migrate_to_their_callbacks(void **state)
{
	static const char *const before[] = {
		"CREATE TABLE callbacks(id INTEGER PRIMARY KEY,"
		" service TEXT NOT NULL, look INTEGER,"
		" state TEXT NOT NULL DEFAULT 'done',"
		" parked INTEGER NOT NULL DEFAULT 0,"
		" scheme INTEGER NOT NULL DEFAULT 2,"
		" delivery TEXT NOT NULL DEFAULT '',"
		" body_hash BLOB NOT NULL DEFAULT x'') STRICT;"
		"CREATE INDEX callbacks_delivery ON callbacks(delivery);"
		"CREATE INDEX callbacks_body ON callbacks(body_hash);"
		"CREATE INDEX callbacks_parked ON callbacks(parked);"
		"CREATE INDEX callbacks_waiting ON callbacks(state);"
		"CREATE TABLE looks(id INTEGER PRIMARY KEY, tag TEXT NOT NULL,"
		" claim_digest TEXT NOT NULL, claim_commit TEXT NOT NULL,"
		" claim_git_tag TEXT NOT NULL,"
		" service TEXT NOT NULL DEFAULT 'web',"
		" state TEXT NOT NULL DEFAULT 'done',"
		" tries INTEGER NOT NULL DEFAULT 0,"
		" next_try INTEGER NOT NULL DEFAULT 0) STRICT;"
		"CREATE INDEX looks_due ON looks(next_try);"
		"CREATE TABLE releases(id INTEGER PRIMARY KEY,"
		" claim_digest TEXT NOT NULL, claim_commit TEXT NOT NULL,"
		" claim_git_tag TEXT NOT NULL) STRICT;"
		"CREATE TABLE clock(one INTEGER PRIMARY KEY) STRICT;"
		"CREATE TABLE proofs(release INTEGER PRIMARY KEY,"
		" verdict BLOB NOT NULL) STRICT;"
		"INSERT INTO looks(id, tag, claim_digest, claim_commit,"
		" claim_git_tag) VALUES(7, '1.2.3', '" OTHER "', '', 'v');"
		"INSERT INTO callbacks(id, service, look) VALUES(1, 'web', 7), "
		"(2, 'web', NULL),"
		" (3, 'web', 99);",
		"",
		"",
	};
	struct pq_err err = PQ_ERR_INIT;
	struct pq_store old;

	(void)state;
	assert_int_equal(pq_store_commit(&w.store), 0);
	pq_store_close(&w.store);
	(void)unlink(path);
	assert_int_equal(pq_store_open(&old, path, before, 3, &err), 0);
	pq_store_close(&old);
	assert_int_equal(pq_ledger_open(&w.store, path, &err), 0);
	expect_finding(
	    &found, PQ_CHECK_IMAGE_DIGEST, "the callback claims " OTHER);
	assert_int_equal(count_rows("SELECT count(*) FROM callbacks WHERE"
				    " claim_tag <> ''"),
	    1);
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    name, set_up_with_source, tear_down_warden)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_callback_claims__true_claims_fit),
		TEST(test_callback_claims__another_digest_is_pending),
		TEST(test_callback_claims__another_commit_is_pending),
		TEST(test_callback_claims__one_claim_that_fits_is_enough),
		TEST(
		    test_callback_claims__a_flood_of_false_claims_hides_no_true_one),
		TEST(test_callback_claims__count_for_one_tag_and_service),
		TEST(test_callback_claims__wait_for_the_manifest),
		TEST(test_callback_claims__a_retry_drops_them),
		TEST(test_callback_claims__delay_a_release_until_one_fits),
		TEST(test_callback_claims__are_judged_only_on_arrival),
		TEST(test_callback_claims__migrate_to_their_callbacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
