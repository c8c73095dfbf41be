/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_JSON_H
#define AGENT_DEPLOY_JSON_H

#include <jansson.h>

/* Return the string value of a member, borrowed; "" if it is not a string. */
static inline const char *
pq_json_text(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s == NULL ? "" : s;
}

#endif
