/* SPDX-License-Identifier: Apache-2.0 */
#include "document.h"

#include <pratique/err.h>

#include "deploy/recreate.h"
#include "support/files.h"

#define N(table) (sizeof(table) / sizeof((table)[0]))
#define REF                                                         \
	"127.0.0.1:5000/acme/web@sha256:00000000000000000000000000" \
	"00000000000000000000000000000000000000"

static const struct pq_recreate_labels labels = { "web", "7", "9", "1.2.0",
	"sha256:0" };

static json_t *
body_of(json_t *old, json_t *image)
{
	json_t *body = NULL;

	assert_int_equal(pq_recreate_body(&body, old, image, REF, &labels), 0);
	return body;
}

static json_t *
body(const char *container)
{
	json_t *old = document(container);
	json_t *image = document("good/image.json");
	json_t *b = body_of(old, image);

	json_decref(old);
	json_decref(image);
	return b;
}

static void
is(json_t *o, const char *path, const char *json)
{
	const char *last;
	json_t *at = parent_of(o, path, &last), *want;
	char *text;

	at = json_object_get(at, last);
	if (json == NULL && at == NULL)
		return;
	want = json == NULL ? NULL : json_loads(json, JSON_DECODE_ANY, NULL);
	if (!json_equal(at, want)) {
		text = json_dumps(at, JSON_ENCODE_ANY);
		fail_msg("%s: %s, not %s", path, text != NULL ? text : "absent",
		    json != NULL ? json : "absent");
	}
	json_decref(want);
}

/* ---- what the API cannot make anew ------------------------------------- */

static enum pq_status
examine(struct pq_findings *f, json_t *c)
{
	pq_findings_free(f);
	pq_recreate_examine(f, c);
	return pq_findings_overall(f);
}

static void
test_recreate__lets_a_good_container_pass(void **state)
{
	static const char *const files[] = { "good/plain.json",
		"good/full.json", "good/full-anew.json", "good/named.json",
		"bad/posture/host-network.json" };
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < N(files); i++) {
		json_t *c = document(files[i]);

		if (examine(&f, c) != PQ_PASS)
			fail_msg("%s: %s", files[i], f.v[0].reason);
		json_decref(c);
	}
}

static const struct {
	const char *name, *words;
} bads[] = {
	{ "remove-when-stopped", "--rm" },
	{ "network-of-another", "shares a namespace" },
	{ "ipc-of-another", "shares a namespace" },
	{ "pid-of-another", "shares a namespace" },
	{ "link", "links" },
	{ "anonymous-volume", "anonymous volume" },
	{ "anonymous-mount", "anonymous volume" },
};

static void
test_recreate__refuses_what_cannot_be_made_anew(void **state)
{
	struct folder bad;
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	size_t i;
	char file[128];

	(void)state;
	for (i = 0; i < N(bads); i++) {
		json_t *c;

		(void)snprintf(
		    file, sizeof(file), "bad/recreate/%s.json", bads[i].name);
		c = document(file);
		if (examine(&f, c) != PQ_FAIL)
			fail_msg("%s: not refused", file);
		if (f.n != 1 || strstr(f.v[0].reason, bads[i].words) == NULL)
			fail_msg("%s: %s", file, f.v[0].reason);
		assert_int_equal(f.v[0].check, PQ_CHECK_RECREATE);
		json_decref(c);
	}
	folder_read(&bad, "docker/bad/recreate");
	assert_int_equal(bad.n, N(bads));
	folder_free(&bad);
}

