/* SPDX-License-Identifier: Apache-2.0 */
#include "ssh.h"

#include <openssl/evp.h>

#include <pratique/digest.h>
#include <pratique/gittag.h>
#include <pratique/sshsig.h>

#include "core/sshsig.h"

#define N(table) (sizeof(table) / sizeof((table)[0]))
#define BEGIN "-----BEGIN SSH SIGNATURE-----\n"
#define END "-----END SSH SIGNATURE-----"
#define SK_TYPE "sk-ssh-ed25519@openssh.com"

struct world {
	struct pq_signers *signers;
	struct pq_buf raw;
	struct pq_gittag tag;
};

static struct pq_signers *
signers_of(struct pq_slice file)
{
	struct pq_signers *s = NULL;
	struct pq_err err = PQ_ERR_INIT;

	if (pq_signers_parse(&s, file, &err) != 0)
		fail_msg("signers: %s", err.text);
	return s;
}

static int
set_up(void **state)
{
	static struct world w;
	struct pq_buf b = fixture("gittag/allowed_signers");

	w.signers = signers_of(pq_buf_view(&b));
	pq_buf_free(&b);
	w.raw = fixture("gittag/good/v1.0.0");
	assert_int_equal(pq_gittag_parse(&w.tag, pq_buf_view(&w.raw), NULL), 0);
	*state = &w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	pq_signers_free(w->signers);
	pq_buf_free(&w->raw);
	return 0;
}

static enum pq_status
verify_tag(const struct world *w, const char *ns, const char *identity,
    struct pq_ruling *ret)
{
	int64_t now = NOW;

	assert_int_equal(
	    pq_sshsig_verify(w->signers, ns, pq_slice_str(identity),
		w->tag.signature, w->tag.payload, &now, 1, ret),
	    0);
	return ret->status;
}

static void
test_sshsig__refuses_wrong_namespace(void **state)
{
	struct pq_ruling r;

	assert_int_equal(verify_tag(*state, "git", NULL, &r), PQ_PASS);
	assert_string_equal(r.principal, "ada@example.com");
	assert_int_equal(verify_tag(*state, "pratique", NULL, &r), PQ_FAIL);
	assert_int_equal(verify_tag(*state, "gi", NULL, &r), PQ_FAIL);
	assert_int_equal(verify_tag(*state, "git ", NULL, &r), PQ_FAIL);
}

static void
test_sshsig__refuses_other_identity(void **state)
{
	struct pq_ruling r;

	assert_int_equal(
	    verify_tag(*state, "git", "ada@example.com", &r), PQ_PASS);
	assert_int_equal(
	    verify_tag(*state, "git", "p256@example.com", &r), PQ_FAIL);
	assert_non_null(strstr(r.reason, "other principals"));
	assert_string_equal(r.principal, "");
}

static void
test_sshsig__needs_a_namespace_and_a_time(void **state)
{
	const struct world *w = *state;
	struct pq_ruling r = { 0 };
	int64_t now = NOW;

	assert_int_equal(pq_sshsig_verify(w->signers, "", pq_slice(NULL, 0),
			     w->tag.signature, w->tag.payload, &now, 1, &r),
	    -PQ_EINTERNAL);
	assert_int_equal(pq_sshsig_verify(w->signers, "git", pq_slice(NULL, 0),
			     w->tag.signature, w->tag.payload, &now, 0, &r),
	    -PQ_EINTERNAL);
	assert_int_equal(r.status, PQ_FAIL);
}

static void
test_sshsig__refuses_garbage(void **state)
{
	static const char *const bad[] = { "", "-----BEGIN SSH SIGNATURE-----",
		"-----BEGIN SSH SIGNATURE-----\n",
		"-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----",
		"-----BEGIN SSH SIGNATURE-----\n\n"
		"-----END SSH SIGNATURE-----",
		"-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n"
		"-----END SSH SIGNATURE-----\n",
		"-----BEGIN SSH SIGNATURE-----\r\nU1NIU0lH\r\n"
		"-----END SSH SIGNATURE-----\r\n" };
	const struct world *w = *state;
	int64_t now = NOW;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct pq_ruling r;

		assert_int_equal(
		    pq_sshsig_verify(w->signers, "git", pq_slice(NULL, 0),
			pq_slice_str(bad[i]), w->tag.payload, &now, 1, &r),
		    0);
		assert_int_equal(r.status, PQ_FAIL);
		assert_true(r.reason[0] != '\0');
	}
}

