/* SPDX-License-Identifier: Apache-2.0 */
/* services.d/NAME.yaml: a service's policy and how it is deployed. */
#include <stdlib.h>
#include <string.h>

#include <pratique/version.h>

#include "config/rules.h"
#include "config/schema_policy.h"

static const char *const exposures[PQ_EXPOSURES] = {
	[PQ_EXPOSURE_PRIVILEGED] = "privileged",
	[PQ_EXPOSURE_HOST_NETWORK] = "host-network",
	[PQ_EXPOSURE_HOST_PID] = "host-pid",
	[PQ_EXPOSURE_HOST_IPC] = "host-ipc",
	[PQ_EXPOSURE_HOST_USERNS] = "host-userns",
	[PQ_EXPOSURE_HOST_UTS] = "host-uts",
	[PQ_EXPOSURE_CAP_ADD] = "cap-add",
	[PQ_EXPOSURE_DEVICES] = "devices",
	[PQ_EXPOSURE_DEVICE_RULES] = "device-rules",
	[PQ_EXPOSURE_DEVICE_REQUESTS] = "device-requests",
	[PQ_EXPOSURE_UNCONFINED] = "unconfined",
	[PQ_EXPOSURE_SYSTEM_PATHS] = "system-paths",
	[PQ_EXPOSURE_HOST_MOUNT] = "host-mount",
	[PQ_EXPOSURE_NO_MEMORY_LIMIT] = "no-memory-limit",
	[PQ_EXPOSURE_NO_PIDS_LIMIT] = "no-pids-limit",
};

const char *
pq_exposure_name(enum pq_exposure e)
{
	return exposures[e];
}

static void
take_service(struct pq_rules *c, const struct pq_yaml *v)
{
	const char *stem = strrchr(c->file, '/');
	size_t n = strlen(v->text);

	stem = stem == NULL ? c->file : stem + 1;
	if (pq_rules_name(
		c, v, pq_name_service, "rename it, its file and its webhook") &&
	    (strncmp(stem, v->text, n) != 0 || strcmp(stem + n, ".yaml") != 0))
		pq_rules_bad(c, v, "must be the file's name without .yaml");
	pq_rules_set(c, &c->service->policy->service, v);
}

static bool
check_repository(struct pq_rules *c, const struct pq_yaml *v)
{
	return pq_rules_name(c, v, pq_name_repository,
	    "write host[:port]/repository without tag or digest, such as "
	    "registry.example.com/acme/web");
}

static void
take_image(struct pq_rules *c, const struct pq_yaml *v)
{
	/* it is pulled by the engine */
	if (check_repository(c, v) && v->text[0] == '[')
		pq_config_note(c->notes, false, c->file, v->line,
		    "image: Docker knows IPv6 addresses of registries from "
		    "version 25 on: a host's name works with each one");
	c->service->lines.image = v->line;
	pq_rules_set(c, &c->service->policy->image, v);
}

static void
take_signed_as(struct pq_rules *c, const struct pq_yaml *v)
{
	(void)check_repository(c, v);
	pq_rules_set(c, &c->service->policy->signed_as, v);
}

static void
take_version_from(struct pq_rules *c, const struct pq_yaml *v)
{
	static const char *const words[] = { "label", "annotation", "tag",
		NULL };
	static const enum pq_version_from from[] = { PQ_VERSION_LABEL,
		PQ_VERSION_ANNOTATION, PQ_VERSION_TAG };
	unsigned i = 0;

	c->service->lines.version_from = v->line;
	if (strcmp(v->text, "provenance") == 0)
		pq_rules_bad(c, v, "provenance is not supported yet");
	else
		pq_rules_set_choice(c, &i, v, words);
	c->service->policy->version_from = from[i];
}

/* Precedence needs a version; 1.2 and v1.2.0-rc1 are some. */
static void
set_version(struct pq_rules *c, char **to, const struct pq_yaml *v)
{
	if (!pq_version_valid(pq_slice_str(v->text)))
		pq_rules_bad(c, v,
		    "expected a version such as 1.2.0, as Semantic Versioning "
		    "2.0.0 compares them");
	pq_rules_set(c, to, v);
}

static void
floor_version(struct pq_rules *c, const struct pq_yaml *v)
{
	set_version(c, &c->service->floor, v);
}

static void
floor_instead_of(struct pq_rules *c, const struct pq_yaml *v)
{
	set_version(c, &c->service->floor_instead_of, v);
}

