/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pratique-verify: here foreign data is parsed and judged.
 *
 * The parent holds the connection to the warden and parses nothing; for each
 * job it forks a child that closes the connection, confines itself to reading
 * memory and writing one pipe, judges, writes its answer and ends. A job that
 * crashes or hangs the child costs that job only, and it ends as "could not
 * examine", never as a pass. Nothing survives from one job to the next.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <pratique/callback.h>
#include <pratique/evidence.h>

#include "config/config.h"
#include "confine/confine.h"
#include "ipc/channel.h"
#include "role/load.h"

#define JOB_SECONDS 15 /* a whole examination; the largest takes 0.1 s */

static const struct pq_config *config;

static struct pq_callback
callback_from(const struct pq_msg_callback *m)
{
	return (struct pq_callback){
		.body = m->body,
		.content_type = m->content_type,
		.github_event = m->github_event,
		.github_delivery = m->github_delivery,
		.hub_signature_256 = m->hub_signature_256,
		.webhook_id = m->webhook_id,
		.webhook_timestamp = m->webhook_timestamp,
		.webhook_signature = m->webhook_signature,
	};
}

static int
read_hint(struct pq_buf *out, const struct pq_msg *in)
{
	struct pq_callback cb = callback_from(&in->callback);
	struct pq_msg m = { .type = PQ_MSG_HINT, .job = in->job };
	struct pq_hint hint = { 0 };
	int r = pq_hint_read(&hint, (enum pq_scheme)in->callback.scheme, &cb);

	if (r != 0)
		return r;
	m.hint.kind = (uint32_t)hint.kind;
	m.hint.reason = pq_slice_str(hint.reason);
	m.hint.repository = pq_slice_str(hint.repository);
	m.hint.tag = pq_slice_str(hint.tag);
	m.hint.digest = pq_slice_str(hint.digest);
	m.hint.commit = pq_slice_str(hint.commit);
	m.hint.git_tag = pq_slice_str(hint.git_tag);
	return pq_msg_encode(out, &m);
}

static int
put_verdict(struct pq_buf *out, uint64_t job, const struct pq_verdict *v)
{
	struct pq_buf findings = PQ_BUF_INIT(1u << 16);
	struct pq_msg m = { .type = PQ_MSG_VERDICT, .job = job };
	char digest[PQ_DIGEST_TEXT], manifest[PQ_DIGEST_TEXT];
	char image[PQ_DIGEST_TEXT], tag[PQ_OID_TEXT], commit[PQ_OID_TEXT];
	int r = pq_findings_encode(&findings, &v->findings);

	pq_digest_format(digest, &v->digest);
	pq_digest_format(manifest, &v->manifest);
	pq_digest_format(image, &v->config);
	pq_oid_format(tag, &v->tag_object);
	pq_oid_format(commit, &v->commit);
	m.verdict.overall = (uint32_t)pq_findings_overall(&v->findings);
	m.verdict.digest = pq_slice_str(digest);
	m.verdict.manifest = pq_slice_str(manifest);
	m.verdict.config = pq_slice_str(image);
	m.verdict.tag_object = pq_slice_str(tag);
	m.verdict.commit = pq_slice_str(commit);
	m.verdict.signer = pq_slice_str(v->signer);
	m.verdict.key = pq_slice_str(v->key);
	m.verdict.findings = pq_buf_view(&findings);
	if (pq_findings_overall(&v->findings) == PQ_PASS)
		PQ_PROOF_TO_MSG(&m.verdict, &v->proof);
	if (r == 0)
		r = pq_msg_encode(out, &m);
	pq_buf_free(&findings);
	return r;
}

/* One finding that says why nothing could be examined, or what was wrong. */
static int
put_single(
    struct pq_buf *out, uint64_t job, enum pq_status status, const char *why)
{
	struct pq_verdict *v = calloc(1, sizeof(*v));
	int r;

