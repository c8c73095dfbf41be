/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Posture: settings with which a container is as good as the host. Each has
 * a name for the allow-list of the policy. What cannot be read is a fault.
 *
 * Not judged, with reasons: sysctls (the kernel lets a container set only
 * those of its own namespaces, and shared namespaces are faults by
 * themselves), the cgroup namespace (the host's is the default wherever the
 * host has the older cgroups) and groups (they give nothing that a mount has
 * not brought in).
 *
 * Not seen: where a symbolic link leads that is given as a bind's source, for
 * this process may not look at the host's files; and the options of a volume
 * that was made before the container ("type=none,o=bind,device=/etc"), for
 * the container's document has only its name. Both take an operator of the
 * host, who makes the container as well.
 */
#include "deploy/posture.h"

#include <string.h>

#include "deploy/json.h"

struct ctx {
	json_t *host; /* HostConfig */
	json_t *mounts;
};

static bool
is_host(const struct ctx *c, const char *mode)
{
	json_t *v = json_object_get(c->host, mode);

	return !json_is_string(v) || strcmp(json_string_value(v), "host") == 0;
}

/* A list with something in it, or no list at all. */
static bool
lists(const struct ctx *c, const char *name)
{
	json_t *v = json_object_get(c->host, name);

	return v != NULL && !json_is_null(v) &&
	    (!json_is_array(v) || json_array_size(v) != 0);
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
	return lists(c, "CapAdd");
}

static bool
devices(const struct ctx *c)
{
	return lists(c, "Devices");
}

/* With "b 8:* rwm" and mknod(2), which is allowed, the disk is open. */
static bool
device_rules(const struct ctx *c)
{
	return lists(c, "DeviceCgroupRules");
}

static bool
device_requests(const struct ctx *c)
{
	return lists(c, "DeviceRequests");
}

/* The client puts the whole profile there; one that allows all is none. */
static bool
allows_all(const char *profile)
{
	json_t *o;
	bool all;

	if (strcmp(profile, "builtin") == 0)
		return false;
	o = json_loads(profile, 0, NULL);
	all = strcmp(pq_json_text(o, "defaultAction"), "SCMP_ACT_ERRNO") != 0 &&
	    strncmp(pq_json_text(o, "defaultAction"), "SCMP_ACT_KILL", 13) != 0;
	json_decref(o);
	return all;
}

/* The engine itself takes the label off with these; they are named alone. */
static bool
takes_label(const struct ctx *c)
{
	return privileged(c) || host_pid(c) || host_ipc(c);
}

/* "seccomp=unconfined", or the older "seccomp:unconfined" */
static bool
opens(const struct ctx *c, const char *opt)
{
	if (strstr(opt, "unconfined") != NULL)
		return true;
	if (strncmp(opt, "seccomp", 7) == 0 && opt[7] != '\0')
		return allows_all(opt + 8);
	return strncmp(opt, "label", 5) == 0 &&
	    strstr(opt, "disable") != NULL && !takes_label(c);
}

static bool
unconfined(const struct ctx *c)
{
	json_t *list = json_object_get(c->host, "SecurityOpt"), *v;
	size_t i;

	if (!json_is_array(list))
		return lists(c, "SecurityOpt");
	json_array_foreach (list, i, v)
		if (!json_is_string(v) || opens(c, json_string_value(v)))
			return true;
	return false;
}

static bool
has_path(const struct ctx *c, const char *list, const char *path)
{
	json_t *v;
	size_t i;

	json_array_foreach (json_object_get(c->host, list), i, v)
		if (json_is_string(v) &&
		    strcmp(json_string_value(v), path) == 0)
			return true;
	return false;
}

/*
 * "systempaths=unconfined" is nowhere kept by that name: it empties two
 * lists. Without them root in the container writes to /proc/sys and
 * /proc/sysrq-trigger, which are the host's. A privileged one has neither.
 */
