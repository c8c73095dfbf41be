/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The broker receives errands from the warden and returns evidence.
 *
 * It has no network access. Each errand needs a registry and, in most cases, a
 * git host. The child of an origin does one request at a time, the oldest
 * errand first, so a slow origin delays only the errands that need it. The git
 * host is asked only after the registry has returned an image: most callbacks
 * of a flood name tags that do not exist. The configuration selects the image
 * and the repository. The errand only has the name of a service and a tag.
 *
 * If a child dies, sends a wrong length or is late, the broker closes its
 * connection, and its request becomes pending. Only a process with all
 * credentials could start a new child, and none is left. So the other children
 * finish their requests; then the broker exits, and the supervisor starts a
 * clean process.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <pratique/template.h>

#include "fetch/doctor.h"
#include "fetch/fetch.h"
#include "ipc/verbs.h"
#include "role/instant.h"
#include "role/role.h"

#define LINES_PER_S 20 /* logged answers */

enum part { PART_IMAGE = 0, PART_GIT, PARTS };

struct errand {
	bool used;
	uint64_t order; /* grows with each errand */
	uint64_t job;
	const struct pq_config_service *service;
	char tag[PQ_TAG_TEXT], git_tag[PQ_GIT_TAG_TEXT];
	struct {
		bool asked;
		struct pq_fetch_child *child; /* NULL: part not needed */
		struct pq_gather *yield;
	} parts[PARTS];
};

struct broker {
	const struct pq_config *config;
	struct pq_channel *warden;
	struct pq_fetch_child *children;
	size_t n;
	struct errand errands[PQ_FETCH_ERRANDS];
	uint64_t order;
	struct pq_doctor doctor;
	const struct pq_fetch_child *lost; /* the first lost child, or NULL */
	int64_t log_s; /* second in which log_n answers were logged */
	unsigned log_n;
};

static void
errand_clear(struct errand *e)
{
	size_t i;

	for (i = 0; i < PARTS; i++)
		pq_gather_free(e->parts[i].yield);
	memset(e, 0, sizeof(*e));
}

static int64_t
now_s(void)
{
	return pq_instant_monotonic_ms() / 1000;
}

/* A flood of absent tags must not become a flood of log lines. */
static bool
may_log(struct broker *b)
{
	int64_t now = now_s();

	if (b->log_s != now) {
		if (b->log_n > LINES_PER_S)
			pq_role_log("suppressed=%u", b->log_n - LINES_PER_S);
		b->log_s = now;
		b->log_n = 0;
	}
	return b->log_n++ < LINES_PER_S;
}

static int
send_answer(struct broker *b, uint64_t job, enum pq_gather_result result,
    const char *reason, const char *digest, struct pq_slice document,
    struct pq_err *err)
{
	struct pq_msg m = { .type = PQ_MSG_EVIDENCE, .job = job };
	char clean[512];
	size_t i;

	/* a reason can quote a URL or a tag; the message must be clean text */
	(void)snprintf(clean, sizeof(clean), "%s", reason);
	for (i = 0; clean[i] != '\0'; i++)
		if (clean[i] < ' ' || clean[i] > '~')
			clean[i] = '?';
	m.evidence.result = (uint32_t)result;
	m.evidence.reason = pq_slice_str(clean);
	m.evidence.digest = pq_slice_str(digest);
	m.evidence.document = document;
	if (may_log(b))
		pq_role_log("%s job=%llu digest=%s reason=\"%s\"",
		    result == PQ_GATHER_FETCHED       ? "fetched"
			: result == PQ_GATHER_PENDING ? "pending"
						      : "refused",
		    (unsigned long long)job, digest, clean);
	return pq_channel_send(b->warden, &m, err);
}

static struct pq_fetch_child *
child_for(struct broker *b, const void *origin)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (origin != NULL &&
		    (b->children[i].registry == origin ||
			b->children[i].git == origin))
			return &b->children[i];
	return NULL;
}

/*
 * Fill in the service, the tags and the children.
 * Return: 0; -PQ_EFORMAT or -PQ_ECONFIG the errand can never run; another
 *         fault: it cannot run now
 */
static int
errand_fill(struct broker *b, struct errand *e, const struct pq_msg *m,
    struct pq_err *err)
{
	const struct pq_msg_errand *q = &m->errand;
	const struct pq_policy *p;
	char hash[PQ_DIGEST_TEXT];
	int r;

