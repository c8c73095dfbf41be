/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that connects for the child of one origin.
 *
 * It has the network and the files of the resolver, but no credential, and it
 * receives only indexes. Landlock limits it to the ports of its list. Only a
 * name server can send it bytes.
 */
#include "confine/confine.h"
#include "fetch/fetch.h"

#define DNS_PORT 53 /* answers that do not fit into a datagram */

/* the files that getaddrinfo(3) reads */
static const char *const resolver_files[] = { "/etc/resolv.conf", "/etc/hosts",
	"/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf",
	"/etc/services", NULL };

int
pq_fetch_connector_run(
    const struct pq_session_of *of, int fd, struct pq_err *err)
{
	uint16_t ports[PQ_ORIGINS_MAX + 2] = { DNS_PORT };
	struct pq_jail_paths paths = { .read = resolver_files, .tcp = ports };
	char name[PQ_ORIGIN_TEXT];
	struct pq_origins origins;
	size_t i;
	int r = pq_session_origins(&origins, of, err);

	if (r != 0)
		return r;
	for (i = 0; i < origins.n; i++)
		ports[i + 1] = (uint16_t)pq_address_host(name, &origins.v[i]);
	r = pq_confine_enter(PQ_JAIL_FETCH_CONNECTOR, &paths, NULL, err);
	return r != 0 ? r : pq_connector_serve(fd, &origins, err);
}
