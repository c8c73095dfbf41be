/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The swap against a model of an engine. The engine fails at each request in
 * turn, and the process dies at each write of its journal. In each case exactly
 * one container of the name runs at the end: the old one or the new one.
 */
#include "document.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deploy/target.h"
#include "fakedaemon.h"
#include "support/temporary.h"

#define N(table) (sizeof(table) / sizeof((table)[0]))

#define HEX60                            \
	"000000000000000000000000000000" \
	"000000000000000000000000000000"
#define DIGEST "sha256:" HEX60 "000d"
#define MANIFEST "sha256:" HEX60 "000e"
#define CONFIG "sha256:" HEX60 "000f"
#define IMAGE "127.0.0.1:5000/acme/web"
#define NEW_ID "a" HEX60 "%03x"

static char journal[TEMPORARY_ROOM];

/* ---- the model --------------------------------------------------------- */

enum fault {
	FAULT_NONE = 0,
	FAULT_BEFORE, /* close the connection without acting */
	FAULT_AFTER,  /* act, then close the connection */
	FAULT_STATUS, /* refuse with a status */
};

#define SHOWN 4

/* Settings of a test, and the state that it observes; shared memory. */
struct model {
	enum fault fault;
	unsigned at;               /* number of the faulty request, or */
	const char *method, *part; /* each request of this kind is faulty */
	int status;
	const char *health; /* of a new container */
	bool bad_image, no_pull, endless_pull, lossy, taken;
	const char *root;        /* directory of the engine's data, and the */
	unsigned root_at, infos; /* question for it from which it is told */
	const char *runs; /* image of the old container; NULL: unchanged */
	bool restarted, stopped; /* the old container */
	unsigned asked, n;
	struct shown {
		char name[128], id[65];
		bool running, old;
	} shown[SHOWN];
};

static struct model *model;

/* State of the daemon, in its own process. */
static json_t *containers; /* inspect documents, by id */
static bool pulled;

static const char *
text_of(json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s == NULL ? "" : s;
}

static json_t *
find_container(const char *what, size_t n)
{
	json_t *c;
	const char *id;

	json_object_foreach (containers, id, c)
		if ((strlen(id) == n && strncmp(id, what, n) == 0) ||
		    (strlen(text_of(c, "Name")) == n + 1 &&
			strncmp(text_of(c, "Name") + 1, what, n) == 0))
			return c;
	return NULL;
}

static json_t *
state_of(bool running, const char *health)
{
	return json_pack("{s:b,s:b,s:s,s:{s:s}}", "Running", running,
	    "Restarting", 0, "Status", running ? "running" : "exited", "Health",
	    "Status", health);
}

static bool
is_running(json_t *c)
{
	return json_is_true(
	    json_object_get(json_object_get(c, "State"), "Running"));
}

static int
create_container(json_t *body, const char *name)
{
	static unsigned made;
	json_t *c = json_object(),
	       *old = json_object_iter_value(json_object_iter(containers));
	char id[65], slashed[130];
	json_t *config = json_deep_copy(body);

	(void)snprintf(id, sizeof(id), NEW_ID, ++made);
	(void)snprintf(slashed, sizeof(slashed), "/%s", name);
	(void)json_object_del(config, "HostConfig");
	(void)json_object_del(config, "NetworkingConfig");
	if (model->lossy)
		(void)json_object_del(config, "Env");
	(void)json_object_set_new(c, "Id", json_string(id));
	(void)json_object_set_new(c, "Name", json_string(slashed));
	(void)json_object_set_new(
	    c, "Image", json_string(model->bad_image ? MANIFEST "0" : CONFIG));
	(void)json_object_set_new(c, "Config", config);
	(void)json_object_set(
	    c, "HostConfig", json_object_get(body, "HostConfig"));
	(void)json_object_set(c, "Mounts", json_object_get(old, "Mounts"));
	(void)json_object_set_new(c, "NetworkSettings",
	    json_pack("{s:O}", "Networks",
		json_object_get(json_object_get(body, "NetworkingConfig"),
		    "EndpointsConfig")));
	(void)json_object_set_new(c, "State", state_of(false, "starting"));
	(void)json_object_set_new(c, "RestartCount", json_integer(0));
	(void)json_object_set_new(containers, id, c);
	return 201;
}