	e->job = m->job;
	e->service = pq_config_service(b->config, q->service);
	if (e->service == NULL)
		return pq_err_set(err, PQ_EABSENT,
		    "fetch does not know this service: " PQ_CONFIG_CHANGED);
	p = e->service->policy;
	pq_digest_format(hash, &p->hash);
	if (!pq_slice_eq_str(q->policy_hash, hash))
		return pq_err_set(err, PQ_EABSENT,
		    "fetch has another policy: " PQ_CONFIG_CHANGED);
	r = pq_name_tag(q->tag, err);
	if (r != 0)
		return r;
	memcpy(e->tag, q->tag.p, q->tag.n);
	e->tag[q->tag.n] = '\0';
	e->parts[PART_IMAGE].child =
	    child_for(b, pq_config_registry(b->config, p->image));
	if (e->parts[PART_IMAGE].child == NULL)
		return pq_err_set(err, PQ_ECONFIG,
		    "%.*s has no entry under registries: in pratique.yaml",
		    (int)strcspn(p->image, "/"), p->image);
	if (p->git_url == NULL)
		return 0;
	r = pq_template_expand(
	    e->git_tag, pq_slice_str(p->git_tag), q->tag, err);
	if (r != 0)
		return r;
	e->parts[PART_GIT].child =
	    child_for(b, pq_config_git(b->config, p->git_url));
	return e->parts[PART_GIT].child != NULL
	    ? 0
	    : pq_err_set(err, PQ_ECONFIG,
		  "%s has no entry under git: in pratique.yaml", p->git_url);
}

static int
errand_start(struct broker *b, const struct pq_msg *m, struct pq_err *err)
{
	struct pq_err why = PQ_ERR_INIT;
	struct errand *e = NULL;
	size_t i;
	int r;

	for (i = 0; i < PQ_FETCH_ERRANDS && e == NULL; i++)
		if (!b->errands[i].used)
			e = &b->errands[i];
	if (e == NULL)
		return send_answer(b, m->job, PQ_GATHER_PENDING,
		    "too many errands at the same time", "", pq_slice(NULL, 0),
		    err);
	memset(e, 0, sizeof(*e));
	e->used = true;
	e->order = ++b->order;
	r = errand_fill(b, e, m, &why);
	if (r == 0)
		return 0;
	errand_clear(e);
	return send_answer(b, m->job,
	    r == -PQ_EFORMAT || r == -PQ_ECONFIG ? PQ_GATHER_REFUSED
						 : PQ_GATHER_PENDING,
	    why.text, "", pq_slice(NULL, 0), err);
}

static int
part_request(struct errand *e, size_t index, enum part part)
{
	const struct pq_policy *p = e->service->policy;
	struct pq_fetch_child *c = e->parts[part].child;
	struct pq_buf out = PQ_BUF_INIT(PQ_FETCH_REQUEST_MAX);
	const char *place = part == PART_IMAGE ? p->image : p->git_url;
	const char *tag = part == PART_IMAGE ? e->tag : e->git_tag;
	int r = pq_fetch_request_put(&out, place, tag, pq_policy_artifacts(p));

	if (r == 0)
		r = pq_fetch_write(c->fd, pq_buf_view(&out));
	pq_buf_free(&out);
	e->parts[part].asked = true;
	c->errand = index + 1;
	c->since = now_s();
	return r;
}

static int
errand_compose(struct broker *b, struct errand *e, struct pq_err *err)
{
	const struct pq_gather *image = e->parts[PART_IMAGE].yield;
	struct pq_buf doc = PQ_BUF_INIT(PQ_EVIDENCE_MAX);
	char digest[PQ_DIGEST_TEXT];
	int r;

	pq_digest_format(digest, &image->digest);
	r = pq_gather_compose(&doc, e->service, e->tag, (int64_t)time(NULL),
	    image, e->parts[PART_GIT].yield);
	if (r == 0)
		r = send_answer(b, e->job, PQ_GATHER_FETCHED, "fetched", digest,
		    pq_buf_view(&doc), err);
	else if (r == -PQ_ELIMIT || r == -PQ_EFORMAT)
		r = send_answer(b, e->job, PQ_GATHER_REFUSED,
		    "the evidence exceeds a limit of the evidence document",
		    digest, pq_slice(NULL, 0), err);
	else
		r = send_answer(b, e->job, PQ_GATHER_PENDING, pq_fault_text(r),
		    digest, pq_slice(NULL, 0), err);
	pq_buf_free(&doc);
	return r;
}

