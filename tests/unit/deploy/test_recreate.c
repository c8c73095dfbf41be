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
body_of_file(const char *container)
{
	json_t *old = document(container);
	json_t *image = document("good/image.json");
	json_t *b = body_of(old, image);

	json_decref(old);
	json_decref(image);
	return b;
}

static void
value_is(json_t *o, const char *path, const char *json)
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

/* ---- containers that the API cannot recreate --------------------------- */

static enum pq_status
examine_recreate(struct pq_findings *f, json_t *c)
{
	pq_findings_free(f);
	pq_recreate_examine(f, c);
	return pq_findings_overall(f);
}

static void
test_recreate__passes_a_good_container(void **state)
{
	static const char *const files[] = { "good/plain.json",
		"good/full.json", "good/full-anew.json", "good/named.json",
		"bad/posture/host-network.json" };
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < N(files); i++) {
		json_t *c = document(files[i]);

		if (examine_recreate(&f, c) != PQ_PASS)
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
test_recreate__refuses_unrecreatable_containers(void **state)
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
		if (examine_recreate(&f, c) != PQ_FAIL)
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
test_recreate__refuses_unreadable_settings(void **state)
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
	assert_int_equal(examine_recreate(&f, NULL), PQ_FAIL);
	for (i = 0; i < N(unreadable); i++) {
		json_t *c = document("good/plain.json");

		change(c, unreadable[i].path, unreadable[i].json);
		if (examine_recreate(&f, c) != PQ_FAIL)
			fail_msg("%s: %s: not refused", unreadable[i].path,
			    unreadable[i].json);
		assert_int_equal(f.n, 1);
		json_decref(c);
	}
}

/* ---- the body of the request ------------------------------------------- */

static void
test_recreate__keeps_values_of_the_operator(void **state)
{
	json_t *old = document("good/full.json");
	json_t *b = body_of_file("good/full.json");

	(void)state;
	value_is(b, "Image", "\"" REF "\"");
	value_is(b, "Env", "[\"MODE=production\",\"TOKEN=a=b\"]");
	value_is(b, "Labels/team", "\"web\"");
	value_is(b, "Labels/pratique.service", "\"web\"");
	value_is(b, "Labels/pratique.release", "\"7\"");
	value_is(b, "Labels/pratique.attempt", "\"9\"");
	value_is(b, "User", "\"65534\"");
	value_is(b, "StopTimeout", "20");
	value_is(b, "Domainname", "\"example.com\"");
	value_is(b, "MacAddress", "\"02:42:0a:4d:00:4d\"");
	value_is(b, "Healthcheck/Interval", "5000000000");
	value_is(b, "ExposedPorts", "{\"8000/tcp\":{}}");
	value_is(
	    b, "NetworkingConfig/EndpointsConfig/backend/Aliases", "[\"www\"]");
	value_is(b, "NetworkingConfig/EndpointsConfig/backend/IPAMConfig",
	    "{\"IPv4Address\":\"10.77.0.77\"}");
	/* create accepts one network; the other is connected later */
	value_is(b, "NetworkingConfig/EndpointsConfig/frontend", NULL);
	assert_true(json_equal(json_object_get(b, "HostConfig"),
	    json_object_get(old, "HostConfig")));
	json_decref(old);
	json_decref(b);
}

/* Otherwise the next image would run with the values of this one for ever. */
static void
test_recreate__leaves_out_values_of_the_image(void **state)
{
	static const char *const gone[] = { "Cmd", "Entrypoint", "WorkingDir",
		"StopSignal", "Healthcheck/Test", "Healthcheck/Timeout",
		"ExposedPorts/9001/tcp", "Hostname",
		"Labels/org.opencontainers.image.version" };
	static const char *const plain[] = { "Healthcheck", "ExposedPorts",
		"User", "Hostname", "Labels/team", "Cmd", "Entrypoint" };
	json_t *b = body_of_file("good/full.json");
	size_t i;

	(void)state;
	for (i = 0; i < N(gone); i++)
		value_is(b, gone[i], NULL);
	json_decref(b);
	b = body_of_file("good/plain.json");
	for (i = 0; i < N(plain); i++)
		value_is(b, plain[i], NULL);
	value_is(b, "Env", "[]");
	json_decref(b);
}

static void
test_recreate__keeps_a_command_with_its_entrypoint(void **state)
{
	json_t *b = body_of_file("good/entrypoint.json");

	(void)state;
	value_is(b, "Entrypoint", "[\"/bin/wrapped\"]");
	value_is(b, "Cmd", "null");
	json_decref(b);
	/* the operator chose the same command as the image */
	b = body_of_file("good/entrypoint-and-command.json");
	value_is(b, "Entrypoint", "[\"/bin/wrapped\"]");
	value_is(b, "Cmd", "[\"sleep\",\"1001\"]");
	json_decref(b);
}