static void
test_recreate__refuses_what_it_cannot_read(void **state)
{
	static const struct {
		const char *path, *json;
	} unreadable[] = {
		{ "HostConfig", NULL },
		{ "HostConfig", "[]" },
		{ "Config", NULL },
		{ "Config", "5" },
		{ "Mounts", NULL },
		{ "Mounts", "{}" },
		{ "HostConfig/AutoRemove", "\"true\"" },
		{ "HostConfig/AutoRemove", NULL },
		{ "HostConfig/NetworkMode", "[]" },
		{ "HostConfig/PidMode", "5" },
		{ "HostConfig/IpcMode", NULL },
		{ "HostConfig/Links", "\"other:db\"" },
	};
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	size_t i;

	(void)state;
	assert_int_equal(examine(&f, NULL), PQ_FAIL);
	for (i = 0; i < N(unreadable); i++) {
		json_t *c = document("good/plain.json");

		change(c, unreadable[i].path, unreadable[i].json);
		if (examine(&f, c) != PQ_FAIL)
			fail_msg("%s: %s: not refused", unreadable[i].path,
			    unreadable[i].json);
		assert_int_equal(f.n, 1);
		json_decref(c);
	}
}

/* ---- what is asked for ------------------------------------------------- */

static void
test_recreate__keeps_what_the_operator_set(void **state)
{
	json_t *old = document("good/full.json");
	json_t *b = body("good/full.json");

	(void)state;
	is(b, "Image", "\"" REF "\"");
	is(b, "Env", "[\"MODE=production\",\"TOKEN=a=b\"]");
	is(b, "Labels/team", "\"web\"");
	is(b, "Labels/pratique.service", "\"web\"");
	is(b, "Labels/pratique.release", "\"7\"");
	is(b, "Labels/pratique.attempt", "\"9\"");
	is(b, "User", "\"65534\"");
	is(b, "StopTimeout", "20");
	is(b, "Domainname", "\"example.com\"");
	is(b, "MacAddress", "\"02:42:0a:4d:00:4d\"");
	is(b, "Healthcheck/Interval", "5000000000");
	is(b, "ExposedPorts", "{\"8000/tcp\":{}}");
	is(b, "NetworkingConfig/EndpointsConfig/backend/Aliases", "[\"www\"]");
	is(b, "NetworkingConfig/EndpointsConfig/backend/IPAMConfig",
	    "{\"IPv4Address\":\"10.77.0.77\"}");
	/* create takes one network, the other is connected later */
	is(b, "NetworkingConfig/EndpointsConfig/frontend", NULL);
	assert_true(json_equal(json_object_get(b, "HostConfig"),
	    json_object_get(old, "HostConfig")));
	json_decref(old);
	json_decref(b);
}

/* Else the next image would run with this one's values for ever. */
static void
test_recreate__leaves_out_what_came_from_the_image(void **state)
{
	static const char *const gone[] = { "Cmd", "Entrypoint", "WorkingDir",
		"StopSignal", "Healthcheck/Test", "Healthcheck/Timeout",
		"ExposedPorts/9001/tcp", "Hostname",
		"Labels/org.opencontainers.image.version" };
	static const char *const plain[] = { "Healthcheck", "ExposedPorts",
		"User", "Hostname", "Labels/team", "Cmd", "Entrypoint" };
	json_t *b = body("good/full.json");
	size_t i;

	(void)state;
	for (i = 0; i < N(gone); i++)
		is(b, gone[i], NULL);
	json_decref(b);
	b = body("good/plain.json");
	for (i = 0; i < N(plain); i++)
		is(b, plain[i], NULL);
	is(b, "Env", "[]");
	json_decref(b);
}

static void
test_recreate__a_command_stays_with_its_entrypoint(void **state)
{
	json_t *b = body("good/entrypoint.json");

	(void)state;
	is(b, "Entrypoint", "[\"/bin/wrapped\"]");
	is(b, "Cmd", "null");
	json_decref(b);
	/* the same words as the image's command, but the operator's own */
	b = body("good/entrypoint-and-command.json");
	is(b, "Entrypoint", "[\"/bin/wrapped\"]");
	is(b, "Cmd", "[\"sleep\",\"1001\"]");
	json_decref(b);
}

