/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deploy/docker.h"
#include "fakedaemon.h"
#include "support/temporary.h"

#define N(table) (sizeof(table) / sizeof((table)[0]))

#define HEX64                              \
	"0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef"
#define DIGEST "sha256:" HEX64
#define REF "127.0.0.1:5000/acme/web@" DIGEST

/* ---- the grammar ------------------------------------------------------- */

static const struct {
	enum pq_docker_shape shape;
	const char *first, *second, *path;
} good[] = {
	{ PQ_DOCKER_PING, NULL, NULL, "/_ping" },
	{ PQ_DOCKER_INFO, NULL, NULL, "/info" },
	{ PQ_DOCKER_IMAGE, REF, NULL, "/images/" REF "/json" },
	{ PQ_DOCKER_IMAGE, "[::1]:5000/web@" DIGEST, NULL,
	    "/images/%5B::1%5D:5000/web@" DIGEST "/json" },
	{ PQ_DOCKER_IMAGE_ID, DIGEST, NULL, "/images/" DIGEST "/json" },
	{ PQ_DOCKER_PULL, REF, NULL, "/images/create?fromImage=" REF },
	{ PQ_DOCKER_INSPECT, HEX64, NULL, "/containers/" HEX64 "/json" },
	{ PQ_DOCKER_INSPECT, "web", NULL, "/containers/web/json" },
	{ PQ_DOCKER_CREATE, "web.pratique-new-7", NULL,
	    "/containers/create?name=web.pratique-new-7" },
	{ PQ_DOCKER_RENAME, HEX64, "web_1",
	    "/containers/" HEX64 "/rename?name=web_1" },
	{ PQ_DOCKER_START, HEX64, NULL, "/containers/" HEX64 "/start" },
	{ PQ_DOCKER_STOP, HEX64, NULL, "/containers/" HEX64 "/stop" },
	{ PQ_DOCKER_REMOVE, HEX64, NULL, "/containers/" HEX64 },
	{ PQ_DOCKER_LOGS, HEX64, NULL,
	    "/containers/" HEX64 "/logs?stdout=1&stderr=1&tail=60" },
	{ PQ_DOCKER_CONNECT, "Front-End.1", NULL,
	    "/networks/Front-End.1/connect" },
	{ PQ_DOCKER_FORGET, REF, NULL, "/images/" REF },
};

static void
test_docker__makes_each_request_of_the_table(void **state)
{
	char path[1024];
	bool seen[PQ_DOCKER_COUNT] = { false };
	size_t i;

	(void)state;
	for (i = 0; i < N(good); i++) {
		assert_int_equal(pq_docker_path(path, good[i].shape,
				     good[i].first, good[i].second),
		    0);
		assert_string_equal(path, good[i].path);
		seen[good[i].shape] = true;
	}
	for (i = 0; i < PQ_DOCKER_COUNT; i++)
		if (!seen[i])
			fail_msg("shape %zu has no test", i);
}

static void
refuse_path(enum pq_docker_shape shape, const char *first, const char *second)
{
	char path[1024] = "untouched";

	if (pq_docker_path(path, shape, first, second) == 0)
		fail_msg("shape %d: %s %s: %s", (int)shape,
		    first != NULL ? first : "NULL",
		    second != NULL ? second : "NULL", path);
	assert_string_equal(path, "untouched");
}

/* Names that would end a path, begin a query, or be decoded to one. */
static const char *const hostile[] = { "", " ", ".", "..", "../x", "/", "a/b",
	"web/", "web?x=1", "web#x", "web%2e", "web&x", "web=x", "web x",
	"web\n", "web\r\nHost: x", "web\t", "web\x7f", "web\\x", "web:x",
	"web@x", "w\xc3\xa4", "-web", ".web", "_web", "w", "web;x", "web\"",
	"..%2f..%2f", "http://x", "@" DIGEST };

