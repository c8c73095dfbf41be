/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The new container must keep the values that an operator chose for the old
 * container, and take all other values from the new image. The daemon merges
 * the values of operator and image when it creates a container, and does not
 * record where a value came from. So a value that equals the value of the old
 * image counts as a value of the image.
 */
#include "deploy/recreate.h"

#include <string.h>

#include <pratique/err.h>

#include "deploy/json.h"
#include "deploy/running.h"

/*
 * Members of Config that an image can set. Cmd must precede Entrypoint, because
 * keeps_value() needs both.
 */
static const char *const image_values[] = { "Cmd", "Entrypoint", "WorkingDir",
	"User", "Volumes", "Healthcheck", "ExposedPorts", "StopSignal", "Shell",
	"OnBuild" };

static json_t *
get_member(json_t *o, const char *a, const char *b)
{
	return json_object_get(json_object_get(o, a), b);
}

static json_t *
networks_of(json_t *inspect)
{
	return get_member(inspect, "NetworkSettings", "Networks");
}

static bool
is_hex(const char *s, size_t n)
{
	return strlen(s) == n && strspn(s, "0123456789abcdef") == n;
}

static void
add_refusal(struct pq_findings *f, const char *why)
{
	pq_findings_add(f, PQ_CHECK_RECREATE, PQ_FAIL, "", "", "%s", why);
}

/* Return true if the mode names another container, or is not a string. */
static bool
is_borrowed(json_t *host, const char *mode)
{
	json_t *v = json_object_get(host, mode);

	return !json_is_string(v) ||
	    strncmp(json_string_value(v), "container:", 10) == 0;
}

static bool
has_links(json_t *host)
{
	json_t *v = json_object_get(host, "Links");

	return v != NULL && !json_is_null(v) &&
	    (!json_is_array(v) || json_array_size(v) != 0);
}

static void
examine_volumes(struct pq_findings *ret, json_t *mounts)
{
	json_t *m;
	size_t i;

	json_array_foreach (mounts, i, m)
		if (strcmp(pq_json_text(m, "Type"), "volume") == 0 &&
		    is_hex(pq_json_text(m, "Name"), 64))
			add_refusal(ret,
			    "the container has an anonymous volume, whose "
			    "data would be lost: use a named volume");
}

void
pq_recreate_examine(struct pq_findings *ret, json_t *inspect)
{
	json_t *host = json_object_get(inspect, "HostConfig");
	json_t *mounts = json_object_get(inspect, "Mounts");
	size_t before = ret->n;

	if (!json_is_object(host) || !json_is_array(mounts) ||
	    !json_is_object(json_object_get(inspect, "Config"))) {
		add_refusal(
		    ret, "the settings of the container cannot be read");
		return;
	}
	if (!json_is_false(json_object_get(host, "AutoRemove")))
		add_refusal(ret,
		    "the container was started with --rm: a stop would "
		    "remove it, but a rollback needs it");
	if (is_borrowed(host, "NetworkMode") || is_borrowed(host, "IpcMode") ||
	    is_borrowed(host, "PidMode"))
		add_refusal(
		    ret, "the container shares a namespace with another one");
	if (has_links(host))
		add_refusal(ret,
		    "the container has links, which the Docker API cannot "
		    "recreate: use a network");
	examine_volumes(ret, mounts);
	if (ret->n == before)
		pq_findings_add(ret, PQ_CHECK_RECREATE, PQ_PASS, "", "",
		    "the Docker API can recreate every setting");
}

/* Return the environment without the variables of the old image. */
static json_t *
own_env(json_t *config, json_t *image)
{
	json_t *out = json_array(), *v, *w;
	size_t i, k;
	bool theirs;

	json_array_foreach (json_object_get(config, "Env"), i, v) {
		theirs = false;
		json_array_foreach (get_member(image, "Config", "Env"), k, w)
			theirs = theirs || json_equal(v, w);
		if (!theirs)
			(void)json_array_append(out, v);
	}
	return out;
}

/* Return true for a label of deploy: it is set again, not copied. */
static bool
is_ours(const char *label)
{
	return strncmp(label, PQ_LABEL_PREFIX, strlen(PQ_LABEL_PREFIX)) == 0;
}

static json_t *
own_labels(json_t *config, json_t *image, const struct pq_recreate_labels *l)
{
	json_t *out = json_object(), *v, *theirs;
	const char *name;

	json_object_foreach (json_object_get(config, "Labels"), name, v) {
		theirs = json_object_get(
		    get_member(image, "Config", "Labels"), name);
		if ((theirs == NULL || !json_equal(v, theirs)) &&
		    !is_ours(name))
			(void)json_object_set(out, name, v);
	}
	(void)json_object_set_new(
	    out, PQ_LABEL_SERVICE, json_string(l->service));
	(void)json_object_set_new(
	    out, PQ_LABEL_RELEASE, json_string(l->release));
	(void)json_object_set_new(
	    out, PQ_LABEL_ATTEMPT, json_string(l->attempt));
	(void)json_object_set_new(
	    out, PQ_LABEL_VERSION, json_string(l->version));
	(void)json_object_set_new(out, PQ_LABEL_DIGEST, json_string(l->digest));
	return out;
}

