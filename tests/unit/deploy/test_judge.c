/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deploy's own judgement of an image that cosign signed and a tag that git
 * signed, with a real journal and a fake daemon that has one container.
 */
#include "document.h"

#include <unistd.h>

#include <pratique/policy.h>

#include "deploy/deploy.h"
#include "fakedaemon.h"
#include "support/files.h"
#include "support/memory.h"
#include "support/policy.h"
#include "support/temporary.h"
#include "support/testkey.h"

#define NOW INT64_C(1720000000) /* 2024-07-03, after the fixtures */
#define N(table) (sizeof(table) / sizeof((table)[0]))
#define GOOD "cosign/good/"
#define DELAY_S 60
#define OTHER                              \
	"sha256:"                          \
	"00000000000000000000000000000000" \
	"00000000000000000000000000000000"

static char path[TEMPORARY_ROOM];

/* The answers of the daemon; in memory that it shares. */
struct shown {
	int status; /* 0 closes the connection */
	char doc[32768];
	int image_status; /* of the query for its image */
	char image[32768];
};

static struct shown *shown;
static struct fake_daemon engine;

static struct {
	struct pq_buf pem, signers, parts[6];
	struct pq_policy policy;
	struct flat_policy trusted;
	struct pq_config_service service;
	struct pq_config config;
	struct deploy d;
	char hash[PQ_DIGEST_TEXT], digest[PQ_DIGEST_TEXT];
	struct pq_case c;
	struct flat p; /* its proof */
} w;

static bool
on_request(void *ctx, int fd, const struct fake_request *r)
{
	const struct shown *s = ctx;

	if (strcmp(r->path, "/_ping") == 0)
		fake_answer(fd, 200, "OK");
	else if (strstr(r->path, "/images/") != NULL)
		fake_answer(fd, s->image_status, s->image);
	else if (s->status != 0)
		fake_answer(fd, s->status, s->doc);
	return s->status != 0 || strcmp(r->path, "/_ping") == 0;
}

static void
put_text(char dst[32768], json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT);

	(void)snprintf(dst, 32768, "%s", text);
	free(text);
	json_decref(o);
}

static void
show_container(int status, const char *file)
{
	shown->status = status;
	put_text(shown->doc, document(file));
	shown->image_status = 200;
	put_text(shown->image, document("good/image.json"));
}

#define TEXT(s) ((char *)(uintptr_t)(s))

static void
make_policy(void)
{
	struct pq_policy *p = &w.policy;

	fixture_policy(p, &w.trusted, &w.pem, 1, &w.signers);
	p->service = TEXT("web");
	p->track = TEXT("[0-9]*");
	p->version_from = PQ_VERSION_TAG;
	assert_int_equal(
	    pq_digest_of(&p->hash, PQ_SLICE_LIT("the policy's files")), 0);
	pq_digest_format(w.hash, &p->hash);
	w.service = (struct pq_config_service){ .policy = p,
		.target = PQ_TARGET_CONTAINER,
		.target_name = TEXT("web"),
		.delay_s = DELAY_S,
		.floor = TEXT("0.1.0") };
	w.config =
	    (struct pq_config){ .services = &w.service, .n_services = 1 };
}

static void
make_case(void)
{
	struct pq_digest d;

	assert_int_equal(pq_digest_of(&d, pq_buf_view(&w.parts[2])), 0);
	pq_digest_format(w.digest, &d);
	w.c = (struct pq_case){ .release = 7,
		.attempt = 9,
		.service = PQ_SLICE_LIT("web"),
		.policy_hash = pq_slice_str(w.hash),
		.tag = PQ_SLICE_LIT("1.0.0"),
		.digest = pq_slice_str(w.digest) };
	w.p = (struct flat){ .kind = PQ_FORM_SIMPLE,
		.payload = pq_buf_view(&w.parts[0]),
		.signature = pq_buf_view(&w.parts[1]),
		.index = pq_buf_view(&w.parts[2]),
		.manifest = pq_buf_view(&w.parts[3]),
		.config = pq_buf_view(&w.parts[4]),
		.tag_object = pq_buf_view(&w.parts[5]) };
}

static const struct pq_case *
the_case(void)
{
	w.c.proof = proof_of(&w.p);
	return &w.c;
}

static void
advance_clock(int64_t seconds)
{
	w.d.now.wall_ms += seconds * 1000;
	w.d.now.boot_ms += seconds * 1000;
	w.d.now.mono_ms += seconds * 1000;
}

static int
start_engine(void **state)
{
	struct pq_err err = PQ_ERR_INIT;

	(void)state;
	make_policy();
	make_case();
	show_container(200, "good/plain.json");
	memset(&w.d, 0, sizeof(w.d));
	w.d.config = &w.config;
	w.d.now = (struct pq_instant){ NOW * 1000, 1000000, 1000000, "boot" };
	(void)unlink(path);
	fake_daemon_start(&engine, temporary_dir(), on_request, shown);
	if (pq_docker_open(&w.d.docker, engine.socket, &err) != 0)
		return -1;
	return pq_journal_open(&w.d.journal, path, &err);
}