static void
make_armor(struct pq_buf *dst, struct pq_slice blob, size_t width)
{
	struct pq_buf text = PQ_BUF_INIT(PQ_SSHSIG_MAX * 2);
	size_t at;

	assert_int_equal(pq_b64_encode(&text, blob), 0);
	pq_buf_str(dst, BEGIN);
	for (at = 0; at < text.n; at += width) {
		pq_buf_put(dst, text.p + at,
		    text.n - at < width ? text.n - at : width);
		pq_buf_str(dst, "\n");
	}
	pq_buf_str(dst, END "\n");
	pq_buf_free(&text);
}

/* Tools show no such fingerprint for a certificate, so the type is named. */
static void
test_sshsig__names_an_unknown_key_type(void **state)
{
	static const char type[] = "ssh-ed25519-cert-v01@openssh.com";
	struct pq_buf key = PQ_BUF_INIT(256), blob = PQ_BUF_INIT(256);
	struct pq_buf armored = PQ_BUF_INIT(1024);
	const struct world *w = *state;
	int64_t now = NOW;
	struct pq_ruling r;

	put_string(&key, type, sizeof(type) - 1);
	pq_buf_str(&blob, "SSHSIG");
	pq_buf_u32(&blob, 1);
	put_string(&blob, key.p, key.n);
	put_string(&blob, "git", 3);
	put_string(&blob, "", 0);
	put_string(&blob, "sha512", 6);
	put_string(&blob, "x", 1);
	make_armor(&armored, pq_buf_view(&blob), 70);
	assert_int_equal(
	    pq_sshsig_verify(w->signers, "git", pq_slice(NULL, 0),
		pq_buf_view(&armored), w->tag.payload, &now, 1, &r),
	    0);
	assert_int_equal(r.status, PQ_FAIL);
	if (strstr(r.reason, "key type \"ssh-ed25519-cert-v01@") == NULL)
		fail_msg("%s", r.reason);
	pq_buf_free(&key);
	pq_buf_free(&blob);
	pq_buf_free(&armored);
}

/* Make a security key's signature over "hello": PROTOCOL.u2f. */
static void
sk_sign(struct pq_buf *signers, struct pq_buf *armored, uint8_t flags)
{
	struct pq_buf pub = PQ_BUF_INIT(512), data = PQ_BUF_INIT(512);
	struct pq_buf said = PQ_BUF_INIT(512), inner = PQ_BUF_INIT(512);
	struct pq_buf blob = PQ_BUF_INIT(1024);
	EVP_PKEY *k = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct pq_digest d;
	uint8_t raw[32], sig[64];
	size_t n = sizeof(raw), sig_n = sizeof(sig);

	assert_int_equal(EVP_PKEY_get_raw_public_key(k, raw, &n), 1);
	put_string(&pub, SK_TYPE, strlen(SK_TYPE));
	put_string(&pub, raw, n);
	put_string(&pub, "ssh:", 4);
	pq_buf_str(signers, "sk@example.com " SK_TYPE " ");
	assert_int_equal(pq_b64_encode(signers, pq_buf_view(&pub)), 0);

	pq_buf_str(&data, "SSHSIG");
	put_string(&data, "git", 3);
	put_string(&data, "", 0);
	put_string(&data, "sha256", 6);
	assert_int_equal(pq_digest_of(&d, pq_slice_str("hello")), 0);
	put_string(&data, d.sha256, 32);
	assert_int_equal(pq_digest_of(&d, pq_slice_str("ssh:")), 0);
	pq_buf_put(&said, d.sha256, 32);
	pq_buf_u8(&said, flags);
	pq_buf_u32(&said, 7);
	assert_int_equal(pq_digest_of(&d, pq_buf_view(&data)), 0);
	pq_buf_put(&said, d.sha256, 32);
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, NULL, NULL, k), 1);
	assert_int_equal(EVP_DigestSign(ctx, sig, &sig_n, said.p, said.n), 1);

	put_string(&inner, SK_TYPE, strlen(SK_TYPE));
	put_string(&inner, sig, sig_n);
	pq_buf_u8(&inner, flags);
	pq_buf_u32(&inner, 7);
	pq_buf_str(&blob, "SSHSIG");
	pq_buf_u32(&blob, 1);
	put_string(&blob, pub.p, pub.n);
	put_string(&blob, "git", 3);
	put_string(&blob, "", 0);
	put_string(&blob, "sha256", 6);
	put_string(&blob, inner.p, inner.n);
	make_armor(armored, pq_buf_view(&blob), 70);
	EVP_PKEY_free(k);
	EVP_MD_CTX_free(ctx);
	pq_buf_free(&pub);
	pq_buf_free(&data);
	pq_buf_free(&said);
	pq_buf_free(&inner);
	pq_buf_free(&blob);
}

