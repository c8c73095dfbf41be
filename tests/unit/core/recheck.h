/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_CORE_RECHECK_H
#define TESTS_UNIT_CORE_RECHECK_H

/* Proofs of an image that the real cosign signed and a tag that git signed. */
#include "fixture.h"
#include "support/policy.h"
#include "support/testkey.h"

#include <pratique/claims.h>
#include <pratique/dsse.h>
#include <pratique/oci.h>
#include <pratique/verdict.h>

#define N(table) (sizeof(table) / sizeof((table)[0]))
#define GOOD "cosign/good/"
#define COSIGN_KEY 1 /* index of the fixtures' key in the policy */
#define TEST_KEY 2   /* index of the test's own key */

struct world {
	EVP_PKEY *key;
	struct pq_buf pem[3], signers;
	struct pq_policy policy;
	struct flat_policy trusted;
	struct pq_buf payload, signature, index, manifest, config, tag;
	struct pq_bundle bundle;
	struct flat simple, dsse;
};

static struct world w;

static inline void
make_policy(struct pq_policy *p)
{
	w.pem[0] = fixture(GOOD "key/other");
	w.pem[COSIGN_KEY] = fixture(GOOD "key/p256");
	w.pem[TEST_KEY] = PQ_BUF_INIT(1024);
	w.key = testkey_new(&w.pem[TEST_KEY]);
	w.signers = fixture(GOOD "allowed_signers");
	fixture_policy(p, &w.trusted, w.pem, N(w.pem), &w.signers);
}

static inline int
set_up(void **state)
{
	struct pq_buf json = fixture(GOOD "bundle/cosign");

	(void)state;
	make_policy(&w.policy);
	w.payload = fixture(GOOD "payload/legacy");
	w.signature = fixture(GOOD "key/p256.sig");
	w.index = fixture(GOOD "index");
	w.manifest = fixture(GOOD "manifest-" ARCH);
	w.config = fixture(GOOD "config-" ARCH);
	w.tag = fixture(GOOD "tag");
	assert_int_equal(
	    pq_bundle_parse(&w.bundle, pq_buf_view(&json), NULL), 0);
	w.simple = (struct flat){
		.kind = PQ_FORM_SIMPLE,
		.key = COSIGN_KEY,
		.payload = pq_buf_view(&w.payload),
		.signature = pq_buf_view(&w.signature),
		.tag_object = pq_buf_view(&w.tag),
		.index = pq_buf_view(&w.index),
		.manifest = pq_buf_view(&w.manifest),
		.config = pq_buf_view(&w.config),
	};
	w.dsse = w.simple;
	w.dsse.kind = PQ_FORM_DSSE;
	w.dsse.payload = pq_buf_view(&w.bundle.payload);
	w.dsse.signature = pq_buf_view(&w.bundle.signature);
	pq_buf_free(&json);
	return 0;
}

static inline int
tear_down(void **state)
{
	struct pq_buf *all[] = { &w.pem[0], &w.pem[1], &w.pem[2], &w.signers,
		&w.payload, &w.signature, &w.index, &w.manifest, &w.config,
		&w.tag };
	size_t i;

	(void)state;
	for (i = 0; i < N(all); i++)
		pq_buf_free(all[i]);
	pq_bundle_free(&w.bundle);
	EVP_PKEY_free(w.key);
	return 0;
}

static inline enum pq_status
recheck_proof(struct pq_verdict *v, const struct pq_policy *policy,
    const char *tag, const struct flat *flat)
{
	struct pq_proof proof = proof_of(flat);

	pq_verdict_free(v);
	memset(v, 0, sizeof(*v));
	assert_int_equal(
	    pq_proof_recheck(v, policy, pq_slice_str(tag), &proof, NOW), 0);
	return pq_findings_overall(&v->findings);
}

#endif
