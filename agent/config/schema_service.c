/* SPDX-License-Identifier: Apache-2.0 */
/* services.d/NAME.yaml: a service's policy and how it is deployed. */
#include <stdlib.h>
#include <string.h>

#include <pratique/kind.h>
#include <pratique/template.h>
#include <pratique/version.h>

#include "config/rules.h"

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

/* A key file's bytes join the policy hash; the copy stays with the service. */
static const struct pq_config_file *
key_file(struct pq_rules *c, const struct pq_yaml *v)
{
	struct pq_config_service *s = c->service;
	struct pq_config_file *f;
	int r;

	if (v->kind != PQ_YAML_TEXT) {
		pq_rules_bad(c, v, "expected a file's name");
		return NULL;
	}
	if (v->text[0] == '/' || strstr(v->text, "..") != NULL) {
		pq_rules_bad(
		    c, v, "key files lie below the configuration directory");
		return NULL;
	}
	f = pq_rules_owned(
	    c, reallocarray(s->files, s->n_files + 1, sizeof(*f)));
	if (f == NULL)
		return NULL;
	s->files = f;
	memset(&f[s->n_files], 0, sizeof(*f));
	r = c->files->get(
	    c->files->ctx, v->text, &f[s->n_files], c->file, v->line, c->notes);
	if (r != 0) {
		c->nomem |= r == -PQ_ENOMEM;
		c->failed = true;
		return NULL;
	}
	return &f[s->n_files++];
}

/* ---- what is required: kinds, their materials, clauses ---------------- */

static struct pq_requirement *
add_requirement(struct pq_rules *c, enum pq_kind kind)
{
	struct pq_policy *p = c->service->policy;
	struct pq_requirement *r = pq_rules_owned(c,
	    reallocarray(p->requirements, p->n_requirements + 1, sizeof(*r)));

	if (r == NULL)
		return NULL;
	p->requirements = r;
	r += p->n_requirements++;
	*r = (struct pq_requirement){
		.kind = kind, .clause = c->clause, .threshold = 1
	};
	return r;
}

static size_t
count_materials(const struct pq_policy *p)
{
	size_t i, n = 0;

	for (i = 0; i < p->n_requirements; i++)
		n += p->requirements[i].n;
	return n;
}

static void
add_material(
    struct pq_rules *c, struct pq_requirement *r, const struct pq_yaml *v)
{
	const struct pq_config_file *f;
	struct pq_material *m;

	if (count_materials(c->service->policy) == PQ_MATERIALS_MAX) {
		pq_rules_bad(
		    c, v, "more than %d keys in one policy", PQ_MATERIALS_MAX);
		return;
	}
	f = key_file(c, v);
	if (f == NULL)
		return;
	m = pq_rules_owned(c, reallocarray(r->v, r->n + 1, sizeof(*m)));
	if (m == NULL)
		return;
	r->v = m;
	m += r->n++;
	*m = (struct pq_material){ .line = v->line };
	m->name = pq_rules_owned(c, strdup(f->name));
	m->p = pq_rules_owned(c, malloc(f->n + 1));
	if (m->p == NULL)
		return;
	memcpy(m->p, f->data, f->n);
	m->n = f->n;
}

/* A kind whose materials are files: one, or a list of which any will do. */
static void
take_files(struct pq_rules *c, const struct pq_yaml *v)
{
	struct pq_requirement *r = add_requirement(c, pq_kind_by_name(c->key));
	size_t i;

	if (r == NULL)
		return;
	if (v->kind == PQ_YAML_TEXT)
		add_material(c, r, v);
	else if (v->kind == PQ_YAML_LIST && v->n != 0)
		for (i = 0; i < v->n; i++)
			add_material(c, r, &v->items[i]);
	else
		pq_rules_bad(c, v, "expected a file or a list of files");
}

static void
take_party(struct pq_rules *c, const struct pq_yaml *v)
{
	(void)pq_rules_name(
	    c, v, pq_name_party, "choose a name such as release-manager");
	pq_rules_set(c, &c->party, v);
}

static void
take_threshold(struct pq_rules *c, const struct pq_yaml *v)
{
	if (pq_rules_set_number(c, &c->threshold, v, PQ_PROOF_PIECES) &&
	    c->threshold == 0)
		pq_rules_bad(c, v, "expected how many parties must sign");
}

/* what one object says of all requirements in it, which are alternatives */
static void
settle(struct pq_rules *c, size_t first)
{
	struct pq_policy *p = c->service->policy;
	size_t i, k;

	for (i = first; i < p->n_requirements; i++) {
		struct pq_requirement *r = &p->requirements[i];

		if (c->threshold != 0)
			r->threshold = c->threshold;
		for (k = 0; c->party != NULL && k < r->n; k++)
			if (r->v[k].party == NULL)
				r->v[k].party =
				    pq_rules_owned(c, strdup(c->party));
	}
	free(pq_take(c->party));
	c->threshold = 0;
}

static void
ssh_file(struct pq_rules *c, const struct pq_yaml *v)
{
	struct pq_requirement *r = add_requirement(c, PQ_KIND_SSH);

	if (r != NULL)
		add_material(c, r, v);
}

