/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <pratique/gittag.h>

/* Every bad file, with words of the expected reason. */
static const struct {
	const char *name;
	const char *words;
} bads[] = {
	{ "all-zero-signature", "is not over these bytes" },
	{ "base64-with-blank", "not canonical base64" },
	{ "base64-without-padding", "not canonical base64" },
	{ "blank-line-after-signature", "trailing bytes after the tag" },
	{ "blob-trailing-bytes", "SSH signature has trailing bytes" },
	{ "blob-truncated", "truncated" },
	{ "crlf", "malformed" },
	{ "crlf-payload", "is not over these bytes" },
	{ "duplicate-object", "expected the \"type\" line" },
	{ "ecdsa-negative-integer", "well-formed ECDSA" },
	{ "ecdsa-padded-integer", "well-formed ECDSA" },
	{ "empty-namespace", "empty namespace" },
	{ "expired-key-back-dated", "has expired" },
	{ "flipped-bit", "is not over these bytes" },
	{ "hash-sha1", "expected the hash sha256 or sha512" },
	{ "hash-swapped", "is not over these bytes" },
	{ "header-order-changed", "expected the \"object\" line" },
	{ "inner-trailing-bytes", "inner SSH signature is truncated or" },
	{ "key-for-another-namespace", "listed for other namespaces" },
	{ "key-not-valid-yet-at-tagger-time", "not valid yet" },
	{ "key-swapped", "is not over these bytes" },
	{ "names-a-tree", "names a \"tree\"" },
	{ "nested", "nested tag" },
	{ "no-tagger", "expected the \"tagger\" line" },
	{ "nul-in-message", "NUL byte" },
	{ "openpgp", "OpenPGP signature" },
	{ "other-commit", "is not over these bytes" },
	{ "pgp-then-ssh", "more than one signature" },
	{ "renamed-after-signing", "is not over these bytes" },
	{ "reserved-in-use", "reserved field" },
	{ "sha1-ssh-rsa", "SHA-1 (ssh-rsa)" },
	{ "space-in-name", "tag object: name of the tag: byte 3 is \\x20" },
	{ "sshsig-version-2", "version 2" },
	{ "tagger-with-two-mails", "more than one <mail>" },
	{ "tagger-without-date", "without a valid date" },
	{ "text-after-signature", "trailing bytes after the tag" },
	{ "truncated-header", "ends before" },
	{ "truncated-signature", "truncated" },
	{ "two-signatures", "more than one signature" },
	{ "unknown-header", "unexpected header line \"x y\"" },
	{ "unknown-key", "not an allowed signer" },
	{ "unsigned", "not signed" },
	{ "upper-case-object", "malformed object id" },
	{ "wrong-algorithm", "algorithm is not the key" },
	{ "wrong-namespace", "namespace \"file\"" },
	{ "wrong-namespace-upper-case", "namespace \"Git\"" },
	{ "x509", "X.509 signature" },
};

#define N_BADS (sizeof(bads) / sizeof(bads[0]))

static int
set_up(void **state)
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
tear_down(void **state)
{
	pq_signers_free(*state);
	return 0;
}

