/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_DEPLOY_DOCUMENT_H
#define TESTS_UNIT_DEPLOY_DOCUMENT_H

#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <pratique/finding.h>

/* Load an answer of a real engine; tests/fixtures/make-docker.sh made it. */
static inline json_t *
document(const char *name)
{
	char path[512];
	json_t *o;

	(void)snprintf(path, sizeof(path), "%s/docker/%s", PQ_FIXTURES, name);
	o = json_load_file(path, 0, NULL);
	if (o == NULL)
		fail_msg("%s: cannot be read", path);
	return o;
}

/*
 * Return the parent of the value at @path, such as "HostConfig/Memory", and the
 * name of the value in its parent. Both are borrowed.
 */
static inline json_t *
parent_of(json_t *o, const char *path, const char **ret_last)
{
	char one[128];
	const char *slash;

	while ((slash = strchr(path, '/')) != NULL) {
		(void)snprintf(
		    one, sizeof(one), "%.*s", (int)(slash - path), path);
		o = json_is_array(o)
		    ? json_array_get(o, (size_t)strtoul(one, NULL, 10))
		    : json_object_get(o, one);
		path = slash + 1;
	}
	*ret_last = path;
	return o;
}

/* Set the value at @path to @json, or delete it if @json is NULL. */
static inline void
change(json_t *o, const char *path, const char *json)
{
	const char *last;
	json_t *at = parent_of(o, path, &last);

	if (at == NULL)
		fail_msg("%s: not found", path);
	if (json == NULL)
		assert_int_equal(json_object_del(at, last), 0);
	else
		assert_int_equal(json_object_set_new(at, last,
				     json_loads(json, JSON_DECODE_ANY, NULL)),
		    0);
}

#endif
