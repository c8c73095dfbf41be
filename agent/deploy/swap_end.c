/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After the verdict: remove the old container, or remove the new one and
 * restore the old one.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "deploy/swap_steps.h"

#define LOG_READ_MAX (8u << 20)

static int
remove_if_there(struct pq_swap *s, const char *id, struct pq_err *err)
{
	int r;

	if (id[0] == '\0')
		return 0;
	r = pq_swap_act(
	    s, PQ_DOCKER_STOP, id, NULL, NULL, PQ_DONE(204, 304, 404), err);
	if (r == 0)
		r = pq_swap_act(s, PQ_DOCKER_REMOVE, id, NULL, NULL,
		    PQ_DONE(204, 404), err);
	return r;
}

/* The new container is healthy, so a leftover container is not a failure. */
int
pq_step_retire(struct pq_swap *s, struct pq_err *err)
{
	int r = remove_if_there(s, s->d.old_ref, err);

	if (r >= 0)
		r = pq_swap_live(s, err);
	s->d.reason[0] = '\0';
	return r < 0 ? r : 0;
}

/* Record the running container, which was not touched, as live. */
int
pq_step_kept(struct pq_swap *s, struct pq_err *err)
{
	(void)err;
	pq_journal_live(
	    s->store, &s->d, (int64_t)time(NULL), s->service->floor_instead_of);
	memcpy(s->d.new_ref, s->d.old_ref, sizeof(s->d.new_ref));
	(void)snprintf(s->d.reason, sizeof(s->d.reason),
	    "the container already runs this image: nothing was recreated");
	return 0;
}

/*
 * Return the length of the first frame of a log, or 0 for raw bytes. Without a
 * terminal the engine sends eight bytes before each frame: stream, three zeros,
 * length (Engine API, "Attach to a container").
 */
static size_t
frame_length(struct pq_slice s)
{
	struct pq_cur c = pq_cur_start(s);
	uint8_t stream = pq_cur_u8(&c);
	struct pq_slice zeros = pq_cur_take(&c, 3);
	uint32_t n = pq_cur_u32(&c);

	return c.bad || stream > 2 || memcmp(zeros.p, "\0\0\0", 3) != 0 ? 0
	    : n < c.left                                                ? n
			 : c.left;
}

static void
append_frames(struct pq_buf *dst, struct pq_slice s)
{
	size_t n;

	for (; (n = frame_length(s)) != 0;
	     s = pq_slice(s.p + 8 + n, s.n - 8 - n))
		pq_buf_put(dst, s.p + 8, n);
	pq_buf_slice(dst, s);
}

int
pq_step_keep_log(struct pq_swap *s, struct pq_err *err)
{
	pq_auto(pq_buf_free) struct pq_buf log = PQ_BUF_INIT(LOG_READ_MAX);
	struct pq_docker_answer ans;
	size_t n;

	if (s->d.new_ref[0] == '\0' ||
	    pq_docker_call(s->docker, PQ_DOCKER_LOGS, s->d.new_ref, NULL, NULL,
		&ans, err) != 0)
		return 0;
	if (ans.status == 200)
		append_frames(&log, pq_buf_view(&ans.body));
	pq_buf_free(&ans.body);
	n = log.n < PQ_SWAP_LOG_MAX ? log.n : PQ_SWAP_LOG_MAX;
	s->log.n = 0;
	if (n != 0)
		pq_buf_put(&s->log, log.p + log.n - n, n);
	return 0;
}

/* Return: 0 the old container still exists; 1 it does not; a fault. */
static int
check_old(struct pq_swap *s, struct pq_err *err)
{
	json_t *c = NULL;
	int r = pq_swap_inspect(s, s->d.old_ref, &c, err);

	json_decref(c);
	return r == -PQ_EABSENT ? 1 : r;
}

/*
 * Rename the new container, then remove it: a daemon that is slow to remove it
 * must not keep the name occupied. If the old container no longer exists, the
 * new one is the only one left. Then it stays and takes the usual name.
 */
int
pq_step_away_new(struct pq_swap *s, struct pq_err *err)
{
	size_t cause = strlen(s->d.reason);
	char name[PQ_CONTAINER_TEXT];
	int r = check_old(s, err);

	if (r < 0 || s->d.new_ref[0] == '\0')
		return r;
	if (r == 1) {
		(void)pq_swap_give_up(
		    s, "the old container no longer exists: the new one stays");
		r = pq_swap_rename(
		    s, s->d.new_ref, s->service->target_name, err);
		return r < 0 && r != -PQ_EABSENT ? r : 2;
	}
	pq_swap_name(s, "failed", name);
	r = pq_swap_rename(s, s->d.new_ref, name, err);
	if (r == -PQ_EABSENT)
		return 0;
	if (r >= 0)
		r = remove_if_there(s, s->d.new_ref, err);
	/* it was removed, so a failed rename no longer matters */
	if (r == 0)
		s->d.reason[cause] = '\0';
	return r;
}

/* Start it even if the rename failed: better a wrong name than no service. */
int
pq_step_restore_old(struct pq_swap *s, struct pq_err *err)
{
	int named =
	    pq_swap_rename(s, s->d.old_ref, s->service->target_name, err);
	int started;

	if (named < 0)
		return named;
	started = pq_swap_act(s, PQ_DOCKER_START, s->d.old_ref, NULL, NULL,
	    PQ_DONE(204, 304), err);
	return started != 0 ? started : named;
}
