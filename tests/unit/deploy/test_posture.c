/* SPDX-License-Identifier: Apache-2.0 */
#include "document.h"

#include "deploy/posture.h"
#include "support/files.h"

#define N(table) (sizeof(table) / sizeof((table)[0]))

static const struct pq_config_service enforce;

static enum pq_status
examine_posture(
    struct pq_findings *f, json_t *c, const struct pq_config_service *s)
{
	pq_findings_free(f);
	pq_posture_examine(f, c, s);
	return pq_findings_overall(f);
}

/* Expect exactly one fault, @name. */
static void
refused_for(const char *what, json_t *c, const char *name)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	size_t n = strlen(name);

	if (examine_posture(&f, c, &enforce) != PQ_FAIL)
		fail_msg("%s: not refused", what);
	if (f.n != 1 || strncmp(f.v[0].reason, name, n) != 0 ||
	    f.v[0].reason[n] != ':')
		fail_msg("%s: %zu findings, %s", what, f.n, f.v[0].reason);
	assert_int_equal(f.v[0].check, PQ_CHECK_POSTURE_CONTAINER);
}

static void
test_posture__passes_a_good_container(void **state)
{
	static const char *const files[] = { "good/plain.json",
		"good/full.json", "good/no-new-privileges.json",
		"good/named.json" };
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < N(files); i++) {
		json_t *c = document(files[i]);

		if (examine_posture(&f, c, &enforce) != PQ_PASS)
			fail_msg("%s: %s", files[i], f.v[0].reason);
		assert_int_equal(f.n, 1);
		json_decref(c);
	}
}

/* Each FAULT[.VARIANT].json is an answer of a real engine. */
static void
test_posture__refuses_each_fault(void **state)
{
	struct folder bad;
	char file[512], name[64];
	size_t i;

	(void)state;
	folder_read(&bad, "docker/bad/posture");
	assert_true(bad.n >= 30);
	for (i = 0; i < bad.n; i++) {
		const char *fault = bad.v[i]->d_name;
		json_t *c;

		(void)snprintf(file, sizeof(file), "bad/posture/%s", fault);
		(void)snprintf(name, sizeof(name), "%.*s",
		    (int)strcspn(fault, "."), fault);
		c = document(file);
		refused_for(file, c, name);
		json_decref(c);
	}
	folder_free(&bad);
}

#define H "HostConfig/"

/* Answers that no known engine gives, but that another might. */
static const struct {
	const char *path, *json, *name;
} changes[] = {
	{ H "Privileged", "true", "privileged" },
	{ H "Privileged", "\"false\"", "privileged" },
	{ H "Privileged", NULL, "privileged" },
	{ H "NetworkMode", NULL, "host-network" },
	{ H "NetworkMode", "[\"host\"]", "host-network" },
	{ H "PidMode", "5", "host-pid" },
	{ H "IpcMode", "null", "host-ipc" },
	{ H "UsernsMode", "{}", "host-userns" },
	{ H "UTSMode", NULL, "host-uts" },
	{ H "CapAdd", "\"ALL\"", "cap-add" },
	{ H "CapAdd", "{}", "cap-add" },
	{ H "Devices", "{\"a\":1}", "devices" },
	{ H "DeviceCgroupRules", "\"a\"", "device-rules" },
	{ H "DeviceRequests", "true", "device-requests" },
	{ H "SecurityOpt", "\"seccomp=unconfined\"", "unconfined" },
	{ H "SecurityOpt", "[5]", "unconfined" },
	{ H "SecurityOpt", "[\"systempaths=unconfined\"]", "unconfined" },
	{ H "SecurityOpt", "[\"no-new-privileges\",\"seccomp=unconfined\"]",
	    "unconfined" },
	{ H "SecurityOpt", "[\"seccomp=/etc/profile.json\"]", "unconfined" },
	{ H "SecurityOpt", "[\"seccomp={\\\"defaultAction\\\":1}\"]",
	    "unconfined" },
	{ H "SecurityOpt",
	    "[\"seccomp={\\\"defaultAction\\\":\\\"SCMP_ACT_LOG\\\"}\"]",
	    "unconfined" },
	{ H "MaskedPaths", "[]", "system-paths" },
	{ H "MaskedPaths", "null", "system-paths" },
	{ H "MaskedPaths", "[\"/proc/kcore\"]", "system-paths" },
	{ H "MaskedPaths", "[\"/sys/firmware\",5]", "system-paths" },
	{ H "MaskedPaths", "[\"/proc/keys\",\"/proc/scsi\"]", "system-paths" },
	{ H "ReadonlyPaths", "[\"/proc/sys\"]", "system-paths" },
	{ H "ReadonlyPaths", "[]", "system-paths" },
	{ H "ReadonlyPaths", "[\"/proc/sysrq-trigger\"]", "system-paths" },
	{ H "ReadonlyPaths", NULL, "system-paths" },
	{ H "Memory", "0", "no-memory-limit" },
	{ H "Memory", "-1", "no-memory-limit" },
	{ H "Memory", "\"64m\"", "no-memory-limit" },
	{ H "Memory", NULL, "no-memory-limit" },
	{ H "PidsLimit", "null", "no-pids-limit" },
	{ H "PidsLimit", "0", "no-pids-limit" },
	{ H "PidsLimit", "-1", "no-pids-limit" },
	{ "Mounts", "[{}]", "host-mount" },
	{ "Mounts", "[\"/etc\"]", "host-mount" },
	{ "Mounts", "[{\"Type\":\"bind\"}]", "host-mount" },
	{ "Mounts", "[{\"Type\":\"BIND\",\"Source\":\"/x\"}]", "host-mount" },
	{ H "Mounts",
	    "[{\"VolumeOptions\":{\"DriverConfig\":{\"Options\":{\"o\":"
	    "\"addr=192.0.2.1\",\"type\":\"nfs\",\"device\":5}}}}]",
	    "host-mount" },
};

