/* SPDX-License-Identifier: Apache-2.0 */
/*
 * services.d/NAME.yaml: the policy of a service and its deployment. A user who
 * may write only this file must not be able to change another service. So the
 * name of the service must be NAME.
 */
#include <stdio.h>
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

/* ---- grammars ---------------------------------------------------------- */

/* A version is a text that can be ordered, such as 1.2 or v1.2.0-rc1. */
static int
check_version(struct pq_slice s, struct pq_err *err)
{
	(void)err;
	return pq_version_valid(s) ? 0 : -PQ_EFORMAT;
}

static int
check_digest(struct pq_slice s, struct pq_err *err)
{
	struct pq_digest d;

	(void)err;
	return pq_digest_parse(&d, s) == 0 ? 0 : -PQ_EFORMAT;
}

/*
 * Check the name of a signature header. A header that intake already passes on
 * is refused: it would have two meanings.
 */
static int
check_header(struct pq_slice s, struct pq_err *err)
{
	enum pq_header h = pq_header_find(s);

	if (!pq_header_is_name(s))
		return pq_err_set(err, PQ_EFORMAT,
		    "expected the name of a header: 1 to %d letters, digits "
		    "and dashes",
		    PQ_HEADER_NAME_MAX);
	if (h != PQ_HEADER_NONE)
		return pq_err_set(err, PQ_EFORMAT,
		    "pratique already reads the header %s for another purpose",
		    pq_header_name(h));
	return 0;
}

static const struct pq_noun header_noun = { check_header, NULL };
static const struct pq_noun repository_noun = { pq_name_repository,
	"write host[:port]/repository without tag or digest, such as "
	"registry.example.com/acme/web" };
static const struct pq_noun version_noun = { check_version,
	"expected a version such as 1.2.0 (Semantic Versioning 2.0.0)" };
static const struct pq_noun digest_noun = { check_digest,
	"expected a digest: sha256: and 64 hex digits" };
static const struct pq_noun secret_noun = { pq_name_secret,
	"write the name of its file, such as web-github" };
static const struct pq_noun container_noun = { pq_name_own_container,
	"rename the container, here and with docker rename" };

/* ---- values that need a function ---------------------------------------- */

static void
take_service(struct pq_rules *c, const struct pq_yaml *v)
{
	const char *stem = strrchr(c->file, '/');
	size_t n = strlen(v->text);

	stem = stem == NULL ? c->file : stem + 1;
	if (pq_rules_check_name(c, v, pq_name_service,
		"rename the service, its file and its webhook") &&
	    (strncmp(stem, v->text, n) != 0 || strcmp(stem + n, ".yaml") != 0))
		pq_rules_bad(
		    c, v, "must be the name of this file without .yaml");
	pq_rules_set(c, &c->service->policy->service, v);
}

/* Warn about a name of an image that an old Docker cannot pull. */
static void
check_image(struct pq_rules *c, const struct pq_yaml *v)
{
	if (v->text[0] == '[')
		pq_config_note(c->notes, false, c->file, v->line,
		    "image: an IPv6 address needs Docker 25 or later; a host "
		    "name works with each version");
}

#define S struct pq_config_service
static const struct pq_rule floor_rules[] = {
	{ "version", PQ_NAME(S, floor, version_noun), .required = true },
	{ "instead-of", PQ_NAME(S, floor_instead_of, version_noun),
	    .required = true },
	PQ_RULES_END,
};

static void
take_floor(struct pq_rules *c, const struct pq_yaml *v)
{
	if (v->kind == PQ_YAML_TEXT)
		pq_rules_take(c, &floor_rules[0], v);
	else if (v->kind == PQ_YAML_MAP)
		pq_rules_walk(c, v, floor_rules);
	else
		pq_rules_bad(c, v,
		    "expected VERSION or {version: VERSION, instead-of: "
		    "VERSION}");
}

static void
take_scheme(struct pq_rules *c, const struct pq_yaml *v)
{
	struct pq_config_endpoint *e = c->object;
	char names[PQ_SCHEME_NAMES];

	e->scheme = pq_scheme_by_name(v->text);
	if (e->scheme != PQ_SCHEME_NONE)
		return;
	pq_scheme_names(names, " or ");
	pq_rules_bad(c, v, "expected %s", names);
}

static void
check_endpoint(struct pq_rules *c, const struct pq_yaml *v)
{
	const struct pq_config_endpoint *e = c->object;
	const struct pq_scheme_row *row = pq_scheme_row(e->scheme);

	(void)v;
	if (e->header != NULL && row != NULL && row->named == PQ_HEADER_NONE)
		pq_rules_mistake(c, e->header_line,
		    "header: does not apply to the scheme %s, whose headers "
		    "have fixed names",
		    row->name);
}

static void
note_exposure(struct pq_rules *c, const struct pq_yaml *name)
{
	char all[400] = "";
	size_t e, n = 0;

	for (e = 0; e < PQ_EXPOSURES && n < sizeof(all); e++)
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s",
		    e == 0 ? "" : ", ", exposures[e]);
	pq_rules_bad(c, name, "unknown setting; known settings: %s", all);
}

static void
allow_exposure(struct pq_rules *c, const struct pq_yaml *name)
{
	unsigned e;

	for (e = 0; e < PQ_EXPOSURES; e++)
		if (name->kind == PQ_YAML_TEXT &&
		    strcmp(name->text, exposures[e]) == 0)
			break;
	if (e == PQ_EXPOSURES)
		note_exposure(c, name);
	else
		c->service->posture_allow |= 1u << e;
}