static void
check_sk(
    uint8_t flags, const char *message, enum pq_status want, const char *words)
{
	struct pq_buf file = PQ_BUF_INIT(1024), armored = PQ_BUF_INIT(4096);
	struct pq_signers *s;
	struct pq_ruling r;
	int64_t now = NOW;

	sk_sign(&file, &armored, flags);
	s = signers_of(pq_buf_view(&file));
	assert_int_equal(
	    pq_sshsig_verify(s, "git", pq_slice(NULL, 0), pq_buf_view(&armored),
		pq_slice_str(message), &now, 1, &r),
	    0);
	if (r.status != want || strstr(r.reason, words) == NULL)
		fail_msg("%s", r.reason);
	pq_signers_free(s);
	pq_buf_free(&file);
	pq_buf_free(&armored);
}

static void
test_sshsig__security_key_must_be_touched(void **state)
{
	(void)state;
	check_sk(0x01, "hello", PQ_PASS, SK_TYPE);
	check_sk(0x05, "hello", PQ_PASS, SK_TYPE);
	check_sk(0x00, "hello", PQ_FAIL, "without a touch");
	check_sk(0x04, "hello", PQ_FAIL, "without a touch");
}

static void
test_sshsig__security_key_signs_one_message(void **state)
{
	(void)state;
	check_sk(0x01, "hello\n", PQ_FAIL, "is not over these bytes");
	check_sk(0x01, "", PQ_FAIL, "is not over these bytes");
}

/* ---- the armor --------------------------------------------------------- */

static void
armored_is(const struct world *w, const struct pq_buf *armored,
    enum pq_status want, const char *words)
{
	struct world x = *w;
	struct pq_ruling r;

	assert_int_equal(armored->fault, 0);
	x.tag.signature = pq_buf_view(armored);
	if (verify_tag(&x, "git", NULL, &r) != want ||
	    strstr(r.reason, words) == NULL)
		fail_msg("%s: %s", words, r.reason);
}

static void
test_sshsig__refuses_bytes_after_the_armor(void **state)
{
	static const struct {
		const char *more;
		enum pq_status want;
		const char *words;
	} ends[] = { { "", PQ_PASS, "signed by" },
		{ "\n", PQ_PASS, "signed by" }, { "x", PQ_FAIL, "bytes after" },
		{ "\nx", PQ_FAIL, "bytes after" },
		{ "\n\n", PQ_FAIL, "bytes after" } };
	const struct world *w = *state;
	struct pq_slice good = w->tag.signature;
	struct pq_sshsig sig;
	size_t i;

	for (i = 0; i < N(ends); i++) {
		struct pq_buf b = PQ_BUF_INIT(2 * PQ_SSHSIG_MAX);

		pq_buf_put(&b, good.p, good.n - 1); /* without its newline */
		pq_buf_str(&b, ends[i].more);
		armored_is(w, &b, ends[i].want, ends[i].words);
		pq_buf_free(&b);
	}
	assert_int_equal(pq_sshsig_parse(&sig, good, NULL), 0);
	for (i = 75; i <= 77; i++) {
		struct pq_buf b = PQ_BUF_INIT(2 * PQ_SSHSIG_MAX);

		make_armor(&b, pq_buf_view(&sig.blob), i);
		armored_is(w, &b, i <= 76 ? PQ_PASS : PQ_FAIL,
		    i <= 76 ? "signed by" : "a line of 77 bytes");
		pq_buf_free(&b);
	}
	pq_sshsig_free(&sig);
}