static void
test_recreate__drops_only_generated_names(void **state)
{
	json_t *b = body("good/named.json");
	json_t *old = document("good/full.json"), *e;
	char longer[32], list[40];

	(void)state;
	is(b, "Hostname", "\"shop\"");
	json_decref(b);
	e = pq_recreate_endpoint(old, "frontend");
	is(e, "Aliases", "[\"shop\"]");
	json_decref(e);
	assert_true(pq_recreate_is_first(old, "backend"));
	assert_false(pq_recreate_is_first(old, "frontend"));
	/* twelve digits that are those of another container */
	change(old, "NetworkSettings/Networks/frontend/Aliases",
	    "[\"0123456789ab\"]");
	e = pq_recreate_endpoint(old, "frontend");
	is(e, "Aliases", "[\"0123456789ab\"]");
	json_decref(e);
	/* nor what only begins as its own id does */
	(void)snprintf(longer, sizeof(longer), "\"%.12s-1\"",
	    json_string_value(json_object_get(old, "Id")));
	(void)snprintf(list, sizeof(list), "[%s]", longer);
	change(old, "NetworkSettings/Networks/frontend/Aliases", list);
	e = pq_recreate_endpoint(old, "frontend");
	is(e, "Aliases", list);
	json_decref(e);
	e = document("good/image.json");
	change(old, "Config/Hostname", longer);
	b = body_of(old, e);
	is(b, "Hostname", longer);
	json_decref(b);
	change(old, "Config/Hostname", "\"0123456789ab\"");
	b = body_of(old, e);
	is(b, "Hostname", "\"0123456789ab\"");
	json_decref(e);
	json_decref(b);
	json_decref(old);
}

/* Wherever it stands among the image's lines. */
static void
test_recreate__keeps_each_line_of_the_environment(void **state)
{
	json_t *old = document("good/plain.json");
	json_t *image = document("good/image.json"), *b;

	(void)state;
	change(old, "Config/Env",
	    "[\"A=1\",\"MODE=image\",\"B=2\",\"APP_VERSION=1\",\"C=3\"]");
	b = body_of(old, image);
	is(b, "Env", "[\"A=1\",\"B=2\",\"C=3\"]");
	json_decref(old);
	json_decref(image);
	json_decref(b);
}

static void
test_recreate__carries_over_the_options_of_a_network(void **state)
{
	static const char path[] = "NetworkSettings/Networks/frontend/"
				   "DriverOpts";
	json_t *old = document("good/full.json"), *e;
	json_t *new = document("good/full-anew.json");
	json_t *b = body("good/full.json");

	(void)state;
	change(old, path, "{\"com.example.mtu\":\"9000\"}");
	e = pq_recreate_endpoint(old, "frontend");
	is(e, "DriverOpts", "{\"com.example.mtu\":\"9000\"}");
	assert_string_equal(pq_recreate_compare(old, b, new), "Networks");
	change(new, path, "{\"com.example.mtu\":\"9000\"}");
	assert_null(pq_recreate_compare(old, b, new));
	json_decref(e);
	json_decref(old);
	json_decref(new);
	json_decref(b);
}

static void
test_recreate__knows_the_default_network(void **state)
{
	json_t *old = document("good/plain.json");

	(void)state;
	assert_true(pq_recreate_is_first(old, "bridge"));
	assert_false(pq_recreate_is_first(old, "default"));
	change(old, "HostConfig/NetworkMode", "\"\"");
	assert_true(pq_recreate_is_first(old, "bridge"));
	json_decref(old);
}

static void
test_recreate__takes_labels_of_ours_from_nobody(void **state)
{
	json_t *old = document("good/plain.json");
	json_t *image = document("good/image.json"), *b;

	(void)state;
	change(old, "Config/Labels/pratique.release", "\"1\"");
	change(old, "Config/Labels/pratique.forged", "\"1\"");
	b = body_of(old, image);
	is(b, "Labels/pratique.release", "\"7\"");
	is(b, "Labels/pratique.forged", NULL);
	json_decref(old);
	json_decref(image);
	json_decref(b);
}

/* ---- what came of it --------------------------------------------------- */

#define C "Config/"
#define H "HostConfig/"
#define NET "NetworkSettings/Networks/"

