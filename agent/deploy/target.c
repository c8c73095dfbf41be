/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of deploy targets. A kind without a row is never deployed, even if
 * the configuration accepts it.
 */
#include "deploy/target.h"

#include "deploy/target_container.h"

static const struct pq_target *const targets[PQ_TARGETS] = {
	[PQ_TARGET_CONTAINER] = &pq_target_container,
};

const struct pq_target *
pq_target_of(const struct pq_config_service *s)
{
	return (unsigned)s->target < PQ_TARGETS ? targets[s->target] : NULL;
}

int
pq_target_observe(struct pq_observed *ret, struct pq_docker *d,
    const struct pq_config_service *s, struct pq_err *err)
{
	const struct pq_target *t = pq_target_of(s);

	*ret = (struct pq_observed){ .there = false };
	if (t == NULL)
		return pq_err_set(
		    err, PQ_ECONFIG, "the service has no deploy target");
	return t->observe(ret, d, s, err);
}

void
pq_observed_free(struct pq_observed *o)
{
	json_decref(o->settings);
	*o = (struct pq_observed){ .there = false };
}

bool
pq_observed_runs(const struct pq_observed *o)
{
	return o->there && o->instances != 0 && o->running == o->instances;
}
