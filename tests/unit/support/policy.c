/* SPDX-License-Identifier: Apache-2.0 */
#include "policy.h"

#include "../cmocka_all.h"

struct pq_proof
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

void
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

#define TEXT(s) ((char *)(uintptr_t)(s))

void
fixture_policy(struct pq_policy *p, struct flat_policy *f,
    const struct pq_buf *pem, size_t n, const struct pq_buf *signers)
{
	size_t i;

	assert_true(n <= FLAT_KEYS);
	*f = (struct flat_policy){ 0 };
	for (i = 0; i < n; i++) {
		f->keys[i].name = TEXT("keys/web.pub");
		f->keys[i].p = pem[i].p;
		f->keys[i].n = pem[i].n;
	}
	f->signers.p = signers->p;
	f->signers.n = signers->n;
	*p = (struct pq_policy){ .image = TEXT("127.0.0.1:5000/acme/web"),
		.git_url = TEXT("http://127.0.0.1:8080/web.git"),
		.git_tag = TEXT("v{version}"),
		.version_from = PQ_VERSION_LABEL };
	flat_policy(p, f, n);
}