static const struct pq_rule floor_rules[] = {
	{ "version", PQ_YAML_TEXT, true, floor_version },
	{ "instead-of", PQ_YAML_TEXT, true, floor_instead_of },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
take_floor(struct pq_rules *c, const struct pq_yaml *v)
{
	c->service->lines.floor = v->line;
	if (v->kind == PQ_YAML_TEXT)
		floor_version(c, v);
	else if (v->kind == PQ_YAML_MAP)
		pq_rules_walk(c, v, floor_rules);
	else
		pq_rules_bad(c, v,
		    "expected VERSION, or {version: VERSION, instead-of: "
		    "VERSION}");
}

static void
take_track(struct pq_rules *c, const struct pq_yaml *v)
{
	pq_rules_set(c, &c->service->policy->track, v);
}

static void
ep_scheme(struct pq_rules *c, const struct pq_yaml *v)
{
	char names[PQ_SCHEME_NAMES];

	c->endpoint->scheme = pq_scheme_by_name(v->text);
	if (c->endpoint->scheme != PQ_SCHEME_NONE)
		return;
	pq_scheme_names(names, " or ");
	pq_rules_bad(c, v, "%s", names);
}

static void
ep_secrets(struct pq_rules *c, const struct pq_yaml *v)
{
	size_t i;

	if (v->n == 0 || v->n > 4)
		pq_rules_bad(c, v, "name one to four secrets");
	c->endpoint->line = v->line;
	for (i = 0; i < v->n; i++) {
		if (v->items[i].kind == PQ_YAML_TEXT)
			(void)pq_rules_name(c, &v->items[i], pq_name_secret,
			    "name its file, such as web-github");
		pq_rules_append(c, &c->endpoint->secrets,
		    &c->endpoint->n_secrets, &v->items[i]);
	}
}

static void
ep_header(struct pq_rules *c, const struct pq_yaml *v)
{
	struct pq_slice name = pq_slice_str(v->text);
	enum pq_header h = pq_header_find(name);

	c->endpoint->header_line = v->line;
	if (!pq_header_is_name(name))
		pq_rules_bad(c, v,
		    "expected 1 to %d letters, digits and - as a header's name",
		    PQ_HEADER_NAME_MAX);
	else if (h != PQ_HEADER_NONE)
		pq_rules_bad(
		    c, v, "%s has a meaning of its own", pq_header_name(h));
	else
		pq_rules_set(c, &c->endpoint->header, v);
}

static const struct pq_rule endpoint_rules[] = {
	{ "scheme", PQ_YAML_TEXT, true, ep_scheme },
	{ "header", PQ_YAML_TEXT, false, ep_header },
	{ "secrets", PQ_YAML_LIST, true, ep_secrets },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
take_endpoint(struct pq_rules *c, const struct pq_yaml *v)
{
	const struct pq_scheme_row *row;

	pq_rules_walk(c, v, endpoint_rules);
	row = pq_scheme_row(c->endpoint->scheme);
	if (c->endpoint->header != NULL && row != NULL &&
	    row->named == PQ_HEADER_NONE)
		pq_rules_mistake(c, c->endpoint->header_line,
		    "header: those of %s have fixed names", row->name);
}

static void
take_callbacks(struct pq_rules *c, const struct pq_yaml *v)
{
	struct pq_config_service *s = c->service;
	size_t i;

	if (v->n == 0)
		pq_rules_bad(c, v, "there is no unauthenticated mode");
	s->endpoints =
	    pq_rules_owned(c, calloc(v->n + 1, sizeof(*s->endpoints)));
	for (i = 0; s->endpoints != NULL && i < v->n; i++) {
		c->endpoint = &s->endpoints[s->n_endpoints++];
		take_endpoint(c, &v->items[i]);
	}
}

static void
q_delay(struct pq_rules *c, const struct pq_yaml *v)
{
	c->service->lines.delay = v->line;
	pq_rules_set_duration(c, &c->service->delay_s, v);
}

static void
q_approvals(struct pq_rules *c, const struct pq_yaml *v)
{
	c->service->lines.approvals = v->line;
	pq_rules_set_number(c, &c->service->approvals, v, 16);
}

static void
q_pending(struct pq_rules *c, const struct pq_yaml *v)
{
	pq_rules_set_duration(c, &c->service->pending_s, v);
}

static const struct pq_rule quarantine_rules[] = {
	{ "delay", PQ_YAML_TEXT, true, q_delay },
	{ "approvals", PQ_YAML_TEXT, false, q_approvals },
	{ "pending", PQ_YAML_TEXT, false, q_pending },
	{ "expedite", PQ_YAML_NONE, false, NULL },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
take_quarantine(struct pq_rules *c, const struct pq_yaml *v)
{
	pq_rules_walk(c, v, quarantine_rules);
}

static void
d_container(struct pq_rules *c, const struct pq_yaml *v)
{
	(void)pq_rules_name(c, v, pq_name_own_container,
	    "rename it, here and by docker rename");
	c->service->lines.container = v->line;
	pq_rules_set(c, &c->service->container, v);
}

static void
d_order(struct pq_rules *c, const struct pq_yaml *v)
{
	static const char *const words[] = { "stop-first", "start-first",
		NULL };
	unsigned i = 0;

	pq_rules_set_choice(c, &i, v, words);
	c->service->order = (enum pq_order)i;
}

static void
d_health(struct pq_rules *c, const struct pq_yaml *v)
{
	pq_rules_set_duration(c, &c->service->health_s, v);
}

static void
d_posture(struct pq_rules *c, const struct pq_yaml *v)
{
	static const char *const words[] = { "enforce", "warn", NULL };
	unsigned i = 0;

	pq_rules_set_choice(c, &i, v, words);
	c->service->posture = (enum pq_posture)i;
}

static void
allow(struct pq_rules *c, const struct pq_yaml *name)
{
	unsigned e;

	for (e = 0; e < PQ_EXPOSURES; e++)
		if (name->kind == PQ_YAML_TEXT &&
		    strcmp(name->text, exposures[e]) == 0)
			break;
	if (e == PQ_EXPOSURES)
		pq_rules_bad(c, name, "no setting is known by this name");
	else
		c->service->posture_allow |= 1u << e;
}

static void
d_allow(struct pq_rules *c, const struct pq_yaml *v)
{
	size_t i;

	for (i = 0; i < v->n; i++)
		allow(c, &v->items[i]);
}

static void
d_keep(struct pq_rules *c, const struct pq_yaml *v)
{
	pq_rules_set_number(c, &c->service->keep, v, 100);
}

static const struct pq_rule deploy_rules[] = {
	{ "container", PQ_YAML_TEXT, true, d_container },
	{ "order", PQ_YAML_TEXT, false, d_order },
	{ "health", PQ_YAML_TEXT, false, d_health },
	{ "posture", PQ_YAML_TEXT, false, d_posture },
	{ "posture-allow", PQ_YAML_LIST, false, d_allow },
	{ "keep", PQ_YAML_TEXT, false, d_keep },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
take_deploy(struct pq_rules *c, const struct pq_yaml *v)
{
	pq_rules_walk(c, v, deploy_rules);
}

static void
take_alone(struct pq_rules *c, const struct pq_yaml *v)
{
	c->service->lines.accept_alone = v->line;
	pq_rules_set(c, &c->service->accept_alone, v);
}

static void
take_deny(struct pq_rules *c, const struct pq_yaml *v)
{
	struct pq_digest d;
	size_t i;

	for (i = 0; i < v->n; i++) {
		if (v->items[i].kind == PQ_YAML_TEXT &&
		    pq_digest_parse(&d, pq_slice_str(v->items[i].text)) != 0)
			pq_rules_bad(c, &v->items[i], "expected sha256:...");
		pq_rules_append(
		    c, &c->service->deny, &c->service->n_deny, &v->items[i]);
	}
}

static const struct pq_rule service_rules[] = {
	{ "service", PQ_YAML_TEXT, true, take_service },
	{ "image", PQ_YAML_TEXT, true, take_image },
	{ "signed-as", PQ_YAML_TEXT, false, take_signed_as },
	{ "version-from", PQ_YAML_TEXT, false, take_version_from },
	{ "floor", PQ_YAML_NONE, false, take_floor },
	{ "track", PQ_YAML_TEXT, false, take_track },
	{ "callbacks", PQ_YAML_LIST, true, take_callbacks },
	{ "source", PQ_YAML_MAP, false, pq_schema_source },
	{ "require", PQ_YAML_LIST, true, pq_schema_require },
	{ "quarantine", PQ_YAML_MAP, true, take_quarantine },
	{ "deploy", PQ_YAML_MAP, true, take_deploy },
	{ "accept-alone", PQ_YAML_TEXT, false, take_alone },
	{ "deny", PQ_YAML_LIST, false, take_deny },
	{ "windows", PQ_YAML_NONE, false, NULL },
	{ "notify", PQ_YAML_NONE, false, NULL },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

/* SHA-256 over (name, length, bytes) of the service file and its key files */
static int
policy_hash(struct pq_config_service *s)
{
	struct pq_buf b = PQ_BUF_INIT((PQ_MATERIALS_MAX + 1u) << 19);
	size_t i;
	int r;

	for (i = 0; i < s->n_files; i++) {
		pq_buf_u32(&b, (uint32_t)strlen(s->files[i].name));
		pq_buf_str(&b, s->files[i].name);
		pq_buf_u32(&b, (uint32_t)s->files[i].n);
		pq_buf_put(&b, s->files[i].data, s->files[i].n);
	}
	r = b.fault;
	if (r == 0)
		r = pq_digest_of(&s->policy->hash, pq_buf_view(&b));
	pq_buf_free(&b);
	return r;
}

int
pq_schema_service(struct pq_config_service *ret, struct pq_config_file *self,
    const struct pq_yaml *doc, const struct pq_schema_files *files,
    struct pq_config_notes *notes)
{
	struct pq_rules c = { .file = self->name,
		.notes = notes,
		.files = files,
		.service = ret };
	struct pq_policy *p;
	int r;

	ret->policy = p = calloc(1, sizeof(*p));
	ret->files = calloc(1, sizeof(*ret->files));
	if (p == NULL || ret->files == NULL)
		return -PQ_ENOMEM;
	ret->files[0] = *self;
	ret->n_files = 1;
	*self = (struct pq_config_file){ NULL, NULL, 0 };
	p->version_from = PQ_VERSION_TAG;
	ret->pending_s = 3600;
	ret->health_s = 60;
	ret->keep = 3;
	pq_rules_walk(&c, doc, service_rules);
	free(c.party);
	if (p->track == NULL && (p->track = strdup("*")) == NULL)
		return -PQ_ENOMEM;
	pq_schema_requirements(&c, p, doc->line);
	r = pq_rules_outcome(&c);
	return r != 0 ? r : policy_hash(ret);
}