	if (v == NULL)
		return -PQ_ENOMEM;
	pq_findings_add(
	    &v->findings, PQ_CHECK_IMAGE_DIGEST, status, "", "", "%s", why);
	r = put_verdict(out, job, v);
	free(v);
	return r;
}

static int
judge_document(
    struct pq_buf *out, const struct pq_msg *in, const struct pq_policy *policy)
{
	struct pq_verdict *v = calloc(1, sizeof(*v));
	struct pq_err err = PQ_ERR_INIT;
	struct pq_evidence *ev = NULL;
	int r;

	if (v == NULL)
		return -PQ_ENOMEM;
	r = pq_evidence_parse(&ev, in->examine.document, &err);
	if (r == -PQ_ENOMEM)
		goto out;
	if (r != 0) {
		r = put_single(out, in->job, PQ_FAIL, err.text);
		goto out;
	}
	r = pq_verdict_judge(v, policy, ev, in->examine.now);
	if (r == 0)
		r = put_verdict(out, in->job, v);
	pq_evidence_free(ev);
out:
	free(v);
	return r;
}

static int
examine(struct pq_buf *out, const struct pq_msg *in)
{
	const struct pq_config_service *s =
	    pq_config_service(config, in->examine.service);
	char hash[PQ_DIGEST_TEXT];

	if (s == NULL)
		return put_single(out, in->job, PQ_PENDING,
		    "verify has no such service in its configuration");
	pq_digest_format(hash, &s->policy->hash);
	if (!pq_slice_eq_str(in->examine.policy_hash, hash))
		return put_single(out, in->job, PQ_PENDING,
		    "verify and warden have read different policies: restart");
	return judge_document(out, in, s->policy);
}

static int
do_job(struct pq_buf *out, const struct pq_msg *in)
{
	switch (in->type) {
	case PQ_MSG_CALLBACK:
		return read_hint(out, in);
	case PQ_MSG_EXAMINE:
		return examine(out, in);
	default:
		return -PQ_EPROTO;
	}
}

static int
could_not(struct pq_buf *out, const struct pq_msg *in, const char *why)
{
	struct pq_msg m = { .type = PQ_MSG_HINT, .job = in->job };

	out->n = 0;
	if (in->type == PQ_MSG_EXAMINE)
		return put_single(out, in->job, PQ_PENDING, why);
	m.hint.kind = PQ_HINT_UNREADABLE;
	m.hint.reason = pq_slice_str(why);
	return pq_msg_encode(out, &m);
}

static int
write_all(int fd, struct pq_slice s)
{
	while (s.n != 0) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -PQ_ESYS;
		s = pq_slice(s.p + n, s.n - (size_t)n);
	}
	return 0;
}

static void __attribute__((noreturn))
child(int channel_fd, int out_fd, const struct pq_msg *in)
{
	struct pq_buf out = PQ_BUF_INIT(PQ_IPC_MAX);
	struct pq_err err = PQ_ERR_INIT;

	(void)close(channel_fd);
	if (pq_confine_enter(PQ_JAIL_VERIFY_CHILD, NULL, NULL, &err) != 0) {
		(void)write_all(STDERR_FILENO,
		    pq_slice_str("verify: child-not-confined\n"));
		_exit(3);
	}
	if (do_job(&out, in) != 0 || out.fault != 0 ||
	    write_all(out_fd, pq_buf_view(&out)) != 0)
		_exit(2);
	_exit(0);
}

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Read until the end of the pipe; 0, or a fault when time or room is out. */
static int
read_answer(int fd, struct pq_buf *out)
{
	int64_t end = now_ms() + (int64_t)JOB_SECONDS * 1000;
	uint8_t chunk[16384];

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = end - now_ms();
		ssize_t n;

		if (left <= 0)
			return -PQ_ETIMEOUT;
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return -PQ_ESYS;
		if (p.revents == 0)
			continue;
		n = read(fd, chunk, sizeof(chunk));
		if (n == 0)
			return out->fault;
		if (n < 0 && errno != EINTR)
			return -PQ_ESYS;
		if (n > 0)
			pq_buf_put(out, chunk, (size_t)n);
		if (out->fault != 0)
			return out->fault;
	}
}

