/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema: one table per object, each row a key, what it holds and the
 * function that takes it. A key that is not in its table is a mistake, and so
 * is one whose check is not built yet: a policy that is quietly not enforced
 * is worse than none.
 */
#include "config/schema.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY 86400u

struct ctx {
	const char *file;
	struct pq_config_notes *notes;
	const struct pq_schema_files *files;
	struct pq_config *main;
	struct pq_config_service *service;
	/* the object of a list or map that is being filled */
	struct pq_config_registry *registry;
	struct pq_config_git *git;
	struct pq_config_operator *operator;
	struct pq_config_endpoint *endpoint;
	char *party; /* of the key being read */
	/*
	 * Whatever could not be kept makes the load fail: a policy that lost
	 * its deny list, or a note of a mistake, would permit more.
	 */
	bool nomem;
	bool failed;
};

struct rule {
	const char *key;
	enum pq_yaml_kind kind; /* NONE: any */
	bool required;
	void (*take)(
	    struct ctx *c, const struct pq_yaml *v); /* NULL: unbuilt */
};

__attribute__((format(printf, 3, 4))) static void
mistake(struct ctx *c, unsigned line, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pq_config_note(c->notes, true, c->file, line, "%s", text);
	c->failed = true;
}

static void
bad(struct ctx *c, const struct pq_yaml *at, const char *what)
{
	mistake(c, at->line, "%s", what);
}

/* @p as it is; that it is NULL is not forgotten */
static void *
owned(struct ctx *c, void *p)
{
	if (p == NULL)
		c->nomem = true;
	return p;
}

/* 0, or why the object cannot be used */
static int
outcome(const struct ctx *c)
{
	if (c->nomem)
		return -PQ_ENOMEM;
	return c->failed ? -PQ_ECONFIG : 0;
}

static const char *
kind_word(enum pq_yaml_kind k)
{
	static const char *const words[] = { "anything", "text", "a list",
		"a map" };

	return words[k];
}

static void
take_one(struct ctx *c, const struct rule *r, const struct pq_yaml *key,
    const struct pq_yaml *v)
{
	if (r->take == NULL)
		mistake(c, key->line, "%s: not supported yet", r->key);
	else if (r->kind != PQ_YAML_NONE && v->kind != r->kind)
		mistake(
		    c, v->line, "%s: expected %s", r->key, kind_word(r->kind));
	else
		r->take(c, v);
}

/* Every key by its rule; every required key there. */
static void
walk(struct ctx *c, const struct pq_yaml *map, const struct rule *rules)
{
	const struct rule *r;
	size_t i;

	if (map->kind != PQ_YAML_MAP) {
		bad(c, map, "expected a map");
		return;
	}
	for (i = 0; i < map->n; i++) {
		for (r = rules; r->key != NULL; r++)
			if (strcmp(r->key, map->keys[i].text) == 0)
				break;
		if (r->key == NULL)
			mistake(c, map->keys[i].line, "unknown key \"%s\"",
			    map->keys[i].text);
		else
			take_one(c, r, &map->keys[i], &map->items[i]);
	}
	for (r = rules; r->key != NULL; r++)
		if (r->required && pq_yaml_get(map, r->key) == NULL)
			mistake(c, map->line, "missing key \"%s\"", r->key);
}

static void
set(struct ctx *c, char **to, const struct pq_yaml *v)
{
	free(*to);
	*to = owned(c, strdup(v->text));
	if (v->text[0] == '\0')
		bad(c, v, "empty text");
}

static bool
is_name(const char *s, const char *extra)
{
	size_t i, n = strlen(s);

	if (n == 0 || n > 64 || s[0] == '.' || s[0] == '-')
		return false;
	for (i = 0; i < n; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') ||
			(s[i] >= '0' && s[i] <= '9') || s[i] == '-' ||
			strchr(extra, s[i]) != NULL))
			return false;
	return true;
}

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static void
set_secret_name(struct ctx *c, char **to, const struct pq_yaml *v)
{
	if (!is_name(v->text, UPPER "._"))
		bad(c, v, "a secret's name is made of letters, digits, . _ -");
	set(c, to, v);
}

