/* SPDX-License-Identifier: Apache-2.0 */
/* A service file beside real keys: it is refused, or it demands something. */
#include "policy.h"

static void
tell(void *ctx, const char *party, const char *why)
{
	(void)ctx;
	FUZZ_REQUIRE(party != NULL && why != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pq_config_service *s = fuzz_service(pq_slice(data, size));

	if (s == NULL)
		return 0;
	FUZZ_REQUIRE(s->policy != NULL && s->policy->service != NULL);
	FUZZ_REQUIRE(s->policy->image != NULL && s->policy->n_keys > 0);
	FUZZ_REQUIRE(s->policy->track != NULL);
	FUZZ_REQUIRE(!pq_digest_none(&s->policy->hash));
	(void)pq_config_alone(s, tell, NULL);
	pq_config_service_free(s);
	free(s);
	return 0;
}