static void
test_docker__refuses_each_hostile_name(void **state)
{
	static const enum pq_docker_shape shapes[] = { PQ_DOCKER_INSPECT,
		PQ_DOCKER_CREATE, PQ_DOCKER_CONNECT };
	char longest[130];
	char path[1024];
	size_t i, k;

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[129] = '\0';
	for (i = 0; i < N(shapes); i++) {
		for (k = 0; k < N(hostile); k++)
			refuse_path(shapes[i], hostile[k], NULL);
		refuse_path(shapes[i], longest, NULL);
		refuse_path(shapes[i], NULL, NULL);
		assert_int_equal(
		    pq_docker_path(path, shapes[i], longest + 1, NULL), 0);
	}
	for (k = 0; k < N(hostile); k++)
		refuse_path(PQ_DOCKER_RENAME, HEX64, hostile[k]);
	refuse_path(PQ_DOCKER_RENAME, HEX64, longest);
	refuse_path(PQ_DOCKER_RENAME, HEX64, NULL);
}

static void
test_docker__refuses_each_hostile_id(void **state)
{
	static const enum pq_docker_shape shapes[] = { PQ_DOCKER_START,
		PQ_DOCKER_STOP, PQ_DOCKER_REMOVE, PQ_DOCKER_LOGS };
	static const char *const ids[] = { "web", HEX64 "0", HEX64 "/",
		HEX64 "?force=1", HEX64 "\n", DIGEST,
		"0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcde",
		"0123456789ABCDEF0123456789ABCDEF"
		"0123456789ABCDEF0123456789ABCDEF",
		"0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcde/",
		"0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdeg" };
	size_t i, k;

	(void)state;
	for (i = 0; i < N(shapes); i++) {
		for (k = 0; k < N(hostile); k++)
			refuse_path(shapes[i], hostile[k], NULL);
		for (k = 0; k < N(ids); k++) {
			refuse_path(shapes[i], ids[k], NULL);
			refuse_path(PQ_DOCKER_RENAME, ids[k], "web");
		}
		refuse_path(shapes[i], NULL, NULL);
	}
}

static void
test_docker__refuses_each_hostile_reference(void **state)
{
	static const enum pq_docker_shape shapes[] = { PQ_DOCKER_IMAGE,
		PQ_DOCKER_PULL, PQ_DOCKER_FORGET };
	static const char *const refs[] = { "r.example/web",
		"r.example/web:latest", "r.example/web:1.0@", DIGEST,
		"@" DIGEST, "/web@" DIGEST, "r.example/Web@" DIGEST,
		"R.example/web@" DIGEST, "r.example/../web@" DIGEST,
		"r.example//web@" DIGEST, "r.example/web@" DIGEST "0",
		"r.example/web@sha256:0123", "r.example/web@sha512:" HEX64,
		"r.example/.web@" DIGEST, "r.example/a..b@" DIGEST,
		"r..example/web@" DIGEST, "r.example:0/web@" DIGEST,
		"acme/web@" DIGEST, "web@" DIGEST, "[::1/web@" DIGEST,
		"r.example/web@SHA256:" HEX64, "r.example/web@" HEX64,
		"r.example/web@" DIGEST "@" DIGEST, "r.example/web@x@" DIGEST,
		"r.example/web?x@" DIGEST, "r.example/web#@" DIGEST,
		"r.example/web%2f@" DIGEST, "r.example/w eb@" DIGEST,
		"r.example/web\n@" DIGEST, "r.example/web@" DIGEST "\n",
		"r.example/web@" DIGEST "&tag=x", "r.example/web&tag=x@" DIGEST,
		"r.example/web@sha256:0123456789ABCDEF0123456789abcdef"
		"0123456789abcdef0123456789abcdef" };
	char longest[700] = "r.example/";
	size_t i, k;

	(void)state;
	memset(longest + 10, 'a', 520);
	(void)snprintf(longest + 530, sizeof(longest) - 530, "@" DIGEST);
	for (i = 0; i < N(shapes); i++) {
		for (k = 0; k < N(hostile); k++)
			refuse_path(shapes[i], hostile[k], NULL);
		for (k = 0; k < N(refs); k++)
			refuse_path(shapes[i], refs[k], NULL);
		refuse_path(shapes[i], longest, NULL);
		refuse_path(shapes[i], NULL, NULL);
	}
}

