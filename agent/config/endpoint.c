/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compare the endpoints of all services. Intake cannot read the configuration,
 * so the warden sends it the name of one additional header. Intake passes on
 * this header. All endpoints must use the same name: the message has only one
 * field for it, and with several headers a sender could choose the signature
 * that pratique checks.
 */
#include "config/endpoint.h"

#include <strings.h>

static const char *
header_of(const struct pq_config_service *s)
{
	size_t i;

	for (i = 0; i < s->n_endpoints; i++)
		if (s->endpoints[i].header != NULL)
			return s->endpoints[i].header;
	return NULL;
}

const char *
pq_endpoint_header(const struct pq_config *c)
{
	const char *name = NULL;
	size_t i;

	for (i = 0; i < c->n_services && name == NULL; i++)
		name = header_of(&c->services[i]);
	return name;
}

void
pq_endpoint_twin(const struct pq_config *c, const struct pq_config_service *s,
    struct pq_config_notes *notes)
{
	const char *first = pq_endpoint_header(c);
	const struct pq_config_endpoint *e;

	for (e = s->endpoints; e < s->endpoints + s->n_endpoints; e++) {
		if (e->header == NULL || strcasecmp(e->header, first) == 0)
			continue;
		pq_config_note(notes, true, s->files[0].name, e->header_line,
		    "callbacks: header: %s here, but %s in an earlier service: "
		    "all services must use the same name",
		    e->header, first);
	}
}
