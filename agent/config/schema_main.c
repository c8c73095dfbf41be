/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pratique.yaml: the Docker daemon, the registries, the git hosts and the
 * operators. A service's file cannot add to them. So a user who may write only
 * that file cannot make the agent contact another host, and cannot add an
 * operator who approves.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "config/rules.h"
#include "ipc/roles.h"

/* ---- grammars ---------------------------------------------------------- */

static int
check_origin(struct pq_slice s, struct pq_err *err)
{
	return pq_name_host(NULL, s, err);
}

static int
check_daemon(struct pq_slice s, struct pq_err *err)
{
	(void)err;
	return pq_slice_starts(s, "unix:///") ? 0 : -PQ_EFORMAT;
}

/*
 * Return true for "ADDRESS:PORT" in digits. A host name is refused: a name
 * server could answer with the address of a public interface.
 */
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

static int
check_listen(struct pq_slice s, struct pq_err *err)
{
	char text[80];

	(void)err;
	if (s.n >= sizeof(text))
		return -PQ_EFORMAT;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return is_listen(text) ? 0 : -PQ_EFORMAT;
}

static const struct pq_noun origin_noun = { check_origin,
	"write host or host:port, such as registry.example.com:5000" };
static const struct pq_noun operator_noun = { pq_name_operator,
	"choose a name such as alice" };
static const struct pq_noun secret_noun = { pq_name_secret,
	"write the name of its file, such as registry-read" };
static const struct pq_noun daemon_noun = { check_daemon,
	"expected unix:///PATH; TCP is refused, because everybody who can "
	"reach the port controls the daemon" };
static const struct pq_noun listen_noun = { check_listen,
	"expected ADDRESS:PORT in digits, such as 127.0.0.1:9099" };

/* ---- checks that need more than one value -------------------------------- */

/* Only the first entry over the limit gets a note. */
static void
check_origins(struct pq_rules *c, const struct pq_yaml *key)
{
	if (c->main->n_registries + c->main->n_git == PQ_CONFIG_ORIGINS + 1)
		pq_rules_bad(c, key,
		    "more than %d registries and git hosts together",
		    PQ_CONFIG_ORIGINS);
}

/* The audit log has the names of roles and of operators in one column. */
static void
check_operator(struct pq_rules *c, const struct pq_yaml *name)
{
	if (pq_role_reserved(name->text))
		pq_rules_bad(c, name,
		    "the audit log uses the name %s for pratique itself; "
		    "choose another name",
		    name->text);
}

static void
check_plain(struct pq_rules *c, const struct pq_yaml *v)
{
	struct pq_slice host = pq_slice_str(c->item);

	if (pq_name_host(NULL, host, NULL) == 0 && !pq_config_loopback(host))
		pq_rules_bad(c, v,
		    "allowed only for a loopback address, and %s is not one",
		    c->item);
}

/* One user with two names could give two approvals. */
static void
check_uid(struct pq_rules *c, const struct pq_yaml *v)
{
	const struct pq_config_operator *o, *self = c->object;

	for (o = c->main->operators; o < self; o++)
		if (o->uid == self->uid)
			pq_rules_bad(c, v,
			    "the operator %s has the same uid; each operator "
			    "needs its own uid",
			    o->name);
}

/* ---- the tables -------------------------------------------------------- */

static const struct pq_word plain_http[] = { { .word = "loopback-only" },
	{ .word = NULL } };

#define R struct pq_config_registry
static const struct pq_rule registry_rules[] = {
	{ "credential", PQ_NAME(R, credential, secret_noun),
	    PQ_LINE(R, credential_line) },
	{ "ca", PQ_FILE(R, ca) },
	{ "plain-http", PQ_FLAG(R, plain_http, plain_http),
	    .check = check_plain },
	{ "token-realm", PQ_NAME(R, token_realm, origin_noun) },
	PQ_RULES_END,
};

#define G struct pq_config_git
static const struct pq_rule git_rules[] = {
	{ "credential", PQ_NAME(G, credential, secret_noun),
	    PQ_LINE(G, credential_line) },
	{ "ca", PQ_FILE(G, ca) },
	{ "plain-http", PQ_FLAG(G, plain_http, plain_http),
	    .check = check_plain },
	PQ_RULES_END,
};

static const struct pq_rule operator_rules[] = {
	{ "uid", PQ_NUMBER(struct pq_config_operator, uid, 2000000000),
	    .required = true, .check = check_uid },
	{ "ssh", PQ_RESERVED },
	PQ_RULES_END,
};

#define M struct pq_config
static const struct pq_rule main_rules[] = {
	{ "docker", PQ_NAME(M, docker, daemon_noun),
	    .otherwise_text = "unix:///run/docker.sock" },
	{ "listen", PQ_NAME(M, listen, listen_noun),
	    .otherwise_text = "127.0.0.1:9099" },
	{ "registries",
	    PQ_NAMED(M, registries, n_registries, R, origin, origin_noun,
		registry_rules),
	    .required = true, .check = check_origins },
	{ "git", PQ_NAMED(M, git, n_git, G, origin, origin_noun, git_rules),
	    .check = check_origins },
	{ "operators",
	    PQ_NAMED(M, operators, n_operators, struct pq_config_operator, name,
		operator_noun, operator_rules),
	    .check = check_operator },
	PQ_RULES_END,
};

int
pq_schema_main(struct pq_config *ret, const char *file,
    const struct pq_yaml *doc, const struct pq_schema_files *files,
    struct pq_config_notes *notes)
{
	struct pq_rules c = {
		.file = file, .notes = notes, .files = files, .main = ret
	};

	pq_rules_fill(&c, ret, doc, main_rules);
	return pq_rules_outcome(&c);
}

void
pq_config_free(struct pq_config *c)
{
	size_t i;

	if (c == NULL)
		return;
	pq_rules_free(c, main_rules);
	for (i = 0; i < c->n_services; i++)
		pq_config_service_free(&c->services[i]);
	free(c->services);
	free(c->dir);
	free(c);
}