static void
test_posture__refuses_unreadable_settings(void **state)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	json_t *c;
	size_t i;

	(void)state;
	for (i = 0; i < N(changes); i++) {
		c = document("good/plain.json");
		change(c, changes[i].path, changes[i].json);
		refused_for(
		    changes[i].json != NULL ? changes[i].json : changes[i].path,
		    c, changes[i].name);
		json_decref(c);
	}
	assert_int_equal(examine_posture(&f, NULL, &enforce), PQ_FAIL);
	c = document("good/plain.json");
	change(c, "Mounts", NULL);
	assert_int_equal(examine_posture(&f, c, &enforce), PQ_FAIL);
	assert_non_null(strstr(f.v[0].reason, "cannot be read"));
	json_decref(c);
	c = document("good/plain.json");
	change(c, "HostConfig", "[]");
	assert_int_equal(examine_posture(&f, c, &enforce), PQ_FAIL);
	json_decref(c);
}

/* Settings that resemble a fault and are harmless. */
static void
test_posture__passes_harmless_settings(void **state)
{
	static const struct {
		const char *path, *json;
	} v[] = {
		{ H "CapAdd", NULL },
		{ H "DeviceRequests", "[]" },
		{ H "SecurityOpt", "[\"seccomp=builtin\"]" },
		{ H "SecurityOpt", "[\"label=type:web_t\"]" },
		{ H "SecurityOpt", "[\"apparmor=disables-ptrace\"]" },
		{ H "SecurityOpt",
		    "[\"seccomp={\\\"defaultAction\\\":"
		    "\\\"SCMP_ACT_ERRNO\\\"}\"]" },
		{ H "SecurityOpt",
		    "[\"seccomp:{\\\"defaultAction\\\":"
		    "\\\"SCMP_ACT_KILL_PROCESS\\\"}\"]" },
		{ H "Mounts",
		    "[{\"VolumeOptions\":{\"DriverConfig\":{\"Options\":"
		    "{\"o\":\"bind\",\"device\":\"/srv/site\"}}}}]" },
	};
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < N(v); i++) {
		json_t *c = document("good/plain.json");

		change(c, v[i].path, v[i].json);
		if (examine_posture(&f, c, &enforce) != PQ_PASS)
			fail_msg("%s: %s", v[i].json, f.v[0].reason);
		json_decref(c);
	}
}