static int
act_start(json_t *c, const char *arg, json_t *body)
{
	(void)arg;
	(void)body;
	if (is_running(c))
		return 304;
	(void)json_object_set_new(c, "State", state_of(true, model->health));
	return 204;
}

static int
act_stop(json_t *c, const char *arg, json_t *body)
{
	(void)arg;
	(void)body;
	if (!is_running(c))
		return 304;
	(void)json_object_set_new(c, "State", state_of(false, "healthy"));
	return 204;
}

static int
act_rename(json_t *c, const char *arg, json_t *body)
{
	char slashed[130];

	(void)body;
	if (find_container(arg, strlen(arg)) != NULL)
		return 409;
	(void)snprintf(slashed, sizeof(slashed), "/%s", arg);
	(void)json_object_set_new(c, "Name", json_string(slashed));
	return 204;
}

static int
act_remove(json_t *c, const char *arg, json_t *body)
{
	(void)arg;
	(void)body;
	if (is_running(c))
		return 409;
	(void)json_object_del(containers, text_of(c, "Id"));
	return 204;
}

static int
act_logs(json_t *c, const char *arg, json_t *body)
{
	(void)c;
	(void)arg;
	(void)body;
	return 200;
}

static const struct {
	const char *method, *suffix; /* after the id */
	int (*act)(json_t *c, const char *arg, json_t *body);
} acts[] = {
	{ "POST", "/start", act_start },
	{ "POST", "/stop", act_stop },
	{ "POST", "/rename?name=", act_rename },
	{ "GET", "/logs?", act_logs },
	{ "DELETE", "", act_remove },
};

static int
connect_to(const char *network, json_t *body)
{
	const char *who = text_of(body, "Container");
	json_t *c = find_container(who, strlen(who)), *nets;
	char name[64];

	if (c == NULL)
		return 404;
	(void)snprintf(
	    name, sizeof(name), "%.*s", (int)strcspn(network, "/"), network);
	nets =
	    json_object_get(json_object_get(c, "NetworkSettings"), "Networks");
	if (json_object_get(nets, name) != NULL)
		return 403;
	(void)json_object_set(
	    nets, name, json_object_get(body, "EndpointConfig"));
	return 200;
}

static json_t *
image_document(const char *name)
{
	if (strchr(name, '@') == NULL)
		return document("good/image.json");
	return pulled ? json_pack("{s:s}", "Id", CONFIG) : NULL;
}

/* Return the status of the answer; @ret is its document, or untouched. */
static int
route_request(const struct fake_request *r, json_t **ret)
{
	const char *p = r->path + strlen("/v1.41"), *name;
	size_t i, n;
	json_t *c;

	if (strncmp(p, "/images/create", 14) == 0) {
		pulled = !model->no_pull;
		return 200;
	}
	if (strncmp(p, "/images/", 8) == 0) {
		if (strcmp(r->method, "DELETE") == 0)
			return 409;
		*ret = image_document(p + 8);
		return *ret == NULL ? 404 : 200;
	}
	if (strcmp(p, "/info") == 0) {
		*ret = ++model->infos < model->root_at
		    ? json_object()
		    : json_pack("{s:s*}", "DockerRootDir", model->root);
		return 200;
	}
	if (strncmp(p, "/networks/", 10) == 0)
		return connect_to(p + 10, r->body);
	name = p + strlen("/containers/");
	if (strncmp(name, "create?name=", 12) == 0) {
		if (find_container(name + 12, strlen(name + 12)) != NULL)
			return 409;
		*ret = json_object();
		return create_container(r->body, name + 12);
	}
	n = strcspn(name, "/");
	c = find_container(name, n);
	if (c == NULL)
		return 404;
	if (strcmp(name + n, "/json") == 0) {
		*ret = json_incref(c);
		return 200;
	}
	for (i = 0; i < N(acts); i++)
		if (strcmp(acts[i].method, r->method) == 0 &&
		    strncmp(acts[i].suffix, name + n, strlen(acts[i].suffix)) ==
			0)
			return acts[i].act(
			    c, name + n + strlen(acts[i].suffix), r->body);
	return 400;
}

