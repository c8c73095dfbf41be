/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_CORE_TESTKEY_H
#define TESTS_UNIT_CORE_TESTKEY_H

#include "fixture.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <pratique/digest.h>

/*
 * A P-256 key of the test's own, for documents that no honest tool would
 * sign: what is wrong in them must be found although the signature is good.
 */
static inline EVP_PKEY *
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

static inline void
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

#define TEST_REPOSITORY "127.0.0.1:5000/acme/web"

/* The text that cosign's older form signs. */
static inline void
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

/* The fixtures' image has a manifest for each machine that we build on. */
#if defined(__x86_64__)
#define ARCH "amd64"
#define OTHER_ARCH "arm64"
#elif defined(__aarch64__)
#define ARCH "arm64"
#define OTHER_ARCH "amd64"
#else
#define ARCH "riscv64"
#define OTHER_ARCH "amd64"
#endif

#endif