static int
stop_engine(void **state)
{
	(void)state;
	pq_store_close(&w.d.journal);
	pq_docker_close(w.d.docker);
	fake_daemon_stop(&engine);
	return 0;
}

/* ---- asking the judge -------------------------------------------------- */

static struct pq_answer a;
static struct pq_clearance cl;

static bool
is_known(void)
{
	struct pq_noticed n;

	return pq_journal_noticed(&w.d.journal, "web", w.digest, &n) == 1;
}

static void
notice_is(enum pq_outcome kind, const char *words)
{
	pq_judge_notice(&w.d, the_case(), &a);
	if (a.kind != kind || strstr(a.reason, words) == NULL)
		fail_msg("notice, %s: %d: %s", words, (int)a.kind, a.reason);
	if (w.d.journal.fault == 0)
		assert_int_equal(pq_store_commit(&w.d.journal), 0);
}

static void
clearance_is(enum pq_outcome kind, const char *words)
{
	static const struct pq_clearance none;

	memset(&cl, 0, sizeof(cl));
	if (pq_judge_clearance(&w.d, the_case(), &cl, &a) != 1)
		fail_msg("clearance, %s: was given", words);
	if (a.kind != kind || strstr(a.reason, words) == NULL)
		fail_msg("clearance, %s: %d: %s", words, (int)a.kind, a.reason);
	assert_memory_equal(&cl, &none, sizeof(cl));
	if (w.d.journal.fault == 0)
		assert_int_equal(pq_store_commit(&w.d.journal), 0);
}

/* Both answers are the same, and the journal records nothing. */
static void
both_are(enum pq_outcome kind, const char *words)
{
	notice_is(kind, words);
	clearance_is(kind, words);
	assert_false(is_known());
	assert_int_equal(
	    pq_store_int(&w.d.journal, -1, "SELECT count(*) FROM tags", ""), 0);
}

static void
serve_quarantine(void)
{
	notice_is(PQ_OUTCOME_NOTICED, "");
	assert_int_equal(a.left_s, DELAY_S);
	advance_clock(DELAY_S);
}

/* ---- the good case ----------------------------------------------------- */

static void
test_judge__clears_a_signed_release_after_its_quarantine(void **state)
{
	(void)state;
	serve_quarantine();
	assert_string_equal(a.reason, "");
	memset(&cl, 0, sizeof(cl));
	if (pq_judge_clearance(&w.d, the_case(), &cl, &a) != 0)
		fail_msg("%s", a.reason);
	assert_ptr_equal(cl.service, &w.service);
	assert_string_equal(cl.noticed.service, "web");
	assert_string_equal(cl.noticed.tag, "1.0.0");
	assert_string_equal(cl.noticed.digest, w.digest);
	assert_int_equal(strlen(cl.noticed.config), 71);
	assert_int_equal(strlen(cl.noticed.manifest), 71);
	assert_int_equal(strlen(cl.noticed.tag_object), 40);
	assert_int_equal(strlen(cl.old_ref), 64);
	assert_int_equal(pq_store_commit(&w.d.journal), 0);
}

/* ---- the steps, in their order ----------------------------------------- */

static void
test_judge__needs_the_same_policy(void **state)
{
	(void)state;
	w.c.service = PQ_SLICE_LIT("api");
	both_are(PQ_OUTCOME_WAITING, "deploy does not know this service");
	w.c.service = PQ_SLICE_LIT("web");
	w.c.policy_hash = PQ_SLICE_LIT(OTHER);
	both_are(PQ_OUTCOME_WAITING,
	    "deploy has another policy: the configuration has changed");
	w.c.policy_hash = pq_slice(NULL, 0);
	both_are(PQ_OUTCOME_WAITING,
	    "deploy has another policy: the configuration has changed");
}

static void
test_judge__needs_a_target(void **state)
{
	(void)state;
	w.service.target = PQ_TARGET_NONE;
	notice_is(PQ_OUTCOME_NOTICED, "the service has no deploy target");
	advance_clock(DELAY_S);
	clearance_is(PQ_OUTCOME_WAITING, "the service has no deploy target");
}