/* A whole number, or a duration with s, m, h or d behind it. */
static bool
number(const char *s, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9' || v > max / 10)
			return false;
		v = v * 10 + (uint64_t)(*s - '0');
	}
	if (v > max)
		return false;
	*ret = v;
	return true;
}

static void
set_number(struct ctx *c, unsigned *to, const struct pq_yaml *v, unsigned max)
{
	uint64_t n = 0;

	if (!number(v->text, max, &n))
		mistake(c, v->line, "expected a whole number up to %u", max);
	*to = (unsigned)n;
}

static void
set_duration(struct ctx *c, uint64_t *to, const struct pq_yaml *v)
{
	static const struct {
		char unit;
		unsigned seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', DAY } };
	char digits[16];
	size_t n = strlen(v->text), i;
	uint64_t value;

	if (n >= 2 && n < sizeof(digits)) {
		memcpy(digits, v->text, n - 1);
		digits[n - 1] = '\0';
		for (i = 0; i < 4; i++) {
			if (v->text[n - 1] != units[i].unit ||
			    !number(digits, (uint64_t)400 * DAY, &value) ||
			    value > (uint64_t)400 * DAY / units[i].seconds)
				continue;
			*to = value * units[i].seconds;
			return;
		}
	}
	bad(c, v,
	    "expected a duration such as 30s, 10m, 24h or 7d, up to 400d");
}

static void
set_choice(struct ctx *c, unsigned *to, const struct pq_yaml *v,
    const char *const *words)
{
	unsigned i;

	for (i = 0; words[i] != NULL; i++)
		if (strcmp(v->text, words[i]) == 0) {
			*to = i;
			return;
		}
	mistake(c, v->line,
	    "\"%s\" is not known here; the first choice is \"%s\"", v->text,
	    words[0]);
}

static void
append_text(struct ctx *c, char ***list, size_t *n, const struct pq_yaml *v)
{
	char **l;

	if (v->kind != PQ_YAML_TEXT) {
		bad(c, v, "expected text");
		return;
	}
	l = owned(c, reallocarray(*list, *n + 1, sizeof(*l)));
	if (l == NULL)
		return;
	*list = l;
	l[*n] = NULL;
	set(c, &l[*n], v);
	(*n)++;
}

/* ---- pratique.yaml ---------------------------------------------------- */

/* "host" or "host:port", lower case; IPv6 in brackets is not used yet. */
static bool
is_origin(const char *s)
{
	const char *colon = strchr(s, ':');
	size_t n = colon == NULL ? strlen(s) : (size_t)(colon - s);
	char host[256];
	uint64_t port = 1;

	if (n == 0 || n >= sizeof(host))
		return false;
	memcpy(host, s, n);
	host[n] = '\0';
	if (strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-") != n ||
	    host[0] == '.' || host[0] == '-')
		return false;
	return colon == NULL || (number(colon + 1, 65535, &port) && port != 0);
}

bool
pq_config_loopback(const char *origin)
{
	size_t n = strcspn(origin, ":");

	if (n == 9 && memcmp(origin, "localhost", 9) == 0)
		return true;
	/* 127.0.0.0/8 in dotted digits only, so not 127.evil.example */
	return strncmp(origin, "127.", 4) == 0 &&
	    strspn(origin, "0123456789.") == n;
}

static void
check_origin(struct ctx *c, const struct pq_yaml *key)
{
	if (!is_origin(key->text))
		bad(c, key, "expected host or host:port in lower case");
}

static void
set_plain(struct ctx *c, bool *to, const char *origin, const struct pq_yaml *v)
{
	if (strcmp(v->text, "loopback-only") != 0)
		bad(c, v, "plain-http: the only value is loopback-only");
	else if (!pq_config_loopback(origin))
		bad(c, v, "plain-http: only for a loopback address");
	else
		*to = true;
}

static void
reg_credential(struct ctx *c, const struct pq_yaml *v)
{
	set_secret_name(c, &c->registry->credential, v);
}

static void
set_path(struct ctx *c, char **to, const struct pq_yaml *v)
{
	size_t n = strlen(c->main->dir) + strlen(v->text) + 2;

	free(*to);
	*to = NULL;
	if (v->text[0] == '/') {
		set(c, to, v);
		return;
	}
	*to = owned(c, calloc(1, n));
	if (*to != NULL) {
		struct pq_buf b = PQ_BUF_INIT(n);

		pq_buf_fmt(&b, "%s/%s", c->main->dir, v->text);
		if (pq_buf_cstr(&b) != NULL)
			memcpy(*to, b.p, b.n + 1);
		pq_buf_free(&b);
	}
}

static void
reg_ca(struct ctx *c, const struct pq_yaml *v)
{
	set_path(c, &c->registry->ca, v);
}

static void
reg_plain(struct ctx *c, const struct pq_yaml *v)
{
	set_plain(c, &c->registry->plain_http, c->registry->origin, v);
}

static void
reg_realm(struct ctx *c, const struct pq_yaml *v)
{
	if (!is_origin(v->text))
		bad(c, v, "token-realm: expected host or host:port");
	set(c, &c->registry->token_realm, v);
}

static const struct rule registry_rules[] = {
	{ "credential", PQ_YAML_TEXT, false, reg_credential },
	{ "ca", PQ_YAML_TEXT, false, reg_ca },
	{ "plain-http", PQ_YAML_TEXT, false, reg_plain },
	{ "token-realm", PQ_YAML_TEXT, false, reg_realm },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
git_credential(struct ctx *c, const struct pq_yaml *v)
{
	set_secret_name(c, &c->git->credential, v);
}

static void
git_ca(struct ctx *c, const struct pq_yaml *v)
{
	set_path(c, &c->git->ca, v);
}

static void
git_plain(struct ctx *c, const struct pq_yaml *v)
{
	set_plain(c, &c->git->plain_http, c->git->origin, v);
}

static const struct rule git_rules[] = {
	{ "credential", PQ_YAML_TEXT, false, git_credential },
	{ "ca", PQ_YAML_TEXT, false, git_ca },
	{ "plain-http", PQ_YAML_TEXT, false, git_plain },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
op_uid(struct ctx *c, const struct pq_yaml *v)
{
	unsigned uid = 0;

	set_number(c, &uid, v, 2000000000);
	c->operator->uid = uid;
}

static const struct rule operator_rules[] = {
	{ "uid", PQ_YAML_TEXT, true, op_uid },
	{ "ssh", PQ_YAML_TEXT, false, NULL },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
take_registries(struct ctx *c, const struct pq_yaml *v)
{
	size_t i;

	c->main->registries =
	    owned(c, calloc(v->n + 1, sizeof(*c->main->registries)));
	for (i = 0; c->main->registries != NULL && i < v->n; i++) {
		c->registry = &c->main->registries[c->main->n_registries++];
		check_origin(c, &v->keys[i]);
		set(c, &c->registry->origin, &v->keys[i]);
		walk(c, &v->items[i], registry_rules);
	}
}

static void
take_git(struct ctx *c, const struct pq_yaml *v)
{
	size_t i;

	c->main->git = owned(c, calloc(v->n + 1, sizeof(*c->main->git)));
	for (i = 0; c->main->git != NULL && i < v->n; i++) {
		c->git = &c->main->git[c->main->n_git++];
		check_origin(c, &v->keys[i]);
		set(c, &c->git->origin, &v->keys[i]);
		walk(c, &v->items[i], git_rules);
	}
}

static void
take_operators(struct ctx *c, const struct pq_yaml *v)
{
	size_t i;

	c->main->operators =
	    owned(c, calloc(v->n + 1, sizeof(*c->main->operators)));
	for (i = 0; c->main->operators != NULL && i < v->n; i++) {
		c->operator= & c->main->operators[c->main->n_operators++];
		if (!is_name(v->keys[i].text, "_."))
			bad(c, &v->keys[i], "not an operator's name");
		set(c, &c->operator->name, &v->keys[i]);
		walk(c, &v->items[i], operator_rules);
	}
}

static void
take_docker(struct ctx *c, const struct pq_yaml *v)
{
	if (strncmp(v->text, "unix:///", 8) != 0)
		bad(c, v,
		    "docker: expected unix:///PATH (a plain TCP daemon "
		    "is open to everybody who can reach it)");
	set(c, &c->main->docker, v);
}

/* "ADDRESS:PORT"; a name would be asked of whoever answers for names */
static bool
is_listen(const char *s)
{
	const char *colon = strrchr(s, ':');
	size_t n = colon == NULL ? 0 : (size_t)(colon - s);
	struct in6_addr six;
	struct in_addr four;
	char host[64];
	uint64_t port;

	if (n == 0 || n >= sizeof(host) || !number(colon + 1, 65535, &port) ||
	    port == 0)
		return false;
	memcpy(host, s, n);
	host[n] = '\0';
	if (host[0] != '[')
		return inet_pton(AF_INET, host, &four) == 1;
	host[n - 1] = '\0';
	return s[n - 1] == ']' && inet_pton(AF_INET6, host + 1, &six) == 1;
}

static void
take_listen(struct ctx *c, const struct pq_yaml *v)
{
	if (!is_listen(v->text))
		bad(c, v, "listen: expected ADDRESS:PORT in digits");
	set(c, &c->main->listen, v);
}

static const struct rule main_rules[] = {
	{ "docker", PQ_YAML_TEXT, false, take_docker },
	{ "listen", PQ_YAML_TEXT, false, take_listen },
	{ "registries", PQ_YAML_MAP, true, take_registries },
	{ "git", PQ_YAML_MAP, false, take_git },
	{ "operators", PQ_YAML_MAP, false, take_operators },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

int
pq_schema_main(struct pq_config *ret, const char *file,
    const struct pq_yaml *doc, struct pq_config_notes *notes)
{
	struct ctx c = { .file = file, .notes = notes, .main = ret };

	walk(&c, doc, main_rules);
	if (ret->docker == NULL)
		ret->docker = strdup("unix:///run/docker.sock");
	if (ret->listen == NULL)
		ret->listen = strdup("127.0.0.1:9099");
	if (ret->docker == NULL || ret->listen == NULL)
		return -PQ_ENOMEM;
	return outcome(&c);
}

/* ---- services.d/NAME.yaml --------------------------------------------- */

static void
take_service(struct ctx *c, const struct pq_yaml *v)
{
	const char *stem = strrchr(c->file, '/');
	size_t n = strlen(v->text);

	stem = stem == NULL ? c->file : stem + 1;
	if (!is_name(v->text, ""))
		bad(c, v, "service: lower-case letters, digits and -");
	else if (strncmp(stem, v->text, n) != 0 ||
	    strcmp(stem + n, ".yaml") != 0)
		bad(c, v, "service: must be the file's name without .yaml");
	set(c, &c->service->policy->service, v);
}

static void
take_image(struct ctx *c, const struct pq_yaml *v)
{
	const char *slash = strchr(v->text, '/');

	if (slash == NULL || slash[1] == '\0' ||
	    strspn(slash, "abcdefghijklmnopqrstuvwxyz0123456789._-/") !=
		strlen(slash) ||
	    strstr(slash, "//") != NULL || strstr(slash, "..") != NULL ||
	    v->text[strlen(v->text) - 1] == '/')
		bad(c, v,
		    "image: expected host[:port]/repository without "
		    "tag, in lower case");
	set(c, &c->service->policy->image, v);
}

static void
take_track(struct ctx *c, const struct pq_yaml *v)
{
	set(c, &c->service->policy->track, v);
}

static void
ep_scheme(struct ctx *c, const struct pq_yaml *v)
{
	c->endpoint->scheme = pq_scheme_by_name(v->text);
	if (c->endpoint->scheme == PQ_SCHEME_NONE)
		bad(c, v, "scheme: github or standard-webhooks");
}

static void
ep_secrets(struct ctx *c, const struct pq_yaml *v)
{
	size_t i;

	if (v->n == 0 || v->n > 4)
		bad(c, v, "secrets: name one to four secrets");
	for (i = 0; i < v->n; i++) {
		if (v->items[i].kind == PQ_YAML_TEXT &&
		    !is_name(v->items[i].text, UPPER "._"))
			bad(c, &v->items[i], "not a secret's name");
		append_text(c, &c->endpoint->secrets, &c->endpoint->n_secrets,
		    &v->items[i]);
	}
}

static const struct rule endpoint_rules[] = {
	{ "scheme", PQ_YAML_TEXT, true, ep_scheme },
	{ "secrets", PQ_YAML_LIST, true, ep_secrets },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
take_callbacks(struct ctx *c, const struct pq_yaml *v)
{
	struct pq_config_service *s = c->service;
	size_t i;

	if (v->n == 0)
		bad(c, v, "callbacks: there is no unauthenticated mode");
	s->endpoints = owned(c, calloc(v->n + 1, sizeof(*s->endpoints)));
	for (i = 0; s->endpoints != NULL && i < v->n; i++) {
		c->endpoint = &s->endpoints[s->n_endpoints++];
		walk(c, &v->items[i], endpoint_rules);
	}
}

/* A key file's bytes join the policy hash; the copy stays with the service. */
static const struct pq_config_file *
key_file(struct ctx *c, const struct pq_yaml *v)
{
	struct pq_config_service *s = c->service;
	struct pq_config_file *f;
	int r;

	if (v->kind != PQ_YAML_TEXT) {
		bad(c, v, "expected a file's name");
		return NULL;
	}
	if (v->text[0] == '/' || strstr(v->text, "..") != NULL) {
		bad(c, v, "key files lie below the configuration directory");
		return NULL;
	}
	f = owned(c, reallocarray(s->files, s->n_files + 1, sizeof(*f)));
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

static void
signers_file(struct ctx *c, const struct pq_yaml *v)
{
	struct pq_policy *p = c->service->policy;
	const struct pq_config_file *f = key_file(c, v);

	if (f == NULL)
		return;
	free(p->signers);
	free(p->signers_name);
	p->signers_n = 0;
	p->signers = owned(c, malloc(f->n + 1));
	p->signers_name = owned(c, strdup(f->name));
	if (p->signers == NULL)
		return;
	memcpy(p->signers, f->data, f->n);
	p->signers_n = f->n;
}

static void
take_party(struct ctx *c, const struct pq_yaml *v)
{
	if (!is_name(v->text, UPPER "._@"))
		bad(c, v, "party: letters, digits, . _ @ -");
	set(c, &c->party, v);
}

static const struct rule ssh_rules[] = {
	{ "file", PQ_YAML_TEXT, true, signers_file },
	{ "party", PQ_YAML_TEXT, false, take_party },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
signers_ssh(struct ctx *c, const struct pq_yaml *v)
{
	struct pq_policy *p = c->service->policy;

	if (v->kind == PQ_YAML_TEXT) {
		signers_file(c, v);
		return;
	}
	walk(c, v, ssh_rules);
	free(p->signers_party);
	p->signers_party = pq_take(c->party);
}

static void
signers_threshold(struct ctx *c, const struct pq_yaml *v)
{
	if (strcmp(v->text, "1") != 0)
		bad(c, v, "threshold: more than 1 is not supported yet");
	c->service->policy->threshold = 1;
}

static const struct rule signers_rules[] = {
	{ "ssh", PQ_YAML_NONE, true, signers_ssh },
	{ "threshold", PQ_YAML_TEXT, false, signers_threshold },
	{ "openpgp", PQ_YAML_NONE, false, NULL },
	{ "x509", PQ_YAML_NONE, false, NULL },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
src_repository(struct ctx *c, const struct pq_yaml *v)
{
	if (strncmp(v->text, "https://", 8) != 0 &&
	    strncmp(v->text, "http://127.", 11) != 0 &&
	    strncmp(v->text, "http://localhost", 16) != 0)
		bad(c, v,
		    "repository: expected an https:// address (http:// "
		    "only on loopback)");
	if (strpbrk(v->text, "@?# \t") != NULL)
		bad(c, v, "repository: no credentials, query or blanks");
	set(c, &c->service->policy->git_url, v);
}

static void
src_tag(struct ctx *c, const struct pq_yaml *v)
{
	const char *hole = strstr(v->text, "{version}");

	if (hole == NULL || strchr(hole + 1, '{') != NULL)
		bad(c, v, "tag: must contain {version} once");
	set(c, &c->service->policy->git_tag, v);
}

static void
src_signers(struct ctx *c, const struct pq_yaml *v)
{
	walk(c, v, signers_rules);
}

static const struct rule source_rules[] = {
	{ "repository", PQ_YAML_TEXT, true, src_repository },
	{ "tag", PQ_YAML_TEXT, true, src_tag },
	{ "signers", PQ_YAML_MAP, true, src_signers },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
take_source(struct ctx *c, const struct pq_yaml *v)
{
	walk(c, v, source_rules);
}

static void
add_key(struct ctx *c, const struct pq_yaml *v)
{
	struct pq_policy *p = c->service->policy;
	const struct pq_config_file *f;
	struct pq_policy_key *k;

	if (p->n_keys == PQ_POLICY_KEYS) {
		bad(c, v, "cosign-key: too many keys");
		return;
	}
	f = key_file(c, v);
	if (f == NULL)
		return;
	k = &p->keys[p->n_keys++];
	k->name = owned(c, strdup(f->name));
	k->pem = owned(c, malloc(f->n + 1));
	if (k->pem == NULL)
		return;
	memcpy(k->pem, f->data, f->n);
	k->pem_n = f->n;
}

static void
sig_key(struct ctx *c, const struct pq_yaml *v)
{
	size_t i;

	if (v->kind == PQ_YAML_TEXT)
		add_key(c, v);
	else if (v->kind == PQ_YAML_LIST && v->n != 0)
		for (i = 0; i < v->n; i++)
			add_key(c, &v->items[i]);
	else
		bad(c, v, "cosign-key: expected a file or a list of files");
}

static const struct rule signature_rules[] = {
	{ "cosign-key", PQ_YAML_NONE, true, sig_key },
	{ "party", PQ_YAML_TEXT, false, take_party },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
req_signature(struct ctx *c, const struct pq_yaml *v)
{
	struct pq_policy *p = c->service->policy;
	size_t i, first = p->n_keys;

	walk(c, v, signature_rules);
	for (i = first; c->party != NULL && i < p->n_keys; i++)
		p->keys[i].party = owned(c, strdup(c->party));
	free(pq_take(c->party));
}

static const struct rule require_rules[] = {
	{ "image-signature", PQ_YAML_MAP, false, req_signature },
	{ "provenance", PQ_YAML_NONE, false, NULL },
	{ "staging", PQ_YAML_NONE, false, NULL },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
take_require(struct ctx *c, const struct pq_yaml *v)
{
	size_t i;

	/* two entries would mean "both"; the keys here mean "any" */
	if (v->n > 1)
		bad(c, &v->items[1],
		    "require: more than one entry is not supported yet");
	for (i = 0; i < v->n; i++)
		walk(c, &v->items[i], require_rules);
}

static void
q_delay(struct ctx *c, const struct pq_yaml *v)
{
	set_duration(c, &c->service->delay_s, v);
}

static void
q_approvals(struct ctx *c, const struct pq_yaml *v)
{
	set_number(c, &c->service->approvals, v, 16);
}

static void
q_pending(struct ctx *c, const struct pq_yaml *v)
{
	set_duration(c, &c->service->pending_s, v);
}

static const struct rule quarantine_rules[] = {
	{ "delay", PQ_YAML_TEXT, true, q_delay },
	{ "approvals", PQ_YAML_TEXT, false, q_approvals },
	{ "pending", PQ_YAML_TEXT, false, q_pending },
	{ "expedite", PQ_YAML_NONE, false, NULL },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
take_quarantine(struct ctx *c, const struct pq_yaml *v)
{
	walk(c, v, quarantine_rules);
}

static void
d_container(struct ctx *c, const struct pq_yaml *v)
{
	if (!is_name(v->text, UPPER "._"))
		bad(c, v, "container: not a container's name");
	set(c, &c->service->container, v);
}

static void
d_order(struct ctx *c, const struct pq_yaml *v)
{
	static const char *const words[] = { "stop-first", "start-first",
		NULL };
	unsigned i = 0;

	set_choice(c, &i, v, words);
	c->service->order = (enum pq_order)i;
}

static void
d_health(struct ctx *c, const struct pq_yaml *v)
{
	set_duration(c, &c->service->health_s, v);
}

static void
d_posture(struct ctx *c, const struct pq_yaml *v)
{
	static const char *const words[] = { "enforce", "warn", NULL };
	unsigned i = 0;

	set_choice(c, &i, v, words);
	c->service->posture = (enum pq_posture)i;
}

static void
d_allow(struct ctx *c, const struct pq_yaml *v)
{
	size_t i;

	for (i = 0; i < v->n; i++)
		append_text(c, &c->service->posture_allow,
		    &c->service->n_posture_allow, &v->items[i]);
}

static void
d_keep(struct ctx *c, const struct pq_yaml *v)
{
	set_number(c, &c->service->keep, v, 100);
}

static const struct rule deploy_rules[] = {
	{ "container", PQ_YAML_TEXT, true, d_container },
	{ "order", PQ_YAML_TEXT, false, d_order },
	{ "health", PQ_YAML_TEXT, false, d_health },
	{ "posture", PQ_YAML_TEXT, false, d_posture },
	{ "posture-allow", PQ_YAML_LIST, false, d_allow },
	{ "keep", PQ_YAML_TEXT, false, d_keep },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
take_deploy(struct ctx *c, const struct pq_yaml *v)
{
	walk(c, v, deploy_rules);
}

static void
take_alone(struct ctx *c, const struct pq_yaml *v)
{
	set(c, &c->service->accept_alone, v);
}

static void
take_deny(struct ctx *c, const struct pq_yaml *v)
{
	struct pq_digest d;
	size_t i;

	for (i = 0; i < v->n; i++) {
		if (v->items[i].kind == PQ_YAML_TEXT &&
		    pq_digest_parse(&d, pq_slice_str(v->items[i].text)) != 0)
			bad(c, &v->items[i], "deny: expected sha256:...");
		append_text(
		    c, &c->service->deny, &c->service->n_deny, &v->items[i]);
	}
}

static const struct rule service_rules[] = {
	{ "service", PQ_YAML_TEXT, true, take_service },
	{ "image", PQ_YAML_TEXT, true, take_image },
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
	struct pq_buf b = PQ_BUF_INIT(4u << 20);
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
	struct ctx c = { .file = self->name,
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
	p->threshold = 1;
	ret->pending_s = 3600;
	ret->health_s = 60;
	ret->keep = 3;
	walk(&c, doc, service_rules);
	free(c.party);
	if (p->track == NULL && (p->track = strdup("*")) == NULL)
		return -PQ_ENOMEM;
	if (outcome(&c) == 0 && p->n_keys == 0)
		mistake(&c, doc->line,
		    "require: an image-signature is needed: without one "
		    "nothing binds the image to a key");
	r = outcome(&c);
	return r != 0 ? r : policy_hash(ret);
}