static void
take_allow(struct pq_rules *c, const struct pq_yaml *v)
{
	size_t i;

	for (i = 0; i < v->n; i++)
		allow_exposure(c, &v->items[i]);
}

/* ---- the tables -------------------------------------------------------- */

#define E struct pq_config_endpoint
static const struct pq_rule endpoint_rules[] = {
	{ "scheme", PQ_TAKE(PQ_YAML_TEXT, take_scheme), .required = true },
	{ "header", PQ_NAME(E, header, header_noun), PQ_LINE(E, header_line) },
	{ "secrets", PQ_TEXTS(E, secrets, n_secrets), .noun = &secret_noun,
	    .least = 1, .most = 4,
	    .count_words = "expected the names of one to four secrets",
	    .required = true, PQ_LINE(E, line) },
	PQ_RULES_END,
};

static const struct pq_rule quarantine_rules[] = {
	{ "delay", PQ_DURATION(S, delay_s), .required = true,
	    PQ_LINE(S, lines.delay) },
	{ "approvals", PQ_NUMBER(S, approvals, 16),
	    PQ_LINE(S, lines.approvals) },
	{ "pending", PQ_DURATION(S, pending_s), .otherwise = 3600 },
	{ "expedite", PQ_RESERVED },
	PQ_RULES_END,
};

static const struct pq_word orders[] = {
	{ "stop-first", PQ_ORDER_STOP_FIRST, false },
	{ "start-first", PQ_ORDER_START_FIRST, false },
	{ .word = NULL },
};
static const struct pq_word postures[] = {
	{ "enforce", PQ_POSTURE_ENFORCE, false },
	{ "warn", PQ_POSTURE_WARN, false },
	{ .word = NULL },
};

static const struct pq_rule deploy_rules[] = {
	{ "container", PQ_NAME(S, target_name, container_noun),
	    PQ_CHOOSES(S, target, PQ_TARGET_CONTAINER),
	    PQ_LINE(S, lines.target) },
	{ "order", PQ_CHOICE(S, order, orders) },
	{ "health", PQ_DURATION(S, health_s), .otherwise = 60 },
	{ "posture", PQ_CHOICE(S, posture, postures) },
	{ "posture-allow", PQ_TAKE(PQ_YAML_LIST, take_allow) },
	{ "keep", PQ_NUMBER(S, keep, 100), .otherwise = 3 },
	PQ_RULES_END,
};

const char *
pq_target_key(enum pq_target_kind k)
{
	const struct pq_rule *r;

	for (r = deploy_rules; r->key != NULL; r++)
		if (r->chooses != 0 && r->chosen == (unsigned)k)
			return r->key;
	return "target";
}

static const struct pq_word version_sources[] = {
	{ "label", PQ_VERSION_LABEL, false },
	{ "annotation", PQ_VERSION_ANNOTATION, false },
	{ "tag", PQ_VERSION_TAG, false },
	{ "provenance", PQ_VERSION_UNSET, true },
	{ .word = NULL },
};

#define P struct pq_policy
#define OF_POLICY PQ_BEHIND(S, policy, P)
static const struct pq_rule service_rules[] = {
	{ "service", PQ_TAKE(PQ_YAML_TEXT, take_service), .required = true },
	{ "image", PQ_NAME(P, image, repository_noun), OF_POLICY,
	    .required = true, PQ_LINE(S, lines.image), .check = check_image },
	{ "signed-as", PQ_NAME(P, signed_as, repository_noun), OF_POLICY },
	{ "version-from", PQ_CHOICE(P, version_from, version_sources),
	    OF_POLICY, .otherwise = PQ_VERSION_TAG,
	    PQ_LINE(S, lines.version_from) },
	{ "floor", PQ_TAKE(PQ_YAML_NONE, take_floor), .rows = floor_rules,
	    PQ_LINE(S, lines.floor) },
	{ "track", PQ_TEXT(P, track), OF_POLICY, .otherwise_text = "*" },
	{ "callbacks", PQ_MAPS(S, endpoints, n_endpoints, E, endpoint_rules),
	    .least = 1,
	    .count_words = "expected at least one: a callback without a "
			   "signature is never accepted",
	    .required = true, .check = check_endpoint },
	{ "source", PQ_TAKE(PQ_YAML_MAP, pq_schema_source) },
	{ "require", PQ_TAKE(PQ_YAML_LIST, pq_schema_require),
	    .required = true },
	{ "quarantine", PQ_MAP(quarantine_rules), .required = true },
	{ "deploy", PQ_MAP(deploy_rules), .required = true },
	{ "accept-alone", PQ_TEXT(S, accept_alone),
	    PQ_LINE(S, lines.accept_alone) },
	{ "deny", PQ_TEXTS(S, deny, n_deny), .noun = &digest_noun },
	{ "windows", PQ_RESERVED },
	{ "notify", PQ_RESERVED },
	PQ_RULES_END,
};

/* Hash the name, length and bytes of the service's file and its key files. */
static int
compute_policy_hash(struct pq_config_service *s)
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
	pq_rules_fill(&c, ret, doc, service_rules);
	free(c.party);
	pq_schema_requirements(&c, p, doc->line);
	r = pq_rules_outcome(&c);
	return r != 0 ? r : compute_policy_hash(ret);
}

void
pq_config_service_free(struct pq_config_service *s)
{
	size_t i;

	if (s == NULL)
		return;
	if (s->policy != NULL) {
		pq_policy_free(s->policy);
		free(s->policy);
	}
	pq_rules_free(s, service_rules);
	for (i = 0; i < s->n_files; i++)
		pq_config_file_free(&s->files[i]);
	free(s->files);
	memset(s, 0, sizeof(*s));
}
