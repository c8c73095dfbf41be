/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The permissions of one origin, built from the configuration. A registry's
 * session may follow blob redirects to other configured registries, but never
 * sends this registry's credential there. A git session may contact only its
 * own host.
 */
#include "net/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "net/gitclient.h"

_Static_assert(PQ_ORIGINS_MAX > PQ_CONFIG_ORIGINS,
    "all configured registries and one token realm must fit");

struct pq_session {
	struct pq_origins origins;
	struct pq_http *http;
	struct pq_session_of of;
	const struct pq_git_packs *packs;
	struct pq_buf credential; /* "user:password" or empty */
	struct pq_buf basic;      /* "Basic ..." for git, or empty */
};

static int
add_origin(struct pq_origins *o, const char *origin, bool plain_http,
    const struct pq_config_file *ca, struct pq_err *err)
{
	int r =
	    pq_origins_add(o, origin, plain_http, pq_slice(ca->data, ca->n));

	return r == 0 ? 0 : pq_err_set(err, -r, "%s: not an origin", origin);
}

static int
add_registries(struct pq_origins *o, const struct pq_config *c,
    const struct pq_config_registry *self, struct pq_err *err)
{
	size_t i;
	int r;

	r = add_origin(o, self->origin, self->plain_http, &self->ca, err);
	if (r == 0 && self->token_realm != NULL)
		r = add_origin(o, self->token_realm, false, &self->ca, err);
	for (i = 0; r == 0 && i < c->n_registries; i++) {
		const struct pq_config_registry *g = &c->registries[i];

		if (g != self)
			r = add_origin(
			    o, g->origin, g->plain_http, &g->ca, err);
	}
	return r;
}

int
pq_session_origins(
    struct pq_origins *ret, const struct pq_session_of *of, struct pq_err *err)
{
	ret->n = 0;
	if (of->registry != NULL)
		return add_registries(ret, of->config, of->registry, err);
	return add_origin(
	    ret, of->git->origin, of->git->plain_http, &of->git->ca, err);
}

static void
load_system_ca(const struct pq_origins *o)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		if (!o->v[i].plain_http && o->v[i].ca.n == 0)
			pq_http_system_ca();
}

static const char *
credential_name(const struct pq_session *s)
{
	return s->of.registry != NULL ? s->of.registry->credential
				      : s->of.git->credential;
}

static int
read_credential(struct pq_session *s, const char *role, struct pq_err *err)
{
	const char *name = credential_name(s);
	pq_auto(pq_buf_wipe) struct pq_buf text = PQ_BUF_INIT(8000);
	int r;

	if (role == NULL || name == NULL)
		return 0;
	r = pq_config_secret(&s->credential, s->of.config, role, name, err);
	if (r != 0 || s->of.git == NULL || s->credential.n == 0)
		return r;
	r = pq_b64_encode(&text, pq_buf_view(&s->credential));
	pq_buf_str(&s->basic, "Basic ");
	pq_buf_slice(&s->basic, pq_buf_view(&text));
	return r != 0 ? r : s->basic.fault;
}

int
pq_session_open(struct pq_session **ret, const struct pq_session_of *of,
    const char *role, struct pq_connector *connector,
    const struct pq_git_packs *packs, struct pq_err *err)
{
	struct pq_session *s = calloc(1, sizeof(*s));
	int r;

	if (s == NULL)
		return pq_err_set(err, PQ_ENOMEM, "session");
	s->of = *of;
	s->packs = packs;
	s->basic = PQ_BUF_INIT(8192);
	r = pq_session_origins(&s->origins, of, err);
	if (r == 0) {
		load_system_ca(&s->origins);
		r = read_credential(s, role, err);
	}
	if (r == 0)
		r = pq_http_open(&s->http, &s->origins, connector, err);
	if (r != 0) {
		pq_session_close(s);
		return r;
	}
	*ret = s;
	return 0;
}

void
pq_session_close(struct pq_session *s)
{
	if (s == NULL)
		return;
	pq_http_close(s->http);
	pq_buf_wipe(&s->credential);
	pq_buf_wipe(&s->basic);
	free(s);
}

static void
start_clock(struct pq_session *s, int64_t seconds)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	pq_http_deadline(s->http, (int64_t)ts.tv_sec + seconds);
}

static bool
is_at(const char *image, const char *origin)
{
	size_t n = strlen(origin);

	return strncmp(image, origin, n) == 0 && image[n] == '/';
}

/* The credential may go only to the registry that it belongs to. */
static int
open_image(struct pq_session *s, struct pq_oci_client **ret, const char *image,
    struct pq_err *err)
{
	const struct pq_config_registry *g = s->of.registry;

