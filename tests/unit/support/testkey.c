/* SPDX-License-Identifier: Apache-2.0 */
#include "testkey.h"

#include "../cmocka_all.h"

#include <openssl/pem.h>

EVP_PKEY *
testkey_new(struct pq_buf *pem)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long n;

	assert_non_null(key);
	assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
	n = BIO_get_mem_data(bio, &text);
	pq_buf_put(pem, text, (size_t)n);
	BIO_free(bio);
	return key;
}

void
testkey_sign(EVP_PKEY *key, struct pq_slice message, struct pq_buf *sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t raw[128];
	size_t n = sizeof(raw);

	assert_int_equal(
	    EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(EVP_DigestSign(ctx, raw, &n, message.p, message.n), 1);
	pq_buf_put(sig, raw, n);
	EVP_MD_CTX_free(ctx);
}

void
simple_payload(struct pq_buf *dst, const struct pq_digest *image)
{
	char text[PQ_DIGEST_TEXT];

	pq_digest_format(text, image);
	pq_buf_fmt(dst,
	    "{\"critical\":{\"identity\":{\"docker-reference\":"
	    "\"" TEST_REPOSITORY "\"},"
	    "\"image\":{\"docker-manifest-digest\":\"%s\"},\"type\":"
	    "\"cosign container image signature\"},\"optional\":null}",
	    text);
}
