/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_CORE_FLAT_H
#define TESTS_UNIT_CORE_FLAT_H

#include <pratique/policy.h>
#include <pratique/proof.h>

/* A proof of one signature of the image and one of the tag. */
struct flat {
	uint32_t kind; /* form of the image's signature */
	uint32_t key;  /* its material */
	struct pq_slice payload, signature, tag_object;
	struct pq_slice index, manifest, config;
};

static inline struct pq_proof
proof_of(const struct flat *f)
{
	struct pq_proof p = { .index = f->index,
		.manifest = f->manifest,
		.config = f->config,
		.n = f->tag_object.n > 0 ? 2 : 1 };

	p.v[0] = (struct pq_piece){ .form = f->kind,
		.material = f->key,
		.payload = f->payload,
		.signature = f->signature };
	p.v[1] = (struct pq_piece){
		.requirement = 1, .form = PQ_FORM_TAG, .payload = f->tag_object
	};
	return p;
}

/* The policy that it is for: any of these keys, and these signers. */
struct flat_policy {
	struct pq_material keys[4], signers;
	struct pq_requirement v[2];
};

static inline void
flat_policy(struct pq_policy *p, struct flat_policy *f, size_t n_keys)
{
	f->v[0] = (struct pq_requirement){ .kind = PQ_KIND_COSIGN_KEY,
		.threshold = 1,
		.v = f->keys,
		.n = n_keys };
	f->v[1] = (struct pq_requirement){ .kind = PQ_KIND_SSH,
		.clause = 1,
		.threshold = 1,
		.v = &f->signers,
		.n = 1 };
	p->requirements = f->v;
	p->n_requirements = 2;
}

#endif
