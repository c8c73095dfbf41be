/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetch accepts the names that check-config accepts: origins, repositories of
 * registries, git repositories, tags of both, and secrets. The linker replaces
 * pq_http_ask() by a function that records each request.
 */
#include "accepted.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fetch/fetch.h"
#include "net/reference.h"

int __wrap_pq_http_ask(struct pq_http *h, const struct pq_http_request *q,
    struct pq_http_answer *ret, struct pq_err *err);

static char asked_url[PQ_URL_TEXT];
static char asked_body[4096];

/*
 * Answer like a git server with protocol version 2 and without refs, or like an
 * empty registry.
 */
int
__wrap_pq_http_ask(struct pq_http *h, const struct pq_http_request *q,
    struct pq_http_answer *ret, struct pq_err *err)
{
	static const char caps[] =
	    "000eversion 2\n000cls-refs\n000afetch\n0000";
	static const char prefix[] = "application/x-git-upload-pack-";
	bool git = q->git_protocol != NULL, post = q->body.n > 0;

	(void)h;
	(void)err;
	(void)snprintf(asked_url, sizeof(asked_url), "%s", q->url);
	(void)snprintf(asked_body, sizeof(asked_body), "%.*s", (int)q->body.n,
	    (const char *)q->body.p);
	memset(ret, 0, sizeof(*ret));
	ret->status = git ? 200 : 404;
	ret->body = PQ_BUF_INIT(1024);
	pq_buf_str(&ret->body, post ? "0000" : caps);
	(void)snprintf(ret->content_type, sizeof(ret->content_type), "%s%s",
	    prefix, post ? "result" : "advertisement");
	return ret->body.fault;
}

/* ---- origins ----------------------------------------------------------- */

static void
check_origin(const char *name)
{
	struct pq_origins o = { .n = 0 };
	char url[NAMES_ROOM];

	if (pq_origins_add(&o, name, false, pq_slice(NULL, 0)) != 0)
		fail_msg("%s: not accepted as an origin", name);
	(void)snprintf(url, sizeof(url), "https://%s/v2/", name);
	if (pq_origins_find(&o, url) == NULL)
		fail_msg("%s: does not belong to %s", url, name);
}

static void
test_names__fetch_asks_each_host(void **state)
{
	(void)state;
	each_accepted(names_host, PQ_HOST_MAX, accepts_host, check_origin);
}

/* ---- requests of the broker to a child --------------------------------- */

static void
check_request_frame(const char *place, const char *tag)
{
	struct pq_buf b = PQ_BUF_INIT(PQ_FETCH_REQUEST_MAX);
	char *got_place = NULL, *got_tag = NULL;
	unsigned artifacts = 0;

	if (pq_fetch_request_put(&b, place, tag, 6) != 0 ||
	    pq_fetch_request_read(
		pq_buf_view(&b), &got_place, &got_tag, &artifacts) != 0 ||
	    artifacts != 6)
		fail_msg("%s %s: does not fit a request", place, tag);
	assert_string_equal(got_place, place);
	assert_string_equal(got_tag, tag);
	free(got_place);
	free(got_tag);
	pq_buf_free(&b);
}

/* ---- images ------------------------------------------------------------ */

