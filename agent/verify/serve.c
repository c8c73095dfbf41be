/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent parses no untrusted data. Each child closes the connection,
 * confines itself to reading memory and writing one pipe, judges, writes its
 * answer and exits. A job that crashes or hangs its child affects only itself:
 * its result is "could not be examined" and never a pass. No state of a child
 * outlives it.
 *
 * Each EXAMINE job gets its own child. Waiting callbacks of one service share a
 * child. A callback that takes the child over could misreport the callbacks
 * that arrived at the same moment. But they all belong to one service, and the
 * sender already holds a secret of that service. A callback is only a hint, and
 * the agent does not trust its claims.
 */
#include "verify/serve.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pratique/callback.h>

#include "confine/confine.h"
#include "verify/job.h"
#include "role/answer.h"
#include "role/role.h"

#define ROLE PQ_ROLE_VERIFY
#define JOB_SECONDS 15 /* limit of one job; the largest takes 0.1 s */
/*
 * Limit of a batch of callbacks. After a failed batch each callback runs alone,
 * and one of them may hang for JOB_SECONDS. The sum must stay below the
 * warden's timeout (30 s), so that each round completes at least one callback.
 */
#define BATCH_SECONDS 2
#define BATCH 256
#define BATCH_WAIT_MS 2 /* the warden sends the callbacks one by one */
#define BATCH_BYTES                                              \
	((size_t)256 << 10) /* at this size, the batch is closed \
			     */

/* The jobs of one child. */
struct jobs {
	const struct pq_msg *in;
	size_t n;
};

/* Messages that arrived together; in[i] borrows from bytes[i]. */
struct batch {
	struct pq_msg in[BATCH];
	struct pq_buf bytes[BATCH];
	size_t n;
};

static void
batch_free(struct batch *b)
{
	while (b->n != 0)
		pq_buf_free(&b->bytes[--b->n]);
}

/* ---- the child --------------------------------------------------------- */

/* Write each answer after its length. */
static int
do_jobs(struct pq_buf *out, const struct jobs *jobs, const struct pq_config *c)
{
	size_t i;
	int r = 0;

	for (i = 0; i < jobs->n && r == 0; i++) {
		pq_auto(pq_buf_free) struct pq_buf one =
		    PQ_BUF_INIT(PQ_IPC_MAX);

		r = pq_job_do(&one, &jobs->in[i], c);
		pq_buf_u32(out, (uint32_t)one.n);
		pq_buf_slice(out, pq_buf_view(&one));
	}
	return r != 0 ? r : out->fault;
}

static void __attribute__((noreturn)) do_child(int channel_fd, int out_fd,
    const struct jobs *jobs, const struct pq_config *c)
{
	struct pq_buf out = PQ_BUF_INIT(PQ_IPC_MAX);
	struct pq_err err = PQ_ERR_INIT;

	(void)close(channel_fd);
	if (pq_confine_enter(PQ_JAIL_VERIFY_CHILD, NULL, NULL, &err) != 0) {
		(void)pq_write_whole(
		    STDERR_FILENO, pq_slice_str("child-not-confined\n"));
		_exit(3);
	}
	if (do_jobs(&out, jobs, c) != 0 ||
	    pq_write_whole(out_fd, pq_buf_view(&out)) != 0)
		_exit(2);
	_exit(0);
}

/* ---- the parent -------------------------------------------------------- */

