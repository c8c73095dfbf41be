/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"
#include "support/testkey.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>

#include <pratique/pubkey.h>

#define GOOD "cosign/good/key/"
#define N(table) (sizeof(table) / sizeof((table)[0]))

static const struct bad_file bad_keys[] = {
	{ "base64-with-blank", "bad base64" },
	{ "base64-with-header", "bad base64" },
	{ "base64-without-padding", "bad base64" },
	{ "certificate", "expected one PEM block" },
	{ "der-alone", "expected one PEM block" },
	{ "der-long-length", "is not valid or not in canonical DER" },
	{ "der-trailing-byte", "expected one SubjectPublicKeyInfo" },
	{ "der-truncated", "expected one SubjectPublicKeyInfo" },
	{ "ed448", "expected ECDSA" },
	{ "empty", "expected one PEM block" },
	{ "explicit-parameters", "expected ECDSA" },
	{ "label-ec", "expected one PEM block" },
	{ "label-lower-case", "expected one PEM block" },
	{ "label-private", "expected one PEM block" },
	{ "no-content", "expected one PEM block" },
	{ "no-end", "expected one PEM block" },
	{ "nul-after", "expected one PEM block" },
	{ "p224", "expected ECDSA" },
	{ "point-at-infinity", "is not valid or not in canonical DER" },
	{ "point-off-the-curve", "expected one SubjectPublicKeyInfo" },
	{ "rsa-even-modulus", "is not valid or not in canonical DER" },
	{ "rsa-exponent-one", "is not valid or not in canonical DER" },
	{ "rsa-of-8200-bits", "expected ECDSA" },
	{ "rsa1024", "expected ECDSA" },
	{ "secp256k1", "expected ECDSA" },
	{ "text-after", "expected one PEM block" },
	{ "text-before", "expected one PEM block" },
	{ "two-keys", "more than one PEM block" },
	{ "two-keys-good-last", "more than one PEM block" },
	{ "x25519", "expected ECDSA" },
};

/* Keys, each with a signature that its own tools made over one payload. */
static const struct {
	const char *key, *signature, *algorithm;
} goods[] = {
	{ "p256", "p256.sig", "ecdsa-p256" },
	{ "p256-crlf", "p256.sig", "ecdsa-p256" },
	{ "p256-one-line", "p256.sig", "ecdsa-p256" },
	{ "p256-white-space", "p256.sig", "ecdsa-p256" },
	{ "p384", "p384.sig", "ecdsa-p384" },
	{ "p384", "p384-sha256.sig", "ecdsa-p384" },
	{ "p521", "p521.sig", "ecdsa-p521" },
	{ "p521", "p521-sha256.sig", "ecdsa-p521" },
	{ "rsa2048", "rsa2048.sig", "rsa" },
	{ "rsa3072", "rsa3072.sig", "rsa" },
	{ "ed25519", "ed25519.sig", "ed25519" },
};

static const char *const bad_signatures[] = {
	"ed25519-long",
	"ed25519-prehashed",
	"ed25519-s-plus-order",
	"ed25519-short",
	"ed25519-zero",
	"p256-base64",
	"p256-long-length",
	"p256-other-key",
	"p256-r-negative",
	"p256-r-zero",
	"p256-raw",
	"p256-s-plus-order",
	"p256-sha1",
	"p256-sha384",
	"p256-sha512",
	"p256-trailing-byte",
	"p256-zero",
	"p384-sha1",
	"p384-sha512",
	"p521-sha1",
	"p521-sha384",
	"rsa2048-leading-zero",
	"rsa2048-of-rsa3072",
	"rsa2048-pss",
	"rsa2048-sha1",
	"rsa2048-sha512",
	"rsa2048-short",
	"rsa3072-md5",
};

static struct pq_buf
read_key_file(const char *dir, const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s%s", dir, name);
	return fixture(path);
}

static struct pq_pubkey *
load_key(const char *name)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_buf pem = read_key_file(GOOD, name);
	struct pq_pubkey *key = NULL;

	if (pq_pubkey_parse(&key, pq_buf_view(&pem), &err) != 0)
		fail_msg("%s: %s", name, err.text);
	pq_buf_free(&pem);
	return key;
}