static void
test_recreate__drops_only_generated_names(void **state)
{
	json_t *b = body_of_file("good/named.json");
	json_t *old = document("good/full.json"), *e;
	char longer[32], list[40];

	(void)state;
	value_is(b, "Hostname", "\"shop\"");
	json_decref(b);
	e = pq_recreate_endpoint(old, "frontend");
	value_is(e, "Aliases", "[\"shop\"]");
	json_decref(e);
	assert_true(pq_recreate_is_first(old, "backend"));
	assert_false(pq_recreate_is_first(old, "frontend"));
	/* twelve digits of the id of another container */
	change(old, "NetworkSettings/Networks/frontend/Aliases",
	    "[\"0123456789ab\"]");
	e = pq_recreate_endpoint(old, "frontend");
	value_is(e, "Aliases", "[\"0123456789ab\"]");
	json_decref(e);
	/* a name that only begins with its own id */
	(void)snprintf(longer, sizeof(longer), "\"%.12s-1\"",
	    json_string_value(json_object_get(old, "Id")));
	(void)snprintf(list, sizeof(list), "[%s]", longer);
	change(old, "NetworkSettings/Networks/frontend/Aliases", list);
	e = pq_recreate_endpoint(old, "frontend");
	value_is(e, "Aliases", list);
	json_decref(e);
	e = document("good/image.json");
	change(old, "Config/Hostname", longer);
	b = body_of(old, e);
	value_is(b, "Hostname", longer);
	json_decref(b);
	change(old, "Config/Hostname", "\"0123456789ab\"");
	b = body_of(old, e);
	value_is(b, "Hostname", "\"0123456789ab\"");
	json_decref(e);
	json_decref(b);
	json_decref(old);
}

/* The order of the lines among those of the image does not matter. */
static void
test_recreate__keeps_each_own_line_of_the_environment(void **state)
{
	json_t *old = document("good/plain.json");
	json_t *image = document("good/image.json"), *b;

	(void)state;
	change(old, "Config/Env",
	    "[\"A=1\",\"MODE=image\",\"B=2\",\"APP_VERSION=1\",\"C=3\"]");
	b = body_of(old, image);
	value_is(b, "Env", "[\"A=1\",\"B=2\",\"C=3\"]");
	json_decref(old);
	json_decref(image);
	json_decref(b);
}

static void
test_recreate__keeps_the_options_of_a_network(void **state)
{
	static const char path[] = "NetworkSettings/Networks/frontend/"
				   "DriverOpts";
	json_t *old = document("good/full.json"), *e;
	json_t *new = document("good/full-anew.json");
	json_t *b = body_of_file("good/full.json");

	(void)state;
	change(old, path, "{\"com.example.mtu\":\"9000\"}");
	e = pq_recreate_endpoint(old, "frontend");
	value_is(e, "DriverOpts", "{\"com.example.mtu\":\"9000\"}");
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
test_recreate__replaces_the_labels_of_deploy(void **state)
{
	json_t *old = document("good/plain.json");
	json_t *image = document("good/image.json"), *b;

	(void)state;
	change(old, "Config/Labels/pratique.release", "\"1\"");
	change(old, "Config/Labels/pratique.forged", "\"1\"");
	b = body_of(old, image);
	value_is(b, "Labels/pratique.release", "\"7\"");
	value_is(b, "Labels/pratique.forged", NULL);
	json_decref(old);
	json_decref(image);
	json_decref(b);
}

/* ---- comparing the new container --------------------------------------- */

#define C "Config/"
#define H "HostConfig/"
#define NET "NetworkSettings/Networks/"

/* One change to the new container; a NULL json deletes the member. */
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

/* Apply a change. "~1" is a slash in a name, RFC 6901 section 3. */
static void
apply_loss(json_t *new, size_t i)
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
	json_t *b = body_of_file("good/full.json");
	size_t i;

	(void)state;
	for (i = 0; i < N(losses); i++) {
		json_t *new = document("good/full-anew.json");
		const char *lost;

		apply_loss(new, i);
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

/* Each member of HostConfig, also the members that pratique does not know. */
static void
test_recreate__finds_each_loss_of_the_host_settings(void **state)
{
	json_t *old = document("good/full.json"), *v;
	json_t *b = body_of_file("good/full.json");
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

/* The values of a new image are not losses. */
static void
test_recreate__accepts_values_of_the_new_image(void **state)
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
		json_t *b = body_of_file(pairs[i].old);

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
	json_t *b = body_of_file("good/named.json");

	(void)state;
	assert_string_equal(pq_recreate_compare(old, b, new), "Hostname");
	json_decref(old);
	json_decref(b);
	old = document("good/entrypoint-and-command.json");
	change(old, H "Memory", "67108864");
	change(old, H "MemorySwap", "134217728");
	change(old, H "PidsLimit", "64");
	b = body_of_file("good/entrypoint-and-command.json");
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
		cmocka_unit_test(test_recreate__passes_a_good_container),
		cmocka_unit_test(
		    test_recreate__refuses_unrecreatable_containers),
		cmocka_unit_test(test_recreate__refuses_unreadable_settings),
		cmocka_unit_test(test_recreate__keeps_values_of_the_operator),
		cmocka_unit_test(test_recreate__leaves_out_values_of_the_image),
		cmocka_unit_test(
		    test_recreate__keeps_a_command_with_its_entrypoint),
		cmocka_unit_test(test_recreate__drops_only_generated_names),
		cmocka_unit_test(
		    test_recreate__keeps_each_own_line_of_the_environment),
		cmocka_unit_test(test_recreate__keeps_the_options_of_a_network),
		cmocka_unit_test(test_recreate__knows_the_default_network),
		cmocka_unit_test(test_recreate__replaces_the_labels_of_deploy),
		cmocka_unit_test(test_recreate__finds_each_single_loss),
		cmocka_unit_test(
		    test_recreate__finds_each_loss_of_the_host_settings),
		cmocka_unit_test(
		    test_recreate__accepts_values_of_the_new_image),
		cmocka_unit_test(test_recreate__finds_a_lost_name_or_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