static void
test_sshsig__refuses_a_blank_line_or_too_much(void **state)
{
	const struct world *w = *state;
	struct pq_slice good = w->tag.signature;
	struct pq_buf b = PQ_BUF_INIT(2 * PQ_SSHSIG_MAX);
	size_t at = strlen(BEGIN);

	pq_buf_str(&b, BEGIN "\n");
	pq_buf_put(&b, good.p + at, good.n - at);
	armored_is(w, &b, PQ_FAIL, "a line of 0 bytes");
	b.n = 0;
	pq_buf_slice(&b, good);
	while (b.n <= PQ_SSHSIG_MAX)
		pq_buf_str(&b, "\n");
	armored_is(w, &b, PQ_FAIL, "the SSH signature has 8193 bytes");
	pq_buf_free(&b);
}

/* ---- the blob ---------------------------------------------------------- */

/* Verify a good tag's signature with @more bytes added or removed. */
static void
length_is(const struct world *w, const char *file, int more, const char *words)
{
	struct pq_buf raw = fixture(file), inner = PQ_BUF_INIT(1024);
	struct pq_buf blob = PQ_BUF_INIT(4096);
	struct pq_buf armored = PQ_BUF_INIT(2 * PQ_SSHSIG_MAX);
	struct world x = *w;
	struct pq_slice name, bytes;
	struct pq_sshsig sig;
	struct pq_cur c;

	assert_int_equal(pq_gittag_parse(&x.tag, pq_buf_view(&raw), NULL), 0);
	assert_int_equal(pq_sshsig_parse(&sig, x.tag.signature, NULL), 0);
	c = pq_cur_start(sig.signature);
	name = pq_cur_string(&c, 64);
	bytes = pq_cur_string(&c, 1024);
	put_string(&inner, name.p, name.n);
	pq_buf_u32(&inner, (uint32_t)((int)bytes.n + more));
	pq_buf_put(&inner, bytes.p, bytes.n - (more < 0 ? (size_t)-more : 0));
	if (more > 0)
		pq_buf_u8(&inner, 0);
	pq_buf_str(&blob, "SSHSIG");
	pq_buf_u32(&blob, 1);
	put_string(&blob, sig.publickey.p, sig.publickey.n);
	put_string(&blob, "git", 3);
	put_string(&blob, "", 0);
	put_string(&blob, sig.hash_alg.p, sig.hash_alg.n);
	put_string(&blob, inner.p, inner.n);
	make_armor(&armored, pq_buf_view(&blob), 70);
	armored_is(&x, &armored, more == 0 ? PQ_PASS : PQ_FAIL, words);
	pq_sshsig_free(&sig);
	pq_buf_free(&raw);
	pq_buf_free(&inner);
	pq_buf_free(&blob);
	pq_buf_free(&armored);
}

static void
test_sshsig__refuses_a_signature_of_another_length(void **state)
{
	static const char ed[] = "gittag/good/ed25519";
	static const char rsa[] = "gittag/good/rsa";

	length_is(*state, ed, 0, "signed by");
	length_is(*state, ed, 1, "has 64 bytes");
	length_is(*state, ed, -1, "has 64 bytes");
	length_is(*state, ed, -64, "has 64 bytes");
	length_is(*state, rsa, 0, "signed by");
	length_is(*state, rsa, 1, "not as long as its key");
	length_is(*state, rsa, -1, "not as long as its key");
	length_is(*state, rsa, -256, "not as long as its key");
}