static void
test_judge__needs_valid_names(void **state)
{
	static const char *const digests[] = { "", "sha256:", "1.0.0",
		"sha512:00" };
	static const struct {
		struct pq_slice tag;
		const char *words;
	} tags[] = {
		{ { NULL, 0 }, "the tag is invalid: byte 1 is missing" },
		{ PQ_SLICE_LIT("1.0.0\0"),
		    "the tag is invalid: byte 6 is \\x00" },
		{ PQ_SLICE_LIT("1.0\n0"),
		    "the tag is invalid: byte 4 is \\x0a" },
		{ PQ_SLICE_LIT("../1"), "the tag is invalid: byte 1 is '.'" },
		{ PQ_SLICE_LIT("1/0"), "the tag is invalid: byte 2 is '/'" },
	};
	char other[] = OTHER;
	char *deny[] = { other, w.digest };
	static char longest[PQ_TAG_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < N(digests); i++) {
		w.c.digest = pq_slice_str(digests[i]);
		both_are(
		    PQ_OUTCOME_REFUSED, "the digest in the request is invalid");
	}
	for (i = 0; i < N(tags); i++) {
		make_case();
		w.c.tag = tags[i].tag;
		both_are(PQ_OUTCOME_REFUSED, tags[i].words);
	}
	memset(longest, '1', sizeof(longest));
	w.c.tag = pq_slice(longest, sizeof(longest));
	both_are(
	    PQ_OUTCOME_REFUSED, "the tag is invalid: byte 129 is too many");
	w.c.tag = pq_slice(longest, PQ_TAG_MAX);
	both_are(PQ_OUTCOME_REFUSED, "source.version");
	w.c.tag = PQ_SLICE_LIT("latest");
	both_are(
	    PQ_OUTCOME_REFUSED, "the tag latest does not match track: [0-9]*");
	make_case();
	w.service.deny = deny;
	w.service.n_deny = 2;
	both_are(PQ_OUTCOME_REFUSED, "the policy denies");
	w.service.n_deny = 1; /* only the other digest is denied */
	notice_is(PQ_OUTCOME_NOTICED, "");
}

static void
test_judge__needs_the_whole_proof(void **state)
{
	(void)state;
	memset(&w.p, 0, sizeof(w.p));
	both_are(PQ_OUTCOME_REFUSED, "image.signature");
	make_case();
	w.p.tag_object = pq_slice(NULL, 0);
	both_are(PQ_OUTCOME_REFUSED, "source.tag-signature");
	make_case();
	w.p.config = w.p.manifest;
	both_are(PQ_OUTCOME_REFUSED, "image.digest");
	make_case();
	w.c.tag = PQ_SLICE_LIT("1.0.1");
	both_are(PQ_OUTCOME_REFUSED, "source.version");
	/* a good proof of another image */
	make_case();
	w.c.digest = PQ_SLICE_LIT(OTHER);
	both_are(
	    PQ_OUTCOME_REFUSED, "the proof is for another digest, sha256:");
}

static void
test_judge__remembers_rejections_and_tags(void **state)
{
	struct pq_noticed n = {
		.service = "web", .tag = "1.0.0", .tag_object = "1111"
	};

	(void)state;
	pq_journal_reject(&w.d.journal, "web", w.digest);
	notice_is(PQ_OUTCOME_REFUSED,
	    "an operator rejected this digest; pratique retry 7");
	clearance_is(PQ_OUTCOME_REFUSED,
	    "an operator rejected this digest; pratique retry 7");
	pq_journal_failed(&w.d.journal, "web", w.digest);
	notice_is(PQ_OUTCOME_REFUSED, "rolled back before; pratique retry 7");
	clearance_is(
	    PQ_OUTCOME_REFUSED, "rolled back before; pratique retry 7");
	pq_journal_lift(&w.d.journal, "web", w.digest);
	memcpy(n.digest, w.digest, sizeof(n.digest));
	assert_int_equal(pq_journal_pin_tag(&w.d.journal, &n), 0);
	notice_is(PQ_OUTCOME_REFUSED, "named another tag object or digest");
	clearance_is(PQ_OUTCOME_REFUSED, "named another tag object or digest");
	assert_false(is_known());
}

/* Without a signed git tag, the registry may name a version once. */
static void
test_judge__keeps_the_first_unsigned_version(void **state)
{
	(void)state;
	w.policy.git_url = NULL;
	w.policy.git_tag = NULL;
	w.p.tag_object = pq_slice(NULL, 0);
	serve_quarantine();
	w.c.tag = PQ_SLICE_LIT("9.9.9");
	notice_is(PQ_OUTCOME_REFUSED, "this digest had version 1.0.0 before");
	clearance_is(
	    PQ_OUTCOME_REFUSED, "this digest had version 1.0.0 before");
	w.c.tag = PQ_SLICE_LIT("1.0.0");
	assert_int_equal(pq_judge_clearance(&w.d, the_case(), &cl, &a), 0);
	assert_int_equal(pq_store_commit(&w.d.journal), 0);
}

