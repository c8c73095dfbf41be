/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy of the signed fixtures in tests/fixtures/cosign: a cosign key for
 * the image, and SSH signers for its tag. A flat proof holds one signature for
 * each of the two requirements.
 */
#ifndef TESTS_UNIT_SUPPORT_POLICY_H
#define TESTS_UNIT_SUPPORT_POLICY_H

#include <pratique/policy.h>
#include <pratique/proof.h>

#define FLAT_KEYS 4

/* A proof of one signature of the image and one of the tag. */
struct flat {
	uint32_t kind; /* form of the image's signature */
	uint32_t key;  /* its material */
	struct pq_slice payload, signature, tag_object;
	struct pq_slice index, manifest, config;
};

struct pq_proof proof_of(const struct flat *f);

/* The two requirements: any of these keys, and these signers. */
struct flat_policy {
	struct pq_material keys[FLAT_KEYS], signers;
	struct pq_requirement v[2];
};

/*
 * flat_policy() - point a policy at the two requirements
 * @p:       its other members stay
 * @f:       its keys and signers are set; it lives as long as @p
 * @n_keys:  number of keys in @f->keys
 */
void flat_policy(struct pq_policy *p, struct flat_policy *f, size_t n_keys);

/*
 * fixture_policy() - make the policy of the service that the fixtures are for
 * @p:        every member is set
 * @f:        holds the requirements; it lives as long as @p
 * @pem:      @n keys for the image, at most FLAT_KEYS; borrowed
 * @signers:  file of allowed signers; borrowed
 */
void fixture_policy(struct pq_policy *p, struct flat_policy *f,
    const struct pq_buf *pem, size_t n, const struct pq_buf *signers);

#endif