static void
check_registry_request(const char *name)
{
	char tag[NAMES_ROOM], ref[NAMES_ROOM], url[NAMES_ROOM];
	const char *slash = strchr(name, '/');
	struct pq_oci_document doc;
	struct pq_oci_client *c = NULL;
	struct pq_err err = PQ_ERR_INIT;
	struct pq_origins o = { .n = 0 };
	struct pq_reference r;
	size_t n;

	do {
		n = names_tag(tag, names_length(PQ_TAG_MAX));
	} while (n > PQ_TAG_MAX);
	tag[n] = '\0';
	check_request_frame(name, tag);
	if (pq_oci_client_open(
		&c, NULL, name, false, NULL, pq_slice(NULL, 0), &err) != 0)
		fail_msg("%s", err.text);
	if (pq_oci_get_tag(c, tag, &doc, &err) != PQ_OCI_ABSENT)
		fail_msg("%s:%s: %s", name, tag, err.text);
	pq_oci_client_close(c);
	(void)snprintf(url, sizeof(url), "https://%.*s/v2/%s/manifests/%s",
	    (int)(slash - name), name, slash + 1, tag);
	assert_string_equal(asked_url, url);
	(void)snprintf(ref, sizeof(ref), "%.*s", (int)(slash - name), name);
	assert_int_equal(pq_origins_add(&o, ref, false, pq_slice(NULL, 0)), 0);
	assert_non_null(pq_origins_find(&o, url));
	/* the command line accepts it as a reference */
	(void)snprintf(ref, sizeof(ref), "%s:%s", name, tag);
	if (pq_reference_parse(&r, ref, &err) != 0)
		fail_msg("%s: %s", ref, err.text);
	assert_string_equal(r.image, name);
}

static void
test_names__fetch_asks_for_each_image(void **state)
{
	(void)state;
	each_accepted(names_repository, PQ_REPOSITORY_MAX, accepts_image,
	    check_registry_request);
}

/* ---- git --------------------------------------------------------------- */

static void
check_gather(const char *url, const char *tag)
{
	struct pq_buf wire = PQ_BUF_INIT(PQ_GATHER_WIRE);
	struct pq_gather *g = pq_gather_new(), *back = pq_gather_new();
	struct pq_git_client c = { .url = url };
	char want[NAMES_ROOM];

	assert_non_null(g);
	assert_non_null(back);
	pq_gather_git(g, &c, tag);
	if (g->result != PQ_GATHER_FETCHED)
		fail_msg("%s %s: %s", url, tag, g->reason);
	(void)snprintf(want, sizeof(want), "%s/git-upload-pack", url);
	assert_string_equal(asked_url, want);
	(void)snprintf(want, sizeof(want), "%04zxref-prefix refs/tags/%s\n0000",
	    strlen(tag) + sizeof("0000ref-prefix refs/tags/"), tag);
	if (strstr(asked_body, want) == NULL)
		fail_msg("%s: the request was %s", tag, asked_body);
	assert_int_equal(pq_gather_encode(&wire, g), 0);
	if (pq_gather_decode(back, pq_buf_view(&wire)) != 0)
		fail_msg("%s: the broker refuses the answer", tag);
	(void)snprintf(want, sizeof(want), "refs/tags/%s", tag);
	assert_string_equal(back->lookups[0].ref, want);
	pq_gather_free(g);
	pq_gather_free(back);
	pq_buf_free(&wire);
}

static void
check_git_tag(const char *template)
{
	char tag[NAMES_ROOM], git_tag[PQ_GIT_TAG_TEXT];

	(void)template;
	make_version(tag, git_tag);
	check_request_frame(accepted->policy->git_url, git_tag);
	check_gather("https://g.example/acme/web.git", git_tag);
}

static void
test_names__fetch_asks_for_each_git_tag(void **state)
{
	(void)state;
	each_accepted(names_template, PQ_TEMPLATE_REST_MAX, accepts_template,
	    check_git_tag);
}

static void
check_git_url(const char *url)
{
	char question[NAMES_ROOM];
	struct pq_url u;

	check_request_frame(url, "v1.0.0");
	check_gather(url, "v1.0.0");
	/* the longest URL that git's protocol makes of a repository */
	(void)snprintf(question, sizeof(question),
	    "%s/info/refs?service=git-upload-pack", url);
	if (pq_url_split(&u, question) != 0)
		fail_msg("%s: not accepted as a URL", question);
}

static void
test_names__fetch_asks_each_git_repository(void **state)
{
	(void)state;
	each_accepted(
	    names_git_url, PQ_GIT_URL_MAX, accepts_git_url, check_git_url);
}

