/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pratique-deploy: the only process that may use the Docker socket.
 *
 * It reads the configuration and the registry credentials. Then it confines
 * itself to its journal and to UNIX sockets: no network, no fork, no other
 * file. judge.c judges each release again and does not trust the warden. Each
 * request to Docker comes from the table in docker.h. After a crash, deploy
 * first finishes the interrupted deployment. The greeting of the warden, a list
 * of all holds, may come before that, but deploy does not depend on it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include <pratique/text.h>

#include "confine/confine.h"
#include "deploy/deploy.h"
#include "deploy/replies.h"
#include "deploy/space.h"
#include "deploy/standing.h"
#include "deploy/swap.h"
#include "role/instant.h"
#include "role/libraries.h"
#include "role/load.h"

#define ROLE PQ_ROLE_DEPLOY
#define TICK_MS 30000
#define RESUME_MS 2000   /* until a deployment is resumed again */
#define GREETING_MS 2000 /* longest wait for the greeting */
#define PULL_AGAIN_S 30  /* seconds until a failed pull is repeated */

static volatile sig_atomic_t stop;

static void
on_term(int sig)
{
	(void)sig;
	stop = 1;
}

/* ---- messages to the warden -------------------------------------------- */

/*
 * A warden that exited, or that does not read for one second, must not block a
 * swap. So deploy closes the connection. The journal keeps the result, and the
 * warden asks for it again over the next connection.
 */
static void
send_message(struct deploy *d, const struct pq_msg *m)
{
	struct pq_err err = PQ_ERR_INIT;
	int r;

	r = pq_channel_send(&d->warden, m, &err);
	if (r == 0)
		return;
	pq_role_log("send-failed reason=\"%s\"",
	    r == 1 ? "the warden did not read for 1s" : err.text);
	(void)shutdown(d->warden.fd, SHUT_RDWR);
}

static void
send_answer(
    struct deploy *d, const struct pq_case *c, const struct pq_answer *a)
{
	pq_auto(pq_buf_free) struct pq_buf f = PQ_BUF_INIT(PQ_FINDINGS_BYTES);
	struct pq_msg m = { .type = PQ_MSG_OUTCOME, .job = c->release };
	char tag[PQ_TAG_TEXT];

	if (pq_findings_encode(&f, &a->findings) == 0 && f.fault == 0)
		m.outcome.findings = pq_buf_view(&f);
	m.outcome.kind = (uint32_t)a->kind;
	m.outcome.release = c->release;
	m.outcome.attempt = c->attempt;
	m.outcome.service = c->service;
	m.outcome.digest = c->digest;
	m.outcome.left_s = a->left_s;
	m.outcome.reason = pq_slice_str(a->reason);
	pq_text_escape(tag, sizeof(tag), c->tag);
	pq_role_log("%s release=%llu tag=%s left=%llus reason=\"%s\"",
	    a->kind == PQ_OUTCOME_NOTICED       ? "noticed"
		: a->kind == PQ_OUTCOME_WAITING ? "waiting"
						: "refused",
	    (unsigned long long)c->release, tag, (unsigned long long)a->left_s,
	    a->reason);
	send_message(d, &m);
}

/* Cut a reference of the target to the length of an id in a message. */
static struct pq_slice
short_ref(const char *ref)
{
	return pq_slice(ref, strnlen(ref, PQ_CONTAINER_ID_MAX));
}

static void
answer_free(struct pq_answer *a)
{
	pq_findings_free(&a->findings);
}