/* An adopted image keeps its version although it was never noticed. */
static void
test_judge__keeps_the_version_of_an_adopted_image(void **state)
{
	struct pq_deployment d = { .service = "web", .tag = "1.0.0" };

	(void)state;
	w.policy.git_url = NULL;
	w.policy.git_tag = NULL;
	w.p.tag_object = pq_slice(NULL, 0);
	memcpy(d.digest, w.digest, sizeof(d.digest));
	pq_journal_live(&w.d.journal, &d, 1, NULL);
	w.c.tag = PQ_SLICE_LIT("9.9.9");
	both_are(PQ_OUTCOME_REFUSED, "this digest had version 1.0.0 before");
	w.c.tag = PQ_SLICE_LIT("1.0.0");
	serve_quarantine();
	assert_int_equal(pq_judge_clearance(&w.d, the_case(), &cl, &a), 0);
}

/* The operator adopted 1.0.0, and the image tag is v1.0.0. */
static void
test_judge__accepts_the_tag_of_an_adopted_image(void **state)
{
	static char any[] = "*";
	struct pq_deployment d = { .service = "web", .tag = "1.0.0" };

	(void)state;
	w.policy.git_url = NULL;
	w.policy.git_tag = NULL;
	w.policy.track = any;
	w.p.tag_object = pq_slice(NULL, 0);
	memcpy(d.digest, w.digest, sizeof(d.digest));
	pq_journal_live(&w.d.journal, &d, 1, NULL);
	w.c.tag = PQ_SLICE_LIT("v1.0.0");
	serve_quarantine();
	assert_int_equal(pq_judge_clearance(&w.d, the_case(), &cl, &a), 0);
}

static void
test_judge__refuses_an_older_version(void **state)
{
	struct pq_deployment d = {
		.service = "web", .digest = OTHER, .tag = "1.0.1"
	};

	(void)state;
	pq_journal_live(&w.d.journal, &d, 1, NULL);
	notice_is(PQ_OUTCOME_REFUSED, "order.monotonic");
	clearance_is(PQ_OUTCOME_REFUSED, "order.monotonic");
}

/* ---- the floor --------------------------------------------------------- */

#define LABELS "Config/Labels"
#define MINE "sha256:" ONES
#define ONES                               \
	"11111111111111111111111111111111" \
	"11111111111111111111111111111111"

/* Show a container with these labels, and an image with its own labels. */
static void
show_labels(const char *container, const char *image, const char *digests)
{
	json_t *c = document("good/plain.json"),
	       *i = document("good/image.json");

	change(c, LABELS, container);
	change(i, LABELS, image);
	change(i, "RepoDigests", digests);
	put_text(shown->doc, c);
	put_text(shown->image, i);
}

#define BY_DEPLOY(version)                        \
	"{\"pratique.version\": \"" version "\"," \
	" \"pratique.digest\": \"" MINE "\"}"
#define RUNS_MINE "[\"elsewhere/web@" MINE "\"]"

static void
test_judge__waits_without_any_floor(void **state)
{
	(void)state;
	w.service.floor = NULL;
	serve_quarantine();
	assert_non_null(strstr(a.reason,
	    "preflight: order.monotonic: the live version of web is unknown: "
	    "run pratique adopt web --version 1, if that is the version that "
	    "runs"));
	show_labels("{}", "{}", "[]");
	clearance_is(PQ_OUTCOME_WAITING,
	    "pratique adopt web --version 1.0.0, with the version that runs");
	show_container(404, "good/plain.json");
	clearance_is(PQ_OUTCOME_WAITING, "there is no container named web");
	w.service.floor = TEXT("1.0.0");
	show_container(200, "good/plain.json");
	assert_int_equal(pq_judge_clearance(&w.d, the_case(), &cl, &a), 0);
}

static void
test_judge__takes_the_container_label_as_a_floor(void **state)
{
	(void)state;
	w.service.floor = NULL;
	show_labels(BY_DEPLOY("1.0.1"), "{}", RUNS_MINE);
	notice_is(PQ_OUTCOME_REFUSED,
	    "1.0.0 is older than 1.0.1, the label of the running container");
	clearance_is(PQ_OUTCOME_REFUSED, "older than 1.0.1");
	show_labels(BY_DEPLOY("1.0.0"), "{}", RUNS_MINE);
	serve_quarantine();
	assert_int_equal(pq_judge_clearance(&w.d, the_case(), &cl, &a), 0);
	assert_false(cl.same);
	/* the higher of label and policy counts */
	w.service.floor = TEXT("0.9.0");
	show_labels(BY_DEPLOY("1.0.1"), "{}", RUNS_MINE);
	clearance_is(PQ_OUTCOME_REFUSED, "older than 1.0.1, the label");
	w.service.floor = TEXT("1.0.2");
	clearance_is(PQ_OUTCOME_REFUSED, "1.0.2, the floor of the policy");
}