/*
 * Remove each member that equals the member of the old image, because the
 * engine merges some objects member by member. Otherwise a container with
 * --health-interval would keep the health test of the old image.
 */
static void
drop_members(json_t *body, const char *name, json_t *theirs)
{
	json_t *mine = json_object_get(body, name), *v, *own;
	const char *member;

	if (!json_is_object(mine) || !json_is_object(theirs))
		return;
	own = json_object();
	json_object_foreach (mine, member, v)
		if (!json_equal(v, json_object_get(theirs, member)))
			(void)json_object_set(own, member, v);
	(void)json_object_set_new(body, name, own);
}

/* An operator who chose the entrypoint chose the command too: keep it. */
static bool
keeps_value(json_t *body, json_t *image, const char *name)
{
	return strcmp(name, "Cmd") == 0 &&
	    !json_equal(json_object_get(body, "Entrypoint"),
		get_member(image, "Config", "Entrypoint"));
}

static void
drop_image_values(json_t *body, json_t *image)
{
	size_t i;

	for (i = 0; i < sizeof(image_values) / sizeof(image_values[0]); i++) {
		const char *name = image_values[i];
		json_t *theirs = get_member(image, "Config", name);
		json_t *v = json_object_get(body, name);

		if (v == NULL || theirs == NULL ||
		    keeps_value(body, image, name))
			continue;
		if (json_equal(v, theirs))
			(void)json_object_del(body, name);
		else
			drop_members(body, name, theirs);
	}
}

static bool
is_generated_hostname(json_t *inspect)
{
	const char *name =
	    pq_json_text(json_object_get(inspect, "Config"), "Hostname");

	return strlen(name) == 12 &&
	    strncmp(pq_json_text(inspect, "Id"), name, 12) == 0;
}

static bool
is_generated_alias(json_t *old, const char *alias)
{
	return strlen(alias) == 12 &&
	    strncmp(pq_json_text(old, "Id"), alias, 12) == 0;
}

json_t *
pq_recreate_endpoint(json_t *old, const char *network)
{
	json_t *e = json_object_get(networks_of(old), network);
	json_t *out = json_object(), *aliases = json_array(), *v;
	size_t i;

	/* leave out IP and MAC addresses: the engine chose them */
	if (json_is_object(json_object_get(e, "IPAMConfig")))
		(void)json_object_set(
		    out, "IPAMConfig", json_object_get(e, "IPAMConfig"));
	if (json_is_object(json_object_get(e, "DriverOpts")))
		(void)json_object_set(
		    out, "DriverOpts", json_object_get(e, "DriverOpts"));
	json_array_foreach (json_object_get(e, "Aliases"), i, v)
		if (json_is_string(v) &&
		    !is_generated_alias(old, json_string_value(v)))
			(void)json_array_append(aliases, v);
	(void)json_object_set_new(out, "Aliases", aliases);
	return out;
}

bool
pq_recreate_is_first(json_t *old, const char *network)
{
	const char *mode =
	    pq_json_text(json_object_get(old, "HostConfig"), "NetworkMode");

	if (strcmp(mode, "default") == 0 || mode[0] == '\0')
		mode = "bridge";
	return strcmp(mode, network) == 0;
}

static json_t *
first_network(json_t *old)
{
	json_t *out = json_object(), *v;
	const char *name;

	json_object_foreach (networks_of(old), name, v)
		if (pq_recreate_is_first(old, name))
			(void)json_object_set_new(
			    out, name, pq_recreate_endpoint(old, name));
	return json_pack("{s:o}", "EndpointsConfig", out);
}

int
pq_recreate_body(json_t **ret, json_t *old, json_t *old_image, const char *ref,
    const struct pq_recreate_labels *labels)
{
	json_t *config = json_object_get(old, "Config");
	json_t *body = json_deep_copy(config);

	if (body == NULL)
		return -PQ_ENOMEM;
	drop_image_values(body, old_image);
	/* a generated hostname is the short id of the old container */
	if (is_generated_hostname(old))
		(void)json_object_del(body, "Hostname");
	(void)json_object_set_new(body, "Image", json_string(ref));
	(void)json_object_set_new(body, "Env", own_env(config, old_image));
	(void)json_object_set_new(
	    body, "Labels", own_labels(config, old_image, labels));
	(void)json_object_set(
	    body, "HostConfig", json_object_get(old, "HostConfig"));
	(void)json_object_set_new(body, "NetworkingConfig", first_network(old));
	*ret = body;
	return 0;
}