static void
send_deployment(struct deploy *d, const struct pq_deployment *dep,
    const struct pq_swap *s, const char *step)
{
	struct pq_msg m = { .type = PQ_MSG_OUTCOME, .job = dep->release };
	bool over = strcmp(dep->phase, "done") == 0;

	m.outcome.kind = over ? dep->outcome : PQ_OUTCOME_STEP;
	m.outcome.release = dep->release;
	m.outcome.attempt = dep->attempt;
	m.outcome.service = pq_slice_str(dep->service);
	m.outcome.digest = pq_slice_str(dep->digest);
	m.outcome.reason = pq_slice_str(dep->reason);
	m.outcome.step = pq_slice_str(step);
	m.outcome.container = short_ref(dep->new_ref);
	if (over && dep->outcome == PQ_OUTCOME_WAITING)
		m.outcome.left_s = PULL_AGAIN_S;
	if (s != NULL) {
		m.outcome.config_hash = pq_slice_str(s->config_hash);
		m.outcome.log = pq_buf_view(&s->log);
	}
	pq_role_log("deployment attempt=%llu service=%s step=%s%s%s",
	    (unsigned long long)dep->attempt, dep->service, step,
	    dep->reason[0] != '\0' ? " reason=" : "", dep->reason);
	send_message(d, &m);
}

/* Send the floor if it changed. Return false if the engine did not answer. */
static bool
send_floor(struct deploy *d, const struct pq_config_service *s)
{
	struct pq_msg m = { .type = PQ_MSG_FLOOR };
	struct pq_floor f;
	bool away;

	if (!pq_standing_changed_floor(&f, &away, d, s))
		return !away;
	m.floor.service = pq_slice_str(s->policy->service);
	m.floor.version = pq_slice_str(f.version);
	m.floor.from = pq_slice_str(f.from);
	pq_role_log("floor service=%s version=%s from=\"%s\"",
	    s->policy->service, f.version[0] != '\0' ? f.version : "none",
	    f.from);
	send_message(d, &m);
	return !away;
}

/*
 * Send the floors that changed. If the engine accepts a request but does not
 * answer, each service costs 30 seconds. So stop at the first such service. The
 * next call starts with the service after it.
 */
static void
send_floors(struct deploy *d)
{
	size_t i, n = d->config->n_services;
	bool answers = true;

	for (i = 0; i < n && answers; i++) {
		answers = send_floor(d, &d->config->services[d->next_floor]);
		d->next_floor = (d->next_floor + 1) % n;
	}
}

/* ---- the clocks -------------------------------------------------------- */

static int
tick_clocks(struct deploy *d)
{
	int64_t down = pq_journal_down(&d->journal, &d->now);
	char text[PQ_DURATION_MAX];
	unsigned restarted;

	pq_store_begin(&d->journal);
	restarted = pq_journal_tick(&d->journal, &d->now);
	pq_text_duration(text, down / 1000);
	if (down != 0)
		pq_role_log("clock-down deploy did not run for %s: releases "
			    "wait longer, so that an operator can object",
		    text);
	if (restarted != 0)
		pq_role_log("ALARM the clock was stepped: %u quarantine "
			    "clocks restart",
		    restarted);
	return pq_store_commit(&d->journal);
}

/*
 * Read the time, and tick if a tick is due. Each judgement needs this before
 * it: if deploy was down or frozen, the clocks may need more time. A swap needs
 * it too, because deploy accepts objections during a swap.
 */
static int
read_time(struct deploy *d)
{
	pq_instant_read(&d->now);
	if (d->now.boot_ms < d->tick_due_ms)
		return 0;
	d->tick_due_ms = d->now.boot_ms + TICK_MS;
	return tick_clocks(d);
}

/* ---- deploying --------------------------------------------------------- */

static void
on_step(void *ctx, const struct pq_swap *s, const char *step)
{
	send_deployment(ctx, &s->d, s, step);
}

/*
 * Read restraints during a swap. Return true if there were any. The main loop
 * handles a lost connection later.
 */
static bool
on_listen(void *ctx)
{
	struct deploy *d = ctx;
	unsigned before = d->inbox.restraints;

	(void)pq_inbox_read(&d->inbox);
	(void)read_time(d);
	return d->inbox.restraints != before;
}

static struct pq_buf *
auth_of(struct deploy *d, const struct pq_config_service *s)
{
	size_t i;

	for (i = 0; i < d->n_auths; i++)
		if (d->auths[i].service == s)
			return &d->auths[i].header;
	return NULL;
}