static int
run_child(struct pq_buf *out, int channel_fd, const struct jobs *jobs,
    const struct pq_config *c, char why[128])
{
	int seconds = jobs->n > 1 ? BATCH_SECONDS : JOB_SECONDS;
	int fds[2], status = -1, r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return -PQ_ESYS;
	pid = fork();
	if (pid == 0) {
		(void)close(fds[0]);
		do_child(channel_fd, fds[1], jobs, c);
	}
	(void)close(fds[1]);
	if (pid < 0) {
		(void)close(fds[0]);
		return -PQ_ESYS;
	}
	r = pq_answer_take(out, pid, fds[0], seconds, &status);
	if (r == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (r == -PQ_ETIMEOUT)
		(void)snprintf(
		    why, 128, "the examination took over %d s", seconds);
	else
		(void)snprintf(why, 128,
		    "the examining process ended with %s %d",
		    WIFSIGNALED(status) ? "signal" : "status",
		    WIFSIGNALED(status) ? WTERMSIG(status)
					: WEXITSTATUS(status));
	return -PQ_EINTERNAL;
}

/*
 * Return true if @out answers @in: it has the same job and the expected type.
 */
static bool
is_answer(const struct pq_msg *in, const struct pq_msg *out)
{
	return out->job == in->job &&
	    out->type ==
	    (in->type == PQ_MSG_EXAMINE ? PQ_MSG_VERDICT : PQ_MSG_HINT);
}

/*
 * Decode the replies, which borrow from @s.
 * Return: 0 if each job has exactly one reply; -PQ_EPROTO
 */
static int
split_replies(
    struct pq_msg replies[BATCH], const struct jobs *jobs, struct pq_slice s)
{
	struct pq_cur c = pq_cur_start(s);
	struct pq_err err = PQ_ERR_INIT;
	size_t i;

	for (i = 0; i < jobs->n; i++) {
		struct pq_slice one = pq_cur_string(&c, PQ_IPC_MAX);

		if (c.bad || pq_msg_decode(&replies[i], one, &err) != 0 ||
		    !is_answer(&jobs->in[i], &replies[i]))
			return -PQ_EPROTO;
	}
	return pq_cur_done(&c) ? 0 : -PQ_EPROTO;
}

static int
report_failure(struct pq_channel *c, const struct pq_msg *in, const char *why,
    struct pq_err *err)
{
	pq_auto(pq_buf_free) struct pq_buf out = PQ_BUF_INIT(PQ_IPC_MAX);
	struct pq_msg m = { .type = PQ_MSG_HINT, .job = in->job };
	int r = 0;

	pq_role_log("job-failed job=%llu reason=\"%s\"",
	    (unsigned long long)in->job, why);
	m.hint.kind = PQ_HINT_NOT_READ;
	m.hint.reason = pq_slice_str(why);
	if (in->type == PQ_MSG_EXAMINE) {
		r = pq_job_put_single(&out, in->job, PQ_PENDING, why);
		if (r == 0)
			r = pq_msg_decode(&m, pq_buf_view(&out), err);
	}
	return r == 0 ? pq_channel_send(c, &m, err) : r;
}

static int
serve_jobs(struct pq_channel *c, const struct jobs *jobs,
    const struct pq_config *config, struct pq_err *err)
{
	static struct pq_msg replies[BATCH];
	pq_auto(pq_buf_free) struct pq_buf out = PQ_BUF_INIT(PQ_IPC_MAX);
	char why[128] = "could not start an examination";
	size_t i;
	int r = run_child(&out, c->fd, jobs, config, why);

	if (r == 0 && split_replies(replies, jobs, pq_buf_view(&out)) != 0) {
		(void)snprintf(why, sizeof(why),
		    "the examining process sent no valid answer");
		r = -PQ_EPROTO;
	}
	if (r != 0 && jobs->n == 1)
		return report_failure(c, &jobs->in[0], why, err);
	if (r != 0)
		return 1;
	for (i = 0; i < jobs->n && r == 0; i++)
		r = pq_channel_send(c, &replies[i], err);
	return r;
}

/* After a failed batch, run each job in its own child. */
static int
serve_apart(struct pq_channel *c, const struct jobs *jobs,
    const struct pq_config *config, struct pq_err *err)
{
	size_t i;
	int r = 0;

	for (i = 0; i < jobs->n && r == 0; i++) {
		struct jobs one = { &jobs->in[i], 1 };

		r = serve_jobs(c, &one, config, err);
	}
	return r;
}

static bool
joins_batch(const struct batch *b, const struct pq_msg *m, size_t bytes)
{
	return m->type == PQ_MSG_CALLBACK && bytes < BATCH_BYTES &&
	    m->callback.scheme == b->in[0].callback.scheme &&
	    pq_slice_eq(m->callback.service, b->in[0].callback.service);
}

/*
 * Move the received message @m into the batch, and then more callbacks of the
 * same service as they arrive.
 * Return: 0; 1 if @m is a received message that is not in the batch; a fault
 */
static int
gather_batch(
    struct batch *b, struct pq_channel *c, struct pq_msg *m, struct pq_err *err)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	size_t bytes = 0;
	int r;

	do {
		bytes += c->in.n;
		b->in[b->n] = *m;
		b->bytes[b->n++] = c->in;
		c->in = PQ_BUF_INIT(PQ_IPC_MAX);
		if (b->in[0].type != PQ_MSG_CALLBACK || b->n == BATCH ||
		    poll(&p, 1, BATCH_WAIT_MS) <= 0)
			return 0;
		r = pq_channel_recv(c, m, err);
		if (r != 0)
			return r < 0 ? r : 0;
	} while (joins_batch(b, m, bytes));
	return 1;
}

int
pq_verify_serve(
    struct pq_channel *c, const struct pq_config *config, struct pq_err *err)
{
	static struct batch b;
	struct jobs jobs;
	struct pq_msg m;
	int r = 0, more = 0;

	while (r >= 0) {
		r = more == 1 ? 0 : pq_channel_recv(c, &m, err);
		if (r == 2)
			return pq_err_set(
			    err, PQ_EPROTO, "the warden closed the connection");
		if (r != 0)
			continue;
		more = gather_batch(&b, c, &m, err);
		jobs = (struct jobs){ b.in, b.n };
		r = more < 0 ? more : serve_jobs(c, &jobs, config, err);
		if (r == 1)
			r = serve_apart(c, &jobs, config, err);
		batch_free(&b);
	}
	return r;
}