static bool
same_mount(json_t *a, json_t *b)
{
	static const char *const members[] = { "Type", "Name", "Source",
		"Destination", "RW", "Propagation" };
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		json_t *v = json_object_get(a, members[i]);

		if (v != NULL && !json_equal(v, json_object_get(b, members[i])))
			return false;
	}
	return true;
}

static bool
same_mounts(json_t *a, json_t *b)
{
	json_t *m, *n;
	size_t i, k;
	bool found;

	json_array_foreach (json_object_get(a, "Mounts"), i, m) {
		found = false;
		json_array_foreach (json_object_get(b, "Mounts"), k, n)
			found = found || same_mount(m, n);
		if (!found)
			return false;
	}
	return true;
}

static bool
has_line(json_t *list, json_t *line)
{
	json_t *v;
	size_t i;

	json_array_foreach (list, i, v)
		if (json_equal(v, line))
			return true;
	return false;
}

/* Return true if @b has each member of @a, with the same value. */
static bool
has_members(json_t *a, json_t *b)
{
	const char *name;
	json_t *v;

	json_object_foreach (a, name, v)
		if (!json_equal(v, json_object_get(b, name)))
			return false;
	return true;
}

/* Return true if the new container kept its settings in a network. */
static bool
same_endpoint(json_t *old, const char *network, json_t *theirs)
{
	json_t *mine = pq_recreate_endpoint(old, network), *v;
	bool same = json_is_object(theirs) &&
	    has_members(json_object_get(mine, "IPAMConfig"),
		json_object_get(theirs, "IPAMConfig")) &&
	    has_members(json_object_get(mine, "DriverOpts"),
		json_object_get(theirs, "DriverOpts"));
	size_t i;

	json_array_foreach (json_object_get(mine, "Aliases"), i, v)
		same = same && has_line(json_object_get(theirs, "Aliases"), v);
	json_decref(mine);
	return same;
}

static bool
same_networks(json_t *a, json_t *b)
{
	json_t *theirs = networks_of(b), *v;
	const char *name;

	json_object_foreach (networks_of(a), name, v)
		if (!same_endpoint(a, name, json_object_get(theirs, name)))
			return false;
	return true;
}

/* Members of Config that only an operator sets. */
static const char *const own_values[] = { "Domainname", "Tty", "OpenStdin",
	"StdinOnce", "AttachStdin", "StopTimeout", "NetworkDisabled",
	"MacAddress" };

/*
 * Return true if the container has the requested value. The engine may have
 * added members of the new image to an object.
 */
static bool
same_value(json_t *asked, json_t *got)
{
	return json_is_object(asked) ? has_members(asked, got)
				     : json_equal(asked, got);
}

/* Return the first member of Config that the new container lost, or NULL. */
static const char *
compare_config(json_t *old, json_t *body, json_t *new)
{
	json_t *a = json_object_get(old, "Config"), *v;
	json_t *b = json_object_get(new, "Config");
	const char *name;
	size_t i;

	for (i = 0; i < sizeof(own_values) / sizeof(own_values[0]); i++) {
		json_t *x = json_object_get(a, own_values[i]);

		if (x != NULL &&
		    !json_equal(x, json_object_get(b, own_values[i])))
			return own_values[i];
	}
	if (!is_generated_hostname(old) &&
	    strcmp(pq_json_text(a, "Hostname"), pq_json_text(b, "Hostname")) !=
		0)
		return "Hostname";
	json_array_foreach (json_object_get(body, "Env"), i, v)
		if (!has_line(json_object_get(b, "Env"), v))
			return "Env";
	json_object_foreach (json_object_get(body, "Labels"), name, v)
		if (!is_ours(name) &&
		    !json_equal(
			v, json_object_get(json_object_get(b, "Labels"), name)))
			return "Labels";
	for (i = 0; i < sizeof(image_values) / sizeof(image_values[0]); i++) {
		v = json_object_get(body, image_values[i]);
		if (v != NULL && !json_is_null(v) &&
		    !same_value(v, json_object_get(b, image_values[i])))
			return image_values[i];
	}
	return NULL;
}

const char *
pq_recreate_compare(json_t *old, json_t *body, json_t *new)
{
	json_t *a = json_object_get(old, "HostConfig"), *v;
	json_t *b = json_object_get(new, "HostConfig");
	const char *name;

	if (!json_is_object(a) || !json_is_object(b))
		return "HostConfig";
	json_object_foreach (a, name, v)
		if (!json_equal(v, json_object_get(b, name)))
			return name;
	if (!same_mounts(old, new))
		return "Mounts";
	if (!same_networks(old, new))
		return "Networks";
	return compare_config(old, body, new);
}