static int
run_child(
    struct pq_buf *out, int channel_fd, const struct pq_msg *in, char why[128])
{
	int fds[2], status = -1, r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return -PQ_ESYS;
	pid = fork();
	if (pid == 0) {
		(void)close(fds[0]);
		child(channel_fd, fds[1], in);
	}
	(void)close(fds[1]);
	if (pid < 0) {
		(void)close(fds[0]);
		return -PQ_ESYS;
	}
	r = read_answer(fds[0], out);
	(void)close(fds[0]);
	if (r != 0)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (r == -PQ_ETIMEOUT)
		(void)snprintf(
		    why, 128, "the examination took over %d s", JOB_SECONDS);
	else
		(void)snprintf(why, 128,
		    "the examining process ended with %s %d",
		    WIFSIGNALED(status) ? "signal" : "status",
		    WIFSIGNALED(status) ? WTERMSIG(status)
					: WEXITSTATUS(status));
	return -PQ_EINTERNAL;
}

/* The answer must be the one kind of message that this job may have. */
static bool
answers(const struct pq_msg *in, const struct pq_msg *out)
{
	return out->job == in->job &&
	    out->type ==
	    (in->type == PQ_MSG_EXAMINE ? PQ_MSG_VERDICT : PQ_MSG_HINT);
}

static int
serve(struct pq_channel *c, const struct pq_msg *in, struct pq_err *err)
{
	struct pq_buf out = PQ_BUF_INIT(PQ_IPC_MAX);
	char why[128] = "could not start an examination";
	struct pq_msg reply;
	int r = run_child(&out, c->fd, in, why);

	if (r == 0 &&
	    (pq_msg_decode(&reply, pq_buf_view(&out), err) != 0 ||
		!answers(in, &reply))) {
		(void)snprintf(why, sizeof(why),
		    "the examining process gave no proper answer");
		r = -PQ_EPROTO;
	}
	if (r != 0) {
		pq_role_log(PQ_ROLE_VERIFY, "job-failed job=%llu reason=\"%s\"",
		    (unsigned long long)in->job, why);
		r = could_not(&out, in, why);
		if (r == 0)
			r = pq_msg_decode(&reply, pq_buf_view(&out), err);
	}
	if (r == 0)
		r = pq_channel_send(c, &reply, err);
	pq_buf_free(&out);
	return r;
}

static int
loop(struct pq_channel *c, struct pq_err *err)
{
	struct pq_msg m;
	int r;

	for (;;) {
		r = pq_channel_recv(c, &m, err);
		if (r == 2)
			return pq_err_set(
			    err, PQ_EPROTO, "the warden closed the connection");
		if (r == 0)
			r = serve(c, &m, err);
		if (r < 0)
			return r;
	}
}

static int
start(const struct pq_role_options *o, struct pq_err *err)
{
	struct pq_config *c = NULL;
	struct pq_channel channel;
	char report[128];
	int r = pq_role_config(&c, PQ_ROLE_VERIFY, o->config, err);

	if (r != 0)
		return r;
	config = c;
	r = pq_role_connect(&channel, PQ_ROLE_VERIFY, o->run, err);
	if (r != 0)
		return r;
	r = pq_confine_enter(PQ_JAIL_VERIFY, NULL, report, err);
	if (r != 0)
		return r;
	pq_role_log(PQ_ROLE_VERIFY, "ready %s", report);
	r = loop(&channel, err);
	pq_channel_close(&channel);
	pq_config_free(c);
	return r;
}

int
main(int argc, char **argv)
{
	struct pq_role_options o;
	struct pq_err err = PQ_ERR_INIT;

	if (pq_role_options(&o, PQ_ROLE_VERIFY, false, argc, argv) != 0)
		return 2;
	(void)start(&o, &err);
	pq_role_log(PQ_ROLE_VERIFY, "stopped reason=\"%s\"", err.text);
	return 1;
}