static void
test_docker__refuses_a_malformed_digest(void **state)
{
	static const char *const digests[] = { HEX64, "web",
		"sha256:", DIGEST "0", "sha256:" HEX64 "\n", REF };
	size_t i;

	(void)state;
	for (i = 0; i < N(digests); i++)
		refuse_path(PQ_DOCKER_IMAGE_ID, digests[i], NULL);
	for (i = 0; i < N(hostile); i++)
		refuse_path(PQ_DOCKER_IMAGE_ID, hostile[i], NULL);
	refuse_path(PQ_DOCKER_IMAGE_ID, NULL, NULL);
}

static void
test_docker__refuses_a_surplus_parameter(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N(good); i++) {
		if (good[i].first == NULL)
			refuse_path(good[i].shape, "web", NULL);
		if (good[i].second == NULL)
			refuse_path(good[i].shape, good[i].first, "web");
	}
	refuse_path(PQ_DOCKER_COUNT, HEX64, NULL);
	refuse_path((enum pq_docker_shape)99, HEX64, NULL);
}

/* ---- requests and answers ---------------------------------------------- */

/* The answers to give and the requests received; in shared memory. */
struct script {
	const char *version; /* in the answer to a ping; NULL: absent */
	int status;
	const char *body;
	size_t fill; /* length of a body of zeros; 0: send @body */
	bool hang_up, hang_up_amid;
	unsigned asked;
	char method[8], path[1024], auth[1024];
};

static struct script *script;
static struct fake_daemon daemon_of_test;

static bool
on_request(void *ctx, int fd, const struct fake_request *r)
{
	struct script *s = ctx;
	static char zeros[65536];
	size_t n;

	if (strcmp(r->path, "/_ping") == 0) {
		fake_answer_as(fd, 200, s->version, "OK", 2);
		return true;
	}
	s->asked++;
	(void)snprintf(s->method, sizeof(s->method), "%s", r->method);
	(void)snprintf(s->path, sizeof(s->path), "%s", r->path);
	(void)snprintf(s->auth, sizeof(s->auth), "%s", r->auth);
	if (s->hang_up)
		return false;
	if (s->hang_up_amid) {
		(void)send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",
		    39, MSG_NOSIGNAL);
		return false;
	}
	if (s->fill == 0) {
		fake_answer(fd, s->status, s->body);
		return true;
	}
	(void)dprintf(
	    fd, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", s->fill);
	for (n = 0; n < s->fill; n += sizeof(zeros))
		if (send(fd, zeros, sizeof(zeros), MSG_NOSIGNAL) <= 0)
			return false;
	return true;
}

static struct pq_docker *
start_daemon(const struct script *s)
{
	struct pq_docker *d = NULL;
	struct pq_err err = PQ_ERR_INIT;

	*script = *s;
	fake_daemon_start(&daemon_of_test, temporary_dir(), on_request, script);
	assert_int_equal(pq_docker_open(&d, daemon_of_test.socket, &err), 0);
	return d;
}

static void
stop_daemon(struct pq_docker *d)
{
	pq_docker_close(d);
	fake_daemon_stop(&daemon_of_test);
}

/* Inspect the container "web" and return the result. */
static int
inspect_web(const struct script *s, struct pq_err *err)
{
	struct pq_docker *d = start_daemon(s);
	json_t *o = NULL;
	int r = pq_docker_json(d, PQ_DOCKER_INSPECT, "web", &o, err);

	if (r != 0)
		assert_null(o);
	json_decref(o);
	stop_daemon(d);
	return r;
}

static void
test_docker__negotiates_the_version(void **state)
{
	static const struct {
		const char *offered, *path;
	} cases[] = {
		{ "1.40", "/v1.40/containers/web/json" },
		{ "1.41", "/v1.41/containers/web/json" },
		{ "1.51", "/v1.51/containers/web/json" },
		{ "1.52", "/v1.51/containers/web/json" },
		{ "1.999", "/v1.51/containers/web/json" },
	};
	static const char *const none[] = { NULL, "", "1.39", "1.", "2.41",
		"0.41", "1.-1", "1.+41", "1. 41", "x", "1.x", "1.41x", "1.41.2",
		"1.4294967337",
		"1.40000000000000000000000000000000000000000000" };
	struct pq_err err = PQ_ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		struct script s = {
			.version = cases[i].offered, .status = 200, .body = "{}"
		};

		assert_int_equal(inspect_web(&s, &err), 0);
		assert_string_equal(script->path, cases[i].path);
		assert_string_equal(script->method, "GET");
	}
	for (i = 0; i < N(none); i++) {
		struct script s = {
			.version = none[i], .status = 200, .body = "{}"
		};

		if (inspect_web(&s, &err) != -PQ_EUNSUPPORTED)
			fail_msg("%s: %s",
			    none[i] != NULL ? none[i] : "no version",
			    script->path);
		assert_int_equal(script->asked, 0);
	}
}

