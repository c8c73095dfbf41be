/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration, once it was read: finding its parts, and freeing them.
 */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

void
pq_config_file_free(struct pq_config_file *f)
{
	free(f->name);
	free(f->data);
	*f = (struct pq_config_file){ NULL, NULL, 0 };
}

void
pq_config_service_free(struct pq_config_service *s)
{
	size_t i, k;

	if (s == NULL)
		return;
	if (s->policy != NULL) {
		pq_policy_free(s->policy);
		free(s->policy);
	}
	for (i = 0; i < s->n_endpoints; i++) {
		for (k = 0; k < s->endpoints[i].n_secrets; k++)
			free(s->endpoints[i].secrets[k]);
		free(s->endpoints[i].secrets);
		free(s->endpoints[i].header);
	}
	free(s->endpoints);
	free(s->container);
	free(s->accept_alone);
	free(s->floor);
	free(s->floor_instead_of);
	for (i = 0; i < s->n_deny; i++)
		free(s->deny[i]);
	free(s->deny);
	for (i = 0; i < s->n_files; i++)
		pq_config_file_free(&s->files[i]);
	free(s->files);
	memset(s, 0, sizeof(*s));
}

void
pq_config_free(struct pq_config *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->n_registries; i++) {
		free(c->registries[i].origin);
		free(c->registries[i].credential);
		pq_config_file_free(&c->registries[i].ca);
		free(c->registries[i].token_realm);
	}
	for (i = 0; i < c->n_git; i++) {
		free(c->git[i].origin);
		free(c->git[i].credential);
		pq_config_file_free(&c->git[i].ca);
	}
	for (i = 0; i < c->n_operators; i++)
		free(c->operators[i].name);
	for (i = 0; i < c->n_services; i++)
		pq_config_service_free(&c->services[i]);
	free(c->registries);
	free(c->git);
	free(c->operators);
	free(c->services);
	free(c->dir);
	free(c->docker);
	free(c->listen);
	free(c);
}

/* The host[:port] of "host/..." or "scheme://host/...". */
static struct pq_slice
origin_of(const char *s)
{
	const char *host = strstr(s, "://");

	host = host == NULL ? s : host + 3;
	return pq_slice(host, strcspn(host, "/"));
}

const struct pq_config_registry *
pq_config_registry(const struct pq_config *c, const char *image)
{
	struct pq_slice o = origin_of(image);
	size_t i;

	for (i = 0; i < c->n_registries; i++)
		if (pq_slice_eq_str(o, c->registries[i].origin))
			return &c->registries[i];
	return NULL;
}

const struct pq_config_git *
pq_config_git(const struct pq_config *c, const char *url)
{
	struct pq_slice o = origin_of(url);
	size_t i;

	for (i = 0; i < c->n_git; i++)
		if (pq_slice_eq_str(o, c->git[i].origin))
			return &c->git[i];
	return NULL;
}

const struct pq_config_service *
pq_config_service(const struct pq_config *c, struct pq_slice name)
{
	size_t i;

	for (i = 0; i < c->n_services; i++)
		if (pq_slice_eq_str(name, c->services[i].policy->service))
			return &c->services[i];
	return NULL;
}
