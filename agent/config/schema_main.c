/* SPDX-License-Identifier: Apache-2.0 */
/* pratique.yaml: the daemon, the registries, the git servers, the operators. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "config/rules.h"
#include "ipc/roles.h"

#define ORIGIN "write host or host:port, such as registry.example.com:5000"

static int
origin(struct pq_slice s, struct pq_err *err)
{
	return pq_name_host(NULL, s, err);
}

/* By its very name: 127.0.0.0/8 in digits only, so not 127.evil.example. */
bool
pq_config_loopback(struct pq_slice origin)
{
	struct pq_host h;
	size_t i = 0;

	if (pq_name_host(&h, origin, NULL) != 0)
		return false;
	if (pq_slice_eq_str(h.name, "localhost") ||
	    pq_slice_eq_str(h.name, "[::1]"))
		return true;
	while (i < h.name.n &&
	    (h.name.p[i] == '.' || (h.name.p[i] >= '0' && h.name.p[i] <= '9')))
		i++;
	return pq_slice_starts(h.name, "127.") && i == h.name.n;
}

static void
check_origin(struct pq_rules *c, const struct pq_yaml *key)
{
	/* said of the first that is too many */
	if (c->main->n_registries + c->main->n_git == PQ_CONFIG_ORIGINS + 1)
		pq_rules_bad(c, key, "more than %d registries and git hosts",
		    PQ_CONFIG_ORIGINS);
	(void)pq_rules_name(c, key, origin, ORIGIN);
}

static void
set_plain(
    struct pq_rules *c, bool *to, const char *origin, const struct pq_yaml *v)
{
	struct pq_slice host = pq_slice_str(origin);

	if (strcmp(v->text, "loopback-only") != 0)
		pq_rules_bad(c, v, "the only value is loopback-only");
	else if (pq_name_host(NULL, host, NULL) == 0 &&
	    !pq_config_loopback(host))
		pq_rules_bad(c, v, "only for a loopback address");
	else
		*to = true;
}

static void
reg_credential(struct pq_rules *c, const struct pq_yaml *v)
{
	c->registry->credential_line = v->line;
	pq_rules_set_secret_name(c, &c->registry->credential, v);
}

/* A CA decides which host is believed to be the registry: read like a key. */
static void
set_ca(struct pq_rules *c, struct pq_config_file *to, const struct pq_yaml *v)
{
	int r = c->files->get(
	    c->files->ctx, v->text, to, c->file, v->line, c->notes);

	c->nomem |= r == -PQ_ENOMEM;
	c->failed |= r != 0;
	/* or it would mean the system's */
	if (r == 0 && to->n == 0)
		pq_rules_bad(c, v, "%s: is empty", v->text);
}

static void
reg_ca(struct pq_rules *c, const struct pq_yaml *v)
{
	set_ca(c, &c->registry->ca, v);
}

static void
reg_plain(struct pq_rules *c, const struct pq_yaml *v)
{
	set_plain(c, &c->registry->plain_http, c->registry->origin, v);
}

static void
reg_realm(struct pq_rules *c, const struct pq_yaml *v)
{
	(void)pq_rules_name(c, v, origin, ORIGIN);
	pq_rules_set(c, &c->registry->token_realm, v);
}