static void
show_containers(void)
{
	const char *id;
	json_t *c;

	model->n = 0;
	json_object_foreach (containers, id, c) {
		struct shown *s = &model->shown[model->n];

		if (model->n++ >= SHOWN)
			break;
		(void)snprintf(s->id, sizeof(s->id), "%s", id);
		(void)snprintf(
		    s->name, sizeof(s->name), "%s", text_of(c, "Name") + 1);
		s->running = is_running(c);
		s->old = id[0] != 'a' || strncmp(id + 1, HEX60, 60) != 0;
	}
}

static bool
is_faulty(const struct fake_request *r)
{
	if (model->part == NULL)
		return ++model->asked == model->at;
	return strcmp(r->method, model->method) == 0 &&
	    strstr(r->path, model->part) != NULL;
}

static bool
on_request(void *ctx, int fd, const struct fake_request *r)
{
	bool faulty = strstr(r->path, "/_ping") == NULL && is_faulty(r);
	json_t *doc = NULL;
	char *dump, end;
	int status = 200;

	(void)ctx;
	if (model->endless_pull && strstr(r->path, "/images/create") != NULL)
		return recv(fd, &end, 1, 0) > 0;
	if (faulty && model->fault == FAULT_BEFORE)
		return false;
	if (faulty && model->fault == FAULT_STATUS) {
		fake_answer(fd, model->status, "{\"message\":\"no\"}");
		return true;
	}
	if (strstr(r->path, "/_ping") == NULL)
		status = route_request(r, &doc);
	if (status == 201) {
		const char *name = strchr(r->path, '=') + 1;

		(void)json_object_set(doc, "Id",
		    json_object_get(find_container(name, strlen(name)), "Id"));
	}
	show_containers();
	dump = doc == NULL ? NULL : json_dumps(doc, 0);
	if (!faulty || model->fault != FAULT_AFTER)
		fake_answer(fd, status,
		    dump != NULL ? dump
				 : "{\"message\":\"words of the daemon\"}");
	free(dump);
	json_decref(doc);
	return !faulty || model->fault != FAULT_AFTER;
}

/* ---- one run ----------------------------------------------------------- */

static struct fake_daemon engine;
static char old_id[65];

static void
set_up(const struct model *m)
{
	json_t *old = document("good/full.json");

	*model = *m;
	containers = json_object();
	pulled = false;
	(void)snprintf(old_id, sizeof(old_id), "%s", text_of(old, "Id"));
	(void)json_object_set_new(old, "State",
	    state_of(!m->stopped, m->health != NULL ? m->health : "healthy"));
	if (m->runs != NULL)
		(void)json_object_set_new(old, "Image", json_string(m->runs));
	if (m->restarted)
		(void)json_object_set_new(old, "RestartCount", json_integer(3));
	(void)json_object_set_new(containers, old_id, old);
	if (m->taken)
		(void)create_container(
		    json_object_get(old, "HostConfig"), "web.pratique-new-9");
	show_containers();
	fake_daemon_start(&engine, temporary_dir(), on_request, NULL);
	json_decref(containers);
	(void)unlink(journal);
}

static void
tear_down(void)
{
	fake_daemon_stop(&engine);
}

static struct pq_policy policy = { .image = (char *)(uintptr_t)IMAGE };
static struct pq_config_service service = { .policy = &policy,
	.target = PQ_TARGET_CONTAINER,
	.target_name = (char *)(uintptr_t) "web",
	.health_s = 1,
	.keep = 1 };

static void
open_journal(struct pq_store *s)
{
	struct pq_err err = PQ_ERR_INIT;

	if (pq_journal_open(s, journal, &err) != 0)
		fail_msg("%s", err.text);
}

static unsigned heard, held_at;