/* A container that may be rolled back must not refuse a release for good. */
static void
test_judge__ignores_labels_during_a_deployment(void **state)
{
	struct pq_deployment d = { .release = 3,
		.attempt = 4,
		.service = "web",
		.tag = "1.0.1",
		.digest = MINE,
		.phase = "health" };

	(void)state;
	show_labels(BY_DEPLOY("1.0.1"), "{}", RUNS_MINE);
	pq_journal_put(&w.d.journal, &d);
	notice_is(PQ_OUTCOME_NOTICED,
	    "preflight: a deployment of web is in progress");
	advance_clock(DELAY_S);
	(void)snprintf(d.phase, sizeof(d.phase), "done");
	pq_journal_put(&w.d.journal, &d);
	clearance_is(PQ_OUTCOME_REFUSED, "older than 1.0.1, the label");
	show_container(200, "good/plain.json");
	assert_int_equal(pq_judge_clearance(&w.d, the_case(), &cl, &a), 0);
}

static const struct {
	const char *container, *image, *digests;
} no_floors[] = {
	/* the image has the label: its builder could block the service */
	{ BY_DEPLOY("9999.0.0"), "{\"pratique.version\": \"9999.0.0\"}",
	    RUNS_MINE },
	{ BY_DEPLOY("9999.0.0"), "{\"pratique.version\": \"1.0.0\"}",
	    RUNS_MINE },
	{ BY_DEPLOY("9999.0.0"), "{\"pratique.digest\": \"" MINE "\"}",
	    RUNS_MINE },
	/* the label was copied from a container with another image */
	{ BY_DEPLOY("9999.0.0"), "{}", "[\"elsewhere/web@" OTHER "\"]" },
	{ BY_DEPLOY("9999.0.0"), "{}", "[]" },
	{ BY_DEPLOY("9999.0.0"), "null", "null" },
	{ "{\"pratique.version\": \"9999.0.0\"}", "{}", RUNS_MINE },
	{ "{\"pratique.digest\": \"" MINE "\"}", "{}", RUNS_MINE },
	{ BY_DEPLOY("latest"), "{}", RUNS_MINE },
	{ BY_DEPLOY(""), "{}", RUNS_MINE },
	{ "{\"pratique.version\": 9999, \"pratique.digest\": 1}", "{}",
	    RUNS_MINE },
	{ "null", "null", RUNS_MINE },
};

static void
test_judge__ignores_labels_of_other_authors(void **state)
{
	size_t i;

	(void)state;
	serve_quarantine();
	for (i = 0; i < N(no_floors); i++) {
		w.service.floor = NULL;
		show_labels(no_floors[i].container, no_floors[i].image,
		    no_floors[i].digests);
		clearance_is(PQ_OUTCOME_WAITING, "pratique adopt web");
		w.service.floor = TEXT("1.0.0");
		if (pq_judge_clearance(&w.d, the_case(), &cl, &a) != 0)
			fail_msg("%zu: %s", i, a.reason);
		assert_int_equal(pq_store_commit(&w.d.journal), 0);
	}
}

/* The digest label may also be the id of the image. */
static void
test_judge__accepts_an_image_id_as_digest_label(void **state)
{
	json_t *image = document("good/image.json");
	char labels[300];

	(void)state;
	(void)snprintf(labels, sizeof(labels),
	    "{\"pratique.version\": \"1.0.1\", \"pratique.digest\": \"%s\"}",
	    json_string_value(json_object_get(image, "Id")));
	json_decref(image);
	show_labels(labels, "{}", "[]");
	notice_is(PQ_OUTCOME_REFUSED, "older than 1.0.1, the label");
}

/* Labels that cannot be examined do not count as absent. */
static void
test_judge__waits_while_labels_cannot_be_judged(void **state)
{
	(void)state;
	show_labels(BY_DEPLOY("1.0.0"), "{}", RUNS_MINE);
	shown->image_status = 404;
	serve_quarantine();
	clearance_is(PQ_OUTCOME_WAITING, "lost the image");
	shown->image_status = 500;
	clearance_is(PQ_OUTCOME_WAITING, "unexpected status 500");
	/* without labels of deploy, the lost image does not matter */
	show_labels("{}", "{}", "[]");
	shown->image_status = 404;
	assert_int_equal(pq_judge_clearance(&w.d, the_case(), &cl, &a), 0);
}

static void
test_judge__ignores_the_version_taken_back(void **state)
{
	struct pq_deployment d = {
		.service = "web", .digest = OTHER, .tag = "9999.0.0"
	};

	(void)state;
	pq_journal_live(&w.d.journal, &d, 1, NULL);
	notice_is(PQ_OUTCOME_REFUSED,
	    "older than 9999.0.0, the highest version that was live");
	w.service.floor = TEXT("1.0.0");
	clearance_is(PQ_OUTCOME_REFUSED,
	    "older than 9999.0.0, the highest version that was live");
	w.service.floor_instead_of = TEXT("9998.0.0");
	clearance_is(PQ_OUTCOME_REFUSED,
	    "older than 9999.0.0, the highest version that was live");
	w.service.floor_instead_of = TEXT("9999.0.0");
	show_labels(BY_DEPLOY("9999.0.0"), "{}", RUNS_MINE);
	serve_quarantine();
	assert_int_equal(pq_judge_clearance(&w.d, the_case(), &cl, &a), 0);
	/* other versions still count */
	(void)snprintf(d.tag, sizeof(d.tag), "1.0.1");
	(void)snprintf(d.digest, sizeof(d.digest), MINE);
	pq_journal_live(&w.d.journal, &d, 2, w.service.floor_instead_of);
	clearance_is(PQ_OUTCOME_REFUSED,
	    "older than 1.0.1, the highest version that was live");
}