/* Run a deployment to its end. After a fault, resume_deployment() retries. */
static int
run_deployment(
    struct deploy *d, const struct pq_deployment *dep, struct pq_err *err)
{
	struct pq_swap s = { .store = &d->journal,
		.docker = d->docker,
		.state_dir = d->state_dir,
		.d = *dep,
		.log = PQ_BUF_INIT(PQ_SWAP_LOG_MAX),
		.report = on_step,
		.listen = on_listen,
		.ctx = d };
	int r;

	s.service = pq_config_service(d->config, pq_slice_str(dep->service));
	if (s.service != NULL)
		s.target = pq_target_of(s.service);
	pq_docker_credential(d->docker, auth_of(d, s.service));
	r = pq_swap_run(&s, err);
	if (r == 0)
		send_deployment(d, &s.d, &s, "done");
	pq_buf_free(&s.log);
	return r;
}

/* Return: 0 no deployment is unfinished; a fault. */
static int
resume_deployment(struct deploy *d, struct pq_err *err)
{
	struct pq_deployment dep;
	int r = pq_journal_unfinished(&d->journal, &dep);

	if (r != 1)
		return r;
	r = run_deployment(d, &dep, err);
	if (r != 0)
		pq_role_log(
		    "deployment-unfinished attempt=%llu step=%s reason=\"%s\"",
		    (unsigned long long)dep.attempt, dep.phase, err->text);
	return r;
}

static struct pq_deployment
new_deployment(const struct pq_case *c, const struct pq_clearance *cl)
{
	struct pq_deployment dep = { .release = c->release,
		.attempt = c->attempt };

	memcpy(dep.service, cl->noticed.service, sizeof(dep.service));
	memcpy(dep.tag, cl->noticed.tag, sizeof(dep.tag));
	memcpy(dep.digest, cl->noticed.digest, sizeof(dep.digest));
	memcpy(dep.manifest, cl->noticed.manifest, sizeof(dep.manifest));
	memcpy(dep.config, cl->noticed.config, sizeof(dep.config));
	memcpy(dep.old_ref, cl->old_ref, sizeof(dep.old_ref));
	(void)snprintf(dep.target, sizeof(dep.target), "%s",
	    pq_target_key(cl->service->target));
	(void)snprintf(dep.phase, sizeof(dep.phase), "%s",
	    cl->same ? PQ_PHASE_SAME
		     : pq_target_of(cl->service)->steps(cl->service)->name);
	return dep;
}

/* ---- messages of the warden -------------------------------------------- */

#define CASE_FROM(m)                                              \
	{                                                         \
		.release = (m)->release, .service = (m)->service, \
		.policy_hash = (m)->policy_hash, .tag = (m)->tag, \
		.digest = (m)->digest                             \
	}

static int
on_notice(struct deploy *d, const struct pq_msg *m)
{
	struct pq_case c = CASE_FROM(&m->notice);
	pq_auto(answer_free) struct pq_answer a = { 0 };
	int r;

	if (pq_proof_decode(&c.proof, m->notice.proof) != 0)
		return -PQ_EPROTO;
	pq_judge_notice(d, &c, &a);
	r = pq_store_commit(&d->journal);
	if (r == 0)
		send_answer(d, &c, &a);
	return r;
}

/*
 * Return true if the attempt went live, but another container runs now. A new
 * ledger may have used the number of the attempt again, so the answer must not
 * be "live". Return true also if the engine cannot be examined: then the next
 * attempt decides.
 */
static bool
is_replaced(struct deploy *d, const struct pq_deployment *dep)
{
	const struct pq_config_service *s =
	    pq_config_service(d->config, pq_slice_str(dep->service));
	char why[PQ_REASON_MAX];
	struct pq_observed run;
	bool other;

	if (dep->outcome != PQ_OUTCOME_LIVE || s == NULL)
		return false;
	other = pq_standing_observe(&run, d, s, why) != 0 ||
	    strcmp(run.ref, dep->new_ref) != 0;
	pq_observed_free(&run);
	return other;
}