/* No other part has an answer that is needed; the worst result decides. */
static int
errand_finish(struct broker *b, struct errand *e, struct pq_err *err)
{
	const struct pq_gather *worst = NULL, *image;
	char digest[PQ_DIGEST_TEXT] = "";
	size_t i;
	int r;

	for (i = 0; i < PARTS; i++) {
		const struct pq_gather *g = e->parts[i].yield;

		if (g != NULL && (worst == NULL || g->result < worst->result))
			worst = g;
	}
	image = e->parts[PART_IMAGE].yield;
	if (worst == NULL || image == NULL)
		return pq_err_set(err, PQ_EINTERNAL, "errand without a part");
	if (worst->result == PQ_GATHER_FETCHED) {
		r = errand_compose(b, e, err);
	} else {
		if (!pq_digest_none(&image->digest))
			pq_digest_format(digest, &image->digest);
		r = send_answer(b, e->job, worst->result, worst->reason, digest,
		    pq_slice(NULL, 0), err);
	}
	errand_clear(e);
	return r;
}

/* ---- the doctor ------------------------------------------------------ */

static int
reply(struct broker *b, uint64_t job, enum pq_answered code, const char *text,
    struct pq_slice document, struct pq_err *err)
{
	struct pq_msg m = { .type = PQ_MSG_REPLY, .job = job };

	m.reply.code = (uint32_t)code;
	m.reply.text = pq_slice_str(text);
	m.reply.document = document;
	return pq_channel_send(b->warden, &m, err);
}

static int
begin_doctor(struct broker *b, const struct pq_msg *m, struct pq_err *err)
{
	const char *why =
	    "another examination is running: try again in a minute";

	if (!b->doctor.used) {
		why = "fetch does not know this service: " PQ_CONFIG_CHANGED;
		if (pq_doctor_begin(&b->doctor, b->config, m->question.service,
			m->job, now_s()) == 0)
			return 0;
	}
	return reply(
	    b, m->job, PQ_ANSWERED_NOT_EXAMINED, why, pq_slice(NULL, 0), err);
}

static int
tell_findings(struct broker *b, const struct pq_findings *f, struct pq_err *err)
{
	pq_auto(pq_buf_free) struct pq_buf doc = PQ_BUF_INIT(PQ_ANSWER_MAX);
	char text[PQ_REASON_MAX];
	enum pq_answered code = pq_doctor_sum_up(text, f);

	pq_role_log("doctor places=%zu overall=%s", f->n,
	    pq_status_name(pq_findings_overall(f)));
	if (pq_findings_encode(&doc, f) != 0)
		return reply(b, b->doctor.job, PQ_ANSWERED_NOT_EXAMINED,
		    "the findings have no room", pq_slice(NULL, 0), err);
	return reply(b, b->doctor.job, code, text, pq_buf_view(&doc), err);
}

/* After the time limit, or the loss of a child, no further probe starts. */
static int
end_doctor(struct broker *b, struct pq_err *err)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	bool over = b->lost != NULL || !pq_doctor_probes(&b->doctor, now_s());
	int r;

	if (!b->doctor.used || !pq_doctor_done(&b->doctor, over))
		return 0;
	pq_doctor_findings(&f, &b->doctor);
	r = tell_findings(b, &f, err);
	b->doctor = (struct pq_doctor){ .used = false };
	return r;
}

/* The questions of the command line that fetch answers. */
#define BY_WARDEN(name) NULL
#define BY_DEPLOY(name) NULL
#define BY_FETCH(name) begin_##name
#define VERB(NAME, name, MESSAGE, BY) BY_##BY(name),
static int (*const questions[PQ_VERB_COUNT])(struct broker *b,
    const struct pq_msg *m, struct pq_err *err) = { NULL, PQ_VERBS(VERB) };
#undef VERB

static int
question(struct broker *b, const struct pq_msg *m, struct pq_err *err)
{
	uint32_t verb = m->question.verb;

	if (verb < PQ_VERB_COUNT && questions[verb] != NULL)
		return questions[verb](b, m, err);
	return reply(b, m->job, PQ_ANSWERED_REFUSED,
	    "fetch cannot answer this: its program has another version than "
	    "the warden",
	    pq_slice(NULL, 0), err);
}

/* ---- children -------------------------------------------------------- */

