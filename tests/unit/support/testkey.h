/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_SUPPORT_TESTKEY_H
#define TESTS_UNIT_SUPPORT_TESTKEY_H

#include <openssl/evp.h>

#include <pratique/bytes.h>
#include <pratique/digest.h>

/*
 * A P-256 key that the test makes. It signs documents that no honest tool
 * would sign: the verifier must find the fault although the signature is good.
 */

/* Make a key and append its public half to @pem; EVP_PKEY_free() it. */
EVP_PKEY *testkey_new(struct pq_buf *pem);

/* Append the signature of @message, ECDSA with SHA-256 in DER, to @sig. */
void testkey_sign(EVP_PKEY *key, struct pq_slice message, struct pq_buf *sig);

#define TEST_REPOSITORY "127.0.0.1:5000/acme/web"

/* Append the text that cosign's older form signs. */
void simple_payload(struct pq_buf *dst, const struct pq_digest *image);

/* The image of the fixtures has a manifest for each of these machines. */
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