/*
 * Answer an attempt that the journal already has.
 * Return: 1 the journal has it; a finished attempt is answered; 0 the journal
 *         does not have it; a fault
 */
static int
answer_again(struct deploy *d, const struct pq_case *c)
{
	struct pq_deployment dep;
	int r = pq_journal_attempt(&d->journal, c->release, c->attempt, &dep);
	bool over = r == 1 && strcmp(dep.phase, "done") == 0;
	/* a warden that lost its ledger counts from 1 again */
	struct pq_answer a = { .kind = PQ_OUTCOME_WAITING,
		.left_s = 1,
		.reason = "an earlier attempt had the same number; the next "
			  "attempt has a new number" };

	if (r == 1 &&
	    (!pq_slice_eq_str(c->digest, dep.digest) ||
		!pq_slice_eq_str(c->service, dep.service) ||
		(over && is_replaced(d, &dep))))
		send_answer(d, c, &a);
	else if (over)
		send_deployment(d, &dep, NULL, "done");
	return r;
}

/* Return true if a deployment is unfinished, or if the journal failed. */
static bool
is_busy(struct deploy *d)
{
	struct pq_deployment other;

	return pq_journal_unfinished(&d->journal, &other) != 0;
}

static int
on_clearance(struct deploy *d, const struct pq_msg *m)
{
	struct pq_case c = CASE_FROM(&m->clearance);
	struct pq_clearance cl = { 0 };
	struct pq_err err = PQ_ERR_INIT;
	pq_auto(answer_free) struct pq_answer a = { 0 };
	struct pq_deployment dep;
	int r = -PQ_EPROTO;

	c.attempt = m->clearance.attempt;
	if (c.attempt == 0 ||
	    pq_proof_decode(&c.proof, m->clearance.proof) != 0)
		return r;
	r = answer_again(d, &c);
	if (r != 0)
		return r == 1 ? 0 : r;
	r = is_busy(d);
	if (r != 0) {
		a = (struct pq_answer){ .kind = PQ_OUTCOME_WAITING,
			.left_s = 5,
			.reason = "another deployment is in progress" };
	} else {
		r = pq_judge_clearance(d, &c, &cl, &a);
	}
	if (r == 0) {
		dep = new_deployment(&c, &cl);
		pq_journal_put(&d->journal, &dep);
	}
	if (pq_store_commit(&d->journal) != 0)
		return -PQ_ESTORE;
	if (r != 0)
		send_answer(d, &c, &a);
	else if (run_deployment(d, &dep, &err) != 0)
		pq_role_log("deployment-unfinished reason=\"%s\"", err.text);
	return 0;
}

static int
on_adopt(struct deploy *d, const struct pq_msg *m)
{
	struct pq_msg answer = { .type = PQ_MSG_ADOPTED, .job = m->job };
	static struct pq_adoption a;
	const struct pq_config_service *s;
	int r;

	pq_store_begin(&d->journal);
	pq_standing_adopt(&a, d, &m->adopt);
	r = pq_store_commit(&d->journal);
	if (r != 0)
		return r;
	answer.adopted.code = (uint32_t)a.code;
	answer.adopted.service = m->adopt.service;
	answer.adopted.version = m->adopt.version;
	answer.adopted.digest = pq_slice_str(a.digest);
	answer.adopted.container = pq_slice_str(a.container);
	answer.adopted.reason = pq_slice_str(a.reason);
	pq_role_log("adopt code=%u reason=\"%s\"", (unsigned)a.code, a.reason);
	s = pq_config_service(d->config, m->adopt.service);
	/* only after success: a slow engine must not delay the answer twice */
	if (s != NULL && a.code == PQ_ANSWERED_DONE)
		(void)send_floor(d, s);
	send_message(d, &answer);
	return 0;
}