/* A container that already runs this image is kept. */
static void
test_judge__keeps_a_container_with_the_same_image(void **state)
{
	static const char *const members[] = { "manifest", "config" };
	json_t *c;
	char id[80];
	size_t i;

	(void)state;
	serve_quarantine();
	assert_int_equal(pq_judge_clearance(&w.d, the_case(), &cl, &a), 0);
	assert_false(cl.same);
	for (i = 0; i < N(members); i++) {
		c = document("good/plain.json");
		(void)snprintf(id, sizeof(id), "\"%s\"",
		    i == 0 ? cl.noticed.manifest : cl.noticed.config);
		change(c, "Image", id);
		change(c, "State", "{\"Running\": true}");
		/* a fault of recreate does not matter here */
		change(c, "HostConfig/AutoRemove", "true");
		put_text(shown->doc, c);
		if (pq_judge_clearance(&w.d, the_case(), &cl, &a) != 0)
			fail_msg("%s: %s", members[i], a.reason);
		assert_true(cl.same);
		assert_int_equal(strlen(cl.old_ref), 64);
	}
	c = document("good/plain.json");
	change(c, "Image", id);
	change(c, "State", "{\"Running\": false}");
	put_text(shown->doc, c);
	assert_int_equal(pq_judge_clearance(&w.d, the_case(), &cl, &a), 0);
	assert_false(cl.same);
}

/*
 * If the state directory is lost, the label becomes the floor. So a container
 * whose label is too low is replaced, even if it runs the same image.
 */
static void
test_judge__replaces_a_container_with_a_wrong_label(void **state)
{
	json_t *c, *i;
	char id[80], label[200], refs[160];
	const char *const versions[] = { "1.0.0", "1.0.0-rc1" };
	size_t k;

	(void)state;
	serve_quarantine();
	assert_int_equal(pq_judge_clearance(&w.d, the_case(), &cl, &a), 0);
	(void)snprintf(id, sizeof(id), "\"%s\"", cl.noticed.config);
	(void)snprintf(refs, sizeof(refs), "[\"%s@%s\"]", w.policy.image, MINE);
	for (k = 0; k < N(versions); k++) {
		c = document("good/plain.json");
		i = document("good/image.json");
		(void)snprintf(label, sizeof(label),
		    "{\"pratique.version\": \"%s\","
		    " \"pratique.digest\": \"" MINE "\"}",
		    versions[k]);
		change(c, "Image", id);
		change(c, "State", "{\"Running\": true}");
		change(c, LABELS, label);
		change(i, LABELS, "{}");
		change(i, "RepoDigests", refs);
		put_text(shown->doc, c);
		put_text(shown->image, i);
		if (pq_judge_clearance(&w.d, the_case(), &cl, &a) != 0)
			fail_msg("%s: %s", versions[k], a.reason);
		assert_int_equal(cl.same, k == 0);
	}
}

static void
test_judge__waits_by_its_own_clock(void **state)
{
	(void)state;
	/* a clearance without a notice starts the clock */
	clearance_is(
	    PQ_OUTCOME_WAITING, "1m0s of 1m0s left by deploy's own clock");
	advance_clock(DELAY_S - 1);
	clearance_is(PQ_OUTCOME_WAITING, "1s of 1m0s left by");
	assert_int_equal(a.left_s, 1);
	/* a second notice neither restarts nor shortens the quarantine */
	notice_is(PQ_OUTCOME_NOTICED, "");
	assert_int_equal(a.left_s, 1);
	/* a step of the wall clock restarts the quarantine */
	w.d.now.wall_ms += (int64_t)86400 * 1000;
	clearance_is(PQ_OUTCOME_WAITING, "the clock of the host was stepped");
	assert_int_equal(a.left_s, DELAY_S);
	advance_clock(DELAY_S);
	assert_int_equal(pq_judge_clearance(&w.d, the_case(), &cl, &a), 0);
}