static void
test_sshsig__is_valid_for_one_key(void **state)
{
	const struct world *w = *state;
	struct pq_buf blob = PQ_BUF_INIT(256);
	struct pq_err err = PQ_ERR_INIT;
	struct pq_sshkey *k = NULL;
	struct pq_sshsig sig;

	assert_int_equal(pq_b64_decode(&blob, pq_slice_str(KEY)), 0);
	assert_int_equal(pq_sshkey_parse(&k, pq_buf_view(&blob), NULL), 0);
	assert_int_equal(pq_sshsig_parse(&sig, w->tag.signature, NULL), 0);
	assert_int_equal(
	    pq_sshsig_check(&sig, k, w->tag.payload, &err), PQ_SSHSIG_BAD);
	assert_string_equal(err.text, "another key made this signature");
	pq_sshsig_free(&sig);
	pq_sshkey_free(k);
	pq_buf_free(&blob);
}

/* ---- the line that lets the key sign ----------------------------------- */

/* Judge by a line with the fixture's key and one option, at one time. */
static const char *
option_refuses(const struct world *w, const char *option, int64_t now)
{
	static struct pq_ruling r;
	struct pq_buf file = PQ_BUF_INIT(1024);
	struct pq_signers *s;
	struct pq_sshsig sig;

	assert_int_equal(pq_sshsig_parse(&sig, w->tag.signature, NULL), 0);
	pq_buf_fmt(&file, "a@b %s ssh-ed25519 ", option);
	assert_int_equal(pq_b64_encode(&file, sig.publickey), 0);
	s = signers_of(pq_buf_view(&file));
	assert_int_equal(pq_sshsig_verify(s, "git", pq_slice(NULL, 0),
			     w->tag.signature, w->tag.payload, &now, 1, &r),
	    0);
	pq_sshsig_free(&sig);
	pq_signers_free(s);
	pq_buf_free(&file);
	return r.status == PQ_PASS ? "" : r.reason;
}

static void
option_is(
    const struct world *w, const char *option, int64_t now, const char *words)
{
	const char *why = option_refuses(w, option, now);

	if (words == NULL ? *why != '\0' : strstr(why, words) == NULL)
		fail_msg("%s: \"%s\"", option, why);
}

/* Exact to the second, through leap years. The times are from date -u +%s. */
static void
test_sshsig__checks_when_a_key_is_valid(void **state)
{
	static const struct {
		const char *date;
		int64_t t;
	} v[] = {
		{ "19700102", INT64_C(86400) },
		{ "19991231", INT64_C(946598400) },
		{ "20000229", INT64_C(951782400) },
		{ "20000301", INT64_C(951868800) },
		{ "20230131", INT64_C(1675123200) },
		{ "20230228", INT64_C(1677542400) },
		{ "20230301", INT64_C(1677628800) },
		{ "20230331", INT64_C(1680220800) },
		{ "20230430", INT64_C(1682812800) },
		{ "20230531", INT64_C(1685491200) },
		{ "20230630", INT64_C(1688083200) },
		{ "20230731", INT64_C(1690761600) },
		{ "20230831", INT64_C(1693440000) },
		{ "20230930", INT64_C(1696032000) },
		{ "20231031", INT64_C(1698710400) },
		{ "20231130", INT64_C(1701302400) },
		{ "20231231", INT64_C(1703980800) },
		{ "20240229", INT64_C(1709164800) },
		{ "20240301", INT64_C(1709251200) },
		{ "21000228", INT64_C(4107456000) },
		{ "21000301", INT64_C(4107542400) },
		{ "24000229", INT64_C(13574563200) },
		{ "197101010000", INT64_C(31536000) },
		{ "202402291159", INT64_C(1709207940) },
		{ "20240229235959", INT64_C(1709251199) },
		{ "20240101000001", INT64_C(1704067201) },
		{ "20241231235900", INT64_C(1735689540) },
	};
	char option[64];
	size_t i;

	for (i = 0; i < N(v); i++) {
		(void)snprintf(
		    option, sizeof(option), "valid-before=\"%sZ\"", v[i].date);
		option_is(*state, option, v[i].t, NULL);
		option_is(*state, option, v[i].t + 1, "has expired");
		(void)snprintf(
		    option, sizeof(option), "valid-after=\"%sZ\"", v[i].date);
		option_is(*state, option, v[i].t, NULL);
		option_is(*state, option, v[i].t - 1, "not valid yet");
	}
}