/* Parse and examine. A parse error is a fail with the error's text. */
static void
judge_tag(struct pq_ruling *ret, const struct pq_signers *signers,
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

static const char *const goods[] = { "gittag/good/ed25519", "gittag/good/p256",
	"gittag/good/p384", "gittag/good/p521", "gittag/good/rsa",
	"gittag/good/v1.0.0" };

#define N_GOODS (sizeof(goods) / sizeof(goods[0]))

static void
test_gittag__accepts_every_good_one(void **state)
{
	struct pq_ruling ruling;
	size_t i;

	for (i = 0; i < N_GOODS; i++) {
		struct pq_buf b = fixture(goods[i]);

		judge_tag(&ruling, *state, pq_buf_view(&b), NOW);
		if (ruling.status != PQ_PASS)
			fail_msg("%s: %s", goods[i], ruling.reason);
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
		judge_tag(&ruling, *state, pq_buf_view(&b), NOW);
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
test_gittag__lists_every_bad_file(void **state)
{
	struct folder all;
	size_t i, k;

	(void)state;
	folder_read(&all, "gittag/bad");
	for (k = 0; k < all.n; k++) {
		const char *name = all.v[k]->d_name;

		for (i = 0; i < N_BADS; i++)
			if (strcmp(bads[i].name, name) == 0)
				break;
		if (i == N_BADS)
			fail_msg("%s has no line in this test", name);
	}
	folder_free(&all);
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

/* A signed tag with any changed byte is refused. */
static void
test_gittag__refuses_every_changed_byte(void **state)
{
	struct pq_ruling ruling;
	size_t k, i;

	for (k = 0; k < N_GOODS; k++) {
		struct pq_buf b = fixture(goods[k]);

		for (i = 0; i < b.n; i++) {
			b.p[i] ^= 1;
			judge_tag(&ruling, *state, pq_buf_view(&b), NOW);
			if (ruling.status == PQ_PASS)
				fail_msg(
				    "%s: byte %zu may be changed", goods[k], i);
			b.p[i] ^= 1;
		}
		pq_buf_free(&b);
	}
}

/* The only exception is the last newline, which is not signed. */
static void
test_gittag__refuses_every_cut(void **state)
{
	struct pq_buf b = fixture("gittag/good/v1.0.0");
	struct pq_ruling ruling;
	size_t i;

	for (i = 0; i + 1 < b.n; i++) {
		judge_tag(&ruling, *state, pq_slice(b.p, i), NOW);
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

/* Parse an unsigned tag with this name and tagger. @words NULL: accepted. */
static void
header_is(const char *name, const char *tagger, const char *words)
{
	struct pq_buf b = PQ_BUF_INIT(1024);
	struct pq_err err = PQ_ERR_INIT;
	struct pq_gittag tag;
	int r;

	pq_buf_fmt(&b,
	    "object 1111111111111111111111111111111111111111\n"
	    "type commit\ntag%s\ntagger%s\n\nrelease\n",
	    name, tagger);
	r = pq_gittag_parse(&tag, pq_buf_view(&b), &err);
	if (words == NULL ? r != 0 : r >= 0 || strstr(err.text, words) == NULL)
		fail_msg("tag%s, tagger%s: %d: %s", name, tagger, r, err.text);
	pq_buf_free(&b);
}

#define ADA " A <a@b> 1 +0000"

static void
test_gittag__refuses_names_that_git_would_not_write(void **state)
{
	static const char *const bad[] = { " -v1", " v~1", " v^1", " v:1",
		" v?1", " v*1", " v[1", " v\\1", " v\t1", "  v1", " v1 ",
		" v\x7f", " v\xe9", " a..b", " .a", " a//b", " a/", " a.lock",
		" a@{b" };
	static const char *const good[] = { " v", " v1-rc.1_x", " acme@1.0.0",
		" api/v1", " v1+build", " 100%", " v\xc3\xa9" };
	char longest[PQ_GIT_TAG_MAX + 3] = " ";
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		header_is(good[i], ADA, NULL);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		header_is(bad[i], ADA, "tag object: name of the tag: byte ");
	header_is("", ADA, "expected the \"tag\" line");
	header_is(" ", ADA, "expected the \"tag\" line");
	header_is("-v1", ADA, "expected the \"tag\" line");
	memset(longest + 1, 'v', PQ_GIT_TAG_MAX);
	header_is(longest, ADA, NULL);
	longest[PQ_GIT_TAG_MAX + 1] = 'v';
	header_is(longest, ADA, "name of the tag: byte 246 is too many");
}

static void
test_gittag__refuses_taggers_that_git_would_not_write(void **state)
{
	static const char no_mail[] = "without a <mail>";
	static const char mails[] = "more than one <mail>";
	static const char no_date[] = "without a valid date";
	static const struct {
		const char *tagger, *words;
	} v[] = {
		{ " A <a@b> 1700000000 +0100", NULL },
		{ " A <a@b> 999999999999 -0130", NULL },
		{ " A <a@b> 0 +0000", NULL },
		{ " <> 1 +0000", NULL },
		{ " A a@b 1 +0000", no_mail },
		{ " A <a@b 1 +0000", no_mail },
		{ " A a@b> 1 +0000", no_mail },
		{ " A >a@b< 1 +0000", no_mail },
		{ " A <<a@b> 1 +0000", mails },
		{ " A <a@b>> 1 +0000", mails },
		{ " A <a@b> <c@d> 1 +0000", mails },
		{ " A <a@b> 1 +0000<", mails },
		{ " A <a@b> 1 +0000>", mails },
		{ " A <a@b>", no_date },
		{ " A <a@b> ", no_date },
		{ " A <a@b>1 +0000", no_date },
		{ " A <a@b>x1 +0000", no_date },
		{ " A <a@b> 1", no_date },
		{ " A <a@b> 1 ", no_date },
		{ " A <a@b>  +0000", no_date },
		{ " A <a@b> 01 +0000", no_date },
		{ " A <a@b> -1 +0000", no_date },
		{ " A <a@b> 1x +0000", no_date },
		{ " A <a@b> 1/ +0000", no_date },
		{ " A <a@b> 1000000000000 +0000", no_date },
		{ " A <a@b> 1 0000", no_date },
		{ " A <a@b> 1 00000", no_date },
		{ " A <a@b> 1 +000", no_date },
		{ " A <a@b> 1 +00000", no_date },
		{ " A <a@b> 1 +00:0", no_date },
		{ " A <a@b> 1 +00/0", no_date },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		header_is(" v1", v[i].tagger, v[i].words);
}

static void
test_gittag__reports_where_a_tag_is_truncated(void **state)
{
	struct pq_buf b = fixture("gittag/good/v1.0.0");
	struct pq_ruling ruling;
	size_t i;

	for (i = 0; i + 1 < b.n; i++)
		if (b.p[i] == '\n' && b.p[i + 1] == '\n')
			break;
	judge_tag(&ruling, *state, pq_slice(b.p, i + 1), NOW);
	assert_non_null(strstr(ruling.reason, "without a blank line"));
	b.p[b.n - 1] = 'x';
	judge_tag(&ruling, *state, pq_buf_view(&b), NOW);
	assert_non_null(strstr(ruling.reason, "trailing bytes after the tag"));
	pq_buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gittag__accepts_every_good_one),
		cmocka_unit_test(test_gittag__refuses_every_bad_one),
		cmocka_unit_test(test_gittag__lists_every_bad_file),
		cmocka_unit_test(test_gittag__reads_what_git_wrote),
		cmocka_unit_test(test_gittag__refuses_every_changed_byte),
		cmocka_unit_test(test_gittag__refuses_every_cut),
		cmocka_unit_test(test_gittag__refuses_over_the_limit),
		cmocka_unit_test(
		    test_gittag__refuses_names_that_git_would_not_write),
		cmocka_unit_test(
		    test_gittag__refuses_taggers_that_git_would_not_write),
		cmocka_unit_test(test_gittag__reports_where_a_tag_is_truncated),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