static bool
mount_is_refused(const char *source)
{
	json_t *c = document("good/plain.json");
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	bool bad;

	(void)json_object_set_new(c, "Mounts",
	    json_pack("[{s:s,s:s}]", "Type", "bind", "Source", source));
	bad = examine_posture(&f, c, &enforce) == PQ_FAIL;
	json_decref(c);
	return bad;
}

static void
test_posture__refuses_every_spelling_of_a_host_path(void **state)
{
	static const char *const bad[] = { "/", "//", "/.", "/..", "", "etc",
		"/etc", "/etc/", "//etc", "/srv/../etc", "/srv/..", "/srv/.",
		"/./etc", "/etc/shadow", "/var", "/var/", "/var/lib",
		"/var/spool", "/var/run", "/run/docker.sock",
		"/srv/docker.sock", "/srv/docker.sock.d",
		"/var/run/docker.sock", "/home", "/root", "/proc",
		"/sys/fs/cgroup", "/dev", "/usr/bin", "/lib64",
		"/var/lib/docker/volumes", "/var/lib/containerd",
		"/var/lib/pratique/deploy", "/var/spool/cron/crontabs",
		"/boot" };
	static const char *const good[] = { "/srv", "/srv/site", "/srv/..a",
		"/etcetera", "/data", "/var/www", "/var/lib/app", "/runs",
		"/opt/app", "/srv/a.b" };
	size_t i;

	(void)state;
	for (i = 0; i < N(bad); i++)
		if (!mount_is_refused(bad[i]))
			fail_msg("%s: not refused", bad[i]);
	for (i = 0; i < N(good); i++)
		if (mount_is_refused(good[i]))
			fail_msg("%s: refused", good[i]);
}

static void
test_posture__allows_only_the_faults_in_the_policy(void **state)
{
	struct pq_config_service s = { .posture_allow = 1u
		    << PQ_EXPOSURE_HOST_PID };
	json_t *c = document("bad/posture/host-pid.json");
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };

	(void)state;
	assert_int_equal(examine_posture(&f, c, &s), PQ_PASS);
	assert_int_equal(f.n, 1);
	/* any other fault is still refused */
	change(c, H "IpcMode", "\"host\"");
	assert_int_equal(examine_posture(&f, c, &s), PQ_FAIL);
	assert_int_equal(f.n, 1);
	json_decref(c);
}

static void
test_posture__warns_and_passes_in_warning_mode(void **state)
{
	const struct pq_config_service s = { .posture = PQ_POSTURE_WARN };
	json_t *c = document("bad/posture/host-pid.json");
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };

	(void)state;
	change(c, H "CapAdd", "[\"ALL\"]");
	assert_int_equal(examine_posture(&f, c, &s), PQ_PASS);
	assert_int_equal(f.n, 2);
	assert_true(pq_finding_warns(&f.v[0]) && pq_finding_warns(&f.v[1]));
	assert_int_equal(strncmp(f.v[0].reason, "host-pid: ", 10), 0);
	assert_int_equal(strncmp(f.v[1].reason, "cap-add: ", 9), 0);
	/* unreadable settings are refused even in warning mode */
	change(c, "HostConfig", "5");
	assert_int_equal(examine_posture(&f, c, &s), PQ_FAIL);
	json_decref(c);
}

static void
test_posture__reports_all_faults_at_once(void **state)
{
	json_t *c = document("bad/posture/privileged.json");
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };

	(void)state;
	change(c, H "PidMode", "\"host\"");
	change(c, H "Memory", "0");
	assert_int_equal(examine_posture(&f, c, &enforce), PQ_FAIL);
	assert_int_equal(f.n, 3);
	json_decref(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_posture__passes_a_good_container),
		cmocka_unit_test(test_posture__refuses_each_fault),
		cmocka_unit_test(test_posture__refuses_unreadable_settings),
		cmocka_unit_test(test_posture__passes_harmless_settings),
		cmocka_unit_test(
		    test_posture__refuses_every_spelling_of_a_host_path),
		cmocka_unit_test(
		    test_posture__allows_only_the_faults_in_the_policy),
		cmocka_unit_test(
		    test_posture__warns_and_passes_in_warning_mode),
		cmocka_unit_test(test_posture__reports_all_faults_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