/* ---- the broker -------------------------------------------------------- */

#define BATCH 16 /* services; each has its own registry */

static struct {
	struct pq_config config;
	struct pq_config_service services[BATCH];
	struct pq_config_service *owned[BATCH];
	struct pq_config_registry registries[BATCH];
	struct pq_config_git git;
	struct pq_fetch_child children[BATCH + 1];
	struct pq_channel channel;
	int child[BATCH + 1];
	char names[BATCH][24], origins[BATCH][24];
	char tags[BATCH][PQ_TAG_TEXT], git_tags[BATCH][PQ_GIT_TAG_TEXT];
	size_t n;
} batch;

static void
make_pair(int type, int *ours, int *theirs)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, type, 0, pair), 0);
	*ours = pair[0];
	*theirs = pair[1];
}

static void
fill_batch(size_t n)
{
	static char git[] = "g.example";
	size_t i;

	batch.git.origin = git;
	batch.config = (struct pq_config){ .registries = batch.registries,
		.n_registries = n,
		.git = &batch.git,
		.n_git = 1,
		.services = batch.services,
		.n_services = n };
	memset(batch.children, 0, sizeof(batch.children));
	for (i = 0; i <= n; i++) {
		make_pair(SOCK_STREAM, &batch.child[i], &batch.children[i].fd);
		batch.children[i].registry =
		    i < n ? &batch.registries[i] : NULL;
		batch.children[i].git = i < n ? NULL : &batch.git;
	}
}

static void
send_errand(int warden, size_t i)
{
	const struct pq_policy *p = batch.services[i].policy;
	struct pq_buf b = PQ_BUF_INIT(PQ_IPC_INLINE);
	struct pq_msg m = { .type = PQ_MSG_ERRAND, .job = i + 1 };
	char hash[PQ_DIGEST_TEXT];

	pq_digest_format(hash, &p->hash);
	m.errand.service = pq_slice_str(p->service);
	m.errand.policy_hash = pq_slice_str(hash);
	m.errand.tag = pq_slice_str(batch.tags[i]);
	assert_int_equal(pq_msg_encode(&b, &m), 0);
	assert_int_equal(send(warden, b.p, b.n, 0), (ssize_t)b.n);
	pq_buf_free(&b);
}

static void
check_child_request(int fd, const char *place, const char *tag)
{
	struct pq_buf b = PQ_BUF_INIT(PQ_FETCH_REQUEST_MAX);
	char *got_place = NULL, *got_tag = NULL;
	unsigned artifacts = 0;

	if (pq_fetch_read(fd, &b) != 0)
		fail_msg("%s %s: no request was sent", place, tag);
	assert_int_equal(pq_fetch_request_read(
			     pq_buf_view(&b), &got_place, &got_tag, &artifacts),
	    0);
	assert_string_equal(got_place, place);
	assert_string_equal(got_tag, tag);
	free(got_place);
	free(got_tag);
	pq_buf_free(&b);
}

/* The broker runs beside the test, which plays its children. */
static void *
run_broker(void *arg)
{
	struct pq_err err = PQ_ERR_INIT;
	int *ret = arg;

	*ret = pq_fetch_broker_run(
	    &batch.config, &batch.channel, batch.children, batch.n + 1, &err);
	return NULL;
}

static void
send_image(int fd)
{
	struct pq_buf out = PQ_BUF_INIT(PQ_GATHER_WIRE);
	struct pq_gather *g = pq_gather_new();

	assert_non_null(g);
	g->result = PQ_GATHER_FETCHED;
	assert_int_equal(pq_gather_encode(&out, g), 0);
	assert_int_equal(pq_fetch_write(fd, pq_buf_view(&out)), 0);
	pq_gather_free(g);
	pq_buf_free(&out);
}