static void
test_docker__sends_the_credential_only_with_pulls(void **state)
{
	const struct script s = {
		.version = "1.41", .status = 200, .body = "{}"
	};
	/* its Base64 text contains the characters 62 and 63 */
	static const char secret[] = "user:p?>p?>p?>:\"\\";
	struct pq_docker *d = start_daemon(&s);
	struct pq_err err = PQ_ERR_INIT;
	struct pq_docker_answer a;
	struct pq_buf raw = PQ_BUF_INIT(1024), auth;
	json_t *o = NULL;
	char *p;

	(void)state;
	assert_int_equal(pq_docker_auth(&auth, "127.0.0.1:5000",
			     pq_slice(secret, sizeof(secret) - 1)),
	    0);
	pq_docker_credential(d, &auth);
	assert_int_equal(
	    pq_docker_json(d, PQ_DOCKER_INSPECT, "web", &o, &err), 0);
	json_decref(o);
	assert_string_equal(script->auth, "");
	assert_int_equal(
	    pq_docker_call(d, PQ_DOCKER_PULL, REF, NULL, NULL, &a, &err), 0);
	pq_buf_free(&a.body);
	assert_string_equal(script->method, "POST");
	/* RFC 4648 section 5 uses - and _ instead of + and / */
	assert_null(strpbrk(script->auth, "+/"));
	for (p = script->auth; *p != '\0'; p++)
		*p = (char)(*p == '-' ? '+' : *p == '_' ? '/' : *p);
	assert_int_equal(pq_b64_decode(&raw, pq_slice_str(script->auth)), 0);
	o = json_loadb((char *)raw.p, raw.n, 0, NULL);
	assert_string_equal(
	    json_string_value(json_object_get(o, "username")), "user");
	assert_string_equal(json_string_value(json_object_get(o, "password")),
	    "p?>p?>p?>:\"\\");
	assert_string_equal(
	    json_string_value(json_object_get(o, "serveraddress")),
	    "127.0.0.1:5000");
	json_decref(o);
	pq_buf_free(&raw);
	/* a service without a credential sends none */
	pq_buf_wipe(&auth);
	assert_int_equal(pq_docker_auth(&auth, "", pq_slice(NULL, 0)), 0);
	assert_int_equal(
	    pq_docker_call(d, PQ_DOCKER_PULL, REF, NULL, NULL, &a, &err), 0);
	pq_buf_free(&a.body);
	assert_string_equal(script->auth, "");
	stop_daemon(d);
}

static void
test_docker__refuses_a_malformed_credential(void **state)
{
	static char big[16384];
	struct pq_buf auth;

	(void)state;
	memset(big, 'a', sizeof(big));
	big[4] = ':';
	assert_int_equal(
	    pq_docker_auth(&auth, "", PQ_SLICE_LIT("token")), -PQ_EFORMAT);
	assert_int_equal(
	    pq_docker_auth(&auth, "", pq_slice(big, sizeof(big))), -PQ_ELIMIT);
	pq_buf_wipe(&auth);
	assert_int_equal(
	    pq_docker_auth(&auth, "", PQ_SLICE_LIT("user:p\xff")), -PQ_EFORMAT);
}

static void
test_docker__refuses_a_long_socket_path(void **state)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_docker *d = NULL;
	char path[109];

	(void)state;
	memset(path, 'a', sizeof(path));
	path[108] = '\0';
	assert_int_equal(pq_docker_open(&d, path, &err), -PQ_ELIMIT);
	assert_null(d);
}