/* Set a hold at the call number held_at. */
static bool
on_listen(void *ctx)
{
	struct pq_store *s = ctx;

	if (++heard != held_at)
		return false;
	pq_store_begin(s);
	pq_journal_hold(s, "web", "stop it");
	(void)pq_store_commit(s);
	return true;
}

/* Resume the unfinished deployment in the journal, as deploy does. */
static int
resume_deployment(
    struct pq_store *s, struct pq_deployment *ret, struct pq_err *err)
{
	struct pq_swap swap = { .target = pq_target_of(&service),
		.store = s,
		.service = &service,
		.state_dir = temporary_dir(),
		.listen = held_at == 0 ? NULL : on_listen,
		.ctx = s,
		.log = PQ_BUF_INIT(PQ_SWAP_LOG_MAX) };
	int r;

	assert_int_equal(pq_docker_open(&swap.docker, engine.socket, err), 0);
	r = pq_journal_unfinished(s, &swap.d);
	if (r == 1)
		r = pq_swap_run(&swap, err);
	else
		r = 0;
	*ret = swap.d;
	pq_docker_close(swap.docker);
	pq_buf_free(&swap.log);
	return r;
}

static void
begin_at(struct pq_store *s, const char *phase)
{
	struct pq_deployment d = { .release = 7,
		.attempt = 9,
		.service = "web",
		.tag = "1.0.1",
		.digest = DIGEST,
		.manifest = MANIFEST,
		.config = CONFIG,
		.target = "container" };
	struct pq_noticed n = { .service = "web",
		.tag = "1.0.1",
		.digest = DIGEST,
		.manifest = MANIFEST,
		.config = CONFIG,
		.rejected = PQ_REJECTED_NOT };

	(void)snprintf(d.phase, sizeof(d.phase), "%s", phase);
	(void)snprintf(d.old_ref, sizeof(d.old_ref), "%s", old_id);
	pq_store_begin(s);
	pq_journal_notice(s, &n);
	pq_journal_put(s, &d);
	assert_int_equal(pq_store_commit(s), 0);
}

static void
begin_deployment(struct pq_store *s)
{
	begin_at(s, "pull");
}

static const char *
describe_end(const char *note, unsigned n)
{
	static char dst[512];
	unsigned i,
	    k = (unsigned)snprintf(dst, sizeof(dst), "%s at %u:", note, n);

	for (i = 0; i < model->n && i < SHOWN && k < sizeof(dst); i++)
		k += (unsigned)snprintf(dst + k, sizeof(dst) - k, " %s%s%s",
		    model->shown[i].name, model->shown[i].old ? "(old)" : "",
		    model->shown[i].running ? "+" : "-");
	return dst;
}

/* Exactly one container runs. It has the name and fits the outcome. */
static void
check_end(
    const struct pq_deployment *d, const char *note, unsigned n, bool alone)
{
	unsigned i, running = 0;

	bool old = d->outcome == PQ_OUTCOME_ROLLED_BACK ||
	    d->outcome == PQ_OUTCOME_WAITING; /* no container was touched */

	if (strcmp(d->phase, "done") != 0 ||
	    (!old && d->outcome != PQ_OUTCOME_LIVE))
		fail_msg("%s: outcome %u, %s: %s", describe_end(note, n),
		    d->outcome, d->phase, d->reason);
	if (alone && model->n != 1)
		fail_msg("%s: %u containers", describe_end(note, n), model->n);
	for (i = 0; i < model->n; i++) {
		const struct shown *s = &model->shown[i];

		running += s->running;
		if (s->running != (strcmp(s->name, "web") == 0) ||
		    (s->running && s->old != old))
			fail_msg("%s: outcome %u", describe_end(note, n),
			    d->outcome);
	}
	if (running != 1)
		fail_msg("%s: %u running", describe_end(note, n), running);
}