static const struct pq_rule registry_rules[] = {
	{ "credential", PQ_YAML_TEXT, false, reg_credential },
	{ "ca", PQ_YAML_TEXT, false, reg_ca },
	{ "plain-http", PQ_YAML_TEXT, false, reg_plain },
	{ "token-realm", PQ_YAML_TEXT, false, reg_realm },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
git_credential(struct pq_rules *c, const struct pq_yaml *v)
{
	c->git->credential_line = v->line;
	pq_rules_set_secret_name(c, &c->git->credential, v);
}

static void
git_ca(struct pq_rules *c, const struct pq_yaml *v)
{
	set_ca(c, &c->git->ca, v);
}

static void
git_plain(struct pq_rules *c, const struct pq_yaml *v)
{
	set_plain(c, &c->git->plain_http, c->git->origin, v);
}

static const struct pq_rule git_rules[] = {
	{ "credential", PQ_YAML_TEXT, false, git_credential },
	{ "ca", PQ_YAML_TEXT, false, git_ca },
	{ "plain-http", PQ_YAML_TEXT, false, git_plain },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
op_uid(struct pq_rules *c, const struct pq_yaml *v)
{
	const struct pq_config_operator *o;
	unsigned uid = 0;

	if (!pq_rules_set_number(c, &uid, v, 2000000000))
		return;
	c->operator->uid = uid;
	/* or one could approve under two names */
	for (o = c->main->operators; o < c->operator; o++)
		if (o->uid == uid)
			pq_rules_bad(c, v, "is the operator %s", o->name);
}

static const struct pq_rule operator_rules[] = {
	{ "uid", PQ_YAML_TEXT, true, op_uid },
	{ "ssh", PQ_YAML_TEXT, false, NULL },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

static void
take_registries(struct pq_rules *c, const struct pq_yaml *v)
{
	size_t i;

	c->main->registries =
	    pq_rules_owned(c, calloc(v->n + 1, sizeof(*c->main->registries)));
	for (i = 0; c->main->registries != NULL && i < v->n; i++) {
		c->registry = &c->main->registries[c->main->n_registries++];
		check_origin(c, &v->keys[i]);
		pq_rules_set(c, &c->registry->origin, &v->keys[i]);
		pq_rules_walk(c, &v->items[i], registry_rules);
	}
}

static void
take_git(struct pq_rules *c, const struct pq_yaml *v)
{
	size_t i;

	c->main->git =
	    pq_rules_owned(c, calloc(v->n + 1, sizeof(*c->main->git)));
	for (i = 0; c->main->git != NULL && i < v->n; i++) {
		c->git = &c->main->git[c->main->n_git++];
		check_origin(c, &v->keys[i]);
		pq_rules_set(c, &c->git->origin, &v->keys[i]);
		pq_rules_walk(c, &v->items[i], git_rules);
	}
}

/* The audit log names roles beside operators. */
static void
check_operator(struct pq_rules *c, const struct pq_yaml *name)
{
	if (pq_role_reserved(name->text))
		pq_rules_bad(c, name,
		    "%s is one of pratique's own in the audit log; "
		    "choose another name",
		    name->text);
	(void)pq_rules_name(
	    c, name, pq_name_operator, "choose a name such as alice");
}

static void
take_operators(struct pq_rules *c, const struct pq_yaml *v)
{
	size_t i;

	c->main->operators =
	    pq_rules_owned(c, calloc(v->n + 1, sizeof(*c->main->operators)));
	for (i = 0; c->main->operators != NULL && i < v->n; i++) {
		c->operator= & c->main->operators[c->main->n_operators++];
		check_operator(c, &v->keys[i]);
		pq_rules_set(c, &c->operator->name, &v->keys[i]);
		pq_rules_walk(c, &v->items[i], operator_rules);
	}
}

static void
take_docker(struct pq_rules *c, const struct pq_yaml *v)
{
	if (strncmp(v->text, "unix:///", 8) != 0)
		pq_rules_bad(c, v,
		    "expected unix:///PATH (a plain TCP daemon "
		    "is open to everybody who can reach it)");
	pq_rules_set(c, &c->main->docker, v);
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

	if (n == 0 || n >= sizeof(host) ||
	    !pq_rules_number(colon + 1, 65535, &port) || port == 0)
		return false;
	memcpy(host, s, n);
	host[n] = '\0';
	if (host[0] != '[')
		return inet_pton(AF_INET, host, &four) == 1;
	host[n - 1] = '\0';
	return s[n - 1] == ']' && inet_pton(AF_INET6, host + 1, &six) == 1;
}

static void
take_listen(struct pq_rules *c, const struct pq_yaml *v)
{
	if (!is_listen(v->text))
		pq_rules_bad(c, v, "expected ADDRESS:PORT in digits");
	pq_rules_set(c, &c->main->listen, v);
}

static const struct pq_rule main_rules[] = {
	{ "docker", PQ_YAML_TEXT, false, take_docker },
	{ "listen", PQ_YAML_TEXT, false, take_listen },
	{ "registries", PQ_YAML_MAP, true, take_registries },
	{ "git", PQ_YAML_MAP, false, take_git },
	{ "operators", PQ_YAML_MAP, false, take_operators },
	{ NULL, PQ_YAML_NONE, false, NULL },
};

int
pq_schema_main(struct pq_config *ret, const char *file,
    const struct pq_yaml *doc, const struct pq_schema_files *files,
    struct pq_config_notes *notes)
{
	struct pq_rules c = {
		.file = file, .notes = notes, .files = files, .main = ret
	};

	pq_rules_walk(&c, doc, main_rules);
	if (ret->docker == NULL)
		ret->docker = strdup("unix:///run/docker.sock");
	if (ret->listen == NULL)
		ret->listen = strdup("127.0.0.1:9099");
	if (ret->docker == NULL || ret->listen == NULL)
		return -PQ_ENOMEM;
	return pq_rules_outcome(&c);
}