static int
on_ask(struct deploy *d, const struct pq_msg *m)
{
	struct pq_reply r;

	pq_reply_find(&r, d, &m->ask);
	pq_role_log("answer code=%u reason=\"%s\"", (unsigned)r.code, r.text);
	pq_reply_send(d, m->job, &r, send_message);
	pq_buf_free(&r.document);
	return 0;
}

static const struct {
	enum pq_msg_type type;
	int (*on)(struct deploy *d, const struct pq_msg *m);
} handlers[] = {
	{ PQ_MSG_NOTICE, on_notice },
	{ PQ_MSG_CLEARANCE, on_clearance },
	{ PQ_MSG_ADOPT, on_adopt },
	{ PQ_MSG_ASK, on_ask },
};

/* Handle the oldest waiting message. */
static int
handle_message(struct deploy *d, struct pq_err *err)
{
	pq_auto(pq_buf_free) struct pq_buf bytes = PQ_BUF_INIT(0);
	struct pq_msg m;
	size_t i;
	int r;

	if (!pq_inbox_next(&d->inbox, &bytes))
		return 0;
	r = pq_msg_decode(&m, pq_buf_view(&bytes), err);
	if (r == 0)
		r = read_time(d);
	if (r != 0)
		return r;
	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == m.type)
			return handlers[i].on(d, &m);
	return pq_err_set(err, PQ_EPROTO,
	    "%s: deploy does not handle this message", pq_msg_name(m.type));
}

/*
 * Read the messages that arrived, and handle one. After the connection is
 * closed, handle the messages that still wait.
 */
static int
serve_warden(struct deploy *d, struct pq_err *err)
{
	struct pollfd p = { .fd = d->warden.fd, .events = POLLIN };
	int r;

	if (d->inbox.n == 0)
		(void)poll(&p, 1, RESUME_MS);
	r = pq_inbox_read(&d->inbox);
	if (r == 0 || (r == 2 && d->inbox.n != 0))
		return handle_message(d, err);
	if (r == 2)
		return pq_err_set(
		    err, PQ_EPROTO, "the warden closed the connection");
	*err = d->inbox.err;
	return r;
}

/* ---- the loop ---------------------------------------------------------- */

static int
run_loop(struct deploy *d, struct pq_err *err)
{
	int64_t floors = 0, resumed = 0;
	int r = 0;

	/* the holds in the greeting may concern the unfinished deployment */
	pq_inbox_await_greeting(&d->inbox, GREETING_MS);
	while (!stop && r == 0) {
		r = read_time(d);
		if (d->now.boot_ms - floors >= TICK_MS) {
			floors = d->now.boot_ms;
			send_floors(d);
		}
		if (r == 0 && d->now.boot_ms - resumed >= RESUME_MS) {
			resumed = d->now.boot_ms;
			(void)resume_deployment(d, err);
		}
		if (r == 0)
			r = serve_warden(d, err);
		if (d->journal.fault != 0)
			r = pq_err_set(
			    err, PQ_ESTORE, "journal: %s", d->journal.err.text);
	}
	return r;
}

/* ---- starting ---------------------------------------------------------- */

/* Read the registry credential with which the daemon pulls. */
static int
read_auth(struct pq_auth *ret, const struct pq_config *c,
    const struct pq_config_service *s, struct pq_err *err)
{
	const struct pq_config_registry *g =
	    pq_config_registry(c, s->policy->image);
	pq_auto(pq_buf_wipe) struct pq_buf secret = PQ_BUF_INIT(0);
	int r = 0;

	ret->service = s;
	if (g == NULL || g->credential == NULL)
		return 0;
	r = pq_config_secret(&secret, c, "deploy", g->credential, err);
	if (r == 0 &&
	    pq_docker_auth(&ret->header, g->origin, pq_buf_view(&secret)) != 0)
		r = pq_err_set(err, PQ_ECONFIG,
		    "secret %s of deploy: expected user:password",
		    g->credential);
	return r;
}