/* Deploy's own clock says why it lasts longer than the delay. */
static void
test_judge__leaves_time_to_object_after_it_was_down(void **state)
{
	(void)state;
	assert_int_equal(pq_journal_tick(&w.d.journal, &w.d.now), 0);
	notice_is(PQ_OUTCOME_NOTICED, "");
	advance_clock(7200);
	assert_int_equal(pq_journal_tick(&w.d.journal, &w.d.now), 0);
	clearance_is(PQ_OUTCOME_WAITING,
	    "1m0s of 1m0s left by deploy's own clock, because deploy was down "
	    "for 2h0m");
	assert_int_equal(a.left_s, DELAY_S);
	advance_clock(DELAY_S - 1);
	clearance_is(PQ_OUTCOME_WAITING, "1s of 1m0s left by");
	advance_clock(1);
	assert_int_equal(pq_judge_clearance(&w.d, the_case(), &cl, &a), 0);
}

/* Time served under another tag or tag object does not count. */
static void
test_judge__counts_time_served_for_this_evidence_only(void **state)
{
	struct pq_noticed before, n;
	size_t i;

	(void)state;
	serve_quarantine();
	assert_int_equal(pq_judge_clearance(&w.d, the_case(), &cl, &a), 0);
	assert_int_equal(
	    pq_journal_noticed(&w.d.journal, "web", w.digest, &before), 1);
	for (i = 0; i < 3; i++) {
		n = before;
		if (i == 1)
			(void)snprintf(n.tag, sizeof(n.tag), "1.0.0-rc");
		if (i == 2)
			n.tag_object[0] ^= 1;
		pq_journal_notice(&w.d.journal, &n);
		notice_is(PQ_OUTCOME_NOTICED, "");
		assert_int_equal(a.left_s, i == 0 ? 0 : DELAY_S);
	}
}

static void
test_judge__waits_while_it_is_held(void **state)
{
	(void)state;
	serve_quarantine();
	pq_journal_hold(&w.d.journal, "web", "incident 7");
	clearance_is(PQ_OUTCOME_WAITING, "hold.none: incident 7");
	pq_journal_unhold(&w.d.journal, "web");
	assert_int_equal(pq_judge_clearance(&w.d, the_case(), &cl, &a), 0);
}

static const struct {
	int status;
	const char *file;
	enum pq_outcome kind;
	const char *words;
} containers[] = {
	{ 404, "good/plain.json", PQ_OUTCOME_WAITING,
	    "create it once by hand" },
	{ 500, "good/plain.json", PQ_OUTCOME_WAITING, "unexpected status 500" },
	{ 0, "good/plain.json", PQ_OUTCOME_WAITING, "docker: " },
	{ 200, "bad/posture/privileged.json", PQ_OUTCOME_REFUSED,
	    "posture.container: privileged" },
	{ 200, "bad/recreate/link.json", PQ_OUTCOME_REFUSED, "recreate: " },
	{ 200, "good/image.json", PQ_OUTCOME_REFUSED, "cannot be read" },
};

/* The notice reports a fault early, and the clearance decides. */
static void
test_judge__examines_the_container_twice(void **state)
{
	size_t i;

	(void)state;
	serve_quarantine();
	for (i = 0; i < N(containers); i++) {
		show_container(containers[i].status, containers[i].file);
		notice_is(PQ_OUTCOME_NOTICED, "preflight: ");
		assert_non_null(strstr(a.reason, containers[i].words));
		clearance_is(containers[i].kind, containers[i].words);
	}
}

/* A warning about the container reaches the operator. */
static void
test_judge__passes_on_a_warning(void **state)
{
	const struct pq_finding *f = NULL;
	size_t i;

	(void)state;
	w.service.posture = PQ_POSTURE_WARN;
	show_container(200, "bad/posture/host-pid.json");
	serve_quarantine();
	assert_int_equal(pq_judge_clearance(&w.d, &w.c, &cl, &a), 0);
	for (i = 0; i < a.findings.n; i++)
		if (pq_finding_warns(&a.findings.v[i]))
			f = &a.findings.v[i];
	assert_non_null(f);
	assert_int_equal(f->check, PQ_CHECK_POSTURE_CONTAINER);
	assert_string_equal(f->subject, cl.old_ref);
}

static void
test_judge__clears_nothing_without_its_journal(void **state)
{
	(void)state;
	serve_quarantine();
	w.d.journal.fault = -PQ_ESTORE;
	notice_is(PQ_OUTCOME_WAITING, "deploy's journal failed");
	clearance_is(PQ_OUTCOME_WAITING, "deploy's journal failed");
	w.d.journal.fault = 0;
}