/* ssh-keygen reads such a time in the time zone of its user. */
static void
test_sshsig__wants_a_time_without_z_to_hold_in_each_zone(void **state)
{
	static const char before[] = "valid-before=\"20240229120000\"";
	static const char after[] = "valid-after=\"20240229120000\"";
	static const char both[] = "valid-after=\"20240229000000\","
				   "valid-before=\"20240229235900Z\"";
	const int64_t t = INT64_C(1709208000), zone = INT64_C(25) * 3600;

	option_is(*state, before, t - zone, NULL);
	option_is(*state, before, t - zone + 1, "expired in some time zone");
	option_is(*state, before, t, "without Z");
	option_is(*state, before, t + 1, "has expired (valid-before)");
	option_is(*state, after, t + zone, NULL);
	option_is(*state, after, t + zone - 1, "not valid yet in each");
	option_is(*state, after, t, "without Z");
	option_is(*state, after, t - 1, "not valid yet (valid-after)");
	/* no time lies within both limits in each zone */
	option_is(*state, both, t, "without Z");
	option_is(*state, both, t + zone, "has expired");
}

static void
test_sshsig__matches_namespaces_by_pattern(void **state)
{
	static const char other[] = "listed for other namespaces";
	static const struct {
		const char *list, *words;
	} v[] = {
		{ "git", NULL },
		{ "g?t", NULL },
		{ "g*", NULL },
		{ "*t", NULL },
		{ "*i*", NULL },
		{ "git*", NULL },
		{ "file,git", NULL },
		{ "git,file", NULL },
		{ "file,mail,*", NULL },
		{ "!file,git", NULL },
		{ "x\\\",git", NULL },
		{ "x\\,git", NULL },
		{ "Git", other },
		{ "gi", other },
		{ "gits", other },
		{ "git?", other },
		{ "?it?", other },
		{ "*x", other },
		{ "x*", other },
		{ "file,mail", other },
		{ "!git,*", other },
		{ "*,!git", other },
		{ "!git", other },
		{ "!file", other },
		{ ",", other },
	};
	char option[64];
	size_t i;

	for (i = 0; i < N(v); i++) {
		(void)snprintf(
		    option, sizeof(option), "namespaces=\"%s\"", v[i].list);
		option_is(*state, option, NOW, v[i].words);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sshsig__refuses_wrong_namespace),
		cmocka_unit_test(test_sshsig__refuses_other_identity),
		cmocka_unit_test(test_sshsig__needs_a_namespace_and_a_time),
		cmocka_unit_test(test_sshsig__refuses_garbage),
		cmocka_unit_test(test_sshsig__names_an_unknown_key_type),
		cmocka_unit_test(test_sshsig__security_key_must_be_touched),
		cmocka_unit_test(test_sshsig__security_key_signs_one_message),
		cmocka_unit_test(test_sshsig__refuses_bytes_after_the_armor),
		cmocka_unit_test(test_sshsig__refuses_a_blank_line_or_too_much),
		cmocka_unit_test(
		    test_sshsig__refuses_a_signature_of_another_length),
		cmocka_unit_test(test_sshsig__is_valid_for_one_key),
		cmocka_unit_test(
		    test_sshsig__wants_a_time_without_z_to_hold_in_each_zone),
		cmocka_unit_test(test_sshsig__checks_when_a_key_is_valid),
		cmocka_unit_test(test_sshsig__matches_namespaces_by_pattern),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