/* Each registry gets its request; the git host after the first image. */
static void
run_batch(void)
{
	struct pq_err err = PQ_ERR_INIT;
	size_t i, n = batch.n;
	int ours, theirs, r = 0;
	pthread_t broker;

	fill_batch(n);
	make_pair(SOCK_SEQPACKET, &ours, &theirs);
	assert_int_equal(pq_channel_open(&batch.channel, theirs, PQ_ROLE_FETCH,
			     PQ_ROLE_WARDEN, &err),
	    0);
	for (i = 0; i < n; i++)
		send_errand(ours, i);
	assert_int_equal(pthread_create(&broker, NULL, run_broker, &r), 0);
	for (i = 0; i < n; i++)
		check_child_request(batch.child[i],
		    batch.services[i].policy->image, batch.tags[i]);
	send_image(batch.child[0]);
	check_child_request(batch.child[n], batch.services[0].policy->git_url,
	    batch.git_tags[0]);
	(void)close(ours); /* the broker ends when it reads the end */
	assert_int_equal(pthread_join(broker, NULL), 0);
	assert_int_equal(r, 2);
	pq_channel_close(&batch.channel);
	for (i = 0; i <= n; i++)
		(void)close(batch.children[i].fd);
	for (i = 0; i <= n; i++)
		(void)close(batch.child[i]);
	for (i = 0; i < n; i++) {
		pq_config_service_free(batch.owned[i]);
		free(batch.owned[i]);
	}
	batch.n = 0;
}

/* Each service has its own registry, so that its child is asked at once. */
static bool
accepts_for_batch(const char *template)
{
	char image[64];
	size_t i = batch.n;

	(void)snprintf(batch.names[i], sizeof(batch.names[i]), "web-%zu", i);
	(void)snprintf(
	    batch.origins[i], sizeof(batch.origins[i]), "r%zu.example", i);
	(void)snprintf(image, sizeof(image), "%s/acme/web", batch.origins[i]);
	return accepts_service(&(struct fields){
	    .service = batch.names[i], .image = image, .tag = template });
}

static void
add_to_batch(const char *template)
{
	char tag[NAMES_ROOM];
	size_t i = batch.n;

	(void)template;
	make_version(tag, batch.git_tags[i]);
	(void)snprintf(batch.tags[i], PQ_TAG_TEXT, "%s", tag);
	batch.registries[i].origin = batch.origins[i];
	batch.services[i] = *accepted;
	batch.owned[i] = accepted;
	accepted = NULL;
	if (++batch.n == BATCH)
		run_batch();
}

static void
test_names__broker_runs_each_errand(void **state)
{
	(void)state;
	each_accepted(names_template, PQ_TEMPLATE_REST_MAX, accepts_for_batch,
	    add_to_batch);
	if (batch.n > 0)
		run_batch();
}

/* ---- secrets ----------------------------------------------------------- */

static void
check_secret(const char *name)
{
	static char dir[] = "/nonexistent";
	const struct pq_config c = { .dir = dir };
	struct pq_err err = PQ_ERR_INIT;
	struct pq_buf secret;

	assert_int_equal(
	    pq_config_secret(&secret, &c, "fetch", name, &err), -PQ_ECONFIG);
	pq_buf_wipe(&secret);
	if (strstr(err.text, "No such file") == NULL)
		fail_msg("%s", err.text);
}

static void
test_names__fetch_looks_for_each_secret(void **state)
{
	(void)state;
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	each_accepted(
	    names_secret, PQ_SECRET_NAME_MAX, accepts_secret, check_secret);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names__fetch_asks_each_host),
		cmocka_unit_test(test_names__fetch_asks_for_each_image),
		cmocka_unit_test(test_names__fetch_asks_for_each_git_tag),
		cmocka_unit_test(test_names__fetch_asks_each_git_repository),
		cmocka_unit_test(test_names__broker_runs_each_errand),
		cmocka_unit_test(test_names__fetch_looks_for_each_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
