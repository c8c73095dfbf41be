/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Look-ups in a loaded configuration. schema_main.c and schema_service.c free a
 * configuration by the tables that filled it.
 */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#include <pratique/names.h>

void
pq_config_file_free(struct pq_config_file *f)
{
	free(f->name);
	free(f->data);
	*f = (struct pq_config_file){ NULL, NULL, 0 };
}

struct pq_slice
pq_config_origin(const char *s)
{
	const char *host = strstr(s, "://");

	host = host == NULL ? s : host + 3;
	return pq_slice(host, strcspn(host, "/"));
}

const struct pq_config_registry *
pq_config_registry(const struct pq_config *c, const char *image)
{
	struct pq_slice o = pq_config_origin(image);
	size_t i;

	for (i = 0; i < c->n_registries; i++)
		if (pq_slice_eq_str(o, c->registries[i].origin))
			return &c->registries[i];
	return NULL;
}

const struct pq_config_git *
pq_config_git(const struct pq_config *c, const char *url)
{
	struct pq_slice o = pq_config_origin(url);
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

/*
 * An address in 127.0.0.0/8 has only digits and dots: 127.evil.example is a
 * name, which can resolve to any address.
 */
bool
pq_config_loopback(struct pq_slice host)
{
	struct pq_host h;
	size_t i = 0;

	if (pq_name_host(&h, host, NULL) != 0)
		return false;
	if (pq_slice_eq_str(h.name, "localhost") ||
	    pq_slice_eq_str(h.name, "[::1]"))
		return true;
	while (i < h.name.n &&
	    (h.name.p[i] == '.' || (h.name.p[i] >= '0' && h.name.p[i] <= '9')))
		i++;
	return pq_slice_starts(h.name, "127.") && i == h.name.n;
}