static const struct pq_rule ssh_rules[] = {
	{ "file", PQ_YAML_TEXT, true, ssh_file },
	{ "party", PQ_YAML_TEXT, false, take_party },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
signers_ssh(struct pq_rules *c, const struct pq_yaml *v)
{
	size_t first = c->service->policy->n_requirements;

	if (v->kind == PQ_YAML_TEXT)
		ssh_file(c, v);
	else
		pq_rules_walk(c, v, ssh_rules);
	settle(c, first);
}

static void
signers_threshold(struct pq_rules *c, const struct pq_yaml *v)
{
	if (strcmp(v->text, "1") != 0)
		pq_rules_bad(
		    c, v, "can only be 1: one git tag carries one signature");
}

static const struct pq_rule signers_rules[] = {
	{ "ssh", PQ_YAML_NONE, true, signers_ssh },
	{ "threshold", PQ_YAML_TEXT, false, signers_threshold },
	{ "openpgp", PQ_YAML_NONE, false, NULL },
	{ "x509", PQ_YAML_NONE, false, NULL },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

#define GIT_URL "write an address such as https://git.example.com/acme/web.git"

/* An address that git's questions can be put behind; the host is one of ours.
 */
static int
git_url(struct pq_slice s, struct pq_err *err)
{
	struct pq_url_parts u;
	const uint8_t *query;
	int r = pq_name_url(&u, s, err);

	if (r != 0)
		return r;
	if (memchr(u.host.p, '@', u.host.n) != NULL)
		return pq_err_set(err, PQ_EFORMAT,
		    "a user or password is in front of the host: use the "
		    "credential of the git host in pratique.yaml");
	query = memchr(u.path.p, '?', u.path.n);
	if (query != NULL)
		return pq_err_set(err, PQ_EFORMAT,
		    "byte %zu is '?': an address of git has no query",
		    (size_t)(query - s.p) + 1);
	if (s.n > PQ_GIT_URL_MAX)
		return pq_err_set(err, PQ_EFORMAT,
		    "byte %d is too many: an address of git has at most %d "
		    "bytes",
		    PQ_GIT_URL_MAX + 1, PQ_GIT_URL_MAX);
	r = pq_name_host(NULL, u.host, err);
	if (r != 0)
		return pq_err_wrap(err, r, "the host");
	if (u.plain_http && !pq_config_loopback(u.host))
		return pq_err_set(
		    err, PQ_EFORMAT, "http:// is for a loopback address only");
	return 0;
}

static void
src_repository(struct pq_rules *c, const struct pq_yaml *v)
{
	(void)pq_rules_name(c, v, git_url, GIT_URL);
	c->service->lines.repository = v->line;
	pq_rules_set(c, &c->service->policy->git_url, v);
}

static void
src_tag(struct pq_rules *c, const struct pq_yaml *v)
{
	(void)pq_rules_name(c, v, pq_template_check,
	    "write a template such as v{version} or acme@{version}");
	pq_rules_set(c, &c->service->policy->git_tag, v);
}

/* One map, or a list of them that are all needed. */
static void
src_signers(struct pq_rules *c, const struct pq_yaml *v)
{
	bool list = v->kind == PQ_YAML_LIST && v->n > 0;
	size_t i, n = list ? v->n : 1;

	for (i = 0; i < n; i++) {
		c->clause++;
		pq_rules_walk(c, list ? &v->items[i] : v, signers_rules);
	}
}

static const struct pq_rule source_rules[] = {
	{ "repository", PQ_YAML_TEXT, true, src_repository },
	{ "tag", PQ_YAML_TEXT, true, src_tag },
	{ "signers", PQ_YAML_NONE, true, src_signers },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
take_source(struct pq_rules *c, const struct pq_yaml *v)
{
	pq_rules_walk(c, v, source_rules);
}

static const struct pq_rule signature_rules[] = {
	{ "cosign-key", PQ_YAML_NONE, true, take_files },
	{ "party", PQ_YAML_TEXT, false, take_party },
	{ "threshold", PQ_YAML_TEXT, false, take_threshold },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
req_signature(struct pq_rules *c, const struct pq_yaml *v)
{
	size_t first = c->service->policy->n_requirements;

	pq_rules_walk(c, v, signature_rules);
	settle(c, first);
}

static void
req_nested(struct pq_rules *c, const struct pq_yaml *v)
{
	pq_rules_bad(c, v,
	    "alternatives have none of their own: write all of them into one "
	    "list");
}

static const struct pq_rule alternative_rules[] = {
	{ "image-signature", PQ_YAML_MAP, false, req_signature },
	{ "provenance", PQ_YAML_NONE, false, NULL },
	{ "staging", PQ_YAML_NONE, false, NULL },
	{ "any", PQ_YAML_NONE, false, req_nested },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
req_any(struct pq_rules *c, const struct pq_yaml *v)
{
	size_t i;

	if (v->n == 0)
		pq_rules_bad(c, v, "name at least one alternative");
	for (i = 0; i < v->n; i++)
		pq_rules_walk(c, &v->items[i], alternative_rules);
}

static const struct pq_rule require_rules[] = {
	{ "image-signature", PQ_YAML_MAP, false, req_signature },
	{ "any", PQ_YAML_LIST, false, req_any },
	{ "provenance", PQ_YAML_NONE, false, NULL },
	{ "staging", PQ_YAML_NONE, false, NULL },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

/* Each entry is needed; the keys of one are alternatives. */
static void
take_require(struct pq_rules *c, const struct pq_yaml *v)
{
	struct pq_policy *p = c->service->policy;
	size_t i, before;

	for (i = 0; i < v->n; i++) {
		c->clause++;
		before = p->n_requirements;
		pq_rules_walk(c, &v->items[i], require_rules);
		if (!c->failed && p->n_requirements == before)
			pq_rules_bad(
			    c, &v->items[i], "this entry asks for nothing");
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
	{ "source", PQ_YAML_MAP, false, take_source },
	{ "require", PQ_YAML_LIST, true, take_require },
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

static bool
is_of_image(const struct pq_requirement *r)
{
	return pq_requirement_about(r) == PQ_ABOUT_IMAGE;
}

/* Those of the image first, however the file is ordered. */
static void
sort_requirements(struct pq_policy *p)
{
	struct pq_requirement *v = p->requirements, one;
	size_t i, k;

	for (i = 1; i < p->n_requirements; i++)
		for (k = i;
		     k > 0 && is_of_image(&v[k]) && !is_of_image(&v[k - 1]);
		     k--) {
			one = v[k];
			v[k] = v[k - 1];
			v[k - 1] = one;
		}
}

/* Does some key vouch for the image? */
static bool
is_bound(const struct pq_policy *p)
{
	return p->n_requirements > 0 && is_of_image(&p->requirements[0]);
}

/* signatures that one release may need */
static unsigned
count_pieces(const struct pq_policy *p)
{
	unsigned n = 0, most;
	size_t i, k;

	for (i = 0; i < p->n_requirements; i = k) {
		most = 0;
		for (k = i; k < p->n_requirements &&
		     p->requirements[k].clause == p->requirements[i].clause;
		     k++)
			if (p->requirements[k].threshold > most)
				most = p->requirements[k].threshold;
		n += most;
	}
	return n;
}

static void
check_threshold(struct pq_rules *c, const struct pq_requirement *r)
{
	size_t party[PQ_MATERIALS_MAX], i;
	unsigned n = 0;

	if (r->threshold < 2)
		return;
	if (pq_requirement_parties(party, r) != 0) {
		c->nomem = true;
		return;
	}
	for (i = 0; i < r->n; i++)
		n += party[i] == i;
	if (n < r->threshold)
		pq_rules_mistake(c, r->n == 0 ? 0 : r->v[0].line,
		    "threshold: %u parties can never sign, for the keys are "
		    "held by %u",
		    r->threshold, n);
}

/* Could one tag be signed so that it meets both clauses? 1, 0, or a fault */
static int
share_signer(const struct pq_policy *p, unsigned a, unsigned b)
{
	const struct pq_requirement *r = p->requirements;
	size_t i, k;
	int same = 0;

	for (i = 0; i < p->n_requirements; i++)
		for (k = 0; same == 0 && k < p->n_requirements; k++)
			if (r[i].clause == a && r[k].clause == b &&
			    r[i].kind == r[k].kind && r[i].n > 0 && r[k].n > 0)
				same = pq_material_same(
				    r[i].kind, &r[i].v[0], &r[k].v[0]);
	return same;
}

/* Two lists of signers are both needed: by one signature, of a git tag. */
static void
check_tags(struct pq_rules *c, const struct pq_policy *p)
{
	const struct pq_requirement *r = p->requirements;
	size_t i, k;
	int same;

	for (i = 0; i < p->n_requirements; i++)
		for (k = i + 1; !is_of_image(&r[i]) && k < p->n_requirements;
		     k++) {
			if (r[i].clause == r[k].clause || r[k].n == 0)
				continue;
			same = share_signer(p, r[i].clause, r[k].clause);
			c->nomem = c->nomem || same < 0;
			if (same == 0)
				pq_rules_mistake(c, r[k].v[0].line,
				    "signers: one git tag carries one "
				    "signature, and no key is in all of these "
				    "lists");
		}
}

/* What no release could ever meet. */
static void
check_requirements(struct pq_rules *c, const struct pq_policy *p, unsigned line)
{
	size_t i;

	if (!is_bound(p))
		pq_rules_mistake(c, line,
		    "require: an image-signature is needed: without one "
		    "nothing binds the image to a key");
	if (count_pieces(p) > PQ_PROOF_PIECES)
		pq_rules_mistake(c, line,
		    "require: a release would need %u signatures, and at most "
		    "%d are examined",
		    count_pieces(p), PQ_PROOF_PIECES);
	for (i = 0; i < p->n_requirements; i++)
		check_threshold(c, &p->requirements[i]);
	check_tags(c, p);
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
	sort_requirements(p);
	if (pq_rules_outcome(&c) == 0)
		check_requirements(&c, p, doc->line);
	r = pq_rules_outcome(&c);
	return r != 0 ? r : policy_hash(ret);
}
