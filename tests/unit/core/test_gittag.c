/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <dirent.h>

#include <pratique/gittag.h>

/* Every bad file, and the words by which it must be refused. */
static const struct {
	const char *name;
	const char *words;
} bads[] = {
	{ "all-zero-signature", "does not fit these bytes" },
	{ "base64-with-blank", "not canonical base64" },
	{ "base64-without-padding", "not canonical base64" },
	{ "blank-line-after-signature", "bytes after the signature" },
	{ "blob-trailing-bytes", "bytes left over" },
	{ "blob-truncated", "cut short" },
	{ "crlf", "malformed" },
	{ "crlf-payload", "does not fit these bytes" },
	{ "duplicate-object", "expected the \"type\" line" },
	{ "ecdsa-negative-integer", "well-formed ECDSA" },
	{ "ecdsa-padded-integer", "well-formed ECDSA" },
	{ "empty-namespace", "empty namespace" },
	{ "expired-key-back-dated", "has expired" },
	{ "flipped-bit", "does not fit these bytes" },
	{ "hash-sha1", "neither sha256 nor sha512" },
	{ "hash-swapped", "does not fit these bytes" },
	{ "header-order-changed", "expected the \"object\" line" },
	{ "inner-trailing-bytes", "bytes left over" },
	{ "key-for-another-namespace", "listed for other namespaces" },
	{ "key-not-valid-yet-at-tagger-time", "not valid yet" },
	{ "key-swapped", "does not fit these bytes" },
	{ "names-a-tree", "names a \"tree\"" },
	{ "nested", "nested tag" },
	{ "no-tagger", "expected the \"tagger\" line" },
	{ "nul-in-message", "NUL byte" },
	{ "openpgp", "OpenPGP signature" },
	{ "other-commit", "does not fit these bytes" },
	{ "pgp-then-ssh", "more than one signature" },
	{ "renamed-after-signing", "does not fit these bytes" },
	{ "reserved-in-use", "reserved field" },
	{ "sha1-ssh-rsa", "SHA-1 (ssh-rsa)" },
	{ "space-in-name", "not a valid tag name of at most 128 bytes" },
	{ "sshsig-version-2", "version 2" },
	{ "tagger-with-two-mails", "more than one <mail>" },
	{ "tagger-without-date", "without a date" },
	{ "text-after-signature", "bytes after the signature" },
	{ "truncated-header", "ends before" },
	{ "truncated-signature", "cut short" },
	{ "two-signatures", "more than one signature" },
	{ "unknown-header", "unexpected header line \"x y\"" },
	{ "unknown-key", "not an allowed signer" },
	{ "unsigned", "not signed" },
	{ "upper-case-object", "id is malformed" },
	{ "wrong-algorithm", "does not fit the key" },
	{ "wrong-namespace", "namespace \"file\"" },
	{ "wrong-namespace-upper-case", "namespace \"Git\"" },
	{ "x509", "X.509 signature" },
};

#define N_BADS (sizeof(bads) / sizeof(bads[0]))

static int
setup(void **state)
{
	struct pq_buf b = fixture("gittag/allowed_signers");
	struct pq_signers *s = NULL;
	struct pq_err err = PQ_ERR_INIT;

	if (pq_signers_parse(&s, pq_buf_view(&b), &err) != 0)
		fail_msg("allowed_signers: %s", err.text);
	pq_buf_free(&b);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	pq_signers_free(*state);
	return 0;
}

/* Parse and examine; a parse error is a fail with its words. */
static void
judge(struct pq_ruling *ret, const struct pq_signers *signers,
    struct pq_slice raw, int64_t now)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_gittag tag;

	*ret = (struct pq_ruling){ 0 };
	if (pq_gittag_parse(&tag, raw, &err) < 0)
		(void)snprintf(
		    ret->reason, sizeof(ret->reason), "%s", err.text);
	else
		assert_int_equal(pq_gittag_examine(&tag, signers, now, ret), 0);
}

static void
test_gittag__accepts_every_good_one(void **state)
{
	static const char *const names[] = { "ed25519", "p256", "p384", "p521",
		"rsa", "v1.0.0" };
	struct pq_ruling ruling;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[128];
		struct pq_buf b;

		(void)snprintf(path, sizeof(path), "gittag/good/%s", names[i]);
		b = fixture(path);
		judge(&ruling, *state, pq_buf_view(&b), NOW);
		if (ruling.status != PQ_PASS)
			fail_msg("%s: %s", names[i], ruling.reason);
		assert_non_null(strstr(ruling.principal, "@example.com"));
		pq_buf_free(&b);
	}
}