static int
read_auths(struct deploy *d, const struct pq_config *c, struct pq_err *err)
{
	size_t i;
	int r = 0;

	d->auths = calloc(c->n_services + 1, sizeof(*d->auths));
	if (d->auths == NULL)
		return -PQ_ENOMEM;
	d->n_auths = c->n_services;
	for (i = 0; i < c->n_services && r == 0; i++)
		r = read_auth(&d->auths[i], c, &c->services[i], err);
	return r;
}

/* Without room for the ballast, the releases wait, and the reason is theirs. */
static void
prepare_space(const char *dir)
{
	struct pq_err err = PQ_ERR_INIT;

	if (pq_space_release(dir))
		pq_role_log("ballast removed reason=\"the disk is full\"");
	else if (pq_space_reserve(dir, &err) != 0)
		pq_role_log("ballast reason=\"%s\"", err.text);
}

static int
start_deploy(
    struct deploy *d, const struct pq_role_options *o, struct pq_err *err)
{
	const struct pq_jail_paths paths = { .state_dir = o->state };
	const struct timeval second = { 1, 0 };
	struct pq_config *config = NULL;
	char path[4096], report[128];
	int r = pq_role_config(&config, o->config, err);

	if (r != 0 || config == NULL)
		return r != 0 ? r : -PQ_EINTERNAL;
	d->config = config;
	d->state_dir = o->state;
	r = pq_instant_open(&d->now, err);
	if (r == 0 && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		r = pq_err_set(
		    err, PQ_EINTERNAL, "libcurl: initialisation failed");
	if (r == 0)
		r = pq_docker_open(
		    &d->docker, config->docker + strlen("unix://"), err);
	if (r == 0)
		r = read_auths(d, config, err);
	d->told = calloc(config->n_services + 1, sizeof(*d->told));
	if (r == 0 && d->told == NULL)
		r = -PQ_ENOMEM;
	if (r == 0)
		r = pq_role_connect(&d->warden, ROLE, o->run, err);
	if (r == 0 &&
	    setsockopt(d->warden.fd, SOL_SOCKET, SO_SNDTIMEO, &second,
		sizeof(second)) != 0)
		r = pq_err_set(err, PQ_ESYS, "setsockopt: %s", strerror(errno));
	if (r == 0 &&
	    (size_t)snprintf(path, sizeof(path), "%s/journal.db", o->state) >=
		sizeof(path))
		r = pq_err_set(err, PQ_ELIMIT,
		    "--state: the path of journal.db has over %zu bytes",
		    sizeof(path) - 1);
	/* confine first: an attacker may have changed the journal file */
	if (r == 0)
		r = pq_confine_enter(PQ_JAIL_DEPLOY, &paths, report, err);
	if (r == 0)
		prepare_space(o->state);
	if (r == 0)
		r = pq_journal_open(&d->journal, path, err);
	if (r == 0)
		pq_role_log("ready %s", report);
	return r;
}

static void
end_deploy(struct deploy *d)
{
	size_t i;

	for (i = 0; i < d->n_auths; i++)
		pq_buf_wipe(&d->auths[i].header);
	free(d->auths);
	free(d->told);
	pq_docker_close(d->docker);
	pq_inbox_free(&d->inbox);
	pq_channel_close(&d->warden);
	if (d->journal.db != NULL)
		pq_store_close(&d->journal);
}

int
main(int argc, char **argv)
{
	static struct deploy d = { .warden = { .fd = -1 },
		.inbox = { .warden = &d.warden, .journal = &d.journal } };
	struct sigaction term = { .sa_handler = on_term };
	struct pq_role_options o;
	struct pq_err err = PQ_ERR_INIT;
	int r;

	pq_libraries_begin();
	if (pq_role_options(&o, ROLE, argc, argv) != 0)
		return 2;
	(void)sigaction(SIGTERM, &term, NULL);
	(void)sigaction(SIGINT, &term, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)umask(077);
	r = start_deploy(&d, &o, &err);
	if (r == 0)
		r = run_loop(&d, &err);
	pq_role_log("stopped reason=\"%s\"", r == 0 ? "signal" : err.text);
	end_deploy(&d);
	return r == 0 ? 0 : 1;
}
