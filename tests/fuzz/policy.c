/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a service file. It must be refused or have requirements. */
#include "policy.h"

#include "config/parties.h"

/* A key belongs to at least one party. There are no operators here. */
static void
examine_service(const struct pq_config_service *s)
{
	pq_auto(pq_parties_freep) struct pq_parties *p = NULL;

	FUZZ_REQUIRE(pq_parties_of(&p, s, NULL) == 0);
	FUZZ_REQUIRE(p->n > 0 && p->n <= p->n_held);
	FUZZ_REQUIRE((p->n_smallest > 0) == (s->approvals == 0));
	FUZZ_REQUIRE(pq_parties_name(p, p->n - 1) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pq_config_service *s = fuzz_service(pq_slice(data, size));

	if (s == NULL)
		return 0;
	FUZZ_REQUIRE(s->policy != NULL && s->policy->service != NULL);
	FUZZ_REQUIRE(s->policy->image != NULL && s->policy->n_requirements > 0);
	FUZZ_REQUIRE(s->policy->track != NULL);
	FUZZ_REQUIRE(!pq_digest_none(&s->policy->hash));
	examine_service(s);
	pq_config_service_free(s);
	free(s);
	return 0;
}