static bool
is_idle(const struct pq_fetch_child *c)
{
	return c->errand == 0 && c->probe == 0;
}

static const char *
origin_of(const struct pq_fetch_child *c)
{
	return c->registry != NULL ? c->registry->origin : c->git->origin;
}

static bool
has_image(const struct errand *e)
{
	const struct pq_gather *image = e->parts[PART_IMAGE].yield;

	return image != NULL && image->result == PQ_GATHER_FETCHED;
}

/* Store the answer of @c; this takes ownership of @yield. */
static int
part_done(struct broker *b, struct pq_fetch_child *c, struct pq_gather *yield,
    struct pq_err *err)
{
	struct errand *e = &b->errands[c->errand - 1];
	bool done = true;
	size_t i;

	c->errand = 0;
	for (i = 0; i < PARTS; i++) {
		if (e->parts[i].child == c && e->parts[i].asked &&
		    e->parts[i].yield == NULL) {
			e->parts[i].yield = yield;
			yield = NULL;
		}
		if (e->parts[i].child != NULL && e->parts[i].yield == NULL)
			done = !has_image(e);
	}
	pq_gather_free(yield);
	return done ? errand_finish(b, e, err) : 0;
}

/* Take the answer of a child to its request; @yield is consumed. */
static int
work_done(struct broker *b, struct pq_fetch_child *c, struct pq_gather *yield,
    struct pq_err *err)
{
	if (c->errand != 0)
		return part_done(b, c, yield, err);
	pq_doctor_take(&b->doctor.v[c->probe - 1], yield);
	pq_gather_free(yield);
	c->probe = 0;
	return 0;
}

/*
 * Close the connection of a faulty child, which then exits. Its request becomes
 * pending, so the warden sends the errand again.
 */
static int
child_lost(struct broker *b, struct pq_fetch_child *c, const char *why,
    struct pq_err *err)
{
	struct pq_gather *yield;

	pq_role_log("lost origin=%s reason=\"%s\"", origin_of(c), why);
	(void)close(c->fd);
	c->fd = -1;
	pq_buf_free(&c->in);
	if (b->lost == NULL)
		b->lost = c;
	if (is_idle(c))
		return 0;
	yield = pq_gather_new();
	if (yield == NULL)
		return pq_err_set(err, PQ_ENOMEM, "evidence");
	yield->result = PQ_GATHER_PENDING;
	(void)snprintf(yield->reason, sizeof(yield->reason),
	    "%s: the process for this origin %s", origin_of(c), why);
	return work_done(b, c, yield, err);
}

/* Read a part of a child's answer, or the end of its connection. */
static int
child_read(struct broker *b, struct pq_fetch_child *c, struct pq_err *err)
{
	int r = is_idle(c) ? -PQ_EPROTO : pq_fetch_read_some(c->fd, &c->in);
	struct pq_gather *yield;

	if (r == 0)
		return 0;
	if (r < 0)
		return child_lost(
		    b, c, "ended, or sent an unexpected message", err);
	yield = pq_gather_new();
	if (yield == NULL)
		return pq_err_set(err, PQ_ENOMEM, "evidence");
	r = pq_gather_decode(yield, pq_fetch_message(&c->in));
	pq_buf_free(&c->in);
	if (r == 0)
		return work_done(b, c, yield, err);
	pq_gather_free(yield);
	return child_lost(b, c, "sent a malformed answer", err);
}

static bool
needs_part(const struct errand *e, enum part part, const void *child)
{
	return e->used && e->parts[part].child == child &&
	    !e->parts[part].asked && (part == PART_IMAGE || has_image(e));
}

/* Send the next request to an idle child: that of the oldest errand. */
static int
send_request(struct broker *b, size_t child, struct pq_err *err)
{
	struct pq_fetch_child *c = &b->children[child];
	struct errand *next = NULL;
	enum part part = PART_IMAGE;
	size_t i;
	int k;

	for (i = 0; i < PQ_FETCH_ERRANDS; i++)
		for (k = 0; k < PARTS; k++)
			if (needs_part(&b->errands[i], (enum part)k, c) &&
			    (next == NULL ||
				b->errands[i].order < next->order)) {
				next = &b->errands[i];
				part = (enum part)k;
			}
	if (next == NULL ||
	    part_request(next, (size_t)(next - b->errands), part) == 0)
		return 0;
	return child_lost(b, c, "ended", err);
}