static int
set_up(void **state)
{
	static struct pq_buf payload;

	payload = fixture("cosign/good/payload/legacy");
	*state = &payload;
	return 0;
}

static int
tear_down(void **state)
{
	pq_buf_free(*state);
	return 0;
}

static void
test_pubkey__accepts_every_kind_by_its_own_signature(void **state)
{
	struct pq_slice payload = pq_buf_view(*state);
	size_t i;

	for (i = 0; i < N(goods); i++) {
		struct pq_pubkey *key = load_key(goods[i].key);
		struct pq_buf sig = read_key_file(GOOD, goods[i].signature);

		assert_string_equal(
		    pq_pubkey_algorithm(key), goods[i].algorithm);
		if (pq_pubkey_verify(key, payload, pq_buf_view(&sig)) != 0)
			fail_msg("%s", goods[i].signature);
		assert_int_equal(
		    pq_pubkey_verify(key, pq_slice(payload.p, payload.n - 1),
			pq_buf_view(&sig)),
		    PQ_PUBKEY_BAD);
		pq_buf_free(&sig);
		pq_pubkey_free(key);
	}
}

static bool
parses_key(char reason[512], struct pq_slice bytes, void *arg)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_pubkey *key = NULL;
	int r = pq_pubkey_parse(&key, bytes, &err);

	(void)arg;
	assert_true(r == 0 || key == NULL);
	pq_pubkey_free(key);
	(void)snprintf(reason, 512, "%s", err.text);
	return r == 0;
}

static void
test_pubkey__refuses_every_bad_key(void **state)
{
	(void)state;
	refuses_every(
	    "cosign/bad/key", bad_keys, N(bad_keys), parses_key, NULL);
}

static void
test_pubkey__refuses_every_bad_signature(void **state)
{
	size_t i;

	for (i = 0; i < N(bad_signatures); i++) {
		const char *name = bad_signatures[i];
		char kind[16];
		struct pq_pubkey *key;
		struct pq_buf sig =
		    read_key_file("cosign/bad/signature/", name);

		(void)snprintf(
		    kind, sizeof(kind), "%.*s", (int)strcspn(name, "-"), name);
		key = load_key(kind);
		if (pq_pubkey_verify(key, pq_buf_view(*state),
			pq_buf_view(&sig)) != PQ_PUBKEY_BAD)
			fail_msg("%s is not refused", name);
		pq_buf_free(&sig);
		pq_pubkey_free(key);
	}
}

static void
test_pubkey__refuses_every_changed_byte(void **state)
{
	size_t i, k;

	for (k = 0; k < N(goods); k++) {
		struct pq_pubkey *key = load_key(goods[k].key);
		struct pq_buf sig = read_key_file(GOOD, goods[k].signature);

		for (i = 0; i < sig.n; i++) {
			sig.p[i] ^= 1;
			if (pq_pubkey_verify(key, pq_buf_view(*state),
				pq_buf_view(&sig)) != PQ_PUBKEY_BAD)
				fail_msg("%s: byte %zu may be changed",
				    goods[k].signature, i);
			sig.p[i] ^= 1;
		}
		pq_buf_free(&sig);
		pq_pubkey_free(key);
	}
}

static void
test_pubkey__refuses_every_cut(void **state)
{
	size_t i, k;

	for (k = 0; k < N(goods); k++) {
		struct pq_pubkey *key = load_key(goods[k].key);
		struct pq_buf sig = read_key_file(GOOD, goods[k].signature);

		for (i = 0; i < sig.n; i++)
			assert_int_equal(
			    pq_pubkey_verify(
				key, pq_buf_view(*state), pq_slice(sig.p, i)),
			    PQ_PUBKEY_BAD);
		pq_buf_free(&sig);
		pq_pubkey_free(key);
	}
}

