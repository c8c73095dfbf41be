/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Free space before the swap. Deploy has a ballast for its own journal. The
 * engine has none, so for its disk only the check applies.
 */
#include "deploy/space.h"
#include "deploy/swap_steps.h"

/* An engine that does not answer is not measured: the next step reports it. */
static int
check_engine(struct pq_swap *s)
{
	struct pq_err ignored = PQ_ERR_INIT;
	json_t *info = NULL;
	const char *root;
	uint64_t have;

	if (pq_docker_json(s->docker, PQ_DOCKER_INFO, NULL, &info, &ignored) !=
	    0)
		return 0;
	root = pq_json_text(info, "DockerRootDir");
	/* `pratique host` reports a disk that deploy cannot measure */
	have = pq_space_engine(root);
	if (have < PQ_SPACE_ENGINE)
		(void)pq_swap_give_up(s,
		    "space: %u MiB are free in the engine's %.200s, and a swap "
		    "needs %u MiB: free some space",
		    (unsigned)(have >> 20), root, PQ_SPACE_ENGINE >> 20);
	json_decref(info);
	return have < PQ_SPACE_ENGINE ? 1 : 0;
}

int
pq_step_space(struct pq_swap *s, struct pq_err *err)
{
	struct pq_err why = PQ_ERR_INIT;

	(void)err;
	if (pq_space_reserve(s->state_dir, &why) != 0)
		return pq_swap_give_up(s, "space: %s", why.text);
	return check_engine(s);
}
