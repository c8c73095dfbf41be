/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <openssl/evp.h>

#include <pratique/digest.h>
#include <pratique/gittag.h>
#include <pratique/sshsig.h>

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
setup(void **state)
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
teardown(void **state)
{
	struct world *w = *state;

	pq_signers_free(w->signers);
	pq_buf_free(&w->raw);
	return 0;
}

static enum pq_status
verify(const struct world *w, const char *ns, const char *identity,
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

	assert_int_equal(verify(*state, "git", NULL, &r), PQ_PASS);
	assert_string_equal(r.principal, "ada@example.com");
	assert_int_equal(verify(*state, "pratique", NULL, &r), PQ_FAIL);
	assert_int_equal(verify(*state, "gi", NULL, &r), PQ_FAIL);
	assert_int_equal(verify(*state, "git ", NULL, &r), PQ_FAIL);
}

static void
test_sshsig__refuses_other_identity(void **state)
{
	struct pq_ruling r;

	assert_int_equal(verify(*state, "git", "ada@example.com", &r), PQ_PASS);
	assert_int_equal(
	    verify(*state, "git", "p256@example.com", &r), PQ_FAIL);
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
put(struct pq_buf *b, const void *p, size_t n)
{
	pq_buf_u32(b, (uint32_t)n);
	pq_buf_put(b, p, n);
}

/* As ssh-keygen writes it, 70 digits in a line. */
static void
put_armor(struct pq_buf *armored, const struct pq_buf *blob)
{
	struct pq_buf text = PQ_BUF_INIT(2048);
	size_t i;

	assert_int_equal(pq_b64_encode(&text, pq_buf_view(blob)), 0);
	pq_buf_str(armored, "-----BEGIN SSH SIGNATURE-----");
	for (i = 0; i < text.n; i++) {
		if (i % 70 == 0)
			pq_buf_str(armored, "\n");
		pq_buf_u8(armored, text.p[i]);
	}
	pq_buf_str(armored, "\n-----END SSH SIGNATURE-----\n");
	pq_buf_free(&text);
}

/* A certificate has no fingerprint by which its owner would know it. */
static void
test_sshsig__names_a_type_that_it_does_not_know(void **state)
{
	static const char type[] = "ssh-ed25519-cert-v01@openssh.com";
	struct pq_buf key = PQ_BUF_INIT(256), blob = PQ_BUF_INIT(256);
	struct pq_buf armored = PQ_BUF_INIT(1024);
	const struct world *w = *state;
	int64_t now = NOW;
	struct pq_ruling r;

	put(&key, type, sizeof(type) - 1);
	pq_buf_str(&blob, "SSHSIG");
	pq_buf_u32(&blob, 1);
	put(&blob, key.p, key.n);
	put(&blob, "git", 3);
	put(&blob, "", 0);
	put(&blob, "sha512", 6);
	put(&blob, "x", 1);
	put_armor(&armored, &blob);
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

/* A signature as a security key makes it: PROTOCOL.u2f, over "hello". */
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
	put(&pub, SK_TYPE, strlen(SK_TYPE));
	put(&pub, raw, n);
	put(&pub, "ssh:", 4);
	pq_buf_str(signers, "sk@example.com " SK_TYPE " ");
	assert_int_equal(pq_b64_encode(signers, pq_buf_view(&pub)), 0);

	pq_buf_str(&data, "SSHSIG");
	put(&data, "git", 3);
	put(&data, "", 0);
	put(&data, "sha256", 6);
	assert_int_equal(pq_digest_of(&d, pq_slice_str("hello")), 0);
	put(&data, d.sha256, 32);
	assert_int_equal(pq_digest_of(&d, pq_slice_str("ssh:")), 0);
	pq_buf_put(&said, d.sha256, 32);
	pq_buf_u8(&said, flags);
	pq_buf_u32(&said, 7);
	assert_int_equal(pq_digest_of(&d, pq_buf_view(&data)), 0);
	pq_buf_put(&said, d.sha256, 32);
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, NULL, NULL, k), 1);
	assert_int_equal(EVP_DigestSign(ctx, sig, &sig_n, said.p, said.n), 1);

	put(&inner, SK_TYPE, strlen(SK_TYPE));
	put(&inner, sig, sig_n);
	pq_buf_u8(&inner, flags);
	pq_buf_u32(&inner, 7);
	pq_buf_str(&blob, "SSHSIG");
	pq_buf_u32(&blob, 1);
	put(&blob, pub.p, pub.n);
	put(&blob, "git", 3);
	put(&blob, "", 0);
	put(&blob, "sha256", 6);
	put(&blob, inner.p, inner.n);
	put_armor(armored, &blob);
	EVP_PKEY_free(k);
	EVP_MD_CTX_free(ctx);
	pq_buf_free(&pub);
	pq_buf_free(&data);
	pq_buf_free(&said);
	pq_buf_free(&inner);
	pq_buf_free(&blob);
}

static void
check_sk(uint8_t flags, enum pq_status want, const char *words)
{
	struct pq_buf file = PQ_BUF_INIT(1024), armored = PQ_BUF_INIT(4096);
	struct pq_signers *s;
	struct pq_ruling r;
	int64_t now = NOW;

	sk_sign(&file, &armored, flags);
	s = signers_of(pq_buf_view(&file));
	assert_int_equal(
	    pq_sshsig_verify(s, "git", pq_slice(NULL, 0), pq_buf_view(&armored),
		pq_slice_str("hello"), &now, 1, &r),
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
	check_sk(0x01, PQ_PASS, SK_TYPE);
	check_sk(0x05, PQ_PASS, SK_TYPE);
	check_sk(0x00, PQ_FAIL, "nobody touched");
	check_sk(0x04, PQ_FAIL, "nobody touched");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sshsig__refuses_wrong_namespace),
		cmocka_unit_test(test_sshsig__refuses_other_identity),
		cmocka_unit_test(test_sshsig__needs_a_namespace_and_a_time),
		cmocka_unit_test(test_sshsig__refuses_garbage),
		cmocka_unit_test(
		    test_sshsig__names_a_type_that_it_does_not_know),
		cmocka_unit_test(test_sshsig__security_key_must_be_touched),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
