/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The secrets that each role needs, and a check of each secret. A role reads
 * its secrets when it starts, so a secret that is missing or cannot be used is
 * an error in the configuration. Two roles need the credential of a registry:
 * fetch reads the image's manifests with it, and deploy passes it to the engine
 * for the pull.
 */
#include "config/need.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <pratique/names.h>

#include "config/secret.h"

#define MAIN_FILE "pratique.yaml"

typedef int each_fn(void *ctx, const struct pq_need *n);

const char *
pq_need_registry(const struct pq_config *c, const struct pq_config_registry *r)
{
	size_t i;

	for (i = 0; i < c->n_services; i++) {
		const struct pq_policy *p = c->services[i].policy;

		if (pq_config_registry(c, p->image) == r)
			return p->service;
	}
	return NULL;
}

const char *
pq_need_git(const struct pq_config *c, const struct pq_config_git *g)
{
	size_t i;

	for (i = 0; i < c->n_services; i++) {
		const struct pq_policy *p = c->services[i].policy;

		if (p->git_url != NULL && pq_config_git(c, p->git_url) == g)
			return p->service;
	}
	return NULL;
}

static int
each_registry(const struct pq_config *c, each_fn *each, void *ctx)
{
	size_t i;
	int r = 0;

	for (i = 0; i < c->n_registries && r == 0; i++) {
		const struct pq_config_registry *g = &c->registries[i];
		struct pq_need n = { PQ_ROLE_FETCH, g->credential,
			pq_need_registry(c, g), MAIN_FILE, g->credential_line,
			NULL };

		if (n.name == NULL || n.service == NULL)
			continue;
		r = each(ctx, &n);
		n.role = PQ_ROLE_DEPLOY;
		if (r == 0)
			r = each(ctx, &n);
	}
	return r;
}

static int
each_git(const struct pq_config *c, each_fn *each, void *ctx)
{
	size_t i;
	int r = 0;

	for (i = 0; i < c->n_git && r == 0; i++) {
		const struct pq_config_git *g = &c->git[i];
		struct pq_need n = { PQ_ROLE_FETCH, g->credential,
			pq_need_git(c, g), MAIN_FILE, g->credential_line,
			NULL };

		if (n.name != NULL && n.service != NULL)
			r = each(ctx, &n);
	}
	return r;
}

static int
each_callback(const struct pq_config_service *s, each_fn *each, void *ctx)
{
	size_t i, k;
	int r = 0;

	for (i = 0; i < s->n_endpoints; i++)
		for (k = 0; k < s->endpoints[i].n_secrets && r == 0; k++) {
			const struct pq_config_endpoint *e = &s->endpoints[i];
			struct pq_need n = { PQ_ROLE_WARDEN, e->secrets[k],
				s->policy->service, s->files[0].name, e->line,
				e };

			r = each(ctx, &n);
		}
	return r;
}

int
pq_need_each(const struct pq_config *c, each_fn *each, void *ctx)
{
	int r = each_registry(c, each, ctx);
	size_t i;

	if (r == 0)
		r = each_git(c, each, ctx);
	for (i = 0; i < c->n_services && r == 0; i++)
		r = each_callback(&c->services[i], each, ctx);
	return r;
}

/* ---- the check of the secrets ------------------------------------------- */

#define KEPT_MAX 8

struct check {
	struct pq_config_notes *notes;
	int dir;
	bool must;
	bool unseen; /* !must, and the caller may not read a secret */
	/* the earlier secrets of the current endpoint, for a check of all */
	const struct pq_config_endpoint *endpoint;
	struct pq_buf kept[KEPT_MAX];
	size_t n_kept;
};

static void
wipe_kept(struct check *k)
{
	while (k->n_kept > 0)
		pq_buf_wipe(&k->kept[--k->n_kept]);
}

/*
 * Check a secret together with the earlier secrets of its endpoint. If it is
 * good, move it to k->kept.
 */
static int
check_callback(struct check *k, const struct pq_need *n, struct pq_buf *secret,
    struct pq_err *err)
{
	struct pq_slice all[KEPT_MAX];
	size_t i;
	int r;

	if (k->endpoint != n->endpoint)
		wipe_kept(k);
	k->endpoint = n->endpoint;
	if (k->n_kept == KEPT_MAX)
		return pq_err_set(
		    err, PQ_ELIMIT, "more than %d secrets", KEPT_MAX);
	for (i = 0; i < k->n_kept; i++)
		all[i] = pq_buf_view(&k->kept[i]);
	all[i] = pq_buf_view(secret);
	r = pq_callback_secrets(n->endpoint->scheme, all, i + 1, err);
	if (r != 0)
		return r;
	k->kept[k->n_kept++] = *secret;
	*secret = PQ_BUF_INIT(0);
	return 0;
}

static int
check_secret(struct check *k, const struct pq_need *n, struct pq_buf *secret,
    struct pq_err *err)
{
	if (n->endpoint != NULL)
		return check_callback(k, n, secret, err);
	if (memchr(secret->p, ':', secret->n) == NULL)
		return pq_err_set(err, PQ_ECONFIG, "expected user:password");
	return 0;
}

static int
check_need(void *ctx, const struct pq_need *n)
{
	struct check *k = ctx;
	pq_auto(pq_buf_wipe) struct pq_buf secret = PQ_BUF_INIT(0);
	struct pq_err err = PQ_ERR_INIT;
	char name[sizeof("secrets/warden/") + PQ_SECRET_NAME_MAX];
	int r;

	(void)snprintf(name, sizeof(name), "secrets/%s/%s",
	    pq_role_name(n->role), n->name);
	r = pq_secret_read(&secret, k->dir, name, &err);
	if (r == -PQ_EPERM && !k->must) {
		k->unseen = true;
		return 0;
	}
	if (r == 0)
		r = check_secret(k, n, &secret, &err);
	if (r != 0)
		pq_config_note(k->notes, true, n->file, n->line, "%s: %s: %s",
		    n->service, name, err.text);
	return 0;
}

void
pq_config_check_secrets(
    const struct pq_config *c, bool must, struct pq_config_notes *notes)
{
	pq_auto(pq_autoclose) int dir =
	    open(c->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct check k = { .notes = notes, .dir = dir, .must = must };

	if (!must && c->n_services > 0 &&
	    faccessat(dir, "secrets", R_OK | X_OK, AT_EACCESS) != 0) {
		pq_config_note(notes, false, "secrets", 0,
		    "the secrets were not examined: %s", strerror(errno));
		return;
	}
	(void)pq_need_each(c, check_need, &k);
	wipe_kept(&k);
	if (k.unseen)
		pq_config_note(notes, false, "secrets", 0,
		    "some secrets were not examined: uid %u may not read them",
		    (unsigned)geteuid());
}