/* Run a deployment, and resume it after each fault. */
static struct pq_deployment
run_deployment(const struct model *m, const char *note, unsigned n, bool alone)
{
	struct pq_deployment d = { 0 };
	struct pq_err err = PQ_ERR_INIT;
	struct pq_store s;
	int tries, r = -1;

	set_up(m);
	open_journal(&s);
	begin_deployment(&s);
	for (tries = 0; tries < 3 && r != 0; tries++)
		r = resume_deployment(&s, &d, &err);
	if (r != 0)
		fail_msg("%s: %d: %s", describe_end(note, n), r, err.text);
	check_end(&d, note, n, alone);
	pq_store_close(&s);
	tear_down();
	return d;
}

/* ---- the tests --------------------------------------------------------- */

static const struct {
	const char *name;
	enum pq_order order;
	const char *health;
	enum pq_outcome outcome;
} worlds[] = {
	{ "stop-first", PQ_ORDER_STOP_FIRST, "healthy", PQ_OUTCOME_LIVE },
	{ "start-first", PQ_ORDER_START_FIRST, "healthy", PQ_OUTCOME_LIVE },
	{ "stop-first, sick", PQ_ORDER_STOP_FIRST, "unhealthy",
	    PQ_OUTCOME_ROLLED_BACK },
	{ "start-first, sick", PQ_ORDER_START_FIRST, "unhealthy",
	    PQ_OUTCOME_ROLLED_BACK },
};

static void
test_swap__succeeds_without_faults(void **state)
{
	struct pq_deployment d;
	size_t i;

	(void)state;
	for (i = 0; i < N(worlds); i++) {
		struct model m = { .health = worlds[i].health };

		service.order = worlds[i].order;
		d = run_deployment(&m, worlds[i].name, 0, true);
		assert_int_equal(d.outcome, worlds[i].outcome);
		if (d.outcome == PQ_OUTCOME_LIVE)
			assert_string_equal(d.reason, "");
		else
			assert_non_null(strstr(d.reason, "unhealthy"));
	}
}

/* A lost connection, at any request, does not change the outcome. */
static void
test_swap__survives_a_lost_connection_at_each_request(void **state)
{
	static const enum fault faults[] = { FAULT_BEFORE, FAULT_AFTER };
	struct pq_deployment d;
	size_t i, k;
	unsigned n;

	(void)state;
	for (i = 0; i < N(worlds); i++)
		for (k = 0; k < N(faults); k++)
			for (n = 1, model->asked = n; n <= model->asked; n++) {
				struct model m = { .fault = faults[k],
					.at = n,
					.health = worlds[i].health };

				service.order = worlds[i].order;
				d = run_deployment(&m, worlds[i].name, n, true);
				if (d.outcome != worlds[i].outcome)
					fail_msg("%s: outcome %u: %s",
					    describe_end(worlds[i].name, n),
					    d.outcome, d.reason);
			}
}

/* After a refusal, at any request, exactly one container runs. */
static void
test_swap__survives_a_refusal_at_each_request(void **state)
{
	static const int statuses[] = { 500, 409 };
	size_t i, k;
	unsigned n;

	(void)state;
	for (i = 0; i < N(worlds); i++)
		for (k = 0; k < N(statuses); k++)
			for (n = 1, model->asked = n; n <= model->asked; n++) {
				struct model m = { .fault = FAULT_STATUS,
					.status = statuses[k],
					.at = n,
					.health = worlds[i].health };

				service.order = worlds[i].order;
				(void)run_deployment(
				    &m, worlds[i].name, n, false);
			}
}

static const struct {
	const char *method, *part;
	int status;
	const char *words;
} refusals[] = {
	{ "POST", "/containers/create", 500,
	    "did not create the container: no" },
	{ "POST", "/containers/create", 409,
	    "did not create the container: no" },
	{ "POST", "/networks/frontend", 500, "refused the request (500): no" },
	{ "POST", "/rename?name=web.pratique-prev-9", 409,
	    "refused the request (409): no" },
	{ "POST", "/start", 500, "refused the request (500): no" },
	{ "GET", "/images/sha256:", 404,
	    "lost the image of the old container" },
};