/* A signature is valid for one key only, and for no key of another kind. */
static void
test_pubkey__refuses_the_signature_of_another_key(void **state)
{
	size_t i, k;

	for (k = 0; k < N(goods); k++) {
		struct pq_pubkey *key = load_key(goods[k].key);

		for (i = 0; i < N(goods); i++) {
			struct pq_buf sig =
			    read_key_file(GOOD, goods[i].signature);
			bool same =
			    strncmp(goods[i].key, goods[k].key, 4) == 0 &&
			    (goods[k].key[0] == 'p' ||
				strcmp(goods[i].key, goods[k].key) == 0);

			assert_int_equal(
			    pq_pubkey_verify(
				key, pq_buf_view(*state), pq_buf_view(&sig)),
			    same ? 0 : PQ_PUBKEY_BAD);
			pq_buf_free(&sig);
		}
		pq_pubkey_free(key);
	}
}

static void
write_as(struct pq_buf *pem, EVP_PKEY *key, const char *form)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long n;

	assert_int_equal(EVP_PKEY_set_utf8_string_param(key,
			     OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, form),
	    1);
	assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
	n = BIO_get_mem_data(bio, &text);
	pq_buf_put(pem, text, (size_t)n);
	BIO_free(bio);
}

/* A point has three encodings. All of them are the same key. */
static void
test_pubkey__compares_keys_by_their_point(void **state)
{
	static const char *const forms[] = { "compressed", "hybrid" };
	struct pq_buf pem = PQ_BUF_INIT(1024), second = PQ_BUF_INIT(1024);
	EVP_PKEY *key = testkey_new(&pem), *other = testkey_new(&second);
	size_t i;

	(void)state;
	assert_int_equal(
	    pq_pubkey_same(pq_buf_view(&pem), pq_buf_view(&second)), 0);
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct pq_buf again = PQ_BUF_INIT(1024);

		write_as(&again, key, forms[i]);
		assert_false(
		    pq_slice_eq(pq_buf_view(&pem), pq_buf_view(&again)));
		assert_int_equal(
		    pq_pubkey_same(pq_buf_view(&pem), pq_buf_view(&again)), 1);
		assert_int_equal(
		    pq_pubkey_same(pq_buf_view(&second), pq_buf_view(&again)),
		    0);
		pq_buf_free(&again);
	}
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	pq_buf_free(&pem);
	pq_buf_free(&second);
}

static void
test_pubkey__refuses_over_the_limit(void **state)
{
	struct pq_buf pem = read_key_file(GOOD, "p256");
	struct pq_buf big = PQ_BUF_INIT(2 * PQ_PUBKEY_PEM_MAX);
	struct pq_pubkey *key = NULL;
	uint8_t sig[PQ_PUBKEY_SIG_MAX + 1] = { 0 };

	while (big.n + pem.n < PQ_PUBKEY_PEM_MAX + 1)
		pq_buf_u8(&big, '\n');
	pq_buf_slice(&big, pq_buf_view(&pem));
	assert_int_equal(
	    pq_pubkey_parse(&key, pq_buf_view(&big), NULL), -PQ_ELIMIT);
	assert_int_equal(
	    pq_pubkey_parse(&key, pq_slice(big.p + 1, PQ_PUBKEY_PEM_MAX), NULL),
	    0);
	assert_int_equal(pq_pubkey_verify(key, pq_buf_view(*state),
			     pq_slice(sig, sizeof(sig))),
	    PQ_PUBKEY_BAD);
	pq_pubkey_free(key);
	pq_buf_free(&big);
	pq_buf_free(&pem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_pubkey__accepts_every_kind_by_its_own_signature),
		cmocka_unit_test(test_pubkey__refuses_every_bad_key),
		cmocka_unit_test(test_pubkey__refuses_every_bad_signature),
		cmocka_unit_test(test_pubkey__refuses_every_changed_byte),
		cmocka_unit_test(test_pubkey__refuses_every_cut),
		cmocka_unit_test(
		    test_pubkey__refuses_the_signature_of_another_key),
		cmocka_unit_test(test_pubkey__compares_keys_by_their_point),
		cmocka_unit_test(test_pubkey__refuses_over_the_limit),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