/* The first failing check answers, so this shows that none is skipped. */
static void
test_judge__runs_its_steps_in_order(void **state)
{
	static const struct flat nothing;
	struct pq_deployment d = {
		.service = "web", .digest = OTHER, .tag = "2.0.0"
	};
	struct flat all = w.p;

	(void)state;
	show_container(404, "good/plain.json");
	pq_journal_hold(&w.d.journal, "web", "incident");
	pq_journal_live(&w.d.journal, &d, 1, NULL);
	w.c.policy_hash = PQ_SLICE_LIT(OTHER);
	w.c.tag = PQ_SLICE_LIT("latest");
	w.p = nothing;
	both_are(PQ_OUTCOME_WAITING,
	    "deploy has another policy: the configuration has changed");
	w.c.policy_hash = pq_slice_str(w.hash);
	both_are(
	    PQ_OUTCOME_REFUSED, "the tag latest does not match track: [0-9]*");
	w.c.tag = PQ_SLICE_LIT("1.0.0");
	both_are(PQ_OUTCOME_REFUSED, "image.signature");
	w.p = all;
	clearance_is(PQ_OUTCOME_REFUSED, "order.monotonic");
	pq_store_do(&w.d.journal, "DELETE FROM live", "");
	assert_int_equal(w.d.journal.fault, 0);
	clearance_is(PQ_OUTCOME_WAITING, "quarantine.elapsed");
	advance_clock(DELAY_S);
	clearance_is(PQ_OUTCOME_WAITING, "hold.none");
	pq_journal_unhold(&w.d.journal, "web");
	clearance_is(PQ_OUTCOME_WAITING, "create it once by hand");
	show_container(200, "good/plain.json");
	assert_int_equal(pq_judge_clearance(&w.d, the_case(), &cl, &a), 0);
}

/* Lack of memory must not refuse a release, because a refusal is final. */
static void
test_judge__waits_without_room_for_findings(void **state)
{
	unsigned long all, i, waits = 0;

	(void)state;
	serve_quarantine();
	only_arrays = true;
	for (all = 1, i = 0; i <= all; i++) {
		asked = 0;
		fail_at = i;
		memset(&cl, 0, sizeof(cl));
		if (pq_judge_clearance(&w.d, &w.c, &cl, &a) != 0) {
			assert_int_equal(a.kind, PQ_OUTCOME_WAITING);
			waits++;
		}
		fail_at = 0;
		if (i == 0)
			all = asked;
		assert_int_equal(pq_store_commit(&w.d.journal), 0);
	}
	only_arrays = false;
	/* two lists for the proof, one each for order and preflight */
	assert_int_equal(all, 4);
	assert_int_equal(waits, all);
}

static int
read_fixtures(void **state)
{
	static const char *const files[] = { GOOD "payload/legacy",
		GOOD "key/p256.sig", GOOD "index", GOOD "manifest-" ARCH,
		GOOD "config-" ARCH, GOOD "tag" };
	size_t i;

	(void)state;
	for (i = 0; i < N(files); i++)
		w.parts[i] = fixture(files[i]);
	w.pem = fixture(GOOD "key/p256");
	w.signers = fixture(GOOD "allowed_signers");
	shown = fake_daemon_shared(sizeof(*shown));
	if (make_temporary(state) != 0)
		return -1;
	(void)temporary_path(path, "journal.db");
	return 0;
}

static int
free_fixtures(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N(w.parts); i++)
		pq_buf_free(&w.parts[i]);
	pq_buf_free(&w.pem);
	pq_buf_free(&w.signers);
	return remove_temporary(state);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, start_engine, stop_engine)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_judge__clears_a_signed_release_after_its_quarantine),
		TEST(test_judge__needs_the_same_policy),
		TEST(test_judge__needs_a_target),
		TEST(test_judge__needs_valid_names),
		TEST(test_judge__needs_the_whole_proof),
		TEST(test_judge__remembers_rejections_and_tags),
		TEST(test_judge__keeps_the_first_unsigned_version),
		TEST(test_judge__keeps_the_version_of_an_adopted_image),
		TEST(test_judge__accepts_the_tag_of_an_adopted_image),
		TEST(test_judge__refuses_an_older_version),
		TEST(test_judge__waits_without_any_floor),
		TEST(test_judge__takes_the_container_label_as_a_floor),
		TEST(test_judge__ignores_labels_during_a_deployment),
		TEST(test_judge__ignores_labels_of_other_authors),
		TEST(test_judge__accepts_an_image_id_as_digest_label),
		TEST(test_judge__waits_while_labels_cannot_be_judged),
		TEST(test_judge__ignores_the_version_taken_back),
		TEST(test_judge__keeps_a_container_with_the_same_image),
		TEST(test_judge__replaces_a_container_with_a_wrong_label),
		TEST(test_judge__waits_by_its_own_clock),
		TEST(test_judge__leaves_time_to_object_after_it_was_down),
		TEST(test_judge__counts_time_served_for_this_evidence_only),
		TEST(test_judge__waits_while_it_is_held),
		TEST(test_judge__examines_the_container_twice),
		TEST(test_judge__passes_on_a_warning),
		TEST(test_judge__clears_nothing_without_its_journal),
		TEST(test_judge__runs_its_steps_in_order),
		TEST(test_judge__waits_without_room_for_findings),
	};

	return cmocka_run_group_tests(tests, read_fixtures, free_fixtures);
}