static void
test_swap__rolls_back_with_the_daemons_reason(void **state)
{
	struct pq_deployment d;
	size_t i;

	(void)state;
	service.order = PQ_ORDER_START_FIRST; /* never stops the old one */
	for (i = 0; i < N(refusals); i++) {
		struct model m = { .fault = FAULT_STATUS,
			.status = refusals[i].status,
			.method = refusals[i].method,
			.part = refusals[i].part,
			.health = "healthy" };

		/* refuse only requests about the new container */
		if (strcmp(refusals[i].part, "/start") == 0)
			m.part = "/containers/a" HEX60;
		d = run_deployment(&m, refusals[i].part, (unsigned)i, false);
		assert_int_equal(d.outcome, PQ_OUTCOME_ROLLED_BACK);
		if (strstr(d.reason, refusals[i].words) == NULL)
			fail_msg("%s: %s", refusals[i].part, d.reason);
	}
}

static void
test_swap__finds_a_wrong_new_container(void **state)
{
	static const struct {
		struct model m;
		const char *words;
	} cases[] = {
		{ { .health = "healthy", .bad_image = true },
		    "the image of the new container is" },
		{ { .health = "healthy", .lossy = true }, "lost its Env" },
		{ { .health = "starting" },
		    "the new container was not healthy in time" },
	};
	struct pq_deployment d;
	size_t i;

	(void)state;
	service.order = PQ_ORDER_STOP_FIRST;
	service.health_s = 0;
	for (i = 0; i < N(cases); i++) {
		d = run_deployment(&cases[i].m, cases[i].words, 0, true);
		assert_int_equal(d.outcome, PQ_OUTCOME_ROLLED_BACK);
		if (strstr(d.reason, cases[i].words) == NULL)
			fail_msg("%s: %s", cases[i].words, d.reason);
	}
	service.health_s = 1;
}

/* Run a deployment that meets no fault. */
static struct pq_deployment
run_once(const struct model *m)
{
	struct pq_deployment d = { 0 };
	struct pq_err err = PQ_ERR_INIT;
	struct pq_store s;

	set_up(m);
	open_journal(&s);
	begin_deployment(&s);
	assert_int_equal(resume_deployment(&s, &d, &err), 0);
	pq_store_close(&s);
	return d;
}

/* No container was touched, so another attempt is possible. */
static void
test_swap__waits_after_a_failed_pull(void **state)
{
	const struct model m = { .health = "healthy", .no_pull = true };
	struct pq_deployment d = run_once(&m);

	(void)state;
	assert_int_equal(d.outcome, PQ_OUTCOME_WAITING);
	assert_non_null(strstr(d.reason, "words of the daemon"));
	assert_int_equal(model->n, 1);
	assert_true(model->shown[0].running);
	tear_down();
}

/* A foreign container with the temporary name is not touched. */
/*
 * The disk of the engine is full before the new container is created, or before
 * the old one is stopped.
 */
static void
test_swap__waits_if_the_engine_has_no_room(void **state)
{
	struct model m = { .health = "healthy" };
	char root[TEMPORARY_ROOM];
	struct pq_deployment d;

	(void)state;
	if (geteuid() != 0)
		skip();
	m.root = temporary_path(root, "engine");
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mkdir(root, 0700), 0);
	d = run_deployment(&m, "room", 0, true);
	assert_int_equal(d.outcome, PQ_OUTCOME_LIVE);
	assert_int_equal(mount("none", root, "tmpfs", 0, "size=1m"), 0);
	for (m.root_at = 1; m.root_at <= 2; m.root_at++) {
		d = run_deployment(&m, "no room", m.root_at, true);
		assert_int_equal(d.outcome, PQ_OUTCOME_WAITING);
		assert_non_null(
		    strstr(d.reason, "space: 1 MiB are free in the engine's"));
	}
	assert_int_equal(umount(root), 0);
	assert_int_equal(rmdir(root), 0);
}

