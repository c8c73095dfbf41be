/* SPDX-License-Identifier: Apache-2.0 */
/* Invalid keys. test_sshsig.c tests the signatures of good keys. */
#include "ssh.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "core/sshkey.h"

#define N(table) (sizeof(table) / sizeof((table)[0]))

static void
key_is(const struct pq_buf *blob, const char *words)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_sshkey *k = NULL;
	int r = pq_sshkey_parse(&k, pq_buf_view(blob), &err);

	assert_int_equal(blob->fault, 0);
	if (words == NULL ? r != 0 : r >= 0 || strstr(err.text, words) == NULL)
		fail_msg(
		    "%s: %d: %s", words != NULL ? words : "good", r, err.text);
	pq_sshkey_free(k);
}

static void
test_sshkey__refuses_weak_rsa_keys(void **state)
{
	static const struct {
		const char *e;
		size_t e_n, bits;
		uint8_t last;
		const char *words;
	} v[] = {
		{ "\1\0\1", 3, 2047, 1, "RSA key of 2047 bits" },
		{ "\1\0\1", 3, 2048, 1, NULL },
		{ "\1\0\1", 3, 8192, 1, NULL },
		{ "\1\0\1", 3, 8193, 1, "RSA key of 8193 bits" },
		{ "\1\0\1", 3, 8200, 1, "not minimal" },
		{ "\1\0\1", 3, 2048, 2,
		    "with an even modulus, or with an exponent" },
		{ "\3", 1, 2048, 1, NULL },
		{ "\2", 1, 2048, 1,
		    "with an even modulus, or with an exponent" },
		{ "\1", 1, 2048, 1,
		    "with an even modulus, or with an exponent" },
		{ "\0\377\0\0\0\0\0\0\1", 9, 2048, 1, NULL },
		{ "\1\0\0\0\0\0\0\0\1", 9, 2048, 1,
		    "with an even modulus, or with an exponent" },
		{ "", 0, 2048, 1, "not minimal" },
		{ "\0", 1, 2048, 1, "not minimal" },
		{ "\0\3", 2, 2048, 1, "not minimal" },
		{ "\201", 1, 2048, 1, "not minimal" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(v); i++) {
		struct pq_buf b = PQ_BUF_INIT(4096);
		uint8_t n[1026] = { 0 };
		size_t top = v[i].bits / 8; /* n[0] is the sign byte */

		n[0] = (uint8_t)((1u << v[i].bits % 8) >> 1);
		n[1] = v[i].bits % 8 == 0 ? 0x80 : 0;
		n[top] = v[i].last;
		put_string(&b, "ssh-rsa", 7);
		put_string(&b, v[i].e, v[i].e_n);
		put_string(&b, n, top + 1);
		key_is(&b, v[i].words);
		pq_buf_free(&b);
	}
}

#define P256 "ecdsa-sha2-nistp256"
#define SK_P256 "sk-ecdsa-sha2-nistp256@openssh.com"

static void
test_sshkey__refuses_invalid_points(void **state)
{
	EVP_PKEY *k = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	static const struct {
		const char *curve;
		size_t n;
		int first, flip; /* -1: unchanged */
		const char *words;
	} v[] = {
		{ "nistp256", 65, -1, -1, NULL },
		{ "nistp384", 65, -1, -1,
		    "expected curve and point of the type" },
		{ "nistp2560", 65, -1, -1,
		    "expected curve and point of the type" },
		{ "", 65, -1, -1, "expected curve and point of the type" },
		{ "nistp256", 64, -1, -1, "expected an uncompressed point" },
		{ "nistp256", 66, -1, -1,
		    "expected curve and point of the type" },
		{ "nistp256", 0, -1, -1, "expected an uncompressed point" },
		{ "nistp256", 33, 2, -1, "expected an uncompressed point" },
		/* OpenSSL accepts these forms with the right parity of y */
		{ "nistp256", 65, 6, -1, "expected an uncompressed point" },
		{ "nistp256", 65, 7, -1, "expected an uncompressed point" },
		{ "nistp256", 65, -1, 64, "not a valid EC key" },
	};
	uint8_t point[66] = { 0 };
	size_t n, i;

	(void)state;
	assert_int_equal(EVP_PKEY_get_octet_string_param(
			     k, OSSL_PKEY_PARAM_PUB_KEY, point, 65, &n),
	    1);
	EVP_PKEY_free(k);
	for (i = 0; i < N(v); i++) {
		struct pq_buf b = PQ_BUF_INIT(4096);
		uint8_t q[66];

		memcpy(q, point, sizeof(q));
		if (v[i].first >= 0)
			q[0] = (uint8_t)v[i].first;
		if (v[i].flip >= 0)
			q[v[i].flip] ^= 1;
		put_string(&b, P256, strlen(P256));
		put_string(&b, v[i].curve, strlen(v[i].curve));
		put_string(&b, q, v[i].n);
		key_is(&b, v[i].words);
		/* the same point in a security key, with an application */
		b.n = 0;
		put_string(&b, SK_P256, strlen(SK_P256));
		put_string(&b, v[i].curve, strlen(v[i].curve));
		put_string(&b, q, v[i].n);
		put_string(&b, "ssh:", 4);
		key_is(&b, v[i].words);
		pq_buf_free(&b);
	}
}

static void
test_sshkey__refuses_keys_of_another_length(void **state)
{
	struct pq_buf b = PQ_BUF_INIT(2 * PQ_SSHKEY_MAX);

	(void)state;
	assert_int_equal(pq_b64_decode(&b, pq_slice_str(KEY)), 0);
	key_is(&b, NULL);
	b.n--;
	key_is(&b, "32 bytes");
	b.n++;
	pq_buf_u8(&b, 0);
	key_is(&b, "trailing bytes");
	while (b.n <= PQ_SSHKEY_MAX)
		pq_buf_u8(&b, 0);
	key_is(&b, "the SSH key has 4097 bytes");
	b.n = 10;
	key_is(&b, "without a type");
	b.n = 0;
	key_is(&b, "without a type");
	put_string(&b, "", 0);
	key_is(&b, "without a type");
	pq_buf_free(&b);
}

/* The form of ssh-keygen -l, so that operators can compare them. */
static void
test_sshkey__prints_the_fingerprint(void **state)
{
	char print[PQ_SSHKEY_FINGERPRINT];
	struct pq_buf b = PQ_BUF_INIT(256);

	(void)state;
	assert_int_equal(pq_b64_decode(&b, pq_slice_str(KEY)), 0);
	pq_sshkey_fingerprint(print, pq_buf_view(&b));
	assert_string_equal(
	    print, "SHA256:10UpuY5YbiEH77/h5vlO8Y3I0i8hEnqr24Qz6yvTqB4");
	pq_buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sshkey__refuses_weak_rsa_keys),
		cmocka_unit_test(test_sshkey__refuses_invalid_points),
		cmocka_unit_test(test_sshkey__refuses_keys_of_another_length),
		cmocka_unit_test(test_sshkey__prints_the_fingerprint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
