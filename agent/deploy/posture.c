/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Posture: settings that give a container control of the host. Each setting has
 * a name for the allow-list of the policy. A setting that cannot be read counts
 * as a fault.
 *
 * These settings are not judged:
 * - sysctls: the kernel lets a container set only those of its own namespaces,
 *   and a shared namespace is a fault of its own;
 * - the cgroup namespace: sharing it is the default on hosts with cgroups v1;
 * - supplementary groups: they give access only to mounted files.
 *
 * This process cannot see two dangers:
 * - a bind mount whose source is a symbolic link, because this process may not
 *   read the files of the host;
 * - the options of a volume that is older than the container, for example
 *   "type=none,o=bind,device=/etc", because the document of the container has
 *   only the name of the volume.
 *
 * Only an operator of the host, who also creates the container, can cause them.
 */
#include "deploy/posture.h"

#include <string.h>

#include "deploy/json.h"

struct ctx {
	json_t *host; /* HostConfig */
	json_t *mounts;
};

static bool
shares_host(const struct ctx *c, const char *mode)
{
	json_t *v = json_object_get(c->host, mode);

	return !json_is_string(v) || strcmp(json_string_value(v), "host") == 0;
}

/* Return true for a list with entries, or a value that is not a list. */
static bool
has_entries(const struct ctx *c, const char *name)
{
	json_t *v = json_object_get(c->host, name);

	return v != NULL && !json_is_null(v) &&
	    (!json_is_array(v) || json_array_size(v) != 0);
}

static bool
is_privileged(const struct ctx *c)
{
	return !json_is_false(json_object_get(c->host, "Privileged"));
}

static bool
shares_network(const struct ctx *c)
{
	return shares_host(c, "NetworkMode");
}

static bool
shares_pid(const struct ctx *c)
{
	return shares_host(c, "PidMode");
}

static bool
shares_ipc(const struct ctx *c)
{
	return shares_host(c, "IpcMode");
}

static bool
shares_userns(const struct ctx *c)
{
	return shares_host(c, "UsernsMode");
}

static bool
shares_uts(const struct ctx *c)
{
	return shares_host(c, "UTSMode");
}

static bool
adds_capabilities(const struct ctx *c)
{
	return has_entries(c, "CapAdd");
}

static bool
has_devices(const struct ctx *c)
{
	return has_entries(c, "Devices");
}

/* "b 8:* rwm" opens the host's disks, because a container may call mknod(2). */
static bool
has_device_rules(const struct ctx *c)
{
	return has_entries(c, "DeviceCgroupRules");
}

static bool
requests_devices(const struct ctx *c)
{
	return has_entries(c, "DeviceRequests");
}

/*
 * Return true if a seccomp profile allows the calls that it does not list.
 * @profile: "builtin", or the whole JSON document of the profile
 */
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

/*
 * Return true for a container to which the engine itself adds "label=disable".
 * The setting that causes this is already a fault, so the label is not reported
 * too.
 */
static bool
drops_label(const struct ctx *c)
{
	return is_privileged(c) || shares_pid(c) || shares_ipc(c);
}

/* Return true for an option such as "seccomp=unconfined" or "label:disable". */
static bool
opens_confinement(const struct ctx *c, const char *opt)
{
	if (strstr(opt, "unconfined") != NULL)
		return true;
	if (strncmp(opt, "seccomp", 7) == 0 && opt[7] != '\0')
		return allows_all(opt + 8);
	return strncmp(opt, "label", 5) == 0 &&
	    strstr(opt, "disable") != NULL && !drops_label(c);
}