static void
test_swap__touches_no_foreign_container(void **state)
{
	const struct model m = { .health = "healthy", .taken = true };
	struct pq_deployment d = run_once(&m);

	(void)state;
	assert_int_equal(d.outcome, PQ_OUTCOME_ROLLED_BACK);
	assert_non_null(strstr(d.reason, "this attempt did not create"));
	assert_int_equal(model->n, 2);
	assert_true(model->shown[0].old && model->shown[0].running);
	assert_string_equal(model->shown[1].name, "web.pratique-new-9");
	tear_down();
}

/* A hold at any time keeps the old container, if it still exists. */
static void
test_swap__ends_after_a_hold(void **state)
{
	const struct model m = { .health = "healthy" };
	struct pq_deployment d;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		service.order = worlds[i].order;
		for (held_at = 1;; held_at++) {
			heard = 0;
			d = run_deployment(&m, worlds[i].name, held_at, true);
			if (heard < held_at)
				break;
			assert_int_equal(d.outcome, PQ_OUTCOME_WAITING);
			assert_string_equal(d.reason, "hold: stop it");
		}
		assert_int_equal(d.outcome, PQ_OUTCOME_LIVE);
		assert_true(held_at > 3);
	}
	held_at = 0;
}

static void
test_swap__ends_a_long_pull_after_a_hold(void **state)
{
	const struct model m = { .health = "healthy", .endless_pull = true };
	struct pq_deployment d;

	(void)state;
	heard = 0;
	held_at = 2; /* the first call precedes the pull */
	d = run_once(&m);
	held_at = 0;
	assert_int_equal(d.outcome, PQ_OUTCOME_WAITING);
	assert_string_equal(d.reason, "hold: stop it");
	assert_int_equal(model->n, 1);
	assert_true(model->shown[0].running);
	tear_down();
}

/* ---- death at each write ----------------------------------------------- */

static unsigned deadly, writes;

static int
die_before(void *ctx)
{
	(void)ctx;
	if (++writes == deadly)
		_exit(9);
	return 0;
}

static int
die_after(void *ctx, sqlite3 *db, const char *name, int pages)
{
	(void)db;
	(void)name;
	(void)pages;
	return die_before(ctx);
}

/* Return true if the process died; false if it needed fewer writes. */
static bool
dies_at_write(bool after)
{
	struct pq_deployment d;
	struct pq_err err = PQ_ERR_INIT;
	struct pq_store s;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)signal(SIGABRT, SIG_DFL);
		(void)signal(SIGSEGV, SIG_DFL);
		open_journal(&s);
		if (after)
			(void)sqlite3_wal_hook(s.db, die_after, NULL);
		else
			(void)sqlite3_commit_hook(s.db, die_before, NULL);
		_exit(resume_deployment(&s, &d, &err) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 9);
	return WEXITSTATUS(status) == 9;
}

static bool
dies_and_resumes(size_t i, unsigned n, bool after)
{
	const struct model m = { .health = worlds[i].health };
	struct pq_deployment d = { 0 };
	struct pq_err err = PQ_ERR_INIT;
	struct pq_store s;
	bool died;

	service.order = worlds[i].order;
	set_up(&m);
	open_journal(&s);
	begin_deployment(&s);
	pq_store_close(&s);
	writes = 0;
	deadly = n;
	died = dies_at_write(after);
	open_journal(&s);
	assert_int_equal(resume_deployment(&s, &d, &err), 0);
	assert_int_equal(pq_journal_attempt(&s, 7, 9, &d), 1);
	check_end(&d, worlds[i].name, n, true);
	assert_int_equal(d.outcome, worlds[i].outcome);
	pq_store_close(&s);
	tear_down();
	return died;
}

static void
test_swap__survives_death_at_each_write(void **state)
{
	unsigned n;
	size_t i;

	(void)state;
	for (i = 0; i < N(worlds); i++) {
		for (n = 1; dies_and_resumes(i, n, false); n++)
			;
		assert_true(n > 8);
		for (n = 1; dies_and_resumes(i, n, true); n++)
			;
		assert_true(n > 8);
	}
}

/* ---- a container that already runs the image --------------------------- */