/* Send a request to each idle child that an errand needs. */
static int
send_requests(struct broker *b, struct pq_err *err)
{
	size_t i;
	int r = 0;

	for (i = 0; i < b->n && r == 0 && b->lost == NULL; i++)
		if (is_idle(&b->children[i]))
			r = send_request(b, i, err);
	return r;
}

static int
ask_probe(struct broker *b, size_t index, struct pq_fetch_child *c)
{
	struct pq_probe *p = &b->doctor.v[index];
	struct pq_buf out = PQ_BUF_INIT(PQ_FETCH_REQUEST_MAX);
	int r = pq_fetch_request_put(&out, p->place, "", 0);

	if (r == 0)
		r = pq_fetch_write(c->fd, pq_buf_view(&out));
	pq_buf_free(&out);
	p->asked = true;
	c->probe = index + 1;
	c->since = now_s();
	return r;
}

/* Errands come first: a child that one needs is busy by now. */
static int
send_probes(struct broker *b, struct pq_err *err)
{
	size_t i;

	for (i = 0; i < b->doctor.n && b->lost == NULL; i++) {
		struct pq_probe *p = &b->doctor.v[i];
		struct pq_fetch_child *c = child_for(b, p->origin);

		if (p->asked || c == NULL || !is_idle(c) ||
		    !pq_doctor_probes(&b->doctor, now_s()))
			continue;
		if (ask_probe(b, i, c) != 0)
			return child_lost(b, c, "ended", err);
	}
	return 0;
}

/* Return: 0; 2 the warden closed the connection; a fault. */
static int
warden_message(struct broker *b, struct pq_err *err)
{
	struct pq_msg m;
	int r = pq_channel_recv(b->warden, &m, err);

	if (r == 1)
		return 0;
	if (r != 0)
		return r;
	if (m.type == PQ_MSG_QUESTION)
		return question(b, &m, err);
	if (m.type != PQ_MSG_ERRAND)
		return pq_err_set(err, PQ_EPROTO, "not an errand");
	return errand_start(b, &m, err);
}

static bool
is_late(const struct pq_fetch_child *c)
{
	int64_t most = c->probe != 0 ? PQ_FETCH_PROBE_S : PQ_FETCH_DEADLINE_S;

	return !is_idle(c) && now_s() - c->since > most;
}

static int
check_late(struct broker *b, struct pq_err *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < b->n; i++)
		if (is_late(&b->children[i]))
			r = child_lost(
			    b, &b->children[i], "exceeded its time limit", err);
	return r;
}

static bool
are_idle(const struct broker *b)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (!is_idle(&b->children[i]))
			return false;
	return true;
}

static int
run_once(struct broker *b, struct pq_err *err)
{
	struct pollfd p[PQ_FETCH_CHILDREN + 1];
	size_t i;
	int r;

	r = send_requests(b, err);
	if (r == 0)
		r = send_probes(b, err);
	if (r == 0)
		r = end_doctor(b, err);
	if (r != 0)
		return r;
	if (b->lost != NULL && are_idle(b))
		return pq_err_set(err, PQ_EPROTO,
		    "the process for %s is lost, and all others are idle",
		    origin_of(b->lost));
	p[0] = (struct pollfd){ b->warden->fd, POLLIN, 0 };
	for (i = 0; i < b->n; i++)
		p[i + 1] = (struct pollfd){ b->children[i].fd, POLLIN, 0 };
	if (poll(p, b->n + 1, 1000) < 0)
		return 0;
	for (i = 0; i < b->n; i++) {
		if (p[i + 1].revents == 0)
			continue;
		r = child_read(b, &b->children[i], err);
		if (r != 0)
			return r;
	}
	r = check_late(b, err);
	if (r == 0 && p[0].revents != 0)
		r = warden_message(b, err);
	return r;
}

int
pq_fetch_broker_run(const struct pq_config *config, struct pq_channel *warden,
    struct pq_fetch_child *children, size_t n, struct pq_err *err)
{
	struct broker *b = calloc(1, sizeof(*b));
	size_t i;
	int r;

	if (b == NULL)
		return pq_err_set(err, PQ_ENOMEM, "broker");
	b->config = config;
	b->warden = warden;
	b->children = children;
	b->n = n;
	do {
		r = run_once(b, err);
	} while (r == 0);
	for (i = 0; i < PQ_FETCH_ERRANDS; i++)
		errand_clear(&b->errands[i]);
	free(b);
	return r;
}
