/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The swap, as a table of steps.
 *
 * A step's name goes into the journal before the step is done; after a crash
 * the step is done again, and each finds out what is left to do by looking at
 * containers by id. The verdict (good or back) is itself a durable phase that
 * is written before anything is cleaned up: deciding it anew from what Docker
 * looks like after a crash could create a second container, or put the old
 * one back over a healthy new one.
 *
 * The old container is stopped and renamed but not removed until the new one
 * was seen running, healthy and with nothing lost.
 */
#include "deploy/swap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "deploy/recreate.h"

#define TRIES 5

/*
 * 0 done; 1 it cannot go on (d.reason says why); 2 nor back: the operator is
 * needed; or a fault
 */
typedef int (*step_fn)(struct pq_swap *s, struct pq_err *err);

static const char *
text(json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s == NULL ? "" : s;
}

static int give_up(struct pq_swap *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The first reason is the cause and stays in front; what follows is added. */
static int
give_up(struct pq_swap *s, const char *fmt, ...)
{
	char raw[512];
	size_t have = strlen(s->d.reason);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	if (have != 0 && have + 3 < sizeof(s->d.reason)) {
		memcpy(s->d.reason + have, "; ", 3);
		have += 2;
	}
	pq_text_escape(
	    s->d.reason + have, sizeof(s->d.reason) - have, pq_slice_str(raw));
	return 1;
}

/*
 * By the attempt, which is never used twice: what an earlier attempt may have
 * left behind does not stand in the way of the next.
 */
static void
name_of(const struct pq_swap *s, const char *what, char dst[128])
{
	(void)snprintf(dst, 128, "%.64s.pratique-%s-%llu",
	    s->service->container, what, (unsigned long long)s->d.attempt);
}

/* "repository@digest" of the policy's image: never the warden's words. */
static void
ref_of(const struct pq_swap *s, char dst[512])
{
	(void)snprintf(
	    dst, 512, "%s@%s", s->service->policy->image, s->d.digest);
}

/* The statuses that count as done, for act(). */
#define DONE(...) ((const long[]){ __VA_ARGS__, 0 })

static bool
is_done(const long *done, long status)
{
	for (; *done != 0; done++)
		if (*done == status)
			return true;
	return false;
}

/* The words of the daemon: {"message": ...}, or the last line of a pull. */
static void
daemon_words(char dst[256], struct pq_slice body)
{
	const char *p = (const char *)body.p, *words;
	size_t n = body.n, line;
	json_t *o;

	while (n != 0 && (p[n - 1] == '\n' || p[n - 1] == '\r'))
		n--;
	for (line = n; line != 0 && p[line - 1] != '\n'; line--)
		;
	o = n == 0 ? NULL : json_loadb(p + line, n - line, 0, NULL);
	words = json_string_value(json_object_get(o, "message"));
	if (words == NULL)
		words = json_string_value(json_object_get(o, "error"));
	(void)snprintf(dst, 256, "%s", words == NULL ? "" : words);
	json_decref(o);
}

/* A request whose answer is only its status. */
static int
act(struct pq_swap *s, enum pq_docker_shape shape, const char *a, const char *b,
    json_t *body, const long *done, struct pq_err *err)
{
	struct pq_docker_answer ans;
	char why[256];
	int r = pq_docker_call(s->docker, shape, a, b, body, &ans, err);

	if (r != 0)
		return r;
	if (!is_done(done, ans.status)) {
		daemon_words(why, pq_buf_view(&ans.body));
		r = give_up(s, "the daemon refused (%ld): %s", ans.status, why);
	}
	pq_buf_free(&ans.body);
	return r;
}

static int
inspect(struct pq_swap *s, const char *id, json_t **ret, struct pq_err *err)
{
	return pq_docker_json(s->docker, PQ_DOCKER_INSPECT, id, ret, err);
}

/* ---- forward ---------------------------------------------------------- */

/*
 * Is this id of the daemon's the verified image? In the classic store the id
 * is the configuration's digest, in containerd's a manifest's or an index's.
 */
static bool
is_verified(const struct pq_swap *s, const char *id)
{
	return strcmp(id, s->d.config) == 0 || strcmp(id, s->d.manifest) == 0 ||
	    strcmp(id, s->d.digest) == 0;
}

/* 0 the daemon has the verified image; 2 it has none by that name */
static int
check_image(struct pq_swap *s, const char *ref, struct pq_err *err)
{
	json_t *image = NULL;
	int r = pq_docker_json(s->docker, PQ_DOCKER_IMAGE, ref, &image, err);

	if (r == -PQ_EABSENT)
		return 2;
	if (r == 0 && !is_verified(s, text(image, "Id")))
		r = give_up(s, "the daemon's image is %s, not the verified one",
		    text(image, "Id"));
	json_decref(image);
	return r;
}

static int
pull(struct pq_swap *s, const char *ref, struct pq_err *err)
{
	struct pq_docker_answer ans;
	char why[256];
	int r = pq_docker_call(
	    s->docker, PQ_DOCKER_PULL, ref, NULL, NULL, &ans, err);

	/* nothing was touched yet: let others have their turn */
	if (r == -PQ_ETIMEOUT)
		return give_up(s, "the pull took too long");
	if (r != 0)
		return r;
	daemon_words(why, pq_buf_view(&ans.body));
	pq_buf_free(&ans.body);
	/* a pull that failed on the way says 200 too: the image decides */
	r = check_image(s, ref, err);
	if (r == 2)
		r = give_up(s, "the daemon could not pull the image: %s",
		    why[0] != '\0' ? why : "it gave no reason");
	return r;
}

static int
do_pull(struct pq_swap *s, struct pq_err *err)
{
	char ref[512];
	int r;

	ref_of(s, ref);
	r = check_image(s, ref, err);
	if (r != 2)
		return r;
	/* before it is there: what was not pulled by us is never removed */
	(void)pq_store_begin(s->store);
	pq_journal_pulled(s->store, &s->d);
	if (pq_store_commit(s->store) != 0)
		return -PQ_ESTORE;
	return pull(s, ref, err);
}

static bool
is_label(json_t *labels, const char *name, uint64_t value)
{
	char want[24];

	(void)snprintf(want, sizeof(want), "%llu", (unsigned long long)value);
	return strcmp(text(labels, name), want) == 0;
}

/* A container made before a crash is ours by its labels, or not at all. */
static int
adopt(struct pq_swap *s, const char *name, bool *found, struct pq_err *err)
{
	json_t *c = NULL, *labels;
	int r = inspect(s, name, &c, err);

	*found = false;
	if (r == -PQ_EABSENT)
		return 0;
	if (r != 0)
		return r;
	labels = json_object_get(json_object_get(c, "Config"), "Labels");
	if (is_label(labels, "pratique.release", s->d.release) &&
	    is_label(labels, "pratique.attempt", s->d.attempt)) {
		(void)snprintf(
		    s->d.new_id, sizeof(s->d.new_id), "%s", text(c, "Id"));
		*found = true;
	} else {
		r = give_up(
		    s, "%s exists and is not ours: nothing was touched", name);
	}
	json_decref(c);
	return r;
}

/* What to ask for, so that the new container is as the old one. */
static int
body_of(struct pq_swap *s, json_t *old, json_t **ret, struct pq_err *err)
{
	char release[24], attempt[24], ref[512], image_id[80];
	struct pq_recreate_labels labels = { s->d.service, release, attempt };
	json_t *image = NULL;
	int r;

	(void)snprintf(
	    release, sizeof(release), "%llu", (unsigned long long)s->d.release);
	(void)snprintf(
	    attempt, sizeof(attempt), "%llu", (unsigned long long)s->d.attempt);
	ref_of(s, ref);
	(void)snprintf(image_id, sizeof(image_id), "%s", text(old, "Image"));
	r = pq_docker_json(
	    s->docker, PQ_DOCKER_IMAGE_ID, image_id, &image, err);
	if (r == -PQ_EABSENT)
		return give_up(s,
		    "the old container's image is gone: what came from it "
		    "cannot be told from what was set");
	if (r == 0)
		r = pq_recreate_body(ret, old, image, ref, &labels);
	json_decref(image);
	return r;
}

static int
create(struct pq_swap *s, json_t *old, const char *name, struct pq_err *err)
{
	struct pq_docker_answer ans;
	json_t *body = NULL, *made;
	char why[256];
	int r = body_of(s, old, &body, err);

	if (r == 0)
		r = pq_docker_call(
		    s->docker, PQ_DOCKER_CREATE, name, NULL, body, &ans, err);
	json_decref(body);
	if (r != 0)
		return r;
	made = json_loadb((const char *)ans.body.p, ans.body.n, 0, NULL);
	if (ans.status == 201 && strlen(text(made, "Id")) == 64) {
		(void)snprintf(
		    s->d.new_id, sizeof(s->d.new_id), "%s", text(made, "Id"));
	} else {
		daemon_words(why, pq_buf_view(&ans.body));
		r = give_up(s, "the daemon did not create it: %s", why);
	}
	json_decref(made);
	pq_buf_free(&ans.body);
	return r;
}

/* Further networks: the daemon takes one when a container is created. */
static int
connect_networks(struct pq_swap *s, json_t *old, struct pq_err *err)
{
	json_t *v,
	    *nets = json_object_get(
		json_object_get(old, "NetworkSettings"), "Networks");
	const char *name;
	int r = 0;

	json_object_foreach (nets, name, v) {
		json_t *body;

		if (r != 0 || pq_recreate_is_first(old, name))
			continue;
		body = json_pack("{s:s,s:o}", "Container", s->d.new_id,
		    "EndpointConfig", pq_recreate_endpoint(old, name));
		/* 403: it is connected already */
		r = act(s, PQ_DOCKER_CONNECT, name, NULL, body, DONE(200, 403),
		    err);
		json_decref(body);
	}
	return r;
}

/* The image of the container as it will run is the verified one. */
static int
check_created(struct pq_swap *s, struct pq_err *err)
{
	json_t *c = NULL;
	const char *id;
	int r = inspect(s, s->d.new_id, &c, err);

	if (r != 0)
		return r;
	id = text(c, "Image");
	if (!is_verified(s, id))
		r = give_up(s, "the new container's image is %s", id);
	json_decref(c);
	return r;
}

static int
do_create(struct pq_swap *s, struct pq_err *err)
{
	json_t *old = NULL;
	char name[128];
	bool found;
	int r;

	name_of(s, "new", name);
	r = adopt(s, name, &found, err);
	if (r == 0)
		r = inspect(s, s->d.old_id, &old, err);
	if (r == 0 && !found)
		r = create(s, old, name, err);
	if (r == 0) {
		(void)pq_store_begin(s->store);
		pq_journal_put(s->store, &s->d);
		r = pq_store_commit(s->store);
	}
	if (r == 0)
		r = connect_networks(s, old, err);
	if (r == 0)
		r = check_created(s, err);
	json_decref(old);
	return r;
}

static int
do_stop_old(struct pq_swap *s, struct pq_err *err)
{
	return act(
	    s, PQ_DOCKER_STOP, s->d.old_id, NULL, NULL, DONE(204, 304), err);
}

/* Rename by id, unless it has that name already. */
static int
rename_to(
    struct pq_swap *s, const char *id, const char *name, struct pq_err *err)
{
	json_t *c = NULL;
	const char *now;
	int r = inspect(s, id, &c, err);

	if (r != 0)
		return r;
	now = text(c, "Name");
	if (strcmp(now[0] == '/' ? now + 1 : now, name) != 0)
		r = act(s, PQ_DOCKER_RENAME, id, name, NULL, DONE(204), err);
	json_decref(c);
	return r;
}

static int
do_rename_old(struct pq_swap *s, struct pq_err *err)
{
	char name[128];

	name_of(s, "prev", name);
	return rename_to(s, s->d.old_id, name, err);
}

static int
do_rename_new(struct pq_swap *s, struct pq_err *err)
{
	return rename_to(s, s->d.new_id, s->service->container, err);
}

/* The daemon, when it restarts, starts a stopped container of "always". */
static int
do_start(struct pq_swap *s, struct pq_err *err)
{
	int r =
	    s->service->order == PQ_ORDER_STOP_FIRST ? do_stop_old(s, err) : 0;

	if (r == 0)
		r = act(s, PQ_DOCKER_START, s->d.new_id, NULL, NULL,
		    DONE(204, 304), err);
	return r;
}

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum health { HEALTH_BAD = 0, HEALTH_WAIT, HEALTH_GOOD };

/*
 * Without a healthcheck "running" is all that can be seen; it must last for
 * some seconds without a restart.
 */
static enum health
judge_health(struct pq_swap *s, json_t *c, int64_t since)
{
	json_t *state = json_object_get(c, "State");
	json_t *health = json_object_get(state, "Health");
	const char *h = text(health, "Status");
	int64_t calm = (int64_t)s->service->health_s * 1000;

	if (calm > 5000)
		calm = 5000;
	if (json_integer_value(json_object_get(c, "RestartCount")) > 0 ||
	    json_is_true(json_object_get(state, "Restarting"))) {
		(void)give_up(s, "the new container keeps restarting");
		return HEALTH_BAD;
	}
	if (!json_is_true(json_object_get(state, "Running"))) {
		(void)give_up(
		    s, "the new container is %s", text(state, "Status"));
		return HEALTH_BAD;
	}
	if (health == NULL || strcmp(h, "none") == 0)
		return now_ms() - since >= calm ? HEALTH_GOOD : HEALTH_WAIT;
	if (strcmp(h, "healthy") == 0)
		return HEALTH_GOOD;
	if (strcmp(h, "unhealthy") == 0) {
		(void)give_up(s, "its healthcheck says unhealthy");
		return HEALTH_BAD;
	}
	return HEALTH_WAIT;
}

static int
wait_healthy(struct pq_swap *s, int64_t since, struct pq_err *err)
{
	const struct timespec pause = { 0, 200000000 };
	int64_t end = now_ms() + (int64_t)s->service->health_s * 1000 + 5000;
	enum health h = HEALTH_WAIT;
	json_t *c;
	int r;

	while (h == HEALTH_WAIT && now_ms() < end) {
		c = NULL;
		r = inspect(s, s->d.new_id, &c, err);
		if (r != 0)
			return r;
		h = judge_health(s, c, since);
		json_decref(c);
		if (h == HEALTH_WAIT)
			(void)nanosleep(&pause, NULL);
	}
	if (h == HEALTH_WAIT)
		return give_up(s, "it was not healthy in time");
	return h == HEALTH_GOOD ? 0 : 1;
}

static int
do_health(struct pq_swap *s, struct pq_err *err)
{
	return wait_healthy(s, now_ms(), err);
}

/* Seen once more, right before the old one goes: a host may have restarted. */
static int
do_confirm(struct pq_swap *s, struct pq_err *err)
{
	return wait_healthy(s, 0, err);
}

/* What runs now, for whoever looks for drift later. */
static void
hash_config(struct pq_swap *s, json_t *inspect)
{
	struct pq_digest hash;
	char *dump = json_dumps(json_object_get(inspect, "HostConfig"),
	    JSON_COMPACT | JSON_SORT_KEYS);

	if (dump != NULL && pq_digest_of(&hash, pq_slice_str(dump)) == 0)
		pq_digest_format(s->config_hash, &hash);
	free(dump);
}

static int
do_compare(struct pq_swap *s, struct pq_err *err)
{
	json_t *old = NULL, *body = NULL, *new = NULL;
	const char *lost;
	int r = inspect(s, s->d.old_id, &old, err);

	if (r == 0)
		r = body_of(s, old, &body, err);
	if (r == 0)
		r = inspect(s, s->d.new_id, &new, err);
	if (r == 0) {
		lost = pq_recreate_compare(old, body, new);
		if (lost != NULL)
			r = give_up(s, "the new container lost its %s", lost);
		hash_config(s, new);
	}
	json_decref(old);
	json_decref(body);
	json_decref(new);
	return r;
}

/* ---- after the verdict ------------------------------------------------ */

static int
remove_if_there(struct pq_swap *s, const char *id, struct pq_err *err)
{
	int r;

	if (id[0] == '\0')
		return 0;
	r = act(s, PQ_DOCKER_STOP, id, NULL, NULL, DONE(204, 304, 404), err);
	if (r == 0)
		r = act(
		    s, PQ_DOCKER_REMOVE, id, NULL, NULL, DONE(204, 404), err);
	return r;
}

/* Images of ours beyond the last few that were live; one in use stays. */
static int
prune(struct pq_swap *s, struct pq_err *err)
{
	char digest[PQ_DIGEST_TEXT], ref[512];
	int r;

	while (
	    (r = pq_journal_surplus(s->store, s->d.service,
		 s->service->keep == 0 ? 1 : s->service->keep, digest)) == 1) {
		(void)snprintf(ref, sizeof(ref), "%s@%s",
		    s->service->policy->image, digest);
		r = act(s, PQ_DOCKER_FORGET, ref, NULL, NULL,
		    DONE(200, 404, 409), err);
		if (r < 0)
			return r;
		pq_journal_forget_image(s->store, s->d.service, digest);
	}
	return r;
}

/* The new one runs and is healthy: what is left over does not matter. */
static int
do_retire(struct pq_swap *s, struct pq_err *err)
{
	int r = remove_if_there(s, s->d.old_id, err);

	if (r >= 0) {
		pq_journal_live(s->store, &s->d, (int64_t)time(NULL));
		r = prune(s, err);
	}
	s->d.reason[0] = '\0';
	return r < 0 ? r : 0;
}

static int
do_keep_log(struct pq_swap *s, struct pq_err *err)
{
	struct pq_docker_answer ans;
	size_t n;

	(void)err;
	if (s->d.new_id[0] == '\0' ||
	    pq_docker_call(s->docker, PQ_DOCKER_LOGS, s->d.new_id, NULL, NULL,
		&ans, err) != 0)
		return 0;
	n = ans.body.n < PQ_SWAP_LOG_MAX ? ans.body.n : PQ_SWAP_LOG_MAX;
	s->log.n = 0;
	if (ans.status == 200 && n != 0)
		pq_buf_put(&s->log, ans.body.p + ans.body.n - n, n);
	pq_buf_free(&ans.body);
	return 0;
}

/* Is the old container still there to go back to? 0 yes; 1 no; a fault */
static int
old_is_there(struct pq_swap *s, struct pq_err *err)
{
	json_t *c = NULL;
	int r = inspect(s, s->d.old_id, &c, err);

	json_decref(c);
	return r == -PQ_EABSENT ? 1 : r;
}

/*
 * Out of the way first, then away: a daemon that is slow to remove must not
 * keep the name. But if somebody removed the old one meanwhile, the new one
 * is all there is, and it stays, with the name that others know.
 */
static int
do_away_new(struct pq_swap *s, struct pq_err *err)
{
	char name[128];
	int r = old_is_there(s, err);

	if (r < 0 || s->d.new_id[0] == '\0')
		return r;
	if (r == 1) {
		(void)give_up(
		    s, "the old container is gone: the new one was left");
		r = rename_to(s, s->d.new_id, s->service->container, err);
		return r < 0 && r != -PQ_EABSENT ? r : 2;
	}
	name_of(s, "failed", name);
	r = rename_to(s, s->d.new_id, name, err);
	if (r == -PQ_EABSENT)
		return 0;
	return r < 0 ? r : remove_if_there(s, s->d.new_id, err);
}

/* Started even under a wrong name: that beats not running. */
static int
do_restore_old(struct pq_swap *s, struct pq_err *err)
{
	int named = rename_to(s, s->d.old_id, s->service->container, err);
	int started;

	if (named < 0)
		return named;
	started = act(
	    s, PQ_DOCKER_START, s->d.old_id, NULL, NULL, DONE(204, 304), err);
	return started != 0 ? started : named;
}

/* ---- the tables ------------------------------------------------------- */

struct step {
	const char *name;
	step_fn run;
	const char *next; /* phase after it */
	const char *back; /* phase when it cannot go on */
	bool ask;         /* may still be withdrawn before this */
	bool stubborn;    /* tried again before it is given up */
};

/*
 * What takes back is stubborn: a daemon that refuses once must not leave the
 * host with neither container running.
 */
#define TAIL                                                                  \
	{ "good", do_retire, "done", "done", false, false },                  \
	    { "withdrawn", do_keep_log, "back-new", "stuck", false, false },  \
	    { "back", do_keep_log, "back-new", "stuck", false, false },       \
	    { "back-new", do_away_new, "back-old", "back-old", false, true }, \
	{                                                                     \
		"back-old", do_restore_old, "done", "stuck", false, true      \
	}

static const struct step stop_first[] = {
	{ "pull", do_pull, "create", "not-pulled", true, false },
	{ "create", do_create, "stop-old", "back", true, false },
	{ "stop-old", do_stop_old, "rename-old", "back", true, false },
	{ "rename-old", do_rename_old, "rename-new", "back", false, false },
	{ "rename-new", do_rename_new, "start", "back", false, false },
	{ "start", do_start, "health", "back", false, false },
	{ "health", do_health, "compare", "back", false, false },
	{ "compare", do_compare, "confirm", "back", false, false },
	{ "confirm", do_confirm, "good", "back", false, false },
	TAIL,
};
static const struct step start_first[] = {
	{ "pull", do_pull, "create", "not-pulled", true, false },
	{ "create", do_create, "start", "back", true, false },
	{ "start", do_start, "health", "back", true, false },
	{ "health", do_health, "compare", "back", false, false },
	{ "compare", do_compare, "stop-old", "back", false, false },
	{ "stop-old", do_stop_old, "rename-old", "back", true, false },
	{ "rename-old", do_rename_old, "rename-new", "back", false, false },
	{ "rename-new", do_rename_new, "confirm", "back", false, false },
	{ "confirm", do_confirm, "good", "back", false, false },
	TAIL,
};

#define N_STEPS (sizeof(stop_first) / sizeof(stop_first[0]))

static const struct step *
find_step(const struct pq_swap *s)
{
	const struct step *table = s->service->order == PQ_ORDER_START_FIRST
	    ? start_first
	    : stop_first;
	size_t i;

	for (i = 0; i < N_STEPS; i++)
		if (strcmp(table[i].name, s->d.phase) == 0)
			return &table[i];
	return NULL;
}

/* Phases that carry a verdict, durable before anything acts on it. */
static const struct verdict {
	const char *phase;
	enum pq_outcome outcome;
	bool over;
} verdicts[] = {
	{ "not-pulled", PQ_OUTCOME_WAITING, true }, /* nothing was touched */
	{ "withdrawn", PQ_OUTCOME_WAITING, false },
	{ "good", PQ_OUTCOME_LIVE, false },
	{ "back", PQ_OUTCOME_ROLLED_BACK, false },
	{ "stuck", PQ_OUTCOME_FAILED, true },
};

static int
enter(struct pq_swap *s, const char *phase)
{
	size_t i;

	for (i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		if (strcmp(phase, verdicts[i].phase) != 0)
			continue;
		s->d.outcome = (uint32_t)verdicts[i].outcome;
		if (verdicts[i].over)
			phase = "done";
	}
	(void)snprintf(s->d.phase, sizeof(s->d.phase), "%s", phase);
	(void)pq_store_begin(s->store);
	pq_journal_put(s->store, &s->d);
	if (s->d.outcome == PQ_OUTCOME_ROLLED_BACK)
		pq_journal_failed(s->store, s->d.service, s->d.digest);
	return pq_store_commit(s->store);
}

/*
 * What was clearance when the attempt began may be none after a restart: the
 * policy may deny the digest now, an operator may have rejected or held it.
 */
static bool
is_withdrawn(struct pq_swap *s)
{
	struct pq_noticed n = { .rejected = PQ_REJECTED_NOT };
	char why[512] = "";
	size_t i;

	for (i = 0; i < s->service->n_deny; i++)
		if (strcmp(s->service->deny[i], s->d.digest) == 0)
			return give_up(s, "the policy denies this digest") != 0;
	if (pq_journal_noticed(s->store, s->d.service, s->d.digest, &n) != 1 ||
	    n.rejected != PQ_REJECTED_NOT)
		return give_up(s, "the release was rejected") != 0;
	if (pq_journal_held(s->store, s->d.service, why))
		return give_up(s, "hold: %.400s", why) != 0;
	return false;
}

/* Faults that time mends: the phase stands. All others end the attempt. */
static bool
is_passing(int r)
{
	return r == -PQ_ENET || r == -PQ_ETIMEOUT || r == -PQ_ENOMEM ||
	    r == -PQ_ESTORE;
}

/* The cause stays; of several tries only the last adds to it. */
static int
try_step(struct pq_swap *s, const struct step *step, struct pq_err *err)
{
	const struct timespec pause = { 0, 500000000 };
	size_t cause = strlen(s->d.reason);
	int i, r = step->run(s, err);

	for (i = 1; r == 1 && step->stubborn && i < TRIES; i++) {
		(void)nanosleep(&pause, NULL);
		s->d.reason[cause] = '\0';
		r = step->run(s, err);
	}
	return r;
}

static int
run_step(struct pq_swap *s, const struct step *step, const char **ret_phase,
    struct pq_err *err)
{
	int r;

	if (step->ask && is_withdrawn(s)) {
		*ret_phase = "withdrawn";
		return s->store->fault == 0 ? 0 : -PQ_ESTORE;
	}
	r = try_step(s, step, err);
	if (s->store->fault != 0)
		r = -PQ_ESTORE;
	if (r < 0 && is_passing(r))
		return r;
	if (r < 0)
		(void)give_up(s, "%s: %s", step->name,
		    r == -PQ_EABSENT           ? "a container is gone"
			: err->text[0] != '\0' ? err->text
					       : pq_fault_text(r));
	*ret_phase = r == 0 ? step->next : r == 2 ? "stuck" : step->back;
	return 0;
}

int
pq_swap_run(struct pq_swap *s, struct pq_err *err)
{
	const struct step *step;
	const char *phase;
	int r;

	while (strcmp(s->d.phase, "done") != 0) {
		step = find_step(s);
		if (step == NULL)
			return pq_err_set(err, PQ_ESTORE,
			    "journal: unknown phase %s", s->d.phase);
		if (s->tell != NULL)
			s->tell(s->ctx, s, step->name);
		r = run_step(s, step, &phase, err);
		if (r != 0)
			return r;
		r = enter(s, phase);
		if (r != 0)
			return pq_err_set(
			    err, PQ_ESTORE, "journal: %s", s->store->err.text);
	}
	return 0;
}
