/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Posture: settings with which a container is as good as the host. Each has
 * a name for the allow-list of the policy. What cannot be read is a fault.
 */
#include "deploy/posture.h"

#include <string.h>

struct ctx {
	json_t *host; /* HostConfig */
	json_t *mounts;
};

static const char *
text(json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s == NULL ? "" : s;
}

static bool
is_host(const struct ctx *c, const char *mode)
{
	return strcmp(text(c->host, mode), "host") == 0;
}

static bool
privileged(const struct ctx *c)
{
	return !json_is_false(json_object_get(c->host, "Privileged"));
}

static bool
host_network(const struct ctx *c)
{
	return is_host(c, "NetworkMode");
}

static bool
host_pid(const struct ctx *c)
{
	return is_host(c, "PidMode");
}

static bool
host_ipc(const struct ctx *c)
{
	return is_host(c, "IpcMode");
}

static bool
host_userns(const struct ctx *c)
{
	return is_host(c, "UsernsMode");
}

static bool
host_uts(const struct ctx *c)
{
	return is_host(c, "UTSMode");
}

static bool
cap_add(const struct ctx *c)
{
	return json_array_size(json_object_get(c->host, "CapAdd")) != 0;
}

static bool
devices(const struct ctx *c)
{
	return json_array_size(json_object_get(c->host, "Devices")) != 0;
}

static bool
unconfined(const struct ctx *c)
{
	json_t *v;
	size_t i;

	json_array_foreach (json_object_get(c->host, "SecurityOpt"), i, v)
		if (json_is_string(v) &&
		    strstr(json_string_value(v), "unconfined") != NULL)
			return true;
	return false;
}

static bool
no_memory(const struct ctx *c)
{
	return json_integer_value(json_object_get(c->host, "Memory")) <= 0;
}

static bool
no_pids(const struct ctx *c)
{
	return json_integer_value(json_object_get(c->host, "PidsLimit")) <= 0;
}

/* "/x" lies in "/" and in "/x", "/xy" does not lie in "/x" */
static bool
within(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 &&
	    (path[n] == '\0' || path[n] == '/');
}

static bool
sensitive(const char *source)
{
	static const char *const dirs[] = { "/etc", "/proc", "/sys", "/dev",
		"/boot", "/root", "/run", "/var/run", "/var/lib/docker", "/usr",
		"/bin", "/sbin", "/lib", "/lib64", "/home" };
	size_t i;

	if (strcmp(source, "/") == 0 || strstr(source, "docker.sock") != NULL)
		return true;
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (within(source, dirs[i]))
			return true;
	/* a mount of /var gives away what lies below it */
	return strcmp(source, "/var") == 0 || strcmp(source, "/var/lib") == 0;
}

static bool
host_mount(const struct ctx *c)
{
	json_t *m;
	size_t i;

	json_array_foreach (c->mounts, i, m)
		if (strcmp(text(m, "Type"), "bind") == 0 &&
		    sensitive(text(m, "Source")))
			return true;
	return false;
}

static const struct {
	const char *name;
	bool (*bad)(const struct ctx *c);
	const char *why;
} faults[] = {
	{ "privileged", privileged, "the container is privileged" },
	{ "host-network", host_network, "it shares the host's network" },
	{ "host-pid", host_pid, "it shares the host's processes" },
	{ "host-ipc", host_ipc, "it shares the host's IPC" },
	{ "host-userns", host_userns, "it shares the host's user namespace" },
	{ "host-uts", host_uts, "it shares the host's name" },
	{ "cap-add", cap_add, "it has capabilities added" },
	{ "devices", devices, "it has host devices" },
	{ "unconfined", unconfined, "seccomp or AppArmor is unconfined" },
	{ "host-mount", host_mount,
	    "it mounts the Docker socket or a sensitive host path" },
	{ "no-memory-limit", no_memory, "it has no memory limit" },
	{ "no-pids-limit", no_pids, "it has no limit of processes" },
};

static bool
allowed(const struct pq_config_service *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n_posture_allow; i++)
		if (strcmp(s->posture_allow[i], name) == 0)
			return true;
	return false;
}

void
pq_posture_examine(struct pq_findings *ret, json_t *inspect,
    const struct pq_config_service *service)
{
	struct ctx c = { json_object_get(inspect, "HostConfig"),
		json_object_get(inspect, "Mounts") };
	size_t i, before = ret->n;

	if (!json_is_object(c.host) || !json_is_array(c.mounts)) {
		pq_findings_add(ret, PQ_CHECK_POSTURE_CONTAINER, PQ_FAIL, "",
		    "", "the container's settings cannot be read");
		return;
	}
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (!faults[i].bad(&c) || allowed(service, faults[i].name))
			continue;
		pq_findings_add(ret, PQ_CHECK_POSTURE_CONTAINER,
		    service->posture == PQ_POSTURE_WARN ? PQ_PASS : PQ_FAIL, "",
		    "", "%s%s: %s",
		    service->posture == PQ_POSTURE_WARN ? "warning: " : "",
		    faults[i].name, faults[i].why);
	}
	if (ret->n == before)
		pq_findings_add(ret, PQ_CHECK_POSTURE_CONTAINER, PQ_PASS, "",
		    "", "no setting that gives away the host");
}