static void
test_docker__distinguishes_faults(void **state)
{
	static const struct {
		int status;
		const char *body;
		int fault;
	} cases[] = {
		{ 200, "{}", 0 },
		{ 404, "{\"message\":\"No such container\"}", -PQ_EABSENT },
		{ 500, "{}", -PQ_ENET },
		{ 503, "busy", -PQ_ENET },
		{ 302, "{}", -PQ_ENET },
		{ 201, "{}", -PQ_ENET },
		{ 200, "", -PQ_EFORMAT },
		{ 200, "<html>", -PQ_EFORMAT },
		{ 200, "{} {}", -PQ_EFORMAT },
		{ 200, "{\"Id\":1,\"Id\":2}", -PQ_EFORMAT },
		{ 200, "{\"Id\":", -PQ_EFORMAT },
		{ 200, "5", -PQ_EFORMAT },
	};
	struct pq_err err = PQ_ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		const struct script s = { .version = "1.41",
			.status = cases[i].status,
			.body = cases[i].body };
		int r = inspect_web(&s, &err);

		if (r != cases[i].fault)
			fail_msg(
			    "%d %s: %d", cases[i].status, cases[i].body, r);
	}
}

static void
test_docker__survives_a_daemon_that_hangs_up(void **state)
{
	const struct script quiet = { .version = "1.41", .hang_up = true };
	const struct script amid = { .version = "1.41", .hang_up_amid = true };
	struct pq_err err = PQ_ERR_INIT;
	struct pq_docker *d = NULL;
	struct pq_docker_answer a;

	(void)state;
	assert_int_equal(inspect_web(&quiet, &err), -PQ_ENET);
	/* the request may have been carried out, so it is not repeated */
	assert_int_equal(script->asked, 1);
	assert_int_equal(inspect_web(&amid, &err), -PQ_ENET);
	assert_int_equal(script->asked, 1);
	assert_int_equal(pq_docker_open(&d, "/nowhere", &err), 0);
	assert_int_equal(
	    pq_docker_call(d, PQ_DOCKER_START, HEX64, NULL, NULL, &a, &err),
	    -PQ_ENET);
	/* the reason names the socket, the cause and the next step */
	assert_string_equal(err.text,
	    "docker: cannot connect to /nowhere: No such file or directory; "
	    "start the Docker daemon, or correct docker: in pratique.yaml");
	assert_int_equal(
	    pq_docker_call(d, PQ_DOCKER_START, "web", NULL, NULL, &a, &err),
	    -PQ_EFORMAT);
	assert_string_equal(pq_docker_version(d), "");
	pq_docker_close(d);
}

static void
test_docker__limits_the_length_of_an_answer(void **state)
{
	const struct script s = { .version = "1.41",
		.fill = 2 * PQ_DOCKER_ANSWER_MAX };
	struct pq_err err = PQ_ERR_INIT;
	struct pq_docker_answer a;
	struct pq_docker *d;

	(void)state;
	assert_int_equal(inspect_web(&s, &err), -PQ_ELIMIT);
	/* the progress of a pull may be longer: its tail is kept */
	d = start_daemon(&s);
	assert_int_equal(
	    pq_docker_call(d, PQ_DOCKER_PULL, REF, NULL, NULL, &a, &err), 0);
	assert_int_equal(a.body.n, 4096);
	pq_buf_free(&a.body);
	stop_daemon(d);
}

static int
make_dir(void **state)
{
	script = fake_daemon_shared(sizeof(*script));
	return make_temporary(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_docker__makes_each_request_of_the_table),
		cmocka_unit_test(test_docker__refuses_each_hostile_name),
		cmocka_unit_test(test_docker__refuses_each_hostile_id),
		cmocka_unit_test(test_docker__refuses_each_hostile_reference),
		cmocka_unit_test(test_docker__refuses_a_malformed_digest),
		cmocka_unit_test(test_docker__refuses_a_surplus_parameter),
		cmocka_unit_test(test_docker__negotiates_the_version),
		cmocka_unit_test(
		    test_docker__sends_the_credential_only_with_pulls),
		cmocka_unit_test(test_docker__refuses_a_malformed_credential),
		cmocka_unit_test(test_docker__refuses_a_long_socket_path),
		cmocka_unit_test(test_docker__distinguishes_faults),
		cmocka_unit_test(test_docker__survives_a_daemon_that_hangs_up),
		cmocka_unit_test(test_docker__limits_the_length_of_an_answer),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_temporary);
}