	if (!is_at(image, g->origin))
		return pq_err_set(err, PQ_EPERM,
		    "%s: not an image of the registry %s", image, g->origin);
	return pq_oci_client_open(ret, s->http, image, g->plain_http,
	    g->token_realm, pq_buf_view(&s->credential), err);
}

void
pq_session_image(struct pq_session *s, struct pq_gather *g, const char *image,
    const char *ref, const char *architecture, unsigned artifacts)
{
	struct pq_oci_client *c = NULL;
	struct pq_oci_source source;
	struct pq_err err = PQ_ERR_INIT;
	int r;

	start_clock(s, PQ_GATHER_DEADLINE_S);
	r = open_image(s, &c, image, &err);
	if (r != 0) {
		pq_gather_fault(g, r, &err);
		return;
	}
	source = pq_oci_client_source(c);
	pq_gather_image(g, &source, ref, architecture, artifacts);
	pq_http_deadline(s->http, 0); /* cancel the unused requests */
	pq_oci_client_close(c);
}

/* Remove each '/' at the end. */
static void
clean_url(char dst[PQ_URL_MAX + 1], const char *url)
{
	size_t n = strlen(url);

	while (n > 0 && url[n - 1] == '/')
		n--;
	if (n > PQ_URL_MAX)
		n = 0;
	memcpy(dst, url, n);
	dst[n] = '\0';
}

/* @url must outlive the result. */
static struct pq_git_client
open_git(struct pq_session *s, const char *url)
{
	return (struct pq_git_client){ .http = s->http,
		.packs = s->packs,
		.url = url,
		.authorization = s->basic.n > 0 ? pq_buf_cstr(&s->basic) : NULL,
		.caps = { false, 20 } };
}

void
pq_session_tag(
    struct pq_session *s, struct pq_gather *g, const char *url, const char *tag)
{
	char clean[PQ_URL_MAX + 1] = "";
	struct pq_git_client c = open_git(s, clean);

	clean_url(clean, url);
	start_clock(s, PQ_TAG_DEADLINE_S);
	pq_gather_git(g, &c, tag);
}

/* ---- probes -------------------------------------------------------------- */

static int
probe_image(struct pq_session *s, const char *image, struct pq_err *err)
{
	struct pq_oci_client *c = NULL;
	int r = open_image(s, &c, image, err);

	if (r == 0)
		r = pq_oci_probe(c, err);
	pq_oci_client_close(c);
	return r;
}

static int
probe_git(struct pq_session *s, const char *url, struct pq_err *err)
{
	char clean[PQ_URL_MAX + 1] = "";
	struct pq_git_client c = open_git(s, clean);

	clean_url(clean, url);
	return pq_git_connect(&c, err);
}

/* The operator's next step, or NULL if the reason has one already. */
static const char *
next_step(const struct pq_session *s, int fault)
{
	bool registry = s->of.registry != NULL;

	switch (fault) {
	case -PQ_EPERM:
		return credential_name(s) != NULL
		    ? "check fetch's secret "
		    : "set `credential:` in pratique.yaml";
	case -PQ_EABSENT:
		return registry
		    ? "check `image:` of the service, or push a first image"
		    : "check `repository:` of the service";
	case -PQ_EPROTO:
		return registry
		    ? "check that it is a registry, and `token-realm:` in "
		      "pratique.yaml"
		    : "check that it is a git server";
	case -PQ_ETIMEOUT:
		return "check the network between this host and it";
	default:
		return NULL;
	}
}

static void
say_failed(struct pq_gather *g, const struct pq_session *s, int fault,
    const struct pq_err *err)
{
	const char *step = next_step(s, fault), *secret = credential_name(s);
	size_t n;

	pq_gather_fault(g, fault, err);
	n = strlen(g->reason);
	/* some reasons say what to set in that file */
	if (step != NULL && strstr(err->text, "pratique.yaml") == NULL)
		(void)snprintf(g->reason + n, sizeof(g->reason) - n, ": %s%s",
		    step, fault == -PQ_EPERM && secret != NULL ? secret : "");
}

static void
say_passed(struct pq_gather *g, const struct pq_session *s)
{
	const char *secret = credential_name(s);

	g->result = PQ_GATHER_FETCHED;
	(void)snprintf(g->reason, sizeof(g->reason),
	    "it answers, and grants access %s%.100s",
	    secret == NULL ? "without a credential" : "with the secret ",
	    secret == NULL ? "" : secret);
}

void
pq_session_probe(struct pq_session *s, struct pq_gather *g, const char *place)
{
	struct pq_err err = PQ_ERR_INIT;
	int r;

	start_clock(s, PQ_PROBE_DEADLINE_S);
	r = s->of.registry != NULL ? probe_image(s, place, &err)
				   : probe_git(s, place, &err);
	pq_http_deadline(s->http, 0);
	if (r == 0)
		say_passed(g, s);
	else
		say_failed(g, s, r, &err);
}