/* One thing of the new container; json NULL: it is gone. */
static const struct {
	const char *path, *json, *name;
} losses[] = {
	{ "HostConfig", NULL, "HostConfig" },
	{ "Config", NULL, "Domainname" },
	{ H "Memory", "0", "Memory" },
	{ H "PidsLimit", NULL, "PidsLimit" },
	{ H "CapDrop", "null", "CapDrop" },
	{ H "CapDrop", "[]", "CapDrop" },
	{ H "ReadonlyRootfs", "false", "ReadonlyRootfs" },
	{ H "RestartPolicy/Name", "\"no\"", "RestartPolicy" },
	{ H "LogConfig/Config/max-size", NULL, "LogConfig" },
	{ H "PortBindings/8000~1tcp", NULL, "PortBindings" },
	{ H "Sysctls", NULL, "Sysctls" },
	{ H "Ulimits", "null", "Ulimits" },
	{ H "Dns", "[]", "Dns" },
	{ H "ExtraHosts", "null", "ExtraHosts" },
	{ H "Init", NULL, "Init" },
	{ H "Tmpfs", NULL, "Tmpfs" },
	{ H "Binds", "[]", "Binds" },
	{ H "NetworkMode", "\"frontend\"", "NetworkMode" },
	{ H "SecurityOpt", "[\"seccomp=unconfined\"]", "SecurityOpt" },
	{ H "Privileged", "true", "Privileged" },
	{ "Mounts", NULL, "Mounts" },
	{ "Mounts", "[]", "Mounts" },
	{ "Mounts/0/Source", "\"/srv/other\"", "Mounts" },
	{ "Mounts/0/Destination", "\"/other\"", "Mounts" },
	{ "Mounts/0/RW", "true", "Mounts" },
	{ "Mounts/0/Type", "\"volume\"", "Mounts" },
	{ "Mounts/0/Propagation", "\"rshared\"", "Mounts" },
	{ NET "backend", NULL, "Networks" },
	{ NET "frontend", NULL, "Networks" },
	{ NET "frontend", "null", "Networks" },
	{ NET "frontend/Aliases", "null", "Networks" },
	{ NET "backend/Aliases", "[\"0123456789ab\"]", "Networks" },
	{ NET "backend/IPAMConfig", "null", "Networks" },
	{ NET "backend/IPAMConfig/IPv4Address", "\"10.77.0.2\"", "Networks" },
	{ C "Domainname", "\"\"", "Domainname" },
	{ C "Tty", "true", "Tty" },
	{ C "OpenStdin", "true", "OpenStdin" },
	{ C "StdinOnce", NULL, "StdinOnce" },
	{ C "AttachStdin", "true", "AttachStdin" },
	{ C "StopTimeout", NULL, "StopTimeout" },
	{ C "MacAddress", NULL, "MacAddress" },
	{ C "Env", "null", "Env" },
	{ C "Env", "[\"MODE=production\"]", "Env" },
	{ C "Env", "[\"MODE=image\",\"TOKEN=a=b\"]", "Env" },
	{ C "Labels/team", NULL, "Labels" },
	{ C "Labels/team", "\"image\"", "Labels" },
	{ C "User", "\"\"", "User" },
	{ C "Healthcheck", NULL, "Healthcheck" },
	{ C "Healthcheck/Interval", "2000000000", "Healthcheck" },
	{ C "ExposedPorts", "{\"9002/tcp\":{}}", "ExposedPorts" },
};

/* RFC 6901 has ~1 for a slash in a name */
static void
lose(json_t *new, size_t i)
{
	const char *last;
	json_t *at;

	if (strstr(losses[i].path, "~1") == NULL) {
		change(new, losses[i].path, losses[i].json);
		return;
	}
	at = parent_of(new, losses[i].path, &last);
	assert_int_equal(json_object_del(at, "8000/tcp"), 0);
}

static void
test_recreate__finds_each_single_loss(void **state)
{
	json_t *old = document("good/full.json");
	json_t *b = body("good/full.json");
	size_t i;

	(void)state;
	for (i = 0; i < N(losses); i++) {
		json_t *new = document("good/full-anew.json");
		const char *lost;

		lose(new, i);
		lost = pq_recreate_compare(old, b, new);
		if (lost == NULL || strcmp(lost, losses[i].name) != 0)
			fail_msg("%s: %s: %s is lost", losses[i].path,
			    losses[i].json != NULL ? losses[i].json : "gone",
			    lost != NULL ? lost : "nothing");
		json_decref(new);
	}
	json_decref(old);
	json_decref(b);
}