static bool
system_paths(const struct ctx *c)
{
	return !privileged(c) &&
	    (!has_path(c, "MaskedPaths", "/proc/kcore") ||
		!has_path(c, "MaskedPaths", "/sys/firmware") ||
		!has_path(c, "ReadonlyPaths", "/proc/sys") ||
		!has_path(c, "ReadonlyPaths", "/proc/sysrq-trigger"));
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

/* Docker cleans the paths that it is given; nothing here relies on it. */
static bool
is_clean(const char *path)
{
	size_t n = strlen(path);

	return path[0] == '/' && (n == 1 || path[n - 1] != '/') &&
	    strstr(path, "//") == NULL && strstr(path, "/./") == NULL &&
	    strstr(path, "/../") == NULL &&
	    (n < 2 || strcmp(path + n - 2, "/.") != 0) &&
	    (n < 3 || strcmp(path + n - 3, "/..") != 0);
}

static bool
sensitive(const char *source)
{
	static const char *const dirs[] = { "/etc", "/proc", "/sys", "/dev",
		"/boot", "/root", "/run", "/var/run", "/var/lib/docker",
		"/var/lib/containerd", "/var/lib/pratique", "/var/spool/cron",
		"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/home" };
	size_t i;

	if (!is_clean(source) || strcmp(source, "/") == 0 ||
	    strstr(source, "docker.sock") != NULL)
		return true;
	/* a mount of /var gives away what lies below it */
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (within(source, dirs[i]) || within(dirs[i], source))
			return true;
	return false;
}

/* A volume of the local driver can be a bind mount by another name. */
static bool
is_sly_volume(json_t *mount)
{
	json_t *options = json_object_get(
	    json_object_get(
		json_object_get(mount, "VolumeOptions"), "DriverConfig"),
	    "Options");

	return json_object_size(options) != 0 &&
	    (!json_is_string(json_object_get(options, "device")) ||
		sensitive(pq_json_text(options, "device")));
}

static bool
host_mount(const struct ctx *c)
{
	json_t *m;
	size_t i;

	json_array_foreach (c->mounts, i, m) {
		const char *type = pq_json_text(m, "Type");

		if (strcmp(type, "volume") == 0 || strcmp(type, "tmpfs") == 0)
			continue;
		if (strcmp(type, "bind") != 0 ||
		    sensitive(pq_json_text(m, "Source")))
			return true;
	}
	json_array_foreach (json_object_get(c->host, "Mounts"), i, m)
		if (is_sly_volume(m))
			return true;
	return false;
}

static const struct {
	bool (*bad)(const struct ctx *c);
	const char *why;
} faults[PQ_EXPOSURES] = {
	[PQ_EXPOSURE_PRIVILEGED] = { privileged,
	    "the container is privileged" },
	[PQ_EXPOSURE_HOST_NETWORK] = { host_network,
	    "it shares the host's network" },
	[PQ_EXPOSURE_HOST_PID] = { host_pid, "it shares the host's processes" },
	[PQ_EXPOSURE_HOST_IPC] = { host_ipc, "it shares the host's IPC" },
	[PQ_EXPOSURE_HOST_USERNS] = { host_userns,
	    "it shares the host's user namespace" },
	[PQ_EXPOSURE_HOST_UTS] = { host_uts, "it shares the host's name" },
	[PQ_EXPOSURE_CAP_ADD] = { cap_add, "it has capabilities added" },
	[PQ_EXPOSURE_DEVICES] = { devices, "it has host devices" },
	[PQ_EXPOSURE_DEVICE_RULES] = { device_rules,
	    "it may make devices of the host" },
	[PQ_EXPOSURE_DEVICE_REQUESTS] = { device_requests,
	    "it asks for devices" },
	[PQ_EXPOSURE_UNCONFINED] = { unconfined,
	    "seccomp, AppArmor or the label is unconfined" },
	[PQ_EXPOSURE_SYSTEM_PATHS] = { system_paths,
	    "parts of /proc and /sys that are the host's are open" },
	[PQ_EXPOSURE_HOST_MOUNT] = { host_mount,
	    "it mounts the Docker socket or a sensitive host path" },
	[PQ_EXPOSURE_NO_MEMORY_LIMIT] = { no_memory, "it has no memory limit" },
	[PQ_EXPOSURE_NO_PIDS_LIMIT] = { no_pids,
	    "it has no limit of processes" },
};

static void
add(struct pq_findings *f, const struct pq_config_service *service,
    enum pq_exposure e)
{
	const char *name = pq_exposure_name(e);

	if (service->posture == PQ_POSTURE_WARN)
		pq_findings_warn(f, PQ_CHECK_POSTURE_CONTAINER, "", "",
		    "%s: %s", name, faults[e].why);
	else
		pq_findings_add(f, PQ_CHECK_POSTURE_CONTAINER, PQ_FAIL, "", "",
		    "%s: %s", name, faults[e].why);
}

void
pq_posture_examine(struct pq_findings *ret, json_t *inspect,
    const struct pq_config_service *service)
{
	struct ctx c = { json_object_get(inspect, "HostConfig"),
		json_object_get(inspect, "Mounts") };
	size_t before = ret->n;
	unsigned e;

	if (!json_is_object(c.host) || !json_is_array(c.mounts)) {
		pq_findings_add(ret, PQ_CHECK_POSTURE_CONTAINER, PQ_FAIL, "",
		    "", "the container's settings cannot be read");
		return;
	}
	for (e = 0; e < PQ_EXPOSURES; e++) {
		if (!faults[e].bad(&c) ||
		    (service->posture_allow & (1u << e)) != 0)
			continue;
		add(ret, service, (enum pq_exposure)e);
	}
	if (ret->n == before)
		pq_findings_add(ret, PQ_CHECK_POSTURE_CONTAINER, PQ_PASS, "",
		    "", "no setting that gives away the host");
}