static void
test_gittag__refuses_every_bad_one(void **state)
{
	struct pq_ruling ruling;
	size_t i;

	for (i = 0; i < N_BADS; i++) {
		char path[128];
		struct pq_buf b;

		(void)snprintf(
		    path, sizeof(path), "gittag/bad/%s", bads[i].name);
		b = fixture(path);
		judge(&ruling, *state, pq_buf_view(&b), NOW);
		if (ruling.status != PQ_FAIL)
			fail_msg("%s passed", bads[i].name);
		if (strstr(ruling.reason, bads[i].words) == NULL)
			fail_msg("%s: refused by \"%s\"", bads[i].name,
			    ruling.reason);
		assert_string_equal(ruling.principal, "");
		pq_buf_free(&b);
	}
}

static void
test_gittag__knows_every_bad_file(void **state)
{
	DIR *d = opendir(PQ_FIXTURES "/gittag/bad");
	const struct dirent *e;
	size_t i;

	(void)state;
	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		for (i = 0; i < N_BADS; i++)
			if (strcmp(bads[i].name, e->d_name) == 0)
				break;
		if (i == N_BADS)
			fail_msg("%s has no line in this test", e->d_name);
	}
	(void)closedir(d);
}

static void
test_gittag__reads_what_git_wrote(void **state)
{
	struct pq_buf b = fixture("gittag/good/v1.0.0");
	struct pq_gittag tag;

	(void)state;
	assert_int_equal(pq_gittag_parse(&tag, pq_buf_view(&b), NULL), 0);
	assert_true(pq_slice_eq_str(tag.name, "v1.0.0"));
	assert_true(pq_slice_eq_str(tag.tagger, "Ada <ada@example.com>"));
	assert_true(pq_slice_eq_str(tag.message, "release v1.0.0\n"));
	assert_int_equal(tag.tagger_time, TAGGED);
	assert_int_equal(tag.object.len, 20);
	assert_int_equal(tag.type, PQ_GITOBJ_COMMIT);
	assert_int_equal(tag.payload.n + tag.signature.n, b.n);
	pq_buf_free(&b);
}

/* Whichever byte of a signed tag is changed, it is not accepted. */
static void
test_gittag__refuses_every_changed_byte(void **state)
{
	struct pq_buf b = fixture("gittag/good/v1.0.0");
	struct pq_ruling ruling;
	size_t i;

	for (i = 0; i < b.n; i++) {
		b.p[i] ^= 1;
		judge(&ruling, *state, pq_buf_view(&b), NOW);
		if (ruling.status == PQ_PASS)
			fail_msg("byte %zu may be changed", i);
		b.p[i] ^= 1;
	}
	pq_buf_free(&b);
}

/* The one exception is the last newline, which is not signed. */
static void
test_gittag__refuses_every_cut(void **state)
{
	struct pq_buf b = fixture("gittag/good/v1.0.0");
	struct pq_ruling ruling;
	size_t i;

	for (i = 0; i + 1 < b.n; i++) {
		judge(&ruling, *state, pq_slice(b.p, i), NOW);
		assert_int_equal(ruling.status, PQ_FAIL);
	}
	pq_buf_free(&b);
}

static void
test_gittag__refuses_over_the_limit(void **state)
{
	struct pq_gittag tag;
	uint8_t *p = calloc(1, PQ_GITTAG_MAX + 1);

	(void)state;
	assert_non_null(p);
	assert_int_equal(
	    pq_gittag_parse(&tag, pq_slice(p, PQ_GITTAG_MAX + 1), NULL),
	    -PQ_ELIMIT);
	assert_int_equal(
	    pq_gittag_parse(&tag, pq_slice(NULL, 0), NULL), -PQ_EFORMAT);
	free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gittag__accepts_every_good_one),
		cmocka_unit_test(test_gittag__refuses_every_bad_one),
		cmocka_unit_test(test_gittag__knows_every_bad_file),
		cmocka_unit_test(test_gittag__reads_what_git_wrote),
		cmocka_unit_test(test_gittag__refuses_every_changed_byte),
		cmocka_unit_test(test_gittag__refuses_every_cut),
		cmocka_unit_test(test_gittag__refuses_over_the_limit),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
