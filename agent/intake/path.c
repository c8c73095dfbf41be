/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The path of a webhook, /hooks/SERVICE. The library has decoded it, so it can
 * contain any bytes. This code accepts only a valid name of a service.
 */
#include <string.h>

#include "intake/intake.h"

#define HOOKS "/hooks/"

bool
intake_path_is_plain(const char *uri)
{
	size_t path = strcspn(uri, "?"), i;

	if (uri[0] != '/' || memchr(uri, '%', path) != NULL)
		return false;
	for (i = 0; uri[i] != '\0'; i++)
		if (uri[i] <= ' ' || uri[i] > '~' || uri[i] == '#')
			return false;
	return true;
}

bool
intake_path_is_hook(const char *url)
{
	return strncmp(url, HOOKS, strlen(HOOKS)) == 0;
}

bool
intake_path_service(char ret[PQ_SERVICE_TEXT], const char *url)
{
	struct pq_slice name;

	if (!intake_path_is_hook(url))
		return false;
	name = pq_slice_str(url + strlen(HOOKS));
	if (pq_name_service(name, NULL) != 0)
		return false;
	memcpy(ret, name.p, name.n);
	ret[name.n] = '\0';
	return true;
}