static bool
is_unconfined(const struct ctx *c)
{
	json_t *list = json_object_get(c->host, "SecurityOpt"), *v;
	size_t i;

	if (!json_is_array(list))
		return has_entries(c, "SecurityOpt");
	json_array_foreach (list, i, v)
		if (!json_is_string(v) ||
		    opens_confinement(c, json_string_value(v)))
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
 * The engine does not keep "systempaths=unconfined": it empties two lists
 * instead. Without these lists, root in the container can write to the host's
 * /proc/sys and /proc/sysrq-trigger. A privileged container never has the
 * lists, and is reported as privileged.
 */
static bool
opens_system_paths(const struct ctx *c)
{
	return !is_privileged(c) &&
	    (!has_path(c, "MaskedPaths", "/proc/kcore") ||
		!has_path(c, "MaskedPaths", "/sys/firmware") ||
		!has_path(c, "ReadonlyPaths", "/proc/sys") ||
		!has_path(c, "ReadonlyPaths", "/proc/sysrq-trigger"));
}

static bool
lacks_memory_limit(const struct ctx *c)
{
	return json_integer_value(json_object_get(c->host, "Memory")) <= 0;
}

static bool
lacks_pids_limit(const struct ctx *c)
{
	return json_integer_value(json_object_get(c->host, "PidsLimit")) <= 0;
}

/* Return true for @dir and the paths below it: "/xy" is not below "/x". */
static bool
is_within(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 &&
	    (path[n] == '\0' || path[n] == '/');
}

/* Return true for a normalised path. Do not rely on Docker to normalise it. */
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
is_sensitive(const char *source)
{
	static const char *const dirs[] = { "/etc", "/proc", "/sys", "/dev",
		"/boot", "/root", "/run", "/var/run", "/var/lib/docker",
		"/var/lib/containerd", "/var/lib/pratique", "/var/spool/cron",
		"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/home" };
	size_t i;

	if (!is_clean(source) || strcmp(source, "/") == 0 ||
	    strstr(source, "docker.sock") != NULL)
		return true;
	/* a mount of /var also exposes /var/run and the other paths below */
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (is_within(source, dirs[i]) || is_within(dirs[i], source))
			return true;
	return false;
}

/* The options of a local volume can turn it into a bind mount. */
static bool
is_hidden_bind(json_t *mount)
{
	json_t *options = json_object_get(
	    json_object_get(
		json_object_get(mount, "VolumeOptions"), "DriverConfig"),
	    "Options");

	return json_object_size(options) != 0 &&
	    (!json_is_string(json_object_get(options, "device")) ||
		is_sensitive(pq_json_text(options, "device")));
}

static bool
mounts_host(const struct ctx *c)
{
	json_t *m;
	size_t i;

	json_array_foreach (c->mounts, i, m) {
		const char *type = pq_json_text(m, "Type");

		if (strcmp(type, "volume") == 0 || strcmp(type, "tmpfs") == 0)
			continue;
		if (strcmp(type, "bind") != 0 ||
		    is_sensitive(pq_json_text(m, "Source")))
			return true;
	}
	json_array_foreach (json_object_get(c->host, "Mounts"), i, m)
		if (is_hidden_bind(m))
			return true;
	return false;
}

static const struct {
	bool (*bad)(const struct ctx *c);
	const char *why;
} faults[PQ_EXPOSURES] = {
	[PQ_EXPOSURE_PRIVILEGED] = { is_privileged,
	    "the container is privileged" },
	[PQ_EXPOSURE_HOST_NETWORK] = { shares_network,
	    "the container shares the host's network namespace" },
	[PQ_EXPOSURE_HOST_PID] = { shares_pid,
	    "the container shares the host's PID namespace" },
	[PQ_EXPOSURE_HOST_IPC] = { shares_ipc,
	    "the container shares the host's IPC namespace" },
	[PQ_EXPOSURE_HOST_USERNS] = { shares_userns,
	    "the container shares the host's user namespace" },
	[PQ_EXPOSURE_HOST_UTS] = { shares_uts,
	    "the container shares the host's UTS namespace" },
	[PQ_EXPOSURE_CAP_ADD] = { adds_capabilities,
	    "the container has added capabilities" },
	[PQ_EXPOSURE_DEVICES] = { has_devices,
	    "the container has access to host devices" },
	[PQ_EXPOSURE_DEVICE_RULES] = { has_device_rules,
	    "device rules allow the container to create host devices" },
	[PQ_EXPOSURE_DEVICE_REQUESTS] = { requests_devices,
	    "the container requests devices, such as GPUs" },
	[PQ_EXPOSURE_UNCONFINED] = { is_unconfined,
	    "seccomp, AppArmor or SELinux is off in the container" },
	[PQ_EXPOSURE_SYSTEM_PATHS] = { opens_system_paths,
	    "protected paths of /proc and /sys are open to the container" },
	[PQ_EXPOSURE_HOST_MOUNT] = { mounts_host,
	    "the container mounts the Docker socket or a sensitive host "
	    "path" },
	[PQ_EXPOSURE_NO_MEMORY_LIMIT] = { lacks_memory_limit,
	    "the container has no memory limit" },
	[PQ_EXPOSURE_NO_PIDS_LIMIT] = { lacks_pids_limit,
	    "the container has no limit on processes" },
};

static void
add_fault(struct pq_findings *f, const struct pq_config_service *service,
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
		    "", "the settings of the container cannot be read");
		return;
	}
	for (e = 0; e < PQ_EXPOSURES; e++) {
		if (!faults[e].bad(&c) ||
		    (service->posture_allow & (1u << e)) != 0)
			continue;
		add_fault(ret, service, (enum pq_exposure)e);
	}
	if (ret->n == before)
		pq_findings_add(ret, PQ_CHECK_POSTURE_CONTAINER, PQ_PASS, "",
		    "", "no setting gives the container control of the host");
}
