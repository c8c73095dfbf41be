/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The permissions of one origin, built from the configuration. A registry's
 * session may follow blob redirects to other configured registries, but never
 * sends this registry's credential there. A git session may contact only its
 * own host.
 */
#include "net/session.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

_Static_assert(PQ_ORIGINS_MAX > PQ_CONFIG_ORIGINS,
    "all configured registries and one token realm must fit");

struct pq_session {
	struct pq_origins origins;
	struct pq_http *http;
	const struct pq_config_registry *registry;
	struct pq_buf credential; /* "user:password" or empty */
	struct pq_buf basic;      /* "Basic ..." for git, or empty */
};

static int
add_origin(struct pq_session *s, const char *origin, bool plain_http,
    const struct pq_config_file *ca, struct pq_err *err)
{
	int r;

	if (!plain_http && ca->n == 0)
		pq_http_system_ca();
	r = pq_origins_add(
	    &s->origins, origin, plain_http, pq_slice(ca->data, ca->n));
	return r == 0 ? 0 : pq_err_set(err, -r, "%s: not an origin", origin);
}

static int
read_credential(struct pq_session *s, const struct pq_config *c,
    const char *role, const char *name, struct pq_err *err)
{
	if (role == NULL || name == NULL)
		return 0;
	return pq_config_secret(&s->credential, c, role, name, err);
}

static struct pq_session *
new_session(void)
{
	struct pq_session *s = calloc(1, sizeof(*s));

	if (s != NULL)
		s->basic = PQ_BUF_INIT(8192);
	return s;
}

static int
add_registries(struct pq_session *s, const struct pq_config *c,
    const struct pq_config_registry *self, struct pq_err *err)
{
	size_t i;
	int r;

	r = add_origin(s, self->origin, self->plain_http, &self->ca, err);
	if (r == 0 && self->token_realm != NULL)
		r = add_origin(s, self->token_realm, false, &self->ca, err);
	for (i = 0; r == 0 && i < c->n_registries; i++) {
		const struct pq_config_registry *o = &c->registries[i];

		if (o != self)
			r = add_origin(
			    s, o->origin, o->plain_http, &o->ca, err);
	}
	return r;
}

int
pq_session_registry(struct pq_session **ret, const struct pq_config *c,
    const struct pq_config_registry *reg, const char *role, struct pq_err *err)
{
	struct pq_session *s = new_session();
	int r;

	if (s == NULL)
		return pq_err_set(err, PQ_ENOMEM, "session");
	s->registry = reg;
	r = add_registries(s, c, reg, err);
	if (r == 0)
		r = read_credential(s, c, role, reg->credential, err);
	if (r == 0)
		r = pq_http_open(&s->http, &s->origins, err);
	if (r != 0) {
		pq_session_close(s);
		return r;
	}
	*ret = s;
	return 0;
}

int
pq_session_git(struct pq_session **ret, const struct pq_config *c,
    const struct pq_config_git *g, const char *role, struct pq_err *err)
{
	struct pq_session *s = new_session();
	int r;

	if (s == NULL)
		return pq_err_set(err, PQ_ENOMEM, "session");
	r = add_origin(s, g->origin, g->plain_http, &g->ca, err);
	if (r == 0)
		r = read_credential(s, c, role, g->credential, err);
	if (r == 0 && s->credential.n > 0) {
		struct pq_buf text = PQ_BUF_INIT(8000);

		r = pq_b64_encode(&text, pq_buf_view(&s->credential));
		pq_buf_str(&s->basic, "Basic ");
		pq_buf_slice(&s->basic, pq_buf_view(&text));
		pq_buf_wipe(&text);
		if (r == 0)
			r = s->basic.fault;
	}
	if (r == 0)
		r = pq_http_open(&s->http, &s->origins, err);
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
start_clock(struct pq_session *s)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	pq_http_deadline(s->http, (int64_t)ts.tv_sec + PQ_GATHER_DEADLINE_S);
}

static bool
is_at(const char *image, const char *origin)
{
	size_t n = strlen(origin);

	return strncmp(image, origin, n) == 0 && image[n] == '/';
}

void
pq_session_image(struct pq_session *s, struct pq_gather *g, const char *image,
    const char *ref, const char *architecture, unsigned artifacts)
{
	struct pq_oci_client *c = NULL;
	struct pq_oci_source source;
	struct pq_err err = PQ_ERR_INIT;
	int r;

	start_clock(s);
	/* the credential may go only to the registry that it belongs to */
	r = is_at(image, s->registry->origin)
	    ? pq_oci_client_open(&c, s->http, image, s->registry->plain_http,
		  s->registry->token_realm, pq_buf_view(&s->credential), &err)
	    : pq_err_set(&err, PQ_EPERM, "%s: not an image of the registry %s",
		  image, s->registry->origin);
	if (r != 0) {
		pq_gather_fault(g, r, &err);
		return;
	}
	source = pq_oci_client_source(c);
	pq_gather_image(g, &source, ref, architecture, artifacts);
	pq_http_deadline(s->http, 0); /* cancel the unused requests */
	pq_oci_client_close(c);
}

void
pq_session_tag(
    struct pq_session *s, struct pq_gather *g, const char *url, const char *tag)
{
	char clean[PQ_URL_MAX + 1];
	size_t n = strlen(url);

	while (n > 0 && url[n - 1] == '/')
		n--;
	if (n > PQ_URL_MAX)
		n = 0;
	memcpy(clean, url, n);
	clean[n] = '\0';
	start_clock(s);
	pq_gather_git(g, s->http, clean,
	    s->basic.n > 0 ? pq_buf_cstr(&s->basic) : NULL, tag);
}