/* Every setting of HostConfig that the old one has, whatever its name. */
static void
test_recreate__finds_each_loss_of_the_host_settings(void **state)
{
	json_t *old = document("good/full.json"), *v;
	json_t *b = body("good/full.json");
	const char *name, *lost;

	(void)state;
	json_object_foreach (json_object_get(old, "HostConfig"), name, v) {
		json_t *new = document("good/full-anew.json");

		assert_int_equal(
		    json_object_del(json_object_get(new, "HostConfig"), name),
		    0);
		lost = pq_recreate_compare(old, b, new);
		assert_non_null(lost);
		assert_string_equal(lost, name);
		json_decref(new);
	}
	json_decref(old);
	json_decref(b);
}

/* A new image with other values: none of them is a loss. */
static void
test_recreate__takes_what_the_new_image_brings(void **state)
{
	static const struct {
		const char *old, *new;
	} pairs[] = {
		{ "good/full.json", "good/full-anew.json" },
		{ "good/full.json", "good/full.json" },
		{ "good/plain.json", "good/plain.json" },
		{ "good/named.json", "good/named.json" },
		{ "good/entrypoint.json", "good/entrypoint.json" },
	};
	const char *lost;
	size_t i;

	(void)state;
	for (i = 0; i < N(pairs); i++) {
		json_t *old = document(pairs[i].old);
		json_t *new = document(pairs[i].new);
		json_t *b = body(pairs[i].old);

		lost = pq_recreate_compare(old, b, new);
		if (lost != NULL)
			fail_msg("%s: %s", pairs[i].new, lost);
		json_decref(old);
		json_decref(new);
		json_decref(b);
	}
}

static void
test_recreate__finds_a_lost_name_or_command(void **state)
{
	json_t *old = document("good/named.json");
	json_t *new = document("good/plain.json");
	json_t *b = body("good/named.json");

	(void)state;
	assert_string_equal(pq_recreate_compare(old, b, new), "Hostname");
	json_decref(old);
	json_decref(b);
	old = document("good/entrypoint-and-command.json");
	change(old, H "Memory", "67108864");
	change(old, H "MemorySwap", "134217728");
	change(old, H "PidsLimit", "64");
	b = body("good/entrypoint-and-command.json");
	assert_string_equal(pq_recreate_compare(old, b, new), "Entrypoint");
	json_decref(new);
	new = document("good/entrypoint.json");
	assert_string_equal(pq_recreate_compare(old, b, new), "Cmd");
	json_decref(old);
	json_decref(b);
	json_decref(new);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recreate__lets_a_good_container_pass),
		cmocka_unit_test(
		    test_recreate__refuses_what_cannot_be_made_anew),
		cmocka_unit_test(test_recreate__refuses_what_it_cannot_read),
		cmocka_unit_test(test_recreate__keeps_what_the_operator_set),
		cmocka_unit_test(
		    test_recreate__leaves_out_what_came_from_the_image),
		cmocka_unit_test(
		    test_recreate__a_command_stays_with_its_entrypoint),
		cmocka_unit_test(test_recreate__drops_only_generated_names),
		cmocka_unit_test(
		    test_recreate__keeps_each_line_of_the_environment),
		cmocka_unit_test(
		    test_recreate__carries_over_the_options_of_a_network),
		cmocka_unit_test(test_recreate__knows_the_default_network),
		cmocka_unit_test(
		    test_recreate__takes_labels_of_ours_from_nobody),
		cmocka_unit_test(test_recreate__finds_each_single_loss),
		cmocka_unit_test(
		    test_recreate__finds_each_loss_of_the_host_settings),
		cmocka_unit_test(
		    test_recreate__takes_what_the_new_image_brings),
		cmocka_unit_test(test_recreate__finds_a_lost_name_or_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