/* No request changes a container, for any outcome. */
static void
same_with_hold(const struct model *m, const char *hold, enum pq_outcome outcome,
    const char *words)
{
	struct pq_floor floor = { "", "" };
	struct pq_err err = PQ_ERR_INIT;
	struct model refusing = *m;
	struct pq_deployment d;
	struct pq_store s;

	refusing.fault = FAULT_STATUS;
	refusing.status = 500;
	refusing.method = "POST";
	refusing.part = "/";
	set_up(&refusing);
	open_journal(&s);
	begin_at(&s, "same");
	if (hold != NULL)
		pq_journal_hold(&s, "web", hold);
	assert_int_equal(resume_deployment(&s, &d, &err), 0);
	pq_journal_floor(&s, "web", NULL, &floor);
	pq_store_close(&s);
	tear_down();
	assert_string_equal(d.phase, "done");
	if (d.outcome != (uint32_t)outcome || strstr(d.reason, words) == NULL)
		fail_msg("%s: %u: %s", words, d.outcome, d.reason);
	assert_int_equal(model->n, 1);
	assert_string_equal(model->shown[0].name, "web");
	assert_true(model->shown[0].old);
	assert_int_equal(model->shown[0].running, !m->stopped);
	assert_string_equal(
	    floor.version, outcome == PQ_OUTCOME_LIVE ? "1.0.1" : "");
	assert_string_equal(
	    d.new_ref, outcome == PQ_OUTCOME_LIVE ? old_id : "");
}

static void
same_is(const struct model *m, enum pq_outcome outcome, const char *words)
{
	same_with_hold(m, NULL, outcome, words);
}

static void
test_swap__same_image_can_be_held(void **state)
{
	const struct model m = { .runs = CONFIG };

	(void)state;
	same_with_hold(
	    &m, "incident 7", PQ_OUTCOME_WAITING, "hold: incident 7");
}

static void
test_swap__same_image_is_not_recreated(void **state)
{
	static const char *const ids[] = { CONFIG, MANIFEST, DIGEST };
	struct model m = { .restarted = true };
	size_t i;

	(void)state;
	for (i = 0; i < N(ids); i++) {
		m.runs = ids[i];
		same_is(&m, PQ_OUTCOME_LIVE, "nothing was recreated");
	}
}

static void
test_swap__same_image_must_be_healthy(void **state)
{
	static const struct model worse[] = {
		{ .runs = CONFIG, .health = "unhealthy" },
		{ .runs = CONFIG, .health = "starting" },
		{ .runs = CONFIG, .stopped = true },
		{ .runs = MANIFEST "0" },
	};
	static const char *const words[] = { "unhealthy",
		"the running container was not healthy in time", "is exited",
		"no longer runs this image" };
	size_t i;

	(void)state;
	for (i = 0; i < N(worse); i++)
		same_is(&worse[i], PQ_OUTCOME_WAITING, words[i]);
}

static int
make_dir(void **state)
{
	(void)state;
	model = fake_daemon_shared(sizeof(*model));
	if (make_temporary(state) != 0)
		return -1;
	(void)temporary_path(journal, "journal.db");
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_swap__succeeds_without_faults),
		cmocka_unit_test(
		    test_swap__survives_a_lost_connection_at_each_request),
		cmocka_unit_test(test_swap__survives_a_refusal_at_each_request),
		cmocka_unit_test(test_swap__rolls_back_with_the_daemons_reason),
		cmocka_unit_test(test_swap__finds_a_wrong_new_container),
		cmocka_unit_test(test_swap__waits_after_a_failed_pull),
		cmocka_unit_test(test_swap__touches_no_foreign_container),
		cmocka_unit_test(test_swap__waits_if_the_engine_has_no_room),
		cmocka_unit_test(test_swap__ends_after_a_hold),
		cmocka_unit_test(test_swap__ends_a_long_pull_after_a_hold),
		cmocka_unit_test(test_swap__survives_death_at_each_write),
		cmocka_unit_test(test_swap__same_image_is_not_recreated),
		cmocka_unit_test(test_swap__same_image_must_be_healthy),
		cmocka_unit_test(test_swap__same_image_can_be_held),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_temporary);
}
